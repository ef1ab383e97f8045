//! Batch normalisation: columns made to have mean 0 and variance 1, and networks that do so with their hidden layers.
//!
//! In: a matrix of `n` rows, or an [`Objective`] whose network has hidden layers. Out: the [`Normalised`] matrix with its
//! derivative, or the loss of the [`BatchNormalised`] network with exact gradient and Hessian products. A floor that does
//! not do, or columns that cannot be normalised, are a [`NormalisationError`]; a vector of another length and numbers that are not
//! finite are a [`TrainingError`].

use std::ops::Range;

use nalgebra::{DMatrix, DVector, RowDVector};
use rand::Rng;
use thiserror::Error;

use crate::network::{Layer, Objective, add_column_sums, add_product};
use crate::training::{Differentiable, Sampled, TrainingError, check};

/// Why there is nothing normalised.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NormalisationError {
    /// The number added to the variances is negative, NaN or infinite.
    #[error("the number added to a variance must be finite and not negative, not {0}")]
    Floor(f64),
    /// The matrix has no rows or no columns.
    #[error("an empty matrix cannot be normalised")]
    Empty,
    /// A column is constant, and nothing is added to its variance.
    #[error("column {0} does not vary")]
    Constant(usize),
    /// A number is NaN or infinite.
    #[error("column {0} is not finite")]
    NotFinite(usize),
    /// Two matrices that should have one shape have two.
    #[error("a matrix of shape {found:?} where {expected:?} is needed")]
    Shape {
        /// Rows and columns that it should have.
        expected: (usize, usize),
        /// Rows and columns that it has.
        found: (usize, usize),
    },
    /// A single row is its own mean, so that nothing is left of it.
    #[error("the sums of a single row cannot be normalised")]
    OneRow,
    /// The network has no hidden layer.
    #[error("there is no hidden layer to normalise")]
    NoHiddenLayer,
}

/// The Hessian of a network with batch normalisation at some weights.
pub struct NormalisedHessian<'a> {
    of: &'a BatchNormalised,
    at: DVector<f64>,
}

impl crate::operators::SymmetricOperator for NormalisedHessian<'_> {
    fn dimension(&self) -> usize {
        self.at.len()
    }

    /// A product that is not finite is NaN, which each measurement refuses.
    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        self.of.hessian_product(&self.at, v).unwrap_or_else(|_| DVector::repeat(self.at.len(), f64::NAN))
    }
}

/// A matrix whose columns `u` were replaced by `(u − mean u) / √(var u + ε)`, with the mean and the variance of the column.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalised {
    /// The new columns, `n × m`.
    pub values: DMatrix<f64>,
    /// What each column was divided by, `√(var u + ε)`; `m` numbers.
    pub deviations: RowDVector<f64>,
}

impl Normalised {
    /// Normalises the columns of `u` with `ε = floor`. The variance is that of the population, `Σ(u − mean u)²/n`.
    ///
    /// Source: S. Ioffe and C. Szegedy, *Batch normalization*, 2015, algorithm 1.
    ///
    /// # Errors
    /// A floor that is negative or not finite, an empty matrix, a column that is not finite, or constant while the floor is 0.
    pub fn of(u: &DMatrix<f64>, floor: f64) -> Result<Self, NormalisationError> {
        checked_floor(floor)?;
        if u.is_empty() {
            return Err(NormalisationError::Empty);
        }
        let normalised = Self::of_columns(u.clone(), floor);
        for (column, deviation) in normalised.deviations.iter().enumerate() {
            if !deviation.is_finite() {
                return Err(NormalisationError::NotFinite(column));
            } else if *deviation == 0.0 {
                return Err(NormalisationError::Constant(column));
            }
        }
        Ok(normalised)
    }

    fn of_columns(mut values: DMatrix<f64>, floor: f64) -> Self {
        let rows = values.nrows() as f64;
        let mut deviations = RowDVector::zeros(values.ncols());
        for (mut column, deviation) in values.column_iter_mut().zip(deviations.iter_mut()) {
            // The mean of a constant column is that number, not what rounding makes of its sum.
            let constant = column.iter().all(|&value| value == column[0]);
            let mean = if constant { column[0] } else { column.sum() / rows };
            column.add_scalar_mut(-mean);
            *deviation = (column.norm_squared() / rows + floor).sqrt();
            column /= *deviation;
        }
        Self { values, deviations }
    }

