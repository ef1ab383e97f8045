//! Layers as matrices, K-FAC, Shampoo, Muon and Sophia against closed forms and what they are invariant to.

use curvature::data::{Dataset, iris};
use curvature::layerwise::{
    CUBIC, Kfac, KroneckerFactors, Muon, Optimiser, QUINTIC, Shampoo, Sophia, TUNED, inverse_root, newton_schulz, polar,
};
use curvature::network::{Activation, Expansion, Loss, Network, Objective};
use curvature::optimisers::{Adam, OptimiserError};
use curvature::training::TrainingError;
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rand_distr::StandardNormal;

fn random(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let rng = ChaCha8Rng::seed_from_u64(seed);
    DMatrix::from_iterator(rows, columns, rng.sample_iter(StandardNormal).take(rows * columns))
}

fn flowers(loss: Loss) -> (Objective, DVector<f64>) {
    let network = Network::new(&[4, 5, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &iris().unwrap().standardised(), loss).unwrap();
    let w = network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(1));
    (objective, w)
}

/// Derivatives of `Σ seed ⊙ outputs` for each row, in the order of the parameters.
fn single(point: &Expansion<'_>, network: &Network, seed: &DMatrix<f64>) -> DMatrix<f64> {
    let (inputs, backs) = (point.layer_inputs(), point.back(seed).unwrap());
    let mut all = DMatrix::zeros(seed.nrows(), network.parameters());
    for (k, layer) in network.layers().iter().enumerate() {
        for (unit, input) in (0..layer.units).flat_map(|unit| (0..=layer.inputs).map(move |input| (unit, input))) {
            let column = inputs[k].column(input).component_mul(&backs[k].column(unit));
            all.set_column(layer.parameter(input, unit), &column);
        }
    }
    all
}

#[test]
fn a_layer_is_a_matrix_with_its_biases_in_the_last_row() {
    let network = Network::new(&[2, 3, 2], Activation::Tanh).unwrap();
    let w = DVector::from_fn(network.parameters(), |k, _| k as f64);
    let first = network.layers()[0].matrix(&w).unwrap();
    assert_eq!(first, dmatrix![0.0, 2.0, 4.0; 1.0, 3.0, 5.0; 6.0, 7.0, 8.0]);
    let mut copy = DVector::zeros(w.len());
    for layer in network.layers() {
        layer.put(&layer.matrix(&w).unwrap(), &mut copy).unwrap();
    }
    assert_eq!(copy, w);
    let short = TrainingError::Dimension { expected: 9, found: 2 };
    assert_eq!(network.layers()[0].matrix(&dvector![1.0, 2.0]), Err(short));
    let misfit = network.layers()[0].put(&DMatrix::zeros(2, 2), &mut copy);
    assert_eq!(misfit, Err(TrainingError::Dimension { expected: 9, found: 4 }));
}

#[test]
fn single_gradients_make_up_gradient_and_fisher_matrix() {
    for loss in [Loss::CrossEntropy, Loss::Squared] {
        let (objective, w) = flowers(loss);
        let (network, n) = (objective.network(), objective.rows() as f64);
        let point = objective.at(&w).unwrap();
        let gradient = single(&point, network, &point.residuals()).row_sum().transpose() / n;
        assert!((gradient - point.gradient()).amax() < 1e-14);
        let fisher = point.curvature_roots().iter().fold(DMatrix::zeros(w.len(), w.len()), |sum, root| {
            let single = single(&point, network, root);
            sum + single.transpose() * single / n
        });
        assert!((fisher - point.gauss_newton()).amax() < 1e-14);
    }
    let (objective, w) = flowers(Loss::Squared);
    let point = objective.at(&w).unwrap();
    assert!(point.back(&DMatrix::zeros(3, 3)).is_err());
    assert_eq!(point.back(&DMatrix::repeat(150, 3, f64::NAN)).unwrap_err(), TrainingError::NotFinite);
}

