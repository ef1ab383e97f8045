//! Frames: the words of a message on their way to recto, and the marks between what is printed.
//!
//! A frame is its length, and for each word its length and its bytes; lengths are four bytes, the lowest first. A mark
//! is `0x1E`, the run's nonce, `0x1F`, and the number of a message in sixteen digits.

use std::fmt;

const LENGTH: usize = size_of::<u32>();
const MARK_DIGITS: usize = 16;

/// The bytes of one frame.
///
/// ```
/// assert_eq!(recto::frame::encode(["value", "3"]), b"\x0e\0\0\0\x05\0\0\0value\x01\0\0\x003");
/// ```
pub fn encode<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut frame = vec![0; LENGTH];
    for word in words {
        frame.extend_from_slice(&length(word.len()));
        frame.extend_from_slice(word.as_bytes());
    }
    let whole = length(frame.len() - LENGTH);
    frame[..LENGTH].copy_from_slice(&whole);
    frame
}

/// A length that does not fit is one that no limit allows, too.
fn length(bytes: usize) -> [u8; LENGTH] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// A frame whose parts do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is no sequence of words")
    }
}

impl std::error::Error for Malformed {}

/// Takes frames apart again, from any pieces.
///
/// ```
/// use recto::frame::{Decoder, encode};
///
/// let frame = encode(["cell", "7"]);
/// let (first, second) = frame.split_at(9);
/// let mut decoder = Decoder::default();
/// decoder.feed(first);
/// assert_eq!(decoder.next(), None);
/// decoder.feed(second);
/// assert_eq!(decoder.next(), Some(Ok(vec!["cell".to_owned(), "7".to_owned()])));
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    pending: Vec<u8>,
    /// Where the first frame that was not taken out begins.
    at: usize,
}

impl Decoder {
    /// Takes further bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.pending.drain(..self.at);
        self.at = 0;
        self.pending.extend_from_slice(bytes);
    }

    /// Whether a frame has begun and not ended.
    pub fn is_open(&self) -> bool {
        self.at < self.pending.len()
    }
}

impl Iterator for Decoder {
    type Item = Result<Vec<String>, Malformed>;

    /// The words of the next frame; none until its end has come.
    fn next(&mut self) -> Option<Self::Item> {
        let (frame, rest) = split(&self.pending[self.at..])?;
        let words = words(frame);
        self.at = self.pending.len() - rest.len();
        Some(words)
    }
}

/// The bytes of which the length stands in front, and what follows.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

fn words(mut frame: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut words = Vec::new();
    while !frame.is_empty() {
        let (word, rest) = split(frame).ok_or(Malformed)?;
        words.push(String::from_utf8(word.to_vec()).map_err(|_| Malformed)?);
        frame = rest;
    }
    Ok(words)
}

/// The mark of a message.
///
/// ```
/// assert_eq!(recto::frame::mark("5eed", 26), "\x1e5eed\x1f000000000000001a");
/// ```
pub fn mark(nonce: &str, number: u64) -> String {
    format!("\x1e{nonce}\x1f{number:0MARK_DIGITS$x}")
}

