//! What a mistyped call may have meant: the parser's own guesses are replaced by those of the one function that decides what
//! resembles.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::Command;
use crate::scenario::grammar;
use crate::settings::Segment;
use crate::settings::grammar::written;
use crate::settings::problem::nearest;

/// The error with the hint that is right, or with none. `words` are the call's, without the program.
pub(super) fn with_hints(mut error: Error, words: &[String]) -> Error {
    let text = |error: &Error, kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let mut command = Command::command();
    command.build();
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let Some(given) = text(&error, ContextKind::InvalidSubcommand) else { return error };
            let verbs = command.get_subcommands().map(clap::Command::get_name);
            error.remove(ContextKind::SuggestedSubcommand);
            if let Some(verb) = nearest(&given, verbs) {
                let value = ContextValue::Strings(vec![verb.to_owned()]);
                error.insert(ContextKind::SuggestedSubcommand, value);
            }
        }
        ErrorKind::UnknownArgument => {
            let Some(given) = text(&error, ContextKind::InvalidArg) else { return error };
            let Some(name) = given.strip_prefix("--") else { return error };
            error.remove(ContextKind::SuggestedArg);
            // The parser's own usage is that of its guess.
            let of_verb = words.iter().find_map(|word| command.find_subcommand(word)).cloned();
            let usage = of_verb.unwrap_or_else(|| command.clone()).render_usage();
            error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
            let verb = words.iter().find_map(|word| command.find_subcommand(word));
            let takes_settings = verb.is_none_or(|verb| {
                let takes = super::options::TAKES.iter().find(|takes| takes.call == verb.get_name());
                takes.is_some_and(|takes| takes.set)
            });
            if let Some(path) = key_of_a_scenario(name).filter(|_| takes_settings) {
                let value = value_of(&given, words).unwrap_or_else(|| "VALUE".to_owned());
                let tip = format!("a scenario's key is set with `--set {path}={value}`");
                error.remove(ContextKind::Suggested);
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
                return error;
            }
            let of_verb = verb.into_iter().flat_map(clap::Command::get_arguments);
            let names: Vec<&str> =
                command.get_arguments().chain(of_verb).filter_map(clap::Arg::get_long).collect();
            if let Some(option) = nearest(name, names.into_iter()) {
                error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--{option}")));
            }
        }
        _ => {}
    }
    error
}

/// The path of the one key of a scenario with this name that needs no name of the user's.
fn key_of_a_scenario(option: &str) -> Option<String> {
    let key = option.replace('-', "_");
    let grammar = grammar();
    let plain = |path: &[Segment]| path.iter().all(|segment| matches!(segment, Segment::Key(_)));
    let mut paths: Vec<String> = grammar
        .entries
        .iter()
        .filter(|entry| entry.path.len() > 1 && entry.key() == key && plain(&entry.path))
        .map(|entry| written(&entry.path))
        .collect();
    paths.dedup();
    match paths.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// What was given to an option that there is not.
fn value_of(option: &str, words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| word.split('=').next() == Some(option))?;
    match words[at].split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None => words.get(at + 1).filter(|word| !word.starts_with('-')).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn said(call: &str) -> String {
        let words: Vec<String> = call.split(' ').map(str::to_owned).collect();
        let parsed = Command::try_parse_from(std::iter::once("contention".to_owned()).chain(words.clone()));
        with_hints(parsed.unwrap_err(), &words).to_string()
    }

    #[test]
    fn a_mistyped_call_gets_the_hint_that_is_right_or_none() {
        assert!(said("rn").contains("'run'"), "{}", said("rn"));
        assert!(said("run --replications 5").contains("--set study.replications=5`"));
        assert!(!said("run --replications 5").contains("--max-replications"));
        assert!(said("run --replications=7 quickstart").contains("--set study.replications=7`"));
        assert!(said("run --resme").contains("'--resume'"), "{}", said("run --resme"));
        assert!(!said("frobnicate").contains("tip"), "{}", said("frobnicate"));
        assert!(!said("list --wibble").contains("similar"), "{}", said("list --wibble"));
    }
}
