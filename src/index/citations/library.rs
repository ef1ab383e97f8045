//! A bibliography file in BibLaTeX's format: its entries, and where each of them stands.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::Range;

use biblatex::{Bibliography, Chunk, Pair, ParseErrorKind, RawBibliography, RawChunk, RetrievalError, Spanned};
use hayagriva::Entry;
use hayagriva::types::{FormatString, Person};

use super::bounds::{self, Refused, pairs};
use super::latex;
use crate::problem::{Kind, Problem, nearest_of_sorted};
use crate::source::{Place, SourceFile};

#[derive(Debug)]
pub(super) struct Library {
    file: SourceFile,
    entries: Bibliography,
    /// In the order of the file.
    keys: Vec<String>,
    /// Where each stands first.
    places: BTreeMap<String, Range<usize>>,
    /// What of each entry can't be printed, where it stands, and why.
    unprintable: HashMap<String, Vec<Unprintable>>,
}

/// Where it stands, and why.
type Unprintable = (Range<usize>, String);

/// Fields that are printed, and are no addresses.
const PRINTED: [&str; 25] = [
    "address", "author", "booktitle", "chapter", "edition", "editor", "eventtitle", "howpublished", "institution",
    "issue", "issuetitle", "journal", "journaltitle", "location", "maintitle", "note", "number", "organization",
    "pages", "publisher", "school", "series", "title", "type", "volume",
];

impl Library {
    pub(super) fn read(file: &SourceFile) -> Result<Library, Box<Problem>> {
        let unreadable = |what: &dyn Display, span: Range<usize>| {
            let message = format!("this bibliography can't be read: {what}");
            Problem::error(Kind::Citation, message).at(file.place(span))
        };
        let raw = RawBibliography::parse(&file.text).map_err(|error| unreadable(&error.kind, error.span))?;
        bounds::check(&raw).map_err(|Refused { message, span, help }| unreadable(&message, span).help(help))?;
        let spans: Vec<(&str, Range<usize>)> =
            raw.entries.iter().map(|entry| (entry.v.key.v, entry.v.key.span.clone())).collect();
        let mut unprintable = HashMap::new();
        let read = read_latex(&raw, &mut unprintable);
        let error = match Bibliography::from_raw(with_texts(raw, &read)) {
            Ok(entries) => {
                return Ok(Library {
                    file: file.clone(),
                    entries,
                    keys: spans.iter().map(|(key, _)| (*key).to_owned()).collect(),
                    places: spans.into_iter().map(|(key, span)| (key.to_owned(), span)).collect(),
                    unprintable,
                });
            }
            Err(error) => error,
        };
        if let ParseErrorKind::DuplicateKey(key) = &error.kind {
            let mut places = spans.iter().filter(|(its, _)| its == key).map(|(_, span)| span.clone());
            if let (Some(first), Some(second)) = (places.next(), places.next()) {
                let problem = Problem::error(Kind::Citation, format!("the key `{key}` is used twice"));
                let problem = problem.at(file.place(second)).related(file.place(first), "it stands here first");
                return Err(Box::new(problem));
            }
        }
        Err(Box::new(unreadable(&error.kind, error.span)))
    }

    /// The keys, in the order of the file.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// Where the entry with this key stands.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        Some(self.file.place(self.places.get(key)?.clone()))
    }

    /// The key most like one that is none.
    pub(super) fn nearest(&self, key: &str) -> Option<&str> {
        let before = self.places.range::<str, _>((Unbounded, Excluded(key))).rev();
        let after = self.places.range::<str, _>((Included(key), Unbounded));
        nearest_of_sorted(key, before.map(|(known, _)| known.as_str()), after.map(|(known, _)| known.as_str()))
    }

    /// What of an entry can't be printed.
    pub(super) fn unprintable(&self, key: &str) -> impl Iterator<Item = Problem> {
        self.unprintable.get(key).into_iter().flatten().map(|(span, why)| {
            let problem = Problem::error(Kind::Citation, why.clone()).at(self.file.place(span.clone()));
            problem.help("write the character itself, or a formula as `$\\alpha$`")
        })
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
        let entry = Entry::try_from(written).map(|entry| completed(entry, written));
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
        if let (Some(url), Ok(None)) = (written.get("url"), entry.as_ref().map(Entry::url_any)) {
            let span = url.first().zip(url.last()).map(|(first, last)| first.span.start..last.span.end);
            let problem = unreadable("this is no address".to_owned(), span);
            return Some(Err(Box::new(problem.help("an address begins with `https://`"))));
        }
        Some(entry.map_err(|error| unreadable(error.kind.to_string(), Some(error.span))))
    }
}

/// The texts of the fields that LaTeX's commands stand in, in the order of the file, as the biblatex crate reads them.
fn read_latex(raw: &RawBibliography<'_>, unprintable: &mut HashMap<String, Vec<Unprintable>>) -> Vec<String> {
    let mut read = Vec::new();
    for (key, pair) in pairs(raw) {
        for chunk in pair.value.v.iter() {
            let RawChunk::Normal(text) = &chunk.v else { continue };
            // An abbreviation may be printed.
            if !key.is_empty() && !is_printed(pair) {
                read.push((*text).to_owned());
                continue;
            }
            let (plain, unknown) = latex::plain(text);
            let start = chunk.span.start;
            for (span, why) in unknown {
                unprintable.entry(key.to_owned()).or_default().push((start + span.start..start + span.end, why));
            }
            read.push(plain);
        }
    }
    read
}

/// The bibliography with other texts.
fn with_texts<'a>(mut raw: RawBibliography<'a>, texts: &'a [String]) -> RawBibliography<'a> {
    let mut texts = texts.iter();
    let fields = raw.entries.iter_mut().flat_map(|entry| entry.v.fields.iter_mut());
    let fields = raw.abbreviations.iter_mut().chain(fields);
    for chunk in fields.flat_map(|pair| pair.value.v.iter_mut()) {
        if let RawChunk::Normal(text) = &mut chunk.v {
            *text = texts.next().map_or(*text, String::as_str);
        }
    }
    raw
}

fn is_printed(pair: &Pair<'_>) -> bool {
    let key = pair.key.v.to_ascii_lowercase();
    PRINTED.contains(&key.as_str())
}

/// An entry with what hayagriva leaves out or takes for something else: "von" is a part of the name by which one is cited,
/// and a note does not replace how a work was published.
fn completed(mut entry: Entry, written: &biblatex::Entry) -> Entry {
    let whole = |persons: &[Person]| -> Vec<Person> {
        let mut persons = persons.to_vec();
        for person in &mut persons {
            if let Some(prefix) = person.prefix.take() {
                person.name = format!("{prefix} {}", person.name);
            }
        }
        persons
    };
    if let Some(authors) = entry.authors().map(whole) {
        entry.set_authors(authors);
    }
    if let Some(editors) = entry.editors().map(whole) {
        entry.set_editors(editors);
    }
    if let (Some(published), Some(note)) = (written.get("howpublished"), written.get("note")) {
        let between = Spanned::detached(Chunk::Normal(". ".to_owned()));
        let chunks: Vec<Spanned<Chunk>> = published.iter().chain([&between]).chain(note).cloned().collect();
        entry.set_note(FormatString::from(chunks.as_slice()));
    }
    entry
}
