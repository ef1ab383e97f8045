//! First-order methods of deep learning as [`Method`]s: momentum, RMSProp, Adam, with schedules of the step and clipping
//! of the gradient.
//!
//! In: a gradient, which may be noisy (it is an `FnMut`), and a step size or a [`Schedule`]. Out: a method for
//! [`descend`](crate::descent::descend); with `()` for the gradient, a [`Rule`] for training. A parameter out of its range is an [`OptimiserError`].

use std::f64::consts::PI;

use nalgebra::allocator::Allocator;
use nalgebra::{DVector, DefaultAllocator, Dim, Dyn, OVector};
use thiserror::Error;

use crate::descent::{Method, Reason, fitting};
use crate::training::Rule;

/// Why there is no such optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum OptimiserError {
    /// A step size is negative, NaN or infinite.
    #[error("a step size must be finite and not negative, not {0}")]
    Rate(f64),
    /// The decay of a running mean is not in `[0, 1)`.
    #[error("the decay of a running mean must be at least 0 and less than 1, not {0}")]
    Decay(f64),
    /// The number added to a denominator is negative, NaN or infinite.
    #[error("the number added to a denominator must be finite and not negative, not {0}")]
    Floor(f64),
    /// The limit of a clipping is not positive, or not finite.
    #[error("a gradient is clipped at a positive, finite size, not at {0}")]
    Clip(f64),
    /// The factor of a decay of the weights is negative, NaN or infinite.
    #[error("weights decay by a finite factor that is not negative, not by {0}")]
    WeightDecay(f64),
    /// A schedule changes after no steps at all.
    #[error("a schedule needs at least one step")]
    NoSteps,
}

/// The step size `η` as a function of the number of steps taken before, from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    start: f64,
    shape: Shape,
    warm_up: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Constant,
    Inverse,
    Stairs { every: usize, factor: f64 },
    Cosine { steps: usize },
    Restarts { first: usize, growth: usize },
}

impl Schedule {
    /// `start / (1 + k)`: with `start = 1` the iterate of a noisy parabola is the mean of all that was seen.
    ///
    /// Source: H. Robbins and S. Monro, *A stochastic approximation method*, 1951.
    ///
    /// # Errors
    /// The step is negative or not finite.
    pub fn inverse(start: f64) -> Result<Self, OptimiserError> {
        Self::new(start, Shape::Inverse)
    }

    /// `start · factorʲ` on the `j`-th stretch of `every` steps.
    ///
    /// # Errors
    /// The step or the factor is negative or not finite, or a stretch has no steps.
    pub fn stairs(start: f64, every: usize, factor: f64) -> Result<Self, OptimiserError> {
        rate(factor)?;
        Self::new(start, Shape::Stairs { every, factor })
    }

    /// Half a cosine from `start` to 0 in `steps` steps: `start · (1 + cos(πk / steps)) / 2`, and 0 from then on.
    ///
    /// Source: I. Loshchilov and F. Hutter, *SGDR*, 2017, equation 5.
    ///
    /// # Errors
    /// The step is negative or not finite, or there are no steps.
    pub fn cosine(start: f64, steps: usize) -> Result<Self, OptimiserError> {
        Self::new(start, Shape::Cosine { steps })
    }

    /// Cosines one after another, each `growth` times as long as the last, the first of `first` steps.
    ///
    /// Source: I. Loshchilov and F. Hutter, *SGDR*, 2017, section 3.
    ///
    /// # Errors
    /// The step is negative or not finite, or a cosine has no steps.
    pub fn restarts(start: f64, first: usize, growth: usize) -> Result<Self, OptimiserError> {
        Self::new(start, Shape::Restarts { first, growth })
    }

    fn new(start: f64, shape: Shape) -> Result<Self, OptimiserError> {
        match shape {
            Shape::Stairs { every: 0, .. }
            | Shape::Cosine { steps: 0 }
            | Shape::Restarts { first: 0, .. }
            | Shape::Restarts { growth: 0, .. } => Err(OptimiserError::NoSteps),
            _ => Self { start, shape, warm_up: 0 }.checked(),
        }
    }

    pub(crate) fn checked(self) -> Result<Self, OptimiserError> {
        rate(self.start).map(|_| self)
    }

