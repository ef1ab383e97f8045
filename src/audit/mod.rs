//! The audit: the pages as mdBook has finished them, against the report of what was checked.
//!
//! In: the folder of the pages, and for each chapter the report of what must stand on its page. Out: where they differ.
//! It reads HTML, not markdown: what the first stage overlooks, a later one loses, or another preprocessor or a theme adds
//! is found here, before the book is published. What is looked for:
//!
//! - each block of Rust, output, picture, claim, inline value, formula and label of the report is on its page, as often as
//!   there and with the text that was checked, and nothing else looks like one;
//! - no markdown is left that recto should have acted on, in text, links and descriptions of images;
//! - no id stands twice on a page, and each link within the book leads to a file of it, and to a fragment;
//! - nothing is fetched from other hosts.

mod page;
mod requests;
mod right;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use percent_encoding::percent_decode_str;
use regex::Regex;

use crate::html::request::{Request, has_host, in_css};
use crate::parallel;
use crate::policy::Held;
use crate::problem::{Failure, Kind, Problem};
use crate::read::{Scope, Settings, Strictness};
use crate::report::{Content, Part, PartKind};
use crate::site::{INDEX, PRINT, address, normal, page_of};
use crate::source::SourceFile;
use page::{Found, Page};

pub(crate) use right::{Passed, Right};

/// A finished file that a browser reads.
struct File {
    /// Its address below the book's root.
    name: String,
    source: SourceFile,
    page: Page,
    requests: Vec<Request>,
}

/// The finished pages and style sheets of a folder.
pub(crate) struct Pages {
    folder: PathBuf,
    /// All files and folders below it.
    there: HashSet<PathBuf>,
    /// Those that were read.
    files: Vec<File>,
    /// Those that an earlier audit found right, byte by byte as they are.
    passed: Passed,
    /// Where a link may lead on the page of all chapters, if that was read without them: few books have such a link.
    all: Option<OnceLock<HashSet<String>>>,
}

impl Pages {
    /// Reads those of a folder that are wanted and did not pass. `frame` is what the page of all chapters has around them, if they
    /// are the chapters of the other pages: then it is not read again.
    ///
    /// # Errors
    /// A file can't be read.
    pub(crate) fn read(
        folder: &Path,
        passed: Passed,
        frame: Option<&str>,
        is_wanted: impl Fn(&Path) -> bool,
    ) -> Result<Pages, Failure> {
        let there = there(folder);
        let is_read = |path: &Path| {
            path.extension().is_some_and(|it| it == "html" || it == "css")
                && is_wanted(path)
                && !(frame.is_some() && path == Path::new(PRINT))
                && !passed.contains_key(&address(path))
        };
        let paths = there.iter().filter(|path| is_read(path)).map(|path| folder.join(path));
        let mut paths: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
        // Nobody waits for the largest one at the end.
        paths.sort_by_cached_key(|path| std::cmp::Reverse(path.metadata().map(|it| it.len()).unwrap_or_default()));
        let files = parallel::each(&paths, |path| File::read(folder, path));
        let framed = frame.map(|frame| Ok(File::of(Path::new(PRINT), frame.to_owned())));
        let mut files = files.into_iter().chain(framed).collect::<Result<Vec<_>, Failure>>()?;
        files.sort_by(|one, other| one.source.path.cmp(&other.source.path));
        Ok(Pages {
            folder: folder.to_path_buf(),
            there,
            files,
            passed,
            all: frame.map(|_| OnceLock::new()),
        })
    }

    /// What each page holds that needs its policy's leave.
    pub(crate) fn held(&self) -> Vec<(&SourceFile, &Held)> {
        let pages = self.files.iter().filter(|file| file.name.ends_with(".html"));
        pages.map(|file| (&file.source, &file.page.held)).collect()
    }
}

