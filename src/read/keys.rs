//! The keys that an author may write: the fields of the struct that they are read into.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error};

use super::takes::Takes;
use crate::problem::{Kind, Problem, nearest};
use crate::source::Place;

/// What other tools call an option, and what recto has for it.
const OF_OTHERS: [(&[&str], &str); 5] = [
    (&["fig-cap", "tbl-cap", "title"], "write `caption: …`"),
    (&["fig-alt"], "write `alt: …`"),
    (&["id", "name"], "write `label: …`"),
    (&["eval"], "for code that is shown and not run, write `rust,ignore` after the backticks"),
    (&["include", "results"], "`echo: false` hides the code of a cell, `output: false` what it shows"),
];

/// A problem for each key that is no field of `T` and none of the `others`, which may stand there too.
pub(super) fn unknown<T: DeserializeOwned>(
    keys: impl Iterator<Item = (String, Place)>,
    others: &[&str],
    kind: Kind,
    what: &str,
) -> Vec<Problem> {
    let fields = fields_of::<T>();
    let known = [fields, others].concat();
    let (mut unknown, given): (Vec<(String, Place)>, Vec<_>) =
        keys.partition(|(key, _)| !known.contains(&key.as_str()));
    unknown.sort_by_key(|(_, place)| place.span.start);
    let problem = |(key, place): (String, Place)| {
        let problem = Problem::error(kind, format!("unknown {what} `{key}`")).at(place);
        let of_others = OF_OTHERS.iter().find(|(keys, _)| kind == Kind::Option && keys.contains(&key.as_str()));
        if let Some((_, help)) = of_others {
            return problem.help(*help);
        }
        if kind == Kind::Settings && Takes::of(&key, kind).is_some() {
            let help =
                format!("`{key}` is a setting of the whole book: it stands in book.toml, below `[preprocessor.recto]`");
            return problem.help(help);
        }
        match near(&key, &known) {
            Some(near) if given.iter().any(|(key, _)| key == near) => {
                problem.help(format!("if it was to be `{near}`, that stands there too: take one of them away"))
            }
            Some(near) => problem.did_you_mean(near),
            None => problem.help(format!("the {what}s are {}", fields.join(", "))),
        }
    };
    unknown.into_iter().map(problem).collect()
}

/// The field of `T` that a key is likely meant to be, if it is none.
pub(super) fn meant<T: DeserializeOwned>(key: &str) -> Option<&'static str> {
    let fields = fields_of::<T>();
    near(key, fields).filter(|_| !fields.contains(&key))
}

/// The key that is most like another, in small letters if need be.
fn near<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let known = || known.iter().copied();
    nearest(key, known()).or_else(|| nearest(&key.to_lowercase(), known()))
}

/// The names by which serde knows the fields of a struct.
pub(super) fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    let _ = T::deserialize(FieldNames(&mut fields));
    fields
}

/// A deserializer without a value, which takes down what fields it is asked for.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is no value"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
