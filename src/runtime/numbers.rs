//! What a claim compares: the numbers of a value in row-major order.

use std::rc::Rc;
use std::sync::Arc;

/// A number, or a text, of a value that a claim is about, as [`Numbers`] gives it.
///
/// ```
/// use recto::{Number, Numbers};
///
/// let mut numbers = Vec::new();
/// (3, 0.5, "saddle").numbers(&mut numbers);
/// let word = Number::Text("saddle".into());
/// assert_eq!(numbers, [Number::Integer(3), Number::Float(0.5), word]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub enum Number {
    /// An integer. The claim must state just this one; with `≈`, one to which it rounds.
    Integer(i128),
    /// A floating-point number, equal to the stated one up to a relative error of 1e-9 (where that is 0, an absolute one of
    /// 1e-12) and in all digits written; with `≈`, rounded to the stated one. NaN equals nothing.
    Float(#[cfg_attr(feature = "generator", serde(with = "as_text"))] f64),
    /// A text, compared letter by letter; spaces around it do not count. Where it is the whole value, it is compared with
    /// all of the claim's text.
    Text(String),
    /// One of several cases begins, and this is its name: what the claim states is compared with the numbers of each.
    Case(String),
}

/// A float in JSON, which has no infinities.
#[cfg(feature = "generator")]
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:?}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A value that a claim can be about: one or more numbers or texts, each compared with the one at its place in the claim's
/// text. There must be as many in the text as in the value.
///
/// Integers, floats, texts and `bool` have it, and tuples (of up to six), arrays, slices, vectors and references of what has
/// it; with the feature `nalgebra`, its vectors and matrices too, row by row. A type of your own joins the numbers of its
/// parts:
///
/// ```
/// use recto::{Number, Numbers};
///
/// struct Measured {
///     value: f64,
///     error: f64,
/// }
///
/// impl Numbers for Measured {
///     fn numbers(&self, into: &mut Vec<Number>) {
///         (self.value, self.error).numbers(into);
///     }
/// }
///
/// let mut numbers = Vec::new();
/// Measured { value: 9.81, error: 0.02 }.numbers(&mut numbers);
/// assert_eq!(numbers, [9.81, 0.02].map(Number::Float));
/// ```
#[diagnostic::on_unimplemented(
    message = "a claim can't compare a `{Self}`",
    label = "this must be a number, a text, or a tuple, array, vector or matrix of them",
    note = "implement `recto::Numbers` for a type of your own"
)]
pub trait Numbers {
    /// Appends the value's numbers in the order in which a text states them: a matrix row by row.
    fn numbers(&self, into: &mut Vec<Number>);

    /// How many numbers stand in each row of a matrix, or in each part of a value that has parts; nothing where the value is a
    /// number or a plain list of them.
    fn rows(&self) -> Vec<u32> {
        Vec::new()
    }
}

/// The rows of a value that has parts, of which these are the rows.
fn joined(parts: &[Vec<u32>]) -> Vec<u32> {
    let is_plain = parts.iter().all(|part| part.len() == 1 && part[0] == 1);
    if is_plain { Vec::new() } else { parts.concat() }
}

