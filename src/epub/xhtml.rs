//! The text of a finished page as XHTML: what a browser reads as HTML, written as XML has it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::html::request::has_host;
use crate::html::tags::{Attribute, Tag, Token, tokens};
use crate::site::{address, normal};
use crate::svg::{spelled_attribute, spelled_element};

/// The text of a page.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) xhtml: String,
    /// What an e-reader must be told that it holds.
    pub(super) properties: BTreeSet<&'static str>,
    /// The files that it shows, below the root of the book.
    pub(super) files: BTreeSet<PathBuf>,
}

/// Elements without an end tag.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
];
/// What is left out with all that is in it: scripts, controls, and what comes from elsewhere.
const DROPPED: [&str; 16] = [
    "script", "template", "iframe", "object", "embed", "form", "button", "input", "select", "textarea", "canvas",
    "link", "meta", "base", "dialog", "nav",
];
/// What is left out while what is in it stays.
const UNWRAPPED: [&str; 7] = ["noscript", "video", "audio", "source", "track", "picture", "center"];
/// Within these the rules of XML hold.
const FOREIGN: [&str; 2] = ["svg", "math"];
/// Classes of what a script would use.
const CONTROLS: [&str; 3] = ["recto-control", "buttons", "recto-names"];
/// Attributes that mean nothing without a script, or that XHTML does not have.
const IDLE: [&str; 10] = [
    "hidden",
    "autocomplete",
    "contenteditable",
    "draggable",
    "srcset",
    "loading",
    "fetchpriority",
    "tabindex",
    "xmlns",
    "xmlns:xlink",
];

/// The text of a page of the book, whose pages are these.
pub(super) fn body(html: &str, page: &Path, pages: &[PathBuf]) -> Body {
    let mut writer = Writer {
        page,
        pages,
        body: Body::default(),
        open: Vec::new(),
        is_main: false,
    };
    for token in tokens(html) {
        match token {
            Token::Open(tag) => writer.open(&tag),
            Token::Close(name) => writer.close(&name),
            Token::Text(text, _) | Token::Style(text, _) => writer.text(&text),
        }
    }
    writer.end(0);
    writer.body
}

/// Attributes that MathML 3, which EPUB has, knows of these elements alone.
const LEVELS: [&str; 2] = ["displaystyle", "scriptlevel"];
const LEVELLED: [&str; 2] = ["math", "mstyle"];
/// What can't stand in an `<mstyle>`.
const PARTS_OF_TABLES: [&str; 3] = ["mtr", "mtd", "mlabeledtr"];

/// What an element that is open is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Whole,
    /// What is in it, and not itself.
    Inside,
    Nothing,
}

#[derive(Debug)]
struct Element {
    /// As it is written.
    name: String,
    written: Written,
    /// An `<mstyle>` stands around it.
    styled: bool,
}

struct Writer<'a> {
    page: &'a Path,
    pages: &'a [PathBuf],
    body: Body,
    open: Vec<Element>,
    /// Between `<main>` and its end.
    is_main: bool,
}

