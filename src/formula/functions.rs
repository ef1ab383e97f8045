//! What LaTeX has commands and environments for: functions, fractions, sums, matrices, cases.

use super::commands::FUNCTIONS;
use super::expression::{Condition, Expression, Node};
use super::lexer::Kind;
use super::parser::{Fault, Parser, Read};
use super::scope::group;

impl Parser<'_> {
    /// A command, and whether it is a function whose argument has no brackets.
    pub(super) fn command(&mut self, name: &str) -> Read<(Expression, bool)> {
        let first = self.at;
        self.at += 1;
        let operands = match name {
            "frac" | "tfrac" | "dfrac" | "cfrac" => match self.quotient(first)? {
                Some(derivative) => return Ok((derivative, false)),
                None => ("over", vec![self.argument()?, self.argument()?]),
            },
            "nabla" => return Ok((self.nabla(first)?, false)),
            "partial" => return Ok((self.partial(first)?, false)),
            "binom" | "dbinom" | "tbinom" => ("binomial", vec![self.argument()?, self.argument()?]),
            "sqrt" if self.is('[') => {
                let mut degree = self.list(']')?;
                ("root", vec![self.argument()?, degree.swap_remove(0)])
            }
            "sqrt" => ("sqrt", vec![self.argument()?]),
            "pi" => ("pi", Vec::new()),
            "infty" => ("infinity", Vec::new()),
            "lfloor" => ("floor", vec![self.between("rfloor")?]),
            "lceil" => ("ceil", vec![self.between("rceil")?]),
            "lvert" => ("size", vec![self.between("rvert")?]),
            "lVert" => ("norm", vec![self.between("rVert")?]),
            "langle" => {
                let left = self.sum()?;
                if !self.skip(',') {
                    return Err(self.not_understood());
                }
                ("dot", vec![left, self.between("rangle")?])
            }
            "max" | "min" => return self.extreme(first, if name == "max" { "max" } else { "min" }),
            "sum" => return self.over(first, "sum"),
            "prod" => return self.over(first, "product"),
            "log" => {
                if !self.skip('_') {
                    return Err(Fault {
                        span: self.span(first),
                        message: "`\\log` does not say its base".to_owned(),
                        help: Some(
                            "write `\\ln` for the natural logarithm and `\\log_{10}` for the decimal one".to_owned(),
                        ),
                    });
                }
                let base = self.argument()?;
                let (of, open) = self.operand()?;
                return Ok((Expression::apply("log", vec![of, base], self.span(first)), open));
            }
            name => return self.function(first, name),
        };
        Ok((Expression::apply(operands.0, operands.1, self.span(first)), false))
    }

    /// A function of one number.
    fn function(&mut self, first: usize, name: &str) -> Read<(Expression, bool)> {
        let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            self.at = first;
            return Err(self.not_understood());
        };
        let exponent = if self.skip('^') {
            let start = self.at;
            let exponent = self.argument()?;
            let written = self.text(self.tokens[start].span.start..self.tokens[self.at - 1].span.end);
            if written.contains('-') {
                return Err(Fault {
                    span: self.span(first),
                    message: format!("`{}` can be read in two ways", self.text(self.span(first))),
                    help: Some(format!(
                        "write `\\arc{name}` for the inverse function and `1/\\{name}(…)` for the other"
                    )),
                });
            }
            Some(exponent)
        } else {
            None
        };
        let (of, open) = self.operand()?;
        let applied = Expression::apply(function, vec![of], self.span(first));
        let applied = match exponent {
            Some(exponent) => Expression::apply("power", vec![applied, exponent], self.span(first)),
            None => applied,
        };
        Ok((applied, open))
    }

    /// The argument of a function, and whether it has no brackets.
    fn operand(&mut self) -> Read<(Expression, bool)> {
        if self.is('(') || self.is('[') {
            let close = if self.is('(') { ')' } else { ']' };
            let mut list = self.list(close)?;
            if list.len() != 1 {
                return Err(self.not_understood());
            }
            return Ok((list.swap_remove(0), false));
        }
        let first = self.at;
        let negative = self.skip('-');
        let of = self.factor()?;
        let of = if negative {
            Expression::apply("negative", vec![of], self.span(first))
        } else {
            of
        };
        Ok((of, true))
    }

    /// What stands up to a command that closes it.
    fn between(&mut self, close: &str) -> Read<Expression> {
        let inside = self.enclosed()?;
        if !self.is_command(close) {
            return Err(self.not_understood());
        }
        self.at += 1;
        Ok(inside)
    }

    /// `\max(a, b)` and `\max\{a, b\}`.
    fn extreme(&mut self, first: usize, function: &'static str) -> Read<(Expression, bool)> {
        let list = if self.is('(') {
            self.list(')')?
        } else if self.is_command("{") {
            self.at += 1;
            let mut list = vec![self.enclosed()?];
            while self.skip(',') {
                list.push(self.enclosed()?);
            }
            if !self.is_command("}") {
                return Err(self.not_understood());
            }
            self.at += 1;
            list
        } else {
            return Err(self.not_understood());
        };
        Ok((
            Expression {
                node: Node::List(function, list),
                span: self.span(first),
            },
            false,
        ))
    }

    /// `\sum_{k=1}^{n}`, which takes the product behind it.
    fn over(&mut self, first: usize, function: &'static str) -> Read<(Expression, bool)> {
        let lower = self.skip('_').then(|| group(&self.tokens, self.at)).flatten();
        let lower = lower.ok_or_else(|| self.not_understood())?;
        let braced = usize::from(lower.start > self.at);
        let (Some(Kind::Letter(variable)), Some(Kind::Sign('='))) = (
            self.tokens.get(lower.start).map(|token| token.kind.clone()),
            self.tokens.get(lower.start + 1).map(|token| token.kind.clone()),
        ) else {
            return Err(self.not_understood());
        };
        self.at = lower.start + 2;
        let from = self.sum()?;
        if self.at != lower.end {
            return Err(self.not_understood());
        }
        self.at += braced;
        if !self.skip('^') {
            return Err(self.not_understood());
        }
        let to = self.argument()?;
        self.locals.push(variable.clone());
        let body = self.product();
        self.locals.pop();
        let node = Node::Over {
            function,
            variable,
            ends: Box::new([from, to]),
            body: Box::new(body?),
        };
        Ok((Expression { node, span: self.span(first) }, true))
    }

    /// A matrix, or an expression by cases.
    pub(super) fn environment(&mut self, name: &str) -> Read<Expression> {
        let first = self.at;
        match name {
            "matrix" | "pmatrix" | "bmatrix" | "smallmatrix" => {}
            "cases" | "dcases" => return self.cases(first, name),
            _ => return Err(self.not_understood()),
        }
        self.at += 1;
        let mut rows = vec![vec![self.enclosed()?]];
        loop {
            if self.skip('&') {
                let entry = self.enclosed()?;
                rows.last_mut().into_iter().for_each(|row| row.push(entry.clone()));
            } else if self.is_command("\\") {
                self.at += 1;
                if !self.is_end(name) {
                    rows.push(vec![self.enclosed()?]);
                }
            } else {
                break;
            }
        }
        self.end(name)?;
        Ok(Expression {
            node: Node::Matrix(rows),
            span: self.span(first),
        })
    }

    fn is_end(&self, name: &str) -> bool {
        matches!(self.kind(), Some(Kind::End(end)) if end == name)
    }

    fn end(&mut self, name: &str) -> Read<()> {
        if !self.is_end(name) {
            return Err(self.not_understood());
        }
        self.at += 1;
        Ok(())
    }

    fn cases(&mut self, first: usize, name: &str) -> Read<Expression> {
        self.at += 1;
        let mut cases = Vec::new();
        while !self.is_end(name) {
            let value = self.enclosed()?;
            self.skip(',');
            let conditions = if self.skip('&') { self.case()? } else { Vec::new() };
            let is_last = conditions.is_empty();
            cases.push((value, conditions));
            if self.is_command("\\") {
                self.at += 1;
            }
            if is_last && !self.is_end(name) {
                return Err(self.not_understood());
            }
        }
        self.end(name)?;
        Ok(Expression {
            node: Node::Cases(cases),
            span: self.span(first),
        })
    }

    /// `\text{if } x < 0`, or `\text{otherwise}`.
    fn case(&mut self) -> Read<Vec<Condition>> {
        if let Some(Kind::Text(word)) = self.kind() {
            match word.to_lowercase().as_str() {
                "otherwise" | "else" => {
                    self.at += 1;
                    self.skip('.');
                    return Ok(Vec::new());
                }
                "if" | "for" | "when" | "where" => self.at += 1,
                _ => return Err(self.not_understood()),
            }
        }
        let conditions = self.conditions()?;
        let _ = self.skip(',') || self.skip('.');
        Ok(conditions)
    }
}
