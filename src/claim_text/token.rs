//! Splits the text of a claim into tokens. Splitting never fails: what has no meaning is [`TokenKind::Unknown`], which is
//! harmless before the last relation sign and an error after it.

use std::ops::Range;

use super::quantity::{Quantity, based};
use super::text::Relation;
use super::units::is_unit;
use crate::read::ClaimPiece;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// An unsigned decimal numeral.
    Number,
    /// A fraction of a single character, like ½.
    Fraction(f64),
    /// An exponent in superscript characters.
    Superscript(i32),
    Constant(f64),
    /// A number in words.
    Spoken {
        quantity: Quantity,
        /// It multiplies a number after it: "half of 10".
        multiplies: bool,
    },
    Plus,
    Minus,
    PlusMinus,
    /// A hyphen or en dash in prose: a sign, a range or punctuation.
    Dash,
    Times,
    Slash,
    Root,
    Caret,
    Subscript,
    /// A sign for a power of ten: % or ‰.
    Scale(i32),
    Open(Bracket),
    Close(Bracket),
    /// LaTeX braces, which the reader does not see.
    GroupOpen,
    GroupClose,
    Comma,
    Semicolon,
    /// `&` between the columns of a matrix.
    Column,
    /// `\\` between its rows.
    Row,
    Begin,
    End,
    /// A LaTeX command that computes a number.
    Command,
    Transpose,
    Word,
    Punctuation,
    /// Dots that stand for what is left out.
    Ellipsis,
    Relation(Relation),
    OtherRelation,
    /// A part with symbols that is compiled, by its number.
    Formula(usize),
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
    Angle,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    /// Where it begins and ends in the document, in bytes; of words that belong together, `text` is the first.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The reader sees no space before it; in mathematics, only commands make space.
    pub(super) glued: bool,
    /// It stands in mathematics, outside of `\text{…}`.
    pub(super) math: bool,
    /// Index of its piece.
    pub(super) piece: usize,
}

impl<'a> Token<'a> {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_negation(&self) -> bool {
        let word = || self.text.to_lowercase();
        matches!(self.text, "\\neg" | "\\lnot" | "¬")
            || self.kind == TokenKind::Word
                && (lists(NEGATIONS, &word()) || self.text.ends_with("n't") || self.text.ends_with("n’t"))
    }

    /// Whether it says how far a relation in words holds, which nothing checks.
    pub(super) fn is_degree(&self) -> bool {
        self.kind == TokenKind::Word && lists(DEGREES, &self.text.to_lowercase())
    }

    pub(super) fn is_sign(&self) -> bool {
        matches!(self.kind, TokenKind::Plus | TokenKind::Minus | TokenKind::Dash)
    }

    /// A number may begin with it, signs apart.
    pub(super) fn starts_number(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Number
                | TokenKind::Fraction(_)
                | TokenKind::Constant(_)
                | TokenKind::Spoken { .. }
                | TokenKind::Root
                | TokenKind::Open(_)
                | TokenKind::GroupOpen
                | TokenKind::Begin
                | TokenKind::Command
        )
    }

    /// The name in `\begin{name}` and `\end{name}`.
    pub(super) fn environment(&self) -> &'a str {
        environment_name(self.text)
    }
}

fn environment_name(text: &str) -> &str {
    text.split_once('{').map_or("", |(_, name)| name.trim_end_matches('}').trim())
}

