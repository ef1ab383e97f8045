//! The sentence in which an item of a lesson stands, as its author wrote it.

use std::ops::Range;

use super::lesson::{Item, Lesson, ValueSpan};

/// Bytes on each side of an item that are looked at: a longer sentence is cut.
const AROUND: usize = 600;

/// Of an option, so many items get it as their sentence.
const MOST_ITEMS: usize = 60;

/// What stands for a value that code writes.
const VALUE: &str = "…";

impl Lesson {
    /// The sentence around an item, on one line: of a claim and of what is given its text, `…` for an inline value. In a
    /// caption it is that of the caption. How the parts of a sentence are bound to code is not in it.
    pub(crate) fn sentence(&self, number: usize) -> String {
        let text = self.document.text();
        let span = self.items[number].span();
        let window = text.floor_char_boundary(span.start.saturating_sub(AROUND))
            ..text.ceil_char_boundary(span.end.saturating_add(AROUND).min(text.len()));
        let near = self.near(number, &window);
        let lines = match self.options_around(number) {
            Some(options) => options.start.max(window.start)..options.end.min(window.end),
            None => lines_around(text, &span, &window),
        };
        let sentence = within(text, &span, &lines, |at| near.iter().any(|item| item.span().contains(&at)));
        plain(&self.read_out(&near, sentence))
    }

    /// The items that may stand in a part of the text, in its order.
    fn near(&self, number: usize, window: &Range<usize>) -> Vec<&Item> {
        let first = self.items[..number].partition_point(|item| item.span().start < window.start);
        let after = self.items[first..].iter().take_while(|item| item.span().start < window.end);
        after.filter(|item| !matches!(item, Item::Cell(_) | Item::Statement(_))).collect()
    }

    /// The lines of the option in whose text an item stands.
    fn options_around(&self, number: usize) -> Option<Range<usize>> {
        let span = self.items[number].span();
        // The items of a caption stand right behind their cell.
        let cell = self.items[..number].iter().rev().take(MOST_ITEMS).find_map(|item| match item {
            Item::Cell(cell) => Some(cell),
            _ => None,
        })?;
        let options = &cell.options_span;
        (options.start <= span.start && span.end <= options.end).then(|| {
            let text = self.document.text();
            // The option begins behind the last key.
            let key = |at: &usize| value_start(line_at(text, *at)).map(|value| at + value);
            let start = line_starts_before(text, span.start, options.start).find_map(|at| key(&at));
            let end = line_starts_after(text, span.end, options.end).find(|at| key(at).is_some());
            start.filter(|start| *start <= span.start).unwrap_or(options.start)..end.unwrap_or(options.end)
        })
    }

    /// A part of the text with its items as they are read.
    fn read_out(&self, items: &[&Item], range: Range<usize>) -> String {
        let text = self.document.text();
        let mut said = String::new();
        let mut at = range.start;
        for item in items {
            let span = item.span();
            if span.start < at || span.end > range.end {
                continue;
            }
            let read = match item {
                Item::Claim(claim) => &text[claim.text.clone()],
                Item::Exempt(given) => &text[given.text.clone()],
                Item::Value(value) if matches!(value.content, ValueSpan::Computed(_)) => VALUE,
                _ => continue,
            };
            said.push_str(&text[at..span.start]);
            said.push_str(read);
            at = span.end;
        }
        said + &text[at..range.end]
    }
}

/// Where in a line of options a value begins, if a key stands in front of it.
fn value_start(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches([' ', '\t', '>']).strip_prefix("//|")?;
    let (key, value) = rest.split_once(':')?;
    let is_key = key.len() > 1 && key.starts_with(' ') && key[1..].chars().all(char::is_alphanumeric);
    is_key.then(|| line.len() - value.len())
}

/// The line that begins at a position.
fn line_at(text: &str, start: usize) -> &str {
    text[start..].lines().next().unwrap_or_default()
}

/// Where the lines up to a position begin, the last one first.
fn line_starts_before(text: &str, position: usize, least: usize) -> impl Iterator<Item = usize> {
    let start = move |end: usize| text[least..end].rfind('\n').map_or(least, |found| least + found + 1);
    let before = move |at: &usize| (*at > least).then(|| start(*at - 1));
    std::iter::successors(Some(start(position)), before)
}

/// Where the lines behind a position begin.
fn line_starts_after(text: &str, position: usize, most: usize) -> impl Iterator<Item = usize> {
    let ends = text[position..most.max(position)].match_indices('\n');
    ends.map(move |(found, _)| position + found + 1).filter(move |at| *at < most)
}

/// How a line stands to the one before it.
fn begins_block(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t', '>']);
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = numbered.len() < line.len() && (numbered.starts_with(". ") || numbered.starts_with(") "));
    is_numbered || ["- ", "* ", "+ ", "|", "#", ": "].iter().any(|mark| line.starts_with(mark))
}

fn is_blank(line: &str) -> bool {
    line.trim_matches([' ', '\t', '>', '\r']).is_empty()
}

/// The lines of the paragraph, heading, row or entry of a list in which something stands.
fn lines_around(text: &str, span: &Range<usize>, window: &Range<usize>) -> Range<usize> {
    let mut start = span.start;
    for at in line_starts_before(text, span.start, window.start) {
        if is_blank(line_at(text, at)) {
            break;
        }
        start = at;
        if begins_block(line_at(text, at)) {
            break;
        }
    }
    let is_other = |at: &usize| is_blank(line_at(text, *at)) || begins_block(line_at(text, *at));
    let is_one_line = ["#", "|"].iter().any(|mark| line_at(text, start).trim_start().starts_with(mark));
    let end = line_starts_after(text, span.end, window.end).find(|at| is_one_line || is_other(at));
    start..end.unwrap_or(window.end)
}

