//! mdBook's include directives, expanded with the origin of every line kept: mdBook's own
//! expansion gives text alone, and a diagnostic in an included line must lead to its file.
//!
//! `{{#include}}`, `{{#rustdoc_include}}` and `{{#playground}}` are expanded as mdBook 0.5 does
//! (line ranges, anchors, nesting up to ten deep); `{{#title}}` and escaped directives are left to it.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::fence::continued;
use crate::problem::{Kind, Problem, nearest};
use crate::site::short;
use crate::source::{self, Document, Place, SourceFile, byte_order_mark};

const DEEPEST: usize = 10;

/// What the includes of a chapter may add up to: bytes read and written, and how many there are.
const MOST_BYTES: usize = 32 << 20;
const MOST_INCLUDES: usize = 10_000;

static DIRECTIVE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\\{\{#.*\}\}|\{\{\s*#([a-zA-Z0-9_]+)\s+([^}]+)\}\}").expect("a constant"));
/// What mdBook leaves as it is: a directive without a file, or with a space or a colon where it can't be.
static NEARLY: LazyLock<Regex> = LazyLock::new(|| {
    let names = "(?:include|rustdoc_include|playground|playpen)";
    Regex::new(&format!(r"\{{\{{\s*#(?:\s+{names}(?-u:\b)[^}}\n]*|{names}\s*(?:[:=(][^}}\n]*)?\}}\}})"))
        .expect("a constant")
});
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"ANCHOR:\s*([\w_-]+)").expect("a constant"));
static ANCHOR_END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"ANCHOR_END:\s*([\w_-]+)").expect("a constant"));

/// The text of a file with its includes in place. What can't be followed is reported, and is what mdBook makes of it.
pub(crate) fn expand(file: &SourceFile, base: &Path, problems: &mut Vec<Problem>) -> Document {
    let whole = Part::of(&file.path, "");
    let mut expansion = Expansion {
        problems,
        open: vec![whole],
        bytes: 0,
        includes: 0,
        is_full: false,
    };
    expansion.expanded(Document::of_file(file), base)
}

/// A file, or a part of it, that is included.
struct Part {
    /// As it is shown.
    path: PathBuf,
    /// Where it is, whatever it is called.
    file: PathBuf,
    /// Its lines or its anchor.
    selection: String,
}

impl Part {
    fn of(path: &Path, selection: &str) -> Part {
        Part {
            path: path.to_path_buf(),
            file: path.canonicalize().unwrap_or_else(|_| path.to_path_buf()),
            selection: selection.to_owned(),
        }
    }

    fn is_like(&self, other: &Part) -> bool {
        self.file == other.file && self.selection == other.selection
    }
}

/// A path without `.` and `..`, where it leads to the same file: a folder may be a link.
fn shown(path: PathBuf) -> PathBuf {
    let short = short(&path);
    let is_same = || short.canonicalize().ok() == path.canonicalize().ok();
    if short.as_os_str() != path.as_os_str() && is_same() { short } else { path }
}

/// A chapter that is being put together.
struct Expansion<'p> {
    problems: &'p mut Vec<Problem>,
    /// The chapter, and each file that is included by the one before it.
    open: Vec<Part>,
    bytes: usize,
    includes: usize,
    /// That these are too many was reported.
    is_full: bool,
}

