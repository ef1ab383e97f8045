//! `recto serve`, from outside: pages over HTTP, news of changes, and what a browser makes of them.
//!
//! What needs Chromium is ignored unless asked for: `cargo test --test serve -- --ignored`.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::Book;
use support::browser::chromium;

/// After so long something does not come any more.
const NEVER: Duration = Duration::from_secs(60);

/// A book that is served; the server ends with it.
struct Served {
    book: Book,
    server: Child,
    address: String,
    said: Arc<Mutex<String>>,
}

impl Served {
    fn new(book: Book) -> Served {
        let mut server = book.command(&["serve", "--port", "0"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
        let first = lines.next().unwrap();
        let address = first.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("no address: {first}")).to_owned();
        let said = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || lines.for_each(|line| *heard.lock().unwrap() += &(line + "\n")));
        Served { book, server, address, said }
    }

    /// What a request with these lines gets: its head and its body.
    fn ask(&self, lines: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(NEVER)).unwrap();
        stream.write_all(format!("{lines}\r\n\r\n").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        (head.to_owned(), body.to_owned())
    }

    /// A page, as a browser of this machine gets it.
    fn page(&self, path: &str) -> String {
        let (head, body) = self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}", self.address));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {head}");
        body
    }

    fn news(&self) -> News {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(NEVER)).unwrap();
        let request = format!("GET /.recto/news HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).unwrap();
        News(BufReader::new(stream))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What a reader who waits is told.
struct News(BufReader<TcpStream>);

impl News {
    fn next(&mut self) -> Value {
        let (mut line, start) = (String::new(), Instant::now());
        loop {
            line.clear();
            assert!(start.elapsed() < NEVER, "no news come");
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the server is gone");
            if let Some(news) = line.strip_prefix("data: ") {
                return serde_json::from_str(news).unwrap();
            }
        }
    }

    /// Those after which something holds.
    fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let news = self.next();
            if holds(&news) {
                return news;
            }
            assert!(start.elapsed() < NEVER, "{news}");
        }
    }

    fn until_right(&mut self) {
        self.until(|news| news["published"] == true && news["problems"] == 0);
    }
}

const LESSON: &str = "# Lesson\n\n```rust\nlet k = 10;\n```\n\nIt is [10](=k). First text.\n";

#[test]
fn a_page_follows_its_chapter() {
    let served = Served::new(Book::new("serve-follow", &[("one", LESSON), ("two", "# Two\n")]));
    let (mut news, mut others) = (served.news(), served.news());
    news.until_right();
    others.until_right();
    let page = served.page("/one.html?a#b");
    assert!(page.contains("First text."), "{page}");
    // It runs the server's script, and asks the server; what is published does neither.
    let policy = page
        .split("<meta http-equiv=\"Content-Security-Policy\"")
        .nth(1)
        .unwrap()
        .split("\">")
        .next()
        .unwrap();
    assert!(policy.contains("connect-src 'self';") && !policy.contains("'unsafe-inline'"), "{policy}");
    assert_eq!(page.matches("<script defer src=\"/.recto/live.js\" data-page=").count(), 1);
    assert!(served.page("/.recto/live.js").contains("EventSource"));
    assert!(!served.book.0.join("book").exists(), "the author's own book is not touched");
    assert_eq!(served.page("/"), served.page("/index.html"));

    served.book.write("src/one.md", &LESSON.replace("First", "Second"));
    news.until_right();
    others.until_right();
    assert!(served.page("/one.html").contains("Second text."));

    let published = served.book.page("one.html");
    assert!(published.contains("connect-src 'none'") && !published.contains(".recto/"), "{published}");
}

#[test]
fn what_is_wrong_is_shown_in_its_place_until_it_is_mended() {
    let served = Served::new(Book::new("serve-wrong", &[("one", LESSON)]));
    let mut news = served.news();
    news.until_right();
    served.book.write("src/one.md", &LESSON.replace("[10]", "[11]"));
    let told = news.until(|news| news["problems"] == 1);
    assert_eq!(told["published"], true);
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("the text says 11, the value is 10") && text.contains("src/one.md:7:7"), "{text}");
    let page = served.page("/one.html");
    let shown = page.split("class=\"recto-mark\"").nth(1).expect("a problem on the page");
    assert!(shown.contains("the text says 11, the value is 10"), "{shown}");
    let said = served.said.lock().unwrap().clone();
    assert!(
        said.contains("error[claim]: the text says 11") && said.contains("1 problem; the pages show"),
        "{said}"
    );

    served.book.write("src/one.md", LESSON);
    news.until_right();
    assert!(!served.page("/one.html").contains("class=\"recto-mark\""));
}

