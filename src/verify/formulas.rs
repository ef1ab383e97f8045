//! Compares the formulas of a claim's text with each other, and with the value.
//!
//! In: what the text says of its formulas, and what each of them gave. Out: how each relation was checked, or the first
//! that does not hold.

use std::cmp::Ordering;

use super::compare::{
    ABSOLUTE, Cases, ComparedFormula, Margin, Precision, RELATIVE, cases, part_holds, rounded, shortest,
};
use super::margin;
use crate::Number;
use crate::claim_text::{Link, Relation, Side, Stated, StatedPart, Statement};
use crate::run::FormulaRun;
use crate::tangle::CompiledPart;

const NEAR: &str = "write `=`, `<`, `≤`, `>` or `≥`, or behind `≈` the digits that say how near, as `\\approx 0.82`";

/// A relation that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Broken {
    /// The formula that is shown to be wrong, by its number.
    pub(super) formula: usize,
    pub(super) message: String,
    /// At how many of how many points, and the first of them.
    pub(super) points: Option<(usize, usize, String)>,
    pub(super) help: Option<&'static str>,
}

/// The formulas of a claim with what they gave at each point.
pub(super) struct Formulas<'a> {
    parts: &'a [CompiledPart],
    /// For each point its name, the value's numbers, and those of each formula.
    points: Vec<AtPoint<'a>>,
}

struct AtPoint<'a> {
    name: Option<&'a str>,
    value: &'a [Number],
    formulas: Vec<Computed<'a>>,
}

/// Numbers, and how far rounding may have moved each of them, where that is known.
#[derive(Clone, Copy)]
struct Computed<'a> {
    numbers: &'a [Number],
    errors: &'a [f64],
}

