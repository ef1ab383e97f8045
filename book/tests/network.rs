//! Losses of networks against dual numbers, differences and definitions.

use curvature::data::{Dataset, iris};
use curvature::network::{Activation, Loss, Network, NetworkError, Objective};
use curvature::spectrum::Spectrum;
use curvature::training::{Sampled, TrainingError};
use nalgebra::{DMatrix, DVector};
use num_dual::DualNum;
use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

/// The definition, number by number: what the matrix code has to agree with.
fn loss<D: DualNum<Primitive = f64>>(objective: &Objective, kind: Loss, w: &[D]) -> D {
    let network = objective.network();
    let mut total = D::from(0.0);
    for (row, &label) in objective.inputs().row_iter().zip(objective.labels()) {
        let mut values: Vec<D> = row.iter().map(|&x| D::from(x)).collect();
        for (k, layer) in network.layers().iter().enumerate() {
            let unit = |u: usize| {
                let weights = layer.incoming(u).zip(&values);
                weights.fold(w[layer.biases.start + u].clone(), |z, (i, a)| z + w[i].clone() * a)
            };
            let z: Vec<D> = (0..layer.units).map(unit).collect();
            let last = k + 1 == network.layers().len();
            let activate = |z: D| match network.activation() {
                _ if last => z,
                Activation::Tanh => z.tanh(),
                Activation::Relu if z.re() > 0.0 => z,
                Activation::Relu => D::from(0.0),
                Activation::Identity => z,
                Activation::Sigmoid => ((-z).exp() + 1.0).recip(),
                Activation::Softplus => (z.exp() + 1.0).ln(),
            };
            values = z.into_iter().map(activate).collect();
        }
        total += match kind {
            Loss::CrossEntropy => {
                let sum = values.iter().fold(D::from(0.0), |sum, z| sum + z.exp());
                sum.ln() - &values[label]
            }
            Loss::Squared => {
                let unit = |c: usize| f64::from(u8::from(c == label));
                let squares = values.iter().enumerate().map(|(c, z)| (z.clone() - unit(c)).powi(2));
                squares.fold(D::from(0.0), |sum, square| sum + square) * 0.5
            }
        };
    }
    let penalty = w.iter().fold(D::from(0.0), |sum, w| sum + w.clone() * w);
    total / objective.inputs().nrows() as f64 + penalty * (0.5 * objective.l2())
}

fn random(n: usize, rng: &mut ChaCha8Rng) -> DVector<f64> {
    DVector::from_fn(n, |_, _| rng.sample::<f64, _>(StandardNormal))
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

fn objective(widths: &[usize], activation: Activation, kind: Loss, rng: &mut ChaCha8Rng) -> Objective {
    let network = Network::new(widths, activation).unwrap();
    let rows = 7;
    let inputs = DMatrix::from_fn(rows, widths[0], |_, _| rng.sample::<f64, _>(StandardNormal));
    let classes = network.outputs();
    let labels = (0..rows).map(|_| rng.random_range(0..classes)).collect();
    let data = Dataset::new(inputs, labels, classes).unwrap();
    Objective::new(&network, &data, kind).unwrap().with_l2(0.03).unwrap()
}

#[test]
fn value_gradient_and_hessian_agree_with_dual_numbers() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for widths in [&[3, 2][..], &[2, 3, 3], &[2, 3, 2, 2]] {
        for activation in [
            Activation::Tanh,
            Activation::Relu,
            Activation::Identity,
            Activation::Sigmoid,
            Activation::Softplus,
        ] {
            for kind in [Loss::CrossEntropy, Loss::Squared] {
                let objective = objective(widths, activation, kind, &mut rng);
                let w = random(objective.network().parameters(), &mut rng);
                let (value, gradient, hessian) = num_dual::hessian(|w| loss(&objective, kind, w.as_slice()), &w);
                let at = objective.at(&w).unwrap();
                for value_there in [
                    objective.value(&w).unwrap(),
                    at.value(),
                    objective.value_and_gradient(&w).unwrap().0,
                ] {
                    assert!(close(value_there, value, 1e-13));
                }
                assert!((at.gradient() - &gradient).amax() < 1e-13);
                assert!((objective.gradient(&w).unwrap() - &gradient).amax() < 1e-13);
                assert!((at.hessian() - &hessian).amax() < 1e-12, "{widths:?} {activation:?} {kind:?}");
                let v = random(w.len(), &mut rng);
                let product = objective.hessian_product(&w, &v).unwrap();
                assert!((product - &hessian * &v).norm() <= 1e-12 * (&hessian * &v).norm());
            }
        }
    }
}

