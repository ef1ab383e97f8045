//! What lesson programs link: what a cell can show, what a claim can compare, and the figures, tables
//! and data files of a lesson.
//!
//! In: the values of a lesson. Out: messages to recto (see [`wire`]) when that runs the program, plain text when a reader
//! does.

pub(crate) mod brief;
#[cfg(feature = "plotters")]
pub(crate) mod canvas;
pub(crate) mod channel;
mod course;
pub(crate) mod data;
pub(crate) mod elementary;
pub(crate) mod figure;
pub mod frame;
pub(crate) mod given;
#[cfg(feature = "plotters")]
pub(crate) mod ink;
#[cfg(feature = "plotters")]
pub(crate) mod label;
pub mod lesson;
pub(crate) mod linear;
#[cfg(feature = "nalgebra")]
mod matrix;
pub(crate) mod numbers;
pub(crate) mod samples;
pub(crate) mod seed;
pub(crate) mod show;
pub(crate) mod step;
pub(crate) mod sweep;
pub(crate) mod switch;
pub(crate) mod table;
pub(crate) mod term;
pub(crate) mod value;
pub mod wire;
pub(crate) mod words;

/// What the formulas of claims are made of.
pub mod formula {
    pub use super::elementary::*;
    pub use super::given::*;
    pub use super::linear::*;
    #[cfg(feature = "nalgebra")]
    pub use super::matrix::point;
    pub use super::samples::{Choice, Ends, Point, Sample};
    pub use super::term::*;
}
