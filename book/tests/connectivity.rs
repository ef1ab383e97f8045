//! Curves, matching of units and masks, against closed forms, against trying everything, and as laws.

use curvature::connectivity::{Bezier, ConnectivityError, Mask, exchanged, matched};
use curvature::data::Dataset;
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::optimisers::Adam;
use curvature::training::{Batches, Differentiable, Sampled, Sgd, Trainer, TrainingError};
use nalgebra::{DMatrix, DVector, Vector2, dvector, vector};
use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// (xy − 1)².
fn valley(p: &Vector2<f64>) -> Result<f64, TrainingError> {
    Ok((p.x * p.y - 1.0).powi(2))
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A network, 30 rows of noise with classes, and two lots of parameters, biases too.
fn networks(activation: Activation, widths: &[usize], seed: u64) -> (Network, DMatrix<f64>, [DVector<f64>; 2]) {
    let network = Network::new(widths, activation).unwrap();
    let mut rng = rng(seed);
    let inputs = DMatrix::from_fn(30, widths[0], |_, _| rng.random_range(-1.0..1.0));
    let n = network.parameters();
    let draws = [(); 2].map(|()| DVector::from_fn(n, |_, _| rng.random_range(-1.0..1.0)));
    (network, inputs, draws)
}

fn objective(network: &Network, inputs: &DMatrix<f64>) -> Objective {
    let classes = network.outputs();
    let labels = (0..inputs.nrows()).map(|row| row % classes).collect();
    let data = Dataset::new(inputs.clone(), labels, classes).unwrap();
    Objective::new(network, &data, Loss::CrossEntropy).unwrap()
}

#[test]
fn a_curve_begins_and_ends_where_it_should_and_passes_half_way_to_its_control_point() {
    let (a, b, c) = (vector![2.0, 0.5], vector![0.5, 2.0], vector![0.7, 0.6]);
    let curve = Bezier::new(a, c, b).unwrap();
    assert_eq!(curve.at(0.0), a);
    assert_eq!(curve.at(1.0), b);
    assert!((curve.at(0.5) - ((a + b) / 4.0 + c / 2.0)).norm() < 1e-15);
}

#[test]
fn with_its_control_point_in_the_middle_a_curve_is_the_segment() {
    let (a, b) = (vector![2.0, 0.5], vector![0.5, 2.0]);
    let segment = Bezier::straight(a, b).unwrap();
    for t in [0.0, 0.1, 0.25, 0.8, 1.0] {
        assert!((segment.at(t) - (a * (1.0 - t) + b * t)).norm() < 1e-15);
    }
}

#[test]
fn a_profile_has_the_highest_value_the_mean_and_the_barrier_of_a_polynomial() {
    // Along the segment xy = 1 + (9/4) t(1 − t), so the function is ((9/4) t(1 − t))² with the mean (81/16)/30.
    let segment = Bezier::straight(vector![2.0, 0.5], vector![0.5, 2.0]).unwrap();
    let profile = segment.profile(1000, valley).unwrap();
    assert!((profile.highest() - 0.31640625).abs() < 1e-15);
    assert!((profile.barrier() - 0.31640625).abs() < 1e-15);
    assert!((profile.mean() - 81.0 / 480.0).abs() < 1e-9);
    let ends = [0, 1000].map(|k| profile.points().nth(k).unwrap());
    assert_eq!(ends, [(0.0, 0.0), (1.0, 0.0)]);
}

#[test]
fn a_barrier_is_measured_from_the_line_between_the_ends() {
    let segment = Bezier::straight(dvector![0.0], dvector![1.0]).unwrap();
    let barrier = |f: fn(f64) -> f64| segment.profile(100, |p| Ok(f(p[0]))).unwrap().barrier();
    assert!(barrier(|x| 3.0 + 2.0 * x) < 1e-15);
    assert!((barrier(|x| 3.0 + 2.0 * x + x * (1.0 - x)) - 0.25).abs() < 1e-15);
    assert_eq!(barrier(|x| x * x), 0.0); // convex: the line is above
}

#[test]
fn curves_and_profiles_that_are_none() {
    let error = Bezier::new(dvector![1.0], dvector![1.0, 2.0], dvector![3.0]).unwrap_err();
    assert_eq!(error.to_string(), "a curve from a point of 1 coordinates by way of 2 to 1");
    let error = Bezier::straight(dvector![1.0], dvector![1.0, 2.0]).unwrap_err();
    assert!(matches!(error, ConnectivityError::Points { end: 2, .. }));
    let segment = Bezier::straight(dvector![-1.0], dvector![1.0]).unwrap();
    let error = segment.profile(0, |_| Ok(0.0)).unwrap_err();
    assert_eq!(error, ConnectivityError::NoIntervals);
    let error = segment.profile(4, |p| Ok(1.0 / p[0])).unwrap_err();
    assert_eq!(error.to_string(), "the function is inf at t = 0.5");
    let error = segment.profile(4, |_| Err(TrainingError::NotFinite)).unwrap_err();
    assert_eq!(error, TrainingError::NotFinite.into());
}

/// The function `(xy − 1)²` with its gradient.
struct Valley;

impl Differentiable for Valley {
    fn dimension(&self) -> usize {
        2
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        let excess = w[0] * w[1] - 1.0;
        Ok((excess * excess, dvector![w[1], w[0]] * (2.0 * excess)))
    }
}

#[test]
fn bending_finds_the_control_point_that_newton_finds() {
    // Among the control points (c, c) the mean of f along the curve is least at c = 0.7589780.
    let (a, b) = (dvector![2.0, 0.5], dvector![0.5, 2.0]);
    let bent = Bezier::bent(&Valley, &a, &b, Sgd::new(0.5), 20_000, &mut rng(7)).unwrap();
    assert!((bent.control() - dvector![0.758978, 0.758978]).amax() < 0.01);
    let on_curve = |p: &DVector<f64>| Valley.value(p);
    assert!(bent.profile(200, on_curve).unwrap().mean() < 1e-4);
}

#[test]
fn bending_refuses_ends_of_another_function() {
    let (a, b) = (dvector![2.0, 0.5, 1.0], dvector![0.5, 2.0, 1.0]);
    struct Checked;
    impl Differentiable for Checked {
        fn dimension(&self) -> usize {
            2
        }
        fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
            match w.len() {
                2 => Valley.value_and_gradient(w),
                found => Err(TrainingError::Dimension { expected: 2, found }),
            }
        }
    }
    let error = Bezier::bent(&Checked, &a, &b, Sgd::new(0.5), 1, &mut rng(7)).unwrap_err();
    assert_eq!(error, TrainingError::Dimension { expected: 2, found: 3 }.into());
}

