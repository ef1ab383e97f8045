//! Derivatives against closed forms.

use curvature::derivatives::{
    DerivativeError, Taylor, gradient_by_differences, hessian_by_differences, hessian_by_gradients,
};
use curvature::functions::{bowl, peano, rosenbrock, wave};
use nalgebra::{DVector, Matrix2, Vector2, matrix, vector};
use num_dual::{Dual2DVec64, DualNum};

fn wave_hessian(p: Vector2<f64>) -> Matrix2<f64> {
    let (s, c) = p.y.sin_cos();
    matrix![s, c; c, -s] * p.x.exp()
}

#[test]
fn the_bowl_is_expanded_without_error() {
    for p in [vector![0.3, -0.7], vector![1e6, 3.0], vector![0.0, 0.0]] {
        let taylor = Taylor::about(bowl, &p).unwrap();
        assert_eq!(taylor.gradient, vector![20.0 * p.x, 2.0 * p.y]);
        assert_eq!(taylor.hessian, matrix![20.0, 0.0; 0.0, 2.0]);
    }
}

#[test]
fn the_model_of_a_quadratic_is_the_quadratic() {
    let p = vector![0.5, -2.0];
    let step = vector![1.5, 0.25];
    assert_eq!(Taylor::about(bowl, &p).unwrap().model(&step), bowl(p + step));
}

#[test]
fn exact_hessians_meet_their_closed_forms() {
    let p = vector![0.5, 1.0];
    let error = Taylor::about(wave, &p).unwrap().hessian - wave_hessian(p);
    assert!(error.amax() < 1e-15, "{error}");
    let h = Taylor::about(rosenbrock, &vector![1.0, 1.0]).unwrap().hessian;
    assert_eq!(h, matrix![802.0, -400.0; -400.0, 200.0]);
}

#[test]
fn vectors_of_dynamic_length_work_too() {
    let chain = |x: DVector<Dual2DVec64>| -> Dual2DVec64 {
        (1..x.len()).map(|i| (x[i].clone() - &x[i - 1]).powi(2) * 0.5).sum()
    };
    let h = Taylor::about(chain, &DVector::from_element(4, 0.3)).unwrap().hessian;
    let expected = nalgebra::dmatrix![
        1.0, -1.0, 0.0, 0.0;
        -1.0, 2.0, -1.0, 0.0;
        0.0, -1.0, 2.0, -1.0;
        0.0, 0.0, -1.0, 1.0];
    assert_eq!(h, expected);
}

#[test]
fn central_differences_have_order_two() {
    let p = vector![0.5, 1.0];
    let exact = vector![p.x.exp() * p.y.sin(), p.x.exp() * p.y.cos()];
    let error = |h: f64| (gradient_by_differences(wave, &p, h).unwrap() - exact).amax();
    let ratio = error(1e-2) / error(5e-3);
    assert!((ratio - 4.0).abs() < 0.01, "{ratio}");

    let error = |h: f64| (hessian_by_differences(wave, &p, h).unwrap() - wave_hessian(p)).amax();
    let ratio = error(1e-1) / error(5e-2);
    assert!((ratio - 4.0).abs() < 0.02, "{ratio}");
}

#[test]
fn differences_of_gradients_lose_fewer_digits() {
    let p = vector![0.5, 1.0];
    let gradient = |p: Vector2<f64>| num_dual::gradient(wave, &p).1;
    let best = |values: Vec<f64>| values.into_iter().fold(f64::INFINITY, f64::min);
    let steps = || (4..32).map(|k| 10f64.powf(-0.25 * f64::from(k)));
    let of_values = steps().map(|h| (hessian_by_differences(wave, &p, h).unwrap() - wave_hessian(p)).amax());
    let of_gradients = steps().map(|h| (hessian_by_gradients(gradient, &p, h).unwrap() - wave_hessian(p)).amax());
    assert!(best(of_gradients.collect()) < 1e-10);
    assert!(best(of_values.collect()) > 1e-9);
}

#[test]
fn mixed_partials_of_peano_differ_at_the_origin() {
    let fx = |y: f64| num_dual::gradient(peano, &vector![0.0, y]).1.x;
    let fy = |x: f64| num_dual::gradient(peano, &vector![x, 0.0]).1.y;
    for h in [1e-1, 1e-4, 1e-8] {
        assert!(((fx(h) - fx(-h)) / (2.0 * h) + 1.0).abs() < 1e-15);
        assert!(((fy(h) - fy(-h)) / (2.0 * h) - 1.0).abs() < 1e-15);
    }
    assert_eq!((fx(0.0), fy(0.0), peano(vector![0.0, 0.0])), (0.0, 0.0, 0.0));
    assert_eq!(Taylor::about(peano, &vector![0.0, 0.0]).unwrap().hessian, Matrix2::zeros());
}

#[test]
fn what_has_no_derivative_is_refused() {
    let nothing = |_: DVector<Dual2DVec64>| Dual2DVec64::from(0.0);
    assert_eq!(Taylor::about(nothing, &DVector::zeros(0)), Err(DerivativeError::NoVariables));

    let at = vector![1.0, f64::NAN];
    for error in [
        Taylor::about(bowl, &at).unwrap_err(),
        gradient_by_differences(bowl, &at, 0.1).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "coordinate 1 of the point is NaN");
    }
    let p = vector![1.0, 1.0];
    for h in [0.0, -1e-3, f64::NAN, f64::INFINITY] {
        let error = hessian_by_differences(bowl, &p, h).unwrap_err();
        assert_eq!(error.to_string(), format!("a difference needs a positive, finite step, not {h}"));
    }
    let root = |p: Vector2<num_dual::Dual2SVec64<2>>| p.x.sqrt() + p.y;
    assert_eq!(Taylor::about(root, &vector![0.0, 1.0]), Err(DerivativeError::NotFinite));
    assert_eq!(
        hessian_by_differences(|p: Vector2<f64>| p.x.ln(), &vector![0.0, 1.0], 0.1),
        Err(DerivativeError::NotFinite)
    );
}

#[test]
fn steps_that_rounding_takes_are_refused() {
    let half_square = |x: DVector<f64>| 0.5 * x.norm_squared();
    let lost = |x: f64, h: f64| {
        let at = DVector::from_element(1, x);
        let found = [
            gradient_by_differences(half_square, &at, h).map(|g| g[0]),
            hessian_by_differences(half_square, &at, h).map(|g| g[0]),
            hessian_by_gradients(|x: DVector<f64>| x, &at, h).map(|g| g[0]),
        ];
        found.iter().all(|found| *found == Err(DerivativeError::StepLost { index: 0, value: x, step: h }))
    };
    assert!(lost(1.0, 1e-20) && lost(1.0, 1.2e-16) && lost(1e12, 1e-5) && lost(-1e12, 1e-5));
    let near = hessian_by_gradients(|x: DVector<f64>| x, &DVector::from_element(1, 1e12), 1.0).unwrap();
    assert_eq!(near[0], 1.0);
    assert!(gradient_by_differences(half_square, &DVector::from_element(1, 0.0), 1e-20).is_ok());

    let short = hessian_by_gradients(|_: DVector<f64>| DVector::zeros(1), &DVector::zeros(2), 1e-5).unwrap_err();
    assert_eq!(short, DerivativeError::Dimension { expected: 2, found: 1 });
}
