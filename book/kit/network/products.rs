//! Products of matrices whose rows belong to rows of data.

use nalgebra::{DMatrix, DMatrixViewMut, DVector, DVectorView, Dyn, Matrix, MatrixView, RawStorage};

use super::Layer;

/// A matrix whose rows are all `row`.
pub(super) fn repeated(row: DVectorView<'_, f64>, rows: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, row.len(), |_, column| row[column])
}

/// Adds `beforeᵀ · above`, `inputs × units`, to the weights of the layer in `sum`.
pub(crate) fn add_product(layer: &Layer, sum: &mut DVector<f64>, before: &DMatrix<f64>, above: &DMatrix<f64>) {
    let weights = &mut sum.as_mut_slice()[layer.weights.clone()];
    let mut weights = DMatrixViewMut::from_slice(weights, layer.inputs, layer.units);
    weights += transposed_product(before, above);
}

/// `aᵀ · b`.
///
/// nalgebra leaves products of matrices with more than five rows and columns to `matrixmultiply`, which reads a
/// transposed view as well as a matrix; its own loops for smaller ones want contiguous columns.
pub(super) fn transposed_product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    let mut product = DMatrix::zeros(a.ncols(), b.ncols());
    if a.nrows().min(a.ncols()).min(b.ncols()) > 5 {
        product.gemm(1.0, &transposed(a), b, 0.0);
    } else {
        product.gemm_tr(1.0, a, b, 0.0);
    }
    product
}

fn transposed(matrix: &DMatrix<f64>) -> MatrixView<'_, f64, Dyn, Dyn, Dyn, Dyn> {
    let (rows, columns) = matrix.shape();
    MatrixView::from_slice_with_strides_generic(matrix.as_slice(), Dyn(columns), Dyn(rows), Dyn(rows), Dyn(1))
}

/// `matrix` with its rows multiplied by the first column of `factors`, beside it by the second, and so on.
pub(super) fn scaled_by_each<S>(factors: &Matrix<f64, Dyn, Dyn, S>, matrix: &DMatrix<f64>) -> DMatrix<f64>
where
    S: RawStorage<f64, Dyn, Dyn>,
{
    let (rows, columns) = matrix.shape();
    let mut scaled = DMatrix::zeros(rows, columns * factors.ncols());
    for (k, factor) in factors.column_iter().enumerate() {
        for (j, column) in matrix.column_iter().enumerate() {
            scaled.column_mut(k * columns + j).cmpy(1.0, &factor, &column, 0.0);
        }
    }
    scaled
}

/// Adds the effects of the inputs of `unit` in `layer` on the parameters of `above`: for each input a block of as many
/// columns as `above` has units, with a row for each of its inputs.
pub(super) fn add_effects(
    matrix: &mut DMatrix<f64>,
    effects: &DMatrix<f64>,
    above: &Layer,
    layer: &Layer,
    unit: usize,
) {
    for (column, effect) in effects.column_iter().enumerate() {
        let (input, u) = (column / above.units, column % above.units);
        let column = layer.parameter(input, unit);
        for (i, value) in effect.iter().enumerate() {
            matrix[(above.parameter(i, u), column)] += value;
        }
    }
}

/// Adds the sum of each column of `above` to the biases of the layer in `sum`.
pub(crate) fn add_column_sums(layer: &Layer, sum: &mut DVector<f64>, above: &DMatrix<f64>) {
    for (bias, column) in layer.biases.clone().zip(above.as_slice().chunks_exact(above.nrows())) {
        // Eight sums at a time: what the compiler makes of one after another is several times slower.
        let mut partial = [0.0; 8];
        let eights = column.chunks_exact(8);
        let rest: f64 = eights.remainder().iter().sum();
        for eight in eights {
            partial.iter_mut().zip(eight).for_each(|(sum, x)| *sum += x);
        }
        sum[bias] += partial.iter().sum::<f64>() + rest;
    }
}
