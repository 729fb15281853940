//! The worlds that planning looks at: all-control, all-candidate, and a fleet that alternates between them in long blocks, on
//! the same draws; each metric summed on a grid of time.

use super::columns::{Columns, Requests};
use super::frame::WorldLog;
use super::replicate::world;
use crate::design::{Assignment, CANDIDATE, CONTROL, Constant, Unit};
use crate::record::{Measure, Metric, Terms};
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::units::{ArmId, ClusterId, SimTime, Span};
use crate::workload::Request;

/// The time grid of a pilot: bins of one length from `origin` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Start of the first bin.
    pub origin: SimTime,
    /// Length of a bin.
    pub step: Span,
    /// How many bins fit into the measured time.
    pub bins: usize,
    /// Bins from one switch to the next.
    pub block: usize,
    /// Those of them, the last, that are read as time before the next switch: a quarter for request metrics.
    pub lead: usize,
}

/// Request metrics have about this many bins in the measured time.
const BINS: u64 = 400;

/// Switches in the measured time, at least.
const SWITCHES: u64 = 4;

impl Grid {
    /// The grid of the windows of the timeline, and of requests with bins as long or finer.
    #[must_use]
    pub fn of(scenario: &Scenario, on_requests: bool) -> Self {
        let window = scenario.record.window;
        let origin = SimTime(scenario.warm_up().0.div_ceil(window.0) * window.0);
        let measured = scenario.horizon().0.saturating_sub(origin.0);
        let windows = measured / window.0;
        let block = (windows / SWITCHES).max(1);
        let finer = if on_requests { (BINS / windows.max(1)).max(1) } else { 1 };
        let step = Span(window.0 / finer);
        let block = (block * finer) as usize;
        let lead = if on_requests { block / 4 } else { 0 };
        Self { origin, step, bins: (windows * finer) as usize, block, lead }
    }

    /// The bin at `now`.
    fn bin(&self, now: SimTime) -> Option<usize> {
        if now < self.origin {
            return None;
        }
        let bin = ((now.0 - self.origin.0) / self.step.0) as usize;
        (bin < self.bins).then_some(bin)
    }

    /// Length of the whole grid in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.step.seconds() * self.bins as f64
    }
}

/// Numerators and denominators of one metric in one world, by bin and cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Clusters of the fleet.
    pub clusters: usize,
    cells: Vec<[f64; 2]>,
}

impl Series {
    /// Nothing yet.
    #[must_use]
    pub fn new(bins: usize, clusters: usize) -> Self {
        Self { clusters, cells: vec![[0.0; 2]; bins * clusters] }
    }

    /// Add to a cell.
    pub fn add(&mut self, bin: usize, cluster: usize, numerator: f64, denominator: f64) {
        let cell = &mut self.cells[bin * self.clusters + cluster];
        cell[0] += numerator;
        cell[1] += denominator;
    }

    /// Bins.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.cells.len() / self.clusters.max(1)
    }

    /// Numerator and denominator of a bin over all clusters.
    #[must_use]
    pub fn fleet(&self, bin: usize) -> [f64; 2] {
        let row = &self.cells[bin * self.clusters..(bin + 1) * self.clusters];
        row.iter().fold([0.0; 2], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]])
    }

    /// Numerator and denominator of a cluster in a bin.
    #[must_use]
    pub fn of_cluster(&self, bin: usize, cluster: usize) -> [f64; 2] {
        self.cells[bin * self.clusters + cluster]
    }
}

/// One metric in the three worlds of a replication.
#[derive(Clone, Debug, PartialEq)]
pub struct Worlds {
    /// All-control.
    pub control: Series,
    /// All-candidate.
    pub candidate: Series,
    /// The fleet that alternates.
    pub switching: Series,
    /// Whether its first block is the candidate's.
    pub candidate_first: bool,
}

/// Second moments of what the rows of single requests, or of users, add to both arms' means: of the control's, of both, of
/// the candidate's.
pub type Products = [f64; 3];

/// What requests and users add to the variance of an experiment that randomises them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowSpread {
    /// Of requests: variance of the mean of both arms' residuals over all rows.
    pub requests: Products,
    /// The same from users' totals.
    pub users: Products,
    /// The part of it that a user keeps, however long the experiment runs.
    pub users_persistent: Products,
    /// Users with a measured request.
    pub n_users: usize,
}

/// What one replication of a pilot tells of one candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct PilotRun {
    /// The metric.
    pub metric: Worlds,
    /// State of the fleet by window: outstanding, KV in use, queue.
    pub states: Vec<Worlds>,
    /// Requests and users, for request metrics.
    pub rows: Option<RowSpread>,
    /// Requests simulated.
    pub requests: u64,
}

