//! Of which names a lesson's programs tell recto: what their types are, and their values.

use std::collections::{BTreeMap, HashMap};

use super::binding::{Binding, Told};
use super::part::{CellPart, Content, Part, Starts};
use crate::read::{CodeLine, Echo, Lesson, Mode};

/// Chooses the names of which the lesson's programs tell: those that are seen, and that are used further on before another one takes
/// the name, since a name that is not may hold what is gone when its statement ends. `is_apart` says which parts are programs
/// of their own.
pub(super) fn tell(lesson: &Lesson, parts: &mut [Part<'_>], is_apart: &[bool]) -> BTreeMap<usize, Vec<Binding>> {
    let together = parts.iter().enumerate().filter(|(position, _)| !is_apart[*position]);
    let shared = words(together);
    let mut lines = parts.iter().flat_map(|part| match &part.content {
        Content::Cell(cell) => cell.cell.lines.as_slice(),
        _ => &[],
    });
    // A `Debug` of the lesson's own may do more than describe.
    let call = if lines.any(|line| line.text.text().contains("Debug for")) {
        "bound_undescribed"
    } else {
        "bound"
    };
    let mut bindings = BTreeMap::new();
    for (position, part) in parts.iter_mut().enumerate() {
        let own = is_apart[position].then(|| words(std::iter::once((position, &*part))));
        let Content::Cell(cell) = &mut part.content else {
            continue;
        };
        if cell.cell.mode != Mode::Run
            || cell.shape.main.is_some()
            || cell.cell.options.echo == Echo::Hidden
            || !cell.cell.options.lets.unwrap_or(lesson.lets)
        {
            continue;
        }
        let words = own.as_ref().unwrap_or(&shared);
        let is_used = |name: &str, end: usize| words.get(name).is_some_and(|its| is_used(its, (position, end)));
        let (told, its): (Vec<Told>, Vec<Binding>) = names(cell, call, is_used).unzip();
        if !told.is_empty() {
            bindings.insert(part.index, its);
        }
        cell.told = told;
    }
    bindings
}

impl CellPart<'_> {
    /// The names that its `let`s bind.
    fn let_names(&self) -> impl Iterator<Item = String> {
        let lines = &self.cell.lines;
        let starts = Starts::of(lines);
        let spans = self.shape.lets.iter().flat_map(|it| &it.names);
        spans.map(move |name| {
            let (line, start) = starts.split(name.start);
            lines[line].text.text()[start..start + name.len()].to_owned()
        })
    }
}

fn names(
    cell: &CellPart<'_>,
    call: &'static str,
    is_used: impl Fn(&str, usize) -> bool,
) -> impl Iterator<Item = (Told, Binding)> {
    let lines = &cell.cell.lines;
    let starts = Starts::of(lines);
    let names = cell.shape.lets.iter().flat_map(|it| it.names.iter().map(|name| (it.end, name.clone())));
    names.filter_map(move |(end, name)| {
        let (line, start) = starts.split(name.start);
        let (text, columns) = (&lines[line].text, start..start + name.len());
        let name = &text.text()[columns.clone()];
        let told = Told {
            end,
            name: name.to_owned(),
            call,
            span: text.range(columns),
        };
        let binding = Binding {
            name: name.to_owned(),
            line,
            column: text.text()[..start].chars().count(),
        };
        (!lines[line].hidden && is_used(name, end)).then_some((told, binding))
    })
}

/// A place in the code: the part, and the byte in it.
type At = (usize, usize);

/// A word of the code.
struct Word {
    at: At,
    /// Where the `let` ends that binds it here.
    bound: Option<At>,
}

/// Whether a name that is bound before a place is used behind it, before it is bound anew.
fn is_used(words: &[Word], end: At) -> bool {
    // They are in the order of the code.
    let behind = &words[words.partition_point(|word| word.at < end)..];
    let mut anew = None;
    for word in behind {
        if anew.is_some_and(|anew| anew < word.at) {
            return false;
        }
        match word.bound {
            // What it is bound to may still use the old one.
            Some(end) => anew = anew.or(Some(end)),
            None => return true,
        }
    }
    false
}

/// Where each name that a `let` binds stands in the code, in their order.
fn words<'a>(parts: impl Iterator<Item = (usize, &'a Part<'a>)> + Clone) -> HashMap<String, Vec<Word>> {
    let cells = parts.clone().filter_map(|(_, part)| match &part.content {
        Content::Cell(cell) => Some(cell),
        _ => None,
    });
    let mut words: HashMap<String, Vec<Word>> =
        cells.flat_map(CellPart::let_names).map(|name| (name, Vec::new())).collect();
    for (position, part) in parts {
        let (code, lets) = match &part.content {
            Content::Cell(cell) => (CodeLine::joined(&cell.cell.lines), cell.shape.lets.as_slice()),
            Content::Claim(part) => (part.code(), [].as_slice()),
            Content::Value { expression, format, .. } => (format!("{} {format}", expression.text()), [].as_slice()),
        };
        let names = lets.iter().flat_map(|it| it.names.iter().map(|name| (name.start, (position, it.end))));
        let bound: HashMap<usize, At> = names.collect();
        let mut at = 0;
        for word in code.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
            let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            if let Some(its) = words.get_mut(name) {
                its.push(Word {
                    at: (position, at),
                    bound: bound.get(&at).copied(),
                });
            }
            at += word.len();
        }
    }
    words
}
