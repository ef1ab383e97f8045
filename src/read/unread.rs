//! What looks like something that recto acts on, and that markdown did not read as such: an error, never prose.

use std::collections::HashSet;
use std::iter;
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options as Extensions, Parser, Tag};
use regex::Regex;

use super::brackets::{Brackets, is_escaped};
use super::caption::is_price;
use super::fence;
use super::label::{LabelKind, is_label};
use super::lesson::Item;
use super::mapped_text::MappedText;
use super::others::{self, Mark, is_latex, is_of_letters};
use super::outline::Anchor;
use crate::html::tags::{Token, texts, tokens};
use crate::problem::{Kind, Problem, Severity, nearest};
use crate::source::Document;
use crate::spans::Spans;

/// What pulldown-cmark reads in a target without angle brackets.
const MOST_PARENTHESES: usize = 32;

/// A text, and what of it was read.
pub(super) struct Unread<'a> {
    pub(super) document: &'a Document,
    /// Code, comments, formulas, claims and all else that was read or means nothing.
    pub(super) read: Spans,
    /// Links and images, in the order of the text, and what stands in one.
    pub(super) links: &'a [Range<usize>],
    pub(super) linked: &'a Spans,
    pub(super) items: &'a [Item],
    pub(super) headings: &'a [Anchor],
    /// The names of links' targets, in lower case.
    pub(super) names: HashSet<String>,
    /// Raw HTML, in which markdown reads nothing.
    pub(super) html: &'a [MappedText],
    pub(super) raw: Spans,
    pub(super) extensions: Extensions,
}

