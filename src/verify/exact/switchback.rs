//! Carry-over in switchbacks whose state relaxes at one rate (M/M/∞, a fluid, AR(1)): expected difference in
//! means of blocks, as a share of the stationary difference D. Times are in relaxation times: x for a block,
//! `burn` for the part dropped at its start.

/// What the previous block leaves in the kept part of a block: (e^−burn − e^−x)/(x − burn); (1 − e^−x)/x
/// without burn-in.
#[must_use]
pub fn leftover(x: f64, burn: f64) -> f64 {
    (libm::exp(-burn) - libm::exp(-x)) / (x - burn)
}

/// A fair coin per block: 1 − leftover.
#[must_use]
pub fn independent(x: f64, burn: f64) -> f64 {
    1.0 - leftover(x, burn)
}

/// Strict alternation: 1 − 2·leftover/(1 + e^−x), which is 1 − (2/x)·tanh(x/2) without burn-in.
#[must_use]
pub fn alternating(x: f64, burn: f64) -> f64 {
    1.0 - 2.0 * leftover(x, burn) / (1.0 + libm::exp(-x))
}

/// Pairs of blocks, AB or BA by a fair coin: 1 − g(1 + (1 − e^−x)/2), g the leftover of a whole block.
#[must_use]
pub fn paired(x: f64) -> f64 {
    1.0 - leftover(x, 0.0) * (1.0 - libm::expm1(-x) / 2.0)
}

/// Half of `blocks` treated, all choices alike, from a state that knows nothing of them: 1 − g·F with
/// F = 1 + (K − (1 − e^−xK)/(1 − e^−x))/(K(K − 1)).
#[must_use]
pub fn complete(x: f64, blocks: u32) -> f64 {
    let k = f64::from(blocks);
    let returns = libm::expm1(-x * k) / libm::expm1(-x);
    1.0 - leftover(x, 0.0) * (1.0 + (k - returns) / (k * (k - 1.0)))
}

/// Means of the blocks of one path, each after its burn-in: the state starts at `start` and relaxes towards 1
/// in treated and 0 in control blocks.
#[must_use]
pub fn block_means(arms: &[bool], start: f64, x: f64, burn: f64) -> Vec<f64> {
    let mut state = start;
    let mean = |treated: &bool| {
        let target = f64::from(u8::from(*treated));
        let from_target = state - target;
        state = target + from_target * libm::exp(-x);
        target + from_target * leftover(x, burn)
    };
    arms.iter().map(mean).collect()
}

/// Mean over the treated blocks of a path less that over its control blocks; `None` when an arm has no block.
#[must_use]
pub fn contrast_of_path(arms: &[bool], start: f64, x: f64) -> Option<f64> {
    let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
    for (treated, mean) in arms.iter().zip(block_means(arms, start, x, 0.0)) {
        sums[usize::from(*treated)] += mean;
        counts[usize::from(*treated)] += 1.0;
    }
    (counts[0] > 0.0 && counts[1] > 0.0).then(|| sums[1] / counts[1] - sums[0] / counts[0])
}
