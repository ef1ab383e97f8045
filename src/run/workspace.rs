//! The generated Cargo packages whose binaries are the lessons' programs.
//!
//! They depend on the book's own package and on what that depends on, in the same versions: the
//! manifests are made from `cargo metadata`, the lock files are the book's. The runtime comes with the
//! tool, unless the book names `recto` itself.
//!
//! cargo names a program's file to the compiler as it stands below its workspace. So each package is a workspace of
//! its own, in which a lesson's program has the chapter's path below the book's folder: what a cell says of itself is the
//! same wherever the book stands. The books of one target folder share what is compiled, each program's place apart.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cargo_metadata::{Metadata, Package};
use serde::{Deserialize, Serialize};

use super::asked::{Asked, unusable};
use super::cargo_config::CargoConfig;
use super::generated::{replace, write_if_changed};
use super::lock::{follows, without_programs};
use super::manifest::{
    Manifest, Profile, RUNTIME, check_name, dependencies, local_packages, package_at, patch, runtime_of,
};
use super::options::{Halt, RunOptions};
use super::roots::Roots;
use super::seal::Seal;
use super::variables::Variables;
use super::walls::Reach;
use crate::problem::{Failure, Problem};
use crate::read::{Book, Edition, Lesson, Scope};
use crate::site::absolute;
use crate::tangle::Program;

/// The file by which programs know that a folder holds nothing that can't be made again.
pub(crate) const CACHE: &str = "CACHEDIR.TAG";

/// The file of a package that says what its lock file was made from, and what cargo left.
const MARK: &str = "Cargo.lock.book";

fn mark(origin: &str, lock: &[u8]) -> String {
    format!("{origin}{}\n", blake3::hash(lock).to_hex())
}

/// The lock file of a package of programs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Locked {
    pub(super) package: String,
    /// Of what it says of all but the programs.
    pub(super) hash: String,
    /// Whether the book's lock file leaves it no choice.
    pub(super) follows: bool,
}

/// Where the programs of a book are compiled and run.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    /// Folder of everything of this book.
    folder: PathBuf,
    /// Folder of the bound book.
    output: PathBuf,
    /// What cargo compiles, shared by the books of one target folder.
    build: PathBuf,
    /// Tells this book's packages from those of others in the same folder.
    pub(super) id: String,
    /// Dependencies, patches and profile of the generated manifest.
    pub(crate) manifest: Manifest,
    /// The book's lock file.
    pub(super) lock: Option<PathBuf>,
    /// `[patch]`, in the book's manifest and in cargo's configuration.
    patches: String,
    /// Edition of cells that name none.
    edition: Edition,
    /// The packages by path that lessons link.
    local: Vec<Package>,
    /// What of the caller's environment counts.
    pub(super) variables: Variables,
    /// Files and folders that lessons may read by paths of their own, on all of which they depend.
    pub(super) read: Vec<PathBuf>,
    /// What lessons reach; none where no walls are raised.
    pub(super) reach: Option<Reach>,
    /// Where results are told to come from.
    pub(super) roots: Roots,
    /// What `rustc -vV` says.
    pub(super) toolchain: String,
    /// How long one call of cargo may take.
    pub(super) build_timeout: Duration,
    pub(super) halt: Option<Halt>,
    /// How much of old results is kept, in bytes.
    pub(super) store_limit: u64,
    /// Hash of what all programs of the book share.
    pub(super) shared: blake3::Hash,
    /// What cargo says of the book's packages; nothing of a book that has none.
    pub(crate) packages: Option<Arc<Metadata>>,
}

