//! What passes between a lesson program and recto: each message, how it is written, and how it is read.
//!
//! Both sides compile this file. A message is a list of words, of which the first is its kind; [`frame`](super::frame)
//! carries them.

use std::borrow::Cow;
use std::fmt;

use super::figure::Figure;
use super::numbers::Number;
use super::show::Shown;
use super::sweep::{Frame, Sweep};
use super::value::{Piece, Value};

/// What a lesson program tells recto.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub enum Message {
    /// The first message: the word that is in the marks of this run.
    Hello(String),
    /// A cell begins; the number is the item's index in the lesson.
    Cell(u32),
    /// A cell ended as it should.
    CellEnd(u32),
    /// A value shown.
    Shown(Shown),
    /// An inline value, formatted.
    Value {
        /// Index of the item.
        item: u32,
        /// The text.
        text: String,
    },
    /// A name that a `let` of a cell has bound.
    Bound {
        /// Index of the item.
        item: u32,
        /// Which of the names of which its program tells.
        number: u32,
        /// The name of its type, as the compiler has it.
        kind: String,
        /// What it looks like, if it is small.
        shown: Vec<Shown>,
    },
    /// A claim's expression, computed.
    Claim {
        /// Index of the item.
        item: u32,
        /// Its numbers in row-major order.
        numbers: Vec<Number>,
    },
    /// A formula of a claim's text, computed before the claim itself.
    Formula {
        /// Index of the item.
        item: u32,
        /// Which of the claim's formulas.
        part: u32,
        /// Its numbers in row-major order, in the cases of the claim.
        numbers: Vec<Number>,
        /// How far rounding may have moved each of them.
        errors: Vec<f64>,
        /// Why it has no value; empty where it has.
        fault: String,
    },
    /// The switch of this number was reached.
    Reached(u32),
    /// The data file of this path was read.
    Read(String),
    /// The seed was asked for.
    Seed,
    /// A panic, as the hook sees it; the thread may yet go on.
    Panic {
        /// File as the compiler names it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Name of the thread, empty for the main one.
        thread: String,
        /// What it said.
        message: String,
    },
    /// A panic ended the lesson; this is what it said.
    Unwound(String),
    /// A `should_panic` cell panicked.
    Caught {
        /// Index of the item.
        item: u32,
        /// What it said.
        message: String,
    },
    /// A `should_panic` cell did not panic.
    Unpanicked(u32),
    /// A cell returned an error.
    Error {
        /// File as the compiler names it.
        file: String,
        /// Line of the `?`, from 1.
        line: usize,
        /// Column of the `?`, from 1.
        column: usize,
        /// The error and its causes.
        message: String,
    },
    /// The program is about to end by itself.
    Done,
}

/// Why a message can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// This word can't stand where it does.
    Unexpected(String),
    /// It ends too early.
    Short,
    /// It goes on after its end.
    Long,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unexpected(word) => write!(f, "`{word:.40}` has no meaning there"),
            Error::Short => f.write_str("it has too few fields"),
            Error::Long => f.write_str("it has too many fields"),
        }
    }
}

impl std::error::Error for Error {}

/// The words of a message.
pub fn encode(message: &Message) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    message.write(&mut words);
    words
}

/// The message of some words.
///
/// # Errors
/// No message has this form, so another version of this file wrote it.
pub fn decode(words: Vec<String>) -> Result<Message, Error> {
    let mut words = words.into_iter();
    let message = Message::read(&mut words)?;
    match words.next() {
        None => Ok(message),
        Some(_) => Err(Error::Long),
    }
}

/// A part of a message.
trait Part: Sized {
    fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>);
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

variants! { Message:
    "hello" => Hello(nonce),
    "cell" => Cell(item),
    "end" => CellEnd(item),
    "show" => Shown(value),
    "value" => Value { item, text },
    "bound" => Bound { item, number, kind, shown },
    "claim" => Claim { item, numbers },
    "formula" => Formula { item, part, numbers, errors, fault },
    "reached" => Reached(number),
    "read" => Read(path),
    "seed" => Seed,
    "panic" => Panic { file, line, column, thread, message },
    "unwound" => Unwound(message),
    "caught" => Caught { item, message },
    "unpanicked" => Unpanicked(item),
    "error" => Error { file, line, column, message },
    "done" => Done,
}

variants! { Shown:
    "text" => Text(text),
    "value" => Value(value),
    "math" => Math { latex, plain },
    "table" => Table { alignment, head, rows },
    "figure" => Figure(figure),
    "sweep" => Sweep(sweep),
    "html" => Html(html),
    "debug" => Debug(text),
}

