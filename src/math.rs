//! LaTeX to MathML.
//!
//! In: formulas, and the macros of `book.toml`. Out: MathML on one line with the LaTeX as annotation, or
//! what was not understood and where.

mod cells;
mod extent;
mod macros;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use regex::{Captures, Regex};

use crate::problem::{Kind, Problem};
use crate::read::{EquationTag, Macro};
use crate::room;
use cells::cells;
use extent::{Depths, TooLarge};
use macros::{Expanded, Fault, Macros, parameters};

/// Why a formula can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MathError {
    /// What was not understood.
    pub message: String,
    /// Where in the formula, in bytes.
    pub span: Range<usize>,
    /// What to write instead.
    pub help: Option<&'static str>,
}

/// A converter that knows a book's macros.
#[derive(Clone, Debug)]
pub struct Mathematics {
    converter: Arc<LatexToMathML>,
    /// The book's macros, and those that every book has.
    macros: Arc<Macros>,
    /// How deep each macro is.
    depths: Arc<Depths>,
}

impl Default for Mathematics {
    fn default() -> Self {
        Mathematics {
            converter: Arc::new(converter()),
            macros: Arc::new(KNOWN.iter().map(|(name, definition)| ((*name).into(), (*definition).into())).collect()),
            depths: Arc::new(depths()),
        }
    }
}

/// Names of amsmath and its kin that math-core does not have and that others of its names stand for; its
/// `\vec` and `\dddot` put a mark for text on the letter, which browsers put beside it.
const KNOWN: [(&str, &str); 16] = [
    ("boxed", r"{\color[RGB]{001,002,003}#1}"),
    ("dddot", r"\overset{\ldots}{#1}"),
    ("dotsb", r"\cdots"),
    ("dotsc", r"\ldots"),
    ("dotsi", r"\cdots"),
    ("dotsm", r"\cdots"),
    ("dotso", r"\ldots"),
    ("hdots", r"\ldots"),
    ("mathds", r"\mathbb{#1}"),
    ("nicefrac", r"{#1}/{#2}"),
    ("pmb", r"\boldsymbol{#1}"),
    ("qed", r"\quad\square"),
    ("substack", r"\begin{subarray}{c}#1\end{subarray}"),
    ("textcolor", r"{\color{#1}#2}"),
    ("vec", r"\overrightarrow{#1}"),
    ("widetilde", r"\tilde{#1}"),
];

/// What becomes of `\boxed`: the converter knows groups of a colour, and no boxes.
const MARK: &str = "{001,002,003}";
const MARKED: &str = "<mrow style=\"color:#010203;\">";
const BOXED: &str = "<mrow style=\"border:0.05em solid currentcolor;padding:0.3em;\">";

/// What math-core does not have, and what to write instead.
const INSTEAD: [(&str, &str); 19] = [
    (
        "unknown color",
        "write a colour of LaTeX, such as `red` or `teal`, or its numbers: `{\\color[HTML]{1E90FF} …}`",
    ),
    ("\"CD\"", DIAGRAM),
    ("\"tikzcd\"", DIAGRAM),
    ("\"eqnarray\"", "write `aligned`, with one `&` before each relation"),
    ("\"\\href\"", "a link stands around the formula: `[$x$](page.md)`"),
    ("\"\\label\"", "a label stands behind the formula: `$$…$$ {#eq-name}`"),
    ("\"\\ref\"", "a formula that is labelled `{#eq-name}` is referred to in the text: `[](#eq-name)`"),
    ("\"\\eqref\"", "a formula that is labelled `{#eq-name}` is referred to in the text: `[](#eq-name)`"),
    ("\"\\limits\"", "write `\\operatorname*{…}`, whose index stands below it"),
    ("\"\\newcommand\"", "macros are those of `[preprocessor.recto.macros]` in book.toml"),
    ("\"\\renewcommand\"", "macros are those of `[preprocessor.recto.macros]` in book.toml"),
    ("\"\\def\"", "macros are those of `[preprocessor.recto.macros]` in book.toml"),
    (
        "\"\\DeclareMathOperator\"",
        "write `\\operatorname{…}`, or a macro in `[preprocessor.recto.macros]`",
    ),
    ("\"\\tag\"", "`\\tag{…}` belongs at the end of a display formula"),
    (
        "closing token \"\\right\"",
        "write `\\right)` behind what the brackets hold, or `\\right.` where none is to be seen",
    ),
    ("expected \"\\end", "`\\end` names what `\\begin` does"),
    ("duplicate subscript or superscript", "put what belongs together in braces: `x_{1,2}`"),
    ("found \"&\"", "write `\\&` for the sign; cells stand in `aligned`, `cases` or a matrix"),
    ("unknown command", "a macro of your own is one of `[preprocessor.recto.macros]` in book.toml"),
];

