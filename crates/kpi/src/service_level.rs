//! The four service levels.

/// Counts at one threshold T.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServiceLevelInput {
    /// A: answered within T.
    pub answered_within: i64,
    /// B: lost within T.
    pub lost_within: i64,
    /// P: offered − closed − those still waiting less than T.
    pub presented: i64,
    /// H: answered at all.
    pub answered: i64,
}

/// One threshold, four formulas; none where the denominator is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ServiceLevel {
    /// A / P.
    pub sl_of_offered: Option<f64>,
    /// A / (P − B).
    pub sl_without_short: Option<f64>,
    /// (A + B) / P.
    pub sl_with_short: Option<f64>,
    /// A / H.
    pub sl_of_answered: Option<f64>,
}
