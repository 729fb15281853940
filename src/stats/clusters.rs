//! Which rows belong together. A cluster is what was randomised, or what shares its noise.

use super::NotEstimable;

/// Rows grouped by cluster, clusters in the order of their numbers and rows in the order of the data.
#[derive(Clone, Debug)]
pub struct Clusters {
    order: Vec<u32>,
    starts: Vec<usize>,
}

impl Clusters {
    /// Groups rows by `ids`, one a row.
    ///
    /// # Errors
    /// `TooFewUnits` under three clusters: nothing can be said about how they vary.
    ///
    /// # Panics
    /// With 2³² rows or more.
    pub fn of(ids: &[u32]) -> Result<Self, NotEstimable> {
        assert!(u32::try_from(ids.len()).is_ok(), "rows are counted in 32 bits");
        let mut keys: Vec<u64> =
            ids.iter().enumerate().map(|(row, &id)| u64::from(id) << 32 | row as u64).collect();
        keys.sort_unstable();
        let mut starts = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            if at == 0 || key >> 32 != keys[at - 1] >> 32 {
                starts.push(at);
            }
        }
        if starts.len() < 3 {
            return Err(NotEstimable::TooFewUnits);
        }
        starts.push(keys.len());
        Ok(Self { order: keys.into_iter().map(|key| key as u32).collect(), starts })
    }

    /// G, the number of clusters; at least three.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many rows cluster `g` has.
    ///
    /// # Panics
    /// When there is no cluster `g`.
    #[must_use]
    pub fn size(&self, g: usize) -> usize {
        self.starts[g + 1] - self.starts[g]
    }

    /// The rows of all clusters, one cluster after the other.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Where cluster `g` stands in [`Self::order`].
    pub(super) fn span(&self, g: usize) -> std::ops::Range<usize> {
        self.starts[g]..self.starts[g + 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_grouped_whatever_their_order_and_numbers() {
        let clusters = Clusters::of(&[900, 3, 7, 3, 900, 900]).unwrap();
        assert_eq!((clusters.count(), clusters.size(0), clusters.size(2)), (3, 2, 3));
        assert_eq!(clusters.order(), [1, 3, 2, 0, 4, 5]);
        assert_eq!(Clusters::of(&[1, 2, 1]).unwrap_err(), NotEstimable::TooFewUnits);
        assert_eq!(Clusters::of(&[]).unwrap_err(), NotEstimable::TooFewUnits);
    }
}