/// Compares the finished pages with what must stand on them. `added` are the chapters that are recto's own. Returns what an audit of the
/// same pages beside others needs to know of them.
///
/// # Errors
/// They differ.
pub(crate) fn audit(
    pages: &Pages,
    contents: &[Content],
    added: &[&Path],
    settings: &Settings,
) -> Result<Passed, Failure> {
    let Pages { folder, there, files, passed, all } = pages;
    let image_hosts = settings.shown_image_hosts();
    let site = Site {
        folder,
        there,
        follows: [settings.links, settings.images].map(|it| it == Strictness::Error),
        files: files.iter().map(|file| (file.name.as_str(), file)).collect(),
        passed,
        all: all.as_ref(),
    };
    let each = parallel::each(contents, |content| site.chapter(&content.page, content));
    let mut problems: Vec<Problem> = each.into_iter().flatten().collect();
    // mdBook copies the first page to the index of the book, with all that is wrong with it.
    let first = contents.first().filter(|_| problems.is_empty() && contents.iter().all(|it| it.page != INDEX));
    problems.extend(first.into_iter().flat_map(|first| site.chapter(INDEX, first)));
    problems.extend(added.iter().flat_map(|path| site.added(&address(&page_of(path)))));
    let requests = files.iter().flat_map(|file| file.requests.iter().map(|request| (file.name.as_str(), request)));
    problems.extend(requests::problem(requests.filter(|(_, it)| !image_hosts.allow(&it.element, &it.url))));
    if problems.is_empty() {
        Ok(site.right())
    } else {
        Err(Failure::Book(problems))
    }
}

/// All files and folders below a folder.
fn there(folder: &Path) -> HashSet<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).follow_links(true).build();
    walk.filter_map(|entry| Some(entry.ok()?.path().strip_prefix(folder).ok()?.to_path_buf())).collect()
}

impl File {
    fn read(folder: &Path, path: &Path) -> Result<File, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| Problem::io(path, &error))?;
        Ok(File::of(path.strip_prefix(folder).unwrap_or(path), text))
    }

    /// A file at a place below the root.
    fn of(below: &Path, text: String) -> File {
        let is_page = below.extension().is_some_and(|it| it == "html");
        let mut page = if is_page { Page::read(&text) } else { Page::default() };
        let requests = if is_page { std::mem::take(&mut page.requests) } else { in_css(&text) };
        File {
            name: address(below),
            page,
            requests,
            source: SourceFile::new(below, text),
        }
    }

    /// Where in the book a link leads: a file and a fragment. None where it leads elsewhere, or to nothing that could be a file.
    fn way(&self, target: &str) -> Option<Option<(PathBuf, String)>> {
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        let path = path.split('?').next().unwrap_or_default();
        if has_host(target) || path.starts_with('/') || path.contains(':') {
            return None;
        }
        let from = self.source.path.as_path();
        let to = match path {
            "" => Some(from.to_path_buf()),
            path => normal(&from.parent().unwrap_or(from).join(decoded(path))),
        };
        Some(to.map(|to| (to, fragment.to_owned())))
    }

    /// Something that is on the page and should not be.
    fn problem(&self, message: impl Into<String>, span: &std::ops::Range<usize>) -> Problem {
        Problem::error(Kind::Audit, message).at(self.source.place(span.clone()))
    }
}

struct Site<'a> {
    folder: &'a Path,
    /// All files and folders below it.
    there: &'a HashSet<PathBuf>,
    /// Whether links are to lead somewhere, and images to be there.
    follows: [bool; 2],
    /// Those that were read.
    files: HashMap<&'a str, &'a File>,
    /// The others.
    passed: &'a Passed,
    /// Where a link may lead on the page of all chapters, if that was read without them.
    all: Option<&'a OnceLock<HashSet<String>>>,
}

