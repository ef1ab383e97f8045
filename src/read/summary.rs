//! `SUMMARY.md`: the chapters of a book, in their order.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use mdbook_summary::{Link, Summary, SummaryItem};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use regex::Regex;

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
    let summary = mdbook_summary::parse_summary(&file.text);
    let summary = summary.map_err(|error| refused(&file, &format!("{error:#}")).in_book())?;
    Ok((file, summary))
}

/// What would mend what mdBook says.
const HELPS: [(&str, &str); 2] = [
    (
        "must only contain a hyperlink",
        "a chapter's line is `- [Title](file.md)` and no more; spaces in a path stand in angle brackets, `(<my file.md>)`",
    ),
    (
        "cannot be followed by a list",
        "chapters with `-` stand together: those without stand before or after all of them",
    ),
];

/// What mdBook says, at its place.
fn refused(file: &SourceFile, said: &str) -> Problem {
    static LOCATED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"line (\d+), column \d+: (.+)$").expect("a constant"));
    let located = LOCATED.captures(said).and_then(|found| Some((found[1].parse::<usize>().ok()?, found)));
    if let Some((line, found)) = located {
        let before: usize = file.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let end = before + file.text[before..].lines().next().map_or(0, str::len);
        let problem = Problem::error(Kind::Chapter, format!("SUMMARY.md can't be read: {}", &found[2]));
        let help = HELPS.iter().find(|(said, _)| found[2].contains(said)).map(|(_, help)| *help);
        return help.into_iter().fold(problem.at(file.place(before..end)), Problem::help);
    }
    let twice = said.contains("Duplicate file").then(|| twice(file)).flatten();
    twice.unwrap_or_else(|| {
        Problem::error(Kind::Chapter, format!("SUMMARY.md can't be read: {said}")).at(file.place(0..0))
    })
}

/// A chapter that is listed again.
fn twice(file: &SourceFile) -> Option<Problem> {
    let mut known: HashMap<String, Range<usize>> = HashMap::new();
    let mut links = Parser::new(&file.text).into_offset_iter().filter_map(|(event, span)| match event {
        Event::Start(Tag::Link { dest_url, .. }) if !dest_url.is_empty() => Some((dest_url, span)),
        _ => None,
    });
    links.find_map(|(path, span)| {
        let first = known.insert(path.to_string(), span.clone())?;
        let problem = Problem::error(Kind::Chapter, format!("`{path}` stands in SUMMARY.md twice"));
        let problem = problem.at(file.place(span)).related(file.place(first), "it is a chapter here");
        let name = path.rsplit('/').next().unwrap_or(&path);
        Some(
            problem.help(format!("list another file here that has the same text, by a line `{{{{#include {name}}}}}`")),
        )
    })
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
