//! The list of chapters as a part of each page, where mdBook has a script write it while the page waits.

use std::ops::Range;

use crate::html::tags::{Tag, Token, tokens};
use crate::site::INDEX;
use crate::splice::{Splice, spliced};

/// The book's list of chapters, as mdBook renders it for readers without script.
#[derive(Debug, Default)]
pub(super) struct Toc {
    /// Without the pages below the verification page.
    list: List,
    /// The list of that page and of those below it.
    about: Option<About>,
}

#[derive(Debug)]
struct About {
    /// The verification page, and the folder of those below it.
    page: String,
    folder: String,
    list: List,
}

#[derive(Debug, Default)]
struct List {
    html: String,
    links: Vec<Link>,
}

/// A chapter in the list.
#[derive(Debug)]
struct Link {
    href: String,
    /// Where its tag stands.
    tag: Range<usize>,
    /// Its number and title, as HTML.
    title: Range<usize>,
    /// Where the classes end of the items that it stands in.
    items: Vec<usize>,
}

impl Toc {
    /// Reads the page that has the list alone, of a book with such a verification page.
    pub(super) fn read(page: &str, verification: Option<&str>) -> Toc {
        let is_list = |token: &Token<'_>| matches!(token, Token::Open(tag) if is_of(tag, "ol", "chapter"));
        let list = tokens(page).find(is_list);
        let Some((Token::Open(list), end)) = list.zip(page.rfind("</ol>")) else {
            return Toc::default();
        };
        let list = List::of(page[list.span.start..end + "</ol>".len()].to_owned());
        match verification.and_then(|page| list.split(page)) {
            Some((list, about)) => Toc { list, about: Some(about) },
            None => Toc { list, about: None },
        }
    }

    /// The number and title of a chapter, as HTML, by the address of its page below the root.
    pub(super) fn title(&self, page: &str) -> Option<&str> {
        let list = self.on(page);
        let link = list.links.iter().find(|link| link.href == page)?;
        Some(&list.html[link.title.clone()])
    }

    /// The list, for a page that is called so, with `sections` below its own chapter.
    pub(super) fn on_page(&self, page: &str, root: &str, sections: &str) -> String {
        self.on(page).on_page(page, root, sections)
    }

    fn on(&self, page: &str) -> &List {
        let about = self.about.as_ref().filter(|about| page == about.page || page.starts_with(&about.folder));
        about.map_or(&self.list, |about| &about.list)
    }

    /// The list alone, for a page that is called so; `way` says where each chapter is, by the address of its page below the root.
    pub(super) fn list(&self, page: &str, way: impl FnMut(&str) -> String) -> String {
        self.list.list(page, way)
    }
}

impl List {
    fn of(html: String) -> List {
        let (mut links, mut items): (Vec<Link>, Vec<Option<usize>>) = Default::default();
        for token in tokens(&html) {
            match token {
                Token::Open(tag) if tag.name == "li" => {
                    let folded = is_of(&tag, "li", "chapter-item") && !is_of(&tag, "li", "expanded");
                    let class = tag.attributes.iter().find(|it| it.name == "class" && folded);
                    items.push(class.map(|class| class.span.end));
                }
                Token::Close(name) if name == "li" => drop(items.pop()),
                Token::Open(tag) if tag.name == "a" => {
                    let Some(href) = tag.attribute("href").map(str::to_owned) else {
                        continue;
                    };
                    let end = html[tag.span.end..].find("</a>").map_or(tag.span.end, |found| tag.span.end + found);
                    let items = items.iter().flatten().copied().collect();
                    links.push(Link {
                        href,
                        title: tag.span.end..end,
                        tag: tag.span,
                        items,
                    });
                }
                _ => {}
            }
        }
        List { html, links }
    }

    /// The same without the pages below the verification page, and with them as a list of its own there: mdBook gives chapters without
    /// numbers no place below another.
    fn split(&self, page: &str) -> Option<(List, About)> {
        let folder = format!("{}/", page.trim_end_matches(".html"));
        let title = self.links.iter().find(|link| link.href == page)?.title.end;
        let mut below = self.links.iter().filter(|link| link.href.starts_with(&folder));
        let first = below.next()?;
        let start = self.html[..first.tag.start].rfind("<li")?;
        let last = below.next_back().unwrap_or(first).title.end;
        let end = last + self.html[last..].find("</li>")? + "</li>".len();
        // What folds a list is between.
        let (before, items, behind) = (&self.html[..title], &self.html[start..end], &self.html[end..]);
        let list = List::of([before, "</a></span></li>", behind].concat());
        let about = [before, "</a></span><ol class=\"section\">", items, "</ol></li>", behind].concat();
        let about = About {
            page: page.to_owned(),
            folder,
            list: List::of(about),
        };
        Some((list, about))
    }

