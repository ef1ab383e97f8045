//! What a page says of the names that a cell's `let`s bind: the types, and the values that are small.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Serialize;

use super::value::ShownValue;
use crate::Shown;
use crate::run::LetRun;
use crate::screen::visible;
use crate::tangle::Binding;

/// A longer value is not on the page, and a longer type in part, in characters.
const LONGEST: usize = 60;

/// What a page says of a name.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LetReport {
    pub(crate) name: String,
    /// Where it stands in the cell's code: lines and characters, from 0.
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// Its type, without the paths to it.
    pub(crate) kind: String,
    /// Its value when it was bound, if that is small.
    pub(crate) value: Option<String>,
}

/// What the page says of a cell's names, of which its program told. Numbers have so many significant digits.
pub(super) fn lets(bindings: Option<&Vec<Binding>>, bound: &[LetRun], digits: usize) -> Vec<LetReport> {
    let report = |bound: &LetRun| {
        let binding = bindings?.get(bound.number)?;
        // A type without a name, as that of a closure, tells nobody anything.
        if bound.kind.ends_with("}}") && bound.shown.is_empty() {
            return None;
        }
        Some(LetReport {
            name: binding.name.clone(),
            line: binding.line,
            column: binding.column,
            kind: short(&bound.kind),
            value: value(&bound.shown, digits),
        })
    };
    bound.iter().filter_map(report).collect()
}

fn value(shown: &[Shown], digits: usize) -> Option<String> {
    let text = match shown {
        [Shown::Value(value)] => ShownValue::of(value, digits, None).ok()?.page,
        [shown @ (Shown::Text(_) | Shown::Debug(_) | Shown::Math { .. })] => shown.plain(),
        _ => return None,
    };
    let is_small = text != "()" && !text.contains('\n') && text.chars().count() <= LONGEST;
    is_small.then(|| visible(&text))
}

/// Takes away what `Debug` says of types whose text may be another in each run, as that of times, addresses and hash maps.
pub(super) fn keep_steady(bound: &mut [LetRun]) {
    for bound in bound {
        if matches!(bound.shown.as_slice(), [Shown::Debug(_)]) && !is_steady(&bound.kind) {
            bound.shown.clear();
        }
    }
}

fn is_steady(kind: &str) -> bool {
    static LIBRARY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b(?:std|core|alloc)::[\w:]+").expect("a constant"));
    const STEADY: [&str; 12] = [
        "alloc::vec::Vec",
        "alloc::string::String",
        "alloc::boxed::Box",
        "alloc::rc::Rc",
        "alloc::sync::Arc",
        "alloc::collections::",
        "core::option::Option",
        "core::result::Result",
        "core::ops::range::",
        "core::cell::",
        "core::num::",
        "core::cmp::",
    ];
    let is_known = |path: &str| STEADY.iter().any(|steady| path.starts_with(steady));
    LIBRARY.find_iter(kind).all(|path| is_known(path.as_str()))
        && !["*const ", "*mut ", "fn(", "dyn ", "{{"].iter().any(|word| kind.contains(word))
}

/// The name of a type as a reader would write it.
fn short(kind: &str) -> String {
    // Most types are plain numbers, and building the patterns takes longer than a small book.
    if !kind.contains("::") {
        return kind.to_owned();
    }
    static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:(?:\w+|\{\{\w+\}\})::)+").expect("a constant"));
    static FUNCTION: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:\w+::)+\p{Ll}[\w<>, ]*$").expect("a constant"));
    let name = PATH.replace_all(kind, "").replace("{{closure}}", "_");
    let name = matrices(&name);
    if FUNCTION.is_match(kind) {
        return format!("fn {name}");
    }
    match name.split_once('<') {
        Some((head, _)) if name.chars().count() > LONGEST => format!("{head}<…>"),
        _ => name,
    }
}

