//! mdBook's include directives, expanded with the origin of every line kept: mdBook's own
//! expansion gives text alone, and a diagnostic in an included line must lead to its file.
//!
//! `{{#include}}`, `{{#rustdoc_include}}` and `{{#playground}}` are expanded as mdBook 0.5 does
//! (line ranges, anchors, nesting up to ten deep); `{{#title}}` and escaped directives are left to it.

use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::problem::{Kind, Problem};
use crate::source::{Document, SourceFile};

const DEEPEST: usize = 10;

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\\{\{#.*\}\}|\{\{\s*#(include|rustdoc_include|playground|playpen)\s+([^}]+)\}\}").expect("a constant")
});
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"ANCHOR(_END)?:\s*([\w_-]+)").expect("a constant"));

/// The text of a file with its includes in place. What can't be followed is reported and stays as it was written.
pub(crate) fn expand(file: &SourceFile, base: &Path, problems: &mut Vec<Problem>) -> Document {
    if !file.text.contains("{{") {
        return Document::of_file(file.clone());
    }
    let whole: Vec<Line> = vec![Line {
        span: 0..file.text.len(),
        hide: false,
    }];
    expand_lines(file, &whole, base, 0, problems)
}

/// A stretch of an included file; `hide` puts rustdoc's `# ` before it.
struct Line {
    span: Range<usize>,
    hide: bool,
}

fn expand_lines(file: &SourceFile, lines: &[Line], base: &Path, depth: usize, problems: &mut Vec<Problem>) -> Document {
    let mut document = Document::empty();
    for line in lines {
        if line.hide {
            document.push_made(file, line.span.clone(), "# ");
        }
        let mut copied = line.span.start;
        for found in DIRECTIVE.captures_iter(&file.text[line.span.clone()]) {
            let (Some(whole), Some(word), Some(rest)) = (found.get(0), found.get(1), found.get(2)) else {
                continue; // escaped: mdBook takes the backslash away
            };
            let span = line.span.start + whole.start()..line.span.start + whole.end();
            let mut words = rest.as_str().split_whitespace();
            let Some(target) = words.next() else { continue };
            let directive = Directive {
                file,
                span: span.clone(),
                word: word.as_str(),
                target,
                attributes: words.collect(),
            };
            match directive.follow(base, depth, problems) {
                Ok(included) => {
                    document.push_copied(file, copied..span.start);
                    document.append(&included);
                    copied = span.end;
                }
                Err(problem) => problems.push(*problem),
            }
        }
        document.push_copied(file, copied..line.span.end);
    }
    document
}

struct Directive<'a> {
    file: &'a SourceFile,
    span: Range<usize>,
    word: &'a str,
    target: &'a str,
    attributes: Vec<&'a str>,
}

impl Directive<'_> {
    fn follow(&self, base: &Path, depth: usize, problems: &mut Vec<Problem>) -> Result<Document, Box<Problem>> {
        let problem =
            |message: String| Box::new(Problem::error(Kind::Include, message).at(self.file.place(self.span.clone())));
        if depth == DEEPEST {
            return Err(problem(format!("includes nest more than {DEEPEST} deep"))
                .help("look for a file that includes itself")
                .into());
        }
        let (name, selection) = match self.word {
            "include" | "rustdoc_include" => match self.target.split_once(':') {
                Some((name, selection)) => (name, selection),
                None => (self.target, ""),
            },
            _ => (self.target, ""),
        };
        let path = base.join(name);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| problem(format!("can't include `{}`: {error}", path.display())))?;
        let included = SourceFile::new(path.clone(), text);
        let base = path.parent().unwrap_or(base).to_path_buf();
        let Some(lines) = select(&included.text, selection, self.word == "rustdoc_include") else {
            return Err(problem(format!("`{}` has no anchor `{selection}`", path.display()))
                .help(format!(
                    "anchors are written `// ANCHOR: {selection}` and `// ANCHOR_END: {selection}`"
                ))
                .into());
        };
        let content = expand_lines(&included, &lines, &base, depth + 1, problems);
        if !matches!(self.word, "playground" | "playpen") {
            return Ok(content);
        }
        let mut document = Document::empty();
        let words = [&["rust"], self.attributes.as_slice()].concat().join(",");
        document.push_made(self.file, self.span.clone(), &format!("```{words}\n"));
        document.append(&content);
        let newline = if content.text().ends_with('\n') { "" } else { "\n" };
        document.push_made(self.file, self.span.clone(), &format!("{newline}```\n"));
        Ok(document)
    }
}

