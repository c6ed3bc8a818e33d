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
    /// A / P: the headline, the strictest.
    pub sl_of_offered: Option<f64>,
    /// A / (P − B).
    pub sl_without_short: Option<f64>,
    /// (A + B) / P.
    pub sl_with_short: Option<f64>,
    /// A / H.
    pub sl_of_answered: Option<f64>,
}

impl From<ServiceLevelInput> for ServiceLevel {
    fn from(input: ServiceLevelInput) -> Self {
        let ServiceLevelInput { answered_within: a, lost_within: b, presented: p, answered: h } = input;
        Self {
            sl_of_offered: share(a, p),
            sl_without_short: share(a, p - b),
            sl_with_short: share(a + b, p),
            sl_of_answered: share(a, h),
        }
    }
}

/// A part of a whole; none of nothing.
#[must_use]
pub fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_definitions() {
        // 70 answered within T, 10 lost within T, 12 answered later, 8 lost later.
        let level: ServiceLevel =
            ServiceLevelInput { answered_within: 70, lost_within: 10, presented: 100, answered: 82 }.into();
        let percent = |value: Option<f64>| format!("{:.1}", value.unwrap() * 100.0);
        assert_eq!(percent(level.sl_of_offered), "70.0");
        assert_eq!(percent(level.sl_without_short), "77.8");
        assert_eq!(percent(level.sl_with_short), "80.0");
        assert_eq!(percent(level.sl_of_answered), "85.4");
        assert_eq!(ServiceLevel::from(ServiceLevelInput::default()), ServiceLevel::default());
    }
}
