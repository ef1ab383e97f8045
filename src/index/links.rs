//! Links, images and what else a page fetches: each must lead to something that the book has.
//!
//! In: a [`Book`] with all that is known of its pages. Out: what leads nowhere, and what would be fetched from
//! another host. A link that a reader may follow to another host is left alone, and not looked up.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::citations::Citations;
use super::labels::Labels;
use super::rows::Rows;
use crate::html::request::{self, ImageHosts, has_host};
use crate::html::script;
use crate::problem::{Blamed, Kind, NEIGHBOURS, Problem, nearest, nearest_of_sorted};
use crate::read::{Book, Item, LabelKind, Lesson, Link, LinkKind, MappedText, Scope};
use crate::site::{address, normal, rendered, way};

/// What something wrong is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Link,
    Image,
    /// A script, or what is fetched otherwise.
    Else,
}

/// Follows all links of a book: what is wrong with them, by chapter.
pub(super) fn problems(
    book: &Book,
    labels: &Labels,
    citations: &Citations,
    rows: &Rows,
) -> Vec<(About, (PathBuf, Blamed))> {
    let pages = Pages::of(book, labels, citations, rows);
    let of_lesson = |lesson: &Lesson| -> Vec<(About, (PathBuf, Blamed))> {
        let outline = &lesson.outline;
        let wrong = outline.links.iter().filter_map(|link| {
            let problem = as_reference(labels, lesson, link, pages.problem(lesson, link)?)?;
            Some((about(link, &problem), problem))
        });
        let requests = outline.html.iter().flat_map(|html| requests(lesson, html, &book.settings.image_hosts));
        wrong
            .chain(requests)
            .map(|(about, problem)| (about, (lesson.path.clone(), (None, problem))))
            .collect()
    };
    book.lessons.iter().flat_map(of_lesson).collect()
}

/// A link without a text is meant for a reference where it leads to what is nearly a label; nothing, where of that is told already.
fn as_reference(labels: &Labels, lesson: &Lesson, link: &Link, problem: Problem) -> Option<Problem> {
    let is_empty = lesson.scope == Scope::Lesson && link.kind == LinkKind::Link { empty: true };
    if !is_empty || !link.inline {
        return Some(problem);
    }
    let target = link.target.trim();
    let name = target.rsplit_once('#').map_or(target.trim_start_matches('@'), |(_, fragment)| fragment);
    if labels.is_lost(name) {
        return None;
    }
    let Some(meant) = labels.meant(name) else {
        return Some(problem);
    };
    let place = lesson.document.place(link.span.clone());
    let problem = Problem::error(Kind::Label, format!("nothing is labelled `{name}`")).at(place.clone());
    Some(if meant == name {
        let problem = Problem {
            message: "a reference names the label alone".to_owned(),
            ..problem
        };
        problem.suggest("write ", format!("[](#{meant})"))
    } else {
        let mended = format!("[](#{meant})");
        problem.mended(format!("did you mean `{mended}`?"), place, mended)
    })
}

fn about(link: &Link, problem: &Problem) -> About {
    match (&link.kind, problem.kind) {
        (LinkKind::Image { .. } | LinkKind::Part { .. }, Kind::Image | Kind::Request) => About::Image,
        (_, Kind::Link) => About::Link,
        _ => About::Else,
    }
}

/// What raw HTML in a chapter fetches from other hosts.
fn requests(lesson: &Lesson, html: &MappedText, hosts: &ImageHosts) -> Vec<(About, Problem)> {
    let requests = request::in_html(html.text()).into_iter();
    let requests = requests.filter(|request| !hosts.allow(&request.element, &request.url)).map(|request| {
        let message = format!("this `<{}>` fetches `{}`", request.element, request.url);
        let place = lesson.document.place(html.range(request.span));
        let problem = Problem::error(Kind::Request, message).at(place);
        let is_image = ImageHosts::Any.allow(&request.element, &request.url);
        let about = if is_image { About::Image } else { About::Else };
        (about, request::external(&request.element, &request.url, problem))
    });
    requests.collect()
}

/// Why a target is no good, and what would help.
type Wrong = (String, Option<Help>);

/// What would help with a target.
enum Help {
    Known(String),
    /// This target.
    Target(String),
}

impl Help {
    fn with(self, problem: Problem, link: &Link) -> Problem {
        match self {
            Help::Known(help) => problem.help(help),
            // A target that is written elsewhere is not to be mended here.
            Help::Target(near) if link.target_span == link.span => problem.help(format!("did you mean `{near}`?")),
            Help::Target(near) => problem.did_you_mean(&near),
        }
    }
}

/// What is wrong with an image that its author meant as a claim.
fn image_of_claim(lesson: &Lesson, link: &Link) -> Problem {
    let written = &lesson.document.text()[link.span.clone()];
    Problem::error(Kind::Syntax, "this is an image, not a claim")
        .at(lesson.document.place(link.span.clone()))
        .suggest("a claim has no `!` before it: ", written.strip_prefix('!').unwrap_or(written))
}

impl From<&str> for Help {
    fn from(help: &str) -> Help {
        Help::Known(help.to_owned())
    }
}