impl Site<'_> {
    /// What is wrong with the page of a chapter.
    fn chapter(&self, name: &str, content: &Content) -> Vec<Problem> {
        // It was compared with this content.
        if let Some(right) = self.passed.get(name) {
            return self.still(name, right);
        }
        let Some(file) = self.files.get(name) else {
            return vec![Problem::error(
                Kind::Audit,
                format!("the finished book has no page `{name}`"),
            )];
        };
        let is_wrong = |text: &str| (content.math || !text.starts_with('$')) && !is_escaped(text, &content.markdown);
        let unread = file.page.unread.iter().filter(|(text, _)| content.scope == Scope::Lesson && is_wrong(text));
        let unread = unread.map(|(text, span)| {
            file.problem(format!("the finished page says `{text}`, on which recto should have acted"), span)
                .note(SURPLUS)
                .help(format!("write `\\{text}` if it is to be read as it is"))
        });
        let unread: Vec<Problem> = unread.collect();
        differences(file, content).into_iter().chain(unread).chain(self.ways(file)).collect()
    }

    /// What is wrong with the page of a chapter that is recto's own.
    fn added(&self, name: &str) -> Vec<Problem> {
        match (self.passed.get(name), self.files.get(name)) {
            (Some(right), _) => self.still(name, right),
            (None, Some(file)) => self.ways(file),
            (None, None) => Vec::new(),
        }
    }

    /// What is wrong with the ids and links of a page.
    fn ways(&self, file: &File) -> Vec<Problem> {
        let [links, images] = self.follows;
        let repeated = file.page.repeated.iter().filter(|_| links);
        let repeated = repeated.map(|(id, span)| {
            let problem = file.problem(format!("the id `{id}` is used twice on the finished page"), span);
            problem.note("a link to it leads to the first one")
        });
        let all = file.page.links.iter();
        let links = all.filter(|(_, span)| if is_image(file, span) { images } else { links });
        let links = links.filter_map(|(target, span)| Some(file.problem(self.follow(file, target)?, span)));
        repeated.chain(links).collect()
    }

    /// Why a link leads nowhere.
    fn follow(&self, file: &File, target: &str) -> Option<String> {
        if target.starts_with('=') || target == "given" {
            return Some(format!("the finished page links to `{target}`, a claim that was not checked"));
        }
        let Some(to) = file.way(target)? else {
            return Some(format!("`{target}` leads to no file of the finished book"));
        };
        match self.leads(&to) {
            Leads::There => None,
            Leads::ToNoFile => Some(format!("`{target}` leads to no file of the finished book")),
            Leads::ToNoPlace => Some(format!("`{target}` leads to no place on that page")),
        }
    }

    fn leads(&self, (to, fragment): &(PathBuf, String)) -> Leads {
        // Some systems know a name in more than one form.
        if !self.there.contains(to) && !self.folder.join(to).exists() {
            return Leads::ToNoFile;
        }
        let name = address(to);
        let all = || {
            let page = || File::read(self.folder, &self.folder.join(PRINT)).map(|file| file.page.fragments);
            let all = self.all.filter(|_| name == PRINT && !fragment.is_empty())?;
            Some(all.get_or_init(|| page().unwrap_or_default()))
        };
        let read = || all().or_else(|| self.files.get(name.as_str()).map(|file| &file.page.fragments));
        let there = self.passed.get(&name).map(|right| &right.fragments).or_else(read);
        let is_known =
            |there: &HashSet<String>| there.contains(fragment.as_str()) || there.contains(&decoded(fragment));
        if matches!(fragment.as_str(), "" | "top") || there.is_none_or(is_known) {
            Leads::There
        } else {
            Leads::ToNoPlace
        }
    }

    /// What is known now of all pages, which are right.
    fn right(&self) -> Passed {
        let read = self.files.iter().map(|(name, file)| ((*name).to_owned(), self.known(file)));
        self.passed.iter().map(|(name, right)| (name.clone(), right.clone())).chain(read).collect()
    }

    fn known(&self, file: &File) -> Right {
        let [links, images] = self.follows;
        let followed = file.page.links.iter().filter(|(_, span)| if is_image(file, span) { images } else { links });
        let mut ways: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for (to, fragment) in followed.filter_map(|(target, _)| file.way(target)?) {
            if to != file.source.path {
                ways.entry(to).or_default().insert(fragment);
            }
        }
        Right {
            fragments: file.page.fragments.clone(),
            ways,
        }
    }

    /// What is wrong with a page that was right: a link of it may lead to what has changed.
    fn still(&self, name: &str, right: &Right) -> Vec<Problem> {
        let is_wrong = |(to, fragments): (&PathBuf, &BTreeSet<String>)| {
            !self.passed.contains_key(&address(to))
                && fragments.iter().any(|fragment| self.leads(&(to.clone(), fragment.clone())) != Leads::There)
        };
        if !right.ways.iter().any(is_wrong) {
            return Vec::new();
        }
        // To say where, it is read.
        match File::read(self.folder, &self.folder.join(decoded(name))) {
            Ok(file) => self.ways(&file),
            Err(failure) => failure.problems().to_vec(),
        }
    }
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    There,
    ToNoFile,
    ToNoPlace,
}

fn decoded(address: &str) -> String {
    percent_decode_str(address).decode_utf8_lossy().into_owned()
}

/// Whether a tag shows a picture.
fn is_image(file: &File, tag: &std::ops::Range<usize>) -> bool {
    let tag = file.source.text[tag.clone()].to_ascii_lowercase();
    ["<img", "<image", "<source"].iter().any(|name| tag.starts_with(name))
}

