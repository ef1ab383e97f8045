//! A bibliography file in BibLaTeX's format: its entries, and where each of them stands.

use std::ops::Range;

use biblatex::{Bibliography, ParseErrorKind, RawBibliography, RetrievalError};
use hayagriva::Entry;

use crate::problem::{Kind, Problem, nearest};
use crate::source::{Place, SourceFile};

#[derive(Debug)]
pub(super) struct Library {
    file: SourceFile,
    entries: Bibliography,
    /// In the order of the file.
    keys: Vec<(String, Range<usize>)>,
}

impl Library {
    pub(super) fn read(file: &SourceFile) -> Result<Library, Box<Problem>> {
        let mut keys: Vec<(String, Range<usize>)> = Vec::new();
        let parsed = RawBibliography::parse(&file.text).and_then(|raw| {
            let found = raw.entries.iter().map(|entry| &entry.v.key);
            keys = found.map(|key| (key.v.to_owned(), key.span.clone())).collect();
            Bibliography::from_raw(raw)
        });
        let error = match parsed {
            Ok(entries) => {
                let file = file.clone();
                return Ok(Library { file, entries, keys });
            }
            Err(error) => error,
        };
        if let ParseErrorKind::DuplicateKey(key) = &error.kind {
            let mut places = keys.iter().filter(|(its, _)| its == key).map(|(_, span)| span.clone());
            if let (Some(first), Some(second)) = (places.next(), places.next()) {
                let problem = Problem::error(Kind::Citation, format!("the key `{key}` stands twice"));
                let problem = problem.at(file.place(second)).related(file.place(first), "it stands here first");
                return Err(Box::new(problem));
            }
        }
        let message = format!("this bibliography can't be read: {}", error.kind);
        Err(Box::new(Problem::error(Kind::Citation, message).at(file.place(error.span))))
    }

    /// The keys, in the order of the file.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(key, _)| key.as_str())
    }

    /// Where the entry with this key stands.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        let (_, span) = self.keys.iter().find(|(its, _)| its == key)?;
        Some(self.file.place(span.clone()))
    }

    /// The key most like one that is none.
    pub(super) fn nearest(&self, key: &str) -> Option<&str> {
        nearest(key, self.keys())
    }

    /// The entry with this key; nothing when there is none.
    pub(super) fn entry(&self, key: &str) -> Option<Result<Entry, Box<Problem>>> {
        let written = self.entries.get(key)?;
        let unreadable = |what: String, span: Option<Range<usize>>| {
            // A value that was put together from several strings has no place of its own.
            let span = span.filter(|span| self.file.text.get(span.clone()).is_some_and(|text| !text.is_empty()));
            let problem = Problem::error(Kind::Citation, format!("the entry `{key}` can't be read: {what}"));
            Box::new(match span.map(|span| self.file.place(span)).or_else(|| self.place(key)) {
                Some(place) => problem.at(place),
                None => problem,
            })
        };
        let entry = Entry::try_from(written);
        let undated = match &entry {
            Ok(entry) => entry.date_any().is_none(),
            Err(_) => matches!(written.date(), Err(RetrievalError::TypeError(_))),
        };
        let date = written.get("date").or_else(|| written.get("year"));
        if let Some(date) = date.filter(|_| undated) {
            let span = date.first().zip(date.last());
            let span = span.map(|(first, last)| first.span.start..last.span.end);
            let help = "a year is `2021`, a date `2021-03` or `2021-03-15`";
            let problem = unreadable("this is no date".to_owned(), span);
            return Some(Err(Box::new(problem.help(help))));
        }
        Some(entry.map_err(|error| unreadable(error.kind.to_string(), Some(error.span))))
    }
}
