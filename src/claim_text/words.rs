//! Numbers and relations in words: "a third", "twenty-one", "at most".
//!
//! In: the tokens of a text. Out: the same with each number in words as one [`TokenKind::Spoken`], and each relation in words
//! as one [`TokenKind::Relation`]. A word that may be a number and is none here stays a word.

use super::quantity::Quantity;
use super::text::Relation;
use super::token::{Token, TokenKind, lists};

/// Words that count as a relation where a number follows them at once. All other words leave the claim at `=`,
/// the strictest relation.
const RELATION_PHRASES: &[(Relation, &[&str])] = &[
    (Relation::Equal, &["is", "are", "equals", "equal to"]),
    (Relation::About, &["about", "approximately", "approx", "roughly", "around", "ca", "circa"]),
    (
        Relation::Less,
        &[
            "less than", "fewer than", "smaller than", "lower than", "below", "under",
        ],
    ),
    (
        Relation::Greater,
        &[
            "more than", "greater than", "larger than", "higher than", "above", "over", "exceeds", "exceeding",
        ],
    ),
    (
        Relation::AtMost,
        &[
            "at most",
            "at the most",
            "up to",
            "no more than",
            "not more than",
            "no greater than",
            "no larger than",
            "no higher than",
            "not exceeding",
            "less than or equal to",
            "smaller than or equal to",
            "fewer than or equal to",
        ],
    ),
    (
        Relation::AtLeast,
        &[
            "at least",
            "at the least",
            "no less than",
            "not less than",
            "no fewer than",
            "not fewer than",
            "no smaller than",
            "no lower than",
            "greater than or equal to",
            "larger than or equal to",
            "more than or equal to",
        ],
    ),
    (Relation::Within, &["between"]),
];

/// Words that may stand between such a phrase and its number: "more than all ten".
const FILLERS: &str = "the all these those its their exactly only just";

const UNITS: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
    seventeen eighteen nineteen";
const TENS: &str = "twenty thirty forty fifty sixty seventy eighty ninety";
const SCALES: &[(&str, u64)] = &[
    ("thousand", 1_000),
    ("million", 1_000_000),
    ("billion", 1_000_000_000),
    ("trillion", 1_000_000_000_000),
];
/// What a number divides by in words, one and many.
const PARTS: &[(&str, &str, u64)] = &[
    ("half", "halves", 2),
    ("third", "thirds", 3),
    ("quarter", "quarters", 4),
    ("fourth", "fourths", 4),
    ("fifth", "fifths", 5),
    ("sixth", "sixths", 6),
    ("seventh", "sevenths", 7),
    ("eighth", "eighths", 8),
    ("ninth", "ninths", 9),
    ("tenth", "tenths", 10),
    ("hundredth", "hundredths", 100),
    ("thousandth", "thousandths", 1_000),
    ("millionth", "millionths", 1_000_000),
];
const FACTORS: &[(&str, u64)] = &[
    ("once", 1),
    ("twice", 2),
    ("thrice", 3),
    ("double", 2),
    ("doubled", 2),
    ("triple", 3),
    ("tripled", 3),
    ("quadruple", 4),
    ("quadrupled", 4),
];

/// After "a third", "a fifth" and the like: what shows that it is a part, and not the next in a row ("a third run").
const AFTER_PART: &str = "of and or as to at in per from than that by with for the a an its their is are was were";
/// Before "one": it stands for a thing.
const BEFORE_PRONOUN: &str = "the this that each every any which no another other last same first second next new old";
/// After "one": it stands for anybody.
const AFTER_PRONOUN: &str = "another gets finds has sees needs obtains reads takes counts expects knows can could may might \
    must should would will does";
/// After "no" and "none": they deny something else than a number.
const AFTER_DENIAL: &str = "longer other one such matter doubt more less fewer greater larger smaller higher lower but except \
    the better worse way means idea sooner earlier later";
/// After "once": it counts. Else it may mean "as soon as".
const AFTER_ONCE: &str = "in out of per every each a for more only";

/// The tokens with relations and numbers in words joined.
pub(super) fn joined<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut joined: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let found = phrase(tokens, at).map(|(relation, end)| (TokenKind::Relation(relation), end));
        let found = found.or_else(|| split_sign(&tokens[at..]).map(|relation| (TokenKind::Relation(relation), at + 2)));
        let found = found.or_else(|| negative(tokens, at, joined.last())).or_else(|| spoken(tokens, at));
        let plus_minus = || is_phrase(&tokens[at..], "plus or minus").then_some((TokenKind::PlusMinus, at + 3));
        let (kind, end) = found.or_else(plus_minus).unwrap_or((tokens[at].kind, at + 1));
        joined.push(Token {
            kind,
            end: tokens[end - 1].end,
            ..tokens[at]
        });
        at = end;
    }
    joined
}

