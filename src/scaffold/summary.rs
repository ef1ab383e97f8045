//! Where a new chapter's line goes in `SUMMARY.md`; all else in it stays as it is, to the byte.

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::problem::nearest;

/// Where a chapter is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where<'a> {
    /// After the last numbered chapter.
    Last,
    /// After a chapter, given by its path or title, and those below it.
    After(&'a str),
    /// At the end of a part, given by its title.
    Part(&'a str),
}

/// A name that is none of a chapter or part, and what is likely meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(super) what: &'static str,
    pub(super) meant: Option<String>,
}

/// A line of the summary that names a chapter.
#[derive(Debug, Default)]
struct Entry {
    path: String,
    title: String,
    /// What stands before the link on its line, as `  - `.
    mark: String,
    /// Where its last line ends, or that of the last chapter below it.
    end: usize,
    /// How many lists it stands in; none where it has no number.
    depth: usize,
    /// The part in which it stands, by its index.
    part: Option<usize>,
}

#[derive(Debug, Default)]
struct Outline {
    entries: Vec<Entry>,
    /// The titles of the parts, and where their lines end.
    parts: Vec<(String, usize)>,
}

/// The summary with the chapter that `link` names, as `[Title](file.md)`.
///
/// # Errors
/// The chapter or part after which it is to stand is not there.
pub(crate) fn with_chapter(summary: &str, link: &str, place: Where<'_>) -> Result<String, Unknown> {
    let outline = Outline::of(summary);
    let first_level = |entry: &&Entry| entry.depth == 1;
    let after = |entry: &Entry| (entry.end, format!("{}{link}", entry.mark));
    let line_end = if summary.contains("\r\n") { "\r\n" } else { "\n" };
    let (at, line) = match place {
        Where::Last => match outline.entries.iter().rfind(first_level) {
            Some(entry) => after(entry),
            None if summary.is_empty() => (0, format!("- {link}")),
            None => (summary.len(), format!("{line_end}- {link}")),
        },
        Where::After(name) => after(outline.chapter(name)?),
        Where::Part(title) => {
            let part = outline.part(title)?;
            match outline.entries.iter().filter(first_level).rfind(|entry| entry.part == Some(part)) {
                Some(entry) => after(entry),
                None => (outline.parts[part].1, format!("{line_end}- {link}")),
            }
        }
    };
    let (before, behind) = summary.split_at(at);
    let open = if before.is_empty() || before.ends_with('\n') { "" } else { line_end };
    Ok(format!("{before}{open}{line}{line_end}{behind}"))
}

impl Outline {
    fn of(summary: &str) -> Outline {
        let mut outline = Outline::default();
        // The items of lists in which the parser is: where each begins, and its entry.
        let mut items: Vec<Option<usize>> = Vec::new();
        let mut text = String::new();
        for (event, span) in Parser::new(summary).into_offset_iter() {
            match event {
                Event::Start(Tag::Item) => items.push(None),
                Event::End(TagEnd::Item) => {
                    if let Some(entry) = items.pop().flatten() {
                        outline.entries[entry].end = line_end(summary, span.end);
                    }
                }
                Event::Start(Tag::Heading { .. }) => text.clear(),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    text.clear();
                    let line = summary[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
                    let number = outline.entries.len();
                    items.last_mut().into_iter().for_each(|item| *item = Some(item.unwrap_or(number)));
                    outline.entries.push(Entry {
                        path: dest_url.trim_start_matches("./").replace("%20", " "),
                        mark: summary[line..span.start].to_owned(),
                        end: line_end(summary, span.end),
                        depth: items.len(),
                        part: outline.parts.len().checked_sub(1),
                        ..Entry::default()
                    });
                }
                Event::Text(part) | Event::Code(part) => text.push_str(&part),
                Event::End(TagEnd::Link) => {
                    outline.entries.last_mut().into_iter().for_each(|entry| entry.title = std::mem::take(&mut text));
                }
                Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                    outline.parts.push((std::mem::take(&mut text), line_end(summary, span.end)));
                }
                _ => {}
            }
        }
        outline
    }

    /// The chapter of a path or title.
    fn chapter(&self, name: &str) -> Result<&Entry, Unknown> {
        let path = name.trim_start_matches("./");
        let path = path.strip_prefix("src/").unwrap_or(path);
        let is_its_path = |entry: &&Entry| {
            !entry.path.is_empty() && (entry.path == path || entry.path.strip_suffix(".md") == Some(path))
        };
        let by_title = || self.entries.iter().find(|entry| entry.title.to_lowercase() == name.to_lowercase());
        let names = || self.entries.iter().flat_map(|entry| [entry.path.as_str(), &entry.title]);
        let unknown = || Unknown {
            what: "chapter",
            meant: nearest(name, names()).map(str::to_owned),
        };
        self.entries.iter().find(is_its_path).or_else(by_title).ok_or_else(unknown)
    }

    fn part(&self, title: &str) -> Result<usize, Unknown> {
        // The first heading is the title of the whole, unless it is asked for.
        let is_it = |(part, _): &(String, usize)| part.to_lowercase() == title.to_lowercase();
        let titles = || self.parts.iter().map(|(part, _)| part.as_str());
        let unknown = || Unknown {
            what: "part",
            meant: nearest(title, titles()).map(str::to_owned),
        };
        self.parts.iter().rposition(is_it).ok_or_else(unknown)
    }
}

