//! The points of a range at which a claim is looked at: its ends, zero and powers of two, and others by a fixed sequence.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::ops::{Range, RangeInclusive};

/// One of the points of a claim's ranges.
#[derive(Debug)]
pub struct Point {
    number: usize,
    points: usize,
    variables: usize,
    /// What its variables are, as far as they are asked for.
    name: RefCell<Vec<String>>,
    /// The range has fewer points.
    is_over: Cell<bool>,
}

/// Which value of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// Its smallest.
    First,
    /// Its largest.
    Last,
    /// One of those that are special: 0, a power of two.
    Special(usize),
    /// Any.
    Any(u64),
}

/// A number over whose ranges a claim can be made.
#[diagnostic::on_unimplemented(
    message = "a claim can't be made over a range of `{Self}`",
    label = "this must be a range of numbers",
    note = "write `0.0..=1.0`, or `1..=10` for integers"
)]
pub trait Sample: Copy + PartialOrd + Debug {
    /// Whether it can be the end of a range.
    fn is_end(self) -> bool {
        true
    }
    /// How many values a range has, if they can be counted.
    fn count(first: Self, last: Self) -> Option<u128>;
    /// The value of this number behind the first.
    fn nth(first: Self, number: usize) -> Self;
    /// The value before another one.
    fn before(last: Self) -> Self;
    /// A value of a range that is not empty.
    fn choose(first: Self, last: Self, choice: Choice) -> Self;
}

/// A range over which a claim can be made.
#[diagnostic::on_unimplemented(
    message = "a claim can't be made over a `{Self}`",
    label = "this must be a range of numbers",
    note = "write `0.0..=1.0`, or `1..=10` for integers"
)]
pub trait Ends<T> {
    /// Its first and its last value, the last one not before the first.
    fn ends(&self) -> Option<(T, T)>;
}

impl<T: Sample> Ends<T> for RangeInclusive<T> {
    fn ends(&self) -> Option<(T, T)> {
        (self.start() <= self.end()).then(|| (*self.start(), *self.end()))
    }
}

impl<T: Sample> Ends<T> for Range<T> {
    fn ends(&self) -> Option<(T, T)> {
        (self.start < self.end).then(|| (self.start, T::before(self.end)))
    }
}

impl Point {
    pub(super) fn new(number: usize, points: usize, variables: usize) -> Point {
        Point {
            number,
            points,
            variables,
            name: RefCell::default(),
            is_over: Cell::new(false),
        }
    }

    /// Whether the range has no such point.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// What its variables are.
    pub(super) fn name(&self) -> String {
        self.name.borrow().join(", ")
    }

    /// The value of the next variable.
    ///
    /// # Panics
    /// Its range is empty, or has no end, or is one number of those that can't be counted.
    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "a range is written where it is used")]
    pub fn at<T: Sample, R: Ends<T>>(&self, name: &str, range: R) -> T {
        let index = self.name.borrow().len();
        let Some((first, last)) = range.ends() else {
            panic!("the range of `{name}` holds nothing")
        };
        assert!(
            first.is_end() && last.is_end(),
            "the range of `{name}` has no end; write the numbers from which and to which"
        );
        let count = T::count(first, last);
        assert!(count.is_some() || first != last, "the range of `{name}` is one number; write `{name} = {first:?}`");
        let count = count.and_then(|count| usize::try_from(count).ok());
        let value = match count.filter(|count| self.variables == 1 && *count <= self.points) {
            Some(count) => {
                self.is_over.set(self.number >= count);
                T::nth(first, self.number.min(count - 1))
            }
            None => T::choose(first, last, self.choice(index)),
        };
        self.name.borrow_mut().push(format!("{name} = {value:?}"));
        value
    }

    /// First the corners, then for each variable its special values, then any.
    fn choice(&self, variable: usize) -> Choice {
        let corners = 1 << self.variables.min(6);
        if self.number < corners {
            let is_last = self.number >> variable.min(5) & 1 == 1;
            return if is_last { Choice::Last } else { Choice::First };
        }
        let phase = (self.points.saturating_sub(corners) / (2 * self.variables.max(1))).max(1);
        let (turn, step) = ((self.number - corners) / phase, (self.number - corners) % phase);
        let any = mixed(self.number as u64 * 64 + variable as u64);
        match any % 4 {
            _ if turn == variable => Choice::Special(step),
            0 if turn < self.variables => Choice::Special((any >> 8) as usize % 64),
            _ => Choice::Any(any),
        }
    }
}

/// A number of a fixed sequence (SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Zero and powers of two in a range, the large ones first.
fn special(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let largest = low.abs().max(high.abs()).log2().floor();
    let powers = (0..24).map(move |step| (largest - f64::from(step)).exp2());
    let all = std::iter::once(0.0).chain(powers.flat_map(|power| [power, -power]));
    all.filter(move |value| (low..=high).contains(value))
}

