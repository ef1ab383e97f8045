//! Finished transcripts, kept under the hash of all that they depend on.
//!
//! An entry is a line that seals it and JSON, written to a temporary file and moved into place, so that
//! readers see a whole entry or none. What can't be read, or is not what recto wrote, is a miss.
//! (`cacache` would do this, but brings second versions of five crates into the tree, and seals nothing.)

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use super::generated::replace;
use super::roots::{Named, Roots};
use super::seal::Seal;
use super::trace::Inputs;
use super::transcript::{End, Event, Limit, ProgramRun};
use super::variables::Variables;
use super::workspace::{CACHE, Locked, Workspace, hash};
use crate::read::{Lesson, Limits};
use crate::runtime::wire::Message;
use crate::tangle::{Program, Purpose};

/// Hash of a program, of what it is compiled with and of the limits under which it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(blake3::Hash);

impl Key {
    pub(super) fn of(
        workspace: &Workspace,
        program: &Program,
        lesson: &Lesson,
        (opt_level, conditions): (u8, Option<Conditions>),
    ) -> Key {
        let shared = workspace.shared.to_hex();
        // How long it may run, the entry tells.
        let limits = Limits { timeout: 0, ..lesson.limits };
        let (file, limits, opt_level) = (program.file.to_string_lossy(), format!("{limits:?}"), opt_level.to_string());
        let year = program.edition.year();
        let mut parts = vec![
            &*shared, &program.name, &file, year, &program.source, &limits, &opt_level,
        ];
        let conditions = conditions.map(|conditions| conditions.to_string());
        parts.extend(conditions.as_deref());
        Key(hash(&parts))
    }

    /// The key that is written like this.
    pub(super) fn read(text: &str) -> Option<Key> {
        let key = Key(blake3::Hash::from_hex(text).ok()?);
        (key.to_string() == text).then_some(key)
    }

    pub(super) fn hash(&self) -> &blake3::Hash {
        &self.0
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_hex())
    }
}

type LockOf<'a> = dyn Fn(&str) -> Option<Locked> + Sync + 'a;

pub(super) struct Store<'a> {
    folder: PathBuf,
    seal: Seal,
    /// What of the caller's environment counts.
    variables: &'a Variables,
    /// The bound book: no part of a folder on which something depends.
    output: PathBuf,
    /// Where the paths are that results depend on.
    roots: &'a Roots,
    /// Stands for all of these.
    place: String,
    /// What lessons may read by paths of their own.
    read: &'a [PathBuf],
    /// The lock file of a generated package.
    lock_of: Box<LockOf<'a>>,
    /// Those that were looked at.
    locks: Mutex<HashMap<String, Option<Locked>>>,
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
    paths: Vec<(Named, Option<String>)>,
    /// Hash of each variable that it depends on; none of what is not set.
    variables: Vec<(String, Option<String>)>,
    lock: Locked,
    /// The run of tests for which alone the entry holds, where it tells of a passing trouble.
    only_for: Option<String>,
    /// The only place where it holds, and why it holds there alone.
    bound: Option<(String, String)>,
    /// It ran on another machine.
    imported: bool,
}

