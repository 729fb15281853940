//! Planning: what a pilot foretells, against experiments that were run.

use contention::design::{Order, Structure};
use contention::record::Metric;
use contention::scenario::Scenario;
use contention::stats::Measure;
use contention::study::block_variance::{Cut, FleetSeries};
use contention::study::kernel::kernel;
use contention::study::pilot::{Grid, PilotRun, Series, pilot};
use contention::study::planner::{found_by, plan};
use contention::study::power::{Plan, Question, power_of};
use contention::study::unit_variance::{UnitMoments, cluster_df};
use contention::study::{Replication, carry_over, execute, replicate, score};

use crate::command_line::{contention, folder, json};
use crate::determinism::{SMALL, scenario};

/// Everybody is served at once, in one second in the mean; the candidate lets `join` to 1 of the offered join.
fn infinite_servers(clusters: u32, rate: f64, join: f64, seconds: u32, designs: &str, seed: u32) -> Scenario {
    scenario(&text(clusters, rate, join, seconds, designs, seed))
}

fn text(clusters: u32, rate: f64, join: f64, seconds: u32, designs: &str, seed: u32) -> String {
    let fleet: String = (0..clusters)
        .map(|at| {
            format!(
                "[[cluster]]\nname = \"c{at}\"\nregion = \"r{at}\"\nreplicas = 1\nengine = \"ideal-slots\"\n"
            )
        })
        .collect();
    let policy = |share: f64| {
        format!(
            "scheduler = {{ kind = \"chunked\", token_budget = 1000000, max_num_seqs = 65535 }}\n\
             demand = {{ kind = \"balk\", probability = {share} }}\n"
        )
    };
    format!(
        "name = \"infinite\"\ncontrol = \"control\"\n[workload]\nrate = \"{rate}/s\"\n\
         [workload.class]\ncontext_tokens = 1300000\nprompt = {{ kind = \"fixed\", tokens = 1 }}\n\
         output = {{ kind = \"exponential\", mean = 10000, max = 400000 }}\n\
         [users]\ncount = 5000\nactivity = {{ kind = \"equal\" }}\n{fleet}\
         [policy.control]\n{}[policy.candidate]\n{}\
         [study]\nseed = {seed}\nduration = \"{} s\"\nwarm_up = \"20 s\"\n\
         primary = \"requests_outstanding_mean\"\nmetrics = [\"requests_outstanding_mean\"]\n\
         [record]\nwindow = \"500 ms\"\n{designs}",
        policy(join),
        policy(1.0),
        seconds + 20
    )
}

fn metric() -> &'static Metric {
    Metric::named("requests_outstanding_mean").expect("it is listed")
}

fn question() -> Question {
    Question { metric: metric(), effect: None, power: 0.8, alpha: 0.05, longest_s: 1e6 }
}

fn pilots(scenario: &Scenario, replications: u32) -> Vec<PilotRun> {
    let metric = scenario.study.primary;
    execute::spread(replications, 0, |number| pilot(scenario, 1, metric, number)).expect("threads")
}

fn studies(scenario: &Scenario, replications: u32) -> Vec<Replication> {
    execute::spread(replications, 0, |number| replicate(scenario, number)).expect("threads")
}

fn pairs(runs: &[PilotRun]) -> Vec<(&Series, &Series)> {
    runs.iter().map(|run| (&run.metric.control, &run.metric.candidate)).collect()
}

fn switchback(name: &str, order: &str, block: f64, washout: f64) -> String {
    format!(
        "[[design]]\nkind = \"switchback\"\nname = \"{name}\"\norder = \"{order}\"\nblock = \"{block} s\"\n\
         washout = \"{washout} s\"\n"
    )
}

/// Two measured numbers agree within four of their standard errors together.
fn agree(what: &str, found: Measure, expected: Measure) {
    let z = (found.value - expected.value) / libm::hypot(found.mcse, expected.mcse);
    assert!(z.abs() < 4.0, "{what}: {found:?} against {expected:?}, z {z:.1}");
}

