//! A report and what is done to it: what was done is found, and nothing else.

use proptest::prelude::*;

use super::change::Way;
use super::reported::{
    Check, Claim, Coverage, Crate, Environment, Expected, Figure, Formulas, Given, Lesson, Part, Relation, Shows, Spot,
    Status, Subject, Tolerance, Unbound,
};
use super::*;

/// A report of chapters with some of everything. Sentences are few, so that several claims have the same.
fn report() -> impl Strategy<Value = Reported> {
    let checks = prop::collection::vec((0..6_usize, 0..5_usize, 0..4_usize, 0..9_i32), 1..14);
    let lessons = prop::collection::vec((checks, any::<bool>(), 0..3_usize), 1..4);
    lessons.prop_map(|lessons| Reported {
        format: 2,
        book: Some("A book".to_owned()),
        verified: true,
        environment: Environment {
            recto: "0.1.0".to_owned(),
            rustc: "rustc 1.91.0".to_owned(),
            crates: vec![Crate { name: "kit".to_owned(), version: None }],
        },
        lessons: lessons
            .into_iter()
            .enumerate()
            .map(|(number, (checks, covered, unbound))| lesson(number, &checks, covered, unbound))
            .collect(),
    })
}

fn lesson(number: usize, checks: &[(usize, usize, usize, i32)], covered: bool, unbound: usize) -> Lesson {
    let source = format!("src/chapter-{number}.md");
    let spot = |line: usize| Spot { file: source.clone(), line, column: 1 };
    let mut all = Vec::new();
    for (index, (kind, sentence, expression, value)) in checks.iter().enumerate() {
        let id = format!("chapter-{number}.{index}");
        let plain = |id: &str, subject: Subject, sentence: Option<String>| Check {
            id: id.to_owned(),
            anchor: Some(format!("check.{index}")),
            example: None,
            place: spot(index + 1),
            status: Status::Right,
            sentence,
            subject,
        };
        let name = ["kappa", "eta", "lambda", "rho"][*expression];
        let text = format!("≈ {value}.5");
        match kind {
            0..=2 => {
                let sentence = format!("Sentence {} says that it is {text} at the end.", WORDS[*sentence]);
                all.push(plain(&id, Subject::Claim(about(&text, name, *value)), Some(sentence)));
            }
            3 => {
                let expression = format!("{name}:.1");
                let subject = Subject::Value {
                    expression,
                    text: Some(format!("{value}.0")),
                };
                all.push(plain(&id, subject, Some(format!("Here {} is … in all.", WORDS[*sentence]))));
            }
            _ => {
                let blake3 = Some(format!("code {name} {value}"));
                let cell = |expected| Subject::Cell {
                    expected,
                    code: None,
                    blake3: blake3.clone(),
                };
                let expected = if *kind == 4 { Expected::Panics } else { Expected::Runs };
                all.push(plain(&id, cell(expected), None));
                if *kind == 5 {
                    all.push(plain(&format!("{id}.output"), Subject::Output { wildcards: 1 }, None));
                    let figure = Figure {
                        alt: format!("A curve of {name}."),
                        pictures: 1,
                        shows: Some(Shows {
                            kind: "data".to_owned(),
                            blake3: format!("data {name} {value}"),
                        }),
                        ..Figure::default()
                    };
                    all.push(plain(&format!("{id}.figure"), Subject::Figure(figure), None));
                }
            }
        }
    }
    Lesson {
        page: format!("chapter-{number}.html"),
        title: format!("Chapter {number}"),
        covered,
        checks: all,
        formulas: Formulas { relations: 9, checked: 5 },
        coverage: Some(Coverage {
            given: Vec::new(),
            unbound: (0..unbound).map(|at| Unbound { text: format!("{at}"), place: spot(50) }).collect(),
        }),
        anchors: Some(vec!["the-end".to_owned(), format!("fig-{number}")]),
        source,
    }
}

const WORDS: [&str; 5] = [
    "one of many", "two and more", "three at most", "four or so", "five perhaps",
];

fn about(text: &str, expression: &str, value: i32) -> Claim {
    Claim {
        text: text.to_owned(),
        expression: expression.to_owned(),
        parts: vec![Part {
            relation: Relation::Equal,
            stated: vec![format!("{value}.5")],
            values: Some(vec![format!("{value}.5")]),
            tolerance: Tolerance::Other,
        }],
        names: Vec::new(),
        computed: vec![format!("{value}.5")],
    }
}

/// The ways of the changes between two reports.
fn ways(old: &Reported, new: &Reported) -> Vec<Way> {
    compare::changes(old, new).iter().map(|change| change.way).collect()
}

/// What is done to a report.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Nothing.
    Nothing,
    /// Its checks stand in another order.
    Reorder,
    /// Something is done to the first check of a kind from a random one on.
    Check(Way),
    /// Something is done to a chapter.
    Lesson(Way),
}

