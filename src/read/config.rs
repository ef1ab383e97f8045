//! `book.toml`: where the book's pages are, and the `[preprocessor.recto]` table.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::Options as Extensions;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::cell::Edition;
use super::delimiters::Delimiters;
use super::keys;
use super::limits::{
    Digits, FileSize, Given, Limits, Memory, OpenFiles, OptLevel, Output, Points, Processes, Sandbox, Seconds,
    StoreLimit,
};
use super::older;
use super::symbols::Symbols;
use super::takes::{Form, Takes, Written};
use crate::html::request::ImageHosts;
use crate::problem::{Failure, Kind, Problem};
use crate::site::below;
use crate::source::{Place, SourceFile};

/// What recto wants to know of `book.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The book's root.
    pub(crate) root: PathBuf,
    pub(crate) title: Option<String>,
    /// The folder of the pages, relative to the book's root.
    pub(crate) src: PathBuf,
    /// The folder of the finished book, relative to the book's root.
    pub(crate) build_dir: PathBuf,
    pub(crate) build_dir_place: Option<Place>,
    pub(crate) edition: Option<Edition>,
    pub(crate) scope: Scope,
    /// Pages show no output that is not in the text.
    pub(crate) check_only: bool,
    /// The manifest of the book's package, relative to the book's root.
    pub(crate) manifest: PathBuf,
    /// What a lesson's program may use.
    pub(crate) limits: Limits,
    /// How long one call of cargo may take, in seconds.
    pub(crate) build_timeout: u64,
    /// Variables of the caller's environment that cargo and the lessons get.
    pub(crate) environment: Vec<String>,
    pub(crate) sandbox: Sandbox,
    /// Files and folders that the lessons may read, relative to the book's root.
    pub(crate) read: Vec<PathBuf>,
    /// Whether the lessons may open a network.
    pub(crate) network: bool,
    /// Where images may come from.
    pub(crate) image_hosts: ImageHosts,
    pub(crate) links: Strictness,
    pub(crate) images: Strictness,
    /// Whether every result in the prose of a lesson must be bound to code, unless it says otherwise.
    pub(crate) verified: bool,
    /// Headings have numbers, as the chapters have in mdBook's sidebar.
    pub(crate) number_sections: bool,
    /// What references call a chapter.
    pub(crate) chapter_name: String,
    /// Turn `$…$` into mathematics.
    pub(crate) math: bool,
    /// What the formulas were written for.
    pub(crate) delimiters: Delimiters,
    /// What of the file mdBook does not know, and what the pages can't have.
    pub(crate) of_mdbook: Vec<Problem>,
    /// The keys of mdBook's that are left out, with the tables around them.
    pub(crate) left_out: Vec<String>,
    /// mdBook makes a page with all chapters.
    pub(crate) print: bool,
    /// The page that readers see who follow a link that leads nowhere.
    pub(crate) page_of_nothing: PathBuf,
    /// mdBook makes dashes and curly quotes.
    pub(crate) smart_punctuation: bool,
    pub(crate) definition_lists: bool,
    pub(crate) admonitions: bool,
    /// The file of the bibliography, relative to the book's root, where one is named, and where it is named.
    pub(crate) bibliography: Option<(PathBuf, Place)>,
    /// Macros of LaTeX, in the order of the file.
    pub(crate) macros: Vec<Macro>,
    /// What the book has lists of.
    pub(crate) lists: Vec<ListKind>,
    /// End the book with the page that says how each thing was checked.
    pub(crate) verification: bool,
    /// Optimisation of the cells themselves, 0 to 3; their dependencies are always optimised.
    pub(crate) opt_level: u8,
    /// How much of old results is kept, in bytes.
    pub(crate) store_limit: u64,
    /// Significant digits of numbers that cells show.
    pub(crate) digits: Digits,
    /// What symbols of formulas stand for.
    pub(crate) symbols: Symbols,
    /// At how many points a claim over a range is looked at.
    pub(crate) points: Points,
    /// Pages say of what type the names are that cells bind, and what small values they have.
    pub(crate) lets: bool,
}

/// A macro of LaTeX.
#[derive(Clone, Debug)]
pub(crate) struct Macro {
    /// As it is written, `\R`.
    pub(crate) name: String,
    /// What it stands for, with `#1` for an argument.
    pub(crate) definition: String,
    pub(crate) name_place: Place,
    /// Where the definition stands, with its quotes.
    pub(crate) place: Place,
}

