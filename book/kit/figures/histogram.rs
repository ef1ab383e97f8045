//! Values counted into bins.

use std::ops::Range;

use super::FigureError;

/// Counts values into `bins` bins of equal width: for each its interval and its height, which is the share of all values
/// in it divided by its width. So the bars have the area of the values that lie in `range`, and compare with a density.
///
/// A bin holds its left end, and the last one its right end too.
///
/// # Errors
/// No values, one that is not finite, no bins, an empty range: there is no [histogram](FigureError::Histogram).
pub fn histogram(values: &[f64], range: Range<f64>, bins: usize) -> Result<Vec<(Range<f64>, f64)>, FigureError> {
    let width = (range.end - range.start) / bins as f64;
    let finite = values.iter().all(|v| v.is_finite());
    if values.is_empty() || !finite || bins == 0 || !width.is_finite() || width <= 0.0 {
        return Err(FigureError::Histogram {
            values: values.len(),
            finite,
            bins,
            start: range.start,
            end: range.end,
        });
    }
    let mut counts = vec![0usize; bins];
    for &value in values.iter().filter(|&&v| range.start <= v && v <= range.end) {
        let bin = ((value - range.start) / width) as usize;
        counts[bin.min(bins - 1)] += 1;
    }
    let edge = |k: usize| range.start + width * k as f64;
    let height = |count: usize| count as f64 / (values.len() as f64 * width);
    Ok(counts.into_iter().enumerate().map(|(k, count)| (edge(k)..edge(k + 1), height(count))).collect())
}
