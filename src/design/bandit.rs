//! A bandit: the candidate's probability follows what both arms have earned. It is written down with every decision, so that a
//! log can be weighed by it; what an arm earns depends on the load that both make, which no weight can undo.

use super::coins::Coin;
use super::history::History;
use super::{ArmId, Assignment, CANDIDATE, CONTROL, Design, FleetFacts, Unit, arm_of};
use crate::policy::Spec;
use crate::record::{Quantity, Reading};
use crate::rng::Family;
use crate::stats::{beta_exceeds, normal_cdf};
use crate::units::{ClusterId, SimTime, Span};
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "bandit",
    about: "a coin for each request whose probability follows the `reward` of both arms: `algorithm` thompson or epsilon_greedy, \
            updated `every` so often, clipped at `floor`",
    build: |section| {
        let algorithms = &[("thompson", false), ("epsilon_greedy", true)];
        let is_greedy = section.choice("algorithm", Some("thompson"), algorithms).unwrap_or(false);
        let epsilon = is_greedy.then(|| section.number("epsilon", Some(0.1), 0.0..=1.0));
        let rewards = &[("good", Quantity::Good), ("ttft", Quantity::Ttft), ("e2e", Quantity::EndToEnd)];
        Box::new(Bandit {
            epsilon,
            reward: section.choice("reward", Some("good"), rewards).unwrap_or(Quantity::Good),
            every: section.positive_duration("every", Some("10 s")),
            floor: section.number("floor", Some(0.05), 0.0..=0.5),
        })
    },
};

#[derive(Clone, Copy)]
struct Bandit {
    /// Epsilon-greedy with this probability of a fair coin; `None`: Thompson sampling.
    epsilon: Option<f64>,
    /// Within objectives, or a latency of completed requests, of which less is better.
    reward: Quantity,
    /// Time between two updates.
    every: Span,
    /// No arm gets less.
    floor: f64,
}

impl Design for Bandit {
    fn unit(&self) -> Unit {
        Unit::Request
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        Box::new(Player::new(draws, facts.warm_up, *self))
    }
}

/// What one arm has earned: whole numbers, so that the order of ends does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Earned {
    sum: u128,
    squares: u128,
    count: u64,
}

impl Earned {
    fn add(&mut self, value: u64, count: u64) {
        self.sum += u128::from(value);
        self.squares += u128::from(value) * u128::from(value);
        self.count += count;
    }

    fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }

    /// Of the mean.
    fn variance(&self) -> f64 {
        let (n, mean) = (self.count as f64, self.mean());
        ((self.squares as f64 / n - mean * mean) * n / (n - 1.0)).max(0.0) / n
    }
}

impl Bandit {
    /// The probability of the candidate after what both arms have earned.
    fn propensity(&self, control: &Earned, candidate: &Earned) -> f64 {
        let chance = match self.epsilon {
            None => self.thompson(control, candidate),
            Some(epsilon) => epsilon / 2.0 + (1.0 - epsilon) * self.greedy(control, candidate),
        };
        chance.clamp(self.floor, 1.0 - self.floor)
    }

    /// 1 when the candidate's mean is the better, 0 when the control's is.
    fn greedy(&self, control: &Earned, candidate: &Earned) -> f64 {
        if control.count == 0 || candidate.count == 0 {
            return 0.5;
        }
        let gain = candidate.mean() - control.mean();
        step(if self.reward == Quantity::Good { gain } else { -gain })
    }

    /// The posterior probability that the candidate's mean reward is the greater. Successes: uniform priors. Latencies: flat
    /// priors and the arms' own variances, so normal posteriors.
    fn thompson(&self, control: &Earned, candidate: &Earned) -> f64 {
        if self.reward == Quantity::Good {
            let beta = |of: &Earned| (1.0 + of.sum as f64, 1.0 + of.count as f64 - of.sum as f64);
            return beta_exceeds(beta(candidate), beta(control));
        }
        if control.count < 2 || candidate.count < 2 {
            return 0.5;
        }
        let gain = control.mean() - candidate.mean();
        let variance = control.variance() + candidate.variance();
        if variance > 0.0 { normal_cdf(gain / variance.sqrt()) } else { step(gain) }
    }
}

