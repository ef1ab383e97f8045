//! Critical points of any index: where a gradient vanishes, whether at a minimum, a saddle or a maximum.
//!
//! In: a [`TwiceDifferentiable`] function and a start. Out: a [`Critical`] point with the spectrum of the Hessian there. A start
//! that does not fit, values that are not finite, and a search that does not arrive are a [`TrainingError`].

use nalgebra::DVector;

use crate::descent::solved;
use crate::spectrum::Spectrum;
use crate::training::{TrainingError, TwiceDifferentiable};

/// A point where the gradient vanishes, to a tolerance.
#[derive(Debug, Clone, PartialEq)]
pub struct Critical {
    /// The point.
    pub weights: DVector<f64>,
    /// The value of the function.
    pub value: f64,
    /// The length of the gradient.
    pub gradient: f64,
    /// Newton steps that it took.
    pub steps: usize,
    /// The spectrum of the Hessian.
    pub spectrum: Spectrum,
}

impl Critical {
    /// The number of negative eigenvalues. Those below a share of `tolerance` of the largest absolute one count as zero.
    pub fn index(&self, tolerance: f64) -> usize {
        self.spectrum.signature(tolerance).negative
    }
}

/// Newton's method `w ← w − tH⁻¹∇f` on the *gradient*: `t` is 1, halved until the gradient becomes shorter.
///
/// It minimises `½‖∇f‖²`, for which Newton's step is a direction of descent whatever the signs of the eigenvalues, so it goes to
/// critical points of every index alike.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, section 11.2 (line search Newton for nonlinear equations).
///
/// # Errors
/// The start does not fit, something is not finite there, and [`NotConverged`](TrainingError::NotConverged) when the gradient is
/// longer than `tolerance` after `limit` steps, the Hessian is singular, or no part of a step makes the gradient shorter.
pub fn critical_point(
    f: &dyn TwiceDifferentiable,
    start: DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<Critical, TrainingError> {
    let mut weights = start;
    let (mut value, mut gradient) = f.value_and_gradient(&weights)?;
    for steps in 0..=limit {
        let length = gradient.norm();
        if length <= tolerance {
            let spectrum = Spectrum::of(&f.hessian(&weights)?).map_err(|_| TrainingError::NotFinite)?;
            return Ok(Critical {
                weights,
                value,
                gradient: length,
                steps,
                spectrum,
            });
        }
        let stuck = TrainingError::NotConverged { steps, gradient: length };
        let step = solved(f.hessian(&weights)?, &gradient).ok_or(stuck)?;
        let shorter = (0..40).map(|k| 0.5f64.powi(k)).find_map(|t| {
            let next = &weights - &step * t;
            let (there, slope) = f.value_and_gradient(&next).ok()?;
            (slope.norm() <= (1.0 - 0.1 * t) * length).then_some((next, there, slope))
        });
        (weights, value, gradient) = shorter.ok_or(stuck)?;
    }
    Err(TrainingError::NotConverged { steps: limit, gradient: gradient.norm() })
}
