//! What can be different between two versions of a book, as data.

use serde::{Serialize, Serializer};

use super::reported::{Check, Spot, Status};

/// The sorts of change, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sort {
    /// A check that lets more pass, or is gone.
    Weaker,
    /// A value that moved though the text says the same.
    Moved,
    /// A figure that shows something else under the same description, or is gone.
    Figure,
    /// A place to which others may link, and that is no longer there.
    Anchor,
    /// A result or relation that is no longer bound to code, or a check that was not made or failed.
    Coverage,
    /// A claim that says something else, and as much.
    Restated,
    /// A claim or value that was not there.
    Added,
    /// A value that moved by a rounding error.
    Rounding,
}

impl Sort {
    pub(super) const ALL: [Sort; 8] = [
        Sort::Weaker,
        Sort::Moved,
        Sort::Figure,
        Sort::Anchor,
        Sort::Coverage,
        Sort::Restated,
        Sort::Added,
        Sort::Rounding,
    ];

    /// The changes of a sort.
    pub(super) fn among(self, changes: &[Change]) -> impl Iterator<Item = &Change> {
        changes.iter().filter(move |change| change.sort == self)
    }
}

macro_rules! ways {
    ($($(#[doc = $doc:literal])* $variant:ident = ($sort:ident, $name:literal),)*) => {
        /// What became of something. The name is stable and stands in JSON.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Way { $($(#[doc = $doc])* $variant,)* }
        impl Way {
            /// The stable name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Way::$variant => $name,)* }
            }

            pub(crate) fn sort(self) -> Sort {
                match self { $(Way::$variant => Sort::$sort,)* }
            }
        }
    };
}

ways! {
    /// A relation became a weaker one.
    Relation = (Weaker, "relation"),
    /// Fewer digits are stated after `≈`.
    Digits = (Weaker, "digits"),
    /// A bound or an interval is wider.
    Bound = (Weaker, "bound"),
    /// A part of a chain is gone.
    Part = (Weaker, "part"),
    /// A part of a chain became a name.
    Name = (Weaker, "name"),
    /// What is compared is no result of the code.
    Constant = (Weaker, "constant"),
    /// A claim or value became `[110](given)`.
    Given = (Weaker, "given"),
    /// A claim, value or pinned output is gone.
    Removed = (Weaker, "removed"),
    /// A pinned output lets more text pass.
    Wildcards = (Weaker, "wildcards"),
    /// A cell is no longer run, or may fail in other ways.
    Cell = (Weaker, "cell"),
    /// A chapter is gone, with its checks.
    Chapter = (Weaker, "chapter"),
    /// A claim's value is another.
    Claimed = (Moved, "claimed"),
    /// An inline value is another.
    Written = (Moved, "written"),
    /// A value is another by a rounding error.
    Rounded = (Rounding, "rounding"),
    /// A figure draws other numbers.
    Data = (Figure, "data"),
    /// A figure is another picture; it does not say what it draws.
    Picture = (Figure, "picture"),
    /// A figure is gone.
    Undrawn = (Figure, "removed"),
    /// A fragment is gone.
    Fragment = (Anchor, "fragment"),
    /// A page is gone, with its fragments.
    Page = (Anchor, "page"),
    /// A chapter is no longer marked as verified.
    Unmarked = (Coverage, "unmarked"),
    /// A result is bound to nothing.
    Unbound = (Coverage, "unbound"),
    /// Fewer relations of formulas are checked.
    Formulas = (Coverage, "formulas"),
    /// A check was not made.
    NotRun = (Coverage, "not-run"),
    /// A check failed.
    Failed = (Coverage, "failed"),
    /// A claim's text is another.
    Text = (Restated, "text"),
    /// A claim's or value's expression is another.
    Expression = (Restated, "expression"),
    /// A claim became an inline value, or the other way round.
    Form = (Restated, "form"),
    /// A claim that was not there.
    NewClaim = (Added, "claim"),
    /// An inline value that was not there.
    NewValue = (Added, "value"),
}

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One thing that is different.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    pub(crate) sort: Sort,
    pub(crate) way: Way,
    /// One sentence, without a full stop.
    pub(crate) message: String,
    /// Where it stands in the new version; absent where it is gone, or is about a page.
    pub(crate) new: Option<Spot>,
    /// Where it stood in the old one.
    pub(crate) old: Option<Spot>,
    /// What was there, and what is, where that is a text.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// The sentence in the new version, or where it is gone in the old one.
    pub(crate) sentence: Option<String>,
}

impl Change {
    pub(super) fn new(way: Way, message: impl Into<String>) -> Change {
        Change {
            sort: way.sort(),
            way,
            message: message.into(),
            new: None,
            old: None,
            before: None,
            after: None,
            sentence: None,
        }
    }

    pub(super) fn at(self, old: Option<&Spot>, new: Option<&Spot>) -> Change {
        Change {
            old: old.cloned(),
            new: new.cloned(),
            ..self
        }
    }

    pub(super) fn between(self, before: impl Into<String>, after: impl Into<String>) -> Change {
        Change {
            before: Some(before.into()),
            after: Some(after.into()),
            ..self
        }
    }

    pub(super) fn gone(self, before: impl Into<String>) -> Change {
        Change { before: Some(before.into()), ..self }
    }

    pub(super) fn come(self, after: impl Into<String>) -> Change {
        Change { after: Some(after.into()), ..self }
    }

    pub(super) fn within(self, sentence: Option<&String>) -> Change {
        Change { sentence: sentence.cloned(), ..self }
    }

    /// With the places of a check, and its sentence.
    pub(super) fn of(self, old: &Check, new: &Check) -> Change {
        self.at(Some(&old.place), Some(&new.place)).within(new.sentence.as_ref())
    }
}

/// A check that is no longer right.
pub(super) fn unmade(old: &Check, new: &Check, what: &str) -> Option<Change> {
    let (way, message) = match (old.status, new.status) {
        (Status::Right, Status::NotRun) => (Way::NotRun, format!("the {what} was right, and was not reached")),
        (Status::Right | Status::NotRun, Status::Wrong) => (Way::Failed, format!("the {what} is wrong")),
        _ => return None,
    };
    Some(Change::new(way, message).of(old, new))
}
