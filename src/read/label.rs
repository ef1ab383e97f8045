//! Labels: a prefix that says what is labelled, and a name.

use std::path::Path;

use percent_encoding::percent_decode_str;

use crate::site::{normal, rendered, with_slashes};

/// What a label is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelKind {
    Figure,
    Table,
    Equation,
    Exercise,
    Section,
    /// A defined term.
    Term,
    Definition,
    Theorem,
    Lemma,
    Proposition,
    Corollary,
    Example,
}

impl LabelKind {
    const ALL: [(LabelKind, &'static str, &'static str); 12] = [
        (LabelKind::Figure, "fig-", "Figure"),
        (LabelKind::Table, "tbl-", "Table"),
        (LabelKind::Equation, "eq-", "Equation"),
        (LabelKind::Exercise, "ex-", "Exercise"),
        (LabelKind::Section, "sec-", "section"),
        (LabelKind::Term, "trm-", "term"),
        (LabelKind::Definition, "def-", "Definition"),
        (LabelKind::Theorem, "thm-", "Theorem"),
        (LabelKind::Lemma, "lem-", "Lemma"),
        (LabelKind::Proposition, "prp-", "Proposition"),
        (LabelKind::Corollary, "cor-", "Corollary"),
        (LabelKind::Example, "exm-", "Example"),
    ];

    /// What the labels of this kind begin with.
    pub(crate) fn prefix(self) -> &'static str {
        LabelKind::ALL[self as usize].1
    }

    /// The word before the number.
    pub(crate) fn word(self) -> &'static str {
        LabelKind::ALL[self as usize].2
    }

    /// The kind that a label's prefix names.
    pub(crate) fn of(label: &str) -> Option<LabelKind> {
        let known = LabelKind::ALL.into_iter();
        known
            .filter(|(_, prefix, _)| label.len() > prefix.len() && label.starts_with(prefix))
            .map(|(kind, ..)| kind)
            .next()
    }

    /// What labels of all kinds begin with.
    pub(crate) fn prefixes() -> impl Iterator<Item = &'static str> {
        LabelKind::ALL.into_iter().map(|(_, prefix, _)| prefix)
    }

    /// The words that begin statements.
    pub(super) fn statements() -> impl Iterator<Item = &'static str> {
        LabelKind::ALL[LabelKind::Definition as usize..].iter().map(|(_, _, name)| *name)
    }

    /// The kind of statement that a block quote's first, bold word names.
    pub(super) fn of_statement(word: &str) -> Option<LabelKind> {
        let statements = LabelKind::ALL[LabelKind::Definition as usize..].iter();
        statements.copied().find(|(_, _, name)| *name == word).map(|(kind, ..)| kind)
    }
}

/// Whether a name is a label's: one of the known prefixes, then letters, digits, `-` and `_`.
pub(super) fn is_label(name: &str) -> bool {
    LabelKind::of(name).is_some() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// What a chapter goes by, among the labels and unlike any of them: its path below the source folder behind a `/`.
pub(crate) fn chapter_label(path: &Path) -> String {
    format!("/{}", with_slashes(&rendered(path)))
}

/// Whether a label is that of a chapter.
pub(crate) fn is_chapter(label: &str) -> bool {
    label.starts_with('/')
}

/// The chapter to which a link leads that has no text and is to be filled in: `[](two.md)`.
pub(super) fn chapter_of(written: &str, target: &str, from: &Path) -> Option<String> {
    let is_page = target.ends_with(".md") && !target.starts_with('/') && !target.contains(['#', '?', ':']);
    let path = percent_decode_str(target).decode_utf8().ok()?;
    let page = normal(&from.parent()?.join(path.as_ref()))?;
    (is_page && written.starts_with("[](")).then(|| chapter_label(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_kinds_is_in_their_order() {
        for (index, (kind, prefix, _)) in LabelKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            assert_eq!(LabelKind::of(&format!("{prefix}name")), Some(kind));
        }
        assert_eq!(LabelKind::of("fig-"), None);
        assert_eq!(LabelKind::of_statement("Theorem"), Some(LabelKind::Theorem));
        assert_eq!(LabelKind::of_statement("Figure"), None);
    }
}