impl<'a> Formulas<'a> {
    /// `value` are its cases. Nothing where a formula was not computed.
    pub(super) fn of(parts: &'a [CompiledPart], runs: &'a [FormulaRun], value: &Cases<'a>) -> Option<Formulas<'a>> {
        if runs.len() != parts.len() || runs.iter().any(|run| run.fault.is_some()) {
            return None;
        }
        let of_formulas: Vec<Vec<Computed<'a>>> = runs.iter().map(computed).collect();
        let at = |(point, (name, value)): (usize, &(Option<&'a str>, &'a [Number]))| AtPoint {
            name: *name,
            value,
            formulas: of_formulas.iter().map(|of| at_point(of, point)).collect(),
        };
        Some(Formulas {
            parts,
            points: value.iter().enumerate().map(at).collect(),
        })
    }

    /// What a part of the text is said of, with its numbers: the formula before it, where that is not equal to the value.
    pub(super) fn said_of(&self, point: usize, formula: usize) -> Option<(&'a str, &'a [Number])> {
        let at = self.points.get(point)?;
        (!self.is_value(formula)).then(|| (self.parts[formula].latex.trim(), at.formulas[formula].numbers))
    }

    fn is_value(&self, formula: usize) -> bool {
        self.points.iter().all(|at| holds(Relation::Equal, at.of(Side::Value), at.formulas[formula]))
    }

    /// Compares all relations of the text.
    ///
    /// # Errors
    /// The first that does not hold.
    pub(super) fn check(&self, stated: &Stated) -> Result<Vec<ComparedFormula>, Broken> {
        let mut compared = Vec::new();
        for (number, statement) in stated.statements.iter().enumerate() {
            if let Some(each) = self.each_of(number, &stated.statements) {
                let alone = Statement::clone(statement);
                compared.extend(each.check(&Stated {
                    statements: vec![alone],
                    ..Stated::clone(stated)
                })?);
                continue;
            }
            let place = self.place_of_value(statement)?;
            self.check_value(statement, place, stated)?;
            for &formula in place.iter().filter(|_| statement.links.is_empty()) {
                compared.push(self.compared(&Link {
                    left: Side::Value,
                    relation: Relation::Equal,
                    right: Side::Formula(formula),
                }));
            }
            for link in &statement.links {
                if link.relation == Relation::About {
                    self.check_near(link, statement, stated)?;
                } else {
                    self.check_link(link, place)?;
                    compared.push(self.compared(link));
                }
            }
        }
        Ok(compared)
    }

    /// Whether something of a statement is compared with the value.
    fn check_value(&self, statement: &Statement, place: Option<usize>, stated: &Stated) -> Result<(), Broken> {
        let is_beside = |link: &Link| matches!((link.left, link.right), (Side::Value, _) | (_, Side::Value));
        let is_said_of = |of: Option<usize>| of.is_none_or(|formula| self.is_value(formula));
        if place.is_some()
            || statement.links.iter().any(is_beside)
            || stated.parts.iter().any(|part| is_said_of(part.of))
        {
            return Ok(());
        }
        Err(Broken {
            formula: statement.formulas.first().copied().unwrap_or_default(),
            message: "nothing of this text is compared with the value".to_owned(),
            points: None,
            help: Some(NEAR),
        })
    }

    /// `q ≈ a/b ≈ 0.67`: both sides must round to the digits of their statement; without any they must be equal.
    fn check_near(&self, link: &Link, statement: &Statement, stated: &Stated) -> Result<(), Broken> {
        let Link { left, right, .. } = *link;
        let is_other = |at: &&AtPoint<'a>| !holds(Relation::Equal, at.of(left), at.of(right));
        let Some(first) = self.points.iter().find(is_other) else {
            return Ok(());
        };
        let numbers =
            |at: &AtPoint<'a>, side| at.of(side).numbers.iter().map(Number::digits).collect::<Vec<_>>().join(", ");
        let broken = |side, message, help| Broken {
            formula: if let Side::Formula(formula) = side { formula } else { 0 },
            message,
            points: None,
            help,
        };
        let is_digits = |part: &&StatedPart| {
            part.relation == Relation::About && part.of.is_some_and(|of| statement.formulas.contains(&of))
        };
        let digits: Vec<&StatedPart> = stated.parts.iter().filter(is_digits).collect();
        if digits.is_empty() {
            let [one, other] = [left, right].map(|side| numbers(first, side));
            return Err(broken(right, format!("`≈` does not say how near {one} and {other} are"), Some(NEAR)));
        }
        for (part, side) in digits.iter().flat_map(|part| [(part, left), (part, right)]) {
            if let Some(at) = self.points.iter().find(|at| !part_holds(part, at.of(side).numbers)) {
                let stated: Vec<&str> = part.numbers.iter().map(|it| it.text.as_str()).collect();
                let message = format!("{} is {}, not ≈ {}", self.name(side), numbers(at, side), stated.join(", "));
                return Err(broken(if side == Side::Value { right } else { side }, message, None));
            }
        }
        Ok(())
    }

    /// A side of a relation as a message names it.
    fn name(&self, side: Side) -> String {
        match side {
            Side::Value => "the value".to_owned(),
            Side::Formula(number) => format!("`{}`", self.parts[number].latex.trim()),
        }
    }

    /// Whether each of the statements has numbers of the value of its own.
    pub(super) fn is_shared(&self, stated: &Stated) -> bool {
        self.each_of(0, &stated.statements).is_some()
    }

    /// Where there are several statements, and the value has the numbers of all of them: the same for those of one.
    fn each_of(&self, number: usize, statements: &[Statement]) -> Option<Formulas<'a>> {
        if statements.len() < 2 {
            return None;
        }
        let of = |at: &AtPoint<'a>| {
            let lengths = statements.iter().map(|it| Some(at.formulas[*it.formulas.first()?].numbers.len()));
            let lengths: Vec<usize> = lengths.collect::<Option<_>>()?;
            let start: usize = lengths[..number].iter().sum();
            (lengths.iter().sum::<usize>() == at.value.len()).then(|| AtPoint {
                name: at.name,
                value: &at.value[start..start + lengths[number]],
                formulas: at.formulas.clone(),
            })
        };
        let points = self.points.iter().map(of).collect::<Option<_>>()?;
        Some(Formulas { parts: self.parts, points })
    }

    /// The formula at which the value stands, in a statement without a name for it.
    fn place_of_value(&self, statement: &Statement) -> Result<Option<usize>, Broken> {
        if statement.has_value {
            return Ok(None);
        }
        let equals = |formula: usize| Link {
            left: Side::Value,
            relation: Relation::Equal,
            right: Side::Formula(formula),
        };
        let found = statement.formulas.iter().copied().find(|&formula| self.check_link(&equals(formula), None).is_ok());
        match (found, statement.formulas.first()) {
            (None, Some(&first)) => self.check_link(&equals(first), None).map(|()| Some(first)),
            (found, _) => Ok(found),
        }
    }

    fn check_link(&self, link: &Link, place: Option<usize>) -> Result<(), Broken> {
        let Link { left, relation, right } = *link;
        let is_wrong = |at: &&AtPoint<'a>| !holds(relation, at.of(left), at.of(right));
        let wrong: Vec<&AtPoint<'a>> = self.points.iter().filter(is_wrong).collect();
        let Some(first) = wrong.first() else { return Ok(()) };
        let formula = match (left, right) {
            (Side::Formula(left), Side::Formula(right)) if Some(right) == place => left,
            (Side::Formula(formula), Side::Value) | (_, Side::Formula(formula)) => formula,
            (Side::Value, Side::Value) => 0,
        };
        Err(Broken {
            formula,
            message: self.message(link, [first.of(left), first.of(right)]),
            help: None,
            points: first
                .name
                .filter(|_| self.points.len() > 1)
                .map(|name| (wrong.len(), self.points.len(), name.to_owned())),
        })
    }

    fn message(&self, link: &Link, both: [Computed<'_>; 2]) -> String {
        let [left, right] = both.map(|side| side.numbers);
        let (one, other) = (self.name(link.left), self.name(link.right));
        if left.len() != right.len() {
            let count = |numbers: &[Number]| crate::problem::count(numbers.len(), "number");
            return format!("{one} has {}, {other} has {}", count(left), count(right));
        }
        let mut pairs = pairs(both[0], both[1]);
        let first = left.first().zip(right.first());
        let pair = pairs.find(|(a, b, error)| !relates(link.relation, a, b, *error)).map(|(a, b, _)| (a, b));
        let Some((a, b)) = pair.or(first) else {
            return format!("{one} and {other} have no numbers");
        };
        let sign = match link.relation {
            Relation::Equal => String::new(),
            sign => format!(", not {sign}"),
        };
        let mut message = match (link.left, &sign) {
            (Side::Value, sign) if sign.is_empty() => format!("{other} is {}, the value is {}", b.digits(), a.digits()),
            (_, sign) if sign.is_empty() => format!("{one} is {}, {other} is {}", a.digits(), b.digits()),
            (_, sign) => format!("{one} is {}{sign} {other}, which is {}", a.digits(), b.digits()),
        };
        if let (Some(a), Some(b), true) = (float(a), float(b), sign.is_empty()) {
            let distance = (a - b).abs();
            let relative = distance / b.abs();
            if distance.is_finite() && relative < 0.01 {
                message.push_str(&format!("; they differ by {} (relative {})", rounded(distance), rounded(relative)));
            } else if distance.is_finite() {
                message.push_str(&format!("; they differ by {}", rounded(distance)));
            }
        }
        message
    }

    /// How a relation that holds was compared.
    fn compared(&self, link: &Link) -> ComparedFormula {
        let latex = |side: Side| match side {
            Side::Value => None,
            Side::Formula(number) => Some(self.parts[number].latex.trim().to_owned()),
        };
        let (formula, relation, other) = match (latex(link.left), latex(link.right)) {
            (None, Some(right)) => (right, link.relation.mirrored(), None),
            (Some(left), other) => (left, link.relation, other),
            (None, None) => (String::new(), link.relation, None),
        };
        let all = self.points.iter().flat_map(|at| [at.of(link.left).numbers, at.of(link.right).numbers]);
        let are_integers = all.flatten().all(|number| matches!(number, Number::Integer(_)));
        let is_strict = matches!(link.relation, Relation::Less | Relation::Greater);
        ComparedFormula {
            latex: formula,
            relation,
            other,
            precision: if are_integers || is_strict { Precision::Exact } else { Precision::Rounding },
            margin: link.relation.side().and_then(|_| self.margin(link)),
            digits: self.digits(link),
        }
    }

    /// How far its sides are from breaking it, in decimal digits, at the point where that is least.
    fn digits(&self, link: &Link) -> Option<f64> {
        let pairs = self.points.iter().flat_map(|at| pairs(at.of(link.left), at.of(link.right)));
        margin::least(pairs.map(|(a, b, error)| {
            let are_integers = matches!((a, b), (Number::Integer(_), Number::Integer(_)));
            let (a, b) = (float(a)?, float(b)?);
            match link.relation {
                Relation::Equal if are_integers => None,
                Relation::Equal => margin::between(tolerance(a, b, error), (a - b).abs()),
                _ => margin::ratio(a, b),
            }
        }))
    }

    fn margin(&self, link: &Link) -> Option<Margin> {
        let at_point = |at: &AtPoint<'a>| {
            let pairs = pairs(at.of(link.left), at.of(link.right));
            let distances = pairs.filter_map(|(a, b, _)| Some((float(a)? - float(b)?).abs()));
            let distance = distances.min_by(f64::total_cmp)?;
            Some(Margin {
                distance,
                at: at.name.filter(|_| self.points.len() > 1).map(str::to_owned),
            })
        };
        self.points.iter().filter_map(at_point).min_by(|a, b| a.distance.total_cmp(&b.distance))
    }
}

