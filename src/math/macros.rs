//! A book's macros put in place before a formula is read: so each may stand wherever its definition could be written, in text and
//! in the columns of an array too.

use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a formula with all its macros in place, and how many those are: each may stand for several of others.
const LONGEST: usize = 256 << 10;
const MOST: usize = 10_000;

/// Definitions by the names of macros, without the backslash. None holds a macro of the book.
pub(super) type Macros = BTreeMap<String, String>;

/// A formula without macros of the book.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) latex: String,
    stretches: Vec<Stretch>,
    /// How many macros were put in place.
    count: usize,
}

/// A stretch of a formula.
#[derive(Debug)]
struct Stretch {
    start: usize,
    /// Where it stands in the author's text; where the macro stands that it comes from.
    origin: Range<usize>,
    is_copied: bool,
}

/// Why a macro can't be put in place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A macro has not all of its arguments.
    Lacking {
        name: String,
        span: Range<usize>,
    },
    TooLong,
}

impl Expanded {
    /// # Errors
    /// A macro lacks an argument, or the formula becomes too long.
    pub(super) fn of(latex: &str, macros: &Macros) -> Result<Expanded, Fault> {
        let mut expanded = Expanded {
            latex: String::with_capacity(latex.len()),
            stretches: Vec::new(),
            count: 0,
        };
        expanded.add(latex, 0, macros)?;
        Ok(expanded)
    }

    /// Where a place of the formula is in the author's text, as the start of something or as its end.
    pub(super) fn origin(&self, at: usize, is_end: bool) -> usize {
        let found = self.stretches.iter().rfind(|it| it.start < at || it.start == at && !is_end);
        let Some(Stretch { start, origin, is_copied }) = found.or(self.stretches.first()) else {
            return 0;
        };
        match (is_copied, is_end) {
            (true, _) => (origin.start + at.saturating_sub(*start)).min(origin.end),
            (false, true) => origin.end,
            (false, false) => origin.start,
        }
    }

    /// Adds a part of the author's text, which begins at `offset` in it.
    fn add(&mut self, latex: &str, offset: usize, macros: &Macros) -> Result<(), Fault> {
        let mut copied = 0;
        let mut at = 0;
        while let Some(found) = latex[at..].find('\\') {
            let start = at + found;
            let end = start + token(&latex[start..]);
            let Some((name, definition)) = macros.get_key_value(&latex[start + 1..end]) else {
                at = end;
                if let Some((argument, after)) = with_signs(latex, start, end) {
                    self.copy(&latex[copied..start], offset + copied);
                    self.words((latex, offset), start..end, argument, macros)?;
                    (at, copied) = (after, after);
                }
                continue;
            };
            self.copy(&latex[copied..start], offset + copied);
            let mut rest = end;
            let mut arguments = Vec::new();
            for _ in 0..parameters(definition).map(|(_, number)| number).max().unwrap_or(0) {
                let Some((argument, after)) = argument(latex, rest) else {
                    let span = offset + start..offset + end;
                    return Err(Fault::Lacking { name: name.clone(), span });
                };
                arguments.push(argument);
                rest = after;
            }
            self.put(definition, (latex, offset, offset + start..offset + rest), &arguments, macros)?;
            (at, copied) = (rest, rest);
        }
        self.copy(&latex[copied..], offset + copied);
        Ok(())
    }

    /// Adds words with formulas between them, `\text{if $x$ is even}`, as what stands beside each other.
    fn words(
        &mut self,
        (latex, offset): (&str, usize),
        command: Range<usize>,
        argument: Range<usize>,
        macros: &Macros,
    ) -> Result<(), Fault> {
        let whole = offset + command.start..offset + argument.end;
        self.stretch("{", whole.clone(), false);
        let mut at = argument.start;
        for (index, part) in latex[argument].split('$').enumerate() {
            match index % 2 {
                1 => self.add(part, offset + at, macros)?,
                _ if part.is_empty() => {}
                _ => {
                    self.copy(&latex[command.clone()], offset + command.start);
                    self.stretch("{", whole.clone(), false);
                    self.plain(part, offset + at, macros)?;
                    self.stretch("}", whole.clone(), false);
                }
            }
            at += part.len() + 1;
        }
        self.stretch("}", whole, false);
        Ok(())
    }

    /// Adds words, in which an underscore is one.
    fn plain(&mut self, words: &str, offset: usize, macros: &Macros) -> Result<(), Fault> {
        let mut copied = 0;
        for (at, sign) in words.match_indices('_').filter(|(at, _)| !words[..*at].ends_with('\\')) {
            self.add(&words[copied..at], offset + copied, macros)?;
            self.stretch("\\_", offset + at..offset + at + sign.len(), false);
            copied = at + sign.len();
        }
        self.add(&words[copied..], offset + copied, macros)
    }

    /// Puts a definition with its arguments in the place of a macro.
    fn put(
        &mut self,
        definition: &str,
        (latex, offset, whole): (&str, usize, Range<usize>),
        arguments: &[Range<usize>],
        macros: &Macros,
    ) -> Result<(), Fault> {
        self.count += 1;
        let mut written = 0;
        for (at, number) in parameters(definition) {
            self.stretch(&definition[written..at], whole.clone(), false);
            let argument = arguments[number - 1].clone();
            self.add(&latex[argument.clone()], offset + argument.start, macros)?;
            written = at + 2;
        }
        self.stretch(&definition[written..], whole, false);
        let is_long = self.latex.len() > LONGEST || self.count > MOST;
        if is_long { Err(Fault::TooLong) } else { Ok(()) }
    }

    fn copy(&mut self, text: &str, from: usize) {
        self.stretch(text, from..from + text.len(), true);
    }

