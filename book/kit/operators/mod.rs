//! Symmetric operators known by their products alone, and what can be measured of them.
//!
//! In: a [`SymmetricOperator`], which is a matrix or anything else that multiplies a vector by one, such as a
//! [`Product`] made from a closure, or the Hessian of a network's loss at a point, an
//! [`Expansion`](crate::network::Expansion). Out: the dominant eigenvalue ([`power`]), the ends of the spectrum ([`extremes`],
//! [`largest`], [`Search`], [`lanczos`]), the trace ([`hutchinson`], [`hutch_plus_plus`]) and the density of the eigenvalues ([`density`]).
//! An operator without dimension, not symmetric or not finite, a vector of another dimension, too few steps or probes,
//! and an iteration that did not converge are an [`OperatorError`].

mod basis;
mod clusters;
mod density;
mod lanczos;
mod networks;
mod power;
mod process;
mod restarted;
mod trace;
mod tridiagonal;

use std::cell::Cell;

use nalgebra::{DMatrix, DVector};
use thiserror::Error;

use crate::spectrum::{SpectrumError, checked, power_of_two};

pub use clusters::Cluster;
pub use density::{Density, Quadrature, density};
pub use lanczos::{Ritz, lanczos};
pub use networks::GaussNewton;
pub use power::{EigenPair, PowerIteration, power};
pub use process::{Lanczos, Reorthogonalisation};
pub use restarted::{Ends, Extremes, Search, extremes, largest};
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

    /// Puts the product `Hv` in the place of what is in `out`. Iterations call this; what does not allocate here makes them not
    /// allocate.
    fn apply_into(&self, v: &DVector<f64>, out: &mut DVector<f64>) {
        *out = self.apply(v);
    }

    /// The products `HV` with each column of `v`, which has `n` rows.
    fn apply_block(&self, v: &DMatrix<f64>) -> DMatrix<f64> {
        let products: Vec<_> = v.column_iter().map(|column| self.apply(&column.into_owned())).collect();
        DMatrix::from_columns(&products)
    }

    /// How many vectors are best multiplied at once by [`apply_block`](Self::apply_block); with 1, it brings nothing.
    fn block(&self) -> usize {
        1
    }

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

    fn apply_into(&self, v: &DVector<f64>, out: &mut DVector<f64>) {
        (**self).apply_into(v, out);
    }

    fn apply_block(&self, v: &DMatrix<f64>) -> DMatrix<f64> {
        (**self).apply_block(v)
    }

    fn block(&self) -> usize {
        (**self).block()
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

    fn apply_into(&self, v: &DVector<f64>, out: &mut DVector<f64>) {
        out.gemv(1.0, self, v, 0.0);
    }

    fn apply_block(&self, v: &DMatrix<f64>) -> DMatrix<f64> {
        self * v
    }

    /// The matrix is read once for all the vectors of a block.
    fn block(&self) -> usize {
        8
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

/// A symmetric operator made from a closure that writes `Hv` over what is in its second argument, which has `n` entries: for
/// long vectors, where a new one for each product would cost as much as the product.
#[derive(Debug, Clone)]
pub struct ProductInto<F> {
    dimension: usize,
    product: F,
}

impl<F: Fn(&DVector<f64>, &mut DVector<f64>)> ProductInto<F> {
    /// The operator of dimension `n` whose product with `v` is what `product(v, out)` leaves in `out`.
    pub fn new(n: usize, product: F) -> Self {
        Self { dimension: n, product }
    }
}

impl<F: Fn(&DVector<f64>, &mut DVector<f64>)> SymmetricOperator for ProductInto<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        let mut out = DVector::zeros(self.dimension);
        (self.product)(v, &mut out);
        out
    }

    fn apply_into(&self, v: &DVector<f64>, out: &mut DVector<f64>) {
        (self.product)(v, out);
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

    fn apply_into(&self, v: &DVector<f64>, out: &mut DVector<f64>) {
        out.cmpy(1.0, &self.0, v, 0.0);
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

    fn apply_into(&self, v: &DVector<f64>, out: &mut DVector<f64>) {
        self.products.set(self.products.get() + 1);
        self.operator.apply_into(v, out);
    }

    fn apply_block(&self, v: &DMatrix<f64>) -> DMatrix<f64> {
        self.products.set(self.products.get() + v.ncols());
        self.operator.apply_block(v)
    }

    fn block(&self) -> usize {
        self.operator.block()
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

/// Puts `Hv` into `out`, and returns its largest absolute entry, if it is a finite vector of the right length.
fn product_into(h: &dyn SymmetricOperator, v: &DVector<f64>, out: &mut DVector<f64>) -> Result<f64, OperatorError> {
    h.apply_into(v, out);
    if out.len() != v.len() {
        return Err(OperatorError::Dimension { expected: v.len(), found: out.len() });
    }
    // Bits of absolute values are in the order of the values, and those of infinity and NaN are above all others.
    let largest = out.iter().fold(0, |largest, x| largest.max(x.abs().to_bits()));
    if f64::from_bits(largest).is_finite() {
        Ok(f64::from_bits(largest))
    } else {
        let value = out.iter().find(|x| !x.is_finite());
        Err(OperatorError::NotFinite(value.copied().unwrap_or(f64::NAN)))
    }
}

/// `HV` for the columns of `v`, if it is a finite matrix of the same shape.
fn images(h: &dyn SymmetricOperator, v: &DMatrix<f64>) -> Result<DMatrix<f64>, OperatorError> {
    let block = h.block().max(1);
    let mut all = DMatrix::zeros(v.nrows(), v.ncols());
    for first in (0..v.ncols()).step_by(block) {
        let width = block.min(v.ncols() - first);
        let image = h.apply_block(&v.columns(first, width).into_owned());
        if image.shape() != (v.nrows(), width) {
            return Err(OperatorError::Dimension {
                expected: v.nrows(),
                found: image.nrows(),
            });
        }
        all.columns_mut(first, width).copy_from(&image);
    }
    match all.iter().find(|x| !x.is_finite()) {
        Some(&value) => Err(OperatorError::NotFinite(value)),
        None => Ok(all),
    }
}

/// The unit vector in the direction of `start`, which may be as short or long as a vector of finite numbers can be.
fn unit(start: &DVector<f64>, n: usize) -> Result<DVector<f64>, OperatorError> {
    if start.len() != n {
        return Err(OperatorError::Dimension { expected: n, found: start.len() });
    }
    if !start.iter().all(|x| x.is_finite()) || start.amax() == 0.0 {
        return Err(OperatorError::NoDirection(start.norm()));
    }
    let scaled = start / power_of_two(start.amax());
    let length = scaled.norm();
    Ok(scaled / length)
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
