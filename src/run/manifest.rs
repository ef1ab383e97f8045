//! Manifests: what cargo says of the book's, and those of the generated package and of the runtime.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package, TargetKind};
use regex::Regex;
use toml::de::DeTable;
use toml::{Table, Value};

use super::generated::write_if_changed;
use crate::problem::{Failure, Kind, Problem};
use crate::source::SourceFile;
use crate::tangle::{Program, Purpose};

/// The runtime's sources, as the tool carries them; `build.rs` lists them.
pub(crate) const RUNTIME: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/runtime.rs"));

/// The tool's own manifest, for the versions of the crates that the runtime can show.
const OWN_MANIFEST: &str = include_str!("../../Cargo.toml");

/// Crates whose values the runtime shows when the book depends on them; also its feature names.
pub(crate) const SHOWN_CRATES: [&str; 2] = ["nalgebra", "plotters"];

/// How programs are compiled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Profile {
    pub(super) opt_level: u8,
    /// Faster when they are compiled again, for a few MB each; the results are the same.
    pub(super) incremental: bool,
}

/// What a program is to cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Bin,
    /// A library: it is not linked.
    Example,
    Test,
}

impl Target {
    const ALL: [Target; 3] = [Target::Bin, Target::Example, Target::Test];

    pub(super) fn of(purpose: &Purpose) -> Target {
        match purpose {
            Purpose::Run | Purpose::Link | Purpose::Fail(_) => Target::Bin,
            Purpose::Check => Target::Example,
            Purpose::Test => Target::Test,
        }
    }

    /// As manifests and cargo's options have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Target::Bin => "bin",
            Target::Example => "example",
            Target::Test => "test",
        }
    }

    fn table(self, program: &Program) -> Table {
        let path = program.file.to_string_lossy().into_owned();
        let mut table = Table::from_iter([
            ("name".to_owned(), program.name.clone().into()),
            ("path".to_owned(), path.into()),
        ]);
        if self == Target::Example {
            table.insert("crate-type".into(), vec![Value::from("lib")].into());
        }
        table
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) dependencies: Table,
    pub(crate) patch: Option<Value>,
    pub(crate) opt_level: u8,
    /// Dependencies are not optimised: blocks that stand alone show an interface more often than they compute.
    pub(crate) is_light: bool,
}

fn metadata(manifest: &Path) -> Result<Metadata, Failure> {
    told_by_cargo(manifest).map_err(|reason| unreadable(manifest, &reason))
}

/// # Errors
/// What cargo says.
fn told_by_cargo(manifest: &Path) -> Result<Metadata, String> {
    let ask = |command: &mut MetadataCommand| command.manifest_path(manifest).no_deps().exec();
    // It reads manifests alone, and cargo parses the certificates of the system at each start, a third of the time. Where the
    // toolchain has to be fetched first, they are needed.
    let told =
        ask(MetadataCommand::new().env("SSL_CERT_FILE", "/dev/null")).or_else(|_| ask(&mut MetadataCommand::new()));
    told.map_err(|error| match &error {
        cargo_metadata::Error::CargoMetadata { stderr } => stderr.trim().trim_start_matches("error: ").to_owned(),
        other => other.to_string(),
    })
}

fn unreadable(manifest: &Path, reason: &str) -> Failure {
    if let Some(problem) = no_toml(manifest).or_else(|| located(manifest, reason)) {
        return problem.in_environment();
    }
    Failure::environment(format!("cargo can't read `{}`: {reason}", manifest.display()))
}

/// Where in a manifest the line stands that cargo shows. It may have been shown a copy with other lines around it.
fn located(manifest: &Path, reason: &str) -> Option<Problem> {
    static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^(?s:(.*?))\n\s*--> [^\n]+\n\s*\|\n\s*\d+ \| ([^\n]+)\n\s*\| ( *)(\^+)").expect("a constant")
    });
    let shown = SHOWN.captures(reason)?;
    let file = SourceFile::read(manifest).ok()?;
    let start = file.text.match_indices(&shown[2]).map(|(start, _)| start).next()?;
    let columns = |count: usize| shown[2].char_indices().nth(count).map_or(shown[2].len(), |(at, _)| at);
    let (before, marked) = (shown[3].len(), shown[4].len());
    let place = file.place(start + columns(before)..start + columns(before + marked));
    let message = format!("cargo can't read this manifest: {}", shown[1].trim());
    Some(Problem::error(Kind::Environment, message).at(place))
}

