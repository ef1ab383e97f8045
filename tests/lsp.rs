//! `recto lsp`, spoken to as an editor does.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use support::Book;

/// An editor that has a book open.
struct Editor {
    server: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    /// What was told last of each file, by its name.
    told: Vec<(String, Vec<Value>)>,
    requests: i64,
    uri: String,
}

impl Editor {
    fn open(book: &Book, file: &str) -> Editor {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        // What is waited for may never come.
        let mut server = Command::new("timeout")
            .args(["300", env!("CARGO_BIN_EXE_recto"), "lsp", "--target-dir"])
            .arg(target)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (server.stdin.take(), BufReader::new(server.stdout.take().unwrap()));
        let path = book.0.join(file);
        let uri = format!("file://{}", path.display());
        let mut editor = Editor {
            server,
            to,
            from,
            told: Vec::new(),
            requests: 0,
            uri,
        };
        let answer = editor.request("initialize", &json!({ "capabilities": {} }));
        assert_eq!(answer["capabilities"]["hoverProvider"], true);
        editor.notify("initialized", &json!({}));
        let text = std::fs::read_to_string(path).unwrap();
        let document = json!({ "uri": editor.uri, "languageId": "markdown", "version": 1, "text": text });
        editor.notify("textDocument/didOpen", &json!({ "textDocument": document }));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to.as_mut().unwrap(), "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server is gone");
            match line.trim().split_once(": ") {
                Some((_, value)) => length = value.parse().unwrap_or(length),
                None => break,
            }
        }
        let mut message = vec![0; length];
        self.from.read_exact(&mut message).unwrap();
        let message: Value = serde_json::from_slice(&message).unwrap();
        if message["method"] == "textDocument/publishDiagnostics" {
            let file = message["params"]["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            self.told.retain(|(its, _)| *its != file);
            self.told.push((file, message["params"]["diagnostics"].as_array().unwrap().clone()));
        }
        message
    }

    fn request(&mut self, method: &str, params: &Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{message}");
                return message["result"].clone();
            }
        }
    }

    /// Asks about the place behind a text in the file.
    fn ask(&mut self, method: &str, text: &str, behind: &str) -> Value {
        let before = &text[..text.find(behind).unwrap() + behind.len()];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
        let document = json!({ "uri": self.uri });
        self.request(method, &json!({ "textDocument": document, "position": { "line": line, "character": column } }))
    }

    fn change(&mut self, text: &str) {
        let changes =
            json!({ "textDocument": { "uri": self.uri, "version": 2 }, "contentChanges": [{ "text": text }] });
        self.notify("textDocument/didChange", &changes);
    }

    /// What is told of a file, as soon as it is that.
    fn wait_for(&mut self, file: &str, expected: &[&str]) {
        let is_it = |editor: &Editor| {
            let its = editor.told.iter().find(|(its, _)| its == file).map_or(&[] as &[Value], |(_, its)| its);
            let first_line = |problem: &Value| problem["message"].as_str().unwrap().lines().next().unwrap().to_owned();
            its.iter().map(first_line).collect::<Vec<_>>() == expected
        };
        while !is_it(self) {
            eprintln!("{file}: {expected:?} is not yet {:?}", self.told);
            self.receive();
        }
    }

    fn close(mut self) {
        self.request("shutdown", &Value::Null);
        self.notify("exit", &Value::Null);
        self.to = None;
        assert!(self.server.wait().unwrap().success());
    }
}

const LESSON: &str = "# Lésson 😀\n\n```rust\n//| colour: x\nlet kappa = 10.0;\n```\n\nIt is [11](=kappa), `{kappa:.1}`, and [](#eq-one), [](#eq-two) [@polya1957].\n\n$$a = b$$ {#eq-one}\n";

