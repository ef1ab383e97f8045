//! The seed of a lesson's random numbers, which recto gives: so a lesson can be run under another one.

use std::sync::Once;

use super::channel::emit;
use super::wire::Message;

/// The seed of a lesson's random numbers: 0, and another number in each run of `recto test --shake` that has other seeds.
///
/// A lesson that needs several seeds counts from it. The seeds of two runs are far apart, at least a million, so that no
/// number of one is a number of another. A program that is run by hand takes it from the environment variable `RECTO_SEED`.
///
/// ```
/// let seeds: Vec<u64> = (recto::seed()..).take(3).collect();
/// assert_eq!(seeds, [0, 1, 2]);
/// ```
///
/// # Panics
/// `RECTO_SEED` is set and is no whole number from 0 to 2^64 − 1.
#[must_use]
pub fn seed() -> u64 {
    static ASKED: Once = Once::new();
    // Only what takes its seed from here is run under others.
    ASKED.call_once(|| emit(&Message::Seed));
    let Some(given) = std::env::var_os("RECTO_SEED") else {
        return 0;
    };
    given
        .to_str()
        .and_then(|given| given.parse().ok())
        .unwrap_or_else(|| panic!("RECTO_SEED must be a whole number, and is `{}`", given.display()))
}
