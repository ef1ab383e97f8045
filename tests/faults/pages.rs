//! Pages that can't bite, and terminals that do not obey: what a lesson, its programs and its files put onto a page acts only
//! where an author said so, nothing is fetched from elsewhere, and no message carries control characters.

use regex::Regex;
use serde_json::Value;

use crate::support::Book;

/// A figure that holds more than a picture, and what is said of it at its cell.
const FIGURES: [(&str, &str); 35] = [
    ("<svg><script>a()</script></svg>", "`<script>`"),
    ("<svg><script href='a.js'/></svg>", "`<script>`"),
    ("<svg onload='a()'/>", "the attribute `onload`"),
    ("<svg><g onClick='a()'/></svg>", "the attribute `onclick`"),
    ("<svg><a href='javascript:a()'/></svg>", "the address `javascript:a()`"),
    ("<svg><a xlink:href='&#106;avascript:a()'/></svg>", "the address `javascript:a()`"),
    ("<svg><a href='data:text/html,a'/></svg>", "the address `data:text/html,a`"),
    ("<svg><set attributeName='href' to='javascript:a()'/></svg>", "can't animate `href`"),
    ("<svg><animate attributeName='xlink:href' values='//a.b/c'/></svg>", "can't animate `xlink:href`"),
    ("<svg><set attributeName='onclick' to='a()'/></svg>", "can't animate `onclick`"),
    ("<svg><foreignObject><iframe srcdoc='a'/></foreignObject></svg>", "`<foreignobject>`"),
    ("<svg><iframe src='a'/></svg>", "`<iframe>`"),
    ("<svg><p>a</p></svg>", "`<p>`"),
    ("<svg></svg><script>a()</script>", "goes on after its `</svg>` with `<script>`"),
    ("<svg></svg></div><p>", "`</div>`"),
    ("<svg></svg><svg></svg>", "goes on after its `</svg>` with `<svg>`"),
    ("<svg><title><img src='x' onerror='a()'/></title></svg>", "`<title>` can't hold `<img>`"),
    ("<svg><g></svg>", "closes `<g>` by `</svg>`"),
    ("<svg><use href='https://a.b/c.svg#d'/></svg>", "the address `https://a.b/c.svg#d`"),
    ("<svg><image href='https://a.b/c'/></svg>", "the address `https://a.b/c`"),
    ("<svg><image href='hTTp://a.b/c'/></svg>", "the address `hTTp://a.b/c`"),
    ("<svg><image href='http:\\\\a.b'/></svg>", "the address `http:\\\\a.b`"),
    ("<svg><image href='&#104;ttps://a.b'/></svg>", "the address `https://a.b`"),
    ("<svg><image href='data:image/svg+xml,a'/></svg>", "the address `data:image/svg+xml,a`"),
    ("<svg><filter><feImage href='//a.b'/></filter></svg>", "the address `//a.b`"),
    ("<svg><g fill='url(//a.b/c#d)'/></svg>", "can't fetch `//a.b/c#d`"),
    ("<svg><g style='mask: \\75rl(//a.b)'/></svg>", "can't fetch `//a.b`"),
    ("<svg><g style='fill: image-set(\"//a.b\" 1x)'/></svg>", "the function `image-set()`"),
    ("<svg><g style='position: fixed'/></svg>", "the property `position`"),
    ("<svg><style>@import '//a.b';</style></svg>", "`@import '//a.b'`"),
    ("<svg><style>@font-face { src: url(//a.b) }</style></svg>", "can't fetch `//a.b`"),
    ("<svg><style>g { fill: url(&#104;ttp://a.b) }</style></svg>", "can't fetch `http://a.b`"),
    ("<svg><style>g {} } main { display: none }</style></svg>", "can't hold `}`"),
    ("<svg><style>g {} /*</style></svg>", "a text or comment that does not end"),
    ("<svg><text class='recto-claim'>10</text></svg>", "the class `recto-claim`"),
];

