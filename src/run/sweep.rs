//! What recto keeps for a book, swept of what nothing needs any more: results, programs and compiled crates of before.
//!
//! A program is needed until its result is stored; what cargo compiled of it goes then. A build that ran nothing and has the
//! same programs as the last one looks at one small file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{DirEntry, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::generated::replace;
use super::job::{Job, Planned, planned};
use super::trace::hash_in;
use super::workspace::{Workspace, hash};
use crate::problem::Failure;

/// The file that says which programs the book had when it was swept last; it is removed before anything is compiled.
const SWEPT: &str = "swept";
/// The file with the hashes, in cargo's names of files, of all that the lessons of a book link.
const USED: &str = "used";
/// The file that says where the book is.
const ROOT: &str = "root";
/// What this old is kept by nothing but its use.
const OLD: Duration = Duration::from_secs(30 * 24 * 3600);
/// Of so many programs the compiler's own state is kept; more at once are compiled without. It has some 5 MB each.
pub(super) const EDITED: usize = 32;
/// A crate that another build may just have compiled is not taken for one that nothing uses.
const YOUNG: Duration = Duration::from_secs(24 * 3600);
/// What a compiler has not touched for so long, none is at.
const COMPILING: Duration = Duration::from_secs(600);

/// Says that something is about to be compiled.
pub(super) fn begin(workspace: &Workspace) {
    let _ = std::fs::remove_file(workspace.folder().join(SWEPT));
    let _ = replace(&workspace.folder().join(ROOT), workspace.root().to_string_lossy().as_bytes());
}

/// Takes down what the lessons link, by the hashes in the names of compiled files.
pub(super) fn used(workspace: &Workspace, hashes: &BTreeSet<String>) {
    let path = workspace.folder().join(USED);
    if hashes_in(&path).as_ref() != Some(hashes) {
        let text: Vec<&str> = hashes.iter().map(String::as_str).collect();
        let _ = replace(&path, text.join("\n").as_bytes());
    }
}

