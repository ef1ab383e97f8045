//! The styles of a figure: of listed properties and functions, with addresses in the figure alone; made its own when they
//! are written.

use std::borrow::Cow;
use std::ops::Range;

use cssparser::{ToCss as _, Token, serialize_identifier, serialize_string};

use super::allowed::{self, ADDRESS, Fate, Refused};
use super::names::Names;
use crate::html::css::{closes, opens, tokens};

type Tokens<'a> = Vec<(Token<'a>, Range<usize>)>;

/// What would mend a style.
const STYLE: &str =
    "a figure's style sets what SVG draws with: colours, strokes, fonts, places, filters and animations";

/// A property and its value.
pub(super) struct Declaration<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Its value begins with `!important`, or something else that an attribute can't have.
    pub(super) is_important: bool,
}

fn refused(what: &str) -> Refused {
    Refused::new(format!("a figure's style can't hold {what}"), STYLE)
}

/// The tokens of a style that is whole: nothing in it is open at its end.
fn read(css: &str) -> Result<Tokens<'_>, Refused> {
    let closed = format!("{css};");
    if tokens(&closed)
        .last()
        .is_none_or(|(token, span)| token != Token::Semicolon || span.start != css.len())
    {
        return Err(refused("a text or comment that does not end"));
    }
    let read: Tokens<'_> = tokens(css).collect();
    let mut open: Vec<&Token<'_>> = Vec::new();
    for (token, span) in &read {
        let written = || refused(&format!("`{}`", &css[span.clone()]));
        match token {
            Token::BadUrl(_) | Token::BadString(_) => return Err(written()),
            Token::UnquotedUrl(url) => within(url)?,
            Token::QuotedString(url) if open.last().is_some_and(|it| is_url(it)) => within(url)?,
            Token::Function(name) if !allowed::is_function(name) => {
                return Err(refused(&format!("the function `{name}()`")));
            }
            token if closes(token) && !open.pop().is_some_and(|it| is_pair(it, token)) => return Err(written()),
            _ => {}
        }
        if opens(token) {
            open.push(token);
        }
    }
    match open.pop() {
        None => Ok(read),
        Some(open) => Err(refused(&format!("`{}` without its end", open.to_css_string()))),
    }
}

/// An address must lead to something in the figure.
fn within(url: &str) -> Result<(), Refused> {
    if url.trim().starts_with('#') {
        return Ok(());
    }
    Err(Refused::new(format!("a figure's style can't fetch `{url}`"), ADDRESS))
}

fn is_url(token: &Token<'_>) -> bool {
    matches!(token, Token::Function(name) if name.eq_ignore_ascii_case("url"))
}

fn is_pair(open: &Token<'_>, close: &Token<'_>) -> bool {
    match open {
        Token::CurlyBracketBlock => *close == Token::CloseCurlyBracket,
        Token::SquareBracketBlock => *close == Token::CloseSquareBracket,
        _ => *close == Token::CloseParenthesis,
    }
}

fn is_blank(token: &Token<'_>) -> bool {
    matches!(token, Token::WhiteSpace(_) | Token::Comment(_))
}

/// The declarations of a `style`.
pub(super) fn declarations(css: &str) -> Result<Vec<Declaration<'_>>, Refused> {
    let tokens = read(css)?;
    let mut open = 0_usize;
    let parts = tokens.split(|(token, _)| {
        open += usize::from(opens(token));
        open -= usize::from(closes(token));
        open == 0 && *token == Token::Semicolon
    });
    parts.filter_map(|part| declaration(css, part).transpose()).collect()
}

