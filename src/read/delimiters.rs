//! Formulas as books have them whose pages were set by MathJax or KaTeX, rewritten as recto's own: `$…$` and `$$…$$`.
//!
//! MathJax reads the page, so that `\\(` of the markdown is its `\(`, and `\\\\` its `\\`. KaTeX's preprocessor reads the
//! markdown, with `$ x $` and with any line between two `$$`; those that markdown reads otherwise are mended where they are found.

use std::ops::Range;

use pulldown_cmark::{Event, Options as Extensions, Parser, Tag, TagEnd};

use crate::problem::{Kind, Problem};
use crate::source::Document;

/// What a book was set by before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delimiters {
    #[default]
    Own,
    MathJax,
    Katex,
}

/// A piece of what MathJax reads, and where it is written. They follow each other in both texts.
struct Piece {
    /// Where it begins in the run.
    at: usize,
    text: String,
    written: Range<usize>,
    in_table: bool,
}

/// Text of one paragraph that no code and no image interrupts.
#[derive(Default)]
struct Run {
    text: String,
    pieces: Vec<Piece>,
    /// Where the last thing of it ends in the markdown.
    end: usize,
    in_table: bool,
    /// Whether marks of emphasis stand behind its end, which are signs of a formula if they stand in one.
    has_marks: bool,
}

/// How a formula begins for MathJax, how it ends, and whether it is a display.
const PAIRS: [(&str, &str, bool); 3] = [("\\(", "\\)", false), ("\\[", "\\]", true), ("$$", "$$", true)];

/// The document with recto's dollars in the place of MathJax's delimiters, and those of them that nothing closes.
pub(super) fn of_mathjax(document: Document, extensions: Extensions) -> (Document, Vec<Problem>) {
    let text = document.text();
    if !["\\\\(", "\\\\[", "$"].iter().any(|mark| text.contains(mark)) {
        return (document, Vec::new());
    }
    let mut rewriting = Rewriting {
        document: &document,
        rewritten: Document::empty(),
        copied: 0,
        problems: Vec::new(),
    };
    for run in runs(text, extensions) {
        rewriting.run(&run);
    }
    rewriting.copy_to(text.len());
    let Rewriting { rewritten, problems, .. } = rewriting;
    (rewritten, problems)
}

/// The document with what would mend these problems in its place; nothing where none of them says so.
pub(super) fn mended(document: &Document, problems: &[Problem]) -> Option<Document> {
    let replacements = problems.iter().filter(|problem| problem.kind == Kind::Formula).filter_map(|problem| {
        let suggestion = problem.suggestion.as_ref()?;
        let start = suggestion.place.position?;
        Some((start..start + suggestion.place.span.len(), suggestion.text.as_str()))
    });
    let mut replacements: Vec<(Range<usize>, &str)> = replacements.collect();
    replacements.sort_by_key(|(range, _)| range.start);
    let mut rewriting = Rewriting {
        document,
        rewritten: Document::empty(),
        copied: 0,
        problems: Vec::new(),
    };
    for (range, text) in &replacements {
        if rewriting.copied <= range.start && document.text().get(range.clone()).is_some() {
            rewriting.put(range.clone(), text);
        }
    }
    let changed = rewriting.copied > 0;
    rewriting.copy_to(document.text().len());
    changed.then_some(rewriting.rewritten)
}

fn runs(text: &str, extensions: Extensions) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = Run::default();
    let (mut in_table, mut in_block) = (false, false);
    let events = Parser::new_ext(text, extensions - Extensions::ENABLE_MATH).into_offset_iter();
    for (event, span) in events {
        match event {
            Event::Text(read) if !in_block => run.push(text, read.into_string(), span),
            Event::SoftBreak | Event::HardBreak if !run.text.is_empty() => run.has_marks = false,
            Event::InlineHtml(_)
            | Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough)
                if !run.text.is_empty() =>
            {
                run.has_marks = true;
            }
            event => {
                match event {
                    Event::Start(Tag::Table(_)) => in_table = true,
                    Event::End(TagEnd::Table) => in_table = false,
                    Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) => in_block = true,
                    Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock) => in_block = false,
                    _ => {}
                }
                let next = Run { in_table, ..Run::default() };
                runs.push(std::mem::replace(&mut run, next));
            }
        }
    }
    runs.push(run);
    runs
}

