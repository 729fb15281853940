//! The page of a sweep: the trust maps, their numbers, and the points with their own pages.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::Provenance;
use super::parts::{figure, header, table};
use crate::readout::{Sweep, TrustMap};
use crate::report::numbers::{plain, signed_with_error};
use crate::report::plots::trust_map;
use crate::report::sweep::long_cell;
use crate::stats::Measure;

/// The page of a sweep as one self-contained document. `folders` are the points' run directories, relative to the page.
#[must_use]
pub fn sweep_html(sweep: &Sweep, question: &str, folders: &[String], provenance: &Provenance) -> String {
    let page: Markup = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Trust map - contention" }
                style { (PreEscaped(super::STYLE)) }
            }
            body {
                header {
                    h1 { (plain(question)) }
                    p.faint {
                        "Trust map over " (plain(&sweep.keys.join(", "))) ": " (sweep.points.len()) " points of "
                        (provenance.replications) " replications."
                    }
                }
                main {
                    @for candidate in sweep.candidates() {
                        section {
                            h2 { "Where to trust which design: " (plain(candidate)) }
                            p.verdict { (plain(&sweep.sentence(candidate))) }
                            @for map in sweep.maps(candidate) { (map_figure(&map)) }
                        }
                    }
                    (points(sweep, folders))
                }
                footer {
                    h2 { "Provenance" }
                    p { "This page is made by the following command, byte for byte, on any number of cores:" }
                    pre { code { (plain(&provenance.command)) } }
                    dl {
                        dt { "hash of all points" } dd { code { (plain(&provenance.scenario_hash)) } }
                        dt { "seed" } dd { (provenance.seed) }
                        dt { "contention" } dd { (plain(&provenance.version)) }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn map_figure(map: &TrustMap) -> Markup {
    let caption = format!(
        "{}: relative bias (left, the darker the worse) and share of wrong decisions (right) by {} and {}; the mark is the \
         standing. A wrong decision ships what does no good, or does not ship what does. Where the truth cannot be told from \
         zero there is neither.",
        map.title, map.row_key, map.column_key
    );
    let mut names = vec![map.row_key.clone()];
    names.extend(map.columns.iter().cloned());
    let rows: Vec<Vec<String>> = map
        .rows
        .iter()
        .zip(&map.cells)
        .map(|(name, cells)| [name.clone()].into_iter().chain(cells.iter().map(long_cell)).collect())
        .collect();
    let twin =
        table("Relative bias, wrong decisions and standing, with Monte-Carlo errors", &names, &rows, &[]);
    figure(&trust_map(map), &format!("Trust map of {}", map.title), &caption, &twin)
}

fn points(sweep: &Sweep, folders: &[String]) -> Markup {
    let mut names: Vec<String> = sweep.keys.clone();
    names.extend(header(&["candidate", "control", "candidate's value", "true effect", "verdict"]));
    let words = [names.len() - 1];
    let rows: Vec<Vec<String>> = sweep
        .points
        .iter()
        .flat_map(|point| {
            point.verdicts.iter().map(|verdict| {
                let mut cells = point.values.clone();
                cells.extend([
                    verdict.candidate.clone(),
                    crate::report::numbers::short(verdict.value_control),
                    crate::report::numbers::short(verdict.value_candidate),
                    signed_with_error(Measure { value: verdict.truth, mcse: verdict.truth_se }),
                    verdict.sentence.clone(),
                ]);
                cells
            })
        })
        .collect();
    let caption =
        format!("The truth and the verdict at each point: {}, {}", sweep.metric.name, sweep.metric.unit);
    markup! {
        section {
            h2 { "Points" }
            (table(&caption, &names, &rows, &words))
            p { "Each point has a page of its own:" }
            ul {
                @for (point, folder) in sweep.points.iter().zip(folders) {
                    li { a href=(format!("{folder}/report.html")) { (plain(&point.values.join(", "))) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readout::{Point, verdicts};
    use crate::report::fixture;
    use crate::report::fixture::provenance;

    fn sweep(candidate: &str) -> Sweep {
        let (scenario, graded) = fixture::study(candidate);
        let verdicts = verdicts(&graded, scenario.study.primary);
        let point = |value: &str| Point { values: vec![value.to_owned()], verdicts: verdicts.clone() };
        Sweep {
            keys: vec!["workload.rate".to_owned()],
            metric: scenario.study.primary,
            points: vec![point("16/s"), point("<b>")],
        }
    }

    #[test]
    fn the_page_of_a_sweep_is_escaped_and_needs_no_network() {
        let folders = ["runs/1".to_owned(), "runs/2".to_owned()];
        let page = sweep_html(&sweep("<script>alert(1)</script>"), "Where?", &folders, &provenance());
        assert!(!page.contains("<script") && page.contains("&lt;b&gt;") && !page.contains("NaN"));
        let page = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!page.contains("http://") && !page.contains("https://"));
        assert_eq!(page.matches("<figure").count(), page.matches("<figcaption").count());
        assert!(page.contains("href=\"runs/2/report.html\""));
    }

    #[test]
    fn the_text_of_a_sweep_has_80_columns_and_the_table_a_row_for_each_cell() {
        let sweep = sweep("p2c");
        for line in crate::report::sweep_text(&sweep).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let csv = crate::report::sweep_table(&sweep).unwrap();
        let findings: usize =
            sweep.points.iter().flat_map(|point| &point.verdicts).map(|v| v.findings.len()).sum();
        assert_eq!(csv.lines().count(), 1 + findings);
    }
}
