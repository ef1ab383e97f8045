//! What the last expression of a cell looks like on the page.

use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

use super::figure::Figure;
use super::sweep::{Frame, Sweep};
use super::table::Table;
use super::value::{Piece, Value};

/// A value as it appears on the page, below the code of its cell; what [`Show::show`] returns.
///
/// Each has a plain text too, which ` ```output ` fences are compared with and which a reader who runs the lesson's program
/// sees: for a picture it is `[figure]`, for HTML `[html]`.
///
/// ```
/// use recto::{Show, Shown};
///
/// assert_eq!("twenty".show(), [Shown::Text("twenty".into())]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Shown {
    /// Text as such, in the font of code; its line ends are kept, and markup in it is text.
    Text(String),
    /// Numbers, and what holds them.
    Value(Value),
    /// Mathematics, as a display formula.
    Math {
        /// In LaTeX, without dollar signs. What recto can't read is an error of the cell.
        latex: String,
        /// The same as text.
        plain: String,
    },
    /// A table, as [`Table`](crate::Table) makes it; its plain text has a line for each row, with tabs between the cells.
    Table {
        /// A letter for each column: `l` left, `r` right.
        alignment: String,
        /// The heads of the columns.
        head: Vec<String>,
        /// The rows, each as long as the head.
        rows: Vec<Vec<String>>,
    },
    /// A picture, or several side by side.
    Figure(Figure),
    /// A picture for each value of a parameter, or of two.
    Sweep(Sweep),
    /// HTML, not escaped.
    Html(String),
    /// What `Debug` prints.
    Debug(String),
}

impl Shown {
    /// As plain text, numbers with all their digits: what a program prints for a reader.
    pub(crate) fn plain(&self) -> String {
        match self {
            Shown::Text(text) | Shown::Debug(text) => text.clone(),
            Shown::Value(value) => value.exact(),
            Shown::Math { plain, .. } => plain.clone(),
            Shown::Table { head, rows, .. } => {
                let rows = std::iter::once(head).chain(rows);
                rows.map(|row| row.join("\t")).collect::<Vec<_>>().join("\n")
            }
            Shown::Figure(_) => "[figure]".to_owned(),
            Shown::Sweep(sweep) => {
                let line = |(number, frame): (usize, &Frame)| match frame.note.as_str() {
                    "" => format!("[figure] {}", sweep.at(number)),
                    note => format!("[figure] {}: {note}", sweep.at(number)),
                };
                sweep.frames.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
            }
            Shown::Html(_) => "[html]".to_owned(),
        }
    }
}

/// A type with a form of its own on the page: how the last expression of a cell is shown, and what [`show!`](crate::show)
/// shows in the middle of one. Types without it are shown as `Debug` prints them, on several lines where one would be longer
/// than 80 bytes.
///
/// Numbers and texts have it, `()`, which shows nothing, and tuples (of up to six), arrays, vectors, options, results and
/// references of what has it; [`Figure`], [`Sweep`], [`Table`](crate::Table) and [`Html`]; with the feature `nalgebra`, its
/// vectors, matrices and `SymmetricEigen` as mathematics. Numbers have six significant digits on the page, or as many as the
/// option `digits` says.
///
/// ```
/// use recto::{Show, Shown};
///
/// struct Celsius(f64);
/// impl Show for Celsius {
///     fn show(&self) -> Vec<Shown> {
///         vec![Shown::Text(format!("{} °C", self.0))]
///     }
/// }
/// assert_eq!(Celsius(21.5).show(), [Shown::Text("21.5 °C".into())]);
/// ```
pub trait Show {
    /// What appears, top to bottom; empty for values that say nothing.
    fn show(&self) -> Vec<Shown>;

    /// What appears inside a tuple, list or option; texts have quotes there. The same as [`show`](Show::show) if not written.
    fn show_nested(&self) -> Vec<Shown> {
        self.show()
    }
}

/// HTML written on purpose: it reaches the page as it is, while everything else that a cell shows is escaped.
///
/// It must be whole elements, fetch nothing from another host, and hold no script: the pages' policy runs only those of the
/// book's files, such as `<script src="widget.js">`, and those that an author wrote in a chapter. A cell whose label begins
/// with `fig-` may show it.
///
/// ```
/// let key = recto::Html::new(format!("<p>One step on: <kbd>{}</kbd></p>", "→"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// HTML from its source.
    pub fn new(source: impl Into<String>) -> Self {
        Html(source.into())
    }
}

