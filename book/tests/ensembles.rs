//! Random matrices against closed forms: moments, invariance, chances, the semicircle.

use std::f64::consts::{PI, SQRT_2};

use curvature::ensembles::{Ensemble, EnsembleError, Semicircle, Share};
use nalgebra::{DMatrix, Rotation2};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The mean of `values` with its standard error.
fn mean(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.into_iter().collect();
    let m = values.len() as f64;
    let mean = values.iter().sum::<f64>() / m;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (m - 1.0);
    (mean, (variance / m).sqrt())
}

#[test]
fn draws_are_symmetric_with_the_stated_variances() {
    for (ensemble, diagonal) in [
        (Ensemble::goe(4).unwrap(), 2.0),
        (Ensemble::with_diagonal(4, 1.0).unwrap(), 1.0),
        (Ensemble::with_diagonal(4, 0.0).unwrap(), 0.0),
    ] {
        let mut rng = rng(1);
        let draws: Vec<DMatrix<f64>> = (0..20_000).map(|_| ensemble.draw(&mut rng)).collect();
        assert!(draws.iter().all(|a| *a == a.transpose()));
        for (at, variance) in [((0, 0), diagonal), ((3, 3), diagonal), ((0, 1), 1.0), ((2, 3), 1.0)] {
            let (second, error) = mean(draws.iter().map(|a| a[at] * a[at]));
            assert!((second - variance).abs() <= 4.0 * error, "{at:?}: {second} ± {error}");
            let (first, error) = mean(draws.iter().map(|a| a[at]));
            assert!(first.abs() <= 4.0 * error, "{at:?}: {first} ± {error}");
        }
        let (product, error) = mean(draws.iter().map(|a| a[(0, 1)] * a[(2, 3)]));
        assert!(product.abs() <= 4.0 * error);
    }
}

/// Turned by an angle, the entry beside the diagonal is `sin 2t (d − a)/2 + b cos 2t`: of variance
/// `sin² 2t · v/2 + cos² 2t`, which is 1 for every `t` just for `v = 2`.
#[test]
fn only_the_orthogonal_ensemble_keeps_its_law_when_turned() {
    let turn = Rotation2::new(PI / 4.0);
    let turned = |diagonal: f64| {
        let ensemble = Ensemble::with_diagonal(2, diagonal).unwrap();
        let mut rng = rng(2);
        mean((0..40_000).map(|_| {
            let a = ensemble.draw(&mut rng).fixed_view::<2, 2>(0, 0).into_owned();
            (turn.transpose() * a * turn)[(0, 1)].powi(2)
        }))
    };
    for diagonal in [2.0, 1.0, 0.5] {
        let (second, error) = turned(diagonal);
        assert!((second - diagonal / 2.0).abs() < 4.0 * error);
    }
}

#[test]
fn the_chance_of_being_positive_definite_meets_its_closed_forms() {
    let expected = [0.5, (2.0 - SQRT_2) / 4.0, (PI - 2.0 * SQRT_2) / (4.0 * PI)];
    for (i, p) in expected.into_iter().enumerate() {
        let share = Ensemble::goe(i + 1).unwrap().positive_definite(100_000, 3).unwrap();
        assert!(share.deviations(p).abs() < 4.0, "n = {}: {share:?}", i + 1);
    }
    // A zero diagonal has trace 0: never positive definite.
    let hollow = Ensemble::with_diagonal(3, 0.0).unwrap();
    assert_eq!(hollow.positive_definite(1000, 3).unwrap().hits, 0);
}

#[test]
fn a_share_has_the_binomial_standard_error() {
    let share = Share::new(25, 100).unwrap();
    assert_eq!(share.value(), 0.25);
    assert!((share.error() - (0.1875f64 / 100.0).sqrt()).abs() < 1e-15);
    assert!((share.deviations(0.5) + 5.0).abs() < 1e-12);
}

#[test]
fn the_semicircle_has_area_one_and_the_cumulative_share_is_its_integral() {
    let law = Semicircle::new(0.3, 1.7).unwrap();
    let (a, b, steps) = (-1.4f64, 2.0f64, 200_000);
    let width = (b - a) / f64::from(steps);
    let mut area = 0.0;
    for k in 0..steps {
        let x = a + (f64::from(k) + 0.5) * width;
        area += law.density(x) * width;
        if k % 10_000 == 9_999 {
            assert!((law.below(x + 0.5 * width) - area).abs() < 1e-7);
        }
    }
    assert!((area - 1.0).abs() < 1e-7);
    for outside in [-1.5, 2.1, f64::INFINITY] {
        assert_eq!(law.density(outside), 0.0);
    }
    assert_eq!((law.below(-7.0), law.below(7.0)), (0.0, 1.0));
}

/// Catalan numbers are the even moments of the semicircle of radius 2, and the odd ones vanish: E tr(A/√n)^2k / n → C_k.
#[test]
fn large_draws_fill_the_semicircle() {
    let n = 200;
    let a = Ensemble::goe(n).unwrap().draw(&mut rng(4)) / (n as f64).sqrt();
    let values = a.symmetric_eigenvalues();
    for (power, catalan) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 2.0), (6, 5.0)] {
        let moment = values.iter().map(|v| v.powi(power)).sum::<f64>() / n as f64;
        assert!((moment - catalan).abs() < 0.1 * (1.0 + catalan), "{power}: {moment}");
    }
    let law = Semicircle::new(0.0, 2.0).unwrap();
    let mut sorted: Vec<f64> = values.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let worst = sorted
        .iter()
        .enumerate()
        .map(|(k, v)| (law.below(*v) - (k as f64 + 0.5) / n as f64).abs())
        .fold(0.0, f64::max);
    assert!(worst < 0.02, "{worst}");
}

#[test]
fn what_is_no_ensemble_is_refused() {
    assert_eq!(Ensemble::goe(0), Err(EnsembleError::NoRows));
    assert_eq!(Ensemble::with_diagonal(2, -1.0), Err(EnsembleError::Variance(-1.0)));
    assert!(matches!(Ensemble::with_diagonal(2, f64::NAN), Err(EnsembleError::Variance(_))));
    assert_eq!(Share::new(0, 0), Err(EnsembleError::NoDraws));
    let none = Ensemble::goe(2).unwrap().positive_definite(0, 5);
    assert_eq!(none, Err(EnsembleError::NoDraws));
    for (centre, radius) in [(0.0, 0.0), (0.0, -1.0), (0.0, f64::INFINITY), (f64::NAN, 1.0)] {
        let error = Semicircle::new(centre, radius).unwrap_err();
        assert!(matches!(error, EnsembleError::Semicircle { .. }), "{error}");
    }
}
