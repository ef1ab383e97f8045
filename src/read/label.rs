//! Labels: a prefix that says what is labelled, and a name.

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
