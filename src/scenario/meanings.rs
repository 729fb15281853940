//! What each key of a scenario means, in one sentence. The getters that read a key know its type, range and default; its
//! meaning stands here, for the reference (docs/scenario.md) and for editors (`contention schema`).
//!
//! A meaning belongs to every key whose path ends so, kinds included: `mu` to all laws, `little_mix.alpha` to that estimator
//! alone. The longest ending wins. `kind.NAME` is about one kind, where its owner has no sentence of its own.

use crate::settings::Segment;

/// Endings of paths and meanings, sorted.
const MEANINGS: &[(&str, &str)] = &[
    ("activity", "How unevenly users send."),
    ("activity.kind", "The law of the users' activity."),
    ("activity.kind.equal", "all users send alike"),
    ("activity.kind.lognormal", "activities are log-normal"),
    ("activity.kind.zipf", "activities fall as a power of the user's rank"),
    ("activity.sigma", "Standard deviation of the log of a user's activity."),
    ("adjustment", "`lin` with slopes of each arm, `ancova` with one slope for both."),
    ("admission", "Whether the chosen replica should get a request at all. Can differ by request."),
    ("admission.kind", "The admission rule."),
    ("against", "What the other half randomises: whole clusters, or blocks of time."),
    ("aipw.columns", "State and covariate columns of the outcome model, with commas; all when left out."),
    ("algorithm", "How the probability follows what the arms earn."),
    ("alpha", "Exponent of the density of the power-law tail."),
    (
        "arrangement",
        "How clusters are drawn: a number of all, within strata of an attribute, or one of each pair.",
    ),
    ("arrivals", "The law of the gaps between one user's requests."),
    (
        "arrivals.kind",
        "Poisson, or gamma for arrivals in bursts (with `users.count = 1` the whole workload is that renewal process).",
    ),
    ("arrivals.kind.gamma", "gaps are gamma with a coefficient of variation `cv`"),
    ("arrivals.kind.poisson", "gaps are exponential"),
    ("at", "The share of candidates at which the effect is asked for."),
    ("at_most", "Nobody joins this many outstanding requests."),
    (
        "atoms",
        "Piles on few lengths, [[low, high, weight], …], with weights that are shares of the whole law.",
    ),
    ("attributes", "Texts by name, by which a cluster design can stratify or pair."),
    ("attributes.NAME", "The value of this attribute."),
    (
        "aversion",
        "With n requests outstanding the probability of coming falls by the factor 1/(1 + aversion · n).",
    ),
    ("batches", "Stretches of the log from which the weight and the standard error are found."),
    ("beta", "Weight of the comparison within clusters, against that within users."),
    ("between_regions", "Network delay one way between two regions."),
    ("beyond", "What lies above `max` is drawn again (truncate) or piles up there (clip)."),
    ("bins", "Bins of the state."),
    ("block", "Length of a block of time."),
    ("blocks", "Stretches of time that the jackknife leaves out one by one."),
    ("body_weight", "Share of the log-normal body, the rest is the tail."),
    ("bound", "By the normal law, or by Chebyshev's inequality, which needs none."),
    ("breach_min_requests", "A window with fewer requests cannot breach."),
    (
        "breach_share",
        "A window breaches when a smaller share of its requests than this meets its objectives.",
    ),
    ("burn_in", "Rows so soon after a switch are left out; the design's washout when left out."),
    ("by", "The attribute that makes strata or pairs."),
    ("c0_ms", "Milliseconds of an iteration whatever is in it."),
    (
        "c_attention_ms_per_token2",
        "Milliseconds of attention: times prompt tokens of this iteration and tokens already there.",
    ),
    ("c_decode_ms_per_sequence", "Milliseconds an iteration for each decoding sequence."),
    (
        "c_kv_ms_per_token",
        "Milliseconds an iteration for each token of context that decoding sequences read.",
    ),
    ("c_prefill_ms_per_token", "Milliseconds for each prompt token that is processed."),
    ("capacity", "Tokens that a full bucket holds."),
    ("capacity_split.share", "Share of the fleet that the candidate has."),
    (
        "carry_over_blocks",
        "Blocks for which the fleet is taken to remember; only with `order = \"minimax\"`.",
    ),
    ("centred", "Weigh deviations from the mean instead of levels."),
    ("charge", "When tokens are charged: before (prompt and an output reserve) or after the answer."),
    ("class", "A kind of traffic: `[workload.class]` for one, `[[workload.class]]` for several."),
    ("class.name", "Its name; \"all\", or \"class0\" and so on, when left out."),
    ("class.preset", "Lengths and terms of a named workload, beneath the class's own keys."),
    ("class.share", "Share of the requests, relative to the other classes."),
    ("cluster", "A cluster: replicas of one engine in one region. At least one."),
    (
        "cluster.engine",
        "An engine of the scenario's own (`[engine.NAME]`) or a preset (`contention list presets`).",
    ),
    ("cluster.name", "Its name."),
    ("cluster_share", "Share of the clusters with heads."),
    ("column", "The covariate to adjust for; the first when left out."),
    ("columns", "State columns, with commas; all when left out."),
    ("components", "The humps, [[weight, mu, sigma], …]."),
    ("context_tokens", "The longest prompt and answer together; longer requests are cut."),
    ("control", "Which of the policies is the control."),
    (
        "correction",
        "How waits of parts are scaled to the whole fleet: not, by heavy traffic, or by Erlang's formula.",
    ),
    ("count", "How many users."),
    (
        "curve",
        "Shares above 0 and below 1 at which worlds are simulated between all-control and all-candidate: they make V(p) and the truths of direct, spillover, total, overall and slope.",
    ),
    ("cut", "Largest length of the power law."),
    ("cv", "Coefficient of variation of the gaps; above 1 arrivals come in bursts."),
    ("degree", "Highest power of the state columns."),
    ("delay", "Network delay one way."),
    ("demand", "How much is asked for: whether requests come and how long they are. Can differ by request."),
    ("demand.kind", "The demand rule."),
    ("demand.max_output_tokens", "Answers are cut here."),
    ("design", "A design to grade."),
    ("design.kind", "Who gets the candidate."),
    ("design.name", "Its name; the kind when left out."),
    ("design.order", "How arms follow each other."),
    ("design.share", "Share of the units that get the candidate."),
    ("design.shares", "Shares of candidates."),
    ("design.unit", "Who has a coin."),
    ("designs", "Names of the designs that it is for; all that it suits when empty."),
    ("draws", "Draws of the wild bootstrap, the permutation or the bootstrap."),
    ("drift", "A slow random drift of the log rate of each region."),
    (
        "duration",
        "Time over which requests arrive, warm-up included; with a trace its whole span when left out.",
    ),
    ("effect", "Which of the effects that two kinds of coins can tell apart."),
    ("engine", "Engines of the scenario's own."),
    ("engine.NAME", "An engine: a preset with changes, or all costs and `kv_blocks`."),
    ("engine.preset", "The engine beneath, whose keys it inherits."),
    ("episode_gap", "Boundary events of a kind that are no further apart than this are one episode."),
    ("epsilon", "Probability of a fair coin; only with `algorithm = \"epsilon_greedy\"`."),
    (
        "estimator",
        "An estimator beside the basic ones; one that has the name of a basic one takes its place.",
    ),
    ("estimator.kind", "Which estimator (docs/estimators.md)."),
    ("estimator.metrics", "Metrics that it is for; the primary one when empty."),
    ("estimator.name", "Its name; the kind when left out."),
    ("every", "Time between two updates."),
    ("exponent", "Exponent of the rank."),
    ("floor", "No arm gets a smaller probability."),
    ("for", "Length of the step."),
    ("format", "The form of the file; found out when left out."),
    ("from", "The share of candidates that it is compared with."),
    ("gate", "What a ramp must pass to go on; without it the ramp always goes on."),
    (
        "gate.action",
        "What happens when it fails: nobody gets the candidate any more, or the step is repeated.",
    ),
    ("gate.metric", "The metric that is compared, a mean over requests."),
    ("gate.window", "Only what ends so long before the end of a step counts; the whole step when left out."),
    ("gpus", "GPUs of a replica."),
    ("half", "The difference of the two halves, or one of their estimates."),
    ("high", "Largest length."),
    ("horizon", "Requests after a decision whose outcomes answer for it."),
    ("hourly", "24 factors of the rate, one an hour, instead of a named profile."),
    ("inference", "How the standard error is found with few clusters."),
    ("k", "Replicas that are looked at."),
    ("kind", "Which law."),
    ("kind.empirical", "a table of quantiles"),
    ("kind.exponential", "exponential with this mean, rounded"),
    ("kind.fixed", "always the same length"),
    ("kind.lognormal", "log-normal, rounded"),
    ("kind.lognormal_mixture", "weighted log-normals: bodies with several humps"),
    ("kind.spliced", "a log-normal body with a power-law tail"),
    ("kind.tpl", "a truncated power law"),
    ("kind.uniform", "every length from `low` to `high` equally often"),
    ("kv_blocks", "Blocks of KV memory of a replica, 16 tokens each."),
    ("kv_threshold", "A cluster is under pressure when this share of its KV blocks is in use."),
    (
        "lags",
        "Neighbouring rows or blocks that the standard error allows to lean on each other; by their number when left out.",
    ),
    ("least_ess", "Refuse when the weights leave a smaller share of the rows than this."),
    ("length_drift", "A slow random drift of the log lengths of the class."),
    ("length_spread", "Standard deviation of the log of a user's own length factor."),
    ("lengths", "Which form of a preset's lengths: as fitted, or a truncated power law of the same moments."),
    ("level", "The level; higher goes first."),
    ("limiter", "How much one user may send. Can differ by user."),
    ("limiter.kind", "The limiter."),
    ("link", "A pair of regions with a delay of its own."),
    ("link.from", "The region at one end."),
    ("link.to", "The region at the other end."),
    ("little_mix.alpha", "Weight of the queue's estimate; the one of least variance when left out."),
    ("little_mix.column", "The state column with the number in system; the first when left out."),
    ("little_mix.unit", "Length of one unit of the outcome."),
    ("load_control", "Load of the control's part in erlang."),
    ("load_treated", "Load of the candidate's part in erlang."),
    ("low", "Smallest length."),
    ("max", "Largest length; by the context and the law's own cut when left out."),
    (
        "max_difference",
        "The candidate may be worse by so much, in the unit of the metric; instead of `max_ratio`.",
    ),
    ("max_num_seqs", "Requests that may run in a replica at the same time."),
    (
        "max_output_tokens",
        "The longest answer that clients declare, which an engine that never evicts reserves; the longest of the law when left out.",
    ),
    ("max_outstanding", "Refuse when so many requests are sent there and not finished."),
    ("max_ratio", "The candidate may be so many times as bad as the control."),
    ("max_waiting", "Refuse when so many requests wait there."),
    ("mean", "Mean length in tokens."),
    ("metrics", "Metrics to grade; all that can be anything but zero when empty."),
    ("min", "Smallest length."),
    ("min_free_share", "Refuse when a smaller share of the KV blocks is free."),
    ("min_requests", "With fewer requests in an arm the step is repeated: unknown is not a pass."),
    ("mu", "Mean of the log length."),
    ("name", "Its name, in letters, digits, - and _; run directories are called by it."),
    ("neighbours", "Requests of the cluster before a request whose arms it answers for."),
    ("network", "Delays between users and clusters."),
    ("order", "Periods for which the fleet is taken to remember."),
    ("output", "The law of the tokens of an answer."),
    ("output_factor", "Factor on the tokens of an answer."),
    ("output_scale", "Factor on the answers of the trace."),
    ("overlap", "Neighbours are the requests within this time, instead of a number of them."),
    ("path", "The file: relative to the working directory, or else to the scenario's folder. Required."),
    ("patience", "Requests that wait longer than this for their first token give up."),
    ("per_minute.tokens", "Tokens a minute of one user."),
    ("period", "Length of a period; the design's blocks when zero."),
    ("policy", "The policies to compare, at least two."),
    ("policy.NAME", "A policy, one value for each axis."),
    ("post_stratified.bins", "At most this many groups of equal frequency."),
    ("post_stratified.by", "The column that makes strata; the design's own strata when left out."),
    ("preempt_for_priority", "Whether a waiting request takes the place of a running one of lower priority."),
    ("price", "Dollars an hour of one GPU."),
    ("primary", "The metric of the verdict."),
    ("priority", "Who goes first in a replica's queue. Can differ by request."),
    ("priority.kind", "The priority rule."),
    ("probability", "Probability that a request comes to an idle replica."),
    ("profile", "The daily profile of the rate."),
    ("prompt", "The law of the tokens of a prompt."),
    ("prompt_factor", "Factor on the tokens of a prompt."),
    ("prompt_scale", "Factor on the prompts of the trace."),
    ("quantiles", "Points of the distribution, [[probability, tokens], …]."),
    ("question", "What the study asks, in one sentence."),
    ("queue_capacity", "Requests that may wait at a replica; 0 for no bound."),
    ("queue_threshold", "A cluster is under pressure when so many requests wait at a replica in the mean."),
    ("rate", "Requests a second of all users together; required without `rate_per_user` and `trace`."),
    (
        "rate_per_user",
        "Instead of `rate`: of a user of activity 1, so that a new user changes nobody else's arrivals.",
    ),
    ("rate_scale", "Factor on the rate of the trace."),
    ("record", "How worlds are observed."),
    ("region", "The region that it stands in."),
    ("regions", "Share of the users in each region."),
    (
        "regions.NAME",
        "Share of the users in this region, relative to the others; in proportion to the replicas there when no region is given.",
    ),
    ("replicas", "Replicas of the engine."),
    ("replications", "Replications: seeds' worth of everything."),
    ("requests", "Requests a minute of one user."),
    (
        "reserve",
        "KV blocks that an admission takes: those of the whole prompt, of its first chunk, or of the longest answer as well, so that nothing is evicted.",
    ),
    ("reserve_output_tokens", "Tokens of the answer that are paid for before it starts."),
    (
        "reward",
        "What the arms earn: requests within their objectives, or low times to the first token or to the end.",
    ),
    ("ridge", "Added to the diagonal, so that the equations can be solved."),
    ("robust_to", "Cells, clusters, blocks, or clusters and blocks, that are taken to be independent."),
    ("router", "Which replica serves. Can differ by request."),
    ("router.kind", "The router."),
    ("scheduler", "How replicas form batches. Can differ by cluster or block of time."),
    ("scheduler.kind", "The scheduler."),
    ("sd", "Standard deviation of the drift."),
    ("seed", "The master seed."),
    (
        "segments",
        "What cuts the traffic into segments within which the primary metric is graded as well; `load` goes by the requests outstanding at the home cluster just before the decision, in thirds of the world of all-control.",
    ),
    ("servers", "Servers of the whole fleet."),
    ("shape", "Lines or parabolas through the clusters' arm means."),
    ("sigma", "Standard deviation of the log length."),
    ("slo", "Service-level objectives."),
    ("slo.tpot", "Time for each token after the first."),
    ("slo.ttft", "Time to the first token."),
    ("source", "Where the numbers come from."),
    ("spread", "Arrivals are spread over this time, for traces with coarse stamps."),
    ("staleness", "How old the scraped signal may be; zero for the present state."),
    ("start_of_day", "Time since midnight of a Monday at which the world starts."),
    ("step", "Length of each step of `shares`."),
    ("steps", "The steps of the ramp, instead of `shares` and `step`."),
    ("steps.share", "Share of candidates in the step."),
    (
        "storm_preemptions_per_replica",
        "As many preemptions for each replica of a cluster within a window are a storm.",
    ),
    ("study", "How the study is run."),
    ("target", "The effect on all rows, or on the treated."),
    ("tier", "What users pay for; one tier \"all\" when none is given."),
    ("tier.activity", "Activity of its users, relative to the other tiers."),
    ("tier.name", "Its name."),
    ("tier.priority", "Its priority, higher first, for policies that go by tier."),
    ("tier.share", "Share of the users, relative to the other tiers."),
    ("time_constant", "How long the drift remembers."),
    ("timeout", "Clients hang up after this time; zero: never."),
    ("token_budget", "Tokens that one iteration may process."),
    ("tokens", "The length."),
    ("tokens_per_second", "Tokens a second that come back."),
    (
        "trace",
        "A file that is replayed: it brings its own arrivals and lengths, so that rate, profile, drift and length laws are not used beside it.",
    ),
    ("two_sided.k", "Weight of the correction for competition."),
    ("user_share", "Share of the users with heads."),
    ("users", "Who sends."),
    ("variance", "By Welch, or by leaving out blocks one by one."),
    ("warm_up", "Time at the start that is not measured."),
    ("washout", "Time after each possible switch that an analysis may leave out."),
    ("watermark", "Share of the KV blocks kept free when admitting."),
    (
        "weighted_direct_effect.column",
        "The state column with the number that a request found; the first when left out.",
    ),
    ("window", "Length of a window of the timeline."),
    ("within", "The router within the chosen cluster."),
    ("within.kind", "The router."),
    ("within_region", "Network delay one way within a region."),
    ("workload", "The traffic."),
    (
        "workload.preset",
        "Lengths, profile, drift and terms of a named workload, beneath the scenario's own keys.",
    ),
    ("xmin", "Where the power law begins."),
];

