//! What stands in HTML, as a browser reads it: the tags, the text between them, and style sheets.

use std::borrow::Cow;
use std::ops::Range;

use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, ForwardingEmitter, Span, State, Tokenizer};

/// A piece of HTML.
#[derive(Debug)]
pub(crate) enum Token<'a> {
    Open(Tag<'a>),
    /// The name of a tag that closes, in lower case.
    Close(Cow<'a, str>),
    Text(Cow<'a, str>, Range<usize>),
    /// The text of a `<style>`.
    Style(Cow<'a, str>, Range<usize>),
}

/// A tag that opens, or the text of a `<style>`, which is the value of an attribute without a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// In lower case.
    pub(crate) name: Cow<'a, str>,
    pub(crate) span: Range<usize>,
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// It ends with `/>`, which closes it in pictures and formulas.
    pub(crate) self_closing: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// In lower case.
    pub(crate) name: Cow<'a, str>,
    /// Borrowed where it is written so; else with what its character references stand for.
    pub(crate) value: Cow<'a, str>,
    /// Where the value is written; after the name if it is empty.
    pub(crate) span: Range<usize>,
}

impl Tag<'_> {
    /// The value of an attribute. Of two with the same name, a browser reads the first.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes.find(|it| it.name == name).map(|it| it.value.as_ref())
    }
}

impl Attribute<'_> {
    /// Where a part of the value is written; where all of it is, if that part can't be told.
    pub(crate) fn place(&self, part: &Range<usize>) -> Range<usize> {
        match self.value {
            Cow::Borrowed(_) => self.span.start + part.start..self.span.start + part.end,
            Cow::Owned(_) => self.span.clone(),
        }
    }
}

/// The tags of a piece of HTML. Comments and the text of scripts are passed over.
pub(crate) fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    tokens(html).filter_map(|token| match token {
        Token::Open(tag) => Some(tag),
        Token::Style(value, span) => Some(Tag {
            name: "style".into(),
            span: span.clone(),
            attributes: vec![Attribute { name: "".into(), value, span }],
            self_closing: false,
        }),
        Token::Close(_) | Token::Text(..) => None,
    })
}

/// The tags of a piece of HTML and the text between them, that of scripts too. Comments are passed over.
pub(crate) fn tokens(html: &str) -> impl Iterator<Item = Token<'_>> {
    let open = Open { html, ..Open::default() };
    let mut emitter = CallbackEmitter::new(open);
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, Tokens(emitter)).map(|Ok(token)| token)
}

/// What is open at a place in a document.
#[derive(Default)]
struct Open<'a> {
    html: &'a str,
    tag: Option<Tag<'a>>,
    style: bool,
    /// How many pictures and formulas, in which the rules of XML hold.
    foreign: usize,
    /// The element of the last tag holds tags, whatever its name.
    nests: bool,
}

impl<'a> Open<'a> {
    fn text(&self, text: &[u8], span: Range<usize>) -> Cow<'a, str> {
        match self.html.get(span) {
            Some(source) if source.as_bytes() == text => Cow::Borrowed(source),
            _ => Cow::Owned(String::from_utf8_lossy(text).into_owned()),
        }
    }
}

impl<'a> Callback<Token<'a>, usize> for Open<'a> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, Span { start, end }: Span) -> Option<Token<'a>> {
        let attribute = |name, value, span| Attribute { name, value, span };
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Some(Tag {
                    name: self.text(name, start + 1..start + 1 + name.len()),
                    span: start..end,
                    attributes: Vec::new(),
                    self_closing: false,
                });
            }
            CallbackEvent::AttributeName { name } => {
                let named = attribute(self.text(name, start..end), "".into(), end..end);
                // An end tag has none.
                self.tag.as_mut()?.attributes.push(named);
            }
            CallbackEvent::AttributeValue { value } => {
                let value = self.text(value, start..end);
                let attribute = self.tag.as_mut()?.attributes.last_mut()?;
                (attribute.value, attribute.span) = (value, start..end);
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                let mut tag = self.tag.take()?;
                (tag.span.end, tag.self_closing) = (end, self_closing);
                self.foreign += usize::from(matches!(tag.name.as_ref(), "svg" | "math") && !self_closing);
                self.style = tag.name == "style" && !(self_closing && self.foreign > 0);
                self.nests = self.foreign > 0 || tag.name == "noscript";
                return Some(Token::Open(tag));
            }
            CallbackEvent::EndTag { name } => {
                self.foreign -= usize::from(matches!(name, b"svg" | b"math") && self.foreign > 0);
                self.style &= name != b"style";
                return Some(Token::Close(self.text(name, start + 2..start + 2 + name.len())));
            }
            CallbackEvent::String { value } => {
                let token = if self.style { Token::Style } else { Token::Text };
                return Some(token(self.text(value, start..end), start..end));
            }
            _ => {}
        }
        None
    }
}

