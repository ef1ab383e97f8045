//! What the programs that recto generates call, and nobody else.

use super::brief;
pub use super::brief::{Describing, Telling};
use super::channel::{self, emit, emit_in_place};
pub use super::course::*;
use super::numbers::{Number, Numbers};
use super::samples::Point;
pub use super::show::{Probe, Shown, ViaDebug, ViaShow};
pub use super::switch::switched;
use super::term::Term;
use super::wire::Message;

/// Shows a value without moving it, as a cell shows its last expression: on the page when recto runs the
/// program, as plain text when a reader does. Several are shown side by side with their names: `recto::show!(eta, rho)` is
/// on the page as `eta = 0.0909091, rho = 0.818182`.
#[macro_export]
macro_rules! show {
    ($expression:expr $(,)?) => {
        match &($expression) {
            value => {
                #[allow(unused_imports)]
                use $crate::lesson::{ViaDebug as _, ViaShow as _};
                $crate::lesson::shown((&&&$crate::lesson::Probe(value)).__recto_shown())
            }
        }
    };
    ($($expression:expr),+ $(,)?) => {{
        #[allow(unused_imports)]
        use $crate::lesson::{ViaDebug as _, ViaShow as _};
        $crate::lesson::shown_with_names(::std::vec![$((
            ::std::stringify!($expression),
            (&&&$crate::lesson::Probe(&($expression))).__recto_shown(),
        )),+])
    }};
}

/// Prints what a page states beside what is computed, in the programs of lessons that readers get.
#[macro_export]
macro_rules! claim {
    ($text:expr, $expression:expr $(,)?) => {
        $crate::lesson::stated($text, || $crate::lesson::numbers(&($expression)))
    };
}

/// Prints a claim for a reader. `Fn`, so that the expression changes and moves nothing.
pub fn stated(text: &str, numbers: impl Fn() -> Vec<Number>) {
    let computed: Vec<String> = numbers()
        .into_iter()
        .map(|number| match number {
            Number::Integer(value) => value.to_string(),
            Number::Float(value) => format!("{value:?}"),
            Number::Text(text) => text,
            Number::Case(name) => format!("({name})"),
        })
        .collect();
    println!("the page says {text}; computed: {}", computed.join(", "));
}

/// Writes what a value looks like.
pub fn shown(shown: Vec<Shown>) {
    for shown in shown {
        if channel::is_open() {
            emit_in_place(&Message::Shown(shown));
        } else {
            println!("{}", shown.plain());
        }
    }
}

/// Writes what some values look like, side by side.
pub fn shown_with_names(values: Vec<(&str, Vec<Shown>)>) {
    shown(super::show::named(values));
}

/// An inline value. `Fn`, so that the expression changes and moves nothing.
pub fn value(item: u32, text: &dyn Fn() -> String) {
    emit(&Message::Value { item, text: text() });
}

/// A claim's expression, computed. `Fn`, so that it changes and moves nothing.
pub fn claim(item: u32, claimed: &dyn Fn() -> (Vec<Number>, Vec<u32>)) {
    let (numbers, rows) = claimed();
    emit(&Message::Claim { item, numbers, rows });
}

/// A formula of a claim's text, computed. `Fn`, so that it changes and moves nothing.
pub fn formula(item: u32, part: u32, term: &dyn Fn() -> Term) {
    let term = term();
    let errors = term.errors();
    let (numbers, fault) = match term.numbers() {
        Ok(numbers) => (numbers, String::new()),
        Err(fault) => (Vec::new(), fault),
    };
    emit(&Message::Formula { item, part, numbers, errors, fault });
}

/// The numbers of a claim at a point, and the formulas of its text.
pub type Sample = (Vec<Number>, Vec<Term>);

/// A claim over ranges of so many variables, at each point.
#[track_caller]
pub fn sampled(item: u32, points: usize, variables: usize, at: &dyn Fn(&Point) -> Sample) {
    let mut numbers = Vec::new();
    let mut parts: Vec<(Vec<Number>, Vec<f64>, String)> = Vec::new();
    for number in 0..points {
        let point = Point::new(number, points, variables);
        let (value, terms) = at(&point);
        if point.is_over() {
            break;
        }
        let case = || Number::Case(point.name());
        numbers.push(case());
        numbers.extend(value);
        parts.resize_with(terms.len(), Default::default);
        for ((numbers, errors, fault), term) in parts.iter_mut().zip(terms) {
            numbers.push(case());
            errors.extend(term.errors());
            match term.numbers() {
                Ok(value) => numbers.extend(value),
                Err(why) if fault.is_empty() => {
                    let name = point.name();
                    *fault = if name.is_empty() { why } else { format!("{why}, where {name}") };
                }
                Err(_) => {}
            }
        }
    }
    for (part, (numbers, errors, fault)) in (0..).zip(parts) {
        emit(&Message::Formula { item, part, numbers, errors, fault });
    }
    let rows = Vec::new();
    emit(&Message::Claim { item, numbers, rows });
}

/// The numbers of a value, by reference.
pub fn numbers<T: Numbers + ?Sized>(value: &T) -> Vec<Number> {
    let mut numbers = Vec::new();
    value.numbers(&mut numbers);
    numbers
}

/// The numbers of a value, and how many of them stand in each of its rows, by reference.
pub fn claimed<T: Numbers + ?Sized>(value: &T) -> (Vec<Number>, Vec<u32>) {
    (numbers(value), value.rows())
}

/// A name that a `let` of a cell has bound just now: its type, and its value where that is small.
pub fn bound<T, B: Telling<T>, D: Describing<T>>(item: u32, number: u32, value: &T, _: B, _: D) {
    if channel::is_open() {
        tell(item, number, brief::told::<T, B, D>(value));
    }
}

fn tell(item: u32, number: u32, (kind, shown): (&str, Option<Vec<Shown>>)) {
    emit(&Message::Bound {
        item,
        number,
        kind: kind.to_owned(),
        shown: shown.unwrap_or_default(),
    });
}

/// The same, without asking `Debug`.
pub fn bound_undescribed<T, B: Telling<T>>(item: u32, number: u32, value: &T, told: B, _: u8) {
    bound::<T, B, u8>(item, number, value, told, 0);
}
