//! Axes: what they measure, from where to where, on which scale, with which ticks.

use std::f64::consts::LN_10;
use std::ops::Range;

use super::FigureError;

/// One axis of a [`Plot`](super::Plot).
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    label: String,
    range: Range<f64>,
    scale: Scale,
    every: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    Linear,
    Logarithmic,
    /// Logarithmic away from zero on either side, linear up to about this size.
    Symmetric(f64),
}

impl Axis {
    /// A linear axis; the label names the quantity and its unit, if it has one.
    pub fn linear(label: &str, range: Range<f64>) -> Self {
        Self {
            label: label.to_owned(),
            range,
            scale: Scale::Linear,
            every: None,
        }
    }

    /// A logarithmic axis, of a positive range.
    pub fn log(label: &str, range: Range<f64>) -> Self {
        Self {
            scale: Scale::Logarithmic,
            ..Self::linear(label, range)
        }
    }

    /// An axis for values of both signs and many sizes: about linear up to `linear` on either side of zero, a positive
    /// power of ten, and logarithmic beyond. `x` stands at `± lg(1 + |x|/linear)`.
    pub fn symlog(label: &str, range: Range<f64>, linear: f64) -> Self {
        Self {
            scale: Scale::Symmetric(linear),
            ..Self::linear(label, range)
        }
    }

    /// Ticks at the multiples of `step`: units of a linear axis, decades of a logarithmic one.
    pub fn every(mut self, step: f64) -> Self {
        self.every = Some(step);
        self
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// Where `value` stands: itself, or the place of its decimal logarithm.
    pub(super) fn position(&self, value: f64) -> Result<f64, FigureError> {
        let position = match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.log10(),
            Scale::Symmetric(linear) => (value.abs() / linear).ln_1p().copysign(value) / LN_10,
        };
        if position.is_finite() {
            Ok(position)
        } else {
            Err(FigureError::NoPlace { axis: self.label.clone(), value })
        }
    }

    /// What stands at `position`: the inverse of [`position`](Self::position).
    pub(super) fn value(&self, position: f64) -> f64 {
        match self.scale {
            Scale::Linear => position,
            Scale::Logarithmic => 10f64.powf(position),
            Scale::Symmetric(linear) => (position.abs() * LN_10).exp_m1().copysign(position) * linear,
        }
    }

    /// The range of positions.
    pub(super) fn extent(&self) -> Result<Range<f64>, FigureError> {
        let error = || FigureError::Range {
            axis: self.label.clone(),
            start: self.range.start,
            end: self.range.end,
        };
        let start = self.position(self.range.start).map_err(|_| error())?;
        let end = self.position(self.range.end).map_err(|_| error())?;
        if !(start < end && (end - start).is_finite()) {
            return Err(error());
        }
        match self.every {
            Some(step) if !(step.is_finite() && step > 0.0 && (end - start) / step <= 1000.0) => {
                Err(FigureError::Ticks { axis: self.label.clone(), step })
            }
            _ => Ok(start..end),
        }
    }

    /// The ticks in `extent`, about as many as there is `room` for, with what is written at them.
    pub(super) fn ticks(&self, extent: &Range<f64>, room: f64) -> Vec<(f64, String)> {
        let decades = |most: f64| ((extent.end - extent.start) / room.clamp(1.0, most)).ceil().max(1.0);
        if let Scale::Symmetric(linear) = self.scale {
            return self.decades_about_zero(linear, extent, self.every.unwrap_or_else(|| decades(7.0)));
        }
        if self.scale == Scale::Logarithmic && self.every.is_none() && extent.end.floor() - extent.start.ceil() < 1.0 {
            return within_a_decade(extent, room);
        }
        let length = extent.end - extent.start;
        let step = self.every.unwrap_or_else(|| match self.scale {
            Scale::Linear => round_step(length / room.clamp(2.0, 5.0)),
            Scale::Logarithmic | Scale::Symmetric(_) => decades(7.0),
        });
        let slack = 1e-9 * length;
        let first = ((extent.start - slack) / step).ceil();
        let last = ((extent.end + slack) / step).floor();
        (0..)
            .map(|k| first + f64::from(k))
            .take_while(|&multiple| multiple <= last)
            .map(|multiple| multiple * step)
            .map(|position| match self.scale {
                Scale::Linear => (position, number(position, step)),
                Scale::Logarithmic | Scale::Symmetric(_) => (position, power_of_ten(position)),
            })
            .collect()
    }

