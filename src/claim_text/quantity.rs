//! Numbers as written: the value, its exact decimal form where it has one, and the place of its last digit.

use std::cmp::Ordering;

/// A number that stands in a claim's text, or a part of an expression there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quantity {
    value: f64,
    exact: Option<Decimal>,
    /// The last digit written counts units of ten to this power.
    last_place: Option<i32>,
    /// Written as `10^n`, thus a factor that moves the last digit of what it multiplies.
    power_of_ten: Option<i32>,
}

/// ± magnitude · 10^exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Decimal {
    negative: bool,
    magnitude: u128,
    exponent: i32,
}

/// Why an expression has no value; reads on after the quoted expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuantityFault {
    TooLarge,
    TooSmall,
    DividesByZero,
    NotReal,
}

impl QuantityFault {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "is too large for a floating-point number",
            Self::TooSmall => "is too small for a floating-point number",
            Self::DividesByZero => "divides by zero",
            Self::NotReal => "is not a real number",
        }
    }
}

impl Quantity {
    /// Reads a numeral. Separators of thousands are skipped, whatever they are.
    pub(super) fn numeral(text: &str) -> Result<Self, QuantityFault> {
        if let Some((base, digits)) = based(text) {
            let magnitude =
                i128::from_str_radix(&digits.replace('_', ""), base).map_err(|_| QuantityFault::TooLarge)?;
            return Self::computed(Some(Decimal::from(magnitude)), || f64::NAN);
        }
        let plain: String = text
            .chars()
            .filter_map(|c| match c {
                '−' => Some('-'),
                '0'..='9' | '.' | 'e' | 'E' | '+' | '-' => Some(c),
                _ => None,
            })
            .collect();
        let (digits, exponent) = plain.split_once(['e', 'E']).unwrap_or((&plain, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let value = plain.parse().map_err(|_| QuantityFault::NotReal)?;
        if value == 0.0 && digits.contains(|c| matches!(c, '1'..='9')) {
            return Err(QuantityFault::TooSmall);
        }
        let last_place = exponent.parse::<i32>().ok().zip(i32::try_from(fraction.len()).ok());
        let last_place = last_place.and_then(|(exponent, decimals)| exponent.checked_sub(decimals));
        let magnitude = format!("{whole}{fraction}").parse().ok();
        let exact = magnitude.zip(last_place);
        let exact = exact.map(|(magnitude, exponent)| Decimal { negative: false, magnitude, exponent });
        Ok(Self { exact, last_place, ..Self::real(value)? })
    }

    /// A number that is no decimal numeral, like √2.
    pub(super) fn real(value: f64) -> Result<Self, QuantityFault> {
        if value.is_nan() {
            Err(QuantityFault::NotReal)
        } else if value.is_infinite() {
            Err(QuantityFault::TooLarge)
        } else {
            Ok(Self::constant(value))
        }
    }

    /// A number with a name: π, e, ∞.
    pub(super) fn constant(value: f64) -> Self {
        Self {
            value,
            exact: None,
            last_place: None,
            power_of_ten: None,
        }
    }

    /// 10^n.
    pub(super) fn ten_to(n: i32) -> Result<Self, QuantityFault> {
        let exact = Decimal {
            negative: false,
            magnitude: 1,
            exponent: n,
        };
        Ok(Self {
            power_of_ten: Some(n),
            ..Self::computed(Some(exact), || f64::NAN)?
        })
    }

    pub(crate) fn value(&self) -> f64 {
        self.value
    }

    /// The exact value, if the last digit counts units or more and the number fits.
    pub(crate) fn integer(&self) -> Option<i128> {
        self.exact?.integer()
    }

    /// How an integer stands to it; exactly, or not at all.
    pub(crate) fn order_of(&self, integer: i128) -> Option<Ordering> {
        match self.exact {
            Some(exact) => Some(exact.order_of(integer)),
            None if self.value.is_infinite() || integer.unsigned_abs() <= 1 << 53 => {
                (integer as f64).partial_cmp(&self.value)
            }
            None => None,
        }
    }

    pub(crate) fn half_unit(&self) -> Option<f64> {
        let below = i64::from(self.last_place?) - 1;
        format!("5e{below}").parse().ok().filter(|half: &f64| half.is_finite())
    }

    /// Whether it is what a number rounds to at the place of its last digit; a tie goes to the even digit, as in `{:.2}`.
    /// `digits` are all decimal digits of that number, with a sign and a point.
    pub(crate) fn is_rounded(&self, digits: &str) -> bool {
        let (Some(exact), Some(place)) = (self.exact, self.last_place) else {
            // More digits than fit: they must be all that the number has.
            return digits.parse() == Ok(self.value);
        };
        let negative = digits.starts_with('-');
        let Some(magnitude) = rounded(digits.trim_start_matches('-'), place) else {
            return false;
        };
        let same = exact.exponent == place && magnitude == exact.magnitude;
        same && (negative == exact.negative || magnitude == 0)
    }

    /// Whether its digits are these, which a float prints; an integer beyond those that all floats tell apart may have zeros behind
    /// them.
    pub(crate) fn is_printed(&self, digits: &str) -> bool {
        let other = Self::numeral(digits.trim_start_matches('-')).ok().and_then(|other| other.exact);
        let same = self.exact.zip(other).is_some_and(|(exact, other)| match exact.exponent {
            0 => exact.magnitude > 1 << 53 && exact.without_zeros() == other.without_zeros(),
            place => (place, exact.magnitude) == (other.exponent, other.magnitude),
        });
        same && (self.value < 0.0) == digits.starts_with('-')
    }

    /// The number whose last digit is one more, in size, or one less; nothing where it has none that was written.
    pub(crate) fn stepped(&self, up: bool) -> Option<Self> {
        let (exact, place) = (self.exact?, self.last_place?);
        let magnitude = if up { exact.magnitude.checked_add(1) } else { exact.magnitude.checked_sub(1) }?;
        let exact = (exact.exponent == place).then_some(Decimal { magnitude, ..exact })?;
        Some(Self {
            exact: Some(exact),
            value: exact.value(),
            ..*self
        })
    }

    pub(super) fn negated(self) -> Self {
        let exact = self.exact.map(|exact| Decimal { negative: !exact.negative, ..exact });
        Self {
            value: -self.value,
            exact,
            power_of_ten: None,
            ..self
        }
    }

    /// Without its sign.
    pub(super) fn size(self) -> Self {
        if self.value < 0.0 { self.negated() } else { self }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, QuantityFault> {
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.plus(b));
        Self::computed(exact, || self.value + other.value)
    }

    pub(super) fn times(self, other: Self) -> Result<Self, QuantityFault> {
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.times(b));
        let last_place = self.last_place.zip(other.power_of_ten).and_then(|(place, n)| place.checked_add(n));
        Ok(Self {
            last_place,
            ..Self::computed(exact, || self.value * other.value)?
        })
    }

    pub(super) fn over(self, other: Self) -> Result<Self, QuantityFault> {
        if other.value == 0.0 {
            return Err(QuantityFault::DividesByZero);
        }
        let whole = self.integer().zip(other.integer());
        let whole = whole.filter(|(a, b)| a.checked_rem(*b) == Some(0)).and_then(|(a, b)| a.checked_div(b));
        Self::computed(whole.map(Decimal::from), || self.value / other.value)
    }

    pub(super) fn to_the(self, exponent: Self) -> Result<Self, QuantityFault> {
        let whole = exponent.integer().and_then(|n| i32::try_from(n).ok());
        if let (Some(n), Some(10)) = (whole, self.integer()) {
            return Self::ten_to(n);
        }
        let exact = whole.and_then(|n| u32::try_from(n).ok()).zip(self.exact).and_then(|(n, base)| base.to_the(n));
        if self.value == 0.0 && exponent.value < 0.0 {
            return Err(QuantityFault::DividesByZero);
        }
        Self::computed(exact, || self.value.powf(exponent.value))
    }

    /// The real root, which the third degree has for negative numbers too; exact where it is an integer.
    pub(super) fn root(self, degree: f64) -> Result<Self, QuantityFault> {
        let value = match degree {
            2.0 => self.value.sqrt(),
            3.0 => self.value.cbrt(),
            degree => self.value.powf(degree.recip()),
        };
        let whole = format!("{value:.0}").parse::<i128>().ok().zip(self.integer());
        let exact = whole.filter(|(root, of)| {
            let power = (1.0..128.0).contains(&degree).then(|| format!("{degree}").parse().ok()).flatten();
            power.and_then(|power: u32| root.checked_pow(power)) == Some(*of)
        });
        Self::computed(exact.map(|(root, _)| Decimal::from(root)), || value)
    }

    /// The result of an operation: from its exact form, rounded once, or else by floating-point arithmetic.
    fn computed(exact: Option<Decimal>, float: impl FnOnce() -> f64) -> Result<Self, QuantityFault> {
        let value = exact.map_or_else(float, Decimal::value);
        if value == 0.0 && exact.is_some_and(|exact| exact.magnitude != 0) {
            return Err(QuantityFault::TooSmall);
        }
        Ok(Self { exact, ..Self::real(value)? })
    }
}

/// The base of a numeral like `0x1F`, and its digits.
pub(super) fn based(word: &str) -> Option<(u32, &str)> {
    let bases = [("0x", 16), ("0o", 8), ("0b", 2)];
    let found = bases.iter().find_map(|(prefix, base)| Some((*base, word.strip_prefix(prefix)?)));
    found.filter(|(_, digits)| !digits.is_empty())
}

/// A number without a sign in units of ten to a power, rounded to the nearest one, or else to the even one. Nothing for what is
/// no number, or too large.
fn rounded(digits: &str, place: i32) -> Option<u128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let end = i64::try_from(whole.len()).ok()? - i64::from(place);
    let Ok(end) = usize::try_from(end) else { return Some(0) };
    if end >= all.len() {
        let zeros = "0".repeat((end - all.len()).min(64));
        return format!("{all}{zeros}").parse().ok();
    }
    let (kept, left) = all.split_at(end);
    let kept: u128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let half = left.trim_end_matches('0').cmp("5");
    let up = half.is_gt() || half.is_eq() && kept % 2 == 1;
    Some(kept + u128::from(up))
}

