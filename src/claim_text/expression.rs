//! Evaluates tokens to numbers: a recursive-descent reader over one flat list of tokens.
//!
//! It refuses what a reader of the page could take in two ways, such as `1/2\pi`, and words that change a number.

use std::ops::Range;

use super::beside::{changes_a_number, relates};
use super::quantity::{Quantity, QuantityFault};
use super::source::Source;
use super::text::NotUnderstood;
use super::token::{Bracket, Token, TokenKind, lists};
use super::units::is_unit;

/// A number of a list.
#[derive(Clone, Debug)]
pub(super) struct ParsedNumber {
    pub(super) quantity: Quantity,
    /// What stands behind ±.
    pub(super) margin: Option<Quantity>,
    pub(super) span: Range<usize>,
    pub(super) text: String,
    /// The row of a matrix, or the list within a list, in which it stands.
    pub(super) row: Option<Row>,
}

/// A row, by the places where it begins, and where the matrix does, if it is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) start: usize,
    pub(super) matrix: Option<usize>,
}

/// All numbers of `tokens`, in order.
pub(super) fn numbers(source: &Source<'_>, tokens: &[Token<'_>]) -> Result<Vec<ParsedNumber>, NotUnderstood> {
    Ok(ExpressionParser { source, tokens, at: 0, depth: 0 }.items(None)?.entries)
}

const DEEPEST: usize = 64;

/// Between two numbers, the first of which may multiply: they are two.
const DIVIDING_WORDS: &str = "and or to in from out by per versus but";

type Read<T> = Result<T, NotUnderstood>;

/// What an expression stands for.
enum Value {
    Number(Quantity),
    List(List),
}

#[derive(Default)]
struct List {
    entries: Vec<ParsedNumber>,
    /// It has rows and columns, more than one of each.
    matrix: bool,
    /// It is one expression in brackets, without separators or words.
    single: Option<Quantity>,
}

/// How a factor is written, as far as it matters for what may follow.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Numeral,
    /// Its end can be seen: brackets, a fraction, a power, a constant.
    Closed,
    /// A function of an argument in brackets.
    Applied,
    /// A function of an argument without brackets.
    Open,
    /// The character √ before its operand.
    Root,
}

impl List {
    /// Its entries are a row of what it stands in, unless they have rows of their own.
    fn is_row(&mut self) {
        if let [first, _, ..] = &self.entries[..]
            && self.entries.iter().all(|entry| entry.row.is_none())
        {
            let row = Row { start: first.span.start, matrix: None };
            self.entries.iter_mut().for_each(|entry| entry.row = Some(row));
        }
    }

    /// Its entries are the rows of the matrix that begins at a place.
    fn lay_out(&mut self, rows: &[usize], matrix: usize) {
        let mut entries = self.entries.iter_mut();
        for length in rows {
            let mut start = None;
            for entry in entries.by_ref().take(*length) {
                let start = *start.get_or_insert(entry.span.start);
                entry.row = Some(Row { start, matrix: Some(matrix) });
            }
        }
    }

    /// It is one number with ±.
    fn is_interval(&self) -> bool {
        matches!(&self.entries[..], [only] if only.margin.is_some())
    }
}

struct ExpressionParser<'t, 'a> {
    source: &'t Source<'t>,
    tokens: &'t [Token<'a>],
    at: usize,
    depth: usize,
}

