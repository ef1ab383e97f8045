//! The tool's own templates, filled in.

use std::sync::LazyLock;

use tera::{Context, Tera};

use crate::html::one_line;

/// What recto puts on a page, its code, its figures, what helps to find one's way, and all of it in the colours of
/// the system; later rules win.
pub(crate) const STYLES: &str = concat!(
    include_str!("../templates/styles/outputs.css"),
    include_str!("../templates/styles/code.css"),
    include_str!("../templates/styles/figures.css"),
    include_str!("../templates/styles/ways.css"),
    include_str!("../templates/styles/forced.css"),
);
/// Which way texts run, for browsers.
pub(crate) const DIRECTIONS: &str = include_str!("../templates/styles/directions.css");
/// What an e-reader needs before the styles.
pub(crate) const EPUB_STYLES: &str =
    concat!(include_str!("../templates/styles/epub.css"), include_str!("../templates/fonts/math.css"));
/// Where the faces of formulas are.
pub(crate) const MATH_FACES: &str = include_str!("../templates/fonts/math.css");
/// The page itself, where it is recto that binds the book.
pub(crate) const PAGE: &str =
    concat!(include_str!("../templates/fonts/math.css"), include_str!("../templates/styles/page.css"));
pub(crate) const SCRIPTS: &str = concat!(
    include_str!("../templates/scripts/page.js"),
    include_str!("../templates/scripts/sweeps.js"),
    include_str!("../templates/scripts/code.js"),
    include_str!("../templates/scripts/ways.js"),
);

/// A style sheet without its comments, which no reader needs to fetch.
pub(crate) fn without_comments(css: &str) -> String {
    let mut parts = css.split("/*");
    let first = parts.next().unwrap_or_default();
    let others = parts.map(|part| part.split_once("*/").map_or("", |(_, after)| after.trim_start()));
    std::iter::once(first).chain(others).collect()
}

/// A script without the lines that are comments.
pub(crate) fn without_remarks(script: &str) -> String {
    script.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//")).collect()
}

/// The form of what `--message-format json` prints.
pub(crate) const MESSAGES_SCHEMA: &str = include_str!("../templates/messages.schema.json");
/// That of `verification.json`.
pub(crate) const VERIFICATION_SCHEMA: &str = include_str!("../templates/verification.schema.json");

/// The files of a new book that are the same in each: their paths, and their texts.
pub(crate) const NEW_BOOK: [(&str, &str); 7] = [
    (".github/workflows/book.yml", include_str!("../templates/new/workflow.yml")),
    (".gitignore", include_str!("../templates/new/gitignore")),
    ("kit/lib.rs", include_str!("../templates/new/lib.rs")),
    ("references.bib", include_str!("../templates/new/references.bib")),
    ("src/SUMMARY.md", include_str!("../templates/new/SUMMARY.md")),
    ("src/square-roots.md", include_str!("../templates/new/square-roots.md")),
    ("tests/lessons.rs", include_str!("../templates/new/lessons.rs")),
];

macro_rules! embedded {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("../templates/", $name)))),*] };
}

static TEMPLATES: LazyLock<Tera> = LazyLock::new(|| {
    let mut tera = Tera::default();
    // The templates are part of the program; a test renders each.
    tera.add_raw_templates(embedded![
        "answer.html",
        "chapter.md",
        "citation.html",
        "claim.html",
        "contents.html",
        "epub.xhtml",
        "fold.html",
        "lesson-end.html",
        "lets.html",
        "list.html",
        "mark.html",
        "new/book.toml",
        "new/manifest.toml",
        "new/README.md",
        "output.html",
        "problem.html",
        "references.html",
        "sweep.html",
        "value.html",
        "verification-lesson.html",
        "verification.html",
    ])
    .expect("the program's own templates");
    tera
});

/// A template, filled in.
pub(crate) fn text(template: &str, context: &Context) -> String {
    // A template that fails is a mistake of this program that the tests of the page find.
    TEMPLATES.render(template, context).expect("the program's own templates")
}

/// The same for HTML, on one line.
pub(crate) fn html(template: &str, context: &Context) -> String {
    one_line(&text(template, context))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_not_sent_to_readers() {
        assert_eq!(without_comments("/* a\n b */\np { c: d }\n/* e */\n"), "p { c: d }\n");
        assert_eq!(without_remarks("// a\nconst b = \"//\"; // c\n  // d\n"), "const b = \"//\"; // c\n");
        assert!(!without_comments(STYLES).contains("*/") && without_remarks(SCRIPTS).contains("=>"));
    }
}
