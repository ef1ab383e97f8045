//! Changes the golden lessons, and gives them to each parser: `cargo run --example fuzz -- SECONDS [KIND]`. What panics, or takes
//! longer than five seconds, is written into `target/fuzz`. The numbers are the same for the same seed (`SEED`, 1 by default).

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use recto::door::{KINDS, fuzz};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(10);
    let wanted = arguments.next();
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for kind in KINDS.into_iter().filter(|kind| wanted.as_ref().is_none_or(|wanted| wanted == kind)) {
        let texts = texts(root, kind);
        let mut numbers = Numbers(seed);
        let (begun, mut tried, mut found) = (Instant::now(), 0_u64, 0);
        let mut slowest = Duration::ZERO;
        while begun.elapsed() < Duration::from_secs(seconds) {
            let text = changed(&texts, &mut numbers);
            let start = Instant::now();
            let panicked = std::panic::catch_unwind(|| fuzz(kind, &text)).is_err();
            let took = start.elapsed();
            slowest = slowest.max(took);
            tried += 1;
            if panicked || took > Duration::from_secs(5) {
                found += 1;
                let folder = root.join("target/fuzz");
                let _ = std::fs::create_dir_all(&folder);
                let _ = std::fs::write(folder.join(format!("{kind}-{found}")), &text);
            }
        }
        println!("{kind}: {tried} inputs, {found} found, the slowest {slowest:.1?}");
    }
}

/// The texts of which a kind is made.
fn texts(root: &Path, kind: &str) -> Vec<Vec<u8>> {
    let name = match kind {
        "bibliography" => "references.bib",
        "summary" => "SUMMARY.md",
        _ => "lesson.md",
    };
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join("tests/lessons"), root.join("book/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name() == name {
                found.extend(std::fs::read(entry.path()));
            }
        }
    }
    if kind == "formula" {
        let formulas = std::fs::read(root.join("tests/formulas.txt")).unwrap_or_default();
        found = formulas.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    }
    found.sort();
    found
}

/// xorshift64, so that a seed gives the same texts everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % bound.max(1)
    }

    /// A part of a text.
    fn part<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let start = self.below(text.len());
        let length = self.below(40.min(text.len() - start) + 1);
        &text[start..start + length]
    }
}

/// What means something to one of the parsers.
const SIGNS: &[u8] = b"[](){}<>$`|\\#*_!@=:;'\"\n\r\t /%&^~+-.,0 1";

/// One of the texts with a few changes.
fn changed(texts: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut text = texts[numbers.below(texts.len())].clone();
    text.truncate(4_000);
    for _ in 0..=numbers.below(6) {
        let at = numbers.below(text.len() + 1);
        match numbers.below(5) {
            0 => drop(text.splice(at..(at + numbers.below(30)).min(text.len()), [])),
            1 => {
                let other = &texts[numbers.below(texts.len())];
                let part = numbers.part(other).to_vec();
                text.splice(at..at, part);
            }
            2 => {
                let part = numbers.part(&text).to_vec();
                let times = 1 + numbers.below(200);
                text.splice(at..at, part.repeat(times));
            }
            3 => {
                let sign = SIGNS[numbers.below(SIGNS.len())];
                text.splice(at..at, [sign]);
            }
            _ => {
                if let Some(byte) = text.get_mut(at) {
                    *byte = numbers.below(256).try_into().unwrap_or_default();
                }
            }
        }
    }
    text
}
