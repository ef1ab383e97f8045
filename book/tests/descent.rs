//! Descent on the bowl against what its eigenvalues predict.

use curvature::descent::{
    ExactLineSearch, GradientDescent, HeavyBall, Method, Nesterov, Newton, NotConverged, Path, Reason, descend,
};
use curvature::functions::{bowl, rosenbrock, saddle};
use nalgebra::{Const, Matrix2, Vector2, vector};

type Run = Result<Path<Const<2>>, NotConverged<Const<2>>>;

fn gradient(p: &Vector2<f64>) -> Vector2<f64> {
    num_dual::gradient(bowl, p).1
}

fn derivatives(p: &Vector2<f64>) -> (Vector2<f64>, Matrix2<f64>) {
    let (_, g, h) = num_dual::hessian(bowl, p);
    (g, h)
}

fn to_a_millionth(method: impl Method<Const<2>>, limit: usize) -> Run {
    let start = vector![1.0, 1.0];
    descend(method, start, move |p| p.norm() < 1e-6 * start.norm(), limit)
}

#[test]
fn step_counts_of_gradient_descent() {
    for (rate, steps) in [(0.01, 667), (0.05, 128), (1.0 / 11.0, 69), (0.0999, 6728)] {
        let path = to_a_millionth(GradientDescent::new(gradient, rate), 10_000).unwrap();
        assert_eq!(path.steps(), steps, "rate {rate}");
    }
}

#[test]
fn each_step_multiplies_the_coordinates_by_their_factors() {
    let rate = 0.07;
    let path = to_a_millionth(GradientDescent::new(gradient, rate), 1000).unwrap();
    for (k, p) in path.points.iter().enumerate() {
        let k = i32::try_from(k).unwrap();
        assert!((p.x - (1.0 - 20.0 * rate).powi(k)).abs() < 1e-14);
        assert!((p.y - (1.0 - 2.0 * rate).powi(k)).abs() < 1e-14);
    }
}

#[test]
fn at_the_limit_it_flips_for_ever_and_above_it_diverges() {
    let flips = to_a_millionth(GradientDescent::new(gradient, 0.1), 1000).unwrap_err();
    assert_eq!(flips.reason, Reason::Limit);
    assert!(flips.path.points.iter().all(|p| p.x.abs() == 1.0));
    assert_eq!(flips.to_string(), "not converged after 1000 steps: the limit is reached");

    let grows = to_a_millionth(GradientDescent::new(gradient, 0.101), 100_000).unwrap_err();
    assert_eq!(grows.reason, Reason::NotFinite);
    assert_eq!(grows.path.points.iter().position(|p| p.norm() > 1e6), Some(698));
}

#[test]
fn exact_line_search_meets_kantorovich_with_equality() {
    let start = vector![1.0, 10.0];
    let path = descend(ExactLineSearch::new(derivatives), start, |p| bowl(*p) < 1e-12, 1000).unwrap();
    for pair in path.points.windows(2) {
        assert!((bowl(pair[1]) / bowl(pair[0]) - 81.0 / 121.0).abs() < 1e-12);
        let rate = (pair[0] - pair[1]).norm() / gradient(&pair[0]).norm();
        assert!((rate - 1.0 / 11.0).abs() < 1e-12);
    }
}

#[test]
fn step_counts_with_momentum() {
    let (large, small) = (20f64.sqrt(), 2f64.sqrt());
    let (rate, momentum) = (4.0 / (large + small).powi(2), ((large - small) / (large + small)).powi(2));
    assert!((rate - 0.115443078510).abs() < 1e-12 && (momentum - 0.269873863612).abs() < 1e-12);
    assert_eq!(to_a_millionth(HeavyBall::new(gradient, rate, momentum), 1000).unwrap().steps(), 27);
    assert_eq!(to_a_millionth(Nesterov::new(gradient, 0.05, 0.5195), 1000).unwrap().steps(), 43);
}

#[test]
fn heavy_ball_is_stable_up_to_two_times_one_plus_momentum_over_the_largest_eigenvalue() {
    assert!(to_a_millionth(HeavyBall::new(gradient, 0.1899, 0.9), 100_000).is_ok());
    let beyond = to_a_millionth(HeavyBall::new(gradient, 0.1901, 0.9), 1_000_000).unwrap_err();
    assert_eq!(beyond.reason, Reason::NotFinite);
}

