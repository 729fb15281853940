//! The trust map: relative bias and wrong decisions of every design over the points of a sweep.

use super::{Finding, Standing, Verdict};
use crate::record::Metric;
use crate::stats::Measure;

/// One point of a sweep: the value of each key, and the verdict there.
#[derive(Clone, Debug)]
pub struct Point {
    /// A value for each key, in the order of the keys.
    pub values: Vec<String>,
    /// The verdicts on all candidates.
    pub verdicts: Vec<Verdict>,
}

/// The points of a sweep.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The keys that vary.
    pub keys: Vec<String>,
    /// The metric of the verdicts at the first point.
    pub metric: &'static Metric,
    /// Every combination of values, the last key fastest.
    pub points: Vec<Point>,
}

/// One design and estimator at one point.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// It answers, and the truth has a clear sign.
    Graded {
        /// Bias over the truth, as a share.
        rel_bias: Measure,
        /// Share of wrong decisions.
        wrong_decision: Measure,
        /// How far it can be believed.
        standing: Standing,
    },
    /// It answers, but the truth cannot be told from zero.
    NoSign(Standing),
    /// It gives no answer, or there is no such design at this point: why.
    NoAnswer(String),
}

/// A map: rows by columns of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustMap {
    /// The candidate, and the design and estimator where the map is of one.
    pub title: String,
    /// The metric and its unit.
    pub metric: String,
    /// What the rows are.
    pub row_key: String,
    /// What the columns are.
    pub column_key: String,
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells by row and column.
    pub cells: Vec<Vec<Cell>>,
    /// The truth and its standard error by column, where all cells of a column have the same.
    pub truths: Option<Vec<Measure>>,
}

impl Sweep {
    /// The metric that the points decide by; they may differ.
    fn metric_in_words(&self) -> String {
        let verdicts = self.points.iter().flat_map(|point| &point.verdicts);
        let metrics = firsts(verdicts.map(|verdict| verdict.metric.name));
        match metrics.as_slice() {
            [name] => format!("{name} ({})", self.metric.unit),
            names => names.join(", "),
        }
    }

    /// The candidates, in the order of their first appearance.
    #[must_use]
    pub fn candidates(&self) -> Vec<&str> {
        let verdicts = self.points.iter().flat_map(|point| &point.verdicts);
        firsts(verdicts.map(|verdict| verdict.candidate.as_str()))
    }

    /// Designs with their estimators, in the order of the scenario's points and of their verdicts.
    #[must_use]
    pub fn methods(&self, candidate: &str) -> Vec<(&str, &str)> {
        let verdicts = self.points.iter().flat_map(|point| &point.verdicts);
        let findings = verdicts.filter(|verdict| verdict.candidate == candidate).flat_map(|v| &v.findings);
        let mut methods =
            firsts(findings.map(|finding| (finding.design.as_str(), finding.estimator.as_str())));
        // Best first: trusted at most points, then misleading at fewest.
        methods.sort_by_key(|method| {
            let standings = self.standings(candidate, *method);
            let count = |wanted| standings.iter().filter(|standing| **standing == wanted).count();
            (std::cmp::Reverse(count(Standing::Trust)), count(Standing::Misleads))
        });
        methods
    }

    /// The standing of a design and estimator at every point.
    #[must_use]
    pub fn standings(&self, candidate: &str, method: (&str, &str)) -> Vec<Standing> {
        let of = |point| self.finding(point, candidate, method).map_or(Standing::NoAnswer, |f| f.standing);
        self.points.iter().map(of).collect()
    }

