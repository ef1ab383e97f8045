//! The sixth stage: a lesson's markdown with its outputs in place.
//!
//! In: a lesson as it was [`Checked`], and the book's [`Index`]. Out: markdown for mdBook. Only the ranges that recto acts
//! on are replaced; everything else reaches mdBook as the author wrote it. Outputs are HTML on a single line, so that
//! mdBook's parser takes them as one block in lists, quotes and tables too. What is wrong is shown in its place: this is
//! how a draft tells of it.

mod cite;
mod lists;
mod output;

use std::ops::Range;
use std::path::Path;

use pulldown_cmark::{Event, html::push_html};
use tera::Context;

use crate::diagnostics::Renderer;
use crate::export;
use crate::html;
use crate::index::{self, Index};
use crate::problem::{Failure, Kind, Problem, Severity};
use crate::read::{
    Caption, CaptionPart, Cell, Claim, Echo, Exempt, Formula, IdInsertion, Item, LabelKind, Lesson, Link, Marks,
    Placeholder, Reference, Scope, Statement, Term, ValueSpan,
};
use crate::site::way;
use crate::splice::{Splice, spliced};
use crate::templates::html as render;
use crate::verify::{Answer, Checked, ItemReport, Verdict};
use output::Around;

pub(crate) use cite::references;
pub(crate) use lists::lists;

/// Weaves a lesson. Failures are shown in their places; a book without any shows none. `files` says whether the data of
/// figures stand beside it.
///
/// # Errors
/// Two things would stand in one place, which is a mistake of this program: the page would lose one of them.
pub(crate) fn weave(checked: &Checked<'_>, index: &Index, files: bool) -> Result<String, Failure> {
    let lesson = checked.lesson;
    let weaver = Weaver {
        lesson,
        index,
        reports: &checked.items,
        files,
    };
    // Where text ends, the name of a target stands before all else.
    let mut splices = weaver.names();
    let mut end_of_caption = 0;
    for (number, (item, report)) in lesson.items.iter().zip(&checked.items).enumerate() {
        // What stands in a caption is woven with its cell.
        if let Item::Cell(cell) = item {
            end_of_caption = number + 1 + cell.caption.as_ref().map_or(0, |caption| caption.items);
        } else if number < end_of_caption {
            continue;
        }
        let mut own = weaver.item(number, item, report);
        if !matches!(item, Item::Cell(_))
            && let Some(problem) = report.errors().next()
        {
            let end = own.last().map_or(item.span().end, |last| last.range.end);
            own.push(Splice::insertion(end, mark(problem)));
        }
        splices.extend(own);
    }
    let wrong = checked.loose.iter().filter(|problem| problem.severity == Severity::Error);
    splices.extend(wrong.map(|problem| weaver.loose(problem)));
    // A heading's fragment stands behind all else in it.
    splices.extend(weaver.page());
    spliced(lesson.document.text(), &mut splices).map_err(|range| {
        let problem = Problem::error(Kind::Environment, "recto would weave two things into one place of this page");
        let problem = problem.at(lesson.document.place(range));
        problem.note("this is a mistake of recto, not of the page: please report it").in_environment()
    })
}

/// The types and values of the names that a cell binds; empty where there are none.
fn lets(report: &ItemReport) -> String {
    if report.lets.is_empty() {
        return String::new();
    }
    let mut context = Context::new();
    context.insert("lets", &report.lets);
    render("lets.html", &context)
}

/// What is wrong, within a line of text.
fn mark(problem: &Problem) -> String {
    let mut context = Context::new();
    context.insert("message", &problem.message);
    html::inline(&render("mark.html", &context))
}

/// What is wrong, as a block.
fn notice(problem: &Problem) -> String {
    let mut context = Context::new();
    context.insert("html", &html::preformatted(&Renderer::plain().render(problem)));
    render("problem.html", &context)
}

/// Opens and closes what stays on one line.
const JOINED: (&str, &str) = ("<span class=\"recto-joined\">", "</span>");

/// What belongs to mathematics of what stands behind it: the rest of a word, as in `$x$-axis`, and punctuation. A browser would break
/// the line there.
fn belonging(after: &str) -> &str {
    let rest = after.strip_prefix('-').map_or(after, |rest| rest.trim_start_matches(char::is_alphabetic));
    let rest = if rest.len() + 1 < after.len() { rest } else { after };
    let rest = rest.trim_start_matches([',', '.', ';', ':', '!', '?', ')']);
    &after[..after.len() - rest.len()]
}

