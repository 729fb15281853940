//! Small logs without an effect, and how often each method rejects on them: at the sizes at which formulas for many rows go
//! wrong. Logs come straight from the draws, without a world, since nothing in them is about queues.

use crate::design::Structure;
use crate::estimate::{
    EstimatorSpec, FEW_UNITS_OF_AN_ARM, Frame, NamedColumn, NamedEstimator, Sample, Target,
};
use crate::rng::{Family, Purpose, Streams};
use crate::settings::{Document, Reader, Section};
use crate::stats::{UnitTotals, normal_quantile, ratio_difference};

/// The law of the outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Normal with equal variances.
    Normal,
    /// Lognormal with σ = 1: the mean is 1.65 medians, skewness 6.2.
    Skewed,
    /// The counts 0, 0, 0, 1, 1, 2, each as likely.
    Counts,
}

impl Law {
    /// The law as a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Skewed => "lognormal",
            Self::Counts => "counts",
        }
    }

    /// The outcome of two uniform draws.
    fn value(self, unit: f64, own: f64, coarse: bool) -> f64 {
        let z =
            if coarse { normal_quantile(unit) + 0.5 * normal_quantile(own) } else { normal_quantile(own) };
        match self {
            Self::Normal => z,
            Self::Skewed => libm::exp(z),
            Self::Counts => {
                [0.0, 0.0, 0.0, 1.0, 1.0, 2.0][(6.0 * if coarse { unit } else { own }) as usize % 6]
            }
        }
    }
}

/// How the rows of a log hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each row a unit, with propensities, covariates, states, times and copies.
    Rows,
    /// Units of one to four rows.
    Units,
    /// Rows within strata of four units, two treated; where the units are odd in number the last stratum takes them.
    Strata,
    /// Pairs of units of one row, one treated.
    Pairs,
    /// Blocks of three rows, one after the other.
    Blocks,
    /// Three clusters by blocks, each cell with an arm of its own.
    Cells,
    /// Clusters at a share of ¼ or ¾, twelve rows each.
    Shares,
    /// Users by pools, each with a coin; as many pools as users.
    Coins,
    /// Half of the units by row, half by unit.
    Halves,
}

/// A log without an effect.
pub struct SmallLog {
    /// Who got what.
    pub frame: Frame,
    /// Outcomes.
    pub outcome: Vec<f64>,
}

/// `treated` of `units`, all choices as likely.
fn choose(draws: Family, units: usize, treated: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..units).collect();
    order.sort_by(|a, b| draws.uniform(*a as u64).total_cmp(&draws.uniform(*b as u64)));
    let mut arms = vec![false; units];
    order.iter().take(treated).for_each(|unit| arms[*unit] = true);
    arms
}

impl SmallLog {
    /// The log number `number` of `units` units, of which `treated` are treated.
    #[must_use]
    pub fn draw(shape: Shape, law: Law, [units, treated]: [usize; 2], seed: u64, number: u64) -> Self {
        let draws = Streams::new(seed, number).family(Purpose::ChainStep);
        let uniform = |what: u64, at: usize| draws.keyed(what).uniform(at as u64);
        let arms = choose(draws.keyed(1), units, treated);
        let mut log = Self { frame: Frame::default(), outcome: Vec::new() };
        let coarse = !matches!(shape, Shape::Rows | Shape::Strata | Shape::Pairs);
        let mut push = |unit: usize, own: usize, arm: bool| {
            let row = log.outcome.len();
            log.frame.treated.push(arm);
            log.frame.unit.push(unit as u32);
            log.frame.time_s.push(row as f64);
            log.outcome.push(law.value(uniform(2, own), uniform(3, row), coarse));
        };
        match shape {
            Shape::Rows => (0..units).for_each(|unit| push(unit, unit, arms[unit])),
            Shape::Units => (0..units).for_each(|unit| {
                let rows = 1 + (4.0 * uniform(4, unit)) as usize;
                (0..rows).for_each(|_| push(unit, unit, arms[unit]));
            }),
            Shape::Strata => {
                let strata = (units / 4).max(1);
                let of: Vec<u32> = (0..units).map(|unit| ((unit / 4).min(strata - 1)) as u32).collect();
                for stratum in 0..strata as u32 {
                    let own: Vec<usize> = (0..units).filter(|unit| of[*unit] == stratum).collect();
                    let arms = choose(draws.keyed(5 + u64::from(stratum)), own.len(), own.len() / 2);
                    own.iter().zip(arms).for_each(|(unit, arm)| push(*unit, *unit, arm));
                }
                log.frame.structure = Structure::Strata(of);
            }
            Shape::Pairs => {
                for unit in 0..units / 2 * 2 {
                    push(unit, unit, (uniform(6, unit / 2) < 0.5) == (unit % 2 == 0));
                }
                log.frame.structure = Structure::Pairs((0..units as u32).map(|unit| unit / 2).collect());
            }
            Shape::Blocks => (0..units).for_each(|unit| (0..3).for_each(|_| push(unit, unit, arms[unit]))),
            Shape::Cells => {
                let cells = choose(draws.keyed(1), 3 * units, 3 * units / 2);
                for (cell, arm) in cells.into_iter().enumerate() {
                    (0..2).for_each(|_| push(cell, cell, arm));
                }
            }
            Shape::Shares => {
                for (cluster, high) in arms.iter().enumerate() {
                    let coins = choose(draws.keyed(7 + cluster as u64), 12, if *high { 9 } else { 3 });
                    coins.into_iter().for_each(|coin| push(cluster, cluster, coin));
                }
            }
            Shape::Coins => {
                let pools = choose(draws.keyed(8), units, units / 2);
                for (user, own) in arms.iter().enumerate() {
                    for (pool, other) in pools.iter().enumerate() {
                        push(user, user * units + pool, *own && *other);
                    }
                }
            }
            Shape::Halves => {
                let coins = choose(draws.keyed(9), 3 * units, 3 * units / 2);
                for (row, coin) in coins.into_iter().enumerate() {
                    push(units + row, units + row, coin);
                }
                (0..units).for_each(|unit| (0..3).for_each(|_| push(unit, unit, arms[unit])));
            }
        }
        log.fill(shape, [units, treated], &arms, draws);
        log
    }

