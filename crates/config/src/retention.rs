//! `[retention]`: how long ClickHouse keeps what.

use crate::Config;
use crate::check::{Checked, wrong};
use serde::Deserialize;

/// A hundred years: longer is without an end, for which the key is left out.
const DAYS_MAX: u32 = 36_525;

/// Days (UTC) by class of data; none: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Columns of calls that tell of persons: emptied.
    pub personal_days: Option<u32>,
    /// Calls: removed.
    pub calls_days: Option<u32>,
    /// One-minute figures and their corrections: removed.
    pub minutes_days: Option<u32>,
    /// Rejected records: removed.
    pub rejected_days: Option<u32>,
    /// Events as the PBX told them: removed.
    pub events_days: Option<u32>,
}

impl Config {
    pub(crate) fn check_retention(&self) -> Checked {
        if self.sink.call_events && self.retention.is_none_or(|kept| kept.events_days.is_none()) {
            let what = "sink.call_events keeps every event of every person's phone, and nothing says for how long: write \
                 events_days = 30 below [retention], or fewer days, or leave sink.call_events out";
            return wrong("retention.events_days", what);
        }
        let Some(retention) = self.retention else { return Ok(()) };
        let Retention { personal_days, calls_days, minutes_days, rejected_days, events_days } = retention;
        let keys = [
            ("personal_days", personal_days),
            ("calls_days", calls_days),
            ("minutes_days", minutes_days),
            ("rejected_days", rejected_days),
            ("events_days", events_days),
        ];
        for (key, days) in keys {
            if days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
                let what = "whole days from 1 to 36525; to keep it for ever, leave the key out";
                return wrong(&format!("retention.{key}"), what);
            }
        }
        if let (Some(personal), Some(calls)) = (personal_days, calls_days)
            && personal > calls
        {
            let what = format!(
                "{personal} days are longer than calls are kept ({calls}): what tells of persons goes with its call at the latest. \
                 Write at most {calls}, or leave the key out"
            );
            return wrong("retention.personal_days", what);
        }
        let longest = [("personal_days", personal_days), ("calls_days", calls_days)];
        for (key, longest) in longest.into_iter().filter_map(|(key, days)| Some((key, days?))) {
            if let Some(events) = events_days.filter(|events| *events > longest) {
                let what = format!(
                    "{events} days are longer than {key} ({longest}): events tell of persons, and go with their calls at the latest. \
                     Write at most {longest}"
                );
                return wrong("retention.events_days", what);
            }
        }
        if let Some(minutes) = minutes_days
            && calls_days.is_none_or(|calls| calls > minutes)
        {
            let calls = calls_days.map_or("for ever".to_owned(), |calls| format!("{calls} days"));
            let what = format!(
                "calls are kept for longer ({calls}) than the minutes that count them: write calls_days of at most {minutes}, or \
                 leave minutes_days out"
            );
            return wrong("retention.minutes_days", what);
        }
        Ok(())
    }
}
