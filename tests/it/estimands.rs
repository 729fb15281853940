//! Truths and estimates of more than the launch effect of everybody: the policy-value curve, segments, own estimators.

use contention::estimate::Estimand;
use contention::scenario::{Scenario, resolve};
use contention::settings::Document;
use contention::study::curve::curve_summaries;
use contention::study::segment::EVERYBODY;
use contention::study::{Graded, replicate, score};

use crate::determinism::SMALL;

fn scenario(more: &str, overrides: &[&str]) -> Scenario {
    let text = format!("{SMALL}\n{more}");
    let mut document = Document::parse("small", &text).expect("TOML");
    overrides.iter().for_each(|text| document.set(text).expect("a key"));
    resolve(document, &|_| Err(std::io::ErrorKind::NotFound.into()))
        .unwrap_or_else(|problems| panic!("{problems}"))
}

fn graded(scenario: &Scenario) -> Graded {
    let replications = (0..scenario.study.replications).map(|number| replicate(scenario, number)).collect();
    score(scenario, replications)
}

#[test]
fn the_curve_ends_in_the_truth_worlds_and_its_effects_add_up() {
    let scenario = scenario("", &["study.curve=[0.2, 0.5, 0.8]"]);
    let graded = graded(&scenario);
    let curve = curve_summaries(&graded, &scenario.study.curve);
    let primary: Vec<_> = curve.iter().filter(|row| row.metric == scenario.study.primary.name).collect();
    assert_eq!(primary.iter().map(|row| row.share).collect::<Vec<_>>(), [0.0, 0.2, 0.5, 0.8, 1.0]);
    let truth = graded.truth_of(&primary[0].candidate, primary[0].metric).expect("a truth");
    let (first, last) = (primary[0].value.expect("V(0)"), primary[4].value.expect("V(1)"));
    assert_eq!((first.value, last.value), (truth.value_control, truth.value_candidate));
    for row in &primary[1..4] {
        let [direct, spillover, total] =
            [row.direct, row.spillover, row.total].map(|measure| measure.expect("an effect").value);
        // Means of the same few numbers, summed in different order.
        assert!((direct + spillover - total).abs() < 1e-9 * total.abs().max(1.0), "{row:?}");
    }
}

#[test]
fn an_estimate_of_the_direct_effect_is_graded_against_the_world_of_its_share() {
    let scenario = scenario("", &["study.curve=[0.5]"]);
    let graded = graded(&scenario);
    let own = |estimand: Estimand| {
        graded.performance.iter().find(|row| {
            row.design == "request" && row.estimand == estimand && row.metric == scenario.study.primary.name
        })
    };
    let direct =
        own(Estimand::Direct { share: Some(0.5) }).expect("a row").result.as_ref().expect("a result");
    let launch = own(Estimand::Gte).expect("a row").result.as_ref().expect("a result");
    assert_eq!(direct.mean_estimate, launch.mean_estimate);
    assert!(direct.truth.value != launch.truth.value);
}

#[test]
fn segments_part_the_requests_and_their_truths_weigh_up_to_that_of_everybody() {
    let scenario = scenario("", &["study.segments=[\"region\", \"load\"]"]);
    let graded = graded(&scenario);
    let primary = scenario.study.primary.name;
    let names: Vec<&str> = graded
        .truth
        .iter()
        .filter(|truth| truth.metric.name == primary)
        .map(|truth| truth.segment.as_str())
        .collect();
    assert!(names.contains(&EVERYBODY) && names.contains(&"load=low") && names.contains(&"load=high"));
    let value = |segment: &str| {
        let candidate = &scenario.policies[1].name;
        graded.truth_within(candidate, primary, segment).expect("a truth").value_control
    };
    // Who comes to a busy gateway waits longer.
    assert!(value("load=high") > value("load=low"));
    let regions: Vec<f64> =
        names.iter().filter(|name| name.starts_with("region=")).map(|name| value(name)).collect();
    let (least, most) = regions.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    assert!(regions.len() > 1 && least <= value(EVERYBODY) && value(EVERYBODY) <= most);
}

#[test]
fn an_estimator_of_the_scenario_adds_rows_and_one_with_a_basic_name_takes_its_place() {
    let wild = "[[estimator]]\nkind = \"cluster_regression\"\nname = \"wild\"\ninference = \"wild\"\n\
                [[estimator]]\nkind = \"cluster_regression\"\ninference = \"cr3\"\n";
    let scenario = scenario(wild, &[]);
    let graded = graded(&scenario);
    let vcov = |name: &str| {
        let row = graded.estimates.iter().find(|row| row.design == "cluster" && row.estimator == name);
        row.expect("a row").result.map(|found| found.vcov)
    };
    assert_eq!(vcov("cluster_regression"), Ok("CR3-tG1"));
    assert!(vcov("wild").is_ok_and(|vcov| vcov.starts_with("CR2+WCR")));
}

#[test]
fn an_estimator_that_suits_no_design_is_refused_with_what_it_is_for() {
    let text = format!("{SMALL}\n[[estimator]]\nkind = \"saturation_regression\"\n");
    let document = Document::parse("small", &text).expect("TOML");
    let Err(problems) = resolve(document, &|_| Err(std::io::ErrorKind::NotFound.into())) else {
        panic!("it was taken")
    };
    assert!(problems.to_string().contains("made for designs by saturation"), "{problems}");
}
