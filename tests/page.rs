//! The page around the text, in a real browser: type, weight, who can read it, and print.
//!
//! Needs Chromium, `pdftotext`, and axe-core in `target/npm` (`.ci/run` puts it there): `cargo test --test page -- --ignored`.

#[path = "../examples/chromium/mod.rs"]
mod server;
mod support;

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::Book;
use support::browser::{build, chromium, faults, faults_seen_by, pages};

/// Runs axe-core in each page, and leaves a line for each fault that is serious or critical.
const AXE: &str = r##"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;height:900px"></iframe>
<script>
const frame = document.getElementById("frame"), faults = [];
const load = (url) => new Promise((done) => { frame.onload = done; frame.src = url; });
const wait = (time) => new Promise((done) => setTimeout(done, time));
const look = async (page, theme, width) => {
  frame.style.width = `${width}px`;
  localStorage.setItem("mdbook-theme", theme);
  await load(page);
  const root = frame.contentDocument, view = frame.contentWindow;
  for (const folded of root.querySelectorAll("main details")) folded.open = true;
  const script = root.createElement("script");
  script.src = new URL("axe.min.js", location.href).href;
  const ready = new Promise((done) => { script.onload = done; });
  root.head.append(script);
  await ready;
  await wait(200);
  // Themes differ in colours alone: all other rules are tried in recto's own two.
  // A script makes what scrolls a stop of the keyboard; without it the browser does so itself, which axe-core does not see.
  const scrolls = { rules: { "scrollable-region-focusable": { enabled: false } } };
  const rules = theme === "system" ? scrolls : ["light", "navy"].includes(theme) ? {} : { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };
  const { violations } = await view.axe.run(root, { resultTypes: ["violations"], ...rules });
  for (const { id, impact, nodes } of violations)
    if (["serious", "critical"].includes(impact))
      faults.push(`${page} ${theme} ${width}: ${id}, ${nodes.length}: ${nodes[0].html.slice(0, 120)} ${nodes[0].failureSummary.slice(0, 200)}`);
};
(async () => {
  for (const page of PAGES)
    for (const [theme, width] of VIEWS) await look(page, theme, width);
  document.getElementById("faults").textContent = faults.join("\n") + `\nlooked at ${PAGES.length} pages`;
})();
</script>"##;

/// Looks at the type of each page, and at the faces that it fetches.
const TYPE: &str = r##"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;height:900px"></iframe>
<script>
const frame = document.getElementById("frame"), faults = [];
const load = (url) => new Promise((done) => { frame.onload = done; frame.src = url; });
const wait = (time) => new Promise((done) => setTimeout(done, time));
// The characters of each line of a paragraph of text alone.
const lines = (root) => {
  const found = [], range = root.createRange();
  for (const text of root.querySelectorAll("main > p")) {
    if (text.querySelector("math, code, svg")) continue;
    const walker = root.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    let count = 0, top = null;
    while (walker.nextNode())
      for (let at = 0; at < walker.currentNode.length; at++) {
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + 1);
        const box = range.getClientRects()[0];
        if (!box) continue;
        if (top === null || box.top > top + 8) { if (count) found.push(count); count = 0; top = box.top; }
        count++;
      }
  }
  return found.sort((a, b) => a - b);
};
(async () => {
  let all = [];
  for (const page of PAGES)
    for (const width of [1280, 390]) {
      const fault = (text) => faults.push(`${page} ${width}: ${text}`);
      frame.style.width = `${width}px`;
      await load(page);
      await frame.contentDocument.fonts.ready;
      const root = frame.contentDocument, view = frame.contentWindow;
      const key = (face) => [face.family.replaceAll('"', ""), face.style, face.weight, face.unicodeRange.split(",")[0]].join(" ");
      const names = [...root.fonts].filter((face) => face.status === "loaded").map(key).filter((face) => face in SIZES);
      if (names.length < 2) fault(`fetches no faces: ${[...root.fonts].map(key)}`);
      const weight = names.reduce((sum, name) => sum + SIZES[name], 0);
      if (weight > 150_000) fault(`fetches ${weight} bytes of faces: ${names}`);
      const text = root.querySelector("main > p:not(h1 + p, .recto-end)");
      const style = text && view.getComputedStyle(text);
      if (style && Math.abs(parseFloat(style.lineHeight) / parseFloat(style.fontSize) - 1.6) > 0.05) fault(`leading of ${style.lineHeight}`);
      if (width === 1280) all = all.concat(lines(root));
    }
  all.sort((a, b) => a - b);
  const median = all[all.length >> 1];
  if (!(all.length > 100 && median >= 66 && median <= 72)) faults.push(`half of ${all.length} lines have ${median} characters or more`);
  document.getElementById("faults").textContent = faults.join("\n") + `\nlooked at ${PAGES.length} pages`;
})();
</script>"##;