/// What to write for a commutative diagram.
const DIAGRAM: &str = r"write the diagram as an array: `\begin{array}{ccc} A & \xrightarrow{f} & B \\ \downarrow & & \downarrow \\ C & \xrightarrow{g} & D \end{array}`";

/// Other spellings of what math-core has, with what they may have behind them.
static SPELT: LazyLock<Regex> = LazyLock::new(|| {
    let environments = r"(?<part>begin|end)\{(?<environment>smallmatrix|alignat\*?|alignedat|[bBpvV]?matrix\*)\}(?:\{\d+\}|\[[lcr]\])?";
    let commands = r"(?<command>textnormal|textup|mbox|hbox|cr)\b";
    // How far below a line the next one stands, and that no page may end between them.
    let rows = r"(?<row>\\)(?:\*?\s*\[\s*-?[\d.]+\s*(?:em|ex|pt|pc|bp|in|cm|mm|mu)\s*\]|\*)";
    // Two lines are one here, which math-core draws.
    let lines = r"(?<lines>hline)(?:\s*\\hline\b)+";
    // The end of a line behind a backslash is a space.
    let spaces = r"(?<pair>\\)|(?<space>\n)";
    Regex::new(&format!(r"\\(?:{environments}|{commands}|{rows}|{lines}|{spaces})")).expect("a constant")
});

/// LaTeX in the spellings that math-core has. All else keeps its place.
fn spelt(latex: &str) -> Cow<'_, str> {
    SPELT.replace_all(latex, |found: &Captures<'_>| {
        let spelt = match (found.name("command"), found.name("part"), found.name("environment")) {
            (Some(command), ..) => match command.as_str() {
                "cr" => r"\\".to_owned(),
                "textup" => r"\textrm".to_owned(),
                _ => r"\text".to_owned(),
            },
            (None, Some(part), Some(environment)) => {
                let instead = match environment.as_str() {
                    "smallmatrix" => "matrix",
                    "alignat" | "alignat*" => "align*",
                    "alignedat" => "aligned",
                    starred => starred.trim_end_matches('*'),
                };
                format!("\\{}{{{instead}}}", part.as_str())
            }
            _ if found.name("row").is_some() => r"\\".to_owned(),
            _ if found.name("lines").is_some() => r"\hline".to_owned(),
            _ if found.name("space").is_some() => r"\ ".to_owned(),
            _ => found[0].to_owned(),
        };
        format!("{spelt:<0$}", found[0].len())
    })
}

