//! Two values of a column, and which of them is the control.

use super::data::ordered;
use super::propensity::ArmChance;

/// What the user said about the arms' names, and what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmNames {
    /// The control.
    pub control: Option<String>,
    /// The candidate, where rows of other arms are to be left out.
    pub candidate: Option<String>,
    /// The probabilities of arms, where they were given arm by arm.
    pub chances: Vec<ArmChance>,
}

/// More distinct values than this are no arms.
const MOST_VALUES: usize = 30;

/// Names of controls where nobody says which it is.
const OBVIOUS: [&str; 10] =
    ["0", "false", "control", "c", "off", "old", "baseline", "status_quo", "none", "a"];

/// The arms of the rows while they are read.
#[derive(Clone, Debug, Default)]
pub(super) struct ArmCells {
    names: Vec<Vec<u8>>,
    values: Vec<u8>,
}

impl ArmCells {
    pub(super) fn push(&mut self, cell: &[u8]) {
        let at = match self.names.iter().position(|name| name == cell) {
            Some(at) => at,
            None if self.names.len() < MOST_VALUES => {
                self.names.push(cell.to_vec());
                self.names.len() - 1
            }
            None => MOST_VALUES,
        };
        self.values.push(at as u8);
    }

    /// The names, and for each row the place of its own; nothing where there are too many to be arms.
    pub(super) fn into_parts(self) -> Option<(Vec<String>, Vec<u8>)> {
        let is_known = |value: &u8| usize::from(*value) < MOST_VALUES;
        let names = self.names.iter().map(|name| String::from_utf8_lossy(name).into_owned());
        self.values.iter().all(is_known).then(|| (names.collect(), self.values))
    }

    /// Whether each row got the candidate, and the names of control and candidate.
    ///
    /// # Errors
    /// What was found, and what is allowed.
    pub(super) fn finish(
        self,
        asked: &ArmNames,
        order: Option<&[u32]>,
    ) -> Result<(Vec<bool>, [String; 2]), (String, String)> {
        let names: Vec<String> =
            self.names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let list = || {
            let shown: Vec<String> = names.iter().take(10).map(|name| format!("\"{name}\"")).collect();
            let more = if names.len() > 10 { ", …" } else { "" };
            format!("the values {}{more}", shown.join(", "))
        };
        for name in [&asked.control, &asked.candidate].into_iter().flatten() {
            if !names.contains(name) {
                let hint = crate::settings::problem::nearest_hint(name, names.iter().map(String::as_str));
                return Err((format!("no row with \"{name}\""), format!("{}{hint}", list())));
            }
        }
        if names.len() != 2 {
            let allowed = "two distinct values; with more, name two by --control and --candidate";
            return Err((list(), allowed.to_owned()));
        }
        let control = match (&asked.control, &asked.candidate) {
            (Some(control), _) => names.iter().position(|name| name == control),
            (None, Some(candidate)) => names.iter().position(|name| name != candidate),
            (None, None) => {
                let rank = |name: &String| OBVIOUS.iter().position(|known| *known == name.to_lowercase());
                match (rank(&names[0]), rank(&names[1])) {
                    (None, None) => None,
                    (Some(_), None) => Some(0),
                    (None, Some(_)) => Some(1),
                    (Some(first), Some(second)) => Some(usize::from(second < first)),
                }
            }
        };
        let Some(control) = control else {
            return Err((list(), "--control VALUE, to say which of them is the control".to_owned()));
        };
        let treated = self.values.iter().map(|value| usize::from(*value) != control).collect();
        Ok((ordered(treated, order), [names[control].clone(), names[1 - control].clone()]))
    }
}
