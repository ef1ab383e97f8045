//! No stale result: a page shows what its lesson gives now, whatever of that on which it depends has changed; and what
//! has not changed is not run again.

#[path = "stale/again.rs"]
mod again;
#[path = "stale/damaged.rs"]
mod damaged;
#[path = "stale/ingredients.rs"]
mod ingredients;
#[cfg(target_os = "linux")]
#[path = "stale/interrupted.rs"]
mod interrupted;
#[path = "stale/lost.rs"]
mod lost;
#[path = "stale/standing.rs"]
mod standing;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::support::Book;
use ingredients::{After, Change, ROWS, Row};

/// The page of a row's book, or what was said of it.
fn built(book: &Book, variables: &[(&str, PathBuf)]) -> Result<String, String> {
    let output = book.command(&["build"]).env_remove("LOGNAME").envs(variables.iter().cloned()).output().unwrap();
    if output.status.success() {
        Ok(book.read("one.html"))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn printed(page: &str) -> &str {
    let (_, rest) = page.split_once("recto-printed\">").expect("the lesson printed");
    rest.split_once('<').map_or(rest, |(text, _)| text)
}

/// What of a row is not as it must be.
fn wrong(row: &Row, number: usize) -> Result<(), String> {
    let lesson = format!("# One\n\n```rust\nprintln!(\"{{}}, run {{}}\", {}, std::process::id());\n```\n", row.cell);
    // Each book has a folder above it of its own.
    let book = Book::new(&format!("stale-{number}/book"), &[("one", &lesson)]);
    let _ = std::fs::remove_dir_all(book.0.join("../.cargo"));
    for (name, text) in row.files {
        book.write(name, text);
    }
    // Results of earlier runs are gone.
    let id = blake3::hash(book.0.to_string_lossy().as_bytes()).to_hex()[..8].to_owned();
    let _ = std::fs::remove_dir_all(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled/recto").join(id));
    let first = built(&book, &[])?;
    let first = printed(&first);
    if !first.contains(&format!("{}, run", row.before)) {
        return Err(format!("printed {first:?} at first"));
    }
    let again = built(&book, &[])?;
    if printed(&again) != first {
        return Err(format!("was run again without a reason: {first:?}, then {:?}", printed(&again)));
    }
    let mut variables = Vec::new();
    match row.change {
        Change::File(name, text) => book.write(name, text),
        Change::Gone(name) => std::fs::remove_file(book.0.join(name)).unwrap(),
        Change::Variable("CARGO_HOME", folder) => variables.push(("CARGO_HOME", book.0.join(folder))),
        Change::Variable(name, value) => variables.push((name, value.into())),
    }
    match (&row.after, built(&book, &variables)) {
        (After::Prints(text), Ok(page)) if printed(&page).contains(&format!("{text}, run")) => Ok(()),
        (After::Fails(words), Err(said)) if said.contains(words) => Ok(()),
        (After::Same, Ok(page)) if printed(&page) == first => Ok(()),
        (_, Ok(page)) => Err(format!("printed {:?} after the change", printed(&page))),
        (_, Err(said)) => Err(said),
    }
}

#[test]
fn what_a_result_depends_on_is_seen() {
    let next = Mutex::new(ROWS.iter().enumerate());
    let failed: Mutex<Vec<String>> = Mutex::default();
    let work = || {
        loop {
            let row = next.lock().unwrap().next();
            let Some((number, row)) = row else { break };
            if let Err(reason) = wrong(row, number) {
                failed.lock().unwrap().push(format!("{}: {reason}", row.ingredient));
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} rows:\n{}", failed.len(), ROWS.len(), failed.join("\n"));
}

/// What a cell prints that tells of its run, before and after the command is called in another way.
fn before_and_after(name: &str, cell: &str, other: impl FnOnce(&Book) -> std::process::Command) -> (String, String) {
    let lesson = format!("# One\n\n```rust\nprintln!(\"{{}}, run {{}}\", {cell}, std::process::id());\n```\n");
    let book = Book::new(name, &[("one", &lesson)]);
    let first = printed(&book.page("one.html")).to_owned();
    assert_eq!(printed(&book.page("one.html")), first);
    let output = other(&book).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (first, printed(&book.read("one.html")).to_owned())
}

#[test]
fn another_recto_of_the_same_version_trusts_no_result_of_this_one() {
    let (before, after) = before_and_after("stale-recto", "1", |book| {
        let mut bytes = std::fs::read(env!("CARGO_BIN_EXE_recto")).unwrap();
        let sources = regex::bytes::Regex::new(env!("RECTO_SOURCES")).unwrap();
        let places: Vec<usize> = sources.find_iter(&bytes).map(|found| found.start()).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        }
        let other = book.0.join("recto");
        std::fs::copy(env!("CARGO_BIN_EXE_recto"), &other).unwrap();
        std::fs::write(&other, bytes).unwrap();
        let mut command = std::process::Command::new(other);
        command.args(["build", "--target-dir"]).arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
        command.current_dir(&book.0).stdin(std::process::Stdio::null());
        command
    });
    assert_ne!(before, after);
}

#[cfg(unix)]
#[test]
fn another_compiler_compiles_again() {
    use std::os::unix::fs::PermissionsExt;
    let (before, after) = before_and_after("stale-rustc", "cfg!(other)", |book| {
        let path = std::env::var_os("PATH").unwrap();
        let rustc = std::env::split_paths(&path).map(|folder| folder.join("rustc")).find(|it| it.is_file()).unwrap();
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *-vV*) {rustc} \"$@\"; echo other: 1;; *) exec {rustc} \"$@\" --cfg other;; esac\n",
            rustc = rustc.display()
        );
        book.write("bin/rustc", &script);
        std::fs::set_permissions(book.0.join("bin/rustc"), PermissionsExt::from_mode(0o755)).unwrap();
        let path = std::env::join_paths(std::iter::once(book.0.join("bin")).chain(std::env::split_paths(&path)));
        let mut command = book.command(&["build"]);
        command.env("PATH", path.unwrap());
        command
    });
    assert!(before.starts_with("false") && after.starts_with("true"), "{before}, then {after}");
}
