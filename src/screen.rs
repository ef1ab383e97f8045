//! Text as a terminal shows it: its colours, and lines that were written over; and text that does nothing to a terminal.

use std::borrow::Cow;

use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};

/// How a stretch of text looks: names of styles, which classes of the page have too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    bold: bool,
    italic: bool,
    underlined: bool,
    struck: bool,
    colour: Option<&'static str>,
}

impl Look {
    /// The names; none for text that is like any other.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let marks = [
            (self.bold, "bold"),
            (self.italic, "italic"),
            (self.underlined, "underlined"),
            (self.struck, "struck"),
        ];
        marks.into_iter().filter_map(|(is, name)| is.then_some(name)).chain(self.colour)
    }

    /// Takes the numbers of a sequence in. What a page has no look for changes nothing.
    fn set(&mut self, numbers: &[u16]) {
        let mut numbers = numbers.iter().copied();
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Look::default(),
                1 => self.bold = true,
                3 => self.italic = true,
                4 => self.underlined = true,
                9 => self.struck = true,
                22 => self.bold = false,
                23 => self.italic = false,
                24 => self.underlined = false,
                29 => self.struck = false,
                30..=37 => self.colour = NAMED[usize::from(number - 30)],
                90..=97 => self.colour = NAMED[usize::from(number - 82)],
                39 => self.colour = None,
                38 => self.colour = extended(&mut numbers),
                // A page's background stays as it is, and so does what can be read on it.
                48 | 58 => drop(extended(&mut numbers)),
                _ => {}
            }
        }
    }
}

/// The sixteen colours of a terminal. Black and white are those of the page's text.
const NAMED: [Option<&str>; 16] = [
    None,
    Some("red"),
    Some("green"),
    Some("yellow"),
    Some("blue"),
    Some("magenta"),
    Some("cyan"),
    None,
    Some("grey"),
    Some("red"),
    Some("green"),
    Some("yellow"),
    Some("blue"),
    Some("magenta"),
    Some("cyan"),
    None,
];

/// A colour of 256, or by its parts.
fn extended(numbers: &mut impl Iterator<Item = u16>) -> Option<&'static str> {
    match numbers.next()? {
        5 => match numbers.next()? {
            index @ 0..=15 => NAMED[usize::from(index)],
            index @ 16..=231 => {
                let level = |of: u16| (index - 16) / of % 6 * 51;
                nearest([level(36), level(6), level(1)])
            }
            _ => Some("grey"),
        },
        2 => nearest([numbers.next()?, numbers.next()?, numbers.next()?]),
        _ => None,
    }
}

/// The named colour that is most like one of red, green and blue parts: each part counts that is in the upper half.
fn nearest(parts: [u16; 3]) -> Option<&'static str> {
    let [most, least] = [parts.iter().max()?, parts.iter().min()?];
    if most - least < 48 {
        return (64..192).contains(most).then_some("grey");
    }
    let middle = u16::midpoint(*most, *least);
    let bits = parts.iter().zip([1, 2, 4]).map(|(part, bit)| if *part > middle { bit } else { 0 });
    NAMED[bits.sum::<usize>()]
}

/// A text in stretches of one look.
pub(crate) fn stretches(text: &str) -> Vec<(Look, String)> {
    if !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return vec![(Look::default(), text.to_owned())];
    }
    let mut screen = Screen::default();
    let mut parser = Parser::<DefaultCharAccumulator>::new();
    text.bytes().for_each(|byte| parser.advance(&mut screen, byte));
    screen.end_line();
    let mut stretches: Vec<(Look, String)> = Vec::new();
    for (c, look) in screen.lines {
        match stretches.last_mut() {
            Some((last, text)) if *last == look || c == '\n' => text.push(c),
            _ => stretches.push((look, c.to_string())),
        }
    }
    stretches
}

/// A text without its looks.
pub(crate) fn visible(text: &str) -> String {
    stretches(text).into_iter().map(|(_, text)| text).collect()
}

/// A text that a terminal shows and does not obey: control characters are seen, as `␛`, and what turns the direction of
/// writing is `�`. All that a lesson, its settings or its programs say goes through here before it is printed.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let picture = |c: char| match c {
        '\n' | '\t' => None,
        '\0'..'\u{20}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('␡'),
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('\u{fffd}'),
        _ => None,
    };
    if !text.contains(|c| picture(c).is_some()) {
        return text.into();
    }
    text.replace("\r\n", "\n").chars().map(|c| picture(c).unwrap_or(c)).collect()
}

/// What stands on a terminal that is as wide as its lines.
#[derive(Default)]
struct Screen {
    /// What can't change any more.
    lines: Vec<(char, Look)>,
    /// The last line, and where on it the next character comes.
    line: Vec<(char, Look)>,
    column: usize,
    look: Look,
}

impl Screen {
    fn end_line(&mut self) {
        self.lines.append(&mut self.line);
        self.column = 0;
    }

    /// Erases to the end of the line, to its start, or all of it.
    fn erase(&mut self, part: u16) {
        match part {
            0 => self.line.truncate(self.column),
            1 => self.line.iter_mut().take(self.column + 1).for_each(|place| *place = (' ', Look::default())),
            _ => self.line.clear(),
        }
    }
}

