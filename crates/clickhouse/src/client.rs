//! One ClickHouse, one database.

use crate::StoreError;
use crate::cluster::{Cluster, local};
use clickhouse::query::Query;
use clickhouse::{Client, Compression};
use std::net::SocketAddr;

/// Where ClickHouse is and who we are there.
#[derive(Clone)]
pub struct Settings {
    /// `http://host:port`
    pub url: String,
    /// Database.
    pub database: String,
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
    /// The cluster that the tables lie on; none: one node.
    pub cluster: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}/{}", self.user, self.url, self.database)
    }
}

/// A client of one database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) url: String,
    pub(crate) database: String,
    pub(crate) cluster: Option<Cluster>,
}

/// On a cluster: an insert is done when every shard has its rows, and a subquery is asked once, for all of them.
fn on(client: Client, cluster: Option<&Cluster>) -> Client {
    if cluster.is_none() {
        return client;
    }
    client
        .with_setting("distributed_foreground_insert", "1")
        .with_setting("distributed_product_mode", "global")
}

/// To press rows together takes the sink a fifteenth of its time, and the server again: only where a network is in between.
fn compression(url: &str) -> Compression {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    let place = place.split('/').next().unwrap_or_default();
    let is_loopback = place.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback());
    let is_local = is_loopback || place.split(':').next() == Some("localhost");
    if is_local { Compression::None } else { Compression::Lz4 }
}

impl Store {
    /// Connects nowhere yet: the first query does.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let client = Client::default()
            .with_url(&settings.url)
            .with_compression(compression(&settings.url))
            .with_user(&settings.user)
            .with_password(&settings.password)
            .with_database(&settings.database)
            .with_product_info("svarstid", env!("CARGO_PKG_VERSION"));
        let (url, database) = (settings.url.clone(), settings.database.clone());
        let cluster = settings.cluster.clone().map(|name| Cluster { name, database: database.clone() });
        Self { client: on(client, cluster.as_ref()), url, database, cluster }
    }

    /// Runs a statement that returns nothing.
    pub async fn execute(&self, sql: &str) -> Result<(), StoreError> {
        self.client.query_raw(sql).execute().await.map_err(|error| self.error(error))
    }

    /// The table that has the rows of `table` on a node.
    pub(crate) fn rows_of(&self, table: &str) -> String {
        if self.cluster.is_some() { local(table) } else { table.to_owned() }
    }

    /// Makes or changes tables, views or functions, on every node of a cluster.
    pub(crate) async fn define(&self, sql: &str) -> Result<(), StoreError> {
        let Some(cluster) = &self.cluster else { return self.execute(sql).await };
        for statement in cluster.statements(sql) {
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Runs a query and returns the answer's bytes in a ClickHouse format (`PrettyCompact`, `JSONEachRow`, `RowBinary`, …).
    pub async fn fetch(&self, sql: &str, format: &str) -> Result<Vec<u8>, StoreError> {
        self.collect(self.client.query_raw(sql), format).await
    }

    /// The same with a text for each `?` of the query, so that what a person typed stays a text.
    pub async fn fetch_with(&self, sql: &str, texts: &[&str], format: &str) -> Result<Vec<u8>, StoreError> {
        let query = texts.iter().fold(self.client.query(sql), |query, text| query.bind(*text));
        self.collect(query, format).await
    }

    async fn collect(&self, query: Query, format: &str) -> Result<Vec<u8>, StoreError> {
        let mut cursor = query.fetch_bytes(format).map_err(|error| self.error(error))?;
        let bytes = cursor.collect().await.map_err(|error| self.error(error))?;
        Ok(bytes.to_vec())
    }

    pub(crate) fn error(&self, error: clickhouse::error::Error) -> StoreError {
        StoreError::new(&self.url, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_on_the_machine_is_sent_as_it_is() {
        for url in
            ["http://127.0.0.1:8123", "http://localhost:8123/", "http://[::1]:8123", "http://localhost"]
        {
            assert_eq!(compression(url), Compression::None, "{url}");
        }
        for url in
            ["http://clickhouse:8123", "https://clickhouse.example/", "http://localhost.example:8123", ""]
        {
            assert_eq!(compression(url), Compression::Lz4, "{url}");
        }
    }
}
