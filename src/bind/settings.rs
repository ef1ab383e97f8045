//! What `book.toml` says to mdBook.

use mdbook_core::config::{Config, HtmlConfig};
use toml::Value;

use crate::problem::{Failure, Problem, Severity};
use crate::read::Book;

const HTML: &str = "output.html";

/// Looks whether mdBook reads the book's settings, before anything runs.
///
/// # Errors
/// It does not, or the pages can't have what they ask for.
pub(crate) fn check_settings(book: &Book) -> Result<(), Failure> {
    let is_error = |problem: &&Problem| problem.severity == Severity::Error;
    let refused: Vec<Problem> = book.settings.of_mdbook.iter().filter(is_error).cloned().collect();
    if !refused.is_empty() {
        return Err(Failure::Environment(refused));
    }
    // mdBook would make pages as if nothing stood there.
    settings_of(book)?.get::<HtmlConfig>(HTML)?;
    Ok(())
}

/// mdBook's settings, without the keys that it does not know, and by the names that it has now.
///
/// # Errors
/// mdBook can't read them.
pub(crate) fn settings_of(book: &Book) -> Result<Config, mdbook_core::errors::Error> {
    let mut config = Config::from_disk(book.root.join("book.toml"))?;
    let Some(mut html) = config.get::<Value>(HTML)? else {
        return Ok(config);
    };
    for path in &book.settings.left_out {
        let mut names = path.strip_prefix(HTML).unwrap_or(path).trim_start_matches('.').split('.');
        let key = names.next_back().unwrap_or_default();
        let table = names.try_fold(&mut html, |table, name| table.get_mut(name)).and_then(Value::as_table_mut);
        table.and_then(|table| table.remove(key));
    }
    // Its older name. mdBook would refuse both.
    if let Some(table) = html.as_table_mut()
        && let Some(playpen) = table.remove("playpen")
    {
        table.entry("playground").or_insert(playpen);
    }
    config.set(HTML, html)?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    #[test]
    fn what_mdbook_does_not_know_takes_nothing_else_away() {
        let root = tempfile::tempdir().unwrap();
        let book = |html: &str| {
            std::fs::create_dir_all(root.path().join("src")).unwrap();
            std::fs::write(root.path().join("src/SUMMARY.md"), "# Summary\n").unwrap();
            std::fs::write(root.path().join("book.toml"), format!("[book]\n{html}")).unwrap();
            read::book(root.path()).unwrap()
        };
        let old = book(
            "[output.html]\ncurly-quotes = true\nadditional-css = ['own.css']\n[output.html.playpen]\neditable = true\neditor = 'ace'\n",
        );
        check_settings(&old).unwrap();
        let html: HtmlConfig = settings_of(&old).unwrap().get(HTML).unwrap().unwrap();
        assert!(html.playground.editable && html.additional_css.len() == 1);
        assert_eq!(old.problems.len(), 2);
        assert!(check_settings(&book("[output.html]\nadditional-css = 'own.css'\n")).is_err());
        check_settings(&book("")).unwrap();
    }
}
