//! The formulas of `docs/estimators.md`, written anew with plain loops. Nothing here was copied from the program, and nothing here
//! calls it.

/// What a method says, or the codes of which one must be given when it cannot say anything.
pub(crate) type Expected = Result<Answer, &'static str>;

/// The numbers of one row of an analysis. An end that does not exist, and what is not compared, is `None`.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) estimate: f64,
    pub(crate) std_error: Option<f64>,
    pub(crate) df: Option<f64>,
    pub(crate) p_value: f64,
    pub(crate) conf_low: Option<f64>,
    pub(crate) conf_high: Option<f64>,
    pub(crate) n_units: usize,
}

/// Estimate, p-value and 95 % interval of a t test.
pub(crate) fn t_test(estimate: f64, variance: f64, df: f64, n_units: usize) -> Expected {
    let scale = 1e-12 * (1.0 + estimate.abs());
    if variance <= scale * scale {
        return Err("ne:zero_variance");
    }
    let std_error = variance.sqrt();
    let half = t_quantile_975(df) * std_error;
    Ok(Answer {
        estimate,
        std_error: Some(std_error),
        df: Some(df),
        p_value: t_two_sided(estimate / std_error, df),
        conf_low: Some(estimate - half),
        conf_high: Some(estimate + half),
        n_units,
    })
}

/// I_x(a, b) with both x and 1 − x given, by Lentz's continued fraction.
fn incomplete_beta(x: f64, rest: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if rest <= 0.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(rest, x, b, a);
    }
    let log_front =
        libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log(rest);
    let tiny = 1e-300;
    let away = |value: f64| if value.abs() < tiny { tiny } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..5000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    libm::exp(log_front) * fraction / a
}

/// P(|T| ≥ |t|) of Student's t.
pub(crate) fn t_two_sided(t: f64, df: f64) -> f64 {
    let square = t * t;
    incomplete_beta(df / (df + square), square / (df + square), df / 2.0, 0.5)
}

/// The 0.975 quantile of Student's t, by bisection.
pub(crate) fn t_quantile_975(df: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0);
    while t_two_sided(high, df) > 0.05 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if t_two_sided(middle, df) > 0.05 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// P(χ² ≥ x) for whole degrees of freedom, by the recursion Q(k + 2) = Q(k) + (x/2)^{k/2} e^{−x/2}/Γ(k/2 + 1).
pub(crate) fn chi_squared_tail(x: f64, df: usize) -> f64 {
    let (mut tail, mut at) =
        if df % 2 == 1 { (libm::erfc((x / 2.0).sqrt()), 1) } else { (libm::exp(-x / 2.0), 2) };
    while at < df {
        let half = at as f64 / 2.0;
        tail += libm::exp(half * libm::log(x / 2.0) - x / 2.0 - libm::lgamma(half + 1.0));
        at += 2;
    }
    tail
}

/// The exact two-sided binomial test: twice the smaller tail.
pub(crate) fn binomial_test(count: usize, n: usize, share: f64) -> f64 {
    let n_real = n as f64;
    let chance = |k: usize| {
        let k = k as f64;
        let ways = libm::lgamma(n_real + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n_real - k + 1.0);
        libm::exp(ways + k * libm::log(share) + (n_real - k) * libm::log(1.0 - share))
    };
    let below: f64 = (0..=count).map(chance).sum();
    let above: f64 = (count..=n).map(chance).sum();
    (2.0 * below.min(above)).min(1.0)
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sample variance, with n − 1.
pub(crate) fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// Rule 2: (V₁ + V₀)²/(V₁²/ν₁ + V₀²/ν₀).
pub(crate) fn welch_df(treated: (f64, f64), control: (f64, f64)) -> f64 {
    let total = treated.0 + control.0;
    total * total / (treated.0 * treated.0 / treated.1 + control.0 * control.0 / control.1)
}

/// Rule 3: (Σc)²/Σ(c²/ν), for cells given as c and ν.
fn cell_df(cells: &[(f64, usize)]) -> f64 {
    let sum: f64 = cells.iter().map(|cell| cell.0).sum();
    sum * sum / cells.iter().map(|&(c, degrees)| c * c / degrees as f64).sum::<f64>()
}

/// Too few in an arm for any variance.
fn lone(treated: usize, control: usize) -> Option<&'static str> {
    match (treated, control) {
        (0 | 1, 0 | 1) => Some("ne:empty_arm|ne:lone_unit|ne:n_too_small"),
        (0, _) | (_, 0) => Some("ne:empty_arm"),
        (1, _) | (_, 1) => Some("ne:lone_unit|ne:n_too_small"),
        _ => None,
    }
}

