use super::*;
use crate::rng::{Purpose, Streams};
use crate::stats::{Replicate, difference_from, normal_quantile, performance};
use crate::study::tables::TruthRow;

const METRIC: &str = "ttft_ms_mean";
const LUCK: [f64; 6] = [-1.3, 0.2, 0.9, -0.4, 1.4, -0.8];

/// A study of one candidate whose estimates find `found` of an effect of -100 and `shift` on top.
fn study(designs: &[&str], found: f64, shift: f64) -> Graded {
    let mut graded = Graded::default();
    let truths = LUCK.map(|luck| -100.0 + 4.0 * luck);
    for (replication, effect) in (0..).zip(truths) {
        let (candidate, segment) = ("new".to_owned(), EVERYBODY.to_owned());
        graded.truth_rows.push(TruthRow {
            candidate,
            metric: METRIC,
            segment,
            replication,
            value_control: 500.0,
            value_candidate: 500.0 + effect,
        });
    }
    let effect = Measure::mean(&graded.truth_rows.iter().map(TruthRow::effect).collect::<Vec<_>>()).unwrap();
    graded.truth.push(Truth {
        candidate: "new".to_owned(),
        metric: crate::record::Metric::named(METRIC).unwrap(),
        segment: EVERYBODY.to_owned(),
        value_control: 500.0,
        value_candidate: 500.0 + effect.value,
        effect,
        n_replications: truths.len(),
    });
    for design in designs {
        let replicates = estimates(&mut graded, design, &truths, found, shift);
        graded.performance.push(PerformanceRow {
            candidate: "new".to_owned(),
            design: (*design).to_owned(),
            estimator: "difference_in_means".to_owned(),
            metric: METRIC,
            segment: EVERYBODY.to_owned(),
            estimand: Estimand::Gte,
            n_asked: replicates.len(),
            n_answered: replicates.len(),
            result: performance(&replicates, 0, effect.value, effect.mcse, false),
            null: None,
            mean_decomposition: None,
        });
    }
    graded
}

fn estimates(graded: &mut Graded, design: &str, truths: &[f64; 6], found: f64, shift: f64) -> Vec<Replicate> {
    let mut replicates = Vec::new();
    for (at, paired_truth) in truths.iter().copied().enumerate() {
        let estimate = found * paired_truth + 7.0 * LUCK[(at + 2) % 6] + shift;
        let difference = difference_from(estimate, 6.0, 30.0, 40, "welch").unwrap();
        graded.estimates.push(EstimateRow {
            candidate: "new".to_owned(),
            design: design.to_owned(),
            estimator: "difference_in_means".to_owned(),
            metric: METRIC,
            segment: EVERYBODY.to_owned(),
            replication: at as u32,
            estimand: Estimand::Gte,
            paired_truth: Some(paired_truth),
            result: Ok(difference),
            arms: None,
            decomposition: None,
            null: None,
        });
        replicates.push(Replicate {
            estimate,
            std_error: difference.std_error,
            conf_low: difference.conf_low,
            conf_high: difference.conf_high,
            p_value: difference.p_value,
            paired_truth,
        });
    }
    replicates
}

fn row<'a>(rows: &'a [ComparedRow], design: &str, measure: ComparedMeasure) -> &'a ComparedRow {
    rows.iter().find(|row| row.design == design && row.measure == measure).unwrap()
}

#[test]
fn the_mean_share_is_the_measure_of_the_report_card() {
    let graded = study(&["user"], 0.7, 3.0);
    let judged = &by_key(&graded)[&("new", "user", "difference_in_means", METRIC)];
    let performance = judged.row.result.unwrap();
    let answers: Vec<Answer> = judged.answers().into_iter().map(|(_, answer)| answer).collect();
    for measure in ComparedMeasure::ALL {
        let mean = Measure::mean(&shares(&answers, measure).unwrap()).unwrap();
        let card = measure.of(&performance);
        // Sums in another order.
        assert!((mean.value - card.value).abs() <= 1e-12 * card.value.abs(), "{measure:?} {mean:?} {card:?}");
        // So is the error; a share of 0 or 1 has another one (Measure::share), and that of the RMSE takes the truth as known.
        if [ComparedMeasure::Truth, ComparedMeasure::Bias].contains(&measure) {
            assert!((mean.mcse / card.mcse - 1.0).abs() < 1e-12, "{measure:?} {mean:?} {card:?}");
        }
    }
}

#[test]
fn without_a_change_the_test_of_the_rmse_rejects_as_often_as_it_says() {
    // Biased estimates around a truth that is noisier than they are: most of the noise of the RMSE is the truth's.
    const PAIRS: u64 = 400;
    let draws = Streams::new(11, 0).family(Purpose::Resampling);
    let sample = |number: u64| {
        let normal = |entity: u64| normal_quantile(draws.uniform(entity));
        let answers: Vec<Answer> = (80 * number..80 * number + 40)
            .map(|entity| Answer {
                estimate: -60.0 + 5.0 * normal(entity),
                conf_low: -70.0,
                conf_high: -50.0,
                paired_truth: -100.0 + 20.0 * normal(entity + 40),
            })
            .collect();
        shares(&answers, ComparedMeasure::Rmse).unwrap()
    };
    let rejects = |pair: &u64| {
        let change = Change::between(&sample(2 * pair), &sample(2 * pair + 1), Pairing::Independent).unwrap();
        change.test.unwrap().p_value < 0.05
    };
    let share = (0..PAIRS).filter(rejects).count() as f64 / PAIRS as f64;
    // Three binomial standard errors of 0.011 around 0.05; taking the truth as known rejects in most of them.
    assert!((0.017..0.083).contains(&share), "{share}");
}

