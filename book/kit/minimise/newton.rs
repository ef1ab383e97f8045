//! Newton's method by products with the Hessian: along a line, and within a region of trust.

use nalgebra::DVector;

use super::conjugate::bend;
use super::{Armijo, Curved, Ended, MinimiseError, Point, Progress, positive};
use crate::operators::SymmetricOperator;

/// Where conjugate gradients on the model `gᵀs + ½sᵀHs` stopped.
struct Inner {
    step: DVector<f64>,
    products: usize,
    /// How much the model falls, `−gᵀs − ½sᵀHs`.
    fall: f64,
    at_the_edge: bool,
}

/// Newton's method with a line search: conjugate gradients solve `Hs = −∇f` to `min(½, √‖∇f‖)·‖∇f‖`, or until a direction of
/// curvature that is not positive, then Armijo's condition decides how far to go.
///
/// Near a minimum with a positive definite Hessian convergence is superlinear. It goes to points where the gradient vanishes; a start at
/// a saddle is not left. Cost of a step: the products, and mostly one evaluation.
///
/// Source: R. S. Dembo, S. C. Eisenstat and T. Steihaug, *Inexact Newton methods*, 1982; J. Nocedal and S. J. Wright, *Numerical
/// Optimization*, algorithm 7.1.
///
/// # Errors
/// See [`MinimiseError`].
pub fn newton_cg(f: &dyn Curved, start: DVector<f64>, tolerance: f64, limit: usize) -> Result<Ended, MinimiseError> {
    let mut run = Progress::new(f, start, tolerance)?;
    let search = Armijo::new(1e-4)?;
    while !run.arrived(tolerance) {
        if run.steps == limit {
            return Err(run.not_converged());
        }
        let inner = truncated(&*f.curvature(&run.at.weights)?, &run.at, f64::INFINITY)?;
        run.products += inner.products;
        run.go(&inner.step, &search)?;
    }
    Ok(run.ended())
}

/// Newton's method within a region of trust `‖s‖ ≤ Δ`: conjugate gradients on the model, to its edge at a direction of curvature
/// that is not positive. `Δ` is quartered where the model foresaw less than a quarter of the fall, and doubled where it foresaw more
/// than three quarters and the step came to the edge.
///
/// Source: T. Steihaug, *The conjugate gradient method and trust regions in large scale optimization*, 1983; J. Nocedal and
/// S. J. Wright, *Numerical Optimization*, algorithms 4.1 and 7.2.
///
/// # Errors
/// The first radius is not positive; otherwise see [`MinimiseError`].
pub fn trust_region(
    f: &dyn Curved,
    start: DVector<f64>,
    radius: f64,
    tolerance: f64,
    limit: usize,
) -> Result<Ended, MinimiseError> {
    positive("the radius", radius)?;
    let mut run = Progress::new(f, start, tolerance)?;
    let mut radius = radius;
    while !run.arrived(tolerance) {
        if run.steps == limit {
            return Err(run.not_converged());
        }
        let curvature = f.curvature(&run.at.weights)?;
        // Several radii may be tried at one point.
        loop {
            let inner = truncated(&*curvature, &run.at, radius)?;
            run.products += inner.products;
            let next = Point::if_finite(f, &run.at.weights + &inner.step)?;
            run.evaluations += 1;
            let foreseen = next.as_ref().map_or(f64::NEG_INFINITY, |next| run.foreseen(next, inner.fall));
            if foreseen < 0.25 {
                radius = inner.step.norm() / 4.0;
            } else if foreseen > 0.75 && inner.at_the_edge {
                radius *= 2.0;
            }
            if let Some(next) = next
                && foreseen > 0.1
            {
                run.at = next;
                run.steps += 1;
                break;
            }
            if radius <= f64::EPSILON * run.at.weights.norm().max(f64::MIN_POSITIVE) {
                return Err(MinimiseError::NoStep);
            }
        }
    }
    Ok(run.ended())
}

/// Conjugate gradients on `gᵀs + ½sᵀHs` within `‖s‖ ≤ radius`. Without a radius, a direction of curvature that is not positive ends
/// them where they are, at first with `−g`.
fn truncated(h: &dyn SymmetricOperator, at: &Point, radius: f64) -> Result<Inner, MinimiseError> {
    let g = &at.gradient;
    let enough = g.norm().sqrt().min(0.5) * g.norm();
    let mut inner = Inner {
        step: g * 0.0,
        products: 0,
        fall: 0.0,
        at_the_edge: false,
    };
    let (mut residual, mut direction, mut image) = (g.clone(), -g, g.clone());
    // As many steps as dimensions do in exact arithmetic; rounding may ask for more.
    for _ in 0..2 * g.len() + 10 {
        let curvature = bend(h, &direction, &mut image)?;
        inner.products += 1;
        let length = residual.norm();
        let step = length * length / curvature;
        let outside = || (&inner.step + &direction * step).norm() >= radius;
        if curvature <= 0.0 || outside() {
            if radius.is_finite() {
                let to_edge = distance(&inner.step, &direction, radius);
                inner.fall += to_edge * length * length - 0.5 * to_edge * to_edge * curvature;
                inner.step.axpy(to_edge, &direction, 1.0);
                inner.at_the_edge = true;
            } else if inner.products == 1 {
                inner.step = direction;
            }
            return Ok(inner);
        }
        inner.step.axpy(step, &direction, 1.0);
        inner.fall += 0.5 * step * length * length;
        residual.axpy(step, &image, 1.0);
        let next = residual.norm();
        if next <= enough {
            break;
        }
        direction.axpy(-1.0, &residual, (next / length).powi(2));
    }
    Ok(inner)
}

/// The `t ≥ 0` with `‖s + td‖ = radius`, for `s` within it.
fn distance(s: &DVector<f64>, d: &DVector<f64>, radius: f64) -> f64 {
    let (a, b, c) = (d.norm_squared(), s.dot(d), radius * radius - s.norm_squared());
    let root = (b * b + a * c.max(0.0)).sqrt();
    if b > 0.0 { c.max(0.0) / (b + root) } else { (root - b) / a }
}
