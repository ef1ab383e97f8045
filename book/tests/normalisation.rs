//! Batch normalisation against its definition in dual numbers, and what it is invariant to.

use curvature::data::{Dataset, wine};
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::normalisation::{BatchNormalised, NormalisationError, Normalised};
use curvature::operators::SymmetricOperator;
use curvature::training::{Differentiable, Sampled, TrainingError};
use nalgebra::{DMatrix, DVector, dmatrix};
use num_dual::DualNum;
use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

/// The definition, number by number.
fn loss<D: DualNum<Primitive = f64>>(net: &BatchNormalised, kind: Loss, floor: f64, w: &[D]) -> D {
    let network = net.plain().network();
    let inputs = net.plain().inputs();
    let rows = inputs.nrows();
    let mut values: Vec<Vec<D>> = inputs.row_iter().map(|row| row.iter().map(|&x| D::from(x)).collect()).collect();
    let mut gain = net.gains().start;
    for (k, layer) in network.layers().iter().enumerate() {
        let mut above = vec![Vec::new(); rows];
        for unit in 0..layer.units {
            let sum = |row: &Vec<D>| {
                let terms = layer.incoming(unit).zip(row);
                terms.fold(D::from(0.0), |z, (i, a)| z + w[i].clone() * a)
            };
            let mut column: Vec<D> = values.iter().map(sum).collect();
            let hidden = k + 1 < network.layers().len();
            if hidden {
                let mean = column.iter().fold(D::from(0.0), |s, z| s + z) / rows as f64;
                column.iter_mut().for_each(|z| *z = z.clone() - &mean);
                let variance = column.iter().fold(D::from(0.0), |s, z| s + z.powi(2)) / rows as f64;
                let deviation = (variance + floor).sqrt();
                column.iter_mut().for_each(|z| *z = z.clone() / &deviation * &w[gain + unit]);
            }
            for (row, z) in above.iter_mut().zip(column) {
                let z = z + &w[layer.biases.start + unit];
                row.push(match network.activation() {
                    Activation::Tanh if hidden => z.tanh(),
                    Activation::Relu if hidden && z.re() < 0.0 => D::from(0.0),
                    _ => z,
                });
            }
        }
        gain += layer.units;
        values = above;
    }
    let mut total = D::from(0.0);
    for (row, &label) in values.iter().zip(net.plain().labels()) {
        total += match kind {
            Loss::CrossEntropy => row.iter().fold(D::from(0.0), |s, z| s + z.exp()).ln() - &row[label],
            Loss::Squared => {
                let errors = row.iter().enumerate().map(|(c, z)| z.clone() - f64::from(u8::from(c == label)));
                errors.fold(D::from(0.0), |s, e| s + e.powi(2)) * 0.5
            }
        };
    }
    let penalty = w.iter().fold(D::from(0.0), |s, w| s + w.clone() * w);
    total / rows as f64 + penalty * (0.5 * net.plain().l2())
}

fn random(n: usize, rng: &mut ChaCha8Rng) -> DVector<f64> {
    DVector::from_fn(n, |_, _| rng.sample::<f64, _>(StandardNormal))
}

fn net(widths: &[usize], activation: Activation, kind: Loss, floor: f64, seed: u64) -> (BatchNormalised, DVector<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let network = Network::new(widths, activation).unwrap();
    let inputs = DMatrix::from_fn(9, widths[0], |_, _| 1.0 + rng.sample::<f64, _>(StandardNormal));
    let labels = (0..9).map(|_| rng.random_range(0..network.outputs())).collect();
    let data = Dataset::new(inputs, labels, network.outputs()).unwrap();
    let plain = Objective::new(&network, &data, kind).unwrap().with_l2(0.03).unwrap();
    let net = BatchNormalised::new(&plain, floor).unwrap();
    let w = random(net.parameters(), &mut rng);
    (net, w)
}

#[test]
fn value_and_gradient_agree_with_dual_numbers() {
    let mut seed = 0;
    for widths in [&[3, 4, 2][..], &[2, 3, 3, 2]] {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Identity] {
            for kind in [Loss::CrossEntropy, Loss::Squared] {
                for floor in [0.0, 1e-5, 0.3] {
                    seed += 1;
                    let (net, w) = net(widths, activation, kind, floor, seed);
                    let (value, gradient) = num_dual::gradient(|w| loss(&net, kind, floor, w.as_slice()), &w);
                    let (found, by_hand) = net.value_and_gradient(&w).unwrap();
                    assert!((found - value).abs() < 1e-12 * (1.0 + value), "{widths:?} {activation:?} {kind:?}");
                    assert!((by_hand - &gradient).norm() < 1e-11 * (1.0 + gradient.norm()));
                }
            }
        }
    }
}

