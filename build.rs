//! Writes one test for each worked example of the curvature book, read by the same code as the tool's.

#[cfg(feature = "generator")]
#[path = "src/problem.rs"]
#[allow(dead_code, unreachable_pub)]
mod problem;
#[cfg(feature = "generator")]
#[path = "src/read/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod read;
#[cfg(feature = "generator")]
#[path = "src/site.rs"]
#[allow(dead_code)]
mod site;
#[cfg(feature = "generator")]
#[path = "src/source.rs"]
#[allow(dead_code, unreachable_pub)]
mod source;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "generator")]
    tests::write();
}

#[cfg(feature = "generator")]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use crate::read;

    const BOOK: &str = "book";

    /// Modules within modules, and the tests in them by name.
    #[derive(Default)]
    struct Module {
        modules: BTreeMap<String, Module>,
        tests: Vec<(String, String)>,
    }

    pub(crate) fn write() {
        for path in [
            "book/book.toml",
            "book/src",
            "src/read",
            "src/source.rs",
            "src/problem.rs",
        ] {
            println!("cargo::rerun-if-changed={path}");
        }
        let mut root = Module::default();
        if Path::new(BOOK).join("book.toml").is_file() {
            let call = format!("recto::worked::readable({BOOK:?})");
            root.tests.push(("the_book_can_be_read".to_owned(), call));
        }
        // A book that can't be read fails in that test; here it has no examples.
        for lesson in read::book(Path::new(BOOK)).map(|book| book.lessons).unwrap_or_default() {
            for example in read::examples(&lesson) {
                let path = lesson.path.to_string_lossy();
                let call = format!("recto::worked::check({BOOK:?}, {path:?}, {:?})", example.name);
                let mut modules: Vec<&str> = example.name.split("::").collect();
                let name = modules.pop().unwrap_or_default().to_owned();
                let module = modules.into_iter().fold(&mut root, |module, name| {
                    module.modules.entry(name.to_owned()).or_default()
                });
                module.tests.push((name, call));
            }
        }
        let mut text = String::new();
        root.print(&mut text);
        let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("worked_examples.rs");
        if let Err(error) = std::fs::write(&out, text) {
            println!("cargo::error=can't write {}: {error}", out.display());
        }
    }

    impl Module {
        fn print(&self, text: &mut String) {
            for (name, call) in &self.tests {
                text.push_str(&format!(
                    "#[test]\nfn {name}() -> Result<(), recto::worked::Failure> {{ {call} }}\n"
                ));
            }
            for (name, module) in &self.modules {
                text.push_str(&format!("mod {name} {{\n"));
                module.print(text);
                text.push_str("}\n");
            }
        }
    }
}
