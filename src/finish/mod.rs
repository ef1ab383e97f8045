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
mod print;
mod search;
mod sidebar;
mod tables;
mod template;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::html::tags::{Token, tokens};
use crate::parallel;
use crate::problem::{Failure, Problem};
use crate::site::{PRINT, address, with_slashes};
use edited::{Edited, replaced};
use page::Page;
use print::{PIECE, Part};
use search::{Found, Search};
use sidebar::Toc;

pub(crate) use contents::shows_contents;
pub(crate) use edited::Around;
pub(crate) use previews::file as previews;
pub(crate) use print::{Printed, Whole};

/// What is finished already of a folder of pages.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The names of the pages that are not.
    pub(crate) changed: HashSet<String>,
    /// The last page of all chapters, and what that has of each.
    pub(crate) all: String,
    pub(crate) printed: Printed,
}

impl Kept {
    /// Whether a page, below the folder, is finished.
    pub(crate) fn holds(&self, page: &Path) -> bool {
        let name = with_slashes(page);
        name != PRINT && !self.changed.contains(&name)
    }
}

/// Finishes each page of a folder but those that are files of the author's, in `src`, or that are kept. Returns the page of all
/// chapters, unless mdBook's is taken as it is, and what the search finds.
///
/// # Errors
/// A page can't be read or written.
pub(crate) fn finish<'a>(
    folder: &Path,
    src: &Path,
    around: &Around<'a>,
    kept: Option<&'a Kept>,
) -> Result<(Option<Whole<'a>>, SearchIndex<'a>), Failure> {
    let script = script_of(folder);
    let toc = read(&folder.join("toc.html"))
        .map(|html| Toc::read(&html, around.verification.as_deref()))
        .unwrap_or_default();
    let chapters: HashSet<String> = around.chapters.iter().map(|name| address(Path::new(name))).collect();
    let edited = |below: &Path| Edited {
        name: address(below),
        root: "../".repeat(below.components().count() - 1),
        toc: &toc,
        around,
        chapters: &chapters,
    };
    let mut pages = pages(folder, src);
    pages.retain(|path| !kept.is_some_and(|kept| kept.holds(below(folder, path))));
    let mut parts = kept.map(|kept| print::parts(&kept.all, &kept.printed)).unwrap_or_default();
    let written = parallel::each(&pages, |path| {
        let below = below(folder, path);
        let name = with_slashes(below);
        let is_searched = script.is_some() && around.searched.contains(&name);
        let level = is_searched.then_some(around.split);
        let is_printed = around.print && around.chapters.contains(&name);
        let print = is_printed.then(|| edited(Path::new(PRINT)));
        let page = finished(&name, &read(path)?, level, (&edited(below), print));
        let Finished { html, previews, found, part } = page;
        if let Some(previews) = previews {
            write(&folder.join(previews::file(&name)), &previews)?;
        }
        write(path, &html)?;
        Ok::<_, Failure>((name, found, part))
    });
    let mut found = BTreeMap::new();
    for finished in written {
        let (name, its, part) = finished?;
        parts.extend(part.map(|part| (name.clone(), part)));
        found.insert(name, its);
    }
    let index = SearchIndex {
        script,
        pages: around.searched,
        found,
        is_kept: kept.is_some(),
    };
    if !around.print {
        return Ok((None, index));
    }
    let parts = around.chapters.iter().filter_map(|name| parts.remove_entry(name)).collect();
    let whole = Whole::of(&read(&folder.join(PRINT))?, parts, &edited(Path::new(PRINT)));
    Ok((whole, index))
}

/// The index of the search, which no page holds: it can be written beside what is done with the finished pages.
pub(crate) struct SearchIndex<'a> {
    /// The script that has it.
    script: Option<PathBuf>,
    /// The pages that are searched, in the order of the book.
    pages: &'a [String],
    /// What is found on those that were finished.
    found: BTreeMap<String, Vec<Found>>,
    /// Whether the script has what is found on the others.
    is_kept: bool,
}

impl SearchIndex<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// The script can't be read or written.
    pub(crate) fn write(self) -> Result<(), Failure> {
        let Some(path) = self.script else {
            return Ok(());
        };
        let mut search = Search::read(&read(&path)?);
        let mut found = search.as_mut().filter(|_| self.is_kept).map(Search::found).unwrap_or_default();
        found.extend(self.found);
        let Some(search) = search else {
            return Ok(());
        };
        let script = File::create(&path).map(|file| BufWriter::with_capacity(PIECE, file));
        let written = script.and_then(|script| search.write(self.pages, found, script));
        written.map_err(|error| Problem::io(&path, &error))
    }
}

fn below<'a>(folder: &Path, page: &'a Path) -> &'a Path {
    page.strip_prefix(folder).unwrap_or(page)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Problem::io(path, &error))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| Problem::io(path, &error))
}

/// The script with the index of the search, whose name has a hash.
fn script_of(folder: &Path) -> Option<PathBuf> {
    let names = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut indices = names.filter(|name| name.starts_with("searchindex") && name.ends_with(".js"));
    indices.next().map(|name| folder.join(name))
}

/// The pages that mdBook has made, but the one of all chapters.
fn pages(folder: &Path, src: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let files = walk.filter_map(|entry| Some(entry.ok()?.into_path()));
    let is_rendered = |file: &Path| !file.strip_prefix(folder).is_ok_and(|below| src.join(below).is_file());
    let all = folder.join(PRINT);
    let is_page = |file: &PathBuf| file.extension().is_some_and(|it| it == "html") && *file != all && file.is_file();
    let mut pages: Vec<PathBuf> = files.filter(|file| is_page(file) && is_rendered(file)).collect();
    // Nobody waits for the largest one at the end.
    pages.sort_by_key(|page| std::cmp::Reverse(page.metadata().map(|it| it.len()).unwrap_or_default()));
    pages
}

/// A page as it is finished.
struct Finished {
    html: String,
    previews: Option<String>,
    /// What the search finds on it.
    found: Vec<Found>,
    /// What of it is on the page of all.
    part: Option<Part<'static>>,
}

/// Finishes a page of this name. `level` is that of the headings whose sections are found by themselves, where it is searched, and
/// `print` the page of all chapters, where it is one of them.
fn finished(name: &str, html: &str, level: Option<u8>, (page, print): (&Edited<'_>, Option<Edited<'_>>)) -> Finished {
    let tokens: Vec<Token<'_>> = tokens(html).collect();
    let own = [
        tables::edits(html, &tokens),
        headings::edits(&tokens),
        code::edits(html, &tokens),
    ];
    let text = replaced(html, own.concat());
    let read = Page::read(html, &tokens);
    // The list of chapters has the headings as they are then.
    let edited: Vec<Token<'_>> = self::tokens(&text).collect();
    Finished {
        previews: previews::script(name, &read),
        found: level.map(|level| search::on_page(name, &read, level)).unwrap_or_default(),
        part: print.map(|print| print::part(&page.name, &text, &edited, &print)),
        html: replaced(&text, template::edits(&text, &edited, page, text.contains("<math"))),
    }
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
