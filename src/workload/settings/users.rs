//! Reads `[users]`.

use super::check_names;
use crate::settings::Section;
use crate::workload::population::{Activity, Population, Tier};

/// Users are numbered densely: their accounts are tables by number.
pub(super) const MOST_USERS: u32 = 10_000_000;

pub(super) fn read_users(section: &Section<'_>, regions: &[String], weights: &[f64]) -> Population {
    let count = section.integer("count", Some(1_000), 1..=u64::from(MOST_USERS)) as u32;
    let activity = section.table("activity");
    let kinds: &[(&str, u8)] = &[("equal", 0), ("lognormal", 1), ("zipf", 2)];
    let activity_law = match activity.choice("kind", Some("lognormal"), kinds) {
        Some(1) => Activity::Lognormal(activity.number("sigma", Some(1.3), 0.0..=5.0)),
        Some(2) => Activity::Zipf(activity.number("exponent", Some(1.1), 0.0..=5.0)),
        _ => Activity::Equal,
    };
    activity.finish();
    let length_spread = section.number("length_spread", Some(0.0), 0.0..=3.0);
    let mut tiers: Vec<Tier> = section
        .tables("tier")
        .iter()
        .map(|tier| {
            let read = Tier {
                name: tier.text("name", None),
                share: tier.positive("share", None),
                activity: tier.positive("activity", Some(1.0)),
                priority: tier.integer("priority", Some(0), 0..=255) as u8,
            };
            tier.finish();
            read
        })
        .collect();
    if tiers.is_empty() {
        tiers.push(Tier { name: "all".to_owned(), share: 1.0, activity: 1.0, priority: 0 });
    }
    check_names(section, "tier", tiers.iter().map(|tier| tier.name.as_str()));
    let total: f64 = tiers.iter().map(|tier| tier.share).sum();
    for tier in &mut tiers {
        tier.share /= total;
    }
    let shares = read_region_shares(section, regions, weights);
    section.finish();
    Population {
        count,
        activity: activity_law,
        length_spread,
        tiers,
        regions: shares,
        region_names: regions.to_vec(),
    }
}

/// Where users sit: as given in `[users.regions]`, else in proportion to the regions' replicas.
fn read_region_shares(section: &Section<'_>, regions: &[String], weights: &[f64]) -> Vec<f64> {
    let given = section.has("regions");
    let table = section.table("regions");
    let shares: Vec<f64> = regions
        .iter()
        .zip(weights)
        .map(|(region, &weight)| {
            table.number(region, Some(if given { 0.0 } else { weight }), 0.0..=f64::INFINITY)
        })
        .collect();
    table.finish();
    let total: f64 = shares.iter().sum();
    if total <= 0.0 {
        // Where nothing is given and there are no replicas to follow, that problem has been noted.
        if given {
            section.problem("regions", "no users anywhere", "a share above 0 for at least one region");
        }
        return vec![1.0 / regions.len().max(1) as f64; regions.len()];
    }
    shares.iter().map(|share| share / total).collect()
}