/// Whether a text stands in markdown with a backslash in it or before it.
fn is_escaped(text: &str, markdown: &str) -> bool {
    let characters = text.chars().map(|c| format!(r"\\?{}", regex::escape(&c.to_string())));
    let written = Regex::new(&characters.collect::<String>());
    written.is_ok_and(|written| written.find_iter(markdown).any(|found| found.len() > text.len()))
}

/// Whether the text of a code span is what an inline value looks like: `{kappa:.3}`, but not `{}` and `{:?}`.
fn is_braced(text: &str) -> bool {
    let inner = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| !inner.is_empty() && !inner.trim_start().starts_with(':'))
}

/// Where a page and the report of it differ.
fn differences(file: &File, content: &Content) -> Vec<Problem> {
    let is_value = |kind: PartKind, text: &str| kind != PartKind::Literal || is_braced(text);
    let is_looked_at = |found: &&Found| match content.scope {
        Scope::Lesson => !found.bare && is_value(found.kind, &found.text),
        Scope::Block => found.kind != PartKind::Literal,
    };
    let mut surplus: HashMap<(PartKind, String), Vec<&Found>> = HashMap::new();
    for found in file.page.parts.iter().rev().filter(is_looked_at) {
        surplus.entry((found.kind, plain(found.kind, &found.text))).or_default().push(found);
    }
    let mut is_lost = |part: &&Part| match part.kind {
        PartKind::Label => !file.page.fragments.contains(&part.text),
        kind @ PartKind::Description => {
            let text = plain(kind, &part.text);
            !file.page.descriptions.iter().any(|description| plain(kind, description).contains(&text))
        }
        kind if !is_value(kind, &part.text) => false,
        kind => surplus.get_mut(&(kind, plain(kind, &part.text))).and_then(Vec::pop).is_none(),
    };
    let lost: Vec<&Part> = content.parts.iter().filter(&mut is_lost).collect();
    let mut surplus: Vec<&Found> = surplus.into_values().flatten().collect();
    surplus.sort_by_key(|found| found.span.start);
    let lost = lost.into_iter().map(|part| match surplus.iter().position(|found| found.kind == part.kind) {
        Some(at) => changed(file, part, surplus.remove(at)),
        None => missing(file, part),
    });
    let lost: Vec<Problem> = lost.collect();
    // What a program shows, and titles in a bibliography, have formulas of their own.
    surplus.retain(|found| found.kind != PartKind::Formula);
    lost.into_iter().chain(surplus.into_iter().map(|found| unknown(file, found))).collect()
}

/// Who may have changed what recto has written.
const CHANGED: &str = "another preprocessor or the theme changed it after recto, or this is a fault of recto";

/// Who may have written what recto has not seen.
const SURPLUS: &str = "raw HTML or another preprocessor wrote it, or a fault of recto overlooked it";

fn missing(file: &File, part: &Part) -> Problem {
    let message = format!("the finished page `{}` lacks this {}", file.name, name(part.kind));
    Problem::error(Kind::Audit, message).at(part.place.clone()).note(CHANGED)
}

fn changed(file: &File, part: &Part, found: &Found) -> Problem {
    let message =
        format!("the finished page `{}` shows this {} otherwise than it was checked", file.name, name(part.kind));
    let problem = Problem::error(Kind::Audit, message).at(part.place.clone());
    problem.related(file.source.place(found.span.clone()), "this is what it shows").note(CHANGED)
}

fn unknown(file: &File, found: &Found) -> Problem {
    let message = format!("the finished page has one {} more than was checked", name(found.kind));
    file.problem(message, &found.span).note(SURPLUS)
}

fn name(kind: PartKind) -> &'static str {
    match kind {
        PartKind::Code => "block of Rust",
        PartKind::Output => "output",
        PartKind::Lets => "list of types and values",
        PartKind::Figure => "picture",
        PartKind::Claim => "claim",
        PartKind::Answer => "answer",
        PartKind::Value => "inline value",
        PartKind::Literal => "code span in braces",
        PartKind::Formula => "formula",
        PartKind::Label => "label",
        PartKind::Description => "description",
    }
}

