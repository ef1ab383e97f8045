//! Programs as a package that compiles by itself, away from the book.
//!
//! In: the programs, and the runs that tell which local files were compiled and read. Out: the package's
//! files: a manifest and the lock file, the runtime, and the book's own packages by path, each with the
//! files that were used and a manifest made from what cargo says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{Dependency, DependencyKind, Package, TargetKind};
use toml::{Table, Value};

use crate::problem::{Failure, Problem};
use crate::run::manifest::{RUNTIME, SHOWN_CRATES, runtime_manifest, specification};
use crate::run::{ProgramRun, Workspace};
use crate::site::with_slashes;

/// Files by their path in the package.
type Files = BTreeMap<String, Vec<u8>>;

/// The files of a package with these programs, given as name and source.
///
/// # Errors
/// A file that a program was compiled from can't be read any more.
pub(super) fn package(
    workspace: &Workspace,
    programs: &[(&str, &str)],
    runs: &[&ProgramRun],
) -> Result<Files, Failure> {
    Exporter { workspace }.package(programs, runs)
}

struct Exporter<'a> {
    workspace: &'a Workspace,
}

impl Exporter<'_> {
    fn package(&self, programs: &[(&str, &str)], runs: &[&ProgramRun]) -> Result<Files, Failure> {
        let mut files = Files::new();
        for (name, source) in programs {
            files.insert(format!("{name}.rs"), source.as_bytes().to_vec());
        }
        let mut dependencies = self.workspace.manifest.dependencies.clone();
        for specification in dependencies.iter_mut().filter_map(|(_, value)| value.as_table_mut()) {
            self.make_relative(specification, "");
        }
        files.insert("Cargo.toml".into(), self.manifest_of_programs(programs, dependencies).into());
        files.extend(self.workspace.lock_text().map(|text| ("Cargo.lock".to_owned(), text.into_bytes())));
        if self.workspace.manifest.dependencies.get("recto").is_some_and(has_path) {
            files.insert("recto/Cargo.toml".into(), runtime_manifest().into());
            for (name, text) in RUNTIME {
                files.insert(format!("recto/{name}"), (*text).into());
            }
        }
        self.add_packages(&mut files, runs)?;
        Ok(files)
    }

    /// The packages by path, without the runtime.
    fn own_packages(&self) -> impl Iterator<Item = (&Package, &Path)> {
        let all = self.workspace.local_folders();
        all.filter(|(package, _)| package.name.as_str() != "recto" && package.targets.iter().any(has_library))
    }

    fn add_packages(&self, files: &mut Files, runs: &[&ProgramRun]) -> Result<(), Failure> {
        for (package, folder) in self.own_packages() {
            let manifest = self.manifest_of_package(package, folder);
            files.insert(format!("{}/Cargo.toml", package.name), manifest.into());
            let scripts = package.targets.iter().filter(|target| target.kind.contains(&TargetKind::CustomBuild));
            for script in scripts {
                self.add(files, script.src_path.as_std_path())?;
            }
        }
        let data = self.workspace.root().join("data");
        // Most programs are made of the same files.
        let (mut compiled, mut read) = (BTreeSet::new(), BTreeSet::new());
        for run in runs {
            let its: Vec<&Path> = run.files_read().collect();
            compiled.extend(run.dependencies.iter().map(PathBuf::as_path).filter(|path| !its.contains(path)));
            read.extend(its);
        }
        compiled.into_iter().try_for_each(|path| self.add(files, path))?;
        for path in read {
            if let Ok(below) = path.strip_prefix(&data)
                && path.is_file()
            {
                let bytes = std::fs::read(path).map_err(|error| Problem::io(path, &error))?;
                files.insert(format!("data/{}", with_slashes(below)), bytes);
            }
        }
        Ok(())
    }

    /// Adds a file of one of the packages by path; those of other packages are the runtime's.
    fn add(&self, files: &mut Files, path: &Path) -> Result<(), Failure> {
        let within = self.workspace.local_folders().filter(|(_, folder)| path.starts_with(folder));
        let Some((package, folder)) = within.max_by_key(|(_, folder)| folder.as_os_str().len()) else {
            return Ok(());
        };
        let Ok(below) = path.strip_prefix(folder) else {
            return Ok(());
        };
        if path.is_dir() {
            // What a build script looks at as a whole.
            return self.add_folder(files, path);
        }
        let name = format!("{}/{}", package.name, with_slashes(below));
        // A build script may look for what is not there.
        let is_wanted = package.name.as_str() != "recto" && path.exists();
        if is_wanted && !files.contains_key(&name) {
            let bytes = std::fs::read(path).map_err(|error| Problem::io(path, &error))?;
            files.insert(name, bytes);
        }
        Ok(())
    }

    /// Adds the files of a folder, at any depth, without what git ignores.
    fn add_folder(&self, files: &mut Files, folder: &Path) -> Result<(), Failure> {
        let entries = ignore::WalkBuilder::new(folder).build().flatten().map(ignore::DirEntry::into_path);
        entries.filter(|path| path.is_file()).try_for_each(|file| self.add(files, &file))
    }

    /// Turns the path of a dependency into the one below the package of the programs.
    fn make_relative(&self, specification: &mut Table, up: &str) {
        let Some(Value::String(path)) = specification.get("path") else {
            return;
        };
        let own = self.own_packages().find(|(_, folder)| *folder == Path::new(path));
        match own {
            Some((package, _)) => {
                specification.insert("path".into(), format!("{up}{}", package.name).into());
            }
            None => {
                specification.insert("path".into(), format!("{up}recto").into());
                specification.insert("default-features".into(), false.into());
                if let Some(Value::Array(features)) = specification.get_mut("features") {
                    features.retain(|feature| feature.as_str().is_some_and(|it| SHOWN_CRATES.contains(&it)));
                }
            }
        }
    }

    fn manifest_of_programs(&self, programs: &[(&str, &str)], dependencies: Table) -> String {
        let mut manifest: Table = toml::toml! {
            [package]
            name = "programs"
            version = "0.0.0"
            publish = false
            autobins = false
            [workspace]
            resolver = "3"
            [profile.dev.package."*"]
            opt-level = 3
        };
        if let Some(Value::Table(package)) = manifest.get_mut("package") {
            package.insert("edition".into(), self.workspace.edition().year().into());
        }
        if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
            // No members, so that they are optimised as all dependencies are.
            let own = self.own_packages().map(|(package, _)| Value::from(package.name.as_str()));
            workspace.insert("exclude".into(), own.chain(["recto".into()]).collect::<Vec<_>>().into());
        }
        if let Some(Value::Table(dev)) = manifest.get_mut("profile").and_then(|profile| profile.get_mut("dev")) {
            dev.insert("opt-level".into(), i64::from(self.workspace.manifest.opt_level).into());
        }
        manifest.insert("dependencies".into(), dependencies.into());
        let binaries = programs.iter().map(|(name, _)| {
            let file = format!("{name}.rs");
            Value::Table(Table::from_iter([("name".into(), (*name).into()), ("path".into(), file.into())]))
        });
        manifest.insert("bin".into(), binaries.collect::<Vec<_>>().into());
        if let Some(patch) = self.workspace.manifest.patch.clone().and_then(without_paths) {
            manifest.insert("patch".into(), patch);
        }
        let first = programs.first().map_or("", |(name, _)| name);
        let text = in_order(&manifest);
        format!("# The programs of the lessons, with all that they need: `cargo run --bin {first}`.\n\n{text}")
    }

    /// The manifest of a package by path, without what only its workspace knows.
    fn manifest_of_package(&self, package: &Package, folder: &Path) -> String {
        let below = |path: &Path| with_slashes(path.strip_prefix(folder).unwrap_or(path));
        let mut table = Table::new();
        table.insert("name".into(), package.name.to_string().into());
        table.insert("version".into(), package.version.to_string().into());
        table.insert("edition".into(), package.edition.as_str().into());
        table.insert("publish".into(), false.into());
        for (key, value) in [
            ("license", &package.license),
            ("description", &package.description),
            ("links", &package.links),
        ] {
            if let Some(value) = value {
                table.insert(key.into(), value.clone().into());
            }
        }
        let mut manifest = Table::new();
        for target in &package.targets {
            let path = below(target.src_path.as_std_path());
            if target.kind.contains(&TargetKind::CustomBuild) {
                table.insert("build".into(), path.into());
            } else if target.kind.iter().any(is_library) {
                let mut library = Table::new();
                library.insert("name".into(), target.name.clone().into());
                library.insert("path".into(), path.into());
                if target.kind.contains(&TargetKind::ProcMacro) {
                    library.insert("proc-macro".into(), true.into());
                }
                manifest.insert("lib".into(), library.into());
            }
        }
        manifest.insert("package".into(), table.into());
        let features = package.features.iter();
        let features: Table = features.map(|(name, of)| (name.clone(), of.clone().into())).collect();
        manifest.insert("features".into(), features.into());
        for dependency in &package.dependencies {
            let kind = match dependency.kind {
                DependencyKind::Normal => "dependencies",
                DependencyKind::Build => "build-dependencies",
                _ => continue,
            };
            let within = match &dependency.target {
                None => &mut manifest,
                Some(target) => table_in(table_in(&mut manifest, "target"), &target.to_string()),
            };
            let (name, specification) = self.dependency(dependency);
            table_in(within, kind).insert(name, specification.into());
        }
        in_order(&manifest)
    }

    fn dependency(&self, dependency: &Dependency) -> (String, Table) {
        let mut specification = specification(dependency);
        if dependency.optional {
            specification.insert("optional".into(), true.into());
        }
        self.make_relative(&mut specification, "../");
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
        (name.clone(), specification)
    }
}

