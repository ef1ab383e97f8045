//! The functions of formulas: of numbers, of lists, over the variable of a sum; and what conditions compare.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a formula is one expression of terms, in which nothing has a name"
)]

use super::term::{Scalar, Term, fault, integer, minus, plus, times};

/// A function of a number.
fn function(name: &str, a: Term, value: impl Fn(f64) -> f64) -> Term {
    match a {
        Term::Scalar(a) => Term::Scalar(a.through(value)),
        fault @ Term::Fault(_) => fault,
        other => Term::Fault(format!("it takes {name} of {}", other.kind())),
    }
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($words:literal): $value:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name(a: Term) -> Term {
            function($words, a, $value)
        }
    )*};
}

functions! {
    /// The exponential function.
    exp("the exponential"): f64::exp;
    /// The natural logarithm.
    ln("the logarithm"): f64::ln;
    /// The sine.
    sin("the sine"): f64::sin;
    /// The cosine.
    cos("the cosine"): f64::cos;
    /// The tangent.
    tan("the tangent"): f64::tan;
    /// The secant.
    sec("the secant"): |a| a.cos().recip();
    /// The cosecant.
    csc("the cosecant"): |a| a.sin().recip();
    /// The cotangent.
    cot("the cotangent"): |a| a.tan().recip();
    /// The inverse of the sine.
    asin("the arcsine"): f64::asin;
    /// The inverse of the cosine.
    acos("the arccosine"): f64::acos;
    /// The inverse of the tangent.
    atan("the arctangent"): f64::atan;
    /// The inverse of the hyperbolic sine.
    asinh("the inverse of the hyperbolic sine"): f64::asinh;
    /// The inverse of the hyperbolic cosine.
    acosh("the inverse of the hyperbolic cosine"): f64::acosh;
    /// The inverse of the hyperbolic tangent.
    atanh("the inverse of the hyperbolic tangent"): f64::atanh;
    /// The hyperbolic sine.
    sinh("the hyperbolic sine"): f64::sinh;
    /// The hyperbolic cosine.
    cosh("the hyperbolic cosine"): f64::cosh;
    /// The hyperbolic tangent.
    tanh("the hyperbolic tangent"): f64::tanh;
    /// The hyperbolic cotangent.
    coth("the hyperbolic cotangent"): |a| a.tanh().recip();
}

/// The square root, exact where it is an integer.
pub fn sqrt(a: Term) -> Term {
    root(a, integer(2))
}

/// The real root of a degree; exact where it is an integer.
pub fn root(a: Term, degree: Term) -> Term {
    let (Term::Scalar(of), Term::Scalar(Scalar::Integer(degree))) = (&a, &degree) else {
        return fault("takes the root of", &a, &degree);
    };
    let root = of.through(|of| match degree {
        2 => of.sqrt(),
        3 => of.cbrt(),
        degree => of.powf(Scalar::Integer(*degree).float().recip()),
    });
    let whole = format!("{:.0}", root.float()).parse::<i128>().ok().filter(|root| {
        let power = u32::try_from(*degree).ok().and_then(|degree| root.checked_pow(degree));
        matches!(of, Scalar::Integer(of) if power == Some(*of))
    });
    Term::Scalar(whole.map_or(root, Scalar::Integer))
}

/// The logarithm to a base.
pub fn log(a: Term, base: Term) -> Term {
    match (a, base) {
        (Term::Scalar(a), Term::Scalar(base)) => Term::Scalar(a.with(base, |a, to| match base {
            Scalar::Integer(2) => a.log2(),
            Scalar::Integer(10) => a.log10(),
            _ => a.log(to),
        })),
        (a, base) => fault("takes the logarithm of", &a, &base),
    }
}

