//! Exercises: the classes of their headings, `{#ex-name .compute .easy}`, and the titles of claims that readers are asked for.

use std::ops::Range;

use pulldown_cmark::CowStr;

use crate::problem::{Kind, Problem, nearest};
use crate::source::Document;

/// What an exercise asks for.
const KINDS: [&str; 5] = ["check", "compute", "prove", "explore", "project"];
const DIFFICULTIES: [&str; 3] = ["easy", "medium", "hard"];

/// What an author says of an exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exercise {
    pub(crate) kind: Option<&'static str>,
    pub(crate) difficulty: Option<&'static str>,
}

impl Exercise {
    /// The classes of a heading that stands here; other classes are its author's own.
    pub(super) fn read(
        classes: &[CowStr<'_>],
        document: &Document,
        heading: &Range<usize>,
    ) -> (Exercise, Vec<Problem>) {
        let mut exercise = Exercise::default();
        let mut problems = Vec::new();
        for class in classes {
            let written = document.text()[heading.clone()].rfind(&format!(".{class}"));
            let start = heading.start + written.map_or(0, |at| at + 1);
            let place = document.place(start..start + class.len());
            let known = |names: &'static [&'static str]| names.iter().copied().find(|name| *name == &**class);
            let (own, word) = match (known(&KINDS), known(&DIFFICULTIES)) {
                (Some(kind), _) => (exercise.kind.replace(kind), "kind"),
                (_, Some(difficulty)) => (exercise.difficulty.replace(difficulty), "difficulty"),
                _ => {
                    if let Some(near) = nearest(class, KINDS.into_iter().chain(DIFFICULTIES)) {
                        let message = format!("`{class}` is no kind and no difficulty of an exercise");
                        problems.push(Problem::warning(Kind::Label, message).at(place).did_you_mean(near));
                    }
                    continue;
                }
            };
            if own.is_some() {
                let message = format!("this exercise has two of one: its {word} is given already");
                problems.push(Problem::error(Kind::Label, message).at(place).help("take one of them away"));
            }
        }
        (exercise, problems)
    }

    /// `compute · easy`; nothing where nothing is said.
    pub(crate) fn words(&self) -> String {
        self.kind.into_iter().chain(self.difficulty).collect::<Vec<_>>().join(" · ")
    }
}

/// The number of a claim is the answer to an exercise: a reader types it, and the page says whether it is right.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// What is asked for, where an exercise asks for several things.
    pub(crate) name: Option<String>,
    /// How far a right answer may be from the value.
    pub(crate) within: Option<f64>,
}

/// Why the title of a claim is none of an answer.
pub(super) struct NoAnswer;

impl Asked {
    /// Reads the title of a claim: `answer`, `answer ±0.01`, `answer: name`, or `answer ±0.01: name`. One that begins with
    /// another word asks for nothing.
    pub(super) fn read(title: &str) -> Result<Option<Asked>, NoAnswer> {
        let Some(rest) = title.strip_prefix("answer").filter(|rest| !rest.starts_with(char::is_alphanumeric)) else {
            // A word that is nearly that one would ask for nothing, and nobody would notice.
            let word = title.split([' ', ':', '±']).next().unwrap_or_default();
            let is_slip = word != "answers" && strsim::damerau_levenshtein(word, "answer") <= 2;
            return if is_slip { Err(NoAnswer) } else { Ok(None) };
        };
        let (within, name) = match rest.split_once(':') {
            Some((within, name)) => (within.trim(), Some(name.trim().to_owned()).filter(|name| !name.is_empty())),
            None => (rest.trim(), None),
        };
        let within = match within.strip_prefix('±') {
            Some(number) => {
                let number: f64 = number.trim().parse().map_err(|_| NoAnswer)?;
                Some(number).filter(|number| number.is_finite() && *number > 0.0).ok_or(NoAnswer)?.into()
            }
            None if within.is_empty() => None,
            None => return Err(NoAnswer),
        };
        Ok(Some(Asked { name, within }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_that_ask() {
        let read = |title| match Asked::read(title) {
            Ok(asked) => Ok(asked.map(|asked| (asked.within, asked.name))),
            Err(NoAnswer) => Err(()),
        };
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(read("answer"), Ok(Some((None, None))));
        assert_eq!(read("answer ±0.01"), Ok(Some((Some(0.01), None))));
        assert_eq!(read("answer: $\\eta$"), Ok(Some((None, name("$\\eta$")))));
        assert_eq!(read("answer ± 1e-3 : the step"), Ok(Some((Some(1e-3), name("the step")))));
        assert_eq!(read("answers much"), Ok(None));
        assert_eq!(read("a title"), Ok(None));
        for wrong in [
            "anser", "Answer: x", "anwser ±0.1", "answer 3", "answer ±", "answer ±-1", "answer ±x: y", "answer ±inf",
        ] {
            assert_eq!(read(wrong), Err(()), "{wrong}");
        }
    }
}