struct Tokens<'a>(CallbackEmitter<Open<'a>, Token<'a>, usize>);

impl<'a> ForwardingEmitter for Tokens<'a> {
    type Token = Token<'a>;

    fn inner(&mut self) -> &mut impl Emitter<Token = Token<'a>> {
        &mut self.0
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let content = self.0.emit_current_tag();
        content.filter(|_| !self.0.callback_mut().nests)
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.0.callback_mut().foreign > 0
    }
}

/// Where the text stands that a reader gets to see or hear.
pub(crate) fn texts(html: &str) -> Vec<Range<usize>> {
    seen_but(html, &[CODE, &["pre"]].concat()).into_iter().map(|seen| seen.span).collect()
}

/// The elements that show code, or no text.
const CODE: &[&str] = &["code", "script", "style", "annotation", "annotation-xml"];

/// A text that a reader gets to see or hear.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// With what its character references stand for.
    pub(crate) text: Cow<'a, str>,
    pub(crate) span: Range<usize>,
    /// To the reader it goes on where the text before it ends.
    pub(crate) follows: bool,
}

/// Whether a tag stands within a line and parts no words.
pub(crate) fn is_phrasing(tag: &str) -> bool {
    const PHRASING: [&str; 27] = [
        "a", "abbr", "b", "bdi", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark",
        "q", "s", "samp", "small", "span", "strong", "time", "tt", "u", "var", "wbr",
    ];
    let name = tag.trim_start_matches(['<', '/']);
    let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
    PHRASING.contains(&name.to_ascii_lowercase().as_str()) || matches!(tag, "</sup>" | "</sub>")
}

/// The text of elements, and of attributes that describe them or that a browser shows. What shows code, or is no text, is
/// passed over; in `<pre>` without `<code>` may stand anything.
pub(crate) fn seen(html: &str) -> Vec<Seen<'_>> {
    seen_but(html, CODE)
}

