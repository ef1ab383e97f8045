//! What a formula says apart from its decoration: its tokens without indices, colours and space; text at a brace or an arrow is apart.

use std::ops::Range;

use super::token::{Bracket, Token, TokenKind, lists};
use super::units::is_unit;
use crate::read::ClaimPiece;

/// Commands that are no symbols: signs, functions, and what a reader sees around a number. Any other, such as a macro of the book, is
/// one.
const NO_SYMBOLS: &str = "\
    log lg ln exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan arg deg det dim hom ker Pr argmax argmin gcd inf \
    injlim lim liminf limsup max min plim projlim sup binom dbinom tbinom choose over atop brace brack genfrac bmod mod pmod surd \
    mathstrut strut substack sum prod coprod int iint iiint oint smallint bigcap bigcup bigodot bigoplus bigotimes bigsqcup biguplus \
    bigvee bigwedge acute bar breve check dot ddot dddot ddddot grave hat mathring tilde vec widehat widetilde overline underline \
    underbar overgroup undergroup overleftarrow overrightarrow overleftrightarrow underleftarrow underrightarrow underleftrightarrow \
    overleftharpoon overrightharpoon Overrightarrow overbrace underbrace overbracket underbracket overparen underparen cancel bcancel \
    xcancel slashed boxed fbox smash cramped mathop mathrel mathbin mathord mathopen mathclose mathpunct mathinner Bbb bold frak mathbb \
    mathcal mathfrak mathscr mathtt mathnormal symbf cal it sf tt lfloor rfloor lceil rceil lvert rvert lVert rVert lang rang lgroup \
    rgroup lmoustache rmoustache ulcorner urcorner llcorner lrcorner llbracket rrbracket vert Vert middle backslash prime backprime \
    circ degree cdotp ldotp neg lnot forall exists exist nexists because therefore checkmark mp plusmn oplus ominus otimes oslash odot \
    uplus cap cup Cap Cup sqcap sqcup vee wedge land lor And setminus veebar barwedge curlyvee curlywedge dotplus boxplus boxminus \
    boxtimes boxdot amalg star bullet bull diamond dagger ddagger ltimes rtimes wr bigcirc bigtriangleup bigtriangledown triangleleft \
    triangleright divideontimes Box square blacksquare scriptscriptstyle qed qedsymbol newline colon";
/// Those whose groups, of which there may be so many, are no part of what is said.
const ONE_GROUP: &str = "color textcolor colorbox underset overset stackrel phantom hphantom vphantom operatorname \
    operatornamewithlimits hspace mspace raisebox label tag";
const TWO_GROUPS: &str = "fcolorbox rule";
/// Space of a length that stands in no group.
const SKIPS: &str = "kern mkern hskip mskip";
/// A script at their group is a text that stands beside it.
const BRACES: &str = "overbrace underbrace overbracket underbracket overparen underparen overgroup undergroup";
/// Signs between two things that no claim can state, as relations neither.
const PARTING: &str = "mid nmid parallel nparallel perp vdash dashv models uparrow downarrow updownarrow Uparrow Downarrow nearrow searrow \
    swarrow nwarrow";

/// Units that are told from a product in italics, too.
const IN_ITALICS: &str = "kg km cm mm nm ms ns min mol rad dB Hz kHz MHz GHz kB MB GB TB eV keV MeV GeV";

fn is_one_of(token: &Token<'_>, names: &str) -> bool {
    let name = token.text.strip_prefix('\\');
    name.is_some_and(|name| names.split_whitespace().any(|listed| listed == name))
}

/// Whether a token stands for something that is no number; words are none, and neither are signs such as `|` and `!`.
pub(super) fn is_symbol(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Unknown && token.text.contains(char::is_alphabetic) && !is_one_of(token, NO_SYMBOLS)
}

pub(super) fn is_relation(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Relation(_) | TokenKind::OtherRelation)
}

