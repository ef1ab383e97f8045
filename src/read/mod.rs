//! The first stage: `book.toml`, `SUMMARY.md` and the chapters, read into [`Lesson`]s.
//!
//! In: a book's root folder. Out: a [`Book`], with all that is wrong in its texts as problems.

mod brackets;
mod caption;
mod cell;
mod citation;
mod claim;
mod comment;
mod config;
mod delimiters;
mod examples;
mod exercise;
mod fence;
mod include;
mod info;
mod keys;
mod label;
mod lesson;
mod limits;
mod mapped_text;
mod numbering;
mod older;
mod others;
mod outline;
mod reader;
mod scalars;
mod seen;
mod sentence;
mod shake;
mod summary;
mod symbols;
mod tag;
mod takes;
mod target;
mod term;
mod unlisted;
mod unread;
mod yaml;

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use caption::caption_events;
pub(crate) use cell::{Caption, CaptionPart, Cell, CodeLine, Echo, Edition, Marks, Mode, Pinned, Width, nearly_option};
pub(crate) use citation::{Citation, Cite};
pub(crate) use config::{ListKind, Macro, Scope, Settings, Strictness};
pub(crate) use examples::{Example, examples, identifier};
pub(crate) use exercise::Asked;
pub(crate) use label::{LabelKind, chapter_label, is_chapter};
pub(crate) use lesson::{
    Chapter, Claim, ClaimPiece, Exempt, Formula, Item, Lesson, Placeholder, Reference, Statement, ValueSpan,
};
pub(crate) use limits::{Limits, Sandbox};
pub(crate) use mapped_text::MappedText;
pub(crate) use outline::{IdInsertion, Link, LinkKind};
pub(crate) use tag::EquationTag;
pub(crate) use term::Term;

use crate::parallel;
use crate::problem::{Failure, Kind, Problem, Severity, count};
use crate::site::{Names, PRINT, below, normal, page_of, plain_name};
use crate::source::{Document, Place, SourceFile};
use info::UNKNOWN_WORD;
use reader::FRONT_MATTER;
use summary::{links, summary};

/// Names that a program can't have, or that mean a crate of the standard library.
const NO_PROGRAM: [&str; 14] = [
    "alloc", "aux", "build", "con", "core", "deps", "examples", "incremental", "nul", "prn", "proc-macro", "recto",
    "std", "test",
];

/// The text of a file in the place of the one on the disk, if there is one.
type Texts<'a> = &'a (dyn Fn(&Path) -> Option<Arc<str>> + Sync);

/// The options of a cell, each with what it takes.
pub(crate) fn options() -> impl Iterator<Item = (&'static str, String)> {
    let keys = keys::fields_of::<cell::Options>().iter().copied();
    keys.filter_map(|key| Some((key, takes::Takes::of(key, Kind::Option)?.what())))
}

/// A book as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    /// The folder in which `book.toml` stands.
    pub(crate) root: PathBuf,
    pub(crate) settings: Settings,
    /// The chapters in the order of `SUMMARY.md`.
    pub(crate) lessons: Vec<Lesson>,
    /// `references.bib`, or what the settings name instead.
    pub(crate) bibliography: Option<SourceFile>,
    /// What is wrong with `SUMMARY.md` or keeps a chapter from being read.
    pub(crate) problems: Vec<Problem>,
}

/// Reads a book.
///
/// # Errors
/// `book.toml` or `SUMMARY.md` can't be read. What is wrong with a single chapter is among the
/// book's problems instead, and hides no other chapter.
pub(crate) fn book(root: &Path) -> Result<Book, Failure> {
    book_with(root, Settings::read(root)?, &|_| None)
}

