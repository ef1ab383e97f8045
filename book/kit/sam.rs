//! Sharpness-aware minimisation: descend by the gradient found a little further uphill.
//!
//! In: the gradient of `f`, a step `η`, a radius `ρ ≥ 0` in the units of the parameters; or an objective of training, whole or
//! in batches. Out: a [`Method`]; or the objective with SAM's gradient, [`Uphill`], for any rule of training. A radius
//! that is negative, NaN or infinite is a [`RadiusError`].

use nalgebra::allocator::Allocator;
use nalgebra::{DVector, DefaultAllocator, Dim, OVector};
use thiserror::Error;

use crate::descent::{Method, Reason, fitting, stepping};
use crate::training::{Differentiable, Sampled, TrainingError};

/// A radius that is no length.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("a radius is a finite length from 0 up, not {0}")]
pub struct RadiusError(pub f64);

/// The length `ρ` of the step uphill.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Radius(f64);

impl Radius {
    /// `ρ` itself, in the units of the parameters; with 0 the method is plain gradient descent.
    ///
    /// # Errors
    /// The length is negative, NaN or infinite.
    pub fn new(length: f64) -> Result<Self, RadiusError> {
        if length.is_finite() && length >= 0.0 {
            Ok(Self(length))
        } else {
            Err(RadiusError(length))
        }
    }

    /// `ρ`.
    pub fn length(self) -> f64 {
        self.0
    }

    /// The ascent `ε = ρ g/‖g‖`: the step of length `ρ` that raises a function of gradient `g` most, to first order.
    ///
    /// Where `g` is zero it is undefined, and 0 is returned: a critical point is a fixed point of SAM.
    /// Neither tiny nor huge gradients upset the quotient; one that is not finite gives a result that is not.
    ///
    /// Source: P. Foret, A. Kleiner, H. Mobahi and B. Neyshabur, *Sharpness-aware minimization for efficiently
    /// improving generalization*, 2021, equation 2.
    pub fn ascent<D: Dim>(self, gradient: &OVector<f64, D>) -> OVector<f64, D>
    where
        DefaultAllocator: Allocator<D>,
    {
        let largest = gradient.amax();
        if largest == 0.0 {
            return gradient * 0.0;
        }
        let scaled = gradient / largest;
        let length = scaled.norm();
        scaled * (self.0 / length)
    }
}

/// SAM with one fixed step: `w ← w − η∇f(w + ρ ∇f(w)/‖∇f(w)‖)`, two gradients a step.
///
/// Source: P. Foret, A. Kleiner, H. Mobahi and B. Neyshabur, *Sharpness-aware minimization for efficiently improving
/// generalization*, 2021, algorithm 1.
#[derive(Debug, Clone)]
pub struct Sam<G> {
    gradient: G,
    rate: f64,
    radius: Radius,
}

impl<G> Sam<G> {
    /// With the gradient `∇f`, the step size `η` and the radius `ρ`.
    pub fn new(gradient: G, rate: f64, radius: Radius) -> Self {
        Self { gradient, rate, radius }
    }
}

impl<D: Dim, G> Method<D> for Sam<G>
where
    G: Fn(&OVector<f64, D>) -> OVector<f64, D>,
    DefaultAllocator: Allocator<D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let rate = stepping(self.rate)?;
        let uphill = at + self.radius.ascent(&fitting((self.gradient)(at), at)?);
        Ok(at - fitting((self.gradient)(&uphill), at)? * rate)
    }
}

/// An objective with the gradient that SAM takes for its steps: the value is `f(w)`, the gradient that at
/// `w + ρ ∇f(w)/‖∇f(w)‖`, at the cost of two. With it every rule of training becomes its sharpness-aware variant. On a
/// batch both gradients are that batch's, as the authors have it.
///
/// It is *not* the gradient of any function: the ascent is not differentiated.
///
/// Source: P. Foret, A. Kleiner, H. Mobahi and B. Neyshabur, *Sharpness-aware minimization for efficiently improving
/// generalization*, 2021, equation 3.
#[derive(Clone, Copy)]
pub struct Uphill<'a> {
    objective: &'a dyn Sampled,
    radius: Radius,
}

impl<'a> Uphill<'a> {
    /// With the objective whose gradients are taken, and the radius `ρ`; with radius 0 it is that objective.
    pub fn new(objective: &'a dyn Sampled, radius: Radius) -> Self {
        Self { objective, radius }
    }
}

impl Differentiable for Uphill<'_> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        uphill(self.objective, self.radius, w)
    }

    fn value(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        self.objective.value(w)
    }
}

impl Sampled for Uphill<'_> {
    fn rows(&self) -> usize {
        self.objective.rows()
    }

    fn batch(&self, rows: &[usize]) -> Result<Box<dyn Differentiable>, TrainingError> {
        let objective = self.objective.batch(rows)?;
        let radius = self.radius;
        Ok(Box::new(UphillOnBatch { objective, radius }))
    }
}

struct UphillOnBatch {
    objective: Box<dyn Differentiable>,
    radius: Radius,
}

impl Differentiable for UphillOnBatch {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        uphill(&*self.objective, self.radius, w)
    }
}

fn uphill(
    objective: &dyn Differentiable,
    radius: Radius,
    w: &DVector<f64>,
) -> Result<(f64, DVector<f64>), TrainingError> {
    let (value, gradient) = objective.value_and_gradient(w)?;
    if radius.length() == 0.0 {
        return Ok((value, gradient));
    }
    let (_, gradient) = objective.value_and_gradient(&(w + radius.ascent(&gradient)))?;
    Ok((value, gradient))
}
