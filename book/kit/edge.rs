//! Gradient descent under observation: the loss at each step, and the sharpness that goes with it.
//!
//! In: an [`Objective`], a start, a step `η`, how many steps and how often to look. Out: a [`Descent`]. A step that is not
//! positive and finite, a look every zero steps, a loss that is no longer finite are an [`EdgeError`].

use nalgebra::DVector;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use thiserror::Error;

use crate::network::Objective;
use crate::operators::{OperatorError, Probe, Reorthogonalisation, lanczos};
use crate::training::TrainingError;

/// Why there is no such observation.
#[derive(Debug, Error)]
pub enum EdgeError {
    /// The step is not positive and finite.
    #[error("a step of {0} leads nowhere")]
    Rate(f64),
    /// The sharpness is asked for every zero steps.
    #[error("the sharpness can't be measured every 0 steps")]
    Never,
    /// The start does not fit, or the run left the finite numbers: mostly the step is too long.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The largest eigenvalue could not be measured.
    #[error(transparent)]
    Operator(#[from] OperatorError),
}

/// A run of gradient descent with what was seen on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// The step size `η`.
    pub rate: f64,
    /// The loss before each step, and the one after the last: one more than there were steps.
    pub losses: Vec<f64>,
    /// The number of steps taken and the largest eigenvalue `λ` of the Hessian there, at regular intervals, the start first.
    pub sharpness: Vec<(usize, f64)>,
    /// Where the run ended.
    pub weights: DVector<f64>,
}

impl Descent {
    /// `ηλ/2` for each measurement of the sharpness: above 1 the direction of the top eigenvector is unstable.
    pub fn stability(&self) -> Vec<(usize, f64)> {
        self.sharpness.iter().map(|&(step, top)| (step, self.rate * top / 2.0)).collect()
    }

    /// After how many steps `ηλ/2` was first seen above 1.
    pub fn crossing(&self) -> Option<usize> {
        self.stability().into_iter().find(|(_, edge)| *edge > 1.0).map(|(step, _)| step)
    }

    /// How many of the steps from `first` on, up to but without `last`, raised the loss; of steps that were not taken, none.
    pub fn rises(&self, first: usize, last: usize) -> usize {
        let end = last.saturating_add(1).min(self.losses.len());
        let seen = &self.losses[first.min(end)..end];
        seen.windows(2).filter(|pair| pair[1] > pair[0]).count()
    }
}

/// Lanczos steps for a measurement that begins at the last eigenvector.
const WARM: usize = 10;
/// Lanczos steps for the first measurement, from a random start.
const COLD: usize = 40;

/// Takes `steps` steps of gradient descent on the whole objective, and measures `λ_max` every `every` steps.
///
/// The eigenvalue is the largest Ritz value of a Lanczos process with full reorthogonalisation: 40 products from a random
/// start for the first, then 10 from the last Ritz vector, which changes little from one measurement to the next. It is
/// never above the true one.
///
/// # Errors
/// See [`EdgeError`].
pub fn observe(
    objective: &Objective,
    start: DVector<f64>,
    rate: f64,
    steps: usize,
    every: usize,
) -> Result<Descent, EdgeError> {
    if !(rate.is_finite() && rate > 0.0) {
        return Err(EdgeError::Rate(rate));
    }
    if every == 0 {
        return Err(EdgeError::Never);
    }
    let mut weights = start;
    let mut direction = Probe::Gaussian.draw(weights.len(), &mut ChaCha8Rng::seed_from_u64(0));
    let (mut losses, mut sharpness) = (Vec::with_capacity(steps + 1), Vec::new());
    for step in 0..=steps {
        if step % every == 0 {
            let products = if step == 0 { COLD } else { WARM };
            let top;
            (top, direction) = top_pair(objective, &weights, &direction, products)?;
            sharpness.push((step, top));
        }
        let (loss, gradient) = objective.value_and_gradient(&weights)?;
        losses.push(loss);
        if step < steps {
            weights.axpy(-rate, &gradient, 1.0);
        }
    }
    Ok(Descent { rate, losses, sharpness, weights })
}

/// The largest eigenvalue of the Hessian at `w` and its eigenvector, as far as so many products tell.
fn top_pair(
    objective: &Objective,
    w: &DVector<f64>,
    start: &DVector<f64>,
    products: usize,
) -> Result<(f64, DVector<f64>), EdgeError> {
    let process = lanczos(&objective.at(w)?, start, products.min(w.len()), Reorthogonalisation::Full)?;
    let ritz = process.ritz()?;
    Ok((ritz.values[0], process.vector(&ritz, 0)?))
}
