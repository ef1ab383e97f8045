//! A few numbers from repeated runs: their mean, its standard error, and differences run by run.
//!
//! In: one number from each run, of at least two. Out: a [`Sample`]. Too few numbers, numbers that are not finite, and samples of
//! different runs are a [`StatisticsError`].

use thiserror::Error;

/// Why there are no statistics.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum StatisticsError {
    /// One number has no spread.
    #[error("{0} values, where at least 2 are needed")]
    TooFew(usize),
    /// A number is NaN or infinite.
    #[error("a value is {0}")]
    NotFinite(f64),
    /// Differences need the same runs.
    #[error("{first} values cannot be paired with {second}")]
    Unpaired {
        /// Values of the one sample.
        first: usize,
        /// Values of the other.
        second: usize,
    },
}

/// At least two finite numbers, one from each run.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// From the numbers, in the order of the runs.
    ///
    /// # Errors
    /// Fewer than two, or one that is not finite.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Result<Self, StatisticsError> {
        let values: Vec<f64> = values.into_iter().collect();
        match values.iter().find(|value| !value.is_finite()) {
            Some(&value) => Err(StatisticsError::NotFinite(value)),
            None if values.len() < 2 => Err(StatisticsError::TooFew(values.len())),
            None => Ok(Self(values)),
        }
    }

    /// The numbers.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Their mean.
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// Their sample variance `Σ(x − x̄)²/(m − 1)`.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.0.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (self.0.len() - 1) as f64
    }

    /// The standard error of the mean, `√(variance/m)`: right if the runs are independent.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.0.len() as f64).sqrt()
    }

    /// The differences to another sample of the same runs, run by run: this one minus `base`. What varies from run to run for both
    /// alike, such as an easy split of the data, is gone from them.
    ///
    /// # Errors
    /// The samples are of different length.
    pub fn minus(&self, base: &Self) -> Result<Self, StatisticsError> {
        if self.0.len() != base.0.len() {
            return Err(StatisticsError::Unpaired {
                first: self.0.len(),
                second: base.0.len(),
            });
        }
        Self::of(self.0.iter().zip(&base.0).map(|(a, b)| a - b))
    }

    /// The mean in units of its standard error: 0 if the mean is 0, infinite if all numbers are the same other one.
    pub fn errors_from_zero(&self) -> f64 {
        let mean = self.mean();
        if mean == 0.0 { 0.0 } else { mean / self.standard_error() }
    }

    /// How many of the numbers are below zero.
    pub fn below_zero(&self) -> usize {
        self.0.iter().filter(|&&x| x < 0.0).count()
    }
}
