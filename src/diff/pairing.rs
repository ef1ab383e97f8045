//! Which chapters, claims, values and cells of one report are which of those of another.
//!
//! Each pass takes what the passes before it left: first what is the same in all, then what has the same sentence, then what
//! has the same expression, at last what stands in a sentence with mostly the same words. So what moved within a
//! page is itself, and what moved to another page with its sentence, too.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use super::matching::Matching;
use super::reported::{Check, Claim, Expected, Given, Lesson, Reported, Subject};

/// Of two sentences that are one, the share of words that both have.
const LIKENESS: f64 = 0.6;

/// The format of an inline value.
static FORMAT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:^|[^:]):[^:{}()]*$").expect("a constant"));

/// A check, and the chapter in which it stands.
#[derive(Clone, Debug)]
pub(super) struct Located<'a> {
    pub(super) check: &'a Check,
    pub(super) lesson: &'a Lesson,
    /// The chapter's number in the list of pairs: the same on both sides.
    chapter: usize,
    /// Its sentence; absent if one of the two reports has none.
    sentence: Option<&'a str>,
    /// The same with a mark for each claim.
    frame: Option<String>,
}

/// What of two reports is the same.
#[derive(Clone, Debug)]
pub(super) struct Paired<'a> {
    pub(super) lessons: Matching,
    pub(super) claims: Kinds<'a>,
    pub(super) values: Kinds<'a>,
    pub(super) cells: Kinds<'a>,
    /// Claims that code writes now, and values that are claimed now.
    pub(super) written: Vec<(usize, usize)>,
    pub(super) claimed: Vec<(usize, usize)>,
    /// Claims and values that no code computes any more, by their numbers in the old report.
    pub(super) given_claims: HashMap<usize, &'a Given>,
    pub(super) given_values: HashMap<usize, &'a Given>,
}

/// The checks of a kind on both sides, and which are the same.
#[derive(Clone, Debug)]
pub(super) struct Kinds<'a> {
    pub(super) old: Vec<Located<'a>>,
    pub(super) new: Vec<Located<'a>>,
    pub(super) pairs: Matching,
}

impl<'a> Paired<'a> {
    pub(super) fn of(old: &'a Reported, new: &'a Reported) -> Paired<'a> {
        let lessons = lessons(&old.lessons, &new.lessons);
        let has_sentences = old.is_whole() && new.is_whole();
        let kinds = |is_kind: fn(&Subject) -> bool| {
            let count = old.lessons.len();
            let chapter = |index| lessons.old_of(index).unwrap_or(count + index);
            Kinds::of(
                located(&old.lessons, has_sentences, |index| index, is_kind),
                located(&new.lessons, has_sentences, chapter, is_kind),
            )
        };
        let mut claims = kinds(|subject| matches!(subject, Subject::Claim(_)));
        let mut values = kinds(|subject| matches!(subject, Subject::Value { .. }));
        let mut cells = kinds(|subject| matches!(subject, Subject::Cell { .. }));
        claims.pair_claims();
        values.pair_values();
        cells.pair_cells();
        let written = across(&claims, &values);
        let claimed = across(&values, &claims);
        let mut given = new_givens(old, new, &lessons);
        Paired {
            given_claims: take_given(&claims, &written, &mut given),
            given_values: take_given(&values, &claimed, &mut given),
            written,
            claimed,
            lessons,
            claims,
            values,
            cells,
        }
    }
}

