//! The works that the book cites, as data.
//!
//! In: BibTeX. Out: for each key its authors' surnames, year and title. Text that is not BibTeX, an entry without an
//! author, a title or a year, or a key that is not there are a [`BibliographyError`].

use std::collections::BTreeMap;

use biblatex::{ChunksExt, DateValue, Entry, PermissiveType};
use thiserror::Error;

/// Why there is no such work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BibliographyError {
    /// The text is not BibTeX.
    #[error("the bibliography can't be read: {0}")]
    Syntax(String),
    /// An entry lacks what every work has.
    #[error("the entry `{key}` has no {field}")]
    Field {
        /// The entry.
        key: String,
        /// What it lacks.
        field: &'static str,
    },
    /// No entry has this key.
    #[error("no entry has the key `{0}`")]
    Key(String),
}

/// Works by their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bibliography {
    works: BTreeMap<String, Work>,
}

/// A paper or a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The authors' surnames, in the order of the title page; at least one.
    pub surnames: Vec<String>,
    /// The year of publication.
    pub year: i32,
    /// The title.
    pub title: String,
}

impl Bibliography {
    /// The bibliography of this book, `references.bib`.
    ///
    /// # Errors
    /// See [`parse`](Self::parse).
    pub fn of_this_book() -> Result<Self, BibliographyError> {
        Self::parse(include_str!("../references.bib"))
    }

    /// Reads BibTeX.
    ///
    /// # Errors
    /// The text is not BibTeX, or an entry has no author, no title or no single year.
    pub fn parse(text: &str) -> Result<Self, BibliographyError> {
        let entries = biblatex::Bibliography::parse(text).map_err(|e| BibliographyError::Syntax(e.to_string()))?;
        let works = entries.iter().map(|entry| Ok((entry.key.clone(), Work::of(entry)?)));
        Ok(Self {
            works: works.collect::<Result<_, BibliographyError>>()?,
        })
    }

    /// The work with this key.
    ///
    /// # Errors
    /// There is none.
    pub fn work(&self, key: &str) -> Result<&Work, BibliographyError> {
        self.works.get(key).ok_or_else(|| BibliographyError::Key(key.to_owned()))
    }

    /// All works with their keys, by key.
    pub fn works(&self) -> impl Iterator<Item = (&str, &Work)> {
        self.works.iter().map(|(key, work)| (key.as_str(), work))
    }
}

impl Work {
    fn of(entry: &Entry) -> Result<Self, BibliographyError> {
        let without = |field| BibliographyError::Field { key: entry.key.clone(), field };
        let authors = entry.author().unwrap_or_default();
        let surnames: Vec<String> = authors.into_iter().map(|person| person.name).collect();
        let Ok(PermissiveType::Typed(date)) = entry.date() else {
            return Err(without("year"));
        };
        match (surnames.is_empty(), date.value) {
            (true, _) => Err(without("author")),
            (false, DateValue::At(at)) => Ok(Self {
                surnames,
                year: at.year,
                title: entry.title().map_err(|_| without("title"))?.format_verbatim(),
            }),
            (false, _) => Err(without("year")),
        }
    }

    /// The authors as a text cites them: "Peano", "Kingma & Ba", "Foret et al."
    pub fn authors(&self) -> String {
        match self.surnames.as_slice() {
            [one] => one.clone(),
            [one, other] => format!("{one} & {other}"),
            all => format!("{} et al.", all[0]),
        }
    }
}
