//! How much a claim says: whether a later one lets more pass than the one before it.

use std::sync::LazyLock;

use regex::Regex;

use super::change::Way;
use super::reported::{Claim, Part, Relation, Tolerance};

/// How many times as far a number may be off that was restated with another size: the first digit alone makes up to ten.
const SAME_DIGITS: f64 = 10.0;

/// Literals of numbers and texts.
static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?_?(?:f32|f64|[iu](?:8|16|32|64|128|size))?";
    Regex::new(&format!("\"(?:[^\"\\\\]|\\\\.)*\"|{number}")).expect("a constant")
});

/// In which ways a claim says less than the one before it, each with a sentence about it.
pub(super) fn weaker(old: &Claim, new: &Claim) -> Vec<(Way, String)> {
    let mut ways = Vec::new();
    if !is_constant(&old.expression) && is_constant(&new.expression) {
        let why = format!("`{}` computed it, `{}` is a constant", old.expression, new.expression);
        ways.push((Way::Constant, why));
    }
    // Where nothing was computed there are no parts, and the check's status says so.
    if !old.parts.is_empty() && !new.parts.is_empty() {
        let (pairs, lost) = align(&old.parts, &new.parts);
        ways.extend(pairs.into_iter().filter_map(|(old, new)| weaker_part(old, new)));
        let mut names = new.names.len().saturating_sub(old.names.len());
        ways.extend(lost.into_iter().map(|part| {
            let stated = part.stated.join(", ");
            if names > 0 {
                names -= 1;
                (Way::Name, format!("`{stated}` was compared; a name stands in its place"))
            } else {
                (Way::Part, format!("`{} {stated}` is no longer compared", part.relation))
            }
        }));
    }
    ways
}

/// The parts that stand for each other, and those that are gone. As many as before stand in the same order.
fn align<'a>(old: &'a [Part], new: &'a [Part]) -> (Vec<(&'a Part, &'a Part)>, Vec<&'a Part>) {
    if old.len() <= new.len() {
        // What was stated may have got a part in front of it.
        let mut rest = new;
        let find = |part: &'a Part, left: usize, rest: &mut &'a [Part]| {
            let reach = rest.len() - left;
            let found = rest[..=reach].iter().position(|other| other.stated == part.stated).unwrap_or(0);
            let other = &rest[found];
            *rest = &rest[found + 1..];
            (part, other)
        };
        let pairs = old.iter().enumerate().map(|(at, part)| find(part, old.len() - at, &mut rest));
        return (pairs.collect(), Vec::new());
    }
    let (pairs, _) = align(new, old);
    let lost = old.iter().filter(|part| !pairs.iter().any(|(_, kept)| std::ptr::eq(*kept, *part)));
    let lost = lost.collect();
    (pairs.into_iter().map(|(new, old)| (old, new)).collect(), lost)
}

fn weaker_part(old: &Part, new: &Part) -> Option<(Way, String)> {
    use Relation::{About, Equal, Other, Within};
    let became = |way| Some((way, format!("`{}` became `{}`", old.relation, new.relation)));
    match (old.relation, new.relation) {
        (Other, _) | (_, Other | Equal) => None,
        (Equal, _) => became(Way::Relation),
        (About | Within, About | Within) => {
            let (before, now) = (old.reach()?, new.reach()?);
            let why = || format!("it was within {}, and is within {}", before.words(), now.words());
            let way = if new.relation == About { Way::Digits } else { Way::Bound };
            now.is_wider(&before).then(|| (way, why()))
        }
        (About | Within, _) => became(Way::Relation),
        (_, About | Within) => None,
        _ => weaker_bound(old, new),
    }
}

/// An inequality that lets more pass.
fn weaker_bound(old: &Part, new: &Part) -> Option<(Way, String)> {
    let is_upper = |relation| matches!(relation, Relation::Less | Relation::AtMost);
    if is_upper(old.relation) != is_upper(new.relation) {
        return None;
    }
    let sign = if is_upper(old.relation) { 1.0 } else { -1.0 };
    let is_strict = |relation| matches!(relation, Relation::Less | Relation::Greater);
    let (before, now) = (old.numbers()?, new.numbers()?);
    let wider = |(before, now): (&f64, &f64)| sign * now > sign * before;
    let same = before.len() == now.len() && !before.iter().zip(&now).any(|(before, now)| before != now);
    let loosened = same && is_strict(old.relation) && !is_strict(new.relation);
    let is_wider = before.len() == now.len() && before.iter().zip(&now).any(wider);
    let bound = |part: &Part| format!("`{} {}`", part.relation, part.stated.join(", "));
    (is_wider || loosened).then(|| (Way::Bound, format!("{} became {}", bound(old), bound(new))))
}

/// How far from a number a value may be.
struct Reach {
    /// On each side.
    most: f64,
    /// Of what size the number is.
    size: f64,
}

impl Reach {
    fn is_wider(&self, before: &Reach) -> bool {
        let is_like = self.size <= 2.0 * before.size && before.size <= 2.0 * self.size;
        if is_like || self.size == 0.0 || before.size == 0.0 {
            return self.most > before.most * (1.0 + 1e-6);
        }
        self.most / self.size >= SAME_DIGITS * before.most / before.size
    }

    fn words(&self) -> String {
        // Ends of an interval are subtracted: what rounding adds is no news.
        let rounded: f64 = format!("{:.3e}", self.most).parse().unwrap_or(self.most);
        format!("± {rounded}")
    }
}