/// Welch's test of two samples of independent values.
pub(crate) fn welch(treated: &[f64], control: &[f64]) -> Expected {
    if let Some(code) = lone(treated.len(), control.len()) {
        return Err(code);
    }
    let part = |values: &[f64]| (variance(values) / values.len() as f64, values.len() as f64 - 1.0);
    let (one, zero) = (part(treated), part(control));
    let df = welch_df(one, zero);
    t_test(mean(treated) - mean(control), one.0 + zero.0, df, treated.len() + control.len())
}

/// One unit: its sum of outcomes, its rows that have one, its arm, its stratum or pair.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) y: f64,
    pub(crate) x: f64,
    pub(crate) treated: bool,
    pub(crate) stratum: usize,
}

pub(crate) fn arm(units: &[Unit], treated: bool) -> Vec<&Unit> {
    units.iter().filter(|unit| unit.treated == treated).collect()
}

fn ratio(units: &[&Unit]) -> f64 {
    units.iter().map(|unit| unit.y).sum::<f64>() / units.iter().map(|unit| unit.x).sum::<f64>()
}

/// Σy/Σx of either arm; variance Σ(y − Rx)²/(G(G − 1)x̄²), ν = G − 1.
pub(crate) fn ratios(units: &[Unit]) -> Expected {
    let (treated, control) = (arm(units, true), arm(units, false));
    if let Some(code) = lone(treated.len(), control.len()) {
        return Err(code);
    }
    let part = |units: &[&Unit]| {
        let (g, r) = (units.len() as f64, ratio(units));
        let size = units.iter().map(|unit| unit.x).sum::<f64>() / g;
        let squares: f64 = units.iter().map(|unit| (unit.y - r * unit.x) * (unit.y - r * unit.x)).sum();
        (squares / (g * (g - 1.0) * size * size), g - 1.0)
    };
    let (one, zero) = (part(&treated), part(&control));
    t_test(ratio(&treated) - ratio(&control), one.0 + zero.0, welch_df(one, zero), units.len())
}

/// Rule 3 with the combined ratio Σ WₛȳS/Σ Wₛx̄ₛ of either arm, Wₛ the stratum's units.
pub(crate) fn stratified(units: &[Unit]) -> Expected {
    let strata = 1 + units.iter().map(|unit| unit.stratum).max().unwrap_or(0);
    let cell = |stratum: usize, treated: bool| -> Vec<&Unit> {
        units.iter().filter(|unit| unit.stratum == stratum && unit.treated == treated).collect()
    };
    let present: Vec<usize> =
        (0..strata).filter(|&s| cell(s, true).len() + cell(s, false).len() > 0).collect();
    if present.is_empty() || present.iter().any(|&s| cell(s, true).is_empty() || cell(s, false).is_empty()) {
        return Err("ne:empty_arm|ne:empty_stratum");
    }
    if present.iter().all(|&s| cell(s, true).len() == 1 && cell(s, false).len() == 1) {
        return paired(units);
    }
    if present.iter().any(|&s| cell(s, true).len() == 1 || cell(s, false).len() == 1) {
        return Err("ne:lone_unit");
    }
    let (mut total, mut effect) = (0.0, 0.0);
    let mut cells = Vec::new();
    for treated in [true, false] {
        let (mut above, mut below) = (0.0, 0.0);
        for &s in &present {
            let own = cell(s, treated);
            let weight = (own.len() + cell(s, !treated).len()) as f64;
            above += weight * own.iter().map(|unit| unit.y).sum::<f64>() / own.len() as f64;
            below += weight * own.iter().map(|unit| unit.x).sum::<f64>() / own.len() as f64;
        }
        let r = above / below;
        effect += if treated { r } else { -r };
        for &s in &present {
            let own = cell(s, treated);
            let n = own.len() as f64;
            let weight = n + cell(s, !treated).len() as f64;
            let spread = variance(&own.iter().map(|unit| unit.y - r * unit.x).collect::<Vec<_>>());
            total += weight * weight / n * spread / (below * below);
            if spread > 1e-24 {
                cells.push((weight * weight / n, own.len() - 1));
            }
        }
    }
    t_test(effect, total, cell_df(&cells), units.len())
}

/// Differences within pairs, both arms' ratios being over the pairs of which both units have rows.
pub(crate) fn paired(units: &[Unit]) -> Expected {
    let last = units.iter().map(|unit| unit.stratum).max().unwrap_or(0);
    let mut pairs = Vec::new();
    for pair in 0..=last {
        let find = |treated| units.iter().find(|unit| unit.stratum == pair && unit.treated == treated);
        if let (Some(one), Some(zero)) = (find(true), find(false)) {
            pairs.push((one, zero));
        }
    }
    if pairs.len() < 2 {
        return Err("ne:lone_unit|ne:n_too_small|ne:empty_arm");
    }
    let n = pairs.len() as f64;
    let (ones, zeros): (Vec<&Unit>, Vec<&Unit>) = pairs.iter().copied().unzip();
    let size = |units: &[&Unit]| units.iter().map(|unit| unit.x).sum::<f64>() / n;
    let (r1, r0) = (ratio(&ones), ratio(&zeros));
    let parts: Vec<f64> = pairs
        .iter()
        .map(|(one, zero)| (one.y - r1 * one.x) / size(&ones) - (zero.y - r0 * zero.x) / size(&zeros))
        .collect();
    t_test(r1 - r0, variance(&parts) / n, n - 1.0, 2 * pairs.len())
}

