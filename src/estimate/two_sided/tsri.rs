//! Two-sided randomisation with interpolation, TSRI-k (Johari, Li, Liskovich and Weintraub, Management Science 2022):
//! τ = β(tt − ct) + (1 − β)(tt − tc) − k·β(1 − β)(2cc − ct − tc), cells named by user arm, then pool arm.
//!
//! β near 1 (an idle fleet: users do not compete) trusts the user contrast, β near 0 (a full one) the pool contrast; the paper
//! takes β = e^{−load}. Cells are means over their requests here: the paper's rates per user and pool are these times arrivals,
//! which neither coin moves when a request cannot choose its pool.

use super::cells::{CellWeights, cell_contrast};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimator, EstimatorSpec, Sample};
use crate::stats::NotEstimable;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "two_sided",
    about: "TSRI-k on the cells of user and pool coins, `beta` from idle (1) to full (0), `k` corrections",
    units: &[Unit::UserByCluster],
    needs: &[Column::Factors],
    uses: &[],
    basic: &[],
    build: |section| {
        let beta = section.number("beta", Some(0.5), 0.0..=1.0);
        Box::new(TwoSided { beta, k: section.number("k", Some(1.0), 0.0..=10.0) })
    },
};

struct TwoSided {
    beta: f64,
    k: f64,
}

impl Estimator for TwoSided {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let Self { beta, k } = *self;
        let mixed = k * beta * (1.0 - beta);
        let weights =
            CellWeights { both: 1.0, user: mixed - (1.0 - beta), pool: mixed - beta, neither: -2.0 * mixed };
        cell_contrast(sample, weights)
    }
}

#[cfg(test)]
mod tests {
    use crate::estimate::fixture::estimator;
    use crate::estimate::{Frame, Sample, Target};

    /// Eight users by four pools; means tt 10, tc 7, ct 8, cc 4, and a little noise.
    fn log() -> (Frame, Vec<f64>) {
        let (mut frame, mut y) = (Frame { units: 8, ..Frame::default() }, Vec::new());
        for user in 0..8_u32 {
            for pool in 0..4_u32 {
                let (by_user, by_pool) = (user % 2 == 0, pool % 2 == 0);
                frame.unit.push(user);
                frame.cluster.push(pool);
                frame.user_treated.push(by_user);
                frame.pool_treated.push(by_pool);
                frame.treated.push(by_user && by_pool);
                let noise = 0.1 * (f64::from(user / 2) - 1.5) * if pool < 2 { 1.0 } else { -0.8 };
                y.push(noise + [[4.0, 8.0], [7.0, 10.0]][usize::from(by_user)][usize::from(by_pool)]);
            }
        }
        (frame, y)
    }

    #[test]
    fn cells_are_combined_as_the_formulas_say() {
        let (frame, y) = log();
        let ones = vec![1.0; y.len()];
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        for (kind, options, exact) in [
            ("two_sided", "beta = 1.0", 2.0),
            ("two_sided", "beta = 0.0", 3.0),
            // ¼·2 + ¾·3 − 2·(3/16)·(8 − 8 − 7).
            ("two_sided", "beta = 0.25\nk = 2.0", 2.75 + 0.375 * 7.0),
            ("multiple_randomization", "", 6.0),
            ("multiple_randomization", "effect = \"row\"", 3.0),
            ("multiple_randomization", "effect = \"column\"", 4.0),
            ("multiple_randomization", "effect = \"direct\"", -1.0),
        ] {
            let found = estimator(kind, options).estimate(&sample).unwrap().difference;
            assert!((found.effect - exact).abs() < 1e-12, "{kind} {options}: {found:?}");
            assert_eq!((found.vcov, found.df), ("CR1-two-way", 2.0));
        }
    }
}
