//! The four effects of a two-stage design between the clusters at share `at` = ψ and those at share `from` = φ:
//! direct Ȳ(1;ψ) − Ȳ(0;ψ), spillover Ȳ(0;ψ) − Ȳ(0;φ), total Ȳ(1;ψ) − Ȳ(0;φ) = direct + spillover, overall Ȳ(ψ) − Ȳ(φ).
//!
//! Ȳ is the plain mean over clusters of the clusters' ratios, the error from the variance between clusters (ddof 1): paired
//! within clusters for the direct effect, Welch between the two groups for the others (Hudgens and Halloran, JASA 2008).

use super::cluster_arms::{ClusterArms, cluster_arms, count};
use crate::design::Unit;
use crate::estimate::{Arms, Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::settings::Section;
use crate::stats::{
    Difference, NotEstimable, UnitTotals, paired_ratio_difference, ratio_difference, ratio_of_sums,
};

const UNITS: &[Unit] = &[Unit::Saturation];
const NEEDS: &[Column] = &[Column::Cluster, Column::Saturation];

pub(in crate::estimate) const DIRECT: EstimatorSpec = EstimatorSpec {
    name: "saturation_direct",
    about: "treated less controls within the clusters at share `at`, paired by cluster",
    units: UNITS,
    needs: NEEDS,
    uses: &[],
    basic: &[],
    build: |section| read(section, Effect::Direct),
};

pub(in crate::estimate) const SPILLOVER: EstimatorSpec = EstimatorSpec {
    name: "saturation_spillover",
    about: "controls of clusters at share `at` less controls of clusters at share `from`",
    units: UNITS,
    needs: NEEDS,
    uses: &[],
    basic: &[],
    build: |section| read(section, Effect::Spillover),
};

pub(in crate::estimate) const TOTAL: EstimatorSpec = EstimatorSpec {
    name: "saturation_total",
    about: "treated of clusters at share `at` less controls of clusters at share `from`",
    units: UNITS,
    needs: NEEDS,
    uses: &[],
    basic: &[],
    build: |section| read(section, Effect::Total),
};

pub(in crate::estimate) const OVERALL: EstimatorSpec = EstimatorSpec {
    name: "saturation_overall",
    about: "all rows of clusters at share `at` less all rows of clusters at share `from`",
    units: UNITS,
    needs: NEEDS,
    uses: &[],
    basic: &[],
    build: |section| read(section, Effect::Overall),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Direct,
    Spillover,
    Total,
    Overall,
}

struct Saturation {
    effect: Effect,
    at: f64,
    from: f64,
}

fn read(section: &Section<'_>, effect: Effect) -> Box<dyn Estimator> {
    let at = section.number("at", Some(0.75), 0.0..=1.0);
    let from = section.number("from", Some(0.25), 0.0..=1.0);
    if at == from && effect != Effect::Direct {
        section.problem("from", from.to_string(), "another share than `at`");
    }
    Box::new(Saturation { effect, at, from })
}

fn means(clusters: &[ClusterArms], share: f64, of: impl Fn(&ClusterArms) -> Option<f64>) -> Vec<UnitTotals> {
    let own = clusters.iter().filter(|cluster| (cluster.share - share).abs() < 1e-9);
    own.filter_map(of).map(|numerator| UnitTotals { numerator, denominator: 1.0 }).collect()
}

impl Saturation {
    fn is_at(&self, cluster: &ClusterArms) -> bool {
        (cluster.share - self.at).abs() < 1e-9
    }
}

impl Estimator for Saturation {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let clusters = cluster_arms(sample)?;
        let whole = |share: f64| means(&clusters, share, ClusterArms::whole);
        let arm = |share: f64, treated: bool| means(&clusters, share, |cluster| cluster.mean(treated));
        if self.effect == Effect::Direct {
            // Clusters that show both arms.
            let both = |cluster: &ClusterArms, treated: bool| {
                cluster.mean(!treated).and_then(|_| cluster.mean(treated))
            };
            let [control, treated] = [false, true].map(|t| means(&clusters, self.at, |c| both(c, t)));
            let pairs: Vec<(UnitTotals, UnitTotals)> =
                treated.iter().copied().zip(control.iter().copied()).collect();
            let found = paired_ratio_difference(&pairs)?;
            let at = clusters.iter().filter(|cluster| self.is_at(cluster));
            let mixed = at.filter(|cluster| both(cluster, true).is_some());
            // Each cluster shows both arms and is one unit.
            let difference = Difference { n_units: count(&mixed.copied().collect::<Vec<_>>()), ..found };
            let arms = Arms { treated: ratio_of_sums(&treated)?, control: ratio_of_sums(&control)? };
            return Ok(Contrast { arms: Some(arms), difference });
        }
        let (treated, control) = match self.effect {
            Effect::Direct | Effect::Total => (arm(self.at, true), arm(self.from, false)),
            Effect::Spillover => (arm(self.at, false), arm(self.from, false)),
            Effect::Overall => (whole(self.at), whole(self.from)),
        };
        let difference = ratio_difference(&treated, &control)?;
        let arms = Arms { treated: ratio_of_sums(&treated)?, control: ratio_of_sums(&control)? };
        Ok(Contrast { arms: Some(arms), difference })
    }

    fn estimand(&self) -> Estimand {
        let (share, from) = (Some(self.at), self.from);
        match self.effect {
            Effect::Direct => Estimand::Direct { share },
            Effect::Spillover => Estimand::Spillover { share, from },
            Effect::Total => Estimand::Total { share, from },
            Effect::Overall => Estimand::Overall { share, from },
        }
    }
}
