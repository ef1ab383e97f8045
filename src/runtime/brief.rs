//! What a `let` binds: the name of its type, and its value where that is small.

use std::any::type_name_of_val;
use std::fmt::{Debug, Error, Result, Write};
use std::rc::Rc;
use std::sync::Arc;

use super::show::{Show, Shown};

/// What has more parts, or letters, is not small.
const MOST: usize = 64;

/// A type of the standard library or of nalgebra that is shown without running code of an author's.
pub trait Brief: Show {
    /// So many parts it has, and letters.
    fn size(&self) -> usize;
}

/// Chooses how a value is told of. Both types that have it are given by a literal `0`, and which of them it is, is settled when
/// all else in the function is: where `T` is `Brief` they both would do, and a literal is an `i32`; where it is not, `u8` is
/// left. So nothing is asked of `T`, and no type is inferred otherwise than without the call.
pub trait Telling<T> {
    /// What a small value looks like.
    fn told(value: &T) -> Option<Vec<Shown>>;
}

impl<T: Brief> Telling<T> for i32 {
    fn told(value: &T) -> Option<Vec<Shown>> {
        if value.size() <= MOST { Some(value.show_nested()) } else { None }
    }
}

impl<T> Telling<T> for u8 {
    fn told(_: &T) -> Option<Vec<Shown>> {
        None
    }
}

/// The same for what `Debug` says.
pub trait Describing<T> {
    /// What `Debug` prints, if that is little.
    fn described(value: &T) -> Option<Vec<Shown>>;
}

impl<T: Debug> Describing<T> for i32 {
    fn described(value: &T) -> Option<Vec<Shown>> {
        described(value)
    }
}

fn described(value: &dyn Debug) -> Option<Vec<Shown>> {
    let mut line = Line(String::new());
    write!(line, "{value:?}").ok()?;
    Some(vec![Shown::Debug(line.0)])
}

impl<T> Describing<T> for u8 {
    fn described(_: &T) -> Option<Vec<Shown>> {
        None
    }
}

/// A text that stays short: what is longer is an error.
struct Line(String);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> Result {
        self.0.push_str(text);
        if self.0.len() > MOST { Err(Error) } else { Ok(()) }
    }
}

/// The name of a value's type, and what a small one looks like.
pub(super) fn told<T, B: Telling<T>, D: Describing<T>>(value: &T) -> (&'static str, Option<Vec<Shown>>) {
    let shown = match B::told(value) {
        None => D::described(value),
        shown => shown,
    };
    (type_name_of_val(value), shown)
}

macro_rules! brief {
    ($($type:ty),*) => {$(
        impl Brief for $type {
            fn size(&self) -> usize {
                1
            }
        }
    )*};
}
brief!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64, bool, char, ());

macro_rules! brief_text {
    ($($type:ty),*) => {$(
        impl Brief for $type {
            fn size(&self) -> usize {
                self.len()
            }
        }
    )*};
}
brief_text!(str, String);

macro_rules! brief_through {
    ($($type:ty),*) => {$(
        impl<T: Brief + ?Sized> Brief for $type {
            fn size(&self) -> usize {
                (**self).size()
            }
        }
    )*};
}
brief_through!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Brief> Brief for Option<T> {
    fn size(&self) -> usize {
        self.iter().map(Brief::size).sum::<usize>() + 1
    }
}

impl<T: Brief> Brief for [T] {
    fn size(&self) -> usize {
        // Of many parts it is enough to count them.
        if self.len() > MOST {
            self.len()
        } else {
            self.iter().map(Brief::size).sum::<usize>() + 1
        }
    }
}

impl<T: Brief, const N: usize> Brief for [T; N] {
    fn size(&self) -> usize {
        self.as_slice().size()
    }
}

impl<T: Brief> Brief for Vec<T> {
    fn size(&self) -> usize {
        self.as_slice().size()
    }
}

macro_rules! brief_tuple {
    ($($name:ident),+) => {
        impl<$($name: Brief),+> Brief for ($($name,)+) {
            fn size(&self) -> usize {
                #[allow(non_snake_case, reason = "a type parameter names its value too")]
                let ($($name,)+) = self;
                1 $(+ $name.size())+
            }
        }
    };
}
brief_tuple!(A);
brief_tuple!(A, B);
brief_tuple!(A, B, C);
brief_tuple!(A, B, C, D);
brief_tuple!(A, B, C, D, E);
brief_tuple!(A, B, C, D, E, F);

#[cfg(test)]
mod tests {
    use super::*;

    /// As a generated program calls it.
    macro_rules! told {
        ($name:ident) => {{
            fn told<T, B: Telling<T>, D: Describing<T>>(value: &T, _: B, _: D) -> (&'static str, Option<String>) {
                let (kind, shown) = super::told::<T, B, D>(value);
                (kind, shown.iter().flatten().next().map(Shown::plain))
            }
            told(&$name, 0, 0)
        }};
    }

    fn is(told: &(&str, Option<String>), kind: &str, value: Option<&str>) {
        assert!(told.0.ends_with(kind), "{}", told.0);
        assert_eq!(told.1.as_deref(), value, "{kind}");
    }

    struct Bare;
    #[derive(Debug)]
    struct Plain(#[allow(dead_code, reason = "read through Debug")] u8);

    #[test]
    fn what_is_small_is_told() {
        let (x, text, list, pair) = (0.5, "a \"b\"", vec![1, 2], (1, Some(true)));
        is(&told!(x), "f64", Some("0.5"));
        is(&told!(text), "&str", Some("\"a \\\"b\\\"\""));
        is(&told!(list), "Vec<i32>", Some("[1, 2]"));
        is(&told!(pair), "(i32, core::option::Option<bool>)", Some("(1, Some(true))"));
        let (plain, bare, double) = (Plain(3), Bare, |x: f64| 2.0 * x);
        is(&told!(plain), "Plain", Some("Plain(3)"));
        is(&told!(bare), "Bare", None);
        is(&told!(double), "{{closure}}", None);
        assert!(double(1.0) > 0.0);
    }

    #[test]
    fn what_is_large_is_not() {
        let (list, text, nested, plain) = (
            vec![0; 64],
            "a".repeat(65),
            vec![vec![0; 40]; 2],
            vec![Some(Plain(3)), None, None, None, None, None, None],
        );
        is(&told!(list), "Vec<i32>", None);
        is(&told!(text), "String", None);
        is(&told!(nested), "Vec<alloc::vec::Vec<i32>>", None);
        is(&told!(plain), "Plain>>", Some("[Some(Plain(3)), None, None, None, None, None, None]"));
        let plain = [plain, Vec::new(), (0..9).map(|n| Some(Plain(n))).collect()];
        is(&told!(plain), "Plain>>; 3]", None);
    }

    #[test]
    fn types_are_inferred_as_without_it() {
        let byte = 3;
        let mut bare = Vec::new();
        let mut plain = None;
        let parsed = "3".parse().unwrap();
        is(&told!(byte), "u8", Some("3"));
        is(&told!(bare), "Bare>", None);
        is(&told!(plain), "Plain>", Some("None"));
        is(&told!(parsed), "f32", Some("3"));
        let _: (u8, f32) = (byte, parsed);
        bare.push(Bare);
        plain = plain.or(Some(Plain(1)));
        assert!(plain.is_some() && bare.len() == 1);
    }
}
