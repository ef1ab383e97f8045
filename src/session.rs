//! The whole story, top to bottom: a book opened, its lessons checked, its problems in one order, its pages bound and audited.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::audit::{Pages, Passed, audit};
use crate::bind::{
    Added, Before, Bound, Ingredients, Left, Output, Standing, bind, bind_again, check_settings, record, standing,
    sweep,
};
use crate::epub::{Chapter, epub};
use crate::export;
use crate::finish::{Around, finish};
use crate::index::Index;
use crate::mutate::{self, Findings, Subject};
use crate::parallel;
use crate::pdf::{self, Printer, pdf};
use crate::policy::Policy;
use crate::problem::{Failure, Problem, Severity};
use crate::progress::{Observer, Progress, Stage};
use crate::read::{self, Book, Lesson, Settings};
use crate::report::{LessonEntry, Report, Reported, Totals, page};
use crate::run::{self, Asked, Conditions, Job, RunOptions, Runs, Transcript, Workspace};
use crate::shake::Shaken;
use crate::site::{PRINT, address, page_of, plain_name, with_slashes};
use crate::tangle::{Tangled, tangle};
use crate::verify::{Checked, verify};
use crate::weave::{lists, references, weave};

/// The title of the page of figures, statements, exercises and terms.
const LISTS: &str = "Lists and index";

/// A book that is open.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) book: Book,
    pub(crate) index: Index,
    /// Where its programs are compiled and run.
    pub(crate) workspace: Workspace,
    options: RunOptions,
}

/// What is made of a book beside its pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Formats {
    pub(crate) epub: bool,
    /// By what a PDF is printed.
    pub(crate) pdf: Option<Printer>,
}

/// What a build gave.
#[derive(Debug)]
pub(crate) struct Built {
    /// The finished book's folder; nothing was published without it.
    pub(crate) folder: Option<PathBuf>,
    /// What was made beside the pages, below that folder.
    pub(crate) files: Vec<String>,
    /// How many pages mdBook rendered of how many: those that did not change were left alone.
    pub(crate) rendered: (usize, usize),
    /// Errors and warnings, in the order of the book.
    pub(crate) problems: Vec<Problem>,
    pub(crate) totals: Totals,
    /// How long the programs of each lesson ran, now or when their results were kept.
    pub(crate) times: Vec<(PathBuf, Duration)>,
    /// The files that the lessons' programs were compiled from, and those that they read or looked for.
    pub(crate) dependencies: BTreeSet<PathBuf>,
}

impl Built {
    /// Whether nothing is wrong.
    pub(crate) fn is_right(&self) -> bool {
        self.problems.iter().all(|problem| problem.severity != Severity::Error)
    }
}

/// Lessons that were checked, and what the book has of them.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    pub(crate) checked: Vec<Checked<'a>>,
    /// The markdown of each chapter with its outputs, by its path; or why two things would stand in one place of a page.
    pub(crate) woven: Result<BTreeMap<PathBuf, String>, Failure>,
    pub(crate) report: Report,
    /// The chapters that say how each thing of a lesson was checked.
    rows: Vec<Added>,
}

/// A lesson that was checked, and what its mutants showed or why it has none; nothing where it is wrong.
pub(crate) type Mutated<'a> = (Checked<'a>, Option<Result<Findings, Failure>>);

