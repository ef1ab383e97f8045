//! What a bibliography may hold. The biblatex crate follows abbreviations and `crossref` without an end where they lead back to
//! themselves, and calls itself for each brace within a command; so both are looked at before it reads the file.

use std::collections::HashMap;
use std::ops::Range;

use biblatex::{Bibliography, Pair, RawBibliography, RawChunk};

/// Braces, and accents upon accents, within each other; abbreviations that stand for others.
const DEEPEST: usize = 64;
/// Works that take what they lack from others.
const LONGEST_CHAIN: usize = 16;
/// What abbreviations and works stand for, all in all.
const MOST_BYTES: usize = 32 << 20;

/// What can't be read, where, and what would help.
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) span: Range<usize>,
    pub(super) help: &'static str,
}

/// Looks at a bibliography before its abbreviations are followed.
pub(super) fn check(raw: &RawBibliography<'_>) -> Result<(), Refused> {
    for (_, pair) in pairs(raw) {
        check_braces(pair)?;
    }
    check_abbreviations(raw)?;
    check_parents(raw)
}

/// Each field with the key of its entry; abbreviations have none.
pub(super) fn pairs<'r, 'a>(raw: &'r RawBibliography<'a>) -> impl Iterator<Item = (&'r str, &'r Pair<'a>)> {
    let fields = raw.entries.iter().flat_map(|entry| entry.v.fields.iter().map(|field| (entry.v.key.v, field)));
    raw.abbreviations.iter().map(|pair| ("", pair)).chain(fields)
}

fn check_braces(pair: &Pair<'_>) -> Result<(), Refused> {
    for chunk in &pair.value.v {
        let RawChunk::Normal(text) = chunk.v else { continue };
        if let Some(at) = too_deep(text) {
            let start = chunk.span.start + at;
            return Err(Refused {
                message: format!("braces and commands are nested more than {DEEPEST} deep here"),
                span: start..start + 1,
                help: "a title needs braces only around words that keep their capital letters",
            });
        }
    }
    Ok(())
}

/// Where braces, or commands each of which may be the argument of the one before it, are too deep.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut run) = (0_usize, 0);
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => {
                run += 1;
                if signs.next().is_some_and(|(_, name)| name.is_ascii_alphabetic()) {
                    while signs.next_if(|(_, c)| c.is_ascii_alphabetic()).is_some() {}
                }
            }
            '{' => depth += 1,
            '}' => (depth, run) = (depth.saturating_sub(1), 0),
            c if c.is_whitespace() => {}
            _ => run = 0,
        }
        if depth + run > DEEPEST {
            return Some(at);
        }
    }
    None
}

/// What an abbreviation stands for.
#[derive(Clone, Copy)]
enum Meaning {
    /// It is being looked up.
    Open,
    /// So many bytes, through so many others.
    Known { bytes: usize, depth: usize },
}

fn check_abbreviations(raw: &RawBibliography<'_>) -> Result<(), Refused> {
    let fields: HashMap<&str, &Pair<'_>> = raw.abbreviations.iter().map(|pair| (pair.key.v, pair)).collect();
    let mut known: HashMap<&str, Meaning> = HashMap::new();
    let mut all = 0_usize;
    for pair in &raw.abbreviations {
        meaning(pair.key.v, pair.key.span.clone(), &fields, &mut known, 0)?;
    }
    for (_, pair) in pairs(raw) {
        for chunk in &pair.value.v {
            if let RawChunk::Abbreviation(name) = chunk.v
                && let Some(Meaning::Known { bytes, .. }) = known.get(name)
            {
                all = all.saturating_add(*bytes);
            }
            if all > MOST_BYTES {
                return Err(Refused {
                    message: format!("abbreviations stand for more than {} MiB up to here", MOST_BYTES >> 20),
                    span: chunk.span.clone(),
                    help: "an abbreviation is a name that is used several times, as `@string{jmlr = \"…\"}`",
                });
            }
        }
    }
    Ok(())
}

