//! Pinned output: an ` ```output ` fence against what its cell prints.

use std::borrow::Cow;
use std::ops::Range;

use similar::{ChangeTag, TextDiff};

use super::value::Form;
use crate::problem::{Kind, Problem};
use crate::read::Pinned;
use crate::source::{Document, Place};

/// Stands for any text within a line; behind a backslash for itself.
const ANYTHING: &str = "[..]";

/// How many places of a fence stand for any text.
pub(crate) fn wildcards(fence: &str) -> usize {
    fence.lines().map(|line| parts(line).len() - 1).sum()
}

/// What stands between the places for any text in a line. Of the backslashes right in front of `[..]`, each second is text, and
/// one that is left makes text of it.
fn parts(pin: &str) -> Vec<Cow<'_, str>> {
    if !pin.contains(ANYTHING) {
        return vec![pin.into()];
    }
    let mut parts = vec![String::new()];
    let mut pieces = pin.split(ANYTHING).peekable();
    while let Some(piece) = pieces.next() {
        let slashes = if pieces.peek().is_some() { backslashes(piece) } else { 0 };
        let last = parts.last_mut().expect("it begins with one");
        last.push_str(&piece[..piece.len() - slashes.div_ceil(2)]);
        if pieces.peek().is_some() {
            match slashes % 2 {
                0 => parts.push(String::new()),
                _ => last.push_str(ANYTHING),
            }
        }
    }
    parts.into_iter().map(Cow::from).collect()
}

/// How many backslashes a text ends with.
fn backslashes(text: &str) -> usize {
    text.len() - text.trim_end_matches('\\').len()
}

/// A line of a fence that stands for this text alone.
fn pin_of(line: &str) -> Cow<'_, str> {
    if !line.contains(ANYTHING) {
        return line.into();
    }
    let mut pieces = line.split(ANYTHING);
    let first = pieces.next().unwrap_or_default().to_owned();
    let pin = pieces.fold(first, |text, piece| {
        let slashes = "\\".repeat(backslashes(&text) + 1);
        text + &slashes + ANYTHING + piece
    });
    pin.into()
}

/// The problem, if the output differs: if it is neither what the page shows, nor the same with `-` for the sign of minus, nor
/// that with all digits.
pub(super) fn check(document: &Document, pinned: &Pinned, output: impl Fn(Form) -> String) -> Option<Problem> {
    let expected = trimmed(&pinned.text);
    let is_same = |form: &Form| {
        let output = output(*form);
        let found = trimmed(&output);
        expected.len() == found.len() && expected.iter().zip(&found).all(|(pin, line)| matches(pin, line))
    };
    if [Form::Page, Form::Typed, Form::Exact].iter().any(is_same) {
        return None;
    }
    let printed = output(Form::Page);
    let found = trimmed(&printed);
    let first = expected
        .iter()
        .zip(&found)
        .position(|(pin, line)| !matches(pin, line))
        .unwrap_or(expected.len().min(found.len()));
    let lines = &document.text()[pinned.content.clone()];
    let start = pinned.content.start + lines.split_inclusive('\n').take(first).map(str::len).sum::<usize>();
    let line = document.text()[start..pinned.span.end].lines().next().unwrap_or_default();
    let indent = if first < expected.len() { pinned.prefix.len().min(line.len()) } else { 0 };
    let place = document.place(start + indent..start + line.len());
    let help = match blessed(document, pinned, &printed) {
        Some(_) => "if the new output is right, `recto test --bless` writes it here",
        None => "if the new output is right, write it here: recto changes no fence with an include in it",
    };
    Some(
        Problem::error(Kind::Output, "the cell prints something other than this")
            .at(place)
            .note(format!(
                "difference between this fence (-) and what is printed (+):\n{}",
                difference(&expected, &found)
            ))
            .help(help),
    )
}

/// Lines without trailing spaces, and without empty lines at the end.
fn trimmed(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

fn matches(pin: &str, line: &str) -> bool {
    let parts = parts(pin);
    let (start, middle, end) = match &parts[..] {
        [start, middle @ .., end] => (&**start, middle, &**end),
        _ => return parts.concat() == line,
    };
    let Some(mut rest) = line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)) else {
        return false;
    };
    // The first place where a part stands leaves the most text for those after it.
    middle.iter().all(|part| {
        let found = rest.split_once(&**part);
        rest = found.map_or(rest, |(_, after)| after);
        found.is_some()
    })
}

/// A line diff in which lines that match through `[..]` count as equal.
pub(super) fn difference(expected: &[&str], found: &[&str]) -> String {
    let matching = |pin: &&str| found.iter().find(|line| pin.contains(ANYTHING) && matches(pin, line));
    let expected: Vec<Cow<'_, str>> =
        expected.iter().map(|pin| matching(pin).map_or((*pin).into(), |line| pin_of(line))).collect();
    // As they are to be written.
    let found: Vec<Cow<'_, str>> = found.iter().map(|line| pin_of(line)).collect();
    let (expected, found): (Vec<&str>, Vec<&str>) =
        (expected.iter().map(AsRef::as_ref).collect(), found.iter().map(AsRef::as_ref).collect());
    let diff = TextDiff::from_slices(&expected, &found);
    let mut lines = Vec::new();
    for change in diff.iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        lines.push(format!("{sign} {}", change.value()).trim_end().to_owned());
    }
    lines.join("\n")
}

