//! From when on ClickHouse can be asked: what `[retention]` let go is not missing.

use crate::time::rfc3339;
use config::Config;
use serde_json::{Value, json};
use store::retention::Horizon;

/// What is judged of each class of data.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    pub horizon: Horizon,
}

impl Kept {
    pub fn of(config: &Config, now_us: i64) -> Self {
        let retention = sink::retention(config).unwrap_or_default();
        Self { horizon: retention.horizon(now_us.div_euclid(1_000_000)) }
    }

    fn classes(&self) -> [(&'static str, i64); 4] {
        let Horizon { personal_s, calls_s, minutes_s, rejected_s } = self.horizon;
        [("passes", personal_s), ("calls", calls_s), ("minutes", minutes_s), ("rejected records", rejected_s)]
    }

    /// For people: of what older rows are not judged.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let told = |(what, from_s): (&str, i64)| {
            (from_s > 0).then(|| {
                format!(
                    "ClickHouse's {what} are judged from {} on: [retention] lets older ones go",
                    rfc3339(from_s * 1_000_000)
                )
            })
        };
        self.classes().into_iter().filter_map(told)
    }

    /// For scripts: null where everything is judged.
    pub fn json(&self) -> Value {
        let from = |(what, from_s): (&str, i64)| {
            (what.replace(' ', "_"), json!((from_s > 0).then(|| rfc3339(from_s * 1_000_000))))
        };
        Value::Object(self.classes().into_iter().map(from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_has_a_beginning() {
        let kept = Kept { horizon: Horizon { calls_s: 86_400, personal_s: 86_400, ..Horizon::default() } };
        let lines: Vec<_> = kept.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].contains("calls are judged from 1970-01-02T00:00:00.000000Z on"), "{lines:?}");
        assert_eq!(kept.json()["calls"], "1970-01-02T00:00:00.000000Z");
        assert!(kept.json()["rejected_records"].is_null());
    }
}
