//! Means, standard errors and differences against hand calculation.

use curvature::statistics::{Sample, StatisticsError};

#[test]
fn mean_variance_and_standard_error_by_hand() {
    let sample = Sample::of([1.0, 2.0, 3.0, 6.0]).unwrap();
    assert_eq!(sample.mean(), 3.0);
    // (4 + 1 + 0 + 9) / 3, and its root over four
    assert!((sample.variance() - 14.0 / 3.0).abs() < 1e-15);
    assert!((sample.standard_error() - (14.0f64 / 12.0).sqrt()).abs() < 1e-15);
}

#[test]
fn pairs_see_what_means_hide() {
    let base = Sample::of([10.0, 20.0, 30.0]).unwrap();
    let lower = Sample::of([9.0, 19.0, 29.5]).unwrap();
    let change = lower.minus(&base).unwrap();
    assert_eq!(change.values(), [-1.0, -1.0, -0.5]);
    assert_eq!(change.below_zero(), 3);
    assert!(change.standard_error() < lower.standard_error() / 10.0);
    assert!((change.errors_from_zero() + 5.0).abs() < 1e-12);
    assert_eq!(base.minus(&base).unwrap().errors_from_zero(), 0.0);
}

#[test]
fn what_is_no_sample_is_refused() {
    assert_eq!(Sample::of([]), Err(StatisticsError::TooFew(0)));
    assert_eq!(Sample::of([1.0]), Err(StatisticsError::TooFew(1)));
    assert!(matches!(Sample::of([1.0, f64::NAN]), Err(StatisticsError::NotFinite(_))));
    let (two, three) = (Sample::of([1.0, 2.0]).unwrap(), Sample::of([1.0, 2.0, 3.0]).unwrap());
    assert_eq!(two.minus(&three), Err(StatisticsError::Unpaired { first: 2, second: 3 }));
}
