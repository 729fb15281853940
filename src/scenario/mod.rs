//! From TOML to a [`Scenario`] that cannot be invalid: every problem found at once, each with its place.

pub mod changes;
pub mod fleet;
pub mod lint;
pub mod load;
pub mod resolve;

pub use changes::{SettingChange, setting_changes};
pub use load::LoadEstimate;
pub use resolve::{RecordSpec, Scenario, SegmentBy, StudySpec, resolve};