/// Where a manifest is no TOML, in recto's own form.
fn no_toml(manifest: &Path) -> Option<Problem> {
    let file = SourceFile::read(manifest).ok()?;
    let error = DeTable::parse(&file.text).err()?;
    let span = error.span().unwrap_or_default();
    let message = format!("cargo can't read this manifest: {}", error.message());
    Some(Problem::error(Kind::Environment, message).at(file.place(span)))
}

/// The same of a package without a library and a program, which is not what cargo was shown. Of a crate below it, cargo looks for
/// the workspace in the folders above, and stops at the package.
fn unreadable_around(manifest: &Path, reason: &str) -> Failure {
    let mut crates = reason.lines().filter_map(|line| line.split("failed to load manifest for dependency `").nth(1));
    let name = crates.next_back().and_then(|rest| rest.split('`').next());
    let Some(name) = name.filter(|_| reason.contains("no targets specified")) else {
        return unreadable(manifest, reason);
    };
    let message = format!("cargo can't load the crate `{name}` below a package without a library and a program");
    let mut problem = Problem::error(Kind::Environment, message)
        .note(format!("it looks for the workspace of `{name}` in the folders above, and can't read what it finds"));
    let file = SourceFile::read(manifest).ok();
    let table = file.as_ref().and_then(|file| DeTable::parse(&file.text).ok());
    let dependency = table.as_ref().and_then(|table| table.get_ref().get("dependencies")?.get_ref().get(name));
    if let (Some(file), Some(dependency)) = (&file, dependency) {
        problem = problem.at(file.place(dependency.span()));
    }
    let path = dependency.and_then(|it| it.get_ref().get("path")?.get_ref().as_str()).map(Path::new);
    let below = path.and_then(|path| SourceFile::read(manifest.parent()?.join(path).join("Cargo.toml")).ok());
    match below {
        Some(below) => {
            let (end, shown) = (below.text.len(), path.unwrap_or(Path::new("")).join("Cargo.toml"));
            let line_end = if below.text.ends_with('\n') { "" } else { "\n" };
            let help = format!("end the search there: write `[workspace]` as the last line of `{}`", shown.display());
            problem.mended(help, below.place(end..end), format!("{line_end}\n[workspace]\n"))
        }
        None => problem.help(format!("end the search there: write `[workspace]` into the Cargo.toml of `{name}`")),
    }
    .in_environment()
}

/// What cargo says of the book's own package, which need not have a library or a program. cargo refuses a
/// package with neither, and so is shown a copy with an empty library.
pub(super) fn book_metadata(manifest: &Path) -> Result<Metadata, Failure> {
    const TARGETS: [&str; 5] = ["lib", "bin", "example", "test", "bench"];
    const SOURCES: [&str; 6] = ["src/lib.rs", "src/main.rs", "src/bin", "examples", "tests", "benches"];
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let table: Option<Table> = std::fs::read_to_string(manifest).ok().and_then(|text| text.parse().ok());
    let is_bare = |table: &Table| table.contains_key("package") && !TARGETS.iter().any(|key| table.contains_key(*key));
    let Some(mut table) = table.filter(is_bare).filter(|_| !SOURCES.iter().any(|path| folder.join(path).exists()))
    else {
        return metadata(manifest);
    };
    make_paths_absolute(&mut table, folder);
    let workspace = table.entry("workspace").or_insert_with(|| Table::new().into());
    if let Some(workspace) = workspace.as_table_mut() {
        // The copy has no others beside it.
        ["members", "default-members", "exclude"].iter().for_each(|key| drop(workspace.remove(*key)));
    }
    table.insert("lib".into(), Table::from_iter([("path".to_owned(), "lib.rs".into())]).into());
    let copy = tempfile::tempdir().map_err(|error| Problem::io(manifest, &error))?;
    let copied = copy.path().join("Cargo.toml");
    write_if_changed(&copied, &table.to_string())?;
    write_if_changed(&copy.path().join("lib.rs"), "")?;
    let mut metadata = told_by_cargo(&copied).map_err(|reason| unreadable_around(manifest, &reason))?;
    for package in metadata.packages.iter_mut().filter(|package| package.manifest_path == copied) {
        package.manifest_path = utf8(manifest);
        package.targets.clear();
    }
    if let Ok(below) = metadata.target_directory.strip_prefix(&metadata.workspace_root) {
        metadata.target_directory = utf8(folder).join(below);
    }
    metadata.workspace_root = utf8(folder);
    Ok(metadata)
}

fn utf8(path: &Path) -> cargo_metadata::camino::Utf8PathBuf {
    path.to_string_lossy().into_owned().into()
}

