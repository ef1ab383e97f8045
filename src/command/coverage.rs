//! `recto coverage`: the numbers of the prose that are results, and which of them code computes.

use std::path::Path;

use super::terminal::{Answer, Terminal};
use crate::problem::{Failure, Problem, count};
use crate::read::{self, Edition};
use crate::tangle::tangle;
use crate::verify::{Coverage, Relations, coverage, relations};

/// Lists each result that is bound to nothing, with `formulas` each formula with relations that nothing checks, then how
/// each lesson stands. It is wrong if a lesson that is marked verified has a result that is bound to nothing.
pub(super) fn run(root: &Path, formulas: bool, terminal: &Terminal) -> Result<Answer, Failure> {
    let book = read::book(root)?;
    let edition = book.settings.edition.unwrap_or(Edition::E2024);
    let mut failed = terminal.problems(&book.problems);
    let mut all = Coverage::default();
    let mut table: Vec<String> = Vec::new();
    let mut stated = Relations::default();
    for lesson in &book.lessons {
        let found = coverage(lesson);
        let its = relations(lesson, &tangle(lesson, edition).formulas);
        stated.stated += its.stated;
        stated.checked += its.checked;
        for formula in its.unchecked.iter().filter(|_| formulas) {
            list(terminal, &formula.problem(), &formula.latex);
        }
        if found.bound + found.given + found.unbound.len() == 0 {
            continue;
        }
        for unbound in &found.unbound {
            list(terminal, &unbound.problem().1, &unbound.text);
        }
        if lesson.verified {
            failed += found.unbound.len();
        }
        let mark = if lesson.verified { ", verified" } else { "" };
        table.push(format!("{:>4} %  {}{mark}: {}", found.percent(), lesson.path.display(), summary(&found)));
        all.bound += found.bound;
        all.given += found.given;
        all.unbound.extend(found.unbound);
    }
    table.push(format!("{:>4} %  in all: {}", all.percent(), summary(&all)));
    if stated.stated > 0 {
        let more = if formulas || stated.checked == stated.stated {
            ""
        } else {
            "; `--formulas` lists the others"
        };
        table.push(format!("formulas: {}, {} checked{more}", count(stated.stated, "relation"), stated.checked));
    }
    table.iter().for_each(|line| terminal.text(line));
    Ok(Answer::of(failed))
}

/// A line for people, the problem for machines.
fn list(terminal: &Terminal, problem: &Problem, text: &str) {
    if terminal.is_json() {
        terminal.problem(problem);
    } else if let Some(place) = &problem.place {
        let (line, column) = place.line_column();
        terminal.listed(&format!("{}:{line}:{column}: {}", place.path().display(), text.trim().replace('\n', " ")));
    }
}

fn summary(found: &Coverage) -> String {
    let results = count(found.bound + found.unbound.len(), "result");
    let given = match found.given {
        0 => String::new(),
        given => format!(", {given} given"),
    };
    format!("{} of {results} bound{given}", found.bound)
}
