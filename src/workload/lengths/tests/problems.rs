use super::*;

fn problem(law: &LengthLaw) -> String {
    match LengthTable::new(law) {
        Ok(table) => panic!("{law:?} was accepted, with mean {}", table.mean()),
        Err(problem) => problem.to_string(),
    }
}

fn spliced(body_weight: f64, mu: f64) -> Shape {
    Shape::Spliced { body_weight, mu, sigma: 1.0, xmin: 100.0, alpha: 2.0, cut: 1_000.0 }
}

#[test]
fn a_bad_shape_is_named_with_what_is_allowed() {
    let cases = [
        (Shape::Uniform { low: 9, high: 3 }, "high: found 3, allowed: at least low, which is 9"),
        (Shape::Exponential { mean: 0.0 }, "mean: found 0, allowed: a finite number above 0"),
        (Shape::Exponential { mean: f64::INFINITY }, "mean: found inf,"),
        (Shape::Lognormal { mu: f64::NAN, sigma: 1.0 }, "mu: found NaN,"),
        (Shape::Lognormal { mu: 1.0, sigma: -1.0 }, "sigma: found -1, allowed: a finite number above 0"),
        (mixture(&[]), "components: found no components,"),
        (mixture(&[(0.0, 1.0, 1.0)]), "components: found weights that add up to 0,"),
        (mixture(&[(1.0, 1.0, 1.0), (-0.1, 1.0, 1.0)]), "components[1].weight: found -0.1,"),
        (mixture(&[(1.0, 1.0, 0.0)]), "components[0].sigma: found 0,"),
        (power_law(f64::NAN, 2.0, 100.0), "xmin: found NaN,"),
        (power_law(0.0, 2.0, 100.0), "xmin: found 0,"),
        (power_law(10.0, f64::INFINITY, 100.0), "alpha: found inf, allowed: a finite number from -20 to 20"),
        (power_law(100.0, 2.0, 100.0), "cut: found 100, allowed: above xmin, which is 100,"),
        (power_law(9.5, 2.0, 9.9), "cut: found 9.9,"),
        (spliced(1.1, 3.0), "body_weight: found 1.1,"),
        (spliced(0.5, 90.0), "mu: found 90, allowed: a body with mass below xmin, which is 100"),
        (points(&[]), "quantiles: found no points, allowed: at least one point"),
        (points(&[(0.5, 0.0)]), "quantiles[0].value: found 0,"),
        (points(&[(1.5, 3.0)]), "quantiles[0].q: found 1.5,"),
        (points(&[(0.5, 3.0), (0.5, 4.0)]), "quantiles[1].q: found 0.5, allowed: above the point before"),
        (points(&[(0.5, 3.0), (0.6, 2.0)]), "quantiles[1].value: found 2,"),
    ];
    for (shape, expected) in cases {
        let found = problem(&clipped(shape, 4_096));
        assert!(found.starts_with(expected), "{found:?} does not start with {expected:?}");
    }
}

#[test]
fn bad_bounds_and_atoms_are_named_with_what_is_allowed() {
    let fixed = || clipped(Shape::Fixed { tokens: 50 }, 100);
    let atom = |low, high, weight| LengthLaw { atoms: vec![Atom { low, high, weight }], ..fixed() };
    let cases = [
        (LengthLaw { min: 101, ..fixed() }, "min: found 101, allowed: at most max, which is 100"),
        (LengthLaw { max: u32::MAX, ..fixed() }, "max: found 4294967295, allowed: at most 4194304 tokens"),
        (truncated(Shape::Fixed { tokens: 500 }, 100), "max: found 100, with no mass at or below it"),
        (atom(1, 1, -0.5), "atoms[0].weight: found -0.5,"),
        (atom(1, 1, f64::NAN), "atoms[0].weight: found NaN,"),
        (atom(9, 3, 0.5), "atoms[0].high: found 3, allowed: at least low, which is 9"),
        (atom(0, 3, 0.5), "atoms[0].low: found 0, allowed: 1 to 100, the bounds of the law"),
        (atom(3, 101, 0.5), "atoms[0].high: found 101,"),
    ];
    for (law, expected) in cases {
        let found = problem(&law);
        assert!(found.starts_with(expected), "{found:?} does not start with {expected:?}");
    }
    let half = Atom { low: 1, high: 1, weight: 0.6 };
    let found = problem(&LengthLaw { atoms: vec![half, half], ..fixed() });
    assert_eq!(found, "atoms: found weights that add up to 1.2, allowed: at most 1");
}

#[test]
fn extreme_but_legal_parameters_build_a_table() {
    for alpha in [-20.0, -0.69, 0.0, 1.0, 20.0] {
        for (xmin, cut) in [(0.5, 4_194_304.0), (1.0, 2.0), (131_071.0, 131_072.0)] {
            let table = table(&clipped(power_law(xmin, alpha, cut), MAX_TOKENS));
            assert!(table.mean().is_finite() && table.coefficient_of_variation().is_finite());
        }
    }
    for sigma in [1e-300, 1e-3, 50.0] {
        for mu in [-100.0, 0.0, 100.0] {
            let table = table(&clipped(Shape::Lognormal { mu, sigma }, 4_096));
            assert!((1.0..=4_096.0).contains(&table.mean()));
        }
    }
}
