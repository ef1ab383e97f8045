//! Derivatives as they are written: `f'(x)`, `\nabla f(p)`, `\frac{\partial f}{\partial x}(x, y)`, `\frac{d}{dx} f(x)`, `\partial_x f(x, y)`.

use std::ops::Range;

use super::derivative::{Derivative, MOST, MOST_MIXED, Of, Order};
use super::expression::{Expression, Node};
use super::lexer::Kind;
use super::parser::{Fault, Parser, Read, Use};
use super::scope::{Meaning, Parameter, Spelled, Takes, group};

/// More numbers than these are a vector's.
const MOST_NUMBERS: usize = 9;

/// A function that is derived.
struct Derived {
    name: String,
    /// Nothing is known of the parameters of one that is imported.
    parameters: Option<Vec<Parameter>>,
    /// As the formula writes it.
    latex: String,
}

/// What a function is derived by.
struct Variable {
    /// The names that it reads as; none of one that is a number.
    spellings: Vec<String>,
    latex: String,
    /// Which of the numbers it is, where that is what it says: `x_2`, and the 2 of `\partial_2`.
    number: Option<usize>,
}

/// Where a function is derived.
struct At {
    numbers: Vec<Expression>,
    /// The tokens that say so; none where it is the point of the names of the parameters.
    tokens: Option<Range<usize>>,
}

/// `\frac{d}{dx}` or `\frac{\partial f}{\partial x}`.
struct Quotient {
    is_partial: bool,
    variables: Vec<Variable>,
    /// Where the function stands in it, if it does.
    function: Option<Range<usize>>,
    /// The token behind it.
    end: usize,
}