impl Mathematics {
    /// A converter for texts that are not the book's own, such as a bibliography.
    pub(crate) fn without_macros() -> &'static Mathematics {
        static PLAIN: LazyLock<Mathematics> = LazyLock::new(Mathematics::default);
        &PLAIN
    }

    /// A converter with the macros of a book, and what is wrong with them. A macro may use those above it. One that can't be read is told
    /// once, and not again where it is used.
    pub(crate) fn of(macros: &[Macro]) -> (Mathematics, Vec<Problem>) {
        let mut known = Mathematics::default();
        let mut problems: Vec<Problem> = Vec::new();
        for it in macros {
            if let Err(problem) = known.learn(it) {
                problems.push(*problem);
                known.stand_in(it);
            }
        }
        (known, problems)
    }

    /// A formula as MathML on one line, with its LaTeX as annotation; a tag at its end is left out.
    ///
    /// # Errors
    /// The formula is not understood; nothing is guessed.
    pub fn mathml(&self, latex: &str, display: bool) -> Result<String, MathError> {
        let style = if display { MathDisplay::Block } else { MathDisplay::Inline };
        let body = match EquationTag::split(latex) {
            Some((body, _)) if display => body,
            _ => latex,
        };
        if let Some(at) = latex.find('`').filter(|_| !latex.contains("\\text")) {
            let is_of_github = latex.len() > 1 && latex.starts_with('`') && latex.ends_with('`');
            return Err(MathError {
                message: "a backtick is no mathematics".to_owned(),
                span: at..at + 1,
                help: Some(if is_of_github {
                    "write the formula without the two backticks"
                } else {
                    "is the dollar before it one of prose? write `\\$`"
                }),
            });
        }
        if let Some(at) = comment(latex) {
            return Err(MathError {
                message: "what stands behind a `%` is a comment, and would not be seen".to_owned(),
                span: at..at + 1,
                help: Some("write `\\%` for the sign"),
            });
        }
        let depth = extent::depth(latex, &self.depths).map_err(|TooLarge { at, message, help }| {
            let length = latex[at..].chars().next().map_or(0, char::len_utf8);
            MathError {
                message,
                span: at..at + length,
                help: Some(help),
            }
        })?;
        let expanded = Expanded::of(body, &self.macros).map_err(refused)?;
        let origin = |span: &Range<usize>| expanded.origin(span.start, false)..expanded.origin(span.end, true);
        room::for_depth(depth, || self.check_cells(&expanded.latex))
            .map_err(|error| MathError { span: origin(&error.span), ..error })?;
        let unnumbered = Unnumbered::of(&spelt(&expanded.latex));
        match room::for_depth(depth, || self.converter.convert_with_local_state(&unnumbered.latex, style)) {
            Ok(converted) => {
                let mathml = SIZED_BASE.replace_all(&converted.mathml, "<$1><mrow>$2</mrow>");
                let mathml = mathml.replace("<mi>f</mi>", "<mi class=\"recto-f\">f</mi>");
                let mathml = if expanded.latex.contains(MARK) {
                    mathml.replace(MARKED, BOXED)
                } else {
                    mathml
                };
                Ok(annotated(&mathml, latex).replace(['\n', '\r'], " "))
            }
            Err(error) => {
                let message = sentence(&error.error_message());
                // Of the environments with numbers, those without were read.
                let message = if latex.contains("*}") { message } else { message.replace("*}", "}") };
                let found = origin(&(unnumbered.origin(error.0.start)..unnumbered.origin(error.0.end)));
                let start = latex.floor_char_boundary(found.start);
                Err(MathError {
                    span: start..latex.floor_char_boundary(found.end).max(start),
                    help: INSTEAD.iter().find(|(what, _)| message.contains(what)).map(|(_, help)| *help),
                    message,
                })
            }
        }
    }
}

impl Mathematics {
    /// Looks for what would take the sign between two cells for its base or argument.
    fn check_cells(&self, latex: &str) -> Result<(), MathError> {
        for cell in cells(latex) {
            if cell.is_open && cell.span.end < latex.len() {
                return Err(MathError {
                    message: "a cell ends within `\\left` and `\\right`".to_owned(),
                    span: cell.span.end..cell.span.end + 1,
                    help: Some(
                        "close the bracket in each cell, as by `\\right.`, and open it by `\\left.` in the next",
                    ),
                });
            }
            let text = latex[cell.span.clone()].trim_start();
            let start = cell.span.end - text.len();
            if cell.follows && text.starts_with(['^', '_', '\'']) {
                return Err(MathError {
                    message: "nothing comes before this sign in its cell".to_owned(),
                    span: start..start + 1,
                    help: Some("write `{}` before it"),
                });
            }
            let text = text.trim_end();
            let last = text.rfind(|c: char| !c.is_ascii_alphabetic());
            let may_lack = text.ends_with(['}', '^', '_']) || last.is_some_and(|at| text[at..].starts_with('\\'));
            if !may_lack || cell.span.end == latex.len() {
                continue;
            }
            let Err(error) = self.converter.convert_with_local_state(text, MathDisplay::Inline) else {
                continue;
            };
            let message = sentence(&error.error_message());
            if message.contains("expected argument") {
                let end = start + text.len();
                let message = "an argument is missing at the end of this cell".to_owned();
                let last = text.char_indices().next_back().map_or(start, |(at, _)| start + at);
                return Err(MathError {
                    message,
                    span: last..end,
                    help: Some("write `{}` where there is to be nothing"),
                });
            }
        }
        Ok(())
    }
}