impl Unread<'_> {
    /// All of it; of each kind the first ones.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let in_html = self.html.iter().flat_map(|html| self.in_html(html));
        let mut problems = first(self.claims());
        problems.extend(first(self.claims_in_formulas()));
        problems.extend(first(self.fences()));
        problems.extend(first(self.claims_in_other_brackets()));
        problems.extend(first(self.claims_without_brackets()));
        problems.extend(first(self.marks_of_others()));
        problems.extend(first(self.definitions()));
        problems.extend(first(self.citations()));
        problems.extend(first(self.labels()));
        problems.extend(first(in_html));
        problems.extend(first(self.links_around().into_iter()));
        problems.extend(first(self.unclosed_html()));
        problems.extend(self.unclosed_folds());
        if self.extensions.contains(Extensions::ENABLE_MATH) {
            let formulas = self.formulas();
            // The end of a formula that is taken apart is the end of no claim.
            let apart: Vec<Range<usize>> = formulas.iter().filter_map(Problem::range).collect();
            let is_within = |at: usize| apart.iter().any(|apart| apart.start < at && at <= apart.end);
            problems.retain(|problem| !problem.range().is_some_and(|range| is_within(range.start)));
            problems.extend(formulas);
        }
        self.once_for_each_place(problems)
    }

    /// Formulas alone: in a book whose blocks stand alone, nothing else means anything to recto.
    pub(super) fn formulas(&self) -> Vec<Problem> {
        let mut problems = first(self.display_formulas());
        problems.extend(first(self.unbalanced_formulas()));
        problems
    }

    /// One problem of each place. That a stretch of HTML is not set off from the text is one mistake, whatever stands in it.
    fn once_for_each_place(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        let position = |problem: &Problem| problem.place.as_ref().and_then(|place| place.position);
        problems.sort_by_key(|problem| (position(problem), problem.severity == Severity::Warning));
        problems.dedup_by(|next, first| position(next).is_some() && position(next) == position(first));
        let mut told = HashSet::new();
        problems.retain(|problem| {
            let html = position(problem).and_then(|at| self.raw.stretch_of(at));
            html.is_none_or(|html| told.insert(html))
        });
        problems
    }

    fn text(&self) -> &str {
        self.document.text()
    }

    fn is_read(&self, at: usize) -> bool {
        self.read.contains(at) || is_escaped(self.text(), at)
    }

    fn in_raw_html(&self, at: usize) -> bool {
        self.raw.contains(at)
    }

    /// Whether it is in the attribute of a tag.
    fn in_tag(&self, at: usize) -> bool {
        let before = &self.text()[self.near(at).start..at];
        self.in_raw_html(at) && before.rfind('<') > before.rfind('>')
    }

    /// Where a mark stands that was not read.
    fn found<'b>(&'b self, mark: &'b str) -> impl Iterator<Item = usize> + 'b {
        self.text().match_indices(mark).map(|(at, _)| at).filter(|at| !self.is_read(*at))
    }

    /// As much of the text around a place as is looked at: what an author means to be one thing is not longer.
    fn near(&self, at: usize) -> Range<usize> {
        const AROUND: usize = 2 << 10;
        let text = self.text();
        text.ceil_char_boundary(at.saturating_sub(AROUND))..text.floor_char_boundary(at.saturating_add(AROUND))
    }

    fn line_end(&self, at: usize) -> usize {
        let end = self.near(at).end;
        self.text()[at..end].find('\n').map_or(end, |newline| at + newline)
    }

    fn line_start(&self, at: usize) -> usize {
        let start = self.near(at).start;
        self.text()[start..at].rfind('\n').map_or(start, |newline| start + newline + 1)
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
        static MARK: LazyLock<Regex> = LazyLock::new(|| {
            // Characters that nobody sees, such as a zero width space, are space too.
            let space = r"[[\s--\n]\u{ad}\u{200b}-\u{200f}\u{2060}\u{feff}]{0,3}";
            let regex = format!(r"\]{space}\n?{space}[(（]<?=|\]\((?:>=|[<>≤≥≈])[ \t]");
            Regex::new(&regex).expect("a constant")
        });
        // The bracket alone may close another link, the target of which is written elsewhere.
        let text = self.text();
        let unread = MARK.find_iter(text).filter(|mark| {
            // `[0, 1] (= the unit interval)` is prose.
            let is_prose = has_gap(mark.as_str()) && text[mark.end()..].starts_with(char::is_whitespace);
            !is_prose && !is_escaped(text, mark.start()) && !self.is_read(mark.end() - 1)
        });
        unread.filter_map(|mark| self.claim(mark.as_str(), mark.start()))
    }

    /// `$[10](=k)$`: in a formula markdown reads no links.
    fn claims_in_formulas(&self) -> impl Iterator<Item = Problem> {
        self.items.iter().filter_map(|item| match item {
            Item::Formula(formula) if formula.latex.contains("](=") || formula.latex.contains("](<=") => {
                let problem = Problem::error(Kind::Syntax, "this looks like a claim, and stands in a formula");
                Some(
                    problem
                        .at(self.document.place(formula.span.clone()))
                        .note("markdown reads no links in a formula")
                        .help("put the formula into the text of the claim: `[$…$](=expression)`"),
                )
            }
            _ => None,
        })
    }

    /// `~~~rust` behind other text, or with a character before it that nobody sees.
    fn fences(&self) -> impl Iterator<Item = Problem> {
        let found = fence::OPENING.find_iter(self.text()).map(|found| found.range());
        let unread = found.filter(|range| !self.is_read(range.start) && !self.in_raw_html(range.start));
        unread.map(|range| fence::unread(self.document, range))
    }

    /// `[10]{=k}` and `(10)[=k]`.
    fn claims_in_other_brackets(&self) -> impl Iterator<Item = Problem> {
        static CLAIM: LazyLock<Regex> = LazyLock::new(|| {
            let square = r"(?:[^\[\]\n]|\[[^\[\]\n]*\])";
            let round = r"(?:[^()\n]|\([^()\n]*\))";
            let regex = format!(
                r"\[({square}*)\]\{{<?=([^{{}}\n]+)\}}|\(({round}*)\)\[<?=({square}+)\]|\[({square}*)\]\([ \t]+<?=({round}+)\)"
            );
            Regex::new(&regex).expect("a constant")
        });
        let unread = CLAIM.captures_iter(self.text()).filter(|found| {
            let at = found.get(0).map_or(0, |all| all.start());
            !self.is_read(at) && !self.linked.contains(at)
        });
        unread.filter_map(|found| {
            let mut parts = found.iter().flatten();
            let (all, stated, expression) = (parts.next()?, parts.next()?, parts.next()?);
            let problem = Problem::error(Kind::Syntax, "this looks like a claim but is not a link");
            let problem = problem.at(self.document.place(all.range()));
            let expression = expression.as_str().trim().trim_end_matches('>');
            Some(problem.suggest("write ", format!("[{}](<={}>)", stated.as_str(), escaped(expression))))
        })
    }

    /// `11(=k)`, `$11$[=k]`, `{11}(=k)`: what is stated stands in no square brackets. `n(=10)` is prose.
    fn claims_without_brackets(&self) -> impl Iterator<Item = Problem> {
        static TARGET: LazyLock<Regex> = LazyLock::new(|| {
            let regex = r"(?:(?:\d[\d.,]*|[)}$*`%］）｝])\(|(?:\d[\d.,]*|[}$*`%］）｝])\[|(?:\d[\d.,]*|[)}$*`%］）｝])\{)<?=[A-Za-z_&(][^\s=)\]}]*[^\n)\]}]*[)\]}]";
            Regex::new(regex).expect("a constant")
        });
        let unread = TARGET.find_iter(self.text()).filter(|found| {
            let open = found.start() + found.as_str().find(['(', '[', '{']).unwrap_or_default();
            !self.is_read(open) && !self.in_raw_html(open) && !self.linked.contains(open)
        });
        unread.map(|found| {
            let problem = Problem::error(Kind::Syntax, "this looks like a claim but is not a link");
            let help = "write `[number](=expression)`; for a bracket that is to be read as it is write `\\(`";
            problem.at(self.document.place(found.range())).help(help)
        })
    }

    /// References, citations, formulas as other tools have them, and inline values without their backticks.
    fn marks_of_others(&self) -> impl Iterator<Item = Problem> {
        others::marks(self.text()).filter_map(|(range, mark)| {
            // A backslash before it makes the second one a sign.
            if self.read.contains(range.start) || self.in_raw_html(range.start) || is_escaped(self.text(), range.start)
            {
                return None;
            }
            // In brackets with a backslash it is meant as text.
            let line = &self.text()[self.line_start(range.start)..range.start];
            let is_text = || line.rfind("\\[").is_some_and(|open| !line[open..].contains(']'));
            if matches!(mark, Mark::Name(_)) && is_text() {
                return None;
            }
            Some(mark.problem(&self.document.place(range)))
        })
    }

    /// What is wrong with the claim whose brackets close here; nothing where its author escaped the one that opens it.
    fn claim(&self, mark: &str, bracket: usize) -> Option<Problem> {
        let text = self.text();
        let (target, angle) = (bracket + mark.len(), mark.ends_with("<="));
        // A line may end within the mark.
        let line_end = self.line_end(target);
        let line_start = self.line_start(bracket);
        let open = opening(&text[line_start..bracket]).map(|open| line_start + open);
        if open.is_some_and(|open| is_escaped(text, open)) {
            return None;
        }
        let near = self.near(target).end;
        let paragraph_end = text[target..near].find("\n\n").map_or(near, |blank| target + blank);
        let end = if angle { paragraph_end } else { line_end };
        let close = closing(&text[target..end], angle).map(|close| target + close);
        let start = open.unwrap_or(bracket);
        let range = start..close.map_or(line_end, |close| close + 1);
        if self.in_raw_html(bracket) {
            return Some(self.raw(Kind::Syntax, "a claim", range));
        }
        let problem = Problem::error(Kind::Syntax, "this looks like a claim but is not a link");
        let problem = problem.at(self.document.place(range));
        let expression = &text[target..close.unwrap_or(line_end)];
        let expression = if angle {
            expression.strip_suffix('>').unwrap_or(expression)
        } else {
            expression
        };
        if let (false, true, Some(_)) = (mark.ends_with('='), close.is_some(), open) {
            let stated = &text[start + 1..bracket];
            let claim = format!("[{} {stated}](<={}>)", mark[2..].trim_end(), escaped(expression.trim()));
            return Some(problem.note("the relation is part of what a claim says").suggest("write ", claim));
        }
        if mark.contains('（') {
            let note = "the target of a link stands in parentheses `(` and `)`, and in no wider ones";
            let help = "write `(` and `)`, which are one column wide";
            return Some(problem.note(note).help(help));
        }
        let (Some(_), Some(_)) = (open, close) else {
            let missing = if open.is_none() { "`[` before its text" } else { "`)` behind its expression" };
            return Some(
                problem.help(format!("the claim lacks the {missing}; for a bracket of another kind write `\\]`")),
            );
        };
        if expression.contains('\n') {
            let help = "write it on one line; a longer one is a variable of the code above";
            return Some(problem.note("a link's target ends at the end of its line").help(help));
        }
        let stated = &text[start + 1..bracket];
        if let Some(note) = stated.find("[^").filter(|_| stated.ends_with(']')) {
            let claim = format!("[{}](<={expression}>){}", stated[..note].trim_end(), &stated[note..]);
            return Some(
                problem
                    .note("no link holds another, such as that of a footnote")
                    .suggest("put the footnote after the claim: ", claim),
            );
        }
        if stated.contains('[') {
            let note = "no link holds another one, and no brackets that do not balance";
            return Some(problem.note(note).help("take the brackets out of the claim's text, or write `\\[`"));
        }
        let (value, title) = titled(expression);
        let mended = format!("[{stated}](<={}>{title})", escaped(value));
        if has_gap(mark) {
            let note = "no space, seen or unseen, parts a link's text from its target; for a bracket of another kind write `\\[`";
            return Some(problem.note(note).suggest("write ", mended));
        }
        if !angle && !expression.contains(char::is_whitespace) && expression.matches('(').count() > MOST_PARENTHESES {
            let note = format!("a link's target holds no more than {MOST_PARENTHESES} parentheses within each other");
            return Some(problem.note(note).suggest("put the expression in angle brackets: ", mended));
        }
        Some(if expression.contains(['<', '>']) {
            let note = "a link's target holds no `<` or `>` without a backslash before it";
            problem.note(note).suggest("write ", mended)
        } else {
            problem
                .note("a link's target ends at the first space")
                .suggest("put the expression in angle brackets: ", mended)
        })
    }

    /// `[k]: =k + 1` is no definition to markdown, because of the spaces; its author meant that of a claim's target.
    fn definitions(&self) -> impl Iterator<Item = Problem> {
        static MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]:[ \t]*<?=").expect("a constant"));
        let marks = MARK.find_iter(self.text()).filter(|mark| !self.is_read(mark.start()));
        marks.filter_map(|mark| {
            let (text, bracket) = (self.text(), mark.start());
            let line_start = self.line_start(bracket);
            let start = line_start + opening(&text[line_start..bracket])?;
            let begins_line = text[line_start..start].chars().all(|c| matches!(c, ' ' | '\t' | '>'));
            // A footnote may begin with such a sign.
            if !begins_line || is_escaped(text, start) || text[start..].starts_with("[^") {
                return None;
            }
            let end = start + text[start..self.line_end(bracket)].trim_end().len();
            let (written, is_angle) = (&text[mark.end()..end], mark.as_str().ends_with("<="));
            let expression = if is_angle { written.strip_suffix('>').unwrap_or(written) } else { written };
            let mended = format!("{}: <={}>", &text[start..=bracket], escaped(expression));
            let problem = Problem::error(Kind::Syntax, "this looks like the target of a claim but defines none");
            let problem = problem.at(self.document.place(start..end));
            let note = match is_angle {
                true if !mended.ends_with(&text[mark.end() - 2..end]) => {
                    "a target in angle brackets ends with `>`, and holds no other without a backslash before it"
                }
                false if expression.contains(char::is_whitespace) => "a link's target ends at the first space",
                _ => return Some(problem.help("put a blank line before it")),
            };
            Some(problem.note(note).suggest("put the expression in angle brackets: ", mended))
        })
    }

    /// The name that is written here with a target behind it, as `[name]: `.
    pub(super) fn defined_at(&self, at: usize) -> Option<&str> {
        let (name, _) = self.text()[at..self.line_end(at)].strip_prefix('[')?.split_once("]: ")?;
        (!name.contains(['[', ']', '\n'])).then_some(name)
    }

    /// What would be a link and is none, since no link holds another one, such as a claim, or since a bracket follows it.
    /// Once recto has made something else of that, it would become one.
    fn links_around(&self) -> Vec<Problem> {
        let text = self.text();
        let is_link =
            |item: &&Item| matches!(item, Item::Claim(_) | Item::Reference(_) | Item::Exempt(_) | Item::Citation(_));
        let spans =
            self.items.iter().filter(is_link).map(Item::span).filter(|span| text[span.clone()].starts_with('['));
        let spans: Vec<Range<usize>> = spans.collect();
        let brackets = Brackets::around(text, &spans);
        spans.iter().zip(brackets).filter_map(|(span, brackets)| self.link_around(span, brackets)).collect()
    }

    fn link_around(&self, span: &Range<usize>, brackets: Brackets) -> Option<Problem> {
        let text = self.text();
        let problem =
            |range: Range<usize>, message: &str| Problem::error(Kind::Link, message).at(self.document.place(range));
        if let (Some(open), Some(close)) = (brackets.open, brackets.close.map(|close| close + 1))
            && text[close..].starts_with(['(', '['])
            && !text[..open].ends_with('!')
        {
            let problem = problem(open..close, "no link holds another one, such as a claim or a reference");
            return Some(problem.help("put one of them after the other; for a bracket of another kind write `\\[`"));
        }
        let start = brackets.before?;
        let name = &text[start + 1..span.start - 1];
        let is_name = self.names.contains(&name.to_ascii_lowercase());
        let problem = problem(start..span.start, "the bracket after it keeps this from being a link");
        (is_name && !self.is_read(start)).then(|| problem.help("put a space between the two"))
    }

    /// A text like `[@key, *section* 3]` is no citation, because of the markup; its author meant one.
    fn citations(&self) -> impl Iterator<Item = Problem> {
        let found = ["[@", "[-@"].into_iter().flat_map(|mark| self.found(mark));
        let is_link = |at: usize| self.links.binary_search_by_key(&at, |link| link.start).is_ok();
        let found = found.filter(move |at| !is_link(*at) && !self.in_tag(*at));
        found.map(|found| {
            let line_end = self.line_end(found);
            let close = self.text()[found..line_end].find(']');
            let range = found..close.map_or(line_end, |close| found + close + 1);
            if self.in_raw_html(found) {
                return self.raw(Kind::Citation, "a citation", range);
            }
            let problem = Problem::error(Kind::Citation, "this looks like a citation and can't be read");
            problem.at(self.document.place(range)).help(if self.linked.contains(found) {
                "a citation is a link itself: put it outside of the link's text"
            } else {
                "a citation is plain text, as in `[@key]` or `[@one, p. 3; @other]`; for a bracket of another kind write `\\[`"
            })
        })
    }

    /// `{#fig-name}` in the text labels nothing: it stands behind no heading, statement or display formula. Nor does `{fig-name}`
    /// behind one, or `(#fig-name)`.
    fn labels(&self) -> impl Iterator<Item = Problem> {
        static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
            let regex = r"[{｛][^{}｛｝\n]*[}｝]?|(?m:^|[^\]\n])[(\[]#[\w-]+[)\]]|[ \t]#[\w-]+[}｝]";
            Regex::new(regex).expect("a constant")
        });
        let headings = self.headings.iter().map(|heading| heading.id.as_str());
        let known: HashSet<&str> = self.items.iter().filter_map(Item::label).chain(headings).collect();
        let found = BLOCK.find_iter(self.text()).filter_map(|block| {
            let at = block.start() + block.as_str().find(['{', '｛', '(', '[', '#'])?;
            (!self.is_read(at) && !self.in_raw_html(at)).then_some((at, block.end()))
        });
        found.filter_map(move |(at, end)| {
            let names = self.text()[at..end].split(|c: char| !c.is_alphanumeric() && !"#-_:".contains(c));
            let mut names = names.map(|name| match name.strip_prefix('#') {
                Some(name) => (name.to_owned(), true),
                None => (name.to_lowercase().replace([':', '_'], "-"), false),
            });
            let before = self.text()[self.line_start(at)..at].trim_end();
            let Some((name, is_marked)) = names.find(|(name, _)| is_label(name)) else {
                return self.label_of_no_kind(at..end, before);
            };
            // What markdown takes apart is told already.
            let is_apart = before.ends_with("$$") && !self.read.contains(self.line_start(at) + before.len() - 1);
            (!(is_marked && (known.contains(name.as_str()) || is_apart))).then(|| self.label(at..end, &name, is_marked))
        })
    }

    /// A name behind a formula or the title of a statement, `{#name}`, that is none of a label.
    fn label_of_no_kind(&self, range: Range<usize>, before: &str) -> Option<Problem> {
        let written = self.text()[range.clone()].trim_end();
        let name = written.strip_prefix("{#")?.strip_suffix('}')?.trim();
        let is_formula = before.ends_with("$$") && self.read.contains(self.line_start(range.start) + before.len() - 1);
        let kind = match bold_word(before) {
            _ if is_formula => LabelKind::Equation,
            Some(word) => LabelKind::of_statement(word)?,
            None => return None,
        };
        if name.is_empty() || name.contains(char::is_whitespace) {
            return None;
        }
        let plain = name.to_lowercase();
        let own = plain.split_once(['-', '_', ':']).map_or(plain.as_str(), |(_, own)| own);
        let problem = Problem::error(Kind::Label, format!("the label `{name}` does not say what it is of"));
        let place = self.document.place(range.start..range.start + written.len());
        Some(problem.at(place).suggest("write ", format!("{{#{}{own}}}", kind.prefix())))
    }

    /// What is wrong with a label that labels nothing.
    fn label(&self, range: Range<usize>, name: &str, is_marked: bool) -> Problem {
        let (line, end) = (self.line_start(range.start), self.line_end(range.start));
        let before = self.text()[line..range.start].trim_end();
        let is_mark = |c: char| " >-*+.".contains(c) || c.is_ascii_digit();
        let below = self.text()[end..].lines().nth(1).unwrap_or_default().trim();
        let is_underlined = !below.is_empty() && ["=", "-"].iter().any(|line| below.replace(line, "").is_empty());
        let is_heading = is_underlined || before.trim_start_matches(is_mark).starts_with('#');
        let written = self.text()[range.clone()].trim_end();
        let range = range.start..range.start + written.len();
        let problem = Problem::error(Kind::Label, format!("`{written}` labels nothing here"));
        let problem = problem.at(self.document.place(range));
        let word = bold_word(before).unwrap_or_default();
        let meant = LabelKind::statements().find(|known| nearest(word, [*known]).is_some());
        match meant.filter(|_| is_marked) {
            Some(meant) if meant == word => problem.help(format!(
                "a statement is a block quote that begins with its title, and the label stands right behind that: `> **{meant}.** {{#{name}}} …`"
            )),
            Some(meant) => problem.help(format!("a statement begins with its kind: did you mean `**{meant}`?")),
            None if is_heading => problem.help(format!("the label of a heading is the last on its line: `{{#{name}}}`")),
            None if !is_marked => problem.help(format!("a label begins with `#`: `{{#{name}}}`")),
            None => problem.help(
                "a label stands behind a heading, the title of a statement, or the last `$$` of a display formula; a cell's is `//| label: …`",
            ),
        }
    }

    /// What markdown would read in the text of raw HTML. Claims, citations and display formulas are found by their marks.
    fn in_html(&self, html: &MappedText) -> Vec<Problem> {
        let text = visible(html);
        let mut problems = Vec::new();
        for (event, span) in Parser::new_ext(text.text(), self.extensions).into_offset_iter() {
            let (kind, what) = match &event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => (Kind::Fence, "a fence of code"),
                Event::Code(code) if code.trim().starts_with('{') && code.trim().ends_with('}') => {
                    (Kind::Syntax, "an inline value")
                }
                Event::Start(Tag::Link { dest_url, .. }) if dest_url.strip_prefix('#').is_some_and(is_label) => {
                    (Kind::Label, "a reference")
                }
                Event::Start(Tag::Link { dest_url, .. }) if &**dest_url == "given" => {
                    (Kind::Syntax, "a number that is marked as given")
                }
                Event::InlineMath(_) if !is_price(text.text(), &span) => (Kind::Formula, "a formula"),
                _ => continue,
            };
            let lines = text.text()[span.clone()].trim_end();
            let first_line = lines.find('\n').map_or(lines.len(), |newline| newline);
            problems.push(self.raw(kind, what, text.range(span.start..span.start + first_line)));
        }
        problems.extend(self.raw_code(html));
        problems
    }

    /// `<pre><code class="language-rust">`, which the page shows as it shows a cell.
    fn raw_code(&self, html: &MappedText) -> Vec<Problem> {
        let mut is_in_pre = false;
        let mut problems = Vec::new();
        for token in tokens(html.text()) {
            let Token::Open(tag) = token else { continue };
            let is_rust =
                || tag.attribute("class").is_some_and(|it| it.split_whitespace().any(|it| it == "language-rust"));
            if is_in_pre && tag.name == "code" && is_rust() {
                let problem = Problem::error(Kind::Fence, "this looks like a cell, and code in raw HTML is not run");
                problems.push(problem.at(self.document.place(html.range(tag.span.clone()))).help(
                    "write a fence, ```rust, with blank lines around it, or take the class `language-rust` away",
                ));
            }
            is_in_pre = tag.name == "pre";
        }
        problems
    }

    /// Raw HTML in which markdown reads nothing up to its end, and that has none: cells and claims below it are never checked.
    fn unclosed_html(&self) -> impl Iterator<Item = Problem> {
        const ENDS: [(&str, &str); 7] = [
            ("<!--", "-->"),
            ("<![cdata[", "]]>"),
            ("<?", "?>"),
            ("<pre", "</pre>"),
            ("<script", "</script>"),
            ("<style", "</style>"),
            ("<textarea", "</textarea>"),
        ];
        self.html.iter().filter_map(|html| {
            let text = html.text().to_ascii_lowercase();
            let (start, open) = (text.len() - text.trim_start().len(), text.trim_start());
            let (begin, end) = ENDS.into_iter().find(|(begin, _)| open.starts_with(begin))?;
            let is_name = open[begin.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-');
            if begin.ends_with(char::is_alphabetic) && is_name || open.contains(end) {
                return None;
            }
            let range = html.range(start..start + begin.len());
            // Behind text it is a tag within a line, which ends there.
            let before = &self.text()[self.line_start(range.start)..range.start];
            if before.contains(|c: char| !" \t>*+-.)".contains(c) && !c.is_ascii_digit()) {
                return None;
            }
            let place = self.document.place(range);
            let problem =
                Problem::error(Kind::Syntax, "this is never closed, and markdown reads nothing of what stands below");
            Some(problem.at(place).help(format!("write `{end}` where it ends")))
        })
    }

    /// A fold that is not closed takes along all that stands below it.
    fn unclosed_folds(&self) -> impl Iterator<Item = Problem> {
        const FOLD: &str = "details";
        let mut open = Vec::new();
        for html in self.html {
            for token in tokens(html.text()) {
                match token {
                    Token::Open(tag) if tag.name == FOLD => open.push(html.range(tag.span)),
                    Token::Close(name) if name == FOLD => drop(open.pop()),
                    _ => {}
                }
            }
        }
        open.into_iter().map(|tag| {
            Problem::warning(Kind::Syntax, "this fold is never closed, and all that stands below is in it")
                .at(self.document.place(tag))
                .help("write `</details>`, with a blank line before it, where it ends")
        })
    }

    /// `$$` that stayed in the text: markdown took the formula apart, or it was never closed.
    fn display_formulas(&self) -> impl Iterator<Item = Problem> {
        let mut marks: Vec<usize> = Vec::new();
        for at in self.found("$$") {
            // Of more than two dollars, two count.
            marks.pop_if(|last| *last + 1 == at);
            marks.push(at);
        }
        let mut marks = marks.into_iter().peekable();
        iter::from_fn(move || {
            let start = marks.next()?;
            Some(match marks.next_if(|end| self.belong_together(start, *end)) {
                Some(end) => self.taken_apart(start..end + 2),
                None => Problem::error(Kind::Formula, "this `$$` opens or closes no formula")
                    .at(self.document.place(start..start + 2))
                    .help("put `$$` at both ends of the formula; for dollars in prose write `\\$\\$`"),
            })
        })
    }

    /// Whether two `$$` were meant as the ends of one formula: they stand in one paragraph, or where such ends stand.
    fn belong_together(&self, start: usize, end: usize) -> bool {
        let text = self.text();
        let between = &text[start + 2..end];
        let is_mark =
            |c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '>' | '-' | '*' | '+' | '.' | ')');
        let begins_line = text[self.line_start(start)..start].chars().all(is_mark);
        let ends_line = {
            let rest = text[end + 2..self.line_end(end)].trim();
            rest.is_empty() || rest.starts_with("{#") || rest.chars().all(|c| c.is_ascii_punctuation())
        };
        let one_paragraph = between.lines().skip(1).all(|line| !is_blank(line));
        one_paragraph || begins_line && ends_line && !between.contains("```") && !between.contains("\n#")
    }

    /// A display formula, from its first dollar to its last, that markdown takes apart.
    fn taken_apart(&self, range: Range<usize>) -> Problem {
        if self.in_raw_html(range.start) {
            return self.raw(Kind::Formula, "a formula", range);
        }
        let written = &self.text()[range.clone()];
        let place = self.document.place(range.clone());
        let problem = Problem::error(Kind::Formula, "markdown takes this display formula apart").at(place.clone());
        let prefix: String = self.text()[self.line_start(range.start)..range.start]
            .chars()
            .map(|c| if c == '>' { c } else { ' ' })
            .collect();
        let mut lines = written.split_inclusive('\n');
        let mut mended = lines.next().unwrap_or_default().to_owned();
        let mut causes = Vec::new();
        for line in lines {
            if is_blank(line) {
                causes.push(None);
                continue;
            }
            // What stands before the line in its list item or quote is none of the formula.
            let own =
                line.len() - line.strip_prefix(prefix.as_str()).unwrap_or(line).trim_start_matches([' ', '\t']).len();
            let (before, line) = line.split_at(own);
            let sign = block_sign(line);
            causes.extend(sign.map(Some));
            mended.extend([before, sign.map_or("", |_| "{}"), line]);
        }
        match causes.first() {
            Some(Some(sign)) => problem
                .note(format!("a line that begins with `{sign}` begins a block of its own, such as a list"))
                .mended(format!("put `{sign}` at the end of the line before, or write `{{}}{sign}`"), place, mended),
            Some(None) => problem.note("a blank line ends the paragraph, and the formula with it").mended(
                "take the blank line out; `\\\\` begins a new line of an `aligned` formula",
                place,
                mended,
            ),
            None if !is_balanced(written) => problem
                .note("its braces do not balance")
                .help("close each `{` by a `}`; a brace that is to be seen is `\\{`"),
            None if written.contains('|') => problem
                .note("a `|` ends a cell of a table, and lines with `|` may begin one")
                .help("write `\\vert` for `|`, and `\\Vert` for `\\|`"),
            None => problem.help("for dollars in prose write `\\$\\$`"),
        }
    }

    fn unread_formula(&self, range: Range<usize>) -> Problem {
        if self.in_raw_html(range.start) {
            return self.raw(Kind::Formula, "a formula", range);
        }
        let inside = &self.text()[range.start + 1..range.end - 1];
        if is_spaced(inside) {
            let message = "markdown reads no formula here: a space stands behind its first dollar or before its last";
            let problem = Problem::error(Kind::Formula, message).at(self.document.place(range.clone()));
            return problem.suggest("write ", format!("${}$", inside.trim()));
        }
        let (what, help) = if in_cells(&self.text()[range.clone()]) {
            let help = "write `\\vert` for `|` and `\\Vert` for `\\|`; a dollar in prose is `\\$`";
            ("a `|` in it ends a cell of the table", help)
        } else {
            (
                "its braces do not balance",
                "close each `{` by a `}`; a brace that is to be seen is `\\{`, a dollar in prose `\\$`",
            )
        };
        let problem = Problem::error(Kind::Formula, format!("markdown reads no formula here: {what}"));
        problem.at(self.document.place(range)).help(help)
    }

    /// A dollar with LaTeX behind it that no other one closes.
    fn unclosed_formula(&self, at: usize) -> Problem {
        let place = at..at + 1;
        if self.in_raw_html(at) {
            return self.raw(Kind::Formula, "a formula", place);
        }
        Problem::error(Kind::Formula, "this dollar opens a formula, and none closes it")
            .at(self.document.place(place))
            .help("write `$` where the formula ends, with no space before it; a dollar in prose is `\\$`")
    }

    /// `$a = {b$` is prose to markdown, because of the brace; its author meant a formula. So is `$x_1`, which nothing closes.
    fn unbalanced_formulas(&self) -> impl Iterator<Item = Problem> {
        let text = self.text();
        let marks: Vec<usize> = self
            .found("$")
            .filter(|at| !text[at + 1..].starts_with('$') && !text[..*at].ends_with('$'))
            .collect();
        let mut marks = marks.into_iter().peekable();
        iter::from_fn(move || {
            loop {
                let start = marks.next()?;
                let is_formula = |end: &usize| {
                    let inside = &text[start + 1..*end];
                    let is_meant = if is_spaced(inside) {
                        (is_latex(inside) || is_of_letters(inside)) && !inside.contains('\n')
                    } else {
                        !is_balanced(inside) || in_cells(inside)
                    };
                    is_meant
                        && !inside.contains('`')
                        && !inside.lines().any(is_blank)
                        && !is_price(text, &(start..end + 1))
                };
                if let Some(end) = marks.next_if(is_formula) {
                    return Some(self.unread_formula(start..end + 1));
                }
                if begins_latex(&text[start + 1..]) {
                    return Some(self.unclosed_formula(start));
                }
            }
        })
    }
}

