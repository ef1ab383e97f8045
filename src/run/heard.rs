//! What a program printed and told, put in one order.

use std::path::{MAIN_SEPARATOR, Path};
use std::time::Duration;

use super::transcript::{End, Ended, Event, Limit, ProgramRun, Stream};
use super::workspace::Workspace;
use crate::problem::{Failure, Kind, Problem};
use crate::read::Limits;
use crate::runtime::frame::{Decoder, stretches};
use crate::runtime::step::Step;
use crate::runtime::wire::{Message, decode};
use crate::screen::visible;

/// Paths of this machine, and what else recto made of them, each with what stands for it: a page is the same wherever its book stands.
pub(super) struct Paths(Vec<(String, String)>);

impl Paths {
    pub(super) fn of(executable: &Path, folder: &Path, workspace: &Workspace) -> Paths {
        let name = executable.file_name().unwrap_or_default().to_string_lossy();
        let mut root = workspace.root().to_string_lossy().into_owned();
        if !root.ends_with(MAIN_SEPARATOR) {
            root.push(MAIN_SEPARATOR);
        }
        // The book may stand above the others. A root folder of one letter or none is in too many texts.
        let book = (root.len() > 3).then(|| (root, String::new()));
        let own = [(folder, "."), (executable, &*name), (&workspace.package_folder(), ".")];
        let own = own.map(|(path, short)| (path.to_string_lossy().into_owned(), short.to_owned()));
        let package = (format!("-{}", workspace.id), String::new());
        Paths(own.into_iter().chain(book).chain([package]).collect())
    }

    fn shorten(&self, text: String) -> String {
        self.0.iter().fold(
            text,
            |text, (path, short)| {
                if text.contains(path) { text.replace(path, short) } else { text }
            },
        )
    }
}

/// All that came from a program, up to the limit of its output.
pub(super) struct Heard {
    paths: Paths,
    /// Whether it may be a program that knows nothing of recto.
    may_be_silent: bool,
    /// The limit in bytes, how many came, and where they were first too many.
    most: usize,
    size: usize,
    cut: Option<Stream>,
    out: Vec<u8>,
    error: Vec<u8>,
    decoder: Decoder,
    /// The word in the marks, once the first message has come.
    nonce: Option<String>,
    messages: Vec<Message>,
    /// The first message that could not be read.
    misunderstood: Option<Problem>,
}

impl Heard {
    pub(super) fn new(paths: Paths, limits: &Limits, may_be_silent: bool) -> Self {
        Heard {
            paths,
            may_be_silent,
            most: usize::try_from(limits.output << 20).unwrap_or(usize::MAX),
            size: 0,
            cut: None,
            out: Vec::new(),
            error: Vec::new(),
            decoder: Decoder::default(),
            nonce: None,
            messages: Vec::new(),
            misunderstood: None,
        }
    }

    /// Whether more came than may.
    pub(super) fn is_full(&self) -> bool {
        self.cut.is_some()
    }

    /// Takes in what came, up to the limit; the messages in it.
    pub(super) fn add(&mut self, stream: Stream, bytes: &[u8]) -> &[Message] {
        let known = self.messages.len();
        let kept = &bytes[..bytes.len().min(self.most.saturating_sub(self.size))];
        self.size += kept.len();
        if kept.len() < bytes.len() {
            self.cut.get_or_insert(stream);
        }
        match stream {
            Stream::Out => self.out.extend_from_slice(kept),
            Stream::Error => self.error.extend_from_slice(kept),
            Stream::Channel => {
                self.decoder.feed(kept);
                self.decode();
            }
        }
        &self.messages[known..]
    }

