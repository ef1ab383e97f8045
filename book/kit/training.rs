//! Training: what an objective is, rules that turn gradients into steps, and Newton's method for the last digits.
//!
//! In: an [`Objective`](crate::network::Objective) or anything else that is [`Differentiable`], a start, a [`Rule`].
//! Out: a [`Trainer`] that takes steps, or a [`Minimum`]. A vector of another length, weights or losses that are no longer
//! finite, and a run that does not arrive are a [`TrainingError`].

use nalgebra::allocator::Allocator;
use nalgebra::{DMatrix, DVector, DefaultAllocator, Dim, Dyn, OVector};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use thiserror::Error;

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

/// A function that is a mean over rows of data, so that a few of them give an estimate.
pub trait Sampled: Differentiable + Sized {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The same function as a mean over these rows only.
    ///
    /// # Errors
    /// There is no such row, or the list is empty.
    fn batch(&self, rows: &[usize]) -> Result<Self, TrainingError>;
}

/// A rule that makes a step of a gradient. Rules with memory assume that they are called once for each step.
pub trait Rule<D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    /// The point after `at`, where the gradient is `gradient`.
    fn next(&mut self, at: &OVector<f64, D>, gradient: &OVector<f64, D>) -> OVector<f64, D>;
}

/// Plain gradient steps `w ← w − ηg`, with momentum `v ← βv + g`, `w ← w − ηv`: stochastic gradient descent if the gradient
/// is that of a batch.
#[derive(Debug, Clone)]
pub struct Sgd<D: Dim = Dyn>
where
    DefaultAllocator: Allocator<D>,
{
    rate: f64,
    momentum: f64,
    velocity: Option<OVector<f64, D>>,
}

impl<D: Dim> Sgd<D>
where
    DefaultAllocator: Allocator<D>,
{
    /// With the step size `η`, without momentum.
    pub fn new(rate: f64) -> Self {
        Self {
            rate,
            momentum: 0.0,
            velocity: None,
        }
    }

    /// With the momentum `β`, from rest. On the full gradient this is the heavy ball.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }
}

impl<D: Dim> Rule<D> for Sgd<D>
where
    DefaultAllocator: Allocator<D>,
{
    fn next(&mut self, at: &OVector<f64, D>, gradient: &OVector<f64, D>) -> OVector<f64, D> {
        if self.momentum == 0.0 {
            return at - gradient * self.rate;
        }
        let velocity = match self.velocity.take() {
            Some(velocity) => velocity * self.momentum + gradient,
            None => gradient.clone(),
        };
        let next = at - &velocity * self.rate;
        self.velocity = Some(velocity);
        next
    }
}

/// Adam: `m ← β₁m + (1 − β₁)g`, `s ← β₂s + (1 − β₂)g²`, `w ← w − η m̂ / (√ŝ + ε)` in each coordinate, with
/// `m̂ = m/(1 − β₁ᵗ)` and `ŝ = s/(1 − β₂ᵗ)`.
///
/// Source: D. P. Kingma and J. Ba, *Adam: A method for stochastic optimization*, 2015, algorithm 1.
#[derive(Debug, Clone)]
pub struct Adam<D: Dim = Dyn>
where
    DefaultAllocator: Allocator<D>,
{
    rate: f64,
    decay: (f64, f64),
    epsilon: f64,
    steps: i32,
    moments: Option<(OVector<f64, D>, OVector<f64, D>)>,
}

impl<D: Dim> Adam<D>
where
    DefaultAllocator: Allocator<D>,
{
    /// With the step size `η` and the authors' `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸`.
    pub fn new(rate: f64) -> Self {
        Self {
            rate,
            decay: (0.9, 0.999),
            epsilon: 1e-8,
            steps: 0,
            moments: None,
        }
    }

    /// With other `β₁` and `β₂`, both from 0 to below 1.
    pub fn decay(self, first: f64, second: f64) -> Self {
        Self {
            decay: (first, second),
            ..self
        }
    }
}

impl<D: Dim> Rule<D> for Adam<D>
where
    DefaultAllocator: Allocator<D>,
{
    fn next(&mut self, at: &OVector<f64, D>, gradient: &OVector<f64, D>) -> OVector<f64, D> {
        let (b1, b2) = self.decay;
        let (mut mean, mut square) = self.moments.take().unwrap_or_else(|| (gradient * 0.0, gradient * 0.0));
        mean.zip_apply(gradient, |m, g| *m = b1 * *m + (1.0 - b1) * g);
        square.zip_apply(gradient, |s, g| *s = b2 * *s + (1.0 - b2) * g * g);
        self.steps += 1;
        let (c1, c2) = (1.0 - b1.powi(self.steps), 1.0 - b2.powi(self.steps));
        let step = mean.zip_map(&square, |m, s| m / c1 / ((s / c2).sqrt() + self.epsilon));
        self.moments = Some((mean, square));
        at - step * self.rate
    }
}

