//! What surrounds a lesson's program: the files that it reaches, no network, and no process outside of it.
//!
//! On Linux the kernel keeps it. Landlock decides about files, ports and signals, a seccomp filter about system calls that
//! Landlock does not know. Both hold for one thread and for what it starts, so a thread raises the walls around itself and
//! starts the program. Neither needs a privilege; root, who is bound too, loses its capabilities.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::problem::{Failure, Kind, Problem};
use crate::read::{Limits, Sandbox, Settings};

#[cfg(target_os = "linux")]
#[path = "landlock.rs"]
mod kernel;

/// What a program reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Walls {
    /// Files and folders that it may read and run, beside those of the system.
    pub(super) read: Vec<PathBuf>,
    /// Its own folder.
    pub(super) own: PathBuf,
    pub(super) network: bool,
}

/// What binds a program of a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bounds {
    pub(super) limits: Limits,
    /// None where no walls are raised.
    pub(super) walls: Option<Walls>,
    /// It has one processor.
    pub(super) is_alone: bool,
}

/// How much of the walls the kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Strength {
    /// An older Landlock: files, and more or less of the rest.
    Part,
    Whole,
}

/// What lessons of a book reach beyond their own folders.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The book's root.
    root: PathBuf,
    /// As the settings name it.
    read: Vec<PathBuf>,
    network: bool,
    strength: Strength,
}

impl Reach {
    /// What the book's settings and the kernel make of it; nothing where no walls are raised. `sandbox` stands in the place
    /// of the setting, `root` is the book's.
    ///
    /// # Errors
    /// The walls are required, and the kernel can't raise all of them.
    pub(super) fn of(settings: &Settings, sandbox: Option<Sandbox>, root: &Path) -> Result<Option<Reach>, Failure> {
        let sandbox = sandbox.unwrap_or(settings.sandbox);
        let strength = if sandbox == Sandbox::Off { None } else { strength() };
        if sandbox == Sandbox::Require && strength != Some(Strength::Whole) {
            let message = "this system can't raise all walls around a lesson's program, and they are required";
            let problem = Problem::error(Kind::Environment, message);
            let problem = problem.note("it needs Linux 6.12 or newer with Landlock");
            return Err(problem.help("`--sandbox=try` raises those that there are").in_environment());
        }
        Ok(strength.map(|strength| Reach {
            root: root.to_path_buf(),
            read: settings.read.clone(),
            network: settings.network,
            strength,
        }))
    }

    /// The walls around one program, which has a folder of its own.
    pub(super) fn walls(&self, program: &Path, own: &Path) -> Walls {
        let named = self.read.iter().map(|path| self.root.join(path));
        Walls {
            read: named.chain([self.root.join("data"), program.to_path_buf()]).collect(),
            own: own.to_path_buf(),
            network: self.network,
        }
    }

    /// All of it on which what a lesson does may depend, wherever its book stands.
    pub(super) fn keyed(&self) -> String {
        format!("{:?}", (&self.read, self.network, self.strength))
    }

    /// What the walls keep from a lesson, in words.
    pub(super) fn kept_out(&self) -> &'static str {
        match (self.strength, self.network) {
            (Strength::Whole, false) => "other files, other processes or the network",
            (Strength::Whole, true) => "other files or other processes",
            (Strength::Part, false) => "other files or the network, as far as this kernel can prevent it",
            (Strength::Part, true) => "other files, as far as this kernel can prevent it",
        }
    }
}

#[cfg(target_os = "linux")]
use kernel::strength;

/// There are no walls.
#[cfg(not(target_os = "linux"))]
fn strength() -> Option<Strength> {
    None
}
