//! Speed of the measurements: what each takes beside a bound, and beside scipy where `PYTHON` names a python that has it.
//!
//! `cargo bench -p curvature --bench operators`, with `-- 1000` for grids of another side, and `TOLERANCE` for another than 1e-8. One
//! thread, unless `THREADS` says otherwise; OpenBLAS is told the same. Each line has the median of several runs and the spread from the quickest to the slowest.

use std::collections::HashMap;
use std::hint::black_box;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Instant;

use curvature::operators::{Probe, ProductInto, Search, SymmetricOperator, hutchinson};
use curvature::spectrum::Spectrum;
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// Quickest, median and slowest of some runs, in seconds.
struct Times(f64, f64, f64);

fn time(runs: usize, mut task: impl FnMut()) -> Times {
    let mut run = |times: usize| {
        let start = now();
        (0..times).for_each(|_| task());
        (now() - start) / times as f64
    };
    // The system counts in steps of some milliseconds, so a run is to take a tenth of a second.
    let times = if runs == 1 {
        1
    } else {
        (0.1 / run(if runs > 5 { 8 } else { 1 }).max(1e-6)).ceil().min(1e5) as usize
    };
    let mut seconds: Vec<f64> = (0..runs).map(|_| run(times)).collect();
    seconds.sort_by(f64::total_cmp);
    Times(seconds[0], seconds[runs / 2], seconds[runs - 1])
}

/// Seconds that this thread had a processor, where the system tells, so that other work on the machine counts less; with
/// several threads, seconds by the clock.
fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let had = std::fs::read_to_string("/proc/thread-self/schedstat").ok().filter(|_| threads() == 1);
    let nanoseconds = had.and_then(|fields| fields.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| 1e-9 * nanoseconds)
}

fn threads() -> usize {
    std::env::var("THREADS").map_or(1, |threads| threads.parse().expect("THREADS is a number"))
}

fn tolerance() -> f64 {
    std::env::var("TOLERANCE").map_or(1e-8, |tolerance| tolerance.parse().expect("TOLERANCE is a number"))
}

fn line(task: &str, time: &Times, beside: &str) {
    let Times(quickest, median, slowest) = time;
    println!("{task:<34} {:>10.3} ms  ({:.3} … {:.3})  {beside}", 1e3 * median, 1e3 * quickest, 1e3 * slowest);
}

/// The Laplacian on a square grid with fixed edges: five points, `8n` bytes read and written.
fn laplacian(side: usize) -> impl SymmetricOperator {
    let add = |out: &mut [f64], v: &[f64]| out.iter_mut().zip(v).for_each(|(out, v)| *out -= v);
    ProductInto::new(side * side, move |v: &DVector<f64>, out: &mut DVector<f64>| {
        let (v, out) = (v.as_slice(), out.as_mut_slice());
        for (row, out) in out.chunks_exact_mut(side).enumerate() {
            let line = &v[row * side..(row + 1) * side];
            out.iter_mut().zip(line).for_each(|(out, v)| *out = 4.0 * v);
            add(&mut out[1..], line);
            add(out, &line[1..]);
            if row > 0 {
                add(out, &v[(row - 1) * side..row * side]);
            }
            if row + 1 < side {
                add(out, &v[(row + 1) * side..(row + 2) * side]);
            }
        }
    })
}

/// What scipy takes, by task and size: two numbers each.
fn scipy(sides: &[usize]) -> HashMap<(String, usize), (f64, f64)> {
    let Some(python) = std::env::var_os("PYTHON") else {
        println!("(no PYTHON: not compared with scipy)");
        return HashMap::new();
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/eigsh.py");
    let mut command = Command::new(python);
    command.arg(script).args(sides.iter().map(ToString::to_string));
    let output = command.env("OMP_NUM_THREADS", threads().to_string()).output().expect("PYTHON is a program");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", text.lines().next().unwrap_or_default());
    let number = |field: Option<&str>| field.and_then(|field| field.parse().ok()).expect("a number");
    let rows = text.lines().skip(1).map(|line| {
        let mut fields = line.split(' ');
        let task = fields.next().expect("a task").to_owned();
        ((task, number(fields.next()) as usize), (number(fields.next()), number(fields.next())))
    });
    rows.collect()
}

fn main() {
    let sides: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sides = if sides.is_empty() { vec![100, 300] } else { sides };
    let theirs = scipy(&sides);
    let rng = || ChaCha8Rng::seed_from_u64(1);

    for &side in &sides {
        let h = laplacian(side);
        let search = Search {
            threads: Some(threads()),
            ..Search::new(1, 0, tolerance(), 1_000_000)
        };
        let mut found = None;
        let took =
            time(if side > 700 { 1 } else { 5 }, || found = Some(search.run(&h, &mut rng()).expect("it converges")));
        let found = found.expect("it ran");
        let exact = 4.0 + 4.0 * (std::f64::consts::PI / (side + 1) as f64).cos();
        assert!((found.largest[0].value - exact).abs() < 10.0 * tolerance());
        let beside = theirs.get(&("eigsh".to_owned(), side)).map_or_else(String::new, |(seconds, products)| {
            let (time, cost) = (took.1 / seconds, found.products as f64 / products);
            format!(", {time:.2} of scipy's time, {cost:.2} of its products")
        });
        line(
            &format!("largest, Laplacian of {}", side * side),
            &took,
            &format!("{} products{beside}", found.products),
        );
    }

    let n = 1_000_000;
    let (mut a, b, c) = (vec![0.0; n], vec![1.0; n], vec![2.0; n]);
    let triad = time(15, || {
        a.iter_mut().zip(&b).zip(&c).for_each(|((a, b), c)| *a = b + 3.0 * c);
        black_box(&a);
    });
    line("a = b + 3c, n = 10^6", &triad, "24 MB");
    let h = laplacian(1000);
    let probes = 30;
    let took = time(5, || {
        black_box(hutchinson(&h, Probe::Rademacher, probes, &mut rng()).expect("it is fit"));
    });
    // Each probe is written, read by the product, whose result is written, and both are read again: five vectors of 8 MB.
    let bound = triad.1 / 24.0 * 40.0 * probes as f64;
    line(
        "hutchinson, 30 probes, n = 10^6",
        &took,
        &format!("{:.2} of the bound by bandwidth", took.1 / bound),
    );

    for n in [100, 200, 400] {
        let mut seeds = rng();
        let columns: Vec<_> = (0..n).map(|_| Probe::Gaussian.draw(n, &mut seeds)).collect();
        let matrix = DMatrix::from_columns(&columns);
        let matrix = &matrix + matrix.transpose();
        let took = time(9, || {
            black_box(Spectrum::of(&matrix).expect("it is symmetric"));
        });
        let beside = theirs.get(&("eigh".to_owned(), n)).map_or_else(String::new, |(evr, evd)| {
            format!("{:.2} of LAPACK's dsyevr, {:.2} of dsyevd", took.1 / evr, took.1 / evd)
        });
        line(&format!("decomposition, n = {n}"), &took, &beside);
        let small = DMatrix::from_fn(n, 40, |i, j| matrix[(i, j)]);
        let both = time(9, || {
            black_box(&matrix * &small);
        });
        line(&format!("block of 40 products, n = {n}"), &both, "");
    }
}
