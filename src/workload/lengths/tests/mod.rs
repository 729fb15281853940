//! Laws of the table first, then the published values (`workloads.md`, sections 2a and 2b).

mod bounds;
mod law;
mod problems;
mod published;

use super::*;

/// A law without atoms, clipped to `1..=max`.
fn clipped(shape: Shape, max: u32) -> LengthLaw {
    LengthLaw { shape, min: 1, max, beyond: Beyond::Clip, atoms: Vec::new() }
}

/// A law without atoms, truncated to `1..=max`.
fn truncated(shape: Shape, max: u32) -> LengthLaw {
    LengthLaw { beyond: Beyond::Truncate, ..clipped(shape, max) }
}

fn table(law: &LengthLaw) -> LengthTable {
    LengthTable::new(law).unwrap_or_else(|problem| panic!("{law:?}: {problem}"))
}

fn power_law(xmin: f64, alpha: f64, cut: f64) -> Shape {
    Shape::TruncatedPowerLaw { xmin, alpha, cut }
}

fn mixture(parts: &[(f64, f64, f64)]) -> Shape {
    let component = |&(weight, mu, sigma): &(f64, f64, f64)| LognormalComponent { weight, mu, sigma };
    Shape::LognormalMixture { components: parts.iter().map(component).collect() }
}

fn points(list: &[(f64, f64)]) -> Shape {
    Shape::Empirical { quantiles: list.iter().map(|&(q, value)| QuantilePoint { q, value }).collect() }
}

/// One law of every shape, none of them trivial.
fn zoo() -> Vec<LengthLaw> {
    let spliced = Shape::Spliced {
        body_weight: 0.748,
        mu: 8.764,
        sigma: 1.261,
        xmin: 15249.0,
        alpha: 2.471,
        cut: 126195.0,
    };
    vec![
        clipped(Shape::Fixed { tokens: 500 }, 4096),
        clipped(Shape::Uniform { low: 3, high: 900 }, 4096),
        clipped(Shape::Exponential { mean: 200.0 }, 4096),
        truncated(Shape::Lognormal { mu: 6.0, sigma: 1.2 }, 32_768),
        truncated(mixture(&[(0.3, 4.0, 1.6), (0.7, 6.0, 0.3)]), 2_000),
        clipped(power_law(100.0, 2.1, 131_072.0), 131_072),
        clipped(power_law(100.0, 1.0, 8_192.0), 8_192),
        clipped(power_law(9.5, 2.45, 2_048.0), 2_048),
        clipped(spliced, 126_195),
        clipped(points(&[(0.0, 3.0), (0.4, 60.0), (0.5, 60.0), (0.99, 1_119.0), (1.0, 2_000.0)]), 2_000),
        LengthLaw {
            atoms: vec![Atom { low: 7_434, high: 7_437, weight: 0.038 }],
            ..truncated(Shape::Lognormal { mu: 7.5, sigma: 0.7 }, 7_437)
        },
    ]
}
