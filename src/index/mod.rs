//! What holds a book together across its chapters: labels, citations, links, macros and the rows
//! of the verification page, looked up once for the whole book.

pub mod citations;
mod labels;
mod links;
mod rows;

pub use citations::Citations;
pub use labels::{Label, Labels};
pub use links::Links;
pub use rows::{Rows, anchor};

use std::path::Path;

use crate::math::Mathematics;
use crate::problem::{Blamed, Problem};
use crate::read::Book;

/// Where everything in a book is that its chapters refer to.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Figures, equations, sections.
    pub labels: Labels,
    /// Works that are cited.
    pub citations: Citations,
    /// Rows of the verification page.
    pub rows: Rows,
    /// Whether links lead anywhere.
    pub links: Links,
    /// The macros of formulas.
    pub math: Mathematics,
    /// What is wrong in no chapter.
    problems: Vec<Problem>,
}

impl Index {
    /// Looks up all that a book refers to.
    pub fn of(book: &Book) -> Index {
        let labels = Labels::of(book);
        let citations = Citations::of(book);
        let rows = Rows::of(book);
        let links = Links::of(book, &labels, &citations, &rows);
        let (math, faulty) = Mathematics::of(&book.settings.macros);
        let in_bibliography = citations.problems_in_bibliography().iter().cloned();
        Index {
            problems: faulty.into_iter().chain(in_bibliography).collect(),
            labels,
            citations,
            rows,
            links,
            math,
        }
    }

    /// What is wrong in a chapter with what it refers to.
    pub fn problems_in<'a>(&'a self, page: &'a Path) -> impl Iterator<Item = &'a Blamed> {
        let all = [&self.labels.problems, &self.citations.problems, &self.links.problems];
        let here = all.into_iter().flatten().filter(move |(its, _)| its == page);
        here.map(|(_, blamed)| blamed)
    }

    /// What is wrong in no chapter, but in what the chapters refer to.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}