#[test]
fn one_step_of_kfac_solves_linear_least_squares() {
    let network = Network::new(&[4, 3], Activation::Identity).unwrap();
    let objective = Objective::new(&network, &iris().unwrap(), Loss::Squared).unwrap();
    let w = network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(2));
    let end = Kfac::new(&network, 1.0, 0.0).unwrap().step(&objective, &w).unwrap();
    assert!(objective.gradient(&end).unwrap().amax() < 1e-10 * objective.gradient(&w).unwrap().amax());
}

#[test]
fn kronecker_factors_are_the_block_of_a_linear_layer() {
    let network = Network::new(&[4, 3], Activation::Identity).unwrap();
    let objective = Objective::new(&network, &iris().unwrap().standardised(), Loss::CrossEntropy).unwrap();
    let block = |w: &DVector<f64>| {
        let point = objective.at(w).unwrap();
        let factors = KroneckerFactors::of(&point).unwrap();
        let kronecker = factors[0].sums.kronecker(&factors[0].inputs);
        let layer = &network.layers()[0];
        let order: Vec<_> = (0..3).flat_map(|unit| (0..5).map(move |input| layer.parameter(input, unit))).collect();
        let whole = point.gauss_newton();
        let whole = DMatrix::from_fn(15, 15, |i, j| whole[(order[i], order[j])]);
        (kronecker - &whole).norm() / whole.norm()
    };
    // At zero the probabilities are the same in all rows; elsewhere they depend on the inputs.
    assert!(block(&DVector::zeros(15)) < 1e-14);
    assert!(block(&network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(3))) > 0.01);
}

#[test]
fn kfac_does_not_notice_an_affine_map_of_the_inputs() {
    let data = iris().unwrap().standardised();
    let map = random(4, 4, 5) + DMatrix::identity(4, 4) * 3.0;
    let shift = [0.3, -1.0, 2.0, 0.5];
    let mut moved = &data.inputs * &map;
    moved.row_iter_mut().for_each(|mut row| row.iter_mut().zip(shift).for_each(|(x, s)| *x += s));
    let moved = Dataset { inputs: moved, ..data.clone() };
    let network = Network::new(&[4, 5, 3], Activation::Tanh).unwrap();
    let here = Objective::new(&network, &data, Loss::Squared).unwrap();
    let there = here.on(&moved).unwrap();
    // The matrix that maps (x, 1) to (xM + s, 1), from the left.
    let mut whole = DMatrix::identity(5, 5);
    whole.view_mut((0, 0), (4, 4)).copy_from(&map);
    whole.view_mut((4, 0), (1, 4)).copy_from_slice(&shift);
    let mut w = network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(4));
    let mut v = w.clone();
    let layer = &network.layers()[0];
    let first = whole.try_inverse().unwrap() * layer.matrix(&w).unwrap();
    layer.put(&first, &mut v).unwrap();
    let outputs = |f: &Objective, w: &DVector<f64>| network.outputs_for(w, f.inputs()).unwrap();
    assert!((outputs(&here, &w) - outputs(&there, &v)).amax() < 1e-10);
    let start = outputs(&here, &w);
    let (mut one, mut other) = (Kfac::new(&network, 0.1, 0.0).unwrap(), Kfac::new(&network, 0.1, 0.0).unwrap());
    for _ in 0..10 {
        w = one.step(&here, &w).unwrap();
        v = other.step(&there, &v).unwrap();
    }
    let apart = (outputs(&here, &w) - outputs(&there, &v)).amax();
    assert!(apart < 1e-7 * (outputs(&here, &w) - start).amax(), "{apart:e}");
}

