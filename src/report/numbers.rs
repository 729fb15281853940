//! Numbers and names as text: all digits for machines, few digits for people.

use crate::readout::verdict;
use crate::stats::Measure;

/// A table cell: the shortest digits that read back as the same number, always with a decimal point or an exponent, so that
/// whoever reads a column by its first rows takes it for numbers and not for whole numbers; empty where there is no number.
///
/// Very small and very large numbers get an exponent, since a p-value of 1e-300 has 302 characters without.
pub(crate) fn cell(value: f64) -> String {
    // Adding zero turns -0 into 0.
    if value.is_nan() { String::new() } else { format!("{:?}", value + 0.0) }
}

/// As [`cell`], empty for nothing.
pub(crate) fn optional_cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, cell)
}

/// Three significant digits, with an exponent outside everyday sizes.
pub(crate) fn short(value: f64) -> String {
    let value = value + 0.0;
    let size = value.abs();
    if value.is_nan() {
        "unknown".to_owned()
    } else if value.is_finite() && value != 0.0 && !(1e-3..1e6).contains(&size) {
        format!("{value:.2e}")
    } else {
        verdict::short(value)
    }
}

/// As [`short`], always with its sign.
pub(crate) fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", short(value)) } else { short(value) }
}

/// A value and its error, both to the second digit of the error: `-12.3 ± 4.5`. No error is shown as none.
pub(crate) fn with_error(measure: Measure) -> String {
    let Measure { value, mcse } = measure;
    if mcse == 0.0 || !mcse.is_finite() || !value.is_finite() {
        return short(value);
    }
    let larger = value.abs().max(mcse);
    if !(1e-3..1e6).contains(&larger) {
        let exponent = magnitude(larger);
        let scale = libm::pow(10.0, f64::from(exponent));
        let decimals = digits_after_point(mcse / scale);
        return format!("({:.decimals$} ± {:.decimals$})e{exponent}", value / scale + 0.0, mcse / scale);
    }
    let decimals = digits_after_point(mcse);
    format!("{value:.decimals$} ± {mcse:.decimals$}")
}

/// As [`with_error`], always with the sign of the value.
pub(crate) fn signed_with_error(measure: Measure) -> String {
    let text = with_error(measure);
    if measure.value > 0.0 && !text.starts_with('(') { format!("+{text}") } else { text }
}

/// A share and its error in percent: `93 ± 3 %`.
pub(crate) fn percent(share: Measure) -> String {
    let (value, error) = (100.0 * share.value, 100.0 * share.mcse);
    if error == 0.0 {
        return format!("{value:.0} %");
    }
    // Never rounds an error to nothing.
    if error < 0.5 {
        format!("{value:.1} ± {:.1} %", error.max(0.1))
    } else {
        format!("{value:.0} ± {error:.0} %")
    }
}

/// How many there are: `40`, or `35 of 40` where some are missing.
pub(crate) fn out_of(known: usize, asked: usize) -> String {
    if known == asked { asked.to_string() } else { format!("{known} of {asked}") }
}

/// A count an hour: whole numbers stay whole.
pub(super) fn per_hour(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { short(value) }
}

fn magnitude(value: f64) -> i32 {
    libm::floor(libm::log10(value)) as i32
}

fn digits_after_point(error: f64) -> usize {
    // An error far below its value would print digits that nobody reads.
    (1 - magnitude(error)).clamp(0, 6) as usize
}

/// A name that cannot harm a terminal or an XML document: control characters become replacement characters.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// `kv_exhaustion` as words.
pub(super) fn words(name: &str) -> String {
    plain(&name.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_read_back_as_the_same_number() {
        for value in [0.1, -3.0, 1e-300, 1e22, 1.0 / 3.0, f64::INFINITY] {
            assert_eq!(cell(value).parse::<f64>().unwrap(), value);
            assert!(cell(value).len() < 25);
        }
        assert_eq!((cell(f64::NAN).as_str(), cell(-0.0).as_str()), ("", "0.0"));
        assert_eq!((cell(12.0).as_str(), cell(1e16).as_str(), cell(1e-6).as_str()), ("12.0", "1e16", "1e-6"));
    }

    #[test]
    fn a_value_is_rounded_to_its_error() {
        let text = |value, mcse| with_error(Measure { value, mcse });
        assert_eq!(text(-12.345, 4.51), "-12.3 ± 4.5");
        assert_eq!(text(1234.5, 67.8), "1234 ± 68");
        assert_eq!(text(5.0, 0.0), "5.00");
        assert_eq!(text(1.234e-6, 1.2e-8), "(1.234 ± 0.012)e-6");
        assert_eq!(signed_with_error(Measure { value: 2.0, mcse: 0.25 }), "+2.00 ± 0.25");
        assert_eq!(percent(Measure { value: 1.0, mcse: 0.0001 }), "100.0 ± 0.1 %");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\n"), "a\u{fffd}[31mb\u{fffd}");
    }
}
