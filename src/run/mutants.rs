//! Programs with switches: compiled once, and run once for each mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cargo_metadata::diagnostic::Diagnostic;

use super::build::Package;
use super::execute::execute;
use super::generated::replace;
use super::job::package;
use super::manifest::Profile;
use super::sweep;
use super::transcript::ProgramRun;
use super::workspace::{Workspace, hash};
use crate::problem::{Failure, Problem};
use crate::progress::{Observer, Progress};
use crate::read::Lesson;
use crate::runtime::switch::{RECORD, VARIABLE};
use crate::scratch::{self, Scratch};
use crate::tangle::{Program, WHICH};

/// How the name of the folder of executables begins.
const FOLDER: &str = "mutants-";

/// Where programs with switches are compiled and run. What is compiled lies in a folder of its own, since another build of the book
/// may sweep the common one meanwhile.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    workspace: &'a Workspace,
    folder: Scratch,
    executables: AtomicUsize,
}

/// What became of a program with switches.
#[derive(Debug)]
pub(crate) enum Compiled {
    To(Executable),
    Refused(Vec<Diagnostic>),
}

/// A program that can be run.
#[derive(Debug)]
pub(crate) struct Executable {
    file: PathBuf,
    /// Which of the programs in it, where it has several.
    which: Option<usize>,
}

/// Which switch is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// None; the program tells which it reaches.
    Record,
    Mutant(u32),
}

impl<'a> Bench<'a> {
    /// # Errors
    /// The folder can't be made.
    pub(crate) fn of(workspace: &'a Workspace) -> Result<Bench<'a>, Failure> {
        scratch::sweep(FOLDER, workspace.folder());
        let folder =
            Scratch::new(FOLDER, workspace.folder()).map_err(|error| Problem::io(workspace.folder(), &error))?;
        Ok(Bench {
            workspace,
            folder,
            executables: AtomicUsize::default(),
        })
    }

    /// Compiles programs, each with its lesson.
    ///
    /// # Errors
    /// The environment fails.
    pub(crate) fn compile(
        &self,
        programs: &[(&Lesson, &Program)],
        observer: Observer<'_>,
    ) -> Result<Vec<Compiled>, Failure> {
        let _lock = self.workspace.lock()?;
        observer(Progress::Compiling(programs.len()));
        sweep::begin(self.workspace);
        let mut packages: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, (lesson, program)) in programs.iter().enumerate() {
            packages.entry(format!("{}-mutants", package(program, lesson.opt_level))).or_default().push(index);
        }
        let ready: Mutex<BTreeMap<usize, std::io::Result<Executable>>> = Mutex::default();
        let mut compiled: BTreeMap<usize, Compiled> = BTreeMap::new();
        for (name, members) in packages {
            let its: Vec<&Program> = members.iter().map(|&index| programs[index].1).collect();
            let package = Package {
                workspace: self.workspace,
                name: &name,
                profile: Profile {
                    opt_level: programs[members[0]].0.opt_level,
                    incremental: members.len() <= sweep::EDITED,
                },
                programs: &its,
            };
            let built = package.build(observer, &mut BTreeSet::new(), |member, which, executable| {
                let taken = self.take(&executable).map(|file| Executable { file, which });
                ready.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(members[member], taken);
                observer(Progress::Ran);
            })?;
            let refused = built.into_iter().map(|it| (members[it.index], Compiled::Refused(it.diagnostics)));
            compiled.extend(refused);
        }
        for (index, executable) in ready.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            let executable = executable.map_err(|error| Problem::io(self.folder.path(), &error))?;
            compiled.insert(index, Compiled::To(executable));
        }
        Ok(compiled.into_values().collect())
    }

    /// Takes a compiled program to this folder, where it stays.
    fn take(&self, executable: &Path) -> std::io::Result<PathBuf> {
        let folder = self.folder.path().join(self.executables.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir(&folder)?;
        // A program knows its name.
        let file = folder.join(executable.file_name().unwrap_or_default());
        std::fs::hard_link(executable, &file).or_else(|_| std::fs::copy(executable, &file).map(drop))?;
        Ok(file)
    }

    /// Runs a program to its end, or to a limit of its lesson.
    ///
    /// # Errors
    /// It can't be started.
    pub(crate) fn run(&self, executable: &Executable, lesson: &Lesson, on: On) -> Result<ProgramRun, Failure> {
        let number = match on {
            On::Record => RECORD,
            On::Mutant(number) => number,
        };
        let mut told = vec![(VARIABLE, number.to_string())];
        told.extend(executable.which.map(|number| (WHICH, number.to_string())));
        execute(&executable.file, &told, self.workspace, lesson, None)
    }
}

impl Workspace {
    /// What was kept under these texts, with this toolchain and these crates.
    pub(crate) fn kept(&self, under: &[&str]) -> Option<String> {
        let key = self.key_of(under);
        let text = std::fs::read_to_string(self.store_folder().join(key.to_hex().as_str())).ok()?;
        self.seal().opened(&key, &text).map(str::to_owned)
    }

    /// Keeps a text. A store that can't be written costs time, not correctness.
    pub(crate) fn keep(&self, under: &[&str], text: &str) {
        let key = self.key_of(under);
        if let Some(sealed) = self.seal().sealed(&key, text) {
            let _ = replace(&self.store_folder().join(key.to_hex().as_str()), sealed.as_bytes());
        }
    }

    fn key_of(&self, under: &[&str]) -> blake3::Hash {
        let shared = self.shared.to_hex();
        hash(&[&[shared.as_str(), "mutants"], under].concat())
    }
}
