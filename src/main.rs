//! The `recto` command.

use std::process::ExitCode;

/// A build makes and drops some millions of small texts and tokens; a third of its time went to the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    recto::door::main()
}
