//! What HTML and CSS would have a browser fetch from other hosts: found in what was parsed, attribute by attribute and token
//! by token, and judged by the URL standard.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use url::{Origin, Url};

use super::css;
use super::tags::{Attribute, Tag, Token, tokens};
use crate::problem::Problem;

/// Something that would be fetched from another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The element by which, as `img`.
    pub(crate) element: String,
    pub(crate) url: String,
    pub(crate) span: Range<usize>,
}

/// The hosts from which a book lets its pages fetch images, and nothing else.
#[derive(Clone, Debug)]
pub(crate) enum ImageHosts {
    These(Vec<Origin>),
    Any,
}

impl Default for ImageHosts {
    fn default() -> Self {
        ImageHosts::These(Vec::new())
    }
}

impl ImageHosts {
    /// # Errors
    /// The first address that is not that of a host alone.
    pub(crate) fn of<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Result<ImageHosts, &'a str> {
        // A policy would read a star as any host.
        let is_plain = |address: &str| !address.contains(|c: char| c.is_whitespace() || "*;,'\"".contains(c));
        let origin = |address: &'a str| match Url::parse(address) {
            Ok(url)
                if url.scheme() == "https" && url.origin().ascii_serialization() == address && is_plain(address) =>
            {
                Ok(url.origin())
            }
            _ => Err(address),
        };
        addresses.into_iter().map(origin).collect::<Result<_, _>>().map(ImageHosts::These)
    }

    /// Whether an element may fetch from an address. Only what a browser shows as a picture, and runs nothing of.
    pub(crate) fn allow(&self, element: &str, url: &str) -> bool {
        let is_image = matches!(element, "img" | "source");
        is_image
            && match self {
                ImageHosts::These(hosts) => Url::parse(url).is_ok_and(|url| hosts.contains(&url.origin())),
                ImageHosts::Any => true,
            }
    }

    /// What a policy says of them.
    pub(crate) fn sources(&self) -> String {
        match self {
            ImageHosts::These(hosts) => {
                hosts.iter().map(|origin| format!(" {}", origin.ascii_serialization())).collect()
            }
            ImageHosts::Any => " https: http:".to_owned(),
        }
    }
}

