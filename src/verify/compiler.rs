//! The compiler's messages, led back from the program to the markdown.

use std::path::Path;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

use super::{advice, idle};
use crate::problem::{Blamed, Kind, Problem, Severity, count as count_of};
use crate::read::{Item, Lesson, Marks};
use crate::site::absolute;
use crate::source::Place;
use crate::tangle::Program;

/// The problems that the compiler's messages about a program tell of.
pub(super) fn problems(lesson: &Lesson, program: &Program, diagnostics: &[Diagnostic]) -> Vec<Blamed> {
    let found = diagnostics.iter().filter_map(|diagnostic| {
        let item = item(program, diagnostic);
        let mut problem = problem(lesson, program, diagnostic)?;
        if idle::is_told(&problem) {
            let mut primary = diagnostic.spans.iter().filter(|span| span.is_primary);
            let is_own = |span| in_program(program, span).is_none_or(|span| is_written(program, span));
            problem = idle::problem(lesson, item, problem).filter(|_| !primary.any(is_own))?;
        }
        // What is wrong where recto's own code begins is so for what stands before it.
        let begin = || Some(lesson.items[item?].span().start);
        problem.place = problem.place.or_else(|| begin().map(|at| lesson.document.place(at..at)));
        advice::of_compiler(lesson, item, &mut problem);
        Some((item, problem))
    });
    let (outcomes, mut found): (Vec<Blamed>, Vec<Blamed>) = found.partition(|(_, problem)| is_of_outcome(problem));
    // What else no `main` may be is the cause.
    let is_cause = |it: &Problem| it.code.as_deref() == Some("E0752") || advice::lacking_crate(it).is_some();
    let has_cause = |item| found.iter().any(|(other, it)| *other == item && is_cause(it));
    let uncaused: Vec<Blamed> = outcomes.into_iter().filter(|(item, _)| !has_cause(*item)).collect();
    found.extend(uncaused.into_iter().map(|(item, problem)| (item, of_return_type(problem))));
    once_where_no_rust(lesson, &mut found);
    found
}

/// A fence without a language is Rust where blocks stand alone, and may be meant as none: then one error says so.
fn once_where_no_rust(lesson: &Lesson, found: &mut Vec<Blamed>) {
    if found.is_empty() {
        return;
    }
    let no_syntax = |problem: &Problem| problem.kind == Kind::Compile && problem.code.is_none();
    for (index, item) in lesson.items.iter().enumerate() {
        let help = match item {
            Item::Cell(cell) if cell.marks == Marks::Indented => {
                "put it into a fence, ```` ```text ````, if it is no Rust"
            }
            Item::Cell(cell) if cell.marks == Marks::Other && lesson.document.text()[cell.info.clone()].is_empty() => {
                "write ```` ```text ```` if it is no Rust, which a fence without a language is to rustdoc"
            }
            _ => continue,
        };
        let is_its = |(item, problem): &Blamed| *item == Some(index) && problem.severity == Severity::Error;
        let count = found.iter().filter(|it| is_its(it)).count();
        let Some(first) =
            found.iter().position(|it| is_its(it) && no_syntax(&it.1)).or_else(|| found.iter().position(is_its))
        else {
            continue;
        };
        let (_, problem) = &mut found[first];
        let is_one = no_syntax(problem);
        problem.helps.push(help.to_owned());
        if is_one && count > 1 {
            problem.notes.push(format!("the compiler finds {} more in it", count_of(count - 1, "error")));
            let mut at = 0;
            found.retain(|it| {
                at += 1;
                at - 1 == first || !is_its(it)
            });
        }
    }
}

/// Whether the compiler says that recto learns nothing from what a cell's `main` returns.
fn is_of_outcome(problem: &Problem) -> bool {
    problem.message.contains("`__recto_outcome`")
}

/// The same as the compiler says it of a program of its own.
fn of_return_type(problem: Problem) -> Problem {
    let kind = problem.message.split_once("Returned<").and_then(|(_, rest)| Some(rest.rsplit_once(">`")?.0));
    let message = format!("`main` has the return type `{}`, in which no program can end", kind.unwrap_or("?"));
    Problem {
        code: Some("E0277".to_owned()),
        place: problem.place,
        ..Problem::error(Kind::Compile, message)
    }
    .help(if kind.is_some_and(|kind| kind.starts_with("impl Future<")) {
        "an `async fn main` needs the attribute of a runtime that the book depends on, such as `#[tokio::main]`"
    } else {
        "it can end in `()`, an `ExitCode`, a `Result` of these, and what implements `Termination`"
    })
}

/// The item that a message is about.
fn item(program: &Program, diagnostic: &Diagnostic) -> Option<usize> {
    let primary = diagnostic.spans.iter().filter(|span| span.is_primary);
    let located = primary.filter_map(|span| in_program(program, span)).next();
    located
        .and_then(|span| program.map.item(span.line_start, span.column_start))
        .or(match program.items.as_slice() {
            [only] => Some(*only),
            _ => None,
        })
}