impl Part {
    /// The numbers that are stated; nothing if one of them is not to be read.
    fn numbers(&self) -> Option<Vec<f64>> {
        let read = |text: &String| text.replace([',', '\u{2009}', '\u{202f}'], "").replace('−', "-").parse().ok();
        let numbers: Option<Vec<f64>> = self.values.as_ref().unwrap_or(&self.stated).iter().map(read).collect();
        numbers.filter(|numbers| !numbers.is_empty())
    }

    fn reach(&self) -> Option<Reach> {
        let numbers = self.numbers();
        let largest = |numbers: &[f64]| numbers.iter().fold(0.0_f64, |most, number| most.max(number.abs()));
        match (self.relation, self.tolerance, numbers.as_deref()) {
            (Relation::Within, _, Some([low, high])) => Some(Reach {
                most: (high - low).abs() / 2.0,
                size: largest(&[*low, *high]),
            }),
            (Relation::About, Tolerance::LastDigit { most, .. }, numbers) => {
                Some(Reach { most, size: numbers.map_or(0.0, largest) })
            }
            _ => None,
        }
    }
}

/// Whether an expression is made of literals alone.
fn is_constant(expression: &str) -> bool {
    !LITERAL.replace_all(expression, "").contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(relation: Relation, values: &[&str], most: Option<f64>) -> Part {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let tolerance = most.map_or(Tolerance::Other, |most| Tolerance::LastDigit { least: most, most });
        Part {
            relation,
            stated: values.clone(),
            values: Some(values),
            tolerance,
        }
    }

    fn way(old: &Part, new: &Part) -> Option<Way> {
        weaker_part(old, new).map(|(way, _)| way)
    }

    #[test]
    fn relations_and_bounds_have_an_order() {
        use Relation::{About, AtLeast, AtMost, Equal, Greater, Less, Within};
        let equal = part(Equal, &["10"], None);
        let about = part(About, &["10"], Some(0.5));
        let within = part(Within, &["9", "11"], None);
        let less = part(Less, &["11"], None);
        for (old, new, expected) in [
            (&equal, &equal, None),
            (&equal, &about, Some(Way::Relation)),
            (&about, &equal, None),
            (&equal, &within, Some(Way::Relation)),
            (&equal, &less, Some(Way::Relation)),
            (&about, &within, Some(Way::Bound)),
            (&within, &about, None),
            (&within, &less, Some(Way::Relation)),
            (&less, &within, None),
            (&within, &part(Within, &["9", "11.5"], None), Some(Way::Bound)),
            (&within, &part(Within, &["9.5", "10.5"], None), None),
            (&less, &part(Less, &["10.5"], None), None),
            (&less, &part(Less, &["12"], None), Some(Way::Bound)),
            (&less, &part(AtMost, &["11"], None), Some(Way::Bound)),
            (&part(AtMost, &["11"], None), &less, None),
            (&part(Greater, &["3"], None), &part(Greater, &["2"], None), Some(Way::Bound)),
            (&part(AtLeast, &["3"], None), &part(Greater, &["3"], None), None),
            (&less, &part(Greater, &["11"], None), None),
            (&less, &part(Relation::Other, &["11"], None), None),
        ] {
            assert_eq!(way(old, new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn digits_are_dropped_if_the_number_is_as_large_as_it_was() {
        let about = |value: &str, most: f64| part(Relation::About, &[value], Some(most));
        for (old, new, expected) in [
            (about("9.96", 0.005), about("10.0", 0.05), Some(Way::Digits)),
            (about("9.96", 0.005), about("10.02", 0.005), None),
            (about("0.82", 0.005), about("0.8", 0.05), Some(Way::Digits)),
            (about("0.8", 0.05), about("0.82", 0.005), None),
            // Of another size, with as many digits, or with fewer.
            (about("945", 0.5), about("12300", 50.0), None),
            (about("945", 0.5), about("12.3", 0.05), None),
            (about("945", 0.5), about("12000", 500.0), Some(Way::Digits)),
        ] {
            assert_eq!(way(&old, &new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_part_that_is_gone_is_found() {
        let claim = |parts: &[Part], names: &[&str]| Claim {
            parts: parts.to_vec(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            expression: "k".to_owned(),
            ..Claim::default()
        };
        let (ten, about) = (part(Relation::Equal, &["10"], None), part(Relation::About, &["9.96"], Some(0.005)));
        let both = claim(&[ten.clone(), about.clone()], &["κ"]);
        let ways = |old: &Claim, new: &Claim| weaker(old, new).into_iter().map(|(way, _)| way).collect::<Vec<_>>();
        assert_eq!(ways(&both, &both), []);
        assert_eq!(ways(&both, &claim(std::slice::from_ref(&about), &["κ"])), [Way::Part]);
        assert_eq!(ways(&both, &claim(std::slice::from_ref(&ten), &["κ", "λ"])), [Way::Name]);
        assert_eq!(ways(&claim(&[about], &["κ"]), &both), []);
        assert_eq!(ways(&both, &claim(&[], &[])), []);
    }

    #[test]
    fn constants_have_no_names() {
        for text in ["10", "10.0", "-1e-3_f64", "2.0*3.0", "[1, 2]", "\"saddle\"", "1_000u64"] {
            assert!(is_constant(text), "{text}");
        }
        for text in ["kappa", "2.0 * x1", "10.0_f64.sqrt()", "f(\"a\")"] {
            assert!(!is_constant(text), "{text}");
        }
    }
}
