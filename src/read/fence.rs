//! Fences of code: their lines, what closes them, and what keeps a line in their list item or quote.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::cell::CodeLine;
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// What begins as a fence of Rust, wherever it stands, up to the end of its line.
pub(super) static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    let words = "(?:rust|should_panic|no_run|compile_fail|output)";
    let regex = format!(r"(?:`{{3,}}|~{{3,}}|'{{3}})[ \t]*{words}(?-u:\b)[^\n`~']*|`` *{words}(?-u:\b)[^\n`]*\n");
    Regex::new(&regex).expect("a constant")
});

/// Where what a text begins with ends, if that begins as a fence of Rust does.
pub(super) fn opens(text: &str) -> Option<usize> {
    OPENING.find(text).filter(|found| found.start() == 0).map(|found| found.end())
}

/// A fence that markdown does not read as one, such as `Text: ```rust`; `opening` is where its first line stands.
pub(super) fn unread(document: &Document, opening: Range<usize>) -> Problem {
    let text = document.text();
    let before = &text[line_start(&text[..opening.start])..opening.start];
    let problem = Problem::error(Kind::Fence, "this looks like a fence of code, and is none to markdown");
    let written = text[opening.clone()].trim_end();
    let problem = problem.at(document.place(opening.start..opening.start + written.len()));
    let unseen = before.chars().next_back().filter(|c| !matches!(c, ' ' | '\t') && is_unseen(*c));
    match unseen {
        Some(c) => {
            let code = u32::from(c);
            problem.help(format!("take the character before it away, U+{code:04X}, which nobody sees"))
        }
        None if !written.starts_with("```") && !written.starts_with("~~~") => {
            problem.help("write three backticks: ```rust")
        }
        None => problem
            .help("let the backticks that open it and those that close it begin a line each; a table holds no fence"),
    }
}

/// Whether a character takes up no visible place.
fn is_unseen(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether only blank lines and list or quote marks stand between a cell and what follows it.
pub(super) fn follows(text: &str, end: usize, start: usize) -> bool {
    text.get(end..start).is_some_and(|between| between.chars().all(|c| c.is_whitespace() || c == '>'))
}

/// Adds the lines of a text event. Events may end within a line.
pub(super) fn push_lines(lines: &mut Vec<CodeLine>, unfinished: &mut bool, text: &str, mut start: usize) {
    for piece in text.split_inclusive('\n') {
        let line = piece.strip_suffix('\n').unwrap_or(piece);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if !*unfinished {
            lines.push(CodeLine::default());
        }
        if let Some(last) = lines.last_mut() {
            last.text.push(line, start);
        }
        *unfinished = !piece.ends_with('\n');
        start += piece.len();
    }
}

/// rustdoc's rule: `# code` and a lone `#` are hidden, `##` stands for a `#` that is shown.
pub(super) fn unhide(line: &mut CodeLine) {
    let text = line.text.text();
    let rest = text.trim_start();
    let indent = text.len() - rest.len();
    let cut = match rest {
        "#" => 1,
        _ if rest.starts_with("# ") => 2,
        _ if rest.starts_with("##") => {
            line.text = line.text.without(indent..indent + 1);
            return;
        }
        _ => return,
    };
    line.hidden = true;
    if indent == 0 {
        line.text = line.text.without(0..cut);
    } else {
        // The mark becomes spaces, so that every column stays what it is on the page.
        line.text.replace(indent..indent + cut, &" ".repeat(cut));
    }
}

/// mdBook's rule: the backslash before a directive is not part of the code.
pub(super) fn unescape(line: &mut CodeLine) {
    let text = line.text.text();
    if let Some(found) = text.find("\\{{#").filter(|found| text[*found..].contains("}}")) {
        line.text = line.text.without(found..found + 1);
    }
}

/// The marks of a fence, as ` ``` `.
fn marks<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    let fence = text[span.clone()].trim_start();
    let mark = if fence.starts_with('~') { '~' } else { '`' };
    &fence[..fence.len() - fence.trim_start_matches(mark).len()]
}

