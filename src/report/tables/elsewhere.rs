//! The columns of the files whose writers stand in the command line: the log of a world and its sealed truth, estimates of a
//! log and their grades. A test compares these lists with the headers that the program writes.

use super::column::{
    CANDIDATE, Column, DESIGN, ESTIMATOR, METRIC, OF_METRIC, REPLICATION, SHARE, flag, integer, number, text,
};

const UNCOMPLETED: &str = "where the request was not completed";
const UNSERVED: &str = "where no replica served it to its end";
const NO_STATE: &str = "where no state was kept";
const NO_BLOCK: &str = "where the design has no blocks of time";
const NO_COPY: &str = "where there is no shadow copy";
const NO_FACTORS: &str = "where the design does not toss two kinds of coins";

/// `simulate --log`.
pub(super) const LOG: &[Column] = &[
    integer("request", "", "Number of the request, from 0, in order of arrival."),
    integer("arrival_ps", "ps", "When it arrived, from the start of the simulation."),
    integer("user", "", "Number of the user."),
    integer("ordinal", "", "Which of the user's requests it is, from 0."),
    text("class", "Its class of the workload."),
    text("tier", "The user's tier."),
    text("region", "The user's region."),
    integer("prompt_tokens", "tokens", "Length of the prompt as it was sent."),
    integer("output_tokens", "tokens", "Length of the answer as it was asked for."),
    text("arm", "The policy that the design gave it."),
    text("executed", "The policy that decided."),
    flag("treated", "Whether that is the candidate."),
    number("propensity", SHARE, "Probability with which the design gave it the candidate."),
    integer("unit", "", "The randomised unit.").empty("where the design has no units"),
    integer("stratum", "", "The unit's stratum.").empty("where the design has no strata"),
    integer("pair", "", "The unit's pair.").empty("where the design has no pairs"),
    text("home", "The cluster whose gateway took it in."),
    text("cluster", "The cluster that served or refused it."),
    integer("replica", "", "The replica that served it, from 0 in its cluster.").empty(UNSERVED),
    text(
        "status",
        "How it ended: `completed`, `rate_limited`, `admission_refused`, `queue_full`, `oversize`, `balked`, \
         `timed_out`, or `in_flight` at the end.",
    ),
    number("queue_wait_ms", "ms", "From reaching the replica to its first admission.").empty(UNCOMPLETED),
    number("ttft_ms", "ms", "From the arrival at the gateway to the first token at the user.")
        .empty(UNCOMPLETED),
    number("tpot_ms", "ms", "Mean time between the tokens after the first.")
        .empty("where the request was not completed with two tokens or more"),
    number("e2e_ms", "ms", "From the arrival at the gateway to the last token at the user.")
        .empty(UNCOMPLETED),
    flag("good", "Whether it was completed within the objectives of its class."),
    number(
        "completion",
        "probability",
        "That the user's task is done: exp(-latency/patience); 0 where not completed.",
    ),
    flag("rejected", "Whether it was turned away."),
    flag("timed_out", "Whether the client had gone before the answer was whole."),
    flag("served", "Whether it was completed."),
    flag("balked", "Whether it was never sent for the load."),
    integer("preemptions", "evictions", "How often it was evicted for want of KV blocks."),
    integer("displacements", "evictions", "How often it made room for a request of higher priority."),
    integer("answer_tokens", "tokens", "Tokens delivered; 0 where not completed."),
    number("gpu_s", "GPU seconds", "Its work and its shares of iterations, times the GPUs of the replica."),
    number("dollars", "$", "The same in dollars, at the price of the cluster's GPUs."),
    flag("preempted", "Whether it was evicted at least once."),
    flag("refused", "Whether a full queue or an admission rule refused it."),
    flag("failed_over", "Whether it was served away from its home cluster."),
    number(
        "answer_tokens_per_s",
        "tokens/s",
        "Tokens delivered times the offered requests a second of measured time: their mean is the metric `output_tokens_per_s`.",
    ),
    integer("gpu_ps", "GPU picoseconds", "As `gpu_s`, exactly."),
    integer("outstanding_home", "requests", "Requests at the home cluster just before the decision.")
        .empty(NO_STATE),
    integer("kv_used_home", "KV blocks", "KV blocks in use at the home cluster just before the decision.")
        .empty(NO_STATE),
    integer("block", "", "Number of the block of time.").empty(NO_BLOCK),
    number("since_switch_s", "s", "Time since the last switch of the arm.").empty(NO_BLOCK),
    flag("washout", "Whether it arrived in the washout of its block.").empty(NO_BLOCK),
    number("saturation", SHARE, "The share that its cluster was given.")
        .empty("where clusters have no shares"),
    integer("part", "", "Part of an experiment of experiments: 0 or 1; 0 in other designs."),
    flag("user_coin", "The user's coin.").empty(NO_FACTORS),
    flag("cluster_coin", "The cluster's coin.").empty(NO_FACTORS),
    text("copy_status", "How its shadow copy ended.").empty(NO_COPY),
    text("copy_cluster", "The cluster that served or refused the copy.").empty(NO_COPY),
    number("copy_ttft_ms", "ms", "Time to the copy's first token.").empty("where no copy was completed"),
    number("copy_e2e_ms", "ms", "Time to the copy's last token.").empty("where no copy was completed"),
    number("copy_gpu_s", "GPU seconds", "Work of the copy.").empty(NO_COPY),
    flag("measured", "Whether it arrived after the warm-up."),
];

