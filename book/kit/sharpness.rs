//! Sharpness: how much a function rises about a point, measured in several ways, and slices through it.
//!
//! In: a [`Differentiable`] function, a point of its `n` parameters, a [`Radius`]. Out: the [worst](worst_rise), the
//! [mean](mean_rise) and the [first-order](sam_rise) rise at that distance, the [`Adaptive`] Hessian, and for networks directions that
//! are [normalised unit by unit](filter_normalised). Vectors of another length, functions that are not finite, searches that do not
//! settle and points without the slope that a measure needs are a [`SharpnessError`].
//!
//! None of these numbers is a property of the function alone: each depends on the coordinates, the adaptive ones less.

use nalgebra::DVector;
use rand::Rng;
use thiserror::Error;

use crate::network::Network;
use crate::operators::{Estimate, OperatorError, Probe, SymmetricOperator};
use crate::sam::Radius;
use crate::training::{Differentiable, TrainingError};

/// Why there is no measure of sharpness.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SharpnessError {
    /// The function could not be evaluated.
    #[error(transparent)]
    Function(#[from] TrainingError),
    /// A direction or a point has another length than the vector it goes with.
    #[error("a vector of {found} entries where {expected} are needed")]
    Dimension {
        /// The length needed.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// A mean of no samples, or a search from no starts.
    #[error("at least one {0} is needed")]
    None(&'static str),
    /// The gradient is zero, so there is no direction of steepest ascent.
    #[error("at a critical point there is no direction of steepest ascent")]
    NoSlope,
    /// A direction has no part in a unit whose weights are not zero, so it cannot be given their length.
    #[error("the direction is zero in unit {unit} of layer {layer}, whose weights are not")]
    NoDirection {
        /// The layer, the first hidden one 0.
        layer: usize,
        /// The unit in it, from 0.
        unit: usize,
    },
    /// The search for the largest rise did not settle.
    #[error("after {steps} steps the rise of {rise:e} may still grow by {gap:e} to first order")]
    NotConverged {
        /// Steps of the last search.
        steps: usize,
        /// The rise found so far.
        rise: f64,
        /// What a further step promises to first order.
        gap: f64,
    },
}

/// The largest rise found in a ball, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Rise {
    /// `f(w + v) − f(w)`.
    pub value: f64,
    /// The step `v`, of at most the radius's length.
    pub step: DVector<f64>,
}

/// Steps that a search for the largest rise may take.
const LIMIT: usize = 20_000;
/// A search ends when the next step promises less than this share of the rise: on the sphere, and inside the ball, where
/// the method is slower and the promise itself bounds what is missing.
const SETTLED: (f64, f64) = (1e-11, 1e-7);

/// The largest `f(w + v) − f(w)` over the ball `‖v‖ ≤ ρ`: conditional-gradient ascent from random points of its surface, as
/// many as `starts`, the best of the results.
///
/// A step goes towards `ρg/‖g‖` with `g = ∇f(w + v)`, all the way if that raises `f` enough, else half as far, and so on. For a
/// quadratic function it is power iteration, and finds `½ρ²λ_max` at a minimum. In general each result is a *local* maximum over the
/// ball, so the best of them is a lower bound of the worst case.
///
/// Source: M. Frank and P. Wolfe, *An algorithm for quadratic programming*, 1956.
///
/// # Errors
/// The point does not fit, something is not finite, no starts, a search that does not settle.
pub fn worst_rise(
    f: &dyn Differentiable,
    at: &DVector<f64>,
    radius: Radius,
    starts: usize,
    rng: &mut dyn Rng,
) -> Result<Rise, SharpnessError> {
    let base = f.value(at)?;
    let mut best: Option<Rise> = None;
    for _ in 0..starts {
        let found = ascend(f, at, base, radius, on_sphere(at.len(), radius, rng))?;
        if best.as_ref().is_none_or(|best| found.value > best.value) {
            best = Some(found);
        }
    }
    best.ok_or(SharpnessError::None("start"))
}

fn ascend(
    f: &dyn Differentiable,
    at: &DVector<f64>,
    base: f64,
    radius: Radius,
    mut step: DVector<f64>,
) -> Result<Rise, SharpnessError> {
    let (mut value, mut gradient) = f.value_and_gradient(&(at + &step))?;
    let mut gap = 0.0;
    for _ in 0..LIMIT {
        let towards = radius.ascent(&gradient) - &step;
        gap = gradient.dot(&towards);
        let inside = step.norm() < radius.length() * (1.0 - 1e-9);
        if gap <= (value - base).abs() * if inside { SETTLED.1 } else { SETTLED.0 } {
            return Ok(Rise { value: value - base, step });
        }
        let mut share = 1.0;
        loop {
            let next = &step + &towards * share;
            let (there, slope) = f.value_and_gradient(&(at + &next))?;
            if there >= value + 1e-4 * share * gap {
                (step, value, gradient) = (next, there, slope);
                break;
            }
            share /= 2.0;
            if share < 1e-12 {
                // What is promised is below what rounding lets one see.
                return Ok(Rise { value: value - base, step });
            }
        }
    }
    Err(SharpnessError::NotConverged { steps: LIMIT, rise: value - base, gap })
}

/// The mean of `f(w + v) − f(w)` over the sphere `‖v‖ = ρ`, from independent samples. To second order it is
/// `ρ∇f·E[v/‖v‖] + ρ²tr(H)/(2n) = ρ²tr(H)/(2n)`.
///
/// # Errors
/// The point does not fit, something is not finite, no samples.
pub fn mean_rise(
    f: &dyn Differentiable,
    at: &DVector<f64>,
    radius: Radius,
    samples: usize,
    rng: &mut dyn Rng,
) -> Result<Estimate, SharpnessError> {
    if samples == 0 {
        return Err(SharpnessError::None("sample"));
    }
    let base = f.value(at)?;
    let mut sample = || Ok(f.value(&(at + on_sphere(at.len(), radius, rng)))? - base);
    Ok(Estimate {
        known: 0.0,
        samples: (0..samples).map(|_| sample()).collect::<Result<_, SharpnessError>>()?,
        products: 0,
    })
}

/// A point drawn uniformly from the sphere of radius `ρ` in `n` dimensions.
fn on_sphere(n: usize, radius: Radius, rng: &mut dyn Rng) -> DVector<f64> {
    radius.ascent(&Probe::Gaussian.draw(n, rng))
}

/// What SAM looks at: `f(w + ρg/‖g‖) − f(w)` with `g = ∇f(w)`, the worst rise to first order, for two gradients.
///
/// Source: P. Foret, A. Kleiner, H. Mobahi and B. Neyshabur, *Sharpness-aware minimization for efficiently improving
/// generalization*, 2021.
///
/// # Errors
/// The point does not fit, something is not finite, the gradient is zero.
pub fn sam_rise(f: &dyn Differentiable, at: &DVector<f64>, radius: Radius) -> Result<f64, SharpnessError> {
    let (value, gradient) = f.value_and_gradient(at)?;
    if gradient.amax() == 0.0 {
        return Err(SharpnessError::NoSlope);
    }
    Ok(f.value(&(at + radius.ascent(&gradient)))? - value)
}

/// The Hessian in relative coordinates, `DHD` with `D = diag|w|`: its largest eigenvalue is the *adaptive sharpness*, which
/// measures perturbations of each weight in units of that weight.
///
/// It does not change when some weights are multiplied and others divided so that the function stays the same.
///
/// Source: J. Kwon, J. Kim, H. Park and I. K. Choi, *ASAM*, 2021, to second order and element by element.
#[derive(Debug, Clone)]
pub struct Adaptive<H> {
    hessian: H,
    scales: DVector<f64>,
}

impl<H: SymmetricOperator> Adaptive<H> {
    /// For the Hessian at `w`.
    ///
    /// # Errors
    /// The two are of different dimension.
    pub fn new(hessian: H, w: &DVector<f64>) -> Result<Self, SharpnessError> {
        if hessian.dimension() != w.len() {
            return Err(SharpnessError::Dimension {
                expected: hessian.dimension(),
                found: w.len(),
            });
        }
        let scales = w.abs();
        Ok(Self { hessian, scales })
    }
}

impl<H: SymmetricOperator> SymmetricOperator for Adaptive<H> {
    fn dimension(&self) -> usize {
        self.hessian.dimension()
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        self.hessian.apply(&v.component_mul(&self.scales)).component_mul(&self.scales)
    }

    fn check(&self) -> Result<(), OperatorError> {
        self.hessian.check()
    }
}

/// A random direction in the space of a network's parameters: standard normal weights, no biases.
pub fn random_direction(network: &Network, rng: &mut dyn Rng) -> DVector<f64> {
    let mut direction = Probe::Gaussian.draw(network.parameters(), rng);
    for layer in network.layers() {
        direction.rows_range_mut(layer.biases.clone()).fill(0.0);
    }
    direction
}

/// The direction with the part that belongs to each unit, its incoming weights, given the length of those weights at `w`,
/// and biases 0.
///
/// Slices in such directions compare networks whose layers are scaled differently.
///
/// Source: H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, *Visualizing the loss landscape of neural nets*, 2018,
/// section 4.
///
/// # Errors
/// Vectors that do not fit the network; a direction without a part in a unit that has weights.
pub fn filter_normalised(
    network: &Network,
    w: &DVector<f64>,
    direction: &DVector<f64>,
) -> Result<DVector<f64>, SharpnessError> {
    for vector in [w, direction] {
        fits(network.parameters(), vector)?;
    }
    let mut normalised = DVector::zeros(w.len());
    for (k, layer) in network.layers().iter().enumerate() {
        for unit in 0..layer.units {
            let at = layer.incoming(unit);
            let length = w.rows_range(at.clone()).norm();
            let part = direction.rows_range(at.clone());
            if length > 0.0 && part.norm() == 0.0 {
                return Err(SharpnessError::NoDirection { layer: k, unit });
            }
            if length > 0.0 {
                normalised.rows_range_mut(at).copy_from(&(part * (length / part.norm())));
            }
        }
    }
    Ok(normalised)
}

/// A slice of `f`: the pairs `(α, f(w + αd))`.
///
/// # Errors
/// The vectors do not fit, something is not finite.
pub fn slice(
    f: &dyn Differentiable,
    w: &DVector<f64>,
    direction: &DVector<f64>,
    distances: &[f64],
) -> Result<Vec<(f64, f64)>, SharpnessError> {
    fits(w.len(), direction)?;
    distances.iter().map(|&alpha| Ok((alpha, f.value(&(w + direction * alpha))?))).collect()
}

fn fits(expected: usize, vector: &DVector<f64>) -> Result<(), SharpnessError> {
    match vector.len() {
        found if found == expected => Ok(()),
        found => Err(SharpnessError::Dimension { expected, found }),
    }
}
