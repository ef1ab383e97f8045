//! Level lines of a function on a rectangle, by marching squares.

use std::ops::Range;

use contour::ContourBuilder;

use super::FigureError;

/// Nodes of the grid in each direction.
const NODES: usize = 161;

/// The lines on which `f` has one of the `levels`, as polylines that may reach a little beyond the rectangle.
///
/// Source: W. E. Lorensen and H. E. Cline, *Marching cubes*, 1987, in two dimensions (the crate `contour`).
pub(super) fn level_lines(
    f: &dyn Fn(f64, f64) -> f64,
    x: &Range<f64>,
    y: &Range<f64>,
    levels: &[f64],
) -> Result<Vec<Vec<(f64, f64)>>, FigureError> {
    // The library closes lines that leave its grid along the edge, so the edge is put outside what is seen.
    let ((x0, dx), (y0, dy)) = (padded(x), padded(y));
    let mut values = Vec::with_capacity(NODES * NODES);
    for j in 0..NODES {
        for i in 0..NODES {
            let (x, y) = (x0 + i as f64 * dx, y0 + j as f64 * dy);
            let value = f(x, y);
            if !value.is_finite() {
                return Err(FigureError::Field { x, y, value });
            }
            values.push(value);
        }
    }
    let grid = ContourBuilder::new(NODES, NODES, true)
        .x_origin(x0 - 0.5 * dx)
        .y_origin(y0 - 0.5 * dy)
        .x_step(dx)
        .y_step(dy);
    let lines = grid.lines(&values, levels).map_err(|e| FigureError::Drawing(e.to_string()))?;
    Ok(lines
        .into_iter()
        .flat_map(|line| line.into_inner().0)
        .map(|line| line.into_iter().map(|p| (p.x, p.y)).collect())
        .collect())
}

/// First node and distance of nodes, with one cell beyond each end of the range.
fn padded(range: &Range<f64>) -> (f64, f64) {
    let step = (range.end - range.start) / (NODES - 3) as f64;
    (range.start - step, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_line_of_a_circular_bowl_is_a_circle() {
        let lines = level_lines(&|x, y| x * x + y * y, &(-2.0..2.0), &(-1.5..1.5), &[1.0]).unwrap();
        let within = |p: &&(f64, f64)| p.0.abs() <= 2.0 && p.1.abs() <= 1.5;
        let seen: Vec<f64> = lines.iter().flatten().filter(within).map(|p| p.0.hypot(p.1)).collect();
        assert!(seen.len() > 100);
        assert!(seen.iter().all(|radius| (radius - 1.0).abs() < 1e-3));
    }

    #[test]
    fn a_function_that_is_not_finite_has_no_level_lines() {
        let error = level_lines(&|x, _| x.ln(), &(-1.0..1.0), &(0.0..1.0), &[0.0]).unwrap_err();
        assert!(matches!(error, FigureError::Field { value, .. } if value.is_nan()), "{error}");
    }
}
