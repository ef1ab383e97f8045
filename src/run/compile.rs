//! One call of cargo for all programs, and its messages sorted by program.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{Artifact, Message, Target, TargetKind};
use regex::Regex;

use super::heard::OTHER_VERSION;
use super::manifest;
use super::messages::{Unread, messages};
#[cfg(not(target_os = "linux"))]
use super::running::Cargo;
#[cfg(target_os = "linux")]
use super::supervise::Cargo;
use super::trace::Trace;
use super::workspace::Workspace;
use crate::parallel;
use crate::problem::{Failure, Kind, Problem};
use crate::progress::{Observer, Progress};
use crate::source::SourceFile;
use crate::tangle::{Program, Purpose};

/// What cargo said of each program.
pub(super) struct Compiled<'a> {
    /// The programs, by their names.
    pub(super) names: Vec<String>,
    /// What the programs were made from.
    pub(super) trace: Trace<'a>,
    /// For each program, what the compiler said.
    pub(super) diagnostics: Vec<Vec<Diagnostic>>,
    /// For each program, the binary, if there is one.
    pub(super) executables: Vec<Option<PathBuf>>,
    /// For each program, whether it compiled.
    pub(super) succeeded: Vec<bool>,
    /// The version of the runtime that they link.
    runtime: Option<String>,
}

impl Compiled<'_> {
    /// Takes in a message of cargo; the failure that a crate which lessons link tells of.
    fn hear(
        &mut self,
        message: Message,
        index_of: &HashMap<&str, usize>,
        observer: Observer<'_>,
        ready: impl Fn(usize, PathBuf),
    ) -> Option<Failure> {
        let program = |target: &Target| {
            let kinds = [TargetKind::Bin, TargetKind::Example, TargetKind::Test];
            let is_program = target.kind.iter().any(|kind| kinds.contains(kind));
            index_of.get(target.name.as_str()).copied().filter(|_| is_program)
        };
        match message {
            Message::CompilerMessage(message) => {
                let is_error = message.message.level == DiagnosticLevel::Error;
                if let Some(problem) = of_machine(&message.message).filter(|_| is_error) {
                    return Some(problem.in_environment());
                }
                match program(&message.target) {
                    Some(index) => self.diagnostics[index].push(message.message),
                    None if is_error => {
                        return Some(in_library(&message.target.name, &message.message).in_book());
                    }
                    None => {}
                }
            }
            Message::CompilerArtifact(artifact) => match program(&artifact.target) {
                Some(index) => {
                    self.succeeded[index] = true;
                    if let Some(executable) = artifact.executable {
                        self.executables[index] = Some(executable.clone().into_std_path_buf());
                        ready(index, executable.into_std_path_buf());
                    }
                }
                None => {
                    self.runtime = version_of_runtime(&artifact).or(self.runtime.take());
                    self.trace.hear_artifact(&artifact);
                    if !artifact.fresh {
                        observer(Progress::Dependency(artifact.target.name));
                    }
                }
            },
            Message::BuildScriptExecuted(script) => self.trace.hear_script(&script),
            _ => {}
        }
        None
    }
}

/// Compiles programs of a package; `ready` is told of each binary as soon as it is there.
pub(super) fn compile<'a>(
    workspace: &'a Workspace,
    package: &str,
    programs: &[&Program],
    observer: Observer<'_>,
    ready: impl Fn(usize, PathBuf),
) -> Result<Compiled<'a>, Failure> {
    let index_of = programs.iter().enumerate().map(|(index, program)| (program.name.as_str(), index)).collect();
    let mut command = build(workspace, package, programs.iter().copied());
    command.args(["--keep-going", "--message-format=json"]);
    command.args(parallel::most().map(|jobs| format!("--jobs={jobs}")));
    let cargo_can_not = |error: std::io::Error| no_cargo(&error.to_string());
    // In a file, so that what a build script leaves running can't hold it open.
    let mut words = tempfile::tempfile().map_err(cargo_can_not)?;
    let mut cargo = Cargo::start(&mut command, words.try_clone().map_err(cargo_can_not)?).map_err(cargo_can_not)?;
    let Some(stdout) = cargo.output() else {
        return Err(no_cargo("no pipe"));
    };
    let mut compiled = Compiled {
        names: programs.iter().map(|program| program.name.clone()).collect(),
        trace: Trace::new(workspace),
        diagnostics: vec![Vec::new(); programs.len()],
        executables: vec![None; programs.len()],
        succeeded: vec![false; programs.len()],
        runtime: None,
    };
    let mut elsewhere: Option<Failure> = None;
    let mut unread = Unread::default();
    let mut is_finished = false;
    for message in messages(stdout, workspace.build_timeout, &mut unread) {
        is_finished = matches!(message, Message::BuildFinished(_));
        let failure = compiled.hear(message, &index_of, observer, &ready);
        elsewhere = elsewhere.or(failure);
        if is_finished {
            break;
        }
    }
    if unread.late {
        drop(cargo);
        let said = text_of(&mut words).map_err(cargo_can_not)?;
        return Err(late(&said, workspace.build_timeout).in_environment());
    }
    let is_success = cargo.wait().map_err(cargo_can_not)?;
    if is_finished {
        workspace.mark_lock(package)?;
    }
    if let Some(failure) = elsewhere {
        return Err(failure);
    }
    let is_refused =
        |(program, succeeded): (&&Program, &bool)| !succeeded && !matches!(program.purpose, Purpose::Fail(_));
    let other = compiled.runtime.as_deref().filter(|its| *its != env!("CARGO_PKG_VERSION"));
    if let Some(version) = other.filter(|_| programs.iter().zip(&compiled.succeeded).any(is_refused)) {
        return Err(other_runtime(version).in_environment());
    }
    let said = text_of(&mut words).map_err(cargo_can_not)?;
    if !is_success {
        list_dependencies(workspace, package, programs, &compiled);
    }
    let silent = |index: usize| !compiled.succeeded[index] && compiled.diagnostics[index].is_empty();
    if (0..programs.len()).any(silent) {
        return Err(cargo_failed(&said, &unread.lines).in_environment());
    }
    compiled.trace.finish(package);
    Ok(compiled)
}

