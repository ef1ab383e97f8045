//! What holds a book together across its chapters: labels, citations, links, macros and the rows
//! of the verification page, looked up once for the whole book.

pub(crate) mod citations;
mod crates;
mod labels;
mod links;
mod rows;
mod unchecked;

pub(crate) use citations::Citations;
pub(crate) use crates::Crates;
pub(crate) use labels::{Label, Labels};
pub(crate) use rows::{Rows, anchor};
pub(crate) use unchecked::Unchecked;

use std::path::{Path, PathBuf};

use crate::html::request::ImageHosts;
use crate::math::Mathematics;
use crate::problem::{Blamed, Problem};
use crate::read::Book;

/// Where everything in a book is that its chapters refer to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    pub(crate) labels: Labels,
    pub(crate) citations: Citations,
    pub(crate) rows: Rows,
    /// What is wrong with links, by chapter.
    links: Vec<(PathBuf, Blamed)>,
    /// How many of them the book does not want to have checked.
    pub(crate) unchecked: Unchecked,
    pub(crate) math: Mathematics,
    /// Where images may come from.
    pub(crate) image_hosts: ImageHosts,
    pub(crate) crates: Crates,
    /// What is wrong in no chapter.
    problems: Vec<Problem>,
}

impl Index {
    /// Looks up all that a book refers to.
    pub(crate) fn of(book: &Book) -> Index {
        let labels = Labels::of(book);
        let citations = Citations::of(book);
        let rows = Rows::of(book);
        let (links, unchecked) = unchecked::sorted(links::problems(book, &labels, &citations, &rows), &book.settings);
        let (math, faulty) = Mathematics::of(&book.settings.macros);
        let in_bibliography = citations.problems_in_bibliography().iter().cloned();
        Index {
            problems: faulty.into_iter().chain(in_bibliography).collect(),
            labels,
            citations,
            rows,
            links,
            unchecked,
            math,
            image_hosts: book.settings.image_hosts.clone(),
            crates: Crates::of(&book.root, &book.settings),
        }
    }

    /// What is wrong in a chapter with what it refers to.
    pub(crate) fn problems_in<'a>(&'a self, page: &'a Path) -> impl Iterator<Item = &'a Blamed> {
        let all = [&self.labels.problems, &self.citations.problems, &self.links];
        let here = all.into_iter().flatten().filter(move |(its, _)| its == page);
        here.map(|(_, blamed)| blamed)
    }

    /// What is wrong in no chapter, but in what the chapters refer to.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }
}
