//! Measurements by products alone, against closed forms, full decompositions and exact moments.

use std::f64::consts::PI;

use curvature::data;
use curvature::network::{Activation, Loss, Network, Objective};
use curvature::operators::{
    Counted, Density, Diagonal, GaussNewton, Lanczos, OperatorError, Probe, Product, ProductInto, Reorthogonalisation,
    Search, SymmetricOperator, density, extremes, hutch_plus_plus, hutchinson, lanczos, largest, power,
};
use curvature::spectrum::Spectrum;
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

const BOTH: [Reorthogonalisation; 2] = [Reorthogonalisation::Full, Reorthogonalisation::None];

fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn diagonal(values: Vec<f64>) -> Diagonal {
    Diagonal(DVector::from_vec(values))
}

/// The second difference with fixed ends: eigenvalues `2 − 2cos(kπ/(n+1))`.
fn laplacian(n: usize) -> impl SymmetricOperator {
    Product::new(n, move |v: &DVector<f64>| {
        let at = |i: usize| if i < n { v[i] } else { 0.0 };
        DVector::from_fn(n, |i, _| 2.0 * v[i] - at(i + 1) - at(i.wrapping_sub(1)))
    })
}

fn laplacian_eigenvalue(k: usize, n: usize) -> f64 {
    2.0 - 2.0 * (k as f64 * PI / (n + 1) as f64).cos()
}

fn random_symmetric(n: usize, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
    let g = DMatrix::from_fn(n, n, |_, _| rng.sample::<f64, _>(StandardNormal));
    (&g + g.transpose()) * 0.5
}

fn orthogonality(run: &Lanczos) -> f64 {
    (run.basis.tr_mul(&run.basis) - DMatrix::identity(run.steps(), run.steps())).amax()
}

/// 198 points evenly in [0, 2], then 2.5 and 3.
fn gapped() -> (Diagonal, DVector<f64>) {
    let bulk = (0..198).map(|i| 2.0 * f64::from(i) / 197.0);
    (diagonal(bulk.chain([2.5, 3.0]).collect()), DVector::repeat(200, 1.0))
}

#[test]
fn power_iteration_on_the_bowl_meets_its_closed_form() {
    let bowl = dmatrix![20.0, 0.0; 0.0, 2.0];
    let run = power(&bowl, &dvector![1.0, 1.0], 1e-8, 100).unwrap();
    for (k, quotient) in run.quotients.iter().enumerate() {
        let ratio = 100f64.powi(k as i32);
        assert!((quotient - (20.0 * ratio + 2.0) / (ratio + 1.0)).abs() < 1e-13);
    }
    assert!((run.pair.value - 20.0).abs() < 1e-13);
    assert!(run.pair.vector[1].abs() < 2e-8 && run.pair.residual <= 20.0 * 1e-8);
}

#[test]
fn power_iteration_finds_the_largest_absolute_value_or_says_that_it_did_not() {
    let run = power(&diagonal(vec![1.0, -3.0, 2.0]), &dvector![1.0, 1.0, 1.0], 1e-10, 500).unwrap();
    assert!((run.pair.value + 3.0).abs() < 1e-12);
    let zero = power(&DMatrix::zeros(3, 3), &dvector![1.0, 2.0, 3.0], 1e-10, 10).unwrap();
    assert_eq!((zero.pair.value, zero.pair.residual), (0.0, 0.0));

    let tie = power(&diagonal(vec![2.0, -2.0]), &dvector![1.0, 1.0], 1e-10, 50).unwrap_err();
    assert_eq!(tie, OperatorError::NotConverged { products: 50, residual: 2.0 });
}

#[test]
fn from_the_first_unit_vector_lanczos_returns_the_chain_itself() {
    let n = 60;
    let mut start = DVector::zeros(n);
    start[0] = 1.0;
    for reorthogonalisation in BOTH {
        let run = lanczos(&laplacian(n), &start, 25, reorthogonalisation).unwrap();
        assert_eq!(run.alpha, vec![2.0; 25]);
        assert_eq!(run.beta, vec![1.0; 24]);
        assert_eq!(run.remainder, 1.0);
        for (i, q) in run.basis.column_iter().enumerate() {
            assert_eq!((q[i].abs(), q.norm()), (1.0, 1.0));
        }
        // Its quadrature is Gauss and Chebyshev's of the second kind.
        let quadrature = run.quadrature().unwrap();
        for k in 1..=25 {
            let angle = k as f64 * PI / 26.0;
            assert!((quadrature.nodes[k - 1] - (2.0 - 2.0 * angle.cos())).abs() < 1e-13);
            assert!((quadrature.weights[k - 1] - angle.sin().powi(2) / 13.0).abs() < 1e-13);
        }
    }
}

