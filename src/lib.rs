//! recto makes textbooks whose Rust code is executed, whose figures are drawn by that code, and whose every
//! number is checked each time the book is built.
//!
//! Without the default feature `generator` this is the runtime that lesson programs link: [`Figure`],
//! [`Table`] and [`Html`] are what a cell can show besides ordinary values, [`data`] finds data files, and
//! [`Show`] and [`Numbers`] give types of one's own a look and a place in claims. With it, it is the tool,
//! stage by stage; `ARCHITECTURE.md` walks through them.

mod runtime;

#[cfg(feature = "plotters")]
pub use runtime::figure::{FigureError, figure};
pub use runtime::{
    data::{data, data_string},
    figure::Figure,
    numbers::{Number, Numbers},
    show::{Html, Show, Shown},
    sweep::{Frame, Sweep, SweepError},
    table::Table,
};
#[doc(hidden)]
pub use runtime::{frame, lesson, wire};

#[cfg(feature = "generator")]
pub mod author;
#[cfg(feature = "generator")]
pub mod bind;
#[cfg(feature = "generator")]
pub mod command;
#[cfg(feature = "generator")]
pub mod diagnostics;
#[cfg(feature = "generator")]
pub mod examples;
#[cfg(feature = "generator")]
pub mod export;
#[cfg(feature = "generator")]
pub mod html;
#[cfg(feature = "generator")]
pub mod index;
#[cfg(feature = "generator")]
pub mod math;
#[cfg(feature = "generator")]
pub mod parallel;
#[cfg(feature = "generator")]
pub mod problem;
#[cfg(feature = "generator")]
pub mod read;
#[cfg(feature = "generator")]
pub mod report;
#[cfg(feature = "generator")]
pub mod run;
#[cfg(feature = "generator")]
pub mod scaffold;
#[cfg(feature = "generator")]
pub mod session;
#[cfg(feature = "generator")]
pub mod site;
#[cfg(feature = "generator")]
pub mod source;
#[cfg(feature = "generator")]
pub mod tangle;
#[cfg(feature = "generator")]
pub mod verify;
#[cfg(feature = "generator")]
pub mod weave;
