//! A process between recto and a program: it sets the program's limits, counts the processes below it, and ends all of
//! them when the program is over or recto is gone, whatever group or session they have gone to.
//!
//! It is recto itself, called with a word of its own. Its standard input is a socket on which it reports; when recto's
//! end of it is closed, by recto or by the system since recto was killed, it ends what it started.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    self, Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, waitpid,
};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::transcript::Ended;
use super::walls::Bounds;
use crate::read::Limits;

/// The word by which recto calls itself as a supervisor.
const WORD: &str = "supervise-a-program";
/// Its name among processes, so that one who ends all that is called recto does not end it.
const NAME: &std::ffi::CStr = c"lesson-watch";

/// What a supervisor says.
pub(super) enum Report {
    /// The program has started, with its limits, and its process is this one.
    Started(Pid),
    Ended(Ended),
}

impl Report {
    fn line(&self) -> String {
        match self {
            Report::Started(pid) => format!("started {pid}\n"),
            Report::Ended(Ended::Exited(code)) => format!("exited {code}\n"),
            Report::Ended(Ended::Killed(signal)) => format!("killed {signal}\n"),
            Report::Ended(Ended::Crowded) => "crowded 0\n".to_owned(),
            Report::Ended(Ended::Refused(why)) => format!("refused {}\n", why.replace('\n', " ")),
        }
    }

    /// What a line says.
    pub(super) fn read(line: &str) -> Option<Report> {
        let (word, rest) = line.split_once(' ')?;
        Some(match word {
            "started" => Report::Started(Pid::from_raw(rest.parse().ok()?)?),
            "exited" => Report::Ended(Ended::Exited(rest.parse().ok()?)),
            "killed" => Report::Ended(Ended::Killed(rest.parse().ok()?)),
            "crowded" => Report::Ended(Ended::Crowded),
            "refused" => Report::Ended(Ended::Refused(rest.to_owned())),
            _ => return None,
        })
    }
}

/// The command that runs another one under a supervisor. It has its arguments, folder and variables.
/// Programs of a lesson have bounds; cargo has none, and what its programs leave behind is not recto's, as long as recto lives.
pub(super) fn supervised(command: &Command, bounds: Option<&Bounds>) -> Command {
    // Another build of recto may have taken the place of this one's file.
    let mut supervisor = Command::new("/proc/self/exe");
    supervisor.arg0("recto").arg(WORD).arg(serde_json::to_string(&bounds).unwrap_or_default());
    supervisor.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        supervisor.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => supervisor.env(name, value),
            None => supervisor.env_remove(name),
        };
    }
    supervisor
}

/// Starts a supervised command; what was started ends when the socket is closed.
pub(super) fn start(mut command: Command) -> io::Result<(Child, UnixStream)> {
    let (life, its) = UnixStream::pair()?;
    // A terminal's Ctrl-C is for recto alone.
    let child = command.stdin(OwnedFd::from(its)).process_group(0).spawn()?;
    Ok((child, life))
}

/// cargo, which ends when recto does.
pub(super) struct Cargo {
    supervisor: Child,
    life: UnixStream,
}

impl Cargo {
    /// Starts a command of cargo; its output is read from a pipe, its words go to a file.
    pub(super) fn start(command: &mut Command, words: File) -> io::Result<Cargo> {
        let mut command = supervised(command, None);
        command.stdout(Stdio::piped()).stderr(words);
        let (supervisor, life) = start(command)?;
        Ok(Cargo { supervisor, life })
    }

    pub(super) fn output(&mut self) -> Option<ChildStdout> {
        self.supervisor.stdout.take()
    }

    /// Waits for its end; whether it was a good one.
    pub(super) fn wait(mut self) -> io::Result<bool> {
        let mut said = String::new();
        self.life.read_to_string(&mut said)?;
        match said.lines().filter_map(Report::read).next_back() {
            Some(Report::Ended(Ended::Refused(why))) => Err(io::Error::other(why)),
            ended => Ok(matches!(ended, Some(Report::Ended(Ended::Exited(0))))),
        }
    }
}

impl Drop for Cargo {
    fn drop(&mut self) {
        let _ = self.life.shutdown(Shutdown::Both);
        let _ = self.supervisor.wait();
    }
}

/// The supervisor, if this process was started as one.
pub fn supervisor() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != WORD {
        return None;
    }
    Some(match supervise(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // recto is gone, or sees that the socket was closed without a report.
        Err(_) => ExitCode::FAILURE,
    })
}

