//! Ways from one page of a book to another.

use std::path::Path;

/// The way from a page to a fragment of a page, as a link in markdown; both are paths below the source folder.
pub fn link(from: &Path, to: &Path, fragment: &str) -> String {
    if from == to {
        return format!("#{fragment}");
    }
    let up = from.parent().map_or(0, |folder| folder.components().count());
    let to = to.to_string_lossy().replace('\\', "/").replace(' ', "%20");
    format!("{}{to}#{fragment}", "../".repeat(up))
}
