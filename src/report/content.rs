//! What must stand on a chapter's page, for the audit of the finished book.

use crate::index::Index;
use crate::read::{Book, Cell, Claim, CodeLine, Echo, Item, Lesson, Scope, ValueSpan};
use crate::site::{address, page_of};
use crate::source::Place;
use crate::verify::{Checked, ItemReport, LetReport};

/// What must stand on a page.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// The address of the page, below the book's root.
    pub(crate) page: String,
    /// Each fence stands alone: a code block without a language is Rust's, and claims mean nothing.
    pub(crate) scope: Scope,
    /// Dollars mark formulas.
    pub(crate) math: bool,
    /// The chapter as its author wrote it.
    pub(crate) markdown: String,
    pub(crate) parts: Vec<Part>,
}

/// A thing that must stand on a page once.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) kind: PartKind,
    /// What the reader sees of it, or how it is told from others of its kind.
    pub(crate) text: String,
    /// Where the author wrote it.
    pub(crate) place: Place,
}

/// What can be on a page because recto looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PartKind {
    /// A block of Rust, by its code.
    Code,
    /// What a cell prints and shows.
    Output,
    /// The types and values of the names that a cell binds.
    Lets,
    /// A picture, by its cell.
    Figure,
    Claim,
    /// What a reader types, by what the page knows of it.
    Answer,
    Value,
    /// A code span in braces that is no inline value.
    Literal,
    /// A formula, by its LaTeX.
    Formula,
    /// A label, which is an id.
    Label,
    /// What stands in the description of an image.
    Description,
}

impl Content {
    pub(crate) fn of(book: &Book, index: &Index, checked: &Checked<'_>) -> Content {
        let lesson = checked.lesson;
        let items = lesson.items.iter().zip(&checked.items).enumerate();
        let mut unseen = 0;
        let seen = items.filter(|(number, (item, report))| {
            if let Item::Cell(cell) = item {
                let caption = cell.caption.as_ref().filter(|_| !report.has_output(cell));
                unseen = number + 1 + caption.map_or(0, |caption| caption.items);
                return true;
            }
            unseen <= *number
        });
        let in_items = seen.flat_map(|(number, (item, report))| parts(lesson, number, item, report));
        let labels = index.labels.on(&lesson.path).map(|(name, label)| Part {
            kind: PartKind::Label,
            text: name.to_owned(),
            place: label.place.clone(),
        });
        Content {
            page: address(&page_of(&lesson.path)),
            scope: lesson.scope,
            math: book.settings.math,
            markdown: lesson.document.text().to_owned(),
            parts: in_items.chain(labels).collect(),
        }
    }
}

fn parts(lesson: &Lesson, number: usize, item: &Item, report: &ItemReport) -> Vec<Part> {
    let place = lesson.document.place(match item {
        Item::Cell(cell) => cell.span.start..cell.info.end,
        item => item.span(),
    });
    let parts = match item {
        Item::Cell(cell) => cell_parts(number, cell, report),
        Item::Claim(claim) => {
            let answer = report.answer.as_ref().map(|answer| (PartKind::Answer, answer.facts()));
            [(PartKind::Claim, claim_text(claim))].into_iter().chain(answer).collect()
        }
        Item::Value(value) => vec![match (&value.content, &report.run.value) {
            (ValueSpan::Literal(text), _) => (PartKind::Literal, text.clone()),
            (ValueSpan::Computed(_), value) => (PartKind::Value, value.clone().unwrap_or_default()),
        }],
        Item::Formula(formula) => vec![(PartKind::Formula, formula.latex.clone())],
        Item::Reference(_) | Item::Citation(_) | Item::Statement(_) | Item::Exempt(_) => Vec::new(),
    };
    let is_described = lesson.image_around(&item.span()).is_some();
    let parts = parts.into_iter().map(|(kind, text)| Part {
        kind: if is_described && kind != PartKind::Answer {
            PartKind::Description
        } else {
            kind
        },
        text,
        place: place.clone(),
    });
    parts.collect()
}

fn cell_parts(number: usize, cell: &Cell, report: &ItemReport) -> Vec<(PartKind, String)> {
    let code = (cell.options.echo != Echo::Hidden).then(|| (PartKind::Code, CodeLine::joined(&cell.lines)));
    let lets = (code.is_some() && !report.lets.is_empty())
        .then(|| (PartKind::Lets, report.lets.iter().map(let_text).collect()));
    let output = report.has_output(cell).then(|| (PartKind::Output, String::new()));
    let pictures = if output.is_some() { report.pictures() } else { 0 };
    let figures = std::iter::repeat_n((PartKind::Figure, number.to_string()), pictures);
    code.into_iter().chain(lets).chain(output).chain(figures).collect()
}

/// What the page says of a name that a cell binds.
fn let_text(it: &LetReport) -> String {
    let value = it.value.as_ref().map(|value| format!("= {value}")).unwrap_or_default();
    format!("{}: {}{value}\n", it.name, it.kind)
}

/// What a claim says, its formulas as LaTeX.
fn claim_text(claim: &Claim) -> String {
    claim.pieces.iter().map(|piece| piece.text.as_str()).collect()
}