#[test]
fn more_replications_alone_change_nothing() {
    let (whole, mut part) = (study(&["user"], 0.7, 0.0), study(&["user"], 0.7, 0.0));
    part.estimates.truncate(4);
    part.truth_rows.truncate(4);
    for row in compare(&part, &whole, Pairing::ByReplication) {
        let change = row.change.unwrap();
        assert_eq!((change.value, change.n_before, change.n_after), (0.0, 4, 4), "{row:?}");
    }
}

#[test]
fn a_study_compared_with_itself_has_not_changed_and_every_p_is_one() {
    let graded = study(&["user", "cluster"], 0.7, 0.0);
    for pairing in [Pairing::ByReplication, Pairing::Independent] {
        let rows = compare(&graded, &graded, pairing);
        assert_eq!(rows.len(), 1 + 2 * 3);
        for row in &rows {
            let change = row.change.unwrap();
            assert_eq!((change.value, change.test.unwrap().p_value, row.note().as_str()), (0.0, 1.0, ""));
            assert_eq!(row.before, row.after);
        }
    }
}

#[test]
fn a_shift_of_all_estimates_is_the_change_of_the_bias() {
    let (before, after) = (study(&["user"], 0.7, 0.0), study(&["user"], 0.7, 5.0));
    for pairing in [Pairing::ByReplication, Pairing::Independent] {
        let rows = compare(&before, &after, pairing);
        let bias = row(&rows, "user", ComparedMeasure::Bias).change.unwrap();
        // Sums of numbers of about a hundred.
        assert!((bias.value - 5.0).abs() < 1e-12, "{bias:?}");
        assert_eq!(row(&rows, "", ComparedMeasure::Truth).change.unwrap().value, 0.0);
    }
    let paired = compare(&before, &after, Pairing::ByReplication);
    let bias = row(&paired, "user", ComparedMeasure::Bias);
    // No noise, but six signs alike: 2 of 2⁶.
    assert_eq!(bias.change.unwrap().test, Ok(ChangeTest { std_error: 0.0, p_value: 0.031_25 }));
    assert_eq!(bias.note(), "");
}

#[test]
fn swapping_the_studies_flips_signs_and_keeps_p() {
    let (one, two) = (study(&["user", "cluster"], 0.7, 0.0), study(&["user", "cluster"], 0.95, 1.0));
    for pairing in [Pairing::ByReplication, Pairing::Independent] {
        let (there, back) = (compare(&one, &two, pairing), compare(&two, &one, pairing));
        let changed = there.iter().filter(|row| row.change.unwrap().value != 0.0).count();
        assert!(changed >= 4, "only {changed} measures changed");
        for (there, back) in there.iter().zip(&back) {
            assert_eq!((there.before, there.after), (back.after, back.before));
            let (there, back) = (there.change.unwrap(), back.change.unwrap());
            assert_eq!((there.value, there.test), (-back.value, back.test));
        }
    }
}

#[test]
fn rows_that_one_study_lacks_and_rows_without_an_answer_say_so() {
    let (mut before, after) = (study(&["user", "cluster"], 0.7, 0.0), study(&["user", "shadow"], 0.7, 0.0));
    before.performance[0].result = Err(NotEstimable::NoOverlap);
    let rows = compare(&before, &after, Pairing::ByReplication);
    let note = |design| row(&rows, design, ComparedMeasure::Rmse).note();
    assert_eq!(note("user"), format!("before {}", NotEstimable::NoOverlap.note()));
    assert_eq!((note("cluster").as_str(), note("shadow").as_str()), ("only_before", "only_after"));
    assert!(rows.iter().all(|row| row.design.is_empty() || row.change.is_none()));
}

#[test]
fn p_values_are_adjusted_within_a_measure_and_a_metric_only() {
    let designs = ["user", "cluster"];
    let mut rows = compare(&study(&designs, 0.7, 0.0), &study(&designs, 0.95, 1.0), Pairing::ByReplication);
    let mut other = rows[1].clone();
    other.metric = "e2e_ms_mean";
    rows.push(other);
    adjust(&mut rows, METRIC);
    for row in &rows[..7] {
        let test = row.change.unwrap().test;
        let family = if row.measure == ComparedMeasure::Truth { 1.0 } else { 2.0 };
        // Both designs have the same estimates, so that Holm doubles both.
        assert_eq!(row.adjusted_p, test.ok().map(|test| (family * test.p_value).min(1.0)));
    }
    assert_eq!(rows[7].adjusted_p, None);
}
