//! The Lanczos process between two of its steps, and its restart.

use nalgebra::{DMatrix, DVector, SymmetricTridiagonal};

use super::basis::Basis;
use super::tridiagonal::tridiagonal;
use super::{OperatorError, SymmetricOperator, dimension, product_into, unit};
use crate::spectrum::{Spectrum, power_of_two};

/// `uᵀHv` and `vᵀHu` of unit vectors may differ by this share of the operator's size: room for products by differences.
pub(super) const SYMMETRY_TOLERANCE: f64 = 1e-6;

/// Products within this size and its inverse are taken as they are: their squares, and sums of as many as fit into memory, are
/// finite.
const MODERATE: f64 = 1e100;

/// What is done against the loss of orthogonality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reorthogonalisation {
    /// Each new vector is made orthogonal to all before it: `2nm` multiplications more in step `m`.
    Full,
    /// Nothing: the three-term recurrence as it stands. Copies of converged eigenvalues will appear.
    None,
}

/// `m` steps of the Lanczos process: `HQ = QT + βₘ q eₘᵀ` with `QᵀQ = I` and `T` tridiagonal.
#[derive(Debug, Clone, PartialEq)]
pub struct Lanczos {
    /// The diagonal of `T`, `m` numbers.
    pub alpha: Vec<f64>,
    /// Beside the diagonal of `T`, `m − 1` numbers, not negative.
    pub beta: Vec<f64>,
    /// `βₘ`: the length of what the next vector would be made from. Zero if the Krylov space is exhausted.
    pub remainder: f64,
    /// `Q`, `n × m`, its first column the unit vector of the start.
    pub basis: DMatrix<f64>,
}

/// `HQ = QT + βₘ q eₘᵀ` with what is needed to go on. A step allocates only where the basis grows.
pub(super) struct Process<'a> {
    h: &'a dyn SymmetricOperator,
    reorthogonalisation: Reorthogonalisation,
    basis: Basis,
    /// The next vector of the basis.
    next: DVector<f64>,
    /// What the operator makes of it.
    image: DVector<f64>,
    /// `T` in units of `unit`, a power of two, which is 1 for operators of moderate size.
    unit: Option<f64>,
    alpha: Vec<f64>,
    beta: Vec<f64>,
    remainder: f64,
    /// The longest product so far: an estimate of `‖H‖` from below.
    scale: f64,
    /// Whether `T` is that of a start, or of what a restart kept.
    restarted: bool,
}

impl<'a> Process<'a> {
    pub(super) fn new(
        h: &'a dyn SymmetricOperator,
        start: &DVector<f64>,
        reorthogonalisation: Reorthogonalisation,
        threads: Option<usize>,
    ) -> Result<Self, OperatorError> {
        let n = dimension(h)?;
        Ok(Self {
            h,
            reorthogonalisation,
            basis: Basis::new(n, threads),
            next: unit(start, n)?,
            image: DVector::zeros(n),
            unit: None,
            alpha: Vec::new(),
            beta: Vec::new(),
            remainder: 0.0,
            scale: 0.0,
            restarted: false,
        })
    }

    pub(super) fn reserve(&mut self, vectors: usize) {
        self.basis.reserve(vectors);
    }

    /// The dimension `n`.
    pub(super) fn vector_length(&self) -> usize {
        self.next.len()
    }

    pub(super) fn steps(&self) -> usize {
        self.alpha.len()
    }

    /// Diagonal of `T`, its entries beside it, and `βₘ`, all in units of [`unit`](Self::unit).
    pub(super) fn coefficients(&self) -> (&[f64], &[f64], f64) {
        (&self.alpha, &self.beta, self.remainder)
    }

    pub(super) fn unit(&self) -> f64 {
        self.unit.unwrap_or(1.0)
    }

    /// One step. False if there can be no other.
    pub(super) fn advance(&mut self) -> Result<bool, OperatorError> {
        self.multiply()?;
        let (n, steps) = (self.next.len(), self.alpha.len() + 1);
        let (q, w) = (&self.next, &mut self.image);
        self.scale = self.scale.max(w.norm());
        if steps > 1 {
            let previous = self.basis.vector(steps - 2);
            if steps == 2 && !self.restarted && self.remainder > SYMMETRY_TOLERANCE * self.scale {
                // Products of the first two vectors tell whether the operator is symmetric.
                let along: f64 = previous.iter().zip(w.iter()).map(|(a, b)| a * b).sum();
                check_symmetry((along - self.remainder).abs(), self.scale, self.unit)?;
            }
            for (w, previous) in w.iter_mut().zip(previous) {
                *w -= self.remainder * previous;
            }
            self.beta.push(self.remainder);
        }
        let alpha = q.dot(w);
        w.axpy(-alpha, q, 1.0);
        self.alpha.push(alpha);
        self.basis.push(q.as_slice());
        let mut length = w.norm();
        self.scale = self.scale.max(alpha.abs() + self.remainder.abs() + length);
        let full = self.reorthogonalisation == Reorthogonalisation::Full;
        if full {
            length = self.orthogonalised(length)?;
        }
        if length <= n as f64 * f64::EPSILON * self.scale || (full && steps == n) {
            self.remainder = 0.0;
            return Ok(false);
        }
        self.remainder = length;
        self.next.copy_from(&self.image);
        self.next /= length;
        Ok(true)
    }

