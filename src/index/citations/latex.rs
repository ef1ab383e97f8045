//! The LaTeX of a bibliography's fields, as far as the biblatex crate leaves it as it stands.

use std::ops::Range;

use crate::math::Mathematics;

/// A field in words that the biblatex crate reads, and what in it can't be printed, with the reason.
pub(super) fn plain(field: &str) -> (String, Vec<(Range<usize>, String)>) {
    let mut reader = Reader {
        text: field,
        at: 0,
        plain: String::new(),
        unknown: Vec::new(),
        is_quoted: false,
    };
    while reader.at < field.len() {
        reader.group();
        // A brace too many: the crate says so.
        reader.copy(1);
    }
    (reader.plain, reader.unknown)
}

/// Commands that the crate knows.
const KNOWN: &str = " LaTeX TeX textendash textemdash textquotesingle textquotedblleft textquotedblright textquoteleft \
     textquoteright textquotestraightdblbase quotedblbase textquotestraightbase quotesinglbase textquotedbl textasciicircum \
     textasciigrave textasciitilde textasteriskcentered textbackslash textbar textbraceleft textbraceright textbullet \
     textdagger textdaggerdbl textdollar textless textgreater textexclamdown textquestiondown textordfeminine \
     textordmasculine textperiodcentered textregistered texttrademark textsection textunderscore textvisiblespace \
     guillemotleft guillemotright guilsinglleft guilsinglright aa AA ae AE dh DH dj DJ ng NG l L oe OE o O ss SS th TH P \
     textparagraph S copyright ddag dots textellipsis pounds ";

/// Commands that stand for a text.
const TEXTS: [(&str, &str); 17] = [
    ("i", "ı"),
    ("j", "ȷ"),
    ("dag", "†"),
    ("ldots", "…"),
    ("BibTeX", "BibTeX"),
    ("texteuro", "€"),
    ("euro", "€"),
    ("textdegree", "°"),
    ("textmu", "µ"),
    ("slash", "/"),
    ("\\", " "),
    ("newline", " "),
    (" ", " "),
    (",", " "),
    (";", " "),
    ("quad", " "),
    ("space", " "),
];

const ACCENTS: &str = "'`^\"~=.cvuHkrdb";

/// Commands whose argument is printed in the type around it.
const TYPES: &str = " emph textit textsl textbf textsc textrm textsf texttt textup textmd textnormal mbox hbox text underline \
     MakeUppercase MakeLowercase nocase textsuperscript ";

/// Commands that change the type of what follows, and those that print nothing.
const SILENT: &str = " em bf it sc tt rm sf sl itshape bfseries scshape slshape upshape mdseries normalfont rmfamily sffamily \
     ttfamily relax protect allowbreak / - @ ! ";

