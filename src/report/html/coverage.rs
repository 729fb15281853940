//! Coverage and power of a candidate's section, with the intervals that would hold the mean estimate beside them.

use maud::Markup;

use super::parts::{figure, header, table};
use crate::readout::Verdict;
use crate::report::digest::{answered, label, or_dash};
use crate::report::numbers::percent;
use crate::report::plots::coverage;
use crate::stats::{Measure, Performance};

pub(super) fn coverage_figure(verdict: &Verdict) -> Markup {
    let names =
        ["design / estimator", "replications", "coverage", "coverage of the mean estimate", "p below 0.05"];
    let rows: Vec<Vec<String>> = verdict
        .findings
        .iter()
        .map(|finding| {
            let measures = finding.performance.as_ref();
            let share = |of: fn(&Performance) -> Measure| or_dash(measures.map(|p| percent(of(p))));
            vec![
                label(finding),
                or_dash(measures.map(answered)),
                share(|p| p.coverage),
                share(|p| p.be_coverage),
                share(|p| p.power_or_size),
            ]
        })
        .collect();
    let caption = "Left: how often a 95 % interval holds the truth; a bar that ends short of the line by more than its whisker \
                   belongs to a design that is too sure of itself. Right: how often a result is significant. That is power where \
                   there is an effect and the rate of false alarms where there is none; with low coverage it is confidence in \
                   a wrong number.";
    let about = "Shares of replications with their Monte-Carlo errors. Intervals that hold their own mean estimate but not the \
                 truth are honest about noise and wrong through bias.";
    let twin = table(about, &header(&names), &rows, &[]);
    figure(&coverage(verdict), &format!("Coverage and power of {}", verdict.candidate), caption, &twin)
}
