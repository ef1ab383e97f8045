//! The texts of figures: words, and formulas between dollar signs, as runs of one look each.

/// Why a text can't be written: what stands between its dollar signs is no formula that a figure can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelError {
    label: String,
    reason: String,
}

impl std::fmt::Display for LabelError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the text `{}` of a figure can't be written: {}", self.label, self.reason)
    }
}

impl std::error::Error for LabelError {}

/// A part of a text that looks the same throughout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    /// It stands for a quantity: it is slanted.
    pub(super) is_variable: bool,
    pub(super) level: Level,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Line,
    Below,
    Above,
}

impl Level {
    /// The size of what stands below or above the line.
    pub(super) const SIZE: f64 = 0.72;
}

/// Commands that are one letter or sign.
const SIGNS: &str = "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν \
    xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ \
    Phi Φ Psi Ψ Omega Ω ell ℓ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ sim ∼ equiv ≡ propto ∝ to → in ∈ cdot · times × pm ± \
    infty ∞ partial ∂ nabla ∇ star ⋆ top ⊤ dagger † ldots … sum ∑ prod ∏ int ∫ sqrt √ lVert ‖ rVert ‖ lvert | rvert |";
/// Commands that are words.
const WORDS: &str = "max min log ln lg exp sin cos tan sinh cosh tanh det dim tr rank arg";

/// Reads a formula.
struct Reader<'a> {
    label: &'a str,
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    runs: Vec<Run>,
}

impl Run {
    /// The runs of a text.
    pub(super) fn all(label: &str) -> Result<Vec<Run>, LabelError> {
        let mut runs = Vec::new();
        let mut rest = label;
        while let Some((before, formula, after)) = next_formula(rest) {
            push(&mut runs, &unescaped(before), false, Level::Line);
            let mut reader = Reader {
                label,
                rest: formula.chars().peekable(),
                runs,
            };
            reader.formula()?;
            (runs, rest) = (reader.runs, after);
        }
        push(&mut runs, &unescaped(rest), false, Level::Line);
        Ok(runs)
    }
}

/// How wide runs are, about, in the size of their font.
pub(super) fn width(runs: &[Run]) -> f64 {
    let each = |run: &Run| {
        let size = if run.level == Level::Line { 1.0 } else { Level::SIZE };
        0.56 * size * run.text.chars().count() as f64
    };
    runs.iter().map(each).sum()
}

/// What stands before the next formula, the formula and what follows. As in the text of a chapter, a formula begins and ends
/// with no space, and no digit follows it.
fn next_formula(text: &str) -> Option<(&str, &str, &str)> {
    let marks: Vec<usize> =
        text.match_indices('$').map(|(at, _)| at).filter(|at| !text[..*at].ends_with('\\')).collect();
    marks.iter().find_map(|&start| {
        let opens = text[start + 1..].starts_with(|c: char| !c.is_whitespace() && c != '$');
        let closes = |end: usize| {
            end > start
                && !text[..end].ends_with(char::is_whitespace)
                && !text[end + 1..].starts_with(|c: char| c.is_ascii_digit())
        };
        let end = marks.iter().copied().find(|end| *end > start && closes(*end)).filter(|_| opens)?;
        Some((&text[..start], &text[start + 1..end], &text[end + 1..]))
    })
}

fn unescaped(text: &str) -> String {
    text.replace("\\$", "$")
}

fn push(runs: &mut Vec<Run>, text: &str, is_variable: bool, level: Level) {
    match runs.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if (last.is_variable, last.level) == (is_variable, level) => last.text.push_str(text),
        _ => runs.push(Run {
            text: text.to_owned(),
            is_variable,
            level,
        }),
    }
}

