//! Whether Kafka keeps the events for long enough.

use config::Config;
use kafka::Retention;
use std::time::Duration;

/// Computing anew begins with the first event that is kept: only what began the longest call, and the lateness, after that is whole.
pub fn needed(config: &Config, others: &[Config]) -> Duration {
    let ages = std::iter::once(config).chain(others).map(|config| config.processor.max_call_age_s);
    let age_s = ages.max().unwrap_or_default();
    Duration::from_secs(u64::from(age_s) + u64::from(config.processor.allowed_lateness_s))
}

/// What an operator should know of it; none: it is long enough.
pub fn warning(kept: Retention, needed: Duration, topic: &str) -> Option<String> {
    let (kept_s, needed_s) = (kept.time?.as_secs(), needed.as_secs());
    kept.is_shorter_than(needed).then(|| {
        format!(
            "{topic} is kept for {kept_s} s only (retention.ms): a processor that stands still for longer loses calls, and computing anew \
             needs {needed_s} s (max_call_age_s + allowed_lateness_s) until a single minute is whole. Lengthen it: days, better weeks"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_must_be_kept_for_the_longest_call_and_the_lateness() {
        let needed = Duration::from_secs(14_400 + 3_600);
        let warns = |ms: i64| warning(Retention::of(ms, -1), needed, "call-events");
        assert_eq!(warns(-1), None);
        assert_eq!(warns(18_000_000), None);
        let text = warns(17_999_000).unwrap();
        assert!(text.contains("call-events is kept for 17999 s") && text.contains("18000 s"), "{text}");
    }
}
