//! Cells of matrices and aligned formulas. Where a command lacks its argument, or an exponent its base, the converter takes the sign
//! between two cells for it, and the formula loses a column or a row.

use std::ops::Range;

/// What stands between two signs that end a cell, one of which is at its end or its start, in bytes of the formula.
pub(super) struct Cell {
    pub(super) span: Range<usize>,
    /// A sign of a cell's end stands before it.
    pub(super) follows: bool,
    /// It ends within `\left` and `\right`.
    pub(super) is_open: bool,
}

/// The cells of a formula that end in a `&` or `\\`, or begin behind one.
pub(super) fn cells(latex: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    // For each open group where its cell begins, whether behind such a sign, and whether it is one of `\left`.
    let mut open: Vec<(usize, bool, bool)> = vec![(0, false, false)];
    let mut rest = 0;
    while let Some(found) = latex[rest..].find(['\\', '{', '}', '&']) {
        let at = rest + found;
        let sign = &latex[at..];
        rest = at + 1;
        let is_end = sign.starts_with('&') || sign.starts_with("\\\\");
        match sign.as_bytes()[0] {
            b'{' => open.push((rest, false, false)),
            b'}' => close(&mut open, at, &mut cells),
            b'\\' => {
                let letters = sign[1..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(sign.len() - 1);
                rest += if letters == 0 {
                    sign[1..].chars().next().map_or(0, char::len_utf8)
                } else {
                    letters
                };
                match &sign[1..=letters] {
                    "left" => open.push((rest, false, true)),
                    "right" => close(&mut open, at, &mut cells),
                    _ => {}
                }
                let argument = sign[1 + letters..]
                    .find('}')
                    .filter(|_| sign.starts_with("\\begin{") || sign.starts_with("\\end{"));
                if let Some(length) = argument {
                    rest = at + 1 + letters + length + 1;
                    if sign.starts_with("\\begin{") {
                        open.push((rest, false, false));
                    } else {
                        close(&mut open, at, &mut cells);
                    }
                }
            }
            _ => {}
        }
        if is_end && let Some((start, follows, is_left)) = open.last_mut() {
            cells.push(Cell {
                span: *start..at,
                follows: *follows,
                is_open: *is_left,
            });
            (*start, *follows) = (rest, true);
        }
    }
    if let Some((start, true, is_left)) = open.last().copied() {
        cells.push(Cell {
            span: start..latex.len(),
            follows: true,
            is_open: is_left,
        });
    }
    cells
}

/// Ends a group, and the cell in it that stands behind a sign.
fn close(open: &mut Vec<(usize, bool, bool)>, at: usize, cells: &mut Vec<Cell>) {
    if open.len() > 1
        && let Some((start, true, _)) = open.pop()
    {
        cells.push(Cell {
            span: start..at,
            follows: true,
            is_open: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_end_at_their_signs() {
        let latex = "\\begin{matrix} a & \\& \\\\ {b & c} \\end{matrix} d";
        let found: Vec<&str> = cells(latex).into_iter().map(|cell| &latex[cell.span]).collect();
        assert_eq!(found, [" a ", " \\& ", "b ", " c", " {b & c} "]);
        assert!(cells("a \\alpha {b}").is_empty());
    }
}
