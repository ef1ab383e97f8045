//! Places of the program in what it prints, as `dbg!` writes them, led back to the page: most are there already, but
//! includes have lines of their own, and a value that is shown can stand further right than it does in the chapter.

use std::cell::LazyCell;

use regex::{Captures, Regex};

use crate::Shown;
use crate::read::Lesson;
use crate::run::{ItemRun, Output};
use crate::runtime::value::Piece;
use crate::tangle::Program;

/// Names the page's own places in what a program's items print.
pub(super) fn lead_back(lesson: &Lesson, program: &Program, runs: &mut [ItemRun]) {
    let file = program.file.to_string_lossy();
    // Few programs print a place.
    let pattern = LazyCell::new(|| {
        Regex::new(&format!(r"{}:(\d+)(?::(\d+))?\b", regex::escape(&file))).expect("a file's name, escaped")
    });
    // A further program of the lesson has another name and file.
    let path = |name: &str| name.replace('-', "_");
    let names = [
        (file.to_string(), lesson.file.to_string_lossy().into_owned()),
        (path(&program.name), path(&lesson.name)),
    ];
    let lead = |text: &mut String| {
        if text.contains(file.as_ref()) {
            let place = |found: &Captures<'_>| place(lesson, program, found).unwrap_or_else(|| found[0].to_owned());
            *text = pattern.replace_all(text, place).into_owned();
        }
        for (from, to) in names.iter().filter(|(from, to)| from != to) {
            if text.contains(from) {
                *text = text.replace(from, to);
            }
        }
    };
    for &item in &program.items {
        let run = &mut runs[item];
        for output in &mut run.output {
            match output {
                Output::Printed(text) | Output::Shown(Shown::Text(text) | Shown::Debug(text)) => lead(text),
                Output::Shown(Shown::Value(value)) => {
                    let signs = value.parts.iter_mut().flatten().filter_map(|piece| match piece {
                        Piece::Sign { plain, .. } => Some(plain),
                        Piece::Integer(_) | Piece::Float(_) => None,
                    });
                    signs.for_each(lead);
                }
                Output::Shown(_) => {}
            }
        }
        lead(&mut run.stderr);
        run.value.iter_mut().chain(&mut run.caught).for_each(lead);
    }
}

/// What is written in the place of one of the program's.
fn place(lesson: &Lesson, program: &Program, found: &Captures<'_>) -> Option<String> {
    let line = found[1].parse().ok()?;
    let column = found.get(2).map(|column| column.as_str().parse::<usize>().ok());
    let span = match column {
        Some(column) => program.map.locate((line, column?), (line, column? + 1))?,
        None => program.map.locate((line, 1), (line, usize::MAX - 1))?,
    };
    if span.is_empty() {
        return None;
    }
    let place = lesson.document.place(span);
    let (line, at) = place.line_column();
    let line = format!("{}:{line}", lesson.below_root(place.path()).display());
    Some(if column.is_some() { format!("{line}:{at}") } else { line })
}