impl Run {
    fn push(&mut self, markdown: &str, read: String, span: Range<usize>) {
        let gap = if self.text.is_empty() {
            ""
        } else {
            &markdown[self.end.min(span.start)..span.start]
        };
        // The backslash of an escape is no part of what is read.
        let is_escape = gap.ends_with('\\') && read.starts_with(|c: char| c.is_ascii_punctuation());
        let gap_end = span.start - usize::from(is_escape);
        let gap = &gap[..gap.len() - usize::from(is_escape)];
        if gap.contains('\n') {
            let gap = gap.strip_prefix('\\').unwrap_or(gap);
            self.add(gap.to_owned(), gap_end - gap.len()..gap_end);
        } else if self.has_marks && !gap.is_empty() {
            self.add(gap.to_owned(), gap_end - gap.len()..gap_end);
        }
        self.has_marks = false;
        self.end = span.end;
        self.add(read, span);
    }

    fn add(&mut self, text: String, written: Range<usize>) {
        self.text.push_str(&text);
        self.pieces.push(Piece {
            at: self.text.len() - text.len(),
            text,
            written,
            in_table: self.in_table,
        });
    }

    /// Where a delimiter stands, from some place on. Behind a backslash it is none, as behind one that escapes a dollar.
    fn find(&self, delimiter: &str, from: usize) -> Option<usize> {
        let found = self.text[from..].match_indices(delimiter).map(|(at, _)| from + at);
        let mut found = found.filter(|at| !self.text[..*at].ends_with('\\'));
        found.next()
    }

    /// Where a range of the run is written, piece by piece; nothing where a piece is written in other letters.
    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (&str, Range<usize>, bool)> {
        let pieces = self
            .pieces
            .iter()
            .filter(move |piece| piece.at < range.end && range.start < piece.at + piece.text.len());
        pieces.map(move |piece| {
            let start = range.start.max(piece.at) - piece.at;
            let end = range.end.min(piece.at + piece.text.len()) - piece.at;
            let is_copy = piece.written.len() == piece.text.len();
            let at = piece.written.start;
            let written = if is_copy { at + start..at + end } else { piece.written.clone() };
            (&piece.text[start..end], written, piece.in_table)
        })
    }

    /// Where a delimiter is written, with the backslash that escapes it.
    fn delimiter(&self, markdown: &str, range: Range<usize>) -> Range<usize> {
        let mut written = self.parts(range).map(|(_, written, _)| written);
        let first = written.next().unwrap_or_default();
        let end = written.last().map_or(first.end, |last| last.end);
        let is_escaped = markdown[first.start..].starts_with('\\') && markdown[..first.start].ends_with('\\');
        first.start - usize::from(is_escaped)..end
    }
}

struct Rewriting<'a> {
    document: &'a Document,
    rewritten: Document,
    /// Up to where the document is in it.
    copied: usize,
    problems: Vec<Problem>,
}