/// Text without what mdBook may change of it: white space, and in prose the forms of quotes, dashes and dots.
fn plain(kind: PartKind, text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    if matches!(kind, PartKind::Code | PartKind::Lets) {
        return without_main(&text).unwrap_or(text);
    }
    // A claim has these for what HTML raises and lowers.
    let text = text.replace(['^', '_'], "");
    let forms = [
        ("‘", "'"),
        ("’", "'"),
        ("“", "\""),
        ("”", "\""),
        ("—", "---"),
        ("–", "--"),
        ("…", "..."),
    ];
    forms.into_iter().fold(text, |text, (curly, straight)| text.replace(curly, straight))
}

/// Code without the `main` that mdBook hides around what has none, where readers can run it; attributes of the crate stand before
/// that.
fn without_main(text: &str) -> Option<String> {
    let wrapped = text.strip_prefix("#![allow(unused)]")?.strip_suffix('}')?;
    let (attributes, code) = wrapped.split_once("fnmain(){")?;
    (!code.contains("fnmain")).then(|| [attributes, code].concat())
}

#[cfg(test)]
mod tests {
    use mdbook_driver::MDBook;

    use std::sync::Arc;

    use super::*;
    use crate::index::Index;
    use crate::read::{Item, Lesson, samples};
    use crate::run::{Output, Transcript};
    use crate::tangle::Tangled;
    use crate::verify::{Answer, LetReport, Typeset, verify};
    use crate::weave::weave;
    use crate::{Number, Shown};

    const LESSON: &str = "# Lesson\n\n```rust\nlet x = 1;\n# let y = 2;\n```\n\n\
        [10 \"a\"](=x), [$a = 3$](=x), `{x:.1}`, $b$ and\n\n$$\nc\n$$ {#eq-c}\n\n\
        ### E {#ex-e}\n\n[3](=x \"answer\")\n\n- ```rust,ignore\n  let z;\n  ```\n\n| [3](=x) | `{x}` |\n|---|---|\n\n```rust,no_run\nloop {}\n```\n\n\
        ## Check `{{x}}`, `{}` and `{:?}`\n\n\\[@a] \\$x\\$ US$5 or $6 [110](given) {{#if}} [](#eq-c)\n\n```text\nx\n```\n";

    /// What the audit says of a lesson whose items have been changed after it was read, and whose page has been changed
    /// after it was made.
    fn audited(
        text: &str,
        scope: Scope,
        misread: impl Fn(&mut Lesson),
        spoilt: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let mut book = samples::book(text, scope);
        book.settings.verification = false;
        book.lessons.iter_mut().for_each(misread);
        let index = Index::of(&book);
        let mut checked = verify(&book.lessons[0], Arc::new(Tangled::default()), Transcript::default(), None, &index);
        for (number, (item, report)) in checked.lesson.items.iter().zip(&mut checked.items).enumerate() {
            match item {
                Item::Value(_) => report.run.value = Some("-3 \"b\"".to_owned()),
                Item::Claim(claim) => {
                    report.run.numbers = Some(vec![Number::Integer(3)]);
                    report.answer = claim.asked.as_ref().map(|_| answer());
                }
                Item::Cell(_) => {
                    let svg = "<svg><title/><g/><text>7</text></svg>".to_owned();
                    let words = crate::svg::Words { title: "", description: "" };
                    let picture = crate::svg::figure(&svg, words, &format!("{number}-1"), "lesson").unwrap().html();
                    let shown = [
                        Output::Printed("7 [5](=x) $$\n".to_owned()),
                        Output::Shown(Shown::Figure(crate::Figure::from_svg(svg))),
                    ];
                    report.run.output = shown.into();
                    report.shown = vec![Typeset::Nothing, Typeset::Figure(picture)];
                    report.lets = vec![LetReport {
                        name: "x".to_owned(),
                        line: 0,
                        column: 4,
                        kind: "Vec<&str>".to_owned(),
                        value: Some("[\"$$ [5](=x)\"]".to_owned()),
                    }];
                }
                _ => {}
            }
        }
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
        std::fs::create_dir(root.path().join("src")).unwrap();
        write("book.toml", "");
        write("src/SUMMARY.md", "- [Lesson](lesson.md)\n");
        write("src/lesson.md", &weave(&checked, &index, true).unwrap());
        MDBook::load(root.path()).unwrap().build().unwrap();
        let page = std::fs::read_to_string(root.path().join("book/lesson.html")).unwrap();
        write("book/lesson.html", &spoilt(&page));
        let content = Content::of(&book, &index, &checked);
        match Pages::read(&root.path().join("book"), Passed::new(), None, |_| true)
            .and_then(|pages| audit(&pages, &[content], &[], &book.settings))
        {
            Ok(_) => Vec::new(),
            Err(failure) => failure.problems().iter().map(|problem| problem.message.clone()).collect(),
        }
    }