#[test]
fn as_many_steps_as_dimensions_give_every_eigenvalue() {
    let n = 40;
    let start = Probe::Gaussian.draw(n, &mut generator(1));
    let run = lanczos(&laplacian(n), &start, 1000, Reorthogonalisation::Full).unwrap();
    assert!(run.exhausted() && run.steps() == n);
    let ritz = run.ritz().unwrap();
    for (i, value) in ritz.values.iter().enumerate() {
        assert!((value - laplacian_eigenvalue(n - i, n)).abs() < 1e-12);
    }
    assert!(ritz.bounds.amax() <= 4.0 * f64::EPSILON);
}

#[test]
fn the_relations_and_bounds_of_the_process_hold() {
    let mut rng = generator(2);
    for _ in 0..100 {
        let n = rng.random_range(2..30);
        let h = random_symmetric(n, &mut rng);
        let exact = Spectrum::of(&h).unwrap();
        let run = lanczos(&h, &Probe::Gaussian.draw(n, &mut rng), rng.random_range(1..=n), Reorthogonalisation::Full)
            .unwrap();
        let (m, rounding) = (run.steps(), 1e-13 * h.norm());
        assert!(orthogonality(&run) < 1e-13);
        let left_over = &h * &run.basis - &run.basis * run.tridiagonal();
        assert!(left_over.columns(0, m - 1).norm() < 10.0 * rounding);
        assert!((left_over.column(m - 1).norm() - run.remainder).abs() < 10.0 * rounding);

        let ritz = run.ritz().unwrap();
        assert!(ritz.values[0] <= exact.largest() + rounding && ritz.values[m - 1] >= exact.smallest() - rounding);
        for i in 0..m {
            let distances = exact.values.iter().map(|value| (value - ritz.values[i]).abs());
            assert!(distances.fold(f64::INFINITY, f64::min) <= ritz.bounds[i] + rounding);
            let vector = run.vector(&ritz, i).unwrap();
            let residual = (&h * &vector - &vector * ritz.values[i]).norm();
            assert!((residual - ritz.bounds[i]).abs() < 10.0 * rounding);
        }
    }
}

#[test]
fn an_exhausted_krylov_space_ends_the_process_with_eigenvalues() {
    let h = diagonal(vec![5.0, 4.0, 3.0, 2.0, 1.0]);
    for reorthogonalisation in BOTH {
        let run = lanczos(&h, &dvector![1.0, 0.0, -2.0, 0.0, 3.0], 5, reorthogonalisation).unwrap();
        assert!(run.exhausted());
        assert!((run.ritz().unwrap().values - dvector![5.0, 3.0, 1.0]).amax() < 1e-13);
    }
    let identity = lanczos(&DMatrix::identity(4, 4), &dvector![1.0, 2.0, 3.0, 4.0], 4, Reorthogonalisation::None);
    assert_eq!(identity.unwrap().steps(), 1);
    let zero = lanczos(&DMatrix::zeros(4, 4), &dvector![1.0, 2.0, 3.0, 4.0], 4, Reorthogonalisation::Full);
    assert_eq!(zero.unwrap().alpha, [0.0]);
}

#[test]
fn without_reorthogonalisation_converged_values_return_as_ghosts() {
    let (h, start) = gapped();
    let run = |steps, reorthogonalisation| lanczos(&h, &start, steps, reorthogonalisation).unwrap();
    let copies = |run: &Lanczos| {
        let values = run.ritz().unwrap().values;
        values.iter().filter(|value| (**value - 3.0).abs() < 1e-6).count()
    };
    let [full, plain] = BOTH.map(|reorthogonalisation| run(80, reorthogonalisation));
    assert!(orthogonality(&full) < 1e-13);
    assert!(orthogonality(&run(40, Reorthogonalisation::None)) > 0.1);
    assert_eq!(copies(&full), 1);
    assert!(copies(&plain) >= 2);
    for reorthogonalisation in BOTH {
        assert!((run(20, reorthogonalisation).ritz().unwrap().values[0] - 3.0).abs() < 1e-10);
    }
}

