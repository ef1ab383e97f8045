//! What was tried against recto, and what must happen: `cargo test --test faults`. A fault, a hostile lesson or a careless
//! one: each row of a table says what is done and what must happen.

#[path = "support/mod.rs"]
mod support;

#[path = "faults/input.rs"]
mod input;
#[path = "faults/pages.rs"]
mod pages;
#[path = "faults/results.rs"]
mod results;
#[path = "faults/stale.rs"]
mod stale;
#[cfg(target_os = "linux")]
#[path = "faults/walls.rs"]
mod walls;