    fn decode(&mut self) {
        for words in &mut self.decoder {
            let told = words.map_err(|error| ("?".to_owned(), error.to_string())).and_then(|words| {
                let kind = words.first().cloned().unwrap_or_default();
                // A file that was read is looked at again.
                let shorten = |word| if kind == "read" { word } else { self.paths.shorten(word) };
                decode(words.into_iter().map(shorten).collect()).map_err(|error| (kind, error.to_string()))
            });
            let (kind, error) = match (told, &self.nonce) {
                (Ok(Message::Step(Step::Hello(nonce))), None) => {
                    self.nonce = Some(nonce);
                    continue;
                }
                (Ok(message), Some(_)) => {
                    self.messages.push(message);
                    continue;
                }
                (Ok(_), None) => ("?".to_owned(), "it is not the first".to_owned()),
                (Err(wrong), _) => wrong,
            };
            // It may be a claim: without it the run is worth nothing.
            self.misunderstood.get_or_insert_with(|| other_version(&kind, &error));
        }
    }

    /// What was printed, each stretch with the number of messages that were sent before it.
    fn printed(&self, bytes: &[u8]) -> Vec<(usize, String)> {
        let text = |bytes: &[u8]| self.paths.shorten(String::from_utf8_lossy(bytes).into_owned());
        let Some(nonce) = &self.nonce else {
            return if self.may_be_silent { vec![(0, text(bytes))] } else { Vec::new() };
        };
        let stretches = stretches(whole(bytes, self.is_full()), nonce).filter(|(_, bytes)| !bytes.is_empty());
        stretches.map(|(mark, bytes)| (usize::try_from(mark).unwrap_or(usize::MAX), text(bytes))).collect()
    }

    /// Forgets what was told after the place where a text was cut: it may have come sooner than the text before it.
    fn forget_what_follows(&mut self) {
        let text = match self.cut {
            Some(Stream::Out) => &self.out,
            Some(Stream::Error) => &self.error,
            Some(Stream::Channel) | None => return,
        };
        let last = self.nonce.as_ref().and_then(|nonce| stretches(text, nonce).last());
        let last = last.map_or(0, |(mark, _)| usize::try_from(mark).unwrap_or(usize::MAX));
        self.messages.truncate(last);
    }

    /// The run; `timed_out` is the time limit that it came to.
    pub(super) fn finish(
        mut self,
        ended: &Ended,
        time: Duration,
        timed_out: Option<Duration>,
        limits: &Limits,
    ) -> Result<ProgramRun, Failure> {
        if let Ended::Refused(why) = ended {
            return Err(Failure::environment(format!("can't start a lesson's program: {why}")));
        }
        let end = self.end(ended, timed_out, limits);
        self.forget_what_follows();
        let stderr = self.printed(&self.error).into_iter().map(|(sent, text)| {
            let cell = match sent.checked_sub(1).and_then(|last| self.messages.get(last)) {
                Some(Message::Step(Step::Cell(id))) => Some(*id),
                _ => None,
            };
            (cell, text)
        });
        let stderr = stderr.collect();
        let printed = self.printed(&self.out);
        if let Some(problem) = self.misunderstood {
            return Err(problem.in_environment());
        }
        let may_be_silent = self.may_be_silent || timed_out.is_some() || matches!(end, End::Limited(_));
        if self.nonce.is_none() && !may_be_silent {
            return Err(without_a_word(ended, &self.error, limits).in_environment());
        }
        let mut events = Vec::with_capacity(printed.len() + self.messages.len());
        let mut messages = self.messages.into_iter().map(Event::Message);
        let mut sent = 0;
        for (before, text) in printed {
            events.extend(messages.by_ref().take(before.saturating_sub(sent)));
            sent = sent.max(before);
            events.push(Event::Printed(text));
        }
        events.extend(messages);
        let mut run = ProgramRun {
            diagnostics: Vec::new(),
            events,
            stderr,
            is_walled: false,
            end,
            time,
            is_imported: false,
            dependencies: Vec::new(),
        };
        run.dependencies = run.files_read().map(Path::to_path_buf).collect();
        Ok(run)
    }

