//! Finished transcripts, kept under the hash of all that they depend on.
//!
//! An entry is a line that seals it and JSON, written to a temporary file and moved into place, so that
//! readers see a whole entry or none. What can't be read, or is not what recto wrote, is a miss.
//! (`cacache` would do this, but brings second versions of five crates into the tree, and seals nothing.)

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::generated::replace;
use super::seal::Seal;
use super::trace::Inputs;
use super::transcript::{End, ProgramRun};
use super::variables::Variables;
use super::workspace::{CACHE, Workspace, hash};
use crate::read::{Lesson, Limits};
use crate::tangle::{Program, Purpose};

/// Hash of a program, of what it is compiled with and of the limits under which it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(blake3::Hash);

impl Key {
    pub(super) fn of(workspace: &Workspace, program: &Program, lesson: &Lesson) -> Key {
        let shared = workspace.shared.to_hex();
        // How long it may run, the entry tells.
        let limits = Limits { timeout: 0, ..lesson.limits };
        Key(hash(&[
            &shared,
            &program.name,
            &program.file.to_string_lossy(),
            program.edition.year(),
            &program.source,
            &format!("{limits:?}"),
        ]))
    }
}

pub(super) struct Store<'a> {
    folder: PathBuf,
    seal: Seal,
    /// What of the caller's environment counts.
    variables: &'a Variables,
    /// The bound book: no part of a folder on which something depends.
    output: PathBuf,
    /// When this build began; what a file was before a later change is not known.
    opened: SystemTime,
    /// What was seen of files and folders so far.
    seen: Mutex<HashMap<PathBuf, Option<String>>>,
    /// Whether they are older than this build.
    is_old: Mutex<HashMap<PathBuf, bool>>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    run: ProgramRun,
    limits: TimeLimits,
    /// Hash of each file or folder that the run depends on; none of what is not there.
    paths: Vec<(PathBuf, Option<String>)>,
    /// Hash of each variable that it depends on; none of what is not set.
    variables: Vec<(String, Option<String>)>,
    /// The run of tests for which alone the entry holds, where it tells of a passing trouble.
    only_for: Option<String>,
}

/// Whether a text is an entry, and whether it would count as one that recto wrote.
pub(crate) fn is_entry(text: &str) -> (bool, bool) {
    let sealed = Seal::default().opened(&blake3::hash(b"entry"), text);
    (serde_json::from_str::<Entry>(text).is_ok(), sealed.is_some())
}

/// How long a lesson may run, and its cells that have a limit of their own.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
struct TimeLimits {
    lesson: Duration,
    cells: Vec<Duration>,
}

