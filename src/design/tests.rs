//! Laws of all designs, on draws of their assignments without a world.

use super::*;
use crate::policy::family;
use crate::record::quantity::ClusterTerms;
use crate::record::{Outcome, Status, Terms};
use crate::settings::{Document, Reader};
use crate::units::{ClassId, RegionId, TierId, UserId};
use crate::workload::ClassTerms;

/// One of each kind and order.
const EXAMPLES: &[&str] = &[
    "kind = \"request\"\nshare = 0.3",
    "kind = \"user\"\nshare = 0.3",
    "kind = \"cluster\"\nshare = 0.3",
    "kind = \"cluster\"\nshare = 0.1",
    "kind = \"cluster\"\narrangement = \"stratified\"\nby = \"size\"\nshare = 0.4",
    "kind = \"switchback\"\nblock = \"10 s\"\norder = \"random\"\nshare = 0.3",
    "kind = \"switchback\"\nblock = \"10 s\"\norder = \"complete\"\nshare = 0.3",
    "kind = \"switchback\"\nblock = \"10 s\"\norder = \"balanced\"\nshare = 0.3",
    "kind = \"switchback\"\nblock = \"10 s\"\norder = \"paired\"",
    "kind = \"switchback\"\nblock = \"10 s\"\norder = \"alternating\"",
    "kind = \"switchback\"\nblock = \"10 s\"\norder = \"minimax\"\ncarry_over_blocks = 2",
    "kind = \"saturation\"",
    "kind = \"saturation\"\nshares = [0.1, 0.9]\nunit = \"user\"",
    "kind = \"cluster_switchback\"\nblock = \"10 s\"\norder = \"random\"\nshare = 0.3",
    "kind = \"cluster_switchback\"\nblock = \"10 s\"\nshare = 0.3",
    "kind = \"capacity_split\"\nshare = 0.3",
    "kind = \"user_by_pool\"\nuser_share = 0.6\ncluster_share = 0.3",
    "kind = \"experiment_of_experiments\"\nshare = 0.4",
    "kind = \"canary\"\nsteps = [{ share = 0.1, for = \"50 s\" }, { share = 0.6, for = \"1 min\" }]",
    "kind = \"canary\"\nstep = \"20 s\"\nunit = \"user\"\ngate = { metric = \"goodput_share\", max_ratio = 1.1, action = \"hold\" }",
    "kind = \"canary\"\nshares = [0.2, 0.5, 0.9]\nstep = \"20 s\"\ngate = { metric = \"ttft_ms_mean\", max_difference = 50.0, window = \"10 s\", min_requests = 2 }",
    "kind = \"shadow\"\nshare = 0.2",
    "kind = \"bandit\"",
    "kind = \"bandit\"\nreward = \"e2e\"\nevery = \"5 s\"",
    "kind = \"bandit\"\nalgorithm = \"epsilon_greedy\"\nepsilon = 0.3\nreward = \"ttft\"",
    "kind = \"experiment_of_experiments\"\nagainst = \"switchback\"\nblock = \"10 s\"\nshare = 0.3",
];

/// Seven clusters, and twelve blocks of ten seconds after ten seconds of warm-up, some of them after midnight on Saturday.
fn facts() -> FleetFacts {
    let size = |at: usize| if at < 4 { "big" } else { "small" };
    let cluster = |at: usize| (format!("k{at}"), vec![("size".to_owned(), size(at).to_owned())]);
    FleetFacts {
        clusters: (0..7).map(cluster).collect(),
        replicas: vec![4; 7],
        horizon: SimTime::ZERO + Span::whole_seconds(130),
        warm_up: SimTime::ZERO + Span::whole_seconds(10),
        start_of_day_s: 5.0 * 86_400.0 - 55.0,
    }
}

fn design(toml: &str, facts: &FleetFacts) -> (Box<dyn Design>, String) {
    let reader = Reader::default();
    let document = Document::parse("test", toml).expect("TOML");
    let section = Section::root(&reader, document.root);
    let design = family::build(&section, "", DESIGNS).expect("a design");
    design.check(facts, &section);
    (design, reader.problems().to_string())
}

fn drawn(toml: &str, replication: u64) -> Box<dyn Assignment> {
    let (design, problems) = design(toml, &facts());
    assert_eq!(problems, "", "{toml}");
    design.assign(Streams::new(3, replication).family(Purpose::Assignment), &facts())
}

/// Requests over the whole time, of 40 users with homes of their own.
fn requests() -> Vec<(Request, ClusterId)> {
    let request = |index: u64| {
        let user = (index * 7 % 40) as u32;
        let request = Request {
            index,
            arrival: SimTime(index * 650_000_000_000),
            user: UserId(user),
            ordinal: (index / 40) as u32,
            prompt_tokens: 10,
            output_tokens: 10,
            max_output_tokens: 10,
            class: ClassId(0),
            tier: TierId(0),
            region: RegionId(0),
            priority: 0,
        };
        (request, ClusterId((user % 7) as u16))
    };
    (0..200).map(request).collect()
}

