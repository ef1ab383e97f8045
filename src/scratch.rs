//! Folders that are there while recto works. Each is locked by its owner, and the system takes the lock away with the
//! process: one whose owner was killed is removed by the next command that makes such folders.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// How many letters and digits follow a folder's prefix.
const LETTERS: usize = 12;

/// A folder that is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    /// Held open for the lock.
    _lock: Option<File>,
}

impl Scratch {
    /// A new folder whose name begins with a prefix.
    ///
    /// # Errors
    /// It can't be made.
    pub(crate) fn new(prefix: &str, parent: &Path) -> io::Result<Scratch> {
        loop {
            let folder = tempfile::Builder::new().prefix(prefix).rand_bytes(LETTERS).tempdir_in(parent)?;
            // Some file systems have no locks for folders: there, nothing is taken for left behind either.
            let lock = File::open(folder.path()).ok().filter(|folder| folder.lock().is_ok());
            // Before it was locked, another command may have taken it for one that was left behind.
            if folder.path().is_dir() {
                return Ok(Scratch { folder, _lock: lock });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves the folder where it is.
    pub(crate) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// Something in it can't be removed.
    pub(crate) fn close(self) -> io::Result<()> {
        self.folder.close()
    }
}

/// Removes the folders with a prefix that were left behind; those that were removed.
pub(crate) fn sweep(prefix: &str, parent: &Path) -> Vec<PathBuf> {
    let is_own = |name: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == LETTERS && rest.chars().all(char::is_alphanumeric))
    };
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_own));
    let folders = named.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path());
    let left = folders.filter(|folder| {
        let lock = File::open(folder);
        lock.is_ok_and(|lock| lock.try_lock().is_ok() && std::fs::remove_dir_all(folder).is_ok())
    });
    left.collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_behind_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        let held = Scratch::new(".book-", parent.path()).unwrap();
        std::fs::write(held.path().join("page"), "text").unwrap();
        for name in [
            ".book-123456789abc",
            ".book-drafts",
            ".book-123456789abcd",
            "lesson-123456789abc",
        ] {
            std::fs::create_dir(at(name)).unwrap();
        }
        std::fs::write(at(".book-aaaaaaaaaaaa"), "a file").unwrap();
        std::os::unix::fs::symlink(at(".book-drafts"), at(".book-bbbbbbbbbbbb")).unwrap();
        assert_eq!(sweep(".book-", parent.path()), [at(".book-123456789abc")]);
        assert!(held.path().join("page").is_file());
        let path = held.keep();
        assert_eq!(sweep(".book-", parent.path()), [path]);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 5);
        assert!(sweep(".book-", &at("nowhere")).is_empty());
    }

    #[test]
    fn a_new_folder_is_not_swept_by_others() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..200).for_each(|_| drop(sweep("a-", parent.path()))));
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let folder = Scratch::new("a-", parent.path()).unwrap();
                        std::fs::write(folder.path().join("page"), "text").unwrap();
                    }
                });
            }
        });
    }
}
