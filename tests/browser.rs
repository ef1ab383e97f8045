//! The curvature book in a real browser: every page, wide and narrow, light and dark.
//!
//! Needs Chromium, so it is ignored unless asked for: `cargo test --test browser -- --ignored`.
//! A page of checks loads each page of the book in a frame, looks at it with a script, and writes
//! what is wrong into its own text, which Chromium prints.

mod support;

use support::Book;
use support::browser::{build, faults, pages};

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
    const seen = svg.closest(".recto-picture, .recto-frame") ?? svg;
    if (seen.getBoundingClientRect().right > width + 1) fault("a figure reaches beyond the page");
    const words = (svg.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => root.getElementById(id)?.textContent);
    const isTold = words.every((text) => text) && svg.querySelectorAll(":scope > title").length === 1;
    // The first panel speaks for the others.
    const speaks = svg.ariaHidden && svg.closest(".recto-panels") && svg !== svg.closest(".recto-panels").querySelector("svg");
    if (!isTold && !speaks) fault("a figure lacks title or description");
  }
  if (width < 400)
    for (const it of seen(".recto-picture, .recto-frame"))
      if (it.scrollWidth > it.clientWidth + 1) fault(`is moved from side to side: ${it.textContent.trim().slice(0, 40)}`);
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
    const sliders = [...sweep.querySelectorAll("input[type=range]")];
    for (const slider of sliders) if (slider.getBoundingClientRect().width < 100) fault("is not to be seen");
    // The last one moves through the frames one by one.
    const slider = sliders.at(-1), steps = Number(slider.max) + 1;
    let turned = false;
    root.addEventListener("keydown", () => { turned = true; }, { once: true });
    for (const [at, one] of frames.entries()) {
      slider.value = at % steps;
      if (sliders.length > 1) sliders[0].value = Math.floor(at / steps);
      for (const it of sliders) it.dispatchEvent(new frame.contentWindow.Event("input", { bubbles: true }));
      const shown = frames.filter((it) => it.getBoundingClientRect().height > 80);
      if (shown.length !== 1 || shown[0] !== one) fault(`shows ${shown.length} frames at ${at}`);
      if (!sweep.querySelector("output").textContent) fault(`names no value at ${at}`);
      if (!slider.getAttribute("aria-valuetext")) fault(`says nothing at ${at}`);
    }
    slider.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    if (turned) fault("lets the arrow keys through");
  }
};
// The text of figures is readable on a phone, and has contrast, in each theme.
const read = (page, theme) => {
  const view = frame.contentWindow, root = frame.contentDocument;
  const light = (value) => value.match(/[\d.]+/g).slice(0, 3).map((c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = light(view.getComputedStyle(root.documentElement).backgroundColor);
  for (const folded of root.querySelectorAll("main details")) folded.open = true;
  for (const it of root.querySelectorAll(".recto-frame")) it.hidden = false;
  for (const svg of root.querySelectorAll("main svg[role=img]")) {
    const fault = (text) => faults.push(`${page} ${theme} 360: figure ${svg.dataset.figure}: ${text}`);
    const around = svg.closest(".recto-picture, .recto-frame");
    if (around?.scrollWidth > around?.clientWidth + 1) fault("is moved from side to side");
    const scale = svg.viewBox.baseVal ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    for (const text of svg.querySelectorAll("text")) {
      const style = view.getComputedStyle(text), ink = light(style.fill);
      const size = parseFloat(style.fontSize) * scale, contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
      if (size < 10.99) { fault(`text of ${size.toFixed(1)} pixels: ${text.textContent}`); break; }
      if (contrast < 4.5 || style.opacity < 1) { fault(`contrast of ${contrast.toFixed(1)}: ${text.textContent}`); break; }
    }
  }
};
// Without script all is there: text, mathematics, every frame of a sweep.
const still = (page) => {
  const root = frame.contentDocument, fault = (text) => faults.push(`${page} without script: ${text}`);
  if (root.documentElement.classList.contains("js")) fault("a script ran");
  if (root.querySelector("main").textContent.trim().length < 100) fault("has no text");
  for (const it of root.querySelectorAll(".recto-frame"))
    if (it.getBoundingClientRect().height < 80) fault(`a frame is not to be seen: ${it.id}`);
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
  frame.style.width = "360px";
  for (const page of pages)
    for (const theme of ["light", "rust", "coal", "navy", "ayu"]) {
      localStorage.setItem("mdbook-theme", theme);
      await load(page);
      await new Promise((done) => setTimeout(done, 50));
      read(page, theme);
    }
  frame.setAttribute("sandbox", "allow-same-origin");
  for (const page of pages) {
    await load(page);
    still(page);
  }
  document.getElementById("faults").textContent = faults.join("\n") + `\nlooked at ${pages.length} pages`;
})();
</script>"#;

/// Uses the pages, and leaves a line for each thing that their policy stopped, or that does not work for it.
const POLICY: &str = r##"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;width:1280px;height:900px"></iframe>
<script>
const frame = document.getElementById("frame");
const faults = [];
const wait = (time) => new Promise((done) => setTimeout(done, time));
const load = (url) => new Promise((done) => { frame.onload = done; frame.src = url; });
const stopped = async (page) => {
  const view = frame.contentWindow, found = [];
  const observer = new view.ReportingObserver((reports) => found.push(...reports), { types: ["csp-violation"], buffered: true });
  observer.observe();
  await wait(100);
  found.push(...observer.takeRecords());
  observer.disconnect();
  for (const { body } of found) faults.push(`${page}: ${body.effectiveDirective} stopped ${body.blockedURL || ""} ${body.sample || ""}`);
};
const must = (page, is, what) => { if (!is) faults.push(`${page}: ${what}`); };
(async () => {
  for (const page of PAGES) {
    await load(page);
    await wait(100);
    const root = frame.contentDocument, view = frame.contentWindow;
    if (!["toc.html"].includes(page)) {
      must(page, root.documentElement.classList.contains("js"), "the theme's script did not run");
      must(page, root.querySelectorAll("#mdbook-sidebar a").length > 0, "the sidebar is empty");
      root.getElementById("mdbook-theme-coal").click();
      must(page, root.documentElement.classList.contains("coal"), "the theme does not change");
      root.getElementById("mdbook-theme-light").click();
      root.getElementById("mdbook-sidebar-toggle").click();
      root.getElementById("mdbook-sidebar-toggle").click();
      root.getElementById("mdbook-search-toggle").click();
      await wait(300);
      const bar = root.getElementById("mdbook-searchbar");
      bar.value = "curve";
      bar.dispatchEvent(new view.KeyboardEvent("keyup", { bubbles: true }));
      await wait(700);
      must(page, root.querySelectorAll("#mdbook-searchresults li").length > 0, "the search finds nothing");
      bar.dispatchEvent(new view.KeyboardEvent("keydown", { key: "Enter", keyCode: 13, bubbles: true }));
    }
    if (page === "one.html") {
      must(page, view.ran === 1, "the author's script did not run");
      root.getElementById("press").click();
      must(page, view.pressed === 1, "the author's handler did not run");
      must(page, view.getComputedStyle(root.getElementById("press")).color === "rgb(1, 2, 3)", "the author's style is not applied");
      must(page, view.getComputedStyle(root.getElementById("shown")).color === "rgb(3, 2, 1)", "a shown style is not applied");
      const paths = [...root.querySelectorAll("[data-figure='2-0'] path")].map((it) => view.getComputedStyle(it));
      must(page, paths[0].stroke === "rgb(4, 5, 6)" && paths[0].strokeLinejoin === "miter", `a figure's style is ${paths[0].stroke}`);
      must(page, paths[1].strokeLinejoin === "round", "a figure's sheet is not applied");
      const circle = view.getComputedStyle(root.querySelector("[data-figure='3-0'] circle"));
      must(page, circle.stroke === "rgb(7, 8, 9)", `a style without a sheet is ${circle.stroke}`);
      const slider = root.querySelector(".recto-sweep input");
      slider.value = 1;
      slider.dispatchEvent(new view.Event("input", { bubbles: true }));
      const shown = [...root.querySelectorAll(".recto-frame")].map((it) => it.hidden).join();
      must(page, shown === "true,false", `the slider shows ${shown}`);
    }
    await stopped(page);
  }
  document.getElementById("faults").textContent = faults.join("\n") + "\nlooked at all";
})();
</script>"##;

const ONE: &str = r##"# A curve

<script>window.ran = (window.ran || 0) + 1;</script>

<p id="press" onclick="window.pressed = 1" style="color: rgb(1, 2, 3)">a curve</p>

```rust
recto::Html::new("<p id='shown' style='color: rgb(3, 2, 1)'>b</p>")
```

```rust
//| alt: A sweep.
recto::Sweep::new("r", [1, 2], |r| Ok(recto::Figure::from_svg(format!("<svg viewBox='0 0 8 8'><circle r='{r}'/></svg>"))))?
```

```rust
//| alt: Styles against a sheet.
recto::Figure::from_svg("<svg viewBox='0 0 9 9'><style>*{stroke: red; stroke-linejoin: round}</style>\
    <path d='M0 0L9 9' style='stroke: rgb(4,5,6); stroke-linejoin: miter'/><path d='M0 9L9 0'/></svg>")
```

```rust
//| alt: A style alone.
recto::Figure::from_svg("<svg viewBox='0 0 9 9'><circle r='3' stroke='red' style='stroke: rgb(7, 8, 9)'/></svg>")
```

An inline formula $\frac{1}{2}$, and code:

```rust
let curve = 1;
# let hidden = 2;
```
"##;

#[test]
#[ignore = "needs Chromium"]
fn the_policy_stops_nothing_that_a_page_needs() {
    let book = Book::new(
        "policy",
        &[
            ("one", ONE),
            ("deep/two", "# Another curve\n\n[One](../one.md), $x$.\n"),
        ],
    );
    book.page("one.html");
    let pages = book.0.join("book");
    // Not 404.html: its addresses begin at the root of a site.
    let names = "['one.html', 'deep/two.html', 'index.html', 'toc.html', 'verification.html']";
    let checks = POLICY.replace("PAGES", names);
    assert_eq!(faults(&pages, "checks.html", &checks, 120), "looked at all");
    // What nobody wrote does not run, and the checks notice.
    let page = book
        .read("one.html")
        .replace("<main>", "<main><script>window.strange = 1</script><p style='color: red'>a</p>");
    std::fs::write(pages.join("one.html"), page).expect("a page");
    let found = faults(&pages, "checks.html", &checks, 120);
    assert!(
        found.contains("one.html: script-src-elem stopped") && found.contains("one.html: style-src-attr stopped"),
        "{found}"
    );
}

/// Uses sweeps and figures, and leaves a line for each thing that does not work.
const FIGURES: &str = r##"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;width:1000px;height:900px"></iframe>
<script>
const frame = document.getElementById("frame");
const faults = [];
const wait = (time) => new Promise((done) => setTimeout(done, time));
const load = async (url) => {
  await new Promise((done) => { frame.onload = done; frame.src = url; });
  await wait(100);
};
const must = (is, what) => { if (!is) faults.push(what); };
const inTime = async (is, what) => {
  for (let k = 0; k < 60 && !is(); k += 1) await wait(50);
  must(is(), what);
};
const sweep = (label) => frame.contentDocument.querySelector(`#${label} .recto-sweep`);
const shown = (label) => [...sweep(label).querySelectorAll(".recto-frame")].flatMap((it, k) => it.hidden ? [] : [k]).join();
const press = (label, what, which = 0) => sweep(label).querySelectorAll(`.recto-${what}`)[which].click();
(async () => {
  await load("one.html?a");
  must(shown("fig-dots") === "1", `at first ${shown("fig-dots")} is shown`);
  press("fig-dots", "on");
  must(shown("fig-dots") === "2", `a step on leads to ${shown("fig-dots")}`);
  press("fig-dots", "on");
  must(shown("fig-dots") === "2", `a step beyond the end leads to ${shown("fig-dots")}`);
  press("fig-dots", "back");
  must(shown("fig-dots") === "1", `a step back leads to ${shown("fig-dots")}`);
  const link = sweep("fig-dots").querySelector(".recto-permalink");
  must(link.hash === "#fig-dots?step-eta=0.1", `the link is ${link.hash}`);
  must(frame.contentWindow.location.hash === "", "the address changed");
  const slider = sweep("fig-dots").querySelector("input");
  must(slider.getAttribute("aria-valuetext") === "step η = 0.1. Of radius 10.", `the slider says ${slider.getAttribute("aria-valuetext")}`);
  press("fig-dots", "back");
  press("fig-dots", "play");
  const play = sweep("fig-dots").querySelector(".recto-play");
  must(shown("fig-dots") === "1" && play.getAttribute("aria-label") === "Pause: step η", "it does not play");
  await wait(1500);
  must(shown("fig-dots") === "2" && play.getAttribute("aria-label") === "Play: step η", `it plays to ${shown("fig-dots")} and does not end`);
  press("fig-dots", "play");
  press("fig-dots", "play");
  await wait(1200);
  must(shown("fig-dots") === "0", "it does not pause");
  press("fig-grid", "on", 1);
  must(shown("fig-grid") === "1", `a step of the second parameter leads to ${shown("fig-grid")}`);
  press("fig-grid", "on", 0);
  must(shown("fig-grid") === "4", `a step of the first parameter leads to ${shown("fig-grid")}`);
  // What frames share is drawn in each, though it stands in the first, which is hidden.
  const shared = sweep("fig-dots").querySelectorAll("use");
  press("fig-dots", "on");
  must(shared.length === 2 && shared[0].getBoundingClientRect().width > 100, "what frames share is not drawn");

  for (const [hash, label, at] of [
    ["#fig-dots?step-eta=0.2", "fig-dots", "2"], ["#fig-dots?step-eta=5e-2", "fig-dots", "0"],
    ["#fig-grid?eta=2&beta=4", "fig-grid", "4"], ["#fig-dots?step-eta=7", "fig-dots", "1"],
  ]) {
    await load(`one.html?${hash.length}${hash}`);
    must(shown(label) === at, `${hash} shows ${shown(label)}`);
    must(Math.abs(sweep(label).closest("[id]").getBoundingClientRect().top) < 400, `${hash} is not in view`);
  }
  frame.contentWindow.location.hash = "#fig-grid?eta=1&beta=5";
  await wait(100);
  must(shown("fig-grid") === "2", `a changed address shows ${shown("fig-grid")}`);

  await load("one.html?b");
  const root = frame.contentDocument, dialog = root.querySelector(".recto-dialog");
  for (const label of ["fig-wide", "fig-dots"]) {
    const around = root.getElementById(label), button = around.querySelector(".recto-zoom"), svg = around.querySelector("svg");
    const before = svg.getBoundingClientRect().width;
    must(button.getAttribute("aria-label").startsWith("Enlarge Figure"), "a button has no name");
    button.click();
    must(dialog.matches(":modal") && dialog.contains(svg), `${label} is not enlarged`);
    must(label !== "fig-wide" || svg.getBoundingClientRect().width > 1.2 * before, `${label} is no larger`);
    must(svg.getBoundingClientRect().bottom <= 900, `${label} is larger than the window`);
    dialog.querySelector(".recto-close").click();
    await inTime(() => !dialog.open && around.contains(svg), `${label} is not put back`);
    must(root.activeElement === button, `the focus is on ${root.activeElement.outerHTML}`);
  }
  const data = root.querySelector("#fig-wide .recto-data");
  must(data?.getAttribute("href") === "figure-data/fig-wide.csv" && data.download !== undefined, "there is no link to the data");

  frame.style.width = "360px";
  const wide = root.querySelector("#fig-wide svg"), picture = wide.parentElement;
  frame.contentWindow.dispatchEvent(new Event("resize"));
  await inTime(() => wide.getBoundingClientRect().width >= 414 && picture.scrollWidth > picture.clientWidth, "text is too small on a phone");
  await inTime(() => picture.tabIndex === 0, "what is moved from side to side can't be reached");
  must(root.documentElement.scrollWidth <= 361, "the page is moved from side to side");
  const panels = () => [...sweep("fig-panels").querySelectorAll(".recto-frame:not([hidden]) svg")].map((it) => it.getBoundingClientRect());
  await inTime(() => panels()[1].top >= panels()[0].bottom, "panels do not stand below each other on a phone");
  const narrow = sweep("fig-panels").querySelector(".recto-frame");
  must(narrow.scrollWidth <= narrow.clientWidth + 1, "panels are moved from side to side");
  const letters = [...narrow.querySelectorAll(".recto-letter")];
  must(letters.map((it) => it.textContent).join(" ") === "(a) (b)", "panels have no letters");
  must(letters.every((it, at) => it.getBoundingClientRect().top < panels()[at].top), "a letter does not stand above its panel");
  const more = () => parseFloat(frame.contentWindow.getComputedStyle(picture).getPropertyValue("--recto-behind"));
  await inTime(() => more() > 10, "nothing says that there is more of a picture");
  const rows = [...root.querySelectorAll("table.recto-folded tbody tr")].map((row) => [...row.cells].map((it) => it.getBoundingClientRect()));
  must(rows.length === 2 && rows.every((row) => row.length === 11 && row.every((cell) => cell.right <= 361)), "a wide table is wider than a phone");
  must(rows[0][1].top > rows[0][0].bottom - 1 && rows[0][2].top === rows[0][1].top && rows[0][10].top >= rows[0][1].bottom, "the rows of a wide table are not folded");
  must(rows[0].every((cell, at) => cell.left === rows[1][at].left), "the columns of a folded table do not stand below each other");

  frame.style.width = "1280px";
  await inTime(() => panels()[1].top === panels()[0].top && panels()[1].left >= panels()[0].right - 1, "panels do not stand side by side");
  const text = root.querySelector("main > p").getBoundingClientRect();
  must(panels()[0].left >= text.left - 1 && panels()[1].right > text.right + 50, "a wide figure is no wider than the text");
  for (const width of [1000, 1090, 1150, 1200, 1250, 1280, 1500]) {
    frame.style.width = `${width}px`;
    await wait(100);
    must(panels()[1].right <= root.documentElement.clientWidth, `a wide figure reaches beyond a page of ${width} pixels`);
  }

  frame.style.width = "1000px";
  frame.setAttribute("sandbox", "allow-same-origin");
  await load("one.html?c#fig-dots?step-eta=0.2");
  const target = frame.contentDocument.querySelector(":target");
  must(target?.id === "fig-dots?step-eta=0.2", `without script the address leads to ${target?.id}`);
  const box = target?.getBoundingClientRect(), strip = target?.parentElement.getBoundingClientRect();
  must(box && box.left >= strip.left - 2 && box.right <= strip.right + 2, "without script the frame is not in view");
})().catch((error) => faults.push(error.stack)).finally(() => {
  document.getElementById("faults").textContent = faults.join("\n") + "\nlooked at all";
});
</script>"##;

const SWEEPS: &str = r##"# Sweeps

```rust
let axes = "<path d='M20 10v180h280' stroke='currentColor' fill='none'/><path d='M20 100h280' stroke='currentColor' class='pen-grey'/>";
let text = "<text x='30' y='30' font-size='17' class='pen-label pen-blue' fill='currentColor'>a</text>";
```

```rust
//| label: fig-dots
//| alt: A dot that grows.
recto::Sweep::new("step η", [0.05, 0.1, 0.2], |eta| {
    let dot = format!("<circle cx='99' cy='99' r='{}'/>", 100.0 * eta);
    let figure = recto::Figure::from_svg(format!("<svg viewBox='0 0 320 200'>{axes}{text}{dot}</svg>"));
    Ok(recto::Frame::new(figure).note(format!("Of radius {}.", 100.0 * eta)))
})?
.starting_at(1)
```

```rust
//| label: fig-grid
//| alt: A dot here and there.
recto::Sweep::grid("η", [1, 2], "β", [3, 4, 5], |x, y| {
    Ok(recto::Figure::from_svg(format!("<svg viewBox='0 0 320 200'>{axes}<circle cx='{x}0' cy='{y}0' r='9'/></svg>")))
})?
```

```rust
//| label: fig-wide
//| alt: Small text.
//| data: true
let table = recto::Table::new(["x", "y"]).row([1, 2]);
recto::Figure::from_svg(format!("<svg viewBox='0 0 640 300'>{axes}{text}</svg>")).with_data(&table)
```

[See](#fig-dots?step-eta=0.2).

```rust
//| label: fig-panels
//| alt: Two panels.
//| width: wide
recto::Sweep::new("r", [5, 9], |r| {
    let panel = |title: &str| {
        let drawn = format!("<circle cx='99' cy='99' r='{r}'/><text x='30' y='30' font-size='17' fill='currentColor'>{title}</text>");
        recto::Figure::from_svg(format!("<svg viewBox='0 0 320 200'>{drawn}</svg>"))
    };
    Ok(recto::Figure::panels(2, [panel("left"), panel("right")]))
})?
```

```rust
let mut wide = recto::Table::new((0..11).map(|k| format!("head {k}")));
wide.push((0..11).map(|k| format!("{k}.12345")));
wide.push((0..11).map(|k| format!("{k}")));
wide
```

```rust
let long = (0..40).map(|k| format!("{k}
")).collect::<String>();
println!("{long}");
```
"##;

#[test]
#[ignore = "needs Chromium"]
fn sweeps_and_figures_obey_their_readers() {
    let book = Book::new("sweeps", &[("one", SWEEPS)]);
    book.page("one.html");
    assert_eq!(book.read("figure-data/fig-wide.csv"), "x,y\n1,2\n");
    assert_eq!(faults(&book.0.join("book"), "figures.html", FIGURES, 120), "looked at all");
}

/// What would fetch from a server, where no policy forbids it.
const FETCHING: [&str; 14] = [
    "<img alt='' src='hTTp://HOST/img'>",
    "<img alt='' src='ht&#9;tp://HOST/tab'>",
    "<img alt='' src='http:\\\\HOST\\slash'>",
    "<div style=\"background: image-set('http://HOST/set' 1x)\">a</div>",
    "<div style='background: url(\\68ttp://HOST/escape)'>a</div>",
    "<style>@import \"http://HOST/import\";</style>",
    "<svg><style>svg { background: url(&#104;ttp://HOST/entity) }</style></svg>",
    "<svg><image><set attributeName='href' to='http://HOST/animated'/></image></svg>",
    "<iframe srcdoc=\"<img src='http://HOST/srcdoc'>\"></iframe>",
    "<link rel='stylesheet' href='http://HOST/sheet'>",
    "<link rel='preload' as='image' imagesrcset='http://HOST/preload 1x'>",
    "<video poster='http://HOST/poster'></video>",
    "<object data='http://HOST/object'></object>",
    "<script src='http://HOST/script'></script>",
];

/// A server on this machine that has nothing, and what it was asked for.
fn server() -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Chromium opens some connections before it needs them.
            let sender = sender.clone();
            std::thread::spawn(move || {
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                if let Some(asked) = lines.first().and_then(|line| line.split(' ').nth(1)) {
                    let _ = sender.send(asked.to_owned());
                }
                let _ =
                    (&stream).write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            });
        }
    });
    (host, asked)
}

