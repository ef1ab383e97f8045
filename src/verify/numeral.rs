//! The numbers of prose, and which of them are part of a name, a date, or the number of something, and so no results.

use std::ops::Range;

use super::date::{among, counts, is_date, is_decade};
use crate::claim_text;

/// A number in prose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numeral {
    pub(super) span: Range<usize>,
    pub(super) text: String,
    /// Its size, without a sign.
    pub(super) value: f64,
    pub(super) percent: bool,
    /// It is part of a word, a date or an address, or the number of something.
    pub(super) is_name: bool,
    /// It is a year, or the day before one.
    is_date: bool,
    /// It is the number of something, as `section 3`.
    is_of_things: bool,
    /// It is the number of a standard or of a publication, as `ISO 8601`, or goes on with one.
    is_registered: bool,
    /// It is one of several, as in `sections 3 and 4`.
    is_of_many: bool,
    /// An "≈" stands before it.
    pub(super) is_about: bool,
}

/// Words after which a number is a name: `section 3`.
const LOCATORS: [&str; 80] = [
    "section", "sections", "chapter", "chapters", "lesson", "lessons", "lecture", "lectures", "theorem", "theorems",
    "lemma", "definition", "corollary", "proposition", "equation", "equations", "eq", "eqs", "figure", "figures",
    "fig", "table", "tables", "exercise", "exercises", "example", "examples", "row", "rows", "column", "columns",
    "line", "lines", "page", "pages", "p", "pp", "part", "parts", "item", "volume", "vol", "issue", "no", "number",
    "appendix", "version", "edition", "algorithm", "statement", "layer", "case", "figs", "eqn", "eqns", "lemmas",
    "definitions", "corollaries", "propositions", "remark", "remarks", "assumption", "assumptions", "axiom", "axioms",
    "conjecture", "conjectures", "problem", "problems", "listing", "listings", "footnote", "footnotes", "slide",
    "slides", "algorithms", "versions", "appendices", "issues", "pg",
];
/// Those that name only in capitals, or as an abbreviation that begins with one.
const CAPITALS: &str = "ISO IEC IEEE RFC RFCs PEP PEPs DIN ANSI FIPS ISBN ISSN DOI doi arXiv";
const SHORTENED: &str = "Sec Secs Sect Ch Chap Def Defs Thm Thms Prop Cor Lem Rem Ex App Alg Tab Nr";
/// Signs that stand for such a word.
const SIGNS: [char; 3] = ['§', '¶', '№'];

/// How many bytes before and behind a number tell what it is: text without a space may go on for long.
const NEAR: usize = 256;

/// The numbers of a stretch of prose.
pub(super) fn numerals(text: &str, begins_heading: bool) -> Vec<Numeral> {
    let mut found: Vec<Numeral> = Vec::new();
    for (span, value) in claim_text::numerals(text) {
        let before = &text[text.ceil_char_boundary(span.start.saturating_sub(NEAR))..span.start];
        let after = &text[span.end..text.floor_char_boundary(span.end.saturating_add(NEAR))];
        let percent = after.starts_with("th percentile")
            || after.trim_start_matches(['\u{a0}', '\u{202f}', ' ']).starts_with('%');
        let digits = &text[span.clone()];
        let numbers_heading = begins_heading && before.trim().is_empty() && is_number_of_heading(digits, after);
        let between = found.last().map_or("", |last| &text[last.span.end..span.start]);
        let last = found.last().filter(|_| is_connector(between.trim()));
        let is_date =
            !percent && is_date(before, digits, after, last.is_some_and(|last| last.is_date).then_some(between));
        let goes_on_registered =
            found.last().is_some_and(|last| last.is_registered) && !between.contains(char::is_whitespace);
        // `sections 2, 3 and 4`, but not `section 2, 17 runs`
        let goes_on =
            |last: &Numeral| last.is_of_things && (last.is_of_many || !text[last.span.end..].starts_with(','));
        let of_them = after.trim_start().starts_with("of ") && last.is_some_and(|last| last.is_of_many);
        let follows = last.is_some_and(goes_on) && (of_them || !counts(after));
        let located = locator(before, after);
        let is_registered = goes_on_registered || located.is_some_and(|word| among(CAPITALS, word));
        let is_of_things = located.is_some() || follows || is_registered;
        let is_of_many = located.is_some_and(|word| word.ends_with('s') || matches!(word, "pp" | "§§"))
            || follows && last.is_some_and(|it| it.is_of_many);
        let is_reference = before.ends_with("&#") || before.ends_with("&#x");
        found.push(Numeral {
            text: digits.to_owned(),
            value: value * scale(after),
            percent,
            is_name: is_in_word(before, digits, after)
                || is_in_address(before)
                || is_version(before, digits, after)
                || is_decade(before, digits, after)
                || is_date
                || numbers_heading
                || is_of_things
                || is_reference,
            is_date,
            is_of_things,
            is_registered,
            is_of_many,
            is_about: before.trim_end().ends_with(['≈', '~', '∼']),
            span,
        });
    }
    found
}

