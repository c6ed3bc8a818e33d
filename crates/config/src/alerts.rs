//! `[alerts]`: what `svarstid alerts` makes rules of, beside `[[targets]]` and `[[opening_hours]]`.

use crate::check::{Checked, wrong};
use crate::{Config, ConfigError, Queue, QueueKind};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Longest of all spans here: a day.
const DAY_S: u32 = 86_400;
const DAY_MIN: u32 = 1_440;

/// `[alerts]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// The longest wait now of an operator queue, seconds.
    pub longest_wait_operator_s: u32,
    /// The longest wait now of a group's queue, seconds.
    pub longest_wait_group_s: u32,
    /// Queues with a longest wait of their own.
    pub longest_wait: Vec<LongestWait>,
    /// So many calls or passes must have been presented in the long window before a share says anything.
    pub calls_min: u32,
    /// So many minutes are compared with the same ones a week before, minutes.
    pub missing_window_min: u32,
    /// The largest share of the calls of a week before that may be missing, 0 to 1.
    pub missing_share_max: f64,
    /// The largest share of a unit's direct calls of a week that may fall to the operator undiverted, 0 to 1; none: no alert.
    pub undiverted_share_max: Option<f64>,
    /// So many direct calls must have come in the week before that share says anything.
    pub direct_calls_min: u32,
    /// Local time of day, `HH:MM`, by which who left a message before is called back; none: no alert.
    pub called_back_by: Option<String>,
    /// A bad hour.
    pub fast: Burn,
    /// A bad day that no hour shows.
    pub slow: Burn,
    /// A source that says nothing for so long is silent, seconds.
    pub source_silent_s: u32,
    /// Figures that stand still for so long, seconds.
    pub figures_still_s: u32,
    /// A processor that is behind by so long, seconds.
    pub behind_s: u32,
    /// Where Grafana is.
    pub grafana_url: String,
    /// In which language the dashboards are that the alerts link to.
    pub dashboard_language: DashboardLanguage,
    /// The document that tells what to do; an anchor is added.
    pub runbook_url: String,
}

/// `[[alerts.longest_wait]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongestWait {
    /// Of which queue.
    pub queue: String,
    /// Seconds.
    pub over_s: u32,
}

/// The language of dashboards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DashboardLanguage {
    /// Swedish.
    Sv,
    /// English.
    En,
}

impl DashboardLanguage {
    /// The end of each dashboard's uid.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sv => "sv",
            Self::En => "en",
        }
    }
}

/// `[alerts.fast]`, `[alerts.slow]`: both windows must be bad.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burn {
    /// The long window, minutes: enough has gone wrong.
    pub window_min: u32,
    /// The short window, minutes: it still does.
    pub short_min: u32,
    /// How many times as many as the target allows.
    pub times: f64,
    /// For so long, minutes.
    pub for_min: u32,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            longest_wait_operator_s: 120,
            longest_wait_group_s: 300,
            longest_wait: Vec::new(),
            calls_min: 20,
            missing_window_min: 15,
            missing_share_max: 0.9,
            undiverted_share_max: None,
            direct_calls_min: 50,
            called_back_by: None,
            fast: Burn { window_min: 30, short_min: 5, times: 3.0, for_min: 10 },
            slow: Burn { window_min: 240, short_min: 30, times: 1.25, for_min: 10 },
            source_silent_s: 120,
            figures_still_s: 300,
            behind_s: 600,
            grafana_url: "http://127.0.0.1:3000".into(),
            dashboard_language: DashboardLanguage::Sv,
            runbook_url: "docs/alerts.md".into(),
        }
    }
}

impl Alerts {
    /// The longest wait now that is borne, seconds.
    #[must_use]
    pub fn longest_wait_s(&self, queue: &Queue) -> u32 {
        let own = self.longest_wait.iter().find(|own| own.queue == queue.name);
        own.map_or_else(
            || match queue.kind {
                QueueKind::Operator => self.longest_wait_operator_s,
                QueueKind::Group => self.longest_wait_group_s,
            },
            |own| own.over_s,
        )
    }
}

