//! A checker of JSON Schema for the subset that `contention schema` writes; any other keyword is a panic.

use std::collections::BTreeSet;

use serde_json::Value;

/// Why a value is not valid: the first reason, with its place.
pub(crate) fn check(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let fine = match keyword.as_str() {
            "$schema" | "title" | "description" | "default" => true,
            "type" => has_type(rule.as_str().expect("a type"), value),
            "enum" => rule.as_array().expect("values").contains(value),
            "const" => rule == value,
            "minimum" => value.as_f64() >= rule.as_f64(),
            "maximum" => value.as_f64() <= rule.as_f64(),
            "exclusiveMinimum" => value.as_f64() > rule.as_f64(),
            "pattern" => matches(rule.as_str().expect("a pattern"), value.as_str().unwrap_or("")),
            "required" => {
                rule.as_array().expect("keys").iter().all(|key| !value[key.as_str().unwrap()].is_null())
            }
            "oneOf" => {
                rule.as_array().expect("forms").iter().filter(|form| check(form, value, "").is_ok()).count()
                    == 1
            }
            "anyOf" => rule.as_array().expect("forms").iter().any(|form| check(form, value, "").is_ok()),
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(rule, item, &format!("{place}[{at}]"))?;
                }
                true
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if let Some(rule) = rule.get(key) {
                        check(rule, inner, &format!("{place}.{key}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    match rule {
                        _ if schema["properties"].get(key).is_some() => {}
                        Value::Bool(false) => return Err(format!("{place}.{key}: an unknown key")),
                        rule => check(rule, inner, &format!("{place}.{key}"))?,
                    }
                }
                true
            }
            other => panic!("the keyword {other} is none of ours"),
        };
        if !fine {
            return Err(format!("{place}: {keyword}"));
        }
    }
    Ok(())
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other} is none of ours"),
    }
}

/// One piece of a regular expression, and how often it may come.
struct Piece {
    what: What,
    least: usize,
    most: usize,
}

enum What {
    /// One of these characters.
    Among(Vec<char>),
    /// One of these sequences.
    Either(Vec<Vec<Piece>>),
}

/// Whether the whole text matches `^…$`.
fn matches(pattern: &str, text: &str) -> bool {
    let inner = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')).expect("anchors");
    let mut pattern: Vec<char> = inner.chars().rev().collect();
    let sequences = sequences(&mut pattern);
    let text: Vec<char> = text.chars().collect();
    sequences.iter().any(|pieces| ends(pieces, &text, BTreeSet::from([0])).contains(&text.len()))
}

/// Alternatives up to the end or a closing bracket; what is left stands in reverse.
fn sequences(rest: &mut Vec<char>) -> Vec<Vec<Piece>> {
    let mut all = vec![Vec::new()];
    while let Some(c) = rest.pop() {
        let what = match c {
            ')' => break,
            '|' => {
                all.push(Vec::new());
                continue;
            }
            '(' => What::Either(sequences(rest)),
            '[' => {
                let end = rest.iter().rposition(|c| *c == ']').expect("a closing bracket");
                What::Among(rest.drain(end..).skip(1).collect())
            }
            '\\' => match rest.pop().expect("an escaped character") {
                'd' => What::Among(('0'..='9').collect()),
                's' => What::Among(vec![' ', '\t', '\n']),
                c => What::Among(vec![c]),
            },
            c => What::Among(vec![c]),
        };
        let (least, most) = match rest.last() {
            Some('?') => (0, 1),
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            _ => (1, 1),
        };
        if (least, most) != (1, 1) {
            rest.pop();
        }
        all.last_mut().expect("one").push(Piece { what, least, most });
    }
    all
}

/// Where a sequence may end that begins at one of `starts`.
fn ends(pieces: &[Piece], text: &[char], mut starts: BTreeSet<usize>) -> BTreeSet<usize> {
    for Piece { what, least, most } in pieces {
        let mut reached = if *least == 0 { starts.clone() } else { BTreeSet::new() };
        for _ in 0..*most {
            starts = match what {
                What::Among(chars) => starts
                    .iter()
                    .filter(|at| text.get(**at).is_some_and(|c| chars.contains(c)))
                    .map(|at| at + 1)
                    .collect(),
                What::Either(all) => {
                    all.iter().flat_map(|pieces| ends(pieces, text, starts.clone())).collect()
                }
            };
            if starts.iter().all(|at| reached.contains(at)) {
                break;
            }
            reached.extend(&starts);
        }
        starts = reached;
    }
    starts
}

#[test]
fn the_checker_reads_patterns_as_others_do() {
    let number = r"^\s*\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*/(s|min)$";
    for fine in ["3/s", " 3.5 /min", ".5/s", "1e-3/s", "+2./s"] {
        assert!(matches(number, fine), "{fine}");
    }
    for wrong in ["/s", "3", "3/h", "3 apples", "-1/s", "3/ss"] {
        assert!(!matches(number, wrong), "{wrong}");
    }
}
