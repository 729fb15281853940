//! The vocabulary of token-length laws. Plain data: nothing here is checked until a table is built.

/// The form of a token-length law before bounds and atoms. Lengths in tokens, logarithms natural.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Always the same length.
    Fixed {
        /// The length.
        tokens: u32,
    },
    /// Every integer of `low..=high` equally often.
    Uniform {
        /// Smallest length.
        low: u32,
        /// Largest length.
        high: u32,
    },
    /// Exponential, rounded to the nearest integer.
    Exponential {
        /// Mean before rounding and bounds; above 0.
        mean: f64,
    },
    /// Lognormal, rounded to the nearest integer.
    Lognormal {
        /// Mean of the log-length.
        mu: f64,
        /// Standard deviation of the log-length; above 0.
        sigma: f64,
    },
    /// Weighted lognormals, rounded to the nearest integer: bodies with several humps.
    LognormalMixture {
        /// At least one component; weights are normalised.
        components: Vec<LognormalComponent>,
    },
    /// Density proportional to `x^-alpha`, in unit cells that start at `xmin`.
    ///
    /// For a whole `xmin` this is the continuous law on `[xmin, cut + 1)`, floored:
    /// `P(l) = F(l + 1) - F(l)`. A fractional `xmin` keeps unit cells, and the first cell belongs to the
    /// first integer not below it (9.5: `P(10) = F(10.5) - F(9.5)`), so no length lies below `xmin`.
    /// The survival exponent is `alpha - 1`.
    TruncatedPowerLaw {
        /// Lower end, at least 0.5 tokens.
        xmin: f64,
        /// Exponent of the density, -20 to 20; 1 is log-uniform.
        alpha: f64,
        /// Largest length, above `xmin`; its fraction is dropped.
        cut: f64,
    },
    /// A lognormal body truncated below `xmin` (rounded to nearest), and a power-law tail from `xmin` on.
    Spliced {
        /// Share of the body, 0 to 1.
        body_weight: f64,
        /// Mean of the body's log-length, before truncation.
        mu: f64,
        /// Standard deviation of the body's log-length, before truncation.
        sigma: f64,
        /// Where the tail takes over.
        xmin: f64,
        /// Exponent of the tail's density.
        alpha: f64,
        /// Largest length of the tail.
        cut: f64,
    },
    /// A quantile table, linear in `ln x` between its points, rounded to the nearest integer.
    ///
    /// Mass below the first point sits at its value, mass above the last at the last; equal neighbouring
    /// values make an atom. A table of measured integer quantiles therefore keeps the data's walls.
    Empirical {
        /// At least one point, `q` strictly rising, values not falling.
        quantiles: Vec<QuantilePoint>,
    },
}

/// One hump of a lognormal mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LognormalComponent {
    /// Relative weight, at least 0.
    pub weight: f64,
    /// Mean of the log-length.
    pub mu: f64,
    /// Standard deviation of the log-length; above 0.
    pub sigma: f64,
}

/// One point of a quantile table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantilePoint {
    /// Probability of a length of at most `value`, 0 to 1.
    pub q: f64,
    /// Length in tokens, at least 1.
    pub value: f64,
}

/// What happens to the shape's mass above the largest length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// It piles up at the maximum, as with a server's output limit.
    Clip,
    /// It is redistributed over the allowed lengths, as if such requests were drawn again.
    Truncate,
}

/// A pile of requests on few lengths, such as prompts filled up to a client's limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Atom {
    /// Smallest length of the pile.
    pub low: u32,
    /// Largest length of the pile; the weight is spread evenly over `low..=high`.
    pub high: u32,
    /// Share of the whole law, 0 to 1; the shape keeps what the atoms leave.
    pub weight: f64,
}

/// A complete token-length law: a shape within bounds, and atoms beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct LengthLaw {
    /// The form of the law.
    pub shape: Shape,
    /// Smallest length; the shape's mass below it moves to it.
    pub min: u32,
    /// Largest length, at most [`super::MAX_TOKENS`].
    pub max: u32,
    /// What happens to the shape's mass above `max`.
    pub beyond: Beyond,
    /// Piles inside `min..=max`, added after the bounds have been applied to the shape.
    pub atoms: Vec<Atom>,
}
