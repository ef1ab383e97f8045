//! Tables that an author wrote or a cell shows, as a phone has room for them: one of sentences is a list of its rows, and of one that
//! is wider each row is folded. One that is wider than paper is folded there too.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::html::escape;
use crate::html::tags::{Tag, Token};
use crate::splice::Splice;

/// A cell of a table with more characters than this has sentences.
const SENTENCE: usize = 40;
/// So many columns of sentences need the margin, too.
const COLUMNS: usize = 3;
/// A phone has room for so many characters of a table's type.
const PHONE: usize = 52;
/// A printed page has room for so many.
const PAPER: usize = 100;
/// The space between two columns, in characters.
const GAP: usize = 2;
/// The style sheet knows folded rows of no more cells on a line.
const MOST: usize = 6;

/// A cell: where its tag stands, its text, and which column it is in.
struct Cell {
    tag: Range<usize>,
    is_head: bool,
    column: usize,
    text: String,
    /// How many operators its formulas have, with space around them.
    operators: usize,
}

impl Cell {
    /// The characters of what can't be broken into two lines.
    fn least_width(&self) -> usize {
        let words = self.text.split([' ', '\n']);
        words.map(|word| word.chars().count()).max().unwrap_or_default() + self.operators
    }
}

pub(super) fn edits(html: &str, tokens: &[Token<'_>]) -> Vec<Splice> {
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(start) = tokens[at..].iter().position(|token| opens(token, "table").is_some()) {
        let start = at + start;
        let length = tokens[start..].iter().position(|token| closes(token, "table")).unwrap_or(tokens.len() - start);
        at = start + length;
        // Those of recto's own pages have classes.
        if let Some(table) = opens(&tokens[start], "table").filter(|table| table.attributes.is_empty()) {
            edits.extend(of_table(html, table, &tokens[start..at]));
        }
    }
    edits
}

fn of_table(html: &str, table: &Tag<'_>, tokens: &[Token<'_>]) -> Vec<Splice> {
    let cells = cells(tokens);
    // A heading that says nothing is none.
    let empty = cells.iter().filter(|cell| cell.is_head && html[cell.tag.end..].starts_with("</th>"));
    let mut edits: Vec<Splice> = empty
        .flat_map(|cell| {
            let (tag, close) = (&cell.tag, cell.tag.end + "</".len());
            [
                Splice::new(tag.start + 1..tag.start + "<th".len(), "td"),
                Splice::new(close..close + "th".len(), "td"),
            ]
        })
        .collect();
    let width = least_width(&cells);
    let columns = sentence_columns(&cells);
    let mut class = if columns >= COLUMNS {
        "recto-prose recto-columns".to_owned()
    } else if columns > 0 {
        "recto-prose".to_owned()
    } else if width > PHONE {
        format!("recto-folded recto-fold-{}", on_a_line(&cells))
    } else {
        return edits;
    };
    if width > PAPER {
        class.push_str(" recto-broad");
    }
    let roles = |name: &str, role: &str| -> Vec<Splice> {
        let tags = tokens.iter().filter_map(|token| opens(token, name));
        tags.map(|tag| Splice::insertion(tag.span.end - 1, format!(" role=\"{role}\""))).collect()
    };
    // What is no table to the eye stays one to a screen reader.
    edits.push(Splice::insertion(table.span.end - 1, format!(" class=\"{class}\" role=\"table\"")));
    for (name, role) in [("thead", "rowgroup"), ("tbody", "rowgroup"), ("tr", "row")] {
        edits.extend(roles(name, role));
    }
    let heads: Vec<&str> = cells.iter().filter(|cell| cell.is_head).map(|cell| cell.text.trim()).collect();
    for cell in &cells {
        let head = heads.get(cell.column).copied().unwrap_or_default();
        let text = match (cell.is_head, head) {
            (true, "") => " role=\"cell\"".to_owned(),
            (true, _) => " role=\"columnheader\"".to_owned(),
            (false, "") => " role=\"cell\"".to_owned(),
            (false, head) => format!(" role=\"cell\" data-head=\"{}\"", escape(head)),
        };
        edits.push(Splice::insertion(cell.tag.end - 1, text));
    }
    edits
}

/// How many columns have sentences.
fn sentence_columns(cells: &[Cell]) -> usize {
    let with_sentences = cells.iter().filter(|cell| cell.text.chars().count() > SENTENCE);
    with_sentences.map(|cell| cell.column).collect::<BTreeSet<_>>().len()
}

/// The characters that the columns take at least.
fn least_width(cells: &[Cell]) -> usize {
    let mut columns: Vec<usize> = Vec::new();
    for cell in cells {
        columns.resize(columns.len().max(cell.column + 1), 0);
        columns[cell.column] = columns[cell.column].max(cell.least_width());
    }
    columns.iter().sum::<usize>() + GAP * columns.len().saturating_sub(1)
}

/// How many cells of a folded row stand side by side; the first has a line of its own.
fn on_a_line(cells: &[Cell]) -> usize {
    let others = cells.iter().filter(|cell| cell.column > 0);
    let widest = others.map(Cell::least_width).max().unwrap_or_default();
    ((PHONE + GAP) / (widest + GAP)).clamp(1, MOST)
}

