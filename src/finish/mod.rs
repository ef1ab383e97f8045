//! Between mdBook and the audit: the pages as mdBook has rendered them, finished for readers.
//!
//! In: the folder of the pages. Out: the same pages with recto's edits, and a script with previews for each. mdBook's templates are not copied: each edit looks
//! for an element in the HTML, and a test fails when mdBook no longer makes it. No edit changes what a page says.

mod code;
mod headings;
mod page;
mod previews;
mod search;
mod template;

use std::path::{Path, PathBuf};

use crate::html::tags::{Token, tokens};
use crate::parallel;
use crate::problem::{Failure, Problem};
use crate::splice::spliced;

/// Finishes each page of a folder but those that are files of the author's, in `src`, and the index of the search; `split` is the
/// level of the headings whose sections it finds by themselves.
///
/// # Errors
/// A page can't be read or written.
pub(crate) fn finish(folder: &Path, src: &Path, split: u8) -> Result<(), Failure> {
    let written = parallel::each(&pages(folder, src), |page| {
        let io = |error: std::io::Error| Problem::io(page, &error);
        let html = std::fs::read_to_string(page).map_err(io)?;
        let name = page.strip_prefix(folder).unwrap_or(page).to_string_lossy().replace('\\', "/");
        let (html, previews) = finished(&name, &html);
        if let Some(previews) = previews {
            let file = folder.join(previews::file(&name));
            std::fs::create_dir_all(file.parent().unwrap_or(folder))
                .and_then(|()| std::fs::write(&file, previews))
                .map_err(io)?;
        }
        std::fs::write(page, html).map_err(io)
    });
    written.into_iter().collect::<Result<(), Failure>>()?;
    find_again(folder, split)
}

/// Makes the index of the search anew, where there is one.
fn find_again(folder: &Path, split: u8) -> Result<(), Failure> {
    let is_index = |name: &str| name.starts_with("searchindex") && name.ends_with(".js");
    let entries = std::fs::read_dir(folder).map_err(|error| Problem::io(folder, &error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    for path in names.filter(|name| is_index(name)).map(|name| folder.join(name)) {
        let io = |error: std::io::Error| Problem::io(&path, &error);
        let old = std::fs::read_to_string(&path).map_err(io)?;
        let page = |address: &str| std::fs::read_to_string(folder.join(address)).ok();
        if let Some(new) = search::script(&old, split, page) {
            std::fs::write(&path, new).map_err(io)?;
        }
    }
    Ok(())
}

fn pages(folder: &Path, src: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let files = walk.filter_map(|entry| Some(entry.ok()?.into_path()));
    let is_rendered = |file: &Path| !file.strip_prefix(folder).is_ok_and(|below| src.join(below).is_file());
    files
        .filter(|file| file.extension().is_some_and(|it| it == "html") && file.is_file() && is_rendered(file))
        .collect()
}

/// A page of this name as it is finished, and its previews.
fn finished(name: &str, html: &str) -> (String, Option<String>) {
    let tokens: Vec<Token<'_>> = tokens(html).collect();
    let mut edits = [
        template::edits(&tokens),
        headings::edits(&tokens),
        code::edits(html, &tokens),
    ]
    .concat();
    // Two edits of one place are a mistake of this program, which the tests of the page find.
    let finished = spliced(html, &mut edits).expect("edits that stand apart");
    (finished, previews::script(name, html, &tokens))
}

#[cfg(test)]
mod tests {
    fn finished(html: &str) -> String {
        super::finished("page.html", html).0
    }

    #[test]
    fn a_page_of_the_book_is_edited_and_no_other() {
        let page = |text: &str| format!("<html><body class=a>{text}<main>b</main></body></html>");
        let finished_page = finished(&page("<div id=\"mdbook-content\">"));
        assert!(finished_page.starts_with("<html><body class=a><a class=\"recto-skip\""), "{finished_page}");
        assert_eq!(finished(&page("<div>")), page("<div>"));
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
