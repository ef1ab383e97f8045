//! A picture as it is read: what it may hold, and what is refused.

use std::borrow::Cow;

use super::allowed::{self, ADDRESS, ELEMENT, FORM, Fate, Refused};
use super::style;
use crate::html::request::has_host;
use crate::html::tags::{Tag, Token};

/// A part of a picture.
pub(super) enum Node<'a> {
    Open {
        name: &'static str,
        attributes: Vec<(&'static str, Cow<'a, str>)>,
        closed: bool,
    },
    Close(&'static str),
    Text(Cow<'a, str>),
    Style(String),
}

/// What is known of a picture that is read.
#[derive(Default)]
pub(super) struct Reader<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// The elements that are open, as they are written.
    open: Vec<(Cow<'a, str>, &'static str)>,
    /// How many elements are open in one that is left out, with it.
    left_out: usize,
    pub(super) refused: Vec<Refused>,
    /// The root has ended.
    is_over: bool,
    /// What follows can't be told.
    pub(super) is_broken: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn refuse(&mut self, refused: Refused) {
        // So many faults are one: what draws it does not draw figures.
        const MOST: usize = 20;
        if !self.refused.contains(&refused) {
            self.refused.push(refused);
            self.is_broken |= self.refused.len() >= MOST;
        }
    }

    fn broken(&mut self, message: impl Into<String>) -> Result<(), Refused> {
        self.is_broken = true;
        Err(Refused::new(message.into(), FORM))
    }

    pub(super) fn token(&mut self, token: Token<'a>) -> Result<(), Refused> {
        match token {
            Token::Open(tag) if self.left_out > 0 => self.left_out += usize::from(!tag.self_closing),
            Token::Close(_) if self.left_out > 0 => self.left_out -= 1,
            Token::Text(..) | Token::Style(..) if self.left_out > 0 => {}
            Token::Open(tag) => return self.open(tag),
            Token::Close(name) => return self.close(&name),
            Token::Text(text, _) if self.open.is_empty() => {
                // What stands before the root is a declaration, or its rest.
                if self.is_over && !text.trim().is_empty() {
                    return self.broken("this figure goes on after its `</svg>`");
                }
            }
            Token::Text(text, _) => self.nodes.push(Node::Text(text)),
            Token::Style(css, _) => match self.nodes.last_mut() {
                Some(Node::Style(sheet)) => sheet.push_str(&css),
                _ => self.nodes.push(Node::Style(css.into_owned())),
            },
        }
        Ok(())
    }

    fn open(&mut self, tag: Tag<'a>) -> Result<(), Refused> {
        if self.open.is_empty() && (self.is_over || tag.name != "svg") {
            let place = if self.is_over { "goes on after its `</svg>` with" } else { "begins with" };
            return self.broken(format!("this figure {place} `<{}>`", tag.name));
        }
        if self.open.last().is_some_and(|(_, name)| matches!(*name, "title" | "desc" | "style")) {
            return self.broken(format!(
                "a figure's `<{}>` can't hold `<{}>`",
                self.open[self.open.len() - 1].1,
                tag.name
            ));
        }
        let name = match allowed::element(&tag.name) {
            Fate::Stays(name) => name,
            Fate::LeftOut => {
                self.left_out = usize::from(!tag.self_closing);
                return Ok(());
            }
            Fate::Refused => {
                self.left_out = usize::from(!tag.self_closing);
                return Err(Refused::new(format!("a figure can't hold `<{}>`", tag.name), ELEMENT));
            }
        };
        let mut attributes: Vec<(&'static str, Cow<'a, str>)> = Vec::with_capacity(tag.attributes.len());
        let is_root = self.open.is_empty();
        let animated = tag.attribute("attributename").map(str::to_owned);
        for attribute in tag.attributes {
            match allowed::attribute(&attribute.name, &attribute.value) {
                // Of two, a browser reads the first.
                Fate::Stays(its) if attributes.iter().any(|(name, _)| *name == its) => {}
                // The root has those of the cell.
                Fate::Stays("role" | "aria-label") if is_root => {}
                Fate::Stays(its) => match check(name, its, &attribute.value, animated.as_deref()) {
                    Ok(()) => attributes.push((its, attribute.value)),
                    Err(refused) => self.refuse(refused),
                },
                Fate::LeftOut => {}
                Fate::Refused => {
                    let message = format!("a figure can't hold the attribute `{}` of `<{name}>`", attribute.name);
                    self.refuse(Refused::new(message, ELEMENT));
                }
            }
        }
        let closed = tag.self_closing;
        self.nodes.push(Node::Open { name, attributes, closed });
        match (closed, is_root) {
            (false, _) => self.open.push((tag.name, name)),
            (true, is_root) => self.is_over = is_root,
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), Refused> {
        match self.open.pop() {
            Some((open, name_of)) if open == name => {
                self.nodes.push(Node::Close(name_of));
                self.is_over = self.open.is_empty();
                Ok(())
            }
            Some((open, _)) => self.broken(format!("this figure closes `<{open}>` by `</{name}>`")),
            None => self.broken(format!("this figure closes `</{name}>`, which is not open")),
        }
    }

    pub(super) fn end(&mut self) {
        if self.is_broken {
            return;
        }
        if let Some((open, _)) = self.open.last() {
            self.refuse(Refused::new(format!("this figure does not close its `<{open}>`"), FORM));
        } else if !self.is_over {
            self.refuse(Refused::new("this figure has no `<svg>`".to_owned(), FORM));
        }
    }
}

/// Whether an attribute may have a value. `animated` is the attribute that the element sets.
fn check(element: &str, name: &str, value: &str, animated: Option<&str>) -> Result<(), Refused> {
    match name {
        "href" | "xlink:href" if !leads_within(element, value) => Err(Refused::new(
            format!("a figure can't hold the address `{value:.60}` in `{name}` of `<{element}>`"),
            ADDRESS,
        )),
        "attributeName" => {
            let is_plain =
                |name: &str| !matches!(name, "href" | "xlink:href" | "style" | "class" | "id" | "to" | "values");
            let lower = value.trim().to_ascii_lowercase();
            let is_known = matches!(allowed::attribute(&lower, ""), Fate::Stays(_));
            if is_known && is_plain(&lower) {
                return Ok(());
            }
            Err(Refused::new(format!("a figure can't animate `{value}`"), ELEMENT))
        }
        "class" if value.split_whitespace().any(|class| class.starts_with("recto-")) => {
            Err(Refused::new(format!("a figure can't have the class `{value}`, which is recto's"), ELEMENT))
        }
        "style" => style::declarations(value).map(drop),
        "from" | "to" | "by" | "values" if animated.is_some() => style::check(value),
        // The duration of an animation's last state, and not a colour.
        name if value.contains('(') && allowed::is_presentation(name) => style::check(value),
        _ => Ok(()),
    }
}

/// Whether an address leads to something in the figure, or to what its element may lead to.
fn leads_within(element: &str, address: &str) -> bool {
    const IMAGES: [&str; 6] = [
        "image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/avif",
    ];
    let address = address.trim();
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_path = || !has_host(address) && !address.contains(['\\', '\t', '\n', '\r']);
    match (element, scheme.as_deref()) {
        _ if address.starts_with('#') => true,
        ("image", Some("data")) => {
            let kind = address["data:".len()..].split([';', ',']).next().unwrap_or_default();
            IMAGES.iter().any(|image| kind.eq_ignore_ascii_case(image))
        }
        ("image", None) => is_path(),
        // A reader may follow it.
        ("a", Some("http" | "https" | "mailto")) => true,
        ("a", None) => is_path(),
        _ => false,
    }
}
