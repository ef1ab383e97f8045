//! Writing what recto makes for itself: each file in one step, so that nothing half is left whenever recto is killed.

use std::io::Write;
use std::path::Path;

use crate::problem::{Failure, Problem};

/// Puts a finished file in the place of the one that is there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".recto-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less what the user's mask takes away
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Writes a file that is not so already, so that cargo sees no change where there is none.
pub(super) fn write_if_changed(path: &Path, text: &str) -> Result<(), Failure> {
    if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    replace(path, text.as_bytes()).map_err(|error| Problem::io(path, &error))
}
