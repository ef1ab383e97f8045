//! The names that a formula may use.

use std::collections::BTreeMap;

use super::lexer::{self, Kind, Token};

/// What Rust knows by a name, so far as the syntax of the cells tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Value,
    /// A number, if these names are numbers, too.
    Number(Vec<String>),
    /// A value with entries.
    List,
    /// A variable of a claim, which may count entries.
    Variable,
    /// A function, with what each of its parameters takes.
    Function(Vec<Parameter>),
    /// It is imported, and may be either.
    Imported,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Its name; empty where a pattern takes it apart.
    pub(crate) name: String,
    pub(crate) takes: Takes,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A number of one type.
    Number,
    /// What can be a number of 64 bits, and other things too.
    Generic,
    /// A list of what is generic, which only a name can be.
    Point,
    /// Anything else, which only a name can be.
    Other,
    /// What the syntax does not tell.
    Unknown,
}

/// The names at one place of a lesson.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    names: BTreeMap<String, Bound>,
    /// What a book or lesson says of symbols, by their spelling: the Rust; empty for one that is bound to nothing.
    symbols: BTreeMap<String, String>,
}

/// How a symbol is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Value(String),
    /// A function; nothing is known of the parameters of one that the settings name.
    Function(String, Option<Vec<Parameter>>),
    Nothing,
}

impl Scope {
    /// `symbols` are those of a lesson, or its book: LaTeX and Rust.
    pub(crate) fn new(symbols: &BTreeMap<String, String>) -> Scope {
        let spelled = |(latex, rust): (&String, &String)| Some((spelling(latex)?, rust.trim().to_owned()));
        Scope {
            names: BTreeMap::new(),
            symbols: symbols.iter().filter_map(spelled).collect(),
        }
    }

    /// From here on a name stands for this.
    pub(crate) fn bind(&mut self, name: &str, bound: Bound) {
        let bound = match bound {
            Bound::Number(of) if !of.iter().all(|it| self.is_number(it)) => Bound::Value,
            bound => bound,
        };
        self.names.insert(name.to_owned(), bound);
    }

    /// Whether a name is known to stand for a number.
    pub(crate) fn is_number(&self, name: &str) -> bool {
        matches!(self.names.get(name), Some(Bound::Number(_)))
    }

    /// Whether a name is known to have entries.
    pub(super) fn has_entries(&self, name: &str) -> bool {
        self.names.get(name) == Some(&Bound::List)
    }

    /// Whether a name is that of a variable of the claim.
    pub(super) fn counts(&self, name: &str) -> bool {
        self.names.get(name) == Some(&Bound::Variable)
    }

    /// A variable of a claim, whatever the settings say of its symbol.
    pub(crate) fn bind_variable(&mut self, name: &str, bound: Bound) {
        self.symbols.remove(name);
        self.bind(name, bound);
    }

    /// From here on a symbol stands for a function, if that is what the Rust names.
    pub(crate) fn alias(&mut self, symbol: &str, rust: &str) -> bool {
        let known = || matches!(self.names.get(rust), Some(Bound::Function(_) | Bound::Imported));
        // As of what is imported, a capital letter begins the name of something else.
        let last = rust.rsplit_once("::").map(|(_, last)| last);
        let is_path =
            last.is_some_and(|last| last.starts_with(char::is_lowercase) && syn::parse_str::<syn::Path>(rust).is_ok());
        let is_function = is_path || known();
        if is_function {
            self.symbols.insert(symbol.to_owned(), rust.to_owned());
        }
        is_function
    }

    /// Whether one of the spellings stands for something.
    pub(super) fn knows(&self, spellings: &[String]) -> bool {
        [true, false].iter().any(|called| self.meaning(spellings, *called) != Meaning::Nothing)
    }

