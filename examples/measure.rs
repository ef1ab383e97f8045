//! Measures the pages of a finished book in Chromium, and prints what it finds beside the goals, as markdown:
//! `cargo run --example measure -- book/book > benches/pages.md`.
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
const LOOK: &str = r##"<!doctype html><meta charset="utf-8">
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
// Where the keyboard stops before the text, and whether the first stop leads past the others.
const stops = (root) => {
  const main = root.querySelector("main");
  const all = [...root.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
  const seen = all.filter((it) => it.tabIndex >= 0 && !it.disabled && it.getClientRects().length);
  const before = seen.filter((it) => it.compareDocumentPosition(main) & Node.DOCUMENT_POSITION_FOLLOWING);
  return { stops: before.length, skips: before.length > 0 && before[0].matches(`.recto-skip[href="#${main.closest("[id]")?.id}"]`) };
};
// What is read as text and is a number with a hyphen before it.
const hyphens = (root) => {
  const walker = root.createTreeWalker(root.querySelector("main"), NodeFilter.SHOW_TEXT);
  let count = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest("code, pre, annotation, script, style, .recto-lets"))
      count += (node.data.match(/(^|[\s([=≈<>≤≥±,])-\d/g) || []).length;
  return count;
};
const headings = (root) => {
  const levels = [...root.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((it) => Number(it.localName[1]));
  return { titles: levels.filter((level) => level === 1).length, jumps: levels.filter((level, at) => at && level > levels[at - 1] + 1).length };
};
// Themes differ in colours alone: all rules are tried in recto's own two.
const axe = async (view, root, theme) => {
  await new Promise((done, failed) => {
    const script = root.createElement("script");
    [script.src, script.onload, script.onerror] = [new URL(AXE, location.href).href, done, failed];
    root.head.append(script);
  });
  const rules = ["light", "navy"].includes(theme) ? {} : { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };
  const { violations } = await view.axe.run(root, { resultTypes: ["violations"], ...rules });
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
    const resources = view.performance.getEntriesByType("resource"), fetched = resources.map((it) => it.name);
    const one = { page, shift: await shift(view), paint: paint ? paint.startTime : 0, fetched, ...lines(root, view), axe: {} };
    one.failed = resources.filter((it) => it.responseStatus >= 400).length;
    one.elsewhere = fetched.filter((name) => !name.startsWith(location.origin) && !name.startsWith("data:")).length;
    Object.assign(one, stops(root), headings(root), { hyphens: hyphens(root) });
    one.digits = [...root.querySelectorAll(".recto-shown")].filter((it) => (it.innerText.match(/\d+\.\d+/g) || [])
      .some((number) => number.replace(".", "").replace(/^0+/, "").length > 6)).length;
    one.shown = root.querySelectorAll(".recto-shown").length;
    one.tuples = [...root.querySelectorAll(".recto-shown, .recto-printed")].filter((it) => /^\(.*,.*\)$/.test(it.innerText.trim())).length;
    one.blocking = [...root.head.querySelectorAll("script[src]:not([defer]):not([async])")].length;
    let narrow;
    one.wide = false;
    [one.code, one.scrollers, one.unreachable] = [0, 0, 0];
    for (const width of ["390px", "360px"]) {
      frame.style.width = width;
      await load(page);
      await wait(100);
      narrow = frame.contentDocument;
      one.wide ||= narrow.documentElement.scrollWidth > parseInt(width) + 1;
      const scrolls = [...narrow.querySelectorAll("main *")].filter((it) => {
        const style = frame.contentWindow.getComputedStyle(it);
        return it.scrollWidth > it.clientWidth + 1 && ["auto", "scroll"].includes(style.overflowX) && it.clientWidth > 0;
      });
      const code = scrolls.filter((it) => it.closest("pre"));
      one.code = Math.max(one.code, code.length);
      one.scrollers = Math.max(one.scrollers, scrolls.length - code.length);
      one.unreachable += scrolls.filter((it) => it.tabIndex < 0 && !it.querySelector("a, button, input, summary")).length;
    }
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
          one.axe[`${theme} ${width}`] = await axe(frame.contentWindow, frame.contentDocument, theme);
        }
    seen.push(one);
  }
  await fetch("/seen", { method: "POST", body: JSON.stringify(seen) });
})();
</script>"##;

/// What is measured of a page, where there is something to measure, and its goal.
struct Measure {
    name: &'static str,
    goal: &'static str,
    of: fn(&Seen) -> Option<f64>,
    is_reached: fn(f64) -> bool,
    /// Why a page may miss it.
    reason: &'static str,
}

