//! What the lessons of this book share.

/// A step of Heron's method from `x` towards the square root of `a`.
///
/// ```
/// assert_eq!(kit::heron(2.0, 1.0), 1.5);
/// ```
pub fn heron(a: f64, x: f64) -> f64 {
    (x + a / x) / 2.0
}