/// What a word or letter behind a number multiplies it by: of "10 million" the input is no 10.
fn scale(after: &str) -> f64 {
    let after = after.trim_start_matches([' ', '\u{a0}', '\u{202f}', '\u{2009}', '\n', '-']);
    match after.split(|c: char| !c.is_alphanumeric()).next() {
        Some("hundred") => 1e2,
        Some("thousand" | "k") => 1e3,
        Some("million" | "M") => 1e6,
        Some("billion" | "bn") => 1e9,
        Some("trillion") => 1e12,
        _ => 1.0,
    }
}

/// What stands between two numbers that are of one kind, `#` and the brackets of `(4) and (5)` apart.
fn is_connector(between: &str) -> bool {
    let inside = between.strip_prefix(')').and_then(|rest| rest.strip_suffix('(')).unwrap_or(between);
    matches!(inside.trim_end_matches('#').trim(), "," | "and" | "or" | "to" | "–" | "-" | ", and")
}

/// Whether what stands right before a number is the beginning of an address, as `https://example.com/`.
fn is_in_address(before: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    word.contains("://") || word.trim_start_matches(['(', '"']).starts_with("www.")
}

/// `1.2.3`, `127.0.0.1`, `17.3.2020`, but not `1.234.567`, in which the dots part thousands.
fn is_version(before: &str, digits: &str, after: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let ahead = &after[..after.find(|c| !is_part(c)).unwrap_or(after.len())];
    let back = &before[before.trim_end_matches(is_part).len()..];
    let whole = format!("{back}{digits}{ahead}");
    let groups: Vec<&str> = whole.trim_end_matches('.').split('.').collect();
    let are_thousands = groups[1..].iter().all(|group| group.len() == 3) && (1..=3).contains(&groups[0].len());
    groups.len() > 2 && groups.iter().all(|group| !group.is_empty()) && !are_thousands
}

/// `2.1 Methods` and `3. Methods`, but not `19 steps later`.
fn is_number_of_heading(digits: &str, after: &str) -> bool {
    let is_sign = |c: char| matches!(c, '.' | ':' | ')' | '—' | '–' | '|');
    digits.contains('.') && !counts(after) || after.trim_end().is_empty() || after.trim_start().starts_with(is_sign)
}

/// Whether letters stand at a number, or it is joined to something by a hyphen; a unit is no part of a word.
fn is_in_word(before: &str, digits: &str, after: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_times =
        |text: &str| text.strip_prefix(['x', 'X']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let after = if is_times(after) { "" } else { after };
    let before = factor(before).map_or(before, |_| "");
    let letters = after.split(|c: char| !is_word(c)).next().unwrap_or_default();
    let is_ordinal = matches!(letters, "st" | "nd" | "rd" | "th");
    // `2nd` and `3D` are names, and `17th` counts to 17.
    let is_long = digits.len() > 1;
    let is_unit = claim_text::is_unit(letters)
        || matches!(letters, "i" | "j" | "G" | "X")
        || is_long && (matches!(letters, "D" | "σ" | "π") || is_ordinal && is_of_many(&after[letters.len()..]))
        || letters.chars().count() > 1 && letters.chars().all(char::is_alphabetic) && !is_ordinal;
    let after = match letters {
        "x" | "k" | "M" => &after[letters.len()..],
        "" if is_named(digits, after) => after,
        ordinal if is_unit && is_ordinal => behind_hyphen(&after[ordinal.len()..]),
        unit if is_unit => &after[unit.len()..],
        // `12-fold` says how often, and `17-step` how many; `2-norm` is a name.
        _ if is_long => behind_hyphen(after),
        _ => ["-fold", "-times"].iter().find_map(|it| after.strip_prefix(it)).unwrap_or(after),
    };
    let mut back = before.strip_suffix("++").filter(|word| word.ends_with('C')).unwrap_or(before).chars().rev();
    let joined_before = match back.next() {
        Some('-' | '.') => back.next().is_some_and(is_word),
        Some(c) => is_word(c),
        None => false,
    };
    let mut ahead = after.chars();
    let joined_after = match ahead.next() {
        Some('-') => ahead.next().is_some_and(is_word),
        Some(c) => is_word(c),
        None => false,
    };
    let is_range = joined_before != joined_after && is_end_of_range(before, after);
    (joined_before || joined_after) && !is_range
}

/// What stands before `x20` of `17x20` or `-by-20` of `17-by-20`, and ends with a number of its own.
fn factor(before: &str) -> Option<&str> {
    let signs = ["x", "X", "-by-", "-to-", "-or-", "-and-"];
    let first = signs.iter().find_map(|sign| before.strip_suffix(sign))?;
    let rest = first.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | 'x' | 'X'));
    // Of what is bound to code, an object is left.
    (first.ends_with('\u{fffc}')
        || rest.len() < first.len() && !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    .then_some(first)
}

