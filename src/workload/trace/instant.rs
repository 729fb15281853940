//! Wall-clock times as exact integers: no float, no time zone data base, no leap seconds.

/// Picoseconds of one second.
const SECOND_PS: i128 = 1_000_000_000_000;

/// Most decimals a second may have: picoseconds.
const MAX_DECIMALS: usize = 12;

/// What [`parse_utc`] accepts, for error messages.
pub(super) const ALLOWED: &str = "a UTC time such as 2023-11-16 18:17:03.9799600";

/// Picoseconds from 1970-01-01 00:00 UTC to `year-month-day hour:minute:second[.decimals]`, in the
/// proleptic Gregorian calendar. A `T` may stand between date and time, and `Z` or `+00:00` at the end
/// (the 2024 files of the same publisher have the latter). Seconds end at 59.
pub(super) fn parse_utc(text: &str) -> Option<i128> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let time = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00")).unwrap_or(time);
    let (clock, decimals) = match time.split_once('.') {
        Some((clock, decimals)) => (clock, fraction_ps(decimals)?),
        None => (time, 0),
    };
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(i128::from(seconds) * SECOND_PS + decimals)
}

/// Exactly three numbers of fixed widths.
fn fields(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width)?;
        *number = digits(part)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn fraction_ps(decimals: &str) -> Option<i128> {
    if decimals.len() > MAX_DECIMALS {
        return None;
    }
    let missing = (MAX_DECIMALS - decimals.len()) as u32;
    digits(decimals).map(|number| i128::from(number) * 10i128.pow(missing))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Day count of the proleptic Gregorian calendar, years that start in March, as in H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms" (`days_from_civil`), for years from 0 on.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let years = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_have_their_published_counts() {
        let cases = [
            ((1970, 1, 1), 0),
            ((2000, 3, 1), 11_017),
            ((2023, 11, 16), 19_677),
            ((1, 1, 1), -719_162),
            ((9999, 12, 31), 2_932_896),
        ];
        for ((year, month, day), days) in cases {
            assert_eq!(days_since_1970(year, month, day), days, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut expected = days_since_1970(1900, 1, 1);
        for year in 1900..2300 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(days_since_1970(year, month, day), expected, "{year}-{month}-{day}");
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn decimals_are_kept_exactly() {
        let at = |text: &str| parse_utc(text).unwrap();
        let midnight = at("2023-11-16 00:00:00");
        assert_eq!(at("2023-11-16 00:00:00.0000001") - midnight, 100_000);
        assert_eq!(at("2023-11-16T00:00:01.5Z") - midnight, 1_500_000_000_000);
        assert_eq!(at("2023-11-17 00:00:00.000001+00:00") - midnight, 86_400 * SECOND_PS + 1_000_000);
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-29 00:00:00",
            "2023-13-01 00:00:00",
            "2023-00-01 00:00:00",
            "2023-11-31 00:00:00",
            "2023-11-16 24:00:00",
            "2023-11-16 23:60:00",
            "2023-11-16 23:59:60",
            "2023-11-16",
            "",
            "2023-11-16 23:59",
            "2023-11-16 23:59:59.",
            "2023-11-16 23:59:59.1234567890123",
            "16.11.2023 23:59:59",
            "2023-11-16 23:59:59+01:00",
            "2023-11-16 -1:59:59",
            "2023-1-16 23:59:59",
        ] {
            assert_eq!(parse_utc(text), None, "{text}");
        }
        assert!(parse_utc("2024-02-29 23:59:59").is_some());
    }
}
