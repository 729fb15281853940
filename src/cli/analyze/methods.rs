//! The estimators that a call names, with their settings.

use super::Options;
use crate::cli::Failure;
use crate::estimate::{Column, ESTIMATORS, EstimatorSpec, NamedEstimator};
use crate::settings::problem::nearest_hint;
use crate::settings::{Document, Place, Problem, Problems, Reader, Section};

/// An estimator, and whether it was asked for by name.
pub(super) struct Method {
    pub estimator: NamedEstimator,
    pub by_name: bool,
}

impl Method {
    pub(super) const fn spec(&self) -> &'static EstimatorSpec {
        self.estimator.spec
    }

    pub(super) fn needs(&self, column: Column) -> bool {
        self.spec().needs.contains(&column)
    }

    pub(super) fn uses(&self, column: Column) -> bool {
        self.spec().uses.contains(&column)
    }
}

/// A setting of an estimator: its key, and its default where that is a value.
pub(super) type Setting = (String, Option<toml::Value>);

/// The settings that an estimator knows, as it reads them where none is given.
pub(super) fn settings_of(spec: &'static EstimatorSpec) -> Vec<Setting> {
    let reader = Reader::default();
    let Ok(empty) = Document::preset(spec.name, "") else { unreachable!("nothing is TOML") };
    let section = Section::root(&reader, empty.root);
    let _ = (spec.build)(&section);
    let defaults: toml::Table = toml::from_str(&reader.resolved()).unwrap_or_default();
    let setting = |key: String| (key.clone(), defaults.get(&key).cloned());
    section.known_keys().into_iter().map(setting).collect()
}

/// The estimators that the options name.
pub(super) fn chosen(options: &Options) -> Result<Vec<Method>, Failure> {
    let mut specs: Vec<(&'static EstimatorSpec, bool)> = Vec::new();
    let mut unknown = Vec::new();
    for name in &options.methods {
        match EstimatorSpec::named(name) {
            Some(spec) if specs.iter().any(|(known, _)| known.name == spec.name) => {}
            Some(spec) => specs.push((spec, true)),
            None => {
                let hint = nearest_hint(name, ESTIMATORS.iter().map(|spec| spec.name));
                unknown.push(format!("no method \"{name}\"{hint}"));
            }
        }
    }
    if !unknown.is_empty() {
        let text = format!("{}; `contention analyze --list` shows all", unknown.join("; "));
        return Err(Failure::Usage(text));
    }
    if options.all {
        for spec in ESTIMATORS {
            if specs.iter().all(|(known, _)| known.name != spec.name) {
                specs.push((spec, false));
            }
        }
    }
    if specs.is_empty() {
        let text = "name a method by --method, or --all; `contention analyze --list` shows what each needs";
        return Err(Failure::Usage(text.to_owned()));
    }
    built(&specs, &options.settings)
}

fn built(specs: &[(&'static EstimatorSpec, bool)], texts: &[String]) -> Result<Vec<Method>, Failure> {
    let known: Vec<Vec<String>> =
        specs.iter().map(|(spec, _)| settings_of(spec).into_iter().map(|(key, _)| key).collect()).collect();
    let mut problems = Vec::new();
    let mut own: Vec<Vec<(String, Place)>> = specs.iter().map(|_| Vec::new()).collect();
    for text in texts {
        let place = Place::Argument(format!("--option {text}"));
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        let (method, key) = match key.trim().split_once('.') {
            Some((method, key)) => (Some(method), key),
            None => (None, key.trim()),
        };
        let mut found = false;
        for (at, (spec, _)) in specs.iter().enumerate() {
            if method.is_none_or(|name| name == spec.name) && known[at].iter().any(|known| known == key) {
                own[at].push((format!("{key}={value}"), place.clone()));
                found = true;
            }
        }
        if !found {
            problems.push(unknown_setting(specs, &known, method, key, place));
        }
    }
    let mut methods = Vec::new();
    for ((spec, by_name), texts) in specs.iter().zip(&own) {
        let Ok(mut document) = Document::preset(spec.name, "") else { unreachable!("nothing is TOML") };
        for (text, place) in texts {
            problems.extend(document.set_at(text, place.clone()).err());
        }
        let reader = Reader::default();
        let estimator = (spec.build)(&Section::root(&reader, document.root));
        problems.extend(reader.problems().0);
        let estimator = NamedEstimator {
            name: spec.name.to_owned(),
            spec,
            estimator,
            units: spec.units,
            designs: Vec::new(),
            metrics: Vec::new(),
        };
        methods.push(Method { estimator, by_name: *by_name });
    }
    if problems.is_empty() { Ok(methods) } else { Err(Failure::Invalid(Problems(problems))) }
}

fn unknown_setting(
    specs: &[(&'static EstimatorSpec, bool)],
    known: &[Vec<String>],
    method: Option<&str>,
    key: &str,
    place: Place,
) -> Problem {
    let named = specs.iter().position(|(spec, _)| Some(spec.name) == method);
    let mut keys: Vec<&str> = match named {
        Some(at) => known[at].iter().map(String::as_str).collect(),
        None => known.iter().flatten().map(String::as_str).collect(),
    };
    keys.sort_unstable();
    keys.dedup();
    let allowed = match (method, named) {
        (Some(method), None) => {
            let names = specs.iter().map(|(spec, _)| spec.name);
            let hint = nearest_hint(method, names.clone());
            format!("one of the chosen methods {}{hint}", names.collect::<Vec<_>>().join(", "))
        }
        _ if keys.is_empty() => "no settings: the chosen methods have none".to_owned(),
        _ => format!("the settings {}{}", keys.join(", "), nearest_hint(key, keys.iter().copied())),
    };
    Problem { place, path: key.to_owned(), found: "an unknown setting".to_owned(), allowed }
}
