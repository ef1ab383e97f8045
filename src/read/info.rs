//! The words after a fence's marks: whether the code is Rust, and what is to become of it. They are read as rustdoc
//! reads them, since that is what `mdbook test` runs.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::cell::{Edition, Mode, Options};
use super::config::Scope;
use super::keys;
use super::mapped_text::MappedText;
use crate::problem::{Kind, Problem, Severity, nearest};
use crate::source::Document;

/// What the words of a fence of Rust say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) mode: Mode,
    pub(super) edition: Option<Edition>,
    /// `test_harness`: its tests are what is run.
    pub(super) harness: bool,
}

/// Words that mdBook and rustdoc know and that change nothing here.
const SILENT_WORDS: [&str; 7] = [
    "editable",
    "noplayground",
    "noplaypen",
    "mdbook-runnable",
    "runnable",
    "standalone_crate",
    "rust",
];

/// How the message of a word that means nothing begins.
pub(super) const UNKNOWN_WORD: &str = "unknown word";

/// rustdoc's words for what becomes of the code, the strongest last.
const MODE_WORDS: [(&str, Mode); 4] = [
    ("should_panic", Mode::ShouldPanic),
    ("no_run", Mode::NoRun),
    ("compile_fail", Mode::CompileFail(Vec::new())),
    ("ignore", Mode::Ignore),
];

fn strength(word: &str) -> Option<usize> {
    MODE_WORDS.iter().position(|(name, _)| *name == word)
}

/// What rustdoc makes of the words of a fence.
#[derive(Default)]
struct Words<'a> {
    words: Vec<&'a str>,
    /// Words that rustdoc passes over, since a brace follows at once.
    lost: Vec<&'a str>,
    is_rust: bool,
    /// One of the words is one for Rust.
    names_rust: bool,
}

