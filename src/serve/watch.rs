//! Waiting for a change of the sources.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant, SystemTime};

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::sources::Sources;
use crate::problem::{Failure, Kind, Problem};
use crate::run::Halt;

/// An editor writes a file in several steps: after one, so long nothing must happen, but not for longer than it takes to notice.
const QUIET: Duration = Duration::from_millis(8);
const LONGEST: Duration = Duration::from_millis(200);
/// A text that is empty or gone is written again at once, if it is an editor that writes it in two steps.
const SECOND_STEP: Duration = Duration::from_millis(300);
/// By how much the time of a file may lie behind that of the clock.
const GRAIN: Duration = Duration::from_millis(20);

type Heard = notify::Result<Event>;

/// The sources, and what happens to them.
#[derive(Debug)]
pub(crate) struct Watch {
    sources: Sources,
    folders: BTreeSet<PathBuf>,
    to_here: Sender<Heard>,
    heard: Receiver<Heard>,
    /// Lives as long as it watches.
    watcher: Option<RecommendedWatcher>,
    /// What was in the files that have changed, when the last build was about to begin.
    contents: HashMap<PathBuf, blake3::Hash>,
    /// The last build began because of a file that was written and had not changed.
    in_doubt: bool,
}

impl Watch {
    /// Watches nothing yet.
    pub(crate) fn new() -> Watch {
        let (to_here, heard) = mpsc::channel();
        Watch {
            sources: Sources::default(),
            folders: BTreeSet::new(),
            to_here,
            heard,
            watcher: None,
            contents: HashMap::new(),
            in_doubt: false,
        }
    }

    /// Watches these sources from now on. Says whether one of them that was not watched has changed since a time. `halt` is set
    /// when a text changes.
    ///
    /// # Errors
    /// The system watches no more.
    pub(crate) fn turn_to(&mut self, mut sources: Sources, since: SystemTime, halt: &Halt) -> Result<bool, Failure> {
        let folders = sources.folders();
        let (to_here, halt, own) = (self.to_here.clone(), halt.clone(), sources.clone());
        // A new one each time: the old one may watch a folder that another one has taken the place of.
        let watcher = notify::recommended_watcher(move |heard: Heard| {
            // Texts alone: a build may write a lock file itself.
            if heard.as_ref().is_ok_and(|event| is_text(event) && counts(&own, event)) {
                halt.set(true);
            }
            drop(to_here.send(heard));
        });
        let mut watcher = watcher.map_err(|error| unwatched(&error))?;
        let mut paths = watcher.paths_mut();
        for folder in &folders {
            let watched = paths.add(folder, RecursiveMode::NonRecursive);
            // One that is gone by now has one above it, which tells.
            watched.or_else(|error| if folder.is_dir() { Err(unwatched(&error)) } else { Ok(()) })?;
        }
        paths.commit().map_err(|error| unwatched(&error))?;
        let is_new = |folder: &&PathBuf| !self.folders.contains(*folder);
        let since = since - GRAIN;
        let has_changed = folders.iter().filter(is_new).any(|folder| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let changed = entries.filter(|entry| is_younger(&entry.path(), since)).map(|entry| entry.path());
            changed.into_iter().any(|path| sources.hold(&path))
        });
        (self.sources, self.folders) = (sources, folders);
        self.watcher = Some(watcher);
        Ok(has_changed)
    }

    /// Waits until something has changed since this was asked last, and for more that comes with it. Says whether that is the text of
    /// chapters or works alone.
    pub(crate) fn wait(&mut self) -> bool {
        let during: Vec<Heard> = self.heard.try_iter().collect();
        let during: Vec<Heard> = during.into_iter().filter(|heard| self.counts(heard)).collect();
        let is_news = during.iter().any(|heard| self.is_news(heard));
        // A file was written during the build and is what it was before. The build may have seen it otherwise, or may have written it
        // itself: one more build knows.
        let may_be = !during.is_empty() && !self.in_doubt;
        self.in_doubt = !is_news && may_be;
        let mut changed: Vec<Heard> = if is_news || may_be { during } else { Vec::new() };
        while changed.is_empty() {
            // The sender is this one's own: there is always one.
            let Ok(heard) = self.heard.recv() else { return false };
            changed.extend(Some(heard).filter(|heard| self.counts(heard) && self.is_news(heard)));
        }
        let start = Instant::now();
        loop {
            let (quiet, longest) = if changed.iter().any(is_unfinished) {
                (SECOND_STEP, SECOND_STEP)
            } else {
                (QUIET, LONGEST)
            };
            let Ok(heard) = self.heard.recv_timeout(quiet) else {
                break;
            };
            changed.push(heard);
            if start.elapsed() > longest {
                break;
            }
        }
        for path in changed.iter().flatten().flat_map(|event| &event.paths) {
            match content(path) {
                Some(content) => self.contents.insert(path.clone(), content),
                None => self.contents.remove(path),
            };
        }
        changed.iter().all(|heard| heard.as_ref().is_ok_and(is_text))
    }

    fn counts(&self, heard: &Heard) -> bool {
        heard.as_ref().map_or(true, |event| counts(&self.sources, event))
    }

    /// Whether something is other than it was before the last build.
    fn is_news(&self, heard: &Heard) -> bool {
        let is_known = |path: &PathBuf| content(path).is_some_and(|it| self.contents.get(path) == Some(&it));
        heard.as_ref().map_or(true, |event| event.need_rescan() || !event.paths.iter().all(is_known))
    }
}

/// Whether something may have happened to a source.
fn counts(sources: &Sources, event: &Event) -> bool {
    let is_written = match event.kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    event.need_rescan() || is_written && event.paths.iter().any(|path| sources.hold(path))
}

fn is_text(event: &Event) -> bool {
    !event.need_rescan() && event.paths.iter().all(|path| has_text(path))
}

fn has_text(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "md" || it == "bib")
}

/// Whether a text has nothing in it, which may be written in a moment.
fn is_unfinished(heard: &Heard) -> bool {
    let paths = heard.iter().flat_map(|event| &event.paths).filter(|path| has_text(path));
    paths.into_iter().any(|path| path.metadata().map_or(true, |it| it.len() == 0))
}

/// Hash of a file; none of anything else.
fn content(path: &Path) -> Option<blake3::Hash> {
    let bytes = path.is_file().then(|| std::fs::read(path).ok()).flatten()?;
    Some(blake3::hash(&bytes))
}

fn is_younger(path: &Path, than: SystemTime) -> bool {
    path.metadata().and_then(|it| it.modified()).is_ok_and(|modified| modified > than)
}

fn unwatched(error: &notify::Error) -> Failure {
    let problem = Problem::error(Kind::Environment, format!("the book can't be watched: {error}"));
    let problem = match error.kind {
        ErrorKind::MaxFilesWatch => problem
            .note("the system watches only so many folders for all programs of a user")
            .help("on Linux, `sysctl fs.inotify.max_user_watches=524288` raises that"),
        _ => problem,
    };
    problem.in_environment()
}
