//! How callers were answered: what alerts are made of when nothing but the processor and Prometheus is there.

use super::define::{Catalogue, HistogramBy};
use super::{CounterBy, GaugeBy, MetricsError};

/// Answers, and what became of targets. External callers only; labels are names of the configuration.
#[derive(Debug, Clone)]
pub struct Answers {
    /// By site and queue: from joining the queue.
    pub answer_time_seconds: HistogramBy<2>,
    /// By site: from arrival.
    pub call_answer_time_seconds: HistogramBy<1>,
    /// By site and target.
    pub target_presented: CounterBy<2>,
    /// By site and target.
    pub target_answered_within: CounterBy<2>,
    /// By site and target.
    pub target_lost: CounterBy<2>,
    /// By site.
    pub target_late: CounterBy<1>,
    /// By site.
    pub external_calls: CounterBy<1>,
    /// By site and unit.
    pub direct_calls: CounterBy<2>,
    /// By site and unit.
    pub undiverted_calls: CounterBy<2>,
    /// By site and queue: 1 or 0.
    pub open: GaugeBy<2>,
}

impl Answers {
    pub(super) fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        let (by_target, by_unit) = (["site", "target"], ["site", "unit"]);
        Ok(Self {
            answer_time_seconds: to.waits_by(
                "svarstid_processor_answer_time_seconds",
                "How long external callers stood in a queue until they were answered, by site and queue; one that the configuration does not name is `other`.",
                ["site", "queue"],
            )?,
            call_answer_time_seconds: to.waits_by(
                "svarstid_processor_call_answer_time_seconds",
                "How long external callers waited from their arrival until a person answered, by site.",
                ["site"],
            )?,
            target_presented: to.counter_by(
                "svarstid_processor_target_presented_total",
                "Calls or passes that a target is about, each when it is known how it ended for the caller; by site and target.",
                by_target,
            )?,
            target_answered_within: to.counter_by(
                "svarstid_processor_target_answered_within_total",
                "Of those presented, the ones answered within the target's time; by site and target.",
                by_target,
            )?,
            target_lost: to.counter_by(
                "svarstid_processor_target_lost_total",
                "Of those presented, the ones lost; by site and target.",
                by_target,
            )?,
            target_late: to.counter_by(
                "svarstid_processor_target_late_total",
                "Calls and passes that became known more than ten minutes after they had ended for the caller, and count for no target here; by site.",
                ["site"],
            )?,
            external_calls: to.counter_by(
                "svarstid_processor_external_calls_total",
                "Calls from outside, each when it is known how it ended for the caller, unless that was more than ten minutes ago; by site.",
                ["site"],
            )?,
            direct_calls: to.counter_by(
                "svarstid_processor_direct_calls_total",
                "Calls to direct numbers, each when it is known how it ended for the caller; by site and unit of the person sought; one that the configuration does not name is `other`.",
                by_unit,
            )?,
            undiverted_calls: to.counter_by(
                "svarstid_processor_undiverted_calls_total",
                "Of the calls to direct numbers, those that fell to the operator because the person sought neither answered nor was diverted; by site and unit.",
                by_unit,
            )?,
            open: to.gauge_by(
                "svarstid_processor_open",
                "1 while a queue is open by its opening hours, otherwise 0; by site and queue.",
                ["site", "queue"],
            )?,
        })
    }
}