fn cells(tokens: &[Token<'_>]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut column = 0;
    // What a formula says in LaTeX too.
    let mut is_repeated = false;
    for token in tokens {
        match token {
            Token::Open(tag) if tag.name == "annotation" => is_repeated = true,
            Token::Close(name) if name == "annotation" => is_repeated = false,
            Token::Text(..) if is_repeated => {}
            Token::Open(tag) if tag.name == "tr" => column = 0,
            Token::Open(tag) if tag.name == "td" || tag.name == "th" => {
                let is_head = tag.name == "th";
                cells.push(Cell {
                    tag: tag.span.clone(),
                    is_head,
                    column,
                    text: String::new(),
                    operators: 0,
                });
                column += 1;
            }
            Token::Open(tag) if tag.name == "mo" => {
                cells.iter_mut().next_back().into_iter().for_each(|cell| cell.operators += 1);
            }
            Token::Text(text, _) => cells.iter_mut().next_back().into_iter().for_each(|cell| cell.text.push_str(text)),
            _ => {}
        }
    }
    cells
}

fn opens<'a, 'b>(token: &'a Token<'b>, name: &str) -> Option<&'a Tag<'b>> {
    match token {
        Token::Open(tag) if tag.name == name => Some(tag),
        _ => None,
    }
}

fn closes(token: &Token<'_>, name: &str) -> bool {
    matches!(token, Token::Close(closed) if closed == name)
}

#[cfg(test)]
mod tests {
    use super::super::replaced;
    use super::*;
    use crate::html::tags::tokens;

    fn of(html: &str) -> String {
        replaced(html, edits(html, &tokens(html).collect::<Vec<_>>()))
    }

    #[test]
    fn a_table_of_sentences_says_in_each_cell_what_it_is() {
        let long = "a sentence that is longer than any number is";
        let table = format!(
            "<table><thead><tr><th></th><th>x &lt; y</th></tr></thead><tbody><tr><td>1</td><td>{long}</td></tr></tbody></table>"
        );
        assert_eq!(
            of(&table),
            format!(
                "<table class=\"recto-prose\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\"><td role=\"cell\"></td>\
                 <th role=\"columnheader\">x &lt; y</th></tr></thead><tbody role=\"rowgroup\"><tr role=\"row\">\
                 <td role=\"cell\">1</td><td role=\"cell\" data-head=\"x &lt; y\">{long}</td></tr></tbody></table>"
            )
        );
    }

    #[test]
    fn a_table_of_three_columns_of_sentences_needs_the_margin() {
        let cell = "<td>a sentence that is longer than any number is</td>";
        let row = |count: usize| format!("<tr><td>1</td>{}</tr>", cell.repeat(count));
        let table = |count: usize| of(&format!("<table>{}{}</table>", row(count), row(1)));
        assert!(table(2).starts_with("<table class=\"recto-prose\""));
        assert!(table(3).starts_with("<table class=\"recto-prose recto-columns\""));
    }

    #[test]
    fn a_formula_is_said_once() {
        let long = "a sentence that is longer than any number is";
        let head = "<math><semantics><mi>x</mi><annotation>\\x</annotation></semantics></math> grows";
        let table = of(&format!("<table><tr><th>{head}</th></tr><tr><td>{long}</td></tr></table>"));
        assert!(table.contains("data-head=\"x grows\""), "{table}");
    }

    #[test]
    fn a_table_that_is_wider_than_a_phone_is_folded() {
        let of_columns = |count: usize, cell: &str| {
            let row = |name: &str, cell: &str| format!("<tr>{}</tr>", format!("<{name}>{cell}</{name}>").repeat(count));
            of(&format!("<table>{}{}</table>", row("th", "of each"), row("td", cell)))
        };
        assert!(!of_columns(9, "3.14").contains("recto-folded"));
        let folded = of_columns(9, "3.14159");
        assert!(folded.starts_with("<table class=\"recto-folded recto-fold-6\" role=\"table\">"), "{folded}");
        assert!(folded.contains("<td role=\"cell\" data-head=\"of each\">3.14159</td>"), "{folded}");
        assert!(of_columns(20, "3.14159").starts_with("<table class=\"recto-folded recto-fold-6 recto-broad\""));
        let sum = "<math><mn>1</mn><mo>+</mo><mn>1</mn><mo>=</mo><mn>2</mn></math>";
        assert!(!of_columns(5, sum).contains("recto-folded"));
        assert!(of_columns(7, sum).contains("recto-folded recto-fold-6"));
        let long = of_columns(7, "of a row, 0.123\u{a0}±\u{a0}0.001");
        assert!(long.contains("recto-folded recto-fold-3"), "{long}");
    }

    #[test]
    fn a_table_of_numbers_loses_its_empty_headings_alone() {
        let table = "<p>a</p><table><tr><th></th><th>n</th></tr><tr><td>1</td><td></td></tr></table>";
        assert_eq!(of(table), table.replace("<th></th>", "<td></td>"));
        let own = "<table class=\"a\"><tr><th></th></tr></table>";
        assert_eq!(of(own), own);
    }
}
