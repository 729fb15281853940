//! Checks that several cases share: the ramp of the treated share, and where the bias comes from. Not a case.

use crate::verify::exact::marginal::{ArmMeans, bias_parts, slope, total_effect};
use crate::verify::ideal::request_design;
use crate::verify::{Check, Study};

/// What is printed of one treated share.
pub(super) struct Marginal {
    pub(super) share: f64,
    /// V(p).
    pub(super) mean: f64,
    /// ADE(p), the difference in means.
    pub(super) direct: f64,
    /// V'(p).
    pub(super) slope: f64,
    /// V'(p) - ADE(p).
    pub(super) indirect: f64,
}

/// The printed ramp and total effect against `arms`.
pub(super) fn marginal(rows: &[Marginal], total: f64, arms: impl Fn(f64) -> ArmMeans) -> Vec<Check> {
    let mut checks = vec![Check::function("V(1) - V(0)", total, total_effect(&arms))];
    for row in rows {
        let (share, here, rise) = (row.share, arms(row.share), slope(&arms, row.share));
        checks.push(Check::function(format!("V({share})"), row.mean, here.mean()));
        checks.push(Check::function(format!("ADE({share})"), row.direct, here.contrast()));
        checks.push(Check::function(format!("V'({share})"), row.slope, rise));
        checks.push(Check::function(format!("AIE({share})"), row.indirect, rise - here.contrast()));
    }
    checks
}

/// The printed parts of the bias at a treated share of one half against `arms`.
pub(super) fn bias(
    treated_side: f64,
    control_side: f64,
    bias: f64,
    arms: impl Fn(f64) -> ArmMeans,
) -> Vec<Check> {
    let parts = bias_parts(&arms, 0.5);
    let apart = arms(0.5).contrast() - total_effect(&arms);
    vec![
        Check::function("treated side of the bias", treated_side, parts.treated_side),
        Check::function("control side of the bias", control_side, parts.control_side),
        Check::function("naive - GTE", bias, apart),
        Check::within("the sides make up the bias", apart, parts.treated_side - parts.control_side, 1e-12),
    ]
}

/// The printed digits by simulation: both truth worlds, both arms of the experiment at `share`, what it shows, what is true,
/// and from which arm the bias comes. `unit` turns the metric's unit into that of `arms`; `teeth` bound four standard errors.
pub(super) fn simulated_ramp(
    study: &Study,
    metric: &str,
    unit: f64,
    share: f64,
    arms: impl Fn(f64) -> ArmMeans,
    teeth: f64,
) -> Vec<Check> {
    let scaled = |values: Vec<f64>| values.into_iter().map(|value| value * unit).collect::<Vec<f64>>();
    let design = request_design(share);
    let found = study.arms(&design, metric);
    let parts = study.parts(&design, metric);
    let (mixed, bias) = (arms(share), bias_parts(&arms, share));
    let treated = scaled(found.iter().map(|arms| arms.treated).collect());
    let control = scaled(found.iter().map(|arms| arms.control).collect());
    let dilution = scaled(parts.iter().map(|part| part.dilution_on_treated).collect());
    let spillover = scaled(parts.iter().map(|part| -part.spillover_on_control).collect());
    let sampling = scaled(parts.iter().map(|part| part.sampling_part).collect());
    let total = total_effect(&arms);
    vec![
        Check::simulated("all controls", arms(0.0).control, &scaled(study.control(metric)), teeth),
        Check::simulated("all treated", arms(1.0).treated, &scaled(study.candidate(metric)), teeth),
        Check::simulated("GTE", total, &scaled(study.effect(metric)), 2.0 * teeth),
        Check::simulated(format!("treated at {share}"), mixed.treated, &treated, teeth),
        Check::simulated(format!("controls at {share}"), mixed.control, &control, teeth),
        Check::simulated(
            format!("naive at {share}"),
            mixed.contrast(),
            &scaled(study.estimate(&design, metric)),
            3.0 * teeth,
        ),
        Check::simulated("treated side of the bias", bias.treated_side, &dilution, 3.0 * teeth),
        Check::simulated("control side of the bias", bias.control_side, &spillover, 3.0 * teeth),
        Check::absolute("luck of the assignment", 0.0, &sampling, 3.0 * teeth * total.abs()),
    ]
}
