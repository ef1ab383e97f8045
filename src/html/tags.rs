//! What stands in HTML, as a browser reads it: the tags that open, and style sheets.

use std::borrow::Cow;
use std::ops::Range;

use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, ForwardingEmitter, Span, State, Tokenizer};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Tag(Tag<'a>),
    /// The text of a `<style>`.
    Style(Text<'a>),
}

/// A tag that opens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// In lower case.
    pub(crate) name: Cow<'a, str>,
    pub(crate) span: Range<usize>,
    /// Each has another name: of two with the same, a browser reads the first.
    pub(crate) attributes: Vec<Attribute<'a>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// In lower case.
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Text<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    /// Borrowed where it is written so; else with what its character references stand for.
    pub(crate) text: Cow<'a, str>,
    /// Where it is written; after the name of an attribute if it is empty.
    pub(crate) span: Range<usize>,
}

impl Tag<'_> {
    pub(crate) fn attribute(&self, name: &str) -> Option<&Text<'_>> {
        let mut attributes = self.attributes.iter();
        attributes.find(|it| it.name == name).map(|it| &it.value)
    }
}

impl<'a> Text<'a> {
    fn read(html: &'a str, text: &[u8], span: Span) -> Text<'a> {
        let text = match html.get(span.start..span.end) {
            Some(source) if source.as_bytes() == text => Cow::Borrowed(source),
            _ => Cow::Owned(String::from_utf8_lossy(text).into_owned()),
        };
        Text { text, span: span.start..span.end }
    }

    /// Where a part of it is written; where all of it is, if that part can't be told.
    pub(crate) fn place(&self, part: &Range<usize>) -> Range<usize> {
        match self.text {
            Cow::Borrowed(_) => self.span.start + part.start..self.span.start + part.end,
            Cow::Owned(_) => self.span.clone(),
        }
    }
}

/// The tokens of a piece of HTML. Comments and the text of scripts are passed over.
pub(crate) fn tokens(html: &str) -> impl Iterator<Item = Token<'_>> {
    let open = Open {
        html,
        tag: None,
        repeated: false,
        style: false,
        roots: Vec::new(),
        content: None,
    };
    Tokenizer::new_with_emitter(html, Tokens(CallbackEmitter::new(open))).map(|Ok(token)| token)
}

/// What is open at a place in a document.
struct Open<'a> {
    html: &'a str,
    tag: Option<Tag<'a>>,
    /// The tag had this attribute before.
    repeated: bool,
    style: bool,
    /// The elements in which the rules of XML begin or end to hold.
    roots: Vec<Cow<'a, str>>,
    /// How what comes after the tag is to be read.
    content: Option<State>,
}

impl<'a> Open<'a> {
    /// Whether the rules of XML hold.
    fn is_foreign(&self) -> bool {
        matches!(self.roots.last().map(AsRef::as_ref), Some("svg" | "math"))
    }

    fn begin(&mut self, tag: &Tag<'a>, self_closing: bool) {
        let foreign = self.is_foreign();
        let is_root = match tag.name.as_ref() {
            "svg" | "math" => !self_closing,
            "foreignobject" | "desc" | "title" => foreign && !self_closing,
            _ => false,
        };
        if is_root {
            self.roots.push(tag.name.clone());
        }
        self.style |= tag.name == "style" && !(foreign && self_closing);
        self.content = match tag.name.as_ref() {
            _ if foreign => None,
            "textarea" | "title" => Some(State::RcData),
            "style" | "iframe" | "xmp" | "noembed" | "noframes" => Some(State::RawText),
            "script" => Some(State::ScriptData),
            "plaintext" => Some(State::PlainText),
            _ => None,
        };
    }

    fn end(&mut self, name: &[u8]) {
        self.style &= name != b"style";
        if let Some(root) = self.roots.iter().rposition(|root| root.as_bytes() == name) {
            self.roots.truncate(root);
        }
    }
}