/// The chosen lines, without the line end after the last one; nothing when there is no such anchor.
fn select(text: &str, selection: &str, hide_others: bool) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push(Line {
            span: start..start + line.len(),
            hide: hide_others,
        });
        start += line.len();
    }
    let mut parts = selection.splitn(3, ':');
    let first = parts.next().unwrap_or_default();
    let last = parts.next();
    let mut chosen = match (first.parse::<usize>(), first) {
        (Err(_), "") | (Ok(_), _) => {
            let from = first.parse::<usize>().map_or(0, |number| number.saturating_sub(1));
            let to = match (last.map(str::parse::<usize>), first) {
                (Some(Ok(to)), _) => to,
                (None, first) if !first.is_empty() => from + 1,
                _ => lines.len(),
            };
            for (index, line) in lines.iter_mut().enumerate() {
                line.hide &= !(from..to).contains(&index);
            }
            if !hide_others {
                lines.truncate(to);
                lines.drain(..from.min(lines.len()));
            }
            lines
        }
        (Err(_), anchor) => anchored(text, lines, anchor, hide_others)?,
    };
    if let Some(last) = chosen.last_mut() {
        let kept = text[last.span.clone()].trim_end_matches(['\n', '\r']).len();
        last.span.end = last.span.start + kept;
    }
    Some(chosen)
}

fn anchored(text: &str, lines: Vec<Line>, anchor: &str, hide_others: bool) -> Option<Vec<Line>> {
    let mut chosen = Vec::new();
    let (mut found, mut inside) = (false, false);
    for line in lines {
        match ANCHOR.captures(&text[line.span.clone()]) {
            Some(mark) if &mark[2] == anchor => {
                inside = mark.get(1).is_none();
                found = true;
            }
            Some(_) => {}
            None if inside => chosen.push(Line { hide: false, ..line }),
            None if hide_others => chosen.push(line),
            None => {}
        }
    }
    found.then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, selection: &str, hide: bool) -> Option<Vec<String>> {
        select(text, selection, hide).map(|lines| {
            lines
                .iter()
                .map(|l| format!("{}{}", if l.hide { "# " } else { "" }, &text[l.span.clone()]))
                .collect()
        })
    }

    #[test]
    fn ranges_are_mdbooks() {
        let text = "a\nb\nc\nd\n";
        assert_eq!(lines(text, "2:3", false).unwrap().concat(), "b\nc");
        assert_eq!(lines(text, "2", false).unwrap().concat(), "b");
        assert_eq!(lines(text, "3:", false).unwrap().concat(), "c\nd");
        assert_eq!(lines(text, ":2", false).unwrap().concat(), "a\nb");
        assert_eq!(lines(text, "", false).unwrap().concat(), "a\nb\nc\nd");
        assert_eq!(lines(text, "2", true).unwrap().concat(), "# a\nb\n# c\n# d");
    }

    #[test]
    fn anchors_are_cut_out_and_missing_ones_noticed() {
        let text = "a\n// ANCHOR: x\nb\n// ANCHOR: y\nc\n// ANCHOR_END: y\n// ANCHOR_END: x\nd\n";
        assert_eq!(lines(text, "x", false).unwrap().concat(), "b\nc");
        assert_eq!(lines(text, "y", true).unwrap().concat(), "# a\n# b\nc\n# d");
        assert!(lines(text, "z", false).is_none());
    }
}
