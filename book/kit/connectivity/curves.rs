//! Bezier curves, and a function along them.

use nalgebra::allocator::Allocator;
use nalgebra::{DVector, DefaultAllocator, Dim, Dyn, OVector};
use rand::{Rng, RngExt};

use super::ConnectivityError;
use crate::training::{Differentiable, Rule, Trainer, TrainingError};

/// The quadratic Bezier curve `B(t) = (1 − t)² a + 2t(1 − t) c + t² b`, `0 ≤ t ≤ 1`, from `a` to `b`.
///
/// It leaves `a` in the direction of `c` and arrives at `b` from there. With `c` in the middle of the ends it is the
/// segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Bezier<D: Dim = Dyn>
where
    DefaultAllocator: Allocator<D>,
{
    start: OVector<f64, D>,
    control: OVector<f64, D>,
    end: OVector<f64, D>,
}

impl<D: Dim> Bezier<D>
where
    DefaultAllocator: Allocator<D>,
{
    /// The curve with these ends and this control point.
    ///
    /// # Errors
    /// The three have different numbers of coordinates.
    pub fn new(
        start: OVector<f64, D>,
        control: OVector<f64, D>,
        end: OVector<f64, D>,
    ) -> Result<Self, ConnectivityError> {
        if start.len() != control.len() || start.len() != end.len() {
            return Err(ConnectivityError::Points {
                start: start.len(),
                control: control.len(),
                end: end.len(),
            });
        }
        Ok(Self { start, control, end })
    }

    /// The segment from `start` to `end`.
    ///
    /// # Errors
    /// The two have different numbers of coordinates.
    pub fn straight(start: OVector<f64, D>, end: OVector<f64, D>) -> Result<Self, ConnectivityError> {
        if start.len() != end.len() {
            return Self::new(start.clone(), start, end);
        }
        let middle = (&start + &end) * 0.5;
        Self::new(start, middle, end)
    }

    /// The control point `c`.
    pub fn control(&self) -> &OVector<f64, D> {
        &self.control
    }

    /// The point `B(t)`.
    pub fn at(&self, t: f64) -> OVector<f64, D> {
        let s = 1.0 - t;
        &self.start * (s * s) + &self.control * (2.0 * s * t) + &self.end * (t * t)
    }

    /// The values of `f` at `intervals + 1` points, evenly spaced in `t`, both ends among them.
    ///
    /// # Errors
    /// No intervals, an error of `f`, a value that is not finite.
    pub fn profile(
        &self,
        intervals: usize,
        f: impl Fn(&OVector<f64, D>) -> Result<f64, TrainingError>,
    ) -> Result<Profile, ConnectivityError> {
        if intervals == 0 {
            return Err(ConnectivityError::NoIntervals);
        }
        let value_at = |k: usize| {
            let t = k as f64 / intervals as f64;
            let value = f(&self.at(t))?;
            if value.is_finite() {
                Ok(value)
            } else {
                Err(ConnectivityError::NotFinite { t, value })
            }
        };
        let values = (0..=intervals).map(value_at).collect::<Result<_, _>>()?;
        Ok(Profile { values })
    }
}

impl Bezier {
    /// Bends the segment from `start` to `end` so that the mean of the objective along it falls: as many steps of
    /// `rule` on the control point, each on the gradient `2t(1 − t) ∇f(B(t))` at one random `t`.
    ///
    /// Source: T. Garipov and others, *Loss surfaces, mode connectivity, and fast ensembling of DNNs*, 2018, section 3.
    ///
    /// # Errors
    /// The ends do not fit the objective, or something is not finite.
    pub fn bent(
        objective: &dyn Differentiable,
        start: &DVector<f64>,
        end: &DVector<f64>,
        rule: impl Rule + 'static,
        steps: usize,
        rng: &mut impl Rng,
    ) -> Result<Self, ConnectivityError> {
        let segment = Self::straight(start.clone(), end.clone())?;
        let control = segment.control.clone();
        let mut trainer = Trainer::new(control, rule);
        for _ in 0..steps {
            let t = rng.random::<f64>();
            trainer.step(&AtParameter { objective, segment: &segment, t })?;
        }
        let control = trainer.weights().clone();
        Ok(Self { control, ..segment })
    }
}

/// The objective at one point of a curve, as a function of the control point.
struct AtParameter<'a> {
    objective: &'a dyn Differentiable,
    /// Its control point does not matter.
    segment: &'a Bezier,
    t: f64,
}

impl Differentiable for AtParameter<'_> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value_and_gradient(&self, control: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        let Bezier { start, end, .. } = self.segment;
        let (s, t) = (1.0 - self.t, self.t);
        let share = 2.0 * s * t;
        let point = start * (s * s) + control * share + end * (t * t);
        let (value, gradient) = self.objective.value_and_gradient(&point)?;
        Ok((value, gradient * share))
    }
}

/// The values of a function along a curve, at parameters evenly spaced from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    values: Vec<f64>,
}

impl Profile {
    /// The values, that at the start first: at least two.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Each parameter `t` with its value.
    pub fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let intervals = (self.values.len() - 1) as f64;
        let parameter = move |k: usize| k as f64 / intervals;
        self.values.iter().enumerate().map(move |(k, &value)| (parameter(k), value))
    }

    /// The largest value.
    pub fn highest(&self) -> f64 {
        self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The mean over the parameter, by the trapezoidal rule.
    pub fn mean(&self) -> f64 {
        let ends = (self.values[0] + self.values[self.values.len() - 1]) / 2.0;
        (self.values.iter().sum::<f64>() - ends) / (self.values.len() - 1) as f64
    }

    /// How far the curve rises at most above the line between the values at its ends,
    /// `max f(B(t)) − (1 − t) f(a) − t f(b)`: at least 0.
    ///
    /// Source: R. Entezari and others, *The role of permutation invariance in linear mode connectivity of neural
    /// networks*, 2022, definition 2.1.
    pub fn barrier(&self) -> f64 {
        let (first, last) = (self.values[0], self.values[self.values.len() - 1]);
        let above = |(t, value): (f64, f64)| value - ((1.0 - t) * first + t * last);
        self.points().map(above).fold(0.0, f64::max)
    }
}
