//! Text put together from pieces of a document, and the way back from it.

use std::ops::Range;

/// Text that stands in a document piece by piece, with the marks of quotes between two lines of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MappedText {
    text: String,
    /// Offset in the text and in the document.
    pieces: Vec<(usize, usize)>,
}

impl MappedText {
    /// Appends a piece that stands at this place of the document.
    pub(super) fn push(&mut self, text: &str, start: usize) {
        self.pieces.push((self.text.len(), start));
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
