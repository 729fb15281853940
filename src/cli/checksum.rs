//! Checksums of files, and hashes of what a run depends on.

use sha2::{Digest as _, Sha256};

/// SHA-256 as hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names and checksums of files, from their contents.
#[must_use]
pub fn checksums(files: &[(String, String)]) -> Vec<(String, String)> {
    files.iter().map(|(name, content)| (name.clone(), sha256(content.as_bytes()))).collect()
}