/// Layers of more than five units take another way through nalgebra.
#[test]
fn wide_layers_agree_with_dual_numbers_too() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let objective = objective(&[6, 8, 7, 6], Activation::Tanh, Loss::CrossEntropy, &mut rng);
    let n = objective.network().parameters();
    let (w, v) = (random(n, &mut rng), random(n, &mut rng));
    let along = |t: num_dual::Dual2_64| {
        let w: Vec<_> = w.iter().zip(&v).map(|(&w, &v)| t * v + w).collect();
        loss(&objective, Loss::CrossEntropy, &w)
    };
    let (value, slope, curvature) = num_dual::second_derivative(along, 0.0);
    let at = objective.at(&w).unwrap();
    assert!(close(at.value(), value, 1e-13));
    assert!(close(at.gradient().dot(&v), slope, 1e-13));
    assert!(close(v.dot(&at.hessian_product(&v).unwrap()), curvature, 1e-12));
}

#[test]
fn the_gauss_newton_matrix_is_the_sum_of_jacobian_curvature_jacobian() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for kind in [Loss::CrossEntropy, Loss::Squared] {
        let objective = objective(&[2, 6, 3, 3], Activation::Tanh, kind, &mut rng);
        let network = objective.network();
        let (n, c) = (network.parameters(), network.outputs());
        let w = random(n, &mut rng);
        let outputs = network.outputs_for(&w, objective.inputs()).unwrap();
        let mut defined = DMatrix::identity(n, n) * objective.l2();
        for row in 0..7 {
            let x = objective.inputs().rows(row, 1).into_owned();
            // The Jacobian by central differences of the outputs: right to about 1e-9.
            let mut jacobian = DMatrix::zeros(c, n);
            for i in 0..n {
                let moved = |h: f64| {
                    let mut w = w.clone();
                    w[i] += h;
                    network.outputs_for(&w, &x).unwrap().transpose().column(0).into_owned()
                };
                jacobian.set_column(i, &((moved(1e-5) - moved(-1e-5)) / 2e-5));
            }
            let curvature = match kind {
                Loss::Squared => DMatrix::identity(c, c),
                Loss::CrossEntropy => {
                    let exponentials = outputs.row(row).map(f64::exp).transpose();
                    let p = &exponentials / exponentials.sum();
                    DMatrix::from_diagonal(&p) - &p * p.transpose()
                }
            };
            defined += jacobian.transpose() * curvature * jacobian / 7.0;
        }
        let at = objective.at(&w).unwrap();
        assert!((at.gauss_newton() - &defined).amax() < 1e-8);
        let v = random(n, &mut rng);
        let product = objective.gauss_newton_product(&w, &v).unwrap();
        assert!((product - &defined * &v).amax() < 1e-7);
        let least = Spectrum::of(&at.gauss_newton()).unwrap().smallest();
        assert!(least > objective.l2() - 1e-14);
    }
}

#[test]
fn without_hidden_layers_the_gauss_newton_matrix_is_the_hessian() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let objective = objective(&[4, 3], Activation::Tanh, Loss::CrossEntropy, &mut rng);
    let w = random(15, &mut rng);
    let at = objective.at(&w).unwrap();
    assert!((at.hessian() - at.gauss_newton()).amax() < 1e-16);
}

