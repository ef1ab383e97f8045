//! As much of HTTP/1.1 as a browser needs that reads a book: one request for a connection, without a body.
//!
//! The head of a request is parsed by httparse. tiny_http, which has all of it, has had no release since 2022; others bring an
//! asynchronous runtime or print to the terminal.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The bytes and the lines of a request's head, and how long it may take to come.
const MOST_BYTES: usize = 16 << 10;
const MOST_LINES: usize = 64;
const PATIENCE: Duration = Duration::from_secs(10);

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// The path and what follows it.
    pub(super) target: String,
    /// To whom the browser believes to speak.
    pub(super) host: Option<String>,
    /// By what it knows the copy that it has.
    pub(super) has: Option<String>,
}

impl Request {
    /// Reads the head of a request. None where it is no request, or too long a one.
    ///
    /// # Errors
    /// The connection ends, or takes too long.
    pub(super) fn read(stream: &mut TcpStream) -> io::Result<Option<Request>> {
        let start = Instant::now();
        let mut bytes = Vec::new();
        let mut more = [0; 4096];
        loop {
            let left = PATIENCE.checked_sub(start.elapsed()).filter(|left| !left.is_zero());
            stream.set_read_timeout(Some(left.ok_or(io::ErrorKind::TimedOut)?))?;
            match stream.read(&mut more)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => bytes.extend_from_slice(&more[..count]),
            }
            match Request::parse(&bytes) {
                Ok(None) if bytes.len() < MOST_BYTES => {}
                read => return Ok(read.ok().flatten()),
            }
        }
    }

    /// None where the head is not whole yet.
    fn parse(bytes: &[u8]) -> Result<Option<Request>, httparse::Error> {
        let mut lines = [httparse::EMPTY_HEADER; MOST_LINES];
        let mut head = httparse::Request::new(&mut lines);
        if head.parse(bytes)?.is_partial() {
            return Ok(None);
        }
        let value = |name: &str| {
            let mut found = head.headers.iter().filter(|line| line.name.eq_ignore_ascii_case(name));
            let value = found.next().map(|line| String::from_utf8_lossy(line.value).into_owned());
            // Which one of two would count, others may see otherwise.
            value.filter(|_| found.next().is_none())
        };
        Ok(Some(Request {
            host: value("host"),
            has: value("if-none-match"),
            method: head.method.unwrap_or_default().to_owned(),
            target: head.path.unwrap_or_default().to_owned(),
        }))
    }
}

/// An answer that is sent at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: &'static str,
    pub(super) kind: &'static str,
    /// By what a browser may know the body the next time.
    pub(super) tag: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What stands in each answer: nobody else's page may use it, and no browser guesses what it is.
const ALWAYS: &str = "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\nX-Frame-Options: SAMEORIGIN\r\nReferrer-Policy: same-origin\r\n\
    Connection: close\r\n";

impl Response {
    pub(super) fn text(status: &'static str, text: &str) -> Response {
        Response {
            status,
            kind: "text/plain; charset=utf-8",
            tag: None,
            body: format!("{text}\n").into_bytes(),
        }
    }

    /// # Errors
    /// Nobody reads it.
    pub(super) fn write(&self, stream: &mut TcpStream, with_body: bool) -> io::Result<()> {
        let tag = self.tag.as_ref().map(|tag| format!("ETag: {tag}\r\n")).unwrap_or_default();
        let (status, kind, length) = (self.status, self.kind, self.body.len());
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{tag}{ALWAYS}Allow: GET, HEAD\r\n\r\n"
        );
        let body = if with_body { self.body.as_slice() } else { &[] };
        stream.write_all(&[head.as_bytes(), body].concat())
    }
}

/// Begins a stream of events, which each has its own time to come.
///
/// # Errors
/// Nobody reads it.
pub(super) fn begin_events(stream: &mut TcpStream) -> io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{ALWAYS}\r\nretry: 500\n\n");
    stream.write_all(head.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let head = b"GET /a%20b?c HTTP/1.1\r\nHOST: localhost:3000\r\nif-none-match: \"x\"\r\n\r\n";
        assert_eq!(Request::parse(&head[..head.len() - 2]), Ok(None));
        let request = Request {
            method: "GET".to_owned(),
            target: "/a%20b?c".to_owned(),
            host: Some("localhost:3000".to_owned()),
            has: Some("\"x\"".to_owned()),
        };
        assert_eq!(Request::parse(head), Ok(Some(request)));
        assert!(Request::parse(b"GET / HTTP/1.1\r\nno header\r\n\r\n").is_err());
    }

    #[test]
    fn of_two_hosts_none_counts() {
        let head = b"GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n";
        assert_eq!(Request::parse(head).unwrap().unwrap().host, None);
    }
}
