//! Conjugate gradients for linear equations.

use nalgebra::{DMatrix, DVector};

use super::{MinimiseError, positive};
use crate::operators::{OperatorError, SymmetricOperator};

/// A solution of `Hx = b` with what was seen on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Conjugate {
    /// The last iterate.
    pub solution: DVector<f64>,
    /// `‖b − Hxₖ‖` for each iterate, the start's first: one more than there were products.
    pub residuals: Vec<f64>,
    /// The steps `αₖ` along the directions, one for each product.
    pub steps: Vec<f64>,
    /// The shares `βₖ` of the last direction in the next.
    pub carried: Vec<f64>,
}

impl Conjugate {
    /// The tridiagonal matrix of the Lanczos process from `b`: its diagonal is `1/αₖ + βₖ₋₁/αₖ₋₁`, beside it stands `√βₖ/αₖ`.
    ///
    /// Conjugate gradients are that process: the residuals are its vectors up to sign and length, and the iterate minimises
    /// `½xᵀHx − bᵀx` over the Krylov space.
    ///
    /// Source: Y. Saad, *Iterative Methods for Sparse Linear Systems*, 2003, section 6.7.3, equations 6.103.
    pub fn tridiagonal(&self) -> DMatrix<f64> {
        let m = self.steps.len();
        DMatrix::from_fn(m, m, |i, j| match (i.min(j), i.abs_diff(j)) {
            (0, 0) => 1.0 / self.steps[0],
            (k, 0) => 1.0 / self.steps[k] + self.carried[k - 1] / self.steps[k - 1],
            (k, 1) => self.carried[k].sqrt() / self.steps[k],
            _ => 0.0,
        })
    }
}

/// Solves `Hx = b` for a positive definite operator from `x = 0`, until `‖b − Hx‖ ≤ tolerance·‖b‖`.
///
/// In exact arithmetic it takes as many steps as `b` has parts in different eigenspaces; the error in the norm of `H` falls at least by
/// `(√κ − 1)/(√κ + 1)` a step, up to a factor of two. Cost: one product and `10n` operations a step; memory for four vectors.
///
/// Source: M. R. Hestenes and E. Stiefel, *Methods of conjugate gradients for solving linear systems*, 1952; J. Nocedal and
/// S. J. Wright, *Numerical Optimization*, algorithm 5.2, bound 5.36.
///
/// # Errors
/// `b` does not fit or is not finite, the tolerance is not positive; [`NotPositive`](MinimiseError::NotPositive) if a direction
/// shows that the operator is not positive definite; [`NotConverged`](MinimiseError::NotConverged) after `limit` products.
pub fn conjugate_gradients(
    h: &dyn SymmetricOperator,
    b: &DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<Conjugate, MinimiseError> {
    positive("the tolerance", tolerance)?;
    h.check()?;
    if b.len() != h.dimension() {
        return Err(OperatorError::Dimension { expected: h.dimension(), found: b.len() }.into());
    }
    crate::training::check(b, b.len())?;
    let (mut residual, mut direction, mut image) = (b.clone(), b.clone(), b.clone());
    let mut run = Conjugate {
        solution: DVector::zeros(b.len()),
        residuals: vec![b.norm()],
        steps: Vec::new(),
        carried: Vec::new(),
    };
    let enough = tolerance * b.norm();
    loop {
        let length = run.residuals[run.steps.len()];
        if length <= enough {
            return Ok(run);
        }
        if run.steps.len() == limit {
            return Err(MinimiseError::NotConverged { steps: limit, gradient: length });
        }
        let curvature = bend(h, &direction, &mut image)?;
        if curvature <= 0.0 {
            return Err(MinimiseError::NotPositive {
                curvature: curvature / direction.norm_squared(),
            });
        }
        let step = length * length / curvature;
        run.solution.axpy(step, &direction, 1.0);
        residual.axpy(-step, &image, 1.0);
        let next = residual.norm();
        let share = (next / length).powi(2);
        direction.axpy(1.0, &residual, share);
        run.steps.push(step);
        run.carried.push(share);
        run.residuals.push(next);
    }
}

/// `dᵀHd`, with `Hd` in `image`.
pub(super) fn bend(
    h: &dyn SymmetricOperator,
    direction: &DVector<f64>,
    image: &mut DVector<f64>,
) -> Result<f64, MinimiseError> {
    h.apply_into(direction, image);
    if image.len() != direction.len() {
        return Err(OperatorError::Dimension {
            expected: direction.len(),
            found: image.len(),
        }
        .into());
    }
    match direction.dot(image) {
        curvature if curvature.is_finite() => Ok(curvature),
        curvature => Err(OperatorError::NotFinite(curvature).into()),
    }
}
