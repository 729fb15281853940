//! The weighted mean of one arm (or one cell) over its units, with a variance that stays right for a handful of units of
//! unlike weight. It does not know where the weights come from.

use super::moments::{mean, sum_of};
use super::{ColumnName, Difference, NotEstimable, difference_from};

/// A unit that has all but this share of a cell's weight fits itself.
const FITS_ITSELF: f64 = 1e-10;

/// A weighted mean µ = Σ h_u m_u over units with shares of the weight h_u (Σ h = 1) and means m_u.
///
/// The variance is V = Σ s_u² with s_u = h_u (m_u − µ)/√(1 − 2h_u + Σh²): each squared residual is divided by its expectation
/// where all units vary alike (the HC2 correction of MacKinnon and White, Journal of Econometrics 1985, for a mean). With
/// equal weights V is s²/n. The degrees of freedom are Satterthwaite's under the same model (Bell and McCaffrey, Survey
/// Methodology 2002): (E V)²/½Var V, which is n − 1 with equal weights and near one where one unit has nearly all the weight.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedMean {
    /// µ, in the unit of the values.
    pub mean: f64,
    /// V, in the squared unit of the values.
    pub variance: f64,
    /// Degrees of freedom of V.
    pub df: f64,
    /// Σ h²: the variance of µ where every unit has variance one.
    pub concentration: f64,
    /// The number of each unit and its s_u, in order of unit.
    pub parts: Vec<(u32, f64)>,
}

impl WeightedMean {
    /// From rows: the unit, weight and value of each. Weights are not negative; units whose weight is zero do not count.
    ///
    /// # Errors
    /// `EmptyArm` without weight; `LoneUnit` (with the name of the cell) where one unit has all of it; `Unobserved` for
    /// numbers that are not finite.
    pub fn of(
        rows: impl Iterator<Item = (u32, f64, f64)>,
        cell: impl FnOnce() -> String,
    ) -> Result<Self, NotEstimable> {
        let units = sums_by_unit(rows);
        let total = sum_of(units.iter().map(|unit| unit.weight));
        if units.is_empty() {
            return Err(NotEstimable::EmptyArm);
        }
        let share = |unit: &UnitSum| unit.weight / total;
        let of_unit = |unit: &UnitSum| unit.sum / unit.weight;
        // Around the plain mean of the units, so that a large level costs no digits.
        let level = mean(&units.iter().map(of_unit).collect::<Vec<_>>())?;
        let value = level + sum_of(units.iter().map(|unit| share(unit) * (of_unit(unit) - level)));
        if !value.is_finite() {
            return Err(NotEstimable::Unobserved);
        }
        if units.len() < 2 || units.iter().any(|unit| share(unit) > 1.0 - FITS_ITSELF) {
            return Err(NotEstimable::LoneUnit(ColumnName::new(&cell())));
        }
        let concentration = sum_of(units.iter().map(|unit| share(unit) * share(unit)));
        let expected = |h: f64| 1.0 - 2.0 * h + concentration;
        // A mean of equal values is that value but for some roundings; noise of that size is none.
        let beyond_rounding = |deviation: f64, size: f64| {
            if deviation.abs() <= 8.0 * f64::EPSILON * size { 0.0 } else { deviation }
        };
        let part = |unit: &UnitSum| {
            let (h, own) = (share(unit), of_unit(unit));
            (unit.unit, h * beyond_rounding(own - value, own.abs() + value.abs()) / expected(h).sqrt())
        };
        let parts: Vec<(u32, f64)> = units.iter().map(part).collect();
        let variance = sum_of(parts.iter().map(|(_, part)| part * part));
        // Σ_ij a_i a_j M_ij² with a_i = h_i²/M_ii, M = (I − 1h')(I − h1').
        let weight = |h: f64| h * h / expected(h);
        let moment = |power: i32| {
            let term = |unit: &UnitSum| {
                let h = share(unit);
                weight(h) * (0..power).fold(1.0, |product, _| product * h)
            };
            sum_of(units.iter().map(term))
        };
        let (zero, one, two) = (moment(0), moment(1), moment(2));
        let diagonal = sum_of(units.iter().map(|unit| {
            let h = share(unit);
            let off = concentration - 2.0 * h;
            let (own, weight) = (1.0 + off, weight(h));
            weight * weight * (own * own - off * off)
        }));
        let all = concentration * concentration * zero * zero + 2.0 * zero * two
            - 4.0 * concentration * zero * one
            + 2.0 * one * one;
        let df = concentration * concentration / (diagonal + all);
        if !variance.is_finite() || !df.is_finite() {
            return Err(NotEstimable::Unobserved);
        }
        Ok(Self { mean: value, variance, df, concentration, parts })
    }

    /// The mean alone as a contrast of one sample with zero (`vcov` as given), as in a paired t test.
    ///
    /// # Errors
    /// Those of [`difference_from`].
    pub fn difference(&self, vcov: &'static str) -> Result<Difference, NotEstimable> {
        difference_from(self.mean, self.variance.sqrt(), self.df, self.parts.len(), vcov)
    }
}