fn terms() -> Terms {
    let span = Span::whole_seconds(1);
    let class = ClassTerms { slo_ttft: span, slo_tpot: span, patience: span, timeout: Span::ZERO };
    Terms { classes: vec![class], clusters: vec![ClusterTerms { gpus: 1, dollars_per_gpu_hour: 1.0 }; 7] }
}

/// The arms of all requests in a world where every third request of the candidate and every second of the control is too slow,
/// and where an end is known three requests later.
fn play(assignment: &mut dyn Assignment) -> Vec<bool> {
    play_where(assignment, |arm, index| index % if arm == CANDIDATE { 3 } else { 2 } == 0)
}

/// The arms of all requests in a world where those of an arm and index are too slow.
fn play_where(assignment: &mut dyn Assignment, is_slow: fn(ArmId, u64) -> bool) -> Vec<bool> {
    let (requests, terms) = (requests(), terms());
    let mut treated = Vec::new();
    for (at, (request, home)) in requests.iter().enumerate() {
        if assignment.learns() && at >= 3 {
            let (request, _) = &requests[at - 3];
            let arm = arm_of(treated[at - 3]);
            let ttft = Span::whole_seconds(if is_slow(arm, request.index) { 2 } else { 0 });
            let (end_to_end, status) = (ttft, Status::Completed);
            let outcome = Outcome { arm, ttft, end_to_end, status, output_tokens: 10, ..Outcome::default() };
            assignment.learn(&Reading::of(&terms, request, &outcome), requests[at - 1].0.arrival);
        }
        treated.push(assignment.arm(request, *home) == CANDIDATE);
    }
    treated
}

#[test]
fn every_design_is_among_the_examples() {
    for spec in DESIGNS {
        assert!(
            EXAMPLES.iter().any(|toml| toml.contains(&format!("kind = \"{}\"", spec.name))),
            "{} is not tested",
            spec.name
        );
    }
}

#[test]
fn propensities_are_the_frequencies_of_the_draws() {
    const DRAWS: u64 = 2_000;
    let requests = requests();
    for toml in EXAMPLES {
        let mut excess = vec![0.0; requests.len()];
        let mut variance = vec![0.0; requests.len()];
        for replication in 0..DRAWS {
            let mut assignment = drawn(toml, replication);
            let treated = play(&mut *assignment);
            for (at, (request, home)) in requests.iter().enumerate() {
                let p = assignment.propensity(request, *home);
                excess[at] += f64::from(u8::from(treated[at])) - p;
                variance[at] += p * (1.0 - p);
            }
        }
        // 200 requests of each example share few coins; 4.5 standard errors keep all of them at odds of 1 in 40.
        for at in 0..requests.len() {
            let bound = 4.5 * f64::sqrt(variance[at]);
            assert!(excess[at].abs() <= bound, "{toml}: request {at} is {} off, bound {bound}", excess[at]);
        }
    }
}

#[test]
fn a_fresh_memory_meets_the_same_draws() {
    for toml in EXAMPLES {
        let mut assignment = drawn(toml, 1);
        let first = play(&mut *assignment);
        let mut again = assignment.fresh();
        assert_eq!(play(&mut *again), first, "{toml}");
        for (request, home) in requests() {
            let of = |assignment: &dyn Assignment| assignment.propensity(&request, home);
            assert_eq!(of(&*assignment), of(&*again), "{toml}");
        }
    }
}

#[test]
fn units_hold_requests_of_one_arm_wherever_there_is_a_list_of_them() {
    for toml in EXAMPLES {
        let mut assignment = drawn(toml, 2);
        let Some(units) = assignment.treated_units() else { continue };
        for (request, home) in requests() {
            if let Some(unit) = assignment.unit_of(&request, home) {
                let arm = assignment.arm(&request, home);
                assert_eq!(units[unit as usize], arm == CANDIDATE, "{toml}");
                let hardware = assignment.unit_of_hardware(home, request.arrival);
                assert_eq!(hardware, Some((unit, arm)), "{toml}");
            }
        }
    }
}

