//! Momentum, RMSProp and Adam against hand calculation, bounds and what they are invariant to.

use curvature::descent::{GradientDescent, HeavyBall, Method, NotConverged, Path, Reason, descend};
use curvature::functions::{bowl, rosenbrock};
use curvature::optimisers::{Adam, Clip, Momentum, OptimiserError, RmsProp, Schedule};
use nalgebra::{Const, Matrix2, Rotation2, U1, Vector1, Vector2, vector};
use proptest::prelude::*;

type Run<const N: usize> = Result<Path<Const<N>>, NotConverged<Const<N>>>;

fn of_bowl(p: &Vector2<f64>) -> Vector2<f64> {
    num_dual::gradient(bowl, p).1
}

fn of_rosenbrock(p: &Vector2<f64>) -> Vector2<f64> {
    num_dual::gradient(rosenbrock, p).1
}

fn walk<const N: usize>(method: impl Method<Const<N>>, start: [f64; N], steps: usize) -> Vec<[f64; N]> {
    let failure = descend(method, start.into(), |_| false, steps).unwrap_err();
    assert_eq!(failure.reason, Reason::Limit);
    failure.path.points.into_iter().map(Into::into).collect()
}

fn to_a_millionth(method: impl Method<Const<2>>, start: Vector2<f64>) -> Run<2> {
    descend(method, start, move |p| p.norm() < 1e-6 * start.norm(), 10_000)
}

fn down_the_valley(method: impl Method<Const<2>>) -> usize {
    let target = vector![1.0, 1.0];
    let arrived = |p: &Vector2<f64>| (p - target).norm() < 1e-3;
    descend(method, vector![-1.2, 1.0], arrived, 100_000).unwrap().steps()
}

/// The gradients `1, 2, 4, …`, whatever the point.
fn doubling() -> impl FnMut(&Vector1<f64>) -> Vector1<f64> {
    let mut next = 0.5;
    move |_| {
        next *= 2.0;
        vector![next]
    }
}