fn problem(lesson: &Lesson, program: &Program, diagnostic: &Diagnostic) -> Option<Problem> {
    let severity = match diagnostic.level {
        DiagnosticLevel::Error | DiagnosticLevel::Ice => Severity::Error,
        DiagnosticLevel::Warning => Severity::Warning,
        _ => return None,
    };
    if diagnostic.spans.is_empty() && is_summary(&diagnostic.message) {
        return None;
    }
    let kind = if severity == Severity::Error { Kind::Compile } else { Kind::Lint };
    let mut problem = Problem {
        severity,
        ..Problem::error(kind, diagnostic.message.clone())
    };
    problem.code = diagnostic.code.as_ref().map(|code| code.code.clone());
    for span in &diagnostic.spans {
        if span.label.as_deref() == Some("unexpected token") && is_written(program, span) {
            // Of what recto writes around a cell the author knows nothing.
            problem.message.truncate(problem.message.find(", found ").unwrap_or(problem.message.len()));
            continue;
        }
        let Some(place) = place(lesson, program, span) else {
            if let Some(label) = &span.label {
                problem
                    .notes
                    .push(format!("{label}, at {}:{}", known_name(lesson, &span.file_name), span.line_start));
            }
            continue;
        };
        if span.is_primary && problem.place.is_none() {
            problem.place = Some(place);
            problem.label.clone_from(&span.label);
        } else {
            let label = span.label.clone().unwrap_or_default();
            if !OWN_WORDS.iter().any(|words| label.contains(words)) {
                problem.related.push((place, label));
            }
        }
    }
    if problem.place.is_none() && !problem.related.is_empty() {
        let (place, label) = problem.related.remove(0);
        (problem.place, problem.label) = (Some(place), Some(label).filter(|label| !label.is_empty()));
    }
    for child in &diagnostic.children {
        add_child(lesson, program, &mut problem, child);
    }
    Some(problem)
}

/// What the compiler says of recto's own code and not of the author's, and of files that it wrote.
const OWN_WORDS: [&str; 14] = [
    "has been written to",
    "have been written to",
    "consider using `--verbose`",
    "`recto::lesson::",
    "`recto::runtime::",
    "required by a bound introduced by this call",
    "required by a bound in `claimed`",
    "required by a bound in `of`",
    "required by a bound in `given`",
    "required by a bound in `give`",
    "required by a bound in `Point::at`",
    "trait `Operand`",
    "trait `Sample`",
    "trait `Ends<",
];

/// A file's name without what it has of this machine: the book's folder, or that of cargo's or rustc's sources.
fn known_name(lesson: &Lesson, file: &str) -> String {
    let root = absolute(&lesson.root).unwrap_or_default();
    if let Ok(below) = Path::new(file).strip_prefix(&root) {
        return below.display().to_string();
    }
    let below = |mark: &str| Some(file.split_once(mark)?.1);
    let in_registry = || Some(below("/registry/src/")?.split_once('/')?.1);
    let in_toolchain = || below("/lib/rustlib/src/rust/").or_else(|| Some(below("/rustc/")?.split_once('/')?.1));
    in_registry().or_else(in_toolchain).unwrap_or(file).to_owned()
}

/// The line that only counts the errors before it.
fn is_summary(message: &str) -> bool {
    message.starts_with("aborting due to")
        || message.contains("warning emitted")
        || message.contains("warnings emitted")
}

fn add_child(lesson: &Lesson, program: &Program, problem: &mut Problem, child: &Diagnostic) {
    let of_level = child.message == "the lint level is defined here";
    let is_own = |span: &DiagnosticSpan| is_written(program, span);
    if OWN_WORDS.iter().any(|words| child.message.contains(words)) || of_level && child.spans.iter().any(is_own) {
        return;
    }
    let mut message = child.message.clone();
    let replacements: Vec<&str> = child
        .spans
        .iter()
        .filter_map(|span| span.suggested_replacement.as_deref())
        .filter(|it| !it.trim().is_empty())
        .collect();
    if !replacements.is_empty() && !message.contains('`') {
        message = format!("{message}: `{}`", replacements.join("` … `").trim());
    }
    if child.level == DiagnosticLevel::Help {
        problem.helps.push(message);
        return;
    }
    match child.spans.iter().find_map(|span| place(lesson, program, span)) {
        Some(place) => problem.related.push((place, message)),
        None => problem.notes.push(message),
    }
}

/// Where a span of the program, or of a macro called in it, stands in the markdown.
fn place(lesson: &Lesson, program: &Program, span: &DiagnosticSpan) -> Option<Place> {
    let span = in_program(program, span)?;
    let (start, end) = ((span.line_start, span.column_start), (span.line_end, span.column_end));
    Some(lesson.document.place(program.map.locate(start, end)?))
}

/// Whether nothing of a span of the program stands in the markdown.
fn is_written(program: &Program, span: &DiagnosticSpan) -> bool {
    let from = (span.line_start, span.column_start);
    program.is_file(&span.file_name) && program.map.copied(from, span.column_end).is_none()
}

/// The span itself, or that of the macro's call in the program.
fn in_program<'a>(program: &Program, span: &'a DiagnosticSpan) -> Option<&'a DiagnosticSpan> {
    if program.is_file(&span.file_name) {
        return Some(span);
    }
    in_program(program, &span.expansion.as_ref()?.span)
}
