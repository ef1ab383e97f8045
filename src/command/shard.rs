//! Which lessons a command is about: those with an example of some name, in one of several parts of the book.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::problem::{Failure, Kind, Problem, nearest};
use crate::read::{self, Book, Lesson};

/// The first of eight parts is `1/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    number: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if 0 < number && number <= of && of <= 10_000 => Ok(Shard { number, of }),
            _ => Err("a part is written as `1/8`, the first of eight".to_owned()),
        }
    }
}

/// A part of the lessons, and how long they are known to run, in seconds, by their paths.
#[derive(Clone, Debug)]
pub(super) struct Part {
    shard: Shard,
    times: BTreeMap<PathBuf, f64>,
}

impl Part {
    /// # Errors
    /// The file of times can't be read.
    pub(super) fn of(shard: Shard, times: Option<&Path>) -> Result<Part, Failure> {
        let read = |file: &Path| -> Result<BTreeMap<PathBuf, f64>, Failure> {
            let text = std::fs::read_to_string(file).map_err(|error| Problem::io(file, &error))?;
            let times: serde_json::Result<BTreeMap<PathBuf, f64>> = serde_json::from_str(&text);
            times.map_err(|error| {
                let message = format!("`{}` has no times of lessons: {error}", file.display());
                let problem = Problem::error(Kind::Environment, message);
                problem.help("`recto build --timings=times.json` writes them").in_environment()
            })
        };
        let times = times.map(read).transpose()?.unwrap_or_default();
        Ok(Part { shard, times })
    }

    /// The lessons of this part: the longest are given out first, each to the part that has the least to do. All machines
    /// with the same book and the same times come to the same.
    fn lessons<'a>(&self, lessons: Vec<&'a Lesson>) -> Vec<&'a Lesson> {
        let known: Vec<f64> = lessons.iter().filter_map(|it| self.times.get(&it.path)).copied().collect();
        // A lesson of unknown length takes as long as others.
        let usual = if known.is_empty() {
            1.0
        } else {
            known.iter().sum::<f64>() / known.len() as f64
        };
        let time = |lesson: &Lesson| self.times.get(&lesson.path).copied().unwrap_or(usual).max(0.001);
        let hash = |lesson: &Lesson| *blake3::hash(lesson.path.to_string_lossy().as_bytes()).as_bytes();
        let mut order: Vec<usize> = (0..lessons.len()).collect();
        order.sort_by(|&one, &other| {
            let (one, other) = (lessons[one], lessons[other]);
            time(other).total_cmp(&time(one)).then_with(|| hash(one).cmp(&hash(other)))
        });
        let mut loads = vec![0.0; self.shard.of];
        let mut own = vec![false; lessons.len()];
        for index in order {
            let least = (0..loads.len()).min_by(|&one, &other| f64::total_cmp(&loads[one], &loads[other])).unwrap_or(0);
            loads[least] += time(lessons[index]);
            own[index] = least + 1 == self.shard.number;
        }
        lessons.into_iter().zip(own).filter(|(_, own)| *own).map(|(lesson, _)| lesson).collect()
    }
}

/// The failure of a command whose filter is part of no name: the book is to blame, whatever the filter was to find.
pub(super) fn unmatched<'a>(what: &str, filter: &str, names: impl Iterator<Item = &'a str>, all: &str) -> Failure {
    let help = match nearest(filter, names) {
        _ if Path::new(filter).is_dir() => format!("`--book {filter}` is about the book in that folder"),
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all.to_owned(),
    };
    Problem::error(Kind::Chapter, format!("the {what} contains `{filter}`")).help(help).in_book()
}

/// The lessons that a command is about.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// What the name of an example contains; all lessons where it is empty.
    pub(super) filter: String,
    pub(super) part: Option<Part>,
}