#[test]
fn what_can_not_be_shown_leaves_the_pages_and_says_so() {
    let served = Served::new(Book::new("serve-stays", &[("one", LESSON)]));
    let mut news = served.news();
    news.until_right();
    served.book.write("book.toml", "[book\n");
    let told = news.until(|news| news["published"] == false);
    assert!(told["text"].as_str().unwrap().contains("book.toml:1"), "{told}");
    assert!(served.page("/one.html").contains("First text."));
    served.book.write("book.toml", "[book]\ntitle = \"Case\"\n");
    news.until_right();
    served.book.write("src/SUMMARY.md", "- [One](one.md)\n- [Two](part/two.md)\n");
    news.until(|news| news["published"] == false);
    served.book.write("src/part/two.md", "# Two\n");
    news.until_right();
    assert!(served.page("/part/two.html").contains("Two</"));
}

#[test]
fn a_book_that_begins_wrong_is_served_when_it_is_mended() {
    let book = Book::new("serve-begins", &[("one", LESSON)]);
    book.write("book.toml", "[book\n");
    let served = Served::new(book);
    let mut news = served.news();
    news.until(|news| news["published"] == false);
    let (head, body) = served.ask(&format!("GET / HTTP/1.1\r\nHost: {}", served.address));
    assert!(head.starts_with("HTTP/1.1 503 ") && body.contains("/.recto/live.js"), "{head}\n{body}");
    served.book.write("book.toml", "[book]\ntitle = \"Case\"\n");
    news.until_right();
    assert!(served.page("/").contains("First text."));
}

#[test]
fn all_that_a_page_is_made_of_is_watched() {
    let lesson = "# Lesson\n\n{{#include ../../beside/shared.md}}\n\n```rust\nlet text = recto::data_string(\"a.txt\")?;\n\
                  println!(\"{text} {}\", watched::word());\n```\n\nAs [@a] says.\n";
    let book = Book::new("serve-watch/book", &[("one", lesson)]);
    book.write("data/a.txt", "first data");
    book.write("../beside/shared.md", "First include.");
    let library =
        |word: &str| format!("//! A library.\n\n/// A word.\npub fn word() -> &'static str {{\n    \"{word}\"\n}}\n");
    book.write("Cargo.toml", "[package]\nname = \"watched\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\npath = \"kit/lib.rs\"\n\n[workspace]\n");
    book.write("kit/lib.rs", &library("first library"));
    let works = |title: &str| format!("@book{{a, title = {{{title}}}, author = {{A, B}}, year = {{2000}}}}\n");
    book.write("references.bib", &works("First work"));
    let served = Served::new(book);
    let mut news = served.news();
    news.until_right();
    let new_settings = "[book]\ntitle = \"Second title\"\n[output.html]\nadditional-css = [\"styles/own.css\"]\n";
    served.book.write("styles/own.css", "a {}");
    for (file, text, path, shown) in [
        ("data/a.txt", "second data".to_owned(), "/one.html", "second data first library"),
        ("../beside/shared.md", "Second include.".to_owned(), "/one.html", "Second include."),
        ("kit/lib.rs", library("second library"), "/one.html", "second data second library"),
        ("references.bib", works("Second work"), "/references.html", "Second work"),
        ("book.toml", new_settings.to_owned(), "/one.html", "Second title"),
        (
            "theme/head.hbs",
            "<meta name=\"own\" content=\"first\">".to_owned(),
            "/one.html",
            "content=\"first\"",
        ),
        (
            "theme/head.hbs",
            "<meta name=\"own\" content=\"second\">".to_owned(),
            "/one.html",
            "content=\"second\"",
        ),
        ("src/part/picture.txt", "A new file.".to_owned(), "/part/picture.txt", "A new file."),
    ] {
        served.book.write(file, &text);
        // A folder that comes has its file a moment later.
        let start = Instant::now();
        while !served.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost")).1.contains(shown) {
            assert!(start.elapsed() < NEVER, "{file}: {}", served.said.lock().unwrap());
            news.next();
        }
    }
}

