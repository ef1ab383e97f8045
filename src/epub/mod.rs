//! The book as an EPUB 3: its finished pages as XHTML, in one file for e-readers.
//!
//! In: the folder of the finished pages and the chapters in their order. Out: the file. What needs a script is left out;
//! what a script would hide is shown.

mod xhtml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mdbook_core::config::BookConfig;
use rbook::Epub;
use rbook::epub::EpubChapter;
use rbook::epub::manifest::DetachedEpubManifestEntry;
use tera::Context;

use crate::html::css;
use crate::parallel;
use crate::problem::{Failure, Problem};
use crate::site::{address, normal, page_of};
use crate::templates::{EPUB_STYLES, STYLES, text};
use xhtml::{Body, body};

/// A chapter of the book.
pub(crate) struct Chapter<'a> {
    pub(crate) title: &'a str,
    pub(crate) number: Option<&'a str>,
    /// Below the source folder.
    pub(crate) path: &'a Path,
    /// How deep it stands below others.
    pub(crate) depth: usize,
}

impl Chapter<'_> {
    fn name(&self) -> String {
        match self.number {
            Some(number) => format!("{number}. {}", self.title),
            None => self.title.to_owned(),
        }
    }
}

/// Makes the file of a book, whose finished pages are in a folder, and returns its bytes.
///
/// # Errors
/// A page, or a file that it shows, can't be read.
pub(crate) fn epub(config: &BookConfig, chapters: &[Chapter<'_>], pages: &Path) -> Result<Vec<u8>, Failure> {
    let names: Vec<PathBuf> = chapters.iter().map(|chapter| page_of(chapter.path)).collect();
    let language = config.language.as_deref().unwrap_or("en");
    let bodies = parallel::each(&names, |name| {
        let path = pages.join(name);
        let html = std::fs::read_to_string(&path).map_err(|error| Problem::io(&path, &error))?;
        Ok(body(&html, name, &names))
    });
    let bodies: Vec<Body> = bodies.into_iter().collect::<Result<_, Failure>>()?;
    let mut files = styles(pages)?;
    for file in bodies.iter().flat_map(|body| &body.files) {
        add(&mut files, pages, file)?;
    }
    let entries = chapters.iter().zip(&names).zip(&bodies).enumerate();
    let entries = entries.map(|(at, ((chapter, name), body))| {
        let mut context = Context::new();
        context.insert("language", language);
        context.insert("title", &chapter.name());
        context.insert("root", &"../".repeat(name.components().count() - 1));
        context.insert("body", &body.xhtml);
        let entry =
            DetachedEpubManifestEntry::new(format!("chapter-{at}")).content(text("epub.xhtml", &context).into_bytes());
        let entry = body.properties.iter().fold(entry, |entry, property| entry.property(property));
        let chapter_entry = EpubChapter::new(chapter.name())
            .with_manifest_entry(entry)
            .href(address(&name.with_extension("xhtml")));
        (chapter.depth, chapter_entry)
    });
    let title = config.title.as_deref().unwrap_or("A book");
    let files = files.into_iter().map(|(name, bytes)| (address(Path::new(&name)), bytes));
    let mut editor = Epub::builder()
        .identifier(identifier(config))
        .title(title)
        .language(language)
        .generator("recto".to_owned())
        .toc_title(title)
        .chapter(rbook::input::Batch(nested(entries.collect())))
        .resource(rbook::input::Batch(files.map(DetachedEpubManifestEntry::from)));
    for author in &config.authors {
        editor = editor.creator(author.as_str());
    }
    if let Some(description) = &config.description {
        editor = editor.description(description.as_str());
    }
    let epub = editor.build();
    epub.write()
        .target(None)
        .to_vec()
        .map_err(|error| Failure::environment(format!("can't make an EPUB: {error}")))
}

/// Each chapter below the one before it that stands less deep.
fn nested(chapters: Vec<(usize, EpubChapter)>) -> Vec<EpubChapter> {
    let mut open: Vec<(usize, EpubChapter)> = Vec::new();
    let mut whole = Vec::new();
    let close = |open: &mut Vec<(usize, EpubChapter)>, whole: &mut Vec<EpubChapter>| {
        let Some((_, last)) = open.pop() else { return };
        match open.pop() {
            Some((depth, parent)) => open.push((depth, parent.children(last))),
            None => whole.push(last),
        }
    };
    for (depth, chapter) in chapters {
        while open.last().is_some_and(|(its, _)| *its >= depth) {
            close(&mut open, &mut whole);
        }
        open.push((depth, chapter));
    }
    while !open.is_empty() {
        close(&mut open, &mut whole);
    }
    whole
}

/// The same for the same book, however often it is built.
fn identifier(config: &BookConfig) -> String {
    let known = format!("{:?} {:?} {:?}", config.title, config.authors, config.language);
    let hash = blake3::hash(known.as_bytes()).to_hex();
    // Version 8 of RFC 9562: made by the one who uses it.
    format!("urn:uuid:{}-{}-8{}-8{}-{}", &hash[..8], &hash[8..12], &hash[12..15], &hash[15..18], &hash[18..30])
}

/// The style sheet, and the files that it names.
fn styles(pages: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let sheet = [EPUB_STYLES, STYLES].concat();
    let mut files = BTreeMap::new();
    for (file, _) in css::addresses(&sheet) {
        add(&mut files, pages, Path::new(&file))?;
    }
    files.insert("recto.css".to_owned(), sheet.into_bytes());
    Ok(files)
}

/// Adds a file of the finished book, if it is one.
fn add(files: &mut BTreeMap<String, Vec<u8>>, pages: &Path, file: &Path) -> Result<(), Failure> {
    let Some(file) = normal(file).filter(|file| pages.join(file).is_file()) else {
        return Ok(());
    };
    let path = pages.join(&file);
    let bytes = std::fs::read(&path).map_err(|error| Problem::io(&path, &error))?;
    files.insert(file.to_string_lossy().into_owned(), bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_stand_below_those_that_hold_them() {
        let numbers = ["", "1", "1.1", "1.1.1", "1.2", "2", "2.1", ""];
        let chapters = numbers.iter().map(|number| {
            (
                number.matches('.').count(),
                EpubChapter::new(*number).href(format!("{number}.xhtml")).xhtml(*number),
            )
        });
        let epub = Epub::builder().chapter(rbook::input::Batch(nested(chapters.collect()))).build();
        let contents = epub.toc().contents().unwrap();
        let labels: Vec<(usize, String)> =
            contents.flatten().map(|entry| (entry.depth(), entry.label().to_owned())).collect();
        let expected = numbers.iter().map(|number| (number.matches('.').count() + 1, (*number).to_owned()));
        assert_eq!(labels, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_book_has_one_identifier() {
        let mut config = BookConfig::default();
        let first = identifier(&config);
        assert_eq!(first, identifier(&config));
        assert!(
            regex::Regex::new("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$")
                .unwrap()
                .is_match(&first)
        );
        config.title = Some("A".to_owned());
        assert_ne!(first, identifier(&config));
    }
}
