//! Chromium, and the curvature book for it to look at.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Chromium without a window.
pub fn chromium() -> Command {
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--allow-file-access-from-files",
    ]);
    command
}

/// What Chromium leaves in `#faults` of a page that is put beside a book's, and that it looks at for some seconds.
pub fn faults(book: &Path, name: &str, page: &str, seconds: u32) -> String {
    faults_seen_by(chromium(), book, name, page, seconds)
}

/// The same in a Chromium with settings of its own.
pub fn faults_seen_by(mut chromium: Command, book: &Path, name: &str, page: &str, seconds: u32) -> String {
    let checks = book.join(name);
    std::fs::write(&checks, page).expect("the checks");
    let output = chromium
        .arg(format!("--user-data-dir={}", book.join("profile").display()))
        .args(["--window-size=1400,1000", "--dump-dom"])
        .arg(format!("--virtual-time-budget={seconds}000"))
        .arg(format!("file://{}", checks.display()))
        .output()
        .expect("chromium runs");
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    let faults = page.split("<pre id=\"faults\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    faults.unwrap_or_default().trim().to_owned()
}

/// Builds the curvature book, and copies it.
pub fn build(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let status = Command::new(env!("CARGO_BIN_EXE_recto"))
        .args(["build", "book", "--quiet"])
        .current_dir(root)
        .stdin(std::process::Stdio::null())
        .status()
        .expect("recto runs");
    assert!(status.success(), "the book builds");
    let _ = std::fs::remove_dir_all(&folder);
    copy(&root.join("book/book"), &folder);
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the book") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The names of the pages that a reader turns, below the book's folder.
pub fn pages(book: &Path) -> Vec<String> {
    let names = |below: &'static str| {
        let entries = std::fs::read_dir(book.join(below)).expect("the book");
        entries.map(move |entry| Path::new(below).join(entry.expect("an entry").file_name()))
    };
    let all = names("").chain(names("verification"));
    let mut pages: Vec<String> = all.map(|name| name.to_string_lossy().into_owned()).collect();
    pages.retain(|name| name.ends_with(".html") && !["404.html", "toc.html", "print.html"].contains(&name.as_str()));
    pages.sort();
    assert!(pages.len() > 3, "the book has pages: {pages:?}");
    pages
}