/// A manifest as people write it: the package first, then the rest, each dependency on a line.
fn in_order(manifest: &Table) -> String {
    let place = |key: &str| {
        let first = ["package", "lib", "bin", "features", "dependencies"];
        first.iter().position(|it| *it == key).unwrap_or(first.len())
    };
    let mut keys: Vec<&String> = manifest.keys().collect();
    keys.sort_by_key(|key| place(key));
    let part = |key: &String| match (&manifest[key], key.ends_with("dependencies")) {
        (Value::Table(dependencies), true) => {
            let line = |(name, value): (&String, &Value)| format!("{name} = {value}\n");
            format!("[{key}]\n{}", dependencies.iter().map(line).collect::<String>())
        }
        (value, _) => Table::from_iter([(key.clone(), value.clone())]).to_string(),
    };
    let parts: Vec<String> = keys.into_iter().map(part).collect();
    parts.join("\n")
}

/// The table of that name in a table, made if it is not there.
fn table_in<'a>(table: &'a mut Table, name: &str) -> &'a mut Table {
    let value = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
    if !value.is_table() {
        *value = Value::Table(Table::new());
    }
    match value {
        Value::Table(inner) => inner,
        _ => unreachable!("it was made a table above"),
    }
}

fn is_library(kind: &TargetKind) -> bool {
    matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro)
}

fn has_library(target: &cargo_metadata::Target) -> bool {
    target.kind.iter().any(is_library)
}

fn has_path(specification: &Value) -> bool {
    specification.get("path").is_some()
}

/// `[patch]` without the packages by path, which are not there for a reader.
fn without_paths(patch: Value) -> Option<Value> {
    let Value::Table(mut sources) = patch else { return None };
    for source in sources.iter_mut().filter_map(|(_, source)| source.as_table_mut()) {
        source.retain(|_, specification| !has_path(specification));
    }
    sources.retain(|_, source| source.as_table().is_some_and(|it| !it.is_empty()));
    (!sources.is_empty()).then_some(Value::Table(sources))
}
