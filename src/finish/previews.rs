//! Previews: what a reader sees of a figure, statement, exercise, work, … while pointing at a link to it.
//!
//! In: a finished page. Out: for each thing on it that has a label, the part of the page that shows it. They are kept in a
//! script for each page, which a page loads when a reader first points at a link there, from a disk too, where no page may
//! read another.

use std::collections::BTreeMap;
use std::ops::Range;

use super::page::{Element, Page};
use crate::read::LabelKind;

/// More than this, in bytes, is shown without its pictures.
const LARGEST: usize = 60_000;

/// The previews of a page as a script; `name` is the page's address below the root of the book.
pub(super) fn script(name: &str, page: &Page<'_>) -> Option<String> {
    let shown = page.targets().filter_map(|at| Some((page.elements[at].id?, page.preview(at)?)));
    let shown: BTreeMap<&str, String> = shown.collect();
    let entries = serde_json::to_string(&BTreeMap::from([(name, &shown)])).unwrap_or_default();
    (!shown.is_empty())
        .then(|| format!("window.rectoPreviews = Object.assign(window.rectoPreviews ?? {{}}, {entries});\n"))
}

impl Page<'_> {
    /// The elements with labels, and the works of the bibliography.
    pub(super) fn targets(&self) -> impl Iterator<Item = usize> {
        let is_target = |id: &str| LabelKind::of(id).is_some() || id.starts_with("ref-");
        (0..self.elements.len()).filter(move |&at| self.elements[at].id.is_some_and(is_target))
    }

    /// What is shown of the thing that this element names.
    pub(super) fn preview(&self, at: usize) -> Option<String> {
        let element = &self.elements[at];
        if element.heading().is_some() {
            return Some(self.without(self.below_heading(at), false));
        }
        let is_whole = |name: &str| matches!(name, "div" | "li" | "figure" | "tr" | "p" | "dd");
        let quote = self.around(at).find(|&outer| self.elements[outer].name == "blockquote");
        let whole = match element.class {
            "recto-equation" => Some(at),
            _ => quote.or_else(|| self.around(at).find(|&outer| is_whole(self.elements[outer].name))),
        };
        let span = self.elements[whole?].span.clone();
        let shown = self.without(span.clone(), false);
        Some(if shown.len() > LARGEST { self.without(span, true) } else { shown })
    }

    /// A heading and the text below it: of an exercise all before its solution, of a section the first paragraph.
    fn below_heading(&self, at: usize) -> Range<usize> {
        let heading = &self.elements[at];
        let is_exercise = heading.id.and_then(LabelKind::of) == Some(LabelKind::Exercise);
        let siblings = self.elements[at + 1..].iter().filter(|other| other.parent == heading.parent);
        let text = siblings.take_while(|other| other.heading().is_none() && !matches!(other.name, "details" | "form"));
        let last = text.take(if is_exercise { 6 } else { 1 }).last();
        heading.span.start..last.map_or(heading.span.end, |last| last.span.end)
    }

    /// A part of the page without what a reader acts on, and the frames of a sweep but the first one. The policy of another page
    /// knows nothing of a figure's style sheets: they are `<metadata>` there, from which a script makes sheets.
    pub(super) fn without(&self, span: Range<usize>, pictures: bool) -> String {
        let mut shown = String::new();
        let mut at = span.start;
        let is_within = |it: &Element<'_>| span.start <= it.span.start && it.span.end <= span.end;
        for (place, element) in self.elements.iter().enumerate().filter(|(_, it)| is_within(it)) {
            let is_left_out = matches!(element.name, "form" | "script" | "button" | "style")
                || matches!(element.class, "recto-control" | "recto-at" | "recto-end" | "recto-names")
                || element.class == "recto-frame" && element.is_hidden
                || pictures && element.name == "svg";
            if is_left_out && at <= element.span.start {
                shown.push_str(&self.html[at..element.span.start]);
                at = element.span.end;
                if element.name == "style" && self.around(place).any(|outer| self.elements[outer].name == "svg") {
                    let style = &self.html[element.span.clone()];
                    let css = style.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</"));
                    shown.push_str(&css.map_or_else(String::new, |(css, _)| {
                        format!("<metadata class=\"recto-style\">{css}</metadata>")
                    }));
                }
            }
        }
        shown.push_str(&self.html[at..span.end]);
        shown
    }
}

/// Where the previews of a page are, below the root of the book.
pub(crate) fn file(page: &str) -> String {
    format!("recto-previews/{}.js", page.strip_suffix(".html").unwrap_or(page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tags::{Token, tokens};

    fn previews(main: &str) -> Vec<(String, String)> {
        let html = format!("<nav id=fig-no></nav><main>{main}</main><p id=fig-no>");
        let tokens: Vec<Token<'_>> = tokens(&html).collect();
        let page = Page::read(&html, &tokens);
        page.targets()
            .map(|at| (page.elements[at].id.unwrap().to_owned(), page.preview(at).unwrap()))
            .collect()
    }

    #[test]
    fn what_has_a_label_is_shown_as_on_its_page() {
        for (main, id, shown) in [
            (
                "<p>a<br>b</p><div id=fig-a><p>c<!-- d --></p></div><p>e</p>",
                "fig-a",
                "<div id=fig-a><p>c<!-- d --></p></div>",
            ),
            (
                "<blockquote><p><b><span id=thm-a>T</span></b> t</p></blockquote>",
                "thm-a",
                "<blockquote><p><b><span id=thm-a>T</span></b> t</p></blockquote>",
            ),
            (
                "<p>a <span class=\"recto-equation\" id=eq-a>b</span> c</p>",
                "eq-a",
                "<span class=\"recto-equation\" id=eq-a>b</span>",
            ),
            ("<ul><li id=ref-a>a<li id=b>c</ul>", "ref-a", "<li id=ref-a>a<li id=b>c</ul>"),
            ("<ul><li id=ref-a>a</li><li>c</li></ul>", "ref-a", "<li id=ref-a>a</li>"),
            ("<h2 id=sec-a>A</h2><p>b</p><p>c</p>", "sec-a", "<h2 id=sec-a>A</h2><p>b</p>"),
            (
                "<h3 id=ex-a>A</h3><p>b</p><p>c</p><form>d</form><details>e</details>",
                "ex-a",
                "<h3 id=ex-a>A</h3><p>b</p><p>c</p>",
            ),
            ("<h3 id=ex-a>A</h3><h3>B</h3>", "ex-a", "<h3 id=ex-a>A</h3>"),
            (
                "<div id=fig-a><p class=recto-control>c</p><div class=recto-frame>1</div><div class=recto-frame hidden>2</div></div>",
                "fig-a",
                "<div id=fig-a><div class=recto-frame>1</div></div>",
            ),
        ] {
            assert_eq!(previews(main), [(id.to_owned(), shown.to_owned())], "{main}");
        }
        let large = format!("<div id=fig-a><svg>{}</svg><p>c</p></div>", "<path/>".repeat(LARGEST / 7 + 1));
        assert_eq!(previews(&large)[0].1, "<div id=fig-a><p>c</p></div>");
    }

    #[test]
    fn a_script_holds_the_previews_of_a_page() {
        let html = "<main><p id=\"tbl-a\">\"a\"</p></main>";
        let tokens: Vec<Token<'_>> = tokens(html).collect();
        let script = script("part/a.html", &Page::read(html, &tokens)).unwrap();
        assert!(script.contains(r#"{"part/a.html":{"tbl-a":"<p id=\"tbl-a\">\"a\"</p>"}}"#), "{script}");
        assert_eq!(file("part/a.html"), "recto-previews/part/a.js");
    }
}
