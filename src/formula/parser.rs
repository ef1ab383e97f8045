//! Reads a formula as its reader does: products without a sign, functions of what stands behind them. What can be read in two
//! ways is refused with both readings.

use std::ops::Range;

use super::commands::{FUNCTIONS, begins, is_function};
use super::expression::{Argument, Condition, Expression, Node};
use super::lexer::{Kind, Token};
use super::scope::{Meaning, Parameter, Scope, Spelled, Takes, group};

/// Why a formula can't be compiled.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Where in the formula.
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// A symbol of a formula.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) name: String,
    pub(super) is_bound: bool,
}

/// How deep what stands in another may be.
const DEEPEST: usize = 64;

pub(super) type Read<T> = Result<T, Fault>;

pub(super) struct Parser<'a> {
    pub(super) latex: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) scope: &'a Scope,
    pub(super) at: usize,
    /// How many factors and sums stand in each other here.
    depth: (usize, usize),
    /// What was opened and is not closed: `(`, or `|`, which the next `|` closes.
    open: Vec<char>,
    /// The variables of sums.
    pub(super) locals: Vec<String>,
    pub(super) uses: Vec<Use>,
    /// Where the argument of the last function begins.
    pub(super) argument_at: usize,
    /// What is understood and refused first: it can be read in two ways, or can't be computed.
    pub(super) refused: Option<Fault>,
}

/// How a factor is written, as far as it matters for what may follow.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    Number,
    Closed,
    /// A function of an argument without brackets.
    Open,
}