macro_rules! floats {
    ($($type:ty),*) => {$(
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any value of the range will do")]
        impl Sample for $type {
            fn is_end(self) -> bool {
                self.is_finite()
            }
            fn count(_: $type, _: $type) -> Option<u128> {
                None
            }
            fn nth(first: $type, _: usize) -> $type {
                first
            }
            fn before(last: $type) -> $type {
                last.next_down()
            }
            fn choose(first: $type, last: $type, choice: Choice) -> $type {
                let (low, high) = (f64::from(first), f64::from(last));
                let any = |bits: u64| {
                    let part = (bits >> 11) as f64 / (1_u64 << 53) as f64;
                    (1.0 - part) * low + part * high
                };
                let value = match choice {
                    Choice::First => low,
                    Choice::Last => high,
                    Choice::Special(number) => {
                        special(low, high).nth(number).unwrap_or_else(|| any(mixed(number as u64 + 77)))
                    }
                    Choice::Any(bits) => any(bits),
                };
                (value as $type).clamp(first, last)
            }
        }
    )*};
}
floats!(f64, f32);

macro_rules! integers {
    ($($type:ty),*) => {$(
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any value of the range will do")]
        #[allow(clippy::cast_lossless, reason = "the integers of a machine have no `From`")]
        impl Sample for $type {
            fn count(first: $type, last: $type) -> Option<u128> {
                u128::try_from(last as i128 - first as i128 + 1).ok()
            }
            fn nth(first: $type, number: usize) -> $type {
                <$type>::try_from(first as i128 + number as i128).unwrap_or(first)
            }
            fn before(last: $type) -> $type {
                last - 1
            }
            fn choose(first: $type, last: $type, choice: Choice) -> $type {
                let count = Self::count(first, last).unwrap_or(1);
                let any = |bits: u64| Self::nth(first, (u128::from(bits) % count) as usize);
                match choice {
                    Choice::First => first,
                    Choice::Last => last,
                    Choice::Any(bits) => any(bits),
                    Choice::Special(number) => {
                        let whole = special(first as f64, last as f64).filter(|value| value.fract() == 0.0).nth(number);
                        let whole = whole.map(|value| (value as $type).clamp(first, last));
                        whole.unwrap_or_else(|| any(mixed(number as u64 + 77)))
                    }
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    fn all<T: Sample, R: Ends<T> + Clone>(range: &R, points: usize) -> Vec<String> {
        let points = (0..points).map(|number| (Point::new(number, points, 1), range.clone()));
        let values = points.map(|(point, range)| {
            point.at("x", range);
            (!point.is_over()).then(|| point.name())
        });
        values.flatten().collect()
    }

    #[test]
    fn a_range_of_floats_has_its_ends_and_powers_of_two() {
        let found = all(&(0.0..=0.75), 40);
        assert_eq!(found.len(), 40);
        for value in ["x = 0.0", "x = 0.75", "x = 0.5", "x = 0.25", "x = 0.0078125"] {
            assert!(found.iter().any(|name| name == value), "{value}: {found:?}");
        }
        let negative = all(&(-1.0..1.0), 40);
        assert!(negative.contains(&"x = -1.0".to_owned()) && !negative.contains(&"x = 1.0".to_owned()));
        assert!(negative.contains(&"x = -0.5".to_owned()) && negative.contains(&"x = 0.0".to_owned()));
    }

    #[test]
    fn few_integers_are_all_there() {
        assert_eq!(all(&(1..=4), 40), ["x = 1", "x = 2", "x = 3", "x = 4"]);
        assert_eq!(all(&(0_usize..3), 40), ["x = 0", "x = 1", "x = 2"]);
        let many = all(&(1_u64..=1_000_000), 40);
        assert!(many.len() == 40 && many.contains(&"x = 524288".to_owned()), "{many:?}");
    }

    #[test]
    fn several_variables_meet_in_all_corners() {
        let name = |number| {
            let point = Point::new(number, 50, 2);
            let _: (i32, f64) = (point.at("x", 0..=9), point.at("y", -1.0..=1.0));
            point.name()
        };
        let corners: Vec<String> = (0..4).map(name).collect();
        assert_eq!(corners, ["x = 0, y = -1.0", "x = 9, y = -1.0", "x = 0, y = 1.0", "x = 9, y = 1.0"]);
    }

    #[test]
    #[should_panic(expected = "the range of `x` holds nothing")]
    fn an_empty_range_is_no_range() {
        let _: f64 = Point::new(0, 10, 1).at("x", 1.0..=0.0);
    }

    #[test]
    #[should_panic(expected = "the range of `x` has no end")]
    fn a_range_has_ends() {
        let _: f64 = Point::new(0, 10, 1).at("x", 0.0..=f64::INFINITY);
    }
}