impl<'a> AtPoint<'a> {
    fn of(&self, side: Side) -> Computed<'a> {
        match side {
            Side::Value => Computed { numbers: self.value, errors: &[] },
            Side::Formula(number) => self.formulas[number],
        }
    }
}

/// What a formula gave, case by case.
fn computed(run: &FormulaRun) -> Vec<Computed<'_>> {
    let mut errors = run.errors.as_slice();
    let all = cases(&run.numbers).into_iter().map(|(_, numbers)| {
        let (its, others) = errors.split_at(numbers.len().min(errors.len()));
        errors = others;
        Computed { numbers, errors: its }
    });
    all.collect()
}

/// What a formula gave at a point. What is computed once is the same at all of them.
fn at_point<'a>(formula: &[Computed<'a>], point: usize) -> Computed<'a> {
    match formula {
        [only] => *only,
        all => all.get(point).copied().unwrap_or(Computed { numbers: &[], errors: &[] }),
    }
}

/// Numbers each with the one at its place, and how far rounding may have moved both.
fn pairs<'a>(left: Computed<'a>, right: Computed<'a>) -> impl Iterator<Item = (&'a Number, &'a Number, f64)> {
    let error = move |at: usize| [left, right].iter().filter_map(|side| side.errors.get(at)).sum::<f64>();
    left.numbers.iter().zip(right.numbers).enumerate().map(move |(at, (a, b))| (a, b, error(at)))
}

