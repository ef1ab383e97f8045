//! Splits the LaTeX of a formula into what a reader sees. What only makes space or changes a typeface is left out.

use std::ops::Range;

/// A token, and where it stands in the formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// An unsigned decimal numeral, without separators.
    Number(String),
    /// A letter of a symbol, as Rust spells it: `x`, `lambda`.
    Letter(String),
    /// A name of several letters, as `\mathrm{rate}` or `\operatorname{tr}`.
    Word(String),
    /// A command that is no letter, without its backslash.
    Command(String),
    /// `\begin{…}` and `\end{…}`, by the name.
    Begin(String),
    End(String),
    /// Prose in a formula.
    Text(String),
    /// Any other sign.
    Sign(char),
}

/// Commands that are space, size, style or typeface.
const SPACING: &str = "\
    enspace thinspace medspace thickspace negthinspace nobreakspace big Big bigg Bigg displaystyle textstyle scriptstyle limits nolimits mathbf mathit mathsf boldsymbol bm bf rm \
    nonumber notag";

/// Letters with a name.
const LETTERS: &str = "\
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega \
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell";

/// Letters that stand for themselves.
const GREEK: [(char, &str); 24] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('φ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
    ('ℓ', "ell"),
    ('∞', "infty"),
];

/// The tokens of a formula.
pub(super) fn tokens(latex: &str) -> Vec<Token> {
    let mut lexer = Lexer { latex, at: 0, tokens: Vec::new() };
    while lexer.at < latex.len() {
        lexer.next();
    }
    lexer.tokens
}

struct Lexer<'a> {
    latex: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.latex[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let span = self.at..self.at + length;
        self.tokens.push(Token { kind, span });
        self.at += length;
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        let length = numeral(rest);
        if length > 0 {
            let digits = rest[..length].chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
            return self.push(Kind::Number(digits), length);
        }
        match c {
            c if c.is_whitespace() || c == '~' => self.at += c.len_utf8(),
            '\\' => self.command(),
            c if c.is_ascii_alphabetic() => self.push(Kind::Letter(c.to_string()), 1),
            'π' => self.push(Kind::Command("pi".to_owned()), c.len_utf8()),
            '−' | '–' => self.push(Kind::Sign('-'), c.len_utf8()),
            '×' | '·' | '⋅' | '∗' => self.push(Kind::Command("cdot".to_owned()), c.len_utf8()),
            c => match GREEK.iter().find(|(letter, _)| *letter == c) {
                Some((_, "infty")) => self.push(Kind::Command("infty".to_owned()), c.len_utf8()),
                Some((_, name)) => self.push(Kind::Letter((*name).to_owned()), c.len_utf8()),
                None => self.push(Kind::Sign(c), c.len_utf8()),
            },
        }
    }

    fn command(&mut self) {
        let rest = self.rest();
        let name = &rest[1..1 + leading(&rest[1..])];
        let length = 1 + name.len();
        let lists = |words: &str| words.split(' ').any(|word| word == name);
        match name {
            "" => self.control_symbol(),
            "left" | "bigl" | "Bigl" | "biggl" | "Biggl" => self.sized(length, ["lvert", "lVert"]),
            "right" | "bigr" | "Bigr" | "biggr" | "Biggr" => self.sized(length, ["rvert", "rVert"]),
            "middle" => self.at += length,
            "mathrm" | "operatorname" | "text" | "textrm" | "mbox" => self.word(length),
            "begin" | "end" => self.environment(length),
            "varepsilon" | "vartheta" | "varphi" | "varrho" | "varsigma" => {
                let letter = Kind::Letter(name[3..].to_owned());
                self.push(letter, length);
            }
            _ if lists(SPACING) => self.at += length,
            _ if lists(LETTERS) => {
                let letter = Kind::Letter(name.to_owned());
                self.push(letter, length);
            }
            _ => {
                let command = Kind::Command(name.to_owned());
                self.push(command, length);
            }
        }
    }

    /// Behind `\left` and the like: a bar then says which side it is of; `.` is nothing.
    fn sized(&mut self, command: usize, [bar, bars]: [&str; 2]) {
        let rest = self.rest();
        let inside = rest[command..].trim_start();
        let open = rest.len() - inside.len();
        match inside {
            _ if inside.starts_with('.') => self.at += open + 1,
            _ if inside.starts_with('|') => self.push(Kind::Command(bar.to_owned()), open + 1),
            _ if inside.starts_with("\\|") => self.push(Kind::Command(bars.to_owned()), open + 2),
            _ => self.at += open,
        }
    }

    /// `\,`, `\{`, `\\` and the like.
    fn control_symbol(&mut self) {
        let sign = self.rest()[1..].chars().next();
        let length = 1 + sign.map_or(0, char::len_utf8);
        match sign {
            Some(',' | ';' | ':' | '!' | '>' | '/' | ' ') => self.at += length,
            Some('|') => self.push(Kind::Command("Vert".to_owned()), length),
            Some('\\') => self.push(Kind::Command("\\".to_owned()), length),
            Some(sign) => self.push(Kind::Command(sign.to_string()), length),
            None => self.push(Kind::Sign('\\'), length),
        }
    }

    /// `\mathrm{name}`: a word, or where it holds more, or nothing of that kind, what it holds.
    fn word(&mut self, command: usize) {
        let rest = self.rest();
        let is_text = !rest.starts_with("\\mathrm") && !rest.starts_with("\\operatorname");
        let inside = rest[command..].trim_start();
        let open = rest.len() - inside.len();
        let word = inside.strip_prefix('{').and_then(|inside| Some(&inside[..inside.find('}')?]));
        let Some(word) = word else {
            self.at += command;
            return;
        };
        let length = open + word.len() + 2;
        let name = word.trim().to_owned();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_text {
            self.push(Kind::Text(name), length);
        } else if is_name {
            self.push(Kind::Word(name), length);
        } else {
            self.at += command;
        }
    }

    fn environment(&mut self, command: usize) {
        let rest = self.rest();
        let name = rest[command..].strip_prefix('{').and_then(|inside| Some(&inside[..inside.find('}')?]));
        let Some(name) = name else {
            return self.push(Kind::Sign('\\'), command);
        };
        let (name, length) = (name.to_owned(), command + name.len() + 2);
        let kind = if rest.starts_with("\\begin") { Kind::Begin(name) } else { Kind::End(name) };
        self.push(kind, length);
    }
}

fn leading(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len())
}

/// Length of the numeral that a text begins with: `20`, `0.5`, `.5`, `1{,}797`, `1\,797`.
fn numeral(text: &str) -> usize {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(text);
    let mut length = whole;
    for separator in ["{,}", "\\,"] {
        let mut end = whole;
        while (1..=3).contains(&whole)
            && let Some(group) = text[end..].strip_prefix(separator)
            && digits(group) == 3
        {
            end += separator.len() + 3;
        }
        length = length.max(end);
    }
    let fraction = text[length..].strip_prefix('.').map_or(0, digits);
    match (whole, fraction) {
        (0, 0) => 0,
        (_, 0) => length,
        (_, fraction) => length + 1 + fraction,
    }
}
