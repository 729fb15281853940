//! The ladder of known answers at every test run: tiers 0 and 1, at the master seed of `contention verify`.

use contention::verify::{Bench, CASES, Summary, Verdict, run_case};

/// Climb to `tier`, print what does not pass, and say how the z-scores spread.
fn climb(tier: u8) -> Summary {
    let bench = Bench::new(0, 1, &|_| {});
    let mut summary = Summary::default();
    for case in CASES {
        for check in run_case(case, tier, &bench) {
            summary.add(&check);
            if check.verdict() != Verdict::Pass {
                println!("{} {check:?} z {:?}: contention verify --case {}", case.id, check.z(), case.id);
            }
        }
    }
    summary
}

#[test]
fn every_known_answer_up_to_tier_1_is_met() {
    let summary = climb(1);
    assert_eq!(summary.failed, 0, "of {} comparisons", summary.checks);
    assert!(summary.checks > 700 && summary.z.len() > 100, "{} {}", summary.checks, summary.z.len());
    // Checks of one study share its draws, so that 120 scores carry the information of some 30 (one a study): the mean of so
    // many standard normals is within 4/√30, and their spread within four of its standard errors, 1/√60.
    let (mean, sd) = summary.spread().expect("scores");
    assert!(mean.abs() < 4.0 / 30f64.sqrt() && (sd - 1.0).abs() < 4.0 / 60f64.sqrt(), "{mean} {sd}");
}

#[test]
fn ids_are_unique_and_every_case_says_what_why_and_where_from() {
    for (at, case) in CASES.iter().enumerate() {
        assert!(CASES[..at].iter().all(|other| other.id != case.id), "{}", case.id);
        assert!(case.claim.len() > 20 && case.derivation.len() > 20 && case.source.len() > 5, "{}", case.id);
        assert!(case.parts.windows(2).all(|pair| pair[0].tier <= pair[1].tier), "{}", case.id);
    }
}
