//! Everything that was checked, entry by entry, as data.
//!
//! In: the lessons as they were checked, and what they ran on. Out: a [`Report`]. The verification
//! pages ([`page`]) and `verification.json` are views of it, as the command's last line is. It holds no
//! times and no paths of the machine, so that two builds of the same book are the same bytes.

mod comparable;
mod content;
mod mutations;
pub(crate) mod page;

pub(crate) use content::{Content, Part, PartKind};

use std::path::{Path, PathBuf};

use comparable::ShowsEntry;
use mutations::{MutationEntry, RestsEntry};
use serde::Serialize;

use crate::claim_text::Relation;
use crate::export;
use crate::html;
use crate::index::{Index, Label, anchor};
use crate::math;
use crate::mutate::Findings;
use crate::problem::{Problem, Severity, count_each};
use crate::read::{self, Book, Cell, Claim, CodeLine, Example, Item, Lesson, Mode, Scope, ValueSpan};
use crate::run::Environment;
use crate::site::{address, normal, page_of, with_slashes};
use crate::source::Place;
use crate::templates::VERIFICATION_SCHEMA;
use crate::verify::{
    Checked, ComparedFormula, ComparedPart, Facet, ItemReport, Margin, Precision, ShownValue, Tolerance, Verdict,
    relations, wildcards,
};

/// Version of the form of `verification.json`; the schema says what it is.
const FORMAT: u32 = 2;

/// Everything that was checked in a book.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Version of this form.
    pub(crate) format: u32,
    pub(crate) book: Option<String>,
    /// Whether nothing is wrong; a draft may be published although something is.
    pub(crate) verified: bool,
    pub(crate) totals: Totals,
    /// What the lessons ran on.
    pub(crate) environment: Environment,
    /// The chapters with something to check, in the order of the book.
    pub(crate) lessons: Vec<LessonEntry>,
    /// What must stand on the page of each chapter.
    #[serde(skip)]
    pub(crate) contents: Vec<Content>,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    /// Chapters with something to run.
    pub(crate) lessons: usize,
    pub(crate) examples: usize,
    /// Cells, without the ignored ones.
    pub(crate) cells: usize,
    pub(crate) claims: usize,
    /// Claims among them whose number readers are asked for.
    pub(crate) answers: usize,
    pub(crate) values: usize,
    pub(crate) outputs: usize,
    pub(crate) figures: usize,
    pub(crate) references: usize,
    pub(crate) citations: usize,
    /// Relations that formulas state, and those among them that claims check.
    pub(crate) relations: usize,
    pub(crate) relations_checked: usize,
    /// Programs that ran on other machines.
    pub(crate) imported: usize,
    /// Links and images that recto found wrong, and that the book does not want to have checked.
    pub(crate) links_unchecked: usize,
    pub(crate) images_unchecked: usize,
    pub(crate) wrong: usize,
    pub(crate) not_run: usize,
}

/// A chapter and what was checked in it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LessonEntry {
    /// Its name among the lessons, as `bowl`; the page with its rows is `verification/bowl.html`.
    pub(crate) name: String,
    /// The address of the page, below the book's root.
    pub(crate) page: String,
    /// The markdown, below the folder of `book.toml`.
    pub(crate) source: String,
    pub(crate) title: String,
    pub(crate) number: Option<String>,
    pub(crate) status: Status,
    /// Whether it is marked so that each result in its text must be bound to code.
    pub(crate) covered: bool,
    /// How long its program may run, in seconds.
    pub(crate) time_limit: f64,
    /// Its programs for readers, below the book's root; first that of the whole lesson.
    pub(crate) programs: Vec<String>,
    pub(crate) examples: Vec<ExampleEntry>,
    /// What was checked, in the order of the page.
    pub(crate) checks: Vec<Check>,
    /// What the formulas state.
    pub(crate) formulas: FormulasEntry,
    /// Which results in the text are bound to code; absent where each fence stands alone.
    pub(crate) coverage: Option<CoverageEntry>,
    /// The fragments of its page to which others may link.
    pub(crate) anchors: Vec<String>,
    /// What `recto mutate` found of it; absent where that is not known of it as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mutation: Option<MutationEntry>,
    pub(crate) problems: Vec<ProblemEntry>,
}

