//! What HTML and CSS would have a browser fetch from other hosts.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Problem;

/// Something that would be fetched from another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The element by which, as `img`.
    pub(crate) element: String,
    pub(crate) url: String,
    pub(crate) span: Range<usize>,
}

/// The requests that a piece of HTML makes of itself; links that a reader may follow are none.
pub(crate) fn in_html(html: &str) -> Vec<Request> {
    found(html).filter_map(|span| request(html, span)).collect()
}

/// The requests of a style sheet.
pub(crate) fn in_css(css: &str) -> Vec<Request> {
    let fetched = found(css).filter(|span| fetches(&css[..span.start]));
    fetched.map(|span| Request::new("style", css, span)).collect()
}

impl Request {
    fn new(element: &str, text: &str, span: Range<usize>) -> Request {
        Request {
            element: element.to_owned(),
            url: text[span.clone()].to_owned(),
            span,
        }
    }
}

/// Pages are long, and the regex crate's search for a text is much faster than that of `str`.
static SLASHES: LazyLock<Regex> = LazyLock::new(|| Regex::new("//").expect("a constant"));

/// All addresses with a host, whatever they are there for.
fn found(text: &str) -> impl Iterator<Item = Range<usize>> {
    SLASHES.find_iter(text).filter_map(|found| {
        let slashes = found.start();
        let before = &text[..slashes];
        let scheme = ["https:", "http:", "HTTPS:", "HTTP:"]
            .iter()
            .find(|scheme| before.ends_with(**scheme));
        let begins = before.ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '(' | ','));
        if scheme.is_none() && !begins {
            return None; // two slashes in a path
        }
        let start = slashes - scheme.map_or(0, |scheme| scheme.len());
        let rest = &text[slashes + 2..];
        let len = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | '`'));
        let end = slashes + 2 + len.unwrap_or(rest.len());
        (end > slashes + 2).then_some(start..end)
    })
}

/// The request that is made by the element in which an address stands.
fn request(html: &str, span: Range<usize>) -> Option<Request> {
    let open = html[..span.start].rfind('<')?;
    let before = &html[open + 1..span.start];
    let name_end = before
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(before.len());
    let element = before[..name_end].to_ascii_lowercase();
    if closes(before) {
        // Text, which asks nothing of anyone, but for style sheets.
        return (element == "style" && fetches(before)).then(|| Request::new(&element, html, span));
    }
    let fetched = match attribute(before)?.as_str() {
        "src" | "srcset" | "poster" | "background" => true,
        "data" => element == "object",
        "href" | "xlink:href" => match element.as_str() {
            "link" => !is_mention(&html[open..]),
            "a" | "area" | "base" => false,
            _ => true,
        },
        "style" => fetches(before),
        _ => false,
    };
    fetched.then(|| Request::new(&element, html, span))
}

/// Whether a tag that begins so is closed again, outside of the values of its attributes.
fn closes(tag: &str) -> bool {
    let mut quote = None;
    tag.chars().any(|c| {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '>' => return true,
            _ => {}
        }
        false
    })
}

/// The attribute whose value has begun at the end of this part of a tag.
fn attribute(tag: &str) -> Option<String> {
    let equals = tag.rfind('=').filter(|equals| {
        // An address may hold a `=` itself; the one that counts has a name before it and no text after it.
        let value = tag[equals + 1..].trim_start();
        value.trim_start_matches(['"', '\'']).len() < value.len() || value.is_empty()
    })?;
    let name = tag[..equals].trim_end();
    let start = name.rfind(char::is_whitespace).map_or(0, |space| space + 1);
    Some(name[start..].to_ascii_lowercase())
}

/// Whether a `link` says only where something is.
fn is_mention(tag: &str) -> bool {
    let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
    let mentions = [
        "canonical",
        "alternate",
        "author",
        "license",
        "help",
        "me",
        "next",
        "prev",
    ];
    let rel = tag.split_once("rel=").map_or("", |(_, rest)| rest);
    let rel = rel.trim_start_matches(['"', '\'']);
    let rel = &rel[..rel.find(['"', '\'', ' ']).unwrap_or(rel.len())];
    mentions.contains(&rel)
}

/// Whether what a style sheet says up to here makes it fetch what comes next.
fn fetches(css: &str) -> bool {
    let css = css.trim_end_matches(['"', '\'']).trim_end();
    css.ends_with("url(") || css.ends_with("@import")
}

/// What a request to another host says about itself.
pub(crate) fn external(problem: Problem) -> Problem {
    problem
        .note("it is another host's: without a network a reader does not see it, and with one that host learns who reads what")
        .help("put a copy beside the chapter")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(html: &str) -> Vec<String> {
        let requests = in_html(html);
        requests.iter().map(|it| format!("{} {}", it.element, it.url)).collect()
    }

    #[test]
    fn what_is_fetched_is_found() {
        for (html, element) in [
            ("<img alt='x' src='https://a.b/c.png'>", "img https://a.b/c.png"),
            ("<img alt=\"a > b\" src=\"https://a.b/c.png\">", "img https://a.b/c.png"),
            ("<IMG SRC=https://a.b/c.png>", "img https://a.b/c.png"),
            ("<p><script async src = \"//a.b/c.js\"></script>", "script //a.b/c.js"),
            (
                "<link rel=\"stylesheet\" href=\"http://a.b/c?d=e\">",
                "link http://a.b/c?d=e",
            ),
            ("<link href=\"http://a.b/c\" rel=icon>", "link http://a.b/c"),
            (
                "<img srcset=\"x.png 1x, https://a.b/c.png 2x\">",
                "img https://a.b/c.png",
            ),
            (
                "<svg><image xlink:href=\"https://a.b/c.png\"/></svg>",
                "image https://a.b/c.png",
            ),
            ("<use href=\"https://a.b/c.svg#d\"/>", "use https://a.b/c.svg#d"),
            (
                "<b style=\"background: url('https://a.b/c.png')\">",
                "b https://a.b/c.png",
            ),
            (
                "<style>@import \"https://a.b/c.css\";</style>",
                "style https://a.b/c.css",
            ),
            ("<object data='https://a.b/c'>", "object https://a.b/c"),
            ("<video poster=https://a.b/c>", "video https://a.b/c"),
        ] {
            assert_eq!(elements(html), [element], "{html}");
        }
    }

    #[test]
    fn what_is_only_mentioned_is_not() {
        for html in [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\">",
            "<a href=\"https://a.b/\">https://a.b/</a>",
            "<link rel=\"canonical\" href=\"https://a.b/\">",
            "<code>&lt;img src=\"https://a.b/c.png\"&gt;</code>",
            "<p>url(https://a.b/c.png)</p>",
            "<img src=\"a//b.png\" alt=\"https://a.b/\">",
            "<script>// fetch(\"https://a.b\")</script>",
            "a // b",
        ] {
            assert_eq!(elements(html), [""; 0], "{html}");
        }
    }

    #[test]
    fn style_sheets() {
        let css =
            "/* https://a.b */ @import 'https://a.b/c.css'; p { background: url(//a.b/c.png) } q { x: url(d.png) }";
        let urls: Vec<String> = in_css(css).into_iter().map(|it| it.url).collect();
        assert_eq!(urls, ["https://a.b/c.css", "//a.b/c.png"]);
    }
}
