//! Training: what an objective is, rules that turn gradients into steps, and Newton's method for the last digits.
//!
//! In: an [`Objective`](crate::network::Objective) or anything else that is [`Differentiable`], a start, a [`Rule`].
//! Out: a [`Trainer`] that takes steps, or a [`Minimum`]. A vector of another length, weights or losses that are no
//! longer finite, and a run that does not arrive are a [`TrainingError`].
//!
//! Objectives are taken as trait objects, so that all this is compiled once, here, and not without optimisation in each
//! lesson.

use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use thiserror::Error;

use crate::spectrum::Spectrum;

/// Why an objective has no value here, or a run no result.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum TrainingError {
    /// A vector has not as many entries as there are parameters.
    #[error("a vector of {found} entries for {expected} parameters")]
    Dimension {
        /// The number of parameters.
        expected: usize,
        /// The entries of the vector.
        found: usize,
    },
    /// A parameter, the loss or its gradient is NaN or infinite: mostly the step is too large.
    #[error("the parameters or the loss are not finite")]
    NotFinite,
    /// A step size is negative, NaN or infinite.
    #[error("a step size must be finite and not negative, not {0}")]
    Rate(f64),
    /// There is no such row of data, or none at all is asked for.
    #[error("row {row} of {rows} rows of data")]
    NoRow {
        /// The row asked for, from 0.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// A batch is empty or larger than the data.
    #[error("batches of {size} from {rows} rows of data")]
    Batch {
        /// The size of a batch.
        size: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// The gradient is not as small as was asked for.
    #[error("after {steps} steps the gradient is still {gradient:.1e}")]
    NotConverged {
        /// The steps taken.
        steps: usize,
        /// The length of the last gradient.
        gradient: f64,
    },
}

/// A function of `n` parameters with a gradient.
pub trait Differentiable {
    /// The number of parameters `n`.
    fn dimension(&self) -> usize;

    /// The value `f(w)` and the gradient `∇f(w)`.
    ///
    /// # Errors
    /// `w` has another length, or something is not finite.
    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError>;

    /// The value `f(w)` alone.
    ///
    /// # Errors
    /// As [`value_and_gradient`](Self::value_and_gradient).
    fn value(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        Ok(self.value_and_gradient(w)?.0)
    }
}

/// A function that also has a Hessian.
pub trait TwiceDifferentiable: Differentiable {
    /// The Hessian `∇²f(w)`, `n × n`, exactly symmetric.
    ///
    /// # Errors
    /// As [`value_and_gradient`](Differentiable::value_and_gradient).
    fn hessian(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError>;
}

/// A function made from a closure `w ↦ (f(w), ∇f(w))`, to take what is known by a formula where objectives are taken.
#[derive(Debug, Clone)]
pub struct Function<F> {
    dimension: usize,
    f: F,
}

impl<F: Fn(&DVector<f64>) -> (f64, DVector<f64>)> Function<F> {
    /// The function of `n` parameters whose value and gradient at `w` are `f(w)`.
    pub fn new(n: usize, f: F) -> Self {
        Self { dimension: n, f }
    }
}

impl<F: Fn(&DVector<f64>) -> (f64, DVector<f64>)> Differentiable for Function<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        check(w, self.dimension)?;
        let (value, gradient) = (self.f)(w);
        if !value.is_finite() {
            return Err(TrainingError::NotFinite);
        }
        check(&gradient, self.dimension)?;
        Ok((value, gradient))
    }
}

/// A function that is a mean over rows of data, so that a few of them give an estimate.
pub trait Sampled: Differentiable {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The same function as a mean over these rows only.
    ///
    /// # Errors
    /// There is no such row, or the list is empty.
    fn batch(&self, rows: &[usize]) -> Result<Box<dyn Differentiable>, TrainingError>;
}

/// A rule that makes a step of a gradient: [`Sgd`], or an optimiser of [`optimisers`](crate::optimisers) made with `()`
/// for its gradient, as in `Adam::new((), 0.01)?`. Rules with memory assume that they are called once for each step.
pub trait Rule {
    /// The point after `at`, where the gradient is `gradient`.
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64>;

    /// Whether it can make steps at all; a [`Trainer`] asks before each.
    ///
    /// # Errors
    /// A parameter of the rule is out of its range.
    fn check(&self) -> Result<(), TrainingError> {
        Ok(())
    }
}

