//! One reading of an empty file, of which [`super::Grammar`] makes many: the answers that its readers get, and what they
//! asked for.

use std::collections::BTreeMap;

use super::grammar::Segment;
use super::shape::Shape;

/// Stands for any name that the user gives.
pub(super) const ANY: &str = "NAME";

/// A question that a reader may ask and that has several answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// Whether the key is given: no, yes.
    Given,
    /// Whether the key holds a list: no, yes.
    Listed,
    /// Which of the names.
    Which,
}

/// A question about the key at a path.
pub(super) type Point = (Vec<Segment>, Question);

/// Answers by number.
pub(super) type Answers = BTreeMap<Point, usize>;

/// What a getter was asked for.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) path: Vec<Segment>,
    pub(super) shape: Shape,
    pub(super) default: Option<toml::Value>,
    /// Whether a file without it would be refused.
    pub(super) is_missed: bool,
    /// Whether it was asked for with several defaults.
    pub(super) varies: bool,
}

/// One reading.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// What to answer; elsewhere the answer that a file without the key would get.
    answers: Answers,
    /// Whether numbers are one more than a file without them would have.
    pub(super) is_shifted: bool,
    /// What was asked: the answer that was given, and how many there are.
    pub(super) asked: BTreeMap<Point, (usize, usize)>,
    /// What the getters were asked for, each path once.
    pub(super) notes: Vec<Note>,
    /// Sentences about kinds.
    pub(super) abouts: BTreeMap<Vec<Segment>, &'static str>,
    /// The kind of each table that has been asked for its kind.
    kinds: BTreeMap<Vec<Segment>, String>,
}

impl Reading {
    pub(super) fn new(answers: Answers, is_shifted: bool) -> Self {
        Self { answers, is_shifted, ..Self::default() }
    }

    /// The path with the kinds of the tables on its way; a `kind` does not depend on itself.
    fn with_kinds(&self, path: &[Segment]) -> Vec<Segment> {
        let mut whole = Vec::new();
        for (at, segment) in path.iter().enumerate() {
            let is_kind = at + 1 == path.len() && *segment == Segment::Key("kind".to_owned());
            if let Some(kind) = self.kinds.get(&whole).filter(|_| !is_kind) {
                whole.push(Segment::Kind(kind.clone()));
            }
            whole.push(segment.clone());
        }
        whole
    }

    /// The answer to a question with `count` answers, of which `usual` is that of a file without the key.
    pub(super) fn ask(&mut self, path: &[Segment], question: Question, count: usize, usual: usize) -> usize {
        let point = (self.with_kinds(path), question);
        let answer = self.answers.get(&point).copied().unwrap_or(usual);
        self.asked.entry(point).or_insert((answer, count)).0
    }

    /// Which of the names; the name of a `kind` is kept for what follows.
    pub(super) fn which(&mut self, path: &[Segment], names: &[&str], usual: usize) -> usize {
        let at = self.ask(path, Question::Which, names.len(), usual);
        if let Some((Segment::Key(key), table)) = path.split_last()
            && key == "kind"
        {
            let table = self.with_kinds(table);
            self.kinds.entry(table).or_insert_with(|| names[at].to_owned());
        }
        at
    }

    /// Note what a getter was asked for. `is_given` beneath it all: by a preset.
    pub(super) fn note(
        &mut self,
        path: &[Segment],
        shape: Shape,
        default: Option<toml::Value>,
        is_given: bool,
    ) {
        let path = self.with_kinds(path);
        let said_given =
            self.asked.get(&(path.clone(), Question::Given)).is_some_and(|(answer, _)| *answer == 1);
        let is_table = matches!(shape, Shape::Table | Shape::Tables);
        let is_missed = default.is_none() && !is_given && !said_given && !is_table;
        match self.notes.iter_mut().find(|note| note.path == path) {
            Some(first) => first.varies |= first.default != default,
            None => self.notes.push(Note { path, shape, default, is_missed, varies: false }),
        }
    }

    /// Note one sentence about the kind of a table.
    pub(super) fn about(&mut self, table: &[Segment], text: &'static str) {
        let mut path = self.with_kinds(table);
        if let Some(kind) = self.kinds.get(&path) {
            path.push(Segment::Kind(kind.clone()));
            self.abouts.insert(path, text);
        }
    }
}
