//! The index of the book's search, made anew of the finished pages.
//!
//! In: the index that mdBook has written, which is empty, for its options, and the pages that are searched. Out: an index
//! in its place, in the same form, which mdBook's script reads. A formula is in it once, as it is read, and not its LaTeX too; and
//! figures, tables, statements, exercises and terms are found by themselves, under their names.

mod found;
mod index;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::page::Page;
use crate::html::tags::{Token, tokens};
use crate::read::LabelKind;
pub(super) use found::Found;
use index::Index;

/// What stands around the index in mdBook's script.
const BEFORE: &str = "window.search = Object.assign(window.search, JSON.parse('";
const AFTER: &str = "'));";

/// What mdBook has written for the search, or recto.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    doc_urls: Vec<String>,
    index: Written,
    #[serde(flatten)]
    options: Map<String, Value>,
}

/// What is read of an index: what it shows. What it has of each word is made anew.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Written {
    document_store: Store,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Store {
    docs: BTreeMap<usize, Document>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document {
    title: String,
    body: String,
    breadcrumbs: String,
}

impl Search {
    /// Reads mdBook's script; none where it is written otherwise.
    pub(super) fn read(script: &str) -> Option<Search> {
        let json = script.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
        serde_json::from_str(&unquoted(json)).ok()
    }

    /// What an index of recto's finds on each page.
    pub(super) fn found(&mut self) -> BTreeMap<String, Vec<Found>> {
        let mut pages: BTreeMap<String, Vec<Found>> = BTreeMap::new();
        let docs = &mut self.index.document_store.docs;
        for (number, address) in std::mem::take(&mut self.doc_urls).into_iter().enumerate() {
            let Document { title, body, breadcrumbs } = docs.remove(&number).unwrap_or_default();
            let page = address.split('#').next().unwrap_or_default();
            pages.entry(page.to_owned()).or_default().push(Found {
                address,
                title,
                text: body,
                path: breadcrumbs,
            });
        }
        pages
    }

    /// Writes the script with the index made of what was found on each page; `pages` are in the order of the book.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn write(
        mut self,
        pages: &[String],
        mut found: BTreeMap<String, Vec<Found>>,
        mut script: impl Write,
    ) -> io::Result<()> {
        let found: Vec<Found> = pages.iter().filter_map(|page| found.remove(page)).flatten().collect();
        let numbers: Vec<String> = (0..found.len()).map(|number| number.to_string()).collect();
        self.options.insert("doc_urls".to_owned(), found.iter().map(|it| it.address.as_str()).collect());
        let whole = Whole {
            options: self.options,
            index: Index::of(&found, &numbers),
        };
        script.write_all(BEFORE.as_bytes())?;
        let mut quoted = BufWriter::new(Quoted(&mut script));
        serde_json::to_writer(&mut quoted, &whole)?;
        quoted.flush()?;
        drop(quoted);
        script.write_all(AFTER.as_bytes())?;
        script.flush()
    }
}

/// Text between the single quotes of a script.
struct Quoted<W>(W);

impl<W: Write> Write for Quoted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\\' | b'\'')) {
            match piece {
                [before @ .., last @ (b'\\' | b'\'')] => {
                    self.0.write_all(before)?;
                    self.0.write_all(&[b'\\', *last])?;
                }
                piece => self.0.write_all(piece)?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text that stands so between single quotes.
fn unquoted(mut quoted: &str) -> String {
    let mut text = String::with_capacity(quoted.len());
    while let Some((before, after)) = quoted.split_once('\\') {
        text.push_str(before);
        let mut characters = after.chars();
        text.extend(characters.next());
        quoted = characters.as_str();
    }
    text + quoted
}

/// What mdBook's script reads. The index is large: it is written as it stands, not by way of a [`Value`].
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    options: Map<String, Value>,
    index: Index<'a>,
}

/// What is found on a page: its sections, and the things with labels.
/// `level` is that of the headings whose sections are found by themselves.
pub(super) fn on_page(address: &str, page: &Page<'_>, level: u8) -> Vec<Found> {
    let html = page.html;
    let is_section = |at: &usize| {
        let element = &page.elements[*at];
        element.heading().is_some_and(|its| its <= level) && element.id.is_some_and(|id| !id.is_empty())
    };
    let headings: Vec<usize> = (0..page.elements.len()).filter(is_section).collect();
    let mut path: Vec<(u8, String)> = Vec::new();
    let mut found = Vec::new();
    for (number, &at) in headings.iter().enumerate() {
        let heading = &page.elements[at];
        let (own, end) = (
            heading.heading().unwrap_or(1),
            headings.get(number + 1).map_or(page.end(), |&next| page.elements[next].span.start),
        );
        path.retain(|(level, _)| *level < own);
        let title = text(&html[heading.span.clone()]);
        path.push((own, title.clone()));
        let names = || path.iter().map(|(_, name)| name.clone());
        let here = |id: &str, title: String, text: String, path: Vec<String>| Found {
            address: format!("{address}#{id}"),
            title,
            text,
            path: path.join(" » "),
        };
        found.push(here(
            heading.id.unwrap_or_default(),
            title,
            text(&page.without(heading.span.end..end, false)),
            names().collect(),
        ));
        let things = page
            .targets()
            .filter(|&at| heading.span.end <= page.elements[at].span.start && page.elements[at].span.end <= end);
        found.extend(things.filter_map(|at| {
            let (id, name) = (page.elements[at].id?, page.name(at)?);
            // A definition is found by itself, not again for each of its terms.
            let is_term = LabelKind::of(id) == Some(LabelKind::Term);
            let shown = if is_term { String::new() } else { text(&page.preview(at)?) };
            Some(here(id, name.clone(), shown, names().chain([name]).collect()))
        }));
    }
    found
}

impl Page<'_> {
    fn end(&self) -> usize {
        self.elements.iter().map(|element| element.span.end).max().unwrap_or_default()
    }

