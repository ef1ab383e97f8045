//! Nothing lost: a command that is killed, or that finds the disk full, at any of its calls that change files leaves
//! each file old or new and whole, and the next command is right.
//!
//! Calls are counted and disturbed by `fault.c`, which is compiled here. Where a command makes many, some of them are
//! tried, always the same; with `FAULTS=all` in the environment each is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use crate::support::Book;

/// The compiled tracer.
static TRACER: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/stale/fault.c");
    let tracer = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fault");
    let compiled = std::process::Command::new("cc").arg("-O1").arg("-o").arg(&tracer).arg(source).output();
    let compiled = compiled.expect("a compiler of C, `cc`, as README.md asks for");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    tracer
});

/// A command in a state of a book, and the texts of all files before and after it.
struct Task {
    book: Book,
    arguments: &'static [&'static str],
    /// What is between the files of the book and the command: it begins from nothing that recto keeps.
    before: Files,
    after: Files,
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The files of a folder, without what a killed command leaves beside them under names of its own.
fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if name.starts_with(".recto-") || name.starts_with(".book-") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), bytes);
            }
        }
    }
    found
}

/// The part of the files that is below the bound book, or that is not.
fn part(files: &Files, is_bound: bool) -> Files {
    files
        .iter()
        .filter(|(path, _)| path.starts_with("book") == is_bound)
        .map(|(path, it)| (path.clone(), it.clone()))
        .collect()
}

impl Task {
    /// `book` is in the state before the command.
    fn new(book: Book, arguments: &'static [&'static str]) -> Task {
        let before = files(&book.0);
        let mut task = Task {
            book,
            arguments,
            before,
            after: Files::new(),
        };
        let done = task.command().output().unwrap();
        assert!(done.status.success(), "{}", said(&done));
        task.after = files(&task.book.0);
        task
    }

    fn target() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
    }

    fn command(&self) -> std::process::Command {
        self.book.command_in(&Task::target(), self.arguments)
    }

    /// The state before the command, without what is compiled of other crates.
    fn restore(&self) {
        std::fs::remove_dir_all(&self.book.0).unwrap();
        std::fs::create_dir_all(&self.book.0).unwrap();
        for (name, bytes) in &self.before {
            let path = self.book.0.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let id = blake3::hash(self.book.0.to_string_lossy().as_bytes()).to_hex()[..8].to_owned();
        let _ = std::fs::remove_dir_all(Task::target().join("recto").join(id));
    }

    /// Runs the command with a fault at a call; how many calls there were until then, and which concern the book's folder.
    fn disturbed(&self, mode: &str, call: usize) -> (Output, usize, Vec<usize>) {
        self.restore();
        let count = self.book.0.with_extension("count");
        let own = self.command();
        let mut traced = std::process::Command::new(&*TRACER);
        let folders = [Path::new(env!("CARGO_TARGET_TMPDIR")), &self.book.0];
        traced.args([mode, &call.to_string()]).args(folders).arg(&count);
        traced.arg(own.get_program()).args(own.get_args());
        traced.current_dir(&self.book.0).stdin(std::process::Stdio::null());
        let output = traced.output().unwrap();
        let counted =
            std::fs::read_to_string(&count).unwrap_or_else(|_| panic!("it can't be traced: {}", said(&output)));
        let mut numbers = counted.split(' ').map(|number| number.parse().unwrap());
        let calls = numbers.next().unwrap();
        (output, calls, numbers.collect())
    }

    /// Disturbs the command at its calls, at most so many in each way; `is_right` says whether what is there then may be.
    fn try_all(&self, most: usize, is_right: impl Fn(&Files) -> bool) {
        let (done, calls, own) = self.disturbed("count", 0);
        assert!(done.status.success(), "{}", said(&done));
        let command = self.arguments.join(" ");
        for mode in ["kill", "full"] {
            let chosen = chosen(calls, &own, most);
            println!("{command}: {mode} at {} of {calls} calls", chosen.len());
            for call in chosen {
                let (done, ..) = self.disturbed(mode, call);
                let left = files(&self.book.0);
                let at = format!("{command}, {mode} at call {call} of {calls}");
                assert!(is_right(&left), "{at}: {}\n{}", difference(&left, &self.before), said(&done));
                if mode == "full" && left != self.after {
                    assert!(!done.status.success(), "{at}: nothing was said");
                }
                let is_done = left == self.after;
                let next = self.command().output().unwrap();
                // What is there already is not made again, and that is said.
                let is_refused = is_done && said(&next).contains("is there already");
                assert!(next.status.success() || is_refused, "after {at}: {}", said(&next));
                let now = files(&self.book.0);
                assert!(now == self.after, "after {at}: {}", difference(&now, &self.after));
            }
        }
    }
}

