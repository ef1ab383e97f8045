//! The way back from a line and column of a program to the markdown.

use std::ops::Range;

use crate::read::MappedText;

/// For each line of a program, where its segments come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceMap {
    lines: Vec<Vec<Segment>>,
}

/// A segment of a line, up to the next one.
#[derive(Clone, Debug)]
struct Segment {
    /// Its first column, from 1, in characters.
    column: usize,
    /// Index of the lesson's item that it belongs to.
    item: Option<usize>,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    /// Stands in the markdown.
    Copied(MappedText),
    /// Written by recto on behalf of this range.
    Written(Range<usize>),
}

impl SourceMap {
    pub(super) fn push_copied(&mut self, column: usize, item: Option<usize>, text: MappedText) {
        self.push(column, item, Origin::Copied(text));
    }

    pub(super) fn push_written(&mut self, column: usize, item: Option<usize>, span: Range<usize>) {
        self.push(column, item, Origin::Written(span));
    }

    fn push(&mut self, column: usize, item: Option<usize>, origin: Origin) {
        if self.lines.is_empty() {
            self.end_line();
        }
        if let Some(line) = self.lines.last_mut() {
            line.push(Segment { column, item, origin });
        }
    }

    pub(super) fn end_line(&mut self) {
        self.lines.push(Vec::new());
    }

    /// The item to which a place in the program belongs; line and column count from 1.
    pub(crate) fn item(&self, line: usize, column: usize) -> Option<usize> {
        let segments = self.lines.get(line.wrapping_sub(1))?;
        let before = segments.iter().take_while(|segment| segment.column <= column).last();
        before.or(segments.first())?.item
    }

    /// The item and the document's range of a stretch of one line that is copied from the page, all of it.
    pub(crate) fn copied(&self, (line, from): (usize, usize), to: usize) -> Option<(usize, Range<usize>)> {
        let segments = self.lines.get(line.wrapping_sub(1))?;
        let segment = segments.iter().rfind(|segment| segment.column <= from)?;
        let Origin::Copied(text) = &segment.origin else {
            return None;
        };
        let is_whole = to <= segment.column + text.text().chars().count();
        is_whole.then_some((segment.item?, segment.range(text, line, (line, from), (line, to))))
    }

    /// The document's range for a stretch of the program; lines and columns count from 1, columns
    /// in characters, as rustc's do. Nothing for lines that stand for no part of the document.
    pub(crate) fn locate(&self, from: (usize, usize), to: (usize, usize)) -> Option<Range<usize>> {
        let lines = self.lines.get(from.0.checked_sub(1)?..to.0.min(self.lines.len()))?;
        let after = to.max((from.0, from.1 + 1));
        let mut first = None;
        // Of a stretch that begins or ends in recto's own words, what is copied from the page counts.
        let mut copied: Option<Range<usize>> = None;
        for (line, number) in lines.iter().zip(from.0..) {
            let ends = line.iter().skip(1).map(|next| next.column).chain([usize::MAX]);
            for (segment, end) in line.iter().zip(ends) {
                if (number, segment.column) >= after || (number, end) <= from {
                    continue;
                }
                first = first.or(Some(&segment.origin));
                if let Origin::Copied(mapped) = &segment.origin {
                    let range = segment.range(mapped, number, from, to);
                    let start = copied.map_or(range.start, |copied| copied.start);
                    copied = Some(start..range.end.max(start));
                }
            }
        }
        copied.or(match first? {
            Origin::Written(span) => Some(span.clone()),
            Origin::Copied(_) => None,
        })
    }
}

impl Segment {
    /// The document's range for what of a copied segment, on the line of this number, is in a stretch of the program.
    fn range(&self, mapped: &MappedText, number: usize, from: (usize, usize), to: (usize, usize)) -> Range<usize> {
        let text = mapped.text();
        let offset = |column: usize| {
            let within = column.saturating_sub(self.column);
            text.char_indices().nth(within).map_or(text.len(), |(at, _)| at)
        };
        let first = if number == from.0 {
            offset(from.1)
        } else {
            text.len() - text.trim_start().len()
        };
        let last = if number == to.0 { offset(to.1) } else { text.len() };
        mapped.range(first..last.max(first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tangle;
    use super::*;
    use crate::read::{Edition, Scope, samples};

    /// Each copied character of a lesson's programs leads back to the same one of the page.
    fn check(text: &str) -> Result<(), TestCaseError> {
        for scope in [Scope::Lesson, Scope::Block] {
            let lesson = &samples::book(text, scope).lessons[0];
            for program in tangle(lesson, Edition::E2024).programs {
                let lines: Vec<&str> = program.source.split_terminator('\n').collect();
                // The line after the last is empty.
                prop_assert_eq!(lines.len() + 1, program.map.lines.len(), "{}", program.source);
                for ((line, segments), number) in lines.iter().zip(&program.map.lines).zip(1..) {
                    for segment in segments {
                        let Origin::Copied(mapped) = &segment.origin else {
                            continue;
                        };
                        // A `main` that is not the program's own has another name.
                        let text = mapped.text().replace("fn mine", "fn main");
                        let written = line.replace("fn mine", "fn main");
                        let written = written.chars().skip(segment.column - 1).take(text.chars().count());
                        prop_assert_eq!(&written.collect::<String>(), &text);
                        for (c, column) in text.chars().zip(segment.column..) {
                            let found = program.map.locate((number, column), (number, column + 1));
                            let found = found.and_then(|span| lesson.document.text().get(span));
                            // What is hidden, or stands elsewhere in the program, leaves spaces; markdown makes some of tabs.
                            prop_assert!(
                                c == ' ' || found == Some(c.to_string().as_str()),
                                "{line:?} {column}: {found:?}"
                            );
                        }
                    }
                }
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn copied_lines_lead_back(text in samples::text()) {
            check(&text)?;
        }

        #[test]
        fn code_leads_back(text in samples::code()) {
            check(&text)?;
        }
    }
}
