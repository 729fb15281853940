//! The data dictionary: every table that the program writes, with every column. docs/tables.md is made of it.

use super::column::Column;
use super::{curve, elsewhere, estimates, performance, worlds};
use crate::report::{comparison, power, sweep};

/// One file and its columns.
#[derive(Clone, Debug)]
pub struct TableDoc {
    /// The name of the file; an example where the user chooses it.
    pub file: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Its columns in order.
    pub columns: Vec<Column>,
}

/// A part of the page: which call writes these files.
#[derive(Clone, Debug)]
pub struct Part {
    /// The heading.
    pub heading: &'static str,
    /// The files.
    pub tables: Vec<TableDoc>,
}

fn doc(file: &'static str, about: &'static str, columns: &[Column]) -> TableDoc {
    TableDoc { file, about, columns: columns.to_vec() }
}

/// Every table.
#[must_use]
pub fn dictionary() -> Vec<Part> {
    vec![
        Part {
            heading: "A run directory (`run`, and each point of `sweep`)",
            tables: vec![
                doc(
                    "truth.csv",
                    "The truth: a row for each candidate, metric, segment and replication.",
                    estimates::TRUTH,
                ),
                doc(
                    "estimates.csv",
                    "What every estimator said of every experiment: a row for each estimate, answered or not.",
                    estimates::ESTIMATES,
                ),
                doc(
                    "null_estimates.csv",
                    "What the estimators say where both arms are on the control (A/A), for the primary metric.",
                    estimates::NULL_ESTIMATES,
                ),
                doc(
                    "decomposition.csv",
                    "The exact parts of the error of each estimate that can be split.",
                    estimates::DECOMPOSITION,
                ),
                doc(
                    "curve.csv",
                    "The policy-value curve: a row for each share and replication; shares 0 and 1 are the truth worlds.",
                    curve::CURVE,
                ),
                doc(
                    "boundary_events.csv",
                    "Boundary events of every world: a row for each cluster, kind and replication.",
                    worlds::BOUNDARY_EVENTS,
                ),
                doc("timeline.csv", "The clusters window by window, in replication 0.", worlds::TIMELINE),
                doc("events.csv", "Single boundary events of replication 0.", worlds::EVENTS),
                doc(
                    "distributions.csv",
                    "How latencies and tokens are distributed in the truth worlds: a row for each bucket that holds a request.",
                    worlds::DISTRIBUTIONS,
                ),
                doc(
                    "token_mean.csv",
                    "The running mean of tokens, in replication 0 with everybody on the control.",
                    worlds::TOKEN_MEAN,
                ),
                doc(
                    "blocks.csv",
                    "The blocks of time of designs that switch, in replication 0.",
                    worlds::BLOCKS,
                ),
                doc(
                    "performance.csv",
                    "The grades: a row for each design, estimator, metric, segment and estimand.",
                    &performance::columns(),
                ),
                doc(
                    "curve_summary.csv",
                    "The policy-value curve over replications; without rows where `study.curve` is empty.",
                    curve::CURVE_SUMMARY,
                ),
            ],
        },
        Part {
            heading: "`simulate`",
            tables: vec![
                doc(
                    "--log FILE",
                    "One request a row. The first nine columns replay the world.",
                    elsewhere::LOG,
                ),
                doc(
                    "--sealed FILE",
                    "The truth that the log must not hold: a row for each candidate and metric.",
                    elsewhere::SEALED,
                ),
            ],
        },
        Part {
            heading: "`analyze` and `score`",
            tables: vec![
                doc("analyze --out FILE", "A row for each outcome and method.", elsewhere::ANALYZED),
                doc("score --out FILE", "A row for each estimate that was graded.", elsewhere::SCORED),
            ],
        },
        Part {
            heading: "`sweep` and `compare`",
            tables: vec![
                doc(
                    "trust_map.csv",
                    "A row for each point, candidate, design and estimator. The first columns are the keys of the sweep, one for each `--over`, with their values as text; then:",
                    sweep::COLUMNS,
                ),
                doc(
                    "compare --format csv",
                    "A row for each measure of each metric; also written by `--out FILE`.",
                    comparison::COLUMNS,
                ),
            ],
        },
        Part {
            heading: "`power`",
            tables: vec![
                doc("power.csv", "A row for each candidate and design.", power::POWER),
                doc("kernel.csv", "What a switch does to metrics and states over time.", power::KERNEL),
                doc("block_choice.csv", "The grid of block lengths and washouts.", power::BLOCK_CHOICE),
            ],
        },
    ]
}

/// The dictionary as Markdown.
#[must_use]
pub fn dictionary_page() -> String {
    let mut page = String::new();
    for part in dictionary() {
        page.push_str(&format!("\n## {}\n", part.heading));
        for table in part.tables {
            page.push_str(&format!(
                "\n### `{}`\n{}\n\n| column | type | unit | meaning |\n|---|---|---|---|\n",
                table.file, table.about
            ));
            for column in &table.columns {
                let empty =
                    if column.empty.is_empty() { String::new() } else { format!(" Empty {}.", column.empty) };
                page.push_str(&format!(
                    "| `{}` | {} | {} | {}{empty} |\n",
                    column.name,
                    column.kind.name(),
                    column.unit,
                    column.meaning
                ));
            }
        }
    }
    page
}
