//! Help with what the compiler or the system says and does not explain: their words know nothing of lessons.

use std::sync::LazyLock;

use regex::Regex;

use crate::index::Crates;
use crate::problem::Problem;
use crate::read::{Claim, CodeLine, Item, Lesson, Mode, Scope};
use crate::source::Place;

/// Codes of a name that is not there.
const UNKNOWN_NAME: [&str; 7] = ["E0405", "E0412", "E0422", "E0423", "E0425", "E0432", "E0433"];

/// Codes of a borrow, a move or a change that is not allowed.
const BORROWED: [&str; 10] = [
    "E0373", "E0382", "E0500", "E0502", "E0503", "E0505", "E0506", "E0507", "E0594", "E0596",
];

/// Codes of a value that is of another type than its author thinks.
const OTHER_TYPE: [&str; 7] = ["E0277", "E0308", "E0599", "E0608", "E0609", "E0610", "E0689"];

/// A name in an expression.
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*").expect("a constant"));

/// A colour of figures.
static PEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"pub const (\w+): RGBColor").expect("a constant"));

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

/// The crate that is not among the dependencies, where that is what is wrong.
pub(super) fn lacking_crate(problem: &Problem) -> Option<String> {
    static LACKING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:can't find crate for|use of unresolved module or unlinked crate) `(\w+)`").expect("a constant")
    });
    let mut texts = problem.label.iter().chain([&problem.message]);
    let named = texts.find_map(|text| Some(LACKING.captures(text)?[1].to_owned()));
    let helped = || problem.helps.iter().find_map(|help| help.split_once("use `cargo add ")?.1.split_once('`'));
    named.or_else(|| helped().map(|(name, _)| name.to_owned()))
}

/// Where the book's manifest says why lessons do not see a crate, what the compiler advises does not help.
pub(super) fn of_crates(crates: &Crates, problem: &mut Problem) {
    let label = problem.label.as_deref().and_then(|label| label.split_once("unlinked crate `")?.1.split_once('`'));
    let Some((name, _)) = label else { return };
    if let Some(advice) = crates.advice(name, lacking_crate(problem).is_some()) {
        problem.helps = vec![advice];
    }
}

