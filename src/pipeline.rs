//! The whole story, top to bottom: read, tangle, run, verify, weave, bind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::apparatus::Apparatus;
pub use crate::bind::Added;
use crate::bind::{Output, bind};
use crate::ledger::{Ledger, Totals, page};
use crate::parallel;
use crate::problem::{Problem, Severity};
use crate::programs;
use crate::read::{self, Book, Lesson};
use crate::run::{self, Choices, Job, Transcript, Watcher, Workspace};
use crate::tangle::{Tangled, tangle};
use crate::verify::{Verdicts, differences, verify};
use crate::weave::{references, weave};

/// A lesson that has been through all stages up to the verdict.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The lesson as it was read.
    pub lesson: &'a Lesson,
    /// Its programs.
    pub tangled: Tangled,
    /// What happened when they ran.
    pub transcript: Transcript,
    /// What is right and what is wrong.
    pub verdicts: Verdicts,
    apparatus: &'a Apparatus,
}

impl Checked<'_> {
    /// What the book's chapters refer to.
    pub fn apparatus(&self) -> &Apparatus {
        self.apparatus
    }

    /// The chapter as markdown with its outputs.
    pub fn woven(&self) -> String {
        weave(
            self.lesson,
            &self.tangled,
            &self.transcript,
            &self.verdicts,
            self.apparatus,
        )
    }
}

/// Tangles, runs and judges some lessons of a book.
///
/// # Errors
/// The environment fails; what is wrong with a lesson is in its verdicts instead.
pub fn check<'a>(
    book: &Book,
    apparatus: &'a Apparatus,
    workspace: &Workspace,
    lessons: &[&'a Lesson],
    choices: &Choices,
    watcher: Watcher<'_>,
) -> Result<Vec<Checked<'a>>, Box<Problem>> {
    let tangled: Vec<Tangled> = parallel::each(lessons, |lesson| tangle(lesson, workspace.edition()));
    let jobs: Vec<Job<'_>> = lessons
        .iter()
        .zip(&tangled)
        .map(|(lesson, tangled)| Job { lesson, tangled })
        .collect();
    let transcripts = run::run(book, workspace, &jobs, choices, watcher)?;
    let again = match choices.twice {
        true => run::run(
            book,
            workspace,
            &jobs,
            &Choices {
                fresh: true,
                ..choices.clone()
            },
            watcher,
        )?,
        false => Vec::new(),
    };
    let mut again = again.into_iter();
    let judged = lessons
        .iter()
        .zip(tangled)
        .zip(transcripts)
        .map(|((lesson, tangled), transcript)| {
            let mut verdicts = verify(lesson, &tangled, &transcript, apparatus);
            verdicts.problems.extend(
                again
                    .next()
                    .iter()
                    .flat_map(|again| differences(lesson, &transcript, again)),
            );
            Checked {
                lesson,
                tangled,
                transcript,
                verdicts,
                apparatus,
            }
        });
    Ok(judged.collect())
}

/// The chapters that a book gets beyond its own. `files` says whether what the verification page leads to
/// stands beside it.
pub fn added(apparatus: &Apparatus, ledger: &Ledger, files: bool) -> Vec<Added> {
    let references = apparatus.citations.own_page().map(|(title, path)| Added {
        title: title.to_owned(),
        path: path.to_path_buf(),
        text: format!("# {title}\n\n{}\n", references(&apparatus.citations, path)),
        searched: true,
    });
    let verification = apparatus.rows.chapter().map(|path| Added {
        title: page::TITLE.to_owned(),
        path: path.to_path_buf(),
        text: page::markdown(ledger, &apparatus.math, files),
        // Its rows repeat what stands on the pages.
        searched: false,
    });
    references.into_iter().chain(verification).collect()
}

/// What a build gave.
#[derive(Debug)]
pub struct Built {
    /// The finished book's folder; nothing was published without it.
    pub folder: Option<PathBuf>,
    /// Errors and warnings, in the order of the book.
    pub problems: Vec<Problem>,
    /// How much was checked.
    pub totals: Totals,
    /// How long the programs of each lesson ran, now or when their results were kept.
    pub times: Vec<(PathBuf, Duration)>,
}

/// Builds a book. With an error anywhere nothing is published, unless it is a draft.
///
/// # Errors
/// The book as a whole can't be read, or the environment fails.
pub fn build(root: &Path, draft: bool, choices: &Choices, watcher: Watcher<'_>) -> Result<Built, Box<Problem>> {
    let book = read::book(root)?;
    let (apparatus, workspace) = parallel::both(|| Apparatus::of(&book), || Workspace::of(&book, choices));
    let workspace = workspace?;
    let output = Output::of(&book, &workspace)?;
    let lessons: Vec<&Lesson> = book.lessons.iter().collect();
    let checked = check(&book, &apparatus, &workspace, &lessons, choices, watcher)?;
    let judged = checked.iter().flat_map(|checked| &checked.verdicts.problems);
    let all = book.problems.iter().chain(judged).chain(apparatus.problems());
    let problems: Vec<Problem> = all.cloned().collect();
    let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
    let ledger = Ledger::of(&book, &checked, !wrong, workspace.environment());
    let folder = match wrong && !draft {
        true => None,
        false => {
            let woven = parallel::each(&checked, |checked| (checked.lesson.path.clone(), checked.woven()));
            let woven: BTreeMap<PathBuf, String> = woven.into_iter().collect();
            let added = added(&apparatus, &ledger, true);
            let files = match apparatus.rows.chapter() {
                Some(_) => ledger
                    .files()
                    .into_iter()
                    .chain(programs::files(&workspace, &checked)?)
                    .collect(),
                None => Vec::new(),
            };
            bind(&book, &woven, &added, &files, draft, (&output, workspace.folder()))?;
            Some(output.folder().to_path_buf())
        }
    };
    Ok(Built {
        folder,
        problems,
        totals: ledger.totals,
        times: checked
            .iter()
            .filter(|checked| checked.lesson.has_program())
            .map(|checked| (checked.lesson.path.clone(), checked.transcript.time()))
            .collect(),
    })
}
