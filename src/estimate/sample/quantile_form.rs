//! A quantile as a mean: values by row whose mean is the quantile and whose unit totals carry its variance.

use super::{Arms, Sample};
use crate::estimate::Contrast;
use crate::stats::quantile::Spread;
use crate::stats::{NotEstimable, difference_from};

/// The linear form of a quantile: q + (p − 1{y ≤ q})/f(q) has the quantile for its mean, and its unit totals carry the
/// quantile's variance (Deng, Knoblich and Lu, KDD 2018).
pub(super) struct QuantileForm {
    /// The quantiles, the control's first.
    quantiles: [f64; 2],
    /// By arm, the control first: the value of a row above the quantile, and of one below or at it.
    values: [[f64; 2]; 2],
}

impl QuantileForm {
    pub(super) fn of(sample: &Sample<'_>, p: f64) -> Result<Self, NotEstimable> {
        let found = sample.quantile(p);
        let arm = |spread: Option<Spread>| {
            let Spread { quantile, density, tied } = spread.ok_or(NotEstimable::EmptyArm)?;
            if tied {
                return Err(NotEstimable::TiedQuantile);
            }
            let density = density.ok_or(NotEstimable::ZeroVariance)?;
            Ok((quantile, [quantile + p / density, quantile + (p - 1.0) / density]))
        };
        let (control, treated) = (arm(found.control)?, arm(found.treated)?);
        Ok(Self { quantiles: [control.0, treated.0], values: [control.1, treated.1] })
    }

    #[inline]
    pub(super) fn value(&self, sample: &Sample<'_>, row: usize) -> f64 {
        let arm = usize::from(sample.frame.treated[row]);
        let below = usize::from(sample.numerator[row] <= self.quantiles[arm]);
        // Denominators of quantiles are 0 and 1.
        self.values[arm][below] * sample.denominator[row]
    }

    /// The quantiles' difference, with the standard error of the linear form.
    pub(super) fn finish(&self, linear: &Contrast) -> Result<Contrast, NotEstimable> {
        let [control, treated] = self.quantiles;
        let arms = Arms { treated, control };
        let found = linear.difference;
        let difference =
            difference_from(arms.effect(), found.std_error, found.df, found.n_units, found.vcov)?;
        Ok(Contrast { arms: Some(arms), difference })
    }
}
