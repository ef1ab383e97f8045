//! Matrices made orthogonal: exactly, by the singular values, and by products alone.

use nalgebra::DMatrix;

/// Coefficients `a, b, c` of an odd polynomial `aσ + bσ³ + cσ⁵`.
pub type Polynomial = [f64; 3];

/// `(3σ − σ³)/2`, the iteration of Newton and Schulz: it takes every `σ` from `(0, √3)` to 1, at the end quadratically, since
/// `1 − p(σ) = (1 − σ)²(2 + σ)/2`.
///
/// Source: N. J. Higham, *Functions of Matrices*, 2008, chapter 8.
pub const CUBIC: Polynomial = [1.5, -0.5, 0.0];

/// `(15σ − 10σ³ + 3σ⁵)/8`, whose first two derivatives vanish at 1: of order three there.
///
/// Source: N. J. Higham, *Functions of Matrices*, 2008, chapter 8.
pub const QUINTIC: Polynomial = [15.0 / 8.0, -10.0 / 8.0, 3.0 / 8.0];

/// The coefficients that Muon uses. They lift small singular values by more than three in each step, and do *not* converge to 1.
///
/// Source: K. Jordan et al., *Muon*, 2024.
pub const TUNED: Polynomial = [3.4445, -4.7750, 2.0315];

/// The orthogonal polar factor `UVᵀ` of `M = UΣVᵀ`: of all matrices of spectral norm at most 1 the one with the largest scalar
/// product with `M`. Directions whose singular value is zero up to rounding stay zero. A matrix that is not finite gives one that
/// is not.
pub fn polar(m: &DMatrix<f64>) -> DMatrix<f64> {
    let (rows, columns) = m.shape();
    let largest = m.amax();
    if rows == 0 || columns == 0 || largest == 0.0 {
        return m.clone();
    }
    if !m.iter().all(|x| x.is_finite()) {
        return DMatrix::repeat(rows, columns, f64::NAN);
    }
    let svd = (m / largest).svd(true, true);
    let (Some(u), Some(v)) = (svd.u, svd.v_t) else {
        return DMatrix::repeat(rows, columns, f64::NAN);
    };
    let rounding = rows.max(columns) as f64 * f64::EPSILON * svd.singular_values.max();
    let mut product = DMatrix::zeros(rows, columns);
    for (k, sigma) in svd.singular_values.iter().enumerate() {
        if *sigma > rounding {
            product.ger(1.0, &u.column(k), &v.row(k).transpose(), 1.0);
        }
    }
    product
}

/// `X ← aX + bXXᵀX + c(XXᵀ)²X`, as often as `steps` says, from `X = M/‖M‖_F`: each singular value becomes that polynomial of itself,
/// and the singular vectors stay. Products of matrices are all that it needs. A zero matrix stays zero.
pub fn newton_schulz(m: &DMatrix<f64>, [a, b, c]: Polynomial, steps: usize) -> DMatrix<f64> {
    let largest = m.amax();
    if largest == 0.0 {
        return m.clone();
    }
    let wide = m.nrows() <= m.ncols();
    // Scaled first, so that no square overflows; and with few rows, so that XXᵀ is small.
    let scaled = if wide { m / largest } else { m.transpose() / largest };
    let mut x = &scaled / scaled.norm();
    for _ in 0..steps {
        let square = &x * x.transpose();
        let mut factor = &square * b;
        if c != 0.0 {
            factor.gemm(c, &square, &square, 1.0);
        }
        x = &x * a + factor * &x;
    }
    if wide { x } else { x.transpose() }
}
