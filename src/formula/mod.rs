//! Formulas as Rust: the LaTeX of a part of a claim, read as its reader reads it, with the names of the lesson.
//!
//! In: LaTeX and a [`Scope`]. Out: a [`Formula`], the Rust that computes it piece by piece, each with its place in the LaTeX.
//! Nothing here knows where a formula stands, or what it is compared with.

mod calculus;
mod commands;
mod derivative;
mod expression;
mod functions;
mod lexer;
mod parser;
mod readings;
mod scope;

use std::collections::BTreeSet;
use std::ops::Range;

pub(crate) use parser::Fault;
pub(crate) use scope::{Bound, Parameter, Scope, Takes, spelling};

use expression::{Expression, Node};
use parser::Parser;

/// A formula that can be compiled.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    /// The Rust of it, each piece on behalf of a range of the LaTeX.
    pub(crate) code: Vec<(Range<usize>, String)>,
    /// It is a symbol or a constant, also between bars, or symbols in brackets.
    pub(crate) is_name: bool,
    /// The names that it has and that are bound, and those that are not.
    pub(crate) bound: Vec<String>,
    pub(crate) unbound: Vec<String>,
    /// A place that can be read in two ways, or can't be computed.
    pub(crate) refused: Option<Fault>,
}

/// Whether a text is a Rust expression.
pub(crate) fn is_expression(text: &str) -> bool {
    // What is too deep is none; `syn` calls itself.
    let depth = text.chars().filter(|c| matches!(c, '(' | '[' | '{' | '<' | '-' | '!' | '&' | '*' | '|')).count();
    depth < 100 && syn::parse_str::<syn::Expr>(text).is_ok()
}

/// Whether a text has a symbol that is bound.
pub(crate) fn has_names(latex: &str, scope: &Scope) -> bool {
    let tokens = lexer::tokens(latex);
    let is_bound = |at: usize| scope::Spelled::read(&tokens, at).is_some_and(|(it, _)| scope.knows(&it.spellings()));
    (0..tokens.len()).any(is_bound)
}

/// Reads a formula.
///
/// # Errors
/// It holds something that is not understood.
pub(crate) fn read(latex: &str, scope: &Scope) -> Result<Formula, Fault> {
    let mut parser = Parser::new(latex, lexer::tokens(latex), scope);
    let expression = parser.sum()?;
    if parser.at < parser.tokens.len() {
        return Err(parser.not_understood());
    }
    let uses = std::mem::take(&mut parser.uses);
    let names = |is_bound: bool| {
        let names: BTreeSet<&String> = uses.iter().filter(|it| it.is_bound == is_bound).map(|it| &it.name).collect();
        names.into_iter().cloned().collect()
    };
    Ok(Formula {
        code: expression.code(),
        is_name: is_name(&expression.node),
        bound: names(true),
        unbound: names(false),
        refused: parser.refused.take(),
    })
}

