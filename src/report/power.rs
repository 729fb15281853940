//! The plan of an experiment as text for a terminal and as tables.

use csv::Error;

use super::numbers::{cell, optional_cell, out_of, plain, short, signed, signed_with_error, with_error};
use super::tables::column::{
    CANDIDATE, Column, METRIC, OF_METRIC, SHARE, integer, number, text, true_or_false,
};
use super::tables::table;
use super::terminal::{WIDEST, paragraph};
use crate::readout::verdict::{scale_of_differences, with_unit};
use crate::scenario::Scenario;
use crate::stats::Measure;
use crate::study::planner::{LEAST_ERROR, is_known};
use crate::study::power::{Needed, Plan, Question, Row, time};

/// Choices of blocks that are printed.
const BEST: usize = 5;

/// A design whose estimate is off by more than this share of the effect is not recommended.
const SMALL_BIAS: f64 = 0.1;

/// The plans as text of 80 columns, the verdict first.
#[must_use]
pub fn power_text(plans: &[Plan], scenario: &Scenario, question: &Question) -> String {
    let mut text = String::new();
    for (at, plan) in plans.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let of = if plans.len() > 1 { format!("{}: ", plan.candidate) } else { String::new() };
        paragraph(&mut text, &format!("{of}{}", verdict(plan, question)), WIDEST);
        text.push('\n');
        paragraph(&mut text, &truth(plan, scenario, question), WIDEST);
        text.push('\n');
        designs(&mut text, plan, question);
        blocks(&mut text, plan, question);
        text.push('\n');
        paragraph(&mut text, &response(plan), WIDEST);
    }
    text
}

/// What to run, and what not to.
fn verdict(plan: &Plan, question: &Question) -> String {
    let of = if question.effect.is_some() { "" } else { ", the true effect," };
    let percent = 100.0 * question.power;
    let (scale, unit) = scale_of_differences(question.metric.unit);
    let better = if question.metric.higher_is_better { "higher" } else { "lower" };
    let ask = format!(
        "To find {}{of} on {} ({better} is better) in {percent:.0} % of experiments (two-sided, alpha {}):",
        format!("{} {unit}", signed(scale * plan.effect)).trim_end(),
        question.metric.name,
        question.alpha
    );
    let mut answers: Vec<(f64, String)> = plan
        .rows
        .iter()
        .filter(|row| is_fair(row))
        .filter_map(|row| match row.needed {
            Needed::Seconds(seconds) => {
                let unless = if is_known(row.found) { "" } else { " if it finds all of the effect" };
                Some((seconds, format!("{} {}{unless}", called(row), time(seconds))))
            }
            _ => None,
        })
        .collect();
    answers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let answer = if answers.is_empty() {
        format!(" no design does so within {} without a bias of more than 10 %.", time(question.longest_s))
    } else {
        let list: Vec<String> = answers.into_iter().map(|(_, text)| text).collect();
        format!(" run {}.", list.join(", or "))
    };
    let mended: Vec<String> = plan
        .rows
        .iter()
        .filter_map(|row| {
            let found = row.found.filter(|_| !is_fair(row))?;
            Some(format!("{} finds {:.0} %", called(row), 100.0 * found.value))
        })
        .collect();
    let biased = if mended.is_empty() {
        String::new()
    } else {
        format!(" {} of the effect: no length of time mends that.", mended.join(", "))
    };
    format!("{ask}{answer}{biased}")
}

fn called(row: &Row) -> String {
    if row.kind == "switchback" { format!("{} ({})", row.design, row.setting) } else { row.design.clone() }
}

/// Whether what it finds is known to be near the effect, or at least not known to be far from it.
fn is_fair(row: &Row) -> bool {
    match row.found {
        Some(found) => (found.value - 1.0).abs() <= SMALL_BIAS + 2.0 * found.mcse,
        None => row.kind == "cluster" || row.kind == "switchback",
    }
}

fn truth(plan: &Plan, scenario: &Scenario, question: &Question) -> String {
    let (scale, unit) = scale_of_differences(question.metric.unit);
    let control = scenario.policies.first().map_or("control", |policy| policy.name.as_str());
    format!(
        "Truth: {} is {} under all:{control}; all:{} changes it by {}. Pilot: {} replications of {} \
         measured time.",
        question.metric.name,
        with_unit(plan.value_control, question.metric.unit),
        plan.candidate,
        format!("{} {unit}", signed_with_error(times(scale, plan.truth))).trim_end(),
        out_of(plan.truth_replications, scenario.study.replications as usize),
        time(plan.measured_s),
    )
}

