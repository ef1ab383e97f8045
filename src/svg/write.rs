//! A picture as it is written: with names of its own, and without `style` attributes.

use std::borrow::Cow;

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
    /// What `style` said that no attribute can; the class has the number of the rule.
    pub(super) classes: Vec<Vec<(String, String)>>,
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
                self.rules(node);
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
                Node::Close(name) => self.html.push_str(&format!("</{name}>")),
                Node::Text(text) => self.html.push_str(&on_one_line(text)),
                Node::Style(css) => {
                    let own = style::sheet(css, &self.names)?;
                    // Selectors mean what is in a scope, not what it begins with.
                    let scoped = format!("@scope ([data-scope=\"{}\"]) {{ {own} }}", self.names.scope);
                    self.html.push_str(&on_one_line(&scoped));
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
    fn rules(&mut self, last: &Node<'_>) {
        if self.classes.is_empty() || !matches!(last, Node::Close(_)) {
            return;
        }
        let rules = self.classes.iter().enumerate();
        let rules: String = rules.map(|(number, it)| self.names.rule(&self.class(number), it)).collect();
        self.html.push_str(&format!("<style>{}</style>", on_one_line(&rules)));
    }

    fn class(&self, number: usize) -> String {
        format!("{}-style-{number}", self.names.scope)
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.html.push_str(&format!(" {name}=\"{}\"", on_one_line(value)));
    }

    fn attributes(&mut self, attributes: &[(&'static str, Cow<'_, str>)], is_root: bool) -> Result<(), Refused> {
        let style = attributes.iter().find(|(name, _)| *name == "style");
        let Instead { attributes: instead, class } = match style {
            Some((_, css)) => self.style(css, is_root)?,
            None => Instead::default(),
        };
        let is_set = |name: &str| instead.iter().any(|(its, _)| its == name);
        for (name, value) in attributes.iter().filter(|(name, _)| *name != "style" && !is_set(name)) {
            let own = match *name {
                "id" if value.is_empty() => continue,
                "class" => match &class {
                    Some(class) => format!("{value} {class}"),
                    None => value.to_string(),
                },
                name @ ("from" | "to" | "by" | "values") => self.names.in_value(name, value),
                name if allowed::is_presentation(name) => self.names.in_value(name, value),
                name => self.names.in_attribute(name, value),
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
        let (mut instead, mut rest) = (Instead::default(), Vec::new());
        for it in &declarations {
            let own = (it.name.to_owned(), self.names.in_value(it.name, it.value));
            let is_only = declarations.iter().filter(|other| other.name == it.name).count() == 1;
            // An attribute would lose against the rules of a style sheet: those of the picture, and those for the root.
            let is_attribute = !self.has_sheet && !is_root && allowed::is_presentation(it.name);
            if is_attribute && is_only && !it.is_important {
                instead.attributes.push(own);
            } else {
                rest.push(own);
            }
        }
        if !rest.is_empty() {
            let known = self.classes.iter().position(|rule| *rule == rest);
            let number = known.unwrap_or_else(|| {
                self.classes.push(rest);
                self.classes.len() - 1
            });
            instead.class = Some(self.class(number));
        }
        Ok(instead)
    }
}

/// Text on one line, with what HTML and mdBook would act on as references.
fn on_one_line(text: &str) -> String {
    escape(&text.replace(['\n', '\r'], " "))
}
