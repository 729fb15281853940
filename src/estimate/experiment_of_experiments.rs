//! Two experiments at once: half of the units randomised by request, half by cluster or block. Their difference is what
//! interference hides from the first, found without knowing the truth (Saveski et al., KDD 2017).
//!
//! Δ = τ_unit − τ_request, t = Δ/√(se²_unit + se²_request), the halves being independent, with Welch–Satterthwaite's degrees of
//! freedom over both: the few units of the one half decide, and the normal rejected 9 % where six clusters met (I4). `bound = "chebyshev"` assumes no
//! normality: p = min(1, se²/Δ²) and Δ ± se/√.05. `half` returns one of the two estimates instead: request rows with Welch, or
//! units with Welch. A small Δ of two noisy halves is no proof that there is no interference.

use super::{Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::design::Unit;
use crate::estimate::Column;
use crate::stats::{CONFIDENCE_LEVEL, Difference, NotEstimable, SMALLEST_P, difference_from};

pub(super) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "experiment_of_experiments",
    about: "unit half less request half, a test of interference; `half` for one of them, `bound` normal or chebyshev",
    units: &[Unit::Halves],
    needs: &[Column::Part],
    uses: &[],
    basic: &[Unit::Halves],
    build: |section| {
        let halves = &[("difference", Half::Difference), ("request", Half::Request), ("unit", Half::Unit)];
        let half = section.choice("half", Some("difference"), halves).unwrap_or(Half::Difference);
        let chebyshev = section.choice("bound", Some("normal"), &[("normal", false), ("chebyshev", true)]);
        Box::new(ExperimentOfExperiments { half, chebyshev: chebyshev.unwrap_or(false) })
    },
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Difference,
    Request,
    Unit,
}

struct ExperimentOfExperiments {
    half: Half,
    chebyshev: bool,
}

/// p-value and interval that hold whatever the law of the estimate.
fn by_chebyshev(found: Difference) -> Difference {
    let width = found.std_error / (1.0 - CONFIDENCE_LEVEL).sqrt();
    let p_value = (1.0 / (found.statistic * found.statistic)).clamp(SMALLEST_P, 1.0);
    Difference {
        p_value,
        conf_low: found.effect - width,
        conf_high: found.effect + width,
        vcov: "chebyshev",
        ..found
    }
}

impl Estimator for ExperimentOfExperiments {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        // One part alone is another design.
        if !sample.frame.part.contains(&0) || !sample.frame.part.contains(&1) {
            return Err(NotEstimable::Unobserved);
        }
        match self.half {
            Half::Request => return sample.part(0).by_row(),
            Half::Unit => return sample.part(1).by_unit(),
            Half::Difference => {}
        }
        let request = sample.part(0).by_row()?.difference;
        let unit = sample.part(1).by_unit()?.difference;
        let std_error = libm::hypot(request.std_error, unit.std_error);
        let effect = unit.effect - request.effect;
        let units = request.n_units + unit.n_units;
        let part = |half: &Difference| libm::pow(half.std_error, 4.0) / half.df;
        let df = libm::pow(std_error, 4.0) / (part(&request) + part(&unit));
        let difference = difference_from(effect, std_error, df, units, "independent-halves")?;
        let difference = if self.chebyshev { by_chebyshev(difference) } else { difference };
        Ok(Contrast { arms: None, difference })
    }

    fn estimand(&self) -> Estimand {
        match self.half {
            Half::Difference => Estimand::Interference { share: None },
            Half::Request => Estimand::Direct { share: None },
            Half::Unit => Estimand::Gte,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::estimate::fixture::estimator;
    use crate::estimate::{Frame, Sample, Target};

    #[test]
    fn the_gap_between_the_halves_is_their_difference_and_chebyshev_is_more_careful() {
        // Part 0: eight requests; part 1: four units of two requests.
        let part: Vec<u8> = (0..16).map(|row| u8::from(row >= 8)).collect();
        let unit: Vec<u32> = (0..16).map(|row| if row < 8 { row } else { 4 + row / 2 }).collect();
        let treated: Vec<bool> =
            (0..16).map(|row| if row < 8 { row % 2 == 0 } else { row / 2 % 2 == 0 }).collect();
        let y: Vec<f64> = (0..16)
            .map(|row| {
                let effect = if row < 8 { 1.0 } else { 3.0 };
                effect * f64::from(u8::from(treated[row])) + [0.1, 0.0, -0.1, 0.3][row / 4]
            })
            .collect();
        let frame = Frame { treated, unit, units: 12, part, ..Frame::default() };
        let ones = [1.0; 16];
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        let found = |options: &str| {
            estimator("experiment_of_experiments", options).estimate(&sample).unwrap().difference
        };
        let (request, unit, gap) = (found("half = \"request\""), found("half = \"unit\""), found(""));
        assert!(
            (request.effect - 1.0).abs() < 1e-12
                && (gap.effect - (unit.effect - request.effect)).abs() < 1e-12
        );
        assert!((gap.std_error - (request.std_error.powi(2) + unit.std_error.powi(2)).sqrt()).abs() < 1e-12);
        let careful = found("bound = \"chebyshev\"");
        assert!(
            careful.p_value > gap.p_value && careful.conf_low < gap.conf_low && careful.effect == gap.effect
        );
        assert_eq!((request.n_units, unit.n_units, gap.vcov), (8, 4, "independent-halves"));
    }
}
