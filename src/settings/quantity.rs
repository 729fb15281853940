//! Human quantities: numbers with a unit, as people write them.

use crate::units::Span;

/// Kinds of quantity that a scenario may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A length of time, in seconds.
    Duration,
    /// Events in a second.
    Rate,
    /// Dollars in an hour.
    DollarsPerHour,
}

impl Unit {
    /// What to write, with examples.
    #[must_use]
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::Duration => "a duration such as \"30 min\" (ps, ns, us, ms, s, min, h, d)",
            Self::Rate => "a rate such as \"40/s\" (/s, /min, /h)",
            Self::DollarsPerHour => "a price such as \"$3.00/h\"",
        }
    }

    /// The number in the unit's base (seconds, 1/s, dollars per hour), or `None` when it cannot be read so.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<f64> {
        let text = text.trim();
        let (number, suffix) = match self {
            Self::DollarsPerHour => {
                let price: f64 = text.strip_prefix('$')?.strip_suffix("/h")?.trim().parse().ok()?;
                return Some(price).filter(|price| price.is_finite());
            }
            Self::Rate => text.split_once('/').map(|(number, per)| (number, per.trim()))?,
            Self::Duration => {
                let end = text.find(|c: char| c.is_alphabetic() || c == 'µ')?;
                (&text[..end], &text[end..])
            }
        };
        let number: f64 = number.trim().parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
        let seconds = match suffix {
            "ps" => 1e-12,
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        Some(match self {
            Self::Rate => number / seconds,
            _ => number * seconds,
        })
    }
}

/// A duration as a person would write it, exact to the picosecond.
#[must_use]
pub fn display_span(span: Span) -> String {
    const UNITS: [(&str, u64); 7] = [
        ("h", 3_600_000_000_000_000),
        ("min", 60_000_000_000_000),
        ("s", 1_000_000_000_000),
        ("ms", 1_000_000_000),
        ("us", 1_000_000),
        ("ns", 1_000),
        ("ps", 1),
    ];
    if span.0 == 0 {
        return "0 s".to_owned();
    }
    let exact = UNITS.iter().find(|(_, ps)| span.0.is_multiple_of(*ps));
    exact.map_or_else(String::new, |(name, ps)| format!("{} {name}", span.0 / ps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_quantities_in_many_units() {
        assert_eq!(Unit::Duration.parse("30 min"), Some(1800.0));
        assert_eq!(Unit::Duration.parse("250ms"), Some(0.25));
        assert_eq!(Unit::Rate.parse("120/min"), Some(2.0));
        assert_eq!(Unit::DollarsPerHour.parse("$3.00/h"), Some(3.0));
        assert_eq!(Unit::Duration.parse("30"), None);
        assert_eq!(Unit::Duration.parse("-1 s"), None);
        assert_eq!(Unit::Rate.parse("40"), None);
        assert_eq!(display_span(Span::from_seconds(90.0)), "90 s");
        assert_eq!(display_span(Span::from_seconds(7200.0)), "2 h");
    }
}