/// Whether something stands between the bracket and the parenthesis of what would be a claim.
fn has_gap(mark: &str) -> bool {
    !mark[1..].starts_with(['(', '（'])
}

/// The first problems of a kind: nobody reads them all, and where there are so many one fault is behind most.
fn first(problems: impl Iterator<Item = Problem>) -> Vec<Problem> {
    const MOST: usize = 200;
    let mut problems = problems.peekable();
    let mut first: Vec<Problem> = problems.by_ref().take(MOST).collect();
    if problems.peek().is_some()
        && let Some(last) = first.pop()
    {
        first.push(last.note("more of this kind stand below, and are not listed"));
    }
    first
}

/// Whether blanks keep the dollars around a text from being those of a formula.
fn is_spaced(inside: &str) -> bool {
    inside.starts_with(char::is_whitespace) || inside.ends_with(char::is_whitespace)
}

/// Whether a text begins as only a formula does: `\alpha`, `x_1`, `x^2`, `x = 3`. `$HOME`, `$foo_bar` and `$x` are of other
/// languages.
fn begins_latex(text: &str) -> bool {
    static START: LazyLock<Regex> = LazyLock::new(|| {
        let behind_letter = r"[\^_](?:\{|[A-Za-z0-9]\b)| ?(?:=|\\[a-zA-Z]{2,}|[<>] ?[0-9])";
        Regex::new(&format!(r"^(?:\\[a-zA-Z]{{2,}}|[A-Za-z](?:{behind_letter}))")).expect("a constant")
    });
    START.is_match(text)
}

