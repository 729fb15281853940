//! Reads a length law: `prompt` and `output` of a class.

use crate::settings::Section;
use crate::workload::lengths::{
    Atom, Beyond, LengthLaw, LengthTable, LognormalComponent, QuantilePoint, Shape,
};

/// Names of the length laws.
pub const LENGTH_LAWS: &[(&str, &str)] = &[
    ("fixed", "fixed"),
    ("uniform", "uniform"),
    ("exponential", "exponential"),
    ("lognormal", "lognormal"),
    ("lognormal_mixture", "lognormal_mixture"),
    ("tpl", "tpl"),
    ("spliced", "spliced"),
    ("empirical", "empirical"),
];

pub(super) fn read_law(section: &Section<'_>, context_tokens: u32) -> Option<LengthTable> {
    let tokens = |key: &str, default: Option<u64>| section.integer(key, default, 1..=4_000_000) as u32;
    let triples = |key: &str, allowed: &str| section.number_lists(key, allowed);
    let kind = section.choice("kind", None, LENGTH_LAWS)?;
    let mut longest = context_tokens;
    let shape = match kind {
        "fixed" => Shape::Fixed { tokens: tokens("tokens", None) },
        "uniform" => Shape::Uniform { low: tokens("low", None), high: tokens("high", None) },
        "exponential" => Shape::Exponential { mean: section.positive("mean", None) },
        "lognormal" => Shape::Lognormal {
            mu: section.number("mu", None, -100.0..=100.0),
            sigma: section.positive("sigma", None),
        },
        "lognormal_mixture" => {
            let components = triples("components", "a list of [weight, mu, sigma]");
            if components.iter().any(|c| c.len() != 3) {
                section.problem("components", "a component that is not three numbers", "[weight, mu, sigma]");
                return None;
            }
            let of = |c: &Vec<f64>| LognormalComponent { weight: c[0], mu: c[1], sigma: c[2] };
            Shape::LognormalMixture { components: components.iter().map(of).collect() }
        }
        "tpl" => {
            let cut = section.positive("cut", None);
            longest = longest.min(cut as u32);
            let xmin = section.positive("xmin", None);
            Shape::TruncatedPowerLaw { xmin, alpha: section.number("alpha", None, -20.0..=20.0), cut }
        }
        "spliced" => {
            let cut = section.positive("cut", None);
            longest = longest.min(cut as u32);
            Shape::Spliced {
                body_weight: section.number("body_weight", None, 0.0..=1.0),
                mu: section.number("mu", None, -100.0..=100.0),
                sigma: section.positive("sigma", None),
                xmin: section.positive("xmin", None),
                alpha: section.number("alpha", None, -20.0..=20.0),
                cut,
            }
        }
        _ => {
            let points = triples("quantiles", "a list of [probability, tokens]");
            if points.iter().any(|point| point.len() != 2) {
                section.problem("quantiles", "a point that is not two numbers", "[probability, tokens]");
                return None;
            }
            let of = |point: &Vec<f64>| QuantilePoint { q: point[0], value: point[1] };
            Shape::Empirical { quantiles: points.iter().map(of).collect() }
        }
    };
    let beyond =
        section.choice("beyond", Some("truncate"), &[("clip", Beyond::Clip), ("truncate", Beyond::Truncate)]);
    let atoms =
        if section.has("atoms") { triples("atoms", "a list of [low, high, weight]") } else { Vec::new() };
    section.ignore(&["atoms"]);
    if atoms.iter().any(|atom| atom.len() != 3) {
        section.problem("atoms", "an atom that is not three numbers", "[low, high, weight]");
        return None;
    }
    let law = LengthLaw {
        shape,
        min: tokens("min", Some(1)),
        max: tokens("max", Some(u64::from(longest))),
        beyond: beyond?,
        atoms: atoms.iter().map(|a| Atom { low: a[0] as u32, high: a[1] as u32, weight: a[2] }).collect(),
    };
    section.finish();
    match LengthTable::new(&law) {
        Ok(table) => Some(table),
        Err(problem) => {
            let key = problem.field.split('[').next().unwrap_or("kind").to_owned();
            section.problem(&key, problem.found, problem.allowed);
            None
        }
    }
}
