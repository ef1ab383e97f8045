//! Names of assertions that a cell gives to something of its own, which a reader takes for the checks of Rust.

use std::ops::Range;

use syn::visit::{self, Visit};
use syn::{Ident, ItemFn, ItemMacro, UseRename};

use super::depth;
use super::syntax::parsed;

const ASSERTIONS: &str = "assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne panic todo unreachable \
    unimplemented";

/// Where a cell defines a macro or function of such a name, or renames something to one.
pub(super) fn assertions(code: &str) -> Vec<Range<usize>> {
    let mut found = Found(Vec::new());
    // Most cells assert something, and define nothing of the name.
    if ["macro_rules", "fn ", " as "].iter().any(|word| code.contains(word)) && has_name(code) {
        // Code that is too deep is told of where its shape is read.
        let _ = depth::read(code, |tokens| {
            let (_, statements) = tokens.ok().and_then(parsed).unwrap_or_default();
            statements.iter().for_each(|statement| found.visit_stmt(statement));
        });
    }
    found.0
}

fn has_name(code: &str) -> bool {
    ASSERTIONS.split_whitespace().any(|name| code.contains(name))
}

struct Found(Vec<Range<usize>>);

impl Found {
    fn add(&mut self, name: &Ident) {
        let text = name.to_string();
        if ASSERTIONS.split_whitespace().any(|listed| listed == text) {
            self.0.push(name.span().byte_range());
        }
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_macro(&mut self, definition: &'ast ItemMacro) {
        definition.ident.iter().for_each(|name| self.add(name));
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if function.sig.ident.to_string().contains("assert") {
            self.add(&function.sig.ident);
        }
        visit::visit_item_fn(self, function);
    }

    fn visit_use_rename(&mut self, renamed: &'ast UseRename) {
        if renamed.ident != renamed.rename {
            self.add(&renamed.rename);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assertions_of_a_cell_are_found() {
        for (code, expected) in [
            ("macro_rules! assert_eq { ($a:expr, $b:expr) => {} }", &["assert_eq"][..]),
            ("fn f() { macro_rules! assert { ($a:expr) => {} } assert!(false); }", &["assert"]),
            ("fn assert(_: bool) {}\nassert(1 == 2);", &["assert"]),
            ("use kit::nothing as assert_ne;", &["assert_ne"]),
            ("use pretty_assertions::assert_eq;\nassert_eq!(1, 1);", &[]),
            ("macro_rules! assert_near { ($a:expr) => {} }\nfn asserts() {}\nfn todo() {}", &[]),
        ] {
            let found: Vec<&str> = assertions(code).into_iter().map(|range| &code[range]).collect();
            assert_eq!(found, expected, "{code}");
        }
    }
}
