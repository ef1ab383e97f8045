//! A chapter as data: its cells, claims, inline values, formulas and sections, each with its byte span.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cell::{Cell, Mode};
use super::citation::Citation;
use super::config::Scope;
use super::exercise::{Asked, Exercise};
use super::label::LabelKind;
use super::limits::{Digits, Limits, Points};
use super::mapped_text::MappedText;
use super::outline::{Link, LinkKind, Outline};
use super::seen::Seen;
use super::shake::Shake;
use super::symbols::Symbols;
use super::tag::EquationTag;
use super::term::Term;
use crate::problem::{Blamed, Kind, Problem, nearest};
use crate::site::normal;
use crate::source::{Document, Place};

/// A chapter as recto sees it.
#[derive(Clone, Debug)]
pub(crate) struct Lesson {
    /// Path below the book's source folder.
    pub(crate) path: PathBuf,
    /// The book's folder.
    pub(crate) root: PathBuf,
    /// Path below the book's folder.
    pub(crate) file: PathBuf,
    /// Name of its program, the only one in the book: the path in letters, digits and `-`.
    pub(crate) name: String,
    pub(crate) title: String,
    /// Where `SUMMARY.md` has the title, if there is a number in it.
    pub(crate) listed: Option<Place>,
    /// The chapter's number, as `4` or `4.1`; prefix and suffix chapters have none.
    pub(crate) number: Option<String>,
    /// The text, includes in place.
    pub(crate) document: Document,
    pub(crate) scope: Scope,
    /// What its programs may use.
    pub(crate) limits: Limits,
    /// How far its cells are optimised, 0 to 3.
    pub(crate) opt_level: u8,
    /// Significant digits of numbers that its cells show.
    pub(crate) digits: Digits,
    /// What symbols of formulas stand for.
    pub(crate) symbols: Symbols,
    /// At how many points a claim over a range is looked at.
    pub(crate) points: Points,
    /// What must hold under other conditions, too.
    pub(crate) shake: Shake,
    /// Pages say of what type the names are that cells bind, and what small values they have.
    pub(crate) lets: bool,
    /// What is to be run, checked or turned into something else, in the order of the page.
    pub(crate) items: Vec<Item>,
    /// The stretches of prose, outside of code, claims and formulas.
    pub(crate) text: Vec<Range<usize>>,
    /// What readers see of it.
    pub(crate) seen: Vec<Seen>,
    /// Whether every result in the prose must be bound to code.
    pub(crate) verified: bool,
    /// What it links to, and what in it can be linked to.
    pub(crate) outline: Outline,
    /// Where its paragraphs, headings, lists and the like stand, without those in others.
    pub(crate) blocks: Vec<Range<usize>>,
    /// What closes the last fence of the text, where it is no cell and never closed.
    pub(crate) unclosed: Option<String>,
    /// The terms that it defines; each is there once.
    pub(crate) terms: Vec<Term>,
    /// The page's sections, first to last; the first one has no heading.
    pub(crate) sections: Vec<Section>,
    /// The settings comment, to be left out of the page.
    pub(crate) settings_span: Option<Range<usize>>,
    /// The comment `<!-- recto bibliography -->`, in whose place the list of what the book cites stands.
    pub(crate) bibliography: Option<Range<usize>>,
    /// What is wrong with the text itself.
    pub(crate) problems: Vec<Blamed>,
}

/// A thing on the page that recto acts on.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// A ` ```rust ` fence.
    Cell(Box<Cell>),
    /// A code span that is a format placeholder.
    Value(Placeholder),
    Claim(Claim),
    Formula(Formula),
    Reference(Reference),
    Citation(Citation),
    /// A block quote that is a definition, a theorem, …
    Statement(Statement),
    /// A number that is no result, and marked as such.
    Exempt(Exempt),
}

