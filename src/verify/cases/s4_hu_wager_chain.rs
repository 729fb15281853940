//! Switchbacks of a published chain, drawn as a log: the pipeline of estimators without an engine.

use crate::design::CANDIDATE;
use crate::estimate::Target;
use crate::rng::{Purpose, Streams};
use crate::scenario::Scenario;
use crate::stats::{Difference, normal_quantile};
use crate::study::columns::Columns;
use crate::study::frame::Who;
use crate::units::{ClusterId, SimTime, Span};
use crate::verify::bench::{estimator, scenario};
use crate::verify::exact::hu_wager_chain::{
    Block, Chain, Fall, MARKET_STAYS, MARKETS, NOISE_VARIANCE, dot, moved, reward, rise_probability, state,
};
use crate::verify::exact::switchback_moments::{SwitchbackMoments, switchback_moments};
use crate::verify::ideal::{Ideal, switchback};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "S4",
    claim: "on the published illustration chain whole blocks miss a twentieth of the effect with an interval that never \
            covers it, and burn-in repairs both",
    derivation: "H in 0..20 moves by the market m in 1..3 (stays w.p. 1/2, else anew): +m w.p. 0.7 treated, 0.3 control, \
                 else -m, clipped; Y = H(1 + W/2) + N(0, 9), read after the move. GTE from the 63 states' stationary laws; \
                 DM from the fixed point nu = nu(P0^l + P1^l)/2 of block starts. Second routes: laws by iteration; values \
                 carried back through a block, over every past of coins. K blocks: the law of (state, sums of block means \
                 and of their products) carried through K coins gives E and Var of DM and E of Welch's variance; second \
                 route: every sequence of arms",
    source: "Hu and Wager, arXiv 2209.00197, Table 1 (printed values cited from it and its repository); exact values \
             derived here",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 2, check: simulated }],
};

/// Steps of a block, and of those dropped at its start where there is a burn-in.
const LENGTH: u32 = 200;
const BURN: u32 = 100;
/// Blocks of one experiment of 20,000 steps.
const BLOCKS: u32 = 100;
/// Of the authors and here.
const REPLICATIONS: u32 = 1000;
/// What the authors print holds for the one path of the market that they draw, and for a thousand draws of the rest.
const OF_ONE_MARKET: f64 = 0.03;

const WHOLE: Block = Block { length: LENGTH, burn: 0 };

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (fall, name, effect, at_200, at_60) in [
        (Fall::ByMarket, "fall by market", 25.658_586, -1.146_264, -3.815_525),
        (Fall::ToZero, "fall to zero", 5.889_207, -0.030_571, -0.101_904),
    ] {
        let chain = Chain::illustration(fall);
        let total = chain.total_effect();
        checks.push(Check::function(format!("GTE, {name}"), effect, total));
        let by_iteration = by_iteration(&chain);
        checks.push(Check::within(format!("GTE by iteration, {name}"), by_iteration, total, 1e-9));
        for (length, bias) in [(LENGTH, at_200), (60, at_60)] {
            let block = Block { length, burn: 0 };
            let found = chain.difference_in_means(block);
            checks.push(Check::function(format!("bias of DM, l {length}, {name}"), bias, found - total));
            checks.push(Check::within(
                format!("DM by values, l {length}, {name}"),
                by_values(&chain, block),
                found,
                1e-9,
            ));
        }
    }
    checks.extend(by_all_sequences());
    checks.extend(printed());
    checks
}

/// The difference of long-run means, by two thousand steps from everywhere alike.
fn by_iteration(chain: &Chain) -> f64 {
    let [control, treated] = chain.arms.each_ref().map(|arm| {
        let alike = vec![1.0 / arm.reward.len() as f64; arm.reward.len()];
        dot(&arm.after(&alike, 2000), &arm.reward)
    });
    treated - control
}

/// The difference in means by what each state is worth over a block, behind every past of ten coins.
fn by_values(chain: &Chain, block: Block) -> f64 {
    const PAST: u32 = 10;
    let mut worth = vec![0.0; chain.arms[0].reward.len()];
    for (arm, sign) in chain.arms.iter().zip([-1.0, 1.0]) {
        let mut sum = vec![0.0; worth.len()];
        for step in (0..block.length).rev() {
            if step >= block.burn {
                sum.iter_mut().zip(&arm.reward).for_each(|(sum, reward)| *sum += reward);
            }
            sum = arm.backward(&sum);
        }
        worth.iter_mut().zip(&sum).for_each(|(worth, sum)| *worth += sign * sum / block.kept());
    }
    for _ in 0..PAST {
        let [control, treated] = chain
            .arms
            .each_ref()
            .map(|arm| (0..block.length).fold(worth.clone(), |worth, _| arm.backward(&worth)));
        worth = control.iter().zip(&treated).map(|(a, b)| f64::midpoint(*a, *b)).collect();
    }
    worth[0]
}

