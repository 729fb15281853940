//! Regression of the units' means on their arm, weighted by size, so that the coefficient is the difference of the arms' ratios
//! of sums, with a choice of inference for few clusters or blocks:
//! `cr2` (Satterthwaite's degrees of freedom), `cr1`, `cr3` (t on units less one), `wild` (bootstrap-t with the null imposed,
//! Rademacher; p-value and interval, an end that does not exist within its resolution being CR2's), `permutation` (of the
//! design's units, strata or pairs; p-value, with CR2's error and interval), `bootstrap` (of units within arms; normal).
//!
//! A p-value of the wild bootstrap is no smaller than 2^{1−G}, one of a permutation no smaller than 2/C(G, G/2): with few units
//! no effect is significant. Draws are keyed by their number alone, so that the same log gives the same p-value.

use crate::design::{Structure, Unit};
use crate::estimate::{Arms, Contrast, Estimator, EstimatorSpec, Point, Sample};
use crate::rng::{Family, Purpose, Streams};
use crate::stats::{
    CONFIDENCE_LEVEL, ClusterKind, Clusters, Column, Difference, Mechanism, NotEstimable, SMALLEST_P,
    UnitTotals, WildBootstrap, WildNull, WildWeights, cluster_bootstrap, clustered_test, least_squares,
    permutation_test, ratio_of_sums,
};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "cluster_regression",
    about: "units' means on their arm, weighted by size; `inference` cr2, cr1, cr3, wild, permutation, bootstrap",
    units: &[Unit::User, Unit::Cluster, Unit::Block, Unit::ClusterBlock],
    needs: &[],
    uses: &[],
    basic: &[Unit::Cluster],
    build: |section| {
        let inference = section.choice("inference", Some("cr2"), INFERENCES).unwrap_or(Inference::Cr2);
        let draws = section.integer("draws", Some(999), 99..=1_000_000) as usize;
        Box::new(ClusterRegression { inference, draws })
    },
};

const INFERENCES: &[(&str, Inference)] = &[
    ("cr2", Inference::Cr2),
    ("cr1", Inference::Cr1),
    ("cr3", Inference::Cr3),
    ("wild", Inference::Wild),
    ("permutation", Inference::Permutation),
    ("bootstrap", Inference::Bootstrap),
];

/// More assignments than this are drawn instead of enumerated.
const ENUMERATED: u64 = 20_000;

const DRAWS: Family = Streams::new(0, 0).family(Purpose::Resampling);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inference {
    Cr2,
    Cr1,
    Cr3,
    Wild,
    Permutation,
    Bootstrap,
}

struct ClusterRegression {
    inference: Inference,
    draws: usize,
}

/// The units with rows that count: number, arm, totals.
type Units = Vec<(usize, bool, UnitTotals)>;

fn units(sample: &Sample<'_>) -> Result<Units, NotEstimable> {
    let rows = sample.after_washout().linear_unit_rows()?;
    let counting = rows.into_iter().filter(|unit| unit.totals.denominator > 0.0);
    Ok(counting.map(|unit| (unit.unit, unit.treated, unit.totals)).collect())
}

fn arms_of<'a>(units: impl Iterator<Item = (bool, &'a UnitTotals)> + Clone) -> Result<Arms, NotEstimable> {
    let ratio = |arm: bool| {
        let own = units.clone().filter(|(own, _)| *own == arm);
        ratio_of_sums(&own.map(|(_, totals)| *totals).collect::<Vec<_>>())
    };
    Ok(Arms { treated: ratio(true)?, control: ratio(false)? })
}

/// The design's mechanism over the units that were seen, with as many treated as there were.
fn mechanism(structure: &Structure, units: &Units) -> Mechanism {
    let assignment: Vec<bool> = units.iter().map(|(_, arm, _)| *arm).collect();
    match structure {
        Structure::Plain | Structure::Alternating => {
            Mechanism::complete(units.len(), assignment.iter().filter(|arm| **arm).count())
        }
        Structure::Strata(groups) | Structure::Pairs(groups) => {
            let groups: Vec<u32> = units.iter().map(|(unit, _, _)| groups[*unit]).collect();
            Mechanism::blocked(&groups, &assignment)
        }
    }
}

impl ClusterRegression {
    fn bootstrap(&self, units: &Units) -> Result<Difference, NotEstimable> {
        let (mut sorted, mut treated) = (units.clone(), 0);
        sorted.sort_by_key(|(_, arm, _)| !arm);
        treated += sorted.iter().filter(|(_, arm, _)| *arm).count();
        let statistic = |counts: &[u32]| {
            let drawn: Vec<(bool, UnitTotals)> = counts
                .iter()
                .zip(&sorted)
                .map(|(count, (_, arm, totals))| {
                    let times = f64::from(*count);
                    let totals = UnitTotals {
                        numerator: times * totals.numerator,
                        denominator: times * totals.denominator,
                    };
                    (*arm, totals)
                })
                .collect();
            arms_of(drawn.iter().map(|(arm, totals)| (*arm, totals))).map(|arms| arms.effect())
        };
        let sizes = [treated, sorted.len() - treated];
        cluster_bootstrap(&sizes, self.draws, DRAWS, statistic)?.difference(units.len())
    }

    fn permutation(
        &self,
        sample: &Sample<'_>,
        units: &Units,
        found: Difference,
    ) -> Result<Difference, NotEstimable> {
        let assignment: Vec<bool> = units.iter().map(|(_, arm, _)| *arm).collect();
        let statistic = |arms: &[bool]| {
            arms_of(arms.iter().copied().zip(units.iter().map(|(_, _, totals)| totals)))
                .map_or(f64::NAN, |arms| arms.effect())
        };
        let mechanism = mechanism(&sample.frame.structure, units);
        let test =
            permutation_test(&assignment, &mechanism, ENUMERATED, self.draws as u64, DRAWS, statistic)?;
        Ok(Difference { p_value: test.p_value.max(SMALLEST_P), vcov: test.vcov(), ..found })
    }
}

