//! Help with what the compiler or the system says and does not explain: their words know nothing of lessons.

use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Problem;
use crate::read::{Item, Lesson};

/// Codes of a name that is not there.
const UNKNOWN_NAME: [&str; 7] = ["E0405", "E0412", "E0422", "E0423", "E0425", "E0432", "E0433"];

/// Codes of a borrow, a move or a change that is not allowed.
const BORROWED: [&str; 7] = ["E0373", "E0382", "E0502", "E0505", "E0506", "E0507", "E0596"];

/// A module with code in it.
static MODULE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bmod\s+\w+\s*\{").expect("a constant"));

/// A text that names a file; below `data` only what stands behind that.
static FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#""(?:\.{0,2}/)*(?:src/)?(?:\.\./)*(?:data/)?([^"\\/][^"\\]*)""#).expect("a constant")
});

/// Whether a name is not there.
pub(super) fn is_of_unknown_name(problem: &Problem) -> bool {
    problem.code.as_deref().is_some_and(|code| UNKNOWN_NAME.contains(&code))
}

/// Helps with a message of the compiler about an item.
pub(super) fn of_compiler(lesson: &Lesson, item: Option<usize>, problem: &mut Problem) {
    let item = item.map(|item| &lesson.items[item]);
    let has = |codes: &[&str]| problem.code.as_deref().is_some_and(|code| codes.contains(&code));
    match item {
        Some(Item::Claim(_) | Item::Value(_)) if has(&BORROWED) => in_claim(problem),
        Some(Item::Cell(cell)) if is_of_unknown_name(problem) => {
            let position = problem.place.as_ref().and_then(|place| place.position).unwrap_or(cell.span.end);
            let text = &lesson.document.text()[cell.span.clone()];
            let before = text.get(..position.saturating_sub(cell.span.start)).unwrap_or(text);
            if MODULE.is_match(before) && text.contains("super") {
                problem.helps.push(
                    "cells are the body of a function, and `super` in a module leads out of it: move into the module \
                     what it uses, or give the cell its own `fn main`, which makes it a program"
                        .to_owned(),
                );
            }
        }
        _ => {}
    }
    let unread = problem.message.strip_prefix("couldn't read `").and_then(|rest| rest.split_once('`'));
    if let Some((path, rest)) = unread {
        // It is named from the folder of the chapter, which the author does not see.
        let folder = lesson.file.parent().map(|folder| format!("{}/", folder.display())).unwrap_or_default();
        let path = path.split_once(&folder).map_or(path, |(_, path)| path);
        problem.message = format!("couldn't read `{path}`{rest}");
        let name = file_in(problem);
        problem.helps.push(format!(
            "a page's own folder is not that of its program: write `recto::data_string(\"{name}\")?` for a text file of the \
             book's folder `data`, and `std::fs::read(recto::data(\"{name}\")?)?` for bytes"
        ));
    }
}

/// The compiler speaks of a closure, of which the author knows nothing.
fn in_claim(problem: &mut Problem) {
    let plain = |text: &str| text.replace(" due to use in closure", "").replace(" in closure", "");
    problem.label = problem.label.take().map(|label| plain(&label));
    problem.related.retain(|(_, label)| label != "in this closure");
    problem.related.iter_mut().for_each(|(_, label)| *label = plain(label));
    problem.helps.push(
        "claims and inline values borrow what they name, and change nothing: compute the value in a cell, where it may be \
         had, and name that here"
            .to_owned(),
    );
}

/// Helps with what the system refused, when code was run.
/// `is_walled` says whether walls surrounded the program.
pub(super) fn of_run(problem: &mut Problem, is_walled: bool) {
    let texts = || std::iter::once(&problem.message).chain(&problem.notes);
    let is = |number: u32| {
        let (shown, debug) = (format!("(os error {number})"), format!("code: {number}, kind: "));
        texts().any(|text| text.contains(&shown) || text.contains(&debug))
    };
    let limits = [
        (24, "open files", "open-files"),
        (11, "memory or processes", "memory` or `processes"),
    ];
    if let Some((_, what, setting)) = limits.into_iter().find(|(number, ..)| is(*number)) {
        problem.helps.push(format!(
            "this may be the lesson's limit of {what}: if it needs more, raise `{setting}` in `[preprocessor.recto]`, or in a \
             comment `<!-- recto` at the top of the lesson"
        ));
    } else if is(28) {
        problem.helps.push("there is no space left on the disk: make some, and build again".to_owned());
    } else if is_walled && [1, 13, 18].into_iter().any(is) {
        problem.helps.push(
            "walls surround a lesson's program: it writes its own folder, reads that, the book's `data` and the system's own files, \
             and opens no network; in `[preprocessor.recto]`, `read = [\"../measured\"]` lets it read more, `network = true` lets it \
             out; `--sandbox=off` raises no walls"
                .to_owned(),
        );
    } else if is(2) {
        let name = file_in(problem);
        problem.helps.push(format!(
            "a lesson runs in an empty folder; for a file of the book's folder `data` write `recto::data(\"{name}\")?` in place \
             of its path"
        ));
    }
}

/// The file that is named on the line of a problem.
fn file_in(problem: &Problem) -> String {
    let line = problem.place.as_ref().and_then(|place| {
        let text = &place.file.text;
        let start = text[..place.span.start].rfind('\n').map_or(0, |newline| newline + 1);
        text[start..].lines().next()
    });
    let found = line.and_then(|line| FILE.captures(line));
    found.map_or_else(|| "name.csv".to_owned(), |found| found[1].to_owned())
}
