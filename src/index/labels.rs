//! Labels: what the figures, tables, equations, exercises and sections of a book are called, and
//! their numbers by chapter.
//!
//! In: a [`Book`]. Out: for each label its kind, number and page. What has no label has no number.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::problem::{Blamed, Kind, Problem, nearest_of_sorted};
use crate::read::{Book, Item, LabelKind, Lesson, Scope, Settings, chapter_label, is_chapter};
use crate::site::{address, link, page_of, rendered, way};
use crate::source::Place;

/// All labels of a book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    labels: BTreeMap<String, Label>,
    /// The label that has a number of a kind.
    numbered: BTreeMap<(LabelKind, String), String>,
    /// Those of formulas and cells that can't be read, of which is told already.
    lost: BTreeSet<String>,
    /// Labels that stand twice, or are of no known kind, and the chapter of each.
    pub(super) problems: Vec<(PathBuf, Blamed)>,
}

/// A thing that can be referred to.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// Whether it is a figure, a table, …
    pub(crate) kind: LabelKind,
    /// Its number, as `4.2`; empty where a section has none.
    pub(crate) number: String,
    /// The chapter in which it stands, as a path below the source folder.
    pub(crate) page: PathBuf,
    /// The heading or the term, where it is one's label.
    title: Option<String>,
    /// What the book calls its chapters, if it is one.
    chapter: Option<String>,
    pub(crate) place: Place,
}

impl Label {
    fn of_chapter(lesson: &Lesson, settings: &Settings) -> Label {
        let heading = lesson.sections.get(1).map_or(0..0, |section| section.heading.clone());
        let number = lesson.number.clone().filter(|_| settings.number_sections);
        Label {
            kind: LabelKind::Section,
            number: number.unwrap_or_default(),
            page: lesson.path.clone(),
            title: Some(lesson.title.clone()),
            chapter: Some(settings.chapter_name.clone()),
            place: lesson.document.place(heading),
        }
    }

    /// What a reference is filled in with: `Figure 4.2`, with a space that does not break; for a section `section 4.2`, or
    /// its title in quotes if it has no number.
    pub(crate) fn name(&self) -> String {
        match (&self.title, self.kind) {
            (Some(title), LabelKind::Section) if self.number.is_empty() => format!("“{title}”"),
            (Some(title), LabelKind::Term) => title.clone(),
            _ => format!("{}\u{a0}{}", self.chapter.as_deref().unwrap_or(self.kind.word()), self.number),
        }
    }

    /// The same at the beginning of a sentence.
    pub(crate) fn name_with_capital(&self) -> String {
        let name = self.name();
        let mut letters = name.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }

    /// The way to it from another chapter, as a link in markdown.
    pub(crate) fn link_from(&self, page: &Path, label: &str) -> String {
        if is_chapter(label) {
            return way(page, &rendered(&self.page));
        }
        link(page, &self.page, label)
    }

    /// The address of it below the root of the site.
    pub(crate) fn address(&self, label: &str) -> String {
        let page = address(&page_of(&self.page));
        if is_chapter(label) { page } else { format!("{page}#{label}") }
    }
}

impl Labels {
    /// The labels of a book, numbered in the order of the pages.
    pub(crate) fn of(book: &Book) -> Labels {
        let mut labels = Labels::default();
        // Chapters without a number share one count, so that no two things have the same number.
        let mut counts: BTreeMap<(Option<&String>, LabelKind), usize> = BTreeMap::new();
        for lesson in &book.lessons {
            labels.lost.extend(lost(lesson));
            labels.labels.insert(chapter_label(&lesson.path), Label::of_chapter(lesson, &book.settings));
            for Labelled { name, title, number, item, place, takes } in labelled(lesson) {
                let Some(kind) = LabelKind::of(&name) else {
                    // A heading may have an `{#id}` that is no label of recto's.
                    if item.is_some() {
                        let message = format!("the label `{name}` does not say what it is of");
                        let plain = name.to_lowercase().replace([' ', '_'], "-");
                        let problem = Problem::error(Kind::Label, message).at(place);
                        let problem = match LabelKind::of(&plain) {
                            Some(_) => problem.suggest("write ", plain),
                            None => problem.help(format!("begin it with `fig-` or `tbl-`, as in `fig-{plain}`")),
                        };
                        labels.lost.insert(name);
                        labels.problems.push((lesson.path.clone(), (item, problem)));
                    }
                    continue;
                };
                if !takes.1.contains(&kind) && lesson.scope == Scope::Lesson {
                    let message = format!("the label `{name}` is not that of a {}", takes.0);
                    let known: Vec<String> = takes.1.iter().map(|kind| format!("`{}`", kind.prefix())).collect();
                    let help = format!("a {}'s label begins with {}", takes.0, known.join(" or "));
                    let problem = Problem::error(Kind::Label, message).at(place).help(help);
                    labels.lost.insert(name);
                    labels.problems.push((lesson.path.clone(), (item, problem)));
                    continue;
                }
                // Another chapter may say it again: the first one defines it.
                if kind == LabelKind::Term && labels.get(&name).is_some() {
                    continue;
                }
                let is_section = kind == LabelKind::Section;
                let is_chapter = is_section && number.is_some() && number == lesson.number;
                let chapter = is_chapter.then(|| book.settings.chapter_name.clone());
                let number =
                    number.or_else(|| (is_section || kind == LabelKind::Term).then(String::new)).unwrap_or_else(|| {
                        let count =
                            counts.entry((lesson.number.as_ref(), kind)).and_modify(|count| *count += 1).or_insert(1);
                        match &lesson.number {
                            Some(chapter) => format!("{chapter}.{count}"),
                            None => count.to_string(),
                        }
                    });
                labels.insert(
                    (name, item),
                    Label {
                        kind,
                        number,
                        page: lesson.path.clone(),
                        title,
                        chapter,
                        place,
                    },
                );
            }
        }
        labels
    }

