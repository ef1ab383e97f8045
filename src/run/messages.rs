//! cargo's messages, read with bounds: what a build script or a macro does can neither hold recto up nor fill its memory.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::time::{Duration, Instant};

use cargo_metadata::Message;

/// The longest line that is read, in bytes. A message holds the source of one error at most.
const LONGEST: usize = 64 << 20;

/// A pipe that can be waited for.
#[cfg(target_os = "linux")]
pub(super) trait Pipe: Read + std::os::fd::AsFd {}
#[cfg(target_os = "linux")]
impl<P: Read + std::os::fd::AsFd> Pipe for P {}
/// A pipe; elsewhere than on Linux it is read without a time limit.
#[cfg(not(target_os = "linux"))]
pub(super) trait Pipe: Read {}
#[cfg(not(target_os = "linux"))]
impl<P: Read> Pipe for P {}

/// What cargo writes, until a time and in lines of bounded length.
struct Bounded<P> {
    pipe: BufReader<P>,
    until: Instant,
    /// How much of the line at hand was read.
    line: usize,
}

impl<P: Pipe> Bounded<P> {
    /// # Errors
    /// There is nothing to read until the time is over.
    #[cfg(target_os = "linux")]
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            let left = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            };
            match poll(&mut [PollFd::new(self.pipe.get_ref(), PollFlags::IN)], Some(&left)) {
                Ok(0) => return Err(ErrorKind::TimedOut.into()),
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn wait(&self) -> io::Result<()> {
        if Instant::now() < self.until {
            Ok(())
        } else {
            Err(ErrorKind::TimedOut.into())
        }
    }
}

impl<P: Pipe> Read for Bounded<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<P: Pipe> BufRead for Bounded<P> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.line > LONGEST {
            return Err(io::Error::other(format!("a line of more than {} MiB", LONGEST >> 20)));
        }
        if self.pipe.buffer().is_empty() {
            self.wait()?;
        }
        self.pipe.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        let read = &self.pipe.buffer()[..count];
        let end = read.iter().rposition(|byte| *byte == b'\n');
        self.line = end.map_or(self.line + count, |end| count - end - 1);
        self.pipe.consume(count);
    }
}

/// What keeps messages from being read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// What could not be read.
    pub(super) lines: Vec<String>,
    /// The time was over before cargo was.
    pub(super) late: bool,
}

/// cargo's messages, for as long as `time`; what kept others from being read is put to `unread`.
pub(super) fn messages(pipe: impl Pipe, time: Duration, unread: &mut Unread) -> impl Iterator<Item = Message> {
    let now = Instant::now();
    let until = now.checked_add(time).unwrap_or(now);
    let mut broken = false;
    let bounded = Bounded {
        pipe: BufReader::new(pipe),
        until,
        line: 0,
    };
    let messages = Message::parse_stream(bounded).map_while(move |message| {
        if broken {
            return None;
        }
        match message {
            Ok(Message::TextLine(line)) if line.starts_with('{') => unread.lines.push(line),
            Ok(message) => return Some(Some(message)),
            Err(error) => {
                // A line that is no UTF-8 is passed over; any other error would come again.
                broken = error.kind() != ErrorKind::InvalidData;
                unread.late = error.kind() == ErrorKind::TimedOut;
                unread.lines.push(error.to_string());
            }
        }
        Some(None)
    });
    messages.flatten()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn said(bytes: &[u8]) -> UnixStream {
        let (mut writer, reader) = UnixStream::pair().unwrap();
        let bytes = bytes.to_vec();
        std::thread::spawn(move || writer.write_all(&bytes));
        reader
    }

    #[test]
    fn messages_after_an_unreadable_one_are_read() {
        let output = b"{\"reason\":\"build-finished\",\"success\":false}\n\
            what a macro prints\n\
            {\"reason\":\"caf\xe9\"}\n\
            {\"reason\":\"compiler-message\",\"message\":1}\n\
            {\"reason\":\"build-finished\",\"success\":true}\n";
        let mut unread = Unread::default();
        let finished = |message| match message {
            Message::BuildFinished(message) => Some(message.success),
            _ => None,
        };
        let read: Vec<bool> = messages(said(output), LONG, &mut unread).filter_map(finished).collect();
        assert_eq!(read, [false, true]);
        let [first, second] = &unread.lines[..] else {
            panic!("{unread:?}")
        };
        assert!(first.contains("UTF-8"), "{first}");
        assert!(second.contains("compiler-message"), "{second}");
        assert!(!unread.late);
    }

    #[test]
    fn what_is_silent_is_not_waited_for() {
        let (_writer, reader) = UnixStream::pair().unwrap();
        let mut unread = Unread::default();
        assert_eq!(messages(reader, Duration::from_millis(10), &mut unread).count(), 0);
        assert!(unread.late);
    }

    #[test]
    fn a_line_without_end_is_not_held() {
        struct Endless(UnixStream);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(b'a');
                Ok(buffer.len())
            }
        }
        impl std::os::fd::AsFd for Endless {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.0.as_fd()
            }
        }
        let mut unread = Unread::default();
        // What is ready at once, for the poll.
        let ready = said(b"");
        assert_eq!(messages(Endless(ready), LONG, &mut unread).count(), 0);
        assert_eq!(unread.lines, ["a line of more than 64 MiB"]);
    }
}