impl Reader<'_> {
    fn wrong(&self, reason: impl Into<String>) -> LabelError {
        LabelError {
            label: self.label.to_owned(),
            reason: reason.into(),
        }
    }

    fn formula(&mut self) -> Result<(), LabelError> {
        while let Some(c) = self.rest.next() {
            match c {
                '_' => self.script(Level::Below)?,
                '^' => self.script(Level::Above)?,
                c => self.one(c, Level::Line)?,
            }
        }
        Ok(())
    }

    /// What stands below or above the line: one sign, or what is in braces.
    fn script(&mut self, level: Level) -> Result<(), LabelError> {
        match self.rest.next() {
            Some('{') => loop {
                match self.rest.next() {
                    Some('}') => return Ok(()),
                    Some('_' | '^' | '{') => return Err(self.wrong("an index has none of its own")),
                    Some(c) => self.one(c, level)?,
                    None => return Err(self.wrong("it lacks a `}`")),
                }
            },
            Some(c) if !matches!(c, '}' | '_' | '^') => self.one(c, level),
            _ => Err(self.wrong("nothing follows its `_` or `^`")),
        }
    }

    fn one(&mut self, c: char, level: Level) -> Result<(), LabelError> {
        match c {
            '\\' => return self.command(level),
            '{' | '}' => return Err(self.wrong("a brace can follow only `_`, `^`, `\\text` and `\\mathrm`")),
            '-' => push(&mut self.runs, "−", false, level),
            '\'' => push(&mut self.runs, "′", false, level),
            c => self.sign(c, level),
        }
        Ok(())
    }

    /// A letter is slanted, except a large Greek one.
    fn sign(&mut self, c: char, level: Level) {
        let is_small_greek = matches!(c, 'α'..='ω' | 'ϕ' | 'ϵ' | 'ℓ');
        push(&mut self.runs, c.encode_utf8(&mut [0; 4]), c.is_ascii_alphabetic() || is_small_greek, level);
    }

    fn command(&mut self, level: Level) -> Result<(), LabelError> {
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(char::is_ascii_alphabetic) {
            name.push(c);
        }
        let mut signs = SIGNS.split_whitespace();
        match name.as_str() {
            "" => match self.rest.next() {
                Some(',' | ';' | ':' | ' ') => push(&mut self.runs, "\u{2009}", false, level),
                Some(c @ ('$' | '%' | '#' | '&' | '_' | '{' | '}')) => self.sign(c, level),
                Some('|') => self.sign('‖', level),
                Some(c) => return Err(self.wrong(format!("it has no command `\\{c}`"))),
                None => return Err(self.wrong("it ends with `\\`")),
            },
            "text" | "mathrm" => return self.words(level),
            name if WORDS.split(' ').any(|word| word == name) => push(&mut self.runs, name, false, level),
            name => match signs.find(|word| *word == name).and_then(|_| signs.next()) {
                Some(sign) => sign.chars().for_each(|c| self.sign(c, level)),
                None => return Err(self.wrong(format!("it has no command `\\{name}`"))),
            },
        }
        // The space that ends a command is no space of the formula, as in LaTeX; before a letter it would vanish.
        Ok(())
    }

    /// Upright words in braces.
    fn words(&mut self, level: Level) -> Result<(), LabelError> {
        if self.rest.next() != Some('{') {
            return Err(self.wrong("`\\text` and `\\mathrm` stand before words in braces"));
        }
        let mut words = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(c) => words.push(c),
                None => return Err(self.wrong("it lacks a `}`")),
            }
        }
        push(&mut self.runs, &words, false, level);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs as text: `/…/` is slanted, `_…_` below, `^…^` above.
    fn runs(label: &str) -> String {
        let each = |run: Run| {
            let text = if run.is_variable { format!("/{}/", run.text) } else { run.text };
            match run.level {
                Level::Line => text,
                Level::Below => format!("_{text}_"),
                Level::Above => format!("^{text}^"),
            }
        };
        Run::all(label).unwrap().into_iter().map(each).collect()
    }

    #[test]
    fn formulas_stand_between_dollar_signs() {
        for (label, expected) in [
            ("steps", "steps"),
            ("$x$", "/x/"),
            ("|1 − 2η|", "|1 − 2η|"),
            (r"$|1 - 2\eta|$, gentle", "|1 − 2/η/|, gentle"),
            (r"$\eta\lambda_{\max}/2$", "/ηλ/_max_/2"),
            ("$10^{-8}$", "10^−8^"),
            ("$y_0 = 0.1$", "/y/_0_ = 0.1"),
            (r"$\Delta x^2$", "Δ /x/^2^"),
            (r"$x_i^\star$", "/x//_i_/^⋆^".replace("//_i_/", "/_/i/_").as_str()),
            (r"$\rho_\text{best fit}$", "/ρ/_best fit_"),
            (r"$f(x)$ and $g$", "/f/(/x/) and /g/"),
            ("$5 and $6", "$5 and $6"),
            (r"\$x$", "$x$"),
            ("price in $", "price in $"),
            (r"$\|g\|\,\le 1$", "‖/g/‖\u{2009}≤ 1"),
        ] {
            assert_eq!(runs(label), expected, "{label}");
        }
    }

    #[test]
    fn what_is_no_formula_of_a_figure_is_an_error() {
        for (label, reason) in [
            (r"$\frac{1}{2}$", r"it has no command `\frac`"),
            ("$x_$", "nothing follows its `_` or `^`"),
            ("$x_{a$", "it lacks a `}`"),
            ("$x_{a_b}$", "an index has none of its own"),
            ("${x}$", r"a brace can follow only `_`, `^`, `\text` and `\mathrm`"),
            (r"$\text x$", r"`\text` and `\mathrm` stand before words in braces"),
        ] {
            assert_eq!(Run::all(label).unwrap_err().reason, reason, "{label}");
        }
    }
}
