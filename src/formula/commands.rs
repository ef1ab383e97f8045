//! The commands of LaTeX that begin a factor.

/// Where the runtime's functions are.
pub(super) const TERM: &str = "::recto::term::";

/// Functions of one number, and the runtime's for them.
pub(super) const FUNCTIONS: [(&str, &str); 23] = [
    ("exp", "exp"),
    ("ln", "ln"),
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("cot", "cot"),
    ("sec", "sec"),
    ("csc", "csc"),
    ("arcsin", "asin"),
    ("arccos", "acos"),
    ("arctan", "atan"),
    ("arsinh", "asinh"),
    ("arcosh", "acosh"),
    ("artanh", "atanh"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
    ("coth", "coth"),
    ("det", "det"),
    ("tr", "tr"),
    ("sign", "sign"),
    ("sgn", "sign"),
    ("diag", "diag"),
];

/// Whether a command or a word is a function of what stands behind it.
pub(super) fn is_function(name: &str) -> bool {
    name == "log" || FUNCTIONS.iter().any(|(known, _)| *known == name)
}

/// How the inverse of a function is written, where it has one that is computed.
pub(super) fn inverse(name: &str) -> Option<&'static str> {
    Some(match name {
        "sin" => "\\arcsin",
        "cos" => "\\arccos",
        "tan" => "\\arctan",
        "sinh" => "\\operatorname{arsinh}",
        "cosh" => "\\operatorname{arcosh}",
        "tanh" => "\\operatorname{artanh}",
        _ => return None,
    })
}

/// Whether a command begins a factor.
pub(super) fn begins(name: &str) -> bool {
    const OTHERS: &str = "frac tfrac dfrac cfrac sqrt binom dbinom tbinom max min pi infty sum prod lfloor lceil \
                          lvert lVert langle nabla partial hat bar tilde dot ddot vec check widehat widetilde overline";
    is_function(name) || OTHERS.split(' ').any(|known| known == name)
}