/// Sweeps what the book does not need that has these lessons, all of them. What can't be removed stays: it costs room alone.
pub(crate) fn sweep(workspace: &Workspace, jobs: &[Job<'_>]) {
    let programs = jobs.iter().flat_map(|job| &job.tangled.programs);
    let names: BTreeSet<&str> = programs.map(|program| program.name.as_str()).collect();
    let state = hash(&names.iter().copied().collect::<Vec<_>>()).to_hex().to_string();
    let swept = workspace.folder().join(SWEPT);
    if std::fs::read_to_string(&swept).is_ok_and(|last| last == state) {
        return;
    }
    // Another build of the book may be at it; the next one sweeps.
    let Some(_lock) = workspace.try_lock() else { return };
    let planned = planned(workspace, jobs);
    sweep_results(workspace, &keys(&planned), OLD);
    sweep_programs(workspace, &planned);
    sweep_incremental(workspace);
    sweep_crates(workspace, YOUNG);
    sweep_books(workspace, OLD);
    let _ = replace(&swept, state.as_bytes());
}

fn keys(planned: &[Planned<'_>]) -> BTreeSet<String> {
    planned.iter().map(|it| it.key.to_string()).collect()
}

/// Removes what was not used for a time, even if there is room. Returns how many bytes there are less.
///
/// # Errors
/// The book can't be kept from other builds.
pub(crate) fn sweep_older(workspace: &Workspace, jobs: &[Job<'_>], age: Duration) -> Result<u64, Failure> {
    let _lock = workspace.lock()?;
    let before = size(workspace.generated());
    sweep_results(workspace, &keys(&planned(workspace, jobs)), age);
    sweep_crates(workspace, age);
    sweep_books(workspace, age);
    Ok(before.saturating_sub(size(workspace.generated())))
}

/// Of all files in a folder.
fn size(folder: &Path) -> u64 {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build().flatten();
    walk.filter_map(|entry| entry.metadata().ok())
        .filter(Metadata::is_file)
        .map(|metadata| metadata.len())
        .sum()
}

/// Old results: those of a time ago, and of the others the oldest, as far as they are more than the book's limit.
fn sweep_results(workspace: &Workspace, current: &BTreeSet<String>, age: Duration) {
    let now = SystemTime::now();
    let mut old: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for (entry, metadata) in entries(&workspace.store_folder()) {
        if entry.file_name().to_str().is_some_and(|name| current.contains(name)) {
            // When it was used last.
            let _ = File::open(entry.path()).and_then(|file| file.set_modified(now));
        } else {
            old.push((metadata.modified().unwrap_or(now), metadata.len(), entry.path()));
        }
    }
    old.sort_by_key(|it| std::cmp::Reverse(it.0));
    let mut left = workspace.store_limit;
    for (used, size, path) in old {
        let is_old = now.duration_since(used).is_ok_and(|since| since > age);
        left = left.saturating_sub(size);
        if is_old || left == 0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Sources of programs that the book has no more, and all that cargo compiled of programs.
fn sweep_programs(workspace: &Workspace, planned: &[Planned<'_>]) {
    let files: BTreeSet<PathBuf> = planned.iter().map(|it| Path::new(&it.package()).join(&it.program.file)).collect();
    let packages = workspace.package_folder();
    for (package, _) in entries(&packages) {
        let walk = ignore::WalkBuilder::new(package.path()).standard_filters(false).build().flatten();
        let sources = walk.filter(|entry| entry.depth() > 1 && entry.file_type().is_some_and(|it| it.is_file()));
        for source in sources.map(ignore::DirEntry::into_path) {
            if source.strip_prefix(&packages).is_ok_and(|path| !files.contains(path)) {
                let _ = std::fs::remove_file(source);
            }
        }
    }
    let _ = std::fs::remove_dir_all(workspace.folder().join("programs"));
    for (folder, _lock) in idle(workspace) {
        let own = format!("-{}-", workspace.id);
        let is_own = |name: &str| name.starts_with("lessons-") && name.contains(&own);
        remove_units(&folder, |unit| unit.names.iter().any(|name| is_own(name)));
    }
}

/// What the compiler keeps of each program for the next time: of those that were compiled last alone.
fn sweep_incremental(workspace: &Workspace) {
    let now = SystemTime::now();
    let kits: BTreeSet<String> = workspace
        .local_folders()
        .map(|(package, _)| package.name.replace('-', "_"))
        .chain(["recto".to_owned()])
        .collect();
    for (folder, _lock) in idle(workspace) {
        let is_kit = |name: &str| name.rsplit_once('-').is_some_and(|(name, _)| kits.contains(name));
        let states = entries(&folder.join("incremental"));
        let states = states.filter(|(state, _)| !state.file_name().to_str().is_some_and(is_kit));
        let mut states: Vec<(SystemTime, PathBuf)> =
            states.map(|(state, it)| (it.modified().unwrap_or(SystemTime::UNIX_EPOCH), state.path())).collect();
        states.sort_by_key(|it| std::cmp::Reverse(it.0));
        let mut programs = BTreeSet::new();
        for (at, state) in states {
            // Of one program the newest: others were made by another compiler, or with other crates.
            let name = state.file_name().and_then(|name| Some(name.to_str()?.rsplit_once('-')?.0.to_owned()));
            let is_kept = programs.insert(name) && programs.len() <= EDITED;
            // A compiler that another build has started may be at one.
            let is_idle = now.duration_since(at).is_ok_and(|since| since > COMPILING);
            if !is_kept && is_idle {
                let _ = std::fs::remove_dir_all(state);
            }
        }
    }
}

/// Compiled crates that no book of this target folder links.
fn sweep_crates(workspace: &Workspace, age: Duration) {
    let mut used = BTreeSet::new();
    for (book, _) in entries(workspace.generated()).filter(|(book, _)| book.path().join("store").is_dir()) {
        // What a book links that was built by an older recto is not known.
        match hashes_in(&book.path().join(USED)) {
            Some(hashes) => used.extend(hashes),
            None if entries(&book.path().join("package")).next().is_some() => return,
            // It has compiled nothing: its results were imported.
            None => {}
        }
    }
    let now = SystemTime::now();
    let is_old = |at: SystemTime| now.duration_since(at).is_ok_and(|since| since > age);
    for (folder, _lock) in idle(workspace) {
        remove_units(&folder, |unit| {
            let is_program = unit.names.iter().any(|name| name.starts_with("lessons-20"));
            !is_program && !used.contains(&unit.hash) && is_old(unit.changed)
        });
    }
}

/// What is kept for books that are gone.
fn sweep_books(workspace: &Workspace, age: Duration) {
    let now = SystemTime::now();
    for (book, _) in entries(workspace.generated()).filter(|(book, _)| book.path() != workspace.folder()) {
        let root = std::fs::read_to_string(book.path().join(ROOT)).map(PathBuf::from);
        let is_gone = root.is_ok_and(|root| !root.join("book.toml").exists());
        let used = book.path().join(ROOT).metadata().and_then(|it| it.modified());
        if is_gone && used.is_ok_and(|at| now.duration_since(at).is_ok_and(|since| since > age)) {
            let _ = std::fs::remove_dir_all(book.path());
        }
    }
}

/// All files and folders of one thing that cargo compiled.
struct Unit {
    /// In cargo's names of files.
    hash: String,
    names: Vec<String>,
    paths: Vec<PathBuf>,
    changed: SystemTime,
}

/// Removes what cargo compiled in a folder of a profile, as far as nobody wants it.
fn remove_units(folder: &Path, is_unwanted: impl Fn(&Unit) -> bool) {
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for kind in [".fingerprint", "deps", "build", "examples"] {
        for (entry, metadata) in entries(&folder.join(kind)) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(hash) = hash_in(&name) else { continue };
            let changed = metadata.modified().unwrap_or_else(|_| SystemTime::now());
            let unit = units.entry(hash.to_owned()).or_insert_with(|| Unit {
                hash: hash.to_owned(),
                names: Vec::new(),
                paths: Vec::new(),
                changed,
            });
            unit.changed = unit.changed.max(changed);
            unit.names.push(name);
            unit.paths.push(entry.path());
        }
    }
    for path in units.into_values().filter(is_unwanted).flat_map(|unit| unit.paths) {
        let _ = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
    }
}

/// The folders in which cargo compiles, but those where it does so now, each with cargo's own lock of it. Where its configuration names a
/// target, there is a folder of that in between.
fn idle(workspace: &Workspace) -> impl Iterator<Item = (PathBuf, Option<File>)> {
    let build = workspace.build_folder();
    let targets = entries(build).map(|(target, _)| target.path().join("debug"));
    let folders = targets.chain([build.join("debug")]).filter(|folder| folder.join("deps").is_dir());
    folders.filter_map(|folder| match File::open(folder.join(".cargo-lock")) {
        Ok(lock) => lock.try_lock().is_ok().then_some((folder, Some(lock))),
        // cargo has another one, or none.
        Err(_) => Some((folder, None)),
    })
}

fn hashes_in(list: &Path) -> Option<BTreeSet<String>> {
    Some(std::fs::read_to_string(list).ok()?.lines().map(str::to_owned).collect())
}

fn entries(folder: &Path) -> impl Iterator<Item = (DirEntry, Metadata)> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok().map(|metadata| (entry, metadata)))
}
