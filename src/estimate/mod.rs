//! Estimators: what an analyst computes from a log. They see arms, units, outcomes and what else was logged, never the
//! truth or the world, so they work the same on a log that came from production.
//!
//! The flow is [`Frame`] (who got what) + one metric's columns = [`Sample`] → [`Estimator`] → [`Contrast`]. A newcomer adds
//! an estimator as one file and its two lines here; its settings are those of `[[estimator]]` in a scenario and of
//! `contention analyze --option`.

mod adjusted;
mod bins;
mod capacity_split;
mod cluster_means;
pub mod conditioning;
mod difference_in_means;
pub mod estimand;
mod experiment_of_experiments;
#[cfg(test)]
mod fixture;
pub mod frame;
mod interference;
pub mod quantiles;
pub mod sample;
mod saturation;
mod shadow_difference;
mod switchback;
mod two_sided;
mod user_clustered;
mod weighting;

pub use conditioning::Conditioned;
pub use estimand::Estimand;
pub use frame::{Column, Frame, NamedColumn, Ordered};
pub use quantiles::ArmQuantile;
pub use sample::{Arms, Recorded, Sample, Target, UnitRow};

use crate::design::Unit;
use crate::settings::{Document, Reader, Section};
use crate::stats::{Difference, NotEstimable};

/// What an estimator says without inference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Candidate minus control.
    pub effect: f64,
    /// The arms' statistics, where the effect is their difference.
    pub arms: Option<Arms>,
}

/// What an estimator says: the effect with its inference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// The arms' statistics, where the effect is their difference.
    pub arms: Option<Arms>,
    /// Effect, standard error, test and interval.
    pub difference: Difference,
}

/// A way to estimate an effect from a log.
pub trait Estimator: Send + Sync {
    /// The effect with its inference.
    ///
    /// # Errors
    /// When the log cannot answer, with the reason.
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable>;

    /// The effect alone; it must be the effect of [`Estimator::estimate`], and may be found without its inference. The
    /// exact split of an error asks for it on logs that nobody could have seen.
    ///
    /// # Errors
    /// When the log cannot answer, with the reason.
    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        let Contrast { arms, difference } = self.estimate(sample)?;
        Ok(Point { effect: difference.effect, arms })
    }

    /// What it aims at.
    fn estimand(&self) -> Estimand {
        Estimand::Gte
    }

    /// Whether the same number added to every outcome changes no effect and no error of it, for plain means.
    fn ignores_levels(&self) -> bool {
        true
    }

    /// With fewer units in an arm, or degrees of freedom under four, a warning goes with its answers (`W-FEW`). Where it is
    /// larger than the usual five it counts the units of both arms: the level of the test is known to be off below it.
    fn few_units(&self) -> usize {
        FEW_UNITS_OF_AN_ARM
    }
}

/// An arm with fewer units than this deserves a warning in every method: what an interval says stands or falls with them.
pub const FEW_UNITS_OF_AN_ARM: usize = 5;

/// One entry of the list of estimators.
#[derive(Clone, Copy)]
pub struct EstimatorSpec {
    /// Name in tables; the `kind` in a scenario and the `--method` of `analyze`.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// The randomised units that it is made for.
    pub units: &'static [Unit],
    /// What it needs beyond outcome, treatment and unit.
    pub needs: &'static [Column],
    /// What it makes use of where it was logged.
    pub uses: &'static [Column],
    /// Those of its units for which every study computes it.
    pub basic: &'static [Unit],
    /// Reads its own settings; problems go to the section's reader.
    pub build: fn(&Section<'_>) -> Box<dyn Estimator>,
}

/// All estimators. Of the basic ones of a unit, the last is the recommended.
pub const ESTIMATORS: &[EstimatorSpec] = &[
    difference_in_means::SPEC,
    user_clustered::SPEC,
    adjusted::cluster_regression::SPEC,
    cluster_means::SPEC,
    switchback::blocks::SPEC,
    switchback::washout::SPEC,
    switchback::burn_in::SPEC,
    switchback::bias_corrected::SPEC,
    switchback::horvitz_thompson::SPEC,
    switchback::horvitz_thompson::HAJEK,
    switchback::paired::SPEC,
    switchback::regression::SPEC,
    switchback::cluster_switchback::SPEC,
    saturation::effects::DIRECT,
    saturation::effects::SPILLOVER,
    saturation::effects::TOTAL,
    saturation::effects::OVERALL,
    saturation::curve::SPEC,
    adjusted::ols_adjusted::SPEC,
    adjusted::cuped::SPEC,
    capacity_split::SPEC,
    two_sided::tsri::SPEC,
    two_sided::multiple_randomization::SPEC,
    experiment_of_experiments::SPEC,
    shadow_difference::SPEC,
    weighting::horvitz_thompson::SPEC,
    weighting::hajek::SPEC,
    weighting::overlap::SPEC,
    weighting::post_stratified::SPEC,
    weighting::aipw::SPEC,
    weighting::adaptive_aipw::SPEC,
    interference::truncated_policy_gradient::SPEC,
    interference::differences_in_q::SPEC,
    interference::differences_in_q_lstd::SPEC,
    interference::little_mix::SPEC,
    interference::weighted_direct_effect::SPEC,
    interference::differences_in_neighbors::SPEC,
];

impl EstimatorSpec {
    /// The entry of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ESTIMATORS.iter().find(|spec| spec.name == name)
    }

