//! The text of the lessons: what recto does not look for.

use std::path::Path;

/// A number in the text would go stale when a lesson is put in front of another: `[](bowl.md)` is filled in.
#[test]
fn lessons_are_named_by_reference() {
    let numbered = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_lesson =
            |word: &str| matches!(word.trim_start_matches(['(', '[']).to_lowercase().as_str(), "lesson" | "lessons");
        words
            .windows(2)
            .filter(|pair| is_lesson(pair[0]) && pair[1].starts_with(|c: char| c.is_ascii_digit()))
            .count()
    };
    assert_eq!(numbered("In ([Lesson 3](bowl.md)), lessons 4 and 5, and lesson\n6; the lesson of 7."), 3);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(numbered(&std::fs::read_to_string(&path).unwrap()), 0, "{}", path.display());
        read += 1;
    }
    assert!(read > 14, "{read}");
}
