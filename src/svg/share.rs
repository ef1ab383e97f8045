//! Pictures that share what they have in common: it stands in the first of them, and the others draw it by `<use>`.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A picture as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(super) html: String,
    pub(super) scope: String,
    /// The width that it needs for its text to be read, in CSS pixels, where that is known.
    pub(super) least: Option<f64>,
    /// It has style sheets, which hold for what stands in it alone.
    pub(super) has_sheet: bool,
    /// It has rules for its own classes.
    pub(super) has_rules: bool,
    /// The attributes of its root, as its author wrote them.
    pub(super) root: Vec<(&'static str, String)>,
    /// What stands in its root, in order.
    pub(super) children: Vec<Child>,
}

/// What stands in the root of a picture.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) range: Range<usize>,
    /// It draws, wherever it stands.
    pub(super) is_drawn: bool,
}

/// What is shorter is repeated: the way to it is as long.
const WORTH: usize = 120;

impl Picture {
    /// The picture by itself, as HTML.
    pub(crate) fn html(self) -> String {
        if self.has_sheet {
            format!("<div data-scope=\"{}\">{}</div>", self.scope, self.html)
        } else {
            self.html
        }
    }

    fn text(&self, child: usize) -> &str {
        &self.html[self.children[child].range.clone()]
    }

    /// Puts texts in the place of runs of its children.
    fn with(mut self, runs: &[Run], text: impl Fn(usize, &str) -> String) -> Picture {
        for (number, run) in runs.iter().enumerate().rev() {
            let range = self.children[run.start].range.start..self.children[run.start + run.length - 1].range.end;
            let own = text(number, &self.html[range.clone()]);
            self.html.replace_range(range, &own);
        }
        self
    }
}

/// Children that follow each other in each of several pictures.
#[derive(Clone, Copy)]
struct Run {
    /// The first of them, in one picture.
    start: usize,
    length: usize,
}

/// The pictures as HTML, each whole with its root; what they have in common, in the order in which it is drawn, stands in the
/// first of them alone. Pictures whose roots differ, or that have styles of their own, share nothing.
pub(super) fn shared(pictures: Vec<Picture>) -> Vec<String> {
    let is_alike = |pair: &[Picture]| pair[0].root == pair[1].root;
    let is_styled = |picture: &Picture| picture.has_sheet || picture.has_rules;
    if pictures.len() < 2 || pictures.iter().any(is_styled) || !pictures.windows(2).all(is_alike) {
        return pictures.into_iter().map(Picture::html).collect();
    }
    let mut common: Vec<Vec<usize>> = (0..pictures[0].children.len())
        .filter(|child| pictures[0].children[*child].is_drawn)
        .map(|child| vec![child])
        .collect();
    for picture in &pictures[1..] {
        common = narrowed(common, &pictures[0], picture);
    }
    let runs = runs(&common, &pictures);
    let name = format!("{}.shared", pictures[0].scope);
    let written = pictures.into_iter().enumerate().map(|(at, picture)| {
        let runs: Vec<Run> = runs.iter().map(|places| Run { start: places.0[at], length: places.1 }).collect();
        let text = |number: usize, text: &str| match at {
            0 => format!("<g id=\"{name}-{number}\">{text}</g>"),
            _ => format!("<use href=\"#{name}-{number}\"/>"),
        };
        picture.with(&runs, text).html()
    });
    written.collect()
}

/// Of the children that the pictures so far have in common, those that this one has too, with their places in it.
fn narrowed(common: Vec<Vec<usize>>, first: &Picture, picture: &Picture) -> Vec<Vec<usize>> {
    let old: Vec<&str> = common.iter().map(|places| first.text(places[0])).collect();
    let new: Vec<&str> = (0..picture.children.len()).map(|child| picture.text(child)).collect();
    let mut kept = Vec::new();
    for step in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal { old_index, new_index, len } = step {
            kept.extend((0..len).map(|k| (old_index + k, new_index + k)));
        }
    }
    let mut common: Vec<Option<Vec<usize>>> = common.into_iter().map(Some).collect();
    kept.into_iter()
        .filter_map(|(old, new)| {
            let mut places = common[old].take()?;
            places.push(new);
            Some(places)
        })
        .collect()
}

/// The runs of common children that are worth it: where each begins in each picture, and its length.
fn runs(common: &[Vec<usize>], pictures: &[Picture]) -> Vec<(Vec<usize>, usize)> {
    let mut runs: Vec<(Vec<usize>, usize)> = Vec::new();
    for places in common {
        match runs.last_mut() {
            Some((starts, length)) if starts.iter().zip(places).all(|(start, place)| start + *length == *place) => {
                *length += 1;
            }
            _ => runs.push((places.clone(), 1)),
        }
    }
    let size = |(starts, length): &(Vec<usize>, usize)| -> usize {
        (starts[0]..starts[0] + length).map(|child| pictures[0].text(child).len()).sum()
    };
    runs.retain(|run| size(run) >= WORTH);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::{Words, figure};

    const AXES: &str = "<path d='M0 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9'/><path d='M0 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9'/>";

    fn pictures(frames: &[String], root: &str) -> Vec<String> {
        let words = Words { title: "", description: "" };
        let picture = |(at, svg): (usize, &String)| {
            figure(&format!("<svg{root}>{svg}</svg>"), words, &format!("3-{at}"), &format!("s-{at}")).unwrap()
        };
        let pictures = frames.iter().enumerate().map(picture).collect();
        shared(pictures).into_iter().map(|html| html.replace('"', "'")).collect()
    }

    #[test]
    fn what_frames_have_in_common_stands_in_the_first() {
        let frame = |r: u8| format!("{AXES}<circle r='{r}'/>{AXES}<circle r='9'/>");
        let axes = AXES.replace('"', "'");
        let root = |at: u8| format!("<svg role='img' aria-hidden='true' data-figure='3-{at}' viewBox='0 0 9 9'>");
        assert_eq!(
            pictures(&[frame(1), frame(2)], " viewBox='0 0 9 9'"),
            [
                format!(
                    "{}<g id='s-0.shared-0'>{axes}</g><circle r='1'/><g id='s-0.shared-1'>{axes}<circle r='9'/></g></svg>",
                    root(0)
                ),
                format!("{}<use href='#s-0.shared-0'/><circle r='2'/><use href='#s-0.shared-1'/></svg>", root(1)),
            ]
        );
    }

    #[test]
    fn what_would_look_otherwise_is_not_shared() {
        let uses = |frames: [String; 2], root: &str| pictures(&frames, root).concat().matches("<use").count();
        let frame = |more: &str| format!("{more}{AXES}");
        assert_eq!(uses([frame(""), frame("<circle r='1'/>")], ""), 1);
        assert_eq!(uses([frame("<style>path { fill: red }</style>"), frame("")], ""), 0);
        assert_eq!(uses([frame("<g style='font: 9px a'/>"), frame("")], ""), 0);
        let with_id = || format!("<g id='a'>{AXES}</g>");
        assert_eq!(uses([with_id(), with_id()], ""), 0);
        let gradient = || format!("<defs>{AXES}</defs>");
        assert_eq!(uses([gradient(), gradient()], ""), 0);
        let other =
            figure(&format!("<svg fill='red'>{AXES}</svg>"), Words { title: "", description: "" }, "3-1", "s-1");
        let one = figure(&format!("<svg>{AXES}</svg>"), Words { title: "", description: "" }, "3-0", "s-0");
        assert!(!shared(vec![one.unwrap(), other.unwrap()]).concat().contains("<use"));
    }
}