    /// Zero, and powers of ten of either sign. The first of them is a step of decades beyond the linear part, so that
    /// what is written at it keeps away from the zero.
    fn decades_about_zero(&self, linear: f64, extent: &Range<f64>, step: f64) -> Vec<(f64, String)> {
        let furthest = extent.start.abs().max(extent.end.abs());
        let decades = (1..).map(|k| f64::from(k) * step).take_while(|&decade| decade <= furthest);
        let mut ticks = vec![(0.0, "0".to_owned())];
        for decade in decades {
            let exponent = (linear.log10() + decade).round();
            let position = (10f64.powf(decade)).ln_1p() / LN_10;
            ticks.push((position, power_of_ten(exponent)));
            ticks.push((-position, format!("−{}", power_of_ten(exponent))));
        }
        ticks.retain(|(position, _)| (extent.start..=extent.end).contains(position));
        ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
        ticks
    }
}

/// Ticks of a logarithmic axis that has no two powers of ten: at 1, 2 and 5 times a power of ten if there are two of these, else at
/// round numbers.
fn within_a_decade(extent: &Range<f64>, room: f64) -> Vec<(f64, String)> {
    let seen = |value: &f64| (extent.start - 1e-9..=extent.end + 1e-9).contains(&value.log10());
    let powers = (extent.start.floor() as i32..=extent.end.ceil() as i32).map(|k| 10f64.powi(k));
    let few: Vec<f64> = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|m| m * power)).filter(seen).collect();
    if few.len() > 1 {
        return few.into_iter().map(|value| (value.log10(), number(value, value))).collect();
    }
    let (low, high) = (10f64.powf(extent.start), 10f64.powf(extent.end));
    let step = round_step((high - low) / room.clamp(2.0, 5.0));
    let multiples = (0..20).map(|k| ((low / step).ceil() + f64::from(k)) * step).filter(seen);
    multiples.map(|value| (value.log10(), number(value, step))).collect()
}

/// The number 1, 2 or 5 times a power of ten next to `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|m| *m >= step * 0.999)
        .unwrap_or(10.0 * power)
}

fn number(value: f64, step: f64) -> String {
    if !(1e-4..1e5).contains(&step) && value != 0.0 {
        let power = value.abs().log10().floor();
        let mantissa = (value / 10f64.powf(power) * 1e6).round() / 1e6;
        return format!("${mantissa}·10^{{{power:.0}}}$");
    }
    let decimals = (0..9).find(|&d| (step * 10f64.powi(d)).fract().min(1.0 - (step * 10f64.powi(d)).fract()) < 1e-6);
    let text = format!("{value:.*}", decimals.unwrap_or(9) as usize);
    if text.trim_matches(['-', '0', '.']).is_empty() {
        "0".to_owned()
    } else {
        text.replace('-', "−")
    }
}

fn power_of_ten(exponent: f64) -> String {
    match exponent.round() {
        0.0 => "1".to_owned(),
        1.0 => "10".to_owned(),
        exponent => format!("$10^{{{exponent}}}$"),
    }
}

