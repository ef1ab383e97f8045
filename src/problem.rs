//! What is not right, as data: the terminal, JSON, a page and a test failure are views of it.

use std::ops::Range;
use std::path::Path;

use crate::source::Place;

/// Whether a problem keeps the book from being published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
    /// Nothing is wrong; it was asked for.
    Note,
}

/// One thing that is not right, with its place and what would mend it.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) severity: Severity,
    pub(crate) kind: Kind,
    /// The compiler's code, as `E0308`.
    pub(crate) code: Option<String>,
    /// One sentence, lower case, without a full stop.
    pub(crate) message: String,
    /// Where; absent where no file is to blame.
    pub(crate) place: Option<Place>,
    /// Said at the place.
    pub(crate) label: Option<String>,
    /// Other places that matter, each with what is said there.
    pub(crate) related: Vec<(Place, String)>,
    pub(crate) notes: Vec<String>,
    pub(crate) helps: Vec<String>,
    pub(crate) suggestion: Option<Suggestion>,
}

/// What mends a problem: a place, and the text that is to stand there.
#[derive(Clone, Debug)]
pub(crate) struct Suggestion {
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// Why a command came to no end; its exit code follows from it.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Something in the book is not right.
    Book(Vec<Problem>),
    /// The settings, the machine, or how the command was called.
    Environment(Vec<Problem>),
}

impl Failure {
    /// A failure of the machine, or of another program on it.
    pub(crate) fn environment(message: impl Into<String>) -> Failure {
        Problem::error(Kind::Environment, message).in_environment()
    }

    /// What is wrong; at least one problem.
    pub(crate) fn problems(&self) -> &[Problem] {
        match self {
            Failure::Book(problems) | Failure::Environment(problems) => problems,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.problems().first().map_or("", |problem| &problem.message))
    }
}

impl std::error::Error for Failure {}

/// A problem, and the item of its lesson that it is about, by its index; none where it is about no item.
pub(crate) type Blamed = (Option<usize>, Problem);

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// The kinds of problem; the name is stable and stands in JSON and in brackets after `error`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Kind { $($(#[doc = $doc])* $variant,)* }
        impl Kind {
            /// The stable name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// `book.toml` or a setting in a lesson.
    Settings = "settings",
    /// `SUMMARY.md` or a chapter that can't be read.
    Chapter = "chapter",
    /// An `{{#include}}` that can't be followed.
    Include = "include",
    /// The words after the backticks of a fence.
    Fence = "fence",
    /// A `//|` option.
    Option = "option",
    /// A claim or inline value that can't be read.
    Syntax = "syntax",
    /// A label that stands twice, or a reference to none.
    Label = "label",
    /// A citation of what is not in the bibliography, or a bibliography that can't be read.
    Citation = "citation",
    /// A link that leads nowhere.
    Link = "link",
    /// An image that is not there, or that nothing describes.
    Image = "image",
    /// Something that would be fetched from another host.
    Request = "request",
    /// A formula that does not parse.
    Formula = "formula",
    /// The compiler refused the code.
    Compile = "compile",
    /// A lint of the compiler.
    Lint = "lint",
    /// A cell panicked.
    Panic = "panic",
    /// A cell returned an error.
    Returned = "returned",
    /// A lesson ran past its time limit.
    Timeout = "timeout",
    /// A lesson came to another of its limits.
    Limit = "limit",
    /// A lesson's program ended in another way.
    Exit = "exit",
    /// `should_panic` did not panic.
    Unpanicked = "should-panic",
    /// `compile_fail` compiled, or failed otherwise than stated.
    Compiled = "compile-fail",
    /// A claim's number differs.
    Claim = "claim",
    /// Pinned output differs.
    Output = "output",
    /// A number in the prose of a verified lesson that no code computes.
    Coverage = "coverage",
    /// A figure without alt text, with coordinates that are no numbers, or that holds more than a picture.
    Figure = "figure",
    /// A script that no page runs.
    Script = "script",
    /// A finished page is not what was checked.
    Audit = "audit",
    /// A second run gave other bytes.
    Determinism = "determinism",
    /// What is to hold under other conditions, too, does not.
    Shake = "shake",
    /// A change of the code that no check notices.
    Mutation = "mutation",
    /// cargo or the environment failed.
    Environment = "environment",
}

