//! Critical points against those that are known.

use curvature::critical::critical_point;
use curvature::functions::{bowl, hyperbola, monkey_saddle, saddle};
use curvature::training::{Differentiable, TrainingError, TwiceDifferentiable};
use nalgebra::{DMatrix, DVector, Vector2, dvector, vector};
use num_dual::{Dual2SVec64, DualNum};

/// A function of two variables by dual numbers.
struct Plane(fn(Vector2<Dual2SVec64<2>>) -> Dual2SVec64<2>);

impl Plane {
    fn expanded(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>, DMatrix<f64>), TrainingError> {
        let (value, g, h) = num_dual::hessian(self.0, &vector![w[0], w[1]]);
        if value.is_finite() {
            Ok((value, dvector![g.x, g.y], DMatrix::from_iterator(2, 2, h.iter().copied())))
        } else {
            Err(TrainingError::NotFinite)
        }
    }
}

impl Differentiable for Plane {
    fn dimension(&self) -> usize {
        2
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        self.expanded(w).map(|(value, gradient, _)| (value, gradient))
    }
}

impl TwiceDifferentiable for Plane {
    fn hessian(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        self.expanded(w).map(|(_, _, hessian)| hessian)
    }
}

#[test]
fn quadratics_take_one_step_whatever_their_index() {
    for (f, index) in [(Plane(bowl), 0), (Plane(saddle), 1), (Plane(|p| -bowl(p)), 2)] {
        let found = critical_point(&f, dvector![0.7, -1.3], 1e-12, 5).unwrap();
        assert_eq!((found.steps, found.index(1e-9)), (1, index));
        assert!(found.weights.norm() < 1e-12 && found.value.abs() < 1e-12);
    }
}

#[test]
fn the_pass_of_the_hyperbola_is_found_from_its_neighbourhood() {
    let found = critical_point(&Plane(hyperbola), dvector![-0.9, 0.94], 1e-12, 50).unwrap();
    assert!(found.weights.norm() < 1e-9);
    assert!((found.value - 1.0).abs() < 1e-12);
    assert_eq!(found.index(1e-9), 1);
    assert!((found.spectrum.largest() - 2.0).abs() < 1e-9 && (found.spectrum.smallest() + 2.0).abs() < 1e-9);
}

/// The gradient of the monkey saddle is quadratic, so each Newton step halves the distance.
#[test]
fn a_degenerate_point_is_approached_by_halves() {
    let found = critical_point(&Plane(monkey_saddle), dvector![0.5, 0.25], 1e-12, 50).unwrap();
    assert!(found.steps > 15 && found.weights.norm() < 1e-6);
}

#[test]
fn what_has_no_critical_point_is_not_found_to_have_one() {
    let straight = critical_point(&Plane(|p| p.x * 3.0 + p.y), dvector![0.0, 0.0], 1e-9, 50);
    assert!(matches!(straight, Err(TrainingError::NotConverged { steps: 0, .. })));
    // The gradient of √(1 + x²) + x is nowhere zero: it only gets shorter.
    let endless = critical_point(&Plane(|p| (p.x * p.x + 1.0).sqrt() + p.x + p.y * p.y), dvector![0.0, 1.0], 1e-12, 20);
    assert!(matches!(endless, Err(TrainingError::NotConverged { .. })), "{endless:?}");
    let outside = critical_point(&Plane(|p| p.x.ln() + p.y), dvector![-1.0, 0.0], 1e-9, 50);
    assert_eq!(outside, Err(TrainingError::NotFinite));
}
