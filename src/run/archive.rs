//! Results on their way to another machine: a tar of entries, each sealed with a key that both sides were given.
//!
//! An archive is a stranger's until its seals are known. So each entry of it is a plain file of bounded length whose name is
//! a hash, read one after the other, and nothing of it reaches the disk but as an entry of the store.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Archive, EntryType, Header};

use super::job::{Job, Planned, planned};
use super::seal::Seal;
use super::store::{Key, Store};
use super::workspace::Workspace;
use crate::problem::{Failure, Kind, Problem, count};

/// The longest entry that is read, in bytes.
const LONGEST: u64 = 256 << 20;

/// What went out.
#[derive(Debug, Default)]
pub(crate) struct Exported {
    /// How many results.
    pub(crate) results: usize,
    /// Lessons with results that hold on this machine alone, and why.
    pub(crate) stay: Vec<(PathBuf, String)>,
    /// Lessons without a result that holds now.
    pub(crate) missing: BTreeSet<PathBuf>,
}

/// What came in.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// How many results.
    pub(crate) results: usize,
    /// What was refused.
    pub(crate) problems: Vec<Problem>,
    /// Lessons that will be run all the same.
    pub(crate) missing: BTreeSet<PathBuf>,
}

/// The key that both sides were given.
#[derive(Debug)]
pub(crate) struct SharedKey(Seal);

impl SharedKey {
    /// A key of any text; white space around it does not count.
    ///
    /// # Errors
    /// It is too short to be a secret.
    pub(crate) fn of(text: &[u8]) -> Result<SharedKey, Failure> {
        const LEAST: usize = 16;
        let text = text.trim_ascii();
        if text.len() < LEAST {
            let problem = Problem::error(Kind::Environment, format!("the key has fewer than {LEAST} characters"));
            return Err(problem.help("make one: `openssl rand -hex 32`").in_environment());
        }
        Ok(SharedKey(Seal::shared(text)))
    }
}