impl Show for Html {
    fn show(&self) -> Vec<Shown> {
        vec![Shown::Html(self.0.clone())]
    }
}

impl Show for Figure {
    fn show(&self) -> Vec<Shown> {
        vec![Shown::Figure(self.clone())]
    }
}

impl Show for Table {
    fn show(&self) -> Vec<Shown> {
        let is_number = |cell: &String| {
            let number = cell.trim_end_matches('%').trim().replace('−', "-");
            cell.is_empty() || number.parse::<f64>().is_ok()
        };
        let alignment = (0..self.head.len())
            .map(|column| {
                let mut cells = self.rows.iter().map(|row| &row[column]);
                if !self.rows.is_empty() && cells.all(is_number) { 'r' } else { 'l' }
            })
            .collect();
        vec![Shown::Table {
            alignment,
            head: self.head.clone(),
            rows: self.rows.clone(),
        }]
    }
}

impl Show for Sweep {
    fn show(&self) -> Vec<Shown> {
        vec![Shown::Sweep(self.clone())]
    }
}

fn text(text: impl Into<String>) -> Vec<Shown> {
    vec![Shown::Text(text.into())]
}

fn number(piece: Piece) -> Vec<Shown> {
    vec![Shown::Value(Value::of(vec![piece], false))]
}

macro_rules! show_integer {
    ($($type:ty),*) => {$(
        impl Show for $type {
            fn show(&self) -> Vec<Shown> {
                number(Piece::Integer(self.to_string()))
            }
        }
    )*};
}
show_integer!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

macro_rules! show_float {
    ($($type:ty),*) => {$(
        impl Show for $type {
            fn show(&self) -> Vec<Shown> {
                let size = self.abs();
                let readable = *self == 0.0 || !self.is_finite() || (1e-5..1e16).contains(&size);
                number(Piece::Float(if readable { self.to_string() } else { format!("{self:e}") }))
            }
        }
    )*};
}
show_float!(f32, f64);

impl Show for bool {
    fn show(&self) -> Vec<Shown> {
        text(self.to_string())
    }
}

macro_rules! show_text {
    ($($type:ty),*) => {$(
        impl Show for $type {
            fn show(&self) -> Vec<Shown> {
                text(self.to_string())
            }
            fn show_nested(&self) -> Vec<Shown> {
                text(format!("{self:?}"))
            }
        }
    )*};
}
show_text!(str, String, char);

impl Show for () {
    fn show(&self) -> Vec<Shown> {
        Vec::new()
    }
    fn show_nested(&self) -> Vec<Shown> {
        text("()")
    }
}

macro_rules! show_through {
    ($($type:ty),*) => {$(
        impl<T: Show + ?Sized> Show for $type {
            fn show(&self) -> Vec<Shown> {
                (**self).show()
            }
            fn show_nested(&self) -> Vec<Shown> {
                (**self).show_nested()
            }
        }
    )*};
}
show_through!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Show> Show for Option<T> {
    fn show(&self) -> Vec<Shown> {
        match self {
            Some(value) => compose("Some(", vec![value.show_nested()], ")"),
            None => text("None"),
        }
    }
}

impl<T: Show, E: Show> Show for Result<T, E> {
    fn show(&self) -> Vec<Shown> {
        match self {
            Ok(value) if value.show().is_empty() => Vec::new(),
            other => other.show_nested(),
        }
    }
    fn show_nested(&self) -> Vec<Shown> {
        match self {
            Ok(value) => compose("Ok(", vec![value.show_nested()], ")"),
            Err(error) => compose("Err(", vec![error.show_nested()], ")"),
        }
    }
}

impl<T: Show> Show for [T] {
    fn show(&self) -> Vec<Shown> {
        compose("[", self.iter().map(Show::show_nested).collect(), "]")
    }
}

impl<T: Show, const N: usize> Show for [T; N] {
    fn show(&self) -> Vec<Shown> {
        self.as_slice().show()
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self) -> Vec<Shown> {
        self.as_slice().show()
    }
}