/// The same with settings that were read, and what an editor has of some files, which may not be saved yet.
///
/// # Errors
/// `SUMMARY.md` can't be read.
pub(crate) fn book_with(root: &Path, settings: Settings, texts: Texts<'_>) -> Result<Book, Failure> {
    let src = below(root, &settings.src);
    let (summary_file, summary) = summary(&src)?;
    let is_warning = |problem: &&Problem| problem.severity == Severity::Warning;
    let mut book = Book {
        root: root.to_path_buf(),
        problems: settings.of_mdbook.iter().filter(is_warning).cloned().collect(),
        settings,
        lessons: Vec::new(),
        bibliography: None,
    };
    book.read_bibliography();
    let mut seen = HashSet::new();
    let mut pages = HashMap::from([(PathBuf::from(PRINT), "mdBook makes it of all chapters".to_owned())]);
    let mut chapters = Vec::new();
    for part in [
        &summary.prefix_chapters,
        &summary.numbered_chapters,
        &summary.suffix_chapters,
    ] {
        for link in links(part) {
            let Some(location) = &link.location else { continue };
            let Some(path) = normal(location) else {
                let problem = chapter_problem(&summary_file, location, "is outside of the folder of the chapters");
                book.problems
                    .push(problem.help("a path is the way from the folder of SUMMARY.md, as `- [Title](file.md)`"));
                continue;
            };
            if seen.insert(path.clone()) {
                let page = page_of(&path);
                let taken = pages.insert(page.clone(), format!("it is that of `{}`", path.display()));
                if let Some(taken) = taken {
                    let what = format!("can't have the page `{}`: {taken}", page.display());
                    let problem = chapter_problem(&summary_file, location, &what);
                    book.problems.push(problem.help("give the file another name"));
                    continue;
                }
                let has_parts = !links(&link.nested_items).is_empty();
                let mut chapter = Chapter::new(path, link.name.clone(), link.number.as_ref(), has_parts);
                chapter.listed =
                    link.name.contains(char::is_numeric).then(|| listed(&summary_file, &link.name, location));
                chapters.push((chapter, location));
            }
        }
    }
    let read = parallel::each_of(chapters, |(chapter, location)| {
        let path = src.join(&chapter.path);
        let file = texts(&path).map_or_else(|| SourceFile::read(&path), |text| Ok(SourceFile::new(&path, text)));
        match file {
            Ok(file) => Ok(read_chapter(&file, &src, chapter, &book.settings)),
            Err(error) => Err(Box::new((error, chapter, location))),
        }
    });
    let mut missing = Vec::new();
    for lesson in read {
        match lesson {
            Ok(lesson) => book.lessons.push(lesson),
            Err(unread) => {
                let (error, chapter, location) = *unread;
                let problem = chapter_problem(&summary_file, location, &format!("can't be read: {error}"));
                let help = match error.kind() {
                    ErrorKind::NotFound => {
                        missing.push((chapter, problem));
                        continue;
                    }
                    ErrorKind::InvalidData => {
                        book.problems
                            .push(not_utf8(&src.join(&chapter.path)).unwrap_or(problem).help("save it as UTF-8"));
                        continue;
                    }
                    _ => "make the file, or take its line out of SUMMARY.md",
                };
                book.problems.push(problem.help(help));
            }
        }
    }
    book.name_lessons();
    book.look_at_lost_page(&summary_file);
    book.look_beside(&src, &seen, missing);
    book.tell_once();
    Ok(book)
}

impl Book {
    /// Whether each chapter was read: mdBook, which reads them itself, is not asked for the others.
    pub(crate) fn is_whole(&self) -> bool {
        let is_error = |problem: &Problem| problem.kind == Kind::Chapter && problem.severity == Severity::Error;
        !self.problems.iter().any(is_error)
    }

    /// The page for those who follow a link that leads nowhere may be a chapter's, too: mdBook makes it of the file as it is, without
    /// what recto puts into it.
    fn look_at_lost_page(&mut self, summary: &SourceFile) {
        let page = &self.settings.page_of_nothing;
        let both = self.lessons.iter().find(|lesson| page_of(&lesson.path) == *page && !lesson.items.is_empty());
        if let Some(lesson) = both {
            let what = format!(
                "can't have what is checked: mdBook makes `{}` of the file as it is, for those who follow a link that leads nowhere",
                page.display()
            );
            let problem = chapter_problem(summary, &lesson.path, &what);
            self.problems.push(problem.help("give the file another name"));
        }
    }

