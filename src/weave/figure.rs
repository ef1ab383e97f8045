//! SVG pictures on a page with others: what a picture names by an id is its own, and its style sheets reach no further.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::html::escape;
use crate::html::tags::{Attribute, Tag, tags};

fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant")
}

static URL: LazyLock<Regex> = LazyLock::new(|| constant(r#"(?i)(\burl\(\s*["']?\s*#)([^\s"')]+)"#));
static FRAGMENT: LazyLock<Regex> = LazyLock::new(|| constant(r"(^|;)(\s*#)([^;\s]+)"));
static EVENT: LazyLock<Regex> = LazyLock::new(|| constant(r"(^|;)(\s*)((?:[^;.\s\\+]|\\.)+)\."));
static WORD: LazyLock<Regex> = LazyLock::new(|| constant(r"()()(\S+)"));

/// What braces and names in a style sheet are not: comments and strings; and the marks that part it.
static MARK: LazyLock<Regex> =
    LazyLock::new(|| constant(r#"(?s)/\*.*?(?:\*/|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|\\.|[{};]"#));
static SELECTED: LazyLock<Regex> =
    LazyLock::new(|| constant(r#"(#)((?:[\w-]|[^\x00-\x7f]|\\.)+)|(\[\s*id\s*=\s*["']?)([^\]"']+)"#));
static KEYFRAMES: LazyLock<Regex> = LazyLock::new(|| constant(r#"(?i)@(?:-webkit-)?keyframes\s+["']?([\w-]+)"#));
static ANIMATION: LazyLock<Regex> = LazyLock::new(|| constant(r"(?i)\banimation(?:-name)?\s*:[^;{}]*"));

/// A picture with its description inside, where screen readers look for it. `id` is its own on its page, `scope` on
/// all pages.
pub(super) fn figure(svg: &str, alt: &str, id: &str, scope: &str) -> String {
    let Some(start) = svg.find("<svg") else {
        return String::new();
    };
    let svg = svg[start..].replace(['\n', '\r'], " ");
    let alone = apart(&svg, scope);
    let (alt, rest) = (escape(&alt.replace('\n', " ")), &alone["<svg".len()..]);
    let picture = format!("<svg role=\"img\" aria-label=\"{alt}\" data-figure=\"{id}\"{rest}");
    // Selectors mean what is in a scope, not what it begins with.
    if rest.contains("@scope") {
        format!("<div data-scope=\"{scope}\">{picture}</div>")
    } else {
        picture
    }
}

/// The picture with its ids and style sheets changed, where it has any.
fn apart<'a>(svg: &'a str, scope: &str) -> Cow<'a, str> {
    if !svg.contains("id") && !svg.contains("<style") {
        return svg.into();
    }
    let tags: Vec<Tag<'_>> = tags(svg).collect();
    let attributes = || tags.iter().flat_map(|tag| tag.attributes.iter().map(move |attribute| (tag, attribute)));
    let ids = attributes().filter(|(_, attribute)| attribute.name == "id" && !attribute.value.is_empty());
    let sheets = sheets(svg, &tags);
    let names = sheets.iter().flat_map(|(_, css)| KEYFRAMES.captures_iter(css).map(|found| found[1].to_owned()));
    let names = Names {
        scope,
        ids: ids.map(|(_, attribute)| attribute.value.as_ref()).collect(),
        keyframes: names.collect(),
    };
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    for (tag, attribute) in attributes().filter(|(_, attribute)| !attribute.name.is_empty()) {
        let changed = names.in_attribute(tag, attribute);
        if changed != attribute.value {
            changes.push((attribute.span.clone(), escape(&changed).replace('\'', "&#39;")));
        }
    }
    changes.extend(sheets.iter().map(|(span, css)| (span.clone(), escape(&names.in_sheet(css)))));
    if changes.is_empty() {
        return svg.into();
    }
    changes.sort_by_key(|(span, _)| span.start);
    let (mut changed, mut at) = (String::with_capacity(svg.len() * 2), 0);
    for (span, text) in changes {
        changed.push_str(&svg[at..span.start]);
        changed.push_str(&text);
        at = span.end;
    }
    (changed + &svg[at..]).into()
}

/// The texts of the style sheets, and where they are written.
fn sheets(svg: &str, tags: &[Tag<'_>]) -> Vec<(Range<usize>, String)> {
    const OPEN: &str = "<![CDATA[";
    const CLOSE: &str = "]]>";
    let mut sheets: Vec<(Range<usize>, String)> = Vec::new();
    let mut goes_on = false;
    for tag in tags {
        let Some(text) = tag.attributes.first().filter(|attribute| attribute.name.is_empty()) else {
            goes_on = false;
            continue;
        };
        let Range { start, end } = tag.span;
        let start = if svg[..start].ends_with(OPEN) { start - OPEN.len() } else { start };
        let end = if svg[end..].starts_with(CLOSE) { end + CLOSE.len() } else { end };
        match sheets.last_mut().filter(|_| goes_on) {
            Some((span, css)) => {
                span.end = end;
                css.push_str(&text.value);
            }
            None => sheets.push((start..end, text.value.to_string())),
        }
        goes_on = true;
    }
    sheets
}

/// What a picture names.
struct Names<'a> {
    /// Stands before each name.
    scope: &'a str,
    ids: BTreeSet<&'a str>,
    keyframes: BTreeSet<String>,
}

impl Names<'_> {
    fn of(&self, id: &str) -> String {
        format!("{}-{id}", self.scope)
    }

    fn in_attribute(&self, tag: &Tag<'_>, attribute: &Attribute<'_>) -> String {
        let value = attribute.value.as_ref();
        match attribute.name.as_ref() {
            "id" if value.is_empty() => String::new(),
            "id" => self.of(value),
            "href" | "xlink:href" => self.known(&FRAGMENT, value),
            "values" | "from" | "to" | "by"
                if tag.attribute("attributename").is_some_and(|it| it.ends_with("href")) =>
            {
                self.known(&FRAGMENT, value)
            }
            "begin" | "end" => self.known(&EVENT, value),
            "for" | "headers" | "list" => self.known(&WORD, value),
            name if name.starts_with("aria-") && name != "aria-label" => self.known(&WORD, value),
            "style" => self.in_animations(&self.in_urls(value)),
            _ => self.in_urls(value),
        }
    }

    /// The third group of a pattern is an id, if the picture has it.
    fn known(&self, pattern: &Regex, text: &str) -> String {
        let named = |found: &Captures<'_>| {
            let id = &found[3];
            let (before, after) = found[0].split_at(found[1].len() + found[2].len());
            if self.ids.contains(id.replace('\\', "").as_str()) {
                format!("{before}{}{}", self.of(id), &after[id.len()..])
            } else {
                found[0].to_owned()
            }
        };
        pattern.replace_all(text, named).into_owned()
    }

    fn in_urls(&self, text: &str) -> String {
        let named = |found: &Captures<'_>| {
            if self.ids.contains(&found[2]) {
                format!("{}{}", &found[1], self.of(&found[2]))
            } else {
                found[0].to_owned()
            }
        };
        URL.replace_all(text, named).into_owned()
    }

    fn in_animations(&self, css: &str) -> String {
        let renamed = |text: &str| -> String {
            let words = text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
            let rename = |word: &str| {
                let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
                if self.keyframes.contains(name) { self.of(word) } else { word.to_owned() }
            };
            words.map(rename).collect()
        };
        ANIMATION.replace_all(css, |found: &Captures<'_>| renamed(&found[0])).into_owned()
    }

    /// A style sheet that holds for the picture alone.
    fn in_sheet(&self, css: &str) -> String {
        let css = self.in_animations(&self.in_urls(css));
        let css = KEYFRAMES.replace_all(&css, |found: &Captures<'_>| {
            let (name, whole) = (&found[1], &found[0]);
            format!("{}{}", &whole[..whole.len() - name.len()], self.of(name))
        });
        let mut scoped = String::new();
        let (mut at, mut depth) = (0, 0_usize);
        for mark in MARK.find_iter(&css) {
            match mark.as_str() {
                "{" => {
                    scoped.push_str(&self.in_selector(&css[at..mark.start()]));
                    depth += 1;
                }
                "}" if depth == 0 => {
                    // It would end the scope.
                    scoped.push_str(&css[at..mark.start()]);
                    at = mark.end();
                    continue;
                }
                "}" => {
                    scoped.push_str(&css[at..mark.start()]);
                    depth -= 1;
                }
                ";" => scoped.push_str(&css[at..mark.start()]),
                _ => continue,
            }
            scoped.push_str(mark.as_str());
            at = mark.end();
        }
        scoped.push_str(&css[at..]);
        format!("@scope ([data-scope=\"{}\"]) {{ {scoped} }}", self.scope)
    }

    /// What stands before a brace: names by `#` are ids there, and colours elsewhere.
    fn in_selector(&self, text: &str) -> String {
        let named = |found: &Captures<'_>| {
            let (before, id) = match (found.get(1).or(found.get(3)), found.get(2).or(found.get(4))) {
                (Some(before), Some(id)) => (before.as_str(), id.as_str()),
                _ => return found[0].to_owned(),
            };
            if self.ids.contains(id.replace('\\', "").as_str()) {
                format!("{before}{}", self.of(id))
            } else {
                found[0].to_owned()
            }
        };
        SELECTED.replace_all(text, named).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(svg: &str) -> String {
        super::apart(svg, "s").into_owned()
    }

    #[test]
    fn a_figure_carries_its_description() {
        let svg = figure("<?xml?>\n<svg width=\"1\">\n</svg>", "a \"bowl\"", "3-0", "s");
        assert_eq!(svg, "<svg role=\"img\" aria-label=\"a &quot;bowl&quot;\" data-figure=\"3-0\" width=\"1\"> </svg>");
        let svg = figure("<svg><style>a{}</style></svg>", "", "3-0", "s");
        let style = "@scope ([data-scope=&quot;s&quot;]) &#123; a&#123;} }";
        let picture = format!("<svg role=\"img\" aria-label=\"\" data-figure=\"3-0\"><style>{style}</style></svg>");
        assert_eq!(svg, format!("<div data-scope=\"s\">{picture}</div>"));
        let svg = figure("<svg><g id=\"a\"/></svg>", "", "3-0", "s");
        assert_eq!(svg, "<svg role=\"img\" aria-label=\"\" data-figure=\"3-0\"><g id=\"s-a\"/></svg>");
    }

    #[test]
    fn ids_and_their_uses_get_the_same_name() {
        for (svg, own) in [
            ("<svg><a id=\"g\"/><b fill=\"url(#g)\"/></svg>", "<svg><a id=\"s-g\"/><b fill=\"url(#s-g)\"/></svg>"),
            (
                "<svg><a id='g'/><b href='#g' xlink:href=\"#g\"/>",
                "<svg><a id='s-g'/><b href='#s-g' xlink:href=\"#s-g\"/>",
            ),
            ("<svg><a id=g /><b href=#g />", "<svg><a id=s-g /><b href=#s-g />"),
            (
                "<svg id=\"g\" style=\"fill: url( '#g' ); mask:URL(#g)\">",
                "<svg id=\"s-g\" style=\"fill: url( &#39;#s-g&#39; ); mask:URL(#s-g)\">",
            ),
            ("<svg><a id=\"g\" x=\"url(&quot;#g&quot;)\"/>", "<svg><a id=\"s-g\" x=\"url(&quot;#s-g&quot;)\"/>"),
            (
                "<svg aria-labelledby=\"t  d x\"><t id=t /><d id=d />",
                "<svg aria-labelledby=\"s-t  s-d x\"><t id=s-t /><d id=s-d />",
            ),
            (
                "<svg><a id=\"b1\" begin=\"b1.click; 2s; c.end + 1s;b1.end\" end=\"b1.x\"/>",
                "<svg><a id=\"s-b1\" begin=\"s-b1.click; 2s; c.end + 1s;s-b1.end\" end=\"s-b1.x\"/>",
            ),
            (
                "<svg><a id=a /><a id=b /><c attributeName=\"href\" values=\"#a; #b\"/><c values=\"#a;#b\"/>",
                "<svg><a id=s-a /><a id=s-b /><c attributeName=\"href\" values=\"#s-a; #s-b\"/><c values=\"#a;#b\"/>",
            ),
            (
                "<svg><a id=\"\"/><a href=\"#x\" fill=\"url(x.svg#y)\"/>",
                "<svg><a id=\"\"/><a href=\"#x\" fill=\"url(x.svg#y)\"/>",
            ),
            ("<svg><text>id url(#g)</text><a id=\"g\"/>", "<svg><text>id url(#g)</text><a id=\"s-g\"/>"),
        ] {
            assert_eq!(apart(svg), own, "{svg}");
        }
    }

    #[test]
    fn style_sheets_hold_for_their_picture_alone() {
        let style = |css: &str| {
            let svg = apart(&format!("<svg><a id=\"g\"/><a id=\"fff\"/><style>{css}</style></svg>"));
            let css = svg.split_once("<style>").unwrap().1.replace("&#123;", "{").replace("&quot;", "\"");
            let css = css.strip_prefix("@scope ([data-scope=\"s\"]) { ").unwrap();
            css.strip_suffix(" }</style></svg>").unwrap().replace("&gt;", ">")
        };
        for (css, own) in [
            (".a { fill: red }", ".a { fill: red }"),
            ("#g > b, #x, [id=\"g\"] { fill: url(#g) }", "#s-g > b, #x, [id=\"s-g\"] { fill: url(#s-g) }"),
            ("#fff { fill: #fff; stroke: #fff }", "#s-fff { fill: #fff; stroke: #fff }"),
            ("@media print { #g { a: b } } #g{}", "@media print { #s-g { a: b } } #s-g{}"),
            ("a {} } body { color: red }", "a {}  body { color: red }"),
            ("/* } */ a::after { content: '}' } b {}", "/* } */ a::after { content: '}' } b {}"),
            (
                "@keyframes k { to { a: b } } a { animation: k 1s, kk 2s }",
                "@keyframes s-k { to { a: b } } a { animation: s-k 1s, kk 2s }",
            ),
            ("a > b {}", "a > b {}"),
            ("<![CDATA[a > b {}]]>", "a > b {}"),
            (" <![CDATA[ a > b {} ]]> ", "  a > b {}  "),
        ] {
            assert_eq!(style(css), own, "{css}");
        }
        assert_eq!(apart("<svg><style/></svg>"), "<svg><style/></svg>");
    }
}
