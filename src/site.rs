//! The book as a site: the pages that mdBook makes of chapters, the ways between them, and names that address them.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_encode_byte;

/// The way from a page to a fragment of a page, as a link in markdown; both are paths below the source folder.
pub(crate) fn link(from: &Path, to: &Path, fragment: &str) -> String {
    if from == to {
        return format!("#{fragment}");
    }
    format!("{}#{fragment}", way(from, &rendered(to)))
}

/// The way from a page to a file below the source folder.
pub(crate) fn way(from: &Path, to: &Path) -> String {
    let up = from.parent().map_or(0, |folder| folder.components().count());
    "../".repeat(up) + &address(to)
}

/// The page of all chapters, and the first one once more.
pub(crate) const PRINT: &str = "print.html";
pub(crate) const INDEX: &str = "index.html";

/// The address of a file below the root of a site. It means nothing to markdown and HTML; letters beyond ASCII stay,
/// since mdBook finds the chapters of its print page by them.
pub(crate) fn address(path: &Path) -> String {
    let encoded = |c: char| match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"/-._~+,!".contains(&byte) => {
            percent_encode_byte(byte).to_owned()
        }
        _ => c.to_string(),
    };
    with_slashes(path).chars().map(encoded).collect()
}

/// A path as it is written on every system.
pub(crate) fn with_slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// What mdBook takes a chapter for: `README.md` becomes the index of its folder.
pub(crate) fn rendered(page: &Path) -> PathBuf {
    let is_readme = page.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("readme"));
    if is_readme { page.with_file_name("index.md") } else { page.to_path_buf() }
}

/// The page that mdBook makes of a chapter.
pub(crate) fn page_of(chapter: &Path) -> PathBuf {
    rendered(chapter).with_extension("html")
}

/// A chapter's path in ASCII letters, digits and `-`; it begins and ends with a letter or digit.
pub(crate) fn plain_name(path: &Path) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }
    };
    let name: String = path.with_extension("").to_string_lossy().chars().map(plain).collect();
    match name.trim_matches('-') {
        "" => "lesson".to_owned(),
        name => name.to_owned(),
    }
}

/// A path without `.`, and with `..` at its beginning alone.
pub(crate) fn short(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for component in path.components() {
        match (component, short.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => drop(short.pop()),
            // Nothing is above the root.
            (Component::ParentDir, Some(Component::RootDir)) | (Component::CurDir, _) => {}
            (component, _) => short.push(component),
        }
    }
    short
}

/// A path without `.` and `..`; nothing when it leads out.
pub(crate) fn normal(path: &Path) -> Option<PathBuf> {
    let short = short(path);
    short.components().all(|component| matches!(component, Component::Normal(_))).then_some(short)
}

/// Where a path leads from the folder in which the command was given, without `.` and `..`, as cargo names it.
pub(crate) fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    std::path::absolute(path).map(|path| short(&path))
}

/// Whether Windows keeps a name, in small letters, for a device, whatever follows it behind a full stop.
pub(crate) fn is_device(name: &str) -> bool {
    let port = name.strip_prefix("com").or(name.strip_prefix("lpt"));
    let is_number = |number: &str| matches!(number.as_bytes(), [b'1'..=b'9']);
    ["aux", "con", "nul", "prn"].contains(&name) || port.is_some_and(is_number)
}

/// Names, each of which is used once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    used: HashSet<String>,
    /// The last number that a name got: those up to it are used.
    numbers: HashMap<String, usize>,
}

impl Names {
    /// Takes a name that is used elsewhere.
    pub(crate) fn take(&mut self, name: String) {
        self.used.insert(name);
    }

    /// A name that is not used yet: this one, or the first of those with a number, from 1, that is not.
    pub(crate) fn unused(&mut self, name: &str, numbered: impl Fn(usize) -> String) -> String {
        if self.used.insert(name.to_owned()) {
            return name.to_owned();
        }
        let number = self.numbers.entry(name.to_owned()).or_default();
        loop {
            *number += 1;
            let unused = numbered(*number);
            if self.used.insert(unused.clone()) {
                return unused;
            }
        }
    }
}

/// A file that no chapter makes: its path below the site's root, and its bytes.
pub(crate) type File = (String, Vec<u8>);

/// `root/path`, without a leading `./`.
pub(crate) fn below(root: &Path, path: &Path) -> PathBuf {
    if root == Path::new(".") { path.to_path_buf() } else { root.join(path) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ways_between_pages() {
        let link = |from: &str, to: &str| link(Path::new(from), Path::new(to), "x");
        assert_eq!(link("a.md", "a.md"), "#x");
        assert_eq!(link("a.md", "part/b c.md"), "part/b%20c.md#x");
        assert_eq!(link("part/deep/a.md", "b.md"), "../../b.md#x");
        assert_eq!(link("a.md", "part/README.md"), "part/index.md#x");
        assert_eq!(link("a#b/c.md", "100%.md"), "../100%25.md#x");
        assert_eq!(address(Path::new("a/what?(x&y)[z]'\".html")), "a/what%3F%28x%26y%29%5Bz%5D%27%22.html");
        assert_eq!(address(Path::new("größe_1-2~3:4/c++.svg")), "größe_1-2~3%3A4/c++.svg");
    }

    #[test]
    fn paths_are_made_plain() {
        assert_eq!(normal(Path::new("a/../b/./c.md")), Some(PathBuf::from("b/c.md")));
        assert_eq!(normal(Path::new("a/../../b.md")), None);
        for (long, whole) in [
            ("../a/../b", "../b"),
            ("a/../../b", "../b"),
            ("/a/./../../b", "/b"),
            ("a/..", ""),
        ] {
            assert_eq!(short(Path::new(long)), Path::new(whole), "{long}");
        }
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute(Path::new("a/../b/./c.md")).unwrap(), here.join("b/c.md"));
        assert_eq!(absolute(Path::new("/a/../../b")).unwrap(), Path::new("/b"));
    }

    #[test]
    fn a_readme_becomes_the_index() {
        assert_eq!(page_of(Path::new("part/README.md")), Path::new("part/index.html"));
        assert_eq!(page_of(Path::new("bowl.md")), Path::new("bowl.html"));
    }

    #[test]
    fn each_name_is_its_own() {
        let mut used = Names::default();
        let names = ["steps", "steps", "steps_2", "steps"]
            .map(|name| used.unused(name, |number| format!("{name}_{}", number + 1)));
        assert_eq!(names, ["steps", "steps_2", "steps_2_2", "steps_3"]);
    }

    proptest! {
        #[test]
        fn an_address_leads_to_its_file(name in "[ -~äß😀]{1,8}") {
            let address = address(Path::new(&name));
            prop_assert!(!address.contains([' ', '"', '\'', '<', '>', '#', '?', '&', '(', ')', '[', ']', ':', '\\']));
            let decoded = percent_encoding::percent_decode_str(&address).decode_utf8();
            prop_assert_eq!(decoded.unwrap(), name.replace('\\', "/"));
        }
    }
}
