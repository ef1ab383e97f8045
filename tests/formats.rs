//! The book for e-readers and for printers: what it holds, and what other programs say of it.
//!
//! epubcheck and Chromium are needed by the tests that are ignored unless asked for:
//! `EPUBCHECK=/path/to/epubcheck.jar cargo test --test formats -- --ignored`.

mod support;

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use rbook::Epub;
use support::Book;

const ONE: &str = "```rust\nlet kappa = 20.0 / 2.0;\nkappa\n```\n\nIt is [10](=kappa), see [more](two.md#more), \
    [the program](https://example.org/) and <a href=\"one.md\">this page</a>.\n\n$$x < \\frac{1}{2}$$\n\n\
    ```rust\n//| alt: A dot.\nrecto::Sweep::new(\"r\", [1, 2], |r| Ok(recto::Figure::from_svg(format!(\
    \"<svg viewBox='0 0 8 8'><linearGradient id='g'/><circle r='{r}' fill='url(#g)'/></svg>\"))))?\n```\n\n\
    <details><summary>Folded</summary>\n\nAn &amp; a <br> line.\n\n</details>\n";
const TWO: &str = "# Two\n\n![A dot.](dot.svg)\n\n## More\n\nText.\n\n<script>var x;</script>\n";

fn book(name: &str) -> Book {
    let book = Book::new(name, &[("one", ONE), ("two", TWO)]);
    book.write("book.toml", "[book]\ntitle = \"A <book>\"\nauthors = [\"A. B.\"]\nlanguage = \"en\"\n");
    book.write("src/SUMMARY.md", "- [One](one.md)\n  - [Two & more](two.md)\n");
    book.write(
        "src/dot.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 2 2\"><circle r=\"1\"/></svg>",
    );
    book
}

#[test]
fn an_epub_has_the_pages() {
    let book = book("epub");
    let output = book.recto(&["build", "--epub"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("book.epub"), "{said}");
    let bytes = std::fs::read(book.0.join("book/a--book.epub")).unwrap();
    let epub = Epub::options().strict(true).read(Cursor::new(bytes)).unwrap();
    let labels: Vec<String> = epub.toc().contents().unwrap().flatten().map(|entry| entry.label().to_owned()).collect();
    assert_eq!(labels, ["1. One", "1.1. Two & more", "Verification", "1. One, checked"]);
    let page = |name: &str| epub.manifest().by_href(name).unwrap().read_str().unwrap();
    let one = page("one.xhtml");
    for part in [
        "10</a>",
        "href=\"two.xhtml#more\"",
        "href=\"verification/one.xhtml#one.",
        "<math ",
        "x-tex\">x &lt; ",
        "<linearGradient id=",
        "<details open=\"open\">",
        "An &amp; a <br/> line.",
        "href=\"one.xhtml\"",
    ] {
        assert!(one.contains(part), "{part} is not in {one}");
    }
    // Each frame of the sweep is seen, and nothing that needs a script.
    assert_eq!(one.matches("class=\"recto-frame\"").count(), 2);
    for part in ["hidden", "<input", "<script", "recto-control"] {
        assert!(!one.contains(part), "{part} is in {one}");
    }
    let two = page("two.xhtml");
    assert!(two.contains("<img src=\"dot.svg\"") && !two.contains("var x"), "{two}");
    assert!(epub.manifest().by_href("dot.svg").is_some());
    assert!(epub.manifest().by_href("fonts/recto-math.woff2").is_some());
    assert!(!book.0.join("book/a--book.pdf").exists());
}

#[test]
fn what_a_pdf_needs_is_said() {
    let book = book("no-pdf");
    let build = |path: Option<&str>| {
        let mut command = book.command(&["build", "--pdf"]);
        match path {
            Some(chromium) => command.env("CHROMIUM", chromium),
            None => command.env_remove("CHROMIUM").env("PATH", "/nowhere"),
        };
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    // Before any lesson is compiled.
    let said = build(None);
    assert!(said.contains("there is no Chromium") && said.contains("CHROMIUM="), "{said}");
    assert!(!book.0.join("book").exists(), "nothing is published in part");
    book.write("book.toml", "[book]\ntitle = \"A\"\n[output.html.print]\nenable = false\n");
    let said = build(Some("true"));
    assert!(said.contains("this book has no print page") && said.contains("enable = true"), "{said}");
}

#[test]
#[ignore = "needs Java, epubcheck and Chromium"]
fn the_curvature_book_is_an_epub_and_a_pdf() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let status = Command::new(env!("CARGO_BIN_EXE_recto"))
        .args(["build", "book", "--quiet", "--epub", "--pdf"])
        .current_dir(root)
        .stdin(Stdio::null())
        .status()
        .expect("recto runs");
    assert!(status.success(), "the book builds");
    let checker = std::env::var("EPUBCHECK").expect("EPUBCHECK names the jar of epubcheck");
    let output = Command::new("java")
        .args(["-jar", &checker, "--failonwarnings"])
        .arg(root.join("book/book/curvature.epub"))
        .output()
        .expect("java runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    let pdf = std::fs::read(root.join("book/book/curvature.pdf")).expect("a PDF");
    let has = |mark: &str| pdf.windows(mark.len()).any(|bytes| bytes == mark.as_bytes());
    assert!(pdf.starts_with(b"%PDF-") && has("/Outlines") && has("/StructTreeRoot"), "no outline or no tags");
}
