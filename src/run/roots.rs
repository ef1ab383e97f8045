//! The folders that are elsewhere for each clone and machine, by name: what a result depends on is written below them, so
//! that a result holds wherever its book stands.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A folder with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    /// Of what recto keeps.
    Kept,
    Book,
    /// The book's workspace, in cargo's sense.
    Workspace,
    /// A package by path outside of these, by its number in the order of their discovery.
    Package(usize),
    /// cargo's home.
    Cargo,
}

/// A path as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) enum Named {
    Below(Root, PathBuf),
    /// All manifests above a folder: how many there are depends on where it stands.
    Above(Root),
    /// Outside of all folders with a name.
    Outside(PathBuf),
}

/// Where they are on this machine. Of two that hold a path, the first one gives it its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots(Vec<(Root, PathBuf)>);

impl Roots {
    /// `packages` are the folders of the packages by path.
    pub(super) fn new<'a>(
        kept: &Path,
        book: &Path,
        workspace: &Path,
        packages: impl Iterator<Item = &'a Path>,
        cargo: Option<PathBuf>,
    ) -> Roots {
        let mut roots = Roots(vec![
            (Root::Kept, kept.to_path_buf()),
            (Root::Book, book.to_path_buf()),
            (Root::Workspace, workspace.to_path_buf()),
        ]);
        for (number, folder) in packages.enumerate() {
            if matches!(roots.named(folder), Named::Outside(_)) {
                roots.0.push((Root::Package(number), folder.to_path_buf()));
            }
        }
        roots.0.extend(cargo.map(|folder| (Root::Cargo, folder)));
        roots
    }

    pub(super) fn named(&self, path: &Path) -> Named {
        let below =
            |(root, folder): &(Root, PathBuf)| Some(Named::Below(*root, path.strip_prefix(folder).ok()?.into()));
        self.0.iter().find_map(below).unwrap_or_else(|| Named::Outside(path.to_path_buf()))
    }

    /// What a result depends on, given as paths; a manifest above a folder stands for all of them.
    pub(super) fn depended<'a>(&self, paths: impl Iterator<Item = &'a Path>) -> Vec<Named> {
        let mut found: Vec<Named> = Vec::new();
        for path in paths {
            let above = path.parent().filter(|_| path.ends_with("Cargo.toml"));
            let is_above = |folder: &Path| above.is_some_and(|above| above != folder && folder.starts_with(above));
            match self.named(path) {
                Named::Outside(_) if self.0.iter().any(|(_, folder)| is_above(folder)) => {
                    let roots = self.0.iter().filter(|(root, folder)| *root != Root::Cargo && is_above(folder));
                    found.extend(roots.map(|(root, _)| Named::Above(*root)));
                }
                named => found.push(named),
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// Where something is on this machine; nothing where it has no such folder.
    pub(super) fn path(&self, named: &Named) -> Option<PathBuf> {
        match named {
            Named::Below(root, path) if path.as_os_str().is_empty() => self.folder(*root).map(Path::to_path_buf),
            Named::Below(root, path) => Some(self.folder(*root)?.join(path)),
            Named::Above(_) => None,
            Named::Outside(path) => Some(path.clone()),
        }
    }

    /// The manifests that may be above a folder, each with how far above.
    pub(super) fn manifests_above(&self, root: Root) -> impl Iterator<Item = (usize, PathBuf)> {
        let above = self.folder(root).into_iter().flat_map(|folder| folder.ancestors().skip(1));
        above.map(|folder| folder.join("Cargo.toml")).enumerate()
    }

    fn folder(&self, root: Root) -> Option<&Path> {
        self.0.iter().find(|(its, _)| *its == root).map(|(_, folder)| folder.as_path())
    }

    /// Stands for the places of all of them.
    pub(super) fn place(&self) -> String {
        let folders = self.0.iter().map(|(root, folder)| format!("{root}:{}\0", folder.display()));
        blake3::hash(folders.collect::<String>().as_bytes()).to_hex().to_string()
    }

    /// Whether a text in JSON names one of them, as it is or behind links.
    pub(super) fn are_named_in(&self, json: &str) -> bool {
        let folders = self.0.iter().flat_map(|(_, folder)| [Some(folder.clone()), std::fs::canonicalize(folder).ok()]);
        folders.flatten().any(|folder| {
            let quoted = serde_json::to_string(&folder.to_string_lossy()).unwrap_or_default();
            json.contains(quoted.trim_matches('"'))
        })
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Root::Kept => f.write_str("kept"),
            Root::Book => f.write_str("book"),
            Root::Workspace => f.write_str("workspace"),
            Root::Package(number) => write!(f, "package {number}"),
            Root::Cargo => f.write_str("cargo"),
        }
    }
}

impl FromStr for Root {
    type Err = NoName;

    fn from_str(name: &str) -> Result<Root, NoName> {
        Ok(match name {
            "kept" => Root::Kept,
            "book" => Root::Book,
            "workspace" => Root::Workspace,
            "cargo" => Root::Cargo,
            other => Root::Package(other.strip_prefix("package ").and_then(|it| it.parse().ok()).ok_or(NoName)?),
        })
    }
}

impl From<Named> for String {
    fn from(named: Named) -> String {
        match named {
            // A name that is no UTF-8 stands for no other.
            Named::Below(root, path) => format!("{root}:{}", path.to_string_lossy()),
            Named::Above(root) => format!("above {root}:"),
            Named::Outside(path) => format!("outside:{}", path.to_string_lossy()),
        }
    }
}

impl TryFrom<String> for Named {
    type Error = NoName;

    fn try_from(text: String) -> Result<Named, NoName> {
        let (name, path) = text.split_once(':').ok_or(NoName)?;
        Ok(match (name, name.strip_prefix("above ")) {
            ("outside", _) => Named::Outside(path.into()),
            (_, Some(root)) => Named::Above(root.parse()?),
            (root, None) => Named::Below(root.parse()?, path.into()),
        })
    }
}

/// A text that names no path.
#[derive(Debug)]
pub(super) struct NoName;

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this names no path")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(at: &str, cargo: &str) -> Roots {
        let path = |name: &str| PathBuf::from(format!("{at}{name}"));
        let packages = [path("/clone/book"), path("/kit")];
        let packages = packages.iter().map(PathBuf::as_path);
        Roots::new(&path("/clone/target/recto"), &path("/clone/book"), &path("/clone"), packages, Some(cargo.into()))
    }

    #[test]
    fn a_name_is_the_same_wherever_the_folders_are() {
        let (one, two) = (roots("/a", "/home/one/.cargo"), roots("/deep/er/b", "/opt/cargo"));
        for (path, name) in [
            ("/a/clone/book/data/x.csv", "book:data/x.csv"),
            ("/a/clone/book", "book:"),
            ("/a/clone/book/kit/../../other/x", "book:kit/../../other/x"),
            ("/a/clone/target/recto/runtime-1", "kept:runtime-1"),
            ("/a/clone/src/lib.rs", "workspace:src/lib.rs"),
            ("/a/kit/lib.rs", "package 1:lib.rs"),
            ("/home/one/.cargo/registry/x", "cargo:registry/x"),
        ] {
            let named = one.named(Path::new(path));
            assert_eq!(String::from(named.clone()), name);
            assert_eq!(Named::try_from(name.to_owned()).unwrap(), named);
            let there = two.path(&named).unwrap();
            assert_eq!(two.named(&there), named, "{}", there.display());
        }
        assert_eq!(String::from(one.named(Path::new("/etc/x"))), "outside:/etc/x");
        assert_eq!(two.path(&two.named(Path::new("/etc/x"))).unwrap(), Path::new("/etc/x"));
        assert_ne!(one.place(), two.place());
    }

    #[test]
    fn manifests_above_are_one_thing_however_many_there_are() {
        let above = |roots: &Roots, folder: &str| {
            let paths: Vec<PathBuf> = Path::new(folder).ancestors().map(|it| it.join("Cargo.toml")).collect();
            let depended = roots.depended(paths.iter().map(PathBuf::as_path));
            depended.into_iter().map(String::from).collect::<Vec<_>>()
        };
        let expected = ["book:Cargo.toml", "workspace:Cargo.toml"];
        let one = above(&roots("/a", "/c"), "/a/clone/book");
        assert_eq!(one, above(&roots("/deep/er/b", "/c"), "/deep/er/b/clone/book"));
        assert!(expected.iter().all(|name| one.iter().any(|it| it == name)), "{one:?}");
        assert!(one.iter().any(|name| name == "above workspace:"), "{one:?}");
        assert!(!one.iter().any(|name| name.starts_with("outside")), "{one:?}");
    }

    #[test]
    fn a_folder_in_a_text_is_seen() {
        let roots = roots("/a", "/home/one/.cargo");
        assert!(roots.are_named_in(r#""at /home/one/.cargo/registry/x.rs""#));
        assert!(!roots.are_named_in(r#""at src/bowl.md""#));
    }
}