/// Five short blocks: the carried moments against every sequence of arms with two blocks of each.
fn by_all_sequences() -> Vec<Check> {
    const SHORT: Block = Block { length: 8, burn: 2 };
    const FEW: usize = 5;
    let chain = Chain::illustration(Fall::ByMarket);
    let start = chain.start(SHORT.length);
    let (mut sequences, mut effect, mut square, mut model) = (0.0, 0.0, 0.0, 0.0);
    for code in 0_u32..1 << FEW {
        let arms: Vec<usize> = (0..FEW).map(|k| (code >> k & 1) as usize).collect();
        let count = [0, 1].map(|arm| arms.iter().filter(|&&chosen| chosen == arm).count() as f64);
        if count[0] < 2.0 || count[1] < 2.0 {
            continue;
        }
        let along = |weight: &dyn Fn(usize) -> f64| moments_along(&chain, SHORT, &start, &arms, weight);
        let [mean, second] = along(&|k| if arms[k] == 1 { 1.0 / count[1] } else { -1.0 / count[0] });
        sequences += 1.0;
        effect += mean;
        square += second;
        for arm in [0, 1] {
            let of_sum = along(&|k| f64::from(u8::from(arms[k] == arm)))[1];
            let own = (0..FEW).filter(|&k| arms[k] == arm);
            let of_blocks: f64 = own.map(|own| along(&|k| f64::from(u8::from(k == own)))[1]).sum();
            model += (of_blocks - of_sum / count[arm]) / (count[arm] * (count[arm] - 1.0));
        }
    }
    let effect = effect / sequences;
    let found = switchback_moments(&chain, SHORT, FEW, &start, NOISE_VARIANCE);
    vec![
        Check::within("E DM of 5 blocks, all sequences", effect, found.effect, 1e-11),
        Check::within(
            "Var DM of 5 blocks, all sequences",
            square / sequences - effect * effect,
            found.variance,
            1e-9,
        ),
        Check::within("E model variance of 5, all sequences", model / sequences, found.model_variance, 1e-9),
    ]
}

/// First and second moment of a weighted sum of the block means of one sequence of arms.
fn moments_along(
    chain: &Chain,
    block: Block,
    start: &[f64],
    arms: &[usize],
    weight: &dyn Fn(usize) -> f64,
) -> [f64; 2] {
    let (mut law, mut first, mut second) = (start.to_vec(), vec![0.0; start.len()], vec![0.0; start.len()]);
    for (at, chosen) in arms.iter().enumerate() {
        let arm = &chain.arms[*chosen];
        for step in 0..block.length {
            (law, first, second) = (arm.forward(&law), arm.forward(&first), arm.forward(&second));
            if step < block.burn {
                continue;
            }
            let share = weight(at) / block.kept();
            for (state, reward) in arm.reward.iter().enumerate() {
                let paid = share * reward;
                second[state] +=
                    2.0 * paid * first[state] + (paid * paid + share * share * NOISE_VARIANCE) * law[state];
                first[state] += paid * law[state];
            }
        }
    }
    [first.iter().sum(), second.iter().sum()]
}

/// What the authors print, as far as a long experiment tells it.
fn printed() -> Vec<Check> {
    let chain = Chain::illustration(Fall::ByMarket);
    let total = chain.total_effect();
    let near = |what: &str, printed: f64, found: f64| {
        Check::within(format!("printed: {what}"), printed, found, OF_ONE_MARKET * printed)
    };
    let to_zero = Chain::illustration(Fall::ToZero);
    let bias = |chain: &Chain| (chain.difference_in_means(WHOLE) - chain.total_effect()).abs();
    let mut checks = vec![
        near("truth over all steps", 25.677_6, total),
        near("truth over kept steps", 25.687_3, total),
        near("|bias| of DM", 1.170_35, bias(&chain)),
        near("truth, fall to zero", 5.848_31, to_zero.total_effect()),
        near("|bias| of DM, fall to zero", 0.030_380_7, bias(&to_zero)),
    ];
    for (burn, printed, std_error) in [(50, 0.007_3, 0.199), (100, 0.005_4, 0.239), (150, 0.004_1, 0.332)] {
        let found = chain.difference_in_means(Block { length: LENGTH, burn }) - total;
        // Four of the printed value's own standard errors: it is a mean of replications.
        let tolerance = 4.0 * std_error / f64::from(REPLICATIONS).sqrt();
        checks.push(Check::within(
            format!("printed: |bias| after burn-in {burn}"),
            printed,
            found.abs(),
            tolerance,
        ));
    }
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let chain = Chain::illustration(Fall::ByMarket);
    let start = chain.start(LENGTH);
    let design = switchback("coin", "random", f64::from(LENGTH), f64::from(BURN));
    let seconds = LENGTH * BLOCKS;
    let scenario =
        scenario(&Ideal { designs: &design, seconds, warm_up: 0, ..Ideal::default() }.scenario(), &[]);
    let logs = bench.logs("Hu-Wager chain", REPLICATIONS, |_, streams| {
        let log = Log::draw(&scenario, streams, &start);
        [log.estimate("switchback_blocks"), log.estimate("switchback_washout")]
    });
    let total = chain.total_effect();
    let experiment = |burn: u32| {
        let block = Block { length: LENGTH, burn };
        switchback_moments(&chain, block, BLOCKS as usize, &start, NOISE_VARIANCE)
    };
    let (whole, kept) = (experiment(0), experiment(BURN));
    let [dm, burnt] = [0, 1].map(|at| logs.iter().map(|log| log[at]).collect::<Vec<Difference>>());
    let mut checks = against_exact("DM", total, whole, &dm);
    checks.extend(against_exact("burn-in", total, kept, &burnt));
    let printed = |what: &str, printed: f64, found: f64| {
        Check::within(format!("printed: {what}"), printed, found, OF_ONE_MARKET * printed)
    };
    checks.push(printed("|bias| of DM, 100 blocks", 1.170_35, (whole.effect - total).abs()));
    checks.push(printed("SE of DM", 0.227_555, whole.variance.sqrt()));
    checks.push(printed("model SE of DM (jackknife)", 0.235_214, whole.model_variance.sqrt()));
    for (burn, std_error) in [(50, 0.199), (BURN, 0.239), (150, 0.332)] {
        let found = experiment(burn).variance.sqrt();
        checks.push(printed(&format!("SE after burn-in {burn}"), std_error, found));
    }
    // Half a unit of the last digit of a coverage printed as a percentage.
    checks.push(Check::within("printed: coverage of DM", 0.0, coverage(&dm, total), 0.005));
    // Two shares of a thousand each: four standard errors of their difference.
    let covered = 0.953_f64;
    let tolerance = 4.0 * (2.0 * covered * (1.0 - covered) / f64::from(REPLICATIONS)).sqrt();
    checks.push(Check::within(
        "printed: coverage after burn-in",
        covered,
        coverage(&burnt, total),
        tolerance,
    ));
    checks
}

