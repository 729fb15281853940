//! The grammar of a file, learned from its readers: every key that they may ask for, with what it may be.
//!
//! There is no second list of keys. An empty file is read again and again by the same functions that read a user's file;
//! each reading answers the readers' questions (is this key given? which of these names?) in another way, until every
//! answer to every question has been tried once. What the getters were asked for on the way is the grammar.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::reading::{Answers, Point, Reading};
use super::{Node, Place, Reader, Section, Shape, Value};

/// One part of the path of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A key.
    Key(String),
    /// Any name that the user gives, such as that of a policy.
    Name,
    /// Any table of a list of tables.
    Item,
    /// Not a part of the file's paths: the table before it is of this `kind`.
    Kind(String),
}

/// A key of the grammar.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it may stand.
    pub path: Vec<Segment>,
    /// What it may be.
    pub shape: Shape,
    /// What it is when it is left out, where that is always the same.
    pub default: Option<toml::Value>,
    /// Whether what it is when it is left out depends on other keys.
    pub varies: bool,
    /// Whether it is missed whenever its table is read.
    pub required: bool,
}

impl Entry {
    /// The key's own name.
    #[must_use]
    pub fn key(&self) -> &str {
        match self.path.last() {
            Some(Segment::Key(key) | Segment::Kind(key)) => key,
            Some(Segment::Name) | None => "NAME",
            Some(Segment::Item) => "",
        }
    }
}

/// A path as people write it, such as `policy.NAME.router.k` or `design[].share`; kinds are left out.
#[must_use]
pub fn written(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        let name = match segment {
            Segment::Key(key) => key,
            Segment::Name => "NAME",
            Segment::Item => {
                text.push_str("[]");
                continue;
            }
            Segment::Kind(_) => continue,
        };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(name);
    }
    text
}

/// Every key that a file may have.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    /// In the order in which they are first asked for.
    pub entries: Vec<Entry>,
    /// One sentence for each table of a kind that said one: the path ends in the kind.
    abouts: BTreeMap<Vec<Segment>, &'static str>,
    /// In how many readings each entry was missed.
    missed: Vec<usize>,
    /// In how many readings each table was met.
    met: BTreeMap<Vec<Segment>, usize>,
}

impl Grammar {
    /// Learn the grammar from what reads a file's root table.
    #[must_use]
    pub fn learn(read: impl Fn(&Section<'_>)) -> Self {
        let mut grammar = Self::default();
        let mut known: BTreeSet<Point> = BTreeSet::new();
        let mut open = VecDeque::from([Answers::new()]);
        while let Some(answers) = open.pop_front() {
            // With other numbers as well, to see which defaults follow from other keys.
            let reading = [false, true].map(|is_shifted| {
                let reader = Reader::describing(answers.clone(), is_shifted);
                let empty =
                    Node { value: Value::Table(Vec::new()), place: Place::Preset("nothing".to_owned()) };
                read(&Section::root(&reader, empty));
                reader.reading()
            });
            for (point, (taken, count)) in reading.iter().flat_map(|reading| &reading.asked) {
                if known.insert(point.clone()) {
                    for other in (0..*count).filter(|answer| answer != taken) {
                        let mut answers = answers.clone();
                        answers.insert(point.clone(), other);
                        open.push_back(answers);
                    }
                }
            }
            reading.into_iter().for_each(|reading| grammar.add(reading));
        }
        grammar.settle();
        grammar
    }

    fn add(&mut self, reading: Reading) {
        let mut met: BTreeSet<&[Segment]> = BTreeSet::new();
        for note in &reading.notes {
            met.extend((0..=note.path.len()).map(|end| &note.path[..end]));
            let known = self.entries.iter().position(|e| e.path == note.path && e.shape == note.shape);
            let at = known.unwrap_or_else(|| {
                let (path, shape, default) = (note.path.clone(), note.shape.clone(), note.default.clone());
                self.entries.push(Entry { path, shape, default, varies: false, required: false });
                self.missed.push(0);
                self.entries.len() - 1
            });
            let entry = &mut self.entries[at];
            entry.varies |= note.varies || entry.default != note.default;
            self.missed[at] += usize::from(note.is_missed);
        }
        for table in met {
            *self.met.entry(table.to_vec()).or_default() += 1;
        }
        self.abouts.extend(reading.abouts);
    }

    /// What only all readings together can say.
    fn settle(&mut self) {
        let met = |path: &[Segment]| self.met.get(path).copied().unwrap_or(0);
        for (entry, missed) in self.entries.iter_mut().zip(&self.missed) {
            let table = &entry.path[..entry.path.len() - 1];
            entry.required = *missed > 0 && *missed == met(table);
            if entry.varies {
                entry.default = None;
            }
        }
        // A table is required when it is always read and one of its keys is required.
        for at in (0..self.entries.len()).rev() {
            let Entry { path, shape, .. } = &self.entries[at];
            let always = met(path) == met(&path[..path.len() - 1]);
            let named = matches!(path.last(), Some(Segment::Key(_)));
            let is_required =
                *shape == Shape::Table && named && always && self.keys(path).any(|key| key.required);
            self.entries[at].required |= is_required;
        }
    }

    /// The keys of the table at `path`.
    pub fn keys(&self, path: &[Segment]) -> impl Iterator<Item = &Entry> {
        let below = move |entry: &&Entry| {
            entry.path.len() == path.len() + 1
                && entry.path.starts_with(path)
                && matches!(entry.path.last(), Some(Segment::Key(_) | Segment::Name))
        };
        self.entries.iter().filter(below)
    }

    /// The table at `path` when its kind is `kind`.
    #[must_use]
    pub fn of_kind(path: &[Segment], kind: &str) -> Vec<Segment> {
        [path, &[Segment::Kind(kind.to_owned())]].concat()
    }

    /// One sentence about a kind of the table at `path`, where its owner has said one.
    #[must_use]
    pub fn about(&self, path: &[Segment], kind: &str) -> Option<&'static str> {
        self.abouts.get(&Self::of_kind(path, kind)).copied()
    }

    /// The kinds of the table at `path`; none when its keys are always the same.
    #[must_use]
    pub fn kinds(&self, path: &[Segment]) -> Vec<&str> {
        let names = self.keys(path).find(|entry| entry.key() == "kind").map(|entry| &entry.shape);
        match names {
            Some(Shape::OneOf(names)) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}
