//! What `recto mutate` found of a lesson, as far as it is still the same.

use serde::Serialize;

use crate::mutate::{Fate, Findings, Tried};
use crate::verify::Checked;

/// How the checks of a chapter did when its code was changed in one place after the other.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MutationEntry {
    /// Which mutants were tried follows from it.
    pub(crate) seed: u64,
    /// Changes that compile and whose code is run.
    pub(crate) mutants: usize,
    pub(crate) tried: usize,
    /// Those at which a check turned wrong, and those that a limit ended.
    pub(crate) caught: usize,
    pub(crate) limited: usize,
    /// Those with which figures are others, and nothing else.
    pub(crate) drawn: usize,
    /// Those with which the page shows something else, though no check turned wrong.
    pub(crate) shown: usize,
    /// Those with which the page is the same.
    pub(crate) unnoticed: usize,
    /// Those whose code is not run.
    pub(crate) unreached: usize,
    /// How many last digits of stated numbers were changed; no claim held with another.
    pub(crate) digits: usize,
}

/// Changes of the code, and what they did to a claim or an inline value.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct RestsEntry {
    /// Those that turned it wrong.
    pub(crate) wrong: Vec<InputEntry>,
    /// Those with which it has another value, and is right all the same.
    pub(crate) other: Vec<InputEntry>,
}

/// A change of the code: a place in the markdown of the chapter, what stands there, and what stood there instead.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct InputEntry {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl MutationEntry {
    pub(super) fn of(findings: &Findings, checked: &Checked<'_>) -> MutationEntry {
        let drawn = findings.drawn(checked);
        MutationEntry {
            seed: findings.seed,
            mutants: findings.possible(),
            tried: findings.tried.len(),
            caught: findings.count(Fate::Caught),
            limited: findings.count(Fate::Limit),
            drawn,
            shown: findings.count(Fate::Shown) - drawn,
            unnoticed: findings.count(Fate::Unnoticed),
            unreached: findings.unreached,
            digits: findings.digits,
        }
    }
}

impl RestsEntry {
    pub(super) fn of(findings: &Findings, item: usize) -> RestsEntry {
        let (wrong, other) = findings.inputs_of(item);
        RestsEntry {
            wrong: wrong.into_iter().map(InputEntry::of).collect(),
            other: other.into_iter().map(InputEntry::of).collect(),
        }
    }

    /// In the space of a table's cell: places of the markdown, those that turn it wrong first.
    pub(super) fn brief(&self) -> String {
        const MOST: usize = 4;
        let all: Vec<String> = self.wrong.iter().chain(&self.other).map(InputEntry::brief).collect();
        let first = all[..all.len().min(MOST)].join(", ");
        match all.len() {
            0 => "no change that was tried reaches it".to_owned(),
            count if count > MOST => format!("rests on {first} and {} more", count - MOST),
            _ => format!("rests on {first}"),
        }
    }
}

impl InputEntry {
    fn of(tried: &Tried) -> InputEntry {
        InputEntry {
            line: tried.line,
            column: tried.column,
            from: tried.from.clone(),
            to: tried.to.clone(),
        }
    }

    fn brief(&self) -> String {
        format!("{} ({}:{})", self.from, self.line, self.column)
    }
}
