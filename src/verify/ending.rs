//! How a program ended that did not run to its end, and what its threads did.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::advice;
use crate::problem::{Kind, Problem};
use crate::read::{Cell, CodeLine, Item, Lesson, Scope};
use crate::run::{End, Event, Limit, Panic, ProgramRun};
use crate::runtime::step::Step;
use crate::runtime::wire::Message;
use crate::screen::visible;
use crate::source::Place;
use crate::tangle::{Program, Threads, range_of};

/// What ended a program; `at` is the item that was not completed, `panics` are those of its time.
pub(super) fn problem(
    lesson: &Lesson,
    program: &Program,
    run: &ProgramRun,
    at: Option<usize>,
    panics: &[Panic],
) -> Option<Problem> {
    let said = || visible(&run.stderr.iter().map(|(_, text)| text.as_str()).collect::<String>());
    match &run.end {
        End::Finished | End::Compiled | End::Refused => None,
        End::Panicked => {
            let message = run.events.iter().rev().find_map(|event| match event {
                Event::Message(Message::Step(Step::Unwound(message))) => Some(message.as_str()),
                _ => None,
            })?;
            let by_hook = panics.iter().rev().find(|panic| panic.message == message).cloned();
            let its = by_hook.or_else(|| printed(&said(), message)).unwrap_or_else(|| Panic {
                message: message.to_owned(),
                ..Panic::default()
            });
            let others = panics.iter().filter(|panic| **panic != its);
            let problem = thrown(lesson, (program, run.is_walled), at, Kind::Panic, &its);
            Some(others.fold(problem, |problem, other| beside(lesson, program, problem, "before that", other)))
        }
        End::Failed => run.events.iter().rev().find_map(|event| match event {
            Event::Message(Message::Step(Step::Error { file, line, column, message })) => {
                let (file, message) = (file.clone(), message.clone());
                let its = Panic {
                    file,
                    line: *line,
                    column: *column,
                    message,
                    thread: None,
                };
                Some(thrown(lesson, (program, run.is_walled), at, Kind::Returned, &its))
            }
            _ => None,
        }),
        End::TimedOut(limit) => Some(timeout(lesson, *limit, at)),
        End::Limited(limit) => Some(limited(*limit)),
        End::Exited(code) if lesson.scope == Scope::Block => {
            let problem = Problem::error(Kind::Exit, format!("this block ended with exit code {code}"));
            let said = printed_by(run);
            Some(if said.is_empty() {
                problem
            } else {
                problem.note(format!("it wrote: {}", without_numbers(&said)))
            })
        }
        End::Exited(code) => {
            let message = format!("this cell ended the lesson's program with exit code {code}");
            let help = "a cell must not call `std::process::exit`, nor close a file that it did not open: what stands below it \
                        would not run";
            Some(Problem::error(Kind::Exit, message).help(help))
        }
        End::Killed(signal) => {
            let said = said();
            let of_main: Vec<&Panic> = panics.iter().filter(|panic| panic.thread.is_none()).collect();
            match (&of_main[..], said.contains("non-unwinding panic") || said.contains("while processing panic")) {
                ([first, others @ ..], true) => {
                    let problem = thrown(lesson, (program, run.is_walled), at, Kind::Panic, first);
                    let when = "while that was unwound";
                    let problem =
                        others.iter().fold(problem, |problem, other| beside(lesson, program, problem, when, other));
                    Some(problem.help("a `drop` that panics while another panic is unwound aborts the program"))
                }
                _ => Some(killed(lesson, &said, *signal)),
            }
        }
    }
}

/// How a block that stands alone ended by itself, as its exit code tells: well, or how it failed. Nothing where it was
/// recto, a limit or the system that ended it, or where its panic or error is known already.
pub(super) fn of_block(run: &ProgramRun) -> Option<Result<(), String>> {
    match run.end {
        End::Compiled | End::Exited(0) => Some(Ok(())),
        End::Exited(code) => Some(Err(format!("exit code {code}"))),
        End::Killed(signal) => {
            let said: String = run.stderr.iter().map(|(_, text)| text.as_str()).collect();
            // What a program does to itself: an instruction that is none, a trap, an abort, a fault.
            let by_itself = matches!(signal, 4..=8 | 11) && !said.contains("memory allocation of ");
            by_itself.then(|| Err(format!("ended by signal {signal}")))
        }
        _ => None,
    }
}

