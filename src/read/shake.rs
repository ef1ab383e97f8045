//! What the settings of a lesson demand to hold under other conditions, too.

use serde::Deserialize;

/// For everything that is checked.
const ALL: &str = "all";

/// Labels of sections and expressions of claims, or the word for everything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Written")]
pub(crate) struct Shake(Vec<String>);

/// As authors write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(String),
    Several(Vec<String>),
}

impl From<Written> for Shake {
    fn from(written: Written) -> Shake {
        Shake(match written {
            Written::One(name) => vec![name],
            Written::Several(names) => names,
        })
    }
}

impl Shake {
    /// Whether one of these names, or everything, is demanded.
    pub(super) fn demands(&self, names: &[&str]) -> bool {
        self.0.iter().map(|name| name.trim()).any(|name| name == ALL || names.contains(&name))
    }

    /// The demanded names that are none of the known ones.
    pub(super) fn unknown(&self, known: &[&str]) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| name.trim()).filter(|name| *name != ALL && !known.contains(name))
    }
}
