//! Text put together from pieces of a document, and the way back from it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A reference to a character, such as `&amp;`.
static ENTITY: LazyLock<Regex> = LazyLock::new(|| Regex::new("^&#?[0-9A-Za-z]+;").expect("a constant"));

/// Text that stands in a document piece by piece, with the marks of quotes between two lines of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MappedText {
    text: String,
    /// Offset in the text and in the document.
    pieces: Vec<(usize, usize)>,
}

/// The characters that markdown reads in a text, and where in it each is written. With `escapes`, a backslash before a
/// sign is none of them.
pub(super) fn places(read: &str, written: &str, escapes: bool) -> impl Iterator<Item = (char, usize)> {
    let mut at = 0;
    read.char_indices().map(move |(offset, c)| {
        let rest = &written[at..];
        let entity = ENTITY.find(rest).map(|entity| entity.as_str());
        let escaped = escapes && rest.starts_with('\\') && c.is_ascii_punctuation() && rest[1..].starts_with(c);
        let (found, length) = match entity.filter(|entity| !read[offset..].starts_with(entity)) {
            Some(entity) => (0, entity.len()),
            None if escaped => (1, 1),
            None if c == ' ' && rest.starts_with(['\r', '\n']) => (0, 1),
            None => rest.find(c).map_or((0, 0), |found| (found, c.len_utf8())),
        };
        let place = at + found;
        at = place + length;
        (c, place)
    })
}

impl MappedText {
    /// What markdown reads in a text that stands in the document: without escapes, references and ends of lines.
    pub(super) fn read(read: &str, written: &str, start: usize) -> MappedText {
        let mut text = MappedText::default();
        text.add(read, written, start);
        text
    }

    /// Appends what is read of a text that stands in the document.
    pub(super) fn add(&mut self, read: &str, written: &str, start: usize) {
        if read == written {
            return self.push(read, start);
        }
        for (c, place) in places(read, written, false) {
            self.push(c.encode_utf8(&mut [0; 4]), start + place);
        }
    }

    /// A part of the text.
    pub(crate) fn slice(&self, span: Range<usize>) -> MappedText {
        let mut slice = MappedText::default();
        slice.push("", self.position(span.start));
        slice.append(self, span);
        slice
    }

    /// The text with its places in the document in which the text stands that they were places of.
    pub(super) fn through(&self, outer: &MappedText) -> MappedText {
        let mut through = MappedText::default();
        for (offset, c) in self.text.char_indices() {
            through.push(c.encode_utf8(&mut [0; 4]), outer.position(self.position(offset)));
        }
        through
    }

    /// The text without a part of it.
    pub(super) fn without(&self, span: Range<usize>) -> MappedText {
        let mut rest = self.slice(0..span.start);
        rest.append(self, span.end..self.text.len());
        rest
    }

    /// Puts another text of as many bytes into the place of a part.
    pub(crate) fn replace(&mut self, span: Range<usize>, text: &str) {
        self.text.replace_range(span, text);
    }

    pub(super) fn append(&mut self, other: &MappedText, span: Range<usize>) {
        for (index, (start, _)) in other.pieces.iter().enumerate() {
            let end = other.pieces.get(index + 1).map_or(span.end, |(next, _)| *next);
            let part = span.start.max(*start)..span.end.min(end);
            if !part.is_empty() {
                self.push(&other.text[part.clone()], other.position(part.start));
            }
        }
    }

    /// Appends a piece that stands at this place of the document.
    pub(super) fn push(&mut self, text: &str, start: usize) {
        if self.pieces.is_empty() || self.position(self.text.len()) != start {
            self.pieces.push((self.text.len(), start));
        }
        self.text.push_str(text);
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where a byte of the text stands in the document.
    pub(crate) fn position(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|(start, _)| *start <= offset);
        let (start, place) = self.pieces[..index].last().copied().unwrap_or_default();
        place + offset - start
    }

    /// Where a range of the text stands in the document.
    pub(crate) fn range(&self, span: Range<usize>) -> Range<usize> {
        let start = self.position(span.start);
        if span.is_empty() {
            start..start
        } else {
            start..self.position(span.end - 1) + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_references_and_line_ends_lead_back() {
        for (read, written, places) in [
            ("a > b", "a \\> b", vec![0, 1, 3, 4, 5]),
            ("a&&b", "a&amp;&#38;b", vec![0, 1, 6, 11]),
            ("a + 1", "a +\r\n> 1", vec![0, 1, 2, 3, 7]),
            ("&amp;", "&amp;", vec![0, 1, 2, 3, 4]),
            ("\u{2264}x", "&le;x", vec![0, 1, 2, 4]),
            ("x", "", vec![0]),
        ] {
            let text = MappedText::read(read, written, 0);
            let found: Vec<usize> = (0..read.len()).map(|at| text.position(at)).collect();
            assert_eq!(found, places, "{written}");
        }
    }

    #[test]
    fn parts_lead_back() {
        let text = MappedText::read("ab cd", "ab\n> cd", 10);
        let part = text.slice(1..4);
        assert_eq!((part.text(), part.range(0..3)), ("b c", 11..16));
        let rest = text.without(1..3);
        assert_eq!((rest.text(), rest.range(1..3)), ("acd", 15..17));
        let empty = text.slice(5..5);
        assert_eq!((empty.text(), empty.position(0)), ("", 17));
    }

    #[test]
    fn ranges_lead_back_over_the_marks_of_a_quote() {
        let mut stretch = MappedText::default();
        stretch.push("one\n", 2);
        stretch.push("two", 8);
        assert_eq!(stretch.text(), "one\ntwo");
        assert_eq!(stretch.range(2..6), 4..10);
        assert_eq!(stretch.range(4..7), 8..11);
        assert_eq!(stretch.range(4..4), 8..8);
    }
}
