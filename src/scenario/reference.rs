//! The grammar of a scenario as the tables of docs/scenario.md.

use super::grammar;
use super::meanings::meaning;
use crate::settings::grammar::written;
use crate::settings::quantity::Unit;
use crate::settings::{Entry, Grammar, Segment, Shape};

/// One line of a table of keys.
struct Row {
    key: String,
    kinds: Vec<String>,
    may_be: String,
    default: String,
    meaning: &'static str,
}

/// The tables of keys of a page. Each of `parts` names tables by their paths, such as `workload.class`; a table within them is
/// spread out into its keys unless another part names it. A lone `.` is the top level.
#[must_use]
pub fn tables(parts: &[Vec<&str>]) -> Vec<String> {
    let grammar = grammar();
    let named: Vec<&str> = parts.iter().flatten().copied().collect();
    parts.iter().map(|part| of_part(&grammar, part, &named)).collect()
}

/// The path of a table without the marks of lists.
fn plain(path: &[Segment]) -> String {
    written(path).replace("[]", "")
}

/// What of `path` lies below the table `of`, unless a nearer table is named.
fn below(path: &str, of: &str, named: &[&str]) -> Option<String> {
    let inside =
        |table: &str| table == "." || path.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
    let nearest = named.iter().filter(|table| inside(table)).max_by_key(|table| table.len())?;
    let rest = if of == "." { path } else { path.get(of.len() + 1..)? };
    (*nearest == of).then(|| rest.to_owned())
}

fn of_part(grammar: &Grammar, part: &[&str], named: &[&str]) -> String {
    let mut rows: Vec<Row> = Vec::new();
    let mut kinds: Vec<(String, &'static str)> = Vec::new();
    for entry in &grammar.entries {
        let path = plain(&entry.path);
        let Some((of, key)) = part.iter().find_map(|of| Some((*of, below(&path, of, named)?))) else {
            continue;
        };
        if matches!(entry.shape, Shape::Table | Shape::Tables) {
            continue;
        }
        let table = &entry.path[..entry.path.len() - 1];
        if key == "kind" {
            for kind in grammar.kinds(table) {
                let of_kind = Grammar::of_kind(&entry.path, kind);
                let about = grammar.about(table, kind).or_else(|| meaning(&of_kind)).unwrap_or_default();
                if kinds.iter().all(|(known, _)| known != kind) {
                    kinds.push((kind.to_owned(), about));
                }
            }
        }
        let own = of.split('.').filter(|name| !name.is_empty()).count();
        add(&mut rows, entry, key, own);
    }
    let mut text = String::new();
    if !kinds.is_empty() {
        text.push_str("| kind | what it does |\n|---|---|\n");
        kinds.iter().for_each(|(kind, about)| text.push_str(&format!("| `{kind}` | {about} |\n")));
        text.push('\n');
    }
    let by_kind = rows.iter().any(|row| !row.kinds.is_empty());
    text.push_str(if by_kind {
        "| key | of kind | may be | default | meaning |\n|---|---|---|---|---|\n"
    } else {
        "| key | may be | default | meaning |\n|---|---|---|---|\n"
    });
    for row in rows {
        let kinds = if by_kind { format!(" {} |", row.kinds.join(", ")) } else { String::new() };
        text.push_str(&format!(
            "| `{}` |{kinds} {} | {} | {} |\n",
            row.key, row.may_be, row.default, row.meaning
        ));
    }
    text
}

/// Add a key, or the kind of one that is there already.
fn add(rows: &mut Vec<Row>, entry: &Entry, key: String, own: usize) {
    let kind = entry.path.iter().skip(own).rev().find_map(|segment| match segment {
        Segment::Kind(kind) => Some(kind.clone()),
        _ => None,
    });
    let (may_be, meaning) = (may_be(&entry.shape), meaning(&entry.path).unwrap_or_default());
    let default = match &entry.default {
        // The kind itself is what it is called by when it has no name.
        Some(toml::Value::String(name)) if Some(name) == kind.as_ref() => "the kind".to_owned(),
        Some(toml::Value::String(text)) if text.is_empty() => "–".to_owned(),
        Some(toml::Value::Array(items)) if items.is_empty() => "–".to_owned(),
        Some(default) => format!("`{default}`"),
        None if entry.required => "required".to_owned(),
        None => "–".to_owned(),
    };
    let known = rows.iter_mut().find(|row| {
        row.key == key && row.may_be == may_be && row.meaning == meaning && row.default == default
    });
    match known {
        Some(row) => row.kinds.extend(kind.filter(|kind| !row.kinds.contains(kind))),
        None => rows.push(Row { key, kinds: kind.into_iter().collect(), may_be, default, meaning }),
    }
}

/// What a value may be, in a few words.
fn may_be(shape: &Shape) -> String {
    const MANY: usize = 8;
    let listed = |names: &[String]| {
        if names.len() > MANY {
            "a name of `contention list`".to_owned()
        } else {
            format!("`{}`", names.join("`, `"))
        }
    };
    let unit = |unit: Unit| match unit {
        Unit::Duration => "duration",
        Unit::Rate => "rate",
        Unit::DollarsPerHour => "price",
    };
    match shape {
        Shape::Quantity { unit: of, above_zero: true } => format!("{} above 0", unit(*of)),
        Shape::Quantity { unit: of, .. } => unit(*of).to_owned(),
        Shape::OneOf(names) => listed(names),
        Shape::NameOf(_) => "a name".to_owned(),
        Shape::SomeOf(names) => format!("a list of {}", listed(names)),
        Shape::Integer { most, .. } if *most == i64::MAX as u64 => "a whole number".to_owned(),
        other => other.allowed(),
    }
}