    /// The product with the next vector, in a unit in which nothing overflows that is of the operator's size.
    fn multiply(&mut self) -> Result<(), OperatorError> {
        let largest = product_into(self.h, &self.next, &mut self.image)?;
        let old = self.unit();
        let moderate = |x: f64| (1.0 / MODERATE..=MODERATE).contains(&x);
        let grown = largest / old > MODERATE;
        if largest > 0.0 && (self.unit.is_none() || grown) {
            let new = if moderate(largest) && self.unit.is_none() {
                1.0
            } else {
                power_of_two(largest)
            };
            self.unit = Some(new);
            let all = self.alpha.iter_mut().chain(&mut self.beta);
            all.chain([&mut self.remainder, &mut self.scale]).for_each(|x| *x *= old / new);
        }
        if self.unit() != 1.0 {
            self.image /= self.unit();
        }
        Ok(())
    }

    /// Takes out of the image what it has of the basis, again if much of it was lost. Returns what length is left.
    fn orthogonalised(&mut self, mut length: f64) -> Result<f64, OperatorError> {
        for pass in 0..3 {
            let before = length;
            let parts = self.basis.take_out_of(self.image.as_mut_slice());
            if pass == 0 {
                let most = parts.iter().fold(0.0, |most: f64, part| most.max(part.abs()));
                check_symmetry(most, self.scale, self.unit)?;
            }
            length = self.image.norm();
            if length > 0.7 * before {
                break;
            }
        }
        Ok(length)
    }

    /// Goes on with the Ritz vectors of these indices alone, of the decomposition of `T`, in descending order of the values.
    ///
    /// With `S` their coordinates, `s` their last row and `Θ` the values, `H(QS) = (QS)Θ + βₘ q sᵀ`. A change of basis `G` makes
    /// `GᵀΘG` tridiagonal and `sᵀG` a multiple of `eₖᵀ`, so that the process goes on as if it had come here by itself.
    ///
    /// Source: K. Wu and H. Simon, *Thick-restart Lanczos method for large symmetric eigenvalue problems*, 2000, equations 2.6 and
    /// 2.7; that any basis of the kept space will do: G. W. Stewart, *A Krylov–Schur algorithm for large eigenproblems*, 2001.
    pub(super) fn restart(&mut self, ritz: &Spectrum, kept: &[usize]) {
        let k = kept.len();
        let coordinates = ritz.vectors.select_columns(kept);
        let last = coordinates.row(coordinates.nrows() - 1);
        // The first vector stays what it is, so its couplings are led to the second one alone, which is the last of the process.
        let arrow = DMatrix::from_fn(k + 1, k + 1, |i, j| match (i.min(j), i.max(j)) {
            (0, 0) => 0.0,
            (0, j) => self.remainder * last[j - 1],
            (i, j) if i == j => ritz.values[kept[i - 1]],
            _ => 0.0,
        });
        let turned = SymmetricTridiagonal::new(arrow.clone()).q();
        let mut turn = DMatrix::from_fn(k, k, |i, j| turned[(i + 1, k - j)]);
        let couplings = arrow.row(0).columns(1, k) * &turn;
        let mut sign = couplings[k - 1].signum();
        let theta = arrow.view((1, 1), (k, k)).into_owned();
        for j in (0..k).rev() {
            turn.column_mut(j).scale_mut(sign);
            if j > 0 {
                sign = turn.column(j - 1).dot(&(&theta * turn.column(j))).signum();
            }
        }
        let small = turn.tr_mul(&(theta * &turn));
        self.alpha = small.diagonal().iter().copied().collect();
        self.beta = (1..k).map(|j| small[(j - 1, j)]).collect();
        self.remainder = couplings[k - 1].abs();
        self.basis.combine(&(coordinates * turn));
        self.restarted = true;
    }

    /// The Ritz vector with these coordinates.
    pub(super) fn vector(&self, coordinates: &DVector<f64>) -> DVector<f64> {
        self.basis.matrix() * coordinates
    }

    /// The whole decomposition of `T`, in units of [`unit`](Self::unit).
    pub(super) fn spectrum(&self) -> Result<Spectrum, OperatorError> {
        Ok(Spectrum::of(&tridiagonal(&self.alpha, &self.beta))?)
    }

    pub(super) fn into_result(mut self) -> Result<Lanczos, OperatorError> {
        let unit = self.unit();
        let all = self.alpha.iter_mut().chain(&mut self.beta).chain([&mut self.remainder]);
        all.for_each(|x| *x *= unit);
        let infinite = |x: &&f64| !x.is_finite();
        if let Some(&value) = self.alpha.iter().chain(&self.beta).chain([&self.remainder]).find(infinite) {
            return Err(OperatorError::NotFinite(value));
        }
        Ok(Lanczos {
            basis: self.basis.into_matrix(),
            alpha: self.alpha,
            beta: self.beta,
            remainder: self.remainder,
        })
    }
}

fn check_symmetry(difference: f64, scale: f64, unit: Option<f64>) -> Result<(), OperatorError> {
    if difference > SYMMETRY_TOLERANCE * scale {
        Err(OperatorError::NotSymmetric {
            difference: difference * unit.unwrap_or(1.0),
        })
    } else {
        Ok(())
    }
}
