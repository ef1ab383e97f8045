//! The second stage: a lesson's cells, claims and inline values put together as Rust programs.
//!
//! In: a [`Lesson`]. Out: its [`Program`]s, each with a map from its lines back to the markdown,
//! and what is wrong with the Rust on the page before any compiler has seen it. Each line of a cell
//! is a line of the program with its columns kept; what recto adds stands on lines of its own.

mod listing;
mod map;
mod part;
mod program;
mod syntax;

pub(crate) use listing::Listing;
pub(crate) use program::{Program, Purpose};

use crate::problem::Problem;
use crate::read::{Edition, Lesson, Mode, Scope};
use part::{Content, Part};
use program::Writer;

/// The programs of a lesson.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tangled {
    /// What is to be compiled, the lesson's main program first.
    pub(crate) programs: Vec<Program>,
    /// The same for readers.
    pub(crate) listings: Vec<Listing>,
    /// What is wrong with a cell's, claim's or value's Rust, each with the index of the item.
    pub(crate) problems: Vec<(usize, Problem)>,
}

/// Puts a lesson's programs together. `edition` is that of cells that name none.
pub(crate) fn tangle(lesson: &Lesson, edition: Edition) -> Tangled {
    let mut tangled = Tangled::default();
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (index, item) in lesson.items.iter().enumerate() {
        match Part::of(lesson, index, item) {
            Ok(part) => parts.extend(part),
            Err(problems) => tangled.problems.extend(problems.into_iter().map(|problem| (index, problem))),
        }
    }
    tangled.listings = listing::listings(lesson, edition, &parts);
    let is_apart: Vec<bool> = (0..parts.len()).map(|position| is_apart(lesson, edition, &parts, position)).collect();
    let together = parts.iter().zip(&is_apart).filter(|(_, is_apart)| !**is_apart).map(|(part, _)| part);
    let together: Vec<&Part<'_>> = together.collect();
    if !together.is_empty() {
        tangled.push(Writer::program(lesson, lesson.scope, edition, &together));
    }
    for (position, part) in parts.iter().enumerate() {
        let Content::Cell(cell) = &part.content else { continue };
        if !is_apart[position] {
            continue;
        }
        let edition = cell.cell.edition.unwrap_or(edition);
        tangled.push(match &cell.cell.mode {
            Mode::CompileFail(reason) => {
                let alone = cell.shape.main.is_some() || lesson.scope == Scope::Block || cell.cell.edition.is_some();
                let before: Vec<&Part<'_>> = if alone {
                    Vec::new()
                } else {
                    parts[..position].iter().filter(|part| part.is_context()).collect()
                };
                Writer::refused(lesson, edition, reason.clone(), &before, (part.index, cell))
            }
            _ if cell.shape.names_crate && cell.shape.main.is_some() => {
                Writer::at_root(lesson, edition, (part.index, cell))
            }
            _ => Writer::program(lesson, Scope::Block, edition, &[part]),
        });
    }
    tangled
}

/// Whether a part costs a compilation of its own.
fn is_apart(lesson: &Lesson, edition: Edition, parts: &[Part<'_>], position: usize) -> bool {
    let Content::Cell(cell) = &parts[position].content else {
        return false;
    };
    // A macro of a cell above would be seen in the module of a cell that is a program of its own.
    let sees_macros = || lesson.scope == Scope::Lesson && parts[..position].iter().any(Part::defines_macro);
    matches!(cell.cell.mode, Mode::CompileFail(_))
        || cell.cell.edition.is_some_and(|its| its != edition)
        || (cell.shape.main.is_some() && (cell.shape.names_crate || sees_macros()))
}

impl Tangled {
    fn push(&mut self, mut program: Program) {
        let is_like = |other: &&Program| other.edition == program.edition && other.purpose == Purpose::Run;
        if program.purpose == Purpose::Run {
            program.package = self.programs.iter().filter(is_like).count();
        }
        self.programs.push(program);
    }
}
