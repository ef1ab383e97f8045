//! Symmetric operators known by their products alone, and what can be measured of them.
//!
//! In: a [`SymmetricOperator`], which is a matrix or anything else that multiplies a vector by one, such as a
//! [`Product`] made from a closure, or the Hessian of a network's loss at a point, an
//! [`Expansion`](crate::network::Expansion). Out: the dominant eigenvalue ([`power`]), the ends of the spectrum ([`extremes`],
//! [`largest`], [`lanczos`]), the trace ([`hutchinson`], [`hutch_plus_plus`]) and the density of the eigenvalues ([`density`]).
//! An operator without dimension, not symmetric or not finite, a vector of another dimension, too few steps or probes,
//! and an iteration that did not converge are an [`OperatorError`].

mod density;
mod lanczos;
mod networks;
mod power;
mod trace;

use std::cell::Cell;

use nalgebra::{DMatrix, DVector};
use thiserror::Error;

use crate::spectrum::{SpectrumError, checked};

pub use density::{Density, Quadrature, density};
pub use lanczos::{Extremes, Lanczos, Reorthogonalisation, Ritz, extremes, lanczos, largest};
pub use networks::GaussNewton;
pub use power::{EigenPair, PowerIteration, power};
pub use trace::{Estimate, Probe, hutch_plus_plus, hutchinson};

/// Why an operator could not be measured.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OperatorError {
    /// The operator acts on vectors without entries.
    #[error("an operator of dimension 0 has nothing to measure")]
    Empty,
    /// The matrix is not one that has real eigenvalues.
    #[error(transparent)]
    Matrix(#[from] SpectrumError),
    /// A start vector, or what the operator returned, has another dimension than the operator.
    #[error("a vector of dimension {found} where the operator has {expected}")]
    Dimension {
        /// Dimension of the operator.
        expected: usize,
        /// Dimension of the vector.
        found: usize,
    },
    /// A product of the operator with a finite vector is NaN or infinite.
    #[error("a product with the operator is {0}")]
    NotFinite(f64),
    /// Two products contradict the symmetry `uᵀHv = vᵀHu`.
    #[error("the operator is not symmetric: uᵀHv and vᵀHu differ by {difference:e}")]
    NotSymmetric {
        /// How far apart the two are, for unit vectors.
        difference: f64,
    },
    /// A start is the zero vector, or its length is not finite.
    #[error("a vector of length {0} has no direction to start from")]
    NoDirection(f64),
    /// There are too few of something.
    #[error("{found} {what}, where at least {least} are needed")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there must be.
        least: usize,
    },
    /// A tolerance or a width is not a positive number.
    #[error("a {what} must be positive and finite, not {value}")]
    NotPositive {
        /// What it is.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// The iteration reached its limit first.
    #[error("not converged after {products} products: the residual is {residual:e}")]
    NotConverged {
        /// Products made.
        products: usize,
        /// The residual `‖Hv − θv‖` then, for a unit vector.
        residual: f64,
    },
}

/// A symmetric linear map of `ℝⁿ` that is known by what it does to vectors.
///
/// Measurements take it as `&dyn SymmetricOperator`: they are compiled once, here, with the optimisation of this crate,
/// not again in each lesson without it; next to a product the indirect call costs nothing.
pub trait SymmetricOperator {
    /// The dimension `n`.
    fn dimension(&self) -> usize;

    /// The product `Hv` with a vector of length `n`.
    fn apply(&self, v: &DVector<f64>) -> DVector<f64>;

    /// Tells what can be told of the operator without a product. Each measurement asks once, at its start.
    ///
    /// # Errors
    /// What makes the operator unfit. That a product is finite and of the right length is checked with each product.
    fn check(&self) -> Result<(), OperatorError> {
        Ok(())
    }
}

impl<H: SymmetricOperator + ?Sized> SymmetricOperator for &H {
    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        (**self).apply(v)
    }

    fn check(&self) -> Result<(), OperatorError> {
        (**self).check()
    }
}

/// A matrix is checked to be square, finite and symmetric.
impl SymmetricOperator for DMatrix<f64> {
    fn dimension(&self) -> usize {
        self.nrows()
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        self * v
    }

    fn check(&self) -> Result<(), OperatorError> {
        checked(self).map(drop).map_err(OperatorError::from)
    }
}

/// A symmetric operator made from a closure `v ↦ Hv`.
#[derive(Debug, Clone)]
pub struct Product<F> {
    dimension: usize,
    product: F,
}

impl<F: Fn(&DVector<f64>) -> DVector<f64>> Product<F> {
    /// The operator of dimension `n` whose product with `v` is `product(v)`.
    pub fn new(n: usize, product: F) -> Self {
        Self { dimension: n, product }
    }
}

impl<F: Fn(&DVector<f64>) -> DVector<f64>> SymmetricOperator for Product<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        (self.product)(v)
    }
}

/// The diagonal matrix with these entries, which are its eigenvalues: a spectrum to try methods on.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagonal(pub DVector<f64>);

impl SymmetricOperator for Diagonal {
    fn dimension(&self) -> usize {
        self.0.len()
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        self.0.component_mul(v)
    }
}

/// An operator that counts its products: the cost of a measurement.
#[derive(Debug, Clone)]
pub struct Counted<H> {
    operator: H,
    products: Cell<usize>,
}

impl<H: SymmetricOperator> Counted<H> {
    /// Counts from zero.
    pub fn new(operator: H) -> Self {
        Self { operator, products: Cell::new(0) }
    }

    /// The number of products made so far.
    pub fn products(&self) -> usize {
        self.products.get()
    }
}

impl<H: SymmetricOperator> SymmetricOperator for Counted<H> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        self.products.set(self.products.get() + 1);
        self.operator.apply(v)
    }

    fn check(&self) -> Result<(), OperatorError> {
        self.operator.check()
    }
}

/// The dimension of an operator that is fit to be measured.
fn dimension(h: &dyn SymmetricOperator) -> Result<usize, OperatorError> {
    h.check()?;
    match h.dimension() {
        0 => Err(OperatorError::Empty),
        n => Ok(n),
    }
}

/// `Hv`, if it is a finite vector of the right length.
fn product(h: &dyn SymmetricOperator, v: &DVector<f64>) -> Result<DVector<f64>, OperatorError> {
    let w = h.apply(v);
    if w.len() != v.len() {
        return Err(OperatorError::Dimension { expected: v.len(), found: w.len() });
    }
    match w.iter().find(|x| !x.is_finite()) {
        Some(&value) => Err(OperatorError::NotFinite(value)),
        None => Ok(w),
    }
}

/// The unit vector in the direction of `start`.
fn unit(start: &DVector<f64>, n: usize) -> Result<DVector<f64>, OperatorError> {
    if start.len() != n {
        return Err(OperatorError::Dimension { expected: n, found: start.len() });
    }
    let length = start.norm();
    if length.is_finite() && length > 0.0 {
        Ok(start / length)
    } else {
        Err(OperatorError::NoDirection(length))
    }
}

fn at_least(least: usize, found: usize, what: &'static str) -> Result<(), OperatorError> {
    if found < least {
        Err(OperatorError::TooFew { what, found, least })
    } else {
        Ok(())
    }
}

fn positive(value: f64, what: &'static str) -> Result<(), OperatorError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(OperatorError::NotPositive { what, value })
    }
}