#[test]
fn a_quadrature_has_the_moments_of_its_start() {
    let mut rng = generator(3);
    let h = random_symmetric(50, &mut rng) / 5.0;
    let v = Probe::Gaussian.draw(50, &mut rng).normalize();
    let m = 7;
    let quadrature = lanczos(&h, &v, m, Reorthogonalisation::Full).unwrap().quadrature().unwrap();
    let mut power = v.clone();
    for k in 0..2 * m as i32 {
        let exact = v.dot(&power);
        assert!((quadrature.integrate(|x| x.powi(k)) - exact).abs() < 1e-12 * exact.abs().max(1.0));
        power = &h * power;
    }
    assert!((quadrature.integrate(|x| x.powi(2 * m as i32)) - v.dot(&power)).abs() > 1e-3);
}

#[test]
fn both_ends_of_the_spectrum_are_found() {
    let n = 120;
    let chain = Counted::new(laplacian(n));
    let found = extremes(&chain, 1e-9, n, &mut generator(4)).unwrap();
    assert!((found.largest.value - laplacian_eigenvalue(n, n)).abs() < 1e-8);
    assert!((found.smallest.value - laplacian_eigenvalue(1, n)).abs() < 1e-8);
    assert_eq!(found.products, chain.products());
    for pair in [&found.largest, &found.smallest] {
        let residual = (chain.apply(&pair.vector) - &pair.vector * pair.value).norm();
        assert!((residual - pair.residual).abs() < 1e-12 && residual < 1e-8);
    }
    let error = extremes(&laplacian(n), 1e-9, 20, &mut generator(4)).unwrap_err();
    assert!(
        matches!(error, OperatorError::NotConverged { products: 20, residual } if residual > 1e-9),
        "{error}"
    );
    let gapped = Counted::new(gapped().0);
    let top = largest(&gapped, 1e-9, 200, &mut generator(4)).unwrap();
    assert!((top.value - 3.0).abs() < 1e-12 && top.vector[199].abs() > 1.0 - 1e-12);
    assert!(gapped.products() < 40);
    let small = extremes(&diagonal(vec![7.0]), 1e-9, 5, &mut generator(4)).unwrap();
    assert_eq!((small.largest.value, small.smallest.value), (7.0, 7.0));
}

/// Mean and variance of many samples, each within four standard errors of what theory says.
fn assert_moments(h: &impl SymmetricOperator, probe: Probe, mean: f64, variance: f64) {
    let estimate = hutchinson(h, probe, 10_000, &mut generator(5)).unwrap();
    let off = (estimate.value() - mean).abs();
    assert!(off <= 4.0 * (variance / 10_000.0).sqrt() + 1e-9 * mean, "mean off by {off}");
    let centred = |power| {
        let samples = estimate.samples.iter();
        samples.map(|s| (s - mean).powi(power)).sum::<f64>() / 10_000.0
    };
    let spread = (centred(4) - centred(2).powi(2)).max(0.0).sqrt() / 10_000f64.sqrt();
    let off = (estimate.variance() - variance).abs();
    assert!(off <= 4.0 * spread + 1e-3 * variance, "variance off by {off}, spread {spread}");
    assert!((estimate.standard_error().powi(2) * 10_000.0 - estimate.variance()).abs() < 1e-9 * variance.max(1.0));
}

#[test]
fn hutchinsons_samples_have_their_mean_and_variance() {
    let (bowl, turned) = (dmatrix![20.0, 0.0; 0.0, 2.0], dmatrix![11.0, 9.0; 9.0, 11.0]);
    assert_moments(&bowl, Probe::Rademacher, 22.0, 0.0);
    assert_moments(&turned, Probe::Rademacher, 22.0, 324.0);
    assert_moments(&bowl, Probe::Gaussian, 22.0, 808.0);
    assert_moments(&turned, Probe::Gaussian, 22.0, 808.0);
    assert_moments(&laplacian(100), Probe::Rademacher, 200.0, 396.0);
    assert_moments(&laplacian(100), Probe::Gaussian, 200.0, 1196.0);

    let samples = hutchinson(&turned, Probe::Rademacher, 100, &mut generator(6)).unwrap();
    assert!(samples.samples.iter().all(|&s| s == 40.0 || s == 4.0));
    let alone = hutchinson(&turned, Probe::Gaussian, 1, &mut generator(6)).unwrap();
    assert_eq!(alone.standard_error(), f64::INFINITY);
}

