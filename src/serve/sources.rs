//! Where what a book is made of stands: files, and folders with all that is in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::bind::settings_of;
use crate::run::CACHE;
use crate::session::Session;

/// Files of a book's own folder that are looked for, there or not.
const FILES: [&str; 7] = [
    "book.toml",
    "Cargo.toml",
    "Cargo.lock",
    "references.bib",
    "mutation.json",
    ".cargo/config.toml",
    "rust-toolchain.toml",
];
const FOLDERS: [&str; 3] = ["src", "data", "theme"];

/// What is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sources {
    /// Files and folders, without links in their paths.
    paths: BTreeSet<PathBuf>,
    /// Of what is made and may lie in these folders.
    made: BTreeSet<PathBuf>,
}

impl Sources {
    /// Those of a book of which no more is known than its folder.
    pub(crate) fn of_folder(root: &Path) -> Sources {
        let paths = FILES.iter().chain(&FOLDERS).map(|name| place(&root.join(name)));
        Sources {
            paths: paths.collect(),
            made: BTreeSet::new(),
        }
    }

    /// Those of a book that was read.
    pub(crate) fn of(session: &Session) -> Sources {
        let (book, workspace) = (&session.book, &session.workspace);
        let root = workspace.root();
        let mut sources = Sources::of_folder(root);
        let config = settings_of(book).unwrap_or_default();
        let html = config.html_config().unwrap_or_default();
        let named = [book.settings.src.clone(), html.theme_dir(root)].into_iter();
        let named = named.chain(html.additional_css).chain(html.additional_js).chain(book.settings.read.clone());
        let bibliography = book.settings.bibliography.iter().map(|(path, _)| path.clone());
        let folders = workspace.local_folders().map(|(_, folder)| folder);
        let manifests = folders.flat_map(Path::ancestors).flat_map(|it| [it.join("Cargo.toml"), it.join("Cargo.lock")]);
        sources.add(named.chain(bibliography).map(|path| root.join(path)));
        sources.add(manifests.filter(|path| path.is_file()));
        sources.add(workspace.source_folders());
        let included = book.lessons.iter().flat_map(|lesson| lesson.document.files());
        sources.add(included.map(Path::to_path_buf));
        let made = [workspace.target().to_path_buf(), root.join(&book.settings.build_dir)];
        sources.made = made.iter().map(|path| place(path)).collect();
        sources
    }

    /// Takes in what was found later.
    pub(crate) fn add(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        self.paths.extend(paths.into_iter().map(|path| place(&path)));
    }

    /// Whether a change of a path may change the book: of a source, of what is in it, or of a folder above it.
    pub(super) fn hold(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        // What editors, and recto itself, put beside a file while it is written.
        let is_passing = name.starts_with(b".") || name.ends_with(b"~");
        let leads_there = |source: &PathBuf| source.starts_with(path) || !is_passing && path.starts_with(source);
        !self.is_made(path) && self.paths.iter().any(leads_there)
    }

    fn is_made(&self, path: &Path) -> bool {
        self.made.iter().any(|made| path.starts_with(made))
    }

    /// The folders in which changes are to be heard of: those of files, and each folder with all below it. Files to which links lead
    /// become sources themselves.
    pub(super) fn folders(&mut self) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::new();
        let mut linked = BTreeSet::new();
        for source in self.paths.iter().filter(|source| !self.is_made(source)) {
            folders.extend(source.ancestors().skip(1).find(|above| above.is_dir()).map(Path::to_path_buf));
            for entry in self.walk(source) {
                let place = place(entry.path());
                if place.is_dir() {
                    folders.insert(place);
                } else if entry.path_is_symlink() {
                    folders.extend(place.parent().map(Path::to_path_buf));
                    linked.insert(place);
                }
            }
        }
        self.paths.extend(linked);
        folders
    }

    /// What is in a folder, and where links lead; nothing of a file.
    fn walk(&self, folder: &Path) -> impl Iterator<Item = ignore::DirEntry> {
        let made = self.made.clone();
        let is_own = move |entry: &ignore::DirEntry| {
            let is_hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
            !is_hidden && !made.contains(entry.path()) && !entry.path().join(CACHE).is_file()
        };
        let mut walk = ignore::WalkBuilder::new(folder);
        walk.standard_filters(false).follow_links(true).filter_entry(is_own);
        let entries = folder.is_dir().then(|| walk.build().flatten());
        entries.into_iter().flatten().filter(|entry| entry.path_is_symlink() || entry.path().is_dir())
    }
}

/// A path without links, as far as it is there.
fn place(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    match (std::fs::canonicalize(&path), path.parent(), path.file_name()) {
        (Ok(path), ..) => path,
        (Err(_), Some(parent), Some(name)) => place(parent).join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_book_is_made_of_is_told_from_what_lies_beside_it() {
        let all = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(all.path()).unwrap();
        let mut sources = Sources::of_folder(&root.join("book"));
        let at = |path: &str| root.join(path);
        assert_eq!(sources.folders(), BTreeSet::from([root.clone()]), "the folder may come");
        for folder in [
            "book/src/part",
            "book/target/src",
            "book/kit/deep",
            "more",
            "book/src/.git",
        ] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::write(at("book/kit/lib.rs"), "").unwrap();
        std::fs::write(at("book/target/CACHEDIR.TAG"), "").unwrap();
        sources.add([at("book/kit"), at("book/target/src/made.rs"), at("more/code.rs")]);
        sources.made.insert(at("book/target"));
        let folders: BTreeSet<PathBuf> =
            ["book", "book/kit", "book/kit/deep", "book/src", "book/src/part", "more"].map(at).into();
        assert_eq!(sources.folders(), folders);
        for source in [
            "book",
            "book/book.toml",
            "book/src",
            "book/src/a.md",
            "book/src/part/a.md",
            "book/data/a.csv",
            "book/.cargo",
            "book/kit/new.rs",
            "more/code.rs",
            "more",
        ] {
            assert!(sources.hold(&at(source)), "{source}");
        }
        for other in [
            "other",
            "book/notes.txt",
            "book/target/src/made.rs",
            "book/src/.a.md.swp",
            "book/src/a.md~",
            "more/other.rs",
        ] {
            assert!(!sources.hold(&at(other)), "{other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let all = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(all.path()).unwrap();
        let at = |path: &str| root.join(path);
        std::fs::create_dir_all(at("book/src")).unwrap();
        std::fs::create_dir_all(at("shared/part")).unwrap();
        std::fs::write(at("shared/a.md"), "").unwrap();
        std::os::unix::fs::symlink(at("shared/a.md"), at("book/src/a.md")).unwrap();
        std::os::unix::fs::symlink(at("shared/part"), at("book/src/part")).unwrap();
        let mut sources = Sources::of_folder(&at("book"));
        let folders = sources.folders();
        assert!(folders.contains(&at("shared")) && folders.contains(&at("shared/part")), "{folders:?}");
        assert!(sources.hold(&at("shared/a.md")) && !sources.hold(&at("shared/b.md")));
    }
}
