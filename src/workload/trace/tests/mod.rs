//! Small fixtures for each format and each way a row can be broken, then the published files.

mod azure;
mod contention;
mod measured;
mod mooncake;
mod published;

use super::*;

fn rows(format: TraceFormat, text: &str) -> Vec<TraceRow> {
    read_trace(format, text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The problems of a broken file, as a user reads them.
fn problems(format: TraceFormat, text: &str) -> Vec<String> {
    match read_trace(format, text.as_bytes()) {
        Ok(rows) => panic!("accepted: {rows:?}"),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn request(arrival_ps: u64, prompt_tokens: u32, output_tokens: u32) -> TraceRow {
    TraceRow { arrival_ps, prompt_tokens, output_tokens, identity: None }
}

#[test]
fn every_format_is_detected_by_its_first_line_and_has_its_own_name() {
    let cases = [
        ("TIMESTAMP,ContextTokens,GeneratedTokens\r\n", Some(TraceFormat::Azure)),
        ("\u{feff}ContextTokens, TIMESTAMP, GeneratedTokens", Some(TraceFormat::Azure)),
        (
            r#"{"timestamp": 0, "input_length": 6, "output_length": 5, "hash_ids": [0]}"#,
            Some(TraceFormat::Mooncake),
        ),
        (
            "arrival_ps,user,ordinal,class,tier,region,prompt_tokens,output_tokens,replica",
            Some(TraceFormat::Contention),
        ),
        (
            "prompt_tokens,output_tokens,queued_s,scheduled_s,first_token_s,last_token_s",
            Some(TraceFormat::Measured),
        ),
        ("prompt_tokens,output_tokens,queued_s", None),
        ("Timestamp,Session ID,Elapsed time,Model,Request tokens", None),
        (r#"{"chat_id": 1, "timestamp": 0}"#, None),
        ("{", None),
        ("", None),
    ];
    for (line, format) in cases {
        assert_eq!(TraceFormat::detect(line), format, "{line}");
    }
    let names: Vec<_> = TraceFormat::all().iter().map(|format| format.name()).collect();
    assert_eq!(names, ["azure", "mooncake", "contention", "measured"]);
}

#[test]
fn no_more_than_twenty_problems_are_collected() {
    let mut text = String::from("TIMESTAMP,ContextTokens,GeneratedTokens\n");
    (0..100).for_each(|_| text.push_str("never,none,none\n"));
    let found = problems(TraceFormat::Azure, &text);
    assert_eq!(found.len(), MAX_PROBLEMS);
    assert!(found[19].starts_with("line 8, column "), "three a line, from line 2 on: {}", found[19]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_not_an_empty_trace() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    for &format in TraceFormat::all() {
        let problems = read_trace(format, std::io::BufReader::new(Broken)).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].to_string().contains("the disk is gone"), "{}", problems[0]);
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_a_problem_of_their_line() {
    let text = b"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,1,1\n2023-11-16 \xff,1,1\n";
    let problems = read_trace(TraceFormat::Azure, &text[..]).unwrap_err();
    assert_eq!((problems[0].line, problems[0].allowed.as_str()), (3, "UTF-8 text"));
}