/// HTML and what belongs to it, on one line.
fn joined(html: &str, marks: &str) -> String {
    match (marks, JOINED) {
        ("", _) => html.to_owned(),
        (marks, (open, close)) => format!("{open}{html}{marks}{close}"),
    }
}

/// A block of HTML set off by blank lines, inside a list item or quote.
fn set_off(prefix: &str, html: &str) -> String {
    let blank = prefix.trim_end();
    format!("{blank}\n{prefix}{html}\n{blank}\n")
}

struct Weaver<'a> {
    lesson: &'a Lesson,
    index: &'a Index,
    /// What became of the lesson's items.
    reports: &'a [ItemReport],
    files: bool,
}

impl Weaver<'_> {
    fn text(&self) -> &str {
        self.lesson.document.text()
    }

    /// What is woven in for an item, in the order of the text.
    fn item(&self, number: usize, item: &Item, report: &ItemReport) -> Vec<Splice> {
        if let Some(image) = self.lesson.image_around(&item.span()) {
            return self.in_alt(number, item, report, image);
        }
        match item {
            Item::Cell(cell) => self.cell(number, cell, report),
            Item::Value(value) => vec![self.value(number, value, report)],
            Item::Claim(claim) => self.claim(number, claim, report),
            Item::Formula(formula) => vec![self.formula(formula, report)],
            Item::Reference(reference) => self.reference(reference),
            Item::Citation(citation) => {
                vec![Splice::new(
                    citation.span.clone(),
                    cite::citation(self.index, self.lesson, number, citation),
                )]
            }
            Item::Statement(statement) => self.statement(statement),
            Item::Exempt(given) => unlinked(&given.span, &given.text),
        }
    }

    /// What becomes of an item in the description of an image, which is text without markup. Its name, and what is wrong
    /// with it, stand behind the image.
    fn in_alt(&self, number: usize, item: &Item, report: &ItemReport, image: &Link) -> Vec<Splice> {
        let plain =
            |span: &Range<usize>, text: &str| vec![Splice::new(span.clone(), html::inline(&html::escape(text)))];
        let mut anchor = None;
        let mut splices = match item {
            Item::Value(Placeholder { span, content: ValueSpan::Literal(text) }) => plain(span, text),
            Item::Value(Placeholder {
                span,
                content: ValueSpan::Computed(source),
            }) => {
                anchor = self.anchor(number);
                plain(span, report.run.value.as_deref().unwrap_or(source.text()))
            }
            Item::Claim(Claim { span, pieces, .. }) => {
                anchor = self.anchor(number);
                plain(span, &pieces.iter().map(|piece| piece.text.as_str()).collect::<String>())
            }
            // That of a claim stands in the claim's text.
            Item::Formula(formula) if self.in_claim(&formula.span) => Vec::new(),
            Item::Formula(formula) => plain(&formula.span, &formula.latex),
            Item::Reference(Reference { span, text, label }) if text.is_empty() => match self.index.labels.get(label) {
                Some(known) => plain(span, &known.name()),
                None => plain(span, label),
            },
            Item::Reference(Reference { span, text, .. }) | Item::Exempt(Exempt { span, text }) => {
                vec![
                    Splice::new(span.start..text.start, ""),
                    Splice::new(text.end..span.end, ""),
                ]
            }
            Item::Cell(_) | Item::Citation(_) | Item::Statement(_) => Vec::new(),
        };
        let anchor = anchor.map(|anchor| format!("<span id=\"{anchor}\"></span>")).unwrap_or_default();
        splices.push(Splice::insertion(image.span.end, anchor));
        splices
    }

    fn in_claim(&self, span: &Range<usize>) -> bool {
        let mut claims = self.lesson.items.iter().filter(|item| matches!(item, Item::Claim(_))).map(Item::span);
        claims.any(|claim| claim.start < span.start && span.end < claim.end)
    }

    /// Links by reference whose text, which is the name of their target too, becomes another.
    fn names(&self) -> Vec<Splice> {
        let is_woven = |span: &Range<usize>| {
            let items = || self.lesson.items.iter().map(Item::span);
            items().any(|item| span.start < item.start && item.end < span.end) && !items().any(|item| item == *span)
        };
        let links = self.lesson.outline.links.iter().filter(|link| is_woven(&link.span));
        links.filter_map(|link| link.name.clone()).map(|(range, name)| Splice::new(range, name)).collect()
    }

    fn cell(&self, number: usize, cell: &Cell, report: &ItemReport) -> Vec<Splice> {
        let mut blocks = String::new();
        let caption = cell.caption.as_ref().map(|caption| self.caption(number + 1, caption));
        let around = Around {
            id: cell.options.label.clone().or_else(|| self.anchor(number)),
            name: self.name_of(cell),
            caption,
            data: self.data(number, cell, report),
        };
        blocks.push_str(&output::output(number, cell, report, around));
        let in_caption = cell.caption.as_ref().map_or(0, |caption| caption.items);
        let reports = &self.reports[number..=number + in_caption];
        blocks.extend(reports.iter().flat_map(ItemReport::errors).map(notice));
        let folded = cell.options.echo == Echo::Folded;
        let lets = if cell.options.echo == Echo::Hidden { String::new() } else { lets(report) };
        let parts = [lets.as_str(), if folded { "</details>" } else { "" }, &blocks];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let mut block: String = parts.map(|part| set_off(&cell.prefix, part)).collect();
        // An `output` fence outside the cell's list item or quote parts it from the next one.
        if let Some(pinned) = cell.pinned.as_ref().filter(|pinned| pinned.prefix != cell.prefix) {
            block.push_str(&set_off(&pinned.prefix, "<!-- -->"));
        }

        let end = cell.pinned.as_ref().map_or(cell.span.end, |pinned| pinned.span.end);
        let hidden = cell.options.echo == Echo::Hidden;
        let close = cell.unclosed.as_ref().filter(|_| cell.pinned.is_none() && !hidden);
        let close = close.map(|marks| format!("{}{marks}\n", cell.prefix)).unwrap_or_default();
        let ends_line = self.text()[..end].ends_with('\n');
        // A pinned output that is not closed takes the end of its line along.
        let newline = end > cell.span.end && ends_line && !self.text()[..cell.span.end].ends_with('\n');
        let after = if newline { "\n".to_owned() } else { String::new() } + &close + &block;
        let after = if after.is_empty() || ends_line {
            after
        } else {
            format!("\n{}", after.strip_suffix('\n').unwrap_or(&after))
        };
        if hidden {
            return vec![Splice::new(cell.span.start..end, after.trim_start())];
        }
        let mut splices = Vec::new();
        if folded {
            let mut context = Context::new();
            context.insert("name", &self.name_of(cell));
            let open = render("fold.html", &context);
            let prefix = &cell.prefix;
            let text = format!("{open}\n{}\n{prefix}", prefix.trim_end());
            splices.push(Splice::insertion(cell.span.start, text));
        }
        if cell.marks == Marks::Other {
            // mdBook shows as Rust what begins with that word.
            let comma = if cell.info.is_empty() { "" } else { "," };
            splices.push(Splice::insertion(cell.info.start, format!("rust{comma}")));
        }
        // What shares a scope can't be run elsewhere by itself; a block that stands alone keeps what its book gives it.
        let shares = self.lesson.scope == Scope::Lesson;
        if shares && cell.marks != Marks::Indented && !self.text()[cell.info.clone()].contains("noplayground") {
            splices.push(Splice::insertion(cell.info.end, ",noplayground"));
        }
        if !cell.options_span.is_empty() {
            let before = &self.text()[..cell.options_span.start];
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let rest = &self.text()[cell.options_span.end..];
            let end = cell.options_span.end + rest.find('\n').map_or(rest.len(), |newline| newline + 1);
            splices.push(Splice::new(start..end, ""));
        }
        if !after.is_empty() || end != cell.span.end {
            splices.push(Splice::new(cell.span.end..end, after));
        }
        splices
    }

    /// What a labelled cell is called.
    fn name_of(&self, cell: &Cell) -> Option<String> {
        let label = cell.options.label.as_deref()?;
        Some(self.index.labels.get(label)?.name())
    }

    /// The way to the file with what a cell's figures show.
    fn data(&self, number: usize, cell: &Cell, report: &ItemReport) -> Option<String> {
        let name = self.index.rows.name(&self.lesson.path);
        let path = export::data_path(&name, (number, cell), report).filter(|_| self.files)?;
        Some(way(&self.lesson.path, Path::new(&path)))
    }

    /// A caption as HTML; `first` is the number of its first item.
    fn caption(&self, first: usize, caption: &Caption) -> String {
        let behind = caption.parts.iter().skip(1).map(Some).chain([None]);
        let mut marks = "";
        let events = caption.parts.iter().zip(behind).map(|(part, behind)| match (part, behind) {
            (CaptionPart::Markup(Event::Text(text)), _) => {
                Event::Text(text[std::mem::take(&mut marks).len()..].to_owned().into())
            }
            (CaptionPart::Markup(event), _) => event.clone(),
            (CaptionPart::Item(number), behind) => {
                if let Some(CaptionPart::Markup(Event::Text(text))) = behind {
                    marks = belonging(text);
                }
                Event::InlineHtml(joined(&self.item_html(first + number), marks).into())
            }
            (CaptionPart::Open(number), _) => Event::InlineHtml(self.around(first + number).0.into()),
            (CaptionPart::Close(number), _) => Event::InlineHtml(self.around(first + number).1.into()),
        });
        let mut html = String::new();
        push_html(&mut html, events);
        html::one_line(&html.replace('\n', " "))
    }

    /// A formula or an inline value as HTML.
    fn item_html(&self, number: usize) -> String {
        let report = &self.reports[number];
        match &self.lesson.items[number] {
            Item::Formula(formula) => typeset(formula, report),
            Item::Value(value) => self.value_html(number, value, report),
            _ => String::new(),
        }
    }

    /// What stands before and behind the text of a claim or reference, as HTML.
    fn around(&self, number: usize) -> (String, String) {
        match &self.lesson.items[number] {
            Item::Claim(claim) => self.around_claim(number, claim, &self.reports[number]),
            Item::Reference(reference) => match self.index.labels.get(&reference.label) {
                Some(label) => {
                    let name = if reference.text.is_empty() { label.name() } else { String::new() };
                    let target = label.link_from(&self.lesson.path, &reference.label);
                    (format!("<a href=\"{target}\">{}", html::escape(&name)), "</a>".to_owned())
                }
                None => ("<span class=\"recto-unknown\">".to_owned() + &reference.label, "</span>".to_owned()),
            },
            _ => Default::default(),
        }
    }

    fn value(&self, number: usize, value: &Placeholder, report: &ItemReport) -> Splice {
        Splice::new(value.span.clone(), self.value_html(number, value, report))
    }

    fn value_html(&self, number: usize, value: &Placeholder, report: &ItemReport) -> String {
        match &value.content {
            ValueSpan::Literal(text) => format!("<code>{}</code>", html::inline(&html::escape(text))),
            ValueSpan::Computed(source) => {
                let computed = &report.run.value;
                let mut context = Context::new();
                context.insert("text", computed.as_deref().unwrap_or(source.text()));
                context.insert("known", &computed.is_some());
                context.insert("anchor", &self.anchor(number));
                html::inline(&render("value.html", &context))
            }
        }
    }

    /// What stands before and behind the text of a claim.
    fn around_claim(&self, number: usize, claim: &Claim, report: &ItemReport) -> (String, String) {
        let mut context = Context::new();
        let right = report.verdict == Verdict::Right && report.run.numbers.is_some();
        context.insert("right", &right);
        context.insert("wrong", &(report.verdict == Verdict::Wrong));
        context.insert("expression", claim.expression.text().trim());
        context.insert("anchor", &self.anchor(number));
        // mdBook makes a link of each heading, and no link holds another.
        let in_heading =
            self.lesson.sections[self.lesson.section_at(claim.span.start)].heading.contains(&claim.span.start);
        let row = self.index.rows.row(&self.lesson.path, number);
        context.insert("row", &row.filter(|_| !in_heading));
        let whole = html::inline(&render("claim.html", &context));
        // The claim's text stays markdown; the template says what stands before and after it.
        let (before, after) = whole.split_once("TEXT").unwrap_or((&whole, ""));
        (before.to_owned(), after.to_owned())
    }

    fn claim(&self, number: usize, claim: &Claim, report: &ItemReport) -> Vec<Splice> {
        let (before, after) = self.around_claim(number, claim, report);
        // Only what is short enough to stay on one line is held together with what follows.
        let mut prose = claim.pieces.iter().filter(|piece| !piece.math);
        let short = prose.all(|piece| piece.text.matches(' ').count() < 2);
        let display = self.text()[claim.text.clone()].starts_with("$$");
        let marks = if short && !display { self.belonging(claim.span.end) } else { "" };
        let (open, close) = if marks.is_empty() { ("", "") } else { JOINED };
        let mut splices = vec![Splice::new(
            claim.span.start..claim.text.start,
            format!("{open}{before}"),
        )];
        for piece in claim.pieces.iter().filter(|piece| !piece.math) {
            if self.text().get(piece.start..piece.start + piece.text.len()) == Some(&piece.text) {
                splices.extend(kept_together(&piece.text, piece.start));
            }
        }
        // Of a longer one, the formula at its end is held together with it: a line may begin behind a formula.
        let is_last = |item: &&Item| matches!(item, Item::Formula(it) if it.span.end == claim.text.end);
        let last = self.lesson.items[number + 1..].iter().take(claim.pieces.len()).find(is_last);
        let followed = !short && !display && !self.belonging(claim.span.end).is_empty();
        let mut ends = "";
        if let Some(Item::Formula(formula)) = last.filter(|_| followed) {
            splices.push(Splice::insertion(formula.span.start, JOINED.0));
            ends = JOINED.1;
        }
        let end = claim.span.end + marks.len();
        splices.push(Splice::new(claim.text.end..end, format!("{ends}{after}{marks}{close}")));
        splices
    }

    fn formula(&self, formula: &Formula, report: &ItemReport) -> Splice {
        let html = typeset(formula, report);
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
        let marks = if formula.display { "" } else { self.belonging(formula.span.end) };
        let range = formula.span.start..formula.span.end + marks.len();
        Splice::new(range, joined(&html, marks))
    }

    /// The bold words of a definition or theorem, with its number behind the first of them.
    fn statement(&self, statement: &Statement) -> Vec<Splice> {
        let known = |name: &String| Some((name.clone(), self.index.labels.get(name)?));
        let (id, number) = match statement.label.as_ref().and_then(known) {
            Some((name, label)) => (format!(" id=\"{name}\""), format!("\u{a0}{}", label.number)),
            None => (String::new(), String::new()),
        };
        let open = format!("<span class=\"recto-statement\"{id}>");
        vec![
            Splice::insertion(statement.title.start, open),
            Splice::insertion(statement.word_end, number),
            Splice::new(statement.label_span.clone(), "</span>"),
        ]
    }

    /// A link in markdown, for mdBook to find the page.
    fn reference(&self, reference: &Reference) -> Vec<Splice> {
        let Reference { span, text, label: name } = reference;
        match self.index.labels.get(name) {
            Some(label) if text.is_empty() => {
                let target = label.link_from(&self.lesson.path, name);
                let name = if self.begins_sentence(span.start) {
                    label.name_with_capital()
                } else {
                    label.name()
                };
                let name = html::inline(&html::escape(&name));
                vec![Splice::new(span.clone(), format!("[{name}]({target})"))]
            }
            Some(label) => {
                let target = label.link_from(&self.lesson.path, name);
                vec![Splice::new(text.end..span.end, format!("]({target})"))]
            }
            None if text.is_empty() => {
                let name = html::inline(&html::escape(name));
                vec![Splice::new(
                    span.clone(),
                    format!("<span class=\"recto-unknown\">{name}</span>"),
                )]
            }
            None => unlinked(span, text),
        }
    }

    /// What is woven in for no item.
    fn page(&self) -> Vec<Splice> {
        let mut splices = Vec::new();
        self.headings(&mut splices);
        self.exercises(&mut splices);
        splices.extend(self.lesson.terms.iter().flat_map(term));
        self.fragments(&mut splices);
        if let Some(part) = self.index.rows.part(&self.lesson.path).filter(|_| self.lesson.has_program()) {
            // The last line of a lesson leads to its part of the verification page.
            let mut context = Context::new();
            context.insert("part", &part);
            let close = self.lesson.unclosed.as_ref().map(|marks| format!("\n{marks}")).unwrap_or_default();
            let end = format!("{close}\n\n{}\n", render("lesson-end.html", &context));
            splices.push(Splice::insertion(self.text().len(), end));
        }
        if let Some(span) = &self.lesson.bibliography
            && self.index.citations.page() == Some(&self.lesson.path)
        {
            splices.push(Splice::new(span.clone(), references(&self.index.citations, &self.lesson.path)));
        }
        splices.extend(self.lesson.settings_span.clone().map(|span| Splice::new(span, "")));
        splices
    }

    /// Headings begin with their numbers, those of labelled exercises with their names.
    fn headings(&self, splices: &mut Vec<Splice>) {
        for section in &self.lesson.sections {
            let label = section.label.as_ref().and_then(|label| self.index.labels.get(label));
            let label = label.filter(|label| label.kind == LabelKind::Exercise);
            let before = match (label, &section.number) {
                (Some(label), _) => format!("{}. ", label.name()),
                (None, Some(number)) => format!("<span class=\"recto-section\">{number}</span> "),
                (None, None) => continue,
            };
            splices.push(Splice::insertion(self.start_of_title(&section.heading), before));
        }
    }

    /// Below the heading of an exercise, what it is; before its first fold, or at its end, what a reader types.
    fn exercises(&self, splices: &mut Vec<Splice>) {
        for section in &self.lesson.sections {
            let Some(exercise) = &section.exercise else { continue };
            let words = exercise.words();
            if !words.is_empty() {
                let line = format!("\n<p class=\"recto-exercise\">{words}</p>\n\n");
                splices.push(Splice::insertion(section.heading.end, line));
            }
            let items = self.lesson.items.iter().zip(self.reports);
            let here = items.filter(|(item, _)| section.span.contains(&item.span().start));
            let forms: String = here.filter_map(|(_, report)| report.answer.as_ref()).map(answer_form).collect();
            if !forms.is_empty() {
                let blocks = self.lesson.blocks.iter().filter(|block| section.span.contains(&block.start));
                let fold = blocks.map(|block| block.start).find(|at| self.text()[*at..].starts_with("<details"));
                splices.push(Splice::insertion(fold.unwrap_or(section.span.end), format!("\n\n{forms}\n\n")));
            }
        }
    }

    /// Where the text of a heading begins.
    fn start_of_title(&self, heading: &Range<usize>) -> usize {
        let text = &self.text()[heading.clone()];
        let title = text.trim_start_matches('#');
        let is_marked = title.len() < text.len() && title.starts_with([' ', '\t']);
        let title = if is_marked { title.trim_start_matches([' ', '\t']) } else { text };
        heading.start + text.len() - title.len()
    }

    /// Whether a sentence begins at a position: a block does, or a sentence ends before it.
    fn begins_sentence(&self, position: usize) -> bool {
        let begins_block = self.lesson.blocks.iter().any(|block| block.start == position);
        begins_block || self.text()[..position].trim_end().ends_with(['.', '!', '?'])
    }

    /// Headings in which something is woven get the fragment that links to them were checked against.
    fn fragments(&self, splices: &mut Vec<Splice>) {
        for anchor in &self.lesson.outline.headings {
            splices.extend(anchor.write.map(|write| match write {
                IdInsertion::Block(at) => Splice::insertion(at, format!(" {{#{}}}", anchor.id)),
                IdInsertion::Attribute(at) => Splice::insertion(at, format!("#{} ", anchor.id)),
            }));
        }
    }

    /// What is wrong with no item: a mark in prose and behind links, a notice before any other block, or at the top of
    /// the page where there is no place.
    fn loose(&self, problem: &Problem) -> Splice {
        let Some((position, place)) = problem.place.as_ref().and_then(|place| Some((place.position?, place))) else {
            return Splice::insertion(0, format!("{}\n\n", notice(problem)));
        };
        let is_free =
            |at: usize| !self.lesson.items.iter().map(Item::span).any(|span| span.start < at && at < span.end);
        let mut links = self.lesson.outline.links.iter().filter(|link| link.inline);
        let link = links.find(|link| link.span.contains(&position)).map(|link| link.span.end);
        let prose = self.lesson.text.iter().find(|run| run.contains(&position));
        let prose = prose.map(|run| (position + place.span.len()).min(run.end));
        if let Some(at) = link.or(prose).filter(|at| is_free(*at) && !self.lesson.is_in_html(position)) {
            return Splice::insertion(at, mark(problem));
        }
        let block = self.lesson.blocks.iter().rfind(|block| block.start <= position);
        Splice::insertion(block.map_or(0, |block| block.start), format!("{}\n\n", notice(problem)))
    }

    /// An item's name on the page, for its row on the verification page to lead to.
    fn anchor(&self, number: usize) -> Option<String> {
        self.index.rows.chapter().map(|_| index::anchor(number))
    }

    /// What belongs to the mathematics that ends at a position.
    fn belonging(&self, end: usize) -> &str {
        belonging(&self.text()[end..])
    }
}