/// A declaration; none where there is nothing, or what an editor notes.
fn declaration<'a>(css: &'a str, tokens: &[(Token<'a>, Range<usize>)]) -> Result<Option<Declaration<'a>>, Refused> {
    let mut rest = tokens.iter().filter(|(token, _)| !is_blank(token));
    let (Some((first, name)), Some((_, last))) = (rest.next(), rest.clone().next_back().or(tokens.last())) else {
        return Ok(None);
    };
    let written = || refused(&format!("`{}`", css[name.start..last.end].trim()));
    let (Token::Ident(property), Some((Token::Colon, colon))) = (first, rest.next()) else {
        return Err(written());
    };
    let is_foreign = |token: &Token<'_>| {
        matches!(
            token,
            Token::AtKeyword(_) | Token::CDO | Token::CDC | Token::CurlyBracketBlock | Token::SquareBracketBlock
        )
    };
    if rest.clone().any(|(token, _)| is_foreign(token)) {
        return Err(written());
    }
    let name = match allowed::property(property) {
        _ if property.starts_with("--") => &css[name.clone()],
        Fate::Stays(name) => name,
        Fate::LeftOut => return Ok(None),
        Fate::Refused => return Err(refused(&format!("the property `{property}`"))),
    };
    Ok(Some(Declaration {
        name,
        value: css[colon.end..last.end].trim(),
        is_important: rest.any(|(token, _)| *token == Token::Delim('!')),
    }))
}

/// Whether an attribute may have this value, which a browser reads as CSS.
pub(super) fn check(value: &str) -> Result<(), Refused> {
    // Without a parenthesis there is neither a function nor an address.
    if value.contains('(') { read(value).map(drop) } else { Ok(()) }
}

/// The names of the animations that a style sheet defines.
pub(super) fn keyframes(css: &str) -> Vec<String> {
    let mut tokens = tokens(css).map(|(token, _)| token).filter(|token| !is_blank(token));
    let mut names = Vec::new();
    while let Some(token) = tokens.next() {
        if matches!(&token, Token::AtKeyword(name) if is_keyframes(name))
            && let Some(Token::Ident(name) | Token::QuotedString(name)) = tokens.next()
        {
            names.push(name.to_string());
        }
    }
    names
}

fn is_keyframes(rule: &str) -> bool {
    rule.eq_ignore_ascii_case("keyframes") || rule.eq_ignore_ascii_case("-webkit-keyframes")
}

/// What a block of a style sheet holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Rules,
    /// The steps of an animation.
    Steps,
    Declarations,
}

/// A style sheet that is the figure's own: its names get the figure's name in front.
pub(super) fn sheet(css: &str, names: &Names<'_>) -> Result<String, Refused> {
    let tokens = read(css)?;
    let (mut own, mut blocks) = (String::with_capacity(css.len()), vec![Block::Rules]);
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        let mut open = 0_usize;
        let end = rest.iter().position(|(token, _)| {
            let is_end =
                open == 0 && matches!(token, Token::Semicolon | Token::CurlyBracketBlock | Token::CloseCurlyBracket);
            if !is_end {
                open += usize::from(opens(token));
                open -= usize::from(closes(token));
            }
            is_end
        });
        let (statement, after) = rest.split_at(end.unwrap_or(rest.len()));
        let block = *blocks.last().ok_or_else(|| refused("`}` without its `{`"))?;
        let end = after.first().map(|(token, _)| token);
        own += &part(css, statement, (block, end, &mut blocks), names)?;
        match end {
            Some(Token::CloseCurlyBracket) => {
                blocks.pop();
                own.push('}');
            }
            Some(Token::CurlyBracketBlock) => own.push('{'),
            Some(_) => own.push(';'),
            None => {}
        }
        rest = after.get(1..).unwrap_or_default();
    }
    Ok(own)
}

