//! What all sections of one file share: the list of problems and the values as they were resolved.

use std::cell::RefCell;

use super::grammar::Segment;
use super::reading::{ANY, Answers, Reading};
use super::{Place, Problem, Problems};

/// Collects the problems of one file and the values as they were resolved.
#[derive(Debug, Default)]
pub struct Reader {
    problems: RefCell<Vec<Problem>>,
    pub(super) resolved: RefCell<Vec<(Vec<Step>, Option<toml::Value>)>>,
    /// Where an empty file is read only to learn what a file may hold.
    pub(super) describing: Option<RefCell<Reading>>,
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
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A path of one file as a path of all files.
pub(super) fn segments(path: &[Step]) -> Vec<Segment> {
    let segment = |step: &Step| match step {
        Step::Index(_) => Segment::Item,
        Step::Key(key) if key == ANY => Segment::Name,
        Step::Key(key) => Segment::Key(key.clone()),
    };
    path.iter().map(segment).collect()
}

/// A path as people write it: dotted, with indices in brackets, and quotes where a key needs them.
pub(super) fn display(path: &[Step]) -> String {
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