impl<'a> ExpressionParser<'_, 'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn kind(&self) -> Option<TokenKind> {
        self.peek().map(|token| token.kind)
    }

    fn skip_if(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == Some(kind);
        self.at += usize::from(found);
        found
    }

    /// Numbers with separators and words between them, up to the end of what `opening` opens, which is consumed.
    fn items(&mut self, opening: Option<Token<'_>>) -> Read<List> {
        let mut list = List::default();
        let mut rows = vec![0];
        let mut bare = true;
        let mut separator: Option<Token<'_>> = None;
        let mut separated = true;
        // The first token of the last number, and the one behind it.
        let mut last: Option<(usize, usize)> = None;
        loop {
            let Some(token) = self.peek() else {
                match opening {
                    None => break,
                    Some(open) => return Err(fail(open.span(), format!("`{}` is not closed", open.text), None)),
                }
            };
            match token.kind {
                TokenKind::Close(_) | TokenKind::End | TokenKind::GroupClose => {
                    let Some(open) = opening.filter(|open| closes(open, &token)) else {
                        return Err(unbalanced(opening, &token));
                    };
                    let last_row_ended =
                        open.kind == TokenKind::Begin && separator.is_some_and(|s| s.kind == TokenKind::Row);
                    let vacant = separated && bare || separator.is_some() && !last_row_ended;
                    if token.math && vacant {
                        return Err(empty_place(&token));
                    }
                    self.at += 1;
                    break;
                }
                TokenKind::Comma | TokenKind::Semicolon | TokenKind::Column | TokenKind::Row => {
                    let vacant = separator.is_some() || list.entries.is_empty();
                    if token.math && opening.is_some() && vacant {
                        return Err(empty_place(&token));
                    }
                    if matches!(token.kind, TokenKind::Row | TokenKind::Semicolon) {
                        rows.push(0);
                    }
                    separator = Some(token);
                    (separated, bare) = (true, false);
                    self.at += 1;
                }
                _ if self.is_aside()? => {
                    (separated, bare) = (true, false);
                    self.at += 1;
                    self.skip_power_of_unit(&token);
                }
                _ => {
                    let apart = separated || matches!(token.kind, TokenKind::Open(_)) && !token.math;
                    let before = list.entries.len();
                    let first = self.at;
                    if let Some((begin, end)) = last {
                        self.check_multiplied(begin, end)?;
                    }
                    list.single = self.entry(&mut list)?;
                    last = (list.entries.len() > before).then_some((first, self.at)).or(last);
                    if !apart {
                        return Err(side_by_side(list.entries[before - 1].span.start..self.tokens[self.at - 1].end));
                    }
                    if let Some(row) = rows.last_mut() {
                        *row += 1;
                    }
                    // Words in brackets, like “(see above)”, leave no entry.
                    (separator, separated) = (None, list.entries.len() == before);
                }
            }
        }
        if let Some(open) = opening.filter(|open| open.kind == TokenKind::Begin) {
            list.lay_out(&rows, open.start);
        }
        list.matrix |= is_matrix(opening, rows)?;
        list.single = list.single.filter(|_| bare && list.entries.len() == 1);
        Ok(list)
    }

    /// Whether the next token is a word or punctuation, to be passed over.
    fn is_aside(&self) -> Read<bool> {
        let Some(token) = self.peek() else { return Ok(false) };
        match token.kind {
            TokenKind::Word if changes_a_number(self.tokens, self.at) => {
                let help = "state the whole number in digits and signs, without this word";
                Err(self.unknown(&token, Some(help)))
            }
            TokenKind::Word if relates(self.tokens, self.at) => Err(fail(
                token.span(),
                format!("`{}` is not understood as a relation", token.text),
                Some("write the relation right before the number, as in `at most 3` or `≤ 3`"),
            )),
            TokenKind::Punctuation if token.text == "—" => self.is_dash(&token),
            TokenKind::Word | TokenKind::Punctuation => Ok(true),
            TokenKind::Slash | TokenKind::Times if self.is_between_units() => Ok(true),
            TokenKind::Times if self.says_times() => Ok(true),
            TokenKind::Slash => Ok(!token.math && !self.tokens.get(self.at + 1).is_some_and(Token::starts_number)),
            TokenKind::Plus | TokenKind::Minus if !token.math => match self.tokens.get(self.at + 1) {
                Some(next) if !next.glued => Err(loose_sign(&token, next)),
                _ => Ok(false),
            },
            TokenKind::Dash => self.is_dash(&token),
            _ => Ok(false),
        }
    }

    /// Whether a dash is punctuation. It may be the sign of the number before which it stands, also of `-$3`.
    fn is_dash(&self, token: &Token<'_>) -> Read<bool> {
        let rest = &self.tokens[self.at..];
        let is_mark = |token: &&Token<'_>| {
            token.is_sign() || matches!(token.kind, TokenKind::Punctuation | TokenKind::PlusMinus) && !token.math
        };
        let marks = rest.iter().take_while(is_mark).count();
        let is_long = token.text == "—";
        match rest.get(marks).filter(|next| next.math || next.starts_number()) {
            None => Ok(true),
            // "20—30"
            Some(_) if is_long && token.glued && self.at > 0 => Ok(true),
            Some(next) if marks == 1 && next.glued && !is_long => Ok(false),
            Some(next) => Err(loose_sign(token, next)),
        }
    }

    /// `×` of `10× faster`, which multiplies no number.
    fn says_times(&self) -> bool {
        let [last, sign, rest @ ..] = self.tokens.get(self.at.wrapping_sub(1)..).unwrap_or_default() else {
            return false;
        };
        let is_last = rest.first().is_none_or(|next| next.kind == TokenKind::Word && !next.glued);
        !sign.math && sign.text == "×" && sign.glued && last.kind == TokenKind::Number && is_last
    }

    /// `·` and `/` of `kg·m²/s`, of which the first unit was passed over.
    fn is_between_units(&self) -> bool {
        let follows = self.at > 0
            && matches!(self.tokens[self.at - 1].kind, TokenKind::Word | TokenKind::Superscript(_) | TokenKind::Number);
        follows && self.tokens.get(self.at + 1).is_some_and(|next| next.kind == TokenKind::Word && is_unit(next.text))
    }

    /// `²`, `^2` or `^{-2}` right behind a unit.
    fn skip_power_of_unit(&mut self, unit: &Token<'_>) {
        let rest = &self.tokens[self.at..];
        if unit.kind != TokenKind::Word || !is_unit(unit.text) || !rest.first().is_some_and(|next| next.glued) {
            return;
        }
        let kinds: Vec<TokenKind> = rest.iter().take(5).map(|token| token.kind).collect();
        let (number, open) = (TokenKind::Number, TokenKind::GroupOpen);
        self.at += match kinds[..] {
            [TokenKind::Superscript(_), ..] => 1,
            [TokenKind::Caret, power, ..] if power == number => 2,
            [TokenKind::Caret, TokenKind::Dash | TokenKind::Minus, power, ..] if power == number => 3,
            [TokenKind::Caret, group, power, TokenKind::GroupClose, ..] if (group, power) == (open, number) => 4,
            [TokenKind::Caret, group, TokenKind::Minus, power, TokenKind::GroupClose]
                if (group, power) == (open, number) =>
            {
                5
            }
            _ => 0,
        };
    }

    /// "half of 10", "twice 3", "ten times 3": two numbers that make a third one; `end` is behind the first.
    fn check_multiplied(&self, first: usize, end: usize) -> Read<()> {
        let between = &self.tokens[end..self.at];
        let multiplies = match self.tokens[end - 1].kind {
            TokenKind::Spoken { multiplies, .. } => multiplies,
            _ => false,
        };
        let times = between.first().is_some_and(|token| token.is_word("times"));
        let divides = |token: &Token<'_>| match token.kind {
            TokenKind::Word => lists(DIVIDING_WORDS, &token.text.to_lowercase()),
            kind => matches!(kind, TokenKind::Comma | TokenKind::Semicolon | TokenKind::Column | TokenKind::Row),
        };
        if !(multiplies || times) || between.iter().any(divides) {
            return Ok(());
        }
        let span = self.tokens[first].start..self.tokens[self.at].end;
        let message = format!("`{}` is not computed", self.source.text(&span));
        Err(fail(span, message, Some("state the number that comes out")))
    }

    /// One number or list as a whole, appended to `list`; returns it if it is a single number.
    fn entry(&mut self, list: &mut List) -> Read<Option<Quantity>> {
        let first = self.at;
        self.check_before()?;
        let value = self.sum()?;
        let scale = self.scale();
        let value = self.scaled(first, value, scale)?;
        let value = if self.skip_if(TokenKind::PlusMinus) {
            self.interval(first, value, scale)?
        } else {
            value
        };
        self.check_after(first)?;
        match value {
            Value::Number(quantity) => {
                list.entries.push(self.parsed(first, quantity, None));
                Ok(Some(quantity))
            }
            Value::List(mut inner) => {
                list.matrix |= inner.entries.len() > 1;
                inner.is_row();
                list.entries.extend(inner.entries);
                Ok(None)
            }
        }
    }

    /// A number that begins inside of a word, like the 2 of `phase-2` or `f(2)`, is none.
    fn check_before(&self) -> Read<()> {
        let first = &self.tokens[self.at];
        let mut left = self.at;
        while left > 0 && self.tokens[left].glued && is_inner_punctuation(&self.tokens[left - 1]) {
            left -= 1;
        }
        let word = left.checked_sub(1).map(|before| &self.tokens[before]).filter(|_| self.tokens[left].glued);
        let argument = || self.tokens.get(self.at + 1).is_some_and(|next| next.starts_number() || next.is_sign());
        match word {
            Some(word) if word.kind == TokenKind::Word && (!matches!(first.kind, TokenKind::Open(_)) || argument()) => {
                Err(self.glued(word, first))
            }
            _ => Ok(()),
        }
    }

    /// A number that goes on as a word or as another number, like `12-step`, `10th` or `20:30`, is none.
    fn check_after(&self, first: usize) -> Read<()> {
        let mut right = self.at;
        while self.tokens.get(right).is_some_and(|token| token.glued && is_inner_punctuation(token)) {
            right += 1;
        }
        let next = self.tokens.get(right).filter(|token| token.glued && !(token.math && right == self.at));
        match next {
            Some(next) if next.text == "!" => Err(self.glued(&self.tokens[first], next)),
            Some(next) if next.starts_number() && !matches!(next.kind, TokenKind::Open(_)) => {
                Err(self.glued(&self.tokens[first], next))
            }
            Some(next) if matches!(next.kind, TokenKind::Word | TokenKind::Unknown) => {
                Err(self.glued(&self.tokens[first], next))
            }
            _ => Ok(()),
        }
    }

    fn parsed(&self, first: usize, quantity: Quantity, margin: Option<Quantity>) -> ParsedNumber {
        let span = self.span(first);
        ParsedNumber {
            quantity,
            margin,
            text: self.source.text(&span),
            span,
            row: None,
        }
    }

    /// The power of ten of a per cent sign or a word of scale, which belong to a numeral: `12 %`, `1.5 million`.
    fn scale(&mut self) -> Option<i32> {
        let word = |at: usize, word: &str| self.tokens.get(at).is_some_and(|token| token.is_word(word));
        let (power, length) = match self.kind() {
            Some(TokenKind::Scale(power)) => (power, 1),
            _ if word(self.at, "percent") => (-2, 1),
            _ if word(self.at, "per") && word(self.at + 1, "cent") => (-2, 2),
            _ if word(self.at, "thousand") => (3, 1),
            _ if word(self.at, "million") => (6, 1),
            _ if word(self.at, "billion") => (9, 1),
            _ if word(self.at, "trillion") => (12, 1),
            _ => return None,
        };
        self.at += length;
        Some(power)
    }

    fn scaled(&mut self, first: usize, value: Value, power: Option<i32>) -> Read<Value> {
        let Some(power) = power else { return Ok(value) };
        let scale = Quantity::ten_to(power).map_err(|fault| self.fault(first, fault))?;
        match value {
            Value::Number(quantity) if quantity.half_unit().is_some() || self.is_mixed(first) => {
                self.number(first, quantity.times(scale))
            }
            Value::List(list) if list.is_interval() => self.times_interval(first, list, scale),
            _ => Err(fail(
                self.span(first),
                format!("`{}` is not understood", self.source.text(&self.span(first))),
                Some("per cent and words like million belong to one number in decimal digits: `12 %`"),
            )),
        }
    }

    /// Whether nothing was read from a token on but a number like 33⅓, and the scale behind it.
    fn is_mixed(&self, first: usize) -> bool {
        let mut tokens = self.tokens[first..self.at].iter().skip_while(|token| token.is_sign());
        let mut last = tokens.by_ref().find(|token| token.kind != TokenKind::Number);
        matches!(last.take(), Some(Token { kind: TokenKind::Fraction(_), .. }))
            && tokens.all(|token| matches!(token.kind, TokenKind::Scale(_) | TokenKind::Word))
    }

    /// `2.5 ± 0.1`, of which the first number is read; a per cent sign behind the second belongs to both.
    fn interval(&mut self, first: usize, value: Value, scale: Option<i32>) -> Read<Value> {
        let second = self.at;
        let margin = self.product()?;
        let both = self.scale();
        if scale.is_some() != both.is_some() && scale.is_some() {
            let help = "write the per cent sign, or the word, after both numbers or after the second";
            return Err(fail(self.span(first), "only one of these two numbers is scaled", Some(help)));
        }
        let middle = self.scaled(first, value, both.filter(|_| scale.is_none()))?;
        let margin = self.scaled(second, margin, both)?;
        let (middle, margin) = (self.scalar(first, &middle)?, self.scalar(second, &margin)?);
        if margin.value() < 0.0 {
            return Err(fail(self.span(second), "a negative number follows ±", None));
        }
        let entries = vec![self.parsed(first, middle, Some(margin))];
        Ok(Value::List(List { entries, ..List::default() }))
    }

    /// `(2.5 ± 0.1) × 10³`.
    fn times_interval(&self, first: usize, list: List, factor: Quantity) -> Read<Value> {
        let times = |quantity: Quantity| quantity.times(factor).map_err(|fault| self.fault(first, fault));
        let mut entries = Vec::new();
        for entry in list.entries {
            let margin = entry.margin.map(times).transpose()?.map(Quantity::size);
            entries.push(self.parsed(first, times(entry.quantity)?, margin));
        }
        Ok(Value::List(List { entries, ..List::default() }))
    }

    /// `sum := [sign] product { sign product }`
    fn sum(&mut self) -> Read<Value> {
        let first = self.at;
        let sign = self.peek().filter(Token::is_sign);
        self.at += usize::from(sign.is_some());
        let mut total = self.product()?;
        if sign.is_some_and(|sign| sign.kind != TokenKind::Plus) {
            total = Value::Number(self.scalar(first, &total)?.negated());
        }
        while let Some(sign @ (TokenKind::Plus | TokenKind::Minus)) = self.kind() {
            let left = self.scalar(first, &total)?;
            self.at += 1;
            let second = self.at;
            let right = self.product()?;
            let right = self.scalar(second, &right)?;
            total = self.number(first, left.plus(if sign == TokenKind::Plus { right } else { right.negated() }))?;
        }
        Ok(total)
    }

    /// Whether the brackets of `1.23(45)` stand here, which in physics say how far the last digits may be off.
    fn is_uncertainty(&self) -> bool {
        let [left, open, digits, close] = self.tokens.get(self.at.wrapping_sub(1)..self.at + 3).unwrap_or_default()
        else {
            return false;
        };
        let brackets = (open.kind, close.kind) == (TokenKind::Open(Bracket::Round), TokenKind::Close(Bracket::Round));
        let is_short = digits.text.len() <= 2 && digits.text.bytes().all(|byte| byte.is_ascii_digit());
        brackets && left.end == open.start && is_short && left.text.contains('.')
    }

    /// `product := power { ("×" | "/" | nothing) power }`, nothing only where it can't be misread.
    fn product(&mut self) -> Read<Value> {
        let first = self.at;
        let (mut value, mut form) = self.power()?;
        let mut divided = false;
        while let Some(token) = self.peek() {
            let operator = matches!(token.kind, TokenKind::Times | TokenKind::Slash);
            if operator && self.says_times() {
                break;
            }
            if !operator && !self.multiplies_silently(&token) {
                break;
            }
            if form == Form::Open || !operator && (divided || form == Form::Root) {
                let help = "put brackets around what belongs together";
                return Err(fail(
                    self.span(first).start..token.end,
                    "this product can be read in two ways",
                    Some(help),
                ));
            }
            if form == Form::Numeral && matches!(self.behind_braces().text, "\\frac" | "\\tfrac" | "\\dfrac") {
                let help = "write `2+\\frac{1}{2}` for the sum and `2\\cdot\\frac{1}{2}` for the product";
                return Err(fail(
                    self.span(first).start..token.end,
                    "a number before a fraction can be read in two ways",
                    Some(help),
                ));
            }
            if form == Form::Numeral && self.is_uncertainty() {
                return Err(fail(
                    self.span(first).start..self.tokens[self.at + 2].end,
                    "digits in brackets behind a decimal number can be read in two ways",
                    Some("write `\\pm` for the uncertainty, or `\\cdot` for the product"),
                ));
            }
            self.at += usize::from(operator);
            let second = self.at;
            let (right, right_form) = self.power()?;
            divided |= token.kind == TokenKind::Slash;
            value = match (value, right) {
                (Value::Number(factor), Value::List(list)) if token.kind != TokenKind::Slash => {
                    let factor_text = self.source.text(&(self.tokens[first].start..self.tokens[second - 1].end));
                    self.multiplied(first, factor, factor_text.trim_end(), list)?
                }
                (Value::List(list), Value::Number(factor)) if list.is_interval() && token.kind != TokenKind::Slash => {
                    self.times_interval(first, list, factor)?
                }
                (left, right) => {
                    let (left, right) = (self.scalar(first, &left)?, self.scalar(second, &right)?);
                    let result = if token.kind == TokenKind::Slash {
                        left.over(right)
                    } else {
                        left.times(right)
                    };
                    self.number(first, result)?
                }
            };
            form = right_form;
        }
        Ok(value)
    }

    fn multiplies_silently(&self, token: &Token<'_>) -> bool {
        match token.kind {
            TokenKind::Constant(_) | TokenKind::Root => true,
            TokenKind::Open(_) | TokenKind::Begin | TokenKind::Command => token.math,
            TokenKind::GroupOpen => !matches!(self.behind_braces().kind, TokenKind::Number | TokenKind::Fraction(_)),
            _ => false,
        }
    }

    /// The next token that the reader sees. There must be a next one.
    fn behind_braces(&self) -> &Token<'a> {
        let rest = &self.tokens[self.at..];
        rest.iter().find(|token| token.kind != TokenKind::GroupOpen).unwrap_or(&rest[0])
    }

    /// A number times a vector or matrix.
    fn multiplied(&self, first: usize, factor: Quantity, factor_text: &str, list: List) -> Read<Value> {
        let scaled = |entry: ParsedNumber| {
            let times = |quantity: Quantity| factor.times(quantity).map_err(|fault| self.fault(first, fault));
            Ok(ParsedNumber {
                quantity: times(entry.quantity)?,
                margin: entry.margin.map(times).transpose()?.map(Quantity::size),
                text: format!("{factor_text} {}", entry.text),
                span: entry.span,
                row: entry.row,
            })
        };
        let entries = list.entries.into_iter().map(scaled).collect::<Read<_>>()?;
        Ok(Value::List(List { entries, ..list }))
    }

    /// `power := primary [exponent | transpose mark]`
    fn power(&mut self) -> Read<(Value, Form)> {
        let first = self.at;
        let (value, form) = self.primary()?;
        let Some(token) = self.peek() else {
            return Ok((value, form));
        };
        if !matches!(token.kind, TokenKind::Caret | TokenKind::Superscript(_) | TokenKind::Transpose) {
            return Ok((value, form));
        }
        if let Value::List(list) = value {
            self.transpose_mark(&list)?;
            return Ok((Value::List(list), form));
        }
        if matches!(form, Form::Applied | Form::Open | Form::Root) {
            let help = "put brackets around what is raised to the power";
            return Err(fail(self.span(first).start..token.end, "this power can be read in two ways", Some(help)));
        }
        self.at += 1;
        let exponent = match token.kind {
            TokenKind::Superscript(exponent) => Quantity::numeral(&exponent.unsigned_abs().to_string())
                .map(|size| if exponent < 0 { size.negated() } else { size })
                .map_err(|fault| self.fault(first, fault))?,
            TokenKind::Caret if token.math && self.skip_degree_sign() => return Ok((value, Form::Closed)),
            TokenKind::Caret if token.math => self.argument()?,
            TokenKind::Caret => self.prose_exponent()?,
            _ => return Err(self.unknown(&token, None)),
        };
        let base = self.scalar(first, &value)?;
        Ok((self.number(first, base.to_the(exponent))?, Form::Closed))
    }

    /// After a list: `ᵀ`, `^\top`, `^T` or `^{\mathsf T}`.
    fn transpose_mark(&mut self, list: &List) -> Read<()> {
        let first = self.at;
        let raised = self.skip_if(TokenKind::Caret);
        let mut groups = 0;
        while raised && self.skip_if(TokenKind::GroupOpen) {
            groups += 1;
        }
        let is_mark = |token: Token<'_>| token.kind == TokenKind::Transpose || raised && token.text == "T";
        let marked = self.peek().is_some_and(is_mark);
        self.at += usize::from(marked);
        let closed = (0..groups).all(|_| self.skip_if(TokenKind::GroupClose));
        let (message, help) = match (marked && closed, list.matrix) {
            (true, false) => return Ok(()),
            (true, true) => ("the transpose of a matrix is not understood", "write the entries out"),
            (false, _) => ("a power of a list of numbers is not understood", "write the entries out"),
        };
        self.at = self.at.max(first + 1);
        Err(fail(self.span(first), message, Some(help)))
    }

    /// `^\circ` and `^{\circ}`: degrees are a unit.
    fn skip_degree_sign(&mut self) -> bool {
        let texts: Vec<&str> = self.tokens[self.at..].iter().take(3).map(|token| token.text).collect();
        let length = match texts[..] {
            ["\\circ", ..] => 1,
            ["{", "\\circ", "}"] => 3,
            _ => 0,
        };
        self.at += length;
        length > 0
    }

    fn prose_exponent(&mut self) -> Read<Quantity> {
        let first = self.at;
        let negative = self.peek().is_some_and(|sign| matches!(sign.kind, TokenKind::Minus | TokenKind::Dash));
        self.at += usize::from(negative);
        let (value, _) = self.primary()?;
        let exponent = self.scalar(first, &value)?;
        Ok(if negative { exponent.negated() } else { exponent })
    }

    fn primary(&mut self) -> Read<(Value, Form)> {
        let Some(token) = self.peek() else {
            return Err(self.nothing_follows());
        };
        if self.depth == DEEPEST {
            return Err(fail(token.span(), too_deep(), None));
        }
        self.depth += 1;
        let first = self.at;
        self.at += 1;
        let read = match token.kind {
            TokenKind::Number => self.numeral(first, &token),
            TokenKind::Fraction(value) => self.number(first, Quantity::real(value)).map(|value| (value, Form::Closed)),
            TokenKind::Constant(value) => Ok((Value::Number(Quantity::constant(value)), Form::Closed)),
            TokenKind::Spoken { quantity, .. } => Ok((Value::Number(quantity), Form::Closed)),
            TokenKind::Root => self.root_sign(first),
            TokenKind::Open(_) | TokenKind::Begin => self.bracket(token).map(|value| (value, Form::Closed)),
            TokenKind::GroupOpen => self.group(&token),
            TokenKind::Command => self.command(first, &token),
            _ => {
                self.at = first;
                Err(self.not_a_number(&token))
            }
        };
        self.depth -= 1;
        read
    }

    /// A numeral, or a mixed number like 2½.
    fn numeral(&mut self, first: usize, token: &Token<'_>) -> Read<(Value, Form)> {
        let whole = Quantity::numeral(token.text);
        match self.peek() {
            // `1 ½` is one number in prose.
            Some(Token {
                kind: TokenKind::Fraction(part), glued, ..
            }) if glued || !token.math => {
                self.at += 1;
                let sum = whole.and_then(|whole| whole.plus(Quantity::real(part)?));
                Ok((self.number(first, sum)?, Form::Closed))
            }
            _ => Ok((self.number(first, whole)?, Form::Numeral)),
        }
    }

    fn root_sign(&mut self, first: usize) -> Read<(Value, Form)> {
        let (radicand, _) = self.primary()?;
        let radicand = self.scalar(first + 1, &radicand)?;
        Ok((self.number(first, radicand.root(2.0))?, Form::Root))
    }

    fn bracket(&mut self, open: Token<'_>) -> Read<Value> {
        let first = self.at;
        let list = self.items(Some(open))?;
        // Words beside it would say that it is one number.
        let grouped = |token: &Token<'_>| token.kind == TokenKind::Number && !token.math && token.text.contains(',');
        if let [only, close] = &self.tokens[first..self.at]
            && grouped(only)
        {
            let help = "leave the brackets out of the claim, or write a space behind each comma of a list";
            return Err(fail(open.start..close.end, "this may be one number or a list of them", Some(help)));
        }
        Ok(match list.single {
            Some(quantity) => Value::Number(quantity),
            None => Value::List(list),
        })
    }

    /// Braces that the reader does not see hold one factor only: `{1+2}\cdot 3` reads as 1 + 2·3.
    fn group(&mut self, open: &Token<'_>) -> Read<(Value, Form)> {
        let (value, form) = self.primary()?;
        if self.skip_if(TokenKind::GroupClose) {
            return Ok((value, form));
        }
        let help = "braces can't be seen on the page; write brackets around an expression";
        Err(fail(self.span_to_next(open), format!("`{}` is not understood", open.text), Some(help)))
    }

    fn command(&mut self, first: usize, token: &Token<'_>) -> Read<(Value, Form)> {
        let result = match token.text {
            "\\frac" | "\\tfrac" | "\\dfrac" | "\\cfrac" => {
                let (numerator, denominator) = self.fraction()?;
                numerator.over(denominator)
            }
            "\\sqrt" => {
                let degree = match self.kind() {
                    Some(TokenKind::Open(Bracket::Square)) => Some(self.root_degree()?),
                    _ => None,
                };
                let radicand = self.argument()?;
                let degree = degree.map_or(2.0, |degree| degree.value());
                radicand.root(degree)
            }
            "\\log" => {
                if !self.skip_if(TokenKind::Subscript) {
                    let help = "write `\\ln` for the natural logarithm and `\\log_{10}` for the decimal one";
                    return Err(fail(token.span(), "`\\log` does not say its base", Some(help)));
                }
                let base = self.argument()?.value();
                let (value, form) = self.operand(first)?;
                return Ok((self.number(first, Quantity::real(logarithm(value, base)))?, form));
            }
            name => {
                let Some(function) = function(name) else {
                    self.at = first;
                    return Err(self.not_a_number(token));
                };
                let (value, form) = self.operand(first)?;
                return Ok((self.number(first, Quantity::real(function(value)))?, form));
            }
        };
        Ok((self.number(first, result)?, Form::Closed))
    }

    /// The argument of a function, with or without brackets.
    fn operand(&mut self, first: usize) -> Read<(f64, Form)> {
        let form = if let Some(TokenKind::Open(_)) = self.kind() {
            Form::Applied
        } else {
            Form::Open
        };
        let (value, _) = self.primary()?;
        Ok((self.scalar(first, &value)?.value(), form))
    }

    /// `\frac{1}{2}`, or `\frac12` where each digit is an argument.
    fn fraction(&mut self) -> Read<(Quantity, Quantity)> {
        if let Some(Token { kind: TokenKind::Number, text, .. }) = self.peek()
            && text.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.at += 1;
            let digit = |text| Quantity::numeral(text).map_err(|fault| self.fault(self.at - 1, fault));
            return Ok((digit(&text[..1])?, digit(&text[1..])?));
        }
        Ok((self.argument()?, self.argument()?))
    }

    /// `[3]` of `\sqrt[3]{2}`.
    fn root_degree(&mut self) -> Read<Quantity> {
        let first = self.at;
        let open = self.tokens[first];
        self.at += 1;
        let degree = self.bracket(open)?;
        self.scalar(first, &degree)
    }

    /// What LaTeX takes as one argument: an expression in braces, a digit, a constant.
    fn argument(&mut self) -> Read<Quantity> {
        let Some(token) = self.peek() else {
            return Err(self.nothing_follows());
        };
        let first = self.at;
        match token.kind {
            TokenKind::GroupOpen => {
                self.at += 1;
                let value = self.nested_sum(&token)?;
                let value = self.scalar(first + 1, &value)?;
                match self.peek() {
                    Some(close) if close.kind == TokenKind::GroupClose => {
                        self.at += 1;
                        Ok(value)
                    }
                    Some(other) => Err(self.not_a_number(&other)),
                    None => Err(fail(token.span(), "`{` is not closed", None)),
                }
            }
            TokenKind::Number if token.text.len() > 1 => {
                let help = "LaTeX takes only the first digit; put the number in braces: `10^{12}`";
                Err(fail(token.span(), format!("`{}` is not in braces", token.text), Some(help)))
            }
            TokenKind::Number | TokenKind::Constant(_) => {
                let (value, _) = self.primary()?;
                self.scalar(first, &value)
            }
            _ => Err(self.not_a_number(&token)),
        }
    }

    fn nested_sum(&mut self, open: &Token<'_>) -> Read<Value> {
        if self.depth == DEEPEST {
            return Err(fail(open.span(), too_deep(), None));
        }
        self.depth += 1;
        let value = self.sum();
        self.depth -= 1;
        value
    }

    fn scalar(&self, first: usize, value: &Value) -> Read<Quantity> {
        match value {
            Value::Number(quantity) => Ok(*quantity),
            Value::List(_) => {
                let help = "write the entries out; of arithmetic with lists, only a number times a list is understood";
                Err(fail(self.span(first), "there is a list of numbers where one number is needed", Some(help)))
            }
        }
    }

    fn number(&self, first: usize, result: Result<Quantity, QuantityFault>) -> Read<Value> {
        result.map(Value::Number).map_err(|fault| self.fault(first, fault))
    }

    /// From the token at `first` to the last one read.
    fn span(&self, first: usize) -> Range<usize> {
        self.tokens[first].start..self.tokens[self.at.max(first + 1) - 1].end
    }

    fn span_to_next(&self, open: &Token<'_>) -> Range<usize> {
        open.start..self.tokens[self.at.min(self.tokens.len() - 1)].end
    }

    fn fault(&self, first: usize, fault: QuantityFault) -> NotUnderstood {
        let span = self.span(first);
        fail(span.clone(), format!("`{}` {}", self.source.text(&span), fault.message()), None)
    }

    fn nothing_follows(&self) -> NotUnderstood {
        let last = &self.tokens[self.at.max(1) - 1];
        fail(last.span(), format!("`{}` has nothing after it", last.text), None)
    }

    fn glued(&self, first: &Token<'_>, last: &Token<'_>) -> NotUnderstood {
        let span = self.source.chunk(first).start..self.source.chunk(last).end;
        let help = "write the number by itself, and words and units after a space or outside of the claim";
        fail(span.clone(), format!("`{}` is not understood as a number", self.source.text(&span)), Some(help))
    }

    fn unknown(&self, token: &Token<'_>, help: Option<&str>) -> NotUnderstood {
        let span = self.source.chunk(token);
        fail(span.clone(), format!("`{}` is not understood", self.source.text(&span)), help)
    }

    fn not_a_number(&self, token: &Token<'_>) -> NotUnderstood {
        let help = match token.text {
            "\\pm" | "\\mp" | "±" | "∓" => "± belongs between two numbers: `2.5 ± 0.1`",
            "i" | "\\imath" if token.math => "state the real part and the imaginary part in two claims",
            "%" if token.math => "a per cent sign in mathematics is written `\\%`",
            _ if token.kind == TokenKind::Ellipsis => "write out all the numbers; those left out can't be checked",
            _ if token.math => {
                "after the last relation sign only numbers may stand; words and units go into `\\text{…}`"
            }
            _ => "write the number by itself, and what else is to be said outside of the claim",
        };
        self.unknown(token, Some(help))
    }
}