/// A solved regression: coefficients, residuals, leverages, and for every row the pull on coefficient `of`.
pub(crate) struct Fit {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) residuals: Vec<f64>,
    pub(crate) leverages: Vec<f64>,
    pub(crate) pulls: Vec<f64>,
}

/// The inverse of a small symmetric matrix by elimination with pivots, or nothing.
fn inverse(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let k = matrix.len();
    let mut work: Vec<Vec<f64>> = (0..k)
        .map(|row| {
            let mut line = matrix[row].clone();
            line.extend((0..k).map(|column| f64::from(u8::from(row == column))));
            line
        })
        .collect();
    for at in 0..k {
        let pivot = (at..k).max_by(|&a, &b| work[a][at].abs().total_cmp(&work[b][at].abs()))?;
        work.swap(at, pivot);
        if work[at][at].abs() < 1e-10 {
            return None;
        }
        let head = work[at][at];
        work[at].iter_mut().for_each(|value| *value /= head);
        let line = work[at].clone();
        for (row, other) in work.iter_mut().enumerate() {
            if row != at {
                let factor = other[at];
                other.iter_mut().zip(&line).for_each(|(value, own)| *value -= factor * own);
            }
        }
    }
    Some(work.into_iter().map(|row| row[k..].to_vec()).collect())
}

/// Least squares of `y` on the rows `x`, with what is needed for the variance of coefficient `of`.
pub(crate) fn least_squares(x: &[Vec<f64>], y: &[f64], of: usize) -> Option<Fit> {
    let k = x.first()?.len();
    let mut cross = vec![vec![0.0; k]; k];
    let mut right = vec![0.0; k];
    for (row, value) in x.iter().zip(y) {
        for a in 0..k {
            right[a] += row[a] * value;
            for b in 0..k {
                cross[a][b] += row[a] * row[b];
            }
        }
    }
    let bread = inverse(&cross)?;
    let times = |vector: &[f64]| -> Vec<f64> {
        bread.iter().map(|line| line.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
    };
    let coefficients = times(&right);
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    Some(Fit {
        residuals: x.iter().zip(y).map(|(row, value)| value - dot(row, &coefficients)).collect(),
        leverages: x.iter().map(|row| dot(row, &times(row))).collect(),
        pulls: x.iter().map(|row| times(row)[of]).collect(),
        coefficients,
    })
}

/// One row with an outcome.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) y: f64,
    pub(crate) treated: bool,
    pub(crate) x: Vec<f64>,
    /// Chance of the candidate.
    pub(crate) e: f64,
    pub(crate) unit: usize,
}

fn centred(rows: &[Row]) -> Vec<Vec<f64>> {
    let n = rows.len() as f64;
    let k = rows.first().map_or(0, |row| row.x.len());
    let means: Vec<f64> = (0..k).map(|at| rows.iter().map(|row| row.x[at]).sum::<f64>() / n).collect();
    rows.iter().map(|row| row.x.iter().zip(&means).map(|(x, mean)| x - mean).collect()).collect()
}

fn counts(rows: &[Row]) -> (usize, usize) {
    let treated = rows.iter().filter(|row| row.treated).count();
    (treated, rows.len() - treated)
}

/// θ from least squares of y on all covariates over both arms; Welch on y − θ'(x − x̄).
pub(crate) fn cuped(rows: &[Row]) -> Expected {
    let (treated, control) = counts(rows);
    let refusal = lone(treated, control);
    let covariates = rows.first().map_or(0, |row| row.x.len());
    if rows.len() < 20.max(10 * covariates) {
        return Err("ne:below_minimum|ne:empty_arm|ne:lone_unit|ne:n_too_small|ne:no_covariate");
    }
    if let Some(code) = refusal {
        return Err(code);
    }
    let x = centred(rows);
    let design: Vec<Vec<f64>> = x.iter().map(|x| [&[1.0], x.as_slice()].concat()).collect();
    let y: Vec<f64> = rows.iter().map(|row| row.y).collect();
    let fit = least_squares(&design, &y, 0).ok_or("ne:rank_deficient")?;
    let adjusted = |arm: bool| -> Vec<f64> {
        rows.iter()
            .zip(&x)
            .filter(|(row, _)| row.treated == arm)
            .map(|(row, x)| row.y - x.iter().zip(&fit.coefficients[1..]).map(|(x, b)| x * b).sum::<f64>())
            .collect()
    };
    welch(&adjusted(true), &adjusted(false))
}

