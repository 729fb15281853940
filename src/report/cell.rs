//! A cell as text: the tables of its replications one behind the other, behind a line that says what and how long they are.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};

use super::read::read_tables;
use super::tables::row_tables;
use crate::scenario::Scenario;
use crate::study::Graded;

/// The text of the cell with these replications of the study `study` (a hash).
///
/// # Errors
/// As [`super::tables()`].
pub fn cell_text(
    rows: &Graded,
    numbers: &Range<u32>,
    study: &str,
    scenario: &Scenario,
) -> Result<String, csv::Error> {
    let tables = row_tables(rows, scenario)?;
    let lengths: Vec<Value> = tables.iter().map(|(name, text)| json!([name, text.len()])).collect();
    let header = json!({
        "study": study,
        "first": numbers.start,
        "end": numbers.end,
        "requests": rows.requests,
        "tables": lengths,
    });
    let tables: String = tables.into_iter().map(|(_, text)| text).collect();
    Ok(format!("{header}\n{tables}"))
}

/// The replications of a cell of the study `study`, and their rows.
///
/// # Errors
/// What is wrong with it.
pub fn read_cell(text: &str, study: &str) -> Result<(Range<u32>, Graded), String> {
    let (header, mut rest) = text.split_once('\n').ok_or("it has no header")?;
    let header: Value = serde_json::from_str(header).map_err(|error| format!("its header: {error}"))?;
    if header["study"].as_str() != Some(study) {
        return Err("it belongs to another study or version".to_owned());
    }
    let number = |key: &str| header[key].as_u64().ok_or_else(|| format!("its header has no `{key}`"));
    let mut tables = BTreeMap::new();
    for table in header["tables"].as_array().into_iter().flatten() {
        let (Some(name), Some(length)) = (table[0].as_str(), table[1].as_u64()) else {
            return Err("its header does not name its tables".to_owned());
        };
        let (text, more) = rest.split_at_checked(length as usize).ok_or("it is too short")?;
        tables.insert(name.to_owned(), text);
        rest = more;
    }
    let table = |name: &str| {
        tables.get(name).map(|text| (*text).to_owned()).ok_or_else(|| format!("it has no {name}"))
    };
    let rows = read_tables(&table)?;
    let numbers = number("first")? as u32..number("end")? as u32;
    Ok((numbers, Graded { requests: number("requests")?, ..rows }))
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, tables};
    use super::*;
    use crate::study::grade;

    #[test]
    fn a_cell_that_is_read_back_grades_to_the_same_tables() {
        let (scenario, graded) = fixture::study("p2c");
        let text = cell_text(&graded, &(0..6), "a hash", &scenario).unwrap();
        let (numbers, rows) = read_cell(&text, "a hash").unwrap();
        assert_eq!((numbers, rows.requests), (0..6, graded.requests));
        let again = tables(&grade(&scenario, rows), &scenario).unwrap();
        assert_eq!(again, tables(&grade(&scenario, graded), &scenario).unwrap());
    }

    #[test]
    fn a_cell_of_another_study_or_one_that_is_cut_off_is_refused() {
        let (scenario, graded) = fixture::study("p2c");
        let text = cell_text(&graded, &(0..6), "a hash", &scenario).unwrap();
        assert!(read_cell(&text, "another").unwrap_err().contains("another study"));
        assert!(read_cell(&text[..text.len() / 2], "a hash").unwrap_err().contains("too short"));
        assert!(read_cell("", "a hash").is_err());
    }
}
