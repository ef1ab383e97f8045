//! Tables.

use std::fmt::Display;

/// A table, which a cell shows if it is its last expression: a head, and rows as long as the head.
///
/// A cell of the table is plain text, as `Display` prints it: write `format!("{x:.3}")` for fewer digits. A column in which
/// all cells are numbers (also with `%` or `−`) or empty is aligned to the right. The option `caption` stands below the table; a
/// `label` that begins with `tbl-` numbers it.
///
/// ```
/// use recto::{Table, row};
///
/// let mut table = Table::new(["step", "loss", "note"]);
/// for step in 1..=3 {
///     let note = if step == 1 { "first" } else { "" };
///     table.push(row![step, 0.5f64.powi(step), note]);
/// }
/// assert_eq!(table.rows()[2], ["3", "0.125", ""]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A row of cells of different types, each as `Display` prints it: an array of `String`s.
///
/// ```
/// assert_eq!(recto::row![1, 0.25, "first"], ["1", "0.25", "first"]);
/// ```
#[macro_export]
macro_rules! row {
    ($($cell:expr),* $(,)?) => {
        [$(::std::string::ToString::to_string(&$cell)),*]
    };
}

impl Table {
    /// A table without rows; `head` has the names of the columns.
    pub fn new<H: Display>(head: impl IntoIterator<Item = H>) -> Self {
        Table {
            head: head.into_iter().map(|cell| cell.to_string()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row at the end: an array of cells of one type, or [`row!`](crate::row) where they are of several.
    ///
    /// # Panics
    /// The row is not as long as the head.
    #[track_caller]
    pub fn push<C: Display>(&mut self, row: impl IntoIterator<Item = C>) {
        let row: Vec<String> = row.into_iter().map(|cell| cell.to_string()).collect();
        assert!(
            row.len() == self.head.len(),
            "a row of {} cells in a table of {} columns",
            row.len(),
            self.head.len()
        );
        self.rows.push(row);
    }

    /// The table with a row added, to write a small table as one expression; [`push`](Table::push) suits loops.
    ///
    /// # Panics
    /// The row is not as long as the head.
    #[track_caller]
    #[must_use]
    pub fn row<C: Display>(mut self, row: impl IntoIterator<Item = C>) -> Self {
        self.push(row);
        self
    }

    /// The table as comma-separated values (RFC 4180, with the line ends of Unix).
    pub(super) fn csv(&self) -> String {
        let lines = std::iter::once(&self.head).chain(&self.rows);
        lines.map(|row| row.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",") + "\n").collect()
    }

    /// The rows, each as long as the head.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }
}

/// Tables as comma-separated values, one after the other, with the columns `names` in front, which have the values given with each;
/// empty if one is, or has other columns.
pub(super) fn joined<'a>(names: &str, tables: impl Iterator<Item = (String, &'a str)> + Clone) -> String {
    let mut heads = tables.clone().map(|(_, table)| table.lines().next());
    let Some(Some(head)) = heads.next() else {
        return String::new();
    };
    if heads.any(|other| other != Some(head)) {
        return String::new();
    }
    let rows = tables.flat_map(|(values, table)| table.lines().skip(1).map(move |row| format!("{values},{row}\n")));
    format!("{names},{head}\n") + &rows.collect::<String>()
}

/// A value among comma-separated ones. A line of them is one line: a break within a text is a space.
pub(super) fn cell(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::show::{Show, Shown};
    use super::*;

    #[test]
    fn columns_of_numbers_are_aligned_to_the_right() {
        let table = Table::new(["n", "word"]).row(row![1, "one"]).row(row![-2.5e3, "7"]).row(row!["−7 %", "8"]);
        let Some(Shown::Table { alignment, rows, .. }) = table.show().pop() else {
            panic!("a table")
        };
        assert_eq!(alignment, "rl");
        assert_eq!(rows, [["1", "one"], ["-2500", "7"], ["−7 %", "8"]]);
    }

    #[test]
    #[should_panic(expected = "a row of 1 cells in a table of 2 columns")]
    fn a_row_of_the_wrong_length_is_refused() {
        Table::new(["a", "b"]).push(["c"]);
    }
}
