//! Reading a table key by key: types, units, ranges, names; unknown keys at the end.
//!
//! A getter never fails: it notes the problem and hands back the default or a harmless stand-in, so that the next
//! mistake is found too. The caller must not use what it built when the [`Reader`] has problems.

use std::cell::RefCell;

use super::grammar::Segment;
use super::problem::nearest_hint;
use super::quantity::{Unit, display_span};
use super::reading::{ANY, Answers, Question, Reading};
use super::shape::{Shape, quoted};
use super::tree::overlay;
use super::{Node, Place, Problem, Problems, Value};
use crate::units::{LATEST, Span};

/// Collects the problems of one file and the values as they were resolved.
#[derive(Debug, Default)]
pub struct Reader {
    problems: RefCell<Vec<Problem>>,
    resolved: RefCell<Vec<(Vec<Step>, Option<toml::Value>)>>,
    /// Where an empty file is read only to learn what a file may hold.
    describing: Option<RefCell<Reading>>,
}

impl Reader {
    /// A reader of which the getters note what they are asked for, and are answered so.
    pub(super) fn describing(answers: Answers, is_shifted: bool) -> Self {
        Self { describing: Some(RefCell::new(Reading::new(answers, is_shifted))), ..Self::default() }
    }

    /// What the getters were asked for.
    pub(super) fn reading(self) -> Reading {
        self.describing.map(RefCell::into_inner).unwrap_or_default()
    }

    /// All problems found, sorted by place.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems(self.problems.borrow().clone()).sorted()
    }

    /// Note a problem.
    pub fn note(&self, place: &Place, path: &str, found: impl Into<String>, allowed: impl Into<String>) {
        self.problems.borrow_mut().push(Problem {
            place: place.clone(),
            path: path.to_owned(),
            found: found.into(),
            allowed: allowed.into(),
        });
    }

    /// Every value read, defaults included, as a scenario that gives the same study.
    #[must_use]
    pub fn resolved(&self) -> String {
        let mut root = toml::Value::Table(toml::Table::new());
        for (path, value) in self.resolved.borrow().iter() {
            insert(&mut root, path, value.as_ref());
        }
        toml::to_string(&root).unwrap_or_else(|error| unreachable!("settings are TOML: {error}"))
    }
}

/// One step of the path of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// A path of one file as a path of all files.
fn segments(path: &[Step]) -> Vec<Segment> {
    let segment = |step: &Step| match step {
        Step::Index(_) => Segment::Item,
        Step::Key(key) if key == ANY => Segment::Name,
        Step::Key(key) => Segment::Key(key.clone()),
    };
    path.iter().map(segment).collect()
}

/// A path as people write it: dotted, with indices in brackets, and quotes where a key needs them.
fn display(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Index(at) => text.push_str(&format!("[{at}]")),
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                let bare = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                text.push_str(&if bare { key.clone() } else { format!("{key:?}") });
            }
        }
    }
    text
}

/// Put a value, or an empty table where there is none, at a path.
fn insert(into: &mut toml::Value, path: &[Step], value: Option<&toml::Value>) {
    let Some((first, rest)) = path.split_first() else {
        if let Some(value) = value {
            *into = value.clone();
        }
        return;
    };
    let empty = || match rest.first() {
        Some(Step::Index(_)) => toml::Value::Array(Vec::new()),
        _ => toml::Value::Table(toml::Table::new()),
    };
    match (first, into) {
        (Step::Key(key), toml::Value::Table(table)) => {
            insert(table.entry(key.clone()).or_insert_with(empty), rest, value);
        }
        (Step::Index(at), toml::Value::Array(items)) => {
            while items.len() <= *at {
                items.push(empty());
            }
            insert(&mut items[*at], rest, value);
        }
        _ => {}
    }
}

/// One table of the file while it is read.
pub struct Section<'a> {
    reader: &'a Reader,
    path: Vec<Step>,
    place: Place,
    entries: Vec<(String, Node)>,
    known: RefCell<Vec<String>>,
}

