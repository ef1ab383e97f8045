//! mdBook, with the book that it is to make pages of, and the folder that these become.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mdbook_core::book::BookItem;
use mdbook_core::config::{BookConfig, Config, HtmlConfig, SearchChapterSettings};
use mdbook_driver::MDBook;

use super::added::Added;
use super::output::Output;
use super::settings::settings_of;
use super::standing::Ingredients;
use crate::audit::Passed;
use crate::finish::Kept;
use crate::problem::{Failure, Kind, Problem};
use crate::read::{Book, Scope};
use crate::scratch::{self, Scratch};
use crate::site::{absolute, normal, page_of, with_slashes};

/// What says where they are. It takes the place of mdBook's own, whose faces are not fetched.
const FACES: (&str, &str) = ("fonts/fonts.css", include_str!("../../templates/fonts/faces.css"));
/// How the names of folders begin that a build makes among what recto keeps for the book.
const THEME: &str = "theme-";
pub(super) const FILES: &str = "files-";
/// mdBook's settings of what is searched.
pub(super) const SEARCHED: &str = "output.html.search.chapter";
/// What goes into the head of each page.
const HEAD: &str = include_str!("../../templates/head.hbs");

/// A book that is bound and not yet in its place.
#[derive(Debug)]
pub(crate) struct Bound {
    staging: Scratch,
    /// The folder of the pages.
    pub(crate) pages: PathBuf,
    /// What `book.toml` says of the book itself.
    pub(crate) config: BookConfig,
    /// How mdBook was asked to make them.
    pub(crate) html: HtmlConfig,
    /// Those of the chapters, in the order of the book.
    pub(crate) chapters: Vec<String>,
    /// Those of them that are searched.
    pub(crate) searched: Vec<String>,
    /// What of them is finished already.
    pub(crate) kept: Option<Kept>,
    /// What of the files was found right when they were first made.
    pub(crate) passed: Passed,
    /// The files that are linked from the book that stands, with their hashes.
    pub(crate) linked: HashMap<PathBuf, String>,
}

impl Bound {
    /// How many of the chapters mdBook rendered for it.
    pub(crate) fn rendered(&self) -> usize {
        let is_kept = |page: &&String| self.kept.as_ref().is_some_and(|kept| kept.holds(Path::new(page)));
        self.chapters.iter().filter(|page| !is_kept(page)).count()
    }

    /// Puts the book in the place of the last one.
    ///
    /// # Errors
    /// A folder can't be moved.
    pub(crate) fn publish(self, output: &Output) -> Result<(), Failure> {
        exchange(self.staging, output.folder()).map_err(|error| Problem::io(output.folder(), &error))
    }
}

/// The folder in which a build makes the book.
pub(super) fn staging(output: &Output) -> Result<Scratch, Failure> {
    let finished = output.folder();
    let staging = Scratch::new(&output.staging(), parent_of(finished)?);
    staging.map_err(|error| Problem::io(finished, &error))
}

/// Puts files beside the pages.
pub(super) fn put_beside<'a>(pages: &Path, files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<(), Failure> {
    for (name, bytes) in files {
        let path = pages.join(name);
        // It may have another name in the book that stands.
        let _ = std::fs::remove_file(&path);
        let written =
            std::fs::create_dir_all(path.parent().unwrap_or(pages)).and_then(|()| std::fs::write(&path, bytes));
        written.map_err(|error| Problem::io(&path, &error))?;
    }
    Ok(())
}

/// mdBook with the whole book and its settings, before it makes pages of it.
pub(super) struct Press {
    pub(super) mdbook: MDBook,
    /// One of its own for each build: another build of the book may go on at the same time.
    _theme: Scratch,
    /// The pages of the chapters, in the order of the book.
    pub(super) chapters: Vec<String>,
    searched: Vec<String>,
}

impl Press {
    /// `into` is the folder in which mdBook makes the pages.
    pub(super) fn new(ingredients: &Ingredients<'_>, into: &Path) -> Result<Press, Failure> {
        let Ingredients {
            book, workspace, output, woven, added, ..
        } = *ingredients;
        let root = absolute(&book.root).map_err(|error| Problem::io(&book.root, &error))?;
        let folder = workspace.folder();
        [THEME, FILES].iter().for_each(|prefix| drop(scratch::sweep(prefix, folder)));
        let theme = Scratch::new(THEME, folder).map_err(|error| Problem::io(folder, &error))?;
        let config = config(book, &root, (into, theme.path()), output.is_served)?;
        let mut mdbook = MDBook::load_with_config(&root, config)?;
        put_in(&mut mdbook.book, woven)?;
        mdbook.book.items.extend(Added::items(added.iter().copied()));
        let chapters = mdbook.book.chapters().filter_map(|chapter| Some(name_of(chapter.path.as_ref()?)));
        Ok(Press {
            chapters: chapters.collect(),
            searched: searched(&mdbook, added)?,
            mdbook,
            _theme: theme,
        })
    }

