//! Checks that several cases share: the ramp of the treated share, and where the bias comes from. Not a case.

use crate::verify::Check;
use crate::verify::exact::marginal::{ArmMeans, bias_parts, slope, total_effect};

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
