//! Writing files that belong to the book's author: never over something that was not read, never half a file.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

use crate::problem::{Failure, Kind, Problem};
use crate::source::SourceFile;

/// Gives a file that was read a new text, in one step. A file that has changed since stays as it is; says whether
/// the text was written.
///
/// # Errors
/// The file can't be written.
pub(crate) fn rewrite(read: &SourceFile, text: &str) -> Result<bool, Failure> {
    let io = |error: std::io::Error| Problem::io(&read.path, &error);
    // A link stays a link.
    let path = std::fs::canonicalize(&read.path).map_err(io)?;
    let file = File::open(&path).map_err(io)?;
    // Another command that rewrites it waits here, and then finds another text.
    file.lock().map_err(io)?;
    if std::fs::read(&path).map_err(io)? != read.text.as_bytes() {
        return Ok(false);
    }
    let permissions = file.metadata().map_err(io)?.permissions();
    if permissions.readonly() {
        return Err(io(ErrorKind::PermissionDenied.into()));
    }
    let written = new_file(&path, text).map_err(io)?;
    written.as_file().set_permissions(permissions).map_err(io)?;
    written.persist(&path).map_err(|error| io(error.error))?;
    Ok(true)
}

/// Writes a file that is not there yet, and the folders above it.
///
/// # Errors
/// There is one already, which stays; or it can't be written.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let io = |error: std::io::Error| Problem::io(path, &error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let written = new_file(path, text).map_err(io)?;
    match written.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            let message = format!("`{}` is there already", path.display());
            Err(Problem::error(Kind::Chapter, message).help("choose another name").in_book())
        }
        Err(error) => Err(io(error.error)),
    }
}

/// The names of files that are to take the place of others begin so.
const UNFINISHED: &str = ".recto-";

/// Whether a file is one that was to take another's place, and that is left by a command that was killed.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    path.is_file() && path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()))
}

/// Removes what commands that were killed have left in a folder; what is younger may still be written.
fn sweep(folder: &Path) {
    const LONG: Duration = Duration::from_secs(60);
    let is_old = |path: &Path| {
        let modified = path.metadata().and_then(|it| it.modified());
        modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LONG))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in entries.filter(|path| is_unfinished(path) && is_old(path)) {
        // Whatever keeps it there is no matter of this command.
        let _ = std::fs::remove_file(path);
    }
}

/// A finished file beside the one whose place it is to take.
fn new_file(path: &Path, text: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    sweep(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less what the user's mask takes away
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_changed_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        std::fs::write(&path, "mine").unwrap();
        let read = SourceFile::new(&path, "yours");
        assert!(!rewrite(&read, "new").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        assert!(rewrite(&SourceFile::new(&path, "mine"), "new").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_file_that_is_there_is_not_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part/a.md");
        create(&path, "first").unwrap();
        assert!(create(&path, "second").unwrap_err().to_string().contains("is there already"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
    }

    #[test]
    fn what_a_killed_command_left_is_removed_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let left = |name: &str, age: u64| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
        };
        left(".recto-old", 3600);
        left(".recto-new", 1);
        left("mine", 3600);
        create(&folder.path().join("a.md"), "").unwrap();
        let mut names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, [".recto-new", "a.md", "mine"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.md"), folder.path().join("b.md"));
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(rewrite(&SourceFile::new(&link, "old"), "new").unwrap());
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn of_many_at_once_each_is_written_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        std::fs::write(&path, "").unwrap();
        let add = |line: usize| loop {
            let read = SourceFile::new(&path, std::fs::read_to_string(&path).unwrap());
            if rewrite(&read, &format!("{}{line}\n", read.text)).unwrap() {
                break;
            }
        };
        std::thread::scope(|scope| {
            for line in 0..8 {
                scope.spawn(move || add(line));
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    }
}
