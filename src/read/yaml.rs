//! YAML that stands inside markdown, a few lines at a time, with its errors led back to the page.

use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem, nearest};
use crate::source::Document;

/// A line of YAML and where its first byte stands in the document.
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

/// Reads the lines as one mapping; `known` are the keys there are.
pub(super) fn read<T: DeserializeOwned + Default>(
    document: &Document,
    lines: &[Line<'_>],
    kind: Kind,
    what: &str,
    known: &[&str],
) -> Result<T, Box<Problem>> {
    for line in lines {
        let key = line.text.split(':').next().unwrap_or_default();
        let is_key = line.text.contains(':') && !key.is_empty() && !key.starts_with([' ', '#', '-', '"', '\'']);
        if is_key && !known.contains(&key.trim()) && key.split_whitespace().count() == 1 {
            let key = key.trim();
            let place = document.place(line.start..line.start + key.len());
            let problem = Problem::error(kind, format!("unknown {what} `{key}`")).at(place);
            return Err(Box::new(match nearest(key, known.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("the {what}s are {}", known.join(", "))),
            }));
        }
    }
    let text: String = lines.iter().flat_map(|line| [line.text, "\n"]).collect();
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    serde_saphyr::from_str(&text).map_err(|error| {
        let error = error.without_snippet();
        let location = error.location();
        let row = location
            .map_or(0, |at| (at.line() as usize).saturating_sub(1))
            .min(lines.len() - 1);
        let column = location.map_or(0, |at| (at.column() as usize).saturating_sub(1));
        let line = &lines[row];
        let offset = line.text.char_indices().nth(column).map_or(0, |(offset, _)| offset);
        let reason = error.to_string();
        let reason = reason
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        Box::new(
            Problem::error(kind, format!("this {what} can't be read: {reason}"))
                .at(document.place(line.start + offset..line.start + line.text.len()))
                .help(format!(
                    "each line is `key: value` in YAML; the {what}s are {}",
                    known.join(", ")
                )),
        )
    })
}
