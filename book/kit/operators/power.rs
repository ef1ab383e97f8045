//! Power iteration.

use nalgebra::DVector;

use super::process::SYMMETRY_TOLERANCE;
use super::{OperatorError, SymmetricOperator, dimension, positive, product_into, unit};
use crate::spectrum::power_of_two;

/// An approximate eigenvalue with its vector.
#[derive(Debug, Clone, PartialEq)]
pub struct EigenPair {
    /// The Rayleigh quotient `θ = vᵀHv`.
    pub value: f64,
    /// The unit vector `v`; its sign is arbitrary.
    pub vector: DVector<f64>,
    /// At least `‖Hv − θv‖`: for a symmetric operator there is an eigenvalue within this distance of `θ`.
    pub residual: f64,
}

/// What a power iteration found, and how it got there.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerIteration {
    /// The last iterate.
    pub pair: EigenPair,
    /// The Rayleigh quotient of each iterate, the start's first. As many as there were products.
    pub quotients: Vec<f64>,
}

/// Power iteration `v ← Hv/‖Hv‖` until `‖Hv − θv‖ ≤ tolerance·|θ|`, at most `limit` products.
///
/// It finds the eigenvalue of largest *absolute* value among those whose eigenvectors the start has a component of.
/// The angle to the eigenvector falls by `|λ₂/λ₁|` a step, the error of the quotient by its square; if `λ₂ = −λ₁` it
/// does not converge.
///
/// Source: G. H. Golub and C. F. Van Loan, *Matrix Computations*, section 8.2.
///
/// # Errors
/// An unfit operator, start or tolerance; [`OperatorError::NotConverged`]. An operator that contradicts its symmetry, from the
/// second product on.
///
/// Cost: one product and `10n` operations a step, and memory for three vectors.
pub fn power(
    h: &dyn SymmetricOperator,
    start: &DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<PowerIteration, OperatorError> {
    positive(tolerance, "tolerance")?;
    let mut v = unit(start, dimension(h)?)?;
    let (mut w, mut before) = (v.clone(), None::<(DVector<f64>, f64)>);
    let mut quotients = Vec::new();
    let mut residual = f64::INFINITY;
    while quotients.len() < limit {
        let scale = power_of_two(product_into(h, &v, &mut w)?);
        w /= scale;
        // Products of two vectors tell whether the operator is symmetric: `uᵀHv` should be `vᵀHu`, the length of `Hu`.
        if let Some((u, length)) = before {
            let difference = (w.dot(&u) - length / scale).abs();
            if difference > SYMMETRY_TOLERANCE * w.norm().max(length / scale) {
                return Err(OperatorError::NotSymmetric { difference: difference * scale });
            }
        }
        let quotient = v.dot(&w);
        let value = quotient * scale;
        if !value.is_finite() {
            return Err(OperatorError::NotFinite(value));
        }
        quotients.push(value);
        let off = (&w - &v * quotient).norm();
        residual = off * scale;
        if off <= tolerance * quotient.abs() {
            return Ok(PowerIteration {
                pair: EigenPair { value, vector: v, residual },
                quotients,
            });
        }
        let length = w.norm();
        w /= length;
        std::mem::swap(&mut v, &mut w);
        before = Some((w.clone(), length * scale));
    }
    Err(OperatorError::NotConverged { products: quotients.len(), residual })
}