fn has(list: &str, name: &str) -> bool {
    list.contains(&format!(" {name} "))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    plain: String,
    unknown: Vec<(Range<usize>, String)>,
    /// A single quotation mark is open.
    is_quoted: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn copy(&mut self, characters: usize) {
        let length: usize = self.rest().chars().take(characters).map(char::len_utf8).sum();
        let end = self.at + length;
        self.plain.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    fn put(&mut self, text: &str, length: usize) {
        self.plain.push_str(text);
        self.at += length;
    }

    /// All up to a brace that closes.
    fn group(&mut self) {
        while let Some(c) = self.next() {
            match c {
                '}' => return,
                '{' => self.braces(),
                '\\' => self.command(),
                '$' => self.formula(),
                '`' if self.rest().starts_with("``") => self.put("“", 2),
                '\'' if self.rest().starts_with("''") => self.put("”", 2),
                '`' => {
                    self.is_quoted = true;
                    self.put("‘", 1);
                }
                // Within a word it is an apostrophe.
                '\'' if self.is_quoted && !self.rest()[1..].starts_with(char::is_alphanumeric) => {
                    self.is_quoted = false;
                    self.put("’", 1);
                }
                '~' => self.put(" ", 1),
                _ => self.copy(1),
            }
        }
    }

    /// A group. The braces around a command are there for the command alone.
    fn braces(&mut self) {
        let around_command = self.rest().starts_with("{\\");
        let start = self.plain.len();
        self.argument();
        if !around_command {
            self.plain.insert(start, '{');
            self.plain.push('}');
        }
    }

    /// What stands between braces.
    fn argument(&mut self) {
        self.at += 1;
        self.group();
        self.at = self.text.len().min(self.at + 1);
    }

    fn formula(&mut self) {
        let Some(length) = self.rest()[1..].find('$') else {
            return self.copy(1);
        };
        let span = self.at + 1..self.at + 1 + length;
        if let Err(error) = Mathematics::without_macros().mathml(&self.text[span.clone()], false) {
            let part = span.start + error.span.start..span.start + error.span.end.max(error.span.start + 1);
            self.unknown.push((part, format!("this formula can't be read: {}", error.message)));
        }
        let characters = self.text[self.at..=span.end].chars().count();
        self.copy(characters);
    }

    fn command(&mut self) {
        let start = self.at;
        let after = &self.rest()[1..];
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let length = if letters == 0 {
            after.chars().next().map_or(0, char::len_utf8)
        } else {
            letters
        };
        let name = &self.text[start + 1..start + 1 + length];
        if ["&", "%", "$", "#", "_", "{", "}", ":", ""].contains(&name) {
            return self.copy(2);
        }
        self.at = start + 1 + length;
        let spaces = if letters == 0 {
            0
        } else {
            self.rest().len() - self.rest().trim_start().len()
        };
        let text = TEXTS.iter().find(|(known, _)| *known == name);
        if let Some((_, text)) = text {
            self.put(text, spaces);
            self.empty_braces();
        } else if ACCENTS.contains(name) && self.accent(name) {
        } else if has(KNOWN, name) {
            // In braces, since the crate takes spaces after a command for its end.
            self.put(&format!("{{\\{name}}}"), spaces);
            self.empty_braces();
        } else if has(SILENT, name) {
            self.at += spaces;
        } else if self.rest()[spaces..].starts_with('{') {
            self.at += spaces;
            self.with_argument(name, start);
        } else {
            self.refuse(name, start);
        }
    }

    /// `{}` after a command only ends it.
    fn empty_braces(&mut self) {
        if self.rest().starts_with("{}") {
            self.at += 2;
        }
    }

    fn refuse(&mut self, name: &str, start: usize) {
        let span = start..start + 1 + name.len();
        self.unknown.push((span, format!("`\\{name}` can't be printed")));
        self.put(&format!("\\{name} "), 0);
    }

    /// An accent and its letter, in the one form that the crate reads; whether there is a letter.
    fn accent(&mut self, name: &str) -> bool {
        let (start, spaces) = (self.plain.len(), self.rest().len() - self.rest().trim_start().len());
        let at = self.at;
        self.at += spaces;
        match self.next() {
            Some('{') => self.argument(),
            Some('\\') => self.command(),
            Some(c) if c.is_alphabetic() => self.copy(1),
            _ => {
                self.at = at;
                return false;
            }
        }
        let letters = self.plain.split_off(start);
        let first = letters.chars().next().filter(|c| c.is_alphabetic());
        let (letter, more) = letters.split_at(first.map_or(letters.len(), char::len_utf8));
        self.plain.push_str(&format!("\\{name}{{{letter}}}{more}"));
        true
    }

    /// A command whose first argument comes next.
    fn with_argument(&mut self, name: &str, start: usize) {
        match name {
            "url" | "path" | "nolinkurl" => {
                let address = self.address();
                self.plain.push_str(&address);
            }
            "href" => {
                let address = self.address();
                if self.rest().starts_with('{') {
                    self.argument();
                }
                self.plain.push_str(&format!(" ({address})"));
            }
            "enquote" => {
                self.plain.push('“');
                self.argument();
                self.plain.push('”');
            }
            "noopsort" => {
                let length = self.plain.len();
                self.argument();
                self.plain.truncate(length);
            }
            "textsubscript" => {
                let length = self.plain.len();
                self.argument();
                let lowered = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(0x2080 + digit)).unwrap_or(c);
                let text: String = self.plain.split_off(length).chars().map(lowered).collect();
                self.plain.push_str(&text);
            }
            _ if has(TYPES, name) => self.argument(),
            _ => {
                self.refuse(name, start);
                self.argument();
            }
        }
    }

    /// An argument that is an address, so that the crate takes it as it stands.
    fn address(&mut self) -> String {
        let length = self.rest().find('}').unwrap_or(self.rest().len());
        let address = self.rest()[1..length.max(1)].replace("\\", "");
        self.at = self.text.len().min(self.at + length + 1);
        // In braces, so that no style changes its letters.
        format!("{{{}}}", address.replace('$', "\\$").replace("--", "-{}-"))
    }
}

