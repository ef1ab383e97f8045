//! What of a program can be otherwise, and how: one step of a literal's last digit, another operator, another comparison.
//!
//! In: a program as it is compiled. Out: its [`Mutant`]s, and for each the expressions that stand in the place of others.
//! Code that is evaluated by the compiler can't be switched: a constant is switched where it is used.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Lit, Macro, Token, UnOp};

use crate::room;
use crate::tangle::Program;

/// A way in which the code of a cell may be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// Index of the cell.
    pub(crate) item: usize,
    /// What is changed, in bytes of the document.
    pub(crate) span: Range<usize>,
    /// As it stands there, and what stands there instead; nothing where it is left out.
    pub(crate) from: String,
    pub(crate) to: String,
}

/// An expression of a program that can be switched.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// In bytes of the program's source.
    pub(super) range: Range<usize>,
    /// For each of its mutants, by its index, the expression that stands there instead, on one line.
    pub(super) others: Vec<(usize, String)>,
}

/// The mutants of a program, and where it is switched, in the order of its source.
#[derive(Clone, Debug, Default)]
pub(super) struct Switches {
    pub(super) mutants: Vec<Mutant>,
    pub(super) sites: Vec<Site>,
}

/// Macros that evaluate each expression in their arguments, of which those of text take the first as it is. An assertion is a check, and
/// no input.
const TRANSPARENT: [&str; 16] = [
    "vec", "print", "println", "eprint", "eprintln", "format", "write", "writeln", "panic", "vector", "matrix",
    "dvector", "dmatrix", "point", "stack", "show",
];

/// What can be otherwise in a program; `is_open` says in which items.
pub(super) fn switches(program: &Program, is_open: &dyn Fn(usize) -> bool) -> Switches {
    // Nothing in a cell is nested deeper than `tangle` lets it be.
    room::for_depth(usize::MAX, || {
        let Ok(file) = syn::parse_file(&program.source) else {
            return Switches::default();
        };
        let mut constants = Constants::default();
        constants.visit_file(&file);
        let mut finder = Finder {
            program,
            is_open,
            constants: HashMap::new(),
            found: Switches::default(),
        };
        for (name, value) in constants.0 {
            finder.constant(name, value);
        }
        finder.visit_file(&file);
        finder.found.sites.sort_by_key(|site| (site.range.start, Reverse(site.range.end)));
        finder.found
    })
}

/// The constants of a program, each with its value.
#[derive(Default)]
struct Constants<'ast>(Vec<(String, &'ast Expr)>);

impl<'ast> Visit<'ast> for Constants<'ast> {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.0.push((item.ident.to_string(), &item.expr));
    }
}

struct Finder<'a> {
    program: &'a Program,
    is_open: &'a dyn Fn(usize) -> bool,
    /// By the names of constants, what stands for their values.
    constants: HashMap<String, Vec<(usize, String)>>,
    found: Switches,
}

impl Finder<'_> {
    fn source(&self, range: Range<usize>) -> &str {
        &self.program.source[range]
    }

    /// The place of a token that an author wrote in a cell that can be switched.
    fn place(&self, span: Span) -> Option<(usize, Range<usize>)> {
        let (start, end) = (span.start(), span.end());
        let place = self.program.map.copied((start.line, start.column + 1), end.column + 1)?;
        (start.line == end.line && (self.is_open)(place.0)).then_some(place)
    }

    /// Adds a mutant, of which an expression becomes another.
    fn add(&mut self, expression: Range<usize>, token: Span, to: &[(&str, Option<String>)]) {
        let Some((item, span)) = self.place(token) else { return };
        let from = self.source(token.byte_range()).to_owned();
        let mut others = Vec::new();
        for (to, other) in to {
            let Some(other) = other else { continue };
            others.push((self.found.mutants.len(), other.clone()));
            self.found.mutants.push(Mutant {
                item,
                span: span.clone(),
                from: from.clone(),
                to: (*to).to_owned(),
            });
        }
        if !others.is_empty() {
            self.found.sites.push(Site { range: expression, others });
        }
    }

    /// A stretch of the source with another word in it, on one line.
    fn with(&self, whole: Range<usize>, part: Range<usize>, word: &str) -> Option<String> {
        let text = [
            self.source(whole.start..part.start),
            word,
            self.source(part.end..whole.end),
        ]
        .concat();
        // Comments are gone, and the ends of lines with them; those in a literal can't go.
        let line = if text.contains(['\n', '/']) {
            text.parse::<TokenStream>().ok()?.to_string()
        } else {
            text
        };
        (!line.contains('\n')).then_some(line)
    }

    /// What stands for a constant where it is used: its value with another literal or operator in it.
    fn constant(&mut self, name: String, value: &Expr) {
        let sites = self.found.sites.len();
        self.visit_expr(value);
        let whole = value.span().byte_range();
        let its: Vec<Site> = self.found.sites.drain(sites..).collect();
        let others = its.into_iter().flat_map(|site| {
            let value = |other: &str| self.with(whole.clone(), site.range.clone(), &format!("({other})"));
            let others = site.others.iter().filter_map(|(mutant, other)| Some((*mutant, value(other)?)));
            others.collect::<Vec<_>>()
        });
        let others = others.collect();
        self.constants.insert(name, others);
    }

    fn literal(&mut self, lit: &Lit) {
        let span = lit.span();
        let range = span.byte_range();
        let to = match lit {
            Lit::Int(number) => stepped(self.source(range.clone()), number.suffix().len()),
            Lit::Float(number) => stepped(self.source(range.clone()), number.suffix().len()),
            Lit::Bool(value) => Some((!value.value).to_string()),
            _ => None,
        };
        if let Some(to) = to {
            self.add(range, span, &[(&to, Some(to.clone()))]);
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary) {
        let others: &[&str] = match binary.op {
            BinOp::Add(_) => &["-"],
            BinOp::Sub(_) => &["+"],
            BinOp::Mul(_) => &["/"],
            BinOp::Div(_) | BinOp::Rem(_) => &["*"],
            BinOp::And(_) => &["||"],
            BinOp::Or(_) => &["&&"],
            BinOp::Eq(_) => &["!="],
            BinOp::Ne(_) => &["=="],
            BinOp::Lt(_) => &["<=", ">"],
            BinOp::Le(_) => &["<", ">="],
            BinOp::Gt(_) => &[">=", "<"],
            BinOp::Ge(_) => &[">", "<="],
            BinOp::AddAssign(_) => &["-="],
            BinOp::SubAssign(_) => &["+="],
            BinOp::MulAssign(_) => &["/="],
            BinOp::DivAssign(_) | BinOp::RemAssign(_) => &["*="],
            _ => &[],
        };
        let (whole, operator) = (binary.span().byte_range(), binary.op.span());
        if !binds(&binary.left) && !binds(&binary.right) {
            let to = others.iter().map(|to| (*to, self.with(whole.clone(), operator.byte_range(), to)));
            let to: Vec<_> = to.collect();
            self.add(whole, operator, &to);
        }
    }

    fn unary(&mut self, unary: &syn::ExprUnary) {
        if matches!(unary.op, UnOp::Neg(_) | UnOp::Not(_)) {
            let (whole, sign) = (unary.span().byte_range(), unary.op.span());
            let without = self.with(whole.clone(), sign.byte_range(), "");
            self.add(whole, sign, &[("", without)]);
        }
    }
}