#[test]
fn the_measured_kernel_foretells_the_carry_over_of_every_order() {
    let designs = [
        switchback("random", "random", 5.0, 0.0),
        switchback("washed", "random", 5.0, 1.0),
        switchback("complete", "complete", 5.0, 0.0),
        switchback("paired", "paired", 5.0, 0.0),
    ];
    let scenario = infinite_servers(1, 12.0, 2.0 / 3.0, 400, &designs.concat(), 11);
    let runs = pilots(&scenario, 30);
    let grid = Grid::of(&scenario, false);
    let worlds: Vec<_> = runs.iter().map(|run| &run.metric).collect();
    let found = kernel(&worlds, (grid.block, grid.lead), grid.step.seconds()).expect("a clear effect");
    // The mean over a half second of 1 − e^−t.
    for (at, (up, down)) in found.up.iter().zip(&found.down).take(10).enumerate() {
        let (low, high) = (at as f64 / 2.0, (at as f64 + 1.0) / 2.0);
        let expected = 1.0 - 2.0 * (libm::exp(-low) - libm::exp(-high));
        for (name, g) in [("up", up), ("down", down)] {
            agree(&format!("G {name} at {low}"), *g, Measure { value: expected, mcse: 0.0 });
        }
    }
    // One mean service is lost at each switch; e^−3 is 5 %.
    agree("area", found.lost_s, Measure { value: 1.0, mcse: 0.0 });
    assert!(
        found.relaxation_s.is_some_and(|seconds| (2.0..=4.5).contains(&seconds)),
        "{:?}",
        found.relaxation_s
    );
    let by_candidate: Vec<Vec<PilotRun>> = runs.into_iter().map(|run| vec![run]).collect();
    let plans = plan(&scenario, &question(), studies(&scenario, 30), &by_candidate).expect("a plan");
    let own: Vec<_> = plans[0].rows.iter().filter(|row| row.kind == "switchback" && row.own).collect();
    assert_eq!(own.len(), 4);
    for row in own {
        let (by_kernel, by_study) = (row.found.expect("a kernel"), row.found_in_study.expect("a study"));
        assert!(by_kernel.value < 0.97, "{} has no carry-over to foretell", row.design);
        agree(&row.design, by_kernel, by_study);
    }
    let exact = carry_over::Blocks { length_s: 5.0, washout_s: 0.0, order: Order::Random, count: 80 };
    // Case S1 at five relaxation times.
    agree("S1", found_by(&found, &exact), Measure { value: 0.801_348, mcse: 0.0 });
}

#[test]
fn a_pilot_foretells_error_and_power_of_an_experiment_four_times_as_long() {
    const SECONDS: u32 = 200;
    let designs =
        format!("[[design]]\nkind = \"cluster\"\n{}", switchback("switchback", "random", 10.0, 2.0));
    let short = infinite_servers(8, 24.0, 0.94, SECONDS, "", 21);
    let runs = pilots(&short, 40);
    let grid = Grid::of(&short, false);
    let step = grid.step.seconds();
    let duration = 4.0 * f64::from(SECONDS);
    let of_clusters = UnitMoments::clusters(&pairs(&runs), &Structure::Plain, 0.5, step).expect("clusters");
    let cut = Cut { length: 20, washout: 4, order: Order::Random, share: 0.5 };
    let of_blocks = FleetSeries::of(&pairs(&runs), step).expect("series").blocks(cut).expect("blocks");
    let worlds: Vec<_> = runs.iter().map(|run| &run.metric).collect();
    let found = kernel(&worlds, (grid.block, grid.lead), step).expect("a clear effect");
    let count = of_blocks.count(duration);
    let blocks = carry_over::Blocks { length_s: 10.0, washout_s: 2.0, order: Order::Random, count };
    let long = infinite_servers(8, 24.0, 0.94, 4 * SECONDS, &designs, 22);
    let graded = score(&long, studies(&long, 150));
    for (design, estimator, predicted, df, share) in [
        ("cluster", "cluster_means", of_clusters.std_error(duration), cluster_df(8, &Structure::Plain), 1.0),
        (
            "switchback",
            "switchback_washout",
            of_blocks.std_error(duration),
            of_blocks.df(count),
            found_by(&found, &blocks).value,
        ),
    ] {
        let row = graded
            .performance
            .iter()
            .find(|row| row.design == design && row.estimator == estimator)
            .and_then(|row| row.result.ok())
            .expect("it was graded");
        agree(&format!("{design}, SE"), predicted, row.emp_se);
        let power = |se: f64| power_of(share * row.truth.value, se, df, 0.05);
        let spread =
            (power(predicted.value - predicted.mcse) - power(predicted.value + predicted.mcse)) / 2.0;
        let power = Measure { value: power(predicted.value), mcse: spread };
        assert!((0.15..0.97).contains(&power.value), "{design}: power {power:?} tells nothing");
        agree(&format!("{design}, power"), power, row.power_or_size);
    }
}

