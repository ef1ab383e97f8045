//! Marks of other tools in the text of a lesson: what Quarto, LaTeX and editors of notes have for references, citations, formulas
//! and values, and what markdown takes for text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::label::is_label;
use crate::problem::{Kind, Problem};
use crate::source::Place;

/// What an author may have meant.
pub(super) enum Mark<'a> {
    /// `@fig-one`
    Reference(&'a str),
    /// `\cite{key}`
    Citation(&'a str),
    /// `@name2020`, which stands as text in `\[…]`
    Name(&'a str),
    /// `\(x\)`
    Formula(&'a str),
    /// `\[x\]`
    Display,
    /// `\begin{align}`
    Environment,
    /// `{k:.3}`
    Value(&'a str),
}

/// The marks of a text, each with its place.
pub(super) fn marks(text: &str) -> impl Iterator<Item = (Range<usize>, Mark<'_>)> {
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        let at = r"(?:^|[\s(])@(?:(?<label>[a-z]{2,3}-[\w-]*\w)|(?<name>\p{L}+(?:1[5-9]|20)\d\d[a-z]?)(?-u:\b))";
        let cite = r"\\cite[pt]?\{(?<key>[\w:.-]+)\}";
        let formula = r"\\\((?<formula>[^\n]+?)\\\)|(?m:^)[ \t>]*\\\[(?<display>[^\[\]]+?)\\\]";
        let environment = r"\\begin\{(?<environment>align|displaymath|eqnarray|equation|gather|multline)\*?\}";
        let value = r"\{(?<value>[A-Za-z_][\w.]*:\.\d+e?)\}";
        Regex::new(&[at, cite, formula, environment, value].join("|")).expect("a constant")
    });
    MARK.captures_iter(text).filter_map(|found| {
        let whole = found.get(0)?;
        let before = whole.as_str().find(['@', '\\', '{']).unwrap_or_default();
        Some((whole.start() + before..whole.end(), mark(&found)?))
    })
}

fn mark<'a>(found: &Captures<'a>) -> Option<Mark<'a>> {
    let part = |name: &str| found.name(name).map(|it| it.as_str());
    let is_formula = |text: &&str| is_latex(text) || is_of_letters(text);
    None.or(part("label").filter(|label| is_label(label)).map(Mark::Reference))
        .or(part("key").map(Mark::Citation))
        .or(part("name").map(Mark::Name))
        .or(part("formula").map(|latex| Mark::Formula(latex.trim())))
        .or(part("display").filter(is_formula).map(|_| Mark::Display))
        .or(part("environment").map(|_| Mark::Environment))
        .or(part("value").map(Mark::Value))
}

impl Mark<'_> {
    /// What is wrong at its place, and what to write there.
    pub(super) fn problem(&self, place: &Place) -> Problem {
        let formula = |what: &str| {
            let message = format!("this looks like a formula, and is text {what} markdown");
            Problem::warning(Kind::Formula, message).at(place.clone())
        };
        let looks = |kind, what: &str| Problem::error(kind, format!("this looks like {what}")).at(place.clone());
        match self {
            Mark::Reference(label) => {
                looks(Kind::Label, "a reference and is none").suggest("write ", format!("[](#{label})"))
            }
            Mark::Citation(key) | Mark::Name(key) => {
                looks(Kind::Citation, "a citation and is none").suggest("write ", format!("[@{key}]"))
            }
            Mark::Value(value) => {
                looks(Kind::Syntax, "an inline value and is text").suggest("write ", format!("`{{{value}}}`"))
            }
            Mark::Formula(latex) => formula("in brackets to").suggest("write ", format!("${latex}$")),
            Mark::Display => formula("in brackets to").help("write `$$` for `\\[`, and for `\\]`"),
            Mark::Environment => formula("to")
                .help("write `$$` in its place and at its end; lines are aligned by `\\begin{aligned}` in it"),
        }
    }
}

/// Whether a text has signs that prose has not.
pub(super) fn is_latex(inside: &str) -> bool {
    static SIGNS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\[a-zA-Z]|[\w})][\^_]\S").expect("a constant"));
    SIGNS.is_match(inside)
}

/// Whether a text is made of single letters and signs of arithmetic, as prose is not.
pub(super) fn is_of_letters(inside: &str) -> bool {
    let mut words = inside.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some()
        && words.all(|word| word.chars().count() == 1)
        && inside.contains(['=', '+', '<', '>', '/', '*'])
}