    /// The columns that methods need beyond arm, unit and time.
    fn fill(&mut self, shape: Shape, [units, treated]: [usize; 2], arms: &[bool], draws: Family) {
        let rows = self.outcome.len();
        let frame = &mut self.frame;
        frame.units = frame.unit.iter().max().map_or(0, |most| *most as usize + 1);
        let uniform = |what: u64, at: usize| draws.keyed(what).uniform(at as u64);
        let share = if shape == Shape::Shares { 0.5 } else { treated as f64 / units as f64 };
        frame.propensity = vec![share; rows];
        let column = |name: &str, values: Vec<f64>| NamedColumn { name: name.to_owned(), values };
        let covariate = |row: usize| 0.7 * self.outcome[row] + normal_quantile(uniform(10, row));
        frame.covariates = vec![column("before", (0..rows).map(covariate).collect())];
        // A queue that goes up and down, whatever the arms.
        let mut queue = 3.0_f64;
        let walk = (0..rows).map(|row| {
            let step = if uniform(11, row) < 0.5 { -1.0 } else { 1.0 };
            queue = (queue + step).clamp(0.0, 5.0);
            queue
        });
        frame.state = vec![column("outstanding", walk.collect())];
        frame.shadow = (0..rows).map(|row| self.outcome[(row + 1) % rows.max(1)]).collect();
        if shape == Shape::Rows {
            // A copy of a request has a law of its own around the request's.
            frame.shadow =
                (0..rows).map(|row| self.outcome[row] + normal_quantile(uniform(12, row))).collect();
        }
        match shape {
            Shape::Blocks => {
                frame.block.clone_from(&frame.unit);
                frame.since_switch_s = (0..rows).map(|row| (row % 3) as f64).collect();
                frame.washout = (0..rows).map(|row| row % 3 == 0).collect();
            }
            Shape::Cells => {
                frame.cluster = frame.unit.iter().map(|cell| cell % 3).collect();
                frame.block = frame.unit.iter().map(|cell| cell / 3).collect();
                frame.since_switch_s = (0..rows).map(|row| (row % 2) as f64).collect();
            }
            Shape::Shares => {
                frame.cluster.clone_from(&frame.unit);
                frame.saturation =
                    frame.unit.iter().map(|unit| if arms[*unit as usize] { 0.75 } else { 0.25 }).collect();
                frame.propensity.clone_from(&frame.saturation);
                frame.unit = (0..rows as u32).collect();
                frame.units = rows;
            }
            Shape::Coins => {
                let pools = choose(draws.keyed(8), units, units / 2);
                frame.cluster = (0..rows).map(|row| (row % units) as u32).collect();
                frame.user_treated = (0..rows).map(|row| arms[row / units]).collect();
                frame.pool_treated = (0..rows).map(|row| pools[row % units]).collect();
            }
            Shape::Halves => {
                frame.part = frame.unit.iter().map(|unit| u8::from((*unit as usize) < units)).collect();
            }
            _ => {}
        }
    }
}

