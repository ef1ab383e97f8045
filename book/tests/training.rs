//! Rules of training against closed forms, batches, and Newton's method on functions with known minima.

use curvature::data::iris;
use curvature::descent::Method;
use curvature::functions::bowl;
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::optimisers::{Adam, Momentum, RmsProp};
use curvature::spectrum::Spectrum;
use curvature::training::{Batches, Differentiable, Rule, Sgd, Trainer, TrainingError, TwiceDifferentiable, newton};
use nalgebra::{DMatrix, DVector, Dyn, dmatrix, dvector, vector};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// The bowl `10x² + y²` as an objective.
#[derive(Debug)]
struct Bowl;

impl Differentiable for Bowl {
    fn dimension(&self) -> usize {
        2
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        let value = bowl(vector![w[0], w[1]]);
        if value.is_finite() {
            Ok((value, dvector![20.0 * w[0], 2.0 * w[1]]))
        } else {
            Err(TrainingError::NotFinite)
        }
    }
}

/// `x⁴/4 − x²/2 + y²/2`: minima at (±1, 0), a saddle at the origin.
struct TwoWells;

impl Differentiable for TwoWells {
    fn dimension(&self) -> usize {
        2
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        let (x, y) = (w[0], w[1]);
        let value = x.powi(4) / 4.0 - x * x / 2.0 + y * y / 2.0;
        Ok((value, dvector![x.powi(3) - x, y]))
    }
}

impl TwiceDifferentiable for TwoWells {
    fn hessian(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        Ok(dmatrix![3.0 * w[0] * w[0] - 1.0, 0.0; 0.0, 1.0])
    }
}

#[test]
fn gradient_steps_multiply_each_coordinate_of_the_bowl() {
    let mut trainer = Trainer::new(dvector![1.0, 1.0], Sgd::new(0.07));
    let losses = trainer.run(&Bowl, 30).unwrap();
    assert_eq!((losses.len(), trainer.steps()), (30, 30));
    assert_eq!(losses[0], 11.0);
    let expected = dvector![(-0.4f64).powi(30), 0.86f64.powi(30)];
    assert!((trainer.weights() - expected).norm() < 1e-15);
}

#[test]
fn optimisers_without_a_gradient_of_their_own_are_rules() {
    let gradient = |w: &DVector<f64>| dvector![20.0 * w[0], 2.0 * w[1]];
    let same = |rule: Box<dyn Rule>, mut method: Box<dyn Method<Dyn>>| {
        let mut trainer = Trainer::new(dvector![1.0, 1.0], Boxed(rule));
        let mut w = dvector![1.0, 1.0];
        for _ in 0..50 {
            trainer.step(&Bowl).unwrap();
            w = method.step(&w).unwrap();
            assert_eq!(trainer.weights(), &w);
        }
    };
    same(
        Box::new(Momentum::new((), 0.03, 0.8).unwrap()),
        Box::new(Momentum::new(gradient, 0.03, 0.8).unwrap()),
    );
    same(Box::new(RmsProp::new((), 0.03, 0.9).unwrap()), Box::new(RmsProp::new(gradient, 0.03, 0.9).unwrap()));
    same(Box::new(Adam::new((), 0.03).unwrap()), Box::new(Adam::new(gradient, 0.03).unwrap()));
}

struct Boxed(Box<dyn Rule>);

impl Rule for Boxed {
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64> {
        self.0.next(at, gradient)
    }
}

#[test]
fn a_run_that_explodes_stops_with_the_last_finite_weights() {
    let mut trainer = Trainer::new(dvector![1.0, 1.0], Sgd::new(10.0));
    assert_eq!(trainer.run(&Bowl, 1000), Err(TrainingError::NotFinite));
    assert!(trainer.steps() > 10 && trainer.weights().iter().all(|w| w.is_finite()));
}

#[test]
fn batches_go_through_all_rows_before_any_comes_again() {
    let mut batches = Batches::new(10, 3, 5).unwrap();
    for _ in 0..4 {
        let mut rows: Vec<usize> = (0..3).flat_map(|_| batches.draw().to_vec()).collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), 9);
        assert!(rows.iter().all(|&row| row < 10));
    }
    let draw = |seed: u64| Batches::new(100, 10, seed).unwrap().draw().to_vec();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert_eq!(Batches::new(3, 4, 0).unwrap_err(), TrainingError::Batch { size: 4, rows: 3 });
    assert!(Batches::new(3, 0, 0).is_err());
}