/// The name of a term, for the index to lead to.
fn term(term: &Term) -> Vec<Splice> {
    let Term { label, span, is_element, .. } = term;
    if *is_element {
        return vec![Splice::insertion(span.start + "<dfn".len(), format!(" id=\"{label}\""))];
    }
    vec![
        Splice::insertion(span.start, format!("<dfn id=\"{label}\">")),
        Splice::insertion(span.end, "</dfn>"),
    ]
}

/// Where a reader types an answer.
fn answer_form(answer: &Answer) -> String {
    let mut context = Context::new();
    context.insert("id", &answer.id);
    context.insert("name", &answer.name);
    context.insert("whole", &answer.whole);
    context.insert("step", &format!("{:?}", answer.step));
    context.insert("offset", &format!("{:?}", answer.offset));
    context.insert("hash", &answer.hash);
    context.insert("precision", &answer.precision);
    render("answer.html", &context)
}

/// A formula as HTML; as code where it can't be typeset.
fn typeset(formula: &Formula, report: &ItemReport) -> String {
    match &report.typeset {
        Some(mathml) => html::inline(mathml),
        None => format!("<code>{}</code>", html::inline(&html::escape(&formula.latex))),
    }
}

/// A link of which only the text stays. It is held apart from what stands before it: text such as `-` or `3.` would begin
/// a list, and backticks would meet others.
fn unlinked(span: &Range<usize>, text: &Range<usize>) -> Vec<Splice> {
    vec![
        Splice::new(span.start..text.start, "<span>"),
        Splice::new(text.end..span.end, "</span>"),
    ]
}

