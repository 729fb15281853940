//! Runs the scenarios of the cases through the study, and hands back one value a replication.

use std::cell::RefCell;

use super::both_engines::agree;
use crate::design::{CONTROL, Constant};
use crate::estimate::{Arms, EstimatorSpec, NamedEstimator};
use crate::record::{Metric, Window};
use crate::rng::{Streams, mix, name_key};
use crate::scenario::{Scenario, resolve};
use crate::settings::{Document, Reader, Section};
use crate::study::externality::{Externality, externalities};
use crate::study::replicate::world;
use crate::study::score::{Graded, score};
use crate::study::tables::{Decomposition, EstimateRow};
use crate::study::{Replication, execute};

/// Where cases run their simulations.
pub struct Bench<'a> {
    /// Threads; 0 takes all cores. Results do not depend on it.
    jobs: usize,
    /// Master seed.
    seed: u64,
    /// Told how many requests each finished replication simulated.
    simulated: &'a (dyn Fn(u64) + Sync),
    /// Whether both engines agreed on the opening of each scenario so far.
    engines: RefCell<Vec<bool>>,
}

impl<'a> Bench<'a> {
    /// A bench on `jobs` threads (0: all cores) under a master seed; `simulated` is told how many requests each finished
    /// replication simulated.
    #[must_use]
    pub const fn new(jobs: usize, seed: u64, simulated: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { jobs, seed, simulated, engines: RefCell::new(Vec::new()) }
    }

    /// The master seed.
    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    /// On how many scenarios since the last call both engines agreed, and how many there were.
    pub(super) fn take_engines(&self) -> (usize, usize) {
        let agreed = self.engines.take();
        (agreed.iter().filter(|&&agreed| agreed).count(), agreed.len())
    }
}

/// The replications of one scenario.
#[derive(Debug)]
pub struct Study {
    /// The scenario.
    pub scenario: Scenario,
    replications: Vec<Replication>,
}

impl Bench<'_> {
    /// Run all replications of a scenario given as TOML; `overrides` are settings of its keys, as in `--set`.
    ///
    /// # Panics
    /// When the scenario is not valid or threads cannot be had: a defect of the case or of the machine.
    #[must_use]
    pub fn study(&self, text: &str, overrides: &[&str]) -> Study {
        self.replicate(self.scenario(text, overrides))
    }

    /// As [`Bench::study`], under the scenario's own seed: for scenarios that are to meet the same draws.
    ///
    /// # Panics
    /// As [`Bench::study`].
    #[must_use]
    pub fn seeded(&self, text: &str, overrides: &[&str]) -> Study {
        self.replicate(scenario(text, overrides))
    }

    fn replicate(&self, scenario: Scenario) -> Study {
        let stop = std::sync::atomic::AtomicBool::new(false);
        match execute::execute(&scenario, self.jobs, &stop, self.simulated) {
            Ok(replications) => {
                Study { scenario, replications: replications.into_iter().flatten().collect() }
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Bench<'_> {
    /// The measured windows of the world of all-control, by replication.
    ///
    /// # Panics
    /// When the scenario is not valid: a defect of the case.
    #[must_use]
    pub fn windows(&self, text: &str, overrides: &[&str]) -> Vec<Vec<Window>> {
        let scenario = self.scenario(text, overrides);
        let one = |replication: u32| {
            let streams = Streams::new(scenario.study.seed, u64::from(replication));
            let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
            (self.simulated)(requests.len() as u64);
            let log = world(&scenario, streams, &requests, &[&scenario.policies[0]], &mut Constant(CONTROL));
            log.windows.measured_rows().map(|(_, _, window)| *window).collect()
        };
        match execute::spread(scenario.study.replications, self.jobs, one) {
            Ok(windows) => windows,
            Err(error) => panic!("{error}"),
        }
    }

    /// One value a replication from a log that no design of a study drew: told the number of the replication and the
    /// streams that `name` gives it.
    ///
    /// # Panics
    /// When threads cannot be had.
    #[must_use]
    pub fn logs<T: Send>(
        &self,
        name: &str,
        replications: u32,
        one: impl Fn(u32, Streams) -> T + Sync,
    ) -> Vec<T> {
        let seed = self.seed_of(name);
        let one = |number: u32| one(number, Streams::new(seed, u64::from(number)));
        match execute::spread(replications, self.jobs, one) {
            Ok(values) => values,
            Err(error) => panic!("{error}"),
        }
    }

    /// What flipped requests do, by replication: `flips` of them, one at a time, in the world of this share of the first
    /// candidate.
    ///
    /// # Panics
    /// When threads cannot be had, or there is no such metric.
    #[must_use]
    pub fn flips(&self, text: &str, metric: &str, share: f64, flips: u32) -> Vec<Vec<Externality>> {
        let scenario = self.scenario(text, &[]);
        let Some(metric) = Metric::named(metric) else { panic!("no metric {metric}") };
        let one = |number: u32| externalities(&scenario, 1, metric, share, flips, number);
        match execute::spread(scenario.study.replications, self.jobs, one) {
            Ok(found) => found,
            Err(error) => panic!("{error}"),
        }
    }

    /// A seed for what is called `name`.
    fn seed_of(&self, name: &str) -> u64 {
        mix(name_key(name) ^ self.seed) >> 1
    }

    /// The scenario with a seed of its own: different scenarios of the ladder share no draws, so that their z-scores are
    /// independent.
    fn scenario(&self, text: &str, overrides: &[&str]) -> Scenario {
        let mut scenario = scenario(text, overrides);
        scenario.study.seed = self.seed_of(text);
        self.engines.borrow_mut().push(agree(&scenario));
        scenario
    }
}

/// The estimator of that name, as studies use it.
///
/// # Panics
/// When there is none: a defect of the case.
pub fn estimator(name: &str) -> NamedEstimator {
    EstimatorSpec::named(name).unwrap_or_else(|| panic!("no estimator {name}")).default()
}

/// The estimator of that name with `options` as a scenario would write them.
///
/// # Panics
/// When there is none, or it does not take the options: a defect of the case.
pub fn estimator_with(name: &str, options: &str) -> NamedEstimator {
    let reader = Reader::default();
    let document = Document::preset(name, options).unwrap_or_else(|problem| panic!("{problem}"));
    let named = estimator(name);
    let estimator = (named.spec.build)(&Section::root(&reader, document.root));
    let problems = reader.problems();
    assert!(problems.0.is_empty(), "{name}: {problems}");
    NamedEstimator { estimator, ..named }
}

/// The scenario of a case.
///
/// # Panics
/// When it is not valid: a defect of the case.
pub fn scenario(text: &str, overrides: &[&str]) -> Scenario {
    let mut document = match Document::parse("the case", text) {
        Ok(document) => document,
        Err(problems) => panic!("{problems}\n{text}"),
    };
    for text in overrides {
        if let Err(problem) = document.set(text) {
            panic!("{text}: {problem:?}");
        }
    }
    let no_files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    match resolve(document, &no_files) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}\n{text}"),
    }
}