    /// Has mdBook make the pages. It makes no index of them: recto makes its own.
    pub(super) fn print(&mut self) -> Result<(), mdbook_core::errors::Error> {
        let mut left_out = SearchChapterSettings::default();
        left_out.enable = Some(false);
        // mdBook looks whether the author's own are of chapters.
        let mut settings: BTreeMap<PathBuf, SearchChapterSettings> =
            self.mdbook.config.get(SEARCHED)?.unwrap_or_default();
        settings.extend(searchable(&self.mdbook).into_iter().map(|chapter| (chapter, left_out.clone())));
        self.mdbook.config.set(SEARCHED, settings)?;
        self.mdbook.build()
    }

    pub(super) fn bound(self, staging: Scratch, pages: PathBuf, kept: Option<Kept>) -> Bound {
        let config = self.mdbook.config;
        Bound {
            staging,
            pages,
            html: config.html_config().unwrap_or_default(),
            config: config.book,
            chapters: self.chapters,
            searched: self.searched,
            kept,
            passed: Passed::new(),
            linked: HashMap::new(),
        }
    }
}

/// Gives the chapters their woven text.
///
/// # Errors
/// One has none: a page that recto has not seen must not stand among those that it checked.
fn put_in(book: &mut mdbook_core::book::Book, woven: &BTreeMap<PathBuf, String>) -> Result<(), Failure> {
    let mut unwoven: Option<PathBuf> = None;
    book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(path) = chapter.source_path.as_deref().and_then(normal)
        {
            match woven.get(&path) {
                Some(text) => chapter.content.clone_from(text),
                None => unwoven = Some(path.clone()),
            }
            chapter.path = Some(path);
        }
    });
    unwoven.map_or(Ok(()), |path| {
        let message = format!("SUMMARY.md lists `{}`, and did not when the build began", path.display());
        Err(Problem::error(Kind::Chapter, message).help("build the book again").in_book())
    })
}

/// The pages that are searched, in the order of the book.
fn searched(mdbook: &MDBook, added: &[&Added]) -> Result<Vec<String>, mdbook_core::errors::Error> {
    let settings: BTreeMap<PathBuf, SearchChapterSettings> = mdbook.config.get(SEARCHED)?.unwrap_or_default();
    let left_out: HashSet<&Path> = added.iter().filter(|it| !it.searched).map(|it| it.path.as_path()).collect();
    let chapters = searchable(mdbook);
    let is_searched = |path: &&PathBuf| {
        // Longer ones come first, and the first one that says something counts.
        let mut said = settings
            .iter()
            .rev()
            .filter(|(folder, _)| path.starts_with(folder))
            .filter_map(|(_, its)| its.enable);
        said.next().unwrap_or(true) && !left_out.contains(path.as_path())
    };
    Ok(chapters.iter().filter(is_searched).map(|path| name_of(path)).collect())
}

/// What mdBook's search calls its chapters.
fn searchable(mdbook: &MDBook) -> Vec<PathBuf> {
    let chapters = mdbook.book.chapters().filter_map(|chapter| chapter.source_path.as_ref().or(chapter.path.as_ref()));
    chapters.cloned().collect()
}

/// The name of a chapter's page, below the folder of the pages.
pub(super) fn name_of(path: &Path) -> String {
    with_slashes(&page_of(path))
}

fn parent_of(folder: &Path) -> Result<&Path, Failure> {
    let parent = folder.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(|error| Problem::io(parent, &error))?;
    Ok(parent)
}

/// mdBook's configuration for this build: the staging folder, the theme with recto's head, no
/// `recto` among the preprocessors since it has run already, no playground, which needs a network, but where blocks stand alone.
fn config(book: &Book, root: &Path, (staging, theme): (&Path, &Path), is_served: bool) -> Result<Config, Failure> {
    let mut config = settings_of(book)?;
    config.update_from_env()?;
    write_theme(&config.html_config().unwrap_or_default().theme_dir(root), theme)?;
    let mut preprocessors: BTreeMap<String, toml::Value> = config.preprocessors()?;
    preprocessors.remove("recto");
    if book.settings.math {
        // recto sets the formulas; the renderer is what older versions of the preprocessor asked for.
        preprocessors.remove("katex");
        let mut outputs: BTreeMap<String, toml::Value> = config.outputs()?;
        if outputs.remove("katex").is_some() {
            outputs.entry("html".to_owned()).or_insert_with(|| toml::Table::new().into());
            config.set("output", outputs)?;
        }
    }
    config.set("preprocessor", preprocessors)?;
    config.build.build_dir = staging.to_path_buf();
    // mdBook would write chapters that are missing among the author's.
    config.build.create_missing = false;
    config.set("output.html.theme", theme)?;
    if is_served {
        // Other renderers make nothing that a browser shows.
        let html = config.get("output.html")?.unwrap_or_else(|| toml::Value::Table(toml::Table::new()));
        config.set("output", BTreeMap::from([("html", html)]))?;
        // The page of what is not found names its files from there.
        config.set("output.html.site-url", "/")?;
    }
    let shares = book.settings.scope == Scope::Lesson;
    if shares && !config.contains_key("output.html.playground.runnable") {
        config.set("output.html.playground.runnable", false)?;
    }
    Ok(config)
}

