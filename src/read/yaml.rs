//! YAML that stands inside markdown, a few lines at a time, with its errors led back to the page.

use std::collections::HashMap;
use std::ops::Range;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_saphyr::{Error, Location, MessageFormatter, Spanned, UserMessageFormatter};

use super::keys;
use super::scalars;
pub(super) use super::scalars::Line;
use super::takes::{Form, Takes, Written};
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// How often lines are read again without what is wrong: each key twice, once as text.
const MOST_TRIES: usize = 32;
/// A longer text, in bytes, is not repeated in a help.
const LONGEST: usize = 400;

/// Reads the lines as one mapping whose keys are the fields of `T`. What is wrong with one key hides no other: a key that is
/// misspelt is taken for the one that was meant, and a value that YAML does not read for the text that is written.
pub(super) fn read<T: DeserializeOwned + Default>(
    document: &Document,
    lines: &[Line<'_>],
    kind: Kind,
    what: &str,
) -> (T, Vec<Problem>) {
    let mut entries = Entries::of(lines);
    let mut problems: Vec<Problem> = Vec::new();
    for (start, end) in entries.ranges() {
        if let Some(problem) = scalars::misread(document, &lines[start..end], kind, what) {
            problems.push(problem);
            entries.leave_out(start, true);
        }
    }
    let (mut has_keys, mut is_unreadable) = (false, false);
    for _ in 0..MOST_TRIES {
        if entries.is_empty() {
            break;
        }
        let (error, is_type) = match keys(&entries.text()) {
            Err(error) => (entries.unreadable().unwrap_or(error), false),
            Ok(keys) => {
                if !std::mem::replace(&mut has_keys, true) {
                    let places = keys.keys().map(|key| {
                        let (start, end) = key_span(lines, key);
                        (key.value.clone(), document.place(start..end))
                    });
                    problems.extend(keys::unknown::<T>(places, &[], kind, what));
                    entries.rename::<T>(&keys.into_keys().collect::<Vec<_>>());
                }
                match serde_saphyr::from_str(&entries.text()) {
                    Ok(read) => return (read, problems),
                    Err(error) => (error, true),
                }
            }
        };
        let error = error.without_snippet();
        let at = error.location().unwrap_or(Location::UNKNOWN);
        let entry = entries.at(at);
        let is_told = entries.is_quoted(entry) || !is_type && is_unreadable;
        is_unreadable |= !is_type;
        if !is_told {
            let place = document.place(rest_of_line(lines, at));
            // A table says itself what is wrong in it.
            let takes = Takes::of(entries.key(entry), kind).filter(|takes| is_type && !matches!(takes, Takes::Table));
            problems.push(match takes {
                Some(takes) => {
                    let value = &document.text()[rest_of_line(lines, at)];
                    let written = Written {
                        key: entries.key(entry),
                        value,
                        place,
                        form: Form::Yaml,
                    };
                    takes.problem(kind, &written)
                }
                None => unreadable::<T>(document, lines, (error, at), kind, what),
            });
        }
        // A label that is more than one is none, as is the name of what is to hold.
        let may_be_text = !is_type || !["label", "shake"].contains(&entries.key(entry));
        if !entries.leave_out(entry, may_be_text) {
            break;
        }
    }
    (T::default(), problems)
}

/// The keys of a mapping.
fn keys(text: &str) -> Result<HashMap<Spanned<String>, IgnoredAny>, Error> {
    serde_saphyr::from_str(text)
}

fn unreadable<T: DeserializeOwned>(
    document: &Document,
    lines: &[Line<'_>],
    (error, at): (&Error, Location),
    kind: Kind,
    what: &str,
) -> Problem {
    let problem = |message: String| Problem::error(kind, message).at(document.place(rest_of_line(lines, at)));
    if let Some(text) = marked_text(lines, at) {
        let problem = problem(format!("YAML takes a part of this {what} for marks of its own"));
        let written = &document.text()[text.clone()];
        let inner = without_quotes(written);
        // In quotes a quote is doubled, and what is changed may hold no claim.
        if !(is_continued(lines, at) || inner.contains('\'') && inner.contains("](=")) {
            let quoted = format!("'{}'", inner.replace('\'', "''"));
            let marks = if quoted.contains('`') { ("`` ", " ``") } else { ("`", "`") };
            let help = match quoted.len() {
                0..=LONGEST => format!("put the text in quotes: {}{quoted}{}", marks.0, marks.1),
                _ => "put the text in quotes, `'…'`".to_owned(),
            };
            return problem.mended(help, document.place(text), quoted);
        }
        let key = document.text()[..text.start].trim_end().rsplit([' ', '\n']).next().unwrap_or_default();
        return problem.help(format!("write `{key} >-` and the text on the next line, with two spaces more before it"));
    }
    let written = lines.get((at.line() as usize).saturating_sub(1)).map_or("", |line| line.text.trim());
    if !written.contains(':') && written.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) {
        let keys = keys::fields_of::<T>().join(", ");
        return problem(format!("this {what} has no value"))
            .help(format!("each line is `key: value`; the {what}s are {keys}"));
    }
    if let Some(mended) = with_colon::<T>(written) {
        let place = rest_of_line(lines, at);
        let problem = problem(format!("a colon and a space part the key of this {what} from its value"));
        let is_whole = document.text()[place].trim_end() == written;
        return if is_whole {
            problem.suggest("write ", mended)
        } else {
            problem.help(format!("write `{mended}`"))
        };
    }
    let reason = UserMessageFormatter.format_message(error);
    let help = names_in_quotes(lines, at).unwrap_or_else(|| {
        let keys = keys::fields_of::<T>().join(", ");
        format!("each line is `key: value` in YAML; the {what}s are {keys}")
    });
    problem(format!("this {what} can't be read: {reason}")).help(help)
}

/// A line as it is meant, where its colon is no colon, lacks its space or lacks itself.
fn with_colon<T: DeserializeOwned>(line: &str) -> Option<String> {
    let (before, is_parted) = line.find([':', '=']).map_or((line, false), |at| (&line[..at], true));
    let key = if is_parted { before } else { before.split_whitespace().next()? };
    let value = line[key.len()..].trim_start_matches([':', '=']).trim_start();
    let is_known = keys::fields_of::<T>().contains(&key.trim_end());
    let mended = format!("{}: {value}", key.trim_end());
    (is_known && !value.is_empty() && mended != line).then_some(mended)
}

/// Lines of YAML as they are read: each key with its value, until it can be.
struct Entries {
    lines: Vec<String>,
    /// Blanks before each key.
    indentation: usize,
    /// The first lines of those whose value is read as text.
    quoted: Vec<usize>,
}

impl Entries {
    fn of(lines: &[Line<'_>]) -> Entries {
        let written = lines.iter().map(|line| line.text).filter(|line| !line.trim().is_empty());
        Entries {
            indentation: written.map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default(),
            lines: lines.iter().map(|line| line.text.to_owned()).collect(),
            quoted: Vec::new(),
        }
    }

    fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.trim().is_empty())
    }

    /// Whether a key may begin on a line: none that continues a value, which stands further to the right.
    fn begins(&self, line: usize) -> bool {
        let text = &self.lines[line];
        let key = text.trim_start();
        let word = key.split([':', '=']).next().unwrap_or_default().trim_end();
        // One that is being typed has no colon yet.
        let is_key =
            key.contains(':') || !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
        is_key && !key.starts_with(['#', '-']) && text.len() - key.len() == self.indentation
    }

    /// The line on which the key begins whose value stands at a place.
    fn at(&self, at: Location) -> usize {
        let line = (at.line() as usize).saturating_sub(1).min(self.lines.len() - 1);
        (0..=line).rev().find(|line| self.begins(*line)).unwrap_or(line)
    }

    /// What is wrong with the first key and value that can't be read by themselves: YAML may only stumble further below.
    fn unreadable(&self) -> Option<Error> {
        let alone = self.ranges().into_iter().map(|(start, end)| {
            "\n".repeat(start) + &self.lines[start..end].iter().flat_map(|line| [line, "\n"]).collect::<String>()
        });
        alone.filter_map(|text| keys(&text).err()).next()
    }

    /// The lines of each key with its value.
    fn ranges(&self) -> Vec<(usize, usize)> {
        let starts: Vec<usize> = (0..self.lines.len()).filter(|line| self.begins(*line)).collect();
        let ends = starts.iter().skip(1).copied().chain([self.lines.len()]);
        starts.iter().copied().zip(ends).collect()
    }

    fn key(&self, entry: usize) -> &str {
        self.lines[entry].split(':').next().unwrap_or_default().trim().trim_matches(['"', '\''])
    }

    fn is_quoted(&self, entry: usize) -> bool {
        self.quoted.contains(&entry)
    }

    /// Has a value read as text, if it may be one; takes it out if that did not help. Says whether anything is left out.
    fn leave_out(&mut self, entry: usize, may_be_text: bool) -> bool {
        let end = (entry + 1..self.lines.len()).find(|line| self.begins(*line)).unwrap_or(self.lines.len());
        let written = self.lines[entry..end].join(" ");
        if written.trim().is_empty() {
            return false;
        }
        self.lines[entry..end].iter_mut().for_each(String::clear);
        let is_first = !self.is_quoted(entry);
        self.quoted.push(entry);
        let text = written.split_once(':').filter(|(_, value)| !value.trim().is_empty());
        if let Some((key, value)) = text.filter(|_| is_first && may_be_text) {
            let value = value.trim().trim_matches(['"', '\'']).replace('\'', "''");
            self.lines[entry] = format!("{key}: '{value}'");
        }
        true
    }

    /// Writes the keys that are meant for those that are misspelt, where they do not stand there too.
    fn rename<T: DeserializeOwned>(&mut self, keys: &[Spanned<String>]) {
        let meant: Vec<Option<&str>> = keys.iter().map(|key| keys::meant::<T>(&key.value)).collect();
        let is_free = |name: &str| {
            let is_given = keys.iter().any(|key| key.value == name);
            !is_given && meant.iter().filter(|its| **its == Some(name)).count() == 1
        };
        // Of many, most can't be the one key that each is taken for.
        let renamed = keys.iter().zip(&meant).filter_map(|(key, name)| {
            let length = key.referenced.span().byte_len()? as usize;
            Some((key.referenced, length, (*name)?))
        });
        let mut renamed: Vec<(Location, usize, &str)> =
            renamed.take(MOST_TRIES).filter(|(.., name)| is_free(name)).collect();
        // From right to left, so that places stay what they are.
        renamed.sort_by_key(|(at, ..)| std::cmp::Reverse(at.column()));
        for (at, length, name) in renamed {
            let Some(line) = self.lines.get_mut((at.line() as usize).saturating_sub(1)) else {
                continue;
            };
            let start = line.char_indices().nth((at.column() as usize).saturating_sub(1)).map_or(0, |(start, _)| start);
            if line.is_char_boundary(start + length) {
                line.replace_range(start..start + length, name);
            }
        }
    }
}

