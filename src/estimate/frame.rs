//! Who got what, row by row: the columns of a log that are the same for every outcome.
//!
//! A frame comes from a simulated experiment or from a file of a production log; estimators cannot tell which. A column
//! that the log does not have is empty, and an estimator that needs it says so ([`Column`]).

use crate::design::Structure;
use crate::stats::NotEstimable;

/// Columns parallel to the rows of a log, in order of time. An empty column was not logged.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whether the row's unit got the candidate.
    pub treated: Vec<bool>,
    /// The row's randomised unit; the numbers are below `units`.
    pub unit: Vec<u32>,
    /// How many units there can be.
    pub units: usize,
    /// How the units hang together.
    pub structure: Structure,
    /// Names of the strata by their numbers, for messages; empty where they have none.
    pub stratum_names: Vec<String>,
    /// Whether the numbers of units and of blocks follow an order that means something (time, or the order of numbers);
    /// labels without one must not reach a method in which the order matters.
    pub in_order: Ordered,
    /// Whether the row lies in the washout after a switch.
    pub washout: Vec<bool>,
    /// Arrival time in seconds.
    pub time_s: Vec<f64>,
    /// The cluster (pool, region) that took the row in.
    pub cluster: Vec<u32>,
    /// The block of time that the row belongs to, from 0 in order of time within its cluster.
    pub block: Vec<u32>,
    /// Seconds since the start of the row's block.
    pub since_switch_s: Vec<f64>,
    /// Probability with which the row was given the candidate.
    pub propensity: Vec<f64>,
    /// Share of candidates that the design gave to the row's cluster (two-stage designs).
    pub saturation: Vec<f64>,
    /// The part of a design with two parts: 0 by request, 1 by cluster or block.
    pub part: Vec<u8>,
    /// The user's own coin (multiple randomisation).
    pub user_treated: Vec<bool>,
    /// The pool's own coin (multiple randomisation).
    pub pool_treated: Vec<bool>,
    /// Outcome of the same row under the other policy, mirrored (shadow traffic); NaN where there is none.
    pub shadow: Vec<f64>,
    /// Pre-decision state: what the gateway could see just before it decided.
    pub state: Vec<NamedColumn>,
    /// Covariates that were fixed before the assignment.
    pub covariates: Vec<NamedColumn>,
}

/// Whether the numbers of a frame's units and blocks follow an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The units.
    pub units: bool,
    /// The blocks.
    pub blocks: bool,
}

/// A column with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn {
    /// Its name.
    pub name: String,
    /// Its values, one a row.
    pub values: Vec<f64>,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            treated: Vec::new(),
            unit: Vec::new(),
            units: 0,
            structure: Structure::Plain,
            stratum_names: Vec::new(),
            in_order: Ordered { units: true, blocks: true },
            washout: Vec::new(),
            time_s: Vec::new(),
            cluster: Vec::new(),
            block: Vec::new(),
            since_switch_s: Vec::new(),
            propensity: Vec::new(),
            saturation: Vec::new(),
            part: Vec::new(),
            user_treated: Vec::new(),
            pool_treated: Vec::new(),
            shadow: Vec::new(),
            state: Vec::new(),
            covariates: Vec::new(),
        }
    }
}

/// A column that an estimator may need beyond outcome, treatment and unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Arrival time.
    Time,
    /// Cluster.
    Cluster,
    /// Block of time.
    Block,
    /// Seconds since the start of the block.
    SinceSwitch,
    /// Probability of the candidate.
    Propensity,
    /// The cluster's share of candidates.
    Saturation,
    /// The part of a two-part design.
    Part,
    /// The coins of user and pool.
    Factors,
    /// The mirrored outcome.
    Shadow,
    /// Pre-decision state.
    State,
    /// Covariates.
    Covariates,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Time,
        Self::Cluster,
        Self::Block,
        Self::SinceSwitch,
        Self::Propensity,
        Self::Saturation,
        Self::Part,
        Self::Factors,
        Self::Shadow,
        Self::State,
        Self::Covariates,
    ];

    /// The column as a word, which is also the option that names it on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Cluster => "cluster",
            Self::Block => "block",
            Self::SinceSwitch => "since_switch",
            Self::Propensity => "propensity",
            Self::Saturation => "saturation",
            Self::Part => "part",
            Self::Factors => "factors",
            Self::Shadow => "shadow",
            Self::State => "state",
            Self::Covariates => "covariates",
        }
    }

    fn is_in(self, frame: &Frame) -> bool {
        match self {
            Self::Time => !frame.time_s.is_empty(),
            Self::Cluster => !frame.cluster.is_empty(),
            Self::Block => !frame.block.is_empty(),
            Self::SinceSwitch => !frame.since_switch_s.is_empty(),
            Self::Propensity => !frame.propensity.is_empty(),
            Self::Saturation => !frame.saturation.is_empty(),
            Self::Part => !frame.part.is_empty(),
            Self::Factors => !frame.user_treated.is_empty() && !frame.pool_treated.is_empty(),
            Self::Shadow => !frame.shadow.is_empty(),
            Self::State => !frame.state.is_empty(),
            Self::Covariates => !frame.covariates.is_empty(),
        }
    }
}

impl Frame {
    /// Rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.treated.len()
    }

    /// Only these rows.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        fn pick<T: Copy>(column: &[T], rows: &[usize]) -> Vec<T> {
            if column.is_empty() { Vec::new() } else { rows.iter().map(|&row| column[row]).collect() }
        }
        let named = |columns: &[NamedColumn]| {
            let column = |column: &NamedColumn| NamedColumn {
                name: column.name.clone(),
                values: pick(&column.values, rows),
            };
            columns.iter().map(column).collect()
        };
        Self {
            treated: pick(&self.treated, rows),
            unit: pick(&self.unit, rows),
            units: self.units,
            structure: self.structure.clone(),
            stratum_names: self.stratum_names.clone(),
            in_order: self.in_order,
            washout: pick(&self.washout, rows),
            time_s: pick(&self.time_s, rows),
            cluster: pick(&self.cluster, rows),
            block: pick(&self.block, rows),
            since_switch_s: pick(&self.since_switch_s, rows),
            propensity: pick(&self.propensity, rows),
            saturation: pick(&self.saturation, rows),
            part: pick(&self.part, rows),
            user_treated: pick(&self.user_treated, rows),
            pool_treated: pick(&self.pool_treated, rows),
            shadow: pick(&self.shadow, rows),
            state: named(&self.state),
            covariates: named(&self.covariates),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.treated.is_empty()
    }

    /// Whether the row lies in the washout after a switch; no row does where no washout was logged.
    #[must_use]
    pub fn is_in_washout(&self, row: usize) -> bool {
        self.washout.get(row).copied().unwrap_or(false)
    }

    /// Whether a column was logged.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        column.is_in(self)
    }

    /// The first of these columns that was not logged, as a reason.
    ///
    /// # Errors
    /// `MissingColumn` with its name.
    pub fn require(&self, columns: &[Column]) -> Result<(), NotEstimable> {
        match columns.iter().find(|column| !self.has(**column)) {
            Some(column) => Err(NotEstimable::missing_column(column.name())),
            None => Ok(()),
        }
    }
}
