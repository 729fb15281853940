//! What every family of policies has in common: a name, a sentence, a scope and a way to be built.

use crate::settings::Section;

/// The finest unit at which two values of an axis can stand side by side. Ordered from fine to coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Two requests of the same user may be decided differently.
    Request,
    /// State belongs to a user: all requests of a user need the same rule.
    User,
    /// State belongs to the hardware of a cluster: all that meets there needs the same rule.
    Cluster,
}

impl Scope {
    /// The scope in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::User => "user",
            Self::Cluster => "cluster",
        }
    }
}

/// One entry of a family's list.
#[derive(Clone, Copy, Debug)]
pub struct Spec<T: ?Sized + 'static> {
    /// The `kind` in a scenario.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Reads its own settings; problems go to the section's reader.
    pub build: fn(&Section<'_>) -> Box<T>,
}

/// Build the member that the section's `kind` names; `default` when the section names none.
pub fn build<T: ?Sized>(section: &Section<'_>, default: &'static str, specs: &[Spec<T>]) -> Option<Box<T>> {
    let choices: Vec<(&'static str, usize)> =
        specs.iter().enumerate().map(|(at, spec)| (spec.name, at)).collect();
    let at = section.choice("kind", Some(default), &choices)?;
    section.about(specs[at].about);
    let built = (specs[at].build)(section);
    section.finish();
    Some(built)
}
