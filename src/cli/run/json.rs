//! What a graded study says, as one JSON document for machines.

use std::path::Path;

use serde_json::{Value, json};

use crate::readout::Verdict;
use crate::scenario::Scenario;
use crate::study::Graded;

/// The verdicts on a study and where its files are.
#[must_use]
pub fn document(scenario: &Scenario, graded: &Graded, verdicts: &[Verdict], directory: &Path) -> Value {
    json!({
        "scenario": scenario.name,
        "question": scenario.question,
        "seed": scenario.study.seed,
        "replications": scenario.study.replications,
        "requests_simulated": graded.requests,
        "directory": directory.display().to_string(),
        "verdicts": self::verdicts(verdicts),
    })
}

/// Verdicts with the findings behind them.
#[must_use]
pub fn verdicts(verdicts: &[Verdict]) -> Vec<Value> {
    let measure = |measure: crate::stats::Measure| json!({"value": measure.value, "mcse": measure.mcse});
    verdicts
        .iter()
        .map(|verdict| {
            let findings: Vec<Value> = verdict
                .findings
                .iter()
                .map(|finding| {
                    let performance = finding.performance.map(|p| {
                        json!({
                            "mean_estimate": p.mean_estimate.value,
                            "bias": measure(p.bias),
                            "emp_se": measure(p.emp_se),
                            "model_se": measure(p.model_se),
                            "rmse": measure(p.rmse),
                            "coverage": measure(p.coverage),
                            "power_or_size": measure(p.power_or_size),
                            "wrong_decision": p.wrong_decision.map(measure),
                            "n_replications": p.n_replications,
                            "n_failed": p.n_failed,
                        })
                    });
                    let parts = finding.parts.map(|parts| {
                        json!({
                            "error": parts.error,
                            "sampling_part": parts.sampling_part,
                            "spillover_on_control": parts.spillover_on_control,
                            "dilution_on_treated": parts.dilution_on_treated,
                        })
                    });
                    json!({
                        "design": finding.design,
                        "estimator": finding.estimator,
                        "standing": finding.standing.name(),
                        "reason": finding.reason,
                        "performance": performance,
                        "error_parts": parts,
                    })
                })
                .collect();
            json!({
                "candidate": verdict.candidate,
                "metric": verdict.metric.name,
                "unit": verdict.metric.unit,
                "value_control": verdict.value_control,
                "value_candidate": verdict.value_candidate,
                "truth": verdict.truth,
                "truth_se": verdict.truth_se,
                "truth_replications": verdict.truth_replications,
                "sentence": verdict.sentence,
                "boundary": verdict.boundary,
                "findings": findings,
            })
        })
        .collect()
}
