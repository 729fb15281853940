//! One pass over the rows: only the selected cells are parsed, into columns.

use std::io::Read;

use super::MOST_PROBLEMS;
use super::arms::{ArmCells, ArmNames};
use super::cells::{Cells, is_missing, number};
use super::census::{Census, Groups};
use super::data::{Assembled, Tidy, ordered};
use super::header::Selection;
use super::key::{Identity, KeyCells};
use super::propensity;
use super::role::Role;
use crate::settings::{Place, Problem, Problems};

/// Keeps the rows that have this value in this column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Position of the column.
    pub column: usize,
    /// The value; numbers are compared as numbers.
    pub value: String,
}

impl Filter {
    fn keeps(&self, cell: &[u8]) -> bool {
        cell == self.value.as_bytes()
            || number(cell).is_some_and(|value| number(self.value.as_bytes()) == Some(value))
    }
}

/// Rows that were read and are not analysed, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// By `--where`.
    pub filtered: u64,
    /// Of an arm that is neither control nor candidate.
    pub of_other_arms: u64,
    /// Before or after the measured time (files of our own).
    pub not_measured: u64,
    /// Without an arm.
    pub without_arm: u64,
    /// Without a unit.
    pub without_unit: u64,
}

/// Empty cells of one column.
#[derive(Clone, Copy, Default)]
struct Missing {
    count: u64,
    first_line: u64,
}

/// Cells of one column that cannot be read as what the column is.
#[derive(Clone, Default)]
struct Unreadable {
    count: u64,
    /// The first few: line, column, the cell, and what is allowed.
    shown: Vec<(u64, usize, Vec<u8>, String)>,
}

/// So many cells of a column are shown; of more only the number is told.
const SHOWN: usize = 3;

/// A problem list that stops growing.
struct Found<'a> {
    file: &'a str,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn cell(&mut self, line: u64, column: usize, name: &str, found: &[u8], allowed: String) {
        let mut text = String::from_utf8_lossy(found).into_owned();
        if text.chars().count() > 40 {
            text = text.chars().take(40).chain(['…']).collect();
        }
        self.problems.push(Problem {
            place: Place::File { file: self.file.to_owned(), line: line as usize, column },
            path: name.to_owned(),
            found: format!("\"{text}\""),
            allowed,
        });
    }

    /// The first few cells of a column that cannot be read, and how many more there are.
    fn unreadable(&mut self, name: &str, unreadable: &Unreadable) {
        for (line, column, cell, allowed) in &unreadable.shown {
            self.cell(*line, *column, name, cell, allowed.clone());
        }
        let more = unreadable.count - unreadable.shown.len() as u64;
        if let Some(problem) = self.problems.last_mut().filter(|_| more > 0) {
            let plural = if more == 1 { "cell" } else { "cells" };
            problem.found = format!("{}, and {more} more such {plural}", problem.found);
        }
    }

    fn line(&mut self, line: u64, path: &str, found: String, allowed: String) {
        let place = Place::Line { file: self.file.to_owned(), line };
        self.problems.push(Problem { place, path: path.to_owned(), found, allowed });
    }
}

