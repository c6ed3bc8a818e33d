//! Calls in ClickHouse.

use call::{Call, Party};
use store::Store;
use wire::rows::{CallRow, Position, Row, read_all};

/// Calls of one caller about one errand are not further apart (docs: an episode).
const EPISODE_US: i64 = 24 * 3600 * 1_000_000;
/// So many calls are listed.
pub const LISTED_MAX: usize = 20;

/// A row of `calls`.
#[derive(Debug, Clone)]
pub struct Kept {
    pub call: Call,
    /// The record of Kafka that it came from.
    pub place: Position,
}

/// The calls of one site.
pub struct Table {
    store: Store,
    site: String,
}

impl Table {
    pub fn new(store: Store, site: &str) -> Self {
        Self { store, site: site.to_owned() }
    }

    /// Rows of this site's calls, each once by its latest version, that meet a condition with so many texts.
    async fn rows(&self, condition: &str, texts: &[&str]) -> anyhow::Result<Vec<Kept>> {
        self.read("calls FINAL", condition, texts).await
    }

    async fn read(&self, table: &str, condition: &str, texts: &[&str]) -> anyhow::Result<Vec<Kept>> {
        let columns: Vec<_> = CallRow::columns().into_iter().map(|(name, _)| name).collect();
        let sql = format!("SELECT {} FROM {table} WHERE site = ? AND {condition}", columns.join(", "));
        let texts: Vec<&str> = std::iter::once(self.site.as_str()).chain(texts.iter().copied()).collect();
        let rows = read_all::<CallRow>(&self.store.fetch_with(&sql, &texts, "RowBinary").await?)?;
        let kept = |row: CallRow| {
            let place = row.position.clone();
            Ok(Kept { call: row.into_call()?, place })
        };
        rows.into_iter().map(kept).collect()
    }

    /// The latest version of a call; none: no such id.
    pub async fn latest(&self, call_id: &str) -> anyhow::Result<Option<Kept>> {
        Ok(self.rows("call_id = ? ORDER BY arrived_at", &[call_id]).await?.pop())
    }

    /// Calls whose ids end so.
    pub async fn ending(&self, end: &str, max: usize) -> anyhow::Result<Vec<Kept>> {
        self.rows(&format!("endsWith(call_id, ?) ORDER BY arrived_at, call_id LIMIT {max}"), &[end]).await
    }

    /// Its versions that are still there, the oldest first.
    pub async fn versions(&self, call: &Call) -> anyhow::Result<Vec<Kept>> {
        let at = micros(call.arrived_us);
        let condition = format!("arrived_at = {at} AND call_id = ? ORDER BY version, kafka_offset");
        self.read("calls", &condition, &[&call.call_id]).await
    }

    /// Calls that turned out to be parts of it.
    pub async fn parts(&self, call_id: &str) -> anyhow::Result<Vec<Kept>> {
        self.rows("merged_into = ? ORDER BY arrived_at, call_id", &[call_id]).await
    }

    /// Calls that arrived within so many µs of a time, the nearest first.
    pub async fn near(&self, at_us: i64, within_us: i64) -> anyhow::Result<Vec<Kept>> {
        let (condition, order) = (around(at_us, within_us), nearest(at_us));
        self.rows(&format!("merged_into IS NULL AND {condition} {order}"), &[]).await
    }

    /// Other calls of the same caller, within the time in which they may be about the same errand.
    pub async fn same_caller(&self, call: &Call) -> anyhow::Result<Vec<Kept>> {
        let (who, texts) = match &call.caller {
            Party::Own(digits) => {
                ("caller_party = 'own' AND caller = ?".to_owned(), vec![digits.to_string()])
            }
            Party::Outside(pseudonyms) => {
                let values: Vec<_> = pseudonyms.iter().map(|one| format!("{:032x}", one.value)).collect();
                (any_pseudonym(&format!("IN ({})", vec!["?"; values.len()].join(", "))), values)
            }
            Party::Unknown | Party::Service(_) => return Ok(Vec::new()),
        };
        let (near, order) = (around(call.arrived_us, EPISODE_US), nearest(call.arrived_us));
        let condition = format!("call_id != ? AND merged_into IS NULL AND {near} AND {who} {order}");
        let texts: Vec<&str> =
            std::iter::once(&*call.call_id).chain(texts.iter().map(String::as_str)).collect();
        let mut calls = self.rows(&condition, &texts).await?;
        calls.sort_by_key(|kept| kept.call.arrived_us);
        Ok(calls)
    }

    /// The calls of an own number, the nearest to a time first, or the latest.
    pub async fn of_number(&self, digits: &str, when: Option<(i64, i64)>) -> anyhow::Result<Vec<Kept>> {
        self.of("caller_party IN ('own', 'service') AND caller = ?", digits, when).await
    }

    /// The same of a pseudonym, by how it begins.
    pub async fn of_pseudonym(&self, begin: &str, when: Option<(i64, i64)>) -> anyhow::Result<Vec<Kept>> {
        let who = "arrayExists(one -> startsWith('e' || toString(one.epoch) || '-' || toString(one.value), ?), caller_pseudonyms)";
        self.of(who, begin, when).await
    }

    async fn of(&self, who: &str, caller: &str, when: Option<(i64, i64)>) -> anyhow::Result<Vec<Kept>> {
        let time = match when {
            Some((at_us, within_us)) => format!("AND {} {}", around(at_us, within_us), nearest(at_us)),
            None => format!("ORDER BY arrived_at DESC LIMIT {LISTED_MAX}"),
        };
        let mut calls = self.rows(&format!("merged_into IS NULL AND {who} {time}"), &[caller]).await?;
        calls.sort_by_key(|kept| kept.call.arrived_us);
        Ok(calls)
    }
}

fn any_pseudonym(is: &str) -> String {
    format!("arrayExists(one -> toString(one.value) {is}, caller_pseudonyms)")
}

fn micros(us: i64) -> String {
    format!("fromUnixTimestamp64Micro({us}, 'UTC')")
}

fn around(at_us: i64, within_us: i64) -> String {
    let (from, to) = (micros(at_us.saturating_sub(within_us)), micros(at_us.saturating_add(within_us)));
    format!("arrived_at >= {from} AND arrived_at <= {to}")
}

fn nearest(at_us: i64) -> String {
    format!("ORDER BY abs(toUnixTimestamp64Micro(arrived_at) - {at_us}), call_id LIMIT {LISTED_MAX}")
}