    fn on_page(&self, page: &str, root: &str, sections: &str) -> String {
        let is_active = |link: &Link| link.href == page;
        let active = self.links.iter().position(is_active);
        // The first chapter stands on the index, too.
        let active = active.or_else(|| (page == INDEX && !self.links.is_empty()).then_some(0));
        let mut edits: Vec<Splice> = Vec::new();
        for (number, link) in self.links.iter().enumerate() {
            let here = if Some(number) == active {
                " class=\"active\" aria-current=\"page\""
            } else {
                ""
            };
            edits.push(Splice::new(link.tag.clone(), format!("<a href=\"{root}{}\"{here}>", link.href)));
        }
        if let Some(link) = active.map(|active| &self.links[active]) {
            let after =
                self.html[link.title.end..].find("</span>").map(|found| link.title.end + found + "</span>".len());
            edits.extend(link.items.iter().map(|item| Splice::insertion(*item, " expanded")));
            edits.extend(after.map(|after| Splice::insertion(after, sections)));
        }
        spliced(&self.html, &mut edits).expect("edits that stand apart")
    }

    fn list(&self, page: &str, mut way: impl FnMut(&str) -> String) -> String {
        let links = self.links.iter().map(|link| {
            let here = if link.href == page { " aria-current=\"page\"" } else { "" };
            Splice::new(link.tag.clone(), format!("<a href=\"{}\"{here}>", way(&link.href)))
        });
        let mut edits: Vec<Splice> = links.collect();
        spliced(&self.html, &mut edits).expect("edits that stand apart")
    }
}

fn is_of(tag: &Tag<'_>, name: &str, class: &str) -> bool {
    tag.name == name && has_class(tag, class)
}

pub(super) fn has_class(tag: &Tag<'_>, class: &str) -> bool {
    tag.attribute("class").is_some_and(|classes| classes.split_whitespace().any(|it| it == class))
}