/// A method with its settings, and the shape of the logs that it is for.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// Its kind.
    pub kind: &'static str,
    /// Its settings, as TOML.
    pub options: &'static str,
    /// The logs.
    pub shape: Shape,
    /// The quantile, where it is not the mean.
    pub quantile: Option<f64>,
}

/// How often a method rejects at 5 % where there is no effect.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Logs.
    pub logs: u64,
    /// Logs with an answer.
    pub answered: u64,
    /// Answers with a p-value under 5 %.
    pub rejected: u64,
    /// Answers without the warning W-FEW.
    pub unwarned: u64,
    /// Logs on which Welch's test of the units' means answers, and rejects: the reference. None where units have no arm.
    pub reference: [u64; 2],
}

impl Level {
    /// Rejections among answers.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.rejected as f64 / self.answered.max(1) as f64
    }

    /// Logs without an answer.
    #[must_use]
    pub fn refused(&self) -> f64 {
        1.0 - self.answered as f64 / self.logs.max(1) as f64
    }

    /// The level of the reference; `None` where there is none.
    #[must_use]
    pub fn reference(&self) -> Option<f64> {
        let [answered, rejected] = self.reference;
        (answered > 0).then(|| rejected as f64 / answered as f64)
    }
}

/// Welch's test of the units' means, as scipy has it: whether it rejects; `None` where it has no answer.
fn welch_rejects(log: &SmallLog) -> Option<bool> {
    let mut units = vec![(false, 0.0, 0.0); log.frame.units];
    for (row, &unit) in log.frame.unit.iter().enumerate() {
        let (arm, sum, rows) = &mut units[unit as usize];
        *arm = log.frame.treated[row];
        *sum += log.outcome[row];
        *rows += 1.0;
    }
    let means = |wanted: bool| -> Vec<UnitTotals> {
        let own = units.iter().filter(|(arm, _, rows)| *arm == wanted && *rows > 0.0);
        own.map(|(_, sum, rows)| UnitTotals { numerator: sum / rows, denominator: 1.0 }).collect()
    };
    ratio_difference(&means(true), &means(false)).ok().map(|found| found.p_value < 0.05)
}

impl Tried {
    /// Its name with its settings.
    #[must_use]
    pub fn name(&self) -> String {
        let options = self.options.replace(['"', ' '], "");
        let quantile = self.quantile.map_or_else(String::new, |p| format!(" of the {p} quantile"));
        let options = if options.is_empty() { options } else { format!(" ({options})") };
        format!("{}{options}{quantile}", self.kind)
    }

    fn estimator(&self) -> NamedEstimator {
        let Some(spec) = EstimatorSpec::named(self.kind) else { panic!("no method {}", self.kind) };
        let reader = Reader::default();
        let Ok(document) = Document::preset(self.kind, self.options) else { panic!("{}", self.options) };
        let estimator = (spec.build)(&Section::root(&reader, document.root));
        let problems = reader.problems();
        assert!(problems.0.is_empty(), "{}: {problems}", self.name());
        NamedEstimator { estimator, ..spec.default() }
    }

    /// Whether every assignment is looked at, or a fair draw of them, so that the level is exact on every law.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.options.contains("permutation")
    }

    /// Whether it draws samples, which takes a thousand times as long.
    #[must_use]
    pub fn resamples(&self) -> bool {
        ["permutation", "wild", "bootstrap"].iter().any(|word| self.options.contains(word))
    }

    /// Its level over `logs` logs.
    #[must_use]
    pub fn level(&self, law: Law, sizes: [usize; 2], logs: u64, seed: u64) -> Level {
        let estimator = self.estimator();
        let mut level = Level { logs, ..Level::default() };
        let target = self.quantile.map_or(Target::Ratio, Target::Quantile);
        let arms = [sizes[1], sizes[0] - sizes[1]];
        let least = estimator.estimator.few_units();
        let few =
            arms[0].min(arms[1]) < FEW_UNITS_OF_AN_ARM || (least > FEW_UNITS_OF_AN_ARM && sizes[0] < least);
        let has_reference = matches!(self.shape, Shape::Rows | Shape::Units | Shape::Blocks);
        for number in 0..logs {
            let log = SmallLog::draw(self.shape, law, sizes, seed, number);
            let ones = vec![1.0; log.outcome.len()];
            if let Some(rejects) = welch_rejects(&log).filter(|_| has_reference) {
                level.reference[0] += 1;
                level.reference[1] += u64::from(rejects);
            }
            if let Ok(found) = estimator.estimate(&Sample::new(&log.frame, target, &log.outcome, &ones)) {
                level.answered += 1;
                level.rejected += u64::from(found.difference.p_value < 0.05);
                level.unwarned += u64::from(!few && found.difference.df >= 4.0);
            }
        }
        level
    }
}