/// All tokens of a claim's text, in order.
pub(super) fn tokens(pieces: &[ClaimPiece]) -> Vec<Token<'_>> {
    let (mut tokens, mut glued) = (Vec::new(), true);
    for (index, piece) in pieces.iter().enumerate() {
        let mut lexer = Lexer {
            text: &piece.text,
            start: piece.start,
            piece: index,
            math: piece.math,
            at: 0,
            glued,
            tokens,
            upright: 0,
        };
        lexer.run();
        (tokens, glued) = (lexer.tokens, lexer.glued);
    }
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    start: usize,
    piece: usize,
    math: bool,
    at: usize,
    glued: bool,
    tokens: Vec<Token<'a>>,
    /// Where the upright letters of a unit end, in mathematics.
    upright: usize,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            if self.at < self.upright && c.is_alphabetic() {
                self.unit(leading(self.rest(), char::is_alphabetic));
            } else if self.at + 1 == self.upright {
                self.at += 1;
            } else if c.is_whitespace() && self.math {
                self.at += c.len_utf8();
            } else if c.is_whitespace() || self.math && c == '~' {
                self.space(c.len_utf8());
            } else if self.math && c == '\\' {
                self.command();
            } else {
                let (kind, length) = self.token(c);
                self.push(kind, length);
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        self.tokens.push(Token {
            kind,
            text: &self.text[self.at..self.at + length],
            start: self.start + self.at,
            end: self.start + self.at + length,
            glued: self.glued,
            math: self.math,
            piece: self.piece,
        });
        self.at += length;
        self.glued = true;
    }

    fn space(&mut self, length: usize) {
        self.at += length;
        self.glued = false;
    }

    fn skip_whitespace(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// The token that begins with `c`, and its length.
    fn token(&self, c: char) -> (TokenKind, usize) {
        let rest = self.rest();
        if let Some(found) = relation(rest, self.math) {
            return found;
        }
        if let Some(length) = numeral(rest, self.math) {
            return (TokenKind::Number, length);
        }
        if let Some(length) = ellipsis(rest) {
            return (TokenKind::Ellipsis, length);
        }
        if let Some(value) = vulgar_fraction(c) {
            return (TokenKind::Fraction(value), c.len_utf8());
        }
        if superscript(c).is_some() {
            let exponent: String = rest.chars().map_while(superscript).collect();
            let length = leading(rest, |c| superscript(c).is_some());
            return (exponent.parse().map_or(TokenKind::Unknown, TokenKind::Superscript), length);
        }
        if !self.math && ["+/-", "+/−"].iter().any(|sign| rest.starts_with(sign)) {
            return (TokenKind::PlusMinus, "+/".len() + rest[2..].chars().next().map_or(0, char::len_utf8));
        }
        let kind = match c {
            '±' => TokenKind::PlusMinus,
            '+' => TokenKind::Plus,
            '−' => TokenKind::Minus,
            '-' | '–' | '\u{2010}' | '\u{2011}' if self.math => TokenKind::Minus,
            '-' | '–' | '\u{2010}' | '\u{2011}' => TokenKind::Dash,
            '×' | '·' | '⋅' | '∗' | '*' => TokenKind::Times,
            '/' | '⁄' => TokenKind::Slash,
            '√' => TokenKind::Root,
            '∞' => TokenKind::Constant(f64::INFINITY),
            '^' => TokenKind::Caret,
            '(' => TokenKind::Open(Bracket::Round),
            ')' => TokenKind::Close(Bracket::Round),
            '[' => TokenKind::Open(Bracket::Square),
            ']' => TokenKind::Close(Bracket::Square),
            '⟨' => TokenKind::Open(Bracket::Angle),
            '⟩' => TokenKind::Close(Bracket::Angle),
            '{' if self.math => TokenKind::GroupOpen,
            '}' if self.math => TokenKind::GroupClose,
            '{' => TokenKind::Open(Bracket::Curly),
            '}' => TokenKind::Close(Bracket::Curly),
            ',' => TokenKind::Comma,
            ';' => TokenKind::Semicolon,
            '‰' => TokenKind::Scale(-3),
            _ if self.math => return self.math_token(c),
            _ => return self.prose_token(c),
        };
        (kind, c.len_utf8())
    }

    fn math_token(&self, c: char) -> (TokenKind, usize) {
        let kind = match c {
            'e' => TokenKind::Constant(std::f64::consts::E),
            'π' => TokenKind::Constant(std::f64::consts::PI),
            '°' => TokenKind::Punctuation,
            '_' => TokenKind::Subscript,
            '&' => TokenKind::Column,
            '.' | ':' if is_over(&self.rest()[1..]) => TokenKind::Punctuation,
            _ => TokenKind::Unknown,
        };
        (kind, c.len_utf8())
    }

    fn prose_token(&self, c: char) -> (TokenKind, usize) {
        let rest = self.rest();
        // `17x20`: of what was bound before it, an object is left.
        let joins =
            matches!(c, 'x' | 'X') && self.text[..self.at].ends_with(|c: char| c.is_ascii_digit() || c == '\u{fffc}');
        if joins && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            return (TokenKind::Unknown, 1);
        }
        if c.is_alphanumeric() {
            let length = word(rest);
            let kind = match &rest[..length] {
                "π" => TokenKind::Constant(std::f64::consts::PI),
                "ᵀ" => TokenKind::Transpose,
                word if word.contains(char::is_numeric) => TokenKind::Unknown,
                _ => TokenKind::Word,
            };
            return (kind, length);
        }
        let kind = match c {
            '%' => TokenKind::Scale(-2),
            '.' | ':' | '!' | '?' | '\'' | '‘' | '’' | '"' | '“' | '”' | '—' | '&' | '°' | '€' | '£' | '¥' | '$' => {
                TokenKind::Punctuation
            }
            _ => TokenKind::Unknown,
        };
        (kind, c.len_utf8())
    }

    /// A token that begins with a backslash, in mathematics.
    fn command(&mut self) {
        let rest = self.rest();
        let name = &rest[1..1 + leading(&rest[1..], |c| c.is_ascii_alphabetic())];
        if name.is_empty() {
            return self.control_symbol();
        }
        let length = 1 + name.len();
        match name {
            "left" | "right" => {
                self.space(length);
                self.skip_whitespace();
                if self.rest().starts_with('.') {
                    self.at += 1;
                }
            }
            "text" | "textrm" | "textup" | "textnormal" | "textit" | "textbf" | "textsf" | "texttt" | "mbox" => {
                self.prose(length);
            }
            "not" => {
                let relation = rest[length..].trim_start();
                let sign = match relation.strip_prefix('\\') {
                    Some(command) => 1 + leading(command, |c| c.is_ascii_alphabetic()),
                    None => relation.chars().next().map_or(0, char::len_utf8),
                };
                self.push(TokenKind::OtherRelation, rest.len() - relation.len() + sign);
            }
            "begin" | "end" => self.environment(length),
            "mathrm" => self.mathrm(length),
            // The number of a formula says nothing of it.
            "tag" => self.space(rest.find('}').map_or(length, |close| close + 1)),
            "mu" | "Omega" if self.at < self.upright => self.unit(length),
            _ if lists(SPACING, name) => self.space(length),
            _ => self.push(command_kind(name), length),
        }
    }

    /// `\,`, `\{`, `\\` and the like.
    fn control_symbol(&mut self) {
        let rest = self.rest();
        let symbol = rest[1..].chars().next();
        let length = 1 + symbol.map_or(0, char::len_utf8);
        match symbol {
            Some(',' | ';' | ':' | '!' | '>' | '/') => self.space(length),
            Some(c) if c.is_whitespace() => self.space(length),
            Some('{') => self.push(TokenKind::Open(Bracket::Curly), length),
            Some('}') => self.push(TokenKind::Close(Bracket::Curly), length),
            Some('%') => self.push(TokenKind::Scale(-2), length),
            Some('\\') => self.push(TokenKind::Row, length + row_gap(&rest[length..])),
            _ => self.push(TokenKind::Unknown, length),
        }
    }

    /// `\begin{…}` or `\end{…}`; the environments that only arrange their lines are space.
    fn environment(&mut self, command: usize) {
        let rest = self.rest();
        let braced = rest[command..].trim_start().starts_with('{');
        let Some(length) = rest.find('}').filter(|_| braced).map(|close| close + 1) else {
            return self.push(TokenKind::Unknown, command);
        };
        let kind = if rest.starts_with("\\begin") { TokenKind::Begin } else { TokenKind::End };
        match environment_name(&rest[..length]) {
            name if lists(ARRANGING, name) => self.space(length),
            name if !lists(MATRICES, name) => self.push(TokenKind::Unknown, length),
            name => {
                self.push(kind, length);
                if kind == TokenKind::Begin && name == "array" {
                    self.at += column_format(self.rest());
                }
            }
        }
    }

    /// `\mathrm{kg\,m^2}`: what holds nothing but units is read as words.
    fn mathrm(&mut self, command: usize) {
        let inside = self.rest()[command..].strip_prefix('{').unwrap_or_default();
        let mut depth = 1;
        let end = inside.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        });
        let inside = end.map_or("", |end| &inside[..end]);
        let mut words = inside.split(|c: char| !c.is_alphabetic()).filter(|word| !matches!(*word, "" | "cdot"));
        let units = words.clone().next().is_some() && words.all(|word| matches!(word, "mu" | "Omega") || is_unit(word));
        if units && inside != "T" {
            self.at += command + 1;
            self.upright = self.at + inside.len() + 1;
        } else {
            self.space(command);
        }
    }

    fn unit(&mut self, length: usize) {
        let math = std::mem::take(&mut self.math);
        self.push(TokenKind::Word, length);
        self.math = math;
    }

    /// `\text{…}`: its content is prose. Unclosed, it is not understood.
    fn prose(&mut self, command: usize) {
        let rest = self.rest();
        let inside = rest[command..].strip_prefix('{').and_then(|inside| inside.find('}').map(|end| &inside[..end]));
        let Some(inside) = inside.filter(|inside| !inside.contains('{')) else {
            return self.push(TokenKind::Unknown, command);
        };
        let open = self.at + command + 1;
        let mut prose = Lexer {
            text: &self.text[..open + inside.len()],
            start: self.start,
            piece: self.piece,
            math: false,
            at: open,
            glued: self.glued,
            tokens: std::mem::take(&mut self.tokens),
            upright: 0,
        };
        prose.run();
        self.tokens = prose.tokens;
        self.glued = prose.glued;
        self.at = open + inside.len() + 1;
    }
}

