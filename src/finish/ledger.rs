//! What the verification page says of each lesson, which mdBook does not read.
//!
//! In: these parts as data, and the finished pages that stand. Out: the parts as HTML of the verification page and of the page of all
//! chapters. A part is made again where it would be another one.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::edited::{Edited, replaced};
use super::{print, tables};
use crate::html::tags::{Token, tokens};
use crate::parallel;
use crate::report::page::{LEDGER, LessonPart};

/// What the ledger of a book has of each lesson, in their order.
pub(crate) type Entered = Vec<Entry>;

/// A part, by the hash of what it is made of, and its bytes on both pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    hash: String,
    page: usize,
    print: usize,
}

/// All parts, as they stand on both pages.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) page: String,
    pub(super) print: String,
    pub(super) entered: Entered,
}

/// A part, as it stands on both pages.
#[derive(Clone)]
struct Both<'a> {
    page: Cow<'a, str>,
    print: Cow<'a, str>,
}

impl Ledger {
    /// The ledger of these parts. `standing` is what a finished page and its part of the page of all have, and `print` the edits of that page.
    pub(super) fn of(
        parts: &[LessonPart<'_>],
        standing: Option<((&str, &str), &Entered)>,
        (name, print): (&str, Option<&Edited<'_>>),
    ) -> Ledger {
        let kept = standing.and_then(|(pages, entered)| both(pages, entered)).unwrap_or_default();
        let made = parallel::each(parts, |part| {
            let hash = part.hash();
            let its = kept.get(hash.as_str()).cloned().unwrap_or_else(|| Both::of(part, name, print));
            (hash, its)
        });
        let mut ledger = Ledger::default();
        for (hash, Both { page, print }) in made {
            ledger.entered.push(Entry {
                hash,
                page: page.len(),
                print: print.len(),
            });
            ledger.page.push_str(&page);
            ledger.print.push_str(&print);
        }
        ledger
    }
}

impl Both<'_> {
    fn of(part: &LessonPart<'_>, name: &str, print: Option<&Edited<'_>>) -> Self {
        let html = part.html();
        let page = replaced(&html, tables::edits(&html, &tokens(&html).collect::<Vec<_>>()));
        let printed = print.map(|print| {
            let tokens: Vec<Token<'_>> = tokens(&page).collect();
            replaced(&page, print::moved(name, &tokens, page.len(), print))
        });
        Both {
            print: printed.unwrap_or_default().into(),
            page: page.into(),
        }
    }
}

/// A page with the ledger behind its mark, the last one of them.
pub(super) fn filled(mut html: String, ledger: &str) -> String {
    if let Some(at) = html.rfind(LEDGER).filter(|_| !ledger.is_empty()) {
        html.insert_str(at + LEDGER.len(), ledger);
    }
    html
}

/// The parts that stand on finished pages behind the mark, by their hashes.
fn both<'a>((page, print): (&'a str, &'a str), entered: &'a Entered) -> Option<HashMap<&'a str, Both<'a>>> {
    let behind = |html: &'a str| html.rfind(LEDGER).map(|at| &html[at + LEDGER.len()..]);
    let (mut page, mut print) = (behind(page)?, behind(print).unwrap_or_default());
    let mut parts = HashMap::new();
    for entry in entered {
        let (its, rest) = page.split_at_checked(entry.page)?;
        let (printed, others) = print.split_at_checked(entry.print)?;
        (page, print) = (rest, others);
        parts.insert(entry.hash.as_str(), Both { page: its.into(), print: printed.into() });
    }
    Some(parts)
}
