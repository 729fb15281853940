//! The wild cluster bootstrap-t (Cameron, Gelbach and Miller, Review of Economics and Statistics 2008): flip
//! the residuals of whole clusters and see how often the t statistic gets as large as it is. For few clusters,
//! where t tables are not to be trusted.
//!
//! A draw needs only each cluster's Z_g'ẽ_g and Z_g'Z_g q (k numbers each, Z the rows of Q in X = QR), so it
//! costs G·k operations whatever the number of rows is (`MacKinnon`, Econometrics and Statistics 2023).

use super::clustered::for_each_cluster;
use super::covariance::beyond_rounding;
use super::linear::LinearFit;
use super::student::student_t_quantile;
use super::{Clusters, NotEstimable, invert_test};
use crate::rng::Family;

/// Up to this many clusters all 2^G sign vectors are enumerated.
pub const ENUMERATED_CLUSTERS: usize = 14;

/// Draws when the weights are not enumerated.
pub const WILD_DRAWS: usize = 9_999;

/// Which residuals are flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WildNull {
    /// Residuals of the fit under the null (WCR): the default, reliable with few clusters.
    Imposed,
    /// Residuals of the unrestricted fit (WCU), with draws centred on the estimate.
    NotImposed,
}

/// What the residuals of a cluster are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WildWeights {
    /// ±1.
    Rademacher,
    /// ±√(1/2), ±1, ±√(3/2): more distinct draws than 2^G for G ≲ 11 (Webb 2023). Always drawn.
    Webb,
}

/// Of the wild bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WildTest {
    /// The CR1S t statistic of the data.
    pub statistic: f64,
    /// Share of draws with |t*| ≥ |t|, identity and mirror included and never below 2^(1−G), when enumerated;
    /// (1 + b)/(1 + B) when drawn. Libraries that count ">" report less.
    pub p_value: f64,
    /// Weight vectors looked at: 2^G, or B draws.
    pub draws: usize,
    /// Whether `draws` are all there are.
    pub enumerated: bool,
    /// The family of the `vcov` string; [`Self::label`] adds the count.
    pub vcov: &'static str,
}

impl WildTest {
    /// Such as `WCR-rademacher-64`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}-{}", self.vcov, self.draws)
    }
}

/// The wild bootstrap of one contrast of one fit; keeps 2k numbers a cluster and no rows.
#[derive(Clone, Debug)]
pub struct WildBootstrap {
    k: usize,
    estimate: f64,
    /// q'q = c'(X'X)⁻¹c.
    leverage: f64,
    q: Vec<f64>,
    /// Z_g'e_g, cluster after cluster.
    scores: Vec<f64>,
    /// Z_g'Z_g q, cluster after cluster.
    directions: Vec<f64>,
    /// CR1S: G/(G − 1)·(n − 1)/(n − k).
    constant: f64,
}

impl WildBootstrap {
    /// Reduces `fit` to what draws for `contrast` need.
    ///
    /// # Errors
    /// `ZeroVariance` when the clusters' scores for the contrast do not vary; `Unobserved` when something is
    /// not finite.
    ///
    /// # Panics
    /// When `clusters` has not the rows of `fit`, or `contrast` not its columns.
    pub fn of(fit: &LinearFit<'_>, clusters: &Clusters, contrast: &[f64]) -> Result<Self, NotEstimable> {
        let (k, count) = (fit.k(), clusters.count() as f64);
        let q = fit.rotated(contrast);
        let (mut scores, mut directions) = (Vec::new(), Vec::new());
        for_each_cluster(fit, clusters, |products, own| {
            scores.extend(own.iter());
            directions.extend((0..k).map(|i| (0..k).map(|j| products[(i, j)] * q[j]).sum::<f64>()));
            Ok(())
        })?;
        let constant = count / (count - 1.0) * ((fit.n() - 1) as f64 / fit.residual_df());
        let leverage = q.iter().map(|q| q * q).sum();
        let wild = Self { k, estimate: fit.value(contrast), leverage, q, scores, directions, constant };
        let variance: f64 = wild.scores.chunks(k).map(|s| dot(s, &wild.q) * dot(s, &wild.q)).sum();
        if !variance.is_finite() {
            return Err(NotEstimable::Unobserved);
        }
        if beyond_rounding(fit, contrast, variance) == 0.0 {
            return Err(NotEstimable::ZeroVariance);
        }
        Ok(wild)
    }