impl Parser<'_> {
    /// A symbol with primes, behind it: the derivative of the function that it is without them.
    pub(super) fn primed(&mut self, first: usize, spelled: &Spelled, meaning: &Meaning) -> Read<Option<Expression>> {
        let Some((count, spellings)) = spelled.primes() else {
            return Ok(None);
        };
        let (called, written) = (self.is('('), self.text(self.span(first)));
        let latex = written.trim_end_matches('\'').to_owned();
        let Some(of) = self.function_of(&spellings, latex) else {
            return Ok(None);
        };
        if !called && (of.parameters.is_none() || *meaning != Meaning::Nothing) {
            return Ok(None);
        }
        let at = self.at_point(first, &of)?;
        if *meaning != Meaning::Nothing {
            let point = at.tokens.clone().map_or("", |tokens| self.written(tokens.start, tokens.end));
            let derivative = format!("\\frac{{d {0}}}{{d x}}{point}", of.latex);
            self.refuse_readings(self.span(first), [format!("{written} \\cdot {point}"), derivative]);
        }
        if at.numbers.len() != 1 || of.parameters.iter().flatten().any(|it| it.takes == Takes::Point) {
            let message = format!("`{written}` does not say by what: `{}` is no function of one number", of.latex);
            let help = format!("write `\\nabla {0}(…)`, or `\\frac{{\\partial {0}}}{{\\partial x}}(…)`", of.latex);
            return Err(Fault {
                span: self.span(first),
                message,
                help: Some(help),
            });
        }
        self.derivative(first, of, (Order::By(vec![0; count]), Of::Numbers), at).map(Some)
    }

    /// What stands behind `\nabla`.
    pub(super) fn nabla(&mut self, first: usize) -> Read<Expression> {
        let power = self.exponent()?;
        let order = match power {
            1 => Order::Gradient,
            2 => Order::Hessian,
            _ => return Err(self.not_understood()),
        };
        let of = self.derived()?;
        let at = self.at_point(first, &of)?;
        let is_vector = at.numbers.len() == 1;
        self.derivative(first, of, (order, if is_vector { Of::Vector } else { Of::Numbers }), at)
    }

    /// What stands behind `\partial`: `_x f(x, y)`, `_{xy} f(x, y)`, `_1 f(p)`.
    pub(super) fn partial(&mut self, first: usize) -> Read<Expression> {
        let inside = if self.skip('_') { group(&self.tokens, self.at) } else { None };
        let Some(inside) = inside else {
            self.at = first;
            return Err(self.not_understood());
        };
        let (mut variables, mut at) = (Vec::new(), inside.start);
        while at < inside.end {
            let (variable, end) = self.variable(at).filter(|(_, end)| *end <= inside.end).ok_or_else(|| {
                self.at = at;
                self.not_understood()
            })?;
            variables.push(variable);
            at = end;
        }
        self.at = inside.end + usize::from(inside.start > self.at);
        for _ in 1..self.exponent()? {
            let Some(again) = self.variable(inside.start).filter(|_| variables.len() < MOST) else {
                return Err(self.not_understood());
            };
            variables.push(again.0);
        }
        let of = self.derived()?;
        let at = self.at_point(first, &of)?;
        let order = self.order(first, &of, &variables, &at)?;
        self.derivative(first, of, order, at)
    }

    /// A fraction that is a derivative, behind its command; nothing where it is a fraction.
    pub(super) fn quotient(&mut self, first: usize) -> Read<Option<Expression>> {
        let start = self.at;
        let Some(quotient) = self.read_quotient() else {
            return Ok(None);
        };
        let function = quotient.function.clone();
        self.at = function.as_ref().map_or(quotient.end, |function| function.start);
        let is_value = |name: &str| matches!(self.scope.meaning(&[name.to_owned()], false), Meaning::Value(_));
        let is_derivative = quotient.is_partial || !is_value("d");
        let of = match self.derived() {
            Ok(of) => of,
            Err(fault) if is_derivative => return Err(fault),
            Err(_) => {
                self.at = start;
                return Ok(None);
            }
        };
        let is_called_within = function.as_ref().is_some_and(|function| self.at < function.end);
        if let Some(function) = function.as_ref().filter(|_| !is_called_within) {
            self.at = quotient.end.max(function.end);
        }
        let at = self.at_point(first, &of)?;
        if let Some(function) = function.as_ref().filter(|_| is_called_within) {
            if self.at != function.end {
                return Err(self.not_understood());
            }
            self.at = quotient.end;
        }
        let span = self.span(first);
        if !is_derivative {
            let message = format!("`{}` can be read in two ways, since `d` is a variable", self.text(span.clone()));
            let help = format!("write `{}'(…)` for the derivative, `d \\cdot` for the product with `d`", of.latex);
            self.refuse(Fault {
                span: span.clone(),
                message,
                help: Some(help),
            });
        }
        let order = self.order(first, &of, &quotient.variables, &at)?;
        if function.is_none() || is_called_within {
            self.check_whole(first, &of, &quotient, &at);
        }
        self.derivative(first, of, order, at).map(Some)
    }

    /// `\frac{d}{dx}` of what is no function of `x` alone, or what goes on behind it.
    fn check_whole(&mut self, first: usize, of: &Derived, quotient: &Quotient, at: &At) {
        let Some(tokens) = at.tokens.clone() else { return };
        let sign = if quotient.is_partial { "\\partial" } else { "d" };
        let point = self.written(tokens.start, tokens.end).to_owned();
        for Variable { spellings, latex, .. } in &quotient.variables {
            let is_it = |number: &&Expression| is_symbol(number, &self.names_of(spellings));
            if at.numbers.iter().filter(is_it).count() == 1 && self.occurrences(tokens.clone(), spellings) == 1 {
                continue;
            }
            let there = format!("\\frac{{{sign} {}}}{{{sign} {latex}}}{point}", of.latex);
            let span = self.span(first);
            self.refuse(Fault {
                message: format!("`{}` can be read in two ways", self.text(span.clone())),
                help: Some(format!(
                    "write `{there}` for the derivative of `{}` at this point; for that of the whole by `{latex}`, write a \
                     function of `{latex}` in a cell",
                    of.latex
                )),
                span,
            });
        }
        if quotient.function.is_none() && self.multiplies() {
            let written = self.text(self.span(first)).to_owned();
            self.refuse(Fault {
                span: self.span(first),
                message: "what stands behind this derivative may be derived too".to_owned(),
                help: Some(format!(
                    "write `({written})` for the derivative of `{}` alone; for that of the product, write it as a function in a \
                     cell",
                    of.latex
                )),
            });
        }
    }

    /// `^2` and the like.
    fn exponent(&mut self) -> Read<usize> {
        if !self.is('^') {
            return Ok(1);
        }
        let (power, end) = self.power_at(self.at).ok_or_else(|| self.not_understood())?;
        self.at = end;
        Ok(power)
    }

    /// The power that is written at a token, 1 where none is, and the token behind it.
    fn power_at(&self, at: usize) -> Option<(usize, usize)> {
        if self.tokens.get(at).map(|token| &token.kind) != Some(&Kind::Sign('^')) {
            return Some((1, at));
        }
        let inside = group(&self.tokens, at + 1)?;
        let [only] = &self.tokens[inside.clone()] else {
            return None;
        };
        let Kind::Number(digits) = &only.kind else { return None };
        let power = digits.parse().ok().filter(|power| (1..=MOST).contains(power))?;
        Some((power, inside.end + usize::from(inside.start > at + 1)))
    }

    /// The variable at a token, and the token behind it.
    fn variable(&self, at: usize) -> Option<(Variable, usize)> {
        if let Kind::Number(digits) = &self.tokens.get(at)?.kind {
            let number = digits.parse().ok()?;
            let variable = Variable {
                spellings: Vec::new(),
                latex: digits.clone(),
                number: Some(number),
            };
            return Some((variable, at + 1));
        }
        let (spelled, end) = Spelled::read(&self.tokens, at)?;
        let number = spelled.index.as_ref().and_then(|(words, _)| words.as_ref()?.parse().ok());
        let latex = self.written(at, end).to_owned();
        Some((
            Variable {
                spellings: spelled.spellings(),
                latex,
                number,
            },
            end,
        ))
    }

    /// The fraction that begins here as a derivative, by its form.
    fn read_quotient(&self) -> Option<Quotient> {
        let above = group(&self.tokens, self.at)?;
        let behind = above.end + usize::from(above.start > self.at);
        let below = group(&self.tokens, behind)?;
        let end = below.end + usize::from(below.start > behind);
        let is_partial = self.sign_at(above.start)?;
        let (power, function) = self.power_at(above.start + 1)?;
        let (mut variables, mut at) = (Vec::new(), below.start);
        while at < below.end {
            let (variable, behind) = self.variable(at + 1).filter(|_| self.sign_at(at) == Some(is_partial))?;
            let (times, next) = self.power_at(behind)?;
            for _ in 1..times {
                variables.push(self.variable(at + 1)?.0);
            }
            variables.push(variable);
            at = next;
        }
        let is_one = at == below.end && variables.len() == power && function <= above.end;
        is_one.then_some(Quotient {
            is_partial,
            variables,
            function: (function < above.end).then_some(function..above.end),
            end,
        })
    }

    /// Whether the sign of a derivative at a token is `\partial`; nothing where none stands there.
    fn sign_at(&self, at: usize) -> Option<bool> {
        match &self.tokens.get(at)?.kind {
            Kind::Command(name) if name == "partial" => Some(true),
            Kind::Letter(name) | Kind::Word(name) if name == "d" => Some(false),
            _ => None,
        }
    }

    /// The function at this token.
    fn derived(&mut self) -> Read<Derived> {
        let first = self.at;
        let (spelled, end) = Spelled::read(&self.tokens, first).ok_or_else(|| self.underivable())?;
        let latex = self.written(first, end).to_owned();
        let of = self.function_of(&spelled.spellings(), latex).ok_or_else(|| self.underivable())?;
        self.at = end;
        Ok(of)
    }

    fn underivable(&self) -> Fault {
        let Fault { span, .. } = self.not_understood();
        let message = "what is derived must be a function of this lesson".to_owned();
        Fault {
            span,
            message,
            help: Some("write it as a function in a cell, and its name here".to_owned()),
        }
    }

    fn function_of(&self, spellings: &[String], latex: String) -> Option<Derived> {
        match self.scope.meaning(spellings, true) {
            Meaning::Function(name, parameters) => Some(Derived { name, parameters, latex }),
            _ => None,
        }
    }

    /// The point in brackets, or that of the names of the parameters.
    fn at_point(&mut self, first: usize, of: &Derived) -> Read<At> {
        self.uses.push(Use { name: of.name.clone(), is_bound: true });
        let start = self.at;
        if self.is('(') {
            let numbers = self.list(')')?;
            return Ok(At { numbers, tokens: Some(start..self.at) });
        }
        let span = self.span(first);
        let mut numbers = Vec::new();
        for parameter in of.parameters.iter().flatten() {
            let Meaning::Value(name) = self.scope.meaning(std::slice::from_ref(&parameter.name), false) else {
                return Err(self.nowhere(first, of));
            };
            self.uses.push(Use { name: name.clone(), is_bound: true });
            numbers.push(Expression {
                node: Node::Symbol(name),
                span: span.clone(),
            });
        }
        if numbers.is_empty() {
            Err(self.nowhere(first, of))
        } else {
            Ok(At { numbers, tokens: None })
        }
    }

    fn nowhere(&self, first: usize, of: &Derived) -> Fault {
        let span = self.span(first);
        let written = self.text(span.clone());
        let names = of.parameters.iter().flatten().map(|it| it.name.as_str()).filter(|name| !name.is_empty());
        let names: Vec<&str> = names.collect();
        let point = if names.is_empty() { "p".to_owned() } else { names.join(", ") };
        Fault {
            message: format!("`{written}` does not say at which point"),
            help: Some(format!("write `{written}({point})`")),
            span,
        }
    }

    /// By which of its numbers a function is derived.
    fn order(&mut self, first: usize, of: &Derived, variables: &[Variable], at: &At) -> Read<(Order, Of)> {
        let (mut indices, mut kind) = (Vec::new(), Of::Numbers);
        for variable in variables {
            let (index, is_number) = self.index(first, of, variable, at)?;
            indices.push(index);
            if is_number && at.numbers.len() == 1 {
                kind = Of::Vector;
            }
        }
        let is_mixed = indices.iter().any(|index| *index != indices[0]);
        if indices.len() > MOST || is_mixed && indices.len() > MOST_MIXED {
            let message = "a derivative of this order is not computed".to_owned();
            let help = format!("up to order {MOST} is by one number, up to order {MOST_MIXED} by several");
            return Err(Fault {
                span: self.span(first),
                message,
                help: Some(help),
            });
        }
        Ok((Order::By(indices), kind))
    }

    /// Which number of a function a variable is: by the name of its parameter, by its place at the point, by its own number, which
    /// of a function of which nothing is known says that it takes a vector.
    fn index(&mut self, first: usize, of: &Derived, variable: &Variable, at: &At) -> Read<(usize, bool)> {
        let parameters = of.parameters.as_deref().unwrap_or_default();
        let is_vector = at.numbers.len() == 1 && parameters.iter().any(|it| it.takes == Takes::Point);
        let is_alone = at.numbers.len() == 1 && !is_vector;
        let by_name = parameters.iter().position(|it| !is_vector && variable.spellings.contains(&it.name));
        let names = self.names_of(&variable.spellings);
        let by_place = at.numbers.iter().position(|number| !is_vector && is_symbol(number, &names));
        let by_number = variable.number.and_then(|number| number.checked_sub(1));
        match (by_name, by_place) {
            (Some(name), Some(place)) if name != place => {
                let point = at.tokens.clone().map_or("", |tokens| self.written(tokens.start, tokens.end));
                let reading = |index: usize| format!("\\partial_{} {}{point}", index + 1, of.latex);
                self.refuse_readings(self.span(first), [reading(name), reading(place)]);
                Ok((name, false))
            }
            (_, Some(index)) | (Some(index), None) => Ok((index, false)),
            _ => match by_number {
                Some(index) => Ok((index, true)),
                None if is_alone => Ok((0, false)),
                None => {
                    let message = format!("which number of `{}` `{}` is, this does not say", of.latex, variable.latex);
                    let help = format!("write `\\partial_1 {0}(…)` for the derivative by its first number", of.latex);
                    Err(Fault {
                        span: self.span(first),
                        message,
                        help: Some(help),
                    })
                }
            },
        }
    }

    /// What a symbol of these spellings stands for.
    fn names_of(&self, spellings: &[String]) -> Vec<String> {
        match self.scope.meaning(spellings, false) {
            Meaning::Value(name) => vec![name],
            _ => spellings.to_vec(),
        }
    }

    /// How often a symbol stands among tokens.
    fn occurrences(&self, tokens: Range<usize>, spellings: &[String]) -> usize {
        let is_it = |at: &usize| Spelled::read(&self.tokens, *at).is_some_and(|(it, _)| it.spellings() == spellings);
        tokens.filter(is_it).count()
    }

    /// The derivative, if the function can have one. What is imported is a function of what the formula has it be.
    fn derivative(&mut self, first: usize, of: Derived, (order, kind): (Order, Of), at: At) -> Read<Expression> {
        let span = self.span(first);
        let parameters = of.parameters.as_deref();
        let takes =
            |takes: Takes| parameters.is_some_and(|all| !all.is_empty() && all.iter().all(|it| it.takes == takes));
        let is_vector = match parameters {
            Some(parameters) => parameters.len() == 1 && takes(Takes::Point),
            None => kind == Of::Vector,
        };
        let is_generic = parameters.is_none() || is_vector || takes(Takes::Generic);
        if !is_generic {
            let fault = not_generic(&of, span.clone());
            self.refuse(fault);
        }
        let count = at.numbers.len();
        let lacks = matches!(&order, Order::By(indices) if indices.iter().any(|index| *index >= count));
        let is_other = lacks || count > MOST_NUMBERS || parameters.is_some_and(|all| all.len() != count);
        if is_other && !is_vector {
            let message = format!("`{}` takes another number of arguments", of.latex);
            return Err(Fault { span, message, help: None });
        }
        let derivative = Derivative {
            function: of.name,
            of: if is_vector { Of::Vector } else { Of::Numbers },
            order,
        };
        let node = Node::Derivative {
            derivative,
            is_name: at.tokens.is_none() || !is_generic,
            point: at.numbers,
        };
        Ok(Expression { node, span })
    }
}

fn is_symbol(number: &Expression, names: &[String]) -> bool {
    matches!(&number.node, Node::Symbol(name) | Node::Local(name) if names.contains(name))
}

fn not_generic(of: &Derived, span: Range<usize>) -> Fault {
    let parameters = of.parameters.iter().flatten();
    let parameters: Vec<String> = parameters.map(|it| format!("{}: D", it.name)).collect();
    Fault {
        span,
        message: format!("`{}` takes no dual numbers, with which derivatives are computed", of.latex),
        help: Some(format!(
            "write `fn {}<D: num_dual::DualNum<Primitive = f64> + Copy>({}) -> D`",
            of.name,
            parameters.join(", ")
        )),
    }
}
