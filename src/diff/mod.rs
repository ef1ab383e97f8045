//! What changed in the results of a book between two versions.
//!
//! In: two reports, as `verification.json` has them, each a [`Reported`]. Out: a [`Difference`], of which text, markdown and JSON
//! are views.

mod cells;
mod change;
mod chapters;
mod compare;
mod matching;
mod pairing;
mod reported;
mod stated;
mod strength;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub(crate) use change::{Change, Sort};
pub(crate) use reported::{Reported, Unreadable};

/// Version of the form of the JSON.
const FORMAT: u32 = 1;

/// All that is different between two versions of a book.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Difference {
    /// Version of this form.
    format: u32,
    old: Side,
    new: Side,
    /// What the lessons ran on, where that is different: what it is, and its versions.
    environment: Vec<Versions>,
    /// What was not compared, because a report does not say it.
    not_compared: Vec<&'static str>,
    /// How many changes are of each sort.
    totals: BTreeMap<Sort, usize>,
    pub(crate) changes: Vec<Change>,
}

/// One of the two versions.
#[derive(Clone, Debug, Serialize)]
struct Side {
    /// As it was named.
    name: String,
    /// The form of its report.
    format: u32,
    book: Option<String>,
    verified: bool,
}

/// The versions of a crate, of the compiler, of recto; none where it is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Versions {
    name: String,
    old: Option<String>,
    new: Option<String>,
}

impl Difference {
    /// Compares two reports, each with the name that it was given.
    pub(crate) fn of(old: (&str, &Reported), new: (&str, &Reported)) -> Difference {
        let changes = compare::changes(old.1, new.1);
        let side = |(name, report): (&str, &Reported)| Side {
            name: name.to_owned(),
            format: report.format,
            book: report.book.clone(),
            verified: report.verified,
        };
        let is_whole = old.1.is_whole() && new.1.is_whole();
        let unsaid = [
            "sentences",
            "what figures show",
            "anchors",
            "numbers that are given",
            "numbers that are bound to nothing",
        ];
        Difference {
            format: FORMAT,
            old: side(old),
            new: side(new),
            environment: environment(old.1, new.1),
            not_compared: if is_whole { Vec::new() } else { unsaid.to_vec() },
            totals: Sort::ALL.into_iter().map(|sort| (sort, sort.among(&changes).count())).collect(),
            changes,
        }
    }

    /// For machines.
    pub(crate) fn json(&self) -> String {
        // Plain data always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// What is of another version, or on one side alone.
fn environment(old: &Reported, new: &Reported) -> Vec<Versions> {
    let versions = |report: &Reported| -> BTreeMap<String, String> {
        let it = &report.environment;
        let tools = [("recto", it.recto.clone()), ("rustc", it.rustc.clone())];
        let tools = tools.map(|(name, version)| (name.to_owned(), version));
        // A crate that comes with the book may have no version.
        let crates = it.crates.iter().map(|it| (it.name.clone(), it.version.clone().unwrap_or_default()));
        crates.chain(tools).collect()
    };
    let (old, new) = (versions(old), versions(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let versions = names.into_iter().map(|name| Versions {
        name: name.clone(),
        old: old.get(name).cloned(),
        new: new.get(name).cloned(),
    });
    versions.filter(|it| it.old != it.new).collect()
}

#[cfg(test)]
mod tests;