/// Commands without meaning for a number: space, size, style, typeface, alignment.
const SPACING: &str = "\
    quad qquad enspace thinspace medspace thickspace negthinspace nobreakspace big Big bigg Bigg bigl bigr Bigl \
    Bigr biggl biggr Biggl Biggr displaystyle textstyle scriptstyle limits nolimits mathbf mathit mathsf \
    boldsymbol bm rm bf hline nonumber notag";

/// Environments whose cells are a list of numbers.
const MATRICES: &str = "matrix pmatrix bmatrix Bmatrix smallmatrix array";

/// Environments that arrange formulas and mean nothing by themselves.
const ARRANGING: &str = "\
    aligned align align* split gathered gather gather* equation equation*";

/// Commands for relations that a claim can't state.
const OTHER_RELATIONS: &str = "\
    ne neq equiv cong ncong doteq asymp in notin ni propto ll gg lll ggg lesssim gtrsim lessapprox gtrapprox \
    nless ngtr nleq ngeq nsim prec succ preceq succeq subset subseteq supset supseteq to mapsto implies iff \
    rightarrow longrightarrow Rightarrow Leftrightarrow triangleq eqdef measeq questeq stareq arceq veeeq wedgeq circeq eqcirc \
    doteqdot Doteq risingdotseq fallingdotseq bumpeq Bumpeq approxeq backsim backsimeq eqsim thicksim thickapprox leqq geqq lneq gneq \
    lneqq gneqq lnsim gnsim lnapprox gnapprox nleqslant ngeqslant nleqq ngeqq lessdot gtrdot lessgtr gtrless lesseqgtr gtreqless \
    llless gggtr precsim succsim precapprox succapprox preccurlyeq succcurlyeq nprec nsucc npreceq nsucceq subsetneq supsetneq \
    subseteqq supseteqq nsubseteq nsupseteq sqsubseteq sqsupseteq between Longrightarrow Longleftrightarrow Leftarrow \
    Longleftarrow impliedby leftrightarrow longleftrightarrow longleftarrow longmapsto leadsto rightsquigarrow hookrightarrow \
    rightharpoonup rightleftharpoons nrightarrow nRightarrow";

