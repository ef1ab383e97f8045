//! The last stage: woven chapters bound into a book by mdBook, and put in place whole.
//!
//! In: a [`Book`](crate::read::Book) and the woven markdown of its chapters. Out: the finished book, in a folder beside the last good one.
//! It is exchanged for that one at the end, so that a build that fails or is interrupted leaves the last one alone.

mod added;
mod again;
mod output;
mod press;
mod settings;
mod standing;

use std::path::{Path, PathBuf};

pub use added::Added;
pub(crate) use again::bind_again;
pub(crate) use output::Output;
pub(crate) use press::Bound;
pub(crate) use settings::{check_settings, settings_of};
pub(crate) use standing::{Before, Ingredients, Left, Standing, record, standing};

use crate::problem::{Failure, Problem};
use crate::run::{CACHE, Workspace};
use crate::scratch::{self, Scratch};
use crate::templates::{DIRECTIONS, MATH_FACES, PAGE, SCRIPTS, STYLES, without_comments, without_remarks};
use press::{FILES, Press, copy_files, early, put_beside, staging};

macro_rules! fonts {
    ($($name:literal),* $(,)?) => {
        [$((concat!("fonts/", $name), include_bytes!(concat!("../../templates/fonts/", $name)).as_slice())),*]
    };
}

/// The faces that the book is set in, and their licences.
const FONTS: [(&str, &[u8]); 14] = fonts![
    "recto-regular.woff2",
    "recto-regular-more.woff2",
    "recto-italic.woff2",
    "recto-italic-more.woff2",
    "recto-bold.woff2",
    "recto-bold-more.woff2",
    "recto-bold-italic.woff2",
    "recto-bold-italic-more.woff2",
    "recto-math.woff2",
    "recto-math-more.woff2",
    "source-code-pro-latin-400-normal.woff2",
    "source-code-pro-greek-400-normal.woff2",
    "GUST-FONT-LICENSE.txt",
    "SOURCE-CODE-PRO-LICENSE.txt",
];
/// recto's styles and behaviour.
const STYLE: &str = "recto.css";
const SCRIPT: &str = "recto.js";

/// One of the faces, by its file.
pub(crate) fn face(name: &str) -> Option<&'static [u8]> {
    FONTS.iter().find(|(font, _)| *font == name).map(|(_, bytes)| *bytes)
}

/// Removes the half-made books that builds left behind which were killed.
pub(crate) fn sweep(output: &Output) -> Vec<PathBuf> {
    output.folder().parent().map(|parent| scratch::sweep(&output.staging(), parent)).unwrap_or_default()
}

/// Binds a book.
///
/// # Errors
/// mdBook fails, or a file can't be written.
pub(crate) fn bind(ingredients: &Ingredients<'_>) -> Result<Bound, Failure> {
    let Ingredients { workspace, output, extras, .. } = *ingredients;
    let staging = staging(output)?;
    let mut press = Press::new(ingredients, staging.path())?;
    let files = own_files(&press.mdbook.source_dir(), output, workspace)?;
    if let Some(files) = &files {
        press.mdbook.config.book.src = files.path().to_path_buf();
    }
    press.print()?;
    let pages = match staging.path().join("html") {
        html if html.is_dir() => html,
        _ => staging.path().to_path_buf(),
    };
    let styles = without_comments(&[STYLES, DIRECTIONS, PAGE, &early(MATH_FACES)].concat());
    let script = without_remarks(SCRIPTS);
    let own = [(STYLE, styles.as_bytes()), (SCRIPT, script.as_bytes())].into_iter().chain(FONTS);
    let extras = extras.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    put_beside(&pages, own.chain(extras))?;
    Ok(press.bound(staging, pages, None))
}

/// A copy of what mdBook is to put beside the pages, where the folder of the chapters holds what is made: mdBook would put
/// that into the new book.
fn own_files(src: &Path, output: &Output, workspace: &Workspace) -> Result<Option<Scratch>, Failure> {
    let io = |error: std::io::Error| Problem::io(src, &error);
    let src = std::fs::canonicalize(src).map_err(io)?;
    if !output.is_made_within(&src, workspace).map_err(io)? {
        return Ok(None);
    }
    let target = std::fs::canonicalize(workspace.target()).map_err(io)?;
    let copy = Scratch::new(FILES, workspace.folder()).map_err(io)?;
    let staging = output.staging();
    let parent = output.folder().parent().map(Path::to_path_buf);
    let finished = output.folder().to_path_buf();
    let is_own = move |entry: &ignore::DirEntry| {
        let is_staged =
            entry.path().parent() == parent.as_deref() && entry.file_name().to_string_lossy().starts_with(&staging);
        let has = |name: &str| entry.path().join(name).is_file();
        let is_made = || {
            entry.path() == finished || entry.path() == target || has(CACHE) || has("recto.css") && has("index.html")
        };
        !is_staged && !is_made()
    };
    let is_text = |file: &Path| file.extension().is_some_and(|extension| extension == "md");
    copy_files(ignore::WalkBuilder::new(&src).filter_entry(is_own), &src, copy.path(), |file| !is_text(file))
        .map_err(io)?;
    Ok(Some(copy))
}