/// Adds up how far each page moves while it loads, and leaves what moved too far.
const SHIFT: &str = r##"<!doctype html><meta charset="utf-8"><iframe id="frame" style="border:0;height:900px"></iframe>
<script>
const frame = document.getElementById("frame"), faults = [];
const wait = (time) => new Promise((done) => setTimeout(done, time));
(async () => {
  for (const page of PAGES)
    for (const width of [1280, 390]) {
      frame.style.width = `${width}px`;
      // What moves is measured again, twice: on a busy machine a face comes at any moment.
      let shift = 0, moved = [], shifts = [];
      do {
        // Under an address of its own nothing of it is known.
        await new Promise((done) => { frame.onload = done; frame.src = `${page}?${width}-${shifts.length}`; });
        await wait(700);
        moved = [];
        new frame.contentWindow.PerformanceObserver((list) => moved.push(...list.getEntries().filter((it) => !it.hadRecentInput)))
          .observe({ type: "layout-shift", buffered: true });
        await wait(50);
        shifts.push(moved.reduce((sum, it) => sum + it.value, 0));
        // The middle one of three.
        shift = shifts.toSorted((a, b) => a - b)[shifts.length >> 1];
      } while (shift >= 0.02 && shifts.length < 3);
      const what = moved.flatMap((it) => it.sources.map(({ node }) => `${node?.nodeName} ${node?.textContent.slice(0, 30)}`));
      if (shift >= 0.02) faults.push(`${page} ${width}: ${shift}: ${what.slice(0, 3)}`);
    }
  await fetch("/seen", { method: "POST", body: faults.join("\n") + `\nlooked at ${PAGES.length} pages` });
})();
</script>"##;

/// How many bytes each face has, by its family, style, weight and first characters.
fn sizes() -> Vec<String> {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/fonts");
    let read = |name: &str| std::fs::read_to_string(fonts.join(name)).expect("the faces");
    let face = regex::Regex::new(concat!(
        r#"(?s)font-family: "([^"]+)";\s+font-style: (\w+);\s+font-weight: (\d+);.*?"#,
        r#"url\("(?:fonts/)?([^"]+)"\).*?unicode-range: ([^,;]+)"#
    ))
    .expect("a pattern");
    let text = read("faces.css") + &read("math.css");
    let sizes = face.captures_iter(&text).map(|it| {
        let size = fonts.join(&it[4]).metadata().expect("a face").len();
        format!("\"{} {} {} {}\": {size}", &it[1], &it[2], &it[3], &it[5])
    });
    let sizes: Vec<String> = sizes.collect();
    assert!(sizes.len() >= 12, "{sizes:?}");
    sizes
}

fn quoted(pages: &[String]) -> String {
    format!("{pages:?}")
}

/// What axe-core finds on the pages of a book in each theme, as wide as given, and on a page with a fault. `name` is that of the book's copy.
fn seen_by_axe(name: &str, width: u16) {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/npm/node_modules/axe-core/axe.min.js");
    let book = build(name);
    std::fs::copy(axe, book.join("axe.min.js")).expect("axe-core in target/npm, where .ci/run puts it");
    let pages = pages(&book);
    let views = ["light", "navy", "coal", "rust", "ayu"].map(|theme| format!("[\"{theme}\", {width}]")).join(", ");
    let checks = AXE.replace("PAGES", &quoted(&pages)).replace("VIEWS", &format!("[{views}]"));
    assert_eq!(faults(&book, "checks.html", &checks, 3600), format!("looked at {} pages", pages.len()));
    // What is wrong is seen.
    let page = std::fs::read_to_string(book.join("index.html")).expect("a page");
    std::fs::write(book.join("index.html"), page.replace("<main>", "<main><img src=\"favicon.png\">")).expect("a page");
    let checks = AXE.replace("PAGES", "[\"index.html\"]").replace("VIEWS", &format!("[[\"light\", {width}]]"));
    assert!(faults(&book, "checks.html", &checks, 60).contains("image-alt"));
}

#[test]
#[ignore = "needs Chromium and axe-core"]
fn no_reader_is_shut_out_of_a_page() {
    seen_by_axe("page-axe", 1280);
}

