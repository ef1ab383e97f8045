//! What holds a book together across its chapters: labels, citations and the rows of the
//! verification page, looked up once for the whole book.

use crate::citations::Citations;
use crate::labels::Labels;
use crate::ledger::Rows;
use crate::problem::Problem;
use crate::read::Book;

/// Where everything in a book is that its chapters refer to.
#[derive(Clone, Debug, Default)]
pub struct Apparatus {
    /// Figures, equations, sections.
    pub labels: Labels,
    /// Works that are cited.
    pub citations: Citations,
    /// Rows of the verification page.
    pub rows: Rows,
}

impl Apparatus {
    /// Looks up all that a book refers to.
    pub fn of(book: &Book) -> Apparatus {
        Apparatus {
            labels: Labels::of(book),
            citations: Citations::of(book),
            rows: Rows::of(book),
        }
    }

    /// What is wrong in no chapter, but in what the chapters refer to.
    pub fn problems(&self) -> &[Problem] {
        self.citations.problems_in_bibliography()
    }
}