#[test]
fn exchanged_units_compute_the_same() {
    let (network, inputs, [w, _]) = networks(Activation::Tanh, &[3, 5, 4, 2], 1);
    let before = network.outputs_for(&w, &inputs).unwrap();
    let signs = [1.0, -1.0, -1.0, 1.0, -1.0];
    let first = exchanged(&network, &w, 0, &[3, 0, 4, 1, 2], &signs).unwrap();
    let both = exchanged(&network, &first, 1, &[3, 2, 1, 0], &signs[..4]).unwrap();
    assert!((&both - &w).norm() > 1.0);
    assert!((network.outputs_for(&both, &inputs).unwrap() - before).amax() < 1e-14);
}

#[test]
fn orders_and_layers_that_are_none() {
    let (network, _, [w, _]) = networks(Activation::Tanh, &[3, 4, 2], 2);
    let try_it = |layer: usize, order: &[usize], signs: &[f64]| exchanged(&network, &w, layer, order, signs);
    let ones = [1.0; 4];
    assert!(try_it(0, &[0, 1, 2, 3], &ones).is_ok());
    let error = try_it(1, &[0, 1], &ones[..2]).unwrap_err();
    assert_eq!(error.to_string(), "hidden layer 1 of 1");
    let error = try_it(0, &[0, 1, 2, 2], &ones).unwrap_err();
    assert_eq!(error.to_string(), "3 positions and signs are no order of 4 units");
    for (order, signs) in [
        (&[0, 1, 2, 4][..], &ones[..]),
        (&[0, 1, 2], &ones),
        (&[0, 1, 2, 3], &ones[..3]),
        (&[0, 1, 2, 3], &[1.0, 0.5, 1.0, 1.0]),
        (&[0, 1, 2, 3], &[1.0, f64::NAN, 1.0, 1.0]),
    ] {
        assert!(matches!(try_it(0, order, signs), Err(ConnectivityError::Order { expected: 4, .. })));
    }
    let error = matched(&network, &w, &dvector![1.0]).unwrap_err();
    assert!(matches!(error, ConnectivityError::Training(TrainingError::Dimension { found: 1, .. })));
    let broken = DVector::repeat(w.len(), f64::NAN);
    assert_eq!(matched(&network, &broken, &w).unwrap_err(), TrainingError::NotFinite.into());
}

