//! The policy of each page: what its browser may run, apply and fetch (Content-Security-Policy).
//!
//! In: the pages as mdBook has made them, and what each [`Held`]. Out: the same with the policy in their heads. A page runs the book's files and the
//! scripts that mdBook's template and the author wrote into it, known by their hashes; nothing that comes there otherwise. It
//! fetches from its own site alone.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mdbook_core::config::Playground;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::html::script::{self, Kind, Script, Scripts};
use crate::html::tags::{Tag, Token, tokens};
use crate::parallel;
use crate::problem::{Failure, Kind as Fault, Problem};
use crate::read::Book;
use crate::site::{INDEX, PRINT};
use crate::source::SourceFile;

/// What mdBook's search sets as a `style` for a moment.
const SEARCH: &str = "position: absolute; opacity: 0;";

/// How the tag with a policy begins.
const OPENING: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"";
/// What a page sends nothing to.
const NOTHING: &str = "'none'";

/// A page as a server shows it that has more to say: with a tag behind its policy, and with leave to ask that server. None where it
/// has no policy.
pub(crate) fn served(page: &str, tag: &str) -> Option<String> {
    const ASKS: &str = "; connect-src ";
    let (before, rest) = page.split_once(OPENING)?;
    let (policy, after) = rest.split_once("\">")?;
    let (others, asks) = policy.split_once(ASKS)?;
    let asks = asks.strip_prefix(NOTHING).unwrap_or(asks);
    let space = if asks.starts_with(';') { "" } else { " " };
    Some([before, OPENING, others, ASKS, "'self'", space, asks, "\">", tag, after].concat())
}

/// What the pages of a book may do.
pub(crate) struct Policy {
    /// The scripts that the author wrote in the chapters.
    own: HashSet<String>,
    /// Where images come from beside the site, each behind a space.
    images: String,
    /// Where code can be sent.
    connect: &'static str,
    /// The editor of the playground writes style sheets.
    editor: bool,
}

/// What needs leave: scripts in elements and in attributes, sheets and the values of `style`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Needs {
    scripts: BTreeSet<String>,
    handlers: BTreeSet<String>,
    sheets: BTreeSet<String>,
    styles: BTreeSet<String>,
}

/// What a page holds that needs leave; known when each of its tokens was seen.
#[derive(Debug, Default)]
pub(crate) struct Held {
    scripts: Scripts,
    sheets: BTreeSet<String>,
    /// The sheet that is read: it may come in pieces.
    sheet: Option<String>,
    styles: BTreeSet<String>,
    /// Which of the scripts stand in the chapter: from `<main>` to the last `</main>`.
    chapter: Option<Range<usize>>,
    /// Where the policy is put: behind the tag that says how the page is encoded, or that opens the head.
    head: Option<usize>,
    is_encoded: bool,
}

impl Policy {
    pub(crate) fn of(book: &Book, playground: &Playground) -> Policy {
        let raw = book.lessons.iter().flat_map(|lesson| &lesson.outline.html);
        Policy {
            own: raw.flat_map(|html| script::all(html.text())).map(|script| script.text).collect(),
            images: book.settings.shown_image_hosts().sources(),
            connect: if playground.runnable { "https://play.rust-lang.org" } else { NOTHING },
            editor: playground.editable,
        }
    }

