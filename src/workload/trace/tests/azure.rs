use super::*;

const HEADER: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\n";

fn broken(rows: &str) -> Vec<String> {
    problems(TraceFormat::Azure, &format!("{HEADER}{rows}"))
}

#[test]
fn arrivals_are_exact_picoseconds_since_the_first_row() {
    let text = "2023-11-16 23:59:59.9799600,4808,10\n2023-11-17 00:00:00.0319601,3180,8";
    let found = rows(TraceFormat::Azure, &format!("{HEADER}{text}"));
    assert_eq!(found, [request(0, 4_808, 10), request(52_000_100_000, 3_180, 8)]);
}

#[test]
fn column_order_line_ends_and_blank_lines_do_not_matter() {
    let text = "\u{feff}GeneratedTokens,Extra,TIMESTAMP,ContextTokens\r\n\r\n\
                10,x,2023-11-16 18:17:03.98,4808\r\n8,y,2023-11-16 18:17:03.98,\"3180\"\r\n\r\n";
    assert_eq!(rows(TraceFormat::Azure, text), [request(0, 4_808, 10), request(0, 3_180, 8)]);
}

#[test]
fn a_bad_value_is_named_with_its_line_and_column() {
    let good = "2023-11-16 18:17:03.9799600,4808,10\n";
    assert_eq!(
        broken(&format!("{good}{good}\n\n2023-11-16 18:17:04.0,3180,abc\n{good}")),
        [
            "line 6, column GeneratedTokens: found `abc`, allowed: a whole number of tokens, at least 1",
            "line 7, column TIMESTAMP: found `2023-11-16 18:17:03.9799600`, allowed: a time not before the \
             row above: sort the file by time",
        ]
    );
    for (cell, shown) in [("0", "`0`"), ("-1", "`-1`"), ("+1", "`+1`"), ("1.0", "`1.0`"), ("", "nothing")] {
        let found = broken(&format!("{good}2023-11-16 18:17:04,{cell},5"));
        let expected = "allowed: a whole number of tokens, at least 1";
        assert_eq!(found, [format!("line 3, column ContextTokens: found {shown}, {expected}")]);
    }
    assert!(broken("2023-11-16 18:17:04,1,4294967296\n")[0].contains("4294967296"));
}

#[test]
fn every_bad_value_of_a_row_is_named() {
    assert_eq!(
        broken("16.11.2023,none,0\n"),
        [
            "line 2, column TIMESTAMP: found `16.11.2023`, allowed: a UTC time such as \
             2023-11-16 18:17:03.9799600",
            "line 2, column ContextTokens: found `none`, allowed: a whole number of tokens, at least 1",
            "line 2, column GeneratedTokens: found `0`, allowed: a whole number of tokens, at least 1",
        ]
    );
}

#[test]
fn rows_too_short_or_too_long_are_problems() {
    let text = "2023-11-16 18:17:03,1\n2023-11-16 18:17:03,1,024,5";
    let allowed = "allowed: 3 fields, as in the header";
    let expected =
        [format!("line 2: found `2 fields`, {allowed}"), format!("line 3: found `4 fields`, {allowed}")];
    assert_eq!(broken(text), expected);
}

#[test]
fn a_trace_longer_than_the_clock_is_a_problem() {
    let found = broken("2023-01-01 00:00:00,1,1\n2023-12-31 00:00:00,1,1\n");
    assert!(
        found[0].ends_with("a time within 213 days of the first row (64 bits of picoseconds)"),
        "{found:?}"
    );
}

#[test]
fn missing_columns_are_all_named() {
    let found = problems(TraceFormat::Azure, "TIMESTAMP,Tokens,Tokens\n2023-11-16 18:17:03,1,1\n");
    let of = |name: &str| format!("line 1, column {name}: found nothing, allowed: this column in the header");
    assert_eq!(found, [of("ContextTokens"), of("GeneratedTokens")]);
    let twice = problems(TraceFormat::Azure, "TIMESTAMP,ContextTokens,ContextTokens,GeneratedTokens\n");
    assert_eq!(twice, ["line 1, column ContextTokens: found `two such columns`, allowed: one"]);
}

#[test]
fn a_file_without_requests_is_a_problem() {
    let header = "found nothing, allowed: a header with TIMESTAMP,ContextTokens,GeneratedTokens";
    assert_eq!(problems(TraceFormat::Azure, ""), [format!("line 1: {header}")]);
    assert_eq!(broken(""), ["line 2: found nothing, allowed: at least one request below the header"]);
}