#[test]
fn hutch_plus_plus_is_exact_on_low_rank_and_unbiased_elsewhere() {
    let mut rng = generator(7);
    let tall = DMatrix::from_fn(60, 5, |_, _| rng.sample::<f64, _>(StandardNormal));
    let low = &tall * tall.transpose();
    let estimate = hutch_plus_plus(&low, Probe::Rademacher, 18, &mut rng).unwrap();
    assert!((estimate.value() / low.trace() - 1.0).abs() < 1e-12);
    assert!(estimate.standard_error() < 1e-12 * low.trace());

    let small = random_symmetric(4, &mut rng);
    let counted = Counted::new(&small);
    let estimate = hutch_plus_plus(&counted, Probe::Rademacher, 30, &mut rng).unwrap();
    assert!((estimate.value() - small.trace()).abs() < 1e-13 * small.norm());
    assert_eq!((estimate.products, counted.products(), estimate.standard_error()), (8, 8, 0.0));

    let h = random_symmetric(30, &mut rng);
    let trials: Vec<f64> =
        (0..1000).map(|_| hutch_plus_plus(&h, Probe::Rademacher, 10, &mut rng).unwrap().value()).collect();
    let mean = trials.iter().sum::<f64>() / 1000.0;
    let spread = (trials.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / 999.0 / 1000.0).sqrt();
    assert!((mean - h.trace()).abs() < 4.0 * spread);
}

#[test]
fn hutch_plus_plus_beats_hutchinson_on_a_decaying_spectrum() {
    let values: Vec<f64> = (1..=200).map(|i| f64::from(i).powi(-2)).collect();
    let exact: f64 = values.iter().sum();
    let mut rng = generator(8);
    // Turned by a reflection, since Rademacher vectors see a diagonal matrix without error.
    let axis = Probe::Gaussian.draw(200, &mut rng).normalize();
    let inner = diagonal(values);
    let reflect = |v: &DVector<f64>| v - &axis * (2.0 * axis.dot(v));
    let h = Product::new(200, |v: &DVector<f64>| reflect(&inner.apply(&reflect(v))));
    let mut rms = |plus: bool, products: usize| {
        let square = |_| {
            let estimate = if plus {
                hutch_plus_plus(&h, Probe::Gaussian, products, &mut rng)
            } else {
                hutchinson(&h, Probe::Gaussian, products, &mut rng)
            };
            (estimate.unwrap().value() / exact - 1.0).powi(2)
        };
        ((0..30).map(square).sum::<f64>() / 30.0).sqrt()
    };
    let (at_12, at_60) = (rms(true, 12), rms(true, 60));
    assert!(rms(false, 12) > 2.0 * at_12 && rms(false, 60) > 20.0 * at_60);
    assert!(at_60 < at_12 / 10.0);
}

fn sup_distance(estimate: &Density, exact: impl Fn(f64) -> f64) -> f64 {
    let jumps = estimate.quadratures.iter().flat_map(|q| q.nodes.iter().copied());
    let sides = jumps.flat_map(|x| [x - 1e-12, x]);
    sides.map(|x| (estimate.cumulative(x) - exact(x)).abs()).fold(0.0, f64::max)
}

#[test]
fn the_density_of_the_chain_follows_the_arcsine_law() {
    let arcsine = |x: f64| 2.0 / PI * (x.clamp(0.0, 4.0) / 4.0).sqrt().asin();
    let (n, probes) = (800, 10);
    // At most half a jump, and four standard errors of a share near one half.
    let noise = 4.0 * (0.5 / (n * probes) as f64).sqrt();
    for steps in [10, 20, 40] {
        let estimate = density(&laplacian(n), probes, steps, &mut generator(9)).unwrap();
        assert_eq!(estimate.products, probes * steps);
        assert!(sup_distance(&estimate, arcsine) < 0.6 / steps as f64 + noise);
    }
}

#[test]
fn a_density_of_all_steps_is_the_density() {
    // A Rademacher start weighs the eigenvalues of a diagonal matrix alike.
    let values: Vec<f64> = (0..12).map(|i| f64::from(i * i)).collect();
    let estimate = density(&diagonal(values.clone()), 3, 12, &mut generator(10)).unwrap();
    for (k, value) in values.iter().enumerate() {
        assert!((estimate.cumulative(value + 1e-9) - (k + 1) as f64 / 12.0).abs() < 1e-12);
    }
    let area = (-4000..=16000).map(|i| f64::from(i) * 0.01).map(|x| estimate.smoothed(x, 0.5).unwrap() * 0.01);
    assert!((area.sum::<f64>() - 1.0).abs() < 1e-9);
    let trace = estimate.trace_of(|x| x);
    assert!((trace.value() - values.iter().sum::<f64>()).abs() < 1e-9 && trace.standard_error() < 1e-9);
}

