//! Losses by the outputs of a network: their values and first two derivatives.

use nalgebra::{DMatrix, DVector};

/// What is summed over the rows of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// `−ln pᵧ` with `p = softmax(z)` of the outputs `z` and the class `y`: the mean over rows.
    CrossEntropy,
    /// `½‖z − eᵧ‖²` for the outputs `z` and the unit vector `eᵧ` of the class: the mean over rows.
    Squared,
}

impl Loss {
    /// Replaces the outputs by the derivatives of the mean loss by them, and returns that loss.
    pub(crate) fn value_and_residuals(self, outputs: &mut DMatrix<f64>, labels: &[usize]) -> f64 {
        let n = labels.len() as f64;
        let total = match self {
            Self::CrossEntropy => softmax(outputs, labels),
            Self::Squared => 0.0,
        };
        for (row, &label) in labels.iter().enumerate() {
            outputs[(row, label)] -= 1.0;
        }
        // From the residuals themselves, since the difference of large parts would lose small ones.
        let total = match self {
            Self::CrossEntropy => total,
            Self::Squared => 0.5 * outputs.norm_squared(),
        };
        *outputs /= n;
        total / n
    }

    /// Multiplies each row of `moved` by the second derivatives of the mean loss by the outputs of that row: `diag p −
    /// ppᵀ` for the cross-entropy, the identity for squares, by `n`.
    pub(crate) fn curve(self, moved: &mut DMatrix<f64>, probabilities: &DMatrix<f64>) {
        let n = moved.nrows() as f64;
        if self == Self::CrossEntropy {
            let mut means = DVector::zeros(moved.nrows());
            for (r, p) in moved.column_iter().zip(probabilities.column_iter()) {
                means.cmpy(1.0, &r, &p, 1.0);
            }
            for (mut r, p) in moved.column_iter_mut().zip(probabilities.column_iter()) {
                r -= &means;
                r.component_mul_assign(&p);
            }
        }
        *moved /= n;
    }
}

/// Replaces each row of `z` by its softmax `p`, and returns the sum of `−ln pᵧ`. Subtracting the largest entry of a row
/// first, which changes nothing, keeps the exponentials finite.
fn softmax(z: &mut DMatrix<f64>, labels: &[usize]) -> f64 {
    let mut largest = z.column(0).into_owned();
    for column in z.column_iter().skip(1) {
        largest.zip_apply(&column, |m, z| *m = m.max(z));
    }
    let own = labels.iter().enumerate().map(|(row, &label)| z[(row, label)] - largest[row]);
    let own: f64 = own.sum();
    let mut sums = DVector::zeros(z.nrows());
    for mut column in z.column_iter_mut() {
        column.zip_apply(&largest, |z, m| *z = (*z - m).exp());
        sums += &column;
    }
    for mut column in z.column_iter_mut() {
        column.component_div_assign(&sums);
    }
    sums.iter().map(|sum| sum.ln()).sum::<f64>() - own
}
