//! Sharpness against closed forms, bounds and what it must not depend on.

use curvature::data::iris;
use curvature::functions::{bowl, hyperbola};
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::operators::extremes;
use curvature::sam::Radius;
use curvature::sharpness::{
    Adaptive, SharpnessError, filter_normalised, mean_rise, random_direction, sam_rise, slice, worst_rise,
};
use curvature::spectrum::Spectrum;
use curvature::training::{Differentiable, Function, TrainingError};
use nalgebra::{DMatrix, DVector, Vector2, dvector, vector};
use num_dual::{DualNum, DualSVec64};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn radius(length: f64) -> Radius {
    Radius::new(length).unwrap()
}

type Dual = DualSVec64<2>;

fn plane(f: impl Fn(Vector2<Dual>) -> Dual) -> impl Differentiable {
    Function::new(2, move |w: &DVector<f64>| {
        let (value, gradient) = num_dual::gradient(&f, &vector![w[0], w[1]]);
        (value, dvector![gradient.x, gradient.y])
    })
}

/// `½wᵀHw` for a symmetric matrix.
fn quadratic(h: DMatrix<f64>) -> impl Differentiable {
    Function::new(h.nrows(), move |w: &DVector<f64>| {
        let g = &h * w;
        (0.5 * w.dot(&g), g)
    })
}

fn random_symmetric(n: usize, seed: u64) -> DMatrix<f64> {
    let ensemble = curvature::ensembles::Ensemble::goe(n).unwrap();
    ensemble.draw(&mut rng(seed))
}

#[test]
fn the_bowl_rises_by_half_the_largest_eigenvalue_and_half_the_mean_of_all() {
    let f = plane(bowl);
    let origin = dvector![0.0, 0.0];
    let worst = worst_rise(&f, &origin, radius(0.1), 3, &mut rng(1)).unwrap();
    assert!((worst.value - 0.1).abs() < 1e-10);
    assert!((worst.step[0].abs() - 0.1).abs() < 1e-6 && worst.step[1].abs() < 1e-5);
    let mean = mean_rise(&f, &origin, radius(0.1), 10_000, &mut rng(2)).unwrap();
    assert!((mean.value() - 0.055).abs() < 4.0 * mean.standard_error());
    assert!(mean.standard_error() < 1e-3);
}

#[test]
fn the_worst_rise_at_the_minimum_of_a_quadratic_is_half_the_largest_eigenvalue() {
    for seed in 0..20 {
        let n = 2 + seed as usize % 9;
        let g = random_symmetric(n, seed);
        let h = &g * &g;
        let largest = Spectrum::of(&h).unwrap().largest();
        let f = quadratic(h);
        let worst = worst_rise(&f, &DVector::zeros(n), radius(0.3), 2, &mut rng(seed)).unwrap();
        assert!((worst.value / (0.045 * largest) - 1.0).abs() < 1e-8, "{n}");
        assert!(worst.step.norm() <= 0.3 * (1.0 + 1e-12));
    }
}

/// On the sphere of radius ρ about a minimum (xy − 1)² rises most where a scan of all directions says.
#[test]
fn along_the_hyperbola_the_worst_rise_is_that_of_a_scan() {
    let f = plane(hyperbola);
    for (t, expected) in [(1.0, 0.021439), (2.0, 0.043551), (5.0, 0.250899), (10.0, 1.000400)] {
        let at = dvector![t, 1.0 / t];
        let found = worst_rise(&f, &at, radius(0.1), 4, &mut rng(3)).unwrap().value;
        let scan = (0..100_000)
            .map(|k| f64::from(k) * std::f64::consts::TAU / 1e5)
            .map(|a| hyperbola(vector![t + 0.1 * a.cos(), 1.0 / t + 0.1 * a.sin()]))
            .fold(0.0, f64::max);
        assert!((found / scan - 1.0).abs() < 1e-7, "{t}: {found} {scan}");
        assert!((found - expected).abs() < 5e-7);
    }
}