/// `64-bit` and `17-gon`: what a number and a word name together.
fn is_named(digits: &str, after: &str) -> bool {
    let joined = after.strip_prefix('-').unwrap_or_default();
    let word = joined.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    matches!(word, "gon" | "gons") || word == "bit" && matches!(digits, "16" | "32" | "64" | "128")
}

/// Whether an ordinal says which of many something is, as in `17th step`, and is no date and no name, as in `19th century`.
fn is_of_many(after: &str) -> bool {
    const NAMED: &str = "century centuries edition editions anniversary";
    let mut words = after.split(|c: char| !c.is_alphabetic());
    let named = words.find(|word| !matches!(*word, "" | "th" | "st" | "and" | "or" | "to"));
    counts(after.trim_start_matches('-'))
        && !named.is_some_and(|word| word == "of" || among(NAMED, &word.to_lowercase()))
}

/// Behind a word that a hyphen joins to a number, if there is one.
fn behind_hyphen(after: &str) -> &str {
    let word = after.strip_prefix('-').filter(|word| word.starts_with(char::is_alphabetic));
    word.map_or(after, |word| word.trim_start_matches(char::is_alphabetic))
}

/// Whether a number is one of two with nothing but a hyphen between them, as in `17-20`, but not in `16-32-10` or `2-3-tree`.
fn is_end_of_range(before: &str, after: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if let Some(first) = before.strip_suffix('-') {
        let rest = first.trim_end_matches(is_part);
        return first.ends_with(|c: char| c.is_ascii_digit()) && !goes_on(rest.chars().next_back());
    }
    let Some(second) = after.strip_prefix('-') else {
        return false;
    };
    let rest = second.trim_start_matches(is_part);
    second.starts_with(|c: char| c.is_ascii_digit()) && !goes_on(rest.chars().next())
}

/// Those after which a full stop is no end of a sentence.
const ABBREVIATED: &str = "eq eqs eqn eqns fig figs p pp pg vol no";
/// Words between which and a number a word like "line" is no more than this: "on the line 17 points lie".
const DETERMINERS: &str = "the a an this that these those each every any some most both all its their our his her which what one no another \
    other same worst best first last second next for";

