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
mod author;
#[cfg(feature = "generator")]
mod bind;
#[cfg(feature = "generator")]
mod command;
#[cfg(feature = "generator")]
mod diagnostics;
#[cfg(feature = "generator")]
mod examples;
#[cfg(feature = "generator")]
mod export;
#[cfg(feature = "generator")]
mod html;
#[cfg(feature = "generator")]
mod index;
#[cfg(feature = "generator")]
mod math;
#[cfg(feature = "generator")]
mod parallel;
#[cfg(feature = "generator")]
mod problem;
#[cfg(feature = "generator")]
mod read;
#[cfg(feature = "generator")]
mod report;
#[cfg(feature = "generator")]
mod run;
#[cfg(feature = "generator")]
mod scaffold;
#[cfg(feature = "generator")]
mod session;
#[cfg(feature = "generator")]
mod site;
#[cfg(feature = "generator")]
mod source;
#[cfg(feature = "generator")]
mod tangle;
#[cfg(feature = "generator")]
mod verify;
#[cfg(feature = "generator")]
mod weave;

#[cfg(feature = "generator")]
#[doc(hidden)]
pub mod door;