/// Punctuation that may stand inside of a word or a number.
fn is_inner_punctuation(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Dash | TokenKind::Slash) || matches!(token.text, "." | ":" | "'" | "’")
}

fn closes(open: &Token<'_>, close: &Token<'_>) -> bool {
    match (open.kind, close.kind) {
        (TokenKind::Open(open), TokenKind::Close(close)) => open == close,
        (TokenKind::Begin, TokenKind::End) => open.environment() == close.environment(),
        _ => false,
    }
}

fn unbalanced(opening: Option<Token<'_>>, close: &Token<'_>) -> NotUnderstood {
    let (message, help) = match opening {
        Some(open) => (format!("`{}` is closed by `{}`", open.text, close.text), None),
        None => (
            format!("`{}` closes what was opened before the relation sign, or nothing", close.text),
            Some("leave the brackets around a claim out of its text"),
        ),
    };
    fail(close.span(), message, help)
}

/// A sign in prose that does not touch a number may stand between it and a word: “x − 3”.
fn loose_sign(sign: &Token<'_>, next: &Token<'_>) -> NotUnderstood {
    let help = "write a sign right before the digits; write a difference with − (U+2212), or as mathematics";
    let message = format!("this `{}` may be a sign or something else", sign.text);
    fail(sign.start..next.end, message, Some(help))
}