impl Writer<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        if !self.is_main {
            self.is_main = tag.name == "main";
            return;
        }
        let mut written = self.written(tag);
        // The text of a link to what an EPUB does not hold stays.
        if tag.name == "a" && written == Written::Whole && self.leads_out(tag) {
            written = Written::Inside;
        }
        // HTML has names in lower case, pictures in XML have capital letters in them.
        let picture = if self.is_in(&["svg"]) { spelled_element(&tag.name) } else { None };
        let name = picture.map_or_else(|| tag.name.to_string(), str::to_owned);
        let is_over = tag.self_closing && self.is_in(&FOREIGN) || VOID.contains(&tag.name.as_ref());
        let styled = written == Written::Whole && !is_over && self.style(tag);
        if written == Written::Whole {
            self.body.xhtml.push('<');
            self.body.xhtml.push_str(&name);
            self.attributes(tag);
            self.body.xhtml.push_str(if is_over { "/>" } else { ">" });
        }
        if !is_over {
            self.open.push(Element { name, written, styled });
        }
    }

    fn written(&self, tag: &Tag<'_>) -> Written {
        let name = tag.name.as_ref();
        let mut classes = tag.attribute("class").unwrap_or_default().split_ascii_whitespace();
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric());
        if self.is_dropped()
            || DROPPED.contains(&name)
            || classes.any(|class| CONTROLS.contains(&class))
            || name == "style" && !self.is_in(&FOREIGN)
        {
            Written::Nothing
        } else if UNWRAPPED.contains(&name) || !is_plain {
            Written::Inside
        } else {
            Written::Whole
        }
    }

    /// Puts what MathML 3 does not know of an element into an `<mstyle>` around it; whether there is any.
    fn style(&mut self, tag: &Tag<'_>) -> bool {
        let name = tag.name.as_ref();
        if !self.is_in(&["math"]) || LEVELLED.contains(&name) || PARTS_OF_TABLES.contains(&name) {
            return false;
        }
        let levels: Vec<&Attribute<'_>> =
            tag.attributes.iter().filter(|it| LEVELS.contains(&it.name.as_ref())).collect();
        if levels.is_empty() {
            return false;
        }
        self.body.xhtml.push_str("<mstyle");
        levels.iter().for_each(|level| self.attribute(&level.name, &level.value));
        self.body.xhtml.push('>');
        true
    }

    fn leads_out(&mut self, tag: &Tag<'_>) -> bool {
        let target = tag.attributes.iter().find(|attribute| attribute.name == "href");
        target.is_some_and(|target| self.value(tag, target).is_none())
    }

    fn is_dropped(&self) -> bool {
        self.open.last().is_some_and(|element| element.written == Written::Nothing)
    }

    fn is_in(&self, names: &[&str]) -> bool {
        self.open.iter().any(|element| names.contains(&element.name.as_str()))
    }

    fn attributes(&mut self, tag: &Tag<'_>) {
        let is_picture = tag.name == "svg" || self.is_in(&["svg"]);
        let mut known = BTreeSet::new();
        let is_level = |name: &str| LEVELS.contains(&name) && !LEVELLED.contains(&tag.name.as_ref());
        for attribute in tag.attributes.iter().filter(|it| is_kept(&it.name) && !is_level(&it.name)) {
            let Some(value) = self.value(tag, attribute) else {
                continue;
            };
            let name = attribute.name.strip_prefix("xlink:").unwrap_or(&attribute.name);
            let name = spelled_attribute(name).filter(|_| is_picture).unwrap_or(name);
            if known.insert(name.to_owned()) {
                self.attribute(name, &value);
            }
        }
        match tag.name.as_ref() {
            "svg" => self.foreign("http://www.w3.org/2000/svg", "svg"),
            "math" => self.foreign("http://www.w3.org/1998/Math/MathML", "mathml"),
            "details" if tag.attribute("open").is_none() => self.attribute("open", "open"),
            _ => {}
        }
    }

    fn foreign(&mut self, namespace: &str, property: &'static str) {
        self.attribute("xmlns", namespace);
        self.body.properties.insert(property);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.body.xhtml.push(' ');
        self.body.xhtml.push_str(name);
        self.body.xhtml.push_str("=\"");
        self.body.xhtml.push_str(&escaped(value).replace('"', "&quot;"));
        self.body.xhtml.push('"');
    }

    /// What stands in an attribute; nothing where it leads to what the book does not hold.
    fn value<'v>(&mut self, tag: &Tag<'_>, attribute: &'v Attribute<'_>) -> Option<Cow<'v, str>> {
        let value = attribute.value.as_ref();
        let is_address = matches!(attribute.name.as_ref(), "href" | "src" | "xlink:href" | "poster" | "data");
        if !is_address || value.starts_with('#') {
            return Some(value.into());
        }
        let is_shown = attribute.name == "src" || tag.name == "image";
        let (path, fragment) = value.split_once('#').map_or((value, None), |(path, fragment)| (path, Some(fragment)));
        if has_host(value) || path.contains(':') {
            return (!is_shown || value.starts_with("data:")).then(|| value.into());
        }
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let file = normal(&self.page.parent().unwrap_or(self.page).join(decoded.as_ref()))?;
        if is_shown {
            self.body.files.insert(file);
            return Some(value.into());
        }
        let index = Path::new("index.html");
        let first = self.pages.first().filter(|_| file == index && !self.pages.iter().any(|page| page == index));
        let target = self.pages.iter().find(|page| **page == file).or(first)?;
        let up = "../".repeat(self.page.components().count() - 1);
        let way = up + &address(&target.with_extension("xhtml"));
        Some(fragment.map_or(way.clone(), |fragment| format!("{way}#{fragment}")).into())
    }

    fn text(&mut self, text: &str) {
        if self.is_main && !self.is_dropped() {
            self.body.xhtml.push_str(&escaped(text));
        }
    }

    fn close(&mut self, name: &str) {
        match self.open.iter().rposition(|element| element.name.eq_ignore_ascii_case(name)) {
            Some(open) => self.end(open),
            None => self.is_main &= name != "main",
        }
    }

    /// Closes all elements but the outermost ones.
    fn end(&mut self, outermost: usize) {
        for element in self.open.drain(outermost..).rev().filter(|element| element.written == Written::Whole) {
            self.body.xhtml.push_str(&format!("</{}>", element.name));
            if element.styled {
                self.body.xhtml.push_str("</mstyle>");
            }
        }
    }
}

