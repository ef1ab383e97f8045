//! What must be known of a cell's Rust before it is put into a program.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};
use regex::Regex;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Item, MacroDelimiter, Meta, ReturnType, Safety, Signature, Stmt, Type};

use super::binding::Let;
use super::depth::{self, TooDeep};
use super::names;
use crate::formula::Bound;

/// The shape of a cell's code. Byte ranges are those of the code.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Whether the code parses.
    pub(super) is_rust: bool,
    /// What must stand at the top of a program: `#![…]`, `extern crate …`.
    pub(super) hoisted: Vec<Range<usize>>,
    /// What says how the crate is called, which cargo does.
    pub(super) crate_names: Vec<Range<usize>>,
    /// The last expression, when it has no `;`.
    pub(super) last_expression: Option<Range<usize>>,
    /// Where what stands before the last statement ends.
    pub(super) before_last: usize,
    /// The last expression has nothing to show, as an assignment.
    pub(super) is_silent: bool,
    /// The code ends in `(())`: to rustdoc its value is a result.
    pub(super) ends_in_result: bool,
    /// Each `return` that would leave the lesson.
    pub(super) returns: Vec<Range<usize>>,
    /// The cell's own `fn main`.
    pub(super) main: Option<Main>,
    /// The name in a `fn main` that is not the program's, since code stands beside it.
    pub(super) main_beside_code: Option<Range<usize>>,
    /// Whether a path begins with `crate`.
    pub(super) names_crate: bool,
    /// The `let`s of its own scope that bind names.
    pub(super) lets: Vec<Let>,
    /// Doc comments and attributes of nothing, behind the last statement.
    pub(super) behind: Option<Range<usize>>,
    /// The names that it gives to what stands below it.
    pub(super) names: Vec<(String, Bound)>,
}

/// A `fn main`.
#[derive(Clone, Debug)]
pub(super) struct Main {
    /// Its name.
    pub(super) name: Range<usize>,
    /// The compiler may take it for a program's: it has no arguments, is not `async`, and so on.
    pub(super) is_plain: bool,
    /// What stands between `->` and its body.
    pub(super) returns: Returns,
}

/// What a `main` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    Nothing,
    Never,
    /// Anything, of which the compiler knows whether a program may end in it.
    Value,
}

/// The shape of the code; that of no code when it does not parse, for rustc says best what is wrong.
///
/// # Errors
/// What of it is nested too deep.
pub(super) fn shape(code: &str) -> Result<Shape, TooDeep> {
    depth::read(code, |tokens| tokens.map_or_else(|_| Shape::default(), |tokens| parsed_shape(code, tokens)))
}

/// Where brackets of the code do not match, what is wrong there, and what to do.
pub(super) fn unbalanced(code: &str) -> Option<(usize, String, String)> {
    let Ok(Err(error)) = depth::read(code, |tokens| tokens.map(drop)) else {
        return None;
    };
    let at = error.span().byte_range().start;
    let bracket = code.get(at..)?.chars().next()?;
    let closing = match bracket {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        ')' | ']' | '}' => {
            let message = format!("this `{bracket}` closes nothing that is open in this cell");
            return Some((
                at,
                message,
                format!("take it away, or write what it closes; `{bracket}` closes the last that was opened"),
            ));
        }
        _ => return None,
    };
    let help = format!("write `{closing}` where it ends: each cell closes what it opens");
    Some((at, format!("this `{bracket}` is never closed"), help))
}

/// The shape of a block as rustdoc has it, which leaves out the doc comments and attributes that stand behind all
/// statements and belong to none.
///
/// # Errors
/// What of it is nested too deep.
pub(super) fn shape_of_block(code: &str) -> Result<Shape, TooDeep> {
    let read = shape(code)?;
    let end = if read.is_rust {
        None
    } else {
        depth::read(code, |tokens| end_of_statements(tokens.ok()?))?
    };
    let before = end.map(|end| Ok((end, shape(&code[..end])?))).transpose()?;
    Ok(match before {
        Some((end, shape)) if shape.is_rust => Shape {
            behind: Some(end..code.trim_end().len()),
            ..shape
        },
        _ => read,
    })
}

