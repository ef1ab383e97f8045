//! Text with a memory of where it came from: a chapter after its includes, each segment of it
//! traceable to a file, and a place in a file that a diagnostic can show.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Bytes of one file.
const MOST_BYTES: u64 = 16 << 20;

fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, why.into())
}

/// Whether a file is there that recto does not read, though another program may try.
pub(crate) fn is_refused(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// A file as it was read: its path as the person knows it, and its text.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Path to show, relative to where the command was given when possible.
    pub(crate) path: PathBuf,
    pub(crate) text: Arc<str>,
    /// Made when a place of it is first shown, for all of them.
    lines: Arc<OnceLock<Lines>>,
}

impl SourceFile {
    /// A file of the given path and text.
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        SourceFile {
            path: path.into(),
            text: text.into(),
            lines: Arc::default(),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It can't be read, is not UTF-8, or is none that can hold text, such as a device that never ends.
    pub(crate) fn read(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let metadata = std::fs::metadata(&path)?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        if !metadata.is_file() {
            return Err(refused("it is no regular file"));
        }
        let mut text = String::new();
        File::open(&path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MOST_BYTES {
            return Err(refused(format!("it has more than {} MiB", MOST_BYTES >> 20)));
        }
        // Without its mark, English text in UTF-16 is UTF-8 with a null byte behind each letter.
        if text.contains('\0') && text.matches('\0').count() > text.len() / 4 {
            let why = "it has null bytes, as text in UTF-16 has";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(SourceFile::new(path, text))
    }

    /// Where a file that is not UTF-8 ceases to be that, and the bytes there. The text has a sign in the place of each.
    pub(crate) fn not_text(path: impl Into<PathBuf>) -> Option<(Place, Vec<u8>)> {
        let path = path.into();
        let mut bytes = Vec::new();
        File::open(&path).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        let error = str::from_utf8(&bytes).err()?;
        let start = error.valid_up_to();
        let wrong = bytes[start..].iter().take(error.error_len().unwrap_or(1)).copied().collect();
        let file = SourceFile::new(path, String::from_utf8_lossy(&bytes));
        Some((file.place(start..start + char::REPLACEMENT_CHARACTER.len_utf8()), wrong))
    }

    /// Where its lines begin.
    pub(crate) fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }

    /// The place of a byte range of this file.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place { file: self.clone(), span, position: None }
    }
}

/// A segment of a file, for a diagnostic to show.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: SourceFile,
    /// Byte range in the file's text.
    pub(crate) span: Range<usize>,
    /// Where it starts in the chapter's text, for a place found through a [`Document`].
    pub(crate) position: Option<usize>,
}

impl Place {
    /// Line and column of the start, both from 1; the column counts characters.
    pub(crate) fn line_column(&self) -> (usize, usize) {
        self.file.lines().at(&self.file.text, self.span.start)
    }

    /// Line and column of the end, both from 1; the column counts characters.
    pub(crate) fn end_line_column(&self) -> (usize, usize) {
        self.file.lines().at(&self.file.text, self.span.end)
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.file.path
    }
}

/// Where the lines of a text begin, for many places in it.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
    /// How many characters stand before each [`STEP`] bytes, so that no column is counted from the start of a long line.
    characters: Vec<usize>,
}

const STEP: usize = 1024;

impl Lines {
    fn of(text: &str) -> Lines {
        let after_newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut before = 0;
        let steps = text.as_bytes().chunks(STEP).map(|chunk| {
            before += characters(chunk);
            before
        });
        Lines {
            characters: std::iter::once(0).chain(steps).collect(),
            starts: std::iter::once(byte_order_mark(text)).chain(after_newlines).collect(),
        }
    }

    /// Line and column of a byte of the text that these are of.
    fn at(&self, text: &str, offset: usize) -> (usize, usize) {
        let offset = text.floor_char_boundary(offset);
        let line = self.line(offset);
        let start = self.start(line).min(offset);
        let bytes = text.as_bytes();
        let before = |at: usize| self.characters[at / STEP] + characters(&bytes[at / STEP * STEP..at]);
        let is_near = offset - start < STEP;
        let characters = if is_near {
            characters(&bytes[start..offset])
        } else {
            before(offset) - before(start)
        };
        (line, characters + 1)
    }

    /// The line, from 1, in which a byte stands.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Where a line, from 1, begins; the end of the last one for the line behind it.
    pub(crate) fn start(&self, line: usize) -> usize {
        self.starts.get(line - 1).copied().unwrap_or(usize::MAX)
    }
}

/// How many characters begin in these bytes of a text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// How many bytes of a byte order mark a text begins with.
pub(crate) fn byte_order_mark(text: &str) -> usize {
    const MARK: char = '\u{feff}';
    if text.starts_with(MARK) { MARK.len_utf8() } else { 0 }
}

/// A chapter's text after its includes, and the file that each segment of it came from.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    text: String,
    segments: Vec<Segment>,
}

