//! What a lesson's program tries to reach beyond its own folder.
//!
//! The kernel keeps the walls: where it has none, there is nothing to try.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use super::support::Book;

/// What a lesson tries, as an expression of a `std::io::Result` of anything, and whether it comes about. `{…}` is a path
/// or a number of the test.
const ROWS: &[(&str, &str, bool)] = &[
    ("writes_its_own_folder", r#"std::fs::write("a", "b").and_then(|()| std::fs::copy("a", "c"))"#, true),
    (
        "makes_and_removes_folders",
        r#"std::fs::create_dir_all("d/b").and_then(|()| std::fs::remove_dir_all("d"))"#,
        true,
    ),
    ("reads_data", r#"std::fs::read(recto::data("d.txt")?)"#, true),
    ("reads_what_the_settings_add", r#"std::fs::read("{more}/m.txt")"#, true),
    ("runs_programs_of_the_system", r#"std::process::Command::new("ls").output()"#, true),
    ("has_sockets_of_its_own", "std::os::unix::net::UnixStream::pair()", true),
    ("sees_the_machine", "std::thread::available_parallelism()", true),
    ("reads_a_file_of_the_user", r#"std::fs::read("{home}/secret")"#, false),
    ("lists_a_folder_of_the_user", r#"std::fs::read_dir("{home}")"#, false),
    ("writes_a_file_of_the_user", r#"std::fs::write("{home}/new", "x")"#, false),
    ("reads_the_chapters", r#"std::fs::read("{book}/src/other.md")"#, false),
    ("writes_a_chapter", r#"std::fs::write("{book}/src/other.md", "x")"#, false),
    ("removes_a_chapter", r#"std::fs::remove_file("{book}/src/other.md")"#, false),
    ("moves_a_chapter", r#"std::fs::rename("{book}/src/other.md", "mine.md")"#, false),
    ("writes_data", r#"std::fs::write(recto::data("d.txt")?, "x")"#, false),
    ("writes_the_finished_book", r#"std::fs::write("{book}/book/index.html", "x")"#, false),
    ("lists_what_is_kept", r#"std::fs::read_dir("{target}/recto")"#, false),
    ("removes_its_own_program", "std::fs::remove_file(std::env::current_exe()?)", false),
    (
        "goes_by_a_link",
        r#"std::os::unix::fs::symlink("{home}", "link").and_then(|()| std::fs::read("link/secret"))"#,
        false,
    ),
    ("makes_a_hard_link", r#"std::fs::hard_link("{home}/secret", "hard")"#, false),
    (
        "changes_rights",
        r#"std::fs::set_permissions("{home}/secret", std::os::unix::fs::PermissionsExt::from_mode(0o777))"#,
        false,
    ),
    ("has_a_child_read", r#"child("cat {home}/secret")"#, false),
    ("has_a_daemon_write", r#"child("setsid -w sh -c 'echo x > {home}/new'")"#, false),
    ("makes_a_device", r#"child("mknod disk b 8 0")"#, false),
    ("mounts", r#"child("mount -t tmpfs none .")"#, false),
    ("makes_a_namespace", r#"child("unshare -rm true")"#, false),
    ("connects", r#"std::net::TcpStream::connect("127.0.0.1:{port}")"#, false),
    ("listens", r#"std::net::TcpListener::bind("127.0.0.1:0")"#, false),
    ("sends_a_datagram", r#"std::net::UdpSocket::bind("127.0.0.1:0")"#, false),
    (
        "reads_the_environment_of_its_parent",
        r#"std::fs::read(format!("/proc/{}/environ", std::os::unix::process::parent_id()))"#,
        false,
    ),
    ("reads_the_environment_of_recto", r#"std::fs::read("/proc/{pid}/environ")"#, false),
    ("signals_the_caller", r#"child("kill -0 {pid}")"#, false),
    ("traces_the_caller", r#"std::fs::read("/proc/{pid}/mem")"#, false),
];

/// A cell that prints what comes of each row, and how it is to fail.
fn lesson(paths: &[(&str, String)]) -> String {
    let child = "fn child(script: &str) -> std::io::Result<()> {\n    let status = std::process::Command::new(\"sh\").args([\"-c\", script]).stderr(std::process::Stdio::null()).status()?;\n    if status.success() { Ok(()) } else { Err(std::io::ErrorKind::PermissionDenied.into()) }\n}\n";
    let rows = ROWS.iter().map(|(name, tried, _)| {
        let tried = paths.iter().fold((*tried).to_owned(), |tried, (mark, path)| tried.replace(mark, path));
        format!("println!(\"{name} {{}}\", match {tried} {{\n    Ok(_) => \"came about\".to_owned(),\n    Err(error) => format!(\"{{:?}}\", error.kind()),\n}});\n")
    });
    format!("# Lesson\n\n```rust\n//| echo: false\n{child}{}```\n", rows.collect::<String>())
}

#[test]
fn a_lesson_reaches_what_is_its_own_and_nothing_else() {
    let other = "# Other\n\nA chapter.\n";
    let book = Book::new("walls", &[("lesson", "# Lesson\n"), ("other", other)]);
    let target = book.0.join("target");
    let (home, more) = (book.0.join("home"), book.0.join("more"));
    book.write("data/d.txt", "data");
    book.write("home/secret", "sesame");
    book.write("more/m.txt", "more");
    book.write("book.toml", "[book]\ntitle = \"Case\"\n\n[preprocessor.recto]\nread = [\"more\"]\n");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let paths = [
        ("{home}", text(&home)),
        ("{more}", text(&more)),
        ("{book}", text(&book.0)),
        ("{target}", text(&target)),
        ("{port}", listener.local_addr().unwrap().port().to_string()),
        ("{pid}", std::process::id().to_string()),
    ];
    // A first build makes the folders that the lesson is to reach for.
    let build = |sandbox: &str| {
        let output = book.command_in(&target, &["build", sandbox]).env("HOME", &home).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(build("--sandbox=try").0);
    book.write("src/lesson.md", &lesson(&paths));
    let (is_whole, said) = build("--sandbox=require");
    if !is_whole && said.contains("can't raise all walls") {
        println!("this kernel has no walls: {said}");
        return;
    }
    assert!(is_whole, "{said}");
    let page = book.read("lesson.html");
    for (name, _, comes_about) in ROWS {
        let line = page.lines().find_map(|line| line.split_once(&format!("{name} ")));
        let (_, outcome) = line.unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(outcome.starts_with("came about"), *comes_about, "{name}: {outcome}");
        assert!(
            *comes_about || outcome.starts_with("PermissionDenied") || outcome.starts_with("CrossesDevices"),
            "{name}: {outcome}"
        );
    }
    assert!(book.read("verification.html").contains("other files, other processes or the network"));
    assert_eq!(std::fs::read_to_string(book.0.join("src/other.md")).unwrap(), other);
    assert_eq!(std::fs::read_to_string(home.join("secret")).unwrap(), "sesame");
    assert!(!home.join("new").exists());
}

#[test]
fn a_wall_that_stops_a_cell_is_named_with_the_setting_that_would_let_it() {
    let lesson = "# Lesson\n\n```rust\nlet text = std::fs::read_to_string(\"/etc/passwd\")?;\n```\n";
    let book = Book::new("walls-message", &[("lesson", lesson)]);
    let build = |arguments: &[&str]| {
        let output = book.command(arguments).stdout(Stdio::null()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    if build(&["build", "--sandbox=require"]).0 == Some(2) {
        println!("this kernel has no walls");
        return;
    }
    let (code, said) = build(&["build"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("this cell returned an error: Permission denied (os error 13)"), "{said}");
    assert!(said.contains("--> src/lesson.md:4:12") && said.contains("`read = [\"../measured\"]`"), "{said}");
    assert_eq!(build(&["build", "--sandbox=off"]).0, Some(0));
    assert!(book.read("verification.html").contains("the rights of the person who built the book"));
    book.write("book.toml", "[book]\ntitle = \"Case\"\n\n[preprocessor.recto]\nread = [\"/etc/passwd\"]\n");
    assert_eq!(build(&["build"]).0, Some(0));
}
