//! The resolved scenario and how it is read.

use super::fleet;
use super::lint;
use super::load::LoadEstimate;
use crate::design::{DESIGNS, FleetFacts, NamedDesign, Unit};
use crate::estimate::{ESTIMATORS, Estimand, EstimatorSpec, NamedEstimator};
use crate::policy::demand::Demand;
use crate::policy::{Axis, Policy, Scope, family};
use crate::record::quantity::{ClusterTerms, Terms};
use crate::record::{BoundaryRules, METRICS, Measure, Metric, Quantity};
use crate::settings::{Document, Grammar, Problems, Reader, Section};
use crate::units::{SimTime, Span};
use crate::workload::settings::Loader;
use crate::workload::{Workload, settings as workload_settings};
use crate::world::Layout;

/// What cuts the traffic into segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentBy {
    /// The kind of traffic.
    Class,
    /// What the user pays for.
    Tier,
    /// Where the user sits.
    Region,
    /// How much the home cluster had to do just before the decision.
    Load,
}

impl SegmentBy {
    const ALL: &'static [(&'static str, Self)] =
        &[("class", Self::Class), ("tier", Self::Tier), ("region", Self::Region), ("load", Self::Load)];

    /// It as a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Tier => "tier",
            Self::Region => "region",
            Self::Load => "load",
        }
    }
}

/// How a study is run.
#[derive(Clone, Debug)]
pub struct StudySpec {
    /// The master seed.
    pub seed: u64,
    /// Seeds' worth of everything.
    pub replications: u32,
    /// Time over which requests arrive, warm-up included.
    pub duration: Span,
    /// Time at the start that is not measured.
    pub warm_up: Span,
    /// The metric of the verdict.
    pub primary: &'static Metric,
    /// The metrics that the scenario names for grading; none: all that can be anything but zero.
    pub metrics: Vec<&'static Metric>,
    /// Shares of candidates, in order, at which the policy-value curve V(p) is simulated between 0 and 1.
    pub curve: Vec<f64>,
    /// Segments within which the primary metric is graded as well.
    pub segments: Vec<SegmentBy>,
}

/// How a world is observed.
#[derive(Clone, Debug)]
pub struct RecordSpec {
    /// Length of a window of the timeline.
    pub window: Span,
    /// What counts as a boundary event.
    pub rules: BoundaryRules,
}

/// A study that can be run: valid by construction.
#[derive(Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// The question it asks.
    pub question: String,
    /// Policies, the control first.
    pub policies: Vec<Policy>,
    /// The traffic.
    pub workload: Workload,
    /// The fleet.
    pub layout: Layout,
    /// The designs to grade.
    pub designs: Vec<NamedDesign>,
    /// The estimators: the basic ones, then those that the scenario names.
    pub estimators: Vec<NamedEstimator>,
    /// How the study is run.
    pub study: StudySpec,
    /// How worlds are observed.
    pub record: RecordSpec,
    /// The scenario with every default written out.
    pub resolved: String,
    /// What is allowed but may mislead.
    pub warnings: Vec<lint::Warning>,
}

impl Scenario {
    /// End of the time in which requests arrive.
    #[must_use]
    pub fn horizon(&self) -> SimTime {
        SimTime::ZERO + self.study.duration
    }

    /// Start of the measured time.
    #[must_use]
    pub fn warm_up(&self) -> SimTime {
        SimTime::ZERO + self.study.warm_up
    }