    /// What a design and estimator came to at a point.
    #[must_use]
    pub fn finding<'a>(
        &self,
        point: &'a Point,
        candidate: &str,
        method: (&str, &str),
    ) -> Option<&'a Finding> {
        let verdict = point.verdicts.iter().find(|verdict| verdict.candidate == candidate)?;
        verdict
            .findings
            .iter()
            .find(|finding| (finding.design.as_str(), finding.estimator.as_str()) == method)
    }

    /// The cell of a design and estimator at a point.
    #[must_use]
    pub fn cell(&self, point: &Point, candidate: &str, method: (&str, &str)) -> Cell {
        let Some(finding) = self.finding(point, candidate, method) else {
            return Cell::NoAnswer("not part of this point's study".to_owned());
        };
        let Some(performance) = &finding.performance else {
            return Cell::NoAnswer(finding.reason.clone());
        };
        match (performance.rel_bias, performance.wrong_decision) {
            (Some(rel_bias), Some(wrong_decision)) => {
                Cell::Graded { rel_bias, wrong_decision, standing: finding.standing }
            }
            _ => Cell::NoSign(finding.standing),
        }
    }

    /// The maps of a candidate: one of all designs where one key varies, else one for each design.
    #[must_use]
    pub fn maps(&self, candidate: &str) -> Vec<TrustMap> {
        let methods = self.methods(candidate);
        let (Some(column_key), row_keys) = (self.keys.last(), &self.keys[..self.keys.len().max(1) - 1])
        else {
            return Vec::new();
        };
        let columns = firsts(self.points.iter().filter_map(|point| point.values.last().map(String::as_str)));
        let names = |columns: &[&str]| columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        if row_keys.is_empty() {
            let cells = |method: &(&str, &str)| {
                self.points.iter().map(|point| self.cell(point, candidate, *method)).collect()
            };
            let truths = self.points.iter().map(|point| {
                let verdict = point.verdicts.iter().find(|verdict| verdict.candidate == candidate)?;
                Some(Measure { value: verdict.truth, mcse: verdict.truth_se })
            });
            return vec![TrustMap {
                title: candidate.to_owned(),
                metric: self.metric_in_words(),
                row_key: "design / estimator".to_owned(),
                column_key: column_key.clone(),
                rows: methods.iter().map(|(design, estimator)| format!("{design} / {estimator}")).collect(),
                columns: names(&columns),
                cells: methods.iter().map(cells).collect(),
                truths: truths.collect(),
            }];
        }
        let map = |method: &(&str, &str)| TrustMap {
            title: format!("{candidate}: {} / {}", method.0, method.1),
            metric: self.metric_in_words(),
            row_key: row_keys.join(", "),
            column_key: column_key.clone(),
            rows: self
                .points
                .chunks(columns.len())
                .map(|row| row[0].values[..row_keys.len()].join(", "))
                .collect(),
            columns: names(&columns),
            cells: self
                .points
                .chunks(columns.len())
                .map(|row| row.iter().map(|point| self.cell(point, candidate, *method)).collect())
                .collect(),
            truths: None,
        };
        methods.iter().map(map).collect()
    }

    /// Which designs can be trusted over all points, and which mislead, in a sentence or two.
    #[must_use]
    pub fn sentence(&self, candidate: &str) -> String {
        let count = self.points.len();
        let (mut always, mut sometimes, mut misleading) = (Vec::new(), Vec::new(), Vec::new());
        for method in self.methods(candidate) {
            let standings = self.standings(candidate, method);
            let trusted = standings.iter().filter(|standing| **standing == Standing::Trust).count();
            let misleads = standings.iter().filter(|standing| **standing == Standing::Misleads).count();
            let name = format!("{} ({})", method.0, method.1);
            match (trusted, misleads) {
                (trusted, _) if trusted == count => always.push(name),
                (0, 0) => {}
                (trusted, 0) => sometimes.push(format!("{name} at {trusted}")),
                (_, misleads) => misleading.push(format!("{name} at {misleads}")),
            }
        }
        let mut text = if always.is_empty() {
            format!("No design can be trusted at all {count} points.")
        } else {
            format!("Trust {} at all {count} points.", always.join(", "))
        };
        if always.is_empty() && !sometimes.is_empty() {
            text.push_str(&format!(
                " Without ever misleading, trusted: {} of {count}.",
                sometimes.join(", ")
            ));
        }
        if !misleading.is_empty() {
            text.push_str(&format!(" Misleading: {} of {count}.", misleading.join(", ")));
        }
        text
    }
}

