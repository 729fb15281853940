//! The frame of every page: one document, its style inside, and a policy that forbids the browser to load anything.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::numbers::plain;

pub(super) const STYLE: &str = include_str!("style.css");

/// What a page may load: nothing. Its style is inline.
const LOADS: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The parts of a page, from top to bottom.
pub(super) struct Page {
    /// The heading, and what comes before everything else.
    pub header: Markup,
    /// Links to the sections; may be empty.
    pub contents: Markup,
    /// The sections.
    pub main: Markup,
    /// Where the page comes from.
    pub footer: Markup,
}

/// The document with this title.
pub(super) fn document(title: &str, page: &Page) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(LOADS);
                title { (plain(title)) " - contention" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the findings" }
                header { (page.header) }
                (page.contents)
                main #main { (page.main) }
                footer { (page.footer) }
            }
        }
    };
    document.into_string()
}
