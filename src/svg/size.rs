//! How wide a picture must be for its text to be read.

use std::borrow::Cow;

use super::read::Node;
use super::style;

/// The least size of text, in CSS pixels.
const TEXT: f64 = 11.0;
/// The width of a column on a phone, in CSS pixels.
const COLUMN: f64 = 300.0;
/// The classes are this many pixels apart; the style sheet has them up to the last.
const STEP: u32 = 40;
const LAST: u32 = 960;

/// The width that a picture needs for its text to be read. Of pictures whose size or whose text is scaled by a `transform` nothing
/// is known.
pub(super) fn least(nodes: &[Node<'_>]) -> Option<f64> {
    let tags = nodes.iter().filter_map(|node| match node {
        Node::Open { name, attributes, .. } => Some((*name, attributes)),
        _ => None,
    });
    let scales = |(_, attributes): (&str, &Attributes<'_>)| {
        get(attributes, "transform").is_some_and(|value| value.contains("scale") || value.contains("matrix"))
    };
    let (_, root) = tags.clone().next()?;
    if tags.clone().any(scales) {
        return None;
    }
    let size = tags.clone().filter(|(name, _)| *name == "text").filter_map(|(_, text)| size_of(text));
    let least = size.reduce(f64::min).filter(|size| *size > 0.0)?;
    Some(width(root)? * TEXT / least)
}

/// The class of what must be as wide as that.
pub(super) fn class(least: f64) -> String {
    let step = (least / f64::from(STEP)).ceil() * f64::from(STEP);
    format!("recto-least-{}", (step as u32).min(LAST))
}

/// The class of a picture that must be wider than a phone's column.
pub(super) fn wide(least: f64) -> Option<String> {
    (least > COLUMN).then(|| class(least))
}

type Attributes<'a> = Vec<(&'static str, Cow<'a, str>)>;

fn get<'a>(attributes: &'a Attributes<'_>, name: &str) -> Option<&'a str> {
    attributes.iter().find(|(its, _)| *its == name).map(|(_, value)| value.as_ref())
}

/// The width of the view box.
fn width(root: &Attributes<'_>) -> Option<f64> {
    get(root, "viewBox")?.split([' ', ',']).filter(|word| !word.is_empty()).nth(2)?.parse().ok()
}

/// The size of a text where it is its own, in units of the view box.
fn size_of(text: &Attributes<'_>) -> Option<f64> {
    let in_style = get(text, "style").and_then(|css| {
        let declarations = style::declarations(css).ok()?;
        declarations.iter().find(|it| it.name == "font-size").map(|it| it.value)
    });
    let size = in_style.or_else(|| get(text, "font-size"))?;
    size.trim().trim_end_matches("px").parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::svg::{Words, figure};

    #[test]
    fn a_picture_whose_text_would_be_too_small_has_a_least_width() {
        let class = |svg: &str| {
            let html = figure(svg, Words { title: "", description: "" }, "3-0", "s").unwrap().html();
            html.split("recto-least-").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned())
        };
        let text = |size: &str| {
            format!("<svg viewBox='0 0 640 400' class='a'><text {size}>a</text><text font-size='99'/></svg>")
        };
        // 640 * 11 / 17 = 414.1
        assert_eq!(class(&text("font-size='17'")).as_deref(), Some("440"));
        assert_eq!(class(&text("style='font-size: 17px'")).as_deref(), Some("440"));
        assert_eq!(class(&text("font-size='22'")).as_deref(), Some("320"));
        assert_eq!(class(&text("font-size='1'")).as_deref(), Some("960"));
        assert_eq!(class(&text("font-size='24'")), None);
        assert_eq!(class(&text("font-size='17' transform='scale(2)'")), None);
        assert_eq!(class("<svg><text font-size='1'>a</text></svg>"), None);
        assert_eq!(class("<svg viewBox='0 0 300 9'><text font-size='11'>a</text></svg>"), None);
    }
}
