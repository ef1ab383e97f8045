//! Problems as people and programs see them: in rustc's style for a terminal, a page or a test,
//! and as JSON.

mod github;

use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Snippet};
use serde::Serialize;

use crate::problem::{Problem, Severity};
use crate::screen::harmless;
use crate::source::Place;

pub(crate) use github::annotation;

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

    fn render_as(&self, problem: &Problem, name: impl Fn(&Path) -> PathBuf) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let kind = problem.code.as_deref().unwrap_or(problem.kind.name());
        let title = level.primary_title(harmless(&problem.message)).id(kind);
        let mut group = Group::with_title(title);
        let mut counted = Vec::new();
        if let Some(place) = &problem.place {
            let (near, far) = Excerpt::of(place).with(&problem.related);
            let mut primary = AnnotationKind::Primary.span(near.within(shown_span(place)));
            if let Some(label) = &problem.label {
                primary = primary.label(harmless(label));
            }
            let related = |excerpt: &Excerpt<'_>, (other, text): &(Place, String)| -> Annotation<'_> {
                AnnotationKind::Context.span(excerpt.within(shown_span(other))).label(harmless(text).into_owned())
            };
            let there = problem.related.iter().enumerate().filter(|(index, _)| !far.contains(index));
            let there: Vec<Annotation<'_>> = there.map(|(_, it)| related(&near, it)).collect();
            counted.extend(near.counted(&name));
            group = near.add_to(group, &name, [primary].into_iter().chain(there));
            for it in far.iter().map(|index| &problem.related[*index]) {
                let excerpt = Excerpt::of(&it.0);
                let annotation = related(&excerpt, it);
                counted.extend(excerpt.counted(&name));
                group = excerpt.add_to(group, &name, [annotation]);
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
        let rendered = self.0.render(&[group]).replace(is_left, "\u{fffd}");
        counted.iter().fold(rendered, |rendered, (from, to)| rendered.replacen(from, to, 1))
    }
}

/// The lines of a file that are shown: what the rest of it costs is not paid for each problem.
struct Excerpt<'a> {
    place: &'a Place,
    span: Range<usize>,
    /// Whether its lines are not shown whole.
    is_cut: bool,
}

impl<'a> Excerpt<'a> {
    /// Bytes of what is shown whole.
    const LONGEST: usize = 2 << 10;
    /// Bytes on each side of a place in a line that is longer.
    const AROUND: usize = 400;

    /// The lines of a place.
    fn of(place: &'a Place) -> Excerpt<'a> {
        let shown = shown_span(place);
        let span = lines_of(place, &shown);
        if span.len() <= Self::LONGEST {
            return Excerpt { place, span, is_cut: false };
        }
        let text = &place.file.text;
        let start = text.floor_char_boundary(shown.start.saturating_sub(Self::AROUND)).max(span.start);
        let end = text.ceil_char_boundary(shown.end.min(shown.start + Self::AROUND) + Self::AROUND).min(span.end);
        Excerpt { place, span: start..end, is_cut: true }
    }

    /// The same with the lines of other places that are near, and which of these are not.
    fn with(mut self, others: &[(Place, String)]) -> (Excerpt<'a>, Vec<usize>) {
        let mut far = Vec::new();
        for (index, (other, _)) in others.iter().enumerate() {
            let lines = lines_of(other, &shown_span(other));
            let both = self.span.start.min(lines.start)..self.span.end.max(lines.end);
            if other.file.path != self.place.file.path || self.is_cut || both.len() > Self::LONGEST {
                far.push(index);
            } else {
                self.span = both;
            }
        }
        (self, far)
    }

    /// A span of the file as one of the excerpt.
    fn within(&self, span: Range<usize>) -> Range<usize> {
        let inside = |at: usize| at.clamp(self.span.start, self.span.end) - self.span.start;
        inside(span.start)..inside(span.end)
    }

    fn add_to(
        &self,
        group: Group<'a>,
        name: &impl Fn(&Path) -> PathBuf,
        annotations: impl IntoIterator<Item = Annotation<'a>>,
    ) -> Group<'a> {
        let source = &self.place.file.text[self.span.clone()];
        let snippet = Snippet::source(source).line_start(self.place.file.lines().line(self.span.start));
        group.element(snippet.path(shown_path(self.place, name)).annotations(annotations))
    }

    /// What is printed as the place of a line that is cut, in which its column is counted, and what is to be printed.
    fn counted(&self, name: &impl Fn(&Path) -> PathBuf) -> Option<(String, String)> {
        let (line, column) = self.place.line_column();
        let path = shown_path(self.place, name);
        let counted = self.place.file.text[self.span.start..shown_span(self.place).start].chars().count() + 1;
        self.is_cut.then(|| (format!("{path}:{line}:{counted}"), format!("{path}:{line}:{column}")))
    }
}

fn shown_path(place: &Place, name: &impl Fn(&Path) -> PathBuf) -> String {
    harmless(&name(place.path()).to_string_lossy()).into_owned()
}

/// All of the lines in which a span stands.
fn lines_of(place: &Place, span: &Range<usize>) -> Range<usize> {
    let (text, lines) = (&place.file.text, place.file.lines());
    // What stands behind the last line is shown at its end.
    let first = lines.line(span.start.min(text.len().saturating_sub(1)));
    let start = if first == 1 { 0 } else { lines.start(first) };
    start..lines.start(lines.line(span.end) + 1).min(text.len())
}

/// The span on char boundaries and within the text; cut to its first lines when it is long.
fn shown_span(place: &Place) -> Range<usize> {
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

/// A place as a part of a record.
pub(crate) fn place(place: &Place) -> impl Serialize {
    PlaceRecord::from(place)
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
    json_line(&record)
}

/// A record as one line of JSON, in which no control character stands.
pub(crate) fn json_line(record: &impl Serialize) -> String {
    // A record of strings and numbers always has a JSON form; it escapes the control characters that are ASCII.
    let json = serde_json::to_string(record).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;
    use crate::source::SourceFile;

    #[test]
    fn a_long_line_is_cut_and_its_columns_are_the_files() {
        let file = SourceFile::new("a.md", format!("one\n{}\u{e9}x{}\ntwo\n", "é ".repeat(5_000), " y".repeat(5_000)));
        let x = file.text.find('x').unwrap();
        let problem = Problem::error(Kind::Syntax, "odd").at(file.place(x..x + 1));
        let problem = problem.related(file.place(0..3), "far from it");
        let rendered = Renderer::plain().render(&problem);
        assert!(rendered.contains("--> a.md:2:10002\n"), "{rendered}");
        assert!(rendered.contains("2 | ...") && rendered.contains("::: a.md:1:1\n"), "{rendered}");
        assert!(rendered.len() < 1_000, "{rendered}");
    }

    #[test]
    fn an_excerpt_is_drawn_as_the_whole_file_would_be() {
        let text = "\u{feff}one\r\ntwo\n\nthree é four\nfive\n";
        let file = SourceFile::new("a.md", text);
        for start in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            for end in (start..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let problem = Problem::error(Kind::Syntax, "odd").at(file.place(start..end));
                let title = Level::ERROR.primary_title("odd").id("syntax");
                let annotation = AnnotationKind::Primary.span(shown_span(&file.place(start..end)));
                let whole = Group::with_title(title).element(Snippet::source(text).path("a.md").annotation(annotation));
                let whole = annotate_snippets::Renderer::plain().render(&[whole]);
                assert_eq!(Renderer::plain().render(&problem), whole, "{start}..{end}");
            }
        }
    }
}
