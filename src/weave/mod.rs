//! The fifth stage: a lesson's markdown with its outputs in place.
//!
//! In: a [`Lesson`], its [`Transcript`] and its [`Verdicts`]. Out: markdown for mdBook. Only the
//! ranges that recto acts on are replaced; everything else reaches mdBook as the author wrote it.
//! Outputs are HTML on a single line, so that mdBook's parser takes them as one block in lists,
//! quotes and tables too.

mod cite;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Serialize;
use tera::{Context, Tera};

use crate::diagnostics::Renderer;
use crate::html;
use crate::index;
use crate::index::Index;
use crate::math::Mathematics;
use crate::problem::{Problem, Severity};
use crate::read::{Cell, Claim, Echo, Formula, Item, LabelKind, Lesson, Mode, Placed, Reference, Statement, Write};
use crate::run::{ItemRun, Output, Transcript};
use crate::tangle::Tangled;
use crate::verify::{self, Verdict, Verdicts};
use crate::{Shown, Sweep};

pub use cite::references;

/// Output of more lines than this is folded.
const LONG: usize = 24;

static TEMPLATES: LazyLock<Tera> = LazyLock::new(|| {
    let mut tera = Tera::default();
    let templates = [
        ("fold.html", include_str!("../../templates/fold.html")),
        ("output.html", include_str!("../../templates/output.html")),
        ("sweep.html", include_str!("../../templates/sweep.html")),
        ("claim.html", include_str!("../../templates/claim.html")),
        ("value.html", include_str!("../../templates/value.html")),
        ("citation.html", include_str!("../../templates/citation.html")),
        ("references.html", include_str!("../../templates/references.html")),
        ("problem.html", include_str!("../../templates/problem.html")),
        ("lesson-end.html", include_str!("../../templates/lesson-end.html")),
    ];
    // The templates are part of the program; a test renders each.
    tera.add_raw_templates(templates).expect("the program's own templates");
    tera
});

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
struct FramePage {
    shown: bool,
    value: String,
    note: String,
    svg: String,
}

impl PiecePage {
    fn text(kind: &'static str, text: &str) -> Self {
        let text = text.trim_end();
        let lines = text.lines().count();
        PiecePage {
            kind,
            html: html::preformatted(text),
            lines,
            long: lines > LONG,
        }
    }

    fn html(kind: &'static str, html: String) -> Self {
        PiecePage {
            kind,
            html,
            lines: 0,
            long: false,
        }
    }
}

/// A range of the text, and what is to stand in its place.
struct Splice {
    range: Range<usize>,
    text: String,
}

/// Weaves a lesson. Failures are shown in their places; a book without any shows none.
pub fn weave(
    lesson: &Lesson,
    tangled: &Tangled,
    transcript: &Transcript,
    verdicts: &Verdicts,
    index: &Index,
) -> String {
    let runs = transcript.items(lesson.items.len());
    let mut weaver = Weaver {
        lesson,
        tangled,
        index,
        splices: Vec::new(),
        failures: failures(lesson, &verdicts.problems),
    };
    for (index, (item, run)) in lesson.items.iter().zip(&runs).enumerate() {
        let verdict = verdicts.verdicts.get(index).copied().unwrap_or(Verdict::Unchecked);
        match item {
            Item::Cell(cell) => weaver.cell(index, cell, run, transcript),
            Item::Value(value) => weaver.value(index, &value.span, &value.content, run),
            Item::Claim(claim) => weaver.claim(index, claim, run, verdict),
            Item::Formula(formula) => weaver.formula(formula),
            Item::Reference(reference) => weaver.reference(reference),
            Item::Citation(citation) => weaver.citation(index, citation),
            Item::Statement(statement) => weaver.statement(statement),
            Item::Given(given) => {
                weaver.replace(given.span.start..given.text.start, String::new());
                weaver.replace(given.text.end..given.span.end, String::new());
            }
        }
    }
    weaver.exercises();
    weaver.end();
    weaver.fragments();
    if let Some(span) = &lesson.bibliography
        && index.citations.page() == Some(&lesson.path)
    {
        weaver.replace(span.clone(), references(&index.citations, &lesson.path));
    }
    if let Some(span) = &lesson.settings_span {
        weaver.replace(span.clone(), String::new());
    }
    let mut splices = weaver.splices;
    if let Some(failure) = weaver.failures.get(&None) {
        splices.push(Splice {
            range: 0..0,
            text: format!("{}\n\n", failure.html),
        });
    }
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    spliced(lesson.document.text(), &splices)
}

