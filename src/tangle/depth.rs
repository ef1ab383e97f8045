//! How deep code is nested. syn and rustc call themselves for each bracket, and for each operator of an expression; both would end
//! with the process, so that neither is asked about what is deeper than this.

use std::iter::Peekable;
use std::sync::LazyLock;

use proc_macro2::{Delimiter, LexError, Spacing, Span, TokenStream, TokenTree, token_stream::IntoIter};
use regex::Regex;

use crate::room;

/// Brackets within each other; rustc's own bound for types.
const DEEPEST: usize = 128;
/// Operators of one expression, with those around it.
const MOST_OPERATORS: usize = 500;

/// Why code is not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooDeep {
    /// Where, in bytes.
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// Reads the tokens of code, if it is some, by what calls itself for each thing in another, with room for that.
///
/// # Errors
/// What of it is nested too deep.
pub(super) fn read<R>(code: &str, work: impl FnOnce(Result<TokenStream, LexError>) -> R) -> Result<R, TooDeep> {
    let tokens = code.parse();
    let depth = if is_shallow(code) { 0 } else { depth(code, &tokens)? };
    Ok(room::for_depth(depth, || work(tokens)))
}

/// What of code is nested too deep.
pub(crate) fn too_deep(code: &str) -> Option<TooDeep> {
    if is_shallow(code) { None } else { depth(code, &code.parse()).err() }
}

/// Whether code is too short to be deep.
fn is_shallow(code: &str) -> bool {
    code.bytes().filter(u8::is_ascii_punctuation).count() + words(code) < room::SHALLOW
}

/// How deep code of these tokens is at most.
fn depth(code: &str, tokens: &Result<TokenStream, LexError>) -> Result<usize, TooDeep> {
    let fault = match tokens {
        Ok(tokens) => match Walk::of(tokens.clone()) {
            Ok(depth) => return Ok(depth),
            Err((fault, span)) => (fault, span.byte_range().start),
        },
        // The compiler says what keeps it from being Rust, unless it ends on its brackets.
        Err(_) => match brackets(code) {
            Ok(depth) => return Ok(depth),
            Err(at) => (Fault::Brackets, at),
        },
    };
    let (message, help) = match fault.0 {
        Fault::Brackets => (
            format!("brackets are nested more than {DEEPEST} deep here"),
            "give an inner part a name of its own by `let`, or make it a function",
        ),
        Fault::Operators => (
            format!("this expression has more than {MOST_OPERATORS} operators"),
            "give a part of it a name of its own by `let`, or use a loop",
        ),
    };
    Err(TooDeep {
        at: fault.1.min(code.len()),
        message,
        help,
    })
}

enum Fault {
    Brackets,
    Operators,
}

/// Words that begin an expression, a type or a pattern within which there is another one.
const OPENING: [&str; 18] = [
    "as", "async", "await", "break", "const", "dyn", "else", "fn", "for", "if", "impl", "in", "let", "loop", "match",
    "move", "return", "unsafe",
];

/// How many of them may stand in code, at most.
fn words(code: &str) -> usize {
    code.split_ascii_whitespace().count()
}

/// A group that is being passed through.
struct Level {
    rest: Peekable<IntoIter>,
    is_block: bool,
    /// Operators of the expression in which it is.
    operators: usize,
    /// `<` among them that may be brackets.
    angles: usize,
}

impl Level {
    fn of(tokens: TokenStream, is_block: bool) -> Level {
        let rest = tokens.into_iter().peekable();
        Level { rest, is_block, operators: 0, angles: 0 }
    }
}

struct Walk {
    open: Vec<Level>,
    /// The operators of all open groups.
    operators: usize,
}

impl Walk {
    /// How deep the tokens are, without calling itself.
    fn of(tokens: TokenStream) -> Result<usize, (Fault, Span)> {
        let mut walk = Walk {
            open: vec![Level::of(tokens, false)],
            operators: 0,
        };
        let mut deepest = 0;
        while let Some(level) = walk.open.last_mut() {
            let Some(token) = level.rest.next() else {
                walk.close();
                continue;
            };
            let span = match &token {
                TokenTree::Group(group) => group.span_open(),
                other => other.span(),
            };
            walk.pass(token);
            if walk.open.len() > DEEPEST + 1 {
                return Err((Fault::Brackets, span));
            }
            if walk.operators > MOST_OPERATORS {
                return Err((Fault::Operators, span));
            }
            deepest = deepest.max(walk.open.len() + walk.operators);
        }
        Ok(deepest)
    }

