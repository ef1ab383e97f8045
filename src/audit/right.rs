//! Pages that an earlier audit found right, and that are byte by byte as they were then.
//!
//! Such a page is not read again. What is kept of it is what may change without it, where it links to other pages, and what
//! the others may link to on it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Pages and style sheets that were found right, by name.
pub(crate) type Passed = BTreeMap<String, Right>;

/// What is known of a page that was found right.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Right {
    /// What a link may lead to.
    pub(super) fragments: HashSet<String>,
    /// The other files to which it links, each with the fragments.
    pub(super) ways: BTreeMap<PathBuf, BTreeSet<String>>,
}
