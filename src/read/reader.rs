//! A chapter's markdown read into a [`Lesson`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::iter;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options as Extensions, Parser, Tag, TagEnd};
use regex::Regex;
use serde::Deserialize;

use super::caption::{ReadCaption, alt_text, is_price};
use super::cell::{Caption, Cell, CodeLine, Marks, Options as CellOptions, Pinned, read_options};
use super::citation::{Citation, Prose};
use super::claim::{ClaimLink, Refusal, read_claim};
use super::comment::{self, Comment};
use super::config::{Scope, Settings};
use super::delimiters::{Delimiters, mended, of_mathjax};
use super::exercise::Exercise;
use super::fence::{
    self, around_indented, closing_line, continuation, first_line, follows, opened_within, push_lines, unclosed,
    unescape, unhide,
};
use super::info::{first_word, read_info};
use super::label::{LabelKind, chapter_of, is_label};
use super::lesson::{Chapter, Exempt, Formula, Item, Lesson, Placeholder, Reference, Section, Statement, ValueSpan};
use super::limits::{Digits, FileSize, Given, Memory, OpenFiles, OptLevel, Output, Points, Processes, Seconds};
use super::mapped_text::MappedText;
use super::numbering::Numbering;
use super::outline::{Link, LinkKind, Outline};
use super::seen::{Seen, seen};
use super::shake::Shake;
use super::symbols::Symbols;
use super::term::Terms;
use super::unread::Unread;
use super::yaml;
use crate::html::tags::texts;
use crate::problem::{Blamed, Kind, Problem, nearest};
use crate::site::{normal, plain_name};
use crate::source::Document;
use crate::spans::Spans;

/// `<!-- recto … -->` at the top of a lesson.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct LessonSettings {
    timeout: Option<Seconds>,
    cpu_time: Option<Seconds>,
    memory: Option<Memory>,
    output: Option<Output>,
    file_size: Option<FileSize>,
    open_files: Option<OpenFiles>,
    processes: Option<Processes>,
    scope: Option<Scope>,
    verified: Option<bool>,
    digits: Option<Digits>,
    lets: Option<bool>,
    symbols: Symbols,
    points: Option<Points>,
    opt_level: Option<OptLevel>,
    shake: Shake,
}

impl LessonSettings {
    fn limits(&self) -> Given {
        Given {
            timeout: self.timeout,
            cpu_time: self.cpu_time,
            memory: self.memory,
            output: self.output,
            file_size: self.file_size,
            open_files: self.open_files,
            processes: self.processes,
        }
    }
}

impl Lesson {
    /// Reads a chapter.
    pub(crate) fn read(chapter: Chapter, document: Document, settings: &Settings) -> Lesson {
        let document = document.with_newlines();
        let (document, unclosed) = match settings.delimiters {
            Delimiters::MathJax => of_mathjax(document, settings.extensions()),
            Delimiters::Own | Delimiters::Katex => (document, Vec::new()),
        };
        let mut lesson = Lesson::of(chapter.clone(), document, settings);
        if settings.delimiters == Delimiters::Katex {
            let problems: Vec<Problem> = lesson.problems.iter().map(|(_, problem)| problem.clone()).collect();
            if let Some(document) = mended(&lesson.document, &problems) {
                lesson = Lesson::of(chapter, document, settings);
            }
        }
        lesson.problems.extend(unclosed.into_iter().map(|problem| (None, problem)));
        lesson
    }

    fn of(chapter: Chapter, document: Document, settings: &Settings) -> Lesson {
        let (markdown, prices) = without_prices(document.text().into(), settings.extensions());
        let path = chapter.path.clone();
        let mut reader = LessonReader {
            path: &path,
            document: &document,
            markdown: &markdown,
            settings,
            lesson: LessonSettings::default(),
            settings_span: None,
            comments: Vec::new(),
            bibliography: None,
            items: Vec::new(),
            runs: Vec::new(),
            seen: Vec::new(),
            headings: Vec::new(),
            outline: Outline::default(),
            terms: Terms::default(),
            blocks: Vec::new(),
            unclosed: None,
            prose: Prose::default(),
            table_cell: 0..usize::MAX,
            plain: Spans::default(),
            links: Vec::new(),
            linked: Spans::default(),
            targets: HashMap::new(),
            definitions: Vec::new(),
            problems: Vec::new(),
        };
        reader.refuse_prices(prices);
        let number = chapter.number.as_deref().filter(|_| settings.number_sections);
        reader.read(Numbering::new(number, chapter.has_parts));
        reader.find_unread();
        let mut lesson = Lesson {
            shake: std::mem::take(&mut reader.lesson.shake),
            scope: reader.lesson.scope.unwrap_or(settings.scope),
            limits: settings.limits.with(reader.lesson.limits()),
            digits: reader.lesson.digits.unwrap_or(settings.digits),
            lets: reader.lesson.lets.unwrap_or(settings.lets),
            symbols: std::mem::take(&mut reader.lesson.symbols).within(&settings.symbols),
            points: reader.lesson.points.unwrap_or(settings.points),
            opt_level: reader.lesson.opt_level.map_or(settings.opt_level, u8::from),
            sections: sections(&chapter, reader.headings, &reader.outline, document.text().len()),
            root: settings.root.clone(),
            file: normal(&settings.src.join(&chapter.path)).unwrap_or_else(|| chapter.path.clone()),
            name: plain_name(&chapter.path),
            path: chapter.path,
            title: chapter.title,
            listed: chapter.listed,
            number: chapter.number,
            items: reader.items,
            text: reader.runs,
            seen: reader.seen,
            verified: reader.lesson.verified.unwrap_or(settings.verified),
            outline: reader.outline,
            terms: reader.terms.found,
            blocks: reader.blocks,
            unclosed: reader.unclosed,
            settings_span: reader.settings_span,
            bibliography: reader.bibliography,
            problems: reader.problems,
            document,
        };
        let unknown = lesson.unknown_demands();
        lesson.problems.extend(unknown.into_iter().map(|problem| (None, problem)));
        lesson
    }
}

