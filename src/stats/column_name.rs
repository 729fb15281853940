//! The name of a regression column, small enough to be copied into a reason ([`super::NotEstimable`]).

use std::fmt;

const CAPACITY: usize = 30;

/// Up to 30 bytes of a column's name; a longer name is cut at a character. For messages, not for look-ups.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ColumnName {
    bytes: [u8; CAPACITY],
    len: u8,
}

impl ColumnName {
    /// The beginning of `name`.
    #[must_use]
    pub const fn new(name: &str) -> Self {
        let source = name.as_bytes();
        let mut len = if source.len() < CAPACITY { source.len() } else { CAPACITY };
        // A byte 10xxxxxx continues a character: do not cut before one.
        while len < source.len() && source[len] & 0b1100_0000 == 0b1000_0000 {
            len -= 1;
        }
        let mut bytes = [0; CAPACITY];
        let mut at = 0;
        while at < len {
            bytes[at] = source[at];
            at += 1;
        }
        Self { bytes, len: len as u8 }
    }

    /// The name, or its beginning.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for ColumnName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_kept_and_long_ones_are_cut_at_a_character() {
        assert_eq!(ColumnName::new("hour_of_day").as_str(), "hour_of_day");
        assert_eq!(ColumnName::new("").to_string(), "");
        assert_eq!(ColumnName::new(&"a".repeat(40)).as_str(), "a".repeat(30));
        // 29 letters and a character of two bytes that straddles the end.
        assert_eq!(ColumnName::new(&format!("{}é", "a".repeat(29))).as_str(), "a".repeat(29));
        assert_eq!(format!("{:?}", ColumnName::new("x")), "\"x\"");
    }
}
