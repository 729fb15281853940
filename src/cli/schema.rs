//! `contention schema`: the JSON Schema of a scenario, for editors.

use super::{Failure, print_json};
use crate::scenario::schema::schema as of_scenario;

/// Print the schema.
pub fn schema() -> Result<(), Failure> {
    print_json(&of_scenario())
}
