//! A picture as it is written: with names of its own, and without `style` attributes.

use std::borrow::Cow;
use std::collections::HashMap;

use super::allowed::{self, Refused};
use super::names::Names;
use super::read::Node;
use super::share::{Child, Picture};
use super::words::Words;
use super::{size, style};
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
    /// What stands in the root, so far.
    pub(super) children: Vec<Child>,
}

/// What stands for a `style`.
#[derive(Default)]
struct Instead {
    attributes: Vec<(String, String)>,
    /// For what no attribute can say.
    class: Option<String>,
}

impl Writer<'_> {
    pub(super) fn picture(mut self, nodes: &[Node<'_>], words: Words<'_>, id: &str) -> Result<Picture, Refused> {
        let last = nodes.len() - 1;
        let least = size::least(nodes);
        let mut depth = 0_usize;
        for (at, node) in nodes.iter().enumerate() {
            if at == last {
                self.sheet(node);
            }
            let start = self.html.len();
            match node {
                Node::Open { name, attributes, closed } if at == 0 => {
                    self.root(name, attributes, words, least.and_then(size::wide), id)?;
                    self.words(words);
                    if *closed {
                        self.html.extend(["</", name, ">"]);
                    }
                }
                Node::Open { name, attributes, closed } => {
                    self.html.push('<');
                    self.html.push_str(name);
                    self.attributes(attributes, false)?;
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
            depth = self.child(node, depth, start);
        }
        let root = match nodes.first() {
            Some(Node::Open { attributes, .. }) => attributes,
            _ => &Vec::new(),
        };
        Ok(Picture {
            scope: self.names.scope.to_owned(),
            least,
            has_sheet: self.has_sheet,
            has_rules: !self.rules.is_empty(),
            root: root.iter().map(|(name, value)| (*name, value.to_string())).collect(),
            children: self.children,
            html: self.html,
        })
    }

    /// Takes note of what was written from `start` on, where it stands in the root. Returns the depth after it.
    fn child(&mut self, node: &Node<'_>, depth: usize, start: usize) -> usize {
        let end = self.html.len();
        match node {
            Node::Open { name, closed, .. } => {
                if depth == 1 {
                    self.children.push(Child {
                        range: start..end,
                        is_drawn: allowed::is_drawn(name),
                    });
                }
                depth + usize::from(!closed)
            }
            Node::Close(_) => {
                if let (2, Some(child)) = (depth, self.children.last_mut()) {
                    child.range.end = end;
                }
                depth - 1
            }
            Node::Text(_) | Node::Style(_) => depth,
        }
    }

    /// The tag of the root, which has what the page knows it by.
    fn root(
        &mut self,
        name: &str,
        attributes: &[(&'static str, Cow<'_, str>)],
        words: Words<'_>,
        class: Option<String>,
        id: &str,
    ) -> Result<(), Refused> {
        self.html.push('<');
        self.html.push_str(name);
        self.attribute("role", "img");
        let ids: Vec<String> = words.parts().map(|(part, _)| format!("{}.{part}", self.names.scope)).collect();
        match ids.as_slice() {
            [] => self.attribute("aria-hidden", "true"),
            ids => self.attribute("aria-labelledby", &ids.join(" ")),
        }
        self.attribute("data-figure", id);
        let mut attributes = attributes.to_vec();
        if let Some(class) = class {
            match attributes.iter_mut().find(|(name, _)| *name == "class") {
                Some((_, its)) => *its = format!("{its} {class}").into(),
                None => attributes.push(("class", class.into())),
            }
        }
        self.attributes(&attributes, true)?;
        self.html.push('>');
        Ok(())
    }

    /// The name and the description, where screen readers look for them.
    fn words(&mut self, words: Words<'_>) {
        for (part, text) in words.parts() {
            self.html.extend(["<", part, " id=\"", self.names.scope, ".", part, "\">"]);
            push_on_one_line(&mut self.html, text);
            self.html.extend(["</", part, ">"]);
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
