//! Descent methods, each recording the path it takes.
//!
//! In: a [`Method`], a start, a test for having arrived, a limit on the steps. Out: the [`Path`]. Running out of steps,
//! leaving the finite numbers, or a step that is not defined is [`NotConverged`], which keeps the path so far.

use std::fmt;

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix, OVector};
use thiserror::Error;

/// One rule for going from a point to the next.
pub trait Method<D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    /// The point after `at`. Methods with memory assume that they are called with their own last answer.
    ///
    /// # Errors
    /// The rule does not define a step here.
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason>;
}

/// Runs `method` from `start` until `arrived`, at most `limit` steps.
///
/// # Errors
/// [`NotConverged`], with the path until then and the reason.
pub fn descend<D: Dim>(
    mut method: impl Method<D>,
    start: OVector<f64, D>,
    arrived: impl Fn(&OVector<f64, D>) -> bool,
    limit: usize,
) -> Result<Path<D>, NotConverged<D>>
where
    DefaultAllocator: Allocator<D>,
{
    let mut points = vec![start];
    loop {
        let at = &points[points.len() - 1];
        let stopped = if at.iter().any(|x| !x.is_finite()) {
            Err(Reason::NotFinite)
        } else if arrived(at) {
            return Ok(Path { points });
        } else if points.len() > limit {
            Err(Reason::Limit)
        } else {
            method.step(at)
        };
        match stopped {
            Ok(next) => points.push(next),
            Err(reason) => {
                return Err(NotConverged { path: Path { points }, reason });
            }
        }
    }
}

/// The points visited, the start first.
#[derive(Debug, Clone, PartialEq)]
pub struct Path<D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    /// At least the start.
    pub points: Vec<OVector<f64, D>>,
}

impl<D: Dim> Path<D>
where
    DefaultAllocator: Allocator<D>,
{
    /// The number of steps taken: one less than the number of points.
    pub fn steps(&self) -> usize {
        self.points.len() - 1
    }

    /// The last point.
    pub fn end(&self) -> &OVector<f64, D> {
        &self.points[self.steps()]
    }

    /// The distance `‖xₖ − x*‖` of each point to `target`.
    pub fn distances(&self, target: &OVector<f64, D>) -> Vec<f64> {
        self.points.iter().map(|x| (x - target).norm()).collect()
    }
}

/// A run that stopped before it arrived.
#[derive(Clone, PartialEq)]
pub struct NotConverged<D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    /// The points visited until then.
    pub path: Path<D>,
    /// Why it stopped.
    pub reason: Reason,
}

impl<D: Dim> fmt::Display for NotConverged<D>
where
    DefaultAllocator: Allocator<D>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not converged after {} steps: {}", self.path.steps(), self.reason)
    }
}

impl<D: Dim> fmt::Debug for NotConverged<D>
where
    DefaultAllocator: Allocator<D>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotConverged")
            .field("steps", &self.path.steps())
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl<D: Dim> std::error::Error for NotConverged<D> where DefaultAllocator: Allocator<D> {}

/// Why a run stopped before it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Reason {
    /// All the steps allowed were taken.
    #[error("the limit is reached")]
    Limit,
    /// A coordinate became NaN or infinite.
    #[error("the path left the finite numbers")]
    NotFinite,
    /// Along the line searched the curvature is not positive, so the model has no minimum there.
    #[error("the curvature along the search line is not positive")]
    NoMinimumAlongLine,
    /// The step size is negative, NaN or infinite.
    #[error("a step size must be finite and not negative")]
    Rate,
    /// The gradient has another length than the point.
    #[error("a gradient of {found} entries at a point of {expected}")]
    Dimension {
        /// Coordinates of the point.
        expected: usize,
        /// Entries of the gradient.
        found: usize,
    },
    /// Newton's equation has no unique solution, to working precision.
    #[error("the Hessian is singular")]
    SingularHessian,
}

/// Gradient descent with one fixed step: `x ← x − η∇f(x)`.
#[derive(Debug, Clone)]
pub struct GradientDescent<G> {
    gradient: G,
    rate: f64,
}

impl<G> GradientDescent<G> {
    /// With the gradient `∇f` and the step size `η`.
    pub fn new(gradient: G, rate: f64) -> Self {
        Self { gradient, rate }
    }
}

impl<D: Dim, G> Method<D> for GradientDescent<G>
where
    G: Fn(&OVector<f64, D>) -> OVector<f64, D>,
    DefaultAllocator: Allocator<D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        Ok(at - fitting((self.gradient)(at), at)? * stepping(self.rate)?)
    }
}