impl Rewriting<'_> {
    fn copy_to(&mut self, end: usize) {
        if self.copied < end {
            self.rewritten.append(self.document, self.copied..end);
            self.copied = end;
        }
    }

    /// Puts a text in the place of a range.
    fn put(&mut self, range: Range<usize>, text: &str) {
        self.copy_to(range.start);
        let place = self.document.place(range.clone());
        self.rewritten.push_made(&place.file, place.span, text);
        self.copied = range.end;
    }

    fn run(&mut self, run: &Run) {
        let markdown = self.document.text();
        let mut at = 0;
        let next = |at: usize| {
            let found = PAIRS.iter().filter_map(|pair| Some((run.find(pair.0, at)?, pair)));
            found.min_by_key(|(found, _)| *found)
        };
        while let Some((found, (open, close, display))) = next(at) {
            self.between(run, at..found);
            let start = found + open.len();
            let opening = run.delimiter(markdown, found..start);
            let Some(end) = run.find(close, start) else {
                // Dollars that nothing closes are told with all that markdown takes apart.
                if *open != "$$" {
                    self.problems.push(unclosed(self.document, opening, close));
                }
                at = start;
                continue;
            };
            at = end + close.len();
            let closing = run.delimiter(markdown, end..at);
            let mark = if *display { "$$" } else { "$" };
            self.put(opening, mark);
            self.latex(run, start..end);
            self.copied = closing.start;
            self.put(closing.clone(), mark);
            self.set_off(closing.end);
        }
        self.between(run, at..run.text.len());
    }

    /// What stands between formulas.
    fn between(&mut self, run: &Run, range: Range<usize>) {
        for close in ["\\)", "\\]"] {
            if let Some(found) = run.find(close, range.start).filter(|found| *found < range.end) {
                let closing = run.delimiter(self.document.text(), found..found + close.len());
                self.problems.push(unopened(self.document, closing, close));
            }
        }
        self.dollars(run, range);
    }

    /// The LaTeX of a formula, without the blanks around it.
    fn latex(&mut self, run: &Run, range: Range<usize>) {
        let inner = &run.text[range.clone()];
        let start = range.end - inner.trim_start().len();
        let end = start + inner.trim().len();
        for (text, written, in_table) in run.parts(start..end) {
            self.copied = written.start;
            if in_table && text.contains('|') {
                self.put(written, &text.replace('|', "\\vert{}"));
            } else if written.len() == text.len() {
                self.copy_to(written.end);
            } else {
                self.put(written, text);
            }
        }
    }

    /// A digit behind the last dollar would make it that of a price.
    fn set_off(&mut self, at: usize) {
        if let Some(digit) = self.document.text()[at..].chars().next().filter(char::is_ascii_digit) {
            self.put(at..at + 1, &format!("&#{};", u32::from(digit)));
        }
    }

    /// A single dollar is none of MathJax's delimiters.
    fn dollars(&mut self, run: &Run, range: Range<usize>) {
        let markdown = self.document.text();
        let dollars = run.text[range.clone()].match_indices('$').map(|(at, _)| range.start + at);
        let written = dollars.filter_map(|at| run.parts(at..at + 1).next().map(|(_, written, _)| written));
        for written in written.collect::<Vec<_>>() {
            if self.copied <= written.start
                && &markdown[written.clone()] == "$"
                && !markdown[..written.start].ends_with('\\')
            {
                self.put(written, "\\$");
            }
        }
    }
}

fn unopened(document: &Document, closing: Range<usize>, close: &str) -> Problem {
    let written = document.text()[closing.clone()].to_owned();
    let open = if close.ends_with(')') { "(" } else { "[" };
    Problem::error(
        Kind::Formula,
        format!("`{written}` closes a formula, and none is opened before it in this paragraph"),
    )
    .at(document.place(closing))
    .help(format!("write `\\\\{open}` where the formula begins"))
}

fn unclosed(document: &Document, opening: Range<usize>, close: &str) -> Problem {
    let written = document.text()[opening.clone()].to_owned();
    Problem::error(Kind::Formula, format!("`{written}` opens a formula, and none closes it in this paragraph"))
        .at(document.place(opening))
        .help(format!("write `\\{close}` where the formula ends"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples;
    use super::*;
    use crate::source::SourceFile;

    fn rewritten(text: &str) -> String {
        let document = Document::of_file(&SourceFile::new("a.md", text));
        of_mathjax(document, Extensions::ENABLE_TABLES).0.text().to_owned()
    }

    #[test]
    fn a_page_with_mathjax_has_these_formulas() {
        for (text, expected) in [
            (r"a \\( x_1 \\) b", "a $x_1$ b"),
            (r"\\[ a \\\\ b \_ c \\]", r"$$a \\ b _ c$$"),
            (r"\\(a_{i} b_{j} *c* \{\\)", "$a_{i} b_{j} *c* {$"),
            ("> \\\\(a\n> b\\\\)", "> $a\n> b$"),
            (r"`\\(x\\)` costs $5, \$6", r"`\\(x\\)` costs \$5, \$6"),
            (r"\\(a &lt; b\\)2", "$a < b$&#50;"),
            (r"\(x\)", r"\(x\)"),
        ] {
            assert_eq!(rewritten(text), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_text_is_rewritten(text in r#"([\\()\[\]$_*<>&;|`é漢a1 \n-]|\\\\[()\[\]]|\$\$|&lt;|<br>|\n> |\| a \|\n)*"#) {
            let whole = rewritten(&text);
            // What is no formula stays, dollars excepted.
            if !text.contains(['\\', '$']) {
                prop_assert_eq!(&whole, &text);
            }
            for delimiters in [Delimiters::MathJax, Delimiters::Katex] {
                samples::delimited(&text, delimiters);
            }
        }
    }
}
