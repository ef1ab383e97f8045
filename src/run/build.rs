//! The programs of a package compiled: alone, or together where that changes nothing.
//!
//! A program that may be a module of another is compiled beside others of its kind, as rustdoc compiles doctests. Where
//! that fails, those at which the compiler points are compiled alone and the others together again. So no program is
//! refused for what another has, and each that is refused was so alone.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

use super::compile::{Compiled, compile};
use super::manifest::Profile;
use super::trace::Inputs;
use super::workspace::Workspace;
use crate::problem::Failure;
use crate::progress::Observer;
use crate::tangle::{Program, Purpose};

/// Fewer than this in one are not worth a call of the compiler.
const FEWEST: usize = 6;
/// How many are compiled together: one that is wrong costs all of them once.
const MOST: usize = 48;
/// How often what is left is compiled together again.
const TRIES: usize = 6;
/// How many are compiled in one call of cargo. Before 1.98 it holds a copy of its manifest for each, and forks with all of them.
const CALL: usize = 64;

/// Programs that are compiled in one generated package.
pub(super) struct Package<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) name: &'a str,
    pub(super) profile: Profile,
    pub(super) programs: &'a [&'a Program],
}

/// A program that was compiled, or refused.
pub(super) struct Built {
    /// Which of the programs.
    pub(super) index: usize,
    pub(super) is_compiled: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The local sources that it was compiled from.
    pub(super) sources: Vec<PathBuf>,
    pub(super) inputs: Inputs,
}

/// What is compiled as one program.
struct Unit<'a> {
    program: Cow<'a, Program>,
    /// Which of the programs it is, or several in the order of their numbers in it.
    members: Vec<usize>,
}

impl Unit<'_> {
    fn is_alone(&self) -> bool {
        self.members.len() == 1
    }
}

impl Package<'_> {
    /// Compiles them all; `ready` is told of each that is to run, with its number where the file has several. The hashes
    /// in the names of what they link are added to `units`.
    pub(super) fn build(
        &self,
        observer: Observer<'_>,
        units: &mut BTreeSet<String>,
        ready: impl Fn(usize, Option<usize>, PathBuf),
    ) -> Result<Vec<Built>, Failure> {
        let (mut together, mut alone): (Vec<usize>, Vec<usize>) =
            (0..self.programs.len()).partition(|&index| self.programs[index].merges);
        let mut built = Vec::new();
        for attempt in 0.. {
            if together.len() < 2 || attempt == TRIES {
                alone.append(&mut together);
            }
            let whole = self.units(&std::mem::take(&mut together), &std::mem::take(&mut alone));
            for call in whole.chunks(CALL) {
                let compiled = self.compile(observer, call, &ready)?;
                units.extend(compiled.trace.units.iter().cloned());
                for (at, unit) in call.iter().enumerate() {
                    if unit.is_alone() || compiled.succeeded[at] {
                        built.extend(unit.members.iter().map(|&index| self.built(&compiled, at, index)));
                        continue;
                    }
                    let errors = || compiled.diagnostics[at].iter().filter(|it| it.level == DiagnosticLevel::Error);
                    let blamed = |index: &usize| errors().any(|error| is_about(error, self.programs[*index]));
                    let (wrong, others): (Vec<usize>, Vec<usize>) =
                        unit.members.iter().partition(|index| blamed(index));
                    // Where nobody is to blame, each is looked at.
                    let next = if wrong.is_empty() { &mut alone } else { &mut together };
                    next.extend(others);
                    alone.extend(wrong);
                }
            }
            if together.is_empty() && alone.is_empty() {
                break;
            }
        }
        Ok(built)
    }

    /// What is compiled: programs together, in as many parts as the machine compiles at once, or more, and those that are alone.
    fn units(&self, together: &[usize], alone: &[usize]) -> Vec<Unit<'_>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let size = together.len().div_ceil(threads).clamp(FEWEST, MOST);
        let unit = |members: &[usize]| Unit {
            program: match members {
                [index] => Cow::Borrowed(self.programs[*index]),
                _ => Cow::Owned(Program::together(&members.iter().map(|&it| self.programs[it]).collect::<Vec<_>>())),
            },
            members: members.to_vec(),
        };
        together.chunks(size).chain(alone.chunks(1)).map(unit).collect()
    }

    /// One call of cargo.
    fn compile(
        &self,
        observer: Observer<'_>,
        units: &[Unit<'_>],
        ready: &impl Fn(usize, Option<usize>, PathBuf),
    ) -> Result<Compiled<'_>, Failure> {
        let programs: Vec<&Program> = units.iter().map(|unit| &*unit.program).collect();
        let members = units.iter().filter(|unit| !unit.is_alone()).flat_map(|unit| &unit.members);
        let modules: Vec<&Program> = members.map(|&index| self.programs[index]).collect();
        self.workspace.write_package(self.name, self.profile, &programs, &modules)?;
        let runs = |index: usize| matches!(self.programs[index].purpose, Purpose::Run | Purpose::Test);
        compile(self.workspace, self.name, &programs, observer, |at, executable| {
            let unit = &units[at];
            for (number, &index) in unit.members.iter().enumerate().filter(|(_, index)| runs(**index)) {
                ready(index, (!unit.is_alone()).then_some(number), executable.clone());
            }
        })
    }

    /// What became of a program that was compiled as, or in, one of those of a call.
    fn built(&self, compiled: &Compiled<'_>, at: usize, index: usize) -> Built {
        let program = self.programs[index];
        let is_own = compiled.names[at] == program.name;
        let its = compiled.diagnostics[at].iter().filter(|it| is_own || is_about(it, program));
        let (sources, inputs) =
            compiled.trace.inputs_of(program, &compiled.names[at], compiled.executables[at].as_deref());
        Built {
            index,
            is_compiled: compiled.succeeded[at],
            diagnostics: its.cloned().collect(),
            sources,
            inputs,
        }
    }
}

/// Whether a message is about a program, or about a macro that is called in it.
fn is_about(diagnostic: &Diagnostic, program: &Program) -> bool {
    fn is_in(span: &DiagnosticSpan, program: &Program) -> bool {
        Path::new(&span.file_name) == program.file
            || span.expansion.as_ref().is_some_and(|expansion| is_in(&expansion.span, program))
    }
    diagnostic.spans.iter().filter(|span| span.is_primary).any(|span| is_in(span, program))
}
