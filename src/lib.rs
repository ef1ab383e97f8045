//! recto makes textbooks whose Rust code is run, whose figures are drawn by that code, and whose every number is checked
//! each time the book is built. A lesson is a chapter of an [mdBook](https://rust-lang.github.io/mdBook/), in plain
//! markdown; what comes out is an HTML book, or else what is wrong, with file, line and column.
//!
//! This page is for the person who writes lessons, and what follows is one. `REFERENCE.md` has all of the syntax, `recto help`
//! and `recto help build` the commands; `ARCHITECTURE.md` walks through the tool itself.
//!
//! # The tool and the runtime
//!
//! With the default feature `generator` the crate is the tool: the command `recto`, which reads the lessons, compiles and
//! runs their code, and binds the book. Without it, as `recto = { default-features = false }`, the crate is the runtime:
//! what the program of each lesson links, and what a lesson names as `recto::…`. The tool brings its own runtime along, so
//! a book lists it in its `Cargo.toml` only where the book's library uses it.
//!
//! Two features add to the runtime; the tool turns them on for books that depend on the crates of these names. With
//! `nalgebra`, its vectors, matrices and eigendecompositions are shown as mathematics and its vectors and matrices stand in
//! claims. With `plotters`, `recto::figure` draws a [`Figure`].
//!
//! # A cell, a claim, an inline value
//!
//! ~~~markdown
//! ```rust
//! let samples = [4.0, 7.0, 13.0];
//! let mean = samples.iter().sum::<f64>() / samples.len() as f64;
//! mean
//! ```
//!
//! The mean is [8](=mean), or [≈ 1.14](<=mean / samples[1]>) times the sample in the middle.
//! The largest sample is `{samples[2]:.1}`.
//! ~~~
//!
//! The fence is a *cell*. The cells of a lesson share one scope from top to bottom, and `?` works in them. Below its code
//! the page shows what the cell prints and its last expression without `;`, here 8. `[8](=mean)` is a *claim*: you write
//! the number, and the book is not built unless the expression has this value: up to rounding, or with `≈` up to half a
//! unit of the last digit. The code span in braces is an *inline value*: the page has 13.0 in its place.
//!
//! # A figure
//!
//! ~~~markdown
//! ```rust
//! //| label: fig-samples
//! //| caption: The samples on a line.
//! //| alt: Three dots on a line; the last gap is twice as wide as the first.
//! fn on_a_line(samples: &[f64]) -> recto::Figure {
//!     let dot = |x: &f64| format!("<circle cx='{x}' cy='1' r='0.3' fill='currentColor'/>");
//!     let dots: String = samples.iter().map(dot).collect();
//!     recto::Figure::from_svg(format!("<svg viewBox='0 0 15 2'>{dots}</svg>"))
//! }
//! on_a_line(&samples)
//! ```
//!
//! As [](#fig-samples) shows, the samples lie further apart on the right.
//! ~~~
//!
//! Lines of `//|` at the top of a cell are its options, in YAML. A figure must have `alt`, the text for those who can't see
//! it. `caption` stands below it; with a `label` that begins with `fig-` it has a number, and the reference becomes
//! "Figure 1.1". The other options are `echo` (`true`, `false`, or `fold` for code that the reader opens), `output`, `width`
//! (`wide` for a figure that uses the margin too), `data` (`true` for a link to what the figure shows, see
//! [`Figure::with_data`]), `timeout` in seconds, and for a value that is shown `digits` and the `names` of its parts;
//! `lets: false` keeps off the page what types and values the names have that the
//! cell binds.
//!
//! # A type of your own
//!
//! [`Show`] says what a value looks like below a cell (without it, as `Debug` prints it), and [`Numbers`] what a claim
//! compares. They may stand in a cell, or in the book's library.
//!
//! ```rust
//! struct Interval {
//!     low: f64,
//!     high: f64,
//! }
//!
//! impl recto::Show for Interval {
//!     fn show(&self) -> Vec<recto::Shown> {
//!         let plain = format!("[{}, {}]", self.low, self.high);
//!         let latex = format!("{plain} \\subset \\mathbb{{R}}");
//!         vec![recto::Shown::Math { latex, plain }]
//!     }
//! }
//!
//! impl recto::Numbers for Interval {
//!     fn numbers(&self, into: &mut Vec<recto::Number>) {
//!         (self.low, self.high).numbers(into);
//!     }
//! }
//! ```
//!
//! ~~~markdown
//! ```rust
//! let range = Interval { low: 4.0, high: 13.0 };
//! range
//! ```
//!
//! All samples lie within [$[4, 13]$](=range).
//! ~~~
//!
//! # A sweep
//!
//! A [`Sweep`] is one figure for each value of a parameter, or of two, which the reader chooses with a slider. All of them are
//! computed when the book is built, and each can be linked to. A [`Table`] has rows, and [`Html`] is markup of your own.
//!
//! ~~~markdown
//! ```rust
//! //| caption: The first samples.
//! //| alt: A dot for each of the first samples, on a line.
//! recto::Sweep::new("samples", [1, 2, 3], |&count| {
//!     let first = &samples[..count];
//!     let mean = first.iter().sum::<f64>() / count as f64;
//!     Ok(recto::Frame::new(on_a_line(first)).note(format!("Their mean is {mean}.")))
//! })?
//! ```
//! ~~~
//!
//! # Data files
//!
//! A lesson reads files below the folder `data` of its book by name. recto notes which ones, and runs the lesson again when
//! one of them has changed.
//!
//! ```rust,no_run
//! let text = recto::data_string("samples.csv")?;
//! let samples: Vec<f64> = text.lines().map(str::parse).collect::<Result<_, _>>()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod runtime;