    /// The chapter of the lists, below the source folder; no lesson has its place.
    pub(crate) fn path_of_lists(&self) -> &'static Path {
        let [usual, other] = ["lists.md", "recto-lists.md"].map(Path::new);
        if self.lessons.iter().any(|lesson| lesson.path == usual) {
            other
        } else {
            usual
        }
    }

    /// Gives each lesson a name that no other has, and that cargo and rustc take for a program.
    pub(crate) fn name_lessons(&mut self) {
        let mut used = Names::default();
        NO_PROGRAM.iter().for_each(|name| used.take((*name).to_owned()));
        for lesson in &mut self.lessons {
            let plain = plain_name(&lesson.path);
            lesson.name = used.unused(&plain, |number| format!("{plain}-{}", number + 1));
        }
    }

    /// Tells of each word that recto does not know, and of front matter, where it stands first, and how often it stands elsewhere.
    fn tell_once(&mut self) {
        let repeated = |problem: &Problem| {
            let of_whom = [
                (Kind::Fence, UNKNOWN_WORD, "more fence"),
                (Kind::Chapter, FRONT_MATTER, "more page"),
            ];
            let is_warning = problem.severity == Severity::Warning;
            let its = of_whom
                .into_iter()
                .find(|(kind, begin, _)| problem.kind == *kind && problem.message.starts_with(begin));
            its.filter(|_| is_warning).map(|(_, _, others)| others)
        };
        let mut times: HashMap<String, usize> = HashMap::new();
        let told = self.lessons.iter().flat_map(|lesson| &lesson.problems).map(|(_, problem)| problem);
        told.filter(|problem| repeated(problem).is_some())
            .for_each(|it| *times.entry(it.message.clone()).or_default() += 1);
        for lesson in &mut self.lessons {
            // The first takes the number with it.
            lesson.problems.retain_mut(|(_, problem)| {
                let Some(what) = repeated(problem) else {
                    return true;
                };
                let times = times.remove(&problem.message);
                if let Some(others) = times.map(|times| times - 1).filter(|others| *others > 0) {
                    problem.notes.push(format!("{} with it", count(others, what)));
                }
                times.is_some()
            });
        }
    }

    fn read_bibliography(&mut self) {
        let (name, place) = match &self.settings.bibliography {
            Some((name, place)) => (name.as_path(), Some(place)),
            None => (Path::new("references.bib"), None),
        };
        let path = below(&self.root, name);
        match (SourceFile::read(&path), place) {
            (Ok(file), _) => self.bibliography = Some(file),
            (Err(error), None) if error.kind() == std::io::ErrorKind::NotFound => {}
            (Err(error), place) => {
                let message = format!("the bibliography `{}` can't be read: {error}", path.display());
                let problem = Problem::error(Kind::Citation, message);
                self.problems.push(match place {
                    Some(place) => problem.at(place.clone()),
                    None => problem,
                });
            }
        }
    }

    /// Looks for chapters that are not where the summary has them, and for files that it does not have.
    fn look_beside(&mut self, src: &Path, listed: &HashSet<PathBuf>, missing: Vec<(Chapter, Problem)>) {
        let mut unlisted = unlisted::unlisted(src, &self.lessons, listed);
        for (chapter, problem) in missing {
            let moved = unlisted::moved(src, (&chapter.path, &chapter.title), &unlisted);
            self.problems.push(match moved.map(|moved| unlisted.remove(moved)) {
                Some(path) => problem.did_you_mean(&path.display().to_string().replace(' ', "%20")),
                None if chapter.path.to_string_lossy().contains(":/") => problem
                    .help("a chapter is a file of the book: put a link that leads out of it into the text of one"),
                None => problem.help("make the file, or take its line out of SUMMARY.md"),
            });
        }
        self.problems.extend(unlisted::mention(src, &unlisted));
    }
}

/// The lesson in a file, with the problems of what that includes.
fn read_chapter(file: &SourceFile, src: &Path, chapter: Chapter, settings: &Settings) -> Lesson {
    let mut problems = Vec::new();
    let document = include::expand(file, file.path.parent().unwrap_or(src), &mut problems);
    for place in problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
        place.position = document.position(place);
    }
    let mut lesson = Lesson::read(chapter, document, settings);
    lesson.problems.splice(0..0, problems.into_iter().map(|problem| (None, problem)));
    lesson
}

