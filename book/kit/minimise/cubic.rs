//! Cubic regularisation of Newton's method.

use nalgebra::DVector;

use super::{Ended, MinimiseError, Point, Progress, positive};
use crate::spectrum::Spectrum;
use crate::training::{TrainingError, TwiceDifferentiable};

/// Newton's method with a cubic penalty on the step: `s` minimises `∇fᵀs + ½sᵀHs + (σ/3)‖s‖³` over all steps. `σ` is halved where the model
/// foresaw more than nine tenths of the fall, and doubled where it foresaw less than one.
///
/// With `σ` at least half the Lipschitz constant of the Hessian the model is an upper bound of the function, and a gradient of length
/// `ε` takes `O(ε^{−3/2})` steps. It ends only where no eigenvalue of the Hessian is below `−√tolerance`: a saddle is left, even from a
/// start on it. Cost of a step: a Hessian and its decomposition, `O(n³)`.
///
/// Source: Yu. Nesterov and B. T. Polyak, *Cubic regularization of Newton method and its global performance*, 2006, sections 2 and 5;
/// choice of `σ` after C. Cartis, N. I. M. Gould and P. L. Toint, *Adaptive cubic regularisation methods*, 2011, algorithm 2.1.
///
/// # Errors
/// The first `σ` is not positive; otherwise see [`MinimiseError`].
pub fn cubic_regularisation(
    f: &dyn TwiceDifferentiable,
    start: DVector<f64>,
    sigma: f64,
    tolerance: f64,
    limit: usize,
) -> Result<Ended, MinimiseError> {
    positive("sigma", sigma)?;
    let mut run = Progress::new(f, start, tolerance)?;
    let mut sigma = sigma;
    loop {
        let hessian = f.hessian(&run.at.weights)?;
        run.matrices += 1;
        let spectrum = Spectrum::of(&hessian).map_err(|_| TrainingError::NotFinite)?;
        if run.arrived(tolerance) && spectrum.smallest() >= -tolerance.sqrt() {
            return Ok(run.ended());
        }
        if run.steps == limit {
            return Err(run.not_converged());
        }
        loop {
            let step = minimiser(&spectrum, &run.at.gradient, sigma);
            let length = step.norm();
            let fall = -run.at.gradient.dot(&step) - 0.5 * step.dot(&(&hessian * &step)) - sigma / 3.0 * length.powi(3);
            let next = Point::if_finite(f, &run.at.weights + &step)?;
            run.evaluations += 1;
            let foreseen = next.as_ref().map_or(f64::NEG_INFINITY, |next| run.foreseen(next, fall));
            if foreseen < 0.1 {
                sigma *= 2.0;
            } else if foreseen > 0.9 {
                sigma = (sigma / 2.0).max(f64::MIN_POSITIVE);
            }
            if let Some(next) = next
                && foreseen >= 0.1
            {
                run.at = next;
                run.steps += 1;
                break;
            }
            if !sigma.is_finite() {
                return Err(MinimiseError::NoStep);
            }
        }
    }
}

/// The `s` that minimises `gᵀs + ½sᵀHs + (σ/3)‖s‖³`: it solves `(H + λI)s = −g` with `λ = σ‖s‖` and `H + λI` not negative.
///
/// In the eigenvectors `‖s‖` is a falling function of `λ`, so the two meet once, beyond `−λ_min`; where `g` has no part in the
/// eigenvector of `λ_min`, they may meet at `−λ_min` itself, and the step is filled up along it.
fn minimiser(spectrum: &Spectrum, gradient: &DVector<f64>, sigma: f64) -> DVector<f64> {
    let n = gradient.len();
    let parts = spectrum.vectors.tr_mul(gradient);
    let least = (-spectrum.smallest()).max(0.0);
    let step = |lambda: f64| {
        parts.zip_map(&spectrum.values, |part, value| match value + lambda {
            denominator if denominator > 0.0 => -part / denominator,
            _ => 0.0,
        })
    };
    let beyond = |lambda: f64| sigma * step(lambda).norm() - lambda;
    // An upper end: λ² ≤ σ‖g‖ + λ·least there.
    let (mut low, mut high) = (least, least + (sigma * gradient.norm()).sqrt() + f64::MIN_POSITIVE);
    while beyond(high) > 0.0 {
        high *= 2.0;
    }
    while high - low > 2.0 * f64::EPSILON * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if beyond(middle) > 0.0 { low = middle } else { high = middle }
    }
    let mut coordinates = step(high);
    let missing = (high / sigma).powi(2) - coordinates.norm_squared();
    // At −λ_min itself nothing of the gradient reaches the length that λ asks for.
    if spectrum.smallest() < 0.0 && high - least <= 1e-12 * least && missing > 0.0 {
        coordinates[n - 1] += missing.sqrt().copysign(-parts[n - 1]);
    }
    &spectrum.vectors * coordinates
}