    /// The service-level, hardware and money terms by class and cluster.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            classes: self.workload.classes.iter().map(|class| class.terms).collect(),
            clusters: self
                .layout
                .clusters
                .iter()
                .map(|cluster| ClusterTerms {
                    gpus: cluster.engine.gpus,
                    dollars_per_gpu_hour: cluster.engine.dollars_per_gpu_hour,
                })
                .collect(),
        }
    }

    /// What designs need to know of the fleet.
    #[must_use]
    pub fn facts(&self) -> FleetFacts {
        facts(&self.layout, &self.workload, &self.study)
    }

    /// Whether a metric is graded: those that the scenario names, or all that can be anything but zero under its policies.
    #[must_use]
    pub fn grades(&self, metric: &Metric) -> bool {
        let named = |list: &[&Metric]| list.iter().any(|one| one.name == metric.name);
        if !self.study.metrics.is_empty() || self.study.primary.name == metric.name {
            return self.study.primary.name == metric.name || named(&self.study.metrics);
        }
        match metric.measure {
            Measure::Mean(Quantity::Balked) => {
                self.policies.iter().any(|policy| matches!(policy.demand, Demand::Balk { .. }))
            }
            Measure::Mean(Quantity::Displacements) => {
                self.policies.iter().any(|policy| policy.batching.preempt_for_priority)
            }
            _ => true,
        }
    }

    /// What a coin decides for in the worlds of the policy-value curve: single requests, or users where a policy keeps
    /// state by user.
    #[must_use]
    pub fn curve_unit(&self) -> Unit {
        let by_user = self.policies[1..].iter().any(|candidate| {
            candidate.differing_axes(&self.policies[0]).iter().any(|axis| axis.scope() == Scope::User)
        });
        if by_user { Unit::User } else { Unit::Request }
    }

    /// The shares of the candidate of which worlds are simulated, in order: those of `study.curve`, and those that the
    /// estimands of the estimators in use name.
    #[must_use]
    pub fn curve_shares(&self) -> Vec<f64> {
        let in_use = |estimator: &&NamedEstimator| {
            self.designs.iter().any(|design| estimator.suits(&design.name, design.design.unit()))
        };
        let named = self.estimators.iter().filter(in_use).flat_map(|estimator| {
            match estimator.estimator.estimand() {
                Estimand::Gte => [None, None],
                Estimand::Direct { share } | Estimand::Interference { share } | Estimand::Slope { share } => {
                    [share, None]
                }
                Estimand::Spillover { share, from }
                | Estimand::Total { share, from }
                | Estimand::Overall { share, from } => [share, Some(from)],
            }
        });
        let mut shares = self.study.curve.clone();
        for share in named.flatten().filter(|share| *share > 0.0 && *share < 1.0) {
            if shares.iter().all(|known| (known - share).abs() > 1e-9) {
                shares.push(share);
            }
        }
        shares.sort_by(f64::total_cmp);
        shares
    }

    /// The worlds that each replication simulates: the truth, the experiments, and those between the truth worlds.
    #[must_use]
    pub fn worlds(&self) -> usize {
        let candidates = self.policies.len() - 1;
        1 + candidates * (1 + self.designs.len() + self.curve_shares().len())
    }

    /// Whether the truth of an estimand is simulated.
    #[must_use]
    pub fn knows(&self, estimand: Estimand) -> bool {
        let inside = |share: Option<f64>| share.is_some_and(|share| share > 0.0 && share < 1.0);
        let has = |share: Option<f64>| {
            share.is_some_and(|share| {
                share <= 0.0 || share >= 1.0 || self.curve_shares().iter().any(|at| (at - share).abs() < 1e-9)
            })
        };
        match estimand {
            Estimand::Gte => true,
            Estimand::Direct { share } | Estimand::Interference { share } | Estimand::Slope { share } => {
                inside(share) && has(share)
            }
            Estimand::Spillover { share, from }
            | Estimand::Total { share, from }
            | Estimand::Overall { share, from } => has(share) && has(Some(from)),
        }
    }

    /// The number of a policy.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<usize> {
        self.policies.iter().position(|policy| policy.name == name)
    }
}

fn facts(layout: &Layout, workload: &Workload, study: &StudySpec) -> FleetFacts {
    FleetFacts {
        clusters: layout.clusters.iter().map(|c| (c.name.clone(), c.attributes.clone())).collect(),
        replicas: layout.clusters.iter().map(|c| c.replicas).collect(),
        horizon: SimTime::ZERO + study.duration,
        warm_up: SimTime::ZERO + study.warm_up,
        start_of_day_s: workload.pace.start_of_day_s,
    }
}

/// Resolve a document; `load` opens the files that it names.
///
/// # Errors
/// Every problem found, sorted by place.
pub fn resolve(document: Document, load: Loader<'_>) -> Result<Scenario, Problems> {
    let reader = Reader::default();
    let root = Section::root(&reader, document.root);
    let parts = read(&root, load);
    let problems = reader.problems();
    let Some(scenario) = parts.filter(|_| problems.0.is_empty()) else { return Err(problems) };
    let mut scenario = Scenario { resolved: reader.resolved(), ..scenario };
    let expected = LoadEstimate::of(&scenario).requests_per_s * scenario.study.duration.seconds();
    if expected > MOST_REQUESTS {
        let allowed =
            format!("a rate and a duration that make at most {MOST_REQUESTS:.0e} requests in a world");
        root.problem("workload", format!("{expected:.1e} requests"), allowed);
        return Err(reader.problems());
    }
    scenario.warnings = lint::warnings(&scenario);
    Ok(scenario)
}

/// More requests than this in one world are no study but a slip: their outcomes alone would fill any memory.
const MOST_REQUESTS: f64 = 1e9;

/// Every key that a scenario may have.
#[must_use]
pub fn grammar() -> Grammar {
    let no_files: Loader<'_> = &|_| Err(std::io::ErrorKind::NotFound.into());
    Grammar::learn(|root| {
        let _ = read(root, no_files);
    })
}