impl Entry {
    /// Why it can't be told elsewhere.
    fn stays(&self) -> Option<&str> {
        let passing = self.only_for.as_ref().map(|_| "it tells of a passing trouble");
        self.bound.as_ref().map(|(_, why)| why.as_str()).or(passing)
    }
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
            roots: &workspace.roots,
            place: workspace.roots.place(),
            read: &workspace.read,
            lock_of: Box::new(|package| workspace.lock_of(package)),
            locks: Mutex::default(),
            opened: SystemTime::now(),
            seen: Mutex::default(),
            is_old: Mutex::default(),
        }
    }

    /// The stored run, if what it depends on is as it was.
    pub(super) fn find(&self, key: &Key, lesson: &Lesson) -> Option<ProgramRun> {
        let Entry { mut run, imported, .. } = self.entry(key, lesson)?;
        run.is_imported = imported;
        rename_paths(&mut run, |path| self.roots.path(&Named::try_from(path.to_string_lossy().into_owned()).ok()?));
        Some(run)
    }

    fn entry(&self, key: &Key, lesson: &Lesson) -> Option<Entry> {
        let text = std::fs::read_to_string(self.path(key)).ok()?;
        let json = self.seal.opened(&key.0, &text)?;
        let entry: Entry = serde_json::from_str(json).ok()?;
        let holds = entry.only_for.as_ref().is_none_or(|run| *run == test_run());
        let limits = TimeLimits::of(lesson);
        // What ran past its time may end within a longer one.
        let ended = !matches!(entry.run.end, End::TimedOut(_));
        let enough = limits == entry.limits || ended && limits.all().all(|limit| entry.run.time < limit);
        let is_here = entry.bound.as_ref().is_none_or(|(place, _)| *place == self.place);
        let is_set = |(name, hash): &(String, Option<String>)| self.variables.hash(name) == *hash;
        let is_there = |(path, hash): &(Named, Option<String>)| self.hash_of(path) == *hash;
        let same =
            || entry.variables.iter().all(is_set) && self.is_locked(&entry.lock) && entry.paths.iter().all(is_there);
        (holds && enough && is_here && same()).then_some(entry)
    }

    /// Keeps a run. A store that can't be written costs time, not correctness, so failing is silent.
    pub(super) fn keep(&self, key: &Key, (lesson, program): (&Lesson, &Program), run: &ProgramRun, inputs: Inputs) {
        let Inputs {
            mut paths,
            variables,
            lock: Some(lock),
            bound,
        } = inputs
        else {
            return;
        };
        paths.extend(run.dependencies.iter().cloned());
        // First what a file is, then whether it was that when the build began.
        let depended = self.roots.depended(paths.iter().map(PathBuf::as_path));
        let hashed = depended.into_iter().map(|path| (self.hash_of(&path), path));
        let hashed: Vec<(Named, Option<String>)> = hashed.map(|(hash, path)| (path, hash)).collect();
        if !paths.iter().all(|path| self.is_old(path)) {
            return;
        }
        let lasting = is_lasting(program, run);
        let variables = variables.into_iter().map(|name| (self.variables.hash(&name), name));
        let mut run = run.clone();
        rename_paths(&mut run, |path| Some(String::from(self.roots.named(path)).into()));
        let mut entry = Entry {
            run,
            limits: TimeLimits::of(lesson),
            paths: hashed,
            variables: variables.map(|(hash, name)| (name, hash)).collect(),
            lock,
            only_for: (!lasting).then(test_run),
            bound: None,
            imported: false,
        };
        let why = bound.or_else(|| self.bound_by_what_it_is(&entry));
        entry.bound = why.map(|why| (self.place.clone(), why));
        self.write(key, &entry);
    }

    /// The entry that holds now as other machines are told it, or why they are not.
    pub(super) fn told(&self, key: &Key, lesson: &Lesson) -> Option<Result<String, String>> {
        let entry = self.entry(key, lesson)?;
        Some(match entry.stays() {
            Some(why) => Err(why.to_owned()),
            None => serde_json::to_string(&entry).map_err(|error| error.to_string()),
        })
    }

    /// Takes in what another machine tells; whether it is an entry that holds elsewhere too.
    pub(super) fn take(&self, key: &Key, json: &str) -> bool {
        match serde_json::from_str::<Entry>(json) {
            Ok(entry) if entry.stays().is_none() => self.write(key, &Entry { imported: true, ..entry }),
            _ => false,
        }
    }

    /// Why an entry holds here alone, as far as it tells itself.
    fn bound_by_what_it_is(&self, entry: &Entry) -> Option<String> {
        // What the settings name is the same for all who have the book.
        let is_named = |path: &Path| self.read.iter().any(|named| named.is_absolute() && path.starts_with(named));
        let outside = entry.paths.iter().find_map(|(path, _)| match path {
            Named::Outside(path) if !is_named(path) => Some(format!("it depends on `{}`", path.display())),
            _ => None,
        });
        let lock =
            || (!entry.lock.follows).then(|| "the book has no `Cargo.lock` with the versions of all its crates".into());
        let says = || {
            let json = serde_json::to_string(&entry.run).ok()?;
            self.roots.are_named_in(&json).then(|| "what it says names a folder of this machine".to_owned())
        };
        let is_open = !matches!(entry.run.end, End::Refused | End::Compiled) && !entry.run.is_walled;
        let open = || is_open.then(|| "it ran without walls, and may have read any file".to_owned());
        outside.or_else(open).or_else(lock).or_else(says)
    }

    /// Whether cargo would take the versions with which an entry was made.
    fn is_locked(&self, lock: &Locked) -> bool {
        let mut known = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        let now = known.entry(lock.package.clone()).or_insert_with(|| (self.lock_of)(&lock.package));
        now.as_ref().map_or(lock.follows, |now| now.hash == lock.hash)
    }

    /// Whether it could be written.
    fn write(&self, key: &Key, entry: &Entry) -> bool {
        let json = serde_json::to_string(entry).ok();
        let sealed = json.and_then(|json| self.seal.sealed(&key.0, &json));
        sealed.is_some_and(|sealed| replace(&self.path(key), sealed.as_bytes()).is_ok())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.to_string())
    }

    /// Hash of what has this name; none where there is nothing.
    fn hash_of(&self, named: &Named) -> Option<String> {
        let Named::Above(root) = named else {
            return self.hash(&self.roots.path(named)?);
        };
        let manifests = self.roots.manifests_above(*root);
        let there: Vec<String> =
            manifests.filter_map(|(above, path)| Some(format!("{above} {}\n", self.hash(&path)?))).collect();
        Some(there.concat())
    }

    /// Hash of a file, or of all that is in a folder.
    fn hash(&self, path: &Path) -> Option<String> {
        remembered(&self.seen, path, || {
            let metadata = path.metadata().ok()?;
            let mut hasher = blake3::Hasher::new();
            if metadata.is_dir() {
                for file in self.files_in(path) {
                    let name = file.strip_prefix(path).unwrap_or(&file);
                    hasher.update(name.as_os_str().as_encoded_bytes()).update(b"\0");
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

/// Whether a result stays what it is as long as what it depends on does, right or wrong.
fn is_lasting(program: &Program, run: &ProgramRun) -> bool {
    // What looks for a file, or asks a macro of another crate, may fail for reasons that are written down nowhere.
    let is_of_code = |diagnostic: &Diagnostic| {
        !diagnostic.spans.is_empty()
            && !["couldn't read", "file not found", "panicked", "environment variable"]
                .iter()
                .any(|words| diagnostic.message.contains(words))
    };
    match run.end {
        // Only where it was kept for the same limit does it count.
        End::Finished | End::Panicked | End::Failed | End::Exited(_) | End::Compiled | End::TimedOut(_) => true,
        End::Refused => {
            let mut errors = run.diagnostics.iter().filter(|it| it.level == DiagnosticLevel::Error).peekable();
            let all_of_code =
                errors.peek().is_some() && errors.all(|it| is_of_code(it) || it.message.starts_with("aborting due to"));
            all_of_code || matches!(program.purpose, Purpose::Fail(_))
        }
        End::Limited(Limit::Output(_) | Limit::FileSize(_)) => true,
        End::Limited(_) | End::Killed(_) => false,
    }
}

/// Writes the paths otherwise by which a run names what it depends on; one for which there is no other is left out.
fn rename_paths(run: &mut ProgramRun, name: impl Fn(&Path) -> Option<PathBuf>) {
    run.dependencies = std::mem::take(&mut run.dependencies).iter().filter_map(|path| name(path)).collect();
    for event in &mut run.events {
        if let Event::Message(Message::Read(path)) = event
            && let Some(renamed) = name(Path::new(path))
        {
            *path = renamed.to_string_lossy().into_owned();
        }
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

    fn store<'a>(folder: &'a Path, (variables, roots): &'a (Variables, Roots)) -> Store<'a> {
        Store {
            folder: folder.to_path_buf(),
            seal: Seal::of(folder),
            variables,
            output: PathBuf::new(),
            roots,
            place: roots.place(),
            read: &[],
            lock_of: Box::new(|_| None),
            locks: Mutex::default(),
            opened: SystemTime::now(),
            seen: Mutex::default(),
            is_old: Mutex::default(),
        }
    }

    fn claim() -> Event {
        Event::Message(Message::Claim {
            item: 1,
            numbers: vec![Number::Float(f64::INFINITY)],
            rows: Vec::new(),
        })
    }

    fn locked() -> Locked {
        Locked {
            package: "2024".into(),
            hash: String::new(),
            follows: true,
        }
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
            lock: locked(),
            only_for: None,
            bound: None,
            imported: false,
        };
        serde_json::to_string(&entry).unwrap()
    }

    #[test]
    fn an_entry_of_another_form_is_a_miss() {
        let (folder, variables) = (tempfile::tempdir().unwrap(), Default::default());
        let store = store(folder.path(), &variables);
        let book = samples::book("", Scope::Lesson);
        let key = Key(blake3::hash(b"lesson"));
        let written = |json: &str| std::fs::write(store.path(&key), store.seal.sealed(&key.0, json).unwrap()).unwrap();
        written(&json());
        assert_eq!(store.find(&key, &book.lessons[0]).unwrap().events, [claim()]);
        // As version 0.1.0 had it before events were messages.
        let now = r#"{"Message":{"Claim":{"item":1,"numbers":[{"Float":"inf"}],"rows":[]}}}"#;
        let old = json().replace(now, r#"{"Claim":{"item":1,"numbers":[{"Float":"inf"}]}}"#);
        assert_ne!(json(), old);
        written(&old);
        assert!(store.find(&key, &book.lessons[0]).is_none());
    }

    #[test]
    fn a_folder_is_all_that_is_in_it() {
        let (folder, variables) = (tempfile::tempdir().unwrap(), Default::default());
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
