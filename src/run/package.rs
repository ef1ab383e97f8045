//! The generated Cargo package whose binaries are the lessons' programs.
//!
//! It depends on the book's own package and on what that depends on, in the same versions: the
//! manifest is made from `cargo metadata`, the lock file is the book's. The runtime comes with the
//! tool, unless the book names `recto` itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package, TargetKind};
use toml::{Table, Value};

use super::compile::Compiled;
use super::store::Key;
use super::{Choices, Event};
use crate::problem::{Kind, Problem};
use crate::read::{Book, Edition};
use crate::tangle::{Program, Purpose};

/// The runtime's sources, as the tool carries them.
pub(super) const RUNTIME: [(&str, &str); 11] = [
    ("src/lib.rs", include_str!("../lib.rs")),
    ("src/runtime/mod.rs", include_str!("../runtime/mod.rs")),
    ("src/runtime/data.rs", include_str!("../runtime/data.rs")),
    ("src/runtime/figure.rs", include_str!("../runtime/figure.rs")),
    ("src/runtime/frame.rs", include_str!("../runtime/frame.rs")),
    ("src/runtime/lesson.rs", include_str!("../runtime/lesson.rs")),
    ("src/runtime/matrix.rs", include_str!("../runtime/matrix.rs")),
    ("src/runtime/numbers.rs", include_str!("../runtime/numbers.rs")),
    ("src/runtime/show.rs", include_str!("../runtime/show.rs")),
    ("src/runtime/sweep.rs", include_str!("../runtime/sweep.rs")),
    ("src/runtime/table.rs", include_str!("../runtime/table.rs")),
];

/// The tool's own manifest, for the versions of the crates that the runtime can show.
const OWN_MANIFEST: &str = include_str!("../../Cargo.toml");

/// Crates whose values the runtime shows when the book depends on them; also its feature names.
pub(super) const SHOWN_CRATES: [&str; 2] = ["nalgebra", "plotters"];

/// Where the programs of a book are compiled and run.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The book's root.
    root: PathBuf,
    /// Folder of everything of this book.
    folder: PathBuf,
    /// cargo's target folder, shared by the books of one target folder.
    build: PathBuf,
    /// Tells this book's binaries from those of others in the same folder.
    id: String,
    /// Dependencies, patches and profile of the generated manifest.
    pub(super) manifest: Manifest,
    /// The book's lock file.
    pub(super) lock: Option<PathBuf>,
    /// Edition of cells that name none.
    edition: Edition,
    /// The packages by path that lessons link.
    pub(super) local: Vec<Package>,
    /// What `rustc -vV` says.
    pub(super) toolchain: String,
    /// Hash of what all programs of the book share.
    shared: blake3::Hash,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    pub(super) dependencies: Table,
    pub(super) patch: Option<Value>,
    pub(super) opt_level: u8,
}

impl Workspace {
    /// Looks at the book's package, the toolchain and the target folder.
    ///
    /// # Errors
    /// cargo can't be run or refuses the book's manifest.
    pub fn of(book: &Book, choices: &Choices) -> Result<Workspace, Box<Problem>> {
        let root = std::path::absolute(&book.root).map_err(|error| Problem::io(&book.root, &error))?;
        let toolchain = std::thread::spawn({
            let root = root.clone();
            move || version_of_rustc(&root)
        });
        let manifest_path = root.join("Cargo.toml");
        let metadata = match manifest_path.is_file() {
            true => Some(book_metadata(&manifest_path)?),
            false => None,
        };
        let package = metadata
            .as_ref()
            .and_then(|metadata| package_at(metadata, &manifest_path));
        let target = match (&choices.target, &metadata) {
            (Some(target), _) => std::path::absolute(target).map_err(|error| Problem::io(target, &error))?,
            (None, Some(metadata)) => metadata.target_directory.clone().into_std_path_buf(),
            (None, None) => root.join("target"),
        }
        .join("recto");
        let id = blake3::hash(root.to_string_lossy().as_bytes()).to_hex()[..8].to_owned();
        let mut manifest = Manifest {
            opt_level: book.settings.opt_level,
            ..Manifest::default()
        };
        let mut local = Vec::new();
        if let (Some(metadata), Some(package)) = (&metadata, package) {
            manifest.dependencies = dependencies(package);
            manifest.patch = patch(metadata.workspace_root.as_std_path());
            local = local_packages(metadata, package);
        }
        manifest.add_runtime(&target)?;
        let lock = metadata
            .as_ref()
            .map(|metadata| metadata.workspace_root.join("Cargo.lock").into_std_path_buf())
            .filter(|lock| lock.is_file());
        let edition = book
            .settings
            .edition
            .or_else(|| Edition::of_year(package?.edition.as_str()));
        let mut workspace = Workspace {
            folder: target.join(&id),
            build: target.join("build"),
            root,
            id,
            manifest,
            lock,
            edition: edition.unwrap_or(Edition::E2024),
            local,
            toolchain: toolchain
                .join()
                .unwrap_or_else(|_| Err(Box::new(no_toolchain("it panicked"))))?,
            shared: blake3::hash(b""),
        };
        workspace.shared = workspace.hash_shared();
        for folder in [workspace.store_folder(), workspace.package_folder()] {
            std::fs::create_dir_all(&folder).map_err(|error| Problem::io(&folder, &error))?;
        }
        Ok(workspace)
    }