#[test]
fn momentum_with_a_constant_step_is_the_heavy_ball() {
    let here = walk(Momentum::new(of_rosenbrock, 1e-3, 0.9).unwrap(), [-1.2, 1.0], 200);
    let there = walk(HeavyBall::new(of_rosenbrock, 1e-3, 0.9), [-1.2, 1.0], 200);
    for (a, b) in here.iter().zip(&there) {
        assert!((a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-12);
    }
    let plain = walk(Momentum::new(of_bowl, 0.07, 0.0).unwrap(), [1.0, 1.0], 50);
    assert_eq!(plain, walk(GradientDescent::new(of_bowl, 0.07), [1.0, 1.0], 50));
}

#[test]
fn three_steps_of_each_by_hand() {
    // u = 1, 0.5 + 2, 1.25 + 4
    let points = walk(Momentum::new(doubling(), 0.1, 0.5).unwrap(), [0.0], 3);
    for (point, expected) in points.iter().zip([0.0, -0.1, -0.35, -0.875]) {
        assert!((point[0] - expected).abs() < 1e-15, "{point:?}");
    }
    // v = 0.25, 1.1875, 4.890625
    let method = RmsProp::new(doubling(), 1.0, 0.75).unwrap().with_floor(0.0).unwrap();
    let points = walk(method, [0.0], 3);
    let steps = [1.0 / 0.5, 2.0 / 1.1875f64.sqrt(), 4.0 / 4.890625f64.sqrt()];
    for (pair, expected) in points.windows(2).zip(steps) {
        assert!((pair[0][0] - pair[1][0] - expected).abs() < 1e-14, "{pair:?}");
    }
    // m = 1/2, 5/4, 21/8 over 1/2, 3/4, 7/8 and v as above over 1/4, 7/16, 37/64
    let method = Adam::new(doubling(), 1.0).unwrap();
    let method = method.with_decays(0.5, 0.75).unwrap().with_floor(0.0).unwrap();
    let points = walk(method, [0.0], 3);
    let steps = [
        1.0,
        (5.0 / 3.0) / (1.1875f64 / 0.4375).sqrt(),
        3.0 / (4.890625f64 / 0.578125).sqrt(),
    ];
    for (pair, expected) in points.windows(2).zip(steps) {
        assert!((pair[0][0] - pair[1][0] - expected).abs() < 1e-14, "{pair:?}");
    }
}

#[test]
fn step_counts_on_the_bowl_upright_and_turned() {
    let upright = to_a_millionth(Adam::new(of_bowl, 0.1).unwrap(), vector![1.0, 1.0]).unwrap();
    assert_eq!(upright.steps(), 189);
    for p in &upright.points {
        assert!((p.x - p.y).abs() < 1e-8);
    }
    assert!((upright.points[10].x - 0.0762491).abs() < 1e-7);

    let steeper = |p: &Vector2<f64>| of_bowl(p) * 100.0;
    let scaled = to_a_millionth(Adam::new(steeper, 0.1).unwrap(), vector![1.0, 1.0]).unwrap();
    assert_eq!(scaled.steps(), 189);
    for (p, q) in upright.points.iter().zip(&scaled.points) {
        assert!((p - q).norm() < 1e-8);
    }

    let turn = Rotation2::new(45f64.to_radians());
    let turned = |p: &Vector2<f64>| turn * of_bowl(&(turn.inverse() * p));
    let path = to_a_millionth(Adam::new(turned, 0.1).unwrap(), turn * vector![1.0, 1.0]).unwrap();
    assert_eq!(path.steps(), 251);
}

#[test]
fn step_counts_in_the_valley() {
    assert_eq!(down_the_valley(Momentum::new(of_rosenbrock, 1e-3, 0.0).unwrap()), 17_082);
    assert_eq!(down_the_valley(Momentum::new(of_rosenbrock, 1e-3, 0.9).unwrap()), 1580);
    assert_eq!(down_the_valley(Adam::new(of_rosenbrock, 1e-2).unwrap()), 4409);
    let rms = down_the_valley(RmsProp::new(of_rosenbrock, 1e-3, 0.9).unwrap());
    assert!((8299..=8301).contains(&rms), "{rms}");
}

#[test]
fn first_steps_know_the_sign_only() {
    let adam = walk(Adam::new(of_bowl, 0.1).unwrap(), [1.0, -1.0], 1);
    assert!((adam[1][0] - 0.9).abs() < 1e-9 && (adam[1][1] + 0.9).abs() < 1e-9);
    let rms = walk(RmsProp::new(of_bowl, 0.1, 0.9).unwrap(), [1.0, -1.0], 1);
    let step = 0.1 / (1.0 - 0.9f64).sqrt();
    assert!((step - 0.316227766).abs() < 1e-9);
    assert!((rms[1][0] - 1.0 + step).abs() < 1e-8 && (rms[1][1] + 1.0 - step).abs() < 1e-8);
}

#[test]
fn where_the_gradient_is_zero_nothing_moves() {
    let flat = |_: &Vector2<f64>| vector![0.0, 0.0];
    let still = |points: Vec<[f64; 2]>| points.iter().all(|p| *p == [1.0, 1.0]);
    let adam = Adam::new(flat, 0.1).unwrap().with_floor(0.0).unwrap();
    assert!(still(walk(adam, [1.0, 1.0], 5)));
    let rms = RmsProp::new(flat, 0.1, 0.9).unwrap().with_floor(0.0).unwrap();
    assert!(still(walk(rms, [1.0, 1.0], 5)));
}

#[test]
fn schedules_at_their_corners() {
    let rates = |s: Schedule, at: &[usize]| at.iter().map(|&k| s.rate(k)).collect::<Vec<_>>();
    assert_eq!(rates(0.3.into(), &[0, 1, 1_000_000]), [0.3, 0.3, 0.3]);
    assert_eq!(rates(Schedule::inverse(1.0).unwrap(), &[0, 1, 3, 9]), [1.0, 0.5, 0.25, 0.1]);
    assert_eq!(rates(Schedule::stairs(0.8, 10, 0.5).unwrap(), &[0, 9, 10, 19, 20]), [0.8, 0.8, 0.4, 0.4, 0.2]);
    let cosine = rates(Schedule::cosine(0.2, 8).unwrap(), &[0, 4, 8, 9]);
    for (rate, expected) in cosine.iter().zip([0.2, 0.1, 0.0, 0.0]) {
        assert!((rate - expected).abs() < 1e-15, "{cosine:?}");
    }
    let restarts = rates(Schedule::restarts(0.2, 4, 2).unwrap(), &[0, 2, 4, 8, 12, 28]);
    for (rate, expected) in restarts.iter().zip([0.2, 0.1, 0.2, 0.1, 0.2, 0.2]) {
        assert!((rate - expected).abs() < 1e-15, "{restarts:?}");
    }
}

#[test]
fn a_schedule_sets_the_step() {
    let slope = |_: &Vector1<f64>| vector![1.0];
    let points = walk(Momentum::new(slope, Schedule::stairs(0.5, 2, 0.5).unwrap(), 0.0).unwrap(), [0.0], 4);
    assert_eq!(points.concat(), [0.0, -0.5, -1.0, -1.25, -1.5]);
    let stopped = Adam::new(slope, Schedule::cosine(0.1, 3).unwrap()).unwrap();
    let points = walk(stopped, [0.0], 6);
    assert_eq!(points[3], points[6]);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let g = |p: &Vector1<f64>| *p;
    type Adams<F> = Result<Adam<F, U1>, OptimiserError>;
    let adam = |rate: f64| -> Adams<_> { Adam::new(g, rate) };
    assert_eq!(adam(-0.1).err().unwrap(), OptimiserError::Rate(-0.1));
    assert!(matches!(adam(f64::NAN).err().unwrap(), OptimiserError::Rate(r) if r.is_nan()));
    assert_eq!(adam(0.1).unwrap().with_decays(0.9, 1.0).err().unwrap(), OptimiserError::Decay(1.0));
    assert_eq!(adam(0.1).unwrap().with_floor(-1.0).err().unwrap(), OptimiserError::Floor(-1.0));
    let momentum: Result<Momentum<_, U1>, _> = Momentum::new(g, 0.1, -0.5);
    assert_eq!(momentum.err().unwrap(), OptimiserError::Decay(-0.5));
    let rms: Result<RmsProp<_, U1>, _> = RmsProp::new(g, f64::INFINITY, 0.9);
    assert_eq!(rms.err().unwrap(), OptimiserError::Rate(f64::INFINITY));

    assert_eq!(Schedule::inverse(-1.0).err().unwrap(), OptimiserError::Rate(-1.0));
    assert_eq!(Schedule::cosine(0.1, 0).err().unwrap(), OptimiserError::NoSteps);
    assert_eq!(Schedule::stairs(0.1, 0, 0.5).err().unwrap(), OptimiserError::NoSteps);
    assert_eq!(Schedule::restarts(0.1, 4, 0).err().unwrap(), OptimiserError::NoSteps);
    assert_eq!(Schedule::stairs(0.1, 5, -2.0).err().unwrap(), OptimiserError::Rate(-2.0));

    for bound in [0.0, -1.0, f64::INFINITY] {
        let error = Clip::norm(bound).err().unwrap();
        assert_eq!(error, OptimiserError::Clip(bound));
    }
}

#[test]
fn a_gradient_whose_square_overflows_is_clipped_too() {
    let clipped = Clip::norm(5.0).unwrap().apply(vector![3e200, 4e200]);
    assert!((clipped - vector![3.0, 4.0]).norm() < 1e-14);
}

proptest! {
    #[test]
    fn clipping_keeps_the_bound_and_norm_clipping_the_direction(x in -1e6..1e6f64, y in -1e6..1e6f64, bound in 1e-3..1e3f64) {
        let g = vector![x, y];
        let by_norm = Clip::norm(bound).unwrap().apply(g);
        prop_assert!(by_norm.norm() <= bound * (1.0 + 1e-12));
        prop_assert!(by_norm.perp(&g).abs() <= 1e-9 * bound * g.norm());
        prop_assert!(by_norm.dot(&g) >= 0.0);
        let by_value = Clip::value(bound).unwrap().apply(g);
        prop_assert!(by_value.amax() <= bound);
        if g.norm() <= bound {
            prop_assert_eq!(by_norm, g);
            prop_assert_eq!(by_value, g);
        }
    }

    #[test]
    fn no_step_of_adam_is_longer_than_cauchy_schwarz_allows(gradients in prop::collection::vec(-1e3..1e3f64, 1..60), growth in 0.5..2.0f64) {
        let (beta1, beta2) = (0.9, 0.999);
        let mut scale = 1.0;
        let mut of = gradients.clone().into_iter();
        let noisy = move |_: &Vector1<f64>| {
            scale *= growth;
            vector![of.next().unwrap() * scale]
        };
        let points = walk(Adam::new(noisy, 1.0).unwrap(), [0.0], gradients.len());
        for (t, pair) in points.windows(2).enumerate() {
            let t = i32::try_from(t).unwrap() + 1;
            let ratio = beta1 * beta1 / beta2;
            let weights = (1.0 - f64::powi(ratio, t)) / (1.0 - ratio);
            let bound = (1.0 - beta1) / (1.0 - beta1.powi(t)) * ((1.0 - beta2.powi(t)) / (1.0 - beta2) * weights).sqrt();
            prop_assert!((pair[1][0] - pair[0][0]).abs() <= bound * (1.0 + 1e-9));
        }
    }

    #[test]
    fn adam_does_not_see_the_scale_of_a_component(a in 0.01..100.0f64, b in 0.01..100.0f64, x in 0.5..3.0f64, y in -3.0..-0.5f64) {
        let valley = |scales: Matrix2<f64>| move |p: &Vector2<f64>| scales * p;
        let unit = Adam::new(valley(Matrix2::identity()), 0.1).unwrap().with_floor(0.0).unwrap();
        let scaled = Adam::new(valley(Matrix2::new(a, 0.0, 0.0, b)), 0.1).unwrap().with_floor(0.0).unwrap();
        for (p, q) in walk(unit, [x, y], 40).iter().zip(walk(scaled, [x, y], 40)) {
            prop_assert!((p[0] - q[0]).abs() < 1e-9 && (p[1] - q[1]).abs() < 1e-9);
        }
    }
}

#[test]
fn a_square_that_overflows_ends_the_run_and_does_not_stop_the_optimiser_for_good() {
    let huge = |_: &Vector1<f64>| Vector1::new(1e200);
    let adam = descend(Adam::new(huge, 0.1).unwrap(), Vector1::new(0.0), |_| false, 10);
    assert_eq!(adam.unwrap_err().reason, Reason::NotFinite);
    let rms = descend(RmsProp::new(huge, 0.1, 0.9).unwrap(), Vector1::new(0.0), |_| false, 10);
    assert_eq!(rms.unwrap_err().reason, Reason::NotFinite);
}

#[test]
fn decoupled_decay_takes_its_share_of_each_weight_and_a_penalty_does_not() {
    let gradient = |p: &Vector2<f64>| vector![100.0 * p.x, 0.01 * p.y];
    let start = vector![1.0, 1.0];
    let (eta, lambda) = (0.01, 0.1);
    let mut adam_w = Adam::new(gradient, eta).unwrap().with_weight_decay(lambda).unwrap();
    // The recurrence of the paper, written out.
    let (mut x, mut m, mut v) = (start, vector![0.0, 0.0], vector![0.0, 0.0]);
    let mut at = start;
    for t in 1..=50 {
        let g = gradient(&x);
        m = m * 0.9 + g * 0.1;
        v = v * 0.999 + g.component_mul(&g) * 0.001;
        let (first, second) = (1.0 - 0.9f64.powi(t), 1.0 - 0.999f64.powi(t));
        x = x * (1.0 - eta * lambda) - m.zip_map(&v, |m, v| eta * (m / first) / ((v / second).sqrt() + 1e-8));
        at = adam_w.step(&at).unwrap();
        assert!((at - x).norm() < 1e-14);
    }
    // Where the gradient is zero, weights decay by 1 − ηλ a step; in a penalty, Adam makes steps of η of it at first.
    let mut still = Adam::new(|_: &Vector1<f64>| Vector1::new(0.0), eta).unwrap().with_weight_decay(lambda).unwrap();
    assert!((still.step(&Vector1::new(3.0)).unwrap()[0] - 3.0 * (1.0 - eta * lambda)).abs() < 1e-15);
    let mut penalised = Adam::new(move |w: &Vector1<f64>| *w * lambda, eta).unwrap();
    assert!((penalised.step(&Vector1::new(3.0)).unwrap()[0] - (3.0 - eta)).abs() < 1e-8);

    let mut without = Adam::new(gradient, eta).unwrap().with_weight_decay(0.0).unwrap();
    assert_eq!(without.step(&start), Adam::new(gradient, eta).unwrap().step(&start));
    for lambda in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = Adam::<_, Const<2>>::new(gradient, eta).unwrap().with_weight_decay(lambda);
        assert!(matches!(refused, Err(OptimiserError::WeightDecay(_))));
    }
}

#[test]
fn a_warm_up_grows_evenly_and_then_the_schedule_begins() {
    let warm = Schedule::from(0.4).with_warm_up(4).unwrap();
    assert_eq!([0, 1, 2, 3, 4, 100].map(|k| warm.rate(k)), [0.1, 0.2, 0.30000000000000004, 0.4, 0.4, 0.4]);
    let plain = Schedule::cosine(1.0, 10).unwrap();
    let warm = plain.with_warm_up(5).unwrap();
    for k in 0..20 {
        assert_eq!(warm.rate(5 + k), plain.rate(k));
    }
    assert_eq!(plain.with_warm_up(0), Err(OptimiserError::NoSteps));
    assert!(Schedule::from(-1.0).with_warm_up(3).is_err());
}