    /// The estimate, c'b.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// The CR1S standard error that studentises.
    #[must_use]
    pub fn std_error(&self) -> f64 {
        let sum: f64 = self.scores.chunks(self.k).map(|s| dot(s, &self.q) * dot(s, &self.q)).sum();
        (self.constant * sum).sqrt()
    }

    /// Tests c'b = `null_value`. `draws` matter only where the weights are not enumerated (Rademacher with up
    /// to [`ENUMERATED_CLUSTERS`] clusters); draw b takes the stream of entity b of `streams`.
    ///
    /// |t*| ≥ |t| is judged with a tolerance of 1e-12·max(1, |t|), because mirror images are equal in exact
    /// arithmetic only.
    #[must_use]
    pub fn test(
        &self,
        null_value: f64,
        null: WildNull,
        weights: WildWeights,
        draws: usize,
        streams: Family,
    ) -> WildTest {
        let clusters = self.scores.len() / self.k;
        let enumerated = weights == WildWeights::Rademacher && clusters <= ENUMERATED_CLUSTERS;
        let statistic = (self.estimate - null_value) / self.std_error();
        let residuals = self.residual_scores(null_value, null);
        let mut draw = Draw::new(self, &residuals);
        let mut v = vec![1.0; clusters];
        // Under the null the identity is the data itself; taking t from there makes the tie exact.
        let observed = if null == WildNull::Imposed { draw.t(&v) } else { statistic };
        let bar = observed.abs() - 1e-12 * observed.abs().max(1.0);
        let (draws, p_value) = if enumerated {
            // Half of the vectors: the others are their mirror images with the same |t*|.
            let half = 1_usize << (clusters - 1);
            let mut extreme = 0;
            for code in 0..half {
                for (g, v) in v.iter_mut().enumerate().skip(1) {
                    *v = if code >> (g - 1) & 1 == 1 { -1.0 } else { 1.0 };
                }
                extreme += usize::from(draw.t(&v).abs() >= bar);
            }
            // Without the null imposed the identity gives t* = 0, and the share could be zero.
            (2 * half, extreme.max(1) as f64 / half as f64)
        } else {
            let mut extreme = 0;
            for b in 0..draws {
                let mut stream = streams.stream(b as u64);
                v.iter_mut().for_each(|v| *v = weights.draw(stream.bits()));
                extreme += usize::from(draw.t(&v).abs() >= bar);
            }
            (draws, (1 + extreme) as f64 / (1 + draws) as f64)
        };
        WildTest { statistic, p_value, draws, enumerated, vcov: label(null, weights) }
    }

    /// The null values that a test at level 1 − `confidence` does not reject, with the same weights at every
    /// value ([`invert_test`]). `None` on a side without an end: 2^(1−G) is above the level.
    ///
    /// # Panics
    /// When `confidence` is outside (0, 1).
    #[must_use]
    pub fn interval(
        &self,
        confidence: f64,
        null: WildNull,
        weights: WildWeights,
        draws: usize,
        streams: Family,
    ) -> (Option<f64>, Option<f64>) {
        let clusters = self.scores.len() / self.k;
        let step = self.std_error() * student_t_quantile(0.975, (clusters - 1) as f64);
        invert_test(self.estimate, step, confidence, |value| {
            self.test(value, null, weights, draws, streams).p_value
        })
    }

    /// Z_g'ẽ_g: with the null imposed, ẽ = e + Z q (c'b − β₀)/q'q.
    fn residual_scores(&self, null_value: f64, null: WildNull) -> Vec<f64> {
        match null {
            WildNull::NotImposed => self.scores.clone(),
            WildNull::Imposed => {
                let shift = (self.estimate - null_value) / self.leverage;
                self.scores.iter().zip(&self.directions).map(|(s, d)| s + shift * d).collect()
            }
        }
    }
}

/// What every draw of one test shares.
struct Draw<'a> {
    wild: &'a WildBootstrap,
    residuals: &'a [f64],
    /// q'Z_g'ẽ_g.
    own: Vec<f64>,
    /// Σ v_g Z_g'ẽ_g of the present draw.
    total: Vec<f64>,
}

impl<'a> Draw<'a> {
    fn new(wild: &'a WildBootstrap, residuals: &'a [f64]) -> Self {
        let own = residuals.chunks(wild.k).map(|r| dot(r, &wild.q)).collect();
        Self { wild, residuals, own, total: vec![0.0; wild.k] }
    }

