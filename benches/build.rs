//! How long recto takes, beside what the same work takes by hand, in one run: `cargo bench`, or `cargo bench -- 8 200 1000` for
//! books of so many lessons. What it measures is written to `benches/results.md`, and what the guide's plot is drawn of to
//! `book/data/speed.csv`.
//!
//! Each book is made here: so many lessons of eight cells, and a package beside it with the same programs written by hand, which is
//! compiled with `cargo build` and run. Plain mdBook renders the same chapters without recto. The curvature book comes last. A task is repeated, recto and the
//! other by turns; a ratio is that of one turn, and what is stated is the median of the ratios with their quartiles.

#[path = "build/corpus.rs"]
mod corpus;
#[path = "build/curvature.rs"]
mod curvature;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mdbook_driver::MDBook;
use recto::door::supervisor;

use corpus::{CELLS, Corpus};

/// How often each task is repeated.
const ROUNDS: usize = 9;

/// How many lessons the books have if nothing is said.
const LESSONS: [usize; 3] = [8, 200, 1000];

fn main() {
    if supervisor().is_some() {
        return;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        // `cargo test` builds benches and runs them with `--test`; there is nothing to test here.
        [flag, ..] if flag == "--test" => {}
        [flag, root, ..] if flag == "--mdbook" => MDBook::load(root).and_then(|it| it.build()).expect("the pages"),
        arguments => {
            let lessons: Vec<usize> = arguments.iter().filter_map(|it| it.parse().ok()).collect();
            let lessons = if lessons.is_empty() { LESSONS.to_vec() } else { lessons };
            let corpora = lessons.into_iter().flat_map(measured);
            publish(&corpora.chain(curvature::measured()).collect::<Vec<Row>>());
        }
    }
}

/// A line of the table.
struct Row {
    book: String,
    task: &'static str,
    beside: &'static str,
    /// For each turn, how long recto took and how long the other.
    times: Vec<(Duration, Duration)>,
    /// For each turn, how many seconds the stages of recto's build took.
    stages: Vec<BTreeMap<String, f64>>,
}

/// A build of a book.
struct Built {
    took: Duration,
    /// How many seconds of it each stage took, by the names that `recto build --timings` gives.
    stages: BTreeMap<String, f64>,
}

impl Built {
    /// Builds the book in a folder, which must be right.
    fn of(root: &Path) -> Built {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recto"));
        command.args(["build", "--timings", "--message-format", "json"]);
        command.current_dir(root).env_remove("CARGO_TARGET_DIR");
        let start = Instant::now();
        let said = run(&mut command);
        let took = start.elapsed();
        let summary: serde_json::Value =
            said.lines().last().and_then(|it| serde_json::from_str(it).ok()).expect("a summary");
        let stages = serde_json::from_value(summary["stages"].clone()).expect("the stages");
        Built { took, stages }
    }
}

impl Row {
    fn new(book: &str, task: &'static str, beside: &'static str) -> Row {
        let book = book.to_owned();
        let (times, stages) = (Vec::new(), Vec::new());
        Row { book, task, beside, times, stages }
    }

    fn add(&mut self, ours: Built, theirs: Duration) {
        self.times.push((ours.took, theirs));
        self.stages.push(ours.stages);
    }

    /// The quartiles of something of each turn.
    fn quartiles(&self, of: impl Fn(&(Duration, Duration)) -> f64) -> [f64; 3] {
        quartiles(self.times.iter().map(of).collect())
    }

    fn ratio(&self) -> [f64; 3] {
        self.quartiles(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64())
    }
}

fn quartiles(mut all: Vec<f64>) -> [f64; 3] {
    all.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| all[(all.len() - 1) * quarter / 4])
}

