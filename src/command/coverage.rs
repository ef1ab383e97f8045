//! `recto coverage`: the numbers of the prose that are results, and which of them code computes.

use std::path::Path;

use super::terminal::{Answer, Terminal};
use crate::problem::{Failure, count};
use crate::read;
use crate::verify::{Coverage, coverage};

/// Lists each result that is bound to nothing, then how each lesson stands. It is wrong if a lesson
/// that is marked verified has any.
pub(super) fn run(root: &Path, terminal: &Terminal) -> Result<Answer, Failure> {
    let book = read::book(root)?;
    let mut failed = terminal.problems(&book.problems);
    let mut all = Coverage::default();
    let mut table: Vec<String> = Vec::new();
    for lesson in &book.lessons {
        let found = coverage(lesson);
        if found.bound + found.given + found.unbound.len() == 0 {
            continue;
        }
        for unbound in &found.unbound {
            if terminal.is_json() {
                terminal.problem(&unbound.problem().1);
            } else {
                let (line, column) = unbound.place.line_column();
                println!("{}:{line}:{column}: {}", unbound.place.path().display(), unbound.text);
            }
        }
        if lesson.verified {
            failed += found.unbound.len();
        }
        let mark = if lesson.verified { ", verified" } else { "" };
        table.push(format!("{:>4} %  {}{mark}: {}", found.percent(), lesson.path.display(), summary(&found)));
        all.bound += found.bound;
        all.given += found.given;
        all.relations += found.relations;
        all.checked += found.checked;
        all.unbound.extend(found.unbound);
    }
    table.push(format!("{:>4} %  in all: {}", all.percent(), summary(&all)));
    if all.relations > 0 {
        table.push(format!("formulas: {}, {} checked", count(all.relations, "relation"), all.checked));
    }
    table.iter().for_each(|line| terminal.text(line));
    Ok(Answer::of(failed))
}

fn summary(found: &Coverage) -> String {
    let results = count(found.bound + found.unbound.len(), "result");
    let given = match found.given {
        0 => String::new(),
        given => format!(", {given} given"),
    };
    format!("{} of {results} bound{given}", found.bound)
}
