//! What a report says so that it can be compared with one of another version of the book.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::Shown;
use crate::index::Index;
use crate::read::Lesson;
use crate::run::Output;
use crate::verify::ItemReport;

/// Significant digits of a figure's numbers that tell it from another: the last ones differ between machines.
const DIGITS: usize = 6;
/// A number so much smaller than the largest of its column is 0.
const NEGLIGIBLE: f64 = 1e-9;

/// What a figure shows, as a hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ShowsEntry {
    pub(crate) kind: Showing,
    pub(crate) blake3: String,
}

/// Of what it is the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Showing {
    /// The numbers that are drawn.
    Data,
    /// The pictures, where the figure does not say what it draws.
    Picture,
}

impl ShowsEntry {
    pub(super) fn of(report: &ItemReport) -> ShowsEntry {
        let figures = report.run.output.iter().filter(|output| pictures(output).next().is_some());
        let figures: Vec<(&Output, String)> = figures.map(|figure| (figure, figure.data())).collect();
        let has_data = figures.iter().all(|(_, data)| !data.is_empty());
        let kind = if has_data { Showing::Data } else { Showing::Picture };
        let mut hasher = blake3::Hasher::new();
        for (figure, data) in &figures {
            if has_data {
                hasher.update(rounded(data).as_bytes());
            } else {
                for svg in pictures(figure) {
                    hasher.update(svg.as_bytes());
                }
            }
        }
        ShowsEntry {
            kind,
            blake3: hasher.finalize().to_hex().to_string(),
        }
    }
}

/// The pictures of an output.
fn pictures(output: &Output) -> impl Iterator<Item = &String> {
    let shown = match output {
        Output::Shown(shown) => Some(shown),
        Output::Printed(_) => None,
    };
    shown.into_iter().flat_map(Shown::figures).flat_map(|figure| &figure.svgs)
}

/// Comma-separated values with numbers of few digits.
fn rounded(data: &str) -> String {
    let mut largest: Vec<f64> = Vec::new();
    for (column, number) in data.lines().flat_map(|line| line.split(',').enumerate()) {
        largest.resize(largest.len().max(column + 1), 0.0);
        if let Ok(number) = number.parse::<f64>()
            && number.is_finite()
        {
            largest[column] = largest[column].max(number.abs());
        }
    }
    let mut rounded = String::with_capacity(data.len());
    for line in data.lines() {
        for (column, field) in line.split(',').enumerate() {
            rounded.push_str(if column == 0 { "" } else { "," });
            match field.parse::<f64>() {
                Ok(number) if number.abs() <= NEGLIGIBLE * largest[column] => rounded.push('0'),
                // Writing to a string can't fail.
                Ok(number) => drop(write!(rounded, "{number:.*e}", DIGITS - 1)),
                Err(_) => rounded.push_str(field),
            }
        }
        rounded.push('\n');
    }
    rounded
}

/// The fragments of a chapter's page to which others may link. Those that lead back to a footnote's number are not among them.
pub(super) fn anchors(index: &Index, lesson: &Lesson) -> Vec<String> {
    let labels = index.labels.on(&lesson.path).map(|(name, _)| name);
    let headings = lesson.outline.headings.iter().map(|heading| heading.id.as_str());
    let fragments = lesson.outline.fragments.iter().map(String::as_str).filter(|id| !id.starts_with("fr-"));
    let anchors: BTreeSet<&str> = labels.chain(headings).chain(fragments).filter(|id| !id.is_empty()).collect();
    anchors.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn a_figures_numbers_are_compared_to_six_digits() {
        let data = "x,name\n1.0000001,a\n2e-17,3\n";
        assert_eq!(rounded(data), "x,name\n1.00000e0,a\n0,3.00000e0\n");
        assert_eq!(rounded(data), rounded("x,name\n1.00000012,a\n-1e-16,3.0\n"));
        assert_ne!(rounded(data), rounded("x,name\n1.00002,a\n0,3.0\n"));
        assert_eq!(rounded("0,-0\n-0.0,NaN\n"), "0,0\n0,NaN\n");
    }
}
