//! Which options of every verb a call takes: one table, so that an option works or is refused and is never ignored.
//!
//! `--json` works for every call. So do `--quiet` and `--jobs`: a call without progress prints none, and one that needs a single thread
//! never takes more than it was allowed.

use super::{Failure, Global, Verb};

/// What `--out` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Out {
    /// A file or a folder that the verb writes by itself.
    Own,
    /// A file for the document that would be printed.
    Document,
    /// Nothing: what to do instead.
    Refused(&'static str),
}

/// What a call takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Takes {
    /// The verb, with the options that make it another call.
    pub call: &'static str,
    /// What `--out` names.
    pub out: Out,
    /// Whether `--seed` changes what it does.
    pub seed: bool,
    /// Whether `--set` does.
    pub set: bool,
}

const fn takes(call: &'static str, out: Out, seed: bool, set: bool) -> Takes {
    Takes { call, out, seed, set }
}

const IN_PLACE: Out = Out::Refused("the run is written where it is");

/// Every call, in the order of the verbs.
pub(super) const TAKES: &[Takes] = &[
    takes("run", Out::Own, true, true),
    // A directory keeps every setting of its run.
    takes("run --resume DIRECTORY", IN_PLACE, false, false),
    takes("run --grow", IN_PLACE, false, false),
    takes("new", Out::Refused("it writes NAME.toml in the working directory"), false, false),
    takes("list", Out::Document, false, false),
    takes("check", Out::Document, true, true),
    takes("explain", Out::Document, true, true),
    takes("explain CODE", Out::Document, false, false),
    takes("sweep", Out::Own, true, true),
    takes("power", Out::Own, true, true),
    takes("report", Out::Own, false, false),
    takes("compare", Out::Own, false, false),
    takes("simulate", Out::Document, true, true),
    takes("truth", Out::Document, true, true),
    takes("analyze", Out::Own, false, false),
    takes("score", Out::Own, false, false),
    takes("verify", Out::Document, true, false),
    takes("verify --swarm", Out::Document, true, false),
    takes("verify --measured", Out::Own, true, true),
    takes("schema", Out::Document, false, false),
    takes("completions", Out::Document, false, false),
    takes("man", Out::Own, false, false),
];

impl Takes {
    /// What the call of this verb takes.
    pub(super) fn of(verb: &Verb) -> Self {
        let call = match verb {
            Verb::Run(options) => options.call(),
            Verb::New(_) => "new",
            Verb::List(_) => "list",
            Verb::Check(_) => "check",
            Verb::Explain(options) => options.call(),
            Verb::Sweep(_) => "sweep",
            Verb::Power(_) => "power",
            Verb::Report(_) => "report",
            Verb::Compare(_) => "compare",
            Verb::Simulate(_) => "simulate",
            Verb::Truth(_) => "truth",
            Verb::Analyze(_) => "analyze",
            Verb::Score(_) => "score",
            Verb::Verify(options) => options.call(),
            Verb::Schema => "schema",
            Verb::Completions(_) => "completions",
            Verb::Man => "man",
        };
        let found = TAKES.iter().find(|takes| takes.call == call);
        found.copied().unwrap_or(takes("", Out::Refused("it is not known"), false, false))
    }

    /// Refuse what would be ignored.
    ///
    /// # Errors
    /// Which option the call does not take, and why.
    pub(super) fn check(&self, global: &Global) -> Result<(), Failure> {
        let call = self.call;
        if let (Some(_), Out::Refused(why)) = (&global.out, self.out) {
            return Err(Failure::Usage(format!("`{call}` takes no --out: {why}")));
        }
        let keeps = "it keeps every setting of the run";
        let why = match call {
            "run --resume DIRECTORY" | "run --grow" | "report" | "compare" => keeps,
            "verify" | "verify --swarm" => "it brings its own scenarios",
            "analyze" => {
                "a method's settings are given with --option, and its draws do not depend on a seed of the call"
            }
            _ => "it reads no scenario",
        };
        for (given, taken, option) in
            [(global.seed.is_some(), self.seed, "--seed"), (!global.overrides.is_empty(), self.set, "--set")]
        {
            if given && !taken {
                return Err(Failure::Usage(format!("`{call}` takes no {option}: {why}; leave out {option}")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_verb_has_a_row_and_every_row_a_verb() {
        let command = super::super::Command::command();
        let verbs: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        for verb in &verbs {
            assert!(TAKES.iter().any(|takes| takes.call == *verb), "no row of {verb}");
        }
        for takes in TAKES {
            let verb = takes.call.split(' ').next().unwrap_or_default();
            assert!(verbs.contains(&verb), "{}", takes.call);
        }
    }
}