/// The sections of a page as a list; exercises are none.
pub(super) fn sections(html: &str, tokens: &[Token<'_>]) -> String {
    let headings: Vec<(u8, &str, String)> = headings(html, tokens);
    let Some(first) = headings.first() else {
        return String::new();
    };
    let mut list = "<div class=\"on-this-page\"><ol class=\"section\">".to_owned();
    let mut open = vec![first.0];
    let mut is_first = true;
    for (level, id, text) in &headings {
        while open.len() > 1 && open.last().is_some_and(|last| last > level) {
            list.push_str("</li></ol>");
            open.pop();
        }
        if open.last().is_some_and(|last| last < level) {
            list.push_str("<ol class=\"section\">");
            open.push(*level);
        } else if !is_first {
            list.push_str("</li>");
        }
        is_first = false;
        list.push_str(&format!(
            "<li class=\"header-item\"><span class=\"chapter-link-wrapper\"><a href=\"#{id}\" class=\"header-in-summary\">{text}</a></span>"
        ));
    }
    list + &"</li></ol>".repeat(open.len()) + "</div>"
}

/// The level of each heading of the chapter that leads to itself, its id and what it says.
fn headings<'a>(html: &str, tokens: &'a [Token<'_>]) -> Vec<(u8, &'a str, String)> {
    let is_main = |token: &Token<'_>| matches!(token, Token::Open(tag) if tag.name == "main");
    let start = tokens.iter().position(is_main).unwrap_or(tokens.len());
    let mut found = Vec::new();
    for (at, pair) in tokens[start..].windows(2).enumerate() {
        let [Token::Open(heading), Token::Open(link)] = pair else {
            continue;
        };
        let level = ["h2", "h3", "h4", "h5", "h6"].iter().position(|name| heading.name == *name);
        let (Some(level), Some(id), true) = (level, heading.attribute("id"), is_of(link, "a", "header")) else {
            continue;
        };
        if !id.starts_with("ex-") {
            let inside = tokens[start + at + 2..].iter();
            let inside = inside.take_while(|token| !matches!(token, Token::Close(name) if *name == heading.name));
            found.push((u8::try_from(level).unwrap_or(0), id, said(html, inside)));
        }
    }
    found
}

/// What a heading says, without the links and names in it.
fn said<'a, 'b: 'a>(html: &str, tokens: impl Iterator<Item = &'a Token<'b>>) -> String {
    const KEPT: [&str; 4] = ["em", "strong", "sub", "sup"];
    let mut said = String::new();
    let mut passed: Option<&str> = None;
    for token in tokens {
        match (token, passed) {
            (Token::Close(name), Some(within)) if name == within => passed = None,
            (_, Some(_)) => {}
            (Token::Open(tag), None) if tag.name == "math" => {
                let end = html[tag.span.end..].find("</math>").map_or(tag.span.end, |it| tag.span.end + it);
                said.push_str(&format!("<math>{}</math>", &html[tag.span.end..end]));
                passed = Some("math");
            }
            (Token::Open(tag), None) if tag.name == "svg" => passed = Some("svg"),
            (Token::Open(tag), None) if is_of(tag, "sup", "footnote-reference") => passed = Some("sup"),
            (Token::Open(tag), None) if tag.name == "code" => said.push_str("<span class=\"recto-code-text\">"),
            (Token::Close(name), None) if name == "code" => said.push_str("</span>"),
            (Token::Open(tag), None) if KEPT.contains(&tag.name.as_ref()) => said.push_str(&format!("<{}>", tag.name)),
            (Token::Close(name), None) if KEPT.contains(&name.as_ref()) => said.push_str(&format!("</{name}>")),
            (Token::Text(_, span), None) => said.push_str(&html[span.clone()]),
            _ => {}
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOC: &str = "<body><ol class=\"chapter\"><li class=\"chapter-item \"><span class=\"chapter-link-wrapper\">\
        <a href=\"a.html\" target=\"_parent\"><strong aria-hidden=\"true\">1.</strong> A</a></span><ol class=\"section\">\
        <li class=\"chapter-item expanded \"><span class=\"chapter-link-wrapper\"><a href=\"b/c.html\" target=\"_parent\">C</a></span>\
        </li></ol></li></ol></body>";

    #[test]
    fn the_list_is_that_of_the_page() {
        let toc = Toc::read(TOC, None);
        assert_eq!(toc.title("a.html"), Some("<strong aria-hidden=\"true\">1.</strong> A"));
        let list = toc.on_page("b/c.html", "../", "<i></i>");
        assert!(list.contains("<li class=\"chapter-item  expanded\">"), "{list}");
        assert!(
            list.contains("<a href=\"../b/c.html\" class=\"active\" aria-current=\"page\">C</a></span><i></i></li>"),
            "{list}"
        );
        assert!(list.contains("<a href=\"../a.html\"><strong") && !list.contains("_parent"), "{list}");
        assert!(toc.on_page("index.html", "", "").contains("<a href=\"a.html\" class=\"active\""));
        assert_eq!(Toc::read("<p>", None).on_page("a.html", "", "x"), "");
    }

    #[test]
    fn pages_below_the_verification_page_are_listed_among_themselves() {
        let page = |link: &str| format!("<li class=\"chapter-item \"><span>{link}</span></li>");
        let toc = [
            page("<a href=\"a.html\">A</a>"),
            page("<a href=\"v.html\">V</a><a class=\"chapter-fold-toggle\"></a>"),
            page("<a href=\"v/a.html\">A, checked</a>"),
            page("<a href=\"v/b.html\">B, checked</a>"),
        ];
        let toc = Toc::read(&format!("<ol class=\"chapter\">{}</ol>", toc.concat()), Some("v.html"));
        let is_listed = |page: &str| toc.on_page(page, "", "").contains("A, checked");
        assert_eq!(["a.html", "v.html", "v/a.html"].map(is_listed), [false, true, true]);
        let without = toc.on_page("a.html", "", "");
        assert!(without.ends_with("<a href=\"v.html\">V</a></span></li></ol>"), "{without}");
        assert!(!toc.list("a.html", str::to_owned).contains("checked"));
        assert_eq!([toc.title("a.html"), toc.title("v/b.html")], [Some("A"), Some("B, checked")]);
        let among = toc.on_page("v/b.html", "../", "");
        assert!(
            among.contains(
                ">V</a></span><ol class=\"section\"><li class=\"chapter-item \"><span><a href=\"../v/a.html\">"
            ),
            "{among}"
        );
        assert!(among.ends_with("<a href=\"../v/b.html\" class=\"active\" aria-current=\"page\">B, checked</a></span></li></ol></li></ol>"), "{among}");
    }

    #[test]
    fn sections_are_headings_without_their_links() {
        let html = "<h2 id=n><a class=header href=#n>no</a></h2><main><h1 id=a><a class=header href=#a>A</a></h1>\
            <h2 id=\"b\"><a class=\"header\" href=\"#b\">B <code>c</code> <math id=d><mi>x</mi></math> \
            <a class=\"recto-claim\" href=\"v\">1 &lt; 2</a></a></h2><h4 id=\"e\"><a class=\"header\">E</a></h4>\
            <h3 id=\"ex-f\"><a class=\"header\">F</a></h3><h2 id=\"g\"><a class=\"header\">G</a></h2><h2>H</h2></main>";
        let tokens: Vec<Token<'_>> = tokens(html).collect();
        let item = |id: &str, text: &str| {
            format!(
                "<li class=\"header-item\"><span class=\"chapter-link-wrapper\"><a href=\"#{id}\" class=\"header-in-summary\">{text}</a></span>"
            )
        };
        let b = "B <span class=\"recto-code-text\">c</span> <math><mi>x</mi></math> 1 &lt; 2";
        let expected = [
            "<div class=\"on-this-page\"><ol class=\"section\">",
            &item("b", b),
            "<ol class=\"section\">",
            &item("e", "E"),
            "</li></ol></li>",
            &item("g", "G"),
            "</li></ol></div>",
        ];
        assert_eq!(sections(html, &tokens), expected.concat());
    }
}
