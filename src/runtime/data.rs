//! Data files of a book: those below its `data` folder. What a lesson reads here, recto knows that
//! the lesson depends on.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::channel::emit;
use super::wire::Message;

/// The path of a file below the book's `data` folder; `name` is relative to it, as `iris.csv` or `faces/1.png`.
///
/// recto runs the lesson again when something in the folder has changed, since from one path a program gets to others;
/// [`data_string`] says more closely on what it depends. That is why a lesson does not open the file by a path of its own. A test of the book's library finds the folder beside its `Cargo.toml`; a
/// program that is run by hand is told by the environment variable `RECTO_DATA` where it is.
///
/// # Errors
/// There is no such file; the message lists those that are there. Or the name leads out of the folder, or it is not
/// known where the folder is.
///
/// ```no_run
/// let image = std::fs::read(recto::data("faces/1.png")?)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn data(name: &str) -> io::Result<PathBuf> {
    let (folder, path) = found(name)?;
    emit(&Message::Read(folder.to_string_lossy().into_owned()));
    Ok(path)
}

/// The data folder, and the path of a file below it.
fn found(name: &str) -> io::Result<(PathBuf, PathBuf)> {
    let told = std::env::var_os("RECTO_DATA").map(PathBuf::from);
    let beside = || std::env::var_os("CARGO_MANIFEST_DIR").map(|package| Path::new(&package).join("data"));
    let Some(folder) = told.or_else(beside) else {
        return Err(io::Error::other("set RECTO_DATA to the book's data folder to run this program by hand"));
    };
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !inside {
        let message = format!("`{name}` is no name of a file below the data folder");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let path = folder.join(name);
    // Said of a file that is not there too: the lesson depends on that.
    emit(&Message::Read(path.to_string_lossy().into_owned()));
    if !path.is_file() {
        // The message depends on what is there.
        emit(&Message::Read(folder.to_string_lossy().into_owned()));
        let mut present: Vec<String> = std::fs::read_dir(&folder)
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        present.sort();
        let there = if present.is_empty() { "nothing".to_owned() } else { present.join(", ") };
        let message = format!("there is no data file `{name}`; in the data folder there is {there}");
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    Ok((folder, path))
}

/// The text of a file below the book's `data` folder. The lesson runs again when that file has changed.
///
/// # Errors
/// Those of [`data`], or the file is not UTF-8.
///
/// ```no_run
/// let lines = recto::data_string("iris.csv")?.lines().count();
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn data_string(name: &str) -> io::Result<String> {
    std::fs::read_to_string(found(name)?.1)
}