#[test]
fn softmax_regression_at_zero_has_the_closed_form_of_a_kronecker_product() {
    let data = iris().unwrap().standardised();
    let network = Network::new(&[4, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &data, Loss::CrossEntropy).unwrap();
    let w = DVector::zeros(15);
    assert!((objective.value(&w).unwrap() - 3f64.ln()).abs() < 1e-13);
    let spectrum = Spectrum::of(&objective.hessian(&w).unwrap()).unwrap();
    let expected = [
        0.972832605511, 0.333333333333, 0.304676823823, 0.048918958524, 0.006904945476,
    ];
    for (k, value) in expected.iter().flat_map(|value| [value, value]).enumerate() {
        assert!((spectrum.values[k] - value).abs() < 1e-12, "{} {value}", spectrum.values[k]);
    }
    assert!(spectrum.values.iter().skip(10).all(|value| value.abs() < 1e-15));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn products_are_symmetric_and_agree_with_differences_of_gradients(seed in any::<u64>(), hidden in 1usize..9) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let objective = objective(&[3, hidden, 3], Activation::Tanh, Loss::CrossEntropy, &mut rng);
        let n = objective.network().parameters();
        let (w, v, u) = (random(n, &mut rng), random(n, &mut rng), random(n, &mut rng));
        let at = objective.at(&w).unwrap();
        let (hv, hu) = (at.hessian_product(&v).unwrap(), at.hessian_product(&u).unwrap());
        prop_assert!(close(u.dot(&hv), v.dot(&hu), 1e-12));
        let h = 1e-5;
        let difference = (objective.gradient(&(&w + &v * h)).unwrap() - objective.gradient(&(&w - &v * h)).unwrap()) / (2.0 * h);
        prop_assert!((difference - hv).norm() < 1e-6);
        prop_assert!(v.dot(&at.gauss_newton_product(&v).unwrap()) >= 0.03 * v.norm_squared() - 1e-13);
    }

    #[test]
    fn whole_matrices_do_what_products_do(seed in any::<u64>(), hidden in 1usize..9, second in 1usize..9) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let objective = objective(&[3, hidden, second, 4, 3], Activation::Tanh, Loss::CrossEntropy, &mut rng);
        let n = objective.network().parameters();
        let (w, v) = (random(n, &mut rng), random(n, &mut rng));
        let at = objective.at(&w).unwrap();
        prop_assert!((at.hessian() * &v - at.hessian_product(&v).unwrap()).amax() < 1e-13);
        prop_assert!((at.gauss_newton() * &v - at.gauss_newton_product(&v).unwrap()).amax() < 1e-13);
    }

    #[test]
    fn a_mean_over_all_batches_of_one_size_is_the_whole(seed in any::<u64>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let objective = objective(&[3, 4, 2], Activation::Relu, Loss::Squared, &mut rng);
        let w = random(objective.network().parameters(), &mut rng);
        let singles = (0..7).map(|row| objective.batch(&[row]).unwrap());
        let (mut value, mut gradient) = (0.0, DVector::zeros(w.len()));
        for single in singles {
            let (v, g) = single.value_and_gradient(&w).unwrap();
            value += v / 7.0;
            gradient += g / 7.0;
        }
        prop_assert!(close(value, objective.value(&w).unwrap(), 1e-13));
        prop_assert!((gradient - objective.gradient(&w).unwrap()).amax() < 1e-13);
    }
}

#[test]
fn large_outputs_do_not_overflow_and_infinite_ones_are_refused() {
    let network = Network::new(&[1, 2], Activation::Tanh).unwrap();
    let data = Dataset::new(DMatrix::from_element(1, 1, 1.0), vec![0], 2).unwrap();
    let objective = Objective::new(&network, &data, Loss::CrossEntropy).unwrap();
    let at = |w: [f64; 4]| objective.value(&DVector::from_row_slice(&w));
    assert_eq!(at([-2000.0, 2000.0, 0.0, 0.0]), Ok(4000.0));
    assert_eq!(at([2000.0, -2000.0, 0.0, 0.0]), Ok(0.0));
    assert_eq!(at([f64::MAX, -f64::MAX, f64::MAX, 0.0]), Err(TrainingError::NotFinite));
    assert_eq!(at([f64::NAN, 0.0, 0.0, 0.0]), Err(TrainingError::NotFinite));
}