/// The text with `%` for each dollar that would begin a formula and, by the rule for prices, begins none: what stands
/// behind it is read as if it were not there. Each is found by reading the text anew; where that would take too long, the
/// first of the others.
fn without_prices(mut text: Cow<'_, str>, extensions: Extensions) -> (Cow<'_, str>, Option<Range<usize>>) {
    const MOST_READ: usize = 64 << 20;
    let may_be_price = |text: &str| text.match_indices('$').skip(1).any(|(at, _)| is_price(text, &(at..at + 1)));
    let mut read = 0;
    while extensions.contains(Extensions::ENABLE_MATH) && may_be_price(&text) {
        let mut events = Parser::new_ext(&text, extensions).into_offset_iter();
        let price = events.find(|(event, span)| matches!(event, Event::InlineMath(_)) && is_price(&text, span));
        let Some((_, span)) = price else { break };
        drop(events);
        if read > MOST_READ {
            return (text, Some(span));
        }
        read += text.len();
        text.to_mut().replace_range(span.start..=span.start, "%");
    }
    (text, None)
}

/// Where the blocks stand that are in no other.
fn blocks(events: &[(Event<'_>, Range<usize>)]) -> Vec<Range<usize>> {
    let mut depth = 0;
    let outer = events.iter().filter(|(event, _)| {
        let is_outer = depth == 0;
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        is_outer
    });
    outer.map(|(_, span)| span.clone()).collect()
}

fn sections(chapter: &Chapter, headings: Vec<Heading>, outline: &Outline, end: usize) -> Vec<Section> {
    let mut sections = vec![Section {
        title: chapter.title.clone(),
        span: 0..end,
        heading: 0..0,
        label: None,
        number: None,
        exercise: None,
    }];
    let numbers = outline.headings.iter().filter(|anchor| !anchor.is_term).map(|anchor| anchor.number.clone());
    for (Heading { span, title, label, exercise }, number) in headings.into_iter().zip(numbers) {
        if let Some(last) = sections.last_mut() {
            last.span.end = span.start;
        }
        sections.push(Section {
            title,
            span: span.start..end,
            heading: span,
            label,
            number,
            exercise,
        });
    }
    sections
}

struct Heading {
    span: Range<usize>,
    title: String,
    label: Option<String>,
    exercise: Option<Exercise>,
}

impl Heading {
    /// Takes citations out of so many bytes at the end of the title.
    fn leave_out(&mut self, cited: &[&str], length: usize) {
        let start = self.title.floor_char_boundary(self.title.len().saturating_sub(length));
        let last = self.title.split_off(start);
        let mut rest = last.as_str();
        for citation in cited {
            if let Some((before, after)) = rest.split_once(citation) {
                self.title.push_str(before);
                rest = after;
            }
        }
        self.title.push_str(rest);
        self.title.truncate(self.title.trim_end().len());
    }
}

/// How far the beginning of a block quote looks like that of a statement.
enum Opening {
    None,
    Quote,
    Paragraph,
    /// Bold words begin; where they stand.
    Strong(Range<usize>),
}

/// What is said of a fence that an include closes.
const CLOSED_ELSEWHERE: &str = "a line of another file closes this fence";

/// What is said of settings at the top of a chapter.
pub(super) const FRONT_MATTER: &str = "mdBook has no front matter: this is shown on the page";

struct LessonReader<'a> {
    /// The chapter's, below the source folder.
    path: &'a Path,
    document: &'a Document,
    markdown: &'a str,
    settings: &'a Settings,
    lesson: LessonSettings,
    settings_span: Option<Range<usize>>,
    /// Where those comments begin that say something to recto.
    comments: Vec<usize>,
    bibliography: Option<Range<usize>>,
    items: Vec<Item>,
    runs: Vec<Range<usize>>,
    seen: Vec<Seen>,
    headings: Vec<Heading>,
    outline: Outline,
    terms: Terms,
    blocks: Vec<Range<usize>>,
    unclosed: Option<String>,
    /// Text that may go on.
    prose: Prose,
    /// Where the cell of a table stands in which the reader is; everything outside of tables.
    table_cell: Range<usize>,
    /// Ranges in which `](=` means nothing: code, raw HTML, claims.
    plain: Spans,
    /// Links and images, in whose text nothing is cited, and the definitions of their targets.
    links: Vec<Range<usize>>,
    linked: Spans,
    /// The definitions of the targets of links, by their names.
    definitions: Vec<(String, Range<usize>)>,
    /// Where they stand, by their names in lower case.
    targets: HashMap<String, Range<usize>>,
    problems: Vec<Blamed>,
}

type Events<'a> = std::iter::Peekable<std::vec::IntoIter<(Event<'a>, Range<usize>)>>;