/// A difference in the unit in which people read it.
fn times(scale: f64, measure: Measure) -> Measure {
    Measure { value: scale * measure.value, mcse: scale * measure.mcse }
}

fn designs(text: &mut String, plan: &Plan, question: &Question) {
    let (scale, unit) = scale_of_differences(question.metric.unit);
    let line = |cells: [String; 6]| {
        let [name, needs, power, se, detectable, found] = cells;
        format!("{name:<20}{needs:>10}{power:>7}{se:>19}{detectable:>11}{found:>13}\n")
    };
    let header = ["design", "needs", "power", "SE", "detects", "finds"].map(str::to_owned);
    text.push_str(&line(header));
    text.push_str(&format!("{}\n", "-".repeat(WIDEST)));
    for row in &plan.rows {
        let mark = if is_known(row.found) { "" } else { "*" };
        let needs = match row.needed {
            Needed::Seconds(seconds) => format!("{}{mark}", time(seconds)),
            Needed::Beyond(_) => format!("> {}{mark}", time(question.longest_s)),
            Needed::Never => "never".to_owned(),
        };
        text.push_str(&line([
            plain(&row.design).chars().take(20).collect(),
            needs,
            format!("{:.0} %{mark}", 100.0 * row.power),
            with_error(times(scale, row.std_error)),
            row.detectable
                .map_or_else(|| "nothing".to_owned(), |effect| format!("{}{mark}", short(scale * effect))),
            row.found.map_or_else(|| "unknown".to_owned(), share),
        ]));
    }
    for row in &plan.not_planned {
        let reason = format!("{}: not graded: {}.", row.design, row.reason);
        paragraph(text, &reason, WIDEST);
    }
    text.push('\n');
    if plan.rows.iter().any(|row| !is_known(row.found)) {
        paragraph(
            text,
            "* What this design finds of the effect is not known, and these numbers take it for all of it. If it finds \
             less, it needs longer.",
            WIDEST,
        );
    }
    if plan.rows.iter().any(|row| row.design == LEAST_ERROR) {
        paragraph(
            text,
            &format!(
                "The {LEAST_ERROR} are those with the smallest RMSE below. A design with a larger error can need less time, \
                 since a test only asks whether there is an effect."
            ),
            WIDEST,
        );
    }
    paragraph(
        text,
        &format!(
            "Power, SE and the smallest effect detected ({unit}) are those of the scenario's {}; what a design finds is its \
             expected estimate as a share of the effect, by the study's own experiments or, for switchbacks, by the \
             kernel.",
            time(plan.measured_s)
        ),
        WIDEST,
    );
    for row in plan.rows.iter().filter(|row| row.kind == "cluster") {
        let answer = row.clusters.map_or_else(
            || "no number of clusters up to 10,000 is enough".to_owned(),
            |clusters| format!("{clusters} such clusters are enough"),
        );
        paragraph(text, &format!("{}: in {}, {answer}.", row.design, time(plan.measured_s)), WIDEST);
    }
}

/// A share and its error in percent.
fn share(share: Measure) -> String {
    let percent = Measure { value: 100.0 * share.value, mcse: 100.0 * share.mcse };
    if percent.mcse > 0.0 {
        format!("{:.0} ± {:.0} %", percent.value, percent.mcse.max(1.0))
    } else {
        format!("{:.0} %", percent.value)
    }
}

fn blocks(text: &mut String, plan: &Plan, question: &Question) {
    if plan.choices.is_empty() {
        return;
    }
    let (scale, unit) = scale_of_differences(question.metric.unit);
    text.push_str(&format!(
        "\nBlocks in {}, {} order, by RMSE in {unit}:\n",
        time(plan.measured_s),
        plan.choices[0].order.name(),
    ));
    text.push_str(&format!(
        "{:>8}{:>9}{:>7}{:>18}{:>19}{:>9}{:>9}\n{}\n",
        "block",
        "washout",
        "blocks",
        "bias",
        "SE",
        "RMSE",
        "detects",
        "-".repeat(WIDEST)
    ));
    for choice in
        plan.choices.iter().take(BEST).chain(plan.choices.iter().skip(BEST).filter(|choice| choice.own))
    {
        text.push_str(&format!(
            "{:>8}{:>9}{:>7}{:>18}{:>19}{:>9}{:>9}{}\n",
            time(choice.block_s),
            time(choice.washout_s),
            choice.blocks,
            signed_with_error(times(scale, choice.bias)),
            with_error(times(scale, choice.std_error)),
            short(scale * choice.rmse),
            choice.detectable.map_or_else(|| "nothing".to_owned(), |effect| short(scale * effect)),
            if choice.own { "*" } else { "" }
        ));
    }
    if plan.choices.iter().any(|choice| choice.own) {
        text.push_str("* the scenario's own\n");
    }
}

