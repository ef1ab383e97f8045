//! Citations: what a book cites, how that is printed, and where each work is cited.
//!
//! In: a [`Book`] with its bibliography. Out: for each citation on a page the works that it names, and the
//! list of references with the way back to each place. Entries that nothing cites are only warned of.

mod bounds;
mod format;
mod latex;
mod library;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use hayagriva::Entry;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::problem::{Blamed, Kind, Problem};
use crate::read::{Book, Citation, Cite, Item, LabelKind, Lesson};
use crate::site::Names;
use crate::source::Place;

pub(crate) use format::Styled;
use format::{marks, plain, print, sort};
use library::Library;

/// The chapter that holds the list of references where no chapter of the book does.
const OWN_PAGE: (&str, &str) = ("References", "references.md");

/// All citations of a book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Citations {
    /// What is cited, in the order of the list.
    works: Vec<Work>,
    /// For each citation, by its page and its index there, what it cites.
    cited: HashMap<(PathBuf, usize), Vec<Option<Cited>>>,
    page: Option<PathBuf>,
    /// Whether that page is to be added to the book.
    own_page: bool,
    pub(super) problems: Vec<(PathBuf, Blamed)>,
    in_bibliography: Vec<Problem>,
}

/// A work that is cited.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// The fragment of its entry, as `ref-foret2021`.
    pub(crate) id: String,
    /// Its authors as the text has them, as `Foret et al.`, or its title where it has none.
    pub(crate) names: Vec<Styled>,
    /// What follows them in a citation.
    pub(crate) year: Vec<Styled>,
    pub(crate) entry: Vec<Styled>,
    /// Where it is to be found: what is shown, and the address.
    pub(crate) links: Vec<(String, String)>,
    /// Where it is cited, section by section.
    pub(crate) places: Vec<Backlink>,
}

/// A section that cites a work.
#[derive(Clone, Debug)]
pub(crate) struct Backlink {
    /// The chapter, as a path below the source folder.
    pub(crate) page: PathBuf,
    pub(crate) number: Option<String>,
    section: usize,
    pub(crate) title: String,
    /// The fragment of the first citation in it.
    pub(crate) id: String,
}

/// A work named in a citation.
#[derive(Clone, Debug)]
pub(crate) struct Cited {
    work: usize,
    /// The fragment by which the list leads back here.
    pub(crate) id: String,
    /// Without the names, which stand right before the citation.
    pub(crate) bare: bool,
}

/// A citation, its index among the items, and the chapter in which it stands.
type CitationSite<'a> = (&'a Lesson, usize, &'a Citation);

impl Citations {
    /// Looks up all citations of a book and prints what they cite.
    pub(crate) fn of(book: &Book) -> Citations {
        let mut citations = Citations::default();
        citations.find_page(book);
        let sites: Vec<CitationSite<'_>> = book.lessons.iter().flat_map(sites).collect();
        match book.bibliography.as_ref().map(Library::read) {
            Some(Ok(library)) => citations.look_up(book, &library, &sites),
            Some(Err(problem)) => citations.in_bibliography.push(*problem),
            // A bibliography that is named and not there is a problem of the book already.
            None if book.settings.bibliography.is_some() => {}
            None => citations.miss_bibliography(&sites),
        }
        citations
    }

    /// The chapter with the mark for the list; a second mark is one too many.
    fn find_page(&mut self, book: &Book) {
        let mut first: Option<Place> = None;
        for lesson in &book.lessons {
            let Some(span) = &lesson.bibliography else { continue };
            let place = lesson.document.place(span.clone());
            if let Some(first) = &first {
                let problem = Problem::error(Kind::Citation, "the bibliography is placed twice").at(place);
                let problem = problem.related(first.clone(), "it stands here first");
                self.problems.push((lesson.path.clone(), (None, problem)));
                continue;
            }
            self.page = Some(lesson.path.clone());
            first = Some(place);
        }
    }