/// What the rows of a unit come to.
struct UnitSum {
    unit: u32,
    weight: f64,
    sum: f64,
}

fn sums_by_unit(rows: impl Iterator<Item = (u32, f64, f64)>) -> Vec<UnitSum> {
    let mut units: Vec<UnitSum> = Vec::new();
    let mut is_sorted = true;
    for (unit, weight, value) in rows.filter(|(_, weight, _)| *weight != 0.0) {
        match units.last_mut() {
            Some(last) if last.unit == unit => {
                last.weight += weight;
                last.sum += weight * value;
            }
            last => {
                is_sorted &= last.is_none_or(|last| last.unit < unit);
                units.push(UnitSum { unit, weight, sum: weight * value });
            }
        }
    }
    if !is_sorted {
        // Stable, so that the rows of a unit are added in their own order.
        units.sort_by_key(|unit| unit.unit);
        units.dedup_by(|next, first| {
            let same = next.unit == first.unit;
            if same {
                first.weight += next.weight;
                first.sum += next.sum;
            }
            same
        });
    }
    units
}

/// A contrast of two arms from the parts of its error by unit.
///
/// Each unit has a part in the treated arm, one in the control, and one in neither (what the units differ in by themselves,
/// where the method counts it). The variance is Σ_u (own + treated − control)², so that what a unit with rows in both arms
/// shares between them is counted. With V_a the sum of squares of an arm's parts and ν_a its degrees of freedom, the degrees
/// of freedom are Welch's and Satterthwaite's (V₁ + V₀)²/(V₁²/ν₁ + V₀²/ν₀), and no more than the units less one.
#[derive(Clone, Debug, Default)]
pub struct PartsByUnit {
    /// Of control, treated and neither, by the number of the unit; NaN where it has none.
    parts: Vec<[f64; 3]>,
}

impl PartsByUnit {
    /// For units with numbers below `units`.
    #[must_use]
    pub fn new(units: usize) -> Self {
        Self { parts: vec![[f64::NAN; 3]; units] }
    }

    fn add(&mut self, unit: u32, which: usize, part: f64) {
        let own = &mut self.parts[unit as usize][which];
        *own = if own.is_nan() { part } else { *own + part };
    }

    /// Add to a unit's part in an arm.
    pub fn add_to_arm(&mut self, unit: u32, treated: bool, part: f64) {
        self.add(unit, usize::from(treated), part);
    }

    /// Add to a unit's part in neither arm.
    pub fn add_to_neither(&mut self, unit: u32, part: f64) {
        self.add(unit, 2, part);
    }

    /// Add the parts of an arm.
    pub fn add_arm(&mut self, treated: bool, parts: &[(u32, f64)]) {
        parts.iter().for_each(|&(unit, part)| self.add_to_arm(unit, treated, part));
    }

    /// Multiply every part.
    pub fn scale(&mut self, factor: f64) {
        self.parts.iter_mut().flatten().for_each(|part| *part *= factor);
    }

    /// Multiply the parts in one arm.
    pub fn scale_arm(&mut self, treated: bool, factor: f64) {
        self.parts.iter_mut().for_each(|parts| parts[usize::from(treated)] *= factor);
    }

    /// How many units have a part.
    #[must_use]
    pub fn units(&self) -> usize {
        self.parts.iter().filter(|parts| parts.iter().any(|part| !part.is_nan())).count()
    }

    /// How many units have a part in the arm.
    #[must_use]
    pub fn units_of(&self, treated: bool) -> usize {
        self.parts.iter().filter(|parts| !parts[usize::from(treated)].is_nan()).count()
    }

    /// Σ_u (own + treated − control)².
    #[must_use]
    pub fn variance(&self) -> f64 {
        let or_zero = |part: f64| if part.is_nan() { 0.0 } else { part };
        sum_of(self.parts.iter().map(|[control, treated, neither]| {
            let whole = or_zero(*neither) + or_zero(*treated) - or_zero(*control);
            whole * whole
        }))
    }

    /// The contrast, with the arms' degrees of freedom.
    ///
    /// # Errors
    /// Those of [`difference_from`].
    pub fn difference(
        &self,
        effect: f64,
        df: [f64; 2],
        vcov: &'static str,
    ) -> Result<Difference, NotEstimable> {
        let squares = |which: usize| {
            sum_of(self.parts.iter().map(|parts| parts[which]).filter(|part| !part.is_nan()).map(|p| p * p))
        };
        let arms = [squares(0), squares(1)];
        let units = self.units();
        let df = welch_df(&[(arms[0], df[0]), (arms[1], df[1])]).min(units as f64 - 1.0);
        difference_from(effect, self.variance().sqrt(), df, units, vcov)
    }
}

