//! The tool's own templates, filled in.

use std::sync::LazyLock;

use tera::{Context, Tera};

use crate::html::one_line;

/// One file of each for a page to fetch, in which later rules win: what recto puts on a page, the page itself, its code, its
/// figures, and what helps to find one's way.
pub(crate) const STYLES: &str = concat!(
    include_str!("../templates/styles/outputs.css"),
    include_str!("../templates/styles/page.css"),
    include_str!("../templates/styles/code.css"),
    include_str!("../templates/styles/figures.css"),
    include_str!("../templates/styles/ways.css"),
);
/// What an e-reader needs before the styles.
pub(crate) const EPUB_STYLES: &str = include_str!("../templates/styles/epub.css");
pub(crate) const SCRIPTS: &str = concat!(
    include_str!("../templates/scripts/sweeps.js"),
    include_str!("../templates/scripts/code.js"),
    include_str!("../templates/scripts/ways.js"),
);

macro_rules! embedded {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("../templates/", $name)))),*] };
}

static TEMPLATES: LazyLock<Tera> = LazyLock::new(|| {
    let mut tera = Tera::default();
    // The templates are part of the program; a test renders each.
    tera.add_raw_templates(embedded![
        "answer.html",
        "book.toml",
        "Cargo.toml",
        "chapter.md",
        "citation.html",
        "claim.html",
        "epub.xhtml",
        "fold.html",
        "lesson-end.html",
        "lib.rs",
        "list.html",
        "mark.html",
        "output.html",
        "problem.html",
        "references.html",
        "SUMMARY.md",
        "sweep.html",
        "value.html",
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
