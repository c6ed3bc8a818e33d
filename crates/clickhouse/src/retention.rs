//! How long each class of data is kept: ClickHouse itself empties columns and removes rows when their time is over (TTL).

use crate::access::PERSONAL_COLUMNS;
use crate::{Store, StoreError};

const DAY_S: i64 = 86_400;

/// Days (UTC) by class of data; none: for ever. A row of a day goes so many days after that day began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Columns of calls that tell of persons ([`PERSONAL_COLUMNS`]): emptied.
    pub personal_days: Option<u32>,
    /// Calls, and what people wrote on the time line.
    pub calls_days: Option<u32>,
    /// One-minute figures and their corrections, and alerts.
    pub minutes_days: Option<u32>,
    /// Rejected records.
    pub rejected_days: Option<u32>,
    /// Events as the PBX told them; none: as long as the table says, because nobody means to keep them for ever.
    pub events_days: Option<u32>,
}

/// From which second on (since 1970-01-01 00:00 UTC) nothing has gone, of each class; 0: nothing ever goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Horizon {
    /// Stays in queues and whatever else tells of persons.
    pub personal_s: i64,
    /// Calls.
    pub calls_s: i64,
    /// One-minute figures.
    pub minutes_s: i64,
    /// Rejected records.
    pub rejected_s: i64,
}

impl Retention {
    /// What can be judged now. One day is left out for what began before midnight and ended after it, one more for an audit that does.
    #[must_use]
    pub fn horizon(&self, now_s: i64) -> Horizon {
        let today = now_s.div_euclid(DAY_S);
        let since = |days: Option<u32>| {
            days.map_or(0, |days| (today - i64::from(days) + 3).max(0).saturating_mul(DAY_S))
        };
        let calls_s = since(self.calls_days);
        Horizon {
            personal_s: since(self.personal_days).max(calls_s),
            calls_s,
            minutes_s: since(self.minutes_days),
            rejected_s: since(self.rejected_days),
        }
    }

    /// Of each table: the column whose day counts, how long its rows are kept, columns that are emptied before, and when.
    fn tables(&self) -> Vec<Table> {
        let rows = |table, time, days| Table { table, time, days, columns: &[], columns_days: None };
        let mut tables = vec![
            Table {
                columns: PERSONAL_COLUMNS,
                columns_days: self.personal_days,
                ..rows("calls", "arrived_at", self.calls_days)
            },
            rows("kpi_windows", "minute", self.minutes_days),
            rows("kpi_corrections", "minute", self.minutes_days),
            rows("rejected", "rejected_at", self.rejected_days),
            rows("annotations", "ends", self.calls_days),
            rows("alerts", "starts", self.minutes_days),
        ];
        tables.extend(self.events_days.map(|days| rows("call_events", "at", Some(days))));
        tables
    }
}

struct Table {
    table: &'static str,
    time: &'static str,
    days: Option<u32>,
    columns: &'static [&'static str],
    columns_days: Option<u32>,
}

impl Table {
    /// As ClickHouse writes it.
    fn rule(&self, days: u32) -> String {
        format!("toDate({}) + toIntervalDay({days})", self.time)
    }

    /// What makes the table keep what it should, of a table that was made by this statement; none: it does.
    fn changes(&self, statement: &str) -> Option<String> {
        let mut changes = Vec::new();
        let now = Rules::of(statement);
        for column in self.columns {
            match (self.columns_days.map(|days| self.rule(days)), now.column(column)) {
                (Some(wanted), now) if now != Some(&wanted) => {
                    changes.push(format!("MODIFY COLUMN `{column}` TTL {wanted}"));
                }
                (None, Some(_)) => changes.push(format!("MODIFY COLUMN `{column}` REMOVE TTL")),
                _ => {}
            }
        }
        match (self.days.map(|days| self.rule(days)), now.rows()) {
            (Some(wanted), now) if now != Some(&wanted) => changes.push(format!("MODIFY TTL {wanted}")),
            (None, Some(_)) => changes.push("REMOVE TTL".to_owned()),
            _ => {}
        }
        (!changes.is_empty()).then(|| format!("ALTER TABLE {} {}", self.table, changes.join(", ")))
    }
}

/// What a table keeps, read from `SHOW CREATE TABLE`: each column and each clause begins a line.
struct Rules<'a> {
    columns: Vec<(&'a str, Option<&'a str>)>,
    rows: Option<&'a str>,
}

