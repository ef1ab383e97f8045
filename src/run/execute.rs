//! One program run: in a process group of its own, in an empty folder, with a time and a memory
//! limit and nothing of the caller's environment but the search path and the language.

use std::io::Read;
#[cfg(unix)]
use std::os::unix::process::CommandExt;
use std::path::{MAIN_SEPARATOR, Path};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use super::transcript::{End, Event, ProgramRun};
use super::workspace::Workspace;
use crate::problem::{Failure, Kind, Problem};
use crate::runtime::frame::{Chunk, Decoder};
use crate::runtime::wire::{self, Message, decode};

/// What a program may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    /// Address space in bytes.
    pub(super) memory: u64,
}

/// Output beyond this many bytes is cut off: a loop that prints must not fill the machine.
const MOST_OUTPUT: usize = 16 << 20;

/// Runs a program to its end, or to its time limit.
pub(super) fn execute(executable: &Path, workspace: &Workspace, limits: Limits) -> Result<ProgramRun, Failure> {
    let failed = |what: &str, error: &std::io::Error| {
        Failure::environment(format!("can't {what} `{}`: {error}", executable.display()))
    };
    let folder = tempfile::Builder::new()
        .prefix("lesson-")
        .tempdir_in(workspace.folder())
        .map_err(|error| failed("make a working folder for", &error))?;
    let token = new_token(executable);
    let mut command = Command::new(executable);
    // What a program is told of itself is the same everywhere.
    #[cfg(unix)]
    command.arg0(executable.file_name().unwrap_or_default());
    command.env_clear().current_dir(folder.path());
    for name in ["PATH", "LANG", "LC_ALL", "SYSTEMROOT"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("HOME", folder.path()).env("TMPDIR", folder.path());
    command.env("RECTO_TOKEN", &token).env("RECTO_DATA", workspace.root().join("data"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut command = CommandWrap::from(command);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);

    let start = Instant::now();
    let mut child = command.spawn().map_err(|error| failed("start", &error))?;
    limit_memory(child.id(), limits.memory);
    let (sender, pieces) = channel();
    read_in_thread(child.stdout().take(), Stream::Out, &sender);
    read_in_thread(child.stderr().take(), Stream::Error, &sender);
    drop(sender);

    let mut collected = Collected::new(&token, Paths::of(executable, folder.path(), workspace));
    let status = collect(&mut *child, &pieces, &mut collected, start + limits.time);
    // Whatever the program left behind in its group goes with it.
    let _ = child.start_kill();
    for piece in pieces.iter().take_while(|_| start.elapsed() < limits.time + Duration::from_secs(5)) {
        collected.add(piece);
    }
    let status = status.or_else(|| child.wait().ok());
    let time = start.elapsed();
    let timed_out = time >= limits.time;
    collected.finish(status, time, timed_out.then_some(limits.time))
}

/// Takes in what the program writes until it is over or its time is up; its status if it is over.
fn collect(
    child: &mut dyn ChildWrapper,
    pieces: &Receiver<(Stream, Vec<u8>)>,
    collected: &mut Collected,
    deadline: Instant,
) -> Option<ExitStatus> {
    const LOOK_AGAIN: Duration = Duration::from_millis(20);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match pieces.recv_timeout(left.min(LOOK_AGAIN)) {
            Ok(piece) => collected.add(piece),
            // Both pipes are closed: it is over, or as good as.
            Err(RecvTimeoutError::Disconnected) => {
                while Instant::now() < deadline {
                    if let Ok(Some(status)) = child.try_wait() {
                        return Some(status);
                    }
                    std::thread::sleep(Duration::from_micros(200));
                }
                return None;
            }
            Err(RecvTimeoutError::Timeout) => match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                _ if left.is_zero() => return None,
                _ => {}
            },
        }
        if deadline <= Instant::now() {
            return None;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Error,
}

fn read_in_thread<R: Read + Send + 'static>(pipe: Option<R>, stream: Stream, sender: &Sender<(Stream, Vec<u8>)>) {
    let Some(mut pipe) = pipe else { return };
    let sender = sender.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            if sender.send((stream, buffer[..count].to_vec())).is_err() {
                break;
            }
        }
    });
}