// The addresses in values of different kinds are the groups of these.
static WORDS: LazyLock<Regex> = LazyLock::new(|| constant(r"(\S+)"));
static PARTS: LazyLock<Regex> = LazyLock::new(|| constant(r"([^;]+)"));
static SRCSET: LazyLock<Regex> = LazyLock::new(|| constant(r"([^\s,](?:\S*[^\s,])?)(?:\s[^,]*)?"));
static REFRESH: LazyLock<Regex> =
    LazyLock::new(|| constant(r#"(?is)^\s*[\d.]+[\s;,]*(?:url\s*=\s*)?(?:"([^"]*)|'([^']*)|(.*))"#));

/// The relations of a `link` by which nothing is fetched.
static MENTIONS: LazyLock<Regex> = LazyLock::new(|| {
    let relations = "alternate|author|bookmark|canonical|external|help|license|me|next|nofollow|noopener|noreferrer|opener|\
                     prev|privacy-policy|search|tag|terms-of-service";
    constant(&format!(r"(?i)^(?:\s*\b(?:{relations})\b)*\s*$"))
});

/// Where a page of a book might stand: an address without a host leads to one of the same host, or, where the scheme is
/// another one, to another host.
static PAGES: LazyLock<[Url; 2]> = LazyLock::new(|| {
    ["http://book.invalid/a/b", "https://book.invalid/a/b"].map(|it| Url::parse(it).expect("a constant"))
});

fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant")
}

/// The requests that a piece of HTML makes of itself; links that a reader may follow are none.
pub(crate) fn in_html(html: &str) -> Vec<Request> {
    tokens(html).flat_map(|token| in_token(&token)).collect()
}

/// Those of a tag or a style sheet.
pub(crate) fn in_token(token: &Token<'_>) -> Vec<Request> {
    match token {
        Token::Open(tag) => tag.attributes.iter().flat_map(|attribute| in_attribute(tag, attribute)).collect(),
        Token::Style(css, span) => {
            let sheet = Attribute {
                name: "".into(),
                value: css.clone(),
                span: span.clone(),
            };
            in_css(css).into_iter().map(|it| Request { span: sheet.place(&it.span), ..it }).collect()
        }
        Token::Close(_) | Token::Text(..) => Vec::new(),
    }
}

fn in_attribute(tag: &Tag<'_>, attribute: &Attribute<'_>) -> Vec<Request> {
    // Without these an address has no host; CSS may write them by `\\`, and `srcdoc` by references.
    let may_have_host = attribute.value.bytes().any(|byte| matches!(byte, b':' | b'/' | b'\\'));
    if !may_have_host && attribute.name != "srcdoc" {
        return Vec::new();
    }
    let requests = match attribute.name.as_ref() {
        "srcdoc" => in_html(&attribute.value),
        // What a reader writes is sent there.
        "action" | "formaction" => elsewhere(&tag.name, [(attribute.value.to_string(), 0..attribute.value.len())]),
        _ => elsewhere(&tag.name, fetched(tag, attribute)),
    };
    requests.into_iter().map(|it| Request { span: attribute.place(&it.span), ..it }).collect()
}

/// The requests of a style sheet.
pub(crate) fn in_css(css: &str) -> Vec<Request> {
    elsewhere("style", css::addresses(css))
}

/// Those of some addresses that are on other hosts.
fn elsewhere(element: &str, addresses: impl IntoIterator<Item = (String, Range<usize>)>) -> Vec<Request> {
    let others = addresses.into_iter().filter(|(url, _)| has_host(url));
    others.map(|(url, span)| Request { element: element.to_owned(), url, span }).collect()
}

/// The addresses in the value of an attribute that a browser fetches of itself, each with its place in the value, where its
/// characters may be written otherwise.
pub(crate) fn fetched(tag: &Tag<'_>, attribute: &Attribute<'_>) -> Vec<(String, Range<usize>)> {
    let value = attribute.value.as_ref();
    let sets_address = || tag.attribute("attributename").is_some_and(|name| name.trim().ends_with("href"));
    match (attribute.name.as_ref(), tag.name.as_ref()) {
        ("href" | "xlink:href", "a" | "area") => Vec::new(),
        ("href", "link") if MENTIONS.is_match(tag.attribute("rel").unwrap_or_default()) => Vec::new(),
        ("href" | "xlink:href" | "src" | "poster" | "background" | "manifest", _) | ("data", "object") => {
            let start = value.len() - value.trim_start().len();
            let trimmed = value.trim();
            vec![(trimmed.to_owned(), start..start + trimmed.len())]
        }
        ("srcset" | "imagesrcset", _) => addresses(&SRCSET, value),
        ("ping" | "attributionsrc", _) => addresses(&WORDS, value),
        ("content", "meta") if tag.attribute("http-equiv").is_some() => addresses(&REFRESH, value),
        ("from" | "to" | "by" | "values", _) if sets_address() => addresses(&PARTS, value),
        // Properties, where SVG has them as attributes and where its animations set them.
        ("" | "style" | "fill" | "stroke" | "filter" | "mask" | "clip-path" | "cursor", _)
        | ("marker" | "marker-start" | "marker-mid" | "marker-end", _)
        | ("from" | "to" | "by" | "values", "set" | "animate") => css::addresses(value),
        _ => Vec::new(),
    }
}

fn addresses(kind: &Regex, text: &str) -> Vec<(String, Range<usize>)> {
    let groups = kind.captures_iter(text).filter_map(|found| found.iter().skip(1).flatten().next());
    groups.map(|address| (address.as_str().to_owned(), address.range())).collect()
}

/// Whether an address leads to another host, as a browser reads it: `\` is `/`, line ends and what stands before and after
/// do not count, and `https:a.b` names a host on a page that is not had by `https`.
pub(crate) fn has_host(address: &str) -> bool {
    let start = address.trim_start_matches(|c: char| c <= ' ');
    if !start.contains(':') && !start.starts_with(['/', '\\']) {
        return false;
    }
    PAGES.iter().any(|page| match page.join(address) {
        Ok(url) => {
            matches!(url.scheme(), "http" | "https" | "ws" | "wss" | "ftp" | "file") && url.host() != page.host()
        }
        // What is wrong with it may not be to every browser.
        Err(_) => true,
    })
}

/// What a request of an element to another host says about itself.
pub(crate) fn external(element: &str, url: &str, problem: Problem) -> Problem {
    let origin = Url::parse(url)
        .ok()
        .filter(|url| url.scheme() == "https" && element == "img")
        .map(|url| url.origin());
    let setting = origin.map(|origin| {
        let origin = origin.ascii_serialization();
        format!(", or let the pages fetch that host's images: `image-hosts = [{origin:?}]` in `[preprocessor.recto]`")
    });
    problem
        .note("it is another host's: without a network a reader does not see it, and with one that host learns who reads what")
        .help(format!("put a copy beside the chapter{}", setting.unwrap_or_default()))
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
            ("<img src='hTTp://a.b/c'>", "img hTTp://a.b/c"),
            ("<img src='ht&#9;tp://a.b/c'>", "img ht\ttp://a.b/c"),
            ("<img src='http:\\\\a.b/c'>", "img http:\\\\a.b/c"),
            ("<img src='&#1;/&#10;\\a.b/c'>", "img \u{1}/\n\\a.b/c"),
            ("<img src='https:a.b/c'>", "img https:a.b/c"),
            ("<img src='http:a.b'>", "img http:a.b"),
            ("<img src='///a.b'>", "img ///a.b"),
            ("<img src='https&colon;&sol;&sol;a.b'>", "img https://a.b"),
            ("<img src='file:///etc/x'>", "img file:///etc/x"),
            ("<img src='http://[a'>", "img http://[a"),
            ("<image src='//a.b'>", "image //a.b"),
            ("<svg><style>a { b: url(&#104;ttp://a.b/c) }</style></svg>", "style http://a.b/c"),
            ("<svg><style>a { b: u&#114;l(//a.b/c) }</style></svg>", "style //a.b/c"),
            ("<p style='b: image-set(\"//a.b/c\" 1x)'>", "p //a.b/c"),
            ("<p style='b: url(\\68ttp://a.b/c)'>", "p http://a.b/c"),
            ("<p style='b: src(\"//a.b/c\")'>", "p //a.b/c"),
            ("<p style='--c: \"//a.b/c\"'>", "p //a.b/c"),
            ("<svg><image><set attributeName='href' to='//a.b/c'/></image></svg>", "set //a.b/c"),
            ("<svg><animate attributeName='xlink:href' values='#a;//a.b/c'/></svg>", "animate //a.b/c"),
            ("<svg><animate attributeName='fill' values='url(//a.b/c#d)'/></svg>", "animate //a.b/c#d"),
            ("<button formaction='//a.b'>", "button //a.b"),
            ("<form action='https://a.b'>", "form https://a.b"),
            ("<html manifest='//a.b/c'>", "html //a.b/c"),
            ("<table background='//a.b/c'>", "table //a.b/c"),
            ("<frame src='//a.b/c'>", "frame //a.b/c"),
            ("<img srcset='//a.b/c'>", "img //a.b/c"),
            ("<link rel=preload as=image imagesrcset=' , //a.b/c , d'>", "link //a.b/c"),
            ("<meta http-equiv=refresh content='0;url=ht&#9;tps://a.b'>", "meta ht\ttps://a.b"),
            ("<meta http-equiv=refresh content='.5 ;, //a.b'>", "meta //a.b"),
            ("<iframe srcdoc=\"<iframe srcdoc='&amp;lt;img src=//a.b&amp;gt;'>\">", "img //a.b"),
            ("<template><img src='//a.b'></template>", "img //a.b"),
            ("<div><template shadowrootmode=open><style>@import '//a.b'</style></template>", "style //a.b"),
        ] {
            assert_eq!(elements(html), [element], "{html}");
        }
    }

    #[test]
    fn images_of_hosts_that_are_named_are_allowed_and_nothing_else() {
        let hosts = ImageHosts::of(["https://a.b", "https://c.d:8443"]).unwrap();
        for (element, url, allowed) in [
            ("img", "https://a.b/c.png", true),
            ("source", "https://c.d:8443/e", true),
            ("img", "HTTPS://A.B/c.png", true),
            ("img", "https://a.b.evil/c.png", false),
            ("img", "https://a.b@evil/c.png", false),
            ("img", "https://c.d/e", false),
            ("img", "http://a.b/c.png", false),
            ("img", "//a.b/c.png", false),
            ("script", "https://a.b/c.js", false),
            ("iframe", "https://a.b/c", false),
            ("image", "https://a.b/c", false),
            ("style", "https://a.b/c", false),
        ] {
            assert_eq!(hosts.allow(element, url), allowed, "{element} {url}");
        }
        assert_eq!(hosts.sources(), " https://a.b https://c.d:8443");
        for wrong in [
            "a.b",
            "http://a.b",
            "https://a.b/c",
            "https://a.b; script-src *",
            "https://*.b",
            "https://x@a.b",
            "data:",
            "*",
            "",
        ] {
            assert!(ImageHosts::of([wrong]).is_err(), "{wrong}");
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
            "<img src='http'><img src='a:b'><img src='a/b:c'><img src='?//a.b'><img src='#//a.b'><img src='/a'>",
            "<img src='a//b' srcset='http 1x, b 2x'>",
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

    #[test]
    fn the_length_of_a_value_counts_once() {
        let html =
            |times: usize| format!("<svg x='{}'><style>{}</style>", " //x".repeat(times), "url(x) ".repeat(times));
        // A square of this would take hours.
        assert_eq!(elements(&html(200_000)), [""; 0]);
    }

    proptest! {
        #[test]
        fn addresses_within_the_book_have_no_host(address in "[a-z0-9 ./?#%&é-]{0,20}") {
            let first = address.trim_start();
            prop_assert_eq!(has_host(&address), first.starts_with("//"));
        }

        #[test]
        fn any_address_is_judged(address in any::<String>()) {
            let _ = has_host(&address);
        }
    }
}
