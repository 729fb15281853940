//! The variance of a statistic of blocks in order of time, from leaving out neighbours together.

use crate::stats::NotEstimable;

/// Var = (n − w)²/(w(n − w + 1)) · mean_j (τ₋ⱼ − τ)² over the n − w + 1 runs of `width` = w neighbours among n blocks.
///
/// With w = 1 this is (n − 1)²/n · mean, to 1/n the delete-one jackknife (n − 1)·mean, which is what w = 1 gives here; with
/// w = 2 it is (n − 2)²/(2(n − 1)) · mean, Hu and Wager's variance (arXiv 2209.00197) for terms that look one block back,
/// where n counts the blocks that have one before them. `without` tells the statistic without the blocks from one position
/// up to another.
///
/// # Errors
/// `TooFewUnits` unless n > w + 1, and when leaving out blocks empties an arm.
pub(super) fn jackknife_variance(
    blocks: usize,
    width: usize,
    whole: f64,
    without: impl Fn(std::ops::Range<usize>) -> Result<f64, NotEstimable>,
) -> Result<f64, NotEstimable> {
    if blocks <= width + 1 {
        return Err(NotEstimable::TooFewUnits);
    }
    let runs = blocks - width + 1;
    let mut squares = 0.0;
    for at in 0..runs {
        let found = without(at..at + width).map_err(|_| NotEstimable::TooFewUnits)?;
        squares += (found - whole) * (found - whole);
    }
    let kept = (blocks - width) as f64;
    let scale = if width == 1 { kept } else { kept * kept / (width * runs) as f64 };
    Ok(scale * squares / runs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 5] = [1.0, 4.0, 2.0, 7.0, 6.0];

    fn mean_without(left_out: std::ops::Range<usize>) -> Result<f64, NotEstimable> {
        let kept: Vec<f64> = (0..5).filter(|at| !left_out.contains(at)).map(|at| VALUES[at]).collect();
        Ok(kept.iter().sum::<f64>() / kept.len() as f64)
    }

    #[test]
    fn the_delete_one_variance_of_a_mean_is_that_of_the_mean() {
        // Σ(x − 4)² = 9 + 0 + 4 + 9 + 4 = 26, over 5·4. A few roundings of sums of five.
        let variance = jackknife_variance(5, 1, 4.0, mean_without).unwrap();
        assert!((variance - 26.0 / 20.0).abs() < 1e-14, "{variance}");
    }

    #[test]
    fn leaving_out_neighbours_agrees_with_a_calculation_by_hand() {
        // Means of three: 5, 14/3, 11/3, 7/3; minus 4: 1, 2/3, −1/3, −5/3; squares sum to 1 + (4 + 1 + 25)/9 = 39/9.
        // (5 − 2)²/(2·4) · 39/36.
        let variance = jackknife_variance(5, 2, 4.0, mean_without).unwrap();
        assert!((variance - 9.0 / 8.0 * 39.0 / 36.0).abs() < 1e-14, "{variance}");
        assert_eq!(jackknife_variance(3, 2, 4.0, mean_without), Err(NotEstimable::TooFewUnits));
    }
}