/// The dependencies of a manifest, wherever they stand in it, with their paths made absolute.
fn make_paths_absolute(manifest: &mut Table, folder: &Path) {
    for (key, value) in manifest.iter_mut() {
        match value {
            Value::Table(table) => make_paths_absolute(table, folder),
            Value::String(path) if key == "path" => *path = folder.join(&*path).to_string_lossy().into_owned(),
            _ => {}
        }
    }
}

pub(super) fn package_at<'a>(metadata: &'a Metadata, manifest: &Path) -> Option<&'a Package> {
    metadata.packages.iter().find(|package| package.manifest_path.as_std_path() == manifest)
}

/// Crates that each lesson sees under these names; a package's library would stand in the place of one.
const SEEN: [&str; 6] = ["recto", "std", "core", "alloc", "proc_macro", "test"];

/// Looks whether lessons could name the library of a package, whose manifest stands at this path.
pub(super) fn check_name(package: &Package, manifest: &Path) -> Result<(), Failure> {
    let library = package.name.replace('-', "_");
    if !SEEN.contains(&library.as_str()) {
        return Ok(());
    }
    let message = format!("the package can't be called `{}`: lessons see another crate of this name", package.name);
    let problem = Problem::error(Kind::Environment, message).help("give it another `name`");
    let file = SourceFile::read(manifest).map_err(|error| Problem::io(manifest, &error))?;
    let table = DeTable::parse(&file.text).ok();
    let name = table.as_ref().and_then(|table| table.get_ref().get("package")?.get_ref().get("name"));
    Err(match name {
        Some(name) => problem.at(file.place(name.span())),
        None => problem,
    }
    .in_environment())
}

/// What lessons may use: the package's library and its own dependencies.
pub(super) fn dependencies(package: &Package) -> Table {
    let mut table = Table::new();
    let is_library = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro);
    if package.targets.iter().any(|target| target.kind.iter().any(is_library)) {
        let folder = package.manifest_path.parent().map(ToString::to_string).unwrap_or_default();
        table.insert(package.name.to_string(), Table::from_iter([("path".to_owned(), folder.into())]).into());
    }
    let enabled = enabled(package);
    for dependency in &package.dependencies {
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
        if dependency.kind == DependencyKind::Normal && (!dependency.optional || enabled.contains(name.as_str())) {
            table.insert(name.clone(), specification(dependency).into());
        }
    }
    table
}

/// The optional dependencies that the package's default features enable.
fn enabled(package: &Package) -> BTreeSet<&str> {
    let (mut enabled, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec!["default"]);
    while let Some(feature) = open.pop() {
        for part in package.features.get(feature).filter(|_| seen.insert(feature)).into_iter().flatten() {
            match (part.strip_prefix("dep:"), part.split_once('/')) {
                (Some(dependency), _) => drop(enabled.insert(dependency)),
                (None, Some((dependency, _))) if !dependency.ends_with('?') => drop(enabled.insert(dependency)),
                (None, Some(_)) => {}
                (None, None) => open.push(part),
            }
        }
    }
    enabled
}

pub(crate) fn specification(dependency: &Dependency) -> Table {
    let mut table = Table::new();
    if dependency.rename.is_some() {
        table.insert("package".into(), dependency.name.clone().into());
    }
    let source = dependency.source.as_ref().map(|source| source.repr.as_str()).unwrap_or_default();
    if let Some(path) = &dependency.path {
        table.insert("path".into(), path.to_string().into());
    } else if let Some(git) = source.strip_prefix("git+") {
        let (url, query) = git.split_once('?').unwrap_or((git, ""));
        table.insert("git".into(), url.into());
        if let Some((key @ ("branch" | "tag" | "rev"), value)) = query.split_once('=') {
            table.insert(key.into(), value.into());
        }
    } else {
        table.insert("version".into(), dependency.req.to_string().into());
        if let Some(registry) = &dependency.registry {
            table.insert("registry-index".into(), registry.clone().into());
        }
    }
    if !dependency.uses_default_features {
        table.insert("default-features".into(), false.into());
    }
    if !dependency.features.is_empty() {
        table.insert("features".into(), dependency.features.clone().into());
    }
    table
}

/// `[patch]` of the book's workspace, its paths made absolute.
pub(super) fn patch(workspace: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(workspace.join("Cargo.toml")).ok()?;
    let mut patch = text.parse::<Table>().ok()?.remove("patch")?;
    make_paths_absolute(patch.as_table_mut()?, workspace);
    Some(patch)
}

