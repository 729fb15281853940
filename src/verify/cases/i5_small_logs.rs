//! I5: what every method of `analyze --all` rejects where there is no effect, on small logs: six units and up, unlike arms, skewed
//! outcomes, counts.

use crate::verify::small_logs::{Law, Level, SIZES, TRIED, Tried};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "I5",
    claim: "on small logs without an effect no method rejects more often than it says, or it warns, or it gives no answer",
    derivation: "Exact tests: at most 5 % on every law, because all assignments are as likely. Tests with t: at most 6.5 % on normal \
                 outcomes with equal variances and arms. On skewed outcomes, counts and unlike arms: no more than Welch's test of \
                 the units' means on the same logs, or 6.5 %, or with the warning W-FEW. Shares are of the answers; in brackets, \
                 the logs without an answer.",
    source: "MacKinnon and White, Journal of Econometrics 1985; Bell and McCaffrey, Survey Methodology 2002; Fagerland and \
             Sandvik, Contemporary Clinical Trials 2009 (Welch under skewness)",
    parts: &[Part { tier: 1, check: some }, Part { tier: 2, check: all }],
};

/// What a test with t may reject of normal outcomes.
const ALLOWED: f64 = 0.065;

fn some(bench: &Bench<'_>) -> Vec<Check> {
    let quick = TRIED.iter().filter(|tried| !tried.resamples());
    quick.map(|tried| levels(bench, tried, Law::Normal, &[[8, 4], [20, 10], [120, 60]], 500)).collect()
}

fn all(bench: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for tried in TRIED {
        for law in [Law::Normal, Law::Skewed, Law::Counts] {
            let logs = if tried.resamples() { 400 } else { 4_000 };
            checks.push(levels(bench, tried, law, SIZES, logs));
        }
    }
    checks
}

/// One line for a method and a law: its levels at all sizes, and whether each is as claimed.
fn levels(bench: &Bench<'_>, tried: &Tried, law: Law, sizes: &[[usize; 2]], logs: u64) -> Check {
    let mut words = format!("{}, {}:", tried.name(), law.name());
    let mut kept = true;
    for &[units, treated] in sizes {
        let found = tried.level(law, [units, treated], logs, bench.seed());
        kept &= holds(tried, law, 2 * treated == units, &found);
        let arms =
            if 2 * treated == units { units.to_string() } else { format!("{treated}+{}", units - treated) };
        words += &if found.answered * 50 < found.logs {
            format!(" {arms} -;")
        } else {
            format!(" {arms} {:.1} % ({:.0} %);", 100.0 * found.level(), 100.0 * found.refused())
        };
    }
    Check::within(words.trim_end_matches(';'), 1.0, f64::from(u8::from(kept)), 0.0)
}

fn holds(tried: &Tried, law: Law, balanced: bool, found: &Level) -> bool {
    // Of fewer answers the share says nothing.
    if found.answered * 50 < found.logs || found.answered < 50 {
        return true;
    }
    let allowed = match (tried.is_exact(), law) {
        (true, _) => 0.05,
        (false, Law::Normal) if balanced => ALLOWED,
        _ => ALLOWED.max(found.reference().unwrap_or(0.0)),
    };
    let error = (allowed * (1.0 - allowed) / found.answered as f64).sqrt();
    // Four standard errors, as everywhere on the ladder.
    let within = found.level() <= allowed + 4.0 * error;
    within || (!tried.is_exact() && found.unwarned == 0)
}
