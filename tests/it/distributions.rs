//! What is kept for pictures: distributions, the running mean of tokens, blocks of time.

use contention::record::Status;
use contention::report;
use contention::rng::Streams;
use contention::study::replicate::{replicate, world};
use contention::study::tables::Distributed;
use contention::study::{Graded, Replication, grade, score};

use super::determinism::{SMALL, scenario};

#[test]
fn parts_graded_one_after_the_other_are_the_whole_and_read_back_from_its_tables() {
    let scenario = scenario(SMALL);
    let replications: Vec<Replication> = (0..4).map(|number| replicate(&scenario, number)).collect();
    let whole = score(&scenario, replications.clone());
    let (first, rest) = replications.split_at(1);
    let part = score(&scenario, first.to_vec());
    let written = report::tables(&part, &scenario).expect("tables");
    let text = |name: &str| -> Result<String, String> {
        let found = written.iter().find(|(file, _)| *file == name);
        found.map(|(_, text)| text.clone()).ok_or_else(|| name.to_owned())
    };
    let add = |mut rows: Graded, more: &[Replication]| {
        more.iter().for_each(|replication| rows.append(Graded::of(replication.clone())));
        grade(&scenario, rows)
    };
    let read = report::read_tables(&text).expect("what was written");
    let joined = add(read, rest);
    assert_eq!(
        report::tables(&joined, &scenario).expect("tables"),
        report::tables(&whole, &scenario).expect("tables")
    );
    assert_eq!(joined.distributions, whole.distributions);
    // Whichever part comes first: the counts are sums.
    let other_way = add(score(&scenario, rest.to_vec()), first);
    assert_eq!(other_way.distributions, whole.distributions);
}

#[test]
fn distributions_count_the_completed_measured_requests_and_the_running_mean_ends_at_their_mean() {
    let scenario = scenario(SMALL);
    let found = replicate(&scenario, 0);
    let streams = Streams::new(scenario.study.seed, 0);
    let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
    for (at, policy) in scenario.policies.iter().enumerate() {
        let mut control = contention::design::Constant(contention::design::CONTROL);
        let log = world(&scenario, streams, &requests, &[policy], &mut control).log;
        let ends = requests.iter().zip(&log.outcomes);
        let completed: Vec<_> = ends
            .filter(|(request, end)| request.arrival >= scenario.warm_up() && end.status == Status::Completed)
            .collect();
        let count = completed.len() as u64;
        let spaced = completed.iter().filter(|(_, end)| end.output_tokens > 1).count() as u64;
        let expected = [count, spaced, count, count];
        for (quantity, expected) in Distributed::ALL.into_iter().zip(expected) {
            let world = format!("all:{}", policy.name);
            let mut of =
                found.distributions.iter().filter(|one| one.world == world && one.quantity == quantity);
            assert_eq!(of.next().map(|one| one.counts.total()), Some(expected), "{world} {quantity:?}");
        }
        if at == 0 {
            let tokens =
                completed.iter().map(|(request, end)| u64::from(request.prompt_tokens + end.output_tokens));
            let last = found.token_mean.last().expect("requests were completed");
            assert_eq!((last.requests, last.mean_tokens), (count, tokens.sum::<u64>() as f64 / count as f64));
        }
    }
    assert!(replicate(&scenario, 1).token_mean.is_empty());
}

#[test]
fn the_blocks_of_a_study_fill_its_measured_time_with_the_arms_of_its_policies() {
    let switching = "[[design]]\nkind = \"cluster_switchback\"\nblock = \"30 s\"\n[study]";
    let scenario = scenario(&SMALL.replace("[study]", switching));
    let found = replicate(&scenario, 0);
    for (design, clusters, washout_s) in
        [("switchback", &[""][..], 5.0), ("cluster_switchback", &["a", "b", "c", "d"], 0.0)]
    {
        let of_design = || found.blocks.iter().filter(|block| block.design == design);
        assert!(of_design().all(|block| block.candidate == "spill" && block.washout_s == washout_s));
        for arm in ["random", "spill"] {
            assert!(of_design().any(|block| block.arm == arm), "{design} never gave {arm}");
        }
        for cluster in clusters {
            let blocks: Vec<_> = of_design().filter(|block| block.cluster == *cluster).collect();
            assert_eq!((blocks[0].start_s, blocks[blocks.len() - 1].end_s), (20.0, 240.0));
            assert!(blocks.windows(2).all(|pair| pair[0].end_s == pair[1].start_s));
        }
        assert!(of_design().all(|block| clusters.contains(&block.cluster.as_str())));
    }
    assert_eq!(replicate(&scenario, 1).blocks, []);
}
