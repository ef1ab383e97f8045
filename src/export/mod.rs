//! The programs of the lessons as readers get them: files below `programs` in the book, and all of them in
//! one archive. They compile by themselves, with the versions that the book was built with. And what figures show, as files
//! below `figure-data`.

mod package;

use crate::index::Index;
use crate::problem::Failure;
use crate::read::{Cell, Item};
use crate::run::{Output, Workspace};
use crate::site::File;
use crate::tangle::{Listing, Purpose};
use crate::verify::{Checked, ItemReport};

/// The folder, below the book's root.
pub(crate) const FOLDER: &str = "programs";

/// The name of a program, given its lesson's.
fn name(lesson: &str, program: &Listing) -> String {
    match program.cell {
        None => lesson.to_owned(),
        Some(cell) => format!("{lesson}-{cell}"),
    }
}

/// The files of a lesson's programs, below the book's root.
pub(crate) fn paths(lesson: &str, checked: &Checked<'_>) -> Vec<String> {
    let programs = checked.tangled.listings.iter();
    programs.map(|program| format!("{FOLDER}/{}.rs", name(lesson, program))).collect()
}

/// The file with what a cell's figures show, below the book's root, where the author asks for one.
pub(crate) fn data_path(lesson: &str, (number, cell): (usize, &Cell), report: &ItemReport) -> Option<String> {
    let has_data = cell.options.data && report.run.output.iter().any(|output| !output.data().is_empty());
    let name = || cell.options.label.clone().unwrap_or_else(|| format!("{lesson}-{number}"));
    has_data.then(|| format!("figure-data/{}.csv", name()))
}

/// The files with what figures show, below the book's root.
pub(crate) fn data(index: &Index, checked: &[Checked<'_>]) -> Vec<File> {
    let of_lesson = |checked: &Checked<'_>| -> Vec<File> {
        let name = index.rows.name(&checked.lesson.path);
        let items = checked.lesson.items.iter().zip(&checked.items).enumerate();
        let of_item = |(number, (item, report)): (usize, (&Item, &ItemReport))| {
            let Item::Cell(cell) = item else { return None };
            let path = data_path(&name, (number, cell), report)?;
            let data = report.run.output.iter().map(Output::data).find(|data| !data.is_empty())?;
            Some((path, data.into_bytes()))
        };
        items.filter_map(of_item).collect()
    };
    checked.iter().flat_map(of_lesson).collect()
}

/// The files of all programs, below the book's root.
///
/// # Errors
/// A file that a program was compiled from can't be read.
pub(crate) fn files(workspace: &Workspace, index: &Index, checked: &[Checked<'_>]) -> Result<Vec<File>, Failure> {
    let mut programs = Vec::new();
    let mut runs = Vec::new();
    for checked in checked {
        let lesson = index.rows.name(&checked.lesson.path);
        let named = checked.tangled.listings.iter();
        programs.extend(named.map(|program| (name(&lesson, program), program.source.as_str())));
        let ran = checked.tangled.programs.iter().zip(&checked.transcript.programs);
        runs.extend(ran.filter(|(program, _)| program.purpose == Purpose::Run).map(|(_, run)| run));
    }
    let programs: Vec<(&str, &str)> = programs.iter().map(|(name, source)| (name.as_str(), *source)).collect();
    let files = package::package(workspace, &programs, &runs)?;
    let files: Vec<File> = files.into_iter().map(|(name, bytes)| (format!("{FOLDER}/{name}"), bytes)).collect();
    let archive = archive(&files)
        .map_err(|error| Failure::environment(format!("can't put the programs into an archive: {error}")))?;
    Ok(files.into_iter().chain([(format!("{FOLDER}.tar"), archive)]).collect())
}

/// An archive that is the same bytes each time.
fn archive(files: &[File]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes.as_slice())?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_archive_holds_the_files() {
        let long = format!("programs/{}.rs", "a".repeat(150));
        let files: Vec<File> = vec![
            ("programs/Cargo.toml".into(), b"[package]".to_vec()),
            (long, b"//".to_vec()),
        ];
        let bytes = archive(&files).unwrap();
        assert_eq!(bytes, archive(&files).unwrap());
        let mut read = tar::Archive::new(bytes.as_slice());
        let read = read.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.path().unwrap().to_string_lossy().into_owned(), bytes)
        });
        assert_eq!(read.collect::<Vec<_>>(), files);
    }
}
