//! The book as a PDF: its print page, printed by a Chromium that is on this machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

use crate::problem::{Failure, Kind, Problem};
use crate::read::Settings;
use crate::site::PRINT;

/// What Chromium is called; the variable `CHROMIUM` names another one.
const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Whether the book has the page of which a PDF is made.
///
/// # Errors
/// It has none.
pub(crate) fn check(settings: &Settings) -> Result<(), Failure> {
    if settings.print {
        return Ok(());
    }
    let problem = Problem::error(Kind::Settings, "this book has no print page, of which a PDF is made");
    let help = "let mdBook make one: `enable = true` in `[output.html.print]` of book.toml";
    Err(problem.help(help).in_environment())
}

/// A Chromium of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Printer(PathBuf);

impl Printer {
    /// # Errors
    /// There is none.
    pub(crate) fn find() -> Result<Printer, Failure> {
        let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let in_folder = |folder: PathBuf| NAMES.map(|name| folder.join(name)).into_iter().find(|it| it.is_file());
        let found = named.or_else(|| std::env::split_paths(&path).find_map(in_folder));
        found.map(Printer).ok_or_else(|| {
            Problem::error(Kind::Environment, "there is no Chromium to print the book with")
                .help("install Chromium or Chrome, or name it: `CHROMIUM=/path/to/chrome`; on Debian: `apt install chromium`")
                .in_environment()
        })
    }
}

/// Prints the finished pages in a folder to a file, with an outline and tags.
///
/// # Errors
/// Chromium makes no file.
pub(crate) fn pdf(printer: &Printer, pages: &Path, file: &Path) -> Result<(), Failure> {
    let print = pages.join(PRINT);
    let url = Url::from_file_path(&print).map_err(|()| Failure::environment("the print page has no address"))?;
    let profile = tempfile::tempdir().map_err(|error| Problem::io(pages, &error))?;
    let mut command = Command::new(&printer.0);
    command
        .args([
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--no-pdf-header-footer",
        ])
        .args(["--generate-pdf-document-outline", "--export-tagged-pdf"])
        .arg(option("--user-data-dir=", profile.path()))
        .arg(option("--print-to-pdf=", file))
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Its own walls do not stand for root.
    #[cfg(target_os = "linux")]
    if rustix::process::geteuid().is_root() {
        command.arg("--no-sandbox");
    }
    let can_not = |error: std::io::Error| Failure::environment(format!("can't run `{}`: {error}", printer.0.display()));
    let mut child = command.spawn().map_err(can_not)?;
    let start = Instant::now();
    let ended = loop {
        let ended = child.try_wait().map_err(can_not)?;
        if ended.is_some() || start.elapsed() > PATIENCE {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    if ended.is_none() {
        let _ = child.kill();
        let _ = child.wait();
        return Err(Failure::environment(format!("Chromium printed nothing in {} seconds", PATIENCE.as_secs())));
    }
    if std::fs::metadata(file).is_ok_and(|file| file.len() > 0) {
        Ok(())
    } else {
        Err(Failure::environment("Chromium ended, and printed nothing"))
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}