#[test]
#[ignore = "needs Chromium and axe-core"]
fn no_reader_is_shut_out_of_a_page_on_a_phone() {
    seen_by_axe("page-axe-narrow", 390);
}

/// A page as a browser shows it that runs no scripts.
fn without_scripts(page: &str) -> String {
    let scripts =
        regex::Regex::new(r#"(?s)<script\b.*?</script>|</?noscript>|<meta http-equiv[^>]*>"#).expect("a pattern");
    scripts.replace_all(page, "").into_owned()
}

#[test]
#[ignore = "needs Chromium and axe-core"]
fn a_page_without_scripts_shuts_no_reader_out() {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/npm/node_modules/axe-core/axe.min.js");
    let book = build("page-plain");
    std::fs::copy(axe, book.join("axe.min.js")).expect("axe-core in target/npm, where .ci/run puts it");
    let pages = pages(&book);
    for page in &pages {
        let text = std::fs::read_to_string(book.join(page)).expect("a page");
        std::fs::write(book.join(page), without_scripts(&text)).expect("a page");
    }
    let look = |chromium, pages: &[String]| {
        let checks = AXE.replace("PAGES", &quoted(pages)).replace("VIEWS", r#"[["system", 1280]]"#);
        faults_seen_by(chromium, &book, "checks.html", &checks, 3600)
    };
    let dark = || {
        let mut dark = chromium();
        dark.arg("--blink-settings=preferredColorScheme=0");
        dark
    };
    assert_eq!(look(chromium(), &pages), format!("looked at {} pages", pages.len()));
    assert_eq!(look(dark(), &pages), format!("looked at {} pages", pages.len()));
    // What can't be read on dark is seen, and only there.
    let page = std::fs::read_to_string(book.join("index.html")).expect("a page");
    std::fs::write(book.join("index.html"), page.replace("<main>", "<main><p style=\"color: #333\">Dim.</p>"))
        .expect("a page");
    let index = ["index.html".to_owned()];
    assert_eq!(look(chromium(), &index), "looked at 1 pages");
    assert!(look(dark(), &index).contains("color-contrast"));
}

#[test]
#[ignore = "needs Chromium"]
fn nothing_moves_while_a_page_loads() {
    let book = build("page-shift");
    let pages = pages(&book);
    let look = SHIFT.replace("PAGES", &quoted(&pages));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/look.html", listener.local_addr().expect("an address"));
    let browser = server::Browser::new().expect("a folder");
    let mut chromium = browser.command().arg("--window-size=1400,1000").arg(address).spawn().expect("chromium runs");
    let seen = server::serve(&listener, |path| {
        // Faces come late, as from afar.
        if path.ends_with(".woff2") {
            std::thread::sleep(Duration::from_millis(80));
        }
        if path == "look.html" {
            Some(look.clone().into_bytes())
        } else {
            std::fs::read(book.join(path)).ok()
        }
    });
    chromium.kill().expect("chromium ends");
    chromium.wait().expect("chromium ends");
    assert_eq!(seen.expect("what was seen").trim(), format!("looked at {} pages", pages.len()));
}

#[test]
#[ignore = "needs Chromium"]
fn a_page_is_set_as_a_book_is_and_weighs_little() {
    let book = build("page-type");
    let pages = pages(&book);
    let sizes = sizes();
    let checks = TYPE.replace("PAGES", &quoted(&pages)).replace("SIZES", &format!("({{{}}})", sizes.join(", ")));
    assert_eq!(faults(&book, "checks.html", &checks, 600), format!("looked at {} pages", pages.len()));
    let waiting = regex::Regex::new(r"<script(?: [^>]*)? src=").expect("a pattern");
    for page in &pages {
        let path = book.join(page);
        let packed = Command::new("gzip").arg("-c").arg(&path).output().expect("gzip runs").stdout.len();
        assert!(packed > 1000 && packed <= 150_000, "{page}: {packed} bytes");
        // Nothing in the head is waited for before the page is painted.
        let text = std::fs::read_to_string(&path).expect("a page");
        let head = text.split("</head>").next().unwrap_or_default();
        let scripts: Vec<&str> = waiting.find_iter(head).map(|it| it.as_str()).collect();
        assert_eq!(scripts, ["<script defer src="], "{page}");
    }
}

const PRINTED: &str = "# Printed\n\nA [link](https://example.org/far) and [another](other.md).\n\n\
    ```rust\nlet long = \"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen lastword\";\nlong.len()\n```\n\n\
    ```rust\n1.0f64 / 3.0\n```\n\n\
    <details><summary>Solution</summary>\n\nFolded away.\n\n</details>\n\n\
    ```rust\n//| alt: A sweep.\nrecto::Sweep::new(\"r\", [1, 2], |r| Ok(recto::Figure::from_svg(format!(\"<svg viewBox='0 0 8 8'><circle r='{r}'/></svg>\"))))?\n```\n\n\
    ```rust\n//| alt: Wide.\n//| width: wide\n\
    let panel = || recto::Figure::from_svg(\"<svg class='pen-figure' width='700' height='9' viewBox='0 0 700 9'><path d='M0 0H700'/></svg>\");\n\
    recto::Figure::panels(2, [panel(), panel()])\n```\n\n\
    Its length is [97](=long.chars().filter(|letter|letter.is_alphabetic()||letter.is_whitespace()||letter.is_ascii_punctuation()).count()+0).\n";

#[test]
#[ignore = "needs Chromium and pdftotext"]
fn a_page_prints_whole_and_alone() {
    // Twenty columns, more than paper has room for.
    let row = |cell: &dyn Fn(usize) -> String| format!("|{}\n", (1..=20).map(|at| cell(at) + "|").collect::<String>());
    let table =
        row(&|at| format!("column{at}")) + &row(&|_| "--:".to_owned()) + &row(&|at| format!("{}", at * 1_111_111));
    let sentence = "a sentence that takes several lines of its column, whatever the others have, and more words than a heading of its row";
    let sentences =
        format!("|   | proved | open |\n|---|---|---|\n| connectivity | {sentence}, {sentence} | {sentence} |\n");
    let book = Book::new(
        "page-print",
        &[
            ("index", "# Cover\n\n<!-- recto contents -->\n"),
            ("one", &format!("{PRINTED}\n{table}\n{sentences}")),
            ("other", "# Another\n\nThe end.\n"),
        ],
    );
    book.page("one.html");
    let printed = |name: &str| {
        let pdf = book.0.join(format!("{name}.pdf"));
        let status = chromium()
            .arg(format!("--user-data-dir={}", book.0.join("profile").display()))
            .args(["--no-pdf-header-footer", &format!("--print-to-pdf={}", pdf.display())])
            .arg(format!("file://{}", book.0.join("book").join(name).display()))
            .output()
            .expect("chromium runs");
        assert!(status.status.success());
        let text = Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output().expect("pdftotext runs");
        String::from_utf8_lossy(&text.stdout).into_owned()
    };
    let one = printed("one.html");
    for there in [
        "A link (https://example.org/far) and another.",
        "lastword",
        "Solution",
        "Folded away.",
        "0.333333",
        "r=1",
        "column20 22222220",
        "connectivity ",
    ] {
        assert!(one.contains(there), "{there}: {one}");
    }
    for gone in [
        "0.33333333", "all digits", "Cover", "Next", "Download", "r=2", "other.html", "Skip",
    ] {
        assert!(!one.contains(gone), "{gone}: {one}");
    }
    let whole = printed("print.html");
    let at = |text: &str| whole.find(text).unwrap_or_else(|| panic!("{text}: {whole}"));
    // A title page, then the lessons, each on a page of its own.
    assert!(at("Cover") < at("Folded away.") && at("Folded away.") < at("The end."));
    assert!(whole.matches('\u{c}').count() >= 3, "{whole}");
    assert!(!whole.contains("Print the book"), "{whole}");
    let last_lines: Vec<&str> =
        whole.split('\u{c}').filter_map(|page| page.trim_end().lines().next_back()).map(str::trim).collect();
    assert_eq!(last_lines[1..3], ["2", "3"], "{last_lines:?}");
    // Were anything wider than the paper, all pages would be printed smaller.
    let boxes = Command::new("pdftotext")
        .arg("-bbox")
        .arg(book.0.join("print.html.pdf"))
        .arg("-")
        .output()
        .expect("pdftotext runs");
    let boxes = String::from_utf8_lossy(&boxes.stdout).into_owned();
    let word = boxes.lines().find(|line| line.contains(">Folded<")).expect("the word");
    let side = |name: &str| -> f64 {
        let value = word.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
        value.and_then(|it| it.parse().ok()).expect("a number")
    };
    let height = side("yMax") - side("yMin");
    assert!((13.0..14.5).contains(&height), "10.5 points are {height} high");
}
