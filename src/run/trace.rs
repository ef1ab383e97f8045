//! What cargo and rustc wrote down of what they read: the `.d` lists beside what they made, and what build scripts said.
//!
//! In: cargo's messages of one call. Out: for each program the files, folders and variables on which it depends. Where
//! a list can't be read, all that could have been read counts.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{Artifact, BuildScript, PackageId};

use super::variables::Variables;
use super::workspace::{Locked, Workspace};
use crate::tangle::{Program, Purpose};

/// What a result depends on besides its program.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs {
    /// Files, folders with all that is in them, and what was looked for where there is nothing.
    pub(super) paths: BTreeSet<PathBuf>,
    /// Names of variables of the caller.
    pub(super) variables: BTreeSet<String>,
    /// The lock file of the generated package, as cargo left it.
    pub(super) lock: Option<Locked>,
    /// Why the result may be another where the book stands elsewhere.
    pub(super) bound: Option<String>,
}

/// Words of code that asks where it is. What is made of that can't be told from other results.
const ASKS: [&str; 16] = [
    "current_dir", "current_exe", "canonicalize", "temp_dir", "home_dir", "env::args", "args_os", "args()",
    "env::vars", "vars_os", "RECTO_DATA", "path::absolute", "{absolute,", ", absolute,", ", absolute}", "/proc/",
];
/// Those of code that may find the data without asking recto for it.
const FINDS: [&str; 4] = ["RECTO_DATA", "env::vars", "vars_os", "/proc/"];
/// Those of code that the compiler names by its whole path: packages by path, other than the lessons themselves.
const NAMES: [&str; 2] = ["file!", "Location"];
/// What cargo tells the compiler of places.
const TOLD: [&str; 3] = ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "OUT_DIR"];

/// The tool's own package, which is this recto's or is refused.
const OWN: &str = "recto";

fn asks<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    words.iter().copied().find(|word| text.contains(word))
}

/// What the text of a source has of these words.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// It may find the data.
    finds: bool,
    /// What it asks for its place with.
    place: Option<&'static str>,
}

impl Asked {
    fn read(path: &Path) -> Asked {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // Data that is compiled in asks for nothing.
        let is_code = path.extension().is_some_and(|it| it == "rs");
        Asked {
            finds: asks(&text, &FINDS).is_some(),
            place: asks(&text, &ASKS).or_else(|| asks(&text, &NAMES)).filter(|_| is_code),
        }
    }
}

/// What the crates that lessons link were made from.
#[derive(Debug)]
pub(super) struct Trace<'a> {
    workspace: &'a Workspace,
    shared: Inputs,
    /// Hashes in the names of what was compiled.
    pub(super) units: BTreeSet<String>,
    /// Folders of the packages by path.
    packages: BTreeMap<PackageId, PathBuf>,
    /// Sources of the runtime, where the book names it by path.
    own: BTreeSet<PathBuf>,
    /// rustc's lists, by crate; those of programs are among them.
    lists: BTreeMap<String, Vec<PathBuf>>,
    /// The sources that were read; most are those of all programs.
    asked: RefCell<HashMap<PathBuf, Asked>>,
}

impl<'a> Trace<'a> {
    pub(super) fn new(workspace: &'a Workspace) -> Self {
        Trace {
            workspace,
            shared: Inputs::default(),
            units: BTreeSet::new(),
            packages: BTreeMap::new(),
            own: BTreeSet::new(),
            lists: BTreeMap::new(),
            asked: RefCell::default(),
        }
    }

    /// Takes in that a crate is compiled which is no program of a lesson.
    pub(super) fn hear_artifact(&mut self, artifact: &Artifact) {
        let files = artifact.filenames.iter().flat_map(|file| file.components());
        self.units.extend(files.filter_map(|part| hash_in(part.as_str()).map(str::to_owned)));
        let is_local = is_local(&artifact.package_id);
        let is_own = is_local && name_of(&artifact.package_id) == OWN;
        let lists: BTreeSet<PathBuf> = artifact.filenames.iter().flat_map(|file| lists_beside(file)).collect();
        let lists: Vec<Listed> = lists.iter().filter_map(|list| Listed::read(list)).collect();
        if lists.is_empty() {
            self.shared.variables.extend(self.workspace.variables.unkeyed().map(str::to_owned));
        }
        if let (true, Some(folder)) = (is_local, artifact.manifest_path.parent()) {
            let folder = folder.as_std_path();
            self.packages.insert(artifact.package_id.clone(), folder.to_path_buf());
            self.shared.paths.extend(folder.ancestors().map(|above| above.join("Cargo.toml")));
            if folder.to_string_lossy().contains(['\n', '\r', '\\']) {
                // The lists can't hold such a path.
                self.shared.paths.insert(folder.to_path_buf());
            }
            if lists.is_empty() {
                self.shared.paths.extend(rust_sources(folder));
            }
        }
        for list in lists {
            let told = list.variables.iter().find(|name| TOLD.contains(&name.as_str())).filter(|_| is_local && !is_own);
            if let Some(name) = told {
                self.bind(format!("`{}` is compiled with `{name}`", name_of(&artifact.package_id)));
            }
            self.shared.variables.extend(list.variables);
            if is_own {
                self.own.extend(list.files.iter().cloned());
            }
            if is_local {
                self.shared.paths.extend(list.files);
            }
        }
    }

