//! Figures: SVG pictures that draw and do nothing else.
//!
//! In: the SVG that a cell shows. Out: the picture as HTML on one line, made of listed elements, attributes, properties and
//! addresses, or what else was found in it. It is written anew from what was parsed, so that it means to every browser what
//! was looked at. What it names by an id is its own, its style sheets reach no further, and it has no `style` attributes,
//! which the pages' policy does not know.

mod allowed;
mod names;
mod panels;
mod read;
mod share;
mod size;
mod style;
mod words;
mod write;

use std::collections::{HashMap, HashSet};

use crate::html::tags::tokens;
pub(crate) use allowed::{Refused, spelled_attribute, spelled_element};
use names::Names;
pub(crate) use panels::{Panels, shared_panels};
use read::{Node, Reader};
pub(crate) use share::Picture;
pub(crate) use words::Words;
use write::Writer;

/// A picture as HTML, with what it is called and shows inside. `id` is its own on its page, `scope` on all pages.
///
/// # Errors
/// What it can't hold, each once.
pub(crate) fn figure(svg: &str, words: Words<'_>, id: &str, scope: &str) -> Result<Picture, Vec<Refused>> {
    let mut reader = Reader::default();
    for token in tokens(svg) {
        if let Err(refused) = reader.token(token) {
            reader.refuse(refused);
        }
        if reader.is_broken {
            break;
        }
    }
    reader.end();
    let Reader { nodes, refused, .. } = reader;
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut names = Names {
        scope,
        ids: HashSet::new(),
        keyframes: HashSet::new(),
    };
    for node in &nodes {
        match node {
            Node::Open { attributes, .. } => {
                let ids = attributes.iter().filter(|(name, value)| *name == "id" && !value.is_empty());
                names.ids.extend(ids.map(|(_, id)| id.to_string()));
            }
            Node::Style(css) => names.keyframes.extend(style::keyframes(css)),
            Node::Close(_) | Node::Text(_) => {}
        }
    }
    let writer = Writer {
        has_sheet: nodes.iter().any(|node| matches!(node, Node::Style(_))),
        names,
        numbers: HashMap::new(),
        rules: String::new(),
        html: String::with_capacity(svg.len() * 5 / 4),
        children: Vec::new(),
    };
    writer.picture(&nodes, words, id).map_err(|refused| vec![refused])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::allowed::Fate;
    use super::*;
    use crate::html::escape;
    use crate::html::tags::Token;

    const ROOT: &str = "<svg role=\"img\" aria-hidden=\"true\" data-figure=\"3-0\"";

    fn drawn(svg: &str, description: &str) -> Result<String, Vec<Refused>> {
        let words = Words { title: "", description };
        figure(svg, words, "3-0", "s").map(Picture::html)
    }

    /// What becomes of what is in a root.
    fn inside(svg: &str) -> String {
        let picture = drawn(&format!("<svg>{svg}</svg>"), "").unwrap();
        let picture = picture.strip_prefix("<div data-scope=\"s\">").map_or(picture.as_str(), |it| &it[..it.len() - 6]);
        let inner = picture.strip_prefix(ROOT).and_then(|it| it.strip_prefix('>')).unwrap();
        inner
            .strip_suffix("</svg>")
            .unwrap()
            .replace("&#123;", "{")
            .replace("&quot;", "'")
            .replace('"', "'")
            .replace("&gt;", ">")
    }

    fn refused(svg: &str) -> Vec<String> {
        let refused = drawn(svg, "").expect_err(svg);
        refused.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn a_figure_carries_its_description_and_nothing_of_its_surroundings() {
        let svg = "\u{feff}<?xml version='1.0'?>\n<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd' [ <!ENTITY a 'b'> ]>\n\
                   <!-- <svg> --><svg width='1' role='none'>\n<metadata><rdf:RDF><a/></rdf:RDF></metadata></svg>\n<!-- end -->";
        let picture = drawn(svg, "a \"bowl\"\nof").unwrap();
        assert_eq!(
            picture,
            "<svg role=\"img\" aria-labelledby=\"s.desc\" data-figure=\"3-0\" width=\"1\">\
             <desc id=\"s.desc\">a &quot;bowl&quot; of</desc> </svg>"
        );
        let picture = drawn("<svg viewbox='0 0 1 1'/>", "").unwrap();
        assert_eq!(picture, format!("{ROOT} viewBox=\"0 0 1 1\"></svg>"));
        let picture = drawn("<svg><style>a{}</style></svg>", "").unwrap();
        let style = "@scope ([data-scope=&quot;s&quot;]) &#123; a&#123;} }";
        assert_eq!(picture, format!("<div data-scope=\"s\">{ROOT}><style>{style}</style></svg></div>"));
    }

    #[test]
    fn what_draws_stays() {
        for (svg, own) in [
            ("<lineargradient gradientunits=a /><g/>", "<linearGradient gradientUnits=\"a\"/><g/>"),
            ("<text>a &lt; b {{c}} &#x3c0;</text>", "<text>a &lt; b {{c}} π</text>"),
            ("<text><![CDATA[a < b]]></text>", "<text>a &lt; b</text>"),
            ("<title>a<!-- b --></title><desc/>", "<title>a</title><desc/>"),
            ("<image href='data:image/png;base64,AA=='/>", "<image href='data:image/png;base64,AA=='/>"),
            ("<image xlink:href='a/dot.png'/>", "<image xlink:href='a/dot.png'/>"),
            ("<a href='https://a.b/'><path d='M0 0'/></a>", "<a href='https://a.b/'><path d='M0 0'/></a>"),
            ("<g inkscape:label='a' xmlns:x='y'><sodipodi:b c='d'><g/></sodipodi:b></g>", "<g></g>"),
            ("<rect fill='red' fill='blue'/>", "<rect fill='red'/>"),
            (
                "<animate attributeName='opacity' values='0;1' dur='1s'/>",
                "<animate attributeName='opacity' values='0;1' dur='1s'/>",
            ),
            (
                "<g transform='translate(1 2)' filter='blur(2px)'/>",
                "<g transform='translate(1 2)' filter='blur(2px)'/>",
            ),
        ] {
            assert_eq!(inside(svg), own.replace('"', "'"), "{svg}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        for (svg, what) in [
            ("<svg><script>a</script></svg>", "a figure can't hold `<script>`"),
            ("<svg><SCRIPT/></svg>", "a figure can't hold `<script>`"),
            (
                "<svg><foreignObject><iframe srcdoc='a'/></foreignObject></svg>",
                "a figure can't hold `<foreignobject>`",
            ),
            ("<svg><p>a</p></svg>", "a figure can't hold `<p>`"),
            ("<svg><html:b/></svg>", "a figure can't hold `<html:b>`"),
            ("<svg><handler/></svg>", "a figure can't hold `<handler>`"),
            ("<svg onload='a()'/>", "a figure can't hold the attribute `onload` of `<svg>`"),
            ("<svg><g onclick=a()></g></svg>", "a figure can't hold the attribute `onclick` of `<g>`"),
            ("<svg data-figure='1'/>", "a figure can't hold the attribute `data-figure` of `<svg>`"),
            ("<svg xml:base='//a.b'/>", "a figure can't hold the attribute `xml:base` of `<svg>`"),
            ("<svg><title><b/></title></svg>", "a figure's `<title>` can't hold `<b>`"),
            ("<svg></svg><script>a</script>", "this figure goes on after its `</svg>` with `<script>`"),
            ("<svg></svg><svg></svg>", "this figure goes on after its `</svg>` with `<svg>`"),
            ("<svg></svg>a", "this figure goes on after its `</svg>`"),
            ("<p><svg></svg></p>", "this figure begins with `<p>`"),
            ("<svg><g></svg>", "this figure closes `<g>` by `</svg>`"),
            ("<svg><g>", "this figure does not close its `<g>`"),
            ("<svg", "this figure has no `<svg>`"),
            ("<!-- <svg/>", "this figure has no `<svg>`"),
            (
                "<svg><rect class='recto-claim'/></svg>",
                "a figure can't have the class `recto-claim`, which is recto's",
            ),
            ("<svg><set attributeName='href' to='#a'/></svg>", "a figure can't animate `href`"),
            ("<svg><animate attributename=' xlink:HREF'/></svg>", "a figure can't animate ` xlink:HREF`"),
            ("<svg><set attributeName='onclick' to='a'/></svg>", "a figure can't animate `onclick`"),
            ("<svg><set attributeName='fill' to='url(//a.b)'/></svg>", "a figure's style can't fetch `//a.b`"),
            ("<svg><g fill='url(a.svg#b)'/></svg>", "a figure's style can't fetch `a.svg#b`"),
            (r"<svg><g mask='u\72 l(\68ttp://a.b)'/></svg>", "a figure's style can't fetch `http://a.b`"),
            ("<svg><g style='fill: url(//a.b)'/></svg>", "a figure's style can't fetch `//a.b`"),
            (
                "<svg><g style='fill: image-set(\"//a.b\" 1x)'/></svg>",
                "a figure's style can't hold the function `image-set()`",
            ),
            ("<svg><g style='position: fixed'/></svg>", "a figure's style can't hold the property `position`"),
            ("<svg><g style='fill: {}'/></svg>", "a figure's style can't hold `fill: {}`"),
            (
                "<svg><g style='fill: red; /* '/></svg>",
                "a figure's style can't hold a text or comment that does not end",
            ),
            (
                "<svg><g style='font-family: \"a'/></svg>",
                "a figure's style can't hold a text or comment that does not end",
            ),
            ("<svg><g style='fill: rgb(1'/></svg>", "a figure's style can't hold `rgb(` without its end"),
            ("<svg><g style='fill: red) x'/></svg>", "a figure's style can't hold `)`"),
            ("<svg><style>@import 'a.css';</style></svg>", "a figure's style can't hold `@import 'a.css'`"),
            ("<svg><style>@font-face { a: b }</style></svg>", "a figure's style can't hold `@font-face`"),
            ("<svg><style>a { fill: url(&#47;/a.b) }</style></svg>", "a figure's style can't fetch `//a.b`"),
            (
                "<svg><style>a { b { fill: red } }</style></svg>",
                "a figure's style can't hold a rule within a rule, `b`",
            ),
            ("<svg><style>a {} } main {}</style></svg>", "a figure's style can't hold `}`"),
            ("<svg><style>a { fill: red</style></svg>", "a figure's style can't hold `{` without its end"),
            ("<svg><style>a; b {}</style></svg>", "a figure's style can't hold `a`"),
        ] {
            assert_eq!(refused(svg), [what], "{svg}");
        }
    }

    #[test]
    fn addresses_lead_to_what_is_in_the_figure() {
        for (element, address) in [
            ("image", "https://a.b/c"),
            ("image", " hTTp://a.b/c"),
            ("image", "//a.b/c"),
            ("image", "/\\a.b/c"),
            ("image", "/\t/a.b/c"),
            ("image", "data:image/svg+xml,<svg/>"),
            ("image", "data:text/html,a"),
            ("image", "javascript:a()"),
            ("use", "a.svg#b"),
            ("use", "data:image/png;base64,AA=="),
            ("feImage", "//a.b/c"),
            ("a", "javascript:a()"),
            ("a", " java\nscript:a()"),
            ("a", "data:text/html,a"),
            ("a", "vbscript:a"),
            ("linearGradient", "//a.b#c"),
        ] {
            for name in ["href", "xlink:href"] {
                let svg = format!("<svg><{element} {name}=\"{}\"/></svg>", escape(address));
                let [message] = &refused(&svg)[..] else { panic!("{svg}") };
                assert!(message.contains(&format!("in `{name}` of `<{element}>`")), "{message}");
            }
        }
    }

    #[test]
    fn ids_and_their_uses_get_the_same_name() {
        for (svg, own) in [
            ("<g id='g'/><g fill='url(#g)'/>", "<g id='s-g'/><g fill='url(#s-g)'/>"),
            ("<g id=g /><use href='#g' xlink:href=' #g'/>", "<g id='s-g'/><use href='#s-g' xlink:href=' #s-g'/>"),
            ("<g id='g'/><g style='fill: url( \"#g\" )'/>", "<g id='s-g'/><g fill='url( '#s-g' )'/>"),
            ("<g id='a b'/><g mask=\"url('#a b')\"/>", "<g id='s-a b'/><g mask='url('#s-a b')'/>"),
            (
                "<g aria-labelledby='t  d x'/><g id=t /><g id=d />",
                "<g aria-labelledby='s-t  s-d x'/><g id='s-t'/><g id='s-d'/>",
            ),
            (
                "<set id='b1' begin='b1.click; 2s; c.end + 1s;b1.end' end='b1.x'/>",
                "<set id='s-b1' begin='s-b1.click; 2s; c.end + 1s;s-b1.end' end='s-b1.x'/>",
            ),
            (
                "<g id=g /><set attributeName='fill' to='url(#g)' from='#g'/>",
                "<g id='s-g'/><set attributeName='fill' to='url(#s-g)' from='#g'/>",
            ),
            ("<g id=''/><use href='#x' fill='url(#x)'/>", "<g/><use href='#x' fill='url(#x)'/>"),
            ("<text>id url(#g)</text><g id='g'/>", "<text>id url(#g)</text><g id='s-g'/>"),
        ] {
            assert_eq!(inside(svg), own, "{svg}");
        }
    }

    #[test]
    fn styles_become_attributes_or_classes() {
        for (svg, own) in [
            (
                "<g style='fill: none; stroke:#000;stroke-width: 0.8 ; ' stroke='red' class='a'/>",
                "<g class='a' fill='none' stroke='#000' stroke-width='0.8'/>",
            ),
            ("<g style=' ; '/>", "<g/>"),
            ("<g style='-inkscape-font-specification: a'/>", "<g/>"),
            (
                "<g style='font: 10px a; fill: red'/><g style='font: 10px a'/><g class='b' style='fill: red !important'/>",
                "<g fill='red' class='s-style-0'/><g class='s-style-0'/><g class='b s-style-1'/>\
                 <style>.s-style-0:not(#s-style-0#s-style-0){font:10px a}.s-style-1:not(#s-style-1#s-style-1){fill:red !important}</style>",
            ),
            (
                "<style>*{stroke: red}</style><g style='stroke: blue'/>",
                "<style>@scope ([data-scope='s']) { *{stroke:red} }</style><g class='s-style-0'/>\
                 <style>.s-style-0:not(#s-style-0#s-style-0){stroke:blue}</style>",
            ),
        ] {
            assert_eq!(inside(svg), own, "{svg}");
        }
        let root = drawn("<svg style='fill: red'></svg>", "").unwrap();
        assert!(root.contains("class=\"s-style-0\"") && root.contains("&#123;fill:red}"), "{root}");
    }

    #[test]
    fn style_sheets_hold_for_their_picture_alone() {
        let sheet = |css: &str| {
            let picture = inside(&format!("<a id='g'/><a id='fff'/><style>{css}</style>"));
            let css = picture.split_once("{ ").unwrap().1;
            css.strip_suffix(" }</style>").unwrap().to_owned()
        };
        for (css, own) in [
            (".a { fill: red }", ".a{fill:red}"),
            ("#g > b, #x, [id='g'] { fill: url(#g) }", "#s-g > b, #x, [id='s-g']{fill:url(#s-g)}"),
            ("#fff { fill: #fff; stroke: #fff }", "#s-fff{fill:#fff;stroke:#fff}"),
            ("@media print { #g { fill: red } } #g{}", "@media print{#s-g{fill:red}}#s-g{}"),
            ("/* } */ a { font-family: '}' } b {}", "a{font-family:'}'}b{}"),
            (
                "@keyframes k { to { opacity: 1 } } a { animation: k 1s, kk 2s }",
                "@keyframes s-k{to{opacity:1}}a{animation:s-k 1s, kk 2s}",
            ),
            ("<![CDATA[a > b {}]]>", "a > b{}"),
            (" <![CDATA[ a > b {} ]]> ", "a > b{}"),
            ("&lt;!-- a {} --&gt;", "a{}"),
            ("a { --c: 1; fill: var(--c) }", "a{--c:1;fill:var(--c)}"),
        ] {
            assert_eq!(sheet(css), own, "{css}");
        }
        assert_eq!(inside("<style/>"), "<style/>");
    }

    proptest! {
        #[test]
        fn a_picture_is_read_as_it_was_written(pieces in prop::collection::vec(prop::sample::select(vec![
            "<svg>", "</svg>", "<g>", "</g>", "<g id='a' style='fill: url(#a)'>", "<style>", "</style>", "a { fill: red }", "{", "}",
            "<title>", "</title>", "<text>", "</text>", "<rect/>", "&lt;script&gt;", "<![CDATA[", "]]>", "<!--", "-->", "\"", "'",
            "<a href='#a'>", "</a>", "url(", ")", "\\", "\n", "<metadata>", "</metadata>", "é", "<script>", " onload=a ", "<p>",
        ]), 0..24)) {
            let svg = format!("<svg>{}</svg>", pieces.concat());
            if let Ok(picture) = drawn(&svg, "") {
                prop_assert!(!picture.contains('\n'));
                for token in tokens(&picture) {
                    let Token::Open(tag) = token else { continue };
                    prop_assert!(tag.name == "div" || matches!(allowed::element(&tag.name), Fate::Stays(_)), "{}", tag.name);
                    prop_assert!(tag.attribute("style").is_none() && !tag.attributes.iter().any(|it| it.name.starts_with("on")));
                }
            }
        }
    }
}