fn supervise(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let mut life = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let bounds: Option<Bounds> = serde_json::from_slice(arguments.next().unwrap_or_default().as_encoded_bytes())?;
    let program = arguments.next().unwrap_or_default();
    let _ = rustix::thread::set_name(NAME);
    process::set_child_subreaper(Some(process::getpid()))?;
    let mut command = Command::new(&program);
    if bounds.is_some() {
        // What a program is told of itself is the same everywhere.
        command.arg0(Path::new(&program).file_name().unwrap_or_default());
    }
    command.args(arguments).stdin(Stdio::null()).process_group(0);
    let is_alone = bounds.as_ref().is_some_and(|bounds| bounds.is_alone);
    let ready = if is_alone { stay_on_one_processor() } else { Ok(()) };
    let child = ready.and_then(|()| match bounds.as_ref().and_then(|bounds| bounds.walls.as_ref()) {
        Some(walls) => walls.start(&mut command),
        None => command.spawn(),
    });
    let child = match child {
        Ok(child) => Pid::from_child(&child),
        Err(error) => return life.write_all(Report::Ended(Ended::Refused(error.to_string())).line().as_bytes()),
    };
    if let Some(bounds) = &bounds {
        set(&bounds.limits, child);
    }
    // Where recto is gone already, nobody hears it, and the program would wait for recto.
    let started = life.write_all(Report::Started(child).line().as_bytes());
    let most = bounds.as_ref().map(|bounds| bounds.limits.processes);
    let cause = match started.and_then(|()| watch(child, &life, most)) {
        Ok(cause) => cause,
        Err(error) => {
            end_all(child);
            return life.write_all(Report::Ended(Ended::Refused(error.to_string())).line().as_bytes());
        }
    };
    let leaves_rest = bounds.is_none() && matches!(cause, Cause::Over);
    let status = if leaves_rest {
        waitpid(Some(child), WaitOptions::empty())?
    } else {
        end_all(child)
    };
    let ended = match (cause, status) {
        (Cause::Crowded, _) => Ended::Crowded,
        (_, Some((_, status))) => match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Ended::Exited(code),
            (None, signal) => Ended::Killed(signal.unwrap_or_default()),
        },
        (_, None) => Ended::Killed(Signal::KILL.as_raw()),
    };
    life.write_all(Report::Ended(ended).line().as_bytes())
}

/// Keeps this process, and all that it starts, on one of the processors that it may use; its number decides on which, so that
/// several spread over all.
fn stay_on_one_processor() -> io::Result<()> {
    let all = sched_getaffinity(None)?;
    let processors: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&processor| all.is_set(processor)).collect();
    let number = process::getpid().as_raw_nonzero().get().unsigned_abs() as usize;
    let mut one = CpuSet::new();
    one.set(processors[number % processors.len()]);
    Ok(sched_setaffinity(None, &one)?)
}

/// Why a program is to be ended.
enum Cause {
    /// It is over.
    Over,
    /// recto wants it, or is gone.
    Told,
    /// There are too many processes below it.
    Crowded,
}

/// Waits until there is a cause to end a program. Its processes are counted: the system's own limit is one for all
/// processes of a user, and does not bind root.
fn watch(child: Pid, life: &UnixStream, most: Option<u64>) -> io::Result<Cause> {
    const COUNT_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let over = process::pidfd_open(child, PidfdFlags::empty())?;
    loop {
        let mut wanted = [PollFd::new(life, PollFlags::IN), PollFd::new(&over, PollFlags::IN)];
        match poll(&mut wanted, most.map(|_| &COUNT_EVERY)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        if is_ready(&wanted[1]) {
            return Ok(Cause::Over);
        } else if is_ready(&wanted[0]) {
            return Ok(Cause::Told);
        }
        // The program itself is not counted.
        if most.is_some_and(|most| below(process::getpid(), most.saturating_add(2)).len() as u64 > most + 1) {
            return Ok(Cause::Crowded);
        }
    }
}

/// Ends all processes below this one: the program's group, and those that left it. The children of one that ends become
/// this one's, so none is left when it has no child any more. How the program ended.
fn end_all(program: Pid) -> Option<(Pid, WaitStatus)> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let start = Instant::now();
    let mut its = None;
    // As long as its end is not taken notice of, no other group can have its number.
    let _ = kill_process_group(program, Signal::KILL);
    while start.elapsed() < PATIENCE {
        match process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == program => its = Some((pid, status)),
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => {
                for pid in below(process::getpid(), u64::MAX) {
                    let _ = kill_process(pid, Signal::KILL);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(_) => break,
        }
    }
    its
}

/// The processes below one, up to some number of them.
fn below(process: Pid, most: u64) -> Vec<Pid> {
    let mut found = vec![process];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied().filter(|_| (found.len() as u64) <= most) {
        next += 1;
        let threads = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
        for thread in threads {
            let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)));
        }
    }
    found.split_off(1)
}

/// The limits of a program that has started, and waits for recto before it runs any code of a cell.
fn set(limits: &Limits, program: Pid) {
    let set = |resource: Resource, most: u64, and_then: u64| {
        // Without privileges a limit can only be lowered.
        let own = process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let (current, maximum) = (Some(most.min(own)), Some((most + and_then).min(own)));
        // It fails only when the program is over already.
        let _ = process::prlimit(Some(program), resource, Rlimit { current, maximum });
    };
    set(Resource::As, limits.memory << 20, 0);
    set(Resource::Fsize, limits.file_size << 20, 0);
    set(Resource::Nofile, limits.open_files, 0);
    set(Resource::Core, 0, 0);
    if let Some(seconds) = limits.cpu_time {
        // First with a signal that says why.
        set(Resource::Cpu, seconds, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_come_back_as_they_were() {
        for ended in [
            Ended::Exited(3),
            Ended::Killed(9),
            Ended::Crowded,
            Ended::Refused("no such\nfile".into()),
        ] {
            let line = Report::Ended(ended).line();
            let read = Report::read(line.trim_end()).map(|report| report.line());
            assert_eq!(read, Some(line));
        }
        assert!(Report::read("started 0").is_none());
    }
}