impl Estimator for ClusterRegression {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let units = units(sample)?;
        let arms = arms_of(units.iter().map(|(_, arm, totals)| (*arm, totals)))?;
        if self.inference == Inference::Bootstrap {
            return Ok(Contrast { arms: Some(arms), difference: self.bootstrap(&units)? });
        }
        let ones = vec![1.0; units.len()];
        let arm: Vec<f64> = units.iter().map(|(_, arm, _)| if *arm { 1.0 } else { 0.0 }).collect();
        let size: Vec<f64> = units.iter().map(|(_, _, totals)| totals.denominator).collect();
        let outcome: Vec<f64> =
            units.iter().map(|(_, _, totals)| totals.numerator / totals.denominator).collect();
        let columns = [Column { name: "intercept", values: &ones }, Column { name: "treated", values: &arm }];
        let fit = least_squares(&outcome, &columns, Some(&size))?;
        let clusters = Clusters::of(&units.iter().map(|(unit, _, _)| *unit as u32).collect::<Vec<_>>())?;
        let contrast = fit.unit_contrast(1);
        let kind = match self.inference {
            Inference::Cr1 => ClusterKind::Cr1,
            Inference::Cr3 => ClusterKind::Cr3,
            _ => ClusterKind::Cr2,
        };
        let found = clustered_test(&fit, &clusters, kind, &contrast)?;
        let difference = match self.inference {
            Inference::Permutation => self.permutation(sample, &units, found)?,
            Inference::Wild => {
                let wild = WildBootstrap::of(&fit, &clusters, &contrast)?;
                let (null, weights) = (WildNull::Imposed, WildWeights::Rademacher);
                let test = wild.test(0.0, null, weights, self.draws, DRAWS);
                let (low, high) = wild.interval(CONFIDENCE_LEVEL, null, weights, self.draws, DRAWS);
                Difference {
                    p_value: test.p_value,
                    conf_low: low.unwrap_or(found.conf_low),
                    conf_high: high.unwrap_or(found.conf_high),
                    vcov: test.vcov,
                    ..found
                }
            }
            _ => found,
        };
        Ok(Contrast { arms: Some(arms), difference })
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        let units = units(sample)?;
        let arms = arms_of(units.iter().map(|(_, arm, totals)| (*arm, totals)))?;
        Ok(Point { effect: arms.effect(), arms: Some(arms) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::fixture::estimator;
    use crate::estimate::{Frame, NamedColumn, Target};

    /// Six clusters of unlike size, three treated; outcomes 1 to 6 by cluster but for the fourth.
    fn log() -> (Frame, Vec<f64>) {
        let (mut frame, mut y, mut x) = (Frame { units: 6, ..Frame::default() }, Vec::new(), Vec::new());
        for cluster in 0..6_u32 {
            for row in 0..3 + cluster % 2 {
                frame.treated.push(cluster >= 3);
                frame.unit.push(cluster);
                y.push([1.0, 2.0, 3.0, 7.0, 5.0, 6.0][cluster as usize] + 0.1 * f64::from(row));
                x.push(f64::from(cluster % 3));
            }
        }
        frame.covariates = vec![NamedColumn { name: "before".to_owned(), values: x }];
        (frame, y)
    }

    #[test]
    fn every_inference_has_the_difference_of_the_arms_and_its_own_name() {
        let (frame, y) = log();
        let ones = vec![1.0; y.len()];
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        let plain = sample.arms().unwrap().effect();
        for (inference, vcov) in [
            ("cr2", "CR2-satt"),
            ("cr1", "CR1-tG1"),
            ("cr3", "CR3-tG1"),
            ("wild", "WCR-rademacher"),
            ("permutation", "perm-exact"),
            ("bootstrap", "bootstrap"),
        ] {
            let estimator = estimator("cluster_regression", &format!("inference = \"{inference}\""));
            let found = estimator.estimate(&sample).unwrap().difference;
            assert!((found.effect - plain).abs() < 1e-12, "{inference}: {found:?}");
            assert_eq!((found.vcov, found.n_units), (vcov, 6));
            assert!((estimator.point(&sample).unwrap().effect - plain).abs() < 1e-12);
            match inference {
                // The treated are the three largest of six: 2 of C(6, 3) = 20 splits are as far apart.
                "permutation" => assert_eq!(found.p_value, 0.1),
                "wild" => assert!(found.p_value >= 1.0 / 32.0),
                _ => {}
            }
        }
    }

    #[test]
    fn covariates_that_say_nothing_of_the_arm_leave_the_effect_near_and_no_unit_is_counted_twice() {
        let (frame, y) = log();
        let ones = vec![1.0; y.len()];
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        let plain = sample.arms().unwrap().effect();
        let adjusted =
            estimator("ols_adjusted", "adjustment = \"ancova\"").estimate(&sample).unwrap().difference;
        let cuped = estimator("cuped", "column = \"before\"").estimate(&sample).unwrap().difference;
        assert!(
            (adjusted.effect - plain).abs() < 0.5 && (cuped.effect - plain).abs() < 0.5,
            "{adjusted:?} {cuped:?}"
        );
        assert_eq!((adjusted.vcov, adjusted.n_units, cuped.vcov, cuped.n_units), ("CR2-satt", 6, "welch", 6));
    }
}
