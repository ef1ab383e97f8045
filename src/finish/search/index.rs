//! An index in the form of elasticlunr, made at once of all that is found.
//!
//! elasticlunr itself takes one document after the other into a tree of letters, and a word through its pipeline as often as it
//! stands there. Here each word goes through once, and the tree is written of the words in their order.

use std::collections::{BTreeMap, HashMap};

use elasticlunr::lang::English;
use elasticlunr::{ELASTICLUNR_VERSION, Language, Pipeline};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::found::{Found, words};

/// What is searched of each thing.
const FIELDS: [&str; 3] = ["title", "body", "breadcrumbs"];
/// What elasticlunr calls the number of a document.
const REF: &str = "id";

/// The documents in which a word stands, by their numbers, and how often in each.
type Places<'a> = Vec<(&'a str, u32)>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index<'a> {
    fields: [&'a str; 3],
    pipeline: Pipeline,
    #[serde(rename = "ref")]
    id: &'a str,
    version: &'a str,
    index: BTreeMap<&'a str, Rooted<'a>>,
    document_store: Documents<'a>,
    lang: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Documents<'a> {
    save: bool,
    docs: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
    doc_info: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
    length: usize,
}

/// The words of a field.
#[derive(Serialize)]
struct Rooted<'a> {
    #[serde(serialize_with = "as_tree")]
    root: BTreeMap<String, Places<'a>>,
}

impl<'a> Rooted<'a> {
    /// `places` are those of each token by its number.
    fn of(mut places: Vec<Places<'a>>, tokens: &HashMap<String, usize>) -> Rooted<'a> {
        let mut its = |token: &usize| places.get_mut(*token).map(std::mem::take).filter(|places| !places.is_empty());
        Rooted {
            root: tokens.iter().filter_map(|(token, number)| Some((token.clone(), its(number)?))).collect(),
        }
    }
}

impl<'a> Index<'a> {
    /// `numbers` are those of the documents, as they are called.
    pub(super) fn of(found: &'a [Found], numbers: &'a [String]) -> Index<'a> {
        let language = English::new();
        let mut fields: [Vec<Places<'a>>; 3] = Default::default();
        let (mut docs, mut doc_info) = (BTreeMap::new(), BTreeMap::new());
        let mut seen = Seen {
            pipeline: language.make_pipeline(),
            words: HashMap::new(),
            tokens: HashMap::new(),
        };
        for (it, number) in found.iter().zip(numbers) {
            let texts = [it.title.as_str(), &it.text, &it.path];
            let lengths = fields.iter_mut().zip(texts).map(|(field, text)| seen.take_in(number, text, field));
            doc_info.insert(number.as_str(), FIELDS.into_iter().zip(lengths.collect::<Vec<_>>()).collect());
            docs.insert(number.as_str(), FIELDS.into_iter().zip(texts).chain([(REF, number.as_str())]).collect());
        }
        fields.iter_mut().flatten().for_each(|places| places.sort_unstable());
        Index {
            fields: FIELDS,
            pipeline: seen.pipeline,
            id: REF,
            version: ELASTICLUNR_VERSION,
            index: FIELDS.into_iter().zip(fields.map(|places| Rooted::of(places, &seen.tokens))).collect(),
            document_store: Documents {
                save: true,
                length: docs.len(),
                docs,
                doc_info,
            },
            lang: language.name(),
        }
    }
}

/// The words that went through the pipeline, with the tokens that came of each, and the number of each token.
struct Seen<'a> {
    pipeline: Pipeline,
    words: HashMap<&'a str, Vec<Option<usize>>>,
    tokens: HashMap<String, usize>,
}

impl<'a> Seen<'a> {
    /// Takes in the text of a document; how many words it has.
    fn take_in(&mut self, number: &'a str, text: &'a str, field: &mut Vec<Places<'a>>) -> usize {
        let mut length = 0;
        for word in text.split(|c: char| c.is_whitespace() || c == '-') {
            let Seen { pipeline, words: seen, tokens } = self;
            let came = seen.entry(word).or_insert_with(|| {
                let run = pipeline.run(words(word)).into_iter();
                run.map(|token| (!token.is_empty()).then(|| numbered(token, tokens))).collect()
            });
            length += came.len();
            for &token in came.iter().flatten() {
                if field.len() <= token {
                    field.resize_with(token + 1, Vec::new);
                }
                match field[token].last_mut() {
                    Some((last, count)) if *last == number => *count += 1,
                    _ => field[token].push((number, 1)),
                }
            }
        }
        length
    }
}

/// The number of a token, a new one where it is.
fn numbered(token: String, tokens: &mut HashMap<String, usize>) -> usize {
    let next = tokens.len();
    *tokens.entry(token).or_insert(next)
}

fn as_tree<S: Serializer>(words: &BTreeMap<String, Places<'_>>, serializer: S) -> Result<S::Ok, S::Error> {
    let words: Vec<(&str, &Places<'_>)> = words.iter().map(|(word, places)| (word.as_str(), places)).collect();
    Tree { words: &words, depth: 0 }.serialize(serializer)
}

/// Words in their order that begin with the same letters, up to a depth in bytes.
struct Tree<'a> {
    words: &'a [(&'a str, &'a Places<'a>)],
    depth: usize,
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (own, longer) = match self.words {
            [(word, places), longer @ ..] if word.len() == self.depth => (places.as_slice(), longer),
            words => ([].as_slice(), words),
        };
        let letter = |word: &str| word[self.depth..].chars().next();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("docs", &Docs(own))?;
        map.serialize_entry("df", &own.len())?;
        for words in longer.chunk_by(|(one, _), (other, _)| letter(one) == letter(other)) {
            if let Some(letter) = words.first().and_then(|(word, _)| letter(word)) {
                let below = Tree {
                    words,
                    depth: self.depth + letter.len_utf8(),
                };
                map.serialize_entry(&letter, &below)?;
            }
        }
        map.end()
    }
}

struct Docs<'a>(&'a [(&'a str, u32)]);

impl Serialize for Docs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Frequency {
            tf: f64,
        }
        serializer
            .collect_map(self.0.iter().map(|(number, count)| (number, Frequency { tf: f64::from(*count).sqrt() })))
    }
}

#[cfg(test)]
mod tests {
    use elasticlunr::IndexBuilder;

    use super::*;

    #[test]
    fn it_is_what_elasticlunr_makes() {
        let sentence = "Largest eigenvalue of λ1, the step-size and größer steps, the step's step 1.5 日本";
        let found = |number: usize| Found {
            address: String::new(),
            title: format!("Steps {}", number % 3),
            text: sentence.split(' ').cycle().skip(number).take(number * 2).collect::<Vec<_>>().join(" "),
            path: format!("A » Steps {}", number % 3),
        };
        let found: Vec<Found> = (0..23).map(found).collect();
        let numbers: Vec<String> = (0..found.len()).map(|number| number.to_string()).collect();
        let index = FIELDS
            .iter()
            .fold(IndexBuilder::new(), |it, field| it.add_field_with_tokenizer(field, Box::new(words)));
        let mut index = index.build();
        for (it, number) in found.iter().zip(&numbers) {
            index.add_doc(number, [it.title.as_str(), &it.text, &it.path]);
        }
        assert_eq!(serde_json::to_string(&Index::of(&found, &numbers)).unwrap(), index.to_json());
    }
}
