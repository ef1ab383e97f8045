//! What messages are made of: lists of words, and how a type is written as words and read from them. Programs only write, and
//! what they link is compiled at the beginning of each first build, so it can't read.

use std::borrow::Cow;
#[cfg(feature = "generator")]
use std::fmt;

/// A message that can be sent.
pub(super) trait Words {
    /// Its words.
    fn words(&self) -> Vec<Cow<'_, str>>;
}

/// Why a message can't be read.
#[cfg(feature = "generator")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// This word can't stand where it does.
    Unexpected(String),
    /// It ends too early.
    Short,
    /// It goes on after its end.
    Long,
}

#[cfg(feature = "generator")]
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unexpected(word) => write!(f, "`{word:.40}` has no meaning there"),
            Error::Short => f.write_str("it has too few fields"),
            Error::Long => f.write_str("it has too many fields"),
        }
    }
}

#[cfg(feature = "generator")]
impl std::error::Error for Error {}

/// A part of a message.
pub(super) trait Part: Sized {
    fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>);
    #[cfg(feature = "generator")]
    fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error>;
}

/// Both directions from one list: the word of each variant, and its fields in the order of writing.
macro_rules! variants {
    ($type:ident: $($word:literal => $variant:ident $(($($place:ident),*))? $({ $($field:ident),* })?,)*) => {
        impl Part for $type {
            fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
                match self {
                    $($type::$variant $(($($place),*))? $({ $($field),* })? => {
                        words.push($word.into());
                        $($($place.write(words);)*)?
                        $($($field.write(words);)*)?
                    })*
                }
            }
            #[cfg(feature = "generator")]
            fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
                match String::read(words)?.as_str() {
                    $($word => {
                        $($(let $place = Part::read(words)?;)*)?
                        $($(let $field = Part::read(words)?;)*)?
                        Ok($type::$variant $(($($place),*))? $({ $($field),* })?)
                    })*
                    other => Err(Error::Unexpected(other.to_owned())),
                }
            }
        }
    };
}
pub(super) use variants;

impl Part for String {
    fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
        words.push(self.into());
    }
    #[cfg(feature = "generator")]
    fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
        words.next().ok_or(Error::Short)
    }
}

/// Types whose `Debug` text is read by `FromStr` as the same value.
macro_rules! printed {
    ($($type:ty),*) => {$(
        impl Part for $type {
            fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
                words.push(format!("{self:?}").into());
            }
            #[cfg(feature = "generator")]
            fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
                let word = String::read(words)?;
                word.parse().map_err(|_| Error::Unexpected(word))
            }
        }
    )*};
}
printed!(bool, u32, usize, i128, f64);

impl<A: Part, B: Part> Part for (A, B) {
    fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
        self.0.write(words);
        self.1.write(words);
    }
    #[cfg(feature = "generator")]
    fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
        Ok((A::read(words)?, B::read(words)?))
    }
}

impl<T: Part> Part for Vec<T> {
    fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
        words.push(self.len().to_string().into());
        self.iter().for_each(|part| part.write(words));
    }
    #[cfg(feature = "generator")]
    fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
        let count = usize::read(words)?;
        (0..count).map(|_| T::read(words)).collect()
    }
}