/// Read a document's root; what comes back is a scenario only if the reader has no problems.
fn read(root: &Section<'_>, load: Loader<'_>) -> Option<Scenario> {
    let name = root.text("name", None);
    if (root.has("name") && name.is_empty())
        || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        root.problem("name", format!("\"{name}\""), "letters, digits, - and _");
    }
    let question = root.text("question", Some(""));
    let layout = fleet::read(root);
    let weights = region_weights(&layout);
    let workload = workload_settings::read(
        root.table("workload"),
        &root.table("users"),
        &layout.regions,
        &weights,
        load,
    );
    let policies = read_policies(root);
    let study = read_study(&root.table("study"), workload.as_ref());
    let record = read_record(&root.table("record"), &study);
    let designs = match (&workload, &policies) {
        (Some(workload), Some(policies)) if !layout.clusters.is_empty() => {
            read_designs(root, &facts(&layout, workload, &study), policies)
        }
        _ => read_designs(root, &FleetFacts { clusters: Vec::new(), ..no_facts() }, &[]),
    };
    let estimators = read_estimators(root, &designs, &study);
    root.finish();
    Some(Scenario {
        name,
        question,
        policies: policies?,
        workload: workload?,
        layout,
        designs,
        estimators,
        study,
        record,
        resolved: String::new(),
        warnings: Vec::new(),
    })
}

/// A fleet of which nothing is known, for reading designs beside other problems.
fn no_facts() -> FleetFacts {
    let horizon = SimTime::ZERO + Span::whole_seconds(86_400);
    FleetFacts {
        clusters: Vec::new(),
        replicas: Vec::new(),
        horizon,
        warm_up: SimTime::ZERO,
        start_of_day_s: 0.0,
    }
}

fn region_weights(layout: &Layout) -> Vec<f64> {
    let mut weights = vec![0.0; layout.regions.len()];
    for cluster in &layout.clusters {
        weights[cluster.region.index()] += f64::from(cluster.replicas);
    }
    weights
}

fn read_policies(root: &Section<'_>) -> Option<Vec<Policy>> {
    let sections = root.table("policy").named_tables();
    let names: Vec<&str> = sections.iter().map(|(name, _)| name.as_str()).collect();
    if sections.is_empty() {
        root.problem("policy", "no policies", "at least two tables [policy.NAME], one of them the control");
    }
    let control = root.name_among("control", &names);
    let count = sections.len();
    let mut policies: Vec<Policy> =
        sections.iter().filter_map(|(name, section)| Policy::read(name, section)).collect();
    if policies.len() != count {
        return None;
    }
    let control = policies.remove(control?);
    policies.insert(0, control);
    Some(policies)
}

fn read_study(section: &Section<'_>, workload: Option<&Workload>) -> StudySpec {
    let names: Vec<(&'static str, &'static Metric)> =
        METRICS.iter().map(|metric| (metric.name, metric)).collect();
    let trace = workload.and_then(|workload| workload.trace.as_ref());
    let trace_span =
        trace.map(|replay| crate::settings::quantity::display_span(workload_settings::span_of(replay)));
    let study = StudySpec {
        seed: section.integer("seed", Some(1), 0..=i64::MAX as u64),
        replications: section.integer("replications", Some(100), 1..=1_000_000) as u32,
        duration: section.positive_duration("duration", Some(trace_span.as_deref().unwrap_or("30 min"))),
        warm_up: section.duration("warm_up", Some("0 s")),
        primary: section.choice("primary", Some("ttft_ms_mean"), &names).unwrap_or(&METRICS[0]),
        metrics: section.choices("metrics", &names),
        curve: read_curve(section),
        segments: section.choices("segments", SegmentBy::ALL),
    };
    if study.warm_up >= study.duration {
        section.problem("warm_up", "a warm-up as long as the study", "a duration shorter than `duration`");
        section.finish();
        return StudySpec { warm_up: Span::ZERO, ..study };
    }
    section.finish();
    study
}

fn read_curve(section: &Section<'_>) -> Vec<f64> {
    let allowed = "a list of shares above 0 and below 1";
    if !section.has("curve") {
        section.ignore(&["curve"]);
        return Vec::new();
    }
    let mut shares = section.numbers("curve", allowed);
    if shares.iter().any(|share| !(*share > 0.0 && *share < 1.0)) {
        section.problem("curve", format!("{shares:?}"), allowed);
    }
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    shares
}