impl Config {
    /// `alerts.called_back_by` as minutes after midnight.
    ///
    /// # Errors
    /// It is no time of day.
    pub fn called_back_by_min(&self) -> Result<Option<u32>, ConfigError> {
        let Some(text) = &self.alerts.called_back_by else { return Ok(None) };
        let time = crate::opening::time("alerts.called_back_by", text)?;
        Ok(u32::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok())
    }

    pub(crate) fn check_alerts(&self) -> Checked {
        let alerts = &self.alerts;
        for (key, seconds) in [
            ("longest_wait_operator_s", alerts.longest_wait_operator_s),
            ("longest_wait_group_s", alerts.longest_wait_group_s),
            ("source_silent_s", alerts.source_silent_s),
            ("figures_still_s", alerts.figures_still_s),
            ("behind_s", alerts.behind_s),
        ] {
            check_seconds(&format!("alerts.{key}"), seconds)?;
        }
        if !(1..=DAY_MIN).contains(&alerts.missing_window_min) {
            return wrong("alerts.missing_window_min", "whole minutes from 1 to 1440, a day");
        }
        if !(alerts.missing_share_max > 0.0 && alerts.missing_share_max < 1.0) {
            return wrong(
                "alerts.missing_share_max",
                "a share between 0 and 1, such as 0.9: nine of ten calls are missing",
            );
        }
        if alerts.undiverted_share_max.is_some_and(|share| !(share > 0.0 && share < 1.0)) {
            return wrong("alerts.undiverted_share_max", "a share between 0 and 1, such as 0.15");
        }
        if alerts.direct_calls_min == 0 {
            return wrong("alerts.direct_calls_min", "at least 1; of few calls a share tells little");
        }
        self.called_back_by_min()?;
        if alerts.calls_min == 0 {
            return wrong("alerts.calls_min", "at least 1; with 1, one lost call at night is an alert");
        }
        let url = &alerts.grafana_url;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return wrong("alerts.grafana_url", "an address such as \"https://grafana.example.org\"");
        }
        self.check_longest_waits()?;
        check_burn("alerts.fast", &alerts.fast)?;
        check_burn("alerts.slow", &alerts.slow)?;
        if alerts.slow.window_min <= alerts.fast.window_min {
            return wrong("alerts.slow.window_min", "it is longer than alerts.fast.window_min");
        }
        Ok(())
    }

    fn check_longest_waits(&self) -> Checked {
        let mut seen = BTreeSet::new();
        for LongestWait { queue, over_s } in &self.alerts.longest_wait {
            let place = format!("alerts.longest_wait `{queue}`");
            if self.queues.iter().all(|known| known.name != *queue) {
                return wrong(&place, format!("queue `{queue}` is not among [[queues]]"));
            }
            if !seen.insert(queue) {
                return wrong(&place, "it stands there twice");
            }
            check_seconds(&place, *over_s)?;
        }
        Ok(())
    }
}

fn check_seconds(place: &str, seconds: u32) -> Checked {
    if (1..=DAY_S).contains(&seconds) { Ok(()) } else { wrong(place, "whole seconds from 1 to 86400, a day") }
}

fn check_burn(place: &str, burn: &Burn) -> Checked {
    if !(1..=DAY_MIN).contains(&burn.window_min) || burn.for_min > DAY_MIN {
        return wrong(place, "window_min is from 1 to 1440 minutes, a day; for_min at most as long");
    }
    if burn.short_min == 0 || burn.short_min >= burn.window_min {
        return wrong(place, "short_min is at least 1 and shorter than window_min");
    }
    if !(1.0..=100.0).contains(&burn.times) {
        let what =
            "times is from 1 (as many as the target allows) to 100; of a target of 80 %, 2 is below 60 %";
        return wrong(place, what);
    }
    Ok(())
}
