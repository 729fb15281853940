//! Random worlds for the tests, drawn from one number.

use contention::design::{Assignment, Constant};
use contention::engine::DriverKind;
use contention::policy::Policy;
use contention::record::quantity::ClusterTerms;
use contention::record::{BoundaryEvent, BoundaryRules, Log, Observed, Outcome, Recorder, Terms, Totals};
use contention::rng::{Purpose, Stream, Streams};
use contention::settings::{Document, Reader, Section};
use contention::units::{ArmId, ClassId, RegionId, SimTime, Span, TierId, UserId};
use contention::workload::{ClassTerms, Request};
use contention::world::replica::{EngineSpec, Replica, StepCosts};
use contention::world::{Cluster, Flow, Layout, Setup, run};

/// Everything that a world leaves behind.
#[derive(Debug, PartialEq)]
pub struct Traces {
    pub outcomes: Vec<Outcome>,
    pub windows: Vec<contention::record::Window>,
    pub events: Vec<BoundaryEvent>,
    pub flow: Flow,
    pub digest: u64,
}

/// A whole random world.
pub struct RandomWorld {
    pub layout: Layout,
    pub policies: Vec<Policy>,
    pub requests: Vec<Request>,
    pub assignment: Box<dyn Assignment>,
    pub case: u64,
    warm_up: SimTime,
}

/// Each third request by number gets the candidate; the scheduler flips every two seconds.
#[derive(Clone)]
struct Mixed {
    flips: Vec<SimTime>,
}

impl Assignment for Mixed {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }
    fn unit(&self) -> contention::design::Unit {
        contention::design::Unit::Request
    }
    fn arm(&mut self, request: &Request, _: contention::units::ClusterId) -> ArmId {
        ArmId(u8::from(request.index.is_multiple_of(3)))
    }
    fn cluster_arm(&self, _: contention::units::ClusterId, now: SimTime) -> ArmId {
        ArmId((now.0 / Span::from_seconds(2.0).0 % 2) as u8)
    }
    fn flips(&self) -> &[SimTime] {
        &self.flips
    }
    fn unit_of(&self, _: &Request, _: contention::units::ClusterId) -> Option<u32> {
        None
    }
    fn propensity(&self, _: &Request, _: contention::units::ClusterId) -> f64 {
        1.0 / 3.0
    }
}

pub fn policy(name: &str, toml: &str) -> Policy {
    let reader = Reader::default();
    let document = Document::parse("test", toml).expect("the test's policy is TOML");
    let policy = Policy::read(name, &Section::root(&reader, document.root));
    let problems = reader.problems();
    assert!(problems.0.is_empty(), "{problems}");
    policy.expect("no problems")
}

fn pick<T: Clone>(stream: &mut Stream, options: &[T]) -> T {
    options[stream.below(options.len() as u32) as usize].clone()
}

