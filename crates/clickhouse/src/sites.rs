//! What the configuration says of a site, as tables: whoever asks ClickHouse knows units, queues, targets and hours from there.

use crate::{Store, StoreError};
use clickhouse::{Row, RowOwned, RowWrite};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub queue: String,
    /// `operator` or `group`.
    pub kind: String,
    /// The unit that answers for it; empty: none.
    pub unit: String,
    /// Somebody is told when a caller waits longer, µs.
    pub longest_wait_us: i64,
}

/// Hours of one weekday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Of which queue; empty: of all that have none of their own.
    pub queue: String,
    /// 1 is Monday.
    pub weekday: u8,
    /// Seconds of the local clock since midnight.
    pub opens_s: u32,
    /// Until before this one; 86400 is midnight.
    pub closes_s: u32,
    /// `nothing`, `public_holidays`, `public_holidays_and_eves`.
    pub closed_on: String,
    /// Days since 1970-01-01.
    pub closed_dates: Vec<u16>,
}

/// Everything that is told of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Its id.
    pub site: String,
    /// What people call it.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// From one ring signal to the next, µs.
    pub ring_cadence_us: i64,
    /// Units.
    pub units: Vec<String>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Targets.
    pub targets: Vec<kpi::Target>,
    /// Opening hours; none: always open.
    pub hours: Vec<Hours>,
}

#[derive(Row, Serialize)]
struct SiteRow {
    site: String,
    since: i64,
    name: String,
    time_zone: String,
    ring_cadence_us: i64,
    digest: String,
    written_by: String,
}

#[derive(Row, Serialize)]
struct UnitRow {
    site: String,
    since: i64,
    unit: String,
}

#[derive(Row, Serialize)]
struct QueueRow {
    site: String,
    since: i64,
    queue: String,
    kind: String,
    unit: String,
    longest_wait_us: i64,
}

#[derive(Row, Serialize)]
struct TargetRow {
    site: String,
    since: i64,
    target: String,
    dimension: String,
    name: String,
    clock: String,
    within_s: u16,
    share: f64,
    lost_share_max: Option<f64>,
}

#[derive(Row, Serialize)]
struct HoursRow {
    site: String,
    since: i64,
    queue: String,
    weekday: u8,
    opens_s: u32,
    closes_s: u32,
    closed_on: String,
    closed_dates: Vec<u16>,
}

#[derive(Row, Deserialize)]
struct Newest {
    site: String,
    digest: String,
    since_us: i64,
}

impl Site {
    /// Of all that is told; the same text in every process of this version.
    fn digest(&self) -> String {
        let digest = Sha256::digest(format!("{self:?}"));
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// A site that is told anew.
struct News<'a> {
    site: &'a Site,
    since: i64,
    digest: String,
}

impl News<'_> {
    fn name(&self) -> String {
        self.site.site.clone()
    }

    fn units(&self) -> impl Iterator<Item = UnitRow> {
        let row = |unit: &String| UnitRow { site: self.name(), since: self.since, unit: unit.clone() };
        self.site.units.iter().map(row)
    }

    fn queues(&self) -> impl Iterator<Item = QueueRow> {
        self.site.queues.iter().map(|queue| QueueRow {
            site: self.name(),
            since: self.since,
            queue: queue.queue.clone(),
            kind: queue.kind.clone(),
            unit: queue.unit.clone(),
            longest_wait_us: queue.longest_wait_us,
        })
    }

    fn targets(&self) -> impl Iterator<Item = TargetRow> {
        self.site.targets.iter().map(|target| TargetRow {
            site: self.name(),
            since: self.since,
            target: target.name.to_string(),
            dimension: target.scope.kind().to_owned(),
            name: target.scope.name().to_owned(),
            clock: target.clock.word().to_owned(),
            within_s: target.within_s,
            share: target.share,
            lost_share_max: target.lost_share_max,
        })
    }

    fn hours(&self) -> impl Iterator<Item = HoursRow> {
        self.site.hours.iter().map(|hours| HoursRow {
            site: self.name(),
            since: self.since,
            queue: hours.queue.clone(),
            weekday: hours.weekday,
            opens_s: hours.opens_s,
            closes_s: hours.closes_s,
            closed_on: hours.closed_on.clone(),
            closed_dates: hours.closed_dates.clone(),
        })
    }
}

