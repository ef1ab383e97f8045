//! The commands of LaTeX that begin a factor.

/// Where the runtime's functions are.
pub(super) const TERM: &str = "::recto::term::";

/// Functions of one number, and the runtime's for them.
pub(super) const FUNCTIONS: [(&str, &str); 18] = [
    ("exp", "exp"),
    ("ln", "ln"),
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("cot", "cot"),
    ("arcsin", "asin"),
    ("arccos", "acos"),
    ("arctan", "atan"),
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

/// Whether a command begins a factor.
pub(super) fn begins(name: &str) -> bool {
    const OTHERS: &str = "frac tfrac dfrac cfrac sqrt binom dbinom tbinom log max min pi infty sum prod lfloor lceil \
                          lvert lVert langle nabla partial hat bar tilde dot ddot vec check widehat widetilde overline";
    FUNCTIONS.iter().any(|(known, _)| *known == name) || OTHERS.split(' ').any(|known| known == name)
}
