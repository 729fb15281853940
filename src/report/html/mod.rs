//! The page of a study: one file that needs no network and no script, readable on a phone and on paper.
//!
//! Every text goes through maud's escaping; only our own figures, whose texts the SVG backend has escaped, and the style
//! sheet are put in as they are. Every figure has a caption and its numbers as a table.

mod blocks;
mod boundary;
mod comparison;
mod coverage;
mod glossary;
mod latency;
mod parts;
mod sampling;
mod shell;
mod study;
mod sweep;
mod timelines;
mod token_cost;
mod value_curve;
mod verdict;

pub use comparison::comparison_html;
pub use sweep::sweep_html;

use maud::{Markup, html as markup};

use self::parts::{anchor, part_anchor};
use self::shell::{Page, document};
use super::numbers::plain;
use super::plots::figures;
use crate::readout::Verdict;
use crate::readout::verdict::grouped;
use crate::scenario::Scenario;
use crate::study::Graded;

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

impl Provenance {
    /// The master seed and what was drawn from it.
    pub(super) fn seeds(&self) -> String {
        let last = self.replications.saturating_sub(1);
        format!("master seed {}, replications 0 to {last}, each with its own streams", self.seed)
    }
}

/// The page of a study as one self-contained document.
#[must_use]
pub fn html(scenario: &Scenario, graded: &Graded, verdicts: &[Verdict], provenance: &Provenance) -> String {
    let figures: Vec<String> =
        figures(graded, verdicts, scenario).into_iter().map(|(name, _)| name).collect();
    let page = Page {
        header: markup! {
            h1 { (title(scenario)) }
            (hero(verdicts))
            p.faint {
                "Study " code { (plain(&scenario.name)) } ": " (provenance.replications)
                " replications, " (grouped(&graded.requests.to_string())) " requests simulated."
            }
        },
        contents: contents(verdicts),
        main: markup! {
            (glossary::glossary())
            @for verdict in verdicts { (verdict::section(verdict, scenario, graded)) }
            (latency::section(scenario, graded))
            (token_cost::section(scenario, graded))
            (study::unobserved(scenario, graded, verdicts))
            (study::warnings(scenario))
            (study::metrics(scenario, graded))
            (study::resolved(scenario))
        },
        footer: study::provenance(scenario, provenance, &figures),
    };
    document(&scenario.name, &page)
}

/// The verdict on each candidate, in words.
fn hero(verdicts: &[Verdict]) -> Markup {
    markup! {
        @for verdict in verdicts {
            p.verdict {
                @if verdicts.len() > 1 { strong { (plain(&verdict.candidate)) ": " } }
                (plain(&verdict.sentence))
            }
        }
        @if verdicts.is_empty() {
            p.verdict { (crate::report::UNOBSERVED) }
        }
    }
}

/// Links to the sections; to the parts of a candidate's section where there is one candidate only.
fn contents(verdicts: &[Verdict]) -> Markup {
    markup! {
        nav aria-label="Sections" {
            ul {
                @for verdict in verdicts {
                    @if verdicts.len() > 1 {
                        li {
                            a href=(format!("#{}", verdict::section_anchor(verdict))) { (plain(&verdict.candidate)) }
                        }
                    } @else {
                        @for part in verdict::PARTS {
                            li { a href=(format!("#{}", part_anchor(part, &verdict.candidate))) { (part) } }
                        }
                    }
                }
                @for chapter in study::CHAPTERS { li { a href=(format!("#{}", anchor(chapter))) { (chapter) } } }
            }
        }
    }
}

/// The question where one is asked.
pub(super) fn title(scenario: &Scenario) -> String {
    plain(if scenario.question.is_empty() { &scenario.name } else { &scenario.question })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    pub(super) fn page(candidate: &str) -> String {
        page_of(&fixture::study_with_curve(candidate))
    }

    fn page_of((scenario, graded): &(Scenario, Graded)) -> String {
        html(scenario, graded, &verdicts(graded, scenario.study.primary), &fixture::provenance())
    }

    /// The values of an attribute, in the order of the page.
    fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
        let start = format!(" {attribute}=\"");
        page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
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
        assert!(count("<figure ") >= 9);
        assert_eq!((count("<figure "), count("<figure ")), (count("<figcaption>"), count("<svg")));
        for figure in page.split("<figure ").skip(1) {
            let figure = figure.split("</figure>").next().unwrap();
            assert!(figure.contains("<table"), "a figure without its table");
        }
    }

    #[test]
    fn every_link_leads_somewhere_and_no_two_places_have_one_address() {
        for candidate in ["p2c", "a b-c/<d>\"&"] {
            let page = page(candidate);
            let ids = values(&page, "id");
            for (at, id) in ids.iter().enumerate() {
                assert!(!ids[..at].contains(id), "two of {id}");
            }
            let links: Vec<&str> =
                values(&page, "href").into_iter().filter_map(|link| link.strip_prefix('#')).collect();
            assert!(links.len() > verdict::PARTS.len() + study::CHAPTERS.len());
            for link in links {
                assert!(ids.contains(&link), "{link} leads nowhere");
            }
        }
    }

    #[test]
    fn headings_do_not_jump() {
        let page = page("p2c");
        let levels: Vec<u32> =
            page.split("<h").skip(1).filter_map(|rest| rest.chars().next()?.to_digit(10)).collect();
        assert_eq!((levels[0], levels.iter().filter(|level| **level == 1).count()), (1, 1));
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    }

    #[test]
    fn the_page_names_every_figure_file() {
        let (scenario, graded) = fixture::study_with_curve("p2c");
        let page = page("p2c");
        for (name, _) in figures(&graded, &verdicts(&graded, scenario.study.primary), &scenario) {
            assert!(page.contains(&format!("figures/{name}")), "{name}");
        }
    }

    #[test]
    fn without_a_curve_the_page_tells_how_to_ask_for_one() {
        let page = page_of(&fixture::study("p2c"));
        assert!(page.contains("study.curve = [0.25, 0.5, 0.75]"));
    }

    #[test]
    fn ten_thousand_replications_stay_small() {
        let (scenario, mut graded) = fixture::study("p2c");
        fixture::repeat(&mut graded, 10_000 / fixture::REPLICATIONS + 1);
        let page = page_of(&(scenario, graded));
        assert!(page.len() < 1_000_000 && !page.contains("NaN"), "{} bytes", page.len());
    }

    #[test]
    fn figures_have_dark_colours_too() {
        for colour in super::super::plots::LIGHT_PAPER_ONLY {
            for attribute in ["fill", "stroke"] {
                let rule = format!(".picture svg [{attribute}=\"{colour}\" i]");
                assert!(shell::STYLE.contains(&rule), "{rule}");
            }
        }
    }

    #[test]
    fn the_same_study_gives_the_same_page() {
        assert_eq!(page("p2c"), page("p2c"));
    }
}
