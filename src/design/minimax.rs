//! Where a switchback should toss its coins when what happens now depends on the last m periods: Bojinov, Simchi-Levi and
//! Zhao, "Design and analysis of switchback experiments", Management Science 69, 2023 (arXiv 2009.00148).

/// The periods, counted from 1, before which a coin is tossed: 1, 2m+1, 3m+1, …, (n−2)m+1 for `periods` = n·m. Among all sets
/// of points they have the smallest worst-case risk of the Horvitz–Thompson estimate with carry-over of m = `carry_over` periods.
///
/// ```
/// assert_eq!(contention::design::minimax_points(12, 2), [1, 5, 7, 9]);
/// ```
#[must_use]
pub fn minimax_points(periods: u32, carry_over: u32) -> Vec<u32> {
    let m = carry_over.max(1);
    let whole = periods / m;
    std::iter::once(1).chain((2..=whole.saturating_sub(2)).map(|chunk| chunk * m + 1)).collect()
}

/// The worst-case risk of the Horvitz–Thompson estimate under fair coins before the periods `points` (counted from 1, in
/// order, the first of them 1), for outcomes of size 1: Σ over t, s > m of 2^(o+1)·1{o > 0}/(T−m)², where o is the number of
/// coins that the windows \[t−m, t\] and \[s−m, s\] share.
#[must_use]
pub fn minimax_risk(periods: u32, carry_over: u32, points: &[u32]) -> f64 {
    let coin = |period: u32| points.partition_point(|&point| point <= period);
    // The coins of a window are consecutive.
    let windows: Vec<(usize, usize)> =
        (carry_over + 1..=periods).map(|end| (coin(end - carry_over), coin(end))).collect();
    let mut risk = 0.0;
    for (from, to) in &windows {
        for (other_from, other_to) in &windows {
            let (first, last) = (*from.max(other_from), *to.min(other_to));
            if first <= last {
                risk += libm::ldexp(2.0, (last - first + 1) as i32);
            }
        }
    }
    risk / f64::from(periods - carry_over) / f64::from(periods - carry_over)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Periods, carry-over, the best points, their risk and the risk of the runner-up.
    type Row = (u32, u32, &'static [u32], f64, f64);

    /// Known answer S5.
    const TABLE: [Row; 6] = [
        (12, 2, &[1, 5, 7, 9], 2.560000, 2.600000),
        (10, 2, &[1, 5, 7], 3.000000, 3.062500),
        (12, 3, &[1, 7], 3.555556, 3.604938),
        (15, 3, &[1, 7, 10], 3.000000, 3.027778),
        (8, 1, &[1, 3, 4, 5, 6, 7], 1.959184, 2.040816),
        (9, 3, &[1], 4.000000, 4.111111),
    ];

    #[test]
    fn the_points_are_the_best_of_all_sets_of_points() {
        for (periods, carry_over, points, risk, runner_up) in TABLE {
            assert_eq!(minimax_points(periods, carry_over), points);
            let mut risks: Vec<(f64, Vec<u32>)> = (0..1u32 << (periods - 1))
                .map(|set| {
                    let later = (2..=periods).filter(|period| set >> (period - 2) & 1 == 1);
                    let points: Vec<u32> = std::iter::once(1).chain(later).collect();
                    (minimax_risk(periods, carry_over, &points), points)
                })
                .collect();
            risks.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert_eq!(risks[0].1, points, "{periods} periods, carry-over {carry_over}");
            // The table has six decimals.
            assert!((risks[0].0 - risk).abs() < 6e-7, "{}", risks[0].0);
            assert!((risks[1].0 - runner_up).abs() < 6e-7, "{}", risks[1].0);
        }
    }
}