    /// A book that cites without a bibliography is told so once.
    fn miss_bibliography(&mut self, sites: &[CitationSite<'_>]) {
        let Some((lesson, item, citation)) = sites.first() else {
            return;
        };
        let problem = Problem::error(Kind::Citation, "there is no bibliography to cite from")
            .at(lesson.document.place(citation.span.clone()))
            .help(
                "put a file `references.bib` beside book.toml, or name one by `bibliography` in \
                 `[preprocessor.recto]`; for a bracket of another kind write `\\[`",
            );
        let problem = match sites.len() - 1 {
            0 => problem,
            1 => problem.note("the book has one more citation"),
            more => problem.note(format!("the book has {more} more citations")),
        };
        self.problems.push((lesson.path.clone(), (Some(*item), problem)));
    }

    fn look_up(&mut self, book: &Book, library: &Library, sites: &[CitationSite<'_>]) {
        let mut found: BTreeMap<&str, Entry> = BTreeMap::new();
        let mut named: HashSet<&str> = HashSet::new();
        self.in_bibliography.extend(library.unprintable("").filter(|_| !sites.is_empty()));
        for (lesson, item, citation) in sites {
            for cite in &citation.cites {
                let is_new = named.insert(&cite.key);
                match library.entry(&cite.key) {
                    Some(_) if !is_new => {}
                    Some(Ok(entry)) => {
                        self.in_bibliography.extend(library.unprintable(&cite.key));
                        found.insert(&cite.key, entry);
                    }
                    Some(Err(problem)) => self.in_bibliography.push(*problem),
                    None => self.problems.push((lesson.path.clone(), (Some(*item), unknown(library, lesson, cite)))),
                }
            }
        }
        // Where a citation can't be read, nobody knows what it cites, nor what a text does that is missing.
        let hides = |kind: Kind| matches!(kind, Kind::Citation | Kind::Include | Kind::Fence);
        let misread = |lesson: &Lesson| lesson.problems.iter().any(|(_, problem)| hides(problem.kind));
        if book.is_whole() && !book.lessons.iter().any(misread) {
            self.in_bibliography.extend(never_cited(library, &named));
        }
        let mut entries: Vec<(&str, Entry)> = found.into_iter().collect();
        if !entries.is_empty() {
            sort(&mut entries, |(_, entry)| entry);
            self.find_own_page(book);
            self.print(&entries, sites);
        }
    }

    /// A page for the list where no chapter has one.
    fn find_own_page(&mut self, book: &Book) {
        if self.page.is_some() {
            return;
        }
        let path = Path::new(OWN_PAGE.1);
        self.page = Some(path.to_path_buf());
        match book.lessons.iter().find(|lesson| lesson.path == path) {
            None => self.own_page = true,
            Some(lesson) => {
                let message = "this chapter is in the place of the list of references";
                let problem = Problem::error(Kind::Citation, message)
                    .at(lesson.document.place(0..0))
                    .help("put the line `<!-- recto bibliography -->` where the list is to stand");
                self.problems.push((lesson.path.clone(), (None, problem)));
            }
        }
    }

    fn print(&mut self, entries: &[(&str, Entry)], sites: &[CitationSite<'_>]) {
        let mut ids = Ids::default();
        let printed = print(&entries.iter().map(|(_, entry)| entry).collect::<Vec<_>>());
        let works = entries.iter().zip(printed).map(|((key, entry), printed)| Work {
            id: ids.unique(Path::new(""), &format!("ref-{}", slug(key))),
            names: printed.names,
            year: printed.year,
            entry: printed.entry,
            links: addresses(entry),
            places: Vec::new(),
        });
        self.works = works.collect();
        let indices = entries.iter().enumerate().map(|(index, (key, _))| (*key, index));
        let indices: HashMap<&str, usize> = indices.collect();
        for (lesson, item, citation) in sites {
            let before = &lesson.document.text()[..citation.span.start];
            let alone = citation.cites.len() == 1;
            let cites = citation.cites.iter().map(|cite| {
                let work = *indices.get(cite.key.as_str())?;
                let id = ids.unique(&lesson.path, &format!("cite.{}", slug(&cite.key)));
                let bare = cite.bare || (alone && ends_with(before, &plain(&self.works[work].names)));
                self.works[work].add_place(lesson, citation, &id);
                Some(Cited { work, id, bare })
            });
            let cites = cites.collect();
            self.cited.insert((lesson.path.clone(), *item), cites);
        }
    }

    /// What is wrong with the bibliography, and what in it is never cited.
    pub(crate) fn problems_in_bibliography(&self) -> &[Problem] {
        &self.in_bibliography
    }

    /// The works that a citation names, each with its way to the list and back; nothing for what is not known, and after
    /// the last one.
    pub(crate) fn cited(&self, page: &Path, item: usize) -> impl Iterator<Item = Option<(&Cited, &Work)>> {
        let cited = self.cited.get(&(page.to_path_buf(), item)).into_iter().flatten();
        let known = cited.map(|cited| cited.as_ref().map(|cited| (cited, &self.works[cited.work])));
        known.chain(std::iter::repeat(None))
    }

    /// What stands before a citation, between two works in it, and after it.
    pub(crate) fn marks(&self) -> [&'static str; 3] {
        marks()
    }

    /// The works of the list, in order.
    pub(crate) fn works(&self) -> &[Work] {
        &self.works
    }

    /// The chapter of the list, as a path below the source folder.
    pub(crate) fn page(&self) -> Option<&Path> {
        self.page.as_deref()
    }

    /// Title and path of the chapter that is to be added to the book for the list.
    pub(crate) fn own_page(&self) -> Option<(&'static str, &'static Path)> {
        self.own_page.then(|| (OWN_PAGE.0, Path::new(OWN_PAGE.1)))
    }
}

impl Work {
    fn add_place(&mut self, lesson: &Lesson, citation: &Citation, id: &str) {
        let section = lesson.section_at(citation.span.start);
        let (title, number) = match lesson.sections.get(section) {
            Some(section) => (&section.title, section.number.clone()),
            None => (&lesson.title, None),
        };
        // Citations come in the order of the book.
        let known = |place: &Backlink| place.section == section && place.page == lesson.path;
        if !self.places.last().is_some_and(known) {
            self.places.push(Backlink {
                page: lesson.path.clone(),
                number: number.or_else(|| lesson.number.clone()),
                section,
                title: title.trim().to_owned(),
                id: id.to_owned(),
            });
        }
    }
}

fn sites(lesson: &Lesson) -> impl Iterator<Item = CitationSite<'_>> {
    lesson.items.iter().enumerate().filter_map(move |(index, item)| match item {
        Item::Citation(citation) => Some((lesson, index, citation)),
        _ => None,
    })
}

fn unknown(library: &Library, lesson: &Lesson, cite: &Cite) -> Problem {
    let message = format!("nothing in the bibliography has the key `{}`", cite.key);
    let problem = Problem::error(Kind::Citation, message).at(lesson.document.place(cite.key_span.clone()));
    if LabelKind::of(&cite.key).is_some() {
        return problem.help(format!("a reference to a label is a link without text: `[](#{})`", cite.key));
    }
    match library.nearest(&cite.key) {
        Some(near) => problem.did_you_mean(near),
        None => problem,
    }
}

/// One warning for all entries that are never cited.
fn never_cited(library: &Library, named: &HashSet<&str>) -> Option<Problem> {
    const SHOWN: usize = 5;
    let unused: Vec<&str> = library.keys().filter(|key| !named.contains(key)).collect();
    let mut places = unused.iter().filter_map(|key| library.place(key));
    let message = match unused.as_slice() {
        [one] => format!("`{one}` is never cited"),
        _ => format!("{} entries are never cited", unused.len()),
    };
    let mut problem = Problem::warning(Kind::Citation, message).at(places.next()?);
    for place in places.take(SHOWN - 1) {
        problem = problem.related(place, "");
    }
    match unused.get(SHOWN..) {
        Some(more) if !more.is_empty() => Some(problem.note(format!("and {}", more.join(", ")))),
        _ => Some(problem),
    }
}

/// What a DOI may hold and an address may not.
const IN_DOI: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Where a work is to be found, best first.
fn addresses(entry: &Entry) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Some(doi) = entry.doi() {
        let known = [
            "https://doi.org/",
            "http://doi.org/",
            "https://dx.doi.org/",
            "http://dx.doi.org/",
            "doi:",
        ];
        let doi = known.iter().find_map(|start| doi.strip_prefix(start)).unwrap_or(doi);
        found.push((format!("doi:{doi}"), format!("https://doi.org/{}", utf8_percent_encode(doi, &IN_DOI))));
    }
    if let Some(number) = entry.arxiv() {
        found.push((format!("arXiv:{number}"), format!("https://arxiv.org/abs/{number}")));
    }
    if let (Some(url), true) = (entry.url_any(), found.is_empty()) {
        let url = url.value.as_str();
        let (_, shown) = url.split_once("://").unwrap_or(("", url));
        found.push((shown.trim_end_matches('/').to_owned(), url.to_owned()));
    }
    found
}

/// Whether text ends with the names of authors, in the genitive perhaps: then a citation need not repeat them.
fn ends_with(text: &str, names: &str) -> bool {
    const MARKUP: [char; 2] = ['*', '_'];
    let bare = |word: &str| -> String {
        let word = word.trim_start_matches(['(', '—', '“', '"', '*', '_']);
        word.trim_end_matches(MARKUP).to_owned()
    };
    let nominative = |word: &str| {
        let genitive = ["'s", "’s", "'", "’"].into_iter().find_map(|end| word.strip_suffix(end));
        bare(genitive.unwrap_or(word))
    };
    // A quote's marks may stand at the start of a line between two names.
    let mut words = text.split_whitespace().rev().filter(|word| *word != ">");
    let mut names = names.split_whitespace().rev();
    // A sentence may begin with "Von".
    let is = |word: String, name: &str| {
        let mut first = name.chars();
        let upper = first.next().map(|c| c.to_uppercase().chain(first).collect::<String>());
        word == name || Some(word) == upper
    };
    let ends = |word: Option<&str>, name: &str| word.is_some_and(|word| is(nominative(word), name));
    text.ends_with(char::is_whitespace)
        && names.next().is_some_and(|name| ends(words.next(), name))
        && names.all(|name| words.next().is_some_and(|word| is(bare(word), name)))
}

/// A key as a part of a fragment.
fn slug(key: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
    key.chars().map(safe).collect()
}

/// Fragments, each of which is its page's only one of that name.
#[derive(Default)]
struct Ids(HashMap<PathBuf, Names>);

impl Ids {
    fn unique(&mut self, page: &Path, id: &str) -> String {
        let used = self.0.entry(page.to_path_buf()).or_default();
        used.unused(id, |number| format!("{id}-{}", number + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_before_a_citation_are_seen() {
        for text in [
            "As Foret et al. ",
            "(Foret\net al. ",
            "> by Foret\n> et al.\n> ",
            "*Foret et al.*'s ",
            "Foret et al.’s ",
        ] {
            assert!(ends_with(text, "Foret et al."), "{text}");
        }
        for text in ["Foret and others ", "et al. ", "Foret et al.", ""] {
            assert!(!ends_with(text, "Foret et al."), "{text}");
        }
        assert!(!ends_with("By nobody ", ""));
    }

    #[test]
    fn fragments_are_unique_on_their_page() {
        let mut ids = Ids::default();
        let (one, other) = (Path::new("one.md"), Path::new("other.md"));
        assert_eq!(ids.unique(one, "cite.a"), "cite.a");
        assert_eq!(ids.unique(one, "cite.a"), "cite.a-2");
        assert_eq!(ids.unique(other, "cite.a"), "cite.a");
        assert_eq!(slug("doe:2020+b"), "doe-2020-b");
    }
}