/// All orders of `0..n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(n - 1) {
        for place in 0..n {
            let mut order = shorter.clone();
            order.insert(place, n - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn a_match_is_the_nearest_of_all_copies() {
    for (activation, signed) in [(Activation::Tanh, true), (Activation::Relu, false)] {
        for seed in 0..5 {
            let (network, inputs, [a, b]) = networks(activation, &[3, 4, 2], seed);
            let found = matched(&network, &a, &b).unwrap();
            let mut nearest = f64::INFINITY;
            for order in orders(4) {
                for bits in 0..if signed { 16u32 } else { 1 } {
                    let signs: Vec<f64> = (0..4).map(|k| if bits >> k & 1 == 1 { -1.0 } else { 1.0 }).collect();
                    let copy = exchanged(&network, &b, 0, &order, &signs).unwrap();
                    nearest = nearest.min((&a - copy).norm());
                }
            }
            assert!(((&a - &found).norm() - nearest).abs() < 1e-9, "{activation:?}, seed {seed}");
            let outputs = |w: &DVector<f64>| network.outputs_for(w, &inputs).unwrap();
            assert!((outputs(&found) - outputs(&b)).amax() < 1e-13);
        }
    }
}

#[test]
fn a_mask_keeps_the_largest_weights_and_all_biases() {
    let network = Network::new(&[4, 3, 2], Activation::Tanh).unwrap();
    let (hidden, last) = (&network.layers()[0], &network.layers()[1]);
    // Of 12 hidden weights the share 1/4 is 3, of the 6 of the last layer the share 1/2 is 3.
    let w = DVector::from_fn(network.parameters(), |i, _| if i % 2 == 0 { i as f64 } else { -(i as f64) });
    let mask = Mask::full(&network).pruned(&w, 0.25).unwrap();
    let kept: Vec<usize> = (0..network.parameters()).filter(|&i| mask.keeps(i)).collect();
    let top = |range: &std::ops::Range<usize>| range.end - 3..range.end;
    let expected = top(&hidden.weights)
        .chain(hidden.biases.clone())
        .chain(top(&last.weights))
        .chain(last.biases.clone());
    assert_eq!(kept, expected.collect::<Vec<_>>());
    assert_eq!(mask.counts(), [(3, 12), (3, 6)]);
    assert!((mask.density() - 6.0 / 18.0).abs() < 1e-15);
    let applied = mask.apply(&w).unwrap();
    assert!(applied.iter().enumerate().all(|(i, &x)| x == if mask.keeps(i) { w[i] } else { 0.0 }));
}

#[test]
fn pruning_goes_on_from_what_is_left() {
    let (network, _, [a, b]) = networks(Activation::Tanh, &[5, 8, 3], 3);
    let mut mask = Mask::full(&network);
    for w in [&a, &b, &a] {
        let next = mask.pruned(w, 0.6).unwrap();
        assert!((0..w.len()).all(|i| mask.keeps(i) || !next.keeps(i)));
        mask = next;
    }
    // 40, 24, 14, 8 and 24, 19, 15, 12 by rounding 0.6 and √0.6 of what was there.
    assert_eq!(mask.counts(), [(8, 40), (12, 24)]);
    let same = mask.pruned(&a, 1.0).unwrap();
    assert_eq!(same, mask);
}

#[test]
fn a_shuffled_mask_keeps_as_many_of_each_layer() {
    let (network, _, [w, _]) = networks(Activation::Tanh, &[5, 8, 3], 4);
    let mask = Mask::full(&network).pruned(&w, 0.3).unwrap();
    let shuffled = mask.shuffled(&mut rng(5));
    assert_ne!(shuffled, mask);
    assert_eq!(shuffled.counts(), mask.counts());
}

#[test]
fn a_mask_shuffled_by_input_keeps_as_many_weights_from_each_input() {
    let (network, _, [w, _]) = networks(Activation::Tanh, &[5, 8, 3], 4);
    let mask = Mask::full(&network).pruned(&w, 0.3).unwrap();
    let shuffled = mask.shuffled_by_input(&network, &mut rng(5)).unwrap();
    assert_ne!(shuffled, mask);
    for layer in network.layers() {
        for input in 0..layer.inputs {
            let from_input =
                |mask: &Mask| (0..layer.units).filter(|&unit| mask.keeps(layer.incoming(unit).start + input)).count();
            assert_eq!(from_input(&shuffled), from_input(&mask));
        }
    }
    let other = Network::new(&[5, 4, 3], Activation::Tanh).unwrap();
    assert!(mask.shuffled_by_input(&other, &mut rng(5)).is_err());
}

#[test]
fn shares_and_parameters_that_do_not_fit_a_mask() {
    let (network, inputs, [w, _]) = networks(Activation::Tanh, &[5, 8, 3], 4);
    let mask = Mask::full(&network);
    for share in [0.0, -0.5, 1.5, f64::NAN] {
        let error = mask.pruned(&w, share).unwrap_err();
        assert!(matches!(error, ConnectivityError::Share(_)), "{share}");
    }
    let expected = TrainingError::Dimension { expected: w.len(), found: 1 };
    assert_eq!(mask.pruned(&dvector![1.0], 0.5).unwrap_err(), expected.into());
    assert_eq!(mask.apply(&dvector![1.0]).unwrap_err(), expected);
    let other = Network::new(&[5, 4, 3], Activation::Tanh).unwrap();
    let error = mask.over(&objective(&other, &inputs)).err().unwrap();
    assert_eq!(
        error,
        TrainingError::Dimension {
            expected: w.len(),
            found: other.parameters()
        }
    );
}

#[test]
fn training_under_a_mask_never_moves_what_is_masked() {
    let (network, inputs, [w, _]) = networks(Activation::Tanh, &[3, 6, 2], 6);
    let whole = objective(&network, &inputs);
    let mask = Mask::full(&network).pruned(&w, 0.4).unwrap();
    let masked = mask.over(&whole).unwrap();
    assert_eq!(masked.rows(), 30);
    let start = mask.apply(&w).unwrap();
    let mut trainer = Trainer::new(start.clone(), Adam::new((), 0.05).unwrap());
    trainer.run(&masked, 20).unwrap();
    let mut batches = Batches::new(30, 10, 1).unwrap();
    trainer.run_on_batches(&masked, &mut batches, 20).unwrap();
    let end = trainer.weights();
    assert!((0..w.len()).all(|i| mask.keeps(i) || end[i] == 0.0));
    assert_eq!(masked.value(end).unwrap(), whole.value(end).unwrap());
    assert!(whole.value(end).unwrap() < whole.value(&start).unwrap());
}

#[test]
fn the_gradient_under_a_mask_is_that_of_its_value() {
    let (network, inputs, [w, _]) = networks(Activation::Tanh, &[3, 4, 2], 8);
    let whole = objective(&network, &inputs);
    let mask = Mask::full(&network).pruned(&w, 0.5).unwrap();
    let masked = mask.over(&whole).unwrap();
    let gradient = masked.value_and_gradient(&w).unwrap().1;
    for i in 0..w.len() {
        let at = |h: f64| {
            let mut moved = w.clone();
            moved[i] += h;
            masked.value(&moved).unwrap()
        };
        let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!((gradient[i] - difference).abs() < 1e-9);
    }
}

proptest! {
    #[test]
    fn matching_undoes_any_exchange(seed in 0u64..1000, order in Just([0usize, 1, 2, 3, 4]).prop_shuffle(), bits in 0u32..32) {
        let (network, _, [w, _]) = networks(Activation::Tanh, &[3, 5, 2], seed);
        let signs: Vec<f64> = (0..5).map(|k| if bits >> k & 1 == 1 { -1.0 } else { 1.0 }).collect();
        let copy = exchanged(&network, &w, 0, &order, &signs).unwrap();
        prop_assert_eq!(matched(&network, &w, &copy).unwrap(), w);
    }

    #[test]
    fn a_match_in_several_layers_computes_the_same_and_is_no_further_away(seed in 0u64..200) {
        let (network, inputs, [a, b]) = networks(Activation::Tanh, &[3, 5, 4, 2], seed);
        let found = matched(&network, &a, &b).unwrap();
        prop_assert!((&a - &found).norm() <= (&a - &b).norm() + 1e-12);
        let outputs = |w: &DVector<f64>| network.outputs_for(w, &inputs).unwrap();
        prop_assert!((outputs(&found) - outputs(&b)).amax() < 1e-12);
    }

    #[test]
    fn a_curve_stays_in_the_box_of_its_three_points(p in prop::array::uniform6(-5.0f64..5.0), t in 0.0f64..=1.0) {
        let points = [vector![p[0], p[1]], vector![p[2], p[3]], vector![p[4], p[5]]];
        let at = Bezier::new(points[0], points[1], points[2]).unwrap().at(t);
        for k in 0..2 {
            let of = points.map(|point| point[k]);
            prop_assert!(at[k] >= of.iter().copied().fold(f64::INFINITY, f64::min) - 1e-12);
            prop_assert!(at[k] <= of.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 1e-12);
        }
    }
}
