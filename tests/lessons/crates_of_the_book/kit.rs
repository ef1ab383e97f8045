//! The library of this tiny book.

/// The Hessian of `10x² + y²`.
pub fn hessian() -> nalgebra::Matrix2<f64> {
    nalgebra::Matrix2::new(20.0, 0.0, 0.0, 2.0)
}