/// A change of a number that an integer stays as it is in.
fn whole(name: &str, a: Term, value: impl Fn(f64) -> f64) -> Term {
    match a {
        whole @ Term::Scalar(Scalar::Integer(_)) => whole,
        Term::Scalar(Scalar::Float { value: a, error }) => {
            let value = value(a);
            // Beyond these, not each float is an integer's.
            let fits = value.abs() < 9_007_199_254_740_992.0;
            let integer = fits.then(|| format!("{value:.0}").parse().ok()).flatten();
            Term::Scalar(integer.map_or(Scalar::near(value, error), Scalar::Integer))
        }
        other => function(name, other, value),
    }
}

/// The largest integer that is not larger.
pub fn floor(a: Term) -> Term {
    whole("the floor", a, f64::floor)
}

/// The smallest integer that is not smaller.
pub fn ceil(a: Term) -> Term {
    whole("the ceiling", a, f64::ceil)
}

/// -1, 0 or 1.
pub fn sign(a: Term) -> Term {
    match a {
        Term::Scalar(a) if a.float() > 0.0 => integer(1),
        Term::Scalar(a) if a.float() < 0.0 => integer(-1),
        Term::Scalar(a) if a.float() == 0.0 => integer(0),
        other => function("the sign", other, |_| f64::NAN),
    }
}

/// The absolute value of a number.
pub fn size(a: Term) -> Term {
    match a {
        Term::Scalar(a) if a.float() < 0.0 => Term::Scalar(a.negative()),
        Term::Matrix(_) => {
            let kind = a.kind();
            Term::Fault(format!("it puts bars around {kind}: write `\\|…\\|` for a norm, `\\det` for the determinant"))
        }
        other => other,
    }
}

/// `a!`
pub fn factorial(a: Term) -> Term {
    match a {
        Term::Scalar(Scalar::Integer(n)) if (0..=170).contains(&n) => {
            Term::Scalar((1..=n).fold(Scalar::Integer(1), |product, k| product.times(Scalar::Integer(k))))
        }
        fault @ Term::Fault(_) => fault,
        _ => Term::Fault("it takes the factorial of what is no integer from 0 to 170".to_owned()),
    }
}

/// The binomial coefficient.
pub fn binomial(n: Term, k: Term) -> Term {
    match (&n, &k) {
        (Term::Scalar(Scalar::Integer(n)), Term::Scalar(Scalar::Integer(k))) if (0..=*n).contains(k) && *n < 10_000 => {
            let k = *k.min(&(n - k));
            let steps = (1..=k).map(|i| (Scalar::Integer(n - k + i), Scalar::Integer(i)));
            Term::Scalar(steps.fold(Scalar::Integer(1), |value, (above, below)| value.times(above).over(below)))
        }
        _ => fault("takes the binomial coefficient of", &n, &k),
    }
}

/// The largest of some numbers, or of the entries of a vector.
pub fn max(terms: &[Term]) -> Term {
    extreme(terms, |a, b| a > b)
}

/// The smallest of some numbers, or of the entries of a vector.
pub fn min(terms: &[Term]) -> Term {
    extreme(terms, |a, b| a < b)
}

fn extreme(terms: &[Term], wins: impl Fn(f64, f64) -> bool) -> Term {
    if let [one, other, ..] = terms
        && terms.iter().any(|term| matches!(term, Term::Matrix(_)))
    {
        return fault("takes the largest or smallest of", one, other);
    }
    let mut found: Option<Scalar> = None;
    for term in terms {
        let scalars = match term {
            Term::Scalar(scalar) => std::slice::from_ref(scalar),
            Term::Matrix(matrix) => matrix.entries.as_slice(),
            fault @ Term::Fault(_) => return fault.clone(),
        };
        for scalar in scalars {
            // What is no number stays one.
            if found.is_none_or(|found| wins(scalar.float(), found.float()) || scalar.float().is_nan()) {
                found = Some(*scalar);
            }
        }
    }
    found.map_or_else(|| Term::Fault("it takes the largest of nothing".to_owned()), Term::Scalar)
}