/// The states whose response is measured beside the metric.
pub const STATES: [&str; 3] = ["requests_outstanding_mean", "kv_used_share", "queue_requests"];

/// The whole fleet alternates between the arms; before the first block it has the other arm than in it, so that every block
/// begins with a switch.
#[derive(Clone, Debug)]
struct LongBlocks {
    starts: Vec<SimTime>,
    block: Span,
    first: ArmId,
}

impl LongBlocks {
    fn new(grid: &Grid, candidate_first: bool) -> Self {
        let block = grid.step * grid.block as u64;
        let count = grid.bins.div_ceil(grid.block) as u64;
        let starts = (0..count).map(|at| grid.origin + block * at).collect();
        Self { starts, block, first: if candidate_first { CANDIDATE } else { CONTROL } }
    }

    fn arm_at(&self, now: SimTime) -> ArmId {
        let origin = self.starts.first().copied().unwrap_or(SimTime::ZERO);
        let is_first = now >= origin && ((now.0 - origin.0) / self.block.0).is_multiple_of(2);
        if is_first == (self.first == CANDIDATE) { CANDIDATE } else { CONTROL }
    }
}

impl Assignment for LongBlocks {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }

    fn unit(&self) -> Unit {
        Unit::Block
    }

    fn arm(&mut self, request: &Request, _: ClusterId) -> ArmId {
        self.arm_at(request.arrival)
    }

    fn cluster_arm(&self, _: ClusterId, now: SimTime) -> ArmId {
        self.arm_at(now)
    }

    fn flips(&self) -> &[SimTime] {
        &self.starts
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        Some(self.starts.partition_point(|start| *start <= request.arrival) as u32)
    }

    fn propensity(&self, request: &Request, _: ClusterId) -> f64 {
        if self.arm_at(request.arrival) == CANDIDATE { 1.0 } else { 0.0 }
    }
}

/// Run the pilot worlds of replication `number` for a candidate and a metric.
#[must_use]
pub fn pilot(scenario: &Scenario, candidate: usize, metric: &Metric, number: u32) -> PilotRun {
    let streams = Streams::new(scenario.study.seed, u64::from(number));
    let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
    let on_requests = metric.level() == "request";
    let (grid, windows) = (Grid::of(scenario, on_requests), Grid::of(scenario, false));
    let candidate_first = number.is_multiple_of(2);
    let policies = [&scenario.policies[0], &scenario.policies[candidate]];
    let run = |assignment: &mut dyn Assignment| world(scenario, streams, &requests, &policies, assignment);
    let logs = [
        run(&mut Constant(CONTROL)),
        run(&mut Constant(CANDIDATE)),
        run(&mut LongBlocks::new(&windows, candidate_first)),
    ];
    let terms = scenario.terms();
    let read = Reader { scenario, requests: &requests, terms: &terms };
    let rows =
        on_requests.then(|| row_spread(&read, metric, [&logs[0], &logs[1]], scenario.warm_up())).flatten();
    let worlds = |of: &dyn Fn(&WorldLog) -> Series| {
        let [control, candidate, switching] = [0, 1, 2].map(|at| of(&logs[at]));
        Worlds { control, candidate, switching, candidate_first }
    };
    let state = |at: usize| {
        worlds(&|log| match at {
            0 => read.windows(Measure::Outstanding, log, &windows),
            1 => read.windows(Measure::KvUsedShare, log, &windows),
            _ => read.queue(log, &windows),
        })
    };
    PilotRun {
        metric: worlds(&|log| {
            if on_requests {
                read.arrivals(metric, log, &grid)
            } else {
                read.windows(metric.measure, log, &grid)
            }
        }),
        states: (0..STATES.len()).map(state).collect(),
        rows,
        requests: 3 * requests.len() as u64,
    }
}

/// Reads worlds of one replication.
struct Reader<'a> {
    scenario: &'a Scenario,
    requests: &'a [Request],
    terms: &'a Terms,
}