#[test]
fn the_last_state_wins() {
    let lesson = |state: usize| {
        format!(
            "# Lesson\n\n```rust\nstd::thread::sleep(std::time::Duration::from_millis(400));\nprintln!(\"state {state}\");\n```\n"
        )
    };
    let served = Served::new(Book::new("serve-last", &[("one", &lesson(0))]));
    let mut news = served.news();
    news.until_right();
    for state in 1..=6 {
        served.book.write("src/one.md", &lesson(state));
        std::thread::sleep(Duration::from_millis(150 * state as u64 % 400));
    }
    while !served.page("/one.html").contains("state 6") {
        news.next();
    }
}

#[test]
fn a_text_that_is_written_in_two_steps_is_built_once() {
    let served = Served::new(Book::new("serve-two-steps", &[("one", LESSON)]));
    let mut news = served.news();
    news.until_right();
    let built = || served.said.lock().unwrap().matches("Verified").count();
    let before = built();
    for text in ["Second", "Third"] {
        served.book.write("src/one.md", "");
        std::thread::sleep(Duration::from_millis(120));
        served.book.write("src/one.md", &LESSON.replace("First", text));
        news.until_right();
        assert!(served.page("/one.html").contains(&format!("{text} text.")));
    }
    assert!(!served.said.lock().unwrap().contains("without anything to check"));
    assert_eq!(built() - before, 2);
    // One that stays empty is what its author wants.
    served.book.write("src/one.md", "");
    news.until_right();
    assert!(!served.page("/one.html").contains("Third"));
}

#[test]
fn what_was_wrong_before_is_not_told_anew() {
    let picture = "# Two\n\n![](there.svg)\n";
    let served = Served::new(Book::new("serve-said", &[("one", &LESSON.replace("[10]", "[11]")), ("two", picture)]));
    let mut news = served.news();
    let wrong = |news: &Value| news["problems"] != 0;
    news.until(wrong);
    let said = |what: &str| served.said.lock().unwrap().matches(what).count();
    let first = said("the text says 11");
    // What stands above moves it to another line.
    served.book.write("src/one.md", &format!("Above.\n\n{}", LESSON.replace("[10]", "[11]")));
    news.until(wrong);
    let again = served.said.lock().unwrap().clone();
    assert!(again.contains("as before: src/one.md:9:7: the text says 11"), "{again}");
    assert_eq!(again.matches("the text says 11").count(), first + 1, "{again}");
    served.book.write("src/one.md", &LESSON.replace("[10]", "[12]"));
    news.until(wrong);
    let other = served.said.lock().unwrap().clone();
    assert!(other.contains("error[claim]: the text says 12"), "{other}");
}

