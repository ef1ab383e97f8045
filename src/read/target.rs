//! A claim's expression in the target of a link. Markdown takes a backslash away that stands before a sign; within a
//! literal of Rust that backslash is the author's own, so that an expression is the same here as in a cell.

use super::mapped_text::{MappedText, places};

/// Where in the code a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Code,
    /// A literal that the character closes.
    Literal(char),
    /// A raw text with so many `#`.
    Raw(usize),
}

/// The expression that markdown reads in a text that stands at `start` of the document.
pub(super) fn expression(read: &str, written: &str, start: usize) -> MappedText {
    let mut text = MappedText::default();
    let characters: Vec<(char, usize)> = places(read, written, true).collect();
    // The backslash before a character, if markdown took one away.
    let taken = |index: usize| {
        let end = index.checked_sub(1).map_or(0, |before| characters[before].1 + characters[before].0.len_utf8());
        let (_, at) = characters[index];
        (end < at && written[..at].ends_with('\\')).then(|| at - 1)
    };
    let mut within = Within::Code;
    for (index, &(c, at)) in characters.iter().enumerate() {
        let is = |ahead: usize, c: char| characters.get(index + ahead).is_some_and(|(other, _)| *other == c);
        let own = taken(index).filter(|_| match within {
            Within::Code => false,
            Within::Literal(_) => matches!(c, '\\' | '"' | '\''),
            // What markdown needs a backslash before is no text of the author's.
            Within::Raw(_) => !matches!(c, '<' | '>' | '(' | ')' | '|'),
        });
        if let Some(backslash) = own {
            text.push("\\", start + backslash);
        }
        let raw = if c == '"' { raw_text(text.text()) } else { None };
        text.push(c.encode_utf8(&mut [0; 4]), start + at);
        within = match (within, c) {
            // With a backslash of markdown's, the author writes all of the text as markdown has it.
            (Within::Code, '"' | '\'') if taken(index).is_some() => Within::Code,
            (Within::Code, '"') => raw.map_or(Within::Literal('"'), Within::Raw),
            (Within::Code, '\'') if is(1, '\\') || is(2, '\'') || (is(1, '\'') && taken(index + 1).is_some()) => {
                Within::Literal('\'')
            }
            (Within::Literal(close), c) if c == close && own.is_none() => Within::Code,
            (Within::Raw(marks), '"') if (1..=marks).all(|ahead| is(ahead, '#')) => Within::Code,
            (within, _) => within,
        };
    }
    text
}

/// The number of `#` with which a raw text begins whose quotation mark follows this code.
fn raw_text(code: &str) -> Option<usize> {
    let prefix = code.trim_end_matches('#');
    let word = prefix.strip_suffix('r')?.trim_end_matches(['b', 'c']);
    let is_word = word.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    (!is_word).then_some(code.len() - prefix.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_keep_their_backslashes() {
        for (read, written, expected) in [
            (r##"m("\")"##, r##"m("\\")"##, r##"m("\\")"##),
            (r##"m('\')"##, r##"m('\\')"##, r##"m('\\')"##),
            (r##"m(''', x)"##, r##"m('\'', x)"##, r##"m('\'', x)"##),
            (r##"m(""")"##, r##"m("\"")"##, r##"m("\"")"##),
            (r##"m("a\n")"##, r##"m("a\\n")"##, r##"m("a\\n")"##),
            (r##"m("a\n")"##, r##"m("a\n")"##, r##"m("a\n")"##),
            (r##"a<b"##, r##"a\<b"##, r##"a<b"##),
            (r##"f(x"##, r##"f\(x"##, r##"f(x"##),
            (r##"m("<b>")"##, r##"m("\<b\>")"##, r##"m("<b>")"##),
            (r##"m(r".")"##, r##"m(r"\.")"##, r##"m(r"\.")"##),
            (r##"m(r#""#)"##, r##"m(r#"\"#)"##, r##"m(r#"\"#)"##),
            (r##"f::<'a>('\') < g("x")"##, r##"f::<'a>('\\') \< g(\"x\")"##, r##"f::<'a>('\\') < g("x")"##),
            (r##"br"\d.""##, r##"br"\d\.""##, r##"br"\d\.""##),
            (r##"var"\""##, r##"var"\\""##, r##"var"\\""##),
            (r##"m("x") < n("\")"##, r##"m("x") \< n("\\")"##, r##"m("x") < n("\\")"##),
            (r##"m(")")"##, r##"m("\)")"##, r##"m(")")"##),
            (r##"m(r")")"##, r##"m(r"\)")"##, r##"m(r")")"##),
            (r##"'"' > '\'"##, r##"'\"' \> '\\'"##, r##"'\"' > '\\'"##),
        ] {
            assert_eq!(expression(read, written, 0).text(), expected, "{written}");
        }
    }
}