fn side_by_side(numbers: Range<usize>) -> NotUnderstood {
    let help = "write a comma or a word between two numbers, and none inside of one number";
    fail(numbers, "two numbers stand side by side with nothing between them", Some(help))
}

/// Whether there is more than one row and column; `rows` are the numbers in each row.
fn is_matrix(opening: Option<Token<'_>>, mut rows: Vec<usize>) -> Read<bool> {
    rows.retain(|row| *row > 0);
    match opening {
        Some(open) if rows.windows(2).any(|pair| pair[0] != pair[1]) => {
            Err(fail(open.span(), "the rows of this matrix have different lengths", None))
        }
        _ => Ok(rows.len() > 1 && rows[0] > 1),
    }
}

fn empty_place(token: &Token<'_>) -> NotUnderstood {
    fail(
        token.span(),
        format!("there is no number in front of `{}`", token.text),
        Some("write every entry, zeros too"),
    )
}

fn too_deep() -> String {
    format!("this expression is nested more than {DEEPEST} deep")
}

fn fail(span: Range<usize>, message: impl Into<String>, help: Option<&str>) -> NotUnderstood {
    NotUnderstood {
        span,
        message: message.into(),
        help: help.map(str::to_owned),
    }
}

fn logarithm(value: f64, base: f64) -> f64 {
    if base == 10.0 {
        value.log10()
    } else if base == 2.0 {
        value.log2()
    } else {
        value.ln() / base.ln()
    }
}

fn function(command: &str) -> Option<fn(f64) -> f64> {
    Some(match command {
        "\\ln" => f64::ln,
        "\\exp" => f64::exp,
        "\\sin" => f64::sin,
        "\\cos" => f64::cos,
        "\\tan" => f64::tan,
        "\\cot" => |x| x.tan().recip(),
        "\\sinh" => f64::sinh,
        "\\cosh" => f64::cosh,
        "\\tanh" => f64::tanh,
        "\\coth" => |x| x.tanh().recip(),
        "\\arcsin" => f64::asin,
        "\\arccos" => f64::acos,
        "\\arctan" => f64::atan,
        _ => return None,
    })
}