/// What stands between two marks of a style sheet: a declaration, or what a block is for.
fn part(
    css: &str,
    tokens: &[(Token<'_>, Range<usize>)],
    (block, end, blocks): (Block, Option<&Token<'_>>, &mut Vec<Block>),
    names: &Names<'_>,
) -> Result<String, Refused> {
    let said: Vec<&(Token<'_>, Range<usize>)> = tokens
        .iter()
        .filter(|(token, _)| !is_blank(token) && !matches!(token, Token::CDO | Token::CDC))
        .collect();
    let Some((first, span)) = said.first() else {
        if end == Some(&Token::CurlyBracketBlock) {
            return Err(refused("a rule without a selector"));
        }
        return Ok(String::new());
    };
    let text = &css[span.start..said.last().map_or(span.end, |(_, span)| span.end)];
    if block == Block::Declarations {
        if end == Some(&Token::CurlyBracketBlock) {
            return Err(refused(&format!("a rule within a rule, `{text}`")));
        }
        let declaration = declaration(css, tokens)?;
        return Ok(declaration
            .map(|it| format!("{}:{}", it.name, names.in_value(it.name, it.value)))
            .unwrap_or_default());
    }
    if end != Some(&Token::CurlyBracketBlock) {
        return Err(refused(&format!("`{text}`")));
    }
    match first {
        Token::AtKeyword(rule) if block == Block::Rules && is_keyframes(rule) => {
            blocks.push(Block::Steps);
            match said.as_slice() {
                [_, (Token::Ident(name) | Token::QuotedString(name), _)] => {
                    Ok(format!("@{rule} {}", identifier(&names.of(name))))
                }
                _ => Err(refused(&format!("`{text}`"))),
            }
        }
        Token::AtKeyword(rule)
            if block == Block::Rules && ["media", "supports"].iter().any(|it| rule.eq_ignore_ascii_case(it)) =>
        {
            blocks.push(Block::Rules);
            Ok(text.to_owned())
        }
        Token::AtKeyword(rule) => Err(refused(&format!("`@{rule}`"))),
        _ => {
            blocks.push(Block::Declarations);
            Ok(if block == Block::Rules { selector(text, names) } else { text.to_owned() })
        }
    }
}

/// A selector in which ids are the figure's own.
fn selector(text: &str, names: &Names<'_>) -> String {
    let mut is_id = false;
    changed(text, |token, written| {
        match token {
            Token::IDHash(id) | Token::Hash(id) if names.has(id) => {
                return Some(format!("#{}", identifier(&names.of(id))));
            }
            Token::SquareBracketBlock => is_id = true,
            Token::CloseSquareBracket => is_id = false,
            Token::Ident(name) if is_id && name.eq_ignore_ascii_case("id") => {}
            Token::Ident(id) | Token::QuotedString(id) if is_id && names.has(id) && written.is_value => {
                return Some(string(&names.of(id)));
            }
            _ => {}
        }
        None
    })
}

/// What stands around a token.
struct Context {
    /// It follows `=`.
    is_value: bool,
    /// It is in `url(`.
    in_url: bool,
}

/// A text of CSS with some of its tokens changed.
fn changed(css: &str, mut change: impl FnMut(&Token<'_>, &Context) -> Option<String>) -> String {
    let mut text = String::with_capacity(css.len());
    let mut context = Context { is_value: false, in_url: false };
    for (token, span) in tokens(css) {
        match change(&token, &context) {
            Some(own) => text.push_str(&own),
            None => text.push_str(&css[span]),
        }
        if !is_blank(&token) {
            context = Context {
                is_value: token == Token::Delim('='),
                in_url: is_url(&token),
            };
        }
    }
    text
}

fn identifier(name: &str) -> String {
    let mut text = String::new();
    let _ = serialize_identifier(name, &mut text);
    text
}

fn string(text: &str) -> String {
    let mut quoted = String::new();
    let _ = serialize_string(text, &mut quoted);
    quoted
}

impl Names<'_> {
    /// The value of a property, or of an attribute that is one, with the figure's own names.
    pub(super) fn in_value<'v>(&self, property: &str, value: &'v str) -> Cow<'v, str> {
        let is_animation = matches!(property, "animation" | "animation-name");
        if !value.contains('(') && !is_animation {
            return value.into();
        }
        let own =
            |url: &str| url.trim().strip_prefix('#').filter(|id| self.has(id)).map(|id| format!("#{}", self.of(id)));
        changed(value, |token, context| match token {
            Token::UnquotedUrl(url) => own(url).map(|url| {
                let is_plain = url.chars().skip(1).all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
                if is_plain { format!("url({url})") } else { format!("url({})", string(&url)) }
            }),
            Token::QuotedString(url) if context.in_url => own(url).map(|url| string(&url)),
            Token::Ident(name) if is_animation && self.animates(name) => Some(identifier(&self.of(name))),
            _ => None,
        })
        .into()
    }

    /// The rule that gives a class what a `style` said: it holds against all rules of the figure's style sheets.
    pub(super) fn rule(&self, class: &str, declarations: &[(String, String)]) -> String {
        let class = identifier(class);
        let declarations: Vec<String> = declarations.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        format!(".{class}:not(#{class}#{class}){{{}}}", declarations.join(";"))
    }
}
