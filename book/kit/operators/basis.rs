//! Orthonormal vectors side by side, and what is made orthogonal to them, on several threads with the same bits as on one.

use std::ops::Range;
use std::thread;

use nalgebra::{DMatrix, DMatrixView};

/// Rows of a piece. Sums run over the rows of a piece first, then over the pieces in their order, whatever thread had which.
const ROWS: usize = 4096;

/// Numbers in the vectors from which on a second thread saves more than its start costs, which is about 0.05 ms.
const WORTH_A_THREAD: usize = 1 << 20;

/// Vectors of length `n`, one after the other.
pub(super) struct Basis {
    n: usize,
    entries: Vec<f64>,
    threads: usize,
    /// For each piece, its share of the products with each vector.
    shares: Vec<f64>,
    parts: Vec<f64>,
}

impl Basis {
    /// For vectors of length `n`; as many threads as there are processors, if not told.
    pub(super) fn new(n: usize, threads: Option<usize>) -> Self {
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        Self {
            n,
            entries: Vec::new(),
            threads: threads.unwrap_or_else(processors).max(1),
            shares: Vec::new(),
            parts: Vec::new(),
        }
    }

    pub(super) fn reserve(&mut self, vectors: usize) {
        self.entries.reserve_exact(vectors * self.n);
    }

    pub(super) fn push(&mut self, vector: &[f64]) {
        self.entries.extend_from_slice(vector);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len() / self.n
    }

    pub(super) fn vector(&self, index: usize) -> &[f64] {
        &self.entries[index * self.n..(index + 1) * self.n]
    }

    pub(super) fn matrix(&self) -> DMatrixView<'_, f64> {
        DMatrixView::from_slice(&self.entries, self.n, self.len())
    }

    pub(super) fn into_matrix(self) -> DMatrix<f64> {
        let columns = self.len();
        DMatrix::from_vec(self.n, columns, self.entries)
    }

    /// Takes out of `w` what it has of each vector, and returns how much that was of each. `4nm` operations; the vectors are read
    /// twice.
    pub(super) fn take_out_of(&mut self, w: &mut [f64]) -> &[f64] {
        let (n, m) = (self.n, self.len());
        self.shares.resize(n.div_ceil(ROWS) * m, 0.0);
        self.parts.clear();
        self.parts.resize(m, 0.0);
        let threads = if n * m < WORTH_A_THREAD { 1 } else { self.threads };
        let each = n.div_ceil(ROWS).div_ceil(threads);
        let (entries, parts) = (&self.entries, &mut self.parts);
        let column = |j: usize, rows: &Range<usize>| &entries[j * n + rows.start..j * n + rows.end];
        let inner = |(first, shares, w): (usize, &mut [f64], &[f64])| {
            for (k, (shares, w)) in shares.chunks_mut(m).zip(w.chunks(ROWS)).enumerate() {
                let rows = (first + k) * ROWS..(first + k) * ROWS + w.len();
                for (quarter, shares) in shares.chunks_mut(4).enumerate() {
                    let column = |j: usize| column(4 * quarter + j, &rows);
                    match shares {
                        [a, b, c, d] => [*a, *b, *c, *d] = dots([column(0), column(1), column(2), column(3)], w),
                        few => few.iter_mut().enumerate().for_each(|(j, share)| [*share] = dots([column(j)], w)),
                    }
                }
            }
        };
        let pieces = self.shares.chunks_mut(each * m).zip(w.chunks(each * ROWS)).enumerate();
        on_threads(threads, pieces.map(|(t, (shares, w))| (t * each, shares, w)), inner);
        for shares in self.shares.chunks(m) {
            parts.iter_mut().zip(shares).for_each(|(part, share)| *part += share);
        }
        let parts = &*parts;
        let outer = |(first, w): (usize, &mut [f64])| {
            for (k, w) in w.chunks_mut(ROWS).enumerate() {
                let rows = (first + k) * ROWS..(first + k) * ROWS + w.len();
                for (quarter, parts) in parts.chunks(4).enumerate() {
                    let column = |j: usize| column(4 * quarter + j, &rows);
                    match parts {
                        [a, b, c, d] => subtract(w, [*a, *b, *c, *d], [column(0), column(1), column(2), column(3)]),
                        few => few.iter().enumerate().for_each(|(j, part)| subtract(w, [*part], [column(j)])),
                    }
                }
            }
        };
        on_threads(threads, w.chunks_mut(each * ROWS).enumerate().map(|(t, w)| (t * each, w)), outer);
        parts
    }

    /// Replaces the vectors by as many combinations of them as `by` has columns, in their place.
    pub(super) fn combine(&mut self, by: &DMatrix<f64>) {
        let (n, m) = (self.n, self.len());
        let mut rows = DMatrix::zeros(ROWS.min(n), m);
        let mut combined = DMatrix::zeros(ROWS.min(n), by.ncols());
        for start in (0..n).step_by(ROWS) {
            let height = ROWS.min(n - start);
            for j in 0..m {
                rows.column_mut(j).as_mut_slice()[..height].copy_from_slice(&self.vector(j)[start..start + height]);
            }
            combined.gemm(1.0, &rows, by, 0.0);
            for (j, column) in combined.column_iter().enumerate() {
                self.entries[j * n + start..j * n + start + height].copy_from_slice(&column.as_slice()[..height]);
            }
        }
        self.entries.truncate(by.ncols() * n);
    }
}

