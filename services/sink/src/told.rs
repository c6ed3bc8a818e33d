//! What ClickHouse is told of the sites: from the configuration to rows.

use config::{Config, ConfigError, QueueKind};
use org::opening::{ClosedOn, Span};
use pipeline::{Clock as _, SystemClock};
use store::retention::Retention;
use store::sites::{Hours, Queue, Site};
use store::{Store, StoreError};

const SECOND_US: i64 = 1_000_000;
const DAY_S: u32 = 86_400;

/// How long ClickHouse keeps what; none: as its tables say.
#[must_use]
pub fn retention(config: &Config) -> Option<Retention> {
    let config::Retention { personal_days, calls_days, minutes_days, rejected_days, events_days } =
        config.retention?;
    Some(Retention { personal_days, calls_days, minutes_days, rejected_days, events_days })
}

/// Every site that the configuration knows.
///
/// # Errors
/// One is impossible.
pub fn sites(config: &Config) -> Result<Vec<Site>, ConfigError> {
    std::iter::once(config).chain(&config.other_sites()?).map(site).collect()
}

/// Tells ClickHouse of the sites and how long to keep what, as far as it does not know.
///
/// # Errors
/// ClickHouse refuses.
pub async fn tell(store: &Store, config: &Config, sites: &[Site]) -> Result<(), StoreError> {
    for site in store.tell_sites(sites, &config.sink.instance, SystemClock.now_us()).await? {
        tracing::info!(site, "the site's queues, units, targets and hours are told anew");
    }
    let Some(retention) = retention(config) else { return Ok(()) };
    let changed = store.keep(&retention).await?;
    if !changed.is_empty() {
        tracing::info!(
            tables = changed.join(", "),
            ?retention,
            "these tables keep rows for another time than before"
        );
    }
    Ok(())
}

fn site(config: &Config) -> Result<Site, ConfigError> {
    let queue = |queue: &config::Queue| Queue {
        queue: queue.name.clone(),
        kind: match queue.kind {
            QueueKind::Operator => "operator".into(),
            QueueKind::Group => "group".into(),
        },
        unit: queue.unit.clone().unwrap_or_default(),
        longest_wait_us: i64::from(config.alerts.longest_wait_s(queue)) * SECOND_US,
    };
    Ok(Site {
        site: config.site.id.clone(),
        name: config.site.name.clone(),
        time_zone: config.site.time_zone.clone(),
        ring_cadence_us: i64::from(config.ring_cadence_s) * SECOND_US,
        units: config.units.iter().map(|unit| unit.name.clone()).collect(),
        queues: config.queues.iter().map(queue).collect(),
        targets: config.service_targets(),
        hours: config.opening_spans()?.iter().flat_map(hours).collect(),
    })
}

/// One row for each queue and weekday.
fn hours(span: &Span) -> Vec<Hours> {
    let second_of_day = |time: jiff::civil::Time| {
        let second = i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second());
        second.unsigned_abs()
    };
    let day_1970 = |date: &jiff::civil::Date| {
        let days = date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
        // ClickHouse's Date ends in 2149.
        u16::try_from(days).unwrap_or(u16::MAX)
    };
    let queues: Vec<String> = match span.queues.len() {
        0 => vec![String::new()],
        _ => span.queues.iter().map(ToString::to_string).collect(),
    };
    let one = |queue: &String| {
        let queue = queue.clone();
        span.days.iter().map(move |day| Hours {
            queue: queue.clone(),
            weekday: day.number().unsigned_abs(),
            opens_s: second_of_day(span.from),
            closes_s: span.to.map_or(DAY_S, second_of_day),
            closed_on: match span.closed_on {
                ClosedOn::Nothing => "nothing".into(),
                ClosedOn::PublicHolidays => "public_holidays".into(),
                ClosedOn::PublicHolidaysAndEves => "public_holidays_and_eves".into(),
            },
            closed_dates: span.closed_dates.iter().map(day_1970).collect(),
        })
    };
    queues.iter().flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: &str = r#"
[[opening_hours]]
days = "mon,fri"
from = "08:00"
to = "24:00"
closed_on = "public_holidays_and_eves"
closed_dates = ["1970-01-02"]

[[opening_hours]]
queues = ["vaxel", "grupp-kommunledning"]
days = "sun"
from = "10:30"
to = "11:00"
"#;

    #[test]
    fn the_sites_queues_targets_and_hours_are_told() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recordings/asterisk22/svarstid.toml");
        let text = std::fs::read_to_string(path).unwrap() + HOURS;
        let sites = sites(&config::parse(&text).unwrap()).unwrap();
        let [site] = &sites[..] else { panic!("{sites:?}") };
        assert_eq!((site.site.as_str(), site.ring_cadence_us), ("falkenberg", 6_000_000));
        let vaxel = site.queues.iter().find(|queue| queue.queue == "vaxel").unwrap();
        let expect = ("operator", "vaxeln", 120_000_000);
        assert_eq!((vaxel.kind.as_str(), vaxel.unit.as_str(), vaxel.longest_wait_us), expect);
        assert_eq!((site.units.len(), site.targets.is_empty()), (4, false));
        let told: Vec<_> = site
            .hours
            .iter()
            .map(|one| (one.queue.as_str(), one.weekday, one.opens_s, one.closes_s, &one.closed_dates[..]))
            .collect();
        let expect: [(&str, u8, u32, u32, &[u16]); 4] = [
            ("", 1, 28_800, 86_400, &[1]),
            ("", 5, 28_800, 86_400, &[1]),
            ("grupp-kommunledning", 7, 37_800, 39_600, &[]),
            ("vaxel", 7, 37_800, 39_600, &[]),
        ];
        assert_eq!(told, expect);
    }
}
