//! Problems as annotations of a GitHub Actions workflow, which GitHub shows at their lines of a change.

use std::path::{Path, PathBuf};

use crate::problem::{Problem, Severity};
use crate::site::with_slashes;
use crate::source::Place;

/// The problem as a workflow command. `root` is the folder of the repository, below which GitHub knows files.
pub(crate) fn annotation(problem: &Problem, root: Option<&Path>) -> String {
    let command = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties: Vec<(&str, String)> = Vec::new();
    if let Some(place) = &problem.place {
        let ((line, column), (end_line, end_column)) = (place.line_column(), place.end_line_column());
        properties.push(("file", known_path(place, root)));
        properties.push(("line", line.to_string()));
        properties.push(("endLine", end_line.to_string()));
        // GitHub takes columns of one line only.
        if line == end_line {
            properties.push(("col", column.to_string()));
            properties.push(("endColumn", end_column.to_string()));
        }
    }
    properties.push(("title", problem.code.clone().unwrap_or_else(|| problem.kind.name().to_owned())));
    let properties: Vec<String> =
        properties.into_iter().map(|(name, value)| format!("{name}={}", escaped(&value, true))).collect();
    let label = problem.label.iter().cloned();
    let notes = problem.notes.iter().map(|note| format!("note: {note}"));
    let helps = problem.helps.iter().map(|help| format!("help: {help}"));
    let lines: Vec<String> = std::iter::once(problem.message.clone()).chain(label).chain(notes).chain(helps).collect();
    format!("::{command} {}::{}", properties.join(","), escaped(&lines.join("\n"), false))
}

/// The path of a file below the repository, where it is there.
fn known_path(place: &Place, root: Option<&Path>) -> String {
    let whole = std::path::absolute(place.path()).ok();
    let whole = whole.and_then(|path| path.canonicalize().ok().or(Some(path)));
    let below = |path: PathBuf| Some(path.strip_prefix(root?.canonicalize().ok()?).ok()?.to_path_buf());
    let path = whole.and_then(below).unwrap_or_else(|| place.path().to_path_buf());
    with_slashes(&path)
}

/// The text with the signs escaped that end a command, and those that end a property. Other control characters mean nothing.
fn escaped(text: &str, property: bool) -> String {
    let sign = |c: char| match c {
        '%' => "%25".to_owned(),
        '\r' => "%0D".to_owned(),
        '\n' => "%0A".to_owned(),
        ':' if property => "%3A".to_owned(),
        ',' if property => "%2C".to_owned(),
        c if c.is_control() && c != '\t' => "\u{fffd}".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;
    use crate::source::SourceFile;

    #[test]
    fn an_annotation_has_its_place_and_no_sign_that_ends_it() {
        let file = SourceFile::new("src/a,b:c.md", "one\ntwo é [3](=x)\n");
        let at = file.text.find('[').unwrap();
        let problem = Problem::error(Kind::Claim, "100 % wrong::\u{1b}[31m\r\nno").at(file.place(at..at + 7));
        let problem = problem.note("of `x`").help("write `4`");
        assert_eq!(
            annotation(&problem, None),
            "::error file=src/a%2Cb%3Ac.md,line=2,endLine=2,col=7,endColumn=14,title=claim::\
             100 %25 wrong::\u{fffd}[31m%0D%0Ano%0Anote: of `x`%0Ahelp: write `4`"
        );
        let over_lines = Problem::warning(Kind::Fence, "long").at(file.place(0..8));
        assert_eq!(annotation(&over_lines, None), "::warning file=src/a%2Cb%3Ac.md,line=1,endLine=2,title=fence::long");
        assert_eq!(
            annotation(&Problem::error(Kind::Environment, "no cargo"), None),
            "::error title=environment::no cargo"
        );
    }

    #[test]
    fn a_path_is_the_repositorys() {
        let repository = tempfile::tempdir().unwrap();
        let path = repository.path().join("book/a.md");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "x").unwrap();
        let place = SourceFile::new(repository.path().join("book/../book/a.md"), "x").place(0..1);
        assert_eq!(known_path(&place, Some(repository.path())), "book/a.md");
        assert_eq!(known_path(&SourceFile::new("a.md", "x").place(0..1), Some(repository.path())), "a.md");
    }
}