/// Where the title of a chapter stands in the summary.
fn listed(summary: &SourceFile, title: &str, location: &Path) -> Place {
    let end = written(summary, location).start;
    let start = summary.text[..end].rfind(title).unwrap_or(end);
    summary.place(start..(start + title.len()).min(end))
}

/// Where the file of a chapter stands there: as it is, with spaces as `%20`, or with characters escaped.
fn written(summary: &SourceFile, location: &Path) -> Range<usize> {
    let name = location.to_string_lossy();
    let written = [name.to_string(), name.replace(' ', "%20"), name.replace('\\', r"\\")];
    written.iter().find_map(|it| summary.text.find(it).map(|at| at..at + it.len())).unwrap_or(0..0)
}

fn chapter_problem(summary: &SourceFile, location: &Path, what: &str) -> Problem {
    let name = location.to_string_lossy();
    Problem::error(Kind::Chapter, format!("chapter `{name}` {what}")).at(summary.place(written(summary, location)))
}

/// What is wrong with a chapter that is no text, at the first byte that is none.
fn not_utf8(path: &Path) -> Option<Problem> {
    let (place, bytes) = SourceFile::not_text(path)?;
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let message = format!("this chapter is not UTF-8: here stands the byte `{}`", bytes.join(" "));
    Some(Problem::error(Kind::Chapter, message).at(place))
}

/// Reads a chapter whose text came from elsewhere, such as another preprocessor.
pub(crate) fn chapter(chapter: Chapter, text: String, settings: &Settings) -> Lesson {
    let document = Document::of_file(&SourceFile::new(chapter.path.clone(), text));
    Lesson::read(chapter, document, settings)
}

#[cfg(test)]
pub(crate) mod samples {
    //! Lessons for properties.

    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::delimiters::Delimiters;
    use super::*;