    fn end(&self, ended: &Ended, timed_out: Option<Duration>, limits: &Limits) -> End {
        const CPU_TIME: i32 = 24;
        const FILE_SIZE: i32 = 25;
        let any = |is: fn(&Message) -> bool| self.messages.iter().any(is);
        let done = any(|message| matches!(message, Message::Step(Step::Done)));
        let failed = any(|message| matches!(message, Message::Step(Step::Error { .. })));
        let panicked = any(|message| matches!(message, Message::Step(Step::Unwound(_))));
        match (ended, timed_out) {
            _ if self.is_full() => End::Limited(Limit::Output(limits.output)),
            (Ended::Exited(0), _) if done => End::Finished,
            _ if done && failed => End::Failed,
            _ if done && panicked => End::Panicked,
            (_, Some(limit)) => End::TimedOut(limit),
            (Ended::Crowded, None) => End::Limited(Limit::Processes(limits.processes)),
            (Ended::Killed(CPU_TIME), None) => End::Limited(Limit::CpuTime(limits.cpu_time.unwrap_or_default())),
            (Ended::Killed(FILE_SIZE), None) => End::Limited(Limit::FileSize(limits.file_size)),
            (Ended::Killed(signal), None) => End::Killed(*signal),
            (Ended::Exited(code), None) => End::Exited(*code),
            (Ended::Refused(_), None) => End::Refused,
        }
    }
}

/// What was printed, without the beginning of a mark where it was cut.
fn whole(bytes: &[u8], is_cut: bool) -> &[u8] {
    const LONGEST_MARK: usize = 40;
    let tail = bytes.len().saturating_sub(LONGEST_MARK);
    match bytes[tail..].iter().rposition(|byte| *byte == 0x1E) {
        Some(at) if is_cut => &bytes[..tail + at],
        _ => bytes,
    }
}

/// A message that no program sends which links this recto's own runtime.
fn other_version(kind: &str, error: &str) -> Problem {
    let message = format!("a lesson's program sent a message `{kind}` that recto can't read: {error}");
    Problem::error(Kind::Environment, message)
        .note("the runtime that the program links and this recto do not match")
        .help(OTHER_VERSION)
}

/// What mends a runtime of another version.
pub(super) const OTHER_VERSION: &str = concat!(
    "where the book's `Cargo.toml` names `recto`, it must be the version of the command, ",
    env!("CARGO_PKG_VERSION"),
    "; without it there, recto brings its own runtime"
);

