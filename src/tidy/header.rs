//! Which column plays which role: as named on the command line, else as the names themselves tell.

use super::role::Role;
use crate::settings::problem::nearest_hint;
use crate::settings::{Place, Problem};

/// A column that is read, and what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// What it is.
    pub role: Role,
    /// Its position in the file, from 0.
    pub column: usize,
    /// Its name.
    pub name: String,
    /// Whether the user named it; a column that was only recognised may be incomplete, and then it is not used.
    pub given: bool,
    /// What its numbers are multiplied by: files of our own have picoseconds.
    pub scale: f64,
}

/// Columns that tell a file of `simulate --log`.
const OWN: [&str; 5] = ["request", "arrival_ps", "treated", "propensity", "outstanding_home"];

/// Names by which columns are recognised in files of our own.
const OWN_NAMES: [(&str, Role, f64); 18] = [
    ("treated", Role::Treatment, 1.0),
    ("unit", Role::Unit, 1.0),
    ("stratum", Role::Strata, 1.0),
    ("pair", Role::Pairs, 1.0),
    ("home", Role::Cluster, 1.0),
    ("arrival_ps", Role::Time, 1e-12),
    ("block", Role::Block, 1.0),
    ("since_switch_s", Role::SinceSwitch, 1.0),
    ("washout", Role::Washout, 1.0),
    ("propensity", Role::Propensity, 1.0),
    ("saturation", Role::Saturation, 1.0),
    ("part", Role::Part, 1.0),
    ("user_coin", Role::UserCoin, 1.0),
    ("cluster_coin", Role::PoolCoin, 1.0),
    ("outstanding_home", Role::State, 1.0),
    ("kv_used_home", Role::State, 1.0),
    ("prompt_tokens", Role::Covariate, 1.0),
    ("measured", Role::Measured, 1.0),
];

/// Names by which columns are recognised in any file. Of several names for one role, the first that the file has counts.
const COMMON_NAMES: [(&str, Role); 14] = [
    ("treatment", Role::Treatment),
    ("treated", Role::Treatment),
    ("arm", Role::Treatment),
    ("variant", Role::Treatment),
    ("unit", Role::Unit),
    ("cluster", Role::Cluster),
    ("time_s", Role::Time),
    ("time", Role::Time),
    ("block", Role::Block),
    ("since_switch_s", Role::SinceSwitch),
    ("washout", Role::Washout),
    ("propensity", Role::Propensity),
    ("saturation", Role::Saturation),
    ("part", Role::Part),
];

/// Whether the file was written by `simulate --log`.
#[must_use]
pub fn is_own_log(header: &[String]) -> bool {
    OWN.iter().all(|name| header.iter().any(|column| column == name))
}

/// The columns that are recognised by their names.
#[must_use]
pub fn recognised(header: &[String]) -> Vec<Selection> {
    let at = |name: &str| header.iter().position(|column| column == name);
    let selection = |name: &str, role, scale| {
        Some(Selection { role, column: at(name)?, name: name.to_owned(), given: false, scale })
    };
    if is_own_log(header) {
        return OWN_NAMES.iter().filter_map(|(name, role, scale)| selection(name, *role, *scale)).collect();
    }
    let mut found: Vec<Selection> = Vec::new();
    for (name, role) in COMMON_NAMES {
        if found.iter().all(|other| other.role != role) {
            found.extend(selection(name, role, 1.0));
        }
    }
    found
}

/// In a file of our own: the arms' names as rows with these cells of `treated` have them, where both are found among the
/// first rows. The column `arm` can then stand for the treatment.
#[must_use]
pub fn own_arms<R: std::io::Read>(header: &[String], csv: &mut csv::Reader<R>) -> Option<[String; 2]> {
    let at = |name: &str| header.iter().position(|column| column == name);
    let (treated, arm) = (at("treated")?, at("arm")?);
    let mut names = [None, None];
    for record in csv.byte_records().take(FIRST_ROWS) {
        let record = record.ok()?;
        let which = usize::from(record.get(treated)? == b"1");
        if names[which].is_none() {
            names[which] = Some(String::from_utf8_lossy(record.get(arm)?).into_owned());
        }
        if let [Some(control), Some(candidate)] = &names {
            return (control != candidate).then(|| [control.clone(), candidate.clone()]);
        }
    }
    None
}

/// So many rows are looked at for the arms' names.
const FIRST_ROWS: usize = 1_000_000;

/// The column of this name in a role that the user gave it.
///
/// # Errors
/// When the file has no such column, with its columns and the nearest name.
pub fn select(file: &str, header: &[String], role: Role, name: &str) -> Result<Selection, Problem> {
    match header.iter().position(|column| column == name) {
        Some(column) => Ok(Selection { role, column, name: name.to_owned(), given: true, scale: 1.0 }),
        None => Err(unknown_column(file, header, role.flag(), name)),
    }
}

/// The problem with a column that the file does not have.
#[must_use]
pub(super) fn unknown_column(file: &str, header: &[String], flag: &str, name: &str) -> Problem {
    let hint = nearest_hint(name, header.iter().map(String::as_str));
    Problem {
        place: Place::Line { file: file.to_owned(), line: 1 },
        path: flag.to_owned(),
        found: format!("\"{name}\", which is not a column"),
        allowed: format!("one of the columns {}{hint}", header.join(", ")),
    }
}