/// y ~ T + x_c (+ T·x_c), HC2; t(n − k) with thirty rows in both arms, else rule 3 with arms for cells and n_arm less its coefficients.
pub(crate) fn adjusted(rows: &[Row], interacted: bool) -> Expected {
    let (treated, control) = counts(rows);
    if let Some(code) = lone(treated, control) {
        return Err(if rows.is_empty() || code == "ne:empty_arm" {
            "ne:empty_arm|ne:n_too_small|ne:no_covariate"
        } else {
            "ne:lone_unit|ne:rank_deficient|ne:n_too_small|ne:no_covariate"
        });
    }
    let x = centred(rows);
    let design: Vec<Vec<f64>> = rows
        .iter()
        .zip(&x)
        .map(|(row, x)| {
            let t = f64::from(u8::from(row.treated));
            let mut line = [&[1.0, t], x.as_slice()].concat();
            if interacted {
                line.extend(x.iter().map(|x| t * x));
            }
            line
        })
        .collect();
    let k = design[0].len();
    let own = if interacted { k / 2 } else { 1 };
    if treated.min(control) <= own || rows.len() <= k {
        return Err("ne:lone_unit|ne:rank_deficient|ne:n_too_small");
    }
    let y: Vec<f64> = rows.iter().map(|row| row.y).collect();
    let fit = least_squares(&design, &y, 1).ok_or("ne:rank_deficient")?;
    let mut parts = [0.0, 0.0];
    for at in 0..rows.len() {
        let part = fit.pulls[at] * fit.residuals[at];
        parts[usize::from(rows[at].treated)] += part * part / (1.0 - fit.leverages[at]);
    }
    let most = (rows.len() - k) as f64;
    let df = if treated.min(control) >= 30 {
        most
    } else {
        cell_df(&[(1.0 / treated as f64, treated - own), (1.0 / control as f64, control - own)]).min(most)
    };
    t_test(fit.coefficients[1], parts[0] + parts[1], df, rows.len())
}

/// A weighted mean of units: with shares h, Σh²(m − µ)²/(1 − 2h + Σh²), and Satterthwaite's ν under equal variances.
pub(crate) struct Weighted {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    pub(crate) df: f64,
    /// Unit and its part of the error, whose squares sum to the variance.
    pub(crate) parts: Vec<(usize, f64)>,
}

pub(crate) fn weighted(values: &[(usize, f64, f64)]) -> Weighted {
    let mut units: Vec<(usize, f64, f64)> = Vec::new();
    for &(unit, weight, y) in values {
        match units.iter_mut().find(|found| found.0 == unit) {
            Some(found) => {
                found.1 += weight;
                found.2 += weight * y;
            }
            None => units.push((unit, weight, weight * y)),
        }
    }
    let all: f64 = units.iter().map(|unit| unit.1).sum();
    let mean = units.iter().map(|unit| unit.2).sum::<f64>() / all;
    let shares: Vec<f64> = units.iter().map(|unit| unit.1 / all).collect();
    let square: f64 = shares.iter().map(|h| h * h).sum();
    let scale = |h: f64| h * h / (1.0 - 2.0 * h + square);
    let parts: Vec<(usize, f64)> = units
        .iter()
        .zip(&shares)
        .map(|(unit, &h)| (unit.0, scale(h).sqrt() * (unit.2 / unit.1 - mean)))
        .collect();
    let mut trace = 0.0;
    for (u, &h) in shares.iter().enumerate() {
        for (v, &g) in shares.iter().enumerate() {
            let entry = f64::from(u8::from(u == v)) - h - g + square;
            trace += scale(h) * scale(g) * entry * entry;
        }
    }
    let variance = parts.iter().map(|part| part.1 * part.1).sum();
    Weighted { mean, variance, df: square * square / trace, parts }
}

/// Weighted means of the arms, 1/e and 1/(1 − e). A unit with rows in both arms counts with the difference of its two parts.
pub(crate) fn hajek(rows: &[Row]) -> Expected {
    weighted_arms(rows, |e| (1.0 / e, 1.0 / (1.0 - e)))
}

/// Weights 1 and e/(1 − e): the effect on those who were treated.
pub(crate) fn hajek_of_treated(rows: &[Row]) -> Expected {
    weighted_arms(rows, |e| (1.0, e / (1.0 - e)))
}

/// Weights 1 − e and e.
pub(crate) fn overlap(rows: &[Row]) -> Expected {
    weighted_arms(rows, |e| (1.0 - e, e))
}

