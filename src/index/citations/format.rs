//! Works as the text and the list of references show them, in the style of `templates/citations.csl`.

use std::collections::HashMap;
use std::sync::LazyLock;

use hayagriva::citationberg::{FontStyle, FontWeight, IndependentStyle};
use hayagriva::{
    BibliographyDriver, BibliographyRequest, CitationItem, CitationRequest, ElemChild, ElemChildren, ElemMeta, Entry,
    Formatted,
};
use icu_collator::CollatorBorrowed;

static STYLE: LazyLock<IndependentStyle> = LazyLock::new(|| {
    let style = include_str!("../../../templates/citations.csl");
    // The style is part of the program; a test reads it.
    IndependentStyle::from_xml(style).expect("the program's own style")
});

/// A stretch of text with one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Styled {
    Plain(String),
    Emphasis(String),
    Strong(String),
    Math(String),
}

/// A work as it is printed.
#[derive(Clone, Debug, Default)]
pub(super) struct Printed {
    /// `Foret et al.`; the title where the work has neither author nor editor.
    pub(super) names: Vec<Styled>,
    /// What follows the names: `2021`.
    pub(super) year: Vec<Styled>,
    /// The entry in the list of references.
    pub(super) entry: Vec<Styled>,
}

/// What stands around citations and between them: `(`, `; ` and `)`.
pub(super) fn marks() -> [&'static str; 3] {
    let layout = &STYLE.citation.layout;
    [&layout.prefix, &layout.delimiter, &layout.suffix].map(|mark| mark.as_deref().unwrap_or_default())
}

/// Puts works into the order of the list: by author, year and title.
pub(super) fn sort<T>(works: &mut [T], entry: impl Fn(&T) -> &Entry) {
    let collator = CollatorBorrowed::try_new(Default::default(), Default::default()).ok();
    let compare = |one: &str, other: &str| match &collator {
        Some(collator) => collator.compare(one, other),
        None => one.cmp(other),
    };
    works.sort_by(|one, other| {
        let (one, other) = (SortKey::of(entry(one)), SortKey::of(entry(other)));
        let by_names = compare(&one.names, &other.names);
        by_names.then(one.year.cmp(&other.year)).then_with(|| compare(&one.title, &other.title))
    });
}

struct SortKey {
    names: String,
    year: Option<i32>,
    title: String,
}

impl SortKey {
    fn of(entry: &Entry) -> SortKey {
        let title = entry.title().map(ToString::to_string).unwrap_or_default();
        let persons = entry.authors().or(entry.editors()).unwrap_or_default();
        let names: Vec<String> = persons.iter().map(|person| person.name_first(false, false)).collect();
        SortKey {
            names: if names.is_empty() { title.clone() } else { names.join(" ") },
            year: entry.date_any().map(|date| date.year),
            title,
        }
    }
}

/// Prints works; where two would be cited alike, letters after the year tell them apart.
pub(super) fn print(entries: &[&Entry]) -> Vec<Printed> {
    let mut driver = BibliographyDriver::new();
    for entry in entries {
        let items = vec![CitationItem::with_entry(*entry)];
        driver.citation(CitationRequest::from_items(items, &STYLE, &[]));
    }
    let rendered = driver.finish(BibliographyRequest::new(&STYLE, None, &[]));
    let listed = rendered.bibliography.map(|list| list.items).unwrap_or_default();
    let listed: HashMap<&str, _> = listed.iter().map(|item| (item.key.as_str(), item)).collect();
    let mut printed: Vec<Printed> = Vec::with_capacity(entries.len());
    for (entry, citation) in entries.iter().zip(&rendered.citations) {
        let item = citation.citation.find_meta(&ElemMeta::Entry(0));
        let children = item.map(|item| &item.children);
        let mut names = Runs::default();
        let found = children.and_then(ElemChildren::find_names);
        found.into_iter().for_each(|found| names.add(&found.children, true));
        let mut runs = Runs::default();
        children.into_iter().for_each(|children| runs.add(children, false));
        let listed = listed.get(entry.key());
        let mut list = Runs::default();
        listed.into_iter().for_each(|item| list.add(&item.content, true));
        printed.push(Printed {
            names: names.0,
            year: runs.without_leading(&[',', ' ']),
            entry: list.0,
        });
    }
    printed
}

/// Runs without their looks.
pub(super) fn plain(runs: &[Styled]) -> String {
    let text = |run: &Styled| match run {
        Styled::Plain(text) | Styled::Emphasis(text) | Styled::Strong(text) | Styled::Math(text) => text.clone(),
    };
    runs.iter().map(text).collect()
}

