//! Paths between minima, copies of a network that compute the same function, and networks with weights taken away.
//!
//! In: points in parameter space, a function on it, a [`Network`](crate::network::Network). Out: a [`Bezier`] curve and
//! the [`Profile`] of the function along it, a network with its units [`matched`] to another's, a [`Mask`]. Points,
//! functions and networks that do not fit each other, and shares that are none, are a [`ConnectivityError`].

mod curves;
mod masks;
mod units;

use thiserror::Error;

pub use curves::{Bezier, Profile};
pub use masks::{Mask, Masked};
pub use units::{exchanged, matched};

use crate::training::TrainingError;

/// Why there is no such curve, match or mask.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ConnectivityError {
    /// Points that should lie on one curve have different numbers of coordinates.
    #[error("a curve from a point of {start} coordinates by way of {control} to {end}")]
    Points {
        /// Coordinates of the start.
        start: usize,
        /// Coordinates of the control point.
        control: usize,
        /// Coordinates of the end.
        end: usize,
    },
    /// A profile is asked for at no points but the start.
    #[error("a profile needs at least one interval")]
    NoIntervals,
    /// The function is NaN or infinite on the curve.
    #[error("the function is {value} at t = {t}")]
    NotFinite {
        /// The parameter of the curve.
        t: f64,
        /// The value there.
        value: f64,
    },
    /// There is no such layer of hidden units.
    #[error("hidden layer {layer} of {layers}")]
    NoLayer {
        /// The layer asked for, from 0.
        layer: usize,
        /// How many hidden layers there are.
        layers: usize,
    },
    /// A list is not an order of the units of a layer.
    #[error("{found} positions and signs are no order of {expected} units")]
    Order {
        /// The number of units.
        expected: usize,
        /// The length of the list, or how many different units it names.
        found: usize,
    },
    /// A share is not above 0 and at most 1.
    #[error("{0} is no share above 0 and at most 1")]
    Share(f64),
    /// Parameters do not fit, or the loss is not finite.
    #[error(transparent)]
    Training(#[from] TrainingError),
}
