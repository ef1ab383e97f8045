//! The text of a claim as messages quote it.

use std::ops::Range;

use super::token::Token;
use crate::read::ClaimPiece;

/// The text of a claim, addressed by bytes of the document.
pub(super) struct Source<'a> {
    pub(super) pieces: &'a [ClaimPiece],
}

impl Source<'_> {
    pub(super) fn whole(&self) -> Range<usize> {
        match self.pieces {
            [] => 0..0,
            [first, .., last] => first.start..last.start + last.text.len(),
            [only] => only.start..only.start + only.text.len(),
        }
    }

    /// The text that the pieces have within `span`.
    pub(super) fn text(&self, span: &Range<usize>) -> String {
        let parts = self.pieces.iter().map(|piece| {
            let end = span.end.saturating_sub(piece.start).min(piece.text.len());
            let start = span.start.saturating_sub(piece.start).min(end);
            &piece.text[start..end]
        });
        parts.collect()
    }

    /// `token` with all that touches it in prose, so that a message can quote `10th` and not `th`.
    pub(super) fn chunk(&self, token: &Token<'_>) -> Range<usize> {
        if token.math {
            return token.span();
        }
        let piece = &self.pieces[token.piece];
        let (start, end) = (token.start - piece.start, (token.end - piece.start).min(piece.text.len()));
        let fence = |c: char| c.is_whitespace() || "()[]{},;\"“”".contains(c);
        let left = &piece.text[..start];
        let right = &piece.text[end..];
        let left = left.trim_end_matches(|c| !fence(c)).len();
        let right = right.find(fence).unwrap_or(right.len());
        let right = right - trailing_punctuation(&piece.text[end..end + right]);
        piece.start + left..piece.start + end + right
    }
}

fn trailing_punctuation(text: &str) -> usize {
    text.len() - text.trim_end_matches(['.', ':', '!', '?', '\'', '’']).len()
}