fn is_kept(name: &str) -> bool {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        || name == "xlink:href";
    is_name && !name.starts_with("on") && !IDLE.contains(&name)
}

/// Text without what XML can't hold.
fn escaped(text: &str) -> String {
    let is_held = |c: &char| !c.is_control() || matches!(c, '\n' | '\t') || ('\u{80}'..='\u{9f}').contains(c);
    let held: String = text.chars().filter(is_held).filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    held.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn xhtml(main: &str) -> Body {
        let pages = ["a.html", "part/b.html"].map(PathBuf::from);
        body(&format!("<html><body><nav>c</nav><main>{main}</main><p>d</p>"), &pages[1], &pages)
    }

    #[test]
    fn html_is_written_as_xml() {
        for (html, expected) in [
            ("<p>a &amp; b<br>c &nbsp; &lt;</p>", "<p>a &amp; b<br/>c \u{a0} &lt;</p>"),
            ("<img src=c.png alt='a \"b\"'>", "<img src=\"c.png\" alt=\"a &quot;b&quot;\"/>"),
            ("<p class=d><b>e", "<p class=\"d\"><b>e</b></p>"),
            (
                "<SVG viewbox='0 0 1 1'><lineargradient/></SVG>",
                "<svg viewBox=\"0 0 1 1\" xmlns=\"http://www.w3.org/2000/svg\"><linearGradient/></svg>",
            ),
            (
                "<svg><a xlink:href='#f'></a></svg>",
                "<svg xmlns=\"http://www.w3.org/2000/svg\"><a href=\"#f\"></a></svg>",
            ),
            ("<math><mi>x</mi></math>", "<math xmlns=\"http://www.w3.org/1998/Math/MathML\"><mi>x</mi></math>"),
            (
                "<math><mtable scriptlevel=0><mtr><mtd scriptlevel=1></mtd></mtr></mtable></math>",
                "<math xmlns=\"http://www.w3.org/1998/Math/MathML\"><mstyle scriptlevel=\"0\"><mtable><mtr><mtd></mtd></mtr></mtable></mstyle></math>",
            ),
            ("<a href='../a.html#g'>h</a>", "<a href=\"../a.xhtml#g\">h</a>"),
            ("<a href='../index.html'>h</a>", "<a href=\"../a.xhtml\">h</a>"),
            ("<a href='../programs/a.rs'>h</a>", "h"),
            ("<a href='https://a.b/c.html'>h</a>", "<a href=\"https://a.b/c.html\">h</a>"),
            ("<script>i</script><p onclick='j' hidden>k</p>", "<p>k</p>"),
            ("<p class='recto-control'><input><output>l</output></p>m", "m"),
            ("<details><summary>n</summary></details>", "<details open=\"open\"><summary>n</summary></details>"),
            ("<noscript><p>o</p></noscript></b>", "<p>o</p>"),
            ("<style>p { color: red }</style>q", "q"),
        ] {
            assert_eq!(xhtml(html).xhtml, expected, "{html}");
        }
        let both = xhtml("<svg></svg><math></math><img src='../c%20d.png'><img src='https://a.b/c'>");
        assert_eq!(both.properties.into_iter().collect::<Vec<_>>(), ["mathml", "svg"]);
        assert_eq!(both.files.into_iter().collect::<Vec<_>>(), [PathBuf::from("c d.png")]);
    }

    proptest! {
        #[test]
        fn whatever_stands_on_a_page_is_xml(main in "[<>&\"'/a-c =\u{1}!\\-\\[\\]]{0,40}") {
            let document = format!("<x>{}</x>", xhtml(&main).xhtml);
            prop_assert!(is_xml(&document), "{document}");
        }
    }

    /// Whether a text is XML, tag by tag.
    fn is_xml(document: &str) -> bool {
        let mut reader = quick_xml::Reader::from_str(document);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => return true,
                Ok(quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)) => {
                    if tag.attributes().any(|attribute| attribute.is_err()) {
                        return false;
                    }
                }
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }
}
