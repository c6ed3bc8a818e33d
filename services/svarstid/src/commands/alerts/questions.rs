//! What Grafana asks ClickHouse for an alert: the same conditions as in PromQL, from the tables instead of the processor's counters.

use super::missing::of_day;
use super::opening::{all_are_open, any_is_open, queue_is_open};
use config::{Config, Queue};
use kpi::{Clock, Dimension, Target};

/// A caller who has waited for longer than this was forgotten by the PBX rather than by the operators; and so far back it is looked.
const LONGEST_S: u32 = 14_400;

/// One number, and above what the alert is raised.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub sql: String,
    pub over: f64,
}

/// A string of SQL.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Seconds that the caller who came first in a queue has waited. What was last heard long ago is no wait.
pub fn longest_wait(config: &Config, queue: &Queue, over_s: u32) -> anyhow::Result<Question> {
    let (site, name) = (quoted(&config.site.id), quoted(&queue.name));
    let (open, still_s) = (queue_is_open(config, &queue.name)?, config.alerts.figures_still_s);
    let sql = format!(
        "SELECT toFloat64(if(heard_at >= $__toTime - {still_s} AND {open}, wait_s, 0)) AS value
FROM (
  SELECT max(dateDiff('second', joined_at, $__toTime)) AS wait_s,
    (SELECT max(minute) FROM completeness WHERE site = {site} AND minute > $__toTime - 3600
      AND minute <= $__toTime) AS heard_at
  FROM passes_latest
  WHERE site = {site} AND queue = {name} AND result = 'in_progress' AND joined_at <= $__toTime
    AND arrived_at > $__toTime - {LONGEST_S}
)"
    );
    Ok(Question { sql, over: f64::from(over_s) })
}

/// Which share of a target is too large, over which minutes.
pub struct Share {
    /// What is counted is the answers in time, and the rest is too much; else the lost ones.
    pub is_of_answers: bool,
    pub window_min: u32,
    pub short_min: u32,
    pub calls_min: u32,
    pub limit: f64,
}

/// The share of the long window, if the short one is too large, too.
pub fn share(config: &Config, target: &Target, share: &Share) -> anyhow::Result<Question> {
    let Share { is_of_answers, window_min, short_min, calls_min, limit } = share;
    let (dimension, name) = match &target.scope {
        Dimension::Site => ("site", ""),
        Dimension::Unit(unit) => ("unit", &**unit),
        Dimension::Queue(queue) => ("queue", &**queue),
    };
    let open = match &target.scope {
        Dimension::Site => any_is_open(config, None)?,
        Dimension::Unit(unit) => any_is_open(config, Some(unit))?,
        Dimension::Queue(queue) => queue_is_open(config, queue)?,
    };
    let (presented, times, lost) = counts(target.clock);
    let good = format!("svarstid_count_below_s({times}, {})", target.within_s);
    let bad = if *is_of_answers { format!("{presented} - {good}") } else { lost.to_owned() };
    let sql = format!(
        "SELECT toFloat64(if(presented >= {calls_min} AND long > {limit} AND short > {limit} AND {open}, long, 0)) AS value
FROM (
  SELECT sum(p) AS presented, ifNull(svarstid_share(sum(bad), presented), 0) AS long,
    ifNull(svarstid_share(sumIf(bad, is_short), sumIf(p, is_short)), 0) AS short
  FROM (
    SELECT minute > $__toTime - {short_min} * 60 AS is_short, {presented} AS p, {bad} AS bad
    FROM kpi
    WHERE site = {site} AND dimension = '{dimension}' AND name = {name} AND direction = 'external'
      AND minute > $__toTime - {window_min} * 60 AND minute <= $__toTime
  )
)",
        site = quoted(&config.site.id),
        name = quoted(name),
    );
    Ok(Question { sql, over: *limit })
}

/// P, the histogram of the answers, and the lost ones on a clock, as the view `service_level` and `crates/kpi` count them.
const fn counts(clock: Clock) -> (&'static str, &'static str, &'static str) {
    match clock {
        Clock::Arrival => ("(offered - calls_closed - calls_in_progress)", "answer_time_bins", "lost"),
        Clock::Menu => (
            "(offered - calls_closed - calls_in_progress - lost_stage_menu)",
            "answer_after_menu_bins",
            "svarstid_count(lost_after_menu_bins)",
        ),
        Clock::Queue => (
            "(entered - passes_in_progress)",
            "pass_wait_answered_bins",
            "(passes_abandoned + passes_timed_out + passes_saturated + passes_blocked)",
        ),
    }
}

/// Rows of the last minutes may still come.
const LATE_S: u32 = 120;

