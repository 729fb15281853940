//! The grid of a sweep: `KEY=V1,V2,...` read, and every combination of the values.

use crate::cli::Failure;

/// A key and the values that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// A path of the scenario, as `--set` takes it.
    pub key: String,
    /// Its values as they were written.
    pub values: Vec<String>,
}

impl Over {
    /// From `KEY=V1,V2,...`; commas in brackets, braces and quotes belong to a value.
    ///
    /// # Errors
    /// What is missing.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let usage = |why: &str| {
            Failure::Usage(format!("--over {text}: {why}; for example --over workload.rate=16/s,20/s"))
        };
        let (key, values) = text.split_once('=').ok_or_else(|| usage("a key, `=` and values"))?;
        let (key, values) = (key.trim().to_owned(), split(values));
        if key.is_empty() || values.iter().any(String::is_empty) {
            return Err(usage("a key or a value is empty"));
        }
        if let Some(twice) = values.iter().enumerate().find(|(at, value)| values[..*at].contains(value)) {
            return Err(usage(&format!("{} stands there twice", twice.1)));
        }
        Ok(Self { key, values })
    }
}

/// Parts between commas that are in no bracket, brace or quote.
fn split(text: &str) -> Vec<String> {
    let (mut depth, mut quote, mut parts) = (0_i32, None, vec![String::new()]);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// Every combination of the values, the last key fastest.
#[must_use]
pub fn combinations(overs: &[Over]) -> Vec<Vec<String>> {
    let mut points = vec![Vec::new()];
    for over in overs {
        let longer = |point: &Vec<String>| {
            let point = point.clone();
            over.values.iter().map(move |value| [point.clone(), vec![value.clone()]].concat())
        };
        points = points.iter().flat_map(longer).collect();
    }
    points
}

/// The folder of the point number `at` (from 0) of `count` with these values: a number, and the values in letters that any file
/// system takes.
#[must_use]
pub fn folder(at: usize, count: usize, values: &[String]) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    let words: String = values.join("-").chars().map(safe).take(60).collect();
    let digits = count.to_string().len();
    format!("runs/{:0digits$}-{}", at + 1, words.trim_matches(['-', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_brackets_and_quotes_belong_to_the_value() {
        let values = |text: &str| Over::parse(text).unwrap().values;
        assert_eq!(values("workload.rate=16/s, 20/s"), ["16/s", "20/s"]);
        assert_eq!(values("study.curve=[0.25,0.5],[]"), ["[0.25,0.5]", "[]"]);
        assert_eq!(values("question='a, b',\"c\""), ["'a, b'", "\"c\""]);
        for wrong in ["workload.rate", "=1,2", "k=", "k=1,,2", "k=1,1"] {
            assert!(matches!(Over::parse(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }

    #[test]
    fn every_combination_comes_once_with_the_last_key_fastest() {
        let over = |key: &str, values: &[&str]| Over {
            key: key.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let points = combinations(&[over("a", &["1", "2"]), over("b", &["x", "y", "z"])]);
        assert_eq!(points.len(), 6);
        assert_eq!(
            (points[0].join(""), points[1].join(""), points[3].join("")),
            ("1x".into(), "1y".into(), "2x".into())
        );
        assert_eq!(folder(4, 12, &["16/s".to_owned(), "../x".to_owned()]), "runs/05-16-s-..-x");
    }
}
