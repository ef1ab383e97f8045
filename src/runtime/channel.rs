//! The way from a lesson's program to recto. It is none of the standard streams, it is opened before any code of a cell
//! runs, and programs that a cell starts do not have it.
//!
//! What is printed goes its own way. A mark in the text says after which message it stands; marks hold a word that only
//! this run knows, so that printed text can't pass for one.

#[cfg(target_os = "linux")]
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Result, Write};
#[cfg(not(target_os = "linux"))]
use std::net::TcpStream;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::frame;
use super::step::Step;
use super::words::Words;

/// Where recto listens: on Linux a pipe in the working folder, elsewhere a port of this machine. That is no secret: the first
/// to open it is the program itself, and the pipe has no name afterwards.
pub(crate) const VARIABLE: &str = "RECTO_CHANNEL";

static CHANNEL: OnceLock<Option<Channel>> = OnceLock::new();

struct Channel {
    sink: Mutex<Sink>,
    nonce: String,
    /// The process that opened it. A copy that this one makes of itself goes through the same code, and has nothing to say.
    owner: u32,
}

struct Sink {
    to: Connection,
    /// How many messages were sent, the first one aside, which has the nonce.
    sent: u64,
}

/// Opens the channel, if recto runs the program and not a reader.
pub(super) fn open() {
    CHANNEL.get_or_init(|| Channel::to(&std::env::var(VARIABLE).ok()?).ok());
}

/// Whether recto listens.
pub(super) fn is_open() -> bool {
    channel().is_some()
}

fn channel() -> Option<&'static Channel> {
    CHANNEL.get()?.as_ref().filter(|channel| channel.owner == std::process::id())
}

/// Tells recto something.
pub(super) fn emit(message: &impl Words) {
    if let Some(channel) = channel() {
        channel.send(message);
    }
}

/// Tells recto something that has a place among what is printed.
pub(super) fn emit_in_place(message: &impl Words) {
    let Some(channel) = channel() else { return };
    // While it is locked, nothing can be printed between the message and its mark.
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.flush();
    let mark = channel.send(message);
    let _ = stdout.write_all(mark.as_bytes()).and_then(|()| stdout.flush());
}

/// The same, with a place among what is written to standard error too.
pub(super) fn emit_in_both_places(message: &impl Words) {
    let Some(channel) = channel() else { return };
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.flush();
    let mark = channel.send(message);
    let _ = stdout.write_all(mark.as_bytes()).and_then(|()| stdout.flush());
    let _ = std::io::stderr().lock().write_all(mark.as_bytes());
}

#[cfg(target_os = "linux")]
type Connection = File;
#[cfg(not(target_os = "linux"))]
type Connection = TcpStream;

/// Waits until recto has set the limits and opens the other end.
#[cfg(target_os = "linux")]
fn connected(name: &str) -> Result<Connection> {
    let pipe = File::options().write(true).open(name)?;
    std::fs::remove_file(name)?;
    Ok(pipe)
}

#[cfg(not(target_os = "linux"))]
fn connected(name: &str) -> Result<Connection> {
    TcpStream::connect(name)
}

impl Channel {
    fn to(name: &str) -> Result<Channel> {
        // The standard library seeds it from the system's randomness.
        let nonce = format!("{:016x}", RandomState::new().build_hasher().finish());
        let mut sink = Sink { to: connected(name)?, sent: 0 };
        sink.send(&Step::Hello(nonce.clone()))?;
        Ok(Channel {
            sink: Mutex::new(sink),
            nonce,
            owner: std::process::id(),
        })
    }

    /// Sends a message; its mark.
    fn send(&self, message: &impl Words) -> String {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.sent += 1;
        // It fails when nobody listens any more.
        let _ = sink.send(message);
        frame::mark(&self.nonce, sink.sent)
    }
}

impl Sink {
    fn send(&mut self, message: &impl Words) -> Result<()> {
        self.to.write_all(&frame::encode(message.words().iter().map(AsRef::as_ref)))
    }
}
