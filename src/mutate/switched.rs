//! A program in which each of its mutants is behind a switch, and whose fault it is where that does not compile.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

use super::rules::{Mutant, Switches};
use crate::tangle::Program;

/// A program with switches.
#[derive(Debug)]
pub(super) struct Switched {
    pub(super) program: Program,
    /// Where it is switched, in bytes of its source, an outer one before those in it, and between which mutants.
    regions: Vec<(Range<usize>, Vec<usize>)>,
}

impl Switched {
    /// The program with those mutants that are `wanted`, each behind the switch of its `number`. All lines stay.
    pub(super) fn of(
        program: &Program,
        switches: &Switches,
        wanted: impl Fn(usize) -> bool,
        number: impl Fn(usize) -> u32,
    ) -> Switched {
        let mut writer = Writer {
            source: &program.source,
            at: 0,
            written: String::new(),
            open: Vec::new(),
            regions: Vec::new(),
        };
        for site in &switches.sites {
            let others: Vec<&(usize, String)> = site.others.iter().filter(|(mutant, _)| wanted(*mutant)).collect();
            if others.is_empty() {
                continue;
            }
            writer.close_before(site.range.start);
            writer.copy_to(site.range.start);
            let start = writer.written.len();
            writer.written.push('(');
            for (mutant, other) in &others {
                let number = number(*mutant);
                let _ = write!(writer.written, "if ::recto::lesson::switched({number}) {{ ({other}) }} else ");
            }
            writer.written.push_str("{ (");
            writer.open.push((site.range.end, writer.regions.len()));
            writer.regions.push((start..start, others.iter().map(|(mutant, _)| *mutant).collect()));
        }
        writer.close_before(usize::MAX);
        writer.copy_to(program.source.len());
        Switched {
            program: Program {
                source: writer.written,
                ..program.clone()
            },
            regions: writer.regions,
        }
    }

    /// The mutants that keep it from compiling; none where the compiler points at nothing of theirs.
    pub(super) fn blamed(&self, mutants: &[Mutant], diagnostics: &[Diagnostic]) -> BTreeSet<usize> {
        let is_error = |it: &&Diagnostic| it.level == DiagnosticLevel::Error && !it.spans.is_empty();
        diagnostics.iter().filter(is_error).flat_map(|error| self.blamed_for(mutants, error)).collect()
    }

    /// The switch in which the compiler points; or else those that it names; or else those of the line; or else of the cell.
    fn blamed_for(&self, mutants: &[Mutant], error: &Diagnostic) -> Vec<usize> {
        let spans = |is_primary: bool| {
            let its = error.spans.iter().chain(error.children.iter().flat_map(|child| &child.spans));
            its.filter(move |span| !is_primary || span.is_primary).filter_map(|span| self.place(span))
        };
        let innermost = |span: Range<usize>| {
            let around = |(region, _): &&(Range<usize>, _)| region.start <= span.start && span.end <= region.end;
            self.regions.iter().rfind(around)
        };
        let near = |span: Range<usize>| {
            let meets = move |(region, _): &&(Range<usize>, _)| region.start < span.end && span.start < region.end;
            self.regions.iter().filter(meets)
        };
        let source = &self.program.source;
        let line = |span: Range<usize>| {
            let start = source[..span.start].rfind('\n').map_or(0, |at| at + 1);
            start..source[span.start..].find('\n').map_or(source.len(), |at| span.start + at)
        };
        let item = |span: Range<usize>| {
            let number = source[..span.start].matches('\n').count() + 1;
            let column = span.start - line(span).start + 1;
            self.program.map.item(number, column)
        };
        let primary: Vec<_> = spans(true).filter_map(innermost).collect();
        let named: Vec<_> = if primary.is_empty() { spans(false).flat_map(near).collect() } else { primary };
        let beside: Vec<_> = if named.is_empty() {
            spans(false).map(line).flat_map(near).collect()
        } else {
            named
        };
        if !beside.is_empty() {
            return beside.into_iter().flat_map(|(_, its)| its).copied().collect();
        }
        let items: BTreeSet<usize> = spans(false).filter_map(item).collect();
        let its = self.regions.iter().flat_map(|(_, its)| its).copied();
        its.filter(|&mutant| items.contains(&mutants[mutant].item)).collect()
    }

    /// Where the compiler points, in the program; of what a macro makes, where that is called.
    fn place(&self, span: &DiagnosticSpan) -> Option<Range<usize>> {
        if self.program.is_file(&span.file_name) {
            let end = self.program.source.len();
            return Some((span.byte_start as usize).min(end)..(span.byte_end as usize).min(end));
        }
        span.expansion.as_ref().and_then(|expansion| self.place(&expansion.span))
    }
}

struct Writer<'a> {
    source: &'a str,
    /// How much of the source is written.
    at: usize,
    written: String,
    /// The switches around what is written now: where each ends, and its region.
    open: Vec<(usize, usize)>,
    regions: Vec<(Range<usize>, Vec<usize>)>,
}

impl Writer<'_> {
    fn copy_to(&mut self, end: usize) {
        self.written.push_str(&self.source[self.at..end]);
        self.at = end;
    }

    fn close_before(&mut self, place: usize) {
        while let Some((end, region)) = self.open.pop_if(|(end, _)| *end <= place) {
            self.copy_to(end);
            self.written.push_str(") })");
            self.regions[region].0.end = self.written.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rules::switches;
    use super::*;
    use crate::read::{Edition, Scope, samples};
    use crate::room;
    use crate::tangle::tangle;

    /// The programs of a lesson, each with all its switches.
    fn all(text: &str) -> Vec<(Program, Switched)> {
        let lesson = &samples::book(text, Scope::Lesson).lessons[0];
        let switched = |program: Program| {
            let found = switches(&program, &|_| true);
            let switched = Switched::of(&program, &found, |_| true, |mutant| u32::try_from(mutant + 1).unwrap());
            (program, switched)
        };
        tangle(lesson, Edition::E2024).programs.into_iter().map(switched).collect()
    }

    #[test]
    fn a_mutant_has_one_other_token_and_no_switch_within() {
        let (_, switched) = &all("```rust\nlet x = 1.5 * // one\n    (2 - y);\n```\n")[0];
        let line = switched.program.source.lines().find(|line| line.contains("let x")).unwrap();
        assert_eq!(
            line.trim(),
            "let x = (if ::recto::lesson::switched(1) { (1.5 / (2 - y)) } else { \
             ((if ::recto::lesson::switched(2) { (1.6) } else { (1.5) }) * // one"
        );
        let (_, switched) = &all("```rust\nconst N: usize = 3;\nlet x = [0.0; N][N - 1..];\n```\n")[0];
        let line = switched.program.source.lines().find(|line| line.contains("let x")).unwrap();
        assert!(line.contains("(0.0) }); N][(if ::recto::lesson::switched(3) { (N + 1) } else { ((if ::recto::lesson::switched(1) { ((4)) } else { (N) }) - "), "{line}");
    }

    proptest! {
        #[test]
        fn lines_stay_and_rust_stays_rust(text in samples::code()) {
            for (program, switched) in all(&text) {
                let source = &switched.program.source;
                prop_assert_eq!(source.lines().count(), program.source.lines().count(), "{}", source);
                let is_rust = |source: &str| room::for_depth(usize::MAX, || syn::parse_file(source).is_ok());
                prop_assert!(!is_rust(&program.source) || is_rust(source), "{}", source);
            }
        }
    }
}
