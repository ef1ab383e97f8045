//! Networks with weights taken away.

use std::ops::Range;

use nalgebra::DVector;
use rand::Rng;
use rand::seq::SliceRandom;

use super::ConnectivityError;
use crate::network::Network;
use crate::training::{Differentiable, Sampled, TrainingError, check};

/// Which weights of a network are kept. Biases always are.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// One for each parameter: 1 if kept, 0 if not.
    kept: DVector<f64>,
    /// Where the weights of each layer are.
    layers: Vec<Range<usize>>,
}

impl Mask {
    /// All weights of the network.
    pub fn full(network: &Network) -> Self {
        Self {
            kept: DVector::repeat(network.parameters(), 1.0),
            layers: network.layers().iter().map(|layer| layer.weights.clone()).collect(),
        }
    }

    /// Keeps of each layer the share `keep` of the weights still there, rounded, those of largest absolute value in
    /// `w`; of the last layer the share `√keep`, since each of its few weights matters more.
    ///
    /// Source: J. Frankle and M. Carbin, *The lottery ticket hypothesis*, 2019, section 2 (who halve the rate of the
    /// last layer).
    ///
    /// # Errors
    /// `keep` is not above 0 and at most 1, or `w` are parameters of another network.
    pub fn pruned(&self, w: &DVector<f64>, keep: f64) -> Result<Self, ConnectivityError> {
        check(w, self.kept.len())?;
        if !(keep > 0.0 && keep <= 1.0) {
            return Err(ConnectivityError::Share(keep));
        }
        let mut pruned = self.clone();
        for (k, layer) in self.layers.iter().enumerate() {
            let share = if k + 1 == self.layers.len() { keep.sqrt() } else { keep };
            let mut left: Vec<usize> = layer.clone().filter(|&i| self.kept[i] == 1.0).collect();
            left.sort_by(|&i, &j| w[j].abs().total_cmp(&w[i].abs()));
            for &i in &left[(share * left.len() as f64).round() as usize..] {
                pruned.kept[i] = 0.0;
            }
        }
        Ok(pruned)
    }

    /// As many weights of each layer, at random places.
    pub fn shuffled(&self, rng: &mut impl Rng) -> Self {
        let mut shuffled = self.clone();
        for layer in &self.layers {
            shuffled.kept.as_mut_slice()[layer.clone()].shuffle(rng);
        }
        shuffled
    }

    /// As many of the weights that come from each input of a layer, at random units.
    ///
    /// # Errors
    /// It is a mask of another network.
    pub fn shuffled_by_input(&self, network: &Network, rng: &mut impl Rng) -> Result<Self, ConnectivityError> {
        if network.parameters() != self.kept.len() {
            return Err(ConnectivityError::Training(TrainingError::Dimension {
                expected: self.kept.len(),
                found: network.parameters(),
            }));
        }
        let mut shuffled = self.clone();
        for layer in network.layers() {
            for input in 0..layer.inputs {
                let from_input = |unit: usize| layer.incoming(unit).start + input;
                let mut kept: Vec<f64> = (0..layer.units).map(|unit| self.kept[from_input(unit)]).collect();
                kept.shuffle(rng);
                for (unit, kept) in kept.into_iter().enumerate() {
                    shuffled.kept[from_input(unit)] = kept;
                }
            }
        }
        Ok(shuffled)
    }

    /// How many weights of each layer are kept, and how many there were.
    pub fn counts(&self) -> Vec<(usize, usize)> {
        let kept = |layer: &Range<usize>| layer.clone().filter(|&i| self.keeps(i)).count();
        self.layers.iter().map(|layer| (kept(layer), layer.len())).collect()
    }

    /// The share of all weights that are kept.
    pub fn density(&self) -> f64 {
        let (kept, all) = self.counts().into_iter().fold((0, 0), |sum, (kept, all)| (sum.0 + kept, sum.1 + all));
        kept as f64 / all as f64
    }

    /// Whether the parameter with this index is kept.
    ///
    /// # Panics
    /// There is no such parameter.
    pub fn keeps(&self, index: usize) -> bool {
        self.kept[index] == 1.0
    }

    /// `w` with 0 in place of the weights that are not kept.
    ///
    /// # Errors
    /// `w` are parameters of another network, or not finite.
    pub fn apply(&self, w: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        check(w, self.kept.len())?;
        Ok(w.component_mul(&self.kept))
    }

    /// The objective as a function of the kept weights alone.
    ///
    /// # Errors
    /// It is one of another network.
    pub fn over<'a>(&self, objective: &'a dyn Sampled) -> Result<Masked<'a>, TrainingError> {
        if objective.dimension() == self.kept.len() {
            Ok(Masked { objective, kept: self.kept.clone() })
        } else {
            Err(TrainingError::Dimension {
                expected: self.kept.len(),
                found: objective.dimension(),
            })
        }
    }
}

/// The function `w ↦ f(m ∘ w)` with the gradient `m ∘ ∇f(m ∘ w)`, for a mask `m` of ones and zeros.
///
/// Rules that make no step where the gradient has always been 0 leave masked weights what they were: at 0, if the start
/// is masked too.
pub struct Masked<'a> {
    objective: &'a dyn Sampled,
    kept: DVector<f64>,
}

impl Differentiable for Masked<'_> {
    fn dimension(&self) -> usize {
        self.kept.len()
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        through(&self.kept, w, |w| self.objective.value_and_gradient(w))
    }

    fn value(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        check(w, self.kept.len())?;
        self.objective.value(&w.component_mul(&self.kept))
    }
}

impl Sampled for Masked<'_> {
    fn rows(&self) -> usize {
        self.objective.rows()
    }

    fn batch(&self, rows: &[usize]) -> Result<Box<dyn Differentiable>, TrainingError> {
        Ok(Box::new(MaskedBatch {
            objective: self.objective.batch(rows)?,
            kept: self.kept.clone(),
        }))
    }
}

struct MaskedBatch {
    objective: Box<dyn Differentiable>,
    kept: DVector<f64>,
}

impl Differentiable for MaskedBatch {
    fn dimension(&self) -> usize {
        self.kept.len()
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        through(&self.kept, w, |w| self.objective.value_and_gradient(w))
    }
}

fn through(
    kept: &DVector<f64>,
    w: &DVector<f64>,
    f: impl Fn(&DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError>,
) -> Result<(f64, DVector<f64>), TrainingError> {
    check(w, kept.len())?;
    let (value, gradient) = f(&w.component_mul(kept))?;
    Ok((value, gradient.component_mul(kept)))
}
