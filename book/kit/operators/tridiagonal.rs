//! Symmetric tridiagonal matrices: as such, and their eigenvalues with one row of the eigenvectors, in `O(m²)`.

use nalgebra::DMatrix;

/// The matrix with this diagonal and these numbers beside it.
pub(super) fn tridiagonal(alpha: &[f64], beta: &[f64]) -> DMatrix<f64> {
    DMatrix::from_fn(alpha.len(), alpha.len(), |i, j| match i.abs_diff(j) {
        0 => alpha[i],
        1 => beta[i.min(j)],
        _ => 0.0,
    })
}

/// The eigenvalues of the matrix with `diagonal` and `beside` it, and the last entry of each unit eigenvector, in no order.
///
/// Implicit QL steps with Wilkinson's shift, their rotations applied to the last row of the identity alone: about `30m²` operations
/// where the whole eigenvectors take `9m³`. Entries are to be of moderate size: no square of them may overflow.
///
/// Source: G. H. Golub and J. H. Welsch, *Calculation of Gauss quadrature rules*, 1969, with the last row in place of the first.
pub(super) fn values_and_last_row(diagonal: &[f64], beside: &[f64]) -> Vec<(f64, f64)> {
    let m = diagonal.len();
    let mut d = diagonal.to_vec();
    let mut e = [beside, &[0.0]].concat();
    let mut row = vec![0.0; m];
    row[m - 1] = 1.0;
    for start in 0..m {
        // Each eigenvalue takes about two steps; a bound ends it for what is not finite.
        for _ in 0..60 {
            let negligible = |k: &usize| e[*k].abs() <= f64::EPSILON * (d[*k].abs() + d[*k + 1].abs());
            let end = (start..m - 1).find(negligible).unwrap_or(m - 1);
            if end == start {
                break;
            }
            step(&mut d, &mut e, &mut row, start, end);
        }
    }
    d.into_iter().zip(row).collect()
}

/// One implicit QL step on the block from `start` to `end`.
fn step(d: &mut [f64], e: &mut [f64], row: &mut [f64], start: usize, end: usize) {
    let half = (d[start + 1] - d[start]) / (2.0 * e[start]);
    let shift = d[start] - e[start] / (half + half.hypot(1.0).copysign(half));
    let (mut sin, mut cos, mut below) = (1.0, 1.0, 0.0);
    let mut g = d[end] - shift;
    for k in (start..end).rev() {
        let (f, b) = (sin * e[k], cos * e[k]);
        let length = f.hypot(g);
        e[k + 1] = length;
        if length == 0.0 {
            d[k + 1] -= below;
            e[end] = 0.0;
            return;
        }
        (sin, cos) = (f / length, g / length);
        let h = d[k + 1] - below;
        let r = (d[k] - h) * sin + 2.0 * cos * b;
        below = sin * r;
        d[k + 1] = h + below;
        g = cos * r - b;
        let (z0, z1) = (row[k], row[k + 1]);
        row[k + 1] = sin * z0 + cos * z1;
        row[k] = cos * z0 - sin * z1;
    }
    d[start] -= below;
    e[start] = g;
    e[end] = 0.0;
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::spectrum::Spectrum;

    #[test]
    fn values_and_last_entries_are_those_of_the_whole_decomposition() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for m in 1..40 {
            let diagonal: Vec<f64> = (0..m).map(|_| rng.random_range(-1.0..1.0)).collect();
            // Some entries beside the diagonal are zero or tiny: the matrix falls apart.
            let mut beside =
                || [rng.random_range(0.0..1.0), 0.0, 1e-12][usize::from(rng.random_range(0..9u8)).saturating_sub(6)];
            let beside: Vec<f64> = (1..m).map(|_| beside()).collect();
            let whole = DMatrix::from_fn(m, m, |i, j| match i.abs_diff(j) {
                0 => diagonal[i],
                1 => beside[i.min(j)],
                _ => 0.0,
            });
            let whole = Spectrum::of(&whole).unwrap();
            let mut found = values_and_last_row(&diagonal, &beside);
            found.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (k, (value, last)) in found.iter().enumerate() {
                assert!((value - whole.values[k]).abs() < 1e-14);
                let gap = (0..m).filter(|&j| j != k).map(|j| (whole.values[j] - whole.values[k]).abs());
                if gap.fold(1.0, f64::min) > 1e-6 {
                    assert!((last.abs() - whole.vectors[(m - 1, k)].abs()).abs() < 1e-8, "{m} {k}");
                }
            }
        }
    }
}
