//! What LaTeX has commands and environments for: functions, fractions, sums, matrices, cases.

use super::commands::{FUNCTIONS, inverse};
use super::expression::{Condition, Expression, Node};
use super::lexer::{Kind, Token};
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
            "lVert" => {
                let inside = self.between("rVert")?;
                return self.norm(inside, first).map(|norm| (norm, false));
            }
            "langle" => {
                let left = self.sum()?;
                if !self.skip(',') {
                    return Err(self.not_understood());
                }
                ("inner", vec![left, self.between("rangle")?])
            }
            "max" | "min" => return self.extreme(first, if name == "max" { "max" } else { "min" }),
            "sum" => return self.over(first, "sum"),
            "prod" => return self.over(first, "product"),
            "log" => {
                if !self.is('_') {
                    self.refuse(Fault {
                        span: self.span(first),
                        message: "`\\log` does not say its base".to_owned(),
                        help: Some(
                            "write `\\ln` for the natural logarithm and `\\log_{10}` for the decimal one".to_owned(),
                        ),
                    });
                    return self.operand(first);
                }
                self.at += 1;
                let base = self.argument()?;
                let (of, open) = self.operand(first)?;
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
                let function = self.written(first, start - 1);
                self.refuse(Fault {
                    span: self.span(first),
                    message: format!("`{}` can be read in two ways", self.text(self.span(first))),
                    help: Some(match inverse(name) {
                        Some(inverse) => {
                            format!("write `{inverse}` for the inverse function and `1/{function}(…)` for the other")
                        }
                        None => format!("write `1/{function}(…)` for the power"),
                    }),
                });
            }
            Some(exponent)
        } else {
            None
        };
        let (of, open) = self.operand(first)?;
        let applied = Expression::apply(function, vec![of], self.span(first));
        let applied = match exponent {
            Some(exponent) => Expression::apply("power", vec![applied, exponent], self.span(first)),
            None => applied,
        };
        Ok((applied, open))
    }

    /// The argument of a function that begins at a token, and whether it has no brackets.
    fn operand(&mut self, function: usize) -> Read<(Expression, bool)> {
        let first = self.at;
        if self.is('(') || self.is('[') {
            let close = if self.is('(') { ')' } else { ']' };
            let mut list = self.list(close)?;
            if list.len() != 1 {
                return Err(self.not_understood());
            }
            self.check_power_behind(function, first);
            return Ok((list.swap_remove(0), false));
        }
        let negative = self.skip('-');
        let of = self.factor()?;
        let of = if negative {
            Expression::apply("negative", vec![of], self.span(first))
        } else {
            of
        };
        self.argument_at = first;
        Ok((of, true))
    }

    /// `\sin(x)^2`, whose exponent may be the argument's.
    fn check_power_behind(&mut self, function: usize, argument: usize) {
        let exponent = if self.is('^') { group(&self.tokens, self.at + 1) } else { None };
        let Some(exponent) = exponent else { return };
        let raised = self.written(exponent.start, exponent.end).to_owned();
        if matches!(raised.as_str(), "\\top" | "T") {
            return;
        }
        let (whole, head) = (self.written(function, self.at).to_owned(), self.written(function, argument).to_owned());
        let inside = self.written(argument, self.at).to_owned();
        let span = self.tokens[function].span.start
            ..self.tokens[exponent.end - 1 + usize::from(exponent.start > self.at + 1)].span.end;
        self.refuse_readings(
            span,
            [
                format!("({whole})^{{{raised}}}"),
                format!("{head}({inside}^{{{raised}}})"),
            ],
        );
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
            return Err(Fault {
                span: self.span(first),
                message: format!("`\\{function}` is computed of a list in brackets alone"),
                help: Some(format!(
                    "write `\\{function}(a, b)`; compute one over a variable in a cell, and write its name here"
                )),
            });
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
        let lower = lower.ok_or_else(|| self.uncounted(first))?;
        let braced = usize::from(lower.start > self.at);
        let (Some(Kind::Letter(variable)), Some(Kind::Sign('='))) = (
            self.tokens.get(lower.start).map(|token| token.kind.clone()),
            self.tokens.get(lower.start + 1).map(|token| token.kind.clone()),
        ) else {
            return Err(self.uncounted(first));
        };
        self.at = lower.start + 2;
        let from = self.sum()?;
        if self.at != lower.end {
            return Err(self.uncounted(first));
        }
        self.at += braced;
        if !self.skip('^') {
            return Err(self.uncounted(first));
        }
        let to = self.argument()?;
        self.locals.push(variable.clone());
        let start = self.at;
        let body = self.product();
        self.locals.pop();
        if let (Ok(body), "product") = (&body, function) {
            self.check_factors((first, start), &variable, body);
        }
        let node = Node::Over {
            function,
            variable,
            ends: Box::new([from, to]),
            body: Box::new(body?),
        };
        Ok((Expression { node, span: self.span(first) }, true))
    }

    /// A sum of which is not said from where to where it counts.
    fn uncounted(&self, first: usize) -> Fault {
        let command = self.text(self.tokens[first].span.clone());
        Fault {
            span: self.tokens[first].span.clone(),
            message: format!("this `{command}` does not say from which number to which it counts"),
            help: Some(format!("write `{command}_{{k=1}}^{{n}}`, or compute it in a cell, and write its name here")),
        }
    }

    /// `\prod_k k a`, of which the last factor may be meant to stand behind the product.
    fn check_factors(&mut self, (first, start): (usize, usize), variable: &str, body: &Expression) {
        let Node::Apply("times" | "dot" | "over", factors) = &body.node else {
            return;
        };
        let [left, right] = &factors[..] else { return };
        // Brackets around all of it say it.
        if self.tokens[self.at - 1].span.end != body.span.end {
            return;
        }
        let is_it = |kind: &Kind| matches!(kind, Kind::Letter(name) if name == variable);
        let within = |token: &&Token| right.span.start <= token.span.start && token.span.end <= right.span.end;
        if self.tokens.iter().filter(within).any(|token| is_it(&token.kind)) {
            return;
        }
        let head = self.written(first, start).to_owned();
        let inside = self.written(start, self.at).to_owned();
        let (left, behind) = (self.text(left.span.clone()), self.text(left.span.end..body.span.end.max(left.span.end)));
        let readings = [
            format!("\\left({head} {left}\\right) {behind}"),
            format!("{head} \\left({inside}\\right)"),
        ];
        self.refuse_readings(self.span(first), readings);
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