/// A delimiter of a given size with an index or exponent: browsers give it that size only within a row.
static SIZED_BASE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("<(msub|msup|msubsup)>(<mo [^>]*minsize=[^>]*>[^<]*</mo>)").expect("a constant"));

/// Where a comment begins that hides the end of a formula.
fn comment(latex: &str) -> Option<usize> {
    let start = latex.rfind('\n').map_or(0, |newline| newline + 1);
    let is_escaped = |at: &usize| (at - latex[..*at].trim_end_matches('\\').len()) % 2 == 1;
    let at = latex[start..].match_indices('%').map(|(at, _)| start + at).find(|at| !is_escaped(at))?;
    Some(at).filter(|at| !latex[at + 1..].trim().is_empty())
}

/// How deep each of those commands is that every book has.
fn depths() -> Depths {
    let mut depths = Depths::new();
    for (name, definition) in KNOWN {
        let depth = extent::depth(definition, &depths).unwrap_or_default();
        depths.insert(name.to_owned(), depth);
    }
    depths
}

fn converter() -> LatexToMathML {
    let settings = MathCoreConfig {
        annotation: true,
        ..MathCoreConfig::default()
    };
    // Only macros can be wrong.
    LatexToMathML::new(settings).unwrap_or_default()
}

/// Why a formula's macros are not put in place.
fn refused(fault: Fault) -> MathError {
    match fault {
        Fault::Lacking { name, span } => MathError {
            message: format!("an argument of `\\{name}` is missing"),
            span,
            help: Some("write `{}` where there is to be nothing"),
        },
        Fault::TooLong => MathError {
            message: "it is too long with its macros in place".to_owned(),
            span: 0..0,
            help: Some("divide it"),
        },
    }
}

impl Mathematics {
    /// Tries a macro, and takes it in if it can be read; it may use those that were.
    fn learn(&mut self, it: &Macro) -> Result<(), Box<Problem>> {
        let name = it.name.strip_prefix('\\').unwrap_or_default();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic()) {
            let problem = Problem::error(Kind::Settings, format!("`{}` is no name of a macro", it.name));
            let problem = problem.at(it.name_place.clone());
            let is_bare = !it.name.is_empty() && it.name.chars().all(|c| c.is_ascii_alphabetic());
            return Err(Box::new(if is_bare && it.name_place.path().ends_with("book.toml") {
                problem.suggest("write ", format!("'\\{}'", it.name))
            } else {
                problem.help("it is a backslash and letters, as in `'\\R' = '\\mathbb{R}'`")
            }));
        }
        let faulty = |message: String, at: Range<usize>| {
            let message = format!("the macro `{}` can't be read: {message}", it.name);
            Box::new(Problem::error(Kind::Settings, message).at(it.place_of(Some(at))))
        };
        let depth = extent::depth(&it.definition, &self.depths)
            .map_err(|fault| faulty(fault.message, fault.at..fault.at + 1))?;
        // Each argument is a sign with a space behind it, so that places stay.
        let mut tried = it.definition.clone();
        parameters(&it.definition).for_each(|(at, _)| tried.replace_range(at..at + 2, "1 "));
        if let Err(error) = self.mathml(&tried, true) {
            // What an argument stands for may be more, such as the name of a colour.
            let is_certain = ["unknown command", "reached end of input"].iter().any(|it| error.message.contains(it));
            if is_certain || tried == it.definition {
                return Err(faulty(error.message, error.span));
            }
        }
        let expanded = Expanded::of(&it.definition, &self.macros).map_err(|fault| {
            let error = refused(fault);
            faulty(error.message, error.span)
        })?;
        Arc::make_mut(&mut self.macros).insert(name.to_owned(), expanded.latex);
        Arc::make_mut(&mut self.depths).insert(name.to_owned(), depth);
        Ok(())
    }

    /// Has a macro that can't be read stand in formulas under its name, with its arguments.
    fn stand_in(&mut self, it: &Macro) {
        let bare = it.name.trim_start_matches('\\');
        let name = &bare[..bare.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(bare.len())];
        // What is no name may begin like that of another command.
        if name.is_empty() || format!("\\{name}") != it.name && self.mathml(&format!("\\{name}"), false).is_ok() {
            return;
        }
        let last = parameters(&it.definition).map(|(_, number)| number).max().unwrap_or(0);
        let arguments: String = (1..=last).map(|number| format!("{{#{number}}}")).collect();
        let shown = format!("{{\\color{{red}}\\backslash\\mathtt{{{name}}}}}{arguments}");
        Arc::make_mut(&mut self.macros).insert(name.to_owned(), shown);
    }
}