impl Expansion<'_> {
    fn expanded(&mut self, document: Document, base: &Path) -> Document {
        let text = document.text();
        if !text.contains("{{") {
            return document;
        }
        self.problems
            .extend(NEARLY.find_iter(text).filter(|found| !text[..found.start()].ends_with('\\')).map(|found| {
                let place = Place {
                    position: None,
                    ..document.place(found.range())
                };
                let problem =
                    Problem::error(Kind::Include, "this looks like a directive of mdBook's and is none").at(place);
                problem.help("write `{{#include file.rs}}`; for one that is only shown write `\\{{`")
            }));
        let mut expanded = Document::empty();
        let mut copied = 0;
        for found in DIRECTIVE.captures_iter(text) {
            let Some((directive, span)) = Directive::read(&found) else {
                self.problems.extend(misspelt(&found, &document));
                continue;
            };
            let place = Place {
                position: None,
                ..document.place(span.clone())
            };
            if let Some(included) = self.follow(&directive, &place, base) {
                expanded.append(&document, copied..span.start);
                let prefix = continuation(&text[..span.start]);
                let made = prefix.len() * included.text().matches('\n').count();
                if self.has_room(made, &place) {
                    append_lines(&mut expanded, &included, &prefix, &place);
                }
                copied = span.end;
            }
        }
        expanded.append(&document, copied..text.len());
        expanded
    }

    /// Whether so many more bytes are within the bound; the first that are not are reported.
    fn has_room(&mut self, bytes: usize, place: &Place) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        let bound = match () {
            () if self.includes > MOST_INCLUDES => format!("{MOST_INCLUDES} includes"),
            () if self.bytes > MOST_BYTES => format!("{} MiB of included text", MOST_BYTES >> 20),
            () => return true,
        };
        if !std::mem::replace(&mut self.is_full, true) {
            let problem = Problem::error(Kind::Include, format!("with this the chapter has more than {bound}"));
            let help = "include only the lines that the chapter shows, by their numbers or an anchor";
            self.problems.push(problem.at(place.clone()).help(help));
        }
        false
    }

    /// What stands in a directive's place; nothing where it stays, as mdBook leaves one whose file can't be read.
    fn follow(&mut self, directive: &Directive<'_>, place: &Place, base: &Path) -> Option<Document> {
        let report = |message: String| Problem::error(Kind::Include, message).at(place.clone());
        let (name, selection) = match directive {
            Directive::Include { target, .. } => target.split_once(':').unwrap_or((target, "")),
            Directive::Playground { path, .. } => (*path, ""),
        };
        let path = shown(base.join(name));
        self.includes += 1;
        if !self.has_room(0, place) {
            return Some(Document::empty());
        }
        let file = match SourceFile::read(&path) {
            Ok(file) => file,
            Err(error) => {
                let problem = report(format!("can't include `{}`: {error}", path.display()));
                let is_text = error.kind() != io::ErrorKind::InvalidData;
                self.problems.push(if is_text { problem } else { problem.help("save it as UTF-8") });
                // mdBook would try to read what recto does not.
                return source::is_refused(&error).then(Document::empty);
            }
        };
        let part = Part::of(&path, selection);
        if let Some(first) = self.open.iter().position(|open| open.is_like(&part)) {
            self.problems.push(self.circle(first, &part, place));
            return Some(Document::empty());
        }
        if self.open.len() > DEEPEST {
            let problem = report(format!("includes nest more than {DEEPEST} deep"));
            self.problems.push(problem.help("include the innermost file from the chapter itself"));
            return Some(Document::empty());
        }
        if !self.has_room(file.text.len(), place) {
            return Some(Document::empty());
        }
        let chosen = match directive {
            Directive::Include { hide_others, .. } => {
                let (lines, found) = select(&file.text, selection, *hide_others);
                if !found {
                    let problem = report(format!("`{}` has no anchor `{selection}`", path.display()));
                    self.problems.push(problem.help(format!(
                        "anchors are written `// ANCHOR: {selection}` and `// ANCHOR_END: {selection}`"
                    )));
                }
                joined(&file, &lines)
            }
            Directive::Playground { attributes, .. } => fenced(&file, attributes, place),
        };
        self.open.push(part);
        let expanded = self.expanded(chosen, path.parent().unwrap_or(base));
        self.open.pop();
        Some(expanded)
    }

    /// A file that includes itself, by way of those that are open from the first one on.
    fn circle(&self, first: usize, part: &Part, place: &Place) -> Problem {
        let name = |part: &Part| format!("`{}`", part.path.display());
        let way: Vec<String> = self.open[first..].iter().chain([part]).map(name).collect();
        let problem = Problem::error(Kind::Include, format!("{} includes itself", way[0])).at(place.clone());
        let by = format!("{} includes {}", way[0], way[1..].join(", which includes "));
        let problem = if way.len() > 2 { problem.note(by) } else { problem };
        problem.help("include a part without this directive, by its lines or an anchor, or take one of them out")
    }
}

