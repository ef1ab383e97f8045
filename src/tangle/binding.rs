//! The names that the `let`s of a cell bind.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, Local, PatIdent, PatOr, Stmt};

/// A `let` with a value, by bytes of the code.
#[derive(Debug)]
pub(super) struct Let {
    /// Behind its semicolon.
    pub(super) end: usize,
    pub(super) names: Vec<Range<usize>>,
}

/// A name of which a program tells.
#[derive(Debug)]
pub(super) struct Told {
    /// Where its statement ends, in bytes of the code.
    pub(super) end: usize,
    pub(super) name: String,
    /// The function that tells of it.
    pub(super) call: &'static str,
    /// Where the name stands in the document.
    pub(super) span: Range<usize>,
}

/// A name on the page.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) name: String,
    /// Where it stands in the cell's code: lines and characters, from 0.
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Let {
    pub(super) fn of(statement: &Stmt) -> Option<Let> {
        let Stmt::Local(local) = statement else { return None };
        let Local { attrs, pat, init: Some(init), .. } = local else {
            return None;
        };
        // An attribute may take the statement away, and nothing comes behind what never ends.
        if !attrs.is_empty() || never_ends(&init.expr) {
            return None;
        }
        let mut names = Names(Vec::new());
        names.visit_pat(pat);
        let end = local.semi_token.span().byte_range().end;
        (!names.0.is_empty()).then_some(Let { end, names: names.0 })
    }
}

/// Whether a value is never there, so far as its form says so.
fn never_ends(expression: &Expr) -> bool {
    const MACROS: [&str; 4] = ["panic", "todo", "unimplemented", "unreachable"];
    match expression {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Loop(_) => true,
        Expr::Macro(call) => call.mac.path.segments.last().is_some_and(|name| MACROS.iter().any(|it| name.ident == it)),
        _ => false,
    }
}

/// The names in a pattern.
struct Names(Vec<Range<usize>>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        // A capital letter begins the name of a constant or of a type; what begins with `_` is not to be looked at.
        if pattern.ident.to_string().starts_with(char::is_lowercase) {
            self.0.push(pattern.ident.span().byte_range());
        }
        visit::visit_pat_ident(self, pattern);
    }
    /// Each case binds the same names.
    fn visit_pat_or(&mut self, pattern: &'ast PatOr) {
        pattern.cases.first().into_iter().for_each(|case| self.visit_pat(case));
    }
    fn visit_expr(&mut self, _: &'ast Expr) {}
}
