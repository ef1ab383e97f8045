//! What a request gets: a file of the book, a page with the script that follows the book, or why not.

use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::http::{Request, Response};
use crate::policy;

/// The script that follows the book, and where the news of it are.
const SCRIPT: (&str, &str) = ("/.recto/live.js", include_str!("../../templates/scripts/live.js"));
pub(super) const NEWS: &str = "/.recto/news";

/// Whether a browser means this server. Who knows it by another name was led here by a page of somebody else, whose name leads
/// to this machine now (DNS rebinding), and may not read the book.
pub(super) fn is_own(host: &str, hostname: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_number = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    let is_local = name == "localhost" || name.ends_with(".localhost") || name == hostname.to_ascii_lowercase();
    port.bytes().all(|byte| byte.is_ascii_digit()) && (is_number || is_local)
}

/// The answer to a request for something else than news.
pub(super) fn answer(request: &Request, pages: Option<&Path>) -> Response {
    let path = request.target.split(['?', '#']).next().unwrap_or_default();
    let response = match (path, pages) {
        (path, _) if path == SCRIPT.0 => Response {
            status: "200 OK",
            kind: kind(Path::new(path)),
            tag: None,
            body: SCRIPT.1.into(),
        },
        (path, Some(pages)) => file(path, pages).unwrap_or_else(|| not_found(pages)),
        (_, None) => unbuilt(),
    };
    let tag = tag(&response.body);
    if response.status == "200 OK" && request.has.as_ref() == Some(&tag) {
        let (status, body) = ("304 Not Modified", Vec::new());
        return Response { status, body, tag: Some(tag), ..response };
    }
    Response { tag: Some(tag), ..response }
}

fn tag(body: &[u8]) -> String {
    format!("\"{}\"", &blake3::hash(body).to_hex()[..32])
}

/// The file that an address names below a folder; none where it names no file there.
fn file(path: &str, pages: &Path) -> Option<Response> {
    let mut below = below(path)?;
    if path.ends_with('/') || below == Path::new("") {
        below.push("index.html");
    }
    // Whatever a link in it leads to is not the book.
    let pages = std::fs::canonicalize(pages).ok()?;
    let file = std::fs::canonicalize(pages.join(&below)).ok().filter(|file| file.starts_with(&pages))?;
    let body = if file.is_file() { std::fs::read(&file).ok()? } else { return None };
    let kind = kind(&file);
    let body = if kind.starts_with("text/html") { followed(body) } else { body };
    Some(Response { status: "200 OK", kind, tag: None, body })
}

/// What an address names, as a path without ways up, roots and drives.
fn below(path: &str) -> Option<PathBuf> {
    let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let path = Path::new(&*path);
    path.components().all(|part| matches!(part, Component::Normal(_))).then(|| path.to_path_buf())
}

/// A page with the script that follows it; what is no page of the book stays as it is.
fn followed(page: Vec<u8>) -> Vec<u8> {
    let text = match String::from_utf8(page) {
        Ok(text) => text,
        Err(error) => return error.into_bytes(),
    };
    policy::served(&text, &script(&text)).unwrap_or(text).into_bytes()
}

/// The script's tag, by which it knows what of the page is shown.
fn script(page: &str) -> String {
    format!("<script defer src=\"{}\" data-page={}></script>", SCRIPT.0, tag(page.as_bytes()))
}

fn not_found(pages: &Path) -> Response {
    let page = std::fs::read(pages.join("404.html")).map(followed);
    match page {
        Ok(body) => Response {
            status: "404 Not Found",
            kind: "text/html; charset=utf-8",
            tag: None,
            body,
        },
        Err(_) => Response::text("404 Not Found", "There is no such page."),
    }
}

/// Before the first build there is nothing but news.
fn unbuilt() -> Response {
    let script = script("");
    let page =
        format!("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>recto</title>{script}<main></main>");
    Response {
        status: "503 Service Unavailable",
        kind: "text/html; charset=utf-8",
        tag: None,
        body: page.into_bytes(),
    }
}

/// What a file is, by its name.
fn kind(file: &Path) -> &'static str {
    let extension = file.extension().and_then(|it| it.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "txt" | "md" | "rs" | "toml" | "bib" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "xml" => "text/xml; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "epub" => "application/epub+zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_knows_its_own_names() {
        for own in [
            "localhost",
            "LocalHost:3000",
            "localhost.",
            "127.0.0.1:3000",
            "[::1]:3000",
            "[::1]",
            "192.168.0.7:80",
            "book.localhost:1",
            "my-box:3000",
        ] {
            assert!(is_own(own, "My-Box"), "{own}");
        }
        for strange in [
            "evil.example",
            "evil.example:3000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1:3000@evil.example",
            "",
            "my-box.evil",
            "notlocalhost",
        ] {
            assert!(!is_own(strange, "my-box"), "{strange}");
        }
    }

    fn asked(target: &str) -> Request {
        Request {
            target: target.to_owned(),
            ..Request::default()
        }
    }

    #[test]
    fn nothing_beyond_the_folder_is_read() {
        let all = tempfile::tempdir().unwrap();
        let pages = all.path().join("pages");
        std::fs::create_dir_all(pages.join("part")).unwrap();
        std::fs::write(all.path().join("secret.txt"), "secret").unwrap();
        std::fs::write(pages.join("a b.txt"), "text").unwrap();
        std::fs::write(pages.join("part/index.html"), "<head>").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(all.path().join("secret.txt"), pages.join("link.txt")).unwrap();
        let status = |target: &str| answer(&asked(target), Some(&pages)).status;
        for found in ["/a%20b.txt", "/a%20b.txt?x=../../y", "/part/", "/part/index.html"] {
            assert_eq!(status(found), "200 OK", "{found}");
        }
        for lost in [
            "/../secret.txt",
            "/part/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/..%5csecret.txt",
            "/part/%2e%2e/%2e%2e/secret.txt",
            "/link.txt",
            "/part",
            "/%00",
            "/%ff",
            "//etc/passwd",
            "/%2fetc/passwd",
            "secret.txt",
            "http://localhost/a%20b.txt",
            "/nothing",
        ] {
            let response = answer(&asked(lost), Some(&pages));
            assert_eq!(response.status, "404 Not Found", "{lost}");
            assert!(!response.body.windows(6).any(|it| it == b"secret"), "{lost}");
        }
    }

    #[test]
    fn a_copy_that_a_browser_has_is_not_sent_again() {
        let pages = tempfile::tempdir().unwrap();
        std::fs::write(pages.path().join("a.css"), "a {}").unwrap();
        let first = answer(&asked("/a.css"), Some(pages.path()));
        let again = |has: &Option<String>| Request { has: has.clone(), ..asked("/a.css") };
        let second = answer(&again(&first.tag), Some(pages.path()));
        assert_eq!((second.status, second.body.len()), ("304 Not Modified", 0));
        std::fs::write(pages.path().join("a.css"), "b {}").unwrap();
        assert_eq!(answer(&again(&first.tag), Some(pages.path())).body, b"b {}");
    }
}