impl Item {
    /// Where the item stands.
    pub(crate) fn span(&self) -> Range<usize> {
        match self {
            Item::Cell(cell) => cell.span.clone(),
            Item::Value(value) => value.span.clone(),
            Item::Claim(claim) => claim.span.clone(),
            Item::Formula(formula) => formula.span.clone(),
            Item::Reference(reference) => reference.span.clone(),
            Item::Citation(citation) => citation.span.clone(),
            Item::Statement(statement) => statement.title.start..statement.label_span.end,
            Item::Exempt(given) => given.span.clone(),
        }
    }

    /// What is written in braces behind it, to refer to it.
    pub(super) fn label(&self) -> Option<&str> {
        match self {
            Item::Formula(formula) => formula.label.as_deref(),
            Item::Statement(statement) => statement.label.as_deref(),
            _ => None,
        }
    }

    /// An item that was read in a text, in the document in which the text stands.
    pub(super) fn through(self, outer: &MappedText) -> Item {
        match self {
            Item::Claim(claim) => Item::Claim(claim.through(outer)),
            Item::Value(Placeholder { span, content }) => Item::Value(Placeholder {
                span: outer.range(span),
                content: match content {
                    ValueSpan::Computed(text) => ValueSpan::Computed(text.through(outer)),
                    literal @ ValueSpan::Literal(_) => literal,
                },
            }),
            Item::Formula(formula) => Item::Formula(Formula {
                span: outer.range(formula.span),
                latex_span: outer.range(formula.latex_span),
                ..formula
            }),
            Item::Reference(Reference { span, text, label }) => Item::Reference(Reference {
                span: outer.range(span),
                text: outer.range(text),
                label,
            }),
            Item::Exempt(Exempt { span, text }) => Item::Exempt(Exempt {
                span: outer.range(span),
                text: outer.range(text),
            }),
            other @ (Item::Cell(_) | Item::Citation(_) | Item::Statement(_)) => other,
        }
    }

    /// Whether a run decides about it.
    pub(crate) fn is_checked(&self) -> bool {
        match self {
            Item::Cell(cell) => cell.mode != Mode::Ignore,
            Item::Value(value) => matches!(value.content, ValueSpan::Computed(_)),
            Item::Claim(_) => true,
            Item::Formula(_) | Item::Reference(_) | Item::Citation(_) | Item::Statement(_) | Item::Exempt(_) => false,
        }
    }
}

/// `` `{kappa:.3}` ``.
#[derive(Clone, Debug)]
pub(crate) struct Placeholder {
    /// The code span with its backticks.
    pub(crate) span: Range<usize>,
    /// What stands in it.
    pub(crate) content: ValueSpan,
}

/// What a code span in braces stands for.
#[derive(Clone, Debug)]
pub(crate) enum ValueSpan {
    /// The text between the braces, expression and format together, to be computed.
    Computed(MappedText),
    /// Doubled braces: this text as code.
    Literal(String),
}

impl ValueSpan {
    /// What a code span stands for, if it is one in braces; `written` is the span with its backticks, which stands at
    /// `start`.
    pub(crate) fn read(code: &str, written: &str, start: usize) -> Option<ValueSpan> {
        let in_braces = |text: &str| Some(text.strip_prefix('{')?.strip_suffix('}')?.to_owned());
        let text = in_braces(code.trim())?;
        if let Some(doubled) = in_braces(&text) {
            Some(ValueSpan::Literal(format!("{{{doubled}}}")))
        } else if text.is_empty() || text.starts_with(':') {
            None // a placeholder that names nothing, as prose about format strings has it
        } else {
            let brace = written.find('{').map_or(0, |brace| brace + 1);
            Some(ValueSpan::Computed(MappedText::read(&text, &written[brace..], start + brace)))
        }
    }
}

/// `[10](=kappa)`.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) span: Range<usize>,
    /// The link's text, between the brackets.
    pub(crate) text: Range<usize>,
    /// Prose and mathematics of the text, in order.
    pub(crate) pieces: Vec<ClaimPiece>,
    /// The text as the reader sees it, formulas apart.
    pub(crate) seen: String,
    pub(crate) expression: MappedText,
    /// Its number is the answer to an exercise.
    pub(crate) asked: Option<Asked>,
}

