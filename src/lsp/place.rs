//! Places as the protocol has them: lines from 0, columns in units of UTF-16.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use url::Url;

use crate::source::{Place, SourceFile};

/// The file that an address of the protocol names.
pub(super) fn path_of(uri: &Value) -> Option<PathBuf> {
    Url::parse(uri.as_str()?).ok()?.to_file_path().ok()
}

/// The address of a file.
pub(super) fn uri_of(path: &Path) -> Option<String> {
    Some(Url::from_file_path(path).ok()?.into())
}

/// Where the protocol's position stands in a text; behind the end of a line it is that end.
pub(super) fn offset_of(text: &str, position: &Value) -> Option<usize> {
    let (line, column) = (position["line"].as_u64()?, position["character"].as_u64()?);
    let mut start = 0;
    for _ in 0..line {
        start += text[start..].find('\n')? + 1;
    }
    let line = text[start..].lines().next().unwrap_or_default();
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= column {
            return Some(start + at);
        }
        units += c.len_utf16() as u64;
    }
    Some(start + line.len())
}

fn position_at(file: &SourceFile, offset: usize) -> Value {
    let offset = file.text.floor_char_boundary(offset);
    let line = file.lines().line(offset);
    // A byte order mark is no column.
    let start = file.lines().start(line).min(offset);
    json!({ "line": line - 1, "character": file.text[start..offset].encode_utf16().count() })
}

pub(super) fn range_of(file: &SourceFile, span: &Range<usize>) -> Value {
    json!({ "start": position_at(file, span.start), "end": position_at(file, span.end) })
}

/// A place that an editor can go to.
pub(super) fn location_of(place: &Place) -> Option<Value> {
    Some(json!({ "uri": uri_of(place.path())?, "range": range_of(&place.file, &place.span) }))
}

/// The lines of an old text that are in a new one too, whatever was edited around them.
#[derive(Debug)]
pub(super) struct Kept(Vec<(Range<usize>, usize)>);

impl Kept {
    pub(super) fn of(old: &str, new: &str) -> Kept {
        let lines = |text: &'_ str| -> Vec<(usize, String)> {
            let starts = text.split_inclusive('\n').scan(0, |at, line| {
                let start = *at;
                *at += line.len();
                Some((start, line.to_owned()))
            });
            starts.collect()
        };
        let (before, after) = (lines(old), lines(new));
        let texts = |lines: &[(usize, String)]| lines.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>();
        let changes = similar::capture_diff_slices(similar::Algorithm::Myers, &texts(&before), &texts(&after));
        let start = |lines: &[(usize, String)], line: usize, text: &str| lines.get(line).map_or(text.len(), |it| it.0);
        let kept = changes.iter().filter_map(|change| match *change {
            similar::DiffOp::Equal { old_index, new_index, len } => {
                let span = start(&before, old_index, old)..start(&before, old_index + len, old);
                Some((span, start(&after, new_index, new)))
            }
            _ => None,
        });
        Kept(kept.collect())
    }

    /// Where what stood at a span of the old text stands in the new one.
    pub(super) fn moved(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let (old, new) = self.0.iter().find(|(old, _)| old.start <= span.start && span.end <= old.end)?;
        Some(span.start - old.start + new..span.end - old.start + new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_units_of_utf16() {
        let file = SourceFile::new("a.md", "\u{feff}é😀x\r\n\nλ");
        let x = file.text.find('x').unwrap();
        assert_eq!(position_at(&file, x), json!({ "line": 0, "character": 3 }));
        assert_eq!(position_at(&file, file.text.len()), json!({ "line": 2, "character": 1 }));
        let text = "é😀x\r\n\nλ";
        for (line, character, rest) in [
            (0, 0, "é😀x\r\n\nλ"),
            (0, 3, "x\r\n\nλ"),
            (0, 99, "\r\n\nλ"),
            (1, 5, "\nλ"),
            (2, 1, ""),
        ] {
            let offset = offset_of(text, &json!({ "line": line, "character": character })).unwrap();
            assert_eq!(&text[offset..], rest);
        }
        assert_eq!(offset_of(text, &json!({ "line": 9, "character": 0 })), None);
    }

    #[test]
    fn a_line_that_was_not_edited_has_moved_with_the_rest() {
        let at = |old: &str, new: &str, word: &str| {
            let start = old.find(word).unwrap();
            let moved = Kept::of(old, new).moved(&(start..start + word.len()));
            moved.map(|span| new[span].to_owned())
        };
        let (old, new) = ("one\ntwo\nthree\nfour", "new\none\n2\nthree\nand more\nfour");
        for word in ["one", "three", "four"] {
            assert_eq!(at(old, new, word).as_deref(), Some(word));
        }
        assert_eq!(at(old, new, "two"), None);
        assert_eq!(at(old, new, "two\nthree"), None);
        assert_eq!(at("a", "", "a"), None);
        assert_eq!(at("a\nb\n", "a\nb\n", "a\nb").as_deref(), Some("a\nb"));
    }
}