/// A program that was over before it came to the runtime, which tells recto so first.
fn without_a_word(ended: &Ended, said: &[u8], limits: &Limits) -> Problem {
    let how = match ended {
        Ended::Killed(signal) => format!("ended by signal {signal}"),
        Ended::Exited(code) => format!("exit code {code}"),
        Ended::Crowded | Ended::Refused(_) => "ended".to_owned(),
    };
    let message = format!("a lesson's program was over before its first cell: {how}");
    let said = visible(&String::from_utf8_lossy(&said[..said.len().min(2000)])).trim().to_owned();
    let problem = Problem::error(Kind::Environment, message);
    let problem = if said.is_empty() {
        problem
    } else {
        problem.note(format!("it wrote: {said}"))
    };
    match ended {
        Ended::Exited(0) => problem.help(OTHER_VERSION),
        _ => problem.help(format!("if {} MiB are too few to start it, raise `memory`", limits.memory)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::frame::{encode, mark};

    const NONCE: &str = "5eed";

    fn hello() -> (Stream, Vec<u8>) {
        (Stream::Channel, encode(["step", "hello", NONCE]))
    }

    fn run(written: &[(Stream, Vec<u8>)]) -> Result<ProgramRun, Failure> {
        let limits = Limits { output: 1, ..Limits::default() };
        let mut heard = Heard::new(Paths(Vec::new()), &limits, false);
        for (stream, bytes) in written {
            heard.add(*stream, bytes);
        }
        heard.finish(&Ended::Exited(0), Duration::ZERO, None, &limits)
    }

    #[test]
    fn what_can_not_be_read_is_said_with_what_would_mend_it() {
        for (words, why) in [
            (&["trace", "0"][..], "`trace` has no meaning there"),
            (&["claim", "1", "i:3"], "`i:3` has no meaning there"),
            (&["value", "1"], "it has too few fields"),
            (&["step", "done", "1"], "it has too many fields"),
        ] {
            // What comes after it does not hide it.
            let told = [
                encode(words.iter().copied()),
                encode(["other"]),
                encode(["step", "done"]),
            ]
            .concat();
            let Failure::Environment(problems) = run(&[hello(), (Stream::Channel, told)]).unwrap_err() else {
                panic!("{words:?}");
            };
            let problem = &problems[0];
            let message = format!("a lesson's program sent a message `{}` that recto can't read: {why}", words[0]);
            assert_eq!(problem.message, message);
            let version = format!("the version of the command, {};", env!("CARGO_PKG_VERSION"));
            assert!(problem.helps[0].contains("`Cargo.toml` names `recto`") && problem.helps[0].contains(&version));
        }
        let silent = run(&[(Stream::Out, b"text".to_vec())]).unwrap_err();
        assert_eq!(silent.to_string(), "a lesson's program was over before its first cell: exit code 0");
        assert!(run(&[(Stream::Channel, encode(["step", "done"])), hello()]).is_err());
    }

    #[test]
    fn what_was_told_stands_between_what_was_printed() {
        let mark = |number| mark(NONCE, number).into_bytes();
        // The streams are read apart: what is told may come after what is printed behind it.
        let run = run(&[
            (Stream::Error, [b"early", &mark(1)[..], b"late"].concat()),
            (Stream::Out, [b"one ", &mark(1)[..], b"two", &mark(3)[..]].concat()),
            (Stream::Out, b"\xFF".to_vec()),
            hello(),
            (Stream::Channel, [encode(["step", "cell", "7"]), encode(["value", "8", "x"])].concat()),
            (Stream::Channel, [encode(["step", "end", "7"]), encode(["step", "done"])].concat()),
        ])
        .unwrap();
        let value = Message::Value { item: 8, text: "x".into() };
        assert_eq!(
            run.events,
            [
                Event::Printed("one ".into()),
                Event::Message(Message::Step(Step::Cell(7))),
                Event::Printed("two".into()),
                Event::Message(value),
                Event::Message(Message::Step(Step::CellEnd(7))),
                Event::Printed("\u{fffd}".into()),
                Event::Message(Message::Step(Step::Done)),
            ]
        );
        assert_eq!(run.stderr, [(None, "early".into()), (Some(7), "late".into())]);
        assert_eq!(run.end, End::Finished);
    }

    #[test]
    fn what_is_too_much_is_cut_and_no_success() {
        let half = vec![b'a'; 600_000];
        let cut = [&half[..448_560], mark(NONCE, 1).as_bytes(), b"tail"].concat();
        let run = run(&[
            hello(),
            (Stream::Channel, [encode(["step", "cell", "1"]), encode(["step", "done"])].concat()),
            (Stream::Out, half.clone()),
            (Stream::Out, cut),
            (Stream::Error, half),
        ])
        .unwrap();
        assert_eq!(run.end, End::Limited(Limit::Output(1)));
        let printed = run.events.iter().filter_map(|event| match event {
            Event::Printed(text) => Some(text),
            Event::Message(_) => None,
        });
        let printed: String = printed.flat_map(|text| text.chars()).collect();
        assert!(printed.len() <= 1 << 20 && printed.chars().all(|c| c == 'a'), "{}", printed.len());
        assert!(run.stderr.is_empty());
        // The end of the cell was told, and may be later than what is missing.
        let done = Event::Message(Message::Step(Step::Done));
        assert_eq!(run.events.iter().filter(|event| **event == done).count(), 0);
    }
}
