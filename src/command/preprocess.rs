//! mdBook's preprocessor protocol: a book as JSON in, the woven book as JSON out.

use std::path::PathBuf;

use mdbook_core::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::parse_input;

use super::terminal::{Answer, Terminal};
use crate::bind::Added;
use crate::problem::{Failure, count};
use crate::read;
use crate::run::RunOptions;
use crate::session::Session;
use crate::site::normal;
use crate::templates::{SCRIPTS, STYLES};
use crate::verify::Checked;

/// Weaves the book that mdBook sent. With an error anywhere mdBook gets nothing, and so stops.
pub(super) fn run(input: &str, options: RunOptions, terminal: &Terminal) -> Result<Answer, Failure> {
    let unreadable =
        |error: mdbook_core::errors::Error| Failure::environment(format!("mdBook's message can't be read: {error:#}"));
    let (context, mut sent) = parse_input(input.as_bytes()).map_err(unreadable)?;
    let mut book = read::book(&context.root)?;
    take_chapters(&mut book, &sent);
    let session = Session::of(book, options)?;
    let checked = session.check(&session.lessons(), &|_| {})?;
    let errors = terminal.problems(session.problems(&checked));
    if errors > 0 {
        terminal.failure(&format!("{} in the book", count(errors, "problem")));
        return Ok(Answer::Wrong);
    }
    let report = session.report(&checked, true);
    fill(&mut sent, &session, &checked, &session.added(&checked, &report, false))?;
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
            Some(lesson) => *lesson = read(),
            None => {
                let lesson = read();
                book.lessons.push(lesson);
            }
        }
    }
    book.name_lessons();
}

/// Puts the woven chapters into the book, and adds those of recto.
fn fill(sent: &mut Book, session: &Session, checked: &[Checked<'_>], added: &[Added]) -> Result<(), Failure> {
    let style = STYLES.replace('\n', " ");
    let style = format!("<style>{style}</style>\n\n");
    // A page of mdBook's own has no head of recto's: the script comes with the pages that have figures or ask for answers.
    let script = format!("\n\n<script>\n{SCRIPTS}</script>\n");
    let woven = session.woven(checked, false)?;
    sent.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(text) = path_of(chapter).and_then(|path| woven.get(&path))
        {
            let acts = ["recto-has-figure", "class=\"recto-answer\""].iter().any(|class| text.contains(class));
            let script = if acts { script.as_str() } else { "" };
            chapter.content = format!("{style}{text}{script}");
        }
    });
    let added = added.iter().map(|added| Added {
        text: style.clone() + &added.text,
        ..added.clone()
    });
    sent.items.extend(added.map(|added| BookItem::from(&added)));
    Ok(())
}