/// One step of rustdoc's grammar: a word, a text in quotes, a block of attributes, or a comment.
static STEP: LazyLock<Regex> = LazyLock::new(|| {
    let (first, other) = ("[A-Za-z0-9_:-]", "[A-Za-z0-9_:.!#$%&*+/;<>?@^|~-]");
    let value = format!(r#"(?:{other}+|"[^"]+")"#);
    let attribute = format!(r#"(?:\.{other}+|(?:{first}{other}*|"[^"]+")={value})"#);
    let block = format!(r"\{{[, \t]*(?:{attribute}(?:[, \t]+{attribute})*[, \t]*)?\}}");
    let comment = r"\([^)]*\)";
    let step = format!(r#"^(?:(?<word>{first}{other}*)|"(?<text>[^"]*)"|{block}|{comment}|[, \t]+)"#);
    Regex::new(&step).expect("a constant")
});

impl<'a> Words<'a> {
    /// Nothing for words that rustdoc does not understand, whose code it takes for no Rust.
    fn of(info: &'a str) -> Option<Words<'a>> {
        let mut read = Words::default();
        let mut rest = info;
        while !rest.is_empty() {
            let step = STEP.captures(rest)?;
            rest = &rest[step.get(0)?.end()..];
            let Some(word) = step.name("word").or(step.name("text")) else {
                continue;
            };
            if !(rest.is_empty() || rest.starts_with([',', ' ', '\t', '{', '('])) {
                return None;
            }
            if rest.starts_with('{') && step.name("word").is_some() {
                read.lost.push(word.as_str());
            } else {
                read.words.push(word.as_str());
            }
        }
        read.judge();
        Some(read)
    }

    /// rustdoc's rule: no word for another language, or a word for Rust before it.
    fn judge(&mut self) {
        let (mut rust, mut other) = (false, false);
        for word in &self.words {
            match *word {
                "rust" => rust = true,
                "should_panic" | "no_run" | "ignore" => rust = !other,
                word if word.starts_with("ignore-") => rust = !other,
                "test_harness" | "compile_fail" | "standalone_crate" => rust |= !other,
                word if is_error_code(word) => rust |= !other,
                word if word.starts_with("edition") => {}
                _ => {
                    other = true;
                    continue;
                }
            }
            self.names_rust = true;
        }
        self.is_rust = (rust || !other) && !self.words.contains(&"custom");
    }
}

fn is_error_code(word: &str) -> bool {
    word.strip_prefix('E')
        .is_some_and(|code| code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit()))
}

/// Reads the words of a fence, which stand in `span`; nothing where the code is not Rust in this scope.
pub(super) fn read_info(
    document: &Document,
    info: &str,
    span: &Range<usize>,
    scope: Scope,
    problems: &mut Vec<Problem>,
) -> Option<Info> {
    let read = Words::of(info);
    let mut reader = InfoReader {
        document,
        info,
        scope,
        written: MappedText::read(info, &document.text()[span.clone()], span.start),
        problems,
        mode: None,
        targets: Vec::new(),
        codes: Vec::new(),
        edition: None,
        harness: false,
    };
    let is_rust = read.as_ref().is_some_and(|read| read.is_rust && (read.names_rust || scope == Scope::Block));
    if !is_rust && first_word(info) != Some("rust") {
        reader.near_miss();
        return None;
    }
    let read = read.unwrap_or_else(|| Words {
        words: split(info).collect(),
        ..Words::default()
    });
    for word in read.lost.into_iter().filter(|word| strength(word).is_some()) {
        let help = format!("write `{}`", info.replacen('{', " {", 1));
        let problem =
            Problem::error(Kind::Fence, format!("rustdoc passes over `{word}`, since a brace follows at once"));
        reader.say_of_no_use(word, problem.help(help));
    }
    reader.targets = read.words.iter().filter_map(|word| word.strip_prefix("ignore-")).collect();
    read.words.iter().for_each(|word| reader.word(word));
    Some(reader.end(&read.words))
}

/// Where an option of a cell stands that is written among the words, as `echo=false`.
fn option(word: &str) -> Option<String> {
    let (key, value) = word.split_once('=')?;
    if key == "eval" {
        return Some("for code that is shown and not run, write `rust,ignore`".to_owned());
    }
    let is_option = keys::fields_of::<Options>().contains(&key);
    is_option.then(|| format!("write `//| {key}: {}` as the first line of the cell", value.trim_matches('"')))
}

fn split(info: &str) -> impl Iterator<Item = &str> {
    info.split([',', ' ', '\t']).filter(|word| !word.is_empty())
}

/// What mdBook takes for the language.
pub(super) fn first_word(info: &str) -> Option<&str> {
    split(info).next()
}

struct InfoReader<'a> {
    document: &'a Document,
    info: &'a str,
    scope: Scope,
    /// Where the words stand.
    written: MappedText,
    problems: &'a mut Vec<Problem>,
    /// The strongest mode so far.
    mode: Option<usize>,
    /// Parts of the names of targets for which the code is ignored.
    targets: Vec<&'a str>,
    codes: Vec<String>,
    edition: Option<Edition>,
    harness: bool,
}

impl InfoReader<'_> {
    fn say(&mut self, word: &str, problem: Problem) {
        let start = word.as_ptr() as usize - self.info.as_ptr() as usize;
        let range = self.written.range(start..start + word.len());
        self.problems.push(problem.at(self.document.place(range)));
    }

    /// Of a word without effect. Where each block stands alone, rustdoc passes over it, and so does recto.
    fn say_of_no_use(&mut self, word: &str, problem: Problem) {
        let severity = match self.scope {
            Scope::Lesson => problem.severity,
            Scope::Block => Severity::Warning,
        };
        self.say(word, Problem { severity, ..problem });
    }

    fn word(&mut self, word: &str) {
        match word {
            // `ignore-…`, where there is one, decides.
            "ignore" if !self.targets.is_empty() => {}
            _ if strength(word).is_some() => self.mode = self.mode.max(strength(word)),
            _ if is_error_code(word) => self.codes.push(word.to_owned()),
            _ if word.starts_with("ignore-") => {}
            "test_harness" if self.scope == Scope::Block => self.harness = true,
            "test_harness" => {
                let problem = Problem::error(Kind::Fence, "recto runs no `#[test]` functions");
                self.say(word, problem.help("take `test_harness` away, and call what the tests call"));
            }
            _ if word.starts_with("edition") => match Edition::of_year(&word["edition".len()..]) {
                Some(edition) => self.edition = Some(edition),
                None => {
                    let problem = Problem::error(Kind::Fence, format!("there is no `{word}`"));
                    let year = word.trim_matches(|c: char| !c.is_ascii_digit());
                    let help = match Edition::of_year(year) {
                        Some(edition) => format!("write `edition{}`", edition.year()),
                        None => "editions are 2015, 2018, 2021 and 2024".to_owned(),
                    };
                    self.say_of_no_use(word, problem.help(help));
                }
            },
            _ if word.contains('=') => {
                if let Some(help) = option(word).filter(|_| self.scope == Scope::Lesson) {
                    let problem = Problem::warning(Kind::Fence, format!("`{word}` after the backticks has no effect"));
                    self.say(word, problem.help(help));
                }
            }
            _ if word.starts_with('{') || SILENT_WORDS.contains(&word) => {}
            _ => self.unknown(word),
        }
    }

    fn unknown(&mut self, word: &str) {
        let message = format!("{UNKNOWN_WORD} `{word}` after the backticks");
        let Some(known) = nearest(word, MODE_WORDS.map(|(known, _)| known)) else {
            let warning = Problem::warning(Kind::Fence, message).note("it is passed on and changes nothing");
            let code = format!("E{}", word.trim_start_matches(['E', 'e']));
            return self.say(
                word,
                if is_error_code(&code) {
                    warning.help(format!("write `{code}`"))
                } else {
                    warning
                },
            );
        };
        // In a lesson the cell is taken as what it was meant to be, so that one error is all there is.
        if self.scope == Scope::Lesson {
            self.mode = self.mode.max(strength(known));
        }
        self.say_of_no_use(word, Problem::error(Kind::Fence, message).help(format!("did you mean `{known}`?")));
    }

    fn end(mut self, words: &[&str]) -> Info {
        if self.targets.iter().any(|target| env!("RECTO_TARGET").contains(target)) {
            self.mode = strength("ignore");
        }
        let mode = self.mode.map_or(Mode::Run, |mode| MODE_WORDS[mode].1.clone());
        let mode = match mode {
            Mode::CompileFail(_) => Mode::CompileFail(std::mem::take(&mut self.codes)),
            mode => mode,
        };
        if mode != Mode::Ignore
            && let Some(code) = words.iter().find(|word| self.codes.iter().any(|code| code == *word))
        {
            let message = format!("`{code}` says why code does not compile, but this code should");
            let problem = Problem::error(Kind::Fence, message);
            self.say_of_no_use(code, problem.help(format!("write `rust,compile_fail,{code}`")));
        }
        let (edition, harness) = (self.edition, self.harness);
        Info { mode, edition, harness }
    }

    /// A fence that is not Rust, and whose author may think that it is.
    fn near_miss(&mut self) {
        let Some(word) = near_miss(self.info) else { return };
        let known = self.info.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).filter_map(known_word);
        let words: Vec<String> = std::iter::once("rust".to_owned()).chain(known).collect();
        let block = BLOCK
            .find(self.info)
            .filter(|block| block.as_str() != "{.rust}")
            .map(|block| format!(" {}", block.as_str()))
            .unwrap_or_default();
        let problem = Problem::warning(Kind::Fence, "this code is not taken for Rust, and is not run");
        let problem = problem.help(format!("if it is Rust, write `{}{block}` after the backticks", words.join(",")));
        self.say(word, problem);
    }
}

