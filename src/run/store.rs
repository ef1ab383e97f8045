//! Finished transcripts, kept under the hash of all that they depend on.
//!
//! An entry is a checksum line and JSON, written to a temporary file and moved into place, so that
//! readers see a whole entry or none. What can't be read, or is not what was written, is a miss.
//! (`cacache` would do this, but brings second versions of five crates into the tree.)

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::transcript::{End, ProgramRun};
use super::workspace::{Workspace, hash};
use crate::tangle::{Program, Purpose};

/// Hash of a program and of what it is compiled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(blake3::Hash);

impl Key {
    pub(super) fn of(workspace: &Workspace, program: &Program) -> Key {
        let shared = workspace.shared.to_hex();
        Key(hash(&[
            &shared,
            &program.name,
            &program.file.to_string_lossy(),
            program.edition.year(),
            &program.source,
        ]))
    }
}

pub(super) struct Store {
    folder: PathBuf,
    /// When this build began; what a file was before a later change is not known.
    opened: SystemTime,
    /// Hashes of the files seen so far.
    files: Mutex<HashMap<PathBuf, Option<String>>>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    run: ProgramRun,
    /// Hash of each local file that the run depends on.
    files: Vec<(PathBuf, String)>,
    /// The run of tests for which alone the entry holds, where it tells of a passing trouble.
    only_for: Option<String>,
}

impl Store {
    pub(super) fn open(workspace: &Workspace) -> Store {
        Store {
            folder: workspace.store_folder(),
            opened: SystemTime::now(),
            files: Mutex::default(),
        }
    }

    /// The stored run, if what it depends on is as it was.
    pub(super) fn find(&self, key: &Key, time_limit: Duration) -> Option<ProgramRun> {
        let text = std::fs::read_to_string(self.path(key)).ok()?;
        let (checksum, json) = text.split_once('\n')?;
        if blake3::hash(json.as_bytes()).to_hex().as_str() != checksum {
            return None;
        }
        let entry: Entry = serde_json::from_str(json).ok()?;
        let holds = entry.only_for.is_none_or(|run| run == test_run());
        let enough = !matches!(entry.run.end, End::TimedOut(limit) if limit != time_limit);
        let same = || entry.files.iter().all(|(path, hash)| self.hash(path).as_deref() == Some(hash));
        (holds && enough && same()).then_some(entry.run)
    }

    /// Keeps a run. A store that can't be written costs time, not correctness, so failing is silent.
    pub(super) fn keep(&self, key: &Key, program: &Program, run: &ProgramRun) {
        let changed = |path: &PathBuf| path.metadata().and_then(|it| it.modified()).is_ok_and(|at| at >= self.opened);
        if run.dependencies.iter().any(changed) {
            return;
        }
        // A program that should compile and does not is tried again: its library may change.
        let lasting = matches!(run.end, End::Finished | End::Panicked | End::Failed | End::Exited(_))
            || matches!(program.purpose, Purpose::Fail(_));
        let files = run.dependencies.iter().filter_map(|path| Some((path.clone(), self.hash(path)?))).collect();
        let entry = Entry {
            run: run.clone(),
            files,
            only_for: (!lasting).then(test_run),
        };
        let Ok(json) = serde_json::to_string(&entry) else {
            return;
        };
        let checksum = blake3::hash(json.as_bytes()).to_hex();
        let written = tempfile::NamedTempFile::new_in(&self.folder).and_then(|mut file| {
            write!(file, "{checksum}\n{json}")?;
            Ok(file.persist(self.path(key))?)
        });
        drop(written);
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.0.to_hex().as_str())
    }

    fn hash(&self, path: &Path) -> Option<String> {
        let mut files = self.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = files.get(path) {
            return known.clone();
        }
        let hash = std::fs::read(path).ok().map(|bytes| blake3::hash(&bytes).to_hex().to_string());
        files.insert(path.to_path_buf(), hash.clone());
        hash
    }
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
    use crate::run::Event;
    use crate::runtime::wire::Message;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store {
            folder: folder.path().to_path_buf(),
            opened: SystemTime::now(),
            files: Mutex::default(),
        };
        (folder, store)
    }

    fn written(store: &Store, key: &Key, json: &str) {
        let checksum = blake3::hash(json.as_bytes()).to_hex();
        std::fs::write(store.path(key), format!("{checksum}\n{json}")).unwrap();
    }

    #[test]
    fn an_entry_of_another_form_is_a_miss() {
        let (_folder, store) = store();
        let key = Key(blake3::hash(b"lesson"));
        let limit = Duration::from_secs(1);
        let entry = |event: &Event| {
            let run = ProgramRun {
                events: vec![event.clone()],
                end: End::Finished,
                ..ProgramRun::refused()
            };
            serde_json::to_string(&Entry { run, files: Vec::new(), only_for: None }).unwrap()
        };
        let claim = Event::Message(Message::Claim {
            item: 1,
            numbers: vec![Number::Float(f64::INFINITY)],
        });
        let json = entry(&claim);
        written(&store, &key, &json);
        assert_eq!(store.find(&key, limit).unwrap().events, [claim]);
        // As version 0.1.0 had it before events were messages.
        let now = r#"{"Message":{"Claim":{"item":1,"numbers":[{"Float":"inf"}]}}}"#;
        let old = json.replace(now, r#"{"Claim":{"item":1,"numbers":[{"Float":"inf"}]}}"#);
        assert_ne!(json, old);
        written(&store, &key, &old);
        assert!(store.find(&key, limit).is_none());
    }
}