    /// Edition of cells that name none.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// The book's root, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of everything that recto keeps for this book.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folders of the sources of the packages by path.
    pub fn source_folders(&self) -> impl Iterator<Item = PathBuf> {
        let targets = self.local.iter().flat_map(|package| &package.targets);
        targets.filter_map(|target| Some(target.src_path.parent()?.as_std_path().to_path_buf()))
    }

    pub(super) fn store_folder(&self) -> PathBuf {
        self.folder.join("store")
    }

    pub(super) fn package_folder(&self) -> PathBuf {
        self.folder.join("package")
    }

    /// Name of a program's binary.
    pub(super) fn binary(&self, program: &Program) -> String {
        format!("{}-{}", program.name, self.id)
    }

    fn hash_shared(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let runtime: String = RUNTIME.iter().map(|(_, text)| *text).collect();
        let lock = self
            .lock
            .as_ref()
            .and_then(|lock| std::fs::read_to_string(lock).ok())
            .unwrap_or_default();
        for part in [
            env!("CARGO_PKG_VERSION"),
            &self.toolchain,
            &self.manifest.text("2024"),
            &lock,
            &runtime,
        ] {
            hasher.update(&part.len().to_le_bytes()).update(part.as_bytes());
        }
        hasher.finalize()
    }

    pub(super) fn key(&self, program: &Program) -> Key {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.shared.as_bytes());
        for part in [self.binary(program).as_str(), program.edition.year(), &program.source] {
            hasher.update(&part.len().to_le_bytes()).update(part.as_bytes());
        }
        Key(hasher.finalize())
    }

    /// Keeps other builds of this book out until the file is dropped.
    pub(super) fn lock(&self) -> Result<File, Box<Problem>> {
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(|error| Problem::io(&path, &error))?;
        file.lock().map_err(|error| Problem::io(&path, &error))?;
        Ok(file)
    }

    /// Writes the generated packages, one for each edition, and the programs into them. A file that
    /// is as it should be is not touched, so that cargo sees no change.
    pub(super) fn write_programs(&self, programs: &[&Program]) -> Result<(), Box<Problem>> {
        let mut editions: BTreeMap<Edition, Vec<&Program>> = BTreeMap::new();
        for &program in programs {
            editions.entry(program.edition).or_default().push(program);
        }
        let folder = self.package_folder();
        for (edition, programs) in &editions {
            let package = folder.join(edition.year());
            write_if_changed(&package.join("Cargo.toml"), &self.manifest.text(edition.year()))?;
            for program in programs {
                write_if_changed(
                    &package.join("src/bin").join(format!("{}.rs", self.binary(program))),
                    &program.source,
                )?;
            }
        }
        let mut members: Vec<Value> = Vec::new();
        for edition in [Edition::E2015, Edition::E2018, Edition::E2021, Edition::E2024] {
            if folder.join(edition.year()).join("Cargo.toml").is_file() {
                members.push(edition.year().into());
            }
        }
        write_if_changed(&folder.join("Cargo.toml"), &self.manifest.workspace_text(members))?;
        self.copy_lock()
    }

    /// Gives the generated package the book's lock file, whenever that has changed. cargo adds the
    /// generated packages to the copy.
    fn copy_lock(&self) -> Result<(), Box<Problem>> {
        let Some(lock) = &self.lock else { return Ok(()) };
        let text = std::fs::read_to_string(lock).map_err(|error| Problem::io(lock, &error))?;
        if write_if_changed(&self.folder.join("Cargo.lock.book"), &text)? {
            let copy = self.package_folder().join("Cargo.lock");
            std::fs::write(&copy, text).map_err(|error| Problem::io(&copy, &error))?;
        }
        Ok(())
    }

    /// A `cargo` that sees the book's configuration and none of the caller's own build.
    pub(super) fn cargo(&self) -> Command {
        let mut command = cargo();
        for (name, _) in std::env::vars_os() {
            let Some(name) = name.to_str() else { continue };
            let own = name.starts_with("CARGO") && !KEPT.iter().any(|kept| name.starts_with(kept));
            if own || ["RUSTFLAGS", "RUSTDOCFLAGS", "RUSTC_WORKSPACE_WRAPPER", "RUSTC"].contains(&name) {
                command.env_remove(name);
            }
        }
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.build)
            .env("CARGO_TERM_COLOR", "never");
        command
    }

    /// The local files on which a program's result depends, besides itself: those that cargo names,
    /// and the data that it read. For a program that is to be refused, all sources of the packages
    /// by path. None for one that did not compile but should, so that it is tried again.
    pub(super) fn dependencies_of(&self, compiled: &Compiled, index: usize, program: &Program) -> Vec<PathBuf> {
        let own = self.package_folder();
        match (&program.purpose, &compiled.executables[index]) {
            (Purpose::Run, None) => Vec::new(),
            (Purpose::Run, Some(executable)) => match std::fs::read_to_string(executable.with_extension("d")) {
                Ok(listed) => {
                    let listed = dep_info_files(&listed).into_iter();
                    listed.filter(|path| !path.starts_with(&own)).collect()
                }
                Err(_) => self.local_sources(),
            },
            (Purpose::Fail(_), _) => self.local_sources(),
        }
    }

    /// All sources of the packages by path.
    fn local_sources(&self) -> Vec<PathBuf> {
        let folders = self.local.iter().filter_map(|package| package.manifest_path.parent());
        folders.flat_map(|folder| rust_sources(folder.as_std_path())).collect()
    }
}