    /// Takes in that a build script was run, now or earlier: it says itself what it depends on, and where it does
    /// not, that is all of its package.
    pub(super) fn hear_script(&mut self, script: &BuildScript) {
        if is_local(&script.package_id) && name_of(&script.package_id) != OWN {
            self.bind(format!("`{}` has a build script, which may ask where it is", name_of(&script.package_id)));
        }
        self.units
            .extend(script.out_dir.components().filter_map(|part| hash_in(part.as_str()).map(str::to_owned)));
        let output = script.out_dir.parent().map(|folder| folder.join("output"));
        let said = output.and_then(|output| std::fs::read_to_string(output).ok());
        let folder = self.packages.get(&script.package_id);
        let Some(said) = said else {
            self.shared.variables.extend(self.workspace.variables.unkeyed().map(str::to_owned));
            self.shared.paths.extend(folder.cloned());
            return;
        };
        let told = said.lines().filter_map(|line| line.strip_prefix("cargo:")?.trim_start_matches(':').split_once('='));
        let mut is_whole = true;
        for (key, value) in told {
            match key {
                "rerun-if-env-changed" => {
                    self.shared.variables.insert(value.trim().to_owned());
                }
                "rerun-if-changed" => {
                    let path = folder.map_or_else(|| PathBuf::from(value.trim()), |folder| folder.join(value.trim()));
                    self.shared.paths.extend(path.is_absolute().then_some(path));
                }
                _ => continue,
            }
            is_whole = false;
        }
        if is_whole {
            self.shared.paths.extend(folder.cloned());
        }
    }

    fn bind(&mut self, why: String) {
        self.shared.bound.get_or_insert(why);
    }

    /// What its sources, other than those of the runtime, have of the words that count.
    fn asked<'t>(&'t self, sources: &'t [PathBuf]) -> impl Iterator<Item = (&'t Path, Asked)> {
        let others = sources.iter().filter(|path| !self.own.contains(*path));
        others.map(|path| {
            let mut known = self.asked.borrow_mut();
            (path.as_path(), *known.entry(path.clone()).or_insert_with(|| Asked::read(path)))
        })
    }

    /// Why the result of a program may be another where the book stands elsewhere, as far as its code tells.
    fn bound_by_code(&self, program: &Program, variables: &[String], sources: &[PathBuf]) -> Option<String> {
        let in_cell = || asks(&program.source, &ASKS).map(|word| format!("its code has `{word}`"));
        let in_variables = || {
            let name = variables.iter().find(|name| name.starts_with("CARGO") || TOLD.contains(&name.as_str()))?;
            Some(format!("its code reads `{name}`"))
        };
        let in_sources = || {
            let found = self.asked(sources).find_map(|(path, asked)| Some((path.file_name()?, asked.place?)));
            found.map(|(name, word)| format!("`{}` has `{word}`", name.to_string_lossy()))
        };
        in_cell().or_else(in_variables).or_else(in_sources)
    }

    /// Whether a program may read data of which recto hears nothing.
    fn finds_data(&self, program: &Program, sources: &[PathBuf]) -> bool {
        asks(&program.source, &FINDS).is_some() || self.asked(sources).any(|(_, asked)| asked.finds)
    }

    /// Looks for the lists of the programs of a package, once cargo is done.
    pub(super) fn finish(&mut self, package: &str) {
        self.shared.lock = self.workspace.lock_of(package);
        let build = self.workspace.build_folder();
        let targets = std::fs::read_dir(build).into_iter().flatten().flatten().map(|entry| entry.path());
        // Where cargo's configuration names a target, there is a folder of it in between.
        let folders = ["debug/deps", "deps", "debug/examples", "examples"];
        let folders = targets.flat_map(|target| folders.map(|folder| target.join(folder)));
        for entry in folders.flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten()) {
            let path = entry.path();
            if let (Some(true), Some(stem)) = (path.extension().map(|it| it == "d"), path.file_stem()) {
                let stem = stem.to_string_lossy();
                let name = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name);
                self.lists.entry(name.to_owned()).or_default().push(path);
            }
        }
    }

    /// The local sources that a program was compiled from, and all that its result depends on. `name` is that under which
    /// it was compiled; `executable` is there for one that is run.
    pub(super) fn inputs_of(&self, program: &Program, name: &str, executable: Option<&Path>) -> (Vec<PathBuf>, Inputs) {
        let mut inputs = self.shared.clone();
        let lists = self.lists.get(&name.replace('-', "_")).into_iter().flatten();
        let own: Vec<Listed> = lists.filter_map(|list| Listed::read(list)).collect();
        if own.is_empty() {
            inputs.variables.extend(self.workspace.variables.unkeyed().map(str::to_owned));
        }
        let listed = executable.and_then(|it| std::fs::read_to_string(it.with_extension("d")).ok());
        // What recto and cargo made follows from the rest.
        let generated = self.workspace.generated();
        let sources = match (&program.purpose, listed) {
            (Purpose::Run | Purpose::Test, Some(text)) => {
                files_listed(&text).into_iter().filter(|path| !path.starts_with(generated)).collect()
            }
            (purpose, _) => {
                inputs.paths.extend(own.iter().flat_map(|list| list.files.iter().cloned()));
                let all = self.workspace.local_folders().flat_map(|(_, folder)| rust_sources(folder));
                if matches!(purpose, Purpose::Fail(_)) { Vec::new() } else { all.collect() }
            }
        };
        if self.finds_data(program, &sources) {
            inputs.paths.insert(self.workspace.root().join("data"));
        }
        let variables: Vec<String> = own.into_iter().flat_map(|list| list.variables).collect();
        inputs.bound = inputs.bound.or_else(|| self.bound_by_code(program, &variables, &sources));
        inputs.variables.extend(variables);
        inputs.variables.retain(|name| Variables::count_where_read(name));
        inputs.paths.extend(sources.iter().cloned());
        inputs.paths.retain(|path| path.is_absolute() && !path.starts_with(generated));
        (sources, inputs)
    }
}