#[derive(Default)]
struct Runs(Vec<Styled>);

impl Runs {
    fn add(&mut self, children: &ElemChildren, with_names: bool) {
        for child in &children.0 {
            match child {
                ElemChild::Elem(elem) if !with_names && matches!(elem.meta, Some(ElemMeta::Names(_))) => {}
                ElemChild::Elem(elem) => self.add(&elem.children, with_names),
                ElemChild::Text(text) | ElemChild::Link { text, .. } => self.text(text),
                ElemChild::Markup(latex) => self.0.push(Styled::Math(latex.trim_matches('$').to_owned())),
                ElemChild::Transparent { .. } => {}
            }
        }
    }

    fn text(&mut self, text: &Formatted) {
        let mut words = text.text.as_str();
        // A title that ends as a sentence does needs no full stop after it.
        if let Some(Styled::Plain(last) | Styled::Emphasis(last) | Styled::Strong(last)) = self.0.last()
            && last.ends_with(['.', '?', '!'])
        {
            words = words.strip_prefix('.').unwrap_or(words);
        }
        let words = words.replace("?.", "?").replace("!.", "!");
        if words.is_empty() {
            return;
        }
        let formatting = text.formatting;
        match (formatting.font_style, formatting.font_weight, self.0.last_mut()) {
            (FontStyle::Italic, _, _) => self.0.push(Styled::Emphasis(words)),
            (_, FontWeight::Bold, _) => self.0.push(Styled::Strong(words)),
            (_, _, Some(Styled::Plain(last))) => last.push_str(&words),
            _ => self.0.push(Styled::Plain(words)),
        }
    }

    fn without_leading(mut self, marks: &[char]) -> Vec<Styled> {
        if let Some(Styled::Plain(first)) = self.0.first_mut() {
            *first = first.trim_start_matches(marks).to_owned();
        }
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(bibliography: &str) -> Vec<Entry> {
        let library = hayagriva::io::from_biblatex_str(bibliography).unwrap();
        library.iter().cloned().collect()
    }

    #[test]
    fn works_stand_in_the_order_of_authors_year_and_title() {
        let mut works = entries(
            "@book{z, author = {Zhang, Li}, title = {A}, year = {2000}}
             @book{o, author = {{\\O}rsted, Hans}, title = {B}, year = {2000}}
             @book{l, author = {{\\L}ojasiewicz, S.}, title = {C}, year = {1963}}
             @book{b2, author = {Baker, Ann}, title = {E}, year = {2001}}
             @book{b1, author = {Baker, Ann}, title = {F}, year = {1999}}
             @misc{d, title = {Docs}}
             @book{m, author = {Meyer, Jo}, title = {G}, year = {2000}}",
        );
        sort(&mut works, |work| work);
        let keys: Vec<&str> = works.iter().map(Entry::key).collect();
        assert_eq!(keys, ["b1", "b2", "d", "l", "m", "o", "z"]);
    }

    #[test]
    fn one_two_and_more_authors() {
        let works = entries(
            "@article{a, author = {Van Loan, Charles F.}, title = {Why?}, journal = {J}, volume = {3}, number = {1},
               pages = {7--9}, year = {2001}}
             @book{b, author = {Nocedal, Jorge and Wright, Stephen J.}, title = {N}, edition = {2}, year = {2006}}
             @book{c, editor = {A, X. and B, Y. and C, Z.}, title = {P}, publisher = {Q}, year = {2007}}
             @misc{d, title = {Docs}}",
        );
        let printed = print(&works.iter().collect::<Vec<_>>());
        let names: Vec<String> = printed.iter().map(|work| plain(&work.names)).collect();
        assert_eq!(names, ["Van Loan", "Nocedal and Wright", "A et al.", "Docs"]);
        let years: Vec<String> = printed.iter().map(|work| plain(&work.year)).collect();
        assert_eq!(years, ["2001", "2006", "2007", "n.d."]);
        let listed: Vec<String> = printed.iter().map(|work| plain(&work.entry)).collect();
        assert_eq!(
            listed,
            [
                "Van Loan, C. F. (2001). Why? J, 3(1), 7–9.",
                "Nocedal, J. and Wright, S. J. (2006). N. 2nd ed.",
                "A, X., B, Y. and C, Z. (eds.) (2007). P. Q.",
                "Docs (n.d.).",
            ]
        );
    }
}