/// `simulate --sealed`.
pub(super) const SEALED: &[Column] = &[
    text("scenario", "Name of the scenario."),
    text("scenario_hash", "SHA-256 of the version, the resolved scenario and the files that it names."),
    integer("seed", "", "Master seed."),
    REPLICATION,
    CANDIDATE,
    text("design", "The design of the log beside it.").empty("for a world of one policy"),
    METRIC,
    text("unit", "The metric's unit."),
    flag("higher_is_better", "Whether a larger value of the metric is better."),
    number("value_control", OF_METRIC, "The metric in the world in which everybody is on the control."),
    number("value_candidate", OF_METRIC, "The metric in the world in which everybody is on the candidate."),
    number("effect", OF_METRIC, "Candidate minus control."),
];

const NO_ANSWER: &str = "where there is no answer";
const NO_TAG: &str = "where no `--tag` gave it";

/// `analyze --out`.
pub(super) const ANALYZED: &[Column] = &[
    text("candidate", "The candidate's arm, or what `--tag candidate=` says."),
    text("design", "What `--tag design=` says.").empty(NO_TAG),
    integer("replication", "", "What `--tag replication=` says.").empty(NO_TAG),
    ESTIMATOR,
    text("metric", "The outcome."),
    text("family", "`primary`, `secondary` or `guardrail`: which p-values are adjusted together."),
    text("unit", "What counts as one unit."),
    text("estimand", "What is estimated; `gte` is the effect of a launch."),
    number("estimate", "the outcome's", "The estimate: candidate minus control.").empty(NO_ANSWER),
    number("std_error", "the outcome's", "Standard error of the estimate.").empty(NO_ANSWER),
    number("statistic", "", "The test's statistic.").empty(NO_ANSWER),
    number("df", "", "Degrees of freedom; `inf` for the normal law.").empty(NO_ANSWER),
    number("p_value", "", "Two-sided p-value of \"no effect\".").empty(NO_ANSWER),
    number("p_adjusted", "", "The same, adjusted within its family.").empty(NO_ANSWER),
    number("conf_low", "the outcome's", "Lower end of the interval.").empty(NO_ANSWER),
    number("conf_high", "the outcome's", "Upper end of the interval.").empty(NO_ANSWER),
    number("conf_level", SHARE, "Level of the interval."),
    number(
        "conf_low_adjusted",
        OF_METRIC,
        "Lower end of the interval that excludes 0 exactly where `p_adjusted` is below 0.05.",
    )
    .empty("where nothing was adjusted, or the interval is not that of a t test"),
    number("conf_high_adjusted", OF_METRIC, "Upper end of the same interval.")
        .empty("where nothing was adjusted, or the interval is not that of a t test"),
    integer("n_treat", "units", "Units of the candidate's arm with an outcome; rows where each is a unit."),
    integer("n_control", "units", "Units of the control's arm with an outcome; rows where each is a unit."),
    integer("n_units", "units", "Randomised units that the estimate used.").empty(NO_ANSWER),
    integer("n_clusters", "clusters", "Clusters that carry the variance.").empty("where there are none"),
    text("vcov", "How the standard error was computed: docs/estimators.md.").empty(NO_ANSWER),
    number("value_treated", "the outcome's", "The candidate's arm.")
        .empty("where the method has no arms to compare"),
    number("value_control", "the outcome's", "The control's arm.")
        .empty("where the method has no arms to compare"),
    text("note", "Codes of warnings and of the reason why there is no answer, separated by blanks.")
        .empty("where there is nothing to note"),
    text("reason", "Why there is no answer, in words.").empty("where there is an answer"),
];

/// `score --out`.
pub(super) const SCORED: &[Column] = &[
    CANDIDATE,
    DESIGN.empty("where the estimates name none"),
    ESTIMATOR.empty("where the estimates name none"),
    METRIC,
    REPLICATION,
    number("truth", OF_METRIC, "The sealed effect."),
    number("estimate", OF_METRIC, "The estimate that is graded.").empty("where there is none"),
    number("std_error", OF_METRIC, "Its standard error.").empty("where none was given"),
    number("conf_low", OF_METRIC, "Lower end of its interval.").empty("where there is no interval"),
    number("conf_high", OF_METRIC, "Upper end of its interval.").empty("where there is no interval"),
    number("p_value", "", "Its p-value.").empty("where none was given and none follows"),
    number("error", OF_METRIC, "Estimate minus truth.").empty("where there is no estimate"),
    number("rel_error", "ratio", "The error as a fraction of the truth.")
        .empty("where there is no estimate, or the truth is 0"),
    flag("covered", "Whether the interval holds the truth.").empty("where there is no interval"),
    flag("sign_ok", "Whether the estimate has the sign of the truth.")
        .empty("where there is no estimate, or the truth is 0"),
    flag("ships", "Whether the interval excludes 0 on the good side.").empty("where there is no interval"),
    flag("decision_right", "Whether that is the right decision.").empty("where there is no interval"),
    text("note", "What is missing.").empty("where nothing is"),
];
