//! Texts that are all of one shape, however odd: twice as much of it takes at most two and a half times as long to read.
//!
//! `SIZES=256,512,1024 cargo test --test faults growth` tries other sizes, in KiB, and prints what each took.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::support::Book;

/// What is repeated, with the number of the time for `№`; `«a|b|c|d»` is `a` so many times, `b`, `c` as often, and `d`.
const SHAPES: &[(&str, &str)] = &[
    ("headings of one name", "# a\n"),
    ("headings with labels", "# a {#sec-a№}\n"),
    ("underlined headings", "a\n=\n"),
    ("headings of formulas", "# $x$\n"),
    ("headings of many names", "# a-№\n"),
    ("numbers", "3.14 "),
    ("numbers in paragraphs", "3.14\n\n"),
    ("years", "1999 "),
    ("years with words", "in 1999, "),
    ("per cent", "12 % "),
    ("digits", "7"),
    ("powers", "10⁻³ "),
    ("powers of ten", "3×10⁻³ "),
    ("thousands", "1,234,"),
    ("sections by number", "section 3, "),
    ("rows of a table", "|3.5|4.25|\n|-|-|\n"),
    ("tables", "|a|\n|-|\n|3.5|\n\n"),
    ("formulas", "$x=2$ "),
    ("formulas in paragraphs", "$x=2$\n\n"),
    ("display formulas", "$$x=2$$\n\n"),
    ("labelled formulas", "$$x=2$$ {#eq-a№}\n\n"),
    ("labels that are not closed", "$$x$$ {#\n\n"),
    ("dollars", "$"),
    ("dollars apart", "$ "),
    ("prices", "$5 "),
    ("prices in paragraphs", "$5\n\n"),
    ("double dollars", "$$ "),
    ("double dollars in paragraphs", "$$\n\n"),
    ("formulas without balance", "$a{$ "),
    ("a formula", "«|$x|+x|$»"),
    ("spaces in a formula", "«|$x|\\,|x$»"),
    ("matrices", "$$\\begin{matrix}1&2\\\\3&4\\end{matrix}$$\n\n"),
    ("citations", "[@a] "),
    ("citations that touch", "[@a]"),
    ("citations in paragraphs", "[@a]\n\n"),
    ("citations of many works", "[@a№] "),
    ("citations that are not closed", "[@"),
    ("the same in paragraphs", "[@\n\n"),
    ("citations without names, not closed", "[-@"),
    ("citations of pages", "[@a, p. 3; @b] "),
    ("citations with markup", "[@a *b*] "),
    ("citations with words", "[see @a] "),
    ("claims", "[10](=x) "),
    ("claims in paragraphs", "[10](=x)\n\n"),
    ("claims that touch", "[10](=x)"),
    ("claims with spaces", "[10](=x + 1) "),
    ("claims that are not closed", "[10](="),
    ("ends of claims", "](="),
    ("claims in claims", "«[|1|](=x)|»"),
    ("claims in lists", "- [10](=x)\n"),
    ("claims with markup", "[*1*](=x) "),
    ("claims with HTML", "[1<b>0</b>](=x) "),
    ("claims by reference", "[10][k№]\n\n[k№]: =x\n\n"),
    ("claims by one reference", "[10][k] "),
    ("claims of formulas", "[$x = 10$](=x) "),
    ("claims in words", "[at most ten](=x) "),
    ("values", "`{x}` "),
    ("values with formats", "`{x:.3}` "),
    ("values that are no Rust", "`{x y}` "),
    ("backticks", "`"),
    ("backticks apart", "` "),
    ("backticks by threes", "``` "),
    ("references", "[](#fig-a) "),
    ("references to many things", "[](#fig-a№) "),
    ("references with texts", "[a](#fig-a) "),
    ("given numbers", "[110](given) "),
    ("links that lead nowhere", "[a](b№.md) "),
    ("links to one page", "[a](b.md) "),
    ("links to fragments", "[a](#b№) "),
    ("links that nothing defines", "[a][b№] "),
    ("links and definitions", "[a][b№]\n\n[b№]: one.md\n\n"),
    ("links without texts", "[](one.md) "),
    ("definitions", "[b№]: c\n"),
    ("brackets", "["),
    ("closing brackets", "]"),
    ("pairs of brackets", "[]"),
    ("brackets in brackets", "«[|a|]|»"),
    ("beginnings of images", "!["),
    ("images", "![a](b.png) "),
    ("images without texts", "![](b.png) "),
    ("images in images", "«![|a|](b.png)|»"),
    ("addresses", "<https://a.b> "),
    ("footnotes", "a[^№]\n\n[^№]: b\n\n"),
    ("marks of one footnote", "a[^1] "),
    ("tags", "<b>"),
    ("angle brackets", "<"),
    ("attributes", "«|<a| b=c|>»"),
    ("fragments", "<a id=b№></a>\n"),
    ("comments", "<!-- a -->\n"),
    ("comments that are not closed", "<!-- "),
    ("images of HTML", "<img src=a.png>\n"),
    ("claims within HTML", "<div>\n[10](=x)\n</div>\n\n"),
    ("fences within HTML", "<div>\n```rust\n</div>\n\n"),
    ("numbers within HTML", "<p>3.5</p>\n"),
    ("pictures", "<svg><path d='M 0 0'/></svg>\n"),
    ("cells", "```rust\nx\n```\n\n"),
    ("cells with labels", "```rust\n//| label: fig-a№\nx\n```\n\n"),
    ("cells with options", "```rust\n//| echo: false\nx\n```\n\n"),
    ("cells with outputs", "```rust\nx\n```\n\n```output\n1\n```\n\n"),
    ("outputs without cells", "```output\n1\n```\n\n"),
    ("fences that are not closed", "```rust\n"),
    ("fences of unknown words", "```rust,foo\nx\n```\n\n"),
    ("indented code", "    a\n\n"),
    ("a cell of many lines", "«|```rust|\nlet x = 1;|\n```»"),
    ("a cell of many numbers", "«|```rust\n[1|, 1.5|]\n```»"),
    ("marks of quotes", ">"),
    ("quotes", "> a\n\n"),
    ("marks of lists", "- "),
    ("lists", "- a\n"),
    ("numbered lists", "1. a\n"),
    ("asterisks", "*"),
    ("strong that is not closed", "**a "),
    ("emphasis that is not closed", "_a "),
    ("emphasis in emphasis", "«*a|b|a*|»"),
    ("struck text that is not closed", "~~a "),
    ("terms", "a\n: b\n\n"),
    ("references to characters", "&amp;"),
    ("ampersands", "&"),
    ("backslashes", "\\"),
    ("newlines", "\n"),
    ("spaces", " "),
    ("carriage returns", "\r"),
    ("zeros", "\0"),
    ("one word", "a"),
    ("letters beyond ASCII", "é"),
    ("wide letters", "漢字 "),
    ("letters of two parts", "e\u{301}"),
    ("rules", "---\n\n"),
    ("theorems", "> **Theorem.** a\n\n"),
    ("labelled theorems", "> **Theorem.** {#thm-a№} a\n\n"),
    ("includes of nothing", "{{#include x}} "),
    ("includes that are not closed", "{{#"),
    ("escaped includes", "\\{{#"),
];