    /// What the first of the spellings stands for that stands for something; `called` where an argument in brackets follows.
    pub(super) fn meaning(&self, spellings: &[String], called: bool) -> Meaning {
        if let Some(rust) = spellings.iter().find_map(|spelling| self.symbols.get(spelling)) {
            return match self.names.get(rust) {
                _ if rust.is_empty() => Meaning::Nothing,
                Some(Bound::Function(parameters)) if called => {
                    Meaning::Function(rust.clone(), Some(parameters.clone()))
                }
                Some(Bound::Value | Bound::Number(_) | Bound::List | Bound::Variable) => Meaning::Value(rust.clone()),
                _ if called => Meaning::Function(rust.clone(), None),
                _ => Meaning::Value(rust.clone()),
            };
        }
        for name in spellings {
            match self.names.get(name) {
                Some(Bound::Value | Bound::Number(_) | Bound::List | Bound::Variable) => {
                    return Meaning::Value(name.clone());
                }
                Some(Bound::Imported) if !called => return Meaning::Value(name.clone()),
                Some(Bound::Imported) => return Meaning::Function(name.clone(), None),
                Some(Bound::Function(parameters)) if called => {
                    return Meaning::Function(name.clone(), Some(parameters.clone()));
                }
                Some(Bound::Function(_)) | None => {}
            }
        }
        Meaning::Nothing
    }
}

/// How the symbol of some LaTeX is spelled; nothing for what is no symbol.
pub(crate) fn spelling(latex: &str) -> Option<String> {
    let tokens = lexer::tokens(latex);
    let (spelled, end) = Spelled::read(&tokens, 0)?;
    spelled.spellings().into_iter().next().filter(|_| end == tokens.len())
}

/// A symbol as it is written.
#[derive(Clone)]
pub(super) struct Spelled {
    base: String,
    accent: Option<&'static str>,
    /// The words of its index, if it has one that can be part of a name, and the tokens of the index.
    pub(super) index: Option<(Option<String>, std::ops::Range<usize>)>,
    marks: Vec<&'static str>,
}

impl Spelled {
    /// The symbol that begins at a token, and where it ends.
    pub(super) fn read(tokens: &[Token], first: usize) -> Option<(Spelled, usize)> {
        let kind = |at: usize| tokens.get(at).map(|token| &token.kind);
        let mut at = first;
        let accent = match kind(at)? {
            Kind::Command(name) => Some(accent(name)?),
            _ => None,
        };
        at += usize::from(accent.is_some());
        let braced = accent.is_some() && kind(at) == Some(&Kind::Sign('{'));
        at += usize::from(braced);
        let (Kind::Letter(base) | Kind::Word(base)) = kind(at)? else {
            return None;
        };
        at += 1;
        if braced {
            (kind(at)? == &Kind::Sign('}')).then_some(())?;
            at += 1;
        }
        let mut spelled = Spelled {
            base: base.clone(),
            accent,
            index: None,
            marks: Vec::new(),
        };
        loop {
            if kind(at) == Some(&Kind::Sign('_')) && spelled.index.is_none() {
                let inside = group(tokens, at + 1)?;
                let is_long = |token: &Token| matches!(&token.kind, Kind::Number(digits) if digits.len() > 1);
                // LaTeX takes one digit.
                if inside.start == at + 1 && tokens.get(inside.start).is_some_and(is_long) {
                    return None;
                }
                at = inside.end + usize::from(kind(inside.end) == Some(&Kind::Sign('}')) && inside.start > at + 1);
                spelled.index = Some((words(&tokens[inside.clone()]), inside));
            } else if kind(at) == Some(&Kind::Sign('\'')) {
                spelled.marks.push("prime");
                at += 1;
            } else if let Some((mark, end)) = mark(tokens, at) {
                spelled.marks.push(mark);
                at = end;
            } else {
                return Some((spelled, at));
            }
        }
    }

    /// How many primes it has, where it has no other marks; and the names of what they stand behind.
    pub(super) fn primes(&self) -> Option<(usize, Vec<String>)> {
        let are_primes = !self.marks.is_empty() && self.marks.iter().all(|mark| *mark == "prime");
        let unmarked = || Spelled { marks: Vec::new(), ..self.clone() };
        are_primes.then(|| (self.marks.len(), unmarked().spellings()))
    }