/// Looks an abbreviation up that stands at a place, and those that it is made of.
fn meaning<'a>(
    name: &'a str,
    span: Range<usize>,
    fields: &HashMap<&'a str, &Pair<'a>>,
    known: &mut HashMap<&'a str, Meaning>,
    depth: usize,
) -> Result<(usize, usize), Refused> {
    let refused = |message: String| {
        let help = "an abbreviation stands for a text in quotes or braces";
        Err(Refused { message, span: span.clone(), help })
    };
    match known.get(name) {
        Some(Meaning::Open) => return refused(format!("the abbreviation `{name}` stands for itself")),
        Some(Meaning::Known { bytes, depth: own }) if depth + own <= DEEPEST => return Ok((*bytes, *own)),
        _ => {}
    }
    if depth >= DEEPEST || known.contains_key(name) {
        return refused(format!("abbreviations stand for each other more than {DEEPEST} deep"));
    }
    // Names of months are known without a definition.
    let Some(pair) = fields.get(name) else {
        return Ok((0, 0));
    };
    known.insert(name, Meaning::Open);
    let (mut bytes, mut deepest) = (0_usize, 0);
    for chunk in &pair.value.v {
        let (length, below) = match chunk.v {
            RawChunk::Normal(text) => (text.len(), 0),
            RawChunk::Abbreviation(other) => {
                let (bytes, below) = meaning(other, chunk.span.clone(), fields, known, depth + 1)?;
                (bytes, below + 1)
            }
        };
        (bytes, deepest) = (bytes.saturating_add(length), deepest.max(below));
    }
    known.insert(name, Meaning::Known { bytes, depth: deepest });
    Ok((bytes, deepest))
}

/// The fields by which a work takes what it lacks from others.
const PARENTS: [&str; 2] = ["crossref", "xdata"];

/// Under these names the crate reads such a field without following it.
const UNFOLLOWED: [&str; 2] = ["recto-crossref", "recto-xdata"];

struct Work {
    bytes: usize,
    parents: Vec<String>,
    /// Where it names them.
    span: Range<usize>,
}

fn check_parents(raw: &RawBibliography<'_>) -> Result<(), Refused> {
    let mut unfollowed = raw.clone();
    let mut spans: HashMap<&str, Range<usize>> = HashMap::new();
    for entry in &mut unfollowed.entries {
        for field in &mut entry.v.fields {
            let name = PARENTS.iter().position(|name| field.key.v.eq_ignore_ascii_case(name));
            if let Some(name) = name {
                field.key.v = UNFOLLOWED[name];
                spans.insert(entry.v.key.v, field.value.span.clone());
            }
        }
    }
    if spans.is_empty() {
        return Ok(());
    }
    // What else is wrong with it is told where it is read in earnest.
    let Ok(read) = Bibliography::from_raw(unfollowed) else {
        return Ok(());
    };
    let sizes: HashMap<&str, usize> = raw.entries.iter().map(|entry| (entry.v.key.v, entry.span.len())).collect();
    let work = |entry: &biblatex::Entry| {
        let mut parents: Vec<String> = entry.get_as::<String>(UNFOLLOWED[0]).into_iter().collect();
        parents.extend(entry.get_as::<Vec<String>>(UNFOLLOWED[1]).unwrap_or_default());
        let key = entry.key.as_str();
        let bytes = sizes.get(key).copied().unwrap_or_default();
        (
            key.to_owned(),
            Work {
                bytes,
                parents,
                span: spans.get(key).cloned().unwrap_or(0..0),
            },
        )
    };
    let works: HashMap<String, Work> = read.iter().map(work).collect();
    let mut known = HashMap::new();
    let mut all = 0_usize;
    for entry in &raw.entries {
        let (bytes, _) = inherited(entry.v.key.v, &works, &mut known, &mut Vec::new())?;
        all = all.saturating_add(bytes);
        if all > MOST_BYTES {
            return Err(Refused {
                message: format!("works take more than {} MiB from others up to here", MOST_BYTES >> 20),
                span: entry.v.key.span.clone(),
                help: "a work needs one `crossref`, to what it appeared in",
            });
        }
    }
    Ok(())
}

