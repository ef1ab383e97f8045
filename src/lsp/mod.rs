//! `recto lsp`: what an editor wants to know of a book while somebody writes in it.
//!
//! What can be read is told as one types. What must run is told from the last run, which begins when a file is opened or
//! saved: a run has a thread of its own.

mod answers;
mod book;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};

use crate::problem::{Failure, Problem, Severity};
use crate::run::RunOptions;
use crate::source::SourceFile;
use book::OpenBook;
use place::{location_of, offset_of, path_of, range_of, uri_of};

/// The books in which files are open, by their roots.
#[derive(Debug, Default)]
struct Desk {
    books: BTreeMap<PathBuf, OpenBook>,
    /// Files of which something was told.
    told: BTreeSet<PathBuf>,
}

/// A lesson that is to run: its book, and its path.
type Wanted = (PathBuf, PathBuf);

fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure::environment(format!("the editor can't be understood: {error}"))
}

/// Answers an editor on standard input and output until it says that this is the end.
///
/// # Errors
/// What it sends can't be understood.
pub(crate) fn serve(options: RunOptions) -> Result<(), Failure> {
    let (connection, threads) = Connection::stdio();
    let capabilities = json!({
        "positionEncoding": "utf-16",
        "textDocumentSync": { "openClose": true, "change": 1, "save": true },
        "hoverProvider": true,
        "definitionProvider": true,
        "completionProvider": { "triggerCharacters": ["#", "@", "|"] },
    });
    connection.initialize(capabilities).map_err(|error| broken(&error))?;
    let desk = Arc::new(Mutex::new(Desk::default()));
    let (to_run, wanted) = mpsc::channel();
    std::thread::spawn({
        let (desk, sender) = (desk.clone(), connection.sender.clone());
        move || run_wanted(&wanted, &desk, &options, &|message| drop(sender.send(message)))
    });
    let told = listen(&connection, &desk, &to_run);
    drop(to_run);
    told?;
    // The thread that runs a lesson may still hold a sender: standard output is not waited for.
    drop((connection, threads));
    Ok(())
}

fn locked(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what the editor sends. Of texts that follow each other at once only the last is read.
fn listen(connection: &Connection, desk: &Mutex<Desk>, to_run: &Sender<Wanted>) -> Result<(), Failure> {
    let mut is_changed = false;
    loop {
        if is_changed && connection.receiver.is_empty() {
            locked(desk).read_and_tell(&|message| drop(connection.sender.send(message)));
            is_changed = false;
        }
        let Ok(message) = connection.receiver.recv() else {
            return Ok(());
        };
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request).map_err(|error| broken(&error))? {
                    return Ok(());
                }
                if std::mem::take(&mut is_changed) {
                    locked(desk).read_and_tell(&|message| drop(connection.sender.send(message)));
                }
                let response = locked(desk).answer(&request);
                let _ = connection.sender.send(Message::Response(response));
            }
            Message::Notification(notification) => {
                is_changed |= locked(desk).notice(&notification);
                if matches!(notification.method.as_str(), "textDocument/didOpen" | "textDocument/didSave") {
                    locked(desk).read_and_tell(&|message| drop(connection.sender.send(message)));
                    is_changed = false;
                    let wanted = locked(desk).lesson_at(&notification.params["textDocument"]["uri"]);
                    wanted.into_iter().for_each(|wanted| drop(to_run.send(wanted)));
                }
            }
            Message::Response(_) => {}
        }
    }
}

/// Runs the lessons that are wanted, each once however often it was asked for meanwhile.
fn run_wanted(wanted: &Receiver<Wanted>, desk: &Mutex<Desk>, options: &RunOptions, send: &dyn Fn(Message)) {
    while let Ok(first) = wanted.recv() {
        let all: BTreeSet<Wanted> = std::iter::once(first).chain(wanted.try_iter()).collect();
        for (root, lesson) in all {
            let run = book::run(&root, &lesson, options);
            let mut desk = locked(desk);
            if let (Some(run), Some(book)) = (run, desk.books.get_mut(&root)) {
                book.ran(lesson, run);
                desk.tell(send);
            }
        }
    }
}

impl Desk {
    /// The book of a file: the nearest above it.
    fn book_of(&mut self, file: &Path) -> Option<&mut OpenBook> {
        let root = file.ancestors().skip(1).find(|folder| folder.join("book.toml").is_file())?;
        Some(self.books.entry(root.to_path_buf()).or_insert_with(|| OpenBook::new(root.to_path_buf())))
    }