/// The text with each range replaced; ranges must not overlap, and those that do are left out.
fn spliced(text: &str, splices: &[Splice]) -> String {
    let mut woven = String::with_capacity(text.len() * 2);
    let mut copied = 0;
    for splice in splices {
        debug_assert!(splice.range.start >= copied, "splices overlap at byte {copied}");
        if splice.range.start < copied {
            continue;
        }
        woven.push_str(&text[copied..splice.range.start]);
        woven.push_str(&splice.text);
        copied = splice.range.end;
    }
    woven.push_str(&text[copied..]);
    woven
}

/// What is wrong with an item, for a draft.
#[derive(Default)]
struct Failure {
    /// The first problem's message.
    message: String,
    /// All of them, in blocks.
    html: String,
}

/// For each item that is to blame, what is wrong; that which stands at no item comes first on the page.
fn failures(lesson: &Lesson, problems: &[Problem]) -> HashMap<Option<usize>, Failure> {
    let mut found: HashMap<Option<usize>, Failure> = HashMap::new();
    for problem in problems.iter().filter(|problem| problem.severity == Severity::Error) {
        let position = problem.place.as_ref().and_then(|place| place.position);
        let item = lesson
            .items
            .iter()
            .position(|item| position.is_some_and(|it| item.span().contains(&it)));
        let text = html::preformatted(&Renderer::plain().render(problem));
        let mut context = Context::new();
        context.insert("html", &text);
        let failure = found.entry(item).or_default();
        if failure.message.is_empty() {
            failure.message.clone_from(&problem.message);
        }
        failure.html.push_str(&render("problem.html", &context));
    }
    found
}

fn render(template: &str, context: &Context) -> String {
    // A template that fails is a mistake of this program that the tests of the page find.
    html::one_line(
        &TEMPLATES
            .render(template, context)
            .expect("the program's own templates"),
    )
}

/// A sweep: one frame is shown, a slider takes the reader to the others.
fn sweep(math: &Mathematics, sweep: &Sweep, alt: &str, id: &str) -> String {
    let Sweep {
        parameter,
        frames,
        first,
    } = sweep;
    let frames: Vec<FramePage> = frames
        .iter()
        .enumerate()
        .map(|(index, (value, frame))| FramePage {
            shown: index == *first,
            value: html::preformatted(value),
            note: html::caption(&frame.note, math),
            svg: html::figure(
                &frame.svg,
                format!("{parameter} = {value}. {}", frame.note).trim_end(),
                &format!("{id}-{index}"),
            ),
        })
        .collect();
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

/// Opens and closes what stays on one line.
const JOINED: (&str, &str) = ("<span class=\"recto-joined\">", "</span>");

/// HTML and the punctuation behind it, on one line.
fn joined(html: &str, marks: &str) -> String {
    match (marks, JOINED) {
        ("", _) => html.to_owned(),
        (marks, (open, close)) => format!("{open}{html}{marks}{close}"),
    }
}

/// A block of HTML set off by blank lines, inside the list item or quote of its cell.
fn set_off(cell: &Cell, html: &str) -> String {
    let prefix = &cell.prefix;
    let blank = prefix.trim_end();
    format!("{blank}\n{prefix}{html}\n{blank}\n")
}

struct Weaver<'a> {
    lesson: &'a Lesson,
    tangled: &'a Tangled,
    index: &'a Index,
    splices: Vec<Splice>,
    failures: HashMap<Option<usize>, Failure>,
}