/// Chapters are the same by their file, or else by their title, or else if most of what they claim is.
fn lessons(old: &[Lesson], new: &[Lesson]) -> Matching {
    let mut pairs = Matching::new(old.len(), new.len());
    pairs.by(|index| Some(&old[index].source), |index| Some(&new[index].source));
    pairs.by(|index| Some(&old[index].title), |index| Some(&new[index].title));
    let claims = |lesson: &'_ Lesson| -> BTreeSet<(String, String)> {
        let claims = lesson.checks.iter().filter_map(|check| match &check.subject {
            Subject::Claim(claim) => Some((claim.text.clone(), claim.expression.clone())),
            _ => None,
        });
        claims.collect()
    };
    let old: Vec<_> = old.iter().map(claims).collect();
    let new: Vec<_> = new.iter().map(claims).collect();
    pairs.by_likeness(|one, other| {
        let (one, other) = (&old[one], &new[other]);
        let both = one.intersection(other).count();
        (2 * both >= one.len().max(other.len()).max(1)).then_some(both as f64)
    });
    pairs
}

fn located<'a>(
    lessons: &'a [Lesson],
    has_sentences: bool,
    chapter: impl Fn(usize) -> usize,
    is_kind: fn(&Subject) -> bool,
) -> Vec<Located<'a>> {
    let of_lesson = |(index, lesson): (usize, &'a Lesson)| {
        let frames = if has_sentences { frames(lesson) } else { HashMap::new() };
        let chapter = chapter(index);
        let checks = lesson.checks.iter().filter(|check| is_kind(&check.subject)).map(move |check| {
            let sentence = check.sentence.as_deref().filter(|_| has_sentences);
            Located {
                check,
                lesson,
                chapter,
                frame: sentence.map(|it| frames.get(it).cloned().unwrap_or_else(|| it.to_owned())),
                sentence,
            }
        });
        checks.collect::<Vec<_>>()
    };
    lessons.iter().enumerate().flat_map(of_lesson).collect()
}

/// The sentences of a chapter with a mark for each of their claims, and for what is given.
fn frames(lesson: &Lesson) -> HashMap<&str, String> {
    let mut frames: HashMap<&str, String> = HashMap::new();
    let claims = lesson.checks.iter().filter_map(|check| match &check.subject {
        Subject::Claim(Claim { text, .. }) => Some((check.sentence.as_deref()?, text.as_str())),
        _ => None,
    });
    let given = lesson.coverage.iter().flat_map(|coverage| &coverage.given);
    let given = given.map(|given| (given.sentence.as_str(), given.text.as_str()));
    for (sentence, text) in claims.chain(given) {
        let frame = frames.entry(sentence).or_insert_with(|| sentence.to_owned());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(found) = whole_word(frame, &text) {
            frame.replace_range(found..found + text.len(), "…");
        }
    }
    frames
}

/// Where a text stands in another one, if possible not as a part of a longer word or number.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    if word.is_empty() {
        return None;
    }
    let is_end = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ','));
    let is_whole = |at: usize| {
        is_end(text[..at].chars().next_back()) && !text[at + word.len()..].starts_with(char::is_alphanumeric)
    };
    let mut all = text.match_indices(word).map(|(at, _)| at);
    all.find(|at| is_whole(*at)).or_else(|| text.find(word))
}

/// What is of one kind in the old report and of another in the new one, by chapter and expression.
fn across(one: &Kinds<'_>, other: &Kinds<'_>) -> Vec<(usize, usize)> {
    let key = |located: &Located<'_>| (located.chapter, located.computed_by().to_owned());
    let mut pairs = Matching::new(one.old.len(), other.new.len());
    pairs.by(
        |old| one.pairs.new_of(old).is_none().then(|| key(&one.old[old])),
        |new| other.pairs.old_of(new).is_none().then(|| key(&other.new[new])),
    );
    pairs.pairs().collect()
}

/// What is given in the new report, and was not in the old one: its chapter, and its sentence with marks.
fn new_givens<'a>(old: &Reported, new: &'a Reported, lessons: &Matching) -> Vec<(usize, String, &'a Given)> {
    let mut found = Vec::new();
    for (one, other) in lessons.pairs() {
        let (Some(before), Some(after)) = (&old.lessons[one].coverage, &new.lessons[other].coverage) else {
            continue;
        };
        let frames = frames(&new.lessons[other]);
        let mut known: Vec<&str> = before.given.iter().map(|given| given.text.as_str()).collect();
        for given in &after.given {
            match known.iter().position(|known| *known == given.text) {
                Some(at) => drop(known.swap_remove(at)),
                None => found.push((one, frames.get(given.sentence.as_str()).cloned().unwrap_or_default(), given)),
            }
        }
    }
    found
}

