//! Results that would be false, programs that do not end, and what they leave behind.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::Book;

/// A lesson, and what must be said of it: the kind, a part of the text, and the line. Nothing where it is right.
type Row = (&'static str, &'static str, Option<(&'static str, &'static str, u64)>);

const ROWS: &[Row] = &[
    // Messages can't be forged by what is printed, nor by leaving early.
    (
        "leaves_before_its_claim",
        "```rust\nlet k = 2.0;\nstd::process::exit(0);\n```\n\nIt is [42](=k).\n",
        Some(("exit", "exit code 0", 3)),
    ),
    (
        "leaves_in_its_last_cell",
        "```rust\nstd::process::exit(0);\n```\n",
        Some(("exit", "exit code 0", 3)),
    ),
    (
        "has_no_key_in_its_environment",
        "```rust\nassert!(std::env::vars().all(|(name, value)| !name.contains(\"TOKEN\") && value.len() < 4096));\nassert_eq!(std::env::var(\"RECTO_CHANNEL\")?, \"channel\");\nassert!(!std::path::Path::new(\"channel\").exists());\n```\n",
        None,
    ),
    (
        "prints_what_looks_like_a_message",
        "```rust\nprint!(\"\\u{1e}0123456789abcdef\\u{1f}0000000000000001\");\nprint!(\"\\x04\\0\\0\\0\\x04\\0\\0\\0done\");\nprint!(\"\\u{1e}t0k\\u{1f}done\\u{1f}0\\n\");\n```\n\nIt is [3](<=1 + 1>).\n",
        Some(("claim", "the text says 3, the value is 2", 9)),
    ),
    (
        "a_child_has_not_the_channel",
        "```rust\nlet out = std::process::Command::new(\"sh\").args([\"-c\", \"ls -l /proc/self/fd\"]).output()?;\nassert!(!String::from_utf8_lossy(&out.stdout).contains(\"channel\"));\n```\n",
        None,
    ),
    // Whatever panics is said, where it stands.
    (
        "a_thread_that_nobody_joins",
        "```rust\nlet thread = std::thread::Builder::new().name(\"worker\".into());\nlet handle = thread.spawn(|| panic!(\"nobody\\u{1b}[2J hears\"))?;\nwhile !handle.is_finished() {}\ndrop(handle);\n```\n",
        Some(("panic", "a thread panicked: nobody", 5)),
    ),
    (
        "a_thread_that_is_joined",
        "```rust\nlet outcome = std::thread::spawn(|| panic!(\"heard\")).join();\nassert!(outcome.is_err());\n```\n",
        None,
    ),
    (
        "a_panic_that_is_caught",
        "```rust\nassert!(std::panic::catch_unwind(|| panic!(\"caught\")).is_err());\n```\n",
        None,
    ),
    (
        "a_join_that_is_unwrapped",
        "```rust\nstd::thread::spawn(|| panic!(\"the cause\")).join().unwrap();\n```\n",
        Some(("panic", "the cause", 4)),
    ),
    (
        "a_scoped_thread",
        "```rust\nstd::thread::scope(|scope| { scope.spawn(|| panic!(\"the cause\")); });\n```\n",
        Some(("panic", "the cause", 4)),
    ),
    (
        "a_thread_of_a_cell_that_should_panic",
        "```rust,should_panic\nstd::thread::spawn(|| panic!(\"the cause\")).join().unwrap();\n```\n",
        None,
    ),
    (
        "a_panic_in_a_drop_during_another",
        "```rust\nstruct Loud;\nimpl Drop for Loud {\n    fn drop(&mut self) {\n        panic!(\"the second\");\n    }\n}\nlet loud = Loud;\npanic!(\"the first\");\n```\n",
        Some(("panic", "the first", 11)),
    ),
    (
        "both_of_them",
        "```rust\nstruct Loud;\nimpl Drop for Loud {\n    fn drop(&mut self) {\n        panic!(\"the second\");\n    }\n}\nlet loud = Loud;\npanic!(\"the first\");\n```\n",
        Some(("panic", "panicked: the second", 11)),
    ),
    (
        "a_hook_that_is_taken",
        "```rust\nlet _ = std::panic::take_hook();\nlet x = 1;\npanic!(\"without a hook {x}\");\n```\n",
        Some(("panic", "this cell panicked: without a hook 1", 6)),
    ),
    (
        "a_hook_that_is_silent",
        "```rust\nstd::panic::set_hook(Box::new(|_| {}));\npanic!(\"in silence\");\n```\n",
        Some(("panic", "this cell panicked: in silence", 3)),
    ),
    (
        "a_hook_that_is_silent_of_threads",
        "```rust\nlet hook = std::panic::take_hook();\nlet thread = std::thread::spawn(|| assert_eq!(1, 2));\nwhile !thread.is_finished() {}\nstd::panic::set_hook(hook);\n```\n",
        Some(("panic", "panics of threads are not seen", 4)),
    ),
    (
        "a_panic_with_a_number",
        "```rust\nstd::panic::panic_any(7);\n```\n",
        Some(("panic", "a value that is no text", 4)),
    ),
    (
        "a_drop_at_the_end",
        "```rust\nstruct Loud;\nimpl Drop for Loud { fn drop(&mut self) { panic!(\"at the end\"); } }\nlet loud = Loud;\n```\n",
        Some(("panic", "at the end", 5)),
    ),
    // True causes.
    (
        "a_stack_that_is_too_small",
        "```rust\nfn deep(n: u64) -> u64 { if n == u64::MAX { 0 } else { 1 + deep(std::hint::black_box(n + 1)) } }\nprintln!(\"{}\", deep(0));\n```\n",
        Some(("exit", "overflowed its stack", 3)),
    ),
    (
        "a_signal",
        "```rust\nstd::process::Command::new(\"sh\").args([\"-c\", &format!(\"kill -9 {}\", std::process::id())]).status()?;\nloop {}\n```\n",
        Some(("exit", "signal 9 (killed), which recto did not send", 3)),
    ),
    ("an_abort", "```rust\nstd::process::abort();\n```\n", Some(("exit", "signal 6", 3))),
    (
        "a_macro_that_returns",
        "```rust\nmacro_rules! leave { () => { return Ok(()) } }\nlet k = 1;\nif k == 1 { leave!(); }\n```\n\nIt is [2](=k).\n",
        Some(("exit", "the lesson was left before that", 3)),
    ),
    (
        "closes_the_channel",
        "```rust\nunsafe extern \"C\" { fn close(fd: i32) -> i32; }\nfor fd in 3..100 { unsafe { close(fd); } }\nlet k = 1;\n```\n\nIt is [1](=k).\n",
        Some(("exit", "nor close a file that it did not open", 3)),
    ),
    (
        "a_disk_that_is_full",
        "```rust\nErr(std::io::Error::from_raw_os_error(28))?;\n```\n",
        Some(("returned", "no space left on the disk", 4)),
    ),
    // Limits, each named with its setting.
    (
        "too_long_for_a_cell",
        "```rust\nlet k = 1;\n```\n\n```rust\n//| timeout: 1\nloop {}\n```\n",
        Some(("timeout", "this cell ran past its limit of 1 s", 7)),
    ),
    (
        "too_long_for_the_lesson",
        "<!-- recto\ntimeout: 1\n-->\n\n```rust\nstd::thread::sleep(std::time::Duration::from_secs(99));\n```\n",
        Some(("timeout", "this lesson ran past its limit of 1 s", 6)),
    ),
    (
        "longer_than_the_lesson_by_its_own_limit",
        "<!-- recto\ntimeout: 1\n-->\n\n```rust\n//| timeout: 9\nstd::thread::sleep(std::time::Duration::from_millis(1500));\n```\n\n```rust\nlet k = 1;\n```\n\nIt is [1](=k).\n",
        None,
    ),
    (
        "deaf_to_signals",
        "<!-- recto\ntimeout: 1\n-->\n\n```rust\nstd::process::Command::new(\"sh\").args([\"-c\", \"trap '' TERM INT HUP; while :; do sleep 1; done\"]).status()?;\n```\n",
        Some(("timeout", "limit of 1 s", 6)),
    ),
    (
        "too_much_memory",
        "<!-- recto\nmemory: 256\n-->\n\n```rust\nlet all = vec![1u8; 1 << 30];\n```\n",
        Some(("limit", "more memory than its limit of 256 MiB", 6)),
    ),
    (
        "too_much_processor_time",
        "<!-- recto\ncpu-time: 1\n-->\n\n```rust\nlet other = std::thread::spawn(|| loop {});\nloop {}\n```\n",
        Some(("limit", "its 1 s of processor time", 6)),
    ),
    (
        "too_large_a_file",
        "<!-- recto\nfile-size: 1\n-->\n\n```rust\nstd::fs::write(\"large\", vec![0; 2 << 20])?;\n```\n",
        Some(("limit", "beyond the limit of 1 MiB", 6)),
    ),
    (
        "too_many_open_files",
        "<!-- recto\nopen-files: 32\n-->\n\n```rust\nlet mut all = Vec::new();\nfor n in 0..40 {\n    all.push(std::fs::File::create(n.to_string())?);\n}\n```\n",
        Some(("returned", "raise `open-files`", 9)),
    ),
    (
        "too_many_processes",
        "<!-- recto\nprocesses: 8\n-->\n\n```rust\nfor _ in 0..40 {\n    std::process::Command::new(\"sleep\").arg(\"86397\").spawn()?;\n}\nloop {}\n```\n",
        Some(("limit", "more processes than its limit of 8", 6)),
    ),
    (
        "a_tree_of_processes",
        "```rust\nlet script = \"f() { if [ $1 -gt 0 ]; then f $(($1-1)) & f $(($1-1)) & fi; sleep 86397; }; f 8\";\nstd::process::Command::new(\"sh\").args([\"-c\", script]).spawn()?;\nloop {}\n```\n",
        Some(("limit", "more processes than its limit of 64", 3)),
    ),
    (
        "little_memory",
        "<!-- recto\nmemory: 64\n-->\n\n```rust\nlet sum: u32 = std::thread::spawn(|| (0..1000).sum()).join().unwrap();\n```\n\nIt is [499500](=sum).\n",
        None,
    ),
    (
        "too_much_text",
        "<!-- recto\noutput: 1\n-->\n\n```rust\nloop { println!(\"again and again\"); }\n```\n",
        Some(("limit", "more than its limit of 1 MiB", 6)),
    ),
    (
        "too_much_text_to_standard_error",
        "<!-- recto\noutput: 1\n-->\n\n```rust\nloop { eprintln!(\"again and again\"); }\n```\n",
        Some(("limit", "more than its limit of 1 MiB", 6)),
    ),
    (
        "too_much_text_without_a_line",
        "<!-- recto\noutput: 1\n-->\n\n```rust\nfor _ in 0..2048 { print!(\"{}\", \"a\".repeat(1 << 20)); }\n```\n",
        Some(("limit", "more than its limit of 1 MiB; the rest was cut off", 6)),
    ),
    (
        "too_many_values",
        "```rust\nfor n in 0..1_000_000 { recto::show!(n); }\n```\n",
        Some(("limit", "more than its limit of 16 MiB", 3)),
    ),
    (
        "values_without_end",
        "<!-- recto\noutput: 1\n-->\n\n```rust\nloop { recto::show!(vec![7u8; 2000]); }\n```\n",
        Some(("limit", "more than its limit of 1 MiB", 6)),
    ),
    // What closes its streams is no success, and what is left is ended.
    (
        "closes_what_it_prints_on",
        "```rust\nunsafe extern \"C\" { fn close(fd: i32) -> i32; }\nunsafe { close(1); close(2); }\nlet k = 1;\n```\n\nIt is [2](=k).\n",
        Some(("claim", "the text says 2, the value is 1", 9)),
    ),
    (
        "leaves_a_process",
        "```rust\nstd::process::Command::new(\"sleep\").arg(\"86397\").spawn()?;\n```\n",
        None,
    ),
    (
        "leaves_one_in_a_session_of_its_own",
        "```rust\nstd::process::Command::new(\"setsid\").args([\"-f\", \"sleep\", \"86397\"]).status()?;\n```\n",
        None,
    ),
    (
        "leaves_one_that_holds_what_it_prints_on",
        "```rust\nstd::process::Command::new(\"sh\").args([\"-c\", \"(setsid sh -c 'sleep 86397 & sleep 86397' &) &\"]).status()?;\nprintln!(\"done\");\n```\n",
        None,
    ),
    (
        "one_without_an_environment",
        "```rust\nstd::process::Command::new(\"env\").args([\"-i\", \"setsid\", \"-f\", \"sleep\", \"86397\"]).status()?;\n```\n",
        None,
    ),
];

