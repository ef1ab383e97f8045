//! Gradients and Hessians: exact ones by dual numbers, approximate ones by differences.
//!
//! In: a function of `n` variables, a point of `n` finite coordinates, for differences a step. Out: the value, the
//! gradient (`n`) and the Hessian (`n × n`). No variables, a coordinate, step, value or derivative that is not finite
//! are a [`DerivativeError`].

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix, OVector, U1};
use num_dual::Dual2Vec;
use thiserror::Error;

/// Why there is no derivative.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum DerivativeError {
    /// The point has no coordinates.
    #[error("a function of no variables has no derivatives")]
    NoVariables,
    /// A coordinate of the point is NaN or infinite.
    #[error("coordinate {index} of the point is {value}")]
    Point {
        /// Index of the coordinate, from 0.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// The step of a difference is zero, negative, NaN or infinite.
    #[error("a difference needs a positive, finite step, not {0}")]
    Step(f64),
    /// The step is lost, or half lost, in the rounding of a coordinate.
    #[error("a step of {step:e} is lost in the rounding of coordinate {index}, {value}")]
    StepLost {
        /// Index of the coordinate, from 0.
        index: usize,
        /// Its value.
        value: f64,
        /// The step.
        step: f64,
    },
    /// A gradient has not as many entries as the point.
    #[error("a gradient of {found} entries at a point of {expected}")]
    Dimension {
        /// Coordinates of the point.
        expected: usize,
        /// Entries of the gradient.
        found: usize,
    },
    /// The function, or a derivative of it, is NaN or infinite at a point where it was needed.
    #[error("the function or a derivative of it is not finite here")]
    NotFinite,
}

/// A function to second order about one point.
#[derive(Debug, Clone, PartialEq)]
pub struct Taylor<D: Dim>
where
    DefaultAllocator: Allocator<D> + Allocator<D, D>,
{
    /// The value `f(x)`.
    pub value: f64,
    /// The gradient `∇f(x)`, length `n`.
    pub gradient: OVector<f64, D>,
    /// The Hessian `∇²f(x)`, `n × n`, exactly symmetric.
    pub hessian: OMatrix<f64, D, D>,
}

impl<D: Dim> Taylor<D>
where
    DefaultAllocator: Allocator<D> + Allocator<U1, D> + Allocator<D, D>,
{
    /// Expands `f` about `x` with second-order dual numbers: exact up to the rounding of `f`'s own operations.
    ///
    /// # Errors
    /// No variables, a point that is not finite, a value or derivative that is not. A power like `x.powf(2.5)` at 0 counts among
    /// these: the rule of dual numbers for it divides by `x`, though value and both derivatives are 0.
    ///
    /// Source: P. Rehner and G. Bauer, *Application of generalized (hyper-)dual numbers*, 2021 (the crate `num-dual`).
    pub fn about<F>(f: F, x: &OVector<f64, D>) -> Result<Self, DerivativeError>
    where
        F: Fn(OVector<Dual2Vec<f64, D>, D>) -> Dual2Vec<f64, D>,
    {
        check_point(x)?;
        let (value, gradient, hessian) = num_dual::hessian(f, x);
        if !value.is_finite() {
            return Err(DerivativeError::NotFinite);
        }
        Ok(Self {
            value,
            gradient: finite(gradient)?,
            hessian: symmetric_part(&finite(hessian)?),
        })
    }

    /// The second-order model `f(x) + ∇f·s + ½ sᵀ∇²f s` at the step `s`.
    pub fn model(&self, step: &OVector<f64, D>) -> f64 {
        self.value + self.gradient.dot(step) + 0.5 * step.dot(&(&self.hessian * step))
    }
}

/// Central differences `(f(x + heᵢ) − f(x − heᵢ)) / 2h` for the gradient: `2n` evaluations, truncation error `O(h²)`,
/// rounding error `O(ε/h)`.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, section 8.1.
///
/// # Errors
/// No variables, a point or a step that does not do, a result that is not finite.
pub fn gradient_by_differences<F, D>(f: F, x: &OVector<f64, D>, h: f64) -> Result<OVector<f64, D>, DerivativeError>
where
    F: Fn(OVector<f64, D>) -> f64,
    D: Dim,
    DefaultAllocator: Allocator<D>,
{
    check_point(x)?;
    check_step(x, h)?;
    let mut gradient = x.clone();
    for i in 0..x.len() {
        gradient[i] = (f(moved(x, i, h)) - f(moved(x, i, -h))) / (2.0 * h);
    }
    finite(gradient)
}