/// The weights of a row, were it treated and were it not, from its chance.
fn weighted_arms(rows: &[Row], weights: fn(f64) -> (f64, f64)) -> Expected {
    let side = |arm: bool| -> Vec<(usize, f64, f64)> {
        rows.iter()
            .filter(|row| row.treated == arm)
            .map(|row| (row.unit, if arm { weights(row.e).0 } else { weights(row.e).1 }, row.y))
            .collect()
    };
    let (one, zero) = (side(true), side(false));
    if one.is_empty() || zero.is_empty() {
        return Err("ne:empty_arm");
    }
    let (one, zero) = (weighted(&one), weighted(&zero));
    if one.parts.len() < 2 || zero.parts.len() < 2 {
        return Err("ne:lone_unit");
    }
    let mut total = one.variance + zero.variance;
    let mut units = one.parts.len() + zero.parts.len();
    for (unit, part) in &one.parts {
        if let Some((_, other)) = zero.parts.iter().find(|other| other.0 == *unit) {
            total -= 2.0 * part * other;
            units -= 1;
        }
    }
    let df = welch_df((one.variance, one.df), (zero.variance, zero.df)).min(units as f64 - 1.0);
    t_test(one.mean - zero.mean, total, df, units)
}

/// Mean of ZY/e − (1 − Z)Y/(1 − e) over all rows. The variance is that of the mean of the summands; an arm's part of it is that of
/// its rows, with n_arm − 1.
pub(crate) fn horvitz_thompson(rows: &[Row]) -> Expected {
    let (treated, control) = counts(rows);
    if let Some(code) = lone(treated, control) {
        return Err(code);
    }
    let n = rows.len() as f64;
    let summands: Vec<f64> =
        rows.iter().map(|row| if row.treated { row.y / row.e } else { -row.y / (1.0 - row.e) }).collect();
    let effect = mean(&summands);
    let mut parts = [0.0, 0.0];
    for (row, summand) in rows.iter().zip(&summands) {
        parts[usize::from(row.treated)] += (summand - effect) * (summand - effect) / (n * (n - 1.0));
    }
    let df = welch_df((parts[1], treated as f64 - 1.0), (parts[0], control as f64 - 1.0));
    t_test(effect, parts[0] + parts[1], df.min(n - 1.0), rows.len())
}

/// AIPW whose outcome models are the arms' means. An arm's row weighs w/n + (1 − W/n)/n_arm, W the sum of its w = 1/chance; its
/// residual is that of HC2, and ν is Satterthwaite's under equal variances.
pub(crate) fn aipw_of_means(rows: &[Row]) -> Expected {
    let (treated, control) = counts(rows);
    if let Some(code) = lone(treated, control) {
        return Err(code);
    }
    let n = rows.len() as f64;
    let mut effect = 0.0;
    let mut cells = Vec::new();
    for arm in [true, false] {
        let own: Vec<&Row> = rows.iter().filter(|row| row.treated == arm).collect();
        let count = own.len() as f64;
        let model = own.iter().map(|row| row.y).sum::<f64>() / count;
        let chances = |row: &Row| 1.0 / if arm { row.e } else { 1.0 - row.e };
        let all: f64 = own.iter().map(|row| chances(row)).sum();
        let value = model + own.iter().map(|row| chances(row) * (row.y - model)).sum::<f64>() / n;
        effect += if arm { value } else { -value };
        let weights: Vec<f64> = own.iter().map(|row| chances(row) / n + (1.0 - all / n) / count).collect();
        let keep = 1.0 - 1.0 / count;
        let total: f64 = own
            .iter()
            .zip(&weights)
            .map(|(row, w)| (w * (row.y - model)) * (w * (row.y - model)) / keep)
            .sum();
        let (mut expected, mut trace) = (0.0, 0.0);
        for (u, a) in weights.iter().enumerate() {
            expected += a * a;
            for (v, b) in weights.iter().enumerate() {
                let entry = f64::from(u8::from(u == v)) - 1.0 / count;
                trace += (a * a / keep) * (b * b / keep) * entry * entry;
            }
        }
        cells.push((total, expected * expected / trace));
    }
    t_test(effect, cells[0].0 + cells[1].0, welch_df(cells[0], cells[1]).min(n - 1.0), rows.len())
}