/// Writes the results of lessons that hold now, and hold elsewhere too, into a file.
///
/// # Errors
/// The file can't be written.
pub(crate) fn export(
    workspace: &Workspace,
    jobs: &[Job<'_>],
    SharedKey(seal): &SharedKey,
    file: &Path,
) -> Result<Exported, Failure> {
    let store = Store::open(workspace);
    let io = |error: std::io::Error| Problem::io(file, &error);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut written = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    let mut archive = tar::Builder::new(BufWriter::new(written.as_file_mut()));
    let mut exported = Exported::default();
    for Planned { lesson, key, .. } in planned(workspace, jobs) {
        match store.told(&key, lesson) {
            None => {
                exported.missing.insert(lesson.file.clone());
            }
            Some(Err(why)) => exported.stay.push((lesson.file.clone(), why)),
            Some(Ok(json)) => {
                let sealed = seal.sealed(key.hash(), &json).unwrap_or_default();
                if sealed.len() as u64 > LONGEST {
                    exported.stay.push((lesson.file.clone(), format!("it has more than {} MiB", LONGEST >> 20)));
                    continue;
                }
                let mut header = Header::new_ustar();
                header.set_size(sealed.len() as u64);
                header.set_mode(0o644);
                archive.append_data(&mut header, key.to_string(), sealed.as_bytes()).map_err(io)?;
                exported.results += 1;
            }
        }
    }
    archive.into_inner().and_then(|mut file| file.flush()).map_err(io)?;
    written.persist(file).map_err(|error| io(error.error))?;
    Ok(exported)
}

/// Takes the results in some files into the store. What is not sealed with the key, or is no result, is refused by itself.
///
/// # Errors
/// A file can't be opened.
pub(crate) fn import(
    workspace: &Workspace,
    jobs: &[Job<'_>],
    key: &SharedKey,
    files: &[PathBuf],
) -> Result<Imported, Failure> {
    let store = Store::open(workspace);
    let mut imported = Imported::default();
    for file in files {
        let opened = File::open(file).map_err(|error| Problem::io(file, &error))?;
        let (results, problems) = read(BufReader::new(opened), &key.0, file, |key, json| store.take(key, json));
        imported.results += results;
        imported.problems.extend(problems);
    }
    // What the store holds is looked at anew.
    let store = Store::open(workspace);
    let missing = planned(workspace, jobs).into_iter().filter(|it| store.find(&it.key, it.lesson).is_none());
    imported.missing = missing.map(|it| it.lesson.file.clone()).collect();
    Ok(imported)
}

/// Reads an archive; `take` is given each sealed text and says whether it is a result. Returns how many were, and what is
/// wrong with the others.
fn read(archive: impl Read, seal: &Seal, name: &Path, take: impl Fn(&Key, &str) -> bool) -> (usize, Vec<Problem>) {
    let (mut results, mut foreign, mut strange) = (0, 0, 0);
    let problem = |message: String| Problem::error(Kind::Environment, format!("`{}`: {message}", name.display()));
    let mut problems = Vec::new();
    let mut archive = Archive::new(archive);
    // Raw: otherwise names of any length would be read into memory.
    let entries = archive.entries().map(|entries| entries.raw(true));
    for entry in entries.into_iter().flatten() {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                problems.push(problem(format!("it is cut, or no archive of results: {error}")));
                break;
            }
        };
        let key = entry.path().ok().and_then(|path| Key::read(path.to_str()?));
        let is_plain = entry.header().entry_type() == EntryType::Regular && entry.size() <= LONGEST;
        let Some(key) = key.filter(|_| is_plain) else {
            strange += 1;
            continue;
        };
        let mut text = String::new();
        if let Err(error) = (&mut entry).take(LONGEST).read_to_string(&mut text) {
            problems.push(problem(format!("a result can't be read: {error}")));
            continue;
        }
        match seal.opened(key.hash(), &text) {
            None => foreign += 1,
            Some(json) if take(&key, json) => results += 1,
            Some(_) => strange += 1,
        }
    }
    if foreign > 0 {
        let message = format!("{} not sealed with the key that was given, or changed since", count(foreign, "result"));
        problems.push(problem(message).help("give both sides the same key; what does not count is run again"));
    }
    if strange > 0 {
        problems.push(problem(format!("what recto did not write so is left out: {}", count(strange, "file"))));
    }
    (results, problems)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const NAME: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn key() -> SharedKey {
        SharedKey::of(b"0123456789abcdef\n").unwrap()
    }

    /// A file of an archive, whatever its header says.
    fn entry(name: &[u8], kind: EntryType, size: u64, text: &[u8]) -> Vec<u8> {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(text);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }

    /// What is taken of an archive, and what is said of the rest.
    fn taken(archive: &[u8]) -> (Vec<String>, Vec<String>) {
        let taken: RefCell<Vec<String>> = RefCell::default();
        let take = |key: &Key, json: &str| {
            taken.borrow_mut().push(format!("{} {json}", &key.to_string()[..4]));
            json == "{}"
        };
        let (_, problems) = read(archive, &key().0, Path::new("a.tar"), take);
        (taken.into_inner(), problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn of_an_archive_only_what_is_sealed_is_taken() {
        let hash = blake3::Hash::from_hex(NAME).unwrap();
        let sealed = key().0.sealed(&hash, "{}").unwrap().into_bytes();
        let good = entry(NAME, EntryType::Regular, sealed.len() as u64, &sealed);
        assert_eq!(taken(&good), (vec!["0123 {}".to_owned()], vec![]));
        assert_eq!(taken(b""), (vec![], vec![]));

        let size = sealed.len() as u64;
        let another = NAME.iter().map(|byte| if *byte == b'0' { b'f' } else { *byte }).collect::<Vec<u8>>();
        let other = SharedKey::of(b"another key of many letters").unwrap().0.sealed(&hash, "{}").unwrap().into_bytes();
        let not_sealed = "`a.tar`: 1 result not sealed with the key that was given, or changed since";
        let strange = "`a.tar`: what recto did not write so is left out: 1 file";
        for (bad, why) in [
            (entry(&another, EntryType::Regular, size, &sealed), not_sealed),
            (entry(NAME, EntryType::Regular, other.len() as u64, &other), not_sealed),
            (entry(NAME, EntryType::Regular, 2, b"{}"), not_sealed),
            (entry(b"../../../etc/cron.d/x", EntryType::Regular, size, &sealed), strange),
            (entry(b"/etc/passwd", EntryType::Regular, size, &sealed), strange),
            (entry(&NAME.to_ascii_uppercase(), EntryType::Regular, size, &sealed), strange),
            (entry(NAME, EntryType::Symlink, 0, b""), strange),
            (entry(NAME, EntryType::Link, 0, b""), strange),
            (entry(NAME, EntryType::Directory, 0, b""), strange),
            (entry(NAME, EntryType::Fifo, 0, b""), strange),
            (entry(b"././@LongLink", EntryType::GNULongName, size, &sealed), strange),
            (entry(b"pax", EntryType::XHeader, size, &sealed), strange),
        ] {
            // What comes before and after it counts.
            let (results, problems) = taken(&[good.clone(), bad, good.clone()].concat());
            assert_eq!((results.len(), problems.as_slice()), (2, &[why.to_owned()][..]));
        }
    }

    #[test]
    fn an_archive_that_is_cut_or_none_is_said_to_be() {
        let hash = blake3::Hash::from_hex(NAME).unwrap();
        let sealed = key().0.sealed(&hash, "{}").unwrap().into_bytes();
        let good = entry(NAME, EntryType::Regular, sealed.len() as u64, &sealed);
        for bad in [
            good[..good.len() - 500].to_vec(),
            good[..100].to_vec(),
            vec![7; 5000],
            // More than there is, and more than anyone reads.
            entry(NAME, EntryType::Regular, 1_000_000_000, &sealed),
            entry(NAME, EntryType::Regular, u64::MAX, &sealed),
            entry(b"././@LongLink", EntryType::GNULongName, 1_000_000_000, b"x"),
        ] {
            let (results, problems) = taken(&[good.clone(), bad].concat());
            assert_eq!(results.len(), 1, "{problems:?}");
            assert!(!problems.is_empty());
        }
    }

    #[test]
    fn a_key_is_no_word() {
        assert!(SharedKey::of(b" secret \n").is_err());
    }
}
