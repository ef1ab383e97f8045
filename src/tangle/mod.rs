//! The second stage: a lesson's cells, claims and inline values put together as Rust programs.
//!
//! In: a [`Lesson`]. Out: its [`Program`]s, each with a map from its lines back to the markdown,
//! and what is wrong with the Rust on the page before any compiler has seen it. Each line of a cell
//! is a line of the program with its columns kept; what recto adds stands on lines of its own.

mod binding;
mod depth;
mod formulas;
mod listing;
mod map;
mod merging;
mod names;
mod numeric;
mod part;
mod program;
mod shadowed;
mod syntax;
mod telling;
mod threads;
mod together;

pub(crate) use binding::Binding;
pub(crate) use formulas::{ClaimFormulas, CompiledPart, UnreadPart};
pub(crate) use listing::Listing;
pub(crate) use part::range_of;
pub(crate) use program::{Program, Purpose, TOLD};
pub(crate) use threads::Threads;
pub(crate) use together::WHICH;

use std::collections::BTreeMap;
use std::path::Path;

use crate::formula;
use crate::problem::Problem;
use crate::read::{Edition, Item, Lesson, Mode, Scope};
use part::{CellPart, Content, Part};
use program::Writer;

/// The programs of a lesson.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tangled {
    /// What is to be compiled, the lesson's main program first.
    pub(crate) programs: Vec<Program>,
    /// The same for readers.
    pub(crate) listings: Vec<Listing>,
    /// The names of which a cell's program tells, by the index of the cell; in the order in which it numbers them.
    pub(crate) bindings: BTreeMap<usize, Vec<Binding>>,
    /// The cells that do not parse.
    pub(crate) unparsed: Vec<usize>,
    /// What is compiled of claims' texts, by the index of the claim; nothing for one of numbers alone.
    pub(crate) formulas: BTreeMap<usize, ClaimFormulas>,
    /// What is wrong with a cell's, claim's or value's Rust, each with the index of the item.
    pub(crate) problems: Vec<(usize, Problem)>,
}

/// Puts a lesson's programs together. `edition` is that of cells that name none.
pub(crate) fn tangle(lesson: &Lesson, edition: Edition) -> Tangled {
    let mut tangled = Tangled::default();
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut names = formula::Scope::new(lesson.symbols.table());
    for (index, item) in lesson.items.iter().enumerate() {
        if let Item::Cell(cell) = item {
            tangled.problems.extend(part::oddities(lesson, cell).into_iter().map(|problem| (index, problem)));
        }
        match Part::of(lesson, &names, index, item) {
            Ok(part) => {
                part.iter().flat_map(|part| part.names(edition)).for_each(|(name, bound)| names.bind(name, bound));
                parts.extend(part);
            }
            Err(problems) => tangled.problems.extend(problems.into_iter().map(|problem| (index, problem))),
        }
    }
    let unparsed = parts.iter().filter(|part| matches!(&part.content, Content::Cell(cell) if !cell.shape.is_rust));
    tangled.unparsed = unparsed.map(|part| part.index).collect();
    let is_apart: Vec<bool> = (0..parts.len()).map(|position| is_apart(lesson, edition, &parts, position)).collect();
    tangled.formulas = parts.iter().filter_map(Part::formulas).collect();
    tangled.bindings = telling::tell(lesson, &mut parts, &is_apart);
    tangled.listings = listing::listings(lesson, edition, &parts);
    let together = parts.iter().zip(&is_apart).filter(|(_, is_apart)| !**is_apart).map(|(part, _)| part);
    let together: Vec<&Part<'_>> = together.collect();
    if !together.is_empty() {
        tangled.push(Writer::program(lesson, edition, &together));
    }
    for (position, part) in parts.iter().enumerate() {
        let Content::Cell(cell) = &part.content else { continue };
        if !is_apart[position] {
            continue;
        }
        let edition = cell.cell.edition.unwrap_or(edition);
        tangled.push(apart(lesson, edition, &parts[..position], (part.index, cell)));
    }
    tangled
}

/// The program of a cell that is none of the lesson's.
fn apart(lesson: &Lesson, edition: Edition, above: &[Part<'_>], (index, cell): (usize, &CellPart<'_>)) -> Program {
    let is_block = lesson.scope == Scope::Block;
    let main = cell.shape.main.as_ref();
    let plain = |purpose: Purpose| Writer::plain(lesson, edition, purpose, (index, cell));
    let runs = matches!(cell.cell.mode, Mode::Run | Mode::ShouldPanic);
    let is_no_program = runs && is_block && cell.has_attribute("no_std")
        || main.is_some_and(|main| !main.is_plain) && (runs || !cell.has_attribute("no_main"));
    match &cell.cell.mode {
        Mode::CompileFail(reasons) if is_block || main.is_some() || cell.cell.edition.is_some() => {
            plain(Purpose::Fail(reasons.clone()))
        }
        Mode::CompileFail(reasons) => {
            let before: Vec<&Part<'_>> = above.iter().filter(|part| part.is_context()).collect();
            Writer::refused(lesson, edition, reasons.clone(), &before, (index, cell))
        }
        // The compiler says best why it is no program's, and what has no `std` can't call recto.
        _ if is_no_program => plain(Purpose::Run),
        // A program without `std` lacks more than a library does.
        Mode::NoRun if is_block && cell.has_attribute("no_std") => plain(Purpose::Link),
        Mode::NoRun if is_block => plain(Purpose::Check),
        _ if cell.cell.harness => plain(Purpose::Test),
        _ => Writer::alone(lesson, edition, (index, cell)),
    }
}

/// Whether a part costs a compilation of its own.
fn is_apart(lesson: &Lesson, edition: Edition, parts: &[Part<'_>], position: usize) -> bool {
    let Content::Cell(cell) = &parts[position].content else {
        return false;
    };
    // A macro of a cell above would be seen in the module of a cell that is a program of its own.
    let sees_macros = || parts[..position].iter().any(Part::defines_macro);
    lesson.scope == Scope::Block
        || matches!(cell.cell.mode, Mode::CompileFail(_))
        || cell.cell.edition.is_some_and(|its| its != edition)
        || (cell.shape.main.is_some() && (cell.shape.names_crate || sees_macros()))
}

impl Tangled {
    fn push(&mut self, mut program: Program) {
        let is_like = |other: &Program| other.edition == program.edition && other.purpose == Purpose::Run;
        if program.purpose == Purpose::Run && self.programs.iter().any(is_like) {
            // Two of one lesson can't have its name and its file.
            let item = program.items.last().copied().unwrap_or_default();
            program.name = format!("{}__recto_{item}", program.name);
            program.file = Path::new(&format!("program-{item}")).join(program.file);
        }
        self.programs.push(program);
    }
}