/// Commands that the evaluator knows.
const COMPUTING: &str = "\
    frac tfrac dfrac cfrac sqrt log ln exp sin cos tan cot sinh cosh tanh coth arcsin arccos arctan";

/// Words that deny what they stand in.
const NEGATIONS: &str = "not never cannot nor nothing nobody nowhere hardly scarcely barely rarely seldom";

/// Words that say how far a relation holds: "well over 9", "strictly between 5 and 7".
const DEGREES: &str = "\
    strictly well just far much slightly narrowly considerably substantially significantly marginally somewhat way \
    clearly vastly greatly little bit comfortably safely";

/// Whether `word` is one of `words`, which are divided by spaces.
pub(super) fn lists(words: &str, word: &str) -> bool {
    words.split(' ').any(|listed| listed == word)
}

fn command_kind(name: &str) -> TokenKind {
    match name {
        "pm" => TokenKind::PlusMinus,
        "lt" => TokenKind::Relation(Relation::Less),
        "gt" => TokenKind::Relation(Relation::Greater),
        "le" | "leq" | "leqslant" => TokenKind::Relation(Relation::AtMost),
        "ge" | "geq" | "geqslant" => TokenKind::Relation(Relation::AtLeast),
        "approx" | "sim" | "simeq" => TokenKind::Relation(Relation::About),
        "coloneqq" | "leftarrow" | "gets" => TokenKind::Relation(Relation::Equal),
        _ if lists(OTHER_RELATIONS, name) => TokenKind::OtherRelation,
        "cdot" | "times" | "ast" => TokenKind::Times,
        "div" => TokenKind::Slash,
        "pi" => TokenKind::Constant(std::f64::consts::PI),
        "infty" => TokenKind::Constant(f64::INFINITY),
        "lparen" => TokenKind::Open(Bracket::Round),
        "rparen" => TokenKind::Close(Bracket::Round),
        "lbrack" => TokenKind::Open(Bracket::Square),
        "rbrack" => TokenKind::Close(Bracket::Square),
        "lbrace" => TokenKind::Open(Bracket::Curly),
        "rbrace" => TokenKind::Close(Bracket::Curly),
        "langle" => TokenKind::Open(Bracket::Angle),
        "rangle" => TokenKind::Close(Bracket::Angle),
        "top" | "intercal" => TokenKind::Transpose,
        "dots" | "ldots" | "cdots" | "vdots" | "ddots" | "dotsc" => TokenKind::Ellipsis,
        _ if lists(COMPUTING, name) => TokenKind::Command,
        _ => TokenKind::Unknown,
    }
}

