//! One program run: in a process group of its own, in an empty folder, with a time and a memory
//! limit and nothing of the caller's environment but the search path and the language.

use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use super::transcript::{Display, End, Event, Frame, Number, ProgramRun};
use super::workspace::Workspace;
use crate::problem::{Kind, Problem};
use crate::runtime::frame::{Decoder, Piece};

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
pub(super) fn execute(executable: &Path, workspace: &Workspace, limits: Limits) -> Result<ProgramRun, Box<Problem>> {
    let failed = |what: &str, error: &std::io::Error| {
        Box::new(Problem::error(
            Kind::Environment,
            format!("can't {what} `{}`: {error}", executable.display()),
        ))
    };
    let folder = tempfile::Builder::new()
        .prefix("lesson-")
        .tempdir_in(workspace.folder())
        .map_err(|error| failed("make a working folder for", &error))?;
    let token = new_token(executable);
    let mut command = Command::new(executable);
    command.env_clear().current_dir(folder.path());
    for name in ["PATH", "LANG", "LC_ALL", "SYSTEMROOT"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("HOME", folder.path()).env("TMPDIR", folder.path());
    command
        .env("RECTO_TOKEN", &token)
        .env("RECTO_DATA", workspace.root().join("data"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut command = CommandWrap::from(command);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);

    let start = Instant::now();
    let mut child = command.spawn().map_err(|error| failed("start", &error))?;
    limit_memory(child.id(), limits.memory);
    let (sender, pieces) = channel();
    let stdout = child.stdout().take();
    let stderr = child.stderr().take();
    let readers = [
        read_in_thread(stdout, Stream::Out, &sender),
        read_in_thread(stderr, Stream::Error, &sender),
    ];
    drop(sender);

    let mut collected = Collected::new(&token);
    let status = collect(&mut *child, &pieces, &mut collected, start + limits.time);
    // Whatever the program left behind in its group goes with it.
    let _ = child.start_kill();
    for piece in pieces
        .iter()
        .take_while(|_| start.elapsed() < limits.time + Duration::from_secs(5))
    {
        collected.add(piece);
    }
    let status = status.or_else(|| child.wait().ok());
    drop(readers);
    let time = start.elapsed();
    let timed_out = time >= limits.time;
    Ok(collected.finish(status, time, timed_out.then_some(limits.time)))
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

fn read_in_thread<R: Read + Send + 'static>(
    pipe: Option<R>,
    stream: Stream,
    sender: &std::sync::mpsc::Sender<(Stream, Vec<u8>)>,
) -> Option<std::thread::JoinHandle<()>> {
    let mut pipe = pipe?;
    let sender = sender.clone();
    Some(std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            if sender.send((stream, buffer[..count].to_vec())).is_err() {
                break;
            }
        }
    }))
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

/// What came through the pipes so far.
struct Collected {
    out: Decoder,
    error: Decoder,
    events: Vec<Event>,
    stderr: Vec<(Option<u32>, String)>,
    current: Option<u32>,
    size: usize,
    printed: Vec<u8>,
    errors: Vec<u8>,
    done: bool,
}

impl Collected {
    fn new(token: &str) -> Self {
        Collected {
            out: Decoder::new(token),
            error: Decoder::new(token),
            events: Vec::new(),
            stderr: Vec::new(),
            current: None,
            size: 0,
            printed: Vec::new(),
            errors: Vec::new(),
            done: false,
        }
    }

    fn add(&mut self, (stream, bytes): (Stream, Vec<u8>)) {
        let pieces = match stream {
            Stream::Out => self.out.feed(&bytes),
            Stream::Error => self.error.feed(&bytes),
        };
        for piece in pieces {
            self.piece(stream, piece);
        }
    }

    fn piece(&mut self, stream: Stream, piece: Piece) {
        match (stream, piece) {
            (Stream::Out, Piece::Text(bytes)) => self.keep_text(stream, &bytes),
            (Stream::Error, Piece::Text(bytes)) => self.keep_text(stream, &bytes),
            (Stream::Out, Piece::Frame { kind, fields }) => {
                self.end_text();
                if kind == "done" {
                    self.done = true;
                }
                self.events.extend(event(&kind, &fields));
            }
            (Stream::Error, Piece::Frame { kind, fields }) => {
                self.end_errors();
                if kind == "cell" {
                    self.current = fields.first().and_then(|id| id.parse().ok());
                }
            }
        }
    }

    fn keep_text(&mut self, stream: Stream, bytes: &[u8]) {
        let left = MOST_OUTPUT.saturating_sub(self.size);
        let kept = &bytes[..bytes.len().min(left)];
        self.size += kept.len();
        match stream {
            Stream::Out => self.printed.extend_from_slice(kept),
            Stream::Error => self.errors.extend_from_slice(kept),
        }
    }