/// Those calls that concern the book's folder and some of the others, at most so many of these and twice as many of those.
fn chosen(calls: usize, own: &[usize], most: usize) -> Vec<usize> {
    let all: Vec<usize> = (1..=calls).collect();
    if std::env::var("FAULTS").is_ok_and(|which| which == "all") {
        return all;
    }
    let others: Vec<usize> = all.into_iter().filter(|call| !own.contains(call)).collect();
    [sample(own, 2 * most), sample(&others, most)].concat()
}

/// Some of the calls, spread by chance but always the same.
fn sample(calls: &[usize], most: usize) -> Vec<usize> {
    if calls.len() <= most {
        return calls.to_vec();
    }
    let mut seed: usize = 12345;
    let chosen = (0..most).map(|index| {
        seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12345) % (1 << 31);
        let part = index * calls.len() / most..(index + 1) * calls.len() / most;
        calls[part.start + (seed >> 8) % part.len()]
    });
    chosen.collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The names of the files that differ.
fn difference(one: &Files, other: &Files) -> String {
    let names = one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name));
    names.map(|name| name.display().to_string()).collect::<Vec<_>>().join(", ")
}

const OLD: &str = "# One\n\n```rust\nlet k = 3;\nk\n```\n\nIt is [3](=k).\n";
const NEW: &str = "# One\n\n```rust\nlet k = 4;\nk\n```\n\nIt is [4](=k).\n";

#[test]
fn build_leaves_the_old_book_or_the_new_one() {
    let book = Book::new("interrupted-build", &[("one", OLD), ("two", "# Two\n")]);
    assert!(book.command_in(&Task::target(), &["build"]).status().unwrap().success());
    book.write("src/one.md", NEW);
    let task = Task::new(book, &["build"]);
    let bound = [part(&task.before, true), part(&task.after, true)];
    assert!(bound[0] != bound[1] && !bound[0].is_empty());
    let sources = part(&task.before, false);
    task.try_all(4, |left| part(left, false) == sources && bound.contains(&part(left, true)));
}

#[test]
fn bless_leaves_the_old_lesson_or_the_new_one() {
    let lesson =
        format!("# One\n\n```rust\nprintln!(\"new\");\n```\n\n```output\nold\n```\n\n{}", "More.\n\n".repeat(2000));
    let book = Book::new("interrupted-bless", &[("one", &lesson)]);
    let task = Task::new(book, &["test", "--bless"]);
    assert!(task.before != task.after);
    task.try_all(5, |left| *left == task.before || *left == task.after);
}

#[test]
fn new_leaves_the_old_summary_or_the_new_one() {
    let book = Book::new("interrupted-new", &[("one", "# One\n")]);
    let task = Task::new(book, &["new", "Gradient flow"]);
    let summary = Path::new("src/SUMMARY.md");
    task.try_all(100, |left| {
        let listed = [&task.before[summary], &task.after[summary]].contains(&&left[summary]);
        listed && left.iter().all(|(name, bytes)| name == summary || task.after.get(name) == Some(bytes))
    });
}

#[test]
fn init_goes_on_where_it_was_interrupted() {
    let book = Book::new("interrupted-init", &[]);
    for name in ["book.toml", "src/SUMMARY.md"] {
        std::fs::remove_file(book.0.join(name)).unwrap();
    }
    let task = Task::new(book, &["init", "new"]);
    task.try_all(100, |left| left.iter().all(|(name, bytes)| task.after.get(name) == Some(bytes)));
}

#[test]
fn clean_leaves_the_whole_book_or_none() {
    let book = Book::new("interrupted-clean", &[("one", OLD)]);
    assert!(book.command_in(&Task::target(), &["build"]).status().unwrap().success());
    let task = Task::new(book, &["clean"]);
    let bound = part(&task.before, true);
    let sources = part(&task.before, false);
    task.try_all(3, |left| part(left, false) == sources && [&bound, &Files::new()].contains(&&part(left, true)));
}
