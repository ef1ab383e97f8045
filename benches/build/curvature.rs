//! The curvature book: a lesson edited, beside the compiling and running of its program by hand; and nothing changed, beside mdBook
//! alone rendering the same pages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use mdbook_driver::config::Config;
use recto::door::{Added, woven};

use super::{Built, ROUNDS, Row, time};

pub(crate) fn measured() -> Vec<Row> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench/curvature");
    let _ = std::fs::remove_dir_all(&repository);
    let root = repository.join("book");
    // A chapter includes what a new book has.
    copy(&source.join("templates/new"), &repository.join("templates/new"));
    for folder in ["kit", "src", "data", "benches"] {
        copy(&source.join("book").join(folder), &root.join(folder));
    }
    for file in ["book.toml", "references.bib"] {
        std::fs::copy(source.join("book").join(file), root.join(file)).expect("a file of the book");
    }
    let manifest = std::fs::read_to_string(source.join("book/Cargo.toml")).expect("the manifest");
    let manifest = manifest
        .replace("rust-version.workspace = true\n", "")
        .replace("version.workspace = true", "version = \"0.0.0\"")
        .replace("edition.workspace = true", "edition = \"2024\"")
        .replace("license.workspace = true\n", "")
        .replace("path = \"..\"", &format!("path = {:?}", source.display().to_string()))
        .replace("[lints]\nworkspace = true", "[workspace]");
    std::fs::write(root.join("Cargo.toml"), manifest).expect("a manifest");
    std::fs::copy(source.join("Cargo.lock"), root.join("Cargo.lock")).expect("the lock file");
    Built::of(&root);

    let lesson = root.join("src/bowl.md");
    let text = std::fs::read_to_string(&lesson).expect("the lesson");
    let program = program(&root);
    let by_hand = std::fs::read_to_string(&program).expect("the program");
    let pages = woven(&root, &root.join("target")).expect("the book");
    let mut edited = Row::new("the curvature book", "a cell edited", "cargo build and run of that program");
    let mut unchanged = Row::new("the curvature book", "nothing changed", "mdBook alone, the same pages");
    // The first one whose code begins at once: options lead their cell.
    let mut cells = text.match_indices("```rust\n").map(|(at, fence)| at + fence.len());
    let cell = cells.find(|&at| !text[at..].starts_with("//|")).expect("a cell");
    for round in 1..=ROUNDS {
        eprintln!("  turn {round} of {ROUNDS}");
        let mark = format!("// round {round}\nlet edited = {round};\n");
        std::fs::write(&lesson, format!("{}{mark}{}", &text[..cell], &text[cell..])).expect("an edit");
        let ours = Built::of(&root);
        let source = by_hand.replacen("fn lesson()", &format!("const ROUND: u32 = {round};\nfn lesson()"), 1);
        let again = Built::of(&root);
        std::fs::write(&program, source).expect("an edit");
        edited.add(ours, time(|| build_and_run(&program)));
        unchanged.add(again, time(|| render(&root, &pages)));
    }
    vec![edited, unchanged]
}

/// The generated program of the lesson on the bowl.
fn program(root: &Path) -> PathBuf {
    let kept = std::fs::read_dir(root.join("target/recto")).expect("recto's folder").flatten();
    kept.map(|entry| entry.path().join("package/2024/src/bowl.md"))
        .find(|path| path.is_file())
        .expect("the bowl")
}

fn build_and_run(program: &Path) {
    let package = program.ancestors().nth(2).expect("the package");
    let name = program.file_stem().expect("a name").to_string_lossy().into_owned();
    let book = package.parent().and_then(Path::parent).expect("the book's folder");
    let target = book.join("programs/2024");
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--bin", &name])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_BUILD_BUILD_DIR", book.with_file_name("build"))
        .status();
    assert!(status.expect("cargo").success(), "the program compiles");
    let status = Command::new(target.join("debug").join(name)).stdout(Stdio::null()).status();
    assert!(status.expect("the program").success(), "the program runs");
}

fn render(root: &Path, (pages, added): &(BTreeMap<PathBuf, String>, Vec<Added>)) {
    let mut config = Config::from_disk(root.join("book.toml")).expect("book.toml");
    config.set("preprocessor", BTreeMap::<String, String>::new()).expect("no preprocessor");
    config.build.build_dir = "plain".into();
    let mut book = MDBook::load_with_config(root, config).expect("the book");
    book.book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(text) = chapter.source_path.as_ref().and_then(|path| pages.get(path))
        {
            chapter.content.clone_from(text);
        }
    });
    book.book.items.extend(Added::items(added));
    book.build().expect("the pages");
}

fn copy(from: &Path, to: &Path) {
    let Ok(entries) = std::fs::read_dir(from) else { return };
    std::fs::create_dir_all(to).expect("a folder");
    for entry in entries.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
