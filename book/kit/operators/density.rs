//! The density of the eigenvalues, by stochastic Lanczos quadrature.

use std::f64::consts::TAU;

use rand::Rng;

use super::{
    Estimate, OperatorError, Probe, Reorthogonalisation, SymmetricOperator, at_least, dimension, lanczos, positive,
};

/// A measure of total mass 1 on finitely many points: `Σ wᵢ δ(x − θᵢ)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadrature {
    /// The nodes `θ₁ ≤ … ≤ θₘ`.
    pub nodes: Vec<f64>,
    /// The weight of each: not negative, their sum is 1.
    pub weights: Vec<f64>,
}

impl Quadrature {
    /// `Σ wᵢ f(θᵢ)`.
    pub fn integrate(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.nodes.iter().zip(&self.weights).map(|(x, w)| w * f(*x)).sum()
    }
}

/// An estimate of the spectral density `φ(x) = (1/n) Σ δ(x − λᵢ)`: the mean of one Gauss quadrature for each probe.
///
/// Two errors are in it. The *probes* are a sample: more of them help. The *steps* decide how finely each quadrature
/// sees the spectrum: no number of probes helps against too few.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// One quadrature for each probe.
    pub quadratures: Vec<Quadrature>,
    /// The dimension `n` of the operator.
    pub dimension: usize,
    /// Products with the operator that it cost.
    pub products: usize,
}

/// Stochastic Lanczos quadrature: `steps` Lanczos steps from each of `probes` Rademacher vectors, fully
/// reorthogonalised.
///
/// Source: L. Lin, Y. Saad and C. Yang, 2016; S. Ubaru, J. Chen and Y. Saad, 2017.
///
/// # Errors
/// An unfit operator, no probes, no steps.
pub fn density(
    h: &dyn SymmetricOperator,
    probes: usize,
    steps: usize,
    rng: &mut dyn Rng,
) -> Result<Density, OperatorError> {
    let n = dimension(h)?;
    at_least(1, probes, "probes")?;
    let mut quadratures = Vec::with_capacity(probes);
    let mut products = 0;
    for _ in 0..probes {
        let run = lanczos(h, &Probe::Rademacher.draw(n, rng), steps, Reorthogonalisation::Full)?;
        products += run.steps();
        quadratures.push(run.quadrature()?);
    }
    Ok(Density { quadratures, dimension: n, products })
}

impl Density {
    /// The share of eigenvalues up to `x`: a step function from 0 to 1; not a number, if `x` is none.
    pub fn cumulative(&self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        self.mean(|node| if node <= x { 1.0 } else { 0.0 })
    }

    /// The density at `x`, each node widened to a normal distribution of standard deviation `width`.
    ///
    /// # Errors
    /// A width that is not positive.
    pub fn smoothed(&self, x: f64, width: f64) -> Result<f64, OperatorError> {
        positive(width, "width")?;
        let peak = 1.0 / (TAU.sqrt() * width);
        Ok(peak * self.mean(|node| (-0.5 * ((x - node) / width).powi(2)).exp()))
    }

    /// The trace of a function of the operator, `tr f(H) = Σ f(λᵢ)`, with its error from probe to probe.
    ///
    /// A node that is negative by rounding alone, at most `nε` of the largest absolute one, counts as 0, so that the root of a
    /// semidefinite operator has a trace. Where `f` is not a number at another node, as is the logarithm of an indefinite
    /// operator, the trace is none either.
    pub fn trace_of(&self, f: impl Fn(f64) -> f64) -> Estimate {
        let nodes = self.quadratures.iter().flat_map(|quadrature| &quadrature.nodes);
        let rounding = self.dimension as f64 * f64::EPSILON * nodes.fold(0.0, |most: f64, node| most.max(node.abs()));
        let f = |node: f64| f(if -rounding <= node && node < 0.0 { 0.0 } else { node });
        Estimate {
            known: 0.0,
            samples: (self.quadratures.iter())
                .map(|quadrature| self.dimension as f64 * quadrature.integrate(f))
                .collect(),
            products: self.products,
        }
    }

    fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        let sum: f64 = self.quadratures.iter().map(|quadrature| quadrature.integrate(&f)).sum();
        sum / self.quadratures.len() as f64
    }
}
