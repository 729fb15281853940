//! The pieces that all sections are made of: a figure with caption and twin table, and a table that scrolls by itself.

use maud::{Markup, PreEscaped, html};

use crate::report::numbers::plain;

/// A figure of ours (its SVG is trusted), its caption and its numbers.
pub(super) fn figure(svg: &str, label: &str, caption: &str, twin: &Markup) -> Markup {
    html! {
        figure {
            // Reachable by keyboard, since it scrolls sideways on a narrow screen.
            div.picture role="img" tabindex="0" aria-label=(plain(label)) { (PreEscaped(svg)) }
            figcaption { (plain(caption)) }
            details {
                summary { "The same as a table" }
                (twin)
            }
        }
    }
}

/// A table whose first column names its rows; columns `words` hold prose.
pub(super) fn table(caption: &str, header: &[String], rows: &[Vec<String>], words: &[usize]) -> Markup {
    html! {
        // Outside of the table, which may be wider than the page.
        p.caption { (plain(caption)) }
        div.scroll tabindex="0" role="region" aria-label=(plain(caption)) {
            table {
                thead { tr { @for name in header { th scope="col" { (plain(name)) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (at, cell) in row.iter().enumerate() {
                                @if at == 0 {
                                    th scope="row" { (plain(cell)) }
                                } @else {
                                    td.words[words.contains(&at)] { (plain(cell)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A header from literals.
pub(super) fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
