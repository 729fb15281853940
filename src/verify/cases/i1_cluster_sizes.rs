//! Sizes of cluster-robust tests.

use crate::estimate::{Frame, NamedEstimator, Sample, Target};
use crate::rng::{Purpose, Streams};
use crate::stats::{normal_quantile, student_t_two_sided_p};
use crate::verify::bench::{estimator, estimator_with};
use crate::verify::exact::cluster_tests::{
    Reference, Variance, critical_t, size, smallest_randomisation_p, two_sided_p_even, welch_size,
};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "I1",
    claim: "with few clusters a nominal 5 % test rejects far too often by plain residuals and the normal \
            law, and rightly by CR2 and t(G-2)",
    derivation: "G normal cluster means, g = G/2 treated: t ~ t(G-2), t_CR0 = t sqrt(g/(g-1)), t_CR1 = t_CR0 \
                 sqrt((G-1)/G), t_CR2 = t, t_CR3 = t sqrt((g-1)/g). Size = P(|t| > critical value without \
                 the factor). Second route to the tail: the finite sum for even degrees of freedom. \
                 Re-randomising cannot go below 2/C(G, G/2)",
    source: "derived here; factors of Bell and McCaffrey 2002; published rejection rates: Cameron and Miller \
             2015",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: logged }],
};

/// The tests, in the order of the printed columns.
const TESTS: [(Variance, Reference, &str); 7] = [
    (Variance::Cr0, Reference::Normal, "CR0 normal"),
    (Variance::Cr1, Reference::Normal, "CR1 normal"),
    (Variance::Cr2, Reference::Normal, "CR2 normal"),
    (Variance::Cr3, Reference::Normal, "CR3 normal"),
    (Variance::Cr1, Reference::ClustersLessOne, "CR1 t(G-1)"),
    (Variance::Cr2, Reference::ClustersLessOne, "CR2 t(G-1)"),
    (Variance::Cr3, Reference::ClustersLessOne, "CR3 t(G-1)"),
];

/// Clusters, sizes, smallest p by re-randomising with half a unit of its last digit.
const PRINTED: [(u32, [f64; 7], f64, f64); 4] = [
    (6, [0.184_783, 0.154_466, 0.121_560, 0.074_320, 0.083_012, 0.061_941, 0.034_570], 0.1, 1e-6),
    (10, [0.117_686, 0.101_809, 0.085_663, 0.059_799, 0.065_509, 0.053_542, 0.035_301], 0.007_937, 1e-6),
    (20, [0.079_398, 0.072_515, 0.065_668, 0.053_531, 0.056_608, 0.050_779, 0.040_600], 1.082_51e-5, 5e-11),
    (50, [0.060_764, 0.058_285, 0.055_819, 0.051_134, 0.052_421, 0.050_116, 0.045_745], 1.6e-14, 5e-16),
];

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (clusters, sizes, smallest, half_digit) in PRINTED {
        for ((variance, reference, name), printed) in TESTS.into_iter().zip(sizes) {
            let t = critical_t(clusters, variance, reference);
            let df = clusters - 2;
            checks.push(Check::function(
                format!("{name}, G {clusters}"),
                printed,
                size(clusters, variance, reference),
            ));
            checks.push(Check::within(
                format!("tail of t({df}) at {t:.3}"),
                two_sided_p_even(t, df),
                student_t_two_sided_p(t, f64::from(df)),
                1e-12,
            ));
        }
        let found = smallest_randomisation_p(clusters);
        checks.push(Check::within(
            format!("smallest randomisation p, G {clusters}"),
            smallest,
            found,
            half_digit,
        ));
    }
    checks
}

/// The registered estimators on logs of one row a cluster, normal, without an effect.
fn logged(bench: &Bench<'_>) -> Vec<Check> {
    const TRIALS: u32 = 20_000;
    let regression =
        |inference: &str| estimator_with("cluster_regression", &format!("inference = \"{inference}\""));
    let mut checks = Vec::new();
    for clusters in [6, 10, 20] {
        let by_t = |variance| size(clusters, variance, Reference::ClustersLessOne);
        let mut tests = vec![
            ("cr2, Satterthwaite", regression("cr2"), 0.05),
            ("cr1, t(G-1)", regression("cr1"), by_t(Variance::Cr1)),
            ("cr3, t(G-1)", regression("cr3"), by_t(Variance::Cr3)),
            ("cluster_means, Welch", estimator("cluster_means"), welch_size(clusters)),
        ];
        if clusters < 20 {
            // Both arms' splits have the same p-value: so many pairs of 2/C(G, G/2) fit strictly below 5 %.
            let smallest = smallest_randomisation_p(clusters);
            let below = (0.05 / smallest).ceil() - 1.0;
            tests.push(("permutation", regression("permutation"), below * smallest));
        }
        let rejects = bench.logs(&format!("{clusters} normal clusters"), TRIALS, |_, streams| {
            trial(&tests, clusters, streams)
        });
        for (at, (name, _, exact)) in tests.iter().enumerate() {
            let share = rejects.iter().filter(|rejects| rejects[at]).count() as f64 / f64::from(TRIALS);
            let what = format!("{name} on logs, G {clusters}");
            checks.push(if *exact == 0.0 {
                Check::within(what, 0.0, share, 0.0)
            } else {
                Check::share(what, *exact, share, TRIALS as usize, 0.01)
            });
        }
    }
    checks
}

/// Which tests reject on one log.
fn trial(tests: &[(&str, NamedEstimator, f64)], clusters: u32, streams: Streams) -> Vec<bool> {
    let draws = streams.family(Purpose::ChainStep);
    let y: Vec<f64> = (0..clusters).map(|c| normal_quantile(draws.uniform(u64::from(c)))).collect();
    let frame = Frame {
        treated: (0..clusters).map(|cluster| cluster % 2 == 0).collect(),
        unit: (0..clusters).collect(),
        units: clusters as usize,
        ..Frame::default()
    };
    let ones = vec![1.0; y.len()];
    let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
    let rejects = |(name, estimator, _): &(&str, NamedEstimator, f64)| match estimator.estimate(&sample) {
        Ok(found) => found.difference.p_value < 0.05,
        Err(reason) => panic!("{name}: {reason:?}"),
    };
    tests.iter().map(rejects).collect()
}
