//! LaTeX to MathML.

use std::ops::Range;
use std::sync::LazyLock;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

/// Why a formula can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MathError {
    /// What was not understood.
    pub message: String,
    /// Where in the formula, in bytes.
    pub span: Range<usize>,
}

static CONVERTER: LazyLock<LatexToMathML> = LazyLock::new(|| {
    let config = MathCoreConfig {
        annotation: true,
        ..MathCoreConfig::default()
    };
    // Only a faulty macro can make it fail, and there is none.
    LatexToMathML::new(config).unwrap_or_default()
});

/// A formula as MathML on one line, with its LaTeX as annotation.
///
/// # Errors
/// The formula is not understood; nothing is guessed.
pub fn mathml(latex: &str, display: bool) -> Result<String, MathError> {
    let style = if display {
        MathDisplay::Block
    } else {
        MathDisplay::Inline
    };
    match CONVERTER.convert_with_local_state(latex, style) {
        Ok(converted) => Ok(converted.mathml.replace(['\n', '\r'], " ")),
        Err(error) => {
            let message = error.error_message();
            let mut message = message.trim_end_matches('.').to_owned();
            if let Some(first) = message.get(..1) {
                let first = first.to_lowercase();
                message.replace_range(..1, &first);
            }
            let start = floor(latex, error.0.start);
            Err(MathError {
                message,
                span: start..floor(latex, error.0.end).max(start),
            })
        }
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_becomes_mathml_on_one_line() {
        let html = mathml("H =\n\\begin{bmatrix}20 & 0 \\\\ 0 & 2\\end{bmatrix}", true).unwrap();
        assert!(html.starts_with("<math display=\"block\""), "{html}");
        assert!(html.contains("<mtable"), "{html}");
        assert!(html.contains("<annotation encoding=\"application/x-tex\">"), "{html}");
        assert!(!html.contains('\n'));
    }

    #[test]
    fn what_is_not_understood_is_an_error_at_its_place() {
        for (latex, place) in [("\\frac{1}", 8..8), ("x + \\nosuchcommand", 4..18), ("a^{", 3..3)] {
            let error = mathml(latex, false).unwrap_err();
            assert_eq!(error.span, place, "{latex}: {}", error.message);
        }
        assert!(mathml("\\begin{bmatrix} 1", false).is_err());
        assert!(
            mathml("\\nosuchcommand", false)
                .unwrap_err()
                .message
                .contains("nosuchcommand")
        );
    }
}
