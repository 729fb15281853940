//! Sample quantiles and the density at a quantile. They reorder the caller's slice instead of copying it,
//! because the slices are whole request logs.

use super::normal::normal_quantile;
use std::f64::consts::PI;

/// The type 7 quantile of Hyndman and Fan (The American Statistician 1996), the default of R and numpy:
/// x₍ₖ₎ + (h − k)(x₍ₖ₊₁₎ − x₍ₖ₎) with h = (n − 1)p and k = ⌊h⌋, counting from zero.
///
/// Linear in the number of values; reorders them. In the unit of the values. `None` without values, when `p`
/// is outside \[0, 1\], or when the answer is not a number.
///
/// ```
/// use contention::stats::quantile_in_place;
///
/// let mut waits_ms = [40.0, 10.0, 30.0, 20.0];
/// assert_eq!(quantile_in_place(&mut waits_ms, 0.5), Some(25.0));
/// ```
#[must_use]
pub fn quantile_in_place(values: &mut [f64], p: f64) -> Option<f64> {
    let rank = Rank::of(values.len(), p)?;
    let (_, low, above) = values.select_nth_unstable_by(rank.index, f64::total_cmp);
    let low = *low;
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(rank.between(low, next)).filter(|q| !q.is_nan())
}

/// The type 7 quantiles at each of `ps`, in their order, for little more than the price of one.
///
/// Reorders the values. Empty when any of them has no answer in the sense of [`quantile_in_place`].
#[must_use]
pub fn quantiles_in_place(values: &mut [f64], ps: &[f64]) -> Vec<f64> {
    let n = values.len();
    let Some(ranks) = ps.iter().map(|&p| Rank::of(n, p)).collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    let mut wanted: Vec<usize> = ranks.iter().flat_map(|r| [r.index, (r.index + 1).min(n - 1)]).collect();
    wanted.sort_unstable();
    wanted.dedup();
    put_in_place(values, 0, &wanted);
    let quantile = |r: &Rank| r.between(values[r.index], values[(r.index + 1).min(n - 1)]);
    let found: Vec<f64> = ranks.iter().map(quantile).collect();
    if found.iter().any(|q| q.is_nan()) { Vec::new() } else { found }
}

/// The density of the values at their `p` quantile, 2h / (q(p + h) − q(p − h)), per unit of the values
/// (Siddiqui's difference quotient). It turns the variance of a share below q into the variance of q.
///
/// The bandwidth h is Hall and Sheather's (JRSS B 1988) for 95 % intervals, the default of R's quantreg:
/// h = n^(−1/3) · z₀.₉₇₅^(2/3) · \[1.5 φ(z_p)² / (2z_p² + 1)\]^(1/3), halved until p ± h lies in \[0, 1\] as
/// quantreg does. At p = 0.99 under a few hundred values h spans a handful of them: believe it accordingly.
///
/// Reorders the values. `None` when `p` is not strictly inside (0, 1), when both quantiles are the same (no
/// values, one value, or a tie: no density there), or when one of them is not finite.
#[must_use]
pub fn density_at_quantile(values: &mut [f64], p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    let h = hall_sheather(values.len(), p);
    let &[below, above] = quantiles_in_place(values, &[p - h, p + h]).as_slice() else { return None };
    let spread = above - below;
    // Underflow of a spread to a subnormal number could make the quotient infinite.
    Some(2.0 * h / spread).filter(|density| spread > 0.0 && density.is_finite() && *density > 0.0)
}

/// A quantile with the density of the values there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The type 7 quantile.
    pub quantile: f64,
    /// The density there, per unit of the values; `None` where there is a tie.
    pub density: Option<f64>,
    /// Whether so many values are equal to it that it moves in steps, not small against its standard error
    /// ([`is_tied`]).
    pub tied: bool,
}

/// Whether `equal` of `n` values that are equal to the p quantile are so many that no density tells its error.
///
/// Where values stand in steps, `equal` over √(n p(1 − p)) is about a step over the standard error of the quantile. From a half
/// on a test with the error of a density rejects too often: 44 to 57 % of the time for counts.
#[must_use]
pub fn is_tied(equal: usize, n: usize, p: f64) -> bool {
    equal > 1 && equal as f64 >= 0.5 * (n as f64 * p * (1.0 - p)).sqrt()
}

/// [`quantile_in_place`] and [`density_at_quantile`] at each of `ps`, for little more than the price of one.
///
/// Sorts the values. `None` where there is no quantile.
#[must_use]
pub fn quantiles_and_densities(values: &mut [f64], ps: &[f64]) -> Vec<Option<Spread>> {
    values.sort_unstable_by(f64::total_cmp);
    let wanted = Wanted::new(values.len(), ps, true);
    let equal = |value: f64| {
        values.partition_point(|other| *other <= value) - values.partition_point(|other| *other < value)
    };
    wanted.read(|rank| values[rank], equal)
}

