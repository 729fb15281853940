//! A short swarm: random scenarios against the laws of docs/model.md, from outside and with the assertions inside.

use contention::verify::swarm::{Fates, LAWS, replay_call, swarm};

use crate::command_line::{contention, folder, json};

const SEED: u64 = 1;

/// `CONTENTION_SWARM=2000 cargo test` runs more of them.
fn scenarios() -> u32 {
    std::env::var("CONTENTION_SWARM").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

#[test]
fn random_scenarios_break_no_law_and_every_law_is_tried() {
    let reports = swarm(SEED, 0, scenarios(), 0, |_| ()).expect("threads");
    let mut failures = Vec::new();
    for report in &reports {
        for broken in &report.broken {
            failures.push(format!("{}: {}\n  {}", broken.law, broken.what, replay_call(SEED, report.number)));
        }
    }
    let mut fates = Fates::default();
    reports.iter().for_each(|report| fates += report.fates);
    println!("{fates:?}");
    assert!(failures.is_empty(), "{} broken laws\n{}", failures.len(), failures.join("\n"));
    for (at, law) in LAWS.iter().enumerate() {
        let tried = reports.iter().filter(|report| report.tried[at]).count();
        println!("{}: tried on {tried} of {} scenarios", law.id, reports.len());
        assert!(tried > 0, "{} was never put to the test", law.id);
    }
    let Fates { turned_away, stopped, sent_away, .. } = fates;
    assert!(turned_away.min(stopped).min(sent_away) > 1_000, "the swarm never came to a boundary: {fates:?}");
}

#[test]
fn the_command_line_prints_how_often_each_law_was_tried_and_the_scenario_on_demand() {
    let folder = folder();
    let document = json(&contention(folder.path(), &["verify", "--swarm", "3", "--from", "5", "--json"]));
    assert_eq!(document["laws"].as_array().map(Vec::len), Some(LAWS.len()));
    assert_eq!(document["laws"][0]["tried"], 3);
    let output = contention(folder.path(), &["verify", "--swarm", "1", "--from", "5", "--verbose"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && text.contains("[policy.candidate]") && text.contains("LITTLE-1"),
        "{text}"
    );
}

#[test]
fn every_law_stands_in_the_documentation() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/model.md");
    let text = std::fs::read_to_string(path).expect("the documentation is there");
    for law in LAWS {
        assert!(text.contains(&format!("| {} |", law.id)), "docs/model.md does not know {}", law.id);
    }
}