    /// Without its index.
    pub(super) fn stem(&self) -> Vec<String> {
        let parts = [Some(self.base.as_str()), self.accent].into_iter().flatten();
        vec![parts.chain(self.marks.iter().copied()).collect::<Vec<_>>().join("_")]
    }

    /// The names that it reads as, the usual one first.
    pub(super) fn spellings(&self) -> Vec<String> {
        let Some((index, _)) = &self.index else {
            return self.stem();
        };
        let Some(index) = index.as_deref() else {
            return Vec::new();
        };
        let accent = self.accent.map(|accent| format!("_{accent}")).unwrap_or_default();
        let marks: String = self.marks.iter().map(|mark| format!("_{mark}")).collect();
        let base = &self.base;
        let mut names = vec![
            format!("{base}{accent}_{index}{marks}"),
            format!("{base}{accent}{marks}_{index}"),
            format!("{base}_{index}{accent}{marks}"),
        ];
        if index.bytes().all(|byte| byte.is_ascii_digit()) {
            names.push(format!("{base}{accent}{index}{marks}"));
        }
        names
    }
}

fn accent(command: &str) -> Option<&'static str> {
    let name = match command {
        "hat" | "widehat" => "hat",
        "bar" | "overline" => "bar",
        "tilde" | "widetilde" => "tilde",
        "dot" => "dot",
        "ddot" => "ddot",
        "vec" => "vec",
        "check" => "check",
        _ => return None,
    };
    Some(name)
}

/// `^\star` and the like.
fn mark(tokens: &[Token], at: usize) -> Option<(&'static str, usize)> {
    let kind = |at: usize| tokens.get(at).map(|token| &token.kind);
    if kind(at)? != &Kind::Sign('^') {
        return None;
    }
    let inside = group(tokens, at + 1)?;
    let [only] = &tokens[inside.clone()] else { return None };
    let mark = match &only.kind {
        Kind::Command(name) if name == "star" || name == "ast" => "star",
        Kind::Command(name) if name == "dagger" => "dagger",
        Kind::Command(name) if name == "prime" => "prime",
        Kind::Sign('*') => "star",
        _ => return None,
    };
    Some((mark, inside.end + usize::from(inside.start > at + 1)))
}

/// The tokens that a script holds: those in braces, or the next one.
pub(super) fn group(tokens: &[Token], at: usize) -> Option<std::ops::Range<usize>> {
    let is = |at: usize, sign: char| tokens.get(at).is_some_and(|token| token.kind == Kind::Sign(sign));
    if !is(at, '{') {
        return tokens.get(at).map(|_| at..at + 1);
    }
    let mut depth = 0_usize;
    for end in at..tokens.len() {
        depth += usize::from(is(end, '{'));
        depth -= usize::from(is(end, '}'));
        if depth == 0 {
            return Some(at + 1..end);
        }
    }
    None
}

/// An index that can be part of a name.
fn words(tokens: &[Token]) -> Option<String> {
    let mut name = String::new();
    let mut last_was_long = false;
    for token in tokens {
        let (word, is_long) = match &token.kind {
            Kind::Letter(letter) => (letter.as_str(), letter.len() > 1),
            Kind::Word(word) | Kind::Text(word) => (word.as_str(), true),
            Kind::Number(digits) if !digits.contains('.') => (digits.as_str(), false),
            Kind::Sign('+') if !name.is_empty() => ("plus", true),
            Kind::Sign('-') if !name.is_empty() => ("minus", true),
            Kind::Command(command) if matches!(command.as_str(), "max" | "min" | "star" | "infty") => {
                (if command == "infty" { "inf" } else { command.as_str() }, true)
            }
            _ => return None,
        };
        if !name.is_empty() && (is_long || last_was_long) {
            name.push('_');
        }
        name.push_str(word);
        last_was_long = is_long;
    }
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some(name)
}
