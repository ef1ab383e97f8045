//! Style sheets by their tokens, as a browser reads them.

use std::ops::Range;

use cssparser::{Parser, Token};

/// The tokens of a style sheet, or of a part of one, each with its place. What stands in blocks and functions follows the
/// token that opens them; depth costs nothing.
pub(crate) struct Tokens<'a> {
    css: &'a str,
    /// Where the rest that the parser reads begins: behind the last token that opened something, since the parser would
    /// pass over what is inside.
    base: usize,
    parser: Parser<'a>,
}

pub(crate) fn tokens(css: &str) -> Tokens<'_> {
    Tokens { css, base: 0, parser: Parser::new(css) }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.base + self.parser.position().byte_index();
        let token = self.parser.next_including_whitespace_and_comments().ok()?.clone();
        let end = self.base + self.parser.position().byte_index();
        if opens(&token) {
            (self.base, self.parser) = (end, Parser::new(&self.css[end..]));
        }
        Some((token, start..end))
    }
}

/// Whether a token begins what another one ends.
pub(crate) fn opens(token: &Token<'_>) -> bool {
    use Token::{CurlyBracketBlock, Function, ParenthesisBlock, SquareBracketBlock};
    matches!(token, Function(_) | ParenthesisBlock | SquareBracketBlock | CurlyBracketBlock)
}

/// Whether a token ends what another one began.
pub(crate) fn closes(token: &Token<'_>) -> bool {
    matches!(token, Token::CloseParenthesis | Token::CloseSquareBracket | Token::CloseCurlyBracket)
}

/// Functions whose texts are addresses.
const FETCHING: [&str; 7] = [
    "url",
    "src",
    "image",
    "image-set",
    "-webkit-image-set",
    "cross-fade",
    "-webkit-cross-fade",
];

/// The addresses that a style sheet, or a value of one, has a browser fetch: in `url()` and its kin, and in `@import`. The
/// text of a custom property may be used as one.
pub(crate) fn addresses(css: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    // For each open block or function, whether its texts are addresses.
    let mut open: Vec<bool> = Vec::new();
    let (mut rule, mut is_custom, mut is_first) = (String::new(), false, true);
    for (token, span) in tokens(css) {
        let is_fetching = open.last() == Some(&true);
        match &token {
            Token::WhiteSpace(_) | Token::Comment(_) => continue,
            Token::AtKeyword(name) => rule = name.to_ascii_lowercase(),
            Token::Ident(name) if is_first => {
                is_custom = name.starts_with("--") || name.eq_ignore_ascii_case("initial-value");
            }
            Token::UnquotedUrl(url) if rule != "namespace" => found.push((url.to_string(), span.clone())),
            Token::QuotedString(url) if rule != "namespace" && (is_fetching || is_custom || rule == "import") => {
                found.push((url.to_string(), span.clone()));
            }
            Token::Function(name) => open.push(is_fetching || FETCHING.iter().any(|it| name.eq_ignore_ascii_case(it))),
            token if opens(token) => open.push(is_fetching),
            token if closes(token) => drop(open.pop()),
            _ => {}
        }
        is_first = matches!(token, Token::Semicolon | Token::CurlyBracketBlock | Token::CloseCurlyBracket);
        if is_first {
            rule.clear();
            is_custom &= token == Token::CurlyBracketBlock;
        }
    }
    let within = |(url, span): (String, Range<usize>)| {
        let at = css[span.clone()].find(&url).map(|at| span.start + at);
        let span = at.map_or(span, |at| at..at + url.len());
        (url, span)
    };
    found.into_iter().map(within).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn urls(css: &str) -> Vec<String> {
        addresses(css).into_iter().map(|(url, _)| url).collect()
    }

    #[test]
    fn addresses_are_found_however_they_are_written() {
        for (css, url) in [
            ("a { b: url(x) }", "x"),
            ("a { b: URL( 'x' ) }", "x"),
            (r"a { b: u\72l(x) }", "x"),
            (r"a { b: url(\68ttp://x) }", "http://x"),
            (r"a { b: url('ht\74 p://x') }", "http://x"),
            ("@import 'x';", "x"),
            (r"@\69mport/**/'x' screen;", "x"),
            ("@import url(x) layer(a);", "x"),
            ("a { b: image-set('x' 1x) }", "x"),
            ("a { b: -webkit-image-set(linear-gradient(red, red) 1x, calc((('x')))) }", "x"),
            ("a { b: src('x') }", "x"),
            ("a { --c: 'x'; b: image-set(var(--c) 1x) }", "x"),
            ("@property --a { initial-value: 'x' }", "x"),
            ("@font-face { src: url(x) format('woff2') }", "x"),
            ("b: url(x", "x"),
            ("@media print { a { b: url(x) } }", "x"),
            ("a:is([b='c'] { d: url(x)", "x"),
        ] {
            assert_eq!(urls(css), [url], "{css}");
        }
        for css in [
            "a { content: 'x' }",
            "@namespace svg url(x);",
            "@namespace svg url('x');",
            "@charset 'x';",
            "a[b='x'] { font-family: 'x' } /* url(x) */",
            "a { b: curl(x) 'url(x)' }",
        ] {
            assert_eq!(urls(css), [""; 0], "{css}");
        }
    }

    proptest! {
        #[test]
        fn tokens_follow_each_other_to_the_end(css in r#"[a-z0-9 \\"'(){}\[\];:@#/*<!>.,\n\u{e9}-]{0,40}"#) {
            let mut at = 0;
            for (_, span) in tokens(&css) {
                prop_assert_eq!(span.start, at);
                at = span.end;
            }
            prop_assert_eq!(at, css.len());
            for (_, span) in addresses(&css) {
                let _ = &css[span];
            }
        }
    }
}