const DEEDS: [Deed; 21] = [
    Deed::Nothing,
    Deed::Reorder,
    Deed::Check(Way::Claimed),
    Deed::Check(Way::Rounded),
    Deed::Check(Way::Relation),
    Deed::Check(Way::Part),
    Deed::Check(Way::Constant),
    Deed::Check(Way::Removed),
    Deed::Check(Way::Given),
    Deed::Check(Way::Text),
    Deed::Check(Way::NewClaim),
    Deed::Check(Way::Written),
    Deed::Check(Way::Cell),
    Deed::Check(Way::Wildcards),
    Deed::Check(Way::Data),
    Deed::Check(Way::Failed),
    Deed::Lesson(Way::Fragment),
    Deed::Lesson(Way::Unmarked),
    Deed::Lesson(Way::Unbound),
    Deed::Lesson(Way::Formulas),
    Deed::Lesson(Way::Page),
];

/// Does it, and says which change is to be found; nothing if there was nothing to do it to.
fn perform(deed: Deed, report: &mut Reported, at: usize) -> Option<Vec<Way>> {
    let number = at % report.lessons.len();
    let lesson = &mut report.lessons[number];
    match deed {
        Deed::Nothing => Some(Vec::new()),
        Deed::Reorder => {
            lesson.checks.reverse();
            Some(Vec::new())
        }
        Deed::Check(way) => of_check(way, lesson, at).then(|| vec![way]),
        Deed::Lesson(way) => of_lesson(way, lesson).then(|| vec![way]),
    }
}

fn of_lesson(way: Way, lesson: &mut Lesson) -> bool {
    match way {
        Way::Fragment => lesson.anchors.as_mut().is_some_and(|anchors| anchors.pop().is_some()),
        Way::Unmarked => std::mem::take(&mut lesson.covered),
        Way::Unbound => {
            let place = Spot {
                file: lesson.source.clone(),
                line: 70,
                column: 2,
            };
            lesson.coverage.as_mut().is_some_and(|coverage| {
                coverage.unbound.push(Unbound { text: "0".to_owned(), place });
                true
            })
        }
        Way::Formulas => {
            lesson.formulas.checked -= 1;
            true
        }
        // A file that has another name is the same chapter, at another address.
        Way::Page => {
            lesson.source = "src/other.md".to_owned();
            lesson.page = "other.html".to_owned();
            true
        }
        _ => false,
    }
}

fn of_check(way: Way, lesson: &mut Lesson, at: usize) -> bool {
    let count = lesson.checks.len();
    let is_it = |check: &Check| match way {
        Way::Written => matches!(check.subject, Subject::Value { .. }),
        Way::Cell => matches!(check.subject, Subject::Cell { expected: Expected::Panics, .. }),
        Way::Wildcards => matches!(check.subject, Subject::Output { .. }),
        Way::Data => matches!(check.subject, Subject::Figure(_)),
        Way::Failed => !matches!(check.subject, Subject::Cell { .. }),
        _ => matches!(check.subject, Subject::Claim(_)),
    };
    let Some(index) = (0..count).map(|step| (at + step) % count).find(|index| is_it(&lesson.checks[*index])) else {
        return false;
    };
    match way {
        Way::Removed => drop(lesson.checks.remove(index)),
        Way::Given => {
            let check = lesson.checks.remove(index);
            if let (Subject::Claim(claim), Some(coverage)) = (check.subject, &mut lesson.coverage) {
                let sentence = check.sentence.unwrap_or_default();
                coverage.given.push(Given {
                    text: claim.text,
                    sentence,
                    place: check.place,
                });
            }
        }
        Way::NewClaim => {
            let mut check = lesson.checks[index].clone();
            check.sentence = Some("Nobody had written anything like this before, 3.5 times.".to_owned());
            check.subject = Subject::Claim(about("3.5", "unheard_of", 3));
            lesson.checks.insert(index, check);
        }
        Way::Failed => lesson.checks[index].status = Status::Wrong,
        way => change(way, &mut lesson.checks[index]),
    }
    true
}