/// Where the attributes at the end of code begin, of which doc comments are some; nothing where there are none.
fn end_of_statements(tokens: TokenStream) -> Option<usize> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_mark = |token: &TokenTree, mark: char| matches!(token, TokenTree::Punct(its) if its.as_char() == mark);
    let is_brackets =
        |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket);
    let mut left = tokens.as_slice();
    let mut end = None;
    loop {
        left = match left {
            [before @ .., hash, brackets] if is_mark(hash, '#') && is_brackets(brackets) => {
                end = Some(hash.span().byte_range().start);
                before
            }
            [before @ .., hash, inner, brackets]
                if is_mark(hash, '#') && is_mark(inner, '!') && is_brackets(brackets) =>
            {
                end = Some(hash.span().byte_range().start);
                before
            }
            _ => return end,
        };
    }
}

/// The attributes at the top of code and its statements, if it is Rust.
pub(super) fn parsed(tokens: TokenStream) -> Option<(Vec<Attribute>, Vec<Stmt>)> {
    let parser = |input: syn::parse::ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_inner)?;
        Ok((attributes, input.call(Block::parse_within)?))
    };
    parser.parse2(tokens).ok()
}

/// The first attribute that has the compiler leave out what is for tests alone.
pub(super) fn test_attribute(code: &str) -> Option<Range<usize>> {
    let mut tests = OfTests(None);
    if code.contains("test") || code.contains("cfg") {
        // Code that is too deep is told of where its shape is read.
        let _ = depth::read(code, |tokens| {
            let (_, statements) = tokens.ok().and_then(parsed).unwrap_or_default();
            statements.iter().for_each(|statement| tests.visit_stmt(statement));
        });
    }
    tests.0
}

/// Whether the condition of a `cfg` holds in no lesson: `test`, `any()`.
fn is_never(condition: &Meta) -> bool {
    let inner = |list: &syn::MetaList| {
        let parts = list.parse_args_with(Punctuated::<Meta, syn::Token![,]>::parse_terminated);
        parts.map(|parts| parts.into_iter().collect::<Vec<_>>()).unwrap_or_default()
    };
    match condition {
        Meta::Path(path) => ["test", "doctest", "FALSE"].iter().any(|name| path.is_ident(name)),
        Meta::List(list) if list.path.is_ident("any") => inner(list).iter().all(is_never),
        Meta::List(list) if list.path.is_ident("all") => inner(list).iter().any(is_never),
        Meta::List(list) => list.path.is_ident("not") && inner(list).first().is_some_and(is_always),
        Meta::NameValue(_) => false,
    }
}

/// Whether the condition of a `cfg` holds everywhere: `all()`.
fn is_always(condition: &Meta) -> bool {
    match condition {
        Meta::List(list) if list.path.is_ident("not") => list.parse_args::<Meta>().is_ok_and(|it| is_never(&it)),
        Meta::List(list) => list.path.is_ident("all") && list.tokens.is_empty(),
        _ => false,
    }
}

/// The first `#[test]` or `#[cfg(test)]`, or what else leaves out what stands under it in any lesson.
struct OfTests(Option<Range<usize>>);

impl<'ast> Visit<'ast> for OfTests {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let path = attribute.path();
        let is_cfg = || path.is_ident("cfg") && attribute.parse_args::<Meta>().is_ok_and(|it| is_never(&it));
        if self.0.is_none() && (path.is_ident("test") || is_cfg()) {
            self.0 = Some(attribute.span().byte_range());
        }
    }
}

fn parsed_shape(code: &str, tokens: TokenStream) -> Shape {
    let Some((attributes, statements)) = parsed(tokens.clone()) else {
        return Shape::default();
    };
    let mut returns = Leaving(Vec::new());
    statements.iter().for_each(|statement| returns.visit_stmt(statement));
    let crates = statements.iter().filter(|statement| matches!(statement, Stmt::Item(Item::ExternCrate(_))));
    let (names, attributes_above): (Vec<&Attribute>, Vec<&Attribute>) =
        attributes.iter().partition(|attribute| attribute.path().is_ident("crate_name"));
    let hoisted = attributes_above.into_iter().map(Spanned::span).chain(crates.map(Spanned::span));
    let before_last = match statements.as_slice() {
        [.., before, _] => end(before),
        _ => attributes.last().map_or(0, |attribute| attribute.span().byte_range().end),
    };
    let last = statements.last().map_or(0, end);
    let main = statements.iter().find_map(main);
    let (main_beside_code, main) = match main {
        Some(main) if statements.iter().any(is_code) => (Some(main.name), None),
        main => (None, main),
    };
    Shape {
        is_rust: true,
        behind: None,
        names: names::names(&statements),
        lets: statements.iter().filter_map(Let::of).collect(),
        before_last,
        crate_names: names.iter().map(|attribute| attribute.span().byte_range()).collect(),
        hoisted: hoisted.map(|span| span.byte_range()).collect(),
        last_expression: statements
            .last()
            .and_then(last_expression)
            .filter(|last| !code[last.clone()].starts_with('#')),
        is_silent: matches!(statements.last(), Some(Stmt::Expr(Expr::Assign(_) | Expr::Return(_), _))),
        ends_in_result: code[..last].ends_with("(())"),
        returns: returns.0,
        main,
        main_beside_code,
        names_crate: code.contains("crate") && names_crate(tokens),
    }
}

