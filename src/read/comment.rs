//! Comments in which a chapter speaks to recto: `<!-- recto … -->`.

use std::sync::LazyLock;

use regex::Regex;

use super::mapped_text::MappedText;
use super::takes::Takes;
use super::yaml;
use crate::problem::{Kind, Problem, nearest};
use crate::source::Document;

/// What a comment says.
pub(super) enum Comment<'a> {
    /// Here stands the list of the book's parts.
    Contents,
    /// Here stand the works that are cited.
    Bibliography,
    /// The lesson's settings, as YAML.
    Settings(Vec<yaml::Line<'a>>),
    /// A word for another one, which is given.
    Misspelt(&'a str, &'static str),
}

impl<'a> Comment<'a> {
    /// The comment with which a block of HTML begins, and where that begins; `start` is where the block does.
    pub(super) fn read(block: &'a str, start: usize) -> Option<(Comment<'a>, usize)> {
        let comment = block.trim_start();
        let begin = start + block.len() - comment.len();
        let body = comment.strip_prefix("<!--")?.trim_start().strip_prefix("recto")?;
        let body = body.split_once("-->").map_or(body, |(body, _)| body);
        if !body.starts_with(char::is_whitespace) {
            return None;
        }
        let meant = |word: &str| {
            let is_word = !word.contains(char::is_whitespace);
            is_word.then(|| nearest(&word.to_lowercase(), ["contents", "bibliography"])).flatten()
        };
        let said = match body.trim() {
            "contents" => Comment::Contents,
            "bibliography" => Comment::Bibliography,
            word => match meant(word) {
                Some(meant) => Comment::Misspelt(word, meant),
                None => {
                    let lines = body.split_inclusive('\n').map(|line| yaml::Line {
                        text: line.trim_end_matches(['\n', '\r']),
                        start: line.as_ptr() as usize - block.as_ptr() as usize + start,
                    });
                    Comment::Settings(lines.collect())
                }
            },
        };
        Some((said, begin))
    }
}

/// The comments of raw HTML that are meant for recto, and that it did not read; `read` is where those begin that it did.
pub(super) fn overlooked(document: &Document, html: &[MappedText], read: &[usize]) -> Vec<Problem> {
    static MEANT: LazyLock<Regex> = LazyLock::new(|| {
        let regex = r"(?i)<!-[-\s\p{Cf}]*recto:?[\s\p{Cf}]+(?:(?:contents|bibliography)(?-u:\b)|verified\s*-->|(?<key>[\w-]+)[ \t]*[:=])";
        Regex::new(regex).expect("a constant")
    });
    let is_known = |key: &str| Takes::of(&key.to_ascii_lowercase(), Kind::Settings).is_some();
    // A page that is not verified looks as one that is.
    static VERIFIED: LazyLock<Regex> = LazyLock::new(|| {
        let regex = r"(?i)<!-[-\s\p{Cf}]*(?:[\w-]+:?[\s\p{Cf}]+)?verified[ \t]*[:=][ \t]*(?:true|yes|on)(?-u:\b)";
        Regex::new(regex).expect("a constant")
    });
    let mut problems = Vec::new();
    for html in html {
        let meant = MEANT
            .captures_iter(html.text())
            .filter(|it| it.name("key").is_none_or(|key| is_known(key.as_str())));
        let mut meant: Vec<_> = meant.filter_map(|found| found.get(0)).collect();
        for verified in VERIFIED.find_iter(html.text()) {
            if meant.iter().all(|it| it.start() != verified.start()) {
                meant.push(verified);
            }
        }
        for found in meant {
            if !read.contains(&html.position(found.start())) {
                let line = found.as_str().trim_end().lines().next().unwrap_or_default().len();
                let place = document.place(html.range(found.start()..found.start() + line));
                let problem = Problem::error(Kind::Settings, "recto does not read this comment").at(place);
                problems.push(problem.help(
                    "let it begin with `<!-- recto`, in small letters and followed by a space or a new line, as the first thing \
                     of a block of its own, with a blank line before it",
                ));
            }
        }
    }
    problems
}