/// Raw HTML that fetches from elsewhere, and the address that is said of it.
const REQUESTS: [(&str, &str); 36] = [
    ("<img alt='' src='hTTp://a.b/c'>", "hTTp://a.b/c"),
    ("<img alt='' src='ht&#9;tp://a.b'>", "ht\ttp://a.b"),
    ("<img alt='' src='https&colon;//a.b'>", "https://a.b"),
    ("<img alt='' src='http:\\\\a.b'>", "http:\\\\a.b"),
    ("<img alt='' src='https:a.b'>", "https:a.b"),
    ("<img alt='' src='/&#10;/a.b'>", "/\n/a.b"),
    ("<img alt='' src='\\\\a.b'>", "\\\\a.b"),
    ("<img alt='' src='c.png' srcset='c.png 1x, //a.b 2x'>", "//a.b"),
    ("<link rel=preload as=image imagesrcset='//a.b 1x'>", "//a.b"),
    ("<link rel=prefetch href='//a.b'>", "//a.b"),
    ("<link rel='dns-prefetch' href='//a.b'>", "//a.b"),
    ("<script src='//a.b'></script>", "//a.b"),
    ("<iframe src='//a.b'></iframe>", "//a.b"),
    ("<iframe srcdoc='<img src=//a.b>'></iframe>", "//a.b"),
    ("<object data='//a.b'></object>", "//a.b"),
    ("<embed src='//a.b'>", "//a.b"),
    ("<video poster='//a.b'></video>", "//a.b"),
    ("<audio src='//a.b'></audio>", "//a.b"),
    ("<div background='//a.b'></div>", "//a.b"),
    ("<form action='//a.b'></form>", "//a.b"),
    ("<form><button formaction='//a.b'>c</button></form>", "//a.b"),
    ("<a href='#requests' ping='//a.b'>c</a>", "//a.b"),
    ("<base href='//a.b'>", "//a.b"),
    ("<meta http-equiv='refresh' content='0;url=//a.b'>", "//a.b"),
    ("<meta http-equiv='refresh' content='0;URL=https:a.b'>", "https:a.b"),
    ("<div style='background: url(//a.b)'></div>", "//a.b"),
    ("<div style='background: url(\\68ttp://a.b)'></div>", "http://a.b"),
    ("<div style='background: u\\72l(\"//a.b\")'></div>", "//a.b"),
    ("<div style='background: image-set(\"//a.b\" 1x)'></div>", "//a.b"),
    ("<div style='--c: \"//a.b\"'></div>", "//a.b"),
    ("<style>@import \"//a.b\";</style>", "//a.b"),
    ("<style>@font-face { font-family: c; src: src('//a.b') }</style>", "//a.b"),
    ("<div><svg><style>g { fill: url(&#47;/a.b) }</style></svg></div>", "//a.b"),
    ("<svg><image><set attributeName='href' to='//a.b'/></image></svg>", "//a.b"),
    ("<svg><rect fill='url(//a.b#c)'/></svg>", "//a.b#c"),
    ("<svg><filter><feImage href='//a.b'/></filter></svg>", "//a.b"),
];

/// What a cell shows as HTML that would run a script, and what is said of it.
const SCRIPTS: [(&str, &str); 6] = [
    ("<script>a()</script>", "a `<script>`"),
    ("<script type='module'>a()</script>", "a `<script>`"),
    ("<img alt='' src='x' onerror='a()'>", "a script in `onerror`"),
    ("<a href='java&#9;script:a()'>b</a>", "a `javascript:` address in `href`"),
    ("<iframe srcdoc='&lt;script>a()&lt;/script>'></iframe>", "a `<script>`"),
    ("<svg onload='a()'></svg>", "a script in `onload`"),
];

/// What stands in a lesson and does nothing: the text is shown as it is.
const INERT: [&str; 8] = [
    "println!(\"<script>a()</script>\");",
    "println!(\"</pre></div><img src=x onerror=a()>\");",
    "\"<script>a()</script>\"",
    "Some((\"<b onclick=a()>\", '<'))",
    "recto::Table::new([\"<script>a()</script>\"]).row([\"</td><img src=x onerror=a()>\"])",
    "eprintln!(\"<script>a()</script>\");",
    "println!(\"{}#include ../book.toml{}\", \"{{\", \"}}\");",
    "println!(\"[a](javascript:a()) ![b](https://a.b/c)\");",
];

/// A lesson of these parts, each under a line that can be found again.
fn lesson<'a>(title: &str, parts: impl IntoIterator<Item = &'a str>) -> (String, Vec<usize>) {
    let (mut text, mut lines) = (format!("# {title}\n"), Vec::new());
    for part in parts {
        text += "\n";
        lines.push(text.lines().count() + 1);
        text += part;
        text += "\n";
    }
    (text, lines)
}

