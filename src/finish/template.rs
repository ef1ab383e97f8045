//! What mdBook's template lacks.

use crate::html::tags::Token;
use crate::splice::Splice;

/// The first stop of the keyboard leads past the list of chapters.
const SKIP: &str = "<a class=\"recto-skip\" href=\"#mdbook-content\">Skip to the text</a>";

pub(super) fn edits(tokens: &[Token<'_>]) -> Vec<Splice> {
    let tags = tokens.iter().filter_map(|token| match token {
        Token::Open(tag) => Some(tag),
        _ => None,
    });
    let has_text = tags.clone().any(|tag| tag.attribute("id") == Some("mdbook-content"));
    let body = tags.clone().find(|tag| tag.name == "body" && has_text);
    body.into_iter().map(|body| Splice::insertion(body.span.end, SKIP)).collect()
}