impl Workspace {
    /// Looks at the book's package and the target folder.
    ///
    /// # Errors
    /// Lessons can't use the book's package, or a folder can't be made.
    pub(crate) fn of(book: &Book, asked: Asked, options: &RunOptions) -> Result<Workspace, Failure> {
        let Asked {
            root,
            manifest: manifest_path,
            variables,
            toolchain,
            packages: metadata,
        } = asked;
        let package = metadata.as_ref().and_then(|metadata| package_at(metadata, &manifest_path));
        if let Some(package) = package {
            check_name(package, &manifest_path)?;
        }
        let target = target_folder(&root, options, metadata.as_deref())?;
        let id = blake3::hash(root.to_string_lossy().as_bytes()).to_hex()[..8].to_owned();
        let mut manifest = Manifest {
            opt_level: book.settings.opt_level,
            is_light: book.settings.scope == Scope::Block,
            ..Manifest::default()
        };
        let mut local = Vec::new();
        if let (Some(metadata), Some(package)) = (&metadata, package) {
            manifest.dependencies = dependencies(package);
            manifest.patch = patch(metadata.workspace_root.as_std_path());
            local = local_packages(metadata, package);
        }
        if !manifest.dependencies.contains_key("recto")
            && let Some(runtime) = runtime_of(&local)
        {
            manifest.dependencies.insert("recto".into(), runtime.into());
        }
        // Blocks show and claim nothing; one may name what is recto's all the same.
        let is_of_blocks = |lesson: &Lesson| lesson.scope == Scope::Block && !names_runtime(lesson.document.text());
        manifest.add_runtime(&target, book.lessons.iter().all(is_of_blocks))?;
        let lock = metadata
            .as_ref()
            .map(|metadata| metadata.workspace_root.join("Cargo.lock").into_std_path_buf())
            .filter(|lock| lock.is_file());
        let of_package = || match book.settings.scope {
            Scope::Lesson => Edition::of_year(package?.edition.as_str()),
            // What `mdbook test` has rustdoc take.
            Scope::Block => Some(Edition::E2015),
        };
        let edition = book.settings.edition.or_else(of_package);
        let reach = Reach::of(&book.settings, options.sandbox, &root)?;
        let cargo_home = variables.value("CARGO_HOME").map(PathBuf::from);
        let cargo_home = cargo_home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
        let config = CargoConfig::of(&root, cargo_home.as_deref());
        let workspace_root = metadata.as_ref().map_or(root.as_path(), |it| it.workspace_root.as_std_path());
        let folders = local.iter().filter_map(|package| Some(package.manifest_path.parent()?.as_std_path()));
        let roots = Roots::new(&target, &root, workspace_root, folders, cargo_home);
        let workspace = Workspace {
            folder: target.join(&id),
            build: target.join("build"),
            shared: hash_of_shared(
                &toolchain,
                &manifest.keyed(|path| roots.named(path).into()),
                lock.as_deref(),
                &[
                    &variables.keyed(),
                    &config.hash(),
                    &reach.as_ref().map(Reach::keyed).unwrap_or_default(),
                ],
            ),
            patches: format!("{:?}{}", manifest.patch, config.patches()),
            output: root.join(&book.settings.build_dir),
            read: book.settings.read.iter().map(|path| root.join(path)).collect(),
            root,
            variables,
            reach,
            roots,
            id,
            manifest,
            lock,
            edition: edition.unwrap_or(Edition::E2024),
            build_timeout: Duration::from_secs(book.settings.build_timeout),
            halt: options.halt.clone(),
            store_limit: book.settings.store_limit,
            local,
            toolchain,
            packages: metadata,
        };
        for folder in [workspace.store_folder(), workspace.package_folder()] {
            std::fs::create_dir_all(&folder).map_err(|error| Problem::io(&folder, &error))?;
        }
        write_if_changed(&target.join(CACHE), "Signature: 8a477f597d28d172789f06886806bc55\n")?;
        // The book may know of no `target`.
        write_if_changed(&target.join(".gitignore"), "*\n")?;
        Ok(workspace)
    }

    /// Edition of cells that name none.
    pub(crate) fn edition(&self) -> Edition {
        self.edition
    }

    /// The book's root, absolute.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of everything that recto keeps for this book.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The packages by path that lessons link, and the folder of each.
    pub(crate) fn local_folders(&self) -> impl Iterator<Item = (&Package, &Path)> {
        let folders = self.local.iter().filter_map(|package| Some((package, package.manifest_path.parent()?)));
        folders.map(|(package, folder)| (package, folder.as_std_path()))
    }

    /// The folders of the sources of the packages by path.
    pub(crate) fn source_folders(&self) -> impl Iterator<Item = PathBuf> {
        let targets = self.local.iter().flat_map(|package| &package.targets);
        targets.filter_map(|target| Some(target.src_path.parent()?.as_std_path().to_path_buf()))
    }