/// (ΣV)²/Σ(V²/ν) of independent variances V with their degrees of freedom ν (Satterthwaite, Biometrics 1946). Given what each
/// variance would be where all units vary alike, instead of what was found, it is the degrees of freedom of that model.
#[must_use]
pub fn welch_df(parts: &[(f64, f64)]) -> f64 {
    let total: f64 = parts.iter().map(|(variance, _)| variance).sum();
    // Shares instead of squares, which would underflow for small units of measurement.
    let spread: f64 = parts
        .iter()
        .filter(|(variance, _)| *variance > 0.0)
        .map(|(variance, df)| variance / total * (variance / total) / df)
        .sum();
    1.0 / spread
}

#[cfg(test)]
mod tests {
    use super::super::Moments;
    use super::*;

    fn cell() -> String {
        "a cell".to_owned()
    }

    #[test]
    fn with_equal_weights_it_is_the_mean_with_its_usual_error() {
        let values = [3.0, 1.5, 9.0, -2.0, 4.0];
        let rows = values.iter().enumerate().map(|(unit, value)| (unit as u32, 0.3, *value));
        let found = WeightedMean::of(rows, cell).unwrap();
        let moments = Moments::of(&values).unwrap();
        // A dozen roundings.
        assert!((found.mean - moments.mean).abs() < 1e-14);
        assert!((found.variance / moments.variance_of_mean() - 1.0).abs() < 1e-13);
        assert!((found.df - 4.0).abs() < 1e-12 && (found.concentration - 0.2).abs() < 1e-15);
    }

    #[test]
    fn the_moments_of_the_variance_are_those_of_the_matrices_written_out() {
        let weights = [4.0, 1.0, 2.5, 0.5];
        let total: f64 = weights.iter().sum();
        let h = weights.map(|w| w / total);
        let squares: f64 = h.iter().map(|h| h * h).sum();
        let residual = |i: usize, j: usize| if i == j { 1.0 - h[j] } else { -h[j] };
        let covariance = |i: usize, j: usize| (0..4).map(|k| residual(i, k) * residual(j, k)).sum::<f64>();
        let a = |i: usize| h[i] * h[i] / covariance(i, i);
        let double: f64 = (0..4)
            .flat_map(|i| (0..4).map(move |j| (i, j)))
            .map(|(i, j)| a(i) * a(j) * covariance(i, j).powi(2))
            .sum();
        let rows = weights.iter().enumerate().map(|(unit, w)| (unit as u32, *w, unit as f64 * unit as f64));
        let found = WeightedMean::of(rows, cell).unwrap();
        assert!((found.df / (squares * squares / double) - 1.0).abs() < 1e-12, "{}", found.df);
    }

    #[test]
    fn rows_of_a_unit_are_one_value_whatever_their_order() {
        let rows = [(7, 1.0, 2.0), (3, 1.0, 5.0), (7, 3.0, 6.0), (3, 1.0, 7.0)];
        let sorted = [(3, 2.0, 6.0), (7, 4.0, 5.0)];
        let found = WeightedMean::of(rows.into_iter(), cell).unwrap();
        assert_eq!(found, WeightedMean::of(sorted.into_iter(), cell).unwrap());
    }

    #[test]
    fn one_unit_alone_is_refused_by_the_name_of_its_cell() {
        let lone = |rows: &[(u32, f64, f64)]| WeightedMean::of(rows.iter().copied(), cell).unwrap_err();
        assert_eq!(lone(&[]), NotEstimable::EmptyArm);
        assert_eq!(lone(&[(1, 1.0, 2.0), (1, 2.0, 3.0)]), NotEstimable::LoneUnit(ColumnName::new("a cell")));
        assert_eq!(
            lone(&[(1, 1.0, 2.0), (2, 1e-12, 3.0)]),
            NotEstimable::LoneUnit(ColumnName::new("a cell"))
        );
    }

    #[test]
    fn two_arms_of_equal_weights_are_welchs_test() {
        use super::super::{UnitTotals, ratio_difference};
        let (treated, control) = ([1.0, 4.0, 2.0, 9.0], [7.0, 8.5, 6.0]);
        let units = |values: &[f64]| -> Vec<UnitTotals> {
            values.iter().map(|&numerator| UnitTotals { numerator, denominator: 1.0 }).collect()
        };
        let welch = ratio_difference(&units(&treated), &units(&control)).unwrap();
        let arm = |values: &[f64], first: u32| {
            let rows = values.iter().enumerate().map(|(at, value)| (first + at as u32, 1.0, *value));
            WeightedMean::of(rows, cell).unwrap()
        };
        let (t, c) = (arm(&treated, 0), arm(&control, 4));
        let mut parts = PartsByUnit::new(7);
        parts.add_arm(true, &t.parts);
        parts.add_arm(false, &c.parts);
        let found = parts.difference(t.mean - c.mean, [c.df, t.df], "influence").unwrap();
        assert!((found.std_error / welch.std_error - 1.0).abs() < 1e-13);
        assert!(
            (found.df / welch.df - 1.0).abs() < 1e-12 && (found.p_value / welch.p_value - 1.0).abs() < 1e-11
        );
    }
}