/// What was run for lessons that are checked.
fn jobs<'a>(checked: &'a [Checked<'_>]) -> Vec<Job<'a>> {
    let jobs = checked.iter().map(|Checked { lesson, tangled, .. }| Job::new(lesson, tangled));
    jobs.collect()
}

impl Session {
    /// Opens the book in a folder.
    ///
    /// # Errors
    /// The book as a whole can't be read, or cargo refuses its package.
    pub(crate) fn open(root: &Path, options: RunOptions) -> Result<Session, Failure> {
        let settings = Settings::read(root)?;
        let ask = || Asked::of(root, &settings, &options);
        let (asked, book) = parallel::both(ask, || read::book_with(root, settings.clone(), &|_| None));
        Session::with(book?, asked?, options)
    }

    /// Opens a book that was read.
    ///
    /// # Errors
    /// cargo refuses the book's package.
    pub(crate) fn of(book: Book, options: RunOptions) -> Result<Session, Failure> {
        let asked = Asked::of(&book.root, &book.settings, &options)?;
        Session::with(book, asked, options)
    }

    fn with(book: Book, asked: Asked, options: RunOptions) -> Result<Session, Failure> {
        let (index, workspace) = parallel::both(|| Index::of(&book), || Workspace::of(&book, asked, &options));
        Ok(Session {
            workspace: workspace?,
            index,
            book,
            options,
        })
    }

    /// All lessons of the book.
    pub(crate) fn lessons(&self) -> Vec<&Lesson> {
        self.book.lessons.iter().collect()
    }

    /// The programs of some lessons.
    pub(crate) fn tangled(&self, lessons: &[&Lesson]) -> Vec<Arc<Tangled>> {
        let edition = self.workspace.edition();
        parallel::each(lessons, |lesson| Arc::new(tangle(lesson, edition)))
    }

    /// Tangles, runs and judges some lessons of the book.
    ///
    /// # Errors
    /// The environment fails; what is wrong with a lesson is in its report instead.
    pub(crate) fn check<'a>(
        &'a self,
        lessons: &[&'a Lesson],
        observer: Observer<'_>,
    ) -> Result<Vec<Checked<'a>>, Failure> {
        self.check_each(lessons, observer, |checked| checked)
    }

    /// The same, with what is to be made of each lesson as soon as it is judged.
    fn check_each<'a, R: Send>(
        &'a self,
        lessons: &[&'a Lesson],
        observer: Observer<'_>,
        make: impl Fn(Checked<'a>) -> R + Sync,
    ) -> Result<Vec<R>, Failure> {
        observer(Progress::Stage(Stage::Tangle));
        let tangled = self.tangled(lessons);
        let jobs: Vec<Job<'_>> =
            lessons.iter().zip(&tangled).map(|(lesson, tangled)| Job::new(lesson, tangled)).collect();
        let judged = |at: usize, first: Transcript, second: Option<Transcript>| {
            make(verify(lessons[at], Arc::clone(&tangled[at]), first, second, &self.index))
        };
        if !self.options.twice {
            return run::run(&self.workspace, &jobs, self.options.runs, observer, |at, run| judged(at, run, None));
        }
        let first = run::run(&self.workspace, &jobs, self.options.runs, observer, |_, run| run)?;
        let second = run::run(&self.workspace, &jobs, Runs::All, observer, |_, run| run)?;
        let runs = first.into_iter().zip(second).enumerate().collect();
        Ok(parallel::each_of(runs, |(at, (first, second))| judged(at, first, Some(second))))
    }

    /// Checks some lessons of the book, and makes what the book has of them. `files` says whether what figures lead to stands
    /// beside it.
    ///
    /// # Errors
    /// The environment fails; what is wrong with a lesson is in its report instead.
    pub(crate) fn write<'a>(
        &'a self,
        lessons: &[&'a Lesson],
        files: bool,
        observer: Observer<'_>,
    ) -> Result<Written<'a>, Failure> {
        // A file that can't be read tells nothing.
        let known = mutate::Book::read(&self.book.root).unwrap_or_default();
        let each = self.check_each(lessons, observer, |checked| {
            let findings = known.lesson(&with_slashes(&checked.lesson.file)).filter(|its| {
                its.fingerprint == mutate::fingerprint(&self.workspace, checked.lesson, &checked.transcript)
            });
            let reported = Reported::of(&self.book, &self.index, &checked, findings);
            let woven = weave(&checked, &self.index, files).map(|text| (checked.lesson.path.clone(), text));
            let rows = reported.entry().and_then(|entry| self.rows(entry, files));
            ((checked, woven), (reported, rows))
        })?;
        let (judged, told): (Vec<_>, Vec<_>) = each.into_iter().unzip();
        let (checked, woven): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
        let (reported, rows): (Vec<_>, Vec<_>) = told.into_iter().unzip();
        let verified = self.problems(&checked).all(|problem| problem.severity != Severity::Error);
        let environment = self.workspace.environment();
        Ok(Written {
            report: Report::of((&self.book, &self.index), reported, verified, environment),
            woven: woven.into_iter().collect(),
            rows: rows.into_iter().flatten().collect(),
            checked,
        })
    }

    /// Runs lessons again under so many other conditions, and judges them each time; those in which something is wrong are left
    /// out.
    ///
    /// # Errors
    /// The environment fails.
    pub(crate) fn shake<'a>(
        &self,
        checked: &[Checked<'a>],
        runs: usize,
        observer: Observer<'_>,
    ) -> Result<Vec<Shaken<'a>>, Failure> {
        let right = checked.iter().filter(|it| it.lesson.has_program() && it.is_right());
        let mut all: Vec<(&Checked<'a>, Shaken<'a>)> = right.map(|it| (it, Shaken::of(it))).collect();
        for conditions in Conditions::first(runs) {
            let again: Vec<_> = all.iter_mut().filter(|(_, shaken)| shaken.depends_on(conditions)).collect();
            let jobs: Vec<Job<'_>> = again
                .iter()
                .map(|(checked, _)| Job {
                    conditions: Some(conditions),
                    ..Job::new(checked.lesson, &checked.tangled)
                })
                .collect();
            let transcripts = run::run(&self.workspace, &jobs, self.options.runs, observer, |_, run| run)?;
            parallel::each_of(again.into_iter().zip(transcripts).collect(), |((checked, shaken), transcript)| {
                let tangled = Arc::clone(&checked.tangled);
                shaken.add(conditions, &verify(checked.lesson, tangled, transcript, None, &self.index));
            });
        }
        Ok(all.into_iter().map(|(_, shaken)| shaken).collect())
    }

    /// Checks some lessons of the book, and tries the mutants of those that are right.
    ///
    /// # Errors
    /// The environment fails.
    pub(crate) fn mutate<'a>(
        &'a self,
        lessons: &[&'a Lesson],
        settings: &mutate::Settings,
        observer: Observer<'_>,
    ) -> Result<Vec<Mutated<'a>>, Failure> {
        let tangled = self.tangled(lessons);
        let jobs: Vec<Job<'_>> =
            lessons.iter().zip(&tangled).map(|(lesson, tangled)| Job::new(lesson, tangled)).collect();
        let transcripts = run::run(&self.workspace, &jobs, self.options.runs, observer, |_, run| run)?;
        let ran: Vec<((&'a Lesson, &Arc<Tangled>), &Transcript)> =
            lessons.iter().copied().zip(&tangled).zip(&transcripts).collect();
        let checked: Vec<Checked<'a>> = parallel::each(&ran, |((lesson, tangled), transcript)| {
            verify(lesson, Arc::clone(tangled), (*transcript).clone(), None, &self.index)
        });
        let right = ran.iter().zip(&checked).filter(|(_, checked)| checked.is_right());
        let subjects: Vec<Subject<'_>> = right
            .map(|(((lesson, tangled), transcript), checked)| Subject { lesson, tangled, transcript, checked })
            .collect();
        let mut findings = mutate::mutate(&self.workspace, &self.index, &subjects, settings, observer)?.into_iter();
        let found: Vec<_> =
            checked.iter().map(|checked| if checked.is_right() { findings.next() } else { None }).collect();
        Ok(checked.into_iter().zip(found).collect())
    }

    /// What is wrong, or noteworthy: with the book's files, with its lessons in their order, with what they refer to.
    pub(crate) fn problems<'a>(&'a self, checked: &'a [Checked<'_>]) -> impl Iterator<Item = &'a Problem> {
        let in_lessons = checked.iter().flat_map(Checked::problems);
        self.book.problems.iter().chain(in_lessons).chain(self.index.problems())
    }

    /// The chapters that the book gets beyond its own. `files` says whether what the verification page leads to
    /// stands beside it.
    pub(crate) fn added(&self, written: &Written<'_>, files: bool) -> Vec<Added> {
        let about = self.verification(&written.report, files);
        self.lists(&written.checked).into_iter().chain(about).chain(written.rows.iter().cloned()).collect()
    }

    /// The chapters that list works, and what has a number.
    fn lists(&self, checked: &[Checked<'_>]) -> Vec<Added> {
        let citations = &self.index.citations;
        let references = citations.own_page().map(|(title, path)| Added {
            title: title.to_owned(),
            path: path.to_path_buf(),
            text: format!("# {title}\n\n{}\n", references(citations, path)),
            searched: true,
            below: false,
        });
        let path = self.book.path_of_lists();
        let lists = lists(&self.book, &self.index, checked, path).map(|text| Added {
            title: LISTS.to_owned(),
            path: path.to_path_buf(),
            text: format!("# {LISTS}\n\n{text}"),
            // They repeat what stands on the pages.
            searched: false,
            below: false,
        });
        references.into_iter().chain(lists).collect()
    }

    /// The chapter about what was checked.
    fn verification(&self, report: &Report, files: bool) -> Option<Added> {
        let path = self.index.rows.chapter()?;
        let rows = |lesson: &LessonEntry| self.rows_of(lesson).map_or(String::new(), |rows| address(&page_of(&rows)));
        Some(Added {
            title: page::TITLE.to_owned(),
            path: path.to_path_buf(),
            text: page::markdown(report, rows, files),
            searched: false,
            below: false,
        })
    }

    /// The chapter that says how each thing of a lesson was checked.
    fn rows(&self, lesson: &LessonEntry, files: bool) -> Option<Added> {
        Some(Added {
            title: page::title(lesson),
            path: self.rows_of(lesson)?,
            text: page::rows(lesson, files),
            // It repeats what stands on the pages.
            searched: false,
            below: true,
        })
    }

    fn rows_of(&self, lesson: &LessonEntry) -> Option<PathBuf> {
        self.index.rows.page(&lesson.name)
    }

    /// Builds the book. With an error anywhere nothing is published, unless it is a draft whose chapters are all there.
    ///
    /// # Errors
    /// The output folder can't be one, or the environment fails.
    pub(crate) fn build(&self, draft: bool, formats: &Formats, observer: Observer<'_>) -> Result<Built, Failure> {
        check_settings(&self.book)?;
        let output = Output::of(&self.book, &self.workspace)?;
        if formats.pdf.is_some() {
            pdf::check(&self.book.settings)?;
        }
        let (before, written) = parallel::both(|| Before::of(&output), || self.write(&self.lessons(), true, observer));
        // It is large, and the process ends soon.
        let mut written = ManuallyDrop::new(written?);
        self.publish(&mut written, &[], (draft, formats), (&output, before), observer)
    }

    /// Builds the book for its author to look at, in a folder of its own. Whatever is wrong stands in its place on the pages, if all
    /// chapters are there.
    ///
    /// # Errors
    /// The environment fails.
    pub(crate) fn serve(&self, observer: Observer<'_>) -> Result<Built, Failure> {
        check_settings(&self.book)?;
        let output = Output::served(&self.workspace);
        let (before, written) = parallel::both(|| Before::of(&output), || self.write(&self.lessons(), true, observer));
        let mut written = written?;
        let is_wrong = !written.report.verified;
        let mut publish = |found: &[Problem], draft, before| {
            self.publish(&mut written, found, (draft, &Formats::default()), (&output, before), observer)
        };
        match publish(&[], is_wrong, before) {
            // The pages are not what was checked: they are a draft, too.
            Err(Failure::Book(found)) if !is_wrong => publish(&found, true, Before::default()),
            published => published,
        }
    }

    /// Publishes what was checked in a folder, if nothing is wrong or it may be. `found` are problems that the lessons don't know of.
    fn publish(
        &self,
        written: &mut Written<'_>,
        found: &[Problem],
        (draft, formats): (bool, &Formats),
        (output, before): (&Output, Before),
        observer: Observer<'_>,
    ) -> Result<Built, Failure> {
        let Written { checked, report, .. } = &mut *written;
        run::sweep(&self.workspace, &jobs(checked));
        let problems: Vec<Problem> = self.problems(checked).chain(found).cloned().collect();
        let is_wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
        report.verified = !is_wrong;
        let totals = report.totals;
        let publishes = !is_wrong || draft && self.book.is_whole();
        let (mut files, mut rendered) = (Vec::new(), (0, 0));
        if publishes {
            (files, rendered) = self.bind(written, (draft, formats), (output, before), observer)?;
        }
        let checked = &written.checked;
        let ran = checked.iter().filter(|checked| checked.lesson.has_program());
        let runs = checked.iter().flat_map(|checked| &checked.transcript.programs);
        Ok(Built {
            folder: publishes.then(|| output.folder().to_path_buf()),
            files,
            rendered,
            problems,
            totals,
            times: ran.map(|checked| (checked.lesson.path.clone(), checked.time())).collect(),
            dependencies: runs.flat_map(|run| run.dependencies.iter().cloned()).collect(),
        })
    }

    /// Binds the book, or leaves the one alone that stands where it would, or all of its pages that did not change. Returns what was
    /// made beside the pages, and how many of them mdBook rendered of how many.
    fn bind(
        &self,
        Written { checked, woven, report, rows }: &Written<'_>,
        (draft, formats): (bool, &Formats),
        (output, before): (&Output, Before),
        observer: Observer<'_>,
    ) -> Result<(Vec<String>, (usize, usize)), Failure> {
        observer(Progress::Stage(Stage::Compare));
        let woven = woven.as_ref().map_err(Failure::clone)?;
        let mut files = export::data(&self.index, checked);
        if self.index.rows.chapter().is_some() {
            let programs = || export::files(&self.workspace, &self.index, checked);
            let (told, programs) = parallel::both(|| report.files(), programs);
            files.extend(told);
            files.extend(programs?);
        }
        let lists = self.lists(checked);
        let added: Vec<&Added> = lists.iter().chain(rows).collect();
        let ingredients = Ingredients {
            book: &self.book,
            workspace: &self.workspace,
            output,
            woven,
            added: &added,
            extras: &files,
            report,
            about: self.index.rows.chapter(),
            draft,
        };
        // What prints is not recto's, and may have changed.
        let made_of = formats.pdf.is_none().then(|| ingredients.made(formats.epub)).flatten();
        let chapters = woven.len() + added.len() + usize::from(self.index.rows.chapter().is_some());
        sweep(output);
        let standing = made_of.as_ref().and_then(|made_of| standing(made_of, before, &self.workspace, output));
        let rest = match standing {
            Some(Standing::All(made)) => return Ok((made, (0, chapters))),
            Some(Standing::Without(rest)) => Some(rest),
            None => None,
        };
        observer(Progress::Stage(Stage::Render));
        // The chapter about what was checked has something of all others.
        let about = self.verification(report, true);
        let all: Vec<&Added> = lists.iter().chain(&about).chain(rows).collect();
        let all = Ingredients { added: &all, ..ingredients };
        let bound = match rest {
            Some(rest) => bind_again(&all, rest)?,
            None => bind(&all)?,
        };
        let mut bound = bound;
        let left = self.finish(&mut bound, &all, formats, observer)?;
        let made = left.made.clone();
        let rendered = (bound.rendered(), chapters);
        observer(Progress::Stage(Stage::Publish));
        bound.publish(output)?;
        // A file that changed meanwhile may or may not be in the book.
        let common = ingredients.common(formats.epub);
        if let Some(made_of) = made_of.filter(|made_of| Some(&made_of.common) == common.as_ref()) {
            record(made_of, left, &self.workspace, output);
        }
        Ok((made, rendered))
    }

    /// Finishes and audits the pages, and makes the files that were asked for.
    fn finish(
        &self,
        bound: &mut Bound,
        ingredients: &Ingredients<'_>,
        formats: &Formats,
        observer: Observer<'_>,
    ) -> Result<Left, Failure> {
        observer(Progress::Stage(Stage::Finish));
        let Ingredients { report, draft, added, .. } = *ingredients;
        let settings = &self.book.settings;
        let src = self.book.root.join(&settings.src);
        let around = Around {
            report,
            verification: self.index.rows.chapter().map(|chapter| address(&page_of(chapter))),
            sections: bound.html.sidebar_header_nav,
            print: bound.html.print.enable,
            split: bound.html.search.clone().unwrap_or_default().heading_split_level,
            chapters: &bound.chapters,
            searched: &bound.searched,
            moved: (bound.config.src != settings.src).then_some((&bound.config.src, &settings.src)),
        };
        let kept = bound.kept.as_ref();
        let (whole, index) = finish(&bound.pages, &src, &around, kept)?;
        let policy = Policy::of(&self.book, &bound.html.playground);
        if let Some(whole) = &whole {
            let file = bound.pages.join(PRINT);
            whole.write(&file, &policy).map_err(|error| Problem::io(&file, &error))?;
        }
        let frame = whole.as_ref().map(|whole| whole.frame.as_str());
        let has_policy =
            |page: &Path| kept.is_some_and(|kept| kept.holds(page)) || frame.is_some() && page == Path::new(PRINT);
        observer(Progress::Stage(Stage::Audit));
        // A draft is not audited.
        let earlier = std::mem::take(&mut bound.passed);
        let read = || Pages::read(&bound.pages, earlier, frame, |page| !(draft && has_policy(page)));
        let (written, pages) = parallel::both(|| index.write(), read);
        written?;
        let pages = pages?;
        let passed = if draft {
            Passed::new()
        } else {
            let added: Vec<&Path> = added.iter().map(|added| added.path.as_path()).collect();
            audit(&pages, &report.contents, &added, &self.book.settings)?
        };
        let stopped = policy.write(&bound.pages, &src, &pages.held(), has_policy)?;
        if !draft && !stopped.is_empty() {
            return Err(Failure::Book(stopped));
        }
        if formats.epub || formats.pdf.is_some() {
            observer(Progress::Stage(Stage::Convert));
        }
        Ok(Left {
            made: self.formats(bound, added, formats)?,
            printed: whole.map(|whole| whole.printed).unwrap_or_default(),
            passed,
            known: std::mem::take(&mut bound.linked),
        })
    }

    /// Makes the files that were asked for, of the finished pages, and returns their names.
    fn formats(&self, bound: &Bound, added: &[&Added], formats: &Formats) -> Result<Vec<String>, Failure> {
        let name = plain_name(Path::new(&format!("{}.md", bound.config.title.as_deref().unwrap_or("book"))));
        let mut made = Vec::new();
        if formats.epub {
            let lessons = self.book.lessons.iter().map(|lesson| Chapter {
                title: &lesson.title,
                number: lesson.number.as_deref(),
                path: &lesson.path,
                depth: lesson.number.as_ref().map_or(0, |number| number.matches('.').count()),
            });
            let added = added.iter().map(|added| Chapter {
                title: &added.title,
                number: None,
                path: &added.path,
                depth: usize::from(added.below),
            });
            let chapters: Vec<Chapter<'_>> = lessons.chain(added).collect();
            made.push(format!("{name}.epub"));
            let file = bound.pages.join(&made[0]);
            let bytes = epub(&bound.config, &chapters, &bound.pages)?;
            std::fs::write(&file, bytes).map_err(|error| Problem::io(&file, &error))?;
        }
        if let Some(printer) = &formats.pdf {
            made.push(format!("{name}.pdf"));
            pdf(printer, &bound.pages, &bound.pages.join(format!("{name}.pdf")))?;
        }
        Ok(made)
    }
}