/// A relation sign at the beginning of `text`. Signs run together in any other way, like `=>` or `<<`, are relations
/// of another kind. A tilde is a space in LaTeX.
fn relation(text: &str, math: bool) -> Option<(TokenKind, usize)> {
    let first = text.chars().next()?;
    let in_sign = |c: char| matches!(c, '=' | '<' | '>') || c == '~' && !math;
    let prefix = match first {
        ':' | '!' if text[1..].starts_with('=') => 1,
        '-' if text[1..].starts_with('>') => 1,
        _ => 0,
    };
    let ascii = prefix + leading(&text[prefix..], in_sign);
    let (kind, length) = match first {
        _ if ascii > 0 => {
            let relation = match &text[..ascii] {
                "=" | ":=" => Some(Relation::Equal),
                "<" => Some(Relation::Less),
                ">" => Some(Relation::Greater),
                "<=" => Some(Relation::AtMost),
                ">=" => Some(Relation::AtLeast),
                "~" => Some(Relation::About),
                _ => None,
            };
            (relation.map_or(TokenKind::OtherRelation, TokenKind::Relation), ascii)
        }
        '≔' => (TokenKind::Relation(Relation::Equal), first.len_utf8()),
        '≈' | '∼' | '≃' => (TokenKind::Relation(Relation::About), first.len_utf8()),
        '≤' | '⩽' => (TokenKind::Relation(Relation::AtMost), first.len_utf8()),
        '≥' | '⩾' => (TokenKind::Relation(Relation::AtLeast), first.len_utf8()),
        '≠' | '≡' | '≅' | '≉' | '∈' | '∉' | '∋' | '∝' | '≪' | '≫' | '≲' | '≳' | '≮' | '≯' | '≰' | '≱' | '≺' | '≻'
        | '⊂' | '⊆' | '→' | '←' | '↔' | '⇒' | '⇔' | '↦' => (TokenKind::OtherRelation, first.len_utf8()),
        _ => return None,
    };
    let struck_out = text[length..].chars().next().filter(|c| *c == '\u{338}');
    Some(struck_out.map_or((kind, length), |slash| (TokenKind::OtherRelation, length + slash.len_utf8())))
}

/// Whether a formula holds nothing more than the ends of what arranges it.
fn is_over(rest: &str) -> bool {
    let rest = rest.trim_start();
    let behind = rest.strip_prefix("\\end{").and_then(|rest| rest.split_once('}'));
    rest.is_empty() || behind.is_some_and(|(name, rest)| lists(ARRANGING, name) && is_over(rest))
}

/// Length of the unsigned decimal numeral that `text` begins with.
fn numeral(text: &str, math: bool) -> Option<usize> {
    if let Some((radix, digits)) =
        based(&text[..leading(text, |c| c.is_ascii_alphanumeric() || c == '_')]).filter(|_| !math)
    {
        return digits.chars().all(|c| c.is_digit(radix) || c == '_').then_some("0x".len() + digits.len());
    }
    let whole = digits(text);
    let mut length = whole + thousands(text, whole, math);
    let fraction = text[length..].strip_prefix('.').map_or(0, digits);
    if fraction > 0 {
        length += 1 + fraction;
    } else if whole == 0 {
        return None;
    }
    Some(length + exponent(&text[length..]))
}

