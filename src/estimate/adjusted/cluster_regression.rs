//! Regression of the units' means on their arm, weighted by size, so that the coefficient is the difference of the arms' ratios
//! of sums, with a choice of inference for few clusters or blocks:
//! `cr2` (Satterthwaite's degrees of freedom), `cr1`, `cr3` (t on units less one), `wild` (bootstrap-t with the null imposed,
//! Rademacher), `permutation` (of the design's units, strata or pairs), `bootstrap` (of units within arms, n − 1 of n; Welch's
//! degrees of freedom).
//!
//! P-value and interval come from one procedure: the tests of `wild` and `permutation` are inverted. Their `vcov` names the
//! standard error before the plus, and after it what p-value and interval are of. A p-value of the wild bootstrap is no smaller
//! than 2^{1−G}, one of a permutation no smaller than 2/C(G, G/2): with few units no effect is significant, and no interval
//! exists. A permutation of a quantile takes the rows' own quantiles under every assignment, with the standard deviation over
//! assignments for a standard error; it is exact with ties. One unit alone in an arm has no variance; only `permutation` answers.
//! Draws are keyed by their number alone, so that the same log gives the same p-value.

use super::quantile_ranks::QuantileRanks;
use crate::design::{Structure, Unit};
use crate::estimate::weighting::arm_name;
use crate::estimate::{Arms, Contrast, Estimator, EstimatorSpec, FEW_UNITS_OF_AN_ARM, Point, Sample, Target};
use crate::rng::{Family, Purpose, Streams};
use crate::stats::{
    ArmRatio, CONFIDENCE_LEVEL, ClusterKind, Clusters, Column, ColumnName, Difference, LinearFit, Mechanism,
    Moments, NotEstimable, SMALLEST_P, UnderShift, UnitTotals, WildBootstrap, WildNull, WildWeights,
    cluster_bootstrap, clustered_test, difference_from, least_squares, permutation_interval,
    permutation_test, ratio_of_sums, welch,
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
///
/// # Errors
/// `FewAssignments` where nothing else could have been drawn, as with one arm in every stratum.
fn mechanism(structure: &Structure, units: &Units) -> Result<Mechanism, NotEstimable> {
    let (numbers, assignment): (Vec<usize>, Vec<bool>) =
        units.iter().map(|(unit, arm, _)| (*unit, *arm)).unzip();
    mechanism_of(structure, &numbers, &assignment)
}

fn mechanism_of(
    structure: &Structure,
    units: &[usize],
    assignment: &[bool],
) -> Result<Mechanism, NotEstimable> {
    let mechanism = match structure {
        Structure::Strata(groups) | Structure::Pairs(groups) => {
            let groups: Vec<u32> = units.iter().map(|unit| groups[*unit]).collect();
            Mechanism::blocked(&groups, assignment)
        }
        _ => Mechanism::complete(units.len(), assignment.iter().filter(|arm| **arm).count()),
    };
    if mechanism.count() == Some(1) { Err(NotEstimable::FewAssignments) } else { Ok(mechanism) }
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
        let welch = ArmRatio::of_both(units.iter().map(|(_, arm, totals)| (*arm, *totals)))
            .and_then(|[control, treated]| welch(&treated, &control))?;
        cluster_bootstrap(&sizes, self.draws, DRAWS, statistic)?.difference(welch.df, units.len())
    }

    /// p-value and interval over all assignments; `found` has the standard error.
    fn permutation(
        &self,
        structure: &Structure,
        units: &Units,
        found: Difference,
    ) -> Result<Difference, NotEstimable> {
        let assignment: Vec<bool> = units.iter().map(|(_, arm, _)| *arm).collect();
        // Less the effect τ of each treated unit's rows the numerators are y − τx: with the used arms as outcomes, the statistic
        // is by how much a difference falls.
        let ratios = |arms: &[bool], numerator: &dyn Fn(usize) -> f64| {
            let mut sums = [[0.0; 2]; 2];
            for (unit, (arm, (_, _, totals))) in arms.iter().zip(units).enumerate() {
                sums[usize::from(*arm)][0] += numerator(unit);
                sums[usize::from(*arm)][1] += totals.denominator;
            }
            sums[1][0] / sums[1][1] - sums[0][0] / sums[0][1]
        };
        let level = |arms: &[bool]| ratios(arms, &|unit| units[unit].2.numerator);
        let slope = |arms: &[bool]| {
            ratios(arms, &|unit| if assignment[unit] { units[unit].2.denominator } else { 0.0 })
        };
        let mechanism = mechanism(structure, units)?;
        let mut shifts = Vec::new();
        let statistic = |arms: &[bool]| {
            shifts.push(UnderShift { level: level(arms), slope: slope(arms) });
            shifts.last().map_or(f64::NAN, |shift| shift.level)
        };
        let test =
            permutation_test(&assignment, &mechanism, ENUMERATED, self.draws as u64, DRAWS, statistic)?;
        // The first statistic is that of the data themselves.
        let (low, high, highest) =
            permutation_interval(found.effect, &shifts[1..], test.exact, 1.0 - CONFIDENCE_LEVEL);
        Ok(Difference {
            p_value: test.p_value.max(SMALLEST_P),
            conf_low: low,
            conf_high: high,
            highest_level: highest,
            vcov: if test.exact { "CR2+perm-exact" } else { "CR2+perm" },
            ..found
        })
    }

    /// The permutation test where an arm has one unit: the standard deviation over assignments stands for the standard error.
    fn lone_permutation(
        &self,
        structure: &Structure,
        units: &Units,
        arms: Arms,
    ) -> Result<Difference, NotEstimable> {
        let assignment: Vec<bool> = units.iter().map(|(_, arm, _)| *arm).collect();
        let mut drawn = Vec::new();
        let statistic = |arms: &[bool]| {
            let found = arms_of(arms.iter().copied().zip(units.iter().map(|(_, _, totals)| totals)));
            drawn.push(found.map_or(f64::NAN, |arms| arms.effect()));
            drawn.last().copied().unwrap_or(f64::NAN)
        };
        let mechanism = mechanism(structure, units)?;
        let test =
            permutation_test(&assignment, &mechanism, ENUMERATED, self.draws as u64, DRAWS, statistic)?;
        let known: Vec<f64> = drawn.into_iter().skip(1).filter(|value| value.is_finite()).collect();
        let std_error = Moments::of(&known)?.variance.sqrt();
        let found = difference_from(arms.effect(), std_error, f64::INFINITY, units.len(), test.vcov())?;
        self.permutation(structure, units, found).map(|found| Difference { vcov: test.vcov(), ..found })
    }

    /// A permutation test of a quantile of the rows; no interval, because no shift of the outcomes is assumed.
    fn quantile_permutation(&self, sample: &Sample<'_>, p: f64) -> Result<Contrast, NotEstimable> {
        let sample = sample.after_washout();
        let (ranks, assignment, numbers) = QuantileRanks::of(&sample, p)?;
        let arms = ranks.arms(&assignment).ok_or(NotEstimable::EmptyArm)?;
        let mechanism = mechanism_of(&sample.frame.structure, &numbers, &assignment)?;
        let mut drawn = Vec::new();
        let statistic = |arms: &[bool]| {
            drawn.push(ranks.arms(arms).map_or(f64::NAN, |arms| arms.effect()));
            drawn.last().copied().unwrap_or(f64::NAN)
        };
        let test =
            permutation_test(&assignment, &mechanism, ENUMERATED, self.draws as u64, DRAWS, statistic)?;
        let known: Vec<f64> = drawn.into_iter().skip(1).filter(|value| value.is_finite()).collect();
        let std_error = Moments::of(&known)?.variance.sqrt();
        let found = difference_from(arms.effect(), std_error, f64::INFINITY, assignment.len(), test.vcov())?;
        let difference = Difference {
            p_value: test.p_value.max(SMALLEST_P),
            conf_low: f64::NEG_INFINITY,
            conf_high: f64::INFINITY,
            highest_level: 0.0,
            ..found
        };
        Ok(Contrast { arms: Some(arms), difference })
    }

    /// p-value and interval of the wild bootstrap; `found` has the standard error.
    fn wild(
        &self,
        (fit, clusters, contrast): (&LinearFit<'_>, &Clusters, &[f64]),
        found: Difference,
    ) -> Result<Difference, NotEstimable> {
        let wild = WildBootstrap::of(fit, clusters, contrast)?;
        let (null, weights) = (WildNull::Imposed, WildWeights::Rademacher);
        let test = wild.test(0.0, null, weights, self.draws, DRAWS);
        let (low, high) = wild.interval(CONFIDENCE_LEVEL, null, weights, self.draws, DRAWS);
        let smallest_p =
            if test.enumerated { 2.0 / test.draws as f64 } else { 1.0 / (1 + test.draws) as f64 };
        Ok(Difference {
            p_value: test.p_value,
            conf_low: low.unwrap_or(f64::NEG_INFINITY),
            conf_high: high.unwrap_or(f64::INFINITY),
            highest_level: 1.0 - smallest_p,
            vcov: "CR2+WCR-rademacher",
            ..found
        })
    }
}

/// Whether both arms have more than one unit, without which there is no variance between units.
///
/// # Errors
/// `LoneUnit` with the arm.
fn check_arms(units: &Units) -> Result<(), NotEstimable> {
    for treated in [false, true] {
        match units.iter().filter(|(_, arm, _)| *arm == treated).count() {
            0 => return Err(NotEstimable::EmptyArm),
            1 => return Err(NotEstimable::LoneUnit(ColumnName::new(&arm_name(treated)))),
            _ => {}
        }
    }
    Ok(())
}

impl Estimator for ClusterRegression {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        if let (Inference::Permutation, Target::Quantile(p)) = (self.inference, sample.target) {
            return self.quantile_permutation(sample, p);
        }
        let units = units(sample)?;
        let arms = arms_of(units.iter().map(|(_, arm, totals)| (*arm, totals)))?;
        let lone = check_arms(&units);
        if self.inference == Inference::Permutation && matches!(lone, Err(NotEstimable::LoneUnit(_))) {
            let difference = self.lone_permutation(&sample.frame.structure, &units, arms)?;
            return Ok(Contrast { arms: Some(arms), difference });
        }
        lone?;
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
            Inference::Permutation => self.permutation(&sample.frame.structure, &units, found)?,
            Inference::Wild => self.wild((&fit, &clusters, &contrast), found)?,
            _ => found,
        };
        Ok(Contrast { arms: Some(arms), difference })
    }

    fn few_units(&self) -> usize {
        // CR1 rejects 13 % of true nulls at six clusters and 7 % at forty (`contention verify --case I5`).
        if self.inference == Inference::Cr1 { 50 } else { FEW_UNITS_OF_AN_ARM }
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        if let (Inference::Permutation, Target::Quantile(p)) = (self.inference, sample.target) {
            let (ranks, assignment, _) = QuantileRanks::of(&sample.after_washout(), p)?;
            return ranks.arms(&assignment).map(Point::from).ok_or(NotEstimable::EmptyArm);
        }
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
            ("wild", "CR2+WCR-rademacher"),
            ("permutation", "CR2+perm-exact"),
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
        assert!((adjusted.effect - plain).abs() < 0.5, "{adjusted:?}");
        assert_eq!((adjusted.vcov, adjusted.n_units), ("CR2-satt", 6));
        // Six units are too few for a slope that Welch's degrees of freedom do not know of.
        let cuped = estimator("cuped", "column = \"before\"").estimate(&sample);
        assert_eq!(cuped.unwrap_err(), NotEstimable::BelowMinimum(20));
    }
}