    fn insert(&mut self, (name, item): (String, Option<usize>), label: Label) {
        if let Some(first) = self.labels.get(&name) {
            let message = format!("the label `{name}` is used twice");
            let problem = Problem::error(Kind::Label, message)
                .at(label.place)
                .related(first.place.clone(), "it stands here first")
                .help("give one of them another name");
            self.problems.push((label.page, (item, problem)));
            return;
        }
        let number = (label.kind, label.number.clone());
        if label.number.is_empty() {
            self.labels.insert(name, label);
            return;
        }
        if let Some(first) = self.numbered.get(&number).and_then(|first| self.labels.get(first)) {
            // Only an author can give a number that another has.
            let problem = Problem::error(Kind::Label, format!("two formulas have the number {}", label.number))
                .at(label.place.clone())
                .related(first.place.clone(), "it is the number of this one first")
                .help("write another `\\tag{…}`, or none");
            self.problems.push((label.page.clone(), (item, problem)));
        }
        self.numbered.insert(number, name.clone());
        self.labels.insert(name, label);
    }

    /// What is called so. Behind a `?` stands which frame of a sweep is meant; whether there is one, the audit finds.
    pub(crate) fn get(&self, label: &str) -> Option<&Label> {
        self.labels.get(label.split('?').next().unwrap_or(label))
    }

    /// All of them that authors gave, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Label)> {
        let all = self.labels.iter().map(|(name, label)| (name.as_str(), label));
        all.filter(|(name, _)| !is_chapter(name))
    }

    /// The labels of a page.
    pub(crate) fn on<'a>(&'a self, page: &'a Path) -> impl Iterator<Item = (&'a str, &'a Label)> {
        self.all().filter(move |(_, label)| label.page == page)
    }

    /// Whether it is that of something that can't be read.
    pub(crate) fn is_lost(&self, name: &str) -> bool {
        self.lost.contains(name)
    }

    /// The label that is meant by a name in other letters, or without its prefix.
    pub(crate) fn meant(&self, name: &str) -> Option<String> {
        let plain = name.to_lowercase().replace('_', "-");
        let names = LabelKind::prefixes().map(|prefix| format!("{prefix}{plain}"));
        [name.to_owned(), plain.clone()]
            .into_iter()
            .chain(names)
            .find(|name| self.labels.contains_key(name))
    }

    /// The label most like a name that is none.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        let before = self.labels.range::<str, _>((Unbounded, Excluded(name))).rev();
        let after = self.labels.range::<str, _>((Included(name), Unbounded));
        nearest_of_sorted(name, before.map(|(known, _)| known.as_str()), after.map(|(known, _)| known.as_str()))
    }
}