impl<'a> LessonReader<'a> {
    fn blame(&mut self, problem: Problem) {
        self.problems.push((None, problem));
    }

    fn notebook(&self) -> bool {
        self.lesson.scope.unwrap_or(self.settings.scope) == Scope::Lesson
    }

    /// What markdown sees in the text.
    fn events(&mut self) -> Vec<(Event<'a>, Range<usize>)> {
        let parser = Parser::new_ext(self.markdown, self.settings.extensions());
        let definitions = parser.reference_definitions().iter();
        let definitions = definitions.map(|(name, definition)| (name.to_owned(), definition.span.clone()));
        self.definitions.extend(definitions);
        for (name, span) in &self.definitions {
            self.targets.entry(name.to_lowercase()).or_insert_with(|| span.clone());
        }
        let (text, markdown) = (self.document.text(), self.markdown);
        let events = parser.into_offset_iter().map(|(event, span)| match event {
            // The dollar of a price.
            Event::Text(read) if read.contains('%') && *read == markdown[span.clone()] => {
                (Event::Text(text[span.clone()].into()), span)
            }
            // The parser leaves the empty brackets out.
            Event::Start(
                ref tag @ (Tag::Link { link_type: LinkType::Collapsed, .. }
                | Tag::Image { link_type: LinkType::Collapsed, .. }),
            ) if text[span.end..].starts_with("[]") => (Event::Start(tag.clone()), span.start..span.end + "[]".len()),
            event => (event, span),
        });
        events.collect()
    }

    fn read(&mut self, numbering: Numbering) {
        self.warn_of_front_matter();
        let events = self.events();
        self.outline = Outline::of(&events, self.document, self.settings.smart_punctuation, numbering);
        for html in &self.outline.html {
            let seen = texts(html.text());
            self.plain.extend(unseen(html, &seen));
            self.runs.extend(seen.into_iter().map(|text| html.range(text)));
        }
        self.runs.sort_by_key(|run| run.start);
        self.seen = seen(&events, self.document, &self.outline.html);
        self.blocks = blocks(&events);
        let mut events = events.into_iter().peekable();
        let mut heading: Option<Heading> = None;
        let mut opening = Opening::None;
        while let Some((event, span)) = events.next() {
            self.prose(&event, &span, heading.as_mut());
            opening = self.statement(opening, &event, &span);
            if self.notebook() {
                self.terms.event(&event, &span, self.linked.contains(span.start));
            }
            self.table_cell(&event, &span);
            let mut title = heading.as_mut().map(|heading| &mut heading.title);
            match event {
                Event::Start(Tag::CodeBlock(kind)) => self.code_block(&kind, span, &mut events),
                Event::Start(Tag::Heading { id, classes, .. }) => {
                    let label = id.map(|id| id.to_string());
                    heading = Some(Heading {
                        exercise: self.exercise(label.as_deref(), &classes, &span),
                        span,
                        title: String::new(),
                        label,
                    });
                }
                Event::End(TagEnd::Heading(_)) => self.headings.extend(heading.take()),
                Event::Start(Tag::Link { dest_url, title: link_title, id, .. }) if self.notebook() => {
                    let text = self.link(&dest_url, (&id, &link_title), span, &mut events);
                    title.iter_mut().for_each(|title| title.push_str(&text));
                }
                Event::Start(Tag::HtmlBlock) => self.html_block(span),
                Event::Code(text) => {
                    title.iter_mut().for_each(|title| title.push_str(&text));
                    self.code_span(&text, span);
                }
                Event::InlineMath(latex) => self.formula(latex.into_string(), false, false, span),
                Event::DisplayMath(latex) => self.formula(latex.into_string(), true, false, span),
                Event::Text(text) => {
                    match self.runs.last_mut() {
                        Some(last) if last.end == span.start => last.end = span.end,
                        _ => self.runs.push(span),
                    }
                    title.iter_mut().for_each(|title| title.push_str(&text));
                }
                _ => {}
            }
        }
        self.end_prose(None);
    }

    /// Settings at the top of a chapter, as other generators have them: to mdBook they are a line, a heading and text.
    fn warn_of_front_matter(&mut self) {
        static TABLE: LazyLock<Regex> = LazyLock::new(|| {
            let regex = r"^(?:---[ \t]*\r?\n[\w-]+[ \t]*:[^\n]*\n(?s:.*?\n)??---|\+\+\+[ \t]*\r?\n(?s:.*?\n)??\+\+\+)[ \t]*\r?(?:\n|$)";
            Regex::new(regex).expect("a constant")
        });
        let text = self.document.text();
        // Building the pattern takes longer than to see that most chapters need none.
        let may_begin = text.starts_with("---") || text.starts_with("+++");
        if let Some(found) = may_begin.then(|| TABLE.find(text)).flatten() {
            let end = found.as_str().trim_end().len();
            let problem = Problem::warning(Kind::Chapter, FRONT_MATTER);
            self.blame(problem.at(self.document.place(0..end)).help(
                "take it out; the title of a chapter is that of `SUMMARY.md`, and recto's settings stand in a comment `<!-- recto`",
            ));
        }
    }