/// Whether a process with these words among its arguments runs.
fn runs(words: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ").contains(words)
    })
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_lesson_does_is_said_and_ended() {
    let lessons: Vec<(&str, String)> = ROWS.iter().map(|row| (row.0, lesson(row.1))).collect();
    let chapters: Vec<(&str, &str)> = lessons.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let book = Book::new("faults-results", &chapters);
    let start = Instant::now();
    let output = book.recto(&["build", "--fresh", "--timings", "--message-format", "json"]);
    let took = start.elapsed();
    let mut said: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if record["reason"] == "problem" {
            let file = record["place"]["file"].as_str().unwrap_or_default().to_owned();
            said.entry(file).or_default().push(record);
        }
    }
    let mut wrong = Vec::new();
    for (name, _, must) in ROWS {
        let said = said.remove(&format!("src/{name}.md")).unwrap_or_default();
        let holds = match must {
            None => said.is_empty(),
            Some((kind, part, line)) => {
                said.len() == 1
                    && said[0]["kind"] == *kind
                    && said[0]["rendered"].as_str().is_some_and(|text| text.contains(part) && !text.contains('\u{1b}'))
                    && said[0]["place"]["line"] == *line
            }
        };
        if !holds {
            let said: Vec<&str> = said.iter().filter_map(|problem| problem["rendered"].as_str()).collect();
            wrong.push(format!("{name}: must be {must:?}, is\n{}", said.join("\n")));
        }
    }
    assert!(said.is_empty(), "{said:?} {}", String::from_utf8_lossy(&output.stderr));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(!runs("sleep 86397"), "a process is left");
    assert!(took < Duration::from_secs(300), "it took {took:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn recto_holds_no_more_than_the_limit_of_what_a_lesson_prints() {
    let blocks = "```rust\nlet block = \"a\".repeat(1 << 20);\nloop { print!(\"{block}\"); }\n```\n";
    let values = "```rust\nloop { recto::show!(vec![7u8; 2000]); }\n```\n";
    let mut frame = 0xFFFF_FFFFu32.to_le_bytes().map(|byte| format!("\\x{byte:02x}")).concat();
    frame.push_str("\\x04\\0\\0\\0done");
    let announced = "```rust\nuse std::io::Write;\nlet block = vec![0u8; 1 << 20];\n\
        for number in 3..20 {\n    let path = format!(\"/proc/self/fd/{number}\");\n\
        \x20   if std::fs::read_link(&path).is_ok_and(|it| it.to_string_lossy().contains(\"/channel\")) {\n\
        \x20       let mut channel = std::fs::File::options().write(true).open(path)?;\n\
        \x20       channel.write_all(b\"FRAME\")?;\n        loop { channel.write_all(&block)?; }\n    }\n}\n```\n";
    let announced = announced.replace("FRAME", &frame);
    let book = Book::new("faults-memory", &[("blocks", blocks), ("values", values), ("announced", &announced)]);
    let mut build = book.command(&["build", "--fresh"]).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    while build.try_wait().unwrap().is_none() {
        peak = peak.max(peak_memory(build.id()));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(build.wait().unwrap().code(), Some(1));
    println!("recto's memory at its peak: {peak} KiB");
    assert!((1..600_000).contains(&peak), "{peak} KiB");
    let said = String::from_utf8(book.recto(&["build"]).stderr).unwrap();
    assert_eq!(said.matches("more than its limit of 16 MiB; the rest was cut off").count(), 3, "{said}");
}

/// In KiB, at its highest so far.
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[test]
fn what_is_cut_is_said_on_the_page_and_in_the_report() {
    let lesson = "<!-- recto\noutput: 1\n-->\n\n```rust\nprintln!(\"{}\", \"a\".repeat(2 << 20));\n```\n";
    let book = Book::new("faults-cut", &[("one", lesson)]);
    assert_eq!(book.recto(&["build", "--draft"]).status.code(), Some(1));
    let said = "more than its limit of 1 MiB; the rest was cut off";
    assert!(book.read("one.html").contains(said));
    let report: Value = serde_json::from_str(&book.read("verification.json")).unwrap();
    assert_eq!(report["verified"], false);
    assert!(report.to_string().contains(said), "{report}");

    // What is cut is no output to be kept.
    let pinned = lesson.to_owned() + "\n```output\nb\n```\n\n```rust\nlet k = 1;\n```\n";
    book.write("src/one.md", &pinned);
    let blessed = book.recto(&["test", "--bless"]);
    assert_eq!(blessed.status.code(), Some(1));
    let printed = String::from_utf8(blessed.stderr).unwrap() + &String::from_utf8(blessed.stdout).unwrap();
    assert!(printed.contains(said) && printed.contains("one.md:5:1"), "{printed}");
    assert_eq!(std::fs::read_to_string(book.0.join("src/one.md")).unwrap(), pinned);
}

/// A name, files of a book, and what must be said of them.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// What is not the fault of a cell is not said to be.
#[test]
fn what_stands_in_the_way_of_all_lessons_is_said() {
    const PACKAGE: &str =
        "[package]\nname = \"way\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n";
    const LINKER: &str = "[target.'cfg(all())']\nlinker = \"no-such-linker\"\n";
    let cases: [Case; 6] = [
        (
            "linker",
            &[(".cargo/config.toml", LINKER)],
            &[
                "lessons can't be linked: linker `no-such-linker` not found",
                "install a C compiler",
            ],
        ),
        (
            "library",
            &[("Cargo.toml", PACKAGE), ("lib.rs", "pub fn f() -> u8 { 1.5 }\n")],
            &[
                "in crate `way`: mismatched types",
                "lib.rs:1:20",
                "no lesson can be compiled before this crate does",
            ],
        ),
        (
            "build-script",
            &[
                ("Cargo.toml", PACKAGE),
                ("lib.rs", ""),
                ("build.rs", "fn main() { panic!(\"no such thing\") }\n"),
            ],
            &[
                "cargo failed: failed to run custom build command for `way",
                "no such thing",
            ],
        ),
        (
            "build-time",
            &[
                ("Cargo.toml", PACKAGE),
                ("lib.rs", ""),
                ("build.rs", "fn main() { std::thread::sleep(std::time::Duration::from_secs(86_399)) }\n"),
                ("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nbuild-timeout = 15\n"),
            ],
            &["cargo did not finish within 15 seconds", "raise `build-timeout`"],
        ),
        (
            "memory",
            &[("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nmemory = 1\n")],
            &["must be a whole number of MiB from 64 to 16777216", "book.toml:4:10"],
        ),
        (
            "timeout",
            &[("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\ntimeout = 9223372036854775807\n")],
            &["must be a whole number of seconds from 1 to 31536000", "book.toml:4:11"],
        ),
    ];
    for (name, files, must) in cases {
        let book = Book::new(&format!("faults-way-{name}"), &[("one", "```rust\nlet k = 1;\n```\n")]);
        files.iter().for_each(|(path, text)| book.write(path, text));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults-way").join(name);
        let output = book.command_in(&target, &["build"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{name}: {said}");
        assert_eq!(said.matches("error[").count(), 1, "{name}: {said}");
        for part in must {
            assert!(said.contains(part), "{name}: {part} is missing in\n{said}");
        }
        assert!(!said.contains("one.md"), "{name}: {said}");
        assert_eq!(processes_in(&target), [""; 0], "{name}: a program is still running");
    }
}

/// The programs that run from a folder.
fn processes_in(folder: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let programs = processes.filter_map(|process| std::fs::read_link(process.path().join("exe")).ok());
    programs
        .filter(|program| program.starts_with(folder))
        .map(|program| program.display().to_string())
        .collect()
}

/// Waits for something, and says how long that was.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    start.elapsed()
}

fn send(signal: &str, to: &mut Child) {
    let sent = Command::new("kill").args([signal, &to.id().to_string()]).status();
    assert!(sent.unwrap().success());
    to.wait().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_that_is_ended_leaves_nothing_running() {
    let lesson = "```rust\nstd::process::Command::new(\"setsid\").args([\"-f\", \"sleep\", \"86396\"]).status()?;\n\
        std::process::Command::new(\"sleep\").arg(\"86396\").spawn()?;\nloop { std::thread::yield_now(); }\n```\n";
    let running = Book::new("faults-ended", &[("endless-lesson", lesson)]);
    let compiling = Book::new("faults-compiling", &[("one", "```rust\nlet k = compiling::K;\n```\n")]);
    compiling.write("Cargo.toml", "[package]\nname = \"compiling\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n");
    compiling.write("lib.rs", "pub const K: u8 = 1;\n");
    compiling.write(
        "build.rs",
        "fn main() { std::process::Command::new(\"sleep\").arg(\"86396\").status().unwrap(); }\n",
    );
    for (book, signal) in [
        (&running, "-KILL"),
        (&running, "-INT"),
        (&compiling, "-KILL"),
        (&compiling, "-TERM"),
    ] {
        let mut build = book.command(&["build", "--quiet"]).spawn().unwrap();
        wait_until("the child of a program", || runs("sleep 86396"));
        send(signal, &mut build);
        let left = || runs("sleep 86396") || runs("faults-compiling") || runs("debug/endless-lesson");
        let took = wait_until("the end of all", || !left());
        assert!(took < Duration::from_secs(2), "{signal}: {took:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_next_build_removes_what_a_killed_one_left() {
    let book = Book::new("faults-swept", &[("endless", "```rust\nloop { std::thread::yield_now(); }\n```\n")]);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults-swept");
    let mut build = book.command_in(&target, &["build", "--quiet"]).spawn().unwrap();
    wait_until("the lesson", || runs("debug/endless"));
    send("-KILL", &mut build);
    let kept = std::fs::read_dir(target.join("recto")).unwrap().flatten().map(|entry| entry.path());
    let kept = kept.into_iter().find(|path| path.join("store").is_dir()).unwrap();
    let left = |folder: &Path| -> Vec<String> {
        let names = std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        names
            .filter(|name| [".book-", "lesson-", "theme-", "files-"].iter().any(|prefix| name.starts_with(prefix)))
            .collect()
    };
    assert_eq!(left(&kept).len(), 1, "the folder of the lesson");
    // As a build leaves them that is killed while it binds.
    for folder in [
        kept.join("theme-0123456789ab"),
        kept.join("files-0123456789ab"),
        book.0.join(".book-0123456789ab"),
    ] {
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("page.html"), "half").unwrap();
    }
    // The author's own, whose name begins alike.
    std::fs::create_dir(book.0.join(".book-drafts")).unwrap();
    book.write("src/endless.md", "```rust\nlet k = 1;\n```\n");
    assert!(book.command_in(&target, &["build", "--quiet"]).status().unwrap().success());
    assert_eq!(left(&kept), [""; 0]);
    assert_eq!(left(&book.0), [".book-drafts"]);
    std::fs::create_dir(book.0.join(".book-0123456789ab")).unwrap();
    assert!(book.command_in(&target, &["clean", "--quiet"]).status().unwrap().success());
    assert_eq!(left(&book.0), [".book-drafts"]);
    assert!(!kept.exists());
}

/// The whole lesson; its settings must stand first.
fn lesson(text: &str) -> String {
    match text.split_once("-->\n\n") {
        Some((settings, rest)) => format!("{settings}-->\n# Lesson\n\n{rest}"),
        None => format!("# Lesson\n\n{text}"),
    }
}

/// A chapter whose output is another, what stands in a file beside it, and the chapter once it is blessed; none where recto keeps its
/// hands off.
type Blessing = (&'static str, &'static str, Option<&'static str>, Option<&'static str>);

const CELL: &str = "# A\n\nB\r\n\n```rust\nprintln!(\"new\\n```\");\n```\n\n";

const BLESSINGS: &[Blessing] = &[
    ("lf", "```output\nold\n```\n\nend\r\n", None, Some("````output\nnew\n```\n````\n\nend\r\n")),
    ("crlf", "```output\r\nold\n```\n\nend", None, Some("````output\r\nnew\r\n```\r\n````\n\nend")),
    ("long", "````output  \r\nold\n````\nend", None, Some("````output  \r\nnew\r\n```\r\n````\nend")),
    ("not_closed", "```output\nold", None, Some("````output\nnew\n```\n````")),
    ("included", "```output\n{{#include it.txt}}\n```\n", Some("old\n"), None),
    ("included_in_part", "```output\n{{#include it.txt:2}}\n```\n", Some("keep\nold\nkeep\n"), None),
    ("included_nothing", "```output\n{{#include it.txt}}\n```\n", Some(""), None),
    ("included_between", "```output\na\n{{#include it.txt}}\nb\n```\n", Some("old"), None),
];

#[test]
fn blessing_changes_the_output_and_nothing_else() {
    let marks = [("", ""), ("marked_", "\u{feff}")];
    let cases = marks.iter().flat_map(|(prefix, mark)| {
        BLESSINGS.iter().map(move |(name, fence, beside, expected)| {
            let (name, text) = (format!("{prefix}{name}"), |fence: &str| format!("{mark}{CELL}{fence}"));
            let fence = fence.replace("it.txt", &format!("{name}.txt"));
            (name, text(&fence), *beside, text(expected.unwrap_or(&fence)))
        })
    });
    let cases: Vec<(String, String, Option<&str>, String)> = cases.collect();
    let chapters: Vec<(&str, &str)> =
        cases.iter().map(|(name, chapter, ..)| (name.as_str(), chapter.as_str())).collect();
    let book = Book::new("faults-bless", &chapters);
    let beside = || cases.iter().filter_map(|(name, _, beside, _)| Some((format!("src/{name}.txt"), (*beside)?)));
    beside().for_each(|(name, text)| book.write(&name, text));
    let blessed = book.recto(&["test", "--bless"]);
    let said = String::from_utf8(blessed.stderr).unwrap() + &String::from_utf8(blessed.stdout).unwrap();
    let read = |name: &str| std::fs::read_to_string(book.0.join(name)).unwrap();
    for (name, _, _, expected) in &cases {
        assert_eq!(&read(&format!("src/{name}.md")), expected, "{name}: {said}");
    }
    beside().for_each(|(name, text)| assert_eq!(read(&name), text));
    assert_eq!(said.matches("recto changes no fence with an include in it").count(), 8, "{said}");
}
