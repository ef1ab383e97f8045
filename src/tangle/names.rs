//! The names that a cell gives to the formulas of claims below it, so far as its syntax tells.

use syn::visit::{self, Visit};
use syn::{
    Expr, FnArg, GenericArgument, GenericParam, Item, Pat, PatIdent, PatOr, PathArguments, Signature, Stmt, Type,
    TypePath, UseTree,
};

use super::numeric::{gives_number, is_number, numeric, result_of};
use crate::formula::{Bound, Parameter, Takes};

/// The names of some statements, in their order.
pub(super) fn names(statements: &[Stmt]) -> Vec<(String, Bound)> {
    let mut names = Vec::new();
    for statement in statements {
        match statement {
            Stmt::Local(local) if local.attrs.is_empty() => {
                let closure = local.init.as_ref().and_then(|init| closure(&init.expr));
                match (&local.pat, closure) {
                    (Pat::Ident(name), Some(function)) => names.push((name.ident.to_string(), function)),
                    (Pat::Ident(name), None) if local.init.as_ref().is_some_and(|init| is_list(&init.expr)) => {
                        names.push((name.ident.to_string(), Bound::List));
                    }
                    (pattern, _) => of_pattern(pattern, local.init.as_ref().map(|init| &*init.expr), &mut names),
                }
            }
            Stmt::Item(item) => of_item(item, &mut names),
            _ => {}
        }
    }
    names
}

/// The names of a pattern: numbers, where that can be told of what it is given.
fn of_pattern(pattern: &Pat, given: Option<&Expr>, names: &mut Vec<(String, Bound)>) {
    match (pattern, given) {
        (Pat::Tuple(all), Some(Expr::Tuple(given))) if all.elems.len() == given.elems.len() => {
            all.elems.iter().zip(&given.elems).for_each(|(one, given)| of_pattern(one, Some(given), names));
        }
        (Pat::Type(typed), _) if matches!(*typed.pat, Pat::Ident(_)) && is_number(&typed.ty) => {
            names.push((name_of(&typed.pat), Bound::Number(Vec::new())));
        }
        (Pat::Ident(name), Some(given)) if name.by_ref.is_none() && name.subpat.is_none() => {
            names.push((name.ident.to_string(), numeric(given).map_or(Bound::Value, Bound::Number)));
        }
        (pattern, _) => {
            let mut found = Values(Vec::new());
            found.visit_pat(pattern);
            names.extend(found.0.into_iter().map(|name| (name, Bound::Value)));
        }
    }
}

fn of_item(item: &Item, names: &mut Vec<(String, Bound)>) {
    match item {
        Item::Fn(function) if function.attrs.iter().all(|it| it.path().is_ident("doc")) => {
            let name = function.sig.ident.to_string();
            let result = result_of(&name);
            names.push((name, Bound::Function(parameters(&function.sig))));
            let bound = if gives_number(&function.sig.output) {
                Bound::Number(Vec::new())
            } else {
                Bound::Value
            };
            names.push((result, bound));
        }
        Item::Const(it) if is_number(&it.ty) => names.push((it.ident.to_string(), Bound::Number(Vec::new()))),
        Item::Const(it) => names.push((it.ident.to_string(), Bound::Value)),
        Item::Static(it) => names.push((it.ident.to_string(), Bound::Value)),
        Item::Use(it) => imported(&it.tree, names),
        _ => {}
    }
}

fn imported(tree: &UseTree, names: &mut Vec<(String, Bound)>) {
    let mut push = |name: String| {
        // A capital letter begins the name of a type, a trait or a constant.
        if name.starts_with(char::is_lowercase) {
            names.push((name, Bound::Imported));
        }
    };
    match tree {
        UseTree::Path(path) => imported(&path.tree, names),
        UseTree::Name(name) => push(name.ident.to_string()),
        UseTree::Rename(renamed) => push(renamed.rename.to_string()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, names)),
        UseTree::Glob(_) => {}
    }
}

/// Whether an expression is a list, vector or matrix that is written out.
pub(super) fn is_list(expression: &Expr) -> bool {
    const MACROS: &str = "vec vector dvector matrix dmatrix point stack";
    match expression {
        Expr::Array(_) | Expr::Repeat(_) => true,
        Expr::Macro(call) => {
            call.mac.path.segments.last().is_some_and(|name| MACROS.split(' ').any(|it| name.ident == it))
        }
        Expr::Reference(of) => is_list(&of.expr),
        _ => false,
    }
}

/// A closure, with its parameters.
pub(super) fn closure(expression: &Expr) -> Option<Bound> {
    let Expr::Closure(closure) = expression else {
        return None;
    };
    let parameter = |pattern: &Pat| match pattern {
        Pat::Type(typed) => Parameter {
            name: name_of(&typed.pat),
            takes: of_type(&typed.ty, &[]),
        },
        _ => Parameter {
            name: name_of(pattern),
            takes: Takes::Unknown,
        },
    };
    Some(Bound::Function(closure.inputs.iter().map(parameter).collect()))
}

fn parameters(signature: &Signature) -> Vec<Parameter> {
    let generics = signature.generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(it) => Some(it.ident.to_string()),
        _ => None,
    });
    let generics: Vec<String> = generics.collect();
    let parameter = |argument: &FnArg| match argument {
        FnArg::Typed(typed) => Parameter {
            name: name_of(&typed.pat),
            takes: of_type(&typed.ty, &generics),
        },
        FnArg::Receiver(_) => Parameter { name: String::new(), takes: Takes::Other },
    };
    signature.inputs.iter().map(parameter).collect()
}

fn name_of(pattern: &Pat) -> String {
    match pattern {
        Pat::Ident(name) => name.ident.to_string(),
        _ => String::new(),
    }
}

fn of_type(kind: &Type, generics: &[String]) -> Takes {
    let Type::Path(path) = kind else {
        return match kind {
            Type::ImplTrait(_) => Takes::Generic,
            Type::Infer(_) => Takes::Unknown,
            _ => Takes::Other,
        };
    };
    let Some(name) = path.path.get_ident().map(ToString::to_string) else {
        return if holds_generic(path, generics) { Takes::Point } else { Takes::Other };
    };
    if is_number(kind) {
        Takes::Number
    } else if generics.contains(&name) {
        Takes::Generic
    } else {
        Takes::Other
    }
}

/// Whether a type is one of a type that is generic: `Vector2<D>`.
fn holds_generic(path: &TypePath, generics: &[String]) -> bool {
    let Some(PathArguments::AngleBracketed(arguments)) = path.path.segments.last().map(|last| &last.arguments) else {
        return false;
    };
    arguments
        .args
        .iter()
        .any(|argument| matches!(argument, GenericArgument::Type(of) if of_type(of, generics) == Takes::Generic))
}

/// The names that a pattern binds.
struct Values(Vec<String>);

impl<'ast> Visit<'ast> for Values {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.0.push(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }
    /// Each case binds the same names.
    fn visit_pat_or(&mut self, pattern: &'ast PatOr) {
        pattern.cases.first().into_iter().for_each(|case| self.visit_pat(case));
    }
    fn visit_expr(&mut self, _: &'ast Expr) {}
}