const fn tried(kind: &'static str, options: &'static str, shape: Shape) -> Tried {
    Tried { kind, options, shape, quantile: None }
}

const fn median(kind: &'static str, options: &'static str, shape: Shape) -> Tried {
    Tried { kind, options, shape, quantile: Some(0.5) }
}

/// Every method, on the logs that it is made for.
pub const TRIED: &[Tried] = &[
    tried("difference_in_means", "", Shape::Rows),
    median("difference_in_means", "", Shape::Rows),
    tried("user_clustered", "", Shape::Units),
    median("user_clustered", "", Shape::Units),
    tried("cluster_regression", "", Shape::Units),
    tried("cluster_regression", "inference = \"cr1\"", Shape::Units),
    tried("cluster_regression", "inference = \"cr3\"", Shape::Units),
    tried("cluster_regression", "inference = \"wild\"", Shape::Units),
    tried("cluster_regression", "inference = \"permutation\"", Shape::Units),
    median("cluster_regression", "inference = \"permutation\"", Shape::Units),
    tried("cluster_regression", "inference = \"bootstrap\"", Shape::Units),
    tried("cluster_means", "", Shape::Units),
    tried("cluster_means", "", Shape::Strata),
    tried("cluster_means", "", Shape::Pairs),
    tried("switchback_blocks", "", Shape::Blocks),
    tried("switchback_washout", "", Shape::Blocks),
    tried("switchback_burn_in", "", Shape::Blocks),
    tried("switchback_burn_in", "variance = \"jackknife\"", Shape::Blocks),
    tried("switchback_burn_in", "burn_in = \"1 s\"", Shape::Cells),
    tried("switchback_bias_corrected", "", Shape::Blocks),
    tried("switchback_horvitz_thompson", "", Shape::Blocks),
    tried("switchback_horvitz_thompson", "order = 0\ncentred = true", Shape::Blocks),
    tried("switchback_hajek", "", Shape::Blocks),
    tried("switchback_paired", "", Shape::Pairs),
    tried("switchback_regression", "", Shape::Blocks),
    tried("cluster_switchback", "", Shape::Cells),
    tried("cluster_switchback", "robust_to = \"cell\"", Shape::Cells),
    tried("cluster_switchback", "robust_to = \"block\"", Shape::Cells),
    tried("saturation_direct", "", Shape::Shares),
    tried("saturation_spillover", "", Shape::Shares),
    tried("saturation_total", "", Shape::Shares),
    tried("saturation_overall", "", Shape::Shares),
    tried("saturation_regression", "", Shape::Shares),
    tried("ols_adjusted", "", Shape::Rows),
    tried("ols_adjusted", "adjustment = \"ancova\"", Shape::Rows),
    tried("ols_adjusted", "", Shape::Units),
    tried("cuped", "", Shape::Rows),
    tried("cuped", "", Shape::Units),
    tried("capacity_split", "", Shape::Rows),
    tried("two_sided", "", Shape::Coins),
    tried("multiple_randomization", "", Shape::Coins),
    tried("experiment_of_experiments", "", Shape::Halves),
    tried("shadow_difference", "", Shape::Rows),
    tried("horvitz_thompson", "", Shape::Rows),
    tried("horvitz_thompson", "centred = true", Shape::Rows),
    tried("hajek", "", Shape::Rows),
    tried("hajek", "", Shape::Units),
    tried("hajek", "", Shape::Shares),
    tried("ipw_overlap", "", Shape::Rows),
    tried("post_stratified", "", Shape::Strata),
    tried("post_stratified", "by = \"outstanding\"\nbins = 2", Shape::Rows),
    tried("aipw", "", Shape::Rows),
    tried("aipw", "columns = \"before\"", Shape::Rows),
    tried("aipw", "columns = \"before\"", Shape::Units),
    tried("adaptive_aipw", "", Shape::Rows),
    tried("truncated_policy_gradient", "", Shape::Rows),
    tried("truncated_policy_gradient", "horizon = 5", Shape::Rows),
    tried("differences_in_q", "", Shape::Rows),
    tried("differences_in_q_lstd", "", Shape::Rows),
    tried("little_mix", "", Shape::Rows),
    tried("little_mix", "horizon = 5", Shape::Rows),
    tried("weighted_direct_effect", "", Shape::Rows),
    tried("differences_in_neighbors", "", Shape::Rows),
];

/// Units, and how many of them are treated.
pub const SIZES: &[[usize; 2]] = &[[6, 3], [8, 4], [12, 6], [20, 10], [24, 4], [40, 20], [120, 60]];
