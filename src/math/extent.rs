//! How large and how deep a formula is. The converter calls itself for each group and for each argument, so both are bounded
//! before it sees a formula.

use std::collections::HashMap;

/// Bytes of a formula.
const LONGEST: usize = 32 << 10;
/// Groups within each other: braces, `\left` and `\begin`.
const DEEPEST: usize = 64;
/// Commands in a row, since each may be the argument of the one before it. `&` and `\\` end a row.
const MOST_COMMANDS: usize = 500;

/// Why a formula is not converted, and at which byte.
#[derive(Debug)]
pub(super) struct TooLarge {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// How many times the converter calls itself for a text, at most, by the names of a book's macros.
pub(super) type Depths = HashMap<String, usize>;

/// How many times the converter calls itself for a formula, at most.
///
/// # Errors
/// That is more than there is room for.
pub(super) fn depth(latex: &str, macros: &Depths) -> Result<usize, TooLarge> {
    let refused = |at: usize, message: String, help| Err(TooLarge { at, message, help });
    if latex.len() > LONGEST {
        let message = format!("it has more than {} KiB", LONGEST >> 10);
        return refused(0, message, "divide it; a table of numbers is better shown by a cell");
    }
    let mut scan = Scan { latex, at: 0, open: vec![0], commands: 0 };
    let mut deepest = 0;
    while let Some(start) = scan.step(macros) {
        if scan.open.len() > DEEPEST {
            return refused(
                start,
                format!("it is nested more than {DEEPEST} deep"),
                "divide it, or give a part of it a name",
            );
        }
        if scan.commands > MOST_COMMANDS {
            let message = format!("it has more than {MOST_COMMANDS} commands in a row");
            return refused(start, message, "divide it, or end the row by `\\\\`");
        }
        deepest = deepest.max(scan.open.len() + scan.commands);
    }
    Ok(deepest)
}

struct Scan<'a> {
    latex: &'a str,
    at: usize,
    /// For each open group the commands of its row.
    open: Vec<usize>,
    /// Those of all open groups.
    commands: usize,
}

impl Scan<'_> {
    /// Goes on to behind the next sign that matters; where that begins.
    fn step(&mut self, macros: &Depths) -> Option<usize> {
        let start = self.at + self.latex[self.at..].find(['\\', '{', '}', '&'])?;
        self.at = start + 1;
        match self.latex.as_bytes()[start] {
            b'{' => self.open.push(0),
            b'}' => self.close(),
            b'&' => self.end_row(),
            _ => self.command(macros),
        }
        Some(start)
    }

    /// A command whose backslash was passed.
    fn command(&mut self, macros: &Depths) {
        let rest = &self.latex[self.at..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        self.at += if letters == 0 {
            rest.chars().next().map_or(0, char::len_utf8)
        } else {
            letters
        };
        match &rest[..letters] {
            "" if rest.starts_with('\\') => self.end_row(),
            "" => {}
            "left" | "begin" => self.open.push(0),
            "right" | "end" => self.close(),
            name => {
                let calls = 1 + macros.get(name).copied().unwrap_or(0);
                self.commands += calls;
                if let Some(own) = self.open.last_mut() {
                    *own += calls;
                }
            }
        }
    }

    fn close(&mut self) {
        if self.open.len() > 1 {
            self.commands -= self.open.pop().unwrap_or(0);
        }
    }

    fn end_row(&mut self) {
        if let Some(own) = self.open.last_mut() {
            self.commands -= std::mem::take(own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(latex: &str) -> Result<usize, String> {
        depth(latex, &Depths::from([("norm".to_owned(), 3)])).map_err(|error| error.message)
    }

    #[test]
    fn groups_and_commands_in_a_row_are_counted() {
        for (latex, depth) in [
            ("", 0),
            ("x^2", 0),
            ("\\alpha", 2),
            ("\\{x\\}", 1),
            ("\\frac{1}{\\frac{1}{2}}", 5),
            ("\\hat\\hat\\hat x", 4),
            ("\\alpha & \\beta \\\\ \\gamma", 2),
            ("\\norm{x}", 6),
            ("\\left(\\left(x\\right)\\right)", 3),
            ("} } } x", 1),
            ("\\begin{matrix}\\hat x\\end{matrix}", 3),
            ("\\", 1),
            ("\\é{", 2),
        ] {
            assert_eq!(told(latex), Ok(depth), "{latex}");
        }
    }

    #[test]
    fn each_bound_is_named() {
        let nested = |opens: &str, closes: &str, times: usize| opens.repeat(times) + "x" + &closes.repeat(times);
        for (latex, message) in [
            (nested("{", "}", 64), "it is nested more than 64 deep"),
            (nested("\\left(", "\\right)", 64), "it is nested more than 64 deep"),
            (nested("\\begin{matrix}", "\\end{matrix}", 64), "it is nested more than 64 deep"),
            ("\\hat".repeat(501), "it has more than 500 commands in a row"),
            ("{\\hat ".repeat(60) + &"\\hat".repeat(441), "it has more than 500 commands in a row"),
            ("x".repeat((32 << 10) + 1), "it has more than 32 KiB"),
        ] {
            assert_eq!(told(&latex), Err(message.to_owned()));
        }
        assert!(told(&nested("{", "}", 63)).is_ok());
        assert!(told(&"\\alpha &".repeat(2_000)).is_ok());
    }
}
