//! `[@foret2021]`, `[@nocedal2006, theorem 3.3]`, `[@baldi1989; @boyd2004, p. 12]`: citations in prose.

use std::ops::Range;

use super::mapped_text::MappedText;
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// What stands in one pair of brackets.
#[derive(Clone, Debug)]
pub(crate) struct Citation {
    pub(crate) span: Range<usize>,
    /// The works, in the order of the text.
    pub(crate) cites: Vec<Cite>,
    /// Whether it stands in a heading, of which mdBook makes a link.
    pub(crate) in_heading: bool,
}

/// One work that is cited.
#[derive(Clone, Debug)]
pub(crate) struct Cite {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    /// Where in the work, as `theorem 3.3`.
    pub(crate) locator: Option<String>,
    /// `[-@key]`: without the names of the authors, which the sentence has.
    pub(crate) bare: bool,
}

/// A stretch of text without markup.
#[derive(Debug, Default)]
pub(super) struct Prose {
    text: MappedText,
    end: usize,
    broken_line: bool,
}

/// A citation, or what is wrong with it, and the text as it stands in the prose.
pub(super) struct FoundCitation<'a> {
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
    pub(super) cites: Result<Vec<Cite>, Box<Problem>>,
}

impl Prose {
    /// Whether text at this place of the document goes on where this stretch ends.
    pub(super) fn reaches(&self, start: usize, document: &Document) -> bool {
        let between = document.text().get(self.end..start);
        between.is_some_and(|between| {
            if self.broken_line {
                between.chars().all(|c| matches!(c, ' ' | '\t' | '>'))
            } else {
                between.is_empty()
            }
        })
    }

    pub(super) fn push(&mut self, text: &str, span: Range<usize>, breaks_line: bool) {
        self.text.push(text, span.start);
        self.end = span.end;
        self.broken_line = breaks_line;
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.text.text().len()
    }

    /// The citations of the stretch.
    pub(super) fn citations(&self, document: &Document) -> Vec<FoundCitation<'_>> {
        let text = self.text.text();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(open) = text[from..].find('[').map(|open| from + open) {
            from = open + 1;
            let inside = &text[from..];
            let close = match inside.find(['[', ']']) {
                Some(close) if inside[close..].starts_with(']') => from + close,
                _ => continue,
            };
            let escaped = document.text()[..self.text.position(open)].ends_with('\\');
            if escaped {
                continue;
            }
            if !(inside.starts_with('@') || inside.starts_with("-@")) {
                found.extend(self.with_words_before(open, close, document));
                continue;
            }
            let mut start = from;
            let cites = text[from..close].split(';').map(|part| {
                let cite = self.cite(part, start, document);
                start += part.len() + 1;
                cite
            });
            found.push(FoundCitation {
                text: &text[open..=close],
                cites: cites.collect(),
                span: self.text.range(open..close + 1),
            });
            from = close;
        }
        found
    }

    /// `[see @key]`, as some write it.
    fn with_words_before(&self, open: usize, close: usize, document: &Document) -> Option<FoundCitation<'_>> {
        let text = self.text.text();
        let inside = &text[open + 1..close];
        let names = |at: &usize| inside[at + 2..].starts_with(char::is_alphanumeric);
        let at = inside.find(" @").filter(names)?;
        let span = self.text.range(open..close + 1);
        let problem = Problem::error(Kind::Citation, "words stand before the work in this citation")
            .at(document.place(span.clone()))
            .suggest(
                "for a bracket of another kind write `\\[`; put words before the bracket: ",
                format!("{} [{}]", inside[..at].trim_end(), inside[at..].trim_start()),
            );
        Some(FoundCitation {
            text: &text[open..=close],
            cites: Err(Box::new(problem)),
            span,
        })
    }

    /// `[text][name]` that is no link, since nothing defines the name: the names, and where they stand.
    pub(super) fn undefined(&self, document: &Document) -> Vec<(String, Range<usize>)> {
        let text = self.text.text();
        let mut found = Vec::new();
        for (close, _) in text.match_indices("][") {
            let inside = &text[close + 2..];
            let Some(len) = inside.find(['[', ']']).filter(|len| inside[*len..].starts_with(']')) else {
                continue;
            };
            let name = &inside[..len];
            let escaped = document.text()[..self.text.position(close)].ends_with('\\');
            if !escaped && !name.trim().is_empty() && !name.starts_with(['@', '^']) && !name.starts_with("-@") {
                found.push((name.to_owned(), self.text.range(close + 1..close + 3 + len)));
            }
        }
        found
    }

    /// `@key, locator`; `start` is where the part stands in the text.
    fn cite(&self, part: &str, start: usize, document: &Document) -> Result<Cite, Box<Problem>> {
        let problem = |message: &str| {
            let lead = part.len() - part.trim_start().len();
            let place = document.place(self.text.range(start + lead..start + part.trim_end().len()));
            Problem::error(Kind::Citation, message).at(place)
        };
        let trimmed = part.trim();
        let bare = trimmed.starts_with('-');
        let Some(rest) = trimmed.strip_prefix('-').unwrap_or(trimmed).strip_prefix('@') else {
            let help = "each work is `@key` or `@key, locator`, with `;` between two works";
            return Err(Box::new(problem("this is no work to cite").help(help)));
        };
        let (key, locator) = match rest.split_once(',') {
            Some((key, locator)) => (key.trim_end(), Some(locator.trim())),
            None => (rest, None),
        };
        if let Some((key, locator)) = key.split_once(char::is_whitespace) {
            let dash = if bare { "-" } else { "" };
            if key.is_empty() {
                let mended = format!("{dash}@{}", locator.trim());
                return Err(Box::new(
                    problem("no space stands behind the `@` of a citation").suggest("write ", mended),
                ));
            }
            return Err(Box::new(problem("a key is one word").suggest(
                "a comma parts the key from the place in the work: ",
                format!("{dash}@{key}, {}", locator.trim()),
            )));
        }
        if let Some(locator) = locator.filter(|it| it.trim_start_matches('-').starts_with('@')) {
            let mended = format!("{}@{key}; {locator}", if bare { "-" } else { "" });
            let problem = problem("no work is a place in another work");
            return Err(Box::new(problem.suggest("a semicolon parts two works: ", mended)));
        }
        if key.is_empty() {
            return Err(Box::new(problem("this citation has no key").help("write it as `[@key]`")));
        }
        let at = start + (key.as_ptr() as usize - part.as_ptr() as usize);
        Ok(Cite {
            key: key.to_owned(),
            key_span: self.text.range(at..at + key.len()),
            locator: locator.filter(|locator| !locator.is_empty()).map(str::to_owned),
            bare,
        })
    }
}
