//! Which names stand for numbers, so far as the syntax of their cells tells.

use syn::{BinOp, Expr, ExprMethodCall, GenericArgument, Lit, Path, ReturnType, Type, UnOp};

const NUMBERS: &str = "f64 f32 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize";
/// Methods of a number that give one.
const KEEPING: &str = "abs acos acosh asin asinh atan atan2 atanh cbrt ceil clamp cos cosh exp exp2 exp_m1 floor fract hypot ln ln_1p log \
    log10 log2 max min mul_add pow powf powi recip rem_euclid round signum sin sinh sqrt tan tanh to_degrees to_radians trunc";

/// The name under which a function's result is known.
pub(super) fn result_of(function: &str) -> String {
    format!("{function}()")
}

/// The names of which an expression is a number if they are numbers; nothing where more would have to be known.
pub(super) fn numeric(expression: &Expr) -> Option<Vec<String>> {
    match expression {
        Expr::Lit(literal) => matches!(literal.lit, Lit::Int(_) | Lit::Float(_)).then(Vec::new),
        Expr::Paren(inner) => numeric(&inner.expr),
        Expr::Group(inner) => numeric(&inner.expr),
        Expr::Unary(negative) if matches!(negative.op, UnOp::Neg(_)) => numeric(&negative.expr),
        Expr::Binary(both) => {
            let computes =
                matches!(both.op, BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_));
            let (left, right) = (numeric(&both.left)?, numeric(&both.right)?);
            computes.then(|| [left, right].concat())
        }
        Expr::Cast(cast) => is_number(&cast.ty).then(Vec::new),
        Expr::Path(path) => of_path(&path.path),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => of_call(&path.path),
            _ => None,
        },
        Expr::MethodCall(call) => of_method(call),
        _ => None,
    }
}

/// A name, or a constant like `f64::EPSILON` and `std::f64::consts::PI`.
fn of_path(path: &Path) -> Option<Vec<String>> {
    if let Some(name) = path.get_ident() {
        return Some(vec![name.to_string()]);
    }
    let is_constant = path.segments.last()?.ident.to_string().starts_with(char::is_uppercase);
    (is_constant && path.segments.iter().any(|it| it.ident == "f64" || it.ident == "f32")).then(Vec::new)
}

/// `f64::from`, or a function of the lesson.
fn of_call(path: &Path) -> Option<Vec<String>> {
    match path.get_ident() {
        Some(name) => Some(vec![result_of(&name.to_string())]),
        None => path.segments.first().filter(|first| is_listed(&first.ident.to_string())).map(|_| Vec::new()),
    }
}

fn of_method(call: &ExprMethodCall) -> Option<Vec<String>> {
    let name = call.method.to_string();
    let kind = call.turbofish.as_ref().and_then(|given| given.args.first());
    match (name.as_str(), kind) {
        ("len", _) => Some(Vec::new()),
        ("sum" | "product", Some(GenericArgument::Type(kind))) => is_number(kind).then(Vec::new),
        _ if KEEPING.split_whitespace().any(|it| it == name) => numeric(&call.receiver),
        _ => None,
    }
}

/// Whether a function gives a number.
pub(super) fn gives_number(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, kind) if is_number(kind))
}

pub(super) fn is_number(kind: &Type) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path.get_ident().is_some_and(|name| is_listed(&name.to_string()))
}

fn is_listed(name: &str) -> bool {
    NUMBERS.split(' ').any(|number| number == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_their_syntax() {
        for (text, expected) in [
            ("3", Some(&[][..])),
            ("-3.0_f64.sqrt()", Some(&[])),
            ("(2.0 * a - b) / 3.0", Some(&["a", "b"])),
            ("a.max(b)", Some(&["a"])),
            ("f(x) + 1.0", Some(&["f()"])),
            ("v.len() as f64", Some(&[])),
            ("std::f64::consts::PI", Some(&[])),
            ("f64::from(n)", Some(&[])),
            ("x.iter().sum::<f64>()", Some(&[])),
            ("x.iter().sum()", None),
            ("a < b", None),
            ("vec![1.0]", None),
            ("v[0]", None),
            ("v.norm()", None),
            ("kit::f(1.0)", None),
            ("\"3\"", None),
        ] {
            let found = numeric(&syn::parse_str(text).unwrap());
            let found: Option<Vec<&str>> = found.as_ref().map(|names| names.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