/// The version of the runtime, if that is what was compiled.
fn version_of_runtime(artifact: &Artifact) -> Option<String> {
    let (_, package) = artifact.package_id.repr.rsplit_once('#')?;
    let version = package.rsplit('@').next()?;
    (artifact.target.name == "recto" && artifact.target.is_lib()).then(|| version.to_owned())
}

/// Programs that don't compile with a runtime that was not made for them: what the compiler says of them is nothing that their
/// author could mend.
fn other_runtime(version: &str) -> Problem {
    let message = format!("the lessons link the runtime of recto {version}, and don't compile with it");
    Problem::error(Kind::Environment, message).help(OTHER_VERSION)
}

/// What was written to a file, as far as anyone reads it.
fn text_of(file: &mut File) -> std::io::Result<String> {
    const MOST: u64 = 1 << 20;
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `cargo build` of some programs.
fn build<'a>(workspace: &Workspace, package: &str, programs: impl Iterator<Item = &'a Program>) -> Command {
    let mut command = workspace.cargo(package);
    command
        .args(["build", "--manifest-path"])
        .arg(workspace.package_folder().join(package).join("Cargo.toml"));
    command
        .args(programs.map(|program| format!("--{}={}", manifest::Target::of(&program.purpose).name(), program.name)));
    command
}

fn no_cargo(reason: &str) -> Failure {
    Problem::error(Kind::Environment, format!("can't run cargo: {reason}"))
        .help("lessons are compiled with cargo; install it from https://rustup.rs")
        .in_environment()
}

/// Has cargo list the files of those programs that did compile: where one is refused, even one that should
/// be, it leaves the lists of all others unwritten. Nothing is compiled again.
fn list_dependencies(workspace: &Workspace, package: &str, programs: &[&Program], compiled: &Compiled<'_>) {
    if compiled.executables.iter().any(Option::is_some) {
        let there = programs.iter().zip(&compiled.executables).filter(|(_, executable)| executable.is_some());
        let mut command = build(workspace, package, there.map(|(program, _)| *program));
        // Without a list, a program counts as depending on all sources.
        let _ = tempfile::tempfile().and_then(|words| Cargo::start(command.arg("--quiet"), words)?.wait());
    }
}

/// What is not the fault of any code, though the compiler says it like that.
fn of_machine(diagnostic: &Diagnostic) -> Option<Problem> {
    let children = diagnostic.children.iter().map(|child| child.message.as_str());
    let texts: Vec<&str> = std::iter::once(diagnostic.message.as_str()).chain(children).collect();
    let is_of_linker =
        diagnostic.message.starts_with("linker `") || diagnostic.message.starts_with("could not exec the linker");
    let problem = if is_of_linker {
        Problem::error(Kind::Environment, format!("lessons can't be linked: {}", diagnostic.message))
            .help("install a C compiler, which Rust links with; on Debian and Ubuntu: `apt install build-essential`")
    } else {
        let cause = texts.iter().find_map(|text| cause_in(text))?;
        cause_of(cause, "lessons can't be compiled").note(diagnostic.message.clone())
    };
    Some(problem)
}

/// Why the machine does not do what it should.
#[derive(Clone, Copy)]
enum Cause {
    Disk,
    Killed,
}

fn cause_in(text: &str) -> Option<Cause> {
    let has = |words: &[&str]| words.iter().any(|words| text.contains(words));
    if has(&["No space left on device", "(os error 28)", "Disk quota exceeded"]) {
        Some(Cause::Disk)
    } else if has(&["(signal: 9, SIGKILL", "terminated with signal 9"]) {
        Some(Cause::Killed)
    } else {
        None
    }
}

fn cause_of(cause: Cause, what: &str) -> Problem {
    let problem = |why: &str| Problem::error(Kind::Environment, format!("{what}: {why}"));
    match cause {
        Cause::Disk => {
            problem("no space is left on the disk").help("make some, or name a folder elsewhere: `--target-dir`")
        }
        Cause::Killed => problem("the system ended the compiler").help(
            "where the machine ran out of memory, run less beside the build, or set `jobs = 1` in `.cargo/config.toml`",
        ),
    }
}