#[test]
fn a_program_that_nobody_waits_for_is_ended() {
    // What ran past its limit once is known to, so no two runs have the same code.
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let endless = LESSON.replace("let k = 10;", &format!("let k = 10; // {now}\nwhile k > 0 {{}}"));
    let served = Served::new(Book::new("serve-endless", &[("one", LESSON)]));
    let mut news = served.news();
    news.until_right();
    served.book.write("src/one.md", &endless);
    // It has begun to run.
    std::thread::sleep(Duration::from_secs(3));
    let mended = Instant::now();
    served.book.write("src/one.md", &LESSON.replace("First", "Second"));
    let told = news.next();
    assert!(mended.elapsed() < Duration::from_secs(30), "it ran to its limit");
    assert_eq!((&told["published"], &told["problems"]), (&true.into(), &0.into()), "{told}");
    assert!(served.page("/one.html").contains("Second text."));
    let said = served.said.lock().unwrap().clone();
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn a_folder_that_is_gone_may_come_back() {
    let served = Served::new(Book::new("serve-gone/book", &[("one", LESSON)]));
    let mut news = served.news();
    news.until_right();
    std::fs::remove_dir_all(&served.book.0).unwrap();
    news.until(|news| news["published"] == false);
    assert!(served.page("/one.html").contains("First text."));
    for (file, text) in [
        ("book.toml", "[book]\n"),
        ("src/SUMMARY.md", "- [One](one.md)\n"),
        ("src/one.md", LESSON),
    ] {
        served.book.write(file, text);
    }
    news.until_right();
    served.book.write("src/one.md", &LESSON.replace("First", "Second"));
    while !served.page("/one.html").contains("Second text.") {
        news.next();
    }
}

#[test]
fn the_server_answers_its_own_readers_alone() {
    let book = Book::new("serve-own", &[("one", LESSON)]);
    // What the published book is to have beside its pages, and where it is to stand, is no matter here.
    book.write(
        "book.toml",
        "[output.html]\nsite-url = \"/elsewhere/\"\n[output.other]\ncommand = \"recto-no-such-program\"\n",
    );
    let served = Served::new(book);
    served.news().until_right();
    let port = served.address.rsplit(':').next().unwrap();
    let status = |lines: &str| {
        let (head, body) = served.ask(lines);
        assert!(head.starts_with("HTTP/1.1 200 ") || !body.contains("First text."), "{lines}");
        head.split(' ').nth(1).map(str::to_owned).unwrap_or_default()
    };
    for (host, code) in [
        (format!("localhost:{port}"), "200"),
        (format!("127.0.0.1:{port}"), "200"),
        (format!("evil.example:{port}"), "421"),
        ("127.0.0.1.evil.example".to_owned(), "421"),
    ] {
        assert_eq!(status(&format!("GET /one.html HTTP/1.1\r\nHost: {host}")), code, "{host}");
    }
    let own = format!("Host: 127.0.0.1:{port}");
    assert_eq!(status("GET /one.html HTTP/1.0"), "421", "no host");
    assert_eq!(status("GET /.recto/news HTTP/1.1\r\nHost: evil.example"), "421");
    assert_eq!(status(&format!("POST /one.html HTTP/1.1\r\n{own}\r\nContent-Length: 0")), "405");
    assert_eq!(status(&format!("HEAD /one.html HTTP/1.1\r\n{own}")), "200");
    assert_eq!(status("nonsense"), "400");
    for path in [
        "/../book.toml",
        "/%2e%2e/book.toml",
        "/..%2fbook.toml",
        "//etc/passwd",
        "/part/../../book.toml",
        "/nothing.html",
    ] {
        assert_eq!(status(&format!("GET {path} HTTP/1.1\r\n{own}")), "404", "{path}");
    }
    let (_, lost) = served.ask(&format!("GET /deep/nothing.html HTTP/1.1\r\n{own}"));
    assert!(lost.contains("<base href=\"/\">"), "{lost}");
    let (head, _) = served.ask(&format!("GET /one.html HTTP/1.1\r\n{own}"));
    assert!(
        head.contains("Cross-Origin-Resource-Policy: same-origin") && head.contains("text/html; charset=utf-8"),
        "{head}"
    );
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let other = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = other.local_addr().unwrap().port();
    let book = Book::new("serve-port", &[("one", LESSON)]);
    let output = book.recto(&["serve", "--port", &port.to_string()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let expected = format!("port {port} of `127.0.0.1` is in use by another program");
    assert!(said.contains(&expected) && said.contains("recto serve --port"), "{said}");
    let output = book.recto(&["serve", "--hostname", "256.0.0.1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("can't listen on `256.0.0.1`"), "{said}");
}

/// A long chapter with a cell and a claim near its beginning.
fn long(paragraph: &str, code: &str, claim: &str) -> String {
    let more: String = (0..60).map(|number| format!("Paragraph {number} of many.\n\n")).collect();
    format!(
        "# Long\n\n{paragraph}\n\n```rust\nlet k = 10; // {code}\nprintln!(\"{code}\");\n```\n\nIt is [{claim}](=k).\n\n{more}\n\n\
         <input type=\"range\" max=\"4\" value=\"0\" aria-label=\"a slider\">\n"
    )
}

/// Looks at the page in a frame; what it needs done, and what it found, it tells the test.
const CHECKS: &str = r##"<!doctype html><meta charset="utf-8"><iframe id="frame" style="border:0;width:1000px;height:700px"></iframe>
<script>
const TEST = "http://127.0.0.1:PORT/";
const frame = document.getElementById("frame");
const faults = [];
const must = (is, what) => { if (!is) faults.push(what); };
const wait = (time) => new Promise((done) => setTimeout(done, time));
const ask = (what) => fetch(TEST + what);
const until = async (holds, what) => {
  for (let tries = 0; tries < 600; tries += 1) {
    try { if (holds()) return true; } catch { /* between two pages */ }
    await wait(50);
  }
  faults.push(`never: ${what}`);
  return false;
};
const text = () => frame.contentDocument.querySelector("main").textContent;
const seen = () => [...frame.contentDocument.querySelectorAll("main p")].find((it) => it.textContent === "Paragraph 40 of many.");
const top40 = () => seen().getBoundingClientRect().top;
const settled = async () => { await until(() => frame.contentDocument.readyState === "complete", "a page"); await wait(300); };
(async () => {
  await new Promise((done) => { frame.onload = done; frame.src = "one.html"; });
  await wait(500);
  const refused = [];
  const guard = () => frame.contentDocument.addEventListener("securitypolicyviolation", (it) => refused.push(it.violatedDirective));
  guard();
  frame.contentWindow.scrollBy(0, top40() - 200);
  await wait(100);
  const place = top40();
  must(Math.abs(place - 200) < 3, `the page can't be scrolled: ${place}`);
  frame.contentWindow.mark = true;

  await ask("paragraph");
  await until(() => text().includes("Several lines more"), "a paragraph that was written");
  must(frame.contentWindow.mark, "the page was loaded anew for a paragraph");
  must(Math.abs(top40() - place) < 2, `the place moved by ${top40() - place}`);

  await ask("wrong");
  await until(() => frame.contentDocument.querySelector("main .recto-mark"), "what is wrong, on the page");
  await settled();
  must(text().includes("the text says 11, the value is 10"), "the problem is not told");
  must(frame.contentDocument.querySelector(".recto-live summary")?.textContent === "1 problem in the book", "no note of the problem");
  must(Math.abs(top40() - place) < 2, `the problem moved the place by ${top40() - place}`);
  await ask("mended");
  await until(() => !frame.contentDocument.querySelector("main .recto-mark, .recto-live"), "the end of what was wrong");

  guard();
  frame.contentWindow.mark = true;
  frame.contentDocument.querySelector("main input").value = 3;
  await ask("cell");
  await until(() => text().includes("second code"), "a cell that was written");
  await settled();
  must(!frame.contentWindow.mark, "the page was not loaded anew for a cell");
  must(Math.abs(top40() - place) < 2, `loading anew moved the place by ${top40() - place}`);
  must(frame.contentDocument.querySelector("main pre .clip-button"), "the new cell has no button");
  must(frame.contentDocument.querySelector("main input").value === "3", "the slider is where it was at first");

  await ask("settings");
  await until(() => frame.contentDocument.querySelector(".recto-live[open]"), "a note of settings that can't be read");
  must(frame.contentDocument.querySelector(".recto-live").textContent.includes("book.toml"), "the note does not name the file");
  must(text().includes("second code"), "the page is gone");
  must(refused.length === 0, `the page's policy refuses ${refused}`);
  await fetch(TEST + "done?" + encodeURIComponent(faults.join("\n") + "\nlooked at all"));
})();
</script>"##;

#[test]
#[ignore = "needs Chromium"]
fn an_open_page_follows_and_keeps_its_place() {
    let test = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = test.local_addr().unwrap().port();
    let book = Book::new("serve-browser", &[("one", &long("One line.", "first code", "10"))]);
    book.write("src/checks.html", &CHECKS.replace("PORT", &port.to_string()));
    let served = Served::new(book);
    served.news().until_right();
    let profile = served.book.0.join("profile");
    let mut browser = chromium()
        .arg(format!("--user-data-dir={}", profile.display()))
        .args([
            "--window-size=1100,800",
            &format!("http://{}/checks.html", served.address),
        ])
        .stderr(Stdio::null())
        .spawn()
        .expect("chromium runs");
    let many = "Several lines more. ".repeat(60);
    let found = test.incoming().find_map(|stream| {
        let mut stream = stream.unwrap();
        let head: Vec<String> =
            BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        let asked = head
            .first()
            .map_or("", String::as_str)
            .split(' ')
            .nth(1)
            .unwrap_or_default()
            .trim_start_matches('/')
            .to_owned();
        let chapter = |text: String| served.book.write("src/one.md", &text);
        match asked.as_str() {
            "paragraph" => chapter(long(&many, "first code", "10")),
            "wrong" => chapter(long(&many, "first code", "11")),
            "mended" => chapter(long(&many, "first code", "10")),
            "cell" => chapter(long(&many, "second code", "10")),
            "settings" => served.book.write("book.toml", "[book\n"),
            _ => {}
        }
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
        asked.strip_prefix("done?").map(str::to_owned)
    });
    let _ = browser.kill();
    let _ = browser.wait();
    let found = percent_encoding::percent_decode_str(&found.unwrap()).decode_utf8_lossy().into_owned();
    assert_eq!(found.trim(), "looked at all");
}
