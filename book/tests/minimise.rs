//! Methods that use curvature, on functions with known minima, against closed forms and independent references.

use std::cell::Cell;

use curvature::data::iris;
use curvature::functions::{beale, booth, himmelblau, rosenbrock};
use curvature::minimise::{
    Armijo, ByHessian, Ended, LeastSquares, LineSearch, MinimiseError, Point, Wolfe, bfgs, conjugate_gradients,
    cubic_regularisation, gauss_newton, l_bfgs, levenberg_marquardt, newton_cg, trust_region,
};
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::operators::{Counted, Diagonal, Probe, Reorthogonalisation, lanczos};
use curvature::spectrum::Spectrum;
use curvature::training::{Differentiable, TrainingError, TwiceDifferentiable, newton};
use nalgebra::{DMatrix, DVector, Vector2, dmatrix, dvector};
use num_dual::{Dual2SVec64, DualSVec64};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

type First = fn(Vector2<DualSVec64<2>>) -> DualSVec64<2>;
type Second = fn(Vector2<Dual2SVec64<2>>) -> Dual2SVec64<2>;

/// A function of two variables with derivatives by dual numbers, which counts how often it is asked.
struct Plane {
    first: First,
    second: Second,
    evaluations: Cell<usize>,
}

impl Plane {
    fn new(first: First, second: Second) -> Self {
        Self { first, second, evaluations: Cell::new(0) }
    }
}

impl Differentiable for Plane {
    fn dimension(&self) -> usize {
        2
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        self.evaluations.set(self.evaluations.get() + 1);
        let (value, gradient) = num_dual::gradient(self.first, &Vector2::new(w[0], w[1]));
        if value.is_finite() {
            Ok((value, dvector![gradient.x, gradient.y]))
        } else {
            Err(TrainingError::NotFinite)
        }
    }
}

impl TwiceDifferentiable for Plane {
    fn hessian(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        let (_, _, h) = num_dual::hessian(self.second, &Vector2::new(w[0], w[1]));
        Ok(dmatrix![h[(0, 0)], h[(0, 1)]; h[(1, 0)], h[(1, 1)]])
    }
}

/// Minima of Himmelblau's function, by scipy 1.17.1's `minimize(method="BFGS")`.
const OTHER_MINIMA: [[f64; 2]; 3] = [[-2.805118, 3.131313], [-3.779310, -3.283186], [3.584428, -1.848127]];

/// Each function with a start and the minima that it has.
fn problems() -> Vec<(Plane, DVector<f64>, Vec<[f64; 2]>)> {
    let himmelblaus = [vec![[3.0, 2.0]], OTHER_MINIMA.to_vec()].concat();
    vec![
        (Plane::new(rosenbrock, rosenbrock), dvector![-1.2, 1.0], vec![[1.0, 1.0]]),
        (Plane::new(himmelblau, himmelblau), dvector![0.5, 1.0], himmelblaus.clone()),
        (Plane::new(himmelblau, himmelblau), dvector![-4.0, -4.0], himmelblaus),
        (Plane::new(beale, beale), dvector![1.0, 0.8], vec![[3.0, 0.5]]),
        (Plane::new(booth, booth), dvector![-5.0, 8.0], vec![[1.0, 3.0]]),
    ]
}

fn solves(method: impl Fn(&Plane, DVector<f64>) -> Result<Ended, MinimiseError>, most_steps: usize) {
    for (k, (plane, start, minima)) in problems().into_iter().enumerate() {
        let end = method(&plane, start).unwrap_or_else(|error| panic!("problem {k}: {error}"));
        let off = |minimum: &[f64; 2]| (end.weights[0] - minimum[0]).hypot(end.weights[1] - minimum[1]);
        assert!(minima.iter().any(|minimum| off(minimum) < 1e-5), "problem {k}: {}", end.weights);
        assert!(end.value < 1e-12 && end.gradient <= 1e-8 && end.steps <= most_steps, "problem {k}: {end:?}");
        assert_eq!(end.evaluations, plane.evaluations.get(), "problem {k}");
    }
}

#[test]
fn all_methods_find_minima_of_the_test_functions() {
    solves(|f, start| newton_cg(&ByHessian(f), start, 1e-8, 100), 70);
    solves(|f, start| trust_region(&ByHessian(f), start, 1.0, 1e-8, 100), 60);
    solves(|f, start| cubic_regularisation(f, start, 1.0, 1e-8, 100), 60);
    // scipy 1.17.1 takes 34 steps of BFGS on Rosenbrock's function.
    solves(|f, start| bfgs(f, start, 1e-8, 100), 60);
    solves(|f, start| l_bfgs(f, start, 5, 1e-8, 100), 60);
}

