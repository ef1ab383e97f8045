//! What a loss looks like from within a layer: what comes into it, what comes back, and its parameters as a matrix.

use nalgebra::{DMatrix, DVector};

use super::{Expansion, Layer, Loss};
use crate::training::{TrainingError, check};

impl Layer {
    /// The layer's part of `w` as a matrix with a row for each input and a last one of the biases, `(inputs + 1) × units`.
    ///
    /// # Errors
    /// `w` is too short to have it, or not finite.
    pub fn matrix(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        self.fits(w)?;
        Ok(DMatrix::from_fn(self.inputs + 1, self.units, |input, unit| w[self.parameter(input, unit)]))
    }

    /// Puts a matrix of the form that [`matrix`](Self::matrix) returns into the layer's part of `w`.
    ///
    /// # Errors
    /// The matrix has another shape, or `w` is too short to have it, or not finite.
    pub fn put(&self, matrix: &DMatrix<f64>, w: &mut DVector<f64>) -> Result<(), TrainingError> {
        self.fits(w)?;
        if matrix.shape() != (self.inputs + 1, self.units) {
            return Err(TrainingError::Dimension {
                expected: (self.inputs + 1) * self.units,
                found: matrix.len(),
            });
        }
        for unit in 0..self.units {
            for input in 0..=self.inputs {
                w[self.parameter(input, unit)] = matrix[(input, unit)];
            }
        }
        Ok(())
    }

    fn fits(&self, w: &DVector<f64>) -> Result<(), TrainingError> {
        check(w, w.len().max(self.biases.end))
    }
}

impl Expansion<'_> {
    /// What comes into each layer, `n × (inputs + 1)`, with a last column of ones for the biases; the first hidden layer first.
    ///
    /// With `Ā` one of these, the sums of the layer are `Z = ĀV` for its [matrix](Layer::matrix) `V`.
    pub fn layer_inputs(&self) -> Vec<DMatrix<f64>> {
        let layers = self.objective.network().layers().iter().enumerate();
        let inputs =
            layers.map(|(k, layer)| self.objective.before(&self.values, k).clone().insert_column(layer.inputs, 1.0));
        inputs.collect()
    }

    /// What numbers at the outputs, `n × outputs`, become on their way back: for each layer `n × units`, the first hidden layer
    /// first.
    ///
    /// They are the derivatives of `Σ seed ⊙ outputs` by the sums of the layer. With `Δ` one of these and `Ā` what
    /// [comes into](Self::layer_inputs) the layer, its derivatives by the weights are `ĀᵀΔ`, and `āᵢδᵢᵀ` is the part of row `i`.
    ///
    /// # Errors
    /// The seed has another shape, or is not finite.
    pub fn back(&self, seed: &DMatrix<f64>) -> Result<Vec<DMatrix<f64>>, TrainingError> {
        let layers = self.objective.network().layers();
        let shape = (self.objective.rows(), self.objective.network().outputs());
        if seed.shape() != shape {
            return Err(TrainingError::Dimension {
                expected: shape.0 * shape.1,
                found: seed.len(),
            });
        }
        if !seed.iter().all(|x| x.is_finite()) {
            return Err(TrainingError::NotFinite);
        }
        let mut all = vec![seed.clone()];
        for k in (1..layers.len()).rev() {
            let above = &all[all.len() - 1];
            let mut below = DMatrix::zeros(shape.0, layers[k].inputs);
            below.gemm(1.0, above, &layers[k].weights_in(&self.w).transpose(), 0.0);
            below.component_mul_assign(&self.slopes[k - 1]);
            all.push(below);
        }
        all.reverse();
        Ok(all)
    }

    /// The derivatives of the loss of each row by its outputs, `n × outputs`: `p − e_y` for the cross-entropy, `z − e_y` for squares.
    /// As a seed of [`back`](Self::back) they give the gradients of the single rows.
    pub fn residuals(&self) -> DMatrix<f64> {
        &self.deltas[self.deltas.len() - 1] * self.objective.rows() as f64
    }

    /// Matrices `R_c`, `n × outputs`, one for each output, whose rows `r` give the second derivative of the loss of a row by its
    /// outputs: `S = Σ_c r_c r_cᵀ`.
    ///
    /// For the cross-entropy `r_c = √p_c (p − e_c)`, the residual if the label were `c`, weighted by the root of how probable the
    /// network thinks it: so they are the true Fisher matrix, `F = (1/n) Σ_c Σᵢ (Jᵢᵀr_c)(Jᵢᵀr_c)ᵀ`, without sampling labels. For
    /// squares they are unit vectors: a Gaussian about the outputs with variance 1.
    pub fn curvature_roots(&self) -> Vec<DMatrix<f64>> {
        let (n, outputs) = (self.objective.rows(), self.objective.network().outputs());
        let root = |c: usize| match self.objective.loss {
            Loss::Squared => DMatrix::from_fn(n, outputs, |_, k| f64::from(u8::from(k == c))),
            Loss::CrossEntropy => DMatrix::from_fn(n, outputs, |row, k| {
                let own = f64::from(u8::from(k == c));
                self.probabilities[(row, c)].max(0.0).sqrt() * (self.probabilities[(row, k)] - own)
            }),
        };
        (0..outputs).map(root).collect()
    }
}