impl Macro {
    /// Where a part of the definition stands; the whole where the quotes do not hold it as it is.
    pub(crate) fn place_of(&self, part: Option<Range<usize>>) -> Place {
        let written = &self.place.file.text[self.place.span.clone()];
        match (part, written.find(&self.definition)) {
            (Some(part), Some(at)) if part.end > part.start && part.end <= self.definition.len() => {
                let start = self.place.span.start + at;
                self.place.file.place(start + part.start..start + part.end)
            }
            _ => self.place.clone(),
        }
    }
}

/// How the cells of a lesson share a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// From top to bottom, like a notebook.
    #[default]
    Lesson,
    /// Each fence stands alone, as with `mdbook test`.
    Block,
}

/// What becomes of a link or image that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Strictness {
    /// Each is an error.
    Error,
    /// One warning tells how many there are.
    Warn,
    /// They are counted.
    Off,
}

/// What a book may have a list of, in the order of their page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListKind {
    Figures,
    Tables,
    Statements,
    Exercises,
    Terms,
}

impl ListKind {
    const ALL: [ListKind; 5] = [
        ListKind::Figures,
        ListKind::Tables,
        ListKind::Statements,
        ListKind::Exercises,
        ListKind::Terms,
    ];
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    book: BookTable,
    build: BuildTable,
    rust: RustTable,
    preprocessor: PreprocessorTable,
    output: OutputTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BookTable {
    title: Option<String>,
    src: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct BuildTable {
    build_dir: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RustTable {
    edition: Option<Edition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputTable {
    html: HtmlTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct HtmlTable {
    smart_punctuation: Option<bool>,
    no_section_label: bool,
    definition_lists: Option<bool>,
    admonitions: Option<bool>,
    mathjax_support: Option<Spanned<bool>>,
    redirect: BTreeMap<Spanned<String>, String>,
    print: PrintTable,
    #[serde(rename = "input-404")]
    input_404: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PrintTable {
    enable: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PreprocessorTable {
    recto: RectoTable,
    katex: Option<KatexTable>,
}

/// `[preprocessor.katex]`, of a book that was set by mdbook-katex before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KatexTable {
    macros: Option<Spanned<PathBuf>>,
}

/// `[preprocessor.recto]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct RectoTable {
    scope: Scope,
    check_only: bool,
    manifest: Option<Spanned<PathBuf>>,
    timeout: Option<Seconds>,
    build_timeout: Option<Seconds>,
    cpu_time: Option<Seconds>,
    memory: Option<Memory>,
    output: Option<Output>,
    file_size: Option<FileSize>,
    open_files: Option<OpenFiles>,
    processes: Option<Processes>,
    environment: Vec<Spanned<String>>,
    sandbox: Sandbox,
    read: Vec<Spanned<PathBuf>>,
    network: bool,
    image_hosts: Vec<Spanned<String>>,
    links: Option<Strictness>,
    images: Option<Strictness>,
    verified: bool,
    number_sections: Option<bool>,
    chapter_name: Option<String>,
    math: Option<bool>,
    bibliography: Option<Spanned<PathBuf>>,
    lists: Option<Vec<ListKind>>,
    verification: Option<bool>,
    macros: BTreeMap<Spanned<String>, Spanned<String>>,
    macros_file: Option<Spanned<PathBuf>>,
    opt_level: Option<OptLevel>,
    store_limit: Option<StoreLimit>,
    digits: Option<Digits>,
    lets: Option<bool>,
    symbols: Symbols,
    points: Option<Points>,
}

impl RectoTable {
    fn limits(&self) -> Given {
        Given {
            timeout: self.timeout,
            cpu_time: self.cpu_time,
            memory: self.memory,
            output: self.output,
            file_size: self.file_size,
            open_files: self.open_files,
            processes: self.processes,
        }
    }
}

/// What mdBook reads in the table of any preprocessor.
const MDBOOK_KEYS: [&str; 5] = ["command", "before", "after", "renderers", "optional"];

fn no_host(wrong: &str, hosts: &[Spanned<String>], source: &SourceFile) -> Problem {
    let message = format!("`{wrong}` is no host that images can come from");
    let span = hosts.iter().find(|host| host.get_ref() == wrong).map_or(0..0, Spanned::span);
    let help = "list hosts by scheme and name alone, as `image-hosts = [\"https://example.org\"]`";
    Problem::error(Kind::Settings, message).at(source.place(span)).help(help)
}

/// What is wrong with a value of a type that its key does not take.
fn wrong_type(source: &SourceFile, error: &toml::de::Error) -> Option<Problem> {
    let span = error.span()?;
    let table = DeTable::parse(&source.text).ok()?;
    let path = path_of(table.get_ref(), span.start)?;
    let written = Written {
        key: path.rsplit('.').next()?,
        value: source.text.get(span.clone())?,
        place: source.place(span),
        form: Form::Toml,
    };
    Some(Takes::of_book(&path)?.problem(Kind::Settings, &written))
}

/// The file, if nothing in it is wrong; each value that is wrong is told.
fn deserialized(mut table: Spanned<DeTable<'_>>, mut tell: impl FnMut(toml::de::Error)) -> Option<File> {
    let mut is_right = true;
    loop {
        let error = match File::deserialize(Deserializer::from(table.clone())) {
            Ok(file) => return is_right.then_some(file),
            Err(error) => error,
        };
        is_right = false;
        let at = error.span().map(|span| span.start);
        tell(error);
        if !at.is_some_and(|at| take_out(table.get_mut(), at)) {
            return None;
        }
    }
}

/// Takes out the value that stands somewhere; whether there is one.
fn take_out(table: &mut DeTable<'_>, at: usize) -> bool {
    let is_there = |value: &Spanned<DeValue<'_>>| !value.get_ref().is_table() && value.span().contains(&at);
    let key = table.iter().find(|(_, value)| is_there(value)).map(|(key, _)| key.clone());
    if let Some(key) = key {
        return table.remove(&key).is_some();
    }
    table.iter_mut().any(|(_, value)| match value.get_mut() {
        DeValue::Table(inner) => take_out(inner, at),
        _ => false,
    })
}

/// The key of the value that stands somewhere, with the tables around it.
fn path_of(table: &DeTable<'_>, at: usize) -> Option<String> {
    table.iter().find_map(|(key, value)| match value.get_ref() {
        // The span of a table may be that of its heading alone.
        DeValue::Table(inner) => path_of(inner, at).map(|path| format!("{}.{path}", key.get_ref())),
        _ => value.span().contains(&at).then(|| key.get_ref().to_string()),
    })
}

fn macros(table: BTreeMap<Spanned<String>, Spanned<String>>, source: &SourceFile) -> Vec<Macro> {
    let mut macros: Vec<Macro> = table
        .into_iter()
        .map(|(name, definition)| Macro {
            name_place: source.place(name.span()),
            place: source.place(definition.span()),
            name: name.into_inner(),
            definition: definition.into_inner(),
        })
        .collect();
    macros.sort_by_key(|it| it.place.span.start);
    macros
}

/// Macros of a file in which each has a line, `\R:{\mathbb{R}}`, as mdbook-katex reads it.
fn macros_of_file(root: &Path, path: &Spanned<PathBuf>, settings: &SourceFile) -> Result<Vec<Macro>, Failure> {
    let file = SourceFile::read(below(root, path.get_ref())).map_err(|error| {
        let message = format!("the file of macros `{}` can't be read: {error}", path.get_ref().display());
        Problem::error(Kind::Settings, message).at(settings.place(path.span())).in_environment()
    })?;
    let mut macros = Vec::new();
    let mut at = 0;
    for line in file.text.split_inclusive('\n') {
        let (start, text) = (at + line.len() - line.trim_start().len(), line.trim());
        at += line.len();
        // mdbook-katex passes over all other lines.
        if !text.starts_with('\\') {
            continue;
        }
        let Some((name, definition)) = text.split_once(':') else {
            let problem = Problem::error(Kind::Settings, "this is no macro").at(file.place(start..start + text.len()));
            return Err(problem.help("write one a line, as `\\R:{\\mathbb{R}}`").in_environment());
        };
        let place = start + name.len() + 1..start + text.len();
        let definition = definition.trim();
        let inner = definition.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(definition);
        macros.push(Macro {
            name: name.trim().to_owned(),
            definition: inner.to_owned(),
            name_place: file.place(start..start + name.len()),
            place: file.place(place),
        });
    }
    Ok(macros)
}

/// MathJax would be loaded from another host.
fn no_mathjax(place: Place) -> Problem {
    let problem = Problem::error(Kind::Settings, "recto's pages load no MathJax, which is on another host");
    problem
        .note("recto sets formulas when the book is built: no script is needed to read them")
        .at(place)
        .help("take `math = false` away, with which recto sets none, or `mathjax-support`")
}

impl Settings {
    /// The hosts of which pages show images: any where images are not checked.
    pub(crate) fn shown_image_hosts(&self) -> ImageHosts {
        match self.images {
            Strictness::Error => self.image_hosts.clone(),
            Strictness::Warn | Strictness::Off => ImageHosts::Any,
        }
    }

    /// The extensions of markdown that mdBook reads chapters with, and mathematics. Smart punctuation is none of them:
    /// recto reads what stands in the text.
    pub(super) fn extensions(&self) -> Extensions {
        let mut extensions = Extensions::ENABLE_TABLES
            | Extensions::ENABLE_FOOTNOTES
            | Extensions::ENABLE_STRIKETHROUGH
            | Extensions::ENABLE_TASKLISTS
            | Extensions::ENABLE_HEADING_ATTRIBUTES;
        extensions.set(Extensions::ENABLE_DEFINITION_LIST, self.definition_lists);
        extensions.set(Extensions::ENABLE_GFM, self.admonitions);
        extensions.set(Extensions::ENABLE_MATH, self.math);
        extensions
    }

    /// Reads `book.toml` in the book's root.
    ///
    /// # Errors
    /// The file is missing or is no TOML, a value is of the wrong type, or a key in `[preprocessor.recto]` is unknown.
    pub(crate) fn read(root: &Path) -> Result<Settings, Failure> {
        let path = below(root, Path::new("book.toml"));
        let source = SourceFile::read(&path).map_err(|error| {
            Problem::error(Kind::Settings, format!("can't read `{}`: {error}", path.display()))
                .help("name the folder of the book, the one in which book.toml is: `recto build my-book`")
                .in_environment()
        })?;
        let unreadable = |error: toml::de::Error| {
            let message = error.message().lines().next().unwrap_or_default();
            Problem::error(Kind::Settings, message).at(source.place(error.span().unwrap_or(0..0)))
        };
        let table = DeTable::parse(&source.text).map_err(|error| unreadable(error).in_environment())?;
        let preprocessor = table.get_ref().get("preprocessor").map(Spanned::get_ref);
        let recto = preprocessor.and_then(|it| it.get("recto")?.get_ref().as_table());
        let keys = recto.into_iter().flat_map(DeTable::keys);
        let keys = keys.map(|key| (key.get_ref().to_string(), source.place(key.span())));
        let mut problems = keys::unknown::<RectoTable>(keys, &MDBOOK_KEYS, Kind::Settings, "setting");
        let of_mdbook = older::unknown(table.get_ref(), &source, keys::fields_of::<RectoTable>());
        problems.extend(of_mdbook.misplaced);
        let (mut of_mdbook, mut left_out) = (of_mdbook.problems, of_mdbook.left_out);
        let file = deserialized(table, |error| {
            problems.push(wrong_type(&source, &error).unwrap_or_else(|| unreadable(error)));
        });
        let (Some(file), true) = (file, problems.is_empty()) else {
            problems.sort_by_key(|problem| problem.place.as_ref().map(|place| place.span.start));
            return Err(Failure::Environment(problems));
        };
        let recto = file.preprocessor.recto;
        let mathjax = file.output.html.mathjax_support.filter(|set| *set.get_ref());
        let katex = file.preprocessor.katex;
        let delimiters = match (&katex, &mathjax) {
            (Some(_), _) => Delimiters::Katex,
            (None, Some(_)) => Delimiters::MathJax,
            (None, None) => Delimiters::Own,
        };
        let math = recto.math.unwrap_or(recto.scope == Scope::Lesson || delimiters != Delimiters::Own);
        if let Some(set) = mathjax {
            left_out.push("output.html.mathjax-support".to_owned());
            of_mdbook.extend((!math).then(|| no_mathjax(source.place(set.span()))));
        }
        of_mdbook.sort_by_key(|problem| problem.place.as_ref().map(|place| place.span.start));
        let is_no_name = |name: &&Spanned<String>| name.get_ref().is_empty() || name.get_ref().contains(['=', '\0']);
        if let Some(name) = recto.environment.iter().find(is_no_name) {
            let problem = Problem::error(Kind::Settings, format!("`{}` is no name of a variable", name.get_ref()));
            let help = "list names alone, as `environment = [\"PATH\"]`; their values are those of the caller";
            return Err(problem.at(source.place(name.span())).help(help).in_environment());
        }
        let is_missing = |path: &&Spanned<PathBuf>| !root.join(path.get_ref()).exists();
        if let Some(path) = recto.read.iter().find(is_missing) {
            let message = format!("there is no `{}` for the lessons to read", path.get_ref().display());
            let help = "`read` lists files and folders, as they stand from the book's folder";
            let problem = Problem::error(Kind::Settings, message).at(source.place(path.span()));
            return Err(problem.help(help).in_environment());
        }
        let holds_book = |path: &&Spanned<PathBuf>| {
            let folders = std::fs::canonicalize(root).ok().zip(std::fs::canonicalize(root.join(path.get_ref())).ok());
            folders.is_some_and(|(root, read)| root.starts_with(read))
        };
        if let Some(path) = recto.read.iter().find(holds_book) {
            let message =
                format!("`{}` holds the book's own folder, which lessons do not read", path.get_ref().display());
            let help = "name the files or folders that they need; all lessons run again when something in one changes";
            let problem = Problem::error(Kind::Settings, message).at(source.place(path.span()));
            return Err(problem.help(help).in_environment());
        }
        // mdBook would write there, whatever is there.
        let is_outside = |page: &&Spanned<String>| {
            Path::new(page.get_ref())
                .components()
                .any(|part| matches!(part, Component::ParentDir | Component::Prefix(_)))
        };
        if let Some(page) = file.output.html.redirect.keys().find(is_outside) {
            let message = format!("`{}` is no page of the book", page.get_ref());
            let help = "write the way from the book's root to the page that was there, as `\"/old/page.html\"`";
            let problem = Problem::error(Kind::Settings, message).at(source.place(page.span()));
            return Err(problem.help(help).in_environment());
        }
        if let Some(path) = recto.manifest.as_ref().filter(|path| !root.join(path.get_ref()).is_file()) {
            let message = format!("there is no manifest `{}`", path.get_ref().display());
            let help = "`manifest` is the way from the book's folder to the Cargo.toml of the package whose crates the lessons use";
            let problem = Problem::error(Kind::Settings, message).at(source.place(path.span()));
            return Err(problem.help(help).in_environment());
        }
        let macros_file = recto.macros_file.clone().or(katex.and_then(|katex| katex.macros));
        let of_file = macros_file.as_ref().map(|path| macros_of_file(root, path, &source));
        let of_file = of_file.transpose()?.unwrap_or_default();
        let hosts = ImageHosts::of(recto.image_hosts.iter().map(|host| host.get_ref().as_str()));
        // A book that is tested block by block is one that was there before recto, and may have such by the hundred.
        let strictness = |given: Option<Strictness>| {
            given.unwrap_or(match recto.scope {
                Scope::Lesson => Strictness::Error,
                Scope::Block => Strictness::Warn,
            })
        };
        let image_hosts = hosts.map_err(|wrong| no_host(wrong, &recto.image_hosts, &source).in_environment())?;
        Ok(Settings {
            root: root.to_path_buf(),
            title: file.book.title,
            src: file.book.src.unwrap_or_else(|| "src".into()),
            build_dir_place: file.build.build_dir.as_ref().map(|name| source.place(name.span())),
            build_dir: file.build.build_dir.map_or_else(|| "book".into(), Spanned::into_inner),
            edition: file.rust.edition,
            scope: recto.scope,
            check_only: recto.check_only,
            manifest: recto.manifest.as_ref().map_or_else(|| "Cargo.toml".into(), |path| path.get_ref().clone()),
            limits: Limits::default().with(recto.limits()),
            build_timeout: recto.build_timeout.map_or(3600, u64::from),
            environment: recto.environment.into_iter().map(Spanned::into_inner).collect(),
            sandbox: recto.sandbox,
            read: recto.read.into_iter().map(Spanned::into_inner).collect(),
            network: recto.network,
            image_hosts,
            links: strictness(recto.links),
            images: strictness(recto.images),
            bibliography: recto.bibliography.map(|name| {
                let place = source.place(name.span());
                (name.into_inner(), place)
            }),
            verified: recto.verified,
            number_sections: recto.number_sections.unwrap_or(recto.scope == Scope::Lesson)
                && !file.output.html.no_section_label,
            chapter_name: recto.chapter_name.unwrap_or_else(|| "chapter".to_owned()),
            math,
            delimiters,
            of_mdbook,
            left_out,
            macros: of_file.into_iter().chain(macros(recto.macros, &source)).collect(),
            // Where each fence stands alone, nothing has a label.
            lists: recto.lists.unwrap_or_else(|| match recto.scope {
                Scope::Lesson => ListKind::ALL.to_vec(),
                Scope::Block => Vec::new(),
            }),
            verification: recto.verification.unwrap_or(true),
            print: file.output.html.print.enable.unwrap_or(true),
            page_of_nothing: file.output.html.input_404.unwrap_or_else(|| "404.md".into()).with_extension("html"),
            smart_punctuation: file.output.html.smart_punctuation.unwrap_or(true),
            definition_lists: file.output.html.definition_lists.unwrap_or(true),
            admonitions: file.output.html.admonitions.unwrap_or(true),
            opt_level: recto.opt_level.map_or(0, u8::from),
            store_limit: recto.store_limit.map_or(1024, u64::from) << 20,
            digits: recto.digits.unwrap_or(Digits::USUAL),
            symbols: recto.symbols,
            points: recto.points.unwrap_or(Points::USUAL),
            lets: recto.lets.unwrap_or(recto.scope == Scope::Lesson),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_says_what_it_takes() {
        for key in keys::fields_of::<RectoTable>() {
            assert!(Takes::of(key, Kind::Settings).is_some(), "{key}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_told_with_what_to_write() {
        let root = tempfile::tempdir().unwrap();
        let told = |text: &str| {
            std::fs::write(root.path().join("book.toml"), text).unwrap();
            let failure = Settings::read(root.path()).unwrap_err();
            let [problem] = failure.problems() else {
                panic!("{failure:?}")
            };
            let marked = problem.place.as_ref().map(|place| text[place.span.clone()].to_owned());
            (problem.message.clone(), marked.unwrap_or_default(), problem.helps.concat())
        };
        let recto = |line: &str| format!("[book]\n[preprocessor.recto]\n{line}\n[output.html]\n");
        for (text, message, marked, help) in [
            (
                recto("timeout = '60'"),
                "`timeout` must be a whole number of seconds from 1 to 31536000",
                "'60'",
                "write `60`",
            ),
            (recto("scope = 'blocks'"), "`scope` must be `lesson` or `block`", "'blocks'", "write `\"block\"`"),
            (recto("math = 'yes'"), "`math` must be `true` or `false`", "'yes'", "write `true`"),
            (recto("environment = 'PATH'"), "`environment` must be a list of texts", "'PATH'", "write `['PATH']`"),
            (recto("read = [1]"), "`read` must be a list of texts", "1", "write `read = [\"../measured\"]`"),
            (recto("macros = { '\\R' = 1 }"), "`\\R` must be a text", "1", "write `\"1\"`"),
            (recto("bibliography = true"), "`bibliography` must be a text", "true", "write `\"true\"`"),
            ("book = 5".to_owned(), "`book` must be a table", "5", ""),
            (
                "[rust]\nedition = 2021".to_owned(),
                "`edition` must be `2015`, `2018`, `2021` or `2024`",
                "2021",
                "write `\"2021\"`",
            ),
            ("[book]\ntitle = 1984".to_owned(), "`title` must be a text", "1984", "write `\"1984\"`"),
            (
                "[output.html.print]\nenable = 'no'".to_owned(),
                "`enable` must be `true` or `false`",
                "'no'",
                "write `false`",
            ),
        ] {
            assert_eq!(told(&text), (message.to_owned(), marked.to_owned(), help.to_owned()), "{text}");
        }
        let (message, ..) = told(&recto("lists = ['figure']"));
        assert_eq!(
            message,
            "`lists` must be a list of some of `figures`, `tables`, `statements`, `exercises` and `terms`"
        );
    }
}
