//! What HTML and CSS would have a browser fetch from other hosts.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::tags::{Attribute, Tag, tags};
use crate::problem::Problem;

/// Something that would be fetched from another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The element by which, as `img`.
    pub(crate) element: String,
    pub(crate) url: String,
    pub(crate) span: Range<usize>,
}

/// What stands before `//` on the pages of most books where nothing is fetched: in namespaces, in links, at the beginning
/// of a text, and in the licence of mdBook's icons.
const HARMLESS: &str = "xmlns=\"http:|xmlns:xlink=\"http:|<a href=\"http:|<a href=\"https:|>http:|>https:|\
                        @fontawesome - https:| License - https:";

/// Pages are long, and the regex crate's search for a text is much faster than that of `str`.
static SLASHES: LazyLock<Regex> = LazyLock::new(|| constant("//"));

// The addresses in values of different kinds are the groups of these.
static WORDS: LazyLock<Regex> = LazyLock::new(|| constant(r"(\S+)"));
static SRCSET: LazyLock<Regex> = LazyLock::new(|| constant(r"([^\s,](?:\S*[^\s,])?)(?:\s[^,]*)?"));
static REFRESH: LazyLock<Regex> =
    LazyLock::new(|| constant(r#"(?i)^\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?["']?([^\s"']+)"#));
static CSS: LazyLock<Regex> = LazyLock::new(|| {
    let quoted = r#"(?:"((?:[^"\\]|\\.)*)"?|'((?:[^'\\]|\\.)*)'?)"#;
    let passed_over = r#"/\*.*?\*/|@namespace[^;]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"#;
    constant(&format!(r#"(?is)(?:@import(?:\s|/\*.*?\*/)*|[(,]\s*){quoted}|url\(\s*([^\s"')]+)|{passed_over}"#))
});

/// The relations of a `link` by which nothing is fetched.
static MENTIONS: LazyLock<Regex> = LazyLock::new(|| {
    let relations = "alternate|author|bookmark|canonical|external|help|license|me|next|nofollow|noopener|noreferrer|opener|\
                     prev|privacy-policy|search|tag|terms-of-service";
    constant(&format!(r"(?i)^(?:\s*\b(?:{relations})\b)*\s*$"))
});
static HOST: LazyLock<Regex> = LazyLock::new(|| constant("(?i)^(?://|https?:|ftp:)"));

fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant")
}

/// The requests that a piece of HTML makes of itself; links that a reader may follow are none.
pub(crate) fn in_html(html: &str) -> Vec<Request> {
    if may_fetch(html) { read(html) } else { Vec::new() }
}

fn read(html: &str) -> Vec<Request> {
    let mut found = Vec::new();
    for tag in tags(html) {
        for attribute in tag.attributes.iter().filter(|it| it.value.contains("//")) {
            let requests = match attribute.name.as_ref() {
                "srcdoc" => in_html(&attribute.value),
                _ => requests(&tag.name, &attribute.value, fetched(&tag, attribute)),
            };
            found.extend(requests.into_iter().map(|it| Request { span: attribute.place(&it.span), ..it }));
        }
    }
    found
}

/// Whether a page has to be read to know: most have not, and that saves most of the time.
fn may_fetch(html: &str) -> bool {
    SLASHES.find_iter(html).any(|slashes| {
        let (before, after) = (&html[..slashes.start()], &html[slashes.end()..]);
        !after.starts_with(char::is_whitespace) && !HARMLESS.split('|').any(|it| before.ends_with(it))
    })
}

/// The requests of a style sheet.
pub(crate) fn in_css(css: &str) -> Vec<Request> {
    requests("style", css, addresses(&CSS, css))
}

/// Those of the addresses in a text that are on other hosts.
fn requests(element: &str, text: &str, mut addresses: Vec<Range<usize>>) -> Vec<Request> {
    addresses.retain(|url| text[url.clone()].contains("//") && has_host(&text[url.clone()]));
    let requests = addresses.into_iter().map(|span| Request {
        element: element.to_owned(),
        url: text[span.clone()].to_owned(),
        span,
    });
    requests.collect()
}

/// The addresses in the value of an attribute that a browser fetches of itself.
pub(crate) fn fetched(tag: &Tag<'_>, attribute: &Attribute<'_>) -> Vec<Range<usize>> {
    let value = &attribute.value;
    match (attribute.name.as_ref(), tag.name.as_ref()) {
        ("href" | "xlink:href", "a" | "area") => Vec::new(),
        ("href", "link") if MENTIONS.is_match(tag.attribute("rel").unwrap_or_default()) => Vec::new(),
        ("href" | "xlink:href" | "src" | "poster" | "background", _) | ("data", "object") => {
            let start = value.len() - value.trim_start().len();
            std::iter::once(start..start + value.trim().len()).collect()
        }
        ("srcset" | "imagesrcset", _) => addresses(&SRCSET, value),
        ("ping" | "attributionsrc", _) => addresses(&WORDS, value),
        ("content", "meta") if tag.attribute("http-equiv").is_some() => addresses(&REFRESH, value),
        ("" | "style" | "fill" | "stroke" | "filter" | "mask" | "clip-path" | "cursor", _)
        | ("marker" | "marker-start" | "marker-mid" | "marker-end", _) => addresses(&CSS, value),
        _ => Vec::new(),
    }
}

fn addresses(kind: &Regex, text: &str) -> Vec<Range<usize>> {
    let group = |found: Captures<'_>| Some(found.iter().skip(1).flatten().next()?.range());
    kind.captures_iter(text).filter_map(group).collect()
}

/// Whether an address names a host.
pub(crate) fn has_host(address: &str) -> bool {
    HOST.is_match(address)
}

/// What a request to another host says about itself.
pub(crate) fn external(problem: Problem) -> Problem {
    problem
        .note("it is another host's: without a network a reader does not see it, and with one that host learns who reads what")
        .help("put a copy beside the chapter")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            ("<link rel=\"stylesheet\" href=\"http://a.b/c?d=e\">", "link http://a.b/c?d=e"),
            ("<link href=\"http://a.b/c\" rel=icon>", "link http://a.b/c"),
            ("<img srcset=\"x.png 1x, https://a.b/c.png 2x\">", "img https://a.b/c.png"),
            ("<svg><image xlink:href=\"https://a.b/c.png\"/></svg>", "image https://a.b/c.png"),
            ("<use href=\"https://a.b/c.svg#d\"/>", "use https://a.b/c.svg#d"),
            ("<b style=\"background: url('https://a.b/c.png')\">", "b https://a.b/c.png"),
            ("<style>@import \"https://a.b/c.css\";</style>", "style https://a.b/c.css"),
            ("<object data='https://a.b/c'>", "object https://a.b/c"),
            ("<video poster=https://a.b/c>", "video https://a.b/c"),
            ("<body background='https://a.b/c'>", "body https://a.b/c"),
            ("<noscript><img src='https://a.b/c'></noscript>", "img https://a.b/c"),
            ("<textarea></textarea><embed src='https://a.b/c'>", "embed https://a.b/c"),
            ("<input type=image src=' HTTPS://a.b/c '>", "input HTTPS://a.b/c"),
            ("<img src='https://a.b/c?d&amp;e'>", "img https://a.b/c?d&e"),
            ("<iframe src='//a.b/c'></iframe>", "iframe //a.b/c"),
            ("<iframe srcdoc='<img src=&quot;//a.b/c&quot;>'></iframe>", "img //a.b/c"),
            ("<video><track src='//a.b/c'>", "track //a.b/c"),
            ("<source srcset='//a.b/c'>", "source //a.b/c"),
            ("<img srcset='data:x//y,z 1x,//a.b/c,d 2x'>", "img //a.b/c,d"),
            ("<link rel=preload as=image imagesrcset='c 1x, //a.b/c 2x'>", "link //a.b/c"),
            ("<link rel='Alternate StyleSheet' href='//a.b/c'>", "link //a.b/c"),
            ("<base href='https://a.b/'>", "base https://a.b/"),
            ("<a href='c' ping='d https://a.b/c'>", "a https://a.b/c"),
            ("<meta http-equiv=Refresh content=\" 0; URL = 'https://a.b/?c;d'\">", "meta https://a.b/?c;d"),
            ("<meta http-equiv=refresh content='3 //a.b/c?d=e'>", "meta //a.b/c?d=e"),
            ("<p style=\"background: url(&quot;//a.b/c&quot;)\">", "p //a.b/c"),
            ("<rect fill='url( //a.b/c#d )'/>", "rect //a.b/c#d"),
            ("<svg><title/><style><![CDATA[ a > b { c: url(//a.b/d) }]]></style></svg>", "style //a.b/d"),
            ("<svg><script/><feImage href='//a.b/c'/></svg>", "feimage //a.b/c"),
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
            "<!-- <img src='https://a.b/c'> -->",
            "<textarea><img src='https://a.b/c'></textarea>",
            "<script>document.write(\"<img src='https://a.b/c'>\")</script>",
            "<svg><![CDATA[ > <img src='https://a.b/c'> ]]></svg>",
            "<svg><a xlink:href='https://a.b/'></a></svg>",
            "<link rel='me author' href='https://a.b/'>",
            "<link href='https://a.b/' title='no relation'>",
            "<img src='data:image/png;base64,//8='>",
            "<img src='https://a.b/c",
            "</img src='https://a.b/c'>",
            "<meta name=description content='0; https://a.b/c'>",
            "<object src2='https://a.b/c'></object><p data='https://a.b/c'>",
        ] {
            assert_eq!(elements(html), [""; 0], "{html}");
        }
    }

    #[test]
    fn style_sheets() {
        let css = "/* https://a.b ' url(//no) */ @import 'https://a.b/c.css'; p { background: url(//a.b/c.png) }\n\
                   q { x: url(d.png); content: 'url(//no)' \"https://no\" '\\'//no'; don't:\n1 }\n\
                   @namespace svg url(http://www.w3.org/2000/svg); a[href^='https://'] { x: URL( \"//a.b/d\" ) }\n\
                   @IMPORT/**/url('//a.b/e'); p { x: image-set(url(f) 1x, '//a.b/f' 2x); y: url(//a.b/g";
        let urls: Vec<String> = in_css(css).into_iter().map(|it| it.url).collect();
        assert_eq!(
            urls,
            [
                "https://a.b/c.css",
                "//a.b/c.png",
                "//a.b/d",
                "//a.b/e",
                "//a.b/f",
                "//a.b/g"
            ]
        );
        for request in in_css(css) {
            assert_eq!(css[request.span], request.url);
        }
    }

    #[test]
    fn requests_have_places() {
        let html = "<p style='a: url(b)'><b style='a: url(//c); d: url(//e)'><style>x{y:url(//f)}</style>";
        let places: Vec<&str> = in_html(html).into_iter().map(|it| &html[it.span]).collect();
        assert_eq!(places, ["//c", "//e", "//f"]);
    }

    proptest! {
        #[test]
        fn what_need_not_be_read_fetches_nothing(
            pieces in prop::collection::vec(("[a-z>]{0,2}", prop::sample::select(vec![
                "<img src=\"URL\">", "<img src=URL>", "<img alt=' License - URL' src='b'>", "<img srcset='b 1x, URL 2x'>",
                "<a href=\"URL\">", "<a href=URL ping='URL'>", "<link href=\"URL\" rel=icon>", "<p style='a:url( URL )'>",
                "<svg xmlns=\"URL\" xmlns:xlink=\"URL\">", "</svg>", "<style>@import \"URL\"; a>URL</style>", "// b", "URL",
                "<!-- @fontawesome - URL License - URL -->", "<!--", "-->", "<base href=\"URL\">", "<script>// URL</script>",
            ]), prop::sample::select(vec!["http://a.b", "https://a.b", "//a.b", "a//b"])), 0..4)
        ) {
            let html: String = pieces.iter().map(|(text, piece, url)| text.to_owned() + &piece.replace("URL", url)).collect();
            if !may_fetch(&html) {
                prop_assert_eq!(read(&html), []);
            }
        }
    }
}
