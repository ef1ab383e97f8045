//! Functions of the book.

use nalgebra::Vector2;
use num_dual::DualNum;

/// x³
pub fn cube<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    x.powi(3)
}

/// x y
pub fn product<D: DualNum<Primitive = f64> + Copy>(p: Vector2<D>) -> D {
    p.x * p.y
}

/// A function of numbers alone.
pub fn plain(x: f64) -> f64 {
    x * x
}