/// Does each piece of work: the only one here, several at once on threads of their own.
fn on_threads<T: Send>(threads: usize, mut pieces: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
    if threads == 1 {
        pieces.for_each(work);
        return;
    }
    thread::scope(|scope| {
        let own = pieces.next();
        for piece in pieces {
            scope.spawn(|| work(piece));
        }
        own.map(&work);
    });
}

/// The products of `w` with `N` vectors: `w` is read once for all, and each sum has eight parts, so that it can be vectorised.
fn dots<const N: usize>(vectors: [&[f64]; N], w: &[f64]) -> [f64; N] {
    let (eights, rest) = w.as_chunks::<8>();
    let pieces = vectors.map(|v| &v.as_chunks::<8>().0[..eights.len()]);
    let mut sums = [[0.0; 8]; N];
    for (k, w) in eights.iter().enumerate() {
        for (sum, piece) in sums.iter_mut().zip(&pieces) {
            for (sum, (v, w)) in sum.iter_mut().zip(piece[k].iter().zip(w)) {
                *sum += v * w;
            }
        }
    }
    let mut result = sums.map(|s| ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])));
    for (sum, v) in result.iter_mut().zip(vectors) {
        for (v, w) in v[8 * eights.len()..].iter().zip(rest) {
            *sum += v * w;
        }
    }
    result
}

/// `w` less `parts` of `N` vectors: `w` is read and written once for all.
fn subtract<const N: usize>(w: &mut [f64], parts: [f64; N], vectors: [&[f64]; N]) {
    let vectors = vectors.map(|v| &v[..w.len()]);
    for (k, w) in w.iter_mut().enumerate() {
        let mut sum = 0.0;
        for (part, v) in parts.iter().zip(&vectors) {
            sum += part * v[k];
        }
        *w -= sum;
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DVector;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use super::*;
    use crate::operators::Probe;

    #[test]
    fn the_bits_do_not_depend_on_the_number_of_threads() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        // Just above the size from which threads are used, with a last piece that is not full.
        let (n, m) = (WORTH_A_THREAD / 7 + 12_345, 7);
        let columns: Vec<DVector<f64>> = (0..m).map(|_| Probe::Gaussian.draw(n, &mut rng)).collect();
        let w = Probe::Gaussian.draw(n, &mut rng);
        let result = |threads: usize| {
            let mut basis = Basis::new(n, Some(threads));
            columns.iter().for_each(|column| basis.push(column.as_slice()));
            let mut left = w.clone();
            let parts = basis.take_out_of(left.as_mut_slice()).to_vec();
            (parts, left)
        };
        let one = result(1);
        for threads in [2, 3, 7, 1000] {
            assert_eq!(result(threads), one);
        }
        let matrix = DMatrix::from_columns(&columns);
        let parts = matrix.tr_mul(&w);
        assert!((DVector::from_vec(one.0) - &parts).amax() < 1e-9);
        assert!((one.1 - (w - matrix * parts)).amax() < 1e-9);
    }

    #[test]
    fn combinations_take_the_place_of_the_vectors() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for n in [5, ROWS, ROWS + 1, 3 * ROWS - 7] {
            let columns: Vec<DVector<f64>> = (0..5).map(|_| Probe::Gaussian.draw(n, &mut rng)).collect();
            let by = DMatrix::from_fn(5, 3, |i, j| (i as f64 - 2.0) * (j as f64 + 0.5));
            let mut basis = Basis::new(n, None);
            columns.iter().for_each(|column| basis.push(column.as_slice()));
            basis.combine(&by);
            assert_eq!(basis.len(), 3);
            assert!((basis.matrix() - DMatrix::from_columns(&columns) * by).amax() < 1e-12);
        }
    }
}
