//! Frames: what a lesson program tells recto, between the text that it prints.
//!
//! A frame is `0x1E`, token, `0x1F`, kind, `0x1F`, number of fields, `\n`, and for each field its length in bytes,
//! `\n`, the bytes, `\n`. The token is made for one run, so that printed text can't be taken for a frame.
//! Whatever is not a whole, well-formed frame with the right token is text.

use std::ops::Range;

const START: u8 = 0x1E;
const SEPARATOR: u8 = 0x1F;
/// Longest decimal number in a frame, so that digits without end are text at once.
const MAX_DIGITS: usize = 12;
/// Longest kind.
const MAX_KIND: usize = 32;

/// The bytes of one frame.
///
/// ```
/// assert_eq!(recto::frame::encode("t0k", "value", &["3", "0.82"]), b"\x1et0k\x1fvalue\x1f2\n1\n3\n4\n0.82\n");
/// ```
pub fn encode(token: &str, kind: &str, fields: &[&str]) -> Vec<u8> {
    let mut frame =
        Vec::with_capacity(token.len() + kind.len() + 16 + fields.iter().map(|f| f.len() + 8).sum::<usize>());
    frame.push(START);
    frame.extend_from_slice(token.as_bytes());
    frame.push(SEPARATOR);
    frame.extend_from_slice(kind.as_bytes());
    frame.push(SEPARATOR);
    frame.extend_from_slice(fields.len().to_string().as_bytes());
    frame.push(b'\n');
    for field in fields {
        frame.extend_from_slice(field.len().to_string().as_bytes());
        frame.push(b'\n');
        frame.extend_from_slice(field.as_bytes());
        frame.push(b'\n');
    }
    frame
}

/// A stretch of a lesson program's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Printed text; not necessarily UTF-8, and possibly cut anywhere.
    Text(Vec<u8>),
    /// A frame.
    Frame {
        /// An ASCII word.
        kind: String,
        /// What it carries.
        fields: Vec<String>,
    },
}

/// Takes a program's output apart again, chunk by chunk.
///
/// ```
/// use recto::frame::{Decoder, Chunk, encode};
///
/// let mut decoder = Decoder::new("t0k");
/// let mut output = b"one ".to_vec();
/// output.extend(encode("t0k", "cell", &["7"]));
/// let (first, second) = output.split_at(9);
/// assert_eq!(decoder.feed(first), [Chunk::Text(b"one ".to_vec())]);
/// assert_eq!(decoder.feed(second), [Chunk::Frame { kind: "cell".into(), fields: vec!["7".into()] }]);
/// assert_eq!(decoder.finish(), []);
/// ```
#[derive(Debug)]
pub struct Decoder {
    token: Vec<u8>,
    pending: Vec<u8>,
}

impl Decoder {
    /// For the output of the run that was given this token.
    pub fn new(token: &str) -> Self {
        Decoder {
            token: token.as_bytes().to_vec(),
            pending: Vec::new(),
        }
    }

    /// What can be told apart after these further bytes; the start of a frame is kept until its end has come.
    pub fn feed(&mut self, chunk: &[u8]) -> Vec<Chunk> {
        self.pending.extend_from_slice(chunk);
        self.split(false)
    }

    /// What is left when the output has ended: a frame without its end is text.
    pub fn finish(mut self) -> Vec<Chunk> {
        self.split(true)
    }

    fn split(&mut self, ended: bool) -> Vec<Chunk> {
        let mut pieces = Vec::new();
        let (mut text, mut at) = (0, 0);
        while let Some(step) = self.pending[at..].iter().position(|byte| *byte == START) {
            at += step;
            match parse(&self.pending[at..], &self.token) {
                Parse::Whole { kind, fields, length } => {
                    pieces.extend(text_piece(&self.pending[text..at]));
                    pieces.push(Chunk::Frame { kind, fields });
                    at += length;
                    text = at;
                }
                Parse::Partial if !ended => {
                    pieces.extend(text_piece(&self.pending[text..at]));
                    self.pending.drain(..at);
                    return pieces;
                }
                Parse::Partial | Parse::Other => at += 1,
            }
        }
        pieces.extend(text_piece(&self.pending[text..]));
        self.pending.clear();
        pieces
    }
}

fn text_piece(text: &[u8]) -> Option<Chunk> {
    (!text.is_empty()).then(|| Chunk::Text(text.to_vec()))
}