/// The same without these elements.
fn seen_but<'a>(html: &'a str, silenced: &[&str]) -> Vec<Seen<'a>> {
    let is_shown = |element: &str, attribute: &Attribute<'_>| match attribute.name.as_ref() {
        "alt"
        | "title"
        | "aria-label"
        | "aria-description"
        | "aria-valuetext"
        | "aria-placeholder"
        | "aria-roledescription"
        | "label"
        | "placeholder" => true,
        name => name == "value" && matches!(element, "input" | "meter" | "progress"),
    };
    let (mut texts, mut silent, mut follows) = (Vec::new(), Vec::new(), false);
    for token in tokens(html) {
        match token {
            Token::Open(tag) => {
                let shown = tag.attributes.iter().filter(|it| is_shown(&tag.name, it));
                texts.extend(shown.map(|it| Seen {
                    text: it.value.clone(),
                    span: it.span.clone(),
                    follows: false,
                }));
                follows &= is_phrasing(&tag.name);
                if silenced.contains(&tag.name.as_ref()) {
                    silent.push(tag.name);
                }
            }
            Token::Close(name) => {
                follows &= is_phrasing(&name);
                if let Some(open) = silent.iter().rposition(|open| *open == name) {
                    silent.truncate(open);
                }
            }
            Token::Text(text, span) if silent.is_empty() => {
                texts.push(Seen { text, span, follows });
                follows = true;
            }
            Token::Text(..) | Token::Style(..) => {}
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(html: &str) -> Vec<Cow<'_, str>> {
        tags(html).map(|tag| tag.name).collect()
    }

    fn first(html: &str) -> Tag<'_> {
        tags(html).next().unwrap()
    }

    fn attribute<'a, 'b>(tag: &'b Tag<'a>, name: &str) -> &'b Attribute<'a> {
        tag.attributes.iter().find(|it| it.name == name).unwrap()
    }

    /// The style sheets, and the source of each.
    fn styles(html: &str) -> Vec<(Cow<'_, str>, &str)> {
        let styles = tags(html).flat_map(|tag| tag.attributes).filter(|it| it.name.is_empty());
        styles.map(|it| (it.value, &html[it.span])).collect()
    }

    #[test]
    fn attributes_of_all_forms() {
        let html = "<!-- <b id=no> --> <IMG src = \"a>b.png\"\n alt='' hidden width=3 /> </p> 1 < 2 <x";
        let tags: Vec<Tag<'_>> = tags(html).collect();
        assert_eq!(tags.len(), 1, "{tags:?}");
        let image = &tags[0];
        assert_eq!(image.name, "img");
        assert_eq!(&html[image.span.clone()], &html[19..html.len() - 14]);
        let source = attribute(image, "src");
        assert_eq!((source.value.as_ref(), &html[source.span.clone()]), ("a>b.png", "a>b.png"));
        assert_eq!(image.attribute("alt"), Some(""));
        assert_eq!(image.attribute("hidden"), Some(""));
        assert_eq!(image.attribute("width"), Some("3"));
        assert_eq!(image.attribute("title"), None);
        assert_eq!(first("<a id=x ID=y>").attribute("id"), Some("x"));
    }

    #[test]
    fn references_are_replaced_and_their_source_is_kept() {
        let html = "<a HREF='x?a=1&amp;b=&#50;&copy=3'title=\"“ä”\">";
        let tag = first(html);
        let href = attribute(&tag, "href");
        assert_eq!(href.value, "x?a=1&b=2&copy=3");
        assert_eq!(&html[href.span.clone()], "x?a=1&amp;b=&#50;&copy=3");
        assert_eq!(href.place(&(0..1)), href.span);
        let title = attribute(&tag, "title");
        assert_eq!(&html[title.place(&(3..5))], "ä");
    }

    #[test]
    fn what_only_looks_like_a_tag_is_none() {
        for html in [
            "a < b and b > c, <3, < b>",
            "<!-- a --> <!-- <b> <!-- <b> --> <!doctype html> <?b <b> ?>",
            "</p <b> id=x></b id=y>",
            "<b id=x",
            "<b id=\"x>",
            "&lt;b>",
        ] {
            assert_eq!(names(html), [""; 0], "{html}");
        }
        assert_eq!(names("<b><![CDATA[ <i> ]]> <u>"), ["b", "u"]);
    }

    #[test]
    fn text_of_some_elements_holds_no_tags() {
        for name in ["script", "textarea", "title", "iframe", "xmp"] {
            let html = format!("<{name}>if a<b && c</i> <!-- <b> --> </{name} ><u>");
            assert_eq!(names(&html), [name, "u"], "{html}");
        }
        assert_eq!(names("<style>a<b</i></style><u>"), ["style", "style", "u"]);
        assert_eq!(names("<script>/* <script> */</script><u>"), ["script", "u"]);
        assert_eq!(names("<noscript><img></noscript>"), ["noscript", "img"]);
        assert_eq!(names("<script>/* </style> <b> */</script>"), ["script"]);
    }

    #[test]
    fn pictures_follow_the_rules_of_xml() {
        let html = "<svg><title>a</title><style/><script/><b><![CDATA[ > <i> ]]><u></svg><title><s></title>";
        assert_eq!(names(html), ["svg", "title", "style", "script", "b", "u", "title"]);
        assert_eq!(names("<svg/><title><b></title>"), ["svg", "title"]);
    }

    #[test]
    fn style_sheets_are_texts() {
        assert_eq!(
            styles("<style>a > b {}</style> c <STYLE media=print><!-- d --></STYLE> e"),
            [("a > b {}".into(), "a > b {}"), ("<!-- d -->".into(), "<!-- d -->")]
        );
        assert_eq!(styles("<style>a </b"), [("a </b".into(), "a </b")]);
        assert_eq!(styles("<svg><style>a&gt;<![CDATA[b>c]]></style>d"), [("a>b>c".into(), "a&gt;<![CDATA[b>c")]);
    }

    #[test]
    fn texts_are_what_a_reader_gets() {
        let found = |html: &'static str| texts(html).into_iter().map(|text| &html[text]).collect::<Vec<_>>();
        assert_eq!(
            found("a<!-- b --><B title='c' class=d>e</b><code>f</code><img ALT=g src=h>&lt;i"),
            ["a", "c", "e", "g", "&lt;i"]
        );
        assert_eq!(found("<pre>a<code>b</code>c</pre>d<svg/>e<svg><title>f</title></svg>g"), ["d", "e", "f", "g"]);
        assert_eq!(found("<math><mn>a</mn><annotation>b</annotation></math><textarea>c</textarea>"), ["a", "c"]);
        assert_eq!(found("</pre>a<script>b<i></script>c<pre/>d"), ["a", "c"]);
        assert_eq!(found("a < b and <c"), ["a < b and "]);
    }

    fn soup() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "<", ">", "/", "=", "\"", "'", "a", "B", "ä", " ", "\n", "\r\n", "\r", "\0", "&", ";", "&amp;", "&amp",
            "&#x41;", "&#", "&notit;", "<!--", "-->", "<![CDATA[", "]]>", "<svg>", "</svg>", "<style>", "</style>",
            "<title>", "<script>", "</script>", "<a href=", "src=\"", "<p x='", "<?", "<!", "</", "😀",
        ]);
        prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn spans_lead_to_what_was_read(html in soup()) {
            for tag in tags(&html) {
                let source = &html[tag.span.clone()];
                let style = tag.attribute("").is_some();
                prop_assert!(style || source.starts_with('<') && source.ends_with('>'), "{source:?}");
                for attribute in tag.attributes.iter().filter(|_| !style) {
                    prop_assert!(tag.span.start < attribute.span.start && attribute.span.end < tag.span.end);
                    let source = html[attribute.span.clone()].replace('"', "&quot;");
                    let again = format!("<a b=\"{source}\">");
                    let again = first(&again);
                    prop_assert_eq!(again.attribute("b"), Some(attribute.value.as_ref()), "{:?}", source);
                }
            }
        }

        #[test]
        fn any_text_is_read(html in any::<String>()) {
            for tag in tags(&html) {
                let _ = &html[tag.span];
            }
            for text in texts(&html) {
                let _ = &html[text];
            }
        }

        #[test]
        fn values_are_found_where_they_were_written(
            before in "[a-z &>]{0,5}",
            values in prop::collection::vec(("[a-z/ä😀.]{1,6}", 0..4_usize), 0..5),
        ) {
            let mut html = format!("{before}<p");
            let mut written = Vec::new();
            for (value, form) in &values {
                let (before, after) = [("=", ""), ("=\"", "\""), (" = '>", "'"), ("\n=\n\"'", "' \"/")][*form];
                html += &format!(" a{}{before}", written.len());
                written.push(html.len()..html.len() + value.len());
                html += &format!("{value}{after}");
            }
            html += " >";
            let tag = first(&html);
            let attributes = &tag.attributes;
            prop_assert_eq!(attributes.len(), written.len());
            for ((attribute, written), (value, form)) in attributes.iter().zip(written).zip(&values) {
                let found = attribute.value.find(value).unwrap();
                prop_assert_eq!(attribute.place(&(found..found + value.len())), written);
                prop_assert_eq!(attribute.value.len(), value.len() + [0, 0, 1, 3][*form]);
            }
        }
    }
}