impl<'a> Callback<Token<'a>, usize> for Open<'a> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, span: Span) -> Option<Token<'a>> {
        match (event, &mut self.tag) {
            (CallbackEvent::OpenStartTag { name }, tag) => {
                let start = span.start + 1;
                let end = start + name.len();
                *tag = Some(Tag {
                    name: Text::read(self.html, name, Span { start, end }).text,
                    span: span.start..end,
                    attributes: Vec::new(),
                });
            }
            // An end tag has none.
            (CallbackEvent::AttributeName { name }, Some(tag)) => {
                let name = Text::read(self.html, name, span).text;
                self.repeated = tag.attribute(&name).is_some();
                if !self.repeated {
                    let value = Text {
                        text: "".into(),
                        span: span.end..span.end,
                    };
                    tag.attributes.push(Attribute { name, value });
                }
            }
            (CallbackEvent::AttributeValue { value }, Some(tag)) if !self.repeated => {
                if let Some(attribute) = tag.attributes.last_mut() {
                    attribute.value = Text::read(self.html, value, span);
                }
            }
            (CallbackEvent::CloseStartTag { self_closing }, open) => {
                let mut tag = open.take()?;
                tag.span.end = span.end;
                self.begin(&tag, self_closing);
                return Some(Token::Tag(tag));
            }
            (CallbackEvent::EndTag { name }, _) => self.end(name),
            (CallbackEvent::String { value }, _) if self.style => {
                return Some(Token::Style(Text::read(self.html, value, span)));
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
        let _ = self.0.emit_current_tag();
        self.0.init_string();
        self.0.callback_mut().content.take()
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.0.callback_mut().is_foreign()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(html: &str) -> Vec<Tag<'_>> {
        let tag = |token| match token {
            Token::Tag(tag) => Some(tag),
            Token::Style(_) => None,
        };
        tokens(html).filter_map(tag).collect()
    }

    fn names(html: &str) -> Vec<String> {
        tags(html).into_iter().map(|tag| tag.name.into_owned()).collect()
    }

    /// The style sheets, and the source of each.
    fn styles(html: &str) -> Vec<(Cow<'_, str>, &str)> {
        let style = |token| match token {
            Token::Style(css) => Some((css.text, &html[css.span])),
            Token::Tag(_) => None,
        };
        tokens(html).filter_map(style).collect()
    }

    #[test]
    fn attributes_of_all_forms() {
        let html = "<!-- <b id=no> --> <IMG src = \"a>b.png\"\n alt='' hidden width=3 /> </p> 1 < 2 <x";
        let tags = tags(html);
        assert_eq!(tags.len(), 1, "{tags:?}");
        let image = &tags[0];
        assert_eq!(image.name, "img");
        assert_eq!(&html[image.span.clone()], &html[19..html.len() - 14]);
        let source = image.attribute("src").unwrap();
        assert_eq!((source.text.as_ref(), &html[source.span.clone()]), ("a>b.png", "a>b.png"));
        assert_eq!(image.attribute("alt").unwrap().text, "");
        assert_eq!(image.attribute("hidden").unwrap().text, "");
        assert_eq!(image.attribute("width").unwrap().text, "3");
        assert!(image.attribute("title").is_none());
    }

    #[test]
    fn references_are_replaced_and_their_source_is_kept() {
        let html = "<a HREF='x?a=1&amp;b=&#50;&copy=3'title=\"“ä”\">";
        let tag = &tags(html)[0];
        let href = tag.attribute("href").unwrap();
        assert_eq!(href.text, "x?a=1&b=2&copy=3");
        assert_eq!(&html[href.span.clone()], "x?a=1&amp;b=&#50;&copy=3");
        assert_eq!(href.place(&(0..1)), href.span);
        let title = tag.attribute("title").unwrap();
        assert_eq!(&html[title.place(&(3..5))], "ä");
    }

    #[test]
    fn the_first_of_two_attributes_counts() {
        let tag = &tags("<a id=x ID=y id>")[0];
        assert_eq!(tag.attributes.len(), 1);
        assert_eq!(tag.attribute("id").unwrap().text, "x");
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
        for name in ["script", "style", "textarea", "title", "iframe", "xmp"] {
            let html = format!("<{name}>if a<b && c</i> <!-- <b> --> </{name} ><u>");
            assert_eq!(names(&html), [name, "u"], "{html}");
        }
        assert_eq!(names("<script>/* <script> */</script><u>"), ["script", "u"]);
        assert_eq!(names("<noscript><img></noscript>"), ["noscript", "img"]);
    }

    #[test]
    fn pictures_follow_the_rules_of_xml() {
        let html = "<svg><title>a</title><style/><script/><b><![CDATA[ > <i> ]]><u></svg><title><s></title>";
        assert_eq!(names(html), ["svg", "title", "style", "script", "b", "u", "title"]);
        let html = "<svg><foreignObject><title><b></title></foreignObject><style><u></style></svg>";
        assert_eq!(names(html), ["svg", "foreignobject", "title", "style", "u"]);
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
            for token in tokens(&html) {
                let Token::Tag(tag) = token else { continue };
                let source = &html[tag.span.clone()];
                prop_assert!(source.starts_with('<') && source.ends_with('>'), "{source:?}");
                for attribute in &tag.attributes {
                    let value = &attribute.value;
                    prop_assert!(tag.span.start < value.span.start && value.span.end < tag.span.end);
                    let source = html[value.span.clone()].replace('"', "&quot;");
                    let again = format!("<a b=\"{source}\">");
                    let again = tags(&again);
                    prop_assert_eq!(&again[0].attribute("b").unwrap().text, &value.text, "{:?}", source);
                }
            }
        }

        #[test]
        fn any_text_is_read(html in any::<String>()) {
            for token in tokens(&html) {
                if let Token::Style(css) = token {
                    let _ = &html[css.span];
                }
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
            let read = tags(&html);
            let attributes = &read[0].attributes;
            prop_assert_eq!(attributes.len(), written.len());
            for ((attribute, written), (value, form)) in attributes.iter().zip(written).zip(&values) {
                let found = attribute.value.text.find(value).unwrap();
                prop_assert_eq!(attribute.value.place(&(found..found + value.len())), written);
                prop_assert_eq!(attribute.value.text.len(), value.len() + [0, 0, 1, 3][*form]);
            }
        }
    }
}