const MEASURES: [Measure; 15] = [
    most(
        "page with its figures, KB compressed, fonts apart",
        "≤ 150",
        |it| Some(it.kilobytes),
        |it| it <= 150.0,
    ),
    most("fonts, KB", "< 150", |it| Some(it.fonts), |it| it < 150.0),
    Measure {
        reason: "on a busy machine a load may move; `tests/page.rs` loads each page with late faces, and nothing moves there",
        ..most("layout shift", "< 0.02", |it| Some(it.number("shift")), |it| it < 0.02)
    },
    none("scripts before the first paint", |it| Some(it.number("blocking"))),
    none("requests that fail, or leave the site", |it| Some(it.number("failed") + it.number("elsewhere"))),
    none("axe-core: serious or critical, in each theme, wide and narrow", |it| {
        it.axe().map(|found| found.len() as f64)
    }),
    most("characters a line", "66 to 72", |it| it.if_any("line"), |it| (66.0..=72.0).contains(&it)),
    most(
        "text in figures at 360 px, px",
        "≥ 11",
        |it| Some(it.number("text")).filter(|it| *it < 99.0),
        |it| it >= 11.0,
    ),
    none("wider than a phone of 390 or 360 px", |it| Some(f64::from(u8::from(it.is("wide"))))),
    none("moved sideways on a phone, but code", |it| Some(it.number("scrollers"))),
    none("moved sideways, and not by key", |it| Some(it.number("unreachable"))),
    none("stops of the keyboard before the text, if the first does not skip them", |it| {
        Some(if it.is("skips") { 0.0 } else { it.number("stops") })
    }),
    none("titles more than one, and levels of headings left out", |it| {
        Some(it.number("titles") - 1.0 + it.number("jumps"))
    }),
    Measure {
        reason: "the text of a lesson, or what its code writes, has them",
        ..none("hyphens for minus", |it| Some(it.number("hyphens")))
    },
    Measure {
        reason: "text that a cell formats itself is shown as it is",
        ..none("shown values of more than six digits, and bare tuples", |it| {
            Some(it.number("digits") + it.number("tuples"))
        })
    },
];

const fn most(
    name: &'static str,
    goal: &'static str,
    of: fn(&Seen) -> Option<f64>,
    is_reached: fn(f64) -> bool,
) -> Measure {
    Measure { name, goal, of, is_reached, reason: "" }
}