/// A stretch of a claim's text.
#[derive(Clone, Debug)]
pub(crate) struct ClaimPiece {
    /// Whether it is LaTeX, between dollars.
    pub(crate) math: bool,
    pub(crate) text: String,
    pub(crate) start: usize,
}

/// A formula.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    /// The formula with its dollars, and its label.
    pub(crate) span: Range<usize>,
    /// The LaTeX between the dollars.
    pub(crate) latex: String,
    pub(crate) latex_span: Range<usize>,
    /// `$$…$$`.
    pub(crate) display: bool,
    /// `{#eq-name}` after the formula.
    pub(crate) label: Option<String>,
    /// It stands in a claim, or in what is marked as given.
    pub(crate) bound: bool,
}

/// `> **Theorem (Kantorovich).** {#thm-kantorovich} …`.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// What it is, by its first word.
    pub(crate) kind: LabelKind,
    /// The bold words, with their asterisks.
    pub(crate) title: Range<usize>,
    /// Behind the first word.
    pub(crate) word_end: usize,
    /// `{#thm-name}` behind the title; empty at its end where there is none.
    pub(crate) label_span: Range<usize>,
    pub(crate) label: Option<String>,
}

/// `[110](given)`: a number that no code computes, such as one quoted from elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Exempt {
    pub(crate) span: Range<usize>,
    pub(crate) text: Range<usize>,
}

impl Formula {
    /// A formula without a label; the span is that of its dollars too.
    pub(super) fn new(latex: String, display: bool, bound: bool, span: Range<usize>) -> Formula {
        let marks = if display { 2 } else { 1 };
        Formula {
            latex_span: span.start + marks..span.end - marks,
            span,
            latex,
            display,
            label: None,
            bound,
        }
    }

    /// The number that the author gives a display formula.
    pub(crate) fn tag(&self) -> Option<EquationTag> {
        let split = EquationTag::split(&self.latex).filter(|_| self.display);
        split.map(|(_, tag)| tag)
    }
}

/// `[](#fig-bowl)`.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) span: Range<usize>,
    /// The link's own text; empty where the label's name is to be filled in.
    pub(crate) text: Range<usize>,
    pub(crate) label: String,
}

/// A stretch of the page from one heading to the next.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// The heading's text; the chapter's title before the first heading.
    pub(crate) title: String,
    /// From the heading to the next one.
    pub(crate) span: Range<usize>,
    /// The heading itself; empty before the first one.
    pub(crate) heading: Range<usize>,
    /// `{#sec-name}` after the heading.
    pub(crate) label: Option<String>,
    /// Its number, as `3.2`, or that of the chapter.
    pub(crate) number: Option<String>,
    /// `{#ex-name .compute .easy}` after the heading.
    pub(crate) exercise: Option<Exercise>,
}

impl Lesson {
    /// The path of one of its files below the book's folder.
    pub(crate) fn below_root(&self, path: &Path) -> PathBuf {
        // A chapter from another preprocessor has no other path.
        if path == self.path {
            return self.file.clone();
        }
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        normal(below).unwrap_or_else(|| below.to_path_buf())
    }

