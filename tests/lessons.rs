//! Golden lessons: tiny books under `tests/lessons`, each with what the command says of it and the
//! page that it makes. `SNAPSHOTS=overwrite cargo test --test lessons` writes what came out.
//!
//! A case is a folder with `src/lesson.md` and, where the defaults won't do, more chapters,
//! `src/SUMMARY.md`, `book.toml`, `Cargo.toml` and `command` (the arguments, `build` if absent).
//! `expected.txt` is the exit code and all that the command says; `expected.html` the woven page;
//! `expected.md` the lesson after the command, where it writes into lessons. They are compared
//! character by character: only the book's folder and the seconds are `[BOOK]` and `[SECONDS]`.
//!
//! Where a problem comes with what is to stand in its place, all of that is written into the book, and the book checked
//! again: these problems must be gone, and their lines be right.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use similar::TextDiff;

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lessons");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let trials = cases.into_iter().map(|case| {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        Trial::test(name, move || run(&case))
    });
    let literal = Trial::test("expected_files_are_no_patterns", expected_files_are_no_patterns);
    libtest_mimic::run(&arguments, trials.chain([literal]).collect()).exit();
}

fn run(case: &Path) -> Result<(), Failed> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let book = target.join("lessons").join(case.file_name().ok_or("a case has a name")?);
    if book.exists() {
        std::fs::remove_dir_all(&book)?;
    }
    copy(case, &book)?;
    let write_default = |name: &str, text: &str| -> std::io::Result<()> {
        let path = book.join(name);
        if path.exists() { Ok(()) } else { std::fs::write(path, text) }
    };
    write_default("book.toml", "[book]\ntitle = \"Case\"\n\n[preprocessor.recto]\nverification = false\n")?;
    write_default("src/SUMMARY.md", "- [Lesson](lesson.md)\n")?;
    write_default("command", "build\n")?;

    let commands = std::fs::read_to_string(book.join("command"))?;
    let mut said = String::new();
    for line in commands.lines() {
        let output = Command::new(env!("CARGO_BIN_EXE_recto"))
            .args(line.split_whitespace())
            .args(["--color", "never", "--target-dir"])
            .arg(target.join("compiled"))
            .current_dir(&book)
            .env_remove("NO_COLOR")
            .stdin(std::process::Stdio::null())
            .output()?;
        said.push_str(&format!("$ recto {line}\n"));
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        said.push_str(&format!("exit code {}\n", output.status.code().unwrap_or(-1)));
    }

    let seconds = regex::Regex::new(r"in \d+\.\d s\b")?;
    let said = said.replace(&*book.to_string_lossy(), "[BOOK]");
    // What two runs bind is told with its value, which is another one each time.
    let bound = regex::Regex::new(r"(name \d+ that it binds: \w+ = )\d[\d.e]{5,}")?;
    let said = bound.replace_all(&said, "$1[RANDOM]");
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|action| action == "overwrite");
    let check = |actual: &str, name: &str| compare(actual, &case.join(name), overwrite);
    check(&seconds.replace_all(&said, "in [SECONDS] s"), "expected.txt")?;
    let page = book.join("book/lesson.html");
    if case.join("expected.html").exists() {
        check(&main_part(&std::fs::read_to_string(page)?), "expected.html")?;
    }
    // Where the book lets them be, recto says how many lead nowhere.
    if !said.contains("Unchecked ") {
        links_lead_somewhere(&book.join("book"), commands.contains("--draft"))?;
    }
    if said.contains("= help: ") && !commands.contains("--bless") {
        suggestions_mend(&book)?;
    }
    if case.join("expected.md").exists() {
        check(&std::fs::read_to_string(book.join("src/lesson.md"))?, "expected.md")?;
    }
    Ok(())
}

/// The problems of a book, as JSON has them.
fn problems(book: &Path) -> Result<Vec<Value>, Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_recto"))
        .args(["build", "--message-format", "json", "--target-dir"])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"))
        .current_dir(book)
        .stdin(std::process::Stdio::null())
        .output()?;
    let lines = String::from_utf8(output.stdout)?;
    let records: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
    Ok(records?.into_iter().filter(|record| record["reason"] == "problem").collect())
}

