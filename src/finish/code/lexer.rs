//! Rust code as tokens. It takes any text, finished or not; what begins no token is passed over by a character.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Comment,
    /// A comment that is documentation.
    Doc,
    /// A word, with `r#` where it has that.
    Word,
    Lifetime,
    /// A text or a character, with its prefix and suffix.
    Text,
    Number,
    /// Any other character.
    Sign,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// What begins at a place, by the first of these that matches. Where `block` and `raw` end, a loop finds out.
static BEGINNING: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"[\p{XID_Start}_]\p{XID_Continue}*";
    let character = r"(?:[^'\\\n]|\\u\{[^}'\n]*\}|\\x[0-9a-fA-F]{2}|\\[^\n])";
    let digits = r"0x[0-9a-fA-F_]*|0[bo][0-9_]*|[0-9][0-9_]*";
    Regex::new(&format!(
        r#"(?x)^(?:
            (?<doc>   ///[^/\n][^\n]* | ///$ | ///\n | //![^\n]*) |
            (?<line>  //[^\n]*) |
            (?<block> /\*) |
            (?<raw>   [bc]?r\#*") |
            (?<text>  [bc]?"(?s:[^"\\]|\\.)*(?:"(?:{word})?|\\?$) | b?'{character}'(?:{word})?) |
            (?<lifetime> '(?:r\#)?{word}) |
            (?<number> {digits}) |
            (?<word>  (?:r\#)?{word}) |
            (?<space> \s+)
        )"#
    ))
    .expect("a constant")
});

/// What may follow the digits of a decimal number: a fraction or an exponent, and the name of a type.
static REST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\.[0-9][0-9_]*)?(?:[eE][+-]?_*[0-9][0-9_]*)?(?:[\p{XID_Start}_]\p{XID_Continue}*)?")
        .expect("a constant")
});

static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[\p{XID_Start}_]\p{XID_Continue}*").expect("a constant"));

/// The tokens of code; between them is white space.
pub(super) fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let (kind, length) = token(&code[at..]).unwrap_or((Some(Kind::Sign), first.len_utf8()));
        let range = at..at + length;
        at = range.end;
        tokens.extend(kind.map(|kind| Token { kind, range }));
    }
    tokens
}

/// The token at the start of a text and its length; nothing where only a sign is. White space has no kind.
fn token(text: &str) -> Option<(Option<Kind>, usize)> {
    let found = BEGINNING.captures(text)?;
    let (whole, is) = (found.get(0)?.as_str(), |name: &str| found.name(name).is_some());
    let (kind, length) = if is("space") {
        return Some((None, whole.len()));
    } else if is("doc") {
        (Kind::Doc, whole.trim_end_matches('\n').len())
    } else if is("line") {
        (Kind::Comment, whole.len())
    } else if is("block") {
        block(text)
    } else if is("raw") {
        (Kind::Text, raw(text, whole))
    } else if is("text") {
        (Kind::Text, whole.len())
    } else if is("lifetime") {
        (Kind::Lifetime, whole.len())
    } else if is("number") {
        (Kind::Number, number(text, whole))
    } else {
        (Kind::Word, whole.len())
    };
    Some((Some(kind), length))
}

/// A comment that may hold others; one that is not closed goes on to the end.
fn block(text: &str) -> (Kind, usize) {
    let is_doc =
        text.starts_with("/*!") || text.starts_with("/**") && !["/***", "/**/"].iter().any(|it| text.starts_with(it));
    let kind = if is_doc { Kind::Doc } else { Kind::Comment };
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match text.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") if depth == 1 => return (kind, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    (kind, text.len())
}

/// The length of a raw text that opens with some hashes and a quote; one that is not closed goes on to the end.
fn raw(text: &str, open: &str) -> usize {
    let close = format!("\"{}", "#".repeat(open.matches('#').count()));
    let Some(end) = text[open.len()..].find(&close).map(|at| open.len() + at + close.len()) else {
        return text.len();
    };
    end + NAME.find(&text[end..]).map_or(0, |suffix| suffix.len())
}