/// Whether numbers relate in this way, each to the one at its place.
fn holds(relation: Relation, left: Computed<'_>, right: Computed<'_>) -> bool {
    left.numbers.len() == right.numbers.len() && pairs(left, right).all(|(a, b, error)| relates(relation, a, b, error))
}

fn relates(relation: Relation, left: &Number, right: &Number, error: f64) -> bool {
    if let (Number::Integer(left), Number::Integer(right)) = (left, right) {
        return has_order(relation, left.cmp(right));
    }
    let (Some(left), Some(right)) = (float(left), float(right)) else {
        return relation == Relation::Equal && left == right;
    };
    let tolerance = tolerance(left, right, error);
    let is_near = left == right || tolerance.is_finite() && (left - right).abs() <= tolerance;
    match relation {
        Relation::Equal => is_near,
        Relation::AtMost | Relation::AtLeast if is_near => true,
        relation => left.partial_cmp(&right).is_some_and(|order| has_order(relation, order)),
    }
}

/// By how much two numbers may differ that are to be equal.
fn tolerance(left: f64, right: f64, error: f64) -> f64 {
    let largest = left.abs().max(right.abs());
    let is_zero = left == 0.0 || right == 0.0;
    (RELATIVE * largest).max(error).max(if is_zero { ABSOLUTE } else { 0.0 })
}