#[test]
fn the_trace_of_a_logarithm_is_the_logarithm_of_the_determinant() {
    let n = 60;
    let exact: f64 = (1..=n).map(|k| laplacian_eigenvalue(k, n).ln()).sum();
    assert!((exact - 61f64.ln()).abs() < 1e-10, "the determinant of the chain is n + 1");
    let estimate = density(&laplacian(n), 60, 30, &mut generator(11)).unwrap();
    let logarithm = estimate.trace_of(f64::ln);
    assert!((logarithm.value() - exact).abs() < 4.0 * logarithm.standard_error());
    assert!(logarithm.standard_error() < 3.0);
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let run = || density(&laplacian(50), 2, 9, &mut generator(12)).unwrap();
    assert_eq!(run(), run());
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let rng = &mut generator(13);
    let message = |result: Result<Lanczos, OperatorError>| result.unwrap_err().to_string();
    let run = |h: &DMatrix<f64>, start: &DVector<f64>| lanczos(h, start, 3, Reorthogonalisation::Full);
    let identity = DMatrix::identity(2, 2);
    assert_eq!(
        message(run(&DMatrix::zeros(2, 3), &dvector![1.0, 1.0])),
        "a matrix of 2 rows and 3 columns has no eigenvalues"
    );
    assert_eq!(
        message(run(&dmatrix![1.0, 2.0; 0.0, 1.0], &dvector![1.0, 1.0])),
        "entries (1, 0) and (0, 1) differ by 2"
    );
    assert_eq!(message(run(&identity, &dvector![1.0])), "a vector of dimension 1 where the operator has 2");
    assert_eq!(message(run(&identity, &dvector![0.0, 0.0])), "a vector of length 0 has no direction to start from");
    assert!(matches!(
        run(&identity, &dvector![f64::NAN, 1.0]),
        Err(OperatorError::NoDirection(length)) if length.is_nan()
    ));
    assert_eq!(
        message(lanczos(&identity, &dvector![1.0, 0.0], 0, Reorthogonalisation::None)),
        "0 steps, where at least 1 are needed"
    );

    let empty = Product::new(0, DVector::clone);
    assert_eq!(hutchinson(&empty, Probe::Gaussian, 1, rng), Err(OperatorError::Empty));
    let longer = Product::new(2, |_: &DVector<f64>| dvector![1.0, 2.0, 3.0]);
    assert_eq!(
        hutchinson(&longer, Probe::Gaussian, 1, rng),
        Err(OperatorError::Dimension { expected: 2, found: 3 })
    );
    let broken = Product::new(2, |_: &DVector<f64>| dvector![1.0, f64::INFINITY]);
    assert_eq!(power(&broken, &dvector![1.0, 0.0], 1e-6, 10), Err(OperatorError::NotFinite(f64::INFINITY)));
    assert_eq!(
        hutch_plus_plus(&identity, Probe::Rademacher, 2, rng).unwrap_err().to_string(),
        "2 products, where at least 3 are needed"
    );
    assert!(hutchinson(&identity, Probe::Rademacher, 0, rng).is_err());
    assert!(density(&identity, 0, 1, rng).is_err() && density(&identity, 1, 0, rng).is_err());
    assert_eq!(
        extremes(&identity, 0.0, 3, rng).unwrap_err().to_string(),
        "a tolerance must be positive and finite, not 0"
    );
    let fine = density(&identity, 1, 1, rng).unwrap();
    assert_eq!(fine.smoothed(0.0, -1.0).unwrap_err().to_string(), "a width must be positive and finite, not -1");
    let run = run(&identity, &dvector![1.0, 0.0]).unwrap();
    assert!(run.vector(&run.ritz().unwrap(), 1).is_err());
}

#[test]
fn lanczos_notices_a_closure_that_is_not_symmetric() {
    let mut rng = generator(14);
    for n in [2, 3, 10, 40] {
        let h = DMatrix::from_fn(n, n, |_, _| rng.sample::<f64, _>(StandardNormal));
        let skewed = Product::new(n, |v: &DVector<f64>| &h * v);
        for reorthogonalisation in BOTH {
            let run = lanczos(&skewed, &Probe::Gaussian.draw(n, &mut rng), n, reorthogonalisation);
            assert!(matches!(run, Err(OperatorError::NotSymmetric { .. })), "{n}");
        }
    }
}