/// Length of the groups of three digits that follow the first `whole` digits. Grouped, a numeral has the same
/// separator throughout: `1,797,5` is a list.
fn thousands(text: &str, whole: usize, math: bool) -> usize {
    if !(1..=3).contains(&whole) || text.starts_with('0') {
        return 0;
    }
    let own: &[&str] = if math { &["{,}", "\\,"] } else { &[",", "_", "'", "’"] };
    let spaces = ["\u{2009}", "\u{202f}", "\u{a0}"];
    let groups = |separator: &str| {
        let mut rest = &text[whole..];
        while let Some(group) = rest.strip_prefix(separator).filter(|group| digits(group) > 0) {
            if digits(group) != 3 {
                return None;
            }
            rest = &group[3..];
        }
        Some(text.len() - whole - rest.len()).filter(|length| *length > 0)
    };
    own.iter().copied().chain(spaces).find_map(groups).unwrap_or(0)
}

/// Length of an exponent like `e-9`.
fn exponent(text: &str) -> usize {
    let Some(signed) = text.strip_prefix(['e', 'E']) else {
        return 0;
    };
    let unsigned = signed.strip_prefix(['+', '-', '−']).unwrap_or(signed);
    match digits(unsigned) {
        0 => 0,
        digits => text.len() - unsigned.len() + digits,
    }
}

fn ellipsis(text: &str) -> Option<usize> {
    match leading(text, |c| c == '.') {
        0 | 1 => text.starts_with(['…', '⋯', '⋮', '⋱']).then_some('…'.len_utf8()),
        dots => Some(dots),
    }
}

/// Length of a word: letters and digits, with apostrophes inside.
fn word(text: &str) -> usize {
    let in_word = |c: char| c.is_alphanumeric() && superscript(c).is_none() || ('\u{300}'..='\u{36f}').contains(&c);
    let length = leading(text, in_word);
    let after = text[length..].strip_prefix(['\'', '’']);
    match after.filter(|after| after.starts_with(char::is_alphabetic)) {
        Some(after) => text.len() - after.len() + leading(after, in_word),
        None => length,
    }
}

/// Length of the `[2pt]` that may follow `\\`.
fn row_gap(text: &str) -> usize {
    let gap = text.strip_prefix('[').and_then(|gap| gap.split_once(']')).map_or("", |(gap, _)| gap);
    let unit = gap.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    if matches!(unit, "pt" | "em" | "ex" | "mm" | "cm" | "in") {
        gap.len() + 2
    } else {
        0
    }
}

/// Length of the `{cc|c}` that follows `\begin{array}`, with the position that may stand before it.
fn column_format(text: &str) -> usize {
    let bracketed = |text: &str, open: char, close: char, allowed: &str| {
        let inside = text.trim_start().strip_prefix(open).and_then(|inside| inside.split_once(close));
        let rest = inside.filter(|(inside, _)| inside.chars().all(|c| allowed.contains(c))).map(|(_, rest)| rest.len());
        rest.map_or(0, |rest| text.len() - rest)
    };
    let position = bracketed(text, '[', ']', "tbc");
    position + bracketed(&text[position..], '{', '}', "lcr| ")
}

fn digits(text: &str) -> usize {
    leading(text, |c| c.is_ascii_digit())
}

/// Length of the longest beginning of `text` whose characters all satisfy `belongs`.
fn leading(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn superscript(c: char) -> Option<char> {
    let mut pairs = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻".chars().zip("0123456789+-".chars());
    pairs.find(|(raised, _)| *raised == c).map(|(_, plain)| plain)
}

fn vulgar_fraction(c: char) -> Option<f64> {
    let (numerator, denominator) = match c {
        '½' => (1.0, 2.0),
        '⅓' => (1.0, 3.0),
        '⅔' => (2.0, 3.0),
        '¼' => (1.0, 4.0),
        '¾' => (3.0, 4.0),
        '⅕' => (1.0, 5.0),
        '⅖' => (2.0, 5.0),
        '⅗' => (3.0, 5.0),
        '⅘' => (4.0, 5.0),
        '⅙' => (1.0, 6.0),
        '⅚' => (5.0, 6.0),
        '⅐' => (1.0, 7.0),
        '⅛' => (1.0, 8.0),
        '⅜' => (3.0, 8.0),
        '⅝' => (5.0, 8.0),
        '⅞' => (7.0, 8.0),
        '⅑' => (1.0, 9.0),
        '⅒' => (1.0, 10.0),
        _ => return None,
    };
    Some(numerator / denominator)
}