/// The package and those by path that it depends on, in the order of their discovery. One outside of the
/// workspace is looked up; what cargo can't read there, it will say when it compiles.
pub(super) fn local_packages(known: &Metadata, package: &Package) -> Vec<Package> {
    let mut found: Vec<Package> = Vec::new();
    let mut open = vec![package.clone()];
    while let Some(package) = open.pop() {
        if found.iter().any(|other| other.manifest_path == package.manifest_path) {
            continue;
        }
        let by_path = package
            .dependencies
            .iter()
            .filter_map(|dependency| Some((dependency.name.as_str(), dependency.path.as_ref()?)));
        for (name, path) in by_path {
            let manifest = path.join("Cargo.toml");
            let manifest = manifest.as_std_path();
            // The tool knows its own runtime, and cargo takes a while to answer.
            let outside = || match name {
                "recto" => None,
                _ => package_at(&metadata(manifest).ok()?, manifest).cloned(),
            };
            open.extend(package_at(known, manifest).cloned().or_else(outside));
        }
        found.push(package);
    }
    found
}

/// The runtime that a library of another book brings: a lock file has room for one of a version.
pub(super) fn runtime_of(local: &[Package]) -> Option<Table> {
    let dependencies = local.iter().flat_map(|package| &package.dependencies);
    let mut runtimes = dependencies.filter(|its| its.kind == DependencyKind::Normal && its.name == "recto");
    let mut runtime = specification(runtimes.find(|its| its.path.is_some())?);
    runtime.insert("default-features".into(), false.into());
    Some(runtime)
}

impl Manifest {
    /// Adds the runtime: the one the book names, or the tool's own, written beside the builds, of which a book of blocks
    /// needs a small part.
    pub(super) fn add_runtime(&mut self, target: &Path, is_of_blocks: bool) -> Result<(), Failure> {
        let is_shown = |name: &&str| {
            let requirement = self.dependencies.get(*name).and_then(|its| its.get("version")?.as_str());
            requirement.is_some_and(|requirement| is_own_version(name, requirement))
        };
        let mut shown: Vec<Value> = SHOWN_CRATES.into_iter().filter(is_shown).map(Value::from).collect();
        if let Some(Value::Table(named)) = self.dependencies.get_mut("recto") {
            let features = named.entry("features").or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(features) = features {
                features.extend(shown.into_iter().filter(|it| !features.contains(it)).collect::<Vec<_>>());
            }
            return Ok(());
        }
        let mut manifest = runtime_manifest();
        if is_of_blocks {
            manifest.push_str("\n[lib]\npath = \"src/runtime/blocks.rs\"\n");
            shown.clear();
        }
        let sources: String = RUNTIME.iter().map(|(_, text)| *text).collect();
        let digest = blake3::hash((manifest.clone() + &sources).as_bytes()).to_hex();
        let folder = target.join(format!("runtime-{}-{}", env!("CARGO_PKG_VERSION"), &digest[..8]));
        write_if_changed(&folder.join("Cargo.toml"), &manifest)?;
        for (name, text) in RUNTIME {
            write_if_changed(&folder.join(name), text)?;
        }
        let mut runtime = Table::new();
        runtime.insert("path".into(), folder.to_string_lossy().into_owned().into());
        runtime.insert("features".into(), Value::Array(shown));
        runtime.insert("default-features".into(), false.into());
        self.dependencies.insert("recto".into(), runtime.into());
        Ok(())
    }

    /// What of it decides about results, its paths written as `name` has them.
    pub(super) fn keyed(&self, name: impl Fn(&Path) -> String) -> String {
        let mut dependencies = Value::Table(self.dependencies.clone());
        rename_paths(&mut dependencies, &name);
        let mut patch = self.patch.clone();
        patch.iter_mut().for_each(|patch| rename_paths(patch, &name));
        let dependencies = dependencies.as_table().cloned().unwrap_or_default();
        Manifest { dependencies, patch, ..*self }.text(("", ""), Profile::default(), &[])
    }