/// The data files that a program read.
pub(super) fn files_read(events: &[Event]) -> impl Iterator<Item = PathBuf> {
    events.iter().filter_map(|event| match event {
        Event::Read(path) => Some(path.clone()),
        _ => None,
    })
}

/// Settings of cargo that concern the machine, not the build.
const KEPT: [&str; 6] = [
    "CARGO_HOME",
    "CARGO_NET_",
    "CARGO_HTTP_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
];

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn no_toolchain(reason: &str) -> Problem {
    Problem::error(Kind::Environment, format!("can't run `rustc`: {reason}"))
        .help("lessons are compiled with cargo and rustc; install them from https://rustup.rs")
}

fn version_of_rustc(root: &Path) -> Result<String, Box<Problem>> {
    let output = Command::new("rustc")
        .arg("-vV")
        .current_dir(root)
        .output()
        .map_err(|error| Box::new(no_toolchain(&error.to_string())))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn metadata(manifest: &Path) -> Result<Metadata, Box<Problem>> {
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .map_err(|error| {
            let reason = match &error {
                cargo_metadata::Error::CargoMetadata { stderr } => {
                    stderr.trim().trim_start_matches("error: ").to_owned()
                }
                other => other.to_string(),
            };
            Box::new(Problem::error(
                Kind::Environment,
                format!("cargo can't read `{}`: {reason}", manifest.display()),
            ))
        })
}

/// What cargo says of the book's own package, which need not have a library or a program. cargo refuses a
/// package with neither, and so is shown a copy with an empty library.
fn book_metadata(manifest: &Path) -> Result<Metadata, Box<Problem>> {
    const TARGETS: [&str; 5] = ["lib", "bin", "example", "test", "bench"];
    const SOURCES: [&str; 6] = ["src/lib.rs", "src/main.rs", "src/bin", "examples", "tests", "benches"];
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let table: Option<Table> = std::fs::read_to_string(manifest)
        .ok()
        .and_then(|text| text.parse().ok());
    let is_bare = |table: &Table| table.contains_key("package") && !TARGETS.iter().any(|key| table.contains_key(*key));
    let Some(mut table) = table
        .filter(is_bare)
        .filter(|_| !SOURCES.iter().any(|path| folder.join(path).exists()))
    else {
        return metadata(manifest);
    };
    make_paths_absolute(&mut table, folder);
    table.entry("workspace").or_insert_with(|| Table::new().into());
    table.insert(
        "lib".into(),
        Table::from_iter([("path".to_owned(), "lib.rs".into())]).into(),
    );
    let copy = tempfile::tempdir().map_err(|error| Problem::io(manifest, &error))?;
    let copied = copy.path().join("Cargo.toml");
    write_if_changed(&copied, &table.to_string())?;
    write_if_changed(&copy.path().join("lib.rs"), "")?;
    let mut metadata = metadata(&copied)?;
    for package in metadata
        .packages
        .iter_mut()
        .filter(|package| package.manifest_path == copied)
    {
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

fn package_at<'a>(metadata: &'a Metadata, manifest: &Path) -> Option<&'a Package> {
    metadata
        .packages
        .iter()
        .find(|package| package.manifest_path.as_std_path() == manifest)
}

/// What lessons may use: the package's library and its own dependencies.
fn dependencies(package: &Package) -> Table {
    let mut table = Table::new();
    let is_library = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::RLib);
    if package.targets.iter().any(|target| target.kind.iter().any(is_library)) {
        let folder = package
            .manifest_path
            .parent()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut itself = Table::new();
        itself.insert("path".into(), folder.into());
        table.insert(package.name.to_string(), itself.into());
    }
    for dependency in &package.dependencies {
        if dependency.kind == DependencyKind::Normal && !dependency.optional {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
            table.insert(name.clone(), specification(dependency).into());
        }
    }
    table
}

