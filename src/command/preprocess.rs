//! mdBook's preprocessor protocol: a book as JSON in, the woven book as JSON out.

use std::collections::HashMap;
use std::path::PathBuf;

use mdbook_core::book::BookItem;
use mdbook_preprocessor::parse_input;

use super::terminal::{Answer, Terminal, count};
use crate::bind::Added;
use crate::problem::Failure;
use crate::read;
use crate::run::RunOptions;
use crate::session::Session;
use crate::site::normal;
use crate::weave::weave;

/// Weaves the book that mdBook sent. With an error anywhere mdBook gets nothing, and so stops.
pub(super) fn run(input: &str, options: RunOptions, terminal: &Terminal) -> Result<Answer, Failure> {
    let unreadable =
        |error: mdbook_core::errors::Error| Failure::environment(format!("mdBook's message can't be read: {error:#}"));
    let (context, mut sent) = parse_input(input.as_bytes()).map_err(unreadable)?;
    let mut book = read::book(&context.root)?;
    // Another preprocessor may have changed a chapter: then what mdBook sent is the chapter.
    for chapter in sent.chapters() {
        let Some(path) = chapter.source_path.as_deref().and_then(normal) else {
            continue;
        };
        let settings = &book.settings;
        if let Some(lesson) = book.lessons.iter_mut().find(|lesson| lesson.path == path)
            && lesson.document.text().trim() != chapter.content.trim()
        {
            let known = read::Chapter {
                path,
                title: chapter.name.clone(),
                number: lesson.number.clone(),
            };
            *lesson = read::chapter(known, chapter.content.clone(), settings);
        }
    }
    let session = Session::of(book, options)?;
    let checked = session.check(&session.lessons(), &|_| {})?;
    let errors = terminal.problems(session.problems(&checked));
    if errors > 0 {
        terminal.failure(&format!("{} in the book", count(errors, "problem")));
        return Ok(Answer::Wrong);
    }
    let style = format!(
        "<style>{}</style>\n\n",
        include_str!("../../templates/recto.css").replace('\n', " ")
    );
    // A page of mdBook's own has no head of recto's: the sliders' script comes with the pages that have any.
    let script = format!("\n\n<script>\n{}</script>\n", include_str!("../../templates/recto.js"));
    let woven = checked
        .iter()
        .map(|checked| Ok((checked.lesson.path.clone(), weave(checked, &session.index)?)));
    let woven: HashMap<PathBuf, String> = woven.collect::<Result<_, Failure>>()?;
    sent.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(text) = chapter
                .source_path
                .as_deref()
                .and_then(normal)
                .and_then(|path| woven.get(&path))
        {
            chapter.content = style.clone() + text;
            if chapter.content.contains("class=\"recto-sweep\"") {
                chapter.content.push_str(&script);
            }
        }
    });
    let report = session.report(&checked, true);
    for added in session.added(&report, false) {
        sent.items.push(BookItem::from(&Added {
            text: style.clone() + &added.text,
            ..added
        }));
    }
    serde_json::to_writer(std::io::stdout().lock(), &sent)
        .map_err(|error| Failure::environment(format!("can't answer mdBook: {error}")))?;
    Ok(Answer::Right)
}
