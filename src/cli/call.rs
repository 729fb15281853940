//! Calls of this program as text: what repeats a run, and words as a shell takes them.

use super::Global;

/// The call that repeats a run of `scenario`.
#[must_use]
pub fn command(verb: &str, scenario: &str, global: &Global) -> String {
    let mut command = format!("contention {verb} {}", quoted(scenario));
    if let Some(seed) = global.seed {
        command.push_str(&format!(" --seed {seed}"));
    }
    for text in &global.overrides {
        command.push_str(&format!(" --set {}", always_quoted(text)));
    }
    command
}

/// A call without the precision that it was to reach.
#[must_use]
pub fn without_goal(call: &str) -> String {
    let Some((before, after)) = call.split_once(" --precision ") else { return call.to_owned() };
    let rest = after.find(" --set ").map_or("", |at| &after[at..]);
    format!("{before}{rest}")
}

/// A call without a setting of the number of replications that an earlier growth left in it.
#[must_use]
pub fn without_replications(call: &str) -> String {
    let parts: Vec<&str> = call.split(" --set ").collect();
    let kept = parts.iter().filter(|part| !part.starts_with("'study.replications="));
    kept.copied().collect::<Vec<_>>().join(" --set ")
}

/// As a shell takes it for one word.
#[must_use]
pub fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { always_quoted(text) }
}

/// In quotes, whatever it is.
#[must_use]
pub fn always_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The words of a call that this module wrote: quotes of a shell are read back.
#[must_use]
pub fn words(call: &str) -> Vec<String> {
    let (mut words, mut word, mut letters) = (Vec::new(), None::<String>, call.chars());
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => words.extend(word.take()),
            '\'' => {
                let inside: String = letters.by_ref().take_while(|&c| c != '\'').collect();
                word.get_or_insert_default().push_str(&inside);
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_and_earlier_numbers_of_replications_leave_a_call_and_nothing_else_does() {
        let call = "contention run a.toml --set 'x=1' --precision bias:1ms --max-replications 30 --set 'study.replications=9'";
        let plain = "contention run a.toml --set 'x=1'";
        assert_eq!(without_replications(&without_goal(call)), plain);
        assert_eq!(without_replications(&without_goal(plain)), plain);
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_or_read_them() {
        assert_eq!(quoted("outputs/2026-11-22-a.b"), "outputs/2026-11-22-a.b");
        assert_eq!(quoted("my file"), "'my file'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        for text in ["a b", "it's", "", r"a\b", "x='1'"] {
            assert_eq!(words(&format!("run {} --set", always_quoted(text))), ["run", text, "--set"]);
        }
    }
}