    /// The cells, in order.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.items.iter().filter_map(|item| match item {
            Item::Cell(cell) => Some(&**cell),
            _ => None,
        })
    }

    /// The cells with a time limit of their own, by the index of the item.
    pub(crate) fn time_limits(&self) -> impl Iterator<Item = (usize, Duration)> {
        self.items.iter().enumerate().filter_map(|(index, item)| match item {
            Item::Cell(cell) => Some((index, cell.options.time_limit()?)),
            _ => None,
        })
    }

    /// The longest that it may run.
    pub(crate) fn time_limit(&self) -> Duration {
        self.time_limits().map(|(_, limit)| limit).fold(self.limits.time(), Duration::saturating_add)
    }

    /// Whether anything in it must be compiled.
    pub(crate) fn has_program(&self) -> bool {
        self.items.iter().any(Item::is_checked)
    }

    /// The image in whose description something stands.
    pub(crate) fn image_around(&self, span: &Range<usize>) -> Option<&Link> {
        let mut links = self.outline.links.iter();
        links.find(|link| {
            let is_image = matches!(link.kind, LinkKind::Image { .. });
            is_image && link.span.start < span.start && span.end < link.span.end
        })
    }

    /// Whether raw HTML stands at a position.
    pub(crate) fn is_in_html(&self, position: usize) -> bool {
        self.outline.html.iter().any(|html| html.range(0..html.text().len()).contains(&position))
    }

    /// Whether the settings demand that an item holds under other conditions, too.
    pub(crate) fn demands(&self, item: &Item) -> bool {
        let label = self.sections.get(self.section_at(item.span().start)).and_then(|it| it.label.as_deref());
        let expression = match item {
            Item::Cell(cell) if cell.mode != Mode::Ignore => None,
            Item::Claim(claim) => Some(claim.expression.text().trim()),
            // What an inline value is, the text does not say.
            _ => return false,
        };
        self.shake.demands(&label.into_iter().chain(expression).collect::<Vec<_>>())
    }

    /// A problem for each name in the setting `shake` that is neither a section's nor a claim's.
    pub(super) fn unknown_demands(&self) -> Vec<Problem> {
        let labels = self.sections.iter().filter_map(|section| section.label.as_deref());
        let claims = self.items.iter().filter_map(|item| match item {
            Item::Claim(claim) => Some(claim.expression.text().trim()),
            _ => None,
        });
        let known: Vec<&str> = labels.chain(claims).collect();
        let settings = self.settings_span.clone().unwrap_or_default();
        let problem = |name: &str| {
            let found = self.document.text()[settings.clone()].rfind(name).map(|at| settings.start + at);
            let span = found.map_or(settings.clone(), |start| start..start + name.len());
            let problem = Problem::error(Kind::Settings, format!("`{name}` is no section and no claim of this lesson"));
            let problem = problem.at(self.document.place(span));
            match nearest(name, known.iter().copied()) {
                Some(near) => problem.did_you_mean(near),
                None => problem.help("name sections by their labels and claims by their expressions, or write `all`"),
            }
        };
        self.shake.unknown(&known).map(problem).collect()
    }

    /// The exercise in which a position of the text stands: its label and its section.
    pub(crate) fn exercise_at(&self, position: usize) -> Option<(&str, &Section)> {
        let section = self.sections.get(self.section_at(position))?;
        section.exercise.as_ref()?;
        Some((section.label.as_deref()?, section))
    }

    /// Index of the section in which a position of the text stands.
    pub(crate) fn section_at(&self, position: usize) -> usize {
        self.sections.partition_point(|section| section.span.start <= position).saturating_sub(1)
    }
}

/// A line of `SUMMARY.md`.
#[derive(Clone, Debug)]
pub(crate) struct Chapter {
    /// Path below the book's source folder.
    pub(crate) path: PathBuf,
    pub(crate) title: String,
    /// Where `SUMMARY.md` has the title, if there is a number in it.
    pub(crate) listed: Option<Place>,
    pub(crate) number: Option<String>,
    /// Whether other chapters stand below it.
    pub(crate) has_parts: bool,
}

impl Chapter {
    /// A chapter whose number mdBook writes with a full stop, as `4.1.`.
    pub(crate) fn new(path: PathBuf, title: String, number: Option<&impl ToString>, has_parts: bool) -> Chapter {
        let number = number.map(|number| number.to_string().trim_end_matches('.').to_owned());
        Chapter {
            path,
            title,
            listed: None,
            number,
            has_parts,
        }
    }
}