/// Read the selected columns of all rows that the filters keep; `file` is how problems name the source.
///
/// # Errors
/// Every problem with the rows, up to [`MOST_PROBLEMS`].
pub fn read<R: Read>(
    file: &str,
    csv: &mut csv::Reader<R>,
    selections: &[Selection],
    filters: &[Filter],
    arms: &ArmNames,
) -> Result<Tidy, Problems> {
    let width = csv.byte_headers().map_or(0, csv::ByteRecord::len);
    let mut cells: Vec<Cells> = selections.iter().map(|selection| Cells::new(selection.role)).collect();
    let mut missing = vec![Missing::default(); selections.len()];
    let mut unreadable = vec![Unreadable::default(); selections.len()];
    let mut found = Found { file, problems: Vec::new() };
    let (mut rows, mut left_out) = (0_u64, LeftOut::default());
    let mut heads: Option<Heads> = None;
    let mut record = csv::ByteRecord::new();
    loop {
        if found.problems.len() >= MOST_PROBLEMS {
            break;
        }
        match csv.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                found.line(line, "row", error.to_string(), "comma-separated values".to_owned());
                break;
            }
        }
        rows += 1;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != width {
            let cells = if record.len() == 1 { "cell" } else { "cells" };
            let allowed = format!("{width} cells, as in the header");
            found.line(line, "row", format!("{} {cells}", record.len()), allowed);
            continue;
        }
        let cell = |column: usize| record.get(column).unwrap_or(b"").trim_ascii();
        if !filters.iter().all(|filter| filter.keeps(cell(filter.column))) {
            left_out.filtered += 1;
            continue;
        }
        let reason = reason_to_leave_out(selections, arms, cell);
        if reason == Some(Reason::OtherArm) || (reason.is_none() && heads.is_some()) {
            heads.get_or_insert_with(|| Heads::after(selections, &cells)).push(cell);
        }
        if let Some(reason) = reason {
            *reason.counter(&mut left_out) += 1;
            continue;
        }
        let columns = selections.iter().zip(&mut cells).zip(missing.iter_mut().zip(&mut unreadable));
        for ((selection, cells), (missing, unreadable)) in columns {
            let cell = cell(selection.column);
            if is_missing(selection.role, cell) {
                missing.count += 1;
                if missing.count == 1 {
                    missing.first_line = line;
                }
            }
            if let Err(wrong) = cells.push(selection.role, selection.scale, cell) {
                unreadable.count += 1;
                if unreadable.shown.len() < SHOWN {
                    let before = record.iter().take(selection.column);
                    let column = 1 + before.map(|cell| cell.len() + 1).sum::<usize>();
                    unreadable.shown.push((line, column, cell.to_vec(), wrong.0));
                }
            }
        }
    }
    for (selection, unreadable) in selections.iter().zip(&unreadable).filter(|(selection, _)| selection.given)
    {
        found.unreadable(&selection.name, unreadable);
    }
    let kept = rows
        - left_out.filtered
        - left_out.of_other_arms
        - left_out.not_measured
        - left_out.without_arm
        - left_out.without_unit;
    if found.problems.is_empty() && kept == 0 {
        let (what, allowed) = match rows {
            0 => ("no rows", "at least one row under the header"),
            _ if left_out.filtered == rows => ("no row with this value", "a value of --where that rows have"),
            _ => ("no row that is to be analysed", "a row with an arm and, where one is named, a unit"),
        };
        found.line(1, "rows", what.to_owned(), allowed.to_owned());
    }
    for (selection, missing) in selections.iter().zip(&missing) {
        if missing.count > 0 && selection.given && !selection.role.may_be_missing() {
            let plural = if missing.count == 1 { "empty cell" } else { "empty cells" };
            let text = format!("{} {plural}, the first here", missing.count);
            let allowed = format!("a value in every row for {}", selection.role.flag());
            found.line(missing.first_line, &selection.name, text, allowed);
        }
    }
    if !found.problems.is_empty() {
        return Err(Problems(found.problems));
    }
    let complete = |missing: &Missing, role: Role| missing.count == 0 || role.may_be_missing();
    let mut kept_cells = Vec::new();
    let mut incomplete = Vec::new();
    let columns = selections.iter().zip(cells).zip(missing.iter().zip(&unreadable));
    for ((selection, cells), (missing, unreadable)) in columns {
        let lost = missing.count + unreadable.count;
        if unreadable.count == 0 && complete(missing, selection.role) {
            kept_cells.push((selection.clone(), cells));
        } else if lost < kept || unreadable.count > 0 {
            // A column that was only recognised by its name may be another thing of that name.
            incomplete.push((selection.name.clone(), lost));
        }
    }
    let order = time_order(&kept_cells);
    let used = kept_cells.iter().map(|(selection, _)| selection.name.clone()).collect();
    let was_sorted = order.is_none();
    let mut assembled = Assembled::new(order);
    for (selection, cells) in kept_cells {
        if let Err((text, allowed)) = assembled.add(&selection, cells, arms) {
            found.line(1, &selection.name, text, allowed);
        }
    }
    if !found.problems.is_empty() {
        return Err(Problems(found.problems));
    }
    let chances = std::mem::take(&mut assembled.chances);
    let mut tidy = assembled.finish(kept as usize);
    let counted = heads.and_then(|heads| heads.count(&tidy.arms));
    tidy.census = counted.unwrap_or_else(|| tidy.own_census());
    if arms.chances.is_empty() {
        tidy.propensity_is_unknown = tidy.census.arms.len() > 2 && !tidy.frame.propensity.is_empty();
        if tidy.propensity_is_unknown {
            tidy.frame.propensity.clear();
        }
    } else {
        let (compared, all) = (&tidy.arms, &tidy.census.arms);
        match propensity::of_two_arms(compared, all, &arms.chances, &chances, kept as usize) {
            Ok(values) => {
                tidy.propensity_is_unknown = values.is_none();
                tidy.frame.propensity = values.unwrap_or_default();
            }
            Err((text, allowed)) => {
                found.line(1, "--propensity", text, allowed);
                return Err(Problems(found.problems));
            }
        }
    }
    tidy.rows_read = rows;
    tidy.left_out = left_out;
    tidy.incomplete = incomplete;
    tidy.used = used;
    tidy.was_sorted = was_sorted;
    Ok(tidy)
}