    /// cargo's target folder.
    pub(crate) fn target(&self) -> &Path {
        self.folder.ancestors().nth(2).unwrap_or(&self.folder)
    }

    /// What recto and cargo make, for all books of this target folder.
    pub(super) fn generated(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// By what recto knows what it wrote.
    pub(crate) fn seal(&self) -> Seal {
        Seal::of(self.generated())
    }

    /// Folder of the bound book, as the settings name it.
    pub(super) fn output(&self) -> &Path {
        &self.output
    }

    /// Folder of what cargo compiles.
    pub(super) fn build_folder(&self) -> &Path {
        &self.build
    }

    pub(super) fn store_folder(&self) -> PathBuf {
        self.folder.join("store")
    }

    pub(super) fn package_folder(&self) -> PathBuf {
        self.folder.join("package")
    }

    /// Keeps other builds of this book out until the file is dropped.
    pub(super) fn lock(&self) -> Result<File, Failure> {
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(|error| Problem::io(&path, &error))?;
        file.lock().map_err(|error| Problem::io(&path, &error))?;
        Ok(file)
    }

    /// The same, where no other build is at it.
    pub(super) fn try_lock(&self) -> Option<File> {
        let file = File::create(self.folder.join("lock")).ok()?;
        file.try_lock().is_ok().then_some(file)
    }

    /// Writes a package, programs of it, and those that are modules of others. A file that is as it should be is not
    /// touched, so that cargo sees no change.
    pub(super) fn write_package(
        &self,
        name: &str,
        profile: Profile,
        programs: &[&Program],
        modules: &[&Program],
    ) -> Result<(), Failure> {
        let folder = self.package_folder().join(name);
        let edition = programs.first().map_or(self.edition, |program| program.edition);
        let package = (&*format!("lessons-{name}-{}", self.id), edition.year());
        let manifest = self.manifest.text(package, profile, programs);
        write_if_changed(&folder.join("Cargo.toml"), &manifest)?;
        for program in programs.iter().chain(modules) {
            write_if_changed(&folder.join(&program.file), &program.source)?;
        }
        self.copy_lock(&folder)
    }

    /// Gives a package the book's lock file, or that of another package where the book has none. cargo adds the package
    /// to the copy, which then stays as long as it is what cargo left: a mark beside it says so. Any other is made anew.
    fn copy_lock(&self, package: &Path) -> Result<(), Failure> {
        let copy = package.join("Cargo.lock");
        let text = match &self.lock {
            Some(lock) => Some(std::fs::read_to_string(lock).map_err(|error| Problem::io(lock, &error))?),
            None => None,
        };
        let origin = self.origin_of_lock(text.as_deref());
        let marked = std::fs::read_to_string(package.join(MARK)).unwrap_or_default();
        if std::fs::read(&copy).is_ok_and(|bytes| marked == mark(&origin, &bytes)) {
            return Ok(());
        }
        let io = |error: std::io::Error| Problem::io(&copy, &error);
        match text.or_else(|| self.lock_of_packages()) {
            Some(text) => replace(&copy, text.as_bytes()).map_err(io)?,
            None if copy.exists() => std::fs::remove_file(&copy).map_err(io)?,
            None => {}
        }
        write_if_changed(&package.join(MARK), &origin)
    }

    /// Takes down that the lock file of a package is as cargo left it.
    pub(super) fn mark_lock(&self, package: &str) -> Result<(), Failure> {
        let package = self.package_folder().join(package);
        let text = self.lock.as_ref().and_then(|lock| std::fs::read_to_string(lock).ok());
        match std::fs::read(package.join("Cargo.lock")) {
            Ok(bytes) => write_if_changed(&package.join(MARK), &mark(&self.origin_of_lock(text.as_deref()), &bytes)),
            Err(_) => Ok(()),
        }
    }

    /// The lock file of a package, as far as results depend on it; nothing where cargo would make it anew.
    pub(super) fn lock_of(&self, package: &str) -> Option<Locked> {
        let folder = self.package_folder().join(package);
        let text = std::fs::read_to_string(folder.join("Cargo.lock")).ok()?;
        let book = self.lock.as_ref().and_then(|lock| std::fs::read_to_string(lock).ok());
        let marked = std::fs::read_to_string(folder.join(MARK)).ok()?;
        let is_own = marked == mark(&self.origin_of_lock(book.as_deref()), text.as_bytes());
        is_own.then(|| Locked {
            package: package.to_owned(),
            hash: blake3::hash(without_programs(&text).as_bytes()).to_hex().to_string(),
            follows: follows(&text, &book.unwrap_or_default()),
        })
    }

    /// What the lock files of packages are made from.
    fn origin_of_lock(&self, text: Option<&str>) -> String {
        let from = text.map_or_else(|| hash(&["", &self.patches]), |text| hash(&[text]));
        format!("{}\n", from.to_hex())
    }

    /// The lock file of the first package that has one, for a book that has none.
    pub(super) fn lock_of_packages(&self) -> Option<String> {
        let origin = self.origin_of_lock(None);
        let packages = std::fs::read_dir(self.package_folder()).ok()?;
        let mut packages: Vec<PathBuf> = packages.flatten().map(|entry| entry.path()).collect();
        packages.sort();
        packages.iter().find_map(|package| {
            let text = std::fs::read_to_string(package.join("Cargo.lock")).ok()?;
            let marked = std::fs::read_to_string(package.join(MARK)).ok()?;
            (marked == mark(&origin, text.as_bytes())).then_some(text)
        })
    }

    /// A `cargo` that sees the book's configuration, and of the caller's environment what a build needs.
    pub(super) fn cargo(&self, package: &str) -> Command {
        let mut command = cargo();
        command
            .env_clear()
            .envs(self.variables.of_cargo())
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.folder.join("programs").join(package))
            .env("CARGO_BUILD_BUILD_DIR", &self.build)
            .env("CARGO_TERM_COLOR", "never");
        command
    }
}