fn has_order(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::Equal => order.is_eq(),
        Relation::Less => order.is_lt(),
        Relation::AtMost => order.is_le(),
        Relation::Greater => order.is_gt(),
        Relation::AtLeast => order.is_ge(),
        Relation::About | Relation::Within => true,
    }
}

#[allow(clippy::cast_precision_loss, reason = "compared with a float")]
fn float(number: &Number) -> Option<f64> {
    match number {
        Number::Integer(value) => Some(*value as f64),
        Number::Float(value) => Some(*value),
        Number::Text(_) | Number::Case(_) => None,
    }
}

/// What a value was over all points, for each of its numbers: its least and its largest.
pub(super) fn over_points(cases: &Cases<'_>) -> Vec<String> {
    let count = cases.iter().map(|(_, numbers)| numbers.len()).max().unwrap_or(0);
    let range = |at: usize| {
        let values: Vec<f64> = cases.iter().filter_map(|(_, numbers)| float(numbers.get(at)?)).collect();
        let least = values.iter().copied().min_by(f64::total_cmp)?;
        let most = values.iter().copied().max_by(f64::total_cmp)?;
        Some(format!("{} to {}", shortest(least), shortest(most)))
    };
    (0..count).filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::verify;
    use super::*;
    use crate::index::Index;
    use crate::read::{Edition, Item, Scope, samples};
    use crate::run::{End, Event, ProgramRun, Transcript};
    use crate::runtime::step::Step;
    use crate::runtime::wire::Message;
    use crate::tangle::tangle;

    /// What is said of a claim of 10 if its formula gave this.
    fn said(formula: Option<Number>) -> Vec<String> {
        let text = "# Lesson\n\n```rust\nlet (a, b) = (2, 5);\n```\n\n[$p = a b$](=a*b)\n";
        let mut book = samples::book(text, Scope::Lesson);
        book.settings.verification = false;
        let index = Index::of(&book);
        let lesson = &book.lessons[0];
        let item = lesson.items.iter().position(|item| matches!(item, Item::Claim(_))).unwrap() as u32;
        let given = formula.map(|number| Message::Formula {
            item,
            part: 0,
            numbers: vec![number],
            errors: vec![0.0],
            fault: String::new(),
        });
        let claimed = Message::Claim {
            item,
            numbers: vec![Number::Integer(10)],
            rows: Vec::new(),
        };
        let messages = [Message::Step(Step::Cell(0)), Message::Step(Step::CellEnd(0))]
            .into_iter()
            .chain(given)
            .chain([claimed]);
        let run = ProgramRun {
            diagnostics: Vec::new(),
            events: messages.map(Event::Message).collect(),
            stderr: Vec::new(),
            end: End::Finished,
            is_walled: false,
            time: Duration::ZERO,
            is_imported: false,
            dependencies: Vec::new(),
        };
        let transcript = Transcript { programs: vec![run] };
        let checked = verify(lesson, tangle(lesson, Edition::E2024).into(), transcript, None, &index);
        checked.problems().into_iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn a_formula_that_was_not_computed_is_no_pass() {
        assert_eq!(said(Some(Number::Integer(10))), [""; 0]);
        assert_eq!(said(Some(Number::Integer(9))), ["`a b` is 9, the value is 10; they differ by 1"]);
        assert_eq!(said(None), ["this formula was not computed, so that nothing is known of it"]);
    }
}
