//! Length tables against the samplers of another library, drawn with our own streams.

use contention::rng::{Purpose, Streams};
use contention::workload::lengths::{Beyond, LengthLaw, LengthTable, Shape};
use rand_distr::{Distribution, Exp, LogNormal};

/// The largest distance between the distribution functions of two samples of equal size.
fn kolmogorov_smirnov(mut a: Vec<u32>, mut b: Vec<u32>) -> f64 {
    a.sort_unstable();
    b.sort_unstable();
    let below =
        |sorted: &[u32], value: u32| sorted.partition_point(|&x| x <= value) as f64 / sorted.len() as f64;
    a.iter().chain(&b).map(|&value| (below(&a, value) - below(&b, value)).abs()).fold(0.0, f64::max)
}

fn compare(shape: Shape, other: &impl Distribution<f64>) {
    let law = LengthLaw { shape, min: 1, max: 100_000, beyond: Beyond::Clip, atoms: Vec::new() };
    let table = LengthTable::new(&law).expect("a law");
    let streams = Streams::new(4, 0);
    let n = 100_000u64;
    let ours =
        (0..n).map(|entity| table.tokens(streams.family(Purpose::OutputLength).bits(entity))).collect();
    let theirs = (0..n)
        .map(|entity| {
            other.sample(&mut streams.stream(Purpose::PromptLength, entity)).round().clamp(1.0, 100_000.0)
                as u32
        })
        .collect();
    // The two-sample critical distance at level 0.001, 1.95·√(2/n); conservative for whole numbers.
    let distance = kolmogorov_smirnov(ours, theirs);
    assert!(distance < 1.95 * (2.0 / n as f64).sqrt(), "{law:?}: {distance}");
}

#[test]
fn lognormal_and_exponential_tables_draw_what_another_library_draws() {
    compare(Shape::Lognormal { mu: 5.5, sigma: 0.8 }, &LogNormal::new(5.5, 0.8).expect("a law"));
    compare(Shape::Exponential { mean: 180.0 }, &Exp::new(1.0 / 180.0).expect("a law"));
}
