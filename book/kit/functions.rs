//! Functions of two variables that the lessons return to.
//!
//! Each takes its point as a vector of real or of dual numbers, so that one definition gives values (`f64`) as well
//! as exact derivatives (`num_dual::gradient`, `num_dual::hessian`).

use nalgebra::Vector2;
use num_dual::DualNum;

/// The anisotropic bowl `10x² + y²`: Hessian `diag(20, 2)` everywhere, minimum 0 at the origin.
pub fn bowl<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    p.x.powi(2) * 10.0 + p.y.powi(2)
}

/// The bowl over the squared length, `(10x² + y²)/(x² + y²)`: the same at `p` and `cp`, as the loss of a normalised unit is.
pub fn normalised_bowl<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    bowl(p) / (p.x.powi(2) + p.y.powi(2))
}

/// The wave `eˣ sin y`: harmonic, so the trace of its Hessian is zero everywhere.
pub fn wave<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    p.x.exp() * p.y.sin()
}

/// Rosenbrock's curved valley `100(y − x²)² + (1 − x)²`: minimum 0 at `(1, 1)`.
///
/// Source: H. H. Rosenbrock, *An automatic method for finding the greatest or least value of a function*, 1960.
pub fn rosenbrock<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    (p.y - p.x.powi(2)).powi(2) * 100.0 + (-p.x + 1.0).powi(2)
}

/// Himmelblau's function `(x² + y − 11)² + (x + y² − 7)²`: four minima of value 0, of which one is `(3, 2)`, four saddles, and a
/// maximum near `(−0.271, −0.923)`.
///
/// Source: D. M. Himmelblau, *Applied Nonlinear Programming*, 1972.
pub fn himmelblau<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    (p.x.powi(2) + p.y - 11.0).powi(2) + (p.x + p.y.powi(2) - 7.0).powi(2)
}

/// Beale's function `(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²`: minimum 0 at `(3, 0.5)`, a saddle at `(0, 1)`, and far
/// out a plain that no minimum is on.
///
/// Source: J. J. Moré, B. S. Garbow and K. E. Hillstrom, *Testing unconstrained optimization software*, 1981, problem 5.
pub fn beale<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    let residual = |y: D, c: f64| (p.x * (y - 1.0) + c).powi(2);
    residual(p.y, 1.5) + residual(p.y.powi(2), 2.25) + residual(p.y.powi(3), 2.625)
}

/// Booth's function `(x + 2y − 7)² + (2x + y − 5)²`: a quadratic of eigenvalues 18 and 2 with minimum 0 at `(1, 3)`.
///
/// Source: collections of test functions, among them M. Jamil and X.-S. Yang, *A literature survey of benchmark functions*, 2013,
/// function 17.
pub fn booth<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    (p.x + p.y * 2.0 - 7.0).powi(2) + (p.x * 2.0 + p.y - 5.0).powi(2)
}

/// Peano's function `xy(x² − y²)/(x² + y²)`, continued by 0 at the origin, where its mixed partials differ: −1 and 1.
///
/// At the origin dual numbers see the constant branch: their gradient is right, their Hessian (zero) is not.
pub fn peano<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    let (x2, y2) = (p.x.powi(2), p.y.powi(2));
    if p.x.re() == 0.0 && p.y.re() == 0.0 {
        D::from(0.0)
    } else {
        p.x * p.y * (x2 - y2) / (x2 + y2)
    }
}

/// The saddle `x² − y²`: Hessian `diag(2, −2)` everywhere.
pub fn saddle<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    p.x.powi(2) - p.y.powi(2)
}

/// The trough `x² + y⁴`: a minimum at the origin that the Hessian `diag(2, 0)` cannot confirm.
pub fn trough<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    p.x.powi(2) + p.y.powi(4)
}

/// The flat saddle `x⁴ − y⁴`: its Hessian at the origin is zero.
pub fn flat_saddle<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    p.x.powi(4) - p.y.powi(4)
}

/// The monkey saddle `x³ − 3xy²`: its Hessian at the origin is zero, and it falls away in three directions.
pub fn monkey_saddle<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    p.x.powi(3) - p.x * p.y.powi(2) * 3.0
}

/// The hyperbola valley `(xy − 1)²`: minimum 0 all along both branches of `xy = 1`, a saddle of height 1 at the origin.
///
/// It is the squared error of a network of one hidden linear unit, with the weights `x` and `y`, that should turn 1 into 1.
pub fn hyperbola<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    (p.x * p.y - 1.0).powi(2)
}
