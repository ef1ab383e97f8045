//! Hidden units in another order and with other signs: the same function at another point.

use nalgebra::{DMatrix, DVector};
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use super::ConnectivityError;
use crate::network::{Activation, Network};
use crate::training::check;

/// The assignment works with whole numbers: the largest similarity becomes this one.
const RESOLUTION: f64 = (1u64 << 40) as f64;

/// The parameters with the units of one hidden layer in another order, `order[i]` in place of unit `i`, each with its
/// incoming weights and bias, and its outgoing weights, times its sign in `signs`, 1 or −1.
///
/// The network computes what it did, if the signs are all 1 or the activation is odd.
///
/// # Errors
/// No such hidden layer, not an order of its units, parameters of another network.
pub fn exchanged(
    network: &Network,
    w: &DVector<f64>,
    layer: usize,
    order: &[usize],
    signs: &[f64],
) -> Result<DVector<f64>, ConnectivityError> {
    check(w, network.parameters())?;
    let layers = network.layers();
    let (Some(here), Some(above)) = (layers.get(layer), layers.get(layer + 1)) else {
        return Err(ConnectivityError::NoLayer { layer, layers: layers.len() - 1 });
    };
    check_order(here.units, order, signs)?;
    let mut exchanged = w.clone();
    for (to, (&from, &sign)) in order.iter().zip(signs).enumerate() {
        for (k, l) in here.incoming(to).zip(here.incoming(from)) {
            exchanged[k] = sign * w[l];
        }
        exchanged[here.biases.start + to] = sign * w[here.biases.start + from];
        for unit in 0..above.units {
            let outgoing = above.incoming(unit).start;
            exchanged[outgoing + to] = sign * w[outgoing + from];
        }
    }
    Ok(exchanged)
}

/// The parameters `b` with the hidden units in the order, and for an odd activation with the signs, that bring them
/// close to `a`: a network that computes the same as `b`.
///
/// In one hidden layer after another the sum of the similarities of the units that share a place is made as large as
/// can be: the inner products of their incoming weights, biases and outgoing weights. That is the least distance `‖a −
/// b‖` for that layer. With one hidden layer it is the least of all; with several, rounds are made until nothing
/// changes.
///
/// Source: S. K. Ainsworth, J. Hayase and S. Srinivasa, *Git Re-Basin*, 2023, algorithm 1; the assignment by H. W.
/// Kuhn's and J. Munkres's method (the crate `pathfinding`).
///
/// # Errors
/// Parameters of another network, or not finite.
pub fn matched(network: &Network, a: &DVector<f64>, b: &DVector<f64>) -> Result<DVector<f64>, ConnectivityError> {
    check(a, network.parameters())?;
    check(b, network.parameters())?;
    let mut moved = b.clone();
    loop {
        let before = moved.clone();
        for layer in 0..network.layers().len() - 1 {
            let similarity = similarities(network, layer, a, &moved);
            let (order, signs) = best_assignment(&similarity, network.activation());
            let next = exchanged(network, &moved, layer, &order, &signs)?;
            // Only what gains more than rounding counts, so that the rounds end.
            if a.dot(&next) > a.dot(&moved) + 1e-9 * a.norm() * b.norm() {
                moved = next;
            }
        }
        if moved == before {
            return Ok(moved);
        }
    }
}

/// Entry `(i, j)`: how similar unit `i` of `a` is to unit `j` of `b`.
fn similarities(network: &Network, layer: usize, a: &DVector<f64>, b: &DVector<f64>) -> DMatrix<f64> {
    let (here, above) = (&network.layers()[layer], &network.layers()[layer + 1]);
    let of_unit = |w: &DVector<f64>, unit: usize| {
        let outgoing = (0..above.units).map(|k| above.incoming(k).start + unit);
        let all = here.incoming(unit).chain([here.biases.start + unit]).chain(outgoing);
        DVector::from_iterator(here.inputs + 1 + above.units, all.map(|k| w[k]))
    };
    let of_all = |w: &DVector<f64>| (0..here.units).map(|unit| of_unit(w, unit)).collect::<Vec<_>>();
    let (of_a, of_b) = (of_all(a), of_all(b));
    DMatrix::from_fn(here.units, here.units, |i, j| of_a[i].dot(&of_b[j]))
}

fn best_assignment(similarity: &DMatrix<f64>, activation: Activation) -> (Vec<usize>, Vec<f64>) {
    let odd = match activation {
        Activation::Tanh | Activation::Identity => true,
        Activation::Relu | Activation::Sigmoid | Activation::Softplus => false,
    };
    let units = similarity.nrows();
    let scale = RESOLUTION / similarity.amax().max(f64::MIN_POSITIVE);
    let weight = |(i, j): (usize, usize)| {
        let similarity = similarity[(i, j)];
        ((if odd { similarity.abs() } else { similarity }) * scale).round() as i64
    };
    let (_, order) = kuhn_munkres(&Matrix::from_fn(units, units, weight));
    let sign = |(i, &j): (usize, &usize)| if odd && similarity[(i, j)] < 0.0 { -1.0 } else { 1.0 };
    let signs = order.iter().enumerate().map(sign).collect();
    (order, signs)
}

fn check_order(units: usize, order: &[usize], signs: &[f64]) -> Result<(), ConnectivityError> {
    let mut named: Vec<usize> = order.iter().copied().filter(|&unit| unit < units).collect();
    named.sort_unstable();
    named.dedup();
    let signed = signs.iter().filter(|sign| sign.abs() == 1.0).count();
    match [order.len(), named.len(), signs.len(), signed].into_iter().find(|&count| count != units) {
        None => Ok(()),
        Some(found) => Err(ConnectivityError::Order { expected: units, found }),
    }
}