#[test]
fn layout_initial_weights_and_predictions() {
    let network = Network::new(&[4, 16, 3], Activation::Tanh).unwrap();
    assert_eq!(network.parameters(), 131);
    let [hidden, output] = network.layers() else { panic!() };
    assert_eq!((hidden.weights.clone(), hidden.biases.clone()), (0..64, 64..80));
    assert_eq!((output.weights.clone(), output.biases.clone()), (80..128, 128..131));
    assert_eq!((hidden.incoming(1), output.incoming(2)), (4..8, 112..128));

    let wide = Network::new(&[100, 400, 2], Activation::Relu).unwrap();
    let w = wide.initial(2.0, &mut ChaCha8Rng::seed_from_u64(4));
    let [first, second] = wide.layers() else { panic!() };
    assert_eq!(w.rows_range(first.biases.clone()).amax(), 0.0);
    let variance = w.rows_range(first.weights.clone()).norm_squared() / 40_000.0;
    // The relative standard error of a variance from 40,000 normal numbers is √(2/40,000) = 0.007.
    assert!((variance / (4.0 / 100.0) - 1.0).abs() < 0.035, "{variance}");
    assert!(w.rows_range(second.weights.clone()).norm() > 0.0);

    // Outputs that copy the three inputs choose the largest.
    let copy = Network::new(&[3, 3], Activation::Tanh).unwrap();
    let mut w = DVector::zeros(12);
    [0, 4, 8].iter().for_each(|&k| w[k] = 1.0);
    let inputs = DMatrix::from_row_slice(3, 3, &[5.0, 1.0, 2.0, 0.0, 1.0, 0.5, -3.0, -2.0, -1.0]);
    let data = Dataset::new(inputs, vec![0, 1, 0], 3).unwrap();
    let objective = Objective::new(&copy, &data, Loss::Squared).unwrap();
    assert_eq!(objective.predictions(&w).unwrap(), [0, 1, 2]);
    assert_eq!(objective.correct(&w).unwrap(), 2);
    assert_eq!(objective.accuracy(&w).unwrap(), 2.0 / 3.0);
}

#[test]
fn what_does_not_fit_is_refused() {
    assert!(matches!(Network::new(&[4], Activation::Tanh), Err(NetworkError::Layers(_))));
    assert!(matches!(Network::new(&[4, 0, 3], Activation::Tanh), Err(NetworkError::Layers(_))));
    let network = Network::new(&[4, 5, 3], Activation::Tanh).unwrap();
    let data = iris().unwrap();
    let other = Network::new(&[5, 3], Activation::Tanh).unwrap();
    assert!(matches!(
        Objective::new(&other, &data, Loss::Squared),
        Err(NetworkError::Inputs { expected: 5, found: 4 })
    ));
    let other = Network::new(&[4, 2], Activation::Tanh).unwrap();
    assert!(matches!(
        Objective::new(&other, &data, Loss::Squared),
        Err(NetworkError::Outputs { expected: 2, found: 3 })
    ));
    let objective = Objective::new(&network, &data, Loss::Squared).unwrap();
    assert!(matches!(objective.clone().with_l2(-1.0), Err(NetworkError::Penalty(_))));
    let mut broken = data.clone();
    broken.labels[3] = 9;
    assert!(matches!(objective.on(&broken), Err(NetworkError::Data(_))));

    let w = DVector::zeros(43);
    let short = DVector::zeros(42);
    let dimension = TrainingError::Dimension { expected: 43, found: 42 };
    assert_eq!(objective.value(&short).unwrap_err(), dimension);
    assert_eq!(objective.gradient(&short).unwrap_err(), dimension);
    assert_eq!(objective.hessian_product(&w, &short).unwrap_err(), dimension);
    assert_eq!(objective.gauss_newton_product(&w, &short).unwrap_err(), dimension);
    assert_eq!(Sampled::batch(&objective, &[0, 150]).err().unwrap(), TrainingError::NoRow { row: 150, rows: 150 });
    assert!(objective.batch(&[]).is_err());
}