    /// Pages of a chapter `a`, which links to a place of `b`, and of `b`.
    fn linked(b: &str) -> (tempfile::TempDir, Vec<Content>) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("a.html", "<main><a href=\"b.html#x\">b</a></main>");
        write("index.html", "<main></main>");
        write("b.html", b);
        let content = |page: &str| Content {
            page: page.to_owned(),
            scope: Scope::Lesson,
            math: true,
            markdown: String::new(),
            parts: Vec::new(),
        };
        (folder, ["index.html", "a.html", "b.html"].map(content).into())
    }

    #[test]
    fn a_page_that_passed_is_looked_at_where_it_leads_to_what_changed() {
        let settings = samples::book("", Scope::Lesson).settings;
        let messages = |folder: &Path, contents: &[Content], passed: Passed| {
            let audited =
                Pages::read(folder, passed, None, |_| true).and_then(|it| audit(&it, contents, &[], &settings));
            audited.map_err(|failure| failure.problems().iter().map(|it| it.message.clone()).collect::<Vec<_>>())
        };
        let (folder, contents) = linked("<main><p id=\"x\"></p></main>");
        let mut passed = messages(folder.path(), &contents, Passed::new()).unwrap();
        assert_eq!(passed.keys().collect::<Vec<_>>(), ["a.html", "b.html", "index.html"]);
        // What passed is known by its name alone here; that its bytes are the same is the caller's word.
        std::fs::write(folder.path().join("index.html"), "<main><a href=\"a.html#none\">a</a></main>").unwrap();
        assert!(messages(folder.path(), &contents, passed.clone()).is_ok());
        passed.remove("index.html");
        let said = messages(folder.path(), &contents, passed.clone()).unwrap_err();
        assert_eq!(said, ["`a.html#none` leads to no place on that page"]);
        passed.remove("b.html");
        let (folder, contents) = linked("<main><p id=\"y\"></p></main>");
        let said = messages(folder.path(), &contents, passed.clone()).unwrap_err();
        assert_eq!(said, ["`b.html#x` leads to no place on that page"]);
        std::fs::remove_file(folder.path().join("b.html")).unwrap();
        let said = messages(folder.path(), &contents, passed).unwrap_err();
        let expected = [
            "`b.html#x` leads to no file of the finished book",
            "the finished book has no page `b.html`",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_link_to_the_page_of_all_leads_to_a_place_of_it() {
        let settings = samples::book("", Scope::Lesson).settings;
        let (folder, contents) = linked("<main><p id=\"x\"></p><a href=\"print.html#y\">all</a></main>");
        for (all, problems) in [("<main><p id=\"y\"></p></main>", 0), ("<main></main>", 1)] {
            std::fs::write(folder.path().join("print.html"), all).unwrap();
            let pages = Pages::read(folder.path(), Passed::new(), Some("<main></main>"), |_| true).unwrap();
            let said = audit(&pages, &contents, &[], &settings).map_or_else(|failure| failure.problems().len(), |_| 0);
            assert_eq!(said, problems, "{all}");
        }
    }

    fn answer() -> Answer {
        Answer {
            id: "ex-e.1".to_owned(),
            name: None,
            whole: true,
            step: 1.0,
            offset: 0.0,
            precision: String::new(),
            hash: "0123".to_owned(),
        }
    }

    fn untouched(page: &str) -> String {
        page.to_owned()
    }

    #[test]
    fn a_right_page_is_right() {
        assert_eq!(audited(LESSON, Scope::Lesson, |_| (), untouched), [""; 0]);
        let blocks = "```rust\nlet x;\n```\n\n[10](lesson.html) `{x}` $x$ $$ [@a]\n";
        assert_eq!(audited(blocks, Scope::Block, |_| (), untouched), [""; 0]);
    }

    #[test]
    fn an_item_that_is_overlooked_is_found() {
        let count = samples::book(LESSON, Scope::Lesson).lessons[0].items.len();
        assert!(count > 12, "{count}");
        for item in 0..count {
            let overlooked = |lesson: &mut Lesson| drop(lesson.items.remove(item));
            let said = audited(LESSON, Scope::Lesson, overlooked, untouched);
            assert!(!said.is_empty(), "{:?}", samples::book(LESSON, Scope::Lesson).lessons[0].items[item]);
        }
    }

    #[test]
    fn a_page_that_is_changed_is_found() {
        let end = |html: &str| format!("{html}</main>");
        let claim = end("<span class=\"recto-claim\">2</span>");
        let (picture, output) = (end("<svg data-figure=\"9-0\"></svg>"), end("<div class=\"a recto-output\"></div>"));
        let (file, place) = (end("<a href=\"a.html?b#c\">5</a>"), end("<a href=\"index.html#c\">5</a>"));
        let (id, link) = (end("<p id=\"eq-c\"></p>"), end("<a href=\"=x\">5</a>"));
        let (image, script) = (end("<img src=\"a.png\" alt=\"$z$\">"), end("<script src=\"//a.b/c.js\"></script>"));
        let (cite, split) = (end("<p>[@b, p. 3]</p>"), end("<p>[<b>3</b>](=x)</p>"));
        let form = end("<form class=\"recto-answer\" data-id=\"ex-e.2\"></form>");
        let names = end("<dl class=\"recto-lets\"></dl>");
        let (given, include) = (end("<figcaption>[3](given)</figcaption>"), end("{{#include a}}"));
        for (from, to, messages) in [
            (">3</span>", ">4</span>", "shows this claim otherwise than it was checked"),
            ("<th>", "<th>2", ""),
            ("recto-claim", "", "lacks this claim"),
            ("</main>", &claim, "one claim more than was checked"),
            ("recto-value", "", "lacks this inline value"),
            ("<code>{}", "<code>{x}", "one code span in braces more than was checked"),
            ("<code>{x}", "<code>x", "lacks this code span in braces"),
            ("let x = 1", "let x = 2", "shows this block of Rust otherwise than it was checked"),
            ("language-rust", "language-text", "lacks this block of Rust"),
            ("language-text", "language-rust", "one block of Rust more than was checked"),
            ("language-text", "language-should_panic", "one block of Rust more than was checked"),
            ("language-text", "hljs language-rust", "one block of Rust more than was checked"),
            ("data-hash=\"0123", "data-hash=\"4567", "shows this answer otherwise than it was checked"),
            ("data-step=\"1.0", "data-step=\"9.0", "shows this answer otherwise than it was checked"),
            ("class=\"recto-answer", "class=\"", "lacks this answer"),
            ("</main>", &form, "one answer more than was checked"),
            ("<svg role", "<div role", "lacks this picture"),
            ("</main>", &picture, "one picture more than was checked"),
            ("recto-output", "", "lacks this output"),
            ("</main>", &output, "one output more than was checked"),
            ("<dd>: Vec", "<dd>: Box", "shows this list of types and values otherwise than it was checked"),
            ("<dt>x", "<dt>y", "shows this list of types and values otherwise than it was checked"),
            ("recto-lets", "", "lacks this list of types and values"),
            ("</main>", &names, "one list of types and values more than was checked"),
            ("x-tex\">b<", "x-tex\">d<", "shows this formula otherwise than it was checked"),
            ("eq-c\">", "eq-d\">", "lacks this label; `#eq-c` leads to no place on that page"),
            ("</main>", &id, "the id `eq-c` is used twice"),
            ("</main>", &link, "links to `=x`, a claim that was not checked"),
            ("</main>", &file, "`a.html?b#c` leads to no file"),
            ("</main>", &place, "`index.html#c` leads to no place on that page"),
            ("</main>", &image, "says `$z$`, on which; `a.png` leads to no file"),
            ("</main>", &cite, "says `[@b, p. 3]`, on which"),
            ("</main>", &split, "says `](=x)`, on which"),
            ("</main>", &given, "says `[3](given)`, on which"),
            ("</main>", &include, "says `{{#include a}}`, on which"),
            ("</main>", &script, "fetch from other hosts"),
        ] {
            let spoilt = |page: &str| {
                assert!(page.contains(from), "{from} is not in {page}");
                page.replacen(from, to, 1)
            };
            let said = audited(LESSON, Scope::Lesson, |_| (), spoilt);
            let mut messages = messages.split("; ").filter(|message| !message.is_empty());
            let is_said = messages.clone().all(|message| said.iter().any(|said| said.contains(message)));
            assert!(is_said && said.is_empty() == messages.next().is_none(), "{from} -> {to}: {said:#?}");
        }
    }
}