/// What the formulas of a chapter state, and which of it nothing checks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FormulasEntry {
    /// Relations, such as `=` and `<`.
    pub(crate) relations: usize,
    /// Those that a claim checks.
    pub(crate) checked: usize,
    /// The formulas that hold the others.
    pub(crate) unchecked: Vec<UncheckedEntry>,
}

/// A formula with relations that nothing checks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UncheckedEntry {
    pub(crate) latex: String,
    pub(crate) relations: usize,
    pub(crate) place: PlaceEntry,
}

/// Which results in the text of a chapter are bound to code.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CoverageEntry {
    /// Claims and inline values.
    pub(crate) bound: usize,
    /// Numbers that are marked as no results.
    pub(crate) given: Vec<GivenEntry>,
    pub(crate) unbound: Vec<UnboundEntry>,
}

/// A number that no code computes, and that says so.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GivenEntry {
    pub(crate) text: String,
    pub(crate) sentence: String,
    pub(crate) place: PlaceEntry,
}

/// A result that no code computes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UnboundEntry {
    pub(crate) text: String,
    pub(crate) place: PlaceEntry,
}

/// A worked example: a section with something to check.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ExampleEntry {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) place: PlaceEntry,
    pub(crate) status: Status,
}

/// A thing that was checked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// The anchor of its row on the page of its lesson's rows.
    pub(crate) id: String,
    /// Its anchor on the lesson's page, where it has one.
    pub(crate) anchor: Option<String>,
    pub(crate) example: Option<String>,
    pub(crate) place: PlaceEntry,
    pub(crate) status: Status,
    pub(crate) problem: Option<String>,
    /// The sentence in which a claim or an inline value stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sentence: Option<String>,
    /// What a claim or an inline value rests on, as far as `recto mutate` found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rests: Option<RestsEntry>,
    /// What it is.
    #[serde(flatten)]
    pub(crate) subject: Subject,
}

/// What was checked, and against what.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Subject {
    /// A cell.
    Cell {
        /// What is to become of it.
        expected: Expected,
        /// Why it must not compile.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Hash of its code.
        blake3: String,
        /// The values that it shows.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        shown: Vec<ShownEntry>,
    },
    /// A claim.
    Claim {
        /// What the page says, as markdown.
        text: String,
        /// The same for the verification page.
        #[serde(skip)]
        html: String,
        expression: String,
        /// The parts of the text that are compared with the value; none where it was not computed.
        parts: Vec<PartEntry>,
        /// The parts of the text that are names of the value.
        names: Vec<String>,
        /// The relations of formulas in it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        formulas: Vec<ComparedEntry>,
        /// At how many points of its range it was looked at.
        #[serde(skip_serializing_if = "Option::is_none")]
        points: Option<usize>,
        /// In row-major order; over a range the least and the largest of each.
        computed: Vec<String>,
        /// How a reader's number is told to be right, where readers are asked for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        answer: Option<AnswerEntry>,
    },
    /// An inline value.
    Value {
        /// Expression and format.
        expression: String,
        /// What the page says; absent where it was not computed.
        text: Option<String>,
    },
    /// Pinned output.
    Output {
        lines: usize,
        /// How many places match any text.
        wildcards: usize,
    },
    /// A figure.
    Figure {
        /// What it is called, as `Figure 3.1`.
        name: Option<String>,
        alt: String,
        /// How many pictures: the frames of a sweep.
        pictures: usize,
        /// What to see in it, as markdown.
        caption: Option<String>,
        shows: ShowsEntry,
    },
    /// A reference.
    Reference {
        label: String,
        /// What is called so, as `Figure 3.1`.
        name: Option<String>,
        /// Where it is, below the book's root.
        target: Option<String>,
    },
    /// A citation.
    Citation {
        /// The keys of the works in the bibliography.
        keys: Vec<String>,
    },
}

/// A value that a cell shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ShownEntry {
    /// As the page has it; a formula as text.
    pub(crate) text: String,
    /// With all digits.
    pub(crate) exact: String,
}

impl ShownEntry {
    fn of(value: &ShownValue) -> ShownEntry {
        ShownEntry {
            text: value.page.clone(),
            exact: value.exact.clone(),
        }
    }
}

/// A part of a claim's text, and how the value is to relate to its numbers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PartEntry {
    pub(crate) relation: Relation,
    pub(crate) stated: Vec<String>,
    pub(crate) values: Vec<String>,
    pub(crate) tolerance: Tolerance,
}

