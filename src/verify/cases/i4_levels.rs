//! Coverage and size of what every design recommends, where requests do not meet.

use crate::study::tables::PerformanceRow;
use crate::verify::ideal::{EXPONENTIAL, SLOTS, UNLIMITED};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "I4",
    claim: "without interference every design with its recommended inference covers the truth in 95 % of \
            replications and rejects a true null in 5 %; with interference A/A p-values are still uniform",
    derivation: "fleets without limits on slots, users alike, and a candidate whose answers are a tenth shorter: \
                 effects are the same in every world and arm, and requests, users, clusters, blocks and cells are \
                 exchangeable. The A/A estimate is that of the same assignment on the log of all-control. Where \
                 requests meet, a coin is still a coin: no effect means the same outcomes however it falls, so \
                 that randomisation alone makes p-values uniform, up to what the normal or t approximates",
    source: "design-based inference: Neyman 1923; Kolmogorov's test with Stephens' correction (1970)",
    parts: &[
        Part { tier: 1, check: apart },
        Part { tier: 1, check: together },
        Part { tier: 2, check: apart_long },
    ],
};

/// Twelve clusters in three bands and six pairs.
fn fleet(policies: &str, replications: u32, rate: f64, seconds: u32, designs: &str) -> String {
    let cluster = |number: u32| {
        format!(
            "[[cluster]]\nname = \"c{number}\"\nregion = \"r{number}\"\nreplicas = 2\nengine = \"{SLOTS}\"\n\
             attributes = {{ band = \"b{}\", twin = \"t{}\" }}\n",
            number / 4,
            number / 2
        )
    };
    let clusters: String = (0..12).map(cluster).collect();
    format!(
        "name = \"levels\"\ncontrol = \"control\"\n[workload]\nrate = \"{rate}/s\"\n\
         [workload.class]\ncontext_tokens = 1300000\nprompt = {{ kind = \"fixed\", tokens = 1 }}\n\
         output = {EXPONENTIAL}\n[users]\ncount = 2000\nactivity = {{ kind = \"equal\" }}\n{clusters}{policies}\
         [study]\nreplications = {replications}\nduration = \"{seconds} s\"\nwarm_up = \"0 s\"\n\
         primary = \"e2e_ms_mean\"\nmetrics = [\"e2e_ms_mean\"]\ncurve = [0.5]\n[record]\nwindow = \"10 s\"\n{designs}"
    )
}

/// Designs whose recommended inference is nominal at this size. Pairs and strata are of equal clusters.
const DESIGNS: &str = r#"
[[design]]
kind = "request"
[[design]]
kind = "user"
[[design]]
kind = "cluster"
[[design]]
kind = "cluster"
name = "stratified"
arrangement = "stratified"
by = "band"
[[design]]
kind = "cluster"
name = "paired"
arrangement = "paired"
by = "twin"
[[design]]
kind = "switchback"
name = "random blocks"
block = "10 s"
[[design]]
kind = "switchback"
name = "paired blocks"
block = "10 s"
order = "paired"
[[design]]
kind = "cluster_switchback"
block = "10 s"
[[design]]
kind = "saturation"
[[design]]
kind = "experiment_of_experiments"
"#;

/// Those that only the long part tries: their orders are nominal where blocks are exchangeable, as here.
const MORE: &str = r#"
[[design]]
kind = "switchback"
name = "complete blocks"
block = "10 s"
order = "complete"
[[design]]
kind = "switchback"
name = "balanced blocks"
block = "10 s"
order = "balanced"
[[design]]
kind = "capacity_split"
[[design]]
kind = "canary"
shares = [0.05, 0.25, 0.5]
step = "40 s"
"#;

fn apart(bench: &Bench<'_>) -> Vec<Check> {
    levels(bench, 1000, DESIGNS)
}

fn apart_long(bench: &Bench<'_>) -> Vec<Check> {
    levels(bench, 6000, &format!("{DESIGNS}{MORE}"))
}

fn levels(bench: &Bench<'_>, replications: u32, designs: &str) -> Vec<Check> {
    let policies = format!(
        "[policy.control]\n{UNLIMITED}\n[policy.candidate]\n{UNLIMITED}\n\
         demand = {{ kind = \"shorter\", output_factor = 0.9 }}\n"
    );
    let scenario = fleet(&policies, replications, 4.0, 120, designs);
    let graded = bench.study(&scenario, &[]).graded();
    // Four standard errors of a share of 5 % among so many.
    let teeth = 4.001 * (0.05 * 0.95 / f64::from(replications)).sqrt();
    let mut checks = Vec::new();
    for row in graded.performance.iter().filter(|row| is_graded(row)) {
        let name = format!("{}, {}", row.design, row.estimator);
        let Ok(found) = row.result else { panic!("{name}: {:?}", row.result) };
        let of = found.n_replications;
        let cautious = row.estimator == "cluster_switchback";
        if cautious {
            // The larger of two one-way variances is no smaller than the cells' own: it may only be careful.
            let low = found.coverage.value >= 0.95 - teeth;
            checks.push(Check::within(format!("{name}: covers no less"), 1.0, f64::from(u8::from(low)), 0.0));
            continue;
        }
        checks.push(Check::share(format!("{name}: covers"), 0.95, found.coverage.value, of, teeth));
        if let Some(null) = row.null {
            checks.push(Check::share(
                format!("{name}: rejects a true null"),
                0.05,
                null.size.value,
                null.n_replications,
                teeth,
            ));
            checks.push(Check::p_value(format!("{name}: uniform p-values"), null.uniform_p));
        }
    }
    checks
}

/// One row for each design and estimator: of the launch where it aims at one.
fn is_graded(row: &PerformanceRow) -> bool {
    matches!(row.estimand.name(), "gte" | "interference")
}

/// Queues at a load of 0.6, where requests meet: A/A.
fn together(bench: &Bench<'_>) -> Vec<Check> {
    const ONE: &str = "scheduler = { kind = \"chunked\", max_num_seqs = 1 }";
    let policies = format!(
        "[policy.control]\n{ONE}\n[policy.candidate]\n{ONE}\ndemand = {{ kind = \"shorter\", output_factor = 0.9 }}\n"
    );
    let scenario = fleet(&policies, 1000, 14.4, 60, DESIGNS);
    let graded = bench.study(&scenario, &[]).graded();
    let nulls =
        graded.performance.iter().filter(|row| is_graded(row) && row.estimator != "cluster_switchback");
    nulls
        .filter_map(|row| {
            let name = format!("A/A with queues, {}, {}: uniform p-values", row.design, row.estimator);
            row.null.map(|null| Check::p_value(name, null.uniform_p))
        })
        .collect()
}