/// What a work takes from others, in bytes, and through how many.
fn inherited<'w>(
    key: &'w str,
    works: &'w HashMap<String, Work>,
    known: &mut HashMap<&'w str, (usize, usize)>,
    open: &mut Vec<&'w str>,
) -> Result<(usize, usize), Refused> {
    let Some(work) = works.get(key) else { return Ok((0, 0)) };
    let refused = |message: String, help| Err(Refused { message, span: work.span.clone(), help });
    if open.contains(&key) {
        let message = format!("the work `{key}` takes what it lacks from itself");
        return refused(message, "`crossref` names what the work appeared in, such as its proceedings");
    }
    let found = match known.get(key) {
        Some(found) => *found,
        None if open.len() > LONGEST_CHAIN => (0, 1),
        None => {
            open.push(key);
            let (mut bytes, mut longest) = (0_usize, 0);
            for parent in &work.parents {
                let (its, chain) = inherited(parent, works, known, open)?;
                let own = works.get(parent).map_or(0, |work| work.bytes);
                (bytes, longest) = (bytes.saturating_add(its).saturating_add(own), longest.max(chain + 1));
            }
            open.pop();
            (bytes, longest)
        }
    };
    if open.len() + found.1 > LONGEST_CHAIN {
        let message = format!("works take what they lack from each other more than {LONGEST_CHAIN} deep");
        return refused(message, "let `crossref` name the work that has the fields");
    }
    known.insert(key, found);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(String, String)> {
        let raw = RawBibliography::parse(text).unwrap();
        let refused = check(&raw).err()?;
        Some((refused.message, text[refused.span].to_owned()))
    }

    #[test]
    fn what_would_have_no_end_is_told_at_its_place() {
        let deep = |open: &str, close: &str, times: usize| open.repeat(times) + "x" + &close.repeat(times);
        let chain = |times: usize| -> String {
            (0..times).map(|at| format!("@misc{{k{at}, crossref = {{k{}}}}}\n", at + 1)).collect()
        };
        let doubling: String =
            (1..60).map(|at| format!("@string{{a{at} = a{} # a{} # \"x\"}}\n", at - 1, at - 1)).collect();
        let xdata: String =
            (1..60).map(|at| format!("@xdata{{k{at}, xdata = {{k{}, k{}}}}}\n", at - 1, at - 1)).collect();
        for (text, message, marked) in [
            ("@string{a = a # a}".to_owned(), "the abbreviation `a` stands for itself", "a"),
            ("@string{a = b}@string{b = \"x\" # a}".to_owned(), "the abbreviation `a` stands for itself", "a"),
            ("@misc{a, crossref = {a}}".to_owned(), "the work `a` takes what it lacks from itself", "{a}"),
            ("@misc{a, CrossRef = {{a}}}".to_owned(), "the work `a` takes what it lacks from itself", "{{a}}"),
            (
                "@string{s = \"a\"}@misc{a, crossref = s}".to_owned(),
                "the work `a` takes what it lacks from itself",
                "s",
            ),
            (
                "@misc{a, crossref = {b}}@misc{b, xdata = {x, a}}".to_owned(),
                "the work `a` takes what it lacks from itself",
                "{b}",
            ),
            (chain(40), "works take what they lack from each other more than 16 deep", "{k18}"),
            (
                (0..100).map(|at| format!("@string{{a{at} = a{}}}\n", at + 1)).collect(),
                "abbreviations stand for each other more than 64 deep",
                "a64",
            ),
            (
                format!("@string{{a0 = \"x\"}}{doubling}"),
                "abbreviations stand for more than 32 MiB up to here",
                "a23",
            ),
            (
                format!("@xdata{{k0, title = {{{}}}}}{xdata}", "x".repeat(10_000)),
                "works take more than 32 MiB from others up to here",
                "k11",
            ),
            (
                format!("@misc{{a, title = {{{}}}}}", deep("{", "}", 3_000)),
                "braces and commands are nested more than 64 deep here",
                "{",
            ),
            (
                format!("@misc{{a, title = {{{}}}}}", deep("\\emph{", "}", 3_000)),
                "braces and commands are nested more than 64 deep here",
                "\\",
            ),
            (
                format!("@misc{{a, note = {{{}}}}}", deep("\\'", "", 3_000)),
                "braces and commands are nested more than 64 deep here",
                "\\",
            ),
        ] {
            let (said, at) = told(&text).unwrap_or_default();
            assert_eq!(said, message, "{}", &text[..text.len().min(60)]);
            assert_eq!(at.trim(), marked, "{}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn what_is_usual_is_none_of_it() {
        let accents = "\\'e \\\"{o} {\\O}".repeat(1_000);
        for text in [
            format!("@misc{{a, title = {{{accents}}}, crossref = {{b}}}}@misc{{b, title = {{x}}}}"),
            "@string{a = \"x\"}@string{b = a # \"y\"}@misc{k, title = b, month = jan}".to_owned(),
            "@misc{a, crossref = {nobody}}".to_owned(),
            (0..15).map(|at| format!("@misc{{k{at}, crossref = {{k{}}}}}\n", at + 1)).collect(),
        ] {
            assert_eq!(told(&text), None);
        }
    }
}
