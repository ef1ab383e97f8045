//! Room on the stack for parsers that call themselves. Each is given only what is nested within a stated bound, and room for that
//! bound, so that no input ends the process.

/// What fits into any thread's stack.
pub(crate) const SHALLOW: usize = 24;

/// What the deepest input takes in a build without optimisation, twice.
const ROOM: usize = 64 << 20;

/// Does something that calls itself so many times at most.
pub(crate) fn for_depth<R>(depth: usize, work: impl FnOnce() -> R) -> R {
    if depth <= SHALLOW { work() } else { stacker::maybe_grow(ROOM, ROOM, work) }
}
