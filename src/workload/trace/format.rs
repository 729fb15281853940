//! The supported formats, and how to tell them apart by their first line.

use super::{azure, contention, measured, mooncake};

/// A file format of request traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// `TIMESTAMP,ContextTokens,GeneratedTokens` as CSV with UTC wall times (Azure/AzurePublicDataset,
    /// Patel et al., Splitwise, ISCA 2024).
    Azure,
    /// One JSON object a line with `timestamp` (ms), `input_length`, `output_length` (kvcache-ai/Mooncake,
    /// Qin et al., FAST 2025). `hash_ids` and other keys may be present and are ignored.
    Mooncake,
    /// Our own request log: CSV with `arrival_ps,user,ordinal,class,tier,region,prompt_tokens,output_tokens`
    /// in any order; other columns are ignored. Times are those of the world, not shifted.
    Contention,
    /// A measured run of a real server: CSV with `prompt_tokens,output_tokens,queued_s,first_token_s,last_token_s` in
    /// any order of columns and rows. A replay takes arrivals and lengths from it.
    Measured,
}

impl TraceFormat {
    /// All formats, in the order in which they are offered to a user.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &[Self::Azure, Self::Mooncake, Self::Contention, Self::Measured]
    }

    /// The name used in scenario files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::Mooncake => "mooncake",
            Self::Contention => "contention",
            Self::Measured => "measured",
        }
    }

    /// The format whose required columns or keys the first line of a file shows; none when no format's are.
    #[must_use]
    pub fn detect(first_line: &str) -> Option<Self> {
        let line = first_line.trim_start_matches('\u{feff}').trim();
        if line.starts_with('{') {
            let value: serde_json::Value = serde_json::from_str(line).ok()?;
            return mooncake::KEYS.iter().all(|key| value.get(key).is_some()).then_some(Self::Mooncake);
        }
        let header: Vec<&str> = line.split(',').map(|name| name.trim().trim_matches('"')).collect();
        let has = |columns: &[&str]| columns.iter().all(|column| header.contains(column));
        if has(&contention::COLUMNS) {
            return Some(Self::Contention);
        }
        if has(&measured::COLUMNS) {
            return Some(Self::Measured);
        }
        has(&azure::COLUMNS).then_some(Self::Azure)
    }
}