/// Whether it is what a text calls a value: a symbol, a constant, a symbol between bars, symbols in brackets.
fn is_name(node: &Node) -> bool {
    let are_symbols = |all: &[Expression]| all.iter().all(|it| matches!(it.node, Node::Symbol(_)));
    match node {
        Node::Symbol(_) => true,
        Node::Derivative { is_name, .. } => *is_name,
        Node::Apply("size" | "norm", of) | Node::List("vector", of) => are_symbols(of),
        Node::Apply(_, operands) => operands.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn scope() -> Scope {
        let symbols = [("\\rho", "rate"), ("q", "")].map(|(latex, rust)| (latex.to_owned(), rust.to_owned()));
        let mut scope = Scope::new(&BTreeMap::from(symbols));
        for name in [
            "b", "x", "y", "n", "eta", "kappa", "lambda_1", "lambda_2", "rho_star", "x_hat", "x0", "q", "x_k_plus_1",
        ] {
            scope.bind(name, Bound::Value);
        }
        scope.bind("v", Bound::List);
        ["a", "r", "s"].iter().for_each(|name| scope.bind(name, Bound::Variable));
        scope.bind("f", function(&[("x", Takes::Number)]));
        scope.bind("rate", function(&[("eta", Takes::Number)]));
        scope.bind("g", function(&[("p", Takes::Other), ("t", Takes::Generic)]));
        scope.bind("h", function(&[("x", Takes::Generic)]));
        scope.bind("u", function(&[("x", Takes::Generic), ("y", Takes::Generic)]));
        scope.bind("w", function(&[("p", Takes::Point)]));
        scope.bind("k", Bound::Imported);
        scope
    }

    fn function(parameters: &[(&str, Takes)]) -> Bound {
        let parameter = |(name, takes): &(&str, Takes)| Parameter { name: (*name).to_owned(), takes: *takes };
        Bound::Function(parameters.iter().map(parameter).collect())
    }

    /// The Rust, without the path to the runtime's functions.
    fn rust(latex: &str) -> String {
        let formula = read(latex, &scope()).unwrap_or_else(|fault| panic!("{latex}: {fault:?}"));
        assert!(formula.refused.is_none(), "{latex}: {:?}", formula.refused);
        let code: String = formula.code.iter().map(|(_, text)| text.as_str()).collect();
        code.replace("::recto::term::", "")
    }

    #[test]
    fn formulas_are_read_as_their_readers_do() {
        for (latex, expected) in [
            ("\\lambda_1", "of(&(lambda_1))"),
            ("\\rho^\\star", "of(&(rho_star))"),
            ("\\hat x", "of(&(x_hat))"),
            ("\\hat{x}", "of(&(x_hat))"),
            ("x_0", "of(&(x0))"),
            ("2\\pi x", "times(times(integer(2), pi()), of(&(x)))"),
            ("x y", "times(of(&(x)), of(&(y)))"),
            ("xy", "times(of(&(x)), of(&(y)))"),
            ("x(y + 1)", "times(of(&(x)), plus(of(&(y)), integer(1)))"),
            ("f(x)", "of(&(f(given(of(&(x))))))"),
            ("\\rho(\\eta)", "of(&(rate(given(of(&(eta))))))"),
            ("g(v, x)", "of(&(g(give(&(v)), real(of(&(x))))))"),
            ("-x^2", "negative(power(of(&(x)), integer(2)))"),
            ("a - b - x", "minus(minus(of(&(a)), of(&(b))), of(&(x)))"),
            ("1 - 0.5\\eta", "minus(integer(1), times(float(0.5), of(&(eta))))"),
            (
                "\\frac{\\kappa - 1}{\\kappa + 1}",
                "over(minus(of(&(kappa)), integer(1)), plus(of(&(kappa)), integer(1)))",
            ),
            ("\\frac12 x", "times(over(integer(1), integer(2)), of(&(x)))"),
            ("\\sqrt[3]{x}", "root(of(&(x)), integer(3))"),
            ("|1-20\\eta|", "size(minus(integer(1), times(integer(20), of(&(eta)))))"),
            ("|a||b|", "times(size(of(&(a))), size(of(&(b))))"),
            ("\\max(|a|, |b|)", "max(&[size(of(&(a))), size(of(&(b)))])"),
            ("\\max\\{a, b\\}", "max(&[of(&(a)), of(&(b))])"),
            ("\\|v\\|_1", "norm_1(of(&(v)))"),
            ("\\|v\\|_a", "norm_by(of(&(v)), of(&(a)))"),
            ("a \\otimes b \\odot v", "entrywise(kronecker(of(&(a)), of(&(b))), of(&(v)))"),
            ("a_{rs}", "entry(&[of(&(a)), of(&(r)), of(&(s))])"),
            ("x_{k+1}", "of(&(x_k_plus_1))"),
            ("w(x + y, 1)", "of(&(w(point(vector(&[plus(of(&(x)), of(&(y))), integer(1)])))))"),
            ("w(2 v)", "of(&(w(point(times(integer(2), of(&(v)))))))"),
            ("e^{-x}", "power(e(), negative(of(&(x))))"),
            ("\\sin^2 x", "power(sin(of(&(x))), integer(2))"),
            ("\\sin x \\cos y", "times(sin(of(&(x))), cos(of(&(y))))"),
            ("\\log_2 x", "log(of(&(x)), integer(2))"),
            ("\\lfloor x \\rfloor", "floor(of(&(x)))"),
            ("n!", "factorial(of(&(n)))"),
            ("2\\frac{x}{y}", "times(integer(2), over(of(&(x)), of(&(y))))"),
            ("\\left|a\\right| b \\left|x\\right|", "times(times(size(of(&(a))), of(&(b))), size(of(&(x))))"),
            ("|a| + |b|", "plus(size(of(&(a))), size(of(&(b))))"),
            ("|a|\\cdot b\\cdot|x|", "dot(dot(size(of(&(a))), of(&(b))), size(of(&(x))))"),
            ("\\lVert v\\rVert_1", "norm_1(of(&(v)))"),
            ("\\langle v, v\\rangle", "inner(of(&(v)), of(&(v)))"),
            ("v^T v", "times(transpose_by_letter(of(&(v))), of(&(v)))"),
            ("(v v^\\top)_{12}", "entry(&[times(of(&(v)), transpose(of(&(v)))), integer(12)])"),
            ("\\operatorname{artanh} x", "atanh(of(&(x)))"),
            ("\\operatorname{tr}a \\sin x", "times(tr(of(&(a))), sin(of(&(x))))"),
            (
                "\\prod_{k=1}^{n} (k b)",
                "product(integer(1), of(&(n)), |__recto_k| times(__recto_k.clone(), of(&(b))))",
            ),
            (
                "\\sum_{i=1}^{2} x_i",
                "sum(integer(1), integer(2), |__recto_i| entry(&[of(&(x)), __recto_i.clone()]))",
            ),
            ("\\binom{n}{2}", "binomial(of(&(n)), integer(2))"),
            ("v^\\top v", "times(transpose(of(&(v))), of(&(v)))"),
            ("v_1", "entry(&[of(&(v)), integer(1)])"),
            ("\\sum_{k=1}^{n} k^2", "sum(integer(1), of(&(n)), |__recto_k| power(__recto_k.clone(), integer(2)))"),
            (
                "\\sum_{i=1}^{2} v_i",
                "sum(integer(1), integer(2), |__recto_i| entry(&[of(&(v)), __recto_i.clone()]))",
            ),
            ("\\sum_{k=0}^{n} f_k", "sum(integer(0), of(&(n)), |__recto_k| of(&(f(given(__recto_k.clone())))))"),
            ("(a, b)", "vector(&[of(&(a)), of(&(b))])"),
            ("\\operatorname{tr}(a)", "tr(of(&(a)))"),
            (
                "\\begin{cases} x & \\text{if } x < 0 \\\\ 0 & \\text{otherwise} \\end{cases}",
                "cases(&[(&[less(of(&(x)), integer(0)), ], &|| of(&(x))), (&[], &|| integer(0)), ])",
            ),
        ] {
            assert_eq!(rust(latex), expected, "{latex}");
        }
    }

    /// The Rust of a derivative, without paths.
    fn derived(latex: &str) -> String {
        rust(latex).replace("::num_dual::", "").replace("__recto_point_of", "at").replace("__recto_", "")
    }

    #[test]
    fn derivatives_are_calls_of_num_dual() {
        let of_x = "{ let at = [real(of(&(x)))]; of(&first_derivative(|d| h(d), at[0]).1) }";
        for latex in [
            "h'(x)",
            "h'",
            "\\frac{dh}{dx}",
            "\\frac{\\mathrm{d} h}{\\mathrm{d} x}(x)",
            "\\frac{d}{dx} h(x)",
            "\\frac{d h(x)}{dx}",
            "\\partial_x h(x)",
            "\\frac{\\partial h}{\\partial x}",
        ] {
            assert_eq!(derived(latex), of_x, "{latex}");
        }
        let of_u = |rust: &str| format!("{{ let at = [real(of(&(x))), real(of(&(y)))]; {rust} }}");
        let by = |at: usize| {
            let arguments = [
                "d, ::std::convert::From::from(at[1])",
                "::std::convert::From::from(at[0]), d",
            ][at];
            format!("of(&first_derivative(|d| u({arguments}), at[{at}]).1)")
        };
        let mixed = "of(&second_partial_derivative(|(d, e)| u(d, e), (at[0], at[1])).3)";
        for (latex, expected) in [
            ("h''(2)", "{ let at = [real(integer(2))]; of(&second_derivative(|d| h(d), at[0]).2) }".to_owned()),
            ("\\frac{d^3 h}{dx^3}", of_x.replace("first", "third").replace(".1)", ".3)")),
            ("k'(x)", of_x.replace("h(d)", "k(d)")),
            ("\\partial_y u(x, y)", of_u(&by(1))),
            ("\\frac{\\partial u}{\\partial x}(x, y)", of_u(&by(0))),
            ("\\frac{\\partial}{\\partial y} u(x, y)", of_u(&by(1))),
            ("\\frac{\\partial^2 u}{\\partial x \\partial y}", of_u(mixed)),
            ("\\partial_{xy} u(x, y)", of_u(mixed)),
            ("\\nabla u", of_u(&format!("vector(&[{}, {}])", by(0), by(1)))),
            ("\\nabla w(v)", "of(&gradient(w, &point(of(&(v)))).1)".to_owned()),
            ("\\nabla w(x, y)", "of(&gradient(w, &point(vector(&[of(&(x)), of(&(y))]))).1)".to_owned()),
            ("\\nabla^2 k(v)", "of(&hessian(k, &point(of(&(v)))).2)".to_owned()),
            ("\\partial_2 w(v)", "entry(&[of(&gradient(w, &point(of(&(v)))).1), integer(2)])".to_owned()),
            (
                "\\frac{\\partial^2 w}{\\partial x_1 \\partial x_2}(v)",
                "entry(&[of(&hessian(w, &point(of(&(v)))).2), integer(1), integer(2)])".to_owned(),
            ),
            (
                "\\nabla w(v)^\\top v",
                "times(transpose(of(&gradient(w, &point(of(&(v)))).1)), of(&(v)))".to_owned(),
            ),
        ] {
            assert_eq!(derived(latex), expected, "{latex}");
        }
    }

    #[test]
    fn derivatives_that_are_not_computed_are_refused() {
        let refused = |latex: &str| match read(latex, &scope()) {
            Ok(formula) => formula.refused.unwrap_or_else(|| panic!("{latex} is computed")),
            Err(fault) => fault,
        };
        for (latex, said) in [
            ("f'(x)", "write `fn f<D: num_dual::DualNum<Primitive = f64> + Copy>(x: D) -> D`"),
            ("\\nabla g(v, x)", "(p: D, t: D) -> D`"),
            ("\\nabla w", "write `\\nabla w(p)`"),
            ("u'(x, y)", "write `\\nabla u(…)`"),
            ("\\partial_x u(y, x)", "write `\\partial_1 u(y, x)` or `\\partial_2 u(y, x)`"),
            ("\\partial_x w(v)", "write `\\partial_1 w(…)`"),
            ("\\frac{d}{dx} h(2x)", "write `\\frac{d h}{d x}(2x)` for the derivative of `h` at this point"),
            ("\\frac{d}{dx} h(x) x", "write `(\\frac{d}{dx} h(x))` for the derivative of `h` alone"),
            ("\\frac{\\partial^3 u}{\\partial x^2 \\partial y}(x, y)", "up to order 3"),
            ("\\frac{\\partial x}{\\partial y}", "write it as a function in a cell"),
        ] {
            let help = refused(latex).help.unwrap_or_default();
            assert!(help.contains(said), "{latex}: {help}");
        }
        let mut both = scope();
        both.bind("h_prime", Bound::Value);
        both.bind("d", Bound::Value);
        let help = |latex: &str| read(latex, &both).unwrap().refused.unwrap().help.unwrap();
        assert_eq!(help("h'(x)"), "write `h' \\cdot (x)` or `\\frac{d h}{d x}(x)`");
        assert!(help("\\frac{dh}{dx}").starts_with("write `h'(…)` for the derivative"));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused_with_both_readings() {
        for (latex, help) in [
            ("1/2x", "write `\\frac{1}{2} x` or `\\frac{1}{2 x}`"),
            ("a/b x", "write `\\frac{a}{b} x` or `\\frac{a}{b x}`"),
            ("\\sin 2x", "write `(\\sin 2) x` or `\\sin(2 x)`"),
            ("\\ln x / 2", "write `(\\ln x)/2` or `\\ln(x/2)`"),
            ("\\sin^{-1} x", "write `\\arcsin` for the inverse function and `1/\\sin(…)` for the other"),
            (
                "\\tanh^{-1} x",
                "write `\\operatorname{artanh}` for the inverse function and `1/\\tanh(…)` for the other",
            ),
            ("\\log x", "write `\\ln` for the natural logarithm and `\\log_{10}` for the decimal one"),
            ("\\cos 2\\pi x", "write `(\\cos 2) \\pi` or `\\cos(2 \\pi)`"),
            ("x \\sin y b", "write `x (\\sin y) b` or `x \\sin(y b)`"),
            ("\\operatorname{tr}a b", "write `(\\operatorname{tr}a) b` or `\\operatorname{tr}(a b)`"),
            ("\\sin(x)^2", "write `(\\sin(x))^{2}` or `\\sin((x)^{2})`"),
            (
                "f^2(x)",
                "write `f(x)^{2}` for the power; for the function applied again, write a function in a cell",
            ),
            ("|a| b |x|", "write `\\left|a\\right| b \\left|x\\right|` or `\\left|a \\left|b\\right| x\\right|`"),
            (
                "\\|v\\| b \\|v\\|",
                "write `\\left\\|v\\right\\| b \\left\\|v\\right\\|` or `\\left\\|v \\left\\|b\\right\\| v\\right\\|`",
            ),
            ("{x^y}^b", "write `(x^{y})^{b}` or `x^{y b}`"),
            ("x^{(b)}", "write `x^{b}` for the power, and an index, `x_{b}`, for a name"),
            ("n!!", "write `(n!)!` for the factorial of the factorial"),
            ("2e-3", "write `2 \\cdot 10^{-3}` or `2 e - 3`"),
            (
                "\\prod_{k=1}^{n} k b",
                "write `\\left(\\prod_{k=1}^{n} k\\right) b` or `\\prod_{k=1}^{n} \\left(k b\\right)`",
            ),
            (
                "\\sum_{k=1}^{n} k + k",
                "put brackets around what is summed, or around the sum: `\\left(\\sum_{k=1}^{n} k\\right) + k`",
            ),
            ("b/\\sum_{k=1}^{n} k x", "write `\\frac{b}{\\sum_{k=1}^{n} k x}` if all of this divides"),
            ("v_{12}^{-1}", "write `(v^{-1})_{12}` or `(v_{12})^{-1}`"),
            ("v_{12}^\\top", "write `(v^\\top)_{12}` or `v_{12}`"),
            ("2\\frac{1}{3}", "write `2 + \\frac{1}{3}` or `2 \\cdot \\frac{1}{3}`"),
        ] {
            let formula = read(latex, &scope()).unwrap_or_else(|fault| panic!("{latex}: {fault:?}"));
            assert_eq!(formula.refused.and_then(|fault| fault.help).as_deref(), Some(help), "{latex}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_at_its_place() {
        for (latex, quoted) in [
            ("\\nabla x", "x"),
            ("\\partial f", "\\partial"),
            ("m(x)", "m"),
            ("x_12", "12"),
            ("x^\\top_{12}", "_"),
            ("\\max_x x", "\\max"),
            ("\\sum_{k \\ne n} k", "\\sum"),
            ("\\frac{d}{dx} x^2", "x"),
            ("f + 1", "f"),
            ("x \\quad y", "\\quad"),
            ("x 2", "2"),
            ("f(x, y)", "f(x, y)"),
            ("a \\cup b", "\\cup"),
            ("x_{k/2}", "x_{k/2}"),
        ] {
            let fault = read(latex, &scope()).expect_err(latex);
            assert_eq!(&latex[fault.span], quoted, "{latex}");
        }
        for (open, close) in [
            ("(", ")"),
            ("{", "}"),
            ("2^{", "}"),
            ("\\sqrt{", "}"),
            ("\\sin ", ""),
            ("|", "|"),
            ("\\hat{", "}"),
        ] {
            let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
            assert!(read(&deep, &scope()).is_err(), "{open}");
        }
    }

    #[test]
    fn settings_bind_symbols_and_take_bindings_away() {
        assert_eq!(read("q x", &scope()).unwrap().unbound, ["q"]);
        assert_eq!(read("v_i", &scope()).unwrap().unbound, ["v_i"]);
        // `a` may be a number.
        assert_eq!(read("a_1", &scope()).unwrap().unbound, ["a_1"]);
        let index = read("a_{n} + b_{k-1}", &scope()).unwrap();
        assert_eq!((index.bound.len(), index.unbound), (0, vec!["a_n".to_owned(), "b_k_minus_1".to_owned()]));
        assert_eq!(spelling("\\eta^\\star").as_deref(), Some("eta_star"));
        assert_eq!(spelling("x + 1"), None);
    }

    /// Text in which what the parser knows turns up often.
    fn fragments() -> impl Strategy<Value = String> {
        const KNOWN: &str = "x y v e a_1 \\lambda_1 \\hat \\rho ^\\star ' ^ _ { } ( ) [ ] | \\| , + - / * ! . 1 2.5 12 1{,}797 \\cdot \\frac \\sqrt \
            \\sin \\log \\max \\{ \\} \\sum_{k=1}^{n} \\prod k \\pi \\top T \\mathrm{f} \\operatorname{tr} \\left \\right \\begin{bmatrix} \
            \\end{bmatrix} \\begin{cases} \\end{cases} & \\\\ \\text{if} < = \\lfloor \\rfloor \\langle \\rangle \\binom f( g( h u w k \\nabla \\partial_x \\frac{d}{dx} \\frac{\\partial \\partial é λ − \\";
        let fragment = prop_oneof![
            prop::sample::select(KNOWN.split_whitespace().collect::<Vec<_>>()).prop_map(str::to_owned),
            "\\PC{0,2}"
        ];
        prop::collection::vec(fragment, 0..24).prop_map(|parts| parts.join(" "))
    }

    proptest! {
        #[test]
        fn reading_stays_within_the_text(latex in fragments()) {
            let within = |span: &Range<usize>| latex.get(span.clone()).is_some();
            match read(&latex, &scope()) {
                Ok(formula) => {
                    prop_assert!(formula.code.iter().all(|(span, _)| within(span)));
                    let code: String = formula.code.iter().map(|(_, text)| text.as_str()).collect();
                    prop_assert!(is_expression(&code) || code.len() > 1000, "{code}");
                }
                Err(fault) => prop_assert!(within(&fault.span)),
            }
            let _ = spelling(&latex);
        }
    }
}
