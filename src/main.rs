//! The `recto` command.

use std::process::ExitCode;

/// A build makes and drops some millions of small texts and tokens: a quarter of its instructions were the system allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    recto::door::main()
}
