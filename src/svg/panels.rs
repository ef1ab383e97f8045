//! Pictures side by side: one figure, whose panels stand below each other where a row of them has no room. So words can't name
//! them by their side, and each has a letter.

use super::share::{Picture, shared};
use super::size;
use crate::runtime::figure::letter;

/// The pictures of a figure.
#[derive(Clone, Debug)]
pub(crate) struct Panels {
    /// How many stand side by side where there is room.
    pub(crate) columns: u32,
    pub(crate) pictures: Vec<Picture>,
}

/// The figures as HTML; what they have in common stands in the first of them alone, panel by panel.
pub(crate) fn shared_panels(figures: Vec<Panels>) -> Vec<String> {
    let arranged: Vec<Arranged> = figures.iter().map(Arranged::of).collect();
    let count = figures.iter().map(|figure| figure.pictures.len()).max().unwrap_or(0);
    let mut panels: Vec<_> = figures.into_iter().map(|figure| figure.pictures.into_iter()).collect();
    let mut written = vec![String::new(); panels.len()];
    for number in 0..count {
        let (places, pictures): (Vec<usize>, Vec<Picture>) =
            panels.iter_mut().enumerate().filter_map(|(at, panels)| Some((at, panels.next()?))).unzip();
        for (at, picture) in places.into_iter().zip(shared(pictures)) {
            written[at].push_str(&arranged[at].panel(number, &picture));
        }
    }
    written.into_iter().zip(arranged).map(|(panels, arranged)| arranged.html(panels)).collect()
}

/// How the panels of a figure stand.
struct Arranged {
    count: usize,
    columns: u32,
    /// The class of the width that each needs for its text to be read.
    least: Option<String>,
}

impl Arranged {
    /// The style sheet knows no more columns.
    const MOST: u32 = 6;

    fn of(figure: &Panels) -> Self {
        Arranged {
            count: figure.pictures.len(),
            columns: figure.columns.clamp(1, Self::MOST),
            least: figure.pictures.iter().filter_map(|picture| picture.least).reduce(f64::max).map(size::class),
        }
    }

    /// The letter is read out where the alternative text has it.
    fn panel(&self, number: usize, picture: &str) -> String {
        if self.count < 2 {
            return picture.to_owned();
        }
        let letter = letter(number);
        format!("<div><span class=\"recto-letter\" aria-hidden=\"true\">({letter})</span>{picture}</div>")
    }

    fn html(&self, panels: String) -> String {
        if self.count < 2 {
            return panels;
        }
        let columns = format!("recto-columns-{}", self.columns);
        let classes: Vec<&str> = ["recto-panels", &columns].into_iter().chain(self.least.as_deref()).collect();
        format!("<div class=\"{}\">{panels}</div>", classes.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::{Words, figure};

    const AXES: &str = "<path d='M0 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9 0h9'/><path d='M0 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9 0v9'/>";

    fn panels(frame: usize, drawn: &[&str]) -> Panels {
        let picture = |(at, svg): (usize, &&str)| {
            let words = Words {
                title: if at == 0 { "t" } else { "" },
                description: "",
            };
            let svg = format!("<svg viewBox='0 0 320 200'>{svg}</svg>");
            figure(&svg, words, &format!("3-{frame}.{at}"), &format!("s-{frame}.{at}")).unwrap()
        };
        Panels {
            columns: 2,
            pictures: drawn.iter().enumerate().map(picture).collect(),
        }
    }

    #[test]
    fn panels_stand_in_a_grid_and_the_first_has_the_words() {
        let html = shared_panels(vec![panels(0, &["<text font-size='17'>a</text>", "<path d='M0 0'/>"])]).concat();
        let begin = "<div class=\"recto-panels recto-columns-2 recto-least-240\"><div><span class=\"recto-letter\" aria-hidden=\"true\">(a)</span>\
                     <svg role=\"img\" aria-labelledby=\"s-0.0.title\"";
        assert!(html.starts_with(begin), "{html}");
        assert!(html.contains("(b)</span><svg role=\"img\" aria-hidden=\"true\" data-figure=\"3-0.1\""), "{html}");
        assert!(!shared_panels(vec![panels(0, &["<path d='M0 0'/>"])]).concat().contains("<div"));
    }

    #[test]
    fn each_panel_shares_with_its_own_kind() {
        let html = shared_panels((0..3).map(|frame| panels(frame, &[AXES, AXES])).collect());
        let uses =
            |name: &str| html.iter().filter(|it| it.contains(&format!("<use href=\"#s-0.{name}.shared-0\""))).count();
        assert_eq!((uses("0"), uses("1")), (2, 2));
    }
}