/// Where a key stands in the document.
fn key_span(lines: &[Line<'_>], key: &Spanned<String>) -> (usize, usize) {
    let Range { start, end } = rest_of_line(lines, key.referenced);
    let length = key.referenced.span().byte_len().map_or(0, |length| length as usize);
    (start, end.min(start + length))
}

/// The text on the line of this place in which YAML finds marks of its own, such as the `[` of a claim.
fn marked_text(lines: &[Line<'_>], at: Location) -> Option<Range<usize>> {
    let line = lines.get((at.line() as usize).checked_sub(1)?)?;
    let (key, text) = line.text.split_once(": ")?;
    let start = line.start + key.len() + ": ".len() + text.len() - text.trim_start().len();
    let text = text.trim();
    let is_marked = text.starts_with(['[', '`', '*', '&', '!', '%', '@', '{', '#', '"', '\''])
        || ["- ", "? ", "> ", "| "].iter().any(|mark| text.starts_with(mark))
        || text.contains(": ");
    let is_text = matches!(key.trim(), "caption" | "alt" | "label");
    (is_marked && is_text).then_some(start..start + text.len())
}

/// A text without the quotes around it, or the one that is left open.
fn without_quotes(text: &str) -> &str {
    let quote = |quote: char| {
        let inner = text.strip_prefix(quote)?;
        inner.strip_suffix(quote).or((!inner.contains(quote)).then_some(inner))
    };
    quote('"').or_else(|| quote('\'')).unwrap_or(text)
}

/// Whether the value on the line of this place goes on below it.
fn is_continued(lines: &[Line<'_>], at: Location) -> bool {
    lines
        .get(at.line() as usize)
        .is_some_and(|next| next.text.starts_with(' ') && !next.text.trim().is_empty())
}

fn names_in_quotes(lines: &[Line<'_>], at: Location) -> Option<String> {
    let line = lines.get((at.line() as usize).checked_sub(1)?)?;
    let are_names = line.text.trim_start().starts_with("names:");
    if line.text.matches('[').count() > line.text.matches(']').count() {
        return Some(format!("a list ends with `]`: `{}]`", line.text.trim()));
    }
    let help = "to YAML one of these names is more than text; put it in quotes: `names: ['*a', b]`";
    are_names.then(|| help.to_owned())
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
        let label = Some("a".to_owned());
        assert_eq!((options, wrong.len()), (Options { label, line_numbers: false }, 2));
    }

    #[test]
    fn what_is_wrong_with_one_key_hides_no_other() {
        for (text, label, line_numbers) in [
            ("lable: a\nline-numbers: true", Some("a"), true),
            ("line-numbers: perhaps\nlabel: a", Some("a"), false),
            ("label: [a\nline-numbers: true", Some("[a"), true),
            ("label: `a` b\nline-numbers: true", Some("`a` b"), true),
            ("line-numbers: true\nlabel: a: b", Some("a: b"), true),
            ("line-number: true", None, true),
            ("{lable: a, line-numbers: true}", Some("a"), true),
            ("label:\n  - a\nline-numbers: true", None, true),
        ] {
            let (options, wrong) = read(text);
            let label = label.map(str::to_owned);
            assert_eq!(options, Options { label, line_numbers }, "{text}");
            assert_eq!(wrong.len(), 1, "{wrong:?}");
        }
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
    fn any_lines_come_to_an_end() {
        let pieces = ["\n", ":", " ", "a", "label: ", "- ", "'", "[", "# ", "*", "\u{e9}"];
        let count = pieces.len();
        for number in 0..count.pow(4) {
            let digits = (0..4).map(|digit| number / count.pow(digit) % count);
            let text: String = digits.map(|digit| pieces[digit]).collect();
            read(&text);
            read(&format!("label: a\n{text}"));
        }
        let many: String = (0..1000).map(|number| format!("label{number}: [\n")).collect();
        assert!(read(&many).1.len() < 2 * MOST_TRIES);
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
