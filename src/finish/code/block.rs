//! A block of Rust on a page, and the tags that are put around parts of its text.

use std::ops::Range;

use super::lexer::{self, Kind};
use super::words::classes;
use crate::html::tags::Token;
use crate::splice::Splice;

/// Fewer lines of imports than these stay as they are.
const FOLDED: usize = 3;

/// A block of Rust.
pub(super) struct Block {
    /// Where the tag of its `<code>` begins and ends.
    tag: Range<usize>,
    /// The text, without tags.
    code: String,
    pieces: Vec<Piece>,
}

/// A stretch of a block's text with no tag in it.
struct Piece {
    /// In the text.
    range: Range<usize>,
    /// For each of its bytes, and its end, where on the page it is written.
    places: Vec<usize>,
    hidden: bool,
}

impl Piece {
    fn place(&self, at: usize) -> usize {
        self.places[at - self.range.start]
    }
}

/// The blocks of Rust of a page, but those that hold other tags than mdBook's own.
pub(super) fn blocks(html: &str, tokens: &[Token<'_>]) -> Vec<Block> {
    let opened = tokens.windows(2).enumerate().filter_map(|(at, pair)| match pair {
        [Token::Open(pre), Token::Open(code)] if pre.name == "pre" && code.name == "code" => Some((at, code)),
        _ => None,
    });
    let is_rust = |class: &str| class.split_ascii_whitespace().any(|class| class == "language-rust");
    let opened = opened.filter(|(_, code)| code.attribute("class").is_some_and(is_rust));
    opened.filter_map(|(at, code)| Block::read(html, code.span.clone(), &tokens[at + 2..])).collect()
}

impl Block {
    /// The block whose `<code>` stands before some tokens.
    fn read(html: &str, tag: Range<usize>, tokens: &[Token<'_>]) -> Option<Block> {
        let (mut code, mut pieces, mut hidden) = (String::new(), Vec::new(), false);
        for token in tokens {
            match token {
                Token::Text(text, span) => {
                    let range = code.len()..code.len() + text.len();
                    let places = places(text, &html[span.clone()], span.start)?;
                    code.push_str(text);
                    pieces.push(Piece { range, places, hidden });
                }
                Token::Open(tag) if tag.name == "span" && !hidden && tag.attribute("class") == Some("boring") => {
                    hidden = true;
                }
                Token::Close(name) if name == "span" && hidden => hidden = false,
                Token::Close(name) if name == "code" && !hidden => return Some(Block { tag, code, pieces }),
                _ => return None,
            }
        }
        None
    }

    pub(super) fn edits(&self) -> Vec<Splice> {
        let tokens = lexer::tokens(&self.code);
        let (mut edits, mut last) = (Vec::new(), None);
        if let Some((end, lines)) = self.imports(&tokens) {
            let label = "<label class=\"recto-imports\"><input type=\"checkbox\">";
            edits.push(Splice::insertion(self.tag.start, format!("{label} Imports ({lines} lines)</label>")));
            edits.push(Splice::insertion(self.tag.end, "<span class=\"recto-imported\">"));
            let close = self.written(&(end - 1..end)).last().map(|(_, end)| Splice::insertion(end, "</span>"));
            // Behind what is coloured there, or before.
            if end == self.code.len() { last = close } else { edits.extend(close) }
        }
        for (class, range) in classes(&self.code, &tokens) {
            for (start, end) in self.written(&range) {
                edits.push(Splice::insertion(start, format!("<span class=\"rs-{class}\">")));
                edits.push(Splice::insertion(end, "</span>"));
            }
        }
        edits.into_iter().chain(last).collect()
    }

    /// Where a stretch of the text is written: in each piece that it has a part in.
    fn written(&self, range: &Range<usize>) -> impl Iterator<Item = (usize, usize)> {
        let Range { start, end } = *range;
        let first = self.pieces.partition_point(|piece| piece.range.end <= start);
        let pieces = self.pieces[first..].iter().take_while(move |piece| piece.range.start < end);
        pieces.map(move |piece| (piece.place(start.max(piece.range.start)), piece.place(end.min(piece.range.end))))
    }

    fn is_hidden(&self, at: usize) -> bool {
        self.pieces.iter().any(|piece| piece.range.contains(&at) && piece.hidden)
    }

    /// Where the lines end with which the block begins and that only import, and how many of them are seen; nothing where
    /// they are few.
    fn imports(&self, tokens: &[lexer::Token]) -> Option<(usize, usize)> {
        let text = |token: &lexer::Token| &self.code[token.range.clone()];
        let mut end = 0;
        let mut rest = tokens.iter().filter(|token| !self.is_hidden(token.range.start)).peekable();
        while let Some(first) = rest.next() {
            let is_import = match text(first) {
                "use" => true,
                "pub" => rest.peek().is_some_and(|next| text(next) == "use"),
                _ => false,
            };
            let close = rest.by_ref().find(|token| text(token) == ";").filter(|_| is_import);
            let Some(close) = close.map(|close| close.range.end) else {
                break;
            };
            let line = self.code[close..].find('\n').map_or(self.code.len(), |at| close + at + 1);
            let behind = rest.next_if(|token| token.kind == Kind::Comment && token.range.end <= line);
            let behind = behind.map_or(close, |comment| comment.range.end);
            if !self.code[behind..line].trim().is_empty() {
                break;
            }
            end = line;
        }
        let seen = |line: &(usize, &str)| !line.1.trim().is_empty() && !self.is_hidden(line.0);
        let lines = self.lines(0..end).filter(seen).count();
        let blank = self
            .lines(end..self.code.len())
            .take_while(|(at, line)| line.trim().is_empty() && !self.is_hidden(*at));
        let end = end + blank.map(|(_, line)| line.len()).sum::<usize>();
        (lines >= FOLDED).then_some((end, lines))
    }

    fn lines(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
        let mut at = range.start;
        self.code[range].split_inclusive('\n').map(move |line| {
            at += line.len();
            (at - line.len(), line)
        })
    }
}

/// For each byte of a text, and its end, where it is written in a source in which references may stand for characters.
fn places(text: &str, source: &str, start: usize) -> Option<Vec<usize>> {
    let mut places = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    for c in text.chars() {
        places.extend(std::iter::repeat_n(start + at, c.len_utf8()));
        at += match source.get(at..)? {
            reference if reference.starts_with('&') => reference.find(';')? + 1,
            written if written.starts_with(c) => c.len_utf8(),
            _ => return None,
        };
    }
    places.push(start + at);
    (at == source.len()).then_some(places)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::html::tags::tokens;
    use crate::splice::spliced;

    fn page(code: &str) -> String {
        format!("<main><p>a</p><pre><code class=\"language-rust\">{code}</code></pre>\n</main>")
    }

    fn finished(html: &str) -> String {
        let tokens: Vec<Token<'_>> = tokens(html).collect();
        let mut edits: Vec<Splice> = blocks(html, &tokens).iter().flat_map(Block::edits).collect();
        spliced(html, &mut edits).unwrap()
    }

    /// The text of all `<code>`, and how deep its tags are at the end.
    fn text(html: &str) -> (String, usize) {
        let (mut text, mut open, mut in_code) = (String::new(), Vec::new(), false);
        for token in tokens(html) {
            match token {
                Token::Open(tag) if tag.name != "input" => {
                    in_code |= tag.name == "code";
                    open.push(tag.name.into_owned());
                }
                Token::Close(name) => {
                    in_code &= name != "code";
                    assert_eq!(open.pop().as_deref(), Some(name.as_ref()), "{html}");
                }
                Token::Text(part, _) if in_code => text.push_str(&part),
                _ => {}
            }
        }
        (text, open.len())
    }

    #[test]
    fn tokens_have_tags_around_them() {
        let html = page("let a = &quot;&amp;&lt;&quot;; // b\n<span class=\"boring\">/* c\n</span>d */ fn");
        let expected = page(
            "<span class=\"rs-keyword\">let</span> a = <span class=\"rs-text\">&quot;&amp;&lt;&quot;</span>; \
             <span class=\"rs-comment\">// b</span>\n<span class=\"boring\"><span class=\"rs-comment\">/* c\n</span></span>\
             <span class=\"rs-comment\">d */</span> <span class=\"rs-keyword\">fn</span>",
        );
        assert_eq!(finished(&html), expected);
    }

    #[test]
    fn imports_are_folded() {
        for (code, folded) in [
            ("use a;\nuse b;\nuse c;\n\nlet d;", Some((3, "use a;\nuse b;\nuse c;\n\n"))),
            ("use a;\nuse b;\nlet d;", None),
            ("pub use a::{\n    b,\n};  // e\nlet d;", Some((3, "pub use a::{\n    b,\n};  // e\n"))),
            ("use a;\nuse b;\nuse c; let d;\n", None),
            ("use a;\n\nuse b;\nuse c;", Some((3, "use a;\n\nuse b;\nuse c;"))),
            ("use a;\nuse b;\nuse c; // d", Some((3, "use a;\nuse b;\nuse c; // d"))),
            ("// a\nuse a;\nuse b;\nuse c;\n", None),
            ("use a;\nuse b;\n<span class=\"boring\">use c;\n</span>let d;", None),
            (
                "<span class=\"boring\">let x;\n</span>use a;\nuse b;\n<span class=\"boring\">use c;\n</span>use d;\nlet e;",
                Some((3, "let x;\nuse a;\nuse b;\nuse c;\nuse d;\n")),
            ),
            ("use a;\nuse b;\nuse c", None),
        ] {
            let html = finished(&page(code));
            let found = html.split_once("<span class=\"recto-imported\">").map(|(before, after)| {
                let lines = before.split("Imports (").nth(1).and_then(|it| it.split(' ').next()).unwrap();
                // What is in it closes before it does.
                let mut depth = 1;
                let end = after.match_indices("span").find(|(at, _)| {
                    depth = if after[..*at].ends_with('/') { depth - 1 } else { depth + 1 };
                    // Each tag that opens is written once, each that closes too.
                    depth == 0
                });
                (lines.parse::<usize>().unwrap(), text(&page(&after[..end.unwrap().0 - 2])).0)
            });
            assert_eq!(found, folded.map(|(lines, text)| (lines, text.to_owned())), "{html}");
        }
    }

    #[test]
    fn what_others_have_marked_up_stays() {
        for code in [
            "<b>let</b> a;",
            "<span class=\"hljs-keyword\">let</span>",
            "<span class=\"boring\"><i></i></span>",
        ] {
            assert_eq!(finished(&page(code)), page(code));
        }
        let other = page("let").replace("language-rust", "language-toml");
        assert_eq!(finished(&other), other);
    }

    proptest! {
        #[test]
        fn the_text_of_a_block_stays(lines in prop::collection::vec((any::<bool>(), prop_oneof![
            any::<String>(), "(use [a-z:]{1,4};|pub use |[/*\"'#rb a-z0-9.!\\[\\]]{0,12})",
        ]), 0..8)) {
            let line = |(hidden, line): &(bool, String)| {
                let line = crate::html::escape(&line.replace('\n', " "));
                if *hidden { format!("<span class=\"boring\">{line}\n</span>") } else { format!("{line}\n") }
            };
            let html = page(&lines.iter().map(line).collect::<String>());
            prop_assert_eq!(text(&finished(&html)), text(&html));
        }
    }
}
