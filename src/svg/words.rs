//! What a picture says to those who can't see it.

/// What a picture is called and what it shows, for those who can't see it; either may be empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
}

impl<'a> Words<'a> {
    /// Those of a picture that another one speaks for.
    pub(crate) const NONE: Words<'static> = Words { title: "", description: "" };

    /// The elements that hold them.
    pub(super) fn parts(self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [("title", self.title), ("desc", self.description)].into_iter().filter(|(_, text)| !text.is_empty())
    }
}
