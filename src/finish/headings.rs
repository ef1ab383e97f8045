//! Headings: what mdBook makes of them for its sidebar and the title of the page.

use crate::html::tags::{Tag, Token};
use crate::splice::Splice;

/// mdBook's sidebar lists the headings that begin with a link. Exercises, of which a lesson may have many, are left out.
const UNLISTED: &str = "<span class=\"recto-unlisted\"></span>";

pub(super) fn edits(tokens: &[Token<'_>]) -> Vec<Splice> {
    let is_exercise = |tag: &&Tag<'_>| {
        let is_heading = matches!(tag.name.as_bytes(), [b'h', b'2'..=b'6']);
        is_heading && tag.attribute("id").is_some_and(|id| id.starts_with("ex-"))
    };
    let tags = tokens.iter().filter_map(|token| match token {
        Token::Open(tag) => Some(tag),
        _ => None,
    });
    let unlisted = tags.filter(is_exercise).map(|tag| Splice::insertion(tag.span.end, UNLISTED));
    unlisted.chain(title(tokens)).collect()
}

/// The number of the page's chapter, before the title that a browser shows. The page of all chapters has none.
fn title(tokens: &[Token<'_>]) -> Option<Splice> {
    let is = |token: &Token<'_>, name: &str| matches!(token, Token::Open(tag) if tag.name == name);
    let title = tokens.iter().find_map(|token| match token {
        Token::Open(tag) if tag.name == "title" => Some(tag.span.end),
        _ => None,
    })?;
    let main = tokens.iter().position(|token| is(token, "main"))?;
    let mut numbers = tokens[main..].windows(4).filter_map(|tokens| match tokens {
        [heading, _, Token::Open(tag), Token::Text(number, _)] if is(heading, "h1") => {
            (tag.attribute("class") == Some("recto-section")).then_some(number)
        }
        _ => None,
    });
    match (numbers.next(), numbers.next()) {
        (Some(number), None) => Some(Splice::insertion(title, format!("{number} "))),
        _ => None,
    }
}