/// Whether a text has the runtime's name as a word of its own: `recto`, not `directory`.
fn names_runtime(text: &str) -> bool {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut ends = text.match_indices("recto").map(|(at, name)| (&text[..at], &text[at + name.len()..]));
    ends.any(|(before, behind)| !before.ends_with(is_of_word) && !behind.starts_with(is_of_word))
}

/// Hash of several texts, each told from the next.
pub(super) fn hash(texts: &[&str]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
    }
    hasher.finalize()
}

/// Hash of what decides every result.
fn hash_of_shared(toolchain: &str, manifest: &str, lock: Option<&Path>, settings: &[&str; 3]) -> blake3::Hash {
    let runtime: String = RUNTIME.iter().map(|(_, text)| *text).collect();
    let lock = lock.and_then(|lock| std::fs::read_to_string(lock).ok()).unwrap_or_default();
    let [variables, config, reach] = settings;
    hash(&[
        env!("CARGO_PKG_VERSION"),
        env!("RECTO_SOURCES"),
        toolchain,
        manifest,
        &lock,
        &runtime,
        variables,
        config,
        reach,
    ])
}

/// The folder of all that recto keeps, below the one that was named, or cargo's.
fn target_folder(root: &Path, options: &RunOptions, metadata: Option<&Metadata>) -> Result<PathBuf, Failure> {
    let target = match (&options.target, metadata) {
        (Some(target), _) => absolute(target).map_err(|error| Problem::io(target, &error))?,
        (None, Some(metadata)) => metadata.target_directory.clone().into_std_path_buf(),
        (None, None) => match std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
            Some(folder) => absolute(Path::new(&folder)).map_err(|error| Problem::io(Path::new(&folder), &error))?,
            None => root.join("target"),
        },
    };
    if target.to_str().is_none() {
        return Err(unusable(&target, "is no UTF-8"));
    }
    // cargo lists folders in a variable.
    if std::env::join_paths([&target]).is_err() {
        return Err(unusable(&target, "holds the sign that separates paths"));
    }
    Ok(target.join("recto"))
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_names_the_runtime_by_a_word_of_its_own() {
        for text in [
            "recto",
            "use recto;",
            "`recto::row!`",
            "::recto::Table",
            "a recto.",
            "directory recto",
        ] {
            assert!(names_runtime(text), "{text}");
        }
        for text in ["", "directory", "corrector", "recto_1", "recto2", "direct or"] {
            assert!(!names_runtime(text), "{text}");
        }
    }
}
