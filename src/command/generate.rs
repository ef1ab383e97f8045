//! `recto generate`: what shells, readers of manuals and programs want to know of the command.

use std::path::{Path, PathBuf};

use clap_complete::Shell;

use super::terminal::{Answer, Terminal};
use crate::problem::{Failure, Problem};
use crate::templates;

/// All that an author may write.
const REFERENCE: &str = include_str!("../../REFERENCE.md");

#[derive(Debug, clap::Subcommand)]
pub(super) enum GenerateTask {
    /// Print a script by which a shell completes recto's arguments
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a manual page for each command
    Man {
        /// The folder that gets recto.1, recto-build.1 and the others
        dir: PathBuf,
    },
    /// Print what a lesson may hold, the commands and the settings, as markdown
    Reference,
    /// Print the JSON schema of what `--message-format json` prints, or of verification.json
    Schema {
        /// Of which
        of: Schema,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Schema {
    /// A line of `--message-format json`
    Messages,
    /// verification.json
    Verification,
}

/// Prints or writes what is asked for; `command` is that of which it tells.
pub(super) fn run(task: GenerateTask, mut command: clap::Command, terminal: &Terminal) -> Result<Answer, Failure> {
    match task {
        GenerateTask::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command, "recto", &mut script);
            terminal.printed(&String::from_utf8_lossy(&script));
        }
        GenerateTask::Man { dir } => {
            write_manual(command, &dir).map_err(|error| Problem::io(&dir, &error))?;
            terminal.status("Created", &format!("the manual pages in {}", dir.display()));
        }
        GenerateTask::Reference => terminal.printed(REFERENCE),
        GenerateTask::Schema { of: Schema::Messages } => terminal.printed(templates::MESSAGES_SCHEMA),
        GenerateTask::Schema { of: Schema::Verification } => terminal.printed(templates::VERIFICATION_SCHEMA),
    }
    Ok(Answer::Right)
}

fn write_manual(command: clap::Command, dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command, dir)
}