const fn none(name: &'static str, of: fn(&Seen) -> Option<f64>) -> Measure {
    most(name, "0", of, |it| it == 0.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let book = std::env::args().nth(1).map_or_else(|| PathBuf::from("book/book"), PathBuf::from);
    let book = std::fs::canonicalize(&book).map_err(|error| format!("`{}`: {error}", book.display()))?;
    let mut pages = Vec::new();
    for below in ["", "verification"] {
        for entry in std::fs::read_dir(book.join(below)).into_iter().flatten() {
            pages.push(Path::new(below).join(entry?.file_name()).to_string_lossy().into_owned());
        }
    }
    pages.retain(|name| name.ends_with(".html") && !["404.html", "toc.html", "print.html"].contains(&name.as_str()));
    pages.sort();
    let (seen, errors) = look(&book, &pages)?;
    let mut sizes = Sizes::default();
    let seen = seen.into_iter().map(|page| Seen::of(&book, page, &mut sizes)).collect::<Result<Vec<_>, _>>()?;
    println!(
        "# What a reader gets\n\nMade by `cargo run --example measure`, which says how, of {} pages in Chromium.\n",
        seen.len()
    );
    println!("| measure | goal | least | median | most | missed by |\n|---|---|--:|--:|--:|---|");
    MEASURES.iter().for_each(|measure| println!("{}", summary(measure, &seen)));
    println!("| errors and warnings in the console | 0 | | | {errors} | |\n");
    println!(
        "| page | HTML KB raw / gz | page KB gz | fonts KB | requests | characters a line | leading | first paint ms | stops before the text \
        | code moved sideways | figure text px | long values | axe |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    seen.iter().for_each(|page| println!("{}", row(page)));
    Ok(())
}

/// A measure of all pages, and those that miss its goal.
fn summary(measure: &Measure, seen: &[Seen]) -> String {
    let measured = || seen.iter().filter_map(|page| Some((page, (measure.of)(page)?)));
    let missed = measured().filter(|(_, value)| !(measure.is_reached)(*value));
    let missed: Vec<&str> = missed.map(|(page, _)| page.name()).collect();
    let mut all: Vec<f64> = measured().map(|(_, value)| value).collect();
    all.sort_by(f64::total_cmp);
    let written = |at: usize| {
        let value = all.get(at).copied()?;
        let text = format!("{value:.3}");
        Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
    };
    let [least, median, most] = [0, all.len() / 2, all.len().saturating_sub(1)]
        .map(|at| written(at).unwrap_or_else(|| "not measured".to_owned()));
    let reason = if missed.is_empty() || measure.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", measure.reason)
    };
    format!(
        "| {} | {} | {least} | {median} | {most} | {}{reason} |",
        measure.name,
        measure.goal,
        missed.join(", ")
    )
}

/// What Chromium sees of each page, and how many lines its console has; it gets the book from a server on this machine, as a reader does.
fn look(book: &Path, pages: &[String]) -> Result<(Vec<Value>, usize), Box<dyn Error>> {
    let quoted: Vec<String> = pages.iter().map(|page| format!("{page:?}")).collect();
    let axe = std::env::var_os("AXE").map(std::fs::read).transpose()?;
    let look = LOOK.replace("PAGES_OF_THE_BOOK", &quoted.join(","));
    let look = look.replace("AXE_PATH", if axe.is_some() { AXE } else { "" });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/look.html", listener.local_addr()?);
    let browser = Browser::new()?;
    let console = tempfile::NamedTempFile::new()?;
    let mut chromium = browser
        .command()
        .args(["--window-size=1400,1000", "--enable-logging=stderr", &address])
        .stderr(console.reopen()?)
        .spawn()?;
    let seen = serve(&listener, |path| match path {
        "look.html" => Some(look.clone().into_bytes()),
        AXE => axe.clone(),
        path => std::fs::read(book.join(path)).ok(),
    });
    let _ = chromium.kill();
    let _ = chromium.wait();
    let said = std::fs::read_to_string(console.path())?;
    Ok((serde_json::from_str(&seen?)?, said.lines().filter(|line| line.contains("CONSOLE")).count()))
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

/// A page as it was seen, and what it weighs, in KB.
struct Seen {
    json: Value,
    raw: f64,
    packed: f64,
    kilobytes: f64,
    fonts: f64,
}

impl Seen {
    fn of(book: &Path, json: Value, sizes: &mut Sizes) -> Result<Seen, Box<dyn Error>> {
        let html = book.join(json["page"].as_str().unwrap_or_default());
        let raw = std::fs::metadata(&html)?.len() as f64 / 1e3;
        let packed = sizes.of(&html)? as f64 / 1e3;
        let (mut kilobytes, mut fonts) = (packed, 0.0);
        for url in json["fetched"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let Some(file) = url.splitn(4, '/').nth(3) else {
                continue;
            };
            let path = book.join(file.split(['?', '#']).next().unwrap_or_default());
            match path.extension().and_then(|it| it.to_str()) {
                Some("woff2" | "woff") => fonts += std::fs::metadata(&path)?.len() as f64 / 1e3,
                _ => kilobytes += sizes.of(&path)? as f64 / 1e3,
            }
        }
        Ok(Seen { json, raw, packed, kilobytes, fonts })
    }

    fn name(&self) -> &str {
        self.json["page"].as_str().unwrap_or_default().trim_end_matches(".html")
    }

    fn number(&self, key: &str) -> f64 {
        self.json[key].as_f64().unwrap_or_default()
    }

    fn is(&self, key: &str) -> bool {
        self.json[key] == true
    }

    /// The same, if the page has what is measured.
    fn if_any(&self, key: &str) -> Option<f64> {
        Some(self.number(key)).filter(|it| *it > 0.0)
    }

    /// What axe-core found, by theme and width, if it was there.
    fn axe(&self) -> Option<Vec<String>> {
        let places = self.json["axe"].as_object().filter(|places| !places.is_empty())?;
        let found = places.iter().filter_map(|(place, found)| {
            let found: Vec<&str> = found.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            (!found.is_empty()).then(|| format!("{place}: {}", found.join(", ")))
        });
        Some(found.collect())
    }
}

fn row(page: &Seen) -> String {
    let axe = page.axe();
    format!(
        "| {} | {:.0} / {:.0} | {:.0} | {:.0} | {} | {} | {:.2} | {:.0} | {} | {} | {:.1} | {} of {} | {} |",
        page.name(),
        page.raw,
        page.packed,
        page.kilobytes,
        page.fonts,
        page.json["fetched"].as_array().map_or(0, Vec::len),
        page.number("line"),
        page.number("leading"),
        page.number("paint"),
        page.number("stops"),
        page.number("code"),
        page.number("text"),
        page.number("digits"),
        page.number("shown"),
        axe.map_or("not measured".to_owned(), |found| if found.is_empty() { "0".to_owned() } else { found.join("; ") }),
    )
}
