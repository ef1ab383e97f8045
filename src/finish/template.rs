//! What mdBook's template lacks: for readers with a keyboard or a screen reader, without script, and for all who come to
//! the end of a page.

use super::contents;
use super::edited::Edited;
use super::sidebar::{has_class, sections};
use crate::html::escape;
use crate::html::tags::{Tag, Token};
use crate::splice::Splice;

/// The first stop of the keyboard leads past the list of chapters.
const SKIP: &str = "<a class=\"recto-skip\" href=\"#mdbook-content\">Skip to the text</a>";

pub(super) fn edits(html: &str, tokens: &[Token<'_>], page: &Edited<'_>, has_math: bool) -> Vec<Splice> {
    if find(tokens, |tag| tag.attribute("id") == Some("mdbook-content")).is_none() {
        return Vec::new();
    }
    let parts = [
        styles(html, tokens),
        fetched(html, tokens, page, has_math),
        sidebar(html, tokens, page),
        search(tokens),
        named(tokens),
        title(html, tokens, page),
        ways(tokens, page),
        edit(tokens, page),
        end(tokens, page),
        contents::edits(html, 0, page),
    ];
    parts.into_iter().flatten().collect()
}

fn find<'a, 'b>(tokens: &'a [Token<'b>], is_wanted: impl Fn(&Tag<'b>) -> bool) -> Option<(usize, &'a Tag<'b>)> {
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        Token::Open(tag) if is_wanted(tag) => Some((at, tag)),
        _ => None,
    })
}

/// How what stands in the place of a sheet ends.
const TEMPLATE: &str = "</template>";