impl Wanted {
    /// # Errors
    /// There is no such example, in whatever part: one that is misspelt must not pass.
    pub(super) fn check(&self, book: &Book) -> Result<(), Failure> {
        let names: Vec<String> = book.lessons.iter().flat_map(read::examples).map(|example| example.name).collect();
        if self.filter.is_empty() || names.iter().any(|name| name.contains(&self.filter)) {
            return Ok(());
        }
        let parts = names.iter().flat_map(|name| name.split(['_', ':']).chain(name.split("::")).chain([name.as_str()]));
        Err(unmatched("name of no worked example", &self.filter, parts, "`recto test --list` lists them all"))
    }

    pub(super) fn lessons<'a>(&self, book: &'a Book) -> Vec<&'a Lesson> {
        let is_wanted = |lesson: &&Lesson| {
            let mut examples = read::examples(lesson).into_iter();
            self.filter.is_empty() || examples.any(|example| example.name.contains(&self.filter))
        };
        let lessons: Vec<&Lesson> = book.lessons.iter().filter(is_wanted).collect();
        match &self.part {
            Some(part) => part.lessons(lessons),
            None => lessons,
        }
    }
}

/// Writes down how long lessons ran.
///
/// # Errors
/// The file can't be written.
pub(super) fn write_times(file: &Path, times: &[(PathBuf, Duration)]) -> Result<(), Failure> {
    let times: BTreeMap<&Path, f64> =
        times.iter().map(|(lesson, time)| (lesson.as_path(), time.as_secs_f64())).collect();
    let text = serde_json::to_string_pretty(&times).unwrap_or_default();
    std::fs::write(file, text + "\n").map_err(|error| Problem::io(file, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Scope, samples};

    fn parts(of: usize, times: &[(&str, f64)], lessons: &[Lesson]) -> Vec<Vec<PathBuf>> {
        let times: BTreeMap<PathBuf, f64> = times.iter().map(|(name, time)| (name.into(), *time)).collect();
        let part = |number| {
            let part = Part {
                shard: Shard { number, of },
                times: times.clone(),
            };
            part.lessons(lessons.iter().collect()).iter().map(|lesson| lesson.path.clone()).collect()
        };
        (1..=of).map(part).collect()
    }

    #[test]
    fn each_lesson_is_in_one_part_and_parts_are_alike() {
        let sample = samples::book("", Scope::Lesson).lessons.remove(0);
        let lesson = |name: String| Lesson { path: name.into(), ..sample.clone() };
        let lessons: Vec<Lesson> = (0..20).map(|number| lesson(format!("{number}.md"))).collect();
        for of in [1, 3, 8, 30] {
            let parts = parts(of, &[], &lessons);
            let mut all: Vec<PathBuf> = parts.concat();
            all.sort();
            all.dedup();
            assert_eq!((all.len(), parts.concat().len()), (20, 20));
            assert!(parts.iter().all(|part| part.len().abs_diff(20 / of) <= 1), "{of}");
        }
        // The order of the chapters decides nothing.
        let turned: Vec<Lesson> = lessons.iter().rev().cloned().collect();
        let sorted = |mut parts: Vec<Vec<PathBuf>>| {
            parts.iter_mut().for_each(|part| part.sort());
            parts
        };
        assert_eq!(sorted(parts(3, &[], &lessons)), sorted(parts(3, &[], &turned)));
        // One that takes as long as all others is alone.
        let times: Vec<(String, f64)> =
            (0..20).map(|number| (format!("{number}.md"), if number == 7 { 19.0 } else { 1.0 })).collect();
        let times: Vec<(&str, f64)> = times.iter().map(|(name, time)| (name.as_str(), *time)).collect();
        assert!(parts(2, &times, &lessons).contains(&vec!["7.md".into()]));
    }

    #[test]
    fn a_part_is_one_of_some() {
        assert_eq!("2/8".parse(), Ok(Shard { number: 2, of: 8 }));
        for wrong in ["0/8", "9/8", "1", "a/b", "1/0", "1/99999999999"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