/// The pages of a book with their fragments, and the folder with the other files.
struct Pages {
    /// By what mdBook takes the chapter for.
    pages: BTreeMap<PathBuf, BTreeSet<String>>,
    /// For each fragment the first page that has it.
    first: HashMap<String, PathBuf>,
    src: PathBuf,
    image_hosts: ImageHosts,
    /// The names of files in each folder that was looked at.
    files: RefCell<HashMap<PathBuf, BTreeSet<String>>>,
}

impl Pages {
    fn of(book: &Book, labels: &Labels, citations: &Citations, rows: &Rows) -> Pages {
        let mut pages: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for lesson in &book.lessons {
            let outline = &lesson.outline;
            let page = pages.entry(rendered(&lesson.path)).or_default();
            page.extend(outline.headings.iter().map(|heading| heading.id.clone()));
            page.extend(outline.fragments.iter().cloned());
            page.extend(labels.on(&lesson.path).map(|(name, _)| name.to_owned()));
        }
        if let Some(list) = citations.page() {
            let page = pages.entry(rendered(list)).or_default();
            page.extend(citations.works().iter().map(|work| work.id.clone()));
        }
        if let Some(verification) = rows.chapter() {
            pages.entry(rendered(verification)).or_default();
        }
        let mut first = HashMap::new();
        for (page, id) in pages.iter().flat_map(|(page, ids)| ids.iter().map(move |id| (page, id))) {
            first.entry(id.clone()).or_insert_with(|| page.clone());
        }
        Pages {
            pages,
            first,
            src: book.root.join(&book.settings.src),
            image_hosts: book.settings.image_hosts.clone(),
            files: RefCell::default(),
        }
    }

    fn problem(&self, lesson: &Lesson, link: &Link) -> Option<Problem> {
        let target = link.target.trim();
        let notebook = lesson.scope == Scope::Lesson;
        let is_link = matches!(link.kind, LinkKind::Link { .. });
        if notebook && is_link && link.inline && (target.starts_with('=') || target == "given") {
            return None; // a claim, or what is marked as given
        }
        let label = target.strip_prefix('#').and_then(LabelKind::of);
        let is_item = || lesson.items.iter().any(|it| matches!(it, Item::Reference(it) if it.span == link.span));
        let is_empty = link.kind == LinkKind::Link { empty: true };
        if notebook && is_link && link.inline && (label.is_some() || is_empty && is_item()) {
            return None; // a reference to a label or a chapter, which is filled in and checked where it is judged
        }
        let problem = |kind: Kind, message: String| {
            Problem::error(kind, message).at(lesson.document.place(link.target_span.clone()))
        };
        let whole =
            |kind: Kind, message: &str| Problem::error(kind, message).at(lesson.document.place(link.span.clone()));
        match &link.kind {
            LinkKind::Undefined => {
                let message = format!("nothing defines `[{target}]`");
                let help = format!("write `[{target}]: page.md` on a line of its own");
                return Some(problem(Kind::Link, message).help(help));
            }
            LinkKind::Link { empty: true } => {
                let help = if link.inline && notebook {
                    "write the text between the brackets; a label's name is filled in, as in `[](#fig-name)`"
                } else {
                    "write the text between the brackets"
                };
                return Some(whole(Kind::Link, "this link has no text").help(help));
            }
            LinkKind::Image { .. } if notebook && target.starts_with('=') => return Some(image_of_claim(lesson, link)),
            LinkKind::Image { undescribed: true } => {
                let help =
                    "say what it shows, for those who can't see it, as in `![A bowl seen from above.](bowl.png)`";
                return Some(whole(Kind::Image, "this image has no alt text").help(help));
            }
            LinkKind::Part { undescribed: true } => {
                let help = "say what it shows in its `alt`; leave that empty where it shows nothing";
                return Some(whole(Kind::Image, "this image has no alt text").help(help));
            }
            _ => {}
        }
        if has_host(target) {
            // What raw HTML fetches is found with all else that it fetches.
            let image = matches!(link.kind, LinkKind::Image { .. }) && !self.image_hosts.allow("img", target);
            let message = "this image is fetched from another host";
            return image.then(|| request::external("img", target, problem(Kind::Request, message.to_owned())));
        }
        if script::is_address(target) {
            let message = "this link runs a script, and the policy of the pages does not let it".to_owned();
            return Some(problem(Kind::Script, message).help(script::HELP));
        }
        if has_scheme(target) {
            return None;
        }
        let kind = match link.kind {
            LinkKind::Image { .. } => Kind::Image,
            _ => Kind::Link,
        };
        let (message, help) = self.follow(lesson, target)?;
        let problem = problem(kind, message);
        Some(match help {
            Some(help) => help.with(problem, link),
            None => problem,
        })
    }

