//! Ways through a book in a real browser, from a disk: numbers of headings, answers that readers type, previews of links.
//!
//! Needs Chromium, so it is ignored unless asked for: `cargo test --test ways -- --ignored`. A page of checks loads each page
//! in a frame, uses it, and writes what is wrong into its own text, which Chromium prints.

mod support;

use std::path::Path;
use std::process::Command;

use support::Book;

const BOWL: &str = r#"# The bowl

## A figure {#sec-figure}

The first paragraph.

```rust
//| label: fig-dots
//| caption: Samples.
//| alt: A dot.
recto::Figure::from_svg("<svg viewBox='0 0 40 8'><style>circle { stroke: rgb(1, 2, 3) }</style><circle cx='4' cy='4' r='3' style='fill: rgb(4, 5, 6)'/></svg>")
```

> **Theorem (the best step).** {#thm-best} There is one.

See [](#fig-dots), [](#thm-best), [](#ex-hand) and [](#fig-other). [](#sec-figure) says more.

## Exercises

### By hand {#ex-hand .compute .easy}

What are $\kappa$ and $\eta$?

<details><summary>Solution</summary>

[10](=10 "answer: $\kappa$"), [$\frac{1}{11}$](<=1.0 / 11.0> "answer: $\eta$"), [$-6{,}728$](=-6728 "answer")

</details>
"#;

const OTHER: &str = r#"# Other

```rust
//| label: fig-other
//| alt: Circles.
recto::Sweep::new("r", [1, 2], |r| Ok(recto::Figure::from_svg(format!("<svg viewBox='0 0 40 8'><circle r='{r}'/></svg>"))))?
```

Back to [](#thm-best) and [](#fig-dots).
"#;

/// Uses the pages, and leaves a line for each thing that does not work.
const CHECKS: &str = r##"<!doctype html><meta charset="utf-8"><pre id="faults"></pre>
<iframe id="frame" style="border:0;width:1280px;height:900px"></iframe>
<script>
const frame = document.getElementById("frame");
const faults = [];
const wait = (time) => new Promise((done) => setTimeout(done, time));
const load = async (url) => {
  await new Promise((done) => { frame.onload = done; frame.src = url; });
  await wait(200);
};
const must = (is, what) => { if (!is) faults.push(what); };

const numbers = () => {
  const root = frame.contentDocument;
  const text = (query) => root.querySelector(query).textContent;
  must(text("main h1") === "1 The bowl", `the lesson's heading is ${text("main h1")}`);
  must(root.title.startsWith("1 one"), `the title is ${root.title}`);
  must(text("#sec-figure") === "1.1 A figure", `a section's heading is ${text("#sec-figure")}`);
  must(text("main p a[href$='#sec-figure']") === "Section\u00a01.1", "a reference has no number");
  const listed = [...root.querySelectorAll("#mdbook-sidebar .header-in-summary")].map((it) => it.textContent);
  must(listed.join() === "1.1 A figure,1.2 Exercises", `the sidebar lists ${listed}`);
};

const typed = async () => {
  let forms = [...frame.contentDocument.querySelectorAll("form.recto-answer")];
  must(forms.length === 3, `there are ${forms.length} answers to type`);
  const answer = (form, text) => {
    form.querySelector("input").value = text;
    form.requestSubmit();
    return form.querySelector("output").textContent;
  };
  for (const [at, said, texts] of [
    [0, "✓ Right.", ["10", "10.0", " 1e1", "20/2", "+10"]],
    [0, "Not yet.", ["11", "10.4", "-10", "−10", "0,10", "1"]],
    [0, "Write a number, such as 0.5, 1/2 or 5e-1.", ["", "ten", "1/0", "1/2/3", "10 m", "0x10", "1e"]],
    [1, "✓ Right.", ["1/11", "0.0909", ".0909", "0,0909", "9.09e-2", "9.09×10^-2", "9.09·10^−2", "2/22"]],
    [1, "Not yet.", ["0.1", "0.0911", "0.09", "-1/11", "11"]],
    [2, "✓ Right.", ["−6,728", "-6728", "-6 728", "–6728.0", "-6728,0"]],
    [2, "Not yet.", ["6,728", "-6.728", "-6728.5", "-67,28"]],
  ]) for (const text of texts) {
    const found = answer(forms[at], text);
    must(found === said, `answer ${at + 1}, ${text}: ${found}`);
    must(forms[at].classList.contains("recto-is-right") === (said === "✓ Right."), `answer ${at + 1}, ${text}: looks otherwise`);
  }
  const page = frame.contentDocument.documentElement.outerHTML;
  for (const form of forms) {
    must(form.getBoundingClientRect().height > 20, "a form is not to be seen");
    must(form.querySelector("output").getAttribute("aria-live") === "polite", "what is said is not announced");
    must(form.querySelector("label").control === form.querySelector("input"), "an input has no label");
  }
  let turned = false;
  frame.contentDocument.addEventListener("keydown", () => { turned = true; }, { once: true });
  forms[0].querySelector("input").dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  must(!turned, "the arrow keys turn the page");
  answer(forms[1], "1/11");
  await load("one.html");
  forms = [...frame.contentDocument.querySelectorAll("form.recto-answer")];
  must(forms[1].querySelector("input").value === "1/11", "what was typed is lost");
  must(forms[1].querySelector("output").textContent === "✓ Right.", "what was typed is not judged anew");
};

const search = async () => {
  const root = frame.contentDocument, view = frame.contentWindow;
  root.getElementById("mdbook-search-toggle").click();
  await wait(500);
  const bar = root.getElementById("mdbook-searchbar");
  const found = async (words) => {
    bar.value = words;
    bar.dispatchEvent(new view.KeyboardEvent("keyup", { bubbles: true }));
    await wait(300);
    return [...root.querySelectorAll("#mdbook-searchresults li")].map((it) => ({
      path: it.querySelector("a").textContent.replace(/\s+/g, " "), to: it.querySelector("a").hash, text: it.textContent,
    }));
  };
  for (const [words, path, to] of [
    ["theorem", "1 The bowl » 1.1 A figure » Theorem 1.1 (the best step).", "#thm-best"],
    ["figure samples", "1 The bowl » 1.1 A figure » Figure 1.1", "#fig-dots"],
    ["exercise hand", "1 The bowl » 1.2 Exercises » Exercise 1.1. By hand", "#ex-hand"],
  ]) {
    const all = await found(words);
    must(all.some((it) => it.path === path && it.to === to), `${words}: ${all.map((it) => it.path)}`);
  }
  const [greek] = await found("kappa");
  must(greek?.text.includes("are κ and η?") && !greek.text.includes("\\kappa"), `a formula is found as ${greek?.text}`);
  root.getElementById("mdbook-search-toggle").click();
};

const previews = async () => {
  const root = frame.contentDocument, view = frame.contentWindow;
  const card = root.getElementById("recto-preview");
  const link = (id) => root.querySelector(`main p a[href$='#${id}']`);
  const send = (it, type, pointerType = "mouse") =>
    it.dispatchEvent(new view.PointerEvent(type, { bubbles: true, cancelable: true, pointerType }));
  const escape = () => root.dispatchEvent(new view.KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  const height = root.documentElement.scrollHeight;
  for (const [id, text] of [
    ["thm-best", "Theorem 1.1 (the best step). There is one."], ["fig-dots", "Figure 1.1. Samples."],
    ["sec-figure", "1.1 A figure The first paragraph."], ["ex-hand", "Exercise 1.1. By hand"], ["fig-other", "Figure 2.1"],
  ]) {
    send(link(id), "pointerover");
    await wait(900);
    const shown = card.textContent.replace(/\s+/g, " ").trim();
    must(!card.hidden && shown.includes(text), `the preview of ${id} is: ${shown}`);
    must(link(id).getAttribute("aria-describedby") === card.id, `${id} is not described`);
    must(card.querySelectorAll("[id]:not(svg *), form, details, a").length === 0, `the preview of ${id} acts`);
    must(card.querySelectorAll("svg").length === Number(id.startsWith("fig-")), `the preview of ${id} has other pictures`);
    const box = card.getBoundingClientRect();
    must(box.height > 20 && box.left >= 0 && box.right <= 1280, `the preview of ${id} is at ${box.left}, ${box.width} wide`);
    escape();
    must(card.hidden && !link(id).hasAttribute("aria-describedby"), `Escape does not close the preview of ${id}`);
  }
  must(root.documentElement.scrollHeight === height, "a preview moves the page");
  send(link("thm-best"), "pointerover");
  await wait(500);
  send(link("thm-best"), "pointerout");
  await wait(100);
  send(card, "pointerenter");
  await wait(400);
  must(!card.hidden, "the pointer can't reach the preview");
  send(card, "pointerleave");
  await wait(400);
  must(card.hidden, "the preview stays when the pointer leaves");
  const focus = (type) => link("fig-dots").dispatchEvent(new view.FocusEvent(type, { bubbles: true }));
  focus("focusin");
  await wait(500);
  must(!card.hidden && card.textContent.includes("Samples."), "the keyboard opens no preview");
  focus("focusout");
  must(card.hidden, "the preview stays when the focus leaves");
  send(link("thm-best"), "pointerdown", "touch");
  send(link("thm-best"), "click", "touch");
  await wait(300);
  must(!card.hidden && view.location.hash === "", "a tap opens no preview, or follows the link");
  send(link("thm-best"), "pointerdown", "touch");
  send(link("thm-best"), "click", "touch");
  await wait(300);
  must(view.location.hash === "#thm-best", "a second tap does not follow the link");
  await load("deep/two.html");
  const back = frame.contentDocument;
  const there = back.querySelector("main p a[href$='#thm-best']");
  there.dispatchEvent(new frame.contentWindow.PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
  await wait(900);
  must(back.getElementById("recto-preview").textContent.includes("There is one."), "no preview from a folder");
  // A figure has its styles on other pages too, whose policies know nothing of them.
  const refused = [];
  back.addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
  back.querySelector("main p a[href$='#fig-dots']")
    .dispatchEvent(new frame.contentWindow.PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
  await wait(900);
  const dot = back.querySelector("#recto-preview circle"), style = dot && frame.contentWindow.getComputedStyle(dot);
  must(style?.stroke === "rgb(1, 2, 3)" && style.fill === "rgb(4, 5, 6)", `a figure from afar is ${style?.stroke}, ${style?.fill}`);
  must(refused.length === 0, `the page's policy refuses ${refused}`);
  back.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  must(back.adoptedStyleSheets.length === 0, "the styles of a figure stay");
};

(async () => {
  await load("one.html");
  numbers();
  await typed();
  await search();
  await load("one.html");
  await previews();
  frame.setAttribute("sandbox", "allow-same-origin");
  await load("one.html");
  for (const form of frame.contentDocument.querySelectorAll("form.recto-answer"))
    must(form.getBoundingClientRect().height === 0, "without script a form is shown");
  document.getElementById("faults").textContent = faults.join("\n") + "\nlooked at all";
})();
</script>"##;

/// What Chromium leaves in `#faults` of a page that is put among the pages of a book.
fn faults(pages: &Path, page: &str) -> String {
    let checks = pages.join("checks.html");
    std::fs::write(&checks, page).expect("the checks");
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
        ])
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--allow-file-access-from-files",
        ])
        .arg(format!("--user-data-dir={}", pages.join("profile").display()))
        .args(["--window-size=1400,1000", "--dump-dom", "--virtual-time-budget=60000"])
        .arg(format!("file://{}", checks.display()))
        .output()
        .expect("chromium runs");
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    let faults = page.split("<pre id=\"faults\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    faults.unwrap_or_default().trim().to_owned()
}

#[test]
#[ignore = "needs Chromium"]
fn readers_find_their_way() {
    let book = Book::new("ways", &[("one", BOWL), ("deep/two", OTHER)]);
    let page = book.page("one.html");
    // The solution has the answers; what asks for them has not.
    let forms: Vec<&str> =
        page.split("<form class=\"recto-answer\"").skip(1).filter_map(|it| it.split('>').next()).collect();
    assert!(forms.len() == 3 && !forms.concat().contains("6728") && !forms[1].contains("0.09"), "{forms:?}");
    assert_eq!(faults(&book.0.join("book"), CHECKS), "looked at all");
}

const LISTED: &str = r#"# Lesson

## Saddles

> **Definition (strict saddle).** {#def-saddle} A *strict saddle* has a *direction $v$* of negative curvature.

> **Theorem.** {#thm-none} A *word* of a theorem is no term, but a <dfn title="curve, flat">flat curve</dfn> is. No label, no entry:

> **Lemma (unlisted).** It is so.

```rust
//| label: tbl-a
//| caption: "The value of $x^2$ is `{1 + 1}`, so [2](=2). More of it."
//| alt: A table.
recto::Table::new(["a"]).row([1])
```

See [](#trm-strict-saddle) and [the curve](#trm-curve-flat).

### By *hand* {#ex-hand .compute .hard}
"#;

/// The lines of a list, without their tags.
fn entries(page: &str, title: &str) -> Vec<String> {
    let list = page.split(&format!("id=\"{title}\"")).nth(1).and_then(|rest| rest.split("</ul>").next());
    let tags = regex::Regex::new("<annotation.*?</annotation>|<[^>]*>").expect("a constant");
    let items = list.unwrap_or_default().split("<li>").skip(1);
    items
        .map(|item| tags.replace_all(item, "|").split(['|', '\n']).collect::<Vec<_>>().concat())
        .collect()
}

#[test]
fn a_book_ends_with_its_lists() {
    let book = Book::new(
        "lists",
        &[
            ("one", LISTED),
            ("two", "# Two\n\nA <dfn>strict saddle</dfn> again, and a <dfn>Bulk</dfn>.\n"),
        ],
    );
    book.page("one.html");
    let page = book.read("lists.html");
    assert_eq!(entries(&page, "figures"), [""; 0]);
    assert_eq!(entries(&page, "tables"), ["Table\u{a0}1.1The value of x2 is 2, so 2"]);
    assert_eq!(entries(&page, "statements"), ["Definition\u{a0}1.1strict saddle", "Theorem\u{a0}1.1"]);
    assert_eq!(entries(&page, "exercises"), ["Exercise\u{a0}1.1By hand compute · hard"]);
    assert_eq!(
        entries(&page, "terms"),
        [
            "Bulk, 2",
            "curve, flat, 1.1",
            "direction v, 1.1",
            "strict saddle, 1.1, 2"
        ]
    );
    assert!(book.read("one.html").contains("See <a href=\"#trm-strict-saddle\">strict saddle</a>"));
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nlists = [\"terms\"]\n");
    book.page("one.html");
    let page = book.read("lists.html");
    assert_eq!((entries(&page, "statements").len(), entries(&page, "terms").len()), (0, 4));
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nlists = []\n");
    book.page("one.html");
    assert!(!book.0.join("book/lists.html").exists());
}
