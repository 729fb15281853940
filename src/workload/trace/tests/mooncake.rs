use super::*;

#[test]
fn milliseconds_become_picoseconds_since_the_first_row() {
    let text = r#"{"timestamp": 3000, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, 2]}

{"output_length": 3, "input_length": 6760, "timestamp": 6000}"#;
    assert_eq!(
        rows(TraceFormat::Mooncake, text),
        [request(0, 6_758, 500), request(3_000_000_000_000, 6_760, 3)]
    );
}

#[test]
fn broken_lines_are_named_with_line_and_key() {
    let good = r#"{"timestamp": 3000, "input_length": 10, "output_length": 5}"#;
    let tokens = "allowed: a whole number of tokens, at least 1";
    let object = "allowed: a JSON object with timestamp (ms), input_length and output_length";
    let cases = [
        (r#"{"timestamp": 3000, "input_length": 10}"#, format!(", column output_length: found nothing, {tokens}")),
        (
            r#"{"timestamp": 3000, "input_length": 0, "output_length": 5}"#,
            format!(", column input_length: found `0`, {tokens}"),
        ),
        (
            r#"{"timestamp": 3000, "input_length": "10", "output_length": 5}"#,
            format!(", column input_length: found `\"10\"`, {tokens}"),
        ),
        (
            r#"{"timestamp": 3000, "input_length": 10, "output_length": 5.5}"#,
            format!(", column output_length: found `5.5`, {tokens}"),
        ),
        (
            r#"{"timestamp": null, "input_length": 10, "output_length": 5}"#,
            ", column timestamp: found nothing, allowed: a whole number of milliseconds".into(),
        ),
        (
            r#"{"timestamp": 2999, "input_length": 10, "output_length": 5}"#,
            ", column timestamp: found `2999`, allowed: a time not before the row above: sort the file by time"
                .into(),
        ),
        (
            r#"{"timestamp": 18446744073709551615, "input_length": 10, "output_length": 5}"#,
            ", column timestamp: found `18446744073709551615`, allowed: a time within 213 days of the first row \
             (64 bits of picoseconds)"
                .into(),
        ),
        (r#"{"timestamp": 3000,"#, format!(": found `{{\"timestamp\": 3000,`, {object}")),
        ("[3000, 10, 5]", format!(": found `[3000, 10, 5]`, {object}")),
    ];
    for (row, expected) in cases {
        let found = problems(TraceFormat::Mooncake, &format!("{good}\n\n{row}\n"));
        assert_eq!(found, [format!("line 3{expected}")], "{row}");
    }
}

#[test]
fn a_long_line_is_quoted_only_in_part() {
    let found = problems(TraceFormat::Mooncake, &"x".repeat(500));
    assert!(found[0].contains(&format!("`{}...`", "x".repeat(60))), "{found:?}");
}

#[test]
fn an_empty_file_is_a_problem() {
    for text in ["", "\n"] {
        let found = problems(TraceFormat::Mooncake, text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("line 1: found nothing"), "{found:?}");
    }
}
