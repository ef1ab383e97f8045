//! What was tried against recto, and what must happen: `cargo test --test faults`.

#[path = "support/mod.rs"]
mod support;

#[path = "faults/results.rs"]
mod results;