/// The same faces for pages that come over a network: a page is set in those that are there when it is laid out, and nothing moves
/// when another one comes.
pub(super) fn early(faces: &str) -> String {
    let named = ["Recto Text", "Recto Math", "Source Code Pro"].into_iter().fold(faces.to_owned(), |css, family| {
        css.replace(&format!("font-family: \"{family}\""), &format!("font-family: \"{family} Early\""))
    });
    named.replace("font-display: swap", "font-display: optional")
}

/// The book's own theme with recto's lines added to its `head.hbs`, and recto's faces where it has none, in an empty folder.
fn write_theme(own: &Path, theme: &Path) -> Result<(), Failure> {
    if own.is_dir() {
        let walk = &mut ignore::WalkBuilder::new(own);
        copy_files(walk, own, theme, |_| true).map_err(|error| Problem::io(own, &error))?;
    }
    let faces = theme.join(FACES.0);
    if !faces.exists() {
        let folder = std::fs::create_dir_all(faces.parent().unwrap_or(theme));
        let all = FACES.1.to_owned() + &early(FACES.1);
        folder.and_then(|()| std::fs::write(&faces, all)).map_err(|error| Problem::io(&faces, &error))?;
    }
    let head = theme.join("head.hbs");
    let text = std::fs::read_to_string(&head).unwrap_or_default();
    std::fs::write(&head, text + HEAD).map_err(|error| Problem::io(&head, &error))
}

/// Copies the files that a walk through a folder finds, hidden ones too; a link that leads nowhere is left out.
pub(super) fn copy_files(
    walk: &mut ignore::WalkBuilder,
    from: &Path,
    to: &Path,
    is_wanted: impl Fn(&Path) -> bool,
) -> std::io::Result<()> {
    let is_dangling = |error: &ignore::Error| error.io_error().is_some_and(|it| it.kind() == ErrorKind::NotFound);
    let files = walk.standard_filters(false).follow_links(true).build();
    for file in files.filter(|file| !file.as_ref().is_err_and(is_dangling)) {
        let file = file.map_err(std::io::Error::other)?.into_path();
        if file.is_file() && is_wanted(&file) {
            let copy = to.join(file.strip_prefix(from).unwrap_or(&file));
            std::fs::create_dir_all(copy.parent().unwrap_or(to))?;
            std::fs::copy(&file, copy)?;
        }
    }
    Ok(())
}

/// Puts the new book in the place of the old one, in one step where the system has such a step.
fn exchange(staging: Scratch, finished: &Path) -> std::io::Result<()> {
    readable(staging.path())?;
    // Another build may put its book there at this moment: then there is one to exchange.
    if !finished.exists() && std::fs::rename(staging.path(), finished).is_ok() {
        let _ = staging.keep();
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, staging.path(), CWD, finished, RenameFlags::EXCHANGE).is_ok() {
            drop(staging); // which holds the old book now
            return Ok(());
        }
    }
    let old = staging.path().with_extension("old");
    std::fs::rename(finished, &old)?;
    std::fs::rename(staging.keep(), finished)?;
    std::fs::remove_dir_all(old)
}

/// Gives the folder the rights of an ordinary one; temporary folders are closed to others.
fn readable(_folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(_folder, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

impl From<mdbook_core::errors::Error> for Failure {
    fn from(error: mdbook_core::errors::Error) -> Failure {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        let problem =
            Problem::error(Kind::Environment, format!("mdBook: {}", causes.first().map_or("", String::as_str)));
        let problem = causes.iter().find_map(|cause| advice(cause)).into_iter().fold(problem, Problem::help);
        causes.into_iter().skip(1).fold(problem, Problem::note).in_environment()
    }
}

/// What helps where mdBook comes to no end for this reason.
fn advice(cause: &str) -> Option<String> {
    let named = |before: &str| cause.strip_prefix(before)?.strip_suffix('`');
    let (table, name) = match (named("Unable to run the preprocessor `"), named("Unable to run the backend `")) {
        (Some(name), _) => ("preprocessor", name),
        (_, Some(name)) => ("output", name),
        _ if cause.contains("Font Awesome icon") => {
            return Some(
                "in mdBook 0.5 icons have other names, as `git-repository-icon = \"fab-github\"` in book.toml"
                    .to_owned(),
            );
        }
        _ if cause.contains("Helper not found") => {
            return Some(
                "the `index.hbs` of the book's theme is one of another version of mdBook: take it away, or make it anew by `mdbook \
                 init --theme`"
                    .to_owned(),
            );
        }
        _ => return None,
    };
    Some(format!(
        "install what `[{table}.{name}]` in book.toml runs, `mdbook-{name}` where it names no `command`, or take the table out; `recto \
         test` checks the lessons without it"
    ))
}
