//! Minimisation with curvature made safe: line searches, conjugate gradients, Newton's method by products, trust regions, cubic
//! regularisation, quasi-Newton methods, least squares.
//!
//! In: a [`Differentiable`] function, for some methods with its [`Curved`] Hessian or as [`LeastSquares`], a start, a tolerance for the
//! length of the gradient, a limit on the steps. Out: where it [`Ended`], with what that cost. A start that does not fit, a value that is
//! not finite there, a parameter out of its range, and a search that does not arrive are a [`MinimiseError`].

mod conjugate;
mod cubic;
mod least_squares;
mod line_search;
mod newton;
mod quasi_newton;

use nalgebra::DVector;
use thiserror::Error;

use crate::network::Objective;
use crate::operators::{OperatorError, SymmetricOperator};
use crate::training::{Differentiable, TrainingError, TwiceDifferentiable};

pub use conjugate::{Conjugate, conjugate_gradients};
pub use cubic::cubic_regularisation;
pub use least_squares::{LeastSquares, gauss_newton, levenberg_marquardt};
pub use line_search::{Armijo, Found, LineSearch, Wolfe};
pub use newton::{newton_cg, trust_region};
pub use quasi_newton::{bfgs, l_bfgs};

/// Why there is no minimum.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MinimiseError {
    /// The function could not be evaluated.
    #[error(transparent)]
    Function(#[from] TrainingError),
    /// The Hessian could not be multiplied.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// A parameter is out of its range.
    #[error("{what} cannot be {value}")]
    Parameter {
        /// Which.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A direction along which the function does not fall.
    #[error("the function has slope {slope:e} along the direction searched")]
    NoDescent {
        /// The slope, from 0 up or not a number.
        slope: f64,
    },
    /// No step along a direction was good enough: the function is not smooth there, or its rounding hides what is left to gain.
    #[error("no step along the direction meets the conditions")]
    NoStep,
    /// The curvature along a direction is not positive, where it must be.
    #[error("the curvature along a direction is {curvature:e}")]
    NotPositive {
        /// `pᵀHp/pᵀp`.
        curvature: f64,
    },
    /// The columns of a Jacobian depend on each other, so that a least-squares problem has no unique solution.
    #[error("the Jacobian has not full column rank")]
    RankDeficient,
    /// The limit came first.
    #[error("after {steps} steps the gradient is still {gradient:.1e}")]
    NotConverged {
        /// Steps taken.
        steps: usize,
        /// The length of the gradient, or of the residual of an equation.
        gradient: f64,
    },
}

/// Where a minimisation ended and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The parameters.
    pub weights: DVector<f64>,
    /// The value there.
    pub value: f64,
    /// The length of the gradient there.
    pub gradient: f64,
    /// Steps taken.
    pub steps: usize,
    /// Evaluations of value and gradient together.
    pub evaluations: usize,
    /// Products with Hessians.
    pub products: usize,
    /// Whole Hessians, or Jacobians.
    pub matrices: usize,
}

/// A function with its Hessian as an operator.
pub trait Curved: Differentiable {
    /// The Hessian at `w`, by its products.
    ///
    /// # Errors
    /// As [`value_and_gradient`](Differentiable::value_and_gradient).
    fn curvature(&self, w: &DVector<f64>) -> Result<Box<dyn SymmetricOperator + '_>, TrainingError>;
}

impl Curved for Objective {
    fn curvature(&self, w: &DVector<f64>) -> Result<Box<dyn SymmetricOperator + '_>, TrainingError> {
        Ok(Box::new(self.at(w)?))
    }
}

/// A function whose whole Hessian is known, to be taken where products are.
#[derive(Clone, Copy)]
pub struct ByHessian<'a>(pub &'a dyn TwiceDifferentiable);

impl Differentiable for ByHessian<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        self.0.value_and_gradient(w)
    }
}

impl Curved for ByHessian<'_> {
    fn curvature(&self, w: &DVector<f64>) -> Result<Box<dyn SymmetricOperator + '_>, TrainingError> {
        Ok(Box::new(self.0.hessian(w)?))
    }
}

/// A point with value and gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The point `w`.
    pub weights: DVector<f64>,
    /// `f(w)`.
    pub value: f64,
    /// `∇f(w)`.
    pub gradient: DVector<f64>,
}

impl Point {
    /// Evaluates `f` at `w`.
    ///
    /// # Errors
    /// `w` does not fit, or something is not finite.
    pub fn of(f: &dyn Differentiable, w: DVector<f64>) -> Result<Self, TrainingError> {
        let (value, gradient) = f.value_and_gradient(&w)?;
        crate::training::check(&gradient, w.len())?;
        Ok(Self { weights: w, value, gradient })
    }

    /// Evaluates `f` there, unless that leads out of the finite numbers.
    fn if_finite(f: &dyn Differentiable, w: DVector<f64>) -> Result<Option<Self>, TrainingError> {
        match Self::of(f, w) {
            Ok(point) => Ok(Some(point)),
            Err(TrainingError::NotFinite) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What rounding may make of the value.
    fn rounding(&self) -> f64 {
        10.0 * f64::EPSILON * self.value.abs()
    }
}

/// What a run has cost so far, and where it is.
struct Progress<'a> {
    f: &'a dyn Differentiable,
    at: Point,
    steps: usize,
    evaluations: usize,
    products: usize,
    matrices: usize,
}

impl<'a> Progress<'a> {
    fn new(f: &'a dyn Differentiable, start: DVector<f64>, tolerance: f64) -> Result<Self, MinimiseError> {
        positive("the tolerance", tolerance)?;
        let at = Point::of(f, start)?;
        Ok(Self {
            f,
            at,
            steps: 0,
            evaluations: 1,
            products: 0,
            matrices: 0,
        })
    }

    fn arrived(&self, tolerance: f64) -> bool {
        self.at.gradient.norm() <= tolerance
    }

    fn ended(self) -> Ended {
        Ended {
            gradient: self.at.gradient.norm(),
            weights: self.at.weights,
            value: self.at.value,
            steps: self.steps,
            evaluations: self.evaluations,
            products: self.products,
            matrices: self.matrices,
        }
    }

    fn not_converged(&self) -> MinimiseError {
        MinimiseError::NotConverged {
            steps: self.steps,
            gradient: self.at.gradient.norm(),
        }
    }

    /// Goes along `direction` as far as `search` says.
    fn go(&mut self, direction: &DVector<f64>, search: &dyn LineSearch) -> Result<(), MinimiseError> {
        let found = search.along(self.f, &self.at, direction)?;
        self.evaluations += found.evaluations;
        self.at = found.point;
        self.steps += 1;
        Ok(())
    }

    /// How well a model foresaw the fall from here to `next`, `(actual + δ)/(predicted + δ)` with `δ` the rounding of the value, so that
    /// near the end, where both are rounding, it counts as well foreseen.
    ///
    /// Source: A. R. Conn, N. I. M. Gould and P. L. Toint, *Trust-Region Methods*, 2000, section 17.4.2.
    fn foreseen(&self, next: &Point, predicted: f64) -> f64 {
        let delta = self.at.rounding().max(10.0 * f64::MIN_POSITIVE);
        (self.at.value - next.value + delta) / (predicted + delta)
    }
}

fn positive(what: &'static str, value: f64) -> Result<(), MinimiseError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(MinimiseError::Parameter { what, value })
    }
}
