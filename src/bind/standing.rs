//! The bound book that stands already: what it was made of, and its files.
//!
//! A build whose book would be made of the same leaves it alone. Both are known by hashes, of all of their bytes; what is written
//! down about them is sealed as results are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::added::Added;
use super::output::Output;
use super::settings::settings_of;
use crate::audit::{Passed, Right};
use crate::finish::{Printed, shows_contents};
use crate::parallel;
use crate::read::Book;
use crate::report::{Content, LessonEntry, Report};
use crate::run::{Workspace, replace};
use crate::site::{File, PRINT, address, page_of, with_slashes};

/// The files of the record, in the folder of what recto keeps for the book: of what the book was made, and what is known of its pages.
fn file(name: &str, workspace: &Workspace, output: &Output) -> PathBuf {
    workspace.folder().join(if output.is_served { format!("{name}-served") } else { name.to_owned() })
}

const BOUND: &str = "bound";
const RIGHT: &str = "right";

/// What mdBook runs by itself.
const PREPROCESSORS: [&str; 3] = ["recto", "links", "index"];

/// What is written down of a bound book.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    made_of: Made,
    /// The names of the files that were made of the finished pages.
    made: Vec<String>,
    /// What the chapters have on the page of all.
    printed: Printed,
    /// Each file below the folder, with its hash.
    files: Vec<(PathBuf, String)>,
}

/// Of what a book was made, as hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    /// What all pages have in common.
    pub(crate) common: String,
    /// What the page of each chapter has alone, by the chapter's path.
    pages: BTreeMap<PathBuf, String>,
    /// What is beside the pages, by name.
    extras: BTreeMap<String, String>,
}

/// What of the book that stands a build would make again.
#[derive(Debug)]
pub(crate) enum Standing {
    /// Nothing. These files were made of the finished pages.
    All(Vec<String>),
    /// The pages of some chapters, and what is made of all pages.
    Without(Rest),
}

/// What stays of the book that stands.
#[derive(Debug)]
pub(crate) struct Rest {
    /// The paths of the chapters whose pages do not.
    pub(crate) changed: Vec<PathBuf>,
    /// What the chapters have on the page of all.
    pub(crate) printed: Printed,
    /// The files of its folder that stay, with their hashes.
    pub(crate) files: Vec<(PathBuf, String)>,
    /// What an audit found right of them.
    pub(crate) passed: Passed,
    /// The names of those that are beside the pages.
    pub(crate) extras: BTreeSet<String>,
}

/// All that a book is bound of.
#[derive(Clone, Copy)]
pub(crate) struct Ingredients<'a> {
    pub(crate) book: &'a Book,
    pub(crate) workspace: &'a Workspace,
    pub(crate) output: &'a Output,
    /// The markdown of each chapter.
    pub(crate) woven: &'a BTreeMap<PathBuf, String>,
    pub(crate) added: &'a [&'a Added],
    /// What is put beside the pages.
    pub(crate) extras: &'a [File],
    pub(crate) report: &'a Report,
    /// The chapter about what was checked, where there is something.
    pub(crate) about: Option<&'a Path>,
    /// Whether it may be wrong.
    pub(crate) draft: bool,
}