    /// The same after a warm-up of `steps` steps, which grow evenly: step `k` from 0 is `start·(k + 1)/steps`. Adam's first steps,
    /// made before its means are settled, are kept short by it.
    ///
    /// Source: P. Goyal et al., *Accurate, large minibatch SGD*, 2017, section 2.2; A. Vaswani et al., *Attention is all you need*,
    /// 2017, equation 3.
    ///
    /// # Errors
    /// There are no steps, or the step size is negative or not finite.
    pub fn with_warm_up(self, steps: usize) -> Result<Self, OptimiserError> {
        match steps {
            0 => Err(OptimiserError::NoSteps),
            steps => Self { warm_up: steps, ..self }.checked(),
        }
    }

    /// The step size after `taken` steps.
    pub fn rate(&self, taken: usize) -> f64 {
        if taken < self.warm_up {
            return self.start * (taken + 1) as f64 / self.warm_up as f64;
        }
        let taken = taken - self.warm_up;
        let share = match self.shape {
            Shape::Constant => 1.0,
            Shape::Inverse => 1.0 / (1.0 + taken as f64),
            Shape::Stairs { every, factor } => factor.powf((taken / every) as f64),
            Shape::Cosine { steps } if taken < steps => half_cosine(taken, steps),
            Shape::Cosine { .. } => 0.0,
            Shape::Restarts { first, growth } => {
                let (mut since, mut length) = (taken, first);
                while since >= length {
                    since -= length;
                    length = length.saturating_mul(growth);
                }
                half_cosine(since, length)
            }
        };
        self.start * share
    }
}

fn half_cosine(taken: usize, steps: usize) -> f64 {
    (1.0 + (PI * taken as f64 / steps as f64).cos()) / 2.0
}

/// A number stands for a schedule that never changes. A method that is given one checks that it can be a step size.
impl From<f64> for Schedule {
    fn from(start: f64) -> Self {
        let shape = Shape::Constant;
        Self { start, shape, warm_up: 0 }
    }
}

/// A bound on the size of a gradient.
///
/// Source: R. Pascanu, T. Mikolov and Y. Bengio, *On the difficulty of training recurrent neural networks*, 2013.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    bound: f64,
    each: bool,
}

impl Clip {
    /// A gradient longer than `bound` is shortened to it: `g · min(1, bound/‖g‖)`. Its direction stays.
    ///
    /// # Errors
    /// The bound is not positive, or not finite.
    pub fn norm(bound: f64) -> Result<Self, OptimiserError> {
        Self::new(bound, false)
    }

    /// Each component is cut off at `±bound`, for itself. The direction may change.
    ///
    /// # Errors
    /// The bound is not positive, or not finite.
    pub fn value(bound: f64) -> Result<Self, OptimiserError> {
        Self::new(bound, true)
    }

    fn new(bound: f64, each: bool) -> Result<Self, OptimiserError> {
        if bound.is_finite() && bound > 0.0 {
            Ok(Self { bound, each })
        } else {
            Err(OptimiserError::Clip(bound))
        }
    }

    /// The clipped gradient.
    pub fn apply<D: Dim>(self, gradient: OVector<f64, D>) -> OVector<f64, D>
    where
        DefaultAllocator: Allocator<D>,
    {
        if self.each {
            gradient.map(|g| g.clamp(-self.bound, self.bound))
        } else if gradient.norm() > self.bound {
            // Scaled first, so that no square overflows.
            let scaled = &gradient / gradient.amax();
            &scaled * (self.bound / scaled.norm())
        } else {
            gradient
        }
    }
}

/// Gradient descent with a schedule, with momentum if wished: `u ← βu + ∇f(x)`, `x ← x − ηₖu`.
///
/// With a constant step this is [`HeavyBall`](crate::descent::HeavyBall); with `β = 0` it is plain descent.
#[derive(Debug, Clone)]
pub struct Momentum<G, D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    gradient: G,
    schedule: Schedule,
    decay: f64,
    taken: usize,
    velocity: Option<OVector<f64, D>>,
}

impl<G, D: Dim> Momentum<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    /// With the gradient `∇f`, the step `η` or its schedule, and the momentum `β`.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn new(gradient: G, schedule: impl Into<Schedule>, momentum: f64) -> Result<Self, OptimiserError> {
        Ok(Self {
            gradient,
            schedule: schedule.into().checked()?,
            decay: decay(momentum)?,
            taken: 0,
            velocity: None,
        })
    }
}

impl<G, D: Dim> Momentum<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    fn update(&mut self, at: &OVector<f64, D>, gradient: OVector<f64, D>) -> OVector<f64, D> {
        let velocity = match self.velocity.take() {
            Some(velocity) => velocity * self.decay + gradient,
            None => gradient,
        };
        let next = at - &velocity * self.schedule.rate(self.taken);
        self.velocity = Some(velocity);
        self.taken += 1;
        next
    }
}