macro_rules! show_tuple {
    ($($name:ident),+) => {
        impl<$($name: Show),+> Show for ($($name,)+) {
            fn show(&self) -> Vec<Shown> {
                #[allow(non_snake_case, reason = "a type parameter names its value too")]
                let ($($name,)+) = self;
                let parts = vec![$($name.show_nested()),+];
                let close = if parts.len() == 1 { ",)" } else { ")" };
                compose("(", parts, close)
            }
        }
    };
}
show_tuple!(A);
show_tuple!(A, B);
show_tuple!(A, B, C);
show_tuple!(A, B, C, D);
show_tuple!(A, B, C, D, E);
show_tuple!(A, B, C, D, E, F);

/// Parts within brackets: one part of mathematics makes all of it mathematics, and pictures and tables follow one another.
fn compose(open: &str, parts: Vec<Vec<Shown>>, close: &str) -> Vec<Shown> {
    let parts: Vec<Shown> = parts.into_iter().flatten().collect();
    if parts.iter().any(stands_alone) {
        return parts;
    }
    let math = parts.iter().any(|part| matches!(part, Shown::Math { .. } | Shown::Value(Value { math: true, .. })));
    vec![Shown::Value(Value {
        open: open.to_owned(),
        parts: parts.into_iter().map(pieces).collect(),
        close: close.to_owned(),
        names: Vec::new(),
        math,
    })]
}

/// Values with their names, side by side; each by itself where one is a picture or a table.
pub(super) fn named(values: Vec<(&str, Vec<Shown>)>) -> Vec<Shown> {
    let (names, shown): (Vec<&str>, Vec<Vec<Shown>>) = values.into_iter().unzip();
    let is_one_each = shown.iter().all(|shown| shown.len() == 1);
    let mut composed = compose("(", shown, ")");
    if let [Shown::Value(value)] = composed.as_mut_slice()
        && is_one_each
    {
        value.names = names.into_iter().map(str::to_owned).collect();
    }
    composed
}

/// Whether it can be no part of a line.
fn stands_alone(shown: &Shown) -> bool {
    match shown {
        Shown::Text(_) | Shown::Debug(_) | Shown::Math { .. } | Shown::Value(_) => false,
        Shown::Table { .. } | Shown::Figure(_) | Shown::Sweep(_) | Shown::Html(_) => true,
    }
}

fn pieces(shown: Shown) -> Vec<Piece> {
    match shown {
        Shown::Value(value) => value.into_pieces(),
        Shown::Math { latex, plain } => vec![Piece::Sign { latex, plain }],
        other => vec![Piece::text(&other.plain())],
    }
}

/// Longest `Debug` text that stays on one line.
const LONGEST_LINE: usize = 80;

/// A reference for which the way to show it is chosen by the compiler: [`ViaShow`] where there is a
/// `Show`, then [`ViaDebug`], then an error that says what to do. All three have a method of one name, such as no author
/// gives to one of a trait for all types.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

#[doc(hidden)]
pub trait ViaShow {
    fn __recto_shown(&self) -> Vec<Shown>;
}

impl<T: Show + ?Sized> ViaShow for &&Probe<'_, T> {
    fn __recto_shown(&self) -> Vec<Shown> {
        self.0.show()
    }
}

#[doc(hidden)]
pub trait ViaDebug {
    fn __recto_shown(&self) -> Vec<Shown>;
}

impl<T: Debug + ?Sized> ViaDebug for &Probe<'_, T> {
    fn __recto_shown(&self) -> Vec<Shown> {
        let line = format!("{:?}", self.0);
        vec![Shown::Debug(if line.len() > LONGEST_LINE {
            format!("{:#?}", self.0)
        } else {
            line
        })]
    }
}

/// No type has it: it is there for its message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be shown: it has neither `recto::Show` nor `Debug`",
    label = "the last expression of a cell is shown to the reader",
    note = "end it with `;` to show nothing, or derive `Debug`"
)]
pub trait Showable {}

