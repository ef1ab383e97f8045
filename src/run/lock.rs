//! Lock files: that of the book, and those that cargo makes of it for the generated packages.

use std::collections::BTreeSet;

const PACKAGE: &str = "[[package]]";

/// A lock file without the packages of the programs themselves, which depend on what was built before and on where.
pub(super) fn without_programs(text: &str) -> String {
    let is_program = |package: &&str| package.contains("\nname = \"lessons-20");
    let mut packages = text.split(PACKAGE);
    let head = packages.next().unwrap_or_default().to_owned();
    let packages = packages.filter(|package| !is_program(package));
    packages.fold(head, |text, package| text + PACKAGE + package).trim_end().to_owned() + "\n"
}

/// Whether each version in a lock file that comes from elsewhere is one of the other's: then it follows from that.
pub(super) fn follows(made: &str, from: &str) -> bool {
    let from: BTreeSet<Vec<&str>> = packages(from).collect();
    packages(made).all(|package| from.contains(&package) || !package.iter().any(|line| line.starts_with("source")))
}

/// Name, version, source and checksum of each package.
fn packages(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.split(PACKAGE).skip(1).map(|package| {
        let is_told = |line: &&str| ["name", "version", "source", "checksum"].iter().any(|key| line.starts_with(key));
        package.lines().filter(is_told).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_lock_file_has_no_other_version() {
        let package = |name: &str, version: &str, source: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}dependencies = [\n \"x\",\n]\n\n")
        };
        let registry = "source = \"registry+x\"\nchecksum = \"1\"\n";
        let (rand, other) = (package("rand", "0.9.2", registry), package("rand", "0.9.3", registry));
        let programs = package("lessons-2024-0123", "0.0.0", "");
        let runtime = package("recto", "0.1.0", "");
        let book = format!("version = 4\n\n{rand}{}", package("more", "1.0.0", registry));
        assert!(follows(&format!("version = 4\n\n{programs}{rand}{runtime}"), &book));
        assert!(!follows(&format!("version = 4\n\n{programs}{other}"), &book));
        assert!(!follows(&rand, ""));
        assert!(!follows(&rand.replace("\"1\"", "\"2\""), &book));
        let text = without_programs(&format!("version = 4\n\n{programs}{rand}"));
        assert_eq!(text, format!("version = 4\n\n{}", rand.trim_end().to_owned() + "\n"));
    }
}