#[cfg(feature = "plotters")]
pub use runtime::{
    canvas::{Canvas, Drawn, FigureError, figure},
    ink::pens,
    label::LabelError,
};
pub use runtime::{
    data::{data, data_string},
    figure::Figure,
    numbers::{Number, Numbers},
    seed::seed,
    show::{Html, Show, Shown},
    sweep::{Each, Frame, Sweep, SweepError},
    table::Table,
    value::Value,
};
#[doc(hidden)]
pub use runtime::{formula as term, frame, lesson, value::Piece, wire};

#[cfg(feature = "generator")]
mod audit;
#[cfg(feature = "generator")]
mod author;
#[cfg(feature = "generator")]
mod bind;
#[cfg(feature = "generator")]
mod claim_text;
#[cfg(feature = "generator")]
mod command;
#[cfg(feature = "generator")]
mod diagnostics;
#[cfg(feature = "generator")]
mod diff;
#[cfg(all(test, feature = "generator"))]
mod differential;
#[cfg(feature = "generator")]
mod epub;
#[cfg(feature = "generator")]
mod examples;
#[cfg(feature = "generator")]
mod export;
#[cfg(feature = "generator")]
mod finish;
#[cfg(feature = "generator")]
mod formula;
#[cfg(feature = "generator")]
mod fuzz;
#[cfg(feature = "generator")]
mod html;
#[cfg(feature = "generator")]
mod index;
#[cfg(feature = "generator")]
mod lsp;
#[cfg(feature = "generator")]
mod math;
#[cfg(feature = "generator")]
mod mutate;
#[cfg(feature = "generator")]
mod parallel;
#[cfg(feature = "generator")]
mod pdf;
#[cfg(feature = "generator")]
mod policy;
#[cfg(feature = "generator")]
mod problem;
#[cfg(feature = "generator")]
mod progress;
#[cfg(feature = "generator")]
mod read;
#[cfg(feature = "generator")]
mod report;
#[cfg(feature = "generator")]
mod room;
#[cfg(feature = "generator")]
mod run;
#[cfg(feature = "generator")]
mod scaffold;
#[cfg(feature = "generator")]
mod scratch;
#[cfg(feature = "generator")]
mod screen;
#[cfg(feature = "generator")]
mod serve;
#[cfg(feature = "generator")]
mod session;
#[cfg(feature = "generator")]
mod shake;
#[cfg(feature = "generator")]
mod site;
#[cfg(feature = "generator")]
mod source;
#[cfg(feature = "generator")]
mod spans;
#[cfg(feature = "generator")]
mod splice;
#[cfg(feature = "generator")]
mod svg;
#[cfg(feature = "generator")]
mod tangle;
#[cfg(feature = "generator")]
mod templates;
#[cfg(feature = "generator")]
mod verify;
#[cfg(feature = "generator")]
mod weave;

#[cfg(feature = "generator")]
#[doc(hidden)]
pub mod door;
