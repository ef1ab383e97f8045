//! Links and images that are wrong, in a book that does not want each of them to be an error: one warning for each kind, or
//! a count alone.

use std::path::PathBuf;

use super::links::About;
use crate::problem::{Blamed, Problem, Severity, count};
use crate::read::{Settings, Strictness};

/// How many links and images lead to nothing that recto could check, where the book's settings let them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unchecked {
    pub(crate) links: usize,
    pub(crate) images: usize,
}

/// What is wrong with links and images as the book wants to have it told.
pub(super) fn sorted(
    found: Vec<(About, (PathBuf, Blamed))>,
    settings: &Settings,
) -> (Vec<(PathBuf, Blamed)>, Unchecked) {
    let (mut links, mut images, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for (about, problem) in found {
        match about {
            About::Link => links.push(problem),
            About::Image => images.push(problem),
            About::Else => rest.push(problem),
        }
    }
    let links = told(links, settings.links, ("links", "link"), &mut rest);
    let images = told(images, settings.images, ("images", "image"), &mut rest);
    (rest, Unchecked { links, images })
}

/// Adds what is told of some to the rest; how many are not.
fn told(
    found: Vec<(PathBuf, Blamed)>,
    strictness: Strictness,
    (setting, what): (&str, &str),
    rest: &mut Vec<(PathBuf, Blamed)>,
) -> usize {
    let number = found.len();
    match strictness {
        Strictness::Error => {
            rest.extend(found);
            return 0;
        }
        Strictness::Warn => rest.extend(found.into_iter().next().map(|(path, (item, first))| {
            let more = (number > 1).then(|| format!("{} like it", count(number - 1, &format!("more {what}"))));
            let help = format!(
                "`{setting} = \"error\"` in `[preprocessor.recto]` makes each of them an error with what would mend it, `{setting} = \"off\"` is silent"
            );
            let mut warning = Problem { severity: Severity::Warning, helps: vec![help], ..first };
            warning.notes = more.into_iter().collect();
            (path, (item, warning))
        })),
        Strictness::Off => {}
    }
    number
}