/// The last word of a text, if it says what the number after it is the number of.
pub(super) fn locator<'a>(before: &'a str, after: &str) -> Option<&'a str> {
    let words = before.trim_end_matches([' ', '\u{a0}', '\u{202f}', '\n', '#']);
    if words.ends_with(SIGNS) {
        return Some(&words[words.trim_end_matches(SIGNS).len()..]);
    }
    // `equation (4)`, but not `the page (17 lines)`
    let words = words.strip_suffix('(').filter(|_| after.starts_with(')')).map_or(words, str::trim_end);
    let (words, stops) = words.strip_suffix('.').map_or((words, false), |words| (words, true));
    let word = words.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let lower = word.to_lowercase();
    // `doi:10.1145/3065386`
    let registered = words.trim_end_matches([':', ' ']).rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    if among(CAPITALS, registered) && !stops {
        return Some(registered);
    }
    if stops && among(SHORTENED, word) || matches!(word, "PR" | "PRs") {
        return Some(word);
    }
    if !LOCATORS.contains(&lower.as_str())
        || stops && !among(ABBREVIATED, &lower)
        || lower == "no" && !(stops && (word == "No" || words[..words.len() - 2].trim_end().ends_with([',', '('])))
    {
        return None;
    }
    let rest = words[..words.len() - word.len()].trim_end();
    let last = rest.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    let is_determined = words.len() > word.len() && among(DETERMINERS, &last);
    (!is_determined || word.starts_with(char::is_uppercase)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(text: &str) -> Vec<String> {
        let numbers = numerals(text, false).into_iter();
        numbers.filter(|number| !number.is_name).map(|number| number.text).collect()
    }

    #[test]
    fn numbers_are_found_whole() {
        assert_eq!(results("takes 6,728 steps, not 69."), ["6,728", "69"]);
        assert_eq!(results("from 1e-6 to 2.5E+3, or 0.5"), ["1e-6", "2.5E+3", "0.5"]);
        assert_eq!(results("1,23 and 7.x"), ["1", "23", "7"]);
        assert_eq!(results("3×10⁻³, 2.5 · 10^-4, 10⁶ and 4²"), ["3×10⁻³", "2.5 · 10^-4", "10⁶", "4²"]);
        assert_eq!(results("12\u{2009}000 or 3\u{202f}456.5, 2½"), ["12\u{2009}000", "3\u{202f}456.5", "2½"]);
        assert_eq!(results("−9 of 10%"), ["9", "10"]);
        assert_eq!(results("73ms, 127x faster, 5GB, 2½ times"), ["73", "127", "5", "2½"]);
        assert_eq!(results("10<sup>3</sup> steps&#8211;no more"), ["10", "3"]);
    }

    #[test]
    fn numbers_of_any_script_and_both_ends_of_a_range_are_results() {
        assert_eq!(results("１７ or १७ or 𝟏𝟕, ⑰ and Ⅻ; λ₁, H₂O and x²"), ["１７", "१७", "𝟏𝟕", "⑰", "Ⅻ"]);
        assert_eq!(results("17-20 steps, 2021-05-03, a 2-3-tree; 18fold, 19-times"), ["17", "20", "18", "19"]);
    }

    #[test]
    fn a_word_of_scale_belongs_to_its_number() {
        let values = |text: &str| numerals(text, false).into_iter().map(|number| number.value).collect::<Vec<_>>();
        assert_eq!(values("10 million, 10M, 2\u{a0}thousand, 3 bn, 4 m, 5"), [1e7, 1e7, 2e3, 3e9, 4.0, 5.0]);
    }

    #[test]
    fn parts_of_words_years_and_numbers_of_things_are_no_results() {
        for text in [
            "the 2-norm in 3-D",
            "a 16-32-10 network in f64",
            "since 1997",
            "In 2020, the first",
            "(1797)",
            "(Foret et al., 2021)",
            "LeCun 1991 has it",
            "from 1990 to 1995 and 2000.",
            "in 1847 Cauchy wrote",
            "the early 1990s",
            "the figures of 2016 to 2019.",
            "the years are 2017 and 2018.",
            "The years around 1990 brought more.",
            "the 2nd, in 3D",
            "section 3.3 and 4",
            "(Theorem 2.1.15)",
            "equations\n4, 5 and 6",
            "pp. 12–14",
        ] {
            assert_eq!(results(text), [""; 0], "{text}");
        }
        assert_eq!(results("section 3 needs 69 steps"), ["69"]);
        assert_eq!(results("an f64, 17 runs; v2.0, 1,234.5 s; 3-D and 18"), ["17", "1,234.5", "18"]);
        assert_eq!(results("a 12-fold gain on a 16-folder tree"), ["12", "16"]);
        assert_eq!(results("4 × 5 in 1500"), ["4", "5", "1500"]);
        assert_eq!(results("In 2020, 17 runs failed."), ["17"]);
        assert_eq!(results("Since 2019 and 23 steps later."), ["23"]);
        assert_eq!(results("1797 rows, in 1797 rows, and 1797"), ["1797", "1797", "1797"]);
        assert_eq!(results("it took 1797, then 1900%"), ["1797", "1900"]);
        assert_eq!(results("a total of 1797. It fell by 1798, to 1799."), ["1797", "1798", "1799"]);
    }
}