/// What each line after the first must begin with to stay in the list or quote in which a directive stands; `before` is
/// the text up to it.
fn continuation(before: &str) -> String {
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let mut rest = line.trim_start_matches([' ', '\t', '>']);
    loop {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let marks: &[char] = if number.len() < rest.len() { &['.', ')'] } else { &['-', '*', '+'] };
        match number.strip_prefix(marks).filter(|rest| rest.starts_with([' ', '\t'])) {
            Some(after) => rest = after.trim_start_matches([' ', '\t', '>']),
            None => return continued(&line[..line.len() - rest.len()]),
        }
    }
}

/// Appends an included text whose lines go on in the container of its directive, which stands at `place`.
fn append_lines(document: &mut Document, included: &Document, prefix: &str, place: &Place) {
    let mut start = 0;
    for line in included.text().split_inclusive('\n') {
        let blank = line.trim().is_empty();
        let prefix = if blank { prefix.trim_end() } else { prefix };
        if start > 0 && !prefix.is_empty() {
            document.push_made(&place.file, place.span.clone(), prefix);
        }
        document.append(included, start..start + line.len());
        start += line.len();
    }
    if included.text().ends_with('\n') && !prefix.is_empty() {
        document.push_made(&place.file, place.span.clone(), prefix.trim_end());
    }
}

enum Directive<'a> {
    Include { target: &'a str, hide_others: bool },
    Playground { path: &'a str, attributes: Vec<&'a str> },
}

impl<'a> Directive<'a> {
    /// The directive and where it stands; nothing for one that mdBook does later or does not know.
    fn read(found: &Captures<'a>) -> Option<(Directive<'a>, Range<usize>)> {
        let mut words = found.get(2)?.as_str().split_whitespace();
        let target = words.next()?;
        let directive = match found.get(1)?.as_str() {
            "include" => Directive::Include { target, hide_others: false },
            "rustdoc_include" => Directive::Include { target, hide_others: true },
            "playground" | "playpen" => Directive::Playground {
                path: target,
                attributes: words.collect(),
            },
            _ => return None,
        };
        Some((directive, found.get(0)?.range()))
    }
}

/// A directive that mdBook does not know, and leaves as it is, where it is nearly one of its own.
fn misspelt(found: &Captures<'_>, document: &Document) -> Option<Problem> {
    const KNOWN: [&str; 5] = ["include", "rustdoc_include", "playground", "playpen", "title"];
    let name = found.get(1).filter(|name| !KNOWN.contains(&name.as_str()))?;
    let near = nearest(name.as_str(), KNOWN)?;
    let problem = Problem::error(Kind::Include, format!("mdBook knows no `{{{{#{}}}}}`", name.as_str()));
    Some(
        problem
            .at(Place {
                position: None,
                ..document.place(name.range())
            })
            .did_you_mean(near),
    )
}

/// A file as a block of code.
fn fenced(file: &SourceFile, attributes: &[&str], place: &Place) -> Document {
    let words = [&["rust"], attributes].concat().join(",");
    let newline = if file.text.ends_with('\n') { "" } else { "\n" };
    let mut document = Document::empty();
    document.push_made(&place.file, place.span.clone(), &format!("```{words}\n"));
    document.push_copied(file, byte_order_mark(&file.text)..file.text.len());
    document.push_made(&place.file, place.span.clone(), &format!("{newline}```\n"));
    document
}

