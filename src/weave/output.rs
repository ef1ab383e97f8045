//! What a cell printed and showed, as HTML on one line.

use serde::Serialize;
use tera::Context;

use crate::diagnostics::Renderer;
use crate::problem::Severity;
use crate::read::{Cell, Mode};
use crate::run::Output;
use crate::screen::{Look, stretches};
use crate::templates::html as render;
use crate::verify::{ItemReport, Typeset};
use crate::{Shown, Sweep, html};

/// Output of more lines than this is folded.
const LONG: usize = 24;

/// A cell's output, as its template sees it.
#[derive(Serialize)]
struct CellPage {
    pieces: Vec<PiecePage>,
    figure: bool,
    label: Option<String>,
    name: Option<String>,
    caption: Option<String>,
}

/// A piece of output: `html` is escaped already and on one line.
#[derive(Serialize)]
struct PiecePage {
    kind: &'static str,
    html: String,
    lines: usize,
    long: bool,
}

/// A frame of a sweep; all of it is escaped already.
#[derive(Serialize)]
struct FramePage<'a> {
    shown: bool,
    value: String,
    note: &'a str,
    svg: &'a str,
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
        }
    }

    fn html(kind: &'static str, html: String) -> Self {
        PiecePage { kind, html, lines: 0, long: false }
    }
}

/// The output of the cell that is the item of this index; empty where there is none. `anchor` is its fragment where it has no
/// label, `name` what it is called, `caption` HTML.
pub(super) fn output(
    item: usize,
    cell: &Cell,
    report: &ItemReport,
    (anchor, name, caption): (Option<String>, Option<String>, Option<String>),
) -> String {
    let run = &report.run;
    if !report.has_output(cell) {
        return String::new();
    }
    let mut pieces: Vec<PiecePage> = Vec::new();
    for (output, typeset) in run.output.iter().zip(&report.shown) {
        let id = format!("{item}-{}", pieces.len());
        pieces.push(match output {
            Output::Printed(text) => PiecePage::text("printed", text),
            Output::Shown(shown) => piece(shown, typeset, cell, &id),
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
        pieces,
        label: cell.options.label.clone().or(anchor),
        name,
        caption,
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
fn piece(shown: &Shown, typeset: &Typeset, cell: &Cell, id: &str) -> PiecePage {
    match (shown, typeset) {
        (Shown::Text(text) | Shown::Debug(text), _) => PiecePage::text("shown", text),
        (Shown::Math { .. }, Typeset::Math(mathml)) => PiecePage::html("math", mathml.clone()),
        (Shown::Math { plain, .. }, _) => PiecePage::text("shown", plain),
        (Shown::Figure { .. }, Typeset::Figure(picture)) => PiecePage::html("figure", picture.clone()),
        (Shown::Sweep(shown), Typeset::Frames(frames)) => PiecePage::html("sweep", sweep(shown, frames, cell, id)),
        (Shown::Figure { .. } | Shown::Sweep(_), _) => PiecePage::html("figure", String::new()),
        (Shown::Table { alignment, head, rows }, _) => PiecePage::html("table", html::table(alignment, head, rows)),
        (Shown::Html(text), _) => PiecePage::html("html", text.clone()),
    }
}

/// A sweep: one frame is shown, a slider takes the reader to the others.
fn sweep(sweep: &Sweep, pictures: &[(String, String)], cell: &Cell, id: &str) -> String {
    let Sweep { parameter, frames, first } = sweep;
    let pages = frames.iter().zip(pictures).enumerate();
    let pages = pages.map(|(index, ((value, _), (note, svg)))| FramePage {
        shown: index == *first,
        value: html::preformatted(value),
        note,
        svg,
    });
    let frames: Vec<FramePage<'_>> = pages.collect();
    let alt = cell.options.alt.as_deref().unwrap_or_default();
    let mut context = Context::new();
    context.insert("id", id);
    context.insert("alt", &html::preformatted(&alt.replace('\n', " ")));
    context.insert("parameter", &html::preformatted(parameter));
    context.insert("first", first);
    context.insert("last", &(frames.len() - 1));
    context.insert("value", &frames[*first].value);
    context.insert("frames", &frames);
    render("sweep.html", &context)
}

/// What the compiler said of a cell that must not compile, at the lines of the markdown.
fn refusals(report: &ItemReport) -> String {
    let errors = report.refused.iter().filter(|problem| problem.severity == Severity::Error);
    let excerpts: Vec<String> = errors.map(|problem| Renderer::plain().excerpt(problem)).collect();
    excerpts.join("\n")
}