    /// What is wrong with a target within the book.
    fn follow(&self, lesson: &Lesson, target: &str) -> Option<Wrong> {
        let (path, fragment) = match target.split_once('#') {
            Some((path, fragment)) => (path, Some(percent_decode_str(fragment).decode_utf8_lossy())),
            None => (target, None),
        };
        let path = path.split('?').next().unwrap_or_default();
        if path.starts_with('/') {
            let message = format!("`{path}` is found only where the book is all of a site");
            return Some((message, Some("write the way from this page".into())));
        }
        if path.is_empty() {
            return match fragment {
                // The top of the page.
                Some(fragment) if fragment.is_empty() || fragment == "top" => None,
                Some(fragment) => self.follow_fragment(lesson, &rendered(&lesson.path), None, &fragment),
                None => Some(("this link leads nowhere".to_owned(), None)),
            };
        }
        let folder = lesson.path.parent().unwrap_or(Path::new(""));
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let Some(file) = normal(&folder.join(decoded.as_ref())) else {
            let message = format!("`{path}` is outside of the book");
            let help = "mdBook takes only what is in the folder of the chapters";
            return Some((message, Some(help.into())));
        };
        let extension = file.extension().and_then(|extension| extension.to_str());
        let is_page = matches!(extension, Some("md" | "html"));
        let page = if is_page { file.with_extension("md") } else { file.clone() };
        if self.pages.contains_key(&page) {
            let fragment = fragment.filter(|fragment| !fragment.is_empty())?;
            return self.follow_fragment(lesson, &page, Some(path), &fragment);
        }
        let is_file = self.src.join(&file).is_file();
        if rendered(&page) != page && self.pages.contains_key(&rendered(&page)) {
            let index = way(&lesson.path, &rendered(&page));
            let message = format!("mdBook makes the index of its folder from `{path}`");
            return Some((message, Some(Help::Target(index))));
        }
        if is_page && !(is_file && extension == Some("html")) {
            let message = if is_file {
                format!("`{path}` is no chapter of this book")
            } else {
                format!("there is no chapter `{path}`")
            };
            let help = match self.near_page(lesson, path) {
                Some(near) => Help::Target(near),
                None => "the chapters are those that SUMMARY.md lists".into(),
            };
            return Some((message, Some(help)));
        }
        if is_file {
            return None;
        }
        // `c#.md` is the name of a file and no address of it.
        let named = normal(&folder.join(target)).filter(|file| self.src.join(file).is_file());
        let near = named.map(|file| way(&lesson.path, &file)).or_else(|| self.near_file(&file, path));
        let help = near.map(Help::Target);
        Some((format!("there is no file `{path}`"), help))
    }

    fn follow_fragment(&self, lesson: &Lesson, page: &Path, path: Option<&str>, fragment: &str) -> Option<Wrong> {
        let known = self.pages.get(page)?;
        if known.contains(fragment) {
            return None;
        }
        let message = match path {
            Some(path) => format!("`{path}` has no `#{fragment}`"),
            None => format!("this page has no `#{fragment}`"),
        };
        let help = match (near(fragment, known), self.first.get(fragment)) {
            (_, Some(other)) => Some(Help::Target(format!("{}#{fragment}", way(&lesson.path, other)))),
            (Some(near), None) => Some(Help::Target(format!("{}#{near}", path.unwrap_or_default()))),
            (None, None) => None,
        };
        Some((message, help))
    }

    fn near_page(&self, lesson: &Lesson, path: &str) -> Option<String> {
        let folder = lesson.path.parent().unwrap_or(Path::new(""));
        let meant = normal(&folder.join(path)).unwrap_or_default();
        let before = self.pages.range::<Path, _>((Unbounded, Excluded(meant.as_path()))).rev().take(NEIGHBOURS);
        let pages = before.chain(self.pages.range::<Path, _>((Included(meant.as_path()), Unbounded)).take(NEIGHBOURS));
        let ways: Vec<String> = pages.map(|(page, _)| way(&lesson.path, page)).collect();
        nearest(path, ways.iter().map(String::as_str)).map(str::to_owned)
    }

    /// A file in the same folder with a name much like that of one that is not there.
    fn near_file(&self, file: &Path, path: &str) -> Option<String> {
        let name = file.file_name()?.to_string_lossy().into_owned();
        let folder = self.src.join(file.parent()?);
        let mut files = self.files.borrow_mut();
        let names = files.entry(folder).or_insert_with_key(|folder| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        });
        // A chapter is no image, and no file that readers download.
        let near = near(&name, names).filter(|near| near.ends_with(".md") == name.ends_with(".md"))?;
        let folder = path.rfind('/').map_or("", |slash| &path[..=slash]);
        Some(format!("{folder}{}", address(Path::new(near))))
    }
}

fn near<'a>(name: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let before = known.range::<str, _>((Unbounded, Excluded(name))).rev();
    let after = known.range::<str, _>((Included(name), Unbounded));
    nearest_of_sorted(name, before.map(String::as_str), after.map(String::as_str))
}

/// `mailto:`, `data:` and their like.
fn has_scheme(target: &str) -> bool {
    let Some((scheme, _)) = target.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_apart() {
        assert!(has_host("//a.b/c") && has_host("HTTPS://a.b") && !has_host("a//b"));
        assert!(has_scheme("mailto:a@b.c") && has_scheme("data:x") && !has_scheme("a/b:c.md") && !has_scheme("#a:b"));
    }
}
