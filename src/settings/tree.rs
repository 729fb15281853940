//! The tree of located values, read from TOML text, with presets beneath and overrides on top.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Place, Problem, Problems};

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub place: Place,
}

/// A TOML value. Tables keep the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// true or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text, human quantities among it.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in the order of the file.
    Table(Vec<(String, Node)>),
}

impl Value {
    /// How a problem names what it found.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Boolean(value) => format!("`{value}`"),
            Self::Integer(value) => format!("`{value}`"),
            Self::Float(value) => format!("`{value}`"),
            Self::Text(text) => format!("\"{text}\""),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// A parsed file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The root table.
    pub root: Node,
}

/// Finds line and column of byte offsets.
struct Lines<'a> {
    text: &'a str,
    name: &'a str,
    preset: bool,
}

impl Lines<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        if self.preset {
            return Place::Preset(self.name.to_owned());
        }
        let before = &self.text[..span.start.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place::File { file: self.name.to_owned(), line, column: before[start..].chars().count() + 1 }
    }
}

impl Document {
    /// Parse TOML text; `file` is how problems name it.
    ///
    /// # Errors
    /// Every syntax error, with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        Self::read(&Lines { text, name: file, preset: false })
    }

    /// Parse a preset that the program ships.
    ///
    /// # Errors
    /// When the preset is not TOML: a defect of the program.
    pub fn preset(name: &str, text: &str) -> Result<Self, Problems> {
        Self::read(&Lines { text, name, preset: true })
    }

    fn read(lines: &Lines<'_>) -> Result<Self, Problems> {
        let (table, errors) = DeTable::parse_recoverable(lines.text);
        if !errors.is_empty() {
            let problem = |error: &toml::de::Error| Problem {
                place: lines.place(error.span().unwrap_or(0..0)),
                path: "syntax".to_owned(),
                found: error.message().to_owned(),
                allowed: "TOML".to_owned(),
            };
            return Err(Problems(errors.iter().map(problem).collect()).sorted());
        }
        let root = Node { value: read_table(lines, table.get_ref()), place: lines.place(0..0) };
        Ok(Self { root })
    }

    /// Apply one `key.path=value` from the command line; a value that is not TOML is taken as text.
    ///
    /// # Errors
    /// When the text has no `=` or a step of the path is not a table.
    pub fn set(&mut self, text: &str) -> Result<(), Problem> {
        self.set_at(text, Place::CommandLine(text.to_owned()))
    }

    /// As [`Document::set`], for an option that is not `--set`.
    ///
    /// # Errors
    /// As [`Document::set`].
    pub fn set_at(&mut self, text: &str, place: Place) -> Result<(), Problem> {
        let problem = |found: String, allowed: &str| Problem {
            place: place.clone(),
            path: text.split('=').next().unwrap_or("").to_owned(),
            found,
            allowed: allowed.to_owned(),
        };
        let Some((path, raw)) = text.split_once('=') else {
            return Err(problem("no `=`".to_owned(), "key.path=value"));
        };
        let parsed = toml::from_str::<toml::Table>(&format!("value = {}", raw.trim()));
        let value = match parsed {
            Ok(mut table) => {
                table.remove("value").map_or(Value::Text(raw.to_owned()), |v| from_toml(v, &place))
            }
            Err(_) => Value::Text(raw.trim().to_owned()),
        };
        let mut node = &mut self.root;
        let Some(keys) = split_path(path.trim()) else {
            return Err(problem(
                format!("`{path}`"),
                "a path such as study.seed or policy.\"p2c.v1\".router",
            ));
        };
        for key in keys {
            let key = key.as_str();
            node = match &mut node.value {
                Value::List(items) => {
                    let count = items.len();
                    match key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                        Some(item) => item,
                        None => {
                            let allowed = format!("an index below {count}");
                            return Err(problem(format!("`{key}`"), &allowed));
                        }
                    }
                }
                Value::Table(entries) => {
                    let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                        let empty = Node { value: Value::Table(Vec::new()), place: place.clone() };
                        entries.push((key.to_owned(), empty));
                        entries.len() - 1
                    });
                    &mut entries[at].1
                }
                other => return Err(problem(other.describe(), "a path through tables")),
            };
        }
        *node = Node { value, place };
        Ok(())
    }
}

/// The keys of a dotted path; a key with dots stands in quotes, an index of a list may stand in brackets.
fn split_path(path: &str) -> Option<Vec<String>> {
    let mut keys = vec![String::new()];
    let mut quote = None;
    for c in path.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '.' | '[') => keys.push(String::new()),
            (None, ']') => {}
            (_, c) => keys.last_mut()?.push(c),
        }
    }
    (quote.is_none() && keys.iter().all(|key| !key.is_empty())).then_some(keys)
}

/// `over` laid on top of `under`: tables are merged key by key, everything else is replaced. A table that names
/// another `kind` than the one beneath replaces it whole, since its keys mean something else.
#[must_use]
pub fn overlay(under: Node, over: Node) -> Node {
    match (under.value, over.value) {
        (Value::Table(below), Value::Table(above)) => {
            let kind = |entries: &[(String, Node)]| {
                entries.iter().find(|(key, _)| key == "kind").map(|(_, node)| node.value.clone())
            };
            if kind(&above).is_some_and(|name| Some(name) != kind(&below)) {
                return Node { value: Value::Table(above), place: over.place };
            }
            let mut merged = below;
            for (key, node) in above {
                match merged.iter_mut().find(|(name, _)| *name == key) {
                    Some((_, old)) => *old = overlay(old.clone(), node),
                    None => merged.push((key, node)),
                }
            }
            Node { value: Value::Table(merged), place: over.place }
        }
        (_, value) => Node { value, place: over.place },
    }
}

fn read_table(lines: &Lines<'_>, table: &DeTable<'_>) -> Value {
    let mut entries: Vec<(Range<usize>, String, Node)> = table
        .iter()
        .map(|(key, value)| {
            let node = Node { value: read_value(lines, value.get_ref()), place: lines.place(value.span()) };
            (key.span(), key.get_ref().to_string(), node)
        })
        .collect();
    entries.sort_by_key(|(span, _, _)| span.start);
    Value::Table(
        entries
            .into_iter()
            .map(|(span, key, mut node)| {
                // A table is found by its header or key, not by its first value.
                if matches!(node.value, Value::Table(_) | Value::List(_)) {
                    node.place = lines.place(span);
                }
                (key, node)
            })
            .collect(),
    )
}

fn read_value(lines: &Lines<'_>, value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or_else(|_| Value::Text(integer.as_str().to_owned()), Value::Integer),
        DeValue::Float(float) => {
            float.as_str().parse().map_or_else(|_| Value::Text(float.as_str().to_owned()), Value::Float)
        }
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Datetime(datetime) => Value::Text(datetime.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node {
                    value: read_value(lines, item.get_ref()),
                    place: lines.place(item.span()),
                })
                .collect(),
        ),
        DeValue::Table(table) => read_table(lines, table),
    }
}

fn from_toml(value: toml::Value, place: &Place) -> Value {
    let node = |value| Node { value: from_toml(value, place), place: place.clone() };
    match value {
        toml::Value::Boolean(value) => Value::Boolean(value),
        toml::Value::Integer(value) => Value::Integer(value),
        toml::Value::Float(value) => Value::Float(value),
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Datetime(datetime) => Value::Text(datetime.to_string()),
        toml::Value::Array(items) => Value::List(items.into_iter().map(node).collect()),
        toml::Value::Table(table) => {
            Value::Table(table.into_iter().map(|(key, value)| (key, node(value))).collect())
        }
    }
}