/// A run of training that is taken step by step, so that its reader can look at it as often as wanted.
#[derive(Debug, Clone)]
pub struct Trainer<'a, O, R> {
    objective: &'a O,
    rule: R,
    weights: DVector<f64>,
    steps: usize,
}

impl<'a, O: Differentiable, R: Rule<Dyn>> Trainer<'a, O, R> {
    /// A run from `start`.
    ///
    /// # Errors
    /// The start has another length than the objective has parameters, or is not finite.
    pub fn new(objective: &'a O, start: DVector<f64>, rule: R) -> Result<Self, TrainingError> {
        check(&start, objective.dimension())?;
        Ok(Self {
            objective,
            rule,
            weights: start,
            steps: 0,
        })
    }

    /// The parameters now.
    pub fn weights(&self) -> &DVector<f64> {
        &self.weights
    }

    /// The number of steps taken.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// One step on the full gradient. Returns the loss *before* the step.
    ///
    /// # Errors
    /// The loss or the new parameters are not finite; the parameters stay what they were.
    pub fn step(&mut self) -> Result<f64, TrainingError> {
        let objective = self.objective;
        self.step_on(objective)
    }

    /// As many steps on the full gradient. Returns the loss before each.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn run(&mut self, steps: usize) -> Result<Vec<f64>, TrainingError> {
        (0..steps).map(|_| self.step()).collect()
    }

    /// One step on the gradient of another objective of the same parameters, such as a batch.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn step_on(&mut self, objective: &impl Differentiable) -> Result<f64, TrainingError> {
        let (loss, gradient) = objective.value_and_gradient(&self.weights)?;
        let next = self.rule.next(&self.weights, &gradient);
        check(&next, self.weights.len())?;
        self.weights = next;
        self.steps += 1;
        Ok(loss)
    }
}

impl<O: Sampled, R: Rule<Dyn>> Trainer<'_, O, R> {
    /// As many steps, each on the next of `batches`. Returns the loss on each batch before the step.
    ///
    /// # Errors
    /// As [`step`](Self::step), or the batches are of other data.
    pub fn run_on(&mut self, batches: &mut Batches, steps: usize) -> Result<Vec<f64>, TrainingError> {
        let objective = self.objective;
        (0..steps)
            .map(|_| self.step_on(&objective.batch(batches.draw())?))
            .collect()
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

/// Newton's method made safe: solves `(H + μI)s = −∇f` with the least `μ ≥ 0` of a growing sequence for which the matrix is
/// positive definite and the step lowers the value, or, close to the end where values no longer differ, the gradient.
///
/// It goes to local minima only, from any start; near a minimum with a positive definite Hessian `μ` is 0, and
/// convergence is quadratic.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, sections 3.4 (adding a multiple of the identity).
///
/// # Errors
/// `start` does not fit, a value is not finite, or the gradient is longer than `tolerance` after `limit` steps.
pub fn newton<O: TwiceDifferentiable>(
    objective: &O,
    start: DVector<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<Minimum, TrainingError> {
    let mut weights = start;
    let (mut value, mut gradient) = objective.value_and_gradient(&weights)?;
    let mut damping = 0.0;
    for steps in 0..=limit {
        if gradient.norm() <= tolerance {
            return Ok(Minimum {
                weights,
                value,
                gradient: gradient.norm(),
                steps,
            });
        }
        let hessian = objective.hessian(&weights)?;
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
                return Err(TrainingError::NotConverged {
                    steps,
                    gradient: gradient.norm(),
                });
            }
        }
    }
    Err(TrainingError::NotConverged {
        steps: limit,
        gradient: gradient.norm(),
    })
}

type Evaluated = (DVector<f64>, f64, DVector<f64>);

/// The point after one damped step with its value and gradient; none if the damped Hessian is not positive definite, or
/// the step leads out of the finite numbers.
fn damped<O: Differentiable>(
    objective: &O,
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
        return Err(TrainingError::Dimension {
            expected,
            found: w.len(),
        });
    }
    match w.iter().all(|x| x.is_finite()) {
        true => Ok(()),
        false => Err(TrainingError::NotFinite),
    }
}