/// The labels of what can't be read: those behind formulas that markdown takes apart, those that label nothing where they stand, and all
/// within fences that are never closed.
fn lost(lesson: &Lesson) -> Vec<String> {
    static LABEL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:\{#|//\|\s*label:\s*)([a-z]+-[\w-]+)").expect("a constant"));
    let text = lesson.document.text();
    let of_formula = |problem: &Problem| {
        let line = text.get(problem.range().filter(|_| problem.kind == Kind::Formula)?.end..)?.lines().next()?;
        Some(line.trim_start()).filter(|line| line.starts_with("{#"))
    };
    let behind = lesson.problems.iter().filter_map(|(_, problem)| of_formula(problem));
    // What is told to label nothing is what references mean.
    let misplaced = lesson.problems.iter().filter(|(_, problem)| problem.kind == Kind::Label);
    let misplaced = misplaced.filter_map(|(_, problem)| {
        let place = problem.place.as_ref()?;
        place.file.text.get(place.span.clone()).filter(|text| text.starts_with(['{', '(', '[']))
    });
    let within = lesson.items.iter().filter_map(|item| match item {
        Item::Cell(cell) if cell.swallows => text.get(cell.span.clone()),
        _ => None,
    });
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:\{#)?([\w-]+)").expect("a constant"));
    let found = behind.chain(within).flat_map(|text| LABEL.captures_iter(text));
    let found = found.map(|label| label[1].to_owned());
    found.chain(misplaced.filter_map(|text| Some(NAME.captures(text)?[1].to_owned()))).collect()
}

/// A label as it was found.
struct Labelled {
    name: String,
    title: Option<String>,
    /// The number that it has already: that of a section, or that a formula has from its author.
    number: Option<String>,
    /// Index of the item; none for a heading.
    item: Option<usize>,
    place: Place,
    /// What it is, and the kinds of which its label may be.
    takes: (String, Vec<LabelKind>),
}

/// Where a label stands in the text that has it: on the line of its option, or else behind its `{#`.
fn place_in(text: &str, name: &str) -> usize {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let option = line
            .split_once("//|")
            .map(|(_, option)| option.trim_start().trim_start_matches(['"', '\'', '{', ' ']));
        if let (Some(at), Some(true)) = (line.rfind(name), option.map(|option| option.starts_with("lab"))) {
            return start + at;
        }
        start += line.len();
    }
    let mark = text.rfind(&format!("{{#{name}")).map(|mark| mark + "{#".len());
    mark.or_else(|| text.rfind(name)).unwrap_or(0)
}

/// The labels of a lesson in the order of the page.
fn labelled(lesson: &Lesson) -> Vec<Labelled> {
    let text = lesson.document.text();
    let place = |name: &str, within: Range<usize>| {
        let start = within.start + place_in(&text[within.clone()], name);
        lesson.document.place(start..start + name.len())
    };
    let in_items = lesson.items.iter().enumerate().filter_map(|(index, item)| {
        let (name, within, tag) = match item {
            Item::Cell(cell) => (cell.options.label.clone()?, cell.options_span.clone(), None),
            Item::Formula(formula) => (formula.label.clone()?, formula.span.clone(), formula.tag()),
            Item::Statement(statement) => (statement.label.clone()?, statement.label_span.clone(), None),
            _ => return None,
        };
        let takes = match item {
            Item::Cell(_) => ("cell".to_owned(), vec![LabelKind::Figure, LabelKind::Table]),
            Item::Statement(statement) => (statement.kind.word().to_lowercase(), vec![statement.kind]),
            _ => ("formula".to_owned(), vec![LabelKind::Equation]),
        };
        Some(Labelled {
            place: place(&name, within),
            name,
            title: None,
            number: tag.map(|tag| tag.text),
            item: Some(index),
            takes,
        })
    });
    let in_headings = lesson.sections.iter().filter_map(|section| {
        let name = section.label.clone()?;
        Some(Labelled {
            place: place(&name, section.heading.clone()),
            number: section.number.clone().filter(|_| LabelKind::of(&name) == Some(LabelKind::Section)),
            name,
            title: Some(section.title.clone()),
            item: None,
            takes: ("heading".to_owned(), vec![LabelKind::Section, LabelKind::Exercise]),
        })
    });
    let terms = lesson.terms.iter().map(|term| Labelled {
        name: term.label.clone(),
        title: Some(term.text.clone()),
        number: None,
        item: None,
        place: lesson.document.place(term.span.clone()),
        takes: ("term".to_owned(), vec![LabelKind::Term]),
    });
    let mut found: Vec<Labelled> = in_items.chain(in_headings).chain(terms).collect();
    found.sort_by_key(|labelled| labelled.place.position);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stands_where_it_is_named() {
        for (text, name, before) in [
            ("//| label: basins\n//| caption: The three basins.", "basins", "//| label: "),
            ("//| caption: The basins.\n//| label: basins", "basins", "//| caption: The basins.\n//| label: "),
            ("//| alt: the label: fig-a\n//| 'label': fig-a", "fig-a", "//| alt: the label: fig-a\n//| 'label': "),
            ("$$eq-a$$ {#eq-a}", "eq-a", "$$eq-a$$ {#"),
            ("## sec-a {#sec-a .sec-a}", "sec-a", "## sec-a {#"),
            ("//| {label: fig-a}", "fig-a", "//| {label: "),
        ] {
            assert_eq!(&text[..place_in(text, name)], before, "{text}");
        }
    }
}
