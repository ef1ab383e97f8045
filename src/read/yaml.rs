//! YAML that stands inside markdown, a few lines at a time, with its errors led back to the page.

use std::collections::HashMap;
use std::ops::Range;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_saphyr::{Error, Location, MessageFormatter, Spanned, UserMessageFormatter};

use super::keys;
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// A line of YAML and where its first byte stands in the document.
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

/// Reads the lines as one mapping whose keys are the fields of `T`; an unknown key hides no other.
pub(super) fn read<T: DeserializeOwned + Default>(
    document: &Document,
    lines: &[Line<'_>],
    kind: Kind,
    what: &str,
) -> (T, Vec<Problem>) {
    let text: String = lines.iter().flat_map(|line| [line.text, "\n"]).collect();
    if text.trim().is_empty() {
        return Default::default();
    }
    let mut problems = Vec::new();
    let keys: Result<HashMap<Spanned<String>, IgnoredAny>, Error> = serde_saphyr::from_str(&text);
    let read = keys.and_then(|keys| {
        let keys = keys.into_keys().map(|key| {
            let Range { start, end } = rest_of_line(lines, key.referenced);
            let length = key.referenced.span().byte_len().map_or(0, |length| length as usize);
            (key.value, document.place(start..end.min(start + length)))
        });
        problems = keys::unknown::<T>(keys, &[], kind, what);
        serde_saphyr::from_str(&text)
    });
    let read = read.unwrap_or_else(|error| {
        let error = error.without_snippet();
        let reason = UserMessageFormatter.format_message(error);
        let at = error.location().unwrap_or(Location::UNKNOWN);
        let help = text_that_yaml_reads(lines, at).unwrap_or_else(|| {
            let keys = keys::fields_of::<T>().join(", ");
            format!("each line is `key: value` in YAML; the {what}s are {keys}")
        });
        let problem = Problem::error(kind, format!("this {what} can't be read: {reason}"));
        problems.push(problem.at(document.place(rest_of_line(lines, at))).help(help));
        T::default()
    });
    (read, problems)
}

/// How to write text on the line of this place in which YAML finds marks of its own, such as the `[` of a claim.
fn text_that_yaml_reads(lines: &[Line<'_>], at: Location) -> Option<String> {
    let line = lines.get((at.line() as usize).checked_sub(1)?)?;
    let (key, text) = line.text.split_once(": ")?;
    let text = text.trim();
    if key.trim() == "names" {
        return Some("to YAML one of these names is more than text; put it in quotes: `names: ['*a', b]`".to_owned());
    }
    let is_marked = text.starts_with(['[', '`', '*', '&', '!', '%', '@', '{', '#']) || text.contains(": ");
    is_marked.then(|| {
        format!(
            "to YAML it is no text; write `{key}: >-` and the text on the next line, with two spaces more before it"
        )
    })
}

/// From a place in the YAML to the end of its line, in the document.
fn rest_of_line(lines: &[Line<'_>], at: Location) -> Range<usize> {
    let line = &lines[(at.line() as usize).saturating_sub(1).min(lines.len() - 1)];
    let column = (at.column() as usize).saturating_sub(1);
    let offset = line.text.char_indices().nth(column).map_or(0, |(offset, _)| offset);
    line.start + offset..line.start + line.text.len()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::source::SourceFile;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, rename_all = "kebab-case")]
    struct Options {
        label: Option<String>,
        line_numbers: bool,
    }

    /// What is read, and each problem with the text that it marks.
    fn read(text: &str) -> (Options, Vec<(String, String)>) {
        let document = Document::of_file(&SourceFile::new("a.md", text));
        let mut start = 0;
        let lines = text.split_inclusive('\n').map(|line| {
            start += line.len();
            Line {
                text: line.trim_end_matches('\n'),
                start: start - line.len(),
            }
        });
        let lines: Vec<Line<'_>> = lines.collect();
        let (options, problems) = super::read(&document, &lines, Kind::Option, "option");
        let told = |problem: Problem| {
            let marked = problem.place.map(|place| text[place.span].to_owned());
            (problem.message, marked.unwrap_or_default())
        };
        (options, problems.into_iter().map(told).collect())
    }

    fn wrong(text: &str) -> Vec<(String, String)> {
        read(text).1
    }

    #[test]
    fn each_unknown_key_is_told_where_it_stands() {
        let unknown = |key: &str, marked: &str| (format!("unknown option `{key}`"), marked.to_owned());
        assert_eq!(wrong("labell: a\nlabel: b\nö: 1"), [unknown("labell", "labell"), unknown("ö", "ö")]);
        assert_eq!(
            wrong("label: ö\n\"ö\": 1\n'two words': 2"),
            [unknown("ö", "\"ö\""), unknown("two words", "'two words'")]
        );
        assert_eq!(wrong("  label: a\n  labell: b"), [unknown("labell", "labell")]);
        assert_eq!(wrong(" {label: a, labell : b} "), [unknown("labell", "labell")]);
        let (options, wrong) = read("label: a\nlabell: b\nline-numbers: perhaps");
        assert_eq!(wrong[0], unknown("labell", "labell"));
        assert_eq!(wrong[1].1, "perhaps");
        assert_eq!((options, wrong.len()), (Options::default(), 2));
    }

    #[test]
    fn text_that_looks_like_a_key_is_text() {
        for (text, label) in [
            ("label: |\n  note: b", "note: b\n"),
            ("label: \"a\nnote: b\"", "a note: b"),
            ("label: >-\n  a\n  \"note\": b", "a \"note\": b"),
            ("label: a # note: b", "a"),
            ("# note: b\n\"label\": a", "a"),
        ] {
            let label = Some(label.to_owned());
            let line_numbers = false;
            assert_eq!(read(text), (Options { label, line_numbers }, vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_no_mapping_is_told_once() {
        for (text, marked) in [
            ("label", "label"),
            ("label: [a", "[a"),
            ("label: a: b", ": b"),
            ("label: a\nlabel: b", "label: b"),
        ] {
            let wrong = wrong(text);
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert_eq!(wrong[0].1, marked, "{wrong:?}");
        }
    }
}