/// A relation of a formula, and how it was checked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ComparedEntry {
    pub(crate) latex: String,
    pub(crate) relation: Relation,
    /// The other side; absent where it is the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) other: Option<String>,
    pub(crate) precision: Precision,
    /// The smallest distance of an inequality's sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) margin: Option<Margin>,
}

impl ComparedEntry {
    fn of(compared: &ComparedFormula) -> ComparedEntry {
        ComparedEntry {
            latex: compared.latex.clone(),
            relation: compared.relation,
            other: compared.other.clone(),
            precision: compared.precision,
            margin: compared.margin.clone(),
        }
    }
}

/// An answer that a reader types.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AnswerEntry {
    /// The label of the exercise, and the place among its answers.
    pub(crate) id: String,
    /// Only a whole number is right.
    pub(crate) whole: bool,
    /// How far from the value a right number may be; half a step.
    pub(crate) within: f64,
}

impl PartEntry {
    fn of(part: &ComparedPart) -> PartEntry {
        PartEntry {
            relation: part.relation,
            stated: part.stated.clone(),
            values: part.values.clone(),
            tolerance: part.tolerance,
        }
    }
}

/// What is to become of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Expected {
    Runs,
    Compiles,
    Panics,
    DoesNotCompile,
}

/// Whether something is right; the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It is.
    Right,
    /// It was not reached, because something else is wrong.
    NotRun,
    /// It is not.
    Wrong,
}

/// A place in a file below the folder of `book.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlaceEntry {
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
}

/// Something wrong or noteworthy.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProblemEntry {
    pub(crate) severity: Severity,
    /// The kind of problem, as in brackets after `error`.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) place: Option<PlaceEntry>,
}

/// What is reported of one chapter.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    entry: LessonEntry,
    content: Content,
    /// How many of its programs ran on other machines.
    imported: usize,
}

impl Reported {
    /// `findings` is what is known of its mutants.
    pub(crate) fn of(book: &Book, index: &Index, checked: &Checked<'_>, findings: Option<&Findings>) -> Reported {
        Reported {
            entry: Survey::of(book, index, checked, findings).lesson(),
            content: Content::of(book, index, checked),
            imported: checked.imported(),
        }
    }

    /// Its entry, if there is something to say of it.
    pub(crate) fn entry(&self) -> Option<&LessonEntry> {
        Some(&self.entry).filter(|entry| !entry.checks.is_empty() || !entry.problems.is_empty())
    }
}

impl Report {
    /// What was checked in a book, chapter by chapter; `verified` says whether nothing is wrong with it as a whole.
    pub(crate) fn of(
        (book, index): (&Book, &Index),
        chapters: Vec<Reported>,
        verified: bool,
        environment: Environment,
    ) -> Report {
        let imported = chapters.iter().map(|chapter| chapter.imported).sum();
        let (mut lessons, mut contents) = (Vec::new(), Vec::new());
        for chapter in chapters {
            lessons.extend(chapter.entry().is_some().then_some(chapter.entry));
            contents.push(chapter.content);
        }
        Report {
            format: FORMAT,
            book: book.settings.title.clone(),
            verified,
            totals: Totals {
                imported,
                links_unchecked: index.unchecked.links,
                images_unchecked: index.unchecked.images,
                ..Totals::of(&lessons)
            },
            environment,
            lessons,
            contents,
        }
    }

