//! The policy-value curve of a candidate's section, or how to ask for one.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use crate::readout::Verdict;
use crate::report::digest::or_dash;
use crate::report::numbers::{signed_with_error, with_error};
use crate::report::plots::{value_curve, value_points};
use crate::scenario::Scenario;
use crate::stats::Measure;
use crate::study::Graded;
use crate::study::curve::CurveSummary;

pub(super) fn value_curve_figure(verdict: &Verdict, scenario: &Scenario, graded: &Graded) -> Markup {
    let shares = &scenario.curve_shares();
    let Some(svg) = value_curve(graded, verdict, shares) else {
        return html! {
            p {
                "Not simulated. Ask for it with " code { "study.curve = [0.25, 0.5, 0.75]" }
                ": the worlds in which that share of requests gets the candidate."
            }
        };
    };
    let metric = verdict.metric;
    let caption = format!(
        "{} ({}) when a share of requests gets the candidate. At each share the shaded gap between the arms is \
         the direct effect, about what a request test of that share reports; the bracket is the true effect. \
         Without interference both arms are flat and the gap is the bracket. The whiskers are errors of the \
         levels; differences are known better, as all worlds of a replication get the same requests. Direct \
         effects whose numbers would touch are in the table only.",
        metric.name, metric.unit
    );
    let points = value_points(graded, verdict, shares);
    let unit =
        format!("{}, {}; means over replications with their standard errors", metric.name, metric.unit);
    let names = ["share", "V(p)", "treated arm", "control arm", "direct", "spillover", "overall", "slope"];
    let rows: Vec<Vec<String>> = points.iter().map(cells).collect();
    let twin = table(&unit, &header(&names), &rows, &[]);
    figure(&svg, &format!("Policy values of {}", verdict.candidate), &caption, &twin)
}

fn cells(point: &CurveSummary) -> Vec<String> {
    let level = |measure: Option<Measure>| or_dash(measure.map(with_error));
    let effect = |measure: Option<Measure>| or_dash(measure.map(signed_with_error));
    vec![
        format!("{} %", 100.0 * point.share),
        level(point.value),
        level(point.value_treated),
        level(point.value_control),
        effect(point.direct),
        effect(point.spillover),
        effect(point.overall),
        effect(point.slope),
    ]
}