/// The tasks on a book of so many lessons.
fn measured(lessons: usize) -> Vec<Row> {
    let name = format!("{lessons} lessons of {CELLS} cells");
    eprintln!("{name}");
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(lessons.to_string());
    let _ = std::fs::remove_dir_all(&root);
    let corpus = Corpus::new(root, lessons);
    let mut nothing = Row::new(&name, "from nothing", "cargo build, and each program run");
    // What both need of the registry is there then.
    corpus.by_hand(&(0..1).collect::<Vec<_>>());
    corpus.forget();
    let all: Vec<usize> = (0..lessons).collect();
    nothing.add(corpus.recto(), time(|| corpus.by_hand(&all)));
    let mut unchanged = Row::new(&name, "nothing changed", "plain mdBook");
    let mut prose = Row::new(&name, "a sentence edited", "plain mdBook");
    let mut claim = Row::new(&name, "a claim edited", "cargo build and run of that program");
    let mut cell = Row::new(&name, "a cell edited", "cargo build and run of that program");
    let mut pages = Row::new(&name, "a cell and the pages", "the same, and plain mdBook");
    let mut kit = Row::new(&name, "the book's library edited", "cargo build, and each program run");
    for round in 1..=ROUNDS {
        eprintln!("  turn {round} of {ROUNDS}");
        // What is edited next has no other cells than a book that is there.
        corpus.edit_prose(0);
        corpus.recto();
        unchanged.add(corpus.recto(), time(|| corpus.mdbook()));
        corpus.edit_prose(round);
        prose.add(corpus.recto(), time(|| corpus.mdbook()));
        corpus.edit_claim(round);
        claim.add(corpus.recto(), time(|| corpus.by_hand(&[0])));
        corpus.edit_cell(round);
        let (ours, run) = (corpus.recto(), time(|| corpus.by_hand(&[0])));
        pages.times.push((ours.took, run + time(|| corpus.mdbook())));
        cell.add(ours, run);
        // All programs are compiled again: once is enough where they are many.
        if round == 1 || lessons <= 8 {
            corpus.edit_kit(round);
            kit.add(corpus.recto(), time(|| corpus.by_hand(&all)));
        }
    }
    eprintln!(
        "  on disk: {:.0} MB, of which the dependencies take {:.0} MB",
        corpus.megabytes(),
        corpus.shared_megabytes()
    );
    vec![nothing, unchanged, prose, claim, cell, pages, kit]
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Runs a command, which must succeed, and returns what it prints.
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("the command starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Writes the table, and prints it.
fn publish(rows: &[Row]) {
    let mut table = String::from(
        "| book | task | recto, s | beside it | that, s | ratio (quartiles) |\n|---|---|---:|---|---:|---|\n",
    );
    let mut data = String::from("book,task,beside,recto,other,lower,ratio,upper\n");
    for row in rows {
        let [_, ours, _] = row.quartiles(|times| times.0.as_secs_f64());
        let [_, theirs, _] = row.quartiles(|times| times.1.as_secs_f64());
        let [lower, ratio, upper] = row.ratio();
        let Row { book, task, beside, .. } = row;
        let _ = writeln!(
            table,
            "| {book} | {task} | {ours:.3} | {beside} | {theirs:.3} | {ratio:.2} ({lower:.2} to {upper:.2}) |"
        );
        let _ = writeln!(data, "{book},{task},\"{beside}\",{ours:.4},{theirs:.4},{lower:.3},{ratio:.3},{upper:.3}");
    }
    println!("{table}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = format!("{}\n{}\n{table}\n{}", include_str!("build/head.md"), machine(), stages(rows));
    std::fs::write(root.join("benches/results.md"), text).expect("the table");
    std::fs::write(root.join("book/data/speed.csv"), data).expect("the data");
}

/// Where the time of a build goes: the medians of its stages.
fn stages(rows: &[Row]) -> String {
    const STAGES: [&str; 9] = [
        "reading", "tangling", "running", "judging", "comparing", "rendering", "finishing", "auditing", "publishing",
    ];
    let heads = STAGES.map(|stage| format!(" {stage} |")).concat();
    let mut table = format!(
        "{}\n| book | task |{heads} all |\n|---|---|{}---:|\n",
        include_str!("build/stages.md"),
        "---:|".repeat(STAGES.len())
    );
    for row in rows.iter().filter(|row| row.stages.len() > 1) {
        let median = |all: Vec<f64>| (quartiles(all)[1] * 1e3).round();
        let each = STAGES.map(|stage| {
            let seconds = row.stages.iter().map(|its| its.get(stage).copied().unwrap_or_default());
            format!(" {} |", median(seconds.collect()))
        });
        let all = median(row.times.iter().map(|(ours, _)| ours.as_secs_f64()).collect());
        let _ = writeln!(table, "| {} | {} |{} {all} |", row.book, row.task, each.concat());
    }
    table
}

/// On what it was measured.
fn machine() -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let processor = processor.map_or("a processor that is not known", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = said("rustc", &["--version"]).unwrap_or_default();
    format!("Measured on {cores} cores of {processor}, {}, {compiler}.\n", std::env::consts::OS)
}
