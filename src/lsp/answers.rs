//! What an editor asks about a place: what it is, where that is defined, and what may be written there.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::book::OpenBook;
use super::place::{location_of, range_of};
use crate::index::citations::Styled;
use crate::read::{self, Item, Lesson};
use crate::source::{Place, SourceFile};

/// What stands at a place of a file.
enum Thing<'a> {
    /// A claim or an inline value, with its lesson.
    Computed(&'a Lesson, &'a Item, String),
    Label(String),
    Work(String),
}

/// What is at a byte of a file, and where that stands.
fn thing<'a>(open: &'a OpenBook, file: &Path, offset: usize) -> Option<(Thing<'a>, Place)> {
    let (_, index) = open.read.as_ref()?;
    let is_here = |place: &Place| place.path() == file && place.span.start <= offset && offset <= place.span.end;
    let lesson = open.lesson_of(file)?;
    let items = lesson.items.iter().map(|item| (item, lesson.document.place(item.span())));
    for (item, place) in items.filter(|(_, place)| is_here(place)) {
        let thing = match item {
            Item::Claim(claim) => Thing::Computed(lesson, item, claim.expression.text().to_owned()),
            Item::Value(value) => match &value.content {
                read::ValueSpan::Computed(text) => Thing::Computed(lesson, item, text.text().to_owned()),
                read::ValueSpan::Literal(_) => continue,
            },
            Item::Reference(reference) => Thing::Label(reference.label.clone()),
            Item::Citation(citation) => {
                let written = &lesson.document.text()[citation.span.clone()];
                let at = offset - place.span.start;
                let keys = citation.cites.iter().map(|cite| cite.key.as_str());
                let near = keys.min_by_key(|key| {
                    written.find(key).map_or(usize::MAX, |start| {
                        let end = start + key.len();
                        if at < start { start - at } else { at.saturating_sub(end) }
                    })
                });
                Thing::Work(near?.to_owned())
            }
            _ => continue,
        };
        return Some((thing, place));
    }
    let labels = index.labels.on(&lesson.path);
    let (label, its) = labels.into_iter().find(|(_, label)| is_here(&label.place))?;
    Some((Thing::Label(label.to_owned()), its.place.clone()))
}

/// What an editor shows of a place.
pub(super) fn hover(open: &OpenBook, file: &Path, offset: usize) -> Option<Value> {
    let (_, index) = open.read.as_ref()?;
    let (thing, place) = thing(open, file, offset)?;
    let text = match thing {
        Thing::Computed(lesson, item, expression) => match open.value_of(lesson, item) {
            Some(value) => format!("`{expression}` was `{value}` in the last run"),
            None => format!("`{expression}` has not run yet: save the file"),
        },
        Thing::Label(label) => {
            let its = index.labels.get(&label)?;
            format!("{}, in {}", its.name_with_capital(), its.page.display())
        }
        Thing::Work(key) => {
            let id = format!("ref-{key}");
            let work = index.citations.works().iter().find(|work| work.id == id)?;
            work.entry.iter().map(plain).collect()
        }
    };
    Some(json!({
        "contents": { "kind": "markdown", "value": text },
        "range": range_of(&place.file, &place.span),
    }))
}

fn plain(text: &Styled) -> &str {
    match text {
        Styled::Plain(text) | Styled::Emphasis(text) | Styled::Strong(text) | Styled::Math(text) => text,
    }
}

/// Where what stands at a place is defined.
pub(super) fn definition(open: &OpenBook, file: &Path, offset: usize) -> Option<Value> {
    let (book, index) = open.read.as_ref()?;
    match thing(open, file, offset)?.0 {
        Thing::Computed(..) => None,
        Thing::Label(label) => location_of(&index.labels.get(&label)?.place),
        Thing::Work(key) => {
            let bibliography = book.bibliography.as_ref()?;
            let found = works(&bibliography.text).find(|(its, _)| *its == key)?;
            location_of(&bibliography.place(found.1..found.1 + key.len()))
        }
    }
}

/// The keys of a bibliography, and where each stands.
fn works(bibliography: &str) -> impl Iterator<Item = (&str, usize)> {
    static ENTRY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^\s*@[A-Za-z]+\s*\{\s*([^,\s}]+)\s*,").expect("a constant"));
    let keys = ENTRY.captures_iter(bibliography).filter_map(|entry| entry.get(1));
    keys.map(|key| (key.as_str(), key.start()))
}

/// What may be written at a place: labels behind `](#`, works behind `[@`, options behind `//|`.
pub(super) fn completions(open: &OpenBook, file: &SourceFile, offset: usize) -> Option<Value> {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        let regex = r"(?:\]\(#(?<label>[\w-]*)|\[[^\]]*@(?<work>[^\s,;\]@]*)|^\s*//\|\s*(?<option>[\w-]*))$";
        Regex::new(regex).expect("a constant")
    });
    let (book, index) = open.read.as_ref()?;
    let before = &file.text[..offset];
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let opening = OPENING.captures(line)?;
    let begun = ["label", "work", "option"].iter().find_map(|name| opening.name(name))?;
    let range = range_of(file, &(offset - begun.as_str().len()..offset));
    let item = |label: &str, detail: &str, text: String| json!({ "label": label, "detail": detail, "textEdit": { "range": range, "newText": text } });
    let items: Vec<Value> = if opening.name("label").is_some() {
        let all = index.labels.all();
        all.map(|(name, label)| item(name, &label.name_with_capital(), name.to_owned())).collect()
    } else if opening.name("work").is_some() {
        let bibliography = book.bibliography.as_ref()?;
        works(&bibliography.text).map(|(key, _)| item(key, "", key.to_owned())).collect()
    } else {
        read::options().map(|(key, takes)| item(key, &takes, format!("{key}: "))).collect()
    };
    Some(json!({ "isIncomplete": false, "items": items }))
}
