//! The table of `kpi::Summary`, read back from ClickHouse: the same figures, to the digit.
//!
//! Counts come from the panes (`kpi`), times and service levels from the calls themselves. All of it is whole numbers, so that
//! the answer can be compared with the one worked out from the calls in memory.

mod counts;
mod times;

use crate::{Store, StoreError};
use call::{Direction, Reach};
use counts::Counts;
use kpi::{Dimension, Quantiles, Row, ServiceLevel, Settings, Summary};
use std::collections::BTreeMap;
use std::ops::Range;
use times::Times;

/// Every minute that the tables can hold.
pub const ALL_MINUTES: Range<i64> = 0..(u32::MAX / 60) as i64;

/// One line of the table.
type Key = (Dimension, Direction);

/// Reads the table of one site for the minutes since 1970-01-01 00:00 UTC in `minutes`: calls that arrived and passes that
/// joined in them.
///
/// # Errors
/// ClickHouse does not answer, or holds words that this program does not know.
pub async fn read(
    store: &Store,
    site: &str,
    minutes: Range<i64>,
    settings: &Settings,
) -> Result<Summary, StoreError> {
    let asked = Asked { site, minutes, settings };
    let counts = counts::read(store, &asked).await?;
    let mut times = times::of_calls(store, &asked).await?;
    times.extend(times::of_passes(store, &asked).await?);
    let rows = counts.into_iter().filter(|(_, counts)| counts.offered != 0);
    Ok(Summary { rows: rows.map(|(key, counts)| row(key, counts, &mut times, settings)).collect() })
}

/// What is asked for.
struct Asked<'a> {
    site: &'a str,
    minutes: Range<i64>,
    settings: &'a Settings,
}

fn row(key: Key, counts: Counts, times: &mut BTreeMap<Key, Times>, settings: &Settings) -> Row {
    let times = times.remove(&key).unwrap_or_default();
    let (dimension, direction) = key;
    let mut reaches = [0; Reach::ALL.len()];
    reaches.iter_mut().zip(&counts.reaches).for_each(|(into, count)| *into = *count);
    let n = i64::try_from(times.n).unwrap_or(i64::MAX);
    let some = |value: i64| (n > 0).then_some(value);
    Row {
        dimension,
        direction,
        offered: counts.offered,
        presented: times.presented,
        answered: counts.answered,
        abandoned: counts.abandoned,
        lost: counts.lost,
        answer_time: Quantiles {
            n: times.n,
            mean_us: some(times.mean_us),
            median_us: some(times.median_us),
            p90_us: some(times.p90_us),
            p95_us: some(times.p95_us),
            p99_us: some(times.p99_us),
            max_us: some(times.max_us),
        },
        caller_signals_milli: some(times.signals).map(|signals| signals * 1000 / n),
        service_levels: levels(&times, counts.answered, settings),
        direct_calls: counts.direct_calls,
        undiverted_calls: counts.undiverted_calls,
        reaches,
    }
}

fn levels(times: &Times, answered: i64, settings: &Settings) -> Vec<(u32, ServiceLevel)> {
    let at = |counts: &[i64], place: usize| counts.get(place).copied().unwrap_or(0);
    let level = |place| kpi::ServiceLevelInput {
        answered_within: at(&times.answered_within, place),
        lost_within: at(&times.lost_within, place),
        presented: times.presented,
        answered,
    };
    settings.thresholds_s.iter().enumerate().map(|(place, t)| (*t, level(place).into())).collect()
}

impl Store {
    fn key(&self, dimension: &str, name: &str, direction: &str) -> Result<Key, StoreError> {
        let unknown =
            |what: String| StoreError::Unreadable { url: self.url.clone(), what: format!("{what}, unknown") };
        let found = Dimension::from_words(dimension, name);
        let found = found.ok_or_else(|| unknown(format!("dimension `{dimension}`")))?;
        let direction =
            Direction::from_word(direction).ok_or_else(|| unknown(format!("direction `{direction}`")))?;
        Ok((found, direction))
    }
}