/// The sum over a variable, from and to an integer.
pub fn sum(from: Term, to: Term, body: impl Fn(Term) -> Term) -> Term {
    over_range(from, to, integer(0), body, plus)
}

/// The product over a variable, from and to an integer.
pub fn product(from: Term, to: Term, body: impl Fn(Term) -> Term) -> Term {
    over_range(from, to, integer(1), body, times)
}

/// More terms are not computed.
const MOST: i128 = 1_000_000;

fn over_range(
    from: Term,
    to: Term,
    none: Term,
    body: impl Fn(Term) -> Term,
    join: impl Fn(Term, Term) -> Term,
) -> Term {
    let (Term::Scalar(Scalar::Integer(first)), Term::Scalar(Scalar::Integer(last))) = (&from, &to) else {
        return counted(&from, &to);
    };
    if last.saturating_sub(*first) >= MOST {
        return Term::Fault("it has more than a million terms".to_owned());
    }
    (*first..=*last).map(|k| body(integer(k))).reduce(join).unwrap_or(none)
}

/// Why a sum can't be counted.
fn counted(from: &Term, to: &Term) -> Term {
    match (from, to) {
        (Term::Scalar(first), Term::Scalar(last)) => {
            let ends = format!("{} to {}", first.float(), last.float());
            Term::Fault(format!("it counts from {ends}, and a sum counts from an integer to an integer"))
        }
        _ => fault("counts from and to", from, to),
    }
}

/// How two numbers stand to each other; nothing where one is none.
fn compare(a: &Term, b: &Term, holds: impl Fn(f64, f64) -> bool) -> Option<bool> {
    match (a, b) {
        (Term::Scalar(a), Term::Scalar(b)) if !a.float().is_nan() && !b.float().is_nan() => {
            Some(holds(a.float(), b.float()))
        }
        _ => None,
    }
}

/// Whether each condition of a case is so, and its value.
type Case<'a> = (&'a [Option<bool>], &'a dyn Fn() -> Term);

/// An expression by cases, each with its conditions; the one without is for where no other is so.
pub fn cases(all: &[Case<'_>]) -> Term {
    let is_so = |conditions: &[Option<bool>]| !conditions.is_empty() && conditions.iter().all(|it| *it == Some(true));
    let mut found = all.iter().filter(|(conditions, _)| is_so(conditions)).map(|(_, value)| value());
    let Some(first) = found.next() else {
        if all.iter().any(|(conditions, _)| conditions.contains(&None)) {
            return Term::Fault("the condition of a case compares what is no number".to_owned());
        }
        let otherwise = all.iter().find(|(conditions, _)| conditions.is_empty());
        return otherwise.map_or_else(|| Term::Fault("none of its cases is so".to_owned()), |(_, value)| value());
    };
    match found.find(|other| !same(&first, other)) {
        Some(_) => Term::Fault("two of its cases are so, and their values differ".to_owned()),
        None => first,
    }
}

/// Whether two terms are the same up to rounding.
fn same(one: &Term, other: &Term) -> bool {
    match minus(one.clone(), other.clone()) {
        Term::Scalar(rest) => rest.float().abs() <= rest.error(),
        Term::Matrix(rest) => rest.entries.iter().all(|rest| rest.float().abs() <= rest.error()),
        Term::Fault(_) => false,
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident: $holds:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name(a: Term, b: Term) -> Option<bool> {
            compare(&a, &b, $holds)
        }
    )*};
}

comparisons! {
    /// `a < b`
    less: |a, b| a < b;
    /// `a > b`
    greater: |a, b| a > b;
    /// `a ≤ b`
    at_most: |a, b| a <= b;
    /// `a ≥ b`
    at_least: |a, b| a >= b;
    /// `a = b`
    equal: |a, b| a == b;
    /// `a ≠ b`
    unequal: |a, b| a != b;
}