/// Attributes in braces, as `{.numbered}`.
static BLOCK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\.[^.}]*\}").expect("a constant"));

/// What looks like a word for Rust in the words of another language.
fn near_miss(info: &str) -> Option<&str> {
    let first = first_word(info)?;
    let mut parts = first.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let name = parts.next().unwrap_or_default().to_lowercase();
    let misspelt = strsim::damerau_levenshtein(&name, "rust") == 1 && !OTHER_LANGUAGES.contains(&&*name);
    let is_near = name == "rs" || name == "rust" || misspelt || known_word(first).is_some_and(|known| known != first);
    is_near.then_some(first).or_else(|| split(info).find(|word| word.eq_ignore_ascii_case("rust")))
}

/// Names of languages, or words, that are a letter away from Rust's.
const OTHER_LANGUAGES: [&str; 5] = ["rst", "just", "dust", "rest", "ruse"];

/// rustdoc's word that is meant by one in other letters or with other marks.
fn known_word(word: &str) -> Option<String> {
    let plain = |word: &str| word.replace(['-', '_'], "").to_lowercase();
    let is_edition = word.strip_prefix("edition").is_some_and(|year| Edition::of_year(year).is_some());
    let known = MODE_WORDS.iter().map(|(known, _)| *known).find(|known| plain(known) == plain(word));
    known.or(Some(word).filter(|_| is_edition || is_error_code(word))).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(info: &str) -> Option<&str> {
        near_miss(info)
    }

    #[test]
    fn near_misses_are_seen() {
        for info in [
            "Rust", "RUST,ignore", "rs", "rust{.x}", "rust.ignore", "rust;no_run", "{.rust}", "rsut", "ruts",
            "should-panic", "NoRun",
        ] {
            assert_eq!(near(info), first_word(info), "{info}");
        }
        assert_eq!(near("foo,rust"), Some("rust"));
        for info in [
            "text",
            "rst",
            "toml title=\"rust-toolchain.toml\"",
            "console",
            "just",
            "r",
            "c++",
            "{.x}",
            "ruby",
            "",
        ] {
            assert_eq!(near(info), None, "{info}");
        }
    }
}
