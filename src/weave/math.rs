//! LaTeX to MathML.

use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser, Storage, push_mathml};

/// Why a formula can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MathError {
    /// What was not understood.
    pub message: String,
}

/// A formula as MathML, with its LaTeX as annotation.
///
/// # Errors
/// The formula is not understood; nothing is guessed.
pub fn mathml(latex: &str, display: bool) -> Result<String, MathError> {
    let latex = latex.trim();
    let storage = Storage::new();
    let mut events = Vec::new();
    for event in Parser::new(latex, &storage) {
        events.push(event.map_err(|error| MathError {
            message: first_line(&error.to_string()),
        })?);
    }
    let config = RenderConfig {
        display_mode: if display {
            DisplayMode::Block
        } else {
            DisplayMode::Inline
        },
        annotation: Some(latex),
        ..RenderConfig::default()
    };
    let mut mathml = String::new();
    push_mathml(
        &mut mathml,
        events.into_iter().map(Ok::<_, std::convert::Infallible>),
        config,
    )
    .map_err(|error| MathError {
        message: first_line(&error.to_string()),
    })?;
    Ok(mathml.replace(['\n', '\r'], " "))
}

fn first_line(message: &str) -> String {
    let line = message
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_becomes_mathml_on_one_line() {
        let html = mathml("H = \\begin{bmatrix}20 & 0 \\\\ 0 & 2\\end{bmatrix}", true).unwrap();
        assert!(html.starts_with("<math display=\"block\""), "{html}");
        assert!(html.contains("<mtable"), "{html}");
        assert!(!html.contains('\n'));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for latex in ["\\frac{1}", "\\nosuchcommand", "a^{", "\\begin{bmatrix} 1"] {
            assert!(mathml(latex, false).is_err(), "{latex}");
        }
    }
}