/// The place of a quantile, with the half-width of the density's quotient and the places of its two ends.
type Place = (Rank, Option<(f64, Rank, Rank)>);

/// The order statistics that quantiles, and the densities there, are made of.
pub(super) struct Wanted {
    /// For each quantile: its place, the half-width of the density's quotient, and the places of its two ends.
    places: Vec<Option<Place>>,
    ranks: Vec<usize>,
    ps: Vec<f64>,
    n: usize,
}

impl Wanted {
    /// For the quantiles `ps` of `n` values.
    pub(super) fn new(n: usize, ps: &[f64], with_densities: bool) -> Self {
        let place = |p: f64| {
            let rank = Rank::of(n, p)?;
            let is_inside = with_densities && p > 0.0 && p < 1.0;
            let ends = is_inside.then(|| hall_sheather(n, p)).and_then(|h| {
                let (low, high) = (Rank::of(n, p - h)?, Rank::of(n, p + h)?);
                Some((h, low, high))
            });
            Some((rank, ends))
        };
        let places: Vec<_> = ps.iter().map(|&p| place(p)).collect();
        let mut ranks = Vec::new();
        for (rank, ends) in places.iter().flatten() {
            let all = ends.iter().flat_map(|(_, low, high)| [low, high]).chain([rank]);
            ranks.extend(all.flat_map(|rank| [rank.index, (rank.index + 1).min(n - 1)]));
        }
        ranks.sort_unstable();
        ranks.dedup();
        Self { places, ranks, ps: ps.to_vec(), n }
    }

    /// The ranks, ascending and each once.
    pub(super) fn ranks(&self) -> &[usize] {
        &self.ranks
    }

    /// The quantiles, from the order statistic of each rank, and how many values are equal to one of a rank.
    pub(super) fn read(
        &self,
        mut value: impl FnMut(usize) -> f64,
        equal: impl Fn(f64) -> usize,
    ) -> Vec<Option<Spread>> {
        let last = self.n.saturating_sub(1);
        let mut read = |(place, p): (&Option<Place>, &f64)| {
            let (rank, ends) = place.as_ref()?;
            let [low, next] = [rank.index, (rank.index + 1).min(last)];
            let neighbours = [value(low), value(next)];
            let mut at = |rank: &Rank| rank.between(value(rank.index), value((rank.index + 1).min(last)));
            let quantile = at(rank);
            let density = ends.as_ref().and_then(|(h, low, high)| {
                let spread = at(high) - at(low);
                // Underflow of a spread to a subnormal number could make the quotient infinite.
                Some(2.0 * h / spread).filter(|d| spread > 0.0 && d.is_finite() && *d > 0.0)
            });
            let tied = ends.is_some() && {
                let most = equal(neighbours[0]).max(equal(neighbours[1]));
                is_tied(most, self.n, *p)
            };
            (!quantile.is_nan()).then_some(Spread { quantile, density, tied })
        };
        self.places.iter().zip(&self.ps).map(&mut read).collect()
    }
}

/// Half-width, in probability, of the difference quotient for `n` values.
fn hall_sheather(n: usize, p: f64) -> f64 {
    let z = normal_quantile(p);
    let density = libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
    let z_level = normal_quantile(0.975);
    let shape = 1.5 * density * density / (2.0 * z * z + 1.0);
    let mut h = libm::cbrt(z_level * z_level * shape / n.max(1) as f64);
    while p - h < 0.0 || p + h > 1.0 {
        h /= 2.0;
    }
    h
}

/// Where a quantile lies between two order statistics.
struct Rank {
    index: usize,
    fraction: f64,
}

impl Rank {
    fn of(n: usize, p: f64) -> Option<Self> {
        if n == 0 || !(0.0..=1.0).contains(&p) {
            return None;
        }
        let h = (n - 1) as f64 * p;
        Some(Self { index: h as usize, fraction: h - h.floor() })
    }

    /// Equal neighbours and whole ranks first: an infinite value must not become `inf − inf` or `0 · inf`.
    fn between(&self, low: f64, next: f64) -> f64 {
        if self.fraction == 0.0 || low == next { low } else { low + self.fraction * (next - low) }
    }
}