    /// The manifest of a package of programs. Dependencies are optimised, cells are not: a cell is compiled again and
    /// again, a dependency once.
    pub(super) fn text(&self, (name, edition): (&str, &str), profile: Profile, programs: &[&Program]) -> String {
        let mut manifest: Table = toml::toml! {
            [package]
            version = "0.0.0"
            publish = false
            build = false
            autolib = false
            autobins = false
            autoexamples = false
            autotests = false
            [workspace]
            resolver = "3"
            [profile.dev]
            debug = false
            [profile.dev.package."*"]
            opt-level = 3
            incremental = true
            // It never changes, and what it does itself is little: optimised it takes four times as long to compile.
            [profile.dev.package.recto]
            opt-level = 0
            incremental = false
        };
        if let Some(Value::Table(package)) = manifest.get_mut("package") {
            package.insert("name".into(), name.into());
            package.insert("edition".into(), edition.into());
        }
        for kind in Target::ALL {
            let its = programs.iter().filter(|program| Target::of(&program.purpose) == kind);
            let targets: Vec<Value> = its.map(|program| kind.table(program).into()).collect();
            if kind == Target::Bin || !targets.is_empty() {
                manifest.insert(kind.name().into(), targets.into());
            }
        }
        manifest.insert("dependencies".into(), self.dependencies.clone().into());
        if let Some(Value::Table(dev)) = manifest.get_mut("profile").and_then(|profile| profile.get_mut("dev")) {
            dev.insert("opt-level".into(), i64::from(profile.opt_level).into());
            // The compiler's own state takes longer to write than most blocks take to compile.
            dev.insert("incremental".into(), (profile.incremental && !self.is_light).into());
        }
        if self.is_light {
            manifest["profile"]["dev"]["package"]["*"]["opt-level"] = 0.into();
        }
        if let Some(patch) = &self.patch {
            manifest.insert("patch".into(), patch.clone());
        }
        manifest.to_string()
    }
}

/// Writes the paths of dependencies otherwise, at any depth.
fn rename_paths(value: &mut Value, name: &impl Fn(&Path) -> String) {
    for (key, value) in value.as_table_mut().into_iter().flatten() {
        match value {
            Value::String(path) if key == "path" => *path = name(Path::new(path)),
            other => rename_paths(other, name),
        }
    }
}

/// The runtime as a package: the tool's own name and version, and only the crates it can show.
///
/// It is a workspace of its own: cargo would look for one in the folders above, of which the book's may have a manifest
/// that cargo can't load.
pub(crate) fn runtime_manifest() -> String {
    let own: Table = OWN_MANIFEST.parse().unwrap_or_default();
    let mut manifest: Table = toml::toml! {
        [package]
        name = "recto"
        edition = "2024"
        publish = false
        [workspace]
        [lints.rust]
        unexpected_cfgs = "allow"
    };
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        package.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    }
    if let (Some(Value::Table(mut features)), Some(Value::Table(mut dependencies))) =
        (own.get("features").cloned(), own.get("dependencies").cloned())
    {
        features.retain(|name, _| SHOWN_CRATES.contains(&name));
        let wanted = |name: &str| {
            let is_it = |part: &Value| part.as_str().and_then(|part| part.strip_prefix("dep:")) == Some(name);
            features.values().filter_map(Value::as_array).flatten().any(is_it)
        };
        dependencies.retain(|name, _| wanted(name));
        manifest.insert("features".into(), features.into());
        manifest.insert("dependencies".into(), dependencies.into());
    }
    manifest.to_string()
}

/// Whether a requirement of the book accepts the version of a crate that the runtime shows.
fn is_own_version(name: &str, requirement: &str) -> bool {
    let own: Table = OWN_MANIFEST.parse().unwrap_or_default();
    let version = own.get("dependencies").and_then(|it| it.get(name)).and_then(|it| it.get("version"));
    let Some(version) = version.and_then(Value::as_str) else {
        return false;
    };
    let padded = format!("{version}{}", ".0".repeat(2usize.saturating_sub(version.matches('.').count())));
    match (padded.parse(), requirement.parse::<cargo_metadata::semver::VersionReq>()) {
        (Ok(version), Ok(requirement)) => {
            let later = cargo_metadata::semver::Version { patch: u64::from(u16::MAX), ..version };
            requirement.matches(&later)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_shows_the_versions_it_was_built_for() {
        assert!(is_own_version("nalgebra", "^0.35"));
        assert!(!is_own_version("nalgebra", "^0.33"));
        let manifest: Table = runtime_manifest().parse().unwrap();
        assert!(manifest["dependencies"]["nalgebra"]["optional"].as_bool().unwrap());
        let names: Vec<&String> = manifest["dependencies"].as_table().unwrap().keys().collect();
        assert_eq!(names, ["nalgebra", "plotters", "plotters-backend"]);
        let features: Vec<&String> = manifest["features"].as_table().unwrap().keys().collect();
        assert_eq!(features, SHOWN_CRATES.each_ref());
    }
}
