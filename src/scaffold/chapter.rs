//! A new chapter: its file, and its line in `SUMMARY.md`.

use std::path::{Path, PathBuf};

use tera::Context;

use super::summary::{Unknown, Where, with_chapter};
use crate::author;
use crate::problem::{Failure, Kind, Problem};
use crate::read::{Settings, identifier};
use crate::site::is_device;
use crate::source::SourceFile;
use crate::templates;

/// Adds a chapter to the book. Returns its file.
///
/// # Errors
/// The title is none, a chapter of that name is there, the place is not there, or a file can't be written.
pub(crate) fn new_chapter(root: &Path, title: &str, place: Where<'_>) -> Result<PathBuf, Failure> {
    let settings = Settings::read(root)?;
    let src = root.join(&settings.src);
    let title = title.trim();
    let slug = slug(title)?;
    let file = src.join(format!("{slug}.md"));
    let summary = src.join("SUMMARY.md");
    let read = || SourceFile::read(&summary).map_err(|error| Problem::io(&summary, &error));
    let mut listed = read()?;
    let link = format!("[{}]({slug}.md)", in_link(title));
    let mut context = Context::new();
    context.insert("title", &in_heading(title));
    let text = templates::text("chapter.md", &context);
    let with_line = |listed: &SourceFile| with_chapter(&listed.text, &link, place).map_err(|it| unknown(it, place));
    // Nothing is written where there is no place for it.
    let mut written = with_line(&listed)?;
    // One that no author has touched, and that is not listed, is what an interrupted command left.
    let is_left = std::fs::read_to_string(&file).is_ok_and(|found| found == text);
    if !is_left || listed.text.contains(&format!("({slug}.md)")) {
        author::create(&file, &text)?;
    }
    // Another command may add its chapter at the same time.
    while !author::rewrite(&listed, &written)? {
        listed = read()?;
        written = with_line(&listed)?;
    }
    Ok(file)
}

fn unknown(Unknown { what, meant }: Unknown, place: Where<'_>) -> Failure {
    let (Where::After(name) | Where::Part(name)) = place else {
        return Failure::environment("SUMMARY.md can't be read");
    };
    let problem = Problem::error(Kind::Chapter, format!("SUMMARY.md has no {what} `{name}`"));
    let help = match (meant, what) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, "part") => "a part is a line such as `# Methods`; `--after` names a chapter".to_owned(),
        (None, _) => "name a chapter by its file, as `--after bowl.md`, or by its title".to_owned(),
    };
    problem.help(help).in_environment()
}

/// The name of a chapter's file, without its ending: one that no other page has, on any system.
fn slug(title: &str) -> Result<String, Failure> {
    /// Pages that mdBook and recto make, and `SUMMARY.md` itself.
    const TAKEN: [&str; 9] = [
        "404", "index", "lists", "print", "readme", "references", "summary", "toc", "verification",
    ];
    /// Bytes; file systems take 255.
    const LONGEST: usize = 100;
    let help = "`recto new \"Gradient flow\"` makes the chapter gradient-flow.md";
    if title.contains(['\n', '\r']) {
        return Err(Problem::error(Kind::Chapter, "the title of a chapter is one line").help(help).in_book());
    }
    if !title.chars().any(char::is_alphanumeric) {
        return Err(Problem::error(Kind::Chapter, "a chapter needs a title with a letter in it").help(help).in_book());
    }
    let name = identifier(title).replace('_', "-");
    let name = name[..name.floor_char_boundary(LONGEST)].trim_matches('-');
    let is_taken = TAKEN.contains(&name) || is_device(name);
    Ok(if is_taken { format!("{name}-chapter") } else { name.to_owned() })
}

/// The title as the text of a link, which its brackets and a last backslash would end or not.
fn in_link(title: &str) -> String {
    let mut text = String::new();
    let mut rest = title.chars().peekable();
    while let Some(c) = rest.next() {
        let is_mark = matches!(c, '[' | ']');
        let leads_to_mark = c == '\\' && rest.peek().is_none_or(|next| matches!(next, '[' | ']' | '\\'));
        if is_mark || leads_to_mark {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// The title as a heading, of which markdown takes a brace or `#` at the end for its own.
fn in_heading(title: &str) -> String {
    if let Some(open) = title.strip_suffix('}') {
        return format!("{open}&#125;");
    }
    let text = title.trim_end_matches('#');
    let ends = text.len() < title.len() && text.ends_with([' ', '\t']);
    if ends {
        format!("{text}\\{}", &title[text.len()..])
    } else {
        title.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser};

    use super::*;

    #[test]
    fn a_chapter_has_a_name_that_no_other_page_has() {
        for (title, name) in [
            ("Gradient flow: why?", "gradient-flow-why"),
            ("Newton's method", "newtons-method"),
            ("print", "print-chapter"),
            ("README", "readme-chapter"),
            ("Index", "index-chapter"),
            ("References", "references-chapter"),
            ("nul", "nul-chapter"),
            ("Com1", "com1-chapter"),
            ("2026 notes", "2026-notes"),
            ("back\\slash \"quoted\"", "back-slash-quoted"),
            ("日本語", "日本語"),
        ] {
            assert_eq!(slug(title).unwrap(), name, "{title}");
        }
        assert!(slug(&"ä ".repeat(300)).unwrap().len() <= 100);
        assert_eq!(slug("one\ntwo").unwrap_err().to_string(), "the title of a chapter is one line");
        assert_eq!(slug("?!").unwrap_err().to_string(), "a chapter needs a title with a letter in it");
    }

    #[test]
    fn a_title_is_read_as_it_was_given() {
        let seen = |markdown: &str| -> String {
            let events = Parser::new_ext(markdown, Options::ENABLE_HEADING_ATTRIBUTES);
            let text = events.filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.into_string()),
                _ => None,
            });
            text.collect()
        };
        for title in [
            "a [b] c", "a ] b", "ends in \\", "\\[", "\\\\", "C #", "C# ##", "set {x}", "{#id}", "C#", "a \\b", "a}{b",
        ] {
            assert_eq!(
                seen(&format!("# {}\n", in_heading(title))).replace('\\', ""),
                title.replace('\\', ""),
                "{title}"
            );
            let link = format!("- [{}](a.md)\n", in_link(title));
            assert_eq!(seen(&link), title, "{link}");
        }
    }
}
