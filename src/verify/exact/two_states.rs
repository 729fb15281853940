//! A chain of two states with a coin at every step: P(next = 1 | s, a) = FROM\[s\] + MORE\[s\]·a, outcome 5s + a.

/// P(next = 1) under the control, by state.
pub const FROM: [f64; 2] = [0.2, 0.7];

/// The chain; `more` is what treatment adds to P(next = 1), by state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoStates {
    /// By state.
    pub more: [f64; 2],
}

impl TwoStates {
    /// Long-run probability of the state 1 at the treated share `p`: what enters over what enters and leaves.
    #[must_use]
    pub fn occupied(&self, p: f64) -> f64 {
        let [enters, stays] = [0, 1].map(|state| FROM[state] + self.more[state] * p);
        enters / (1.0 - stays + enters)
    }

    /// V(p).
    #[must_use]
    pub fn value(&self, p: f64) -> f64 {
        5.0 * self.occupied(p) + p
    }

    /// The truncated policy gradient's limit: 1 + 5·c·Σ_{h<k} r^h with c = Σ π_s·more_s, what one treated step adds to the
    /// probability of the state 1, and r = P(1 | 1) − P(1 | 0), what is left of it a step later.
    #[must_use]
    pub fn gradient(&self, p: f64, horizon: u32) -> f64 {
        let occupied = self.occupied(p);
        let added = (1.0 - occupied) * self.more[0] + occupied * self.more[1];
        let left = FROM[1] - FROM[0] + (self.more[1] - self.more[0]) * p;
        1.0 + 5.0 * added * (0..horizon).map(|h| libm::pow(left, f64::from(h))).sum::<f64>()
    }

    /// Its limit for long horizons, which differences in Q find: the slope V′(p).
    #[must_use]
    pub fn slope(&self, p: f64) -> f64 {
        let occupied = self.occupied(p);
        let added = (1.0 - occupied) * self.more[0] + occupied * self.more[1];
        1.0 + 5.0 * added / (1.0 - (FROM[1] - FROM[0] + (self.more[1] - self.more[0]) * p))
    }
}
