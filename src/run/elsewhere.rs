//! A program that runs where there is no Linux: under its time limit and the limit of its output, without the others.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use super::transcript::{Ended, Stream};
use super::walls::Bounds;
use crate::runtime::channel::VARIABLE;

/// A program, and what its streams give, each read by a thread.
pub(super) struct Running {
    child: Box<dyn ChildWrapper>,
    pieces: Receiver<(Stream, Vec<u8>)>,
    ended: Option<Ended>,
}

/// What came.
pub(super) enum Heard {
    From(Stream, Vec<u8>),
    /// Nothing, until it was to be.
    Nothing,
    /// The program is over, and what it wrote was read.
    End(Ended),
}

impl Running {
    /// Starts a program in its folder, with nothing of recto's own environment but these variables.
    pub(super) fn start(
        program: &Path,
        folder: &Path,
        variables: &[(&str, OsString)],
        _: &Bounds,
    ) -> io::Result<Running> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut command = Command::new(program);
        command.env_clear().envs(variables.iter().map(|(name, value)| (name, value))).current_dir(folder);
        command.env(VARIABLE, listener.local_addr()?.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        let mut child = command.spawn()?;
        let (sender, pieces) = sync_channel(8);
        read_in_thread(child.stdout().take(), Stream::Out, &sender);
        read_in_thread(child.stderr().take(), Stream::Error, &sender);
        std::thread::spawn(move || {
            if let Ok((told, _)) = listener.accept() {
                drop(listener);
                read_in_thread(Some(told), Stream::Channel, &sender);
            }
        });
        Ok(Running { child, pieces, ended: None })
    }

    /// Has the program ended, with its group.
    pub(super) fn end(&mut self) {
        let _ = self.child.start_kill();
    }

    /// What comes next, put behind what is waiting.
    pub(super) fn hear(&mut self, until: Instant, heard: &mut VecDeque<Heard>) -> io::Result<()> {
        const LOOK_AGAIN: Duration = Duration::from_millis(20);
        let left = until.saturating_duration_since(Instant::now()).min(LOOK_AGAIN);
        match self.pieces.recv_timeout(left) {
            Ok((stream, bytes)) => heard.push_back(Heard::From(stream, bytes)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                if let Some(ended) = self.ended.take() {
                    heard.push_back(Heard::End(ended));
                } else if let Some(status) = self.child.try_wait()? {
                    // Whatever the program left behind in its group goes with it.
                    let _ = self.child.start_kill();
                    self.ended = Some(ended(status));
                } else {
                    heard.push_back(Heard::Nothing);
                }
            }
        }
        Ok(())
    }
}

fn ended(status: ExitStatus) -> Ended {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ended::Killed(signal);
    }
    Ended::Exited(status.code().unwrap_or_default())
}

fn read_in_thread<R: Read + Send + 'static>(pipe: Option<R>, stream: Stream, sender: &SyncSender<(Stream, Vec<u8>)>) {
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

/// cargo.
pub(super) struct Cargo(Child);

impl Cargo {
    /// Starts a command of cargo; its output is read from a pipe, its words go to a file.
    pub(super) fn start(command: &mut Command, words: File) -> io::Result<Cargo> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(words).spawn().map(Cargo)
    }

    pub(super) fn output(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// Waits for its end; whether it was a good one.
    pub(super) fn wait(mut self) -> io::Result<bool> {
        Ok(self.0.wait()?.success())
    }
}

/// There are none.
pub fn supervisor() -> Option<ExitCode> {
    None
}