/// nalgebra's matrices, by the names that it has for them.
fn matrices(name: &str) -> String {
    static MATRIX: LazyLock<Regex> = LazyLock::new(|| {
        let (entry, size) = (r"[^<>,]+(?:<[^<>]*>)?", r"(?:\d+|Dyn|Const<\d+>)");
        let named = r"(?:Const<(\d+)>|Dyn)";
        let pattern = format!(r"\bMatrix<({entry}), {named}, {named}, (?:Array|Vec)Storage<{entry}, {size}, {size}>>");
        Regex::new(&pattern).expect("a constant")
    });
    let alias = |found: &Captures<'_>| {
        let entry = &found[1];
        let size = |group: usize| found.get(group).and_then(|size| size.as_str().parse::<usize>().ok());
        match (size(2), size(3)) {
            (None, None) => format!("DMatrix<{entry}>"),
            (None, Some(1)) => format!("DVector<{entry}>"),
            (Some(1), None) => format!("RowDVector<{entry}>"),
            (Some(rows @ 1..=6), Some(columns)) if rows == columns => format!("Matrix{rows}<{entry}>"),
            (Some(rows @ 1..=6), Some(1)) => format!("Vector{rows}<{entry}>"),
            (Some(1), Some(columns @ 1..=6)) => format!("RowVector{columns}<{entry}>"),
            (Some(rows @ 1..=6), Some(columns @ 1..=6)) => format!("Matrix{rows}x{columns}<{entry}>"),
            (Some(rows), Some(columns)) => format!("SMatrix<{entry}, {rows}, {columns}>"),
            _ => found[0].to_owned(),
        }
    };
    MATRIX.replace_all(name, alias).into_owned()
}

// Some of the types are nalgebra's.
#[cfg(test)]
#[cfg(feature = "nalgebra")]
mod tests {
    use std::any::type_name;
    use std::collections::HashMap;

    use nalgebra::{DMatrix, DVector, Matrix2, Matrix2x3, SMatrix, SVector, Vector2};

    use super::*;

    #[test]
    fn types_have_the_names_that_one_writes() {
        for (kind, name) in [
            (type_name::<Vec<Option<String>>>(), "Vec<Option<String>>"),
            (type_name::<&[f64]>(), "&[f64]"),
            (type_name::<Vector2<f64>>(), "Vector2<f64>"),
            (type_name::<Vec<Matrix2<f64>>>(), "Vec<Matrix2<f64>>"),
            (type_name::<Matrix2x3<u8>>(), "Matrix2x3<u8>"),
            (type_name::<SVector<f64, 12>>(), "SMatrix<f64, 12, 1>"),
            (type_name::<SMatrix<f32, 7, 8>>(), "SMatrix<f32, 7, 8>"),
            (type_name::<DVector<f64>>(), "DVector<f64>"),
            (type_name::<(DMatrix<f64>, f64)>(), "(DMatrix<f64>, f64)"),
            (type_name::<DMatrix<nalgebra::Complex<f64>>>(), "DMatrix<Complex<f64>>"),
            (type_name::<Box<dyn Fn(f64) -> f64>>(), "Box<dyn Fn(f64) -> f64>"),
            ("bowl::lesson::step<f64>", "fn step<f64>"),
            ("core::iter::adapters::map::Map<core::ops::range::Range<i32>, a::{{closure}}>", "Map<Range<i32>, _>"),
            ("f64", "f64"),
        ] {
            assert_eq!(short(kind), name);
        }
        let long = type_name::<HashMap<String, HashMap<String, HashMap<String, Vec<HashMap<u64, u64>>>>>>();
        assert_eq!(short(long), "HashMap<…>");
    }

    #[test]
    fn what_differs_from_run_to_run_is_not_told() {
        for (kind, steady) in [
            ("bowl::lesson::Step", true),
            ("alloc::vec::Vec<bowl::lesson::Step>", true),
            ("core::ops::range::Range<i32>", true),
            ("std::collections::hash::map::HashMap<i32, i32>", false),
            ("std::time::Instant", false),
            ("core::time::Duration", false),
            ("*const u8", false),
            ("core::option::Option<fn(f64) -> f64>", false),
            ("core::iter::adapters::rev::Rev<core::ops::range::Range<i32>>", false),
        ] {
            assert_eq!(is_steady(kind), steady, "{kind}");
        }
    }
}
