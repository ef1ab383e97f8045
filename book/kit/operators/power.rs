//! Power iteration.

use nalgebra::DVector;

use super::{OperatorError, SymmetricOperator, dimension, positive, product, unit};

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
/// An unfit operator, start or tolerance; [`OperatorError::NotConverged`].
pub fn power(
    h: &dyn SymmetricOperator,
    start: &DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<PowerIteration, OperatorError> {
    positive(tolerance, "tolerance")?;
    let mut v = unit(start, dimension(h)?)?;
    let mut quotients = Vec::new();
    let mut residual = f64::INFINITY;
    while quotients.len() < limit {
        let w = product(h, &v)?;
        let value = v.dot(&w);
        quotients.push(value);
        residual = (&w - &v * value).norm();
        if residual <= tolerance * value.abs() {
            return Ok(PowerIteration {
                pair: EigenPair { value, vector: v, residual },
                quotients,
            });
        }
        v = w.normalize();
    }
    Err(OperatorError::NotConverged { products: quotients.len(), residual })
}
