//! How far to go along a direction.

use nalgebra::DVector;

use super::{MinimiseError, Point};
use crate::training::Differentiable;

/// Trials along one direction.
const TRIALS: usize = 60;

/// A step found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The share `t` of the direction.
    pub step: f64,
    /// The point `w + tp`.
    pub point: Point,
    /// Evaluations that it took.
    pub evaluations: usize,
}

/// A rule for how far to go along a direction.
pub trait LineSearch {
    /// A step along `direction` from `at`, where the function must fall.
    ///
    /// # Errors
    /// The direction does not lead downhill, no step meets the conditions, or the function could not be evaluated.
    fn along(&self, f: &dyn Differentiable, at: &Point, direction: &DVector<f64>) -> Result<Found, MinimiseError>;
}

/// Backtracking: the first of `t = 1, ½, ¼, …` with `f(w + tp) ≤ f(w) + c₁ t ∇fᵀp`.
///
/// For a direction of descent of a function with Lipschitz gradient there is one.
///
/// Source: L. Armijo, 1966; J. Nocedal and S. J. Wright, *Numerical Optimization*, algorithm 3.1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Armijo {
    decrease: f64,
}

impl Armijo {
    /// With the share `c₁` of the fall promised by the slope.
    ///
    /// # Errors
    /// It is not between 0 and 1.
    pub fn new(decrease: f64) -> Result<Self, MinimiseError> {
        if decrease > 0.0 && decrease < 1.0 {
            Ok(Self { decrease })
        } else {
            Err(MinimiseError::Parameter {
                what: "the share of the decrease",
                value: decrease,
            })
        }
    }
}

impl LineSearch for Armijo {
    fn along(&self, f: &dyn Differentiable, at: &Point, direction: &DVector<f64>) -> Result<Found, MinimiseError> {
        let slope = falling(at, direction)?;
        let mut step = 1.0;
        for evaluations in 1..=TRIALS {
            if let Some(point) = Point::if_finite(f, &at.weights + direction * step)?
                && point.value <= at.value + self.decrease * step * slope + at.rounding()
            {
                return Ok(Found { step, point, evaluations });
            }
            step /= 2.0;
        }
        Err(MinimiseError::NoStep)
    }
}

/// The strong conditions of Wolfe: `f(w + tp) ≤ f(w) + c₁ t ∇fᵀp`, and `|∇f(w + tp)ᵀp| ≤ c₂ |∇fᵀp|`, so that the step is neither
/// too long nor too short, and `yᵀs > 0` for quasi-Newton methods.
///
/// A bracket is doubled until it holds such a step, then narrowed by quadratic interpolation, kept a tenth away from its ends.
///
/// Source: P. Wolfe, 1969; J. Nocedal and S. J. Wright, *Numerical Optimization*, equations 3.7, algorithms 3.5 and 3.6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wolfe {
    decrease: f64,
    curvature: f64,
}

impl Wolfe {
    /// With `c₁` and `c₂`; customary are `10⁻⁴` and 0.9.
    ///
    /// # Errors
    /// Not `0 < c₁ < c₂ < 1`.
    pub fn new(decrease: f64, curvature: f64) -> Result<Self, MinimiseError> {
        Armijo::new(decrease)?;
        if curvature > decrease && curvature < 1.0 {
            Ok(Self { decrease, curvature })
        } else {
            Err(MinimiseError::Parameter {
                what: "the share of the slope",
                value: curvature,
            })
        }
    }
}

/// A point of the line; its value is infinite where the function has none.
struct Trial {
    step: f64,
    value: f64,
    slope: f64,
    point: Option<Point>,
}

impl LineSearch for Wolfe {
    fn along(&self, f: &dyn Differentiable, at: &Point, direction: &DVector<f64>) -> Result<Found, MinimiseError> {
        let slope = falling(at, direction)?;
        let trial = |step: f64| -> Result<Trial, MinimiseError> {
            let point = Point::if_finite(f, &at.weights + direction * step)?;
            let (value, slope) = match &point {
                Some(point) => (point.value, point.gradient.dot(direction)),
                None => (f64::INFINITY, f64::NAN),
            };
            Ok(Trial { step, value, slope, point })
        };
        let too_high = |trial: &Trial| trial.value > at.value + self.decrease * trial.step * slope + at.rounding();
        let level = |trial: &Trial| trial.slope.abs() <= -self.curvature * slope;
        // `low` is the best step so far; with a `high`, a step that does lies between the two.
        let mut low = Trial {
            step: 0.0,
            value: at.value,
            slope,
            point: None,
        };
        let mut high: Option<Trial> = None;
        for evaluations in 1..=TRIALS {
            let next = trial(high.as_ref().map_or_else(|| (2.0 * low.step).max(1.0), |high| between(&low, high)))?;
            if too_high(&next) || next.value > low.value + at.rounding() {
                high = Some(next);
            } else if level(&next) {
                let (step, point) = (next.step, next.point.ok_or(MinimiseError::NoStep)?);
                return Ok(Found { step, point, evaluations });
            } else {
                // Where it falls towards `high`, the step lies there; else between this one and the last.
                let ahead = high.as_ref().map_or(1.0, |high| high.step - next.step);
                if next.slope * ahead >= 0.0 {
                    high = Some(std::mem::replace(&mut low, next));
                } else {
                    low = next;
                }
            }
        }
        Err(MinimiseError::NoStep)
    }
}

/// Where the parabola through the two values with the slope at `low` has its minimum, a tenth of the way off either end.
fn between(low: &Trial, high: &Trial) -> f64 {
    let width = high.step - low.step;
    let bend = high.value - low.value - low.slope * width;
    let share = -low.slope * width / (2.0 * bend);
    low.step + width * if share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 }
}

/// The slope along a direction of descent.
fn falling(at: &Point, direction: &DVector<f64>) -> Result<f64, MinimiseError> {
    crate::training::check(direction, at.weights.len())?;
    match at.gradient.dot(direction) {
        slope if slope < 0.0 => Ok(slope),
        slope => Err(MinimiseError::NoDescent { slope }),
    }
}
