//! The server: a thread for each connection, and the news that all of them wait for.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::http::{Request, Response, begin_events};
use super::pages::{NEWS, answer, is_own};
use crate::problem::{Failure, Kind, Problem};

/// How many connections there are at once; what comes beyond them is turned away.
const MOST: usize = 256;
/// How long a reader may take to take an answer, and after how long one that waits for news is asked whether it is still there.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a build has to say to who looks at a page.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct News {
    /// How many problems there are.
    pub(crate) problems: usize,
    /// They, as in a terminal.
    pub(crate) text: String,
    /// Whether the pages are made of what there is now.
    pub(crate) published: bool,
}

/// A book that is served.
#[derive(Debug)]
pub(crate) struct Site {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    hostname: String,
    latest: Mutex<Latest>,
    /// There are other news.
    changed: Condvar,
    connections: AtomicUsize,
}

#[derive(Debug, Default)]
struct Latest {
    /// Counts the news.
    number: u64,
    /// As one line of JSON; nothing before the first ones.
    news: String,
    /// The folder of the pages; none before the first are made.
    pages: Option<PathBuf>,
}

impl Site {
    /// Listens on a port of the address that a name has.
    ///
    /// # Errors
    /// Another program listens there, the name has no address of this machine, or the port is the system's.
    pub(crate) fn open(hostname: &str, port: u16) -> Result<Site, Failure> {
        let address = (hostname, port).to_socket_addrs().map(|mut addresses| addresses.next());
        let listener = address.and_then(|it| TcpListener::bind(it.ok_or(ErrorKind::AddrNotAvailable)?));
        let listener = listener.map_err(|error| unusable(hostname, port, &error))?;
        let address = listener.local_addr().map_err(|error| unusable(hostname, port, &error))?;
        let shared = Arc::new(Shared {
            hostname: hostname.to_owned(),
            latest: Mutex::default(),
            changed: Condvar::new(),
            connections: AtomicUsize::new(0),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || listener.incoming().for_each(|stream| accept(stream, &served)));
        Ok(Site { address, shared })
    }

    /// The address of its first page.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Whether nobody reaches it but from this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// Tells all who look at the book what there is. Pages that were not made anew are those of before.
    pub(crate) fn tell(&self, news: &News, pages: Option<PathBuf>) {
        let mut latest = self.shared.latest();
        latest.number += 1;
        latest.news = serde_json::to_string(news).unwrap_or_default();
        latest.pages = pages.or_else(|| latest.pages.take());
        self.shared.changed.notify_all();
    }
}

fn unusable(hostname: &str, port: u16, error: &std::io::Error) -> Failure {
    let problem =
        |message: String, help: String| Problem::error(Kind::Environment, message).help(help).in_environment();
    match error.kind() {
        ErrorKind::AddrInUse => problem(
            format!("port {port} of `{hostname}` is in use by another program"),
            format!(
                "name another one: `recto serve --port {}`; `--port 0` takes one that is free",
                port.checked_add(1).unwrap_or(3000)
            ),
        ),
        ErrorKind::PermissionDenied => problem(
            format!("the system keeps port {port} for programs with more rights"),
            "name one above 1023: `recto serve --port 3000`".to_owned(),
        ),
        _ => problem(
            format!("can't listen on `{hostname}`: {error}"),
            "name an address of this machine, as `--hostname 127.0.0.1`".to_owned(),
        ),
    }
}

impl Shared {
    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the one request of a connection. Who goes away meanwhile is nobody's trouble.
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let Some(request) = Request::read(&mut stream)? else {
            return Response::text("400 Bad Request", "This is no request for a page.").write(&mut stream, true);
        };
        let is_own = request.host.as_ref().is_some_and(|host| is_own(host, &self.hostname));
        let with_body = request.method != "HEAD";
        let response = if !is_own {
            let text =
                "This server has another name. Start it as `recto serve --hostname NAME` to reach it by that one.";
            Response::text("421 Misdirected Request", text)
        } else if !["GET", "HEAD"].contains(&request.method.as_str()) {
            Response::text("405 Method Not Allowed", "There are only pages to read here.")
        } else if request.target == NEWS && with_body {
            return self.follow(&mut stream);
        } else {
            let pages = self.latest().pages.clone();
            answer(&request, pages.as_deref())
        };
        response.write(&mut stream, with_body)
    }

    /// Tells the latest news, and each that come, until the reader is gone. Of those that come faster than one reads, the last counts.
    fn follow(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        begin_events(stream)?;
        let mut told = 0;
        loop {
            let latest = self.latest();
            let waited = self.changed.wait_timeout_while(latest, PATIENCE, |latest| latest.number == told);
            let (latest, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let event = if latest.number == told {
                ":\n\n".to_owned()
            } else {
                format!("data: {}\n\n", latest.news)
            };
            told = latest.number;
            drop(latest);
            stream.write_all(event.as_bytes())?;
        }
    }
}

fn accept(stream: std::io::Result<TcpStream>, shared: &Arc<Shared>) {
    let Ok(stream) = stream else {
        // As where the system has no more files: the next one must not come at once.
        thread::sleep(Duration::from_millis(10));
        return;
    };
    let own = Arc::clone(shared);
    let connection = Connection::of(shared);
    let serve = move || {
        let _connection = connection;
        let _ = own.serve(stream);
    };
    if shared.connections.load(Ordering::Relaxed) <= MOST {
        // Without a thread for it, the connection is closed.
        let _ = thread::Builder::new().name("reader".to_owned()).spawn(serve);
    }
}

/// Counts as one of the connections as long as it is there.
struct Connection(Arc<Shared>);

impl Connection {
    fn of(shared: &Arc<Shared>) -> Connection {
        shared.connections.fetch_add(1, Ordering::Relaxed);
        Connection(Arc::clone(shared))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
