//! Worked examples: the sections of a lesson that hold something to check, and their names.

use std::ops::Range;
use std::path::Path;

use super::lesson::{Item, Lesson};
use crate::site::Names;

/// A section of a lesson with cells, claims or inline values: one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    /// Name as a path of Rust identifiers, `bowl::the_spectrum`.
    pub(crate) name: String,
    /// The section's index among those of the lesson.
    pub(crate) section: usize,
    /// The section's range of the lesson's text.
    pub(crate) span: Range<usize>,
}

/// The worked examples of a lesson, in the order of the page. What stands before the first
/// checked section's heading belongs to it; a lesson whose text is wrong has at least one example.
pub(crate) fn examples(lesson: &Lesson) -> Vec<Example> {
    let module = module_name(&lesson.path);
    let mut used = Names::default();
    let mut found = Vec::new();
    for (index, section) in lesson.sections.iter().enumerate() {
        // Items stand in the order of the text.
        let first = lesson.items.partition_point(|item| item.span().start < section.span.start);
        let mut here = lesson.items[first..].iter().take_while(|item| item.span().start < section.span.end);
        let checked = here.any(Item::is_checked);
        let faulty =
            found.is_empty() && section.span.end == lesson.document.text().len() && !lesson.problems.is_empty();
        if !checked && !faulty {
            continue;
        }
        let name = identifier(&section.title);
        let name = used.unused(&name, |number| format!("{name}_{}", number + 1));
        found.push(Example {
            name: format!("{module}::{name}"),
            section: index,
            span: section.span.clone(),
        });
    }
    found
}

/// `part/the bowl.md` as `part::the_bowl`.
fn module_name(path: &Path) -> String {
    let parts: Vec<String> = path.with_extension("").iter().map(|part| identifier(&part.to_string_lossy())).collect();
    parts.join("::")
}

/// A heading as a Rust identifier: words in lower case, joined by `_`.
pub(crate) fn identifier(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('_') && !name.is_empty() && c != '\'' && c != '’' {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    match is_reserved(name) {
        true => format!("{name}_"),
        false if name.is_empty() => "section".to_owned(),
        false if name.starts_with(|c: char| c.is_numeric()) => format!("_{name}"),
        false => name.to_owned(),
    }
}

/// Words that Rust keeps for itself and that are no identifiers.
fn is_reserved(word: &str) -> bool {
    const WORDS: [&str; 51] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
        "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
        "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
        "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    ];
    WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn headings_become_identifiers() {
        assert_eq!(identifier("The spectrum"), "the_spectrum");
        assert_eq!(identifier("What's κ, really?"), "whats_κ_really");
        assert_eq!(identifier("2. Steps"), "_2_steps");
        assert_eq!(identifier("Loop"), "loop_");
        assert_eq!(identifier("— —"), "section");
    }
}