/// What stands at braces, or above and below a sign: by the tokens of each.
pub(super) fn labels(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let label = |at: usize| {
        let group = Some(at + 1).filter(|open| opens(tokens, *open))?;
        let script = if is_one_of(&tokens[at], BRACES) {
            script_at(tokens, group)? + 1
        } else {
            group
        };
        let labels = is_one_of(&tokens[at], BRACES) || is_one_of(&tokens[at], "overset underset stackrel");
        labels.then(|| script..end(tokens, script))
    };
    (0..tokens.len()).filter_map(label).collect()
}

/// The tokens of a formula as its sides are read from them.
pub(super) fn bare<'a>(tokens: &[Token<'a>], formula: &ClaimPiece) -> Vec<Token<'a>> {
    let mut bare = Bare {
        formula,
        kinds: tokens.iter().map(|token| Some(token.kind)).collect(),
        tokens,
    };
    for at in 0..tokens.len() {
        if let Some(kind) = bare.kinds[at] {
            bare.lay(at, kind);
        }
    }
    let kinds = bare.kinds.into_iter();
    tokens.iter().zip(kinds).filter_map(|(token, kind)| Some(Token { kind: kind?, ..*token })).collect()
}

struct Bare<'t, 'a> {
    formula: &'t ClaimPiece,
    tokens: &'t [Token<'a>],
    /// What each token is taken for; nothing where it is left out.
    kinds: Vec<Option<TokenKind>>,
}

impl Bare<'_, '_> {
    fn lay(&mut self, at: usize, kind: TokenKind) {
        let tokens = self.tokens;
        let token = &tokens[at];
        let is_arrow = token.text.starts_with("\\x") && token.text.contains("arrow");
        let groups = if is_one_of(token, ONE_GROUP) {
            1
        } else {
            2 * usize::from(is_one_of(token, TWO_GROUPS))
        };
        if groups > 0 {
            let behind = at + 1 + usize::from(is(tokens, at + 1, "*"));
            let end = (0..groups).fold(behind, |end, _| if opens(tokens, end) { self::end(tokens, end) } else { end });
            self.kinds[at..end].fill(None);
        } else if is_one_of(token, SKIPS) {
            let end = end_of_length(tokens, at + 1);
            self.kinds[at..end].fill(None);
        } else if kind == TokenKind::Subscript {
            let end = end(tokens, at + 1);
            // What a sum or a minimum is over may be a relation.
            if !tokens[at..end].iter().any(is_relation) {
                self.kinds[at..end].fill(None);
            }
        } else if let Some(end) = self.unit(at) {
            self.kinds[at..end].fill(None);
        } else if kind == TokenKind::Caret && (transposes(tokens, at) || is_ordinal(tokens, at)) {
            let end = end(tokens, at + 1);
            self.kinds[at..end].fill(None);
        } else if is_arrow || is_one_of(token, PARTING) {
            self.kinds[at] = Some(TokenKind::OtherRelation);
            if is_arrow {
                self.set_apart(behind_brackets(tokens, at + 1));
            }
        } else if is_one_of(token, BRACES)
            && opens(tokens, at + 1)
            && let Some(script) = script_at(tokens, at + 1)
        {
            self.kinds[script] = Some(TokenKind::OtherRelation);
            self.set_apart(script + 1);
        }
    }