#[test]
fn the_test_functions_have_their_minima_and_curvature() {
    for minimum in [vec![[3.0, 2.0]], OTHER_MINIMA.to_vec()].concat() {
        assert!(himmelblau(Vector2::new(minimum[0], minimum[1])) < 1e-9);
    }
    let top = num_dual::hessian(himmelblau, &Vector2::new(-0.270845, -0.923039));
    let height: f64 = top.0;
    assert!(top.1.norm() < 1e-4 && top.2.symmetric_eigenvalues().max() < 0.0 && (height - 181.6165).abs() < 1e-4);
    assert_eq!(beale(Vector2::new(3.0, 0.5)), 0.0);
    let saddle = num_dual::hessian(beale, &Vector2::new(0.0, 1.0));
    let values = saddle.2.symmetric_eigenvalues();
    assert!(saddle.1.norm() < 1e-12 && values.min() < 0.0 && values.max() > 0.0);
    let (value, gradient, h) = num_dual::hessian(booth, &Vector2::new(1.0, 3.0));
    let spectrum = Spectrum::of(&h).unwrap();
    assert!(value == 0.0 && gradient.norm() == 0.0);
    assert!((spectrum.largest() - 18.0).abs() < 1e-12 && (spectrum.smallest() - 2.0).abs() < 1e-12);
}

/// `x² − y² + y⁴/4`: minima at (0, ±√2), a saddle at the origin.
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
fn cubic_regularisation_leaves_a_saddle_that_holds_the_others() {
    let origin = dvector![0.0, 0.0];
    for sigma in [0.1, 1.0, 10.0] {
        for start in [origin.clone(), dvector![1.0, 0.0]] {
            let end = cubic_regularisation(&Pass, start, sigma, 1e-9, 100).unwrap();
            assert!((end.weights[1].abs() - 2f64.sqrt()).abs() < 1e-8 && (end.value + 1.0).abs() < 1e-12);
        }
    }
    assert_eq!(newton_cg(&ByHessian(&Pass), origin.clone(), 1e-9, 100).unwrap().weights, origin);
    // Beside it, negative curvature leads a region of trust away.
    let end = trust_region(&ByHessian(&Pass), dvector![1.0, 1e-6], 0.5, 1e-9, 100).unwrap();
    assert!((end.weights[1].abs() - 2f64.sqrt()).abs() < 1e-8);
}

#[test]
fn the_first_cubic_step_solves_its_secular_equation() {
    // From (1, 0) on the pass the gradient is (2, 0) and has no part in the direction of −2: the hard case has λ = 2, so
    // ‖s‖ = 2/σ; its first component is −2/(2 + 2).
    let sigma = 1.0;
    let end = cubic_regularisation(&Pass, dvector![1.0, 0.0], sigma, 1e-9, 1).unwrap_err();
    let MinimiseError::NotConverged { steps: 1, gradient } = end else {
        panic!("{end}")
    };
    let y: f64 = (4.0f64 - 0.25).sqrt();
    let expected = (2.0 * 0.5f64).hypot(y.powi(3) - 2.0 * y);
    assert!((gradient - expected).abs() < 1e-9, "{gradient} {expected}");
}

#[test]
fn backtracking_stops_where_its_condition_says() {
    // On ½λx² along the negative gradient, Armijo's condition holds for t up to 2(1 − c₁)/λ.
    let parabola = curvature::training::Function::new(1, |w: &DVector<f64>| (10.0 * w[0] * w[0], 20.0 * w));
    let at = Point::of(&parabola, dvector![1.0]).unwrap();
    for (c1, step, evaluations) in [
        (1e-4, 0.0625, 5),
        (0.3, 0.0625, 5),
        (0.4, 0.03125, 6),
        (0.9, 0.0078125, 8),
    ] {
        let found = Armijo::new(c1).unwrap().along(&parabola, &at, &-&at.gradient).unwrap();
        assert_eq!((found.step, found.evaluations), (step, evaluations), "{c1}");
    }
    let uphill = Armijo::new(0.1).unwrap().along(&parabola, &at, &at.gradient).unwrap_err();
    assert_eq!(uphill, MinimiseError::NoDescent { slope: 400.0 });
    assert!(Armijo::new(0.0).is_err() && Armijo::new(f64::NAN).is_err());
    assert!(Wolfe::new(0.5, 0.4).is_err() && Wolfe::new(0.1, 1.0).is_err() && Wolfe::new(0.1, f64::NAN).is_err());
}