/// Which of the things that are gone is given now: it stands in the same sentence, or says the same. What is found is taken.
fn take_given<'a>(
    kinds: &Kinds<'_>,
    others: &[(usize, usize)],
    given: &mut Vec<(usize, String, &'a Given)>,
) -> HashMap<usize, &'a Given> {
    let is_other = |index: &usize| others.iter().any(|(old, _)| old == index);
    let gone: Vec<usize> = kinds.pairs.old_alone().into_iter().filter(|index| !is_other(index)).collect();
    let mut pairs = Matching::new(gone.len(), given.len());
    let (of_gone, of_given) = (|at: usize| &kinds.old[gone[at]], |at: usize| &given[at]);
    pairs.by(|at| of_gone(at).frame(), |at| Some((of_given(at).0, of_given(at).1.as_str())));
    pairs.by(
        |at| of_gone(at).said().map(|said| (of_gone(at).chapter, said)),
        |at| Some((of_given(at).0, of_given(at).2.text.as_str())),
    );
    let found: Vec<(usize, usize)> = pairs.pairs().collect();
    let taken = found.iter().map(|(old, new)| (gone[*old], given[*new].2)).collect();
    let mut at = 0;
    given.retain(|_| {
        at += 1;
        !found.iter().any(|(_, new)| *new == at - 1)
    });
    taken
}

impl<'a> Located<'a> {
    /// What the page says.
    fn said(&self) -> Option<&'a str> {
        self.claim().map(|claim| claim.text.as_str()).or_else(|| self.value()?.1)
    }

    pub(super) fn claim(&self) -> Option<&'a Claim> {
        match &self.check.subject {
            Subject::Claim(claim) => Some(claim),
            _ => None,
        }
    }

    /// The expression and the text of an inline value.
    pub(super) fn value(&self) -> Option<(&'a str, Option<&'a str>)> {
        match &self.check.subject {
            Subject::Value { expression, text } => Some((expression, text.as_deref())),
            _ => None,
        }
    }

    /// The chapter and the sentence, its claims apart.
    pub(super) fn frame(&self) -> Option<(usize, &str)> {
        Some((self.chapter, self.frame.as_deref()?))
    }

    pub(super) fn chapter(&self) -> usize {
        self.chapter
    }

    /// Whether both stand in the same sentence, or one of them does not say.
    pub(super) fn has_sentence_of(&self, other: &Located<'_>) -> bool {
        self.sentence == other.sentence
    }

    /// The expression of a claim or of an inline value, without its format.
    fn computed_by(&self) -> &'a str {
        match &self.check.subject {
            Subject::Claim(claim) => &claim.expression,
            Subject::Value { expression, .. } => {
                let format = FORMAT.find(expression).and_then(|found| {
                    let colon = expression[found.start()..].find(':')?;
                    Some(found.start() + colon)
                });
                expression[..format.unwrap_or(expression.len())].trim()
            }
            _ => "",
        }
    }

    /// What the author calls a cell.
    fn label(&self) -> Option<&'a str> {
        let number = self.check.id.rsplit('.').next()?;
        self.check.anchor.as_deref().filter(|anchor| *anchor != format!("check.{number}"))
    }

    /// What is to become of a cell.
    fn expected(&self) -> Option<Expected> {
        match &self.check.subject {
            Subject::Cell { expected, .. } => Some(*expected),
            _ => None,
        }
    }

    /// The hash of a cell's code.
    fn code(&self) -> Option<&'a str> {
        match &self.check.subject {
            Subject::Cell { blake3, .. } => blake3.as_deref(),
            _ => None,
        }
    }
}