/// What a switch does, in a sentence.
fn response(plan: &Plan) -> String {
    let Some(Ok(kernel)) = plan.kernels.first().map(|named| named.kernel.as_ref()) else {
        return "The effect is too small beside its noise for a response to a switch to be measured."
            .to_owned();
    };
    let relaxed = kernel.relaxation_s.map_or_else(
        || "it has not settled as far as noise can tell".to_owned(),
        |seconds| format!("after {} less than 5 % of the other policy is left", time(seconds)),
    );
    let before = if kernel.lead == 0 {
        String::new()
    } else {
        format!(
            " Requests that arrive before a switch and end after it lose {} s more, which no washout mends.",
            with_error(kernel.lead_s)
        )
    };
    format!(
        "After a switch the metric loses {} s of its effect; {relaxed}.{before}",
        with_error(kernel.lost_s)
    )
}

const NOT_KNOWN: &str = "where it is not known";

pub(super) const POWER: &[Column] = &[
    CANDIDATE,
    METRIC,
    number("effect", OF_METRIC, "The effect that is to be found."),
    number("power_wanted", SHARE, "The power with which it is to be found."),
    number("alpha", SHARE, "Level of the two-sided test."),
    text("design", "The design's name, or its kind where the scenario has none of it."),
    text("kind", "Its kind: `request`, `user`, `cluster` or `switchback`."),
    text("setting", "Its settings in words."),
    number("measured_s", "s", "The scenario's measured time."),
    number("std_error", OF_METRIC, "Predicted standard error in that time."),
    number("std_error_mcse", OF_METRIC, "Monte-Carlo standard error of `std_error`."),
    number("measured_se", OF_METRIC, "Empirical standard error of the scenario's own study.")
        .empty("where the study does not have the design"),
    number("df", "", "Degrees of freedom in that time.").empty("for the normal law"),
    number("power", SHARE, "Power in that time."),
    number("detectable_effect", OF_METRIC, "Smallest effect found with the wanted power in that time.")
        .empty("where none is"),
    number("found_share", "ratio", "Expected estimate over true effect.").empty(NOT_KNOWN),
    number("found_share_mcse", "ratio", "Monte-Carlo standard error of `found_share`.").empty(NOT_KNOWN),
    text("found_by", "Where `found_share` comes from: `kernel`, `study` or `unknown`."),
    number("found_share_in_study", "ratio", "The same as the scenario's own study measured it.")
        .empty(NOT_KNOWN),
    number("needed_s", "s", "How long the experiment must be.").empty("where no time is long enough"),
    text("needed_note", "Why no time is long enough.").empty("where one is"),
    integer("clusters_needed", "clusters", "How many such clusters are enough in the scenario's time.")
        .empty("for other designs, and beyond 10,000"),
    text("note", "Why a design is not graded.").empty("where it is"),
];

pub(super) const KERNEL: &[Column] = &[
    CANDIDATE,
    text("metric", "The metric or the state that responds."),
    number("t_s", "s", "Time since the switch at which the step begins; negative before it."),
    number("t_end_s", "s", "Time since the switch at which it ends."),
    number("g_up", "ratio", "Share of the effect that is there, after a switch to the candidate."),
    number("g_up_se", "ratio", "Standard error of `g_up`."),
    number("g_down", "ratio", "Share of the effect that is there, after a switch to the control."),
    number("g_down_se", "ratio", "Standard error of `g_down`."),
];

