//! Sophia: the diagonal of the Hessian, estimated now and then, and a bound on each step.

use nalgebra::DVector;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::Optimiser;
use crate::network::Objective;
use crate::operators::Probe;
use crate::optimisers::{OptimiserError, Schedule, decay, floor, period};
use crate::training::{TrainingError, check};

/// Sophia: running means `m` of the gradient and `h` of an estimate of the Hessian's diagonal, and
/// `w ← w − ηₖ clip(m / max(γh, ε), ±1)`, component by component.
///
/// The estimate is `v ⊙ Hv` with random signs `v`, on the batch at hand, in each tenth step: its expectation is the diagonal. Where `h`
/// is small or negative the step is `ηₖ` times the sign of `m`. Neither mean is corrected for its start at zero; here the first
/// estimate of `h` counts in full.
///
/// Source: H. Liu, Z. Li, D. Hall, P. Liang and T. Ma, *Sophia*, 2024, algorithm 3 with Hutchinson's estimator.
#[derive(Debug)]
pub struct Sophia {
    schedule: Schedule,
    scale: f64,
    decays: (f64, f64),
    every: usize,
    floor: f64,
    taken: usize,
    means: Option<(DVector<f64>, DVector<f64>)>,
    rng: ChaCha8Rng,
}

impl Sophia {
    /// With the step `η` or its schedule, the factor `γ`, and the seed of the random signs; decays 0.96 and 0.99, `ε = 10⁻¹²`.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn new(schedule: impl Into<Schedule>, gamma: f64, seed: u64) -> Result<Self, OptimiserError> {
        Ok(Self {
            schedule: schedule.into().checked()?,
            scale: floor(gamma)?,
            decays: (0.96, 0.99),
            every: 10,
            floor: 1e-12,
            taken: 0,
            means: None,
            rng: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    /// With other decays of the means of the gradient and of the diagonal.
    ///
    /// # Errors
    /// One of them is not in `[0, 1)`.
    pub fn with_decays(mut self, beta1: f64, beta2: f64) -> Result<Self, OptimiserError> {
        self.decays = (decay(beta1)?, decay(beta2)?);
        Ok(self)
    }

    /// With an estimate of the diagonal in each `steps`-th step.
    ///
    /// # Errors
    /// There are no steps.
    pub fn every(mut self, steps: usize) -> Result<Self, OptimiserError> {
        self.every = period(steps)?;
        Ok(self)
    }
}

impl Optimiser for Sophia {
    fn step(&mut self, batch: &Objective, w: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        let (beta1, beta2) = self.decays;
        let renew = self.taken.is_multiple_of(self.every);
        let (gradient, diagonal) = if renew {
            let point = batch.at(w)?;
            let signs = Probe::Rademacher.draw(w.len(), &mut self.rng);
            let estimate = point.hessian_product(&signs)?.component_mul(&signs);
            (point.gradient().clone(), Some(estimate))
        } else {
            (batch.gradient(w)?, None)
        };
        let (mean, diagonal) = match (self.means.take(), diagonal) {
            (Some((mean, old)), Some(new)) => {
                (mean * beta1 + gradient * (1.0 - beta1), old * beta2 + new * (1.0 - beta2))
            }
            (Some((mean, old)), None) => (mean * beta1 + gradient * (1.0 - beta1), old),
            (None, new) => {
                let zeros = DVector::zeros(w.len());
                (gradient * (1.0 - beta1), new.unwrap_or(zeros))
            }
        };
        let rate = self.schedule.rate(self.taken);
        let step = mean.zip_map(&diagonal, |m, h| (m / (self.scale * h).max(self.floor)).clamp(-1.0, 1.0));
        let next = w - step * rate;
        self.means = Some((mean, diagonal));
        self.taken += 1;
        check(&next, w.len()).map(|()| next)
    }
}
