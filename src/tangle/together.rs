//! Programs as the modules of one.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::map::SourceMap;
use super::program::{Program, Purpose};
use crate::read::Edition;

/// The variable that says which of the programs is to run.
pub(crate) const WHICH: &str = "RECTO_BLOCK";

impl Program {
    /// A program of which these, all of one edition, are modules. Each stays in its own file, with its places.
    pub(crate) fn together(programs: &[&Program]) -> Program {
        let (mut modules, mut arms) = (String::new(), String::new());
        for (number, program) in programs.iter().enumerate() {
            let _ = writeln!(modules, "#[path = {:?}] mod __recto_block_{number};", program.file.to_string_lossy());
            if program.purpose == Purpose::Run {
                let _ = writeln!(arms, "        Ok(\"{number}\") => __recto_block_{number}::main(),");
            }
        }
        let edition = programs.first().map_or(Edition::E2015, |program| program.edition);
        // There a path begins at the root.
        let linked = if edition == Edition::E2015 { "extern crate recto;\n" } else { "" };
        let names: Vec<&str> = programs.iter().map(|program| program.name.as_str()).collect();
        let name = format!("merged_{}", &blake3::hash(names.join("\n").as_bytes()).to_hex()[..16]);
        Program {
            file: PathBuf::from(format!("{name}.rs")),
            name,
            edition,
            source: format!(
                "#![allow(unused)]\n{linked}{modules}fn main() -> ::std::process::ExitCode {{\n    match ::std::env::var({WHICH:?}).as_deref() {{\n\
                 {arms}        _ => ::std::process::ExitCode::FAILURE,\n    }}\n}}\n"
            ),
            map: SourceMap::default(),
            purpose: Purpose::Run,
            merges: false,
            items: Vec::new(),
        }
    }
}
