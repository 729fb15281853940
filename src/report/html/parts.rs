//! The pieces that all sections are made of: a figure with caption and twin table, and a table that scrolls by itself.

use maud::{Markup, PreEscaped, html};

use crate::report::numbers::plain;

/// A figure of ours (its SVG is trusted), its caption and its numbers.
pub(super) fn figure(svg: &str, label: &str, caption: &str, twin: &Markup) -> Markup {
    let id = anchor(label);
    html! {
        figure id=(id) {
            // Reachable by keyboard, since it scrolls sideways on a narrow screen.
            div.picture role="img" tabindex="0" aria-label=(plain(label)) { (PreEscaped(svg)) }
            figcaption { (plain(caption)) " " (own_link(&id, label)) }
            details {
                summary { "The same as a table" }
                (twin)
            }
        }
    }
}

fn own_link(id: &str, label: &str) -> Markup {
    let label = format!("Link to this figure: {}", plain(label));
    html! { a.self href=(format!("#{id}")) aria-label=(label) { "Link to this figure" } }
}

/// A table whose first column names its rows; columns `words` hold prose.
pub(super) fn table(caption: &str, header: &[String], rows: &[Vec<String>], words: &[usize]) -> Markup {
    html! {
        // Outside of the table, which may be wider than the page.
        p.caption { (plain(caption)) }
        div.scroll tabindex="0" role="region" aria-label=(plain(caption)) {
            table {
                thead {
                    tr {
                        @for (at, name) in header.iter().enumerate() {
                            th.words[words.contains(&at)] scope="col" { (plain(name)) }
                        }
                    }
                }
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

/// The heading of a part of a candidate's section.
pub(super) fn part(title: &str, candidate: &str) -> Markup {
    html! { h3 id=(part_anchor(title, candidate)) { (title) } }
}

/// Where a part of a candidate's section begins.
pub(super) fn part_anchor(title: &str, candidate: &str) -> String {
    anchor(&format!("{title} {candidate}"))
}

/// The address of a text on the page: spaces become dashes, and what an address cannot hold becomes its number. Different
/// texts have different addresses.
pub(super) fn anchor(text: &str) -> String {
    let mut found = String::new();
    for letter in text.chars() {
        match letter {
            ' ' => found.push('-'),
            '-' => found.push_str("~-"),
            '_' | '.' | ':' | '/' => found.push(letter),
            letter if letter.is_ascii_alphanumeric() => found.push(letter),
            letter => found.push_str(&format!("~{:x}~", u32::from(letter))),
        }
    }
    found
}

/// A header from literals.
pub(super) fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_texts_have_different_addresses_without_spaces_or_quotes() {
        let texts = ["a b", "a-b", "a~b", "a--b", "a - b", "a\"b", "a<b", "a_b", "A b", "a\u{a0}b", "a7eb"];
        let addresses: Vec<String> = texts.iter().map(|text| anchor(text)).collect();
        for (at, address) in addresses.iter().enumerate() {
            assert!(!addresses[..at].contains(address), "{address}");
            assert!(address.chars().all(|c| c.is_ascii_graphic() && !"\"'<>&#%".contains(c)), "{address}");
        }
        assert_eq!(anchor("Timeline of all:power_of_two"), "Timeline-of-all:power_of_two");
    }
}
