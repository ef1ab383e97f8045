//! What passes between a lesson program and recto: each message, how it is written, and how it is read.
//!
//! Both sides compile this file. A message is a list of words, of which the first is its kind;
//! [`frame`](super::frame) carries them.

use std::borrow::Cow;

use super::figure::Figure;
use super::numbers::Number;
use super::show::Shown;
use super::step::Step;
use super::sweep::{Frame, Sweep};
use super::value::{Piece, Value};
#[cfg(feature = "generator")]
use super::words::Error;
use super::words::{Part, Words, variants};

/// What a lesson program tells recto.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub enum Message {
    /// How the program goes on.
    Step(Step),
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
        /// How many of them stand in each of its rows, if it has rows.
        rows: Vec<u32>,
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
    /// The data file of this path was read.
    Read(String),
    /// The seed was asked for.
    Seed,
}

impl Words for Message {
    fn words(&self) -> Vec<Cow<'_, str>> {
        let mut words = Vec::new();
        self.write(&mut words);
        words
    }
}

/// The message of some words.
///
/// # Errors
/// No message has this form, so another version of this file wrote it.
#[cfg(feature = "generator")]
pub fn decode(words: Vec<String>) -> Result<Message, Error> {
    let mut words = words.into_iter();
    let message = Message::read(&mut words)?;
    match words.next() {
        None => Ok(message),
        Some(_) => Err(Error::Long),
    }
}

variants! { Message:
    "step" => Step(step),
    "show" => Shown(value),
    "value" => Value { item, text },
    "bound" => Bound { item, number, kind, shown },
    "claim" => Claim { item, numbers, rows },
    "formula" => Formula { item, part, numbers, errors, fault },
    "read" => Read(path),
    "seed" => Seed,
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
            #[cfg(feature = "generator")]
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

    fn step() -> impl Strategy<Value = Step> {
        let at = || (text(), any::<usize>(), any::<usize>());
        prop_oneof![
            text().prop_map(Step::Hello),
            any::<u32>().prop_map(Step::Cell),
            any::<u32>().prop_map(Step::CellEnd),
            any::<u32>().prop_map(Step::Reached),
            (at(), text(), text()).prop_map(|((file, line, column), thread, message)| Step::Panic {
                file,
                line,
                column,
                thread,
                message,
            }),
            text().prop_map(Step::Unwound),
            (any::<u32>(), text()).prop_map(|(item, message)| Step::Caught { item, message }),
            any::<u32>().prop_map(Step::Unpanicked),
            (at(), text()).prop_map(|((file, line, column), message)| Step::Error { file, line, column, message }),
            Just(Step::Done),
        ]
    }

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![
            10 => step().prop_map(Message::Step),
            1 => shown().prop_map(Message::Shown),
            1 => (any::<u32>(), text()).prop_map(|(item, text)| Message::Value { item, text }),
            1 => (any::<u32>(), vec(number(), 0..4), vec(any::<u32>(), 0..4)).prop_map(|(item, numbers, rows)| Message::Claim { item, numbers, rows }),
            1 => (any::<u32>(), any::<u32>(), vec(number(), 0..4), vec(prop::num::f64::POSITIVE, 0..4), text()).prop_map(
                |(item, part, numbers, errors, fault)| Message::Formula { item, part, numbers, errors, fault }
            ),
            1 => (any::<u32>(), any::<u32>(), text(), vec(shown(), 0..2))
                .prop_map(|(item, number, kind, shown)| Message::Bound { item, number, kind, shown }),
            1 => text().prop_map(Message::Read),
            1 => Just(Message::Seed),
        ]
    }

    fn owned(message: &impl Words) -> Vec<String> {
        message.words().into_iter().map(Cow::into_owned).collect()
    }

    proptest! {
        #[test]
        fn each_message_comes_back_through_its_frame(message in message()) {
            let mut decoder = Decoder::default();
            decoder.feed(&frame::encode(message.words().iter().map(AsRef::as_ref)));
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

        #[test]
        fn a_step_alone_is_a_message(step in step()) {
            prop_assert_eq!(decode(owned(&step)), Ok(Message::Step(step)));
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
            ("step", &["leap"], "leap"),
            ("step", &["cell", "first"], "first"),
            ("step", &["cell", "-1"], "-1"),
            ("step", &["cell", ""], ""),
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
