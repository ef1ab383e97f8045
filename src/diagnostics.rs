//! Problems as people and programs see them: in rustc's style for a terminal, a page or a test,
//! and as JSON.

use std::path::Path;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Snippet};
use serde::Serialize;

use crate::problem::{Problem, Severity};
use crate::screen::harmless;
use crate::source::Place;

/// Renders problems as text.
#[derive(Debug)]
pub(crate) struct Renderer(annotate_snippets::Renderer);

impl Renderer {
    /// Without colours.
    pub(crate) fn plain() -> Self {
        Renderer(annotate_snippets::Renderer::plain())
    }

    /// With colours.
    pub(crate) fn coloured() -> Self {
        Renderer(annotate_snippets::Renderer::styled())
    }

    /// The problem with its source, in rustc's style, without a line end.
    pub(crate) fn render(&self, problem: &Problem) -> String {
        self.render_as(problem, Path::to_path_buf)
    }

    /// The same for a page, where a file is known by its name alone.
    pub(crate) fn excerpt(&self, problem: &Problem) -> String {
        self.render_as(problem, |path| path.file_name().map(Into::into).unwrap_or_default())
    }

    fn render_as(&self, problem: &Problem, name: impl Fn(&Path) -> std::path::PathBuf) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let kind = problem.code.as_deref().unwrap_or(problem.kind.name());
        let title = level.primary_title(harmless(&problem.message)).id(kind);
        let mut group = Group::with_title(title);
        if let Some(place) = &problem.place {
            let mut primary = AnnotationKind::Primary.span(shown_span(place));
            if let Some(label) = &problem.label {
                primary = primary.label(harmless(label));
            }
            let same_file = |other: &Place| other.file.path == place.file.path;
            let related = |(other, text): &(Place, String)| -> Annotation<'_> {
                AnnotationKind::Context.span(shown_span(other)).label(harmless(text).into_owned())
            };
            let near = problem.related.iter().filter(|(other, _)| same_file(other)).map(related);
            group = group.element(snippet(place, &name).annotation(primary).annotations(near));
            for (other, text) in problem.related.iter().filter(|(other, _)| !same_file(other)) {
                let annotation = AnnotationKind::Context.span(shown_span(other)).label(harmless(text));
                group = group.element(snippet(other, &name).annotation(annotation));
            }
        }
        for note in &problem.notes {
            group = group.element(Level::NOTE.message(harmless(note)));
        }
        for help in &problem.helps {
            group = group.element(Level::HELP.message(harmless(help)));
        }
        // The crate shows most control characters of titles and sources as pictures; those that are not ASCII it leaves.
        let is_left = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
        self.0.render(&[group]).replace(is_left, "\u{fffd}")
    }
}

fn snippet<'a>(place: &'a Place, name: &impl Fn(&Path) -> std::path::PathBuf) -> Snippet<'a, Annotation<'a>> {
    Snippet::source(&*place.file.text).path(harmless(&name(place.path()).to_string_lossy()).into_owned())
}

/// The span on char boundaries and within the text; cut to its first lines when it is long.
fn shown_span(place: &Place) -> std::ops::Range<usize> {
    const MOST_LINES: usize = 6;
    let text = &place.file.text;
    let start = text.floor_char_boundary(place.span.start);
    let end = text.floor_char_boundary(place.span.end).max(start);
    let lines = text[start..end].match_indices('\n').nth(MOST_LINES - 1);
    start..lines.map_or(end, |(at, _)| start + at)
}

/// A problem as a line of JSON.
#[derive(Serialize)]
struct Record<'a> {
    reason: &'static str,
    severity: Severity,
    kind: &'static str,
    code: Option<&'a str>,
    message: &'a str,
    label: Option<&'a str>,
    place: Option<PlaceRecord>,
    notes: &'a [String],
    help: &'a [String],
    suggestion: Option<SuggestionRecord<'a>>,
    rendered: String,
}

/// What is to stand at a place.
#[derive(Serialize)]
struct SuggestionRecord<'a> {
    place: PlaceRecord,
    text: &'a str,
}

/// Lines and columns count from 1, columns in characters; bytes from 0.
#[derive(Serialize)]
struct PlaceRecord {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    byte_start: usize,
    byte_end: usize,
}

impl From<&Place> for PlaceRecord {
    fn from(place: &Place) -> PlaceRecord {
        let ((line, column), (end_line, end_column)) = (place.line_column(), place.end_line_column());
        let file = place.path().to_string_lossy().into_owned();
        PlaceRecord {
            file,
            line,
            column,
            end_line,
            end_column,
            byte_start: place.span.start,
            byte_end: place.span.end,
        }
    }
}

/// The problem as one line of JSON, for editors and continuous integration.
pub(crate) fn json(problem: &Problem) -> String {
    let suggestion = problem.suggestion.as_ref().map(|suggestion| SuggestionRecord {
        place: PlaceRecord::from(&suggestion.place),
        text: &suggestion.text,
    });
    let record = Record {
        reason: "problem",
        severity: problem.severity,
        kind: problem.kind.name(),
        code: problem.code.as_deref(),
        message: &problem.message,
        label: problem.label.as_deref(),
        place: problem.place.as_ref().map(PlaceRecord::from),
        notes: &problem.notes,
        help: &problem.helps,
        suggestion,
        rendered: Renderer::plain().render(problem),
    };
    // A record of strings and numbers always has a JSON form; it escapes the control characters that are ASCII.
    let json = serde_json::to_string(&record).unwrap_or_default();
    let escaped = |c: char| match c {
        '\u{7f}'..='\u{9f}' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    if json.contains(|c| ('\u{7f}'..='\u{9f}').contains(&c)) {
        json.chars().map(escaped).collect()
    } else {
        json
    }
}