#[test]
fn the_hessian_of_a_network_is_measured_as_its_matrix_is() {
    let data = data::iris().unwrap().standardised();
    let network = Network::new(&[4, 5, 3], Activation::Tanh).unwrap();
    let objective = Objective::new(&network, &data, Loss::CrossEntropy).unwrap();
    let mut rng = generator(15);
    let here = network.initial(1.0, &mut rng);
    let about = objective.at(&here).unwrap();
    let exact = Spectrum::of(&about.hessian()).unwrap();
    let found = extremes(&about, 1e-10, about.dimension(), &mut rng).unwrap();
    assert!((found.largest.value - exact.largest()).abs() < 1e-9);
    assert!((found.smallest.value - exact.smallest()).abs() < 1e-9);

    let gauss_newton = GaussNewton(&about);
    assert_eq!(gauss_newton.dimension(), network.parameters());
    let trace = hutchinson(&gauss_newton, Probe::Rademacher, 200, &mut rng).unwrap();
    assert!((trace.value() - about.gauss_newton().trace()).abs() < 4.0 * trace.standard_error());
    assert!(extremes(&gauss_newton, 1e-8, 100, &mut rng).unwrap().smallest.value > -1e-12);
    assert!(gauss_newton.apply(&DVector::repeat(2, 1.0)).iter().all(|x| x.is_nan()));
}

#[test]
fn a_search_makes_at_most_a_tenth_more_products_than_it_needs() {
    // Evenly spaced values take more than a hundred steps.
    let h = Counted::new(diagonal((0..1200).map(|i| f64::from(i) / 1199.0).collect()));
    let tolerance = 5e-4;
    let search = Search {
        basis: Some(1000),
        ..Search::new(1, 0, tolerance, 1200)
    };
    let products = search.run(&h, &mut generator(16)).unwrap().products;
    assert!(products > 90, "{products}");
    let holds = |steps: usize| {
        let start = Probe::Gaussian.draw(1200, &mut generator(16));
        let run = lanczos(&h, &start, steps, Reorthogonalisation::Full).unwrap();
        let ritz = run.ritz().unwrap();
        ritz.bounds[0] <= tolerance * ritz.values.amax()
    };
    assert!(holds(products) && !holds(products - products / 10 - 1), "{products}");
}

#[test]
fn restarts_find_the_ends_with_little_memory() {
    let n = 250;
    let chain = Counted::new(diagonal((1..=n).map(|k| laplacian_eigenvalue(k, n)).chain([5.0, 4.5, -1.0]).collect()));
    let search = Search {
        basis: Some(14),
        ..Search::new(3, 2, 1e-9, 20_000)
    };
    let found = search.run(&chain, &mut generator(17)).unwrap();
    assert!(found.restarts > 5);
    assert_eq!(found.products, chain.products());
    let exact = [5.0, 4.5, laplacian_eigenvalue(n, n), -1.0, laplacian_eigenvalue(1, n)];
    for (pair, exact) in found.largest.iter().chain(&found.smallest).zip(exact) {
        assert!((pair.value - exact).abs() < 1e-8, "{} {exact}", pair.value);
        let residual = (chain.apply(&pair.vector) - &pair.vector * pair.value).norm();
        // Rounding of a restart stays, so the bound is exceeded by what some hundred of them add up to.
        assert!(residual <= pair.residual + 1e-10 && (pair.vector.norm() - 1.0).abs() < 1e-11);
    }
    let beside = Search { basis: Some(100), ..search }.run(&chain, &mut generator(17)).unwrap();
    assert!(beside.products < found.products && (beside.largest[2].value - exact[2]).abs() < 1e-8);

    let rng = &mut generator(17);
    let fails = |search: Search, rng: &mut ChaCha8Rng| search.run(&chain, rng).unwrap_err().to_string();
    assert_eq!(
        fails(Search { basis: Some(6), ..search }, rng),
        "6 vectors in the basis, where at least 7 are needed"
    );
    assert_eq!(
        fails(Search { largest: 0, smallest: 0, ..search }, rng),
        "0 eigenvalues to search for, where at least 1 are needed"
    );
    assert!(fails(Search { limit: 30, ..search }, rng).starts_with("not converged after 30 products"));
}