fn is_local(package: &PackageId) -> bool {
    package.repr.starts_with("path+")
}

/// The name of a package, of which cargo leaves out what its folder says.
fn name_of(package: &PackageId) -> &str {
    let (place, tail) = package.repr.rsplit_once('#').unwrap_or(("", &package.repr));
    let of_folder = || place.rsplit('/').next().unwrap_or_default();
    tail.split_once('@').map_or_else(of_folder, |(name, _)| name)
}

/// The hash of what a file belongs to, as in `libkit-0123456789abcdef.rlib`.
pub(super) fn hash_in(name: &str) -> Option<&str> {
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    let (_, hash) = name.rsplit_once('-')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// Where rustc's list of what it read for a file may be: `kit-0f3a.d` beside `libkit-0f3a.rlib`; for a build script any
/// in its folder.
fn lists_beside(file: &Utf8Path) -> Vec<PathBuf> {
    let (Some(stem), Some(folder)) = (file.file_stem(), file.parent()) else {
        return Vec::new();
    };
    let is_list = |path: &PathBuf| path.extension().is_some_and(|it| it == "d");
    if stem.starts_with("build-script-") {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        return entries.map(|entry| entry.path()).filter(is_list).collect();
    }
    let names = [stem, stem.strip_prefix("lib").unwrap_or(stem)];
    names.into_iter().map(|name| folder.join(format!("{name}.d")).into_std_path_buf()).collect()
}

/// What rustc wrote into its list.
struct Listed {
    files: Vec<PathBuf>,
    variables: Vec<String>,
}

impl Listed {
    fn read(list: &Path) -> Option<Listed> {
        let text = std::fs::read_to_string(list).ok()?;
        let variables = text.lines().filter_map(|line| line.strip_prefix("# env-dep:"));
        let name = |line: &str| line.split_once('=').map_or(line, |(name, _)| name).to_owned();
        Some(Listed {
            variables: variables.map(name).collect(),
            files: files_listed(text.lines().next().unwrap_or_default()),
        })
    }
}

/// The Rust sources and the manifest of a package, without what git ignores.
fn rust_sources(folder: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder).filter_entry(|entry| entry.file_name() != "target").build();
    let mut sources: Vec<PathBuf> = walk
        .flatten()
        .map(ignore::DirEntry::into_path)
        .filter(|path| {
            path.extension().is_some_and(|it| it == "rs") || path.file_name().is_some_and(|it| it == "Cargo.toml")
        })
        .collect();
    sources.sort();
    sources
}

/// The files after the colon of a `.d` file; a space in a name is written `\ `.
fn files_listed(text: &str) -> Vec<PathBuf> {
    let Some((_, files)) = text.split_once(": ") else {
        return Vec::new();
    };
    let mut found = vec![String::new()];
    let mut characters = files.trim_end().chars().peekable();
    while let Some(c) = characters.next() {
        match (c, found.last_mut()) {
            ('\\', Some(last)) if characters.peek() == Some(&' ') => last.extend(characters.next()),
            (' ' | '\n', _) => found.push(String::new()),
            (_, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    found.into_iter().filter(|name| !name.is_empty()).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_files_with_spaces_and_variables() {
        let files = files_listed("/t/debug/bowl: /b/kit/lib.rs /b/my\\ data.csv\n");
        assert_eq!(files, [PathBuf::from("/b/kit/lib.rs"), PathBuf::from("/b/my data.csv")]);

        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("kit-0f.d");
        std::fs::write(&list, "/t/kit-0f.d: /b/kit/lib.rs\n\n/b/kit/lib.rs:\n\n# env-dep:A=1\n# env-dep:B\n").unwrap();
        let listed = Listed::read(&list).unwrap();
        assert_eq!((listed.files, listed.variables), (vec!["/b/kit/lib.rs".into()], vec!["A".into(), "B".into()]));
        let library = Utf8Path::new("/t/libkit-0f.rlib");
        assert!(lists_beside(library).contains(&PathBuf::from("/t/kit-0f.d")));
    }
}
