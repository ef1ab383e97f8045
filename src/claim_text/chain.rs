//! Takes the text of a claim apart at its relations: `0 < λ ≤ 3` says two things of one value.
//!
//! In: the tokens of the text. Out: each part that is made of numbers, with its relation as seen from the value, and the parts
//! that are names of the value. A part is made of numbers if it has digits, or numbers in words, and no symbols.
//!
//! A *statement* is a chain of parts; a comma, a semicolon or a word like "and" behind a number ends it. In a statement with a
//! name the value stands at the name; in one without, it stands in front.

use std::cmp::Ordering;
use std::ops::Range;

use super::expression::{self, ParsedNumber};
use super::source::Source;
use super::text::{NotUnderstood, Relation};
use super::token::{Token, TokenKind, lists};

/// Numbers, and how the value relates to each of them.
pub(super) struct Part {
    pub(super) relation: Relation,
    pub(super) numbers: Vec<ParsedNumber>,
    /// The word between the first two numbers, if it is all that stands there.
    pub(super) joined_by: Option<String>,
    /// The formula that the relation is about, rather than the value.
    pub(super) of: Option<usize>,
}

/// What the formulas of a statement say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Where the value stands, if it has a place of its own: at a name, or in front of a relation. Else it is one of the formulas.
    pub(crate) has_value: bool,
    /// The formulas, by their numbers.
    pub(crate) formulas: Vec<usize>,
    pub(crate) links: Vec<Link>,
}

/// Two sides of a relation, of which at least one is a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) left: Side,
    pub(crate) relation: Relation,
    pub(crate) right: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Value,
    Formula(usize),
}

#[derive(Default)]
pub(super) struct Chain {
    pub(super) parts: Vec<Part>,
    /// Where the names of the value stand.
    pub(super) names: Vec<Range<usize>>,
    /// The statements with formulas.
    pub(super) statements: Vec<Statement>,
}

/// A piece of the text, by its tokens.
enum Span {
    Numbers(Range<usize>, Vec<ParsedNumber>),
    Name(Range<usize>),
    Formula(Range<usize>, usize),
    /// Nothing if it is a relation that can't be checked.
    Relation(Range<usize>, Option<Relation>),
    /// Another statement begins.
    Break,
}

impl Span {
    fn of(tokens: Range<usize>, numbers: Vec<ParsedNumber>) -> Span {
        if numbers.is_empty() {
            Span::Name(tokens)
        } else {
            Span::Numbers(tokens, numbers)
        }
    }
}

/// Numbers or a name, and the relation before it.
struct Node<'l> {
    before: Option<(Range<usize>, Option<Relation>)>,
    tokens: &'l Range<usize>,
    numbers: Option<&'l [ParsedNumber]>,
    formula: Option<usize>,
}

/// Words that begin another statement.
const DIVIDING_WORDS: &str = "and or but while so with then yet";

/// Behind "or" and a number.
const MORE: &str = "more greater larger higher above over";
const LESS: &str = "less fewer smaller lower below under";

type Read<T> = Result<T, NotUnderstood>;

/// Reads the whole text. It may hold no number at all.
pub(super) fn read(source: &Source<'_>, tokens: &[Token<'_>]) -> Read<Chain> {
    let reader = ChainReader {
        source,
        tokens,
        arguments: arguments(tokens),
    };
    let links = reader.links()?;
    reader.check_overlooked(&links)?;
    let mut chain = Chain::default();
    for statement in links.split(|link| matches!(link, Span::Break)) {
        reader.evaluate(statement, &mut chain)?;
    }
    Ok(chain)
}

/// Whether a stretch of a text is a number, or more of them.
pub(super) fn is_number(source: &Source<'_>, tokens: &[Token<'_>], range: &Range<usize>) -> bool {
    let reader = ChainReader {
        source,
        tokens,
        arguments: arguments(tokens),
    };
    reader.has_free_number(range) && reader.numbers(range).is_ok()
}

