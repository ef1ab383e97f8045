//! `\tag{…}` at the end of a display formula: a number that the author gives.

/// What a formula is called instead of the number that it would get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EquationTag {
    pub(crate) text: String,
    /// `\tag*`: without parentheses.
    pub(crate) bare: bool,
}

impl EquationTag {
    /// Splits the tag off the end of a formula; one within an environment belongs to a line of it.
    pub(crate) fn split(latex: &str) -> Option<(&str, EquationTag)> {
        let at = latex.rfind("\\tag")?;
        let (body, rest) = latex.split_at(at);
        let rest = rest["\\tag".len()..].trim();
        let (bare, rest) = match rest.strip_prefix('*') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, rest),
        };
        let text = rest.strip_prefix('{')?.strip_suffix('}')?.trim();
        let whole = body.matches("\\begin{").count() == body.matches("\\end{").count();
        (whole && !text.contains(['{', '}'])).then(|| {
            let text = text.to_owned();
            (body, EquationTag { text, bare })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::EquationTag;

    #[test]
    fn a_tag_is_split_off_the_end() {
        let split = |latex| EquationTag::split(latex).map(|(body, tag)| (body, tag.text, tag.bare));
        assert_eq!(split("x \\tag{1}"), Some(("x ", "1".to_owned(), false)));
        assert_eq!(split("x \\tag* {E} "), Some(("x ", "E".to_owned(), true)));
        assert_eq!(split("x \\tag{1} y"), None);
        assert_eq!(split("\\begin{align} x \\tag{1} \\end{align}"), None);
        assert_eq!(
            split("\\begin{aligned} x \\end{aligned} \\tag{1}"),
            Some(("\\begin{aligned} x \\end{aligned} ", "1".to_owned(), false))
        );
    }
}
