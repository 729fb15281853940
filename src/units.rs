//! Time, tokens and identities as distinct types, so that mixing them does not compile.
//!
//! Simulated time is an integer number of picoseconds: a float may not decide the order of events
//! (on a 1 ms arrival grid every floating-point world diverged from its own reference).

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// Picoseconds in a second.
pub const PS_PER_SECOND: u64 = 1_000_000_000_000;

/// A point of simulated time: picoseconds since the start of the world. Spans 213 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u64);

/// The latest instant at which anything may arrive: 200 days. What follows still fits a [`SimTime`].
pub const LATEST: SimTime = SimTime(200 * 86_400 * PS_PER_SECOND);

/// A length of simulated time in picoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

impl SimTime {
    /// The start of the world.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// Time since `earlier`. A negative span is a broken causality law.
    ///
    /// # Panics
    /// When `earlier` is later (law CAUSE-1).
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        match self.0.checked_sub(earlier.0) {
            Some(ps) => Span(ps),
            None => panic!("CAUSE-1: {self} lies before {earlier}"),
        }
    }

    /// Seconds since the start of the world.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / PS_PER_SECOND as f64
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The nearest whole number of picoseconds; negative and non-finite values become zero.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Self {
        Self(libm::round(seconds * PS_PER_SECOND as f64) as u64)
    }

    /// Whole seconds.
    #[must_use]
    pub const fn whole_seconds(seconds: u64) -> Self {
        Self(seconds * PS_PER_SECOND)
    }

    /// Length in seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / PS_PER_SECOND as f64
    }

    /// Length in milliseconds.
    #[must_use]
    pub fn milliseconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add<Span> for SimTime {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0 + span.0)
    }
}

impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        self.0 += span.0;
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<u64> for Span {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0 * times)
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t={:.6}s", self.seconds())
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl $name {
            /// The id as an index into a table.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// Who sends requests: the index in the population.
    UserId(u32)
);
id!(
    /// One serving engine, numbered over the whole fleet, cluster by cluster.
    ReplicaId(u32)
);
id!(
    /// Replicas of one region behind one gateway, in scenario order.
    ClusterId(u16)
);
id!(
    /// Where users sit and clusters stand, in order of first mention.
    RegionId(u8)
);
id!(
    /// A kind of traffic with its own lengths and service-level objective.
    ClassId(u8)
);
id!(
    /// What a user pays for.
    TierId(u8)
);
id!(
    /// A named policy inside one world; 0 is always the control.
    ArmId(u8)
);
