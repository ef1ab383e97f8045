//! The verification pages: the report as chapters, one of the book and one of each lesson.

use serde::Serialize;
use tera::Context;

use super::mutations::{MutationEntry, RestsEntry};
use super::{
    AnswerEntry, Check, ComparedEntry, ExampleEntry, Expected, LessonEntry, PartEntry, ProblemEntry, Report, Status,
    Subject, Totals,
};
use crate::claim_text::Relation;
use crate::html;
use crate::problem::{count, count_each};
use crate::run::Environment;
use crate::screen::shortened;
use crate::templates;
use crate::verify::{Precision, Tolerance};

/// Title of the page.
pub(crate) const TITLE: &str = "Verification";

/// More numbers than this, and longer texts, are cut on the page; `verification.json` has all.
const MOST_NUMBERS: usize = 9;
const LONGEST: usize = 70;

/// The way from the page of a lesson's rows to the book's root.
const ROOT: &str = "../";

/// The page of the book, as its template sees it.
#[derive(Serialize)]
struct Page<'a> {
    verified: bool,
    files: bool,
    counted: String,
    /// What the book does not want to have checked.
    unchecked: String,
    totals: Totals,
    environment: &'a Environment,
    crates: String,
    lessons: Vec<Line<'a>>,
    /// Whether it is known of one what its checks notice.
    mutated: bool,
}

/// What the page of the book says of a lesson.
#[derive(Serialize)]
struct Line<'a> {
    title: String,
    /// Where its rows are.
    page: String,
    counted: String,
    mark: Mark,
    mutation: Option<&'a MutationEntry>,
}

/// What the page of a lesson's rows says.
#[derive(Serialize)]
struct LessonPart<'a> {
    root: &'static str,
    page: &'a str,
    source: &'a str,
    programs: &'a [String],
    problems: &'a [ProblemEntry],
    covered: bool,
    relations: usize,
    relations_checked: usize,
    mutation: Option<&'a MutationEntry>,
    files: bool,
    counted: String,
    /// Seconds.
    limit: String,
    mark: Mark,
    groups: Vec<Group<'a>>,
}

/// The rows of a worked example, or of what stands in none.
#[derive(Serialize)]
struct Group<'a> {
    name: Option<&'a str>,
    title: Option<&'a str>,
    mark: Mark,
    rows: Vec<Row<'a>>,
}

/// A row.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    line: String,
    href: Option<String>,
    #[serde(flatten)]
    columns: Columns,
    /// Whether `computed` is so long that it may be broken.
    long: bool,
    mark: Mark,
    problem: Option<&'a str>,
    /// What it rests on.
    rests: Option<String>,
}

/// How a status is written.
#[derive(Clone, Copy, Serialize)]
struct Mark {
    class: &'static str,
    sign: &'static str,
    words: &'static str,
}

impl From<Status> for Mark {
    fn from(status: Status) -> Self {
        let (class, sign, words) = match status {
            Status::Right => ("right", "✓", "right"),
            Status::NotRun => ("not-run", "–", "not run"),
            Status::Wrong => ("wrong", "✗", "wrong"),
        };
        Mark { class, sign, words }
    }
}

/// The page of the book as markdown: one heading and one line of HTML. `rows` is its folder of lessons' pages, and `files` says whether
/// the programs and `verification.json` stand beside it.
pub(crate) fn markdown(report: &Report, rows: impl Fn(&LessonEntry) -> String, files: bool) -> String {
    let crates: Vec<String> = report
        .environment
        .crates
        .iter()
        .map(|it| match (&it.version, it.local) {
            (_, true) => format!("{} (the book’s own)", it.name),
            (Some(version), false) => format!("{} {version}", it.name),
            (None, false) => it.name.clone(),
        })
        .collect();
    let lessons = report.lessons.iter().map(|lesson| Line {
        title: titled(lesson),
        page: rows(lesson),
        counted: counted(&Totals::of(std::slice::from_ref(lesson)), false),
        mark: lesson.status.into(),
        mutation: lesson.mutation.as_ref(),
    });
    let page = Page {
        verified: report.verified,
        files,
        counted: counted(&report.totals, true),
        unchecked: report.totals.unchecked(),
        totals: report.totals,
        environment: &report.environment,
        crates: crates.join(", "),
        lessons: lessons.collect(),
        mutated: report.lessons.iter().any(|lesson| lesson.mutation.is_some()),
    };
    let html = templates::html("verification.html", &Context::from_serialize(&page).unwrap_or_default());
    format!("# {TITLE}\n\n{html}\n")
}

/// The title of the page of a lesson's rows.
pub(crate) fn title(lesson: &LessonEntry) -> String {
    format!("{}, checked", titled(lesson))
}

fn titled(lesson: &LessonEntry) -> String {
    let number = lesson.number.as_ref().map(|number| format!("{number}. ")).unwrap_or_default();
    number + &lesson.title
}