/// A panic in a thread other than the main one, where nothing in the lesson looks at how threads end: it would pass
/// without a word. What a program does with such a panic can't be seen from outside.
pub(super) fn unheeded(lesson: &Lesson, program: &Program, run: &ProgramRun, panic: &Panic) -> Option<Problem> {
    let note = Some(panic).filter(|panic| panic.thread.is_some()).and_then(|_| overlooks(lesson, program))?;
    let problem = thrown(lesson, (program, run.is_walled), None, Kind::Panic, panic);
    Some(problem.note(note).help(JOIN))
}

const JOIN: &str =
    "join the thread and look at what that gives, `handle.join()`, or start it inside of `std::panic::catch_unwind`";

/// How a lesson looks away from the end of a thread.
fn overlooks(lesson: &Lesson, program: &Program) -> Option<&'static str> {
    static LOOKS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\.\s*join\s*\(\s*\)|JoinHandle\s*::\s*join").expect("a constant"));
    if program.source.contains("catch_unwind") {
        return None;
    }
    if !LOOKS.is_match(&program.source) {
        return Some("nothing in this lesson looks at how its threads end");
    }
    // One that is let go may be the one that panicked.
    let lets_go = |cell: &Cell| !Threads::of(&CodeLine::joined(&cell.lines)).let_go.is_empty();
    lesson
        .cells()
        .any(lets_go)
        .then_some("this lesson lets go of a thread, `spawn(…);`, and nothing looks at how it ends")
}

/// A hook of the lesson's own in the place of recto's, which tells of panics in threads, where nothing else does.
pub(super) fn hidden(lesson: &Lesson, program: &Program) -> Option<(usize, Problem)> {
    if !program.source.contains("_hook") || !program.source.contains("spawn") {
        return None;
    }
    let note = overlooks(lesson, program)?;
    program.items.iter().find_map(|&item| {
        let Item::Cell(cell) = &lesson.items[item] else {
            return None;
        };
        let hook = Threads::of(&CodeLine::joined(&cell.lines)).hook?;
        let place = range_of(cell, hook);
        let problem = Problem::error(Kind::Panic, "with another hook than recto's, panics of threads are not seen");
        Some((item, problem.at(lesson.document.place(place)).note(note).help(JOIN)))
    })
}

/// What a program printed of which no item is known, as the tests of a block.
fn printed_by(run: &ProgramRun) -> String {
    let printed = run.events.iter().filter_map(|event| match event {
        Event::Printed(text) => Some(text.as_str()),
        Event::Message(_) => None,
    });
    let said: String = printed.chain(run.stderr.iter().map(|(_, text)| text.as_str())).collect();
    visible(said.trim())
}

fn timeout(lesson: &Lesson, limit: Duration, at: Option<usize>) -> Problem {
    let own = lesson.time_limits().find(|(item, _)| at == Some(*item));
    let (what, help) = match own {
        Some(_) => ("cell", "make it faster, or raise its option `//| timeout`"),
        None => (
            "lesson",
            "make it faster, or raise the limit: `timeout` in `[preprocessor.recto]`, in a comment `<!-- recto` \
             at the top of the lesson, or as option `//| timeout: 120` of a cell",
        ),
    };
    let message = format!("this {what} ran past its limit of {} s", limit.as_secs_f64());
    Problem::error(Kind::Timeout, message).help(help)
}

/// A limit that is a setting of the book, or of the lesson.
fn limited(limit: Limit) -> Problem {
    let (message, setting) = match limit {
        Limit::CpuTime(most) => (format!("this lesson used more than its {most} s of processor time"), "cpu-time"),
        Limit::Output(most) => (
            format!("this lesson printed and showed more than its limit of {most} MiB; the rest was cut off"),
            "output",
        ),
        Limit::FileSize(most) => (format!("this cell wrote a file beyond the limit of {most} MiB"), "file-size"),
        Limit::Processes(most) => (format!("this lesson started more processes than its limit of {most}"), "processes"),
    };
    Problem::error(Kind::Limit, message).help(raise(setting))
}

fn raise(setting: &str) -> String {
    format!(
        "if it needs more, raise `{setting}` in `[preprocessor.recto]`, or in a comment `<!-- recto` at the top of the lesson"
    )
}