/// Each item once, in the order of first appearance.
fn firsts<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for item in items {
        if !found.contains(&item) {
            found.push(item);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Replicate, performance};

    fn finding(design: &str, standing: Standing, bias: Option<f64>) -> Finding {
        let replicate = |estimate: f64| Replicate {
            estimate,
            std_error: 1.0,
            conf_low: estimate - 2.0,
            conf_high: estimate + 2.0,
            p_value: 0.001,
            paired_truth: -10.0,
        };
        let performance = bias.map(|bias| {
            let replicates = [replicate(-10.0 + bias - 1.0), replicate(-10.0 + bias + 1.0)];
            performance(&replicates, 0, -10.0, 0.1, false).unwrap()
        });
        Finding {
            design: design.to_owned(),
            estimator: "e".to_owned(),
            standing,
            reason: "too few units".to_owned(),
            performance,
            parts: None,
        }
    }

    fn point(values: &[&str], findings: Vec<Finding>) -> Point {
        let verdict = Verdict {
            candidate: "b".to_owned(),
            metric: Metric::named("ttft_ms_mean").unwrap(),
            value_control: 50.0,
            value_candidate: 40.0,
            truth: -10.0,
            truth_se: 0.1,
            truth_replications: 2,
            findings,
            sentence: String::new(),
            boundary: String::new(),
        };
        Point { values: values.iter().map(|value| (*value).to_owned()).collect(), verdicts: vec![verdict] }
    }

    fn sweep(keys: &[&str], points: Vec<Point>) -> Sweep {
        let metric = Metric::named("ttft_ms_mean").unwrap();
        Sweep { keys: keys.iter().map(|key| (*key).to_owned()).collect(), metric, points }
    }

    #[test]
    fn with_one_key_designs_go_down_and_values_across_the_best_design_first() {
        let at = |value, request| {
            let findings = vec![
                finding("request", Standing::Misleads, Some(request)),
                finding("cluster", Standing::Trust, Some(0.1)),
            ];
            point(&[value], findings)
        };
        let sweep = sweep(&["workload.rate"], vec![at("10/s", 2.0), at("20/s", 6.0)]);
        let maps = sweep.maps("b");
        let [map] = maps.as_slice() else { panic!("{maps:?}") };
        assert_eq!(
            (map.rows.as_slice(), map.columns.as_slice()),
            (
                &["cluster / e".to_owned(), "request / e".to_owned()][..],
                &["10/s".to_owned(), "20/s".to_owned()][..]
            )
        );
        let Cell::Graded { rel_bias, .. } = &map.cells[1][1] else { panic!("{map:?}") };
        assert!((rel_bias.value + 0.6).abs() < 1e-12);
        assert!(
            sweep
                .sentence("b")
                .starts_with("Trust cluster (e) at all 2 points. Misleading: request (e) at 2")
        );
    }

    #[test]
    fn with_two_keys_each_design_has_a_map_of_its_own() {
        let at = |values: &[&str]| point(values, vec![finding("request", Standing::Caution, Some(1.0))]);
        let points = [["a", "x"], ["a", "y"], ["a", "z"], ["b", "x"], ["b", "y"], ["b", "z"]]
            .map(|values| at(&values));
        let maps = sweep(&["first", "second"], points.to_vec()).maps("b");
        assert_eq!(maps.len(), 1);
        assert_eq!((maps[0].rows.len(), maps[0].columns.len()), (2, 3));
        assert_eq!((maps[0].row_key.as_str(), maps[0].column_key.as_str()), ("first", "second"));
    }

    #[test]
    fn a_design_without_an_answer_says_why_and_a_missing_one_that_it_is_missing() {
        let points =
            vec![point(&["1"], vec![finding("user", Standing::NoAnswer, None)]), point(&["2"], Vec::new())];
        let map = &sweep(&["k"], points).maps("b")[0];
        assert_eq!(map.cells[0][0], Cell::NoAnswer("too few units".to_owned()));
        assert!(matches!(&map.cells[0][1], Cell::NoAnswer(reason) if reason.contains("not part")));
    }
}