/// Whether a token outside of brackets begins another statement.
pub(super) fn divides(token: &Token<'_>) -> bool {
    match token.kind {
        TokenKind::Comma | TokenKind::Semicolon | TokenKind::Column | TokenKind::Row => true,
        TokenKind::Word => lists(DIVIDING_WORDS, &token.text.to_lowercase()),
        TokenKind::Punctuation => matches!(token.text, "." | ":" | "—"),
        _ => false,
    }
}

struct ChainReader<'t, 'a> {
    source: &'t Source<'t>,
    tokens: &'t [Token<'a>],
    /// Whether each token stands in brackets that touch a word.
    arguments: Vec<bool>,
}

fn arguments(tokens: &[Token<'_>]) -> Vec<bool> {
    // For each open bracket whether it is within such brackets, or is one.
    let mut open: Vec<bool> = Vec::new();
    let mut found = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let around = open.last() == Some(&true);
        found.push(around);
        match token.kind {
            TokenKind::Open(_) => {
                let follows_word = at > 0 && tokens[at - 1].kind == TokenKind::Word;
                open.push(around || token.glued && follows_word);
            }
            TokenKind::Close(_) => drop(open.pop()),
            _ => {}
        }
    }
    found
}

impl ChainReader<'_, '_> {
    fn span(&self, tokens: &Range<usize>) -> Range<usize> {
        self.tokens[tokens.start].start..self.tokens[tokens.end - 1].end
    }