/// Share of the intervals that hold the truth.
fn coverage(found: &[Difference], total: f64) -> f64 {
    let covers = found.iter().filter(|found| found.conf_low <= total && total <= found.conf_high);
    covers.count() as f64 / found.len() as f64
}

/// The estimator's mean, its variance and its model of that variance against the moments of the chain.
fn against_exact(name: &str, total: f64, exact: SwitchbackMoments, found: &[Difference]) -> Vec<Check> {
    let errors: Vec<f64> = found.iter().map(|found| found.effect - total).collect();
    let squares: Vec<f64> =
        found.iter().map(|found| (found.effect - exact.effect) * (found.effect - exact.effect)).collect();
    let model: Vec<f64> = found.iter().map(|found| found.std_error * found.std_error).collect();
    vec![
        // Three per cent of the bias of whole blocks.
        Check::absolute(format!("bias of {name}, 100 blocks"), exact.effect - total, &errors, 0.035),
        // The mean of a thousand squares of normal deviations has a standard error of sqrt(2/1000), 4.5 %.
        Check::simulated(format!("Var of {name}"), exact.variance, &squares, 0.2),
        Check::simulated(format!("model variance of {name}"), exact.model_variance, &model, 0.05),
    ]
}

/// One experiment's log: a row a step.
struct Log {
    who: Who,
    columns: Columns<'static>,
}

impl Log {
    /// Draw the chain under the arms of the scenario's design; a step takes a second.
    fn draw(scenario: &Scenario, streams: Streams, start: &[f64]) -> Self {
        let assignment = scenario.designs[0].assign(streams, &scenario.facts());
        let draws = streams.family(Purpose::ChainStep);
        let (mut level, mut market) = state(drawn(start, draws.uniform(0)));
        let mut who = Who::default();
        let (mut numerator, mut denominator) = (Vec::new(), Vec::new());
        for step in 0..LENGTH * BLOCKS {
            let now = SimTime::ZERO + Span::whole_seconds(u64::from(step));
            let Some((unit, arm)) = assignment.unit_of_hardware(ClusterId(0), now) else {
                panic!("a step outside all blocks: {now}");
            };
            let treated = arm == CANDIDATE;
            let mut draw = draws.stream(u64::from(step) + 1);
            if draw.uniform() >= MARKET_STAYS {
                market = 1 + draw.below(MARKETS);
            }
            let rises = draw.uniform() < rise_probability(treated);
            level = moved(level, market, rises, Fall::ByMarket);
            let noise = NOISE_VARIANCE.sqrt() * normal_quantile(draw.uniform());
            who.push(step as usize, arm, unit, assignment.in_washout(now));
            numerator.push(reward(level, treated) + noise);
            denominator.push(1.0);
        }
        who.frame.structure = assignment.structure();
        let columns =
            Columns { numerator: numerator.into(), denominator: denominator.into(), incomplete: false };
        Self { who, columns }
    }

    /// What the estimator `name` finds, on the rows that a study would hand it.
    fn estimate(&self, name: &str) -> Difference {
        let contrast = estimator(name).estimate(&self.columns.sample(&self.who, Target::Ratio));
        contrast.unwrap_or_else(|reason| panic!("{name}: {reason:?}")).difference
    }
}

/// The state at which the law exceeds `u`.
fn drawn(law: &[f64], u: f64) -> usize {
    let mut below = 0.0;
    law.iter()
        .position(|weight| {
            below += weight;
            u < below
        })
        .unwrap_or(law.len() - 1)
}
