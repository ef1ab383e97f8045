//! Words beside a number that make another one of it, or a relation: a claim that has one is refused.

use super::token::{Token, TokenKind, lists};
use super::units::is_unit;

/// Words that change the number beside them, or deny it; to ignore them would check another number.
const CHANGING_WORDS: &str = "\
    minus plus negative not never cannot half halves third thirds quarter quarters fifths eighths tenth tenths \
    hundredth hundredths thousandth thousandths millionth millionths hundred hundreds thousand thousands million \
    millions billion billions trillion trillions dozen dozens twice double divided square squared cube cubed \
    root power factorial reciprocal log ln exp sin cos tan sqrt pi e k bn tn mn mln mio mil mill mld mlrd mrd bio cr lakh lakhs crore \
    crores ppm ppb ppt pp bp permil permille mille percent percentage score gross grand myriad myriads kilo mega giga tera peta exa milli micro nano pico \
    femto atto centi deci hex tens tausend tsd duizend tusen тыс млн млрд fourth fourths fifth fifths sixth sixths seventh sevenths eighth \
    ninth ninths fold no none neither nearly almost except instead unlike unequal \
    inequal";

/// How words for large numbers begin, in English and beside it.
const LARGE: [&str; 15] = [
    "million", "milliard", "billion", "billiard", "trillion", "trilliard", "quadrill", "quintill", "miljoen",
    "miljard", "milion", "miliard", "millon", "тысяч", "милли",
];

/// Words of a relation that is not understood where a number follows them somewhere.
const RELATION_WORDS: &str = "than between within below above under beneath beyond exceed exceeds exceeding exceeded \
    surpass surpasses surpassing surpassed outnumber outnumbers outnumbering outside beat beats beating tops topping topped overtake \
    overtakes overtaking overshoot overshoots overshooting overshot undershoot undershoots undershooting undershot undercut undercuts \
    undercutting outdo outdoes outstrip outstrips outpace outpaces outperform outperforms dwarf dwarfs dwarfing underneath";

/// Whether the word at this place changes the number beside it, or denies it.
pub(super) fn changes_a_number(tokens: &[Token<'_>], at: usize) -> bool {
    let token = &tokens[at];
    let is_next = |text: &str| tokens.get(at + 1).is_some_and(|next| next.text == text);
    let is_last = |words: &str| {
        let last = at.checked_sub(1).map(|last| &tokens[last]);
        last.is_some_and(|last| last.kind == TokenKind::Word && lists(words, &last.text.to_lowercase()))
    };
    match token.text.to_lowercase().as_str() {
        // "No. 3"
        "no" => !is_next("."),
        "but" => is_last("all any none nothing anything everything"),
        "of" => is_next("which"),
        "short" | "shy" => is_next("of"),
        "far" | "apart" | "aside" | "away" | "differ" | "differs" | "differing" | "different" | "distinct" => {
            is_next("from")
        }
        "fail" | "fails" | "failed" | "failing" => is_next("to"),
        "false" | "untrue" | "wrong" => is_next("that"),
        "basis" => is_next("points"),
        // "upwards of 10", "10 and a bit"
        "upward" | "upwards" | "north" | "south" => is_next("of"),
        "bit" | "little" => is_last("a") && at > 1 && tokens[at - 2].is_word("and"),
        "change" | "some" => is_last("and") && at + 1 == tokens.len(),
        "something" | "odd" => at > 0 && tokens[at - 1].starts_number() && at + 1 == tokens.len(),
        "past" => {
            let is_spoken = at > 0 && matches!(tokens[at - 1].kind, TokenKind::Spoken { .. });
            !is_spoken && !is_last("the our this these") && tokens.get(at + 1).is_some_and(Token::starts_number)
        }
        "without" | "excluding" | "besides" => tokens.get(at + 1).is_some_and(Token::starts_number),
        "in" => ["binary", "octal", "hexadecimal"].into_iter().any(is_next),
        "first" | "second" | "last" => is_next("of"),
        // "half again", "three point five"
        "again" | "point" => {
            let last = at.checked_sub(1).map(|last| tokens[last].kind);
            matches!(last, Some(TokenKind::Spoken { .. }))
        }
        _ if matches!(token.text, "MM" | "da" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi") => true,
        word if LARGE.iter().any(|large| word.starts_with(large)) => true,
        word => is_factor(tokens, at) || token.is_negation() || lists(CHANGING_WORDS, word),
    }
}

/// A single letter right behind a number, which may multiply it: `10 M`, `10 x`. Units that stand for no power of ten are none.
fn is_factor(tokens: &[Token<'_>], at: usize) -> bool {
    let token = &tokens[at];
    let behind = at.checked_sub(1).is_some_and(|last| {
        matches!(
            tokens[last].kind,
            TokenKind::Number
                | TokenKind::Fraction(_)
                | TokenKind::Constant(_)
                | TokenKind::Spoken { .. }
                | TokenKind::Superscript(_)
                | TokenKind::Close(_)
                | TokenKind::GroupClose
        )
    });
    let mut letters = token.text.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c));
    let is_letter = letters.next().is_some() && letters.next().is_none();
    let next = tokens.get(at + 1);
    let reads_on = match token.text {
        // "10 a day"
        "a" => next.is_some_and(|next| next.kind == TokenKind::Word),
        // "10 x 5", "10 x faster"
        "x" => next.is_some_and(|next| next.kind == TokenKind::Number || next.text.chars().nth(1).is_some()),
        letter => is_unit(letter) && !matches!(letter, "B" | "T"),
    };
    behind && is_letter && !reads_on
}

/// A word like "than" in front of a number, where it is no part of a relation that is understood.
pub(super) fn relates(tokens: &[Token<'_>], at: usize) -> bool {
    let rest = &tokens[at + 1..];
    let superlative = |next: &Token<'_>| next.is_word("most") || next.is_word("least");
    let word = tokens[at].text.to_lowercase();
    let goes_on = rest.first().is_some_and(|next| next.kind == TokenKind::Word || next.starts_number());
    let relates = lists(RELATION_WORDS, &word) && goes_on || word == "at" && rest.first().is_some_and(superlative);
    relates && rest.iter().any(|next| next.starts_number() && !matches!(next.kind, TokenKind::Open(_)))
}
