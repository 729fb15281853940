//! Routers against each other on one workload; the textbook queues themselves are in the ladder of known answers.

use contention::record::{Metric, Observed, Recorder, Totals};
use contention::rng::Streams;
use contention::units::{SimTime, Span};
use contention::world::replica::fast::FastReplica;
use contention::world::{Setup, run};

/// Mean of a metric over replications, and its standard error.
fn mean_of(text: &str, metric: &str, replications: u64) -> (f64, f64) {
    let scenario = crate::determinism::scenario(text);
    let metric = Metric::named(metric).expect("a metric");
    let values: Vec<f64> = (0..replications)
        .map(|replication| {
            let observed = Observed {
                warm_up: scenario.warm_up(),
                horizon: scenario.horizon(),
                window: Span::from_seconds(60.0),
                rules: scenario.record.rules,
                keeps_events: false,
            };
            let replicas: Vec<u32> =
                scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
            let recorder =
                Recorder::new(Totals::new(scenario.warm_up()), scenario.terms(), observed, &replicas);
            let streams = Streams::new(7, replication);
            let setup = Setup {
                layout: &scenario.layout,
                policies: &[&scenario.policies[0]],
                assignment: &mut contention::design::Constant(contention::design::CONTROL),
                streams,
                driver: None,
                horizon: Some(scenario.horizon()),
            };
            let arrivals = scenario.workload.arrivals(streams).take_while(|r| r.arrival < scenario.horizon());
            let (recorder, flow) = run::<FastReplica, _>(setup, arrivals, recorder);
            assert!(flow.horizon > SimTime::ZERO);
            recorder.tally.value(metric, 1.0).expect("a value")
        })
        .collect();
    let n = replications as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// One replica with the given coefficients and scheduler; requests of one prompt token.
fn single(rate: &str, output: &str, coefficients: &str, max_num_seqs: u32) -> String {
    format!(
        "name = \"queue\"\ncontrol = \"only\"\n[workload]\nrate = \"{rate}\"\n[workload.class]\n\
         prompt = {{ kind = \"fixed\", tokens = 1 }}\noutput = {output}\n[users]\ncount = 50\n\
         [engine.ideal]\n{coefficients}\nkv_blocks = 1000000\n\
         [[cluster]]\nname = \"one\"\nreplicas = 1\nengine = \"ideal\"\n\
         [policy.only]\nscheduler = {{ kind = \"chunked\", max_num_seqs = {max_num_seqs} }}\n\
         [study]\nduration = \"3 h\"\nwarm_up = \"10 min\"\n"
    )
}

const ONLY_C0: &str = "c0_ms = 1.0\nc_prefill_ms_per_token = 0\nc_attention_ms_per_token2 = 0\n\
                       c_decode_ms_per_sequence = 0\nc_kv_ms_per_token = 0";

#[test]
fn looking_at_the_load_beats_taking_turns_beats_chance() {
    let fleet = |router: &str| {
        single("95/s", "{ kind = \"tpl\", xmin = 40, alpha = 2.2, cut = 2000 }", ONLY_C0, 4)
            .replace("replicas = 1", "replicas = 4")
            .replace("[policy.only]", &format!("[policy.only]\nrouter = {{ kind = \"{router}\" }}"))
            .replace("duration = \"3 h\"", "duration = \"40 min\"")
    };
    let wait = |router: &str| mean_of(&fleet(router), "queue_wait_ms_mean", 3).0;
    let (random, turns) = (wait("random"), wait("round_robin"));
    let (two, least) = (wait("power_of_k"), wait("least_outstanding"));
    assert!(least < two && two < turns && turns < random, "{least} {two} {turns} {random}");
}
