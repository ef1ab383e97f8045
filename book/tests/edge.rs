//! Gradient descent under observation, against a linear network whose Hessian is known.

use curvature::data::{Dataset, iris};
use curvature::edge::{EdgeError, observe};
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::spectrum::Spectrum;
use curvature::training::{Sgd, Trainer, TrainingError};
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// Least squares on the irises: the Hessian is the second moment of `(x, 1)`, once for each class, at every point.
fn least_squares() -> (Objective, f64) {
    let data: Dataset = iris().unwrap().standardised();
    let network = Network::new(&[4, 3], Activation::Identity).unwrap();
    let extended = data.inputs.clone().insert_column(4, 1.0);
    let moments: DMatrix<f64> = extended.transpose() * &extended / 150.0;
    let top = Spectrum::of(&moments).unwrap().largest();
    (Objective::new(&network, &data, Loss::Squared).unwrap(), top)
}

#[test]
fn on_a_quadratic_the_sharpness_is_constant_and_two_over_it_bounds_the_step() {
    let (objective, top) = least_squares();
    let start = DVector::zeros(15);
    let stable = observe(&objective, start.clone(), 1.9 / top, 300, 50).unwrap();
    assert_eq!(stable.sharpness.iter().map(|s| s.0).collect::<Vec<_>>(), [0, 50, 100, 150, 200, 250, 300]);
    for &(_, sharpness) in &stable.sharpness {
        assert!((sharpness / top - 1.0).abs() < 1e-9, "{sharpness} for {top}");
    }
    assert!(stable.stability().iter().all(|(_, edge)| (edge - 0.95).abs() < 1e-9));
    assert_eq!((stable.crossing(), stable.rises(0, 300)), (None, 0));
    assert_eq!(stable.losses.len(), 301);

    let unstable = observe(&objective, start, 2.1 / top, 300, 50).unwrap();
    assert_eq!(unstable.crossing(), Some(0));
    assert!(unstable.losses[300] > unstable.losses[0]);
    assert_eq!(unstable.rises(280, 300), 20);
}

#[test]
fn it_takes_the_steps_of_gradient_descent() {
    let network = Network::new(&[4, 5, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &iris().unwrap().standardised(), Loss::CrossEntropy).unwrap();
    let start = network.initial(1.0, &mut ChaCha8Rng::seed_from_u64(5));
    let seen = observe(&objective, start.clone(), 0.5, 40, 7).unwrap();
    let mut trainer = Trainer::new(start, Sgd::new(0.5));
    let losses = trainer.run(&objective, 40).unwrap();
    assert_eq!(seen.losses[..40], losses);
    assert!((seen.weights.clone() - trainer.weights()).norm() < 1e-12);
    // Against the whole spectrum of the exact Hessian.
    let seen = observe(&objective, seen.weights, 0.5, 60, 20).unwrap();
    let top = Spectrum::of(&objective.hessian(&seen.weights).unwrap()).unwrap().largest();
    let (step, sharpness) = seen.sharpness[3];
    assert_eq!(step, 60);
    assert!(sharpness <= top * (1.0 + 1e-12) && sharpness > top * (1.0 - 1e-4), "{sharpness} for {top}");
}

#[test]
fn what_leads_nowhere_is_refused() {
    let (objective, top) = least_squares();
    let start = DVector::zeros(15);
    let run = |rate: f64, every: usize| observe(&objective, start.clone(), rate, 10, every).unwrap_err();
    assert_eq!(run(f64::NAN, 1).to_string(), "a step of NaN leads nowhere");
    assert!(matches!(run(0.0, 1), EdgeError::Rate(_)));
    assert!(matches!(run(0.1, 0), EdgeError::Never));
    let diverges = observe(&objective, start.clone(), 1e6 / top, 100, 200).unwrap_err();
    assert!(matches!(diverges, EdgeError::Training(TrainingError::NotFinite)), "{diverges}");
    let short = observe(&objective, DVector::zeros(3), 0.1, 10, 1).unwrap_err();
    assert!(matches!(short, EdgeError::Training(TrainingError::Dimension { .. })));
}

#[test]
fn steps_that_were_not_taken_raise_nothing() {
    let (objective, top) = least_squares();
    let start = DVector::zeros(objective.network().parameters());
    let run = observe(&objective, start, 1.0 / top, 5, 5).unwrap();
    assert_eq!(
        [
            run.rises(3, 1),
            run.rises(0, usize::MAX),
            run.rises(usize::MAX, usize::MAX)
        ],
        [0; 3]
    );
}