#[test]
fn a_saddle_and_a_slope_rise_too() {
    let linear = Function::new(3, |w: &DVector<f64>| (2.0 * w[0] + w[1] - 2.0 * w[2], dvector![2.0, 1.0, -2.0]));
    let at = dvector![7.0, -3.0, 0.5];
    let worst = worst_rise(&linear, &at, radius(0.2), 1, &mut rng(4)).unwrap();
    assert!((worst.value - 0.6).abs() < 1e-12);
    assert!((sam_rise(&linear, &at, radius(0.2)).unwrap() - 0.6).abs() < 1e-12);

    // Along x² − y² from the origin the worst is ρ², and the mean is zero.
    let saddle = quadratic(DMatrix::from_diagonal(&dvector![2.0, -2.0]));
    let worst = worst_rise(&saddle, &dvector![0.0, 0.0], radius(0.5), 3, &mut rng(5)).unwrap();
    assert!((worst.value - 0.25).abs() < 1e-9);

    // A maximum inside the ball is found there: 1 − ‖w − e‖² about e = (1, 0), from the origin.
    let hill = Function::new(2, |w: &DVector<f64>| {
        let off = w - dvector![1.0, 0.0];
        (1.0 - off.norm_squared(), off * -2.0)
    });
    let worst = worst_rise(&hill, &dvector![0.0, 0.0], radius(3.0), 2, &mut rng(6)).unwrap();
    assert!((worst.value - 1.0).abs() < 1e-6, "{}", worst.value);
}

#[test]
fn no_sample_rises_more_than_the_worst() {
    let f = plane(hyperbola);
    for (seed, t) in [(1, 0.4), (2, 1.0), (3, 3.0)] {
        let at = dvector![t, 1.0 / t];
        let worst = worst_rise(&f, &at, radius(0.2), 5, &mut rng(seed)).unwrap().value;
        let samples = mean_rise(&f, &at, radius(0.2), 1000, &mut rng(seed)).unwrap().samples;
        assert!(samples.iter().all(|rise| *rise <= worst + 1e-12));
    }
}

#[test]
fn the_first_order_rise_is_that_of_a_step_uphill() {
    let f = plane(bowl);
    // At (1, 0) the gradient is (20, 0): 10·1.1² − 10 = 2.1.
    assert!((sam_rise(&f, &dvector![1.0, 0.0], radius(0.1)).unwrap() - 2.1).abs() < 1e-12);
    let flat = sam_rise(&f, &dvector![0.0, 0.0], radius(0.1));
    assert_eq!(flat, Err(SharpnessError::NoSlope));
}

#[test]
fn adaptive_sharpness_is_four_all_along_the_hyperbola() {
    for t in [0.1, 1.0, 2.0, 5.0, 10.0, 1e3] {
        let h = num_dual::hessian(hyperbola, &vector![t, 1.0 / t]).2;
        let h = DMatrix::from_iterator(2, 2, h.iter().copied());
        let adaptive = Adaptive::new(h, &dvector![-t, -1.0 / t]).unwrap();
        let largest = extremes(&adaptive, 1e-10, 10, &mut rng(7)).unwrap().largest.value;
        assert!((largest - 4.0).abs() < 1e-8);
    }
}

/// A network of ReLU units on iris, with the first layer multiplied and the second divided by `a`.
fn relu_network() -> (Network, Objective, DVector<f64>) {
    let network = Network::new(&[4, 6, 3], Activation::Relu).unwrap();
    let data = iris().unwrap().standardised();
    let objective = Objective::new(&network, &data, Loss::CrossEntropy).unwrap();
    let mut w = network.initial(1.5, &mut rng(8));
    w.rows_range_mut(network.layers()[0].biases.clone()).fill(0.1);
    w.rows_range_mut(network.layers()[1].biases.clone()).fill(-0.2);
    (network, objective, w)
}

fn rescaled(network: &Network, w: &DVector<f64>, a: f64) -> DVector<f64> {
    let mut scaled = w.clone();
    let [first, second] = network.layers() else {
        unreachable!()
    };
    for at in [&first.weights, &first.biases] {
        scaled.rows_range_mut(at.clone()).scale_mut(a);
    }
    scaled.rows_range_mut(second.weights.clone()).scale_mut(1.0 / a);
    scaled
}

