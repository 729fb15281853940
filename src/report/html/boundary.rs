//! Boundary events of a candidate's section: how often each kind begins, what the candidate truly does to it, and what each
//! design reports of that.

use maud::{Markup, html};

use super::parts::{header, table};
use crate::estimate::Estimand;
use crate::readout::Verdict;
use crate::record::{BoundaryKind, METRICS, Measure, Metric};
use crate::report::boundary::{Overcommitment, Rate};
use crate::report::numbers::{per_hour, short, signed_with_error, words};
use crate::scenario::Scenario;
use crate::stats::Measure as Rated;
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::PerformanceRow;

const NEVER: &str = "never seen";

pub(super) fn section(verdict: &Verdict, scenario: &Scenario, graded: &Graded) -> Markup {
    let found = Overcommitment::of(graded, scenario, &verdict.candidate);
    let clusters = scenario.layout.clusters.len().max(1) as f64;
    html! {
        (effects(&found, graded, &verdict.candidate, clusters))
        (reports(&found, graded, &verdict.candidate, clusters))
    }
}

/// The metric that counts a kind.
fn metric_of(kind: BoundaryKind) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.measure == Measure::EventsPerHour(kind))
}

/// How often a kind begins in an hour, in all clusters together, or that it never does.
fn rate_cell(rate: Rate) -> String {
    if rate.count == 0 { NEVER.to_owned() } else { per_hour(rate.per_hour) }
}

/// The metrics count by cluster and hour; a fleet of `clusters` sees that many times as much.
fn of_fleet(of_cluster: Rated, clusters: f64) -> String {
    let Rated { value, mcse } = of_cluster;
    signed_with_error(Rated { value: clusters * value, mcse: clusters * mcse })
}

fn rate_of(found: &Overcommitment, world: usize, kind: BoundaryKind) -> Rate {
    let at = found.kinds.iter().position(|name| *name == kind.name());
    at.and_then(|at| Some(*found.worlds.get(world)?.kinds.get(at)?)).unwrap_or_default()
}

/// Both truth worlds and the effect. The first two worlds are the control's and the candidate's.
fn effects(found: &Overcommitment, graded: &Graded, candidate: &str, clusters: f64) -> Markup {
    let control = found.worlds.first().map_or("", |world| world.name.as_str());
    let names = [
        "kind".to_owned(),
        control.to_owned(),
        found.worlds.get(1).map_or_else(String::new, |world| world.name.clone()),
        "true effect".to_owned(),
        format!("touched, {control}"),
        "touched, candidate".to_owned(),
    ];
    let row = |kind: BoundaryKind| {
        let [of_control, of_candidate] = [0, 1].map(|world| rate_of(found, world, kind));
        let truth = metric_of(kind).and_then(|metric| graded.truth_of(candidate, metric.name));
        let effect = match truth {
            _ if of_control.count + of_candidate.count == 0 => NEVER.to_owned(),
            Some(truth) => of_fleet(truth.effect, clusters),
            None => "not graded".to_owned(),
        };
        vec![
            words(kind.name()),
            rate_cell(of_control),
            rate_cell(of_candidate),
            effect,
            short(of_control.touched),
            short(of_candidate.touched),
        ]
    };
    let rows: Vec<Vec<String>> = BoundaryKind::ALL.into_iter().map(row).collect();
    let caption = "Boundary events that begin in an hour of measured time, all clusters together, where everybody gets one \
                   policy; the true effect of the candidate on that rate with its standard error; and the requests touched in a \
                   replication. Means over replications. The metrics of the tables count by cluster and hour";
    table(caption, &names, &rows, &[])
}

