use super::*;

fn share_at(table: &LengthTable, length: u32) -> f64 {
    // The width of the interval of bits that draw `length`, found by halving on the monotone draw.
    let first_above = |length: u32| {
        let (mut low, mut high) = (0u128, 1u128 << 64);
        while low < high {
            let middle = (low + high) / 2;
            if table.tokens(middle as u64) > length { high = middle } else { low = middle + 1 }
        }
        low
    };
    (first_above(length) - first_above(length - 1)) as f64 / 2f64.powi(64)
}

#[test]
fn clipping_piles_up_at_the_maximum_and_truncation_redistributes() {
    let shape = Shape::Exponential { mean: 1_000.0 };
    let (pile, redraw) = (table(&clipped(shape.clone(), 2_000)), table(&truncated(shape, 2_000)));
    let at_most = |l: f64| -libm::expm1(-(l + 0.5) / 1_000.0);
    assert!((share_at(&pile, 2_000) - (1.0 - at_most(1_999.0))).abs() < 1e-12);
    let cell = at_most(2_000.0) - at_most(1_999.0);
    assert!((share_at(&redraw, 2_000) - cell / at_most(2_000.0)).abs() < 1e-12);
    assert!((share_at(&pile, 700) * (1.0 / at_most(2_000.0)) - share_at(&redraw, 700)).abs() < 1e-12);
    assert!(pile.mean() > redraw.mean());
}

#[test]
fn mass_below_the_minimum_moves_to_it() {
    let law = LengthLaw { min: 100, ..clipped(Shape::Exponential { mean: 1_000.0 }, 2_000) };
    let table = table(&law);
    assert_eq!(table.min(), 100);
    assert!((share_at(&table, 100) - -libm::expm1(-0.1005)).abs() < 1e-12);
}

#[test]
fn atoms_take_their_share_of_the_whole_law_evenly() {
    let atoms = vec![Atom { low: 7_434, high: 7_437, weight: 0.04 }];
    let with = table(&LengthLaw { atoms, ..clipped(Shape::Fixed { tokens: 100 }, 8_000) });
    for length in 7_434..=7_437 {
        assert!((share_at(&with, length) - 0.01).abs() < 1e-12);
    }
    assert!((share_at(&with, 100) - 0.96).abs() < 1e-12);
    assert!((with.mean() - (0.96 * 100.0 + 0.04 * 7_435.5)).abs() < 1e-9);
    assert_eq!((with.min(), with.max()), (100, 7_437));
}

#[test]
fn atoms_alone_can_be_the_law_even_where_the_shape_has_no_mass() {
    let atoms = vec![Atom { low: 3, high: 3, weight: 0.6 }, Atom { low: 10, high: 10, weight: 0.4 }];
    let law = LengthLaw { atoms, ..truncated(Shape::Fixed { tokens: 9_000 }, 20) };
    let table = table(&law);
    assert_eq!((table.min(), table.max()), (3, 10));
    assert!((table.mean() - 5.8).abs() < 1e-12);
}

#[test]
fn a_shape_above_the_maximum_clips_to_one_length() {
    let table = table(&clipped(Shape::Fixed { tokens: 9_000 }, 2_000));
    assert_eq!((table.min(), table.max(), table.mean()), (2_000, 2_000, 2_000.0));
}

#[test]
fn a_deep_truncation_is_still_a_law() {
    // All but 1e-12 of the lognormal lies above the maximum; what remains is renormalised.
    let table = table(&truncated(Shape::Lognormal { mu: 12.0, sigma: 1.0 }, 148));
    assert_eq!(table.max(), 148);
    assert!(share_at(&table, 148) < 0.1 && table.mean() > 120.0, "{}", table.mean());
}
