//! What a build keeps, leaves alone and cleans up, seen from outside.

mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use support::Book;

/// A lesson that prints another number each time it runs.
const RUNS: &str = "# Lesson\n\n```rust\nprintln!(\"run {}\", std::process::id());\n```\n";

fn run_number(page: &str) -> String {
    let output = page.find("recto-printed").expect("the lesson printed");
    let start = output + page[output..].find("run ").expect("the lesson ran") + "run ".len();
    page[start..].chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn an_unchanged_lesson_is_not_run_again() {
    let book = Book::new("unchanged", &[("one", RUNS), ("two", RUNS)]);
    let first = run_number(&book.page("one.html"));
    let other = run_number(&book.read("two.html"));
    book.write("src/one.md", &RUNS.replace("# Lesson", "# Lesson\n\nNew prose."));
    let page = book.page("one.html");
    assert!(page.contains("New prose."));
    assert_eq!(run_number(&page), first, "prose alone changed");

    book.write("src/one.md", &RUNS.replace("println", "let x = 1; println"));
    assert_ne!(run_number(&book.page("one.html")), first, "a cell changed");
    assert_eq!(run_number(&book.read("two.html")), other, "the other lesson did not");

    assert!(book.recto(&["build", "--fresh"]).status.success());
    assert_ne!(run_number(&book.read("two.html")), other, "all lessons were to be run");
}

#[test]
fn what_was_refused_or_late_is_not_tried_again() {
    let text =
        "# Lesson\n\n```rust\nlet x: i32 = \"text\";\n```\n\n```rust\nloop {}\n```\n\n```rust\npanic!(\"no\");\n```\n";
    let book = Book::new("refused_or_late", &[("lesson", text)]);
    let settings = |timeout: u32| {
        let text =
            format!("[book]\ntitle = \"Case\"\n\n[preprocessor.recto]\nscope = \"block\"\ntimeout = {timeout}\n");
        book.write("book.toml", &text);
    };
    let said = |arguments: &[&str]| String::from_utf8_lossy(&book.recto(arguments).stderr).into_owned();
    settings(1);
    let first = said(&["build"]);
    assert!(first.contains("error: 3 problems"), "{first}");
    // It fails if anything had to be compiled or run.
    assert_eq!(said(&["build", "--check"]), first);
    settings(2);
    let longer = said(&["build", "--check"]);
    assert!(longer.contains("would have to run"), "two seconds may be enough: {longer}");
}

/// Byte order marks too: editors put them into any file.
#[test]
fn a_manifest_without_a_library_serves_with_what_is_compiled_below_it() {
    let lesson = "# Lesson\n\n```rust\n{{#include code.rs}}\n```\n\nIt is [42](=k.to_string()), as [@a] says.\n";
    let book = Book::new("bare", &[("lesson", lesson)]);
    let marked = |name: &str, text: &str| book.write(name, &format!("\u{feff}{text}"));
    marked("Cargo.toml", "[package]\nname = \"bare\"\nversion = \"0.1.0\"\n\n[dependencies]\n");
    marked("src/SUMMARY.md", "- [Lesson](lesson.md)\n");
    marked("src/code.rs", "let k = 42;\n");
    marked("book.toml", "[book]\ntitle = \"Case\"\n");
    marked("references.bib", "@book{a, title = {T}, author = {A, B}, year = {2000}}\n");
    let output = book.command_in(Path::new("target"), &["build"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(book.read("lesson.html").contains("let</span> k = <span class=\"rs-number\">42</span>;"));
}

#[test]
fn a_damaged_transcript_is_no_transcript() {
    let book = Book::new("damaged", &[("one", RUNS)]);
    let first = run_number(&book.page("one.html"));
    let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled/recto");
    let mut damaged = 0;
    for folder in std::fs::read_dir(compiled).unwrap().flatten() {
        for entry in std::fs::read_dir(folder.path().join("store")).into_iter().flatten().flatten() {
            let Ok(text) = std::fs::read_to_string(entry.path()) else {
                continue;
            };
            if text.contains(&format!("run {first}")) {
                std::fs::write(entry.path(), text.replace(&format!("run {first}"), "run 7")).unwrap();
                damaged += 1;
            }
        }
    }
    assert_eq!(damaged, 1);
    let second = run_number(&book.page("one.html"));
    assert!(second != first && second != "7", "{second}");
}

#[test]
fn the_library_and_the_data_are_part_of_what_a_lesson_depends_on() {
    let lesson = "# Lesson\n\n```rust\nlet text = recto::data_string(\"words.txt\")?;\n\
                  println!(\"{} and {text}, run {}\", depends::word(), std::process::id());\n```\n";
    let book = Book::new("depends", &[("one", lesson)]);
    book.write(
        "Cargo.toml",
        "[package]\nname = \"depends\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n",
    );
    book.write("kit/lib.rs", "pub fn word() -> &'static str { \"before\" }\n");
    book.write("data/words.txt", "data");
    // A file as young as the build itself is not trusted to be what the lesson saw.
    let old = std::time::SystemTime::now() - Duration::from_secs(60);
    for name in ["kit/lib.rs", "data/words.txt", "Cargo.toml"] {
        std::fs::File::options().append(true).open(book.0.join(name)).unwrap().set_modified(old).unwrap();
    }
    let first = book.page("one.html");
    assert!(first.contains("before and data"), "{first}");
    assert_eq!(run_number(&book.page("one.html")), run_number(&first));
    book.write("data/words.txt", "new data");
    assert!(book.page("one.html").contains("before and new data"));
    book.write("kit/lib.rs", "pub fn word() -> &'static str { \"after\" }\n");
    assert!(book.page("one.html").contains("after and new data"));
    book.write("kit/lib.rs", "pub fn word() -> &'static str { 5 }\n");
    let output = book.recto(&["build"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("in crate `depends`: mismatched types") && said.contains("kit/lib.rs:1:"), "{said}");
}

/// A library that reads data through recto depends on it, and a lock file has room for one recto of a version.
#[test]
fn a_book_may_use_the_library_of_another() {
    let lesson = "# Lesson\n\n```rust\nlender::text()\n```\n\nIt is [42](=lender::number()).\n";
    let book = Book::new("borrows", &[("one", lesson)]);
    let package = |name: &str, dependency: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n\
             [dependencies]\n{dependency}\n[workspace]\n"
        )
    };
    let recto = format!("recto = {{ path = {:?}, default-features = false }}", env!("CARGO_MANIFEST_DIR"));
    let lends = Book::new("lends", &[("one", RUNS)]);
    lends.write("Cargo.toml", &package("lender", &recto));
    lends.write(
        "kit/lib.rs",
        "pub fn number() -> u8 { 42 }\npub fn text() -> String { recto::data_string(\"words.txt\").unwrap() }\n",
    );
    book.write("Cargo.toml", &package("borrows", &format!("lender = {{ path = {:?} }}", lends.0)));
    book.write("kit/lib.rs", "");
    book.write("data/words.txt", "the words of this book");
    assert!(book.page("one.html").contains("the words of this book"));
}

#[test]
fn a_runtime_of_another_version_is_one_mistake() {
    let cell = "# A\n\n```rust\nlet a = 1;\n```\n\nIt is [1](=a), and `{a}`.\n";
    let book = Book::new("runtime", &[("a", cell), ("b", cell)]);
    let package = |name: &str, version: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n")
    };
    book.write("old/Cargo.toml", &package("recto", "0.0.9"));
    book.write("old/lib.rs", "");
    book.write(
        "kit/Cargo.toml",
        &(package("kit", "0.1.0") + "[workspace]\n[dependencies]\nrecto.path = \"../old\"\n"),
    );
    book.write("kit/lib.rs", "");
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nmanifest = \"kit/Cargo.toml\"\n");
    let output = book.recto(&["build"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(
        errors,
        ["error[environment]: the lessons link the runtime of recto 0.0.9, and don't compile with it"],
        "{said}"
    );
    assert!(said.contains("it must be the version of the command"), "{said}");
}

#[test]
fn a_cell_that_must_not_compile_hides_no_dependency_of_the_others() {
    let lesson = "# Lesson\n\n```rust\nprintln!(\"{}\", refuses::word());\n```\n\n```rust,compile_fail\nlet x: u8 = \"\";\n```\n";
    let book = Book::new("refuses", &[("one", lesson)]);
    book.write(
        "Cargo.toml",
        "[package]\nname = \"refuses\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n",
    );
    book.write("kit/lib.rs", "pub fn word() -> &'static str { include_str!(\"word\") }\n");
    book.write("kit/word", "before");
    let old = std::time::SystemTime::now() - Duration::from_secs(60);
    for name in ["kit/lib.rs", "kit/word", "Cargo.toml"] {
        let file = std::fs::File::options().append(true).open(book.0.join(name)).unwrap();
        file.set_modified(old).unwrap();
    }
    // From nothing: a list that an earlier run of this test left would hide what this one does not write.
    assert!(book.recto(&["clean"]).status.success());
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled/recto/build/debug");
    for entry in std::fs::read_dir(built).into_iter().flatten().flatten() {
        let lists = std::fs::read_to_string(entry.path()).is_ok_and(|text| text.contains("/refuses/kit/"));
        if lists {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    assert!(book.page("one.html").contains(">before</pre>"));
    book.write("kit/word", "after");
    assert!(book.page("one.html").contains(">after</pre>"));
}

#[test]
fn a_cell_that_gets_another_edition_is_another_program() {
    let lesson = |words: &str, code: &str| format!("# Lesson\n\n```rust{words}\n{code}\n```\n");
    // If it were run again, it would be the last to end.
    let slow = "std::thread::sleep(std::time::Duration::from_secs(5));\nprintln!(\"first\");";
    let book = Book::new("changed_edition", &[("one", &lesson(",edition2021", slow))]);
    assert!(book.page("one.html").contains("recto-printed\">first<"));
    for (words, code) in [
        (",edition2018", "println!(\"second\");"),
        (",edition2021", "println!(\"third\");"),
    ] {
        book.write("src/one.md", &lesson(words, code));
        let page = book.page("one.html");
        assert!(!page.contains("recto-printed\">first<"), "{words}: {page}");
    }
}

#[test]
fn the_front_page_of_the_documentation_is_a_lesson() {
    let lines = include_str!("../src/lib.rs").lines();
    let lines = lines.map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let lesson: Vec<&str> = lines.filter(|line| !line.starts_with("~~~")).collect();
    let page = Book::new("front-page", &[("one", &lesson.join("\n"))]).page("one.html");
    for shown in [
        ">13.0</span>",
        "1.1</span>. The samples on a line.",
        "Their mean is 5.5.",
    ] {
        assert!(page.contains(shown), "{shown} is missing");
    }
}

#[test]
fn a_build_that_fails_leaves_the_last_good_book() {
    let book = Book::new("last-good", &[("one", "# Lesson\n\n```rust\nlet k = 3;\n```\n\nIt is [3](=k).\n")]);
    let good = book.page("one.html");
    book.write("src/one.md", "# Lesson\n\n```rust\nlet k = 4;\n```\n\nIt is [3](=k).\n");
    let output = book.recto(&["build"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("src/one.md:7:7"));
    assert_eq!(book.read("one.html"), good);
    let left = std::fs::read_dir(&book.0).unwrap().flatten().map(|entry| entry.file_name());
    assert!(
        left.into_iter().all(|name| !name.to_string_lossy().starts_with(".book-")),
        "nothing half-made is left"
    );
}

#[test]
fn two_builds_at_once_are_both_right() {
    let book = Book::new("at-once", &[("one", RUNS), ("two", RUNS)]);
    for round in 0..6 {
        let command = || book.command(&["build", "--quiet"]).spawn().unwrap();
        let mut both = [command(), command()];
        for child in &mut both {
            assert!(child.wait().unwrap().success(), "round {round}");
        }
        run_number(&book.page("one.html"));
        if round % 2 == 0 {
            std::fs::remove_dir_all(book.0.join("book")).unwrap();
        }
    }
}

#[cfg(target_os = "linux")]
mod processes {
    use super::*;

    /// Whether a process with these words among its arguments runs.
    fn runs(words: &str) -> bool {
        std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let program = std::fs::read_link(entry.path().join("exe")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ").contains(words)
                || program.to_string_lossy().ends_with(words)
        })
    }

    fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < Duration::from_secs(60), "waited for: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn what_a_lesson_started_ends_with_it() {
        let lesson = "# Lesson\n\n```rust\nstd::process::Command::new(\"sleep\").arg(\"86399\").spawn()?;\nprintln!(\"run 1\");\n```\n";
        let book = Book::new("children", &[("one", lesson)]);
        assert_eq!(run_number(&book.page("one.html")), "1");
        wait_until("the end of the lesson's child", || !runs("sleep 86399"));
    }

    #[test]
    fn a_killed_build_leaves_no_lesson_running() {
        let book =
            Book::new("killed", &[("endless", "# Lesson\n\n```rust\nloop { std::thread::yield_now(); }\n```\n")]);
        let mut child = book.command(&["build"]).spawn().unwrap();
        wait_until("the lesson to start", || runs("debug/endless"));
        child.kill().unwrap();
        child.wait().unwrap();
        wait_until("the end of the lesson", || !runs("debug/endless"));
        assert!(!book.0.join("book").exists());
    }

    #[test]
    fn a_lesson_can_not_take_all_memory() {
        let lesson = "# Lesson\n\n```rust\nstd::thread::sleep(std::time::Duration::from_millis(500));\nlet all = vec![1u8; 1 << 30];\nprintln!(\"{}\", all.len());\n```\n";
        let book = Book::new("memory", &[("one", lesson)]);
        book.write("book.toml", "[book]\ntitle = \"Case\"\n\n[preprocessor.recto]\nmemory = 512\n");
        let output = book.recto(&["build"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains("src/one.md:3:1") && said.contains("memory allocation of 1073741824 bytes failed"),
            "{said}"
        );
    }
}

#[test]
fn mdbook_gets_the_woven_book_from_the_preprocessor() {
    let lesson = "# Lesson\n\n```rust\nlet k = 3;\nk\n```\n\nIt is [3](=k) and `{k:.1}` [@polya1957].\n\n\
                  With $\\mathbf{x}$.\n\n## Exercises {#sec-exercises}\n\n### One {#ex-one .check}\n\nAs [](#sec-exercises) asks: [3](=k \"answer\").\n";
    let book = Book::new(
        "preprocessor",
        &[
            ("one", lesson),
            ("two", "# Two\n\nHere is $x$.\n"),
            ("three", "# Three\n"),
        ],
    );
    book.write(
        "references.bib",
        "@book{polya1957, author = {P{\\'o}lya, George}, title = {How to Solve It}, year = {1957}}\n",
    );
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let command = format!("{} --target-dir {}", env!("CARGO_BIN_EXE_recto"), target.display());
    let settings = format!("[book]\ntitle = \"Case\"\n\n[preprocessor.recto]\ncommand = {command:?}\n");
    book.write("book.toml", &settings);
    mdbook_driver::MDBook::load(&book.0).unwrap().build().unwrap();
    let page = book.read("one.html");
    assert!(page.contains("<pre class=\"recto-shown\">3</pre>"), "{page}");
    assert!(page.contains("href=\"verification/one.html#one.1\" title=\"checked: k\">3</a>"), "{page}");
    assert!(book.read("verification/one.html").contains("href=\"../one.html#check.1\""));
    assert!(page.contains("href=\"references.html#ref-polya1957\">Pólya, 1957</a>"), "{page}");
    // Numbers, answers and lists are there too; exercises stay in the sidebar.
    assert!(page.contains("<span class=\"recto-section\">1.1</span> Exercises</a>"), "{page}");
    assert!(page.contains("<a href=\"#sec-exercises\">section\u{a0}1.1</a>"), "{page}");
    assert!(page.contains("<form class=\"recto-answer\"") && page.contains("data-hash=\""), "{page}");
    assert!(page.contains("querySelectorAll(\"form.recto-answer\")"), "{page}");
    // So are the faces that the formulas of a page need.
    let faces = |page: &str| book.read(page).matches("url(\"data:font/woff2;base64,").count();
    assert_eq!(["one.html", "two.html", "three.html"].map(faces), [2, 1, 0]);
    assert!(book.read("lists.html").contains("<a href=\"one.html#ex-one\">Exercise\u{a0}1.1</a>"));
    let references = book.read("references.html");
    assert!(references.contains("Pólya, G. (1957). <em>How to Solve It</em>."), "{references}");
    assert!(references.contains("<a href=\"one.html#cite.polya1957\">"), "{references}");

    book.write("src/one.md", &lesson.replacen("[3]", "[4]", 1));
    let error = mdbook_driver::MDBook::load(&book.0).unwrap().build().unwrap_err();
    assert!(format!("{error:#}").contains("preprocessor"), "{error:#}");
}

/// What mdBook sends for a renderer, with the chapters of a book, and what recto answers.
fn preprocessed(book: &Book, renderer: &str, chapters: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let chapter = |(name, content): &(&str, &str)| {
        serde_json::json!({ "Chapter": {
            "name": name, "content": content, "number": null, "sub_items": [],
            "path": format!("{name}.md"), "source_path": null, "parent_names": [],
        }})
    };
    let config = serde_json::json!({ "book": { "title": "Case" } });
    let context =
        serde_json::json!({ "root": book.0, "config": config, "renderer": renderer, "mdbook_version": "0.5.4" });
    let items: Vec<serde_json::Value> = chapters.iter().map(chapter).collect();
    let message = serde_json::json!([context, { "items": items }]);
    let mut command = book
        .command(&[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut command.stdin.take().unwrap(), message.to_string().as_bytes()).unwrap();
    let output = command.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), said)
}

#[test]
fn a_renderer_is_told_what_it_lacks() {
    let lesson = "# One\n\nIt is $x$ and [3](=1+2).\n";
    let book = Book::new("renderers", &[("one", lesson)]);
    let woven = |renderer: &str| {
        let (code, woven, said) = preprocessed(&book, renderer, &[("one", lesson)]);
        assert!(code == Some(0) && woven.contains("<math") && said.contains("Verified 1 lesson"), "{said}");
        (woven, said)
    };
    let (html, said) = woven("html");
    assert!(html.contains("<style>") && said.contains("`recto build` also audits the pages"), "{said}");
    let (other, said) = woven("epub");
    assert!(!other.contains("<style>") && !other.contains("<script>"), "{other}");
    assert!(said.contains("the renderer `epub` gets formulas") && said.contains("recto build --epub"), "{said}");
    let (_, said) = woven("test");
    assert!(said.contains("`mdbook test` runs each fence alone") && said.contains("recto test"), "{said}");
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nscope = \"block\"\n");
    let (_, _, said) = preprocessed(&book, "test", &[("one", "# One\n")]);
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn wrong_usage_is_told_apart_from_a_wrong_book() {
    let book = Book::new("usage", &[("one", "# Lesson\n")]);
    assert_eq!(book.recto(&["bild"]).status.code(), Some(2));
    let nowhere = book.recto(&["build", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no folder `nowhere`"));
}

#[test]
fn a_chapter_that_another_preprocessor_adds_is_checked_too() {
    let book = Book::new("added_chapter", &[("one", "# One\n")]);
    let answer = |content: &str| preprocessed(&book, "html", &[("one", "# One\n"), ("two", content)]);
    let (code, woven, said) = answer("# Two\n\nIt is [3](=1+2).\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(woven.contains("title=\\\"checked: 1+2\\\""), "{woven}");
    let (code, woven, said) = answer("# Two\n\nIt is [4](=1+2).\n");
    assert_eq!((code, woven.as_str()), (Some(1), ""));
    assert!(said.contains("the text says 4, the value is 3") && said.contains("two.md:3:7"), "{said}");
}

#[test]
fn a_book_whose_chapters_stand_beside_it_holds_neither_the_last_one_nor_compiled_programs() {
    let book = Book::new("flat", &[]);
    book.write("SUMMARY.md", "- [One](one.md)\n- [Two](part/two.md)\n");
    book.write("one.md", "# One\n\nIt is [3](=1+2).\n");
    book.write("part/two.md", "# Two\n\n![A dot.](dot.svg)\n");
    book.write("part/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>");
    // What one build leaves stands beside the next.
    for (src, build, target) in [
        (".", "book", "target"),
        (".", "book", "target"),
        ("./", "out/deep", "target"),
        ("part/..", "book", "made/target"),
        (".", "out/deep", "../flat-target"),
    ] {
        let settings = format!("[book]\ntitle = \"Case\"\nsrc = \"{src}\"\n[build]\nbuild-dir = \"{build}\"\n");
        book.write("book.toml", &settings);
        let output = book.command_in(&book.0.join(target), &["build"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let built = book.0.join(build);
        assert!(built.join("part/dot.svg").is_file());
        assert!(std::fs::read_to_string(built.join("one.html")).unwrap().contains("checked: 1+2"));
        for folder in ["book", "target", "out/deep", "made/target/recto"] {
            assert!(!built.join(folder).exists(), "{folder} is in the book that {settings} makes");
        }
    }
}

/// All files below a folder that lie in a folder of some name, by their names.
fn files_in(folder: &Path, name: &str) -> Vec<String> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build().flatten();
    let files = walk.filter(|entry| entry.path().is_file() && entry.path().iter().any(|part| part == name));
    files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn what_the_book_does_not_need_is_swept() {
    let book = Book::new("swept", &[("one", RUNS), ("two", RUNS)]);
    let target = tempfile::tempdir().unwrap();
    let build = |arguments: &[&str]| {
        let output = book.command_in(target.path(), arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let count = |folder: &str, start: &str| {
        files_in(target.path(), folder).iter().filter(|name| name.starts_with(start)).count()
    };
    let edit =
        |number: usize| book.write("src/one.md", &RUNS.replace("println", &format!("let _x = {number}; println")));
    build(&["build"]);
    assert_eq!((count("store", ""), count("package", "two.md")), (2, 1));
    // What is compiled of a program goes with its run; what the compiler keeps for the next time stays.
    assert_eq!((count("deps", "one-"), count("programs", ""), count(".fingerprint", "bin-")), (0, 0, 0));
    assert!(count("deps", "librecto") > 0 && files_in(target.path(), "incremental").len() > 2);

    // A lesson that is no more.
    book.write("src/SUMMARY.md", "- [one](one.md)\n");
    build(&["build"]);
    assert_eq!((count("package", "one.md"), count("package", "two.md")), (1, 0));

    // Results of before are kept as far as there is room, or until they are old; those of now stay.
    (1..=3).for_each(|number| {
        edit(number);
        build(&["build"]);
    });
    assert_eq!(count("store", ""), 5);
    build(&["clean", "--older-than", "1h"]);
    assert_eq!(count("store", ""), 5);
    edit(1);
    build(&["build", "--check"]);
    build(&["clean", "--older-than", "0h"]);
    assert_eq!(count("store", ""), 1);
    assert!(count("deps", "librecto") > 0);
    build(&["build", "--check"]);
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nstore-limit = 0\n");
    (4..=5).for_each(|number| {
        edit(number);
        build(&["build"]);
    });
    assert_eq!(count("store", ""), 1);
    build(&["build", "--check"]);
}

#[test]
fn a_lesson_that_asks_to_be_optimised_is_another_program() {
    let book = Book::new("optimised", &[("one", RUNS), ("two", RUNS)]);
    let target = tempfile::tempdir().unwrap();
    let page = |name: &str| {
        let output = book.command_in(target.path(), &["build"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        book.read(name)
    };
    let first = run_number(&page("one.html"));
    let other = run_number(&book.read("two.html"));
    book.write("src/one.md", &format!("<!-- recto\nopt-level: 2\n-->\n\n{RUNS}"));
    let second = run_number(&page("one.html"));
    assert_ne!(second, first);
    assert_eq!(run_number(&book.read("two.html")), other);
    let kept = std::fs::read_dir(target.path().join("recto")).unwrap().flatten();
    let mut manifests = kept.map(|entry| entry.path().join("package/2024-o2/Cargo.toml"));
    let manifest = std::fs::read_to_string(manifests.find(|path| path.is_file()).unwrap()).unwrap();
    assert!(manifest.contains("[profile.dev]\ndebug = false\nincremental = true\nopt-level = 2\n"), "{manifest}");
    book.write("src/one.md", RUNS);
    assert_eq!(run_number(&page("one.html")), first);
}

#[test]
fn each_stage_of_a_build_is_timed() {
    let book = Book::new("timings", &[("one", RUNS)]);
    let stages = |arguments: &[&str]| {
        let said = String::from_utf8(book.recto(&[&["build", "--timings"], arguments].concat()).stderr).unwrap();
        let words = said.lines().filter_map(|line| line.trim().split_once(" s ")?.1.strip_suffix("ing"));
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let all = [
        "Read", "Tangl", "Runn", "Judg", "Compar", "Render", "Finish", "Audit", "Publish",
    ];
    assert_eq!(stages(&["--fresh"]), all);
    assert_eq!(stages(&[]), ["Read", "Tangl", "Judg", "Compar"], "nothing changed");
    book.write("src/one.md", "# Lesson\n\n```rust\nlet x = 1;\nx\n```\n");
    let start = Instant::now();
    let output = book.recto(&["build", "--twice", "--timings", "--message-format", "json"]).stdout;
    let most = start.elapsed().as_secs_f64();
    let summary: serde_json::Value = serde_json::from_slice(output.trim_ascii()).unwrap();
    let stages = summary["stages"].as_object().unwrap();
    assert_eq!(stages.len(), all.len(), "{stages:?}");
    // What runs twice counts twice.
    let sum: f64 = stages.values().map(|seconds| seconds.as_f64().unwrap()).sum();
    assert!(most / 2.0 < sum && sum < most, "{stages:?} in {most} s");
}
