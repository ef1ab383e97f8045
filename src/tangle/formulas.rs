//! The formulas of a claim: which of its parts are compiled, and over which range.
//!
//! A part is compiled where all of its symbols are bound. It is to be compiled, so that a symbol that is not bound is an error,
//! where the claim is made over a range, or where it is the only one of several that is not bound. Else the part is a name.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};

use super::names;
use super::numeric::numeric;
use crate::claim_text::{self, Candidate};
use crate::formula::{self, Bound, Fault, Formula, Scope};
use crate::problem::{Kind, Problem};
use crate::read::{Claim, Lesson, MappedText};

/// A part of a claim that is compiled.
#[derive(Clone, Debug)]
pub(crate) struct CompiledPart {
    /// Where it stands in the document.
    pub(crate) span: Range<usize>,
    pub(crate) latex: String,
    /// The names of the lesson that it has.
    pub(crate) names: Vec<String>,
    /// The Rust of it, each piece on behalf of a range of the document.
    pub(super) code: Vec<(Range<usize>, String)>,
}

/// What is compiled of a claim's text.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClaimFormulas {
    pub(crate) parts: Vec<CompiledPart>,
    /// The claim is made over a range.
    pub(crate) is_sampled: bool,
    /// The parts with names of the lesson that can't be read.
    pub(crate) unread: Vec<UnreadPart>,
}

/// A part that is no formula that is understood.
#[derive(Clone, Debug)]
pub(crate) struct UnreadPart {
    /// Where it stands in the document.
    pub(crate) span: Range<usize>,
    pub(crate) problem: Problem,
}

impl ClaimFormulas {
    /// Where its formulas stand in the document.
    pub(crate) fn spans(&self) -> Vec<Range<usize>> {
        self.parts.iter().map(|part| part.span.clone()).collect()
    }
}

/// What a claim is made of: its expression, and what it is compared with.
#[derive(Clone, Debug)]
pub(super) struct ClaimPart<'a> {
    pub(super) claim: &'a Claim,
    pub(super) expression: MappedText,
    pub(super) variables: Vec<Variable>,
    pub(super) parts: Vec<CompiledPart>,
    pub(super) unread: Vec<UnreadPart>,
}

/// A variable of a claim, `x in 0.0..=1.0` or `y = 1.0 / x`.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: MappedText,
    /// Its range, or its value.
    pub(super) of: MappedText,
    pub(super) is_range: bool,
}

impl Variable {
    /// What it is to a formula.
    fn bound(&self) -> Bound {
        match syn::parse_str(self.of.text()) {
            Ok(list) if !self.is_range && names::is_list(&list) => Bound::List,
            Ok(function) => names::closure(&function).unwrap_or(Bound::Variable),
            Err(_) => Bound::Variable,
        }
    }

    /// Whether its value is known to be a number.
    fn is_number(&self, scope: &Scope) -> bool {
        let value = syn::parse_str(self.of.text()).ok().and_then(|value| numeric(&value));
        value.is_some_and(|names| names.iter().all(|name| scope.is_number(name)))
    }

    /// What is written behind its name: of decimal numbers the type, which nothing else may tell.
    pub(super) fn kind(&self) -> &'static str {
        let is_float = |literal: &str| {
            let digits = literal.trim();
            let is_number = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '_'));
            is_number && digits.contains(['.', 'e', 'E'])
        };
        let text = self.of.text();
        let ends = text.split_once("..").map_or((text, text), |(first, last)| (first, last.trim_start_matches('=')));
        if is_float(ends.0) && is_float(ends.1) { ": f64" } else { "" }
    }
}

