//! Results on other machines: two clones of a book in two folders, and a third one that runs nothing.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A lesson that says in which process it ran.
fn lesson(name: &str, code: &str) -> String {
    format!(
        "# {name}\n\n```rust\n{code}\nprintln!(\"{name} run {{}}\", std::process::id());\n```\n\nThat is [42](=answer).\n"
    )
}

/// A copy of the book somewhere; its target folder is in it.
struct Clone(PathBuf);

impl Clone {
    fn new(root: PathBuf) -> Clone {
        let clone = Clone(root);
        let names = ["kit", "data", "place", "refuses", "panics", "temp"];
        let summary: String = names.iter().map(|name| format!("- [{name}]({name}.md)\n")).collect();
        clone.write("book.toml", "[book]\ntitle = \"Case\"\n");
        clone.write(
            "Cargo.toml",
            "[package]\nname = \"clones\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n",
        );
        clone.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"clones\"\nversion = \"0.1.0\"\n");
        clone.write(
            "kit/lib.rs",
            "pub fn answer() -> u32 {\n    include_str!(\"answer.txt\").trim().parse().unwrap()\n}\n",
        );
        clone.write("kit/answer.txt", "42\n");
        clone.write("data/answer.txt", "42");
        clone.write("src/SUMMARY.md", &summary);
        clone.write("src/kit.md", &lesson("kit", "let answer = clones::answer();"));
        clone.write(
            "src/data.md",
            &lesson(
                "data",
                "let path = recto::data(\"answer.txt\")?;\nprintln!(\"{}\", path.display());\n\
                             let answer: u32 = std::fs::read_to_string(path)?.parse()?;",
            ),
        );
        clone.write("src/place.md", &lesson("place", "println!(\"{}:{}\", file!(), line!());\nlet answer = 42;"));
        clone.write(
            "src/refuses.md",
            "# Refused\n\n```rust,compile_fail,E0308\nlet x: u8 = \"\";\n```\n\n```rust,edition2018\nprintln!(\"one\");\n```\n",
        );
        clone.write("src/panics.md", "# Panics\n\n```rust,should_panic\nlet empty: [u8; 0] = [];\nclones::answer();\nprintln!(\"{}\", empty.to_vec()[0]);\n```\n");
        clone.write("src/temp.md", &lesson("temp", "let answer = 42;\nlet _length = 1;"));
        clone.age();
        clone
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A file as young as the build itself is not trusted to be what a lesson saw.
    fn age(&self) {
        std::thread::sleep(Duration::from_millis(20));
        for name in ["kit/lib.rs", "kit/answer.txt", "data/answer.txt", "Cargo.toml"] {
            let file = std::fs::File::options().append(true).open(self.0.join(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        }
    }

    fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recto"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .env("RECTO_STORE_KEY", KEY)
            .env_remove("CARGO_TARGET_DIR");
        command.stdin(Stdio::null());
        command
    }

    fn recto(&self, arguments: &[impl AsRef<OsStr>]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn right(&self, arguments: &[impl AsRef<OsStr>]) -> String {
        let output = self.recto(arguments);
        let said = said(&output);
        assert!(output.status.success(), "in {}: {said}", self.0.display());
        said
    }

    fn page(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join("book").join(name)).unwrap()
    }

    /// Whether cargo has compiled anything.
    fn has_compiled(&self) -> bool {
        let kept = std::fs::read_dir(self.0.join("target/recto")).unwrap().flatten();
        kept.map(|entry| entry.path()).any(|path| path.ends_with("build") || path.join("programs").exists())
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with two clones, each of which has told to a file what it has run of the book.
struct Halves(TempDir);

impl Halves {
    fn run() -> Halves {
        // Outside of this package, whose manifest counts for all that is below it.
        let halves = Halves(tempfile::tempdir().unwrap());
        for (place, part) in [("one", "1/2"), ("deep/er/two", "2/2")] {
            let clone = halves.clone_at(place);
            clone.right(&["test", "--shard", part]);
            clone.right(&["store", "export", "results.tar"]);
        }
        halves
    }

    fn clone_at(&self, place: &str) -> Clone {
        Clone::new(self.0.path().join(place))
    }

    fn import(&self) -> [String; 4] {
        let file = |place: &str| self.0.path().join(place).join("results.tar").to_str().unwrap().to_owned();
        ["store".into(), "import".into(), file("one"), file("deep/er/two")]
    }
}

fn run_number(page: &str) -> String {
    let printed = &page[page.find("recto-printed").unwrap()..];
    printed.split_once(" run ").unwrap().1.chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn what_some_clones_ran_is_bound_by_another() {
    let halves = Halves::run();
    a_third_clone_runs_nothing(&halves);
    what_is_sealed_with_another_key_runs_again(&halves);
    what_differs_from_where_it_ran_runs_again(&halves);
}

fn a_third_clone_runs_nothing(halves: &Halves) {
    let third = halves.clone_at("third/clone");
    let before = third.recto(&["build", "--check"]);
    assert_eq!(before.status.code(), Some(1));
    assert!(said(&before).contains("`src/kit.md` would have to run"), "{}", said(&before));
    assert!(!third.0.join("book").exists());

    let imported = third.right(&halves.import());
    // Two of the lesson with two editions and a cell that is refused, one of each of the others.
    assert!(imported.contains("Imported 7 results"), "{imported}");
    assert!(!imported.contains("Missing"), "{imported}");
    third.right(&["build", "--check"]);
    assert!(!third.has_compiled());
    let (data, place) = (third.page("data.html"), third.page("place.html"));
    assert!(data.contains("data/answer.txt") && !data.contains("/one/") && !data.contains("/two/"), "{data}");
    assert!(place.contains("src/place.md:"), "{place}");

    assert!(third.page("verification.html").contains("7 programs ran on other machines"));

    // What is edited runs here, and nothing else: the others keep the number of their process.
    let (kit, temp) = (run_number(&third.page("kit.html")), run_number(&third.page("temp.html")));
    assert!(kit != temp && !kit.is_empty(), "{kit}");
    third.write("src/temp.md", &lesson("temp", "let answer = 42;\nlet _length = 2;"));
    assert_eq!(third.recto(&["build", "--check"]).status.code(), Some(1));
    third.right(&["build"]);
    assert_eq!(run_number(&third.page("kit.html")), kit);
    assert_ne!(run_number(&third.page("temp.html")), temp);
    assert!(third.page("verification.html").contains("6 programs ran on other machines"));
}

fn what_is_sealed_with_another_key_runs_again(halves: &Halves) {
    let third = halves.clone_at("third/keys");
    let arguments = halves.import();
    let other = third.command(&arguments).env("RECTO_STORE_KEY", KEY.replace('0', "1")).output().unwrap();
    assert_eq!(other.status.code(), Some(1));
    assert!(said(&other).contains("not sealed with the key that was given"), "{}", said(&other));
    assert!(said(&other).contains("6 lessons will be run"), "{}", said(&other));
    assert_eq!(third.recto(&["build", "--check"]).status.code(), Some(1));

    let none = third.command(&arguments).env_remove("RECTO_STORE_KEY").output().unwrap();
    assert_eq!(none.status.code(), Some(2));
    third.write("data/key", KEY);
    let open = third.recto(&["store", "export", "x.tar", "--key-file", "data/key"]);
    assert!(said(&open).contains("lessons can read"), "{}", said(&open));
    std::fs::remove_file(third.0.join("data/key")).unwrap();

    // The same key from a file, with a line end.
    third.write("key", &format!("{KEY}\n"));
    let file = third.command(&arguments).args(["--key-file", "key"]).env_remove("RECTO_STORE_KEY").output();
    assert!(said(&file.unwrap()).contains("Imported 7 results"));
    third.right(&["build", "--check"]);
}

fn what_differs_from_where_it_ran_runs_again(halves: &Halves) {
    type Change = fn(&Clone);
    let changes: [(&str, Change); 7] = [
        ("kit.md", |clone| clone.write("kit/answer.txt", "42\n\n")),
        ("data.md", |clone| clone.write("data/answer.txt", "42\n")),
        ("kit.md", |clone| clone.write("kit/lib.rs", "pub fn answer() -> u32 { 42 }\n")),
        ("place.md", |clone| clone.write("Cargo.lock", "version = 4\n")),
        ("place.md", |clone| clone.write(".cargo/config.toml", "[build]\nrustflags = [\"-Copt-level=1\"]\n")),
        ("place.md", |clone| {
            clone.write("../.cargo/config.toml", "[build]\nrustflags = [\"-Copt-level=1\"]\n");
        }),
        // A manifest above, which could make a workspace of it.
        ("kit.md", |clone| {
            clone.write(
                "../../Cargo.toml",
                "[package]\nname = \"above\"\nversion = \"0.1.0\"\n[lib]\npath = \"x.rs\"\n",
            );
        }),
    ];
    for (number, (lesson, change)) in changes.into_iter().enumerate() {
        let clone = halves.clone_at(&format!("differs/{number}/third/deep"));
        change(&clone);
        clone.age();
        clone.recto(&halves.import());
        let output = clone.recto(&["build", "--check"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{number}: {said}");
        assert!(said.contains(&format!("`src/{lesson}` would have to run")), "{number}: {said}");
    }
}

#[test]
fn what_depends_on_its_place_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    let clone = Clone::new(folder.path().join("clone"));
    clone.write(
        "kit/lib.rs",
        "mod place;\npub fn answer() -> u32 {\n    include_str!(\"answer.txt\").trim().parse().unwrap()\n}\npub use place::length;\n",
    );
    clone.write("kit/place.rs", "pub fn length() -> usize {\n    file!().len()\n}\n");
    clone.write(
        "src/temp.md",
        &lesson("temp", "let answer = 42;\nlet _ = std::env::current_dir()?.as_os_str().len();"),
    );
    clone.write("src/place.md", &lesson("place", "let answer = 42;\nlet _ = env!(\"CARGO_MANIFEST_DIR\").len();"));
    clone.age();
    clone.right(&["build"]);
    let said = clone.right(&["store", "export", "results.tar"]);
    for stays in [
        "src/kit.md: `place.rs` has `file!`",
        "src/temp.md: its code has `current_dir`",
        "src/place.md: its code reads `CARGO_MANIFEST_DIR`",
    ] {
        assert!(said.contains(stays), "{said}");
    }
    clone.right(&["build", "--check"]);
}
