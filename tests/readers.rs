//! Readers on phones, and readers whose system sets the colours, in a real browser: every page of the curvature book.
//!
//! Needs Chromium: `cargo test --test readers -- --ignored`.

mod support;

use support::browser::{build, chromium, faults, faults_seen_by, pages};

/// Loads each page, with all folds open, and leaves a line for each fault that `look(root, view, fault)` finds.
const CHECKS: &str = r##"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;height:900px"></iframe>
<script>
const frame = document.getElementById("frame"), faults = [];
const look = LOOK;
// A theme that the reader chose.
localStorage.setItem("mdbook-theme", "light");
(async () => {
  for (const page of PAGES)
    for (const width of WIDTHS) {
      frame.style.width = `${width}px`;
      await new Promise((done) => { frame.onload = done; frame.src = page; });
      const root = frame.contentDocument, view = frame.contentWindow;
      await root.fonts.ready;
      for (const folded of root.querySelectorAll("main details")) folded.open = true;
      look(root, view, (text) => faults.push(`${page} ${width}: ${text}`));
    }
  document.getElementById("faults").textContent = faults.join("\n") + `\nlooked at ${PAGES.length} pages`;
})();
</script>"##;

/// Whatever is moved from side to side, but code and what it prints.
const MOVED: &str = r#"(root, view, fault) => {
  for (const it of root.querySelectorAll("main *:not(pre, pre *)")) {
    const moves = it.clientWidth > 0 && it.scrollWidth > it.clientWidth + 1;
    if (moves && ["auto", "scroll"].includes(view.getComputedStyle(it).overflowX))
      fault(`${it.localName} of ${it.scrollWidth} in ${it.clientWidth} pixels: ${it.textContent.trim().slice(0, 60)}`);
  }
  // What is said of names takes the whole line.
  for (const it of root.querySelectorAll(".recto-lets dd")) {
    const { width, height } = it.getBoundingClientRect(), style = view.getComputedStyle(it);
    if (height > 4 * parseFloat(style.lineHeight) && width < view.innerWidth / 2)
      fault(`a value is broken into ${Math.round(height)} pixels of ${Math.round(width)}: ${it.textContent.slice(0, 60)}`);
  }
}"#;

/// What lacks contrast to the ground that the system sets: in figures, lines and text; and what only a background would show.
const CONTRAST: &str = r#"(root, view, fault) => {
  if (!view.matchMedia("(forced-colors: active)").matches) fault("the colours are the page's own");
  const light = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number)
    .map((c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = root.body.appendChild(root.createElement("p"));
  ground.style.color = "Canvas";
  ground.style.forcedColorAdjust = "none";
  const paper = light(view.getComputedStyle(ground).color);
  const contrast = (colour) => (Math.max(light(colour), paper) + 0.05) / (Math.min(light(colour), paper) + 0.05);
  const least = new Map();
  for (const it of root.querySelectorAll(`main svg[role=img], main svg [class^="pen-"]:not(.pen-paper), main svg text, main math, main p`)) {
    const style = view.getComputedStyle(it), colour = it.localName === "text" ? style.fill : style.color;
    const kind = `${it.localName} ${it.getAttribute("class") ?? ""}`.trim();
    if (colour.startsWith("rgb")) least.set(kind, Math.min(least.get(kind) ?? 21, contrast(colour)));
  }
  for (const [kind, value] of least) if (value < 4.5) fault(`contrast of ${value.toFixed(1)}: ${kind}`);
  for (const code of root.querySelectorAll("main pre > code"))
    if (view.getComputedStyle(code).borderTopWidth === "0px") { fault("code has no border"); break; }
}"#;

fn checks(look: &str, pages: &[String], widths: &str) -> String {
    CHECKS.replace("LOOK", look).replace("PAGES", &format!("{pages:?}")).replace("WIDTHS", widths)
}

#[test]
#[ignore = "needs Chromium"]
fn a_phone_moves_nothing_from_side_to_side_but_code() {
    let book = build("readers-phone");
    let pages = pages(&book);
    let seen = faults(&book, "checks.html", &checks(MOVED, &pages, "[390, 360]"), 900);
    assert_eq!(seen, format!("looked at {} pages", pages.len()));
    // What does move is seen.
    let page = std::fs::read_to_string(book.join("index.html")).expect("a page");
    let wide = format!("<main><math display=\"block\"><mtext>{}</mtext></math>", "wide".repeat(30));
    std::fs::write(book.join("index.html"), page.replace("<main>", &wide)).expect("a page");
    let seen = faults(&book, "checks.html", &checks(MOVED, &["index.html".to_owned()], "[390]"), 60);
    assert!(seen.contains("index.html 390: math of "), "{seen}");
}

#[test]
#[ignore = "needs Chromium"]
fn figures_and_code_are_to_be_seen_in_the_colours_of_the_system() {
    let book = build("readers-colours");
    let pages = pages(&book);
    let look = |flags: &[&str], pages: &[String]| {
        let mut chromium = chromium();
        chromium.args(flags);
        faults_seen_by(chromium, &book, "checks.html", &checks(CONTRAST, pages, "[1280]"), 900)
    };
    let (light, dark) = (["--force-high-contrast"], ["--force-high-contrast", "--force-dark-mode"]);
    assert_eq!(look(&light, &pages), format!("looked at {} pages", pages.len()));
    assert_eq!(look(&dark, &pages), format!("looked at {} pages", pages.len()));
    // Without the sheet for such colours, figures are as dark as the ground.
    let bowl = ["bowl.html".to_owned()];
    let sheet = std::fs::read_to_string(book.join("recto.css")).expect("a sheet");
    std::fs::write(book.join("recto.css"), sheet.replace("(forced-colors: active)", "(forced-colors: none)"))
        .expect("a sheet");
    let seen = look(&dark, &bowl);
    assert!(seen.contains("pen-") && seen.contains("code has no border"), "{seen}");
}
