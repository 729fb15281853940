//! The probability of the candidate among the two arms that are compared, P(b)/(P(a) + P(b)).

/// What the user said of the probability of one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmChance {
    /// The arm.
    pub arm: String,
    /// Its probability, where that is a number; else it is in a column.
    pub constant: Option<f64>,
}

/// Sums of probabilities may exceed one by rounding, not by more than this.
const ROUNDING: f64 = 1e-6;

/// The candidate's probability in each row, of the two arms `compared`; nothing where that of one of them is not known. With
/// two arms in the file, one is enough. `columns` has the columns of the chances that are no constants.
///
/// # Errors
/// When probabilities are impossible, or belong to arms that no row has: what was found, and what is allowed.
pub(super) fn of_two_arms(
    compared: &[String; 2],
    arms: &[String],
    chances: &[ArmChance],
    columns: &[Option<Vec<f64>>],
    rows: usize,
) -> Result<Option<Vec<f64>>, (String, String)> {
    if let Some(unknown) = chances.iter().find(|chance| !arms.contains(&chance.arm)) {
        let allowed = format!("ARM=COLUMN with one of the arms {}", arms.join(", "));
        return Err((format!("no row with the arm \"{}\"", unknown.arm), allowed));
    }
    let of = |arm: &String| {
        let at = chances.iter().position(|chance| chance.arm == *arm)?;
        let constant = chances[at].constant;
        let column = columns.get(at).and_then(Option::as_ref);
        Some(move |row: usize| constant.or_else(|| column?.get(row).copied()).unwrap_or(f64::NAN))
    };
    let [control, candidate] = [of(&compared[0]), of(&compared[1])];
    let among_two = |row: usize| match (&control, &candidate) {
        (Some(control), Some(candidate)) => {
            let (a, b) = (control(row), candidate(row));
            (a + b > 0.0 && a + b <= 1.0 + ROUNDING).then(|| b / (a + b))
        }
        (Some(control), None) => Some(1.0 - control(row)),
        (None, Some(candidate)) => Some(candidate(row)),
        (None, None) => None,
    };
    if !(control.is_some() && candidate.is_some() || arms.len() == 2) {
        return Ok(None);
    }
    let found: Option<Vec<f64>> = (0..rows).map(among_two).collect();
    found.map(Some).ok_or_else(|| {
        let text =
            format!("probabilities of {} and {} that sum to 0 or to more than 1", compared[0], compared[1]);
        (text, "probabilities of which the sum is above 0 and at most 1 in every row".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_three_arms_two_are_compared_among_themselves() {
        let names = ["ctl", "b", "c"].map(str::to_owned);
        let compared = ["ctl", "b"].map(str::to_owned);
        let chance = |arm: &str, constant| ArmChance { arm: arm.to_owned(), constant };
        let both = [chance("b", None), chance("ctl", Some(0.25))];
        let columns = [Some(vec![0.25, 0.5]), None];
        let found = of_two_arms(&compared, &names, &both, &columns, 2);
        assert_eq!(found, Ok(Some(vec![0.5, 2.0 / 3.0])));
        assert_eq!(of_two_arms(&compared, &names, &both[..1], &columns, 2), Ok(None));
        assert_eq!(of_two_arms(&compared, &compared, &both[..1], &columns, 2), Ok(Some(vec![0.25, 0.5])));
        let much = [chance("b", Some(0.9)), chance("ctl", Some(0.25))];
        assert!(of_two_arms(&compared, &names, &much, &[], 2).is_err());
        assert!(of_two_arms(&compared, &names, &[chance("d", Some(0.1))], &[], 2).is_err());
    }
}