/// Whether a condition binds names, as `if let` does; it can't stand in brackets.
fn binds(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => binds(&binary.left) || binds(&binary.right),
        _ => false,
    }
}

/// A numeral whose last digit is another, by one step; `suffix` is the length of what stands behind its digits. The last digit of a
/// number with an exponent is that of its other part.
fn stepped(numeral: &str, suffix: usize) -> Option<String> {
    let digits = &numeral[..numeral.len() - suffix];
    if digits.starts_with("0x") || digits.starts_with("0b") || digits.starts_with("0o") {
        return None;
    }
    let end = digits.find(['e', 'E']).unwrap_or(digits.len());
    let last = digits[..end].rfind(|c: char| c.is_ascii_digit())?;
    let digit = numeral.as_bytes()[last] - b'0';
    let step = if digit == 9 { 8 } else { digit + 1 };
    // `1.` has no digit behind its point.
    Some(format!("{}{step}{}", &numeral[..last], &numeral[last + 1..]))
}

/// The expressions of a macro's arguments.
fn arguments(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(input.parse()?);
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
        } else if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(all)
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr(&mut self, expression: &'ast Expr) {
        match expression {
            Expr::Lit(literal) => self.literal(&literal.lit),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Unary(unary) => self.unary(unary),
            Expr::Path(path) if path.qself.is_none() => {
                let others = path.path.get_ident().and_then(|name| self.constants.get(&name.to_string()));
                if let Some(others) = others.filter(|others| !others.is_empty()).cloned() {
                    self.found.sites.push(Site { range: path.span().byte_range(), others });
                }
            }
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let Ok(arguments) = arguments.parse2(call.tokens.clone()) else {
            return;
        };
        // Several are shown with their text.
        let is_named = name == "show" && arguments.len() > 1;
        if TRANSPARENT.contains(&name.as_str()) && !is_named {
            // They are not of the tree, and found the same way.
            arguments.iter().for_each(|argument| Finder::visit_expr(self, argument));
        }
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        // Its length is a constant.
        self.visit_expr(&repeat.expr);
    }

    fn visit_signature(&mut self, _: &'ast syn::Signature) {}

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if function.sig.constness.is_none() {
            self.visit_block(&function.block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if function.sig.constness.is_none() {
            self.visit_block(&function.block);
        }
    }

    // What the compiler evaluates, and what is no expression.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_variant(&mut self, _: &'ast syn::Variant) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_generics(&mut self, _: &'ast syn::Generics) {}
    fn visit_path_arguments(&mut self, _: &'ast syn::PathArguments) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numeral_goes_by_one_step_of_its_last_digit() {
        for (numeral, suffix, other) in [
            ("0.04", 0, Some("0.05")),
            ("9", 0, Some("8")),
            ("1e-9", 0, Some("2e-9")),
            ("2.5e3", 0, Some("2.6e3")),
            ("10_000u64", 3, Some("10_001u64")),
            ("0.5_f64", 3, Some("0.6_f64")),
            ("1.", 0, Some("2.")),
            ("0xff", 0, None),
        ] {
            assert_eq!(stepped(numeral, suffix).as_deref(), other, "{numeral}");
        }
    }
}