/// A name and what it stands for.
pub type Choice<T> = (&'static str, T);

impl<'a> Section<'a> {
    /// The root of a document.
    #[must_use]
    pub fn root(reader: &'a Reader, node: Node) -> Self {
        Self::new(reader, Vec::new(), node)
    }

    fn new(reader: &'a Reader, path: Vec<Step>, node: Node) -> Self {
        let entries = match node.value {
            Value::Table(entries) => entries,
            other => {
                reader.note(&node.place, &display(&path), other.describe(), "a table");
                Vec::new()
            }
        };
        if !path.is_empty() {
            reader.resolved.borrow_mut().push((path.clone(), None));
        }
        Self { reader, path, place: node.place, entries, known: RefCell::new(Vec::new()) }
    }

    /// Where this table was written.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Lay this table over `beneath`, whose keys it inherits.
    #[must_use]
    pub fn over(mut self, beneath: Node) -> Self {
        let own = Node { value: Value::Table(std::mem::take(&mut self.entries)), place: self.place.clone() };
        if let Value::Table(entries) = overlay(beneath, own).value {
            self.entries = entries;
        }
        self
    }

    fn steps(&self, key: &str) -> Vec<Step> {
        let mut path = self.path.clone();
        path.push(Step::Key(key.to_owned()));
        path
    }

    fn child(&self, key: &str) -> String {
        display(&self.steps(key))
    }

    fn take(&self, key: &str) -> Option<&Node> {
        self.known.borrow_mut().push(key.to_owned());
        self.entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    fn keep(&self, key: &str, value: toml::Value) {
        self.reader.resolved.borrow_mut().push((self.steps(key), Some(value)));
    }

    /// What describes a file instead of reading one.
    fn describing(&self) -> Option<std::cell::RefMut<'_, Reading>> {
        self.reader.describing.as_ref().map(RefCell::borrow_mut)
    }

    fn is_shifted(&self) -> bool {
        self.describing().is_some_and(|reading| reading.is_shifted)
    }

    /// Note what is asked for, where a file is described; whether it is.
    fn describes(&self, key: &str, shape: Shape, default: Option<toml::Value>) -> bool {
        let Some(mut reading) = self.describing() else { return false };
        reading.note(&segments(&self.steps(key)), shape, default, self.raw(key).is_some());
        true
    }

    /// Whether the key is given.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        let given = self.raw(key).is_some();
        match self.describing() {
            Some(mut reading) if !given => {
                reading.ask(&segments(&self.steps(key)), Question::Given, 2, 0) == 1
            }
            _ => given,
        }
    }

    /// Whether the key holds a list.
    #[must_use]
    pub fn is_list(&self, key: &str) -> bool {
        match self.describing() {
            Some(mut reading) => reading.ask(&segments(&self.steps(key)), Question::Listed, 2, 0) == 1,
            None => self.raw(key).is_some_and(|node| matches!(node.value, Value::List(_))),
        }
    }

    /// Say in one sentence what this table's `kind` means.
    pub fn about(&self, text: &'static str) {
        if let Some(mut reading) = self.describing() {
            reading.about(&segments(&self.path), text);
        }
    }

    /// The value at `key` as it was written, without marking the key as known.
    #[must_use]
    pub fn raw(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// Everything that was read under `key`, defaults included: paths below it and values.
    #[must_use]
    pub fn resolved_under(&self, key: &str) -> Vec<(String, toml::Value)> {
        let prefix = self.steps(key);
        let resolved = self.reader.resolved.borrow();
        let below = resolved.iter().filter_map(|(path, value)| {
            Some((display(path.strip_prefix(prefix.as_slice())?), value.clone()?))
        });
        below.collect()
    }

    /// Note a problem with the value at `key`, or with this table when the key is not given.
    pub fn problem(&self, key: &str, found: impl Into<String>, allowed: impl Into<String>) {
        let node = self.entries.iter().find(|(name, _)| name == key).map(|(_, node)| node);
        let place = node.map_or(&self.place, |node| &node.place);
        self.reader.note(place, &self.child(key), found, allowed);
    }

    fn missing(&self, key: &str, allowed: &str) {
        self.reader.note(&self.place, &self.child(key), "nothing", allowed);
    }

    fn get<T>(
        &self,
        key: &str,
        default: Option<T>,
        shape: Shape,
        read: impl Fn(&Value) -> Option<T>,
        show: impl Fn(&T) -> toml::Value,
    ) -> Option<T> {
        if self.reader.describing.is_some() {
            self.known.borrow_mut().push(key.to_owned());
            self.describes(key, shape, default.as_ref().map(show));
            return default;
        }
        let value = match self.take(key) {
            None => {
                if default.is_none() {
                    self.missing(key, &shape.allowed());
                }
                default
            }
            Some(node) => read(&node.value).or_else(|| {
                self.reader.note(&node.place, &self.child(key), node.value.describe(), shape.allowed());
                default
            }),
        };
        if let Some(value) = &value {
            self.keep(key, show(value));
        }
        value
    }

    /// Text; required when there is no default.
    pub fn text(&self, key: &str, default: Option<&str>) -> String {
        let read = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let show = |text: &String| toml::Value::String(text.clone());
        let text = self.get(key, default.map(str::to_owned), Shape::Text, read, show);
        if self.reader.describing.is_some() { ANY.to_owned() } else { text.unwrap_or_default() }
    }

    /// A whole number within `range`.
    pub fn integer(&self, key: &str, default: Option<u64>, range: std::ops::RangeInclusive<u64>) -> u64 {
        let shape = Shape::Integer { least: *range.start(), most: *range.end() };
        let read = |value: &Value| match value {
            Value::Integer(value) => u64::try_from(*value).ok().filter(|value| range.contains(value)),
            _ => None,
        };
        let show = |value: &u64| toml::Value::Integer(*value as i64);
        let value = self.get(key, default, shape, read, show).unwrap_or(*range.start());
        if self.is_shifted() { (value + 1).min(*range.end()) } else { value }
    }

    /// True or false.
    pub fn flag(&self, key: &str, default: bool) -> bool {
        let read = |value: &Value| match value {
            Value::Boolean(value) => Some(*value),
            _ => None,
        };
        let show = |value: &bool| toml::Value::Boolean(*value);
        self.get(key, Some(default), Shape::Flag, read, show).unwrap_or(default)
    }

    /// A number within `range`.
    pub fn number(&self, key: &str, default: Option<f64>, range: std::ops::RangeInclusive<f64>) -> f64 {
        let shape = Shape::Number { least: *range.start(), most: *range.end() };
        let read = |value: &Value| as_number(value).filter(|value| range.contains(value));
        let show = |value: &f64| toml::Value::Float(*value);
        self.get(key, default, shape, read, show).unwrap_or(*range.start())
    }

    /// A number greater than zero.
    pub fn positive(&self, key: &str, default: Option<f64>) -> f64 {
        let read = |value: &Value| as_number(value).filter(|value| *value > 0.0 && value.is_finite());
        let show = |value: &f64| toml::Value::Float(*value);
        let value = self.get(key, default, Shape::Positive, read, show).unwrap_or(1.0);
        if self.is_shifted() { value + 1.0 } else { value }
    }

    /// A list of numbers.
    pub fn numbers(&self, key: &str, allowed: &str) -> Vec<f64> {
        let read = |value: &Value| match value {
            Value::List(items) => items.iter().map(|item| as_number(&item.value)).collect(),
            _ => None,
        };
        let show =
            |values: &Vec<f64>| toml::Value::Array(values.iter().map(|v| toml::Value::Float(*v)).collect());
        self.get(key, None, Shape::Numbers(allowed.to_owned()), read, show).unwrap_or_default()
    }

    /// A list of numbers, with a default.
    pub fn numbers_or(&self, key: &str, default: &[f64], allowed: &str) -> Vec<f64> {
        let read = |value: &Value| match value {
            Value::List(items) if !items.is_empty() => {
                items.iter().map(|item| as_number(&item.value)).collect()
            }
            _ => None,
        };
        let show =
            |values: &Vec<f64>| toml::Value::Array(values.iter().map(|v| toml::Value::Float(*v)).collect());
        let shape = Shape::Numbers(allowed.to_owned());
        self.get(key, Some(default.to_vec()), shape, read, show).unwrap_or_else(|| default.to_vec())
    }

    /// A list of lists of numbers.
    pub fn number_lists(&self, key: &str, allowed: &str) -> Vec<Vec<f64>> {
        let row = |value: &Value| match value {
            Value::List(items) => {
                items.iter().map(|item| as_number(&item.value)).collect::<Option<Vec<f64>>>()
            }
            _ => None,
        };
        let read = |value: &Value| match value {
            Value::List(items) => items.iter().map(|item| row(&item.value)).collect(),
            _ => None,
        };
        let list =
            |values: &Vec<f64>| toml::Value::Array(values.iter().map(|v| toml::Value::Float(*v)).collect());
        let show = |rows: &Vec<Vec<f64>>| toml::Value::Array(rows.iter().map(list).collect());
        self.get(key, None, Shape::NumberLists(allowed.to_owned()), read, show).unwrap_or_default()
    }

    /// A duration, with a default as a user would write it.
    pub fn duration(&self, key: &str, default: Option<&str>) -> Span {
        self.span(key, default, false)
    }

    fn span(&self, key: &str, default: Option<&str>, above_zero: bool) -> Span {
        let seconds = |text: &str| Unit::Duration.parse(text).map(Span::from_seconds);
        let read = |value: &Value| match value {
            Value::Text(text) => seconds(text),
            _ => None,
        };
        let show = |span: &Span| toml::Value::String(display_span(*span));
        let default = default.and_then(seconds);
        let shape = Shape::Quantity { unit: Unit::Duration, above_zero };
        let span = self.get(key, default, shape, read, show).unwrap_or(Span(1));
        if span.0 > LATEST.0 {
            self.problem(key, "more than 200 days", "a duration up to \"200 d\"");
            return Span(LATEST.0);
        }
        span
    }

    /// How old a scraped signal may be: zero for a fresh one, else at least a millisecond.
    pub fn staleness(&self, default: &str) -> Span {
        let span = self.duration("staleness", Some(default));
        if span > Span::ZERO && span < Span::from_seconds(1e-3) {
            self.problem("staleness", display_span(span), "\"0 s\" for fresh signals, or at least \"1 ms\"");
        }
        span
    }

    /// A duration above zero.
    pub fn positive_duration(&self, key: &str, default: Option<&str>) -> Span {
        let span = self.span(key, default, true);
        if span == Span::ZERO {
            self.problem(key, "no time at all", "a duration above 0");
            return Span(1);
        }
        span
    }

    /// A rate in events a second, above zero.
    pub fn rate(&self, key: &str, default: Option<f64>) -> f64 {
        self.quantity(key, default, Unit::Rate, |rate| format!("{rate}/s"))
    }

    /// A price in dollars an hour, above zero.
    pub fn dollars_per_hour(&self, key: &str, default: Option<f64>) -> f64 {
        self.quantity(key, default, Unit::DollarsPerHour, |price| format!("${price}/h"))
    }

    fn quantity(&self, key: &str, default: Option<f64>, unit: Unit, show: impl Fn(f64) -> String) -> f64 {
        let read = |value: &Value| match value {
            Value::Text(text) => unit.parse(text).filter(|value| *value > 0.0),
            _ => None,
        };
        let show = |value: &f64| toml::Value::String(show(*value));
        let shape = Shape::Quantity { unit, above_zero: true };
        self.get(key, default, shape, read, show).unwrap_or(1.0)
    }

    /// One of several names.
    pub fn choice<T: Copy>(&self, key: &str, default: Option<&str>, choices: &[Choice<T>]) -> Option<T> {
        let names = || choices.iter().map(|(name, _)| *name);
        let shape = Shape::OneOf(names().map(str::to_owned).collect());
        let allowed = shape.allowed();
        if self.reader.describing.is_some() {
            return self.described_choice(key, default, choices, shape);
        }
        let name = match self.take(key) {
            None => default.map(str::to_owned).or_else(|| {
                self.missing(key, &allowed);
                None
            })?,
            Some(Node { value: Value::Text(text), .. }) => text.clone(),
            Some(node) => {
                self.reader.note(&node.place, &self.child(key), node.value.describe(), allowed);
                return None;
            }
        };
        let found = choices.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            self.problem(key, format!("\"{name}\""), format!("{allowed}{}", nearest_hint(&name, names())));
        }
        let (name, value) = found?;
        self.keep(key, toml::Value::String((*name).to_owned()));
        Some(*value)
    }

    /// As [`Section::choice`], where a file is described.
    fn described_choice<T: Copy>(
        &self,
        key: &str,
        default: Option<&str>,
        choices: &[Choice<T>],
        shape: Shape,
    ) -> Option<T> {
        self.known.borrow_mut().push(key.to_owned());
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let usual = names.iter().position(|name| Some(*name) == default);
        self.describes(key, shape, usual.map(|at| toml::Value::String(names[at].to_owned())));
        let path = segments(&self.steps(key));
        let at = self.describing()?.which(&path, &names, usual.unwrap_or(0));
        choices.get(at).map(|(_, value)| *value)
    }

    /// A list of texts; empty when left out.
    pub fn texts(&self, key: &str) -> Vec<String> {
        let read = |value: &Value| match value {
            Value::List(items) => items
                .iter()
                .map(|item| match &item.value {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                })
                .collect::<Option<Vec<String>>>(),
            _ => None,
        };
        let show = |names: &Vec<String>| {
            toml::Value::Array(names.iter().cloned().map(toml::Value::String).collect())
        };
        self.get(key, Some(Vec::new()), Shape::Texts, read, show).unwrap_or_default()
    }

    /// A list of known names; empty when left out.
    pub fn choices<T: Copy>(&self, key: &str, choices: &[Choice<T>]) -> Vec<T> {
        let shape = Shape::SomeOf(choices.iter().map(|(name, _)| (*name).to_owned()).collect());
        let known = shape.allowed();
        if self.describes(key, shape, Some(toml::Value::Array(Vec::new()))) {
            return Vec::new();
        }
        let names = self.texts(key);
        let mut found = Vec::new();
        for name in names {
            match choices.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => found.push(*value),
                None => {
                    let hint = nearest_hint(&name, choices.iter().map(|(known, _)| *known));
                    self.problem(key, format!("\"{name}\""), format!("{known}{hint}"));
                }
            }
        }
        found
    }

    /// A list of names of things that are known under `names`; empty when left out.
    pub fn names_among(&self, key: &str, names: &[&str]) -> Vec<String> {
        if self.describes(key, Shape::Texts, Some(toml::Value::Array(Vec::new()))) {
            return Vec::new();
        }
        let keys: Vec<Node> = match self.raw(key) {
            Some(Node { value: Value::List(items), .. }) => items.clone(),
            _ => Vec::new(),
        };
        if !self.has(key) {
            self.ignore(&[key]);
            return Vec::new();
        }
        let texts = self.texts(key);
        for (text, node) in texts.iter().zip(&keys).filter(|(text, _)| !names.contains(&text.as_str())) {
            let hint = nearest_hint(text, names.iter().copied());
            let allowed = format!("names among {}{hint}", quoted(names));
            self.reader.note(&node.place, &self.child(key), format!("\"{text}\""), allowed);
        }
        texts
    }

    /// A name of something that is known under one of `names`; its position there. Required.
    pub fn name_among(&self, key: &str, names: &[&str]) -> Option<usize> {
        let (own, shipped): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| **name == ANY);
        let shipped = shipped.into_iter().map(str::to_owned).collect();
        let shape = if own.is_empty() { Shape::OneOf(shipped) } else { Shape::NameOf(shipped) };
        let allowed = shape.allowed();
        if self.describes(key, shape, None) {
            return Some(0);
        }
        if !self.has(key) {
            self.missing(key, &allowed);
            return None;
        }
        let name = self.text(key, Some(""));
        let found = names.iter().position(|known| *known == name);
        if found.is_none() && !name.is_empty() {
            let hint = nearest_hint(&name, names.iter().copied());
            self.problem(key, format!("\"{name}\""), format!("{allowed}{hint}"));
        }
        found
    }

    /// The table at `key`; an empty one at this table's place when it is not given.
    #[must_use]
    pub fn table(&self, key: &str) -> Section<'a> {
        let empty = || Node { value: Value::Table(Vec::new()), place: self.place.clone() };
        self.describes(key, Shape::Table, None);
        let node = self.take(key).cloned().unwrap_or_else(empty);
        Self::new(self.reader, self.steps(key), node)
    }

    /// The one table that stands for all, where a file is described.
    fn described_table(&self, path: Vec<Step>) -> Section<'a> {
        let empty = Node { value: Value::Table(Vec::new()), place: self.place.clone() };
        Self::new(self.reader, path, empty)
    }

    /// The tables in the list at `key` (`[[key]]`).
    #[must_use]
    pub fn tables(&self, key: &str) -> Vec<Section<'a>> {
        if self.describes(key, Shape::Tables, None) {
            let mut path = self.steps(key);
            path.push(Step::Index(0));
            // Twice, since names that are left out may be counted.
            return vec![self.described_table(path.clone()), self.described_table(path)];
        }
        match self.take(key) {
            None => Vec::new(),
            Some(Node { value: Value::List(items), .. }) => items
                .iter()
                .enumerate()
                .map(|(at, node)| {
                    let mut path = self.steps(key);
                    path.push(Step::Index(at));
                    Self::new(self.reader, path, node.clone())
                })
                .collect(),
            Some(node) => {
                self.reader.note(
                    &node.place,
                    &self.child(key),
                    node.value.describe(),
                    format!("tables [[{key}]]"),
                );
                Vec::new()
            }
        }
    }

    /// All entries of this table as named tables, in the order of the file (`[policy.name]`).
    #[must_use]
    pub fn named_tables(&self) -> Vec<(String, Section<'a>)> {
        if self.describes(ANY, Shape::Table, None) {
            return vec![(ANY.to_owned(), self.described_table(self.steps(ANY)))];
        }
        self.entries
            .iter()
            .map(|(key, node)| {
                self.known.borrow_mut().push(key.clone());
                (key.clone(), Self::new(self.reader, self.steps(key), node.clone()))
            })
            .collect()
    }

    /// All entries of this table as names and texts (`attributes = { size = "large" }`).
    #[must_use]
    pub fn named_texts(&self) -> Vec<(String, String)> {
        let mut keys: Vec<String> = self.entries.iter().map(|(key, _)| key.clone()).collect();
        if self.reader.describing.is_some() {
            keys.push(ANY.to_owned());
        }
        keys.into_iter().map(|key| (key.clone(), self.text(&key, Some("")))).collect()
    }

    /// Keys that are known although this reading has no use for them.
    pub fn ignore(&self, keys: &[&str]) {
        self.known.borrow_mut().extend(keys.iter().map(|key| (*key).to_owned()));
    }

    /// The keys that were asked for so far, each once, in the order of asking.
    #[must_use]
    pub fn known_keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for key in self.known.borrow().iter().filter(|key| !key.is_empty()) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// Note every key that nobody asked for. To be called when the owner has read what it knows.
    pub fn finish(&self) {
        let known = self.known.borrow();
        for (key, node) in &self.entries {
            if !known.contains(key) {
                let hint = nearest_hint(key, known.iter().map(String::as_str));
                let mut names: Vec<&str> = known.iter().map(String::as_str).collect();
                names.sort_unstable();
                names.dedup();
                let allowed = format!("the keys {}{hint}", names.join(", "));
                self.reader.note(&node.place, &self.child(key), "an unknown key", allowed);
            }
        }
    }
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(value) => Some(*value as f64),
        Value::Float(value) => Some(*value).filter(|value| value.is_finite()),
        _ => None,
    }
}
