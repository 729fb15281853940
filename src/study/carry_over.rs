//! What a switchback finds of an effect when the fleet answers a switch slowly: carry-over by superposition of steps.
//!
//! The response of a metric to a switch is G(t), the share of the effect that is there t after it; 1 − G(t) is what remains
//! of the other arm. Where the response is linear, the outcome at any time is the sum of the steps of all switches before it,
//! so that the expected difference in means of blocks follows from the area A(t) = ∫₀ᵗ (1 − G) alone. With blocks of length l,
//! of which the first b are left out, let r_k = (A(l + kl) − A(b + kl))/(l − b): what remains in the kept part of a block of
//! a switch k blocks before it. Then E\[estimate\]/effect is
//!
//! - random coins: 1 − r_0 (the past is the same for both arms);
//! - half of n blocks: 1 − r_0 + c·(r_0 − mean of r_0 … r_(n−1)), c = −1/(n − 1) the correlation of two arms (−1/n for an
//!   odd n, whose count is drawn); balanced orders do so within each hour;
//! - paired: 1 − 3/2·r_0 + 1/2·r_1 (the first of a pair follows a coin, the second its opposite);
//! - alternating: 1 − 2·(r_0 − r_1 + r_2 − …).
//!
//! A request that arrives before a switch and ends after it meets both arms: by arrival G is above zero before the switch
//! already. With B(t) = ∫₀ᵗ G(−v) dv and q_k = (B(l − b + kl) − B(kl))/(l − b) in the place of r_k, what is lost to the
//! blocks that follow is the same sum, and both are subtracted.
//!
//! With 1 − G = e^−t these are the closed forms of case S1, with the residual law of lengths that of case S2.

use crate::design::Order;

/// Blocks of a switchback, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blocks {
    /// Block length l.
    pub length_s: f64,
    /// What is left out at its start, b < l.
    pub washout_s: f64,
    /// How arms follow each other.
    pub order: Order,
    /// How many blocks there are.
    pub count: u32,
}

/// An hour: balanced orders are balanced within each.
pub const STRATUM_S: f64 = 3600.0;

/// Sums over blocks end when a term is below this share of the effect, or after this many terms.
const SMALLEST: f64 = 1e-16;
const MOST_TERMS: u32 = 100_000;

impl Blocks {
    /// Blocks among which half get the candidate: all, or those of an hour.
    #[must_use]
    pub fn per_stratum(&self) -> u32 {
        match self.order {
            Order::Balanced => self.count.min(((STRATUM_S / self.length_s) as u32).max(1)),
            _ => self.count,
        }
    }

    /// E\[estimate\]/effect, where `after` is A(t) = ∫₀ᵗ (1 − G) after a switch and `before` is B(t) = ∫₀ᵗ G before it, both in
    /// seconds.
    #[must_use]
    pub fn share_found(&self, after: impl Fn(f64) -> f64, before: impl Fn(f64) -> f64) -> f64 {
        let Self { length_s: length, washout_s: washout, .. } = *self;
        let kept = length - washout;
        let since = |k: u32| f64::from(k) * length;
        let past = self.lost(|k| (after(length + since(k)) - after(washout + since(k))) / kept);
        let future = self.lost(|k| (before(kept + since(k)) - before(since(k))) / kept);
        1.0 - past - future
    }

    /// What the other blocks take, where `left` is the mean share of a step k blocks away.
    fn lost(&self, left: impl Fn(u32) -> f64) -> f64 {
        match self.order {
            Order::Random | Order::Minimax => left(0),
            Order::Complete | Order::Balanced => {
                let n = self.per_stratum();
                if n < 2 {
                    return left(0);
                }
                let count = f64::from(n);
                let correlation = if n.is_multiple_of(2) { -1.0 / (count - 1.0) } else { -1.0 / count };
                let terms = (0..n.min(MOST_TERMS)).map(&left);
                let mean = terms.take_while(|term| term.abs() >= SMALLEST).sum::<f64>() / count;
                left(0) - correlation * (left(0) - mean)
            }
            Order::Paired => 1.5 * left(0) - 0.5 * left(1),
            Order::Alternating => {
                let (mut sum, mut sign) = (0.0, 1.0);
                for term in (0..MOST_TERMS).map(left).take_while(|term| term.abs() >= SMALLEST) {
                    sum += sign * term;
                    sign = -sign;
                }
                2.0 * sum
            }
        }
    }
}

/// A measured response: what remains of the other arm after a switch, and what is there of the new one before it, on a grid of
/// time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    step_s: f64,
    /// A(t) at 0, one step, two steps, …
    after_s: Vec<f64>,
    /// B(t) at the same.
    before_s: Vec<f64>,
}

impl Response {
    /// From the means of 1 − G over steps of `step_s` seconds after a switch, and of G over steps before it, the nearest first;
    /// beyond the last of them nothing remains.
    #[must_use]
    pub fn new(step_s: f64, remaining: &[f64], lead: &[f64]) -> Self {
        Self { step_s, after_s: areas(step_s, remaining), before_s: areas(step_s, lead) }
    }

    /// A(t) = ∫₀ᵗ (1 − G) in seconds; A(∞) is the time that a switch costs.
    #[must_use]
    pub fn after(&self, t_s: f64) -> f64 {
        between(&self.after_s, t_s / self.step_s)
    }

