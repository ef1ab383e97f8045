//! Numbers, texts within brackets, and matrices, piece by piece: so a page can show a number with few digits and keep all
//! of them.

/// A value with numbers in it, as [`Show`](crate::Show) makes it of numbers, tuples, lists, options and matrices: recto knows
/// each of its numbers with all digits, and writes as many as the book's settings say.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub struct Value {
    /// What stands before the parts, as `Some(`.
    pub(crate) open: String,
    pub(crate) parts: Vec<Vec<Piece>>,
    pub(crate) close: String,
    /// What the parts are called; empty, or as many as them.
    pub(crate) names: Vec<String>,
    /// It is shown as mathematics.
    pub(crate) math: bool,
}

/// A piece of a value.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub enum Piece {
    /// An integer, as Rust prints it.
    Integer(String),
    /// A floating-point number, as Rust prints it: with the digits that tell it from all others.
    Float(String),
    /// Anything else, in LaTeX and as text.
    Sign {
        /// In LaTeX.
        latex: String,
        /// As text.
        plain: String,
    },
}

impl Piece {
    pub(crate) fn sign(latex: impl Into<String>, plain: impl Into<String>) -> Piece {
        Piece::Sign { latex: latex.into(), plain: plain.into() }
    }

    /// A text within a value.
    pub(crate) fn text(text: &str) -> Piece {
        Piece::sign(latex_of_text(text), text)
    }
}

impl Value {
    /// A number, or what else has no brackets.
    pub(crate) fn of(pieces: Vec<Piece>, math: bool) -> Value {
        Value {
            parts: vec![pieces],
            math,
            ..Value::default()
        }
    }

    /// Whether its names are as many as its parts, as recto writes it.
    #[cfg(feature = "generator")]
    pub(crate) fn is_whole(&self) -> bool {
        self.names.is_empty() || self.names.len() == self.parts.len()
    }

    /// As one part of another value.
    pub(crate) fn into_pieces(self) -> Vec<Piece> {
        let (open, close) = (latex_of_bracket(&self.open, "\\left"), latex_of_bracket(&self.close, "\\right"));
        let mut pieces = vec![Piece::sign(open, self.open)];
        for (at, part) in self.parts.into_iter().enumerate() {
            pieces.extend((at > 0).then(|| Piece::sign(",\\; ", ", ")));
            pieces.extend(part);
        }
        pieces.push(Piece::sign(close, self.close));
        pieces.retain(|piece| !matches!(piece, Piece::Sign { latex, plain } if latex.is_empty() && plain.is_empty()));
        pieces
    }

    /// As text with all digits: what a program prints for a reader.
    pub(crate) fn exact(&self) -> String {
        let text = |pieces: &Vec<Piece>| -> String {
            let texts = pieces.iter().map(|piece| match piece {
                Piece::Integer(text) | Piece::Float(text) | Piece::Sign { plain: text, .. } => text.as_str(),
            });
            texts.collect()
        };
        let parts = self.parts.iter().map(text);
        if self.names.is_empty() {
            return format!("{}{}{}", self.open, parts.collect::<Vec<_>>().join(", "), self.close);
        }
        let named = self.names.iter().zip(parts).map(|(name, part)| format!("{name} = {part}"));
        named.collect::<Vec<_>>().join(", ")
    }
}

/// A bracket, and the word before it, in LaTeX; `side` is `\left` or `\right`.
pub(crate) fn latex_of_bracket(text: &str, side: &str) -> String {
    // A tuple of one part ends in `,)`.
    let Some(bracket) = text.chars().last() else {
        return String::new();
    };
    match text.trim_end_matches(bracket) {
        "" | "," => format!("{side}{bracket}"),
        word => format!("\\mathrm{{{word}}}{side}{bracket}"),
    }
}

/// Text in LaTeX.
pub(crate) fn latex_of_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\\' | '$' | '^' | '~' => escaped.push(' '),
            '{' | '}' | '%' | '#' | '&' | '_' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    format!("\\text{{{escaped}}}")
}
