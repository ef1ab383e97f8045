//! The colours of figures: those of the page's theme, by class.

use std::fmt::Write as _;

use plotters::style::RGBColor;
use plotters_backend::BackendColor;

/// Colours that a page's theme sets: each can be read on light and on dark pages, as text too.
///
/// [`figure`](crate::figure) writes them as classes (`pen-blue`), which SVG of another origin may use too: an element of the
/// class `pen-blue` has that `color`, and draws with it as `currentColor`. Plotters' `RED`, `YELLOW`, `GREEN`, `CYAN`, `BLUE` and
/// `MAGENTA` are taken for the nearest of them, `BLACK` for the colour of the text, `WHITE` for that of the page.
pub mod pens {
    use plotters::style::RGBColor;

    /// Blue.
    pub const BLUE: RGBColor = RGBColor(0x0b, 0x62, 0xa4);
    /// Vermilion, a red.
    pub const VERMILION: RGBColor = RGBColor(0xa5, 0x42, 0x00);
    /// Green.
    pub const GREEN: RGBColor = RGBColor(0x00, 0x68, 0x4a);
    /// Purple.
    pub const PURPLE: RGBColor = RGBColor(0x8e, 0x3c, 0x74);
    /// Amber, a dark yellow.
    pub const AMBER: RGBColor = RGBColor(0x6f, 0x52, 0x00);
    /// Cyan.
    pub const CYAN: RGBColor = RGBColor(0x0b, 0x63, 0x70);
    /// Grey: what is not to be seen first.
    pub const GREY: RGBColor = RGBColor(0x5c, 0x5c, 0x5c);
}

type Rgb = (u8, u8, u8);

/// A pen: its name, its colour on light pages, and what else stands for it.
type Pen = (&'static str, RGBColor, Option<Rgb>);

const PENS: [Pen; 7] = [
    ("blue", pens::BLUE, Some((0, 0, 255))),
    ("vermilion", pens::VERMILION, Some((255, 0, 0))),
    ("green", pens::GREEN, Some((0, 255, 0))),
    ("purple", pens::PURPLE, Some((255, 0, 255))),
    ("amber", pens::AMBER, Some((255, 255, 0))),
    ("cyan", pens::CYAN, Some((0, 255, 255))),
    ("grey", pens::GREY, None),
];

/// What something is drawn with.
pub(super) struct Ink {
    colour: Colour,
    opacity: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Colour {
    /// That of the page's text.
    Text,
    /// That of the page.
    Paper,
    Pen(&'static str, Rgb),
    Other(Rgb),
}

impl Ink {
    /// Of a line or an area.
    pub(super) fn of_shape(BackendColor { rgb, alpha }: BackendColor) -> Ink {
        let pen = PENS.iter().find(|(_, RGBColor(r, g, b), other)| rgb == (*r, *g, *b) || Some(rgb) == *other);
        let colour = match (rgb, pen) {
            ((0, 0, 0), _) => Colour::Text,
            ((255, 255, 255), _) => Colour::Paper,
            (_, Some((name, RGBColor(r, g, b), _))) => Colour::Pen(name, (*r, *g, *b)),
            (rgb, None) => Colour::Other(rgb),
        };
        Ink { colour, opacity: alpha.clamp(0.0, 1.0) }
    }

    /// Of text: a colour of the page, not paler than it is.
    pub(super) fn of_text(colour: BackendColor) -> Ink {
        let ink = Ink::of_shape(colour);
        let opacity = if ink.opacity > 0.0 { 1.0 } else { 0.0 };
        let colour = match ink.colour {
            Colour::Other(rgb) => nearest(rgb),
            colour => colour,
        };
        Ink { colour, opacity }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.opacity == 0.0
    }

    pub(super) fn is_paper(&self) -> bool {
        self.colour == Colour::Paper
    }

    /// The attributes by which it fills or strokes an element.
    pub(super) fn attributes(&self, property: &str) -> String {
        self.attributes_with("", property)
    }

    /// The same for an element that has a class already. `color` is for readers that have no style sheet.
    pub(super) fn attributes_with(&self, class: &str, property: &str) -> String {
        let mut text = String::new();
        let pen = match self.colour {
            Colour::Paper => Some(("paper", (255, 255, 255))),
            Colour::Pen(name, rgb) => Some((name, rgb)),
            Colour::Text | Colour::Other(_) => None,
        };
        let _ = match (class, pen) {
            ("", None) => Ok(()),
            ("", Some((name, rgb))) => write!(text, " class=\"pen-{name}\" color=\"{}\"", hexadecimal(rgb)),
            (class, None) => write!(text, " class=\"{class}\""),
            (class, Some((name, rgb))) => write!(text, " class=\"{class} pen-{name}\" color=\"{}\"", hexadecimal(rgb)),
        };
        let _ = match self.colour {
            Colour::Other(rgb) => write!(text, " {property}=\"{}\"", hexadecimal(rgb)),
            _ => write!(text, " {property}=\"currentColor\""),
        };
        if self.opacity < 1.0 {
            let _ = write!(text, " opacity=\"{}\"", (self.opacity * 1000.0).round() / 1000.0);
        }
        text
    }
}

/// The colour of the page that is next to another.
fn nearest((r, g, b): Rgb) -> Colour {
    let [r, g, b] = [r, g, b].map(f64::from);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let range = most - least;
    let name = if range < 0.2 * most || most < 40.0 {
        match most {
            ..=60.0 => return Colour::Text,
            230.0.. => return Colour::Paper,
            _ => "grey",
        }
    } else {
        let sixth = if most == r {
            ((g - b) / range).rem_euclid(6.0)
        } else if most == g {
            (b - r) / range + 2.0
        } else {
            (r - g) / range + 4.0
        };
        match sixth * 60.0 {
            40.0..70.0 => "amber",
            70.0..165.0 => "green",
            165.0..195.0 => "cyan",
            195.0..260.0 => "blue",
            260.0..340.0 => "purple",
            _ => "vermilion",
        }
    };
    let pen = PENS.iter().find(|(its, ..)| *its == name).map(|(_, RGBColor(r, g, b), _)| (*r, *g, *b));
    pen.map_or(Colour::Text, |rgb| Colour::Pen(name, rgb))
}

fn hexadecimal((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