/// Plain gradient steps `w ← w − ηg`: gradient descent on the full gradient, stochastic gradient descent on that of a
/// batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd(f64);

impl Sgd {
    /// With the step size `η`.
    pub fn new(rate: f64) -> Self {
        Self(rate)
    }
}

impl Rule for Sgd {
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64> {
        at - gradient * self.0
    }

    fn check(&self) -> Result<(), TrainingError> {
        if self.0.is_finite() && self.0 >= 0.0 {
            Ok(())
        } else {
            Err(TrainingError::Rate(self.0))
        }
    }
}

/// Training, step by step, so that one can look at the parameters as often as one likes.
pub struct Trainer {
    rule: Box<dyn Rule>,
    weights: DVector<f64>,
    steps: usize,
}

impl Trainer {
    /// Begins at `start`.
    pub fn new(start: DVector<f64>, rule: impl Rule + 'static) -> Self {
        Self {
            rule: Box::new(rule),
            weights: start,
            steps: 0,
        }
    }

    /// The parameters now.
    pub fn weights(&self) -> &DVector<f64> {
        &self.weights
    }

    /// The number of steps taken.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// One step on the gradient of `objective`. Returns the loss *before* the step.
    ///
    /// # Errors
    /// The objective has another number of parameters; the rule has no step size; the loss or the new parameters are not finite. The parameters
    /// stay what they were.
    pub fn step(&mut self, objective: &dyn Differentiable) -> Result<f64, TrainingError> {
        let (loss, gradient) = objective.value_and_gradient(&self.weights)?;
        self.rule.check()?;
        let next = self.rule.next(&self.weights, gradient);
        check(&next, self.weights.len())?;
        self.weights = next;
        self.steps += 1;
        Ok(loss)
    }

    /// As many steps on the gradient of `objective`. Returns the loss before each.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn run(&mut self, objective: &dyn Differentiable, steps: usize) -> Result<Vec<f64>, TrainingError> {
        (0..steps).map(|_| self.step(objective)).collect()
    }

    /// As many steps, each on the next of `batches`. Returns the loss on each batch before the step.
    ///
    /// # Errors
    /// As [`step`](Self::step), or the batches are of other data.
    pub fn run_on_batches(
        &mut self,
        objective: &dyn Sampled,
        batches: &mut Batches,
        steps: usize,
    ) -> Result<Vec<f64>, TrainingError> {
        (0..steps).map(|_| self.step(&*objective.batch(batches.draw())?)).collect()
    }
}

/// An endless sequence of batches: the rows in a random order, a new order when it is used up. A rest that is smaller
/// than a batch is left out, so that all batches are of one size.
#[derive(Debug)]
pub struct Batches {
    order: Vec<usize>,
    size: usize,
    used: usize,
    rng: ChaCha8Rng,
}