#[test]
fn normalised_slices_do_not_see_how_layers_share_their_scale() {
    let (network, objective, w) = relu_network();
    let direction = random_direction(&network, &mut rng(9));
    let distances: Vec<f64> = (-10..=10).map(|k| f64::from(k) / 10.0).collect();
    let normalised = |w: &DVector<f64>| {
        let d = filter_normalised(&network, w, &direction).unwrap();
        slice(&objective, w, &d, &distances).unwrap()
    };
    let before = normalised(&w);
    assert_eq!(before[10], (0.0, objective.value(&w).unwrap()));
    for a in [0.25, 4.0, 10.0] {
        let w = rescaled(&network, &w, a);
        for ((_, before), (_, after)) in before.iter().zip(normalised(&w)) {
            assert!((before - after).abs() < 1e-12 * (1.0 + before));
        }
        let raw = slice(&objective, &w, &direction, &distances).unwrap();
        assert!((raw[15].1 / before[15].1 - 1.0).abs() > 0.1);
    }
}

#[test]
fn a_normalised_direction_has_the_length_of_each_units_weights() {
    let (network, _, w) = relu_network();
    let direction = random_direction(&network, &mut rng(10));
    let normalised = filter_normalised(&network, &w, &direction).unwrap();
    for layer in network.layers() {
        assert!(direction.rows_range(layer.biases.clone()).iter().all(|d| *d == 0.0));
        assert!(normalised.rows_range(layer.biases.clone()).iter().all(|d| *d == 0.0));
        for unit in 0..layer.units {
            let at = layer.incoming(unit);
            let (d, v) = (normalised.rows_range(at.clone()), direction.rows_range(at.clone()));
            assert!((d.norm() / w.rows_range(at).norm() - 1.0).abs() < 1e-12);
            assert!((d.dot(&v) / d.norm() / v.norm() - 1.0).abs() < 1e-12);
        }
    }
    let mut holed = direction.clone();
    holed.rows_range_mut(network.layers()[1].incoming(2)).fill(0.0);
    let error = filter_normalised(&network, &w, &holed).unwrap_err();
    assert_eq!(error, SharpnessError::NoDirection { layer: 1, unit: 2 });
    // Where there are no weights, there is nothing to normalise to.
    let none = DVector::zeros(w.len());
    assert_eq!(filter_normalised(&network, &none, &holed).unwrap(), none);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let f = plane(bowl);
    let at = dvector![0.5, 0.5];
    let short = dvector![0.5];
    let r = radius(0.1);
    assert_eq!(worst_rise(&f, &at, r, 0, &mut rng(0)), Err(SharpnessError::None("start")));
    assert_eq!(mean_rise(&f, &at, r, 0, &mut rng(0)), Err(SharpnessError::None("sample")));
    let other = SharpnessError::Function(TrainingError::Dimension { expected: 2, found: 1 });
    assert_eq!(worst_rise(&f, &short, r, 1, &mut rng(0)), Err(other.clone()));
    assert_eq!(mean_rise(&f, &short, r, 1, &mut rng(0)), Err(other.clone()));
    assert_eq!(sam_rise(&f, &short, r), Err(other));
    let dimension = SharpnessError::Dimension { expected: 2, found: 1 };
    assert_eq!(slice(&f, &at, &short, &[0.0]), Err(dimension.clone()));
    assert_eq!(Adaptive::new(DMatrix::identity(2, 2), &short).unwrap_err(), dimension);
    assert!(Radius::new(-0.1).is_err() && Radius::new(f64::NAN).is_err());

    let broken = plane(|p| p.x.ln());
    let outside = SharpnessError::Function(TrainingError::NotFinite);
    assert_eq!(worst_rise(&broken, &dvector![-0.5, 0.0], r, 1, &mut rng(0)), Err(outside.clone()));
    assert_eq!(slice(&broken, &at, &at, &[0.0, -2.0]), Err(outside));
}

#[test]
fn a_radius_of_zero_rises_by_nothing() {
    let f = plane(bowl);
    let at = dvector![0.5, 0.5];
    assert_eq!(worst_rise(&f, &at, radius(0.0), 1, &mut rng(0)).unwrap().value, 0.0);
    assert_eq!(mean_rise(&f, &at, radius(0.0), 3, &mut rng(0)).unwrap().value(), 0.0);
}