/// Where a statement ends. The span of a whole one is made of all its tokens; that of its semicolon is at hand.
fn end(statement: &Stmt) -> usize {
    let span = match statement {
        Stmt::Local(local) => local.semi_token.span(),
        Stmt::Expr(_, Some(semicolon)) => semicolon.span(),
        Stmt::Macro(call) => call.semi_token.map_or_else(|| call.span(), |semicolon| semicolon.span()),
        Stmt::Expr(_, None) | Stmt::Item(_) => statement.span(),
    };
    span.byte_range().end
}

/// The name in a `fn main`, or, as rustdoc has it, in what a macro may make one of.
fn main(statement: &Stmt) -> Option<Main> {
    let call = match statement {
        Stmt::Item(Item::Fn(function)) if function.sig.ident == "main" => return Some(Main::of(function)),
        Stmt::Macro(call) if !is_code(statement) => call,
        _ => return None,
    };
    let tokens: Vec<TokenTree> = call.mac.tokens.clone().into_iter().collect();
    tokens.windows(3).find_map(|tokens| match tokens {
        [
            TokenTree::Ident(function),
            TokenTree::Ident(main),
            TokenTree::Group(arguments),
        ] if function == "fn" && main == "main" && arguments.delimiter() == Delimiter::Parenthesis => Some(Main {
            name: main.span().byte_range(),
            is_plain: true,
            returns: Returns::Value,
        }),
        _ => None,
    })
}

impl Main {
    fn of(function: &syn::ItemFn) -> Main {
        let Signature {
            generics,
            inputs,
            abi,
            asyncness,
            safety,
            output,
            ..
        } = &function.sig;
        let is_bare = generics.params.is_empty() && generics.where_clause.is_none() && inputs.is_empty();
        let is_rust = abi.is_none() && matches!(safety, Safety::Default);
        Main {
            name: function.sig.ident.span().byte_range(),
            // An attribute may make one of it, as `#[tokio::main]` does.
            is_plain: is_rust && (is_bare && asyncness.is_none() || !function.attrs.is_empty()),
            returns: match output {
                ReturnType::Default => Returns::Nothing,
                ReturnType::Type(_, returned) if matches!(**returned, Type::Never(_)) => Returns::Never,
                ReturnType::Type(..) => Returns::Value,
            },
        }
    }
}

/// Whether a statement is no item, nor a macro that may make one.
fn is_code(statement: &Stmt) -> bool {
    match statement {
        Stmt::Item(_) => false,
        Stmt::Macro(call) => call.semi_token.is_none() && !matches!(call.mac.delimiter, MacroDelimiter::Brace(_)),
        Stmt::Local(_) | Stmt::Expr(..) => true,
    }
}

fn last_expression(statement: &Stmt) -> Option<Range<usize>> {
    match statement {
        Stmt::Expr(Expr::ForLoop(_) | Expr::While(_), _) => None,
        Stmt::Expr(expression, None) => Some(expression.span().byte_range()),
        // A macro in braces may stand for items, as `thread_local!` does.
        Stmt::Macro(call) if is_code(statement) => Some(call.span().byte_range()),
        _ => None,
    }
}

struct Leaving(Vec<Range<usize>>);

impl<'ast> Visit<'ast> for Leaving {
    fn visit_expr_return(&mut self, expression: &'ast syn::ExprReturn) {
        self.0.push(expression.return_token.span.byte_range());
        visit::visit_expr_return(self, expression);
    }
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}