#[test]
fn a_new_cluster_changes_no_coin_of_a_request_or_user_and_shares_are_nested() {
    let arms = |toml: &str, clusters: usize| {
        let mut facts = facts();
        facts.clusters.truncate(clusters);
        let (design, _) = design(toml, &facts);
        let mut assignment = design.assign(Streams::new(3, 0).family(Purpose::Assignment), &facts);
        let requests = requests();
        let arm = |(request, _): &(Request, ClusterId)| assignment.arm(request, ClusterId(0)) == CANDIDATE;
        requests.iter().map(arm).collect::<Vec<bool>>()
    };
    for kind in
        ["kind = \"request\"", "kind = \"user\"", "kind = \"capacity_split\"", "kind = \"saturation\""]
    {
        let with = |share: f64, clusters| {
            let share = if kind.contains("saturation") {
                // One share for all but the sake of the check, which wants two.
                format!("shares = [{share}, {}]", share + 1e-9)
            } else {
                format!("share = {share}")
            };
            arms(&format!("{kind}\n{share}"), clusters)
        };
        assert_eq!(with(0.4, 7), with(0.4, 6), "{kind}");
        let (few, many) = (with(0.2, 7), with(0.7, 7));
        assert!(few.iter().zip(&many).all(|(few, many)| *many || !*few), "{kind}");
        assert!(few.iter().any(|&few| few) && few != many, "{kind}");
    }
}

#[test]
fn saturation_gives_every_share_to_as_equal_numbers_of_clusters_as_possible() {
    let mut once_more = [0; 5];
    for replication in 0..200 {
        let assignment = drawn("kind = \"saturation\"", replication);
        let (request, _) = requests()[0];
        let mut counts = [0; 5];
        for cluster in 0..7 {
            let share = assignment.saturation(&request, ClusterId(cluster)).expect("a share");
            counts[(share * 4.0) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (1..=2).contains(count)), "{counts:?}");
        (0..5).for_each(|at| once_more[at] += counts[at] - 1);
    }
    // Two of five shares are given twice; four standard errors of 200 draws are 28.
    assert!(once_more.iter().all(|count: &i32| (count - 80).abs() <= 28), "{once_more:?}");
}

#[test]
fn switchbacks_treat_as_many_blocks_as_their_order_says() {
    let units = |toml: &str, replication| drawn(toml, replication).treated_units().expect("a list");
    for replication in 0..50 {
        let of = |order: &str| {
            let toml = format!("kind = \"switchback\"\nblock = \"10 s\"\norder = \"{order}\"");
            units(&toml, replication)
        };
        let count = |units: &[bool]| units.iter().filter(|&&treated| treated).count();
        assert_eq!(count(&of("complete")), 6);
        assert_eq!(count(&of("alternating")), 6);
        assert!(of("paired").chunks(2).all(|pair| pair[0] != pair[1]));
        // Twelve blocks, carry-over 2: coins before the blocks 1, 5, 7 and 9.
        let minimax = units(EXAMPLES[10], replication);
        assert_eq!(minimax.len(), 4);
        // Seven clusters in each block: three or four.
        let balanced = units("kind = \"cluster_switchback\"\nblock = \"10 s\"", replication);
        for block in 0..12 {
            let treated = (0..7).filter(|cluster| balanced[cluster * 12 + block]).count();
            assert!((3..=4).contains(&treated), "{treated}");
        }
    }
}

#[test]
fn blocks_fill_the_measured_time_and_hold_the_arms_and_washouts_that_requests_meet() {
    let facts = facts();
    let mut switching = 0;
    let cut_short = "kind = \"switchback\"\nblock = \"25 s\"\nwashout = \"22 s\"";
    let long_washout = EXAMPLES[10].replace("\"10 s\"", "\"10 s\"\nwashout = \"9 s\"");
    for toml in EXAMPLES.iter().copied().chain([cut_short, &long_washout]) {
        let mut assignment = drawn(toml, 4);
        for (request, home) in requests() {
            let blocks = assignment.blocks(home);
            let block = blocks.iter().find(|block| (block.start..block.end).contains(&request.arrival));
            // Ramps and bandits have steps in which both arms decide.
            let mixes = ["canary", "bandit"].iter().any(|kind| toml.contains(kind));
            let switches = assignment.since_switch(home, request.arrival).is_some() && !mixes;
            let is_measured = (facts.warm_up..facts.horizon).contains(&request.arrival);
            assert_eq!(block.is_some(), is_measured && switches, "{toml}");
            let Some(block) = block else { continue };
            switching += 1;
            assert_eq!(
                (blocks[0].start, blocks.last().map(|block| block.end)),
                (facts.warm_up, Some(facts.horizon))
            );
            assert!(blocks.windows(2).all(|pair| pair[0].end == pair[1].start), "{toml}");
            assert_eq!(block.arm, assignment.arm(&request, home), "{toml}");
            let is_washout = request.arrival < block.start + block.washout;
            assert_eq!(is_washout, assignment.in_washout(request.arrival), "{toml} {}", request.arrival);
        }
    }
    assert!(switching > 1500, "{switching}");
}

