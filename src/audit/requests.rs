//! What the pages fetch from other hosts. What the chapters and their cells fetch is known before; this finds what comes
//! from elsewhere, such as a theme.

use std::collections::BTreeMap;

use crate::html::request::Request;
use crate::problem::{Kind, Problem};

/// One error for all requests, each with the file that makes it.
pub(super) fn problem<'a>(requests: impl Iterator<Item = (&'a str, &'a Request)>) -> Option<Problem> {
    let mut found: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (file, request) in requests {
        found.entry((&request.url, &request.element)).or_default().push(file);
    }
    if found.is_empty() {
        return None;
    }
    let mut problem = Problem::error(Kind::Request, "pages of this book fetch from other hosts");
    for ((url, element), files) in &found {
        let others = match files.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        problem = problem.note(format!("`{url}` by `<{element}>` in {}{others}", files[0]));
    }
    Some(problem.help("look into the theme, the additional files and the settings of `[output.html]` in book.toml"))
}