/// What blessing writes, and where: the lines between the backticks; the whole fence where its backticks must be more than they
/// are, or are not closed. Nothing for a fence with an include in it, which is in no file as it stands here.
pub(crate) fn blessed(document: &Document, pinned: &Pinned, printed: &str) -> Option<(Place, String)> {
    let whole = document.place(pinned.span.clone());
    let lines = |text: Option<&str>| text.map(|text| text.replace("\r\n", "\n"));
    let is_whole = lines(whole.file.text.get(whole.span.clone())) == lines(document.text().get(pinned.span.clone()));
    let (range, text) = fence(document, pinned, printed);
    let opening = &document.text()[..pinned.content.start];
    // As the line before them ends; a file may have both kinds.
    let is_last = !opening.ends_with('\n') && opening.contains("\r\n");
    let line_end = if opening.ends_with("\r\n") || is_last { "\r\n" } else { "\n" };
    is_whole.then(|| (document.place(range), text.replace('\n', line_end)))
}

/// The same, wherever the fence stands.
fn fence(document: &Document, pinned: &Pinned, printed: &str) -> (Range<usize>, String) {
    let lines = rewritten(pinned, printed);
    let opening = document.text()[pinned.span.start..pinned.content.start].trim_start();
    let start = pinned.content.start - opening.len();
    let closing = document.text()[pinned.content.end..pinned.span.end].trim_end();
    let mark = if opening.starts_with('~') { '~' } else { '`' };
    let marks = |line: &str| line.chars().take_while(|c| *c == mark).count();
    let longest = lines.lines().map(|line| marks(line[pinned.prefix.len().min(line.len())..].trim_start())).max();
    let (open, needed) = (marks(opening), longest.unwrap_or(0) + 1);
    if needed <= open && !closing.is_empty() {
        return (pinned.content.clone(), lines);
    }
    let fence = mark.to_string().repeat(needed.max(open));
    let whole = format!("{fence}{}\n{lines}{}{fence}", opening[open..].trim_end_matches(['\r', '\n']), pinned.prefix);
    let end = if closing.is_empty() {
        pinned.span.end
    } else {
        pinned.content.end + closing.len()
    };
    (start..end, whole)
}

/// The lines that blessing writes between the backticks; lines that match through `[..]` stay.
fn rewritten(pinned: &Pinned, printed: &str) -> String {
    let pins = trimmed(&pinned.text);
    let mut text = String::new();
    for line in trimmed(printed) {
        let kept = pins.iter().find(|pin| pin.contains(ANYTHING) && matches(pin, line));
        let line = kept.map_or_else(|| pin_of(line), |pin| (*pin).into());
        let written = format!("{}{line}", pinned.prefix);
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_stands_between_what_must_match() {
        for (pin, line, same) in [
            ("took [..]", "took 3 ms", true),
            ("took [..]", "take 3 ms", false),
            ("took 3 ms", "took 4 ms", false),
            ("took [..] ms, FAILED", "took 3 ms, ok", false),
            ("took [..] ms, ok", "took 3 ms, ok", true),
            ("took [..] ms", "took 3 ms, ok", false),
            ("[..]", "", true),
            ("[..][..]", "any", true),
            ("[..] of [..]: ok", "1 of 9: ok", true),
            ("[..] of [..]: ok", "1 in 9: ok", false),
            ("a[..]b[..]b", "ab", false),
            ("a[..]b[..]b", "abb", true),
            ("ab[..]bc", "abc", false),
            ("[..]x[..]y[..]", "y x", false),
            (r"a \[..]", "a [..]", true),
            (r"a \[..]", "a b", false),
            (r"a \\[..]", r"a \b", true),
            (r"a \\\[..]", r"a \[..]", true),
            (r"\[..][..] \n", r"[..]x \n", true),
        ] {
            assert_eq!(matches(pin, line), same, "{pin:?} and {line:?}");
        }
    }

    #[test]
    fn what_was_printed_is_pinned_as_it_is() {
        for line in ["a", "[..]", r"\[..] b \\[..]", "[..][..]", r"c:\", "[...]"] {
            assert!(matches(&pin_of(line), line), "{line}");
            assert_eq!(wildcards(&pin_of(line)), 0, "{line}");
        }
        assert_eq!(pin_of("took [..]"), r"took \[..]");
        assert_eq!(wildcards("[..] of [..]\n\\[..]\n"), 2);
    }

    #[test]
    fn blessing_keeps_the_patterns_that_match() {
        let pinned = Pinned {
            span: 0..0,
            content: 0..0,
            text: "took [..] ms\n[..] of 9: FAILED\ntwo\n".to_owned(),
            prefix: "> ".to_owned(),
        };
        let written = rewritten(&pinned, "took 12 ms\n\n3 of 9: ok\n");
        assert_eq!(written, "> took [..] ms\n>\n> 3 of 9: ok\n");
    }

    #[test]
    fn the_difference_leaves_matching_lines_alone() {
        let shown = difference(&["a [..]", "b"], &["a 1", "c"]);
        assert_eq!(shown, "  a 1\n- b\n+ c");
    }
}
