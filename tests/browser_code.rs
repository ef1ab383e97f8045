//! Blocks of Rust in a real browser: coloured and complete without a script, folded, copied whole.
//!
//! Needs Chromium, so it is ignored unless asked for: `cargo test --test browser_code -- --ignored`.

mod support;

use std::process::Command;

use support::Book;

const LESSON: &str = r##"# Code

```rust
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

# let hidden = 1;
let seen: Rc<u8> = Rc::new(2);
let η = 1.0 / 4.0; let ratio = η / 2.0;
ratio
```
"##;

/// Looks at the page with its scripts and without, and leaves a line for each fault in `#faults`.
const CHECKS: &str = r##"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;width:1280px;height:900px"></iframe>
<script>
const frame = document.getElementById("frame");
const faults = [];
const must = (is, what) => { if (!is) faults.push(what); };
const load = (url) => new Promise((done) => { frame.onload = done; frame.src = url; });
const all = "use std::collections::BTreeMap;\nuse std::fmt::Debug;\nuse std::rc::Rc;\n\nlet hidden = 1;\nlet seen: Rc<u8> = Rc::new(2);\nlet η = 1.0 / 4.0; let ratio = η / 2.0;\nratio";
(async () => {
  await load("one.html");
  let root = frame.contentDocument, view = frame.contentWindow;
  const code = root.querySelector("pre > code"), label = root.querySelector(".recto-imports");
  const seen = (text) => code.innerText.includes(text);
  must(code.textContent === all, `the code is ${code.textContent}`);
  must(!seen("use ") && label.innerText.includes("Imports (3 lines)"), "the imports are not folded");
  must(!seen("hidden") && root.querySelector("[title='Show hidden lines']"), "hidden lines are seen");
  let copied;
  root.execCommand = () => { copied = root.activeElement.value; return true; };
  root.querySelector(".clip-button").click();
  must(copied?.trim() === all, `the copy is ${copied}`);
  must(root.querySelector(".clip-button.tooltipped"), "nothing tells of the copy");
  await new Promise((done) => setTimeout(done, 50));
  must(!seen("use ") && !seen("hidden"), "a copy leaves the lines open");
  label.querySelector("input").click();
  must(seen("use std::rc::Rc;"), "the imports do not open");
  root.querySelector("[title='Show hidden lines']").click();
  must(seen("hidden"), "hidden lines do not open");
  const colour = (query) => view.getComputedStyle(root.querySelector(query)).color;
  must(colour(".rs-keyword") !== colour("pre > code"), "keywords have no colour");
  root.getElementById("mdbook-theme-coal").click();
  must(colour(".rs-keyword") === "rgb(188, 171, 242)", `keywords are ${colour(".rs-keyword")} on coal`);
  root.getElementById("mdbook-theme-light").click();
  // The types and values of names: one stop of the keyboard for all of a cell, and at each name for who points at it.
  const names = root.querySelector(".recto-names"), stops = [...root.querySelectorAll("main pre + .recto-names :is(summary, a, button, [tabindex])")];
  must(stops.length === 1 && stops[0].tabIndex === 0, `names have ${stops.length} stops`);
  must(!root.querySelector(".recto-lets").checkVisibility({ contentVisibilityAuto: true }) || !names.open, "the names are open");
  stops[0].focus();
  stops[0].click();
  const said = [...root.querySelectorAll(".recto-lets > div")].map((it) => it.innerText.replace(/\s+/g, " "));
  must(said.join() === "η : f64 = 0.25,ratio : f64 = 0.125", `the names say ${said}`);
  const card = root.querySelector(".recto-binding");
  const point = (text, within) => {
    const walker = root.createTreeWalker(code, NodeFilter.SHOW_TEXT), range = root.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.data.indexOf(within);
      if (at < 0) continue;
      range.setStart(node, at + within.indexOf(text));
      range.setEnd(node, at + within.indexOf(text) + text.length);
    }
    const { left, right, top, bottom } = range.getBoundingClientRect();
    code.dispatchEvent(new view.PointerEvent("pointermove", { bubbles: true, clientX: (left + right) / 2, clientY: (top + bottom) / 2 }));
    return card.hidden ? "" : card.innerText.replace(/\s+/g, " ");
  };
  must(point("η", " η =") === "η: f64 = 0.25 after this let", `at η the page says ${card.innerText}`);
  must(point("ratio", "ratio = η") === "ratio: f64 = 0.125 after this let", `at ratio the page says ${card.innerText}`);
  must(point("η", "= η /") === "", `where η is used the page says ${card.innerText}`);
  point("η", " η =");
  root.dispatchEvent(new view.KeyboardEvent("keydown", { key: "Escape" }));
  must(card.hidden, "Escape does not close what a name is");
  must(![...root.scripts].some((it) => it.src.includes("highlight")), "highlight.js is loaded");
  frame.setAttribute("sandbox", "allow-same-origin");
  await load("one.html");
  root = frame.contentDocument; view = frame.contentWindow;
  must(colour(".rs-keyword") !== colour("pre > code"), "without script keywords have no colour");
  must(view.getComputedStyle(root.querySelector("pre > code")).backgroundColor === "rgb(246, 247, 246)", "without script code has no background");
  root.querySelector(".recto-names > summary").click();
  must(root.querySelector(".recto-lets dd").checkVisibility(), "without script the names do not open");
  root.querySelector(".recto-imports > input").click();
  must(root.querySelector("pre > code").innerText.includes("use std::rc::Rc;"), "without script the imports do not open");
  document.getElementById("faults").textContent = faults.join("\n") + "\nlooked at all";
})();
</script>"##;

#[test]
#[ignore = "needs Chromium"]
fn code_is_coloured_folded_and_copied() {
    let book = Book::new("browser-code", &[("one", LESSON)]);
    book.page("one.html");
    let folder = book.0.join("book");
    std::fs::write(folder.join("checks.html"), CHECKS).expect("the checks");
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--allow-file-access-from-files",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(["--window-size=1400,1000", "--virtual-time-budget=30000"])
        .arg(format!("file://{}", folder.join("checks.html").display()))
        .output()
        .expect("chromium runs");
    let page = String::from_utf8_lossy(&output.stdout);
    let faults = page.split("<pre id=\"faults\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    assert_eq!(faults.unwrap_or_default().trim(), "looked at all");
}