impl Perform for Screen {
    fn print(&mut self, c: char) {
        if c.is_control() {
            return;
        }
        // After an erased line, the next character may come further right than its end.
        let length = self.line.len().max(self.column + 1);
        self.line.resize(length, (' ', Look::default()));
        self.line[self.column] = (c, self.look);
        self.column += 1;
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.end_line();
                self.lines.push(('\n', self.look));
            }
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            b'\t' => {
                let length = self.line.len().max(self.column + 1);
                self.line.resize(length, (' ', Look::default()));
                self.line[self.column] = ('\t', self.look);
                self.column += 1;
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        if ignore || !intermediates.is_empty() {
            return;
        }
        let mut numbers: Vec<u16> = Vec::new();
        for part in params {
            match part {
                // With colons, `38:2::R:G:B` has a place for the name of a space of colours.
                [kind @ (38 | 48 | 58), 2, _, parts @ ..] if parts.len() >= 3 => {
                    numbers.extend([*kind, 2].iter().chain(parts));
                }
                // `4:0` is no underline; other numbers are its kinds.
                [4, 0] => numbers.push(24),
                [4, ..] => numbers.push(4),
                part => numbers.extend(part),
            }
        }
        match action {
            b'm' => self.look.set(&numbers),
            b'K' => self.erase(numbers.first().copied().unwrap_or(0)),
            _ => {}
        }
    }
}

/// A text with so many characters at most, and a mark where others followed.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(longest) {
        Some((end, _)) => text[..end].trim_end().to_owned() + " …",
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_what_a_terminal_would_show() {
        for (text, shown) in [
            ("plain\n\ttext é\n", "plain\n\ttext é\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("step 0\rstep 1\rstep 2\ndone", "step 2\ndone"),
            ("long line\rab", "abng line"),
            ("long line\r\x1b[Kab", "ab"),
            ("long line\x1b[2K\rab", "ab"),
            ("abcd\x08\x08\x1b[1K!", "  !d"),
            ("ab\x1b[2Kc", "  c"),
            ("abc\x08\x08x", "axc"),
            ("\x08a", "a"),
            ("ring\x07 \0null \x7f delete \x0b\x0c", "ring null  delete "),
            ("\x1b[31mred\x1b[0m", "red"),
            ("\x1b[2J\x1b[1;1H\x1b[?25lhidden cursor\x1b[?25h\x1b[3A", "hidden cursor"),
            ("\x1b]0;title\x07a\x1b]8;;https://a.b\x1b\\link\x1b]8;;\x1b\\", "alink"),
            ("\x1bPq#0\x1b\\a\x1b(B\x1bM\x1b7b", "ab"),
            ("a\x1b", "a"),
            ("a\x1b[3", "a"),
            ("\u{9b}31mé", "31mé"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    #[test]
    fn what_is_printed_is_seen_and_not_obeyed() {
        for (text, shown) in [
            ("plain\n\ttext é\n", "plain\n\ttext é\n"),
            ("\x1b]0;title\x07\x1b[2J", "␛]0;title␇␛[2J"),
            ("a\r\nb\rc\x08\0\x7f", "a\nb␍c␈␀␡"),
            ("\u{9b}31m \u{9d}0;t\u{9c}", "�31m �0;t�"),
            ("\u{202e}abc\u{2066}", "�abc�"),
        ] {
            assert_eq!(harmless(text), shown, "{text:?}");
        }
    }

    #[test]
    fn looks_have_names() {
        for (codes, names) in [
            ("1;31", "bold red"),
            ("3;4;9;95", "italic underlined struck magenta"),
            ("31;39", ""),
            ("1;3;4;9;22;23;24;29", ""),
            ("31;0;1", "bold"),
            ("31;", ""),
            ("", ""),
            ("37", ""),
            ("90", "grey"),
            ("41;30;7;5;2", ""),
            ("38;5;9", "red"),
            ("38;5;46;1", "bold green"),
            ("38;5;208", "red"),
            ("38;5;240", "grey"),
            ("38;2;250;128;114", "red"),
            ("38;2;10;20;240;3", "italic blue"),
            ("38:2::200:0:200", "magenta"),
            ("38:5:6", "cyan"),
            ("38;2;250;250;250", ""),
            ("48;2;1;2;3;32", "green"),
            ("48;5;1", ""),
            ("4:3", "underlined"),
            ("4;4:0", ""),
            ("38;5", ""),
        ] {
            let text = format!("\x1b[{codes}mx");
            let [(look, _)] = &stretches(&text)[..] else {
                panic!("{codes}")
            };
            assert_eq!(look.names().collect::<Vec<_>>().join(" "), names, "{codes}");
        }
    }

    #[test]
    fn a_look_lasts_until_it_is_taken_back() {
        let looks = stretches("a \x1b[31mb\nc\x1b[0m d");
        let looks: Vec<(String, &str)> =
            looks.iter().map(|(look, text)| (look.names().collect(), text.as_str())).collect();
        assert_eq!(looks, [(String::new(), "a "), ("red".to_owned(), "b\nc"), (String::new(), " d")]);
    }

    proptest! {
        #[test]
        fn what_is_visible_has_no_control_characters(text in any::<String>(), other in "[a\r\n\u{8}\u{1b}\\[0-9;mK]{0,20}") {
            for text in [text, other] {
                let shown = visible(&text);
                prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
                prop_assert_eq!(visible(&shown), shown);
            }
        }
    }
}
