//! A difference for people: as text for a terminal, and as markdown for a pull request.

use std::fmt::Write;

use super::change::{Change, Sort};
use super::reported::Spot;
use super::{Difference, Versions};
use crate::screen::shortened;

/// A table of markdown has so many rows: a comment on GitHub has room for 65,536 characters.
const MOST_ROWS: usize = 40;
/// Longer texts are cut in markdown.
const LONGEST: usize = 160;

impl Sort {
    /// How many there are of it, in words.
    fn counted(self, count: usize) -> String {
        let of = |one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        match self {
            Sort::Weaker => of("check is weaker", "checks are weaker"),
            Sort::Moved => of("value moved", "values moved"),
            Sort::Figure => of("figure changed", "figures changed"),
            Sort::Anchor => of("anchor is gone", "anchors are gone"),
            Sort::Coverage => of("loss of coverage", "losses of coverage"),
            Sort::Restated => of("claim was restated", "claims were restated"),
            Sort::Added => of("check is new", "checks are new"),
            Sort::Rounding => of("value moved by a rounding error", "values moved by a rounding error"),
        }
    }

    /// The word for it in a line of text.
    fn word(self) -> &'static str {
        match self {
            Sort::Weaker => "weaker",
            Sort::Moved => "moved",
            Sort::Figure => "figure",
            Sort::Anchor => "anchor",
            Sort::Coverage => "coverage",
            Sort::Restated => "restated",
            Sort::Added => "new",
            Sort::Rounding => "rounding",
        }
    }

    /// Whether its changes are told one by one.
    fn is_listed(self) -> bool {
        self != Sort::Rounding
    }
}

impl Difference {
    /// How many changes there are of each sort, in one line.
    pub(crate) fn summary(&self) -> String {
        let some = self.totals.iter().filter(|(_, count)| **count > 0);
        let words: Vec<String> = some.map(|(sort, count)| sort.counted(*count)).collect();
        if words.is_empty() { "no result changed".to_owned() } else { words.join(", ") }
    }

    /// For a terminal: a line for each change, with what was there and what is.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for change in self.changes.iter().filter(|change| change.sort.is_listed()) {
            let at = change.new.as_ref().or(change.old.as_ref()).map(|spot| format!("{spot}: ")).unwrap_or_default();
            let gone = if change.new.is_none() && change.old.is_some() {
                " (in the old version)"
            } else {
                ""
            };
            let _ = writeln!(text, "{at}{}: {}{gone}", change.sort.word(), change.message);
            for (sign, side) in [('-', &change.before), ('+', &change.after)] {
                if let Some(side) = side {
                    let _ = writeln!(text, "    {sign} {}", one_line(side));
                }
            }
            if let Some(sentence) = &change.sentence {
                let _ = writeln!(text, "    in: {sentence}");
            }
        }
        if !text.is_empty() {
            text.push('\n');
        }
        for versions in &self.environment {
            let _ = writeln!(text, "{}: {}", versions.name, versions.arrow());
        }
        if let Some(unsaid) = self.unsaid() {
            let _ = writeln!(text, "{unsaid}");
        }
        text + &self.summary()
    }

    /// For a pull request. What the book says stands as code, so that none of it is markup, mentions or links.
    pub(crate) fn markdown(&self) -> String {
        let book = self.new.book.as_ref().map(|title| format!(" of {}", code(title))).unwrap_or_default();
        let mut text = format!("### Results{book}: {}\n", self.summary());
        for sort in Sort::ALL.into_iter().filter(|sort| sort.is_listed()) {
            let changes: Vec<&Change> = sort.among(&self.changes).collect();
            if changes.is_empty() {
                continue;
            }
            let heading = sort.counted(changes.len());
            let folds = matches!(sort, Sort::Restated | Sort::Added);
            let _ = if folds {
                writeln!(text, "\n<details><summary>{heading}</summary>\n")
            } else {
                writeln!(text, "\n**{heading}**\n")
            };
            text.push_str("| where | what | before | now |\n|---|---|---|---|\n");
            changes.iter().take(MOST_ROWS).for_each(|change| text.push_str(&row(change)));
            if changes.len() > MOST_ROWS {
                let _ = writeln!(text, "\nand {} more", changes.len() - MOST_ROWS);
            }
            if folds {
                text.push_str("\n</details>\n");
            }
        }
        if !self.environment.is_empty() {
            let versions = self.environment.iter().map(|it| format!("{}: {}", it.name, it.arrow()));
            let versions: Vec<String> = versions.map(|it| code(&it)).collect();
            let _ = writeln!(text, "\nThe book ran on other versions: {}.", versions.join(", "));
        }
        if let Some(unsaid) = self.unsaid() {
            let _ = writeln!(text, "\n{unsaid}.");
        }
        text.trim_end().to_owned()
    }

    /// What could not be compared.
    fn unsaid(&self) -> Option<String> {
        let older = [&self.old, &self.new].into_iter().min_by_key(|side| side.format)?;
        (!self.not_compared.is_empty()).then(|| {
            let listed = self.not_compared.join(", ");
            format!("not compared, since a report of form {} does not say them: {listed}", older.format)
        })
    }
}

impl Versions {
    fn arrow(&self) -> String {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
        format!("{} -> {}", side(&self.old), side(&self.new))
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

fn row(change: &Change) -> String {
    let spot = change.new.as_ref().or(change.old.as_ref());
    let at = spot.map(|spot| code(&format!("{}:{}", spot.file, spot.line))).unwrap_or_default();
    let side = |side: &Option<String>| side.as_deref().map(code).unwrap_or_default();
    let sentence = change.sentence.as_deref().map(|sentence| format!("<br>in {}", code(sentence))).unwrap_or_default();
    format!(
        "| {at} | {}{sentence} | {} | {} |\n",
        prose(&change.message),
        side(&change.before),
        side(&change.after)
    )
}

/// A message with its code spans, and nothing else that markdown reads.
fn prose(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let parts = parts.map(|(number, part)| if number % 2 == 1 { code(part) } else { escaped(part) });
    parts.collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.replace(['\n', '\r'], " ").chars() {
        if "\\*_[]<>#|@$~&".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A text as code in a table's cell.
fn code(text: &str) -> String {
    let text = shortened(&one_line(text), LONGEST).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.is_empty() {
        String::new()
    } else {
        format!("{fence}{space}{text}{space}{fence}")
    }
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_book_says_is_no_markup() {
        assert_eq!(code("a|b `c`\n<d>"), "``a\\|b `c` <d>``");
        assert_eq!(code("$x$ @me"), "`$x$ @me`");
        assert_eq!(code("```"), "```` ``` ````");
        assert_eq!(prose("`a*b` became *[x](y)* @me"), "`a*b` became \\*\\[x\\](y)\\* \\@me");
        assert!(code(&"λ".repeat(500)).chars().count() < 170);
    }
}
