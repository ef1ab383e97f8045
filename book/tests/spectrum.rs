//! Spectra against closed forms, identities and perturbation bounds.

use curvature::functions::{bowl, flat_saddle, monkey_saddle, rosenbrock, saddle, trough};
use curvature::spectrum::{Condition, CriticalPoint, Spectrum, SpectrumError, rayleigh};
use nalgebra::{DMatrix, Matrix2, Matrix3, Vector2, dmatrix, matrix, vector};
use num_dual::Dual2SVec64;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

type Field = fn(Vector2<Dual2SVec64<2>>) -> Dual2SVec64<2>;

fn hessian_at_origin(f: Field) -> Matrix2<f64> {
    num_dual::hessian(f, &vector![0.0, 0.0]).2
}

fn random_symmetric(n: usize, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
    let g = DMatrix::from_fn(n, n, |_, _| rng.sample::<f64, _>(StandardNormal));
    (&g + g.transpose()) * 0.5
}

#[test]
fn two_by_two_spectra_meet_their_closed_forms() {
    let (a, b, d) = (802.0f64, -400.0f64, 200.0f64);
    let half = ((a - d) / 2.0).hypot(b);
    let spectrum = Spectrum::of(&matrix![a, b; b, d]).unwrap();
    assert!((spectrum.largest() / (501.0 + half) - 1.0).abs() < 1e-14);
    assert!((spectrum.smallest() / (a * d - b * b) * spectrum.largest() - 1.0).abs() < 1e-12);
    assert!((spectrum.condition().ratio() - 2508.00960128).abs() < 1e-8);

    let wave = num_dual::hessian(curvature::functions::wave, &vector![0.5, 1.0]).2;
    let spectrum = Spectrum::of(&wave).unwrap();
    assert!((spectrum.largest() - 0.5f64.exp()).abs() < 1e-14);
    assert!((spectrum.smallest() + 0.5f64.exp()).abs() < 1e-14);
}

#[test]
fn the_laplacian_chain_meets_its_closed_form() {
    let n = 100;
    let h = DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => 2.0,
        1 => -1.0,
        _ => 0.0,
    });
    let spectrum = Spectrum::of(&h).unwrap();
    for (i, value) in spectrum.values.iter().enumerate() {
        let angle = (n - i) as f64 * std::f64::consts::PI / (n + 1) as f64;
        assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-13);
    }
    assert!(spectrum.errors(&h).unwrap().worst() < 1e-12);
}

#[test]
fn every_decomposition_holds_together() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..200 {
        let n = rng.random_range(1..12);
        let h = random_symmetric(n, &mut rng);
        let spectrum = Spectrum::of(&h).unwrap();
        assert!(spectrum.errors(&h).unwrap().worst() < 1e-12);
        assert!(spectrum.values.as_slice().is_sorted_by(|a, b| a >= b));
        assert!((spectrum.values.sum() - h.trace()).abs() < 1e-12 * h.norm());
    }
}

#[test]
fn weyl_bounds_every_perturbation() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..1000 {
        let n = rng.random_range(1..8);
        let h = random_symmetric(n, &mut rng);
        let e = random_symmetric(n, &mut rng) * 10f64.powi(rng.random_range(-8..2));
        let moved = Spectrum::of(&(&h + &e)).unwrap().values - Spectrum::of(&h).unwrap().values;
        assert!(moved.amax() <= Spectrum::of(&e).unwrap().norm() + 1e-13 * (h.norm() + e.norm()));
    }
}

#[test]
fn a_repeated_eigenvalue_has_a_projector_but_no_basis() {
    let h = Matrix3::from_diagonal(&vector![3.0, 3.0, 1.0]);
    let turn = nalgebra::Rotation3::from_euler_angles(0.3, -1.1, 0.7);
    let there = Spectrum::of(&(turn * h * turn.transpose())).unwrap().projector(0..2);
    let back = turn.transpose() * there * turn;
    let here = Spectrum::of(&h).unwrap().projector(0..2);
    assert!((back - here).norm() < 1e-12);
}

#[test]
fn the_rayleigh_quotient_of_the_bowl_is_eleven_plus_nine_cos_two_t() {
    let h = hessian_at_origin(bowl);
    for k in 0..360 {
        let t = f64::from(k).to_radians();
        let curvature = rayleigh(&h, &vector![7.0 * t.cos(), 7.0 * t.sin()]).unwrap();
        assert!((curvature - (11.0 + 9.0 * (2.0 * t).cos())).abs() < 1e-13);
    }
}

#[test]
fn condition_numbers() {
    let condition = |h: Matrix2<f64>| Spectrum::of(&h).unwrap().condition();
    assert_eq!(condition(matrix![20.0, 0.0; 0.0, 2.0]), Condition::Regular(10.0));
    assert_eq!(condition(matrix![2.0, 0.0; 0.0, -2.0]), Condition::Regular(1.0));
    assert_eq!(condition(matrix![2.0, 0.0; 0.0, 0.0]), Condition::Singular);
    assert_eq!(condition(matrix![1.0, 1.0; 1.0, 1.0]), Condition::Singular);
    assert_eq!(condition(Matrix2::zeros()).ratio(), f64::INFINITY);
}

