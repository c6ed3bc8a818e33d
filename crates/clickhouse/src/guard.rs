//! Whether the server remembers insert tokens.

use crate::{Store, StoreError};
use clickhouse::Row;
use serde::Deserialize;

/// Tables that the sink writes.
const TABLES: [&str; 4] = ["calls", "kpi_windows", "kpi_corrections", "rejected"];

#[derive(Row, Deserialize)]
struct Window {
    table: String,
    setting: String,
    value: String,
}

impl Store {
    /// Checks that every table remembers tokens, by its own setting or by the server's.
    ///
    /// # Errors
    /// One does not, or ClickHouse cannot be asked.
    pub async fn check_deduplication(&self) -> Result<(), StoreError> {
        let tables = TABLES.map(|table| format!("'{}'", self.rows_of(table))).join(", ");
        let sql = format!(
            "SELECT name AS table,
                if(engine LIKE 'Replicated%', 'replicated', 'non_replicated') || '_deduplication_window' AS setting,
                if(engine LIKE 'Replicated%',
                    extract(engine_full, '[ ,]replicated_deduplication_window = ([0-9]+)'),
                    extract(engine_full, '[ ,]non_replicated_deduplication_window = ([0-9]+)')) AS own,
                if(own != '', own, servers.value) AS value
            FROM system.tables LEFT JOIN system.merge_tree_settings AS servers ON servers.name = setting
            WHERE database = currentDatabase() AND table IN ({tables})"
        );
        let query =
            self.client.query_raw(&format!("SELECT table, setting, value FROM ({sql}) ORDER BY table"));
        let windows = query.fetch_all::<Window>().await.map_err(|error| self.error(error))?;
        match windows.into_iter().find(|window| window.value.parse::<u64>().unwrap_or(0) == 0) {
            Some(Window { table, setting, .. }) => {
                Err(StoreError::NoDeduplication { database: self.database.clone(), table, setting })
            }
            None => Ok(()),
        }
    }
}