#[test]
fn outputs_and_losses_beyond_the_finite_numbers_are_errors_everywhere() {
    let mut rng = ChaCha8Rng::seed_from_u64(31);
    for loss in [Loss::CrossEntropy, Loss::Squared] {
        let objective = objective(&[3, 4, 3], Activation::Identity, loss, &mut rng);
        let huge = random(objective.network().parameters(), &mut rng) * 1e200;
        let v = random(huge.len(), &mut rng);
        let gone = TrainingError::NotFinite;
        assert_eq!(objective.predictions(&huge).unwrap_err(), gone);
        assert_eq!(objective.accuracy(&huge).unwrap_err(), gone);
        assert_eq!(objective.value(&huge).unwrap_err(), gone);
        assert_eq!(objective.value_and_gradient(&huge).unwrap_err(), gone);
        assert_eq!(objective.at(&huge).unwrap_err(), gone);
        assert_eq!(objective.hessian_product(&huge, &v).unwrap_err(), gone);
        let w = random(huge.len(), &mut rng);
        assert_eq!(objective.hessian_product(&w, &(v * 1e308)).unwrap_err(), gone);
    }
    // Weights whose squares overflow: with a penalty the value is not finite, without one it is what the data say.
    let linear = objective(&[1, 2], Activation::Identity, Loss::CrossEntropy, &mut rng).with_l2(0.0).unwrap();
    let far = DVector::repeat(4, 1e160);
    let value = linear.value(&far).unwrap();
    assert!(value.is_finite());
    let penalised = linear.clone().with_l2(1e-3).unwrap();
    assert_eq!(penalised.value(&far).unwrap_err(), TrainingError::NotFinite);
    assert_eq!(penalised.at(&far).unwrap_err(), TrainingError::NotFinite);
    let sum = Network::new(&[usize::MAX, 2], Activation::Tanh);
    assert!(matches!(sum, Err(NetworkError::Layers(_))));
}

#[test]
fn the_squared_loss_of_small_residuals_keeps_its_digits() {
    let network = Network::new(&[1, 2], Activation::Identity).unwrap();
    let data = Dataset::new(DMatrix::repeat(1, 1, 1.0), vec![0], 2).unwrap();
    let objective = Objective::new(&network, &data, Loss::Squared).unwrap();
    for exponent in 1..=50 {
        let residual = 0.5f64.powi(exponent);
        let w = DVector::from_vec(vec![1.0 - residual, residual, 0.0, 0.0]);
        assert_eq!(objective.value(&w).unwrap(), residual * residual);
    }
}

#[test]
fn the_smooth_ramp_and_the_step_go_to_their_limits_without_overflow() {
    let w = DVector::from_vec(vec![1.0, 0.0, 1.0, 0.0]);
    let value = |activation: Activation, z: f64| {
        let network = Network::new(&[1, 1, 1], activation).unwrap();
        network.outputs_for(&w, &DMatrix::repeat(1, 1, z)).unwrap()[0]
    };
    assert_eq!(value(Activation::Softplus, 1000.0), 1000.0);
    assert_eq!(value(Activation::Softplus, -1000.0), 0.0);
    assert_eq!(value(Activation::Softplus, -40.0), (-40f64).exp());
    assert_eq!(value(Activation::Sigmoid, 1000.0), 1.0);
    assert_eq!(value(Activation::Sigmoid, -1000.0), 0.0);
    assert_eq!(value(Activation::Sigmoid, 0.0), 0.5);
}

#[test]
fn the_hyperbolic_tangent_is_accurate_relative_to_itself() {
    let network = Network::new(&[1, 1, 1], Activation::Tanh).unwrap();
    let w = DVector::from_vec(vec![1.0, 0.0, 1.0, 0.0]);
    for k in -60..=8 {
        for step in [1.0, 1.3, 1.9] {
            let z = step * 2f64.powi(k);
            for z in [z, -z] {
                let value = network.outputs_for(&w, &DMatrix::repeat(1, 1, z)).unwrap()[0];
                assert!((value - z.tanh()).abs() <= 5.0 * f64::EPSILON * z.tanh().abs(), "{z}: {value}");
            }
        }
    }
}
