//! `recto mutate`: what it says for programs, what it keeps, and what a bound book has of it.

mod support;

use std::path::Path;

use serde_json::Value;
use support::Book;

const LESSON: &str = "# Lesson\n\n```rust\nlet (rate, steps, unseen) = (0.5, 4, 7);\nlet left = rate * f64::from(steps);\n```\n\n\
    Left is [2.0](=left), the rate is [below 1](=rate), and there is `{unseen}`; [3](=3) is three.\n";

/// What a command tells of its lessons, and how many problems it tells of.
fn told(book: &Book, arguments: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let output = book.recto(&[&["mutate", "--message-format", "json"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let schema = book.recto(&["generate", "schema", "messages"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for record in &records {
        assert!(validator.is_valid(record), "{record}");
    }
    let of = |reason: &str| records.iter().filter(|record| record["reason"] == reason).cloned().collect();
    (of("mutation"), of("problem"))
}

/// What stands in `verification.json` of the book's only lesson, and what its checks rest on.
fn bound(book: &Book) -> (Value, Vec<Value>) {
    let page = book.page("verification.html");
    let report: Value = serde_json::from_str(&book.read("verification.json")).unwrap();
    let schema: Value = serde_json::from_str(&book.read("verification.schema.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report));
    let lesson = &report["lessons"][0];
    assert_eq!(page.contains("What the checks notice"), lesson["mutation"].is_object());
    let rests = lesson["checks"].as_array().unwrap().iter().map(|check| check["rests"].clone());
    (lesson["mutation"].clone(), rests.filter(|rests| !rests.is_null()).collect())
}

#[test]
fn what_is_found_is_told_and_stands_on_the_page_as_long_as_it_holds() {
    let book = Book::new("mutate", &[("lesson", LESSON)]);
    assert_eq!(bound(&book), (Value::Null, Vec::new()));
    let (lessons, notes) = told(&book, &[]);
    let [lesson] = lessons.as_slice() else {
        panic!("{lessons:?}")
    };
    let inputs = lesson["inputs"].as_array().unwrap();
    let fates: Vec<(&str, &str)> = inputs
        .iter()
        .map(|input| (input["from"].as_str().unwrap(), input["fate"].as_str().unwrap()))
        .collect();
    assert_eq!(fates, [("0.5", "caught"), ("4", "caught"), ("7", "shown"), ("*", "caught")]);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0]["severity"], "note");
    assert_eq!(notes[0]["message"], "no check of this page would fail if `7` were `8`");
    assert_eq!(notes[0]["place"]["column"], 38);
    let checks = lesson["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 4);
    assert_eq!(checks[0]["wrong_by"], serde_json::json!([0, 1, 3]));
    assert_eq!(checks[1]["other_by"], serde_json::json!([0]));
    assert_eq!(checks[1]["slack"], serde_json::json!([{ "says": "< 1", "distance": 0.5 }]));
    assert_eq!(checks[3]["wrong_by"], serde_json::json!([]));

    let (mutation, rests) = bound(&book);
    assert_eq!((mutation["tried"].as_u64(), mutation["caught"].as_u64()), (Some(4), Some(3)));
    assert_eq!(rests[0]["wrong"][0], serde_json::json!({ "line": 4, "column": 30, "from": "0.5", "to": "0.6" }));
    let page = book.read("verification/lesson.html");
    assert!(page.contains("rests on 0.5 (4:30), 4 (4:35), * (5:17)"), "{page}");
    assert!(page.contains("no change that was tried reaches it"));

    book.write("src/lesson.md", &LESSON.replace("three", "the third"));
    assert_eq!(bound(&book), (Value::Null, Vec::new()));
}

#[test]
fn a_seed_gives_an_order_and_more_time_adds_to_it() {
    let book = Book::new("mutate_samples", &[("lesson", LESSON)]);
    let inputs =
        |arguments: &[&str]| -> Vec<Value> { told(&book, arguments).0[0]["inputs"].as_array().unwrap().clone() };
    let two = inputs(&["--samples", "2"]);
    let three = inputs(&["--samples", "3"]);
    assert_eq!((two.len(), three.len()), (2, 3));
    assert!(two.iter().all(|input| three.contains(input)));
    assert_eq!(inputs(&["--samples", "2"]), two);
    let others = (2..8).map(|seed| inputs(&["--samples", "2", "--seed", &seed.to_string()]));
    assert!(others.into_iter().any(|other| other != two));
}

#[test]
fn a_file_that_is_not_its_own_is_left_alone() {
    let book = Book::new("mutate_file", &[("lesson", LESSON)]);
    book.write("mutation.json", "mine");
    let output = book.recto(&["mutate"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`./mutation.json` is not what this version of `recto mutate` writes"), "{said}");
    assert_eq!(std::fs::read_to_string(book.0.join("mutation.json")).unwrap(), "mine");
    // Nor is one of another version.
    book.write("mutation.json", "{\"format\":0,\"lessons\":{}}");
    assert_eq!(book.recto(&["mutate"]).status.code(), Some(2));
    assert_eq!(bound(&book), (Value::Null, Vec::new()));
    assert!(Path::new(&book.0).join("book/index.html").is_file());
}

/// The fates of the inputs of a book's only lesson.
fn fates(book: &Book) -> Vec<(String, String)> {
    let inputs = told(book, &[]).0[0]["inputs"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    inputs.iter().map(|input| (text(&input["from"]), text(&input["fate"]))).collect()
}

#[test]
fn few_of_many_look_at_each_cell() {
    let lesson = "# Lesson\n\n```rust\nlet many = [11, 12, 13, 14, 15, 16, 17, 18];\n```\n\n```rust\nlet one = 21;\n```\n\n\
        [11](=many[0]) [21](=one)\n";
    let book = Book::new("mutate_each_cell", &[("lesson", lesson)]);
    for seed in 1..6 {
        let (lessons, _) = told(&book, &["--samples", "2", "--seed", &seed.to_string()]);
        let inputs = lessons[0]["inputs"].as_array().unwrap();
        let lines: Vec<u64> = inputs.iter().map(|input| input["line"].as_u64().unwrap()).collect();
        assert_eq!(lines, [4, 8], "seed {seed}");
    }
}

#[test]
fn what_differs_from_run_to_run_tells_nothing_of_a_mutant() {
    let lesson = "# Lesson\n\n```rust\nlet now = std::time::SystemTime::UNIX_EPOCH.elapsed()?.as_nanos();\nlet unseen = 7;\n```\n\n\
        It is `{now}`.\n";
    let book = Book::new("mutate_unsteady", &[("lesson", lesson)]);
    assert_eq!(fates(&book), [("7".to_owned(), "unnoticed".to_owned())]);
}

#[test]
fn a_text_that_is_no_number_is_wrong_by_what_changes_it_alone() {
    let lesson = "# Lesson\n\n```rust\nlet seven = 7;\nassert!(seven == 7);\nlet name = \"abc\";\n```\n\nIts name is [abc](=name).\n";
    let book = Book::new("mutate_texts", &[("lesson", lesson)]);
    let (lessons, _) = told(&book, &[]);
    assert_eq!(lessons[0]["inputs"][0]["fate"], "caught");
    assert_eq!(lessons[0]["inputs"][0]["wrong"], serde_json::json!([0]));
    assert_eq!(lessons[0]["checks"][0]["wrong_by"], serde_json::json!([]));
}

#[test]
fn the_slack_of_a_bound_is_the_least_of_all_points() {
    let lesson = "# Lesson\n\n```rust\nlet scale = 0.5;\n```\n\nIt is [below 1](<=scale * x for x in 0.0..=1.0>).\n";
    let book = Book::new("mutate_slack", &[("lesson", lesson)]);
    let (lessons, _) = told(&book, &[]);
    assert_eq!(lessons[0]["checks"][0]["slack"], serde_json::json!([{ "says": "< 1", "distance": 0.5 }]));
}

#[test]
fn what_was_found_of_a_lesson_goes_with_it() {
    let book = Book::new("mutate_gone", &[("lesson", LESSON), ("other", LESSON)]);
    told(&book, &[]);
    let kept = || std::fs::read_to_string(book.0.join("mutation.json")).unwrap();
    assert!(kept().contains("src/other.md"));
    book.write("src/SUMMARY.md", "- [lesson](lesson.md)\n");
    told(&book, &[]);
    assert!(kept().contains("src/lesson.md") && !kept().contains("src/other.md"), "{}", kept());
}
