//! Of which names a lesson's programs tell recto: what their types are, and their values.

use std::collections::{BTreeMap, HashMap};

use super::binding::{Binding, Told};
use super::part::{CellPart, Content, Part, split};
use crate::read::{CodeLine, Echo, Lesson, Mode};

/// Chooses the names of which the lesson's programs tell: those that are seen, and that are used further on, since a name that is
/// not may hold what is gone when its statement ends.
pub(super) fn tell(lesson: &Lesson, parts: &mut [Part<'_>]) -> BTreeMap<usize, Vec<Binding>> {
    let last = last_words(parts);
    let code = parts.iter().filter_map(|part| match &part.content {
        Content::Cell(cell) => Some(CodeLine::joined(&cell.cell.lines)),
        _ => None,
    });
    // A `Debug` of the lesson's own may do more than describe.
    let call = if code.into_iter().any(|code| code.contains("Debug for")) {
        "bound_undescribed"
    } else {
        "bound"
    };
    let mut bindings = BTreeMap::new();
    for (position, part) in parts.iter_mut().enumerate() {
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
        let is_used = |name: &str, end: usize| last.get(name).is_some_and(|&last| (position, end) <= last);
        let (told, its): (Vec<Told>, Vec<Binding>) = names(cell, call, is_used).unzip();
        if !told.is_empty() {
            bindings.insert(part.index, its);
        }
        cell.told = told;
    }
    bindings
}

fn names(
    cell: &CellPart<'_>,
    call: &'static str,
    is_used: impl Fn(&str, usize) -> bool,
) -> impl Iterator<Item = (Told, Binding)> {
    let lines = &cell.cell.lines;
    let names = cell.shape.lets.iter().flat_map(|it| it.names.iter().map(|name| (it.end, name.clone())));
    names.filter_map(move |(end, name)| {
        let (line, start) = split(lines, name.start);
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

/// Where each word of the lesson's code stands last: the part, and the byte in it.
fn last_words(parts: &[Part<'_>]) -> HashMap<String, (usize, usize)> {
    let mut last = HashMap::new();
    for (position, part) in parts.iter().enumerate() {
        let code = match &part.content {
            Content::Cell(cell) => CodeLine::joined(&cell.cell.lines),
            Content::Claim(claim) => claim.expression.text().to_owned(),
            Content::Value { expression, format, .. } => format!("{} {format}", expression.text()),
        };
        let mut at = 0;
        for word in code.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
            let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            last.insert(name.to_owned(), (position, at));
            at += word.len();
        }
    }
    last
}
