//! The page of a run in a real browser: it opens without a word on the console. Needs chromium; says so when it is not there.

use std::fs;
use std::process::Command;

use crate::command_line::{contention, folder, json};
use crate::determinism::SMALL;

#[test]
fn a_page_opens_without_an_error_and_loads_nothing() {
    let has_chromium = Command::new("chromium").arg("--version").output().is_ok_and(|o| o.status.success());
    if !has_chromium {
        eprintln!("skipped: no chromium on this machine");
        return;
    }
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let run = ["run", "small.toml", "--quiet", "--json", "--set", "study.curve=[0.5]"];
    let found = json(&contention(folder.path(), &run));
    let page = folder.path().join(found["directory"].as_str().expect("a directory")).join("report.html");
    let opened = |page: &std::path::Path| {
        let profile = folder.path().join("profile").display().to_string();
        let output = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--enable-logging=stderr", "--dump-dom", &format!("--user-data-dir={profile}")])
            .arg(format!("file://{}", page.display()))
            .output()
            .expect("chromium");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let console: Vec<String> =
            said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
        (String::from_utf8_lossy(&output.stdout).into_owned(), console)
    };
    let (document, console) = opened(&page);
    assert!(document.contains("Does it?") && document.contains("<svg"), "{document}");
    assert!(console.is_empty(), "{console:?}");
    // Whatever tried to load something would be refused by the page itself, and said so.
    let loads = fs::read_to_string(&page).expect("the page");
    let loads = loads.replacen("</header>", "<img src=\"http://localhost:9/x.png\"></header>", 1);
    let other = folder.path().join("loads.html");
    fs::write(&other, loads).expect("writable");
    let (_, console) = opened(&other);
    assert!(console.iter().any(|line| line.contains("Content Security Policy")), "{console:?}");
}
