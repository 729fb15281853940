//! What is allowed but may mislead: warnings with a code, what was seen, what it may mean and what to try.

use super::load::ClusterLoad;
use super::{LoadEstimate, Scenario};
use crate::design::{NamedDesign, Order};
use crate::policy::Policy;
use crate::policy::demand::Demand;
use crate::policy::priority::Priority;
use crate::policy::scheduler::Reserve;
use crate::units::Span;
use crate::world::replica::BLOCK_TOKENS;

/// One warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A fixed code.
    pub code: &'static str,
    /// What was seen, what it may mean and what to try.
    pub text: String,
}

/// All warnings for a scenario.
#[must_use]
pub fn warnings(scenario: &Scenario) -> Vec<Warning> {
    let mut warnings = Vec::new();
    warnings.extend(overload(scenario));
    warnings.extend(scenario.designs.iter().filter_map(alternating));
    for cluster in &scenario.layout.clusters {
        let capacity = u64::from(cluster.engine.kv_blocks) * u64::from(BLOCK_TOKENS);
        let longest = scenario.workload.classes.iter().map(|class| class.context_tokens).max().unwrap_or(0);
        if scenario.workload.trace.is_none() && u64::from(longest) > capacity {
            warnings.push(Warning {
                code: "W-CONTEXT",
                text: format!(
                    "the context of {longest} tokens exceeds the KV cache of cluster {} ({capacity} tokens): longer \
                     requests are rejected as oversize; lower context_tokens or raise kv_blocks",
                    cluster.name
                ),
            });
        }
    }
    for (region, name) in scenario.layout.regions.iter().enumerate() {
        let lonely = scenario.layout.clusters.iter().all(|cluster| cluster.region.index() != region);
        let share = scenario.workload.users.regions[region];
        if lonely && share > 0.0 {
            warnings.push(Warning {
                code: "W-REGION",
                text: format!(
                    "{:.0} % of the users sit in region {name}, which has no cluster: their requests pay the network \
                     delay to the nearest one; if the name is a slip, mend it",
                    100.0 * share
                ),
            });
        }
    }
    warnings.extend(idle_priority(scenario));
    warnings.extend(reserved_for_few(scenario));
    if scenario.study.warm_up == Span::ZERO {
        warnings.push(Warning {
            code: "W-COLD",
            text: "the measured time starts with an empty fleet: latencies are too good at first; set study.warm_up"
                .to_owned(),
        });
    }
    if scenario.study.replications < 30 {
        warnings.push(Warning {
            code: "W-FEW",
            text: format!(
                "{} replications: coverage and power carry Monte-Carlo errors of up to {:.2}; use 100 or more for a \
                 verdict",
                scenario.study.replications,
                0.5 / f64::from(scenario.study.replications).sqrt()
            ),
        });
    }
    warnings
}

/// Clusters that are offered more than they can do, all in one warning, the worst first.
fn overload(scenario: &Scenario) -> Option<Warning> {
    if users_stay_away(scenario) {
        return None;
    }
    let load = LoadEstimate::of(scenario);
    let mut over: Vec<&ClusterLoad> = load.clusters.iter().filter(|load| load.utilisation > 1.0).collect();
    over.sort_by(|a, b| b.utilisation.total_cmp(&a.utilisation));
    if over.is_empty() {
        return None;
    }
    const WHAT_THEN: &str = "queues grow as long as the study lasts, and every number depends on `study.duration`; lower \
                             workload.rate (workload.trace.rate_scale for a trace) or add replicas";
    if let ([only], [_]) = (over.as_slice(), load.clusters.as_slice()) {
        let text = format!(
            "cluster {} is offered {:.2} times what it can do at its batch limit of {:.0}: {WHAT_THEN}",
            only.cluster, only.utilisation, only.batch_limit
        );
        return Some(Warning { code: "W-OVERLOAD", text });
    }
    let named = |load: &&ClusterLoad| {
        format!("{} {:.2} times (batch limit {:.0})", load.cluster, load.utilisation, load.batch_limit)
    };
    let few: Vec<String> = over.iter().take(MOST_NAMED).map(named).collect();
    let more = match over.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(Warning {
        code: "W-OVERLOAD",
        text: format!(
            "{} of {} clusters are offered more than they can do at their batch limit, {}{more}: {WHAT_THEN}",
            over.len(),
            load.clusters.len(),
            few.join(", ")
        ),
    })
}

/// Clusters that a warning names.
const MOST_NAMED: usize = 8;

/// A design whose order leaves two assignments.
fn alternating(design: &NamedDesign) -> Option<Warning> {
    let plan = design.design.block_plan().filter(|plan| plan.order == Order::Alternating)?;
    Some(Warning {
        code: "W-ALTERNATING",
        text: format!(
            "design {} has the order {}: only two assignments exist, one for each policy that may come first, so that \
             there is no test, and no estimate of it is graded. Orders that have a test: {}",
            design.name,
            plan.order.name(),
            Order::tested().join(", ")
        ),
    })
}

/// Whether under every policy nobody joins a replica beyond some load: then more offered work than can be done is a closed loop,
/// and no queue grows.
fn users_stay_away(scenario: &Scenario) -> bool {
    const MANY: u32 = 100_000;
    let bounded = |policy: &Policy| matches!(policy.demand, Demand::Balk { at_most, .. } if at_most < MANY);
    scenario.policies.iter().all(bounded)
}

/// Policies that go by tier where all tiers have the same priority.
fn idle_priority(scenario: &Scenario) -> Option<Warning> {
    let tiers = &scenario.workload.users.tiers;
    let policy = scenario.policies.iter().find(|policy| policy.priority == Priority::Tier)?;
    let differ = tiers.iter().any(|tier| tier.priority != tiers[0].priority);
    (!differ).then(|| Warning {
        code: "W-TIERS",
        text: format!(
            "policy {} goes by tier, but all tiers have priority {}: nobody goes first; set `priority` in [[users.tier]]",
            policy.name, tiers[0].priority
        ),
    })
}

/// Schedulers that reserve for the longest answer where few such answers fit.
fn reserved_for_few(scenario: &Scenario) -> Option<Warning> {
    const FEW: u64 = 4;
    let policy = scenario.policies.iter().find(|policy| policy.batching.reserve == Reserve::NoEvict)?;
    let class = scenario.workload.classes.iter().max_by_key(|class| class.max_output_tokens)?;
    let longest = u64::from(class.max_output_tokens) + libm::ceil(class.prompt.mean()) as u64;
    scenario.layout.clusters.iter().find_map(|cluster| {
        let capacity = u64::from(cluster.engine.kv_blocks) * u64::from(BLOCK_TOKENS);
        (longest * FEW > capacity).then(|| Warning {
            code: "W-RESERVE",
            text: format!(
                "policy {} reserves for the longest answer, {} tokens in class {}: a replica of cluster {} holds {} such requests at once; set max_output_tokens to what clients really allow",
                policy.name,
                class.max_output_tokens,
                class.name,
                cluster.name,
                capacity / longest
            ),
        })
    })
}