    /// The files that stand beside the page.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = [
            ("verification.json", self.json()),
            ("verification.schema.json", VERIFICATION_SCHEMA.to_owned()),
        ];
        files.map(|(name, text)| (name.to_owned(), text.into_bytes())).into()
    }

    /// As JSON, in the form of `verification.schema.json`.
    pub(crate) fn json(&self) -> String {
        // Plain data always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl Totals {
    /// What recto found wrong and the book does not want to have checked, `3 links, 1 image`; empty where there is none.
    pub(crate) fn unchecked(&self) -> String {
        count_each(&[(self.links_unchecked, "link"), (self.images_unchecked, "image")])
    }

    fn of(lessons: &[LessonEntry]) -> Totals {
        let mut totals = Totals::default();
        for lesson in lessons {
            let mut has_program = false;
            totals.examples += lesson.examples.len();
            totals.relations += lesson.formulas.relations;
            totals.relations_checked += lesson.formulas.checked;
            for check in &lesson.checks {
                totals.answers += usize::from(matches!(check.subject, Subject::Claim { answer: Some(_), .. }));
                let (count, runs) = match check.subject {
                    Subject::Cell { .. } => (&mut totals.cells, true),
                    Subject::Claim { .. } => (&mut totals.claims, true),
                    Subject::Value { .. } => (&mut totals.values, true),
                    Subject::Output { .. } => (&mut totals.outputs, false),
                    Subject::Figure { .. } => (&mut totals.figures, false),
                    Subject::Reference { .. } => (&mut totals.references, false),
                    Subject::Citation { .. } => (&mut totals.citations, false),
                };
                *count += 1;
                has_program |= runs;
                match check.status {
                    Status::Right => {}
                    Status::NotRun => totals.not_run += 1,
                    Status::Wrong => totals.wrong += 1,
                }
            }
            totals.lessons += usize::from(has_program);
        }
        totals
    }
}

/// Reads one lesson's entries off what is known of it.
struct Survey<'a> {
    root: &'a Path,
    lesson: &'a Lesson,
    index: &'a Index,
    checked: &'a Checked<'a>,
    findings: Option<&'a Findings>,
    examples: Vec<Example>,
    name: String,
}

impl<'a> Survey<'a> {
    fn of(book: &'a Book, index: &'a Index, checked: &'a Checked<'a>, findings: Option<&'a Findings>) -> Self {
        Survey {
            root: &book.root,
            lesson: checked.lesson,
            index,
            examples: read::examples(checked.lesson),
            name: index.rows.name(&checked.lesson.path),
            findings,
            checked,
        }
    }

    fn lesson(self) -> LessonEntry {
        let numbers = 0..self.lesson.items.len();
        let subjects = numbers.flat_map(|number| self.subjects(number).into_iter().map(move |it| (number, it)));
        let checks: Vec<Check> = subjects.map(|(number, (facet, it))| self.check(number, facet, it)).collect();
        let worst = |its: &dyn Fn(&&Check) -> bool| checks.iter().filter(its).map(|check| check.status).max();
        let examples = self.examples.iter().map(|example| ExampleEntry {
            name: example.name.clone(),
            title: self.lesson.sections[example.section].title.clone(),
            place: self.place(&self.lesson.document.place(example.span.clone())),
            status: worst(&|check| check.example.as_ref() == Some(&example.name)).unwrap_or(Status::Right),
        });
        let problems = self.checked.problems();
        let is_wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
        LessonEntry {
            page: address(&page_of(&self.lesson.path)),
            // It may begin with an included file.
            source: with_slashes(&self.lesson.file),
            title: self.lesson.title.clone(),
            number: self.lesson.number.clone(),
            status: if is_wrong { Status::Wrong } else { worst(&|_| true).unwrap_or(Status::Right) },
            covered: self.lesson.verified,
            time_limit: self.lesson.time_limit().as_secs_f64(),
            programs: export::paths(&self.name, self.checked),
            examples: examples.collect(),
            formulas: self.formulas(),
            coverage: (self.lesson.scope == Scope::Lesson).then(|| self.coverage()),
            anchors: comparable::anchors(self.index, self.lesson),
            mutation: self.findings.map(|findings| MutationEntry::of(findings, self.checked)),
            problems: problems.iter().map(|problem| self.problem(problem)).collect(),
            checks,
            name: self.name,
        }
    }

    fn formulas(&self) -> FormulasEntry {
        let found = relations(self.lesson, &self.checked.tangled.formulas);
        let unchecked = found.unchecked.into_iter().map(|formula| UncheckedEntry {
            place: self.place(&formula.place),
            latex: formula.latex,
            relations: formula.relations,
        });
        FormulasEntry {
            relations: found.stated,
            checked: found.checked,
            unchecked: unchecked.collect(),
        }
    }

    fn coverage(&self) -> CoverageEntry {
        let found = self.checked.coverage();
        let given = self.lesson.items.iter().enumerate().filter_map(|(number, item)| match item {
            Item::Exempt(given) => Some(GivenEntry {
                text: self.lesson.document.text()[given.text.clone()].to_owned(),
                sentence: self.lesson.sentence(number),
                place: self.place(&self.lesson.document.place(given.span.clone())),
            }),
            _ => None,
        });
        let unbound = found.unbound.iter().map(|unbound| UnboundEntry {
            place: self.place(&unbound.place),
            text: unbound.text.clone(),
        });
        CoverageEntry {
            bound: found.bound,
            given: given.collect(),
            unbound: unbound.collect(),
        }
    }

