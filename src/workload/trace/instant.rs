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

/// Picoseconds from 1970-01-01 00:00 UTC to a time as ISO 8601 writes it: a date, with or without hours, minutes, seconds and
/// decimals, and with `Z` or an offset such as `+05:30` after these. Without either, the time is taken as it stands.
pub(crate) fn parse_time(text: &str) -> Option<i128> {
    let Some((date, time)) = text.split_once([' ', 'T']) else {
        return parse_utc(&format!("{text} 00:00:00"));
    };
    let zone = |time: &str| time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone(time));
    let offset_s = offset_seconds(zone)?;
    let seconds = if time.len() == 5 { ":00" } else { "" };
    Some(parse_utc(&format!("{date} {time}{seconds}"))? - i128::from(offset_s) * SECOND_PS)
}

/// How many seconds a zone is ahead of UTC: nothing, `Z`, or hours and minutes with a sign.
fn offset_seconds(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        None => return Some(0),
        Some(b'Z') => return (zone.len() == 1).then_some(0),
        Some(b'-') => -1,
        Some(_) => 1,
    };
    let clock = zone[1..].replace(':', "");
    let (hours, minutes) = match clock.len() {
        2 => (digits(&clock)?, 0),
        4 => (digits(clock.get(..2)?)?, digits(clock.get(2..)?)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
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
    fn offsets_dates_and_minutes_are_read_exactly() {
        let at = |text: &str| parse_time(text).unwrap();
        let ten = at("2024-01-05T10:00:00Z");
        for text in [
            "2024-01-05 10:00:00",
            "2024-01-05T10:00",
            "2024-01-05T11:30:00+01:30",
            "2024-01-05T05:00:00.000-0500",
            "2024-01-05 12:00+02",
        ] {
            assert_eq!(at(text), ten, "{text}");
        }
        assert_eq!(ten - at("2024-01-05"), 36_000 * SECOND_PS);
        assert_eq!(at("2024-01-05T10:00:00.000000000001Z") - ten, 1);
        for text in [
            "2024-01-05T10:00:00+1",
            "2024-01-05T10:00:00+25:00",
            "2024-01-05T",
            "2024",
            "10:00",
            "2024-13-05",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
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
