//! The pages of the chapters that changed, made again beside those of the book that stands.
//!
//! mdBook renders a book of these chapters alone, each between the two that stand around it, to which its page leads. All that is
//! made of several pages is made anew of the finished ones.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use mdbook_core::book::{Book, BookItem, Chapter};

use super::press::{Bound, Press, SEARCHED, name_of, put_beside, staging};
use super::standing::{Ingredients, Rest};
use crate::finish::{Kept, previews};
use crate::parallel;
use crate::problem::{Failure, Problem};
use crate::scratch::{self, Scratch};
use crate::site::{INDEX, PRINT, address, with_slashes};

/// How the names of folders begin in which mdBook makes the pages.
const PAGES: &str = "pages-";

/// Binds a book of what stays of the one that stands, of the chapters that changed, and of the one about all of them.
///
/// # Errors
/// mdBook fails, or a file can't be read or written.
pub(crate) fn bind_again(ingredients: &Ingredients<'_>, rest: Rest) -> Result<Bound, Failure> {
    let Ingredients { workspace, output, extras, about, .. } = *ingredients;
    let staging = staging(output)?;
    let pages = staging.path().to_path_buf();
    let folder = workspace.folder();
    drop(scratch::sweep(PAGES, folder));
    let made = Scratch::new(PAGES, folder).map_err(|error| Problem::io(folder, &error))?;
    let mut press = Press::new(ingredients, made.path())?;
    let mut changed: HashSet<String> = rest.changed.iter().map(PathBuf::as_path).chain(about).map(name_of).collect();
    press.mdbook.book = around(&press.mdbook.book, &changed);
    // The settings were looked at when the whole book was bound.
    press.mdbook.config.set(SEARCHED, BTreeMap::<PathBuf, bool>::new())?;
    // A page for what is not there stands already.
    press.mdbook.config.set("output.html.input-404", "")?;
    // The first chapter stands there once more, if it is no other one's place.
    let is_copy = press.chapters.iter().all(|page| page != INDEX);
    if is_copy && press.chapters.first().is_some_and(|first| changed.contains(first)) {
        changed.insert(INDEX.to_owned());
    }
    let is_printed = press.mdbook.config.html_config().unwrap_or_default().print.enable;
    let all = match is_printed.then(|| output.folder().join(PRINT)) {
        Some(page) => std::fs::read_to_string(&page).map_err(|error| Problem::io(&page, &error))?,
        None => String::new(),
    };
    let own: HashSet<&str> = changed.iter().map(String::as_str).chain(is_printed.then_some(PRINT)).collect();
    let previews: HashSet<String> = own.iter().map(|page| previews(page)).collect();
    let Rest {
        files, mut passed, extras: same, printed, ..
    } = rest;
    let stays = |(file, _): &(PathBuf, String)| {
        let name = with_slashes(file);
        !own.contains(name.as_str()) && !previews.contains(&name)
    };
    let files = files.into_iter().filter(stays).collect();
    let (linked, rendered) = parallel::both(|| link(files, output.folder(), &pages), || press.print());
    rendered?;
    let linked = linked?;
    for page in &own {
        put(&made.path().join(page), &pages.join(page), false)?;
    }
    let stay: HashSet<String> = linked.keys().map(|file| address(file)).collect();
    passed.retain(|name, _| stay.contains(name));
    let extras = extras.iter().filter(|(name, _)| !same.contains(name));
    put_beside(&pages, extras.map(|(name, bytes)| (name.as_str(), bytes.as_slice())))?;
    let kept = Kept { changed, all, printed };
    let mut bound = press.bound(staging, pages, Some(kept));
    (bound.passed, bound.linked) = (passed, linked);
    Ok(bound)
}

/// Puts the files of the book that stands into a folder, and returns those that are the same there, with their hashes. What is
/// written once more is a file of its own: the standing one is whole until it is exchanged.
fn link(files: Vec<(PathBuf, String)>, from: &Path, to: &Path) -> Result<HashMap<PathBuf, String>, Failure> {
    let mut linked = HashMap::new();
    for (file, hash) in files {
        let is_index = file.to_string_lossy().starts_with("searchindex");
        put(&from.join(&file), &to.join(&file), !is_index)?;
        if !is_index {
            linked.insert(file, hash);
        }
    }
    Ok(linked)
}

/// The chapters with these pages, each between those around it, which have no text.
fn around(book: &Book, changed: &HashSet<String>) -> Book {
    let all: Vec<&Chapter> = book.chapters().filter(|chapter| chapter.path.is_some()).collect();
    let is_changed = |at: usize| {
        let path = all.get(at).and_then(|chapter| chapter.path.as_ref());
        path.is_some_and(|path| changed.contains(&name_of(path)))
    };
    let near = (0..all.len()).filter(|&at| is_changed(at) || is_changed(at + 1) || at > 0 && is_changed(at - 1));
    let chapters = near.map(|at| {
        let chapter = all[at];
        BookItem::Chapter(Chapter {
            sub_items: Vec::new(),
            content: if is_changed(at) { chapter.content.clone() } else { String::new() },
            ..chapter.clone()
        })
    });
    Book::new_with_items(chapters.collect())
}

/// Puts a file into a folder, if it may as another name of the same.
fn put(from: &Path, to: &Path, may_link: bool) -> Result<(), Failure> {
    let folder = to.parent().unwrap_or(to);
    let put = std::fs::create_dir_all(folder).and_then(|()| match may_link.then(|| std::fs::hard_link(from, to)) {
        Some(Ok(())) => Ok(()),
        _ => std::fs::copy(from, to).map(drop),
    });
    put.map_err(|error| Problem::io(from, &error))
}
