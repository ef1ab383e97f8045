//! Brackets of a text, and which of them are open around a part of it: found in one pass for all parts.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// The brackets in a paragraph around a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Brackets {
    /// The one that is open where it begins.
    pub(super) open: Option<usize>,
    /// The one that closes what is open where it ends.
    pub(super) close: Option<usize>,
    /// The one that opens what is closed right before it.
    pub(super) before: Option<usize>,
}

impl Brackets {
    /// Those around ranges that stand in the order of the text. Escaped ones don't count.
    pub(super) fn around(text: &str, spans: &[Range<usize>]) -> Vec<Brackets> {
        static MARKS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\[\]]|\n\n").expect("a constant"));
        let marks = MARKS.find_iter(text).filter(|mark| !is_escaped(text, mark.start()));
        let marks: Vec<(usize, u8)> = marks.map(|mark| (mark.start(), mark.as_str().as_bytes()[0])).collect();
        let mut found = vec![Brackets::default(); spans.len()];
        let mut open: Vec<usize> = Vec::new();
        let (mut closed, mut rest) = (None, marks.iter().peekable());
        for (span, found) in spans.iter().zip(&mut found) {
            while let Some((at, mark)) = rest.next_if(|(at, _)| *at < span.start) {
                match mark {
                    b'[' => open.push(*at),
                    b']' => closed = open.pop().map(|open| (*at, open)),
                    _ => open.clear(),
                }
            }
            found.open = open.last().copied();
            found.before = closed.filter(|(at, _)| at + 1 == span.start).map(|(_, open)| open);
        }
        let mut by_end: Vec<usize> = (0..spans.len()).collect();
        by_end.sort_by_key(|index| std::cmp::Reverse(spans[*index].end));
        let mut close: Vec<usize> = Vec::new();
        let mut rest = marks.iter().rev().peekable();
        for index in by_end {
            while let Some((at, mark)) = rest.next_if(|(at, _)| *at >= spans[index].end) {
                match mark {
                    b']' => close.push(*at),
                    b'[' => drop(close.pop()),
                    _ => close.clear(),
                }
            }
            found[index].close = close.last().copied();
        }
        found
    }
}

/// Whether an odd number of backslashes stands before a position.
pub(super) fn is_escaped(text: &str, at: usize) -> bool {
    let before = &text[..at];
    (before.len() - before.trim_end_matches('\\').len()) % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_open_brackets_count() {
        let text = "[a [b] x c] \\[y]\n\n] z [w] v";
        let at = |part: &str| {
            let start = text.find(part).unwrap();
            start..start + part.len()
        };
        let spans = [at("x"), at("c"), at("y"), at("z"), at("v")];
        let brackets = |open, close, before| Brackets { open, close, before };
        assert_eq!(
            Brackets::around(text, &spans),
            [
                brackets(Some(0), Some(10), None),
                brackets(Some(0), Some(10), None),
                brackets(None, Some(15), None),
                brackets(None, None, None),
                brackets(None, None, None),
            ]
        );
        assert_eq!(Brackets::around("[a][b]", &[0..3, 3..6])[1], brackets(None, None, Some(0)));
    }
}