impl<'a> Parser<'a> {
    pub(super) fn new(latex: &'a str, tokens: Vec<Token>, scope: &'a Scope) -> Parser<'a> {
        Parser {
            latex,
            tokens,
            scope,
            at: 0,
            depth: (0, 0),
            open: Vec::new(),
            locals: Vec::new(),
            uses: Vec::new(),
            argument_at: 0,
            refused: None,
        }
    }

    pub(super) fn kind(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    pub(super) fn is(&self, sign: char) -> bool {
        self.kind() == Some(&Kind::Sign(sign))
    }

    pub(super) fn is_command(&self, names: &str) -> bool {
        matches!(self.kind(), Some(Kind::Command(command)) if names.split(' ').any(|name| name == command))
    }

    pub(super) fn skip(&mut self, sign: char) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    /// From a token to the one before the next.
    pub(super) fn span(&self, first: usize) -> Range<usize> {
        let start = self.tokens.get(first).map_or(self.latex.len(), |token| token.span.start);
        let last = self.at.max(first + 1).min(self.tokens.len());
        start..self.tokens[..last].last().map_or(start, |token| token.span.end).max(start)
    }

    pub(super) fn text(&self, span: Range<usize>) -> &'a str {
        self.latex[span].trim()
    }

    pub(super) fn not_understood(&self) -> Fault {
        let first = self.at.min(self.tokens.len().saturating_sub(1));
        let span = self.tokens.get(first).map_or(0..self.latex.len(), |token| token.span.clone());
        let message = if self.at < self.tokens.len() {
            format!("`{}` is not understood", &self.latex[span.clone()])
        } else {
            "this formula is not complete".to_owned()
        };
        Fault { span, message, help: None }
    }

    fn expect(&mut self, sign: char) -> Read<()> {
        if self.skip(sign) { Ok(()) } else { Err(self.not_understood()) }
    }

    /// Notes that a part of the formula is refused.
    pub(super) fn refuse(&mut self, fault: Fault) {
        self.refused.get_or_insert(fault);
    }

    /// Notes that a part of the formula can be read in two ways.
    pub(super) fn refuse_readings(&mut self, span: Range<usize>, readings: [String; 2]) {
        let [one, other] = readings;
        self.refuse(Fault {
            message: format!("`{}` can be read in two ways", self.text(span.clone())),
            help: Some(format!("write `{one}` or `{other}`")),
            span,
        });
    }

    /// `sum := [sign] product { sign product }`
    pub(super) fn sum(&mut self) -> Read<Expression> {
        self.depth.1 += 1;
        self.check_depth()?;
        let first = self.at;
        let negative = self.is('-');
        self.at += usize::from(negative || self.is('+'));
        let mut sum = self.product()?;
        if negative {
            sum = Expression::apply("negative", vec![sum], self.span(first));
        }
        while self.is('+') || self.is('-') {
            let function = if self.is('+') { "plus" } else { "minus" };
            let second = self.at;
            self.at += 1;
            let next = self.product()?;
            self.check_variables(first, second);
            sum = Expression::apply(function, vec![sum, next], self.span(first));
        }
        self.depth.1 -= 1;
        Ok(sum)
    }

    /// What calls itself does so up to a depth: sums, and what stands in one without a sum.
    fn check_depth(&self) -> Read<()> {
        if self.depth.0.max(self.depth.1) > DEEPEST {
            let message = format!("this formula is nested more than {DEEPEST} deep");
            return Err(Fault { message, ..self.not_understood() });
        }
        Ok(())
    }

    /// `product := power { [sign] power }`
    pub(super) fn product(&mut self) -> Read<Expression> {
        let first = self.at;
        let (mut product, mut form) = self.power()?;
        // Where the last factor begins, and its argument.
        let mut last = (first, self.argument_at);
        // Where the divisor of the last division begins.
        let mut divisor: Option<usize> = None;
        loop {
            let is_slash = self.is('/') || self.is_command("div");
            let is_dot = self.is_command("cdot");
            let by_entries = ["otimes", "odot"].into_iter().find(|name| self.is_command(name));
            let is_sign = is_slash || is_dot || self.is_command("times ast otimes odot") || self.is('*');
            if !is_sign && !self.multiplies() {
                return Ok(product);
            }
            let second = self.at;
            self.at += usize::from(is_sign);
            // `2 \cdot -3`
            let negative = is_sign && self.skip('-');
            let right_first = self.at;
            let (mut right, right_form) = self.power()?;
            // `\sin x \cos x` is one product.
            let goes_on =
                !matches!(&self.tokens[right_first].kind, Kind::Command(name) | Kind::Word(name) if is_function(name));
            let head = std::mem::replace(&mut last, (right_first, self.argument_at));
            let places = (first, head, second, right_first);
            self.check_readings(places, divisor.filter(|_| !is_sign), form, goes_on || is_sign);
            self.check_divisor((first, second, right_first), is_slash, &right);
            let is_fraction =
                self.tokens[right_first].kind == Kind::Command("frac".to_owned()) && is_of_numerals(&right);
            if form == Form::Number && is_fraction && !is_sign {
                let (left, right) = (self.written(first, second), self.written(right_first, self.at));
                self.refuse_readings(self.span(first), [format!("{left} + {right}"), format!("{left} \\cdot {right}")]);
            }
            if form == Form::Number && !is_sign {
                self.check_uncertainty(second);
            }
            if right_form == Form::Number && !is_sign {
                self.at = right_first;
                return Err(self.not_understood());
            }
            if negative {
                right = Expression::apply("negative", vec![right], self.span(right_first));
            }
            let function = match () {
                () if is_slash => "over",
                () if is_dot => "dot",
                () if by_entries == Some("otimes") => "kronecker",
                () if by_entries == Some("odot") => "entrywise",
                () => "times",
            };
            if is_slash {
                divisor = Some(right_first);
            } else if is_sign {
                divisor = None;
            }
            product = Expression::apply(function, vec![product, right], self.span(first));
            form = right_form;
        }
    }

    /// What is written from one token to before another.
    pub(super) fn written(&self, first: usize, end: usize) -> &'a str {
        if first >= end {
            return "";
        }
        self.text(self.tokens[first].span.start..self.tokens[end - 1].span.end)
    }

    /// Whether what follows multiplies without a sign.
    pub(super) fn multiplies(&self) -> bool {
        match self.kind() {
            Some(Kind::Letter(_) | Kind::Word(_) | Kind::Number(_) | Kind::Begin(_)) => true,
            Some(Kind::Sign('|')) => self.open.last() != Some(&'|'),
            Some(Kind::Command(name)) if name == "Vert" => self.open.last() != Some(&'‖'),
            Some(Kind::Sign(sign)) => matches!(sign, '(' | '{' | '['),
            Some(Kind::Command(name)) => begins(name),
            _ => false,
        }
    }

    /// `power := primary { "!" } [ "^" argument ]`
    fn power(&mut self) -> Read<(Expression, Form)> {
        let first = self.at;
        let (mut base, form) = self.primary()?;
        if form == Form::Closed && self.tokens[first].kind == Kind::Sign('(') && self.is('_') {
            base = self.entry_of(base, first)?;
        }
        while self.skip('!') {
            base = Expression::apply("factorial", vec![base], self.span(first));
            if self.is('!') {
                let inside = self.written(first, self.at).to_owned();
                self.refuse(Fault {
                    span: self.span(first),
                    message: format!("`{inside}!` may be a double factorial, which is not computed"),
                    help: Some(format!("write `({inside})!` for the factorial of the factorial")),
                });
            }
        }
        while self.is('^') {
            if form == Form::Open {
                return Err(self.not_understood());
            }
            self.at += 1;
            let exponent_first = self.at;
            if let Some(transpose) = self.transpose() {
                self.check_entry(&base, (first, exponent_first), true);
                base = Expression::apply(transpose, vec![base], self.span(first));
                continue;
            }
            self.check_raised(&base, (first, exponent_first));
            let exponent = self.argument()?;
            self.check_entry(&base, (first, exponent_first), false);
            base = Expression::apply("power", vec![base, exponent], self.span(first));
            if self.is('^') {
                return Err(self.not_understood());
            }
            return Ok((base, Form::Closed));
        }
        Ok((base, form))
    }

    /// `\top`, `T`, `{\mathsf T}`: the function for it; skipped where it is one.
    fn transpose(&mut self) -> Option<&'static str> {
        let inside = group(&self.tokens, self.at)?;
        let is_bound = || self.scope.meaning(&["T".to_owned()], false) != Meaning::Nothing;
        let [only] = &self.tokens[inside.clone()] else {
            return None;
        };
        let function = match &only.kind {
            Kind::Command(name) if name == "top" || name == "intercal" => "transpose",
            Kind::Letter(letter) | Kind::Word(letter) if letter == "T" && !is_bound() => "transpose_by_letter",
            _ => return None,
        };
        self.at = inside.end + usize::from(inside.start > self.at);
        Some(function)
    }

    /// What a command or a script takes: a group, or one sign; of a numeral its first digit.
    pub(super) fn argument(&mut self) -> Read<Expression> {
        let first = self.at;
        if self.skip('{') {
            self.open.push('{');
            let inside = self.sum()?;
            self.open.pop();
            self.expect('}')?;
            return Ok(inside);
        }
        if let Some(Kind::Number(digits)) = self.kind().cloned()
            && digits.len() > 1
            && self.tokens[first].span.len() == digits.len()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            let span = self.tokens[first].span.clone();
            let token = |kind: &str, span: Range<usize>| Token {
                kind: Kind::Number(kind.to_owned()),
                span,
            };
            let halves = [
                token(&digits[..1], span.start..span.start + 1),
                token(&digits[1..], span.start + 1..span.end),
            ];
            self.tokens.splice(first..=first, halves);
        }
        match self.kind() {
            Some(Kind::Letter(name)) => {
                let (name, span) = (name.clone(), self.tokens[first].span.clone());
                self.at += 1;
                self.symbol_of(&[name], span)
            }
            _ => Ok(self.primary()?.0),
        }
    }

    fn primary(&mut self) -> Read<(Expression, Form)> {
        self.depth.0 += 1;
        self.check_depth()?;
        let read = self.shallow_primary();
        self.depth.0 -= 1;
        read
    }

    fn shallow_primary(&mut self) -> Read<(Expression, Form)> {
        let first = self.at;
        let Some(kind) = self.kind().cloned() else {
            return Err(self.not_understood());
        };
        match kind {
            Kind::Number(digits) => {
                self.at += 1;
                self.check_exponent(first);
                let node = Node::Number(digits);
                Ok((Expression { node, span: self.span(first) }, Form::Number))
            }
            Kind::Word(name) if FUNCTIONS.iter().any(|(known, _)| *known == name) && !self.names(&name) => {
                self.command(&name).map(|(it, open)| (it, if open { Form::Open } else { Form::Closed }))
            }
            Kind::Word(name) if name == "e" => {
                self.at += 1;
                Ok((Expression::apply("e", Vec::new(), self.span(first)), Form::Closed))
            }
            Kind::Letter(_) | Kind::Word(_) => self.symbol(),
            Kind::Begin(name) => self.environment(&name).map(|it| (it, Form::Closed)),
            Kind::Sign('{') => {
                self.at += 1;
                let (inside, form) = self.power()?;
                self.expect('}')?;
                Ok((inside, form))
            }
            Kind::Sign('(') | Kind::Sign('[') => {
                let close = if self.is('(') { ')' } else { ']' };
                let mut list = self.list(close)?;
                let closed = if list.len() == 1 && close == ')' {
                    list.swap_remove(0)
                } else {
                    Expression {
                        node: Node::List("vector", list),
                        span: self.span(first),
                    }
                };
                Ok((closed, Form::Closed))
            }
            Kind::Sign('|') => self.bars('|').map(|it| (it, Form::Closed)),
            Kind::Command(name) => match name.as_str() {
                "Vert" => self.bars('‖').map(|it| (it, Form::Closed)),
                "hat" | "widehat" | "bar" | "overline" | "tilde" | "widetilde" | "dot" | "ddot" | "vec" | "check" => {
                    self.symbol()
                }
                _ => self.command(&name).map(|(it, open)| (it, if open { Form::Open } else { Form::Closed })),
            },
            _ => Err(self.not_understood()),
        }
    }

    /// What stands in brackets, which are open, up to the sign that closes them.
    pub(super) fn list(&mut self, close: char) -> Read<Vec<Expression>> {
        self.at += 1;
        self.open.push('(');
        let mut list = vec![self.sum()?];
        while self.skip(',') {
            list.push(self.sum()?);
        }
        self.open.pop();
        self.expect(close)?;
        Ok(list)
    }

    /// Whether a word is a name of the lesson's.
    fn names(&self, word: &str) -> bool {
        self.scope.knows(&[word.to_owned()])
    }

    /// An expression in brackets of any kind, which are open.
    pub(super) fn enclosed(&mut self) -> Read<Expression> {
        self.open.push('(');
        let inside = self.sum()?;
        self.open.pop();
        Ok(inside)
    }

    /// One factor.
    pub(super) fn factor(&mut self) -> Read<Expression> {
        Ok(self.power()?.0)
    }

    /// What stands between bars.
    fn bars(&mut self, bar: char) -> Read<Expression> {
        let first = self.at;
        self.at += 1;
        let is_outer = !self.open.contains(&bar);
        self.open.push(bar);
        let inside = self.sum()?;
        self.open.pop();
        let (same, side, function) = if bar == '|' {
            (Kind::Sign('|'), "rvert", "size")
        } else {
            (Kind::Command("Vert".to_owned()), "rVert", "norm")
        };
        if self.kind() != Some(&same) && !self.is_command(side) {
            return Err(self.not_understood());
        }
        self.at += 1;
        if is_outer && self.tokens[self.at - 1].kind == same {
            self.check_bars(first, &same);
        }
        if bar == '|' {
            return Ok(Expression::apply(function, vec![inside], self.span(first)));
        }
        self.norm(inside, first)
    }

    /// A norm by what stands behind its bars.
    pub(super) fn norm(&mut self, inside: Expression, first: usize) -> Read<Expression> {
        if !self.skip('_') {
            return Ok(Expression::apply("norm", vec![inside], self.span(first)));
        }
        if let Some(metric) = self.metric() {
            return Ok(Expression::apply("norm_by", vec![inside, metric], self.span(first)));
        }
        let kind = group(&self.tokens, self.at).map(|inside| (self.written(inside.start, inside.end), inside));
        let (name, kind) = kind.ok_or_else(|| self.not_understood())?;
        let function = match name {
            "1" => "norm_1",
            "2" => "norm_2",
            "F" => "norm_f",
            "\\infty" => "norm_inf",
            _ => return Err(self.not_understood()),
        };
        self.at = kind.end + usize::from(kind.start > self.at);
        Ok(Expression::apply(function, vec![inside], self.span(first)))
    }

    /// The matrix by which a norm measures, if what follows is the name of a value.
    fn metric(&mut self) -> Option<Expression> {
        let inside = group(&self.tokens, self.at)?;
        let (spelled, end) = Spelled::read(&self.tokens, inside.start)?;
        let Meaning::Value(name) = self.scope.meaning(&spelled.spellings(), false) else {
            return None;
        };
        (end == inside.end).then(|| {
            let span = self.tokens[inside.start].span.clone();
            self.uses.push(Use { name: name.clone(), is_bound: true });
            self.at = inside.end + usize::from(inside.start > self.at);
            Expression { node: Node::Symbol(name), span }
        })
    }

    /// A symbol with its index, or what it is applied to.
    fn symbol(&mut self) -> Read<(Expression, Form)> {
        let first = self.at;
        let (spelled, end) = Spelled::read(&self.tokens, first).ok_or_else(|| self.unreadable())?;
        let spellings = spelled.spellings();
        self.at = end;
        let called = self.is('(');
        let span = self.span(first);
        if let Some((_, index)) = spelled.index.as_ref().filter(|(_, index)| self.counts(index)) {
            let entry = match self.member(&spelled.stem(), index.clone(), &span)? {
                Some(member) => Some(member),
                None => self.entry(&spelled.stem(), index.clone(), &span)?,
            };
            self.at = end;
            return entry.map(|entry| (entry, Form::Closed)).ok_or_else(|| Fault {
                message: format!(
                    "`{}` counts with a sum, and is no entry of a vector of this lesson",
                    self.text(span.clone())
                ),
                help: Some("bind the vector to a name in a cell, `let x = vec![…];`".to_owned()),
                span,
            });
        }
        let meaning = self.scope.meaning(&spellings, called);
        if let [only] = spellings.as_slice()
            && self.locals.contains(only)
        {
            return Ok((Expression { node: Node::Local(only.clone()), span }, Form::Closed));
        }
        if !matches!(meaning, Meaning::Function(..))
            && let Some(derivative) = self.primed(first, &spelled, &meaning)?
        {
            return Ok((derivative, Form::Closed));
        }
        if let Meaning::Function(name, parameters) = meaning {
            self.uses.push(Use { name: name.clone(), is_bound: true });
            return self.call(first, name, parameters.as_deref()).map(|it| (it, Form::Closed));
        }
        if meaning == Meaning::Nothing && matches!(self.scope.meaning(&spellings, true), Meaning::Function(..)) {
            return self.alone(first, &spellings).map(|it| (it, Form::Closed));
        }
        if meaning == Meaning::Nothing {
            if let Some((_, index)) = &spelled.index {
                let uses = self.uses.len();
                let entry = self.entry(&spelled.stem(), index.clone(), &span)?;
                self.at = end;
                match entry {
                    Some(entry) => return Ok((entry, Form::Closed)),
                    None => self.uses.truncate(uses),
                }
            }
            if called {
                let message = format!("`{}` is no function of this lesson", self.text(span.clone()));
                return Err(Fault { span, message, help: None });
            }
            if spellings.is_empty() {
                let message = format!("`{}` is bound to nothing", self.text(span.clone()));
                return Err(Fault { span, message, help: None });
            }
        }
        self.symbol_of(&spellings, span).map(|it| (it, Form::Closed))
    }

    /// Whether an index holds the variable of a sum.
    fn counts(&self, index: &Range<usize>) -> bool {
        let is_local = |token: &Token| matches!(&token.kind, Kind::Letter(name) if self.locals.contains(name));
        self.tokens[index.clone()].iter().any(is_local)
    }

    /// A symbol that can't be read.
    fn unreadable(&self) -> Fault {
        let behind = &self.tokens[(self.at + 1).min(self.tokens.len())..];
        if let [
            Token { kind: Kind::Sign('_'), .. },
            Token { kind: Kind::Number(digits), span },
            ..,
        ] = behind
        {
            let symbol = self.text(self.tokens[self.at].span.clone());
            return Fault {
                span: span.clone(),
                message: format!("LaTeX takes only the first digit of `{digits}`"),
                help: Some(format!("put it in braces: `{symbol}_{{{digits}}}`")),
            };
        }
        self.not_understood()
    }

    /// A symbol by its spellings.
    fn symbol_of(&mut self, spellings: &[String], span: Range<usize>) -> Read<Expression> {
        if let [only] = spellings
            && self.locals.contains(only)
        {
            return Ok(Expression { node: Node::Local(only.clone()), span });
        }
        let (name, is_bound) = match self.scope.meaning(spellings, false) {
            Meaning::Value(name) => (name, true),
            _ if spellings == ["e"] => return Ok(Expression::apply("e", Vec::new(), span)),
            _ => (spellings[0].clone(), false),
        };
        if !is_bound && syn::parse_str::<syn::Ident>(&name).is_err() {
            let message = format!("`{}` is bound to nothing", self.text(span.clone()));
            return Err(Fault { span, message, help: None });
        }
        self.uses.push(Use { name: name.clone(), is_bound });
        Ok(Expression { node: Node::Symbol(name), span })
    }

    /// An entry of a vector or matrix, whose rows and columns count from 1.
    fn entry(&mut self, stem: &[String], index: Range<usize>, span: &Range<usize>) -> Read<Option<Expression>> {
        let Meaning::Value(name) = self.scope.meaning(stem, false) else {
            return Ok(None);
        };
        let behind = self.tokens.split_off(index.end);
        let indices = self.indices(index);
        self.tokens.extend(behind);
        // The first of several `\lambda` is no entry of a `\lambda`.
        let counts = |index: &Expression| match &index.node {
            Node::Local(_) => true,
            Node::Symbol(index) => self.scope.counts(index) && self.scope.counts(&name),
            _ => false,
        };
        let Some(indices) = indices?.filter(|all| self.scope.has_entries(&name) || all.iter().any(counts)) else {
            return Ok(None);
        };
        let base = Expression {
            node: Node::Symbol(name.clone()),
            span: span.clone(),
        };
        self.uses.push(Use { name, is_bound: true });
        let operands = std::iter::once(base).chain(indices).collect();
        let list = Node::List("entry", operands);
        Ok(Some(Expression { node: list, span: span.clone() }))
    }

    /// A member of a sequence, which is a function of one number: `g_k` is `g(k)`.
    fn member(&mut self, stem: &[String], index: Range<usize>, span: &Range<usize>) -> Read<Option<Expression>> {
        let Meaning::Function(name, Some(parameters)) = self.scope.meaning(stem, true) else {
            return Ok(None);
        };
        if !matches!(parameters[..], [Parameter { takes: Takes::Number, .. }]) {
            return Ok(None);
        }
        let behind = self.tokens.split_off(index.end);
        let indices = self.indices(index);
        self.tokens.extend(behind);
        let only = indices?.and_then(|all| <[Expression; 1]>::try_from(all).ok());
        Ok(only.map(|[only]| {
            self.uses.push(Use { name: name.clone(), is_bound: true });
            let node = Node::Call(name, vec![Argument::Number(only)]);
            Expression { node, span: span.clone() }
        }))
    }

    /// An entry of what stands in brackets: `(A B)_{12}`.
    fn entry_of(&mut self, of: Expression, first: usize) -> Read<Expression> {
        self.at += 1;
        let index = group(&self.tokens, self.at).ok_or_else(|| self.not_understood())?;
        let end = index.end + usize::from(index.start > self.at);
        let behind = self.tokens.split_off(index.end);
        let indices = self.indices(index);
        self.tokens.extend(behind);
        let indices = indices?.ok_or_else(|| self.not_understood())?;
        self.at = end;
        let node = Node::List("entry", std::iter::once(of).chain(indices).collect());
        Ok(Expression { node, span: self.span(first) })
    }

    /// The one or two indices of an entry, the last tokens so far; nothing where a name in them is not bound.
    fn indices(&mut self, index: Range<usize>) -> Read<Option<Vec<Expression>>> {
        self.at = index.start;
        let mut indices = Vec::new();
        while self.at < index.end {
            let is_letter = matches!(self.kind(), Some(Kind::Letter(_)));
            let ends = |at: usize| at >= index.end || self.tokens[at].kind == Kind::Sign(',');
            let alone = is_letter && !ends(self.at + 1) && matches!(self.tokens[self.at + 1].kind, Kind::Letter(_));
            let was_alone = is_letter && indices.len() == 1 && self.tokens[self.at - 1].kind != Kind::Sign(',');
            let before = self.uses.len();
            let one = if alone || was_alone { self.argument()? } else { self.sum()? };
            if self.uses[before..].iter().any(|it| !it.is_bound) {
                self.uses.truncate(before);
                return Ok(None);
            }
            indices.push(one);
            self.skip(',');
        }
        let is_index = self.at == index.end && (1..=2).contains(&indices.len());
        Ok(is_index.then_some(indices))
    }

    /// A function of the lesson's, applied to what stands in brackets.
    fn call(&mut self, first: usize, function: String, parameters: Option<&[Parameter]>) -> Read<Expression> {
        let mut arguments = self.list(')')?;
        let span = self.span(first);
        let is_point = matches!(parameters, Some([Parameter { takes: Takes::Point, .. }]));
        if is_point && arguments.len() > 1 {
            // `f(x, y)` of a function of one vector
            let node = Node::List("vector", std::mem::take(&mut arguments));
            arguments.push(Expression { node, span: span.clone() });
        }
        if parameters.is_some_and(|parameters| parameters.len() != arguments.len()) {
            let message = format!("`{}` takes another number of arguments", self.text(self.tokens[first].span.clone()));
            return Err(Fault { span, message, help: None });
        }
        let mut given = Vec::new();
        for (at, argument) in arguments.into_iter().enumerate() {
            let takes = parameters.map_or(Takes::Unknown, |parameters| parameters[at].takes);
            given.push(match (takes, argument.node) {
                (Takes::Point | Takes::Other | Takes::Unknown, Node::Symbol(name)) => {
                    Argument::Name(name, argument.span)
                }
                (Takes::Point, node) => Argument::Point(Expression { node, span: argument.span }),
                (Takes::Other, _) => {
                    let message = format!("`{}` is no number to this function", self.text(argument.span.clone()));
                    let help = Some("compute it in a cell, and write its name here".to_owned());
                    return Err(Fault { span: argument.span, message, help });
                }
                (Takes::Generic, node) => Argument::Real(Expression { node, span: argument.span }),
                (_, node) => Argument::Number(Expression { node, span: argument.span }),
            });
        }
        Ok(Expression { node: Node::Call(function, given), span })
    }

    /// A condition of a case: `x < 0`, `0 \le x < 1`.
    pub(super) fn conditions(&mut self) -> Read<Vec<Condition>> {
        let mut left = self.sum()?;
        let mut found = Vec::new();
        loop {
            let function = match self.kind() {
                Some(Kind::Sign('<')) => "less",
                Some(Kind::Sign('>')) => "greater",
                Some(Kind::Sign('=')) => "equal",
                Some(Kind::Command(name)) => match name.as_str() {
                    "lt" => "less",
                    "gt" => "greater",
                    "le" | "leq" | "leqslant" => "at_most",
                    "ge" | "geq" | "geqslant" => "at_least",
                    "ne" | "neq" => "unequal",
                    _ => break,
                },
                _ => break,
            };
            self.at += 1;
            let right = self.sum()?;
            found.push(Condition { function, sides: [left, right.clone()] });
            left = right;
        }
        if found.is_empty() { Err(self.not_understood()) } else { Ok(found) }
    }
}

/// Whether a fraction is one of numerals, as that of `2\frac12`.
fn is_of_numerals(fraction: &Expression) -> bool {
    let is_numeral = |it: &Expression| matches!(&it.node, Node::Number(_));
    matches!(&fraction.node, Node::Apply("over", parts) if parts.iter().all(is_numeral))
}
