//! The curvature book in a real browser: every page, wide and narrow, light and dark.
//!
//! Needs Chromium, so it is ignored unless asked for: `cargo test --test browser -- --ignored`.
//! A page of checks loads each page of the book in a frame, looks at it with a script, and writes
//! what is wrong into its own text, which Chromium prints.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Looks at the pages in `pages` and leaves a line for each fault in `#faults`.
const CHECKS: &str = r#"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;height:900px"></iframe>
<script>
const pages = PAGES;
const frame = document.getElementById("frame");
const faults = [];
const load = (url) => new Promise((done) => { frame.onload = done; frame.src = url; });
const look = (page, theme, width) => {
  const view = frame.contentWindow, root = frame.contentDocument, at = `${page} ${theme} ${width}`;
  const fault = (text) => faults.push(`${at}: ${text}`);
  if (root.documentElement.scrollWidth > width + 1) fault(`is ${root.documentElement.scrollWidth} pixels wide`);
  for (const svg of root.querySelectorAll("main svg[role=img]")) {
    const box = svg.getBoundingClientRect();
    if (box.width < 150 || box.height < 80) fault(`a figure is ${box.width} by ${box.height}`);
    if (box.right > width + 1) fault("a figure reaches beyond the page");
    if (!svg.getAttribute("aria-label")) fault("a figure has no description");
  }
  for (const math of root.querySelectorAll("main math")) {
    const box = math.getBoundingClientRect();
    if (box.width < 1 || box.height < 5) fault(`a formula is not to be seen: ${math.textContent}`);
  }
  for (const bad of root.querySelectorAll("main merror, .recto-problem, .recto-mark")) fault(`shows: ${bad.textContent}`);
  for (const text of root.querySelectorAll(".recto-output pre, main p, figcaption")) {
    const colour = (value) => value.match(/[\d.]+/g).slice(0, 3).map(Number);
    const light = (value) => colour(value).map((c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; })
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ink = light(view.getComputedStyle(text).color), paper = light(view.getComputedStyle(root.documentElement).backgroundColor);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5) { fault(`contrast of ${contrast.toFixed(1)} in: ${text.textContent.slice(0, 40)}`); break; }
  }
};
(async () => {
  for (const page of pages)
    for (const width of [1280, 390])
      for (const theme of ["light", "navy"]) {
        frame.style.width = `${width}px`;
        localStorage.setItem("mdbook-theme", theme);
        await load(page);
        await new Promise((done) => setTimeout(done, 50));
        look(page, theme, width);
      }
  document.getElementById("faults").textContent = faults.join("\n") + `\nlooked at ${pages.length} pages`;
})();
</script>"#;

fn chromium() -> Command {
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

fn build(name: &str) -> PathBuf {
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

fn pages(book: &Path) -> Vec<String> {
    let names = std::fs::read_dir(book)
        .expect("the book")
        .map(|entry| entry.expect("an entry").file_name());
    let mut pages: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    pages.retain(|name| name.ends_with(".html") && !["404.html", "toc.html", "print.html"].contains(&name.as_str()));
    pages.sort();
    assert!(pages.len() > 3, "the book has pages: {pages:?}");
    pages
}

#[test]
#[ignore = "needs Chromium"]
fn every_page_is_in_order() {
    let book = build("browser");
    let pages = pages(&book);
    let quoted: Vec<String> = pages.iter().map(|page| format!("{page:?}")).collect();
    let checks = book.join("checks.html");
    std::fs::write(&checks, CHECKS.replace("PAGES", &format!("[{}]", quoted.join(",")))).expect("the checks");
    let profile = book.join("profile");
    let output = chromium()
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--window-size=1400,1000", "--virtual-time-budget=120000", "--dump-dom"])
        .arg(format!("file://{}", checks.display()))
        .output()
        .expect("chromium runs");
    let page = String::from_utf8_lossy(&output.stdout);
    let faults = page
        .split("<pre id=\"faults\">")
        .nth(1)
        .and_then(|rest| rest.split("</pre>").next());
    let faults = faults.unwrap_or_default().trim();
    assert_eq!(faults, format!("looked at {} pages", pages.len()));
}

#[test]
#[ignore = "builds the book, as the other test here does"]
fn no_page_asks_another_host() {
    let book = build("requests");
    let asks =
        regex::Regex::new(r#"<(?:link|script|img|iframe|source|use|image)\b[^>]*?(?:src|href)="(?:https?:)?//[^"]*""#)
            .expect("a pattern");
    for page in pages(&book) {
        let text = std::fs::read_to_string(book.join(&page)).expect("a page");
        let found: Vec<&str> = asks.find_iter(&text).map(|it| it.as_str()).collect();
        assert_eq!(found, Vec::<&str>::new(), "{page}");
    }
}