/// Second differences of `f` for the Hessian: `(f(x + heᵢ) − 2f(x) + f(x − heᵢ)) / h²` on the diagonal and
/// `(f₊₊ − f₊₋ − f₋₊ + f₋₋) / 4h²` beside it. `2n² + 1` evaluations, truncation error `O(h²)`, rounding error `O(ε/h²)`.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, section 8.1.
///
/// # Errors
/// No variables, a point or a step that does not do, a result that is not finite.
pub fn hessian_by_differences<F, D>(f: F, x: &OVector<f64, D>, h: f64) -> Result<OMatrix<f64, D, D>, DerivativeError>
where
    F: Fn(OVector<f64, D>) -> f64,
    D: Dim,
    DefaultAllocator: Allocator<D> + Allocator<D, D>,
{
    check_point(x)?;
    check_step(x, h)?;
    let centre = f(x.clone());
    let mut hessian = square_zeros(x);
    for i in 0..x.len() {
        hessian[(i, i)] = (f(moved(x, i, h)) - 2.0 * centre + f(moved(x, i, -h))) / (h * h);
        for j in 0..i {
            let corner = |a: f64, b: f64| f(moved(&moved(x, i, a), j, b));
            let mixed = (corner(h, h) - corner(h, -h) - corner(-h, h) + corner(-h, -h)) / (4.0 * h * h);
            hessian[(i, j)] = mixed;
            hessian[(j, i)] = mixed;
        }
    }
    finite(hessian)
}

/// Central differences of an exact gradient for the Hessian, then its symmetric part: `2n` gradients, truncation error
/// `O(h²)`, rounding error only `O(ε/h)`.
///
/// # Errors
/// No variables, a point or a step that does not do, a result that is not finite.
pub fn hessian_by_gradients<G, D>(
    gradient: G,
    x: &OVector<f64, D>,
    h: f64,
) -> Result<OMatrix<f64, D, D>, DerivativeError>
where
    G: Fn(OVector<f64, D>) -> OVector<f64, D>,
    D: Dim,
    DefaultAllocator: Allocator<D> + Allocator<D, D>,
{
    check_point(x)?;
    check_step(x, h)?;
    let mut hessian = square_zeros(x);
    for j in 0..x.len() {
        let sides = [h, -h].map(|h| gradient(moved(x, j, h)));
        if let Some(wrong) = sides.iter().find(|side| side.len() != x.len()) {
            return Err(DerivativeError::Dimension { expected: x.len(), found: wrong.len() });
        }
        let column = (&sides[0] - &sides[1]) / (2.0 * h);
        hessian.set_column(j, &column);
    }
    Ok(symmetric_part(&finite(hessian)?))
}

fn moved<D: Dim>(x: &OVector<f64, D>, i: usize, by: f64) -> OVector<f64, D>
where
    DefaultAllocator: Allocator<D>,
{
    let mut y = x.clone();
    y[i] += by;
    y
}

fn square_zeros<D: Dim>(x: &OVector<f64, D>) -> OMatrix<f64, D, D>
where
    DefaultAllocator: Allocator<D> + Allocator<D, D>,
{
    let (n, _) = x.shape_generic();
    OMatrix::zeros_generic(n, n)
}

fn symmetric_part<D: Dim>(h: &OMatrix<f64, D, D>) -> OMatrix<f64, D, D>
where
    DefaultAllocator: Allocator<D, D>,
{
    (h + h.transpose()) * 0.5
}

fn finite<R: Dim, C: Dim>(m: OMatrix<f64, R, C>) -> Result<OMatrix<f64, R, C>, DerivativeError>
where
    DefaultAllocator: Allocator<R, C>,
{
    if m.iter().all(|v| v.is_finite()) {
        Ok(m)
    } else {
        Err(DerivativeError::NotFinite)
    }
}

fn check_point<D: Dim>(x: &OVector<f64, D>) -> Result<(), DerivativeError>
where
    DefaultAllocator: Allocator<D>,
{
    if x.is_empty() {
        return Err(DerivativeError::NoVariables);
    }
    match x.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(DerivativeError::Point { index, value: x[index] }),
        None => Ok(()),
    }
}

/// A step of which rounding takes more than a tenth would make a derivative wrong by as much, or zero.
fn check_step<D: Dim>(x: &OVector<f64, D>, h: f64) -> Result<(), DerivativeError>
where
    DefaultAllocator: Allocator<D>,
{
    if !h.is_finite() || h <= 0.0 {
        return Err(DerivativeError::Step(h));
    }
    let lost = |x: &f64| (((x + h) - (x - h)) / (2.0 * h) - 1.0).abs() > 0.1;
    match x.iter().position(lost) {
        Some(index) => Err(DerivativeError::StepLost { index, value: x[index], step: h }),
        None => Ok(()),
    }
}
