//! A program that runs: what comes from it until it is over, from all of its streams, without a thread.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

use super::supervise::{self, Report};
use super::transcript::{Ended, Stream};
use super::walls::Bounds;
use crate::runtime::channel::VARIABLE;

/// The pipe in the program's folder by which it tells recto what happens; it removes the name before a cell runs.
const PIPE: &str = "channel";

/// How long a supervisor may take to end a program, and what outlives it may go on to write.
const PATIENCE: Duration = Duration::from_secs(3);

/// A program under its supervisor.
pub(super) struct Running {
    supervisor: Child,
    /// The supervisor's socket, and what it said last.
    life: UnixStream,
    said: Vec<u8>,
    pipe: PathBuf,
    program: Option<Pid>,
    /// The open streams.
    streams: Vec<(Stream, File)>,
    /// How it ended, once that is known: what is left in its streams is read then.
    ended: Option<Ended>,
    /// When all is to be over, with the supervisor or without it.
    patience: Option<Instant>,
}

/// What came.
pub(super) enum Heard {
    From(Stream, Vec<u8>),
    /// Nothing, until it was to be.
    Nothing,
    /// The program is over, and all that it wrote was read.
    End(Ended),
}

impl Running {
    /// Starts a program in its folder, with nothing of recto's own environment but these variables.
    pub(super) fn start(
        program: &Path,
        folder: &Path,
        variables: &[(&str, std::ffi::OsString)],
        bounds: &Bounds,
    ) -> io::Result<Running> {
        let pipe = folder.join(PIPE);
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR)?;
        let mut command = supervise::supervised(Command::new(program).current_dir(folder), Some(bounds));
        command.env_clear().envs(variables.iter().map(|(name, value)| (name, value))).env(VARIABLE, PIPE);
        let (mut supervisor, life) = supervise::start({
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command
        })?;
        let out = supervisor.stdout.take().map(|pipe| (Stream::Out, File::from(OwnedFd::from(pipe))));
        let error = supervisor.stderr.take().map(|pipe| (Stream::Error, File::from(OwnedFd::from(pipe))));
        Ok(Running {
            supervisor,
            life,
            said: Vec::new(),
            pipe,
            program: None,
            streams: out.into_iter().chain(error).collect(),
            ended: None,
            patience: None,
        })
    }

    /// Has the program ended, with all that it started. Afterwards the rest is still to be heard.
    pub(super) fn end(&mut self) {
        if self.patience.is_none() {
            let _ = self.life.shutdown(Shutdown::Write);
            self.patience = Some(Instant::now() + PATIENCE);
        }
    }

    /// What comes next, put behind what is waiting. A stream that is closed by the program, or held by what outlives it,
    /// does not keep it from being over.
    pub(super) fn hear(&mut self, until: Instant, heard: &mut VecDeque<Heard>) -> io::Result<()> {
        if self.patience.is_some_and(|until| until <= Instant::now()) {
            heard.push_back(self.silence());
            return Ok(());
        }
        let left = match self.ended {
            Some(_) => Duration::ZERO,
            None => self.patience.unwrap_or(until).saturating_duration_since(Instant::now()),
        };
        let mut wanted: Vec<PollFd<'_>> =
            self.streams.iter().map(|(_, file)| PollFd::new(file, PollFlags::IN)).collect();
        if self.ended.is_none() {
            wanted.push(PollFd::new(&self.life, PollFlags::IN));
        }
        let timeout = Timespec::try_from(left).ok();
        match poll(&mut wanted, timeout.as_ref()) {
            Ok(0) => {
                heard.push_back(self.silence());
                return Ok(());
            }
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = wanted.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut buffer = [0; 1 << 16];
        // From the last to the first, since a stream that is at its end is taken out.
        for index in (0..self.streams.len()).rev().filter(|&index| ready[index]) {
            let (stream, file) = &mut self.streams[index];
            match file.read(&mut buffer) {
                Ok(count @ 1..) => heard.push_back(Heard::From(*stream, buffer[..count].to_vec())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => drop(self.streams.remove(index)),
            }
        }
        if self.ended.is_none() && ready.last() == Some(&true) {
            self.hear_report(&mut buffer)?;
        }
        Ok(())
    }

    /// Nothing came in time.
    fn silence(&mut self) -> Heard {
        match self.ended.take() {
            Some(ended) => Heard::End(ended),
            None if self.patience.is_some_and(|until| until <= Instant::now()) => {
                let _ = self.supervisor.kill();
                Heard::End(self.left_alone())
            }
            None => Heard::Nothing,
        }
    }

    fn hear_report(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let count = self.life.read(buffer)?;
        if count == 0 {
            self.ended = Some(self.left_alone());
        }
        self.said.extend_from_slice(&buffer[..count]);
        while let Some(end) = self.said.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.said.drain(..=end).collect();
            match Report::read(String::from_utf8_lossy(&line).trim_end()) {
                Some(Report::Started(pid)) => {
                    self.program = Some(pid);
                    // The program waits for it.
                    let pipe = open(&self.pipe, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
                    self.streams.push((Stream::Channel, File::from(pipe)));
                }
                Some(Report::Ended(ended)) => self.ended = Some(ended),
                None => {}
            }
        }
        if self.ended.is_some() {
            self.patience.get_or_insert_with(|| Instant::now() + PATIENCE);
        }
        Ok(())
    }

    /// The supervisor is gone without a word: what is left of the program is recto's to end.
    fn left_alone(&mut self) -> Ended {
        if let Some(program) = self.program {
            let _ = kill_process_group(program, Signal::KILL);
        }
        Ended::Killed(Signal::KILL.as_raw())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.life.shutdown(Shutdown::Both);
        let _ = self.supervisor.wait();
    }
}
