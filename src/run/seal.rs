//! The key by which recto knows its own entries in the store: what something else writes there is a miss.
//!
//! It lies beside the stores, in a file that only the user can read; a lesson is not to be let near it.

use std::io::Write;
use std::path::Path;

use tempfile::Builder;

/// The file of the key, in the folder of everything that recto keeps.
const FILE: &str = "key";

type Key = [u8; blake3::KEY_LEN];

/// Without a key nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct Seal(Option<Key>);

impl Seal {
    /// The key in a folder, made when there is none.
    pub(super) fn of(folder: &Path) -> Seal {
        let path = folder.join(FILE);
        Seal(read(&path).or_else(|| make(&path)))
    }

    /// A key that several machines were given, made from a text.
    pub(super) fn shared(text: &[u8]) -> Seal {
        Seal(Some(blake3::derive_key("recto 2026 key of exported results", text)))
    }

    /// A text with a line before it that only who has the key can write; it holds under this name alone.
    pub(crate) fn sealed(&self, name: &blake3::Hash, text: &str) -> Option<String> {
        Some(format!("{}\n{text}", self.mark(name, text)?.to_hex()))
    }

    /// The text that was sealed under this name.
    pub(crate) fn opened<'a>(&self, name: &blake3::Hash, sealed: &'a str) -> Option<&'a str> {
        let (mark, text) = sealed.split_once('\n')?;
        // Compared in constant time.
        (blake3::Hash::from_hex(mark).ok()? == self.mark(name, text)?).then_some(text)
    }

    fn mark(&self, name: &blake3::Hash, text: &str) -> Option<blake3::Hash> {
        let mut hasher = blake3::Hasher::new_keyed(self.0.as_ref()?);
        Some(hasher.update(name.as_bytes()).update(text.as_bytes()).finalize())
    }
}

fn read(path: &Path) -> Option<Key> {
    std::fs::read(path).ok()?.try_into().ok()
}

/// A new key, or that which another build has made meanwhile.
fn make(path: &Path) -> Option<Key> {
    let mut key = Key::default();
    getrandom::fill(&mut key).ok()?;
    // Temporary files are closed to other users, and stay so.
    let mut file = Builder::new().prefix(".recto-").tempfile_in(path.parent()?).ok()?;
    file.write_all(&key).ok()?;
    file.as_file().sync_all().ok()?;
    match path.metadata() {
        // It is damaged.
        Ok(metadata) if metadata.len() != key.len() as u64 => file.persist(path).is_ok(),
        _ => file.persist_noclobber(path).is_ok(),
    };
    read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_holds_with_its_key_and_name_alone() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (name, another) = (blake3::hash(b"a"), blake3::hash(b"b"));
        let sealed = Seal::of(folder.path()).sealed(&name, "text").unwrap();
        assert_eq!(Seal::of(folder.path()).opened(&name, &sealed), Some("text"));
        assert_eq!(Seal::of(folder.path()).opened(&another, &sealed), None);
        assert_eq!(Seal::of(folder.path()).opened(&name, &sealed.replace("text", "test")), None);
        assert_eq!(Seal::of(other.path()).opened(&name, &sealed), None);
        // As it was before there was a key.
        let old = format!("{}\ntext", blake3::hash(b"text").to_hex());
        assert_eq!(Seal::of(folder.path()).opened(&name, &old), None);
    }

    #[test]
    fn a_damaged_key_is_made_anew_and_many_at_once_have_one() {
        let folder = tempfile::tempdir().unwrap();
        let keys = || -> Vec<Option<Key>> {
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Seal::of(folder.path()).0)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            })
        };
        let first = keys();
        assert!(first[0].is_some() && first.iter().all(|key| *key == first[0]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = folder.path().join(FILE).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(folder.path().join(FILE), "cut").unwrap();
        let second = Seal::of(folder.path()).0;
        assert!(second.is_some() && second != first[0]);
        assert_eq!(Seal::of(folder.path()).0, second);
    }
}