    /// Takes in what the editor says of a text; whether the text is another one now.
    fn notice(&mut self, notification: &Notification) -> bool {
        let params = &notification.params;
        let Some(file) = path_of(&params["textDocument"]["uri"]) else {
            return false;
        };
        let Some(book) = self.book_of(&file) else { return false };
        let text = match notification.method.as_str() {
            "textDocument/didOpen" => params["textDocument"]["text"].as_str(),
            "textDocument/didChange" => {
                let changes = params["contentChanges"].as_array();
                changes.and_then(|changes| changes.last()?["text"].as_str())
            }
            "textDocument/didClose" => {
                book.texts.remove(&file);
                return true;
            }
            _ => None,
        };
        let is_new = text.is_some();
        text.into_iter().for_each(|text| drop(book.texts.insert(file.clone(), text.into())));
        is_new
    }

    /// The lesson in which a file stands.
    fn lesson_at(&mut self, uri: &Value) -> Option<Wanted> {
        let file = path_of(uri)?;
        let book = self.book_of(&file)?;
        let lesson = book.lesson_of(&file)?.path.clone();
        Some((book.root.clone(), lesson))
    }

    fn read_and_tell(&mut self, send: &dyn Fn(Message)) {
        self.books.values_mut().for_each(OpenBook::read);
        self.tell(send);
    }

    /// Tells what is wrong in each file, and of files in which nothing is wrong any more.
    fn tell(&mut self, send: &dyn Fn(Message)) {
        let mut problems: BTreeMap<PathBuf, Vec<Problem>> = BTreeMap::new();
        self.books.values().for_each(|book| problems.extend(book.problems()));
        let cleared = self.told.iter().filter(|file| !problems.contains_key(*file));
        let all = problems.iter().map(|(file, problems)| (file, problems.as_slice()));
        for (file, problems) in all.chain(cleared.map(|file| (file, &[] as &[Problem]))) {
            let Some(uri) = uri_of(file) else { continue };
            let diagnostics: Vec<Value> = problems.iter().map(diagnostic).collect();
            let params = json!({ "uri": uri, "diagnostics": diagnostics });
            send(Message::Notification(Notification::new("textDocument/publishDiagnostics".to_owned(), params)));
        }
        self.told = problems.into_keys().collect();
    }

    fn answer(&mut self, request: &Request) -> Response {
        let of_place = |answer: fn(&OpenBook, &SourceFile, usize) -> Option<Value>, desk: &mut Desk| {
            let params = &request.params;
            let file = path_of(&params["textDocument"]["uri"])?;
            let book = desk.book_of(&file)?;
            let file = SourceFile::new(file.clone(), book.texts.get(&file)?.clone());
            let offset = offset_of(&file.text, &params["position"])?;
            answer(book, &file, offset)
        };
        let answered = match request.method.as_str() {
            "textDocument/hover" => of_place(|book, file, at| answers::hover(book, &file.path, at), self),
            "textDocument/definition" => of_place(|book, file, at| answers::definition(book, &file.path, at), self),
            "textDocument/completion" => of_place(answers::completions, self),
            method => {
                let message = format!("`{method}` is not understood");
                return Response::new_err(request.id.clone(), ErrorCode::MethodNotFound as i32, message);
            }
        };
        Response::new_ok(request.id.clone(), answered.unwrap_or(Value::Null))
    }
}

/// A problem as the protocol has it.
fn diagnostic(problem: &Problem) -> Value {
    let nowhere = SourceFile::new("", "").place(0..0);
    let place = problem.place.as_ref().unwrap_or(&nowhere);
    let label = problem.label.iter().cloned();
    let notes = problem.notes.iter().map(|note| format!("note: {note}"));
    let helps = problem.helps.iter().map(|help| format!("help: {help}"));
    let lines: Vec<String> = std::iter::once(problem.message.clone()).chain(label).chain(notes).chain(helps).collect();
    let related = problem
        .related
        .iter()
        .filter_map(|(place, text)| Some(json!({ "location": location_of(place)?, "message": text })));
    json!({
        "range": range_of(&place.file, &place.span),
        "severity": match problem.severity { Severity::Error => 1, Severity::Warning => 2, Severity::Note => 3 },
        "code": problem.code.as_deref().unwrap_or(problem.kind.name()),
        "source": "recto",
        "message": lines.join("\n"),
        "relatedInformation": related.collect::<Vec<_>>(),
    })
}
