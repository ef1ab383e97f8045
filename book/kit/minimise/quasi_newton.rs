//! Quasi-Newton methods: curvature from differences of gradients.

use std::collections::VecDeque;

use nalgebra::{DMatrix, DVector};

use super::{Ended, MinimiseError, Progress, Wolfe};
use crate::training::Differentiable;

/// The method of Broyden, Fletcher, Goldfarb and Shanno: with `s` the last step, `y` the change of the gradient and `ρ = 1/yᵀs`, the
/// inverse Hessian is taken for `(I − ρsyᵀ)B(I − ρysᵀ) + ρssᵀ`, at first `yᵀs/yᵀy` times the identity. Steps meet Wolfe's strong
/// conditions, so `yᵀs > 0` and `B` stays positive definite.
///
/// Convergence is superlinear near a minimum with a positive definite Hessian. Cost: `4n²` operations a step, mostly one evaluation,
/// memory for `n²` numbers.
///
/// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, algorithm 6.1, equations 6.17 and 6.20.
///
/// # Errors
/// See [`MinimiseError`].
pub fn bfgs(f: &dyn Differentiable, start: DVector<f64>, tolerance: f64, limit: usize) -> Result<Ended, MinimiseError> {
    let n = start.len();
    let mut inverse: Option<DMatrix<f64>> = None;
    let direction = |pairs: &VecDeque<Pair>, gradient: &DVector<f64>| {
        if let Some(Pair { s, y }) = pairs.back() {
            let product = y.dot(s);
            let b = inverse.get_or_insert_with(|| DMatrix::identity(n, n) * (product / y.norm_squared()));
            let by = &*b * y;
            let factor = (1.0 + y.dot(&by) / product) / product;
            b.ger(-1.0 / product, s, &by, 1.0);
            b.ger(-1.0 / product, &by, s, 1.0);
            b.ger(factor, s, s, 1.0);
            return -(&*b * gradient);
        }
        -gradient
    };
    quasi_newton(f, start, 1, tolerance, limit, direction)
}

/// The same with the last `memory` pairs of `s` and `y` instead of a matrix, by the two-loop recursion.
///
/// Cost: `4n·memory` operations a step, mostly one evaluation; memory for `2·memory + 4` vectors.
///
/// Source: J. Nocedal, *Updating quasi-Newton matrices with limited storage*, 1980; J. Nocedal and S. J. Wright, *Numerical
/// Optimization*, algorithms 7.4 and 7.5, equation 7.20.
///
/// # Errors
/// No memory; otherwise see [`MinimiseError`].
pub fn l_bfgs(
    f: &dyn Differentiable,
    start: DVector<f64>,
    memory: usize,
    tolerance: f64,
    limit: usize,
) -> Result<Ended, MinimiseError> {
    if memory == 0 {
        return Err(MinimiseError::Parameter { what: "the memory", value: 0.0 });
    }
    quasi_newton(f, start, memory, tolerance, limit, two_loops)
}

struct Pair {
    s: DVector<f64>,
    y: DVector<f64>,
}

fn two_loops(pairs: &VecDeque<Pair>, gradient: &DVector<f64>) -> DVector<f64> {
    let mut q = -gradient;
    let mut shares = Vec::with_capacity(pairs.len());
    for Pair { s, y } in pairs.iter().rev() {
        let share = s.dot(&q) / y.dot(s);
        q.axpy(-share, y, 1.0);
        shares.push(share);
    }
    if let Some(Pair { s, y }) = pairs.back() {
        q *= s.dot(y) / y.norm_squared();
    }
    for (Pair { s, y }, share) in pairs.iter().zip(shares.into_iter().rev()) {
        let back = y.dot(&q) / y.dot(s);
        q.axpy(share - back, s, 1.0);
    }
    q
}

fn quasi_newton(
    f: &dyn Differentiable,
    start: DVector<f64>,
    memory: usize,
    tolerance: f64,
    limit: usize,
    mut direction: impl FnMut(&VecDeque<Pair>, &DVector<f64>) -> DVector<f64>,
) -> Result<Ended, MinimiseError> {
    let mut run = Progress::new(f, start, tolerance)?;
    let search = Wolfe::new(1e-4, 0.9)?;
    let mut pairs = VecDeque::with_capacity(memory);
    while !run.arrived(tolerance) {
        if run.steps == limit {
            return Err(run.not_converged());
        }
        let mut direction = direction(&pairs, &run.at.gradient);
        if pairs.is_empty() {
            // Nothing is known of the unit of the step yet: at most a step of length 1.
            direction /= direction.norm().max(1.0);
        }
        let before = run.at.clone();
        run.go(&direction, &search)?;
        let (s, y) = (&run.at.weights - before.weights, &run.at.gradient - before.gradient);
        if pairs.len() == memory {
            pairs.pop_front();
        }
        pairs.push_back(Pair { s, y });
    }
    Ok(run.ended())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use super::*;
    use crate::operators::Probe;

    #[test]
    fn the_two_loops_multiply_by_the_matrix_of_the_updates() {
        let (n, mut rng) = (6, ChaCha8Rng::seed_from_u64(1));
        let mut pairs = VecDeque::new();
        for _ in 0..4 {
            let s = Probe::Gaussian.draw(n, &mut rng);
            // A positive definite change of the gradient.
            let y = DVector::from_fn(n, |i, _| (1.0 + i as f64) * s[i]);
            pairs.push_back(Pair { s, y });
        }
        let identity = DMatrix::identity(n, n);
        let last = &pairs[3];
        let mut inverse = &identity * (last.s.dot(&last.y) / last.y.norm_squared());
        for Pair { s, y } in &pairs {
            let rho = 1.0 / y.dot(s);
            let left = &identity - s * y.transpose() * rho;
            inverse = &left * inverse * left.transpose() + s * s.transpose() * rho;
        }
        let g = Probe::Gaussian.draw(n, &mut rng);
        assert!((two_loops(&pairs, &g) + &inverse * &g).amax() < 1e-12);
        // Each update meets the secant equation of its pair.
        assert!((two_loops(&pairs, &last.y) + &last.s).amax() < 1e-12);
        assert_eq!(two_loops(&VecDeque::new(), &g), -g);
    }
}