    /// The entry of a side of an item.
    fn check(&self, number: usize, facet: Facet, subject: Subject) -> Check {
        let (item, report) = (&self.lesson.items[number], &self.checked.items[number]);
        let section = self.lesson.section_at(item.span().start);
        let example = self.examples.iter().find(|example| example.section == section);
        let problem = report.error_of(facet);
        let status = match (problem, facet) {
            (Some(_), _) => Status::Wrong,
            (None, Facet::Itself) if report.verdict == Verdict::NotRun => Status::NotRun,
            (None, Facet::Output | Facet::Figure) if !report.run.completed => Status::NotRun,
            _ => Status::Right,
        };
        let shown = match (facet, item) {
            (Facet::Output, Item::Cell(cell)) => cell.pinned.as_ref().map_or(item.span(), |it| it.span.clone()),
            (_, Item::Cell(cell)) => cell.span.start..cell.info.end,
            _ => item.span(),
        };
        Check {
            id: format!("{}.{number}{}", self.name, suffix(facet)),
            anchor: has_anchor(item, report).then(|| label_or_anchor(number, item)),
            example: example.map(|example| example.name.clone()),
            place: self.place(&self.lesson.document.place(shown)),
            status,
            problem: problem.map(|problem| problem.message.clone()),
            sentence: matches!(item, Item::Claim(_) | Item::Value(_)).then(|| self.lesson.sentence(number)),
            rests: self
                .findings
                .filter(|_| matches!(item, Item::Claim(_) | Item::Value(_)))
                .map(|findings| RestsEntry::of(findings, number)),
            subject,
        }
    }

    /// What is checked of an item; of a cell with a figure and pinned output it is three things.
    fn subjects(&self, number: usize) -> Vec<(Facet, Subject)> {
        let report = &self.checked.items[number];
        let subject = match &self.lesson.items[number] {
            Item::Cell(cell) if cell.mode != Mode::Ignore => {
                let output = cell.pinned.as_ref().map(|pinned| {
                    let lines = pinned.text.lines().count();
                    let wildcards = wildcards(&pinned.text);
                    (Facet::Output, Subject::Output { lines, wildcards })
                });
                let figure = self.figure(cell, report).map(|figure| (Facet::Figure, figure));
                let itself = (Facet::Itself, cell_subject(cell, report));
                return [Some(itself), output, figure].into_iter().flatten().collect();
            }
            Item::Claim(claim) => self.claim(number, claim, report),
            Item::Value(value) => match &value.content {
                ValueSpan::Computed(text) => Subject::Value {
                    expression: text.text().to_owned(),
                    text: report.run.value.clone(),
                },
                ValueSpan::Literal(_) => return Vec::new(),
            },
            Item::Reference(reference) => {
                let label = self.index.labels.get(&reference.label);
                Subject::Reference {
                    label: reference.label.clone(),
                    name: label.map(Label::name),
                    target: label.map(|it| it.address(&reference.label)),
                }
            }
            Item::Citation(citation) => Subject::Citation {
                keys: citation.cites.iter().map(|cite| cite.key.clone()).collect(),
            },
            Item::Cell(_) | Item::Formula(_) | Item::Statement(_) | Item::Exempt(_) => return Vec::new(),
        };
        vec![(Facet::Itself, subject)]
    }

    fn claim(&self, number: usize, claim: &Claim, report: &ItemReport) -> Subject {
        let comparison = report.comparison.as_ref();
        let answer = report.answer.as_ref().map(|answer| AnswerEntry {
            id: answer.id.clone(),
            whole: answer.whole,
            within: if answer.whole { 0.0 } else { answer.step / 2.0 },
        });
        Subject::Claim {
            text: self.claim_markdown(claim),
            html: self.claim_html(number, claim),
            expression: claim.expression.text().trim().to_owned(),
            parts: comparison.map(|it| it.parts.iter().map(PartEntry::of).collect()).unwrap_or_default(),
            names: comparison.map(|it| it.names.clone()).unwrap_or_default(),
            formulas: comparison.map(|it| it.formulas.iter().map(ComparedEntry::of).collect()).unwrap_or_default(),
            points: comparison.and_then(|it| it.points),
            computed: comparison.map(|it| it.computed.clone()).unwrap_or_default(),
            answer,
        }
    }