impl<'a> Rules<'a> {
    fn of(statement: &'a str) -> Self {
        let (columns, clauses) = statement.split_once("\n)\n").unwrap_or((statement, ""));
        let columns = columns.split("\n    `").skip(1).map(|column| {
            let (name, rest) = column.split_once('`').unwrap_or((column, ""));
            let rest = rest.split("\n    INDEX ").next().unwrap_or_default().trim_end_matches(',');
            (name, rest.rsplit_once(" TTL ").map(|(_, rule)| rule))
        });
        let rows = clauses.lines().find_map(|line| line.strip_prefix("TTL "));
        Self { columns: columns.collect(), rows }
    }

    fn column(&self, name: &str) -> Option<&'a str> {
        self.columns.iter().find(|(known, _)| *known == name).and_then(|(_, rule)| *rule)
    }

    fn rows(&self) -> Option<&'a str> {
        self.rows
    }
}

impl Store {
    /// Makes the tables keep what they should; returns the tables that were changed. What is over already goes in the background.
    ///
    /// # Errors
    /// ClickHouse refuses or does not answer.
    pub async fn keep(&self, retention: &Retention) -> Result<Vec<&'static str>, StoreError> {
        let mut changed = Vec::new();
        for table in retention.tables() {
            let query = self.client.query_raw(&format!("SHOW CREATE TABLE {}", self.rows_of(table.table)));
            let statement = query.fetch_one::<String>().await.map_err(|error| self.error(error))?;
            if let Some(change) = table.changes(&statement) {
                self.define(&change).await?;
                changed.push(table.table);
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: &str = "CREATE TABLE svarstid.calls\n(\n    `site` LowCardinality(String) COMMENT 'The TTL of it',\n    `caller` String COMMENT 'Who' TTL toDate(arrived_at) + toIntervalDay(90),\n    `passes` Array(Tuple(\n        queue String)) COMMENT 'a' CODEC(ZSTD(1)) TTL toDate(arrived_at) + toIntervalDay(90),\n    `inserted_at` DateTime DEFAULT now() COMMENT 'When',\n    INDEX kafka_offsets kafka_offset TYPE minmax GRANULARITY 1\n)\nENGINE = ReplacingMergeTree(version)\nORDER BY (site)\nTTL toDate(arrived_at) + toIntervalDay(365)\nSETTINGS a = 1\nCOMMENT 'b'";

    fn table(days: Option<u32>, columns_days: Option<u32>) -> Table {
        Table {
            table: "calls",
            time: "arrived_at",
            days,
            columns: &["caller", "passes", "inserted_at"],
            columns_days,
        }
    }

    #[test]
    fn only_what_differs_is_changed() {
        let of = |days, columns_days| table(days, columns_days).changes(CALLS);
        let inserted =
            "ALTER TABLE calls MODIFY COLUMN `inserted_at` TTL toDate(arrived_at) + toIntervalDay(90)";
        assert_eq!(of(Some(365), Some(90)).as_deref(), Some(inserted));
        let none = "ALTER TABLE calls MODIFY COLUMN `caller` REMOVE TTL, MODIFY COLUMN `passes` REMOVE TTL, REMOVE TTL";
        assert_eq!(of(None, None).as_deref(), Some(none));
        let rows = of(Some(400), Some(90)).unwrap();
        assert!(rows.ends_with(", MODIFY TTL toDate(arrived_at) + toIntervalDay(400)"), "{rows}");
        let without = Table { columns: &["caller", "passes"], ..table(Some(365), Some(90)) };
        assert_eq!(without.changes(CALLS), None);
    }

    #[test]
    fn what_may_have_gone_is_not_judged() {
        let now_s = 1_000 * DAY_S + 5;
        let retention = Retention { personal_days: Some(10), calls_days: Some(100), ..Retention::default() };
        let horizon = retention.horizon(now_s);
        assert_eq!((horizon.personal_s, horizon.calls_s), (993 * DAY_S, 903 * DAY_S));
        assert_eq!((horizon.minutes_s, horizon.rejected_s), (0, 0));
        let calls_alone = Retention { personal_days: None, ..retention };
        assert_eq!(calls_alone.horizon(now_s).personal_s, 903 * DAY_S);
    }
}
