//! Difference between two fleets cut from one, each with its share of the servers and of the traffic, with the waits put back
//! to the scale of the whole fleet: τ = r₁R₁ − r₀R₀, R the arms' means of *waits*.
//!
//! Without correction it shows the effect in smaller fleets: pooling is lost (C2: −.425866 for −.173027). `correction`:
//! - `heavy_traffic` r_z = the arm's share of the servers: at one load the wait of a busy fleet falls as one over its servers
//!   (Kingman 1961; the limit of Erlang's formula as the load goes to capacity). First order: −.212933 in C2;
//! - `erlang` r_z = W(c, a_z)/W(s_z c, s_z a_z), W(c, a) = C(c, a)/(c − a) by Erlang's C formula, from `servers` c and the loads
//!   `load_control`, `load_treated` a_z in erlang that all traffic would bring under each policy. Exact for M/M/c with known
//!   loads.
//!
//! Welch's error with each arm's variance times r².

use super::{Arms, Contrast, Estimator, EstimatorSpec, Sample};
use crate::design::Unit;
use crate::stats::{ArmRatio, NotEstimable, UnitTotals, difference_from};

pub(super) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "capacity_split",
    about: "dedicated shares of the servers; `correction` none, heavy_traffic or erlang (`servers`, `load_*`)",
    units: &[Unit::Request, Unit::User, Unit::Cluster],
    needs: &[],
    uses: &[],
    basic: &[],
    build: |section| {
        let choices = &[("none", Scale::None), ("heavy_traffic", Scale::Heavy), ("erlang", Scale::Erlang)];
        let scale = section.choice("correction", Some("none"), choices).unwrap_or(Scale::None);
        let servers = section.integer("servers", Some(10), 2..=1_000_000) as u32;
        let loads = [("load_control", 8.0), ("load_treated", 8.0)]
            .map(|(key, default)| section.positive(key, Some(default)));
        if scale == Scale::Erlang && loads.iter().any(|load| *load >= f64::from(servers)) {
            section.problem("servers", servers.to_string(), "more servers than the load in erlang");
        }
        Box::new(CapacitySplit {
            scale,
            share: section.number("share", Some(0.5), 0.01..=0.99),
            servers,
            loads,
        })
    },
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    None,
    Heavy,
    Erlang,
}

struct CapacitySplit {
    scale: Scale,
    /// The candidate's share of the servers and of the traffic.
    share: f64,
    servers: u32,
    loads: [f64; 2],
}

/// Mean wait of M/M/c in mean service times: C(c, a)/(c − a), C by Erlang B's recursion.
#[must_use]
pub fn erlang_wait(servers: u32, load: f64) -> f64 {
    let blocking = (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b));
    let c = f64::from(servers);
    let delay = c * blocking / (c - load * (1.0 - blocking));
    delay / (c - load)
}

impl CapacitySplit {
    fn factor(&self, arm: usize) -> f64 {
        let share = if arm == 1 { self.share } else { 1.0 - self.share };
        match self.scale {
            Scale::None => 1.0,
            Scale::Heavy => share,
            Scale::Erlang => {
                let own = libm::round(share * f64::from(self.servers)).max(1.0) as u32;
                erlang_wait(self.servers, self.loads[arm]) / erlang_wait(own, share * self.loads[arm])
            }
        }
    }
}

impl Estimator for CapacitySplit {
    fn ignores_levels(&self) -> bool {
        self.scale == Scale::None
    }

    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let terms = sample.terms()?;
        let nothing = UnitTotals { numerator: 0.0, denominator: 0.0 };
        let mut units = vec![[None; 2]; sample.frame.units];
        for (row, term) in sample.rows().zip(terms) {
            let arm = usize::from(sample.frame.treated[row]);
            let totals = units[sample.frame.unit[row] as usize][arm].get_or_insert(nothing);
            totals.numerator += term.numerator;
            totals.denominator += term.denominator;
        }
        let ratio = |arm: usize| ArmRatio::of(&units.iter().filter_map(|unit| unit[arm]).collect::<Vec<_>>());
        let (control, treated) = (ratio(0)?, ratio(1)?);
        let factors = [self.factor(0), self.factor(1)];
        let variances =
            [control.variance * factors[0] * factors[0], treated.variance * factors[1] * factors[1]];
        let variance = variances[0] + variances[1];
        let spread = |variance: f64, units: usize| variance * variance / (units as f64 - 1.0);
        let df = variance * variance
            / (spread(variances[0], control.n_units) + spread(variances[1], treated.n_units));
        let arms = Arms { treated: factors[1] * treated.value, control: factors[0] * control.value };
        let count = control.n_units + treated.n_units;
        let difference = difference_from(arms.effect(), variance.sqrt(), df, count, "welch")?;
        Ok(Contrast { arms: Some(arms), difference })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::fixture::estimator;
    use crate::estimate::{Frame, Target};

    #[test]
    fn two_halves_of_ten_servers_are_put_back_to_the_scale_of_the_whole() {
        // C2: M/M/10 with load 8 against 6.4 erlang (service 1 and .8); waits in mean service times of each.
        assert!(
            (erlang_wait(10, 8.0) - 0.204_590).abs() < 5e-7 && (erlang_wait(5, 4.0) - 0.554_113).abs() < 5e-7
        );
        let waits = [erlang_wait(5, 4.0), 0.8 * erlang_wait(5, 3.2)];
        let treated: Vec<bool> = (0..8).map(|row| row % 2 == 1).collect();
        let y: Vec<f64> = (0..8).map(|row| waits[row % 2] + [0.01, -0.01][row / 2 % 2]).collect();
        let frame = Frame { treated, unit: (0..8).collect(), units: 8, ..Frame::default() };
        let ones = [1.0; 8];
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        for (options, exact) in [
            ("", -0.425_866),
            ("correction = \"heavy_traffic\"", -0.212_933),
            ("correction = \"erlang\"\nservers = 10\nload_control = 8.0\nload_treated = 6.4", -0.173_027),
        ] {
            let found = estimator("capacity_split", options).estimate(&sample).unwrap().difference;
            assert!((found.effect - exact).abs() < 1e-6, "{options}: {found:?}");
        }
    }
}