/// Made without a gradient of its own, it is a rule for training.
impl Rule for Momentum<(), Dyn> {
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64> {
        self.update(at, gradient)
    }
}

impl<D: Dim, G> Method<D> for Momentum<G, D>
where
    G: FnMut(&OVector<f64, D>) -> OVector<f64, D>,
    DefaultAllocator: Allocator<D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let gradient = fitting((self.gradient)(at), at)?;
        Ok(self.update(at, gradient))
    }
}

/// RMSProp: `v ← ρv + (1 − ρ)g²`, `x ← x − ηₖ g / (√v + ε)`, component by component, `v = 0` at the start.
///
/// There is no correction for that start, so the first step is `η/√(1 − ρ)` in each component.
///
/// Source: T. Tieleman and G. Hinton, lecture 6.5 of *Neural Networks for Machine Learning*, 2012.
#[derive(Debug, Clone)]
pub struct RmsProp<G, D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    gradient: G,
    schedule: Schedule,
    decay: f64,
    floor: f64,
    taken: usize,
    squares: Option<OVector<f64, D>>,
}

impl<G, D: Dim> RmsProp<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    /// With the gradient, the step `η` or its schedule, and the decay `ρ`; `ε = 10⁻⁸`.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn new(gradient: G, schedule: impl Into<Schedule>, rho: f64) -> Result<Self, OptimiserError> {
        Ok(Self {
            gradient,
            schedule: schedule.into().checked()?,
            decay: decay(rho)?,
            floor: 1e-8,
            taken: 0,
            squares: None,
        })
    }

    /// With another `ε`.
    ///
    /// # Errors
    /// It is negative or not finite.
    pub fn with_floor(mut self, epsilon: f64) -> Result<Self, OptimiserError> {
        self.floor = floor(epsilon)?;
        Ok(self)
    }
}

impl<G, D: Dim> RmsProp<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    fn update(&mut self, at: &OVector<f64, D>, gradient: &OVector<f64, D>) -> OVector<f64, D> {
        let squares = running(self.squares.take(), gradient.map(|g| g * g), self.decay);
        let next = at - scaled(gradient, &squares, self.floor) * self.schedule.rate(self.taken);
        self.squares = Some(squares);
        self.taken += 1;
        next
    }
}

/// Made without a gradient of its own, it is a rule for training.
impl Rule for RmsProp<(), Dyn> {
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64> {
        self.update(at, &gradient)
    }
}

impl<D: Dim, G> Method<D> for RmsProp<G, D>
where
    G: FnMut(&OVector<f64, D>) -> OVector<f64, D>,
    DefaultAllocator: Allocator<D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let gradient = fitting((self.gradient)(at), at)?;
        Ok(self.update(at, &gradient))
    }
}

/// Adam: running means `m` of the gradient and `v` of its square, corrected for their start at zero, and
/// `x ← x − ηₖ m̂ / (√v̂ + ε)`, component by component.
///
/// `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`, `m̂ = m/(1 − β₁ᵗ)`, `v̂ = v/(1 − β₂ᵗ)` at step `t` from 1.
///
/// Source: D. P. Kingma and J. Ba, *Adam*, 2015, algorithm 1.
#[derive(Debug, Clone)]
pub struct Adam<G, D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    gradient: G,
    schedule: Schedule,
    decays: (f64, f64),
    floor: f64,
    weight_decay: f64,
    taken: usize,
    means: Option<(OVector<f64, D>, OVector<f64, D>)>,
}