/// The length of a number that begins with these digits. `1.` is one, and in `1..2`, `1.max(2)` and `1._0` the 1 is.
fn number(text: &str, digits: &str) -> usize {
    let rest = &text[digits.len()..];
    let has_prefix = ["0x", "0b", "0o"].iter().any(|prefix| digits.starts_with(prefix));
    let is_bare_point = rest.strip_prefix('.').is_some_and(|after| {
        !after.starts_with(|c: char| matches!(c, '.' | '_' | '0'..='9')) && NAME.find(after).is_none()
    });
    match (has_prefix, is_bare_point) {
        (true, _) => digits.len() + REST.find(rest).filter(|it| !it.as_str().starts_with('.')).map_or(0, |it| it.len()),
        (false, true) => digits.len() + 1,
        (false, false) => digits.len() + REST.find(rest).map_or(0, |it| it.len()),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proc_macro2::{TokenStream, TokenTree};
    use proptest::prelude::*;

    use super::*;

    /// Kinds and texts, as `number 1`.
    fn read(code: &str) -> Vec<String> {
        tokens(code).into_iter().map(|it| format!("{:?} {}", it.kind, &code[it.range])).collect()
    }

    #[test]
    fn tokens_are_those_of_rust() {
        for (code, expected) in [
            (
                "r#type r\"a\" r##\"b\"#c\"## br#\"d\"#",
                "Word r#type|Text r\"a\"|Text r##\"b\"#c\"##|Text br#\"d\"#",
            ),
            ("c\"a\\\"b\" b\"\\\\\" \"c\nd\"", "Text c\"a\\\"b\"|Text b\"\\\\\"|Text \"c\nd\""),
            (
                "'a' 'a '\\'' '\\u{1F600}' '\"' b'\\x00' 'ä'",
                "Text 'a'|Lifetime 'a|Text '\\''|Text '\\u{1F600}'|Text '\"'|Text b'\\x00'|Text 'ä'",
            ),
            ("&'static 'r#a '_ 'é", "Sign &|Lifetime 'static|Lifetime 'r#a|Lifetime '_|Lifetime 'é"),
            (
                "1_000u64 0xffu8 0b1 1.5e-3f32 1e9 2.0_f64",
                "Number 1_000u64|Number 0xffu8|Number 0b1|Number 1.5e-3f32|Number 1e9|Number 2.0_f64",
            ),
            (
                "1..2 1. 1.max 0x1.5",
                "Number 1|Sign .|Sign .|Number 2|Number 1.|Number 1|Sign .|Word max|Number 0x1|Sign .|Number 5",
            ),
            ("/* a /* b */ c */ d // e", "Comment /* a /* b */ c */|Word d|Comment // e"),
            (
                "/// a\n//! b\n//// c\n///\n/** d */ /*! e */ /**/ /*** f */",
                "Doc /// a|Doc //! b|Comment //// c|Doc ///|Doc /** d */|Doc /*! e */|Comment /**/|Comment /*** f */",
            ),
            ("x + ÿ №", "Word x|Sign +|Word ÿ|Sign №"),
            ("\"a\\", "Text \"a\\"),
            ("/* a /* b */", "Comment /* a /* b */"),
            ("r#\"a\"", "Text r#\"a\""),
            ("' '", "Text ' '"),
            ("'", "Sign '"),
        ] {
            assert_eq!(read(code).join("|"), expected, "{code}");
        }
    }

    /// What the compiler's macros see of code: words, literals and lifetimes with their places. proc-macro2 reads some
    /// lifetimes otherwise than the compiler, as that in `'c"e"`, which is then no name.
    fn expected(stream: TokenStream, into: &mut Vec<(Kind, Range<usize>)>) -> Option<()> {
        let mut trees = stream.into_iter().peekable();
        while let Some(tree) = trees.next() {
            let range = tree.span().byte_range();
            match tree {
                TokenTree::Group(group) => expected(group.stream(), into)?,
                TokenTree::Ident(_) => into.push((Kind::Word, range)),
                TokenTree::Literal(literal) if literal.to_string().starts_with(|c: char| c.is_ascii_digit()) => {
                    into.push((Kind::Number, range));
                }
                TokenTree::Literal(_) => into.push((Kind::Text, range)),
                TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                    let Some(TokenTree::Ident(name)) = trees.next() else {
                        return None;
                    };
                    into.push((Kind::Lifetime, range.start..name.span().byte_range().end));
                }
                TokenTree::Punct(_) => {}
            }
        }
        Some(())
    }

    /// Asserts that code has the tokens that proc-macro2 finds in it. Where that finds documentation, it sees an attribute.
    fn compare(code: &str) {
        let mut known = Vec::new();
        let stream = TokenStream::from_str(code).ok();
        if stream.and_then(|stream| expected(stream, &mut known)).is_none() {
            return;
        }
        let (mut words, mut docs) = (Vec::new(), Vec::new());
        for token in tokens(code) {
            match token.kind {
                Kind::Comment | Kind::Sign => {}
                Kind::Doc => docs.push(token.range),
                kind => words.push((kind, token.range)),
            }
        }
        known.retain(|(_, range)| !docs.contains(range));
        assert_eq!(words, known, "{code}");
    }

    #[test]
    fn tokens_are_those_that_a_macro_sees() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = 0;
        for folder in ["src", "book/kit"] {
            for file in ignore::Walk::new(root.join(folder)).filter_map(Result::ok) {
                if file.path().extension().is_some_and(|it| it == "rs") {
                    compare(&std::fs::read_to_string(file.path()).unwrap());
                    files += 1;
                }
            }
        }
        assert!(files > 100, "{files}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(code in any::<String>()) {
            let mut at = 0;
            for token in tokens(&code) {
                prop_assert!(code[at..token.range.start].trim().is_empty() && !token.range.is_empty());
                at = token.range.end;
            }
            prop_assert!(code[at..].trim().is_empty());
        }

        #[test]
        fn what_a_macro_can_read_is_read_alike(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "r#b", " ", "\n", "'c", "'d'", "'\\n'", "\"e\"", "\"\\\"\"", "r#\"f\"#", "b'g'", "0x1f", "1.5", "2.", "3",
            "e7", "u8", "..", ".", "::", "/* h */", "// i\n", "/// j\n", "/*", "*/", "#", "[", "]", "(", ")", "!", "é", "-",
        ]), 0..12)) {
            compare(&pieces.concat());
        }
    }
}
