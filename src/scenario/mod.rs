//! From TOML to a [`Scenario`] that cannot be invalid: every problem found at once, each with its place. What reads a
//! scenario also tells its grammar, from which come the reference and the schema for editors.

pub mod changes;
pub mod fleet;
pub mod lint;
pub mod load;
pub mod meanings;
pub mod reference;
pub mod resolve;
pub mod schema;

pub use changes::{SettingChange, setting_changes};
pub use load::LoadEstimate;
pub use resolve::{RecordSpec, Scenario, SegmentBy, StudySpec, grammar, resolve};