#[test]
fn steps_meet_the_strong_conditions_of_wolfe() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (plane, _, _) in problems() {
        for (c1, c2) in [(1e-4, 0.9), (1e-4, 0.1), (0.2, 0.3)] {
            let search = Wolfe::new(c1, c2).unwrap();
            for k in 0..40 {
                let at = Point::of(&plane, Probe::Gaussian.draw(2, &mut rng)).unwrap();
                let turn = Probe::Gaussian.draw(2, &mut rng) * at.gradient.norm() * 0.5;
                let direction = (turn - &at.gradient) * 10f64.powi(k % 7 - 4);
                let slope = at.gradient.dot(&direction);
                if slope >= 0.0 {
                    continue;
                }
                let found = search.along(&plane, &at, &direction).unwrap();
                assert!(found.point.value <= at.value + c1 * found.step * slope + 1e-14 * at.value);
                assert!(found.point.gradient.dot(&direction).abs() <= c2 * slope.abs());
            }
        }
    }
}

#[test]
fn conjugate_gradients_solve_and_are_the_lanczos_process() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let values = DVector::from_fn(40, |i, _| 1.0 + i as f64);
    let h = Counted::new(Diagonal(values.clone()));
    let b = Probe::Gaussian.draw(40, &mut rng);
    let run = conjugate_gradients(&h, &b, 1e-10, 60).unwrap();
    assert!((&run.solution - b.component_div(&values)).amax() < 1e-9);
    assert_eq!((run.steps.len(), run.residuals.len()), (h.products(), h.products() + 1));
    let kappa: f64 = 40.0;
    let rate = (kappa.sqrt() - 1.0) / (kappa.sqrt() + 1.0);
    for (k, residual) in run.residuals.iter().enumerate() {
        assert!(*residual <= 2.0 * kappa.sqrt() * rate.powi(k as i32) * run.residuals[0] + 1e-12);
    }
    let few = conjugate_gradients(&h, &b, 1e-4, 60).unwrap();
    let process = lanczos(&h, &b, few.steps.len(), Reorthogonalisation::Full).unwrap();
    assert!((few.tridiagonal() - process.tridiagonal()).amax() < 1e-9);

    // Three different eigenvalues take three steps.
    let three = Diagonal(DVector::from_fn(40, |i, _| [1.0, 10.0, 100.0][i % 3]));
    assert_eq!(conjugate_gradients(&three, &b, 1e-10, 60).unwrap().steps.len(), 3);
    assert!(conjugate_gradients(&three, &DVector::zeros(40), 1e-9, 9).unwrap().steps.is_empty());
    let indefinite = Diagonal(dvector![1.0, -2.0]);
    let error = conjugate_gradients(&indefinite, &dvector![0.0, 1.0], 1e-9, 9).unwrap_err();
    assert_eq!(error, MinimiseError::NotPositive { curvature: -2.0 });
    assert!(matches!(
        conjugate_gradients(&three, &b, 1e-10, 2),
        Err(MinimiseError::NotConverged { steps: 2, .. })
    ));
    assert!(conjugate_gradients(&three, &dvector![1.0], 1e-9, 9).is_err());
    assert!(conjugate_gradients(&three, &b, 0.0, 9).is_err());
}

/// Misra1a of the collection of the NIST: `b₁(1 − exp(−b₂x))`.
#[rustfmt::skip]
const MISRA: [(f64, f64); 14] = [
    (77.6, 10.07), (114.9, 14.73), (141.1, 17.94), (190.8, 23.93), (239.9, 29.61), (289.0, 35.18), (332.8, 40.02),
    (378.4, 44.82), (434.8, 50.76), (477.3, 55.05), (536.8, 61.01), (593.1, 66.40), (689.1, 75.47), (760.0, 81.78),
];

