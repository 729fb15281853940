//! Laws of the world, checked from outside on random worlds.

use contention::record::Status;
use contention::world::replica::fast::FastReplica;

use crate::worlds::RandomWorld;

#[test]
fn every_request_is_completed_or_rejected_exactly_once_and_in_causal_order() {
    let (mut completed, mut rejected, mut timed_out) = (0, 0, 0);
    for case in 0..200 {
        let world = RandomWorld::draw(case, 200);
        let traces = world.run::<FastReplica>(None);
        assert_eq!(traces.flow.offered, world.requests.len() as u64, "FLOW-1 in world {case}");
        let ended = traces.flow.completed + traces.flow.rejected + traces.flow.timed_out + traces.flow.balked;
        assert_eq!(traces.flow.offered, ended, "FLOW-1 in world {case}");
        assert!(traces.flow.in_flight_at_horizon <= ended);
        for (request, outcome) in world.requests.iter().zip(&traces.outcomes) {
            match outcome.status {
                Status::InFlight => panic!("LIFE-1: request {} never ended in world {case}", request.index),
                Status::Completed | Status::TimedOut => {
                    completed += 1;
                    timed_out += u64::from(outcome.status == Status::TimedOut);
                    let delay = world.layout.delay(request.region, outcome.cluster);
                    assert!(outcome.ttft <= outcome.end_to_end, "CAUSE-1 in world {case}");
                    assert!(outcome.queue_wait + delay * 2 <= outcome.ttft, "CAUSE-1 in world {case}");
                    assert_eq!(
                        request.output_tokens == 1,
                        outcome.ttft == outcome.end_to_end,
                        "LIFE-1 in world {case}"
                    );
                }
                _ => rejected += 1,
            }
        }
        let preemptions: u32 = traces.outcomes.iter().map(|outcome| outcome.preemptions).sum();
        let in_windows: u32 = traces.windows.iter().map(|window| window.preemptions).sum();
        assert_eq!(preemptions, in_windows, "windows lost an eviction in world {case}");
        let arrivals: u32 = traces.windows.iter().map(|window| window.arrivals).sum();
        assert_eq!(u64::from(arrivals), traces.flow.offered, "windows lost an arrival in world {case}");
    }
    assert!(
        completed > 10_000 && rejected > 100 && timed_out > 100,
        "{completed} served, {timed_out} of them too late, {rejected} rejected"
    );
}

#[test]
fn a_request_alone_costs_what_the_model_says() {
    // Prompt 100, output 3 on the benchmark engine, alone: one prefill and two decode steps, all of it its own.
    let text = crate::determinism::SMALL
        .replace("rate = \"12/s\"", "rate = \"0.001/s\"")
        .replace("duration = \"4 min\"", "duration = \"10 h\"")
        .replace(
            "prompt = { kind = \"lognormal\", mu = 5.5, sigma = 0.8, max = 3000 }",
            "prompt = { kind = \"fixed\", tokens = 100 }",
        )
        .replace(
            "output = { kind = \"tpl\", xmin = 60, alpha = 2.3, cut = 1500 }",
            "output = { kind = \"fixed\", tokens = 3 }",
        )
        .replace("length_spread = 0.3", "length_spread = 0.0");
    let scenario = crate::determinism::scenario(&text);
    let replication = contention::study::replicate(&scenario, 0);
    let value = |metric: &str| {
        replication
            .truth
            .iter()
            .find(|row| row.metric == metric)
            .map(|row| row.value_control)
            .expect("a value")
    };
    // c0 6, prefill 0.06, decode 0.05, resident token 0.00005 ms; the engine has no attention term.
    let prefill = 6.0 + 0.06 * 100.0;
    let decodes = 2.0 * (6.0 + 0.05) + 0.00005 * (100.0 + 101.0);
    // Exact in picoseconds; the comparison is in floating-point milliseconds.
    assert!((value("ttft_ms_mean") - prefill).abs() < 1e-9, "{}", value("ttft_ms_mean"));
    assert!((value("e2e_ms_mean") - prefill - decodes).abs() < 1e-9, "{}", value("e2e_ms_mean"));
    // An hour of work over the seconds that one success takes.
    let per_hour = 3600.0 / value("gpu_s_per_success");
    assert!((value("successes_per_gpu_hour") / per_hour - 1.0).abs() < 1e-12);
    assert!((value("gpu_s_per_success") * 1e3 - prefill - decodes).abs() < 1e-9);
}