variants! { Piece:
    "integer" => Integer(text),
    "float" => Float(text),
    "sign" => Sign { latex, plain },
}

variants! { Number:
    "integer" => Integer(value),
    "float" => Float(value),
    "text" => Text(text),
    "case" => Case(name),
}

/// The same for a type with fields; what is read must also be what the type promises to be.
macro_rules! fields {
    ($type:ident { $($field:ident),* } $(where $holds:path)?) => {
        impl Part for $type {
            fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
                $(self.$field.write(words);)*
            }
            fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
                let whole = $type { $($field: Part::read(words)?),* };
                $(if !$holds(&whole) {
                    return Err(Error::Unexpected(stringify!($type).to_owned()));
                })?
                Ok(whole)
            }
        }
    };
}

fields! { Value { open, parts, close, names, math } where Value::is_whole }
fields! { Figure { svgs, columns, finite, data } }
fields! { Frame { figure, note, values } }
fields! { Sweep { parameters, frames, first } where Sweep::is_whole }

impl Part for String {
    fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
        words.push(self.into());
    }
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
    fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
        Ok((A::read(words)?, B::read(words)?))
    }
}

impl<T: Part> Part for Vec<T> {
    fn write<'a>(&'a self, words: &mut Vec<Cow<'a, str>>) {
        words.push(self.len().to_string().into());
        self.iter().for_each(|part| part.write(words));
    }
    fn read(words: &mut dyn Iterator<Item = String>) -> Result<Self, Error> {
        let count = usize::read(words)?;
        (0..count).map(|_| T::read(words)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::super::frame::{self, Decoder};
    use super::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), "(?s).{0,12}", "[\n\x1e\x1f,:0-9]{0,6}"]
    }

    fn number() -> impl Strategy<Value = Number> {
        let special = prop_oneof![
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
            Just(-0.0),
            Just(f64::MIN_POSITIVE),
            Just(f64::MAX)
        ];
        prop_oneof![
            any::<i128>().prop_map(Number::Integer),
            prop::num::f64::ANY.prop_map(Number::Float),
            special.prop_map(Number::Float),
            text().prop_map(Number::Text),
            text().prop_map(Number::Case),
        ]
    }

    fn figure() -> impl Strategy<Value = Figure> {
        (vec(text(), 0..3), any::<u32>(), any::<bool>(), text()).prop_map(|(svgs, columns, finite, data)| Figure {
            svgs,
            columns,
            finite,
            data,
        })
    }

    fn sweep() -> impl Strategy<Value = Sweep> {
        let frame = (figure(), text()).prop_map(|(figure, note)| Frame {
            figure,
            note,
            values: vec![Number::Integer(3)],
        });
        let parameters = vec((text(), vec(text(), 1..4)), 1..3);
        (parameters, frame, any::<prop::sample::Index>()).prop_map(|(parameters, frame, first)| {
            let count = parameters.iter().map(|(_, values)| values.len()).product();
            Sweep {
                parameters,
                frames: vec![frame; count],
                first: first.index(count),
            }
        })
    }

    fn value() -> impl Strategy<Value = Value> {
        let piece = prop_oneof![
            text().prop_map(Piece::Integer),
            text().prop_map(Piece::Float),
            (text(), text()).prop_map(|(latex, plain)| Piece::Sign { latex, plain }),
        ];
        let parts = vec((vec(piece, 0..4), text()), 0..4);
        (text(), parts, text(), any::<bool>(), any::<bool>()).prop_map(|(open, parts, close, is_named, math)| {
            let (parts, names): (Vec<Vec<Piece>>, Vec<String>) = parts.into_iter().unzip();
            let names = if is_named { names } else { Vec::new() };
            Value { open, parts, close, names, math }
        })
    }

    fn shown() -> impl Strategy<Value = Shown> {
        let rows = vec(vec(text(), 0..4), 0..4);
        prop_oneof![
            value().prop_map(Shown::Value),
            text().prop_map(Shown::Text),
            (text(), text()).prop_map(|(latex, plain)| Shown::Math { latex, plain }),
            (text(), vec(text(), 0..4), rows).prop_map(|(alignment, head, rows)| Shown::Table {
                alignment,
                head,
                rows
            }),
            figure().prop_map(Shown::Figure),
            sweep().prop_map(Shown::Sweep),
            text().prop_map(Shown::Html),
            text().prop_map(Shown::Debug),
        ]
    }

    fn message() -> impl Strategy<Value = Message> {
        let at = || (text(), any::<usize>(), any::<usize>());
        prop_oneof![
            text().prop_map(Message::Hello),
            any::<u32>().prop_map(Message::Cell),
            any::<u32>().prop_map(Message::CellEnd),
            shown().prop_map(Message::Shown),
            (any::<u32>(), text()).prop_map(|(item, text)| Message::Value { item, text }),
            (any::<u32>(), vec(number(), 0..4)).prop_map(|(item, numbers)| Message::Claim { item, numbers }),
            (any::<u32>(), any::<u32>(), vec(number(), 0..4), vec(prop::num::f64::POSITIVE, 0..4), text()).prop_map(
                |(item, part, numbers, errors, fault)| Message::Formula { item, part, numbers, errors, fault }
            ),
            (any::<u32>(), any::<u32>(), text(), vec(shown(), 0..2))
                .prop_map(|(item, number, kind, shown)| Message::Bound { item, number, kind, shown }),
            text().prop_map(Message::Read),
            Just(Message::Seed),
            (at(), text(), text()).prop_map(|((file, line, column), thread, message)| Message::Panic {
                file,
                line,
                column,
                thread,
                message,
            }),
            text().prop_map(Message::Unwound),
            (any::<u32>(), text()).prop_map(|(item, message)| Message::Caught { item, message }),
            any::<u32>().prop_map(Message::Unpanicked),
            (at(), text()).prop_map(|((file, line, column), message)| Message::Error { file, line, column, message }),
            Just(Message::Done),
        ]
    }

    fn owned(message: &Message) -> Vec<String> {
        encode(message).into_iter().map(Cow::into_owned).collect()
    }

    proptest! {
        #[test]
        fn each_message_comes_back_through_its_frame(message in message()) {
            let mut decoder = Decoder::default();
            decoder.feed(&frame::encode(encode(&message).iter().map(AsRef::as_ref)));
            let words = decoder.next().unwrap().unwrap();
            prop_assert!(!decoder.is_open());
            // As text, since NaN is not equal to itself.
            prop_assert_eq!(format!("{:?}", decode(words)), format!("{:?}", Ok::<_, Error>(message)));
        }

        #[test]
        fn a_message_with_a_field_too_few_or_too_many_is_refused(message in message(), more in text()) {
            let words = owned(&message);
            for count in 0..words.len() {
                prop_assert_eq!(decode(words[..count].to_vec()), Err(Error::Short));
            }
            prop_assert_eq!(decode([words, vec![more]].concat()), Err(Error::Long));
        }

        #[cfg(feature = "generator")]
        #[test]
        fn each_message_can_be_stored(message in message()) {
            let json = serde_json::to_string(&message).unwrap();
            let stored: Message = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(format!("{stored:?}"), format!("{message:?}"));
        }
    }

    #[test]
    fn what_no_message_says_is_refused() {
        for (kind, fields, unexpected) in [
            ("trace", &["1"][..], "trace"),
            ("cell", &["first"], "first"),
            ("cell", &["-1"], "-1"),
            ("cell", &[""], ""),
            ("show", &["audio", "1"], "audio"),
            ("show", &["value", "(", "1", "1", "number", "3", ")", "0", "false"], "number"),
            ("show", &["value", "(", "0", ")", "1", "a", "false"], "Value"),
            ("show", &["figure", "1", "<svg/>", "1", "1"], "1"),
            (
                "show",
                &[
                    "sweep", "1", "r", "1", "0.5", "1", "1", "<svg/>", "1", "true", "", "", "0", "1",
                ],
                "Sweep",
            ),
            (
                "show",
                &[
                    "sweep", "1", "r", "2", "0.5", "1", "1", "1", "<svg/>", "1", "true", "", "", "0", "0",
                ],
                "Sweep",
            ),
            ("show", &["sweep", "1", "r", "0", "0", "0"], "Sweep"),
            ("claim", &["3", "1", "complex", "1"], "complex"),
            ("claim", &["3", "1", "float", "one"], "one"),
            ("claim", &["3", "1", "integer", "1.5"], "1.5"),
        ] {
            let words = [&[kind], fields].concat().into_iter().map(str::to_owned).collect();
            let refused = Err(Error::Unexpected(unexpected.to_owned()));
            assert_eq!(decode(words), refused, "{kind}");
        }
    }
}