fn change(way: Way, check: &mut Check) {
    match (way, &mut check.subject) {
        (Way::Claimed, Subject::Claim(claim)) => claim.computed = vec!["123.25".to_owned()],
        (Way::Rounded, Subject::Claim(claim)) => claim.computed = vec![format!("{}00000000003", claim.computed[0])],
        (Way::Relation, Subject::Claim(claim)) => claim.parts[0].relation = Relation::About,
        (Way::Part, Subject::Claim(claim)) => claim.parts[0].relation = Relation::Equal,
        (Way::Constant, Subject::Claim(claim)) => claim.expression = "10.0".to_owned(),
        (Way::Text, Subject::Claim(claim)) => {
            let text = "exactly 77".to_owned();
            check.sentence = check.sentence.as_ref().map(|sentence| sentence.replace(&claim.text, &text));
            claim.text = text;
        }
        (Way::Written, Subject::Value { text, .. }) => *text = Some("123.25".to_owned()),
        (Way::Cell, Subject::Cell { expected, .. }) => *expected = Expected::Compiles,
        (Way::Wildcards, Subject::Output { wildcards }) => *wildcards += 1,
        (Way::Data, Subject::Figure(Figure { shows: Some(shows), .. })) => shows.blake3 = "other".to_owned(),
        (way, subject) => panic!("{way:?} is not done to {subject:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn what_was_done_is_found_and_nothing_else(report in report(), deed in 0..DEEDS.len(), at in 0..40_usize) {
        let (mut old, mut new) = (report.clone(), report);
        let deed = DEEDS[deed];
        if let Deed::Check(Way::Part) = deed {
            // A claim of two parts loses one.
            for check in old.lessons.iter_mut().flat_map(|lesson| &mut lesson.checks) {
                if let Subject::Claim(claim) = &mut check.subject {
                    claim.parts.push(Part { stated: vec!["2".to_owned()], ..claim.parts[0].clone() });
                }
            }
            new = old.clone();
            let lesson = at % new.lessons.len();
            let claim = new.lessons[lesson].checks.iter_mut().find_map(|check| match &mut check.subject {
                Subject::Claim(claim) => Some(claim),
                _ => None,
            });
            if let Some(claim) = claim {
                claim.parts.truncate(1);
                prop_assert_eq!(ways(&old, &new), vec![Way::Part]);
            }
        } else if let Some(expected) = perform(deed, &mut new, at) {
            prop_assert_eq!(ways(&old, &new), expected);
        }
    }

    #[test]
    fn what_comes_is_what_goes_the_other_way(report in report(), at in 0..40_usize) {
        let mut less = report.clone();
        if of_check(Way::Removed, &mut less.lessons[0], at) {
            prop_assert_eq!(ways(&less, &report), vec![Way::NewClaim]);
        }
    }
}

#[test]
fn a_report_of_the_first_form_is_compared_by_what_it_says() {
    let json = r##"{ "format": 1, "book": "A", "verified": true, "totals": {},
        "environment": { "recto": "0.1.0", "rustc": "rustc 1.91.0", "crates": [] },
        "lessons": [{ "name": "a", "page": "a.html", "source": "src/a.md", "title": "A", "covered": false, "checks": [
            { "kind": "claim", "id": "a.1", "anchor": "check.1", "example": null, "status": "right", "problem": null,
              "place": { "file": "src/a.md", "line": 3, "column": 4 }, "text": "10", "expression": "k", "names": [],
              "parts": [{ "relation": "=", "stated": ["10"], "tolerance": { "kind": "none" } }], "computed": ["10"] },
            { "kind": "figure", "id": "a.2.figure", "anchor": null, "example": null, "status": "right", "problem": null,
              "place": { "file": "src/a.md", "line": 9, "column": 1 }, "name": null, "alt": "A dot.", "pictures": 1 },
            { "kind": "hologram", "id": "a.3", "anchor": null, "example": null, "status": "right", "problem": null,
              "place": { "file": "src/a.md", "line": 9, "column": 1 } }
        ], "problems": [] }] }"##;
    let old = Reported::read(json).unwrap();
    assert_eq!(ways(&old, &old), []);
    let weaker = json
        .replace("\"text\": \"10\"", "\"text\": \"≈ 10\"")
        .replace("\"=\"", "\"≈\"")
        .replace("\"none\" } }]", "\"last-digit\", \"least\": 0.5, \"most\": 0.5 } }]");
    let new = Reported::read(&weaker).unwrap();
    assert_eq!(ways(&old, &new), [Way::Relation]);
    let difference = Difference::of(("old", &old), ("new", &new));
    assert_eq!(difference.not_compared.len(), 5);
    assert!(difference.text().contains("a report of form 1 does not say them"), "{}", difference.text());
    assert_eq!(Reported::read(&json.replace("\"format\": 1", "\"format\": 9")), Err(Unreadable::Newer(9)));
    for text in ["", "[]", "{}", "{\"format\": 2}", "{\"format\": \"2\"}"] {
        assert!(matches!(Reported::read(text), Err(Unreadable::Form(_))), "{text}");
    }
}