#[test]
fn hessian_products_agree_with_dual_numbers() {
    let cases = [
        (&[2, 2, 2, 2][..], Activation::Tanh, Loss::CrossEntropy, 1e-5),
        (&[2, 3, 2], Activation::Tanh, Loss::Squared, 0.0),
        (&[2, 3, 2], Activation::Identity, Loss::CrossEntropy, 0.3),
        (&[2, 3, 2], Activation::Relu, Loss::Squared, 0.3),
    ];
    for (seed, (widths, activation, kind, floor)) in (50..).zip(cases) {
        let (net, w) = net(widths, activation, kind, floor, seed);
        let (_, _, hessian) = num_dual::hessian(|w| loss(&net, kind, floor, w.as_slice()), &w);
        let v = random(net.parameters(), &mut ChaCha8Rng::seed_from_u64(seed + 50));
        let exact = hessian * &v;
        let error = (net.hessian_product(&w, &v).unwrap() - &exact).norm();
        assert!(error < 1e-10 * (1.0 + exact.norm()), "{widths:?} {activation:?} {kind:?} {floor}: {error}");
    }
}

#[test]
fn columns_have_mean_zero_and_variance_one() {
    let u = dmatrix![1.0, 10.0; 2.0, 30.0; 3.0, 20.0];
    let normalised = Normalised::of(&u, 0.0).unwrap();
    assert!((normalised.deviations[0] - (2f64 / 3.0).sqrt()).abs() < 1e-15);
    assert!((normalised.deviations[1] - (200f64 / 3.0).sqrt()).abs() < 1e-13);
    for column in normalised.values.column_iter() {
        assert!(column.sum().abs() < 1e-14 && (column.norm_squared() - 3.0).abs() < 1e-14);
    }
    // With a floor the variance is a little less than 1.
    let floored = Normalised::of(&u, 1.0 / 3.0).unwrap();
    assert!((floored.values.column(0).norm_squared() - 2.0).abs() < 1e-14);
}

#[test]
fn what_cannot_be_normalised_is_refused() {
    let u = dmatrix![1.0, 5.0; 2.0, 5.0];
    assert_eq!(Normalised::of(&u, 0.0).unwrap_err(), NormalisationError::Constant(1));
    assert_eq!(Normalised::of(&u, -1.0).unwrap_err(), NormalisationError::Floor(-1.0));
    assert!(Normalised::of(&u, 1e-5).unwrap().values.column(1).amax() == 0.0);
    let infinite = dmatrix![1.0, f64::INFINITY; 2.0, 5.0];
    assert_eq!(Normalised::of(&infinite, 1e-5).unwrap_err(), NormalisationError::NotFinite(1));
    assert_eq!(Normalised::of(&DMatrix::zeros(0, 2), 1e-5).unwrap_err(), NormalisationError::Empty);

    let error = Normalised::of(&u, 1.0).unwrap().derivative(&DMatrix::zeros(3, 2)).unwrap_err();
    assert_eq!(error.to_string(), "a matrix of shape (3, 2) where (2, 2) is needed");

    let (net, w) = net(&[3, 4, 2], Activation::Tanh, Loss::CrossEntropy, 0.0, 1);
    let shallow = Network::new(&[3, 2], Activation::Tanh).unwrap();
    let data = Dataset::new(net.plain().inputs().clone(), net.plain().labels().to_vec(), 2).unwrap();
    let plain = Objective::new(&shallow, &data, Loss::CrossEntropy).unwrap();
    assert_eq!(BatchNormalised::new(&plain, 0.0).unwrap_err(), NormalisationError::NoHiddenLayer);
    assert_eq!(
        BatchNormalised::new(net.plain(), f64::NAN).err().map(|e| e.to_string()).unwrap(),
        "the number added to a variance must be finite and not negative, not NaN"
    );
    assert!(matches!(net.value(&DVector::zeros(3)), Err(TrainingError::Dimension { .. })));
    // All weights zero: the sums do not vary, and without a floor there is nothing to divide by.
    assert_eq!(net.value(&(w * 0.0)).unwrap_err(), TrainingError::NotFinite);
}

#[test]
fn the_layout_is_that_of_the_network_followed_by_the_gains() {
    let network = Network::new(&[13, 16, 3], Activation::Tanh).unwrap();
    let plain = Objective::new(&network, &wine().unwrap(), Loss::CrossEntropy).unwrap();
    let net = BatchNormalised::new(&plain, 1e-5).unwrap();
    assert_eq!((net.gains(), net.parameters(), net.dimension()), (275..291, 291, 291));
    let start = net.initial(1.0, &mut ChaCha8Rng::seed_from_u64(3));
    let same = network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(3));
    assert_eq!(start.rows(0, 275), same);
    assert!(start.rows_range(net.gains()).iter().all(|&gain| gain == 1.0));
    assert_eq!(Sampled::rows(&net), 178);
    let rows: Vec<usize> = (0..20).map(|k| 7 * k).collect();
    let part = Objective::new(&network, &wine().unwrap().rows(&rows).unwrap(), Loss::CrossEntropy).unwrap();
    let part = BatchNormalised::new(&part, 1e-5).unwrap();
    let batch = net.batch(&rows).unwrap();
    assert_eq!(batch.value(&start).unwrap(), part.value(&start).unwrap());
}