    /// Writes the policy into each page of a folder but those that are files of the author's, or have it. Returns what no page will
    /// run.
    ///
    /// # Errors
    /// A page can't be written.
    pub(crate) fn write(
        &self,
        folder: &Path,
        src: &Path,
        pages: &[(&SourceFile, &Held)],
        has_policy: impl Fn(&Path) -> bool,
    ) -> Result<Vec<Problem>, Failure> {
        let is_rendered = |page: &&(&SourceFile, &Held)| !src.join(&page.0.path).is_file() && !has_policy(&page.0.path);
        let mut rendered: Vec<(&SourceFile, &Held)> = pages.iter().filter(is_rendered).copied().collect();
        let written = parallel::each(&rendered, |(page, held)| {
            let Some(at) = held.head else { return Ok(()) };
            let path = folder.join(&page.path);
            let (before, after) = page.text.split_at(at);
            let text = [before, &self.meta(&self.granted(held)), after].concat();
            std::fs::write(&path, text).map_err(|error| Problem::io(&path, &error))
        });
        written.into_iter().collect::<Result<(), Failure>>()?;
        // A chapter may stand on several pages: its own is named.
        let is_copy = |page: &SourceFile| [INDEX, PRINT].iter().any(|name| page.path == Path::new(name));
        rendered.sort_by_key(|(page, _)| (is_copy(page), &page.path));
        let mut known = HashSet::new();
        let strange = rendered.iter().flat_map(|(page, held)| self.strange(held).map(move |script| (*page, script)));
        let strange = strange.filter(|(_, script)| known.insert((script.kind.to_string(), &script.text)));
        Ok(strange.map(|(page, script)| problem(script, page)).collect())
    }

    /// The scripts of a page that it does not let run.
    fn strange<'a>(&'a self, held: &'a Held) -> impl Iterator<Item = &'a Script> {
        let scripts = held.scripts.found.iter().enumerate();
        scripts.filter(|script| !held.may_run(*script, &self.own)).map(|(_, script)| script)
    }

    /// What a page holds that gets leave.
    fn granted(&self, held: &Held) -> Needs {
        held.needs(|script| held.may_run(script, &self.own))
    }

    /// The tag with the policy of a page that is put together of a frame and of chapters, and its place in the frame.
    pub(crate) fn around<'a>(&self, frame: &str, chapters: impl Iterator<Item = &'a Needs>) -> Option<(usize, String)> {
        let held = Held::of(&tokens(frame).collect::<Vec<_>>());
        let mut needs = self.granted(&held);
        let is_own = |script: &&String| self.own.contains(*script);
        for Needs { scripts, handlers, sheets, styles } in chapters {
            needs.scripts.extend(scripts.iter().filter(is_own).cloned());
            needs.handlers.extend(handlers.iter().filter(is_own).cloned());
            needs.sheets.extend(sheets.iter().cloned());
            needs.styles.extend(styles.iter().cloned());
        }
        Some((held.head?, self.meta(&needs)))
    }

    /// The tag with the policy of a page.
    fn meta(&self, needs: &Needs) -> String {
        let styles = if self.editor {
            " 'unsafe-inline'".to_owned()
        } else {
            let styles = needs.styles.iter().map(String::as_str).chain([SEARCH]);
            hashes("", needs.sheets.iter().map(String::as_str)) + &hashes(" 'unsafe-hashes'", styles)
        };
        format!(
            "{OPENING}default-src 'none'; script-src 'self'{}{}; \
             style-src 'self'{styles}; img-src 'self' data:{}; font-src 'self'; media-src 'self'; connect-src {}; \
             frame-src 'self'; object-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'\">",
            hashes("", needs.scripts.iter().map(String::as_str)),
            hashes(" 'unsafe-hashes'", needs.handlers.iter().map(String::as_str)),
            self.images,
            self.connect,
        )
    }
}

