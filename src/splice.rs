//! Ranges of a text replaced, and all else left as it is.

use std::ops::Range;

/// A range of a text, and what is to stand in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
}

impl Splice {
    pub(crate) fn new(range: Range<usize>, text: impl Into<String>) -> Splice {
        Splice { range, text: text.into() }
    }

    pub(crate) fn insertion(at: usize, text: impl Into<String>) -> Splice {
        Splice::new(at..at, text)
    }
}

/// The text with each range replaced. At one place, what is inserted comes first.
///
/// # Errors
/// The first range that begins before the end of the one before it.
pub(crate) fn spliced(text: &str, splices: &mut [Splice]) -> Result<String, Range<usize>> {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let added: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut whole = String::with_capacity(text.len() + added);
    let mut copied = 0;
    for splice in splices {
        if splice.range.start < copied {
            return Err(splice.range.clone());
        }
        whole.push_str(&text[copied..splice.range.start]);
        whole.push_str(&splice.text);
        copied = splice.range.end;
    }
    whole.push_str(&text[copied..]);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_is_not_passed_over() {
        let splices = |start| [Splice::new(start..4, "y"), Splice::new(1..3, "x")];
        assert_eq!(spliced("abcdef", &mut splices(3)), Ok("axyef".to_owned()));
        assert_eq!(spliced("abcdef", &mut splices(2)), Err(2..4));
    }
}
