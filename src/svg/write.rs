//! A picture as it is written: with names of its own, and without `style` attributes.

use std::borrow::Cow;
use std::collections::HashMap;

use super::allowed::{self, Refused};
use super::names::Names;
use super::read::Node;
use super::style;
use crate::html::escape;

/// Writes a picture.
pub(super) struct Writer<'a> {
    pub(super) names: Names<'a>,
    /// It has style sheets, against which an attribute would lose.
    pub(super) has_sheet: bool,
    /// What `style` said that no attribute can, with the number of its class.
    pub(super) numbers: HashMap<Vec<(String, String)>, usize>,
    /// The rules of these classes.
    pub(super) rules: String,
    pub(super) html: String,
}

/// What stands for a `style`.
#[derive(Default)]
struct Instead {
    attributes: Vec<(String, String)>,
    /// For what no attribute can say.
    class: Option<String>,
}

impl Writer<'_> {
    pub(super) fn picture(mut self, nodes: &[Node<'_>], alt: &str, id: &str) -> Result<String, Refused> {
        let last = nodes.len() - 1;
        for (at, node) in nodes.iter().enumerate() {
            if at == last {
                self.sheet(node);
            }
            match node {
                Node::Open { name, attributes, closed } => {
                    self.html.push('<');
                    self.html.push_str(name);
                    if at == 0 {
                        self.attribute("role", "img");
                        self.attribute("aria-label", alt);
                        self.attribute("data-figure", id);
                    }
                    self.attributes(attributes, at == 0)?;
                    self.html.push_str(if *closed { "/>" } else { ">" });
                }
                Node::Close(name) => self.html.extend(["</", name, ">"]),
                Node::Text(text) => push_on_one_line(&mut self.html, text),
                Node::Style(css) => {
                    let own = style::sheet(css, &self.names)?;
                    // Selectors mean what is in a scope, not what it begins with.
                    let scoped = format!("@scope ([data-scope=\"{}\"]) {{ {own} }}", self.names.scope);
                    push_on_one_line(&mut self.html, &scoped);
                }
            }
        }
        if self.has_sheet {
            Ok(format!("<div data-scope=\"{}\">{}</div>", self.names.scope, self.html))
        } else {
            Ok(self.html)
        }
    }

    /// The style sheet of the classes, before the root ends.
    fn sheet(&mut self, last: &Node<'_>) {
        if self.rules.is_empty() || !matches!(last, Node::Close(_)) {
            return;
        }
        self.html.push_str("<style>");
        push_on_one_line(&mut self.html, &self.rules);
        self.html.push_str("</style>");
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.html.extend([" ", name, "=\""]);
        push_on_one_line(&mut self.html, value);
        self.html.push('"');
    }

    fn attributes(&mut self, attributes: &[(&'static str, Cow<'_, str>)], is_root: bool) -> Result<(), Refused> {
        let style = attributes.iter().find(|(name, _)| *name == "style");
        let Instead { attributes: instead, class } = match style {
            Some((_, css)) => self.style(css, is_root)?,
            None => Instead::default(),
        };
        let is_set = |name: &str| instead.iter().any(|(its, _)| its == name);
        for (name, value) in attributes.iter().filter(|(name, _)| *name != "style" && !is_set(name)) {
            let own = match (*name, &class) {
                ("id", _) if value.is_empty() => continue,
                ("class", Some(class)) => format!("{value} {class}").into(),
                (name, _) if value.contains('(') && is_css(name) => self.names.in_value(name, value),
                (name, _) => self.names.in_attribute(name, value),
            };
            self.attribute(name, &own);
        }
        for (name, value) in &instead {
            self.attribute(name, value);
        }
        if let Some(class) = class.filter(|_| !attributes.iter().any(|(name, _)| *name == "class")) {
            self.attribute("class", &class);
        }
        Ok(())
    }

    /// What stands for a `style`: the page's policy knows none.
    fn style(&mut self, css: &str, is_root: bool) -> Result<Instead, Refused> {
        let declarations = style::declarations(css)?;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        declarations.iter().for_each(|it| *counts.entry(it.name).or_default() += 1);
        let (mut instead, mut rest) = (Instead::default(), Vec::new());
        for it in &declarations {
            let own = (it.name.to_owned(), self.names.in_value(it.name, it.value).into_owned());
            // An attribute would lose against the rules of a style sheet: those of the picture, and those for the root.
            let is_attribute = !self.has_sheet && !is_root && allowed::is_presentation(it.name);
            if is_attribute && counts[it.name] == 1 && !it.is_important {
                instead.attributes.push(own);
            } else {
                rest.push(own);
            }
        }
        if !rest.is_empty() {
            let next = self.numbers.len();
            let number = *self.numbers.entry(rest).or_insert_with_key(|rule| {
                self.rules.push_str(&self.names.rule(&class_of(&self.names, next), rule));
                next
            });
            instead.class = Some(class_of(&self.names, number));
        }
        Ok(instead)
    }
}

fn class_of(names: &Names<'_>, number: usize) -> String {
    format!("{}-style-{number}", names.scope)
}

/// Whether the value of an attribute is CSS, or may be that of one.
fn is_css(name: &str) -> bool {
    matches!(name, "from" | "to" | "by" | "values") || allowed::is_presentation(name)
}

/// Adds text on one line, with what HTML and mdBook would act on as references.
fn push_on_one_line(html: &mut String, text: &str) {
    if text.contains(|c: char| c.is_control() || matches!(c, '&' | '<' | '>' | '"' | '{')) {
        html.push_str(&escape(&text.replace(['\n', '\r'], " ")));
    } else {
        html.push_str(text);
    }
}
