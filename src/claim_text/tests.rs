use proptest::prelude::*;

use super::*;

/// Splits a claim's text at its dollars. Offsets count from the beginning of `text`.
fn pieces(text: &str) -> Vec<ClaimPiece> {
    let mut start = 0;
    let mut pieces = Vec::new();
    for (index, part) in text.split('$').enumerate() {
        let text = part.to_owned();
        pieces.push(ClaimPiece { math: index % 2 == 1, text, start });
        start += part.len() + 1;
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn stated(text: &str) -> Stated {
    read(&pieces(text)).unwrap_or_else(|fault| panic!("{text:?}: {fault:?}"))
}

fn fault(text: &str) -> NotUnderstood {
    match read(&pieces(text)) {
        Ok(stated) => panic!("{text:?} is read as {stated:?}"),
        Err(fault) => fault,
    }
}

/// The numbers of all parts.
fn numbers(text: &str) -> Vec<StatedNumber> {
    stated(text).parts.into_iter().flat_map(|part| part.numbers).collect()
}

#[track_caller]
fn assert_states(text: &str, relation: Relation, values: &[f64]) {
    let stated = stated(text);
    let part = &stated.parts[stated.parts.len() - 1];
    assert_eq!(part.relation, relation, "{text}");
    let read: Vec<f64> = part.numbers.iter().map(|stated| stated.number.value()).collect();
    let close = |(a, b): (&f64, &f64)| a == b || (a - b).abs() <= 1e-15 * b.abs();
    assert!(read.len() == values.len() && read.iter().zip(values).all(close), "{text}: {read:?}, not {values:?}");
}

#[track_caller]
fn assert_refused(text: &str, quoted: &str, message: &str) {
    let fault = fault(text);
    assert_eq!((&text[fault.span.clone()], fault.message.as_str()), (quoted, message), "{text}");
}

#[test]
fn numerals_in_prose() {
    for (text, value) in [
        ("10", 10.0),
        ("10.", 10.0),
        (".5", 0.5),
        ("0.82", 0.82),
        ("-3", -3.0),
        ("−3", -3.0),
        ("–3", -3.0),
        ("+3", 3.0),
        ("1e-9", 1e-9),
        ("1e−9", 1e-9),
        ("1.5e3", 1500.0),
        ("1E6", 1e6),
        ("1,797", 1797.0),
        ("1,234,567.5", 1_234_567.5),
        ("1_000", 1000.0),
        ("1\u{2009}797", 1797.0),
        ("1\u{202f}234\u{202f}567", 1_234_567.0),
        ("1\u{a0}797", 1797.0),
        ("12%", 0.12),
        ("12 %", 0.12),
        ("12 per cent", 0.12),
        ("12 percent of the steps", 0.12),
        ("3‰", 0.003),
        ("1.5 million", 1.5e6),
        ("20 thousand steps", 20_000.0),
        ("½", 0.5),
        ("2½", 2.5),
        ("−2½", -2.5),
        ("9/11", 9.0 / 11.0),
        ("20 / 2", 10.0),
        ("10⁻³", 1e-3),
        ("2×10⁻³", 2e-3),
        ("2 · 10^-3", 2e-3),
        ("2^10", 1024.0),
        ("√2", std::f64::consts::SQRT_2),
        ("√(2 + 2)", 2.0),
        ("(√10 − 1)/(√10 + 1)", (10_f64.sqrt() - 1.0) / (10_f64.sqrt() + 1.0)),
        ("π", std::f64::consts::PI),
        ("3π/4", 3.0 * std::f64::consts::FRAC_PI_4),
        ("−∞", f64::NEG_INFINITY),
        ("20 °C", 20.0),
        ("20°", 20.0),
        ("3.5 m²", 3.5),
        ("3.5 m/s²", 3.5),
        ("3.5 m·s⁻¹", 3.5),
        ("3.5 kg m^2", 3.5),
        ("73 µs", 73.0),
        ("5 kB", 5.0),
        ("€ 20", 20.0),
        ("“20”", 20.0),
        ("20—the largest", 20.0),
        ("a total—20—of all", 20.0),
        ("(1,200 rows)", 1200.0),
        ("20 m", 20.0),
        ("20 a day", 20.0),
        ("20 x faster", 20.0),
        ("20 – the largest", 20.0),
        ("the value, 20, is large", 20.0),
        ("ends at the point 3", 3.0),
    ] {
        assert_states(text, Relation::Equal, &[value]);
    }
}

#[test]
fn numbers_in_mathematics() {
    for (text, value) in [
        ("$10$", 10.0),
        ("$\\kappa = 10.$", 10.0),
        ("$\\lambda_1 = 20,$", 20.0),
        ("$-3$", -3.0),
        ("$- 3$", -3.0),
        ("$1{,}797$", 1797.0),
        ("$1\\,797$", 1797.0),
        ("$20\\,000.5$", 20_000.5),
        ("$1e-9$", 1e-9),
        ("$\\frac{9}{11}$", 9.0 / 11.0),
        ("$\\tfrac12$", 0.5),
        ("$\\dfrac{1}{1+\\frac{1}{3}}$", 0.75),
        ("$\\frac\\pi4$", std::f64::consts::FRAC_PI_4),
        ("$10^{-3}$", 1e-3),
        ("$10^3$", 1e3),
        ("$2\\times10^{-3}$", 2e-3),
        ("$2.5 \\cdot 10^{-3}$", 2.5e-3),
        ("$2^{10}$", 1024.0),
        ("$-2^2$", -4.0),
        ("$(-2)^2$", 4.0),
        ("$2^{-1}$", 0.5),
        ("$e^{0.5}$", 0.5_f64.exp()),
        ("$\\mathrm{e}^{-1}$", (-1_f64).exp()),
        ("$2\\sqrt{5}$", 2.0 * 5_f64.sqrt()),
        ("$\\sqrt 2$", std::f64::consts::SQRT_2),
        ("$\\sqrt[3]{27}$", 3.0),
        ("$1+\\sqrt2$", 1.0 + 2_f64.sqrt()),
        ("$\\frac{1}{2}\\pi$", std::f64::consts::FRAC_PI_2),
        ("$3\\pi/4$", 3.0 * std::f64::consts::FRAC_PI_4),
        (
            "$\\left(\\sqrt{10}-1\\right)/\\bigl(\\sqrt{10}+1\\bigr)$",
            (10_f64.sqrt() - 1.0) / (10_f64.sqrt() + 1.0),
        ),
        ("$2(1+3)$", 8.0),
        ("$1 - 2 - 3$", -4.0),
        ("$8/4/2$", 1.0),
        ("$12\\%$", 0.12),
        ("$12\\,\\text{per cent}$", 0.12),
        ("$20~\\text{steps}$", 20.0),
        ("$90^\\circ$", 90.0),
        ("$\\infty$", f64::INFINITY),
        ("$\\ln 2$", std::f64::consts::LN_2),
        ("$1+\\ln(2)$", 1.0 + std::f64::consts::LN_2),
        ("$\\log_{10} 1000$", 3.0),
        ("$\\log_2(8)$", 3.0),
        ("$\\sin(\\pi/6)$", (std::f64::consts::PI / 6.0).sin()),
        ("$\\coth 1$", 1_f64.tanh().recip()),
        ("$\\exp(-1)$", (-1_f64).exp()),
        ("$\\begin{aligned}\\kappa &= 20/2 \\\\ &= 10\\end{aligned}$", 10.0),
        ("$12$ %", 0.12),
        ("10$^{-3}$", 1e-3),
        ("$3.5\\,\\mathrm{m}$", 3.5),
        ("$3.5\\,\\mathrm{kg\\,m^2}$", 3.5),
        ("$3.5\\,\\mathrm{m\\,s^{-2}}$", 3.5),
        ("$3.5~\\mathrm{m/s}$", 3.5),
        ("$3.5\\,\\mathrm{\\mu s}$", 3.5),
        ("$20°$", 20.0),
        ("$20\\,\\mathrm{GB}$", 20.0),
        ("−$3$", -3.0),
        ("2$\\pi$", 2.0 * std::f64::consts::PI),
    ] {
        assert_states(text, Relation::Equal, &[value]);
    }
}

#[test]
fn lists_and_matrices() {
    for (text, values) in [
        ("1, 2", &[1.0, 2.0][..]),
        ("(20, 2)", &[20.0, 2.0]),
        ("(20,2)", &[20.0, 2.0]),
        ("[1, 2; 3, 4]", &[1.0, 2.0, 3.0, 4.0]),
        ("(1, 0)ᵀ", &[1.0, 0.0]),
        ("20 and 2", &[20.0, 2.0]),
        ("20 (and 2 more)", &[20.0, 2.0]),
        ("(see above) 2", &[2.0]),
        ("(20 (the largest), 2)", &[20.0, 2.0]),
        ("1,797,5", &[1.0, 797.0, 5.0]),
        ("1,797, 5", &[1797.0, 5.0]),
        ("0,123", &[0.0, 123.0]),
        ("$1, 2$", &[1.0, 2.0]),
        ("$1,797$", &[1.0, 797.0]),
        ("$20 \\text{ and } 2$", &[20.0, 2.0]),
        ("$20 \\text{ and } -2$", &[20.0, -2.0]),
        ("$\\lambda = (20,\\, 2)$", &[20.0, 2.0]),
        ("$v = (1, 0)^\\top$", &[1.0, 0.0]),
        ("$v = \\left[1, -1\\right]^{\\mathsf T}$", &[1.0, -1.0]),
        ("$v = \\langle 1, 0\\rangle^T$", &[1.0, 0.0]),
        ("$\\{1, 2\\}$", &[1.0, 2.0]),
        ("$((1, 2), (3, 4))$", &[1.0, 2.0, 3.0, 4.0]),
        ("$H = \\begin{bmatrix}20&0\\\\0&2\\end{bmatrix}$", &[20.0, 0.0, 0.0, 2.0]),
        ("$\\begin{pmatrix} 1 \\\\[2pt] -\\frac12 \\\\ \\end{pmatrix}$", &[1.0, -0.5]),
        ("$\\begin{smallmatrix}1&2\\end{smallmatrix}^\\top$", &[1.0, 2.0]),
        ("$\\left(\\begin{array}[c]{cc|c}1&2&3\\end{array}\\right)$", &[1.0, 2.0, 3.0]),
        ("$v = \\frac{1}{2}\\begin{bmatrix}1\\\\-1\\end{bmatrix}$", &[0.5, -0.5]),
        ("$= \\begin{aligned} 20 \\\\ 2 \\end{aligned}$", &[20.0, 2.0]),
        ("$20$, $2$ and $\\pi$", &[20.0, 2.0, std::f64::consts::PI]),
    ] {
        assert_states(text, Relation::Equal, values);
    }
}

#[test]
fn the_last_relation_counts() {
    use Relation::{About, AtLeast, AtMost, Equal, Greater, Less};
    for (text, relation, value) in [
        ("$\\kappa = 20/2 = 10$", Equal, 10.0),
        ("$x \\to y = 3$", Equal, 3.0),
        ("x* = 3", Equal, 3.0),
        ("$\\pi_1 = 3$", Equal, 3.0),
        ("$e = 3$", Equal, 3.0),
        ("$x^* = 3$", Equal, 3.0),
        ("$x_+ = 3$", Equal, 3.0),
        ("$x^- \\approx 3$", About, 3.0),
        ("κ = 10", Equal, 10.0),
        ("$\\kappa$ is 10", Equal, 10.0),
        ("λ₁ equals 10", Equal, 10.0),
        ("the 2-norm is 10", Equal, 10.0),
        ("the 2nd is about 10", About, 10.0),
        ("is about 10", About, 10.0),
        ("$x := 3$", Equal, 3.0),
        ("≈ 0.82", About, 0.82),
        ("~0.82", About, 0.82),
        ("$=~20$", Equal, 20.0),
        ("$r \\approx 0.82$", About, 0.82),
        ("$r \\sim 0.82$", About, 0.82),
        ("$r \\simeq 0.82$", About, 0.82),
        ("about 0.82", About, 0.82),
        ("About −3", About, -3.0),
        ("approx. 5", About, 5.0),
        ("$r$ is about $0.82$", About, 0.82),
        ("$\\text{about } 3$", About, 3.0),
        ("roughly √2", About, std::f64::consts::SQRT_2),
        ("about $\\kappa = 10$", Equal, 10.0),
        ("$x < 3$", Less, 3.0),
        ("$x \\lt 3$", Less, 3.0),
        ("x <-3", Less, -3.0),
        ("less than 3", Less, 3.0),
        ("below 3", Less, 3.0),
        ("under 3", Less, 3.0),
        ("fewer than 3 steps", Less, 3.0),
        ("x <= 3", AtMost, 3.0),
        ("$x \\leqslant 3$", AtMost, 3.0),
        ("x ≤ 3", AtMost, 3.0),
        ("at most 3", AtMost, 3.0),
        ("no more than 3", AtMost, 3.0),
        ("not more than 3", AtMost, 3.0),
        ("less than or equal to 3", AtMost, 3.0),
        ("$x \\gt 3$", Greater, 3.0),
        ("more than 3", Greater, 3.0),
        ("over 3", Greater, 3.0),
        ("above 3", Greater, 3.0),
        ("x >= 3", AtLeast, 3.0),
        ("$x \\ge 3$", AtLeast, 3.0),
        ("at least 3", AtLeast, 3.0),
        ("no less than 3", AtLeast, 3.0),
        ("the mean over runs is 3", Equal, 3.0),
        ("the mean over $x$ is 3", Equal, 3.0),
        ("it is over. 3", Equal, 3.0),
        ("it does not converge: κ = 3", Equal, 3.0),
        ("$0 < x < 3$", Less, 3.0),
    ] {
        assert_states(text, relation, &[value]);
    }
}

#[test]
fn relations_that_cannot_be_checked() {
    for (text, sign) in [
        ("$x \\ne 3$", "\\ne"),
        ("x ≠ 3", "≠"),
        ("x =\u{338} 3", "=\u{338}"),
        ("x != 3", "!="),
        ("$x \\not= 3$", "\\not="),
        ("$x \\not\\approx 3$", "\\not\\approx"),
        ("$x \\equiv 3$", "\\equiv"),
        ("$x \\in \\{3\\}$", "\\in"),
        ("x ∈ {3}", "∈"),
        ("$x \\propto 3$", "\\propto"),
        ("$x \\ll 3$", "\\ll"),
        ("x << 3", "<<"),
        ("$x \\ne y = 3$", "\\ne"),
        ("x ≠ y = 3", "≠"),
        ("x /= 3", "/="),
        ("x =/= 3", "/="),
        ("$x =/= 3$", "/="),
        ("x += 3", "+="),
        ("x −= 3", "−="),
        ("x ^= 3", "^="),
        ("x !≈ 3", "!≈"),
        ("-≈3", "-≈"),
        ("x exceeds y = 3", "exceeds y ="),
        ("x is at most y = 3", "most y ="),
        ("x is larger than y = 3", "than y ="),
        ("— ≈ 3", "— ≈"),
        ("$-\\approx 3$", "-\\approx"),
        ("from 4 -> 3", "->"),
        ("4 → 3", "→"),
        ("4 => 3", "=>"),
        ("$4 \\to 3$", "\\to"),
        ("x is not about 3", "not about"),
        ("not below 0.1", "not below"),
        ("never below 3", "never below"),
        ("not always below 3", "not always below"),
        ("it is not, in fact, below 3", "not, in fact, below"),
        ("it is not true that κ = 3", "not true that κ ="),
        ("hardly above ten", "hardly above"),
        ("strictly between 5 and 7", "strictly between"),
        ("well over 9000", "well over"),
        ("just under ten", "just under"),
        ("a little more than ten", "little more than"),
        ("≥ 3 or fewer", "or fewer"),
        ("3 ≠ x", "≠"),
        ("x = 3 ≠ y", "≠"),
        ("< = 3", "< ="),
        ("x isn't less than 3", "isn't less than"),
    ] {
        assert_refused(text, sign, &format!("the relation `{sign}` can't be checked"));
        assert_eq!(fault(text).help.as_deref(), Some("a claim may say =, ≈, <, ≤, > or ≥ of its value"));
    }
}

#[test]
fn words_of_relation_do_not_hide_a_number() {
    for (text, number, words) in [
        ("20 over 100 runs", "20", "over"),
        ("$20$ over $100$ runs", "20", "over"),
        ("$\\kappa = 20$ over 100 runs", "20", "over"),
        ("κ = 200 over 100 runs", "200", "over"),
        ("20, at least 3 of them", "20", "at least"),
        ("at most 5 over 3 runs", "5", "over"),
        ("twenty over a hundred runs", "twenty", "over"),
        ("one more than 5", "one", "more than"),
        ("no run is below 3", "no", "below"),
        ("the two eigenvalues are 20 and 2", "two", "are"),
        ("after 3 steps it is 8", "3", "is"),
        ("2 more than 8", "2", "more than"),
        ("0.5 around 3", "0.5", "around"),
    ] {
        assert_refused(text, number, &format!("`{number}` stands before `{words}`, so it would not be checked"));
    }
}

#[test]
fn what_is_no_number_in_prose() {
    for (text, quoted) in [
        ("2x", "2x"),
        ("is 1.2.3 now", "1.2.3"),
        ("the 10th.", "10th"),
        ("3D", "3D"),
        ("a 12-step method", "12-step"),
        ("10–20", "10–20"),
        ("10-20", "10-20"),
        ("2021-05-03", "2021-05-03"),
        ("12:30", "12:30"),
        ("phase-2", "phase-2"),
        ("no.3", "no.3"),
        ("20's", "20's"),
        ("20!", "20!"),
        ("20km", "20km"),
        ("2e", "2e"),
        ("1e5x", "1e5x"),
        ("f(20)", "f(20"),
        ("2**x", "2**x"),
        ("$10$th", "10$th"),
        ("1,797th", "1,797th"),
    ] {
        let fault = fault(text);
        assert_eq!(&text[fault.span], quoted);
        let quoted = quoted.replace('$', "");
        assert!(fault.message.starts_with(&format!("`{quoted}` ")), "{}", fault.message);
    }
    for (text, quoted) in [
        ("H2O", "H2O"),
        ("is λ₁", "λ₁"),
        ("٣", "٣"),
        ("1, 2, …", "…"),
        ("1, 2, ...", "..."),
        ("#3", "#3"),
        ("\\pi", "\\pi"),
        ("20 minus 3", "minus"),
        ("3 squared", "squared"),
        ("nearly 5", "nearly"),
        ("almost ten", "almost"),
        ("none other than 5", "none"),
        ("no longer 10", "no"),
        ("no one", "no"),
        ("all but 3", "but"),
        ("all but one", "but"),
        ("the third", "third"),
        ("a third run", "third"),
        ("the first of 10", "first"),
        ("10, of which 3", "of"),
        ("two minus one", "minus"),
        ("dozens", "dozens"),
        ("half again as many", "again"),
        ("three point five", "point"),
        ("a tenth of a percent", "percent"),
        ("± 0.1", "±"),
        ("2.5 ± 0.1 ± 0.2", "±"),
        ("2 pi", "pi"),
        ("3 ppm", "ppm"),
        ("3 bn", "bn"),
        ("3 lakh", "lakh"),
        ("3 hundred", "hundred"),
        ("3 M", "M"),
        ("3 MM", "MM"),
        ("3 G", "G"),
        ("3 T", "T"),
        ("3 B", "B"),
        ("3 M parameters", "M"),
        ("3 x", "x"),
        ("3 κ", "κ"),
        ("3 i", "i"),
        ("3 万", "万"),
        ("3 к", "к"),
        ("(3) k", "k"),
        ("three M", "M"),
        ("3² M", "M"),
        ("3 mln", "mln"),
        ("3 Millionen", "Millionen"),
        ("3 milliards", "milliards"),
        ("3 миллиона", "миллиона"),
        ("3 pp", "pp"),
        ("3 p.p.", "p.p"),
        ("3 basis points", "basis"),
        ("3 kilo", "kilo"),
        ("3 Mi", "Mi"),
        ("3 gross", "gross"),
        ("3 myriads", "myriads"),
        ("$3\\,\\text{M}$", "M"),
        ("101 in binary", "in"),
        ("short of 3", "short"),
        ("3 shy of it", "shy"),
        ("far from 3", "far"),
        ("anything but 3", "but"),
        ("instead of 3", "instead"),
        ("\u{2012}3", "\u{2012}3"),
        ("\u{2015}3", "\u{2015}3"),
        ("\u{fe63}3", "\u{fe63}3"),
        ("\u{ff0d}3", "\u{ff0d}3"),
        ("\u{207b}3", "\u{207b}3"),
        ("not 3", "not"),
        ("it isn’t 3", "isn’t"),
    ] {
        assert_refused(text, quoted, &format!("`{quoted}` is not understood"));
    }
}

#[test]
fn what_is_no_number_in_mathematics() {
    for (text, quoted, message) in [
        ("$2x$", "x", "`x` is not understood"),
        ("$f(2)$", "f", "`f` is not understood"),
        ("$20 \\lambda$", "\\lambda", "`\\lambda` is not understood"),
        ("$2i$", "i", "`i` is not understood"),
        ("$(1, \\ldots, 3)$", "\\ldots", "`\\ldots` is not understood"),
        ("$12%$", "%", "`%` is not understood"),
        ("$|{-3}|$", "|", "`|` is not understood"),
        ("$1_000$", "_", "`_` is not understood"),
        ("$5!$", "!", "`!` is not understood"),
        ("$20\\,\\mathrm{kx}$", "k", "`k` is not understood"),
        ("3 x²", "x²", "`x²` is not understood"),
        ("$3 \\mathrm m$", "m", "`m` is not understood"),
        ("$\\text{unclosed 3$", "\\text", "`\\text` is not understood"),
        ("$\\text{the 3rd}$", "3rd", "`3rd` is not understood as a number"),
        ("$\\begin{cases}1\\\\2\\end{cases}$", "\\begin{cases}", "`\\begin{cases}` is not understood"),
        ("$\\log 3$", "\\log", "`\\log` does not say its base"),
        ("$10^12$", "12", "`12` is not in braces"),
        ("$\\sqrt23$", "23", "`23` is not in braces"),
        ("$1/2\\pi$", "1/2\\pi", "this product can be read in two ways"),
        ("$\\ln 2\\pi$", "\\ln 2\\pi", "this product can be read in two ways"),
        ("$\\ln 2/3$", "\\ln 2/", "this product can be read in two ways"),
        ("$\\ln 2^3$", "\\ln 2^", "this power can be read in two ways"),
        ("$2\\frac12$", "2\\frac", "a number before a fraction can be read in two ways"),
        ("$2{\\frac12}$", "2{", "a number before a fraction can be read in two ways"),
        ("$2\\cdot3\\frac12$", "2\\cdot3\\frac", "a number before a fraction can be read in two ways"),
        ("$2^{2^{2}}3$", "2^{2^{2}}3", "two numbers stand side by side with nothing between them"),
        ("$\\frac123$", "123", "`123` is not in braces"),
        ("$1 797$", "1 797", "two numbers stand side by side with nothing between them"),
        ("$2{{3}}$", "2{{3}}", "two numbers stand side by side with nothing between them"),
        ("$20 \\quad 2$", "20 \\quad 2", "two numbers stand side by side with nothing between them"),
        ("$1$$2$", "1$$2", "two numbers stand side by side with nothing between them"),
        ("20 2", "20 2", "two numbers stand side by side with nothing between them"),
        ("20 -2", "20 -2", "two numbers stand side by side with nothing between them"),
        ("λ = - 20", "- 20", "this `-` may be a sign or something else"),
        ("20 - 2", "- 2", "this `-` may be a sign or something else"),
        ("--3", "--3", "this `-` may be a sign or something else"),
        ("—3", "—3", "this `—` may be a sign or something else"),
        ("— 3", "— 3", "this `—` may be a sign or something else"),
        ("x — 3", "— 3", "this `—` may be a sign or something else"),
        ("—three", "—three", "this `—` may be a sign or something else"),
        ("-+3", "-+3", "this `-` may be a sign or something else"),
        ("-−3", "-−3", "this `-` may be a sign or something else"),
        ("–€3", "–€3", "this `–` may be a sign or something else"),
        ("—€3", "—€3", "this `—` may be a sign or something else"),
        ("-“3”", "-“3", "this `-` may be a sign or something else"),
        ("-°3", "-°3", "this `-` may be a sign or something else"),
        ("(1,200)", "(1,200)", "this may be one number or a list of them"),
        ("[1,200,300]", "[1,200,300]", "this may be one number or a list of them"),
        ("x − 3", "− 3", "this `−` may be a sign or something else"),
        ("x + 3", "+ 3", "this `+` may be a sign or something else"),
        ("x / 3", "/", "`/` is not understood"),
        ("$\\text{x} - 3$", "x} -", "`x} -` is not understood as a number"),
        ("$\\text{tr} (3)$", "tr} (", "`tr} (` is not understood as a number"),
        ("$2\\cdot$", "\\cdot", "`\\cdot` has nothing after it"),
        ("20+", "+", "`+` has nothing after it"),
        ("$\\frac{1}$", "}", "`}` has nothing after it"),
        ("$1/0$", "1/0", "`1/0` divides by zero"),
        ("$0^{-1}$", "0^{-1}", "`0^{-1}` divides by zero"),
        ("$\\sqrt{-1}$", "\\sqrt{-1}", "`\\sqrt{-1}` is not a real number"),
        ("$\\infty - \\infty$", "\\infty - \\infty", "`\\infty - \\infty` is not a real number"),
        ("$10^{400}$", "10^{400}", "`10^{400}` is too large for a floating-point number"),
        ("$9^{9^{9}}$", "9^{9^{9}}", "`9^{9^{9}}` is too large for a floating-point number"),
        ("1e-400", "1e-400", "`1e-400` is too small for a floating-point number"),
        ("1e99999999999", "1e99999999999", "`1e99999999999` is too large for a floating-point number"),
        ("$(1, 2$", "(", "`(` is not closed"),
        ("$[0, 1)$", ")", "`[` is closed by `)`"),
        ("$(\\kappa = 10)$", "\\kappa", "`\\kappa` is not understood"),
        ("20 (for x > 0)", ">", "`>` is not understood"),
        ("κ = 10)", ")", "`)` closes what was opened before the relation sign, or nothing"),
        ("$\\frac{1}{2$", "{", "`{` is not closed"),
        (
            "$\\begin{bmatrix}1&2\\end{pmatrix}$",
            "\\end{pmatrix}",
            "`\\begin{bmatrix}` is closed by `\\end{pmatrix}`",
        ),
        (
            "$\\begin{bmatrix}1&2\\\\3\\end{bmatrix}$",
            "\\begin{bmatrix}",
            "the rows of this matrix have different lengths",
        ),
        ("$\\begin{bmatrix}1&&2\\end{bmatrix}$", "&", "there is no number in front of `&`"),
        ("$(1, )$", ")", "there is no number in front of `)`"),
        ("$()$", ")", "there is no number in front of `)`"),
        ("$(1,2)+1$", "(1,2)", "there is a list of numbers where one number is needed"),
        ("$(1,2)^2$", "^", "a power of a list of numbers is not understood"),
        (
            "$\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}^\\top$",
            "^\\top",
            "the transpose of a matrix is not understood",
        ),
        ("9/11 %", "9/11 %", "`9/11 %` is not understood"),
        ("(1, 2) %", "(1, 2) %", "`(1, 2) %` is not understood"),
        ("$\\{1+2\\cdot$", "\\cdot", "`\\cdot` has nothing after it"),
        ("${1+2}\\cdot 3$", "{1+", "`{` is not understood"),
    ] {
        assert_refused(text, quoted, message);
    }
}

#[test]
fn a_text_without_numbers_is_refused_as_a_whole() {
    let help =
        Some("state the value in digits, as in `about 0.82` or `$\\kappa = 10$`, or in words, as in `at most a third`");
    for text in [
        "a few steps",
        "both",
        "one-sided",
        "two-dimensional",
        "zero-mean",
        "the larger one",
    ] {
        assert_refused(text, text, "this claim's text holds no number");
    }
    assert_refused("(see above)", "(see above)", "this claim's text holds no number");
    assert_refused("$\\kappa =$", "\\kappa =", "this claim's text holds no number after `=`");
    assert_eq!(fault("a few steps").help.as_deref(), help);
    assert_refused(" ", " ", "this claim's text is empty");
    assert_eq!(read(&[]).map_err(|fault| fault.span).err(), Some(0..0));
}

#[test]
fn help_says_what_to_write() {
    for (text, help) in [
        ("$\\pm 1$", "± belongs between two numbers: `2.5 ± 0.1`"),
        ("$\\log 3$", "write `\\ln` for the natural logarithm and `\\log_{10}` for the decimal one"),
        ("$12%$", "a per cent sign in mathematics is written `\\%`"),
        ("$2i$", "state the real part and the imaginary part in two claims"),
        ("$10^12$", "LaTeX takes only the first digit; put the number in braces: `10^{12}`"),
        ("1, …", "write out all the numbers; those left out can't be checked"),
    ] {
        assert_eq!(fault(text).help.as_deref(), Some(help), "{text}");
    }
}

#[test]
fn numbers_in_words() {
    let third = 1.0 / 3.0;
    for (text, value) in [
        ("none", 0.0),
        ("No run failed", 0.0),
        ("nought", 0.0),
        ("zero", 0.0),
        ("neither", 0.0),
        ("one", 1.0),
        ("Twelve runs", 12.0),
        ("all ten", 10.0),
        ("exactly two", 2.0),
        ("twenty-one", 21.0),
        ("twenty one", 21.0),
        ("ninety-nine", 99.0),
        ("a hundred", 100.0),
        ("a hundred and five", 105.0),
        ("one hundred twenty", 120.0),
        ("nineteen hundred", 1900.0),
        ("a thousand and one", 1001.0),
        ("two hundred thousand", 2e5),
        ("twenty-three thousand four hundred and five", 23405.0),
        ("one million five hundred thousand", 1.5e6),
        ("a dozen", 12.0),
        ("half a dozen", 6.0),
        ("half a million", 5e5),
        ("half", 0.5),
        ("a half", 0.5),
        ("half the runs", 0.5),
        ("a third", third),
        ("one third", third),
        ("one-third of the runs", third),
        ("two thirds", 2.0 * third),
        ("two-thirds", 2.0 * third),
        ("a quarter", 0.25),
        ("three quarters", 0.75),
        ("five-eighths", 0.625),
        ("ten thousandths", 0.01),
        ("one and a half", 1.5),
        ("2 and a half", 2.5),
        ("one hundred and two thirds", 100.0 + 2.0 * third),
        ("ten per cent", 0.1),
        ("half a per cent", 0.005),
        ("once", 1.0),
        ("twice as many", 2.0),
        ("thrice", 3.0),
        ("three times as many", 3.0),
        ("doubled", 2.0),
        ("halved", 0.5),
        ("tenfold", 10.0),
        ("ten-fold", 10.0),
        ("10-fold", 10.0),
        ("2.5fold", 2.5),
        ("10× faster", 10.0),
        ("minus ten", -10.0),
        ("negative 2.5", -2.5),
        ("minus infinity", f64::NEG_INFINITY),
        ("1 ½", 1.5),
        ("1⁄4", 0.25),
        ("37½ %", 0.375),
        ("1'234.5", 1234.5),
        ("0x1F", 31.0),
        ("0b1_01", 5.0),
        ("a hundredfold", 100.0),
        ("a factor of two", 2.0),
        ("one second", 1.0),
        ("“ten”", 10.0),
        ("$\\text{ten}$", 10.0),
        // Digits beside words that may be numbers elsewhere.
        ("the larger one is 10", 10.0),
        ("one gets 10", 10.0),
        ("a factor of 10", 10.0),
        ("once trained, 10 runs", 10.0),
        ("No. 3", 3.0),
        ("10 two-dimensional points", 10.0),
    ] {
        assert_states(text, Relation::Equal, &[value]);
    }
}

#[test]
fn each_number_in_words_counts() {
    for (text, values) in [
        ("ten of ten", &[10.0, 10.0][..]),
        ("one in ten", &[1.0, 10.0]),
        ("one of the 10", &[1.0, 10.0]),
        ("once in 10 runs", &[1.0, 10.0]),
        ("none of the ten", &[0.0, 10.0]),
        ("two in three runs", &[2.0, 3.0]),
        ("two of 10 runs", &[2.0, 10.0]),
        ("the first 10 of 20", &[10.0, 20.0]),
        ("10 in one step", &[10.0, 1.0]),
        ("three or four", &[3.0, 4.0]),
        ("eleven (11)", &[11.0, 11.0]),
        ("two to three hundred", &[2.0, 300.0]),
    ] {
        assert_states(text, Relation::Equal, values);
    }
}

#[test]
fn products_in_words_are_refused() {
    for text in [
        "twice 3",
        "double 3",
        "half of 10",
        "half the 10",
        "a third of 9",
        "ten times 3",
        "twice as many as 3",
        "half past ten",
    ] {
        assert_refused(text, text, &format!("`{text}` is not computed"));
    }
    assert_refused("less than half of 10", "half of 10", "`half of 10` is not computed");
    for word in [
        "longer than 10",
        "better than ten",
        "below the limit of 3",
        "within 0.1 of 2.5",
    ] {
        let word_of_relation = word.split(' ').find(|word| ["than", "below", "within"].contains(word)).unwrap();
        assert_refused(word, word_of_relation, &format!("`{word_of_relation}` is not understood as a relation"));
    }
}

/// The parts with their relations, and the names.
fn read_as(text: &str) -> String {
    let stated = stated(text);
    let part = |part: &StatedPart| {
        let numbers = part.numbers.iter().map(|stated| match &stated.most {
            Some(most) => format!("[{}, {}]", stated.number.value(), most.value()),
            None => stated.number.value().to_string(),
        });
        format!("{} {}", part.relation, numbers.collect::<Vec<_>>().join(", "))
    };
    let names = stated.names.iter().map(|name| format!("‘{name}’"));
    stated.parts.iter().map(part).chain(names).collect::<Vec<_>>().join("; ")
}

#[test]
fn intervals() {
    for (text, read) in [
        ("between 0.0023 and 0.0028", "∈ [0.0023, 0.0028]"),
        ("between -1 and 1", "∈ [-1, 1]"),
        ("between a quarter and a half", "∈ [0.25, 0.5]"),
        ("between one and a half and two", "∈ [1.5, 2]"),
        ("between a hundred and a million", "∈ [100, 1000000]"),
        ("between 10 % and 12 %", "∈ [0.1, 0.12]"),
        ("$\\kappa$ is between $5$ and $10$ there", "∈ [5, 10]; ‘\\kappa is’"),
        ("2.5 ± 0.1", "∈ [2.4, 2.6]"),
        ("$2.5 \\pm 0.1$", "∈ [2.4, 2.6]"),
        ("$x \\approx 2.5 \\pm 0.1$", "∈ [2.4, 2.6]; ‘x’"),
        ("2.5 +/- 0.1 m", "∈ [2.4, 2.6]"),
        ("ten plus or minus two", "∈ [8, 12]"),
        ("2.5 ± 0.1 %", "∈ [0.024, 0.026]"),
        ("2.5 % ± 0.1 %", "∈ [0.024, 0.026]"),
        ("(2.5 ± 0.1) %", "∈ [0.024, 0.026]"),
        ("$(2.5 \\pm 0.1)\\times 10^3$", "∈ [2400, 2600]"),
        ("(2 ± 0.5, 3 ± 1)", "∈ [1.5, 2.5], [2, 4]"),
    ] {
        assert_eq!(read_as(text), read, "{text}");
    }
    for (text, message) in [
        ("between 3 and 2", "`between` needs two numbers"),
        ("between 2", "`between` needs two numbers"),
        ("between one and two thirds", "`between` needs two numbers"),
        ("between 2, 3 and 4", "`between` needs two numbers"),
        ("between 2 and 3 and 4", "`between` needs two numbers"),
        ("between 10 and 12 %", "`between` needs two numbers"),
        ("between two and three million", "`between` needs two numbers"),
        ("2.5 % ± 0.1", "only one of these two numbers is scaled"),
        ("x < 2.5 ± 0.1", "± is combined with numbers or relations"),
        ("(2.5 ± 0.1, 3)", "± is combined with numbers or relations"),
        ("not between 2 and 3", "the relation `not between` can't be checked"),
    ] {
        assert!(fault(text).message.starts_with(message), "{text}: {}", fault(text).message);
    }
}

#[test]
fn each_part_made_of_numbers_counts() {
    for (text, read) in [
        ("10 = 5 = 12", "= 10; = 5; = 12"),
        ("$\\kappa = 20/2 = 10$", "= 10; = 10; ‘\\kappa’"),
        ("1/2 = 0.5", "= 0.5; = 0.5"),
        ("≈ 0.25 = 1/4", "≈ 0.25; = 0.25"),
        ("2 ≤ 3", "= 2; ≤ 3"),
        ("$0 < \\lambda \\le 3$", "> 0; ≤ 3; ‘\\lambda’"),
        ("$0 < 1 < \\lambda$", "> 0; > 1; ‘\\lambda’"),
        ("$3 > \\lambda$", "< 3; ‘\\lambda’"),
        ("$10 = \\kappa$", "= 10; ‘\\kappa’"),
        ("$x = 3 < 5$", "= 3; < 5; ‘x’"),
        ("$0 < a < b < 3$", "> 0; < 3; ‘a’; ‘b’"),
        ("at most 5, ≥ 12", "≤ 5; ≥ 12"),
        ("more than 2 and less than 5", "> 2; < 5"),
        ("at least two but at most five", "≥ 2; ≤ 5"),
        ("at the most ten", "≤ 10"),
        ("10 or more", "≥ 10"),
        ("ten or fewer", "≤ 10"),
        ("half or less", "≤ 0.5"),
        ("more than all ten", "> 10"),
        ("$x = 1, y = 2$", "= 1; = 2; ‘x’; ‘y’"),
        ("$\\kappa = \\lambda_1/\\lambda_2 = 10$", "= 10; ‘\\kappa’; ‘\\lambda_1/\\lambda_2’"),
        ("f(3) = 10", "= 10; ‘f(3)’"),
        ("$f(1, y) = 2$", "= 2; ‘f(1, y)’"),
        ("P(X > 3) = 0.1", "= 0.1; ‘P(X > 3)’"),
        ("$\\sum_{k=1}^{10} k = 55$", "= 55; ‘\\sum_{k=1}^{10} k’"),
        ("$1 + \\cdots + 10 = 55$", "= 55; ‘1 + \\cdots + 10’"),
        ("$\\log_2 8 = 3$", "= 3; = 3"),
        ("$e = 0.1$", "= 0.1; ‘e’"),
        ("after 3 steps κ = 10", "= 3; = 10"),
    ] {
        assert_eq!(read_as(text), read, "{text}");
    }
    for (text, sign) in [("$x < 10 = 5$", "="), ("$10 = 5 < x$", "="), ("$x < 3 > 1$", ">")] {
        assert_refused(text, sign, &format!("`{sign}` does not relate the value to the number after it"));
    }
    for (text, quoted) in [
        ("$3 = 10x$", "x"),
        ("$1 \\text{ for } y = 2$", "y"),
        ("$x = 3, y$", "y"),
    ] {
        assert_refused(text, quoted, &format!("`{quoted}` is not understood"));
    }
}

#[test]
fn integers_are_exact() {
    for (text, integer) in [
        ("170141183460469231731687303715884105727", Some(i128::MAX)),
        ("-170141183460469231731687303715884105728", Some(i128::MIN)),
        ("170141183460469231731687303715884105728", None),
        ("$2^{100} + 1$", Some((1 << 100) + 1)),
        ("$-3^3$", Some(-27)),
        ("$10^{20}$", Some(10_i128.pow(20))),
        ("$1.5\\times10^3$", Some(1500)),
        ("$20/2$", Some(10)),
        ("$7/2$", None),
        ("1e6", Some(1_000_000)),
        ("1.5 million", Some(1_500_000)),
        ("2.0", None),
        ("100 %", None),
        ("$\\sqrt4$", Some(2)),
        ("√16", Some(4)),
        ("$\\sqrt[3]{8}$", Some(2)),
        ("$\\sqrt[3]{-27}$", Some(-3)),
        ("$\\sqrt{8}$", None),
    ] {
        assert_eq!(numbers(text)[0].number.integer(), integer, "{text}");
    }
}

#[test]
fn half_a_unit_of_the_last_digit() {
    for (text, half_unit) in [
        ("20", Some(0.5)),
        ("-0.82", Some(0.005)),
        ("2.50", Some(0.005)),
        ("1,797", Some(0.5)),
        ("12 %", Some(0.005)),
        ("1.5e3", Some(50.0)),
        ("1.5 million", Some(5e4)),
        ("$2.5\\times10^{-3}$", Some(0.05e-3)),
        ("$(2.5)\\cdot10^{3}$", Some(50.0)),
        ("$1\\times10^{-3}$", Some(0.5e-3)),
        ("$10^{-3}$", None),
        ("9/11", None),
        ("½", None),
        ("$\\pi$", None),
        ("$2\\cdot3$", None),
        ("$1.5+2$", None),
    ] {
        assert_eq!(numbers(text)[0].number.half_unit(), half_unit, "{text}");
    }
}

#[test]
fn each_number_knows_its_text_and_place() {
    let text = "$\\lambda = (\\frac{1}{2}, -3)$, $12$ % and 4";
    let stated = numbers(text);
    let numbers: Vec<(&str, &str)> =
        stated.iter().map(|number| (&text[number.span.clone()], number.text.as_str())).collect();
    let expected = [
        ("\\frac{1}{2}", "\\frac{1}{2}"),
        ("-3", "-3"),
        ("12$ %", "12 %"),
        ("4", "4"),
    ];
    assert_eq!(numbers, expected);
}

#[test]
fn a_factor_stands_in_the_text_of_each_entry() {
    let text = "$\\frac12 \\cdot (1, -1)$";
    let numbers = numbers(text);
    assert_eq!((numbers[1].text.as_str(), &text[numbers[1].span.clone()]), ("\\frac12 \\cdot -1", "-1"));
}

#[test]
fn deep_nesting_is_refused() {
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("{", "1", "}"),
        ("√", "1", ""),
        ("2^{", "1", "}"),
        ("\\frac{", "1", "}{2}"),
        ("\\ln ", "9", ""),
    ] {
        let text = format!("${}{inner}{}$", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(fault(&text).message, "this expression is nested more than 64 deep", "{open}");
    }
}

/// Text in which what the reader knows turns up often.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        prop::sample::select(vec![
            "1",
            "2.5",
            "1,797",
            "e",
            "π",
            "\\pi",
            "\\frac",
            "\\sqrt",
            "\\ln",
            "\\log",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "^",
            "_",
            "\\begin{bmatrix}",
            "\\end{bmatrix}",
            "\\begin{array}",
            "{cc}",
            "&",
            "\\\\",
            ",",
            ";",
            ".",
            "-",
            "–",
            "−",
            "+",
            "×",
            "/",
            "%",
            "\\%",
            "=",
            "<",
            "~",
            "≈",
            "\\not",
            "\\text{",
            "about ",
            "not ",
            " per cent",
            "million",
            "½",
            "⁻³",
            "√",
            "ᵀ",
            "\\top",
            "\\left",
            "\\right",
            "\\",
            "…",
            " ",
            "\u{338}",
            "é",
            "∞",
            "th",
            "!",
            "\u{2009}",
            "10",
            "\\circ",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(fragment, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn a_printed_float_reads_back(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        for text in [format!("{value}"), format!("{value:e}"), format!("${value}$"), format!("${value:e}$")] {
            prop_assert_eq!(numbers(&text)[0].number.value(), value);
        }
    }

    #[test]
    fn decimals_tell_their_half_unit(value in -1e9..1e9) {
        let numbers = numbers(&format!("{value:.3}"));
        prop_assert_eq!(numbers[0].number.half_unit(), Some(0.0005));
    }

    #[test]
    fn a_grouped_integer_reads_back(value in any::<i128>(), digits in 0_u32..39) {
        let value = value / 10_i128.pow(digits);
        let plain = value.unsigned_abs().to_string();
        let grouped = |separator: &str| {
            let groups: Vec<&str> =
                plain.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
            format!("{}{}", if value < 0 { "-" } else { "" }, groups.join(separator))
        };
        let in_math = ["{,}", "\\,"].map(|separator| format!("${}$", grouped(separator)));
        for text in [",", "_", "\u{2009}", "\u{202f}", "\u{a0}"].map(grouped).iter().chain(&in_math) {
            let numbers = numbers(text);
            prop_assert_eq!((numbers.len(), numbers[0].number.integer()), (1, Some(value)));
        }
    }

    #[test]
    fn reading_stays_within_the_text(parts in prop::collection::vec((any::<bool>(), fragments()), 0..4), gap in 0_usize..3) {
        let mut pieces = Vec::new();
        let mut start = gap;
        for (math, text) in &parts {
            pieces.push(ClaimPiece { math: *math, text: text.clone(), start });
            start += text.len() + gap;
        }
        let inside = |offset: usize| {
            pieces.is_empty() || pieces.iter().any(|piece| {
                offset.checked_sub(piece.start).is_some_and(|offset| piece.text.is_char_boundary(offset))
            })
        };
        let spans = match read(&pieces) {
            Ok(stated) => stated.parts.into_iter().flat_map(|part| part.numbers).map(|number| number.span).collect(),
            Err(fault) => vec![fault.span],
        };
        for span in spans {
            prop_assert!(span.start <= span.end && inside(span.start) && inside(span.end), "{:?}", span);
        }
    }
}
