//! The `recto` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    recto::command::main()
}