#[test]
fn an_editor_is_told_what_is_wrong_and_what_it_asks() {
    let book = Book::new("editor", &[("one", LESSON)]);
    book.write(
        "references.bib",
        "@book{polya1957,\n  author = {Pólya, George},\n  title = {How to Solve It},\n  year = {1957}\n}\n",
    );
    let mut editor = Editor::open(&book, "src/one.md");
    let (option, label) = ("unknown option `colour`", "nothing is labelled `eq-two`");
    editor.wait_for("one.md", &[option, label]);
    // The run that begins when the file is opened.
    let claim = "the text says 11, the value is 10; they differ by 1";
    editor.wait_for("one.md", &[option, label, claim]);
    let problem = editor.told[0].1[2].clone();
    assert_eq!(problem["range"]["start"], json!({ "line": 7, "character": 6 }));
    assert_eq!(
        (&problem["severity"], &problem["code"], &problem["source"]),
        (&json!(1), &json!("claim"), &json!("recto"))
    );

    let hover = editor.ask("textDocument/hover", LESSON, "[11](=ka");
    assert_eq!(hover["contents"]["value"], "`kappa` was `10` in the last run");
    let hover = editor.ask("textDocument/hover", LESSON, "`{kap");
    assert_eq!(hover["contents"]["value"], "`kappa:.1` was `10.0` in the last run");
    let hover = editor.ask("textDocument/hover", LESSON, "](#eq-o");
    assert_eq!(hover["contents"]["value"], "Equation\u{a0}1.1, in one.md");
    let hover = editor.ask("textDocument/hover", LESSON, "[@pol");
    assert!(hover["contents"]["value"].as_str().unwrap().contains("How to Solve It"), "{hover}");
    assert_eq!(editor.ask("textDocument/hover", LESSON, "# Lés"), Value::Null);
    let definition = editor.ask("textDocument/definition", LESSON, "](#eq-o");
    assert_eq!(definition["range"]["start"], json!({ "line": 9, "character": 12 }));
    let definition = editor.ask("textDocument/definition", LESSON, "[@pol");
    assert!(definition["uri"].as_str().unwrap().ends_with("/references.bib"), "{definition}");
    assert_eq!(definition["range"]["start"], json!({ "line": 0, "character": 6 }));

    // While one types, what was read is new, and what ran stands where it stood.
    let typed = LESSON.replace("colour: x", "digits: 99").replace("# Lésson", "# Lésson\n\nA new line.\n\n#")
        + "\n[](#e\n\n[@p\n\n```rust\n//| ec\n```\n";
    editor.change(&typed);
    editor.wait_for(
        "one.md",
        &[
            "`digits` must be a whole number of digits from 1 to 17",
            label,
            "this looks like a citation and can't be read",
            "this option has no value",
            claim,
        ],
    );
    let completed = |answer: &Value| -> Vec<String> {
        let items = answer["items"].as_array().unwrap_or_else(|| panic!("{answer}"));
        items.iter().map(|item| item["textEdit"]["newText"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(completed(&editor.ask("textDocument/completion", &typed, "\n[](#e")), ["eq-one"]);
    assert_eq!(completed(&editor.ask("textDocument/completion", &typed, "\n[@p")), ["polya1957"]);
    let options = completed(&editor.ask("textDocument/completion", &typed, "//| ec"));
    assert!(options.contains(&"echo: ".to_owned()), "{options:?}");

    // When it is saved it runs.
    let right = LESSON.replace("colour: x", "digits: 3").replace("[11]", "[10]").replace(", [](#eq-two)", "");
    book.write("src/one.md", &right);
    editor.change(&right);
    let document = json!({ "uri": editor.uri });
    editor.notify("textDocument/didSave", &json!({ "textDocument": document }));
    editor.wait_for("one.md", &[]);
    editor.close();
}

#[test]
fn a_book_that_can_not_be_read_is_told_and_recovers() {
    let book = Book::new("editor_of_nothing", &[("one", "# One\n\nIt is [3](=1+2).\n")]);
    let settings = std::fs::read_to_string(book.0.join("book.toml")).unwrap();
    book.write("book.toml", &(settings.clone() + "[preprocessor.recto]\nscope = \"blocks\"\n"));
    let mut editor = Editor::open(&book, "src/one.md");
    editor.wait_for("book.toml", &["`scope` must be `lesson` or `block`"]);
    book.write("book.toml", &settings);
    editor.change("# One\n\nIt is [](#eq-x).\n");
    editor.wait_for("book.toml", &[]);
    editor.wait_for("one.md", &["nothing is labelled `eq-x`"]);
    assert_eq!(editor.ask("textDocument/hover", "x", "x"), Value::Null);
    editor.close();
}
