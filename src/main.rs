//! The `recto` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    recto::door::main()
}