/// A relation sign and its number stay on one line.
fn kept_together(text: &str, start: usize) -> impl Iterator<Item = Splice> {
    let signs = text.match_indices(['≈', '<', '>', '≤', '≥', '=', '~', '±']);
    signs.filter_map(move |(at, sign)| {
        let space = at + sign.len();
        let range = start + space..start + space + 1;
        text[space..].starts_with(' ').then(|| Splice::new(range, "\u{a0}"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::{Book, Scope, samples};
    use crate::verify::{Facet, Finding};

    /// A lesson of which nothing was run, and what it becomes; a draft shows what is wrong with its text.
    fn woven(book: &Book, draft: bool) -> Result<(String, String), TestCaseError> {
        let lesson = &book.lessons[0];
        let mut checked = Checked {
            lesson,
            tangled: Default::default(),
            transcript: Default::default(),
            items: vec![ItemReport::default(); lesson.items.len()],
            loose: Vec::new(),
            coverage: Default::default(),
        };
        for (item, problem) in lesson.problems.iter().filter(|_| draft).cloned() {
            let facet = Facet::Itself;
            match item {
                Some(item) => checked.items[item].findings.push(Finding { facet, problem }),
                None => checked.loose.push(problem),
            }
        }
        let woven = weave(&checked, &Index::of(book), true);
        let woven = woven.map_err(|failure| TestCaseError::fail(failure.to_string()))?;
        Ok((lesson.document.text().to_owned(), woven))
    }

    proptest! {
        #[test]
        fn what_recto_does_not_act_on_stays(text in samples::prose()) {
            // Where each fence stands alone, code without a language is Rust.
            let has_cell = samples::book(&text, Scope::Block).lessons[0].cells().next().is_some();
            let scopes = [Scope::Lesson, Scope::Block];
            for scope in scopes.into_iter().filter(|scope| *scope == Scope::Lesson || !has_cell) {
                let (text, woven) = woven(&samples::book(&text, scope), false)?;
                prop_assert_eq!(text, woven);
            }
        }

        #[test]
        fn nothing_stands_in_one_place_twice(text in prop_oneof![samples::text(), samples::code()]) {
            for scope in [Scope::Lesson, Scope::Block] {
                woven(&samples::numbered(samples::book(&text, scope)), true)?;
            }
        }
    }
}
