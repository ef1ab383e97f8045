//! The worked examples of the book, one test each. The command `recto` lists, runs and judges them, and takes the arguments of
//! a test: `cargo test --test lessons -- square`, `cargo nextest run`.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let book = env!("CARGO_MANIFEST_DIR"); // the folder in which book.toml is
    let arguments = std::env::args_os().skip(1);
    match Command::new("recto").args(["harness", book, "--"]).args(arguments).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: the worked examples need the command `recto`, which can't be started: {error}");
            eprintln!("help: install it by `cargo install recto --locked`");
            ExitCode::FAILURE
        }
    }
}
