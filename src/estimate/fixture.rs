//! What the tests of estimators share.

use super::{EstimatorSpec, NamedEstimator};
use crate::settings::{Document, Reader, Section};

/// The estimator `kind` with `options` as a scenario would write them.
pub(super) fn estimator(kind: &str, options: &str) -> NamedEstimator {
    let spec = EstimatorSpec::named(kind).unwrap();
    let (reader, document) = (Reader::default(), Document::preset(kind, options).unwrap());
    let estimator = (spec.build)(&Section::root(&reader, document.root));
    assert!(reader.problems().0.is_empty(), "{}", reader.problems());
    NamedEstimator {
        name: kind.to_owned(),
        spec,
        estimator,
        units: spec.units,
        designs: Vec::new(),
        metrics: Vec::new(),
    }
}