impl TimeLimits {
    fn of(lesson: &Lesson) -> TimeLimits {
        TimeLimits {
            lesson: lesson.limits.time(),
            cells: lesson.time_limits().map(|(_, limit)| limit).collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = Duration> {
        self.cells.iter().copied().chain([self.lesson])
    }
}

impl<'a> Store<'a> {
    pub(super) fn open(workspace: &'a Workspace) -> Store<'a> {
        Store {
            folder: workspace.store_folder(),
            seal: workspace.seal(),
            variables: &workspace.variables,
            output: std::fs::canonicalize(workspace.output()).unwrap_or_default(),
            opened: SystemTime::now(),
            seen: Mutex::default(),
            is_old: Mutex::default(),
        }
    }

    /// The stored run, if what it depends on is as it was.
    pub(super) fn find(&self, key: &Key, lesson: &Lesson) -> Option<ProgramRun> {
        let text = std::fs::read_to_string(self.path(key)).ok()?;
        let json = self.seal.opened(&key.0, &text)?;
        let entry: Entry = serde_json::from_str(json).ok()?;
        let holds = entry.only_for.is_none_or(|run| run == test_run());
        let limits = TimeLimits::of(lesson);
        let enough = limits == entry.limits || limits.all().all(|limit| entry.run.time < limit);
        let is_set = |(name, hash): &(String, Option<String>)| self.variables.hash(name) == *hash;
        let is_there = |(path, hash): &(PathBuf, Option<String>)| self.hash(path) == *hash;
        let same = || entry.variables.iter().all(is_set) && entry.paths.iter().all(is_there);
        (holds && enough && same()).then_some(entry.run)
    }

    /// Keeps a run. A store that can't be written costs time, not correctness, so failing is silent.
    pub(super) fn keep(&self, key: &Key, (lesson, program): (&Lesson, &Program), run: &ProgramRun, inputs: Inputs) {
        let Inputs { mut paths, variables, lock } = inputs;
        paths.extend(run.dependencies.iter().cloned());
        let paths = paths.into_iter().map(|path| (self.hash(&path), path));
        // First what a file is, then whether it was that when the build began.
        let paths: Vec<(PathBuf, Option<String>)> = paths.map(|(hash, path)| (path, hash)).collect();
        if !paths.iter().all(|(path, _)| self.is_old(path)) {
            return;
        }
        // A program that should compile and does not is tried again: its library may change.
        let lasting = matches!(run.end, End::Finished | End::Panicked | End::Failed | End::Exited(_))
            || matches!(program.purpose, Purpose::Fail(_));
        let variables = variables.into_iter().map(|name| (self.variables.hash(&name), name));
        let entry = Entry {
            run: run.clone(),
            limits: TimeLimits::of(lesson),
            paths: paths.into_iter().chain(lock.map(|(path, hash)| (path, Some(hash)))).collect(),
            variables: variables.map(|(hash, name)| (name, hash)).collect(),
            only_for: (!lasting).then(test_run),
        };
        let json = serde_json::to_string(&entry).ok();
        if let Some(sealed) = json.and_then(|json| self.seal.sealed(&key.0, &json)) {
            let _ = replace(&self.path(key), sealed.as_bytes());
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.0.to_hex().as_str())
    }

    /// Hash of a file, or of all that is in a folder.
    fn hash(&self, path: &Path) -> Option<String> {
        remembered(&self.seen, path, || {
            let metadata = path.metadata().ok()?;
            let mut hasher = blake3::Hasher::new();
            if metadata.is_dir() {
                for file in self.files_in(path) {
                    hasher.update(file.as_os_str().as_encoded_bytes()).update(b"\0");
                    // A link that leads nowhere, or a pipe, is told from others by its name alone.
                    let hash = regular(&file).map_or([0; 32], |bytes| *blake3::hash(&bytes).as_bytes());
                    hasher.update(&hash);
                }
            } else {
                hasher.update(&regular(path)?);
            }
            Some(hasher.finalize().to_hex().to_string())
        })
    }

    fn is_old(&self, path: &Path) -> bool {
        remembered(&self.is_old, path, || match path.metadata() {
            Ok(metadata) if metadata.is_dir() => self.files_in(path).iter().all(|file| is_older(file, self.opened)),
            Ok(_) => is_older(path, self.opened),
            Err(_) => true,
        })
    }

    /// What is in a folder, at any depth and in order, without what recto and cargo make.
    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        let output = self.output.clone();
        let is_made = move |path: &Path| {
            path.join(CACHE).is_file() || std::fs::canonicalize(path).is_ok_and(|path| path == output)
        };
        let mut walk = ignore::WalkBuilder::new(folder);
        walk.standard_filters(false)
            .filter_entry(move |entry| entry.file_type().is_none_or(|it| !it.is_dir()) || !is_made(entry.path()));
        let entries = walk.sort_by_file_path(Path::cmp).build().flatten();
        let files = entries.filter(|entry| entry.file_type().is_some_and(|it| !it.is_dir()));
        files.map(ignore::DirEntry::into_path).collect()
    }
}

/// What is in a file; nothing for a pipe or device, which may have no end.
fn regular(path: &Path) -> Option<Vec<u8>> {
    path.metadata().ok().filter(std::fs::Metadata::is_file).and_then(|_| std::fs::read(path).ok())
}

/// Whether a file was last changed before a time. What a file was changed by may set one of its times, not both.
fn is_older(path: &Path, than: SystemTime) -> bool {
    let Ok(metadata) = path.metadata() else { return true };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let since = Duration::new(metadata.ctime().unsigned_abs(), metadata.ctime_nsec().unsigned_abs() as u32);
        if SystemTime::UNIX_EPOCH + since >= than {
            return false;
        }
    }
    metadata.modified().is_ok_and(|at| at < than)
}

fn remembered<T: Clone>(known: &Mutex<HashMap<PathBuf, T>>, path: &Path, look: impl FnOnce() -> T) -> T {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(path) {
        return known.clone();
    }
    let found = look();
    known.insert(path.to_path_buf(), found.clone());
    found
}

/// Names the run of tests that this process is part of, so that a lesson which timed out is not run
/// again for each of its tests, yet is run again next time.
fn test_run() -> String {
    std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| format!("process {}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Number;
    use crate::read::{Scope, samples};
    use crate::run::Event;
    use crate::runtime::wire::Message;

    fn store<'a>(folder: &'a Path, variables: &'a Variables) -> Store<'a> {
        Store {
            folder: folder.to_path_buf(),
            seal: Seal::of(folder),
            variables,
            output: PathBuf::new(),
            opened: SystemTime::now(),
            seen: Mutex::default(),
            is_old: Mutex::default(),
        }
    }

    fn claim() -> Event {
        Event::Message(Message::Claim {
            item: 1,
            numbers: vec![Number::Float(f64::INFINITY)],
        })
    }

    fn json() -> String {
        let run = ProgramRun {
            events: vec![claim()],
            end: End::Finished,
            ..ProgramRun::refused()
        };
        let entry = Entry {
            run,
            limits: TimeLimits::default(),
            paths: Vec::new(),
            variables: Vec::new(),
            only_for: None,
        };
        serde_json::to_string(&entry).unwrap()
    }

    #[test]
    fn an_entry_of_another_form_is_a_miss() {
        let (folder, variables) = (tempfile::tempdir().unwrap(), Variables::default());
        let store = store(folder.path(), &variables);
        let book = samples::book("", Scope::Lesson);
        let key = Key(blake3::hash(b"lesson"));
        let written = |json: &str| std::fs::write(store.path(&key), store.seal.sealed(&key.0, json).unwrap()).unwrap();
        written(&json());
        assert_eq!(store.find(&key, &book.lessons[0]).unwrap().events, [claim()]);
        // As version 0.1.0 had it before events were messages.
        let now = r#"{"Message":{"Claim":{"item":1,"numbers":[{"Float":"inf"}]}}}"#;
        let old = json().replace(now, r#"{"Claim":{"item":1,"numbers":[{"Float":"inf"}]}}"#);
        assert_ne!(json(), old);
        written(&old);
        assert!(store.find(&key, &book.lessons[0]).is_none());
    }

    #[test]
    fn a_folder_is_all_that_is_in_it() {
        let (folder, variables) = (tempfile::tempdir().unwrap(), Variables::default());
        let data = folder.path().join("data");
        std::fs::create_dir_all(data.join("deep")).unwrap();
        let hash = || store(folder.path(), &variables).hash(&data);
        let mut hashes = vec![hash()];
        for (name, text) in [("deep/a", "1"), ("deep/a", "2"), ("b", "2"), (".hidden", "")] {
            std::fs::write(data.join(name), text).unwrap();
            hashes.push(hash());
        }
        // Reading it would not end.
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, Mode, mkfifoat};
            mkfifoat(CWD, data.join("pipe"), Mode::RUSR).unwrap();
            hashes.push(hash());
        }
        std::fs::rename(data.join("b"), data.join("c")).unwrap();
        hashes.push(hash());
        std::fs::remove_dir_all(&data).unwrap();
        hashes.push(hash());
        assert_eq!(hashes.last().unwrap(), &None);
        let count = hashes.len();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }
}