    /// B(t) = ∫₀ᵗ G before a switch, in seconds.
    #[must_use]
    pub fn before(&self, t_s: f64) -> f64 {
        between(&self.before_s, t_s / self.step_s)
    }

    /// E\[estimate\]/effect of these blocks.
    #[must_use]
    pub fn share_found(&self, blocks: &Blocks) -> f64 {
        blocks.share_found(|t| self.after(t), |t| self.before(t))
    }
}

/// Running sums of `shares` times the step, from zero on.
fn areas(step_s: f64, shares: &[f64]) -> Vec<f64> {
    let mut area = 0.0;
    let sums = shares.iter().map(|share| {
        area += share * step_s;
        area
    });
    std::iter::once(0.0).chain(sums).collect()
}

/// The value at a place between those of a list; the last one beyond its end.
fn between(values: &[f64], at: f64) -> f64 {
    let low = at.max(0.0) as usize;
    match (values.get(low), values.get(low + 1)) {
        (Some(a), Some(b)) => a + (b - a) * (at.max(0.0) - low as f64),
        _ => values.last().copied().unwrap_or(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(order: Order, length_s: f64, washout_s: f64, count: u32) -> Blocks {
        Blocks { length_s, washout_s, order, count }
    }

    fn exponential(t: f64) -> f64 {
        -libm::expm1(-t)
    }

    fn nothing(_: f64) -> f64 {
        0.0
    }

    #[test]
    fn what_the_next_block_takes_is_what_the_last_one_takes_in_reverse() {
        for order in [Order::Random, Order::Complete, Order::Balanced, Order::Paired, Order::Alternating] {
            let these = blocks(order, 3.0, 0.0, 8);
            let (past, future) =
                (these.share_found(exponential, nothing), these.share_found(nothing, exponential));
            assert_eq!(past, future, "{order:?}");
            let both = these.share_found(exponential, exponential);
            assert!((both - (past + future - 1.0)).abs() < 1e-15, "{order:?}");
        }
        // A washout does not help against it: the end of a block is what is spoilt.
        let found = |washout| blocks(Order::Random, 3.0, washout, 8).share_found(nothing, exponential);
        assert!(found(1.0) < found(0.0));
    }

    #[cfg(feature = "cli")]
    #[test]
    fn an_exponential_response_gives_the_closed_forms_of_case_s1() {
        use crate::verify::exact::switchback::{alternating, complete, independent, paired};
        for x in [0.3, 1.0, 2.0, 5.0, 10.0, 20.0] {
            for b in [0.0, x / 2.0] {
                let close = |order, expected: f64| {
                    let found = blocks(order, x, b, 8).share_found(exponential, nothing);
                    assert!((found - expected).abs() < 1e-9, "{order:?} {x} {b}: {found} {expected}");
                };
                close(Order::Random, independent(x, b));
                close(Order::Alternating, alternating(x, b));
                if b == 0.0 {
                    close(Order::Paired, paired(x));
                    close(Order::Complete, complete(x, 8));
                }
            }
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn heavy_tailed_lengths_give_the_printed_values_of_case_s2() {
        use crate::verify::exact::power_law::HEAVY_TAIL;
        let sizes = HEAVY_TAIL.with_mean_one();
        for (l, whole, kept) in [(5.0, 0.617_750, 0.726_609), (50.0, 0.889_996, 0.956_460)] {
            let found =
                |b| blocks(Order::Random, l, b, 8).share_found(|t| sizes.residual_tail_integral(t), nothing);
            // The printed digits.
            assert!((found(0.0) - whole).abs() < 1e-6 && (found(l / 2.0) - kept).abs() < 1e-6);
        }
    }

    #[test]
    fn a_response_on_a_grid_has_the_area_of_its_steps() {
        let step = 0.25;
        let means: Vec<f64> = (0..200)
            .map(|at| (exponential((f64::from(at) + 1.0) * step) - exponential(f64::from(at) * step)) / step)
            .collect();
        let response = Response::new(step, &means, &means);
        for order in [Order::Random, Order::Complete, Order::Balanced, Order::Paired, Order::Alternating] {
            let these = blocks(order, 5.0, 1.0, 6);
            // Rounding of two hundred sums.
            let error = response.share_found(&these) - these.share_found(exponential, exponential);
            assert!(error.abs() < 1e-12, "{order:?}: {error}");
        }
        assert_eq!(response.after(1e9), response.after(50.0));
    }

    #[test]
    fn a_response_without_delay_leaves_no_bias_and_more_switches_leave_more() {
        for order in [Order::Random, Order::Complete, Order::Paired, Order::Alternating] {
            assert_eq!(blocks(order, 3.0, 1.0, 8).share_found(nothing, nothing), 1.0);
        }
        let found = |order| blocks(order, 3.0, 0.0, 8).share_found(exponential, nothing);
        assert!(found(Order::Random) > found(Order::Complete));
        assert!(found(Order::Complete) > found(Order::Paired));
        assert!(found(Order::Paired) > found(Order::Alternating));
    }

    #[test]
    fn balanced_blocks_are_counted_within_an_hour() {
        assert_eq!(blocks(Order::Balanced, 300.0, 0.0, 48).per_stratum(), 12);
        assert_eq!(blocks(Order::Balanced, 300.0, 0.0, 8).per_stratum(), 8);
        assert_eq!(
            blocks(Order::Balanced, 9000.0, 0.0, 8).share_found(|t| t.min(9.0), nothing),
            1.0 - 9.0 / 9000.0
        );
    }
}
