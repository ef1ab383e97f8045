//! Values that YAML reads without complaint, and otherwise than they are meant.

use std::sync::LazyLock;

use regex::Regex;

use super::takes::{Form, Takes};
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// A line of YAML and where its first byte stands in the document.
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

/// What is wrong with the value of a key, which begins on the first of these lines.
pub(super) fn misread(document: &Document, lines: &[Line<'_>], kind: Kind, what: &str) -> Option<Problem> {
    let first = lines.first()?;
    let (key, written) = first.text.split_once(':')?;
    let (key, value) = (key.trim(), written.trim());
    let start = first.start + first.text.len() - written.trim_start().len();
    let whole = || document.place(start..start + value.len());
    let is_one_line = lines[1..].iter().all(|line| line.text.trim().is_empty());
    if value.is_empty() && is_one_line {
        let place = document.place(first.start..first.start + first.text.trim_end().len());
        let problem = Problem::error(kind, format!("this {what} has no value")).at(place);
        let example = Takes::of(key, kind)?.example(key, Form::Yaml)?;
        return Some(problem.help(format!("write `{example}`, or take the line away")));
    }
    let is_text = matches!((kind, key), (Kind::Option, "caption" | "alt" | "names"));
    if !is_text {
        return None;
    }
    let texts = || lines[1..].iter().map(|line| line.text).chain([value]);
    let problem = if value.contains('"') && !value.starts_with(['\'', '|', '>']) && texts().any(has_escaped_latex) {
        Problem::error(kind, "in double quotes YAML takes a backslash and what follows it for another character")
            .at(whole())
    } else if is_plain(value) && texts().any(has_comment) {
        Problem::error(kind, "YAML takes what follows a `#` for a comment, and not for text").at(whole())
    } else {
        return None;
    };
    let inner = value.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(value);
    Some(if !is_one_line || inner.contains(['\'', '"']) || key == "names" {
        problem.help("put the text in single quotes, `'…'`, in which a `'` is written twice")
    } else {
        problem.suggest("put it in single quotes: ", format!("'{inner}'"))
    })
}

/// A command of LaTeX behind a dollar sign that YAML reads as a tab or the like: `\theta`, `\nabla`.
fn has_escaped_latex(text: &str) -> bool {
    static ESCAPED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\$[^$]*?(?:^|[^\\])(?:\\\\)*\\[abefnrtv]").expect("a constant"));
    ESCAPED.is_match(text)
}

/// Whether a value stands in no quotes and has no form of its own.
fn is_plain(value: &str) -> bool {
    !value.starts_with(['\'', '"', '|', '>', '[', '{', '&', '*', '!'])
}

fn has_comment(text: &str) -> bool {
    text.starts_with('#') || text.contains(" #") || text.contains("\t#")
}
