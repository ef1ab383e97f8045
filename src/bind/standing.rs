//! The bound book that stands already: what it was made of, and its files.
//!
//! A build whose book would be made of the same leaves it alone. Both are known by hashes, of all of their bytes; what is written
//! down about them is sealed as results are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mdbook_core::config::Config;
use serde::{Deserialize, Serialize};

use super::added::Added;
use super::output::Output;
use crate::parallel;
use crate::read::Book;
use crate::report::Report;
use crate::run::{Workspace, replace};
use crate::site::File;

/// The file of the record, in the folder of what recto keeps for the book.
const FILE: &str = "bound";
/// What mdBook runs by itself.
const PREPROCESSORS: [&str; 3] = ["recto", "links", "index"];

/// What is written down of a bound book.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// The names of the files that were made of the finished pages.
    made: Vec<String>,
    /// Each file below the folder, with its hash.
    files: Vec<(PathBuf, String)>,
}

/// All that a book is bound of.
#[derive(Clone, Copy)]
pub(crate) struct Ingredients<'a> {
    pub(crate) book: &'a Book,
    pub(crate) workspace: &'a Workspace,
    pub(crate) output: &'a Output,
    /// The markdown of each chapter.
    pub(crate) woven: &'a BTreeMap<PathBuf, String>,
    pub(crate) added: &'a [Added],
    /// What is put beside the pages.
    pub(crate) extras: &'a [File],
    pub(crate) report: &'a Report,
    /// Whether it may be wrong.
    pub(crate) draft: bool,
}

impl Ingredients<'_> {
    /// Their hash, with what else is made of the pages. None where something takes part that recto does not know.
    pub(crate) fn hash(&self, epub: bool) -> Option<blake3::Hash> {
        let mut mixed = Mixed(blake3::Hasher::new());
        mixed.text(&format!("{} {epub} {}", program()?, self.draft));
        self.files(&mut mixed)?;
        for (path, text) in self.woven {
            // mdBook looks for files there.
            if text.contains("{{#") {
                return None;
            }
            mixed.texts([path.to_str()?, text]);
        }
        for chapter in self.added {
            mixed.texts([&chapter.title, chapter.path.to_str()?, &chapter.text]);
        }
        for (name, bytes) in self.extras {
            mixed.text(name);
            mixed.bytes(bytes);
        }
        for content in &self.report.contents {
            mixed.texts([
                &content.page,
                &content.markdown,
                &format!("{:?} {}", content.scope, content.math),
            ]);
            content.parts.iter().for_each(|part| mixed.texts([&format!("{:?}", part.kind), part.text.as_str()]));
        }
        mixed.bytes(&serde_json::to_vec(self.report).ok()?);
        Some(mixed.0.finalize())
    }

    /// Settings, and files that mdBook reads or copies.
    fn files(&self, mixed: &mut Mixed) -> Option<()> {
        let root = self.workspace.root();
        let mut config = Config::from_disk(root.join("book.toml")).ok()?;
        config.update_from_env().ok()?;
        let preprocessors = config.preprocessors::<toml::Value>().ok()?;
        let renderers = config.outputs::<toml::Value>().ok()?;
        let is_known = preprocessors.keys().all(|name| PREPROCESSORS.contains(&name.as_str()))
            && renderers.keys().all(|name| name == "html");
        let src = std::fs::canonicalize(root.join(&self.book.settings.src)).ok()?;
        if !is_known || self.output.is_made_within(&src, self.workspace).ok()? {
            return None;
        }
        mixed.text(&toml::to_string(&config).ok()?);
        mixed.folder(&src)?;
        let html = config.html_config().unwrap_or_default();
        let theme = html.theme_dir(root);
        mixed.text(if theme.is_dir() { "theme" } else { "" });
        if theme.is_dir() {
            mixed.folder(&theme)?;
        }
        for file in html.additional_css.iter().chain(&html.additional_js) {
            mixed.bytes(&std::fs::read(root.join(file)).ok()?);
        }
        Some(())
    }
}

/// The program that binds: another may bind otherwise.
fn program() -> Option<String> {
    let metadata = std::env::current_exe().ok()?.metadata().ok()?;
    let file = format!("{} {:?}", metadata.len(), metadata.modified().ok()?);
    #[cfg(unix)]
    let file = {
        use std::os::unix::fs::MetadataExt;
        format!("{file} {} {} {}", metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
    };
    Some(format!("{} {file}", env!("CARGO_PKG_VERSION")))
}

/// What was hashed so far, each text told from the next.
struct Mixed(blake3::Hasher);

impl Mixed {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&bytes.len().to_le_bytes()).update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn texts<const N: usize>(&mut self, texts: [&str; N]) {
        texts.iter().for_each(|text| self.text(text));
    }

    /// All that is in a folder.
    fn folder(&mut self, folder: &Path) -> Option<()> {
        for (path, hash) in hashes(folder)? {
            self.texts([path.to_str()?, &hash]);
        }
        Some(())
    }
}

/// The files of a folder, at any depth and in order, each below it and with its hash. None where one can't be read, or
/// is neither a file nor a folder.
fn hashes(folder: &Path) -> Option<Vec<(PathBuf, String)>> {
    let mut walk = ignore::WalkBuilder::new(folder);
    let entries = walk.standard_filters(false).follow_links(true).sort_by_file_path(Path::cmp).build();
    let entries: Vec<_> = entries.collect::<Result<_, _>>().ok()?;
    let files = entries.into_iter().filter(|entry| entry.file_type().is_none_or(|it| !it.is_dir()));
    let files: Vec<PathBuf> = files.map(ignore::DirEntry::into_path).collect();
    let hashed = parallel::each(&files, |file| {
        let bytes = file.is_file().then(|| std::fs::read(file).ok()).flatten()?;
        let below = file.strip_prefix(folder).ok()?.to_path_buf();
        Some((below, blake3::hash(&bytes).to_hex().to_string()))
    });
    hashed.into_iter().collect()
}

/// The names of the files that were made of the pages of the book in the output folder, if it was made of these ingredients
/// and is as it was then.
pub(crate) fn standing(made_of: &blake3::Hash, workspace: &Workspace, output: &Output) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(workspace.folder().join(FILE)).ok()?;
    let record: Record = serde_json::from_str(workspace.seal().opened(made_of, &text)?).ok()?;
    (hashes(output.folder())? == record.files).then_some(record.made)
}

/// Writes down of what the book in the output folder was made. A record that can't be written costs time, not correctness.
pub(crate) fn record(made_of: &blake3::Hash, made: Vec<String>, workspace: &Workspace, output: &Output) {
    let record = hashes(output.folder()).map(|files| Record { made, files });
    let json = record.and_then(|record| serde_json::to_string(&record).ok());
    if let Some(sealed) = json.and_then(|json| workspace.seal().sealed(made_of, &json)) {
        let _ = replace(&workspace.folder().join(FILE), sealed.as_bytes());
    }
}