    /// The estimator with its defaults.
    ///
    /// # Panics
    /// When a setting has no default: a defect of the program.
    #[must_use]
    pub fn default(&'static self) -> NamedEstimator {
        let reader = Reader::default();
        let Ok(empty) = Document::preset(self.name, "") else { unreachable!("nothing is TOML") };
        let estimator = (self.build)(&Section::root(&reader, empty.root));
        let problems = reader.problems();
        assert!(problems.0.is_empty(), "{} has a setting without a default: {problems}", self.name);
        NamedEstimator {
            name: self.name.to_owned(),
            spec: self,
            estimator,
            units: self.units,
            designs: Vec::new(),
            metrics: Vec::new(),
        }
    }
}

/// An estimator with its settings.
pub struct NamedEstimator {
    /// Its name in tables; the kind where none is given.
    pub name: String,
    /// Its kind.
    pub spec: &'static EstimatorSpec,
    /// What it does.
    pub estimator: Box<dyn Estimator>,
    /// The randomised units that it is for here.
    pub units: &'static [Unit],
    /// The designs by name that it is for; none: all whose units it is made for.
    pub designs: Vec<String>,
    /// The metrics by name that it is for; none: all.
    pub metrics: Vec<&'static str>,
}

impl std::fmt::Debug for NamedEstimator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamedEstimator").field("name", &self.name).field("kind", &self.spec.name).finish()
    }
}

impl NamedEstimator {
    /// The basic estimators.
    #[must_use]
    pub fn basic() -> Vec<Self> {
        let basic = ESTIMATORS.iter().filter(|spec| !spec.basic.is_empty());
        basic.map(|spec| Self { units: spec.basic, ..spec.default() }).collect()
    }

    /// Whether it is for a design of this name that randomises `unit`.
    #[must_use]
    pub fn suits(&self, design: &str, unit: Unit) -> bool {
        self.units.contains(&unit)
            && (self.designs.is_empty() || self.designs.iter().any(|name| name == design))
    }

    /// Whether it is for a metric of this name.
    #[must_use]
    pub fn looks_at(&self, metric: &str) -> bool {
        self.metrics.is_empty() || self.metrics.contains(&metric)
    }

    /// The effect with its inference.
    ///
    /// # Errors
    /// When the log cannot answer, with the reason; `MissingColumn` when a column that it needs was not logged.
    pub fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        sample.frame.require(self.spec.needs)?;
        self.estimator.estimate(sample)
    }

    /// The effect alone.
    ///
    /// # Errors
    /// As [`NamedEstimator::estimate`].
    pub fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        sample.frame.require(self.spec.needs)?;
        self.estimator.point(sample)
    }
}

/// An estimator that is one of the sample's own contrasts.
struct Simple {
    estimate: fn(&Sample<'_>) -> Result<Contrast, NotEstimable>,
    point: fn(&Sample<'_>) -> Result<Arms, NotEstimable>,
    estimand: Estimand,
}

impl Estimator for Simple {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        (self.estimate)(sample)
    }

    fn estimand(&self) -> Estimand {
        self.estimand
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        (self.point)(sample).map(Point::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_estimator_has_a_name_of_its_own_and_settings_with_defaults() {
        for (at, spec) in ESTIMATORS.iter().enumerate() {
            assert!(ESTIMATORS[..at].iter().all(|other| other.name != spec.name), "{} twice", spec.name);
            assert_eq!(spec.default().name, spec.name);
            assert!(!spec.units.is_empty() && !spec.about.is_empty());
        }
    }

    #[test]
    fn an_estimator_without_its_columns_says_which_is_missing_and_an_empty_log_is_refused_by_all() {
        let frame = Frame::default();
        let sample = Sample::new(&frame, Target::Ratio, &[], &[]);
        for spec in ESTIMATORS {
            let estimator = spec.default();
            let reason = estimator.estimate(&sample).unwrap_err();
            if let Some(column) = spec.needs.first() {
                assert_eq!(reason, NotEstimable::missing_column(column.name()), "{}", spec.name);
            }
            assert!(estimator.point(&sample).is_err(), "{}", spec.name);
        }
    }

    #[test]
    fn swapping_the_arms_of_a_coin_flips_the_sign_of_every_estimate_of_request_designs() {
        use crate::rng::{Purpose, Streams};

        let draws = Streams::new(4, 0).family(Purpose::ChainStep);
        let rows = 400_u32;
        let uniform = |row: u32, entity: u64| draws.keyed(entity).uniform(u64::from(row));
        let column = |name: &str, entity: u64| NamedColumn {
            name: name.to_owned(),
            values: (0..rows).map(|row| libm::floor(4.0 * uniform(row, entity))).collect(),
        };
        let frame = |swapped: bool| Frame {
            treated: (0..rows).map(|row| (uniform(row, 1) < 0.5) != swapped).collect(),
            unit: (0..rows).collect(),
            units: rows as usize,
            time_s: (0..rows).map(f64::from).collect(),
            propensity: vec![0.5; rows as usize],
            state: vec![column("outstanding", 2)],
            covariates: vec![column("before", 3)],
            ..Frame::default()
        };
        let y: Vec<f64> = (0..rows).map(|row| 5.0 + uniform(row, 4)).collect();
        let ones = vec![1.0; rows as usize];
        let (there, back) = (frame(false), frame(true));
        let mut checked = 0;
        for spec in ESTIMATORS.iter().filter(|spec| spec.units.contains(&Unit::Request)) {
            let estimator = spec.default();
            let found = |frame: &Frame| estimator.estimate(&Sample::new(frame, Target::Ratio, &y, &ones));
            let (Ok(one), Ok(other)) = (found(&there), found(&back)) else { continue };
            checked += 1;
            let (one, other) = (one.difference, other.difference);
            // Sums in other orders, of four hundred values of size ten.
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + a.abs());
            assert!(
                close(one.effect, -other.effect) && close(one.std_error, other.std_error),
                "{}",
                spec.name
            );
        }
        assert!(checked >= 12, "only {checked} of them had all they need");
    }
}