#[test]
fn critical_points_are_classified_or_left_undecided() {
    let verdict = |h: Matrix2<f64>| Spectrum::of(&h).unwrap().signature(1e-9).verdict();
    assert_eq!(verdict(hessian_at_origin(bowl)), CriticalPoint::Minimum);
    assert_eq!(verdict(-hessian_at_origin(bowl)), CriticalPoint::Maximum);
    assert_eq!(verdict(hessian_at_origin(saddle)), CriticalPoint::Saddle);
    for f in [trough, flat_saddle, monkey_saddle] as [Field; 3] {
        assert_eq!(verdict(hessian_at_origin(f)), CriticalPoint::Undecided);
        assert_eq!(verdict(-hessian_at_origin(f)), CriticalPoint::Undecided);
    }
    assert_eq!(verdict(num_dual::hessian(rosenbrock, &vector![1.0, 1.0]).2), CriticalPoint::Minimum);

    let mixed = Spectrum::of(&Matrix3::from_diagonal(&vector![1.0, 0.0, -1.0])).unwrap().signature(0.0);
    assert_eq!((mixed.positive, mixed.undecided, mixed.negative), (1, 1, 1));
    assert_eq!(mixed.verdict(), CriticalPoint::Saddle);
}

#[test]
fn the_scale_of_the_function_does_not_change_the_verdict() {
    for scale in [1e-200, 1e-12, 1.0, 1e12, 1e200] {
        let spectrum = Spectrum::of(&(matrix![20.0, 0.0; 0.0, 2.0] * scale)).unwrap();
        assert_eq!(spectrum.signature(1e-9).verdict(), CriticalPoint::Minimum);
    }
}

#[test]
fn what_has_no_spectrum_is_refused() {
    let message = |h: DMatrix<f64>| Spectrum::of(&h).unwrap_err().to_string();
    assert_eq!(message(DMatrix::zeros(0, 0)), "an empty matrix has no spectrum");
    assert_eq!(message(DMatrix::zeros(2, 3)), "a matrix of 2 rows and 3 columns has no eigenvalues");
    assert_eq!(message(dmatrix![1.0, f64::NAN; f64::NAN, 1.0]), "entry (0, 1) is NaN");
    assert_eq!(message(dmatrix![1.0, 0.5; 0.25, 1.0]), "entries (1, 0) and (0, 1) differ by 0.25");

    let h = Matrix2::identity();
    assert_eq!(rayleigh(&h, &vector![0.0, 0.0]), Err(SpectrumError::NoDirection(0.0)));
    assert_eq!(rayleigh(&h, &vector![1.0]), Err(SpectrumError::Dimension { expected: 2, found: 1 }));
    let other = Spectrum::of(&Matrix3::identity()).unwrap().errors(&h);
    assert_eq!(other, Err(SpectrumError::Dimension { expected: 3, found: 2 }));
}

#[test]
fn matrices_of_any_unit_have_their_spectrum() {
    let h = dmatrix![2.0, 1.0, 0.0; 1.0, 3.0, -1.0; 0.0, -1.0, 1.5];
    let plain = Spectrum::of(&h).unwrap();
    let v = vector![1.0, 2.0, -1.0];
    let quotient = rayleigh(&h, &v).unwrap();
    for exponent in [-1018, -700, -400, 400, 700, 1020] {
        let unit = 2f64.powi(exponent);
        let spectrum = Spectrum::of(&(&h * unit)).unwrap();
        assert!((&spectrum.values / unit - &plain.values).amax() < 1e-9, "{exponent}");
        assert!((spectrum.projector(0..1) - plain.projector(0..1)).amax() < 1e-9);
        assert!(spectrum.errors(&(&h * unit)).unwrap().worst() < 1e-9);
        // A wrong decomposition is as wrong in any unit.
        assert!(spectrum.errors(&(&h * (1.5 * unit))).unwrap().worst() > 0.1);
        assert!((rayleigh(&(&h * unit), &v).unwrap() / unit - quotient).abs() < 1e-9);
        assert!((rayleigh(&h, &(v * unit)).unwrap() - quotient).abs() < 1e-9);
    }
    assert_eq!(Spectrum::of(&DMatrix::repeat(2, 2, 1e308)), Err(SpectrumError::TooLarge));
    assert!((Spectrum::of(&dmatrix![1e308, 0.0; 0.0, 1.7e308]).unwrap().largest() - 1.7e308).abs() < 1e294);
}

#[test]
fn what_is_not_a_number_is_the_worst_error_and_decides_nothing() {
    let errors = curvature::spectrum::DecompositionErrors {
        reconstruction: f64::NAN,
        orthogonality: 1.0,
        residual: 2.0,
    };
    assert!(errors.worst().is_nan());
    let broken = Spectrum {
        values: nalgebra::dvector![f64::NAN, 1.0],
        vectors: DMatrix::identity(2, 2),
    };
    assert!(broken.errors(&DMatrix::identity(2, 2)).unwrap().worst().is_nan());
    let signature = Spectrum::of(&dmatrix![1.0, 0.0; 0.0, -1.0]).unwrap().signature(f64::NAN);
    assert_eq!(signature.undecided, 2);
}

#[test]
fn the_best_step_is_that_of_the_bowl_and_there_is_none_without_a_minimum() {
    let step = |a: f64, b: f64| Spectrum::of(&Matrix2::new(a, 0.0, 0.0, b)).unwrap().best_step();
    let (eta, rho) = step(20.0, 2.0).unwrap();
    assert!((eta - 1.0 / 11.0).abs() < 1e-16 && (rho - 9.0 / 11.0).abs() < 1e-16);
    for (a, b) in [(2.0, -2.0), (2.0, 0.0), (-1.0, -3.0), (1.0, 1e-17)] {
        assert_eq!(step(a, b), None);
    }
}
