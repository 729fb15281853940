//! The few words of the page that mean something exact.

use maud::{Markup, html};

const WORDS: [(&str, &str); 6] = [
    (
        "truth",
        "The mean over replications of the world in which everybody has the candidate, minus that in which nobody has.",
    ),
    (
        "bias",
        "The mean of a design's estimates minus the truth: the part of the error that more replications keep.",
    ),
    ("coverage", "The share of a design's 95 % intervals that hold the truth."),
    (
        "spillover",
        "What the candidate's traffic does to requests in the control arm, compared with the world without it.",
    ),
    (
        "dilution",
        "What treated requests miss, compared with the world of everybody treated, as the control arm is there too.",
    ),
    (
        "standing",
        "Trust, caution, misleads or no answer: how far a design and estimator can be believed in this scenario.",
    ),
];

pub(super) fn glossary() -> Markup {
    html! {
        details {
            summary { "Six words of this page" }
            dl { @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } } }
        }
    }
}