    fn pass(&mut self, token: TokenTree) {
        let Some(level) = self.open.last_mut() else { return };
        match token {
            TokenTree::Group(group) => {
                let is_block = group.delimiter() == Delimiter::Brace;
                self.open.push(Level::of(group.stream(), is_block));
            }
            TokenTree::Punct(sign) => match sign.as_char() {
                '#' => {}
                ',' => self.keep(|level| level.angles),
                ';' => self.keep(|_| 0),
                '<' => {
                    let doubles = |next: &TokenTree| matches!(next, TokenTree::Punct(next) if matches!(next.as_char(), '<' | '='));
                    // `<<` and `<=` are no brackets.
                    if sign.spacing() == Spacing::Joint && level.rest.next_if(doubles).is_some() {
                        self.count();
                    } else {
                        level.angles += 1;
                    }
                    self.count();
                }
                '>' => {
                    level.angles = level.angles.saturating_sub(1);
                    self.count();
                }
                _ => self.count(),
            },
            TokenTree::Ident(word) if OPENING.iter().any(|opening| word == opening) => self.count(),
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
    }

    fn count(&mut self) {
        if let Some(level) = self.open.last_mut() {
            level.operators += 1;
            self.operators += 1;
        }
    }

    /// Ends an expression, of which so many operators go on.
    fn keep(&mut self, kept: impl Fn(&Level) -> usize) {
        if let Some(level) = self.open.last_mut() {
            let kept = kept(level);
            self.operators = self.operators + kept - level.operators;
            (level.operators, level.angles) = (kept, level.angles.min(kept));
        }
    }

    fn close(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        self.operators -= closed.operators;
        let Some(around) = self.open.last_mut() else { return };
        let goes_on = match around.rest.peek() {
            Some(TokenTree::Punct(sign)) => sign.as_char() != '#',
            Some(TokenTree::Ident(word)) => word == "else" || word == "as",
            _ => false,
        };
        // A block ends a statement, unless something follows that takes its value.
        if closed.is_block && !goes_on {
            self.keep(|_| 0);
        }
    }
}

/// How deep the brackets are of a text that is no sequence of tokens; where they are too deep.
fn brackets(code: &str) -> Result<usize, usize> {
    static MARKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"//[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\\n]|\\.)'|[(\[{]|[)\]}]"#).expect("a constant")
    });
    let (mut open, mut deepest) = (0_usize, 0);
    for mark in MARKS.find_iter(code) {
        match mark.as_str() {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open = open.saturating_sub(1),
            _ => {}
        }
        if open > DEEPEST {
            return Err(mark.start());
        }
        deepest = deepest.max(open);
    }
    Ok(deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str) -> Option<String> {
        too_deep(code).map(|fault| fault.message)
    }

    #[test]
    fn what_would_overflow_a_stack_is_told() {
        let brackets = Some("brackets are nested more than 128 deep here".to_owned());
        let operators = Some("this expression has more than 500 operators".to_owned());
        let around = |open: &str, close: &str, times: usize| open.repeat(times) + "1" + &close.repeat(times);
        for (code, message) in [
            (around("(", ")", 32_000), &brackets),
            (around("[", "]", 129), &brackets),
            (around("{", "}", 129), &brackets),
            (around("vec![", "]", 129), &brackets),
            (around("f(|x| { ", " })", 65), &brackets),
            ("(".repeat(2_000), &brackets),
            (around("!", "", 30_000), &operators),
            (around("- ", "", 501), &operators),
            (around("1 + ", "", 501), &operators),
            (around("return ", "", 501), &operators),
            (around("|_| ", "", 501), &operators),
            (around("x = ", "", 501), &operators),
            (around("a", ".b()", 501), &operators),
            (around("if a {} else ", "{}", 501), &operators),
            (around("{1} + ", "", 501), &operators),
            (around("x as u8", " as u8", 501), &operators),
            (format!("let x: {} = 1;", around("Box<", ">", 501)), &operators),
            (format!("let x: {} = 1;", around("A<u8, ", ">", 501)), &operators),
            (around("(!!!!!!", ")", 100), &operators),
        ] {
            assert_eq!(&told(&code), message, "{}", &code[..40.min(code.len())]);
        }
    }

    #[test]
    fn long_code_is_not_deep() {
        let around = |open: &str, close: &str, times: usize| open.repeat(times) + "1" + &close.repeat(times);
        for code in [
            around("(", ")", 128),
            around("!", "", 499),
            format!("[{}]", "-1.5, ".repeat(5_000)),
            format!("[{}]", "1 << 3, ".repeat(5_000)),
            "let x = a + b;\n".repeat(5_000),
            "fn f(x: &[f64]) -> Vec<f64> { x.to_vec() }\n".repeat(1_000),
            "if a < b { c() }\n".repeat(1_000),
            "/// - it is\n#[derive(Debug)]\nstruct A { a: Vec<Vec<f64>> }\n".repeat(1_000),
            format!("match x {{ {} }}", "A::B(x) => { x + 1 }\n".repeat(1_000)),
            format!("let text = \"{}\";", "(((".repeat(1_000)),
            format!("// {}\nlet x = 1;", "(((".repeat(1_000)),
            format!("let broken = \"{}\"; )", "(((".repeat(1_000)),
        ] {
            assert_eq!(told(&code), None, "{}", &code[..40]);
        }
    }

    #[test]
    fn the_place_is_that_of_the_first_that_is_too_deep() {
        let code = format!("let é = {}1{};", "(".repeat(129), ")".repeat(129));
        assert_eq!(too_deep(&code).map(|fault| fault.at), Some("let é = ".len() + 128));
    }
}
