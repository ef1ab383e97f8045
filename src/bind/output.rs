//! The folder that a build replaces and `clean` removes: never one with something in it that the author wrote.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::problem::{Failure, Kind, Problem};
use crate::read::Book;
use crate::run::Workspace;
use crate::scratch::Scratch;
use crate::site::absolute;

/// Folders and files in which version control keeps what may be nowhere else.
const KEPT: [&str; 4] = [".git", ".hg", ".svn", ".jj"];

/// The folder of the book that is served.
const SERVED: &str = "served";

/// The folder of the bound book, absolute. All that is in it was written by mdBook or recto.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    folder: PathBuf,
    /// Whether the settings name a link that leads there.
    is_linked: bool,
    /// Whether it is shown by `recto serve` alone.
    pub(super) is_served: bool,
}

impl Output {
    /// The folder that `build-dir` names.
    ///
    /// # Errors
    /// It is, holds or lies in something that the author wrote.
    pub(crate) fn of(book: &Book, workspace: &Workspace) -> Result<Output, Failure> {
        let named = workspace.root().join(&book.settings.build_dir);
        let output = resolved(&named);
        let root = resolved(workspace.root());
        let refused = |what: &str| {
            let problem = Problem::error(Kind::Settings, format!("the output folder {what}"))
                .note("each build replaces the whole output folder")
                .help("name a folder of its own in book.toml, as `build-dir = \"book\"` under `[build]`");
            match &book.settings.build_dir_place {
                Some(place) => problem.at(place.clone()),
                None => problem,
            }
        };
        if root.starts_with(&output) {
            return Err(refused("holds the book's own folder").in_environment());
        }
        let below_root = ["data", "theme", ".git"].map(|name| root.join(name));
        let src = workspace.root().join(&book.settings.src);
        let folders = below_root.into_iter().chain([src]).chain(workspace.source_folders());
        for folder in folders.map(|folder| resolved(&folder)) {
            // What holds the whole book can't be told from it by its folder; its files are looked at below.
            let is_apart = !root.starts_with(&folder);
            if folder.starts_with(&output) || (is_apart && output.starts_with(&folder)) {
                let name = folder.strip_prefix(&root).unwrap_or(&folder);
                return Err(refused(&format!("overlaps with `{}`", name.display())).in_environment());
            }
        }
        let chapters = book.lessons.iter().map(|lesson| lesson.document.place(0..0).file);
        let files = chapters.chain(book.bibliography.clone());
        if let Some(file) = files.map(|file| resolved(&file.path)).find(|file| file.starts_with(&output)) {
            let name = file.strip_prefix(&root).unwrap_or(&file);
            return Err(refused(&format!("holds `{}`", name.display())).in_environment());
        }
        let is_empty = match std::fs::read_dir(&output) {
            Ok(mut entries) => entries.next().is_none(),
            // A link that leads nowhere is no folder to come either.
            Err(error) if error.kind() == ErrorKind::NotFound && !output.is_symlink() => true,
            Err(_) if output.is_dir() => false,
            Err(_) => {
                let name = book.settings.build_dir.display();
                let what = if output.is_symlink() { "a link that leads nowhere" } else { "a file" };
                return Err(refused(&format!("can't be made: `{name}` is {what}")).in_environment());
            }
        };
        if let Some(kept) = KEPT.iter().find(|kept| output.join(kept).symlink_metadata().is_ok()) {
            let name = book.settings.build_dir.display();
            let problem = refused(&format!("holds `{name}/{kept}`, which a build would remove"));
            return Err(problem.help("or copy the bound book to where it is kept").in_environment());
        }
        if !is_empty && !is_bound(&output) && !is_bound(&output.join("html")) {
            let name = book.settings.build_dir.display();
            let problem = refused(&format!("`{name}` holds files that no build wrote"));
            return Err(problem.help("or empty the folder").in_environment());
        }
        Ok(Output {
            folder: output,
            is_linked: named.is_symlink(),
            is_served: false,
        })
    }

    /// The folder of the book that `recto serve` shows, among what recto keeps: the author's own stays as the last build left it.
    pub(crate) fn served(workspace: &Workspace) -> Output {
        Output {
            folder: workspace.folder().join(SERVED),
            is_linked: false,
            is_served: true,
        }
    }

    /// Removes it, in one step for all who look: what is left of it, if recto is killed, is no folder of that name.
    ///
    /// # Errors
    /// It can't be moved or removed.
    pub(crate) fn remove(&self) -> std::io::Result<()> {
        let parent = self.folder.parent().unwrap_or(&self.folder);
        let aside = Scratch::new(&self.staging(), parent)?;
        std::fs::rename(&self.folder, aside.path())?;
        if self.is_linked {
            // The author's link still leads somewhere.
            std::fs::create_dir(&self.folder)?;
        }
        aside.close()
    }

    /// Whether a folder, without links in its path, holds finished books or compiled programs too, now or from another build.
    pub(super) fn is_made_within(&self, folder: &Path, workspace: &Workspace) -> std::io::Result<bool> {
        let target = std::fs::canonicalize(workspace.target())?;
        let root = std::fs::canonicalize(workspace.root())?;
        Ok([&self.folder, &target, &root].iter().any(|made| made.starts_with(folder)))
    }

    /// How the name begins of a folder in which a book is made that is to take its place.
    pub(super) fn staging(&self) -> String {
        format!(".{}-", self.folder.file_name().unwrap_or_default().to_string_lossy())
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Whether a folder is known to hold a bound book: by recto's style sheet, or by what mdBook writes into each, of which a page
/// that somebody wrote by hand has only a part.
fn is_bound(folder: &Path) -> bool {
    let is_script = |name: &str| name.ends_with(".js") && (name.starts_with("book") || name.starts_with("toc"));
    let mut entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    folder.join("recto.css").exists()
        || folder.join(".nojekyll").exists() && entries.any(|it| it.file_name().to_str().is_some_and(is_script))
}

/// An absolute path without links, `.` and `..`, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = std::fs::canonicalize(path) {
        return path;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => resolved(parent).join(name),
        (Some(parent), None) => resolved(parent).parent().map(Path::to_path_buf).unwrap_or_default(),
        (None, _) => absolute(path).unwrap_or_else(|_| path.to_path_buf()),
    }
}