    /// More prices than can be told from formulas in any reasonable time.
    fn refuse_prices(&mut self, first: Option<Range<usize>>) {
        if let Some(span) = first {
            let message = "from here on there are too many prices to tell them from formulas";
            let problem = Problem::error(Kind::Formula, message).at(self.document.place(span.start..span.start + 1));
            self.blame(problem.help("write `\\$` for a dollar in prose"));
        }
    }

    /// The parser looks for the end of a formula behind the cell of the table in which it begins.
    fn table_cell(&mut self, event: &Event<'a>, span: &Range<usize>) {
        match event {
            Event::Start(Tag::TableCell) => self.table_cell = span.clone(),
            Event::End(TagEnd::Table) => self.table_cell = 0..usize::MAX,
            Event::InlineMath(_) | Event::DisplayMath(_) if self.table_cell.end < span.end => {
                let problem = Problem::error(Kind::Formula, "this formula would reach over cells of a table");
                self.blame(
                    problem
                        .at(self.document.place(span.clone()))
                        .help("write `\\vert` for `|` and `\\Vert` for `\\|`; a dollar sign in prose is written `\\$`"),
                );
            }
            _ => {}
        }
    }

    /// A link that recto acts on; the text that it adds to a heading.
    /// `id` is the name of the definition that holds its target; empty where it holds the target itself.
    fn link(&mut self, target: &str, (id, title): (&str, &str), span: Range<usize>, events: &mut Events<'a>) -> String {
        if let Some(expression) = target.strip_prefix('=') {
            return self.claim(expression, (id, title), span, events);
        }
        match target.strip_prefix('#').filter(|label| is_label(label)) {
            Some(label) => self.reference(label.to_owned(), span, events),
            None if target == "given" => self.given(span, events),
            None => {
                let written = &self.document.text()[span.clone()];
                if let Some(chapter) = chapter_of(written, target, self.path) {
                    self.reference(chapter, span, events);
                }
            }
        }
        String::new()
    }

    /// Follows the text of the page; citations may stand in it, and nowhere else.
    fn prose(&mut self, event: &Event<'a>, span: &Range<usize>, heading: Option<&mut Heading>) {
        let text = match event {
            Event::Text(text) => text,
            Event::SoftBreak => " ",
            Event::Start(Tag::Link { title, .. } | Tag::Image { title, .. }) => {
                self.title(title, span);
                self.links.push(span.clone());
                self.linked.insert(span.clone());
                return self.end_prose(heading);
            }
            _ => return self.end_prose(heading),
        };
        if !self.prose.reaches(span.start, self.document) {
            self.end_prose(heading);
        }
        self.prose.push(text, span.clone(), *event == Event::SoftBreak);
    }

    /// The title of a link or image is text alone.
    fn title(&mut self, title: &str, span: &Range<usize>) {
        let is_meant = ["](=", "](<=", "`{"].iter().any(|mark| title.contains(mark));
        if !is_meant || !self.notebook() {
            return;
        }
        // Where the target is defined elsewhere, so is the title.
        let found = self.document.text()[span.clone()].rfind(title).map(|at| span.start + at);
        let place = found.map_or(span.clone(), |start| start..start + title.len());
        found.into_iter().for_each(|_| self.plain.insert(place.clone()));
        let problem = Problem::error(Kind::Syntax, "a title can't hold a claim or an inline value");
        self.blame(problem.at(self.document.place(place)).help("state it in the text beside the link or image"));
    }

    fn end_prose(&mut self, heading: Option<&mut Heading>) {
        let prose = std::mem::take(&mut self.prose);
        for (target, span) in prose.undefined(self.document) {
            if !self.plain.contains(span.start) {
                self.outline.links.push(Link {
                    target,
                    target_span: span.clone(),
                    span,
                    inline: false,
                    kind: LinkKind::Undefined,
                    name: None,
                });
            }
        }
        if !self.notebook() {
            return;
        }
        let in_heading = heading.is_some();
        let mut cited: Vec<&str> = Vec::new();
        for citation in prose.citations(self.document) {
            let span = citation.span;
            if self.plain.contains(span.start) || self.linked.contains(span.start) {
                continue;
            }
            cited.push(citation.text);
            match citation.cites {
                Ok(cites) => self.items.push(Item::Citation(Citation { span, cites, in_heading })),
                Err(problem) => {
                    self.blame(*problem);
                    self.plain.insert(span);
                }
            }
        }
        if let Some(heading) = heading.filter(|_| !cited.is_empty()) {
            heading.leave_out(&cited, prose.len());
        }
    }

