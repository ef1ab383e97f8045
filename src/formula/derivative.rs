//! The derivatives of a function of the lesson's, as calls of num-dual.

use super::commands::TERM;

/// A derivative of a function.
#[derive(Clone, Debug)]
pub(super) struct Derivative {
    pub(super) function: String,
    pub(super) of: Of,
    pub(super) order: Order,
}

/// The Rust around a point, and the function of the runtime that each of its numbers is given to.
pub(super) struct Around {
    pub(super) open: String,
    pub(super) each: Option<&'static str>,
    pub(super) close: String,
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
    /// The Rust that computes it, around a point of so many numbers, or of one vector.
    pub(super) fn around(&self, count: usize) -> Around {
        match self.of {
            Of::Vector => self.around_vector(count),
            Of::Numbers => Around {
                open: format!("{{ let {POINT} = ["),
                each: Some("real"),
                close: format!("]; {} }}", self.of_numbers(count)),
            },
        }
    }

    fn around_vector(&self, count: usize) -> Around {
        let (function, result) = match &self.order {
            Order::Gradient => ("gradient", 1),
            Order::By(indices) if indices.len() == 1 => ("gradient", 1),
            Order::Hessian | Order::By(_) => ("hessian", 2),
        };
        let (entry, indices) = match &self.order {
            Order::By(indices) => {
                let indices: String = indices.iter().map(|index| format!(", {TERM}integer({})", index + 1)).collect();
                (format!("{TERM}entry(&["), format!("{indices}])"))
            }
            _ => (String::new(), String::new()),
        };
        let open = format!("{entry}{TERM}of(&::num_dual::{function}({}, &", self.function);
        let close = format!(").{result}){indices}");
        if count == 1 {
            return Around { open, each: Some("point"), close };
        }
        Around {
            open: format!("{open}{TERM}point({TERM}vector(&["),
            each: None,
            close: format!("])){close}"),
        }
    }

    fn of_numbers(&self, count: usize) -> String {
        let all = |entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>().join(", ");
        match &self.order {
            Order::By(indices) => self.by(indices, count),
            Order::Gradient => format!("{TERM}vector(&[{}])", all(&|at| self.by(&[at], count))),
            Order::Hessian => {
                let row = |row: usize| format!("::std::vec![{}]", all(&|column| self.by(&[row, column], count)));
                format!("{TERM}matrix(&[{}])", all(&row))
            }
        }
    }

    /// The derivative by some of the numbers.
    fn by(&self, indices: &[usize], count: usize) -> String {
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
        let arguments: Vec<String> = (0..count).map(argument).collect();
        let call = format!("{}({})", self.function, arguments.join(", "));
        format!("{TERM}of(&::num_dual::{function}(|{variables}| {call}, {at}).{result})")
    }
}
