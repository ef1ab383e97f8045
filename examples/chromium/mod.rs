//! Chromium without a window, and a server on this machine from which it gets a book as a reader does.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Chromium with a profile of its own, which goes with it.
pub(crate) struct Browser(TempDir);

impl Browser {
    pub(crate) fn new() -> std::io::Result<Browser> {
        Ok(Browser(tempfile::tempdir()?))
    }

    /// The command; `CHROMIUM` names another one than `chromium`.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into()));
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
            ])
            .arg(format!("--user-data-dir={}", self.0.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// Answers one request after the other, until one brings what was seen.
pub(crate) fn serve(listener: &TcpListener, file: impl Fn(&str) -> Option<Vec<u8>>) -> Result<String, Box<dyn Error>> {
    for connection in listener.incoming() {
        let mut reader = BufReader::new(connection?);
        let (mut request, mut length) = (String::new(), 0);
        if reader.read_line(&mut request)? == 0 {
            continue;
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse()?,
                Some(_) => {}
                None => break,
            }
        }
        if request.starts_with("POST") {
            let mut seen = vec![0; length];
            reader.read_exact(&mut seen)?;
            return Ok(String::from_utf8(seen)?);
        }
        let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let kind = match path.rsplit('.').next() {
            Some("html") => "text/html",
            Some("css") => "text/css",
            Some("js") => "text/javascript",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        };
        let (status, bytes) = file(path).map_or(("404 Not Found", Vec::new()), |bytes| ("200 OK", bytes));
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            bytes.len()
        );
        // A browser may have gone on to the next page.
        let _ = reader.get_mut().write_all(&[head.into_bytes(), bytes].concat());
    }
    Err("the server ended".into())
}