/// Σ(n_s/n)(Ȳ₁s − Ȳ₀s) with rows as units and rule 3; where every stratum is a pair, the paired t test.
pub(crate) fn post_stratified(rows: &[Row]) -> Expected {
    let strata = 1 + rows.iter().map(|row| row.unit).max().unwrap_or(0);
    let cell = |stratum: usize, treated: bool| -> Vec<f64> {
        rows.iter().filter(|row| row.unit == stratum && row.treated == treated).map(|row| row.y).collect()
    };
    let cells: Vec<(Vec<f64>, Vec<f64>)> = (0..strata)
        .map(|s| (cell(s, true), cell(s, false)))
        .filter(|(one, zero)| one.len() + zero.len() > 0)
        .collect();
    if cells.is_empty() || cells.iter().any(|(one, zero)| one.is_empty() || zero.is_empty()) {
        return Err("ne:empty_arm|ne:empty_stratum|ne:lone_unit");
    }
    if cells.iter().all(|(one, zero)| one.len() == 1 && zero.len() == 1) {
        let differences: Vec<f64> = cells.iter().map(|(one, zero)| one[0] - zero[0]).collect();
        if differences.len() < 2 {
            return Err("ne:lone_unit|ne:n_too_small");
        }
        let n = differences.len() as f64;
        return t_test(mean(&differences), variance(&differences) / n, n - 1.0, rows.len());
    }
    if cells.iter().any(|(one, zero)| one.len() == 1 || zero.len() == 1) {
        return Err("ne:lone_unit");
    }
    let (mut effect, mut total) = (0.0, 0.0);
    let mut alike = Vec::new();
    for (one, zero) in &cells {
        let share = (one.len() + zero.len()) as f64 / rows.len() as f64;
        effect += share * (mean(one) - mean(zero));
        for side in [one, zero] {
            let n = side.len() as f64;
            total += share * share * variance(side) / n;
            if variance(side) > 1e-24 {
                alike.push((share * share / n, side.len() - 1));
            }
        }
    }
    t_test(effect, total, cell_df(&alike), rows.len())
}

/// Mean of differences within rows: the weighted mean of the units' means, of rule 2.
pub(crate) fn shadow(differences: &[(usize, f64)]) -> Expected {
    if differences.is_empty() {
        return Err("ne:empty_arm|ne:n_too_small");
    }
    let parts: Vec<(usize, f64, f64)> = differences.iter().map(|&(unit, y)| (unit, 1.0, y)).collect();
    let whole = weighted(&parts);
    if whole.parts.len() < 2 {
        return Err("ne:lone_unit|ne:n_too_small");
    }
    t_test(whole.mean, whole.variance, whole.df, whole.parts.len())
}

/// Y_k = α + βW_k + γW_{k−1}, β + γ; Newey–West with n/(n − k), ⌊4(K/100)^{2/9}⌋ lags but one at least, t(K − 3). K are the blocks
/// that the regression has, all but the first. Y_k is linearised: with R and the mean size of all blocks, R + (y_k − R·x_k)/x̄.
pub(crate) fn switchback_regression(blocks: &[Unit]) -> Expected {
    let count = blocks.len();
    if count < 12 {
        return Err("ne:below_minimum|ne:empty_arm|ne:lone_unit|ne:n_too_small");
    }
    let coin = |at: usize| f64::from(u8::from(blocks[at].treated));
    let r = ratio(&blocks.iter().collect::<Vec<_>>());
    let size = blocks.iter().map(|block| block.x).sum::<f64>() / count as f64;
    let x: Vec<Vec<f64>> = (1..count).map(|at| vec![1.0, coin(at), coin(at - 1)]).collect();
    let y: Vec<f64> = blocks[1..].iter().map(|block| r + (block.y - r * block.x) / size).collect();
    let singular = "ne:rank_deficient|ne:empty_arm|ne:lone_unit";
    let (own, before) =
        (least_squares(&x, &y, 1).ok_or(singular)?, least_squares(&x, &y, 2).ok_or(singular)?);
    if own.leverages.iter().any(|h| *h > 1.0 - 1e-9) {
        return Err("ne:lone_unit");
    }
    let n = count - 1;
    let lags = ((4.0 * libm::pow(n as f64 / 100.0, 2.0 / 9.0)) as usize).max(1);
    let scores: Vec<f64> = (0..n).map(|at| (own.pulls[at] + before.pulls[at]) * own.residuals[at]).collect();
    let mut total: f64 = scores.iter().map(|score| score * score).sum();
    for lag in 1..=lags {
        let products: f64 = (lag..n).map(|at| scores[at] * scores[at - lag]).sum();
        total += 2.0 * (1.0 - lag as f64 / (lags as f64 + 1.0)) * products;
    }
    let df = n as f64 - 3.0;
    t_test(own.coefficients[1] + own.coefficients[2], total * n as f64 / df, df, n)
}