    /// t* under the weights `v`. With w = Σ v_g r_g the draw moves the contrast by q'w, and the draw's
    /// residuals have the scores v_g q'r_g − (Z_g'Z_g q)'w.
    fn t(&mut self, v: &[f64]) -> f64 {
        let k = self.wild.k;
        self.total.fill(0.0);
        for (weight, r) in v.iter().zip(self.residuals.chunks(k)) {
            self.total.iter_mut().zip(r).for_each(|(total, r)| *total += weight * r);
        }
        let mut squares = 0.0;
        for ((weight, own), d) in v.iter().zip(&self.own).zip(self.wild.directions.chunks(k)) {
            let score = weight * own - dot(d, &self.total);
            squares += score * score;
        }
        let moved = dot(&self.total, &self.wild.q);
        // A draw without movement is no evidence even where its error vanishes as well.
        if moved == 0.0 { 0.0 } else { moved / (self.wild.constant * squares).sqrt() }
    }
}

impl WildWeights {
    fn draw(self, bits: u64) -> f64 {
        match self {
            Self::Rademacher => {
                if bits >> 63 == 1 {
                    -1.0
                } else {
                    1.0
                }
            }
            Self::Webb => {
                let cell = ((bits >> 32) * 6) >> 32;
                let size = [0.5_f64, 1.0, 1.5][(cell % 3) as usize].sqrt();
                if cell < 3 { -size } else { size }
            }
        }
    }
}

