//! What the tokens of Rust are to a reader: keywords, types, macros and the like.

use std::ops::Range;

use super::lexer::{Kind, Token};

const KEYWORDS: &str = "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match \
                        mod move mut pub ref return self static struct super trait true type unsafe use where while";
const PRIMITIVES: &str = "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize";

/// The stretches of code that are more than plain, each with its class; in order, and apart from each other.
pub(super) fn classes(code: &str, tokens: &[Token]) -> Vec<(&'static str, Range<usize>)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| &code[token.range.clone()]);
    let mut attribute = Attribute::default();
    let mut classes = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", text);
        let in_attribute = attribute.holds(text(at), (text(at + 1), text(at + 2)));
        let class = match token.kind {
            Kind::Comment => Some("comment"),
            Kind::Doc => Some("doc"),
            Kind::Text => Some("text"),
            _ if in_attribute => Some("attribute"),
            Kind::Lifetime => Some("lifetime"),
            Kind::Number => (before != ".").then_some("number"),
            Kind::Word => word(text(at), before, (text(at + 1), text(at + 2))),
            Kind::Sign if text(at) == "!" && classes.last().is_some_and(|last| is_macro_before(last, token)) => {
                Some("macro")
            }
            Kind::Sign => None,
        };
        let Some(class) = class else { continue };
        match classes.last_mut() {
            // What belongs together has one tag.
            Some((last, range)) if *last == class && range.end == token.range.start => range.end = token.range.end,
            _ => classes.push((class, token.range.clone())),
        }
    }
    classes
}

fn is_macro_before((class, range): &(&'static str, Range<usize>), sign: &Token) -> bool {
    *class == "macro" && range.end == sign.range.start
}

/// The class of a word, told from those beside it.
fn word(word: &str, before: &str, (after, then): (&str, &str)) -> Option<&'static str> {
    let is_in = |words: &str| words.split_ascii_whitespace().any(|it| it == word);
    let is_name = |c: char| c.is_uppercase();
    let is_constant = word.len() > 1 && !word.contains(char::is_lowercase);
    if is_in(KEYWORDS) {
        Some("keyword")
    } else if after == "!" && then != "=" {
        Some("macro")
    } else if before == "fn" {
        Some("function")
    } else if is_in(PRIMITIVES) || word.starts_with(is_name) && !is_constant {
        Some("type")
    } else {
        None
    }
}

/// An attribute that is open: how many of its brackets are.
#[derive(Default)]
struct Attribute {
    begins: bool,
    depth: usize,
}

impl Attribute {
    /// Takes in the next token. Whether it stands in an attribute, its brackets and the signs before them too.
    fn holds(&mut self, token: &str, (after, then): (&str, &str)) -> bool {
        if self.depth == 0 && !self.begins {
            self.begins = token == "#" && (after == "[" || after == "!" && then == "[");
            return self.begins;
        }
        match token {
            "[" => self.depth += 1,
            "]" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.begins = self.begins && self.depth == 0 && token == "!";
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    fn marked(code: &str) -> String {
        let classes = classes(code, &tokens(code)).into_iter();
        classes.map(|(class, range)| format!("{class} {}", &code[range])).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn words_have_the_classes_that_a_reader_expects() {
        for (code, expected) in [
            (
                "pub fn f<T>(x: &'a str) -> Vec<T> {}",
                "keyword pub|keyword fn|function f|type T|lifetime 'a|type str|type Vec|type T",
            ),
            ("println!(\"{}\", t.0 + 1.5)", "macro println!|text \"{}\"|number 1.5"),
            ("if a != b && !c", "keyword if"),
            (
                "#[derive(Debug)]\n#![a(\"b\")] struct S;",
                "attribute #[derive(Debug)]|attribute #![a(|text \"b\"|attribute )]|keyword struct|type S",
            ),
            ("const MOST: usize = r#type;", "keyword const|type usize"),
            ("a[0] # [b", "number 0|attribute #|attribute [b"),
            ("/// d\nlet c = true; // e", "doc /// d|keyword let|keyword true|comment // e"),
        ] {
            assert_eq!(marked(code), expected, "{code}");
        }
    }
}
