//! How slow requests are under each policy, for the whole study.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use super::study::{self, chapter};
use crate::report::numbers::short;
use crate::report::plots::{LATENCIES, latency};
use crate::report::world_of_policy;
use crate::scenario::Scenario;
use crate::study::Graded;

const QUANTILES: [f64; 5] = [0.5, 0.9, 0.95, 0.99, 1.0];

pub(super) fn section(scenario: &Scenario, graded: &Graded) -> Markup {
    let caption = "The share of completed measured requests that are at most as slow, over all replications, where \
                   everybody gets one policy. Requests that were turned away or timed out are in no curve: a policy that \
                   turns the slow ones away looks fast here.";
    html! {
        section {
            (chapter(study::LATENCIES))
            (figure(&latency(graded, scenario), "Cumulative distributions of latencies by policy", caption, &twin(scenario, graded)))
        }
    }
}

fn twin(scenario: &Scenario, graded: &Graded) -> Markup {
    let names = ["latency and policy", "requests", "median", "90 %", "95 %", "99 %", "slowest"];
    let mut rows = Vec::new();
    for (quantity, title, unit) in LATENCIES {
        for policy in &scenario.policies {
            let Some(counts) = graded.distribution(&world_of_policy(&policy.name), quantity) else {
                continue;
            };
            let quantiles =
                QUANTILES.map(|p| counts.quantile(p).map_or_else(String::new, |us| short(us as f64 / unit)));
            let first = [format!("{title}: {}", policy.name), counts.total().to_string()];
            rows.push(first.into_iter().chain(quantiles).collect());
        }
    }
    table(
        "This share of requests is at most as slow; at most 1/16 above the exact value",
        &header(&names),
        &rows,
        &[],
    )
}
