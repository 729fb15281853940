//! The grammar of a scenario as a JSON Schema (draft 2020-12), for editors: completion, descriptions, underlined mistakes.
//! `contention check` stays the authority: it also knows what keys mean together.

use serde_json::{Map, Value, json};

use super::grammar;
use super::meanings::meaning;
use crate::settings::quantity::Unit;
use crate::settings::{Entry, Grammar, Segment, Shape};

/// The schema of a scenario.
#[must_use]
pub fn schema() -> Value {
    let mut root = table(&grammar(), &[]);
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".to_owned(), json!("A scenario of contention"));
    Value::Object(root)
}

/// A table; where it has kinds, one of as many tables.
fn table(grammar: &Grammar, path: &[Segment]) -> Map<String, Value> {
    let common: Vec<&Entry> = grammar.keys(path).collect();
    let Some(kind) = common.iter().find(|entry| entry.key() == "kind") else {
        return object(grammar, &common);
    };
    let kinds = grammar.kinds(path);
    let keys = |name: &str| grammar.keys(&Grammar::of_kind(path, name)).collect::<Vec<_>>();
    let others = || common.iter().copied().filter(|entry| entry.key() != "kind");
    let mut branches: Vec<Value> = kinds
        .iter()
        .map(|name| {
            let mut branch = object(grammar, &others().chain(keys(name)).collect::<Vec<_>>());
            let about = grammar.about(path, name).or_else(|| meaning(&Grammar::of_kind(&kind.path, name)));
            branch["properties"]["kind"] = json!({ "const": name, "description": about });
            if kind.default.as_ref().and_then(toml::Value::as_str) != Some(name)
                && let Some(Value::Array(required)) = branch.get_mut("required")
            {
                required.push(json!("kind"));
            }
            Value::Object(branch)
        })
        .collect();
    if !kind.required && kind.default.is_none() {
        // The kind comes from a preset beneath.
        let any: Vec<&Entry> = others().chain(kinds.iter().flat_map(|name| keys(name))).collect();
        let mut branch = object(grammar, &any);
        branch.insert("required".to_owned(), json!([]));
        branches.push(Value::Object(branch));
    }
    Map::from_iter([("type".to_owned(), json!("object")), ("oneOf".to_owned(), Value::Array(branches))])
}

/// A table with these keys and no others.
fn object(grammar: &Grammar, entries: &[&Entry]) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut named = json!(false);
    for entry in entries {
        let schema = described(grammar, entry);
        if entry.path.last() == Some(&Segment::Name) {
            named = schema;
            continue;
        }
        match properties.get_mut(entry.key()) {
            Some(other) => *other = either(other.take(), schema),
            None => {
                properties.insert(entry.key().to_owned(), schema);
            }
        }
    }
    let required: Vec<&str> =
        entries.iter().filter(|entry| entry.required).map(|entry| entry.key()).collect();
    Map::from_iter([
        ("type".to_owned(), json!("object")),
        ("properties".to_owned(), Value::Object(properties)),
        ("required".to_owned(), json!(required)),
        ("additionalProperties".to_owned(), named),
    ])
}

/// A key that may have several forms, such as a table or a list of tables.
fn either(one: Value, other: Value) -> Value {
    if one == other {
        return one;
    }
    let description = other["description"].clone();
    let mut forms = match one {
        Value::Object(mut one) if one.contains_key("anyOf") => one.remove("anyOf").unwrap_or_default(),
        one => json!([one]),
    };
    if let Value::Array(forms) = &mut forms
        && !forms.contains(&other)
    {
        forms.push(other);
    }
    json!({ "description": description, "anyOf": forms })
}

/// What a key may be, with its meaning and default.
fn described(grammar: &Grammar, entry: &Entry) -> Value {
    let mut schema = shape(grammar, entry);
    let mut about = meaning(&entry.path).unwrap_or_default().to_owned();
    if matches!(entry.shape, Shape::Quantity { .. } | Shape::Numbers(_) | Shape::NumberLists(_)) {
        about.push_str(&format!(" Write {}.", entry.shape.allowed()));
    }
    schema["description"] = json!(about);
    if let Some(default) = &entry.default {
        schema["default"] = json!(default);
    }
    schema
}

fn shape(grammar: &Grammar, entry: &Entry) -> Value {
    let list = |items: Value| json!({ "type": "array", "items": items });
    match &entry.shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Integer { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Number { least, most } if most.is_finite() => {
            json!({ "type": "number", "minimum": least, "maximum": most })
        }
        Shape::Number { least, .. } => json!({ "type": "number", "minimum": least }),
        Shape::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Shape::Numbers(_) => list(json!({ "type": "number" })),
        Shape::NumberLists(_) => list(list(json!({ "type": "number" }))),
        Shape::Quantity { unit, .. } => json!({ "type": "string", "pattern": pattern(*unit) }),
        Shape::OneOf(names) => json!({ "enum": names }),
        Shape::NameOf(names) if names.is_empty() => json!({ "type": "string" }),
        Shape::NameOf(names) => json!({ "anyOf": [{ "enum": names }, { "type": "string" }] }),
        Shape::SomeOf(names) => list(json!({ "enum": names })),
        Shape::Texts => list(json!({ "type": "string" })),
        Shape::Table => Value::Object(table(grammar, &entry.path)),
        Shape::Tables => {
            list(Value::Object(table(grammar, &[entry.path.as_slice(), &[Segment::Item]].concat())))
        }
    }
}

/// The texts that a unit reads, as a regular expression.
const fn pattern(unit: Unit) -> &'static str {
    match unit {
        Unit::Duration => r"^\s*\+?(\d+\.?\d*|\.\d+)\s*(ps|ns|us|µs|ms|s|min|h|d)\s*$",
        Unit::Rate => r"^\s*\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*/\s*(ps|ns|us|µs|ms|s|min|h|d)\s*$",
        Unit::DollarsPerHour => r"^\s*\$\s*\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*/h\s*$",
    }
}