/// `<=`, of which markdown reads the `<` apart.
fn split_sign(tokens: &[Token<'_>]) -> Option<Relation> {
    let [first, second, ..] = tokens else { return None };
    let relation = match first.kind {
        TokenKind::Relation(Relation::Less) => Relation::AtMost,
        TokenKind::Relation(Relation::Greater) => Relation::AtLeast,
        _ => return None,
    };
    (first.end == second.start && second.text == "=").then_some(relation)
}

/// The longest phrase of [`RELATION_PHRASES`] that begins at a token, if a number follows; and where it ends.
fn phrase(tokens: &[Token<'_>], at: usize) -> Option<(Relation, usize)> {
    let phrases = RELATION_PHRASES
        .iter()
        .flat_map(|(relation, phrases)| phrases.iter().map(move |it| (*relation, it)));
    let found = phrases
        .filter(|(_, phrase)| is_phrase(&tokens[at..], phrase))
        .map(|(it, phrase)| (it, phrase.split(' ').count()));
    let (relation, words) = found.max_by_key(|(_, words)| *words)?;
    let mut end = at + words;
    let is_short = tokens[at].is_word("approx") || tokens[at].is_word("ca");
    let full_stop = is_short && tokens.get(end).is_some_and(|next| next.glued && next.text == ".");
    end += usize::from(full_stop);
    let filler = |token: &&Token<'_>| token.kind == TokenKind::Word && lists(FILLERS, &token.text.to_lowercase());
    let number = end + tokens[end..].iter().take_while(filler).count();
    let next = tokens.get(number)?;
    let is_number = next.starts_number() || next.is_sign() || spoken(tokens, number).is_some();
    (is_number || negative(tokens, number, None).is_some()).then_some((relation, end))
}

/// Words behind which "minus" is a sign; behind a number it takes one away.
const BEFORE_SIGN: &str = "is are was were equals of to or and from at by a the exactly only be becomes";

/// "minus ten", "negative 10", "infinity", and where it ends; `last` stands before it.
fn negative(tokens: &[Token<'_>], at: usize, last: Option<&Token<'_>>) -> Option<(TokenKind, usize)> {
    let stands_for_sign = last.is_none_or(|last| match last.kind {
        TokenKind::Relation(_) | TokenKind::Comma | TokenKind::Semicolon | TokenKind::Open(_) => true,
        TokenKind::Word => lists(BEFORE_SIGN, &last.text.to_lowercase()),
        _ => false,
    });
    let is_negative = tokens[at].is_word("minus") || tokens[at].is_word("negative");
    let number = at + usize::from(is_negative);
    let next = tokens.get(number).filter(|next| !is_negative || stands_for_sign && !next.glued)?;
    let behind = tokens.get(number + 1);
    if next.is_word("infinity") && behind.is_none_or(|behind| behind.kind != TokenKind::Word && !behind.glued) {
        let sign = if is_negative { -1.0 } else { 1.0 };
        return Some((TokenKind::Constant(sign * f64::INFINITY), number + 1));
    }
    let goes_on = |token: &Token<'_>| {
        matches!(token.kind, TokenKind::Caret | TokenKind::Superscript(_) | TokenKind::Fraction(_) | TokenKind::Times)
    };
    let (quantity, end) = match spoken(tokens, number) {
        _ if !is_negative => return None,
        Some((TokenKind::Spoken { quantity, .. }, end)) => (quantity, end),
        _ if next.kind == TokenKind::Number && !next.math && !behind.is_some_and(goes_on) => {
            (Quantity::numeral(next.text).ok()?, number + 1)
        }
        _ => return None,
    };
    Some((
        TokenKind::Spoken {
            quantity: quantity.negated(),
            multiplies: false,
        },
        end,
    ))
}

fn is_phrase(tokens: &[Token<'_>], phrase: &str) -> bool {
    let words = phrase.split(' ');
    tokens.len() >= words.clone().count() && words.zip(tokens).all(|(word, token)| token.is_word(word))
}

/// A number in words that begins at a token, and where it ends.
fn spoken(tokens: &[Token<'_>], at: usize) -> Option<(TokenKind, usize)> {
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let words = Words { tokens };
    let (quantity, multiplies, end) = words.number(at)?;
    let is_word = |token: &Token<'_>| matches!(token.kind, TokenKind::Word | TokenKind::Number | TokenKind::Unknown);
    let after = tokens.get(end);
    let goes_on = after.filter(|next| next.glued).is_some_and(|next| {
        is_word(next) || next.kind == TokenKind::Dash && tokens.get(end + 1).is_some_and(|next| next.glued)
    });
    let joined = before
        .filter(|_| tokens[at].glued)
        .is_some_and(|last| is_word(last) || last.kind == TokenKind::Dash);
    let is_spoken = !goes_on && !joined && words.counts(at, end);
    is_spoken.then_some((TokenKind::Spoken { quantity, multiplies }, end))
}

struct Words<'t, 'a> {
    tokens: &'t [Token<'a>],
}

impl Words<'_, '_> {
    /// The word at a place, in small letters.
    fn at(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
        Some(token.text.to_lowercase())
    }

    fn is(&self, at: usize, words: &str) -> bool {
        self.at(at).is_some_and(|word| lists(words, &word))
    }

    /// The place of the word after another one, a hyphen between them or not.
    fn after(&self, at: usize) -> usize {
        let glued = |at: usize| self.tokens.get(at).is_some_and(|token| token.glued);
        let hyphen = self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Dash);
        at + usize::from(hyphen && glued(at) && glued(at + 1))
    }

    /// Whether the words from `at` to `end` count something there, where they may also mean something else.
    fn counts(&self, at: usize, end: usize) -> bool {
        let is_here = |words: &str| end == at + 1 && self.is(at, words);
        let before = at.checked_sub(1).and_then(|before| self.at(before)).unwrap_or_default();
        let after = self.tokens.get(end);
        if is_here("one") {
            let compared = before.len() > 3 && (before.ends_with("er") || before.ends_with("est"));
            let pronoun = lists(BEFORE_PRONOUN, &before) || compared && !lists("after over under other", &before);
            !pronoun && !self.is(end, AFTER_PRONOUN)
        } else if is_here("once") {
            after.is_none_or(|next| next.kind != TokenKind::Word) || self.is(end, AFTER_ONCE)
        } else if is_here("no none") {
            let number = |at: usize| self.tokens.get(at).is_some_and(Token::starts_number);
            let abbreviates = after.is_some_and(|next| next.glued && next.text == ".") && number(end + 1);
            !self.is(end, AFTER_DENIAL) && !abbreviates
        } else {
            true
        }
    }

    /// A number, whether it multiplies what follows it, and where it ends.
    fn number(&self, at: usize) -> Option<(Quantity, bool, usize)> {
        let whole = |value: u64| Quantity::numeral(&value.to_string()).ok();
        let word = self.at(at);
        if let Some((_, factor)) = FACTORS.iter().find(|(name, _)| word.as_deref() == Some(name)) {
            return Some((whole(*factor)?, true, at + 1));
        }
        if let Some(factor) = word.as_deref().and_then(fold) {
            return Some((whole(factor)?, true, at + 1));
        }
        if self.is(at, "halved") {
            return Some((whole(1)?.over(whole(2)?).ok()?, true, at + 1));
        }
        if self.is(at, "zero nought none no neither") {
            return Some((whole(0)?, false, at + 1));
        }
        if let Some((part, end)) = self.part(at) {
            return Some((part, true, end));
        }
        let digits = self.tokens.get(at).filter(|token| token.kind == TokenKind::Number && !token.math);
        // `10-fold`, `2.5fold`
        let behind = self.tokens.get(at + 1).filter(|next| digits.is_some() && next.glued);
        let fold = self.after(at + 1);
        if let (Some(digits), Some(_), true) = (digits, behind, self.is(fold, "fold")) {
            return Some((Quantity::numeral(digits.text).ok()?, true, fold + 1));
        }
        let (first, end) = match digits {
            Some(digits) => (Quantity::numeral(digits.text).ok().filter(|it| it.integer().is_some())?, at + 1),
            None => self.cardinal(at).and_then(|(value, end)| Some((whole(value)?, end)))?,
        };
        if self.is(end, "and")
            && let Some((part, end)) = self.part(end + 1)
        {
            return Some((first.plus(part).ok()?, false, end));
        }
        let fold = self.after(end);
        match digits {
            Some(_) => None,
            None if fold > end && self.is(fold, "fold") => Some((first, true, fold + 1)),
            None => Some((first, false, end)),
        }
    }

    /// "half", "a third", "two-thirds", "half a million".
    fn part(&self, at: usize) -> Option<(Quantity, usize)> {
        let whole = |value: u64| Quantity::numeral(&value.to_string()).ok();
        if self.is(at, "half") {
            let half = whole(1)?.over(whole(2)?).ok()?;
            if !self.is(at + 1, "a an") {
                return Some((half, at + 1));
            }
            return match self.at(at + 2).unwrap_or_default().as_str() {
                "percent" => Some((half.times(Quantity::ten_to(-2).ok()?).ok()?, at + 3)),
                "per" if self.is(at + 3, "cent") => Some((half.times(Quantity::ten_to(-2).ok()?).ok()?, at + 4)),
                "dozen" => Some((whole(6)?, at + 3)),
                "hundred" => Some((whole(50)?, at + 3)),
                scale => match SCALES.iter().find(|(name, _)| *name == scale) {
                    Some((_, scale)) => Some((whole(scale / 2)?, at + 3)),
                    None => Some((half, at + 1)),
                },
            };
        }
        let (count, end) = if self.is(at, "a an") { (1, at + 1) } else { self.cardinal(at)? };
        let end = self.after(end);
        let word = self.at(end)?;
        let part = |(one, many, _): &&(&str, &str, u64)| word == if count == 1 { *one } else { *many };
        let (_, _, parts) = PARTS.iter().find(part)?;
        let next_in_a_row = count == 1 && !lists("half quarter", &word);
        if next_in_a_row && self.at(end + 1).is_some_and(|next| !lists(AFTER_PART, &next)) {
            return None;
        }
        Some((whole(count)?.over(whole(*parts)?).ok()?, end + 1))
    }

    /// "twelve", "twenty-one", "a hundred and five", "two thousand", "a dozen".
    fn cardinal(&self, at: usize) -> Option<(u64, usize)> {
        let (mut total, mut from, mut largest) = (0, at, u64::MAX);
        let mut end = None;
        loop {
            let one = || self.is(from, "a an").then_some((1, from + 1));
            let Some((group, after)) = self.below_thousand(from).or_else(one) else {
                break;
            };
            if self.is(after, "dozen") && end.is_none() {
                return Some((group * 12, after + 1));
            }
            let scale = self.at(after).and_then(|word| SCALES.iter().find(|(name, _)| *name == word));
            let Some((_, scale)) = scale.filter(|(_, scale)| *scale < largest) else {
                // Of "a thousand and two thirds" the two counts the thirds.
                let is_whole = after > from + 1 || !self.is(from, "a an");
                if is_whole && (total == 0 || !self.is_part(self.after(after))) {
                    end = Some((total + group, after));
                }
                break;
            };
            (total, largest) = (total + group * scale, *scale);
            end = Some((total, after + 1));
            from = after + 1 + usize::from(self.is(after + 1, "and"));
        }
        end
    }

    fn below_thousand(&self, at: usize) -> Option<(u64, usize)> {
        let (first, after) = if self.is(at, "a an") { (1, at + 1) } else { self.below_hundred(at)? };
        if !self.is(after, "hundred") {
            return (!self.is(at, "a an")).then_some((first, after));
        }
        let rest = after + 1 + usize::from(self.is(after + 1, "and"));
        let rest = self.below_hundred(rest).filter(|(_, end)| !self.is_part(self.after(*end)));
        Some(rest.map_or((first * 100, after + 1), |(rest, end)| (first * 100 + rest, end)))
    }

    fn below_hundred(&self, at: usize) -> Option<(u64, usize)> {
        let word = self.at(at)?;
        if let Some(unit) = place(UNITS, &word) {
            return Some((unit, at + 1));
        }
        let ten = 10 * (place(TENS, &word)? + 1);
        let unit = self.after(at + 1);
        match self.at(unit).and_then(|word| place(UNITS, &word)).filter(|unit| *unit < 10) {
            Some(ones) => Some((ten + ones, unit + 1)),
            None => Some((ten, at + 1)),
        }
    }

    fn is_part(&self, at: usize) -> bool {
        self.at(at).is_some_and(|word| PARTS.iter().any(|(one, many, _)| word == *one || word == *many))
    }
}

/// The place of a word in a list, from 1.
fn place(list: &str, word: &str) -> Option<u64> {
    list.split(' ').zip(1..).find(|(listed, _)| *listed == word).map(|(_, place)| place)
}

/// "tenfold", "hundredfold".
fn fold(word: &str) -> Option<u64> {
    let stem = word.strip_suffix("fold")?;
    let scale = || SCALES.iter().find(|(name, _)| *name == stem).map(|(_, scale)| *scale);
    let ten = || place(TENS, stem).map(|ten| 10 * (ten + 1));
    place(UNITS, stem).or_else(ten).or_else(|| (stem == "hundred").then_some(100)).or_else(scale)
}
