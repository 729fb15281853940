use super::*;

const HEADER: &str = "arrival_ps,user,ordinal,class,tier,region,prompt_tokens,output_tokens\n";

#[test]
fn our_log_keeps_its_clock_and_its_identities() {
    let text = format!("{HEADER}5000,7,0,chat,\"gold, old\",eu,100,20\n5000,8,3,code,free,us,200,1\n");
    let found = rows(TraceFormat::Contention, &text);
    let identity = |user, ordinal, class: &str, tier: &str, region: &str| {
        Some(Identity { user, ordinal, class: class.into(), tier: tier.into(), region: region.into() })
    };
    let first = TraceRow { identity: identity(7, 0, "chat", "gold, old", "eu"), ..request(5_000, 100, 20) };
    let second = TraceRow { identity: identity(8, 3, "code", "free", "us"), ..request(5_000, 200, 1) };
    assert_eq!(found, [first, second]);
}

#[test]
fn columns_are_found_by_name_and_others_are_ignored() {
    let text = "replica,region,tier,class,ordinal,user,output_tokens,prompt_tokens,arrival_ps,ttft_ms\n\
                3,eu,gold,chat,0,7,20,100,18446744073709551615,12.5";
    let found = rows(TraceFormat::Contention, text);
    assert_eq!((found[0].arrival_ps, found[0].prompt_tokens, found[0].output_tokens), (u64::MAX, 100, 20));
    assert_eq!(found[0].identity.as_ref().map(|identity| identity.region.as_str()), Some("eu"));
}

#[test]
fn broken_cells_are_named_with_line_and_column() {
    let good = "5000,7,0,chat,gold,eu,100,20\n";
    let cases = [
        ("1e3,7,0,chat,gold,eu,100,20", "arrival_ps: found `1e3`, allowed: a whole number of picoseconds"),
        (
            "18446744073709551616,7,0,chat,gold,eu,100,20",
            "arrival_ps: found `18446744073709551616`, allowed: a whole number of picoseconds",
        ),
        (
            "4999,7,0,chat,gold,eu,100,20",
            "arrival_ps: found `4999`, allowed: a time not before the row above",
        ),
        ("5000,u7,0,chat,gold,eu,100,20", "user: found `u7`, allowed: a whole number from 0 to 4294967295"),
        ("5000,7,-1,chat,gold,eu,100,20", "ordinal: found `-1`, allowed: a whole number from 0"),
        ("5000,7,0,,gold,eu,100,20", "class: found nothing, allowed: a name"),
        ("5000,7,0,chat,,eu,100,20", "tier: found nothing, allowed: a name"),
        ("5000,7,0,chat,gold,,100,20", "region: found nothing, allowed: a name"),
        ("5000,7,0,chat,gold,eu,0,20", "prompt_tokens: found `0`, allowed: a whole number of tokens"),
        ("5000,7,0,chat,gold,eu,100,", "output_tokens: found nothing, allowed: a whole number of tokens"),
    ];
    for (row, expected) in cases {
        let found = problems(TraceFormat::Contention, &format!("{HEADER}{good}{row}\n"));
        assert_eq!(found.len(), 1, "{row}: {found:?}");
        assert!(found[0].starts_with(&format!("line 3, column {expected}")), "{row}: {found:?}");
    }
}

#[test]
fn a_log_without_identities_names_the_missing_columns() {
    let found = problems(TraceFormat::Contention, "arrival_ps,prompt_tokens,output_tokens\n1,2,3\n");
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found[0].starts_with("line 1, column user: found nothing"));
}
