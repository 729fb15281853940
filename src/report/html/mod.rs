//! The page of a study: one file that needs no network and no script, readable on a phone and on paper.
//!
//! Every text goes through maud's escaping; only our own figures, whose texts the SVG backend has escaped, and the style
//! sheet are put in as they are. Every figure has a caption and its numbers as a table.

mod blocks;
mod boundary;
mod latency;
mod parts;
mod study;
mod timelines;
mod token_cost;
mod verdict;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::numbers::plain;
use crate::readout::Verdict;
use crate::scenario::Scenario;
use crate::study::Graded;

const STYLE: &str = include_str!("style.css");

/// Where a report comes from and how to make it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The version of this program.
    pub version: String,
    /// The command that reproduces the study.
    pub command: String,
    /// The hash of the resolved scenario.
    pub scenario_hash: String,
    /// The master seed.
    pub seed: u64,
    /// Replications.
    pub replications: u32,
}

/// The page of a study as one self-contained document.
#[must_use]
pub fn html(scenario: &Scenario, graded: &Graded, verdicts: &[Verdict], provenance: &Provenance) -> String {
    let page: Markup = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (plain(&scenario.name)) " - contention" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title(scenario)) }
                    p.faint {
                        "Study " code { (plain(&scenario.name)) } ": " (provenance.replications)
                        " replications, " (graded.requests) " requests simulated."
                    }
                }
                main {
                    @for verdict in verdicts { (verdict::section(verdict, scenario, graded)) }
                    @if verdicts.is_empty() {
                        p.verdict { "The primary metric was never observed, so there is no truth and no verdict." }
                    }
                    (latency::section(scenario, graded))
                    (token_cost::section(scenario, graded))
                    (study::unobserved(scenario, graded, verdicts))
                    (study::warnings(scenario))
                    (study::metrics(scenario, graded))
                    (study::resolved(scenario))
                }
                footer { (study::provenance(scenario, provenance)) }
            }
        }
    };
    page.into_string()
}

/// The question where one is asked.
fn title(scenario: &Scenario) -> String {
    plain(if scenario.question.is_empty() { &scenario.name } else { &scenario.question })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    pub(super) fn page(candidate: &str) -> String {
        let (scenario, graded) = fixture::study(candidate);
        let provenance = Provenance {
            version: "0.1.0".to_owned(),
            command: "contention run made-up.toml --seed 1".to_owned(),
            scenario_hash: "0123abcd".to_owned(),
            seed: 1,
            replications: fixture::REPLICATIONS,
        };
        html(&scenario, &graded, &verdicts(&graded, scenario.study.primary), &provenance)
    }

    #[test]
    fn the_page_names_every_design_and_how_to_make_it_again() {
        let page = page("p2c");
        for (design, estimator) in fixture::DESIGNS {
            assert!(page.contains(&format!("{design} / {estimator}")), "{design}");
        }
        for text in [
            "contention run made-up.toml --seed 1",
            "0123abcd",
            "Is &lt;p2c&gt; better than random &amp; cheaper?",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("NaN"));
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
    }

    #[test]
    fn hostile_names_stay_text() {
        let page = page("<script>alert(1)</script>");
        assert!(!page.contains("<script"));
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_page_needs_no_network() {
        let page = page("p2c").replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for forbidden in ["http://", "https://", "<script", "<link", "@import", "url(", " src="] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn every_figure_has_a_caption_and_a_table() {
        let page = page("p2c");
        let count = |text: &str| page.matches(text).count();
        assert!(count("<figure>") >= 6);
        assert_eq!((count("<figure>"), count("<figure>")), (count("<figcaption>"), count("<svg")));
        for figure in page.split("<figure>").skip(1) {
            let figure = figure.split("</figure>").next().unwrap();
            assert!(figure.contains("<table"), "a figure without its table");
        }
    }

    #[test]
    fn the_same_study_gives_the_same_page() {
        assert_eq!(page("p2c"), page("p2c"));
    }
}