/// Which of two known numbers is the greater: 1, 0, or ½ when they are equal.
fn step(difference: f64) -> f64 {
    if difference > 0.0 {
        1.0
    } else if difference < 0.0 {
        0.0
    } else {
        0.5
    }
}

#[derive(Clone)]
struct Player {
    draws: Family,
    start: SimTime,
    of: Bandit,
    history: History,
    next: SimTime,
    /// By arm, since the end of the warm-up.
    earned: [Earned; 2],
}

impl Player {
    fn new(draws: Family, start: SimTime, of: Bandit) -> Self {
        let history = History::new(0.5);
        Self { draws, start, of, history, next: start + of.every, earned: [Earned::default(); 2] }
    }

    /// All updates at or before `now`.
    fn update(&mut self, now: SimTime) {
        while self.next <= now {
            let [control, candidate] = &self.earned;
            self.history.push(self.next, self.of.propensity(control, candidate));
            self.next += self.of.every;
        }
    }
}

impl Assignment for Player {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(Self::new(self.draws, self.start, self.of))
    }

    fn unit(&self) -> Unit {
        Unit::Request
    }

    fn arm(&mut self, request: &Request, _: ClusterId) -> ArmId {
        self.update(request.arrival);
        arm_of(Coin::Request.uniform(self.draws, request) < self.history.latest())
    }

    fn learns(&self) -> bool {
        true
    }

    fn learn(&mut self, reading: &Reading<'_>, finished: SimTime) {
        self.update(finished);
        if finished >= self.start {
            let (value, count) = self.of.reward.read(reading);
            let arm = if reading.outcome().arm == CONTROL { CONTROL } else { CANDIDATE };
            self.earned[arm.index()].add(value, count);
        }
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        Some(request.index as u32)
    }

    fn propensity(&self, request: &Request, _: ClusterId) -> f64 {
        self.history.share(request.arrival)
    }

    fn block(&self, _: ClusterId, now: SimTime) -> Option<u32> {
        Some(self.history.block(now))
    }

    fn since_switch(&self, _: ClusterId, now: SimTime) -> Option<Span> {
        Some(self.history.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THOMPSON: Bandit = Bandit { epsilon: None, reward: Quantity::Good, every: Span(1), floor: 0.0 };

    fn successes(sum: u64, count: u64) -> Earned {
        Earned { sum: u128::from(sum), squares: u128::from(sum), count }
    }

    #[test]
    fn the_better_arm_gets_more_and_nobody_less_than_the_floor() {
        let (worse, better) = (successes(40, 100), successes(60, 100));
        // Normal approximation: (0.6 − 0.4)/√(2·0.24/100) = 2.89 standard deviations.
        assert!((THOMPSON.propensity(&worse, &better) - 0.998).abs() < 1e-3);
        let sum = THOMPSON.propensity(&worse, &better) + THOMPSON.propensity(&better, &worse);
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        let clipped = Bandit { floor: 0.05, ..THOMPSON };
        assert_eq!(clipped.propensity(&worse, &better), 0.95);
        let greedy = Bandit { epsilon: Some(0.2), ..THOMPSON };
        assert!((greedy.propensity(&worse, &better) - 0.9).abs() < 1e-15);
        assert_eq!(greedy.propensity(&better, &better), 0.5);
    }

    #[test]
    fn of_a_latency_less_is_better() {
        let latencies = |values: &[u64]| {
            let mut earned = Earned::default();
            values.iter().for_each(|&value| earned.add(value, 1));
            earned
        };
        let (fast, slow) = (latencies(&[9, 10, 11]), latencies(&[10, 11, 12]));
        let thompson = Bandit { reward: Quantity::Ttft, ..THOMPSON };
        // Variances of the means are 1/3 each.
        assert!((thompson.propensity(&slow, &fast) - normal_cdf(1.5_f64.sqrt())).abs() < 1e-12);
        assert_eq!(thompson.propensity(&latencies(&[1]), &fast), 0.5);
        assert_eq!(thompson.propensity(&latencies(&[5, 5]), &latencies(&[4, 4])), 1.0);
    }
}