/// The meaning of the key at a path.
#[must_use]
pub fn meaning(path: &[Segment]) -> Option<&'static str> {
    ending(path).map(|at| MEANINGS[at].1)
}

/// The entry with the longest ending of a path.
fn ending(path: &[Segment]) -> Option<usize> {
    let names: Vec<&str> = path.iter().filter_map(name).collect();
    (0..names.len()).find_map(|from| {
        let wanted = names[from..].join(".");
        MEANINGS.binary_search_by(|(ending, _)| (*ending).cmp(wanted.as_str())).ok()
    })
}

fn name(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Key(name) | Segment::Kind(name) => Some(name),
        Segment::Name => Some("NAME"),
        Segment::Item => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::grammar;

    /// Paths of all keys, and of all kinds below their `kind`.
    fn paths() -> Vec<Vec<Segment>> {
        let grammar = grammar();
        let mut paths = Vec::new();
        for entry in &grammar.entries {
            paths.push(entry.path.clone());
            if entry.key() == "kind" {
                let table = &entry.path[..entry.path.len() - 1];
                for kind in grammar.kinds(table) {
                    if grammar.about(table, kind).is_none() {
                        paths.push([entry.path.as_slice(), &[Segment::Kind(kind.to_owned())]].concat());
                    }
                }
            }
        }
        paths
    }

    #[test]
    fn every_key_has_a_meaning_and_every_meaning_a_key() {
        assert!(MEANINGS.is_sorted_by_key(|(ending, _)| *ending), "the endings are not sorted");
        let paths = paths();
        let missing: Vec<_> = paths.iter().filter(|path| ending(path).is_none()).collect();
        assert!(missing.is_empty(), "no meaning for {missing:?}");
        let used: Vec<usize> = paths.iter().filter_map(|path| ending(path)).collect();
        let idle: Vec<_> =
            (0..MEANINGS.len()).filter(|at| !used.contains(at)).map(|at| MEANINGS[at].0).collect();
        assert!(idle.is_empty(), "no key for {idle:?}");
    }
}