fn read_record(section: &Section<'_>, study: &StudySpec) -> RecordSpec {
    let window = section.positive_duration("window", Some("10 s"));
    if window < Span::from_seconds(0.1) {
        section.problem("window", "a very short window", "a duration of at least \"100 ms\"");
    }
    let measured = study.duration - study.warm_up;
    if window.0 * 2 > measured.0 {
        section.problem("window", "a window longer than half of the measured time", "a shorter duration");
    }
    let rules = BoundaryRules {
        episode_gap: section.duration("episode_gap", Some("5 s")),
        storm_preemptions_per_replica: section.positive("storm_preemptions_per_replica", Some(5.0)),
        breach_share: section.number("breach_share", Some(0.9), 0.0..=1.0),
        breach_min_requests: section.integer("breach_min_requests", Some(10), 1..=1_000_000_000) as u32,
    };
    section.finish();
    RecordSpec { window: window.max(Span::from_seconds(0.1)), rules }
}

fn read_designs(root: &Section<'_>, facts: &FleetFacts, policies: &[Policy]) -> Vec<NamedDesign> {
    let mut designs: Vec<NamedDesign> = Vec::new();
    for section in root.tables("design") {
        let kinds: Vec<(&'static str, &'static str)> =
            DESIGNS.iter().map(|spec| (spec.name, spec.name)).collect();
        let kind = section.choice("kind", None, &kinds);
        let name = section.text("name", Some(kind.unwrap_or("")));
        if kind.is_none() {
            continue;
        }
        let Some(design) = family::build(&section, "", DESIGNS) else { continue };
        if designs.iter().any(|other| other.name == name) {
            section.problem("name", format!("a second design \"{name}\""), "a name of its own");
        }
        if !facts.clusters.is_empty() {
            design.check(facts, &section);
            check_scope(&section, (kind.unwrap_or(""), &*design), policies, facts);
        }
        designs.push(NamedDesign { name, kind: kind.unwrap_or(""), design });
    }
    designs
}

fn read_estimators(root: &Section<'_>, designs: &[NamedDesign], study: &StudySpec) -> Vec<NamedEstimator> {
    let names: Vec<(&'static str, &'static str)> =
        METRICS.iter().map(|metric| (metric.name, metric.name)).collect();
    let known: Vec<&str> = designs.iter().map(|design| design.name.as_str()).collect();
    let mut estimators = NamedEstimator::basic();
    let mut basic = estimators.len();
    for section in root.tables("estimator") {
        let kinds: Vec<(&'static str, &'static EstimatorSpec)> =
            ESTIMATORS.iter().map(|spec| (spec.name, spec)).collect();
        let spec = section.choice("kind", None, &kinds);
        let name = section.text("name", Some(spec.map_or("", |spec| spec.name)));
        let Some(spec) = spec else { continue };
        section.about(spec.about);
        let estimator = (spec.build)(&section);
        let of_designs = section.names_among("designs", &known);
        let mut metrics = section.choices("metrics", &names);
        // One of the basic ones with settings of its own, or for more designs, takes that one's place.
        let replaced = estimators.iter().take(basic).position(|other| other.name == name);
        if metrics.is_empty() && replaced.is_none() {
            metrics.push(study.primary.name);
        }
        section.finish();
        if estimators.iter().skip(basic).any(|other| other.name == name) {
            section.problem("name", format!("a second estimator \"{name}\""), "a name of its own");
        }
        let named = NamedEstimator { name, spec, estimator, units: spec.units, designs: of_designs, metrics };
        if !designs.is_empty()
            && !designs.iter().any(|design| named.suits(&design.name, design.design.unit()))
        {
            let units: Vec<&str> = spec.units.iter().map(|unit| unit.name()).collect();
            let found = format!("\"{}\", which is made for designs by {}", spec.name, units.join(", "));
            section.problem("kind", found, "an estimator that suits one of the designs");
        }
        if let Some(at) = replaced {
            estimators.remove(at);
            basic -= 1;
        }
        estimators.push(named);
    }
    estimators
}

/// Refuse a design whose units are finer than an axis on which the policies differ.
fn check_scope(
    section: &Section<'_>,
    (kind, design): (&str, &dyn crate::design::Design),
    policies: &[Policy],
    facts: &FleetFacts,
) {
    let Some((control, candidates)) = policies.split_first() else { return };
    for candidate in candidates {
        for axis in candidate.differing_axes(control) {
            if !design.holds_apart(axis.scope()) {
                let found = format!(
                    "a {} design, but policy \"{}\" differs from the control on the {}: {}",
                    kind,
                    candidate.name,
                    axis.name(),
                    axis.reason()
                );
                section.problem("kind", found, nearest_design(axis, facts));
            }
        }
    }
}

fn nearest_design(axis: Axis, facts: &FleetFacts) -> String {
    let design = match axis.scope() {
        Scope::Request => "request",
        Scope::User => "user",
        Scope::Cluster if facts.clusters.len() >= 2 => "cluster",
        Scope::Cluster => "switchback",
    };
    format!("a design whose units hold the {} apart; the nearest is \"{design}\"", axis.name())
}