/// The rows of a part: all of it is one, if it has no other ones.
fn part<T: Numbers + ?Sized>(value: &T) -> Vec<u32> {
    let rows = value.rows();
    if rows.is_empty() {
        let mut numbers = Vec::new();
        value.numbers(&mut numbers);
        vec![u32::try_from(numbers.len()).unwrap_or(u32::MAX)]
    } else {
        rows
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Numbers for $type {
            fn numbers(&self, into: &mut Vec<Number>) {
                into.push(Number::Integer(i128::from(*self)));
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

macro_rules! wide_integers {
    ($($type:ty),*) => {$(
        impl Numbers for $type {
            /// # Panics
            /// Beyond `i128::MAX`, where no comparison would be exact.
            fn numbers(&self, into: &mut Vec<Number>) {
                let exact = i128::try_from(*self);
                into.push(Number::Integer(exact.unwrap_or_else(|_| {
                    panic!("{self} is larger than i128::MAX, and can't be compared exactly; claim its digits, as text: `.to_string()`")
                })));
            }
        }
    )*};
}
wide_integers!(isize, usize, u128);

impl Numbers for f64 {
    fn numbers(&self, into: &mut Vec<Number>) {
        into.push(Number::Float(*self));
    }
}

impl Numbers for f32 {
    /// Through its shortest decimal, so that `0.1f32` equals 0.1.
    fn numbers(&self, into: &mut Vec<Number>) {
        into.push(Number::Float(self.to_string().parse().unwrap_or(f64::NAN)));
    }
}

macro_rules! texts {
    ($($type:ty),*) => {$(
        impl Numbers for $type {
            fn numbers(&self, into: &mut Vec<Number>) {
                into.push(Number::Text(self.to_string()));
            }
        }
    )*};
}
texts!(str, String, char, bool);

macro_rules! through {
    ($($type:ty),*) => {$(
        impl<T: Numbers + ?Sized> Numbers for $type {
            fn numbers(&self, into: &mut Vec<Number>) {
                (**self).numbers(into);
            }

            fn rows(&self) -> Vec<u32> {
                (**self).rows()
            }
        }
    )*};
}
through!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Numbers> Numbers for [T] {
    fn numbers(&self, into: &mut Vec<Number>) {
        self.iter().for_each(|value| value.numbers(into));
    }

    fn rows(&self) -> Vec<u32> {
        joined(&self.iter().map(part).collect::<Vec<_>>())
    }
}

impl<T: Numbers, const N: usize> Numbers for [T; N] {
    fn numbers(&self, into: &mut Vec<Number>) {
        self.as_slice().numbers(into);
    }

    fn rows(&self) -> Vec<u32> {
        self.as_slice().rows()
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn numbers(&self, into: &mut Vec<Number>) {
        self.as_slice().numbers(into);
    }

    fn rows(&self) -> Vec<u32> {
        self.as_slice().rows()
    }
}

macro_rules! tuples {
    ($($name:ident),+) => {
        impl<$($name: Numbers),+> Numbers for ($($name,)+) {
            fn numbers(&self, into: &mut Vec<Number>) {
                #[allow(non_snake_case, reason = "a type parameter names its value too")]
                let ($($name,)+) = self;
                $($name.numbers(into);)+
            }

            fn rows(&self) -> Vec<u32> {
                #[allow(non_snake_case, reason = "a type parameter names its value too")]
                let ($($name,)+) = self;
                joined(&[$(part($name)),+])
            }
        }
    };
}
tuples!(A);
tuples!(A, B);
tuples!(A, B, C);
tuples!(A, B, C, D);
tuples!(A, B, C, D, E);
tuples!(A, B, C, D, E, F);

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(value: impl Numbers) -> Vec<Number> {
        let mut numbers = Vec::new();
        value.numbers(&mut numbers);
        numbers
    }

    #[test]
    fn numbers_come_in_the_order_of_writing() {
        assert_eq!(numbers((1u8, vec![2.5, 3.5])), [Number::Integer(1), Number::Float(2.5), Number::Float(3.5)]);
        assert_eq!(numbers("saddle"), [Number::Text("saddle".into())]);
        assert_eq!(numbers(0.1f32), [Number::Float(0.1)]);
        assert_eq!(numbers(i128::MAX as u128), [Number::Integer(i128::MAX)]);
    }

    #[test]
    fn parts_of_a_value_are_rows() {
        assert_eq!([[1, 2, 3], [4, 5, 6]].rows(), [3, 3]);
        assert_eq!((1, [2, 3]).rows(), [1, 2]);
        assert_eq!(([[1, 2], [3, 4]], 5).rows(), [2, 2, 1]);
        assert_eq!([[1, 2, 3]].rows(), [3]);
        assert_eq!(vec![1, 2, 3].rows(), [0; 0]);
        assert_eq!((&&(1, 2)).rows(), [0; 0]);
    }

    #[test]
    #[should_panic(expected = "340282366920938463463374607431768211455 is larger than i128::MAX")]
    fn an_integer_that_would_be_rounded_is_refused() {
        numbers(u128::MAX);
    }
}