/// A segment of a document, up to the start of the next one.
#[derive(Clone, Debug)]
struct Segment {
    start: usize,
    file: SourceFile,
    origin: Origin,
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    /// Copied from this offset on.
    Copied(usize),
    /// Written by an include directive that stands at this range; its positions are that range.
    Made(usize, usize),
}

impl Document {
    /// A document that is one whole file, without a byte order mark.
    pub(crate) fn of_file(file: &SourceFile) -> Self {
        let mut document = Document::empty();
        document.push_copied(file, byte_order_mark(&file.text)..file.text.len());
        document
    }

    /// A document without text, to be filled with [`push_copied`](Self::push_copied) and
    /// [`push_made`](Self::push_made).
    pub(crate) fn empty() -> Self {
        Document {
            text: String::new(),
            segments: Vec::new(),
        }
    }

    /// Appends a range of a file.
    pub(crate) fn push_copied(&mut self, file: &SourceFile, span: Range<usize>) {
        self.push_segment(file, Origin::Copied(span.start));
        self.text.push_str(&file.text[span]);
    }

    /// Appends text that a directive at `span` of `file` stands for and that is in no file itself.
    pub(crate) fn push_made(&mut self, file: &SourceFile, span: Range<usize>, text: &str) {
        self.push_segment(file, Origin::Made(span.start, span.end));
        self.text.push_str(text);
    }

    /// Appends a range of another document with its origins.
    pub(crate) fn append(&mut self, other: &Document, range: Range<usize>) {
        let first = other.segment_at(range.start);
        for (index, segment) in other.segments.iter().enumerate().skip(first) {
            let next = other.segments.get(index + 1).map_or(range.end, |next| next.start);
            let part = segment.start.max(range.start)..next.min(range.end);
            self.push_segment(
                &segment.file,
                match segment.origin {
                    Origin::Copied(offset) => Origin::Copied(offset + part.start - segment.start),
                    made => made,
                },
            );
            self.text.push_str(&other.text[part]);
            if next >= range.end {
                break;
            }
        }
    }

    /// Index of the segment in which a position of the text stands.
    fn segment_at(&self, position: usize) -> usize {
        self.segments.partition_point(|segment| segment.start <= position).saturating_sub(1)
    }

    fn push_segment(&mut self, file: &SourceFile, origin: Origin) {
        self.segments.pop_if(|empty| empty.start == self.text.len());
        // What goes on where the last segment ends belongs to it.
        if let (Some(last), Origin::Copied(offset)) = (self.segments.last(), origin)
            && Arc::ptr_eq(&last.file.text, &file.text)
            && matches!(last.origin, Origin::Copied(start) if start + self.text.len() - last.start == offset)
        {
            return;
        }
        self.segments.push(Segment {
            start: self.text.len(),
            file: file.clone(),
            origin,
        });
    }

    /// With each lone carriage return as a newline: it ends a line too, but pulldown-cmark's spans run on behind it.
    pub(crate) fn with_newlines(mut self) -> Document {
        let text = &self.text;
        if text.matches('\r').count() > text.matches("\r\n").count() {
            let is_lone = |at: usize| text[at..].starts_with('\r') && !text[at..].starts_with("\r\n");
            self.text = text.char_indices().map(|(at, c)| if is_lone(at) { '\n' } else { c }).collect();
        }
        self
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The files that it came from; one may be named more than once.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.segments.iter().map(|segment| segment.file.path.as_path())
    }

    /// Where a place of a file stands in the text, or what was copied before it ends.
    pub(crate) fn position(&self, place: &Place) -> Option<usize> {
        let ends = self.segments.iter().skip(1).map(|next| next.start).chain([self.text.len()]);
        let positions = self.segments.iter().zip(ends).filter_map(|(segment, end)| match segment.origin {
            Origin::Copied(offset) if Arc::ptr_eq(&segment.file.text, &place.file.text) => {
                let after = place.span.start.checked_sub(offset)?;
                Some((after, (segment.start + after).min(end)))
            }
            _ => None,
        });
        positions.min().map(|(_, position)| position)
    }