/// An error in a crate that the lessons link, most often the book's own library.
fn in_library(name: &str, diagnostic: &Diagnostic) -> Problem {
    let problem = Problem::error(Kind::Compile, format!("in crate `{name}`: {}", diagnostic.message))
        .note("no lesson can be compiled before this crate does");
    let Some(span) = diagnostic.spans.iter().find(|span| span.is_primary) else {
        return problem;
    };
    let Ok(text) = std::fs::read_to_string(&span.file_name) else {
        return problem;
    };
    let range = span.byte_start as usize..span.byte_end as usize;
    let mut problem = problem.at(SourceFile::new(&span.file_name, text).place(range));
    problem.label.clone_from(&span.label);
    problem
}

/// cargo took too long; its words say at what.
fn late(said: &str, time: Duration) -> Problem {
    let message = format!("cargo did not finish within {} seconds", time.as_secs());
    let problem = Problem::error(Kind::Environment, message)
        .help("where the dependencies need so long, raise `build-timeout` in `[preprocessor.recto]`");
    let compiling = said.lines().map(str::trim).rfind(|line| line.starts_with("Compiling "));
    match compiling {
        Some(compiling) => problem.note(format!("the last that it began: {compiling}")),
        None => problem,
    }
}

/// cargo failed before it came to a program: its own words, without the first ones.
fn cargo_failed(said: &str, unreadable: &[String]) -> Problem {
    let lines: Vec<&str> = said.lines().collect();
    let start = lines.iter().position(|line| line.starts_with("error")).unwrap_or(0);
    let first = lines.get(start).map_or("it said nothing", |line| line.trim_start_matches("error: "));
    let cause = cause_in(said).map(|cause| cause_of(cause, "cargo failed").note(first));
    let mut problem = cause.unwrap_or_else(|| Problem::error(Kind::Environment, format!("cargo failed: {first}")));
    let rest = lines.get(start + 1..).unwrap_or_default().join("\n");
    if !rest.trim().is_empty() {
        problem = problem.note(of_book(rest.trim()));
    }
    match unreadable {
        [] => problem,
        [first, ..] => problem.note(format!("a message of cargo can't be read: {first}")),
    }
}

/// What cargo says, with the book's manifest in the place of the package that recto made of it.
fn of_book(said: &str) -> String {
    static PACKAGE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"package `lessons-\d+-[0-9a-f]+(?: v0\.0\.0 \([^`]*\))?`").expect("a constant"));
    PACKAGE.replace_all(said, "the book's `Cargo.toml`").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_speaks_of_the_books_manifest() {
        let said = "location searched: crates.io index\nrequired by package `lessons-2024-84cb45a4 v0.0.0 (/tmp/target/recto/84cb45a4/package/2024)`";
        assert!(of_book(said).ends_with("\nrequired by the book's `Cargo.toml`"));
        assert_eq!(
            of_book("package `lessons-2024-c51a` depends on `itoa`"),
            "the book's `Cargo.toml` depends on `itoa`"
        );
    }

    #[test]
    fn what_cargo_says_is_told() {
        let problem = cargo_failed("error: no such thing\nmore", &["{".to_owned()]);
        assert_eq!(problem.message, "cargo failed: no such thing");
        assert_eq!(problem.notes, ["more", "a message of cargo can't be read: {"]);
        let problem =
            late("   Compiling a v1.0.0\n   Compiling slow v0.1.0 (/b)\nwarning: c\n", Duration::from_secs(5));
        assert_eq!(problem.message, "cargo did not finish within 5 seconds");
        assert_eq!(problem.notes, ["the last that it began: Compiling slow v0.1.0 (/b)"]);
    }

    #[test]
    fn what_the_machine_lacks_is_told_apart_from_what_the_code_does() {
        let diagnostic = |message: &str, note: &str| -> Diagnostic {
            let child = serde_json::json!({ "message": note, "code": null, "level": "note", "spans": [], "children": [], "rendered": null });
            let of = serde_json::json!({ "message": message, "code": null, "level": "error", "spans": [], "children": [child], "rendered": null });
            serde_json::from_value(of).unwrap()
        };
        let linking = "linking with `cc` failed: exit status: 1";
        for (message, note, expected) in [
            ("linker `cc` not found", "", Some("lessons can't be linked: linker `cc` not found")),
            (
                linking,
                "ld: final link failed: No space left on device",
                Some("lessons can't be compiled: no space is left on the disk"),
            ),
            (
                linking,
                "collect2: fatal error: ld terminated with signal 9 [Killed]",
                Some("lessons can't be compiled: the system ended the compiler"),
            ),
            (linking, "undefined reference to `f`", None),
            ("mismatched types", "", None),
        ] {
            assert_eq!(of_machine(&diagnostic(message, note)).map(|problem| problem.message).as_deref(), expected);
        }
        let killed = cargo_failed(
            "error: could not compile `a`\n\nCaused by:\n  process didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)",
            &[],
        );
        assert_eq!(killed.message, "cargo failed: the system ended the compiler");
    }
}
