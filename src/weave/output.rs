//! What a cell printed and showed, as HTML on one line.

use std::collections::HashSet;

use serde::Serialize;
use tera::Context;

use crate::diagnostics::Renderer;
use crate::problem::Severity;
use crate::read::{Cell, Mode, Width};
use crate::run::Output;
use crate::screen::{Look, stretches, visible};
use crate::templates::html as render;
use crate::verify::{ItemReport, ShownValue, Typeset, with_minus};
use crate::{Shown, Sweep, html};

/// Output of more lines than this is folded.
const LONG: usize = 24;

/// A cell's output, as its template sees it.
#[derive(Serialize)]
struct CellPage {
    pieces: Vec<PiecePage>,
    figure: bool,
    /// It may be wider than the text.
    wide: bool,
    /// A picture is among them, so that it can be enlarged.
    picture: bool,
    #[serde(flatten)]
    around: Around,
}

/// What stands around a cell's output.
#[derive(Serialize)]
pub(super) struct Around {
    /// Its fragment: the label, where it has one.
    pub(super) id: Option<String>,
    /// What it is called.
    pub(super) name: Option<String>,
    /// HTML.
    pub(super) caption: Option<String>,
    /// The way to a file with what its figures show.
    pub(super) data: Option<String>,
}

/// A piece of output: `html` is escaped already and on one line.
#[derive(Serialize)]
struct PiecePage {
    kind: &'static str,
    html: String,
    lines: usize,
    long: bool,
    /// A value with all its digits, where `html` has fewer.
    exact: Option<String>,
}

/// A frame of a sweep; all of it is escaped already.
#[derive(Serialize)]
struct FramePage<'a> {
    shown: bool,
    id: Option<String>,
    at: String,
    note: &'a str,
    svg: &'a str,
}

/// A parameter of a sweep; all of it is escaped already.
#[derive(Serialize)]
struct ParameterPage {
    name: String,
    /// The same, its variables in italics.
    label: String,
    /// With tabs between them.
    values: String,
    value: String,
    /// Which value is shown at first, and which is the last.
    first: usize,
    last: usize,
}

impl PiecePage {
    fn text(kind: &'static str, text: &str) -> Self {
        let mut stretches = stretches(text);
        while let Some((_, last)) = stretches.last_mut() {
            last.truncate(last.trim_end().len());
            if !last.is_empty() {
                break;
            }
            stretches.pop();
        }
        let lines: usize = stretches.iter().map(|(_, text)| text.matches('\n').count()).sum();
        let lines = lines + usize::from(!stretches.is_empty());
        PiecePage {
            kind,
            html: stretches.iter().map(|(look, text)| styled(*look, text)).collect(),
            lines,
            long: lines > LONG,
            exact: None,
        }
    }

    fn value(value: &ShownValue) -> Self {
        let piece = match &value.mathml {
            Some(mathml) => PiecePage::html("math", mathml.clone()),
            None => PiecePage::text("shown", &value.page),
        };
        let exact = value.is_rounded.then(|| html::preformatted(&visible(&value.exact)));
        PiecePage { exact, ..piece }
    }

    fn html(kind: &'static str, html: String) -> Self {
        PiecePage {
            kind,
            html,
            lines: 0,
            long: false,
            exact: None,
        }
    }
}

/// The output of the cell that is the item of this index; empty where there is none.
pub(super) fn output(item: usize, cell: &Cell, report: &ItemReport, around: Around) -> String {
    let run = &report.run;
    if !report.has_output(cell) {
        return String::new();
    }
    let mut pieces: Vec<PiecePage> = Vec::new();
    for (output, typeset) in run.output.iter().zip(&report.shown) {
        let id = format!("{item}-{}", pieces.len());
        pieces.push(match output {
            Output::Printed(text) => PiecePage::text("printed", text),
            Output::Shown(shown) => piece(shown, typeset, cell, (&id, around.id.as_deref())),
        });
    }
    pieces.extend(run.caught.as_ref().map(|message| PiecePage::text("panic", message)));
    if matches!(cell.mode, Mode::CompileFail(_)) {
        pieces.push(PiecePage::text("compiler", &refusals(report)));
    }
    if !run.stderr.trim().is_empty() {
        pieces.push(PiecePage::text("stderr", &run.stderr));
    }
    let is_figure = |piece: &PiecePage| matches!(piece.kind, "figure" | "sweep" | "table");
    let page = CellPage {
        figure: pieces.iter().any(is_figure),
        wide: cell.options.width == Width::Wide,
        picture: pieces.iter().any(|piece| matches!(piece.kind, "figure" | "sweep")),
        pieces,
        around,
    };
    render("output.html", &Context::from_serialize(&page).unwrap_or_default())
}

/// Text with its look.
fn styled(look: Look, text: &str) -> String {
    let classes: Vec<String> = look.names().map(|name| format!("recto-{name}")).collect();
    match classes.as_slice() {
        [] => html::preformatted(text),
        _ => format!("<span class=\"{}\">{}</span>", classes.join(" "), html::preformatted(text)),
    }
}