    static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("book.toml"), "").unwrap();
        Settings::read(root.path()).unwrap()
    });

    /// A book of one chapter, whose cells share a scope or stand alone.
    pub(crate) fn book(text: &str, scope: Scope) -> Book {
        with_settings(text, Settings { scope, ..SETTINGS.clone() })
    }

    /// The same, with or without mathematics.
    pub(crate) fn notebook(text: &str, math: bool) -> Book {
        with_settings(text, Settings { math, ..SETTINGS.clone() })
    }

    /// The same, with formulas as another tool has them.
    pub(crate) fn delimited(text: &str, delimiters: Delimiters) -> Book {
        with_settings(
            text,
            Settings {
                delimiters,
                math: true,
                ..SETTINGS.clone()
            },
        )
    }

    /// The same, as a chapter with a number, which its headings have too.
    pub(crate) fn numbered(book: Book) -> Book {
        let text = book.lessons[0].document.text().to_owned();
        of_chapter(text, book.settings, Some("1".to_owned()))
    }

    fn with_settings(text: &str, settings: Settings) -> Book {
        of_chapter(text.to_owned(), settings, None)
    }

    fn of_chapter(text: String, settings: Settings, number: Option<String>) -> Book {
        let known = Chapter {
            path: "lesson.md".into(),
            title: "Lesson".to_owned(),
            listed: None,
            number,
            has_parts: false,
        };
        Book {
            root: PathBuf::new(),
            lessons: vec![chapter(known, text, &settings)],
            settings,
            bibliography: None,
            problems: Vec::new(),
        }
    }

    /// What recto, mdBook or markdown acts on, and what breaks it.
    const FRAGMENTS: &str = "```rust\n¦```rust,should_panic\n¦```rust,compile_fail,E0308\n¦```rust,no_run,edition2021\n¦~~~ rust\n¦\
        ```output\n¦```text\n¦```\n¦````\n¦~~~\n¦`¦``¦```¦//| label: fig-a\n¦\
        //| caption: >-\n//|   a [b](=c) $x$ [@d]\n¦//| alt: 3\n¦//| echo: fold\n¦//| echo: false\n¦//|\n¦\
        let x = 1;\n¦x\n¦x¦x // y\n¦# hidden\n¦#\n¦## shown\n¦    # deep\n¦fn main() {}\n¦crate::a();\n¦\
        #![allow(unused)]\n¦let s = \"é\n¦  λ\";\n¦return;\n¦{\n¦}\n¦[10](=x)¦[≈ 0.8](<= x + 1>)¦[$a = 3$](=x)¦\
        [$$b$$](=x)¦[*a* `b`](=x)¦[](=)¦[a](= b c)¦[](#fig-a)¦[text $x$](#eq-a)¦[110](given)¦[$3$](given)¦\
        [$$3$$](given)¦[a](b.md#c)¦[¦]¦](¦](=¦](<=¦(¦)¦<¦>¦[@¦[@key]¦[-@key, p. 3; @other]¦[see @key]¦[@a *b*]¦\
        {#¦{#eq-a}¦{#ex-b .c}¦{¦}¦`{x}`¦`{x:.3}`¦`{{x}}`¦`{}`¦$¦$$¦$a$¦$$a$$¦$$a$$ {#eq-a}¦$1 and $2¦\\¦\\[¦\\$¦\
        **Theorem.** ¦**Definition ([3](=x) $y$ [@z]).** {#def-a} ¦> ¦>¦> **Lemma**¦- ¦1. ¦  ¦    ¦\t¦\n¦\n\n¦\
        \r\n¦\r¦# ¦## Head\n¦Head\n===\n¦Term\n\n: ¦| a | b |\n|---|---|\n¦|¦- [ ] ¦\
        <!-- recto\nverified: true\n-->\n¦<!-- recto\nscope: block\n-->\n¦<!-- recto bibliography -->¦<!--¦-->¦\
        <a id=\"x\" href=\"y\">¦</a>¦<img src=x>¦![¦![a](b.png)¦![[1](=x)](b.png)¦[^1]¦[^1]: ¦[a][b]¦[b]: c\n¦\
        [b]: =x\n¦<https://a.b>¦*¦**¦_¦~~¦{{#include¦{{#include a}}¦{{#title x}}¦&amp;¦&#0;¦3¦×10⁻³¦a¦ ¦λ¦é¦\
        \u{301}¦\u{2009}¦\u{a0}¦😀¦\0¦\u{feff}";

    /// Markdown on which recto does not act.
    pub(crate) fn prose() -> impl Strategy<Value = String> {
        let fragment = any_of(
            "word ¦λ é\u{301} 😀 ¦\n¦\n\n¦\r\n¦# ¦## Head\n¦Head\n====\n¦> ¦>¦- ¦1. ¦- [ ] ¦    ¦\t¦  \n¦\
            ```text\n¦```\n¦~~~\n¦`code`¦`¦*¦**¦~~¦_¦\\¦\\*¦[a](b.md)¦[a][b]¦[b]: c\n¦![a](b.png)¦[¦]¦(¦)¦\
            <https://a.b>¦<br>¦<div>\n¦</div>\n¦<!-- note -->¦&amp;¦&¦| a | b |\n|---|---|\n| c | d |\n¦|¦\
            Term\n\n: ¦10 ¦3×10⁻³ ¦\u{a0}¦---\n¦--¦\"¦'¦...",
        );
        prop::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat())
    }

    /// Cells in lists and quotes, with claims and values between them.
    pub(crate) fn code() -> impl Strategy<Value = String> {
        let line = any_of(
            "let x = 1;¦x¦x // λ¦\tx¦é\u{301} 😀¦# let y = 2;¦#¦  # z¦## w¦#![allow(unused)] x¦//| echo: fold¦\
            fn main() {}¦crate::a();¦return;¦let s = \"one¦  two\";¦{¦}¦¦ ¦/*¦*/¦x;\u{a0}",
        );
        let cell = (
            any_of("¦> ¦- ¦  ¦1. > ¦\t¦>\t¦- - "),
            any_of("¦,should_panic¦,no_run¦,compile_fail¦,edition2021¦,ignore"),
            prop::collection::vec(line, 0..6),
            any_of("\n¦\r\n"),
        );
        let cell = cell.prop_map(|(mark, words, lines, newline)| {
            let inner: String = mark.chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect();
            let lines = lines.into_iter().map(|line| format!("{inner}{line}{newline}")).collect::<String>();
            format!("{newline}{mark}```rust{words}{newline}{lines}{inner}```{newline}{newline}")
        });
        let text = any_of(
            "[10](=x)¦[λ](=é.a())¦[1](<= a + b>)¦[2](=a&amp;&amp;b)¦[3](=\\*p)¦[4](<=a\\>b>)¦[*x* $y$](=z)¦\
            `{x:.3}`¦`{x +\n1}`¦> `{x +\n> 1}`\n\n¦| a |\n|---|\n| `{x \\| y}` [1](=a\\|b) |\n\n¦`` {x} ``¦\
            ## [1](=x)\n\n¦text\n",
        );
        let text = text.prop_map(str::to_owned);
        prop::collection::vec(prop_oneof![cell, text], 0..6).prop_map(|parts| parts.concat())
    }

    /// What stands within a line, in others of its kind.
    fn inline() -> impl Strategy<Value = String> {
        let leaf = any_of(
            "word¦10¦two words¦λ é\u{301}¦😀¦\u{a0}¦a_b¦`code`¦``a`b``¦`{x:.3}`¦`{x.a()}`¦`{{x}}`¦`{}`¦$x$¦$x_1^2$¦$\\{a\\}$¦\
            $$y$$¦$\\frac{1}{2}$¦[10](=x)¦[≈ 0.8](<= x + 1>)¦[$3$](=x)¦[7][c]¦[7][]¦[9]¦[10](=x y)¦[](#fig-a)¦[](#eq-a)¦\
            [@key]¦[-@key, p. 3; @other]¦[a](b.md)¦[a][d]¦[b $x$]¦[see `{x}`][]¦![a](b.png)¦![a $x$ `{x}`](b.png)¦\
            [110](given)¦<https://a.b>¦<b>¦</b>¦<br>¦<!-- c -->¦[^n]¦\\*¦\\[¦\\`¦\\$¦\\|¦\\¦&amp;¦&#42;¦&lt;¦*¦**¦_¦~~¦`¦[¦]¦(¦)¦<¦>¦!¦\
            |¦$¦$$¦#¦{¦}¦{#eq-a}¦\"¦'¦--¦...¦$5¦{{#include¦{{#title x}}¦\\{{#include a}}¦:¦=¦+ ¦- ",
        );
        let leaf = leaf.prop_map(str::to_owned);
        leaf.prop_recursive(3, 12, 4, |inner| {
            let form = any_of(
                "*·*¦**·**¦_·_¦~~·~~¦[·](=x)¦[·](<= x + 1>)¦[·](b.md)¦![·](b.png)¦[·][c]¦[·][d]¦`·`¦$·$¦$$·$$¦[·](#fig-a)¦\
                [·](given)¦<b>·</b>¦[[·]]¦(·)¦\"·\"¦<span title=\"·\">¦· ·¦·,",
            );
            let inside = prop::collection::vec(inner, 1..4).prop_map(|parts| parts.concat());
            (form, inside).prop_map(|(form, inside)| form.replace('·', &inside))
        })
    }

    /// Some of it in a row, on one line or several.
    fn paragraph() -> impl Strategy<Value = String> {
        let part = (inline(), any_of(" ¦ ¦ ¦¦\n¦  \n¦\\\n"));
        prop::collection::vec(part, 1..5)
            .prop_map(|parts| parts.into_iter().flat_map(|(text, end)| [text, end.to_owned()]).collect())
    }

    /// A paragraph, a heading, a table, a block of code or of HTML.
    fn block() -> impl Strategy<Value = String> {
        let line = any_of(
            "let x = 1;¦x¦# hidden¦    # deep¦## shown¦#¦\tx¦¦//| echo: fold¦//| x¦fn main() {}¦<b>¦> x¦- x¦{{#include a}}¦λ",
        );
        let lines = prop::collection::vec(line, 0..5).prop_map(|lines| lines.join("\n"));
        let opening = any_of(
            "```rust\n·\n```¦```rust\n·\n```\n\n```output\n·\n```¦~~~rust\n·\n~~~¦````rust\n·\n````¦```rust,should_panic\n·\n```¦\
            ``` rust\n·\n```¦```text\n·\n```¦```\n·\n```¦```rust\n·¦    ·¦```rust\n·\n``` x\n```¦<div>\n·\n</div>¦<pre>\n·\n</pre>",
        );
        let code = (opening, lines).prop_map(|(opening, lines)| opening.replace('·', &lines));
        let form = any_of(
            "·¦·¦·¦# ·¦## · ##¦###### · {#sec-a}¦·\n===¦·\n---¦| a | ·|\n|---|:-:|\n| · | b |\n|·|·|¦<div>\n·\n</div>¦<div>\n\n·\n\n</div>¦\
            <details><summary>·</summary>\n\n·\n</details>¦<p>·¦<!-- ·\n-->¦$$\n·\n$$¦$$\n·\n$$ {#eq-a}¦Term ·\n\n: ·¦·\n: ·¦[^n]: ·¦\
            [c]: =x\n[d]: b.md¦[7]: =x\n[9]: <=x + 1>\n[b $x$]: b.md\n[see `{x}`]: b.md¦---¦  ·¦    ·¦**Theorem.** ·¦- [ ] ·\n- [x] ·¦\
            > **Lemma ·.** {#lem-a} ·",
        );
        let text = (form, paragraph()).prop_map(|(form, text)| form.replace('·', text.trim_end()));
        prop_oneof![2 => text, 1 => code]
    }

    /// Blocks in quotes, lists, footnotes and admonitions, in each other.
    pub(crate) fn lesson() -> impl Strategy<Value = String> {
        let nested = block().prop_recursive(3, 12, 3, |inner| {
            // What the first line begins with, what the others do.
            let marks = prop::sample::select(vec![
                ("> ", "> "),
                (">", ">"),
                ("- ", "  "),
                ("* ", "  "),
                ("1. ", "   "),
                ("10) ", "    "),
                ("+ ", "  "),
                ("[^n]: ", "    "),
                ("> [!NOTE]\n> ", "> "),
                ("Term\n\n: ", "  "),
                ("-\t", "\t"),
                ("- ", " "),
                ("> - ", ">   "),
            ]);
            let blocks = prop::collection::vec(inner, 1..4).prop_map(|blocks| blocks.join("\n\n"));
            (marks, any::<bool>(), blocks).prop_map(|((first, rest), lazy, blocks)| {
                let others = |line: &str| {
                    if line.is_empty() {
                        rest.trim_end().to_owned()
                    } else {
                        format!("{rest}{line}")
                    }
                };
                let lines = blocks.lines().enumerate();
                let lines = lines.map(|(index, line)| match index {
                    0 => format!("{first}{line}"),
                    _ if lazy && index % 3 == 2 => line.to_owned(),
                    _ => others(line),
                });
                lines.collect::<Vec<_>>().join("\n")
            })
        });
        let end = any_of("\n\n¦\n¦\n\n\n¦\r\n\r\n");
        let blocks = prop::collection::vec((nested, end), 1..6);
        (blocks, any_of("¦¦¦¦\u{feff}¦---\ntitle: x\n---\n"), 0..12_u8).prop_map(|(blocks, start, line_ends)| {
            let text: String = blocks.into_iter().flat_map(|(block, end)| [block, end.to_owned()]).collect();
            let text = start.to_owned() + &text;
            match line_ends {
                0 => text.replace('\n', "\r\n"),
                1 => text.replacen('\n', "\r", 3),
                _ => text,
            }
        })
    }

    /// One of the texts between bars.
    fn any_of(texts: &'static str) -> impl Strategy<Value = &'static str> {
        prop::sample::select(texts.split('¦').collect::<Vec<_>>())
    }

    /// Text made of fragments of lessons.
    pub(crate) fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(any_of(FRAGMENTS), 0..40).prop_map(|fragments| fragments.concat())
    }
}