/// What each design's own world shows, and what its estimators say of the effect.
fn reports(found: &Overcommitment, graded: &Graded, candidate: &str, clusters: f64) -> Markup {
    let is_seen =
        |kind: &BoundaryKind| (0..found.worlds.len()).any(|world| rate_of(found, world, *kind).count > 0);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for kind in BoundaryKind::ALL.into_iter().filter(is_seen) {
        for (at, world) in found.worlds.iter().enumerate().skip(2) {
            let rate = rate_cell(rate_of(found, at, kind));
            for [name, answers, estimate, bias] in of_design(graded, (candidate, &world.name), kind, clusters)
            {
                let name = format!("{}: {name}", words(kind.name()));
                rows.push(vec![name, rate.clone(), answers, estimate, bias]);
            }
        }
    }
    let names = ["kind and design", "events in its world", "answers", "mean estimate of the effect", "bias"];
    let caption = "What each experiment sees of boundary events, in an hour, all clusters together: how often they begin while both arms \
                   run, and what its estimators report of the effect in the replications in which they have an answer";
    html! { @if !rows.is_empty() { (table(caption, &header(&names), &rows, &[])) } }
}

/// Name, replications with an answer, mean estimate and bias of each estimator that gives any; where none does, one row that
/// says why.
fn of_design(
    graded: &Graded,
    (candidate, design): (&str, &str),
    kind: BoundaryKind,
    clusters: f64,
) -> Vec<[String; 4]> {
    let is_here = |row: &&PerformanceRow| {
        row.candidate == candidate
            && row.design == design
            && row.segment == EVERYBODY
            && row.estimand == Estimand::Gte
            && metric_of(kind).is_some_and(|metric| metric.name == row.metric)
    };
    let rows: Vec<&PerformanceRow> = graded.performance.iter().filter(is_here).collect();
    let answered = |row: &&PerformanceRow| {
        let measures = row.result.as_ref().ok()?;
        let all = measures.n_replications + measures.n_failed;
        Some([
            format!("{design} / {}", row.estimator),
            format!("{} of {all}", measures.n_replications),
            of_fleet(measures.mean_estimate, clusters),
            of_fleet(measures.bias, clusters),
        ])
    };
    let found: Vec<[String; 4]> = rows.iter().filter_map(answered).collect();
    if !found.is_empty() {
        return found;
    }
    let reason = rows.iter().find_map(|row| row.result.as_ref().err());
    let reason = reason.map_or_else(|| "not graded".to_owned(), |reason| format!("none ({})", reason.note()));
    vec![[design.to_owned(), "0".to_owned(), reason, "-".to_owned()]]
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::readout::verdicts;
    use crate::stats::NotEstimable;

    #[test]
    fn every_kind_has_its_effect_and_every_design_its_report_or_the_reason_why_not() {
        let (scenario, mut graded) = fixture::study("p2c");
        let metric = metric_of(BoundaryKind::KvExhaustion).expect("a metric");
        let mut truth = graded.truth[0].clone();
        (truth.metric, truth.effect.value, truth.effect.mcse) = (metric, -7.5, 0.25);
        graded.truth.push(truth);
        for row in graded.performance.clone().into_iter().filter(|row| row.metric == METRICS[0].name) {
            let is_shared = row.design == "request";
            let result = if is_shared { Err(NotEstimable::SharedBetweenArms) } else { row.result };
            graded.performance.push(PerformanceRow { metric: metric.name, result, ..row });
        }
        let verdict = &verdicts(&graded, scenario.study.primary)[0];
        let page = section(verdict, &scenario, &graded).into_string();
        let row =
            |name: &str| page.split("<tr>").find(|row| row.contains(&format!(">{name}<"))).expect("a row");
        assert!(row("kv exhaustion").contains("-30.0 ± 1.0"), "{page}");
        assert_eq!(row("failover").matches(NEVER).count(), 3);
        assert!(row("kv exhaustion: request").contains("none (ne:shared_between_arms)"));
        let bias = graded.performance.last().and_then(|row| row.result.as_ref().ok()).expect("a result").bias;
        assert!(row("kv exhaustion: switchback / switchback_washout").contains(&of_fleet(bias, 4.0)));
        assert!(row("slo breach: switchback").contains("not graded"));
        assert!(!page.contains("failover: "), "a kind that no world saw has no report");
        let rate =
            graded.boundary.iter().filter(|row| row.design == "all:random" && row.kind == "kv_exhaustion");
        let mean = rate.map(|row| row.count_per_hour).sum::<f64>() / f64::from(fixture::REPLICATIONS);
        assert!(row("kv exhaustion").contains(&format!(">{}<", per_hour(mean))), "{page}");
    }
}