/// The problems of a book as JSON.
fn problems(book: &Book) -> Vec<Value> {
    let output = book.recto(&["build", "--message-format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!book.0.join("book").exists(), "something was published");
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Each part must have a problem of a kind at its line, which says this.
fn all_are_refused(name: &str, kind: &str, parts: &[String], said: &[String]) {
    let (text, lines) = lesson("Requests", parts.iter().map(String::as_str));
    let book = Book::new(name, &[("lesson", &text)]);
    book.write("src/c.png", "");
    let problems = problems(&book);
    let mut missed = Vec::new();
    for ((part, said), line) in parts.iter().zip(said).zip(lines) {
        let end = line + part.lines().count();
        let is_here = |problem: &&Value| {
            let at = problem["place"]["line"].as_u64().unwrap_or_default() as usize;
            problem["kind"] == kind && (line..end).contains(&at)
        };
        let here: Vec<&str> = problems.iter().filter(is_here).map(|it| it["message"].as_str().unwrap()).collect();
        if !here.iter().any(|message| message.contains(said)) {
            missed.push(format!("{part}\n  must be: {said}\n  is: {here:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

fn cell(alt: bool, code: &str) -> String {
    let alt = if alt { "//| alt: A picture.\n" } else { "" };
    format!("```rust\n{alt}{code}\n```")
}

#[test]
fn figures_that_hold_more_than_a_picture_are_refused() {
    let parts = FIGURES.map(|(svg, _)| cell(true, &format!("recto::Figure::from_svg(r##\"{svg}\"##)")));
    all_are_refused("bite_figures", "figure", &parts, &FIGURES.map(|(_, said)| said.to_owned()));
}

#[test]
fn frames_of_sweeps_are_figures() {
    let sweep = |(svg, _)| {
        cell(true, &format!("recto::Sweep::new(\"a\", [1, 2], |_| Ok(recto::Figure::from_svg(r##\"{svg}\"##)))?"))
    };
    let some = [FIGURES[0], FIGURES[3], FIGURES[13], FIGURES[26]];
    all_are_refused("bite_sweeps", "figure", &some.map(sweep), &some.map(|(_, said)| said.to_owned()));
}

#[test]
fn requests_of_raw_html_are_found() {
    let parts = REQUESTS.map(|(html, _)| html.to_owned());
    all_are_refused("bite_requests", "request", &parts, &REQUESTS.map(|(_, url)| format!("fetches `{url}`")));
}

#[test]
fn requests_that_the_chapter_does_not_tell_are_found_on_the_page() {
    // To markdown this is text between tags, with a backslash for what no backslash is on the page.
    let book =
        Book::new("bite_inline", &[("one", "# One\n\nA <b><style>p { background: url(\\//a.b) }</style></b>.\n")]);
    let problems = problems(&book);
    let notes: Vec<String> = problems.iter().map(|it| it["notes"].to_string()).collect();
    assert!(notes.iter().any(|it| it.contains("`//a.b` by `<style>`")), "{notes:?}");
}

#[test]
fn requests_and_scripts_that_cells_show_are_found() {
    let shown = |html: &str| cell(false, &format!("recto::Html::new(r##\"{html}\"##)"));
    let requests = REQUESTS.map(|(html, _)| shown(html));
    all_are_refused("bite_shown", "request", &requests, &REQUESTS.map(|(_, url)| format!("fetches `{url}`")));
    let scripts = SCRIPTS.map(|(html, _)| shown(html));
    all_are_refused("bite_scripts", "script", &scripts, &SCRIPTS.map(|(_, said)| said.to_owned()));
}

#[test]
fn links_that_run_scripts_are_refused() {
    let parts = [
        "[a](javascript:b())",
        "[a](JavaScript:b())",
        "[a][b]\n\n[b]: javascript:c()",
        "<a href='java&#10;script:b()'>a</a>",
        "![a](javascript:b())",
    ];
    let said = parts.map(|_| "runs a script".to_owned());
    all_are_refused("bite_links", "script", &parts.map(str::to_owned), &said);
}

#[test]
fn what_is_printed_is_text() {
    let cells = INERT.map(|code| cell(false, code));
    let (text, _) = lesson("Text", cells.iter().map(String::as_str));
    let title = "<script>a()</script>";
    let book = Book::new("bite_text", &[("lesson", &text)]);
    book.write("book.toml", &format!("[book]\ntitle = \"{title}\"\n"));
    let page = book.page("lesson.html");
    let main = page.split("<main>").nth(1).unwrap().split("</main>").next().unwrap();
    for mark in ["<script", "<img", "<b ", "href=\"javascript:"] {
        // The code of the cells has them too, as text.
        assert!(!main.contains(mark), "{mark} is on the page: {main}");
    }
    assert_eq!(main.matches("class=\"recto-output").count(), INERT.len(), "{main}");
    assert!(main.contains("\">{{#include ../book.toml}}</pre>"), "a directive was acted on: {main}");
    let outside = page.replace(main, "");
    assert!(!outside.contains(title), "{outside}");
    assert_eq!(
        policy(&page).matches("'sha256-").count(),
        10,
        "six scripts of mdBook, two of recto, and two styles: {page}"
    );
}

#[test]
fn texts_that_are_set_are_inert() {
    let parts = [
        "```rust\n//| label: fig-a\n//| caption: <script>a()</script> <img src=x onerror=a()>\n\
         //| alt: \"\\\"><script>a()</script>\"\nrecto::Figure::from_svg(\"<svg/>\")\n```",
        "$\\text{<script>a()</script>}$ and [](#fig-a)",
        "`{\"<script>a()</script>\"}`",
    ];
    let (text, _) = lesson("Set", parts);
    let book = Book::new("bite_set", &[("lesson", &text)]);
    let output = book.recto(&["build", "--draft"]);
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    let page = book.read("lesson.html");
    let main = page.split("<main>").nth(1).unwrap().split("</main>").next().unwrap();
    for mark in ["<script", "<img", "onerror=\""] {
        assert!(!main.contains(mark), "{mark} is on the page: {main}");
    }
}

fn policy(page: &str) -> &str {
    let meta = "<meta http-equiv=\"Content-Security-Policy\" content=\"";
    page.split(meta).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

#[test]
fn each_page_has_a_policy_that_lets_what_is_the_authors_run() {
    let text = "# One\n\n<script>own()</script>\n\n<p onclick=\"press()\" style=\"color: red\">a</p>\n\n\
                ```rust\nrecto::Html::new(\"<p style='color: blue'>b</p>\")\n```\n";
    let book = Book::new("bite_policy", &[("one", text), ("deep/two", "# Two\n")]);
    for page in [
        "one.html",
        "deep/two.html",
        "index.html",
        "print.html",
        "404.html",
        "toc.html",
        "verification.html",
        "verification/one.html",
    ] {
        let text = if page == "one.html" { book.page(page) } else { book.read(page) };
        let policy = policy(&text);
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{page}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("http"), "{page}: {policy}");
        let at = text.find("Content-Security-Policy").unwrap();
        let before = &text[..at];
        assert!(!before.contains("<script") && !before.contains("<link"), "{page}: {before}");
    }
    let scripts = |page: &str| {
        let text = book.read(page);
        let scripts = policy(&text).split(';').nth(1).unwrap().to_owned();
        (scripts.matches("'sha256-").count(), scripts.contains("'unsafe-hashes'"))
    };
    assert_eq!(scripts("deep/two.html"), (8, false), "mdBook's own, and two of recto");
    assert_eq!(scripts("one.html"), (10, true));
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[output.html.playground]\nrunnable = true\n");
    let page = book.page("one.html");
    assert!(policy(&page).contains("connect-src https://play.rust-lang.org;"), "{}", policy(&page));
}

#[test]
fn scripts_of_the_author_run_wherever_they_stand() {
    let text = "# One\n\n<script>\nconst a = \"x\" -- 1;\n\nif (a < 2 && \"it's\") { b('...'); }\n</script>\n\n\
                - In a list\n\n  <script>\n    {\n      let c = \"--\";\n    }\n  </script>\n\n\
                > In a quote\n>\n> <script>\n>   let d = 1;\n> </script>\n\n\
                <div>\n<script>let e = \"<b>\";</script>\n<button onclick=\"f('it&#39;s')\">a</button>\n</div>\n\n\
                A <span onclick='g(\"h\")'>span</span>.\n";
    let book = Book::new("bite_own", &[("lf", text), ("crlf", &text.replace('\n', "\r\n"))]);
    for page in ["lf.html", "crlf.html", "print.html"] {
        let text = if page == "lf.html" { book.page(page) } else { book.read(page) };
        let scripts = policy(&text).split(';').nth(1).unwrap();
        let mdbooks = if page == "print.html" { 9 } else { 8 };
        assert_eq!(scripts.matches("'sha256-").count(), mdbooks + 6, "{page}: {scripts}");
    }
    // Within a paragraph it is markdown's.
    book.write("src/lf.md", "# One\n\nA <script>let i = \"j\";</script>.\n");
    let output = book.recto(&["build"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("error[script]").count(), 1, "{said}");
    assert!(said.contains("markdown changed it"), "{said}");
}

#[test]
fn scripts_that_nobody_wrote_are_said_and_do_not_run() {
    let book = Book::new("bite_strange", &[("one", "# One\n")]);
    let answer = r#"{"sections":[],"items":[]}"#;
    let script = format!(
        "import json,sys\nif sys.argv[1:2]==['supports']: sys.exit(0)\nc,b=json.load(sys.stdin)\n\
         for i in b['items']:\n  i.get('Chapter',{{}})['content']=i.get('Chapter',{{}}).get('content','')+'\\n<script>strange()</script>\\n'\n\
         print(json.dumps(b)) # {answer}\n"
    );
    book.write("strange.py", &script);
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.strange]\ncommand = \"python3 strange.py\"\n");
    let problems = problems(&book);
    let messages: Vec<&str> = problems.iter().filter_map(|it| it["message"].as_str()).collect();
    assert!(messages.iter().any(|it| it.contains("has a `<script>` that no chapter has")), "{messages:?}");
}

/// Sequences that would set the title, clear the screen and write to the clipboard, in seven and in eight bits.
const ESCAPES: &str =
    "\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{1b}]52;c;b3duZWQ=\\u{7}\\u{9b}2J\\u{9d}0;owned\\u{9c}\\r\\u{8}\\u{7f}";

#[test]
fn terminals_obey_nothing_of_a_lesson() {
    let raw = "\u{1b}]0;owned\u{7}\u{9b}2J";
    let chapters = [
        ("panic", format!("# Panic\n\n```rust\npanic!(\"first{ESCAPES}\\nsecond{ESCAPES}\");\n```\n")),
        ("abort", format!("# Abort\n\n```rust\neprintln!(\"said{ESCAPES}\");\nstd::process::abort();\n```\n")),
        (
            "claim",
            format!(
                "# Claim\n\n```rust\nlet it = \"{ESCAPES}\";\n```\n\nIt is [{raw}](=it), [5{raw}](=5) and [6](=it).\n"
            ),
        ),
        ("error", format!("# Error\n\n```rust\nErr::<(), _>(\"{ESCAPES}\\n{ESCAPES}\")?;\n```\n")),
        (
            "unknown",
            format!("# Unknown {raw}\n\n```rust\nlet it = nothing(\"{raw}\"); // {raw}\n```\n\n[a](b{raw}.md)\n"),
        ),
        (
            "pinned",
            format!(
                "# Pinned {raw}\n\n```rust\nprintln!(\"a\\n{ESCAPES}\\nb\");\n```\n\n```output\na\n{raw}\n```\n\n3{raw}\n"
            ),
        ),
    ];
    let chapters: Vec<(&str, &str)> = chapters.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let book = Book::new("bite_terminal", &chapters);
    let own = Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for (arguments, must) in [
        (&["build", "--color", "always"][..], "second"),
        (&["build", "--draft", "--timings", "--color", "always"], "said"),
        (&["test", "--color", "always"], "FAILED"),
        (&["test", "--list", "--color", "always"], "pinned"),
        (&["coverage", "--color", "always"], "%"),
        (&["build", "--message-format", "json"], "owned"),
        (&["test", "--bless", "--color", "always"], "owned"),
    ] {
        let output = book.recto(arguments);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        let plain = own.replace_all(&said, "");
        assert!(plain.contains(must), "{arguments:?}: {plain}");
        let control = |c: &char| c.is_control() && *c != '\n' && *c != '\t';
        let found: Vec<&str> = plain.lines().filter(|line| line.chars().any(|c| control(&c))).collect();
        assert!(found.is_empty(), "{arguments:?}: {found:?}");
    }
}