#[test]
fn training_on_batches_of_everything_is_training() {
    let data = iris().unwrap().standardised();
    let network = Network::new(&[4, 5, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &data, Loss::CrossEntropy).unwrap();
    let start = network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(1));
    let mut whole = Trainer::new(start.clone(), Sgd::new(0.3));
    let mut parts = Trainer::new(start, Sgd::new(0.3));
    let losses = whole.run(&objective, 20).unwrap();
    parts.run_on_batches(&objective, &mut Batches::new(150, 150, 2).unwrap(), 20).unwrap();
    assert!((whole.weights() - parts.weights()).amax() < 1e-12);
    assert!(losses.is_sorted_by(|a, b| a > b));
}

#[test]
fn newton_finds_minima_also_from_beside_a_saddle() {
    for x in [0.1, 0.4, -0.3, 5.0] {
        let end = newton(&TwoWells, dvector![x, 2.0], 1e-14, 50).unwrap();
        assert!((end.weights - dvector![x.signum(), 0.0]).amax() < 1e-12);
        assert!((end.value + 0.25).abs() < 1e-14);
    }
    let stopped = newton(&TwoWells, dvector![5.0, 2.0], 1e-14, 2).unwrap_err();
    assert!(matches!(stopped, TrainingError::NotConverged { steps: 2, .. }));
}

#[test]
fn newton_meets_the_known_minimum_of_softmax_regression_on_iris() {
    let data = iris().unwrap().standardised();
    let network = Network::new(&[4, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &data, Loss::CrossEntropy).unwrap().with_l2(0.01).unwrap();
    let end = newton(&objective, DVector::zeros(15), 1e-12, 20).unwrap();
    assert_eq!(end.steps, 8);
    assert!((end.value - 0.266201000802).abs() < 1e-12);
    assert!((objective.data_loss(&end.weights).unwrap() - 0.173523052611).abs() < 1e-11);
    assert_eq!(objective.correct(&end.weights).unwrap(), 144);
    let spectrum = Spectrum::of(&objective.hessian(&end.weights).unwrap()).unwrap();
    assert!((spectrum.largest() - 0.397357454938).abs() < 1e-11);
    assert!((spectrum.values.sum() - 0.8757474660).abs() < 1e-9);
    assert!(spectrum.values.iter().skip(10).all(|value| (value - 0.01).abs() < 1e-14));
}

/// `x² − y² + y⁴/4`: minima at (0, ±√2), a saddle at the origin, to which each start with `y = 0` leads.
struct Pass;

impl Differentiable for Pass {
    fn dimension(&self) -> usize {
        2
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        let (x, y) = (w[0], w[1]);
        Ok((x * x - y * y + y.powi(4) / 4.0, dvector![2.0 * x, y.powi(3) - 2.0 * y]))
    }
}

impl TwiceDifferentiable for Pass {
    fn hessian(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        Ok(dmatrix![2.0, 0.0; 0.0, 3.0 * w[1] * w[1] - 2.0])
    }
}

#[test]
fn newtons_method_leaves_saddles_on_which_it_starts_or_arrives() {
    for start in [dvector![1.0, 0.0], dvector![0.0, 0.0], dvector![1e-30, 0.0]] {
        let end = newton(&Pass, start, 1e-12, 200).unwrap();
        assert!((end.weights[1].abs() - 2f64.sqrt()).abs() < 1e-9 && (end.value + 1.0).abs() < 1e-12);
    }
    let network = Network::new(&[4, 3, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &iris().unwrap().standardised(), Loss::CrossEntropy).unwrap();
    let objective = objective.with_l2(1e-2).unwrap();
    let zero = DVector::zeros(network.parameters());
    let end = newton(&objective, zero, 1e-9, 500).unwrap();
    assert!(end.steps > 0);
    assert!(Spectrum::of(&objective.hessian(&end.weights).unwrap()).unwrap().smallest() > -1e-8);
}

#[test]
fn a_step_size_that_is_none_is_refused() {
    for rate in [-0.1, f64::NAN] {
        let mut trainer = Trainer::new(dvector![1.0, 1.0], Sgd::new(rate));
        assert!(matches!(trainer.step(&Bowl), Err(TrainingError::Rate(_))));
    }
}