/// Helps with a message of the compiler about an item.
pub(super) fn of_compiler(lesson: &Lesson, item: Option<usize>, problem: &mut Problem) {
    let item = item.map(|item| &lesson.items[item]);
    without_closure(lesson, item, problem);
    of_pen(problem);
    of_crate(problem);
    of_recto(problem);
    of_future(lesson, item, problem);
    bound_below(lesson, problem);
    if let Some(Item::Claim(Claim { expression, span, .. })) = item {
        rebound(lesson, (expression.text(), span.start), problem);
        if !expression.text().contains("num_dual") {
            of_derivative(problem);
        }
    }
    let has = |codes: &[&str]| problem.code.as_deref().is_some_and(|code| codes.contains(&code));
    match item {
        Some(Item::Claim(_) | Item::Value(_)) if has(&BORROWED) => problem.helps.push(
            "claims and inline values borrow what they name, and change nothing: compute the value in a cell, where it may \
             be had, and name that here"
                .to_owned(),
        ),
        Some(Item::Cell(_)) if problem.message.starts_with("expected one of `!` or `[`") => {
            let help = "a line that readers do not see begins with one `#` and a space, as `# let a = 1;`";
            problem.helps.push(help.to_owned());
        }
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
    if lesson.scope == Scope::Block
        && !matches!(item, Some(Item::Cell(cell)) if matches!(cell.mode, Mode::CompileFail(_)))
    {
        of_block(problem);
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

/// The compiler does not say of each crate that is not there what would add it.
fn of_crate(problem: &mut Problem) {
    let Some(name) = lacking_crate(problem) else { return };
    let is_told = problem.helps.iter().any(|help| help.contains("cargo add"));
    if !is_told {
        let help = format!(
            "if you wanted to use a crate named `{name}`, use `cargo add {name}` to add it to your `Cargo.toml`"
        );
        problem.helps.push(help);
    }
}

/// The compiler lists what implements a trait of recto's, which the author has never seen.
fn of_recto(problem: &mut Problem) {
    let lists = |help: &String| {
        ["Numbers", "Show"].iter().any(|name| {
            help.starts_with(&format!("the trait `{name}` is not"))
                || help.contains(&format!("types implement trait `{name}`"))
        })
    };
    problem.helps.retain(|help| !lists(help));
    if problem.message == "the trait bound `!: Show` is not satisfied" {
        problem.message = "this expression never ends, and has no value to show".to_owned();
        problem.label = None;
        problem.notes.retain(|note| !note.contains("type-inference"));
        problem.helps = vec!["end it with `;`".to_owned()];
    }
    if problem.message.starts_with("a claim can't compare a `Option<")
        || problem.message.starts_with("a claim can't compare a `Result<")
    {
        problem.notes.retain(|note| !note.starts_with("implement `recto::"));
        problem.helps.push("take the number out of it, with `.unwrap()` or, in a cell, with `?`".to_owned());
    }
    if problem.message.contains("{float}: Ord") || problem.message.contains("`f64: Ord`") {
        problem.helps.retain(|help| !help.contains("types implement trait `Ord`"));
        let help =
            "a float may be NaN, and has no full order: `.sort_by(f64::total_cmp)`, `.fold(f64::INFINITY, f64::min)`";
        problem.helps.push(help.to_owned());
    }
}

/// The compiler speaks of a function that is not `async`, of which the cells are the body.
fn of_future(lesson: &Lesson, item: Option<&Item>, problem: &mut Problem) {
    if problem.code.as_deref() != Some("E0728") {
        return;
    }
    let in_cell = |place: &Place| {
        let position = place.position.unwrap_or_default();
        lesson.cells().any(|cell| cell.span.contains(&position))
    };
    let count = problem.related.len();
    problem
        .related
        .retain(|(place, label)| label != "this is not `async`" || in_cell(place) && item_holds(item, place));
    if problem.related.len() < count {
        problem.helps.push(
            "a lesson is no `async` function: run the future in a cell, with a crate such as pollster, \
             `let x = pollster::block_on(f());`"
                .to_owned(),
        );
    }
}

/// Whether a place is within an item, behind its first line.
fn item_holds(item: Option<&Item>, place: &Place) -> bool {
    let span = item.map(Item::span).unwrap_or_default();
    matches!(item, Some(Item::Cell(_))) && place.position.is_some_and(|at| span.start < at && at < span.end)
}

/// Where a name that is not there is bound further down the page.
fn bound_below(lesson: &Lesson, problem: &mut Problem) {
    static LACKING: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^cannot find value `(\w+)` in this scope$").expect("a constant"));
    let Some(name) = LACKING.captures(&problem.message).map(|found| found[1].to_owned()) else {
        return;
    };
    let at = problem.place.as_ref().and_then(|place| place.position).unwrap_or(usize::MAX);
    let below = lesson
        .cells()
        .skip_while(|cell| cell.span.start < at)
        .flat_map(|cell| &cell.lines)
        .find(|line| binds(line, &name));
    if let Some(line) = below {
        let place = lesson.document.place(line.text.range(0..line.text.text().len()));
        problem.related.push((place, format!("`{name}` is bound only here")));
        problem.label = None;
    }
}

/// Who names a colour that there is not is told which there are.
fn of_pen(problem: &mut Problem) {
    if problem.message.starts_with("cannot find value `") && problem.message.ends_with("` in module `pens`") {
        let ink = include_str!("../runtime/ink.rs");
        let pens: Vec<String> = PEN.captures_iter(ink).map(|pen| format!("`{}`", &pen[1])).collect();
        problem.helps.push(format!("the pens are {}", pens.join(", ")));
    }
}

/// A derivative in a formula is a call of num-dual, of which the author has written nothing.
fn of_derivative(problem: &mut Problem) {
    if problem.code.as_deref() == Some("E0433") && problem.message.contains("`num_dual`") {
        problem.message =
            "num-dual computes the derivatives of formulas, and this book does not depend on it".to_owned();
        problem.label = None;
        problem.notes.clear();
        problem.helps =
            vec!["use `cargo add num-dual`, or write `num-dual = \"0.15\"` below `[dependencies]` in the book's `Cargo.toml`".to_owned()];
        return;
    }
    let said = |text: &String| {
        ["Dual<", "Dual2<", "Dual3<", "HyperDual<", "DualVec<", "Dual2Vec<"]
            .iter()
            .any(|name| text.contains(name))
    };
    let texts = std::iter::once(&problem.message).chain(&problem.label).chain(&problem.notes);
    if texts.chain(problem.related.iter().map(|(_, label)| label)).any(said) {
        problem.helps.push(
            "this derivative is computed with dual numbers, which the function must take: it is to be generic, as \
             `fn f<D: num_dual::DualNum<Primitive = f64> + Copy>(x: D) -> D` is"
                .to_owned(),
        );
    }
}

/// The compiler speaks of a function that returns nothing, of which a block that stands alone is the body.
fn of_block(problem: &mut Problem) {
    let returns_nothing = |label: &String| label == "expected `()` because of return type";
    if problem.related.iter().any(|(_, label)| returns_nothing(label)) {
        problem.related.retain(|(_, label)| !returns_nothing(label));
        let help = "each block is the body of a `main`, as rustdoc has it: end it with `;`, or print what it computes";
        problem.helps.push(help.to_owned());
    } else if problem.message.starts_with("the `?` operator can only be used in a function") {
        problem.related.retain(|(_, label)| !label.starts_with("this function should return"));
        let help =
            "a block that uses `?` ends in the line `# Ok::<(), Box<dyn std::error::Error>>(())`, as rustdoc has it";
        problem.helps = vec![help.to_owned()];
    }
}

/// What the compiler says of the closure in which a claim or an inline value is computed.
static CLOSURE: LazyLock<Regex> = LazyLock::new(|| {
    let said = [
        r",? (?:as it is )?a captured variable in an? `?\w+`? closure",
        r" due to use in closure",
        r",? outside (?:of )?the closure",
        r" in (?:this |the )?closure",
    ];
    Regex::new(&said.join("|")).expect("a constant")
});

/// A claim is a closure to the compiler, which speaks of it; the author knows nothing of one. The messages are those about
/// it, and those about a cell whose names it uses.
fn without_closure(lesson: &Lesson, item: Option<&Item>, problem: &mut Problem) {
    let plain = |text: &str| CLOSURE.replace_all(text, "").into_owned();
    let is_told = |text: &str| text.contains("closure") || text == "captured outer variable";
    let in_cell = |place: &Place| {
        let position = place.position.unwrap_or_default();
        lesson.cells().any(|cell| cell.span.contains(&position))
    };
    problem.related.iter_mut().for_each(|(place, label)| {
        if !in_cell(place) || label.contains("outside the closure") {
            *label = plain(label);
        }
    });
    let what = match item {
        Some(Item::Claim(_)) => "claim",
        Some(Item::Value(_)) => "inline value",
        _ => return problem.related.retain(|(place, label)| in_cell(place) || !is_told(label)),
    };
    problem.related.retain(|(_, label)| !is_told(label));
    if problem.message.starts_with("the `?` operator") {
        problem.message = format!("`?` can't stand in an {what}").replace("an claim", "a claim");
        problem.label = None;
        problem
            .helps
            .push("compute the value in a cell, where `?` stops at an error, and name it here".to_owned());
    }
    problem.message = plain(&problem.message).replace("closure", what);
    problem.label = problem.label.take().map(|label| plain(&label)).filter(|label| !is_told(label));
    problem.notes.retain(|note| !is_told(note));
    problem.helps.retain(|help| !is_told(help) && !help.contains("`Fn`"));
}

/// Whether a line is a `let` of this name.
fn binds(line: &CodeLine, name: &str) -> bool {
    let rest = line.text.text().strip_prefix("let ").map(|rest| rest.trim_start_matches("mut "));
    let behind = rest.and_then(|rest| rest.strip_prefix(name));
    behind.is_some_and(|behind| behind.starts_with([' ', ':', ';', '=']))
}

/// Where a name of a claim's expression is another value than further up, and the compiler does not like it.
fn rebound(lesson: &Lesson, (expression, position): (&str, usize), problem: &mut Problem) {
    if !problem.code.as_deref().is_some_and(|code| OTHER_TYPE.contains(&code)) {
        return;
    }
    let lines = || lesson.cells().take_while(|cell| cell.span.start < position).flat_map(|cell| &cell.lines);
    for name in NAME.find_iter(expression).map(|found| found.as_str()) {
        let bound: Vec<&CodeLine> = lines().filter(|line| binds(line, name)).collect();
        if let [_, .., last] = bound.as_slice() {
            let place = lesson.document.place(last.text.range(0..last.text.text().len()));
            problem.related.push((place, format!("`{name}` is bound anew here")));
            return;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn the_pens_are_those_that_there_are() {
        let mut problem = Problem::error(Kind::Compile, "cannot find value `ORANGE` in module `pens`");
        of_pen(&mut problem);
        assert!(problem.helps[0].starts_with("the pens are `BLUE`, `VERMILION`, "), "{:?}", problem.helps);
        let mut problem = Problem::error(Kind::Compile, "cannot find value `ORANGE` in this scope");
        of_pen(&mut problem);
        assert!(problem.helps.is_empty());
    }
}
