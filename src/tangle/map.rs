//! The way back from a line and column of a program to the markdown.

use std::ops::Range;

/// For each line of a program, where it comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceMap {
    lines: Vec<MappedLine>,
}

#[derive(Clone, Debug)]
struct MappedLine {
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
        self.lines.push(MappedLine {
            item,
            origin: Origin::Copied {
                start,
                text: text.to_owned(),
            },
        });
    }

    pub(super) fn push_written(&mut self, item: Option<usize>, span: Range<usize>) {
        self.lines.push(MappedLine {
            item,
            origin: Origin::Written(span),
        });
    }

    /// The item to which a line (from 1) belongs.
    pub(crate) fn item(&self, line: usize) -> Option<usize> {
        self.lines.get(line.wrapping_sub(1))?.item
    }

    /// The document's range for a stretch of the program; lines and columns count from 1, columns
    /// in characters, as rustc's do. Nothing for lines that stand for no part of the document.
    pub(crate) fn locate(&self, from: (usize, usize), to: (usize, usize)) -> Option<Range<usize>> {
        let lines = self.lines.get(from.0.checked_sub(1)?..to.0.min(self.lines.len()))?;
        // Of a stretch that begins or ends in recto's own words, what is copied from the page counts.
        let mut copied = lines
            .iter()
            .zip(from.0..)
            .filter_map(|(line, number)| match &line.origin {
                Origin::Copied { start, text } => {
                    let offset = |column: usize| text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at);
                    let first = if number == from.0 {
                        offset(from.1.max(1))
                    } else {
                        text.len() - text.trim_start().len()
                    };
                    let last = if number == to.0 {
                        offset(to.1.max(1))
                    } else {
                        text.len()
                    };
                    Some(start + first..start + last)
                }
                Origin::Written(_) => None,
            });
        match (copied.next(), &lines.first()?.origin) {
            (Some(first), _) => {
                let end = copied.last().map_or(first.end, |last| last.end);
                Some(first.start..end.max(first.start))
            }
            (None, Origin::Written(span)) => Some(span.clone()),
            (None, Origin::Copied { .. }) => None,
        }
    }
}
