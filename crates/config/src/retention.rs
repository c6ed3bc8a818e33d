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
}

impl Config {
    pub(crate) fn check_retention(&self) -> Checked {
        let Some(Retention { personal_days, calls_days, minutes_days, rejected_days }) = self.retention
        else {
            return Ok(());
        };
        let keys = [
            ("personal_days", personal_days),
            ("calls_days", calls_days),
            ("minutes_days", minutes_days),
            ("rejected_days", rejected_days),
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
