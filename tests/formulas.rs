//! Formulas typical of the texts that recto is for, and which of them are understood.

use std::collections::BTreeSet;

use recto::door::Mathematics;

/// The formulas that are understood, and those that are not, each with the place of the error.
fn formulas() -> (Vec<&'static str>, Vec<(&'static str, &'static str)>) {
    let text = include_str!("formulas.txt");
    let (understood, others) = text.split_once("\n# Not understood").expect("two parts");
    let is_formula = |line: &&str| !line.is_empty() && !line.starts_with("# ");
    let others = others.lines().skip(1).filter(is_formula);
    (
        understood.lines().filter(is_formula).collect(),
        others.map(|line| line.split_once(' ').expect("a place and a formula")).collect(),
    )
}

#[test]
fn the_formulas_are_understood() {
    let (understood, others) = formulas();
    assert!(understood.len() + others.len() >= 300, "{}", understood.len());
    let math = Mathematics::default();
    let failed = understood
        .iter()
        .filter_map(|latex| Some(format!("{latex}: {}", math.mathml(latex, true).err()?.message)));
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_others_fail_at_their_place() {
    let math = Mathematics::default();
    for (place, latex) in formulas().1 {
        let error = math.mathml(latex, true).expect_err(latex);
        assert_eq!(format!("{}..{}", error.span.start, error.span.end), place, "{latex}: {}", error.message);
    }
}

#[test]
fn formulas_copy_as_latex() {
    let math = Mathematics::default();
    let text = |html: &str| html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    for latex in formulas().0 {
        let html = math.mathml(latex, true).expect(latex);
        let annotation = html.split("<annotation encoding=\"application/x-tex\">").nth(1).expect("an annotation");
        let annotation = annotation.split("</annotation>").next().expect("its end");
        assert_eq!(text(annotation), latex);
    }
}

/// The characters that browsers show for what stands in `<mi>`: a single letter is slanted.
fn slanted(c: char) -> char {
    let shifted = |first: char, to: u32| char::from_u32(u32::from(c) - u32::from(first) + to).unwrap_or(c);
    match c {
        'h' => 'ℎ',
        'A'..='Z' => shifted('A', 0x1D434),
        'a'..='z' => shifted('a', 0x1D44E),
        'Α'..='Ω' => shifted('Α', 0x1D6E2),
        'α'..='ω' => shifted('α', 0x1D6FC),
        '∇' => '𝛻',
        '∂' => '𝜕',
        'ϵ' => '𝜖',
        'ϑ' => '𝜗',
        'ϰ' => '𝜘',
        'ϕ' => '𝜙',
        'ϱ' => '𝜚',
        'ϖ' => '𝜛',
        other => other,
    }
}

/// The code points of the shipped font, as the script that makes it found them.
fn font() -> BTreeSet<u32> {
    let code = |text| u32::from_str_radix(text, 16).expect("a code point");
    let ranges = include_str!("../templates/fonts/coverage.txt").lines();
    let ranges = ranges.map(|line| line.split_once('-').expect("a range"));
    ranges.flat_map(|(first, last)| code(first)..=code(last)).collect()
}

#[test]
fn the_font_has_the_characters_of_the_formulas() {
    let math = Mathematics::default();
    let font = font();
    let tag = regex::Regex::new("<(mi|[a-z]+)(?: [^>]*)?>([^<]*)").expect("a pattern");
    let mut missing = BTreeSet::new();
    for latex in formulas().0 {
        let html = math.mathml(latex, true).expect(latex);
        let html = html.split("<annotation").next().unwrap_or_default().to_owned();
        for found in tag.captures_iter(&html) {
            let text = found[2].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            let single = found.get(1).is_some_and(|name| name.as_str() == "mi") && text.chars().count() == 1;
            let upright = found[0].contains("mathvariant=\"normal\"");
            for c in text.chars() {
                let shown = if single && !upright { slanted(c) } else { c };
                // Variation selectors choose among shapes and have none themselves.
                if !font.contains(&u32::from(shown)) && !('\u{fe00}'..='\u{fe0f}').contains(&shown) {
                    missing.insert((format!("{:X}", u32::from(shown)), shown, latex));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