impl RandomWorld {
    pub fn draw(case: u64, requests: u64) -> Self {
        let mut stream = Streams::new(20_231_116, 0).stream(Purpose::TraceUser, case);
        let kv_blocks = pick(&mut stream, &[90, 140, 400, 1_200, 25_000]);
        let costs = StepCosts::from_milliseconds(6.0, 0.06, 5e-6, 0.05, 0.00005);
        let queue_capacity = pick(&mut stream, &[None, None, Some(4), Some(30)]);
        let cluster_count = pick(&mut stream, &[1usize, 1, 2, 3]);
        let replicas = pick(&mut stream, &[1u32, 3, 8]);
        let clusters: Vec<Cluster> = (0..cluster_count)
            .map(|at| Cluster {
                name: format!("c{at}"),
                region: RegionId(at as u8),
                replicas,
                engine: EngineSpec {
                    name: "random".to_owned(),
                    costs,
                    kv_blocks,
                    queue_capacity,
                    gpus: 1,
                    dollars_per_gpu_hour: 2.0,
                },
                attributes: Vec::new(),
            })
            .collect();
        let delay = pick(&mut stream, &[0u64, 1_000_000_000, 40_000_000_000]);
        let delays = (0..cluster_count)
            .map(|a| (0..cluster_count).map(|b| Span(if a == b { 0 } else { delay })).collect())
            .collect();
        let regions = (0..cluster_count).map(|at| format!("r{at}")).collect();
        let layout = Layout::new(clusters, regions, delays);
        let router = |stream: &mut Stream| {
            pick(
                stream,
                &[
                    "router = { kind = \"random\" }",
                    "router = { kind = \"round_robin\" }",
                    "router = { kind = \"power_of_k\", k = 2 }",
                    "router = { kind = \"least_outstanding\" }",
                    "router = { kind = \"least_outstanding\", staleness = \"200 ms\" }",
                    "router = { kind = \"least_kv\" }",
                    "router = { kind = \"least_kv\", staleness = \"0 s\" }",
                    "router = { kind = \"nearest_with_fallback\", queue_threshold = 1.0, staleness = \"100 ms\" }",
                    "router = { kind = \"nearest_with_fallback\", queue_threshold = 2.0, staleness = \"0 s\" }",
                ],
            )
        };
        let other = |stream: &mut Stream| {
            pick(
                stream,
                &[
                    "",
                    "admission = { kind = \"queue_bound\", max_waiting = 6 }",
                    "admission = { kind = \"kv_headroom\", min_free_share = 0.1 }",
                    "admission = { kind = \"concurrency_cap\", max_outstanding = 12 }",
                    "admission = { kind = \"kv_fit\" }",
                    "demand = { kind = \"balk\", probability = 0.95, aversion = 0.02, at_most = 60 }",
                    "demand = { kind = \"shorter\", prompt_factor = 0.7, output_factor = 0.6, max_output_tokens = 300 }",
                    "limiter = { kind = \"token_bucket\", capacity = 3000, tokens_per_second = 500 }",
                    "limiter = { kind = \"per_minute\", requests = 40, tokens = 30000, charge = \"before\" }",
                    "limiter = { kind = \"per_minute\", requests = 60, tokens = 20000 }",
                ],
            )
        };
        let scheduler = |stream: &mut Stream| {
            pick(
                stream,
                &[
                    "scheduler = { kind = \"chunked\" }",
                    "scheduler = { kind = \"chunked\", token_budget = 64, max_num_seqs = 16 }",
                    "scheduler = { kind = \"chunked\", token_budget = 300, watermark = 0.05 }",
                    "scheduler = { kind = \"chunked\", reserve = \"no_evict\", max_num_seqs = 20 }",
                    "scheduler = { kind = \"chunked\", reserve = \"first_chunk\", token_budget = 96 }",
                    "scheduler = { kind = \"chunked\", reserve = \"first_chunk\", token_budget = 256, max_num_seqs = 12, watermark = 0.02, preempt_for_priority = true }",
                    "scheduler = { kind = \"chunked\", token_budget = 128, max_num_seqs = 10, preempt_for_priority = true }",
                    "scheduler = { kind = \"chunked\", token_budget = 90, max_num_seqs = 6, watermark = 0.03, reserve = \"no_evict\", preempt_for_priority = true }",
                    "scheduler = { kind = \"prefill_first\", max_num_seqs = 7, preempt_for_priority = true }",
                    "scheduler = { kind = \"prefill_first\", reserve = \"no_evict\" }",
                    "scheduler = { kind = \"prefill_first\" }",
                    "scheduler = { kind = \"prefill_first\", token_budget = 700, max_num_seqs = 5, watermark = 0.02 }",
                ],
            )
        };
        let priority = |stream: &mut Stream| {
            pick(
                stream,
                &[
                    "",
                    "priority = { kind = \"fixed\", level = 1 }",
                    "priority = { kind = \"by_tier\" }",
                    "priority = { kind = \"by_tier\" }",
                ],
            )
        };
        let policies = ["control", "candidate"]
            .map(|name| {
                let text = format!(
                    "{}\n{}\n{}\n{}",
                    router(&mut stream),
                    other(&mut stream),
                    priority(&mut stream),
                    scheduler(&mut stream)
                );
                policy(name, &text)
            })
            .into();
        let load = 0.05 + 1.25 * stream.uniform();
        let mean_output = pick(&mut stream, &[10u32, 60, 200]);
        let mean_prompt = pick(&mut stream, &[40u32, 150, 500]);
        // What a replica can do at a batch that its memory holds, roughly; the load only has to span a wide range.
        let batch = f64::from((kv_blocks * 16 / (mean_prompt + mean_output)).clamp(1, 128));
        let service_s = f64::from(mean_output) * (0.006 / batch + 0.00005) + f64::from(mean_prompt) * 0.00006;
        let gap_s = service_s / (load * f64::from(replicas) * cluster_count as f64);
        let grid = if case.is_multiple_of(2) { 1_000_000_000 } else { 1 };
        let limit = kv_blocks * 16;
        let mut now = 0u64;
        let requests = (0..requests)
            .map(|index| {
                now += Span::from_seconds(-libm::log(stream.uniform()) * gap_s).0;
                let tail = |stream: &mut Stream, mean: u32| {
                    let draw = f64::from(mean) * 0.3 * libm::pow(stream.uniform(), -1.0 / 1.4);
                    (draw as u32).clamp(1, limit * 2 / 5)
                };
                let (prompt_tokens, output_tokens) =
                    (tail(&mut stream, mean_prompt), tail(&mut stream, mean_output));
                let output_tokens = if stream.below(12) == 0 { 1 } else { output_tokens };
                Request {
                    index,
                    arrival: SimTime(now / grid * grid),
                    user: UserId(stream.below(40)),
                    ordinal: index as u32,
                    prompt_tokens,
                    output_tokens,
                    max_output_tokens: output_tokens + stream.below(2 * mean_output),
                    class: ClassId(0),
                    tier: TierId(0),
                    region: RegionId(stream.below(cluster_count as u32) as u8),
                    priority: stream.below(3) as u8,
                }
            })
            .collect();
        let assignment: Box<dyn Assignment> = if case.is_multiple_of(5) {
            Box::new(Constant(ArmId(1)))
        } else {
            Box::new(Mixed {
                flips: (1..500).map(|at| SimTime::ZERO + Span::from_seconds(2.0) * at).collect(),
            })
        };
        Self { layout, policies, requests, assignment, case, warm_up: SimTime::ZERO }
    }

