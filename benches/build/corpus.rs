//! A book of any size, and the same work written by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Built, run};

/// The cells of a lesson.
pub(crate) const CELLS: usize = 8;

/// What the sentences are made of.
const WORDS: &str = "the curvature of a function at a point tells how fast its slope changes there and the largest eigenvalue of its \
    hessian bounds the step that descent may take while each direction has a curvature of its own";

/// A folder with a book, a package by hand and a book for mdBook alone.
pub(crate) struct Corpus {
    root: PathBuf,
    lessons: usize,
}

impl Corpus {
    pub(crate) fn new(root: PathBuf, lessons: usize) -> Corpus {
        let corpus = Corpus { root, lessons };
        let recto = env!("CARGO_MANIFEST_DIR");
        let library = corpus.library(0);
        let profile = "[profile.dev]\ndebug = \"line-tables-only\"\n[workspace]\n";
        corpus.write(
            "book/Cargo.toml",
            &format!(
                "[package]\nname = \"library\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                 [dependencies]\nrecto = {{ path = {recto:?}, default-features = false }}\n{profile}"
            ),
        );
        corpus.write("book/src/lib.rs", &library);
        corpus.write(
            "hand/Cargo.toml",
            &format!("[package]\nname = \"hand\"\nversion = \"0.0.0\"\nedition = \"2024\"\n{profile}"),
        );
        corpus.write("hand/src/lib.rs", &library);
        for book in ["book", "plain"] {
            corpus.write(&format!("{book}/book.toml"), "[book]\ntitle = \"Corpus\"\nsrc = \"chapters\"\n");
            let list: String =
                (0..lessons).map(|lesson| format!("- [Lesson {lesson}](lesson-{lesson}.md)\n")).collect();
            corpus.write(&format!("{book}/chapters/SUMMARY.md"), &list);
        }
        for lesson in 0..lessons {
            corpus.write_lesson(lesson, Edit::default());
        }
        corpus
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn library(&self, edit: usize) -> String {
        format!(
            "//! The library of the corpus.\n\n/// The sum of `count` numbers from `first`, each times `factor`.\n\
             pub fn sum(first: u64, count: u64, factor: u64) -> u64 {{\n    let edit = {edit} - {edit};\n    \
             (first..first + count).map(|k| k * factor).sum::<u64>() + edit\n}}\n"
        )
    }

    fn write_lesson(&self, lesson: usize, edit: Edit) {
        let (mut text, mut program) = (format!("# Lesson {lesson}\n\n"), String::from("fn main() {\n"));
        let words: Vec<&str> = WORDS.split_whitespace().collect();
        for cell in 0..CELLS {
            let (first, count, factor) = (lesson, cell + 3, cell + 1 + if cell == 0 { edit.cell } else { 0 });
            let sum: usize = (first..first + count).map(|k| k * factor).sum();
            let sentence: Vec<&str> = (0..60).map(|at| words[(lesson * 7 + cell * 3 + at) % words.len()]).collect();
            let code = format!(
                "let a{cell} = library::sum({first}, {count}, {factor});\nprintln!(\"the sum is {{a{cell}}}\");\n"
            );
            let is_first = cell == 0;
            let note = if is_first { format!("This is edit {}. ", edit.prose) } else { String::new() };
            let claim = if is_first {
                format!("a{cell} + {0} - {0}", edit.claim)
            } else {
                format!("a{cell}")
            };
            let _ = write!(
                text,
                "## Section {cell} of lesson {lesson}\n\n{note}Here {}, as $f_{{{cell}}}(x) = x^2$ shows.\n\n```rust\n{code}```\n\n\
                 The sum is [{sum}](<={claim}>), so `{{a{cell}}}` it is.\n\n",
                sentence.join(" ")
            );
            let code = code.replace("library::", "hand::");
            let _ = write!(program, "{code}assert_eq!({claim}, {sum});\nprintln!(\"{{a{cell}}}\");\n");
        }
        program.push_str("}\n");
        self.write(&format!("book/chapters/lesson-{lesson}.md"), &text);
        self.write(&format!("plain/chapters/lesson-{lesson}.md"), &text);
        self.write(&format!("hand/src/bin/lesson-{lesson}.rs"), &program);
    }

    pub(crate) fn edit_prose(&self, edit: usize) {
        self.write_lesson(0, Edit { prose: edit, ..Edit::default() });
    }

    pub(crate) fn edit_claim(&self, edit: usize) {
        self.write_lesson(0, Edit { claim: edit, ..Edit::default() });
    }

    pub(crate) fn edit_cell(&self, edit: usize) {
        self.write_lesson(0, Edit { cell: edit, ..Edit::default() });
    }

    pub(crate) fn edit_kit(&self, edit: usize) {
        let library = self.library(edit);
        self.write("book/src/lib.rs", &library);
        self.write("hand/src/lib.rs", &library);
    }

    /// Removes all that was compiled.
    pub(crate) fn forget(&self) {
        for folder in ["book/target", "hand/target"] {
            let _ = std::fs::remove_dir_all(self.root.join(folder));
        }
    }

    /// Builds the book.
    pub(crate) fn recto(&self) -> Built {
        Built::of(&self.root.join("book"))
    }

    /// Compiles the package and runs some of its programs.
    pub(crate) fn by_hand(&self, lessons: &[usize]) {
        let folder = self.root.join("hand");
        let mut command = Command::new("cargo");
        command.args(["build", "--quiet"]).current_dir(&folder).env_remove("CARGO_TARGET_DIR");
        let names: Vec<String> = lessons.iter().map(|lesson| format!("lesson-{lesson}")).collect();
        if names.len() < self.lessons {
            command.args(names.iter().flat_map(|name| ["--bin", name.as_str()]));
        }
        run(&mut command);
        for name in &names {
            run(&mut Command::new(folder.join("target/debug").join(name)));
        }
    }

    /// Renders the chapters without recto.
    pub(crate) fn mdbook(&self) {
        let program = std::env::current_exe().expect("this program");
        run(Command::new(program).arg("--mdbook").arg(self.root.join("plain")));
    }

    /// What the book's target folder takes.
    pub(crate) fn megabytes(&self) -> f64 {
        megabytes(&self.root.join("book/target"), &|_| true)
    }

    /// What of it the dependencies take.
    pub(crate) fn shared_megabytes(&self) -> f64 {
        let is_lesson = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("lesson"));
        megabytes(&self.root.join("book/target"), &|path| {
            path.ancestors().any(|it| it.ends_with("deps")) && !is_lesson(path)
        })
    }
}

/// What is edited, each by a number that makes it another text.
#[derive(Clone, Copy, Default)]
struct Edit {
    prose: usize,
    claim: usize,
    cell: usize,
}

fn megabytes(folder: &Path, is_counted: &dyn Fn(&Path) -> bool) -> f64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => megabytes(&entry.path(), is_counted),
        Ok(metadata) if is_counted(&entry.path()) => metadata.len() as f64 / 1e6,
        _ => 0.0,
    });
    sizes.sum()
}
