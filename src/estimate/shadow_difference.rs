//! Paired difference on mirrored traffic: what the same request got under the other policy, candidate minus control: shadow
//! less own for controls, own less shadow for treated rows; mean over the rows that have both.
//!
//! Every request is its own comparison, so that length and prompt drop out. The copy takes capacity that a launch would not:
//! it shows the work of the candidate, not what the fleet makes of it. The error is that of a paired t test; units of several
//! rows count by their rows ([`crate::stats::WeightedMean`]).

use super::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample, Target};
use crate::design::Unit;
use crate::stats::{NotEstimable, WeightedMean};

pub(super) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "shadow_difference",
    about: "the same request under both policies, candidate minus control; paired t by unit",
    units: &[Unit::World, Unit::Request, Unit::User],
    needs: &[Column::Shadow],
    uses: &[],
    basic: &[Unit::World],
    build: |_| Box::new(ShadowDifference),
};

struct ShadowDifference;

impl Estimator for ShadowDifference {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        if sample.target != Target::Ratio {
            // The quantile of a difference is not the difference of quantiles.
            return Err(NotEstimable::Unobserved);
        }
        let frame = sample.frame;
        let both = |row: &usize| frame.shadow[*row].is_finite() && sample.denominator[*row] > 0.0;
        let rows: Vec<usize> = sample.rows().filter(both).collect();
        let gain = |&row: &usize| {
            let own = sample.numerator[row] / sample.denominator[row];
            if frame.treated[row] { own - frame.shadow[row] } else { frame.shadow[row] - own }
        };
        if rows.is_empty() {
            return Err(NotEstimable::missing_column(Column::Shadow.name()));
        }
        let gains = rows.iter().map(|row| (frame.unit[*row], 1.0, gain(row)));
        let found = WeightedMean::of(gains, || "the rows with a copy".to_owned())?;
        Ok(Contrast { arms: None, difference: found.difference("paired")? })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}

#[cfg(test)]
mod tests {
    use crate::estimate::fixture::estimator;
    use crate::estimate::{Frame, Sample, Target};

    #[test]
    fn what_requests_differ_in_drops_out_and_rows_without_a_copy_are_left_out() {
        let frame = Frame {
            treated: vec![false, true, false, true],
            unit: vec![0, 1, 2, 3],
            units: 4,
            shadow: vec![12.0, 97.0, f64::NAN, 56.0],
            ..Frame::default()
        };
        let (own, ones) = ([10.0, 100.0, 5.0, 60.0], [1.0; 4]);
        let sample = Sample::new(&frame, Target::Ratio, &own, &ones);
        let found = estimator("shadow_difference", "").estimate(&sample).unwrap().difference;
        // Gains 2, 3, 4.
        assert!((found.effect - 3.0).abs() < 1e-15 && found.n_units == 3 && found.vcov == "paired");
        // s = 1 over √3, with two degrees of freedom.
        assert!((found.std_error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15 && (found.df - 2.0).abs() < 1e-12);
    }
}
