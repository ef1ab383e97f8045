//! How a program ended that did not run to its end.

use std::ops::Range;

use super::advice;
use crate::problem::{Kind, Problem};
use crate::read::{Item, Lesson};
use crate::run::{End, Event, ProgramRun};
use crate::runtime::wire::Message;
use crate::screen::visible;
use crate::tangle::Program;

/// What ended a program; `at` is the item that was not completed.
pub(super) fn problem(lesson: &Lesson, program: &Program, run: &ProgramRun, at: Option<usize>) -> Option<Problem> {
    match &run.end {
        End::Finished | End::Compiled | End::Refused => None,
        End::Panicked | End::Failed => {
            let mut events = run.events.iter().rev();
            events.find_map(|event| thrown(lesson, program, event, at))
        }
        End::TimedOut(limit) => {
            let message = format!("this lesson ran past its limit of {} s", limit.as_secs_f64());
            Some(Problem::error(Kind::Timeout, message).help(
                "make it faster, or raise the limit: `timeout` in `[preprocessor.recto]`, in a comment `<!-- recto` \
                 at the top of the lesson, or as option `//| timeout: 120` of a cell",
            ))
        }
        End::Exited(code) => {
            let message = format!("this cell ended the lesson's program with exit code {code}");
            let help = "a cell must not call `std::process::exit`: what stands below it would not run";
            Some(Problem::error(Kind::Exit, message).help(help))
        }
        End::Killed(signal) => {
            let problem = Problem::error(Kind::Exit, format!("the lesson's program was ended by {signal}"));
            let said: String = run.stderr.iter().map(|(_, text)| text.as_str()).collect();
            Some(match visible(&said).trim() {
                "" => problem,
                said => problem.note(format!("it wrote: {said}")),
            })
        }
    }
}

/// The panic or returned error that ended a program.
fn thrown(lesson: &Lesson, program: &Program, event: &Event, at: Option<usize>) -> Option<Problem> {
    let Event::Message(message) = event else { return None };
    let (kind, what, file, line, column, thread, message) = match message {
        Message::Panic {
            expected: false,
            file,
            line,
            column,
            thread,
            message,
        } => (Kind::Panic, "panicked", file, *line, *column, thread.as_str(), message),
        Message::Error { file, line, column, message } => {
            (Kind::Returned, "returned an error", file, *line, *column, "", message)
        }
        _ => return None,
    };
    let message = visible(message);
    let (first, rest) = message.split_once('\n').unwrap_or((&message, ""));
    let subject = match at.map(|item| &lesson.items[item]) {
        Some(Item::Claim(_)) => "this claim",
        Some(Item::Value(_)) => "this inline value",
        _ => "this cell",
    };
    let mut problem = Problem::error(kind, format!("{subject} {what}: {first}"));
    if !rest.trim().is_empty() {
        problem = problem.note(rest.trim_end());
    }
    if !thread.is_empty() {
        problem = problem.note(format!("in thread `{thread}`"));
    }
    if program.is_file(file) {
        let located = program.map.locate((line, column), (line, column + 1));
        let located = located.filter(|span| !span.is_empty());
        problem.place = located.map(|span| lesson.document.place(to_word_end(lesson.document.text(), span)));
        advice::of_run(&mut problem);
        return Some(problem);
    }
    Some(problem.note(format!("at {file}:{line}:{column}")))
}

/// From the start of a span to the end of the word or punctuation that begins there.
fn to_word_end(text: &str, span: Range<usize>) -> Range<usize> {
    let text = &text[span.start..];
    let word = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let macro_mark = usize::from(word > 0 && text[word..].starts_with('!'));
    let first = text.chars().next().map_or(0, char::len_utf8);
    span.start..span.start + (word + macro_mark).max(first)
}
