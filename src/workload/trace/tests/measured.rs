use super::*;

const HEADER: &str = "prompt_tokens,output_tokens,queued_s,scheduled_s,first_token_s,last_token_s\n";

fn read(text: &str) -> Vec<MeasuredRequest> {
    read_measured(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

#[test]
fn rows_and_columns_may_stand_in_any_order_and_the_run_starts_at_its_first_arrival() {
    let text = "model,last_token_s,first_token_s,queued_s,output_tokens,prompt_tokens\n\
                a,1700000009.5,1700000003,1700000002.25,14,200\n\
                b,1.700000001e9,1.700000001e9,1700000000,1,100\n\
                c,1700000003,1700000003,1700000002.25,1,300\n";
    let run = read(text);
    let rows: Vec<TraceRow> = run.iter().map(|measured| measured.request.clone()).collect();
    let late = 2_250_000_000_000;
    assert_eq!(rows, [request(0, 100, 1), request(late, 200, 14), request(late, 300, 1)]);
    assert_eq!((run[1].ttft_s, run[1].end_to_end_s, run[1].queue_wait_s), (0.75, 7.25, None));
    assert_eq!(super::rows(TraceFormat::Measured, text), rows);
}

#[test]
fn the_wait_in_the_queue_is_known_where_the_server_wrote_it_down() {
    let run = read(&format!("{HEADER}100,5,1,1.25,1.5,3\n"));
    assert_eq!((run[0].queue_wait_s, run[0].ttft_s, run[0].end_to_end_s), (Some(0.25), 0.5, 2.0));
}

#[test]
fn broken_cells_are_named_with_line_and_column() {
    let cases = [
        ("0,5,1,1,2,3", "prompt_tokens: found `0`, allowed: a whole number of tokens, at least 1"),
        ("9,0,1,1,2,3", "output_tokens: found `0`, allowed: a whole number of tokens, at least 1"),
        ("9,1.5,1,1,2,3", "output_tokens: found `1.5`, allowed: a whole number of tokens"),
        ("9,5,-1,1,2,3", "queued_s: found `-1`, allowed: a number of seconds, 0 or more"),
        ("9,5,1,1,inf,inf", "first_token_s: found `inf`, allowed: a number of seconds"),
        ("9,5,1,1,2,", "last_token_s: found nothing, allowed: a number of seconds"),
        ("9,5,1,1,2,1.9", "last_token_s: found `1.9`, allowed: a time not before first_token_s (2)"),
        ("9,5,1,1,0.9,3", "first_token_s: found `0.9`, allowed: a time not before queued_s (1)"),
        ("9,5,1,0.5,2,3", "scheduled_s: found `0.5`, allowed: a time not before queued_s (1)"),
        ("9,5,1,2.5,2,3", "first_token_s: found `2`, allowed: a time not before scheduled_s (2.5)"),
        ("9,5,1,,2,3", "scheduled_s: found nothing, allowed: a number of seconds"),
        ("9,5,2e7,2e7,2e7,2e7", "queued_s: found `20000000`, allowed: a time within 200 days of the first"),
    ];
    for (row, expected) in cases {
        let found = problems(TraceFormat::Measured, &format!("{HEADER}7,7,0,0,1,2\n{row}\n"));
        assert!(found[0].starts_with(&format!("line 3, column {expected}")), "{row}: {found:?}");
    }
}

#[test]
fn every_missing_column_is_named() {
    let found = problems(TraceFormat::Measured, "queued_s,first_token_s,output_tokens\n1,2,3\n");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("line 1, column prompt_tokens: found nothing"));
    assert!(problems(TraceFormat::Measured, HEADER)[0].contains("at least one request below the header"));
}