pub(super) fn specification(dependency: &Dependency) -> Table {
    let mut table = Table::new();
    if dependency.rename.is_some() {
        table.insert("package".into(), dependency.name.clone().into());
    }
    let source = dependency
        .source
        .as_ref()
        .map(|source| source.repr.as_str())
        .unwrap_or_default();
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
fn patch(workspace: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(workspace.join("Cargo.toml")).ok()?;
    let mut patch = text.parse::<Table>().ok()?.remove("patch")?;
    make_paths_absolute(patch.as_table_mut()?, workspace);
    Some(patch)
}

/// The package and those by path that it depends on, in the order of their discovery. One outside of the
/// workspace is looked up; what cargo can't read there, it will say when it compiles.
fn local_packages(known: &Metadata, package: &Package) -> Vec<Package> {
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

/// The Rust sources and the manifest of a package, without what git ignores.
fn rust_sources(folder: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder)
        .filter_entry(|entry| entry.file_name() != "target")
        .build();
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

/// The files after the colon of cargo's `.d` file; a space in a name is written `\ `.
fn dep_info_files(text: &str) -> Vec<PathBuf> {
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
    found
        .into_iter()
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect()
}

/// Writes a file that is not so already; says whether it did.
fn write_if_changed(path: &Path, text: &str) -> Result<bool, Box<Problem>> {
    if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Problem::io(folder, &error))?;
    }
    std::fs::write(path, text).map_err(|error| Problem::io(path, &error))?;
    Ok(true)
}