#[test]
fn the_ends_have_the_same_bits_on_any_number_of_threads() {
    let n = 60_000;
    let h = diagonal((0..n).map(|i| (f64::from(i) / f64::from(n)).powi(3)).collect());
    // With 20 vectors the basis is long enough for threads, and it is restarted once before the limit.
    let run = |threads| {
        let search = Search {
            threads: Some(threads),
            basis: Some(20),
            ..Search::new(1, 0, 1e-12, 24)
        };
        search.run(&h, &mut generator(18)).unwrap_err()
    };
    let one = run(1);
    assert!(matches!(one, OperatorError::NotConverged { products: 24, .. }));
    for threads in [2, 3, 7] {
        assert_eq!(run(threads), one);
    }
}

#[test]
fn a_change_of_unit_changes_nothing_else() {
    let values: Vec<f64> = (0..40).map(|i| (1.0 + f64::from(i)).sqrt()).collect();
    let at = |scale: f64| {
        let h = diagonal(values.iter().map(|v| v * scale).collect());
        let ends = extremes(&h, 1e-9, 40, &mut generator(19)).unwrap();
        let start = DVector::repeat(40, scale);
        let top = power(&h, &start, 3e-2, 5000).unwrap();
        let run = lanczos(&h, &start, 7, Reorthogonalisation::Full).unwrap();
        let exact = [top.pair.value, run.alpha[3], run.beta[3], run.remainder].map(|x| x / scale);
        let ends = [&ends.largest, &ends.smallest].map(|pair| pair.value / scale).into_iter();
        (exact, top.quotients.len(), ends.collect::<Vec<f64>>())
    };
    let (exact, steps, ends) = at(1.0);
    for exponent in [-1000, -520, -330, 330, 520, 1015] {
        let scaled = at(2f64.powi(exponent));
        assert_eq!((scaled.0, scaled.1), (exact, steps), "{exponent}");
        assert!(scaled.2.iter().zip(&ends).all(|(a, b)| (a - b).abs() < 1e-13), "{exponent}");
    }
    let beyond = diagonal(vec![1e308, 1e308, -1e308]);
    assert!((extremes(&beyond, 1e-9, 3, &mut generator(19)).unwrap().smallest.value / 1e308 + 1.0).abs() < 1e-12);
    let sum = Product::new(2, |v: &DVector<f64>| DVector::repeat(2, 1.2e308 * v.sum()));
    assert!(matches!(extremes(&sum, 1e-9, 2, &mut generator(19)), Err(OperatorError::NotFinite(_))));
}

#[test]
fn a_start_that_the_operator_takes_to_zero_is_symmetric_all_the_same() {
    // The projector on the complement of the vector of ones, and rounding in its products with it.
    let n = 10;
    let h = DMatrix::identity(n, n) - DMatrix::repeat(n, n, 1.0 / n as f64);
    let h = DMatrix::from_fn(n, n, |i, j| h[(i, j)] * (1.0 + i.min(j) as f64 % 3.0 * 1e-17));
    let null = DVector::repeat(n, 1.0);
    for reorthogonalisation in BOTH {
        let run = lanczos(&h, &null, 5, reorthogonalisation).unwrap();
        assert!(run.alpha[0].abs() < 1e-15);
    }
    let hilbert = DMatrix::from_fn(10, 10, |i, j| 1.0 / (i + j + 1) as f64);
    let last = Spectrum::of(&hilbert).unwrap().vectors.column(9).into_owned();
    assert!(lanczos(&hilbert, &last, 10, Reorthogonalisation::Full).unwrap().alpha[0] < 1e-12);
}

#[test]
fn power_iteration_notices_a_closure_that_is_not_symmetric() {
    let skewed = Product::new(2, |v: &DVector<f64>| dvector![2.0 * v[0] + v[1], v[1]]);
    let error = power(&skewed, &dvector![1.0, 1.0], 1e-9, 100).unwrap_err();
    assert!(matches!(error, OperatorError::NotSymmetric { .. }), "{error}");
}

#[test]
fn multiple_eigenvalues_are_told_from_ghosts() {
    let summary = |run: &Lanczos| {
        let clusters = run.clusters(&run.ritz().unwrap(), 1e-10).unwrap();
        let top = clusters[0];
        assert!((top.value - 3.0).abs() < 1e-9);
        (top.copies, top.multiplicity)
    };
    let (h, start) = gapped();
    let ghosts = lanczos(&h, &start, 150, Reorthogonalisation::None).unwrap();
    let (copies, multiplicity) = summary(&ghosts);
    assert!(copies >= 3 && multiplicity == 1, "{copies} {multiplicity}");

    // Rounding lets a reorthogonalised process see a multiple eigenvalue as often as it is there.
    let values = (0..200).map(|i| f64::from(i) / 200.0).chain([3.0, 3.0, 3.0]);
    let triple = diagonal(values.collect());
    let start = Probe::Gaussian.draw(203, &mut generator(20));
    let run = |steps| lanczos(&triple, &start, steps, Reorthogonalisation::Full).unwrap();
    assert_eq!(summary(&run(20)), (1, 1));
    assert_eq!(summary(&run(60)), (3, 3));
    let run = run(20);
    assert!(run.clusters(&run.ritz().unwrap(), 0.0).is_err());
}

