//! The bibliography as data.

use curvature::bibliography::{Bibliography, BibliographyError};

#[test]
fn the_books_own_bibliography_can_be_read() {
    let books = Bibliography::of_this_book().unwrap();
    let foret = books.work("foret2021").unwrap();
    assert_eq!((foret.authors().as_str(), foret.year), ("Foret et al.", 2021));
    assert_eq!(books.work("bray2007").unwrap().authors(), "Bray & Dean");
    assert_eq!(books.work("lanczos1950").unwrap().authors(), "Lanczos");
    for (key, work) in books.works() {
        assert!(key.ends_with(&work.year.to_string()), "{key} is of {}", work.year);
        assert!(!work.title.is_empty());
    }
}

#[test]
fn accents_and_braces_are_written_as_they_look() {
    let text = r#"@article{h, author = {Hochreiter, Sepp and Schmidhuber, J{\"u}rgen and M{\"u}ller, M.}, title = {The {H}essian}, year = 1997}"#;
    let bibliography = Bibliography::parse(text).unwrap();
    let work = bibliography.work("h").unwrap();
    assert_eq!(work.surnames, ["Hochreiter", "Schmidhuber", "Müller"]);
    assert_eq!(work.title, "The Hessian");
}

#[test]
fn what_is_missing_is_named() {
    let message = |text: &str| Bibliography::parse(text).unwrap_err().to_string();
    assert_eq!(message("@book{a, title = {T}, year = 1999}"), "the entry `a` has no author");
    assert_eq!(message("@book{a, author = {B, C}, title = {T}}"), "the entry `a` has no year");
    assert_eq!(message("@book{a, author = {B, C}, year = 1999}"), "the entry `a` has no title");
    assert!(message("@book{a, author = ").starts_with("the bibliography can't be read"));
    let bibliography = Bibliography::parse("").unwrap();
    assert_eq!(bibliography.work("a"), Err(BibliographyError::Key("a".to_owned())));
}
