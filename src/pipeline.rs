//! The whole story, top to bottom: read, tangle, run, verify, weave, bind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use crate::bind::Added;
use crate::bind::{Output, bind};
use crate::export;
use crate::index::Index;
use crate::parallel;
use crate::problem::{Problem, Severity};
use crate::read::{self, Book, Lesson};
use crate::report::{Ledger, Totals, page};
use crate::run::{self, Job, Observer, RunOptions, Transcript, Workspace};
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
    index: &'a Index,
}

impl Checked<'_> {
    /// What the book's chapters refer to.
    pub fn index(&self) -> &Index {
        self.index
    }

    /// The chapter as markdown with its outputs.
    pub fn woven(&self) -> String {
        weave(self.lesson, &self.tangled, &self.transcript, &self.verdicts, self.index)
    }
}

/// Tangles, runs and judges some lessons of a book.
///
/// # Errors
/// The environment fails; what is wrong with a lesson is in its verdicts instead.
pub fn check<'a>(
    book: &Book,
    index: &'a Index,
    workspace: &Workspace,
    lessons: &[&'a Lesson],
    options: &RunOptions,
    observer: Observer<'_>,
) -> Result<Vec<Checked<'a>>, Box<Problem>> {
    let tangled: Vec<Tangled> = parallel::each(lessons, |lesson| tangle(lesson, workspace.edition()));
    let jobs: Vec<Job<'_>> = lessons
        .iter()
        .zip(&tangled)
        .map(|(lesson, tangled)| Job { lesson, tangled })
        .collect();
    let transcripts = run::run(book, workspace, &jobs, options, observer)?;
    let again = match options.twice {
        true => run::run(
            book,
            workspace,
            &jobs,
            &RunOptions {
                fresh: true,
                ..options.clone()
            },
            observer,
        )?,
        false => Vec::new(),
    };
    let mut again = again.into_iter();
    let judged = lessons
        .iter()
        .zip(tangled)
        .zip(transcripts)
        .map(|((lesson, tangled), transcript)| {
            let mut verdicts = verify(lesson, &tangled, &transcript, index);
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
                index,
            }
        });
    Ok(judged.collect())
}

/// The chapters that a book gets beyond its own. `files` says whether what the verification page leads to
/// stands beside it.
pub fn added(index: &Index, ledger: &Ledger, files: bool) -> Vec<Added> {
    let references = index.citations.own_page().map(|(title, path)| Added {
        title: title.to_owned(),
        path: path.to_path_buf(),
        text: format!("# {title}\n\n{}\n", references(&index.citations, path)),
        searched: true,
    });
    let verification = index.rows.chapter().map(|path| Added {
        title: page::TITLE.to_owned(),
        path: path.to_path_buf(),
        text: page::markdown(ledger, &index.math, files),
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
pub fn build(root: &Path, draft: bool, options: &RunOptions, observer: Observer<'_>) -> Result<Built, Box<Problem>> {
    let book = read::book(root)?;
    let (index, workspace) = parallel::both(|| Index::of(&book), || Workspace::of(&book, options));
    let workspace = workspace?;
    let output = Output::of(&book, &workspace)?;
    let lessons: Vec<&Lesson> = book.lessons.iter().collect();
    let checked = check(&book, &index, &workspace, &lessons, options, observer)?;
    let judged = checked.iter().flat_map(|checked| &checked.verdicts.problems);
    let all = book.problems.iter().chain(judged).chain(index.problems());
    let problems: Vec<Problem> = all.cloned().collect();
    let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
    let ledger = Ledger::of(&book, &checked, !wrong, workspace.environment());
    let folder = match wrong && !draft {
        true => None,
        false => {
            let woven = parallel::each(&checked, |checked| (checked.lesson.path.clone(), checked.woven()));
            let woven: BTreeMap<PathBuf, String> = woven.into_iter().collect();
            let added = added(&index, &ledger, true);
            let files = match index.rows.chapter() {
                Some(_) => ledger
                    .files()
                    .into_iter()
                    .chain(export::files(&workspace, &checked)?)
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