fn names_crate(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "crate",
        TokenTree::Group(group) => names_crate(group.stream()),
        _ => false,
    })
}

/// Whether the text is one Rust expression; if not, what is wrong and at which byte.
pub(super) fn check_expression(text: &str) -> Result<(), Refusal> {
    let read = depth::read(text, |tokens| parse_expression(text, tokens));
    read.unwrap_or_else(|TooDeep { at, message, help }| Err(Refusal { at, message, help }))
}

fn parse_expression(text: &str, tokens: Result<TokenStream, LexError>) -> Result<(), Refusal> {
    let (at, message, help) = match tokens.map_err(syn::Error::from).and_then(syn::parse2::<Expr>) {
        Ok(expression) => match question_mark(&expression) {
            Some(at) => (
                at,
                "a claim can't use `?`: an error has nowhere to go from here".to_owned(),
                "compute the value in a cell, and let the claim name it",
            ),
            None => return Ok(()),
        },
        Err(error) => {
            let at = error.span().byte_range().start.min(text.len());
            // Of what is no token at all, syn says no more than that.
            let said = error.to_string().replace("cannot parse string into token stream", "it holds what is no Rust");
            let help = if text.trim_start().starts_with('=') {
                "one `=` is enough, as in `[10](=kappa)`; whether two values are equal is `<=(a == b)>`"
            } else if text.trim_end().ends_with(';') {
                "take the `;` away: a claim is about an expression, as in `[10](=kappa)`"
            } else if text.contains('`') {
                "take the backticks away, as in `[10](=kappa)`"
            } else {
                "the expression after `=` computes the number, as in `[10](=kappa)`; with spaces, in angle brackets"
            };
            (at, format!("this claim's target is not a Rust expression: {said}"), help)
        }
    };
    Err(Refusal { at, message, help })
}

