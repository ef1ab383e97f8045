//! What cargo says of a book's packages and rustc of itself. Asking takes as long as reading the chapters does, and needs only the
//! book's settings.

use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cargo_metadata::Metadata;

use super::manifest::book_metadata;
use super::options::RunOptions;
use super::variables::Variables;
use crate::parallel;
use crate::problem::{Failure, Kind, Problem};
use crate::read::Settings;
use crate::site::absolute;

/// The answers.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The book's root, absolute.
    pub(super) root: PathBuf,
    /// The manifest of its package.
    pub(super) manifest: PathBuf,
    /// What of the caller's environment counts.
    pub(super) variables: Variables,
    /// What `rustc -vV` says.
    pub(super) toolchain: String,
    /// What cargo says of the book's packages; nothing of a book that has none.
    pub(super) packages: Option<Arc<Metadata>>,
}

impl Asked {
    /// Asks for the book in a folder.
    ///
    /// # Errors
    /// cargo can't be run or refuses the book's manifest, or rustc can't be run.
    pub(crate) fn of(root: &Path, settings: &Settings, options: &RunOptions) -> Result<Asked, Failure> {
        let root = absolute(root).map_err(|error| Problem::io(root, &error))?;
        if root.to_str().is_none() {
            return Err(unusable(&root, "is no UTF-8"));
        }
        let variables = Variables::of_caller(&settings.environment);
        let manifest = without_dots(&root.join(&settings.manifest));
        let packages = || match &options.packages {
            Some(packages) => Ok(Some(Arc::clone(packages))),
            None if manifest.is_file() => book_metadata(&manifest).map(|packages| Some(Arc::new(packages))),
            None => Ok(None),
        };
        let (toolchain, packages) = parallel::both(|| version_of_rustc(&root, &variables), packages);
        let packages = packages?;
        Ok(Asked {
            toolchain: toolchain?,
            manifest,
            packages,
            variables,
            root,
        })
    }
}

/// A folder in which cargo can't compile.
pub(super) fn unusable(folder: &Path, why: &str) -> Failure {
    let message = format!("cargo can't compile in `{}`: its name {why}", folder.display());
    let help = "rename the folder, or name another one for what is compiled: `--target-dir /tmp/target`";
    Problem::error(Kind::Environment, message).help(help).in_environment()
}

/// A path as cargo names it.
fn without_dots(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, component| {
        match component {
            Component::ParentDir => drop(path.pop()),
            component => path.push(component),
        }
        path
    })
}

fn version_of_rustc(root: &Path, variables: &Variables) -> Result<String, Failure> {
    let output = Command::new("rustc")
        .arg("-vV")
        .env_clear()
        .envs(variables.of_cargo())
        .current_dir(root)
        .output()
        .map_err(|error| no_toolchain(&error.to_string()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn no_toolchain(reason: &str) -> Failure {
    Problem::error(Kind::Environment, format!("can't run `rustc`: {reason}"))
        .help("lessons are compiled with cargo and rustc; install them from https://rustup.rs")
        .in_environment()
}
