//! Keys of `book.toml` that mdBook does not know: those of its older versions, and misspelt ones.
//!
//! Most it refuses. With one in `[output.html]` it makes the pages as if nothing stood there, so this one is left out, with a warning.

use mdbook_core::config::{BookConfig, BuildConfig, Code, Fold, HtmlConfig, Playground, Print, RustConfig, Search};
use toml::de::{DeTable, DeValue};

use super::keys;
use crate::problem::{Kind, Problem, Severity, nearest};
use crate::source::{Place, SourceFile};

/// Keys that mdBook had or never had and many books have, and what to do with each.
const GONE: [(&str, &str, &str); 4] = [
    ("book", "multilingual", "take this line away: mdBook has made nothing of it"),
    ("book", "edition", "take this line away: the edition of the code is `edition` in `[rust]`"),
    ("output.html", "copy-fonts", "take this line away"),
    ("output.html", "google-analytics", "take this line away: the pages fetch nothing from other hosts"),
];

/// What mdBook calls otherwise now.
const RENAMED: (&str, &str, &str) = ("output.html", "curly-quotes", "smart-punctuation");

/// The tables that mdBook reads, and the keys that it knows in each.
fn tables() -> [(&'static str, &'static [&'static str]); 11] {
    [
        ("", &["book", "build", "rust", "output", "preprocessor"]),
        ("book", keys::fields_of::<BookConfig>()),
        ("build", keys::fields_of::<BuildConfig>()),
        ("rust", keys::fields_of::<RustConfig>()),
        ("output.html", keys::fields_of::<HtmlConfig>()),
        ("output.html.code", keys::fields_of::<Code>()),
        ("output.html.fold", keys::fields_of::<Fold>()),
        ("output.html.playground", keys::fields_of::<Playground>()),
        ("output.html.playpen", keys::fields_of::<Playground>()),
        ("output.html.print", keys::fields_of::<Print>()),
        ("output.html.search", keys::fields_of::<Search>()),
    ]
}

/// The keys that mdBook does not know.
#[derive(Default)]
pub(super) struct Unknown {
    pub(super) problems: Vec<Problem>,
    /// Those that are meant for recto, which does not read them where they stand.
    pub(super) misplaced: Vec<Problem>,
    /// Those that are left out, with their tables.
    pub(super) left_out: Vec<String>,
}

/// What of the keys mdBook does not know; `settings` are recto's.
pub(super) fn unknown(whole: &DeTable<'_>, source: &SourceFile, settings: &[&str]) -> Unknown {
    let mut found = Unknown::default();
    found.misplaced.extend(misnamed(whole, source));
    for (path, fields) in tables() {
        let mut names = path.split('.').filter(|name| !name.is_empty());
        let table = names.try_fold(whole, |table, name| table.get(name)?.get_ref().as_table());
        let unknown = table.into_iter().flatten().filter(|(key, _)| !fields.contains(&key.get_ref().as_ref()));
        for (key, value) in unknown {
            let place = source.place(key.span());
            let whole = source.place(key.span().start..value.span().end);
            if let Some(help) = of_recto(path, key.get_ref(), value.get_ref(), settings) {
                let problem = Problem::error(Kind::Settings, format!("recto does not read `{}` here", key.get_ref()));
                found.misplaced.push(problem.at(place).help(help));
                continue;
            }
            let mut problem = problem(path, fields, (key.get_ref(), place), (value.get_ref(), whole));
            if path.starts_with("output.html") {
                problem.severity = Severity::Warning;
                problem = problem.note(
                    "with it, `mdbook build` makes pages without all that `[output.html]` says; recto leaves it out",
                );
                found.left_out.push(format!("{path}.{}", key.get_ref()));
            }
            found.problems.push(problem);
        }
    }
    found
}

/// Where a key belongs that is a setting of recto's, its table, or a table around that.
fn of_recto(path: &str, key: &str, value: &DeValue<'_>, settings: &[&str]) -> Option<String> {
    let is_table = path.is_empty() && (is_recto(key) || value.get("recto").is_some());
    if is_table {
        return Some("recto's settings stand below the line `[preprocessor.recto]`".to_owned());
    }
    settings.contains(&key).then(|| format!("write `{key} = …` below the line `[preprocessor.recto]`"))
}

/// A table that is likely meant to be recto's, where that is not there.
fn misnamed(whole: &DeTable<'_>, source: &SourceFile) -> Option<Problem> {
    let table = |name: &str| whole.get(name).and_then(|table| table.get_ref().as_table()).into_iter().flatten();
    if table("preprocessor").any(|(key, _)| key.get_ref() == "recto") {
        return None;
    }
    let near = table("preprocessor")
        .chain(table("output"))
        .map(|(key, _)| key)
        .find(|key| is_recto(key.get_ref()))?;
    let problem = Problem::error(Kind::Settings, format!("recto does not read the table `{}`", near.get_ref()));
    Some(
        problem
            .at(source.place(near.span()))
            .help("recto's settings stand below the line `[preprocessor.recto]`"),
    )
}

/// Whether a name is recto's, as it is or misspelt.
fn is_recto(name: &str) -> bool {
    nearest(&name.to_lowercase(), ["recto"]).is_some()
}

fn problem(path: &str, fields: &[&str], (key, place): (&str, Place), (value, whole): (&DeValue<'_>, Place)) -> Problem {
    let of = if path.is_empty() { String::new() } else { format!(" in `[{path}]`") };
    let problem = Problem::error(Kind::Settings, format!("mdBook knows no `{key}`{of}")).at(place);
    if let (("book", "author"), DeValue::String(author)) = ((path, key), value) {
        let authors = format!("authors = [{}]", toml::Value::from(author.as_ref()));
        return problem.mended(format!("write `{authors}`"), whole, authors);
    }
    let gone = GONE.iter().find(|(its, name, _)| (*its, *name) == (path, key));
    let is_of = |table: &&str| tables().iter().any(|(its, fields)| its == table && fields.contains(&key));
    let table = ["book", "build", "rust"].into_iter().find(is_of).filter(|_| path.is_empty());
    match (gone, table, nearest(key, fields.iter().copied())) {
        (Some((.., help)), ..) => problem.help(*help),
        _ if (path, key) == (RENAMED.0, RENAMED.1) => problem.suggest("write ", RENAMED.2),
        (None, Some(table), _) => problem.help(format!("it belongs below the line `[{table}]`")),
        (None, None, Some(near)) => problem.did_you_mean(near),
        (None, None, None) => problem.help(format!("it knows {}", fields.join(", "))),
    }
}
