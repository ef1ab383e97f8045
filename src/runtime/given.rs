//! What formulas give to functions of the lesson.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a formula is one expression of terms, in which nothing has a name"
)]

use super::term::{Scalar, Term};

/// What a formula gives to a function of the lesson's.
#[diagnostic::on_unimplemented(
    message = "a formula can't give a `{Self}` to a function",
    label = "the function takes a `{Self}`",
    note = "bind the value to a name in a cell, and write that into the formula"
)]
pub trait Given: Sized {
    /// The value as this type, if it is one of it.
    fn given(term: &Term) -> Option<Self>;

    /// What it is called in a message.
    fn kind() -> String {
        format!("a `{}`", std::any::type_name::<Self>())
    }
}

impl Given for f64 {
    fn given(term: &Term) -> Option<Self> {
        match term {
            Term::Scalar(scalar) => Some(scalar.float()),
            _ => None,
        }
    }
}

impl Given for f32 {
    #[allow(clippy::cast_possible_truncation, reason = "the nearest one")]
    fn given(term: &Term) -> Option<Self> {
        f64::given(term).map(|number| number as f32)
    }
}

/// What a function of the lesson's takes.
///
/// # Panics
/// It is none of the type that the function takes.
#[track_caller]
pub fn given<T: Given>(term: Term) -> T {
    T::given(&term).unwrap_or_else(|| {
        let what = match &term {
            Term::Scalar(scalar) => format!("{}", scalar.float()),
            other => other.kind(),
        };
        panic!("the formula gives {what} to a function that takes {}", T::kind())
    })
}

/// A number for a function that takes others too.
///
/// # Panics
/// It is no number.
#[track_caller]
pub fn real(term: Term) -> f64 {
    given(term)
}

/// A name of the lesson's, for a function of the lesson's.
#[derive(Debug)]
pub struct Name<'a, T: ?Sized>(pub &'a T);

/// What a name can be given as: as it is, or by reference.
#[diagnostic::on_unimplemented(
    message = "this function does not take what the name in the formula stands for",
    label = "the function takes a `{T}`"
)]
pub trait Give<T> {
    /// The value for the function.
    fn give(&self) -> T;
}

impl<'a, T: ?Sized> Give<&'a T> for Name<'a, T> {
    fn give(&self) -> &'a T {
        self.0
    }
}

impl<T: Clone> Give<T> for Name<'_, T> {
    fn give(&self) -> T {
        self.0.clone()
    }
}

/// A name of the lesson's, as its function takes it.
pub fn give<'a, T, N: ?Sized>(name: &'a N) -> T
where
    Name<'a, N>: Give<T>,
{
    Name(name).give()
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Given for $type {
            fn given(term: &Term) -> Option<Self> {
                match term {
                    Term::Scalar(Scalar::Integer(value)) => Self::try_from(*value).ok(),
                    _ => None,
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, u128, usize);