impl Needs {
    /// What a chapter needs, on whatever page it stands.
    pub(crate) fn of_chapter(tokens: &[Token<'_>]) -> Needs {
        Held::of(tokens).needs(|(_, script)| !matches!(script.kind, Kind::Address(_)))
    }
}

impl Held {
    fn of(tokens: &[Token<'_>]) -> Held {
        let mut held = Held::default();
        tokens.iter().for_each(|token| held.token(token));
        held
    }

    /// What it needs, with those of its scripts that may run.
    fn needs(&self, may_run: impl Fn((usize, &Script)) -> bool) -> Needs {
        let run = self.scripts.found.iter().enumerate().filter(|script| may_run(*script));
        let (handlers, scripts): (Vec<&Script>, Vec<&Script>) =
            run.map(|(_, script)| script).partition(|script| matches!(script.kind, Kind::Handler(_)));
        let texts = |scripts: Vec<&Script>| scripts.into_iter().map(|it| it.text.clone()).collect();
        Needs {
            scripts: texts(scripts),
            handlers: texts(handlers),
            sheets: self.sheets.iter().chain(&self.sheet).cloned().collect(),
            styles: self.styles.clone(),
        }
    }

    /// Takes in the next token of the page.
    pub(crate) fn token(&mut self, token: &Token<'_>) {
        if let Token::Style(css, _) = token {
            return self.sheet.get_or_insert_default().push_str(css);
        }
        self.sheets.extend(self.sheet.take());
        match token {
            Token::Open(tag) => self.open(tag),
            // Whatever the chapter holds, the last one ends it.
            Token::Close(name) if name == "main" => {
                let scripts = self.scripts.found.len();
                self.chapter.iter_mut().for_each(|chapter| chapter.end = scripts);
            }
            Token::Close(_) | Token::Text(..) | Token::Style(..) => {}
        }
        self.scripts.token(token);
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let scripts = self.scripts.found.len();
        match tag.name.as_ref() {
            "main" if self.chapter.is_none() => self.chapter = Some(scripts..usize::MAX),
            "head" if self.head.is_none() => self.head = Some(tag.span.end),
            "meta" if !self.is_encoded && self.head.is_some() && tag.attribute("charset").is_some() => {
                (self.head, self.is_encoded) = (Some(tag.span.end), true);
            }
            _ => {}
        }
        if let Some(style) = tag.attribute("style").filter(|style| !self.styles.contains(*style)) {
            self.styles.insert(style.to_owned());
        }
    }

    /// Whether the policy lets a script of the page run: one of the template, or one that is the author's own.
    fn may_run(&self, (number, script): (usize, &Script), own: &HashSet<String>) -> bool {
        let in_chapter = self.chapter.as_ref().is_some_and(|chapter| chapter.contains(&number));
        !matches!(script.kind, Kind::Address(_)) && (!in_chapter || own.contains(&script.text))
    }
}

/// Sources of a policy: each text by its hash. `before` stands before them if there are any.
fn hashes<'a>(before: &str, texts: impl IntoIterator<Item = &'a str>) -> String {
    let hashes: BTreeSet<String> = texts
        .into_iter()
        .map(|text| format!(" 'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text))))
        .collect();
    if hashes.is_empty() {
        String::new()
    } else {
        before.to_owned() + &hashes.into_iter().collect::<String>()
    }
}

/// A script that is on a page and that nobody is known to have written.
fn problem(script: &Script, page: &SourceFile) -> Problem {
    let message = format!("the finished page has {} that no chapter has, and its policy does not run it", script.kind);
    Problem::error(Fault::Script, message)
        .at(page.place(script.span.clone()))
        .note("another preprocessor wrote it, or markdown changed it, as it does within a paragraph")
        .help(script::HELP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<html><head><!-- a --><meta charset=\"utf-8\"><title>b</title></head>";

    fn policy(own: &[&str]) -> Policy {
        Policy {
            own: own.iter().map(|text| (*text).to_owned()).collect(),
            images: String::new(),
            connect: "'none'",
            editor: false,
        }
    }

    fn meta(policy: &Policy, held: &Held) -> String {
        policy.meta(&policy.granted(held))
    }

    fn hash(text: &str) -> String {
        hashes("", [text])
    }

    fn held(html: &str) -> Held {
        Held::of(&tokens(html).collect::<Vec<_>>())
    }

    #[test]
    fn a_hash_is_that_of_the_standard() {
        // The example of the specification.
        assert_eq!(hash("doSomething();"), " 'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='");
    }

    #[test]
    fn a_served_page_asks_its_server_alone_beyond_what_it_may() {
        let held = held(HEAD);
        let page = |connect: &'static str| format!("<head>{}", meta(&Policy { connect, ..policy(&[]) }, &held));
        let asks = |page: String| {
            let page = served(&page, "<script src=a.js></script>").unwrap();
            assert!(page.ends_with("; form-action 'self'\"><script src=a.js></script>"), "{page}");
            assert_eq!(page.matches("connect-src").count(), 1);
            page.split("connect-src ").nth(1).unwrap().split(';').next().unwrap().to_owned()
        };
        assert_eq!(asks(page(NOTHING)), "'self'");
        assert_eq!(asks(page("https://play.rust-lang.org")), "'self' https://play.rust-lang.org");
        assert_eq!(served(HEAD, "<script>"), None);
    }

    #[test]
    fn scripts_of_the_template_and_of_the_author_run() {
        let html = format!(
            "{HEAD}<script>a</script><main><script>own</script><p onclick='own()'><script>b</script></main>\
             <script>c</script></main><script src=d.js></script><script>e</script>"
        );
        let (held, policy) = (held(&html), policy(&["own", "own()"]));
        let meta = meta(&policy, &held);
        let all: Vec<String> = [&hash("a"), &hash("own"), &hash("e")].into_iter().cloned().collect();
        let scripts = meta.split_once("script-src 'self'").unwrap().1.split(';').next().unwrap();
        assert!(all.iter().all(|hash| scripts.contains(hash.as_str())), "{scripts}");
        assert!(scripts.ends_with(&format!(" 'unsafe-hashes'{}", hash("own()"))), "{scripts}");
        assert!(!scripts.contains(&hash("b")) && !scripts.contains(&hash("c")), "{scripts}");
        let strange: Vec<&str> = policy.strange(&held).map(|it| it.text.as_str()).collect();
        assert_eq!(strange, ["b", "c"]);
    }

    #[test]
    fn a_page_of_chapters_needs_what_they_need() {
        let policy = policy(&["own", "own()", "javascript:own()"]);
        let chapters = [
            "<script>own</script><script>b</script><p onclick='own()' style='c: d'>",
            "<p style='e: f'><a href='javascript:own()'>a</a><style>g > h</style>",
        ];
        let whole = |text: &str| format!("{HEAD}<body><script>a</script><main>{text}</main><script>z</script>");
        let all = held(&whole(&chapters.concat()));
        let needs = chapters.map(|chapter| Needs::of_chapter(&tokens(chapter).collect::<Vec<_>>()));
        let (at, tag) = policy.around(&whole(""), needs.iter()).unwrap();
        assert_eq!((at, tag), (all.head.unwrap(), meta(&policy, &all)));
    }

    #[test]
    fn styles_are_applied_as_they_are_written() {
        let html = format!(
            "{HEAD}<style>a > b</style><p style='c: &quot;d&quot;'><svg><style>e &gt; <![CDATA[f]]></style></svg>"
        );
        let meta = meta(&policy(&[]), &held(&html));
        let styles = meta.split_once("style-src 'self'").unwrap().1.split(';').next().unwrap();
        for text in ["a > b", "c: \"d\"", "e > f", SEARCH] {
            assert!(styles.contains(&hash(text)), "{text}: {styles}");
        }
    }

    #[test]
    fn images_come_from_the_hosts_that_are_named() {
        let images = " https://a.b".to_owned();
        let meta = meta(&Policy { images, ..policy(&[]) }, &held(HEAD));
        assert!(meta.contains("img-src 'self' data: https://a.b; "), "{meta}");
    }

    #[test]
    fn it_stands_before_all_that_it_is_about() {
        for (html, before) in [
            (format!("{HEAD}<body>"), "<meta charset=\"utf-8\">"),
            ("<head lang=a><script>b</script></head>".to_owned(), "<head lang=a>"),
        ] {
            let at = held(&html).head.unwrap();
            assert!(html[..at].ends_with(before), "{html}");
        }
        assert_eq!(held("<p>a</p>").head, None);
    }
}
