//! Conditions other than the ordinary ones under which a lesson can run: optimisation, threads and seed.

use std::ffi::OsString;
use std::fmt;

use serde::Serialize;

use crate::problem::count;

/// Of how many threads a library's pool is where there are to be many.
const MANY: usize = 8;
/// How far the seeds of two runs are from each other.
const APART: u64 = 1_000_000;
/// How many times as long as the ordinary run another one may take: it may be less optimised, on one processor.
const PATIENCE: u32 = 10;

/// Under what other conditions a lesson runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Conditions {
    /// The seed that it is given; nothing for the ordinary one.
    pub(crate) seed: Option<u64>,
    /// Optimisation of its cells.
    pub(crate) opt_level: u8,
    pub(crate) threads: usize,
}

impl Conditions {
    /// The first of them, in an order that is always the same: first each optimisation with one thread and with many, then the
    /// same again and again, each time with another seed.
    pub(crate) fn first(count: usize) -> impl Iterator<Item = Conditions> {
        const OTHERS: [(u8, usize); 4] = [(3, 1), (0, MANY), (0, 1), (3, MANY)];
        let machines = OTHERS.into_iter().cycle();
        let seeds = [None; OTHERS.len()].into_iter().chain((1..).map(|number| Some(number * APART)));
        let all = machines.zip(seeds);
        all.map(|((opt_level, threads), seed)| Conditions { seed, opt_level, threads }).take(count)
    }

    /// Whether the program is kept on one processor.
    pub(super) fn is_alone(self) -> bool {
        self.threads == 1
    }

    /// The variables by which a program and the libraries in it learn of them.
    pub(super) fn variables(self) -> impl Iterator<Item = (&'static str, OsString)> {
        let threads = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS"].map(|name| (name, self.threads.to_string().into()));
        let seed = self.seed.map(|seed| ("RECTO_SEED", seed.to_string().into()));
        threads.into_iter().chain(seed)
    }

    /// How many times as long as it may ordinarily take, it may take now.
    pub(super) fn patience(conditions: Option<Conditions>) -> u32 {
        conditions.map_or(1, |_| PATIENCE)
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seed) = self.seed {
            write!(f, "seed {seed}, ")?;
        }
        write!(f, "opt-level {}, {}", self.opt_level, count(self.threads, "thread"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_always_the_same_and_no_two_are_alike() {
        let told: Vec<String> = Conditions::first(6).map(|it| it.to_string()).collect();
        let expected = [
            "opt-level 3, 1 thread",
            "opt-level 0, 8 threads",
            "opt-level 0, 1 thread",
            "opt-level 3, 8 threads",
            "seed 1000000, opt-level 3, 1 thread",
            "seed 2000000, opt-level 0, 8 threads",
        ];
        assert_eq!(told, expected);
        let mut all: Vec<String> = Conditions::first(100).map(|it| it.to_string()).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 100);
    }
}