impl Manifest {
    /// Adds the runtime: the one the book names, or the tool's own, written beside the builds.
    fn add_runtime(&mut self, target: &Path) -> Result<(), Box<Problem>> {
        let shown: Vec<Value> = SHOWN_CRATES
            .into_iter()
            .filter(|name| {
                self.dependencies.iter().any(|(key, spec)| {
                    key == name
                        && spec
                            .get("version")
                            .is_some_and(|it| it.as_str().is_some_and(|req| is_own_version(name, req)))
                })
            })
            .map(Value::from)
            .collect();
        if let Some(Value::Table(named)) = self.dependencies.get_mut("recto") {
            let features = named.entry("features").or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(features) = features {
                features.extend(
                    shown
                        .into_iter()
                        .filter(|it| !features.contains(it))
                        .collect::<Vec<_>>(),
                );
            }
            return Ok(());
        }
        let manifest = runtime_manifest();
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

    /// The manifest of the package of one edition.
    fn text(&self, edition: &str) -> String {
        let mut package = Table::new();
        package.insert("name".into(), format!("lessons-{edition}").into());
        package.insert("version".into(), "0.0.0".into());
        package.insert("edition".into(), edition.into());
        package.insert("publish".into(), false.into());
        let mut manifest = Table::new();
        manifest.insert("package".into(), package.into());
        manifest.insert("dependencies".into(), self.dependencies.clone().into());
        manifest.to_string()
    }

    /// The manifest of the workspace of all editions. Dependencies are optimised, cells are not:
    /// a cell is compiled again and again, a dependency once.
    fn workspace_text(&self, members: Vec<Value>) -> String {
        let mut manifest: Table = toml::toml! {
            [workspace]
            resolver = "3"
            [profile.dev]
            debug = false
            incremental = true
            [profile.dev.package."*"]
            opt-level = 3
        };
        if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
            workspace.insert("members".into(), Value::Array(members));
        }
        if let Some(Value::Table(dev)) = manifest.get_mut("profile").and_then(|profile| profile.get_mut("dev")) {
            dev.insert("opt-level".into(), i64::from(self.opt_level).into());
        }
        if let Some(patch) = &self.patch {
            manifest.insert("patch".into(), patch.clone());
        }
        manifest.to_string()
    }
}

/// The runtime as a package: the tool's own name and version, and only the crates it can show.
pub(super) fn runtime_manifest() -> String {
    let own: Table = OWN_MANIFEST.parse().unwrap_or_default();
    let mut manifest: Table = toml::toml! {
        [package]
        name = "recto"
        edition = "2024"
        publish = false
        [features]
        nalgebra = ["dep:nalgebra"]
        plotters = ["dep:plotters"]
        [lints.rust]
        unexpected_cfgs = "allow"
    };
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        package.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    }
    if let Some(Value::Table(mut dependencies)) = own.get("dependencies").cloned() {
        dependencies.retain(|name, _| SHOWN_CRATES.contains(&name));
        manifest.insert("dependencies".into(), dependencies.into());
    }
    manifest.to_string()
}

/// Whether a requirement of the book accepts the version of a crate that the runtime shows.
fn is_own_version(name: &str, requirement: &str) -> bool {
    let own: Table = OWN_MANIFEST.parse().unwrap_or_default();
    let version = own
        .get("dependencies")
        .and_then(|it| it.get(name))
        .and_then(|it| it.get("version"));
    let Some(version) = version.and_then(Value::as_str) else {
        return false;
    };
    let padded = format!(
        "{version}{}",
        ".0".repeat(2usize.saturating_sub(version.matches('.').count()))
    );
    match (
        padded.parse(),
        requirement.parse::<cargo_metadata::semver::VersionReq>(),
    ) {
        (Ok(version), Ok(requirement)) => {
            let later = cargo_metadata::semver::Version {
                patch: u64::from(u16::MAX),
                ..version
            };
            requirement.matches(&later)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_lists_files_with_spaces() {
        let files = dep_info_files("/t/debug/bowl: /b/kit/lib.rs /b/my\\ data.csv\n");
        assert_eq!(files, [PathBuf::from("/b/kit/lib.rs"), PathBuf::from("/b/my data.csv")]);
    }

    #[test]
    fn the_runtime_shows_the_versions_it_was_built_for() {
        assert!(is_own_version("nalgebra", "^0.35"));
        assert!(!is_own_version("nalgebra", "^0.33"));
        let manifest: Table = runtime_manifest().parse().unwrap();
        assert!(manifest["dependencies"]["nalgebra"]["optional"].as_bool().unwrap());
        assert_eq!(manifest["dependencies"].as_table().unwrap().len(), 2);
    }

    #[test]
    fn all_files_of_the_runtime_are_carried() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runtime");
        let mut present: Vec<String> = rust_sources(&folder)
            .iter()
            .map(|path| format!("src/runtime/{}", path.file_name().unwrap().to_string_lossy()))
            .collect();
        present.push("src/lib.rs".into());
        let mut carried: Vec<&str> = RUNTIME.iter().map(|(name, _)| *name).collect();
        present.sort();
        carried.sort_unstable();
        assert_eq!(present, carried);
    }
}
