//! SAM against closed forms: on quadratics it ends in a two-cycle, on (xy − 1)² it obeys an exact law.

use curvature::data::iris;
use curvature::descent::{GradientDescent, Method, Reason, descend};
use curvature::functions::bowl;
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::sam::{Radius, RadiusError, Sam, Uphill};
use curvature::training::{Batches, Differentiable, Sampled, Sgd, Trainer};
use nalgebra::{DVector, Vector2, dvector, vector};
use num_dual::DualNum;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

fn valley<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    (p.x * p.y - 1.0).powi(2)
}

fn slope(p: &Vector2<f64>) -> Vector2<f64> {
    num_dual::gradient(valley, p).1
}

/// The larger eigenvalue of the Hessian of `valley`, by the quadratic formula.
fn sharpness(p: &Vector2<f64>) -> f64 {
    let (a, b, c) = (2.0 * p.y * p.y, 2.0 * p.x * p.x, 4.0 * p.x * p.y - 2.0);
    f64::midpoint(a, b) + ((a - b) / 2.0).hypot(c)
}

fn walk(mut method: impl Method<nalgebra::Const<2>>, start: Vector2<f64>, steps: usize) -> Vec<Vector2<f64>> {
    let mut points = vec![start];
    for k in 0..steps {
        points.push(method.step(&points[k]).unwrap());
    }
    points
}

#[test]
fn the_ascent_has_the_radius_for_its_length_and_the_gradient_for_its_direction() {
    let radius = Radius::new(0.05).unwrap();
    assert!((radius.ascent(&vector![3.0, -4.0]) - vector![0.03, -0.04]).norm() < 1e-16);
    let tiny = radius.ascent(&dvector![3e-320, -4e-320]);
    assert!((tiny - dvector![0.03, -0.04]).norm() < 1e-4, "subnormal numbers have few digits, but a direction");
    let huge = radius.ascent(&dvector![3e300, -4e300]);
    assert!((huge - dvector![0.03, -0.04]).norm() < 1e-16);
}

#[test]
fn at_a_critical_point_sam_stays() {
    let radius = Radius::new(0.1).unwrap();
    assert_eq!(radius.ascent(&DVector::zeros(3)), DVector::zeros(3));
    for at in [vector![2.0, 0.5], vector![0.0, 0.0]] {
        assert_eq!(Sam::new(slope, 0.02, radius).step(&at).unwrap(), at);
    }
}

#[test]
fn what_is_no_length_is_refused() {
    for length in [-0.1, f64::NAN, f64::INFINITY] {
        let error = Radius::new(length).unwrap_err();
        assert_eq!(error.to_string(), format!("a radius is a finite length from 0 up, not {length}"));
        assert!(matches!(error, RadiusError(_)));
    }
    assert_eq!(Radius::new(0.0).unwrap().length(), 0.0);
}

#[test]
fn a_gradient_that_is_not_finite_does_not_pass_for_a_small_one() {
    let overflowing = |_: &Vector2<f64>| vector![f64::INFINITY, 1.0];
    let sam = Sam::new(overflowing, 0.1, Radius::new(0.1).unwrap());
    let run = descend(sam, vector![1.0, 1.0], |_| false, 10);
    assert_eq!(run.unwrap_err().reason, Reason::NotFinite);
}

#[test]
fn with_radius_zero_it_is_gradient_descent() {
    let start = vector![3.0, 0.5];
    let sam = walk(Sam::new(slope, 0.05, Radius::new(0.0).unwrap()), start, 200);
    assert_eq!(sam, walk(GradientDescent::new(slope, 0.05), start, 200));
}

/// `x = ηρλ/(2 − ηλ)` solves `−x = x − ηλ(x + ρ)`; P. Bartlett, P. Long and O. Bousquet, 2023, section 2.
#[test]
fn on_the_bowl_it_ends_by_bouncing_across_the_steep_direction() {
    let gradient = |p: &Vector2<f64>| num_dual::gradient(bowl, p).1;
    for (rate, rho) in [(0.05, 0.1), (0.08, 0.1), (0.02, 0.3)] {
        let points = walk(Sam::new(gradient, rate, Radius::new(rho).unwrap()), vector![1.0, 1.0], 5000);
        let width = rate * rho * 20.0 / (2.0 - rate * 20.0);
        for p in &points[4990..] {
            assert!((p.x.abs() - width).abs() < 1e-12 && p.y.abs() < 1e-12, "η = {rate}, ρ = {rho}: {p}");
        }
        assert!(points[4999].x * points[5000].x < 0.0);
    }
}

