//! Shorter outputs under continuous batching.

use super::ramp::bias;
use super::ramp::simulated_ramp;
use crate::verify::exact::batching::{Load, Replica};
use crate::verify::exact::marginal::{ArmMeans, total_effect};
use crate::verify::exact::sharing::TwoClasses;
use crate::verify::ideal::{Ideal, by_request};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R9",
    claim: "shorter outputs speed up every sequence of the batch, so an experiment sees just over half of \
            the effect",
    derivation: "n sequences make n/(alpha + beta n) tokens/s together: pi(n) ~ prod_{i<=n} lambda m(alpha + \
                 beta i)/i, n <= 64, whatever the law of tokens with mean m; E[T | x] = x E N/(lambda(1 - \
                 pi(64)) m). Whole iterations add at most about one iteration. Second route: two classes of \
                 exponential lengths, whose product-form law balances every state, and Little's law by class",
    source: "derived here: insensitivity of symmetric queues (Kelly 1979)",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 2, check: simulated }],
};

const REPLICA: Replica = Replica { alpha_s: 0.02, beta_s: 0.000_5, batch: 64 };
const PER_S: f64 = 5.0;
const TREATED_TOKENS: f64 = 160.0;
const CONTROL_TOKENS: f64 = 200.0;

/// The replica at the treated share p.
fn load(p: f64) -> Load {
    REPLICA.load(PER_S, p * TREATED_TOKENS + (1.0 - p) * CONTROL_TOKENS)
}

/// Mean sojourns of the admitted, in seconds.
fn sojourns(p: f64) -> ArmMeans {
    let token_s = load(p).token_s;
    ArmMeans { share: p, treated: TREATED_TOKENS * token_s, control: CONTROL_TOKENS * token_s }
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (p, number, rejected, tolerance, token_s) in [
        (0.0, 40.740_066, 0.002_476, 5e-7, 0.040_841),
        (0.5, 33.533_084, 0.000_144, 5e-7, 0.037_264),
        (1.0, 27.333_143, 2.7e-6, 5e-8, 0.034_167),
    ] {
        let load = load(p);
        checks.push(Check::function(format!("E N at {p}"), number, load.mean_number));
        checks.push(Check::within(format!("P(reject) at {p}"), rejected, load.rejected, tolerance));
        checks.push(Check::function(format!("s per token at {p}"), token_s, load.token_s));
    }
    let half = sojourns(0.5);
    let rates = (1..=REPLICA.batch).map(|n| REPLICA.tokens_per_s(f64::from(n))).collect();
    let classes = TwoClasses { arrivals: [PER_S / 2.0; 2], sizes: [TREATED_TOKENS, CONTROL_TOKENS], rates };
    let law = classes.product_form();
    let [treated, control] = classes.sojourns(&law);
    checks.extend([
        Check::function("T of all controls", 8.168_234, sojourns(0.0).control),
        Check::function("T of the treated at 0.5", 5.962_296, half.treated),
        Check::function("T of controls at 0.5", 7.452_870, half.control),
        Check::function("T of all treated", 5.466_643, sojourns(1.0).treated),
        Check::within("flows out of and into every state", 0.0, classes.imbalance(&law), 1e-14),
        Check::within("T of the treated by the product form", half.treated, treated, 1e-9),
        Check::within("T of controls by the product form", half.control, control, 1e-9),
        Check::function("GTE", -2.701_591, total_effect(sojourns)),
        Check::function("naive at 0.5", -1.490_574, half.contrast()),
    ]);
    checks.extend(bias(0.495_653, -0.715_364, 1.211_017, sojourns));
    checks
}

/// Tokens are cut fifty times finer, so that whole iterations round by a fiftieth of what they would.
const FINER: f64 = 50.0;

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let policy = format!(
        "scheduler = {{ kind = \"chunked\", max_num_seqs = {0} }}\n\
         admission = {{ kind = \"concurrency_cap\", max_outstanding = {0} }}",
        REPLICA.batch
    );
    let candidate = format!("{policy}\ndemand = {{ kind = \"shorter\", output_factor = 0.8 }}");
    let queue = Ideal {
        rate: PER_S,
        engine: "batching",
        control: &policy,
        candidate: Some(&candidate),
        designs: &by_request(0.5),
        metrics: "\"e2e_ms_mean\", \"rejected_share\", \"requests_outstanding_mean\"",
        seconds: 10_000,
        warm_up: 500,
        ..Ideal::default()
    };
    let engine = format!(
        "[engine.batching]\npreset = \"ideal-slots\"\nc0_ms = {}\nc_decode_ms_per_sequence = {}\n",
        REPLICA.alpha_s * 1e3 / FINER,
        REPLICA.beta_s * 1e3 / FINER
    );
    let study = bench.study(&(queue.scenario() + &engine), &[]);
    let mut checks = simulated_ramp(&study, "e2e_ms_mean", 1e-3, 0.5, sojourns, 0.03);
    let number = study.control("requests_outstanding_mean");
    checks.push(Check::simulated("E N of all controls", load(0.0).mean_number, &number, 0.03));
    let rejected = study.control("rejected_share");
    checks.push(Check::simulated("P(reject) of all controls", load(0.0).rejected, &rejected, 0.3));
    checks
}