impl<G, D: Dim> Adam<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    /// With the gradient and the step `η` or its schedule; `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸` as in the paper.
    ///
    /// # Errors
    /// A step out of its range.
    pub fn new(gradient: G, schedule: impl Into<Schedule>) -> Result<Self, OptimiserError> {
        Ok(Self {
            gradient,
            schedule: schedule.into().checked()?,
            decays: (0.9, 0.999),
            floor: 1e-8,
            weight_decay: 0.0,
            taken: 0,
            means: None,
        })
    }

    /// AdamW: each step also takes the share `ηₖλ` of each weight away, `x ← x − ηₖ (m̂ / (√v̂ + ε) + λx)`.
    ///
    /// A penalty `½λ‖x‖²` in the objective is not the same: its gradient goes into both means, so that weights with large gradients
    /// decay less. Here all decay alike.
    ///
    /// Source: I. Loshchilov and F. Hutter, *Decoupled weight decay regularization*, 2019, algorithm 2 (their `η` is the schedule, their
    /// `α` is 1 in the decay, as in common libraries).
    ///
    /// # Errors
    /// `λ` is negative or not finite.
    pub fn with_weight_decay(mut self, lambda: f64) -> Result<Self, OptimiserError> {
        if !(lambda.is_finite() && lambda >= 0.0) {
            return Err(OptimiserError::WeightDecay(lambda));
        }
        self.weight_decay = lambda;
        Ok(self)
    }

    /// With other decays `β₁` and `β₂`.
    ///
    /// # Errors
    /// One of them is not in `[0, 1)`.
    pub fn with_decays(mut self, beta1: f64, beta2: f64) -> Result<Self, OptimiserError> {
        self.decays = (decay(beta1)?, decay(beta2)?);
        Ok(self)
    }

    /// With another `ε`.
    ///
    /// # Errors
    /// It is negative or not finite.
    pub fn with_floor(mut self, epsilon: f64) -> Result<Self, OptimiserError> {
        self.floor = floor(epsilon)?;
        Ok(self)
    }
}

impl<G, D: Dim> Adam<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    fn update(&mut self, at: &OVector<f64, D>, gradient: OVector<f64, D>) -> OVector<f64, D> {
        let (beta1, beta2) = self.decays;
        let (first, second) = self.means.take().unzip();
        let second = running(second, gradient.map(|g| g * g), beta2);
        let first = running(first, gradient, beta1);
        let correction = |beta: f64| 1.0 - beta.powf((self.taken + 1) as f64);
        let (mean, squares) = (&first / correction(beta1), &second / correction(beta2));
        let rate = self.schedule.rate(self.taken);
        let mut next = at - scaled(&mean, &squares, self.floor) * rate;
        if self.weight_decay > 0.0 {
            next -= at * (rate * self.weight_decay);
        }
        self.means = Some((first, second));
        self.taken += 1;
        next
    }
}

/// Made without a gradient of its own, it is a rule for training.
impl Rule for Adam<(), Dyn> {
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64> {
        self.update(at, gradient)
    }
}

impl<D: Dim, G> Method<D> for Adam<G, D>
where
    G: FnMut(&OVector<f64, D>) -> OVector<f64, D>,
    DefaultAllocator: Allocator<D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let gradient = fitting((self.gradient)(at), at)?;
        Ok(self.update(at, gradient))
    }
}

/// `decay · mean + (1 − decay) · value`, the mean being zero before the first value.
fn running<D: Dim>(mean: Option<OVector<f64, D>>, value: OVector<f64, D>, decay: f64) -> OVector<f64, D>
where
    DefaultAllocator: Allocator<D>,
{
    let share = value * (1.0 - decay);
    match mean {
        Some(mean) => mean * decay + share,
        None => share,
    }
}

/// `value / (√squares + floor)` by components; a component that is zero stays so, whatever it is divided by. A square that
/// overflowed, as that of 1e200 does, would stop the component for good: it is not a number, so that the run ends with an error.
fn scaled<D: Dim>(value: &OVector<f64, D>, squares: &OVector<f64, D>, floor: f64) -> OVector<f64, D>
where
    DefaultAllocator: Allocator<D>,
{
    value.zip_map(squares, |v, square| match v {
        0.0 => 0.0,
        _ if square.is_infinite() => f64::NAN,
        v => v / (square.sqrt() + floor),
    })
}

fn rate(rate: f64) -> Result<f64, OptimiserError> {
    if rate.is_finite() && rate >= 0.0 {
        Ok(rate)
    } else {
        Err(OptimiserError::Rate(rate))
    }
}

pub(crate) fn decay(decay: f64) -> Result<f64, OptimiserError> {
    if (0.0..1.0).contains(&decay) {
        Ok(decay)
    } else {
        Err(OptimiserError::Decay(decay))
    }
}

pub(crate) fn period(steps: usize) -> Result<usize, OptimiserError> {
    if steps == 0 { Err(OptimiserError::NoSteps) } else { Ok(steps) }
}

pub(crate) fn floor(floor: f64) -> Result<f64, OptimiserError> {
    if floor.is_finite() && floor >= 0.0 {
        Ok(floor)
    } else {
        Err(OptimiserError::Floor(floor))
    }
}