impl Ingredients<'_> {
    /// Their hashes, with what else is made of the pages. None where something takes part that recto does not know.
    pub(crate) fn made(&self, epub: bool) -> Option<Made> {
        // mdBook looks for files there.
        if self.woven.values().any(|text| text.contains("{{#")) {
            return None;
        }
        let contents: HashMap<&str, &Content> = self.report.contents.iter().map(|it| (it.page.as_str(), it)).collect();
        let lessons: HashMap<&str, &LessonEntry> =
            self.report.lessons.iter().map(|it| (it.page.as_str(), it)).collect();
        let added = self.added.iter().map(|it| (&it.path, &it.text));
        let texts: Vec<(&PathBuf, &String)> = self.woven.iter().chain(added).collect();
        let pages = parallel::each(&texts, |(path, text)| {
            let page = address(&page_of(path));
            let hash = self.page(text, contents.get(page.as_str()).copied(), lessons.get(page.as_str()).copied())?;
            Some(((*path).clone(), hash))
        });
        Some(Made {
            common: self.common(epub)?,
            pages: pages.into_iter().collect::<Option<_>>()?,
            extras: self.extras.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect(),
        })
    }

    /// The hash of what all pages have in common, with all that is not in memory.
    pub(crate) fn common(&self, epub: bool) -> Option<String> {
        let mut common = Mixed::default();
        common.text(&format!("{} {epub} {}", program()?, self.draft));
        self.files(&mut common)?;
        for Added { title, path, .. } in self.added.iter().copied() {
            common.texts([title, path.to_str()?]);
        }
        // Each page leads to it.
        common.text(self.about.map_or(Some(""), Path::to_str)?);
        Some(common.hash())
    }

    /// The hash of what the page of a chapter has alone, and of what it is compared with.
    fn page(&self, text: &str, content: Option<&Content>, lesson: Option<&LessonEntry>) -> Option<String> {
        let mut mixed = Mixed::default();
        mixed.texts([
            text,
            lesson.and_then(|lesson| lesson.programs.first()).map_or("", |it| it.as_str()),
        ]);
        if let Some(Content { page, scope, math, markdown, parts }) = content {
            mixed.texts([page, markdown, &format!("{scope:?} {math}")]);
            parts.iter().for_each(|part| mixed.texts([&format!("{:?}", part.kind), &part.text]));
        }
        if shows_contents(text) {
            mixed.text(&format!("{} {}", self.report.verified, serde_json::to_string(&self.report.totals).ok()?));
        }
        Some(mixed.hash())
    }

    /// Settings, and files that mdBook reads or copies.
    fn files(&self, mixed: &mut Mixed) -> Option<()> {
        let root = self.workspace.root();
        let mut config = settings_of(self.book).ok()?;
        config.update_from_env().ok()?;
        let preprocessors = config.preprocessors::<toml::Value>().ok()?;
        let renderers = config.outputs::<toml::Value>().ok()?;
        let is_known = preprocessors.keys().all(|name| PREPROCESSORS.contains(&name.as_str()))
            && (self.output.is_served || renderers.keys().all(|name| name == "html"));
        let src = std::fs::canonicalize(root.join(&self.book.settings.src)).ok()?;
        if !is_known || self.output.is_made_within(&src, self.workspace).ok()? {
            return None;
        }
        mixed.text(&toml::to_string(&config).ok()?);
        let html = config.html_config().unwrap_or_default();
        // mdBook reads this one by itself, also where it is a chapter.
        let lost = html.input_404.clone().unwrap_or_else(|| "404.md".to_owned());
        mixed.folder(&src, |below| self.woven.contains_key(below) && below != Path::new(&lost))?;
        let theme = html.theme_dir(root);
        mixed.text(if theme.is_dir() { "theme" } else { "" });
        if theme.is_dir() {
            mixed.folder(&theme, |_| false)?;
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
#[derive(Default)]
struct Mixed(blake3::Hasher);

impl Mixed {
    fn hash(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&bytes.len().to_le_bytes()).update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn texts<const N: usize>(&mut self, texts: [&str; N]) {
        texts.iter().for_each(|text| self.text(text));
    }

    /// All that is in a folder, but what is left out.
    fn folder(&mut self, folder: &Path, is_left_out: impl Fn(&Path) -> bool) -> Option<()> {
        for (path, hash) in hashes(folder, None)?.into_iter().filter(|(path, _)| !is_left_out(path)) {
            self.texts([path.to_str()?, &hash]);
        }
        Some(())
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The hash of a file, which is not held in memory.
fn hash_of(file: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(file).ok()?).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

/// The files of a folder, at any depth and in order. None where one can't be read; in a bound book, where one is a link, since what that
/// leads to may change by itself.
fn files_in(folder: &Path, is_bound: bool) -> Option<Vec<PathBuf>> {
    let mut walk = ignore::WalkBuilder::new(folder);
    let entries = walk.standard_filters(false).follow_links(true).sort_by_file_path(Path::cmp).build();
    let entries: Vec<_> = entries.collect::<Result<_, _>>().ok()?;
    if is_bound && entries.iter().any(|entry| entry.depth() > 0 && entry.path_is_symlink()) {
        return None;
    }
    let files = entries.into_iter().filter(|entry| entry.file_type().is_none_or(|it| !it.is_dir()));
    Some(files.map(ignore::DirEntry::into_path).collect())
}

/// The files of a folder, each below it and with its hash. `known` are those of a bound book's folder, as far
/// as they are. None where one is no file, too.
fn hashes(folder: &Path, known: Option<&HashMap<PathBuf, String>>) -> Option<Vec<(PathBuf, String)>> {
    let files = files_in(folder, known.is_some())?;
    let hashed = parallel::each(&files, |file| {
        let below = file.strip_prefix(folder).ok()?.to_path_buf();
        let hash = match known.and_then(|known| known.get(&below)) {
            Some(hash) => hash.clone(),
            None => file.is_file().then(|| hash_of(file)).flatten()?,
        };
        Some((below, hash))
    });
    hashed.into_iter().collect()
}

/// What is in the output folder when a build begins. It is hashed while the lessons run.
#[derive(Debug, Default)]
pub(crate) struct Before {
    stamps: Option<Vec<(PathBuf, Stamp)>>,
    hashes: Option<Vec<(PathBuf, String)>>,
}

impl Before {
    pub(crate) fn of(output: &Output) -> Before {
        let began = SystemTime::now();
        let stamps = stamps(output.folder()).filter(|all| all.iter().all(|(_, stamp)| stamp.tells_since(began)));
        let hashes = stamps.as_ref().and_then(|_| hashes(output.folder(), Some(&HashMap::new())));
        Before { stamps, hashes }
    }

    /// The hashes of what is there now.
    fn now(self, output: &Output) -> Option<Vec<(PathBuf, String)>> {
        if self.stamps.is_some() && stamps(output.folder()) == self.stamps {
            self.hashes
        } else {
            hashes(output.folder(), Some(&HashMap::new()))
        }
    }
}

/// What shows that a file was changed.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    file: u64,
    length: u64,
    /// When it was last changed in any way: a time that no program sets.
    changed: SystemTime,
}

impl Stamp {
    #[cfg(unix)]
    fn of(file: &Path) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt;
        let metadata = file.metadata().ok()?;
        let changed = Duration::new(metadata.ctime().try_into().ok()?, metadata.ctime_nsec().try_into().ok()?);
        Some(Stamp {
            file: metadata.ino(),
            length: metadata.len(),
            changed: SystemTime::UNIX_EPOCH + changed,
        })
    }

    /// There is no such time.
    #[cfg(not(unix))]
    fn of(_: &Path) -> Option<Stamp> {
        None
    }

    /// Whether a change after a time would show: the clock of files goes in steps.
    fn tells_since(&self, time: SystemTime) -> bool {
        const STEP: Duration = Duration::from_millis(100);
        self.changed + STEP < time
    }
}

/// The stamps of the files of a bound book.
fn stamps(folder: &Path) -> Option<Vec<(PathBuf, Stamp)>> {
    let files = files_in(folder, true)?.into_iter();
    files.map(|file| Stamp::of(&file).map(|stamp| (file, stamp))).collect()
}

/// What of the book in the output folder stays, if it is as it was when it was made, and has the same chapters.
pub(crate) fn standing(made_of: &Made, seen: Before, workspace: &Workspace, output: &Output) -> Option<Standing> {
    let record: Record = kept(BOUND, workspace, output)?;
    let before = record.made_of;
    let has_same = before.common == made_of.common && before.pages.keys().eq(made_of.pages.keys());
    if !has_same || seen.now(output)? != record.files {
        return None;
    }
    if before == *made_of {
        return Some(Standing::All(record.made));
    }
    // A theme without `<main>` has the page of all as mdBook makes it.
    let is_mdbooks = record.printed.is_empty() && record.files.iter().any(|(file, _)| file == Path::new(PRINT));
    if is_mdbooks {
        return None;
    }
    let changed = made_of.pages.iter().filter(|(path, hash)| before.pages.get(*path) != Some(*hash));
    let changed: Vec<PathBuf> = changed.map(|(path, _)| path.clone()).collect();
    let extras = before.extras.iter().filter(|(name, hash)| made_of.extras.get(*name) == Some(*hash));
    let extras: BTreeSet<String> = extras.map(|(name, _)| name.clone()).collect();
    let is_made_again = |file: &Path| {
        let name = with_slashes(file);
        before.extras.contains_key(&name) && !extras.contains(&name) || record.made.contains(&name)
    };
    let files: Vec<(PathBuf, String)> = record.files.into_iter().filter(|(file, _)| !is_made_again(file)).collect();
    let mut right: BTreeMap<String, (String, Right)> = kept(RIGHT, workspace, output).unwrap_or_default();
    let passed = files.iter().filter_map(|(file, hash)| {
        let name = address(file);
        let (its, right) = right.remove(&name)?;
        (its == *hash).then_some((name, right))
    });
    Some(Standing::Without(Rest {
        passed: passed.collect(),
        files,
        extras,
        printed: record.printed,
        changed,
    }))
}

/// What a build leaves for the next one.
pub(crate) struct Left {
    /// The names of the files that were made of the finished pages.
    pub(crate) made: Vec<String>,
    /// What the chapters have on the page of all.
    pub(crate) printed: Printed,
    /// What the audit found right.
    pub(crate) passed: Passed,
    /// The hashes of the files that were linked from the book before.
    pub(crate) known: HashMap<PathBuf, String>,
}

/// Writes down of what the book in the output folder was made. A record that can't be written costs time, not correctness.
pub(crate) fn record(made_of: Made, left: Left, workspace: &Workspace, output: &Output) {
    let Left { made, printed, passed, mut known } = left;
    known.extend(made_of.extras.iter().map(|(name, hash)| (PathBuf::from(name), hash.clone())));
    let Some(files) = hashes(output.folder(), Some(&known)) else {
        return;
    };
    let mut by_name: HashMap<String, &str> = files.iter().map(|(file, hash)| (address(file), hash.as_str())).collect();
    // What is known of a page holds for its bytes alone.
    let right = passed.into_iter().filter_map(|(name, right)| {
        let hash = by_name.remove(&name)?.to_owned();
        Some((name, (hash, right)))
    });
    let right: BTreeMap<String, (String, Right)> = right.collect();
    keep(RIGHT, &right, workspace, output);
    keep(BOUND, &Record { made_of, made, printed, files }, workspace, output);
}

fn kept<T: DeserializeOwned>(name: &str, workspace: &Workspace, output: &Output) -> Option<T> {
    let text = std::fs::read_to_string(file(name, workspace, output)).ok()?;
    serde_json::from_str(workspace.seal().opened(&blake3::hash(name.as_bytes()), &text)?).ok()
}

fn keep<T: Serialize>(name: &str, value: &T, workspace: &Workspace, output: &Output) {
    let json = serde_json::to_string(value).ok();
    if let Some(sealed) = json.and_then(|json| workspace.seal().sealed(&blake3::hash(name.as_bytes()), &json)) {
        let _ = replace(&file(name, workspace, output), sealed.as_bytes());
    }
}