impl<'a> ClaimPart<'a> {
    /// The expression and the variables of a claim.
    ///
    /// # Errors
    /// What is wrong with the variables.
    pub(super) fn of(lesson: &Lesson, claim: &'a Claim) -> Result<ClaimPart<'a>, Vec<Problem>> {
        let text = claim.expression.text();
        let (end, ranges) = split_ranges(text).map_err(|at| {
            let problem = Problem::error(Kind::Syntax, "this is no variable with a range or a value")
                .at(lesson.document.place(claim.expression.range(at..text.len())))
                .help("write `for x in 0.0..=1.0`, and more of them as `for x in 0.0..=1.0, n in 1..=10, y = 2.0 * x`");
            vec![problem]
        })?;
        let trimmed = |span: Range<usize>| {
            let inside = &text[span.clone()];
            let start = span.start + inside.len() - inside.trim_start().len();
            claim.expression.slice(start..start + inside.trim().len())
        };
        let variable = |(name, of, is_range): (Range<usize>, Range<usize>, bool)| Variable {
            name: trimmed(name),
            of: trimmed(of),
            is_range,
        };
        Ok(ClaimPart {
            claim,
            expression: claim.expression.slice(0..end),
            variables: ranges.into_iter().map(variable).collect(),
            parts: Vec::new(),
            unread: Vec::new(),
        })
    }

    /// A claim without a range.
    pub(super) fn whole(claim: &'a Claim) -> ClaimPart<'a> {
        ClaimPart {
            claim,
            expression: claim.expression.clone(),
            variables: Vec::new(),
            parts: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// How many of its variables have a range.
    pub(super) fn ranges(&self) -> usize {
        self.variables.iter().filter(|variable| variable.is_range).count()
    }

    /// What is compiled of its text.
    pub(super) fn formulas(&self) -> Option<ClaimFormulas> {
        let is_sampled = !self.variables.is_empty();
        (is_sampled || !self.parts.is_empty() || !self.unread.is_empty()).then(|| ClaimFormulas {
            parts: self.parts.clone(),
            is_sampled,
            unread: self.unread.clone(),
        })
    }

    /// Whether a part says something of the numbers for which its names stand, so that it is no name of another value: it is a variable
    /// of the claim, in front of an inequality, or in front of another symbol, which `next` may be. `\eta = 2/20` and
    /// `x \leftarrow y` give a symbol its value.
    fn says_of(&self, candidate: &Candidate, next: Option<&Candidate>, names: &[String], scope: &Scope) -> bool {
        let mut pieces = self.claim.pieces.iter();
        let behind = pieces.find_map(|piece| piece.text.get(candidate.span.end.checked_sub(piece.start)?..));
        let behind = behind.unwrap_or_default().trim_start_matches([' ', '&', '\n']);
        let command = behind.strip_prefix('\\').and_then(|rest| rest.split(|c: char| !c.is_alphabetic()).next());
        let is_inequality = behind.starts_with(['<', '>', '≤', '≥'])
            || matches!(command, Some("le" | "leq" | "leqslant" | "lt" | "ge" | "geq" | "geqslant" | "gt"));
        let is_given =
            behind.starts_with([':', '≔', '←']) || matches!(command, Some("coloneqq" | "leftarrow" | "gets"));
        let own = |name: &String| self.variables.iter().find(|variable| variable.name.text() == name);
        let is_number = |name: &String| match own(name) {
            Some(variable) => variable.is_range || variable.is_number(scope),
            None => scope.is_number(name),
        };
        let are_numbers = |names: &[String]| !names.is_empty() && names.iter().all(is_number);
        let is_symbol = |part: &&Candidate| {
            let formula = formula::read(&part.latex, scope).ok();
            formula.is_some_and(|it| it.is_name && it.unbound.is_empty() && are_numbers(&it.bound))
        };
        candidate.is_related
            && !is_given
            && are_numbers(names)
            && (is_inequality
                || names.iter().any(|name| own(name).is_some())
                || next.filter(|next| !next.leads).filter(is_symbol).is_some())
    }

    /// All of its Rust.
    pub(super) fn code(&self) -> String {
        let formulas = self.parts.iter().flat_map(|part| part.code.iter().map(|(_, text)| text.as_str()));
        std::iter::once(self.claim.expression.text()).chain(formulas).collect::<Vec<_>>().join(" ")
    }

    /// The same with the parts that are compiled, in this scope.
    ///
    /// # Errors
    /// What is to be compiled and can't be.
    pub(super) fn with_formulas(mut self, lesson: &Lesson, scope: &Scope) -> Result<ClaimPart<'a>, Vec<Problem>> {
        let candidates = claim_text::candidates(&self.claim.pieces);
        let is_sampled = !self.variables.is_empty();
        if candidates.is_empty() && !is_sampled {
            return Ok(self);
        }
        let mut scope = scope.clone();
        self.variables.retain(|variable| {
            let is_function = !variable.is_range && scope.alias(variable.name.text(), variable.of.text());
            if !is_function {
                scope.bind_variable(variable.name.text(), variable.bound());
            }
            !is_function
        });
        let mut problems = Vec::new();
        for (at, candidate) in candidates.iter().enumerate() {
            let problem = |Fault { span, message, help }: Fault| {
                let span = candidate.span.start + span.start..candidate.span.start + span.end;
                let problem = Problem::error(Kind::Syntax, message).at(lesson.document.place(span));
                let problem = problem.note("this part of the claim is computed, and compared");
                help.into_iter().fold(problem, Problem::help)
            };
            let says_of = |names: &[String]| self.says_of(candidate, candidates.get(at + 1), names, &scope);
            match compiled(candidate, &scope, is_sampled, says_of) {
                Reading::Formula(formula) => self.parts.push(CompiledPart::of(candidate, formula)),
                Reading::Name => {}
                Reading::Unread(fault) => self.unread.push(UnreadPart {
                    span: candidate.span.clone(),
                    problem: problem(fault),
                }),
                Reading::Refused(fault) => problems.push(problem(fault)),
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }
}

impl CompiledPart {
    fn of(candidate: &Candidate, formula: Formula) -> CompiledPart {
        let start = candidate.span.start;
        let code = formula.code.into_iter();
        CompiledPart {
            span: candidate.span.clone(),
            latex: candidate.latex.clone(),
            names: formula.bound,
            code: code.map(|(span, text)| (start + span.start..start + span.end, text)).collect(),
        }
    }
}

/// What a part is.
enum Reading {
    Formula(Formula),
    Name,
    /// A name, or a formula that is not understood.
    Unread(Fault),
    Refused(Fault),
}

/// `says_of` is whether the part says something of these names.
fn compiled(candidate: &Candidate, scope: &Scope, is_sampled: bool, says_of: impl Fn(&[String]) -> bool) -> Reading {
    let formula = match formula::read(&candidate.latex, scope) {
        Ok(formula) => formula,
        Err(fault) if is_sampled && !candidate.leads => return Reading::Refused(fault),
        Err(fault) if formula::has_names(&candidate.latex, scope) => return Reading::Unread(fault),
        Err(_) => return Reading::Name,
    };
    let is_symbol = formula.is_name
        && !(formula.unbound.is_empty() && says_of(&formula.bound))
        && (candidate.leads || !candidate.is_related || formula.bound.is_empty() && !is_sampled);
    let is_name = is_symbol || candidate.leads && formula.bound.is_empty() && !formula.unbound.is_empty();
    let misses_one = formula.unbound.len() == 1 && !formula.bound.is_empty();
    if is_name || !(formula.unbound.is_empty() || misses_one || is_sampled) {
        return Reading::Name;
    }
    match formula.refused {
        Some(fault) => Reading::Refused(fault),
        None => Reading::Formula(formula),
    }
}

/// Where an expression ends, and the names of the variables behind it, with the range of each, or its value.
type Ranges = (usize, Vec<(Range<usize>, Range<usize>, bool)>);

/// Splits `rate(eta) for eta in 0.0..=0.12`. The error is where something else than a variable stands.
fn split_ranges(text: &str) -> Result<Ranges, usize> {
    let Ok(stream) = text.parse::<TokenStream>() else {
        return Ok((text.len(), Vec::new()));
    };
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let is = |at: usize, word: &str| matches!(tokens.get(at), Some(TokenTree::Ident(ident)) if ident == word);
    let sign =
        |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    // `for<'a>` is a type's; a loop begins an expression.
    let Some(start) = (1..tokens.len()).find(|&at| is(at, "for") && !sign(at + 1, '<')) else {
        return Ok((text.len(), Vec::new()));
    };
    let from = |at: usize| tokens.get(at).map_or(text.len(), |token| token.span().byte_range().start);
    let mut ranges = Vec::new();
    let mut at = start + 1;
    while at < tokens.len() {
        let is_range = is(at + 1, "in");
        let is_variable = matches!(tokens[at], TokenTree::Ident(_)) && (is_range || sign(at + 1, '='));
        let end = (at..tokens.len()).find(|&end| sign(end, ',')).unwrap_or(tokens.len());
        let range = from(at + 2)..from(end);
        if !is_variable || syn::parse_str::<syn::Expr>(&text[range.clone()]).is_err() {
            return Err(from(at));
        }
        ranges.push((tokens[at].span().byte_range(), range, is_range));
        at = end + 1;
    }
    if ranges.is_empty() { Err(from(start)) } else { Ok((from(start), ranges)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_stand_behind_the_expression() {
        for (text, expression, ranges) in [
            ("rate(eta) for eta in 0.0..=0.12", "rate(eta) ", &[("eta", "0.0..=0.12")][..]),
            ("f(x, y) for x in 0..=n, y in -2.0..=2.0", "f(x, y) ", &[("x", "0..=n"), ("y", "-2.0..=2.0")]),
            ("f(x, y) for x in 0..=n, y = 2 * x", "f(x, y) ", &[("x", "0..=n"), ("y", "2 * x")]),
            ("{ for x in 0..3 {} 1 }", "{ for x in 0..3 {} 1 }", &[]),
            ("kappa", "kappa", &[]),
        ] {
            let (end, found) = split_ranges(text).unwrap();
            let found: Vec<(&str, &str)> =
                found.into_iter().map(|(name, of, _)| (&text[name], text[of].trim())).collect();
            assert_eq!((&text[..end], found.as_slice()), (expression, ranges));
        }
        assert_eq!(split_ranges("f(x) for x"), Err(9));
        assert_eq!(split_ranges("f(x) for"), Err(5));
        assert_eq!(split_ranges("f(x) for x in 0..1, 3"), Err(20));
    }
}