    /// What a claim says; over ends of lines, without the marks of a quote or option between them.
    fn claim_markdown(&self, claim: &Claim) -> String {
        let written = &self.lesson.document.text()[claim.text.clone()];
        if !written.contains('\n') {
            return written.to_owned();
        }
        let pieces = claim
            .pieces
            .iter()
            .map(|piece| if piece.math { format!("${}$", piece.text) } else { piece.text.clone() });
        pieces.collect()
    }

    /// What a claim says, typeset; its formulas are the items behind it. Their LaTeX is on the page itself and in `text`.
    fn claim_html(&self, number: usize, claim: &Claim) -> String {
        let mut formulas = self.checked.items[number + 1..].iter();
        let pieces = claim.pieces.iter().map(|piece| {
            let typeset = if piece.math {
                formulas.next().and_then(|formula| formula.typeset.as_deref().map(math::bare))
            } else {
                None
            };
            typeset.unwrap_or_else(|| html::escape(&piece.text))
        });
        html::one_line(&pieces.collect::<String>().replace('\n', " "))
    }

    fn figure(&self, cell: &Cell, report: &ItemReport) -> Option<Subject> {
        let pictures = report.pictures();
        let label = cell.options.label.as_ref();
        (pictures > 0).then(|| Subject::Figure {
            name: label.and_then(|label| Some(self.index.labels.get(label)?.name())),
            alt: cell.options.alt.clone().unwrap_or_default(),
            pictures,
            caption: cell.options.caption.clone(),
            shows: ShowsEntry::of(report),
        })
    }

    /// A place as the book knows it: below the folder of `book.toml`, or by its name alone.
    fn place(&self, place: &Place) -> PlaceEntry {
        let (line, column) = place.line_column();
        let path = match place.path().strip_prefix(self.root) {
            Ok(below) => normal(below).unwrap_or_else(|| below.to_path_buf()),
            Err(_) if place.path().is_relative() && self.root == Path::new(".") => place.path().to_path_buf(),
            Err(_) => place.path().file_name().map(PathBuf::from).unwrap_or_default(),
        };
        PlaceEntry { file: with_slashes(&path), line, column }
    }

    fn problem(&self, problem: &Problem) -> ProblemEntry {
        ProblemEntry {
            severity: problem.severity,
            kind: problem.kind.name(),
            message: problem.message.clone(),
            place: problem.place.as_ref().map(|place| self.place(place)),
        }
    }
}

/// How the row of a side of an item is told from the item's own.
fn suffix(facet: Facet) -> &'static str {
    match facet {
        Facet::Itself => "",
        Facet::Output => ".output",
        Facet::Figure => ".figure",
    }
}

/// A cell's own label, or else the anchor of an item.
fn label_or_anchor(index: usize, item: &Item) -> String {
    let label = match item {
        Item::Cell(cell) => cell.options.label.clone(),
        _ => None,
    };
    label.unwrap_or_else(|| anchor(index))
}

fn cell_subject(cell: &Cell, report: &ItemReport) -> Subject {
    let (expected, code) = match &cell.mode {
        Mode::Run | Mode::Ignore => (Expected::Runs, None),
        Mode::NoRun => (Expected::Compiles, None),
        Mode::ShouldPanic => (Expected::Panics, None),
        Mode::CompileFail(codes) => (Expected::DoesNotCompile, (!codes.is_empty()).then(|| codes.join(", "))),
    };
    let shown = if cell.options.output {
        report.values().map(ShownEntry::of).collect()
    } else {
        Vec::new()
    };
    let blake3 = blake3::hash(CodeLine::joined(&cell.lines).as_bytes()).to_hex().to_string();
    Subject::Cell { expected, code, blake3, shown }
}

/// Whether an item can be found on the lesson's page.
fn has_anchor(item: &Item, report: &ItemReport) -> bool {
    match item {
        Item::Claim(_) | Item::Value(_) => true,
        Item::Cell(cell) => cell.options.output && !report.run.output.is_empty(),
        Item::Formula(_) | Item::Reference(_) | Item::Citation(_) | Item::Statement(_) | Item::Exempt(_) => false,
    }
}
