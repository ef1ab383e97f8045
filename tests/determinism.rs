//! The same book built twice, in two folders, from nothing: the same files, byte for byte.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use support::Book;

/// A lesson with one of everything that reaches a page.
const LESSON: &str = r##"# Lesson

> **Definition (Bowl).** {#def-bowl} It is $f(x) = x^2$ [@polya1957, p. 5].

```rust
use std::collections::BTreeMap;
let kappa: f64 = 10.0;
println!("{:?}", BTreeMap::from([("a", 1), ("b", 2)]));
kappa.sqrt()
```

It is [$\kappa = 10$](=kappa), [≈ 3.16](=kappa.sqrt()), `{kappa:.3}`; see [](#fig-dot), [](#def-bowl).

```rust
//| label: fig-dot
//| caption: A dot at $x = 5$.
//| alt: A dot.
recto::Figure::from_svg(r#"<svg width="10" height="10"><circle cx="5" cy="5" r="2"/></svg>"#)
```

```rust
let word = recto::data_string("words.txt")?;
struct Here;
println!("{} {}:{}", std::any::type_name::<Here>(), file!(), line!());
println!("{} {}", recto::data("words.txt")?.display(), std::env::current_dir()?.join("here").display());
println!("{:?} {}", std::env::args().collect::<Vec<_>>(), std::env::current_exe()?.display());
dbg!(module_path!(), std::panic::Location::caller());
recto::Table::new(["word", "length"]).row([word.trim(), "7"])
```

## What fails, as it should

```rust,should_panic
let none: Option<u8> = None;
none.unwrap();
```

```rust,compile_fail,E0308
let wrong: u8 = "text";
```
"##;

#[test]
fn what_ran_under_other_conditions_is_kept_beside_the_ordinary_result() {
    let lesson =
        "# Lesson\n\n```rust\nlet run = std::process::id() as u64 + recto::seed();\n```\n\nThat is run `{run}`.\n";
    let book = Book::new("determinism/shaken", &[("lesson", lesson)]);
    let shaken = |count: &str| {
        let output = book.recto(&["test", "--shake", count]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let page = book.page("lesson.html");
    let first = shaken("6");
    let runs: std::collections::BTreeSet<&str> = first.lines().filter_map(|it| it.split("it is ").nth(1)).collect();
    assert_eq!(runs.len(), 6, "{first}");
    // Nothing runs again, and more runs are more of the same.
    assert_eq!(shaken("6"), first);
    let more = shaken("7");
    assert!(first.lines().skip(1).all(|line| more.contains(line)), "{first}{more}");
    assert!(book.recto(&["build", "--check"]).status.success());
    assert_eq!(book.page("lesson.html"), page);
}

#[test]
fn a_book_built_in_two_folders_is_the_same() {
    let built = ["determinism/one", "determinism/the other, deeper down/two"].map(|name| {
        let book = Book::new(name, &[("lesson", LESSON), ("part/deeper", LESSON_TWO)]);
        book.write("book.toml", "[book]\ntitle = \"Case\"\nlanguage = \"en\"\n");
        book.write("data/words.txt", "curvature\n");
        book.write(
            "references.bib",
            "@book{polya1957, author = {P{\\'o}lya, George}, title = {How to Solve It}, year = {1957}}\n",
        );
        // A target folder of its own: nothing is found that the other build kept.
        let output = book.command_in(&book.0.join("target"), &["build", "--twice"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut files = BTreeMap::new();
        collect(&book.0.join("book"), "", &mut files);
        files
    });
    let [one, two] = &built;
    assert!(one.contains_key("programs/lesson.rs") && one.contains_key("verification.json"));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (name, bytes) in one {
        assert!(*bytes == two[name], "{name} differs");
    }
    let named = one.iter().filter(|(_, bytes)| {
        let text = String::from_utf8_lossy(bytes);
        text.contains("determinism/one") || text.contains(env!("CARGO_TARGET_TMPDIR"))
    });
    let named: Vec<&String> = named.map(|(name, _)| name).collect();
    assert!(named.is_empty(), "the folder of the book stands in {named:?}");
}

const LESSON_TWO: &str = "# Deeper\n\n```rust\nlet k = 3;\nk\n```\n\nIt is [3](=k), see [](#fig-dot).\n";

fn collect(folder: &Path, name: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = format!("{name}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}