/// Unit means on the arm, weighted by size, each unit its own cluster: CR2 with Satterthwaite's ν.
pub(crate) fn cr2(units: &[Unit]) -> Expected {
    let (treated, control) = (arm(units, true), arm(units, false));
    if let Some(code) = lone(treated.len(), control.len()) {
        return Err(code);
    }
    let (mut total, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for side in [&treated, &control] {
        let all: f64 = side.iter().map(|unit| unit.x).sum();
        let r = ratio(side);
        for (u, one) in side.iter().enumerate() {
            let h = one.x / all;
            let e = one.y / one.x - r;
            total += h * h * e * e / (1.0 - h);
            // The row of the contrast that belongs to this unit, in the coordinates in which weights are one.
            let pull = |unit: &Unit| unit.x.sqrt() / all / (1.0 - unit.x / all).sqrt();
            for (v, other) in side.iter().enumerate() {
                let entry = f64::from(u8::from(u == v)) - (one.x * other.x).sqrt() / all;
                let product = pull(one) * pull(other) * entry;
                squares += product * product;
                if u == v {
                    sum += product;
                }
            }
        }
    }
    t_test(ratio(&treated) - ratio(&control), total, sum * sum / squares, units.len())
}

/// The same regression with CR1 (times G/(G − 1)) or CR3 (residuals over 1 − h), tested with t(G − 1).
pub(crate) fn cr1_or_cr3(units: &[Unit], third: bool) -> Expected {
    let (treated, control) = (arm(units, true), arm(units, false));
    if let Some(code) = lone(treated.len(), control.len()) {
        return Err(code);
    }
    let g = units.len() as f64;
    let mut total = 0.0;
    for side in [&treated, &control] {
        let (all, r): (f64, f64) = (side.iter().map(|unit| unit.x).sum(), ratio(side));
        for unit in side {
            let h = unit.x / all;
            let e = h * (unit.y / unit.x - r);
            total += if third { e * e / ((1.0 - h) * (1.0 - h)) } else { e * e * g / (g - 1.0) };
        }
    }
    t_test(ratio(&treated) - ratio(&control), total, g - 1.0, units.len())
}

/// All ways to choose `k` of `n`, as masks.
pub(crate) fn choices(n: usize, k: usize) -> Vec<Vec<bool>> {
    let mut found = vec![Vec::new()];
    for at in 0..n {
        let mut next = Vec::new();
        for begun in found {
            let taken = begun.iter().filter(|taken| **taken).count();
            for take in [true, false] {
                let after = taken + usize::from(take);
                if after <= k && after + (n - at - 1) >= k {
                    let mut begun: Vec<bool> = begun.clone();
                    begun.push(take);
                    next.push(begun);
                }
            }
        }
        found = next;
    }
    found
}

/// Difference of Σy/Σx between the units of a mask and the others.
fn difference(units: &[Unit], mask: &[bool], y: impl Fn(&Unit) -> f64) -> f64 {
    let side = |of: bool| {
        let own = || units.iter().zip(mask).filter(move |(_, taken)| **taken == of).map(|(unit, _)| unit);
        own().map(&y).sum::<f64>() / own().map(|unit| unit.x).sum::<f64>()
    };
    side(true) - side(false)
}

fn as_extreme(statistic: f64, observed: f64) -> bool {
    statistic.abs() >= observed.abs() - 1e-12 * observed.abs().max(1.0)
}

/// All assignments with as many treated units in every stratum, as masks.
pub(crate) fn assignments(units: &[Unit]) -> Vec<Vec<bool>> {
    let strata = 1 + units.iter().map(|unit| unit.stratum).max().unwrap_or(0);
    let mut all = vec![vec![false; units.len()]];
    for stratum in 0..strata {
        let own: Vec<usize> = (0..units.len()).filter(|&at| units[at].stratum == stratum).collect();
        let treated = own.iter().filter(|&&at| units[at].treated).count();
        let mut next = Vec::new();
        for begun in &all {
            for choice in choices(own.len(), treated) {
                let mut mask = begun.clone();
                own.iter().zip(choice).for_each(|(&at, taken)| mask[at] = taken);
                next.push(mask);
            }
        }
        all = next;
    }
    all
}

/// Every assignment that could have been drawn. p is the share of differences as large as the one that was seen; the interval has the
/// shifts τ that the same test of y − τT keeps. For one assignment those shifts lie between two crossings of straight lines, so that
/// the ends are order statistics of the crossings.
pub(crate) fn permutation(units: &[Unit]) -> Expected {
    let mask: Vec<bool> = units.iter().map(|unit| unit.treated).collect();
    let treated = mask.iter().filter(|treated| **treated).count();
    if treated == 0 || treated == units.len() {
        return Err("ne:empty_arm");
    }
    let effect = difference(units, &mask, |unit| unit.y);
    let shift = |unit: &Unit| if unit.treated { unit.x } else { 0.0 };
    let (mut extreme, mut lows, mut highs) = (0, Vec::new(), Vec::new());
    for drawn in assignments(units) {
        let other = difference(units, &drawn, |unit| unit.y);
        extreme += usize::from(as_extreme(other, effect));
        let slope = difference(units, &drawn, shift);
        if slope.abs() > 1.0 - 1e-12 {
            lows.push(f64::NEG_INFINITY);
            highs.push(f64::INFINITY);
            continue;
        }
        let (one, two) = ((effect - other) / (1.0 - slope), (effect + other) / (1.0 + slope));
        lows.push(one.min(two));
        highs.push(one.max(two));
    }
    let all = lows.len();
    let least = all / 20;
    lows.sort_by(f64::total_cmp);
    highs.sort_by(|a, b| b.total_cmp(a));
    let end = |value: f64| value.is_finite().then_some(value);
    Ok(Answer {
        estimate: effect,
        std_error: cr2(units).ok().and_then(|answer| answer.std_error),
        df: None,
        p_value: extreme as f64 / all as f64,
        conf_low: end(lows[least]),
        conf_high: end(highs[least]),
        n_units: units.len(),
    })
}

/// The same test of the difference of medians of rows; `rows` have the outcomes of each unit. There is no interval.
pub(crate) fn permutation_of_medians(units: &[Unit], rows: &[Vec<f64>]) -> Expected {
    let difference = |mask: &[bool]| {
        let side = |of: bool| -> f64 {
            let own = rows.iter().zip(mask).filter(|(_, taken)| **taken == of);
            quantile(&own.flat_map(|(rows, _)| rows.clone()).collect::<Vec<_>>(), 0.5).0
        };
        side(true) - side(false)
    };
    let mask: Vec<bool> = units.iter().map(|unit| unit.treated).collect();
    let effect = difference(&mask);
    let all = assignments(units);
    if all.iter().all(|drawn| difference(drawn) == 0.0) {
        return Err("ne:zero_variance|ne:tied_quantile");
    }
    let extreme = all.iter().filter(|drawn| as_extreme(difference(drawn), effect)).count();
    Ok(Answer {
        estimate: effect,
        std_error: None,
        df: None,
        p_value: extreme as f64 / all.len() as f64,
        conf_low: None,
        conf_high: None,
        n_units: units.len(),
    })
}

/// p of the wild bootstrap under the null that the effect is `null`: residuals of the fit with that effect are flipped in all ways,
/// and each refit is studentised with CR1S.
pub(crate) fn wild(units: &[Unit], null: f64) -> f64 {
    let arm_of = |unit: &Unit| usize::from(unit.treated);
    let mut weights = [0.0, 0.0];
    units.iter().for_each(|unit| weights[arm_of(unit)] += unit.x);
    let coin = |unit: &Unit| if unit.treated { null } else { 0.0 };
    let values: Vec<f64> = units.iter().map(|unit| unit.y / unit.x - coin(unit)).collect();
    let level = values.iter().zip(units).map(|(y, unit)| y * unit.x).sum::<f64>() / (weights[0] + weights[1]);
    let flat: Vec<f64> = values.iter().map(|y| y - level).collect();
    let n = units.len() as f64;
    let student = |residuals: &[f64]| {
        let mut means = [0.0, 0.0];
        for (unit, e) in units.iter().zip(residuals) {
            means[arm_of(unit)] += unit.x * e / weights[arm_of(unit)];
        }
        let mut total = 0.0;
        for (unit, e) in units.iter().zip(residuals) {
            let part = unit.x * (e - means[arm_of(unit)]) / weights[arm_of(unit)];
            total += part * part;
        }
        (means[1] - means[0]) / (total * n / (n - 1.0) * (n - 1.0) / (n - 2.0)).sqrt()
    };
    let observed = student(&flat);
    let all = 1usize << units.len();
    let extreme = (0..all)
        .filter(|signs| {
            let flipped: Vec<f64> =
                flat.iter().enumerate().map(|(at, e)| if signs >> at & 1 == 1 { -e } else { *e }).collect();
            as_extreme(student(&flipped), observed)
        })
        .count();
    extreme as f64 / all as f64
}

/// The quantile of type 7, and whether values are so tied around it that its error has no theory: the larger count of values equal
/// to one of the two order statistics around it is more than one, and half of √(np(1 − p)) or more.
pub(crate) fn quantile(values: &[f64], p: f64) -> (f64, bool) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let place = (n as f64 - 1.0) * p;
    let below = (place + 1e-9).floor() as usize;
    let above = (below + 1).min(n - 1);
    let value = sorted[below] + (place - below as f64).max(0.0) * (sorted[above] - sorted[below]);
    let equal = |value: f64| sorted.iter().filter(|other| **other == value).count();
    let ties = equal(sorted[below]).max(equal(sorted[above]));
    (value, ties > 1 && ties as f64 >= 0.5 * (n as f64 * p * (1.0 - p)).sqrt())
}