impl<T: ?Sized> Probe<'_, T> {
    #[doc(hidden)]
    pub fn __recto_shown(&self) -> Vec<Shown>
    where
        T: Showable,
    {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Table;
    use super::*;

    macro_rules! shown {
        ($expression:expr) => {{
            #[allow(unused_imports)]
            use super::{ViaDebug as _, ViaShow as _};
            (&&&Probe(&$expression)).__recto_shown()
        }};
    }

    fn plain(text: &str) -> Vec<Shown> {
        vec![Shown::Text(text.into())]
    }

    /// A value with all its digits, and whether it is mathematics.
    fn exact(shown: &[Shown]) -> (String, bool) {
        match shown {
            [Shown::Value(value)] => (value.exact(), value.math),
            other => panic!("no value: {other:?}"),
        }
    }

    #[derive(Debug)]
    struct Plain(#[allow(dead_code, reason = "read through Debug")] u8);

    #[derive(Debug)]
    struct Both;
    impl Show for Both {
        fn show(&self) -> Vec<Shown> {
            plain("shown")
        }
    }

    #[test]
    fn show_comes_before_debug() {
        assert_eq!(shown!(Both), plain("shown"));
        assert_eq!(shown!(Plain(3)), [Shown::Debug("Plain(3)".into())]);
        assert_eq!(shown!(vec![Plain(3)]), [Shown::Debug("[Plain(3)]".into())]);
        assert_eq!(shown!(Some(Plain(3))), [Shown::Debug("Some(Plain(3))".into())]);
        assert_eq!(shown!(*"unsized"), plain("unsized"));
        assert_eq!(exact(&shown!(vec![1, 2][..])).0, "[1, 2]");
        assert_eq!(shown!(()), []);
    }

    #[test]
    fn values_are_not_moved() {
        let text = String::from("kept");
        assert_eq!(shown!(text), plain("kept"));
        assert_eq!(text, "kept");
    }

    #[test]
    fn what_is_shown_has_a_plain_text() {
        let dot = || Frame::new(Figure::from_svg("<svg/>"));
        let sweep = |note: &str| Sweep::new("r", [0.5, 1.0], |_| Ok(dot().note(note))).unwrap();
        let table = Table::new(["n", "word"]).row(["1", "one"]);
        let plain = |value: &dyn Show| value.show().iter().map(Shown::plain).collect::<String>();
        assert_eq!(plain(&2.5), "2.5");
        assert_eq!(plain(&table), "n\tword\n1\tone");
        assert_eq!(plain(&Figure::from_svg("<svg/>")), "[figure]");
        assert_eq!(plain(&sweep("")), "[figure] r = 0.5\n[figure] r = 1");
        assert_eq!(plain(&sweep("wide")), "[figure] r = 0.5: wide\n[figure] r = 1: wide");
        assert_eq!(plain(&Html::new("<b>b</b>")), "[html]");
    }

    #[test]
    fn compositions_read_as_rust_writes_them() {
        let is = |shown: &[Shown], text: &str| assert_eq!(exact(shown), (text.to_owned(), false));
        is(&shown!((20, 2.5)), "(20, 2.5)");
        is(&shown!((1,)), "(1,)");
        is(&shown!(vec!["a", "b"]), "[\"a\", \"b\"]");
        is(&shown!(Some((1, 'x'))), "Some((1, 'x'))");
        is(&shown!(Err::<(), _>("no")), "Err(\"no\")");
        is(&shown!(1e-17), "1e-17");
        is(&shown!(0.1 + 0.2), "0.30000000000000004");
        is(&shown!((true, -3)), "(true, -3)");
        assert_eq!(shown!(Ok::<(), String>(())), []);
    }

    #[test]
    fn values_are_shown_with_their_names() {
        let (eta, rho) = (0.5, 1);
        assert_eq!(exact(&named(vec![("eta", eta.show()), ("rho", rho.show())])).0, "eta = 0.5, rho = 1");
        let table = Table::new(["n"]).row(["1"]).show();
        assert_eq!(named(vec![("eta", eta.show()), ("table", table.clone())]), [eta.show(), table].concat());
    }

    #[test]
    fn a_part_of_mathematics_makes_the_whole_mathematics() {
        struct Pi;
        impl Show for Pi {
            fn show(&self) -> Vec<Shown> {
                vec![Shown::Math { latex: "\\pi".into(), plain: "π".into() }]
            }
        }
        assert_eq!(exact(&shown!((Pi, 2, "a_b"))), ("(π, 2, \"a_b\")".to_owned(), true));
        let Some(Shown::Value(value)) = shown!((Some(Pi), "a_b")).pop() else {
            panic!("a value")
        };
        let latex = value.into_pieces().into_iter().map(|piece| match piece {
            Piece::Sign { latex, .. } => latex,
            other => panic!("a number: {other:?}"),
        });
        let expected = "\\left(\\mathrm{Some}\\left(\\pi\\right),\\; \\text{\"a\\_b\"}\\right)";
        assert_eq!(latex.collect::<String>(), expected);
    }
}
