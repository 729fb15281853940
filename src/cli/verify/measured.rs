//! A measured run of a real server, replayed.

use std::path::Path;

use crate::cli::{Failure, Global};

/// Replay the requests of `path` on the fleet of `scenario` and compare.
pub(super) fn measured(_path: &Path, _scenario: &str, _global: &Global) -> Result<(), Failure> {
    Err(Failure::failed("not built yet"))
}