const fn label(null: WildNull, weights: WildWeights) -> &'static str {
    match (null, weights) {
        (WildNull::Imposed, WildWeights::Rademacher) => "WCR-rademacher",
        (WildNull::Imposed, WildWeights::Webb) => "WCR-webb",
        (WildNull::NotImposed, WildWeights::Rademacher) => "WCU-rademacher",
        (WildNull::NotImposed, WildWeights::Webb) => "WCU-webb",
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{ClusterKind, Column, clustered_test, least_squares};
    use super::*;
    use crate::rng::{Purpose, Streams};

    const STREAMS: Family = Streams::new(3, 0).family(Purpose::Resampling);

    /// A cluster-randomised experiment with five rows a cluster and an effect in every second one.
    fn experiment(clusters: u32, effect: f64) -> (Vec<f64>, Vec<f64>, Vec<u32>) {
        let ids: Vec<u32> = (0..5 * clusters).map(|row| row / 5).collect();
        let t: Vec<f64> = ids.iter().map(|&g| f64::from(g % 2)).collect();
        let noise = Streams::new(8, 0).family(Purpose::Resampling);
        let y = ids
            .iter()
            .enumerate()
            .map(|(row, &g)| effect * t[row] + noise.uniform(row as u64) + noise.uniform(1000 + u64::from(g)))
            .collect();
        (y, t, ids)
    }

    fn wild(clusters: u32, effect: f64) -> (WildBootstrap, f64) {
        let (y, t, ids) = experiment(clusters, effect);
        let ones = vec![1.0; y.len()];
        let columns = [Column { name: "one", values: &ones }, Column { name: "t", values: &t }];
        let fit = least_squares(&y, &columns, None).unwrap();
        let clusters = Clusters::of(&ids).unwrap();
        let expected = clustered_test(&fit, &clusters, ClusterKind::Cr1s, &[0.0, 1.0]).unwrap().std_error;
        (WildBootstrap::of(&fit, &clusters, &[0.0, 1.0]).unwrap(), expected)
    }

    #[test]
    fn it_studentises_with_cr1s_and_an_overwhelming_effect_has_the_smallest_p_there_is() {
        let (wild, std_error) = wild(8, 30.0);
        assert!((wild.std_error() / std_error - 1.0).abs() < 1e-12);
        let test = wild.test(0.0, WildNull::Imposed, WildWeights::Rademacher, 0, STREAMS);
        assert_eq!((test.draws, test.enumerated, test.label().as_str()), (256, true, "WCR-rademacher-256"));
        assert_eq!(test.p_value, 1.0 / 128.0);
        assert!((test.statistic / (wild.estimate() / std_error) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn drawn_weights_agree_with_all_of_them() {
        let (wild, _) = wild(9, 0.35);
        for null in [WildNull::Imposed, WildNull::NotImposed] {
            let exact = wild.test(0.0, null, WildWeights::Rademacher, 0, STREAMS).p_value;
            let mut extreme = 0;
            let residuals = wild.residual_scores(0.0, null);
            let mut draw = Draw::new(&wild, &residuals);
            let bar = (wild.estimate() / wild.std_error()).abs() * (1.0 - 1e-12);
            for b in 0..9_999 {
                let mut stream = STREAMS.stream(b);
                let v: Vec<f64> = (0..9).map(|_| WildWeights::Rademacher.draw(stream.bits())).collect();
                extreme += u32::from(draw.t(&v).abs() >= bar);
            }
            let share = f64::from(extreme) / 9_999.0;
            // Four binomial standard errors.
            assert!(
                (share - exact).abs() < 4.0 * (exact * (1.0 - exact) / 9_999.0).sqrt(),
                "{share} {exact}"
            );
        }
    }

    #[test]
    fn without_an_effect_p_values_are_uniform_enough() {
        // 2000 A/A experiments of eight clusters: the share of p ≤ 0.1 within four binomial errors (0.027),
        // plus 0.02 because clusters of unequal noise make the test approximate.
        let runs = 2000;
        let rejected = (0..runs)
            .filter(|&run| {
                let noise = Streams::new(77, run).family(Purpose::Resampling);
                let ids: Vec<u32> = (0..24).map(|row| row / 3).collect();
                let t: Vec<f64> = ids.iter().map(|&g| f64::from(g % 2)).collect();
                let y: Vec<f64> =
                    (0..24).map(|row| noise.uniform(row) + 2.0 * noise.uniform(100 + row / 3)).collect();
                let ones = vec![1.0; 24];
                let columns = [Column { name: "one", values: &ones }, Column { name: "t", values: &t }];
                let fit = least_squares(&y, &columns, None).unwrap();
                let wild = WildBootstrap::of(&fit, &Clusters::of(&ids).unwrap(), &[0.0, 1.0]).unwrap();
                wild.test(0.0, WildNull::Imposed, WildWeights::Rademacher, 0, STREAMS).p_value <= 0.1
            })
            .count();
        let share = rejected as f64 / runs as f64;
        assert!((share - 0.1).abs() < 0.047, "{share}");
    }

    #[test]
    fn the_interval_holds_what_is_not_rejected_and_excludes_what_is() {
        let (wild, _) = wild(10, 0.5);
        let test = |value| wild.test(value, WildNull::Imposed, WildWeights::Rademacher, 0, STREAMS).p_value;
        let (low, high) = wild.interval(0.95, WildNull::Imposed, WildWeights::Rademacher, 0, STREAMS);
        let (low, high) = (low.unwrap(), high.unwrap());
        assert!(low < wild.estimate() && wild.estimate() < high);
        assert!(test(low + 1e-9) > 0.05 && test(low - 1e-9) <= 0.05);
        assert!(test(high - 1e-9) > 0.05 && test(high + 1e-9) <= 0.05);
    }

    #[test]
    fn four_clusters_cannot_reject_at_five_percent() {
        // The smallest p is 2^(1 − 4) = 0.125.
        let (wild, _) = wild(4, 30.0);
        let ends = wild.interval(0.95, WildNull::Imposed, WildWeights::Rademacher, 0, STREAMS);
        assert_eq!(ends, (None, None));
    }

    #[test]
    fn webb_weights_have_mean_zero_and_variance_one() {
        let mut stream = STREAMS.stream(0);
        let draws: Vec<f64> = (0..60_000).map(|_| WildWeights::Webb.draw(stream.bits())).collect();
        let n = draws.len() as f64;
        let (mean, square) = (draws.iter().sum::<f64>() / n, draws.iter().map(|v| v * v).sum::<f64>() / n);
        // Four standard errors: sd of v is 1 and of v² is √(1/6).
        assert!(mean.abs() < 4.0 / n.sqrt() && (square - 1.0).abs() < 4.0 * 0.408 / n.sqrt());
        let (wild, _) = wild(8, 0.3);
        let test = wild.test(0.0, WildNull::Imposed, WildWeights::Webb, 499, STREAMS);
        assert_eq!((test.label().as_str(), test.enumerated), ("WCR-webb-499", false));
        assert!(test.p_value >= 1.0 / 500.0 && test.p_value <= 1.0);
    }
}
