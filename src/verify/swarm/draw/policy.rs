//! Two random policies that differ on one to three axes.

use super::Part;
use super::dice::Dice;
use crate::policy::admission::ADMISSIONS;
use crate::policy::demand::DEMANDS;
use crate::policy::limiter::LIMITERS;
use crate::policy::priority::PRIORITIES;
use crate::policy::router::ROUTERS;
use crate::policy::scheduler::SCHEDULERS;
use crate::policy::{Axis, Scope, Spec};
use crate::rng::Family;

/// A policy: the value of each axis, in the order of [`Axis::ALL`].
#[derive(Clone)]
pub(super) struct Values([String; 6]);

impl Values {
    pub(super) fn text(&self) -> String {
        let lines = Axis::ALL.iter().zip(&self.0).map(|(axis, value)| format!("{} = {value}\n", axis.name()));
        lines.collect()
    }
}

/// What all axes need to know.
#[derive(Clone, Copy)]
struct Context {
    /// The scenario's duration in seconds: an age of signals makes sense in relation to it.
    duration: f64,
    /// Nothing reads the present state of the fleet.
    only_stale: bool,
}

/// Control and candidate for a scenario of `duration` seconds.
pub(super) fn pair(mut dice: Dice, duration: f64) -> (Values, Values) {
    let context = Context { duration, only_stale: dice.chance(0.35) };
    let control = Values(Axis::ALL.map(|axis| value(axis, &mut dice, context)));
    let mut candidate = control.clone();
    for at in differing(&mut dice) {
        candidate.0[at] = value(Axis::ALL[at], &mut dice, context);
    }
    (control, candidate)
}

/// The coarsest scope of the axes on which the policies may differ.
pub(super) fn differences(draws: Family) -> Scope {
    let (control, candidate) = pair(Part::Policies.dice(draws), 1_000.0);
    let pairs = Axis::ALL.iter().zip(control.0.iter().zip(&candidate.0));
    let differ = pairs.filter(|(_, (own, other))| own != other);
    differ.map(|(axis, _)| axis.scope()).max().unwrap_or(Scope::Request)
}

/// Numbers of the axes to draw anew: more often those that any design can hold apart.
fn differing(dice: &mut Dice) -> Vec<usize> {
    let count = dice.whole(1, 3);
    (0..count).map(|_| dice.pick(&[0, 0, 1, 1, 2, 3, 3, 4, 4, 5])).collect()
}

fn kind_of<T: ?Sized>(dice: &mut Dice, specs: &[Spec<T>]) -> &'static str {
    specs[dice.whole(0, specs.len() as u32 - 1) as usize].name
}

fn value(axis: Axis, dice: &mut Dice, context: Context) -> String {
    match axis {
        Axis::Router => router(dice, context, ROUTERS.len()),
        Axis::Admission => admission(dice, context),
        Axis::Limiter => limiter(dice, context),
        Axis::Demand => demand(dice, context),
        Axis::Priority => priority(dice),
        Axis::Scheduler => scheduler(dice),
    }
}

fn staleness(dice: &mut Dice, context: Context) -> String {
    if !context.only_stale && dice.chance(0.5) {
        return "staleness = \"0 s\"".to_owned();
    }
    format!("staleness = \"{:.6} s\"", context.duration / dice.pick(&[15.0, 60.0, 400.0]))
}

/// One of the first `count` routers.
fn router(dice: &mut Dice, context: Context, count: usize) -> String {
    let kind = kind_of(dice, &ROUTERS[..count]);
    let keys = match kind {
        "random" | "round_robin" => String::new(),
        "power_of_k" => format!(", k = {}, {}", dice.whole(1, 4), staleness(dice, context)),
        "nearest_with_fallback" => format!(
            ", queue_threshold = {:?}, kv_threshold = {:?}, {}, within = {}",
            dice.pick(&[0.5, 1.0, 4.0]),
            dice.pick(&[0.5, 0.9]),
            staleness(dice, context),
            router(dice, context, count - 1),
        ),
        _ => format!(", {}", staleness(dice, context)),
    };
    format!("{{ kind = \"{kind}\"{keys} }}")
}