    pub fn run<R: Replica>(&self, driver: Option<DriverKind>) -> Traces {
        let replicas: Vec<u32> = self.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
        let terms = Terms {
            classes: vec![ClassTerms {
                slo_ttft: Span::from_seconds(2.0),
                slo_tpot: Span::from_seconds(0.1),
                patience: Span::from_seconds(60.0),
                timeout: Span::from_seconds(if self.case.is_multiple_of(3) { 2.0 } else { 0.0 }),
            }],
            clusters: vec![ClusterTerms { gpus: 1, dollars_per_gpu_hour: 2.0 }; replicas.len()],
        };
        let rules = BoundaryRules {
            episode_gap: Span::from_seconds(1.0),
            storm_preemptions_per_replica: 3.0,
            breach_share: 0.9,
            breach_min_requests: 5,
        };
        let observed = Observed {
            warm_up: self.warm_up,
            horizon: SimTime::NEVER,
            window: Span::from_seconds(1.0),
            rules,
            keeps_events: true,
        };
        let tally = (Log::default(), Totals::new(self.warm_up));
        let recorder = Recorder::new(tally, terms, observed, &replicas);
        let policies: Vec<&Policy> = self.policies.iter().collect();
        let mut assignment = self.assignment.fresh();
        let setup = Setup {
            layout: &self.layout,
            policies: &policies,
            assignment: &mut *assignment,
            streams: Streams::new(9, self.case),
            driver,
            horizon: None,
        };
        let (recorder, flow) = run::<R, _>(setup, self.requests.iter().copied(), recorder);
        Traces {
            outcomes: recorder.tally.0.outcomes,
            windows: recorder.windows.rows().map(|(_, _, row)| *row).collect(),
            events: recorder.events,
            flow,
            digest: recorder.tally.1.digest,
        }
    }
}