/// Puts the order statistics `wanted` (ascending ranks, counted from the rank `offset` of the first value)
/// where a full sort would, and nothing else.
fn put_in_place(values: &mut [f64], offset: usize, wanted: &[usize]) {
    if wanted.is_empty() {
        return;
    }
    let middle = wanted.len() / 2;
    let rank = wanted[middle];
    let (below, _, above) = values.select_nth_unstable_by(rank - offset, f64::total_cmp);
    put_in_place(below, offset, &wanted[..middle]);
    put_in_place(above, rank + 1, &wanted[middle + 1..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0, 1, …, n − 1 in a scrambled order (`step` and n share no factor).
    fn scrambled(n: usize, step: usize) -> Vec<f64> {
        (0..n).map(|i| (i * step % n) as f64).collect()
    }

    #[test]
    fn quantiles_of_consecutive_numbers_are_their_ranks() {
        for p in [0.0, 0.013, 0.25, 0.5, 0.99, 1.0] {
            // Type 7 on 0..=n−1 is (n − 1)p by definition; the interpolation rounds once more.
            let q = quantile_in_place(&mut scrambled(1001, 389), p).unwrap();
            assert!((q - 1000.0 * p).abs() < 1e-12, "{p}: {q}");
        }
    }

    #[test]
    fn the_interpolation_is_that_of_r_type_seven() {
        // R: quantile(c(1, 2, 4, 8, 16), c(.1, .33, .9)) = 1.4, 2.64, 12.8. Tolerance: two roundings.
        for (p, expected) in [(0.1, 1.4), (0.33, 2.64), (0.9, 12.8)] {
            let q = quantile_in_place(&mut [8.0, 1.0, 16.0, 2.0, 4.0], p).unwrap();
            assert!((q - expected).abs() < 1e-14, "{p}: {q}");
        }
    }

    #[test]
    fn several_quantiles_at_once_equal_one_at_a_time() {
        let ps = [0.99, 0.5, 0.0, 0.123, 1.0, 0.5, 0.95];
        for n in [1, 2, 3, 10, 997] {
            let one_by_one: Vec<_> =
                ps.iter().map(|&p| quantile_in_place(&mut scrambled(n, 391), p).unwrap()).collect();
            assert_eq!(quantiles_in_place(&mut scrambled(n, 391), &ps), one_by_one, "n = {n}");
        }
        assert_eq!(quantiles_in_place(&mut [1.0, 2.0], &[]), Vec::<f64>::new());
    }

    #[test]
    fn questions_without_an_answer_get_none() {
        assert_eq!(quantile_in_place(&mut [], 0.5), None);
        assert_eq!(quantile_in_place(&mut [1.0], 1.5), None);
        assert_eq!(quantile_in_place(&mut [1.0], f64::NAN), None);
        assert_eq!(quantile_in_place(&mut [f64::NAN, 1.0], 1.0), None);
        assert_eq!(quantiles_in_place(&mut [], &[0.5]), Vec::<f64>::new());
        assert_eq!(quantiles_in_place(&mut [1.0], &[0.5, -0.1]), Vec::<f64>::new());
    }

    #[test]
    fn requests_that_never_end_may_be_infinite() {
        let mut waits = [f64::INFINITY, 3.0, f64::INFINITY, 1.0];
        assert_eq!(quantile_in_place(&mut waits, 0.9), Some(f64::INFINITY));
        assert_eq!(quantile_in_place(&mut waits, 0.0), Some(1.0));
        assert_eq!(density_at_quantile(&mut waits, 0.9), None);
    }

    #[test]
    fn the_density_of_a_uniform_grid_is_one_over_its_length() {
        // Type 7 is linear on an even grid, so the quotient is exact for any bandwidth: rounding only.
        for p in [0.01, 0.5, 0.99] {
            let density = density_at_quantile(&mut scrambled(2001, 577), p).unwrap();
            assert!((density * 2000.0 - 1.0).abs() < 1e-9, "{p}: {density}");
        }
    }

    #[test]
    fn the_density_of_exponential_values_is_found_at_the_median_and_in_the_tail() {
        let mut values: Vec<f64> =
            (0..20_000).map(|i| -libm::log(1.0 - (f64::from(i) + 0.5) / 20_000.0)).collect();
        // Density 1 − p at the quantile p. The quotient is low by h²/(3(1 − p)²): h = 0.0358 and 0.0026 give
        // 0.17 % and 2.2 %.
        for (p, tolerance) in [(0.5, 0.002), (0.99, 0.025)] {
            let density = density_at_quantile(&mut values, p).unwrap();
            assert!((density / (1.0 - p) - 1.0).abs() < tolerance, "{p}: {density}");
        }
    }

    #[test]
    fn the_bandwidth_is_that_of_quantreg() {
        // bandwidth.rq(0.5, 100) = 100^(−1/3) 1.959964^(2/3) (1.5 · 0.1591549)^(1/3), computed with scipy.
        assert!((hall_sheather(100, 0.5) - 0.209_316_046_947).abs() < 1e-12);
        // Too wide a bandwidth is halved until it fits.
        assert!(hall_sheather(10, 0.99) <= 0.01);
    }

    #[test]
    fn ties_have_no_density() {
        assert_eq!(density_at_quantile(&mut [2.0; 50], 0.5), None);
        assert_eq!(density_at_quantile(&mut [2.0], 0.5), None);
        assert_eq!(density_at_quantile(&mut [], 0.5), None);
        assert_eq!(density_at_quantile(&mut [1.0, 2.0], 1.0), None);
    }
}