/// Writes what the problems of a book suggest, and looks whether these are gone and nothing else is wrong in their lines.
fn suggestions_mend(book: &Path) -> Result<(), Failed> {
    let before = problems(book)?;
    let mut edits: Vec<(&str, usize, usize, &str, usize)> = Vec::new();
    for problem in &before {
        let (place, text) = (&problem["suggestion"]["place"], &problem["suggestion"]["text"]);
        if let (Some(file), Some(start), Some(end), Some(text), Some(line)) = (
            place["file"].as_str(),
            place["byte_start"].as_u64(),
            place["byte_end"].as_u64(),
            text.as_str(),
            place["line"].as_u64(),
        ) {
            edits.push((file, start as usize, end as usize, text, line as usize));
        }
    }
    if edits.is_empty() {
        return Ok(());
    }
    // From the last to the first, so that places stay what they are.
    edits.sort_by_key(|(file, start, ..)| (*file, std::cmp::Reverse(*start)));
    edits.dedup_by_key(|(file, start, ..)| (*file, *start));
    let mut lines: Vec<(&str, usize)> = Vec::new();
    for (file, start, end, text, line) in &edits {
        let path = book.join(file);
        let mut written = std::fs::read_to_string(&path)?;
        let breaks = |text: &str| text.matches('\n').count();
        for (_, below) in lines.iter_mut().filter(|(other, _)| other == file) {
            *below = *below + breaks(text) - breaks(&written[*start..*end]);
        }
        lines.push((file, *line));
        written.replace_range(start..end, text);
        std::fs::write(path, written)?;
    }
    for problem in problems(book)? {
        let place = &problem["place"];
        let is_here = lines.iter().any(|(file, line)| place["file"] == *file && place["line"] == *line);
        let is_old = before.iter().any(|old| old["suggestion"].is_null() && old["message"] == problem["message"]);
        if is_here && !is_old {
            return Err(
                format!("what was suggested is not right:\n{}", problem["rendered"].as_str().unwrap_or("")).into()
            );
        }
    }
    Ok(())
}

/// Fails if a text is not the same as a file, or else makes the file so.
fn compare(actual: &str, file: &Path, overwrite: bool) -> Result<(), Failed> {
    let expected = match std::fs::read_to_string(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        expected => expected.unwrap_or_default(),
    };
    if actual == expected {
        return Ok(());
    }
    if overwrite {
        return Ok(std::fs::write(file, actual)?);
    }
    let diff = TextDiff::from_lines(expected.as_str(), actual);
    let diff = diff.unified_diff().header(&file.to_string_lossy(), "what came out").to_string();
    Err(format!("{diff}\n`SNAPSHOTS=overwrite` writes it").into())
}

fn expected_files_are_no_patterns() -> Result<(), Failed> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_pattern.txt");
    for (expected, actual) in [
        ("a\n...\nb\n", "a\nany\nline\nb\n"),
        ("took [..]\n", "took 3 ms\n"),
        ("[BOOK]/book\n", "/home/book\n"),
        ("a\n", "a\r\n"),
        ("a\n", "a"),
    ] {
        std::fs::write(&file, expected)?;
        compare(expected, &file, false)?;
        if compare(actual, &file, false).is_ok() {
            return Err(format!("{actual:?} passes for {expected:?}").into());
        }
        compare(actual, &file, true)?;
        compare(actual, &file, false)?;
    }
    Ok(())
}

/// Each link of a bound book to one of its own pages has its page and its fragment. (mdBook's own list of chapters, which
/// is no part of them, has names where addresses belong.) A draft may lack the page.
fn links_lead_somewhere(book: &Path, draft: bool) -> Result<(), Failed> {
    // Nobody looked at them.
    if std::fs::read_to_string(book.with_file_name("book.toml")).is_ok_and(|text| text.contains("\nlinks = ")) {
        return Ok(());
    }
    let (ids, hrefs) = (
        regex::Regex::new(r#" id="([^"]+)""#)?,
        regex::Regex::new(r##"<a [^>]*href="([^"#:?]*\.html|)(?:#([^"]*))?""##)?,
    );
    let decoded = |address: &str| {
        let address = address.replace("&amp;", "&");
        percent_decode_str(&address).decode_utf8_lossy().into_owned()
    };
    let read = |page: &Path| std::fs::read_to_string(page).map(|text| main_part(&text));
    for page in pages(book)?.into_iter().filter(|page| !page.ends_with("toc.html")) {
        for href in hrefs.captures_iter(&read(&page)?) {
            let target = match &href[1] {
                "" => page.clone(),
                path => page.with_file_name(decoded(path)),
            };
            let Some(fragment) = href.get(2).map(|it| decoded(it.as_str())).filter(|it| !it.is_empty()) else {
                if !draft && !target.is_file() {
                    return Err(format!("{}: no page for {}", page.display(), &href[0]).into());
                }
                continue;
            };
            let text = read(&target).map_err(|_| format!("{}: no page for {}", page.display(), &href[0]))?;
            if !ids.captures_iter(&text).any(|id| id[1].replace("&amp;", "&") == fragment) {
                return Err(format!("{}: no fragment for {}", page.display(), &href[0]).into());
            }
        }
    }
    Ok(())
}

/// The pages of a bound book; none when nothing was published.
fn pages(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(pages(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
    Ok(found)
}

/// What stands in `<main>`, without the indentation of mdBook's template.
fn main_part(page: &str) -> String {
    let start = page.find("<main>").map_or(0, |at| at + "<main>".len());
    let end = page.find("</main>").unwrap_or(page.len());
    page[start..end].trim().to_owned() + "\n"
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
