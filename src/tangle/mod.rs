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

use std::path::Path;

pub(crate) use listing::Listing;
pub(crate) use program::{Program, Purpose};

use crate::problem::Problem;
use crate::read::{Edition, Lesson, Mode, Scope};
use crate::site::plain_name;
use part::{CellPart, Content, Part};
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
    let slug = slug(&lesson.path);
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (index, item) in lesson.items.iter().enumerate() {
        match Part::of(lesson, index, item) {
            Ok(part) => parts.extend(part),
            Err(problems) => tangled.problems.extend(problems.into_iter().map(|problem| (index, problem))),
        }
    }
    tangled.listings = listing::listings(lesson, edition, &parts);
    let is_apart = |cell: &CellPart<'_>| {
        matches!(cell.cell.mode, Mode::CompileFail(_))
            || cell.cell.edition.is_some_and(|its| its != edition)
            || (cell.shape.main.is_some() && cell.shape.names_crate)
    };
    let together: Vec<&Part<'_>> = parts
        .iter()
        .filter(|part| !matches!(&part.content, Content::Cell(cell) if is_apart(cell)))
        .collect();
    if !together.is_empty() {
        tangled.programs.push(Writer::program(lesson.scope, &slug, edition, &together));
    }
    for (position, part) in parts.iter().enumerate() {
        let Content::Cell(cell) = &part.content else { continue };
        if !is_apart(cell) {
            continue;
        }
        let edition = cell.cell.edition.unwrap_or(edition);
        let name = format!("{slug}-{}", part.index);
        tangled.programs.push(match &cell.cell.mode {
            Mode::CompileFail(reason) => {
                let alone = cell.shape.main.is_some() || lesson.scope == Scope::Block || cell.cell.edition.is_some();
                let before: Vec<&Part<'_>> = if alone {
                    Vec::new()
                } else {
                    parts[..position].iter().filter(|part| part.is_context()).collect()
                };
                Writer::refused(&name, edition, reason.clone(), &before, (part.index, cell))
            }
            _ if cell.shape.names_crate && cell.shape.main.is_some() => {
                Writer::at_root(&name, edition, (part.index, cell))
            }
            _ => Writer::program(Scope::Block, &name, edition, &[part]),
        });
    }
    tangled
}

/// A name for the binary, one of its kind.
fn slug(path: &Path) -> String {
    let digest = blake3::hash(path.with_extension("").to_string_lossy().as_bytes()).to_hex();
    format!("{}-{}", plain_name(path), &digest[..6])
}