impl Reader<'_> {
    fn clusters(&self) -> usize {
        self.scenario.layout.clusters.len()
    }

    /// A request metric by arrival.
    fn arrivals(&self, metric: &Metric, log: &WorldLog, grid: &Grid) -> Series {
        let mut series = Series::new(grid.bins, self.clusters());
        let columns = self.columns(metric, log, 0);
        let rows = self.requests.iter().zip(&log.log.outcomes);
        for ((request, outcome), (numerator, denominator)) in rows.zip(columns) {
            if let Some(bin) = grid.bin(request.arrival) {
                series.add(bin, outcome.home.index(), numerator, denominator);
            }
        }
        series
    }

    /// Numerators and denominators of the requests from number `first` on.
    fn columns(&self, metric: &Metric, log: &WorldLog, first: usize) -> Vec<(f64, f64)> {
        let (Measure::Mean(quantity) | Measure::PerSecond(quantity) | Measure::Quantile(quantity, _)) =
            metric.measure
        else {
            return Vec::new();
        };
        let read = Requests::of(self.terms, &self.requests[first..], &log.log.outcomes[first..]);
        let scale = match metric.measure {
            Measure::PerSecond(_) => {
                let measured = self.scenario.horizon().since(self.scenario.warm_up()).seconds();
                let offered = self.requests.partition_point(|r| r.arrival < self.scenario.warm_up());
                (self.requests.len() - offered) as f64 / measured
            }
            _ => 1.0,
        };
        let columns = read.columns(quantity);
        let rows = columns.numerator.iter().zip(columns.denominator.iter());
        rows.map(|(numerator, denominator)| (numerator * scale, *denominator)).collect()
    }

    /// A window metric.
    fn windows(&self, measure: Measure, log: &WorldLog, grid: &Grid) -> Series {
        let columns = Columns::of_windows(measure, &log.windows, self.scenario);
        let mut series = Series::new(grid.bins, self.clusters());
        for (row, (start, cluster, _)) in log.windows.rows().enumerate() {
            if let Some(bin) = grid.bin(start) {
                series.add(bin, cluster.index(), columns.numerator[row], columns.denominator[row]);
            }
        }
        series
    }

    /// Waiting requests at the ends of windows.
    fn queue(&self, log: &WorldLog, grid: &Grid) -> Series {
        let mut series = Series::new(grid.bins, self.clusters());
        for (start, cluster, window) in log.windows.rows() {
            if let Some(bin) = grid.bin(start) {
                series.add(bin, cluster.index(), f64::from(window.queue), 1.0);
            }
        }
        series
    }
}

/// Time batches by which what a unit keeps is told from what passes.
pub const BATCHES: usize = 4;

fn products(control: f64, candidate: f64) -> Products {
    [control * control, control * candidate, candidate * candidate]
}

fn plus(a: Products, b: Products, scale: f64) -> Products {
    [a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]]
}

/// What requests and users add to the variance: residuals y − R·d of the ratio R, over the mean denominator, in both
/// worlds of one arm each. A user's persistent part is the product of its totals in different batches of time.
fn row_spread(
    read: &Reader<'_>,
    metric: &Metric,
    logs: [&WorldLog; 2],
    warm_up: SimTime,
) -> Option<RowSpread> {
    let first = read.requests.partition_point(|request| request.arrival < warm_up);
    let measured = &read.requests[first..];
    let residuals: Vec<Vec<f64>> = logs
        .iter()
        .map(|log| {
            let rows = read.columns(metric, log, first);
            let sums = rows.iter().fold([0.0; 2], |sum, row| [sum[0] + row.0, sum[1] + row.1]);
            let (ratio, mean) = (sums[0] / sums[1], sums[1] / rows.len() as f64);
            rows.iter().map(|(numerator, denominator)| (numerator - ratio * denominator) / mean).collect()
        })
        .collect();
    let n = measured.len() as f64;
    if measured.len() < 2 || residuals.iter().flatten().any(|value| !value.is_finite()) {
        return None;
    }
    let mut requests = [0.0; 3];
    let mut users: std::collections::BTreeMap<u32, [[f64; 2]; BATCHES]> = std::collections::BTreeMap::new();
    let span = read.scenario.horizon().since(warm_up).0;
    for (at, request) in measured.iter().enumerate() {
        let (control, candidate) = (residuals[0][at], residuals[1][at]);
        requests = plus(requests, products(control, candidate), 1.0);
        let passed = request.arrival.since(warm_up).0;
        let batch = (u128::from(passed) * BATCHES as u128 / u128::from(span)) as usize;
        let total = &mut users.entry(request.user.0).or_default()[batch.min(BATCHES - 1)];
        total[0] += control;
        total[1] += candidate;
    }
    let (mut whole, mut within) = ([0.0; 3], [0.0; 3]);
    for batches in users.values() {
        let sum = |arm: usize| batches.iter().map(|batch| batch[arm]).sum::<f64>();
        whole = plus(whole, products(sum(0), sum(1)), 1.0);
        for batch in batches {
            within = plus(within, products(batch[0], batch[1]), 1.0);
        }
    }
    let batches = BATCHES as f64;
    let of_users = 1.0 / (n * n) * users.len() as f64 / (users.len() as f64 - 1.0).max(1.0);
    let persistent = plus(whole, within, -1.0);
    Some(RowSpread {
        requests: plus([0.0; 3], requests, 1.0 / (n * (n - 1.0))),
        users: plus([0.0; 3], whole, of_users),
        users_persistent: plus([0.0; 3], persistent, of_users * batches / (batches - 1.0)),
        n_users: users.len(),
    })
}