    fn end_text(&mut self) {
        if !self.printed.is_empty() {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.printed)).into_owned();
            self.events.push(Event::Printed(text));
        }
    }

    fn end_errors(&mut self) {
        if !self.errors.is_empty() {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.errors)).into_owned();
            self.stderr.push((self.current, text));
        }
    }

    fn finish(mut self, status: Option<ExitStatus>, time: Duration, limit: Option<Duration>) -> ProgramRun {
        let rest =
            [&mut self.out, &mut self.error].map(|decoder| std::mem::replace(decoder, Decoder::new("")).finish());
        for (stream, rest) in [Stream::Out, Stream::Error].into_iter().zip(rest) {
            for piece in rest {
                self.piece(stream, piece);
            }
        }
        self.end_text();
        self.end_errors();
        let panicked = self
            .events
            .iter()
            .any(|event| matches!(event, Event::Panic { expected: false, .. }));
        let failed = self.events.iter().any(|event| matches!(event, Event::Error { .. }));
        let end = match (status, limit) {
            (Some(status), _) if self.done && status.success() => End::Finished,
            _ if self.done && failed => End::Failed,
            _ if self.done && panicked => End::Panicked,
            (_, Some(limit)) => End::TimedOut(limit),
            (Some(status), None) => match status.code() {
                Some(code) => End::Exited(code),
                None => End::Killed(signal(status)),
            },
            (None, None) => End::Killed("an unknown signal".into()),
        };
        let run = ProgramRun {
            diagnostics: Vec::new(),
            events: self.events,
            stderr: self.stderr,
            end,
            time,
            dependencies: Vec::new(),
        };
        ProgramRun {
            dependencies: run.files_read().map(Path::to_path_buf).collect(),
            ..run
        }
    }
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

/// An event from its frame; nothing for kinds that only mark a place.
fn event(kind: &str, fields: &[String]) -> Option<Event> {
    let field = |index: usize| fields.get(index).cloned().unwrap_or_default();
    let number = |index: usize| fields.get(index).and_then(|text| text.parse::<u32>().ok());
    let position = |index: usize| number(index).unwrap_or_default() as usize;
    Some(match kind {
        "cell" => Event::Cell(number(0)?),
        "end" => Event::CellEnd(number(0)?),
        "show" => Event::Shown(display(fields)?),
        "value" => Event::Value {
            item: number(0)?,
            text: field(1),
        },
        "claim" => Event::Claim {
            item: number(0)?,
            numbers: fields[1..].iter().filter_map(|it| claimed(it)).collect(),
        },
        "read" => Event::Read(field(0).into()),
        "panic" => Event::Panic {
            expected: field(0) == "1",
            file: field(1),
            line: position(2),
            column: position(3),
            thread: field(4),
            message: field(5),
        },
        "unpanicked" => Event::Unpanicked(number(0)?),
        "error" => Event::Error {
            file: field(0),
            line: position(1),
            column: position(2),
            message: field(3),
        },
        _ => return None,
    })
}

fn claimed(field: &str) -> Option<Number> {
    let (kind, text) = field.split_once(':')?;
    match kind {
        "i" => text.parse().ok().map(Number::Integer),
        "f" => Some(Number::Float(text.to_owned())),
        "s" => Some(Number::Text(text.to_owned())),
        _ => None,
    }
}

fn display(fields: &[String]) -> Option<Display> {
    let field = |index: usize| fields.get(index).cloned().unwrap_or_default();
    Some(match fields.first()?.as_str() {
        "text" => Display::Text(field(1)),
        "math" => Display::Math {
            latex: field(1),
            plain: field(2),
        },
        "figure" => Display::Figure {
            svg: field(1),
            finite: field(2) == "1",
        },
        "sweep" => {
            let frames: Vec<Frame> = fields.get(3..)?.chunks_exact(4).map(frame).collect();
            Display::Sweep {
                parameter: field(1),
                first: field(2).parse().ok().filter(|&first| first < frames.len())?,
                frames,
            }
        }
        "html" => Display::Html(field(1)),
        "debug" => Display::Debug(field(1)),
        "table" => {
            let columns: usize = field(1).parse().ok().filter(|&columns| columns > 0)?;
            let mut rows = fields.get(3..)?.chunks(columns).map(<[String]>::to_vec);
            Display::Table {
                alignment: field(2),
                head: rows.next().unwrap_or_default(),
                rows: rows.collect(),
            }
        }
        _ => return None,
    })
}

/// A frame of a sweep, from its four fields.
fn frame(fields: &[String]) -> Frame {
    let field = |index: usize| fields.get(index).cloned().unwrap_or_default();
    Frame {
        value: field(0),
        note: field(1),
        svg: field(2),
        finite: field(3) == "1",
    }
}