/// What the bytes from a `0x1E` on are.
enum Parse {
    Whole {
        kind: String,
        fields: Vec<String>,
        length: usize,
    },
    /// The start of a frame, as far as it goes.
    Partial,
    Other,
}

fn parse(bytes: &[u8], token: &[u8]) -> Parse {
    let mut reader = FrameReader { bytes, at: 1 };
    match reader.frame(token) {
        Ok((kind, spans)) => {
            let fields = spans.into_iter().map(|span| String::from_utf8(bytes[span].to_vec()));
            match fields.collect() {
                Ok(fields) => Parse::Whole { kind, fields, length: reader.at },
                Err(_) => Parse::Other,
            }
        }
        Err(Stop::End) => Parse::Partial,
        Err(Stop::Malformed) => Parse::Other,
    }
}

enum Stop {
    End,
    Malformed,
}

struct FrameReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl FrameReader<'_> {
    /// The kind and where the fields stand; nothing is copied, since a long frame is looked at once a chunk.
    fn frame(&mut self, token: &[u8]) -> Result<(String, Vec<Range<usize>>), Stop> {
        self.literal(token)?;
        self.literal(&[SEPARATOR])?;
        let kind = self.word(SEPARATOR, MAX_KIND, u8::is_ascii_lowercase)?;
        let count = self.number()?;
        let mut spans = Vec::new();
        for _ in 0..count {
            let length = self.number()?;
            let start = self.at;
            self.at = start.checked_add(length).ok_or(Stop::Malformed)?;
            if self.at > self.bytes.len() {
                return Err(Stop::End);
            }
            self.literal(b"\n")?;
            spans.push(start..start + length);
        }
        Ok((kind, spans))
    }

    fn literal(&mut self, expected: &[u8]) -> Result<(), Stop> {
        let there = &self.bytes[self.at..];
        let common = there.len().min(expected.len());
        if there[..common] != expected[..common] {
            Err(Stop::Malformed)
        } else if common < expected.len() {
            Err(Stop::End)
        } else {
            self.at += common;
            Ok(())
        }
    }

    /// One to `most` allowed bytes, then `end`, which is passed over.
    fn word(&mut self, end: u8, most: usize, allowed: fn(&u8) -> bool) -> Result<String, Stop> {
        let there = &self.bytes[self.at..];
        let length = there.iter().take_while(|byte| allowed(byte)).take(most + 1).count();
        match there.get(length) {
            _ if length > most => Err(Stop::Malformed),
            None => Err(Stop::End),
            Some(byte) if *byte == end && length > 0 => {
                self.at += length + 1;
                Ok(there[..length].iter().map(|byte| char::from(*byte)).collect())
            }
            Some(_) => Err(Stop::Malformed),
        }
    }

    fn number(&mut self) -> Result<usize, Stop> {
        self.word(b'\n', MAX_DIGITS, u8::is_ascii_digit)?.parse().map_err(|_| Stop::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const TOKEN: &str = "b7f0";

    /// Adjoining texts joined, since where text is cut does not matter.
    fn joined(pieces: impl IntoIterator<Item = Chunk>) -> Vec<Chunk> {
        pieces.into_iter().fold(Vec::new(), |mut all, piece| {
            match (all.last_mut(), piece) {
                (Some(Chunk::Text(before)), Chunk::Text(text)) => before.extend(text),
                (_, piece) => all.push(piece),
            }
            all
        })
    }

    fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Chunk> {
        let mut decoder = Decoder::new(TOKEN);
        let mut pieces = chunks.into_iter().flat_map(|chunk| decoder.feed(chunk)).collect::<Vec<_>>();
        pieces.extend(decoder.finish());
        joined(pieces)
    }

    fn frame(kind: &str, fields: &[&str]) -> Chunk {
        Chunk::Frame {
            kind: kind.into(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        }
    }

    #[test]
    fn a_frame_cut_at_any_byte_is_whole_again() {
        let output = [
            b"a\x1e".as_slice(),
            &encode(TOKEN, "show", &["text", "", "é\n\x1e"]),
            b"b",
        ]
        .concat();
        let expected = [
            Chunk::Text(b"a\x1e".into()),
            frame("show", &["text", "", "é\n\x1e"]),
            Chunk::Text(b"b".into()),
        ];
        for cut in 0..=output.len() {
            let (first, second) = output.split_at(cut);
            assert_eq!(decode([first, second]), expected, "cut at {cut}");
        }
        assert_eq!(decode(output.chunks(1)), expected);
    }

    #[test]
    fn text_before_a_frame_is_not_held_back() {
        let mut decoder = Decoder::new(TOKEN);
        assert_eq!(decoder.feed(b"now\x1eb7"), [Chunk::Text(b"now".into())]);
        assert_eq!(decoder.feed(b"!"), [Chunk::Text(b"\x1eb7!".into())]);
    }

    #[test]
    fn what_is_not_a_frame_is_text() {
        let right = String::from_utf8(encode(TOKEN, "show", &["ab"])).unwrap();
        for wrong in [
            right.replace(TOKEN, "b7f1"),
            right.replace("show", "Show"),
            right.replace("show", ""),
            right.replace("show", &"s".repeat(33)),
            right.replace("\n2\n", "\n1\n"),
            right.replace("\n2\n", "\n-2\n"),
            right.replace("\n2\n", "\n3\n"),
            right.replace("\n2\n", "\n9999999999999\n"),
            right.replace("\n2\n", "\n999999999999\n"),
            right[..right.len() - 1].to_owned(),
        ] {
            assert_eq!(decode([wrong.as_bytes()]), [Chunk::Text(wrong.clone().into_bytes())], "{wrong:?}");
        }
        let invalid = right
            .into_bytes()
            .into_iter()
            .map(|byte| if byte == b'a' { 0xFF } else { byte })
            .collect::<Vec<_>>();
        assert_eq!(decode([invalid.as_slice()]), [Chunk::Text(invalid.clone())]);
    }

    #[test]
    fn a_frame_after_a_broken_one_is_found() {
        let output = [
            b"\x1eb7f0\x1fshow\x1f1\n500\nab".as_slice(),
            &encode(TOKEN, "done", &[]),
        ]
        .concat();
        let broken = Chunk::Text(b"\x1eb7f0\x1fshow\x1f1\n500\nab".into());
        assert_eq!(decode([output.as_slice()]), [broken, frame("done", &[])]);
    }

    /// Text with many near misses of a frame.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just(b"\x1e".to_vec()),
            Just(b"\x1f".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\x1eb7f".to_vec()),
            Just(b"\x1eb7f0".to_vec()),
            Just(b"\x1eb7f0\x1fshow\x1f".to_vec()),
            Just(b"\x1eb7f1\x1fcell\x1f1\n1\n7\n".to_vec()),
            Just(b"12".to_vec()),
            vec(any::<u8>(), 0..8),
        ];
        vec(word, 0..6).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn frames_come_back_from_any_chunks_and_text(
            parts in vec((text(), "[a-z]{1,12}", vec("(?s).{0,20}", 0..5)), 0..6),
            tail in text(),
            cuts in vec(1usize..40, 1..20),
        ) {
            let mut output = Vec::new();
            let mut expected = Vec::new();
            for (text, kind, fields) in &parts {
                // Text that ends within what could still become a frame would swallow the next one's start.
                let text = [text.as_slice(), b"."].concat();
                prop_assume!(!could_open_a_frame(&text));
                let fields = fields.iter().map(String::as_str).collect::<Vec<_>>();
                output.extend_from_slice(&text);
                output.extend(encode(TOKEN, kind, &fields));
                expected.push(Chunk::Text(text));
                expected.push(frame(kind, &fields));
            }
            output.extend_from_slice(&tail);
            expected.extend(decode([tail.as_slice()]));

            let mut rest = output.as_slice();
            let mut chunks = Vec::new();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (chunk, after) = rest.split_at(rest.len().min(*cut));
                chunks.push(chunk);
                rest = after;
            }
            prop_assert_eq!(decode(chunks), expected);
        }

        #[test]
        fn no_byte_is_lost_or_made_up(output in vec(text(), 0..5), size in 1usize..50) {
            let output = output.concat();
            let whole = decode([output.as_slice()]);
            prop_assert_eq!(&decode(output.chunks(size)), &whole);
            let again = whole.iter().flat_map(|piece| match piece {
                Chunk::Text(text) => text.clone(),
                Chunk::Frame { kind, fields } => {
                    encode(TOKEN, kind, &fields.iter().map(String::as_str).collect::<Vec<_>>())
                }
            }).collect::<Vec<_>>();
            prop_assert_eq!(again, output);
        }
    }

    fn could_open_a_frame(text: &[u8]) -> bool {
        (0..text.len()).any(|at| text[at] == START && !matches!(parse(&text[at..], TOKEN.as_bytes()), Parse::Other))
    }
}
