//! `recto mutate`: changes of the code that no check notices.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::shard::unmatched;
use super::terminal::{Answer, Terminal};
use crate::mutate::{Book, FILE, Fate, Findings, Settings, Tried};
use crate::problem::{Failure, Kind, Problem, count};
use crate::read::{Item, Lesson};
use crate::run::RunOptions;
use crate::session::Session;
use crate::site::with_slashes;
use crate::verify::{Checked, shifted};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Literals, operators and comparisons of the cells are changed, one at a time, and the lesson is run: a mutant is \
    caught if a claim, a value, pinned output or an assertion turns wrong, or a limit ends it. Listed are those that nothing \
    catches. Nor may a claim hold with another last digit. What was found goes into `mutation.json` beside book.toml, from which the \
    verification page has it as long as the lesson stays the same.\n\nExit code 1 if something is not right before anything is changed."
)]
pub(super) struct MutateTask {
    /// Only lessons whose file contains this, as in `bowl`
    filter: Option<String>,
    /// The book's folder [default: this one, `book` in it, or the nearest above]
    #[arg(long, value_name = "DIR")]
    pub(super) book: Option<PathBuf>,
    /// Which mutants of a lesson are tried where not all are
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Try so many of a lesson at most [default: as many as run in the time, ten at least]
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// How long the mutants of a lesson may run, one behind the other, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    time: u64,
    /// List those that only change figures too, each change with the sentences that rest on it, and how far each inequality is from being wrong
    #[arg(long)]
    list: bool,
}

/// Tries the mutants, lists those that nothing catches, and writes down what was found.
pub(super) fn run(
    task: &MutateTask,
    root: &std::path::Path,
    options: RunOptions,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let settings = Settings {
        seed: task.seed,
        samples: task.samples,
        time: Duration::from_secs(task.time),
    };
    let session = Session::open(root, options)?;
    let mut book = Book::read(root)?;
    let filter = task.filter.as_deref().unwrap_or_default();
    let lessons: Vec<&Lesson> = session.lessons().into_iter().filter(|lesson| lesson.has_program()).collect();
    let lessons = wanted(&lessons, filter)?;
    if lessons.is_empty() {
        terminal.status("Nothing", "to change: no lesson has something to run");
        return Ok(Answer::Right);
    }
    let progress = terminal.progress();
    let mutated = session.mutate(&lessons, &settings, &|event| progress.show(&event));
    progress.finish();
    let mut failed = terminal.problems(&session.book.problems);
    let mut table = Vec::new();
    for (checked, findings) in mutated? {
        failed += terminal.problems(checked.problems());
        let findings = match findings {
            Some(Ok(findings)) => findings,
            Some(Err(failure)) => {
                failed += terminal.problems(failure.problems());
                continue;
            }
            None => continue,
        };
        failed += terminal.problems(&unnoticed_digits(&checked));
        terminal.problems(&survivors(&checked, &findings, task.list));
        if task.list {
            list(&checked, &findings, terminal);
        }
        table.push(line(&checked, &findings));
        table.extend(unmoved(&checked, &findings));
        terminal.record("mutation", record(&checked, &findings));
        book.add(file(checked.lesson), findings);
    }
    let files: Vec<String> = session.lessons().into_iter().map(file).collect();
    book.write(root, |lesson| files.iter().any(|file| file == lesson))?;
    table.iter().for_each(|line| terminal.text(line));
    terminal.status("Wrote", &root.join(FILE).display().to_string());
    Ok(Answer::of(failed))
}

/// The lessons whose file contains this.
///
/// # Errors
/// There are none.
fn wanted<'a>(lessons: &[&'a Lesson], filter: &str) -> Result<Vec<&'a Lesson>, Failure> {
    let wanted: Vec<&Lesson> = lessons.iter().copied().filter(|lesson| file(lesson).contains(filter)).collect();
    if !wanted.is_empty() || filter.is_empty() {
        return Ok(wanted);
    }
    let paths: Vec<String> = lessons.iter().map(|lesson| with_slashes(&lesson.path.with_extension(""))).collect();
    let names = paths.iter().flat_map(|path| [path, path.rsplit('/').next().unwrap_or(path)]);
    let all = "the filter is a part of a file's name, as `bowl`";
    Err(unmatched("file of no lesson with something to run", filter, names, all))
}

fn file(lesson: &Lesson) -> String {
    with_slashes(&lesson.file)
}

/// What a mutant is, in words.
fn change(tried: &Tried) -> String {
    if tried.to.is_empty() {
        format!("this `{}` were not there", tried.from)
    } else {
        format!("`{}` were `{}`", tried.from, tried.to)
    }
}

/// The mutants that nothing catches; those that only change figures where `all` are wanted.
fn survivors(checked: &Checked<'_>, findings: &Findings, all: bool) -> Vec<Problem> {
    let lesson = checked.lesson;
    let note = |tried: &Tried| {
        let message = match tried.fate {
            Fate::Caught | Fate::Limit => return None,
            Fate::Unnoticed => format!("nothing on this page would change if {}", change(tried)),
            Fate::Shown => format!("no check of this page would fail if {}", change(tried)),
        };
        let problem = Problem::note_of(Kind::Mutation, message).at(lesson.document.place(tried.span.clone()));
        Some(if tried.moved.is_empty() {
            problem
        } else {
            problem.note(format!("what would change: {}", places(lesson, &tried.moved)))
        })
    };
    findings.tried.iter().filter(|tried| all || !tried.is_drawn(checked)).filter_map(note).collect()
}