fn admission(dice: &mut Dice, context: Context) -> String {
    // Most scenarios admit everything: the others would hide what happens behind them.
    let kind = if dice.chance(0.55) { ADMISSIONS[0].name } else { kind_of(dice, ADMISSIONS) };
    let keys = match kind {
        "queue_bound" => format!(", max_waiting = {}, {}", dice.whole(1, 12), staleness(dice, context)),
        "concurrency_cap" => {
            format!(", max_outstanding = {}, {}", dice.whole(2, 30), staleness(dice, context))
        }
        "kv_headroom" => {
            format!(", min_free_share = {:.3}, {}", dice.between(0.0, 0.4), staleness(dice, context))
        }
        "kv_fit" if context.only_stale => return "{ kind = \"always\" }".to_owned(),
        _ => String::new(),
    };
    format!("{{ kind = \"{kind}\"{keys} }}")
}

fn limiter(dice: &mut Dice, context: Context) -> String {
    let kind = if dice.chance(0.6) { LIMITERS[0].name } else { kind_of(dice, LIMITERS) };
    let keys = match kind {
        "token_bucket" => format!(
            ", capacity = {:.1}, tokens_per_second = {:.3}, reserve_output_tokens = {}",
            dice.magnitude(500.0, 20_000.0),
            dice.magnitude(1.0, 2_000.0),
            dice.pick(&[0, 50]),
        ),
        "per_minute" => format!(
            ", requests = {}, tokens = {}, charge = \"{}\", reserve_output_tokens = {}",
            dice.whole(2, 60),
            dice.magnitude(1_000.0, 200_000.0) as u32,
            if context.only_stale || dice.chance(0.5) { "before" } else { "after" },
            dice.pick(&[0, 30]),
        ),
        _ => String::new(),
    };
    format!("{{ kind = \"{kind}\"{keys} }}")
}

fn demand(dice: &mut Dice, context: Context) -> String {
    let kind = kind_of(dice, DEMANDS);
    let keys = match kind {
        "shorter" => format!(
            ", prompt_factor = {:.3}, output_factor = {:.3}, max_output_tokens = {}",
            dice.between(0.3, 1.0),
            dice.between(0.3, 1.0),
            dice.pick(&[20, 300, 4_000_000]),
        ),
        "balk" if context.only_stale => return "{ kind = \"as_sent\" }".to_owned(),
        "balk" => format!(
            ", probability = {:.3}, aversion = {:.3}, at_most = {}",
            dice.between(0.6, 1.0),
            dice.between(0.0, 0.1),
            dice.pick(&[3, 50, 1_000_000]),
        ),
        _ => String::new(),
    };
    format!("{{ kind = \"{kind}\"{keys} }}")
}

fn priority(dice: &mut Dice) -> String {
    let kind = kind_of(dice, PRIORITIES);
    let keys = if kind == "fixed" { format!(", level = {}", dice.whole(0, 2)) } else { String::new() };
    format!("{{ kind = \"{kind}\"{keys} }}")
}

fn scheduler(dice: &mut Dice) -> String {
    let kind = kind_of(dice, SCHEDULERS);
    let token_budget = dice.pick(&[16, 64, 256, 2_048]);
    let max_num_seqs = dice.pick(&[1, 4, 16, 64, 256, 256]).min(token_budget);
    format!(
        "{{ kind = \"{kind}\", token_budget = {token_budget}, max_num_seqs = {max_num_seqs}, watermark = {:?}, \
         reserve = \"{}\", preempt_for_priority = {} }}",
        dice.pick(&[0.0, 0.0, 0.02, 0.1]),
        dice.pick(&["whole_prompt", "first_chunk", "no_evict"]),
        dice.chance(0.4),
    )
}