/// A draft is published whatever is wrong with it: there the policy alone stands between a page and other hosts.
#[test]
#[ignore = "needs Chromium"]
fn nothing_that_is_published_fetches_from_another_host() {
    let (host, asked) = server();
    let html: Vec<String> = FETCHING.iter().map(|html| html.replace("HOST", &host)).collect();
    let cells = html.iter().map(|html| {
        format!("```rust\nrecto::Html::new(r##\"{html}\"##)\n```\n\n```rust\n//| alt: A.\nrecto::Figure::from_svg(r##\"<svg>{html}</svg>\"##)\n```\n")
    });
    let text = format!("# Draft\n\n{}\n\n{}\n", html.join("\n\n"), cells.collect::<Vec<_>>().join("\n"));
    let book = Book::new("fetches", &[("one", &text)]);
    let refused = book.recto(&["build"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!book.0.join("book").exists(), "a page that fetches was published");
    assert_eq!(book.recto(&["build", "--draft"]).status.code(), Some(1));
    let look = |page: &str| {
        let show = format!("<!doctype html><pre id=\"faults\"></pre><iframe src=\"{page}\"></iframe><script>
            onload = () => setTimeout(() => {{ document.getElementById('faults').textContent = 'looked' }}, 3000);</script>");
        assert_eq!(faults(&book.0.join("book"), "look.html", &show, 5), "looked");
        let mut paths: Vec<String> = asked.try_iter().collect();
        paths.sort();
        paths.dedup();
        paths
    };
    assert_eq!(look("one.html"), [""; 0]);
    // Without the policy they do fetch: the check is one.
    let page = book.read("one.html");
    let meta = regex::Regex::new("<meta http-equiv=\"Content-Security-Policy\"[^>]*>").expect("a pattern");
    assert_eq!(meta.find_iter(&page).count(), 1);
    std::fs::write(book.0.join("book/bare.html"), meta.replace(&page, "").as_bytes()).expect("a page");
    let asked = look("bare.html");
    assert!(asked.len() >= 12, "only {asked:?}");
}

#[test]
#[ignore = "needs Chromium"]
fn every_page_is_in_order() {
    let book = build("browser");
    let pages = pages(&book);
    let quoted: Vec<String> = pages.iter().map(|page| format!("{page:?}")).collect();
    let checks = CHECKS.replace("PAGES", &format!("[{}]", quoted.join(",")));
    assert_eq!(faults(&book, "checks.html", &checks, 120), format!("looked at {} pages", pages.len()));
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
