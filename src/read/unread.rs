//! What looks like something that recto acts on, and that markdown did not read as such: an error, never prose.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::label::LabelKind;
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// A text, and what of it was read.
pub(super) struct Unread<'a> {
    pub(super) document: &'a Document,
    /// Code, comments, formulas, claims and all else that was read or means nothing.
    pub(super) read: Vec<Range<usize>>,
    /// Links and images, and the definitions of their targets.
    pub(super) links: &'a [Range<usize>],
    /// Raw HTML, in which markdown reads nothing.
    pub(super) html: &'a [Range<usize>],
}

/// What means nothing in raw HTML.
static SILENT_HTML: LazyLock<Regex> = LazyLock::new(|| {
    let elements = ["pre", "code", "script", "style", "textarea", "svg", "math"];
    let elements = elements.map(|name| format!(r"<{name}\b.*?</{name}\s*>"));
    Regex::new(&format!("(?is)<!--.*?-->|{}", elements.join("|"))).expect("a constant")
});

/// What a piece of raw HTML holds that means nothing: comments, and the text of some elements.
pub(super) fn silent_html(html: &str) -> impl Iterator<Item = Range<usize>> {
    SILENT_HTML.find_iter(html).map(|found| found.range())
}

/// What in raw HTML looks like a fence, an inline value, or a reference.
static IN_HTML: LazyLock<Regex> = LazyLock::new(|| {
    let label = LabelKind::prefixes().join("|");
    Regex::new(&format!(r"(?m)^[ \t>]*(?:```|~~~).*|`\{{[^`\n]+\}}`|\]\(#(?:{label})[^)\n]*\)")).expect("a constant")
});