/// How wide a text is, about, in the size of its font.
pub(super) fn width(text: &str) -> f64 {
    0.56 * text.chars().filter(|c| !"$^_{}\\".contains(*c)).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(axis: &Axis) -> Vec<String> {
        axis.ticks(&axis.extent().unwrap(), 9.0).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn linear_ticks_are_round_numbers() {
        assert_eq!(written(&Axis::linear("x", -1.2..1.2)), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(written(&Axis::linear("x", 0.0..150.0)), ["0", "50", "100", "150"]);
        assert_eq!(written(&Axis::linear("x", 0.0..0.3).every(0.1)), ["0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn an_axis_without_a_multiple_of_the_step_has_no_ticks() {
        assert!(written(&Axis::linear("kind", 0.5..3.5).every(9.0)).is_empty());
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(written(&Axis::log("h", 1e-3..20.0)), ["$10^{-3}$", "$10^{-2}$", "$10^{-1}$", "1", "10"]);
        assert_eq!(
            written(&Axis::log("h", 1e-10..1e2)),
            [
                "$10^{-10}$", "$10^{-8}$", "$10^{-6}$", "$10^{-4}$", "$10^{-2}$", "1", "$10^{2}$"
            ]
        );
    }

    #[test]
    fn a_logarithmic_axis_within_a_decade_has_ticks_too() {
        assert_eq!(written(&Axis::log("h", 1.5..8.0)), ["2", "5"]);
        assert_eq!(written(&Axis::log("h", 0.015..0.3)), ["0.02", "0.05", "0.1", "0.2"]);
        assert_eq!(written(&Axis::log("h", 2.1..2.9)), ["2.2", "2.4", "2.6", "2.8"]);
        assert_eq!(written(&Axis::log("h", 1.0..10.0)), ["1", "10"]);
    }

    #[test]
    fn ticks_at_multiples_of_nothing_are_refused() {
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
            let error = Axis::linear("x", 0.0..1.0).every(step).extent().unwrap_err();
            assert!(matches!(error, FigureError::Ticks { .. }), "{error}");
        }
    }

    #[test]
    fn very_large_and_small_numbers_are_written_with_powers_of_ten() {
        assert_eq!(written(&Axis::linear("x", 0.0..4e6).every(2e6)), ["0", "$2·10^{6}$", "$4·10^{6}$"]);
        assert_eq!(written(&Axis::linear("x", -2e-6..0.0).every(1e-6)), ["$-2·10^{-6}$", "$-1·10^{-6}$", "0"]);
    }

    #[test]
    fn where_there_is_little_room_there_are_fewer_ticks() {
        let ticks = |axis: Axis, room: f64| axis.ticks(&axis.extent().unwrap(), room).len();
        assert_eq!(ticks(Axis::linear("x", 0.0..1.0), 9.0), 6);
        assert_eq!(ticks(Axis::linear("x", 0.0..1.0), 2.0), 3);
        assert_eq!(ticks(Axis::log("x", 1e-12..1.0), 3.0), 4);
    }

    #[test]
    fn symmetric_ticks_are_zero_and_powers_of_ten_of_either_sign() {
        let axis = Axis::symlog("λ", -0.15..2.0, 1e-4);
        let expected = [
            "−$10^{-1}$", "−$10^{-2}$", "−$10^{-3}$", "0", "$10^{-3}$", "$10^{-2}$", "$10^{-1}$", "1",
        ];
        assert_eq!(written(&axis.clone().every(1.0)), expected);
        assert_eq!(written(&axis), ["−$10^{-2}$", "0", "$10^{-2}$", "1"]);
        for value in [-0.15, -1e-4, 0.0, 1e-9, 0.3, 2.0] {
            let there = axis.position(value).unwrap();
            assert!((axis.value(there) - value).abs() <= 1e-14 * (1e-4 + value.abs()));
            assert_eq!(axis.position(-value).unwrap(), -there);
        }
        assert!(Axis::symlog("λ", -1.0..1.0, 0.0).extent().is_err());
    }

    #[test]
    fn ranges_without_a_place_on_the_axis_are_refused() {
        let message = |axis: Axis| axis.extent().unwrap_err().to_string();
        assert_eq!(message(Axis::linear("x", 1.0..1.0)), "the axis `x` cannot go from 1 to 1");
        assert_eq!(message(Axis::linear("x", 0.0..f64::NAN)), "the axis `x` cannot go from 0 to NaN");
        assert_eq!(message(Axis::log("h", 0.0..1.0)), "the axis `h` cannot go from 0 to 1");
        let error = Axis::log("h", 1e-3..1.0).position(-2.0).unwrap_err();
        assert_eq!(error.to_string(), "-2 has no place on the axis `h`");
    }
}
