//! Lessons that ran again under other conditions: what held, in how many runs, and how far it was from being wrong.
//!
//! In: a lesson as it was judged, ordinarily and under each of the conditions. Out: [`Shaken`], and a problem for each thing
//! that does not hold although the lesson's settings demand it.

use crate::problem::{Kind, Problem, count};
use crate::read::{Item, Lesson};
use crate::run::{Conditions, ProgramRun};
use crate::source::Place;
use crate::verify::{Checked, Verdict};

/// What became of a lesson.
#[derive(Debug)]
pub(crate) struct Shaken<'a> {
    pub(crate) lesson: &'a Lesson,
    /// Whether it takes its seed from recto.
    takes_seed: bool,
    /// What is checked in it, in its order.
    pub(crate) items: Vec<ShakenItem>,
}

/// What became of a cell, claim or inline value.
#[derive(Debug)]
pub(crate) struct ShakenItem {
    /// Its index in the lesson.
    item: usize,
    /// What an inline value ordinarily is.
    value: Option<String>,
    /// In how many runs it could hold.
    pub(crate) runs: usize,
    /// The runs in which it did not.
    pub(crate) lapses: Vec<Lapse>,
    /// How far it was from being wrong in those in which it did, in decimal digits.
    pub(crate) margin: Option<f64>,
    pub(crate) is_demanded: bool,
}

/// A run in which something did not hold.
#[derive(Debug)]
pub(crate) struct Lapse {
    pub(crate) conditions: Conditions,
    /// What was wrong there.
    pub(crate) why: String,
    /// Whether it was run at all; else something above it is to blame.
    pub(crate) is_reached: bool,
}

impl<'a> Shaken<'a> {
    /// A lesson that holds ordinarily, before any other run.
    pub(crate) fn of(checked: &Checked<'a>) -> Shaken<'a> {
        let lesson = checked.lesson;
        let all = lesson.items.iter().zip(&checked.items).enumerate();
        let items = all.filter(|(_, (item, _))| item.is_checked()).map(|(index, (item, report))| ShakenItem {
            item: index,
            value: report.run.value.clone(),
            runs: 0,
            lapses: Vec::new(),
            margin: None,
            is_demanded: lesson.demands(item),
        });
        Shaken {
            lesson,
            takes_seed: checked.transcript.programs.iter().any(ProgramRun::takes_seed),
            items: items.collect(),
        }
    }

    /// Whether it could give something else under some conditions.
    pub(crate) fn depends_on(&self, conditions: Conditions) -> bool {
        self.takes_seed || conditions.seed.is_none()
    }

    /// Takes in how it was judged under some conditions.
    pub(crate) fn add(&mut self, conditions: Conditions, again: &Checked<'_>) {
        let cause = again.stopped_by().map(|problem| problem.message.as_str());
        for shaken in &mut self.items {
            let report = &again.items[shaken.item];
            let why = match report.verdict {
                Verdict::Right if report.run.value == shaken.value => None,
                Verdict::Right => Some(format!("it is {}", report.run.value.as_deref().unwrap_or_default())),
                Verdict::Wrong => report.errors().next().map(|problem| problem.message.clone()),
                Verdict::NotRun | Verdict::Unchecked => {
                    Some(format!("it was not reached: {}", cause.unwrap_or("the lesson was left before")))
                }
            };
            shaken.runs += 1;
            let is_reached = matches!(report.verdict, Verdict::Right | Verdict::Wrong);
            match why {
                Some(why) => shaken.lapses.push(Lapse { conditions, why, is_reached }),
                None => {
                    let digits = report.comparison.as_ref().and_then(|comparison| comparison.digits);
                    let margins = shaken.margin.into_iter().chain(digits);
                    shaken.margin = margins.min_by(f64::total_cmp);
                }
            }
        }
    }

    /// What does not hold although it must.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let demanded = self.items.iter().filter(|shaken| shaken.is_demanded && !shaken.lapses.is_empty());
        let problem = |shaken: &ShakenItem| {
            let what = shaken.kind(self.lesson);
            let (held, runs) = (shaken.held(), count(shaken.runs, "other run"));
            let message = format!("this {what} holds in {held} of {runs}, and `shake` in the settings demands all");
            let problem = Problem::error(Kind::Shake, message).at(shaken.place(self.lesson));
            let told = shaken.lapses.iter().map(|lapse| format!("{}: {}", lapse.conditions, lapse.why));
            let problem = told.fold(problem, Problem::note);
            problem.help(
                "state what holds in all of them, or in how many of several seeds it does; of what belongs to one seed, say so \
                 in the sentence and take it off `shake`",
            )
        };
        demanded.map(problem).collect()
    }
}

impl ShakenItem {
    /// In how many runs it held.
    pub(crate) fn held(&self) -> usize {
        self.runs - self.lapses.len()
    }

    /// What it is: a cell, a claim or a value.
    pub(crate) fn kind(&self, lesson: &Lesson) -> &'static str {
        match &lesson.items[self.item] {
            Item::Cell(_) => "cell",
            Item::Claim(_) => "claim",
            _ => "value",
        }
    }

    /// Where it stands: a cell's opening line, the whole of anything else.
    pub(crate) fn place(&self, lesson: &Lesson) -> Place {
        lesson.document.place(match &lesson.items[self.item] {
            Item::Cell(cell) => cell.span.start..cell.info.end,
            other => other.span(),
        })
    }

    /// What is written there, on one line.
    pub(crate) fn text(&self, lesson: &Lesson) -> String {
        let span = match &lesson.items[self.item] {
            Item::Cell(cell) => cell.span.start..cell.info.end,
            Item::Claim(claim) => claim.text.clone(),
            other => other.span(),
        };
        lesson.document.text()[span].split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The expression of a claim.
    pub(crate) fn expression<'a>(&self, lesson: &'a Lesson) -> Option<&'a str> {
        match &lesson.items[self.item] {
            Item::Claim(claim) => Some(claim.expression.text().trim()),
            _ => None,
        }
    }

    /// Where it begins, in the lesson's text.
    pub(crate) fn position(&self, lesson: &Lesson) -> usize {
        lesson.items[self.item].span().start
    }
}
