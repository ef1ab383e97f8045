//! What a book or a lesson says of the symbols of formulas: a table of LaTeX and Rust.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::formula::{is_expression, spelling};

/// Symbols by their LaTeX, with the Rust that each stands for; an empty text for one that stands for nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(crate) struct Symbols(BTreeMap<String, String>);

impl TryFrom<BTreeMap<String, String>> for Symbols {
    type Error = String;

    fn try_from(table: BTreeMap<String, String>) -> Result<Symbols, String> {
        for (latex, rust) in &table {
            if spelling(latex).is_none() {
                return Err(format!(
                    "`{latex}` is no symbol: write it as in a formula, like `\\lambda_1` or `\\hat x`"
                ));
            }
            if !rust.trim().is_empty() && !is_expression(rust) {
                return Err(format!("`{rust}` is no Rust expression that `{latex}` could stand for"));
            }
        }
        Ok(Symbols(table))
    }
}

impl Symbols {
    /// The symbols of a lesson in a book that has these.
    pub(crate) fn within(self, book: &Symbols) -> Symbols {
        let mut all = book.0.clone();
        all.extend(self.0);
        Symbols(all)
    }

    pub(crate) fn table(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}
