//! Any bytes, given to each parser: none may panic, overflow its stack or wait. `fuzz/` does so by libFuzzer, `examples/fuzz.rs`
//! by changing the golden lessons, and the tests here with what is made of fragments.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::Number;
use crate::diagnostics::Renderer;
use crate::diff::{Difference, Reported};
use crate::frame::{Decoder, stretches};
use crate::index::Index;
use crate::math::Mathematics;
use crate::read::{self, Book, Chapter, Edition, Settings};
use crate::run::{End, Event, ProgramRun, Transcript, is_entry};
use crate::runtime::step::Step;
use crate::runtime::wire::{Message, decode};
use crate::scaffold::{Where, with_chapter};
use crate::source::SourceFile;
use crate::svg::{self, Words};
use crate::tangle::tangle;
use crate::verify::{coverage, verify};
use crate::weave::weave;

/// What bytes may be given to.
pub const KINDS: [&str; 10] = [
    "lesson", "claim", "frames", "entry", "options", "summary", "formula", "bibliography", "figure", "report",
];

/// Gives bytes to one of the parsers.
pub fn read(kind: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match kind {
        "lesson" => lesson(&text, None, Transcript::default()),
        "claim" => claim(&text),
        "frames" => frames(bytes),
        "entry" => assert!(!is_entry(&text).1, "nobody has the key"),
        "options" => {
            lesson(&format!("```rust\n//| {}\n1\n```\n", text.replace('\n', "\n//| ")), None, Transcript::default());
        }
        "summary" => summary(&text),
        "formula" => [false, true].iter().for_each(|display| drop(Mathematics::default().mathml(&text, *display))),
        "figure" => figure(&text),
        "report" => report(&text),
        "bibliography" => lesson("[@a], [@b, p. 3] and [-@c]\n", Some(&text), Transcript::default()),
        _ => {}
    }
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("book.toml"), "").expect("a file");
    Settings::read(root.path()).expect("settings that are all left out")
});

/// Two frames of a sweep.
fn figure(svg: &str) {
    let words = Words { title: "title", description: "alt" };
    let picture = |id: &str| svg::figure(svg, words, id, &format!("lesson-{id}"));
    if let (Ok(one), Ok(two)) = (picture("0-0"), picture("0-1")) {
        let frame = |picture| svg::Panels { columns: 1, pictures: vec![picture] };
        drop(svg::shared_panels(vec![frame(one), frame(two)]));
    }
}

/// A claim, compared with a number of one kind or another.
fn claim(text: &str) {
    let values = [
        Number::Integer(10),
        Number::Integer(i128::MIN),
        Number::Float(-0.5),
        Number::Float(1e300),
    ];
    let numbers = vec![values[text.len() % values.len()].clone()];
    let messages = [
        Message::Step(Step::Cell(0)),
        Message::Step(Step::CellEnd(0)),
        Message::Claim { item: 1, numbers, rows: vec![2] },
    ];
    let run = ProgramRun {
        events: messages.map(Event::Message).into(),
        end: End::Finished,
        ..ProgramRun::refused()
    };
    lesson(&format!("```rust\nlet x = 1;\n```\n\n[{text}](=x)\n"), None, Transcript { programs: vec![run] });
}

/// A chapter on its way to the page, as far as that goes without running it.
fn lesson(text: &str, bibliography: Option<&str>, transcript: Transcript) {
    let known = Chapter {
        path: "lesson.md".into(),
        title: "Lesson".to_owned(),
        listed: None,
        number: None,
        has_parts: false,
    };
    let book = Book {
        root: PathBuf::new(),
        lessons: vec![read::chapter(known, text.to_owned(), &SETTINGS)],
        settings: SETTINGS.clone(),
        bibliography: bibliography.map(|text| SourceFile::new("references.bib", text)),
        problems: Vec::new(),
    };
    let index = Index::of(&book);
    let mut transcripts = std::iter::once(transcript);
    for lesson in &book.lessons {
        coverage(lesson);
        (0..lesson.items.len()).for_each(|number| drop(lesson.sentence(number)));
        let tangled = tangle(lesson, Edition::E2024);
        let checked = verify(lesson, tangled.into(), transcripts.next().unwrap_or_default(), None, &index);
        let renderer = Renderer::plain();
        checked
            .problems()
            .into_iter()
            .chain(index.problems())
            .for_each(|problem| drop(renderer.render(problem)));
        drop(weave(&checked, &index, true));
    }
}

/// The text as a report; and its lines as what claims say, from the first to the last and the other way round.
fn report(text: &str) {
    drop(Reported::read(text));
    let lines: Vec<&str> = text.lines().collect();
    let (one, other) = (claiming(lines.iter().copied()), claiming(lines.iter().rev().copied()));
    let difference = Difference::of(("one", &one), ("other", &other));
    drop((difference.text(), difference.markdown(), difference.json()));
    let same = Difference::of(("one", &one), ("one", &one));
    assert!(same.changes.is_empty(), "a report differs from itself: {}", same.text());
}

