//! Code that looks as if it ran or checked something, and does not: what rustc's lints of the group `unused` know of it.

use std::sync::LazyLock;

use regex::Regex;

use crate::problem::{Kind, Problem, Severity};
use crate::read::{Item, Lesson, Mode};
use crate::tangle::TOLD;

/// A macro that checks.
static ASSERTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:debug_)?assert\w*!").expect("a constant"));

/// What binds a closure, behind its name.
static CLOSURE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\s*=\s*(?:move\s*)?\|").expect("a constant"));

/// Whether a message of the compiler is a lint that cells alone are given.
pub(super) fn is_told(problem: &Problem) -> bool {
    problem.kind == Kind::Lint && problem.code.as_deref().is_some_and(|code| TOLD.contains(&code))
}

/// The lint as recto tells it; nothing where it stands in recto's own code, or tells of what only is not used.
pub(super) fn problem(lesson: &Lesson, item: Option<usize>, mut problem: Problem) -> Option<Problem> {
    let at = problem.place.as_ref()?.position?;
    let behind = lesson.document.text().get(at..)?;
    let mode = item.and_then(|item| match &lesson.items[item] {
        Item::Cell(cell) => Some(&cell.mode),
        _ => None,
    });
    problem.notes.retain(|note| !note.starts_with("`#["));
    problem.helps.clear();
    match problem.code.as_deref()? {
        // What a function gives back may be of no matter; a `Result`, a comparison or an iterator is.
        "unused_must_use" if problem.message.starts_with("unused return value") => {}
        "unreachable_code" if mode == Some(&Mode::ShouldPanic) => return None,
        // The last line of an example for rustdoc, `Ok::<(), Error>(())`, is no error that is dropped.
        "unused_must_use" if behind.starts_with("Ok::") || behind.starts_with("Ok(") => return None,
        "unused_must_use" | "map_unit_fn" => problem.severity = Severity::Error,
        "unreachable_code" => {
            problem.severity = Severity::Error;
            return Some(problem.help("take away what is never run, or what leaves the code before it"));
        }
        lint => {
            let behind = behind_name(behind);
            let is_code = lint == "dead_code" || CLOSURE.is_match(behind);
            let told = problem.help("call it, or take the assertion away");
            return (is_code && ASSERTION.is_match(behind)).then(|| told.note("what it asserts is never checked"));
        }
    }
    let help = if problem.message.contains("`Result`") {
        "write `?` behind it, which makes an error of it one of the lesson, or `let _ = …` if it is of no matter"
    } else {
        "assert it, use it, or take the `;` away to show it; `let _ = …` if it is of no matter"
    };
    Some(problem.help(help))
}

/// A function, or what a `let` binds, from behind its name to its end.
fn behind_name(text: &str) -> &str {
    let name = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let text = &text[name..];
    let mut depth = 0_usize;
    let end = text.char_indices().find(|(_, c)| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, ';' | '}')
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}
