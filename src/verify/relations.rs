//! The relations that the formulas of a lesson state, and which of them claims check.

use std::collections::BTreeMap;

use crate::claim_text::{self, Relation};
use crate::problem::{Kind, Problem};
use crate::read::{ClaimPiece, Item, Lesson};
use crate::source::Place;
use crate::tangle::ClaimFormulas;

/// How the relations of a lesson's formulas stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relations {
    pub(crate) stated: usize,
    /// Those that a claim checks.
    pub(crate) checked: usize,
    /// The formulas that hold the others, in the order of the page.
    pub(crate) unchecked: Vec<UncheckedFormula>,
}

/// A formula with relations that nothing checks.
#[derive(Clone, Debug)]
pub(crate) struct UncheckedFormula {
    pub(crate) latex: String,
    pub(crate) place: Place,
    /// How many of its relations nothing checks.
    pub(crate) relations: usize,
}

impl UncheckedFormula {
    pub(crate) fn problem(&self) -> Problem {
        let message = match self.relations {
            1 => "nothing checks the relation of this formula".to_owned(),
            count => format!("nothing checks {count} relations of this formula"),
        };
        let help = "let recto check it: `[$…$](=expression)`, over a range `[$…$](<=f(x) for x in 0.0..=1.0>)`";
        Problem::warning(Kind::Coverage, message).at(self.place.clone()).help(help)
    }
}

/// Looks for the relations of a lesson's formulas, of which these are compiled, by the index of their claim. A claim checks as
/// many as its text has parts that are compared.
pub(crate) fn relations(lesson: &Lesson, compiled: &BTreeMap<usize, ClaimFormulas>) -> Relations {
    let mut found = Relations::default();
    let (mut claim_end, mut parts) = (0, 0);
    for (index, item) in lesson.items.iter().enumerate() {
        match item {
            Item::Claim(claim) => {
                claim_end = claim.span.end;
                let formulas = compiled.get(&index).map(ClaimFormulas::spans).unwrap_or_default();
                parts = claim_text::read_with(&claim.pieces, &formulas).map_or(0, |stated| {
                    let links = stated.statements.iter().flat_map(|statement| &statement.links);
                    stated.parts.len() + links.filter(|link| link.relation != Relation::About).count()
                });
            }
            Item::Formula(formula) => {
                let stated = claim_text::relations(&ClaimPiece {
                    math: true,
                    text: formula.latex.clone(),
                    start: 0,
                });
                let checked = if formula.span.start < claim_end { stated.min(parts) } else { 0 };
                parts -= checked;
                found.stated += stated;
                found.checked += checked;
                if checked < stated {
                    found.unchecked.push(UncheckedFormula {
                        latex: formula.latex.clone(),
                        place: lesson.document.place(formula.span.clone()),
                        relations: stated - checked,
                    });
                }
            }
            _ => {}
        }
    }
    found
}