impl<'a> Kinds<'a> {
    fn of(old: Vec<Located<'a>>, new: Vec<Located<'a>>) -> Kinds<'a> {
        let pairs = Matching::new(old.len(), new.len());
        Kinds { old, new, pairs }
    }

    /// Pairs what has the same key on both sides.
    fn by<'b, K: Eq + std::hash::Hash>(&'b mut self, key: impl Fn(&'b Located<'a>) -> Option<K>) {
        let Kinds { old, new, pairs } = self;
        let (old, new) = (&*old, &*new);
        pairs.by(|index| key(&old[index]), |index| key(&new[index]));
    }

    fn pair_claims(&mut self) {
        self.by(|it| {
            it.claim().map(|claim| (it.chapter, it.sentence, &claim.text, &claim.expression, &claim.computed))
        });
        self.by(|it| it.claim().map(|claim| (it.chapter, it.sentence, &claim.text, &claim.expression)));
        self.by(|it| it.claim().map(|claim| (it.chapter, it.sentence, &claim.text)));
        self.by(|it| it.claim().map(|claim| (it.chapter, it.frame.as_deref(), &claim.expression)));
        self.by(|it| it.claim().map(|claim| (it.chapter, &claim.text, &claim.expression)));
        self.by(|it| {
            it.claim()
                .map(|claim| (it.sentence.filter(|it| !it.is_empty()), &claim.text, &claim.expression))
                .filter(|key| key.0.is_some())
        });
        self.by(|it| it.frame().map(|(chapter, frame)| (chapter, frame.to_owned())));
        self.by(|it| it.claim().map(|claim| (it.chapter, &claim.expression)));
        self.by_likeness();
    }

    fn pair_values(&mut self) {
        self.by(|it| it.value().map(|(expression, text)| (it.chapter, it.sentence, expression, text)));
        self.by(|it| it.value().map(|(expression, _)| (it.chapter, it.sentence, expression)));
        self.by(|it| it.value().map(|(expression, _)| (it.chapter, expression)));
        self.by(|it| it.sentence.and_then(|sentence| it.value().map(|(expression, _)| (sentence, expression))));
        self.by(|it| it.frame().map(|(chapter, frame)| (chapter, frame.to_owned())));
        self.by_likeness();
    }

    fn pair_cells(&mut self) {
        self.by(|it| it.label().map(|label| (it.chapter, label)));
        self.by(|it| it.code().map(|code| (it.chapter, code, it.expected())));
        self.by(|it| it.code().map(|code| (it.chapter, code)));
        self.by(Located::label);
        self.by(Located::code);
        let Kinds { old, new, pairs } = self;
        pairs.by_neighbour(|one, other| {
            let (one, other) = (&old[one], &new[other]);
            one.chapter == other.chapter && (one.label().is_none() || other.label().is_none())
        });
    }

    /// Pairs what stands in sentences of a chapter with mostly the same words.
    fn by_likeness(&mut self) {
        let Kinds { old, new, pairs } = self;
        let words = |it: &Located<'_>| -> BTreeSet<String> {
            it.frame.iter().flat_map(|frame| frame.split_whitespace().map(str::to_owned)).collect()
        };
        let old_words: Vec<BTreeSet<String>> = old.iter().map(words).collect();
        let new_words: Vec<BTreeSet<String>> = new.iter().map(words).collect();
        pairs.by_likeness(|one, other| {
            if old[one].chapter != new[other].chapter {
                return None;
            }
            let (one, other) = (&old_words[one], &new_words[other]);
            let both = one.intersection(other).count();
            let likeness = 2.0 * both as f64 / (one.len() + other.len()).max(1) as f64;
            (likeness >= LIKENESS).then_some(likeness)
        });
    }
}
