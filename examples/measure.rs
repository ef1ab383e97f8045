//! Measures the pages of a finished book in Chromium, and prints a table: `cargo run --example measure -- book/book`.
//!
//! `AXE=/path/to/axe.min.js` counts what axe-core finds too, of serious and critical impact, in each theme, wide and narrow.
//! Sizes are of files as a server would send them, compressed by gzip.

mod chromium;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use chromium::{Browser, serve};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// Looks at each page, and leaves what it sees as JSON.
const LOOK: &str = r#"<!doctype html><meta charset="utf-8">
<iframe id="frame" style="border:0;height:900px"></iframe>
<script>
const PAGES = [PAGES_OF_THE_BOOK], THEMES = ["light", "rust", "coal", "navy", "ayu"], AXE = "AXE_PATH";
const frame = document.getElementById("frame");
const wait = (time) => new Promise((done) => setTimeout(done, time));
const load = (url) => new Promise((done) => { frame.onload = done; frame.src = url; });
const shift = (view) => new Promise((done) => {
  let sum = 0;
  new view.PerformanceObserver((list) => { for (const it of list.getEntries()) if (!it.hadRecentInput) sum += it.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 50);
});
// Characters of the lines of a paragraph, the last line apart.
const lines = (root, view) => {
  const counts = [];
  for (const p of root.querySelectorAll("main > p")) {
    if (p.querySelector("math, code, br") || p.textContent.length < 250) continue;
    const range = root.createRange(), tops = new Map();
    const walker = root.createTreeWalker(p, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      for (let at = 0; at < node.length; at++) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const top = Math.round(range.getBoundingClientRect().top / 6);
        tops.set(top, (tops.get(top) || 0) + 1);
      }
    counts.push(...[...tops.values()].slice(0, -1).filter((count) => count > 5));
  }
  counts.sort((a, b) => a - b);
  const style = view.getComputedStyle(root.querySelector("main p") || root.body);
  return { line: counts[counts.length >> 1] || 0, leading: parseFloat(style.lineHeight) / parseFloat(style.fontSize) };
};
const axe = async (view, root) => {
  await new Promise((done, failed) => {
    const script = root.createElement("script");
    [script.src, script.onload, script.onerror] = [AXE, done, failed];
    root.head.append(script);
  });
  const { violations } = await view.axe.run(root, { resultTypes: ["violations"] });
  return violations.filter((it) => ["serious", "critical"].includes(it.impact)).map((it) => `${it.id} ${it.nodes.length}`);
};
(async () => {
  const seen = [];
  for (const page of PAGES) {
    frame.style.width = "1280px";
    localStorage.setItem("mdbook-theme", "light");
    await load(page);
    await wait(200);
    const view = frame.contentWindow, root = frame.contentDocument;
    const paint = view.performance.getEntriesByType("paint").find((it) => it.name === "first-contentful-paint");
    const fetched = view.performance.getEntriesByType("resource").map((it) => it.name);
    const one = { page, shift: await shift(view), paint: paint ? paint.startTime : 0, fetched, ...lines(root, view), axe: {} };
    one.digits = [...root.querySelectorAll(".recto-shown")].filter((it) => (it.innerText.match(/\d+\.\d+/g) || [])
      .some((number) => number.replace(".", "").replace(/^0+/, "").length > 6)).length;
    one.shown = root.querySelectorAll(".recto-shown").length;
    one.blocking = [...root.head.querySelectorAll("script[src]:not([defer]):not([async])")].length;
    frame.style.width = "360px";
    await load(page);
    await wait(100);
    const narrow = frame.contentDocument;
    one.wide = narrow.documentElement.scrollWidth > 361;
    const scrolls = [...narrow.querySelectorAll("main *")].filter((it) => {
      const style = frame.contentWindow.getComputedStyle(it);
      return it.scrollWidth > it.clientWidth + 1 && ["auto", "scroll"].includes(style.overflowX) && it.clientWidth > 0;
    });
    one.scrollers = scrolls.length;
    one.unreachable = scrolls.filter((it) => it.tabIndex < 0 && !it.querySelector("a, button, input, summary")).length;
    const texts = [...narrow.querySelectorAll("main svg text")].map((it) => {
      const svg = it.ownerSVGElement, scale = svg.viewBox.baseVal.width ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
      return svg.getBoundingClientRect().width ? parseFloat(frame.contentWindow.getComputedStyle(it).fontSize) * scale : 99;
    });
    one.text = Math.min(99, ...texts);
    if (AXE)
      for (const width of ["1280px", "390px"])
        for (const theme of THEMES) {
          frame.style.width = width;
          localStorage.setItem("mdbook-theme", theme);
          await load(page);
          await wait(100);
          one.axe[`${theme} ${width}`] = await axe(frame.contentWindow, frame.contentDocument);
        }
    seen.push(one);
  }
  await fetch("/seen", { method: "POST", body: JSON.stringify(seen) });
})();
</script>"#;

fn main() -> Result<(), Box<dyn Error>> {
    let book = std::env::args().nth(1).map_or_else(|| PathBuf::from("book/book"), PathBuf::from);
    let book = std::fs::canonicalize(&book).map_err(|error| format!("`{}`: {error}", book.display()))?;
    let names =
        std::fs::read_dir(&book)?.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut pages: Vec<String> = names.collect::<Result<_, _>>()?;
    pages.retain(|name| name.ends_with(".html") && !["404.html", "toc.html", "print.html"].contains(&name.as_str()));
    pages.sort();
    let mut sizes = Sizes::default();
    println!(
        "| page | HTML KB raw / gz | page KB gz | fonts KB | characters a line | leading | shift | first paint ms | blocking scripts \
        | scrollers at 360 px (no key) | smallest figure text px | long shown values | axe |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for page in look(&book, &pages)? {
        println!("{}", row(&book, &page, &mut sizes)?);
    }
    Ok(())
}

/// What Chromium sees of each page; it gets the book from a server on this machine, as a reader does.
fn look(book: &Path, pages: &[String]) -> Result<Vec<Value>, Box<dyn Error>> {
    let quoted: Vec<String> = pages.iter().map(|page| format!("{page:?}")).collect();
    let axe = std::env::var_os("AXE").map(std::fs::read).transpose()?;
    let look = LOOK.replace("PAGES_OF_THE_BOOK", &quoted.join(","));
    let look = look.replace("AXE_PATH", if axe.is_some() { AXE } else { "" });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/look.html", listener.local_addr()?);
    let browser = Browser::new()?;
    let mut chromium = browser.command().arg("--window-size=1400,1000").arg(address).spawn()?;
    let seen = serve(&listener, |path| match path {
        "look.html" => Some(look.clone().into_bytes()),
        AXE => axe.clone(),
        path => std::fs::read(book.join(path)).ok(),
    });
    let _ = chromium.kill();
    let _ = chromium.wait();
    Ok(serde_json::from_str(&seen?)?)
}

/// Where axe-core stands beside the pages.
const AXE: &str = "axe-core.js";

/// Compressed sizes of files, in bytes, by path.
#[derive(Default)]
struct Sizes(BTreeMap<PathBuf, usize>);

impl Sizes {
    fn of(&mut self, path: &Path) -> Result<usize, Box<dyn Error>> {
        if let Some(size) = self.0.get(path) {
            return Ok(*size);
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&std::fs::read(path)?)?;
        let size = encoder.finish()?.len();
        self.0.insert(path.to_path_buf(), size);
        Ok(size)
    }
}

fn row(book: &Path, page: &Value, sizes: &mut Sizes) -> Result<String, Box<dyn Error>> {
    let name = page["page"].as_str().unwrap_or_default();
    let html = book.join(name);
    let raw = std::fs::metadata(&html)?.len() as f64;
    let packed = sizes.of(&html)? as f64;
    let (mut all, mut fonts) = (packed, 0.0);
    for url in page["fetched"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let Some(file) = url.splitn(4, '/').nth(3) else {
            continue;
        };
        let path = book.join(file.split(['?', '#']).next().unwrap_or_default());
        match path.extension().and_then(|it| it.to_str()) {
            Some("woff2" | "woff") => fonts += std::fs::metadata(&path)?.len() as f64,
            _ => all += sizes.of(&path)? as f64,
        }
    }
    let number = |key: &str| page[key].as_f64().unwrap_or_default();
    let axe: Vec<String> = page["axe"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(place, found)| {
            let found: Vec<&str> = found.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            (!found.is_empty()).then(|| format!("{place}: {}", found.join(", ")))
        })
        .collect();
    Ok(format!(
        "| {} | {:.0} / {:.0} | {:.0} | {:.0} | {} | {:.2} | {:.3} | {:.0} | {} | {} ({}){} | {:.1} | {} of {} | {} |",
        name.trim_end_matches(".html"),
        raw / 1e3,
        packed / 1e3,
        all / 1e3,
        fonts / 1e3,
        number("line"),
        number("leading"),
        number("shift"),
        number("paint"),
        number("blocking"),
        number("scrollers"),
        number("unreachable"),
        if page["wide"].as_bool() == Some(true) { " too wide" } else { "" },
        number("text"),
        number("digits"),
        number("shown"),
        if axe.is_empty() { "0".to_owned() } else { axe.join("; ") },
    ))
}