/// A line of an included file, without its end; `hidden` puts rustdoc's `# ` before it.
struct SelectedLine {
    span: Range<usize>,
    hidden: bool,
}

/// Lines with a newline between each two.
fn joined(file: &SourceFile, lines: &[SelectedLine]) -> Document {
    let mut document = Document::empty();
    for (index, line) in lines.iter().enumerate() {
        if let Some(before) = index.checked_sub(1).map(|before| &lines[before]) {
            let newline = before.span.end + usize::from(file.text[before.span.end..].starts_with('\r'));
            document.push_copied(file, newline..newline + 1);
        }
        if line.hidden {
            document.push_made(file, line.span.clone(), "# ");
        }
        document.push_copied(file, line.span.clone());
    }
    document
}

/// The chosen lines, and whether there is such an anchor if one is named.
fn select(text: &str, selection: &str, hide_others: bool) -> (Vec<SelectedLine>, bool) {
    let mark = byte_order_mark(text);
    let lines = text[mark..].split_inclusive('\n').scan(mark, |start, line| {
        let from = *start;
        *start += line.len();
        let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        Some(from..from + line.len())
    });
    let mut parts = selection.splitn(3, ':');
    let first = parts.next().unwrap_or_default();
    let last = parts.next().map(str::parse::<usize>);
    let from = match first.parse::<usize>() {
        Ok(number) => number.saturating_sub(1),
        Err(_) if first.is_empty() => 0,
        Err(_) => return anchored(text, lines, first, hide_others),
    };
    let to = match last {
        Some(Ok(to)) => to,
        None if !first.is_empty() => from + 1,
        _ => usize::MAX,
    };
    let chosen = lines.enumerate().map(|(index, span)| SelectedLine {
        span,
        hidden: !(from..to).contains(&index),
    });
    (chosen.filter(|line| hide_others || !line.hidden).collect(), true)
}