/// recto's styles come behind those of mdBook, which they change, and before those of the author.
fn styles(html: &str, tokens: &[Token<'_>]) -> Vec<Splice> {
    let own = find(tokens, |tag| {
        tag.name == "link" && tag.attribute("href").is_some_and(|it| it.ends_with("recto.css"))
    });
    let last = find(tokens, |tag| tag.attribute("id") == Some("mdbook-ayu-highlight-css"));
    let both = own.zip(last).filter(|((own, _), (last, _))| own < last);
    both.into_iter()
        .flat_map(|((_, own), (_, last))| {
            let link = &html[own.span.clone()];
            // What stands in the place of a sheet that is not loaded holds nothing that is.
            let after = last.span.end;
            let at = if html[after..].starts_with(TEMPLATE) { after + TEMPLATE.len() } else { after };
            [Splice::new(own.span.clone(), ""), Splice::insertion(at, link)]
        })
        .collect()
}

/// Over a network, the faces are on their way before the page is laid out, which is set in those that are there by then. Browsers
/// refuse that where a book lies in a folder, and need it less there.
fn fetched(html: &str, tokens: &[Token<'_>], page: &Edited<'_>, has_math: bool) -> Vec<Splice> {
    let has_code = html.contains("<code");
    let faces = [
        "recto-regular",
        "recto-italic",
        "recto-bold",
        if has_math { "recto-math" } else { "" },
        if has_code { "source-code-pro-latin-400-normal" } else { "" },
    ];
    let faces: Vec<String> = faces.iter().filter(|face| !face.is_empty()).map(|face| format!("\"{face}\"")).collect();
    let script = format!(
        "<script>if (location.protocol.startsWith(\"http\")) {{ document.documentElement.classList.add(\"recto-online\"); \
         for (const face of [{}]) document.head.append(Object.assign(document.createElement(\"link\"), \
         {{ rel: \"preload\", as: \"font\", type: \"font/woff2\", crossOrigin: \"\", href: `{}fonts/${{face}}.woff2` }})); }}</script>",
        faces.join(", "),
        page.root
    );
    let first = find(tokens, |tag| tag.name == "meta" && tag.attribute("charset").is_some());
    first.into_iter().map(|(_, first)| Splice::insertion(first.span.end, script.as_str())).collect()
}

/// The list of chapters stands in the page. No script is waited for to write it.
fn sidebar(html: &str, tokens: &[Token<'_>], page: &Edited<'_>) -> Vec<Splice> {
    let is_script = |tag: &Tag<'_>| {
        let file = tag.attribute("src").and_then(|src| src.rsplit('/').next());
        tag.name == "script" && file.is_some_and(|file| file.starts_with("toc") && file.ends_with(".js"))
    };
    let script = find(tokens, is_script);
    let list = find(tokens, |tag| tag.name == "mdbook-sidebar-scrollbox");
    let (Some((_, script)), Some((at, list))) = (script, list) else {
        return Vec::new();
    };
    let sections = if page.around.sections { sections(html, tokens) } else { String::new() };
    let mut edits = vec![
        Splice::new(script.span.start..script.span.end + "</script>".len(), ""),
        Splice::insertion(list.span.end, page.toc.on_page(&page.name, &page.root, &sections)),
    ];
    // It is there without script, too.
    let frame = find(&tokens[at..], |tag| has_class(tag, "sidebar-iframe-outer"));
    edits.extend(frame.map(|(_, frame)| Splice::new(frame.span.start..frame.span.end + "</iframe>".len(), "")));
    edits
}

/// The scripts of the search are fetched when somebody searches: `page.js` does it.
fn search(tokens: &[Token<'_>]) -> Vec<Splice> {
    let script = |name: &str| {
        find(tokens, |tag| {
            let file = tag.attribute("src").and_then(|src| src.rsplit('/').next()).unwrap_or_default();
            let rest = file.strip_prefix(name).filter(|_| tag.name == "script");
            rest.is_some_and(|rest| rest.starts_with(['-', '.']) && rest.ends_with(".js"))
        })
    };
    let scripts = ["elasticlunr", "mark", "searcher"].into_iter().map(script).collect::<Option<Vec<_>>>();
    let search = find(tokens, |tag| tag.attribute("id") == Some("mdbook-search-wrapper"));
    let (Some(scripts), Some((_, search))) = (scripts, search) else {
        return Vec::new();
    };
    let sources: Vec<&str> = scripts.iter().filter_map(|(_, script)| script.attribute("src")).collect();
    let named = format!(" data-scripts=\"{}\"", escape(&sources.join(" ")));
    let without = scripts
        .iter()
        .map(|(_, script)| Splice::new(script.span.start..script.span.end + "</script>".len(), ""));
    without.chain([Splice::insertion(search.span.end - 1, named)]).collect()
}

/// What mdBook gives no name or role, or one that it can't have.
fn named(tokens: &[Token<'_>]) -> Vec<Splice> {
    let by_id = |id: &'static str| find(tokens, move |tag| tag.attribute("id") == Some(id)).map(|(_, tag)| tag);
    let with =
        |id: &'static str, text: &str| by_id(id).map(|tag| Splice::insertion(tag.span.end - 1, format!(" {text}")));
    let described = by_id("mdbook-searchbar").and_then(|tag| {
        let described = tag.attributes.iter().find(|it| it.name == "aria-describedby")?;
        Some(Splice::new(described.span.clone(), "mdbook-searchresults-header"))
    });
    let body = find(tokens, |tag| tag.name == "body").map(|(_, body)| Splice::insertion(body.span.end, SKIP));
    let edits = [
        body,
        with("mdbook-sidebar-toggle", "role=\"button\" tabindex=\"0\""),
        with("mdbook-menu-bar", "role=\"banner\""),
        with("mdbook-search-wrapper", "role=\"search\""),
        with("mdbook-searchbar", "aria-label=\"Search this book\""),
        described,
    ];
    edits.into_iter().flatten().collect()
}

/// The book's name above each page is no heading of it, and leads to the book's first page.
fn title(html: &str, tokens: &[Token<'_>], page: &Edited<'_>) -> Vec<Splice> {
    let Some((_, tag)) = find(tokens, |tag| tag.name == "h1" && has_class(tag, "menu-title")) else {
        return Vec::new();
    };
    let Some(close) = html[tag.span.end..].find("</h1>").map(|found| tag.span.end + found) else {
        return Vec::new();
    };
    let open = format!("<div class=\"menu-title\"><a href=\"{}index.html\">", page.root);
    vec![
        Splice::new(tag.span.clone(), open),
        Splice::new(close..close + "</h1>".len(), "</a></div>"),
    ]
}

/// The ways to the chapters before and behind a page say where they lead.
fn ways(tokens: &[Token<'_>], page: &Edited<'_>) -> Vec<Splice> {
    let way = |class: &'static str, rel: &str, key: &str, word: &str| {
        let (_, tag) = find(tokens, |tag| has_class(tag, "mobile-nav-chapters") && has_class(tag, class))?;
        let href = tag.attribute("href")?;
        let title = page.toc.title(href.strip_prefix(&page.root).unwrap_or(href))?;
        let href = escape(href);
        Some(Splice::new(
            tag.span.clone(),
            format!(
                "<a rel=\"{rel}\" href=\"{href}\" class=\"mobile-nav-chapters {class}\" aria-keyshortcuts=\"{key}\">\
                 <span class=\"recto-way\">{word}</span> <span class=\"recto-title\">{title}</span>"
            ),
        ))
    };
    let ways = [
        way("previous", "prev", "Left", "Previous"),
        way("next", "next prefetch", "Right", "Next"),
    ];
    ways.into_iter().flatten().collect()
}

/// The way to edit a page names the file as its author has it.
fn edit(tokens: &[Token<'_>], page: &Edited<'_>) -> Vec<Splice> {
    let Some((copy, src)) = page.around.moved else {
        return Vec::new();
    };
    let copy = copy.to_string_lossy();
    let links = tokens.iter().filter_map(|token| match token {
        Token::Open(tag) if tag.name == "a" && tag.attribute("rel") == Some("edit") => Some(tag),
        _ => None,
    });
    let href = |tag: &Tag<'_>| {
        let href = tag.attributes.iter().find(|it| it.name == "href")?;
        let mended = href.value.replace(&*copy, &src.to_string_lossy());
        Some(Splice::new(href.span.clone(), escape(&mended)))
    };
    links.filter_map(href).collect()
}

/// The end of a lesson leads to its code as a program.
fn end(tokens: &[Token<'_>], page: &Edited<'_>) -> Vec<Splice> {
    let lesson = page.around.report.lessons.iter().find(|lesson| lesson.page == page.name);
    let program = lesson.and_then(|lesson| lesson.programs.first());
    let end = find(tokens, |tag| tag.name == "p" && has_class(tag, "recto-end"));
    let link = end.zip(program).filter(|_| page.around.verification.is_some());
    let link = link.map(|((_, end), program)| {
        let href = format!("{}{}", page.root, escape(program));
        Splice::insertion(end.span.end, format!("<a href=\"{href}\" download>Download this lesson as a program</a> "))
    });
    link.into_iter().collect()
}
