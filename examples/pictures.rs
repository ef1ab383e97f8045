//! Takes pictures of one page of each kind of a finished book, in Chromium: `cargo run --example pictures -- book/book OUT`.
//!
//! Each is taken wide and narrow, light and dark. Pages as they are printed are made by `pdftoppm`, of poppler.

mod chromium;

use std::collections::BTreeSet;
use std::error::Error;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use chromium::{Browser, serve};

/// A kind of page: its name, what the first page of this kind holds, and what of it is to be seen.
const KINDS: [(&str, &str, &str); 11] = [
    ("title", "recto-contents", "main"),
    ("lesson", "class=\"recto-names\"", "main"),
    ("code", "class=\"recto-names\"", "pre:has(+ .recto-names)"),
    ("sweep", "class=\"recto-sweep\"", ".recto-has-figure:has(.recto-sweep)"),
    ("table", "class=\"table-wrapper\"", ".table-wrapper"),
    ("statement", "recto-statement", "blockquote:has(.recto-statement)"),
    ("exercise", "class=\"recto-answer\"", "h2:has(~ .recto-answer):not(:has(~ h2 ~ .recto-answer))"),
    ("lists", "class=\"recto-list", "main"),
    ("references", "class=\"recto-references\"", "main"),
    ("verification", "class=\"recto-lessons", "main"),
    ("rows", "class=\"recto-rows", "main"),
];

/// Width and height of a view in pixels, and the theme.
const VIEWS: [(&str, u32, u32, &str); 4] = [
    ("wide-light", 1400, 1800, "light"),
    ("wide-dark", 1400, 1800, "navy"),
    ("narrow-light", 390, 1800, "light"),
    ("narrow-dark", 390, 1800, "navy"),
];

/// So many pages of a printed one are looked at.
const SHEETS: &str = "3";

/// Shows a page in a frame, since no window is as narrow as a phone.
const LOOK: &str = r#"<!doctype html><meta charset="utf-8"><style>body { margin: 0 }</style>
<iframe id="frame" style="border:0;width:WIDTHpx;height:HEIGHTpx"></iframe>
<script>
localStorage.setItem("mdbook-theme", "THEME");
const frame = document.getElementById("frame");
frame.onload = () => {
  const seen = frame.contentDocument.querySelector(`SELECTOR`);
  if (!seen) throw Error("nothing is seen");
  const folds = frame.contentDocument.querySelector("pre + .recto-names");
  if (folds) folds.open = true;
  if (!seen.matches("main")) frame.contentWindow.scrollTo(0, seen.getBoundingClientRect().top - 80);
};
frame.src = "/PAGE";
</script>"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (Some(book), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("name the finished book and a folder for the pictures".into());
    };
    let book = std::fs::canonicalize(&book).map_err(|error| format!("`{}`: {error}", book.display()))?;
    std::fs::create_dir_all(&out)?;
    let pages = pages(&book)?;
    // A page is printed once, whatever is to be seen on it.
    let mut print = BTreeSet::new();
    for (kind, mark, selector) in KINDS {
        let Some((page, _)) = pages.iter().find(|(_, text)| text.contains(mark)) else {
            println!("no page of the book is of the kind `{kind}`");
            continue;
        };
        for (view, width, height, theme) in VIEWS {
            let look = LOOK.replace("WIDTH", &width.to_string()).replace("HEIGHT", &height.to_string());
            let look = look.replace("THEME", theme).replace("SELECTOR", selector).replace("PAGE", page);
            let picture = out.join(format!("{kind}-{view}.png"));
            shoot(&book, look, (width, height), &picture)?;
            println!("{} of {page}", picture.display());
        }
        if print.insert(page) {
            printed(&book.join(page), &out.join(format!("{kind}-print")))?;
        }
    }
    printed(&book.join("print.html"), &out.join("whole-print"))
}

/// The pages of a book in the order of their names, with their texts.
fn pages(book: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut pages = Vec::new();
    for below in ["", "verification"] {
        for entry in std::fs::read_dir(book.join(below)).into_iter().flatten() {
            let name = Path::new(below).join(entry?.file_name()).to_string_lossy().into_owned();
            if name.ends_with(".html") && !["404.html", "toc.html", "print.html"].contains(&name.as_str()) {
                let text = std::fs::read_to_string(book.join(&name))?;
                pages.push((name, text));
            }
        }
    }
    pages.sort();
    Ok(pages)
}

/// Takes a picture of a page of that size, which may show pages of the book.
fn shoot(book: &Path, look: String, (width, height): (u32, u32), picture: &Path) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/look.html", listener.local_addr()?);
    let book = book.to_path_buf();
    // It answers as long as this program runs.
    std::thread::spawn(move || {
        let _ = serve(&listener, |path| match path {
            "look.html" => Some(look.clone().into_bytes()),
            path => std::fs::read(book.join(path)).ok(),
        });
    });
    let browser = Browser::new()?;
    let status = browser
        .command()
        .arg("--hide-scrollbars")
        .arg("--virtual-time-budget=8000")
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(address)
        .status()?;
    if status.success() && picture.exists() {
        Ok(())
    } else {
        Err(format!("Chromium has taken no picture `{}`", picture.display()).into())
    }
}

/// The first sheets of a page as it is printed.
fn printed(page: &Path, picture: &Path) -> Result<(), Box<dyn Error>> {
    let browser = Browser::new()?;
    let pdf = picture.with_extension("pdf");
    browser
        .command()
        .arg("--no-pdf-header-footer")
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", page.display()))
        .status()?;
    let made = Command::new("pdftoppm").args(["-png", "-r", "60", "-l", SHEETS]).arg(&pdf).arg(picture).status()?;
    std::fs::remove_file(&pdf)?;
    if !made.success() {
        return Err(format!("`pdftoppm` has made no pictures of `{}`", page.display()).into());
    }
    println!("{} of {}", picture.display(), page.display());
    Ok(())
}