/// The gradient, if it has as many entries as the point.
pub(crate) fn fitting<D: Dim>(gradient: OVector<f64, D>, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason>
where
    DefaultAllocator: Allocator<D>,
{
    match gradient.len() {
        found if found == at.len() => Ok(gradient),
        found => Err(Reason::Dimension { expected: at.len(), found }),
    }
}

/// The step size, if it is one.
pub(crate) fn stepping(rate: f64) -> Result<f64, Reason> {
    if rate.is_finite() && rate >= 0.0 { Ok(rate) } else { Err(Reason::Rate) }
}

/// Steepest descent that minimises the quadratic model along the gradient: `η = gᵀg / gᵀHg`.
///
/// For a quadratic function this is the exact line search.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, section 3.3.
#[derive(Debug, Clone)]
pub struct ExactLineSearch<E> {
    derivatives: E,
}

impl<E> ExactLineSearch<E> {
    /// With a function that gives gradient and Hessian at a point.
    pub fn new(derivatives: E) -> Self {
        Self { derivatives }
    }
}

impl<D: Dim, E> Method<D> for ExactLineSearch<E>
where
    E: Fn(&OVector<f64, D>) -> (OVector<f64, D>, OMatrix<f64, D, D>),
    DefaultAllocator: Allocator<D> + Allocator<D, D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let (g, h) = (self.derivatives)(at);
        let curvature = g.dot(&(h * &g));
        if curvature > 0.0 {
            Ok(at - &g * (g.norm_squared() / curvature))
        } else {
            Err(Reason::NoMinimumAlongLine)
        }
    }
}

/// Polyak's heavy ball: `xₖ₊₁ = xₖ − η∇f(xₖ) + β(xₖ − xₖ₋₁)`, at rest at the start.
///
/// Source: B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, 1964.
#[derive(Debug, Clone)]
pub struct HeavyBall<G, D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    gradient: G,
    rate: f64,
    momentum: f64,
    previous: Option<OVector<f64, D>>,
}

impl<G, D: Dim> HeavyBall<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    /// With the gradient `∇f`, the step size `η` and the momentum `β`.
    pub fn new(gradient: G, rate: f64, momentum: f64) -> Self {
        Self { gradient, rate, momentum, previous: None }
    }
}

impl<D: Dim, G> Method<D> for HeavyBall<G, D>
where
    G: Fn(&OVector<f64, D>) -> OVector<f64, D>,
    DefaultAllocator: Allocator<D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let gradient = fitting((self.gradient)(at), at)?;
        let next = at - gradient * stepping(self.rate)? + carried(at, &self.previous) * self.momentum;
        self.previous = Some(at.clone());
        Ok(next)
    }
}

/// Nesterov's accelerated gradient with constant momentum: `yₖ = xₖ + β(xₖ − xₖ₋₁)`, `xₖ₊₁ = yₖ − η∇f(yₖ)`.
///
/// Source: Yu. Nesterov, *Lectures on Convex Optimization*, section 2.2 (scheme with constant step).
#[derive(Debug, Clone)]
pub struct Nesterov<G, D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    gradient: G,
    rate: f64,
    momentum: f64,
    previous: Option<OVector<f64, D>>,
}

impl<G, D: Dim> Nesterov<G, D>
where
    DefaultAllocator: Allocator<D>,
{
    /// With the gradient `∇f`, the step size `η` and the momentum `β`.
    pub fn new(gradient: G, rate: f64, momentum: f64) -> Self {
        Self { gradient, rate, momentum, previous: None }
    }
}

impl<D: Dim, G> Method<D> for Nesterov<G, D>
where
    G: Fn(&OVector<f64, D>) -> OVector<f64, D>,
    DefaultAllocator: Allocator<D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let ahead = at + carried(at, &self.previous) * self.momentum;
        self.previous = Some(at.clone());
        let gradient = fitting((self.gradient)(&ahead), at)?;
        Ok(&ahead - gradient * stepping(self.rate)?)
    }
}

/// Newton's method: `x ← x − H⁻¹∇f(x)`. It goes to *any* critical point, saddles and maxima included.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, section 3.3.
#[derive(Debug, Clone)]
pub struct Newton<E> {
    derivatives: E,
}

impl<E> Newton<E> {
    /// With a function that gives gradient and Hessian at a point.
    pub fn new(derivatives: E) -> Self {
        Self { derivatives }
    }
}

impl<D, E> Method<D> for Newton<E>
where
    D: nalgebra::DimMin<D, Output = D>,
    E: Fn(&OVector<f64, D>) -> (OVector<f64, D>, OMatrix<f64, D, D>),
    DefaultAllocator: Allocator<D> + Allocator<D, D>,
{
    fn step(&mut self, at: &OVector<f64, D>) -> Result<OVector<f64, D>, Reason> {
        let (g, h) = (self.derivatives)(at);
        solved(h, &fitting(g, at)?).map(|step| at - step).ok_or(Reason::SingularHessian)
    }
}

/// The solution of `Hs = g`; none if a pivot is below `nε` of the largest, where a step would be made of rounding.
pub(crate) fn solved<D>(h: OMatrix<f64, D, D>, g: &OVector<f64, D>) -> Option<OVector<f64, D>>
where
    D: nalgebra::DimMin<D, Output = D>,
    DefaultAllocator: Allocator<D> + Allocator<D, D>,
{
    if h.nrows() != g.len() {
        return None;
    }
    let lu = h.lu();
    let pivots = lu.u().diagonal().abs();
    let least = g.len() as f64 * f64::EPSILON * pivots.max();
    if pivots.min() > least { lu.solve(g) } else { None }
}

fn carried<D: Dim>(at: &OVector<f64, D>, previous: &Option<OVector<f64, D>>) -> OVector<f64, D>
where
    DefaultAllocator: Allocator<D>,
{
    at - previous.as_ref().unwrap_or(at)
}
