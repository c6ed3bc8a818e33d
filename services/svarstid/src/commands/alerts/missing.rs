//! Callers who do not get through to the PBX: nobody sees them, but that they are missing is seen.

use super::expressions::{all_were_open, is_heard, quoted};
use super::questions;
use super::rules::{Board, Rule, Severity};
use config::{Config, Queue, QueueKind};

/// Calls may be few for a moment.
const LASTS: &str = "5m";

/// Far fewer calls from outside than a week ago at this time, though the PBX is heard. None of a site without queues: nothing tells its hours.
pub fn calls(config: &Config) -> anyhow::Result<Option<Rule>> {
    let (alerts, site) = (&config.alerts, quoted(&config.site.id));
    let (window_min, most) = (alerts.missing_window_min, alerts.missing_share_max);
    let Some(open) = all_were_open(config, &of_day(config), window_min) else { return Ok(None) };
    let calls = |when: &str| {
        format!(
            "sum by (site) (increase(svarstid_processor_external_calls_total{{site={site}}}[{window_min}m]{when}))"
        )
    };
    let (now, before) = (calls(""), calls(" offset 1w"));
    let expr = format!(
        "(1 - {now} / {before}) > {most}\nand {before} >= {}\nand {open}\n{}",
        alerts.calls_min,
        is_heard(&config.site.id)
    );
    let rule = Rule::new("SvarstidCallsMissing", Severity::Page, expr, LASTS)
        .asks(questions::missing(config)?)
        .says(
            "{{ $value | humanizePercentage }} fewer calls from outside than a week ago",
            &format!(
                "In the last {window_min} minutes {{{{ $value | humanizePercentage }}}} fewer calls came from outside to {{{{ $labels.site }}}} than in the same minutes a week \
                 ago, though the PBX is heard: a trunk or the operator's network may be down. Call your own main number from outside; see in the PBX whether the \
                 trunks are registered, and ask whoever delivers them."
            ),
        );
    let since = "?var-site={{ $labels.site | urlquery }}&from=now-3h&to=now";
    Ok(Some(rule.links(alerts, Board::Switchboard, since).calls(alerts, 60)))
}

/// The queues whose hours tell what kind of day it is, for on a holiday others call: the operators', or all where there are none.
pub fn of_day(config: &Config) -> Vec<&Queue> {
    let operators: Vec<&Queue> =
        config.queues.iter().filter(|queue| queue.kind == QueueKind::Operator).collect();
    if operators.is_empty() { config.queues.iter().collect() } else { operators }
}
