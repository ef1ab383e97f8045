//! What a reader may take in two ways: each is refused with both readings.

use std::ops::Range;

use super::expression::{Expression, Node};
use super::lexer::{Kind, Token};
use super::parser::{Fault, Form, Parser, Read};
use super::scope::group;

impl Parser<'_> {
    /// `a/b c` and `\sin a b`, each of which a reader may take otherwise.
    pub(super) fn check_readings(
        &mut self,
        (first, (factor, argument), second, right): (usize, (usize, usize), usize, usize),
        divisor: Option<usize>,
        form: Form,
        goes_on: bool,
    ) {
        let sign = self.written(second, right);
        let right_text = self.written(right, self.at);
        if let Some(divisor) = divisor {
            let (above, below) = (self.written(first, divisor - 1), self.written(divisor, second));
            let readings = [
                format!("\\frac{{{above}}}{{{below}}} {right_text}"),
                format!("\\frac{{{above}}}{{{below} {right_text}}}"),
            ];
            self.refuse_readings(self.span(first), readings);
        } else if form == Form::Open && goes_on {
            let space = if sign.is_empty() { " " } else { "" };
            let before = self.written(first, factor);
            let before = if before.is_empty() { String::new() } else { format!("{before} ") };
            let (function, argument) = (self.written(factor, argument), self.written(argument, second));
            let left = self.written(factor, second);
            let readings = [
                format!("{before}({left}){sign}{space}{right_text}"),
                format!("{before}{function}({argument}{sign}{space}{right_text})"),
            ];
            self.refuse_readings(self.span(first), readings);
        }
    }

    /// `a/\sum_k b c`, of which the last factor may be meant to multiply the quotient.
    pub(super) fn check_divisor(
        &mut self,
        (first, slash, right): (usize, usize, usize),
        is_slash: bool,
        of: &Expression,
    ) {
        let is_product = |node: &Node| matches!(node, Node::Apply("times" | "dot" | "over", _));
        let is_open = |body: &Expression| is_product(&body.node) && body.span.end == of.span.end;
        if is_slash && matches!(&of.node, Node::Over { body, .. } if is_open(body)) {
            let (above, below) = (self.written(first, slash), self.written(right, self.at));
            let span = self.span(first);
            self.refuse(Fault {
                message: format!("`{}` can be read in two ways", self.text(span.clone())),
                help: Some(format!("write `\\frac{{{above}}}{{{below}}}` if all of this divides")),
                span,
            });
        }
    }

    /// `\sum_k a_k + b_k`, of which the second may be meant to be in the sum.
    pub(super) fn check_variables(&mut self, first: usize, second: usize) {
        let before: Vec<String> = self.variables(first..second);
        let own = self.variables(second..self.at);
        let is_meant =
            |token: &Token| matches!(&token.kind, Kind::Letter(name) if before.contains(name) && !own.contains(name));
        if self.tokens[second..self.at].iter().any(is_meant) {
            let (left, right) = (self.written(first, second), self.written(second, self.at));
            self.refuse(Fault {
                span: self.span(first),
                message: format!("`{left} {right}` can be read in two ways"),
                help: Some(format!(
                    "put brackets around what is summed, or around the sum: `\\left({left}\\right) {right}`"
                )),
            });
        }
    }

    /// The variables of the sums and products among tokens.
    fn variables(&self, tokens: Range<usize>) -> Vec<String> {
        let is_over =
            |at: &usize| matches!(&self.tokens[*at].kind, Kind::Command(name) if name == "sum" || name == "prod");
        let variable = |at: usize| {
            let inside = group(&self.tokens, at + 2)?;
            match &self.tokens.get(inside.start)?.kind {
                Kind::Letter(name) => Some(name.clone()),
                _ => None,
            }
        };
        tokens.filter(is_over).filter_map(variable).collect()
    }

    /// What is raised to a power, up to the exponent: `x^{(k)}` is often no power, and of `{a^b}^c` nobody sees the braces.
    pub(super) fn check_raised(&mut self, base: &Expression, (first, exponent): (usize, usize)) {
        let written = self.written(first, exponent - 1).to_owned();
        let inside = group(&self.tokens, exponent).unwrap_or(exponent..exponent);
        let brackets = match &self.tokens[inside.clone()] {
            [open, middle @ .., close] if !matches!(base.node, Node::Number(_)) => {
                let are = open.kind == Kind::Sign('(') && close.kind == Kind::Sign(')');
                are && !middle.iter().any(|token| matches!(token.kind, Kind::Sign('(' | ')')))
            }
            _ => false,
        };
        let end = inside.end + usize::from(inside.start > exponent);
        if brackets {
            let span = self.tokens[first].span.start..self.tokens[inside.end].span.end.max(self.tokens[first].span.end);
            let exponent = self.written(inside.start + 1, inside.end - 1).to_owned();
            self.refuse(Fault {
                message: format!("`{}` may be a power or the name of something", self.text(span.clone())),
                help: Some(format!(
                    "write `{written}^{{{exponent}}}` for the power, and an index, `{written}_{{{exponent}}}`, for a name"
                )),
                span,
            });
        }
        if let (Node::Apply("power", operands), Kind::Sign('{')) = (&base.node, &self.tokens[first].kind) {
            let [one, two] = [0, 1].map(|at| self.text(operands[at].span.clone()).to_owned());
            let outer = self.written(inside.start, inside.end).to_owned();
            let span = self.tokens[first].span.start..self.tokens[end - 1].span.end;
            self.refuse_readings(
                span,
                [
                    format!("({one}^{{{two}}})^{{{outer}}}"),
                    format!("{one}^{{{two} {outer}}}"),
                ],
            );
        }
    }

    /// `A_{12}^{-1}` and `A_{12}^\top`, which may be entries of the inverse and of the transpose.
    pub(super) fn check_entry(&mut self, base: &Expression, (first, exponent): (usize, usize), is_transposed: bool) {
        let Node::List("entry", operands) = &base.node else {
            return;
        };
        let is_of_two = |index: &Expression| matches!(&index.node, Node::Number(digits) if digits.len() == 2);
        let is_of_matrix = operands.len() == 3 || operands.last().is_some_and(is_of_two);
        let raised = self.written(exponent, self.at).to_owned();
        if !is_of_matrix || !(is_transposed || raised.contains('-')) {
            return;
        }
        let entry = self.written(first, exponent - 1).to_owned();
        let (of, index) = entry.split_once('_').unwrap_or((&entry, ""));
        let other = if is_transposed { entry.clone() } else { format!("({entry})^{raised}") };
        self.refuse_readings(self.span(first), [format!("({of}^{raised})_{index}"), other]);
    }

    /// `2e-3`, in which the letter may be the base of the logarithm, or mean a power of ten.
    pub(super) fn check_exponent(&mut self, first: usize) {
        let [number, e, sign, power, ..] = &self.tokens[first..] else {
            return;
        };
        let is_letter = e.kind == Kind::Letter("e".to_owned()) && e.span.start == number.span.end;
        let are_digits = matches!(sign.kind, Kind::Sign('-' | '+')) && power.span.start == sign.span.end;
        if let (Kind::Number(power_of), true, true) = (&power.kind, is_letter, are_digits) {
            let (digits, sign_text) = (self.text(number.span.clone()), self.text(sign.span.clone()));
            let readings = [
                format!("{digits} \\cdot 10^{{{}{power_of}}}", sign_text.trim_start_matches('+')),
                format!("{digits} e {sign_text} {power_of}"),
            ];
            self.refuse_readings(number.span.start..power.span.end, readings);
        }
    }

    /// `1.23(45)`, where the brackets of physics say how far the last digits may be off; before them stands the number.
    pub(super) fn check_uncertainty(&mut self, open: usize) {
        let [number, bracket, digits, close] = &self.tokens[open - 1..self.at] else {
            return;
        };
        let in_brackets = bracket.kind == Kind::Sign('(') && close.kind == Kind::Sign(')');
        if let (Kind::Number(decimal), Kind::Number(last)) = (&number.kind, &digits.kind)
            && in_brackets
            && decimal.contains('.')
            && last.len() <= 2
        {
            let (product, span) = (format!("{decimal} \\cdot {last}"), number.span.start..close.span.end);
            // Its last digit stands below the last one of the number.
            let places = decimal.len() - decimal.find('.').unwrap_or_default() - 1;
            let padded = format!("{last:0>width$}", width = places + 1);
            let (whole, part) = padded.split_at(padded.len() - places);
            let margin = format!("{decimal} \\pm {whole}.{part}");
            self.refuse_readings(span, [margin, product]);
        }
    }

    /// `|a| b |c|`, whose inner bars may be a pair of their own.
    pub(super) fn check_bars(&mut self, first: usize, bar: &Kind) {
        let mut depth = 0_i32;
        let bars = (self.at..self.tokens.len()).take_while(|at| {
            depth += match self.tokens[*at].kind {
                Kind::Sign('(' | '{' | '[') | Kind::Begin(_) => 1,
                Kind::Sign(')' | '}' | ']') | Kind::End(_) => -1,
                _ => 0,
            };
            depth >= 0 && !matches!(self.tokens[*at].kind, Kind::Sign(',' | '&'))
        });
        let bars: Vec<usize> = bars.filter(|at| self.tokens[*at].kind == *bar).collect();
        let [next, last, ..] = bars[..] else { return };
        let ends = |kind: &Kind| match kind {
            Kind::Sign(sign) => matches!(sign, ')' | ']' | '}' | '!'),
            Kind::Command(name) => matches!(name.as_str(), "pi" | "infty" | "rfloor" | "rceil" | "rangle"),
            _ => true,
        };
        if next == self.at || !self.multiplies() || !ends(&self.tokens[next - 1].kind) {
            return;
        }
        let sign = if *bar == Kind::Sign('|') { "|" } else { "\\|" };
        let [one, two, three] = [(first + 1, self.at - 1), (self.at, next), (next + 1, last)]
            .map(|(from, to)| self.written(from, to).to_owned());
        let (open, close) = (format!("\\left{sign}"), format!("\\right{sign}"));
        let span = self.tokens[first].span.start..self.tokens[last].span.end;
        self.refuse_readings(
            span,
            [
                format!("{open}{one}{close} {two} {open}{three}{close}"),
                format!("{open}{one} {open}{two}{close} {three}{close}"),
            ],
        );
    }

    /// A function that stands without an argument: `f^2(x)` may be of its values, or of it.
    pub(super) fn alone(&mut self, first: usize, spellings: &[String]) -> Read<Expression> {
        let (span, written) = (self.span(first), self.written(first, self.at).to_owned());
        if !self.is('^') {
            let message = format!("`{written}` is a function, and is given nothing here");
            return Err(Fault {
                span,
                message,
                help: Some(format!("write `{written}(x)`, or bind its value to a name in a cell")),
            });
        }
        let inside = group(&self.tokens, self.at + 1).unwrap_or(self.at..self.at);
        let exponent = self.written(inside.start, inside.end).to_owned();
        let other = if exponent.contains('-') {
            "the inverse function"
        } else {
            "the function applied again"
        };
        self.refuse(Fault {
            message: format!("`{written}^{{{exponent}}}` may be a power of its value or {other}"),
            help: Some(format!(
                "write `{written}(x)^{{{exponent}}}` for the power; for {other}, write a function in a cell"
            )),
            span: span.clone(),
        });
        Ok(Expression {
            node: Node::Symbol(spellings[0].clone()),
            span,
        })
    }
}