/// Some items in words, as `the claim at 12:3`.
fn places(lesson: &Lesson, items: &[usize]) -> String {
    const MOST: usize = 4;
    let place = |item: &usize| {
        let item = &lesson.items[*item];
        let kind = match item {
            Item::Claim(_) => "claim",
            Item::Value(_) => "value",
            _ => "cell",
        };
        let (line, column) = lesson.document.place(item.span()).line_column();
        format!("the {kind} at {line}:{column}")
    };
    let mut places: Vec<String> = items.iter().take(MOST).map(place).collect();
    if items.len() > MOST {
        places.push(format!("and {} more", items.len() - MOST));
    }
    places.join(", ")
}

/// Claims that hold with another last digit.
fn unnoticed_digits(checked: &Checked<'_>) -> Vec<Problem> {
    let spans = (0..checked.lesson.items.len()).flat_map(|item| shifted(checked, item).unnoticed);
    let problem = |span| {
        let message = "this claim holds with another last digit, too";
        Problem::error(Kind::Mutation, message).at(checked.lesson.document.place(span))
    };
    spans.map(problem).collect()
}

/// Claims, and how many of them some mutant turned wrong.
fn turned(checked: &Checked<'_>, findings: &Findings) -> (usize, usize) {
    let claims = checked.lesson.items.iter().enumerate().filter(|(_, item)| matches!(item, Item::Claim(_)));
    let claims: Vec<usize> = claims.map(|(item, _)| item).collect();
    let turned = claims.iter().filter(|item| !findings.inputs_of(**item).0.is_empty());
    (turned.count(), claims.len())
}

fn line(checked: &Checked<'_>, findings: &Findings) -> String {
    let tried = findings.tried.len();
    let (limited, drawn) = (findings.count(Fate::Limit), findings.drawn(checked));
    let caught = findings.count(Fate::Caught) + limited;
    let percent = (caught * 100).checked_div(tried).unwrap_or(100);
    let by_limit = if limited > 0 { format!(" ({limited} by a limit)") } else { String::new() };
    let (turned, claims) = turned(checked, findings);
    format!(
        "{percent:>4} %  {}: {tried} of {} tried, {caught} caught{by_limit}, {drawn} drawn, {} shown, {} unnoticed; {} not reached, \
         {} not compiled; {turned} of {} turned wrong; {} changed",
        file(checked.lesson),
        count(findings.possible(), "mutant"),
        findings.count(Fate::Shown) - drawn,
        findings.count(Fate::Unnoticed),
        findings.unreached,
        findings.refused,
        count(claims, "claim"),
        count(findings.digits, "last digit"),
    )
}

/// The claims that are the same whatever of it was tried; nothing where there are none.
fn unmoved(checked: &Checked<'_>, findings: &Findings) -> Option<String> {
    let lesson = checked.lesson;
    let is_same = |item: &usize| {
        let (wrong, moved) = findings.inputs_of(*item);
        matches!(lesson.items[*item], Item::Claim(_)) && wrong.is_empty() && moved.is_empty()
    };
    let claims: Vec<usize> = (0..lesson.items.len()).filter(is_same).collect();
    (!claims.is_empty()).then(|| format!("        moved by none of them: {}", places(lesson, &claims)))
}

/// Each input with what rests on it, and the inequalities.
fn list(checked: &Checked<'_>, findings: &Findings, terminal: &Terminal) {
    let lesson = checked.lesson;
    for tried in &findings.tried {
        terminal.listed(&format!("{}:{}:{}: if {}:", file(lesson), tried.line, tried.column, change(tried)));
        let rests = |item: &&usize| matches!(lesson.items[**item], Item::Claim(_) | Item::Value(_));
        for item in tried.wrong.iter().chain(&tried.moved).filter(rests) {
            let word = if tried.wrong.contains(item) { "wrong" } else { "other" };
            terminal.listed(&format!("    {word}: {}", lesson.sentence(*item)));
        }
    }
    for slack in &findings.slacks {
        let (line, column) = lesson.document.place(lesson.items[slack.item].span()).line_column();
        terminal.listed(&format!("{}:{line}:{column}: {} holds by {:.3e}", file(lesson), slack.says, slack.distance));
    }
}

/// The same for programs.
fn record(checked: &Checked<'_>, findings: &Findings) -> Value {
    let lesson = checked.lesson;
    let inputs = findings.tried.iter().map(|tried| {
        json!({
            "line": tried.line, "column": tried.column, "from": tried.from, "to": tried.to, "fate": tried.fate,
            "wrong": tried.wrong, "other": tried.moved,
        })
    });
    let is_check = |(_, item): &(usize, &Item)| matches!(item, Item::Claim(_) | Item::Value(_));
    let checks = lesson.items.iter().enumerate().filter(is_check).map(|(item, its)| {
        let (line, column) = lesson.document.place(its.span()).line_column();
        let numbers = |of: fn(&Tried) -> &Vec<usize>| -> Vec<usize> {
            let tried = findings.tried.iter().enumerate();
            tried.filter(|(_, tried)| of(tried).contains(&item)).map(|(number, _)| number).collect()
        };
        let slacks = findings.slacks.iter().filter(|slack| slack.item == item);
        let slacks: Vec<Value> =
            slacks.map(|slack| json!({ "says": slack.says, "distance": slack.distance })).collect();
        json!({
            "item": item, "line": line, "column": column, "sentence": lesson.sentence(item),
            "wrong_by": numbers(|tried| &tried.wrong), "other_by": numbers(|tried| &tried.moved), "slack": slacks,
        })
    });
    json!({
        "file": file(lesson), "seed": findings.seed, "mutants": findings.mutants, "not_compiled": findings.refused,
        "not_reached": findings.unreached, "inputs": inputs.collect::<Vec<_>>(), "checks": checks.collect::<Vec<_>>(),
        "last_digits": findings.digits,
    })
}