impl Store {
    /// Tells of each site unless the newest that was told of it is the same; `now_us`: µs since 1970 UTC. Returns the names of those
    /// that were written. Rows of other sites stay as they are. An error in the middle leaves what was in force before in force. One
    /// question and one insert for each table, however many sites there are: a thousand sites one by one take minutes.
    ///
    /// # Errors
    /// ClickHouse refuses or does not answer.
    pub async fn tell_sites(
        &self,
        sites: &[Site],
        written_by: &str,
        now_us: i64,
    ) -> Result<Vec<String>, StoreError> {
        let told = self.newest().await?;
        let mut news = Vec::new();
        for site in sites {
            let (newest, digest) = (told.get(&site.site), site.digest());
            if newest.is_none_or(|newest| newest.digest != digest) {
                // A clock that was set back must not hide the new rows behind the old ones.
                let since = newest.map_or(now_us, |newest| now_us.max(newest.since_us + 1));
                news.push(News { site, since, digest });
            }
        }
        if news.is_empty() {
            return Ok(Vec::new());
        }
        self.put_parts(&news).await?;
        let row = |News { site, since, digest }: &News<'_>| SiteRow {
            site: site.site.clone(),
            since: *since,
            name: site.name.clone(),
            time_zone: site.time_zone.clone(),
            ring_cadence_us: site.ring_cadence_us,
            digest: digest.clone(),
            written_by: written_by.to_owned(),
        };
        self.put("config_sites", news.iter().map(row).collect()).await?;
        Ok(news.iter().map(|news| news.site.site.clone()).collect())
    }

    /// Of each site what was told last.
    async fn newest(&self) -> Result<HashMap<String, Newest>, StoreError> {
        let sql = "SELECT site, argMax(last.digest, last.since) AS digest,
            toUnixTimestamp64Micro(max(last.since)) AS since_us FROM config_sites AS last GROUP BY site";
        let all = self.client.query(sql).fetch_all::<Newest>().await.map_err(|error| self.error(error))?;
        Ok(all.into_iter().map(|newest| (newest.site.clone(), newest)).collect())
    }

    async fn put_parts(&self, news: &[News<'_>]) -> Result<(), StoreError> {
        self.put("config_units", news.iter().flat_map(News::units).collect()).await?;
        self.put("config_queues", news.iter().flat_map(News::queues).collect()).await?;
        self.put("config_targets", news.iter().flat_map(News::targets).collect()).await?;
        self.put("config_opening_hours", news.iter().flat_map(News::hours).collect()).await
    }

    /// Writes a few rows of a small table, and waits until they are there.
    pub(crate) async fn put<T>(&self, table: &str, rows: Vec<T>) -> Result<(), StoreError>
    where
        T: RowOwned + RowWrite,
    {
        let insert = async {
            let insert = self.client.insert::<T>(table).await?;
            let mut insert = insert.with_setting("async_insert", "0");
            for row in &rows {
                insert.write(row).await?;
            }
            insert.end().await
        };
        insert.await.map_err(|error| self.error(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site {
            site: "a".into(),
            name: "A".into(),
            time_zone: "Europe/Stockholm".into(),
            ring_cadence_us: 6_000_000,
            units: vec!["parks".into()],
            queues: Vec::new(),
            targets: Vec::new(),
            hours: Vec::new(),
        }
    }

    #[test]
    fn whatever_changes_is_another_configuration() {
        let target = kpi::Target {
            name: "t".into(),
            within_s: 20,
            clock: kpi::Clock::Arrival,
            scope: kpi::Dimension::Site,
            share: 0.8,
            lost_share_max: None,
        };
        let strict = kpi::Target { share: 0.9, ..target.clone() };
        let others = [
            Site { targets: vec![target], ..site() },
            Site { targets: vec![strict], ..site() },
            Site { units: Vec::new(), ..site() },
            Site { time_zone: "UTC".into(), ..site() },
        ];
        let digests: std::collections::BTreeSet<_> = others.iter().map(Site::digest).collect();
        assert_eq!(digests.len(), others.len());
        assert!(!digests.contains(&site().digest()) && site().digest() == site().digest());
    }
}