impl Batches {
    /// Batches of `size` of the rows `0..rows`: the same ones for the same seed.
    ///
    /// # Errors
    /// `size` is 0 or more than `rows`.
    pub fn new(rows: usize, size: usize, seed: u64) -> Result<Self, TrainingError> {
        if size == 0 || size > rows {
            return Err(TrainingError::Batch { size, rows });
        }
        Ok(Self {
            order: (0..rows).collect(),
            size,
            used: rows,
            rng: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    /// The rows of the next batch.
    pub fn draw(&mut self) -> &[usize] {
        if self.used + self.size > self.order.len() {
            self.order.shuffle(&mut self.rng);
            self.used = 0;
        }
        self.used += self.size;
        &self.order[self.used - self.size..self.used]
    }
}

/// Where a minimisation ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// The parameters.
    pub weights: DVector<f64>,
    /// The value there.
    pub value: f64,
    /// The length of the gradient there.
    pub gradient: f64,
    /// The number of steps it took.
    pub steps: usize,
}

/// Newton's method made safe: solves `(H + μI)s = −∇f` with the least `μ ≥ 0` of a growing sequence for which the
/// matrix is positive definite and the step lowers the value, or, close to the end where values no longer differ, the
/// gradient.
///
/// Where the gradient vanishes but the Hessian has an eigenvalue below `−10⁻⁸‖H‖`, the point is left along its eigenvector, to the
/// side where the value is lower: the result is never a strict saddle or a maximum, from any start. Near a minimum with a positive
/// definite Hessian `μ` is 0, and convergence is quadratic.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, section 3.4 (adding a multiple of the identity; directions of
/// negative curvature).
///
/// # Errors
/// `start` does not fit, a value is not finite, or the gradient is longer than `tolerance` after `limit` steps.
pub fn newton(
    objective: &dyn TwiceDifferentiable,
    start: DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<Minimum, TrainingError> {
    let mut weights = start;
    let (mut value, mut gradient) = objective.value_and_gradient(&weights)?;
    let mut damping = 0.0;
    for steps in 0..=limit {
        let hessian = objective.hessian(&weights)?;
        if gradient.norm() <= tolerance {
            match below(objective, &hessian, &weights, value)? {
                Some(lower) => (weights, value, gradient) = lower,
                None => {
                    return Ok(Minimum {
                        weights,
                        value,
                        gradient: gradient.norm(),
                        steps,
                    });
                }
            }
            continue;
        }
        let scale = hessian.diagonal().amax().max(f64::MIN_POSITIVE);
        // From one step to the next the damping may fall, and is soon zero.
        damping = if damping <= 1e-6 * scale { 0.0 } else { damping / 10.0 };
        loop {
            if let Some((next, step_value, step_gradient)) = damped(objective, &hessian, damping, &weights, &gradient)?
            {
                let lower = step_value < value - 1e-12 * value.abs();
                let level = step_value <= value + 1e-12 * value.abs();
                if lower || level && step_gradient.norm() < gradient.norm() {
                    (weights, value, gradient) = (next, step_value, step_gradient);
                    break;
                }
            }
            damping = (4.0 * damping).max(1e-4 * scale);
            if damping > 1e12 * scale {
                return Err(TrainingError::NotConverged { steps, gradient: gradient.norm() });
            }
        }
    }
    Err(TrainingError::NotConverged { steps: limit, gradient: gradient.norm() })
}

/// A lower point along the eigenvector of the most negative curvature; none if there is no negative curvature beyond rounding.
fn below(
    objective: &dyn TwiceDifferentiable,
    hessian: &DMatrix<f64>,
    weights: &DVector<f64>,
    value: f64,
) -> Result<Option<Evaluated>, TrainingError> {
    let spectrum = Spectrum::of(hessian).map_err(|_| TrainingError::NotFinite)?;
    if spectrum.smallest() >= -1e-8 * spectrum.norm() {
        return Ok(None);
    }
    let direction = spectrum.vectors.column(weights.len() - 1).into_owned();
    for k in 0..40 {
        let length = 0.5f64.powi(k);
        let sides = [length, -length].map(|t| weights + &direction * t);
        let mut lowest: Option<Evaluated> = None;
        for side in sides {
            match objective.value_and_gradient(&side) {
                Ok((there, slope)) if there < lowest.as_ref().map_or(value, |lowest| lowest.1) => {
                    lowest = Some((side, there, slope));
                }
                Ok(_) | Err(TrainingError::NotFinite) => {}
                Err(error) => return Err(error),
            }
        }
        if lowest.is_some() {
            return Ok(lowest);
        }
    }
    Ok(None)
}

type Evaluated = (DVector<f64>, f64, DVector<f64>);

/// The point after one damped step with its value and gradient; none if the damped Hessian is not positive definite, or
/// the step leads out of the finite numbers.
fn damped(
    objective: &dyn TwiceDifferentiable,
    hessian: &DMatrix<f64>,
    damping: f64,
    weights: &DVector<f64>,
    gradient: &DVector<f64>,
) -> Result<Option<Evaluated>, TrainingError> {
    let mut damped = hessian.clone();
    for i in 0..damped.nrows() {
        damped[(i, i)] += damping;
    }
    let Some(factor) = damped.cholesky() else {
        return Ok(None);
    };
    let next = weights - factor.solve(gradient);
    match objective.value_and_gradient(&next) {
        Ok((value, gradient)) => Ok(Some((next, value, gradient))),
        Err(TrainingError::NotFinite) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a vector has `expected` finite entries.
///
/// # Errors
/// It has not.
pub(crate) fn check(w: &DVector<f64>, expected: usize) -> Result<(), TrainingError> {
    if w.len() != expected {
        return Err(TrainingError::Dimension { expected, found: w.len() });
    }
    if w.iter().all(|x| x.is_finite()) {
        Ok(())
    } else {
        Err(TrainingError::NotFinite)
    }
}