/// An error's message as part of a sentence.
fn sentence(message: &str) -> String {
    let mut message = message.trim_end_matches('.').to_owned();
    if let Some(first) = message.get(..1) {
        let first = first.to_lowercase();
        message.replace_range(..1, &first);
    }
    message
}

/// The formula as the author wrote it as annotation, whatever was read instead of it.
fn annotated(mathml: &str, latex: &str) -> String {
    const OPEN: &str = "<annotation encoding=\"application/x-tex\">";
    let parts = mathml
        .split_once(OPEN)
        .and_then(|(before, rest)| Some((before, rest.split_once("</annotation>")?.1)));
    let Some((before, after)) = parts else {
        return mathml.to_owned();
    };
    let latex = latex.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("{before}{OPEN}{latex}</annotation>{after}")
}

/// A formula in MathML without the LaTeX that it was made of.
pub(crate) fn bare(mathml: &str) -> String {
    let parts = mathml.split_once("<semantics>").and_then(|(before, rest)| {
        let (formula, rest) = rest.rsplit_once("<annotation ")?;
        Some((before, formula, rest.split_once("</annotation></semantics>")?.1))
    });
    parts.map_or_else(|| mathml.to_owned(), |(before, formula, after)| format!("{before}{formula}{after}"))
}

/// A formula whose environments do not number their lines by themselves, since numbers are those of the
/// book, with others in the place of those that math-core does not have.
struct Unnumbered {
    latex: String,
    /// What was put in: where, in the new formula, and how many bytes.
    inserted: Vec<(usize, usize)>,
}