    /// How the values move when the columns before normalisation move by `moved`: for each column
    /// `(I − 11ᵀ/n − ẑẑᵀ/n) u̇ / √(var u + ε)`. The matrix is symmetric, so the same map takes derivatives by the values to
    /// derivatives by the columns.
    ///
    /// # Errors
    /// `moved` has another shape.
    pub fn derivative(&self, moved: &DMatrix<f64>) -> Result<DMatrix<f64>, NormalisationError> {
        if moved.shape() == self.values.shape() {
            Ok(self.derivative_along(moved))
        } else {
            Err(NormalisationError::Shape {
                expected: self.values.shape(),
                found: moved.shape(),
            })
        }
    }

    fn derivative_along(&self, moved: &DMatrix<f64>) -> DMatrix<f64> {
        let rows = moved.nrows() as f64;
        let mut result = moved.clone();
        for (j, mut column) in result.column_iter_mut().enumerate() {
            let values = self.values.column(j);
            let (mean, along) = (column.sum() / rows, column.dot(&values) / rows);
            column.add_scalar_mut(-mean);
            column.axpy(-along / self.deviations[j], &values, 1.0 / self.deviations[j]);
        }
        result
    }

    /// How [`derivative_along`](Self::derivative_along)`(fixed)` moves when the columns move by `by`.
    fn second_along(&self, fixed: &DMatrix<f64>, by: &DMatrix<f64>) -> DMatrix<f64> {
        let rows = fixed.nrows() as f64;
        let (mut result, moved) = (self.derivative_along(fixed), self.derivative_along(by));
        for (j, mut column) in result.column_iter_mut().enumerate() {
            let (values, moved, fixed) = (self.values.column(j), moved.column(j), fixed.column(j));
            let share = -1.0 / (rows * self.deviations[j]);
            column *= share * by.column(j).dot(&values);
            column.axpy(share * fixed.dot(&values), &moved, 1.0);
            column.axpy(share * fixed.dot(&moved), &values, 1.0);
        }
        result
    }
}

/// The loss of a network in which the sums `u = AW` of each hidden layer are normalised over the rows of data before anything
/// else: `z = γẑ + b`, then the activation. The biases `b` act after the normalisation, since before it they would have no effect.
///
/// Parameters are those of the network, in its layout, and after them the gains `γ`, one for each hidden unit. Means and
/// variances are always those of the rows at hand.
#[derive(Debug, Clone)]
pub struct BatchNormalised {
    plain: Objective,
    floor: f64,
}

/// How a layer moves: its sums, these normalised, what goes into the activation, and what comes out.
struct Moved {
    sums: DMatrix<f64>,
    normalised: DMatrix<f64>,
    activated: DMatrix<f64>,
    after: DMatrix<f64>,
}

impl BatchNormalised {
    /// The same network, data, loss and penalty as `plain` has, with normalised hidden layers; `ε = floor` is added to each
    /// variance. The customary value is `10⁻⁵`.
    ///
    /// # Errors
    /// No hidden layer, a single row of data, or a floor that is negative or not finite. With the floor 0, a unit whose sums do not vary makes
    /// the loss not finite, which is an error of its own where it occurs.
    pub fn new(plain: &Objective, floor: f64) -> Result<Self, NormalisationError> {
        checked_floor(floor)?;
        match plain.network().layers().len() {
            0 | 1 => Err(NormalisationError::NoHiddenLayer),
            _ if plain.rows() == 1 => Err(NormalisationError::OneRow),
            _ => Ok(Self { plain: plain.clone(), floor }),
        }
    }

    /// The objective without normalisation.
    pub fn plain(&self) -> &Objective {
        &self.plain
    }

    /// The number of parameters: those of the network and a gain for each hidden unit.
    pub fn parameters(&self) -> usize {
        self.gains().end
    }

    /// Where the gains of all hidden layers are, the first layer first.
    pub fn gains(&self) -> Range<usize> {
        let start = self.plain.network.parameters();
        start..start + self.hidden().iter().map(|layer| layer.units).sum::<usize>()
    }

    /// The same random weights that [`Network::initial`](crate::network::Network::initial) would draw, and gains of 1.
    pub fn initial(&self, scale: f64, rng: &mut impl Rng) -> DVector<f64> {
        self.with_unit_gains(&self.plain.network().initial(scale, rng))
    }

    /// Parameters of the network without normalisation, followed by gains of 1.
    pub fn with_unit_gains(&self, w: &DVector<f64>) -> DVector<f64> {
        w.clone().resize_vertically(w.len() + self.gains().len(), 1.0)
    }

    /// The value `f(w)`, penalty included.
    ///
    /// # Errors
    /// `w` has another length, or something is not finite.
    pub fn value(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        Ok(self.value_and_gradient(w)?.0)
    }

