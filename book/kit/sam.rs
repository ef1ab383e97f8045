//! Sharpness-aware minimisation: descend by the gradient found a little further uphill.
//!
//! In: the gradient of `f`, a step `η`, a radius `ρ ≥ 0` in the units of the parameters. Out: a [`Method`], or for
//! losses seen in batches the point at which to take the gradient. A radius that is negative, NaN or infinite is a
//! [`RadiusError`].

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OVector};
use thiserror::Error;

use crate::descent::{Method, Reason};

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
        match length.is_finite() && length >= 0.0 {
            true => Ok(Self(length)),
            false => Err(RadiusError(length)),
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
        let uphill = at + self.radius.ascent(&(self.gradient)(at));
        Ok(at - (self.gradient)(&uphill) * self.rate)
    }
}
