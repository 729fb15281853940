//! Generated arrivals: every user a Poisson process in operational time, merged in order of simulated time.

use super::clock::{Clock, DriftPath};
use super::population::{User, pick};
use super::{Gaps, Rate, Request, Workload};
use crate::engine::Tournament;
use crate::rng::{Family, Purpose, Streams, name_key};
use crate::units::{ClassId, PS_PER_SECOND, RegionId, SimTime, UserId};

/// One user while it sends.
#[derive(Clone, Copy, Debug)]
struct Sender {
    id: UserId,
    attributes: User,
    /// Mean gap between its requests in operational picoseconds.
    mean_gap: f64,
    ordinal: u32,
}

/// The users of one region, merged in operational time.
struct Crowd {
    senders: Vec<Sender>,
    next: Tournament,
    clock: Clock,
    /// Simulated time of the next arrival.
    due: SimTime,
}

/// An endless stream of requests in order of arrival; ties by region and then by user.
pub struct Generator<'a> {
    workload: &'a Workload,
    gaps: Family,
    classes: Family,
    prompts: Family,
    outputs: Family,
    crowds: Vec<Crowd>,
    drifts: Vec<DriftPath>,
    index: u64,
}

/// Later than any gap that could matter, and far from overflow.
const FOREVER: f64 = (u64::MAX / 4) as f64;

impl Sender {
    /// The gap before its next request.
    #[inline]
    fn gap(&self, law: Gaps, draws: Family) -> u64 {
        let key = u64::from(self.id.0) << 32 | u64::from(self.ordinal);
        (law.draw(draws, key) * self.mean_gap).min(FOREVER) as u64
    }
}

impl<'a> Generator<'a> {
    /// The arrivals of one replication.
    #[must_use]
    pub fn new(workload: &'a Workload, streams: Streams) -> Self {
        let users = workload.users.users(streams);
        let per_activity = match workload.rate {
            Rate::Total(rate) => rate / users.iter().map(|user| user.activity).sum::<f64>(),
            Rate::PerUser(rate) => rate,
        };
        let gaps = streams.family(Purpose::ArrivalGap);
        let drift = streams.family(Purpose::RateDrift);
        let crowds = (0..workload.users.regions.len())
            .map(|region| {
                let senders: Vec<Sender> = users
                    .iter()
                    .enumerate()
                    .filter(|(_, user)| user.region == RegionId(region as u8))
                    .map(|(id, user)| Sender {
                        id: UserId(id as u32),
                        attributes: *user,
                        mean_gap: (PS_PER_SECOND as f64 / (per_activity * user.activity)).min(FOREVER),
                        ordinal: 0,
                    })
                    .collect();
                let first: Vec<u64> = senders.iter().map(|sender| sender.gap(workload.gaps, gaps)).collect();
                let next = Tournament::from_keys(&first);
                let mut clock =
                    Clock::new(&workload.pace, drift.keyed(name_key(&workload.users.region_names[region])));
                let due = if senders.is_empty() { SimTime::NEVER } else { clock.time_of(next.min().0) };
                Crowd { senders, next, clock, due }
            })
            .collect();
        let length_drift = streams.family(Purpose::LengthDrift);
        let drifts = workload
            .classes
            .iter()
            .map(|of| DriftPath::new(of.length_drift, length_drift.keyed(name_key(&of.name))))
            .collect();
        Self {
            workload,
            gaps,
            classes: streams.family(Purpose::RequestClass),
            prompts: streams.family(Purpose::PromptLength),
            outputs: streams.family(Purpose::OutputLength),
            crowds,
            drifts,
            index: 0,
        }
    }

    /// The next sender's request is due: who sends it, and when.
    #[inline]
    fn advance(&mut self) -> (Sender, SimTime) {
        let mut first = 0;
        for region in 1..self.crowds.len() {
            if self.crowds[region].due < self.crowds[first].due {
                first = region;
            }
        }
        let crowd = &mut self.crowds[first];
        let arrival = crowd.due;
        let (operational, at) = crowd.next.min();
        let sender = crowd.senders[at];
        crowd.senders[at].ordinal += 1;
        let gap = crowd.senders[at].gap(self.workload.gaps, self.gaps);
        crowd.next.set(at, operational + gap);
        crowd.due = crowd.clock.time_of(crowd.next.min().0);
        (sender, arrival)
    }
}

impl Iterator for Generator<'_> {
    type Item = Request;

    #[inline]
    fn next(&mut self) -> Option<Request> {
        let (sender, arrival) = self.advance();
        let key = u64::from(sender.id.0) << 32 | u64::from(sender.ordinal);
        let classes = &self.workload.classes;
        let class = match classes.len() {
            1 => 0,
            _ => pick(classes.iter().map(|class| class.share), self.classes.uniform(key)),
        };
        let of = &classes[class];
        self.drifts[class].advance_to(arrival);
        let factor = sender.attributes.length_factor * self.drifts[class].factor();
        let scaled = |tokens: u32| if factor == 1.0 { tokens } else { scale(tokens, factor) };
        let prompt = scaled(of.prompt.tokens(self.prompts.bits(key)));
        let output = scaled(of.output.tokens(self.outputs.bits(key)));
        let (prompt_tokens, output_tokens) = of.fit(prompt, output);
        let request = Request {
            index: self.index,
            arrival,
            user: sender.id,
            ordinal: sender.ordinal,
            prompt_tokens,
            output_tokens,
            max_output_tokens: of.declared_output(prompt_tokens, output_tokens),
            class: ClassId(class as u8),
            tier: sender.attributes.tier,
            region: sender.attributes.region,
            priority: sender.attributes.priority,
        };
        self.index += 1;
        Some(request)
    }
}

/// `tokens` times `factor`, to the nearest whole number, at least 1.
pub(super) fn scale(tokens: u32, factor: f64) -> u32 {
    libm::round(f64::from(tokens) * factor).clamp(1.0, f64::from(u32::MAX)) as u32
}
