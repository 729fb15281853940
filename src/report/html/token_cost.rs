//! What requests cost in tokens, for the whole study.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use super::study::{self, chapter};
use crate::report::numbers::short;
use crate::report::plots::token_cost;
use crate::report::world_of_policy;
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::study::tables::Distributed;

/// Rows of the table of the running mean, about.
const ROWS: usize = 12;

pub(super) fn section(scenario: &Scenario, graded: &Graded) -> Markup {
    let caption = "Left: the share of completed measured requests with at least so many tokens, over all replications; a \
                   straight line is a power law. Right: the mean tokens of the control's first requests in the first \
                   replication, in order of arrival; a triangle marks a new largest request. Where such a request moves the \
                   mean, a short experiment has not seen the tail that it is judged by.";
    let twin = html! { (tail(scenario, graded)) (running_mean(graded)) };
    html! {
        section {
            (chapter(study::TOKEN_COST))
            (figure(&token_cost(graded, scenario), "Tail of the tokens of requests and their running mean", caption, &twin))
        }
    }
}

fn tail(scenario: &Scenario, graded: &Graded) -> Markup {
    let names = ["policy", "requests", "median", "90 %", "99 %", "99.9 %", "largest"];
    let row = |policy: &crate::policy::Policy| {
        let counts = graded.distribution(&world_of_policy(&policy.name), Distributed::Tokens)?;
        let quantiles = [0.5, 0.9, 0.99, 0.999, 1.0].map(|p| counts.quantile(p).unwrap_or(0).to_string());
        Some([policy.name.clone(), counts.total().to_string()].into_iter().chain(quantiles).collect())
    };
    let rows: Vec<Vec<String>> = scenario.policies.iter().filter_map(row).collect();
    let caption = "Tokens that this share of requests does not exceed; at most 1/16 above the exact value";
    table(caption, &header(&names), &rows, &[])
}

fn running_mean(graded: &Graded) -> Markup {
    let rows = &graded.token_mean;
    let stretch = rows.len().div_ceil(ROWS).max(1);
    let rows: Vec<Vec<String>> = rows
        .chunks(stretch)
        .filter_map(<[_]>::last)
        .map(|row| vec![row.requests.to_string(), short(row.mean_tokens), row.largest_tokens.to_string()])
        .collect();
    table(
        "Running mean of the first replication",
        &header(&["first requests", "mean tokens", "largest"]),
        &rows,
        &[],
    )
}