/// Where the line begins that closes a fence; `content_end` is where its code ends.
pub(super) fn closing_line(text: &str, span: &Range<usize>, content_end: usize) -> Option<usize> {
    let last = line_start(text[..span.end].trim_end());
    let line = text.get(last..span.end)?.trim_matches([' ', '\t', '>', '\r', '\n']);
    (last > span.start && content_end <= last && line.starts_with(marks(text, span))).then_some(last)
}

/// Where the last line of a text begins.
fn line_start(text: &str) -> usize {
    text.rfind('\n').map_or(0, |newline| newline + 1)
}

/// What closes a fence that is never closed.
pub(super) fn unclosed(text: &str, span: &Range<usize>, closing: Option<usize>) -> Option<String> {
    closing.is_none().then(|| marks(text, span).to_owned())
}

/// The first line of a fence's code that opens another fence with such marks: this one was never closed.
pub(super) fn opened_within(text: &str, span: &Range<usize>, lines: &[CodeLine]) -> Option<Range<usize>> {
    let marks = marks(text, span);
    let opening = |line: &CodeLine| {
        let code = line.text.text();
        let fence = code.trim_start();
        let indentation = code.len() - fence.len();
        let words = fence.strip_prefix(marks)?.trim_start_matches(marks.chars().next()?).trim();
        let opens = indentation < 4 && words.starts_with(char::is_alphabetic) && !words.contains('`');
        opens.then(|| line.text.range(indentation..code.trim_end().len()))
    };
    lines.iter().find_map(opening)
}

/// The words behind the opening marks of a fence; all of the first line of indented code.
pub(super) fn first_line(text: &str, span: &Range<usize>, indented: bool) -> Range<usize> {
    let start = if indented { span.start } else { span.start + marks(text, span).len() };
    let line = text[start..span.end].lines().next().unwrap_or_default();
    let blank = line.len() - line.trim_start().len();
    start + blank..start + line.trim_end().len().max(blank)
}

/// What a line must begin with to continue the list item or quote in which indented code stands.
pub(super) fn around_indented(text: &str, span: &Range<usize>) -> String {
    let before = before_opening(text, span);
    let outer = before.strip_suffix('\t').unwrap_or_else(|| before.strip_suffix("    ").unwrap_or(&before));
    outer.to_owned()
}

/// What the lines after the first one of a block must begin with, from what stands before it there.
fn before_opening(text: &str, span: &Range<usize>) -> String {
    continued(&text[line_start(&text[..span.start])..span.start])
}

/// What a line must begin with to continue the list item or quote in which a fence stands.
pub(super) fn continuation(text: &str, span: &Range<usize>, closing: Option<usize>) -> String {
    if let Some(closing) = closing {
        let last = &text[closing..span.end];
        return last[..last.find(['`', '~']).unwrap_or_default()].to_owned();
    }
    before_opening(text, span)
}

/// What the lines after one that begins with these marks of lists and quotes must begin with.
pub(super) fn continued(marks: &str) -> String {
    let mut continued = String::with_capacity(marks.len());
    let has_list = marks.contains(|c| !matches!(c, '>' | ' ' | '\t'));
    for (column, c) in columns(marks) {
        // A quote's mark takes the space behind it.
        if continued.ends_with('>') && !matches!(c, '>' | ' ' | '\t') {
            continued.push(' ');
        }
        match c {
            // In a list item its width counts, from where it stands.
            '\t' if has_list => continued.extend(std::iter::repeat_n(' ', 4 - column % 4)),
            '>' | '\t' => continued.push(c),
            _ => continued.push(' '),
        }
    }
    continued
}

/// Each character with the column in which it stands.
fn columns(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.chars().scan(0, |column, c| {
        let at = *column;
        *column += if c == '\t' { 4 - at % 4 } else { 1 };
        Some((at, c))
    })
}
