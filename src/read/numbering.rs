//! Numbers of a chapter's headings: that of mdBook's sidebar for the chapter, and those below it for its sections.

use pulldown_cmark::HeadingLevel;

use super::label::LabelKind;

/// Numbers in a chapter, as it is read from top to bottom. As in a printed book, a number has at most three parts: in chapter
/// 3 they are 3, 3.2 and 3.2.1, in chapter 4.1 there are 4.1 and 4.1.2.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbering {
    /// The chapter's number; none where nothing in it is numbered.
    chapter: Option<String>,
    /// Chapters stand below it: theirs are the numbers that its sections would have.
    has_parts: bool,
    is_titled: bool,
    sections: usize,
    subsections: usize,
}

impl Numbering {
    /// Of a chapter with this number; `has_parts` says whether others stand below it.
    pub(super) fn new(chapter: Option<&str>, has_parts: bool) -> Numbering {
        Numbering {
            chapter: chapter.map(str::to_owned),
            has_parts,
            ..Numbering::default()
        }
    }

    /// The number of the next heading. One that has a label of an exercise has a number as such.
    pub(super) fn next(&mut self, level: HeadingLevel, label: Option<&str>) -> Option<String> {
        let chapter = self.chapter.as_deref()?;
        if label.and_then(LabelKind::of) == Some(LabelKind::Exercise) {
            return None;
        }
        let in_chapter = !self.has_parts;
        match level {
            HeadingLevel::H1 => (!std::mem::replace(&mut self.is_titled, true)).then(|| chapter.to_owned()),
            HeadingLevel::H2 if in_chapter => {
                (self.sections, self.subsections) = (self.sections + 1, 0);
                Some(format!("{chapter}.{}", self.sections))
            }
            HeadingLevel::H3 if in_chapter && self.sections > 0 && !chapter.contains('.') => {
                self.subsections += 1;
                Some(format!("{chapter}.{}.{}", self.sections, self.subsections))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use HeadingLevel::{H1, H2, H3, H4};

    use super::*;

    fn numbers(chapter: &str, has_parts: bool, headings: &[(HeadingLevel, Option<&str>)]) -> Vec<Option<String>> {
        let mut numbering = Numbering::new(Some(chapter), has_parts);
        headings.iter().map(|(level, label)| numbering.next(*level, *label)).collect()
    }

    #[test]
    fn three_parts_are_the_most() {
        let headings = [H1, H3, H2, H3, H4, H3, H2, H3, H1].map(|level| (level, None));
        let of = |chapter, has_parts| {
            let numbers = numbers(chapter, has_parts, &headings).into_iter();
            numbers.map(Option::unwrap_or_default).collect::<Vec<_>>()
        };
        assert_eq!(of("3", false), ["3", "", "3.1", "3.1.1", "", "3.1.2", "3.2", "3.2.1", ""]);
        assert_eq!(of("4.1", false), ["4.1", "", "4.1.1", "", "", "", "4.1.2", "", ""]);
        assert_eq!(of("4", true), ["4", "", "", "", "", "", "", "", ""]);
    }

    #[test]
    fn exercises_are_numbered_apart() {
        let headings = [
            (H2, None),
            (H3, Some("ex-a")),
            (H3, Some("sec-b")),
            (H2, Some("ex-c")),
            (H2, None),
        ];
        let found: Vec<String> = numbers("1", false, &headings).into_iter().map(Option::unwrap_or_default).collect();
        assert_eq!(found, ["1.1", "", "1.1.1", "", "1.2"]);
    }
}