impl Unread<'_> {
    /// All of it; `math` says whether `$…$` is mathematics.
    pub(super) fn problems(&self, math: bool) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.claims().chain(self.citations()).chain(self.in_html()).collect();
        if math {
            problems.extend(self.display_formulas());
        }
        problems
    }

    fn text(&self) -> &str {
        self.document.text()
    }

    fn is_read(&self, at: usize) -> bool {
        self.text()[..at].ends_with('\\') || self.read.iter().any(|range| range.contains(&at))
    }

    fn in_raw_html(&self, at: usize) -> bool {
        self.html.iter().any(|range| range.contains(&at))
    }

    /// Where a mark stands that was not read.
    fn found<'b>(&'b self, mark: &'b str) -> impl Iterator<Item = usize> + 'b {
        self.text().match_indices(mark).map(|(at, _)| at).filter(|at| !self.is_read(*at))
    }

    fn line_end(&self, at: usize) -> usize {
        self.text()[at..].find('\n').map_or(self.text().len(), |newline| at + newline)
    }

    fn raw(&self, kind: Kind, what: &str, range: Range<usize>) -> Problem {
        Problem::error(kind, format!("this looks like {what}, and markdown reads nothing in raw HTML"))
            .at(self.document.place(range))
            .help(
                "set it off from the HTML by blank lines, or put text that means nothing else into `<code>` or `<pre>`",
            )
    }

    /// A text like `[10](=k + 1)` is prose to markdown, because of the spaces; its author meant a claim.
    fn claims(&self) -> impl Iterator<Item = Problem> {
        let found = ["](=", "](<="].into_iter().flat_map(|mark| self.found(mark).map(move |at| (mark, at)));
        // An image with such a target is one that leads nowhere.
        found.filter(|(_, at)| !self.links.iter().any(|link| link.contains(at))).map(|(mark, found)| {
            let text = self.text();
            let line_end = self.line_end(found);
            let target = found + mark.len();
            let close = closing(&text[target..line_end]).map(|close| target + close);
            let line_start = text[..found].rfind('\n').map_or(0, |newline| newline + 1);
            let start = text[line_start..found].rfind('[').map_or(found, |open| line_start + open);
            let range = start..close.map_or(line_end, |close| close + 1);
            if self.in_raw_html(found) {
                return self.raw(Kind::Syntax, "a claim", range);
            }
            let problem = Problem::error(Kind::Syntax, "this looks like a claim but is not a link");
            let problem = problem.at(self.document.place(range));
            let expression = text[target..close.unwrap_or(line_end)].trim_end_matches('>');
            let text = &text[start..found];
            if expression.contains('<') || expression.contains('>') {
                let escaped = expression.replace('<', "\\<").replace('>', "\\>");
                return problem
                    .note("a link's target holds no `<` or `>` without a backslash before it")
                    .help(format!("write `{text}](<={escaped}>)`"));
            }
            problem
                .note("a link's target ends at the first space")
                .help(format!("put the expression in angle brackets: `{text}](<={expression}>)`"))
        })
    }

    /// A text like `[@key, *section* 3]` is no citation, because of the markup; its author meant one.
    fn citations(&self) -> impl Iterator<Item = Problem> {
        let found = ["[@", "[-@"].into_iter().flat_map(|mark| self.found(mark));
        let found = found.filter(|at| !self.links.iter().any(|link| link.start == *at));
        found.map(|found| {
            let line_end = self.line_end(found);
            let close = self.text()[found..line_end].find(']');
            let range = found..close.map_or(line_end, |close| found + close + 1);
            if self.in_raw_html(found) {
                return self.raw(Kind::Citation, "a citation", range);
            }
            let problem = Problem::error(Kind::Citation, "this looks like a citation and can't be read");
            problem.at(self.document.place(range)).help(if self.links.iter().any(|link| link.contains(&found)) {
                "a citation is a link itself: put it outside of the link's text"
            } else {
                "a citation is plain text, as in `[@key]` or `[@one, p. 3; @other]`; for a bracket of another kind write `\\[`"
            })
        })
    }

    fn in_html(&self) -> impl Iterator<Item = Problem> {
        self.html.iter().flat_map(move |html| {
            let found = IN_HTML.find_iter(&self.text()[html.clone()]);
            let found = found.map(|found| html.start + found.start()..html.start + found.end());
            let mut in_fence = false;
            found.filter(|range| !self.is_read(range.start)).filter_map(move |range| {
                let text = self.text()[range.clone()].trim_start_matches([' ', '\t', '>']);
                let start = range.end - text.len();
                let (kind, what) = match text.as_bytes() {
                    [b'`', b'{', ..] => (Kind::Syntax, "an inline value"),
                    [b']', ..] => (Kind::Label, "a reference"),
                    _ => {
                        in_fence = !in_fence;
                        return in_fence.then(|| self.raw(Kind::Fence, "a fence of code", start..range.end));
                    }
                };
                Some(self.raw(kind, what, start..range.end))
            })
        })
    }

    /// `$$` that stayed in the text: markdown took the formula apart, or it was never closed.
    fn display_formulas(&self) -> Vec<Problem> {
        let text = self.text();
        let mut problems = Vec::new();
        let mut open: Option<usize> = None;
        for at in self.found("$$") {
            match open.take() {
                // Of more than two dollars, two count.
                Some(start) if at == start + 1 => open = Some(start),
                Some(start) => {
                    let lines = &text[start + 2..at];
                    let sign = lines.lines().skip(1).map(str::trim_start).find_map(|line| {
                        let first = line.chars().next()?;
                        "+-=#>*".contains(first).then_some(first)
                    });
                    let problem = Problem::error(Kind::Formula, "markdown takes this display formula apart")
                        .at(self.document.place(start..at + 2));
                    problems.push(match sign {
                        _ if self.in_raw_html(start) => self.raw(Kind::Formula, "a formula", start..at + 2),
                        Some(sign) => problem
                            .note(format!("a line that begins with `{sign}` begins a list, heading or quote"))
                            .help(format!("put `{sign}` at the end of the line before, or write `{{}}{sign}`")),
                        None if lines.lines().skip(1).any(|line| line.trim().is_empty()) => problem
                            .note("a blank line ends the paragraph, and the formula with it")
                            .help("take the blank line out; `\\\\` begins a new line of an `aligned` formula"),
                        None => problem.help("for dollars in prose write `\\$\\$`"),
                    });
                }
                None => open = Some(at),
            }
        }
        problems.extend(open.map(|start| {
            Problem::error(Kind::Formula, "this `$$` opens or closes no formula")
                .at(self.document.place(start..start + 2))
                .help("put `$$` at both ends of the formula; for dollars in prose write `\\$\\$`")
        }));
        problems
    }
}

/// Where the parenthesis is closed that was opened just before a text.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1;
    text.char_indices()
        .find(|(_, c)| {
            open += i32::from(*c == '(') - i32::from(*c == ')');
            open == 0
        })
        .map(|(at, _)| at)
}