impl Decimal {
    fn value(self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}e{}", self.magnitude, self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// Magnitude and exponent without the zeros at the end.
    fn without_zeros(self) -> (u128, i32) {
        let (mut magnitude, mut exponent) = (self.magnitude, self.exponent);
        while magnitude != 0 && magnitude % 10 == 0 {
            (magnitude, exponent) = (magnitude / 10, exponent + 1);
        }
        (magnitude, if magnitude == 0 { 0 } else { exponent })
    }

    fn integer(self) -> Option<i128> {
        let scale = 10_u128.checked_pow(u32::try_from(self.exponent).ok()?)?;
        let magnitude = self.magnitude.checked_mul(scale)?;
        if self.negative {
            0_i128.checked_sub_unsigned(magnitude)
        } else {
            i128::try_from(magnitude).ok()
        }
    }

    /// How an integer stands to it.
    fn order_of(self, integer: i128) -> Ordering {
        match (integer < 0, self.negative && self.magnitude != 0) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => self.order_of_size(integer).reverse(),
            (false, false) => self.order_of_size(integer),
        }
    }

    /// The same without their signs.
    fn order_of_size(self, integer: i128) -> Ordering {
        let size = integer.unsigned_abs();
        let scale = 10_u128.checked_pow(self.exponent.unsigned_abs());
        if self.exponent >= 0 {
            let stated = scale.and_then(|scale| self.magnitude.checked_mul(scale));
            return match stated {
                Some(stated) => size.cmp(&stated),
                None if self.magnitude == 0 => size.cmp(&0),
                None => Ordering::Less,
            };
        }
        // Of a scale that does not fit, nothing is left before the point.
        let (whole, part) = scale.map_or((0, self.magnitude), |scale| (self.magnitude / scale, self.magnitude % scale));
        size.cmp(&whole).then(0.cmp(&part))
    }

    fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let in_last_place = |term: Self| {
            Self {
                exponent: term.exponent.checked_sub(exponent)?,
                ..term
            }
            .integer()
        };
        let sum = in_last_place(self)?.checked_add(in_last_place(other)?)?;
        Some(Self { exponent, ..Self::from(sum) })
    }

    fn times(self, other: Self) -> Option<Self> {
        Some(Self {
            negative: self.negative != other.negative,
            magnitude: self.magnitude.checked_mul(other.magnitude)?,
            exponent: self.exponent.checked_add(other.exponent)?,
        })
    }

    fn to_the(self, n: u32) -> Option<Self> {
        Some(Self {
            negative: self.negative && n % 2 == 1,
            magnitude: self.magnitude.checked_pow(n)?,
            exponent: self.exponent.checked_mul(i32::try_from(n).ok()?)?,
        })
    }
}

impl From<i128> for Decimal {
    fn from(integer: i128) -> Self {
        Self {
            negative: integer < 0,
            magnitude: integer.unsigned_abs(),
            exponent: 0,
        }
    }
}