/// Text up to the next mark, and the number of the message of the mark before it; 0 at the beginning.
///
/// ```
/// use recto::frame::{mark, stretches};
///
/// let printed = format!("one{}two", mark("5eed", 7));
/// let stretches: Vec<_> = stretches(printed.as_bytes(), "5eed").collect();
/// assert_eq!(stretches, [(0, &b"one"[..]), (7, b"two")]);
/// ```
pub fn stretches<'a>(printed: &'a [u8], nonce: &str) -> impl Iterator<Item = (u64, &'a [u8])> {
    let start = format!("\x1e{nonce}\x1f").into_bytes();
    let mut rest = Some((0, printed));
    std::iter::from_fn(move || {
        let (number, text) = rest?;
        let mark = (0..text.len()).filter(|&at| text[at] == start[0]).find_map(|at| {
            let digits = text[at..].strip_prefix(start.as_slice())?.split_at_checked(MARK_DIGITS)?.0;
            let number = u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
            Some((at, number, at + start.len() + MARK_DIGITS))
        });
        rest = mark.map(|(_, number, end)| (number, &text[end..]));
        Some((number, mark.map_or(text, |(at, ..)| &text[..at])))
    })
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const NONCE: &str = "b7f0";

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Result<Vec<String>, Malformed>>, bool) {
        let mut decoder = Decoder::default();
        let mut frames = Vec::new();
        for piece in pieces {
            decoder.feed(piece);
            frames.extend(decoder.by_ref());
        }
        (frames, decoder.is_open())
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_frame_cut_at_any_byte_is_whole_again() {
        let frames = [encode(["show", "", "é\n\x1e"]), encode([]), encode(["done"])].concat();
        let expected = [
            Ok(owned(&["show", "", "é\n\x1e"])),
            Ok(Vec::new()),
            Ok(owned(&["done"])),
        ];
        for cut in 0..=frames.len() {
            let (first, second) = frames.split_at(cut);
            assert_eq!(decode([first, second]), (expected.to_vec(), false), "cut at {cut}");
        }
        assert_eq!(decode(frames.chunks(1)).0, expected);
    }

    #[test]
    fn a_frame_that_does_not_fit_together_hides_no_other() {
        let right = encode(["ab"]);
        let too_long = [&7u32.to_le_bytes()[..], &9u32.to_le_bytes(), b"abc"].concat();
        let no_text = [&5u32.to_le_bytes()[..], &1u32.to_le_bytes(), b"\xff"].concat();
        for wrong in [too_long, no_text, vec![1, 0, 0, 0, 9]] {
            let (frames, open) = decode([&[wrong, right.clone()].concat()[..]]);
            assert_eq!(frames, [Err(Malformed), Ok(owned(&["ab"]))]);
            assert!(!open);
        }
    }

    #[test]
    fn a_length_without_end_is_waited_for_and_never_made() {
        let mut decoder = Decoder::default();
        for _ in 0..1000 {
            decoder.feed(&[0xFF; 64]);
            assert_eq!(decoder.next(), None);
        }
        assert!(decoder.is_open());
        assert!(decoder.pending.capacity() < 1 << 20);
    }

    #[test]
    fn what_is_not_a_mark_is_text() {
        let right = mark(NONCE, 3);
        for wrong in [
            right.replace(NONCE, "b7f1"),
            right.replace('\x1f', "\x1e"),
            right.replace("3", "g"),
            right[..right.len() - 1].to_owned(),
        ] {
            let found: Vec<_> = stretches(wrong.as_bytes(), NONCE).collect();
            assert_eq!(found, [(0, wrong.as_bytes())], "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn frames_come_back_from_any_pieces(frames in vec(vec("(?s).{0,20}", 0..5), 0..6), size in 1usize..40) {
            let words = |words: &Vec<String>| encode(words.iter().map(String::as_str));
            let bytes: Vec<u8> = frames.iter().flat_map(words).collect();
            prop_assert_eq!(decode(bytes.chunks(size)), (frames.into_iter().map(Ok).collect(), false));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..60), size in 1usize..9) {
            decode(bytes.chunks(size));
            stretches(&bytes, NONCE).count();
        }

        #[test]
        fn marks_part_any_text(parts in vec((vec(prop_oneof![Just(0x1Eu8), Just(b'b'), any::<u8>()], 0..8), any::<u64>()), 0..6)) {
            let mut printed = Vec::new();
            let mut expected = Vec::new();
            let mut before = 0;
            for (text, number) in &parts {
                printed.extend_from_slice(text);
                printed.extend_from_slice(mark(NONCE, *number).as_bytes());
                expected.push((before, text.as_slice()));
                before = *number;
            }
            expected.push((before, b""));
            prop_assert_eq!(stretches(&printed, NONCE).collect::<Vec<_>>(), expected);
        }
    }
}
