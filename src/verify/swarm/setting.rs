//! Settings of a policy as the scenario resolved them.

use crate::policy::{Axis, Policy};
use crate::settings::quantity::Unit;
use crate::units::Span;

fn setting<'a>(policy: &'a Policy, axis: Axis, key: &str) -> Option<&'a toml::Value> {
    policy.settings(axis).iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// A name.
pub(super) fn kind<'a>(policy: &'a Policy, axis: Axis, key: &str) -> Option<&'a str> {
    setting(policy, axis, key).and_then(toml::Value::as_str)
}

/// A whole number; 0 where there is none.
pub(super) fn whole(policy: &Policy, axis: Axis, key: &str) -> u32 {
    setting(policy, axis, key).and_then(toml::Value::as_integer).unwrap_or(0) as u32
}

/// A length of time as a value.
pub(super) fn span(value: &toml::Value) -> Span {
    let seconds = value.as_str().and_then(|text| Unit::Duration.parse(text));
    Span::from_seconds(seconds.unwrap_or(0.0))
}

/// A length of time; none where there is none.
pub(super) fn age(policy: &Policy, axis: Axis, key: &str) -> Span {
    setting(policy, axis, key).map_or(Span::ZERO, span)
}