    /// What a thing with a label is called: `Figure 3.2`, `Theorem 3.1 (the best step).`; none for what is found as a section, and
    /// for equations, which have no words.
    fn name(&self, at: usize) -> Option<String> {
        let element = &self.elements[at];
        let own = || text(&self.html[element.span.clone()]);
        match LabelKind::of(element.id?)? {
            LabelKind::Figure | LabelKind::Table => {
                let inside = self.elements[at..].iter().take_while(|it| it.span.start < element.span.end);
                let mut names = inside.filter(|it| it.class == "recto-name");
                names.next().map(|name| text(&self.html[name.span.clone()]))
            }
            LabelKind::Term => Some(format!("{} (term)", own())),
            LabelKind::Section | LabelKind::Exercise | LabelKind::Equation => None,
            _ => Some(own()),
        }
    }
}

/// The text of a part of a page. A formula is one word, without its LaTeX; pictures are as they are described.
fn text(html: &str) -> String {
    let mut found = String::new();
    // What is passed over, and whether a formula is open.
    let (mut skipped, mut in_formula): (Option<String>, bool) = (None, false);
    for token in tokens(html) {
        match token {
            Token::Open(tag) if skipped.is_none() => {
                match tag.name.as_ref() {
                    "annotation" | "script" | "style" | "metadata" | "form" => skipped = Some(tag.name.to_string()),
                    "svg" => {
                        found.push_str(&format!(" {} ", tag.attribute("aria-label").unwrap_or_default()));
                        skipped = Some(tag.name.to_string());
                    }
                    "math" => in_formula = true,
                    _ => {}
                }
                if !in_formula || tag.name == "math" {
                    found.push(' ');
                }
            }
            Token::Close(name) => {
                skipped.take_if(|skipped| *skipped == name.as_ref());
                in_formula &= name != "math";
            }
            Token::Text(text, _) if skipped.is_none() => found.push_str(&text),
            Token::Open(_) | Token::Text(..) | Token::Style(..) => {}
        }
    }
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::found::words;
    use super::*;

    const PAGE: &str = "<main><h1 id=a>A</h1><p>One <math><semantics><msub><mi>λ</mi><mn>1</mn></msub><annotation>\\lambda_1</annotation></semantics></math>, two.</p>\
        <h2 id=b>B's</h2><div id=fig-c><svg aria-label=Dots><text>x</text></svg><span class=recto-name>Figure 1.1</span>. C</div>\
        <blockquote><p><b><span id=thm-d>Theorem 1.1.</span></b> It <dfn id=trm-e>is</dfn>.</p></blockquote><form>Your</form><p class=recto-end>End</p></main>";

    fn on_sample() -> Vec<Found> {
        let tokens: Vec<Token<'_>> = tokens(PAGE).collect();
        on_page("p.html", &Page::read(PAGE, &tokens), 3)
    }

    #[test]
    fn each_thing_is_found_by_its_name() {
        let found: Vec<(String, String, String, String)> = on_sample()
            .into_iter()
            .map(|it| (it.address, it.title, it.text, it.path.replace(" » ", ">")))
            .collect();
        let expected = [
            ("p.html#a", "A", "One λ1, two.", "A"),
            ("p.html#b", "B's", "Dots Figure 1.1. C Theorem 1.1. It is.", "A>B's"),
            ("p.html#fig-c", "Figure 1.1", "Dots Figure 1.1. C", "A>B's>Figure 1.1"),
            ("p.html#thm-d", "Theorem 1.1.", "Theorem 1.1. It is.", "A>B's>Theorem 1.1."),
            ("p.html#trm-e", "is (term)", "", "A>B's>is (term)"),
        ];
        assert_eq!(found, expected.map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned())));
    }

    #[test]
    fn greek_letters_are_found_by_their_names() {
        assert_eq!(words("Κ=10 the-λ1 ως"), ["kappa=10", "the", "lambda1", "omegasigma"]);
    }

    #[test]
    fn the_index_takes_the_place_of_mdbooks() {
        let old =
            format!("{BEFORE}{{\"doc_urls\":[],\"index\":{{}},\"results_options\":{{\"limit_results\":20}}}}{AFTER}");
        let found = BTreeMap::from([("p.html".to_owned(), on_sample())]);
        let mut new = Vec::new();
        Search::read(&old)
            .unwrap()
            .write(&["q.html".to_owned(), "p.html".to_owned()], found, &mut new)
            .unwrap();
        let new = String::from_utf8(new).unwrap();
        assert!(
            new.contains("\"limit_results\":20") && new.contains("p.html#thm-d") && new.contains("B\\'s"),
            "{new}"
        );
        assert!(!new.contains("lambda_1"), "{new}");
        let again = Search::read(&new).unwrap().found();
        assert_eq!(again, BTreeMap::from([("p.html".to_owned(), on_sample())]));
        assert!(Search::read("window.other = 1;").is_none());
    }
}
