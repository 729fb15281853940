//! Reads `[workload.trace]` and the file that it names.

use std::sync::Arc;

use super::Loader;
use super::users::MOST_USERS;
use crate::settings::Section;
use crate::units::{ClassId, RegionId, Span, TierId, UserId};
use crate::workload::class::Class;
use crate::workload::population::Population;
use crate::workload::replay::{Replay, RowIdentity};
use crate::workload::trace::{TraceFormat, TraceRow, read_trace};

pub(super) fn read_replay(
    section: &Section<'_>,
    classes: &[Class],
    users: &Population,
    regions: &[String],
    load: Loader<'_>,
) -> Option<Replay> {
    let path = section.text("path", Some(""));
    let formats: Vec<(&'static str, TraceFormat)> =
        TraceFormat::all().iter().map(|format| (format.name(), *format)).collect();
    let given = if section.has("format") { section.choice("format", None, &formats) } else { None };
    let rate_scale = section.positive("rate_scale", Some(1.0));
    let prompt_scale = section.positive("prompt_scale", Some(1.0));
    let output_scale = section.positive("output_scale", Some(1.0));
    let spread = section.duration("spread", Some("0 s"));
    section.ignore(&["format"]);
    section.finish();
    if path.is_empty() {
        section.problem("path", "no trace file", "a file: --set workload.trace.path=FILE");
        return None;
    }
    let bytes = match load(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            section.problem("path", format!("\"{path}\" ({error})"), "a trace file that can be read");
            return None;
        }
    };
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let detected = given.or_else(|| TraceFormat::detect(&String::from_utf8_lossy(first)));
    let Some(format) = detected else {
        let names: Vec<&str> = formats.iter().map(|(name, _)| *name).collect();
        section.problem(
            "format",
            "a file that is none of the known formats",
            format!("one of {}", names.join(", ")),
        );
        return None;
    };
    let rows = match read_trace(format, bytes.as_slice()) {
        Ok(rows) => rows,
        Err(problems) => {
            for problem in problems {
                let column = problem.column.map_or_else(String::new, |column| format!(", column {column}"));
                let found = format!("{path}:{}{column}: {}", problem.line, problem.found);
                section.problem("path", found, problem.allowed);
            }
            return None;
        }
    };
    let identities = identify(section, &rows, classes, users, regions)?;
    Some(Replay {
        rows: Arc::new(rows),
        identities: Arc::new(identities),
        rate_scale,
        prompt_scale,
        output_scale,
        spread,
    })
}

/// Names of classes, tiers and regions in a trace's rows, as numbers of this scenario.
fn identify(
    section: &Section<'_>,
    rows: &[TraceRow],
    classes: &[Class],
    users: &Population,
    regions: &[String],
) -> Option<Vec<Option<RowIdentity>>> {
    let find = |known: Vec<&str>, name: &str| known.iter().position(|other| *other == name);
    let mut unknown: Vec<String> = Vec::new();
    let identities = rows
        .iter()
        .map(|row| {
            let identity = row.identity.as_ref()?;
            if identity.user >= MOST_USERS && unknown.is_empty() {
                unknown.push(format!("user {}", identity.user));
            }
            let class = find(classes.iter().map(|class| class.name.as_str()).collect(), &identity.class);
            let tier = find(users.tiers.iter().map(|tier| tier.name.as_str()).collect(), &identity.tier);
            let region = find(regions.iter().map(String::as_str).collect(), &identity.region);
            for (what, at, name) in [
                ("class", class, &identity.class),
                ("tier", tier, &identity.tier),
                ("region", region, &identity.region),
            ] {
                let text = format!("{what} \"{name}\"");
                if at.is_none() && !unknown.contains(&text) {
                    unknown.push(text);
                }
            }
            Some(RowIdentity {
                user: UserId(identity.user),
                ordinal: identity.ordinal,
                class: ClassId(class? as u8),
                tier: TierId(tier? as u8),
                region: RegionId(region? as u8),
            })
        })
        .collect();
    if unknown.is_empty() {
        return Some(identities);
    }
    let allowed = format!("classes, tiers and regions of this scenario, and user numbers below {MOST_USERS}");
    section.problem("path", format!("a trace with {}", unknown.join(", ")), allowed);
    None
}

/// The end of a trace: its last stamp, spread and scaled.
#[must_use]
pub fn span_of(replay: &Replay) -> Span {
    let last = replay.rows.last().map_or(0, |row| row.arrival_ps) + replay.spread.0;
    Span((last as f64 / replay.rate_scale) as u64 + 1)
}
