//! Books for tests.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

pub mod browser;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A book in a folder of its own.
pub struct Book(pub PathBuf);

impl Book {
    /// A book whose chapters are given as name and text.
    pub fn new(name: &str, chapters: &[(&str, &str)]) -> Book {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command").join(name);
        let _ = std::fs::remove_dir_all(&root);
        let book = Book(root);
        book.write("book.toml", "[book]\ntitle = \"Case\"\n");
        let summary: String = chapters.iter().map(|(name, _)| format!("- [{name}]({name}.md)\n")).collect();
        book.write("src/SUMMARY.md", &summary);
        for (name, text) in chapters {
            book.write(&format!("src/{name}.md"), text);
        }
        book
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        self.command_in(&target, arguments)
    }

    /// With a target folder of its own.
    pub fn command_in(&self, target: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recto"));
        command.args(arguments).arg("--target-dir").arg(target).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    pub fn recto(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Builds the book, which must be right, and returns a page's text.
    pub fn page(&self, name: &str) -> String {
        let output = self.recto(&["build"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.read(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join("book").join(name)).unwrap()
    }
}