/// The page of a lesson's rows as markdown, in the form of the other one.
pub(crate) fn rows(lesson: &LessonEntry, files: bool) -> String {
    let context = Context::from_serialize(&part(lesson, files)).unwrap_or_default();
    let heading = html::inline(&html::escape(&title(lesson)));
    format!("# {heading}\n\n{}\n", templates::html("verification-lesson.html", &context))
}

/// `14 worked examples, 31 cells, …`, without what there is none of.
pub(crate) fn counted(totals: &Totals, with_lessons: bool) -> String {
    count_each(&[
        (if with_lessons { totals.lessons } else { 0 }, "lesson"),
        (totals.examples, "worked example"),
        (totals.cells, "cell"),
        (totals.claims, "claim"),
        (totals.answers, "typed answer"),
        (totals.values, "inline value"),
        (totals.outputs, "pinned output"),
        (totals.figures, "figure"),
        (totals.references, "reference"),
        (totals.citations, "citation"),
    ])
}

fn part<'a>(lesson: &'a LessonEntry, files: bool) -> LessonPart<'a> {
    let rows = |example: Option<&String>| -> Vec<Row<'_>> {
        let its = lesson.checks.iter().filter(|check| check.example.as_ref() == example);
        its.filter(has_row).map(|check| row(lesson, check)).collect()
    };
    let of_example = |example: &'a ExampleEntry| Group {
        name: Some(&example.name),
        title: Some(&example.title),
        mark: example.status.into(),
        rows: rows(Some(&example.name)),
    };
    let others = Group {
        name: None,
        title: None,
        mark: Status::Right.into(),
        rows: rows(None),
    };
    let groups = lesson.examples.iter().map(of_example);
    let groups = groups.chain(Some(others).filter(|others| !others.rows.is_empty())).collect();
    LessonPart {
        limit: lesson.time_limit.to_string(),
        counted: counted(&Totals::of(std::slice::from_ref(lesson)), false),
        mark: lesson.status.into(),
        root: ROOT,
        page: &lesson.page,
        source: &lesson.source,
        programs: &lesson.programs,
        problems: &lesson.problems,
        covered: lesson.covered,
        relations: lesson.formulas.relations,
        relations_checked: lesson.formulas.checked,
        mutation: lesson.mutation.as_ref(),
        files,
        groups,
    }
}

/// A cell that just runs is told by its example.
fn has_row(check: &&Check) -> bool {
    let runs = matches!(check.subject, Subject::Cell { expected: Expected::Runs, .. });
    !runs || check.status != Status::Right
}

fn row<'a>(lesson: &'a LessonEntry, check: &'a Check) -> Row<'a> {
    let mut columns = columns(&check.subject);
    for text in [&mut columns.computed, &mut columns.allowed] {
        *text = with_minus(text);
    }
    let place = &check.place;
    let at = format!("{}:{}", place.line, place.column);
    Row {
        id: &check.id,
        line: if place.file == lesson.source { at } else { format!("{}:{at}", place.file) },
        href: check.anchor.as_ref().map(|anchor| format!("{ROOT}{}#{anchor}", lesson.page)),
        long: columns.computed.len() > 25,
        columns,
        mark: check.status.into(),
        problem: check.problem.as_deref(),
        rests: check.rests.as_ref().map(RestsEntry::brief),
    }
}

/// What a row says of its subject; `page_html` is escaped already.
#[derive(Default, Serialize)]
struct Columns {
    kind: &'static str,
    page_html: String,
    source: String,
    computed: String,
    allowed: String,
}

fn columns(subject: &Subject) -> Columns {
    let escaped = |text: &str| html::preformatted(&cut(text));
    let columns = |kind, page_html| Columns { kind, page_html, ..Columns::default() };
    match subject {
        Subject::Cell { expected, code, .. } => Columns {
            computed: code.clone().unwrap_or_default(),
            ..columns("cell", expected.words().to_owned())
        },
        Subject::Claim {
            html,
            expression,
            parts,
            formulas,
            points,
            computed,
            answer,
            ..
        } => Columns {
            source: cut(expression),
            computed: numbers(computed),
            allowed: allowed_by(parts, formulas, *points) + &answer.as_ref().map(to_readers).unwrap_or_default(),
            ..columns(if answer.is_some() { "answer" } else { "claim" }, html.clone())
        },
        Subject::Value { expression, text } => Columns {
            source: cut(expression),
            ..columns("value", escaped(text.as_deref().unwrap_or_default()))
        },
        Subject::Output { lines, .. } => Columns {
            allowed: "the same text".to_owned(),
            ..columns("output", count(*lines, "line"))
        },
        Subject::Figure { name, alt, pictures, .. } => {
            let name = name.as_ref().map(|name| format!("{name}. ")).unwrap_or_default();
            Columns {
                computed: if *pictures == 1 { String::new() } else { format!("{pictures} pictures") },
                allowed: "described, finite".to_owned(),
                ..columns("figure", escaped(&format!("{name}{alt}")))
            }
        }
        Subject::Reference { label, name, target } => {
            let name = escaped(name.as_deref().unwrap_or("?"));
            let link = |target: &String| format!("<a href=\"{ROOT}{}\">{name}</a>", html::escape(target));
            Columns {
                source: format!("#{label}"),
                ..columns("reference", target.as_ref().map(link).unwrap_or(name.clone()))
            }
        }
        Subject::Citation { keys } => {
            let keys: Vec<String> = keys.iter().map(|key| format!("@{key}")).collect();
            columns("citation", escaped(&keys.join("; ")))
        }
    }
}

