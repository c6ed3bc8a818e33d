//! Alerts that were raised, as they were told.

use crate::{Store, StoreError};
use clickhouse::Row;
use serde::Serialize;

/// One state of an alert: a row of the table `alerts`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
pub struct Alert {
    /// Empty: of no site in particular.
    pub site: String,
    /// Its name.
    pub alert: String,
    /// `prometheus` or `grafana`.
    pub found_by: String,
    /// Of its labels.
    pub fingerprint: String,
    /// Since when, ms since 1970 UTC.
    pub starts: i64,
    /// Until when, ms since 1970 UTC; none: still raised.
    pub ends: Option<i64>,
    /// The highest counts: [`version`].
    pub version: u64,
    /// `page`, `ticket`, or empty.
    pub severity: String,
    /// Empty: none in particular.
    pub queue: String,
    /// Empty: none in particular.
    pub unit: String,
    /// Empty: none.
    pub target: String,
    /// The other labels.
    pub labels: Vec<(String, String)>,
    /// In one line.
    pub summary: String,
    /// More of it.
    pub description: String,
    /// The other annotations: addresses by what is there.
    pub links: Vec<(String, String)>,
    /// When we were told, µs since 1970 UTC.
    pub heard_at: i64,
}

/// Of a state that ends then (ms since 1970 UTC): an end wins over none, a later one over an earlier one. So the order in which states come
/// changes nothing: a repeated or delayed message that an alert is raised does not raise it again.
#[must_use]
pub fn version(ends: Option<i64>) -> u64 {
    ends.map_or(0, |ends| u64::try_from(ends).unwrap_or(0).max(1))
}

impl Store {
    /// Writes what was told, and waits until it is there. The same again changes nothing.
    ///
    /// # Errors
    /// ClickHouse refuses or does not answer; whether it has the rows is not known then.
    pub async fn tell_alerts(&self, alerts: Vec<Alert>) -> Result<(), StoreError> {
        self.put("alerts", alerts).await
    }
}