    /// What an author says of the exercise whose heading stands here.
    fn exercise(&mut self, label: Option<&str>, classes: &[CowStr<'_>], heading: &Range<usize>) -> Option<Exercise> {
        let is_exercise = |label: &str| LabelKind::of(label) == Some(LabelKind::Exercise);
        label.filter(|label| self.notebook() && is_exercise(label))?;
        let (exercise, problems) = Exercise::read(classes, self.document, heading);
        problems.into_iter().for_each(|problem| self.blame(problem));
        Some(exercise)
    }

    /// What a block quote begins with, event by event, until it is known to be a statement or not.
    fn statement(&mut self, opening: Opening, event: &Event<'_>, span: &Range<usize>) -> Opening {
        match (opening, event) {
            (_, Event::Start(Tag::BlockQuote(None))) if self.notebook() => Opening::Quote,
            (Opening::Quote, Event::Start(Tag::Paragraph)) => Opening::Paragraph,
            (Opening::Paragraph, Event::Start(Tag::Strong)) => Opening::Strong(span.clone()),
            (Opening::Strong(title), Event::Text(text)) => {
                let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
                if let Some(kind) = LabelKind::of_statement(word) {
                    if kind == LabelKind::Definition {
                        self.terms.define(title.end);
                    }
                    self.items.push(self.statement_of(kind, title, span.start + word.len()));
                }
                Opening::None
            }
            _ => Opening::None,
        }
    }

    fn statement_of(&self, kind: LabelKind, title: Range<usize>, word_end: usize) -> Item {
        let (label, label_end) = self.label_after(title.end).unzip();
        Item::Statement(Statement {
            kind,
            word_end,
            label_span: title.end..label_end.unwrap_or(title.end),
            title,
            label,
        })
    }

    /// The label in `{#label}` right behind a position, and where that ends.
    fn label_after(&self, position: usize) -> Option<(String, usize)> {
        let after = &self.document.text()[position..];
        let block = after.trim_start_matches(' ');
        let rest = block.strip_prefix("{#")?;
        let (label, _) = rest[..rest.find('\n').unwrap_or(rest.len())].split_once('}')?;
        let end = position + after.len() - block.len() + "{#}".len() + label.len();
        is_label(label).then(|| (label.to_owned(), end))
    }

    /// What is marked as given; it stays as it is.
    fn given(&mut self, span: Range<usize>, events: &mut Events<'a>) {
        let before = self.items.len();
        let text = self.link_text(&span, events, true);
        self.items.insert(before, Item::Exempt(Exempt { span, text }));
    }

    fn formula(&mut self, latex: String, display: bool, bound: bool, span: Range<usize>) {
        self.plain.insert(span.clone());
        let mut formula = Formula::new(latex, display, bound, span);
        if display
            && self.notebook()
            && let Some((label, end)) = self.label_after(formula.span.end)
        {
            formula.label = Some(label);
            formula.span.end = end;
        }
        self.items.push(Item::Formula(formula));
    }

    /// A link to a label; what stands in its text stays as it is.
    fn reference(&mut self, label: String, span: Range<usize>, events: &mut Events<'a>) {
        let before = self.items.len();
        let text = self.link_text(&span, events, false);
        self.items.insert(before, Item::Reference(Reference { text, span, label }));
    }

    /// Passes over a link whose text stays as it is; where the text stands.
    fn link_text(&mut self, span: &Range<usize>, events: &mut Events<'a>, bound: bool) -> Range<usize> {
        let (mut text_end, mut open) = (span.start + 1, 1);
        for (event, at) in events.by_ref() {
            match event {
                Event::Start(Tag::Link { .. }) => open += 1,
                Event::End(TagEnd::Link) if open == 1 => break,
                Event::End(TagEnd::Link) => open -= 1,
                Event::InlineMath(latex) => self.formula(latex.into_string(), false, bound, at.clone()),
                Event::DisplayMath(latex) => self.formula(latex.into_string(), true, bound, at.clone()),
                Event::Code(code) => self.code_span(&code, at.clone()),
                _ => {}
            }
            text_end = text_end.max(at.end);
        }
        let bracket = self.document.text()[text_end..span.end].find(']');
        let text = span.start + 1..bracket.map_or(text_end, |found| text_end + found);
        self.plain.insert(text.end..span.end);
        text
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>, span: Range<usize>, events: &mut Events<'a>) {
        self.plain.insert(span.clone());
        let (mut lines, content_end) = code_lines(events, span.start);
        let text = self.document.text();
        let indented = matches!(kind, CodeBlockKind::Indented);
        let closing = closing_line(text, &span, content_end).filter(|_| !indented);
        if !indented && text[span.end..].trim_start().is_empty() && self.blocks.contains(&span) {
            self.unclosed = unclosed(text, &span, closing);
        }
        let info_span = first_line(text, &span, indented);
        let words = match kind {
            CodeBlockKind::Fenced(info) => info.trim(),
            CodeBlockKind::Indented => "",
        };
        let mut problems = Vec::new();
        if self.notebook() && !indented {
            let never_closed = self.open_fence(&span, info_span.end, &lines);
            problems.extend(never_closed.or_else(|| self.closed_elsewhere(span.start..info_span.end, closing?)));
        }
        let swallows = !problems.is_empty();
        if indented && self.notebook() && fence::opens(&text[info_span.clone()]).is_some() {
            let problem = Problem::warning(Kind::Fence, "this is indented code to markdown, and no fence");
            let problem = problem.at(self.document.place(info_span.clone()));
            problems.push(problem.help(
                "indent the fence by no more than the text of its list item; one that is only shown may stand in ````text",
            ));
        }
        if words == "output" && self.notebook() && !swallows {
            return self.pinned(span, &lines, closing);
        }
        if let Some(problem) = self.nearly_pinned(words, &span, &info_span) {
            problems.push(problem);
        }
        let scope = self.lesson.scope.unwrap_or(self.settings.scope);
        let info = read_info(self.document, words, &info_span, scope, &mut problems);
        let Some(info) = info else {
            return self.problems.extend(problems.into_iter().map(|problem| (None, problem)));
        };
        if !indented && closing.is_none() && !text[span.end..].trim().is_empty() {
            let message = "this fence is never closed: it ends with the list item or quote that contains it";
            let problem = Problem::warning(Kind::Fence, message).at(self.document.place(span.start..info_span.end));
            problems.push(
                problem.help("let each of its lines, and the backticks that close it, begin as its first line does"),
            );
        }
        let (mut options, options_span) = self.options(&mut lines, &mut problems);
        options.output &= !self.settings.check_only;
        let (caption, in_caption) = self.caption(&options, &options_span, &mut problems).unzip();
        // It is woven with what closes it.
        self.unclosed = None;
        let item = Some(self.items.len());
        self.problems.extend(problems.into_iter().map(|problem| (item, problem)));
        lines.iter_mut().for_each(|line| {
            unescape(line);
            unhide(line);
        });
        self.items.push(Item::Cell(Box::new(Cell {
            prefix: if indented {
                around_indented(text, &span)
            } else {
                continuation(text, &span, closing)
            },
            unclosed: unclosed(text, &span, closing).filter(|_| !indented),
            span,
            info: info_span,
            marks: match first_word(words) {
                _ if indented => Marks::Indented,
                Some("rust") => Marks::Rust,
                _ => Marks::Other,
            },
            mode: info.mode,
            edition: info.edition,
            harness: info.harness,
            options,
            caption,
            options_span,
            lines,
            swallows,
            pinned: None,
        })));
        self.items.extend(in_caption.into_iter().flatten());
    }

    /// A fence that is not closed before the next one opens, which is then a part of its code.
    fn open_fence(&self, span: &Range<usize>, opening_end: usize, lines: &[CodeLine]) -> Option<Problem> {
        let within = opened_within(self.document.text(), span, lines)?;
        let problem = Problem::error(Kind::Fence, "this fence is never closed")
            .at(self.document.place(span.start..opening_end))
            .related(self.document.place(within), "this one opens inside it");
        let marks: String = self.document.text()[span.start..].chars().take_while(|c| matches!(c, '`' | '~')).collect();
        Some(problem.help(format!("write `` {marks} `` on a line of its own where the code ends")))
    }

    /// A fence that a line of another file closes, which is an included one or includes this one: what stands behind is no code.
    fn closed_elsewhere(&self, opening: Range<usize>, closing: usize) -> Option<Problem> {
        let text = self.document.text();
        let marks = closing + text[closing..].find(['`', '~'])?;
        let [opens, closes] = [opening.clone(), marks..marks + 3].map(|span| self.document.place(span));
        // The fences that follow in that file are out of step for the same reason.
        let is_told = |(_, problem): &Blamed| {
            problem.message == CLOSED_ELSEWHERE && problem.related.iter().any(|(place, _)| place.path() == opens.path())
        };
        if opens.path() == closes.path() || self.problems.iter().any(is_told) {
            return None;
        }
        let mark = &text[opening.start..][..1];
        let fence = text[opening].trim_start_matches(mark);
        let problem = Problem::error(Kind::Fence, CLOSED_ELSEWHERE).at(opens);
        let help = format!(
            "close it in its own file, and write more marks around an include than it has itself: `` {}{fence} ``",
            mark.repeat(5)
        );
        Some(problem.related(closes, "this line").help(help))
    }

    /// The options at the top of a cell's lines, and where they stand.
    fn options(&self, lines: &mut Vec<CodeLine>, problems: &mut Vec<Problem>) -> (CellOptions, Range<usize>) {
        if !self.notebook() {
            return Default::default();
        }
        let (mut options, span) = read_options(self.document, lines, problems);
        options.alt = options.alt.map(|text| {
            let (alt, problem) = alt_text(&text, self.document, &span);
            problems.extend(problem);
            alt
        });
        (options, span)
    }

    /// The caption among the options that stand here, and its items.
    fn caption(
        &mut self,
        options: &CellOptions,
        span: &Range<usize>,
        problems: &mut Vec<Problem>,
    ) -> Option<(Caption, Vec<Item>)> {
        let read = ReadCaption::read(options.caption.as_deref()?, self.document, span, &self.definitions);
        self.outline.links.extend(read.links);
        problems.extend(read.problem);
        Some((read.caption, read.items))
    }

    /// A fence below a cell that its author takes for what the cell prints, and that nothing compares with it.
    fn nearly_pinned(&self, words: &str, span: &Range<usize>, info: &Range<usize>) -> Option<Problem> {
        let mut parts = words.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        let is_meant = first_word(words).is_some_and(|word| word != "rust")
            && parts.any(|word| {
                matches!(word.as_str(), "out" | "stdout" | "result" | "results") || nearest(&word, ["output"]).is_some()
            });
        let Some(Item::Cell(cell)) = self.items.last().filter(|_| is_meant && words != "output" && self.notebook())
        else {
            return None;
        };
        if !follows(self.document.text(), cell.span.end, span.start) {
            return None;
        }
        let problem = Problem::error(Kind::Output, "nothing compares this with what the cell prints");
        Some(
            problem
                .at(self.document.place(info.clone()))
                .help("write `output`, and nothing else, after the backticks"),
        )
    }

    fn pinned(&mut self, span: Range<usize>, lines: &[CodeLine], closing: Option<usize>) {
        let text = self.document.text();
        let prefix = continuation(text, &span, closing);
        let after_opening = text[span.clone()].find('\n').map_or(span.end, |newline| span.start + newline + 1);
        // The last line is the author's own where the fence is never closed.
        let closing = closing.unwrap_or(span.end);
        match self.items.last_mut() {
            Some(Item::Cell(cell)) if follows(text, cell.span.end, span.start) && cell.pinned.is_none() => {
                // It is left out of the page.
                self.unclosed = None;
                let words = &text[cell.info.clone()];
                let mut words = words.split([',', ' ', '\t']);
                if let Some(word) = words.find(|word| matches!(*word, "ignore" | "compile_fail")) {
                    let problem = Problem::error(Kind::Output, "the cell above is not run, so nothing prints this");
                    let place = self.document.place(span.start..after_opening.saturating_sub(1).max(span.start));
                    let problem =
                        problem.at(place).help(format!("take `{word}` away from the cell, or write ```text here"));
                    self.problems.push((None, problem));
                }
                cell.pinned = Some(Pinned {
                    span,
                    content: after_opening..closing,
                    text: CodeLine::joined(lines),
                    prefix,
                });
            }
            _ => self.blame(
                Problem::error(Kind::Output, "this `output` fence does not follow a cell")
                    .at(self.document.place(span.start..after_opening.saturating_sub(1).max(span.start)))
                    .help("it states what the cell right above it prints; put it after the cell, or use ```text"),
            ),
        }
    }

    /// A claim; its text without the markup.
    fn claim(
        &mut self,
        expression: &str,
        (id, title): (&str, &str),
        span: Range<usize>,
        events: &mut Events<'a>,
    ) -> String {
        self.plain.insert(span.clone());
        let definition = self.targets.get(&id.to_lowercase()).cloned();
        let link = ClaimLink { expression, title, span, definition };
        let mut read = read_claim(self.document.text(), link, self.settings.smart_punctuation, events);
        if let (Ok(claim), [formula]) = (&mut read.claim, read.formulas.as_mut_slice())
            && formula.display
            && claim.pieces.len() == 1
            && self.notebook()
            && let Some((label, end)) = self.label_after(claim.span.end)
        {
            formula.label = Some(label);
            claim.span.end = end;
        }
        match read.claim {
            Ok(claim) => self.items.push(Item::Claim(claim)),
            Err(Refusal { message, span, help }) => {
                self.blame(Problem::error(Kind::Syntax, message).at(self.document.place(span)).help(help));
            }
        }
        self.items.extend(read.formulas.into_iter().map(Item::Formula));
        read.text
    }

    fn code_span(&mut self, code: &str, span: Range<usize>) {
        self.plain.insert(span.clone());
        if !self.notebook() {
            return;
        }
        let written = &self.document.text()[span.clone()];
        if let Some(end) = fence::opens(written) {
            self.blame(fence::unread(self.document, span.start..span.start + end));
        }
        if let Some(content) = ValueSpan::read(code, written, span.start) {
            self.items.push(Item::Value(Placeholder { span, content }));
        }
    }

    fn html_block(&mut self, span: Range<usize>) {
        let document = self.document;
        let Some((comment, begin)) = Comment::read(&document.text()[span.clone()], span.start) else {
            return;
        };
        self.comments.push(begin);
        // That it is never closed is told elsewhere.
        if !document.text()[span.clone()].contains("-->") {
            return;
        }
        match comment {
            // Put in place when the page is finished: it is about the whole book.
            Comment::Contents => {}
            Comment::Bibliography => self.place_bibliography(span),
            Comment::Settings(lines) => self.set(&lines, span),
            Comment::Misspelt(word, meant) => {
                let start = span.start + document.text()[span].find(word).unwrap_or_default();
                let problem = Problem::error(Kind::Settings, format!("recto does not know `{word}` in a comment"));
                self.blame(problem.at(document.place(start..start + word.len())).did_you_mean(meant));
            }
        }
    }

    /// Takes in the lesson's settings.
    fn set(&mut self, lines: &[yaml::Line<'_>], span: Range<usize>) {
        if let Some(first) = &self.settings_span {
            let place = |span: &Range<usize>| self.document.place(span.start..span.start + "<!--".len());
            let problem = Problem::error(Kind::Settings, "the settings of this lesson stand twice").at(place(&span));
            let problem = problem.related(place(first), "they stand here first");
            return self.blame(problem.help("write all of them into one comment, at the top"));
        }
        let (settings, problems) = yaml::read(self.document, lines, Kind::Settings, "setting");
        self.lesson = settings;
        problems.into_iter().for_each(|problem| self.blame(problem));
        self.settings_span = Some(span);
    }

    /// What looks like something that recto acts on and was not read as such.
    fn find_unread(&mut self) {
        let overlooked = comment::overlooked(self.document, &self.outline.html, &self.comments);
        overlooked.into_iter().for_each(|problem| self.blame(problem));
        if self.notebook() || self.settings.math {
            let unread = Unread {
                document: self.document,
                read: self.read_ranges(),
                links: &self.links,
                linked: &self.linked,
                items: &self.items,
                headings: &self.outline.headings,
                names: self.definitions.iter().map(|(name, _)| name.to_ascii_lowercase()).collect(),
                html: &self.outline.html,
                raw: self.outline.html.iter().map(|html| html.range(0..html.text().len())).collect(),
                extensions: self.settings.extensions(),
            };
            let problems = if self.notebook() { unread.problems() } else { unread.formulas() };
            // What looks like a definition is the one problem, not each link that lacks it.
            let lacking = problems.iter().filter_map(|problem| problem.place.as_ref()?.position);
            let lacking = lacking.filter_map(|at| unread.defined_at(at));
            let lacking: HashSet<String> = lacking.map(str::to_ascii_lowercase).collect();
            // Nor are the brackets of an expression, `(2)[=m[0][1]]`, links.
            let claims = problems.iter().filter(|problem| problem.kind == Kind::Syntax);
            let claims: Vec<Range<usize>> = claims.filter_map(Problem::range).collect();
            let is_one = |link: &Link| {
                lacking.contains(&link.target.to_ascii_lowercase())
                    || claims.iter().any(|claim| claim.contains(&link.span.start))
            };
            self.outline.links.retain(|link| link.kind != LinkKind::Undefined || !is_one(link));
            self.problems.extend(problems.into_iter().map(|problem| (None, problem)));
        }
    }

    /// What was read, or means nothing. The text of a link that recto acts on stays as it is; only its target was read.
    fn read_ranges(&self) -> Spans {
        let items = self.items.iter().map(|item| match item {
            Item::Reference(Reference { span, text, .. }) | Item::Exempt(Exempt { span, text }) => text.end..span.end,
            item => item.span(),
        });
        let images = self.outline.links.iter().filter(|link| {
            // An image with such a target is a problem of its own.
            matches!(link.kind, LinkKind::Image { .. }) && link.target.starts_with('=')
        });
        let targets = self.outline.links.iter().filter(|link| link.target_span != link.span);
        let targets = targets.map(|link| link.target_span.clone());
        let definitions = self.definitions.iter().map(|(_, span)| span.clone()).chain(targets);
        let mut read = self.plain.clone();
        read.extend(items.chain(images.map(|link| link.span.clone())).chain(definitions));
        read
    }

    fn place_bibliography(&mut self, span: Range<usize>) {
        // The comment alone; what stands after it on the line stays.
        let comment = self.document.text()[span.clone()].find("-->");
        let span = span.start..comment.map_or(span.end, |found| span.start + found + "-->".len());
        if self.bibliography.is_some() {
            let problem = Problem::error(Kind::Citation, "the bibliography is placed twice");
            self.blame(problem.at(self.document.place(span)));
        } else {
            self.bibliography = Some(span);
        }
    }
}

/// The lines of a block of code, whose end is passed over, and where they end.
fn code_lines(events: &mut Events<'_>, start: usize) -> (Vec<CodeLine>, usize) {
    let mut lines: Vec<CodeLine> = Vec::new();
    let (mut unfinished, mut end) = (false, start);
    for (event, at) in events.by_ref() {
        match event {
            Event::Text(text) => {
                push_lines(&mut lines, &mut unfinished, &text, at.start);
                end = at.end;
            }
            Event::End(TagEnd::CodeBlock) => break,
            _ => {}
        }
    }
    (lines, end)
}

/// What of raw HTML no reader sees as text; `seen` is what readers do.
fn unseen<'a>(html: &'a MappedText, seen: &'a [Range<usize>]) -> impl Iterator<Item = Range<usize>> + 'a {
    let starts = iter::once(0).chain(seen.iter().map(|text| text.end));
    let ends = seen.iter().map(|text| text.start).chain([html.text().len()]);
    let between = starts.zip(ends).filter(|(start, end)| start < end);
    between.map(|(start, end)| html.range(start..end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{examples, samples};
    use super::*;

    /// Reads a text as a lesson; its items must follow each other, or stand in a link or a statement.
    fn check(text: &str) -> Result<(), TestCaseError> {
        for scope in [Scope::Lesson, Scope::Block] {
            let lesson = &samples::book(text, scope).lessons[0];
            let text = lesson.document.text();
            examples(lesson);
            let mut around: Vec<&Item> = Vec::new();
            let mut last = 0;
            for item in &lesson.items {
                let span = item.span();
                prop_assert!(text.get(span.clone()).is_some() && !span.is_empty(), "{item:?}");
                prop_assert!(last <= span.start, "{:?}", lesson.items);
                last = span.start;
                while around.pop_if(|outer| outer.span().end <= span.start).is_some() {}
                if let Some(outer) = around.last() {
                    let holds = !matches!(outer, Item::Value(_) | Item::Formula(_) | Item::Citation(_));
                    prop_assert!(holds && span.end <= outer.span().end, "{outer:?}\n{item:?}");
                }
                around.push(item);
            }
        }
        Ok(())
    }

    #[test]
    fn texts_at_which_the_reader_stumbled_are_read() {
        for text in [
            "```rust\né",
            "~~~~`x\ntext",
            "# `{x}`\ré",
            "[text $x$](#eq-a)",
            "[$3$](given)",
        ] {
            check(text).unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn any_text_is_read(text in r"\PC*") {
            check(&text)?;
        }

        #[test]
        fn any_lesson_is_read(text in samples::text()) {
            check(&text)?;
        }
    }
}
