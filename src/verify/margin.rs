//! How far what holds is from being wrong, in decimal digits: two digits are a factor of a hundred.

/// How much nearer two numbers are than they must be; nothing where they are the same.
pub(super) fn between(tolerance: f64, distance: f64) -> Option<f64> {
    digits(tolerance, distance).map(|digits| digits.max(0.0))
}

/// How far a number is on its side of a bound; nothing where they have different signs, or one is 0.
pub(super) fn ratio(one: f64, other: f64) -> Option<f64> {
    digits(one, other).map(f64::abs)
}

fn digits(one: f64, other: f64) -> Option<f64> {
    let digits = (one / other).log10();
    digits.is_finite().then_some(digits)
}

/// The least of those that there are.
pub(super) fn least(all: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    all.into_iter().flatten().min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_a_factor_of_a_hundred() {
        let near = |one: Option<f64>, other: f64| assert!((one.unwrap() - other).abs() < 1e-12, "{one:?}");
        near(between(0.005, 0.00005), 2.0);
        near(between(0.005, 0.005), 0.0);
        near(ratio(0.3, 30.0), 2.0);
        near(ratio(-30.0, -0.3), 2.0);
        for none in [
            between(1e-9, 0.0),
            ratio(0.0, 3.0),
            ratio(3.0, 0.0),
            ratio(-1.0, 1.0),
            ratio(f64::NAN, 1.0),
        ] {
            assert_eq!(none, None);
        }
        assert_eq!(least([None, Some(2.0), Some(1.0)]), Some(1.0));
    }
}
