//! Ritz values that occur more than once: eigenvalues that are multiple, or copies of one.

use super::{Lanczos, OperatorError, Ritz, positive};
use crate::spectrum::Spectrum;

/// Of the squared lengths that the Ritz vectors of a cluster have along its axes, those below this share are rounding.
const INDEPENDENT: f64 = 1e-4;

/// An eigenvalue that a Lanczos process found, and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cluster {
    /// The mean of its Ritz values.
    pub value: f64,
    /// How many Ritz values it has.
    pub copies: usize,
    /// How many linearly independent vectors belong to them: the multiplicity of the eigenvalue is at least this, and
    /// `copies − multiplicity` of the values are ghosts.
    pub multiplicity: usize,
}

impl Lanczos {
    /// The Ritz values whose bounds are at most `tolerance·max|θ|`, those that lie as close together as one, in descending
    /// order.
    ///
    /// Where orthogonality is kept, a repeated value is a multiple eigenvalue, which rounding has let the process see. Where
    /// it is lost, it may be a ghost: the Ritz vectors of ghosts are parallel, those of a multiple eigenvalue are not, so the
    /// rank of their Gram matrix tells.
    ///
    /// Source: C. C. Paige, *Accuracy and effectiveness of the Lanczos algorithm*, 1980; J. K. Cullum and R. A. Willoughby,
    /// *Lanczos Algorithms for Large Symmetric Eigenvalue Computations*, 1985, section 4.5.
    ///
    /// # Errors
    /// A tolerance that is not positive; values of another process.
    pub fn clusters(&self, ritz: &Ritz, tolerance: f64) -> Result<Vec<Cluster>, OperatorError> {
        positive(tolerance, "tolerance")?;
        let near = tolerance * ritz.values.amax();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for k in (0..ritz.values.len()).filter(|&k| ritz.bounds[k] <= near) {
            match groups.last_mut() {
                Some(group) if ritz.values[group[group.len() - 1]] - ritz.values[k] <= 2.0 * near => group.push(k),
                _ => groups.push(vec![k]),
            }
        }
        groups.iter().map(|group| self.cluster(ritz, group)).collect()
    }

    fn cluster(&self, ritz: &Ritz, group: &[usize]) -> Result<Cluster, OperatorError> {
        let copies = group.len();
        let vectors = group.iter().map(|&k| self.vector(ritz, k)).collect::<Result<Vec<_>, _>>()?;
        let gram = nalgebra::DMatrix::from_fn(copies, copies, |i, j| vectors[i].dot(&vectors[j]));
        let axes = Spectrum::of(&gram)?;
        Ok(Cluster {
            value: group.iter().map(|&k| ritz.values[k]).sum::<f64>() / copies as f64,
            copies,
            multiplicity: axes.values.iter().filter(|&&v| v > INDEPENDENT * axes.norm()).count(),
        })
    }
}