/// What a signal means, as far as the program itself said.
fn killed(lesson: &Lesson, said: &str, signal: i32) -> Problem {
    let exit = |message: &str| Problem::error(Kind::Exit, message);
    let problem = if said.contains("has overflowed its stack") {
        exit("this cell overflowed its stack")
            .help("look for a recursion without end, or run what needs a deep stack in a thread with a larger one")
    } else if said.contains("memory allocation of ") {
        let message = format!("this lesson wanted more memory than its limit of {} MiB allows", lesson.limits.memory);
        Problem::error(Kind::Limit, message).help(raise("memory"))
    } else {
        match signal {
            6 => exit("the lesson's program was ended by signal 6 (aborted)"),
            9 => exit("the lesson's program was ended by signal 9 (killed), which recto did not send")
                .help("where the machine ran out of memory, lower `memory`, or run less beside the build"),
            11 => exit("the lesson's program was ended by signal 11 (segmentation fault)")
                .help("look at `unsafe` code, in the libraries that this cell calls too"),
            signal => exit(&format!("the lesson's program was ended by signal {signal}")),
        }
    };
    match said.trim() {
        "" => problem,
        said => problem.note(format!("it wrote: {}", without_numbers(said))),
    }
}

/// What the standard library says of a thread, without the number that is another one in each run.
fn without_numbers(said: &str) -> Cow<'_, str> {
    static NUMBERED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(thread '[^']*') \(\d+\)").expect("a constant"));
    NUMBERED.replace_all(said, "$1")
}

/// The panic that the system's own hook printed, where a cell took recto's away.
fn printed(said: &str, message: &str) -> Option<Panic> {
    static PRINTED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"panicked at ([^\n]+):(\d+):(\d+):\n").expect("a constant"));
    let found = PRINTED.captures_iter(said).filter(|found| {
        let end = found.get(0).map_or(0, |whole| whole.end());
        said[end..].starts_with(&visible(message))
    });
    let found = found.last()?;
    Some(Panic {
        file: found[1].to_owned(),
        line: found[2].parse().ok()?,
        column: found[3].parse().ok()?,
        thread: None,
        message: message.to_owned(),
    })
}

/// The panic or returned error that ended a program, or a thread of it.
fn thrown(
    lesson: &Lesson,
    (program, is_walled): (&Program, bool),
    at: Option<usize>,
    kind: Kind,
    its: &Panic,
) -> Problem {
    let message = visible(&its.message);
    let (first, rest) = message.split_once('\n').unwrap_or((&message, ""));
    let subject = match at.map(|item| &lesson.items[item]) {
        Some(Item::Claim(_)) => "this claim",
        Some(Item::Value(_)) => "this inline value",
        _ => "this cell",
    };
    let what = match (kind, &its.thread) {
        (Kind::Returned, _) => format!("{subject} returned an error"),
        (_, Some(_)) => "a thread panicked".to_owned(),
        (_, None) => format!("{subject} panicked"),
    };
    let mut problem = Problem::error(kind, format!("{what}: {first}"));
    if !rest.trim().is_empty() {
        problem = problem.note(rest.trim_end());
    }
    if let Some(thread) = &its.thread {
        problem = problem.note(format!("in thread `{}`", visible(thread)));
    }
    match place(lesson, program, its) {
        Ok(place) => problem.place = place,
        Err(elsewhere) => problem = problem.note(format!("at {elsewhere}")),
    }
    advice::of_run(&mut problem, is_walled);
    problem
}

/// Tells of a further panic.
fn beside(lesson: &Lesson, program: &Program, problem: Problem, when: &str, other: &Panic) -> Problem {
    let who = other.thread.as_ref().map_or_else(|| "it".to_owned(), |name| format!("thread `{}`", visible(name)));
    let what = format!("{when}, {who} panicked: {}", visible(&other.message));
    match place(lesson, program, other) {
        Ok(Some(place)) => problem.related(place, what),
        Ok(None) => problem.note(what),
        Err(elsewhere) => problem.note(format!("{what} (at {elsewhere})")),
    }
}

/// Where a panic stands on the page, if that is known; else where in other code.
fn place(lesson: &Lesson, program: &Program, its: &Panic) -> Result<Option<Place>, String> {
    if its.file.is_empty() {
        return Ok(None);
    }
    if !program.is_file(&its.file) {
        return Err(format!("{}:{}:{}", visible(&its.file), its.line, its.column));
    }
    let located = program.map.locate((its.line, its.column), (its.line, its.column + 1));
    let located = located.filter(|span| !span.is_empty());
    Ok(located.map(|span| lesson.document.place(to_word_end(lesson.document.text(), span))))
}

/// From the start of a span to the end of the word or punctuation that begins there.
fn to_word_end(text: &str, span: Range<usize>) -> Range<usize> {
    let text = &text[span.start..];
    let word = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let macro_mark = usize::from(word > 0 && text[word..].starts_with('!'));
    let first = text.chars().next().map_or(0, char::len_utf8);
    span.start..span.start + (word + macro_mark).max(first)
}