impl Weaver<'_> {
    fn text(&self) -> &str {
        self.lesson.document.text()
    }

    fn replace(&mut self, range: Range<usize>, text: String) {
        self.splices.push(Splice { range, text });
    }

    fn cell(&mut self, index: usize, cell: &Cell, run: &ItemRun<'_>, transcript: &Transcript) {
        let mut blocks = String::new();
        if cell.options.output {
            blocks.push_str(&self.output(index, cell, run, transcript));
        }
        blocks.push_str(self.failures.get(&Some(index)).map_or("", |failure| &failure.html));
        let folded = cell.options.echo == Echo::Folded;
        let parts = [if folded { "</details>" } else { "" }, &blocks];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let block: String = parts.map(|part| set_off(cell, part)).collect();

        let end = cell.pinned.as_ref().map_or(cell.span.end, |pinned| pinned.span.end);
        let ends_line = self.text()[..end].ends_with('\n');
        let after = match (block.is_empty(), ends_line) {
            (true, _) => String::new(),
            (false, true) => block,
            (false, false) => format!("\n{}", block.strip_suffix('\n').unwrap_or(&block)),
        };
        if cell.options.echo == Echo::Hidden {
            return self.replace(
                cell.span.start..end,
                after.trim_start_matches('\n').trim_start().to_owned(),
            );
        }
        if folded {
            let mut context = Context::new();
            context.insert("name", &self.name_of(cell));
            let open = html::one_line(&render("fold.html", &context));
            let prefix = &cell.prefix;
            let start = cell.span.start;
            self.replace(start..start, format!("{open}\n{}\n{prefix}", prefix.trim_end()));
        }
        let words = &self.text()[cell.info.clone()];
        if !words.contains("noplayground") {
            self.replace(cell.info.end..cell.info.end, ",noplayground".to_owned());
        }
        if !cell.options_span.is_empty() {
            let start = self.text()[..cell.options_span.start]
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            let rest = &self.text()[cell.options_span.end..];
            let end = cell.options_span.end + rest.find('\n').map_or(rest.len(), |newline| newline + 1);
            self.replace(start..end, String::new());
        }
        if !after.is_empty() || end != cell.span.end {
            self.replace(cell.span.end..end, after);
        }
    }

    /// What a labelled cell is called.
    fn name_of(&self, cell: &Cell) -> Option<String> {
        let label = cell.options.label.as_deref()?;
        Some(self.index.labels.get(label)?.name())
    }

    fn output(&self, index: usize, cell: &Cell, run: &ItemRun<'_>, transcript: &Transcript) -> String {
        let mut pieces: Vec<PiecePage> = Vec::new();
        for output in &run.output {
            pieces.push(match output {
                Output::Printed(text) => PiecePage::text("printed", text),
                Output::Shown(Shown::Text(text) | Shown::Debug(text)) => PiecePage::text("shown", text),
                Output::Shown(Shown::Math { latex, plain }) => match self.index.math.mathml(latex, true) {
                    Ok(mathml) => PiecePage::html("math", mathml),
                    Err(_) => PiecePage::text("shown", plain),
                },
                Output::Shown(Shown::Figure { svg, .. }) => {
                    let alt = cell.options.alt.as_deref().unwrap_or_default();
                    PiecePage::html("figure", html::figure(svg, alt, &format!("{index}-{}", pieces.len())))
                }
                Output::Shown(Shown::Sweep(values)) => {
                    let alt = cell.options.alt.as_deref().unwrap_or_default();
                    let id = format!("{index}-{}", pieces.len());
                    PiecePage::html("sweep", sweep(&self.index.math, values, alt, &id))
                }
                Output::Shown(Shown::Table { alignment, head, rows }) => {
                    PiecePage::html("table", html::table(alignment, head, rows))
                }
                Output::Shown(Shown::Html(text)) => PiecePage::html("html", text.clone()),
            });
        }
        pieces.extend(run.caught.map(|message| PiecePage::text("panic", message)));
        if matches!(cell.mode, Mode::CompileFail(_)) {
            pieces.push(PiecePage::text("compiler", &self.refusals(index, transcript)));
        }
        if !run.stderr.trim().is_empty() {
            pieces.push(PiecePage::text("stderr", &run.stderr));
        }
        if pieces.is_empty() {
            return String::new();
        }
        let page = CellPage {
            figure: pieces
                .iter()
                .any(|piece| matches!(piece.kind, "figure" | "sweep" | "table")),
            pieces,
            label: cell.options.label.clone().or_else(|| self.anchor(index)),
            name: self.name_of(cell),
            caption: cell
                .options
                .caption
                .as_deref()
                .map(|text| html::caption(text, &self.index.math)),
        };
        render("output.html", &Context::from_serialize(&page).unwrap_or_default())
    }

    /// What the compiler said of a `compile_fail` cell, at the lines of the markdown.
    fn refusals(&self, index: usize, transcript: &Transcript) -> String {
        let problems = verify::compiler_problems(self.lesson, self.tangled, transcript, index);
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
        errors
            .map(|problem| Renderer::plain().excerpt(problem))
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn value(&mut self, index: usize, span: &Range<usize>, content: &Placed, run: &ItemRun<'_>) {
        let text = match content {
            Placed::Literal(text) => format!("<code>{}</code>", html::inline(&html::escape(text))),
            Placed::Computed { text: source, .. } => {
                let mut context = Context::new();
                context.insert("text", &run.value.unwrap_or(source));
                context.insert("known", &run.value.is_some());
                context.insert("anchor", &self.anchor(index));
                context.insert(
                    "problem",
                    &self.failures.get(&Some(index)).map(|failure| &failure.message),
                );
                html::inline(&render("value.html", &context))
            }
        };
        self.replace(span.clone(), text);
    }

    fn claim(&mut self, index: usize, claim: &Claim, run: &ItemRun<'_>, verdict: Verdict) {
        let mut context = Context::new();
        let right = verdict == Verdict::Right && run.numbers.is_some();
        context.insert("right", &right);
        context.insert("expression", claim.expression.trim());
        context.insert("anchor", &self.anchor(index));
        // mdBook makes a link of each heading, and no link holds another.
        let in_heading = self.lesson.sections[self.lesson.section_at(claim.span.start)]
            .heading
            .contains(&claim.span.start);
        let row = self.index.rows.row(&self.lesson.path, index);
        context.insert("row", &row.filter(|_| !in_heading));
        context.insert(
            "problem",
            &self.failures.get(&Some(index)).map(|failure| &failure.message),
        );
        let whole = html::inline(&render("claim.html", &context));
        // The claim's text stays markdown; the template says what stands before and after it.
        let (before, after) = whole.split_once("TEXT").unwrap_or((&whole, ""));
        // Only what is short enough to stay on one line is held together with what follows.
        let short = claim
            .pieces
            .iter()
            .all(|piece| piece.math || piece.text.matches(' ').count() < 2);
        let display = self.text()[claim.text.clone()].starts_with("$$");
        let marks = if short && !display {
            self.punctuation(claim.span.end)
        } else {
            ""
        };
        let (open, close) = if marks.is_empty() { ("", "") } else { JOINED };
        let (before, after) = (format!("{open}{before}"), format!("{after}{marks}{close}"));
        let end = claim.span.end + marks.len();
        self.replace(claim.span.start..claim.text.start, before);
        self.replace(claim.text.end..end, after);
        for piece in claim.pieces.iter().filter(|piece| !piece.math) {
            let at = piece.start..piece.start + piece.text.len();
            if self.text().get(at) == Some(&piece.text) {
                self.keep_together(&piece.text, piece.start);
            }
        }
    }

    /// A relation sign and its number stay on one line.
    fn keep_together(&mut self, text: &str, start: usize) {
        for (at, sign) in text.match_indices(['≈', '<', '>', '≤', '≥', '=', '~', '±']) {
            let space = at + sign.len();
            if text[space..].starts_with(' ') {
                self.replace(start + space..start + space + 1, "\u{a0}".to_owned());
            }
        }
    }

    fn formula(&mut self, formula: &Formula) {
        let html = match self.index.math.mathml(&formula.latex, formula.display) {
            Ok(mathml) => html::inline(&mathml),
            Err(_) => format!("<code>{}</code>", html::inline(&html::escape(&formula.latex))),
        };
        let label = formula.label.as_ref();
        let number = match (formula.tag(), label.and_then(|name| self.index.labels.get(name))) {
            (Some(tag), _) if tag.bare => Some(tag.text),
            (Some(tag), _) => Some(format!("({})", tag.text)),
            (None, Some(label)) => Some(format!("({})", label.number)),
            (None, None) => None,
        };
        let html = match number {
            Some(number) => {
                let id = label.map(|name| format!(" id=\"{name}\"")).unwrap_or_default();
                let number = html::inline(&html::escape(&number));
                format!("<span class=\"recto-equation\"{id}>{html}<span>{number}</span></span>")
            }
            None => html,
        };
        let marks = if formula.display {
            ""
        } else {
            self.punctuation(formula.span.end)
        };
        let range = formula.span.start..formula.span.end + marks.len();
        self.replace(range, joined(&html, marks));
    }

    /// An item's name on the page, for its row on the verification page to lead to.
    fn anchor(&self, index: usize) -> Option<String> {
        self.index.rows.chapter().map(|_| index::anchor(index))
    }

    /// The last line of a lesson leads to its part of the verification page.
    fn end(&mut self) {
        let part = self.index.rows.part(&self.lesson.path);
        let Some(part) = part.filter(|_| self.lesson.has_program()) else {
            return;
        };
        let mut context = Context::new();
        context.insert("part", &part);
        let end = self.text().len();
        self.replace(end..end, format!("\n\n{}\n", render("lesson-end.html", &context)));
    }

    /// The bold words of a definition or theorem, with its number behind the first of them.
    fn statement(&mut self, statement: &Statement) {
        let label = statement.label.as_ref().map(|name| (name, self.index.labels.get(name)));
        let (id, number) = match label {
            Some((name, Some(label))) => (format!(" id=\"{name}\""), format!("\u{a0}{}", label.number)),
            _ => (String::new(), String::new()),
        };
        let start = statement.title.start;
        self.replace(start..start, format!("<span class=\"recto-statement\"{id}>"));
        self.replace(statement.word_end..statement.word_end, number);
        self.replace(statement.label_span.clone(), "</span>".to_owned());
    }

    /// The headings of labelled exercises begin with their names.
    fn exercises(&mut self) {
        for section in &self.lesson.sections {
            let label = section.label.as_ref().and_then(|label| self.index.labels.get(label));
            let Some(label) = label.filter(|label| label.kind == LabelKind::Exercise) else {
                continue;
            };
            let heading = &self.text()[section.heading.clone()];
            let marks = heading.len() - heading.trim_start_matches(['#', ' ']).len();
            let start = section.heading.start + marks;
            self.replace(start..start, format!("{}. ", label.name()));
        }
    }

    /// Headings in which something is woven get the fragment that links to them were checked against.
    fn fragments(&mut self) {
        for anchor in &self.lesson.outline.headings {
            match anchor.write {
                Some(Write::Block(at)) => self.replace(at..at, format!(" {{#{}}}", anchor.id)),
                Some(Write::Attribute(at)) => self.replace(at..at, format!("#{} ", anchor.id)),
                None => {}
            }
        }
    }

    /// A link in markdown, for mdBook to find the page.
    fn reference(&mut self, reference: &Reference) {
        let Some(label) = self.index.labels.get(&reference.label) else {
            return;
        };
        let target = label.link_from(&self.lesson.path, &reference.label);
        if reference.text.is_empty() {
            self.replace(
                reference.span.clone(),
                format!("[{}]({target})", html::inline(&html::escape(&label.name()))),
            );
        } else {
            self.replace(reference.text.end..reference.span.end, format!("]({target})"));
        }
    }

    /// The punctuation right behind a position. A browser would break the line between mathematics and it.
    fn punctuation(&self, end: usize) -> &str {
        let after = &self.text()[end..];
        let marks = after.trim_start_matches([',', '.', ';', ':', '!', '?', ')']);
        &after[..after.len() - marks.len()]
    }
}