/// Whether a text of one line stands in several cells of a table.
fn in_cells(text: &str) -> bool {
    !text.contains('\n') && text.match_indices('|').any(|(at, _)| !is_escaped(text, at))
}

/// The text of raw HTML without its tags, and without the indentation of its lines.
fn visible(html: &MappedText) -> MappedText {
    let mut seen = String::with_capacity(html.text().len());
    let mut copied = 0;
    for range in texts(html.text()) {
        seen.push_str(&blanked(&html.text()[copied.min(range.start)..range.start]));
        seen.push_str(&html.text()[range.clone()]);
        copied = range.end;
    }
    seen.push_str(&blanked(&html.text()[copied..]));
    let mut text = MappedText::default();
    let mut start = 0;
    for line in seen.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        text.push(&line[indent..], html.position(start + indent));
        start += line.len();
    }
    text
}

/// As many bytes of spaces, with the ends of lines.
fn blanked(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

fn is_blank(line: &str) -> bool {
    line.chars().all(|c| c.is_whitespace() || c == '>')
}

/// Whether each brace of a formula has its other one. Escaped ones don't count.
fn is_balanced(latex: &str) -> bool {
    let braces = latex.match_indices(['{', '}']).filter(|(at, _)| !is_escaped(latex, *at));
    let mut open = 0;
    braces.into_iter().all(|(_, brace)| {
        open += if brace == "{" { 1 } else { -1 };
        open >= 0
    }) && open == 0
}

/// What a line begins with that makes it a block of its own, within a paragraph.
fn block_sign(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let first = line.get(..1)?;
    let rest = &line[1..];
    let ends_word = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    let is_block = match first {
        ">" => true,
        "=" => rest.chars().all(|c| c == '='),
        "-" => ends_word(rest) || rest.chars().all(|c| c == '-'),
        "+" | "*" => ends_word(rest),
        "#" => ends_word(rest.trim_start_matches('#')),
        ":" => ends_word(rest),
        "<" => rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')),
        "1" => return line.get(..2).filter(|sign| matches!(*sign, "1." | "1)") && ends_word(&line[2..])),
        _ => false,
    };
    is_block.then_some(first)
}

/// An expression for a target in angle brackets.
fn escaped(expression: &str) -> String {
    let mut escaped = String::with_capacity(expression.len());
    for (at, c) in expression.char_indices() {
        if matches!(c, '<' | '>') && !is_escaped(expression, at) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// An expression, and the title behind it that asks readers for its value, with the space before it.
fn titled(expression: &str) -> (&str, &str) {
    let title = expression.rfind(" \"answer").filter(|_| expression.ends_with('"'));
    let is_whole =
        |at: &usize| expression[..*at].trim_end().ends_with(|c: char| c.is_alphanumeric() || "_)]}?\"'".contains(c));
    title.filter(is_whole).map_or((expression, ""), |at| expression.split_at(at))
}

/// Where the bracket is opened that is closed just behind a text, escaped or not.
fn opening(text: &str) -> Option<usize> {
    let mut open = 1;
    let mut brackets = text.rmatch_indices(['[', ']']);
    let found = brackets.find(|(at, bracket)| {
        let is_close = *bracket == "]";
        if is_close && !is_escaped(text, *at) {
            open += 1;
        } else if !is_close {
            open -= 1;
        }
        open == 0
    });
    found.map(|(at, _)| at)
}

/// Where the parenthesis is closed that was opened just before a text; behind a `>` where an angle bracket was opened too.
fn closing(text: &str, angle: bool) -> Option<usize> {
    if angle && let Some(found) = text.find(">)") {
        let last = text[found..].len() - text[found..].trim_start_matches(['>', ')']).len();
        let run = &text[found..found + last];
        return run.rfind(">)").map(|at| found + at + 1);
    }
    let mut open = 1;
    text.char_indices()
        .find(|(_, c)| {
            open += i32::from(*c == '(') - i32::from(*c == ')');
            open == 0
        })
        .map(|(at, _)| at)
}
/// The first word of the last bold text on a line.
fn bold_word(line: &str) -> Option<&str> {
    let title = line.rsplit_once("**")?.0.rsplit("**").next()?;
    title.split([' ', '.', '(']).next()
}