    /// The relations outside of brackets, by their tokens.
    fn marks(&self) -> Vec<usize> {
        let mut depth = 0_usize;
        let mut marks = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Open(_) | TokenKind::GroupOpen | TokenKind::Begin => depth += 1,
                TokenKind::Close(_) | TokenKind::GroupClose | TokenKind::End => depth = depth.saturating_sub(1),
                TokenKind::Relation(_) | TokenKind::OtherRelation if depth == 0 => marks.push(at),
                _ => {}
            }
        }
        marks
    }

    fn links(&self) -> Read<Vec<Span>> {
        let mut links = Vec::new();
        let mut start = 0;
        for mark in self.marks() {
            links.extend(self.segment(start..mark)?);
            self.check_negation(start..mark, mark)?;
            self.check_signs(start..mark, mark)?;
            let relation = match self.tokens[mark].kind {
                TokenKind::Relation(relation) => Some(relation),
                _ => None,
            };
            links.push(Span::Relation(mark..mark + 1, relation));
            start = mark + 1;
        }
        let stated = links.iter().any(|link| matches!(link, Span::Numbers(..) | Span::Formula(..)));
        links.extend(self.last_segment(start..self.tokens.len(), stated)?);
        Ok(links)
    }

    /// What stands before a relation: numbers, a name, or both, where another statement begins between them.
    fn segment(&self, tokens: Range<usize>) -> Read<Vec<Span>> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(links) = self.with_formulas(&tokens)? {
            return Ok(links);
        }
        if !self.has_free_number(&tokens) && !self.is_constant(&tokens) {
            return Ok(vec![Span::Name(tokens)]);
        }
        let whole = match self.numbers(&tokens) {
            Ok(numbers) => {
                let divided = divides(&self.tokens[tokens.end - 1]);
                let link = Span::of(tokens, numbers);
                return Ok(if divided { vec![link, Span::Break] } else { vec![link] });
            }
            Err(fault) => fault,
        };
        let parts = self.divided(&tokens, |at| divides(&self.tokens[at]));
        if parts.len() < 2 {
            return Err(whole);
        }
        let mut links = Vec::new();
        for part in parts {
            if !links.is_empty() {
                links.push(Span::Break);
            }
            let numbers = if self.has_free_number(&part) { self.numbers(&part)? } else { Vec::new() };
            links.push(Span::of(part, numbers));
        }
        Ok(links)
    }

    /// A stretch with formulas: each of them alone, words apart, or what stands between them. Nothing for one without.
    fn with_formulas(&self, tokens: &Range<usize>) -> Read<Option<Vec<Span>>> {
        let formula = |at: &usize| matches!(self.tokens[*at].kind, TokenKind::Formula(_));
        if !tokens.clone().any(|at| formula(&at)) {
            return Ok(None);
        }
        let mut spans = Vec::new();
        for part in self.divided(tokens, |at| divides(&self.tokens[at])) {
            let aside = |at: &usize| matches!(self.tokens[*at].kind, TokenKind::Word | TokenKind::Punctuation);
            let mut rest = part.clone().filter(|at| !aside(at)).map(|at| self.tokens[at].kind);
            let span = match (rest.next(), rest.next()) {
                (None, _) => continue,
                (Some(TokenKind::Formula(number)), None) => Span::Formula(part, number),
                _ if self.has_free_number(&part) => Span::of(part.clone(), self.numbers(&part)?),
                _ => Span::Name(part),
            };
            if !spans.is_empty() {
                spans.push(Span::Break);
            }
            spans.push(span);
        }
        Ok(Some(spans))
    }

    /// What stands behind the last relation, all of it numbers; a name only where numbers were stated before.
    fn last_segment(&self, tokens: Range<usize>, stated: bool) -> Read<Vec<Span>> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(links) = self.with_formulas(&tokens)? {
            return Ok(links);
        }
        let constant = |token: &Token<'_>| matches!(token.kind, TokenKind::Constant(_)) || is_digits(token);
        if stated && !self.tokens[tokens.clone()].iter().any(constant) {
            return Ok(vec![Span::Name(tokens)]);
        }
        let numbers = self.numbers(&tokens)?;
        Ok(vec![Span::of(tokens, numbers)])
    }

    fn numbers(&self, tokens: &Range<usize>) -> Read<Vec<ParsedNumber>> {
        expression::numbers(self.source, &self.tokens[tokens.clone()])
    }

    /// Whether nothing stands there but π or ∞, which is no name of another number where it is bound to none.
    fn is_constant(&self, range: &Range<usize>) -> bool {
        let is_known =
            |token: &Token<'_>| matches!(token.kind, TokenKind::Constant(value) if value != std::f64::consts::E);
        let tokens = &self.tokens[range.clone()];
        tokens.iter().any(is_known) && tokens.iter().all(|token| is_known(token) || token.is_sign())
    }

    /// Whether a number stands there that is no part of a name, as in `f(2)`, `10x` or "2-norm".
    fn has_free_number(&self, range: &Range<usize>) -> bool {
        let ends = |at: usize| divides(&self.tokens[at]) || self.tokens[at].kind == TokenKind::Word;
        let parts = self.divided(range, ends);
        parts.into_iter().any(|part| {
            let digits = part.clone().filter(|&at| is_digits(&self.tokens[at]));
            let symbols: Vec<bool> =
                part.clone().filter(|&at| self.is_symbol(at)).map(|at| self.tokens[at].math).collect();
            let mut free = digits.filter(|&at| !symbols.contains(&self.tokens[at].math));
            free.any(|at| self.tokens[at].math || !self.is_in_name(at))
        })
    }

    /// Whether a token makes the numbers around it a name.
    fn is_symbol(&self, at: usize) -> bool {
        match self.tokens[at].kind {
            TokenKind::Unknown => self.tokens[at].math,
            TokenKind::Formula(_) => true,
            TokenKind::Subscript => at == 0 || self.tokens[at - 1].text != "\\log",
            TokenKind::Ellipsis | TokenKind::Relation(_) | TokenKind::OtherRelation => true,
            _ => false,
        }
    }

    fn is_arrow(&self, at: usize) -> bool {
        const ARROWS: &str = "-> → ← ↔ ↦ \\to \\mapsto \\rightarrow \\longrightarrow";
        lists(ARROWS, self.tokens[at].text)
    }

    /// A number in prose that touches letters, or stands in brackets that do.
    fn is_in_name(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        let chunk = self.source.text(&self.source.chunk(token));
        let spoken = matches!(token.kind, TokenKind::Spoken { .. });
        !spoken && letters(&chunk) > letters(token.text) || self.arguments[at]
    }

    /// The parts between the tokens outside of brackets that end one.
    fn divided(&self, range: &Range<usize>, ends: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let (mut depth, mut start) = (0_usize, range.start);
        for at in range.clone() {
            match self.tokens[at].kind {
                TokenKind::Open(_) | TokenKind::GroupOpen | TokenKind::Begin => depth += 1,
                TokenKind::Close(_) | TokenKind::GroupClose | TokenKind::End => depth = depth.saturating_sub(1),
                _ if depth == 0 && ends(at) => {
                    parts.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(start..range.end);
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// A negation in front of a relation, up to the last full stop or colon, or another relation in words; or a word right before it
    /// that says how far.
    fn check_negation(&self, before: Range<usize>, mark: usize) -> Read<()> {
        let bounds = |token: &Token<'_>| token.kind == TokenKind::Semicolon || matches!(token.text, "." | ":" | "—");
        let mut back = before.rev().take_while(|&at| !bounds(&self.tokens[at])).peekable();
        let in_words = self.tokens[mark].text.starts_with(char::is_alphabetic);
        let degree = back.peek().copied().filter(|&at| in_words && self.tokens[at].is_degree());
        let relates = |at: usize| {
            let follows_at = || at > 0 && self.tokens[at - 1].is_word("at");
            let word = self.tokens[at].text.to_lowercase();
            self.tokens[at].kind == TokenKind::Word
                && (lists("than exceed exceeds exceeding", &word) || lists("most least", &word) && follows_at())
        };
        match degree.or_else(|| back.find(|&at| self.tokens[at].is_negation() || relates(at))) {
            Some(word) => Err(self.unchecked(word..mark + 1)),
            None => Ok(()),
        }
    }

    /// A sign that makes another relation of one, as in `x /= 3` and `x =/= 3`; or that may be one of the number behind it: `-≈ 3`.
    fn check_signs(&self, before: Range<usize>, mark: usize) -> Read<()> {
        let is_sign = |at: usize| match self.tokens[at].kind {
            TokenKind::Slash | TokenKind::Caret | TokenKind::Plus | TokenKind::Minus | TokenKind::Dash => true,
            TokenKind::Times | TokenKind::PlusMinus | TokenKind::Root => true,
            _ => !self.tokens[at].math && matches!(self.tokens[at].text, "!" | "¬" | "—"),
        };
        let Some(last) = before.clone().next_back().filter(|&at| is_sign(at)) else {
            return Ok(());
        };
        let token = &self.tokens[last];
        let raised =
            last > before.start && matches!(self.tokens[last - 1].kind, TokenKind::Caret | TokenKind::Subscript);
        let touches = self.tokens[mark].glued && !token.math;
        if token.kind == TokenKind::Slash || touches || !raised && before.clone().all(is_sign) {
            return Err(self.unchecked(last..mark + 1));
        }
        Ok(())
    }

    fn unchecked(&self, relation: Range<usize>) -> NotUnderstood {
        let span = self.span(&relation);
        NotUnderstood {
            message: format!("the relation `{}` can't be checked", self.source.text(&span)),
            span,
            help: Some("a claim may say =, ≈, <, ≤, > or ≥ of its value".to_owned()),
        }
    }

    /// A number right before words of relation: “20 over 100 runs” would leave the 20 unchecked.
    fn check_overlooked(&self, links: &[Span]) -> Read<()> {
        let is_phrase = |link: &Span| match link {
            Span::Relation(tokens, _) => self.tokens[tokens.start].text.starts_with(char::is_alphabetic),
            _ => false,
        };
        let first = match links {
            [first @ Span::Numbers(..), Span::Break, relation, ..] if is_phrase(relation) => Some((first, relation)),
            _ => None,
        };
        let pairs = links.windows(2).map(|pair| (&pair[0], &pair[1])).filter(|(_, relation)| is_phrase(relation));
        for pair in pairs.chain(first) {
            if let (Span::Numbers(_, numbers), Span::Relation(words, _)) = pair
                && let (Some(first), Some(last)) = (numbers.first(), numbers.last())
            {
                let span = first.span.start..last.span.end;
                let (number, words) = (self.source.text(&span), self.source.text(&self.span(words)));
                return Err(NotUnderstood {
                    message: format!("`{number}` stands before `{words}`, so it would not be checked"),
                    span,
                    help: Some(
                        "write a relation sign instead of the words, or move what is not claimed out of the link"
                            .to_owned(),
                    ),
                });
            }
        }
        Ok(())
    }

    /// The parts and names of one statement.
    fn evaluate(&self, statement: &[Span], chain: &mut Chain) -> Read<()> {
        let nodes = self.nodes(statement)?;
        let leading = nodes.first().is_some_and(|first| first.before.is_some());
        let name = nodes.iter().position(|node| node.numbers.is_none()).filter(|_| !leading).unwrap_or(0);
        let mut side = None;
        let mut parts = Vec::new();
        let mut of = nodes.get(name).and_then(|node| node.formula);
        for index in (0..name).rev() {
            let before = nodes[index + 1].before.clone();
            parts.push(self.part(&nodes[index], before, Relation::mirrored, (&mut side, of))?);
        }
        parts.reverse();
        (side, of) = (None, None);
        for node in &nodes[name..] {
            if node.numbers.is_some() {
                parts.push(self.part(node, node.before.clone(), |relation| relation, (&mut side, of))?);
            } else {
                (side, of) = (None, node.formula);
                if node.formula.is_none() {
                    chain.names.push(self.span(node.tokens));
                }
            }
        }
        // A formula behind a number: the number is said of it.
        for pair in nodes[name..].windows(2) {
            if let ([left, right @ Node { formula: Some(_), .. }], Some((_, Some(_)))) = (pair, &pair[1].before)
                && left.numbers.is_some()
            {
                parts.push(self.part(left, right.before.clone(), Relation::mirrored, (&mut None, right.formula))?);
            }
        }
        chain.parts.extend(parts);
        chain.statements.extend(statement_of(&nodes, leading));
        Ok(())
    }

    fn nodes<'l>(&self, statement: &'l [Span]) -> Read<Vec<Node<'l>>> {
        let mut nodes: Vec<Node<'l>> = Vec::new();
        let mut before: Option<(Range<usize>, Option<Relation>)> = None;
        for link in statement {
            let (tokens, numbers, formula) = match link {
                Span::Break => continue,
                Span::Relation(tokens, relation) => {
                    before = match before {
                        None | Some((_, Some(Relation::Equal))) => Some((tokens.clone(), *relation)),
                        Some((first, _)) => return Err(self.unchecked(first.start..tokens.end)),
                    };
                    // An arrow leads from one name to another, and says nothing of them.
                    let leads = nodes.last().is_none_or(|last| last.numbers.is_none()) && self.is_arrow(tokens.start);
                    if relation.is_none() && !leads {
                        return Err(self.unchecked(tokens.clone()));
                    }
                    continue;
                }
                Span::Name(tokens) => (tokens, None, None),
                Span::Formula(tokens, number) => (tokens, None, Some(*number)),
                Span::Numbers(tokens, numbers) => (tokens, Some(&numbers[..]), None),
            };
            let before = before.take();
            nodes.push(Node { before, tokens, numbers, formula });
        }
        match before {
            None => Ok(nodes),
            Some((relation, Some(_))) => Err(NotUnderstood {
                message: format!(
                    "this claim's text holds no number after `{}`",
                    self.source.text(&self.span(&relation))
                ),
                span: self.source.whole(),
                help: Some("state the value in digits, as in `about 0.82` or `$\\kappa = 10$`".to_owned()),
            }),
            Some((relation, None)) => Err(self.unchecked(relation)),
        }
    }

    /// Numbers with their relation; `side` is where the inequalities between them and the value have it.
    fn part(
        &self,
        node: &Node<'_>,
        relation: Option<(Range<usize>, Option<Relation>)>,
        seen: impl Fn(Relation) -> Relation,
        (side, of): (&mut Option<Ordering>, Option<usize>),
    ) -> Read<Part> {
        let numbers = node.numbers.unwrap_or_default().to_vec();
        let (sign, relation) = match relation {
            None => (None, Relation::Equal),
            Some((sign, None)) => return Err(self.unchecked(sign)),
            Some((sign, Some(relation))) => (Some(sign), seen(relation)),
        };
        if let (Some(side), Some(sign)) = (*side, sign)
            && relation.side() != Some(side)
        {
            let span = self.span(&sign);
            return Err(NotUnderstood {
                message: format!("`{}` does not relate the value to the number after it", self.source.text(&span)),
                span,
                help: Some("an inequality can be followed only by inequalities of the same direction".to_owned()),
            });
        }
        *side = relation.side().or(*side);
        Ok(Part {
            relation: self.or_more(node, relation)?,
            joined_by: self.joined_by(&numbers),
            numbers,
            of,
        })
    }

    /// The relation with "or more" or "or fewer" behind the number.
    fn or_more(&self, node: &Node<'_>, relation: Relation) -> Read<Relation> {
        let tokens = &self.tokens[node.tokens.clone()];
        let found = tokens.windows(2).enumerate().find_map(|(at, pair)| {
            let word = pair[1].text.to_lowercase();
            let bound = match () {
                () if !pair[0].is_word("or") => return None,
                () if lists(MORE, &word) => Relation::AtLeast,
                () if lists(LESS, &word) => Relation::AtMost,
                () => return None,
            };
            Some((node.tokens.start + at, bound))
        });
        match found {
            None => Ok(relation),
            Some((_, bound)) if relation == Relation::Equal => Ok(bound),
            Some((at, _)) => Err(self.unchecked(at..at + 2)),
        }
    }

    /// The word between two numbers.
    fn joined_by(&self, numbers: &[ParsedNumber]) -> Option<String> {
        let [first, second] = numbers else { return None };
        let is_between = |token: &&Token<'_>| first.span.end <= token.start && token.end <= second.span.start;
        let mut between = self.tokens.iter().filter(is_between);
        let word = between.next().filter(|token| token.kind == TokenKind::Word)?;
        between.next().is_none().then(|| word.text.to_lowercase())
    }
}

/// What the formulas of a statement say; nothing where there are none.
fn statement_of(nodes: &[Node<'_>], leading: bool) -> Option<Statement> {
    let formulas: Vec<usize> = nodes.iter().filter_map(|node| node.formula).collect();
    let side = |node: &Node<'_>| match node.formula {
        Some(number) => Some(Side::Formula(number)),
        None => node.numbers.is_none().then_some(Side::Value),
    };
    let mut links = Vec::new();
    let first = nodes.first().and_then(|first| Some((first.before.as_ref()?.1?, side(first)?)));
    links.extend(first.map(|(relation, right)| Link { left: Side::Value, relation, right }));
    for pair in nodes.windows(2) {
        let relation = pair[1].before.as_ref().and_then(|(_, relation)| *relation);
        if let (Some(left), Some(relation), Some(right)) = (side(&pair[0]), relation, side(&pair[1])) {
            links.push(Link { left, relation, right });
        }
    }
    links.retain(|link| link.left != link.right);
    let has_value = leading || nodes.iter().any(|node| side(node) == Some(Side::Value));
    (!formulas.is_empty()).then_some(Statement { has_value, formulas, links })
}

/// A number in digits or words.
fn is_digits(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Number | TokenKind::Fraction(_) | TokenKind::Spoken { .. })
}