    fn stretch(&mut self, text: &str, origin: Range<usize>, is_copied: bool) {
        if text.is_empty() {
            return;
        }
        // A command would go on with the letters behind it.
        if text.starts_with(|c: char| c.is_ascii_alphabetic()) && ends_in_command(&self.latex) {
            self.latex.push(' ');
        }
        let start = self.latex.len();
        self.stretches.push(Stretch { start, origin, is_copied });
        self.latex.push_str(text);
    }
}

/// Commands whose argument is words.
const WORDS: [&str; 9] = [
    "text", "textrm", "textsf", "textbf", "textit", "texttt", "textnormal", "textup", "mbox",
];

/// The words behind a command, if formulas or underscores stand among them, and where they end.
fn with_signs(latex: &str, start: usize, end: usize) -> Option<(Range<usize>, usize)> {
    let (argument, after) = WORDS.contains(&&latex[start + 1..end]).then(|| argument(latex, end))??;
    let words = &latex[argument.clone()];
    let is_even = words.matches('$').count().is_multiple_of(2) && !words.contains("\\$");
    (is_even && words.contains(['$', '_'])).then_some((argument, after))
}

/// Where arguments stand in a definition, and which.
pub(super) fn parameters(definition: &str) -> impl Iterator<Item = (usize, usize)> {
    let signs = definition.match_indices('#').filter(|(at, _)| !definition[..*at].ends_with('\\'));
    signs.filter_map(|(at, _)| {
        let number = definition[at + 1..].chars().next()?.to_digit(10).filter(|number| *number > 0)?;
        Some((at, number as usize))
    })
}

fn ends_in_command(latex: &str) -> bool {
    let before = latex.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let slashes = before.len() - before.trim_end_matches('\\').len();
    before.len() < latex.len() && slashes % 2 == 1
}

/// The length of the command or sign with which a text begins.
fn token(latex: &str) -> usize {
    let mut signs = latex.char_indices();
    let Some((_, first)) = signs.next() else { return 0 };
    if first != '\\' {
        return first.len_utf8();
    }
    let letters = latex[1..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(latex.len() - 1);
    match letters {
        0 => signs.next().map_or(1, |(at, sign)| at + sign.len_utf8()),
        letters => 1 + letters,
    }
}

/// An argument behind a macro, without the braces around it, and where the text goes on.
fn argument(latex: &str, from: usize) -> Option<(Range<usize>, usize)> {
    let start = from + latex[from..].find(|c: char| !c.is_whitespace())?;
    if !latex[start..].starts_with('{') {
        let end = start + token(&latex[start..]);
        return (!latex[start..].starts_with(['}', '&']) && latex.get(start..end) != Some("\\\\"))
            .then_some((start..end, end));
    }
    let (mut open, mut at) = (0, start);
    loop {
        open = match latex[at..].chars().next()? {
            '{' => open + 1,
            '}' => open - 1,
            _ => open,
        };
        at += token(&latex[at..]);
        if open == 0 {
            return Some((start + 1..at - 1, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn macros() -> Macros {
        let all = [
            ("R", r"\mathbb{R}"),
            ("n", r"\text{a #1 b}"),
            ("s", r"#2 \over#1"),
            ("p", r"\pi"),
        ];
        all.into_iter().map(|(name, definition)| (name.to_owned(), definition.to_owned())).collect()
    }

    #[test]
    fn each_macro_is_what_it_stands_for() {
        for (latex, expected) in [
            (r"x", "x"),
            (r"\R^n", r"\mathbb{R}^n"),
            (r"\Rx \\R", r"\Rx \\R"),
            (r"\n{x \n y} \n  z", r"\text{a x \text{a y b} b} \text{a z b}"),
            (r"\s1{\R}", r"\mathbb{R} \over1"),
            (r"\s{x}y", r"y \over x"),
            (r"\p x\p{}x", r"\pi x\pi{}x"),
            (r"\n\p", r"\text{a \pi b}"),
            (r"\n{a\}b}", r"\text{a a\}b b}"),
        ] {
            assert_eq!(Expanded::of(latex, &macros()).unwrap().latex, expected, "{latex}");
        }
        for (latex, span) in [
            (r"x \n", 2..4),
            (r"\s{x}", 0..2),
            (r"{\n}", 1..3),
            (r"\n & x", 0..2),
            (r"\n{x", 0..2),
        ] {
            let fault = Expanded::of(latex, &macros()).unwrap_err();
            assert!(matches!(&fault, Fault::Lacking { span: its, .. } if *its == span), "{latex}: {fault:?}");
        }
    }

    #[test]
    fn places_are_those_of_the_author() {
        let latex = r"a \n{bc} \R d";
        let expanded = Expanded::of(latex, &macros()).unwrap();
        let place = |text: &str| {
            let at = expanded.latex.find(text).unwrap();
            &latex[expanded.origin(at, false)..expanded.origin(at + text.len(), true)]
        };
        assert_eq!(place("a "), "a ");
        assert_eq!(place("bc"), "bc");
        assert_eq!(place("c"), "c");
        assert_eq!(place(" b}"), r"\n{bc}");
        assert_eq!(place("mathbb"), r"\R");
        assert_eq!(place("d"), "d");
    }

    #[test]
    fn what_grows_too_long_is_refused() {
        let all: Macros = [("a".to_owned(), "x".repeat(1000)), ("d".to_owned(), "#1#1".to_owned())].into();
        assert_eq!(Expanded::of(&r"\a".repeat(300), &all).unwrap_err(), Fault::TooLong);
        let doubled = r"\d{".repeat(60) + &"}".repeat(60);
        assert_eq!(Expanded::of(&doubled, &all).unwrap_err(), Fault::TooLong);
    }
}
