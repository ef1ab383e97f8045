//! What a figure names by an id or an animation is its own: its names get the figure's name in front.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant")
}

// The third group of each is an id.
static FRAGMENT: LazyLock<Regex> = LazyLock::new(|| constant(r"^()(\s*#)(\S+)"));
static EVENT: LazyLock<Regex> = LazyLock::new(|| constant(r"(^|;)(\s*)((?:[^;.\s\\+]|\\.)+)\."));
static WORD: LazyLock<Regex> = LazyLock::new(|| constant(r"()()(\S+)"));

/// What a figure names.
pub(super) struct Names<'a> {
    /// Stands before each name.
    pub(super) scope: &'a str,
    pub(super) ids: HashSet<String>,
    pub(super) keyframes: HashSet<String>,
}

impl Names<'_> {
    pub(super) fn of(&self, id: &str) -> String {
        format!("{}-{id}", self.scope)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(super) fn animates(&self, name: &str) -> bool {
        self.keyframes.contains(name)
    }

    /// The value of an attribute that is no property.
    pub(super) fn in_attribute<'v>(&self, name: &str, value: &'v str) -> Cow<'v, str> {
        match name {
            "id" => self.of(value).into(),
            "href" | "xlink:href" => self.known(&FRAGMENT, value),
            "begin" | "end" => self.known(&EVENT, value),
            "aria-labelledby" | "aria-describedby" | "aria-details" => self.known(&WORD, value),
            _ => value.into(),
        }
    }

    fn known<'v>(&self, pattern: &Regex, text: &'v str) -> Cow<'v, str> {
        let named = |found: &Captures<'_>| {
            let id = &found[3];
            let (before, after) = found[0].split_at(found[1].len() + found[2].len());
            if self.has(&id.replace('\\', "")) {
                format!("{before}{}{}", self.of(id), &after[id.len()..])
            } else {
                found[0].to_owned()
            }
        };
        pattern.replace_all(text, named)
    }
}