    /// Where the unit or the `i` ends that begins here behind a number: `17\,\Omega`, `17\,\mu\mathrm{s}`, `17\,\mathsf{kg}`, `17~m`.
    fn unit(&self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        let last = &tokens[at.checked_sub(1)?];
        if !matches!(last.kind, TokenKind::Number | TokenKind::Superscript(_) | TokenKind::GroupClose) {
            return None;
        }
        let gap = &self.formula.text[last.end - self.formula.start..tokens[at].start - self.formula.start];
        // A thin one may stand in a product, `2\,x`.
        let is_wide = gap.contains('~') || gap.contains("\\ ");
        let is_apart = is_wide || ["\\,", "\\:", "\\;"].iter().any(|space| gap.contains(space));
        let in_group = usize::from(opens(tokens, at));
        let sign = at + in_group;
        let first = sign + usize::from(tokens.get(sign).is_some_and(|sign| is_one_of(sign, "mu Omega")));
        let is_letter = |token: &&Token<'_>| token.kind == TokenKind::Unknown && token.text.chars().count() == 1;
        let letters: Vec<&str> = tokens.get(first..)?.iter().take_while(is_letter).map(|letter| letter.text).collect();
        let end = first + letters.len();
        // `2i` may be of an index, `1.2i` is a part of a complex number.
        let is_imaginary = first == sign && letters == ["i"] && (last.text.contains('.') || gap.contains("\\mathrm"));
        let is_unit = match tokens.get(end) {
            _ if letters.is_empty() && first == sign => false,
            next if letters.is_empty() && is(tokens, sign, "\\mu") => {
                next.is_some_and(|next| next.kind == TokenKind::Word)
            }
            next if letters.is_empty() => !next.is_some_and(is_symbol),
            _ => {
                let word = letters.concat();
                let is_set_apart = is_wide || is(tokens, sign, "\\mu") || in_group > 0;
                is_unit(&word) && (is_set_apart || lists(IN_ITALICS, &word))
            }
        };
        let is_seen = is_imaginary || is_apart && is_unit;
        is_seen.then_some(end + in_group).filter(|end| *end <= tokens.len())
    }

    /// The group at a place, if there is one, is parted from what stands around it.
    fn set_apart(&mut self, open: usize) {
        if opens(self.tokens, open) {
            let close = end(self.tokens, open) - 1;
            self.kinds[open] = Some(TokenKind::OtherRelation);
            self.kinds[close] = Some(TokenKind::OtherRelation);
        }
    }
}

fn is(tokens: &[Token<'_>], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

fn opens(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.kind == TokenKind::GroupOpen)
}

/// Where the group, or the one token, at a place ends.
fn end(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0_usize;
    let end = (at..tokens.len()).find(|index| {
        match tokens[*index].kind {
            TokenKind::GroupOpen => depth += 1,
            TokenKind::GroupClose => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    end.map_or(tokens.len(), |end| end + 1)
}

/// Where the script of a group begins, if it has one.
fn script_at(tokens: &[Token<'_>], group: usize) -> Option<usize> {
    let script = end(tokens, group);
    let begins = |token: &Token<'_>| matches!(token.kind, TokenKind::Subscript | TokenKind::Caret);
    tokens.get(script).filter(|token| begins(token)).map(|_| script)
}

/// Behind `17pt` or `-3mu`.
fn end_of_length(tokens: &[Token<'_>], at: usize) -> usize {
    let number = at + usize::from(tokens.get(at).is_some_and(Token::is_sign));
    match tokens.get(number) {
        Some(token) if token.kind == TokenKind::Number => tokens.len().min(number + 3),
        _ => at,
    }
}

/// Behind the `[…]` that may follow an arrow.
fn behind_brackets(tokens: &[Token<'_>], at: usize) -> usize {
    let square = |at: usize, kind: TokenKind| tokens.get(at).is_some_and(|token| token.kind == kind);
    let close = square(at, TokenKind::Open(Bracket::Square))
        .then(|| (at..tokens.len()).find(|at| square(*at, TokenKind::Close(Bracket::Square))));
    close.flatten().map_or(at, |close| close + 1)
}

/// Whether a raised `T` stands here behind a bracket or a matrix.
fn transposes(tokens: &[Token<'_>], caret: usize) -> bool {
    let raised = caret + 1 + usize::from(opens(tokens, caret + 1));
    let is_sign = is(tokens, raised, "T") || tokens.get(raised).is_some_and(|it| it.kind == TokenKind::Transpose);
    let behind = caret
        .checked_sub(1)
        .is_some_and(|last| matches!(tokens[last].kind, TokenKind::Close(_) | TokenKind::End | TokenKind::GroupClose));
    is_sign && behind
}

/// Whether the raised letters of `17^{th}` stand here.
fn is_ordinal(tokens: &[Token<'_>], caret: usize) -> bool {
    let raised = tokens.get(caret + 1..end(tokens, caret + 1)).unwrap_or_default();
    let letters: String = raised.iter().map(|token| token.text).collect();
    matches!(letters.trim_matches(['{', '}']), "th" | "st" | "nd" | "rd")
}