/// Where the last line ends that is not blank, with its line end.
fn line_end(text: &str, end: usize) -> usize {
    let end = text[..end].trim_end().len();
    text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = "# Summary\n\n[Preface](p.md)\n\n# One\n\n- [A `b`](a.md)\n  * [Deep](./deep/d.md)\n      \n<!-- - [No](no.md) -->\n\n# Two\n\n# Three\n* [C](c%20d.md)\n\n\n---\n\n[End](e.md)\n";

    #[test]
    fn a_chapter_goes_where_it_is_wanted() {
        for (place, line, behind) in [
            (Where::Last, "* [New](n.md)\n", "* [C](c%20d.md)\n"),
            (Where::After("a"), "- [New](n.md)\n", "  * [Deep](./deep/d.md)\n"),
            (Where::After("src/a.md"), "- [New](n.md)\n", "  * [Deep](./deep/d.md)\n"),
            (Where::After("a b"), "- [New](n.md)\n", "  * [Deep](./deep/d.md)\n"),
            (Where::After("deep/d.md"), "  * [New](n.md)\n", "  * [Deep](./deep/d.md)\n"),
            (Where::After("c d.md"), "* [New](n.md)\n", "* [C](c%20d.md)\n"),
            (Where::After("Preface"), "[New](n.md)\n", "[Preface](p.md)\n"),
            (Where::After("end"), "[New](n.md)\n", "[End](e.md)\n"),
            (Where::Part("one"), "- [New](n.md)\n", "  * [Deep](./deep/d.md)\n"),
            (Where::Part("Two"), "- [New](n.md)\n", "# Two\n\n"),
            (Where::Part("Three"), "* [New](n.md)\n", "* [C](c%20d.md)\n"),
        ] {
            let written = with_chapter(SUMMARY, "[New](n.md)", place).unwrap();
            assert!(written.contains(&format!("{behind}{line}")), "{place:?}: {written}");
            assert_eq!(
                written.replacen(line, "", 1).replace("\n\n\n#", "\n\n#"),
                SUMMARY.replace("\n\n\n#", "\n\n#"),
                "{place:?}"
            );
        }
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        for (summary, expected) in [
            ("# Summary\n", "# Summary\n\nNEW\n"),
            ("", "NEW\n"),
            (
                "# Summary\r\n\r\n- [One](1.md)\r\n\r\n\r\n[End](e.md)",
                "# Summary\r\n\r\n- [One](1.md)\r\nNEW\r\n\r\n\r\n[End](e.md)",
            ),
            ("- [One](1.md)", "- [One](1.md)\nNEW\n"),
        ] {
            let expected = expected.replace("NEW", "- [New](n.md)");
            assert_eq!(with_chapter(summary, "[New](n.md)", Where::Last).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is_likely_meant() {
        let unknown = |what, meant: Option<&str>| Unknown { what, meant: meant.map(str::to_owned) };
        let wrong = |place| with_chapter(SUMMARY, "[New](n.md)", place).unwrap_err();
        assert_eq!(wrong(Where::After("deep/e.md")), unknown("chapter", Some("deep/d.md")));
        assert_eq!(wrong(Where::After("")), unknown("chapter", None));
        assert_eq!(wrong(Where::Part("Thre")), unknown("part", Some("Three")));
        assert_eq!(wrong(Where::Part("Zoo")).meant, None);
    }
}