#[test]
fn the_first_step_of_shampoo_is_muons() {
    let (objective, w) = flowers(Loss::CrossEntropy);
    let network = objective.network();
    let shampoo = Shampoo::new(network, 0.1).unwrap().with_floor(0.0).unwrap().step(&objective, &w).unwrap();
    let muon = Muon::new(network, 0.1, 0.9).unwrap().exact().step(&objective, &w).unwrap();
    assert!((&shampoo - &muon).amax() < 1e-12);
    // Means corrected for their start make the same first step.
    let means = Shampoo::new(network, 0.1).unwrap().with_floor(0.0).unwrap().with_decays(0.9, 0.99).unwrap();
    assert!(({ means }.step(&objective, &w).unwrap() - &muon).amax() < 1e-12);
    for layer in network.layers() {
        let step = (layer.matrix(&w).unwrap() - layer.matrix(&muon).unwrap()) / 0.1;
        for sigma in step.singular_values().iter().filter(|sigma| **sigma > 1e-9) {
            assert!((sigma - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn two_steps_of_shampoo_by_hand() {
    // One weight and one bias, one row: G is a column, and R a number.
    let data = Dataset::new(dmatrix![0.0], vec![0], 1).unwrap();
    let network = Network::new(&[1, 1], Activation::Identity).unwrap();
    let objective = Objective::new(&network, &data, Loss::Squared).unwrap();
    let mut shampoo = Shampoo::new(&network, 0.5).unwrap().with_floor(0.0).unwrap();
    // The gradient is b − 1 for the bias: −1, then −1/2; both sums are 1, then 5/4.
    let first = shampoo.step(&objective, &dvector![0.0, 0.0]).unwrap();
    assert!((first - dvector![0.0, 0.5]).amax() < 1e-15);
    let second = shampoo.step(&objective, &dvector![0.0, 0.5]).unwrap();
    assert!((second[1] - 0.5 - 0.5 * 0.5 / 1.25f64.sqrt()).abs() < 1e-15);
}

#[test]
fn the_sides_of_shampoo_bound_the_sum_of_squares() {
    let (m, n) = (4, 3);
    let gradients: Vec<_> = (0..6).map(|seed| random(m, n, seed)).collect();
    let mut whole = DMatrix::zeros(m * n, m * n);
    let (mut left, mut right) = (DMatrix::zeros(m, m), DMatrix::zeros(n, n));
    for g in &gradients {
        let vector = DVector::from_column_slice(g.as_slice());
        whole += &vector * vector.transpose();
        left += g * g.transpose();
        right += g.transpose() * g;
    }
    let root = |s: &DMatrix<f64>| s * inverse_root(s, 2, 0.0);
    let gap = root(&right).kronecker(&root(&left)) * 3.0 - whole;
    assert!(gap.symmetric_eigenvalues().min() > 0.0);
}

#[test]
fn inverse_roots_of_what_is_singular_stay_on_its_range() {
    let root = inverse_root(&dmatrix![16.0, 0.0; 0.0, 0.0], 4, 0.0);
    assert!((root - dmatrix![0.5, 0.0; 0.0, 0.0]).amax() < 1e-15);
    let root = inverse_root(&dmatrix![2.0, 1.0; 1.0, 2.0], 2, 0.0);
    assert!((&root * &root - dmatrix![2.0, -1.0; -1.0, 2.0] / 3.0).amax() < 1e-15);
    assert_eq!(inverse_root(&DMatrix::zeros(2, 2), 4, 0.0), DMatrix::zeros(2, 2));
    assert!(inverse_root(&DMatrix::repeat(2, 2, f64::NAN), 4, 0.0)[(0, 0)].is_nan());
    let large = inverse_root(&(dmatrix![4.0, 0.0; 0.0, 1.0] * 1e300), 2, 0.0);
    assert!((large * 1e150 - dmatrix![0.5, 0.0; 0.0, 1.0]).amax() < 1e-12);
}

#[test]
fn the_polar_factor_is_orthogonal_and_the_nearest() {
    for (rows, columns) in [(5, 3), (3, 5), (4, 4)] {
        let m = random(rows, columns, 7);
        let q = polar(&m);
        assert!(q.singular_values().iter().all(|sigma| (sigma - 1.0).abs() < 1e-13));
        // ⟨M, UVᵀ⟩ is the sum of the singular values.
        assert!((m.dot(&q) - m.singular_values().sum()).abs() < 1e-12);
        assert!((polar(&(&m * 1e200)) - &q).amax() < 1e-12);
        assert!((newton_schulz(&m, CUBIC, 40) - &q).amax() < 1e-12);
        assert!((newton_schulz(&m, QUINTIC, 25) - &q).amax() < 1e-12);
    }
    let thin = polar(&dmatrix![3.0, 0.0; 4.0, 0.0]);
    assert!((thin - dmatrix![0.6, 0.0; 0.8, 0.0]).amax() < 1e-15);
    assert_eq!(polar(&DMatrix::zeros(2, 3)), DMatrix::zeros(2, 3));
    assert_eq!(newton_schulz(&DMatrix::zeros(2, 3), TUNED, 5), DMatrix::zeros(2, 3));
    assert!(polar(&DMatrix::repeat(2, 2, f64::INFINITY))[(0, 0)].is_nan());
}

#[test]
fn each_singular_value_goes_through_the_polynomial() {
    let m = random(4, 6, 8);
    let [a, b, c] = TUNED;
    let mut expected: Vec<f64> = m.singular_values().iter().map(|sigma| sigma / m.norm()).collect();
    for _ in 0..3 {
        expected.iter_mut().for_each(|s| *s = a * *s + b * s.powi(3) + c * s.powi(5));
    }
    let mut found: Vec<f64> = newton_schulz(&m, TUNED, 3).singular_values().iter().copied().collect();
    expected.sort_by(f64::total_cmp);
    found.sort_by(f64::total_cmp);
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected.abs()).abs() < 1e-12);
    }
}

#[test]
fn sophia_is_newtons_method_where_the_hessian_is_diagonal() {
    let data = Dataset::new(dmatrix![1.0; -1.0], vec![0, 0], 1).unwrap();
    let network = Network::new(&[1, 1], Activation::Identity).unwrap();
    let objective = Objective::new(&network, &data, Loss::Squared).unwrap();
    let mut sophia = Sophia::new(1.0, 1.0, 0).unwrap().with_decays(0.0, 0.0).unwrap();
    let end = sophia.step(&objective, &dvector![0.5, 0.25]).unwrap();
    assert!((end - dvector![0.0, 1.0]).amax() < 1e-14);
    // Where γh is nothing the step is η times the sign.
    let mut signs = Sophia::new(0.1, 0.0, 0).unwrap().every(3).unwrap();
    let end = signs.step(&objective, &dvector![0.5, 0.25]).unwrap();
    assert!((end - dvector![0.4, 0.35]).amax() < 1e-14);
}

#[test]
fn a_rule_is_an_optimiser_and_what_does_not_fit_is_refused() {
    let (objective, w) = flowers(Loss::CrossEntropy);
    let network = objective.network();
    let end = Adam::new((), 0.1).unwrap().step(&objective, &w).unwrap();
    assert!(((end - &w).amax() - 0.1).abs() < 1e-6);
    assert_eq!(Muon::new(network, -1.0, 0.9).unwrap_err(), OptimiserError::Rate(-1.0));
    assert_eq!(Muon::new(network, 1.0, 1.0).unwrap_err(), OptimiserError::Decay(1.0));
    assert_eq!(Kfac::new(network, 1.0, -2.0).unwrap_err(), OptimiserError::Floor(-2.0));
    assert_eq!(Shampoo::new(network, 1.0).unwrap().every(0).unwrap_err(), OptimiserError::NoSteps);
    let short = DVector::zeros(3);
    let misfit = TrainingError::Dimension { expected: w.len(), found: 3 };
    assert_eq!(Kfac::new(network, 1.0, 0.1).unwrap().step(&objective, &short), Err(misfit));
    let far = &w * 1e308;
    assert!(Sophia::new(0.1, 0.1, 0).unwrap().step(&objective, &far).is_err());
}
