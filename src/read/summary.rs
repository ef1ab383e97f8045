//! `SUMMARY.md`: the chapters of a book, in their order.

use std::path::Path;

use mdbook_summary::{Link, Summary, SummaryItem};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::problem::{Failure, Kind, Problem};
use crate::source::SourceFile;

/// Lists within each other. mdBook calls itself for each.
const DEEPEST: usize = 32;

/// Reads `SUMMARY.md` in the folder of the chapters.
///
/// # Errors
/// It is not there, or mdBook does not understand it.
pub(super) fn summary(src: &Path) -> Result<(SourceFile, Summary), Failure> {
    let path = src.join("SUMMARY.md");
    let file = SourceFile::read(&path).map_err(|error| {
        let message = format!("can't read `{}`: {error}", path.display());
        Problem::error(Kind::Chapter, message)
            .help("SUMMARY.md lists the chapters, one `- [Title](file.md)` a line")
            .in_book()
    })?;
    check_depth(&file)?;
    let summary = mdbook_summary::parse_summary(&file.text).map_err(|error| {
        let problem = Problem::error(Kind::Chapter, format!("SUMMARY.md can't be read: {error:#}"));
        problem.at(file.place(0..0)).in_book()
    })?;
    Ok((file, summary))
}

fn check_depth(file: &SourceFile) -> Result<(), Failure> {
    let mut depth = 0;
    for (event, span) in Parser::new(&file.text).into_offset_iter() {
        match event {
            Event::Start(Tag::List(_)) => depth += 1,
            Event::End(TagEnd::List(_)) => depth -= 1,
            _ => {}
        }
        if depth > DEEPEST {
            let line = file.text[span.start..].lines().next().map_or(0, str::len);
            let problem = Problem::error(Kind::Chapter, format!("chapters are nested more than {DEEPEST} deep"));
            return Err(problem.at(file.place(span.start..span.start + line)).in_book());
        }
    }
    Ok(())
}

/// The chapters of a part of the summary, and those below them.
pub(super) fn links(items: &[SummaryItem]) -> Vec<&Link> {
    let mut found = Vec::new();
    for item in items {
        if let SummaryItem::Link(link) = item {
            found.push(link);
            found.extend(links(&link.nested_items));
        }
    }
    found
}
