//! The way back from a line and column of a program to the markdown.

use std::ops::Range;

use crate::read::MappedText;

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
    /// Stands in the markdown; columns are the same.
    Copied(MappedText),
    /// Written by recto on behalf of this range.
    Written(Range<usize>),
}

impl SourceMap {
    pub(super) fn push_copied(&mut self, item: Option<usize>, text: MappedText) {
        self.lines.push(MappedLine { item, origin: Origin::Copied(text) });
    }

    pub(super) fn push_written(&mut self, item: Option<usize>, span: Range<usize>) {
        self.lines.push(MappedLine { item, origin: Origin::Written(span) });
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
        let mut copied = lines.iter().zip(from.0..).filter_map(|(line, number)| match &line.origin {
            Origin::Copied(mapped) => {
                let text = mapped.text();
                let offset = |column: usize| text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at);
                let first = if number == from.0 {
                    offset(from.1.max(1))
                } else {
                    text.len() - text.trim_start().len()
                };
                let last = if number == to.0 { offset(to.1.max(1)) } else { text.len() };
                Some(mapped.range(first..last.max(first)))
            }
            Origin::Written(_) => None,
        });
        match (copied.next(), &lines.first()?.origin) {
            (Some(first), _) => {
                let end = copied.last().map_or(first.end, |last| last.end);
                Some(first.start..end.max(first.start))
            }
            (None, Origin::Written(span)) => Some(span.clone()),
            (None, Origin::Copied(_)) => None,
        }
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
                prop_assert_eq!(lines.len(), program.map.lines.len(), "{}", program.source);
                for ((line, mapped), number) in lines.iter().zip(&program.map.lines).zip(1..) {
                    if matches!(mapped.origin, Origin::Written(_)) {
                        continue;
                    }
                    // A `main` that is not the program's own has another name.
                    for (c, column) in line.replace("fn mine", "fn main").chars().zip(1..) {
                        let found = program.map.locate((number, column), (number, column + 1));
                        let found = found.and_then(|span| lesson.document.text().get(span));
                        // What is hidden, or stands elsewhere in the program, leaves spaces; markdown makes some of tabs.
                        prop_assert!(c == ' ' || found == Some(c.to_string().as_str()), "{line:?} {column}: {found:?}");
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
