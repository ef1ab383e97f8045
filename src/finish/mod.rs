//! Between mdBook and the audit: the pages as mdBook has rendered them, finished for readers.
//!
//! In: the folder of the pages, and what was checked. Out: the same pages with recto's edits, a script with previews for each, and
//! the index of the search. mdBook's templates are not copied: each edit looks for an element in the HTML, and a test fails when
//! mdBook no longer makes it. No edit changes what a page says.

mod code;
mod contents;
mod edited;
mod headings;
mod page;
mod previews;
mod search;
mod sidebar;
mod tables;
mod template;

use std::path::{Path, PathBuf};

use crate::html::tags::{Token, tokens};
use crate::parallel;
use crate::problem::{Failure, Problem};
use crate::site::address;
use crate::splice::{Splice, spliced};
use edited::Edited;
use page::Page;
use search::{Found, Search};
use sidebar::Toc;

pub(crate) use edited::Around;

/// Finishes each page of a folder but those that are files of the author's, in `src`, and the index of the search.
///
/// # Errors
/// A page or the index can't be read or written.
pub(crate) fn finish(folder: &Path, src: &Path, around: &Around<'_>) -> Result<(), Failure> {
    let index = index_of(folder);
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| Problem::io(path, &error));
    let toc = read(&folder.join("toc.html")).map(|html| Toc::read(&html)).unwrap_or_default();
    let search = match &index {
        Some(path) => Search::read(&read(path)?),
        None => None,
    };
    let written = parallel::each(&pages(folder, src), |path| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        let name = below.to_string_lossy().replace('\\', "/");
        let page = Edited {
            name: address(below),
            root: "../".repeat(below.components().count() - 1),
            toc: &toc,
            around,
        };
        let level = search.as_ref().filter(|_| around.searched.contains(&name)).map(|_| around.split);
        let Finished { html, previews, found } = finished(&name, &read(path)?, level, &page);
        if let Some(previews) = previews {
            write(&folder.join(previews::file(&name)), &previews)?;
        }
        write(path, &html)?;
        Ok((name, found))
    });
    let found = written.into_iter().collect::<Result<_, Failure>>()?;
    match (index, search.and_then(|search| search.script(around.searched, found))) {
        (Some(path), Some(script)) => write(&path, &script),
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| Problem::io(path, &error))
}

/// The script with the index of the search, whose name has a hash.
fn index_of(folder: &Path) -> Option<PathBuf> {
    let names = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut indices = names.filter(|name| name.starts_with("searchindex") && name.ends_with(".js"));
    indices.next().map(|name| folder.join(name))
}

fn pages(folder: &Path, src: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let files = walk.filter_map(|entry| Some(entry.ok()?.into_path()));
    let is_rendered = |file: &Path| !file.strip_prefix(folder).is_ok_and(|below| src.join(below).is_file());
    let is_page = |file: &PathBuf| file.extension().is_some_and(|it| it == "html") && file.is_file();
    let mut pages: Vec<PathBuf> = files.filter(|file| is_page(file) && is_rendered(file)).collect();
    // The one with all chapters takes as long as all others: nobody waits for it at the end.
    pages.sort_by_key(|page| std::cmp::Reverse(page.metadata().map(|it| it.len()).unwrap_or_default()));
    pages
}

/// A page as it is finished.
struct Finished {
    html: String,
    previews: Option<String>,
    /// What the search finds on it.
    found: Vec<Found>,
}

/// Finishes a page of this name; `level` is that of the headings whose sections are found by themselves, where it is searched.
fn finished(name: &str, html: &str, level: Option<u8>, edited: &Edited<'_>) -> Finished {
    let tokens: Vec<Token<'_>> = tokens(html).collect();
    let own = [
        tables::edits(html, &tokens),
        headings::edits(&tokens),
        code::edits(html, &tokens),
    ];
    let text = replaced(html, own.concat());
    let page = Page::read(html, &tokens);
    Finished {
        previews: previews::script(name, &page),
        found: level.map(|level| search::on_page(name, &page, level)).unwrap_or_default(),
        // The list of chapters has the headings as they are then.
        html: replaced(&text, template::edits(&text, &self::tokens(&text).collect::<Vec<_>>(), edited)),
    }
}

/// Two edits of one place are a mistake of this program, which the tests of the page find.
fn replaced(html: &str, mut edits: Vec<Splice>) -> String {
    spliced(html, &mut edits).expect("edits that stand apart")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(html: &str) -> String {
        replaced(html, headings::edits(&tokens(html).collect::<Vec<_>>()))
    }

    #[test]
    fn the_number_of_a_chapter_is_in_the_title_of_its_page() {
        let chapter =
            |number: u8| format!("<h1 id=a><a href=\"#a\"><span class=\"recto-section\">{number}</span> A</a></h1>");
        let page = |chapters: &str| format!("<title>A - Book</title><h1>Book</h1><main>{chapters}</main>");
        assert!(finished(&page(&chapter(3))).starts_with("<title>3 A - Book</title>"));
        assert_eq!(finished(&page("<h1>A</h1>")), page("<h1>A</h1>"));
        let all = page(&(chapter(1) + &chapter(2)));
        assert_eq!(finished(&all), all);
    }

    #[test]
    fn exercises_do_not_begin_with_a_link() {
        let heading = |id: &str| format!("<h3 id=\"{id}\"><a href=\"#{id}\">A</a></h3>");
        assert!(finished(&heading("ex-a")).starts_with("<h3 id=\"ex-a\"><span class=\"recto-unlisted\"></span><a "));
        assert_eq!(finished(&heading("sec-a")), heading("sec-a"));
    }
}
