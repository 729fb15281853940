//! The catalogue of randomness: every draw is a function of (seed, replication, purpose, entity).
//!
//! No generator lives in the world. Two policies therefore meet the same users, arrivals and lengths,
//! and adding an entity leaves everybody else's luck unchanged. Streams are `SplitMix64` (Steele, Lea and
//! Flood, OOPSLA 2014) started from a keyed hash made of two of its finalisers; a stream is created at the
//! price of its first draw, so nothing needs to be stored.

use rand::{TryRng, rand_core::Infallible};

/// What a draw is for. Moving or renumbering a variant changes results; say so in the changelog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Gaps between a user's requests. Entity: user and ordinal.
    ArrivalGap = 1,
    /// The slow drift of a region's arrival rate. Entity: step, under the region's name.
    RateDrift = 2,
    /// A user's activity, tier, region, home and length factor. Entity: user.
    UserAttributes = 3,
    /// The class of a request. Entity: user and ordinal.
    RequestClass = 4,
    /// Prompt tokens. Entity: user and ordinal.
    PromptLength = 5,
    /// Output tokens. Entity: user and ordinal.
    OutputLength = 6,
    /// The slow drift of token lengths. Entity: step, under the class's name.
    LengthDrift = 7,
    /// Which user sends a row of a trace that names none. Entity: row.
    TraceUser = 8,
    /// Where inside a coarse time stamp a row of a trace falls. Entity: row.
    TraceSpread = 9,
    /// Which arm a unit gets. Entity: the unit under the design's own key.
    Assignment = 10,
    /// A router's random choices. Entity: user and ordinal.
    Routing = 11,
    /// Whether a user who looks at the load sends a request. Entity: user and ordinal.
    Joining = 12,
    /// A step of a chain that a known answer draws its log from. Entity: step, from 1 on; 0 is where the chain starts.
    ChainStep = 13,
    /// The scenarios of the swarm and its checks. Entity: the part of the scenario, or the check.
    Swarm = 14,
    /// Bootstrap weights and permutations of an analysis. Entity: the draw, under a family keyed by the analysis.
    Resampling = 15,
    /// Which requests are put under the other policy, one at a time. Entity: the flip.
    Flip = 16,
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of `SplitMix64`: a bijection whose every output bit depends on every input bit.
#[must_use]
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number for a name that does not depend on the order or number of names (FNV-1a, finalised).
#[must_use]
pub fn name_key(name: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    mix(name.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

/// All randomness of one replication of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    root: u64,
}

impl Streams {
    /// The streams of `replication` under the master `seed`.
    #[must_use]
    pub const fn new(seed: u64, replication: u64) -> Self {
        Self { root: mix(mix(seed.wrapping_add(GAMMA)) ^ replication.wrapping_mul(GAMMA)) }
    }

    /// The family of streams of one purpose; keep it where the same purpose is asked often.
    #[must_use]
    pub const fn family(self, purpose: Purpose) -> Family {
        Family { key: mix(self.root ^ (purpose as u64).wrapping_mul(GAMMA)) }
    }

    /// The stream of one purpose and entity.
    #[must_use]
    pub const fn stream(self, purpose: Purpose, entity: u64) -> Stream {
        self.family(purpose).stream(entity)
    }
}

/// The streams of one purpose, one for each entity.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    key: u64,
}

impl Family {
    /// A family of its own inside this one, for a purpose that several owners share (the designs).
    #[must_use]
    pub const fn keyed(self, owner: u64) -> Self {
        Self { key: mix(self.key ^ mix(owner.wrapping_add(GAMMA))) }
    }

    /// The stream of `entity`.
    #[must_use]
    pub const fn stream(self, entity: u64) -> Stream {
        Stream { state: mix(self.key ^ entity.wrapping_mul(GAMMA)) }
    }

    /// The first 64 bits of the stream of `entity`.
    #[must_use]
    pub const fn bits(self, entity: u64) -> u64 {
        mix(self.stream(entity).state.wrapping_add(GAMMA))
    }

    /// The first uniform of the stream of `entity`.
    #[must_use]
    pub const fn uniform(self, entity: u64) -> f64 {
        open_unit(self.bits(entity))
    }
}

/// A generator that lives for one entity and one purpose. Never keep one for later.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// The next uniform in the open interval (0, 1).
    pub const fn uniform(&mut self) -> f64 {
        open_unit(self.bits())
    }

    /// A uniform integer below `bound` by multiplication (bias below bound/2⁶⁴).
    pub const fn below(&mut self, bound: u32) -> u32 {
        (((self.bits() >> 32) * bound as u64) >> 32) as u32
    }
}

/// The middle of one of 2⁵² cells of (0, 1): never 0 and never 1.
const fn open_unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        for chunk in destination.chunks_mut(8) {
            let bytes = self.bits().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniforms_of_different_entities_look_independent() {
        let family = Streams::new(1, 0).family(Purpose::PromptLength);
        let n = 100_000u64;
        let draws: Vec<f64> = (0..n).map(|entity| family.uniform(entity)).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let lag: f64 = draws.windows(2).map(|w| (w[0] - 0.5) * (w[1] - 0.5)).sum::<f64>() / n as f64;
        // Four standard errors of a uniform mean (0.2887/√n) and of a product of two centred uniforms (1/12/√n).
        assert!((mean - 0.5).abs() < 4.0 * 0.2887 / (n as f64).sqrt(), "{mean}");
        assert!(lag.abs() < 4.0 / 12.0 / (n as f64).sqrt(), "{lag}");
    }

    #[test]
    fn purposes_replications_and_seeds_do_not_share_streams() {
        let first = |seed, replication, purpose| Streams::new(seed, replication).stream(purpose, 7).bits();
        let base = first(1, 0, Purpose::PromptLength);
        assert_ne!(base, first(2, 0, Purpose::PromptLength));
        assert_ne!(base, first(1, 1, Purpose::PromptLength));
        assert_ne!(base, first(1, 0, Purpose::OutputLength));
        assert_eq!(base, first(1, 0, Purpose::PromptLength));
    }
}