    /// Where a byte range of the text stands in the files. A range over several files is cut to
    /// the file of its start.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let first = self.segment_at(span.start);
        let Some(Segment { file, .. }) = self.segments.get(first) else {
            return SourceFile::new("", "").place(0..0);
        };
        let start = self.origin(first, span.start).start;
        let same_file = self.segments[first..].iter().enumerate().take_while(|(index, segment)| {
            *index == 0 || segment.start < span.end && Arc::ptr_eq(&segment.file.text, &file.text)
        });
        let end = same_file.map(|(index, _)| self.origin(first + index, span.end).end).fold(start, usize::max);
        Place {
            position: Some(span.start),
            ..file.place(start..end)
        }
    }

    /// Where a position of the text, or the end of the segment if it lies behind it, stands in the segment's file.
    fn origin(&self, segment: usize, position: usize) -> Range<usize> {
        let end = self.segments.get(segment + 1).map_or(self.text.len(), |next| next.start);
        let Segment { start, origin, .. } = self.segments[segment];
        match origin {
            Origin::Made(start, end) => start..end,
            Origin::Copied(offset) => {
                let at = position.clamp(start, end) - start + offset;
                at..at
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_with_as_many_null_bytes_as_letters_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.md");
        let is_read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            SourceFile::read(&file).is_ok()
        };
        assert!(is_read("A null byte, \0, in a sentence.") && is_read("") && is_read("\0 and more"));
        assert!(!is_read("#\0 \0A\0\n\0"));
    }

    #[test]
    fn columns_count_characters_from_one() {
        let file = SourceFile::new("a.md", "é x\nλ = 2\n");
        let place = file.place(7..8);
        assert_eq!(&file.text[place.span.clone()], " ");
        assert_eq!(place.line_column(), (2, 2));
    }

    #[test]
    fn places_of_long_lines_are_counted_alike() {
        let file = SourceFile::new("a.md", format!("\u{feff}é\n{}\nλ", "aé漢".repeat(700)));
        let text = &file.text[3..];
        for (at, _) in file.text.char_indices().skip(1) {
            let before = &text[..at - 3];
            let line = before.rfind('\n').map_or(0, |newline| newline + 1);
            let expected = (before.matches('\n').count() + 1, before[line..].chars().count() + 1);
            assert_eq!(file.place(at..at).line_column(), expected, "{at}");
        }
        assert_eq!(file.place(0..0).line_column(), (1, 1));
    }

    #[test]
    fn a_document_leads_back_to_each_file() {
        let outer = SourceFile::new("outer.md", "before {{#include inner.rs}} after");
        let inner = SourceFile::new("inner.rs", "let x = 1;\n");
        let mut document = Document::empty();
        document.push_copied(&outer, 0..7);
        document.push_copied(&inner, 0..11);
        document.push_copied(&outer, 28..34);
        assert_eq!(document.text(), "before let x = 1;\n after");
        let x = document.text().find('x').unwrap();
        let place = document.place(x..x + 1);
        assert_eq!(place.path(), Path::new("inner.rs"));
        assert_eq!(&place.file.text[place.span], "x");
        let after = document.text().find("after").unwrap();
        let place = document.place(after..after + 5);
        assert_eq!((place.path(), place.span.clone()), (Path::new("outer.md"), 29..34));
    }

    /// What is appended to a document: a range of a file, a range of the document itself, or text of a directive's.
    #[derive(Clone, Debug)]
    enum Step {
        Copy(usize, usize, usize),
        Append(usize, usize),
        Make(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..2_usize, 0..20_usize, 0..20_usize).prop_map(|(file, a, b)| Step::Copy(file, a, b)),
            (0..40_usize, 0..40_usize).prop_map(|(a, b)| Step::Append(a, b)),
            (0..2_usize).prop_map(Step::Make),
        ]
    }

    /// The range between two positions, at the boundaries of characters.
    fn range(text: &str, a: usize, b: usize) -> Range<usize> {
        text.floor_char_boundary(a.min(b))..text.floor_char_boundary(a.max(b))
    }

    proptest! {
        /// Against a document that remembers for each byte which byte of which file it is.
        #[test]
        fn what_is_copied_has_its_place(steps in prop::collection::vec(step(), 1..12)) {
            let files = [SourceFile::new("a.md", "ä one\r\nλ two\n"), SourceFile::new("b.md", "éé\nthree\n")];
            let mut document = Document::empty();
            let mut bytes: Vec<Option<(usize, usize)>> = Vec::new();
            for step in steps {
                match step {
                    Step::Copy(file, a, b) => {
                        let span = range(&files[file].text, a, b);
                        document.push_copied(&files[file], span.clone());
                        bytes.extend(span.map(|at| Some((file, at))));
                    }
                    Step::Append(a, b) => {
                        let other = document.clone();
                        let span = range(other.text(), a, b);
                        document.append(&other, span.clone());
                        bytes.extend_from_within(span);
                    }
                    Step::Make(file) => {
                        document.push_made(&files[file], 0..2, "# ");
                        bytes.extend([None, None]);
                    }
                }
            }
            prop_assert_eq!(bytes.len(), document.text().len());
            for start in 0..bytes.len() {
                let Some((file, at)) = bytes[start] else { continue };
                let copied = (start..bytes.len()).take_while(|&end| bytes[end] == Some((file, at + end - start)));
                for end in copied.map(|end| end + 1) {
                    let place = document.place(start..end);
                    prop_assert_eq!(place.path(), files[file].path.as_path());
                    prop_assert_eq!((place.span, place.position), (at..at + end - start, Some(start)));
                }
            }
        }
    }
}
