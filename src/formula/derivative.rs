//! The derivatives of a function of the lesson's, as calls of num-dual.

use std::ops::Range;

use super::expression::{Code, Expression, TERM};

/// A derivative of a function at a point.
#[derive(Clone, Debug)]
pub(super) struct Derivative {
    pub(super) function: String,
    pub(super) of: Of,
    pub(super) order: Order,
    pub(super) point: Vec<Expression>,
    /// As the first part of a claim it is a name: it does not say at which point, or the function has no derivative.
    pub(super) is_name: bool,
}

/// What a function is a function of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Numbers,
    /// One vector.
    Vector,
}

/// By what it is derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Once for each of these, which count from 0.
    By(Vec<usize>),
    Gradient,
    Hessian,
}

/// Of one function by one number at most so often, and by several.
pub(super) const MOST: usize = 3;
pub(super) const MOST_MIXED: usize = 2;

/// The numbers of the point in the program; no author's has that name.
const POINT: &str = "__recto_point_of";

impl Derivative {
    /// The Rust that computes it.
    pub(super) fn write(&self, span: &Range<usize>, code: &mut Code) {
        match self.of {
            Of::Vector => self.write_of_vector(span, code),
            Of::Numbers => {
                code.push((span.clone(), format!("{{ let {POINT} = [")));
                for (at, number) in self.point.iter().enumerate() {
                    number.write_within("real", if at > 0 { ", " } else { "" }, code);
                }
                code.push((span.clone(), format!("]; {} }}", self.of_numbers())));
            }
        }
    }

    fn write_of_vector(&self, span: &Range<usize>, code: &mut Code) {
        let (function, open, close) = match &self.order {
            Order::Gradient => ("gradient(%, &", String::new(), String::new()),
            Order::Hessian => ("hessian(%, &", String::new(), String::new()),
            Order::By(indices) => {
                let name = if indices.len() > 1 { "hessian(%, &" } else { "gradient(%, &" };
                let listed: String = indices.iter().map(|index| format!(", {TERM}integer({})", index + 1)).collect();
                (name, format!("{TERM}entry(&["), format!("{listed}])"))
            }
        };
        let result = if function.starts_with('g') { "1" } else { "2" };
        let call = function.replace('%', &self.function);
        code.push((span.clone(), format!("{open}{TERM}of(&::num_dual::{call}")));
        match self.point.as_slice() {
            [point] => point.write_within("point", "", code),
            several => {
                let numbers = super::expression::Node::List("vector", several.to_vec());
                Expression { node: numbers, span: span.clone() }.write_within("point", "", code);
            }
        }
        code.push((span.clone(), format!(").{result}){close}")));
    }

    fn of_numbers(&self) -> String {
        let count = self.point.len();
        let all = |entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>().join(", ");
        match &self.order {
            Order::By(indices) => self.by(indices),
            Order::Gradient => format!("{TERM}vector(&[{}])", all(&|at| self.by(&[at]))),
            Order::Hessian => {
                let row = |row: usize| format!("::std::vec![{}]", all(&|column| self.by(&[row, column])));
                format!("{TERM}matrix(&[{}])", all(&row))
            }
        }
    }

    /// The derivative by some of the numbers.
    fn by(&self, indices: &[usize]) -> String {
        let first = indices.first().copied().unwrap_or_default();
        let is_of_one = indices.iter().all(|index| *index == first);
        let (function, variables, at, result) = match indices {
            [_] => ("first_derivative", "__recto_d", format!("{POINT}[{first}]"), 1),
            [_, _] if is_of_one => ("second_derivative", "__recto_d", format!("{POINT}[{first}]"), 2),
            [_, second] => {
                let at = format!("({POINT}[{first}], {POINT}[{second}])");
                ("second_partial_derivative", "(__recto_d, __recto_e)", at, 3)
            }
            _ => ("third_derivative", "__recto_d", format!("{POINT}[{first}]"), 3),
        };
        let argument = |at: usize| match indices.iter().position(|index| *index == at) {
            Some(0) => "__recto_d".to_owned(),
            Some(_) => "__recto_e".to_owned(),
            None => format!("::std::convert::From::from({POINT}[{at}])"),
        };
        let arguments: Vec<String> = (0..self.point.len()).map(argument).collect();
        let call = format!("{}({})", self.function, arguments.join(", "));
        format!("{TERM}of(&::num_dual::{function}(|{variables}| {call}, {at}).{result})")
    }
}