/// A report of a chapter in which each line is the text of a claim, the expression of the next one, and so on.
fn claiming<'a>(lines: impl Iterator<Item = &'a str>) -> Reported {
    let lines: Vec<&str> = lines.collect();
    let check = |(number, it): (usize, &[&str])| {
        let mut check = json!({
            "kind": "claim", "id": format!("a.{number}"), "anchor": it[0], "example": null, "status": "right", "problem": null,
            "place": { "file": it[1], "line": number, "column": 1 }, "sentence": it.concat(), "text": it[0],
            "expression": it[1], "names": [it[2]], "computed": [it[2]], "parts": [{ "relation": "∈", "stated": [it[0]],
            "values": [it[1], it[2]], "tolerance": { "kind": "none" } }],
        });
        if number % 3 == 0 {
            check["kind"] = "value".into();
        }
        check
    };
    let checks: Vec<Value> = lines.windows(3).enumerate().map(check).collect();
    let lesson = json!({
        "page": "a.html", "source": "a.md", "title": "A", "covered": true, "checks": checks, "anchors": lines,
        "formulas": { "relations": 0, "checked": 0 },
    });
    let environment = json!({ "recto": "0", "rustc": "0", "crates": [] });
    let report =
        json!({ "format": 2, "book": null, "verified": true, "environment": environment, "lessons": [lesson] });
    Reported::read(&report.to_string()).expect("a report")
}

/// What a program prints, in pieces of any length.
fn frames(bytes: &[u8]) {
    let mut decoder = Decoder::default();
    let length = bytes.first().map_or(1, |byte| usize::from(*byte) + 1);
    for piece in bytes.chunks(length) {
        decoder.feed(piece);
        decoder.by_ref().flatten().for_each(|words| drop(decode(words)));
    }
    stretches(bytes, "5eed").for_each(drop);
}

/// A summary that can be read can be read with one more chapter, and has it.
fn summary(text: &str) {
    let read = |text: &str| mdbook_summary::parse_summary(text).is_ok();
    let Ok(added) = with_chapter(text, "[New](new.md)", Where::Last) else {
        unreachable!("a last place is always there");
    };
    assert!(added.len() > text.len() && added.contains("[New](new.md)"));
    // A list within a list is not the place of every chapter.
    let _ = read(text) && read(&added);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::samples;

    /// Pieces of all languages that are read.
    fn pieces() -> impl Strategy<Value = String> {
        let pieces: Vec<&str> = "\\frac¦\\left(¦\\right)¦\\begin{matrix}¦\\end{matrix}¦{¦}¦^¦_¦&¦\\\\¦\\hat¦\\text{¦\\tag{1}¦$¦$$¦2¦x¦\\'¦\\emph{¦\\¦\
            @misc{a,¦@string{b = ¦title = ¦crossref = ¦xdata = ¦author = ¦year = ¦date = ¦#¦\"¦,\n¦}\n¦a¦b¦c¦ and ¦2000¦\
            <svg¦<g ¦<style>¦</style>¦</svg>¦style=\"¦url(#¦fill¦<![CDATA[¦]]>¦<!--¦/>¦label: ¦caption: ¦alt: ¦echo: ¦timeout: ¦fold¦true¦[¦]¦|\n  ¦>-\n  ¦- ¦: ¦\n¦'¦&a ¦*a¦!!¦%¦\
            - [A](a.md)¦# Part\n¦  - [B](b.md)\n¦---\n¦[C](c.md)\n¦at most ¦ten¦half of ¦≈¦≤¦±¦×¦10⁻³¦1,797¦ %¦ to ¦é¦\u{0}¦\u{feff}"
            .split('¦')
            .collect();
        prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
    }

    #[test]
    fn what_was_found_is_read() {
        read("report", b"21\n22\n230\n24\n25\n251\n258\n26\n264\n27\n287\n29");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            KINDS.iter().for_each(|kind| read(kind, &bytes));
        }

        #[test]
        fn any_pieces_are_read(text in pieces()) {
            KINDS.iter().filter(|kind| **kind != "lesson").for_each(|kind| read(kind, text.as_bytes()));
        }

        #[test]
        fn any_lesson_goes_to_its_page(text in samples::text()) {
            // In debug builds an assertion of the parser of markdown fails for some texts.
            let parses = std::panic::catch_unwind(|| pulldown_cmark::Parser::new_ext(&text, pulldown_cmark::Options::all()).count());
            prop_assume!(parses.is_ok());
            read("lesson", text.as_bytes());
        }
    }
}