    /// The gradient `∇f(w)`.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn gradient(&self, w: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        Ok(self.value_and_gradient(w)?.1)
    }

    /// Value and gradient, exact: means and variances are functions of the weights like everything else.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        let Objective { network, loss, l2, labels, inputs } = &self.plain;
        let (normal, mut values) = self.forward(w)?;
        // The derivatives by the values of a layer, the outputs first.
        let mut above = values.pop().expect("there is a last layer");
        let data_loss = loss.value_and_residuals(&mut above, labels);
        let mut gradient = w * *l2;
        let mut gain = self.gains().end;
        for (k, layer) in network.layers().iter().enumerate().rev() {
            if k < normal.len() {
                above.zip_apply(&values[k], |d, a| *d *= network.activation().slope(a));
                gain -= layer.units;
                for j in 0..layer.units {
                    gradient[gain + j] += above.column(j).dot(&normal[k].values.column(j));
                }
            }
            add_column_sums(layer, &mut gradient, &above);
            if k < normal.len() {
                above.column_iter_mut().enumerate().for_each(|(j, mut column)| column *= w[gain + j]);
                above = normal[k].derivative_along(&above);
            }
            let before = if k == 0 { inputs } else { &values[k - 1] };
            add_product(layer, &mut gradient, before, &above);
            above = &above * layer.weights_in(w).transpose();
        }
        let value = data_loss + self.plain.penalty(w);
        if value.is_finite() && gradient.iter().all(|g| g.is_finite()) {
            Ok((value, gradient))
        } else {
            Err(TrainingError::NotFinite)
        }
    }

    /// The Hessian at `w`, by its products: what measures an operator measures it.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn hessian_at(&self, w: &DVector<f64>) -> Result<NormalisedHessian<'_>, TrainingError> {
        self.value(w)?;
        Ok(NormalisedHessian { of: self, at: w.clone() })
    }

    /// The product `∇²f(w) v`, exact: each line of [`value_and_gradient`](Self::value_and_gradient), differentiated with `w` moving
    /// as `w + tv`. It costs about three gradients.
    ///
    /// Source: B. A. Pearlmutter, *Fast exact multiplication by the Hessian*, 1994.
    ///
    /// # Errors
    /// As [`value`](Self::value), or `v` has another length.
    pub fn hessian_product(&self, w: &DVector<f64>, v: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        check(v, self.parameters())?;
        let network = &self.plain.network;
        let (normal, mut values) = self.forward(w)?;
        let moved = self.moved(w, v, &normal, &values);
        let mut above = values.pop().expect("there is a last layer");
        self.plain.loss.value_and_residuals(&mut above, &self.plain.labels);
        let mut above_moved = moved[normal.len()].after.clone();
        self.plain.loss.curve(&mut above_moved, &self.probabilities(&above));

        let mut product = v * self.plain.l2;
        let mut gain = self.gains().end;
        for (k, layer) in network.layers().iter().enumerate().rev() {
            if k < normal.len() {
                let (z_moved, n_moved) = (&moved[k].activated, &moved[k].normalised);
                above.zip_apply(&values[k], |d, a| *d *= network.activation().slope(a));
                above_moved.zip_apply(&values[k], |d, a| *d *= network.activation().slope(a));
                let bend = values[k].map(|a| network.activation().relative_bend(a));
                above_moved += above.component_mul(&bend).component_mul(z_moved);
                gain -= layer.units;
                for j in 0..layer.units {
                    product[gain + j] += above_moved.column(j).dot(&normal[k].values.column(j));
                    product[gain + j] += above.column(j).dot(&n_moved.column(j));
                }
            }
            add_column_sums(layer, &mut product, &above_moved);
            if k < normal.len() {
                for j in 0..layer.units {
                    above_moved.column_mut(j).axpy(v[gain + j], &above.column(j), w[gain + j]);
                    above.column_mut(j).scale_mut(w[gain + j]);
                }
                above_moved = normal[k].derivative_along(&above_moved) + normal[k].second_along(&above, &moved[k].sums);
                above = normal[k].derivative_along(&above);
            }
            let before = if k == 0 { &self.plain.inputs } else { &values[k - 1] };
            add_product(layer, &mut product, before, &above_moved);
            if k > 0 {
                add_product(layer, &mut product, &moved[k - 1].after, &above);
                let weights = layer.weights_in(w).transpose();
                above_moved = above_moved * &weights + &above * layer.weights_in(v).transpose();
                above = &above * weights;
            }
        }
        if product.iter().all(|p| p.is_finite()) {
            Ok(product)
        } else {
            Err(TrainingError::NotFinite)
        }
    }

    /// How everything that [`forward`](Self::forward) finds moves with `w + tv`: derivatives at `t = 0`, layer by layer.
    fn moved(&self, w: &DVector<f64>, v: &DVector<f64>, normal: &[Normalised], values: &[DMatrix<f64>]) -> Vec<Moved> {
        let Objective { network, inputs, .. } = &self.plain;
        let mut gain = self.gains().start;
        let mut moved: Vec<Moved> = Vec::new();
        for (k, layer) in network.layers().iter().enumerate() {
            let before = if k == 0 { inputs } else { &values[k - 1] };
            let mut sums = before * layer.weights_in(v);
            if k > 0 {
                sums += &moved[k - 1].after * layer.weights_in(w);
            }
            let normalised = match normal.get(k) {
                Some(normal) => normal.derivative_along(&sums),
                None => sums.clone(),
            };
            let mut activated = normalised.clone();
            for (j, mut column) in activated.column_iter_mut().enumerate() {
                if let Some(normal) = normal.get(k) {
                    column.axpy(v[gain + j], &normal.values.column(j), w[gain + j]);
                }
                column.add_scalar_mut(v[layer.biases.start + j]);
            }
            let mut after = activated.clone();
            if k < normal.len() {
                after.zip_apply(&values[k], |z, a| *z *= network.activation().slope(a));
                gain += layer.units;
            }
            moved.push(Moved { sums, normalised, activated, after });
        }
        moved
    }

    /// Softmax of the outputs, from the derivatives of the mean loss by them; unused by the squared loss.
    fn probabilities(&self, residuals: &DMatrix<f64>) -> DMatrix<f64> {
        let mut probabilities = residuals * self.plain.rows() as f64;
        for (row, &label) in self.plain.labels.iter().enumerate() {
            probabilities[(row, label)] += 1.0;
        }
        probabilities
    }

    /// The share of rows that get their own class, normalised over these rows.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn accuracy(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        let (_, values) = self.forward(w)?;
        let outputs = &values[self.hidden().len()];
        if !outputs.iter().all(|z| z.is_finite()) {
            return Err(TrainingError::NotFinite);
        }
        let own = outputs.row_iter().zip(&self.plain.labels);
        let correct = own.filter(|(row, label)| row.transpose().argmax().0 == **label).count();
        Ok(correct as f64 / self.plain.rows() as f64)
    }

    fn hidden(&self) -> &[Layer] {
        let layers = self.plain.network.layers();
        &layers[..layers.len() - 1]
    }

    /// The normalised sums of each hidden layer, and the values of all layers.
    fn forward(&self, w: &DVector<f64>) -> Result<(Vec<Normalised>, Vec<DMatrix<f64>>), TrainingError> {
        check(w, self.parameters())?;
        let Objective { network, inputs, .. } = &self.plain;
        let mut gains = w.as_slice()[self.gains()].iter();
        let mut normal = Vec::new();
        let mut values: Vec<DMatrix<f64>> = Vec::new();
        for (k, layer) in network.layers().iter().enumerate() {
            let before = if k == 0 { inputs } else { &values[k - 1] };
            let mut sums = before * layer.weights_in(w);
            if k < self.hidden().len() {
                let normalised = Normalised::of_columns(sums, self.floor);
                sums = normalised.values.clone();
                sums.column_iter_mut().zip(&mut gains).for_each(|(mut column, gain)| column *= *gain);
                normal.push(normalised);
            }
            for (mut column, bias) in sums.column_iter_mut().zip(layer.biases_in(w).iter()) {
                column.add_scalar_mut(*bias);
            }
            if k < self.hidden().len() {
                sums.apply(|z| *z = network.activation().of(*z));
            }
            values.push(sums);
        }
        Ok((normal, values))
    }
}

impl Differentiable for BatchNormalised {
    fn dimension(&self) -> usize {
        self.parameters()
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        self.value_and_gradient(w)
    }
}

/// A batch is normalised over its own rows: its loss is not the part that these rows have in the whole. A batch of one row, of
/// which normalisation leaves nothing, is refused.
impl Sampled for BatchNormalised {
    fn rows(&self) -> usize {
        self.plain.rows()
    }

    fn batch(&self, rows: &[usize]) -> Result<Box<dyn Differentiable>, TrainingError> {
        let plain = self.plain.batch(rows)?;
        if rows.len() == 1 {
            return Err(TrainingError::Batch { size: 1, rows: self.plain.rows() });
        }
        Ok(Box::new(Self { plain, ..*self }))
    }
}

fn checked_floor(floor: f64) -> Result<f64, NormalisationError> {
    if floor.is_finite() && floor >= 0.0 {
        Ok(floor)
    } else {
        Err(NormalisationError::Floor(floor))
    }
}