#[test]
fn power_prints_one_verdict_and_writes_the_same_tables_for_any_jobs() {
    let folder = folder();
    let path = folder.path().join("small.toml");
    std::fs::write(&path, SMALL.replace("[study]", "[record]\nwindow = \"2 s\"\n[study]")).expect("writable");
    let call = |out: &str, more: &[&str]| {
        let mut arguments = vec!["power", "small.toml", "--replications", "5", "--quiet", "--out", out];
        arguments.extend(["--metric", "e2e_ms_mean", "--effect", "5%"]);
        arguments.extend(more);
        contention(folder.path(), &arguments)
    };
    let text = call("one", &["--jobs", "1"]);
    assert!(text.status.success(), "{}", String::from_utf8_lossy(&text.stderr));
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.starts_with("To find -"), "{text}");
    let long = text.lines().find(|line| line.chars().count() > 80 && !line.contains("Tables are in"));
    assert_eq!(long, None);
    let document = json(&call("two", &["--jobs", "2", "--json"]));
    let designs = document["candidates"][0]["designs"].as_array().expect("designs");
    let kinds: Vec<&str> = designs.iter().filter_map(|row| row["kind"].as_str()).collect();
    assert!(
        ["request", "user", "cluster", "switchback"].iter().all(|kind| kinds.contains(kind)),
        "{kinds:?}"
    );
    assert!(designs.iter().all(|row| row["std_error"]["value"].as_f64().is_some_and(|se| se > 0.0)));
    let read = |out: &str, name: &str| {
        let run =
            std::fs::read_dir(folder.path().join(out)).expect("out").next().expect("a run").expect("entry");
        std::fs::read_to_string(run.path().join(name)).unwrap_or_else(|_| panic!("no {name}"))
    };
    for name in ["power.csv", "kernel.csv", "block_choice.csv", "resolved.toml"] {
        assert_eq!(read("one", name), read("two", name), "{name}");
    }
    assert!(read("one", "manifest.json").contains("\"complete\""));
    for wrong in [
        ["--metric", "ttft_ms_p99"],
        ["--effect", "five"],
        ["--power", "1.5"],
        ["--max-duration", "soon"],
        ["--metric", "speed"],
    ] {
        let arguments = ["power", "small.toml", wrong[0], wrong[1]];
        assert_eq!(contention(folder.path(), &arguments).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_plan_tells_what_no_length_of_time_mends() {
    let designs =
        format!("[[design]]\nkind = \"request\"\n{}", switchback("switchback", "balanced", 10.0, 2.0));
    let scenario = infinite_servers(1, 12.0, 2.0 / 3.0, 200, &designs, 31);
    // Requests of both arms share the servers: the metric belongs to the hardware, and a request design has no answer.
    let by_candidate: Vec<Vec<PilotRun>> = pilots(&scenario, 6).into_iter().map(|run| vec![run]).collect();
    let plans: Vec<Plan> =
        plan(&scenario, &question(), studies(&scenario, 6), &by_candidate).expect("a plan");
    let kinds: Vec<&str> = plans[0].rows.iter().map(|row| row.kind).collect();
    assert!(kinds.iter().all(|kind| *kind == "switchback"), "{kinds:?}");
    assert!(plans[0].choices.windows(2).all(|pair| pair[0].rmse <= pair[1].rmse));
}

#[test]
fn blocks_of_one_policy_have_the_variance_of_case_i3() {
    const BLOCKS: f64 = 20.0;
    // Both policies let everybody join: ten requests in the mean, forgotten at rate 1, and no effect at all.
    let scenario = infinite_servers(1, 10.0, 1.0, 200, "", 41);
    let runs = pilots(&scenario, 120);
    assert!(runs.iter().all(|run| run.metric.control == run.metric.candidate));
    let series = FleetSeries::of(&pairs(&runs), 0.5).expect("series");
    // Of the mean over ten relaxation times, and with its neighbour.
    let (variance, neighbour) = (1.800_009, 0.055_550 * 1.800_009);
    for (order, spread) in [
        (Order::Complete, variance - 2.0 * neighbour / BLOCKS),
        (Order::Paired, variance - neighbour),
        (Order::Alternating, variance - 2.0 * neighbour * (BLOCKS - 1.0) / BLOCKS),
    ] {
        let cut = Cut { length: 20, washout: 0, order, share: 0.5 };
        let found = series.blocks(cut).expect("blocks").std_error(200.0);
        let expected = (4.0 * spread / BLOCKS).sqrt();
        agree(order.name(), found, Measure { value: expected, mcse: 0.0 });
        assert!(found.mcse < 0.1 * expected, "{order:?}: {found:?}");
    }
}

#[test]
fn requests_that_meet_both_arms_are_foretold_too() {
    // One shared processor a cluster: whoever arrives before a switch shares it with those who come after. Load 0.4 and 0.5.
    let designs = [switchback("coins", "random", 5.0, 0.0), switchback("pairs", "paired", 10.0, 2.5)];
    let shared = text(8, 4.0, 0.8, 800, &designs.concat(), 51)
        .replace("ideal-slots", "ideal-sharing")
        .replace("requests_outstanding_mean", "e2e_ms_mean");
    let scenario = scenario(&shared);
    let runs: Vec<Vec<PilotRun>> = pilots(&scenario, 60).into_iter().map(|run| vec![run]).collect();
    let question = Question { metric: scenario.study.primary, ..question() };
    let plans = plan(&scenario, &question, studies(&scenario, 60), &runs).expect("a plan");
    let kernel = plans[0].kernels[0].kernel.as_ref().expect("a clear effect");
    assert!(kernel.lead_s.value > 4.0 * kernel.lead_s.mcse, "{:?}", kernel.lead_s);
    for row in plans[0].rows.iter().filter(|row| row.kind == "switchback" && row.own) {
        let (by_kernel, by_study) = (row.found.expect("a kernel"), row.found_in_study.expect("a study"));
        assert!(by_kernel.value + 4.0 * by_kernel.mcse < 1.0, "{}: {by_kernel:?}", row.design);
        agree(&row.design, by_kernel, by_study);
    }
}
