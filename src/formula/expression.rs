//! A formula as a tree, and the Rust that computes it.

use std::ops::Range;

use super::commands::TERM;
use super::derivative::{Around, Derivative};

/// An expression, and where it stands in the formula.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) node: Node,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A decimal numeral.
    Number(String),
    /// A name of the lesson's, as Rust has it.
    Symbol(String),
    /// The variable of a sum.
    Local(String),
    /// A function of the runtime, and what it is applied to.
    Apply(&'static str, Vec<Expression>),
    /// The same where the function takes a list: a vector, a maximum.
    List(&'static str, Vec<Expression>),
    /// The rows of a matrix.
    Matrix(Vec<Vec<Expression>>),
    /// A function of the lesson's.
    Call(String, Vec<Argument>),
    /// A sum or product over a variable.
    Over {
        function: &'static str,
        variable: String,
        ends: Box<[Expression; 2]>,
        body: Box<Expression>,
    },
    /// A derivative of a function of the lesson's, at a point.
    Derivative {
        derivative: Derivative,
        point: Vec<Expression>,
        /// As the first part of a claim it is a name: it does not say at which point, or the function has no derivative.
        is_name: bool,
    },
    /// Each case with its conditions, none for the last one.
    Cases(Vec<(Expression, Vec<Condition>)>),
}

/// What a function of the lesson's is given.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    /// A number, converted to what the function takes.
    Number(Expression),
    /// A number of 64 bits.
    Real(Expression),
    /// The vector of some numbers.
    Point(Expression),
    /// A name, given as it is or by reference.
    Name(String, Range<usize>),
}

#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) function: &'static str,
    pub(super) sides: [Expression; 2],
}

/// Text of a program, each piece on behalf of a range of the formula.
pub(super) type Code = Vec<(Range<usize>, String)>;

impl Expression {
    pub(super) fn apply(function: &'static str, operands: Vec<Expression>, span: Range<usize>) -> Expression {
        Expression {
            node: Node::Apply(function, operands),
            span,
        }
    }

    /// The Rust that computes it.
    pub(super) fn code(&self) -> Code {
        let mut code = Code::new();
        self.write(&mut code);
        code
    }

    fn write(&self, code: &mut Code) {
        let mut put = |text: String| code.push((self.span.clone(), text));
        match &self.node {
            Node::Number(digits) if digits.contains('.') => put(format!("{TERM}float({})", literal(digits))),
            Node::Number(digits) => put(match digits.parse::<i128>() {
                Ok(_) => format!("{TERM}integer({digits})"),
                Err(_) => format!("{TERM}float({digits}.0)"),
            }),
            Node::Symbol(name) => put(format!("{TERM}of(&({name}))")),
            Node::Local(name) => put(format!("{}.clone()", local(name))),
            Node::Apply(function, operands) => {
                put(format!("{TERM}{function}("));
                listed(operands, &self.span, code);
                code.push((self.span.clone(), ")".to_owned()));
            }
            Node::List(function, operands) => {
                put(format!("{TERM}{function}(&["));
                listed(operands, &self.span, code);
                code.push((self.span.clone(), "])".to_owned()));
            }
            Node::Matrix(rows) => {
                put(format!("{TERM}matrix(&["));
                for row in rows {
                    code.push((self.span.clone(), "::std::vec![".to_owned()));
                    listed(row, &self.span, code);
                    code.push((self.span.clone(), "],".to_owned()));
                }
                code.push((self.span.clone(), "])".to_owned()));
            }
            Node::Call(function, arguments) => {
                put(format!("{TERM}of(&({function}("));
                for (index, argument) in arguments.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    match argument {
                        Argument::Number(number) => number.write_within("given", comma, code),
                        Argument::Real(number) => number.write_within("real", comma, code),
                        Argument::Point(point) => point.write_within("point", comma, code),
                        Argument::Name(name, span) => {
                            code.push((span.clone(), format!("{comma}{TERM}give(&({name}))")));
                        }
                    }
                }
                code.push((self.span.clone(), ")))".to_owned()));
            }
            Node::Over { function, variable, ends, body } => {
                put(format!("{TERM}{function}("));
                listed(&ends[..], &self.span, code);
                code.push((self.span.clone(), format!(", |{}| ", local(variable))));
                body.write(code);
                code.push((self.span.clone(), ")".to_owned()));
            }
            Node::Derivative { derivative, point, .. } => {
                let Around { open, each, close } = derivative.around(point.len());
                put(open);
                match each {
                    Some(function) => {
                        for (at, number) in point.iter().enumerate() {
                            number.write_within(function, if at > 0 { ", " } else { "" }, code);
                        }
                    }
                    None => listed(point, &self.span, code),
                }
                code.push((self.span.clone(), close));
            }
            Node::Cases(cases) => write_cases(cases, &self.span, code),
        }
    }
}

impl Expression {
    fn write_within(&self, function: &str, comma: &str, code: &mut Code) {
        code.push((self.span.clone(), format!("{comma}{TERM}{function}(")));
        self.write(code);
        code.push((self.span.clone(), ")".to_owned()));
    }
}

/// A numeral as Rust has it.
fn literal(digits: &str) -> String {
    if digits.starts_with('.') { format!("0{digits}") } else { digits.to_owned() }
}

/// The variable of a sum in the program; no author's has that name.
fn local(name: &str) -> String {
    format!("__recto_{name}")
}

fn listed(operands: &[Expression], span: &Range<usize>, code: &mut Code) {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            code.push((span.clone(), ", ".to_owned()));
        }
        operand.write(code);
    }
}

fn write_cases(cases: &[(Expression, Vec<Condition>)], span: &Range<usize>, code: &mut Code) {
    code.push((span.clone(), format!("{TERM}cases(&[")));
    for (value, conditions) in cases {
        code.push((span.clone(), "(&[".to_owned()));
        for Condition { function, sides } in conditions {
            code.push((span.clone(), format!("{TERM}{function}(")));
            listed(sides, span, code);
            code.push((span.clone(), "), ".to_owned()));
        }
        code.push((span.clone(), "], &|| ".to_owned()));
        value.write(code);
        code.push((span.clone(), "), ".to_owned()));
    }
    code.push((span.clone(), "])".to_owned()));
}