#[test]
fn time_since_the_switch_runs_from_the_last_coin() {
    let minimax = drawn(EXAMPLES[10], 0);
    let at = |seconds| SimTime::ZERO + Span::whole_seconds(seconds);
    let since = |seconds| minimax.since_switch(ClusterId(0), at(seconds)).map(|span| span.seconds());
    assert_eq!((since(9), since(10), since(49), since(50)), (None, Some(0.0), Some(39.0), Some(0.0)));
    assert_eq!(
        (minimax.block(ClusterId(0), at(49)), minimax.block(ClusterId(0), at(50))),
        (Some(3), Some(4))
    );
}

#[test]
fn a_ramp_goes_on_is_held_or_is_rolled_back_by_its_gate() {
    let shares = |gate: &str, is_slow: fn(ArmId, u64) -> bool| -> Vec<f64> {
        let toml = format!("kind = \"canary\"\nshares = [0.4, 0.6, 0.8]\nstep = \"20 s\"\n{gate}");
        let mut ramp = drawn(&toml, 0);
        play_where(&mut *ramp, is_slow);
        // Request 1 comes in the warm-up; then one from the middle of each 20 s.
        let at = |index: usize| ramp.propensity(&requests()[index].0, ClusterId(0));
        [1, 30, 60, 90, 120, 150].map(at).to_vec()
    };
    let gate = "gate = { metric = \"goodput_share\", max_ratio = 1.1, action = \"hold\" }";
    let harm: fn(ArmId, u64) -> bool = |arm, _| arm == CANDIDATE;
    let benefit: fn(ArmId, u64) -> bool = |arm, _| arm == CONTROL;
    let ramp = [0.0, 0.4, 0.6, 0.8, 0.8, 0.8];
    assert_eq!(shares("", harm), ramp);
    assert_eq!(shares(gate, benefit), ramp);
    assert_eq!(shares(gate, harm), [0.0, 0.4, 0.4, 0.4, 0.4, 0.4]);
    let roll_back = gate.replace("hold", "roll_back");
    assert_eq!(shares(&roll_back, harm), [0.0, 0.4, 0.0, 0.0, 0.0, 0.0]);
    // Too few to tell is not a pass.
    let many = gate.replace("action", "min_requests = 1000, action");
    assert_eq!(shares(&many, benefit), [0.0, 0.4, 0.4, 0.4, 0.4, 0.4]);
}

#[test]
fn a_bandit_learns_which_arm_is_better_and_logs_by_which_probability_it_decided() {
    for (algorithm, highest) in [("thompson", 0.95), ("epsilon_greedy", 0.95)] {
        let mut bandit = drawn(&format!("kind = \"bandit\"\nalgorithm = \"{algorithm}\""), 0);
        let treated = play_where(&mut *bandit, |arm, _| arm == CONTROL);
        let requests = requests();
        assert_eq!(bandit.propensity(&requests[1].0, ClusterId(0)), 0.5);
        assert!(bandit.propensity(&requests[199].0, ClusterId(0)) >= highest - 1e-12);
        let late = treated[100..].iter().filter(|&&treated| treated).count();
        assert!(late > 85, "{late} of the last 100 treated");
        let harmed = play_where(&mut *bandit.fresh(), |arm, _| arm == CANDIDATE);
        let late = harmed[100..].iter().filter(|&&treated| treated).count();
        assert!(late < 15, "{late} of the last 100 treated");
    }
}

#[test]
fn settings_that_do_not_fit_the_fleet_are_problems() {
    let problem = |toml: &str, facts: &FleetFacts| design(toml, facts).1;
    let one = FleetFacts { clusters: facts().clusters[..1].to_vec(), replicas: vec![1], ..facts() };
    for (toml, words) in [
        ("kind = \"saturation\"", "2 clusters or more"),
        ("kind = \"cluster_switchback\"\nblock = \"10 s\"", "\"switchback\""),
        ("kind = \"capacity_split\"", "clusters of one replica: k0"),
        ("kind = \"user_by_pool\"", "2 clusters or more"),
        ("kind = \"experiment_of_experiments\"", "4 clusters or more"),
    ] {
        assert!(problem(toml, &one).contains(words), "{}", problem(toml, &one));
    }
    for (toml, words) in [
        ("kind = \"saturation\"\nshares = [0.5, 0.5]", "two or more different ones"),
        ("kind = \"saturation\"\nshares = [0.5, 1.5]", "from 0 to 1"),
        ("kind = \"switchback\"\nblock = \"8 s\"\norder = \"paired\"", "an even number of blocks"),
        (
            "kind = \"switchback\"\nblock = \"10 s\"\norder = \"minimax\"\ncarry_over_blocks = 5",
            "whole number, 4 or more",
        ),
        ("kind = \"switchback\"\nblock = \"10 s\"\norder = \"paired\"\nshare = 0.3", "half of the time"),
    ] {
        assert!(problem(toml, &facts()).contains(words), "{}", problem(toml, &facts()));
    }
}
