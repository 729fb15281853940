//! How often memory that is never enforced would overflow.

use super::ramp::bias;
use crate::record::Window;
use crate::verify::exact::birth_death::expectation;
use crate::verify::exact::compound_poisson::{beyond, panjer, poisson_at_most};
use crate::verify::exact::growing_memory::{Growing, held, in_flight_by_tokens};
use crate::verify::exact::marginal::{ArmMeans, total_effect};
use crate::verify::exact::power_law::HEAVY_TAIL;
use crate::verify::ideal::{Ideal, UNLIMITED};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R6",
    claim: "the risk of overflow belongs to both arms alike and falls with the first few treated requests \
            the most",
    derivation: "(a) Poisson(20) requests of 4 units, 2 when treated: q(0) = e^-20, j q(j) = sum_k a_k b_k \
                 q(j - b_k), overflow beyond 96. An arrival sees the mixed law in either arm, so naive = 0. \
                 Second route: Poisson tails. (b) 2 requests/s at 0.02 s a token hold 512 tokens and one \
                 more per output token; treated outputs stop at 1024. Campbell: with r = 0.04 and output O, \
                 r E O in flight, mean r(P E O + E O^2/2), variance r(P^2 E O + P E O^2 + E O^3/3). P(memory \
                 > 8192) by the same recursion on whole tokens, outputs rounded and a token counted once \
                 finished",
    source: "Panjer, ASTIN Bulletin 1981; Kingman, Poisson Processes (1993); numbers derived here",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 2, check: simulated }],
};

const MEMORY: usize = 8192;

/// Part (a): law of the units in use at the treated share p.
fn units(p: f64) -> Vec<f64> {
    panjer(&[0.0, 0.0, 20.0 * p, 0.0, 20.0 * (1.0 - p)], 96)
}

/// Part (a): overcommitted on arrival.
fn overcommitted(p: f64) -> ArmMeans {
    let share = beyond(&units(p));
    ArmMeans { share: p, treated: share, control: share }
}

/// Part (b): the treated and the controls at the treated share p.
fn streams(p: f64) -> [Growing; 2] {
    let stream = |per_s, cut| Growing { per_s, token_s: 0.02, prompt: 512, output: HEAVY_TAIL, cut };
    [stream(2.0 * p, 1024.0), stream(2.0 * (1.0 - p), HEAVY_TAIL.high)]
}

/// Part (b): mean number in flight by whole tokens held.
fn in_flight(p: f64) -> Vec<f64> {
    let [treated, mut all] = streams(p).map(|stream| in_flight_by_tokens(&stream));
    all.iter_mut().zip(treated).for_each(|(all, treated)| *all += treated);
    all
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let at = |p| beyond(&units(p));
    let mut checks = vec![
        Check::function("(a) P(overcommitted) at 0", 0.156_773, at(0.0)),
        Check::within("(a) at 0 by Poisson", 1.0 - poisson_at_most(24, 20.0), at(0.0), 1e-12),
        Check::function("(a) P(overcommitted) at 0.5", 0.007_751, at(0.5)),
        Check::within("(a) at 0.5 by two Poisson laws", two_poisson(), at(0.5), 1e-12),
        Check::within("(a) P(overcommitted) at 1", 3.153_44e-8, at(1.0), 5e-14),
        Check::within("(a) at 1 by Poisson", 1.0 - poisson_at_most(48, 20.0), at(1.0), 1e-13),
        Check::function("(a) GTE", -0.156_773, total_effect(overcommitted)),
    ];
    checks.extend(bias(0.007_751, -0.149_022, 0.156_773, overcommitted));

    let mut risks = [0.0; 3];
    for (risk, (p, number, mean, deviation, printed, tolerance)) in risks.iter_mut().zip([
        (0.0, 2.738_786, 2_524.424_134, 2_146.964_573, 0.025_740, 5e-7),
        (0.5, 2.582_146, 2_051.803_512, 1_694.846_743, 0.009_835, 5e-7),
        (1.0, 2.425_506, 1_579.182_891, 1_065.623_803, 1.0497e-5, 5e-10),
    ]) {
        let arms = streams(p).map(|stream| held(&stream));
        *risk = beyond(&panjer(&in_flight(p), MEMORY));
        checks.push(Check::function(
            format!("(b) in flight at {p}"),
            number,
            arms.iter().map(|arm| arm.in_flight).sum(),
        ));
        checks.push(Check::function(
            format!("(b) mean memory at {p}"),
            mean,
            arms.iter().map(|arm| arm.mean).sum(),
        ));
        let variance: f64 = arms.iter().map(|arm| arm.variance).sum();
        checks.push(Check::function(format!("(b) sd of memory at {p}"), deviation, variance.sqrt()));
        checks.push(Check::within(format!("(b) P(memory > 8192) at {p}"), printed, *risk, tolerance));
    }
    let half_way = (risks[0] - risks[1]) / (risks[0] - risks[2]);
    checks.push(Check::within("(b) share of the reduction at 0.5", 0.618, half_way, 5e-4));
    checks.extend(whole_law());
    checks
}

/// Part (a) at one half: P(4i + 2j > 96) by adding up two Poisson laws of mean 10.
fn two_poisson() -> f64 {
    let mut term = libm::exp(-10.0);
    let mut within = 0.0;
    for controls in 0..=24 {
        within += term * poisson_at_most(48 - 2 * controls, 10.0);
        term *= 10.0 / f64::from(controls + 1);
    }
    1.0 - within
}

/// Part (b) with all treated: the whole law has the mean and the variance of its Poisson counts.
fn whole_law() -> [Check; 2] {
    let counts = in_flight(1.0);
    let law = panjer(&counts, 2 * MEMORY);
    let mean = expectation(&law, |tokens| tokens);
    [
        Check::function("(b) mean of the recursion's law", expectation(&counts, |tokens| tokens), mean),
        Check::within(
            "(b) its variance",
            expectation(&counts, |tokens| tokens * tokens),
            expectation(&law, |tokens| (tokens - mean) * (tokens - mean)),
            1e-3,
        ),
    ]
}

/// Tokens are cut ten times finer, so that whole KV blocks round by a tenth of what they would.
const FINER: usize = 10;

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let queue = Ideal {
        rate: 2.0,
        size: "{ kind = \"tpl\", xmin = 160, alpha = 2.2, cut = 81920, max = 81920 }",
        engine: "growing",
        control: UNLIMITED,
        metrics: "",
        seconds: 100_000,
        warm_up: 500,
        window: 1.0,
        replications: 120,
        ..Ideal::default()
    };
    let engine = "[engine.growing]\npreset = \"ideal-slots\"\nc0_ms = 2.0\n";
    let prompt = "workload.class.prompt.tokens=5120";
    let windows = bench.windows(&(queue.scenario() + engine), &[prompt]);
    let blocks = (MEMORY * FINER / 16) as u32;
    let over = |line: &Vec<Window>| {
        line.iter().filter(|window| window.kv_used > blocks).count() as f64 / line.len() as f64
    };
    let risks: Vec<f64> = windows.iter().map(over).collect();
    // Ten times finer tokens are all but continuous: the exact risk lies between that of tokens counted once finished and that
    // of tokens counted once begun (0.025741 and 0.025807), half of the difference to each side of their middle.
    vec![Check::simulated("(b) P(memory > 8192) at 0", 0.025_774, &risks, 0.05).discrete(0.0013)]
}