#[test]
fn least_squares_meet_certified_values() {
    // The second parameter in units of 1e-3, so that a gradient has one scale.
    let misra = LeastSquares::new(2, |b: &DVector<f64>| {
        let fall = |x: f64| (-1e-3 * b[1] * x).exp();
        let r = DVector::from_iterator(14, MISRA.iter().map(|&(x, y)| b[0] * (1.0 - fall(x)) - y));
        let j = DMatrix::from_fn(14, 2, |i, k| {
            let x = MISRA[i].0;
            if k == 0 { 1.0 - fall(x) } else { b[0] * 1e-3 * x * fall(x) }
        });
        (r, j)
    });
    for start in [dvector![500.0, 0.1], dvector![250.0, 0.5]] {
        let ends = [
            levenberg_marquardt(&misra, start.clone(), 1e-8, 200).unwrap(),
            gauss_newton(&misra, start, 1e-8, 200).unwrap(),
        ];
        for end in ends {
            // Certified: 2.3894212918E+02, 5.5015643181E-04, sum of squares 1.2455138894E-01.
            assert!((end.weights[0] / 2.3894212918e2 - 1.0).abs() < 1e-9);
            assert!((end.weights[1] / 5.5015643181e-1 - 1.0).abs() < 1e-9);
            assert!((2.0 * end.value / 1.2455138894e-1 - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn gauss_newton_needs_full_rank_and_levenberg_marquardt_does_not() {
    let valley = LeastSquares::new(2, |w: &DVector<f64>| {
        (dvector![10.0 * (w[1] - w[0] * w[0]), 1.0 - w[0]], dmatrix![-20.0 * w[0], 10.0; -1.0, 0.0])
    });
    for end in [
        gauss_newton(&valley, dvector![-1.2, 1.0], 1e-10, 100).unwrap(),
        levenberg_marquardt(&valley, dvector![-1.2, 1.0], 1e-10, 100).unwrap(),
    ] {
        assert!((end.weights - dvector![1.0, 1.0]).norm() < 1e-9);
    }
    let sum = LeastSquares::new(2, |w: &DVector<f64>| {
        (dvector![w[0] + w[1] - 1.0, w[0] + w[1] - 1.0], dmatrix![1.0, 1.0; 1.0, 1.0])
    });
    assert_eq!(gauss_newton(&sum, dvector![3.0, 5.0], 1e-9, 9), Err(MinimiseError::RankDeficient));
    let end = levenberg_marquardt(&sum, dvector![3.0, 5.0], 1e-9, 50).unwrap();
    assert!((end.weights.sum() - 1.0).abs() < 1e-9);
    // It stays as near to its start as it can.
    assert!((end.weights[1] - end.weights[0] - 2.0).abs() < 1e-9);
    let wrong = LeastSquares::new(2, |_: &DVector<f64>| (dvector![1.0], dmatrix![1.0, 1.0; 1.0, 1.0]));
    assert!(matches!(
        levenberg_marquardt(&wrong, dvector![0.0, 0.0], 1e-9, 9),
        Err(MinimiseError::Function(TrainingError::Dimension { .. }))
    ));
}

#[test]
fn on_a_network_they_find_the_minimum_that_newtons_method_finds() {
    let network = Network::new(&[4, 3], Activation::Tanh).unwrap();
    let data = iris().unwrap().standardised();
    let objective = Objective::new(&network, &data, Loss::CrossEntropy).unwrap().with_l2(1e-2).unwrap();
    let zero = DVector::zeros(network.parameters());
    let exact = newton(&objective, zero.clone(), 1e-11, 50).unwrap();
    let ends = [
        newton_cg(&objective, zero.clone(), 1e-9, 100).unwrap(),
        trust_region(&objective, zero.clone(), 1.0, 1e-9, 100).unwrap(),
        l_bfgs(&objective, zero.clone(), 8, 1e-9, 200).unwrap(),
        bfgs(&objective, zero.clone(), 1e-9, 200).unwrap(),
        cubic_regularisation(&objective, zero, 1.0, 1e-9, 100).unwrap(),
    ];
    for end in &ends {
        assert!((&end.weights - &exact.weights).norm() < 1e-6, "{end:?}");
        assert!((end.value - exact.value).abs() < 1e-14);
    }
    assert!(ends[0].products > 0 && ends[1].products > 0 && ends[2].products == 0 && ends[4].matrices > 0);
}

#[test]
fn what_cannot_be_minimised_is_refused() {
    let plane = || Plane::new(rosenbrock, rosenbrock);
    let start = || dvector![-1.2, 1.0];
    assert!(matches!(bfgs(&plane(), start(), 1e-9, 3), Err(MinimiseError::NotConverged { steps: 3, .. })));
    assert!(matches!(bfgs(&plane(), start(), -1.0, 3), Err(MinimiseError::Parameter { .. })));
    assert!(matches!(l_bfgs(&plane(), start(), 0, 1e-9, 3), Err(MinimiseError::Parameter { .. })));
    assert!(matches!(
        trust_region(&ByHessian(&plane()), start(), 0.0, 1e-9, 3),
        Err(MinimiseError::Parameter { .. })
    ));
    assert!(matches!(
        cubic_regularisation(&plane(), start(), f64::NAN, 1e-9, 3),
        Err(MinimiseError::Parameter { .. })
    ));
    let line = curvature::training::Function::new(1, |w: &DVector<f64>| (w[0], dvector![1.0]));
    assert!(bfgs(&line, dvector![0.0], 1e-9, 1000).is_err());
    assert!(bfgs(&line, dvector![0.0, 1.0], 1e-9, 10).is_err());
}