impl Problem {
    /// An error without a place.
    pub(crate) fn error(kind: Kind, message: impl Into<String>) -> Self {
        Problem {
            severity: Severity::Error,
            kind,
            code: None,
            message: message.into(),
            place: None,
            label: None,
            related: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            suggestion: None,
        }
    }

    /// A note without a place.
    pub(crate) fn note_of(kind: Kind, message: impl Into<String>) -> Self {
        Problem {
            severity: Severity::Note,
            ..Problem::error(kind, message)
        }
    }

    /// A file or folder that the system refuses to read or write.
    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Failure {
        Failure::environment(format!("`{}`: {error}", path.display()))
    }

    /// As the failure of a whole command: the book is to blame.
    pub(crate) fn in_book(self) -> Failure {
        Failure::Book(vec![self])
    }

    /// As the failure of a whole command: not the book is to blame, but its settings, the machine or the call.
    pub(crate) fn in_environment(self) -> Failure {
        Failure::Environment(vec![self])
    }

    /// A warning without a place.
    pub(crate) fn warning(kind: Kind, message: impl Into<String>) -> Self {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(kind, message)
        }
    }

    /// Where it stands in the chapter's text, if that is known.
    pub(crate) fn range(&self) -> Option<Range<usize>> {
        let place = self.place.as_ref()?;
        Some(place.position?..place.position? + place.span.len())
    }

    /// With its place.
    pub(crate) fn at(self, place: Place) -> Self {
        Problem { place: Some(place), ..self }
    }

    /// With a further fact.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With what would mend it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// With what is to stand at a place instead, which `help` says how to write.
    pub(crate) fn mended(self, help: impl Into<String>, place: Place, text: impl Into<String>) -> Self {
        let text = text.into();
        let suggestion = Some(Suggestion { place, text });
        Problem { suggestion, ..self.help(help) }
    }

    /// With what is to stand at its own place instead, shown behind `help`.
    pub(crate) fn suggest(self, help: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        let marks = if text.contains('`') { ("`` ", " ``") } else { ("`", "`") };
        let help = format!("{help}{}{text}{}", marks.0, marks.1);
        match self.place.clone() {
            Some(place) => self.mended(help, place, text),
            None => self.help(help),
        }
    }

    /// With the known name that the one at its place was likely meant to be.
    pub(crate) fn did_you_mean(self, name: &str) -> Self {
        let help = format!("did you mean `{name}`?");
        match self.place.clone() {
            Some(place) => self.mended(help, place, name),
            None => self.help(help),
        }
    }

    /// With another place that matters.
    pub(crate) fn related(mut self, place: Place, text: impl Into<String>) -> Self {
        self.related.push((place, text.into()));
        self
    }
}

/// `1 lesson`, `2 lessons`.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `2 lessons, 1 claim`, without what there is none of.
pub(crate) fn count_each(numbers: &[(usize, &str)]) -> String {
    let some = numbers.iter().filter(|(number, _)| *number > 0);
    some.map(|(number, what)| count(*number, what)).collect::<Vec<_>>().join(", ")
}

/// How much alike two names are of which one may be meant by the other.
const LIKE: f64 = 0.75;

/// "did you mean `label`?", when one of the known names is close to the given one.
pub(crate) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Of short names, one in which two letters are exchanged is far from the other by that measure.
    let is_one_slip = |name: &str| name.len() > 2 && strsim::damerau_levenshtein(given, name) == 1;
    let likeness = |name: &str| {
        let likeness = strsim::jaro_winkler(given, name);
        if given.eq_ignore_ascii_case(name) {
            1.0
        } else if likeness <= LIKE && is_one_slip(name) {
            (likeness + 1.0) / 2.0
        } else {
            likeness
        }
    };
    known
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > LIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// How many names on each side of one, in their order, may be those that were meant.
pub(crate) const NEIGHBOURS: usize = 200;

/// The same among sorted names, of which those before the given one come backwards. Of many names, only those that begin much
/// like the given one are looked at, since each is compared letter by letter.
pub(crate) fn nearest_of_sorted<'a>(
    given: &str,
    before: impl Iterator<Item = &'a str>,
    after: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    nearest(given, before.take(NEIGHBOURS).chain(after.take(NEIGHBOURS)))
}
