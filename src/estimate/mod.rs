//! Estimators: what an analyst computes from a log. They see arms, units, outcomes and what else was logged, never the
//! truth or the world, so they work the same on a log that came from production.
//!
//! The flow is [`Frame`] (who got what) + one metric's columns = [`Sample`] → [`Estimator`] → [`Contrast`]. A newcomer adds
//! an estimator as one file and its two lines here; its settings are those of `[[estimator]]` in a scenario and of
//! `contention analyze --option`.

mod cluster_means;
mod difference_in_means;
pub mod estimand;
#[cfg(test)]
mod fixture;
pub mod frame;
mod interference;
pub mod quantiles;
pub mod sample;
mod switchback;
mod user_clustered;

pub use estimand::Estimand;
pub use frame::{Column, Frame, NamedColumn};
pub use quantiles::ArmQuantile;
pub use sample::{Arms, Sample, Target, UnitRow};

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
}

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
    /// Whether every study computes it for the designs of its units.
    pub basic: bool,
    /// Reads its own settings; problems go to the section's reader.
    pub build: fn(&Section<'_>) -> Box<dyn Estimator>,
}

/// All estimators. Of the basic ones of a unit, the last is the recommended.
pub const ESTIMATORS: &[EstimatorSpec] = &[
    difference_in_means::SPEC,
    user_clustered::SPEC,
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
        ESTIMATORS.iter().filter(|spec| spec.basic).map(EstimatorSpec::default).collect()
    }

    /// Whether it is for a design of this name that randomises `unit`.
    #[must_use]
    pub fn suits(&self, design: &str, unit: Unit) -> bool {
        self.spec.units.contains(&unit)
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
}

impl Estimator for Simple {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        (self.estimate)(sample)
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        (self.point)(sample).map(Point::from)
    }
}
