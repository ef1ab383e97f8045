//! Switches in the code of a lesson: by them `recto mutate` has one program be each of its mutants.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::channel::emit;
use super::step::Step;

/// The variable that says which switch is on: its number, from 1. With [`RECORD`] none is, and each that is reached is told of.
pub(crate) const VARIABLE: &str = "RECTO_MUTANT";
/// No switch has this number.
pub(crate) const RECORD: u32 = u32::MAX;

/// How many switches are told of; one beyond them counts as reached.
pub(crate) const MOST: usize = 1 << 14;

static ON: AtomicU32 = AtomicU32::new(0);
static REACHED: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];

/// Reads which switch is on.
pub(super) fn open() {
    let number = std::env::var(VARIABLE).ok().and_then(|number| number.parse().ok());
    ON.store(number.unwrap_or(0), Ordering::Relaxed);
}

/// Whether the switch of this number is on.
pub fn switched(number: u32) -> bool {
    let on = ON.load(Ordering::Relaxed);
    if on == RECORD {
        reached(number);
    }
    on == number
}

#[cold]
fn reached(number: u32) {
    if let Some(its) = REACHED.get(number as usize)
        && !its.swap(true, Ordering::Relaxed)
    {
        emit(&Step::Reached(number));
    }
}
