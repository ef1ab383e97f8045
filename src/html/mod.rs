//! HTML that survives markdown: on one line, and inside a paragraph without a character that
//! markdown would act on.

pub(crate) mod css;
pub(crate) mod request;
pub(crate) mod script;
pub(crate) mod tags;

use crate::screen::visible;

/// Text with HTML's own characters replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // mdBook would take these for its own directives.
            '{' => escaped.push_str("&#123;"),
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escaped text for `<pre>`, its line ends as references, so that it stands on one line.
pub(crate) fn preformatted(text: &str) -> String {
    escape(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Escaped text in which each Greek letter that stands by itself, a variable, is in italics.
pub(crate) fn variables(text: &str) -> String {
    let is_greek = |c: char| matches!(c, 'α'..='ω' | 'ϑ' | 'ϕ' | 'ϵ');
    // Those above and below the line belong to the variable.
    let is_letter = |c: char| c.is_alphabetic() && !matches!(c, '\u{1d2c}'..='\u{1dbf}' | '\u{2071}'..='\u{209c}');
    let (mut html, mut before) = (String::with_capacity(text.len()), None);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_alone = !before.is_some_and(is_letter) && !rest.peek().copied().is_some_and(is_letter);
        if is_greek(c) && is_alone {
            html.extend(["<i>", c.encode_utf8(&mut [0; 4]), "</i>"]);
        } else {
            html.push(c);
        }
        before = Some(c);
    }
    html
}

/// HTML from a template, without the line ends and the indentation that make the template readable.
pub(crate) fn one_line(html: &str) -> String {
    html.lines().map(str::trim_start).collect()
}

/// HTML for the inside of a paragraph: in its text, punctuation becomes references, so that
/// markdown finds nothing to act on. Tags and references that are there already stay.
pub(crate) fn inline(html: &str) -> String {
    let mut safe = String::with_capacity(html.len() * 2);
    let mut in_tag = false;
    for c in one_line(html).chars() {
        match c {
            '<' if !in_tag => {
                in_tag = true;
                safe.push(c);
            }
            '>' if in_tag => {
                in_tag = false;
                safe.push(c);
            }
            '|' => safe.push_str("&#124;"),
            '&' | ';' | '#' => safe.push(c),
            c if in_tag || !c.is_ascii_punctuation() => safe.push(c),
            c => safe.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    safe
}

/// A table; `alignment` has a letter for each column.
pub(crate) fn table(alignment: &str, head: &[String], rows: &[Vec<String>]) -> String {
    let cells = |name: &str, row: &[String]| -> String {
        let aligned = row.iter().zip(alignment.chars().chain(std::iter::repeat('l')));
        aligned
            .map(|(text, side)| {
                let class = if side == 'r' { " class=\"recto-number\"" } else { "" };
                format!("<{name}{class}>{}</{name}>", preformatted(&visible(text)))
            })
            .collect()
    };
    let body: String = rows.iter().map(|row| format!("<tr>{}</tr>", cells("td", row))).collect();
    format!("<table><thead><tr>{}</tr></thead><tbody>{body}</tbody></table>", cells("th", head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_not_become_markup_or_a_directive() {
        assert_eq!(escape("<b>&\"{{#include x}}\u{1b}"), "&lt;b&gt;&amp;&quot;&#123;&#123;#include x}}");
        assert_eq!(preformatted("a\n\nb"), "a&#10;&#10;b");
    }

    #[test]
    fn greek_variables_are_in_italics_and_words_are_not() {
        assert_eq!(variables("step η = 0.1, β₂ = 2, 2/ρᵏ"), "step <i>η</i> = 0.1, <i>β</i>₂ = 2, 2/<i>ρ</i>ᵏ");
        assert_eq!(variables("λόγος, Δ, Qλ"), "λόγος, Δ, Qλ");
    }

    #[test]
    fn inline_html_holds_nothing_for_markdown() {
        assert_eq!(inline("<mi class=\"a_b\">x*y|z</mi>"), "<mi class=\"a_b\">x&#42;y&#124;z</mi>");
        assert_eq!(inline("&amp;"), "&amp;");
    }
}
