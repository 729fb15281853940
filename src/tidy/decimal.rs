//! Numbers as they are written, compared exactly: no digit of a long identifier is lost in a double.

use std::cmp::Ordering;

/// A number in decimal digits: 0.`digits` · 10^`point`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: Box<str>,
    /// Where the decimal point stands, counted from the first digit.
    point: i64,
}

/// Exponents beyond this are no numbers that anybody writes.
const LARGEST_EXPONENT: i64 = 100_000;

impl Decimal {
    /// The number that a text says: a sign, digits with or without a point, and an exponent, of which only digits are needed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                (mantissa, exponent.parse::<i64>().ok().filter(|e| e.abs() <= LARGEST_EXPONENT)?)
            }
            None => (rest, 0),
        };
        let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (before.is_empty() && after.is_empty()) || !is_digits(before) || !is_digits(after) {
            return None;
        }
        let all = format!("{before}{after}");
        let from_first = all.trim_start_matches('0');
        let digits: Box<str> = from_first.trim_end_matches('0').into();
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits, point: 0 });
        }
        let zeros = (all.len() - from_first.len()) as i64;
        Some(Self { is_negative, digits, point: before.len() as i64 - zeros + exponent })
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = || self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits));
        self.sign().cmp(&other.sign()).then_with(|| match self.sign() {
            -1 => size().reverse(),
            0 => Ordering::Equal,
            _ => size(),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    #[test]
    fn the_order_is_that_of_the_values() {
        let sorted = [
            "-1e3",
            "-20",
            "-3",
            "-0.5",
            "-0.05",
            "0",
            "0.0049",
            "0.005",
            ".05",
            "1",
            "1.5",
            "9.99",
            "10",
            "1e2",
            "9223372036854775806",
            "9223372036854775807",
            "1e30",
        ];
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                assert_eq!(number(a).cmp(&number(b)), at.cmp(&other), "{a} and {b}");
            }
        }
    }

    #[test]
    fn one_value_has_one_form() {
        for texts in [["7", "07", "7.0", "+7", "0.7e1", "70E-1"], ["0", "-0", "0.00", "000", "0e5", "+.0"]] {
            assert!(texts.iter().all(|text| number(text) == number(texts[0])), "{texts:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".", "1.2.3", "1e", "e5", "inf", "nan", "0x10", "1_000", "1,5", "--1", "1e+-2",
            "1e999999",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
