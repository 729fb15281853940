//! The truth of one metric in one replication: what the worlds of one policy come to, and the policy-value curve between
//! them where it was asked for.

use super::tables::CurveRow;
use crate::estimate::Estimand;

/// What one metric comes to in the worlds that nobody could have seen.
#[derive(Clone, Debug, Default)]
pub struct Truths {
    /// In the world of each policy.
    pub values: Vec<Option<f64>>,
    /// In the worlds between, by candidate, in order of share.
    points: Vec<(usize, CurvePoint)>,
}

/// One point of the policy-value curve V(p).
#[derive(Clone, Copy, Debug, PartialEq)]
struct CurvePoint {
    share: f64,
    value: Option<f64>,
    treated: Option<f64>,
    control: Option<f64>,
}

/// Shares this close are the same share.
const SAME_SHARE: f64 = 1e-9;

impl Truths {
    /// Of the worlds of one policy each.
    #[must_use]
    pub const fn new(values: Vec<Option<f64>>) -> Self {
        Self { values, points: Vec::new() }
    }

    /// One more point of a candidate's curve.
    pub fn add(&mut self, candidate: usize, row: &CurveRow) {
        let point = CurvePoint {
            share: row.share,
            value: row.value,
            treated: row.value_treated,
            control: row.value_control,
        };
        self.points.push((candidate, point));
        self.points.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.share.total_cmp(&b.1.share)));
    }

    /// The effect of a candidate; `None` where a world that it needs was not simulated or says nothing.
    #[must_use]
    pub fn effect(&self, candidate: usize, estimand: Estimand) -> Option<f64> {
        let at = |share: Option<f64>| self.point(candidate, share?);
        match estimand {
            Estimand::Gte => Some(self.values[candidate]? - self.values[0]?),
            Estimand::Direct { share } => {
                let point = at(share)?;
                Some(point.treated? - point.control?)
            }
            Estimand::Interference { share } => {
                let direct = self.effect(candidate, Estimand::Direct { share })?;
                Some(self.effect(candidate, Estimand::Gte)? - direct)
            }
            Estimand::Slope { share } => self.slope(candidate, share?),
            Estimand::Spillover { share, from } => Some(at(share)?.control? - at(Some(from))?.control?),
            Estimand::Total { share, from } => Some(at(share)?.treated? - at(Some(from))?.control?),
            Estimand::Overall { share, from } => Some(at(share)?.value? - at(Some(from))?.value?),
        }
    }

    /// V(p) of a candidate at a share.
    #[must_use]
    pub fn value(&self, candidate: usize, share: f64) -> Option<f64> {
        self.point(candidate, share)?.value
    }

    /// What the treated come to at a share; `None` where nobody is treated.
    #[must_use]
    pub fn value_treated(&self, candidate: usize, share: f64) -> Option<f64> {
        self.point(candidate, share)?.treated
    }

    /// What the controls come to at a share; `None` where everybody is treated.
    #[must_use]
    pub fn value_control(&self, candidate: usize, share: f64) -> Option<f64> {
        self.point(candidate, share)?.control
    }

    /// The world of a share. In the worlds of one policy only one arm exists.
    fn point(&self, candidate: usize, share: f64) -> Option<CurvePoint> {
        if share <= 0.0 {
            let value = self.values[0];
            return Some(CurvePoint { share: 0.0, value, treated: None, control: value });
        }
        if share >= 1.0 {
            let value = self.values[candidate];
            return Some(CurvePoint { share: 1.0, value, treated: value, control: None });
        }
        let mut points = self.points.iter().filter(|(of, _)| *of == candidate);
        points.find(|(_, point)| (point.share - share).abs() < SAME_SHARE).map(|(_, point)| *point)
    }

    /// V′ at a share of the curve: the slope there of the parabola through the share and its two neighbours.
    fn slope(&self, candidate: usize, share: f64) -> Option<f64> {
        let mut shares: Vec<f64> = vec![0.0, 1.0];
        shares.extend(self.points.iter().filter(|(of, _)| *of == candidate).map(|(_, point)| point.share));
        shares.sort_by(f64::total_cmp);
        let at = shares.iter().position(|other| (other - share).abs() < SAME_SHARE)?;
        if at == 0 || at + 1 == shares.len() {
            return None;
        }
        let value = |share: f64| self.point(candidate, share)?.value;
        let (low, high) = (shares[at - 1], shares[at + 1]);
        let (before, after) = (share - low, high - share);
        let left = (value(share)? - value(low)?) / before;
        let right = (value(high)? - value(share)?) / after;
        Some((left * after + right * before) / (before + after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// V(p) = 3 + 2p − 4p², controls at 3 − p, the treated at 5 − 4p.
    fn truths() -> Truths {
        let value = |p: f64| 3.0 + 2.0 * p - 4.0 * p * p;
        let mut truths = Truths::new(vec![Some(value(0.0)), Some(value(1.0))]);
        for share in [0.75, 0.25, 0.3] {
            let row = CurveRow {
                candidate: "b".to_owned(),
                share,
                metric: "m",
                replication: 0,
                value: Some(value(share)),
                value_treated: Some(5.0 - 4.0 * share),
                value_control: Some(3.0 - share),
            };
            truths.add(1, &row);
        }
        truths
    }

    #[test]
    fn the_slope_of_a_parabola_is_exact_for_any_spacing() {
        for share in [0.25, 0.3, 0.75] {
            let slope = truths().effect(1, Estimand::Slope { share: Some(share) }).unwrap();
            // A few roundings of numbers below ten, divided by distances of a twentieth.
            assert!((slope - (2.0 - 8.0 * share)).abs() < 1e-13, "{share}: {slope}");
        }
        assert_eq!(truths().effect(1, Estimand::Slope { share: Some(0.5) }), None);
    }

    #[test]
    fn direct_and_spillover_sum_to_the_total() {
        let truths = truths();
        let share = Some(0.75);
        let direct = truths.effect(1, Estimand::Direct { share }).unwrap();
        let spillover = truths.effect(1, Estimand::Spillover { share, from: 0.0 }).unwrap();
        let total = truths.effect(1, Estimand::Total { share, from: 0.0 }).unwrap();
        assert_eq!((direct, spillover, total), (-0.25, -0.75, -1.0));
        assert_eq!(truths.effect(1, Estimand::Gte), Some(-2.0));
        assert_eq!(truths.effect(1, Estimand::Overall { share: Some(1.0), from: 0.0 }), Some(-2.0));
    }
}