#[test]
fn probes_are_those_of_random_signs() {
    let n = 5000;
    let drawn = Probe::Rademacher.draw(n, &mut generator(21));
    let mut seeds = generator(21);
    let mut signs = generator(rand::Rng::next_u64(&mut seeds));
    assert!(drawn.iter().all(|&x| x == if signs.random() { 1.0 } else { -1.0 }));
}

#[test]
fn products_in_blocks_and_in_place_are_the_same_products() {
    let h = random_symmetric(40, &mut generator(22));
    let one_by_one = Product::new(40, |v: &DVector<f64>| &h * v);
    let in_place = ProductInto::new(40, |v: &DVector<f64>, out: &mut DVector<f64>| out.gemv(1.0, &h, v, 0.0));
    for (probe, probes) in [(Probe::Rademacher, 21), (Probe::Gaussian, 8), (Probe::Gaussian, 1)] {
        let counted = Counted::new(&h);
        let blocks = hutchinson(&counted, probe, probes, &mut generator(23)).unwrap();
        assert_eq!((counted.products(), blocks.samples.len()), (probes, probes));
        for other in [&one_by_one as &dyn SymmetricOperator, &in_place] {
            let other = hutchinson(other, probe, probes, &mut generator(23)).unwrap();
            for (a, b) in blocks.samples.iter().zip(&other.samples) {
                assert!((a - b).abs() < 1e-10);
            }
        }
    }
    let plus = |h: &dyn SymmetricOperator| hutch_plus_plus(h, Probe::Gaussian, 30, &mut generator(24)).unwrap().value();
    assert!((plus(&h) - plus(&one_by_one)).abs() < 1e-9);
    assert!((plus(&h) - plus(&in_place)).abs() < 1e-9);
}

#[test]
fn nodes_that_are_negative_by_rounding_have_a_root_and_others_have_none() {
    let mut rng = generator(25);
    let tall = DMatrix::from_fn(30, 12, |_, _| rng.sample::<f64, _>(StandardNormal));
    let semidefinite = &tall * tall.transpose();
    let estimate = density(&semidefinite, 8, 30, &mut rng).unwrap();
    let nodes = estimate.quadratures.iter().flat_map(|q| q.nodes.iter());
    assert!(nodes.clone().any(|&node| node < 0.0), "rounding makes some node negative");
    let exact: f64 = Spectrum::of(&semidefinite).unwrap().values.iter().map(|l| l.max(0.0).sqrt()).sum();
    let root = estimate.trace_of(f64::sqrt);
    assert!((root.value() - exact).abs() < 5.0 * root.standard_error());
    let indefinite = density(&diagonal(vec![1.0, -1.0]), 1, 2, &mut rng).unwrap();
    assert!(indefinite.trace_of(f64::ln).value().is_nan() && indefinite.cumulative(f64::NAN).is_nan());
}

#[test]
fn a_run_with_changed_fields_has_no_ritz_values() {
    let run = lanczos(&laplacian(9), &DVector::repeat(9, 1.0), 3, Reorthogonalisation::Full).unwrap();
    let mut shorter = run.clone();
    shorter.beta.pop();
    assert!(shorter.ritz().is_err());
    let mut narrower = run.clone();
    narrower.basis = narrower.basis.columns(0, 2).into_owned();
    assert!(narrower.ritz().is_err());
    let empty = Lanczos { alpha: vec![], beta: vec![], ..run };
    assert!(empty.ritz().is_err());
}

#[test]
fn the_variance_of_a_probe_is_known_from_the_entries() {
    let (bowl, turned) = (dmatrix![20.0, 0.0; 0.0, 2.0], dmatrix![11.0, 9.0; 9.0, 11.0]);
    let variances = |probe: Probe| [probe.variance(&bowl), probe.variance(&turned)];
    assert_eq!(variances(Probe::Rademacher), [0.0, 324.0]);
    assert_eq!(variances(Probe::Gaussian), [808.0, 808.0]);
}