impl Expected {
    fn words(self) -> &'static str {
        match self {
            Expected::Runs => "runs",
            Expected::Compiles => "compiles",
            Expected::Panics => "panics",
            Expected::DoesNotCompile => "does not compile",
        }
    }
}

/// How far the number that a reader types may be from the value.
fn to_readers(answer: &AnswerEntry) -> String {
    if answer.whole {
        "; of readers: whole".to_owned()
    } else {
        format!("; of readers: ± {:?}", answer.within)
    }
}

/// The same for each part of a claim, where there are several.
fn allowed_by(parts: &[PartEntry], formulas: &[ComparedEntry], points: Option<usize>) -> String {
    let of_numbers = parts.iter().map(|part| allowed(part.relation, part.tolerance));
    let mut words: Vec<String> = of_numbers.chain(formulas.iter().map(of_formula)).collect();
    words.dedup();
    words.extend(points.map(|points| format!("at {}", count(points, "point"))));
    words.join(", ")
}

/// How a formula was compared.
fn of_formula(formula: &ComparedEntry) -> String {
    let precision = match formula.precision {
        _ if formula.relation != Relation::Equal => formula.relation.to_string(),
        Precision::Exact => "formula exact".to_owned(),
        Precision::Rounding => "formula to rounding".to_owned(),
    };
    let margin = formula.margin.as_ref().map(|margin| {
        let at = margin.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
        format!(" by {:.3e}{at}", margin.distance)
    });
    precision + &margin.unwrap_or_default()
}

/// How far a value may be from what the page says, in the space of a table's cell.
fn allowed(relation: Relation, tolerance: Tolerance) -> String {
    match tolerance {
        Tolerance::None if relation == Relation::Equal => "exact".to_owned(),
        Tolerance::None => relation.to_string(),
        Tolerance::Rounding { .. } => "rounding".to_owned(),
        Tolerance::LastDigit { least, most } if least < most => format!("± {least:?} to {most:?}"),
        Tolerance::LastDigit { least, .. } => format!("± {least:?}"),
        Tolerance::NoDigit => String::new(),
    }
}

/// The first numbers of a value, and how many there are.
fn numbers(computed: &[String]) -> String {
    let first = computed[..computed.len().min(MOST_NUMBERS)].join(", ");
    if computed.len() > MOST_NUMBERS {
        format!("{first}, … ({} numbers)", computed.len())
    } else {
        cut(&first)
    }
}

/// The same with a true minus sign before numbers and in their exponents.
fn with_minus(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
    let is_minus = |at: usize| {
        let behind = |number: usize| at.checked_sub(number).map(|before| characters[before]);
        let begins = behind(1).is_none_or(|before| !before.is_alphanumeric());
        let is_exponent = behind(1) == Some('e') && behind(2).is_some_and(|before| before.is_ascii_digit());
        characters[at] == '-' && is_digit(at + 1) && (begins || is_exponent)
    };
    (0..characters.len()).map(|at| if is_minus(at) { '−' } else { characters[at] }).collect()
}

fn cut(text: &str) -> String {
    shortened(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_in_few_words() {
        let rounding = Tolerance::Rounding { relative: 1e-9, absolute: 1e-12 };
        let digit = |least, most| Tolerance::LastDigit { least, most };
        for (relation, tolerance, words) in [
            (Relation::Equal, Tolerance::None, "exact"),
            (Relation::Equal, rounding, "rounding"),
            (Relation::AtMost, Tolerance::None, "≤"),
            (Relation::About, digit(0.005, 0.005), "± 0.005"),
            (Relation::About, digit(0.005, 0.5), "± 0.005 to 0.5"),
            (Relation::About, digit(5e-13, 5e-13), "± 5e-13"),
        ] {
            assert_eq!(allowed(relation, tolerance), words);
        }
    }

    #[test]
    fn numbers_have_a_true_minus_sign() {
        for (text, shown) in [
            ("-2.8, 1e-3, (-4)", "−2.8, 1e−3, (−4)"),
            ("± 5e-13", "± 5e−13"),
            ("2026-11-30", "2026-11-30"),
            ("saddle-2 well-known x-1 -x", "saddle-2 well-known x-1 -x"),
        ] {
            assert_eq!(with_minus(text), shown);
        }
    }

    #[test]
    fn long_values_are_cut() {
        let computed: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert_eq!(numbers(&computed), "0, 1, 2, 3, 4, 5, 6, 7, 8, … (20 numbers)");
        assert_eq!(cut(&"λ".repeat(200)).chars().count(), LONGEST + 2);
    }
}