/// A value that is shown.
fn piece(shown: &Shown, typeset: &Typeset, cell: &Cell, ids: (&str, Option<&str>)) -> PiecePage {
    match (shown, typeset) {
        (Shown::Text(text) | Shown::Debug(text), _) => PiecePage::text("shown", text),
        (Shown::Value(_), Typeset::Value(value)) => PiecePage::value(value),
        (Shown::Value(_), _) => PiecePage::text("shown", &shown.plain()),
        (Shown::Math { .. }, Typeset::Math(mathml)) => PiecePage::html("math", mathml.clone()),
        (Shown::Math { plain, .. }, _) => PiecePage::text("shown", plain),
        (Shown::Figure(_), Typeset::Figure(picture)) => PiecePage::html("figure", picture.clone()),
        (Shown::Sweep(shown), Typeset::Frames(frames)) => PiecePage::html("sweep", sweep(shown, frames, cell, ids)),
        (Shown::Figure(_) | Shown::Sweep(_), _) => PiecePage::html("figure", String::new()),
        (Shown::Table { alignment, head, rows }, _) => {
            let row = |row: &Vec<String>| row.iter().map(|cell| with_minus(cell).into_owned()).collect();
            let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
            PiecePage::html("table", html::table(alignment, &row(head), &rows))
        }
        (Shown::Html(text), _) => PiecePage::html("html", text.clone()),
    }
}

/// A sweep: one frame is shown, a slider takes the reader to the others. `id` is its own on the page, `fragment` that of its
/// cell, below which each frame has one.
fn sweep(sweep: &Sweep, pictures: &[(String, String)], cell: &Cell, (id, fragment): (&str, Option<&str>)) -> String {
    let Sweep { parameters, frames, first } = sweep;
    let mut known = HashSet::new();
    let pages = (0..frames.len()).zip(pictures).map(|(frame, (note, svg))| FramePage {
        shown: frame == *first,
        id: fragment
            .map(|it| html::preformatted(&fragment_of(it, sweep, frame)))
            .filter(|id| known.insert(id.clone())),
        at: html::variables(&html::preformatted(&sweep.at(frame))),
        note,
        svg,
    });
    let frames: Vec<FramePage<'_>> = pages.collect();
    let mut following = frames.len();
    let parameters = parameters.iter().map(|(name, values)| {
        following /= values.len();
        let first = first / following % values.len();
        let plain: Vec<String> = values.iter().map(|value| value.replace('\t', " ")).collect();
        ParameterPage {
            name: html::preformatted(name),
            label: html::variables(&html::preformatted(name)),
            values: html::preformatted(&plain.join("\t")),
            value: html::preformatted(&values[first]),
            first,
            last: values.len() - 1,
        }
    });
    let mut context = Context::new();
    context.insert("id", id);
    context.insert("alt", &html::preformatted(&cell.options.alt.as_deref().unwrap_or_default().replace('\n', " ")));
    context.insert("parameters", &parameters.collect::<Vec<_>>());
    context.insert("link", &frames[*first].id);
    context.insert("frames", &frames);
    render("sweep.html", &context)
}

/// The fragment of a frame: `fig-x?eta=0.1&beta=0.9`. No blank stands in an id.
fn fragment_of(cell: &str, sweep: &Sweep, frame: usize) -> String {
    let value = |value: &str| value.split_whitespace().collect::<Vec<_>>().join("-");
    let values = sweep.values(frame).into_iter().map(|(name, its)| format!("{}={}", key(name), value(its)));
    format!("{cell}?{}", values.collect::<Vec<_>>().join("&"))
}

/// The name of a parameter in an address: without its unit, in letters that a keyboard has.
fn key(parameter: &str) -> String {
    const GREEK: &str = "α alpha β beta γ gamma δ delta ε epsilon ϵ epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu µ mu \
                         ν nu ξ xi ο omicron π pi ρ rho σ sigma ς sigma τ tau υ upsilon φ phi ϕ phi χ chi ψ psi ω omega";
    let name = parameter.split('(').next().unwrap_or(parameter).to_lowercase();
    let mut key = String::new();
    for c in name.chars() {
        let spelled = GREEK.split_whitespace().skip_while(|word| !word.starts_with(c)).nth(1).filter(|_| !c.is_ascii());
        match spelled {
            Some(word) => key.push_str(word),
            None if c.is_alphanumeric() => key.push(c),
            None if key.ends_with('-') => {}
            None => key.push('-'),
        }
    }
    key.trim_matches('-').to_owned()
}

/// What the compiler said of a cell that must not compile, at the lines of the markdown.
fn refusals(report: &ItemReport) -> String {
    let errors = report.refused.iter().filter(|problem| problem.severity == Severity::Error);
    let excerpts: Vec<String> = errors.map(|problem| Renderer::plain().excerpt(problem)).collect();
    excerpts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_names_that_can_be_typed() {
        for (parameter, name) in [
            ("η", "eta"),
            ("step η", "step-eta"),
            ("Länge (cm)", "länge"),
            ("λ₁ / λ₂", "lambda₁-lambda₂"),
            ("samples", "samples"),
        ] {
            assert_eq!(key(parameter), name);
        }
    }
}
