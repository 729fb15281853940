//! The clock on which arrivals run: operational time, in which every user is a plain Poisson process.
//!
//! The rate of a region at time t is its base rate times λ(t) = profile(t)·exp(x(t) − s²/2), with x an
//! Ornstein–Uhlenbeck process of standard deviation s and time constant τ. Operational time Λ(t) = ∫λ is piecewise linear
//! over steps of a minute; mapping it back is monotone, so it never changes the order of arrivals.

use super::profile::Profile;
use crate::rng::Family;
use crate::stats::normal_quantile;
use crate::units::{LATEST, SimTime, Span};

/// A stationary Ornstein–Uhlenbeck process on a logarithmic scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Stationary standard deviation of the logarithm.
    pub sd: f64,
    /// Time constant: the correlation falls by e in this time.
    pub time_constant: Span,
}

/// Length of a step of the clock and of all drifts.
pub const STEP: Span = Span::whole_seconds(60);

/// What makes the clock of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Factor by hour of day.
    pub profile: Profile,
    /// Slow random drift of the rate.
    pub drift: Drift,
    /// Time of day at which the world starts, in seconds since midnight of a Monday.
    pub start_of_day_s: f64,
}

/// A drift along its steps: exp(x − s²/2), of mean 1.
#[derive(Clone, Debug)]
pub struct DriftPath {
    drift: Drift,
    draws: Family,
    step: u64,
    state: f64,
    factor: f64,
}

impl DriftPath {
    /// The path of one owner; `draws` must be its own.
    #[must_use]
    pub fn new(drift: Drift, draws: Family) -> Self {
        let state = drift.sd * normal(draws, 0);
        Self { drift, draws, step: 0, state, factor: mean_one(drift, state) }
    }

    /// The factor of the present step.
    #[inline]
    #[must_use]
    pub const fn factor(&self) -> f64 {
        self.factor
    }

    /// Move to the step that contains `now`; time only moves on.
    #[inline]
    pub fn advance_to(&mut self, now: SimTime) {
        while self.drift.sd > 0.0 && (self.step + 1) * STEP.0 <= now.0 {
            self.advance();
        }
    }

    /// Move to the next step.
    pub fn advance(&mut self) {
        self.step += 1;
        if self.drift.sd > 0.0 {
            let keep = libm::exp(-STEP.seconds() / self.drift.time_constant.seconds());
            let noise = self.drift.sd * (1.0 - keep * keep).sqrt();
            self.state = self.state * keep + noise * normal(self.draws, self.step);
            self.factor = mean_one(self.drift, self.state);
        }
    }
}

/// exp(x − s²/2): of mean 1 when x is normal with standard deviation s.
fn mean_one(drift: Drift, state: f64) -> f64 {
    if drift.sd == 0.0 { 1.0 } else { libm::exp(state - drift.sd * drift.sd / 2.0) }
}

fn normal(draws: Family, entity: u64) -> f64 {
    normal_quantile(draws.uniform(entity))
}

/// Maps the operational time of one region to simulated time, going forward.
#[derive(Clone, Debug)]
pub struct Clock {
    pace: Pace,
    path: DriftPath,
    /// Operational time at the start of the present step, and at its end.
    from: u64,
    to: u64,
    /// Simulated picoseconds for each operational one within the present step.
    slope: f64,
    step: u64,
}

impl Clock {
    /// The clock of one region; `draws` must be the region's own.
    #[must_use]
    pub fn new(pace: &Pace, draws: Family) -> Self {
        let path = DriftPath::new(pace.drift, draws);
        let mut clock = Self { pace: pace.clone(), path, from: 0, to: 0, slope: 1.0, step: 0 };
        clock.open_step();
        clock
    }

    fn length_of_step(&self) -> u64 {
        let middle = (self.step as f64 + 0.5) * STEP.seconds();
        let factor = self.pace.profile.factor(self.pace.start_of_day_s + middle) * self.path.factor();
        (libm::round(factor * STEP.0 as f64) as u64).max(1)
    }

    /// The present step begins where the last one ended.
    fn open_step(&mut self) {
        let length = self.length_of_step();
        self.from = self.to;
        self.to += length;
        self.slope = STEP.0 as f64 / length as f64;
    }

    /// The simulated time of an operational time, at most [`LATEST`]; later calls never ask for an earlier one.
    #[inline]
    pub fn time_of(&mut self, operational: u64) -> SimTime {
        while operational >= self.to {
            if self.step * STEP.0 >= LATEST.0 {
                return LATEST;
            }
            self.step += 1;
            self.path.advance();
            self.open_step();
        }
        let into = (((operational - self.from) as f64 * self.slope) as u64).min(STEP.0 - 1);
        SimTime(self.step * STEP.0 + into)
    }
}