/// From the end of the sentence before an item to the end of its own; `is_item` says whether a position stands in an item,
/// where no sentence ends.
fn within(text: &str, span: &Range<usize>, lines: &Range<usize>, is_item: impl Fn(usize) -> bool) -> Range<usize> {
    let ends = |range: Range<usize>| {
        let from = range.start;
        text[range]
            .char_indices()
            .map(move |(at, c)| (from + at, c))
            .filter_map(|(at, c)| sentence_end(text, at, c))
    };
    let before = ends(lines.start..span.start).filter(|end| *end <= span.start && !is_item(end - 1)).last();
    let after = ends(span.end..lines.end).find(|end| !is_item(end - 1));
    before.unwrap_or(lines.start)..after.unwrap_or(lines.end).min(lines.end)
}

/// Behind a sentence, if a character ends one: what closes is its own, and what follows does not go on with a small letter.
fn sentence_end(text: &str, at: usize, c: char) -> Option<usize> {
    if !matches!(c, '.' | '!' | '?') {
        return None;
    }
    let behind = &text[at + 1..];
    let rest = behind.trim_start_matches([')', '*', '_', '"', '\'', '”', '’', ']']);
    let next = rest.trim_start_matches([' ', '\t', '\r', '\n', '>']);
    let goes_on = next.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
    let spaced = rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']);
    (spaced && !goes_on).then(|| text.len() - rest.len())
}

/// Text on one line, without the marks of quotes, lists, headings, tables and options around it.
fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim_start_matches([' ', '\t', '>']);
        line.strip_prefix("//|").unwrap_or(line)
    });
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let line = words.join(" ");
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let line = match numbered.strip_prefix(". ").or_else(|| numbered.strip_prefix(") ")) {
        Some(entry) if numbered.len() < line.len() => entry,
        _ => line.trim_start_matches(['#', '|', '-', '+', ' ']),
    };
    let line = line.strip_prefix("* ").unwrap_or(line);
    line.trim_end_matches(['|', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Scope, samples};

    /// The sentences of the claims, values and given numbers of a text.
    fn sentences(text: &str) -> Vec<String> {
        let lesson = samples::book(text, Scope::Lesson).lessons.remove(0);
        let is_asked = |item: &Item| matches!(item, Item::Claim(_) | Item::Value(_) | Item::Exempt(_));
        let asked = lesson.items.iter().enumerate().filter(|(_, item)| is_asked(item));
        asked.map(|(number, _)| lesson.sentence(number)).collect()
    }

    #[test]
    fn a_sentence_ends_where_the_next_begins() {
        for (text, sentence) in [
            ("First. It is [10](=k), so. Then more.", "It is 10, so."),
            ("It is [10.](=k) Then more.", "It is 10. Then more."),
            ("As e.g. in the case of [10](=k) steps.", "As e.g. in the case of 10 steps."),
            ("One\ntwo [3](=k)\nfour!\nFive.", "One two 3 four!"),
            ("(A 3.5 is [3](=k).) Five.", "(A 3.5 is 3.)"),
            ("One.\n\nTwo [3](=k)\n\nFour.", "Two 3"),
            ("# Of [3](=k) things\nText.", "Of 3 things"),
            ("- One\n- two [3](=k)\n  and four\n- five", "two 3 and four"),
            ("1. one\n2. Two [3](=k)\n", "Two 3"),
            ("> One. Two\n> [3](=k) four.\n", "Two 3 four."),
            ("| a | b |\n|---|---|\n| one | [3](=k) |\n| four | 5 |\n", "one | 3"),
            ("It is `{k:.3}`, no less.", "It is …, no less."),
            ("It is [$\\kappa = 10$](=k) or $x. Y$ so.", "It is $\\kappa = 10$ or $x. Y$ so."),
            ("Of [110](given) it is said.", "Of 110 it is said."),
            ("As [3][k] has it.\n\n[k]: =k\n", "As 3 has it."),
        ] {
            assert_eq!(sentences(text), [sentence], "{text}");
        }
        assert_eq!(sentences("It is [1](=a) of `{b}`."), ["It is 1 of ….", "It is 1 of …."]);
    }

    #[test]
    fn a_caption_has_sentences_too() {
        let cell = "```rust\n//| label: fig-a\n//| caption: One. The rate is [3](=k),\n//|   as it was.\n//| alt: A dot.\n1\n```\n";
        assert_eq!(sentences(cell), ["The rate is 3, as it was."]);
        assert_eq!(sentences(&cell.replace("One. ", "")), ["The rate is 3, as it was."]);
    }

    #[test]
    fn a_long_one_is_cut_and_all_of_a_long_text_is_read_once() {
        let words = "word ".repeat(50_000);
        let text = format!("{words}[3](=k) {words}");
        assert!(sentences(&text)[0].len() < 1_300);
        let claims = "An é [3](=k) ".repeat(2_000);
        let found = sentences(&claims);
        assert!(found.len() == 2_000 && found.iter().all(|sentence| sentence.len() < 1_300));
    }
}
