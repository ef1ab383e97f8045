//! What each setting and option takes, said where something else is written.

use super::limits::{Digits, FileSize, Memory, OpenFiles, OptLevel, Output, Points, Processes, Seconds, StoreLimit};
use crate::problem::{Kind, Problem, nearest};
use crate::source::Place;

/// What a key takes.
#[derive(Clone, Debug)]
pub(super) enum Takes {
    /// A number in a range, of a unit; the last is an example.
    Number((u64, u64), &'static str, u64),
    Switch,
    One(Vec<&'static str>),
    Some(Vec<&'static str>),
    Text,
    /// A list of texts; an example as TOML has it.
    Texts(&'static str),
    Table,
}

/// How settings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Toml,
    Yaml,
}

/// A key with what is written behind it.
#[derive(Debug)]
pub(super) struct Written<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
    pub(super) place: Place,
    pub(super) form: Form,
}

impl Takes {
    /// What an option of a cell takes, or a setting of recto, in `book.toml` or at the top of a lesson.
    pub(super) fn of(key: &str, kind: Kind) -> Option<Takes> {
        Some(match (key, kind) {
            ("output" | "data", Kind::Option) => Takes::Switch,
            ("label" | "caption" | "alt", Kind::Option) => Takes::Text,
            ("width", Kind::Option) => Takes::One(vec!["text", "wide"]),
            ("echo", Kind::Option) => Takes::One(vec!["true", "false", "fold"]),
            ("names", Kind::Option) => Takes::Texts("[\"η*\", \"ρ*\"]"),
            ("timeout", _) => Takes::Number(Seconds::RANGE, "seconds", 60),
            ("build-timeout", _) => Takes::Number(Seconds::RANGE, "seconds", 3600),
            ("cpu-time", _) => Takes::Number(Seconds::RANGE, "seconds", 600),
            ("memory", _) => Takes::Number(Memory::RANGE, "MiB", 4096),
            ("output", _) => Takes::Number(Output::RANGE, "MiB", 16),
            ("file-size", _) => Takes::Number(FileSize::RANGE, "MiB", 256),
            ("store-limit", _) => Takes::Number(StoreLimit::RANGE, "MiB", 1024),
            ("open-files", _) => Takes::Number(OpenFiles::RANGE, "files", 1024),
            ("processes", _) => Takes::Number(Processes::RANGE, "processes", 64),
            ("digits", _) => Takes::Number(Digits::RANGE, "digits", 6),
            ("points", _) => Takes::Number(Points::RANGE, "points", 100),
            ("opt-level", _) => Takes::Number(OptLevel::RANGE, "", 3),
            ("links" | "images", _) => Takes::One(vec!["error", "warn", "off"]),
            ("check-only" | "verified" | "network" | "number-sections" | "math" | "verification" | "lets", _) => {
                Takes::Switch
            }
            ("scope", _) => Takes::One(vec!["lesson", "block"]),
            ("sandbox", _) => Takes::One(vec!["off", "try", "require"]),
            ("bibliography" | "manifest" | "macros-file" | "chapter-name", _) => Takes::Text,
            ("environment", _) => Takes::Texts("[\"PATH\"]"),
            ("read", _) => Takes::Texts("[\"../measured\"]"),
            ("shake", _) => Takes::Texts("[all]"),
            ("image-hosts", _) => Takes::Texts("[\"https://example.org\"]"),
            ("lists", _) => Takes::Some(vec!["figures", "tables", "statements", "exercises", "terms"]),
            ("macros" | "symbols", _) => Takes::Table,
            _ => return None,
        })
    }

    /// What a key of `book.toml` takes, which is given with the tables around it.
    pub(super) fn of_book(path: &str) -> Option<Takes> {
        if let Some(key) = path.strip_prefix("preprocessor.recto.") {
            let is_macro = key.starts_with("macros.");
            return if is_macro { Some(Takes::Text) } else { Takes::of(key, Kind::Settings) };
        }
        Some(match path {
            "rust.edition" => Takes::One(vec!["2015", "2018", "2021", "2024"]),
            "book.title" | "book.src" | "build.build-dir" => Takes::Text,
            "book" | "build" | "rust" | "preprocessor" | "preprocessor.recto" | "output" | "output.html"
            | "output.html.print" => Takes::Table,
            path if path.starts_with("output.html.") => Takes::Switch,
            _ => return None,
        })
    }

    /// The problem of something else that is written.
    pub(super) fn problem(&self, kind: Kind, written: &Written<'_>) -> Problem {
        let problem = Problem::error(kind, format!("`{}` must be {}", written.key, self.what()));
        let problem = problem.at(written.place.clone());
        let Some(meant) = self.meant(written) else {
            return match self.example(written.key, written.form) {
                Some(example) => problem.help(format!("write `{example}`")),
                None => problem,
            };
        };
        problem.suggest("write ", meant)
    }

    /// What it is, as behind "must be".
    pub(super) fn what(&self) -> String {
        let listed = |known: &[&str], last: &str| {
            let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            match quoted.split_last() {
                Some((end, before)) if !before.is_empty() => format!("{} {last} {end}", before.join(", ")),
                _ => quoted.concat(),
            }
        };
        match self {
            Takes::Number((least, most), "", _) => format!("a whole number from {least} to {most}"),
            Takes::Number((least, most), unit, _) => format!("a whole number of {unit} from {least} to {most}"),
            Takes::Switch => "`true` or `false`".to_owned(),
            Takes::One(known) => listed(known, "or"),
            Takes::Some(known) => format!("a list of some of {}", listed(known, "and")),
            Takes::Text => "a text".to_owned(),
            Takes::Texts(_) => "a list of texts".to_owned(),
            Takes::Table => "a table".to_owned(),
        }
    }

    /// What is to stand in its place, where that is clear.
    fn meant(&self, written: &Written<'_>) -> Option<String> {
        let quotes = ['"', '\''];
        let value = written.value.trim().trim_matches(quotes).trim();
        let quoted = |text: &str| match written.form {
            Form::Toml => format!("\"{text}\""),
            Form::Yaml => text.to_owned(),
        };
        match self {
            Takes::Number((least, most), unit, _) => {
                let value = value.strip_suffix(unit).unwrap_or(value).trim_end();
                let value = if *unit == "seconds" {
                    value.strip_suffix('s').unwrap_or(value).trim_end()
                } else {
                    value
                };
                let number: u64 = value.replace('_', "").parse().ok()?;
                (*least..=*most).contains(&number).then(|| number.to_string())
            }
            Takes::Switch => switched(value).map(str::to_owned),
            Takes::One(known) => {
                let value = value.to_lowercase();
                let exact = known.iter().copied().find(|name| *name == value);
                let meant = exact.or_else(|| switched(&value).filter(|meant| known.contains(meant)));
                meant.or_else(|| nearest(&value, known.iter().copied())).map(quoted)
            }
            Takes::Text if written.form == Form::Yaml && value.starts_with(['[', '{']) && !value.contains('\'') => {
                let inner = value.trim_matches(['[', ']', '{', '}']);
                match written.key {
                    "label" => (!inner.contains([' ', ','])).then(|| inner.to_owned()),
                    _ => Some(format!("'{value}'")),
                }
            }
            Takes::Text if written.form == Form::Toml && !value.contains(['"', '\\', '[', '{', '\n']) => {
                Some(quoted(value))
            }
            Takes::Texts(_) if written.form == Form::Yaml => {
                (!value.contains(['[', '{', ':'])).then(|| format!("[{value}]"))
            }
            Takes::Texts(_) if written.value.starts_with(quotes) && !written.value.contains('\n') => {
                Some(format!("[{}]", written.value))
            }
            _ => None,
        }
    }

    /// A key with something that it takes.
    pub(super) fn example(&self, key: &str, form: Form) -> Option<String> {
        let value = match self {
            Takes::Number(_, _, example) => example.to_string(),
            Takes::Switch => "true".to_owned(),
            Takes::One(known) | Takes::Some(known) => {
                let name = format!("\"{}\"", known.first()?);
                if matches!(self, Takes::One(_)) { name } else { format!("[{name}]") }
            }
            Takes::Text => "\"…\"".to_owned(),
            Takes::Texts(example) => (*example).to_owned(),
            Takes::Table if key == "macros" => r"{ '\R' = '\mathbb{R}' }".to_owned(),
            Takes::Table if key == "symbols" => r#"{ '\rho' = "rate" }"#.to_owned(),
            Takes::Table => return None,
        };
        Some(match form {
            Form::Toml => format!("{key} = {value}"),
            Form::Yaml => format!("{key}: {}", value.replace('"', "")),
        })
    }
}

/// What a word says that is to switch something on or off.
fn switched(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "show" => Some("true"),
        "false" | "no" | "off" | "0" | "none" | "hide" | "hidden" => Some("false"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::Edition;
    use super::*;
    use crate::source::SourceFile;

    fn told(takes: &Takes, value: &str, form: Form) -> (String, String) {
        let place = SourceFile::new("a", value).place(0..value.len());
        let problem = takes.problem(Kind::Settings, &Written { key: "key", value, place, form });
        (problem.message, problem.helps.concat())
    }

    #[test]
    fn what_is_meant_is_written_as_it_must_be() {
        let seconds = Takes::Number(Seconds::RANGE, "seconds", 60);
        for (takes, value, form, help) in [
            (&seconds, "\"90\"", Form::Toml, "write `90`"),
            (&seconds, "90s", Form::Yaml, "write `90`"),
            (&seconds, "90 seconds", Form::Yaml, "write `90`"),
            (&seconds, "5m", Form::Yaml, "write `key: 60`"),
            (&seconds, "0", Form::Toml, "write `key = 60`"),
            (&seconds, "1.5", Form::Toml, "write `key = 60`"),
            (&Takes::Switch, "yes", Form::Yaml, "write `true`"),
            (&Takes::Switch, "\"no\"", Form::Toml, "write `false`"),
            (&Takes::Switch, "perhaps", Form::Yaml, "write `key: true`"),
            (&Takes::One(vec!["lesson", "block"]), "\"blocks\"", Form::Toml, "write `\"block\"`"),
            (&Takes::One(vec!["2021", "2024"]), "2024", Form::Toml, "write `\"2024\"`"),
            (&Takes::One(vec!["true", "fold"]), "folded", Form::Yaml, "write `fold`"),
            (&Takes::One(vec!["true", "false", "fold"]), "no", Form::Yaml, "write `false`"),
            (&Takes::Switch, "hide", Form::Yaml, "write `false`"),
            (&Takes::Text, "2026", Form::Toml, "write `\"2026\"`"),
            (&Takes::Text, "[a]", Form::Yaml, "write `'[a]'`"),
            (&Takes::Switch, "none", Form::Yaml, "write `false`"),
            (&Takes::Texts("[\"PATH\"]"), "\"HOME\"", Form::Toml, "write `[\"HOME\"]`"),
            (&Takes::Texts("[\"PATH\"]"), "5", Form::Toml, "write `key = [\"PATH\"]`"),
            (&Takes::Texts("[\"a\"]"), "η", Form::Yaml, "write `[η]`"),
            (&Takes::Some(vec!["figures", "tables"]), "5", Form::Toml, "write `key = [\"figures\"]`"),
            (&Takes::Table, "5", Form::Toml, ""),
        ] {
            assert_eq!(told(takes, value, form).1, help, "{value}");
        }
        let editions = Takes::of_book("rust.edition");
        assert!(matches!(editions, Some(Takes::One(years)) if years == Edition::ALL.map(Edition::year)));
        assert_eq!(told(&seconds, "x", Form::Toml).0, "`key` must be a whole number of seconds from 1 to 31536000");
        assert_eq!(told(&Takes::One(vec!["a", "b", "c"]), "x", Form::Toml).0, "`key` must be `a`, `b` or `c`");
    }
}
