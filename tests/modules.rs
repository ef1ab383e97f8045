//! The module graph of `src` has no circle: `cargo test --test modules`.
//!
//! A module is a file. It imports another one if it names it, outside of tests, in a path that begins with `crate`,
//! `self`, `super`, or a module below it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};

/// A path of names from the crate's root.
type Name = Vec<String>;

#[test]
fn no_module_imports_itself_by_way_of_others() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    read(&src, &src, &mut files);
    assert!(files.len() > 50, "only {} modules were found", files.len());
    let modules: BTreeSet<Name> = files.keys().cloned().collect();
    let graph: BTreeMap<Name, BTreeSet<Name>> =
        files.into_iter().map(|(name, file)| (name.clone(), imports(&name, &file, &modules))).collect();
    let circles = circles(&graph);
    assert!(circles.is_empty(), "these modules import each other:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let name = |name: &str| -> Name { name.split("::").map(str::to_owned).collect() };
    let modules = BTreeSet::from([name("a"), name("b"), name("c"), name("d"), name("d::e")]);
    let file = |text: &str| syn::parse_file(text).unwrap();
    let graph = BTreeMap::from([
        (name("a"), imports(&name("a"), &file("use crate::{b::X, runtime::Y};"), &modules)),
        (name("b"), imports(&name("b"), &file("fn f() { super::c::g() }"), &modules)),
        (name("c"), imports(&name("c"), &file("fn g() -> crate::a::Z {}"), &modules)),
        (name("d"), imports(&name("d"), &file("pub use e::E; mod e;"), &modules)),
        (name("d::e"), imports(&name("d::e"), &file("use super::D;"), &modules)),
    ]);
    assert_eq!(circles(&graph), ["a -> b -> c -> a", "d -> d::e -> d"]);
    let alone = imports(&name("c"), &file("#[cfg(test)] mod tests { use crate::a; }"), &modules);
    assert!(alone.is_empty());
}

/// Parses the modules below a folder; the crate's root and the command's are not among them.
fn read(src: &Path, folder: &Path, files: &mut BTreeMap<Name, syn::File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(src, &path, files);
            continue;
        }
        let below = path.strip_prefix(src).unwrap().with_extension("");
        let mut name: Name = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        name.pop_if(|last| last == "mod");
        if name != ["lib"] && name != ["main"] {
            let file = syn::parse_file(&std::fs::read_to_string(&path).unwrap());
            files.insert(name, file.unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        }
    }
}

/// The modules that a module imports.
fn imports(name: &Name, file: &syn::File, modules: &BTreeSet<Name>) -> BTreeSet<Name> {
    let mut paths = Paths { name, modules, found: Vec::new() };
    paths.visit_file(file);
    let module_of =
        |path: &Name| (1..=path.len()).rev().map(|len| path[..len].to_vec()).find(|it| modules.contains(it));
    paths.found.iter().filter_map(module_of).filter(|module| module != name).collect()
}

/// Collects the paths of a module that lead to others.
struct Paths<'a> {
    name: &'a Name,
    modules: &'a BTreeSet<Name>,
    found: Vec<Name>,
}

impl Paths<'_> {
    fn add(&mut self, path: &[String]) {
        let mut rest = path;
        let mut full = match rest.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.name.clone(),
            Some(below) if self.modules.contains(&[self.name.as_slice(), &[below.to_owned()]].concat()) => {
                self.name.clone()
            }
            _ => return,
        };
        while let [first, others @ ..] = rest
            && ["crate", "self", "super"].contains(&first.as_str())
        {
            if first == "super" {
                full.pop();
            }
            rest = others;
        }
        full.extend_from_slice(rest);
        self.found.push(full);
    }

    fn add_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.add_tree(before, item)),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.add(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.add(before),
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&[], &item.tree);
    }

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Name = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names);
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
        };
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }
}

/// The shortest circle through each module that is in one, each circle once.
fn circles(graph: &BTreeMap<Name, BTreeSet<Name>>) -> Vec<String> {
    let mut seen: BTreeSet<BTreeSet<&Name>> = BTreeSet::new();
    let mut found = Vec::new();
    for start in graph.keys() {
        if let Some(circle) = shortest(graph, start)
            && seen.insert(circle.iter().copied().collect())
        {
            let names: Vec<String> = circle.iter().map(|name| name.join("::")).collect();
            found.push(names.join(" -> "));
        }
    }
    found
}

/// The shortest way from a module back to itself.
fn shortest<'a>(graph: &'a BTreeMap<Name, BTreeSet<Name>>, start: &'a Name) -> Option<Vec<&'a Name>> {
    let mut ways: Vec<Vec<&Name>> = vec![vec![start]];
    let mut reached: BTreeSet<&Name> = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in &graph[way[way.len() - 1]] {
                let on: Vec<&Name> = way.iter().copied().chain([next]).collect();
                if next == start {
                    return Some(on);
                }
                if reached.insert(next) {
                    longer.push(on);
                }
            }
        }
        ways = longer;
    }
    None
}
