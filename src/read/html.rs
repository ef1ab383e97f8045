//! The tags of raw HTML in a chapter.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A tag that opens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// In lower case.
    pub(super) name: String,
    pub(super) span: Range<usize>,
    pub(super) attributes: Vec<Attribute>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    /// In lower case.
    pub(super) name: String,
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

impl Tag {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    let attribute = r#"\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?"#;
    Regex::new(&format!(
        r"(?s)<!--.*?-->|<([A-Za-z][A-Za-z0-9:-]*)((?:{attribute})*)\s*/?>"
    ))
    .expect("a constant")
});
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"#).expect("a constant")
});

/// The opening tags of a piece of HTML; comments are passed over.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    for tag in TAG.captures_iter(html) {
        let (Some(whole), Some(name), Some(rest)) = (tag.get(0), tag.get(1), tag.get(2)) else {
            continue;
        };
        let attributes = ATTRIBUTE.captures_iter(rest.as_str()).filter_map(|attribute| {
            let name = attribute.get(1)?;
            let value = attribute.get(2).or(attribute.get(3)).or(attribute.get(4));
            let span = value.map_or(name.end()..name.end(), |value| value.range());
            Some(Attribute {
                name: name.as_str().to_lowercase(),
                value: value.map_or("", |value| value.as_str()).replace("&amp;", "&"),
                span: rest.start() + span.start..rest.start() + span.end,
            })
        });
        found.push(Tag {
            name: name.as_str().to_lowercase(),
            span: whole.range(),
            attributes: attributes.collect(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_all_forms() {
        let html = "<!-- <b id=no> --> <IMG src = \"a>b.png\"\n alt='' hidden width=3 /> </p> 1 < 2 <x";
        let tags = tags(html);
        assert_eq!(tags.len(), 1, "{tags:?}");
        let image = &tags[0];
        assert_eq!(image.name, "img");
        let source = image.attribute("src").unwrap();
        assert_eq!(
            (source.value.as_str(), &html[source.span.clone()]),
            ("a>b.png", "a>b.png")
        );
        assert_eq!(image.attribute("alt").unwrap().value, "");
        assert_eq!(image.attribute("hidden").unwrap().value, "");
        assert_eq!(image.attribute("width").unwrap().value, "3");
        assert!(image.attribute("title").is_none());
    }
}
