//! Alerts about callers: those who wait now, and targets that are being missed.

use super::expressions::{any_is_open, grew, queue_is_open, quoted};
use super::questions;
use super::rules::{Board, Rule, Severity};
use config::{Burn, Config, ServiceTarget};

/// The one alert about callers who are still there.
pub fn waits(config: &Config) -> anyhow::Result<Vec<Rule>> {
    let (alerts, site) = (&config.alerts, &config.site.id);
    let rule = |queue: &config::Queue| -> anyhow::Result<Rule> {
        let over_s = alerts.longest_wait_s(queue);
        let of = format!("site={},queue={}", quoted(site), quoted(&queue.name));
        let expr = format!(
            "max by (site, queue) (svarstid_processor_longest_wait_seconds{{{of}}}) > {over_s}\nand {}",
            queue_is_open(site, &queue.name)
        );
        let rule = Rule::new("SvarstidLongestWait", Severity::Page, expr, "15s")
            // When the first is answered at last, the next has waited for less: that alone is no end.
            .kept_for("1m")
            .asks(questions::longest_wait(config, queue, over_s)?)
            .label("queue", &queue.name)
            .label("unit", queue.unit.as_deref().unwrap_or_default())
            .says(
                "A caller has waited {{ $value | humanizeDuration }} in queue {{ $labels.queue }}",
                &format!(
                    "In queue {{{{ $labels.queue }}}} of {{{{ $labels.site }}}} the caller who came first has waited {{{{ $value | humanizeDuration }}}}, and \
                     still does; more than {over_s} s are told. Put more people into the queue, or see who is paused."
                ),
            );
        let query = format!("?{SITE}&var-queue={{{{ $labels.queue | urlquery }}}}&from=now-1h&to=now");
        Ok(rule.links(alerts, Board::Wall, &query))
    };
    config.queues.iter().map(rule).collect()
}

const SITE: &str = "var-site={{ $labels.site | urlquery }}";

/// Two windows must be bad: the long one says that enough went wrong, the short one that it still does.
pub fn targets(config: &Config) -> anyhow::Result<Vec<Rule>> {
    let mut rules = Vec::new();
    for target in &config.targets {
        let level = Kind { what: "answered_within", is_good: true, room: 1.0 - target.share };
        rules.push(burn(config, target, &level, "SvarstidServiceLevelFast", Severity::Page)?);
        rules.push(burn(config, target, &level, "SvarstidServiceLevelSlow", Severity::Ticket)?);
        if let Some(room) = target.lost_share_max {
            let lost = Kind { what: "lost", is_good: false, room };
            rules.push(burn(config, target, &lost, "SvarstidLostShareFast", Severity::Page)?);
            rules.push(burn(config, target, &lost, "SvarstidLostShareSlow", Severity::Ticket)?);
        }
    }
    Ok(rules)
}

/// A share of what was presented that should be small.
struct Kind {
    what: &'static str,
    /// What is counted is good: the rest should be small.
    is_good: bool,
    /// How large the target lets it be, 0 to 1.
    room: f64,
}

impl Kind {
    fn share(&self, site: &str, target: &str, minutes: u32) -> String {
        let part = grew(self.what, site, target, minutes);
        let whole = grew("presented", site, target, minutes);
        if self.is_good { format!("1 - {part} / {whole}") } else { format!("{part} / {whole}") }
    }

    /// More of it than so many times the room; where that is more than there can be, half-way to all.
    fn limit(&self, times: f64) -> f64 {
        let limit = (self.room * times).min((1.0 + self.room) / 2.0);
        (limit * 10_000.0).round() / 10_000.0
    }
}

fn burn(
    config: &Config,
    target: &ServiceTarget,
    kind: &Kind,
    name: &'static str,
    severity: Severity,
) -> anyhow::Result<Rule> {
    let (alerts, site) = (&config.alerts, config.site.id.as_str());
    let Burn { window_min, short_min, times, for_min } = match severity {
        Severity::Page => alerts.fast,
        Severity::Ticket => alerts.slow,
    };
    let limit = kind.limit(times);
    let mut expr = format!(
        "({}) > {limit}\nand ({}) > {limit}\nand {} >= {}",
        kind.share(site, &target.name, window_min),
        kind.share(site, &target.name, short_min),
        grew("presented", site, &target.name, window_min),
        alerts.calls_min
    );
    let open = match &target.queue {
        Some(queue) => Some(queue_is_open(site, queue)),
        None => any_is_open(config, target.unit.as_deref()),
    };
    expr.extend(open.map(|open| format!("\nand {open}")));
    let queue = target.queue.as_deref();
    let asked = questions::Share {
        is_of_answers: kind.is_good,
        window_min,
        short_min,
        calls_min: alerts.calls_min,
        limit,
    };
    let counted = config::service_target(target);
    let rule = Rule::new(name, severity, expr, &format!("{for_min}m"))
        .asks(questions::share(config, &counted, &asked)?)
        .label("target", &target.name)
        .label("unit", unit_of(config, target))
        .label("queue", queue.unwrap_or_default());
    let (summary, description) = words(target, kind, window_min, short_min);
    let since = format!("?{SITE}&from=now-{}m&to=now", window_min.max(60));
    Ok(rule.says(&summary, &description).links(alerts, Board::Switchboard, &since).calls(alerts, window_min))
}

/// Who is told: the target's unit, or its queue's.
fn unit_of<'a>(config: &'a Config, target: &'a ServiceTarget) -> &'a str {
    let queue = target.queue.as_ref().and_then(|name| config.queues.iter().find(|queue| queue.name == *name));
    target.unit.as_deref().or_else(|| queue?.unit.as_deref()).unwrap_or_default()
}

fn words(target: &ServiceTarget, kind: &Kind, window_min: u32, short_min: u32) -> (String, String) {
    let wanted = if kind.is_good { target.share } else { kind.room } * 100.0;
    let (what, wanted, advice) = if kind.is_good {
        (
            format!("not answered within {} s", target.answer_within_s),
            format!("the target is {wanted:.0} % answered in that time"),
            "See on the dashboard since when, and whether more came or fewer answered",
        )
    } else {
        (
            "lost".to_owned(),
            format!("the target is {wanted:.0} % at most"),
            "See on the dashboard where they were lost: callers who give up need operators, timed-out and blocked ones a look at the \
             queue's settings",
        )
    };
    let summary = format!("{{{{ $value | humanizePercentage }}}} {what}: target {{{{ $labels.target }}}}");
    let description = format!(
        "At {{{{ $labels.site }}}}, {{{{ $value | humanizePercentage }}}} of external callers of the last {window_min} minutes were {what}, and too many of the \
         last {short_min} minutes, too; {wanted} (target {{{{ $labels.target }}}}). {advice}."
    );
    (summary, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_can_be_reached() {
        let limit = |room: f64, times: f64| Kind { what: "lost", is_good: false, room }.limit(times);
        assert_eq!(limit(0.2, 2.0), 0.4);
        assert_eq!(limit(0.1, 1.25), 0.125);
        assert_eq!(limit(0.6, 2.0), 0.8, "half-way from 60 % to all");
        assert_eq!(limit(0.0, 2.0), 0.0);
    }
}