/// A word that only this run knows, so that printed text can't pass for an event.
fn new_token(executable: &Path) -> String {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = blake3::Hasher::new();
    hasher.update(executable.to_string_lossy().as_bytes());
    for _ in 0..4 {
        // The standard library seeds each of these from the system's randomness.
        let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
        hasher.update(&random.to_le_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Paths of this machine, and what else recto made of them, each with what stands for it: a page is the same wherever its book stands.
struct Paths(Vec<(String, String)>);

impl Paths {
    fn of(executable: &Path, folder: &Path, workspace: &Workspace) -> Paths {
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

#[cfg(target_os = "linux")]
fn limit_memory(id: u32, bytes: u64) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let limit = Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It fails only when the program is over already.
        let _ = prlimit(Some(pid), Resource::As, limit);
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: u32, _: u64) {}

/// One of the program's pipes.
struct Pipe {
    decoder: Decoder,
    /// Text after the last message.
    text: Vec<u8>,
}

/// What came through the pipes so far.
struct Collected {
    paths: Paths,
    out: Pipe,
    error: Pipe,
    events: Vec<Event>,
    stderr: Vec<(Option<u32>, String)>,
    current: Option<u32>,
    size: usize,
    /// The first message that could not be read.
    misunderstood: Option<Problem>,
}

impl Collected {
    fn new(token: &str, paths: Paths) -> Self {
        let pipe = || Pipe {
            decoder: Decoder::new(token),
            text: Vec::new(),
        };
        Collected {
            paths,
            out: pipe(),
            error: pipe(),
            events: Vec::new(),
            stderr: Vec::new(),
            current: None,
            size: 0,
            misunderstood: None,
        }
    }

    fn pipe(&mut self, stream: Stream) -> &mut Pipe {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Error => &mut self.error,
        }
    }

    fn add(&mut self, (stream, bytes): (Stream, Vec<u8>)) {
        for piece in self.pipe(stream).decoder.feed(&bytes) {
            self.piece(stream, piece);
        }
    }

    fn piece(&mut self, stream: Stream, piece: Chunk) {
        let (kind, fields) = match piece {
            Chunk::Text(bytes) => return self.keep_text(stream, &bytes),
            // A file that was read is looked at again.
            Chunk::Frame { kind, fields } if kind == "read" => (kind, fields),
            Chunk::Frame { kind, fields } => {
                (kind, fields.into_iter().map(|field| self.paths.shorten(field)).collect())
            }
        };
        self.end_text(stream);
        match (stream, decode(&kind, fields)) {
            (Stream::Out, Ok(message)) => self.events.push(Event::Message(message)),
            (Stream::Error, Ok(Message::Cell(id))) => self.current = Some(id),
            // It may be a claim: without it the run is worth nothing.
            (_, told) => {
                let error = told.err().unwrap_or(wire::Error::Unexpected(kind.clone()));
                self.misunderstood.get_or_insert_with(|| other_version(&kind, &error));
            }
        }
    }

    fn keep_text(&mut self, stream: Stream, bytes: &[u8]) {
        let left = MOST_OUTPUT.saturating_sub(self.size);
        let kept = &bytes[..bytes.len().min(left)];
        self.size += kept.len();
        self.pipe(stream).text.extend_from_slice(kept);
    }

    fn end_text(&mut self, stream: Stream) {
        let bytes = std::mem::take(&mut self.pipe(stream).text);
        let text = self.paths.shorten(String::from_utf8_lossy(&bytes).into_owned());
        match stream {
            _ if text.is_empty() => {}
            Stream::Out => self.events.push(Event::Printed(text)),
            Stream::Error => self.stderr.push((self.current, text)),
        }
    }

    fn finish(
        mut self,
        status: Option<ExitStatus>,
        time: Duration,
        limit: Option<Duration>,
    ) -> Result<ProgramRun, Failure> {
        for stream in [Stream::Out, Stream::Error] {
            let decoder = std::mem::replace(&mut self.pipe(stream).decoder, Decoder::new(""));
            for piece in decoder.finish() {
                self.piece(stream, piece);
            }
            self.end_text(stream);
        }
        if let Some(problem) = self.misunderstood {
            return Err(problem.in_environment());
        }
        let any = |is: fn(&Event) -> bool| self.events.iter().any(is);
        let done = any(|event| matches!(event, Event::Message(Message::Done)));
        let failed = any(|event| matches!(event, Event::Message(Message::Error { .. })));
        let panicked = any(|event| matches!(event, Event::Message(Message::Panic { expected: false, .. })));
        let end = match (status, limit) {
            (Some(status), _) if done && status.success() => End::Finished,
            _ if done && failed => End::Failed,
            _ if done && panicked => End::Panicked,
            (_, Some(limit)) => End::TimedOut(limit),
            (Some(status), None) => match status.code() {
                Some(code) => End::Exited(code),
                None => End::Killed(signal(status)),
            },
            (None, None) => End::Killed("an unknown signal".into()),
        };
        let mut run = ProgramRun {
            diagnostics: Vec::new(),
            events: self.events,
            stderr: self.stderr,
            end,
            time,
            dependencies: Vec::new(),
        };
        run.dependencies = run.files_read().map(Path::to_path_buf).collect();
        Ok(run)
    }
}

/// A message that no program sends which links this recto's own runtime.
fn other_version(kind: &str, error: &wire::Error) -> Problem {
    let message = format!("a lesson's program sent a message `{kind}` that recto can't read: {error}");
    Problem::error(Kind::Environment, message)
        .note("the runtime that the program links and this recto do not match")
        .help(concat!(
            "where the book's `Cargo.toml` names `recto`, it must be the version of the command, ",
            env!("CARGO_PKG_VERSION"),
            "; without it there, recto brings its own runtime"
        ))
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(6) => "signal 6 (aborted)".into(),
        Some(9) => "signal 9 (killed)".into(),
        Some(11) => "signal 11 (segmentation fault, or the stack ran over)".into(),
        Some(number) => format!("signal {number}"),
        None => "an unknown signal".into(),
    }
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> String {
    "the system".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::frame::encode;

    fn run(written: &[(Stream, Vec<u8>)]) -> Result<ProgramRun, Failure> {
        let mut collected = Collected::new("t0k", Paths(Vec::new()));
        written.iter().cloned().for_each(|piece| collected.add(piece));
        collected.finish(None, Duration::ZERO, None)
    }

    #[test]
    fn what_can_not_be_read_is_said_with_what_would_mend_it() {
        for (stream, kind, fields, why) in [
            (Stream::Out, "trace", &["0"][..], "`trace` has no meaning there"),
            (Stream::Out, "claim", &["1", "i:3"], "`i:3` has no meaning there"),
            (Stream::Out, "value", &["1"], "it has too few fields"),
            (Stream::Out, "done", &["1"], "it has too many fields"),
            (Stream::Error, "begin", &["0"], "`begin` has no meaning there"),
            (Stream::Error, "done", &[], "`done` has no meaning there"),
        ] {
            // What comes after it does not hide it.
            let failure = run(&[
                (stream, encode("t0k", kind, fields)),
                (stream, encode("t0k", "other", &[])),
                (Stream::Out, encode("t0k", "done", &[])),
            ])
            .unwrap_err();
            let Failure::Environment(problems) = failure else {
                panic!("{failure}");
            };
            let problem = &problems[0];
            let message = format!("a lesson's program sent a message `{kind}` that recto can't read: {why}");
            assert_eq!(problem.message, message);
            let version = format!("the version of the command, {};", env!("CARGO_PKG_VERSION"));
            assert!(problem.helps[0].contains("`Cargo.toml` names `recto`") && problem.helps[0].contains(&version));
        }
    }

    #[test]
    fn what_was_told_stands_between_what_was_printed() {
        let cell = encode("t0k", "cell", &["7"]);
        let run = run(&[
            (Stream::Error, [b"early", cell.as_slice(), b"late"].concat()),
            (Stream::Out, [b"one ", cell.as_slice(), b"two"].concat()),
            (Stream::Out, [encode("t0k", "done", &[]).as_slice(), b"\xFF"].concat()),
        ])
        .unwrap();
        assert_eq!(
            run.events,
            [
                Event::Printed("one ".into()),
                Event::Message(Message::Cell(7)),
                Event::Printed("two".into()),
                Event::Message(Message::Done),
                Event::Printed("\u{fffd}".into()),
            ]
        );
        assert_eq!(run.stderr, [(None, "early".into()), (Some(7), "late".into())]);
    }
}