/// Why an expression can't be a claim's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Where in the expression, in bytes.
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Where a `?` stands in an expression, closures and blocks of their own apart.
fn question_mark(expression: &Expr) -> Option<usize> {
    struct Search(Option<usize>);
    impl<'ast> Visit<'ast> for Search {
        fn visit_expr_try(&mut self, tried: &'ast syn::ExprTry) {
            self.0 = self.0.or(Some(tried.question_token.span.byte_range().start));
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut search = Search(None);
    search.visit_expr(expression);
    search.0
}

/// Splits `kappa:.3` into the expression and the format; a `:` inside the expression is its own.
pub(super) fn split_placeholder(text: &str) -> Option<(&str, &str)> {
    if is_value(text) {
        return Some((text, ""));
    }
    text.rmatch_indices(':')
        .map(|(at, _)| (&text[..at], &text[at..]))
        .find(|(expression, format)| FORMAT.is_match(format) && is_value(expression))
}

/// Whether the text is an expression that has a value. An assignment would be an argument with a name.
fn is_value(text: &str) -> bool {
    let is_value = |expression: Expr| !matches!(expression, Expr::Assign(_) | Expr::Let(_));
    depth::read(text, |tokens| tokens.is_ok_and(|tokens| syn::parse2::<Expr>(tokens).is_ok_and(is_value))) == Ok(true)
}

/// Where the format of a placeholder begins that is another language's, as in `kappa:.2f`, and what is likely meant.
pub(super) fn nearly_placeholder(text: &str) -> Option<(usize, Option<String>)> {
    let inner = text.trim_matches(['{', '}']);
    if inner != text && split_placeholder(inner).is_some() {
        return Some((0, Some(inner.to_owned())));
    }
    let (at, _) = text
        .rmatch_indices([':', '%'])
        .find(|(at, _)| is_value(&text[..*at]) && !text[..*at].ends_with(':'))?;
    let format = text[at + 1..].trim();
    // `{"a": 1}` is no value, but what is to be shown.
    if text.starts_with('"') || text[at + 1..].starts_with(' ') && !format.starts_with('.') {
        return None;
    }
    let mended = format!("{}:{}", text[..at].trim_end(), format.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
    Some((at, Some(mended).filter(|mended| split_placeholder(mended).is_some() && !mended.ends_with(':'))))
}

/// The format of `std::fmt`, with its colon.
static FORMAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^:(?:.?[<^>])?[+-]?#?0?(?:\d+|\w+\$)?(?:\.(?:\d+|\w+\$))?(?:[xX]?\?|[oxXpbeE])?$").expect("a constant")
});

/// Whether a line may begin within a literal or a comment; where each line has its quotation marks in pairs
/// and there is no raw text, none does.
fn may_break_literals(code: &str) -> bool {
    ["r#", "/*", "\\\""].iter().any(|mark| code.contains(mark))
        || code.lines().any(|line| line.matches('"').count() % 2 == 1)
}

/// The lines, from 1, that begin within a literal; nothing where that can't be told.
pub(super) fn literal_lines(code: &str) -> Option<BTreeSet<usize>> {
    if !may_break_literals(code) {
        return Some(BTreeSet::new());
    }
    depth::read(code, |tokens| tokens.ok().map(inside_literals)).ok()?
}

fn inside_literals(tokens: TokenStream) -> BTreeSet<usize> {
    let inside = |tree: TokenTree| match tree {
        TokenTree::Group(group) => inside_literals(group.stream()),
        TokenTree::Literal(literal) => (literal.span().start().line + 1..=literal.span().end().line).collect(),
        _ => BTreeSet::new(),
    };
    tokens.into_iter().flat_map(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_expression_is_found_to_the_byte() {
        let code = "let é = 1; é + 1 // sum\n";
        assert_eq!(&code[shape(code).unwrap().last_expression.unwrap()], "é + 1");
        assert_eq!(shape("let x = 1;").unwrap().last_expression, None);
        assert_eq!(shape("for _ in 0..3 {}").unwrap().last_expression, None);
        assert!(shape("q = 5").unwrap().is_silent && !shape("q").unwrap().is_silent);
        assert_eq!(shape("vec![1, 2]").unwrap().last_expression, Some(0..10));
    }

    #[test]
    fn only_returns_of_the_lesson_count() {
        assert!(shape("fn f() -> i32 { return 1 } let g = || return 2;").unwrap().returns.is_empty());
        assert_eq!(shape("if true { return; }").unwrap().returns, vec![10..16]);
    }

    #[test]
    fn what_belongs_to_no_statement_is_behind_them() {
        let code = "let x = 1;\n/// a\n#![allow(unused)]\n/// b\n";
        assert_eq!(&code[shape_of_block(code).unwrap().behind.unwrap()], "/// a\n#![allow(unused)]\n/// b");
        assert_eq!(shape_of_block("/// a\n").unwrap().behind, Some(0..5));
        assert_eq!(shape_of_block("/// a\nstruct S;").unwrap().behind, None);
        assert!(!shape_of_block("struct S {\n/// a\n}").unwrap().is_rust);
    }

    #[test]
    fn placeholders_split_at_their_own_colon() {
        assert_eq!(split_placeholder("kappa:.3"), Some(("kappa", ":.3")));
        assert_eq!(split_placeholder("f64::MAX:e"), Some(("f64::MAX", ":e")));
        assert_eq!(split_placeholder("a::b"), Some(("a::b", "")));
        assert_eq!(split_placeholder("x as f64:>8.2"), Some(("x as f64", ":>8.2")));
        assert_eq!(split_placeholder("x:?"), Some(("x", ":?")));
        assert_eq!(split_placeholder("x:*^+#010.3e"), Some(("x", ":*^+#010.3e")));
        assert_eq!(split_placeholder("a b"), None);
        assert_eq!(split_placeholder("n = 4"), None);
        for (text, nearly) in [
            ("kappa:.2f", Some((5, Some("kappa:.2".to_owned())))),
            ("kappa: .2", Some((5, Some("kappa:.2".to_owned())))),
            ("kappa%.2f", Some((5, Some("kappa:.2".to_owned())))),
            ("kappa:.2}", Some((0, Some("kappa:.2".to_owned())))),
            ("{kappa", Some((0, Some("kappa".to_owned())))),
            ("kappa:2.", Some((5, None))),
            ("kappa:two", Some((5, None))),
            ("n, n", None),
            ("\"a\": 1", None),
            ("a: 1.5", None),
        ] {
            assert_eq!(nearly_placeholder(text), nearly, "{text}");
        }
        assert_eq!(split_placeholder("\"a\": 1"), None);
    }
}