#[test]
fn a_claim_that_goes_to_another_chapter_with_its_sentence_is_the_same() {
    let checks = [(0, 1, 2, 3), (1, 2, 1, 4), (3, 0, 0, 1)];
    let old = |first: &[_], second: &[_]| Reported {
        format: 2,
        book: None,
        verified: true,
        environment: Environment::default(),
        lessons: vec![lesson(0, first, false, 0), lesson(1, second, false, 0)],
    };
    let (one, other) = (old(&checks, &[(5, 0, 0, 0)]), old(&checks[..1], &[(5, 0, 0, 0), checks[1], checks[2]]));
    assert_eq!(ways(&one, &other), []);
    // A chapter that goes takes what is not elsewhere with it.
    let mut gone = one.clone();
    gone.lessons.remove(0);
    assert_eq!(ways(&one, &gone), [Way::Chapter, Way::Page]);
    let mut merged = other.clone();
    merged.lessons.remove(0);
    merged.lessons[0].checks.splice(0..0, other.lessons[0].checks.clone());
    assert_eq!(ways(&other, &merged), [Way::Page]);
}

/// A chapter whose first checks are these, with a claim, a value, a cell that panics and one with a figure.
fn one_of_each() -> Reported {
    Reported {
        format: 2,
        book: None,
        verified: true,
        environment: Environment::default(),
        lessons: vec![lesson(
            0,
            &[(0, 0, 0, 1), (3, 1, 1, 2), (4, 0, 2, 3), (5, 0, 3, 4), (4, 0, 0, 5)],
            false,
            0,
        )],
    }
}

#[test]
fn a_cell_with_other_code_is_known_by_its_neighbours() {
    let old = one_of_each();
    let mut new = old.clone();
    for check in &mut new.lessons[0].checks {
        match &mut check.subject {
            Subject::Cell { blake3, expected: Expected::Runs, .. } => *blake3 = Some("other code".to_owned()),
            Subject::Figure(Figure { shows: Some(shows), .. }) => shows.blake3 = "other data".to_owned(),
            _ => {}
        }
    }
    assert_eq!(ways(&old, &new), [Way::Data]);
    // A figure that is described otherwise may show something else.
    for check in &mut new.lessons[0].checks {
        if let Subject::Figure(figure) = &mut check.subject {
            figure.caption = Some("Other numbers.".to_owned());
        }
    }
    assert_eq!(ways(&old, &new), []);
}

#[test]
fn a_claim_that_code_writes_is_known_by_its_expression() {
    let old = one_of_each();
    let mut new = old.clone();
    let check = &mut new.lessons[0].checks[0];
    check.sentence = Some("Sentence one of many says that it is … at the end.".to_owned());
    check.subject = Subject::Value {
        expression: "kappa:.1".to_owned(),
        text: Some("1.5".to_owned()),
    };
    assert_eq!(ways(&old, &new), [Way::Form]);
    assert_eq!(ways(&new, &old), [Way::Form]);
    // If it is typed by hand, nothing computes it.
    new.lessons[0].checks.remove(0);
    assert_eq!(ways(&old, &new), [Way::Removed]);
}

/// The claims of a report of one chapter.
fn claims(report: &mut Reported) -> Vec<&mut Check> {
    let checks = report.lessons[0].checks.iter_mut();
    checks.filter(|check| matches!(check.subject, Subject::Claim(_))).collect()
}

#[test]
fn claims_that_are_alike_keep_their_values_and_sentences() {
    let of = |checks: &[(usize, usize, usize, i32)]| Reported {
        lessons: vec![lesson(0, checks, false, 0)],
        ..one_of_each()
    };
    let computed = |check: &mut Check, value: &str| {
        if let Subject::Claim(claim) = &mut check.subject {
            claim.computed = vec![value.to_owned()];
        }
    };
    // The same words twice, of different values, in another order.
    let (mut old, mut new) = (of(&[(0, 0, 0, 1), (0, 0, 0, 1)]), of(&[(0, 0, 0, 1), (0, 0, 0, 1)]));
    computed(claims(&mut old)[0], "1.51");
    computed(claims(&mut new)[1], "1.51");
    assert_eq!(ways(&old, &new), []);
    // The same expression in two sentences, both of which say something else now, in another order.
    let (old, mut new) = (of(&[(0, 0, 0, 1), (0, 1, 0, 1)]), of(&[(0, 1, 0, 2), (0, 0, 0, 3)]));
    claims(&mut new).into_iter().for_each(|check| computed(check, "2.5"));
    let found = compare::changes(&old, &new);
    let kept = |change: &Change| {
        let words = |check: &Check| check.sentence.clone().unwrap_or_default()[..20].to_owned();
        let old = old.lessons[0].checks.iter().find(|check| Some(&check.place) == change.old.as_ref()).map(words);
        let new = new.lessons[0].checks.iter().find(|check| Some(&check.place) == change.new.as_ref()).map(words);
        change.way == Way::Text && old == new
    };
    assert!(found.len() == 2 && found.iter().all(kept), "{found:?}");
}