/// The share by which there are fewer calls from outside than in the same minutes of a week before, by the site's clocks. What was not
/// heard is not missing.
pub fn missing(config: &Config) -> anyhow::Result<Question> {
    let (site, zone) = (quoted(&config.site.id), quoted(&config.site.time_zone));
    let (window_s, least) = (config.alerts.missing_window_min * 60, config.alerts.calls_min);
    let open = all_are_open(config, &of_day(config))?;
    let sql = format!(
        "WITH toStartOfMinute(toDateTime($__toTime, {zone})) - {LATE_S} AS ends, ends - {window_s} AS begins
SELECT toFloat64(if(before >= {least} AND heard_s >= 0.9 * {window_s} AND {open}, 1 - now / before, 0)) AS value
FROM (
  SELECT sumIf(offered, minute >= begins) AS now, sumIf(offered, minute < begins) AS before,
    (SELECT sum(heard_us) / 1000000 FROM completeness WHERE site = {site} AND minute >= begins AND minute < ends) AS heard_s
  FROM kpi
  WHERE site = {site} AND dimension = 'site' AND direction = 'external'
    AND (minute >= begins AND minute < ends OR minute >= subtractWeeks(begins, 1) AND minute < subtractWeeks(ends, 1))
)"
    );
    Ok(Question { sql, over: config.alerts.missing_share_max })
}

/// The share of a unit's direct calls of seven days that were not diverted.
pub fn undiverted(config: &Config, unit: &str, most: f64) -> Question {
    let (site, name, least) = (quoted(&config.site.id), quoted(unit), config.alerts.direct_calls_min);
    let sql = format!(
        "SELECT toFloat64(if(sum(direct_calls) >= {least}, sum(undiverted_calls) / sum(direct_calls), 0)) AS value
FROM kpi
WHERE site = {site} AND dimension = 'unit' AND name = {name} AND direction = 'external'
  AND minute > $__toTime - 7 * 86400 AND minute <= $__toTime"
    );
    Question { sql, over: most }
}

/// Today's messages from before `by_min`, minutes after midnight, whose callers nobody has spoken to, once it is that late.
pub fn messages(config: &Config, unit: &str, by_min: u32) -> Question {
    let (site, zone) = (quoted(&config.site.id), quoted(&config.site.time_zone));
    let day = format!("toStartOfDay($__toTime, {zone})");
    let sql = format!(
        "SELECT toFloat64(if(toHour($__toTime, {zone}) * 60 + toMinute($__toTime, {zone}) >= {by_min}, count(), 0)) AS value
FROM messages_open(begins = {day}, ends = $__toTime)
WHERE site = {site} AND unit = {unit} AND arrived_at < {day} + {by_min} * 60",
        unit = quoted(unit),
    );
    Question { sql, over: 0.0 }
}

/// Seconds since the last minute that was heard.
pub fn still(config: &Config) -> Question {
    let site = quoted(&config.site.id);
    let sql = format!(
        "SELECT toFloat64(dateDiff('second', max(minute), $__toTime)) AS value
FROM completeness
WHERE site = {site} AND minute > $__toTime - 86400 AND minute <= $__toTime"
    );
    // The minute itself, which is there as soon as its first second was heard.
    Question { sql, over: f64::from(config.alerts.figures_still_s) + 60.0 }
}

/// Seconds of a quarter of an hour that were not heard; the last minutes may still come.
pub fn gap(config: &Config) -> Question {
    let site = quoted(&config.site.id);
    let sql = format!(
        "SELECT toFloat64(900 - sum(heard_us) / 1000000) AS value
FROM completeness
WHERE site = {site} AND minute >= toStartOfMinute($__toTime) - 1200 AND minute < toStartOfMinute($__toTime) - 300"
    );
    Question { sql, over: 60.0 }
}

/// Calls of a day by which the minutes and the calls themselves differ.
pub fn difference(config: &Config) -> Question {
    let site = quoted(&config.site.id);
    let span = |column: &str| {
        format!("{column} >= toStartOfHour($__toTime) - 86400 AND {column} < toStartOfHour($__toTime)")
    };
    let sql = format!(
        "SELECT toFloat64(abs(minutes - calls)) AS value
FROM (
  SELECT
    (SELECT sum(offered) FROM kpi WHERE site = {site} AND dimension = 'site' AND {}) AS minutes,
    (SELECT toInt64(count()) FROM calls_latest WHERE site = {site} AND {}) AS calls
)",
        span("minute"),
        span("arrived_at")
    );
    Question { sql, over: 0.0 }
}

/// Records of the last hour that could not be used.
pub fn rejected(config: &Config) -> Question {
    let site = quoted(&config.site.id);
    let sql = format!(
        "SELECT toFloat64(uniqExact(stage, source_position, reason)) AS value
FROM rejected
WHERE site IN ({site}, '') AND rejected_at > $__toTime - 3600 AND rejected_at <= $__toTime"
    );
    Question { sql, over: 0.0 }
}