proptest! {
    #[test]
    fn the_derivative_is_a_symmetric_map_that_sees_neither_shifts_nor_scale(seed in 0..1000u64, floor in prop::sample::select(vec![0.0, 1e-5, 0.1])) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut matrix = || DMatrix::from_fn(6, 2, |_, _| rng.sample::<f64, _>(StandardNormal));
        let (u, a, b) = (matrix(), matrix(), matrix());
        let normalised = Normalised::of(&u, floor).unwrap();
        prop_assert!((normalised.derivative(&a).unwrap().dot(&b) - a.dot(&normalised.derivative(&b).unwrap())).abs() < 1e-9);
        prop_assert!(normalised.derivative(&DMatrix::repeat(6, 2, 3.0)).unwrap().amax() < 1e-9);
        if floor == 0.0 {
            prop_assert!(normalised.derivative(&u).unwrap().amax() < 1e-9);
        }
        let h = 1e-5;
        let there = |by: f64| Normalised::of(&(&u + &a * by), floor).unwrap().values;
        let difference = (there(h) - there(-h)) / (2.0 * h);
        let scale = 1.0 + normalised.deviations.map(f64::recip).amax().powi(3);
        prop_assert!((difference - normalised.derivative(&a).unwrap()).amax() < 1e-6 * scale);
    }

    #[test]
    fn scaling_the_incoming_weights_divides_the_gradient(seed in 0..1000u64, c in 0.1..10.0f64) {
        let (net, w) = net(&[3, 4, 2], Activation::Tanh, Loss::CrossEntropy, 0.0, seed);
        let net = BatchNormalised::new(&net.plain().clone().with_l2(0.0).unwrap(), 0.0).unwrap();
        let incoming = net.plain().network().layers()[0].weights.clone();
        let mut scaled = w.clone();
        scaled.rows_range_mut(incoming.clone()).scale_mut(c);
        let (here, there) = (net.value_and_gradient(&w).unwrap(), net.value_and_gradient(&scaled).unwrap());
        prop_assert!((here.0 - there.0).abs() < 1e-10);
        let (g, h) = (here.1.rows_range(incoming.clone()), there.1.rows_range(incoming.clone()));
        prop_assert!((h * c - g).norm() < 1e-8 * (1.0 + g.norm()));
        for unit in 0..4 {
            let of = net.plain().network().layers()[0].incoming(unit);
            prop_assert!(here.1.rows_range(of.clone()).dot(&w.rows_range(of)).abs() < 1e-8);
        }
    }
}

#[test]
fn a_constant_column_is_constant_whatever_its_number_is() {
    for value in [0.1, 1.0 / 3.0, 1e-9, 1e9 + 0.3] {
        for rows in [1, 3, 7, 10, 49] {
            let error = Normalised::of(&DMatrix::repeat(rows, 1, value), 0.0).unwrap_err();
            assert_eq!(error, NormalisationError::Constant(0), "{value} {rows}");
        }
    }
}

#[test]
fn outputs_that_are_not_finite_are_right_for_no_row_and_a_batch_of_one_row_is_none() {
    let (net, w) = net(&[3, 4, 3], Activation::Relu, Loss::CrossEntropy, 1e-5, 5);
    assert_eq!(net.accuracy(&(&w * 1e200)), Err(TrainingError::NotFinite));
    assert!(net.accuracy(&w).is_ok());
    assert!(matches!(net.batch(&[0]), Err(TrainingError::Batch { size: 1, .. })));
    assert!(net.batch(&[0, 0]).is_ok());
    let one = Dataset::new(dmatrix![1.0, 2.0, 3.0], vec![0], 3).unwrap();
    let error = BatchNormalised::new(&net.plain().on(&one).unwrap(), 1e-5).unwrap_err();
    assert_eq!(error, NormalisationError::OneRow);
}

#[test]
fn the_hessian_of_a_normalised_network_is_an_operator() {
    let (net, w) = net(&[2, 3, 2], Activation::Tanh, Loss::CrossEntropy, 1e-5, 5);
    let hessian = net.hessian_at(&w).unwrap();
    let v = random(w.len(), &mut ChaCha8Rng::seed_from_u64(6));
    assert_eq!(hessian.dimension(), w.len());
    assert_eq!(hessian.apply(&v), net.hessian_product(&w, &v).unwrap());
    assert!(net.hessian_at(&DVector::zeros(1)).is_err());
    assert!(hessian.apply(&(v * f64::NAN)).iter().all(|x| x.is_nan()));
}