fn anchored(
    text: &str,
    lines: impl Iterator<Item = Range<usize>>,
    anchor: &str,
    hide_others: bool,
) -> (Vec<SelectedLine>, bool) {
    let (mut chosen, mut found, mut inside) = (Vec::new(), false, false);
    for span in lines {
        let line = &text[span.clone()];
        let mark = |regex: &Regex| regex.captures(line).map(|mark| &mark[1] == anchor);
        match (mark(&ANCHOR), mark(&ANCHOR_END)) {
            (_, Some(ends)) if inside => {
                if ends && !hide_others {
                    break;
                }
                inside = !ends;
            }
            (Some(begins), _) if !inside => {
                inside = begins;
                found |= begins;
            }
            (None, None) if inside || hide_others => chosen.push(SelectedLine { span, hidden: !inside }),
            _ => {}
        }
    }
    (chosen, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str, selection: &str, hide_others: bool) -> (String, bool) {
        let (lines, found) = select(text, selection, hide_others);
        let document = joined(&SourceFile::new("a.rs", text), &lines);
        (document.text().to_owned(), found)
    }

    #[test]
    fn ranges_are_mdbooks() {
        let text = "a\nb\nc\nd\n";
        for (selection, lines) in [
            ("2:3", "b\nc"),
            ("2", "b"),
            ("3:", "c\nd"),
            (":2", "a\nb"),
            ("", "a\nb\nc\nd"),
        ] {
            assert_eq!(chosen(text, selection, false), (lines.to_owned(), true), "{selection}");
        }
        assert_eq!(chosen(text, "2", true).0, "# a\nb\n# c\n# d");
    }

    #[test]
    fn anchors_are_cut_out_and_missing_ones_noticed() {
        let text = "a\n// ANCHOR: x\nb\n// ANCHOR: y\nc\n// ANCHOR_END: y\n// ANCHOR_END: x\nd\n";
        assert_eq!(chosen(text, "x", false), ("b\nc".to_owned(), true));
        assert_eq!(chosen(text, "y", true), ("# a\n# b\nc\n# d".to_owned(), true));
        assert_eq!(chosen(text, "z", false), (String::new(), false));
    }

    /// What chapters include, below `src`.
    const FILES: &[(&str, &str)] = &[
        ("plain", "one\ntwo\nthree\nfour\n"),
        ("no-end", "one\ntwo"),
        ("empty", ""),
        ("newline", "\n"),
        ("blank-end", "one\n\n\n"),
        ("crlf", "one\r\ntwo\r\nthree\r\n"),
        ("crlf-no-end", "one\r\ntwo\r"),
        ("cr", "one\rtwo\r\r\nthree\r"),
        ("mark", "\u{feff}one\ntwo\n"),
        ("λ.rs", "let λ = 1;\nlet κ = 2;\n"),
        (
            "anchors.rs",
            "zero\n// ANCHOR: a\none\n// ANCHOR: b\ntwo\n// ANCHOR_END: b\nthree\n// ANCHOR_END: a\nfour\n\
             // ANCHOR: a\nfive\n// ANCHOR_END: a\nsix\n// ANCHOR: open\nseven\n// ANCHOR: open\neight\n",
        ),
        (
            "odd-anchors.rs",
            "// ANCHOR_END: a\none\n// ANCHOR: a // ANCHOR_END: a\ntwo\n// ANCHOR_END: b ANCHOR: a\nthree\n\
             // ANCHOR:a\nfour\n// ANCHOR_END:\nfive\n// ANCHOR_END:   a\nsix\n// ANCHOR: a-b_c\nseven\n// ANCHOR: λ\neight\n",
        ),
        ("crlf-anchors.rs", "zero\r\n// ANCHOR: a\r\none\r\ntwo\r\n// ANCHOR_END: a\r\nthree\r\n"),
        ("deep/outer", "before {{#include inner}} after\n{{#include ../plain:2:3}}\n"),
        ("deep/inner", "inner\n"),
        ("deep/missing", "{{#include plain}} {{#include nowhere}}\n"),
        ("code.rs", "fn a() {}\n// {{#include plain:2:3}}\nfn b() {} {{#include crlf}}\n"),
        ("broken", "{{#include\nplain}} {{#rustdoc_include \n plain:2 }}\n"),
        ("title", "{{#title Another}}\ntext\n"),
        ("escaped", "\\{{#include plain}} \\\\{{#include plain:1}}\n"),
        ("cycle", "again {{#include cycle}} and\n"),
        ("round", "one {{#include circle}}\n"),
        ("circle", "{{#include round:1}}"),
        ("part", "{{#include part:2}}\ntwo\n"),
        ("fenced", "{{#playground code.rs editable}}"),
        ("nest0", "{{#include nest1}}"),
        ("nest1", "{{#include nest2}}."),
        ("nest2", "{{#include nest3}}."),
        ("nest3", "{{#include nest4}}."),
        ("nest4", "{{#include nest5}}."),
        ("nest5", "{{#include nest6}}."),
        ("nest6", "{{#include nest7}}."),
        ("nest7", "{{#include nest8}}."),
        ("nest8", "{{#include nest9}}."),
        ("nest9", "{{#include plain}}. {{#include nowhere}}"),
    ];

    const CHAPTERS: &[&str] = &[
        "no directive {{ at }} all {{#",
        "{{#include plain}}",
        "{{#include plain}}\n",
        "before {{#include plain}} after",
        "{{#include plain:1}}",
        "{{#include plain:2}}",
        "{{#include plain:2:}}",
        "{{#include plain::3}}",
        "{{#include plain:2:3}}",
        "{{#include plain:0}}",
        "{{#include plain:0:2}}",
        "{{#include plain::0}}",
        "{{#include plain:5:2}}",
        "{{#include plain:4:99}}",
        "{{#include plain:99}}",
        "{{#include plain:99:}}",
        "{{#include plain:}}",
        "{{#include plain::}}",
        "{{#include plain:::}}",
        "{{#include plain:2:3:4}}",
        "{{#include plain:2:x}}",
        "{{#include plain::x}}",
        "{{#include plain:x:2}}",
        "{{#include plain:-2}}",
        "{{#include plain:+2}}",
        "{{#include plain:2.5}}",
        "{{#include plain:18446744073709551615}}",
        "{{#include plain:18446744073709551616}}",
        "{{#include plain:2 :3}}",
        "{{#include no-end}} {{#include no-end:2}}",
        "{{#include empty}}",
        "{{#include empty}}{{#include empty}}",
        "{{#include newline}}|{{#include blank-end}}|{{#include blank-end:2:}}|",
        "{{#include crlf}} {{#include crlf:2:3}} {{#include crlf:3}}",
        "{{#include crlf-no-end}} {{#include crlf-no-end:2}}",
        "{{#include cr}} {{#include cr:2}}",
        "{{#include plain}}\r\nafter\r\n{{#include crlf}}\r\n",
        "λ {{#include λ.rs:2}} κ",
        "{{#include anchors.rs}}",
        "{{#include anchors.rs:a}}",
        "{{#include anchors.rs:b}}",
        "{{#include anchors.rs:open}}",
        "{{#include anchors.rs:none}}",
        "{{#include anchors.rs:a:2}}",
        "{{#include odd-anchors.rs:a}}",
        "{{#include odd-anchors.rs:b}}",
        "{{#include odd-anchors.rs:a-b_c}} {{#include odd-anchors.rs:λ}}",
        "{{#include crlf-anchors.rs:a}}",
        "{{#rustdoc_include anchors.rs}}",
        "{{#rustdoc_include anchors.rs:a}}",
        "{{#rustdoc_include anchors.rs:b}}",
        "{{#rustdoc_include anchors.rs:open}}",
        "{{#rustdoc_include anchors.rs:none}}",
        "{{#rustdoc_include odd-anchors.rs:a}}",
        "{{#rustdoc_include odd-anchors.rs:b}}",
        "{{#rustdoc_include crlf-anchors.rs:a}}",
        "{{#rustdoc_include plain:2:3}}",
        "{{#rustdoc_include plain:5:2}}",
        "{{#rustdoc_include plain:2}} {{#rustdoc_include plain::1}} {{#rustdoc_include plain:99:}}",
        "{{#rustdoc_include empty}}|{{#rustdoc_include newline:2}}|{{#rustdoc_include blank-end:1}}",
        "{{#rustdoc_include crlf:2}}",
        "{{#rustdoc_include code.rs:3}}",
        "{{#rustdoc_include broken:9}}",
        "{{#playground plain}}",
        "{{#playground plain editable}} {{#playpen no-end editable  hide_lines=! }}",
        "{{#playground empty}}{{#playground newline}}{{#playground blank-end}}",
        "{{#playground crlf}} {{#playground crlf-no-end}}",
        "{{#playground plain:2}}",
        "{{#playground code.rs}}",
        "{{#playground fenced}}",
        "{{#include fenced}}",
        "| a | {{#include plain:1}} | {{#include plain:2}} |{{#include plain:3}}{{#include plain:4}}",
        "{{ #include plain:1}} {{\n#include\nplain:2\n}} {{#include plain:3 more words}}",
        "{{#include }} {{#include}} {{# include plain}} {{#include  plain:1  }} {#include plain} {{#include plain}",
        "{{#unknown plain}} {{#include_str plain}} {{#Include plain}} {{#unknown {{#include plain:1}}",
        "{{#include nowhere}}",
        "a {{#include nowhere}} b {{#include plain:1}} c {{#rustdoc_include nowhere:x}} {{#playground nowhere a}} d",
        "{{#include deep}} {{#include .}} {{#include ../src/plain:1}} {{#include ./deep/../plain:2}}",
        "{{#include deep/outer}}",
        "{{#include deep/missing}}",
        "{{#include code.rs}} {{#include broken}}",
        "{{#include nest0}}",
        "{{#include nest1}}",
        "{{#include nest2}} {{#include nest9}}",
        r"\{{#include plain}} {{#include plain:1}} }}",
        "\\{{#include plain}}\n{{#include plain:1}}",
        r"\{{#include plain} {{#include plain:1}}",
        r"\\{{#include plain:1}} \{{#title x}} \{{#any}} \{{ #include plain:2}}",
        "{{#include escaped}}",
        "{{#title A title}}\n# Heading {{#include plain:1}}\n",
        "{{#include title}} {{#title {{#include plain}}",
    ];

    /// What mdBook makes of a chapter, and of its title.
    fn by_mdbook(root: &Path, text: &str) -> (String, Option<String>) {
        use mdbook_core::book::{Book, Chapter};
        use mdbook_driver::builtin_preprocessors::LinkPreprocessor;
        use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

        let context = PreprocessorContext::new(root.to_owned(), Default::default(), "html".to_owned());
        let chapter = Chapter::new("Chapter", text.to_owned(), "chapter.md", Vec::new());
        let book = Book::new_with_items(vec![chapter.into()]);
        let book = LinkPreprocessor::new().run(&context, book).expect("mdBook's own preprocessor");
        let text = book.chapters().next().expect("the chapter").content.clone();
        (text, context.chapter_titles.take().into_values().next())
    }

    fn files() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for (name, text) in FILES {
            let path = root.path().join("src").join(name);
            std::fs::create_dir_all(path.parent().expect("src")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        std::fs::write(root.path().join("src/latin"), b"caf\xe9").expect("a file");
        root
    }

    fn assert_same(root: &Path, text: &str) -> (String, Vec<Problem>) {
        let mut problems = Vec::new();
        let file = SourceFile::new(root.join("src/chapter.md"), text);
        let ours = expand(&file, &root.join("src"), &mut problems);
        let theirs = by_mdbook(root, text);
        let left_to_mdbook = ours.text().contains("\\{{#") || ours.text().contains("{{#title");
        if !left_to_mdbook {
            assert_eq!(ours.text(), theirs.0, "{text:?}");
        }
        // mdBook passes once more over what is woven; in a draft it may find a file that was not there.
        if left_to_mdbook || problems.is_empty() {
            assert_eq!(by_mdbook(root, ours.text()), theirs, "{text:?}");
        }
        (ours.text().to_owned(), problems)
    }

    #[test]
    fn includes_are_mdbooks() {
        let root = files();
        for text in CHAPTERS.iter().copied().chain(["{{#include latin}}"]) {
            assert_same(root.path(), text);
        }
    }

    /// Here recto differs: mdBook includes such a file ten times, or for each of its directives as many as ten times as often.
    #[test]
    fn a_file_that_includes_itself_is_left_out() {
        let root = files();
        for (text, expanded, message) in [
            ("{{#include cycle}}", "again  and", "cycle` includes itself"),
            ("a{{#include chapter.md}}{{#include ./deep/../chapter.md}}", "a", "chapter.md` includes itself"),
            ("{{#include round:1}}", "one ", "round` includes itself"),
        ] {
            let path = root.path().join("src/chapter.md");
            std::fs::write(&path, text).expect("a file");
            let mut problems = Vec::new();
            let document = expand(&SourceFile::read(path).expect("a file"), &root.path().join("src"), &mut problems);
            assert_eq!(document.text(), expanded, "{text}");
            assert_eq!(problems.len(), text.matches("{{").count(), "{text}");
            assert!(problems.iter().all(|problem| problem.message.ends_with(message)), "{problems:?}");
        }
        // The part has no directive in it.
        let (text, problems) = assert_same(root.path(), "{{#include part:2}}");
        assert_eq!((text.as_str(), problems.len()), ("two", 0));
    }

    #[test]
    fn what_includes_add_up_to_is_bounded() {
        let root = files();
        std::fs::write(root.path().join("src/large"), format!("{}\n", "x".repeat((2 << 20) - 1))).expect("a file");
        std::fs::write(root.path().join("src/lines"), "x\n".repeat(100_000)).expect("a file");
        for (text, message) in [
            ("{{#include large}}".repeat(20), "with this the chapter has more than 32 MiB of included text"),
            (
                format!("{}- {{{{#include lines}}}}", "> ".repeat(200)),
                "with this the chapter has more than 32 MiB of included text",
            ),
            ("{{#include empty}}".repeat(10_010), "with this the chapter has more than 10000 includes"),
        ] {
            let mut problems = Vec::new();
            let file = SourceFile::new(root.path().join("src/chapter.md"), text);
            let document = expand(&file, &root.path().join("src"), &mut problems);
            assert!(document.text().len() < 2 * MOST_BYTES);
            let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            assert_eq!(told, [message]);
        }
    }

    /// Here recto differs: mdBook takes the mark off chapters only, and behind one a fence is none.
    #[test]
    fn a_byte_order_mark_is_no_text_of_what_is_included() {
        let root = files();
        for (text, expected) in [
            ("{{#include mark}} {{#include mark:1}}", "one\ntwo one"),
            ("{{#rustdoc_include mark:2}}", "# one\ntwo"),
            ("{{#playground mark}}", "```rust\none\ntwo\n```\n"),
        ] {
            let file = SourceFile::new(root.path().join("src/chapter.md"), text);
            let mut problems = Vec::new();
            let expanded = expand(&file, &root.path().join("src"), &mut problems);
            assert_eq!((expanded.text(), problems.len()), (expected, 0), "{text}");
        }
    }

    /// Here recto differs: mdBook leaves the lines after the first one outside of the list or quote, so that they are no
    /// code any more.
    #[test]
    fn included_lines_stay_in_their_container() {
        let root = files();
        for (text, expected) in [
            (
                "- item\n\n  ```rust\n  {{#include plain}}\n  ```\n",
                "- item\n\n  ```rust\n  one\n  two\n  three\n  four\n  ```\n",
            ),
            ("    {{#include plain:1:2}}\n\t{{#include plain:3:}}\n", "    one\n    two\n\tthree\n\tfour\n"),
            (
                "> ```rust\n> {{#include plain:1:2}}\n> ```\n\n> {{#rustdoc_include no-end:2}}\n",
                "> ```rust\n> one\n> two\n> ```\n\n> # one\n> two\n",
            ),
            ("1. {{#include plain:1:2}}\n2. {{#include crlf:1:2}}\n", "1. one\n   two\n2. one\n   two\n"),
            ("> - ```text\n>   {{#include blank-end}}\n>   ```\n", "> - ```text\n>   one\n>\n>\n>   ```\n"),
            ("- {{#include deep/outer}}\n", "- before inner after\n  two\n  three\n"),
            ("10) > {{#include plain:1:2}}\n", "10) > one\n    > two\n"),
            ("a - {{#include plain:1:2}}\n", "a - one\ntwo\n"),
        ] {
            let file = SourceFile::new(root.path().join("src/chapter.md"), text);
            let expanded = expand(&file, &root.path().join("src"), &mut Vec::new());
            assert_eq!(expanded.text(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_mdbook_passes_over_is_a_problem() {
        let root = files();
        for (text, count) in [
            ("{{#include nowhere}} {{#playground nowhere}}", 2),
            ("{{#include latin}}", 1),
            ("{{#include anchors.rs:none}} {{#rustdoc_include anchors.rs:none}}", 2),
            ("{{#include deep/missing}}", 2),
            ("{{#include nest0}}", 2),
            ("{{#include nest1}} {{#include plain:99}} {{#include anchors.rs:open}}", 1),
        ] {
            assert_eq!(assert_same(root.path(), text).1.len(), count, "{text}");
        }
    }
}
