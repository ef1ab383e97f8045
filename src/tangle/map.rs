//! The way back from a line and column of a program to the markdown.

use std::ops::Range;

/// For each line of a program, where it comes from.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    /// Index of the lesson's item that the line belongs to.
    item: Option<usize>,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    /// Stands in the markdown from this offset on; columns are the same.
    Copied { start: usize, text: String },
    /// Written by recto on behalf of this range.
    Written(Range<usize>),
}

impl SourceMap {
    pub(super) fn push_copied(&mut self, item: Option<usize>, start: usize, text: &str) {
        self.lines.push(Line { item, origin: Origin::Copied { start, text: text.to_owned() } });
    }

    pub(super) fn push_written(&mut self, item: Option<usize>, span: Range<usize>) {
        self.lines.push(Line { item, origin: Origin::Written(span) });
    }

    /// The item to which a line (from 1) belongs.
    pub fn item(&self, line: usize) -> Option<usize> {
        self.lines.get(line.wrapping_sub(1))?.item
    }

    /// The document's range for a stretch of the program; lines and columns count from 1, columns
    /// in characters, as rustc's do. Nothing for lines that stand for no part of the document.
    pub fn locate(&self, from: (usize, usize), to: (usize, usize)) -> Option<Range<usize>> {
        let start = self.offset(from)?;
        let end = self.offset(to).map_or(start.end, |end| if to == from { start.start } else { end.start });
        Some(match (&self.lines.get(from.0 - 1)?.origin, end) {
            (Origin::Written(span), _) => span.clone(),
            (_, end) => start.start..end.max(start.start),
        })
    }

    fn offset(&self, (line, column): (usize, usize)) -> Option<Range<usize>> {
        match &self.lines.get(line.wrapping_sub(1))?.origin {
            Origin::Written(span) => Some(span.clone()),
            Origin::Copied { start, text } => {
                let within = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
                Some(start + within..start + text.len())
            }
        }
    }
}
