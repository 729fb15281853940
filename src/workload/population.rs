//! Who sends: users with heavy-tailed activity, tiers and regions, all by keyed draws of their own.

use crate::rng::{Purpose, Streams};
use crate::stats::normal_quantile;
use crate::units::{RegionId, TierId, UserId};

/// What a user pays for.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// Name in the scenario.
    pub name: String,
    /// Share of the users; the shares of a population sum to 1.
    pub share: f64,
    /// Activity of its users relative to the others'.
    pub activity: f64,
    /// Priority of its requests where a policy goes by tier; higher goes first.
    pub priority: u8,
}

/// How unequal the users' activity is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activity {
    /// All the same.
    Equal,
    /// Log-normal with this standard deviation of the logarithm.
    Lognormal(f64),
    /// The k-th user's activity falls as k to minus this exponent.
    Zipf(f64),
}

/// A population of users.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// How many.
    pub count: u32,
    /// How unequal their activity is.
    pub activity: Activity,
    /// Standard deviation of the logarithm of a user's own length factor, of mean 1.
    pub length_spread: f64,
    /// Tiers; at least one.
    pub tiers: Vec<Tier>,
    /// Regions by number and the share of users in each; the shares sum to 1.
    pub regions: Vec<f64>,
    /// Names of the regions, under which their draws are keyed.
    pub region_names: Vec<String>,
}

/// One user's attributes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct User {
    /// Activity relative to the population's mean before normalisation.
    pub activity: f64,
    /// What the user pays for.
    pub tier: TierId,
    /// Where the user sits.
    pub region: RegionId,
    /// Factor on all of the user's lengths.
    pub length_factor: f64,
    /// The priority of its tier.
    pub priority: u8,
}

impl Population {
    /// The attributes of a user: functions of its own draws alone.
    #[must_use]
    pub fn user(&self, user: UserId, streams: Streams) -> User {
        let mut draws = streams.stream(Purpose::UserAttributes, u64::from(user.0));
        let activity_draw = draws.uniform();
        let tier = pick(self.tiers.iter().map(|tier| tier.share), draws.uniform());
        let region = pick(self.regions.iter().copied(), draws.uniform());
        let length_draw = draws.uniform();
        let lognormal = |sd: f64, draw: f64| {
            if sd == 0.0 { 1.0 } else { libm::exp(sd * normal_quantile(draw) - sd * sd / 2.0) }
        };
        let activity = match self.activity {
            Activity::Equal => 1.0,
            Activity::Lognormal(sigma) => lognormal(sigma, activity_draw),
            Activity::Zipf(exponent) => libm::pow(f64::from(user.0) + 1.0, -exponent),
        };
        User {
            activity: activity * self.tiers[tier].activity,
            tier: TierId(tier as u8),
            region: RegionId(region as u8),
            length_factor: lognormal(self.length_spread, length_draw),
            priority: self.tiers[tier].priority,
        }
    }

    /// Mean activity over users in expectation: 1 for equal and log-normal activity, times the tiers'.
    #[must_use]
    pub fn expected_activity(&self) -> f64 {
        let tiers: f64 = self.tiers.iter().map(|tier| tier.share * tier.activity).sum();
        let law = match self.activity {
            Activity::Equal | Activity::Lognormal(_) => 1.0,
            Activity::Zipf(exponent) => {
                let sum: f64 = (1..=self.count).map(|rank| libm::pow(f64::from(rank), -exponent)).sum();
                sum / f64::from(self.count)
            }
        };
        tiers * law
    }

    /// All users.
    #[must_use]
    pub fn users(&self, streams: Streams) -> Vec<User> {
        (0..self.count).map(|user| self.user(UserId(user), streams)).collect()
    }
}

/// The first index whose cumulative share exceeds `draw`.
pub(super) fn pick(shares: impl Iterator<Item = f64>, draw: f64) -> usize {
    let (mut sum, mut last) = (0.0, 0);
    for (index, share) in shares.enumerate() {
        sum += share;
        last = index;
        if draw < sum {
            return index;
        }
    }
    last
}