/// Why a row is not analysed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    NotMeasured,
    NoArm,
    NoUnit,
    /// Its arm is neither control nor candidate.
    OtherArm,
}

impl Reason {
    const fn counter(self, left_out: &mut LeftOut) -> &mut u64 {
        match self {
            Self::NotMeasured => &mut left_out.not_measured,
            Self::NoArm => &mut left_out.without_arm,
            Self::NoUnit => &mut left_out.without_unit,
            Self::OtherArm => &mut left_out.of_other_arms,
        }
    }
}

fn reason_to_leave_out<'a>(
    selections: &[Selection],
    arms: &ArmNames,
    cell: impl Fn(usize) -> &'a [u8],
) -> Option<Reason> {
    let of = |role: Role| {
        selections.iter().find(|selection| selection.role == role).map(|selection| cell(selection.column))
    };
    let arm = of(Role::Treatment);
    if of(Role::Measured).is_some_and(|cell| cell == b"0") {
        return Some(Reason::NotMeasured);
    }
    if arm.is_some_and(<[u8]>::is_empty) {
        return Some(Reason::NoArm);
    }
    if of(Role::Unit).is_some_and(<[u8]>::is_empty) {
        return Some(Reason::NoUnit);
    }
    match (arm, &arms.control, &arms.candidate) {
        (Some(arm), Some(control), Some(candidate))
            if arm != control.as_bytes() && arm != candidate.as_bytes() =>
        {
            Some(Reason::OtherArm)
        }
        _ => None,
    }
}

/// Arm and groups of every row that is kept or would be if its arm were compared. Files without other arms do without.
struct Heads {
    treatment: Option<usize>,
    arms: ArmCells,
    /// Unit, cluster and block: name, position and cells.
    keys: [Option<(String, usize, KeyCells)>; 3],
}

impl Heads {
    /// With the rows that were kept so far.
    fn after(selections: &[Selection], cells: &[Cells]) -> Self {
        let of = |role: Role| selections.iter().zip(cells).find(|(selection, _)| selection.role == role);
        let key = |role: Role| match of(role) {
            Some((selection, Cells::Key(cells))) => {
                Some((selection.name.clone(), selection.column, cells.clone()))
            }
            _ => None,
        };
        let (treatment, arms) = match of(Role::Treatment) {
            Some((selection, Cells::Arm(arms))) => (Some(selection.column), arms.clone()),
            _ => (None, ArmCells::default()),
        };
        Self { treatment, arms, keys: [key(Role::Unit), key(Role::Cluster), key(Role::Block)] }
    }

    fn push<'a>(&mut self, cell: impl Fn(usize) -> &'a [u8]) {
        if let Some(column) = self.treatment {
            self.arms.push(cell(column));
        }
        for (_, column, cells) in self.keys.iter_mut().flatten() {
            cells.push(cell(*column));
        }
    }

    /// The census of all arms; nothing where there are no others than the two that are compared, or too many.
    fn count(self, compared: &[String; 2]) -> Option<Census> {
        let Some((names, values)) = self.arms.into_parts() else {
            let arms = compared.iter().cloned().chain(["others".to_owned()]).collect();
            return Some(Census { arms, ..Census::default() });
        };
        if names.len() <= 2 {
            return None;
        }
        let finish =
            |(name, _, cells): (String, usize, KeyCells)| (name, cells.finish(Identity::Text, false, None));
        let [unit, cluster, block] = self.keys.map(|key| key.map(finish));
        let groups = Groups {
            unit: unit.as_ref().map(|(name, key)| (name.as_str(), key)),
            cluster: cluster.as_ref().map(|(name, key)| (name.as_str(), key)),
            block: block.as_ref().map(|(name, key)| (name.as_str(), key)),
        };
        Some(Census::of(compared, &names, &values, &groups))
    }
}

/// The stable order of the rows by time; `None` where they are in order, or have no time.
fn time_order(cells: &[(Selection, Cells)]) -> Option<Vec<u32>> {
    let times = cells.iter().find_map(|(selection, cells)| match cells {
        Cells::Number(values) if selection.role == Role::Time => Some(values),
        _ => None,
    })?;
    if times.is_sorted() {
        return None;
    }
    let mut order: Vec<u32> = (0..times.len() as u32).collect();
    order.sort_by(|a, b| times[*a as usize].total_cmp(&times[*b as usize]));
    debug_assert!(ordered(times.clone(), Some(&order)).is_sorted());
    Some(order)
}