impl Study {
    /// A metric's value in the world of all-control, by replication.
    #[must_use]
    pub fn control(&self, metric: &str) -> Vec<f64> {
        let values = self.replications.iter().map(|replication| {
            replication.values.iter().find(|row| row.metric == metric && row.policy == 0).map(|row| row.value)
        });
        present(metric, values)
    }

    /// A metric's value in the world of all-candidate, by replication.
    #[must_use]
    pub fn candidate(&self, metric: &str) -> Vec<f64> {
        let values = self.replications.iter().map(|replication| {
            replication.values.iter().find(|row| row.metric == metric && row.policy == 1).map(|row| row.value)
        });
        present(metric, values)
    }

    /// The true effect on a metric, by replication.
    #[must_use]
    pub fn effect(&self, metric: &str) -> Vec<f64> {
        let (candidate, control) = (self.candidate(metric), self.control(metric));
        candidate.iter().zip(&control).map(|(candidate, control)| candidate - control).collect()
    }

    /// A design's estimate by its recommended estimator, by replication.
    #[must_use]
    pub fn estimate(&self, design: &str, metric: &str) -> Vec<f64> {
        self.arms(design, metric).iter().map(Arms::effect).collect()
    }

    /// Both arms' statistics in a design's world, by replication.
    #[must_use]
    pub fn arms(&self, design: &str, metric: &str) -> Vec<Arms> {
        self.rows(design, metric).iter().map(|row| row.arms.unwrap_or_else(|| unanswered(metric))).collect()
    }

    /// The exact parts of a design's error, by replication.
    #[must_use]
    pub fn parts(&self, design: &str, metric: &str) -> Vec<Decomposition> {
        let rows = self.rows(design, metric);
        rows.iter().map(|row| row.decomposition.unwrap_or_else(|| unanswered(metric))).collect()
    }

    /// What the named estimator finds of a launch in a design's world, by replication.
    #[must_use]
    pub fn found(&self, design: &str, estimator: &str, metric: &str) -> Vec<f64> {
        let effects = self.replications.iter().map(|replication| {
            let mut rows = replication.estimates.iter();
            let row =
                rows.find(|row| row.design == design && row.metric == metric && row.estimator == estimator);
            row.and_then(|row| row.result.ok()).map(|found| found.effect)
        });
        present(metric, effects)
    }

    /// The study graded as `contention run` grades it.
    #[must_use]
    pub fn graded(self) -> Graded {
        score(&self.scenario, self.replications)
    }

    /// The rows of the recommended estimator: the last listed of those that every study computes for the design's unit.
    fn rows(&self, design: &str, metric: &str) -> Vec<&EstimateRow> {
        let named = self.scenario.designs.iter().find(|named| named.name == design);
        let unit = named.map(|named| named.design.unit());
        let is_basic = |row: &EstimateRow| {
            let spec = EstimatorSpec::named(&row.estimator);
            spec.is_some_and(|spec| unit.is_some_and(|unit| spec.basic.contains(&unit)))
        };
        self.replications
            .iter()
            .map(|replication| {
                let mut rows = replication.estimates.iter().rev();
                rows.find(|row| row.design == design && row.metric == metric && is_basic(row))
                    .unwrap_or_else(|| unanswered(metric))
            })
            .collect()
    }
}

fn present(metric: &str, values: impl Iterator<Item = Option<f64>>) -> Vec<f64> {
    values.map(|value| value.unwrap_or_else(|| unanswered(metric))).collect()
}

fn unanswered(metric: &str) -> ! {
    panic!("the case's scenario gives no value of {metric}")
}
