//! Fences of code: their lines, what closes them, and what keeps a line in their list item or quote.

use std::ops::Range;

use super::cell::CodeLine;

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

/// The marks of a fence, as ` ``` `.
fn marks<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    let fence = text[span.clone()].trim_start();
    &fence[..fence.len() - fence.trim_start_matches(['`', '~']).len()]
}

/// Where the line begins that closes a fence.
pub(super) fn closing_line(text: &str, span: &Range<usize>) -> Option<usize> {
    let last = text[..span.end].trim_end().rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(last..span.end)?.trim_matches([' ', '\t', '>', '\r', '\n']);
    let rest = line.strip_prefix(marks(text, span))?;
    (last > span.start && rest.trim_matches(['`', '~']).is_empty()).then_some(last)
}

/// What closes a fence that is never closed.
pub(super) fn unclosed(text: &str, span: &Range<usize>) -> Option<String> {
    closing_line(text, span).is_none().then(|| marks(text, span).to_owned())
}

/// What a line must begin with to continue the list item or quote in which a fence stands.
pub(super) fn continuation(text: &str, span: &Range<usize>) -> String {
    let line_start = |before: &str| before.rfind('\n').map_or(0, |newline| newline + 1);
    let until = &text[..span.end];
    let closing = line_start(until.strip_suffix('\n').unwrap_or(until));
    let last = &text[closing..span.end];
    if closing > span.start
        && let Some(ticks) = last.find(['`', '~'])
        && last[..ticks].chars().all(|c| c == '>' || c == ' ' || c == '\t')
    {
        return last[..ticks].to_owned();
    }
    let opening = line_start(&text[..span.start]);
    text[opening..span.start].chars().map(|c| if c == '>' || c == '\t' { c } else { ' ' }).collect()
}