impl Unnumbered {
    fn of(latex: &str) -> Unnumbered {
        /// An environment, and what stands in for it.
        const NUMBERED: [(&str, &str); 4] = [
            ("align", "align*"),
            ("equation", "equation*"),
            ("gather", "gather*"),
            ("split", "aligned"),
        ];
        let mut unnumbered = Unnumbered {
            latex: String::with_capacity(latex.len() + 8),
            inserted: Vec::new(),
        };
        // An author's own numbers stay.
        let own = latex.contains("\\tag") || latex.contains("\\label");
        let mut rest = latex;
        while let Some(at) = rest.find('\\').filter(|_| !own) {
            let command = &rest[at..];
            let opening = ["\\begin{", "\\end{"].into_iter().find(|it| command.starts_with(it));
            let name = opening.and_then(|opening| command[opening.len()..].split_once('}'));
            if let (Some(opening), Some((name, after))) = (opening, name) {
                unnumbered.latex.push_str(&rest[..at + opening.len()]);
                let instead = NUMBERED.iter().find(|(its, _)| *its == name);
                unnumbered.latex.push_str(name);
                if let Some((_, instead)) = instead {
                    unnumbered.latex.truncate(unnumbered.latex.len() - name.len());
                    unnumbered.insert(instead, instead.len() - name.len());
                }
                unnumbered.latex.push('}');
                if name == "multline" && opening == "\\begin{" {
                    unnumbered.insert("\\notag ", "\\notag ".len());
                }
                rest = after;
            } else {
                let length = at + command.chars().take(2).map(char::len_utf8).sum::<usize>();
                unnumbered.latex.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
        unnumbered.latex.push_str(rest);
        unnumbered
    }

    /// Adds text that is so many bytes longer than what the author wrote.
    fn insert(&mut self, text: &str, longer: usize) {
        self.inserted.push((self.latex.len(), longer));
        self.latex.push_str(text);
    }

    /// Where a place of the new formula is in the old one.
    fn origin(&self, at: usize) -> usize {
        let before = self.inserted.iter().filter(|(start, _)| *start < at);
        at - before.map(|(start, length)| (at - start).min(*length)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    /// In the face of formulas they have the shape of a script: beside the letter they would stand on the line.
    #[test]
    fn primes_stand_above_the_line() {
        let html = |latex: &str| Mathematics::default().mathml(latex, false).unwrap();
        assert!(html("g'(x)").contains("<msup><mi>g</mi><mo>′</mo></msup>"), "{}", html("g'(x)"));
        assert!(
            html("g''^2").contains("<msup><mi>g</mi><mrow><mo>″</mo><mn>2</mn></mrow></msup>"),
            "{}",
            html("g''^2")
        );
    }

    #[test]
    fn the_height_of_a_line_is_no_text() {
        let rows =
            |between: &str| bare(&mathml(&format!("\\begin{{cases}} a {between} b \\end{{cases}}"), true).unwrap());
        for between in [r"\\[1.2em]", r"\\*", r"\\* [-2 pt]"] {
            assert_eq!(rows(between), rows(r"\\"), "{between}");
        }
        assert_ne!(rows(r"\\[x]"), rows(r"\\"));
    }

    #[test]
    fn a_formula_without_its_latex() {
        let html = Mathematics::default().mathml("x_1", true).unwrap();
        assert_eq!(bare(&html), "<math display=\"block\"><msub><mi>x</mi><mn>1</mn></msub></math>");
        assert_eq!(bare("<math><mi>x</mi></math>"), "<math><mi>x</mi></math>");
    }

    fn mathml(latex: &str, display: bool) -> Result<String, MathError> {
        Mathematics::default().mathml(latex, display)
    }

    #[test]
    fn a_matrix_becomes_mathml_on_one_line() {
        let html = mathml("H =\n\\begin{bmatrix}20 & 0 \\\\ 0 & 2\\end{bmatrix}", true).unwrap();
        assert!(html.starts_with("<math display=\"block\""), "{html}");
        assert!(html.contains("<mtable"), "{html}");
        assert!(html.contains("<annotation encoding=\"application/x-tex\">"), "{html}");
        assert!(!html.contains('\n'));
    }

    #[test]
    fn what_is_not_understood_is_an_error_at_its_place() {
        for (latex, place) in [("\\frac{1}", 8..8), ("x + \\nosuchcommand", 4..18), ("a^{", 3..3)] {
            let error = mathml(latex, false).unwrap_err();
            assert_eq!(error.span, place, "{latex}: {}", error.message);
        }
        assert!(mathml("\\begin{bmatrix} 1", false).is_err());
        assert!(mathml("\\nosuchcommand", false).unwrap_err().message.contains("nosuchcommand"));
    }

    #[test]
    fn a_cell_that_lacks_something_takes_no_sign_for_it() {
        let around = |cell: &str| format!("\\begin{{cases}} 1 & {cell} \\\\ 0 & x \\end{{cases}}");
        for cell in ["\\ddot", "'\\text{if}", "^2", "\\frac{1}", "x^", "\\vec", "a_"] {
            let error = mathml(&around(cell), true).expect_err(cell);
            assert!(error.span.start >= "\\begin{cases} 1 & ".len(), "{cell}: {error:?}");
        }
        for cell in [
            "\\lambda",
            "{}'",
            "\\frac{1}{2}",
            "x^{2}",
            "\\left( y \\right)",
            "",
            "\\substack{a \\\\ b}",
        ] {
            assert!(mathml(&around(cell), true).is_ok(), "{cell}");
        }
        for latex in [
            "\\begin{matrix} 1 \\\\^ 2 \\end{matrix}",
            "\\begin{matrix} 1 & _2 \\end{matrix}",
        ] {
            assert!(mathml(latex, true).is_err(), "{latex}");
        }
        let error = mathml("\\begin{matrix} \\left( 1 & 2 \\right) \\end{matrix}", true).unwrap_err();
        assert_eq!(error.span, 24..25);
    }

    #[test]
    fn environments_do_not_number_by_themselves() {
        for name in ["align", "equation", "gather", "multline"] {
            let latex = format!("\\begin{{{name}}} a = b \\end{{{name}}}");
            let html = mathml(&latex, true).unwrap();
            assert!(!html.contains("(1)"), "{html}");
            assert!(html.contains(&format!(">{latex}</annotation>")), "{html}");
        }
        let own = mathml("\\begin{align} a &= b \\tag{E} \\\\ c &= d \\notag \\end{align}", true).unwrap();
        assert!(own.contains("<mtext>(E)</mtext>"), "{own}");
        let error = mathml("\\begin{align} a \\\\ \\nosuch \\end{align}", true).unwrap_err();
        assert_eq!(error.span, 19..26);
        let error = mathml("\\begin{multline} \\nosuch \\end{multline}", true).unwrap_err();
        assert_eq!(error.span, 17..24);
    }

    #[test]
    fn a_tag_is_the_formulas_number_and_no_part_of_it() {
        let html = mathml("E = mc^2 \\tag{1}", true).unwrap();
        assert!(!html.contains("<mtext>"), "{html}");
        assert!(html.contains(">E = mc^2 \\tag{1}</annotation>"), "{html}");
        let error = mathml("E \\tag{1} = mc^2", true).unwrap_err();
        assert!(error.help.is_some(), "{error:?}");
    }

    #[test]
    fn a_delimiter_keeps_its_size_under_an_exponent() {
        let html = mathml("\\bigl(a\\bigr)^2", true).unwrap();
        assert!(html.contains("<msup><mrow><mo minsize="), "{html}");
    }

    fn of_book(macros: &[(&str, &str)]) -> (Mathematics, Vec<String>) {
        let macros: Vec<Macro> = macros
            .iter()
            .map(|(name, definition)| {
                let file = SourceFile::new("book.toml", format!("'{name}' = '{definition}'"));
                let start = name.len() + 6;
                Macro {
                    name: (*name).to_owned(),
                    definition: (*definition).to_owned(),
                    name_place: file.place(0..name.len() + 2),
                    place: file.place(start - 1..start + definition.len() + 1),
                }
            })
            .collect();
        let (mathematics, problems) = Mathematics::of(&macros);
        let told = problems.iter().map(|problem| {
            let place = problem.place.as_ref().unwrap();
            format!("{} at {:?}", problem.message, &place.file.text[place.span.clone()])
        });
        (mathematics, told.collect())
    }

    #[test]
    fn macros_have_arguments_and_use_those_above_them() {
        let (mathematics, problems) = of_book(&[
            ("\\R", "\\mathbb{R}"),
            ("\\Rn", "\\R^{#1}"),
            ("\\norm", "\\left\\lVert #1 \\right\\rVert_{#2}"),
            ("\\frac", "\\dfrac{#1}{#2}"),
        ]);
        assert_eq!(problems, Vec::<String>::new());
        let html = mathematics.mathml("\\Rn{n} \\norm{x}{2} \\frac12", false).unwrap();
        assert!(html.contains("<msup><mi>ℝ</mi><mi>n</mi></msup>"), "{html}");
        assert!(html.contains("displaystyle=\"true\""), "{html}");
    }

    #[test]
    fn a_macro_may_stand_for_text_columns_and_colours() {
        let (mathematics, problems) = of_book(&[
            ("\\given", "\\text{given #1}"),
            ("\\name", "\\operatorname{#1}"),
            ("\\red", "\\textcolor{red}{#1}"),
            ("\\ink", "\\textcolor{#1}{#2}"),
            ("\\tall", "\\begin{array}{|c|}\\hline #1 \\\\ \\hline\\end{array}"),
            ("\\cols", "\\begin{array}{#1} #2 \\end{array}"),
            ("\\within", "\\begin{#1} #2 \\end{#1}"),
            ("\\key", "\\boxed{\\given{#1}}"),
        ]);
        assert_eq!(problems, Vec::<String>::new());
        let html = |latex: &str| mathematics.mathml(latex, true).unwrap();
        for (used, written) in [
            ("\\given{two words}", "\\text{given two words}"),
            ("\\name{rank} A", "\\operatorname{rank} A"),
            ("\\red{x}", "\\textcolor{red}{x}"),
            ("\\ink{blue}{x}", "\\textcolor{blue}{x}"),
            (
                "\\tall{\\tall x}",
                "\\begin{array}{|c|}\\hline \\begin{array}{|c|}\\hline x \\\\ \\hline\\end{array} \\\\ \\hline\\end{array}",
            ),
            ("\\cols{|c|}{a \\\\ b}", "\\begin{array}{|c|} a \\\\ b \\end{array}"),
            ("\\within{pmatrix}{1 & 2}", "\\begin{pmatrix} 1 & 2 \\end{pmatrix}"),
            ("\\key{x}", "\\boxed{\\text{given x}}"),
        ] {
            let body = |html: String| html.split("<annotation").next().unwrap().to_owned();
            assert_eq!(body(html(used)), body(html(written)), "{used}");
        }
        let error = mathematics.mathml("a + \\ink{nocolour}{x}", true).unwrap_err();
        assert_eq!(error.span, 4..21, "{error:?}");
        let error = mathematics.mathml("a + \\tall{\\nosuch}", true).unwrap_err();
        assert_eq!(error.span, 10..17, "{error:?}");
        let error = mathematics.mathml("\\begin{matrix} \\ink{red} & 2 \\end{matrix}", true).unwrap_err();
        assert_eq!(error.message, "an argument of `\\ink` is missing");
    }

    #[test]
    fn a_box_is_drawn_and_a_diagram_is_told_of() {
        let html = mathml("\\boxed{x = \\color[RGB]{1,2,4}{1}}", true).unwrap();
        assert_eq!(html.matches("padding:0.3em").count(), 1, "{html}");
        assert!(mathml("x \\boxed{y}^2", false).is_ok());
        let error = mathml("\\begin{CD} A @>>> B \\end{CD}", true).unwrap_err();
        let help = error.help.unwrap();
        let array = help.split('`').nth(1).unwrap();
        assert!(mathml(array, true).is_ok(), "{array}");
    }

    #[test]
    fn a_faulty_macro_is_told_at_its_place() {
        let (_, problems) = of_book(&[
            ("R", "x"),
            ("\\R2", "x"),
            ("\\a", "x + \\nosuch"),
            ("\\b", "\\mathbb{"),
            ("\\c", "\\frac{#1}"),
        ]);
        assert_eq!(
            problems,
            [
                r#"`R` is no name of a macro at "'R'""#,
                r#"`\R2` is no name of a macro at "'\\R2'""#,
                r#"the macro `\a` can't be read: unknown command "\nosuch" at "\\nosuch""#,
                r#"the macro `\b` can't be read: expected closing token "}", but reached end of input at "'\\mathbb{'""#,
                r#"the macro `\c` can't be read: expected argument but reached end of input at "'\\frac{#1}'""#,
            ]
        );
    }
}
