//! Blocks of Rust: coloured by tags around their tokens, with the imports at their top folded into a line. Code within a line is broken
//! nowhere behind the hyphens of an option, as in `--port`.
//!
//! The text of a block stays as it is. Where a page then holds nothing for highlight.js to colour, it is not loaded.

mod block;
mod lexer;
mod words;

use crate::html::tags::{Tag, Token};
use crate::splice::Splice;

/// Languages in which highlight.js has nothing to do.
const PLAIN: [&str; 5] = ["rust", "text", "txt", "plaintext", "output"];

/// What stands in the place of highlight.js where nothing needs it: mdBook's script calls these.
const NO_HIGHLIGHTER: &str = "<script>const hljs = { configure() {}, highlightBlock() {} };</script>";

/// Keeps highlight.js from what is coloured already.
const OTHERS_ALONE: &str = "<script>{ const others = hljs.highlightBlock; \
    hljs.highlightBlock = (block) => { if (!block.classList.contains(\"language-rust\")) others(block); }; }</script>";

/// The edits of a page. `html` is all of it.
pub(super) fn edits(html: &str, tokens: &[Token<'_>]) -> Vec<Splice> {
    let blocks = block::blocks(html, tokens);
    let mut edits: Vec<Splice> = blocks.iter().flat_map(block::Block::edits).collect();
    edits.extend(tokens.windows(3).flat_map(|tokens| options(html, tokens)));
    edits.extend(highlighter(html, tokens, needs_highlighter(html, tokens)));
    edits
}

/// Keeps the words together that begin with a hyphen, in code of a line: a browser breaks lines behind hyphens.
fn options(html: &str, tokens: &[Token<'_>]) -> Vec<Splice> {
    let [before, Token::Open(code), Token::Text(_, span)] = tokens else {
        return Vec::new();
    };
    if code.name != "code" || matches!(before, Token::Open(tag) if tag.name == "pre") {
        return Vec::new();
    }
    let words = html[span.clone()].split_inclusive([' ', '\n']).scan(span.start, |at, word| {
        let start = std::mem::replace(at, *at + word.len());
        Some(start..start + word.trim_end().len())
    });
    let options = words.filter(|word| html[word.clone()].starts_with('-') && word.len() > 1);
    options
        .flat_map(|word| {
            [
                Splice::insertion(word.start, "<span class=\"recto-joined\">"),
                Splice::insertion(word.end, "</span>"),
            ]
        })
        .collect()
}

/// Whether a text holds code in other languages, or a script of the author's that calls highlight.js.
pub(super) fn needs_highlighter(html: &str, tokens: &[Token<'_>]) -> bool {
    html.contains("hljs") || tags(tokens).any(is_highlighted)
}

fn tags<'a, 'b>(tokens: &'a [Token<'b>]) -> impl Iterator<Item = &'a Tag<'b>> {
    tokens.iter().filter_map(|token| match token {
        Token::Open(tag) => Some(tag),
        _ => None,
    })
}

/// Takes highlight.js and its style sheets away, or keeps it from Rust where the page needs it.
pub(super) fn highlighter(html: &str, tokens: &[Token<'_>], is_needed: bool) -> Vec<Splice> {
    let tags = || tags(tokens);
    let is_script = |tag: &&Tag<'_>| tag.name == "script" && tag.attribute("src").is_some_and(is_highlighter);
    let Some(script) = tags().find(is_script) else {
        return Vec::new();
    };
    let end = script.span.end + "</script>".len();
    if !html[script.span.end..].starts_with("</script>") {
        return Vec::new();
    }
    if is_needed {
        return vec![Splice::insertion(end, OTHERS_ALONE)];
    }
    // mdBook's script turns these on and off, whatever they are.
    let sheets = tags().filter(|tag| tag.name == "link").filter_map(|tag| {
        let id = tag.attribute("id").filter(|id| id.starts_with("mdbook-") && id.ends_with("-css"))?;
        Some(Splice::new(tag.span.clone(), format!("<template id=\"{id}\"></template>")))
    });
    sheets.chain([Splice::new(script.span.start..end, NO_HIGHLIGHTER)]).collect()
}

/// Whether an address is that of highlight.js, whose name holds a hash where the book's settings say so.
fn is_highlighter(address: &str) -> bool {
    let name = address.rsplit('/').next().unwrap_or_default();
    name.starts_with("highlight") && name.ends_with(".js")
}

fn is_highlighted(tag: &Tag<'_>) -> bool {
    let mut classes = tag.attribute("class").unwrap_or_default().split_ascii_whitespace();
    let language = classes.find_map(|class| class.strip_prefix("language-"));
    tag.name == "code" && language.is_some_and(|language| !PLAIN.contains(&language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tags::tokens;
    use crate::splice::spliced;

    const PAGE: &str = "<head><link rel=\"stylesheet\" id=\"mdbook-highlight-css\" href=\"highlight-1.css\"></head>\
        <main>CODE</main><script src=\"../highlight-a1.js\"></script><script src=\"../book.js\"></script>";

    fn finished(html: &str) -> String {
        let tokens: Vec<Token<'_>> = tokens(html).collect();
        spliced(html, &mut edits(html, &tokens)).unwrap()
    }

    #[test]
    fn an_option_is_not_broken_behind_its_hyphens() {
        let page =
            "<p>Say <code>recto serve --port 80 -q</code>.</p><pre><code>ls --all</code></pre><code>a-b - 1</code>";
        let joined = |word: &str| format!("<span class=\"recto-joined\">{word}</span>");
        let expected = page.replace("--port", &joined("--port")).replace("-q", &joined("-q"));
        let tokens: Vec<Token<'_>> = tokens(page).collect();
        let mut edits: Vec<Splice> = tokens.windows(3).flat_map(|tokens| options(page, tokens)).collect();
        assert_eq!(spliced(page, &mut edits).unwrap(), expected);
    }

    #[test]
    fn highlight_js_is_loaded_where_it_is_needed() {
        for (code, is_needed) in [
            ("", false),
            ("<pre><code class=\"language-rust\">1</code></pre>", false),
            ("<pre><code class=\"language-text\">1</code></pre><code>x</code>", false),
            ("<pre><code class=\"language-toml\">1</code></pre>", true),
            ("<script>hljs.registerLanguage()</script>", true),
        ] {
            let page = finished(&PAGE.replace("CODE", code));
            assert_eq!(page.contains("highlight-a1.js"), is_needed, "{page}");
            assert_eq!(page.contains("href=\"highlight-1.css\""), is_needed, "{page}");
            assert_eq!(page.contains(OTHERS_ALONE), is_needed, "{page}");
            assert_eq!(page.contains(NO_HIGHLIGHTER), !is_needed, "{page}");
            assert!(page.contains("id=\"mdbook-highlight-css\""), "{page}");
        }
    }

    /// What the pages stand on in mdBook: its script calls nothing else of highlight.js, and what it turns on and off is
    /// found by these ids.
    #[test]
    fn mdbook_needs_no_more_of_highlight_js() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
        std::fs::create_dir(root.path().join("src")).unwrap();
        write("book.toml", "");
        write("src/SUMMARY.md", "- [One](one.md)\n");
        write("src/one.md", "```rust,noplayground\nuse a;\nuse b;\nuse c;\n# fn d() {}\n```\n");
        mdbook_driver::MDBook::load(root.path()).unwrap().build().unwrap();
        let page = finished(&std::fs::read_to_string(root.path().join("book/one.html")).unwrap());
        assert!(!page.contains("=\"highlight-") && !page.contains("=\"tomorrow-night-"), "{page}");
        assert_eq!(page.matches("<template id=\"mdbook-").count(), 3, "{page}");
        assert!(
            page.contains("Imports (3 lines)") && page.contains("<span class=\"rs-keyword\">fn</span> <span"),
            "{page}"
        );
        let scripts = ignore::Walk::new(root.path().join("book")).map(|file| file.unwrap().into_path());
        let script =
            scripts.filter(|file| file.file_name().is_some_and(|it| it.to_string_lossy().starts_with("book-")));
        let script = std::fs::read_to_string(script.last().unwrap()).unwrap();
        let used = regex::Regex::new(r"hljs\.\w+|querySelector\('#mdbook-[\w-]+css'\)").unwrap();
        let used: std::collections::BTreeSet<&str> = used.find_iter(&script).map(|it| it.as_str()).collect();
        let known = [
            "hljs.configure",
            "hljs.highlightBlock",
            "querySelector('#mdbook-ayu-highlight-css')",
            "querySelector('#mdbook-highlight-css')",
            "querySelector('#mdbook-tomorrow-night-css')",
        ];
        // `hljs` is the class too.
        assert!(used.into_iter().filter(|it| *it != "hljs.language").eq(known), "{script}");
    }

    /// The colours of a rule in the style sheet, by name.
    fn colours(rule: &str) -> std::collections::BTreeMap<String, [f64; 3]> {
        let colour = regex::Regex::new(r"--rs-(\w+): #([0-9a-f]{6});").unwrap();
        let part = |hex: &str, at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        let colours = colour.captures_iter(rule).map(|it| (it[1].to_owned(), [0, 2, 4].map(|at| part(&it[2], at))));
        colours.collect()
    }

    fn luminance(colour: [f64; 3]) -> f64 {
        let linear = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn colours_have_contrast_in_every_theme() {
        let sheet = include_str!("../../templates/styles/code.css");
        let rules = || sheet.split('}').map(colours).filter(|colours| !colours.is_empty());
        let whole: Vec<_> = rules().filter(|colours| colours.len() > 1).collect();
        assert_eq!(whole.len(), 3, "light, dark, and dark without script");
        let mut themes = 0;
        for colours in rules() {
            // A theme that sets the background alone has the colours above it.
            let inks: Vec<_> = if colours.len() > 1 { vec![colours.clone()] } else { whole[..2].to_vec() };
            let paper = colours["paper"];
            let is_dark = luminance(paper) < 0.2;
            for (name, ink) in inks.into_iter().filter(|it| (luminance(it["paper"]) < 0.2) == is_dark).flatten() {
                // On hidden lines there is a tint of grey: `--recto-tint`.
                let tinted = paper.map(|c| c * 0.91 + 128.0 / 255.0 * 0.09);
                for paper in [paper, tinted].into_iter().filter(|_| name != "paper") {
                    let (ink, paper) = (luminance(ink), luminance(paper));
                    let contrast = (ink.max(paper) + 0.05) / (ink.min(paper) + 0.05);
                    assert!(contrast >= 4.5, "{name} has a contrast of {contrast:.2} to {paper:.3}");
                }
            }
            themes += 1;
        }
        assert_eq!(themes, 5, "light, rust, dark, navy, and dark without script");
    }
}
