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
  for (const folded of root.querySelectorAll("main details")) folded.open = true;
  const seen = (query) => [...root.querySelectorAll(query)].filter((it) => !it.closest("[hidden]"));
  if (root.documentElement.scrollWidth > width + 1) fault(`is ${root.documentElement.scrollWidth} pixels wide`);
  for (const svg of seen("main svg[role=img]")) {
    const box = svg.getBoundingClientRect();
    if (box.width < 150 || box.height < 80) fault(`a figure is ${box.width} by ${box.height}`);
    if (box.right > width + 1) fault("a figure reaches beyond the page");
    if (!svg.getAttribute("aria-label")) fault("a figure has no description");
  }
  for (const math of seen("main math")) {
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
// Each slider shows one frame at a time, obeys the keyboard, and keeps mdBook from turning the page.
const slide = (page) => {
  const root = frame.contentDocument;
  for (const sweep of root.querySelectorAll(".recto-sweep")) {
    const fault = (text) => faults.push(`${page}: the slider ${text}`);
    const frames = [...sweep.querySelectorAll(".recto-frame")];
    const slider = sweep.querySelector("input[type=range]");
    if (slider.getBoundingClientRect().width < 100) fault("is not to be seen");
    let turned = false;
    root.addEventListener("keydown", () => { turned = true; }, { once: true });
    for (const [at, one] of frames.entries()) {
      slider.value = at;
      slider.dispatchEvent(new frame.contentWindow.Event("input", { bubbles: true }));
      const shown = frames.filter((it) => it.getBoundingClientRect().height > 80);
      if (shown.length !== 1 || shown[0] !== one) fault(`shows ${shown.length} frames at ${at}`);
      if (!sweep.querySelector("output").textContent) fault(`names no value at ${at}`);
      if (!slider.getAttribute("aria-valuetext")) fault(`says nothing at ${at}`);
    }
    slider.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    if (turned) fault("lets the arrow keys through");
  }
};
// Without script all is there: text, mathematics, every frame of a sweep.
const still = (page) => {
  const root = frame.contentDocument, fault = (text) => faults.push(`${page} without script: ${text}`);
  if (root.documentElement.classList.contains("js")) fault("a script ran");
  if (root.querySelector("main").textContent.trim().length < 100) fault("has no text");
  for (const it of root.querySelectorAll(".recto-frame"))
    if (it.getBoundingClientRect().height < 80) fault(`a frame is not to be seen: ${it.dataset.value}`);
  for (const it of root.querySelectorAll(".recto-control"))
    if (it.getBoundingClientRect().height > 0) fault("a slider is shown that can't be moved");
  for (const it of root.querySelectorAll("main p math"))
    if (!it.closest("details:not([open])") && it.getBoundingClientRect().height < 5) fault(`no formula: ${it.textContent}`);
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
        if (theme === "light") slide(page);
      }
  frame.setAttribute("sandbox", "allow-same-origin");
  for (const page of pages) {
    await load(page);
    still(page);
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
    let names = std::fs::read_dir(book).expect("the book").map(|entry| entry.expect("an entry").file_name());
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
    let faults = page.split("<pre id=\"faults\">").nth(1).and_then(|rest| rest.split("</pre>").next());
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