pub(super) const BLOCK_CHOICE: &[Column] = &[
    CANDIDATE,
    text("order", "How the arms follow each other."),
    number("block_s", "s", "Length of a block."),
    number("washout_s", "s", "Time that is left out at the start of a block."),
    integer("blocks", "blocks", "How many blocks the scenario's time has."),
    number("bias", OF_METRIC, "Predicted bias."),
    number("bias_se", OF_METRIC, "Standard error of `bias`."),
    number("std_error", OF_METRIC, "Predicted standard error of the estimate."),
    number("std_error_mcse", OF_METRIC, "Monte-Carlo standard error of `std_error`."),
    number("rmse", OF_METRIC, "Root of squared bias, squared error of the bias and squared standard error."),
    number("detectable_effect", OF_METRIC, "Smallest effect found with the wanted power.")
        .empty("where none is"),
    number("adjacent_correlation", "", "Correlation of adjacent blocks in the truth worlds."),
    true_or_false("own", "Whether it is the scenario's own choice."),
];

/// The tables of a plan: file name and content.
///
/// # Errors
/// When a row does not fit its header, which would be a defect of this program.
pub fn power_tables(plans: &[Plan], question: &Question) -> Result<Vec<(&'static str, String)>, Error> {
    Ok(vec![
        ("power.csv", power(plans, question)?),
        ("kernel.csv", kernels(plans)?),
        ("block_choice.csv", choices(plans)?),
    ])
}

fn power(plans: &[Plan], question: &Question) -> Result<String, Error> {
    table(POWER, |table| {
        for plan in plans {
            for row in &plan.rows {
                let (needed, note) = match row.needed {
                    Needed::Seconds(seconds) => (Some(seconds), String::new()),
                    Needed::Beyond(power) => {
                        (None, format!("beyond the longest time; power there {power:.3}"))
                    }
                    Needed::Never => (None, "no length of time".to_owned()),
                };
                table.write_record(&[
                    plan.candidate.clone(),
                    question.metric.name.to_owned(),
                    cell(plan.effect),
                    cell(question.power),
                    cell(question.alpha),
                    row.design.clone(),
                    row.kind.to_owned(),
                    row.setting.clone(),
                    cell(plan.measured_s),
                    cell(row.std_error.value),
                    cell(row.std_error.mcse),
                    optional_cell(row.measured_se.map(|se| se.value)),
                    if row.df.is_finite() { cell(row.df) } else { String::new() },
                    cell(row.power),
                    optional_cell(row.detectable),
                    optional_cell(row.found.map(|found| found.value)),
                    optional_cell(row.found.map(|found| found.mcse)),
                    row.found_by.to_owned(),
                    optional_cell(row.found_in_study.map(|found| found.value)),
                    optional_cell(needed),
                    note,
                    row.clusters.map_or_else(String::new, |clusters| clusters.to_string()),
                    String::new(),
                ])?;
            }
            for row in &plan.not_planned {
                let mut cells = vec![
                    plan.candidate.clone(),
                    question.metric.name.to_owned(),
                    cell(plan.effect),
                    cell(question.power),
                    cell(question.alpha),
                    row.design.clone(),
                    row.kind.to_owned(),
                ];
                cells.resize(POWER.len() - 1, String::new());
                cells.push(format!("not graded: {}", row.reason));
                table.write_record(&cells)?;
            }
        }
        Ok(())
    })
}

fn kernels(plans: &[Plan]) -> Result<String, Error> {
    table(KERNEL, |table| {
        for plan in plans {
            for named in &plan.kernels {
                let Ok(kernel) = &named.kernel else { continue };
                for (start_s, up, down) in kernel.points() {
                    table.write_record(&[
                        plan.candidate.clone(),
                        named.name.to_owned(),
                        cell(start_s),
                        cell(start_s + kernel.step_s),
                        cell(up.value),
                        cell(up.mcse),
                        cell(down.value),
                        cell(down.mcse),
                    ])?;
                }
            }
        }
        Ok(())
    })
}

fn choices(plans: &[Plan]) -> Result<String, Error> {
    table(BLOCK_CHOICE, |table| {
        for plan in plans {
            for choice in &plan.choices {
                table.write_record(&[
                    plan.candidate.clone(),
                    choice.order.name().to_owned(),
                    cell(choice.block_s),
                    cell(choice.washout_s),
                    choice.blocks.to_string(),
                    cell(choice.bias.value),
                    cell(choice.bias.mcse),
                    cell(choice.std_error.value),
                    cell(choice.std_error.mcse),
                    cell(choice.rmse),
                    optional_cell(choice.detectable),
                    cell(choice.adjacent_correlation),
                    choice.own.to_string(),
                ])?;
            }
        }
        Ok(())
    })
}
