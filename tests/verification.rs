//! The verification page, its JSON, and the programs of the lessons.

mod support;

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;
use support::Book;

/// A lesson with one of everything.
const LESSON: &str = r##"# Lesson

Before anything [3](=3).

## The bowl

```rust
let kappa = 10.0;
println!("ten");
```

```output
ten
```

It is [$\kappa = 10$](=kappa), [≈ 10.0](=kappa), [(1, 2)](<=[1, 2]>), [saddle](="saddle") and `{kappa:.1}`.

```rust
//| label: fig-dot
//| alt: A "dot".
recto::Figure::from_svg(r#"<svg width="10" height="10"><circle cx="5" cy="5" r="2"/></svg>"#)
```

See [](#fig-dot).

## What fails, as it should

```rust,should_panic
let none: Option<u8> = None;
none.unwrap();
```

```rust,compile_fail,E0308
let wrong: u8 = "text";
```

```rust,no_run
std::process::exit(1);
```
"##;

fn verified(book: &Book) -> Value {
    serde_json::from_str(&book.read("verification.json")).expect("verification.json is JSON")
}

#[test]
fn each_row_and_each_claim_find_each_other() {
    let deeper = "# Deeper\n\n```rust\nlet k = 3;\n```\n\nIt is [3](=k), see [](#fig-dot).\n\n## With [3](=k)\n";
    let chapters = [
        ("lesson", LESSON),
        ("part/README", "# Part\n\nIt is [3](=3).\n"),
        ("part/deeper", deeper),
    ];
    let book = Book::new("rows", &chapters);
    let summary = book.page("verification.html");
    let lessons = [
        ("lesson.html", "", book.read("lesson.html")),
        ("part/index.html", "../", book.read("part/index.html")),
        ("part/deeper.html", "../", book.read("part/deeper.html")),
    ];
    let ids = |text: &str| -> BTreeSet<String> {
        let pattern = Regex::new(r#" id="([^"]*)""#).unwrap();
        pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
    };
    let mut marks = 0;
    for (name, up, text) in &lessons {
        let its = format!(
            "verification/{}.html",
            name.trim_end_matches(".html").replace("index", "readme").replace('/', "-")
        );
        let page = book.read(&its);
        let rows = ids(&page);
        assert!(summary.contains(&format!("<a href=\"{its}\">")), "{its}: {summary}");
        assert!(text.contains(&format!("<a href=\"{up}{its}\">")), "the end of {name} leads elsewhere");
        let link = Regex::new(&format!("href=\"{up}{its}#([^\"]*)\"")).unwrap();
        for found in link.captures_iter(text) {
            assert!(rows.contains(&found[1]), "{name} leads to {}", &found[1]);
            marks += 1;
        }
        let anchors = ids(text);
        let back = Regex::new(&format!("href=\"../{name}#([^\"]*)\"")).unwrap();
        let back: Vec<String> = back.captures_iter(&page).map(|found| found[1].to_owned()).collect();
        assert!(!back.is_empty());
        for anchor in back {
            assert!(anchors.contains(&anchor), "the page leads to {anchor} of {name}");
        }
    }
    assert_eq!(marks, 7, "the claims outside of headings");
    let files = std::fs::read_dir(book.0.join("book")).unwrap().flatten();
    let index = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .find(|name| name.starts_with("searchindex"));
    let index = book.read(&index.unwrap());
    assert!(
        index.contains("Before anything")
            && !index.contains("How to read these lists")
            && !index.contains("This lists what recto checked")
    );
}

#[test]
fn the_json_has_the_form_of_its_schema() {
    let book = Book::new("schema", &[("lesson", LESSON)]);
    book.page("lesson.html");
    let schema: Value = serde_json::from_str(&book.read("verification.schema.json")).unwrap();
    let json = verified(&book);
    assert_eq!(faults(&schema, &json), Vec::<String>::new());
    let checks = json["lessons"][0]["checks"].as_array().unwrap();
    let kinds: BTreeSet<&str> = checks.iter().map(|check| check["kind"].as_str().unwrap()).collect();
    let all = ["cell", "claim", "figure", "output", "reference", "value"];
    assert_eq!(kinds, BTreeSet::from(all));
    let claim = |text: &str| checks.iter().find(|check| check["text"] == text).unwrap();
    let kappa = claim("$\\kappa = 10$");
    assert_eq!((&kappa["parts"][0]["stated"][0], &kappa["computed"][0]), (&"10".into(), &"10".into()));
    assert_eq!(kappa["parts"][0]["tolerance"]["relative"], 1e-9);
    assert_eq!(kappa["place"], serde_json::json!({ "file": "src/lesson.md", "line": 16, "column": 7 }));
    assert_eq!(claim("≈ 10.0")["parts"][0]["tolerance"]["most"], 0.05);
    assert_eq!(claim("saddle")["computed"][0], "saddle");
    assert_eq!(json["totals"]["claims"], 5);
    assert_eq!(json["totals"]["wrong"], 0);

    // The check of the schema finds what is not as it says.
    let mut other = json.clone();
    other["lessons"][0]["checks"][0]["status"] = "good".into();
    other["totals"]["more"] = 1.into();
    let [status, totals] = &faults(&schema, &other)[..] else {
        panic!("{:?}", faults(&schema, &other))
    };
    assert!(status.starts_with("/lessons/0/checks/0/status: \"good\" is not one of"), "{status}");
    assert!(totals.starts_with("/totals: Additional properties"), "{totals}");
}

#[test]
fn a_draft_shows_what_is_wrong() {
    let lesson = "# Lesson\n\n```rust\nlet k = 3;\n```\n\nIt is [4](=k) and [3](=k).\n\n```rust\nlet none: Option<u8> = None;\nnone.unwrap();\n```\n\n\
                  Not run: [3](=k), `{k}`. See [](#fig-none).\n";
    let book = Book::new("draft", &[("lesson", lesson), ("good", "# Good\n\nIt is [3](=3).\n")]);
    assert_eq!(book.recto(&["build", "--draft"]).status.code(), Some(1));
    let json = verified(&book);
    assert_eq!(json["verified"], false);
    let statuses: Vec<&str> = json["lessons"][0]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["right", "wrong", "right", "wrong", "not_run", "not_run", "wrong"]);
    assert_eq!(json["lessons"][1]["status"], "right");
    let page = book.read("verification.html");
    assert!(page.contains("This is a draft."), "{page}");
    let page = book.read("verification/lesson.html");
    assert!(page.contains("the text says 4, the value is 3; they differ by 1"), "{page}");
    let schema: Value = serde_json::from_str(&book.read("verification.schema.json")).unwrap();
    assert_eq!(faults(&schema, &json), Vec::<String>::new());
}

#[test]
fn the_page_can_be_left_out() {
    let book = Book::new("left-out", &[("lesson", LESSON)]);
    book.write("book.toml", "[book]\ntitle = \"Case\"\n\n[preprocessor.recto]\nverification = false\n");
    let page = book.page("lesson.html");
    assert!(!page.contains("verification.html") && !page.contains("check."), "{page}");
    assert!(!book.0.join("book/verification.html").exists());
    assert!(!book.0.join("book/verification.json").exists());
}

#[test]
fn a_chapter_of_the_authors_keeps_its_name() {
    let book = Book::new("named-so", &[("verification", "# Mine\n\nIt is [3](=3).\n")]);
    assert!(book.page("verification.html").contains("recto-verification/verification.html#verification.0"));
    assert!(book.read("recto-verification.html").contains("recto-ledger"));
}

#[test]
fn the_programs_compile_and_run_by_themselves() {
    let lesson = r##"# Lesson

```rust
#![allow(dead_code)]
use kit::double;
let lines = recto::data_string("lines.txt")?;
let text = "one
  two";
let twice = double(21); // and a remark
twice
```

It is [42](=twice), [$\lambda_1 = 42$](=twice), `{twice:>4}`, and [one](=text.lines().next().unwrap_or_default()).

## What fails, as it should

```rust,should_panic
let none: Option<u8> = None;
none.unwrap();
```

```rust,no_run
std::process::exit(1);
```

```rust,compile_fail
let wrong: u8 = "text";
```

## A program

```rust
fn main() {
    println!("its own {}", crate::word());
}
fn word() -> &'static str { "main" }
```
"##;
    let block = "<!-- recto\nscope: block\n-->\n\n# Block\n\n```rust\nlet x = 1;\nprintln!(\"{x}\")\n```\n\n```rust\nlet x = 2;\nprintln!(\"{x}\")\n```\n\n\
         ```rust\nrecto::show!(recto::Html::new(\"<b>3</b>\"))\n```\n\n```\nprintln!(\"early\");\nif x() { return; }\nfn x() -> bool { true }\n\
         panic!();\n```\n\n```rust\nlet n: i32 = \"4\".parse()?;\nprintln!(\"{n}\");\n# Ok::<(), std::num::ParseIntError>(())\n```\n";
    let shadow = include_str!("lessons/names_that_recto_uses/src/lesson.md");
    let book = Book::new("programs", &[("lesson", lesson), ("part/block", block), ("shadow", shadow)]);
    book.write(
        "Cargo.toml",
        "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n\
         [dependencies]\ndeeper = { path = \"deeper\" }\n[workspace]\n",
    );
    book.write("kit/lib.rs", "mod inner;\npub fn double(x: i32) -> i32 { inner::two() * deeper::same(x) }\n");
    book.write("kit/inner.rs", "pub fn two() -> i32 { include_str!(\"../data/two\").trim().len() as i32 }\n");
    book.write("kit/unused.rs", "this is not compiled");
    book.write("data/two", "11\n");
    book.write("data/lines.txt", "a line\n");
    book.write("deeper/Cargo.toml", "[package]\nname = \"deeper\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    book.write("deeper/src/lib.rs", "pub fn same(x: i32) -> i32 { x }\n");
    book.page("lesson.html");
    let json = verified(&book);
    assert_eq!(json["lessons"][0]["programs"], serde_json::json!(["programs/lesson.rs", "programs/lesson-9.rs"]));

    // Elsewhere, where nothing of the book is.
    let elsewhere = book.0.join("elsewhere");
    std::fs::rename(book.0.join("book/programs"), &elsewhere).unwrap();
    for gone in ["kit", "deeper", "data"] {
        std::fs::remove_dir_all(book.0.join(gone)).unwrap();
    }
    assert!(!elsewhere.join("kit/kit/unused.rs").exists());
    let run = |program: &str| {
        let mut command = std::process::Command::new("cargo");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PKG") {
                command.env_remove(name);
            }
        }
        let output = command
            .args(["run", "--quiet", "--bin", program])
            .current_dir(&elsewhere)
            .env("CARGO_TARGET_DIR", std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("published"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert!(!said.contains("warning"), "{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let expected = "42\nthe page says 42; computed: 42\nthe page says \\lambda_1 = 42; computed: 42\ntwice =   42\nthe page says one; computed: one\n";
    assert_eq!(run("lesson"), expected);
    assert_eq!(run("lesson-9"), "its own main\n");
    assert_eq!(run("part-block"), "1\n2\n[html]\nearly\n4\n");
    assert!(
        run("shadow").starts_with("a method of the lesson's\n(2, 3, 4, 5, 6)\nOk(7)\nthe page says 10; computed: 10\n")
    );
}

/// What of a value is not as its JSON Schema says.
fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let schema = jsonschema::draft202012::new(schema).expect("a schema of JSON Schema 2020-12");
    let faults = schema.iter_errors(value);
    faults.map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}