#[test]
fn newton_takes_one_step_on_a_quadratic_and_goes_to_saddles_too() {
    assert_eq!(to_a_millionth(Newton::new(derivatives), 10).unwrap().steps(), 1);
    let of_saddle = |p: &Vector2<f64>| {
        let (_, g, h) = num_dual::hessian(saddle, p);
        (g, h)
    };
    assert_eq!(to_a_millionth(Newton::new(of_saddle), 10).unwrap().end(), &vector![0.0, 0.0]);
}

#[test]
fn newton_on_rosenbrock_is_not_monotone() {
    let derivatives = |p: &Vector2<f64>| {
        let (_, g, h) = num_dual::hessian(rosenbrock, p);
        (g, h)
    };
    let target = vector![1.0, 1.0];
    let path = descend(Newton::new(derivatives), vector![-1.2, 1.0], |p| (p - target).norm() < 1e-3, 50).unwrap();
    assert_eq!(path.steps(), 5);
    assert!(path.distances(&target)[5] < 1e-3);
    let values: Vec<f64> = path.points[1..].iter().map(|p| rosenbrock(*p)).collect();
    for (value, expected) in values.iter().zip([4.7319, 1411.8, 0.055966, 0.31319, 1.85e-11]) {
        assert!((value / expected - 1.0).abs() < 2e-3, "{value} for {expected}");
    }
}

#[test]
fn scaling_the_function_and_unscaling_the_step_changes_nothing() {
    let steeper = |p: &Vector2<f64>| gradient(p) * 100.0;
    let here = to_a_millionth(GradientDescent::new(gradient, 0.09), 1000).unwrap();
    let there = to_a_millionth(GradientDescent::new(steeper, 0.0009), 1000).unwrap();
    assert_eq!(here.steps(), there.steps());
    for (a, b) in here.points.iter().zip(&there.points) {
        assert!((a - b).norm() <= 1e-13 * a.norm());
    }
}

#[test]
fn a_step_that_is_not_defined_says_so() {
    let flat = |_: &Vector2<f64>| (vector![1.0, 0.0], Matrix2::zeros());
    assert_eq!(to_a_millionth(Newton::new(flat), 10).unwrap_err().reason, Reason::SingularHessian);
    assert_eq!(to_a_millionth(ExactLineSearch::new(flat), 10).unwrap_err().reason, Reason::NoMinimumAlongLine);
}

#[test]
fn steps_and_gradients_that_are_none_are_refused() {
    let reason = |method: &mut dyn Method<nalgebra::Dyn>| method.step(&nalgebra::DVector::repeat(2, 1.0)).unwrap_err();
    let gradient = |x: &nalgebra::DVector<f64>| x.clone();
    let short = |_: &nalgebra::DVector<f64>| nalgebra::DVector::zeros(1);
    for rate in [-0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(reason(&mut GradientDescent::new(gradient, rate)), Reason::Rate);
        assert_eq!(reason(&mut HeavyBall::new(gradient, rate, 0.5)), Reason::Rate);
        assert_eq!(reason(&mut Nesterov::new(gradient, rate, 0.5)), Reason::Rate);
        let radius = curvature::sam::Radius::new(0.1).unwrap();
        assert_eq!(reason(&mut curvature::sam::Sam::new(gradient, rate, radius)), Reason::Rate);
    }
    let wrong = Reason::Dimension { expected: 2, found: 1 };
    assert_eq!(reason(&mut GradientDescent::new(short, 0.1)), wrong);
    assert_eq!(reason(&mut HeavyBall::new(short, 0.1, 0.5)), wrong);
    assert_eq!(reason(&mut Nesterov::new(short, 0.1, 0.5)), wrong);
    assert_eq!(reason(&mut curvature::optimisers::Adam::new(short, 0.1).unwrap()), wrong);
}

#[test]
fn newtons_method_sees_a_hessian_that_is_singular_but_for_rounding() {
    // The rows are multiples of each other; rounding leaves a pivot of about 1e-17.
    let h = Matrix2::new(0.1, 0.3, 0.3, 0.9);
    let mut newton = Newton::new(move |_: &Vector2<f64>| (vector![1.0, 1.0], h));
    assert_eq!(newton.step(&vector![1.0, 1.0]).unwrap_err(), Reason::SingularHessian);
}
