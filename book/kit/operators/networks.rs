//! The curvature of a network's loss as operators; its Hessian is the expansion itself.

use nalgebra::DVector;

use super::SymmetricOperator;
use crate::network::Expansion;

/// The Gauss-Newton matrix of the loss at the point of an expansion.
#[derive(Debug, Clone, Copy)]
pub struct GaussNewton<'a>(pub &'a Expansion<'a>);

impl SymmetricOperator for GaussNewton<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        // What could not be multiplied is not a number: a measurement with it ends in an error.
        let product = self.0.gauss_newton_product(v);
        product.unwrap_or_else(|_| DVector::repeat(v.len(), f64::NAN))
    }
}