/// So many bytes of a shape.
fn text(shape: &str, bytes: usize) -> String {
    let parts = shape.strip_prefix('«').and_then(|rest| rest.strip_suffix('»')).map(|parts| parts.split('|'));
    let parts: Option<[&str; 4]> = parts.and_then(|parts| parts.collect::<Vec<_>>().try_into().ok());
    if let Some([open, middle, close, end]) = parts {
        let times = bytes / (open.len() + close.len());
        return [&open.repeat(times), middle, &close.repeat(times), end, "\n"].concat();
    }
    let mut text = String::with_capacity(bytes + shape.len());
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        text.push_str(&shape.replace('№', &number.to_string()));
    }
    text
}

/// The seconds of processor time that reading the book took; other programs on the machine don't count.
fn seconds(book: &Book) -> f64 {
    let command = format!("TIMEFORMAT=%U; time {} coverage >/dev/null 2>&1", env!("CARGO_BIN_EXE_recto"));
    let output = Command::new("bash").args(["-c", &command]).current_dir(&book.0).stdin(Stdio::null()).output();
    let output = output.expect("bash runs");
    let time = String::from_utf8_lossy(&output.stderr);
    time.trim().parse().unwrap_or_else(|_| panic!("no time: {time}"))
}

#[test]
fn growth_is_linear() {
    let sizes = std::env::var("SIZES").unwrap_or_else(|_| "16,48".to_owned());
    let sizes: Vec<usize> = sizes.split(',').map(|size| size.parse::<usize>().expect("KiB") << 10).collect();
    let prints = std::env::var_os("SIZES").is_some();
    let (next, slow) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let try_all = || {
        while let Some((number, (name, shape))) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            SHAPES.get(number).map(|shape| (number, shape))
        } {
            let book = Book::new(&format!("growth-{number}"), &[("one", "")]);
            book.write(
                "references.bib",
                "@misc{a, title = {A}, year = {2000}}\n@misc{b, title = {B}, year = {2000}}\n",
            );
            let mut took: Vec<f64> = Vec::new();
            for bytes in &sizes {
                book.write("src/one.md", &text(shape, *bytes));
                took.push(seconds(&book));
            }
            let mut worst = growth(&sizes, &took);
            for _ in 0..2 {
                if worst > 2.5 {
                    // Times of one run may be off; the least of several is not.
                    for (bytes, took) in sizes.iter().zip(&mut took) {
                        book.write("src/one.md", &text(shape, *bytes));
                        *took = took.min(seconds(&book));
                    }
                    worst = growth(&sizes, &took);
                }
            }
            if prints {
                println!("{name}: {took:.2?} s, at most {worst:.2} times for twice as much");
            }
            if worst > 2.5 {
                slow.lock().expect("no test panics").push(format!("{name}: {took:.2?} s, {worst:.2} times"));
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(try_all);
        try_all();
    });
    let slow = slow.into_inner().expect("no test panics");
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// How much longer twice as much takes, at most.
fn growth(sizes: &[usize], took: &[f64]) -> f64 {
    let pairs = sizes.windows(2).zip(took.windows(2));
    let growth = pairs.map(|(size, took)| {
        // Below that, starting the command is most of it.
        let times = if took[1] < 0.1 { 1.0 } else { took[1] / took[0].max(0.01) };
        times.powf((size[1] as f64 / size[0] as f64).log2().recip())
    });
    growth.fold(0.0, f64::max)
}
