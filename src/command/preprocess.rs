//! mdBook's preprocessor protocol: a book as JSON in, the woven book as JSON out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mdbook_core::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::parse_input;

use super::terminal::{Answer, Terminal, counted};
use crate::bind::{Added, face};
use crate::problem::{Failure, Kind, Problem, count};
use crate::read::{self, Scope};
use crate::run::RunOptions;
use crate::session::Session;
use crate::site::normal;
use crate::templates::{DIRECTIONS, MATH_FACES, SCRIPTS, STYLES};

/// What a book has beyond this if recto binds it.
const BEYOND: &str = "`recto build` also audits the pages, gives them a policy, colours code, previews links, and adds downloads and a search by kind";

/// Weaves the book that mdBook sent. With an error anywhere mdBook gets nothing, and so stops.
pub(super) fn run(input: &str, options: RunOptions, terminal: &Terminal) -> Result<Answer, Failure> {
    let unreadable =
        |error: mdbook_core::errors::Error| Failure::environment(format!("mdBook's message can't be read: {error:#}"));
    let (context, mut sent) = parse_input(input.as_bytes()).map_err(unreadable)?;
    let mut book = read::book(&context.root)?;
    take_chapters(&mut book, &sent);
    let session = Session::of(book, options)?;
    let written = session.write(&session.lessons(), false, &|_| {})?;
    let errors = terminal.problems(session.problems(&written.checked));
    if errors > 0 {
        terminal.failure(&format!("{} in the book", count(errors, "problem")));
        return Ok(Answer::Wrong);
    }
    let added = session.added(&written, false);
    let looks = match context.renderer.as_str() {
        "html" => Looks::of_html,
        _ => Looks::of_none,
    };
    fill(&mut sent, &written.woven?, &added, looks);
    terminal.status("Verified", &counted(&written.report.totals));
    match context.renderer.as_str() {
        "html" => terminal.status("Note", BEYOND),
        other => other_renderer(other, session.book.settings.scope).iter().for_each(|it| terminal.problem(it)),
    }
    serde_json::to_writer(std::io::stdout().lock(), &sent)
        .map_err(|error| Failure::environment(format!("can't answer mdBook: {error}")))?;
    Ok(Answer::Right)
}

fn path_of(chapter: &Chapter) -> Option<PathBuf> {
    normal(chapter.source_path.as_deref().or(chapter.path.as_deref())?)
}

/// Another preprocessor may have changed a chapter, or added one: what mdBook sent is the chapter.
fn take_chapters(book: &mut read::Book, sent: &Book) {
    for chapter in sent.chapters() {
        let Some(path) = path_of(chapter) else { continue };
        let known = book.lessons.iter_mut().find(|lesson| lesson.path == path);
        let read = || {
            let has_parts = !chapter.sub_items.is_empty();
            let chapter_of = read::Chapter::new(path, chapter.name.clone(), chapter.number.as_ref(), has_parts);
            read::chapter(chapter_of, chapter.content.clone(), &book.settings)
        };
        match known {
            Some(lesson) if lesson.document.text().trim() == chapter.content.trim() => {}
            Some(lesson) => {
                // Formulas of MathJax are rewritten, and places are those of the files where nothing else was changed.
                let sent = read();
                if sent.document.text().trim() != lesson.document.text().trim() {
                    *lesson = sent;
                }
            }
            None => {
                let lesson = read();
                book.lessons.push(lesson);
            }
        }
    }
    book.name_lessons();
}

/// What a renderer other than that of HTML can't do with the chapters.
fn other_renderer(name: &str, scope: Scope) -> Option<Problem> {
    match (name, scope) {
        ("test", Scope::Block) => None,
        ("test", Scope::Lesson) => {
            let warning = "`mdbook test` runs each fence alone, and the cells of a lesson share one scope";
            Some(Problem::warning(Kind::Environment, warning).help("use `recto test`, or set `scope = \"block\"`"))
        }
        (name, _) => {
            let warning = format!("the renderer `{name}` gets formulas, outputs and figures as HTML in the markdown");
            let problem = Problem::warning(Kind::Environment, warning);
            let problem = problem.note("one that drops HTML loses them; none has recto's styles and scripts");
            Some(problem.help("`recto build --epub --pdf` makes files for e-readers and printers"))
        }
    }
}

/// What stands before and behind a chapter's text, so that it looks and acts as it should in pages that have no files of recto's.
struct Looks {
    before: String,
    after: String,
}

impl Looks {
    fn of_html(text: &str) -> Looks {
        let styles = faces(text) + STYLES + DIRECTIONS;
        // What scripts act on stands on some pages alone.
        let acts = ["recto-has-figure", "class=\"recto-answer\""].iter().any(|class| text.contains(class));
        Looks {
            before: format!("<style>{}</style>\n\n", styles.replace('\n', " ")),
            after: if acts { format!("\n\n<script>\n{SCRIPTS}</script>\n") } else { String::new() },
        }
    }

    fn of_none(_: &str) -> Looks {
        Looks {
            before: String::new(),
            after: String::new(),
        }
    }
}

/// The faces of formulas that a text has signs of. They are in the page: a preprocessor adds no files to a book.
fn faces(text: &str) -> String {
    let faces = MATH_FACES.split("@font-face").skip(1);
    let wanted = faces.filter(|face| text.contains("<math") && has_sign(text, face));
    let with_data = wanted.filter_map(|rule| {
        let address = rule.split('"').find(|part| part.starts_with("fonts/"))?;
        let data = BASE64_STANDARD.encode(face(address)?);
        Some(format!("@font-face{}", rule.replace(address, &format!("data:font/woff2;base64,{data}"))))
    });
    with_data.collect()
}

/// Whether a text has one of the characters that a face is for.
fn has_sign(text: &str, face: &str) -> bool {
    let list = face.split("unicode-range:").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    let ranges: Vec<(u32, u32)> = list
        .split(',')
        .filter_map(|range| {
            let (first, last) =
                range.trim().strip_prefix("U+").map(|range| range.split_once('-').unwrap_or((range, range)))?;
            Some((u32::from_str_radix(first, 16).ok()?, u32::from_str_radix(last, 16).ok()?))
        })
        .collect();
    text.chars().any(|c| ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c))))
}

/// Puts the woven chapters into the book, and adds those of recto.
fn fill(sent: &mut Book, woven: &BTreeMap<PathBuf, String>, added: &[Added], looks: fn(&str) -> Looks) {
    let dressed = |text: &str| {
        let Looks { before, after } = looks(text);
        before + text + &after
    };
    sent.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(text) = path_of(chapter).and_then(|path| woven.get(&path))
        {
            chapter.content = dressed(text);
        }
    });
    let added = added.iter().map(|added| Added {
        text: dressed(&added.text),
        ..added.clone()
    });
    sent.items.extend(Added::items(&added.collect::<Vec<_>>()));
}