#[cfg(test)]
mod tests {
    use biblatex::{Bibliography, ChunksExt};
    use proptest::prelude::*;

    use super::*;

    /// A field as the crate reads it after us.
    fn read(field: &str) -> String {
        let (plain, _) = plain(field);
        let entries = Bibliography::parse(&format!("@misc{{a, note = {{{plain}}}}}")).unwrap();
        entries.get("a").unwrap().get("note").unwrap().format_verbatim()
    }

    #[test]
    fn fields_are_read_as_latex_prints_them() {
        for (field, printed) in [
            (
                r#"Garc{\'\i}a, Garc\'{\i}a, Garc{\'{\i}}a, Garc\'\i a, Garc\'ia"#,
                "García, García, García, García, García",
            ),
            (r#"G{\"o}del, G\"{o}del, G\"odel, G{\"{o}}del, {G\"odel}"#, "Gödel, Gödel, Gödel, Gödel, Gödel"),
            (
                r#"{\O}rsted, \O rsted, \O{}rsted, S{\o}ren, \aa, Stra{\ss}e, Stra\ss e, \AA ngstr\"om"#,
                "Ørsted, Ørsted, Ørsted, Søren, å, Straße, Straße, Ångström",
            ),
            (
                r#"Fran{\c c}ois, Fran\c{c}ois, \v{S}im\v sa, Erd\H{o}s, Pe\~na, \=a, \.z, \k{a}, \r{u}, \d{s}, \b{t}, \u g"#,
                "François, François, Šimša, Erdős, Peña, ā, ż, ą, ů, ṣ, t\u{332}, ğ",
            ),
            (r#"{\'E}cole, \'{E}cole, \^{\j}, \'{\o}, \'\ae, \"{a}{u}b"#, "École, École, ĵ, ǿ, ǽ, äub"),
            (r#"{\L}ojasiewicz, \L{}ojasiewicz, {\L}\'od\'z"#, "Łojasiewicz, Łojasiewicz, Łódź"),
            ("1--2 --- 3", "1–2 — 3"),
            ("D.~E. Knuth", "D. E. Knuth"),
            ("``Quoted'' `things', `don't' O'Brien's", "“Quoted” ‘things’, ‘don't’ O'Brien's"),
            (r#"R\&D 5\% a\_b \#1 \{x\}"#, "R&D 5% a_b #1 {x}"),
            (r#"\url{https://example.org/a_b--c?d=1&e#f}"#, "https://example.org/a_b--c?d=1&e#f"),
            (r#"\url{https://example.org/\%20\_x}"#, "https://example.org/%20_x"),
            (r#"\href{https://example.org/x}{The \emph{page}}"#, "The page (https://example.org/x)"),
            (r#"See \textbf{bold} and {\em more} and {\bf x}, \textit{y {Z}}"#, "See bold and more and x, y Z"),
            (r#"\enquote{a} \mbox{b c} 2\textsuperscript{nd} H\textsubscript{2}O"#, "“a” b c 2nd H₂O"),
            (r#"\LaTeX{} and \TeX\ and \ldots"#, "LaTeX and TeX and …"),
            (r#"{The Rust Project} {NASA}"#, "The Rust Project NASA"),
            (r#"soft\-ly \noopsort{1999}x a\,b"#, "softly x a b"),
            (r"$\alpha_1$ and $x$", r"$\alpha_1$ and $x$"),
        ] {
            assert_eq!(read(field), printed, "{field}");
            assert_eq!(plain(field).1, [], "{field}");
        }
    }

    #[test]
    fn what_can_not_be_printed_has_a_place() {
        for (field, part) in [
            (r"a \foo b", r"\foo"),
            (r"a \foo{b}", r"\foo"),
            (r"\emph{\alpha}", r"\alpha"),
            (r"\'{\foo}", r"\foo"),
            (r"x $\foo$", r"\foo"),
        ] {
            let (_, unknown) = plain(field);
            let [(span, _)] = &unknown[..] else {
                panic!("{field}: {unknown:?}")
            };
            assert_eq!(&field[span.clone()], part, "{field}");
        }
    }

    proptest! {
        #[test]
        fn any_field_is_read(field in "[a-zé \\\\{}$'`\"~-]{0,20}") {
            let (plain, unknown) = plain(&field);
            prop_assert!(plain.len() <= field.len() * 4);
            prop_assert!(unknown.iter().all(|(span, _)| field.get(span.clone()).is_some()));
        }
    }
}
