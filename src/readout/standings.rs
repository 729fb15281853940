//! Which designs and estimators stand otherwise than before: the first thing that a reader of two runs wants.

use super::verdict::{Standing, Verdict};

/// The standing of a design and estimator in two studies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingPair {
    /// The candidate policy.
    pub candidate: String,
    /// The design's name.
    pub design: String,
    /// The estimator.
    pub estimator: String,
    /// In the first study; nothing where it has no such row.
    pub before: Option<Standing>,
    /// In the second study.
    pub after: Option<Standing>,
}

impl StandingPair {
    /// Whether both studies judged it, and not alike.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.before.is_some() && self.after.is_some() && self.before != self.after
    }
}

/// Every standing of both studies: in the order of the first, then what only the second has.
#[must_use]
pub fn standings(before: &[Verdict], after: &[Verdict]) -> Vec<StandingPair> {
    let (before, after) = (flat(before), flat(after));
    let in_both = before.iter().map(|(key, standing)| (key, Some(*standing), find(&after, key)));
    let only_after = after.iter().filter(|(key, _)| find(&before, key).is_none());
    in_both
        .chain(only_after.map(|(key, standing)| (key, None, Some(*standing))))
        .map(|(&(candidate, design, estimator), before, after)| StandingPair {
            candidate: candidate.to_owned(),
            design: design.to_owned(),
            estimator: estimator.to_owned(),
            before,
            after,
        })
        .collect()
}

/// Candidate, design and estimator.
type Key<'a> = (&'a str, &'a str, &'a str);

fn flat(verdicts: &[Verdict]) -> Vec<(Key<'_>, Standing)> {
    let all = verdicts.iter().flat_map(|verdict| {
        verdict.findings.iter().map(move |finding| {
            (
                (verdict.candidate.as_str(), finding.design.as_str(), finding.estimator.as_str()),
                finding.standing,
            )
        })
    });
    all.collect()
}

fn find(all: &[(Key<'_>, Standing)], key: &Key<'_>) -> Option<Standing> {
    all.iter().find(|(other, _)| other == key).map(|(_, standing)| *standing)
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Finding;
    use super::*;
    use crate::record::METRICS;

    fn verdict(findings: &[(&str, Standing)]) -> Verdict {
        let finding = |(design, standing): &(&str, Standing)| Finding {
            design: (*design).to_owned(),
            estimator: "difference_in_means".to_owned(),
            standing: *standing,
            reason: String::new(),
            performance: None,
            parts: None,
        };
        Verdict {
            candidate: "new".to_owned(),
            metric: &METRICS[0],
            value_control: 1.0,
            value_candidate: 1.0,
            truth: 0.0,
            truth_se: 0.0,
            truth_replications: 2,
            findings: findings.iter().map(finding).collect(),
            sentence: String::new(),
            boundary: String::new(),
        }
    }

    #[test]
    fn a_design_that_both_judged_differently_has_changed_and_no_other() {
        let before =
            [verdict(&[("user", Standing::Trust), ("old", Standing::Caution), ("same", Standing::Trust)])];
        let after =
            [verdict(&[("same", Standing::Trust), ("fresh", Standing::Trust), ("user", Standing::Misleads)])];
        let found = standings(&before, &after);
        let named: Vec<_> =
            found.iter().map(|pair| (pair.design.as_str(), pair.before, pair.after)).collect();
        let expected = [
            ("user", Some(Standing::Trust), Some(Standing::Misleads)),
            ("old", Some(Standing::Caution), None),
            ("same", Some(Standing::Trust), Some(Standing::Trust)),
            ("fresh", None, Some(Standing::Trust)),
        ];
        assert_eq!(named, expected);
        let changed: Vec<&str> =
            found.iter().filter(|pair| pair.changed()).map(|pair| pair.design.as_str()).collect();
        assert_eq!(changed, ["user"]);
    }
}
