//! Alerts about a unit's habits: telephones that were not diverted, messages that nobody answered. Nobody has to run.

use super::expressions::quoted;
use super::questions;
use super::rules::{Board, Rule, Severity};
use config::{Config, Unit};

const SITE_AND_UNIT: &str =
    "?var-site={{ $labels.site | urlquery }}&var-unit={{ $labels.unit | urlquery }}&from=now-7d&to=now";

/// Of every unit of a site.
pub fn rules(config: &Config) -> anyhow::Result<Vec<Rule>> {
    let undiverted = config.alerts.undiverted_share_max;
    let called_back_by = config.called_back_by_min()?;
    let of_unit = |unit: &Unit| {
        let undiverted = undiverted.map(|most| not_diverted(config, unit, most));
        let messages = called_back_by.map(|by_min| messages(config, unit, by_min));
        [undiverted, messages].into_iter().flatten()
    };
    let rules = config.units.iter().flat_map(of_unit);
    Ok(rules.map(|rule| rule.links(&config.alerts, Board::Departments, SITE_AND_UNIT)).collect())
}

fn not_diverted(config: &Config, unit: &Unit, most: f64) -> Rule {
    let of = format!("site={},unit={}", quoted(&config.site.id), quoted(&unit.name));
    let grew =
        |what: &str| format!("sum by (site, unit) (increase(svarstid_processor_{what}_total{{{of}}}[7d]))");
    let (part, whole) = (grew("undiverted_calls"), grew("direct_calls"));
    let expr = format!("({part} / {whole}) > {most}\nand {whole} >= {}", config.alerts.direct_calls_min);
    Rule::new("SvarstidUndiverted", Severity::Ticket, expr, "1h")
        .asks(questions::undiverted(config, &unit.name, most))
        .label("unit", &unit.name)
        .says(
            "{{ $value | humanizePercentage }} of the direct calls to {{ $labels.unit }} were not diverted",
            &format!(
                "Of seven days' calls to direct numbers of {{{{ $labels.unit }}}} at {{{{ $labels.site }}}}, {{{{ $value | humanizePercentage }}}} fell to the operator because \
                 the person sought neither answered nor had diverted the telephone; more than {:.0} % are told. See on the dashboard since when, and remind those who \
                 are away to divert.",
                most * 100.0
            ),
        )
}

fn messages(config: &Config, unit: &Unit, by_min: u32) -> Rule {
    let by = format!("{:02}:{:02}", by_min / 60, by_min % 60);
    Rule::of_tables("SvarstidMessagesNotCalledBack", Severity::Ticket, "0s")
        .asks(questions::messages(config, &unit.name, by_min))
        .label("unit", &unit.name)
        .says(
            "{{ $value }} callers of {{ $labels.unit }} left a message today and were not called back",
            &format!(
                "By {by}, {{{{ $value }}}} callers had left a message in mailboxes of {{{{ $labels.unit }}}} at {{{{ $labels.site }}}} today, and nobody has spoken to them since: \
                 they were neither called, nor answered when they called again. Listen to the messages and call."
            ),
        )
}
