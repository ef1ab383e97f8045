//! Pages that an earlier audit found right, and that are byte by byte as they were then.
//!
//! Such a page is not read again. What is looked at is all that may have changed without it: where it links to other pages. And
//! the others need to know what they may link to on it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{File, Leads, Site, decoded, is_image};
use crate::problem::Problem;
use crate::site::address;

/// Pages and style sheets that were found right, by name.
pub(crate) type Passed = BTreeMap<String, Right>;

/// What is known of a page that was found right.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Right {
    /// What a link may lead to.
    pub(super) fragments: HashSet<String>,
    /// The other files to which it links, each with the fragments.
    ways: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl Site<'_> {
    /// What is known now of all pages, which are right.
    pub(super) fn right(&self) -> Passed {
        let read = self.files.iter().map(|(name, file)| ((*name).to_owned(), self.known(file)));
        self.passed.iter().map(|(name, right)| (name.clone(), right.clone())).chain(read).collect()
    }

    fn known(&self, file: &File) -> Right {
        let [links, images] = self.follows;
        let followed = file.page.links.iter().filter(|(_, span)| if is_image(file, span) { images } else { links });
        let mut ways: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for (to, fragment) in followed.filter_map(|(target, _)| file.way(target)?) {
            if to != file.source.path {
                ways.entry(to).or_default().insert(fragment);
            }
        }
        Right {
            fragments: file.page.fragments.clone(),
            ways,
        }
    }

    /// What is wrong with a page that was right: a link of it may lead to what has changed.
    pub(super) fn still(&self, name: &str, right: &Right) -> Vec<Problem> {
        let is_wrong = |(to, fragments): (&PathBuf, &BTreeSet<String>)| {
            !self.passed.contains_key(&address(to))
                && fragments.iter().any(|fragment| self.leads(&(to.clone(), fragment.clone())) != Leads::There)
        };
        if !right.ways.iter().any(is_wrong) {
            return Vec::new();
        }
        // To say where, it is read.
        match File::read(self.folder, &self.folder.join(decoded(name))) {
            Ok(file) => self.ways(&file),
            Err(failure) => failure.problems().to_vec(),
        }
    }
}
