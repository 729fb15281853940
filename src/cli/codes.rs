//! What each code means that the program prints: warnings (`W-…`), reasons why there is no number (`ne:…`) and exit codes.

use crate::settings::problem::nearest_hint;
use crate::stats::NotEstimable;

/// One code, explained.
pub(super) struct Code {
    /// As it is printed.
    pub(super) code: &'static str,
    /// What was seen.
    pub(super) seen: &'static str,
    /// What it means for the numbers.
    pub(super) means: &'static str,
    /// What to try.
    pub(super) advice: &'static str,
    /// An example.
    pub(super) example: &'static str,
}

const fn code(
    code: &'static str,
    seen: &'static str,
    means: &'static str,
    advice: &'static str,
    example: &'static str,
) -> Code {
    Code { code, seen, means, advice, example }
}

/// All codes: warnings by name, reasons in the order of [`NotEstimable`], exit codes by number.
pub(super) const CODES: &[Code] = &[
    code(
        "W-ALTERNATING",
        "A switchback has `order = \"alternating\"`.",
        "After the coin for the first block everything is fixed, so that two assignments exist. What goes up and down with the \
         blocks looks like an effect, and no test can tell the two apart. The design is run, and its estimates are not graded.",
        "Draw the blocks: `order = \"balanced\"`, \"complete\", \"paired\", \"random\" or \"minimax\".",
        "kind = \"switchback\", order = \"alternating\"",
    ),
    code(
        "W-COLD",
        "The measured time of a scenario starts with an empty fleet.",
        "The first requests meet no queue, so that latencies are too good at first, under both policies. A short study is mostly \
         that start.",
        "Set `study.warm_up` to at least the time after which queue and KV memory stop to grow; the timeline of a run shows it.",
        "contention run quickstart --set study.warm_up=\"5 min\"",
    ),
    code(
        "W-COLUMN",
        "A column of a data file has empty cells.",
        "The column is not used, neither as a state nor as a covariate. Estimators that need it give no number.",
        "Fill the cells, or leave out the rows, whichever is true of the log. Empty cells of an outcome are another matter: rows \
         without an outcome are counted and left out.",
        "`queue` has 3 empty cells and is not used.",
    ),
    code(
        "W-CONTEXT",
        "The longest context of a class exceeds the KV cache of a replica.",
        "Requests that are too long can never be served there. They are rejected as oversize and count as failures, whatever the \
         policy, which hides differences between policies.",
        "Lower `context_tokens` of the class, or give the engine more `kv_blocks` (16 tokens each).",
        "context_tokens = 131072 on a replica with kv_blocks = 4000, which hold 64000 tokens",
    ),
    code(
        "W-FEW",
        "Of a scenario: fewer than 30 replications. Of `analyze`: fewer than 4 degrees of freedom.",
        "With few replications coverage and power are hardly known: each carries the Monte-Carlo error that is printed. With few \
         degrees of freedom an interval is right only if a handful of units happen to be normal.",
        "Raise `study.replications` to 100 or more, or add to a finished run with `contention run --grow N RUN`. In an experiment, \
         randomise more or finer units.",
        "4 clusters in an arm of two: a Welch t with 2 degrees of freedom, whose interval is more than twice as wide as a normal one",
    ),
    code(
        "W-ORDER",
        "The rows of a data file were not in order of time.",
        "They were put in order, ties as in the file. Estimators that look at neighbouring rows depend on it: if stamps are coarse, \
         the order within a stamp is that of the file.",
        "Sort the file by arrival, not by completion, and keep as many digits of the stamp as there are.",
        "a log written when requests end: a long request stands after many that arrived later",
    ),
    code(
        "W-OVERLOAD",
        "A cluster is offered more work than it can do at its batch limit.",
        "Queues grow as long as the study lasts. Every mean then depends on `study.duration`, and no warm-up makes it steady.",
        "Lower `workload.rate` (`workload.trace.rate_scale` of a trace), or add replicas. If overload is the question, look at \
         goodput and rejections, and set an admission rule, so that the queue is bounded.",
        "utilisation 1.30 in `contention explain FILE`: after an hour the queue holds the work of 18 minutes",
    ),
    code(
        "W-REGION",
        "Users sit in a region that has no cluster.",
        "Their requests go to the nearest region's clusters and pay the network delay both in the truth and in the experiment.",
        "If the name of the region is a slip, mend it in `[users.regions]` or in the cluster. Otherwise nothing is wrong.",
        "[users.regions] with `eu-west` where the cluster's region is `eu_west`",
    ),
    code(
        "W-RESERVE",
        "A policy reserves KV memory for the longest answer (`reserve = \"no_evict\"`), and fewer than four such requests fit a \
         replica.",
        "Batches are tiny and queues long although memory is mostly idle: answers are rarely as long as clients may ask for.",
        "Set `max_output_tokens` of the class to what clients really allow, or reserve less.",
        "max_output_tokens = 8192 on a replica with room for 20000 tokens: two requests at once",
    ),
    code(
        "W-SRM",
        "Sample ratio mismatch: the arms have other numbers of units than the probability of the candidate says (p below 0.001).",
        "Units are missing from one arm, or the assignment is not what was logged. If what is missing depends on the policy \
         (requests that timed out, users who left), every estimate of effects is biased, whatever its interval.",
        "Compare where units get lost: logging, filters, retries, joins. Analyse only when the ratio is explained.",
        "5500 units in one arm and 4500 in the other at a probability of 0.5: p = 1.5e-23",
    ),
    code(
        "W-TIERS",
        "A policy goes by the users' tier, but all tiers have the same priority.",
        "Nobody goes first: the policy does the same as one without priorities, and its effect is zero by construction.",
        "Set `priority` in `[[users.tier]]`, higher first.",
        "[[users.tier]] name = \"paid\", share = 0.2, priority = 1",
    ),
    code(
        "W-UNIT",
        "An estimator takes rows for independent units, but coarser units were randomised.",
        "Rows of a unit share its arm and resemble each other, so that the standard error is too small and the interval too short. \
         The estimate itself may be fine.",
        "Take an estimator of the unit: `user_clustered` for users, `cluster_means` or `cluster_regression` for clusters, \
         `switchback_blocks` for blocks.",
        "contention analyze log.csv --outcome ttft_ms --unit user --method user_clustered",
    ),
    code(
        "ne:empty_arm",
        "One arm has no units.",
        "There is nothing to compare. A metric over few requests, such as one of a rare class, may have no denominator in an arm.",
        "Look at a longer log, a larger share, or a metric that every request counts for.",
        "a share of 0.001 of 500 requests: no request was treated",
    ),
    code(
        "ne:n_too_small",
        "Fewer than two units where a variance is needed.",
        "An effect may be computed, but nothing is known of its noise, so no number is given.",
        "Randomise more units: shorter blocks, more clusters, a longer experiment.",
        "a cluster design in a fleet of two clusters: one unit in each arm",
    ),
    code(
        "ne:zero_variance",
        "The values do not vary between units.",
        "A standard error of zero would claim certainty. It mostly means that a metric is constant, such as a share of rejections \
         that is zero everywhere.",
        "Nothing, if the metric cannot move under these policies. Otherwise look for a log in which it does.",
        "rejected_share where nobody was rejected",
    ),
    code(
        "ne:zero_denominator",
        "The denominator of the metric is zero over a whole arm.",
        "The ratio does not exist: for instance the time for each token where no request completed.",
        "Look at why: everything rejected or timed out is the finding. Take a metric over all requests, such as `served_share`.",
        "tpot_ms_mean in an arm in which no answer had a second token",
    ),
    code(
        "ne:shared_between_arms",
        "Both arms share the replicas on which the metric is measured.",
        "A queue or a GPU that serves both arms belongs to neither, so that its metric cannot be split between them.",
        "Take a metric of requests, or a design whose arms have hardware of their own: cluster, switchback, capacity_split.",
        "kv_used_share in a request design",
    ),
    code(
        "ne:mixed_arms",
        "A unit or a period sees both arms, or holds more than one coin.",
        "Its outcome belongs to no arm, and the estimator's probabilities would be wrong.",
        "Choose smaller periods or the design's own units: the `period` of an option should divide the block.",
        "--option period=\"10 min\" where blocks have 5 minutes",
    ),
    code(
        "ne:missing_column",
        "The log has no column that the estimator needs; the code ends in its name, as in ne:missing_column:time.",
        "Nothing is wrong with the data: this estimator cannot be computed from it.",
        "Log the column, or name it if it has another name. `contention analyze --list` says what each method needs.",
        "contention analyze log.csv --outcome y --method switchback_blocks --block period",
    ),
    code(
        "ne:unobserved_state",
        "The state or value asked for was never observed, or was not a finite number.",
        "An answer would be a guess about states without data, for instance a load that no arm ever saw.",
        "Take fewer `bins` or fewer `columns`, a longer log, or an estimator that needs no state.",
        "differences_in_q with a bin that only treated requests reached",
    ),
    code(
        "ne:rank_deficient",
        "A column of a regression is a combination of the columns before it; the code ends in its name.",
        "The regression has many solutions, of which none is the effect.",
        "Leave the column out, or one of those that make it up.",
        "prompt_tokens, output_tokens and their sum total_tokens as covariates",
    ),
    code(
        "ne:no_overlap",
        "Some units could have been in one arm only, or none is left where both arms were possible.",
        "Nothing is known of what they would have done in the other arm; weights would be infinite.",
        "Restrict the question to units with both chances, keep a floor under the probabilities (`floor` of a bandit), or take \
         `ipw_overlap`.",
        "a canary at a share of 1 in its last step: nobody could get the control",
    ),
    code(
        "ne:separation",
        "A column predicts the outcome perfectly.",
        "Its coefficient runs off to infinity, and with it every number that is adjusted for it.",
        "Leave the column out: it is mostly the outcome under another name, or was measured after the assignment.",
        "status_code as a covariate of an outcome that is 1 for errors",
    ),
    code(
        "ne:no_pre_period",
        "Nothing was observed before the change.",
        "A comparison with before needs a before.",
        "Start the log earlier, or compare with units that did not change.",
        "a log that begins at the launch",
    ),
    code(
        "ne:no_post_period",
        "Nothing was observed after the change.",
        "There is no outcome of the candidate yet.",
        "Wait, or look at an earlier change.",
        "a log that ends at the launch",
    ),
    code(
        "ne:no_donors",
        "Too few untreated units to build a comparison from.",
        "A mixture of one or two units follows their accidents, not the treated unit.",
        "Keep more units untreated, or randomise instead.",
        "one of three clusters treated, and the second is too small",
    ),
    code(
        "ne:no_jump_in_treatment",
        "The treatment does not change at the cutoff.",
        "The cutoff did not decide who was treated, so that a jump of the outcome there is not its effect.",
        "Check the cutoff and the column that was compared with it.",
        "a limit of 4096 tokens in the plan, of 8192 in the gateway's configuration",
    ),
    code(
        "ne:no_obs_in_bandwidth",
        "Too few rows near the cutoff on one side.",
        "The comparison at the cutoff would be an extrapolation from far away.",
        "Take a wider bandwidth, or collect more rows near the cutoff.",
        "users who keep their prompts just below a limit leave nobody just above it",
    ),
    code(
        "ne:no_valid_windows",
        "No window of time lies wholly under one arm.",
        "The estimator takes the fleet to remember longer than the design ever stays with one arm.",
        "Use longer blocks, or a smaller `order` or `period`.",
        "--option order=5 with an alternating switchback: no six periods in a row have one arm",
    ),
    code(
        "ne:not_converged",
        "An iteration stopped before it found its answer.",
        "Its last value is no answer. It happens with nearly constant data, or with clusters that fit themselves.",
        "Look at the data for constants and duplicates, and take fewer columns.",
        "Satterthwaite's degrees of freedom below one, with one cluster that holds nearly all rows",
    ),
    code(
        "ne:tied_quantile",
        "Many values are equal to the quantile that is compared.",
        "The standard error of a quantile comes from the density of the values there. Counts and rounded values have none, and the \
         test would reject half of the time where there is no effect.",
        "Compare means, or the share of rows above a threshold: make it a column of 0 and 1 first.",
        "the median of the counts 0, 0, 0, 1, 1, 2",
    ),
    code(
        "ne:lone_unit",
        "A cell of the comparison (an arm, or an arm of a stratum) has one unit. The note names it after a colon.",
        "One unit does not show how much units vary. Formulas that go on all the same take its noise for zero, and reject half of \
         the time where there is no effect.",
        "Merge strata; name pairs by `--pairs`; randomise more units. With one treated cluster among many, \
         `cluster_regression --option inference=permutation` has an exact p-value, no smaller than one over the number of clusters.",
        "ne:lone_unit:the treated arm, of one cluster against eleven",
    ),
    code(
        "ne:empty_stratum",
        "A stratum has units of one arm only. The note names it after a colon.",
        "Nothing within the stratum can be compared, and leaving it out would change whom the effect is about.",
        "Leave it out knowingly with `--where`, or merge it with a stratum that resembles it.",
        "ne:empty_stratum:eu-west",
    ),
    code(
        "ne:no_order",
        "The labels of a column (`block`, or the unit) have no order, and the method needs one.",
        "Numbers and times have an order of their own, whatever the order of the rows; names do not.",
        "Name a column of times by `--time`, or label blocks by numbers or times.",
        "blocks called `monday` and `tuesday` in `switchback_regression`",
    ),
    code(
        "ne:not_by_request",
        "All rows of a group (cluster, block or unit) have the same arm.",
        "The method measures what one request does to those after it, which takes arms that were drawn for each request. On arms that \
         stay, its formula multiplies levels, and finds effects of any size.",
        "Take a method of the unit that was randomised: `cluster_regression`, `switchback_blocks`, `user_clustered`.",
        "`differences_in_neighbors` on clusters of one arm each",
    ),
    code(
        "ne:few_assignments",
        "So few assignments could have been drawn that no test exists.",
        "An alternating order has two: it begins with the one arm or the other. Nothing tells the effect from what goes up and down \
         with the blocks.",
        "Draw blocks at random: `order = \"balanced\"`, \"complete\" or \"paired\".",
        "a switchback with order = \"alternating\"",
    ),
    code(
        "ne:no_covariate",
        "A covariate is the arm itself, or the outcome. The note names it.",
        "Adjusting for it takes the effect away, or makes it out of nothing.",
        "Name covariates that were fixed before the assignment.",
        "`cuped` with the arm as its covariate finds exactly nothing",
    ),
    code(
        "ne:unknown_propensity",
        "The probability of one of the two arms is not known.",
        "With three arms the control's probability is not one less the candidate's, and weights by it would be wrong.",
        "Name both: `--propensity control=COLUMN,candidate=COLUMN`, or numbers in their place.",
        "arms ctl, b and c at a third each: of ctl and b, half got b",
    ),
    code(
        "ne:below_minimum",
        "The method's standard error has no theory for so few. The note has the least number.",
        "Under that number its test rejects too often where there is no effect, as measured (docs/verification.md).",
        "Take a method made for few units, or a longer log.",
        "ne:below_minimum:100 of `truncated_policy_gradient` on forty rows",
    ),
    code(
        "exit-0",
        "What was asked for was done.",
        "Results are on stdout and in the run directory.",
        "Nothing to do.",
        "contention check FILE && contention run FILE",
    ),
    code(
        "exit-1",
        "Something went wrong while running, or the answer that was asked for is no, such as a known answer that `verify` missed.",
        "Files may be missing. A run directory says in manifest.json whether it is complete; tables are whole or absent.",
        "Read the message on stderr: it names the file or the check. A broken law of the simulator is our defect, and the message \
         has the call that replays it.",
        "an output folder that cannot be written",
    ),
    code(
        "exit-2",
        "The call makes no sense: an unknown verb or option, a file that is not there.",
        "Nothing was run or written.",
        "`contention help VERB` shows what the verb takes.",
        "contention run mising.toml",
    ),
    code(
        "exit-3",
        "The scenario or the data is invalid.",
        "Nothing was run or written. Every problem is listed at once, with line, what was found and what is allowed.",
        "Mend them and try `contention check FILE`; docs/scenario.md has all keys, `contention schema` tells them to an editor.",
        "mine.toml:6:8: workload.rate: found \"12 apples\"; allowed: a rate such as \"40/s\" (/s, /min, /h)",
    ),
    code(
        "exit-4",
        "Everything was done, but a goal or gate that you set was not met.",
        "Results are complete, on stdout and in the run directory. Only the goal is missed: a Monte-Carlo error is still larger than \
         `--precision` asks for, or is not known since a design gives no answer.",
        "The message names the row that misses the goal. Raise `--max-replications` in another folder (`--out`), add replications \
         with `--grow`, or ask for less.",
        "contention run quickstart --precision bias:0.01ms --max-replications 200",
    ),
    code(
        "exit-5",
        "A run or sweep is not finished, and what it has can be gone on with.",
        "Finished replications are kept in the run directory; its tables are missing or those of before.",
        "The message has the call that goes on: `contention run --resume DIRECTORY`, or the sweep's own call with `--resume`.",
        "contention report of a run that was killed",
    ),
    code(
        "exit-130",
        "Interrupted by Ctrl-C.",
        "The run directory is marked incomplete. Finished cells, of a few replications each, are kept in it.",
        "The message has the call that goes on. A second Ctrl-C ends at once, and loses no finished cell either.",
        "contention run quickstart, then Ctrl-C",
    ),
];

/// The code that a user means: as printed, in any case; a note may carry its column, an exit code may stand alone.
pub(super) fn named(text: &str) -> Option<&'static Code> {
    let reason = NotEstimable::parse(text).map(|reason| reason.code());
    let wanted = reason.unwrap_or(text).to_lowercase();
    let alone = format!("exit-{wanted}");
    CODES.iter().find(|code| [&wanted, &alone].contains(&&code.code.to_lowercase()))
}

/// The name among `known` and all codes that resembles `text` most, if any does.
pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest_hint(text, known.chain(CODES.iter().map(|code| code.code)))
}