/// With `s = sgn(xy − 1)`, `n = ‖(x, y)‖` and `r′` the residual uphill, `c = x² − y²` is multiplied by
/// `1 − 4ηρ s r′/n − 4η²r′²(1 − ρ²/n²)`.
#[test]
fn on_the_valley_each_step_obeys_the_exact_law() {
    let (rate, rho) = (0.02, 0.05);
    let points = walk(Sam::new(slope, rate, Radius::new(rho).unwrap()), vector![4.0, 0.3], 5000);
    let c = |p: &Vector2<f64>| p.x * p.x - p.y * p.y;
    for pair in points.windows(2) {
        let (p, n) = (&pair[0], pair[0].norm());
        let side = (p.x * p.y - 1.0).signum();
        let up = p + vector![p.y, p.x] * (side * rho / n);
        let r = up.x * up.y - 1.0;
        let factor = 1.0 - 4.0 * rate * rho * side * r / n - 4.0 * (rate * r).powi(2) * (1.0 - (rho / n).powi(2));
        assert!((c(&pair[1]) / c(p) - factor).abs() < 1e-13, "at {p}");
    }
}

/// Computed independently (double precision, another language).
#[test]
fn on_the_valley_it_drifts_to_the_flattest_minimum() {
    let end = |rho: f64| {
        let points = walk(Sam::new(slope, 0.02, Radius::new(rho).unwrap()), vector![4.0, 0.3], 5000);
        points[5000]
    };
    assert!((sharpness(&end(0.0)) - 32.068_113_152_2).abs() < 1e-9);
    assert!((sharpness(&end(0.05)) - 8.463_971).abs() < 1e-3);
    assert!((sharpness(&end(0.1)) - 4.061_5).abs() < 1e-2);
    assert!((end(0.5) - vector![0.958_192_174_8, 0.958_192_174_8]).norm() < 1e-9);
}

fn small_network() -> (Objective, DVector<f64>) {
    let network = Network::new(&[4, 5, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &iris().unwrap().standardised(), Loss::CrossEntropy).unwrap();
    let start = network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(11));
    (objective, start)
}

#[test]
fn the_gradient_uphill_is_the_gradient_there_with_the_value_here() {
    let (objective, w) = small_network();
    let uphill = Uphill::new(&objective, Radius::new(0.3).unwrap());
    let (value, gradient) = uphill.value_and_gradient(&w).unwrap();
    assert_eq!(value, objective.value(&w).unwrap());
    assert_eq!(uphill.value(&w).unwrap(), value);
    let g = objective.gradient(&w).unwrap();
    let there = objective.gradient(&(&w + &g * (0.3 / g.norm()))).unwrap();
    assert!((gradient - there).norm() < 1e-14);
    let flat = Uphill::new(&objective, Radius::new(0.0).unwrap());
    assert_eq!(flat.value_and_gradient(&w).unwrap().1, g);
}

/// To first order in the radius, the gradient uphill is `g + ρ H g/‖g‖`.
#[test]
fn for_small_radii_the_difference_is_a_product_with_the_hessian() {
    let (objective, w) = small_network();
    let g = objective.gradient(&w).unwrap();
    let product = objective.hessian_product(&w, &(&g / g.norm())).unwrap();
    let error = |rho: f64| {
        let uphill = Uphill::new(&objective, Radius::new(rho).unwrap());
        let difference = uphill.value_and_gradient(&w).unwrap().1 - &g;
        (difference / rho - &product).norm() / product.norm()
    };
    assert!(error(1e-4) < 1e-3);
    assert!((error(1e-2) / error(1e-3) - 10.0).abs() < 1.0, "the error falls with the radius");
}

#[test]
fn on_batches_both_gradients_are_of_the_same_batch() {
    let (objective, start) = small_network();
    let radius = Radius::new(0.2).unwrap();
    let uphill = Uphill::new(&objective, radius);
    let mut trainer = Trainer::new(start.clone(), Sgd::new(0.1));
    trainer.run_on_batches(&uphill, &mut Batches::new(150, 20, 3).unwrap(), 30).unwrap();

    let (mut w, mut batches) = (start, Batches::new(150, 20, 3).unwrap());
    for _ in 0..30 {
        let batch = objective.batch(batches.draw()).unwrap();
        let (_, g) = batch.value_and_gradient(&w).unwrap();
        let (_, there) = batch.value_and_gradient(&(&w + &g * (0.2 / g.norm()))).unwrap();
        w -= there * 0.1;
    }
    assert!((w - trainer.weights()).norm() < 1e-12);
    assert_eq!((uphill.rows(), uphill.dimension()), (150, 43));
    assert!(uphill.batch(&[150]).is_err());
}
