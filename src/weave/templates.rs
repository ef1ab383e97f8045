//! The templates of what is woven in.

use std::sync::LazyLock;

use tera::{Context, Tera};

use crate::html;

static TEMPLATES: LazyLock<Tera> = LazyLock::new(|| {
    let mut tera = Tera::default();
    let templates = [
        ("fold.html", include_str!("../../templates/fold.html")),
        ("mark.html", include_str!("../../templates/mark.html")),
        ("output.html", include_str!("../../templates/output.html")),
        ("sweep.html", include_str!("../../templates/sweep.html")),
        ("claim.html", include_str!("../../templates/claim.html")),
        ("value.html", include_str!("../../templates/value.html")),
        ("citation.html", include_str!("../../templates/citation.html")),
        ("references.html", include_str!("../../templates/references.html")),
        ("problem.html", include_str!("../../templates/problem.html")),
        ("lesson-end.html", include_str!("../../templates/lesson-end.html")),
    ];
    // The templates are part of the program; a test renders each.
    tera.add_raw_templates(templates).expect("the program's own templates");
    tera
});

/// A template's HTML on one line.
pub(super) fn render(template: &str, context: &Context) -> String {
    // A template that fails is a mistake of this program that the tests of the page find.
    html::one_line(&TEMPLATES.render(template, context).expect("the program's own templates"))
}
