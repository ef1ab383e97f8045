//! Sums of squares: Gauss–Newton and Levenberg–Marquardt.

use nalgebra::{DMatrix, DVector};

use super::{Armijo, Ended, MinimiseError, Point, Progress};
use crate::training::{Differentiable, TrainingError, check};

/// `f(w) = ½‖r(w)‖²` for `m` residuals `r` of `n` parameters, made from a function `w ↦ (r(w), J(w))` with the Jacobian `J`, `m × n`.
#[derive(Debug, Clone)]
pub struct LeastSquares<F> {
    dimension: usize,
    residuals: F,
}

impl<F: Fn(&DVector<f64>) -> (DVector<f64>, DMatrix<f64>)> LeastSquares<F> {
    /// With `n` parameters.
    pub fn new(n: usize, residuals: F) -> Self {
        Self { dimension: n, residuals }
    }

    /// The residuals `r(w)` and the Jacobian `J(w)`.
    ///
    /// # Errors
    /// `w` or what the function returned does not fit or is not finite.
    pub fn residuals(&self, w: &DVector<f64>) -> Result<(DVector<f64>, DMatrix<f64>), TrainingError> {
        check(w, self.dimension)?;
        let (r, j) = (self.residuals)(w);
        check(&r, j.nrows())?;
        if j.ncols() != self.dimension {
            return Err(TrainingError::Dimension {
                expected: self.dimension,
                found: j.ncols(),
            });
        }
        if j.iter().all(|entry| entry.is_finite()) {
            Ok((r, j))
        } else {
            Err(TrainingError::NotFinite)
        }
    }
}

impl<F: Fn(&DVector<f64>) -> (DVector<f64>, DMatrix<f64>)> Differentiable for LeastSquares<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        let (r, j) = self.residuals(w)?;
        let (value, gradient) = (0.5 * r.norm_squared(), j.tr_mul(&r));
        check(&gradient, w.len())?;
        if value.is_finite() {
            Ok((value, gradient))
        } else {
            Err(TrainingError::NotFinite)
        }
    }
}

/// The method of Gauss and Newton: `s` minimises `‖Js + r‖`, and Armijo's condition decides how far to go along it.
///
/// It is Newton's method without the curvature of the residuals: quadratically convergent where they vanish at the minimum. Cost of a
/// step: a Jacobian, its decomposition by Householder reflections, `2mn²` operations, and mostly one evaluation.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, section 10.3, equation 10.26.
///
/// # Errors
/// [`RankDeficient`](MinimiseError::RankDeficient) where `J` has not full column rank, to `nε` of its largest column; otherwise see
/// [`MinimiseError`].
pub fn gauss_newton<F: Fn(&DVector<f64>) -> (DVector<f64>, DMatrix<f64>)>(
    f: &LeastSquares<F>,
    start: DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<Ended, MinimiseError> {
    let mut run = Progress::new(f, start, tolerance)?;
    let search = Armijo::new(1e-4)?;
    while !run.arrived(tolerance) {
        if run.steps == limit {
            return Err(run.not_converged());
        }
        let (r, j) = f.residuals(&run.at.weights)?;
        run.matrices += 1;
        let n = j.ncols();
        if j.nrows() < n {
            return Err(MinimiseError::RankDeficient);
        }
        let qr = j.qr();
        let triangle = qr.r();
        let pivots = triangle.diagonal().abs();
        if pivots.min() <= n as f64 * f64::EPSILON * pivots.max() {
            return Err(MinimiseError::RankDeficient);
        }
        let right = -qr.q().tr_mul(&r);
        let step = triangle.solve_upper_triangular(&right).ok_or(MinimiseError::RankDeficient)?;
        run.go(&step, &search)?;
    }
    Ok(run.ended())
}

/// The method of Levenberg and Marquardt: `(JᵀJ + μI)s = −Jᵀr`. `μ`, at first a thousandth of the largest entry of the diagonal of
/// `JᵀJ`, falls by up to a third where the linear model foresaw the fall, and grows by 2, 4, 8, … where the value did not fall.
///
/// For any rank of `J`. Cost of a step: a Jacobian, `mn² + n³/3` operations, and mostly one evaluation.
///
/// Source: K. Levenberg, 1944; D. W. Marquardt, 1963; choice of `μ`: K. Madsen, H. B. Nielsen and O. Tingleff, *Methods for non-linear
/// least squares problems*, 2004, algorithm 3.16.
///
/// # Errors
/// See [`MinimiseError`].
pub fn levenberg_marquardt<F: Fn(&DVector<f64>) -> (DVector<f64>, DMatrix<f64>)>(
    f: &LeastSquares<F>,
    start: DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<Ended, MinimiseError> {
    let mut run = Progress::new(f, start, tolerance)?;
    let (mut damping, mut growth) = (None, 2.0);
    while !run.arrived(tolerance) {
        if run.steps == limit {
            return Err(run.not_converged());
        }
        let (_, j) = f.residuals(&run.at.weights)?;
        run.matrices += 1;
        let normal = j.tr_mul(&j);
        loop {
            let mu = *damping.get_or_insert_with(|| 1e-3 * normal.diagonal().amax());
            let damped = DMatrix::from_fn(j.ncols(), j.ncols(), |i, k| normal[(i, k)] + if i == k { mu } else { 0.0 });
            let next = match damped.cholesky() {
                None => None,
                Some(factor) => {
                    let step = -factor.solve(&run.at.gradient);
                    run.evaluations += 1;
                    let fall = 0.5 * step.dot(&(&step * mu - &run.at.gradient));
                    Point::if_finite(f, &run.at.weights + step)?.map(|next| (run.foreseen(&next, fall), next))
                }
            };
            match next {
                Some((foreseen, next)) if foreseen > 0.0 => {
                    damping = Some(mu * (1.0 - (2.0 * foreseen - 1.0).powi(3)).max(1.0 / 3.0));
                    growth = 2.0;
                    run.at = next;
                    run.steps += 1;
                    break;
                }
                _ => {
                    damping = Some(mu.max(f64::MIN_POSITIVE) * growth);
                    growth *= 2.0;
                    if !growth.is_finite() || damping.is_some_and(f64::is_infinite) {
                        return Err(MinimiseError::NoStep);
                    }
                }
            }
        }
    }
    Ok(run.ended())
}
